/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds a file by its digest in what APT has of the repositories whose signature it verified. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *version;
  char *arch;
} PkIndexEntry;

void          pk_index_entry_free  (PkIndexEntry *entry);
PkIndexEntry *pk_index_find        (const char *lists, const char *sha256, GError **error);
void          pk_index_find_async  (const char *lists, const char *file, GAsyncReadyCallback callback,
                                    gpointer user_data);
PkIndexEntry *pk_index_find_finish (GAsyncResult *result, char **sha256, GError **error);
gboolean      pk_index_has         (const char *lists, const char *const *ids, GError **error);
void          pk_index_has_async   (const char *lists, const char *const *ids, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean      pk_index_has_finish  (GAsyncResult *result, GError **error);
char         *pk_index_digest_file (const char *file, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PkIndexEntry, pk_index_entry_free)

G_END_DECLS

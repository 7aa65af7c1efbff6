/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"

G_BEGIN_DECLS

/**
 * OmaValueDir:
 *
 * Values as files of mode 0600, apart from the database: secret ones, so that no page or
 * write-ahead log of SQLite ever holds one and what is removed is gone, and large ones, so
 * that they need no memory.  A file is never changed: a new value is a new file, whose name
 * the database then takes up in its transaction.
 */
typedef struct _OmaValueDir OmaValueDir;

OmaValueDir *oma_value_dir_open   (const char *state_dir, const char *name, GError **error);
void         oma_value_dir_free   (OmaValueDir *dir);
char        *oma_value_dir_put    (OmaValueDir *dir, const OmaValue *value, GError **error);
gboolean     oma_value_dir_is_name (const char *name, gsize size);
OmaValue    *oma_value_dir_get    (OmaValueDir *dir, const char *name, OmaFormat format, const char *type,
                                   GError **error);
void         oma_value_dir_settle (OmaValueDir *dir, const char *name, const OmaValue *value);
void         oma_value_dir_remove (OmaValueDir *dir, const char *name);
gboolean     oma_value_dir_sync   (OmaValueDir *dir, GError **error);
void         oma_value_dir_remove_others (OmaValueDir *dir, GHashTable *names);
int          oma_value_dir_spool  (OmaValueDir *dir, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaValueDir, oma_value_dir_free)

G_END_DECLS

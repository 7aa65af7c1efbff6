/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the plugin keeps over restarts: a key file in its plugin data. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

typedef struct _PkStore PkStore;

PkStore  *pk_store_new         (OmaPluginHost *host, const char *name);
void      pk_store_free        (PkStore *store);

gboolean  pk_store_has         (PkStore *store, const char *group);
GStrv     pk_store_list        (PkStore *store, const char *prefix);
guint     pk_store_count       (PkStore *store, const char *prefix);
char     *pk_store_get         (PkStore *store, const char *group, const char *key);
gint64    pk_store_get_int     (PkStore *store, const char *group, const char *key);
gboolean  pk_store_get_bool    (PkStore *store, const char *group, const char *key);
void      pk_store_set         (PkStore *store, const char *group, const char *key, const char *value);
void      pk_store_set_int     (PkStore *store, const char *group, const char *key, gint64 value);
void      pk_store_remove      (PkStore *store, const char *group);
char     *pk_store_dump        (PkStore *store, const char *group);
void      pk_store_restore     (PkStore *store, const char *group, const char *dump);

void      pk_store_save_async  (PkStore *store, GAsyncReadyCallback callback, gpointer user_data);
gboolean  pk_store_save_finish (PkStore *store, GAsyncResult *result, GError **error);
void      pk_store_save        (PkStore *store);

G_END_DECLS

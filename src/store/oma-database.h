/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/oma-store.h"

G_BEGIN_DECLS

/* The version of the tables, in the database's user_version; see migrations[]. */
#define OMA_DATABASE_VERSION 7

/**
 * OmaDatabase:
 *
 * The SQLite database with the files of secret and large values beside it.  Private to the store; every
 * call blocks and is made on the store's thread.
 */
typedef struct _OmaDatabase OmaDatabase;

OmaDatabase *oma_database_open             (const char *state_dir, GError **error);
void         oma_database_close            (OmaDatabase *database);
int          oma_database_make_spool       (OmaDatabase *database, GError **error);

/* oma-node-table.c */
gboolean     oma_database_load             (OmaDatabase *database, OmaTreeStoreLoadFunc func, gpointer user_data,
                                            GError **error);
gboolean     oma_database_write            (OmaDatabase *database, const GArray *ops, GError **error);

/* oma-unit-table.c, oma-unit-load.c */
gboolean     oma_database_get_last_unit    (OmaDatabase *database, gint64 *id, GError **error);
gboolean     oma_database_set_last_unit    (OmaDatabase *database, gint64 id, GError **error);
gboolean     oma_database_load_units       (OmaDatabase *database, OmaTreeStoreUnitFunc func, gpointer user_data,
                                            GError **error);

/* oma-fingerprint-table.c */
gboolean     oma_database_load_fingerprints (OmaDatabase *database, OmaTreeStoreFingerprintFunc func,
                                             gpointer user_data, GError **error);

/* oma-session-table.c */
gboolean     oma_database_get_last_session (OmaDatabase *database, gint64 *id, GError **error);
gboolean     oma_database_put_session      (OmaDatabase *database, const OmaSessionRecord *record, GError **error);
gboolean     oma_database_note_unanswered  (OmaDatabase *database, gint64 id, guint count, GError **error);
gboolean     oma_database_set_reported     (OmaDatabase *database, gint64 id, GError **error);
GPtrArray   *oma_database_list_unreported  (OmaDatabase *database, const char *account, GError **error);
GPtrArray   *oma_database_list_sessions    (OmaDatabase *database, guint limit, GError **error);

/* oma-alert-table.c */
GPtrArray   *oma_database_list_alerts      (OmaDatabase *database, GError **error);
gboolean     oma_database_put_alert        (OmaDatabase *database, OmaAlertRecord *record, GError **error);
gboolean     oma_database_delete_alert     (OmaDatabase *database, gint64 id, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDatabase, oma_database_close)

G_END_DECLS

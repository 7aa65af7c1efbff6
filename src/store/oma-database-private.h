/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/oma-database.h"
#include "store/oma-value-dir.h"
#include "store/oma-value-functions.h"
#include "store/oma-value-rows.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* What is prepared once. */
typedef enum {
  OMA_DATABASE_INSERT_NODE,
  OMA_DATABASE_PUT_VALUES,
  OMA_DATABASE_SET_PROPERTIES,
  OMA_DATABASE_SET_STAMPS,
  OMA_DATABASE_RENAME,
  OMA_DATABASE_DELETE_NODE,
  OMA_DATABASE_DELETE_VALUE,
  OMA_DATABASE_NOTE,
  OMA_DATABASE_UPDATE_UNIT,
  OMA_DATABASE_INSERT_UNIT,
  OMA_DATABASE_SET_LAST_UNIT,
  OMA_DATABASE_INSERT_IMAGE,
  OMA_DATABASE_INSERT_UNIT_NODE,
  OMA_DATABASE_END_UNIT,
  OMA_DATABASE_FORGET_UNIT_NODES,
  OMA_DATABASE_FORGET_IMAGES,
  OMA_DATABASE_SWEEP_UNIT_NODES,
  OMA_DATABASE_SWEEP_IMAGES,
  OMA_DATABASE_LIST_UNIT_FILES,
  OMA_DATABASE_READ_IMAGES,
  OMA_DATABASE_READ_UNIT_NODES,
  OMA_DATABASE_PUT_FINGERPRINT,
  OMA_DATABASE_DROP_FINGERPRINT,
  OMA_DATABASE_READ_FINGERPRINTS,
  OMA_DATABASE_BEGIN,
  OMA_DATABASE_COMMIT,
  OMA_DATABASE_ROLLBACK,
  OMA_DATABASE_N_STATEMENTS,
} OmaDatabaseStatement;

struct _OmaDatabase {
  sqlite3      *sqlite;
  sqlite3_stmt *statements[OMA_DATABASE_N_STATEMENTS];
  OmaValueDir  *dirs[OMA_DATABASE_N_DIRS];
  GHashTable   *files[OMA_DATABASE_N_DIRS];  /* (element-type gint64 utf8): row id -> file */
  OmaValueRows  value_rows;   /* of the transaction that is written */
  gint64        open_until;   /* sessions up to this one, of earlier runs, could not be closed yet; 0: none */
  int           log_pages;    /* of the log that count, -1: not known yet */
  char         *reserve;      /* file that keeps room, NULL for a database in memory */
  gboolean      reserve_kept;
};

static inline const char *
oma_database_column_text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static inline void
oma_database_bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

gboolean oma_database_fail            (GError **error, OmaStoreError code, const char *message);
gboolean oma_database_set_error       (OmaDatabase *database, GError **error);
gboolean oma_database_set_write_error (OmaDatabase *database, GError **error);
gboolean oma_database_run_script      (OmaDatabase *database, const char *script, GError **error);
gboolean oma_database_run_statement   (OmaDatabase *database, OmaDatabaseStatement statement, GError **error);
gboolean oma_database_query_int       (OmaDatabase *database, const char *query, gint64 *value, GError **error);
gboolean oma_database_set_synchronous (OmaDatabase *database, gboolean full, GError **error);
gboolean oma_database_write_note      (OmaDatabase *database, gint64 id, guint count, GError **error);
gboolean oma_database_close_sessions  (OmaDatabase *database, GError **error);

/* oma-unit-table.c, oma-unit-load.c */
gboolean oma_database_put_unit        (OmaDatabase *database, const OmaUnitRecord *unit, GArray *made, GError **error);
gboolean oma_database_end_unit        (OmaDatabase *database, gint64 id, GArray *unused, GError **error);
void     oma_database_sweep_units     (OmaDatabase *database);
char    *oma_database_parse_unit_file (const char *text, OmaDatabaseDir *dir);
gboolean oma_database_add_unit_files  (OmaDatabase *database, OmaDatabaseDir dir, GHashTable *names, GError **error);

/* oma-fingerprint-table.c */
gboolean oma_database_put_fingerprint  (OmaDatabase *database, const OmaFingerprint *fingerprint, GError **error);
gboolean oma_database_drop_fingerprint (OmaDatabase *database, const OmaFingerprint *fingerprint, GError **error);

/* oma-database-room.c */
void     oma_database_open_room       (OmaDatabase *database, const char *state_dir);
void     oma_database_keep_reserve    (OmaDatabase *database);
gboolean oma_database_use_reserve     (OmaDatabase *database, const GArray *ops);
gboolean oma_database_give_up         (OmaDatabase *database);

G_END_DECLS

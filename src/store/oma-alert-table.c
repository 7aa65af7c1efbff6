/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-database-private.h"

/* A format that is not known, of a newer version perhaps, is read as text; what waits for something that is
 * not known waits for the daemon, which has ended. */
static OmaAlertRecord *
read_alert (sqlite3_stmt *row)
{
  OmaFormat format = oma_format_from_string (oma_database_column_text (row, 8));
  gint64 pending = sqlite3_column_int64 (row, 11);
  OmaAlertRecord *record = g_new (OmaAlertRecord, 1);

  *record = (OmaAlertRecord) {
    .id = sqlite3_column_int64 (row, 0),
    .server_id = g_strdup (oma_database_column_text (row, 1)),
    .code = sqlite3_column_int64 (row, 2),
    .type = g_strdup (oma_database_column_text (row, 3)),
    .mark = g_strdup (oma_database_column_text (row, 4)),
    .correlator = g_strdup (oma_database_column_text (row, 5)),
    .source = g_strdup (oma_database_column_text (row, 6)),
    .target = g_strdup (oma_database_column_text (row, 7)),
    .data = oma_value_new (format != OMA_FORMAT_NONE ? format : OMA_FORMAT_CHR, NULL, sqlite3_column_blob (row, 9),
                           sqlite3_column_bytes (row, 9)),
    .solicited = sqlite3_column_int (row, 10) != 0,
    .pending = pending >= OMA_ALERT_READY && pending <= OMA_ALERT_AWAITS_PLUGIN ? (OmaAlertPending) pending
                                                                                : OMA_ALERT_AWAITS_DAEMON,
    .time = sqlite3_column_int64 (row, 12),
    .report_uri = g_strdup (oma_database_column_text (row, 13)),
  };
  return record;
}

/**
 * oma_database_list_alerts:
 * @database: the database
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full) (element-type OmaAlertRecord): all alerts, oldest first, or %NULL
 */
GPtrArray *
oma_database_list_alerts (OmaDatabase *database, GError **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_alert_record_free);
  sqlite3_stmt *rows = NULL;
  int result = sqlite3_prepare_v2 (database->sqlite,
                                   "SELECT id, server_id, code, type, mark, correlator, source, target, format, data,"
                                   " solicited, pending, time, report_uri FROM alerts ORDER BY id", -1, &rows, NULL);

  while (result == SQLITE_OK || result == SQLITE_ROW)
    {
      result = sqlite3_step (rows);
      if (result == SQLITE_ROW)
        g_ptr_array_add (records, read_alert (rows));
    }
  if (result != SQLITE_DONE)
    oma_database_set_write_error (database, error);
  sqlite3_finalize (rows);
  return result == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}

static void
bind_alert (sqlite3_stmt *s, const OmaAlertRecord *record)
{
  gsize size = 0;
  gconstpointer data = record->data != NULL ? oma_value_get_data (record->data, &size) : NULL;
  OmaFormat format = record->data != NULL ? oma_value_get_format (record->data) : OMA_FORMAT_NULL;

  oma_database_bind_text (s, 1, record->server_id);
  sqlite3_bind_int64 (s, 2, record->code);
  oma_database_bind_text (s, 3, record->type);
  oma_database_bind_text (s, 4, record->mark);
  oma_database_bind_text (s, 5, record->correlator);
  oma_database_bind_text (s, 6, record->source);
  oma_database_bind_text (s, 7, record->target);
  oma_database_bind_text (s, 8, oma_format_to_string (format));
  sqlite3_bind_blob64 (s, 9, data, size, SQLITE_STATIC);
  sqlite3_bind_int (s, 10, record->solicited);
  sqlite3_bind_int (s, 11, record->pending);
  sqlite3_bind_int64 (s, 12, record->time);
  oma_database_bind_text (s, 13, record->report_uri);
  if (record->id != 0)
    sqlite3_bind_int64 (s, 14, record->id);
}

/**
 * oma_database_put_alert:
 * @database: the database
 * @record: an alert; a new one gets its id
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Inserts a new alert, or writes over what is stored of one with an id, if that is still there.
 *
 * Returns: %TRUE when it is on disk
 */
gboolean
oma_database_put_alert (OmaDatabase *database, OmaAlertRecord *record, GError **error)
{
  const char *text = record->id == 0
                       ? "INSERT INTO alerts (server_id, code, type, mark, correlator, source, target, format, data,"
                         " solicited, pending, time, report_uri)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                       : "UPDATE alerts SET server_id = ?1, code = ?2, type = ?3, mark = ?4, correlator = ?5,"
                         " source = ?6, target = ?7, format = ?8, data = ?9, solicited = ?10, pending = ?11,"
                         " time = ?12, report_uri = ?13 WHERE id = ?14";
  sqlite3 *sqlite = database->sqlite;
  sqlite3_stmt *put = NULL;
  gboolean done = sqlite3_prepare_v2 (sqlite, text, -1, &put, NULL) == SQLITE_OK;

  if (done)
    {
      bind_alert (put, record);
      done = sqlite3_step (put) == SQLITE_DONE;
    }
  if (!done)
    oma_database_set_write_error (database, error);
  else if (record->id == 0)
    record->id = sqlite3_last_insert_rowid (sqlite);
  sqlite3_finalize (put);
  return done;
}

/**
 * oma_database_delete_alert:
 * @database: the database
 * @id: an alert, which need not be there
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE when it is gone from disk
 */
gboolean
oma_database_delete_alert (OmaDatabase *database, gint64 id, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean done = sqlite3_prepare_v2 (database->sqlite, "DELETE FROM alerts WHERE id = ?1", -1,
                                      &statement, NULL) == SQLITE_OK;

  if (done)
    {
      sqlite3_bind_int64 (statement, 1, id);
      done = sqlite3_step (statement) == SQLITE_DONE;
    }
  if (!done)
    oma_database_set_write_error (database, error);
  sqlite3_finalize (statement);
  return done;
}

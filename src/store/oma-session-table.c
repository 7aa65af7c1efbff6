/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-database-private.h"

#define SESSIONS_KEPT 1000

/* Of those that an earlier run of the daemon did not end: no session is continued, they are over. */
static gboolean
close_sessions_until (OmaDatabase *database, gint64 id, GError **error)
{
  g_autofree char *script = g_strdup_printf ("UPDATE sessions SET reason = '" OMA_SESSION_INTERRUPTED "',"
                                             " end_time = max(start_time, unixepoch())"
                                             " WHERE end_time = 0 AND id <= %" G_GINT64_FORMAT, id);

  return oma_database_run_script (database, script, error);
}

/* Internal: closes the sessions of earlier runs.  A full disk is no reason not to start: it is done
 * with the first session for which there is room.  Returns: %FALSE with an %OMA_STORE_ERROR */
gboolean
oma_database_close_sessions (OmaDatabase *database, GError **error)
{
  g_autoptr(GError) local = NULL;
  gint64 last;

  if (!oma_database_query_int (database, "SELECT coalesce(max(id), 0) FROM sessions", &last, error))
    return FALSE;
  if (close_sessions_until (database, last, &local))
    return TRUE;
  if (!g_error_matches (local, OMA_STORE_ERROR, OMA_STORE_ERROR_FULL))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_warning ("The disk is full: what is there can be read, but nothing can be changed: %s", local->message);
  database->open_until = last;
  return TRUE;
}

/* Internal: notes how many commands of a session are unanswered.  The session may have been
 * forgotten since: there is no row then. */
gboolean
oma_database_write_note (OmaDatabase *database, gint64 id, guint count, GError **error)
{
  sqlite3_bind_int64 (database->statements[OMA_DATABASE_NOTE], 1, id);
  sqlite3_bind_int64 (database->statements[OMA_DATABASE_NOTE], 2, count);
  return oma_database_run_statement (database, OMA_DATABASE_NOTE, error);
}

/**
 * oma_database_get_last_session:
 * @database: the database
 * @id: (out): the highest number that the history uses, as id or SessionID, 0 when it is empty
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
oma_database_get_last_session (OmaDatabase *database, gint64 *id, GError **error)
{
  return oma_database_query_int (database,
                                 "SELECT max(coalesce(max(id), 0), coalesce(max(CAST(session_id AS INTEGER)), 0))"
                                 " FROM sessions", id, error);
}

static void
bind_session (sqlite3_stmt *s, const OmaSessionRecord *record)
{
  sqlite3_bind_int64 (s, 1, record->id);
  oma_database_bind_text (s, 2, record->account);
  oma_database_bind_text (s, 3, record->session_id);
  oma_database_bind_text (s, 4, record->reason);
  sqlite3_bind_int64 (s, 5, record->start_time);
  sqlite3_bind_int64 (s, 6, record->end_time);
  sqlite3_bind_int64 (s, 7, record->messages_sent);
  sqlite3_bind_int64 (s, 8, record->messages_received);
  sqlite3_bind_int64 (s, 9, record->commands);
  sqlite3_bind_int64 (s, 10, record->failed_commands);
  sqlite3_bind_int64 (s, 11, record->unanswered);
  oma_database_bind_text (s, 12, record->protocol);
  oma_database_bind_text (s, 13, record->encoding);
}

/**
 * oma_database_put_session:
 * @database: the database
 * @record: a session
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Writes a session over an older record of the same id, and forgets the oldest.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_database_put_session (OmaDatabase *database, const OmaSessionRecord *record, GError **error)
{
  sqlite3_stmt *put = NULL, *forget = NULL;
  gboolean done = sqlite3_prepare_v2 (database->sqlite,
                                      "INSERT OR REPLACE INTO sessions (id, account, session_id, reason, start_time,"
                                      " end_time, messages_sent, messages_received, commands, failed_commands,"
                                      " unanswered, protocol, encoding) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                                      " ?10, ?11, ?12, ?13)",
                                      -1, &put, NULL) == SQLITE_OK &&
                  sqlite3_prepare_v2 (database->sqlite, "DELETE FROM sessions WHERE id <= ?1", -1, &forget, NULL) ==
                    SQLITE_OK;

  if (done)
    {
      bind_session (put, record);
      sqlite3_bind_int64 (forget, 1, record->id - SESSIONS_KEPT);
      done = sqlite3_step (put) == SQLITE_DONE && sqlite3_step (forget) == SQLITE_DONE;
    }
  if (done && database->open_until != 0 && close_sessions_until (database, database->open_until, NULL))
    database->open_until = 0;
  if (!done)
    oma_database_set_write_error (database, error);
  sqlite3_finalize (put);
  sqlite3_finalize (forget);
  return done;
}

static OmaSessionRecord *
read_session (sqlite3_stmt *row)
{
  OmaSessionRecord *record = g_new (OmaSessionRecord, 1);

  *record = (OmaSessionRecord) {
    .id = sqlite3_column_int64 (row, 0),
    .account = g_strdup (oma_database_column_text (row, 1)),
    .session_id = g_strdup (oma_database_column_text (row, 2)),
    .reason = g_strdup (oma_database_column_text (row, 3)),
    .start_time = sqlite3_column_int64 (row, 4),
    .end_time = sqlite3_column_int64 (row, 5),
    .messages_sent = sqlite3_column_int64 (row, 6),
    .messages_received = sqlite3_column_int64 (row, 7),
    .commands = sqlite3_column_int64 (row, 8),
    .failed_commands = sqlite3_column_int64 (row, 9),
    .unanswered = sqlite3_column_int64 (row, 10),
    .reported = sqlite3_column_int (row, 11) != 0,
    .protocol = g_strdup (oma_database_column_text (row, 12)),
    .encoding = g_strdup (oma_database_column_text (row, 13)),
  };
  return record;
}

/* Takes over @rows. */
static GPtrArray *
read_sessions (OmaDatabase *database, sqlite3_stmt *rows, GError **error)
{
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_session_record_free);
  int result;

  while ((result = sqlite3_step (rows)) == SQLITE_ROW)
    g_ptr_array_add (records, read_session (rows));
  if (result != SQLITE_DONE)
    oma_database_set_write_error (database, error);
  sqlite3_finalize (rows);
  return result == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}

/**
 * oma_database_list_sessions:
 * @database: the database
 * @limit: at most so many
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full) (element-type OmaSessionRecord): the latest sessions, latest
 *   first, or %NULL
 */
GPtrArray *
oma_database_list_sessions (OmaDatabase *database, guint limit, GError **error)
{
  sqlite3_stmt *rows = NULL;

  if (sqlite3_prepare_v2 (database->sqlite, "SELECT * FROM sessions ORDER BY id DESC LIMIT ?1", -1, &rows, NULL) !=
      SQLITE_OK)
    {
      oma_database_set_write_error (database, error);
      return NULL;
    }
  sqlite3_bind_int64 (rows, 1, limit);
  return read_sessions (database, rows, error);
}

/**
 * oma_database_list_unreported:
 * @database: the database
 * @account: name of an account
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full) (element-type OmaSessionRecord): the account's sessions that left
 *   commands unanswered of which the server was not told since, oldest first, or %NULL
 */
GPtrArray *
oma_database_list_unreported (OmaDatabase *database, const char *account, GError **error)
{
  sqlite3_stmt *rows = NULL;

  if (sqlite3_prepare_v2 (database->sqlite,
                          "SELECT * FROM sessions WHERE account = ?1 AND unanswered > 0 AND reported = 0 AND"
                          " end_time <> 0 ORDER BY id", -1, &rows, NULL) != SQLITE_OK)
    {
      oma_database_set_write_error (database, error);
      return NULL;
    }
  oma_database_bind_text (rows, 1, account);
  return read_sessions (database, rows, error);
}

/**
 * oma_database_note_unanswered:
 * @database: the database
 * @id: a session of the history
 * @count: commands that did something of which the server may not know
 * @error: return location for an error
 *
 * Keeps the count without waiting for the disk: the write-ahead log has it when the process
 * ends, and is as whole as ever when the machine does.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_database_note_unanswered (OmaDatabase *database, gint64 id, guint count, GError **error)
{
  gboolean done = oma_database_set_synchronous (database, FALSE, error) &&
                  oma_database_write_note (database, id, count, error);

  return oma_database_set_synchronous (database, TRUE, done ? error : NULL) && done;
}

/**
 * oma_database_set_reported:
 * @database: the database
 * @id: a session of the history
 * @error: return location for an error
 *
 * Returns: %TRUE when it is on disk that the server was told
 */
gboolean
oma_database_set_reported (OmaDatabase *database, gint64 id, GError **error)
{
  g_autofree char *script = g_strdup_printf ("UPDATE sessions SET reported = 1 WHERE id = %" G_GINT64_FORMAT, id);

  return oma_database_run_script (database, script, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-database.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"
#include "store/oma-value-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x4f4d4144   /* "OMAD" in the header of the file */
#define SESSIONS_KEPT 1000
/* No session is continued: those that an earlier run of the daemon did not end are over. */
#define CLOSE_SESSIONS \
  "UPDATE sessions SET reason = '" OMA_SESSION_INTERRUPTED "', end_time = max(start_time, unixepoch())" \
  " WHERE end_time = 0"
#define CACHE_KIB 4096              /* pages touched by a transaction, not the tree: that is in memory */

typedef enum {
  STATEMENT_INSERT_NODE,
  STATEMENT_INSERT_VALUE,
  STATEMENT_SET_VALUE,
  STATEMENT_SET_PROPERTIES,
  STATEMENT_SET_STAMPS,
  STATEMENT_RENAME,
  STATEMENT_DELETE_NODE,
  STATEMENT_DELETE_VALUE,
  STATEMENT_NOTE,
  STATEMENT_BEGIN,
  STATEMENT_COMMIT,
  STATEMENT_ROLLBACK,
  N_STATEMENTS,
} Statement;

/* Where values are that are not in the database. */
typedef enum {
  DIR_SECRETS,
  DIR_LARGE,
  N_DIRS,
  DIR_NONE = N_DIRS,
} Dir;

static const char *const dir_names[N_DIRS] = { "secrets", "values" };

struct _OmaDatabase {
  sqlite3      *sqlite;
  sqlite3_stmt *statements[N_STATEMENTS];
  OmaValueDir  *dirs[N_DIRS];
  GHashTable   *files[N_DIRS];  /* (element-type gint64 utf8): row id -> file */
};

/* What makes version n+1 of version n.  What each Replace writes is a table of its own: SQLite
 * rewrites a row whole. */
static const char *const migrations[OMA_DATABASE_VERSION] = {
  "CREATE TABLE nodes ("
  "  id INTEGER PRIMARY KEY,"
  "  parent INTEGER NOT NULL,"
  "  name TEXT NOT NULL,"
  "  overlay INTEGER NOT NULL,"
  "  acl TEXT,"
  "  title TEXT) STRICT;"
  "CREATE TABLE node_values ("
  "  id INTEGER PRIMARY KEY,"     /* of the node */
  "  format TEXT NOT NULL,"
  "  type TEXT NOT NULL,"
  "  value BLOB,"
  "  secret TEXT,"                /* name of the file that holds the value */
  "  owner TEXT,"
  "  tstamp INTEGER NOT NULL,"
  "  verno INTEGER NOT NULL) STRICT;"
  "CREATE TABLE sessions ("
  "  id INTEGER PRIMARY KEY,"
  "  account TEXT NOT NULL,"
  "  session_id TEXT NOT NULL,"
  "  reason TEXT,"
  "  start_time INTEGER NOT NULL,"
  "  end_time INTEGER NOT NULL,"
  "  messages_sent INTEGER NOT NULL,"
  "  messages_received INTEGER NOT NULL,"
  "  commands INTEGER NOT NULL,"
  "  failed_commands INTEGER NOT NULL) STRICT;",
  /* Large values are files; what was run and whether its answer arrived; alerts to servers. */
  "ALTER TABLE node_values ADD COLUMN file TEXT;"
  "ALTER TABLE sessions ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;"   /* commands */
  "ALTER TABLE sessions ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;"     /* the server was told of them */
  "CREATE TABLE alerts ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  server_id TEXT,"
  "  code INTEGER NOT NULL,"
  "  type TEXT NOT NULL,"
  "  mark TEXT,"
  "  correlator TEXT,"
  "  source TEXT,"
  "  target TEXT,"
  "  format TEXT NOT NULL,"
  "  data BLOB,"
  "  solicited INTEGER NOT NULL,"
  "  pending INTEGER NOT NULL DEFAULT 0,"   /* what it tells has not happened yet */
  "  time INTEGER NOT NULL) STRICT;",
};

static const char *const statement_texts[N_STATEMENTS] = {
  [STATEMENT_INSERT_NODE] = "INSERT INTO nodes (id, parent, name, overlay, acl, title) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  [STATEMENT_INSERT_VALUE] = "INSERT INTO node_values (id, format, type, value, secret, file, owner, tstamp,"
                             " verno) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
  [STATEMENT_SET_VALUE] = "UPDATE node_values SET format = ?2, type = ?3, value = ?4, secret = ?5, file = ?6,"
                          " owner = ?7, tstamp = ?8, verno = ?9 WHERE id = ?1",
  [STATEMENT_SET_PROPERTIES] = "UPDATE nodes SET acl = ?2, title = ?3 WHERE id = ?1",
  [STATEMENT_SET_STAMPS] = "UPDATE node_values SET type = ?2, tstamp = ?3, verno = ?4 WHERE id = ?1",
  [STATEMENT_RENAME] = "UPDATE nodes SET parent = ?2, name = ?3 WHERE id = ?1",
  [STATEMENT_DELETE_NODE] = "DELETE FROM nodes WHERE id = ?1",
  [STATEMENT_DELETE_VALUE] = "DELETE FROM node_values WHERE id = ?1",
  [STATEMENT_NOTE] = "UPDATE sessions SET unanswered = ?2 WHERE id = ?1",
  [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
  [STATEMENT_COMMIT] = "COMMIT",
  [STATEMENT_ROLLBACK] = "ROLLBACK",
};

static OmaStoreError
store_error_from_sqlite (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
      return OMA_STORE_ERROR_DAMAGED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return OMA_STORE_ERROR_READ_ONLY;
    case SQLITE_FULL:
      return OMA_STORE_ERROR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return OMA_STORE_ERROR_BUSY;
    default:
      return OMA_STORE_ERROR_FAILED;
    }
}

static gboolean
set_store_error (OmaDatabase *database, GError **error)
{
  g_set_error (error, OMA_STORE_ERROR, store_error_from_sqlite (sqlite3_errcode (database->sqlite)), "Database: %s",
               sqlite3_errmsg (database->sqlite));
  return FALSE;
}

/* A write fails with the Status that the command gets. */
static gboolean
set_write_error (OmaDatabase *database, GError **error)
{
  gboolean full = (sqlite3_errcode (database->sqlite) & 0xff) == SQLITE_FULL;

  g_set_error (error, OMA_STATUS_ERROR, full ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_COMMAND_FAILED, "Database: %s",
               sqlite3_errmsg (database->sqlite));
  return FALSE;
}

static gboolean
run_script (OmaDatabase *database, const char *script, GError **error)
{
  return sqlite3_exec (database->sqlite, script, NULL, NULL, NULL) == SQLITE_OK || set_store_error (database, error);
}

static gboolean
query_int (OmaDatabase *database, const char *query, gint64 *value, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean read = sqlite3_prepare_v2 (database->sqlite, query, -1, &statement, NULL) == SQLITE_OK &&
                  sqlite3_step (statement) == SQLITE_ROW;

  if (read)
    *value = sqlite3_column_int64 (statement, 0);
  else
    set_store_error (database, error);
  sqlite3_finalize (statement);
  return read;
}

static gboolean
fail (GError **error, OmaStoreError code, const char *message)
{
  g_set_error (error, OMA_STORE_ERROR, code, "Database: %s", message);
  return FALSE;
}

/* Internal: the database, for the other tables. */
sqlite3 *
oma_database_get_sqlite (OmaDatabase *database)
{
  return database->sqlite;
}

/* Internal: set_write_error() for the other tables. */
gboolean
oma_database_set_write_error (OmaDatabase *database, GError **error)
{
  return set_write_error (database, error);
}

/* ---- Opening ---- */

static gboolean
check_whose_database (OmaDatabase *database, gint64 *version, GError **error)
{
  gint64 application, tables;

  if (!query_int (database, "PRAGMA application_id", &application, error) ||
      !query_int (database, "PRAGMA user_version", version, error) ||
      !query_int (database, "SELECT count(*) FROM sqlite_schema", &tables, error))
    return FALSE;
  if (application != APPLICATION_ID && tables > 0)
    return fail (error, OMA_STORE_ERROR_DAMAGED, "it is not one of omadm");
  if (*version > OMA_DATABASE_VERSION)
    return fail (error, OMA_STORE_ERROR_NEWER, "it was written by a newer version of omadm");
  return TRUE;
}

static gboolean
migrate (OmaDatabase *database, gint64 version, GError **error)
{
  for (; version < OMA_DATABASE_VERSION; version++)
    {
      g_autofree char *script = g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA application_id = %d;"
                                                 "PRAGMA user_version = %d; COMMIT",
                                                 migrations[version], APPLICATION_ID, (int) version + 1);

      if (!run_script (database, script, error))
        {
          sqlite3_exec (database->sqlite, "ROLLBACK", NULL, NULL, NULL);
          return FALSE;
        }
    }
  return TRUE;
}

/* Says what is wrong with the pages, while all that is stored is still in the file. */
static gboolean
check_pages (OmaDatabase *database, GError **error)
{
  sqlite3_stmt *statement = NULL;
  const char *answer = NULL;
  gboolean good;

  if (sqlite3_prepare_v2 (database->sqlite, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW)
    answer = (const char *) sqlite3_column_text (statement, 0);
  good = g_strcmp0 (answer, "ok") == 0;
  if (answer == NULL)
    set_store_error (database, error);
  else if (!good)
    fail (error, OMA_STORE_ERROR_DAMAGED, answer);
  sqlite3_finalize (statement);
  return good;
}

static gboolean
prepare_statements (OmaDatabase *database, GError **error)
{
  for (int i = 0; i < N_STATEMENTS; i++)
    if (sqlite3_prepare_v3 (database->sqlite, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                            &database->statements[i], NULL) != SQLITE_OK)
      return set_store_error (database, error);
  return TRUE;
}

static gboolean
open_file (OmaDatabase *database, const char *path, GError **error)
{
  int fd;

  /* SQLite makes its write-ahead log with the mode of the database. */
  fd = path != NULL ? open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
  if (path != NULL && fd < 0)
    {
      g_set_error (error, OMA_STORE_ERROR,
                   errno == EROFS || errno == EACCES || errno == EPERM ? OMA_STORE_ERROR_READ_ONLY : OMA_STORE_ERROR_FAILED,
                   "Database: %s", g_strerror (errno));
      return FALSE;
    }
  if (fd >= 0)
    close (fd);
  if (sqlite3_open_v2 (path != NULL ? path : ":memory:", &database->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                       NULL) != SQLITE_OK)
    return set_store_error (database, error);
  if (sqlite3_db_readonly (database->sqlite, "main") == 1)
    return fail (error, OMA_STORE_ERROR_READ_ONLY, "it cannot be written");
  return TRUE;
}

/* Exclusive locking keeps a second daemon out, and the log needs no shared memory.  The
 * checks come before anything that writes. */
static gboolean
set_up (OmaDatabase *database, GError **error)
{
  g_autofree char *pragmas = g_strdup_printf ("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                              "PRAGMA secure_delete = ON; PRAGMA cache_size = -%d;"
                                              "PRAGMA trusted_schema = OFF", CACHE_KIB);
  gint64 version;

  sqlite3_extended_result_codes (database->sqlite, 1);
  return run_script (database, "PRAGMA locking_mode = EXCLUSIVE", error) &&
         check_whose_database (database, &version, error) &&
         check_pages (database, error) &&
         run_script (database, pragmas, error) &&
         migrate (database, version, error) &&
         run_script (database, CLOSE_SESSIONS, error) &&
         prepare_statements (database, error);
}

/**
 * oma_database_open:
 * @state_dir: (nullable): where the files are; %NULL for a database in memory
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: (transfer full): the database, or %NULL; then a file that was there is untouched
 */
OmaDatabase *
oma_database_open (const char *state_dir, GError **error)
{
  g_autoptr(OmaDatabase) database = g_new0 (OmaDatabase, 1);
  g_autofree char *path = state_dir != NULL ? g_build_filename (state_dir, "omadm.db", NULL) : NULL;

  for (Dir i = 0; i < N_DIRS; i++)
    database->files[i] = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  if (!open_file (database, path, error) || !set_up (database, error))
    {
      if (path != NULL)
        g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  for (Dir i = 0; i < N_DIRS; i++)
    {
      database->dirs[i] = oma_value_dir_open (state_dir, dir_names[i], error);
      if (database->dirs[i] == NULL)
        return NULL;
    }
  return g_steal_pointer (&database);
}

/**
 * oma_database_close:
 * @database: (transfer full): the database
 */
void
oma_database_close (OmaDatabase *database)
{
  for (int i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (database->statements[i]);
  sqlite3_close (database->sqlite);
  for (Dir i = 0; i < N_DIRS; i++)
    {
      g_clear_pointer (&database->dirs[i], oma_value_dir_free);
      g_hash_table_unref (database->files[i]);
    }
  g_free (database);
}

/* ---- Reading nodes ---- */

static const char *
column_text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static gboolean
read_file (OmaDatabase *database, Dir dir, OmaNodeRecord *record, const char *name, GError **error)
{
  record->value = oma_value_dir_get (database->dirs[dir], name, record->format, record->type, error);
  if (record->value == NULL)
    return FALSE;
  g_hash_table_insert (database->files[dir], g_memdup2 (&record->id, sizeof record->id), g_strdup (name));
  return TRUE;
}

static gboolean
read_value (OmaDatabase *database, sqlite3_stmt *row, OmaNodeRecord *record, GError **error)
{
  const char *secret = column_text (row, 6), *file = column_text (row, 13);

  if (secret != NULL)
    {
      record->secret = TRUE;
      return read_file (database, DIR_SECRETS, record, secret, error);
    }
  if (file != NULL)
    return read_file (database, DIR_LARGE, record, file, error);
  if (sqlite3_column_type (row, 5) != SQLITE_NULL)
    record->value = oma_value_new (record->format, record->type, sqlite3_column_blob (row, 5),
                                   sqlite3_column_bytes (row, 5));
  return TRUE;
}

static gboolean
read_node (OmaDatabase *database, sqlite3_stmt *row, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  /* Text columns point into the row; only value is owned. */
  OmaNodeRecord record = {
    .id = sqlite3_column_int64 (row, 0),
    .parent_id = sqlite3_column_int64 (row, 1),
    .name = (char *) column_text (row, 2),
    .format = oma_format_from_string (column_text (row, 3)),
    .type = (char *) column_text (row, 4),
    .overlay = sqlite3_column_int (row, 7) != 0,
    .acl = (char *) column_text (row, 8),
    .title = (char *) column_text (row, 9),
    .owner = (char *) column_text (row, 10),
    .tstamp = sqlite3_column_int64 (row, 11),
    .verno = (guint16) sqlite3_column_int (row, 12),
  };

  if (record.format == OMA_FORMAT_NONE)
    return fail (error, OMA_STORE_ERROR_DAMAGED, "a node has no value row, or one of no known format");
  if (!read_value (database, row, &record, error))
    return FALSE;
  func (&record, user_data);
  g_clear_pointer (&record.value, oma_value_unref);
  return TRUE;
}

static void
remove_orphans (OmaDatabase *database, Dir dir)
{
  g_autoptr(GHashTable) used = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, database->files[dir]);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    g_hash_table_add (used, name);
  oma_value_dir_remove_others (database->dirs[dir], used);
}

/**
 * oma_database_load:
 * @database: the database
 * @func: gets each record
 * @user_data: for @func
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Reads all nodes, and removes files that no node names.
 *
 * Returns: %TRUE when all were read
 */
gboolean
oma_database_load (OmaDatabase *database, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  sqlite3_stmt *rows = NULL;
  int result = SQLITE_ERROR;
  gboolean good = sqlite3_prepare_v2 (database->sqlite,
                                      "SELECT id, parent, name, format, type, value, secret, overlay, acl, title,"
                                      " owner, tstamp, verno, file FROM nodes LEFT JOIN node_values USING (id) ORDER BY id",
                                      -1, &rows, NULL) == SQLITE_OK;

  while (good && (result = sqlite3_step (rows)) == SQLITE_ROW)
    good = read_node (database, rows, func, user_data, error);
  if (good && result != SQLITE_DONE)
    good = FALSE;
  if (!good && (error == NULL || *error == NULL))
    set_store_error (database, error);
  sqlite3_finalize (rows);
  if (!good)
    return FALSE;
  for (Dir i = 0; i < N_DIRS; i++)
    remove_orphans (database, i);
  return TRUE;
}

/* ---- Writing nodes ---- */

/* A file that a transaction makes, or one that nothing names after it. */
typedef struct {
  Dir             dir;
  char           *name;
  const OmaValue *value;   /* of a new file */
} File;

/* What becomes of values' files when the transaction is through, or when it is not. */
typedef struct {
  GArray *made;       /* (element-type File) */
  GArray *replaced;   /* (element-type File) */
} FileChanges;

static void
file_clear (File *file)
{
  g_free (file->name);
}

static void
file_changes_init (FileChanges *changes)
{
  changes->made = g_array_new (FALSE, FALSE, sizeof (File));
  g_array_set_clear_func (changes->made, (GDestroyNotify) file_clear);
  changes->replaced = g_array_new (FALSE, FALSE, sizeof (File));
  g_array_set_clear_func (changes->replaced, (GDestroyNotify) file_clear);
}

static void
file_changes_clear (FileChanges *changes)
{
  g_array_unref (changes->made);
  g_array_unref (changes->replaced);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FileChanges, file_changes_clear)

static void
remove_files (OmaDatabase *database, const GArray *files)
{
  for (guint i = 0; i < files->len; i++)
    {
      const File *file = &g_array_index (files, File, i);

      oma_value_dir_remove (database->dirs[file->dir], file->name);
    }
}

static gboolean
sync_dirs (OmaDatabase *database, const GArray *made, GError **error)
{
  gboolean used[N_DIRS] = { FALSE };

  for (guint i = 0; i < made->len; i++)
    used[g_array_index (made, File, i).dir] = TRUE;
  for (Dir i = 0; i < N_DIRS; i++)
    if (used[i] && !oma_value_dir_sync (database->dirs[i], error))
      return FALSE;
  return TRUE;
}

static void
bind_text (sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

static void
bind_value (sqlite3_stmt *statement, int index, const OmaValue *value)
{
  gsize size;
  const void *data;

  if (value == NULL)
    {
      sqlite3_bind_null (statement, index);
      return;
    }
  data = oma_value_get_data (value, &size);
  sqlite3_bind_blob64 (statement, index, data, size, SQLITE_STATIC);
}

static Dir
choose_dir (const OmaNodeRecord *record)
{
  if (record->value == NULL)
    return DIR_NONE;
  if (record->secret)
    return DIR_SECRETS;
  return oma_value_is_large (record->value) ? DIR_LARGE : DIR_NONE;
}

/* Puts a value into its file, if it belongs into one.  The name goes into the row in place of
 * the value. */
static gboolean
put_file (OmaDatabase *database, Dir dir, const OmaNodeRecord *record, FileChanges *changes, const char **name,
          GError **error)
{
  File file = { dir, NULL, record->value };

  *name = NULL;
  if (dir == DIR_NONE)
    return TRUE;
  file.name = oma_value_dir_put (database->dirs[dir], record->value, error);
  if (file.name == NULL)
    return FALSE;
  g_array_append_val (changes->made, file);
  *name = file.name;
  return TRUE;
}

/* Notes which file the row names from now on: @made, or none. */
static void
set_file (OmaDatabase *database, gint64 id, const File *made, FileChanges *changes)
{
  for (Dir i = 0; i < N_DIRS; i++)
    {
      const char *old = g_hash_table_lookup (database->files[i], &id);
      File replaced = { i, g_strdup (old), NULL };

      if (old == NULL)
        continue;
      g_array_append_val (changes->replaced, replaced);
      g_hash_table_remove (database->files[i], &id);
    }
  if (made == NULL)
    return;
  g_hash_table_insert (database->files[made->dir], g_memdup2 (&id, sizeof id), g_strdup (made->name));
  oma_value_dir_settle (database->dirs[made->dir], made->name, made->value);
}

static const char *
type_of (const OmaNodeRecord *record)
{
  return record->type != NULL ? record->type : "";
}

static gboolean
run_statement (OmaDatabase *database, Statement statement, GError **error)
{
  gboolean done = sqlite3_step (database->statements[statement]) == SQLITE_DONE || set_write_error (database, error);

  sqlite3_reset (database->statements[statement]);
  return done;
}

/* Runs a statement, its first parameter the row's id, that must change just that row. */
static gboolean
change_row (OmaDatabase *database, Statement statement, gint64 id, GError **error)
{
  sqlite3_bind_int64 (database->statements[statement], 1, id);
  if (!run_statement (database, statement, error))
    return FALSE;
  if (sqlite3_changes (database->sqlite) == 1)
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "Database: no row %" G_GINT64_FORMAT, id);
  return FALSE;
}

static gboolean
insert_node (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *s = database->statements[STATEMENT_INSERT_NODE];

  sqlite3_bind_int64 (s, 2, record->parent_id);
  bind_text (s, 3, record->name);
  sqlite3_bind_int (s, 4, record->overlay);
  bind_text (s, 5, record->acl);
  bind_text (s, 6, record->title);
  return change_row (database, STATEMENT_INSERT_NODE, record->id, error);
}

/* @statement is one of INSERT_VALUE and SET_VALUE, whose parameters are the same. */
static gboolean
write_value (OmaDatabase *database, Statement statement, const OmaNodeRecord *record, FileChanges *changes,
             GError **error)
{
  sqlite3_stmt *s = database->statements[statement];
  Dir dir = choose_dir (record);
  const char *name;

  if (!put_file (database, dir, record, changes, &name, error))
    return FALSE;
  bind_text (s, 2, oma_format_to_string (record->format));
  bind_text (s, 3, type_of (record));
  bind_value (s, 4, name != NULL ? NULL : record->value);
  bind_text (s, 5, dir == DIR_SECRETS ? name : NULL);
  bind_text (s, 6, dir == DIR_LARGE ? name : NULL);
  bind_text (s, 7, record->owner);
  sqlite3_bind_int64 (s, 8, record->tstamp);
  sqlite3_bind_int (s, 9, record->verno);
  return change_row (database, statement, record->id, error);
}

static gboolean
set_properties (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *properties = database->statements[STATEMENT_SET_PROPERTIES];
  sqlite3_stmt *stamps = database->statements[STATEMENT_SET_STAMPS];

  bind_text (properties, 2, record->acl);
  bind_text (properties, 3, record->title);
  bind_text (stamps, 2, type_of (record));
  sqlite3_bind_int64 (stamps, 3, record->tstamp);
  sqlite3_bind_int (stamps, 4, record->verno);
  return change_row (database, STATEMENT_SET_PROPERTIES, record->id, error) &&
         change_row (database, STATEMENT_SET_STAMPS, record->id, error);
}

static gboolean
rename_node (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *s = database->statements[STATEMENT_RENAME];

  sqlite3_bind_int64 (s, 2, record->parent_id);
  bind_text (s, 3, record->name);
  return change_row (database, STATEMENT_RENAME, record->id, error);
}

/* The session may have been forgotten since: there is no row then. */
static gboolean
write_note (OmaDatabase *database, gint64 id, guint count, GError **error)
{
  sqlite3_bind_int64 (database->statements[STATEMENT_NOTE], 1, id);
  sqlite3_bind_int64 (database->statements[STATEMENT_NOTE], 2, count);
  return run_statement (database, STATEMENT_NOTE, error);
}

static gboolean
write_op (OmaDatabase *database, const OmaStoreOp *op, FileChanges *changes, GError **error)
{
  switch (op->kind)
    {
    case OMA_STORE_INSERT:
      return insert_node (database, &op->record, error) &&
             write_value (database, STATEMENT_INSERT_VALUE, &op->record, changes, error);
    case OMA_STORE_SET_VALUE:
      return write_value (database, STATEMENT_SET_VALUE, &op->record, changes, error);
    case OMA_STORE_SET_PROPERTIES:
      return set_properties (database, &op->record, error);
    case OMA_STORE_RENAME:
      return rename_node (database, &op->record, error);
    case OMA_STORE_DELETE:
      return change_row (database, STATEMENT_DELETE_NODE, op->record.id, error) &&
             change_row (database, STATEMENT_DELETE_VALUE, op->record.id, error);
    case OMA_STORE_NOTE:
      return write_note (database, op->note_id, op->note_count, error);
    }
  g_return_val_if_reached (FALSE);
}

static gboolean
write_ops (OmaDatabase *database, const GArray *ops, FileChanges *changes, GError **error)
{
  if (!run_statement (database, STATEMENT_BEGIN, error))
    return FALSE;
  for (guint i = 0; i < ops->len; i++)
    if (!write_op (database, &g_array_index (ops, OmaStoreOp, i), changes, error))
      return FALSE;
  return sync_dirs (database, changes->made, error) && run_statement (database, STATEMENT_COMMIT, error);
}

/* The names are taken up only now: a transaction that failed changed none. */
static void
take_up_files (OmaDatabase *database, const GArray *ops, FileChanges *changes)
{
  guint made = 0;

  if (changes->made->len == 0 && g_hash_table_size (database->files[DIR_SECRETS]) == 0 &&
      g_hash_table_size (database->files[DIR_LARGE]) == 0)
    return;
  for (guint i = 0; i < ops->len; i++)
    {
      const OmaStoreOp *op = &g_array_index (ops, OmaStoreOp, i);
      gboolean names_file = choose_dir (&op->record) != DIR_NONE;

      if (op->kind == OMA_STORE_SET_PROPERTIES || op->kind == OMA_STORE_RENAME || op->kind == OMA_STORE_NOTE)
        continue;
      set_file (database, op->record.id, names_file ? &g_array_index (changes->made, File, made++) : NULL, changes);
    }
}

/**
 * oma_database_write:
 * @database: the database
 * @ops: (element-type OmaStoreOp): what to write, in order
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Writes everything in one durable transaction or nothing.
 *
 * Returns: %TRUE when it is on disk, %FALSE with %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_COMMAND_FAILED when nothing was written
 */
gboolean
oma_database_write (OmaDatabase *database, const GArray *ops, GError **error)
{
  g_auto(FileChanges) changes;

  file_changes_init (&changes);
  if (!write_ops (database, ops, &changes, error))
    {
      /* After some failures SQLite has rolled back by itself. */
      if (!sqlite3_get_autocommit (database->sqlite))
        run_statement (database, STATEMENT_ROLLBACK, NULL);
      remove_files (database, changes.made);
      return FALSE;
    }
  take_up_files (database, ops, &changes);
  remove_files (database, changes.replaced);
  return TRUE;
}

/* ---- Sessions ---- */

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
  return query_int (database, "SELECT max(coalesce(max(id), 0), coalesce(max(CAST(session_id AS INTEGER)), 0)) FROM sessions",
                    id, error);
}

static void
bind_session (sqlite3_stmt *s, const OmaSessionRecord *record)
{
  sqlite3_bind_int64 (s, 1, record->id);
  bind_text (s, 2, record->account);
  bind_text (s, 3, record->session_id);
  bind_text (s, 4, record->reason);
  sqlite3_bind_int64 (s, 5, record->start_time);
  sqlite3_bind_int64 (s, 6, record->end_time);
  sqlite3_bind_int64 (s, 7, record->messages_sent);
  sqlite3_bind_int64 (s, 8, record->messages_received);
  sqlite3_bind_int64 (s, 9, record->commands);
  sqlite3_bind_int64 (s, 10, record->failed_commands);
  sqlite3_bind_int64 (s, 11, record->unanswered);
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
                                      " unanswered) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                                      -1, &put, NULL) == SQLITE_OK &&
                  sqlite3_prepare_v2 (database->sqlite, "DELETE FROM sessions WHERE id <= ?1", -1, &forget, NULL) ==
                    SQLITE_OK;

  if (done)
    {
      bind_session (put, record);
      sqlite3_bind_int64 (forget, 1, record->id - SESSIONS_KEPT);
      done = sqlite3_step (put) == SQLITE_DONE && sqlite3_step (forget) == SQLITE_DONE;
    }
  if (!done)
    set_write_error (database, error);
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
    .account = g_strdup (column_text (row, 1)),
    .session_id = g_strdup (column_text (row, 2)),
    .reason = g_strdup (column_text (row, 3)),
    .start_time = sqlite3_column_int64 (row, 4),
    .end_time = sqlite3_column_int64 (row, 5),
    .messages_sent = sqlite3_column_int64 (row, 6),
    .messages_received = sqlite3_column_int64 (row, 7),
    .commands = sqlite3_column_int64 (row, 8),
    .failed_commands = sqlite3_column_int64 (row, 9),
    .unanswered = sqlite3_column_int64 (row, 10),
    .reported = sqlite3_column_int (row, 11) != 0,
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
    set_write_error (database, error);
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
      set_write_error (database, error);
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
      set_write_error (database, error);
      return NULL;
    }
  bind_text (rows, 1, account);
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
  gboolean done = run_script (database, "PRAGMA synchronous = NORMAL", error) &&
                  write_note (database, id, count, error);

  return run_script (database, "PRAGMA synchronous = FULL", done ? error : NULL) && done;
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

  return run_script (database, script, error);
}

/* ---- Large values ---- */

/**
 * oma_database_make_spool:
 * @database: the database; unlike all else this may be called on any thread
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: the descriptor of an empty file for a value that arrives, or -1 with
 *   %OMA_STATUS_DEVICE_FULL or %OMA_STATUS_COMMAND_FAILED
 */
int
oma_database_make_spool (OmaDatabase *database, GError **error)
{
  return oma_value_dir_spool (database->dirs[DIR_LARGE], error);
}

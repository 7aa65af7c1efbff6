/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-database-private.h"

#include "base/oma-status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x4f4d4144   /* "OMAD" in the header of the file */
#define CACHE_KIB 4096              /* pages touched by a transaction, not the tree: that is in memory */

static const char *const dir_names[OMA_DATABASE_N_DIRS] = { "secrets", "values" };

static const char version_1[] =
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
  "  failed_commands INTEGER NOT NULL) STRICT;";

/* Large values are files; what was run and whether its answer arrived; alerts to servers. */
static const char version_2[] =
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
  "  time INTEGER NOT NULL) STRICT;";

/* How a session was spoken. */
static const char version_3[] =
  "ALTER TABLE sessions ADD COLUMN protocol TEXT;"
  "ALTER TABLE sessions ADD COLUMN encoding TEXT;";

/* One packed column for all, see OmaValueRecord.  Not STRICT: that is looked at for each row
 * written, and what is read is checked anyway. */
static const char version_4[] =
  "ALTER TABLE node_values RENAME TO unpacked;"
  "CREATE TABLE node_values (id INTEGER PRIMARY KEY, record BLOB);"
  "INSERT INTO node_values"
  "  SELECT id, " OMA_VALUE_PACK " (format, type, value, secret, owner, tstamp, verno, file) FROM unpacked ORDER BY id;"
  "DROP TABLE unpacked;";

/* The journal.  Images and nodes count only as long as their unit of work is there. */
static const char version_5[] =
  "CREATE TABLE unit_ids (last INTEGER NOT NULL) STRICT;"
  "INSERT INTO unit_ids VALUES (0);"
  "CREATE TABLE units ("
  "  id INTEGER PRIMARY KEY,"
  "  state INTEGER NOT NULL,"
  "  server_id TEXT,"
  "  history_id INTEGER NOT NULL,"
  "  time INTEGER NOT NULL,"
  "  attempts INTEGER NOT NULL,"
  "  error TEXT,"
  "  images INTEGER NOT NULL) STRICT;"   /* how many it has */
  "CREATE TABLE unit_images ("
  "  id INTEGER PRIMARY KEY,"            /* they happened in this order */
  "  unit INTEGER NOT NULL,"
  "  kind INTEGER NOT NULL,"
  "  irreversible INTEGER NOT NULL,"
  "  undone INTEGER NOT NULL,"
  "  mount TEXT NOT NULL,"
  "  uri TEXT,"
  "  target TEXT,"
  "  nodes INTEGER NOT NULL,"            /* how many it has */
  "  after BLOB,"
  "  data BLOB) STRICT;"
  "CREATE INDEX unit_images_by_unit ON unit_images (unit);"
  "CREATE TABLE unit_nodes ("
  "  image INTEGER NOT NULL,"
  "  place INTEGER NOT NULL,"
  "  uri TEXT NOT NULL,"
  "  format TEXT,"                       /* NULL for an interior node */
  "  type TEXT,"
  "  file TEXT,"                         /* that holds the value */
  "  value BLOB) STRICT;"
  "CREATE INDEX unit_nodes_by_image ON unit_nodes (image, place);";

/* What followed subtrees were like; a digest that is NULL is not known. */
static const char version_6[] =
  "CREATE TABLE fingerprints ("
  "  subtree TEXT NOT NULL,"
  "  child TEXT NOT NULL,"
  "  digest BLOB,"
  "  PRIMARY KEY (subtree, child)) STRICT, WITHOUT ROWID;";

/* Alerts that have an address of their own. */
static const char version_7[] =
  "ALTER TABLE alerts ADD COLUMN report_uri TEXT;";

/* What makes version n+1 of version n.  What each Replace writes is a table of its own: SQLite
 * rewrites a row whole. */
static const char *const migrations[OMA_DATABASE_VERSION] = { version_1, version_2, version_3, version_4, version_5,
                                                              version_6, version_7 };

static const char *const statement_texts[OMA_DATABASE_N_STATEMENTS] = {
  [OMA_DATABASE_INSERT_NODE] = "INSERT INTO nodes (id, parent, name, overlay, acl, title)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
  [OMA_DATABASE_PUT_VALUES] = "REPLACE INTO node_values SELECT rowid, record FROM " OMA_VALUE_ROWS_TABLE,
  [OMA_DATABASE_SET_PROPERTIES] = "UPDATE nodes SET acl = ?2, title = ?3 WHERE id = ?1",
  [OMA_DATABASE_SET_STAMPS] = "UPDATE node_values SET record = " OMA_VALUE_STAMP " (record, ?2, ?3, ?4) WHERE id = ?1",
  [OMA_DATABASE_RENAME] = "UPDATE nodes SET parent = ?2, name = ?3 WHERE id = ?1",
  [OMA_DATABASE_DELETE_NODE] = "DELETE FROM nodes WHERE id = ?1",
  [OMA_DATABASE_DELETE_VALUE] = "DELETE FROM node_values WHERE id = ?1",
  [OMA_DATABASE_NOTE] = "UPDATE sessions SET unanswered = ?2 WHERE id = ?1",
  [OMA_DATABASE_UPDATE_UNIT] = "UPDATE units SET state = ?2, attempts = ?3, error = ?4, images = images + ?5"
                               " WHERE id = ?1",
  [OMA_DATABASE_INSERT_UNIT] = "INSERT INTO units VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
  [OMA_DATABASE_SET_LAST_UNIT] = "UPDATE unit_ids SET last = ?1 WHERE last < ?1",
  [OMA_DATABASE_INSERT_IMAGE] = "INSERT INTO unit_images (unit, kind, irreversible, undone, mount, uri, target, nodes,"
                                " after, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
  [OMA_DATABASE_INSERT_UNIT_NODE] = "INSERT INTO unit_nodes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
  [OMA_DATABASE_END_UNIT] = "DELETE FROM units WHERE id = ?1",
  [OMA_DATABASE_FORGET_UNIT_NODES] = "DELETE FROM unit_nodes WHERE image IN (SELECT id FROM unit_images"
                                     " WHERE unit = ?1)",
  [OMA_DATABASE_FORGET_IMAGES] = "DELETE FROM unit_images WHERE unit = ?1",
  [OMA_DATABASE_SWEEP_UNIT_NODES] = "DELETE FROM unit_nodes WHERE image IN (SELECT id FROM unit_images"
                                    " WHERE unit NOT IN (SELECT id FROM units))",
  [OMA_DATABASE_SWEEP_IMAGES] = "DELETE FROM unit_images WHERE unit NOT IN (SELECT id FROM units)",
  [OMA_DATABASE_LIST_UNIT_FILES] = "SELECT file FROM unit_images JOIN unit_nodes ON image = id"
                                   " WHERE unit = ?1 AND file IS NOT NULL",
  [OMA_DATABASE_READ_IMAGES] = "SELECT id, kind, irreversible, undone, mount, uri, target, nodes, after, data"
                               " FROM unit_images WHERE unit = ?1 ORDER BY id",
  [OMA_DATABASE_READ_UNIT_NODES] = "SELECT place, uri, format, type, file, value FROM unit_nodes WHERE image = ?1"
                                   " ORDER BY place",
  [OMA_DATABASE_PUT_FINGERPRINT] = "REPLACE INTO fingerprints VALUES (?1, ?2, ?3)",
  [OMA_DATABASE_DROP_FINGERPRINT] = "DELETE FROM fingerprints WHERE subtree = ?1 AND child = ?2",
  [OMA_DATABASE_READ_FINGERPRINTS] = "SELECT subtree, child, digest FROM fingerprints",
  [OMA_DATABASE_BEGIN] = "BEGIN IMMEDIATE",
  [OMA_DATABASE_COMMIT] = "COMMIT",
  [OMA_DATABASE_ROLLBACK] = "ROLLBACK",
};

/* A quota that is used up, or a file that cannot grow or be made for want of room, is no SQLITE_FULL. */
static gboolean
is_full (sqlite3 *sqlite)
{
  int code = sqlite3_errcode (sqlite) & 0xff, saved = sqlite3_system_errno (sqlite);

  return code == SQLITE_FULL ||
         ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && (saved == ENOSPC || saved == EDQUOT));
}

static OmaStoreError
get_store_error (sqlite3 *sqlite)
{
  if (is_full (sqlite))
    return OMA_STORE_ERROR_FULL;
  switch (sqlite3_errcode (sqlite) & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
      return OMA_STORE_ERROR_DAMAGED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return OMA_STORE_ERROR_READ_ONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return OMA_STORE_ERROR_BUSY;
    default:
      return OMA_STORE_ERROR_FAILED;
    }
}

/* Internal: what went wrong in SQLite as an %OMA_STORE_ERROR.  Returns: %FALSE */
gboolean
oma_database_set_error (OmaDatabase *database, GError **error)
{
  g_set_error (error, OMA_STORE_ERROR, get_store_error (database->sqlite), "Database: %s",
               sqlite3_errmsg (database->sqlite));
  return FALSE;
}

/* Internal: the same as an %OMA_STATUS_ERROR: a write fails with the Status that the command gets.  Returns: %FALSE */
gboolean
oma_database_set_write_error (OmaDatabase *database, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR,
               is_full (database->sqlite) ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_COMMAND_FAILED, "Database: %s",
               sqlite3_errmsg (database->sqlite));
  return FALSE;
}

/* Internal: runs statements in a row.  Returns: %FALSE with an %OMA_STORE_ERROR */
gboolean
oma_database_run_script (OmaDatabase *database, const char *script, GError **error)
{
  return sqlite3_exec (database->sqlite, script, NULL, NULL, NULL) == SQLITE_OK ||
         oma_database_set_error (database, error);
}

/* Internal: the one number that a query gives.  Returns: %FALSE with an %OMA_STORE_ERROR */
gboolean
oma_database_query_int (OmaDatabase *database, const char *query, gint64 *value, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean read = sqlite3_prepare_v2 (database->sqlite, query, -1, &statement, NULL) == SQLITE_OK &&
                  sqlite3_step (statement) == SQLITE_ROW;

  if (read)
    *value = sqlite3_column_int64 (statement, 0);
  else
    oma_database_set_error (database, error);
  sqlite3_finalize (statement);
  return read;
}

/* Internal: sets an %OMA_STORE_ERROR.  Returns: %FALSE */
gboolean
oma_database_fail (GError **error, OmaStoreError code, const char *message)
{
  g_set_error (error, OMA_STORE_ERROR, code, "Database: %s", message);
  return FALSE;
}

/* Internal: runs a statement to its end.  Returns: %FALSE with an %OMA_STATUS_ERROR */
gboolean
oma_database_run_statement (OmaDatabase *database, OmaDatabaseStatement statement, GError **error)
{
  gboolean done = sqlite3_step (database->statements[statement]) == SQLITE_DONE ||
                  oma_database_set_write_error (database, error);

  sqlite3_reset (database->statements[statement]);
  return done;
}

/* Internal: whether a commit waits until it is on disk.  Returns: %FALSE with an %OMA_STORE_ERROR */
gboolean
oma_database_set_synchronous (OmaDatabase *database, gboolean full, GError **error)
{
  return oma_database_run_script (database, full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", error);
}

/* ---- Opening ---- */

static gboolean
check_whose_database (OmaDatabase *database, gint64 *version, GError **error)
{
  gint64 application, tables;

  if (!oma_database_query_int (database, "PRAGMA application_id", &application, error) ||
      !oma_database_query_int (database, "PRAGMA user_version", version, error) ||
      !oma_database_query_int (database, "SELECT count(*) FROM sqlite_schema", &tables, error))
    return FALSE;
  if (application != APPLICATION_ID && tables > 0)
    return oma_database_fail (error, OMA_STORE_ERROR_DAMAGED, "it is not one of omadm");
  if (*version > OMA_DATABASE_VERSION)
    return oma_database_fail (error, OMA_STORE_ERROR_NEWER, "it was written by a newer version of omadm");
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

      if (!oma_database_run_script (database, script, error))
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
    oma_database_set_error (database, error);
  else if (!good)
    oma_database_fail (error, OMA_STORE_ERROR_DAMAGED, answer);
  sqlite3_finalize (statement);
  return good;
}

static gboolean
prepare_statements (OmaDatabase *database, GError **error)
{
  if (oma_value_rows_register (database->sqlite, &database->value_rows) != SQLITE_OK)
    return oma_database_set_error (database, error);
  for (int i = 0; i < OMA_DATABASE_N_STATEMENTS; i++)
    if (sqlite3_prepare_v3 (database->sqlite, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                            &database->statements[i], NULL) != SQLITE_OK)
      return oma_database_set_error (database, error);
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
                   errno == EROFS || errno == EACCES || errno == EPERM ? OMA_STORE_ERROR_READ_ONLY
                                                                       : OMA_STORE_ERROR_FAILED,
                   "Database: %s", g_strerror (errno));
      return FALSE;
    }
  if (fd >= 0)
    close (fd);
  if (sqlite3_open_v2 (path != NULL ? path : ":memory:", &database->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                       NULL) != SQLITE_OK)
    return oma_database_set_error (database, error);
  if (sqlite3_db_readonly (database->sqlite, "main") == 1)
    return oma_database_fail (error, OMA_STORE_ERROR_READ_ONLY, "it cannot be written");
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
  if (oma_value_functions_register (database->sqlite) != SQLITE_OK)
    return oma_database_set_error (database, error);
  return oma_database_run_script (database, "PRAGMA locking_mode = EXCLUSIVE", error) &&
         check_whose_database (database, &version, error) &&
         check_pages (database, error) &&
         oma_database_run_script (database, pragmas, error) &&
         migrate (database, version, error) &&
         oma_database_close_sessions (database, error) &&
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

  for (OmaDatabaseDir i = 0; i < OMA_DATABASE_N_DIRS; i++)
    database->files[i] = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  if (!open_file (database, path, error) || !set_up (database, error))
    {
      if (path != NULL)
        g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  for (OmaDatabaseDir i = 0; i < OMA_DATABASE_N_DIRS; i++)
    {
      database->dirs[i] = oma_value_dir_open (state_dir, dir_names[i], error);
      if (database->dirs[i] == NULL)
        return NULL;
    }
  oma_database_open_room (database, state_dir);
  return g_steal_pointer (&database);
}

/**
 * oma_database_close:
 * @database: (transfer full): the database
 */
void
oma_database_close (OmaDatabase *database)
{
  for (int i = 0; i < OMA_DATABASE_N_STATEMENTS; i++)
    sqlite3_finalize (database->statements[i]);
  sqlite3_close (database->sqlite);
  for (OmaDatabaseDir i = 0; i < OMA_DATABASE_N_DIRS; i++)
    {
      g_clear_pointer (&database->dirs[i], oma_value_dir_free);
      g_hash_table_unref (database->files[i]);
    }
  g_free (database->reserve);
  g_free (database);
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
  return oma_value_dir_spool (database->dirs[OMA_DATABASE_DIR_LARGE], error);
}

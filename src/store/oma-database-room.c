/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Room on the disk: the write-ahead log takes no more of it than it must, and a little is kept
 * for what has to be written also when there is none left. */
#include "config.h"

#include "store/oma-database-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The end of a unit of work changes a handful of pages of 4 KiB. */
#define RESERVE_SIZE (256 * 1024)

/* Of SQLite's log, see "WAL File Format" in its documentation. */
#define LOG_HEADER_SIZE 32
#define LOG_FRAME_HEADER_SIZE 24

/* Pages in the log from which on they are copied into the database.  Every transaction that is not
 * huge then finds room in the log that is there already. */
#define CHECKPOINT_PAGES 1000
/* A longer log, of a huge transaction, gives its room back. */
#define KEPT_PAGES (2 * CHECKPOINT_PAGES)

/* In place of SQLite's own, which never makes the log shorter. */
static int
checkpoint (void *user_data, sqlite3 *sqlite, const char *name, int pages)
{
  OmaDatabase *database = user_data;
  gboolean is_long = pages > KEPT_PAGES;

  database->log_pages = pages;
  if (pages >= CHECKPOINT_PAGES &&
      sqlite3_wal_checkpoint_v2 (sqlite, name, is_long ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, NULL,
                                 NULL) == SQLITE_OK && is_long)
    database->log_pages = 0;
  return SQLITE_OK;
}

/* Internal: prepares the database for a full disk; @state_dir is %NULL for one in memory. */
void
oma_database_open_room (OmaDatabase *database, const char *state_dir)
{
  database->log_pages = -1;
  sqlite3_wal_hook (database->sqlite, checkpoint, database);
  if (state_dir != NULL)
    database->reserve = g_build_filename (state_dir, "reserve", NULL);
  oma_database_keep_reserve (database);
}

static gboolean
empty_log (OmaDatabase *database)
{
  gboolean emptied = sqlite3_wal_checkpoint_v2 (database->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
                     SQLITE_OK;

  if (emptied)
    database->log_pages = 0;
  return emptied;
}

/* Cuts off what stands behind the last transaction that succeeded; SQLite itself leaves it there. */
static gboolean
shorten_log (OmaDatabase *database)
{
  sqlite3_file *log = NULL;
  gint64 page_size, length = 0;

  if (database->log_pages < 0 || !oma_database_query_int (database, "PRAGMA page_size", &page_size, NULL) ||
      sqlite3_file_control (database->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
      log == NULL || log->pMethods == NULL)
    return FALSE;
  if (database->log_pages > 0)
    length = LOG_HEADER_SIZE + database->log_pages * (LOG_FRAME_HEADER_SIZE + page_size);
  return log->pMethods->xTruncate (log, length) == SQLITE_OK &&
         log->pMethods->xSync (log, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

/* Internal: after a transaction that failed.  SQLite may have rolled back by itself; but the log can
 * still hold the failed transaction, its end included, if it was the sync that failed: after a crash
 * it would count.  One that filled the disk is to give its room back, too; and as long as it does not,
 * there may be none to copy the log into the database.
 *
 * Returns: whether nothing of it is left */
gboolean
oma_database_give_up (OmaDatabase *database)
{
  gboolean gone;

  if (!sqlite3_get_autocommit (database->sqlite))
    oma_database_run_statement (database, OMA_DATABASE_ROLLBACK, NULL);
  gone = empty_log (database);
  if (!gone && shorten_log (database))
    {
      gone = TRUE;
      empty_log (database);
    }
  return gone;
}

/* Internal: keeps a little room, if there is some. */
void
oma_database_keep_reserve (OmaDatabase *database)
{
  int fd;

  if (database->reserve == NULL || database->reserve_kept)
    return;
  fd = open (database->reserve, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  database->reserve_kept = fd >= 0 && posix_fallocate (fd, 0, RESERVE_SIZE) == 0;
  if (fd >= 0)
    close (fd);
  if (fd >= 0 && !database->reserve_kept)
    unlink (database->reserve);
}

/* Whether the operation takes something away or changes a row that is there. */
static gboolean
op_needs_little (const OmaStoreOp *op)
{
  return op->kind == OMA_STORE_END_UNIT || op->kind == OMA_STORE_NOTE ||
         (op->kind == OMA_STORE_PUT_UNIT && op->unit->images->len == 0);
}

/* Internal: gives back what was kept, for a transaction that found the disk full and does nothing but
 * end units of work or note how they stand: these need to be known as done, or everything would be
 * undone once more.
 *
 * Returns: whether there is more room than before */
gboolean
oma_database_use_reserve (OmaDatabase *database, const GArray *ops)
{
  if (!database->reserve_kept)
    return FALSE;
  for (guint i = 0; i < ops->len; i++)
    if (!op_needs_little (&g_array_index (ops, OmaStoreOp, i)))
      return FALSE;
  if (unlink (database->reserve) != 0)
    return FALSE;
  database->reserve_kept = FALSE;
  g_warning ("The disk is full: the last room that was kept is used to end a unit of work");
  return TRUE;
}

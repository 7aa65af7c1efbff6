/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows are written in two ways, either of which spares the most rows a statement of their own
 * that is bound, started and ended.  A record that is as long as the old one is written over it.
 * For the others there is a table of SQL that has them for rows, which one statement inserts. */
#include "config.h"

#include "store/oma-value-rows.h"

#include <string.h>

/* Its rows are those of node_values with their ids. */
#define DECLARATION "CREATE TABLE x (record)"

typedef struct {
  sqlite3_vtab        base;
  const OmaValueRows *rows;
} Table;

typedef struct {
  sqlite3_vtab_cursor base;
  guint               index;    /* in what is left */
  guint               file;     /* the next that an operation has */
} Cursor;

/**
 * oma_value_rows_init:
 * @rows: gets the rows of a transaction, none of them written
 * @ops: (element-type OmaStoreOp): its operations
 * @files: (element-type OmaDatabaseFile): their files, in their order
 */
void
oma_value_rows_init (OmaValueRows *rows, const GArray *ops, const GArray *files)
{
  *rows = (OmaValueRows) { ops, files, g_array_new (FALSE, FALSE, sizeof (guint)), g_byte_array_new () };
}

/**
 * oma_value_rows_clear:
 * @rows: rows
 */
void
oma_value_rows_clear (OmaValueRows *rows)
{
  g_array_unref (rows->left);
  g_byte_array_unref (rows->buffer);
}

/* ---- Records ---- */

static const OmaStoreOp *
peek_op (const OmaValueRows *rows, guint op)
{
  return &g_array_index (rows->ops, OmaStoreOp, op);
}

/* The file of an operation, or NULL.  @next: goes with the operations, which come in order. */
static const OmaDatabaseFile *
find_file (const OmaValueRows *rows, guint op, guint *next)
{
  for (; *next < rows->files->len; ++*next)
    {
      const OmaDatabaseFile *file = &g_array_index (rows->files, OmaDatabaseFile, *next);

      if (file->op >= op)
        return file->op == op ? file : NULL;
    }
  return NULL;
}

/* Packs the record of an operation into the buffer.  Returns: how many octets it has */
static gsize
pack (const OmaValueRows *rows, guint op, guint *next_file)
{
  const OmaNodeRecord *node = &peek_op (rows, op)->record;
  const OmaDatabaseFile *file = find_file (rows, op, next_file);
  OmaValueRecord record = {
    .format = node->format,
    .type = oma_node_record_get_type (node),
    .owner = node->owner,
    .tstamp = node->tstamp,
    .verno = node->verno,
    .dir = OMA_DATABASE_DIR_NONE,
  };

  if (file != NULL)
    {
      record.dir = file->dir;
      record.data = file->name;
      record.size = strlen (file->name);
    }
  else if (node->value != NULL)
    record.data = oma_value_get_data (node->value, &record.size);
  return oma_value_record_pack (&record, rows->buffer);
}

/* ---- Writing over ---- */

/* Moves the handle to a record that is there, or opens one. */
static int
open_record (sqlite3 *sqlite, gint64 id, sqlite3_blob **blob)
{
  int result;

  if (*blob == NULL)
    return sqlite3_blob_open (sqlite, "main", "node_values", "record", id, 1, blob);
  result = sqlite3_blob_reopen (*blob, id);
  if (result != SQLITE_OK)
    {
      sqlite3_blob_close (*blob);
      *blob = NULL;
    }
  return result;
}

/* @done: gets whether the row is written. */
static int
overwrite (const OmaValueRows *rows, sqlite3 *sqlite, guint op, guint *next_file, sqlite3_blob **blob, gboolean *done)
{
  int result = open_record (sqlite, peek_op (rows, op)->record.id, blob);
  gsize size;

  *done = FALSE;
  if (result != SQLITE_OK)
    return result == SQLITE_ERROR ? SQLITE_OK : result;   /* that is: no such row */
  size = pack (rows, op, next_file);
  *done = size == (gsize) sqlite3_blob_bytes (*blob);
  return *done ? sqlite3_blob_write (*blob, rows->buffer->data, (int) size, 0) : SQLITE_OK;
}

/**
 * oma_value_rows_overwrite:
 * @rows: rows, none of them written; a transaction has at most one operation with a value for a row
 *   that is there
 * @sqlite: the database, in the transaction
 *
 * Writes the records that are as long as those they replace.  The others are left.
 *
 * Returns: a result code of SQLite
 */
int
oma_value_rows_overwrite (OmaValueRows *rows, sqlite3 *sqlite)
{
  sqlite3_blob *blob = NULL;
  guint next_file = 0;
  int result = SQLITE_OK, closed;

  for (guint i = 0; i < rows->ops->len && result == SQLITE_OK; i++)
    {
      gboolean done = FALSE, has_row = oma_store_op_has_value (peek_op (rows, i));

      if (has_row && peek_op (rows, i)->kind != OMA_STORE_INSERT)
        result = overwrite (rows, sqlite, i, &next_file, &blob, &done);
      if (has_row && !done)
        g_array_append_val (rows->left, i);
    }
  closed = sqlite3_blob_close (blob);
  return result != SQLITE_OK ? result : closed;
}

/* ---- The table of those that are left ---- */

static int
table_connect (sqlite3 *sqlite, void *rows, int n_arguments G_GNUC_UNUSED,
               const char *const *arguments G_GNUC_UNUSED, sqlite3_vtab **table, char **message G_GNUC_UNUSED)
{
  Table *made = g_new0 (Table, 1);

  made->rows = rows;
  *table = &made->base;
  return sqlite3_declare_vtab (sqlite, DECLARATION);
}

static int
table_disconnect (sqlite3_vtab *table)
{
  g_free (table);
  return SQLITE_OK;
}

/* Every statement reads all rows in their order. */
static int
table_plan (sqlite3_vtab *table G_GNUC_UNUSED, sqlite3_index_info *plan G_GNUC_UNUSED)
{
  return SQLITE_OK;
}

static int
cursor_open (sqlite3_vtab *table G_GNUC_UNUSED, sqlite3_vtab_cursor **cursor)
{
  Cursor *made = g_new0 (Cursor, 1);

  *cursor = &made->base;
  return SQLITE_OK;
}

static int
cursor_close (sqlite3_vtab_cursor *cursor)
{
  g_free (cursor);
  return SQLITE_OK;
}

static const OmaValueRows *
peek_rows (const sqlite3_vtab_cursor *cursor)
{
  return ((const Table *) cursor->pVtab)->rows;
}

static guint
peek_left (const sqlite3_vtab_cursor *cursor)
{
  return g_array_index (peek_rows (cursor)->left, guint, ((const Cursor *) cursor)->index);
}

static int
cursor_rewind (sqlite3_vtab_cursor *base, int number G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
               int n_values G_GNUC_UNUSED, sqlite3_value **values G_GNUC_UNUSED)
{
  Cursor *cursor = (Cursor *) base;

  cursor->index = cursor->file = 0;
  return SQLITE_OK;
}

static int
cursor_next (sqlite3_vtab_cursor *base)
{
  ((Cursor *) base)->index++;
  return SQLITE_OK;
}

static int
cursor_at_end (sqlite3_vtab_cursor *base)
{
  return ((const Cursor *) base)->index == peek_rows (base)->left->len;
}

/* SQLite has copied the record into its page before it asks for the next. */
static int
cursor_column (sqlite3_vtab_cursor *base, sqlite3_context *context, int column G_GNUC_UNUSED)
{
  Cursor *cursor = (Cursor *) base;
  gsize size = pack (peek_rows (base), peek_left (base), &cursor->file);

  sqlite3_result_blob64 (context, peek_rows (base)->buffer->data, size, SQLITE_STATIC);
  return SQLITE_OK;
}

static int
cursor_row_id (sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
  *id = peek_op (peek_rows (base), peek_left (base))->record.id;
  return SQLITE_OK;
}

/* Without xCreate the table is there in every database and cannot be made in any. */
static const sqlite3_module module = {
  .xConnect = table_connect,
  .xDisconnect = table_disconnect,
  .xBestIndex = table_plan,
  .xOpen = cursor_open,
  .xClose = cursor_close,
  .xFilter = cursor_rewind,
  .xNext = cursor_next,
  .xEof = cursor_at_end,
  .xColumn = cursor_column,
  .xRowid = cursor_row_id,
};

/**
 * oma_value_rows_register:
 * @sqlite: a database
 * @rows: what its table %OMA_VALUE_ROWS_TABLE is to show whenever a statement reads it; must
 *   outlive @sqlite
 *
 * Returns: a result code of SQLite
 */
int
oma_value_rows_register (sqlite3 *sqlite, const OmaValueRows *rows)
{
  return sqlite3_create_module_v2 (sqlite, OMA_VALUE_ROWS_TABLE, &module, (void *) rows, NULL);
}

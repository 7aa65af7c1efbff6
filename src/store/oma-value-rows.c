/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of SQL that has the operations of a transaction for rows.  One statement then writes
 * the values of all of them; a statement for each binds, starts and ends for each. */
#include "config.h"

#include "store/oma-value-rows.h"

#include "base/oma-value-private.h"

/* Those of node_values in their order, see the migrations of the database: then SQLite takes
 * the row as it is. */
enum {
  COLUMN_ID,
  COLUMN_FORMAT,
  COLUMN_TYPE,
  COLUMN_VALUE,
  COLUMN_SECRET,
  COLUMN_OWNER,
  COLUMN_TSTAMP,
  COLUMN_VERNO,
  COLUMN_FILE,
};
#define DECLARATION "CREATE TABLE x (id INTEGER, format, type, value, secret, owner, tstamp, verno, file)"

typedef struct {
  sqlite3_vtab        base;
  const OmaValueRows *rows;
} Table;

typedef struct {
  sqlite3_vtab_cursor base;
  guint               op;
  OmaDatabaseDir      dir;     /* of its value */
  guint               file;    /* the next that an operation has */
} Cursor;

/**
 * oma_store_op_has_value:
 * @op: an operation
 *
 * Returns: whether it writes format, type, value, owner and stamps of its row
 */
gboolean
oma_store_op_has_value (const OmaStoreOp *op)
{
  return op->kind == OMA_STORE_INSERT || op->kind == OMA_STORE_SET_VALUE;
}

/**
 * oma_store_op_get_dir:
 * @op: an operation that writes a value
 *
 * Returns: where the value goes: secrets and large values have files of their own
 */
OmaDatabaseDir
oma_store_op_get_dir (const OmaStoreOp *op)
{
  const OmaNodeRecord *record = &op->record;

  if (record->value == NULL)
    return OMA_DATABASE_DIR_NONE;
  if (record->secret)
    return OMA_DATABASE_DIR_SECRETS;
  return oma_value_is_large (record->value) ? OMA_DATABASE_DIR_LARGE : OMA_DATABASE_DIR_NONE;
}

static const OmaStoreOp *
peek_op (const Cursor *cursor)
{
  return &g_array_index (((const Table *) cursor->base.pVtab)->rows->ops, OmaStoreOp, cursor->op);
}

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

static int
cursor_at_end (sqlite3_vtab_cursor *base)
{
  return ((const Cursor *) base)->op == ((const Table *) base->pVtab)->rows->ops->len;
}

static void
find_row (Cursor *cursor)
{
  while (!cursor_at_end (&cursor->base) && !oma_store_op_has_value (peek_op (cursor)))
    cursor->op++;
  if (!cursor_at_end (&cursor->base))
    cursor->dir = oma_store_op_get_dir (peek_op (cursor));
}

static int
cursor_rewind (sqlite3_vtab_cursor *base, int number G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
               int n_values G_GNUC_UNUSED, sqlite3_value **values G_GNUC_UNUSED)
{
  Cursor *cursor = (Cursor *) base;

  cursor->op = cursor->file = 0;
  find_row (cursor);
  return SQLITE_OK;
}

static int
cursor_next (sqlite3_vtab_cursor *base)
{
  Cursor *cursor = (Cursor *) base;

  if (cursor->dir != OMA_DATABASE_DIR_NONE)
    cursor->file++;
  cursor->op++;
  find_row (cursor);
  return SQLITE_OK;
}

static void
result_text (sqlite3_context *context, const char *text)
{
  sqlite3_result_text (context, text, -1, SQLITE_STATIC);
}

static void
result_value (sqlite3_context *context, const OmaValue *value)
{
  gsize size;
  const void *data = oma_value_get_data (value, &size);

  sqlite3_result_blob64 (context, data != NULL ? data : "", size, SQLITE_STATIC);
}

static void
result_file (sqlite3_context *context, const Cursor *cursor)
{
  const GArray *files = ((const Table *) cursor->base.pVtab)->rows->files;

  result_text (context, g_array_index (files, OmaDatabaseFile, cursor->file).name);
}

/* A column without a result is NULL. */
static int
cursor_column (sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
  const Cursor *cursor = (const Cursor *) base;
  const OmaNodeRecord *record = &peek_op (cursor)->record;

  switch (column)
    {
    case COLUMN_ID:
      sqlite3_result_int64 (context, record->id);
      break;
    case COLUMN_FORMAT:
      result_text (context, oma_format_to_string (record->format));
      break;
    case COLUMN_TYPE:
      result_text (context, oma_node_record_get_type (record));
      break;
    case COLUMN_VALUE:
      if (record->value != NULL && cursor->dir == OMA_DATABASE_DIR_NONE)
        result_value (context, record->value);
      break;
    case COLUMN_SECRET:
      if (cursor->dir == OMA_DATABASE_DIR_SECRETS)
        result_file (context, cursor);
      break;
    case COLUMN_FILE:
      if (cursor->dir == OMA_DATABASE_DIR_LARGE)
        result_file (context, cursor);
      break;
    case COLUMN_OWNER:
      if (record->owner != NULL)
        result_text (context, record->owner);
      break;
    case COLUMN_TSTAMP:
      sqlite3_result_int64 (context, record->tstamp);
      break;
    case COLUMN_VERNO:
      sqlite3_result_int64 (context, record->verno);
      break;
    default:
      break;
    }
  return SQLITE_OK;
}

static int
cursor_row_id (sqlite3_vtab_cursor *cursor, sqlite3_int64 *id)
{
  *id = peek_op ((const Cursor *) cursor)->record.id;
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-database-private.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"

/* ---- Reading nodes ---- */

static gboolean
read_file (OmaDatabase *database, OmaNodeRecord *node, const OmaValueRecord *record, GError **error)
{
  g_autofree char *name = g_strndup (record->data, record->size);

  node->value = oma_value_dir_get (database->dirs[record->dir], name, node->format, node->type, error);
  if (node->value == NULL)
    return FALSE;
  node->secret = record->dir == OMA_DATABASE_DIR_SECRETS;
  g_hash_table_insert (database->files[record->dir], g_memdup2 (&node->id, sizeof node->id), g_steal_pointer (&name));
  return TRUE;
}

static gboolean
read_values (OmaDatabase *database, sqlite3_stmt *row, OmaNodeRecord *node, GError **error)
{
  OmaValueRecord record;

  if (!oma_value_record_unpack (&record, sqlite3_column_blob (row, 6), sqlite3_column_bytes (row, 6), error))
    return FALSE;
  node->format = record.format;
  node->type = (char *) record.type;
  node->owner = record.owner;
  node->tstamp = record.tstamp;
  node->verno = record.verno;
  if (record.dir != OMA_DATABASE_DIR_NONE)
    return read_file (database, node, &record, error);
  if (record.data != NULL)
    node->value = oma_value_new (node->format, node->type, record.data, record.size);
  return TRUE;
}

static gboolean
read_node (OmaDatabase *database, sqlite3_stmt *row, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  /* Texts point into the row; only value is owned. */
  OmaNodeRecord record = {
    .id = sqlite3_column_int64 (row, 0),
    .parent_id = sqlite3_column_int64 (row, 1),
    .name = (char *) oma_database_column_text (row, 2),
    .overlay = sqlite3_column_int (row, 3) != 0,
    .acl = (char *) oma_database_column_text (row, 4),
    .title = (char *) oma_database_column_text (row, 5),
  };

  if (sqlite3_column_type (row, 6) == SQLITE_NULL)
    return oma_database_fail (error, OMA_STORE_ERROR_DAMAGED, "a node has no value row");
  if (record.title != NULL && !g_utf8_validate (record.title, -1, NULL))
    return oma_database_fail (error, OMA_STORE_ERROR_DAMAGED, "the title of a node is no text");
  if (!read_values (database, row, &record, error))
    return FALSE;
  func (&record, user_data);
  g_clear_pointer (&record.value, oma_value_unref);
  return TRUE;
}

static gboolean
remove_orphans (OmaDatabase *database, OmaDatabaseDir dir, GError **error)
{
  g_autoptr(GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, database->files[dir]);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    g_hash_table_add (used, g_strdup (name));
  if (!oma_database_add_unit_files (database, dir, used, error))
    return FALSE;
  oma_value_dir_remove_others (database->dirs[dir], used);
  return TRUE;
}

/**
 * oma_database_load:
 * @database: the database
 * @func: gets each record
 * @user_data: for @func
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Reads all nodes, and removes files that neither a node names nor the journal.
 *
 * Returns: %TRUE when all were read
 */
gboolean
oma_database_load (OmaDatabase *database, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  sqlite3_stmt *rows = NULL;
  int result = SQLITE_ERROR;
  gboolean good = sqlite3_prepare_v2 (database->sqlite,
                                      "SELECT id, parent, name, overlay, acl, title, record"
                                      " FROM nodes LEFT JOIN node_values USING (id) ORDER BY id",
                                      -1, &rows, NULL) == SQLITE_OK;

  while (good && (result = sqlite3_step (rows)) == SQLITE_ROW)
    good = read_node (database, rows, func, user_data, error);
  if (good && result != SQLITE_DONE)
    good = FALSE;
  if (!good && (error == NULL || *error == NULL))
    oma_database_set_error (database, error);
  sqlite3_finalize (rows);
  if (!good)
    return FALSE;
  for (OmaDatabaseDir i = 0; good && i < OMA_DATABASE_N_DIRS; i++)
    good = remove_orphans (database, i, error);
  return good;
}

/* ---- Writing nodes ---- */

/* What becomes of values' files when the transaction is through, or when it is not. */
typedef struct {
  GArray *made;       /* (element-type OmaDatabaseFile) */
  GArray *images;     /* (element-type OmaDatabaseFile): made for the journal */
  GArray *replaced;   /* (element-type OmaDatabaseFile) */
} FileChanges;

static void
file_clear (OmaDatabaseFile *file)
{
  g_free (file->name);
}

static GArray *
files_new (void)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (OmaDatabaseFile));

  g_array_set_clear_func (files, (GDestroyNotify) file_clear);
  return files;
}

static void
file_changes_init (FileChanges *changes)
{
  changes->made = files_new ();
  changes->images = files_new ();
  changes->replaced = files_new ();
}

static void
file_changes_clear (FileChanges *changes)
{
  g_array_unref (changes->made);
  g_array_unref (changes->images);
  g_array_unref (changes->replaced);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FileChanges, file_changes_clear)

static void
remove_files (OmaDatabase *database, const GArray *files)
{
  for (guint i = 0; i < files->len; i++)
    {
      const OmaDatabaseFile *file = &g_array_index (files, OmaDatabaseFile, i);

      oma_value_dir_remove (database->dirs[file->dir], file->name);
    }
}

static gboolean
sync_dirs (OmaDatabase *database, const FileChanges *changes, GError **error)
{
  gboolean used[OMA_DATABASE_N_DIRS] = { FALSE };

  for (guint i = 0; i < changes->made->len; i++)
    used[g_array_index (changes->made, OmaDatabaseFile, i).dir] = TRUE;
  for (guint i = 0; i < changes->images->len; i++)
    used[g_array_index (changes->images, OmaDatabaseFile, i).dir] = TRUE;
  for (OmaDatabaseDir i = 0; i < OMA_DATABASE_N_DIRS; i++)
    if (used[i] && !oma_value_dir_sync (database->dirs[i], error))
      return FALSE;
  return TRUE;
}

/* Puts the values into their files that belong into one.  The names go into the rows in place
 * of the values. */
static gboolean
put_files (OmaDatabase *database, const GArray *ops, FileChanges *changes, GError **error)
{
  for (guint i = 0; i < ops->len; i++)
    {
      const OmaStoreOp *op = &g_array_index (ops, OmaStoreOp, i);
      OmaDatabaseDir dir = oma_store_op_has_value (op) ? oma_store_op_get_dir (op) : OMA_DATABASE_DIR_NONE;
      OmaDatabaseFile file = { dir, NULL, op->record.value, i };

      if (dir == OMA_DATABASE_DIR_NONE)
        continue;
      file.name = oma_value_dir_put (database->dirs[file.dir], file.value, error);
      if (file.name == NULL)
        return FALSE;
      g_array_append_val (changes->made, file);
    }
  return TRUE;
}

/* Notes which file the row names from now on: @made, or none. */
static void
set_file (OmaDatabase *database, gint64 id, const OmaDatabaseFile *made, FileChanges *changes)
{
  for (OmaDatabaseDir i = 0; i < OMA_DATABASE_N_DIRS; i++)
    {
      const char *old = g_hash_table_lookup (database->files[i], &id);
      OmaDatabaseFile replaced = { .dir = i, .name = g_strdup (old) };

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

/* Runs a statement, its first parameter the row's id, that must change just that row. */
static gboolean
change_row (OmaDatabase *database, OmaDatabaseStatement statement, gint64 id, GError **error)
{
  sqlite3_bind_int64 (database->statements[statement], 1, id);
  if (!oma_database_run_statement (database, statement, error))
    return FALSE;
  if (sqlite3_changes (database->sqlite) == 1)
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "Database: no row %" G_GINT64_FORMAT, id);
  return FALSE;
}

static gboolean
insert_node (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_INSERT_NODE];

  sqlite3_bind_int64 (s, 2, record->parent_id);
  oma_database_bind_text (s, 3, record->name);
  sqlite3_bind_int (s, 4, record->overlay);
  oma_database_bind_text (s, 5, record->acl);
  oma_database_bind_text (s, 6, record->title);
  return change_row (database, OMA_DATABASE_INSERT_NODE, record->id, error);
}

/* Nodes keep their rows of values as long as they live: a row that is there is replaced. */
static gboolean
put_values (OmaDatabase *database, const GArray *ops, const FileChanges *changes, GError **error)
{
  gboolean good;

  oma_value_rows_init (&database->value_rows, ops, changes->made);
  good = oma_value_rows_overwrite (&database->value_rows, database->sqlite) == SQLITE_OK ||
         oma_database_set_write_error (database, error);
  if (good && database->value_rows.left->len > 0)
    good = oma_database_run_statement (database, OMA_DATABASE_PUT_VALUES, error);
  oma_value_rows_clear (&database->value_rows);
  return good;
}

static gboolean
set_properties (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *properties = database->statements[OMA_DATABASE_SET_PROPERTIES];
  sqlite3_stmt *stamps = database->statements[OMA_DATABASE_SET_STAMPS];

  oma_database_bind_text (properties, 2, record->acl);
  oma_database_bind_text (properties, 3, record->title);
  oma_database_bind_text (stamps, 2, oma_node_record_get_type (record));
  sqlite3_bind_int64 (stamps, 3, record->tstamp);
  sqlite3_bind_int (stamps, 4, record->verno);
  return change_row (database, OMA_DATABASE_SET_PROPERTIES, record->id, error) &&
         change_row (database, OMA_DATABASE_SET_STAMPS, record->id, error);
}

static gboolean
rename_node (OmaDatabase *database, const OmaNodeRecord *record, GError **error)
{
  sqlite3_stmt *s = database->statements[OMA_DATABASE_RENAME];

  sqlite3_bind_int64 (s, 2, record->parent_id);
  oma_database_bind_text (s, 3, record->name);
  return change_row (database, OMA_DATABASE_RENAME, record->id, error);
}

/* All but values: put_values() writes these. */
static gboolean
write_op (OmaDatabase *database, const OmaStoreOp *op, FileChanges *changes, GError **error)
{
  switch (op->kind)
    {
    case OMA_STORE_INSERT:
      return insert_node (database, &op->record, error);
    case OMA_STORE_SET_VALUE:
      return TRUE;
    case OMA_STORE_SET_PROPERTIES:
      return set_properties (database, &op->record, error);
    case OMA_STORE_RENAME:
      return rename_node (database, &op->record, error);
    case OMA_STORE_DELETE:
      return change_row (database, OMA_DATABASE_DELETE_NODE, op->record.id, error) &&
             change_row (database, OMA_DATABASE_DELETE_VALUE, op->record.id, error);
    case OMA_STORE_NOTE:
      return oma_database_write_note (database, op->note_id, op->note_count, error);
    case OMA_STORE_PUT_UNIT:
      return oma_database_put_unit (database, op->unit, changes->images, error);
    case OMA_STORE_END_UNIT:
      return oma_database_end_unit (database, op->unit_id, changes->replaced, error);
    case OMA_STORE_PUT_FINGERPRINT:
      return oma_database_put_fingerprint (database, op->fingerprint, error);
    case OMA_STORE_DROP_FINGERPRINT:
      return oma_database_drop_fingerprint (database, op->fingerprint, error);
    }
  g_return_val_if_reached (FALSE);
}

/* Where two operations of a transaction write the same columns they agree: values may go first. */
static gboolean
write_ops (OmaDatabase *database, const GArray *ops, FileChanges *changes, GError **error)
{
  if (!oma_database_run_statement (database, OMA_DATABASE_BEGIN, error) ||
      !put_files (database, ops, changes, error) || !put_values (database, ops, changes, error))
    return FALSE;
  for (guint i = 0; i < ops->len; i++)
    if (!write_op (database, &g_array_index (ops, OmaStoreOp, i), changes, error))
      return FALSE;
  return sync_dirs (database, changes, error) &&
         oma_database_run_statement (database, OMA_DATABASE_COMMIT, error);
}

/* Whether the operation changes what file the row of a node names. */
static gboolean
op_sets_file (const OmaStoreOp *op)
{
  return oma_store_op_has_value (op) || op->kind == OMA_STORE_DELETE;
}

/* The names are taken up only now: a transaction that failed changed none. */
static void
take_up_files (OmaDatabase *database, const GArray *ops, FileChanges *changes)
{
  guint made = 0;

  for (guint i = 0; i < changes->images->len; i++)
    {
      const OmaDatabaseFile *file = &g_array_index (changes->images, OmaDatabaseFile, i);

      if (file->value != NULL)
        oma_value_dir_settle (database->dirs[file->dir], file->name, file->value);
    }
  if (changes->made->len == 0 && g_hash_table_size (database->files[OMA_DATABASE_DIR_SECRETS]) == 0 &&
      g_hash_table_size (database->files[OMA_DATABASE_DIR_LARGE]) == 0)
    return;
  for (guint i = 0; i < ops->len; i++)
    {
      const OmaStoreOp *op = &g_array_index (ops, OmaStoreOp, i);
      gboolean names_file = oma_store_op_get_dir (op) != OMA_DATABASE_DIR_NONE;

      if (!op_sets_file (op))
        continue;
      set_file (database, op->record.id, names_file ? &g_array_index (changes->made, OmaDatabaseFile, made++) : NULL, changes);
    }
}

static gboolean
ends_unit (const GArray *ops)
{
  for (guint i = 0; i < ops->len; i++)
    if (g_array_index (ops, OmaStoreOp, i).kind == OMA_STORE_END_UNIT)
      return TRUE;
  return FALSE;
}

/* Writes everything or nothing. */
static gboolean
try_write (OmaDatabase *database, const GArray *ops, GError **error)
{
  g_auto(FileChanges) changes;

  file_changes_init (&changes);
  if (!write_ops (database, ops, &changes, error))
    {
      /* Files that the log may still name stay: the next start knows whether it does. */
      if (oma_database_give_up (database))
        {
          remove_files (database, changes.made);
          remove_files (database, changes.images);
        }
      return FALSE;
    }
  take_up_files (database, ops, &changes);
  remove_files (database, changes.replaced);
  return TRUE;
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
  g_autoptr(GError) local = NULL;

  /* What found the disk full has another try, now that the log has given its room back, and one
   * more if it is to end a unit of work, for which some is kept. */
  for (guint n = 1; !try_write (database, ops, &local); n++)
    {
      if (!g_error_matches (local, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL) ||
          (n > 1 && !oma_database_use_reserve (database, ops)))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_error (&local);
    }
  if (ends_unit (ops))
    oma_database_sweep_units (database);
  oma_database_keep_reserve (database);
  return TRUE;
}

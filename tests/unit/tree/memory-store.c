/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "memory-store.h"

struct _MemoryStore {
  GObject     parent_instance;
  GHashTable *rows;       /* (element-type gint64 OmaNodeRecord) */
  guint       n_writes;
  MemoryJournal journal;
  OmaStatus   load_failure;
  OmaStatus   write_failure;
};

static void tree_store_init (OmaTreeStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MemoryStore, memory_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, tree_store_init))

static void
record_free (OmaNodeRecord *record)
{
  oma_node_record_clear (record);
  g_free (record);
}

static OmaNodeRecord *
record_copy (const OmaNodeRecord *record)
{
  OmaNodeRecord *copy = g_memdup2 (record, sizeof *record);

  copy->name = g_strdup (record->name);
  copy->type = g_strdup (oma_node_record_get_type (record));
  copy->value = record->value != NULL ? oma_value_ref (record->value) : NULL;
  copy->acl = g_strdup (record->acl);
  copy->title = g_strdup (record->title);
  return copy;
}

static void
memory_store_finalize (GObject *object)
{
  memory_journal_clear (&MEMORY_STORE (object)->journal);
  g_hash_table_unref (MEMORY_STORE (object)->rows);
  G_OBJECT_CLASS (memory_store_parent_class)->finalize (object);
}

static void
memory_store_class_init (MemoryStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = memory_store_finalize;
}

static void
memory_store_init (MemoryStore *store)
{
  store->rows = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) record_free);
  memory_journal_init (&store->journal);
}

static gboolean
load (OmaTreeStore *iface, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  MemoryStore *store = MEMORY_STORE (iface);
  GHashTableIter iter;
  gpointer record;

  if (store->load_failure != OMA_STATUS_NONE)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, (int) store->load_failure, "broken on purpose");
      store->load_failure = OMA_STATUS_NONE;
      return FALSE;
    }
  g_hash_table_iter_init (&iter, store->rows);
  while (g_hash_table_iter_next (&iter, NULL, &record))
    func (record, user_data);
  return TRUE;
}

static void
replace_text (char **text, const char *by)
{
  g_free (*text);
  *text = g_strdup (by);
}

static void
set_value (OmaNodeRecord *row, const OmaNodeRecord *record)
{
  row->format = record->format;
  replace_text (&row->type, oma_node_record_get_type (record));
  g_clear_pointer (&row->value, oma_value_unref);
  row->value = record->value != NULL ? oma_value_ref (record->value) : NULL;
  row->secret = record->secret;
  row->owner = record->owner;
  row->tstamp = record->tstamp;
  row->verno = record->verno;
}

static void
set_properties (OmaNodeRecord *row, const OmaNodeRecord *record)
{
  replace_text (&row->acl, record->acl);
  replace_text (&row->title, record->title);
  replace_text (&row->type, oma_node_record_get_type (record));
  row->tstamp = record->tstamp;
  row->verno = record->verno;
}

static void
write_op (MemoryStore *store, const OmaStoreOp *op)
{
  const OmaNodeRecord *record = &op->record;
  OmaNodeRecord *row = g_hash_table_lookup (store->rows, &record->id);

  if (op->kind == OMA_STORE_INSERT)
    {
      g_assert_null (row);
      g_assert_cmpint (record->id, >, 0);
      g_assert_true (record->parent_id == 0 || g_hash_table_contains (store->rows, &record->parent_id));
      memory_store_add_row (store, record);
      return;
    }
  if (op->kind == OMA_STORE_PUT_UNIT || op->kind == OMA_STORE_END_UNIT || op->fingerprint != NULL)
    return;
  g_assert_nonnull (row);
  switch (op->kind)
    {
    case OMA_STORE_SET_VALUE:
      set_value (row, record);
      break;
    case OMA_STORE_SET_PROPERTIES:
      set_properties (row, record);
      break;
    case OMA_STORE_RENAME:
      replace_text (&row->name, record->name);
      row->parent_id = record->parent_id;
      break;
    case OMA_STORE_DELETE:
      g_hash_table_remove (store->rows, &record->id);
      break;
    case OMA_STORE_INSERT:
    case OMA_STORE_NOTE:
    case OMA_STORE_PUT_UNIT:
    case OMA_STORE_END_UNIT:
    case OMA_STORE_PUT_FINGERPRINT:
    case OMA_STORE_DROP_FINGERPRINT:
    default:
      g_assert_not_reached ();
    }
}

static void
write_async (OmaTreeStore *iface, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  MemoryStore *store = MEMORY_STORE (iface);
  g_autoptr(GTask) task = g_task_new (store, cancellable, callback, user_data);
  g_autoptr(GArray) owned = ops;

  store->n_writes++;
  if (store->write_failure != OMA_STATUS_NONE)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, (int) store->write_failure, "broken on purpose");
      store->write_failure = OMA_STATUS_NONE;
      return;
    }
  for (guint i = 0; i < owned->len; i++)
    write_op (store, &g_array_index (owned, OmaStoreOp, i));
  memory_journal_write (&store->journal, owned);
  g_task_return_boolean (task, TRUE);
}

static gboolean
write_finish (OmaTreeStore *store G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gint64
next_unit_id (OmaTreeStore *store)
{
  return memory_journal_next_id (&MEMORY_STORE (store)->journal);
}

static void
tree_store_init (OmaTreeStoreInterface *iface)
{
  iface->next_unit_id = next_unit_id;
  iface->load = load;
  iface->write_async = write_async;
  iface->write_finish = write_finish;
}

MemoryStore *
memory_store_new (void)
{
  return g_object_new (MEMORY_TYPE_STORE, NULL);
}

/* Takes a copy. */
void
memory_store_add_row (MemoryStore *store, const OmaNodeRecord *record)
{
  OmaNodeRecord *row = record_copy (record);

  g_hash_table_replace (store->rows, &row->id, row);
}

const OmaNodeRecord *
memory_store_get_row (MemoryStore *store, gint64 id)
{
  return g_hash_table_lookup (store->rows, &id);
}

/* The newest row of this name, or NULL. */
const OmaNodeRecord *
memory_store_find_row (MemoryStore *store, const char *name)
{
  const OmaNodeRecord *found = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, store->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const OmaNodeRecord *row = value;

      if (g_str_equal (row->name, name) && (found == NULL || row->id > found->id))
        found = row;
    }
  return found;
}

guint
memory_store_count_rows (MemoryStore *store)
{
  return g_hash_table_size (store->rows);
}

guint
memory_store_count_writes (MemoryStore *store)
{
  return store->n_writes;
}

/* (transfer none) */
MemoryJournal *
memory_store_get_journal (MemoryStore *store)
{
  return &store->journal;
}

void
memory_store_fail_next_load (MemoryStore *store, OmaStatus status)
{
  store->load_failure = status;
}

/* The next write fails and changes nothing. */
void
memory_store_fail_next_write (MemoryStore *store, OmaStatus status)
{
  store->write_failure = status;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* All rows as text, to compare what was with what is. */
char *
memory_store_dump (MemoryStore *store)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, store->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const OmaNodeRecord *row = value;

      g_ptr_array_add (lines, g_strdup_printf ("%06" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s %d %s [%s] %d%d %s %s "
                                               "%s %" G_GINT64_FORMAT " %d",
                                               row->id, row->parent_id, row->name, row->format, row->type,
                                               row->value != NULL ? oma_value_get_text (row->value) : "-", row->secret,
                                               row->overlay, row->acl, row->title, row->owner, row->tstamp,
                                               row->verno));
    }
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-tree-store.h"

#include <string.h>

G_DEFINE_INTERFACE (OmaTreeStore, oma_tree_store, G_TYPE_OBJECT)

static void
oma_tree_store_default_init (OmaTreeStoreInterface *iface G_GNUC_UNUSED)
{
}

/**
 * oma_node_record_clear:
 * @record: a record
 *
 * Frees what @record points to.
 */
void
oma_node_record_clear (OmaNodeRecord *record)
{
  g_clear_pointer (&record->name, g_free);
  g_clear_pointer (&record->type, g_free);
  g_clear_pointer (&record->value, oma_value_unref);
  g_clear_pointer (&record->acl, g_free);
  g_clear_pointer (&record->title, g_free);
}

/**
 * oma_node_record_get_type:
 * @record: a record
 *
 * Returns: (transfer none): its type, that of its value when it states none, else ""
 */
const char *
oma_node_record_get_type (const OmaNodeRecord *record)
{
  if (record->type != NULL)
    return record->type;
  return record->value != NULL ? oma_value_get_type_name (record->value) : "";
}

/**
 * oma_fingerprint_new:
 * @subtree: canonical URI of a followed node
 * @child: decoded name of its child, or ""
 * @digest: (nullable): %OMA_FINGERPRINT_SIZE octets, %NULL when what is there is not known
 *
 * Returns: (transfer full): a fingerprint
 */
OmaFingerprint *
oma_fingerprint_new (const char *subtree, const char *child, const guint8 *digest)
{
  OmaFingerprint *fingerprint = g_new0 (OmaFingerprint, 1);

  fingerprint->subtree = g_strdup (subtree);
  fingerprint->child = g_strdup (child);
  fingerprint->known = digest != NULL;
  if (digest != NULL)
    memcpy (fingerprint->digest, digest, OMA_FINGERPRINT_SIZE);
  return fingerprint;
}

/**
 * oma_fingerprint_free:
 * @fingerprint: (transfer full): a fingerprint
 */
void
oma_fingerprint_free (OmaFingerprint *fingerprint)
{
  g_free (fingerprint->subtree);
  g_free (fingerprint->child);
  g_free (fingerprint);
}

static void
store_op_clear (OmaStoreOp *op)
{
  g_clear_pointer (&op->fingerprint, oma_fingerprint_free);
  oma_node_record_clear (&op->record);
  g_clear_pointer (&op->unit, oma_unit_record_free);
}

/**
 * oma_tree_store_ops_new:
 * @n_expected: for how many operations to make room at once
 *
 * Returns: (transfer full) (element-type OmaStoreOp): an empty array for
 *   oma_tree_store_write_async(), which frees what its elements point to
 */
GArray *
oma_tree_store_ops_new (guint n_expected)
{
  GArray *ops = g_array_sized_new (FALSE, TRUE, sizeof (OmaStoreOp), n_expected);

  g_array_set_clear_func (ops, (GDestroyNotify) store_op_clear);
  return ops;
}

/**
 * oma_tree_store_load:
 * @store: a store
 * @func: gets each record
 * @user_data: for @func
 * @error: return location for an error of the store's domain
 *
 * Reads everything.  It blocks: only for the start.
 *
 * Returns: %TRUE when all records were read
 */
gboolean
oma_tree_store_load (OmaTreeStore *store, OmaTreeStoreLoadFunc func, gpointer user_data, GError **error)
{
  return OMA_TREE_STORE_GET_IFACE (store)->load (store, func, user_data, error);
}

/**
 * oma_tree_store_write_async:
 * @store: a store
 * @ops: (transfer full) (element-type OmaStoreOp): what to write
 * @cancellable: (nullable): cancels it while it waits; once begun it is finished
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Writes @ops in one durable transaction, all or nothing, in the order of the calls.
 */
void
oma_tree_store_write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  OMA_TREE_STORE_GET_IFACE (store)->write_async (store, ops, cancellable, callback, user_data);
}

/**
 * oma_tree_store_write_finish:
 * @store: a store
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE when everything is on disk, %FALSE when nothing was written
 */
gboolean
oma_tree_store_write_finish (OmaTreeStore *store, GAsyncResult *result, GError **error)
{
  return OMA_TREE_STORE_GET_IFACE (store)->write_finish (store, result, error);
}

/**
 * oma_tree_store_load_units:
 * @store: a store
 * @func: gets each unit of work of the journal, and owns it
 * @user_data: for @func
 * @error: return location for an error of the store's domain
 *
 * Reads what an earlier run of the daemon left of the journal.  It blocks: only for the start.  A
 * unit of work that is damaged comes as %OMA_UNIT_UNDO_FAILED whose error says what is wrong, with
 * an image of %OMA_IMAGE_EXEC, irreversible, in place of each that cannot be used.
 *
 * Returns: %TRUE when the whole journal was read
 */
gboolean
oma_tree_store_load_units (OmaTreeStore *store, OmaTreeStoreUnitFunc func, gpointer user_data, GError **error)
{
  return OMA_TREE_STORE_GET_IFACE (store)->load_units (store, func, user_data, error);
}

/**
 * oma_tree_store_next_unit_id:
 * @store: a store
 *
 * Returns: an identifier that no unit of work of this store has had; 0 when it keeps no journal
 */
gint64
oma_tree_store_next_unit_id (OmaTreeStore *store)
{
  const OmaTreeStoreInterface *iface = OMA_TREE_STORE_GET_IFACE (store);

  return iface->next_unit_id != NULL ? iface->next_unit_id (store) : 0;
}

/**
 * oma_tree_store_load_fingerprints:
 * @store: a store
 * @func: gets each fingerprint, and owns it
 * @user_data: for @func
 * @error: return location for an error of the store's domain
 *
 * Reads what an earlier run of the daemon knew of followed subtrees.  It blocks: only for the start.
 *
 * Returns: %TRUE when all were read, or there are none
 */
gboolean
oma_tree_store_load_fingerprints (OmaTreeStore *store, OmaTreeStoreFingerprintFunc func, gpointer user_data,
                                  GError **error)
{
  const OmaTreeStoreInterface *iface = OMA_TREE_STORE_GET_IFACE (store);

  return iface->load_fingerprints == NULL || iface->load_fingerprints (store, func, user_data, error);
}

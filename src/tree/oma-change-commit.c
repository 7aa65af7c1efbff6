/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-change-private.h"

#include "base/oma-status.h"

#include <string.h>

/* How a change becomes durable, then visible. */

/* ---- What the store is to write ---- */

static OmaNodeRecord *
add_op (GArray *ops, OmaStoreOpKind kind, gint64 id)
{
  OmaStoreOp *op;

  g_array_set_size (ops, ops->len + 1);
  op = &g_array_index (ops, OmaStoreOp, ops->len - 1);
  op->kind = kind;
  op->record.id = id;
  return &op->record;
}

static void
describe_version (OmaNodeRecord *record, const OmaChange *change, const OmaNode *node)
{
  record->tstamp = oma_node_get_tstamp (node, change);
  record->verno = oma_node_get_verno (node, change);
}

/* A value that goes along says it itself. */
static void
describe_type (OmaNodeRecord *record, const OmaNodeState *state)
{
  if (record->value != NULL)
    return;
  if (state->value != NULL)
    record->type = g_strdup (oma_value_get_type_name (state->value));
  else if (state->properties != NULL)
    record->type = g_strdup (state->properties->type);
}

static void
describe_properties (OmaNodeRecord *record, const OmaNodeState *state)
{
  if (state->properties == NULL)
    return;
  record->acl = state->properties->acl != NULL ? g_strdup (oma_acl_get_text (state->properties->acl)) : NULL;
  record->title = g_strdup (state->properties->title);
}

/* The store keeps a value that nobody may read apart from the others. */
static void
describe_value (OmaNodeRecord *record, const OmaNode *node, const OmaNodeState *state)
{
  record->format = state->value != NULL ? oma_value_get_format (state->value) : node->schema->format;
  record->value = state->value != NULL ? oma_value_ref (state->value) : NULL;
  record->secret = state->value != NULL && (node->schema->access & OMA_ACCESS_GET) == 0;
  record->owner = g_quark_to_string (state->owner);
}

static void
add_insertion (GArray *ops, OmaChange *change, OmaNode *node, const OmaNodeState *state)
{
  OmaNodeRecord *record;

  node->id = ++change->tree->last_id;
  record = add_op (ops, OMA_STORE_INSERT, node->id);
  record->parent_id = node->parent != NULL ? node->parent->id : 0;
  record->name = g_strdup (oma_node_get_staged_name (node, change));
  record->overlay = oma_node_is_unstored (node);
  describe_value (record, node, state);
  describe_type (record, state);
  describe_properties (record, state);
  describe_version (record, change, node);
}

static void
add_aside_deletions (GArray *ops, OmaTree *tree, gconstpointer parent)
{
  GPtrArray *asides = oma_tree_peek_asides (tree, parent);

  for (guint i = 0; asides != NULL && i < asides->len; i++)
    {
      const OmaAside *aside = g_ptr_array_index (asides, i);

      add_op (ops, OMA_STORE_DELETE, aside->record.id);
      add_aside_deletions (ops, tree, aside);
    }
}

static void
add_update (GArray *ops, const OmaChange *change, const OmaNode *node, const OmaNodeState *state)
{
  OmaNodeRecord *record;

  if (state->flags & (OMA_STAGED_VALUE | OMA_STAGED_TOUCHED | OMA_STAGED_OWNER))
    {
      record = add_op (ops, OMA_STORE_SET_VALUE, node->id);
      describe_value (record, node, state);
      describe_type (record, state);
      describe_version (record, change, node);
      if ((state->flags & OMA_STAGED_PROPERTIES) == 0 && state->alias == NULL)
        return;
    }
  if (state->alias != NULL)
    {
      record = add_op (ops, OMA_STORE_RENAME, node->id);
      record->parent_id = node->parent->id;
      record->name = g_strdup (oma_node_peek_name (state->alias));
    }
  if (oma_node_state_is_bumped (state))
    {
      record = add_op (ops, OMA_STORE_SET_PROPERTIES, node->id);
      describe_type (record, state);
      describe_properties (record, state);
      describe_version (record, change, node);
    }
}

static OmaAcl *
acl_without_server (const OmaNodeRecord *record, const char *server_id, gboolean *changed)
{
  g_autoptr(OmaAcl) before = record->acl != NULL ? oma_acl_parse (record->acl, NULL) : NULL;
  OmaAcl *after = before != NULL ? oma_acl_without_server (before, server_id) : NULL;

  *changed = after != before;
  return after;
}

/* Removes a server from the ACLs of rows kept aside: in @ops, or without them in memory. */
static void
forget_in_asides (OmaTree *tree, const char *server_id, GArray *ops)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, tree->asides);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GPtrArray *siblings = value;

      for (guint i = 0; i < siblings->len; i++)
        {
          OmaNodeRecord *old = &((OmaAside *) g_ptr_array_index (siblings, i))->record;
          gboolean changed;
          g_autoptr(OmaAcl) acl = acl_without_server (old, server_id, &changed);
          OmaNodeRecord *record = old;

          if (!changed)
            continue;
          if (ops != NULL)
            {
              record = add_op (ops, OMA_STORE_SET_PROPERTIES, old->id);
              record->title = g_strdup (old->title);
              record->type = g_strdup (old->type);
              record->tstamp = old->tstamp;
              record->verno = old->verno;
            }
          g_free (record->acl);
          record->acl = acl != NULL ? g_strdup (oma_acl_get_text (acl)) : NULL;
        }
    }
}

/* Those of the one who commits go over to the store. */
static void
add_extra_ops (GArray *ops, OmaChange *change)
{
  if (change->extra_ops == NULL)
    return;
  g_array_append_vals (ops, change->extra_ops->data, change->extra_ops->len);
  g_array_set_clear_func (change->extra_ops, NULL);
  g_clear_pointer (&change->extra_ops, g_array_unref);
}

static GArray *
make_ops (OmaChange *change)
{
  GArray *ops = oma_tree_store_ops_new (change->touched->len + 1);

  for (guint i = 0; i < change->touched->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (change->touched, i);
      const OmaNodeState *state = &staged->state;
      OmaNode *node = staged->node;

      if (state->flags & OMA_STAGED_DELETED)
        {
          if (state->flags & OMA_STAGED_ADDED)
            continue;
          add_op (ops, OMA_STORE_DELETE, node->id);
          add_aside_deletions (ops, change->tree, node);
        }
      else if (state->flags & OMA_STAGED_ADDED || node->id == 0)
        add_insertion (ops, change, node, state);
      else
        add_update (ops, change, node, state);
    }
  for (const OmaChangeLog *step = change->log; step != NULL; step = step->older)
    if (step->kind == OMA_CHANGE_LOG_FORGOT)
      forget_in_asides (change->tree, step->server_id, ops);
  add_extra_ops (ops, change);
  return ops;
}

/* ---- What those who watch are told ---- */

static void
add_event (GArray *events, char *uri, OmaChangeKind kind)
{
  const OmaTreeEvent event = { uri, kind };

  g_array_append_val (events, event);
}

static void
event_clear (OmaTreeEvent *event)
{
  g_free ((char *) event->uri);
}

static gboolean
is_deleted (const OmaNode *node, const OmaChange *change)
{
  const OmaNodeState *state = oma_node_peek_state (node, change);

  return state != NULL && state->flags & OMA_STAGED_DELETED;
}

/* What goes, by the names that it has now. */
static void
add_departures (GArray *events, const OmaChange *change)
{
  for (guint i = 0; i < change->touched->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (change->touched, i);
      const OmaNode *node = staged->node;

      if (staged->state.flags & OMA_STAGED_ADDED || oma_node_is_overlay (node))
        continue;
      if (staged->state.flags & OMA_STAGED_DELETED ? !is_deleted (node->parent, change) : staged->state.alias != NULL)
        add_event (events, oma_node_dup_uri (node), OMA_CHANGE_DELETED);
    }
}

static void
reverse (GArray *events, guint first)
{
  for (guint i = first, j = events->len; i + 1 < j; i++)
    {
      OmaTreeEvent *a = &g_array_index (events, OmaTreeEvent, i);
      OmaTreeEvent *b = &g_array_index (events, OmaTreeEvent, --j);
      const OmaTreeEvent event = *a;

      *a = *b;
      *b = event;
    }
}

/* What comes or changes, by the names that it has after the change was applied. */
static void
add_arrivals (GArray *events, const OmaChange *change)
{
  guint n_departures = events->len;

  for (const OmaChangeLog *step = change->log; step != NULL; step = step->older)
    if (step->kind == OMA_CHANGE_LOG_TOUCHED)
      add_event (events, g_strdup (step->event.uri), step->event.kind);
  /* The log is newest first. */
  reverse (events, n_departures);
  for (guint i = 0; i < change->touched->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (change->touched, i);
      const OmaNodeState *state = &staged->state;
      gboolean comes = (state->flags & OMA_STAGED_ADDED || state->alias != NULL) && !oma_node_is_overlay (staged->node);

      if (state->flags & OMA_STAGED_DELETED)
        continue;
      if (comes)
        add_event (events, oma_node_dup_uri (staged->node), OMA_CHANGE_ADDED);
      else if (state->flags & (OMA_STAGED_VALUE | OMA_STAGED_PROPERTIES))
        add_event (events, oma_node_dup_uri (staged->node), OMA_CHANGE_REPLACED);
    }
}

/* ---- Making it visible ---- */

static void
apply_state (OmaChange *change, OmaStaged *staged)
{
  OmaNode *node = staged->node;
  OmaNodeState *state = &staged->state;
  guint16 verno = oma_node_get_verno (node, change);
  gint64 tstamp = oma_node_get_tstamp (node, change);

  if (state->alias != NULL)
    {
      oma_node_set_remove (&change->tree->nodes, node);
      oma_node_set_name (node, oma_node_peek_name (state->alias), state->alias->name_length);
      oma_node_set_add (&change->tree->nodes, node);
    }
  if ((state->flags & OMA_STAGED_ADDED) == 0)
    change->tree->n_octets -= oma_node_count_octets (node);
  if (!oma_node_is_interior (node))
    {
      g_clear_pointer (&node->value, oma_value_unref);
      node->value = g_steal_pointer (&state->value);
    }
  oma_properties_unref (node->properties);
  node->properties = g_steal_pointer (&state->properties);
  node->n_children = state->n_children;
  node->owner = state->owner;
  node->verno = verno;
  node->tstamp = tstamp;
  node->staged = NULL;
  change->tree->n_octets += oma_node_count_octets (node);
  if (state->flags & OMA_STAGED_ADDED)
    change->tree->n_nodes++;
}

static void
drop_asides (OmaTree *tree, gconstpointer parent)
{
  GPtrArray *asides = oma_tree_peek_asides (tree, parent);

  for (guint i = 0; asides != NULL && i < asides->len; i++)
    drop_asides (tree, g_ptr_array_index (asides, i));
  g_hash_table_remove (tree->asides, parent);
}

/* All that go are unlinked before the first is freed: they link each other. */
static void
remove_deleted (OmaChange *change)
{
  for (guint i = 0; i < change->touched->len; i++)
    {
      OmaStaged *staged = g_ptr_array_index (change->touched, i);

      if ((staged->state.flags & OMA_STAGED_DELETED) == 0)
        continue;
      oma_node_unlink (change->tree, staged->node);
      drop_asides (change->tree, staged->node);
      if ((staged->state.flags & OMA_STAGED_ADDED) == 0)
        {
          change->tree->n_nodes--;
          change->tree->n_octets -= oma_node_count_octets (staged->node);
        }
    }
  for (guint i = 0; i < change->touched->len; i++)
    {
      OmaStaged *staged = g_ptr_array_index (change->touched, i);

      if (staged->state.flags & OMA_STAGED_DELETED)
        oma_node_free (staged->node);
    }
}

static void
apply (OmaChange *change)
{
  OmaTree *tree = change->tree;
  g_autoptr(GArray) events = NULL;

  if (oma_tree_is_watched (tree))
    {
      events = g_array_new (FALSE, FALSE, sizeof (OmaTreeEvent));
      g_array_set_clear_func (events, (GDestroyNotify) event_clear);
      add_departures (events, change);
    }
  for (guint i = 0; i < change->touched->len; i++)
    {
      OmaStaged *staged = g_ptr_array_index (change->touched, i);

      if ((staged->state.flags & OMA_STAGED_DELETED) == 0)
        apply_state (change, staged);
    }
  if (events != NULL)
    add_arrivals (events, change);
  for (const OmaChangeLog *step = change->log; step != NULL; step = step->older)
    if (step->kind == OMA_CHANGE_LOG_FORGOT)
      forget_in_asides (tree, step->server_id, NULL);
  remove_deleted (change);
  oma_change_end (change);
  if (events != NULL)
    oma_tree_emit (tree, (const OmaTreeEvent *) events->data, events->len);
}

/* ---- The commit ---- */

/* Rows that were to be inserted are not there: nodes that stay lose their ids. */
static void
forget_new_rows (OmaChange *change, gint64 last_id)
{
  for (guint i = 0; i < change->touched->len; i++)
    {
      OmaNode *node = ((OmaStaged *) g_ptr_array_index (change->touched, i))->node;

      if (node->id > last_id)
        node->id = 0;
    }
}

typedef struct {
  OmaChange *change;
  gint64     last_id;
} Commit;

static void
end_commit (Commit *commit, gboolean written)
{
  OmaChange *change = commit->change;

  if (written)
    apply (change);
  else
    forget_new_rows (change, commit->last_id);
  change->committing = FALSE;
  if (!written)
    oma_change_roll_back (change);
  if (change->freed)
    oma_change_free (change);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GError) error = NULL;
  gboolean written = oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &error);

  end_commit (g_task_get_task_data (task), written);
  if (written)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_prefix_error (&error, "store: ");
  g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * oma_change_add_op:
 * @change: a change that is not being committed
 * @op: (transfer full): an operation that is about no row of a node; what it points to is taken over
 *
 * The next commit also does @op, in the same write: what is true of the one is true of the
 * other, whenever the power fails.  A roll back drops it.
 */
void
oma_change_add_op (OmaChange *change, const OmaStoreOp *op)
{
  if (change->extra_ops == NULL)
    change->extra_ops = oma_tree_store_ops_new (2);
  g_array_append_vals (change->extra_ops, op, 1);
}

/* Who follows the nodes of plugins hears of it while something can be written with it. */
static void
tell_commit (OmaChange *change)
{
  OmaTree *tree = change->tree;
  g_autoptr(GArray) events = NULL;

  if (tree->commit_func == NULL)
    return;
  for (const OmaChangeLog *step = change->log; step != NULL; step = step->older)
    if (step->kind == OMA_CHANGE_LOG_TOUCHED)
      {
        if (events == NULL)
          events = g_array_new (FALSE, FALSE, sizeof (OmaTreeEvent));
        g_array_append_val (events, step->event);
      }
  if (events != NULL)
    tree->commit_func (change, (const OmaTreeEvent *) events->data, events->len, tree->follow_data);
}

/**
 * oma_change_commit_async:
 * @change: a change that is not being committed
 * @cancellable: (nullable): counts only when it is cancelled already; then the change is
 *   rolled back and the error is %G_IO_ERROR_CANCELLED
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Writes what is staged to the store in one transaction; when that is durable, makes it
 * visible to everybody and tells those who watch.  A failure rolls the change back.
 * Afterwards the change is empty and can be used again.  Without staged rows and
 * further operations the store is not asked.
 */
void
oma_change_commit_async (OmaChange *change, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Commit *commit;
  GArray *ops;

  g_return_if_fail (!change->committing);

  g_task_set_source_tag (task, oma_change_commit_async);
  if (g_task_return_error_if_cancelled (task))
    {
      oma_change_roll_back (change);
      return;
    }
  g_task_set_check_cancellable (task, FALSE);
  commit = g_new (Commit, 1);
  *commit = (Commit) { change, change->tree->last_id };
  g_task_set_task_data (task, commit, g_free);

  tell_commit (change);
  change->committing = TRUE;
  ops = make_ops (change);
  if (ops->len > 0 && change->tree->store != NULL)
    {
      oma_tree_store_write_async (change->tree->store, ops, NULL, written_cb, g_steal_pointer (&task));
      return;
    }
  g_array_unref (ops);
  end_commit (commit, TRUE);
  g_task_return_boolean (task, TRUE);
}

/**
 * oma_change_commit_finish:
 * @change: the change; it may have been freed since
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE when what was staged is durable and visible, or %FALSE when it was rolled
 *   back: %G_IO_ERROR_CANCELLED, or an %OMA_STATUS_ERROR of the store, prefixed "store: "
 */
gboolean
oma_change_commit_finish (OmaChange *change G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, oma_change_commit_async), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-call.h"

#include "session/oma-late-exec.h"

/**
 * oma_participant_new:
 * @mount: a subtree that a plugin serves
 *
 * Returns: (transfer full): the plugin's part in a unit of work, begun
 */
OmaParticipant *
oma_participant_new (OmaMount *mount)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);
  gpointer self = oma_mount_get_self (mount);
  OmaParticipant *participant = g_new0 (OmaParticipant, 1);

  participant->ref_count = 1;
  participant->mount = mount;
  participant->transactional = ops->has_transactions != NULL && ops->has_transactions (self);
  participant->transaction = ops->begin != NULL ? ops->begin (self) : NULL;
  participant->operations = g_array_new (FALSE, FALSE, sizeof (guint));
  participant->images = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
  return participant;
}

/**
 * oma_participant_ref:
 * @participant: a participant
 *
 * Returns: (transfer full): @participant
 */
OmaParticipant *
oma_participant_ref (OmaParticipant *participant)
{
  participant->ref_count++;
  return participant;
}

/**
 * oma_participant_unref:
 * @participant: (transfer full): a participant
 *
 * Ends the transaction with the last reference.
 */
void
oma_participant_unref (OmaParticipant *participant)
{
  const OmaNodeOps *ops = oma_mount_get_ops (participant->mount);

  if (--participant->ref_count > 0)
    return;
  if (ops->end != NULL && participant->transaction != NULL)
    ops->end (oma_mount_get_self (participant->mount), participant->transaction);
  g_array_unref (participant->operations);
  g_ptr_array_unref (participant->images);
  g_free (participant);
}

/**
 * oma_call_new:
 * @kind: which operation
 * @mount: (nullable): whose operation, %NULL for those of the store
 *
 * Returns: (transfer full): a call whose other fields the caller fills
 */
OmaCall *
oma_call_new (OmaCallKind kind, OmaMount *mount)
{
  OmaCall *call = g_new0 (OmaCall, 1);

  call->ref_count = 1;
  call->kind = kind;
  call->mount = mount;
  return call;
}

/**
 * oma_call_ref:
 * @call: a call
 *
 * Returns: (transfer full): @call
 */
OmaCall *
oma_call_ref (OmaCall *call)
{
  call->ref_count++;
  return call;
}

/**
 * oma_call_unref:
 * @call: (transfer full): a call
 */
void
oma_call_unref (OmaCall *call)
{
  if (--call->ref_count > 0)
    return;
  g_clear_pointer (&call->participant, oma_participant_unref);
  g_clear_pointer (&call->ref, oma_node_ref_free);
  g_clear_pointer (&call->target, oma_node_ref_free);
  g_clear_pointer (&call->value, oma_value_unref);
  g_clear_pointer (&call->image, oma_image_free);
  g_clear_pointer (&call->data, g_bytes_unref);
  g_clear_pointer (&call->ops, g_array_unref);
  g_clear_pointer (&call->images, g_ptr_array_unref);
  g_clear_pointer (&call->names, g_strfreev);
  g_clear_pointer (&call->nodes, oma_node_list_free);
  g_clear_pointer (&call->result, oma_value_unref);
  g_clear_pointer (&call->late, oma_late_exec_unref);
  g_clear_error (&call->error);
  g_free (call->text);
  g_free (call);
}

/* What the plugin gives is what the DDF says it is, as with the store. */
static void
take_value (OmaCall *call, GAsyncResult *result)
{
  g_autoptr(OmaValue) value = g_task_propagate_pointer (G_TASK (result), &call->error);
  const char *uri = oma_node_ref_get_uri (call->ref);

  if (value != NULL && oma_value_get_format (value) == call->schema->format)
    call->result = g_steal_pointer (&value);
  else if (value != NULL)
    g_set_error (&call->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                 "%s: the plugin gave a value of another format than its DDF says", uri);
  else if (call->error == NULL)
    g_set_error (&call->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s: the plugin gave no value", uri);
}

static gboolean
is_of_store (const OmaCall *call)
{
  return call->kind == OMA_CALL_STORE || call->kind == OMA_CALL_JOURNAL;
}

static void
take_answer (OmaCall *call, GAsyncResult *result)
{
  switch (call->kind)
    {
    case OMA_CALL_LIST:
      call->names = g_task_propagate_pointer (G_TASK (result), &call->error);
      if (call->names == NULL && call->error == NULL)
        call->names = g_new0 (char *, 1);
      break;
    case OMA_CALL_EXISTS:
      call->exists = g_task_propagate_boolean (G_TASK (result), &call->error);
      break;
    case OMA_CALL_READ:
      call->nodes = g_task_propagate_pointer (G_TASK (result), &call->error);
      if (call->nodes == NULL && call->error == NULL)
        call->nodes = oma_node_list_new ();
      break;
    case OMA_CALL_GET:
      take_value (call, result);
      break;
    case OMA_CALL_STORE:
      oma_change_commit_finish (call->change, result, &call->error);
      break;
    case OMA_CALL_JOURNAL:
      oma_tree_store_write_finish (call->store, result, &call->error);
      break;
    default:
      if (!g_task_propagate_boolean (G_TASK (result), &call->error) && call->error == NULL)
        g_set_error_literal (&call->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                             "The plugin failed without a reason");
      break;
    }
}

static void
answered_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaCall) call = user_data;
  gpointer data = call->user_data;

  /* What a plugin did although it was cancelled is told as done. */
  if (!is_of_store (call) && !g_task_get_return_on_cancel (G_TASK (result)))
    g_task_set_check_cancellable (G_TASK (result), FALSE);
  take_answer (call, result);
  call->done = TRUE;
  call->func (call, data);
  if (call->destroy != NULL)
    call->destroy (data);
}

#define START(op, ...)                                                                                            \
  G_STMT_START {                                                                                                  \
    if (ops->op != NULL)                                                                                          \
      ops->op (oma_mount_get_self (call->mount), __VA_ARGS__, task);                                              \
    else                                                                                                          \
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, "The plugin cannot do that");    \
  } G_STMT_END

static void
start_on_plugin (OmaCall *call, GTask *task)
{
  const OmaNodeOps *ops = oma_mount_get_ops (call->mount);
  gpointer transaction = call->participant != NULL ? call->participant->transaction : NULL;

  switch (call->kind)
    {
    case OMA_CALL_LIST:
      START (list, call->ref, call->schema);
      break;
    case OMA_CALL_EXISTS:
      START (exists, call->ref, call->schema, oma_node_ref_get_name (call->target));
      break;
    case OMA_CALL_READ:
      START (read, call->ref, call->schema);
      break;
    case OMA_CALL_GET:
      START (get, call->ref, call->schema);
      break;
    case OMA_CALL_ADD:
      START (add, call->ref, call->schema, call->value, transaction);
      break;
    case OMA_CALL_REPLACE:
      START (replace, call->ref, call->schema, call->value, transaction);
      break;
    case OMA_CALL_REMOVE:
      START (remove, call->ref, call->schema, transaction);
      break;
    case OMA_CALL_EXEC:
      START (exec, call->ref, call->schema, call->value, call->text);
      break;
    case OMA_CALL_COPY:
      START (copy, call->ref, call->target, call->schema, transaction);
      break;
    case OMA_CALL_RENAME:
      START (rename, call->ref, call->schema, call->text, transaction);
      break;
    case OMA_CALL_VALIDATE:
      START (validate, transaction);
      break;
    case OMA_CALL_COMMIT:
      START (commit, transaction);
      break;
    case OMA_CALL_ROLL_BACK:
      START (roll_back, transaction);
      break;
    case OMA_CALL_CONFIRM:
      START (confirm, transaction);
      break;
    case OMA_CALL_UNDO:
      START (undo, call->data);
      break;
    case OMA_CALL_STORE:
    case OMA_CALL_JOURNAL:
    default:
      g_assert_not_reached ();
    }
}

/**
 * oma_call_start:
 * @call: a call
 * @cancellable: (nullable): what the plugin can watch
 * @func: called once, never before this returned, when the answer is here
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data after @func
 *
 * Makes the call.  It keeps itself alive until it is answered.
 */
void
oma_call_start (OmaCall *call, GCancellable *cancellable, OmaCallFunc func, gpointer user_data,
                GDestroyNotify destroy)
{
  call->func = func;
  call->user_data = user_data;
  call->destroy = destroy;
  if (call->kind == OMA_CALL_STORE)
    {
      oma_change_commit_async (call->change, cancellable, answered_cb, oma_call_ref (call));
      return;
    }
  if (call->kind == OMA_CALL_JOURNAL)
    {
      oma_tree_store_write_async (call->store, g_steal_pointer (&call->ops), NULL, answered_cb, oma_call_ref (call));
      return;
    }

  g_autoptr(GTask) task = g_task_new (NULL, cancellable, answered_cb, oma_call_ref (call));
  g_task_set_source_tag (task, oma_call_start);
  start_on_plugin (call, task);
}

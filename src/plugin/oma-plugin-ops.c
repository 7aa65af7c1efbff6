/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-private.h"
#include "plugin/oma-plugin-transaction-private.h"

typedef struct _Call Call;

/* How the result of a plugin's task goes on to the task of the caller. */
typedef void (*Forward) (Call *call, GTask *from);

struct _Call {
  GTask         *task;        /* of the caller */
  OmaPluginHost *host;
  Forward        forward;
  OmaNodeRef    *ref;         /* as long as the plugin's task runs */
  OmaNodeRef    *target;
  OmaValue      *value;
  char          *text;
  GBytes        *data;
  gboolean       done;
};

/* What goes on is not over. */
static void
end_progress (Call *call, const GError *error)
{
  if (call->ref != NULL && !g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED))
    oma_plugin_end_progress (call->host, oma_node_ref_get_uri (call->ref));
}

/* Takes @error; NULL: the plugin gave none. */
static void
return_failure (Call *call, GError *error, const char *otherwise)
{
  end_progress (call, error);
  if (error == NULL)
    error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, otherwise);
  oma_plugin_note_failure (call->host, error);
  g_task_return_error (call->task, error);
}

/* Also comes when the plugin dropped its task without a result: the caller must not wait. */
static void
call_free (Call *call)
{
  if (!call->done)
    oma_plugin_note_end (call->host, TRUE);
  if (!call->done)
    return_failure (call, NULL, "The plugin gave no result");
  g_object_unref (call->task);
  g_object_unref (call->host);
  g_clear_pointer (&call->ref, oma_node_ref_free);
  g_clear_pointer (&call->target, oma_node_ref_free);
  g_clear_pointer (&call->value, oma_value_unref);
  g_free (call->text);
  g_clear_pointer (&call->data, g_bytes_unref);
  g_free (call);
}

static void
call_done (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;

  call->done = TRUE;
  oma_plugin_note_end (call->host, FALSE);
  call->forward (call, G_TASK (result));
}

static void
forward_boolean (Call *call, GTask *from)
{
  GError *error = NULL;

  if (g_task_propagate_boolean (from, &error))
    {
      end_progress (call, NULL);
      g_task_return_boolean (call->task, TRUE);
    }
  else
    return_failure (call, error, "The plugin gave no reason");
}

/* Here %FALSE is an answer. */
static void
forward_truth (Call *call, GTask *from)
{
  GError *error = NULL;
  gboolean truth = g_task_propagate_boolean (from, &error);

  if (error != NULL)
    return_failure (call, error, NULL);
  else
    g_task_return_boolean (call->task, truth);
}

static void
forward_pointer (Call *call, GTask *from, GDestroyNotify destroy)
{
  GError *error = NULL;
  gpointer result = g_task_propagate_pointer (from, &error);

  if (result != NULL)
    g_task_return_pointer (call->task, result, destroy);
  else
    return_failure (call, error, "The plugin gave nothing");
}

static void
forward_names (Call *call, GTask *from)
{
  forward_pointer (call, from, (GDestroyNotify) g_strfreev);
}

static void
forward_value (Call *call, GTask *from)
{
  forward_pointer (call, from, (GDestroyNotify) oma_value_unref);
}

static void
forward_list (Call *call, GTask *from)
{
  forward_pointer (call, from, (GDestroyNotify) oma_node_list_free);
}

/* Makes the task that the plugin gets: its source is the host, its arguments live with it. */
static GTask *
new_call (OmaPlugin *plugin, GTask *task, Forward forward, Call **out)
{
  Call *call = g_new0 (Call, 1);
  GTask *inner;

  call->task = g_object_ref (task);
  call->host = g_object_ref (oma_plugin_get_host (plugin));
  call->forward = forward;
  oma_plugin_note_begin (call->host);
  inner = g_task_new (oma_plugin_get_host (plugin), g_task_get_cancellable (task), call_done, call);
  g_task_set_check_cancellable (inner, FALSE);
  /* The task data is the plugin's. */
  g_object_set_data_full (G_OBJECT (inner), "oma-call", call, (GDestroyNotify) call_free);
  *out = call;
  return inner;
}

/* Internal: the URI of the node that an operation with the plugin's task @task is about; %NULL when it is about none
 * or @task is not that of an operation.  (transfer none): as long as @task lives. */
const char *
oma_plugin_task_get_uri (GTask *task)
{
  const Call *call = g_object_get_data (G_OBJECT (task), "oma-call");

  return call != NULL && call->ref != NULL ? oma_node_ref_get_uri (call->ref) : NULL;
}

static GTask *
new_node_call (OmaPlugin *plugin, const OmaNodeRef *ref, GTask *task, Forward forward, Call **out)
{
  GTask *inner = new_call (plugin, task, forward, out);

  (*out)->ref = oma_node_ref_copy (ref);
  return inner;
}

static void
return_not_supported (GTask *task, const OmaNodeRef *ref, const char *operation)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, "%s: the plugin has no %s here",
                           oma_node_ref_get_uri (ref), operation);
}

static OmaHandlerFlags
ops_get_flags (gpointer self, const OmaSchemaNode *schema)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);

  return handler != NULL ? handler->flags : OMA_HANDLER_DEFAULT;
}

static gboolean
ops_has_read (gpointer self, const OmaSchemaNode *schema)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);

  return handler != NULL && handler->read != NULL;
}

static gboolean
ops_has_transactions (gpointer self)
{
  return oma_plugin_get_descriptor (self)->commit != NULL;
}

static gpointer
ops_begin (gpointer self G_GNUC_UNUSED)
{
  return oma_plugin_transaction_new ();
}

static void
ops_end (gpointer self G_GNUC_UNUSED, gpointer transaction)
{
  oma_plugin_transaction_free (transaction);
}

/* Children that the DDF makes certain need no handler: the executor knows them. */
static void
ops_list (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->list == NULL)
    g_task_return_pointer (task, g_new0 (char *, 1), (GDestroyNotify) g_strfreev);
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_names, &call);

      handler->list (oma_plugin_get_self (self), call->ref, inner);
    }
}

static gboolean
ops_has_exists (gpointer self, const OmaSchemaNode *schema)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);

  return handler != NULL && handler->exists != NULL;
}

static void
ops_exists (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, const char *name, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->exists == NULL)
    return_not_supported (task, ref, "exists");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_truth, &call);

      call->text = g_strdup (name);
      handler->exists (oma_plugin_get_self (self), call->ref, call->text, inner);
    }
}

static void
ops_read (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->read == NULL)
    return_not_supported (task, ref, "read of a subtree");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_list, &call);

      handler->read (oma_plugin_get_self (self), call->ref, inner);
    }
}

static void
ops_get (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->get == NULL)
    return_not_supported (task, ref, "get");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_value, &call);

      handler->get (oma_plugin_get_self (self), call->ref, inner);
    }
}

static void
ops_add (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, OmaValue *value, gpointer transaction,
         GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->add == NULL)
    return_not_supported (task, ref, "add");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_boolean, &call);

      call->value = value != NULL ? oma_value_ref (value) : NULL;
      handler->add (oma_plugin_get_self (self), call->ref, call->value, transaction, inner);
    }
}

static void
ops_replace (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, OmaValue *value, gpointer transaction,
             GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->replace == NULL)
    return_not_supported (task, ref, "replace");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_boolean, &call);

      call->value = oma_value_ref (value);
      handler->replace (oma_plugin_get_self (self), call->ref, call->value, transaction, inner);
    }
}

static void
ops_remove (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, gpointer transaction, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->remove == NULL)
    return_not_supported (task, ref, "remove");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_boolean, &call);

      handler->remove (oma_plugin_get_self (self), call->ref, transaction, inner);
    }
}

static void
ops_exec (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, OmaValue *argument,
          const char *correlator, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->exec == NULL)
    return_not_supported (task, ref, "exec");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_boolean, &call);

      call->value = argument != NULL ? oma_value_ref (argument) : NULL;
      call->text = g_strdup (correlator);
      handler->exec (oma_plugin_get_self (self), call->ref, call->value, call->text, inner);
    }
}

static void
ops_copy (gpointer self, const OmaNodeRef *source, const OmaNodeRef *target, const OmaSchemaNode *schema,
          gpointer transaction, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->copy == NULL)
    return_not_supported (task, target, "copy");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, source, task, forward_boolean, &call);

      call->target = oma_node_ref_copy (target);
      handler->copy (oma_plugin_get_self (self), call->ref, call->target, transaction, inner);
    }
}

static void
ops_rename (gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, const char *new_name,
            gpointer transaction, GTask *task)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (self, schema);
  Call *call;

  if (handler == NULL || handler->rename == NULL)
    return_not_supported (task, ref, "rename");
  else
    {
      g_autoptr(GTask) inner = new_node_call (self, ref, task, forward_boolean, &call);

      call->text = g_strdup (new_name);
      handler->rename (oma_plugin_get_self (self), call->ref, call->text, transaction, inner);
    }
}

typedef void (*TransactionFunc) (gpointer self, OmaPluginTransaction *transaction, GTask *task);

/* A phase that the plugin left out has nothing to do. */
static void
run_phase (OmaPlugin *plugin, TransactionFunc phase, gpointer transaction, GTask *task)
{
  Call *call;

  if (phase == NULL)
    g_task_return_boolean (task, TRUE);
  else
    {
      g_autoptr(GTask) inner = new_call (plugin, task, forward_boolean, &call);

      phase (oma_plugin_get_self (plugin), transaction, inner);
    }
}

static void
ops_validate (gpointer self, gpointer transaction, GTask *task)
{
  run_phase (self, oma_plugin_get_descriptor (self)->validate, transaction, task);
}

static void
ops_commit (gpointer self, gpointer transaction, GTask *task)
{
  run_phase (self, oma_plugin_get_descriptor (self)->commit, transaction, task);
}

static void
ops_roll_back (gpointer self, gpointer transaction, GTask *task)
{
  run_phase (self, oma_plugin_get_descriptor (self)->roll_back, transaction, task);
}

/* What nobody could read is not kept: the nodes are undone one by one then. */
static GBytes *
ops_get_undo_data (gpointer self, gpointer transaction)
{
  GBytes *data = ((OmaPluginTransaction *) transaction)->undo_data;

  return data != NULL && oma_plugin_get_descriptor (self)->undo != NULL ? g_bytes_ref (data) : NULL;
}

/* The data may be those of an earlier version of the plugin, which could undo. */
static void
ops_undo (gpointer self, GBytes *data, GTask *task)
{
  const OmaPluginDescriptor *descriptor = oma_plugin_get_descriptor (self);
  Call *call;

  if (descriptor->undo == NULL)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, "%s: the plugin has no undo",
                             descriptor->name);
  else
    {
      g_autoptr(GTask) inner = new_call (self, task, forward_boolean, &call);

      call->data = g_bytes_ref (data);
      descriptor->undo (oma_plugin_get_self (self), call->data, inner);
    }
}

static void
ops_confirm (gpointer self, gpointer transaction, GTask *task)
{
  run_phase (self, oma_plugin_get_descriptor (self)->confirm, transaction, task);
}

const OmaNodeOps oma_plugin_node_ops = {
  .get_flags = ops_get_flags,
  .has_transactions = ops_has_transactions,
  .begin = ops_begin,
  .end = ops_end,
  .list = ops_list,
  .has_exists = ops_has_exists,
  .exists = ops_exists,
  .has_read = ops_has_read,
  .read = ops_read,
  .get = ops_get,
  .add = ops_add,
  .replace = ops_replace,
  .remove = ops_remove,
  .exec = ops_exec,
  .copy = ops_copy,
  .rename = ops_rename,
  .validate = ops_validate,
  .commit = ops_commit,
  .roll_back = ops_roll_back,
  .get_undo_data = ops_get_undo_data,
  .undo = ops_undo,
  .confirm = ops_confirm,
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-device.h"

#include "codec/oma-ddf.h"

#define ANSWER_TIME 3000    /* milliseconds that an answer may take */
#define HOST_GRACE 300      /* milliseconds in which what is under way at the shutdown ends */

/* ---- The refuser: takes part in a unit of work to make it fail at its end ---- */

static gboolean
has_transactions (gpointer self G_GNUC_UNUSED)
{
  return TRUE;
}

static gpointer
begin (gpointer self)
{
  return self;
}

static void
end (gpointer self G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED)
{
}

static void
list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
      GTask *task)
{
  g_task_return_pointer (task, g_new0 (char *, 1), (GDestroyNotify) g_strfreev);
}

static void
get (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
     GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string (""), (GDestroyNotify) oma_value_unref);
}

static void
replace (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
         OmaValue *value G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
agree (gpointer self G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
refuse (gpointer self, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  OmaCheckDevice *device = self;

  device->calls_before_refusal = oma_check_bus_count_calls (device->bus);
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "Refused for a trial");
}

static const OmaNodeOps refuser_ops = {
  .has_transactions = has_transactions,
  .begin = begin,
  .end = end,
  .list = list,
  .get = get,
  .replace = replace,
  .validate = agree,
  .commit = refuse,
  .roll_back = agree,
};

static gboolean
mount_refuser (OmaCheckDevice *device, GError **error)
{
  OmaSchemaNode *root = oma_schema_node_new ("OmadmPluginCheck", OMA_FORMAT_NODE);
  OmaSchemaNode *leaf = oma_schema_node_new ("Refuse", OMA_FORMAT_CHR);

  root->access = OMA_ACCESS_GET;
  leaf->access = OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  root->min_occurrence = root->max_occurrence = leaf->min_occurrence = leaf->max_occurrence = 1;
  root->permanent = leaf->permanent = TRUE;
  device->refuser = oma_schema_new ("the refuser");
  oma_schema_add_root (device->refuser, ".", root);
  return oma_schema_node_add_child (root, leaf, error) &&
         oma_tree_mount (device->tree, device->refuser, &refuser_ops, device, OMA_MOUNT_DEFAULT, error);
}

/* ---- Waiting ---- */

static gboolean
wake_cb (gpointer woken)
{
  *(gboolean *) woken = TRUE;
  return G_SOURCE_CONTINUE;
}

/**
 * oma_check_device_iterate:
 * @milliseconds: how long
 *
 * Lets the main loop run for some time.
 */
void
oma_check_device_iterate (guint milliseconds)
{
  gboolean woken = FALSE;
  guint timer = g_timeout_add (milliseconds, wake_cb, &woken);

  while (!woken)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
}

/**
 * oma_check_device_settle:
 * @device: a device
 * @milliseconds: how long to wait
 *
 * Waits until all operations of the plugin have returned.
 *
 * Returns: whether they have
 */
gboolean
oma_check_device_settle (OmaCheckDevice *device, guint milliseconds)
{
  gboolean woken = FALSE;
  guint timer = g_timeout_add (milliseconds, wake_cb, &woken);

  do
    {
      while (device->info->running > 0 && !woken)
        g_main_context_iteration (NULL, TRUE);
      /* What an executor does in the background may begin another one. */
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  while (device->info->running > 0 && !woken);
  g_source_remove (timer);
  return device->info->running == 0;
}

/* ---- Operations ---- */

typedef struct {
  OmaWork *work;
  gboolean (*finish) (OmaWork *work, GAsyncResult *result, GError **error);
  GError  *error;
  gboolean good;
  gboolean done;
} Wait;

static void
finished (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->good = wait->finish (wait->work, result, &wait->error);
  wait->done = TRUE;
}

static gboolean
wait_for (Wait *wait, GError **error)
{
  while (!wait->done)
    g_main_context_iteration (NULL, TRUE);
  if (wait->error != NULL)
    g_propagate_error (error, wait->error);
  return wait->good;
}

/**
 * oma_check_device_begin:
 * @device: a device
 * @atomic: whether all of it happens or nothing
 *
 * Returns: (transfer full): a unit of work in the name of the administrator, whom access types bind and ACLs do not
 */
OmaWork *
oma_check_device_begin (OmaCheckDevice *device, gboolean atomic)
{
  static const OmaPrincipal administrator = { OMA_PRINCIPAL_ADMINISTRATOR, NULL };
  OmaWork *work = oma_work_new (device->executor, &administrator);

  oma_work_set_atomic (work, atomic);
  return work;
}

/**
 * oma_check_device_run:
 * @device: a device
 * @work: a unit of work
 * @operation: what to do
 * @cancellable: (nullable): ends it
 *
 * Returns: the status; also in @operation, with the error
 */
OmaStatus
oma_check_device_run (OmaCheckDevice *device G_GNUC_UNUSED, OmaWork *work, OmaOperation *operation,
                      GCancellable *cancellable)
{
  Wait wait = { .work = work, .finish = oma_work_run_finish };
  g_autoptr(GError) error = NULL;

  oma_work_run_async (work, operation, cancellable, finished, &wait);
  if (!wait_for (&wait, &error) && operation->error == NULL)
    operation->error = g_steal_pointer (&error);
  return operation->status;
}

/**
 * oma_check_device_commit:
 * @device: a device
 * @work: a unit of work
 * @cancellable: (nullable): ends it
 * @error: return location for an error
 *
 * Returns: whether it was committed
 */
gboolean
oma_check_device_commit (OmaCheckDevice *device G_GNUC_UNUSED, OmaWork *work, GCancellable *cancellable, GError **error)
{
  Wait wait = { .work = work, .finish = oma_work_commit_finish };

  oma_work_commit_async (work, cancellable, finished, &wait);
  return wait_for (&wait, error);
}

/**
 * oma_check_device_roll_back:
 * @device: a device
 * @work: a unit of work
 * @error: return location for an error
 *
 * Returns: whether all that it did is undone
 */
gboolean
oma_check_device_roll_back (OmaCheckDevice *device G_GNUC_UNUSED, OmaWork *work, GError **error)
{
  Wait wait = { .work = work, .finish = oma_work_roll_back_finish };

  oma_work_roll_back_async (work, finished, &wait);
  return wait_for (&wait, error);
}

/* ---- What the executor would make good of: the plugin's own words ---- */

typedef struct {
  GAsyncResult *result;
  gboolean      abandoned;      /* nobody waits for it any more */
} Answer;

static void
answered (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  if (answer->abandoned)
    g_free (answer);
  else
    answer->result = g_object_ref (result);
}

/* As the executor does it: who is cancelled is not waited for, nor who takes too long. */
static GTask *
wait_for_answer (Answer *answer, GCancellable *cancellable)
{
  gboolean woken = FALSE;
  guint timer = g_timeout_add (ANSWER_TIME, wake_cb, &woken);
  GTask *task;

  while (answer->result == NULL && !g_cancellable_is_cancelled (cancellable) && !woken)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  if (answer->result == NULL)
    {
      answer->abandoned = TRUE;
      return NULL;
    }
  task = G_TASK (answer->result);
  g_free (answer);
  return task;
}

/* @name: (nullable): of whom to ask with exists */
static GTask *
ask (OmaCheckDevice *device, const char *uri, const char *name, GCancellable *cancellable)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup = { NULL };
  Answer *answer = g_new0 (Answer, 1);
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, answered, answer);
  OmaNodeRef *ref;

  g_task_set_check_cancellable (task, FALSE);
  oma_uri_parse (&parsed, uri, NULL);
  oma_tree_lookup (device->tree, &parsed, NULL, &lookup);
  ref = oma_lookup_make_ref (&lookup, &parsed);
  if (name != NULL)
    oma_mount_get_ops (lookup.mount)->exists (oma_mount_get_self (lookup.mount), ref, lookup.schema, name, task);
  else
    oma_mount_get_ops (lookup.mount)->list (oma_mount_get_self (lookup.mount), ref, lookup.schema, task);
  oma_node_ref_free (ref);
  return wait_for_answer (answer, cancellable);
}

/**
 * oma_check_device_ask_list:
 * @device: a device
 * @uri: an interior node
 * @cancellable: (nullable): what the plugin gets
 * @error: return location for an error
 *
 * Returns: (transfer full): what the plugin's list gives, as it gives it; or %NULL
 */
char **
oma_check_device_ask_list (OmaCheckDevice *device, const char *uri, GCancellable *cancellable, GError **error)
{
  g_autoptr(GTask) task = ask (device, uri, NULL, cancellable);

  if (task != NULL)
    return g_task_propagate_pointer (task, error);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There was no answer");
  return NULL;
}

/**
 * oma_check_device_ask_exists:
 * @device: a device
 * @uri: an interior node
 * @name: of a child
 * @cancellable: (nullable): what the plugin gets
 * @error: return location for an error
 *
 * Returns: what the plugin's exists says; %FALSE with an error when it could not be told
 */
gboolean
oma_check_device_ask_exists (OmaCheckDevice *device, const char *uri, const char *name, GCancellable *cancellable,
                             GError **error)
{
  g_autoptr(GTask) task = ask (device, uri, name, cancellable);

  if (task != NULL)
    return g_task_propagate_boolean (task, error);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There was no answer");
  return FALSE;
}

/* ---- A commit of which nobody knows any more ---- */

/* What the daemon calls has @self first; these are the plugin's own phases. */
typedef void (*Phase) (gpointer self, gpointer transaction, GTask *task);

static gboolean
finish_phase (GTask *begun, Answer *answer, GError **error)
{
  g_autoptr(GTask) task = wait_for_answer (answer, NULL);

  g_object_unref (begun);
  if (task != NULL)
    return g_task_propagate_boolean (task, error);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There was no answer");
  return FALSE;
}

static gboolean
run_phase (Phase phase, gpointer self, gpointer transaction, GError **error)
{
  Answer *answer = g_new0 (Answer, 1);
  GTask *task = g_task_new (NULL, NULL, answered, answer);

  phase (self, transaction, task);
  return finish_phase (task, answer, error);
}

static gboolean
run_replace (const OmaNodeOps *ops, gpointer self, const OmaNodeRef *ref, const OmaSchemaNode *schema, OmaValue *value,
             gpointer transaction, GError **error)
{
  Answer *answer = g_new0 (Answer, 1);
  GTask *task = g_task_new (NULL, NULL, answered, answer);

  ops->replace (self, ref, schema, value, transaction, task);
  return finish_phase (task, answer, error);
}

/**
 * oma_check_device_commit_alone:
 * @device: a device
 * @uri: a leaf of a plugin with transactions
 * @value: what to write
 * @confirm: whether the commit is confirmed, as a provisional one that holds
 * @undo_data: (out) (nullable): what the plugin keeps to undo it
 * @error: return location for an error
 *
 * Commits one change, and forgets its transaction.
 *
 * Returns: whether all went well
 */
gboolean
oma_check_device_commit_alone (OmaCheckDevice *device, const char *uri, OmaValue *value, gboolean confirm,
                               GBytes **undo_data, GError **error)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup = { NULL };
  const OmaNodeOps *ops;
  gpointer self, transaction;
  OmaNodeRef *ref;
  gboolean good;

  oma_uri_parse (&parsed, uri, NULL);
  oma_tree_lookup (device->tree, &parsed, NULL, &lookup);
  ref = oma_lookup_make_ref (&lookup, &parsed);
  ops = oma_mount_get_ops (lookup.mount);
  self = oma_mount_get_self (lookup.mount);
  transaction = ops->begin (self);
  good = run_replace (ops, self, ref, lookup.schema, value, transaction, error) &&
         run_phase (ops->validate, self, transaction, error);
  *undo_data = good ? ops->get_undo_data (self, transaction) : NULL;
  good = good && run_phase (ops->commit, self, transaction, error) &&
         (!confirm || run_phase (ops->confirm, self, transaction, error));
  ops->end (self, transaction);
  oma_node_ref_free (ref);
  return good;
}

/**
 * oma_check_device_undo:
 * @device: a device
 * @uri: a node of the plugin
 * @undo_data: what it kept
 * @error: return location for an error
 *
 * Has the plugin undo a commit that it does not know.
 *
 * Returns: whether it did
 */
gboolean
oma_check_device_undo (OmaCheckDevice *device, const char *uri, GBytes *undo_data, GError **error)
{
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup = { NULL };
  Answer *answer = g_new0 (Answer, 1);
  GTask *task = g_task_new (NULL, NULL, answered, answer);

  oma_uri_parse (&parsed, uri, NULL);
  oma_tree_lookup (device->tree, &parsed, NULL, &lookup);
  oma_mount_get_ops (lookup.mount)->undo (oma_mount_get_self (lookup.mount), undo_data, task);
  return finish_phase (task, answer, error);
}

/* ---- The device ---- */

static void
host_gone (gpointer data, GObject *host G_GNUC_UNUSED)
{
  ((OmaCheckDevice *) data)->host_lives = FALSE;
}

/**
 * oma_check_device_set_timeout:
 * @device: a device
 * @seconds: how long an operation of the plugin may take
 */
void
oma_check_device_set_timeout (OmaCheckDevice *device, guint seconds)
{
  oma_executor_set_operation_timeout (device->executor, seconds);
}

/**
 * oma_check_device_new:
 * @options: what to load, and how
 * @bus: (transfer none): in the place of the system bus; must outlive the device
 *
 * Returns: (transfer full): a device with the plugin, whose state is in its info
 */
OmaCheckDevice *
oma_check_device_new (const OmaCheckDeviceOptions *options, OmaCheckBus *bus)
{
  OmaCheckDevice *device = g_new0 (OmaCheckDevice, 1);
  GPtrArray *plugins;

  device->bus = bus;
  device->tree = oma_tree_new ();
  mount_refuser (device, NULL);
  device->loader = oma_plugin_loader_new (device->tree, oma_ddf_load);
  oma_plugin_loader_set_accept_own_files (device->loader, TRUE);
  oma_plugin_loader_set_connection (device->loader, oma_check_bus_get_connection (bus));
  oma_plugin_loader_set_data_directory (device->loader, options->data_dir);
  oma_plugin_loader_set_config_func (device->loader, options->config_func, options->config_data);
  oma_plugin_loader_load_directory (device->loader, options->directory);
  plugins = oma_plugin_loader_get_plugins (device->loader);
  if (plugins->len > 0)
    device->info = g_ptr_array_index (plugins, 0);
  if (device->info != NULL && device->info->state == OMA_PLUGIN_LOADED)
    {
      device->host_lives = TRUE;
      g_object_weak_ref (oma_plugin_loader_find_host (device->loader, device->info->name), host_gone, device);
    }
  device->executor = oma_executor_new (device->tree);
  oma_executor_set_operation_timeout (device->executor, options->timeout);
  oma_executor_set_exec_timeout (device->executor, 0);
  return device;
}

/* What is under way ends soon, for the plugin cancelled it in its shutdown. */
static gboolean
wait_for_host (OmaCheckDevice *device)
{
  gboolean woken = FALSE;
  guint timer = g_timeout_add (HOST_GRACE, wake_cb, &woken);

  while (device->host_lives && !woken)
    g_main_context_iteration (NULL, TRUE);
  if (device->host_lives)
    {
      oma_check_bus_release (device->bus);
      woken = FALSE;
      while (device->host_lives && !woken)
        g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
  return !device->host_lives;
}

/**
 * oma_check_device_free:
 * @device: (transfer full): a device
 *
 * Shuts the plugin down as the daemon does.
 *
 * Returns: whether the plugin let go of all that it got: tasks, host
 */
gboolean
oma_check_device_free (OmaCheckDevice *device)
{
  gboolean clean;

  oma_executor_free (device->executor);
  oma_plugin_loader_free (device->loader);
  device->info = NULL;
  clean = wait_for_host (device);
  oma_tree_free (device->tree);
  oma_schema_unref (device->refuser);
  if (clean)
    g_free (device);
  return clean;
}

/**
 * oma_check_device_list_nodes:
 * @device: a device
 *
 * Returns: (transfer full) (element-type OmaPluginNode): the nodes of the plugin's DDF, each before those below it
 */
GPtrArray *
oma_check_device_list_nodes (OmaCheckDevice *device)
{
  return oma_plugin_loader_list_nodes (device->loader, device->info->name);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device under test: its tree, its store and its plugins. */
#include "config.h"

#include "device.h"

#include "codec/oma-ddf.h"

#include <string.h>

/* ---- A store that keeps nothing, and fails when it is told to ---- */

#define TYPE_SHAM_STORE (sham_store_get_type ())
G_DECLARE_FINAL_TYPE (ShamStore, sham_store, SHAM, STORE, GObject)

struct _ShamStore {
  GObject   parent_instance;
  OmaStatus failure;
};

static void sham_store_iface_init (OmaTreeStoreInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ShamStore, sham_store, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (OMA_TYPE_TREE_STORE, sham_store_iface_init))

static gboolean
sham_store_load (OmaTreeStore *store G_GNUC_UNUSED, OmaTreeStoreLoadFunc func G_GNUC_UNUSED,
                 gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static void
sham_store_write_async (OmaTreeStore *store, GArray *ops, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (store, cancellable, callback, user_data);
  OmaStatus failure = SHAM_STORE (store)->failure;

  g_array_unref (ops);
  if (failure != OMA_STATUS_NONE)
    g_task_return_new_error (task, OMA_STATUS_ERROR, failure, "The case wants the store to fail");
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
sham_store_write_finish (OmaTreeStore *store G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
sham_store_iface_init (OmaTreeStoreInterface *iface)
{
  iface->load = sham_store_load;
  iface->write_async = sham_store_write_async;
  iface->write_finish = sham_store_write_finish;
}

static void
sham_store_class_init (ShamStoreClass *klass G_GNUC_UNUSED)
{
}

static void
sham_store_init (ShamStore *self G_GNUC_UNUSED)
{
}

/* ---- Plugins.  They act at once and undo by putting back what was there ---- */

typedef struct {
  Device     *device;
  gboolean    transactional;
  GHashTable *nodes;        /* URI -> OmaValue, NULL for an interior node */
} Plugin;

typedef struct {
  OmaStatus status;         /* %OMA_STATUS_NONE: as if there were no behaviour */
  guint     delay;          /* milliseconds */
  gboolean  hangs;
  guint     skip;           /* calls that are not concerned */
} Behaviour;

typedef struct {
  GError        *error;
  gpointer       value;
  GDestroyNotify destroy;
  gulong         handler;
  guint         *n_pending;     /* (nullable) */
} Answer;

static void
value_free (gpointer value)
{
  if (value != NULL)
    oma_value_unref (value);
}

static GHashTable *
nodes_copy (GHashTable *from)
{
  GHashTable *nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);
  GHashTableIter iter;
  gpointer key, value;

  if (from == NULL)
    return nodes;
  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (nodes, g_strdup (key), value != NULL ? oma_value_ref (value) : NULL);
  return nodes;
}

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_clear_error (&answer->error);
  if (answer->value != NULL && answer->destroy != NULL)
    answer->destroy (answer->value);
  g_free (answer);
}

static gboolean
give_answer (gpointer data)
{
  GTask *task = data;
  Answer *answer = g_task_get_task_data (task);

  if (answer->n_pending != NULL)
    (*answer->n_pending)--;
  if (answer->error != NULL)
    g_task_return_error (task, g_steal_pointer (&answer->error));
  else if (answer->destroy != NULL)
    g_task_return_pointer (task, g_steal_pointer (&answer->value), answer->destroy);
  else
    g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *cancellable, gpointer task)
{
  Answer *answer = g_task_get_task_data (task);

  g_signal_handler_disconnect (cancellable, answer->handler);
  g_idle_add_full (G_PRIORITY_DEFAULT, give_answer, task, g_object_unref);
}

static Behaviour *
find_behaviour (Plugin *plugin, const char *command, const char *uri)
{
  g_autofree char *key = g_strdup_printf ("%s %s", command, uri);
  Behaviour *behaviour = g_hash_table_lookup (plugin->device->behaviours, key);

  if (behaviour == NULL || behaviour->skip == 0)
    return behaviour;
  behaviour->skip--;
  return NULL;
}

/* Answers @task as @behaviour says; takes @value. */
static void
answer_task (Plugin *plugin, const Behaviour *behaviour, GTask *task, gpointer value, GDestroyNotify destroy)
{
  Answer *answer = g_new0 (Answer, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  answer->value = value;
  answer->destroy = destroy;
  g_task_set_task_data (task, answer, answer_free);
  if (behaviour != NULL && behaviour->status != OMA_STATUS_NONE)
    answer->error = g_error_new (OMA_STATUS_ERROR, behaviour->status, "The case wants status %d", behaviour->status);
  if (behaviour != NULL && behaviour->hangs && cancellable != NULL)
    answer->handler = g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb), g_object_ref (task));
  else
    {
      answer->n_pending = &plugin->device->n_pending;
      plugin->device->n_pending++;
      g_timeout_add_full (G_PRIORITY_DEFAULT, behaviour != NULL ? behaviour->delay : 0, give_answer,
                          g_object_ref (task), g_object_unref);
    }
}

static gboolean
fails (const Behaviour *behaviour)
{
  return behaviour != NULL && behaviour->status != OMA_STATUS_NONE && !oma_status_is_success (behaviour->status);
}

static gboolean
plugin_has_transactions (gpointer self)
{
  return ((Plugin *) self)->transactional;
}

static gpointer
plugin_begin (gpointer self)
{
  return nodes_copy (((Plugin *) self)->nodes);
}

static void
plugin_end (gpointer self G_GNUC_UNUSED, gpointer before)
{
  g_hash_table_unref (before);
}

static void
plugin_list (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;
  const char *uri = oma_node_ref_get_uri (node);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  gsize length = strlen (uri);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, plugin->nodes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (g_str_has_prefix (key, uri) && ((char *) key)[length] == '/' && strchr ((char *) key + length + 1, '/') == NULL)
      {
        g_autofree char *name = g_uri_unescape_string ((char *) key + length + 1, NULL);
        g_strv_builder_add (names, name);
      }
  answer_task (plugin, find_behaviour (plugin, "list", uri), task, g_strv_builder_end (names),
               (GDestroyNotify) g_strfreev);
}

static void
plugin_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema, GTask *task)
{
  Plugin *plugin = self;
  const char *uri = oma_node_ref_get_uri (node);
  OmaValue *value = g_hash_table_lookup (plugin->nodes, uri);
  Behaviour missing = { .status = OMA_STATUS_NOT_FOUND };

  if (value == NULL && !oma_schema_node_is_automatic (schema))
    answer_task (plugin, &missing, task, NULL, value_free);
  else
    answer_task (plugin, find_behaviour (plugin, "get", uri), task,
                 value != NULL ? oma_value_ref (value) : oma_schema_node_make_default (schema), value_free);
}

static void
plugin_put (Plugin *plugin, const char *command, const char *uri, OmaValue *value, GTask *task)
{
  Behaviour *behaviour = find_behaviour (plugin, command, uri);

  if (!fails (behaviour))
    g_hash_table_insert (plugin->nodes, g_strdup (uri), value != NULL ? oma_value_ref (value) : NULL);
  answer_task (plugin, behaviour, task, NULL, NULL);
}

static void
plugin_add (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
            gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  plugin_put (self, "add", oma_node_ref_get_uri (node), value, task);
}

static void
plugin_replace (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
                gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  plugin_put (self, "replace", oma_node_ref_get_uri (node), value, task);
}

static gboolean
is_at_or_below (gpointer key, gpointer value G_GNUC_UNUSED, gpointer uri)
{
  gsize length = strlen (uri);

  return g_str_has_prefix (key, uri) && (((char *) key)[length] == '\0' || ((char *) key)[length] == '/');
}

static void
plugin_remove (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED,
               gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  Plugin *plugin = self;
  Behaviour *behaviour = find_behaviour (plugin, "delete", oma_node_ref_get_uri (node));

  if (!fails (behaviour))
    g_hash_table_foreach_remove (plugin->nodes, is_at_or_below, (char *) oma_node_ref_get_uri (node));
  answer_task (plugin, behaviour, task, NULL, NULL);
}

/* What was executed is kept as a value, so that a case can see that it was, and with what. */
static void
plugin_exec (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *argument,
             const char *correlator, GTask *task)
{
  Plugin *plugin = self;
  g_autofree char *text = g_strdup_printf ("%s|%s", argument != NULL ? oma_value_get_text (argument) : "",
                                           correlator != NULL ? correlator : "");

  g_hash_table_insert (plugin->nodes, g_strconcat (oma_node_ref_get_uri (node), "#", NULL),
                       oma_value_new_string (text));
  answer_task (plugin, find_behaviour (plugin, "exec", oma_node_ref_get_uri (node)), task, NULL, NULL);
}

static void
plugin_finish (Plugin *plugin, const char *command, GTask *task)
{
  answer_task (plugin, find_behaviour (plugin, command, ""), task, NULL, NULL);
}

static void
plugin_validate (gpointer self, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  plugin_finish (self, "validate", task);
}

static void
plugin_commit (gpointer self, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  plugin_finish (self, "commit", task);
}

static void
plugin_roll_back (gpointer self, gpointer before, GTask *task)
{
  Plugin *plugin = self;
  Behaviour *behaviour = find_behaviour (plugin, "roll-back", "");

  if (!fails (behaviour))
    {
      g_hash_table_unref (plugin->nodes);
      plugin->nodes = nodes_copy (before);
    }
  answer_task (plugin, behaviour, task, NULL, NULL);
}

static const OmaNodeOps plugin_ops = {
  .has_transactions = plugin_has_transactions,
  .begin = plugin_begin,
  .end = plugin_end,
  .list = plugin_list,
  .get = plugin_get,
  .add = plugin_add,
  .replace = plugin_replace,
  .remove = plugin_remove,
  .exec = plugin_exec,
  .validate = plugin_validate,
  .commit = plugin_commit,
  .roll_back = plugin_roll_back,
};

static void
plugin_free (gpointer data)
{
  Plugin *plugin = data;

  g_hash_table_unref (plugin->nodes);
  g_free (plugin);
}

static Plugin *
plugin_new (Device *device, gboolean transactional)
{
  Plugin *plugin = g_new0 (Plugin, 1);

  plugin->device = device;
  plugin->transactional = transactional;
  plugin->nodes = nodes_copy (NULL);
  g_ptr_array_add (device->plugins, plugin);
  return plugin;
}

/* A plugin's dynamic nodes are put straight into its table. */
static Plugin *
find_plugin (Device *device, const char *uri)
{
  if (g_str_has_prefix (uri, "./Plugin/"))
    return g_ptr_array_index (device->plugins, 0);
  if (g_str_has_prefix (uri, "./Direct/"))
    return g_ptr_array_index (device->plugins, 1);
  return NULL;
}

/* ---- The tree ---- */

#define EVERYTHING "Add=*&Delete=*&Exec=*&Get=*&Replace=*"

static void
mount (Device *device, const char *ddf_dir, const char *name, Plugin *plugin, OmaMountFlags flags)
{
  g_autofree char *path = g_build_filename (ddf_dir, name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSchema) schema = oma_ddf_load (path, &error);

  g_assert_no_error (error);
  oma_tree_mount (device->tree, schema, plugin != NULL ? &plugin_ops : NULL, plugin, flags, &error);
  g_assert_no_error (error);
}

static void
take_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static OmaWork *
begin_work (Device *device)
{
  OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };

  return oma_work_new (device->executor, &principal);
}

static void
run (OmaWork *work, OmaOperation *operation)
{
  g_autoptr(GAsyncResult) result = NULL;

  if (oma_work_try_run (work, operation))
    return;
  oma_work_run_async (work, operation, NULL, take_result, &result);
  oma_work_run_finish (work, wait_for (&result), NULL);
}

/* A case that asks for what the tree cannot hold is a mistake in the case. */
static void
change (Device *device, OmaOperation *operation)
{
  g_autoptr(OmaWork) work = begin_work (device);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  run (work, operation);
  if (operation->error != NULL)
    g_error ("%s cannot be set up: %s", operation->uri, operation->error->message);
  oma_work_commit_async (work, NULL, take_result, &result);
  oma_work_commit_finish (work, wait_for (&result), &error);
  g_assert_no_error (error);
}

static void
set_property (Device *device, const char *uri, const char *name, const char *text)
{
  g_autofree char *property = g_strdup_printf ("%s?prop=%s", uri, name);
  g_autoptr(OmaValue) value = oma_value_new_string (text);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_REPLACE, .uri = property, .value = value };

  change (device, &operation);
}

Device *
device_new (const char *ddf_dir)
{
  Device *device = g_new0 (Device, 1);
  g_autoptr(GError) error = NULL;

  device->behaviours = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  device->plugins = g_ptr_array_new_with_free_func (plugin_free);
  device->tree = oma_tree_new ();
  mount (device, ddf_dir, "device.ddf.xml", NULL, OMA_MOUNT_RESERVED);
  mount (device, ddf_dir, "inbox.ddf.xml", NULL, OMA_MOUNT_RESERVED);
  mount (device, ddf_dir, "conf.ddf.xml", NULL, OMA_MOUNT_DEFAULT);
  mount (device, ddf_dir, "policy.ddf.xml", NULL, OMA_MOUNT_DEFAULT);
  mount (device, ddf_dir, "plugin.ddf.xml", plugin_new (device, TRUE), OMA_MOUNT_DEFAULT);
  mount (device, ddf_dir, "direct.ddf.xml", plugin_new (device, FALSE), OMA_MOUNT_DEFAULT);
  device->store = OMA_TREE_STORE (g_object_new (TYPE_SHAM_STORE, NULL));
  oma_tree_load (device->tree, device->store, &error);
  g_assert_no_error (error);
  device->executor = oma_executor_new (device->tree);
  device->user = person_new ();
  device->queue = alerts_new ();
  alerts_report_late_execs (device->queue, device->executor);
  set_property (device, "./Plugin", "ACL", EVERYTHING);
  set_property (device, "./Direct", "ACL", EVERYTHING);
  return device;
}

void
device_free (Device *device)
{
  while (device->n_pending > 0 || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, TRUE);
  oma_executor_free (device->executor);
  oma_tree_free (device->tree);
  g_object_unref (device->store);
  g_object_unref (device->user);
  g_object_unref (device->queue);
  g_ptr_array_unref (device->plugins);
  g_hash_table_unref (device->behaviours);
  g_free (device);
}

static void
set_value (Device *device, const char *uri, JsonObject *request)
{
  OmaFormat format = oma_format_from_string (get_string (request, "format"));
  g_autoptr(OmaValue) value = get_value (request, format != OMA_FORMAT_NONE ? format : OMA_FORMAT_CHR);
  OmaValue *old = NULL;
  gboolean exists = device_get_node (device, uri, &old) != OMA_STATUS_NOT_FOUND;
  Plugin *plugin = find_plugin (device, uri);
  g_auto(OmaOperation) operation = {
    .type = exists ? OMA_OPERATION_REPLACE : OMA_OPERATION_ADD, .uri = uri, .format = format,
    .mime_type = get_string (request, "type"),
  };

  g_clear_pointer (&old, oma_value_unref);
  if (plugin != NULL)
    {
      g_hash_table_insert (plugin->nodes, g_strdup (uri), format == OMA_FORMAT_NODE ? NULL : oma_value_ref (value));
      return;
    }
  if (format != OMA_FORMAT_NODE)
    operation.data = oma_value_get_data (value, &operation.length);
  change (device, &operation);
}

/* Adds a node or sets its value, and sets its properties, in the device's name. */
void
device_set_node (Device *device, JsonObject *request)
{
  const char *uri = get_string (request, "uri");

  if (json_object_has_member (request, "value") || g_strcmp0 (get_string (request, "format"), "node") == 0)
    set_value (device, uri, request);
  if (json_object_has_member (request, "acl"))
    set_property (device, uri, "ACL", get_string (request, "acl"));
  if (json_object_has_member (request, "title"))
    set_property (device, uri, "Title", get_string (request, "title"));
}

/* What a Get of the device gives; a trace of Exec is asked for with "#" after the node. */
OmaStatus
device_get_node (Device *device, const char *uri, OmaValue **value)
{
  g_autoptr(OmaWork) work = begin_work (device);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };
  Plugin *plugin = find_plugin (device, uri);

  if (plugin != NULL && g_str_has_suffix (uri, "#"))
    {
      OmaValue *trace = g_hash_table_lookup (plugin->nodes, uri);
      *value = trace != NULL ? oma_value_ref (trace) : NULL;
      return trace != NULL ? OMA_STATUS_OK : OMA_STATUS_NOT_FOUND;
    }
  run (work, &operation);
  *value = g_steal_pointer (&operation.result);
  return operation.status;
}

void
device_behave (Device *device, JsonObject *request)
{
  Behaviour *behaviour = g_new0 (Behaviour, 1);

  behaviour->status = get_number (request, "status");
  behaviour->delay = get_number (request, "delay");
  behaviour->hangs = get_truth (request, "hangs");
  behaviour->skip = get_number (request, "skip");
  g_hash_table_replace (device->behaviours, g_strdup_printf ("%s %s", get_string (request, "command"),
                                                             get_string (request, "uri")), behaviour);
}

void
device_fail_store (Device *device, OmaStatus status)
{
  SHAM_STORE (device->store)->failure = status;
}

/* The times that the account of a case sets; none of the commands' is the executor's own. */
void
device_set_timeouts (Device *device, JsonObject *account)
{
  oma_executor_set_exec_timeout (device->executor, get_number (account, "exec-timeout"));
  if (get_number (account, "command-timeout") > 0)
    oma_executor_set_operation_timeout (device->executor, get_number (account, "command-timeout"));
}

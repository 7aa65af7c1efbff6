/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-host.h"

#include "base/oma-status.h"

#define NOT_SUPPORTED "This host does not offer that"

G_DEFINE_ABSTRACT_TYPE (OmaPluginHost, oma_plugin_host, G_TYPE_OBJECT)

static void
oma_plugin_host_class_init (OmaPluginHostClass *klass G_GNUC_UNUSED)
{
}

static void
oma_plugin_host_init (OmaPluginHost *host G_GNUC_UNUSED)
{
}

/* A host that a test of a plugin made may lack what it does not need. */
static void
return_not_supported (GTask *task)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, NOT_SUPPORTED);
}

/**
 * oma_plugin_host_changed:
 * @host: the plugin's host
 * @relative_uri: the node, its URI below the first top node of the plugin's DDF, segments
 *   escaped; "" for that node; or its URI from the root of the tree, "./A/B"
 * @kind: what happened
 *
 * Tells that a node changed from the device's side, so that VerNo, TStamp and subscribers
 * follow, soon after and together with what else is told by then.  Not needed for changes that an
 * operation of the plugin made, and harmless when they are told again shortly after.  Of a node
 * that has nodes of %OMA_HANDLER_FOLLOWED at or below it, %OMA_CHANGE_REPLACED says that something
 * there may have changed: they are compared with what they were.  Of a node in a followed subtree
 * nothing is told when that is as it was.
 */
void
oma_plugin_host_changed (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (relative_uri != NULL);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->changed != NULL)
    OMA_PLUGIN_HOST_GET_CLASS (host)->changed (host, relative_uri, kind);
}

/**
 * oma_plugin_host_progress:
 * @host: the plugin's host
 * @task: the task of an operation
 * @percent: how much is done, 0 to 100
 * @message: (nullable): what is being done, for people
 *
 * Tells how far a long operation is, an exec for the most part: D-Bus and omadmctl monitor show it with the
 * operation's node.  It may go on after the task returned %OMA_STATUS_ACCEPTED, as long as the plugin has a reference
 * to it.  What was told before is not told again.  No secrets belong in @message.
 */
void
oma_plugin_host_progress (OmaPluginHost *host, GTask *task, guint percent, const char *message)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (G_IS_TASK (task));
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->progress != NULL)
    OMA_PLUGIN_HOST_GET_CLASS (host)->progress (host, task, MIN (percent, 100), message);
}

/**
 * oma_plugin_host_node_progress:
 * @host: the plugin's host
 * @relative_uri: the node, as in oma_plugin_host_changed()
 * @percent: how much is done, 0 to 100
 * @message: (nullable): what is being done, for people
 *
 * As oma_plugin_host_progress(), for what belongs to no operation that the plugin has a task of, as when it found it
 * going on after a restart.
 */
void
oma_plugin_host_node_progress (OmaPluginHost *host, const char *relative_uri, guint percent, const char *message)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (relative_uri != NULL);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->node_progress != NULL)
    OMA_PLUGIN_HOST_GET_CLASS (host)->node_progress (host, relative_uri, MIN (percent, 100), message);
}

/**
 * oma_plugin_host_get_config:
 * @host: the plugin's host
 * @key: a key of the group "[plugin NAME]" in omadm.conf
 *
 * Returns: (transfer full) (nullable): the value, or %NULL when it is not set
 */
char *
oma_plugin_host_get_config (OmaPluginHost *host, const char *key)
{
  g_return_val_if_fail (OMA_IS_PLUGIN_HOST (host), NULL);
  g_return_val_if_fail (key != NULL, NULL);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->get_config == NULL)
    return NULL;
  return OMA_PLUGIN_HOST_GET_CLASS (host)->get_config (host, key);
}

/**
 * oma_plugin_host_alert:
 * @host: the plugin's host
 * @type: type of the alert, sent as it is: what the definition of the management object says
 * @mark: (nullable): importance: fatal, critical, minor, warning, informational (what %NULL stands
 *   for), harmless or indeterminate
 * @relative_uri: (nullable): the node that it is about, as of oma_plugin_host_changed()
 * @correlator: (nullable): that of the Exec whose end this tells
 * @data: (transfer none): the event
 *
 * Sends a generic alert (DM Protocol 1.2, section 8.7).  With the node and the correlator of an
 * Exec that was answered with 202 it goes to the server of that Exec, else to the server whose
 * session comes first.  It is kept until a server has acknowledged it.  What cannot be kept is
 * logged.
 */
void
oma_plugin_host_alert (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                       const char *correlator, OmaValue *data)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (type != NULL && data != NULL);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->alert != NULL)
    OMA_PLUGIN_HOST_GET_CLASS (host)->alert (host, type, mark, relative_uri, correlator, data);
}

/**
 * oma_plugin_host_call_async:
 * @host: the plugin's host
 * @bus_name: a well-known name of the plugin's manifest, see #OmaPluginDescriptor; the service is
 *   started when it does not run
 * @object_path: the object to call
 * @interface_name: the interface of the method
 * @method_name: the method
 * @parameters: (nullable): what it gets, a tuple; taken if floating.  %NULL for none
 * @reply_type: (nullable): the tuple that it must answer with; %NULL for any
 * @cancellable: (nullable): ends the wait: that of the operation's task, which the host cancels when
 *   its time is over.  Without one the wait ends after the bus's usual time, 25 seconds
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Calls a method of a service on the system bus.  A property is read with the method Get of the
 * interface org.freedesktop.DBus.Properties, and all of an interface with one GetAll.  Who may still
 * wait for an answer at shutdown cancels it there; @callback comes all the same.
 */
void
oma_plugin_host_call_async (OmaPluginHost *host, const char *bus_name, const char *object_path,
                            const char *interface_name, const char *method_name, GVariant *parameters,
                            const GVariantType *reply_type, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr(GVariant) sunk = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (bus_name != NULL && g_variant_is_object_path (object_path));
  g_return_if_fail (g_dbus_is_interface_name (interface_name) && g_dbus_is_member_name (method_name));
  g_return_if_fail (sunk == NULL || g_variant_is_of_type (sunk, G_VARIANT_TYPE_TUPLE));
  task = g_task_new (host, cancellable, callback, user_data);
  g_task_set_source_tag (task, oma_plugin_host_call_async);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->call == NULL)
    return_not_supported (task);
  else
    OMA_PLUGIN_HOST_GET_CLASS (host)->call (host, bus_name, object_path, interface_name, method_name, sunk, reply_type,
                                            task);
}

/**
 * oma_plugin_host_call_finish:
 * @host: the plugin's host
 * @result: what the callback of oma_plugin_host_call_async() got
 * @error: return location for an error
 *
 * The messages are such that they can go to the server as they are.
 *
 * Returns: (transfer full): the answer, a tuple; or %NULL with %G_IO_ERROR_CANCELLED, or with
 *   %OMA_STATUS_COMMAND_FAILED of %OMA_STATUS_ERROR when the name is not in the manifest (nothing was
 *   sent then), the service is not there or does not answer, the right to call it is missing, or the
 *   service failed: then oma_plugin_host_get_remote_error() tells how
 */
GVariant *
oma_plugin_host_call_finish (OmaPluginHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * oma_plugin_host_get_remote_error:
 * @host: the plugin's host
 * @result: what the callback of oma_plugin_host_call_async() got
 *
 * Tells failures apart that have a Status of their own: a service that does not know the object says
 * so with an error that is 404 for the server, for instance.
 *
 * Returns: (transfer none) (nullable): the name of the D-Bus error that was the answer, as long as
 *   @result lives; %NULL when there was none
 */
const char *
oma_plugin_host_get_remote_error (OmaPluginHost *host, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, host), NULL);
  return g_task_get_task_data (G_TASK (result));
}

/**
 * oma_plugin_host_subscribe:
 * @host: the plugin's host
 * @bus_name: a well-known name of the plugin's manifest, or org.freedesktop.DBus, see below
 * @object_path: (nullable): the object, %NULL for all
 * @interface_name: (nullable): the interface, %NULL for all
 * @signal_name: (nullable): the signal, %NULL for all
 * @arg0: (nullable): what its first argument, a string, must be
 * @func: (scope forever): called for each
 * @user_data: for @func
 *
 * Follows signals of a service on the system bus.  The service is not started for it.  That it comes
 * or goes tells NameOwnerChanged of org.freedesktop.DBus, with the service's name as @arg0.  What is left
 * after shutdown ends by itself.
 *
 * Returns: what oma_plugin_host_unsubscribe() takes; 0, with a warning in the log, when @bus_name is not
 *   in the manifest or there is no bus
 */
guint
oma_plugin_host_subscribe (OmaPluginHost *host, const char *bus_name, const char *object_path,
                           const char *interface_name, const char *signal_name, const char *arg0,
                           OmaPluginSignalFunc func, gpointer user_data)
{
  g_return_val_if_fail (OMA_IS_PLUGIN_HOST (host), 0);
  g_return_val_if_fail (bus_name != NULL && func != NULL, 0);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->subscribe == NULL)
    return 0;
  return OMA_PLUGIN_HOST_GET_CLASS (host)->subscribe (host, bus_name, object_path, interface_name, signal_name, arg0,
                                                      func, user_data);
}

/**
 * oma_plugin_host_unsubscribe:
 * @host: the plugin's host
 * @id: what oma_plugin_host_subscribe() returned; 0 does nothing
 *
 * The function that it got is not called any more.
 */
void
oma_plugin_host_unsubscribe (OmaPluginHost *host, guint id)
{
  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  if (id != 0 && OMA_PLUGIN_HOST_GET_CLASS (host)->unsubscribe != NULL)
    OMA_PLUGIN_HOST_GET_CLASS (host)->unsubscribe (host, id);
}

/**
 * oma_plugin_host_load_data:
 * @host: the plugin's host
 * @name: a name, see oma_plugin_host_save_data_async()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Reads what the plugin saved, also in an earlier run.  It blocks for a short time: meant for init.
 *
 * Returns: (transfer full): the data that were saved last under @name; or %NULL with
 *   %OMA_STATUS_NOT_FOUND when there are none, %OMA_STATUS_DATA_STORE_FAILURE when they cannot be read,
 *   or %OMA_STATUS_COMMAND_FAILED for what is no name
 */
GBytes *
oma_plugin_host_load_data (OmaPluginHost *host, const char *name, GError **error)
{
  g_return_val_if_fail (OMA_IS_PLUGIN_HOST (host), NULL);
  g_return_val_if_fail (name != NULL, NULL);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->load_data != NULL)
    return OMA_PLUGIN_HOST_GET_CLASS (host)->load_data (host, name, error);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, NOT_SUPPORTED);
  return NULL;
}

/**
 * oma_plugin_host_save_data_async:
 * @host: the plugin's host
 * @name: a name of 1 to 64 characters: letters and digits of ASCII, "-" and "_"
 * @data: (transfer none) (nullable): what to keep, at most 256 KiB; %NULL to forget it
 * @cancellable: (nullable): as long as it waits for its turn it can be cancelled
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps data of the plugin over restarts, under at most 16 names.  They are durable when it has ended,
 * and a power failure leaves the old ones or the new ones.  Several end in the order in which they were
 * begun.  The data lie in the clear: no place for secrets.  Who may still wait for the end at shutdown
 * lets @user_data live so long: @callback comes all the same.
 */
void
oma_plugin_host_save_data_async (OmaPluginHost *host, const char *name, GBytes *data, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = NULL;

  g_return_if_fail (OMA_IS_PLUGIN_HOST (host));
  g_return_if_fail (name != NULL);
  task = g_task_new (host, cancellable, callback, user_data);
  g_task_set_source_tag (task, oma_plugin_host_save_data_async);
  if (OMA_PLUGIN_HOST_GET_CLASS (host)->save_data == NULL)
    return_not_supported (task);
  else
    OMA_PLUGIN_HOST_GET_CLASS (host)->save_data (host, name, data, task);
}

/**
 * oma_plugin_host_save_data_finish:
 * @host: the plugin's host
 * @result: what the callback of oma_plugin_host_save_data_async() got
 * @error: return location for an error
 *
 * Returns: %TRUE when the data are kept; %FALSE with %G_IO_ERROR_CANCELLED, or an %OMA_STATUS_ERROR:
 *   %OMA_STATUS_ENTITY_TOO_LARGE, %OMA_STATUS_DEVICE_FULL for too many names or a full disk,
 *   %OMA_STATUS_DATA_STORE_FAILURE, or %OMA_STATUS_COMMAND_FAILED for what is no name.  What was kept
 *   before is still there then
 */
gboolean
oma_plugin_host_save_data_finish (OmaPluginHost *host, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, host), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

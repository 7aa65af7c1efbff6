/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-bus.h"

#include "base/oma-status.h"

#include <string.h>

#define BUS_NAME "org.freedesktop.DBus"
#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define MAX_ACTION 255      /* octets; as of names on the bus */

struct _OmaPluginBus {
  GDBusConnection *connection;      /* (nullable) */
  char            *plugin;
  char           **bus_names;
  char            *actions;         /* for people */
  GHashTable      *subscriptions;   /* id -> Subscription */
};

typedef struct {
  OmaPluginHost      *host;
  OmaPluginSignalFunc func;
  gpointer            user_data;
} Subscription;

/* What an error has to be told with. */
typedef struct {
  char *plugin;
  char *bus_name;
  char *method;
  char *actions;
  GTask *task;
} Pending;

/* ---- The manifest ---- */

/**
 * oma_plugin_bus_is_name:
 * @name: what a manifest says
 *
 * Returns: whether it is a well-known name of a bus
 */
gboolean
oma_plugin_bus_is_name (const char *name)
{
  return g_dbus_is_name (name) && !g_dbus_is_unique_name (name);
}

/**
 * oma_plugin_bus_is_action:
 * @action: what a manifest says
 *
 * Returns: whether it can be the identifier of a polkit action: letters, digits, "-" and "_" in parts
 *   that are separated by dots
 */
gboolean
oma_plugin_bus_is_action (const char *action)
{
  gsize length = strlen (action);

  return length <= MAX_ACTION && strchr (action, '.') != NULL && strstr (action, "..") == NULL && action[0] != '.' &&
         action[length - 1] != '.' &&
         strspn (action, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ".-_") == length;
}

/**
 * oma_plugin_bus_new:
 * @connection: (nullable): the system bus
 * @plugin: name of the plugin
 * @bus_names: (nullable): of its manifest
 * @actions: (nullable): of its manifest
 *
 * Returns: (transfer full): the plugin's way to the bus
 */
OmaPluginBus *
oma_plugin_bus_new (GDBusConnection *connection, const char *plugin, const char *const *bus_names,
                    const char *const *actions)
{
  static const char *const none[] = { NULL };
  OmaPluginBus *bus = g_new0 (OmaPluginBus, 1);

  bus->connection = connection != NULL ? g_object_ref (connection) : NULL;
  bus->plugin = g_strdup (plugin);
  bus->bus_names = g_strdupv ((char **) (bus_names != NULL ? bus_names : none));
  bus->actions = g_strjoinv (", ", (char **) (actions != NULL ? actions : none));
  bus->subscriptions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return bus;
}

/**
 * oma_plugin_bus_free:
 * @bus: (transfer full): a plugin's way to the bus
 *
 * Ends its subscriptions.  Calls go on.
 */
void
oma_plugin_bus_free (OmaPluginBus *bus)
{
  g_autoptr(GList) ids = g_hash_table_get_keys (bus->subscriptions);

  for (GList *id = ids; id != NULL; id = id->next)
    oma_plugin_bus_unsubscribe (bus, GPOINTER_TO_UINT (id->data));
  g_hash_table_unref (bus->subscriptions);
  g_clear_object (&bus->connection);
  g_strfreev (bus->bus_names);
  g_free (bus->actions);
  g_free (bus->plugin);
  g_free (bus);
}

static gboolean
may_use (OmaPluginBus *bus, const char *bus_name)
{
  if (g_strv_contains ((const char *const *) bus->bus_names, bus_name))
    return TRUE;
  g_warning ("Plugin %s: %s is not in its manifest: nothing is sent to it", bus->plugin, bus_name);
  return FALSE;
}

/* ---- Errors ---- */

/* Those of activation: of the bus, and of systemd, which the bus may leave it to. */
static gboolean
is_absence (const GError *error, const char *remote, const char *bus_name)
{
  static const char *const names[] = {
    BUS_NAME ".Error.ServiceUnknown", BUS_NAME ".Error.NameHasNoOwner", BUS_NAME ".Error.NoReply",
    BUS_NAME ".Error.TimedOut", BUS_NAME ".Error.Timeout", BUS_NAME ".Error.Disconnected", NULL,
  };

  if (remote == NULL)
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  return g_strv_contains (names, remote) || g_str_has_prefix (remote, BUS_NAME ".Error.Spawn.") ||
         (g_str_has_prefix (remote, SYSTEMD_NAME ".") && strcmp (bus_name, SYSTEMD_NAME) != 0);
}

/* Of the bus, of polkit, and of services, which have names of their own for it. */
static gboolean
is_refusal (const char *remote)
{
  static const char *const endings[] = {
    ".AccessDenied", ".AuthFailed", ".InteractiveAuthorizationRequired", ".NotAuthorized", ".PermissionDenied",
    ".RefusedByPolicy", ".NotPrivileged",
  };

  for (gsize i = 0; remote != NULL && i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (remote, endings[i]))
      return TRUE;
  return FALSE;
}

static GError *
translate_error (const Pending *pending, GError *error, const char *remote)
{
  g_autoptr(GError) owned = error;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&owned);
  g_dbus_error_strip_remote_error (error);
  if (is_absence (error, remote, pending->bus_name))
    return g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The service %s is not there: %s",
                        pending->bus_name, error->message);
  if (is_refusal (remote))
    return g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                        "The right to call %s of %s is missing (needed: %s): %s", pending->method, pending->bus_name,
                        *pending->actions != '\0' ? pending->actions : "nothing that its manifest names",
                        error->message);
  return g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s of %s failed: %s", pending->method,
                      pending->bus_name, error->message);
}

/* ---- Calls ---- */

static void
pending_free (Pending *pending)
{
  g_free (pending->plugin);
  g_free (pending->bus_name);
  g_free (pending->method);
  g_free (pending->actions);
  g_object_unref (pending->task);
  g_free (pending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pending, pending_free)

static void
called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(Pending) pending = user_data;
  GError *error = NULL;
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  char *remote;

  if (answer != NULL)
    {
      g_task_return_pointer (pending->task, answer, (GDestroyNotify) g_variant_unref);
      return;
    }
  remote = g_dbus_error_get_remote_error (error);
  g_task_set_task_data (pending->task, remote, g_free);
  error = translate_error (pending, error, remote);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_info ("Plugin %s: %s%s%s", pending->plugin, error->message, remote != NULL ? ": " : "",
            remote != NULL ? remote : "");
  g_task_return_error (pending->task, error);
}

/**
 * oma_plugin_bus_call:
 * @bus: a plugin's way to the bus
 * @bus_name: whom to call
 * @object_path: the object
 * @interface_name: the interface
 * @method_name: the method
 * @parameters: (nullable): what it gets
 * @reply_type: (nullable): what it answers with
 * @task: returns the answer, see oma_plugin_host_call_async()
 */
void
oma_plugin_bus_call (OmaPluginBus *bus, const char *bus_name, const char *object_path, const char *interface_name,
                     const char *method_name, GVariant *parameters, const GVariantType *reply_type, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Pending *pending;

  if (!may_use (bus, bus_name))
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                               "The plugin %s may not call %s: its manifest does not name it", bus->plugin, bus_name);
      return;
    }
  if (bus->connection == NULL)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                               "The service %s is not there: there is no system bus", bus_name);
      return;
    }
  pending = g_new0 (Pending, 1);
  pending->plugin = g_strdup (bus->plugin);
  pending->bus_name = g_strdup (bus_name);
  pending->method = g_strconcat (interface_name, ".", method_name, NULL);
  pending->actions = g_strdup (bus->actions);
  pending->task = g_object_ref (task);
  /* Whose time is limited has a cancellable that says so. */
  g_dbus_connection_call (bus->connection, bus_name, object_path, interface_name, method_name, parameters, reply_type,
                          G_DBUS_CALL_FLAGS_NONE, cancellable != NULL ? G_MAXINT : -1, cancellable, called, pending);
}

/* ---- Signals ---- */

static void
signal_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *object_path,
           const char *interface_name, const char *signal_name, GVariant *parameters, gpointer user_data)
{
  Subscription *subscription = user_data;

  subscription->func (subscription->host, object_path, interface_name, signal_name, parameters,
                      subscription->user_data);
}

/* The bus itself tells everybody who comes and goes. */
static gboolean
may_follow (OmaPluginBus *bus, const char *bus_name, const char *signal_name, const char *arg0)
{
  if (strcmp (bus_name, BUS_NAME) == 0 && g_strcmp0 (signal_name, "NameOwnerChanged") == 0 && arg0 != NULL)
    return may_use (bus, arg0);
  return may_use (bus, bus_name);
}

/**
 * oma_plugin_bus_subscribe:
 * @bus: a plugin's way to the bus
 * @host: for @func
 * @bus_name: whose signals
 * @object_path: (nullable): the object
 * @interface_name: (nullable): the interface
 * @signal_name: (nullable): the signal
 * @arg0: (nullable): its first argument
 * @func: called for each
 * @user_data: for @func
 *
 * Returns: an id, 0 when it is refused; see oma_plugin_host_subscribe()
 */
guint
oma_plugin_bus_subscribe (OmaPluginBus *bus, OmaPluginHost *host, const char *bus_name, const char *object_path,
                          const char *interface_name, const char *signal_name, const char *arg0,
                          OmaPluginSignalFunc func, gpointer user_data)
{
  Subscription *subscription;
  guint id;

  if (!may_follow (bus, bus_name, signal_name, arg0))
    return 0;
  if (bus->connection == NULL)
    {
      g_warning ("Plugin %s: there is no system bus to follow %s on", bus->plugin, bus_name);
      return 0;
    }
  subscription = g_new0 (Subscription, 1);
  *subscription = (Subscription) { host, func, user_data };
  id = g_dbus_connection_signal_subscribe (bus->connection, bus_name, interface_name, signal_name, object_path, arg0,
                                           G_DBUS_SIGNAL_FLAGS_NONE, signal_cb, subscription, NULL);
  g_hash_table_insert (bus->subscriptions, GUINT_TO_POINTER (id), subscription);
  return id;
}

/**
 * oma_plugin_bus_unsubscribe:
 * @bus: a plugin's way to the bus
 * @id: what oma_plugin_bus_subscribe() returned
 *
 * No signal that is under way is delivered any more.
 */
void
oma_plugin_bus_unsubscribe (OmaPluginBus *bus, guint id)
{
  if (!g_hash_table_contains (bus->subscriptions, GUINT_TO_POINTER (id)))
    {
      g_warning ("Plugin %s: it has no subscription %u", bus->plugin, id);
      return;
    }
  g_dbus_connection_signal_unsubscribe (bus->connection, id);
  g_hash_table_remove (bus->subscriptions, GUINT_TO_POINTER (id));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-polkit.h"

#include "service/oma-dbus-error.h"

#include <string.h>
#include <unistd.h>

#define READ "org.omadm.read"
#define CHANGE "org.omadm.change"
#define EXEC "org.omadm.exec"
#define INTERACT "org.omadm.interact"
#define ACCOUNT "org.omadm.account"
#define MONITOR "org.omadm.monitor"
#define NOTIFY "org.omadm.notify"
#define SYNC "org.omadm.sync"
#define ALERT "org.omadm.alert"
#define PLUGIN "org.omadm.plugin"
#define UNIT "org.omadm.unit"

#define AGENT_IFACE "org.omadm.Agent1"
#define TREE_IFACE "org.omadm.Agent1.Tree"
#define NODE_IFACE "org.omadm.Agent1.Node"
#define ACCOUNT_IFACE "org.omadm.Agent1.Account"
#define SESSION_IFACE "org.omadm.Agent1.Session"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_IFACE "org.freedesktop.PolicyKit1.Authority"
#define POLKIT_ALLOW_USER_INTERACTION 1

/* What a method or a property needs.  What is not here is refused. */
static const struct {
  const char *interface;
  const char *member;
  const char *action;
} table[] = {
  { AGENT_IFACE, "AddAccount", ACCOUNT },
  { AGENT_IFACE, "Bootstrap", ACCOUNT },
  { AGENT_IFACE, "BootstrapFrom", ACCOUNT },
  { AGENT_IFACE, "DeviceId", READ },
  { AGENT_IFACE, "DropAlert", ACCOUNT },
  { AGENT_IFACE, "ForgetUnit", UNIT },
  { AGENT_IFACE, "GetPlugin", READ },
  { AGENT_IFACE, "GetStatus", READ },
  { AGENT_IFACE, "HandleNotification", NOTIFY },
  { AGENT_IFACE, "ListAccounts", READ },
  { AGENT_IFACE, "ListAlerts", READ },
  { AGENT_IFACE, "ListPlugins", READ },
  { AGENT_IFACE, "ListSessions", READ },
  { AGENT_IFACE, "RaiseAlert", ALERT },
  { AGENT_IFACE, "RegisterUserInteraction", INTERACT },
  { AGENT_IFACE, "RemoveAccount", ACCOUNT },
  { AGENT_IFACE, "ResetPlugin", PLUGIN },
  { AGENT_IFACE, "RetryUndo", UNIT },
  { AGENT_IFACE, "StartMonitor", MONITOR },
  { AGENT_IFACE, "StopMonitor", MONITOR },
  { AGENT_IFACE, "Sync", SYNC },
  { AGENT_IFACE, "UnregisterUserInteraction", INTERACT },
  { AGENT_IFACE, "Version", READ },

  { TREE_IFACE, "Add", CHANGE },
  { TREE_IFACE, "Copy", CHANGE },
  { TREE_IFACE, "Delete", CHANGE },
  { TREE_IFACE, "Exec", EXEC },
  { TREE_IFACE, "FetchObjects", CHANGE },
  { TREE_IFACE, "FindObjects", READ },
  { TREE_IFACE, "Get", READ },
  { TREE_IFACE, "GetDocument", READ },
  { TREE_IFACE, "GetMany", READ },
  { TREE_IFACE, "GetProperty", READ },
  { TREE_IFACE, "GetSubtree", READ },
  { TREE_IFACE, "List", READ },
  { TREE_IFACE, "Replace", CHANGE },
  { TREE_IFACE, "SetProperty", CHANGE },
  { TREE_IFACE, "Subscribe", READ },
  { TREE_IFACE, "Unsubscribe", READ },

  { NODE_IFACE, "Access", READ },
  { NODE_IFACE, "Acl", READ },
  { NODE_IFACE, "Children", READ },
  { NODE_IFACE, "Delete", CHANGE },
  { NODE_IFACE, "Exec", EXEC },
  { NODE_IFACE, "Format", READ },
  { NODE_IFACE, "Get", READ },
  { NODE_IFACE, "Name", READ },
  { NODE_IFACE, "Replace", CHANGE },
  { NODE_IFACE, "Scope", READ },
  { NODE_IFACE, "Size", READ },
  { NODE_IFACE, "Title", READ },
  { NODE_IFACE, "TStamp", READ },
  { NODE_IFACE, "Type", READ },
  { NODE_IFACE, "Uri", READ },
  { NODE_IFACE, "VerNo", READ },

  { ACCOUNT_IFACE, "AllowHttp", READ },
  { ACCOUNT_IFACE, "Auth", READ },
  { ACCOUNT_IFACE, "Encoding", READ },
  { ACCOUNT_IFACE, "Name", READ },
  { ACCOUNT_IFACE, "NotBefore", READ },
  { ACCOUNT_IFACE, "Protocol", READ },
  { ACCOUNT_IFACE, "ServerAuth", READ },
  { ACCOUNT_IFACE, "ServerId", READ },
  { ACCOUNT_IFACE, "Sync", SYNC },
  { ACCOUNT_IFACE, "Url", READ },

  { SESSION_IFACE, "Account", READ },
  { SESSION_IFACE, "Commands", READ },
  { SESSION_IFACE, "Encoding", READ },
  { SESSION_IFACE, "EndTime", READ },
  { SESSION_IFACE, "FailedCommands", READ },
  { SESSION_IFACE, "Id", READ },
  { SESSION_IFACE, "MessagesReceived", READ },
  { SESSION_IFACE, "MessagesSent", READ },
  { SESSION_IFACE, "Protocol", READ },
  { SESSION_IFACE, "Reason", READ },
  { SESSION_IFACE, "StartTime", READ },
  { SESSION_IFACE, "State", READ },
  { SESSION_IFACE, "Stop", SYNC },
  { SESSION_IFACE, "Unanswered", READ },

  { "org.freedesktop.DBus.Introspectable", "Introspect", READ },
};

/**
 * oma_polkit_get_action:
 * @interface: name of an interface
 * @member: a method or a property of it
 *
 * Returns: (transfer none) (nullable): the polkit action that a caller must be authorised
 *   for, or %NULL when nobody may
 */
const char *
oma_polkit_get_action (const char *interface, const char *member)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].member, member) == 0 && strcmp (table[i].interface, interface) == 0)
      return table[i].action;
  return NULL;
}

/**
 * oma_polkit_get_action_for_all:
 * @interface: an interface
 *
 * Returns: (transfer none) (nullable): the action for reading all its properties at once, or
 *   %NULL when there is no single one: nobody may then
 */
const char *
oma_polkit_get_action_for_all (const GDBusInterfaceInfo *interface)
{
  const char *common = READ;

  for (guint i = 0; interface->properties != NULL && interface->properties[i] != NULL; i++)
    {
      const char *action = oma_polkit_get_action (interface->name, interface->properties[i]->name);

      if (action == NULL || (i > 0 && strcmp (action, common) != 0))
        return NULL;
      common = action;
    }
  return common;
}

static void
return_denied (GTask *task, const char *reason)
{
  g_task_return_new_error (task, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED, "Not authorised: %s", reason);
}

/* Who cannot be asked about is refused; only the cancellation is passed on as it is. */
static void
return_failure (GTask *task, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_error (task, error);
  else
    {
      g_dbus_error_strip_remote_error (error);
      return_denied (task, error->message);
      g_error_free (error);
    }
}

/* ---- polkit ---- */

static void
cancel_check (GDBusConnection *connection, const char *id)
{
  g_dbus_connection_call (connection, POLKIT_NAME, POLKIT_PATH, POLKIT_IFACE, "CancelCheckAuthorization",
                          g_variant_new ("(s)", id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
polkit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gboolean authorized, challenge;

  if (reply == NULL)
    {
      /* else the question would stay on the user's screen */
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        cancel_check (G_DBUS_CONNECTION (source), g_task_get_task_data (task));
      return_failure (task, g_steal_pointer (&error));
      return;
    }
  g_variant_get (reply, "((bba{ss}))", &authorized, &challenge, NULL);
  if (authorized)
    g_task_return_boolean (task, TRUE);
  else if (challenge)
    g_task_return_new_error (task, OMA_DBUS_ERROR, OMA_DBUS_ERROR_AUTHORIZATION_REQUIRED,
                             "Interactive authentication required");
  else
    return_denied (task, "polkit refuses it");
}

static void
ask_polkit (GTask *task, GDBusConnection *connection, const char *caller, const char *action, gboolean interactive)
{
  static guint counter;
  char *id = g_strdup_printf ("omadmd-%u", ++counter);
  GVariantBuilder subject;

  g_variant_builder_init (&subject, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (caller));
  g_task_set_task_data (task, id, g_free);
  /* no time limit: a user may sit before the question */
  g_dbus_connection_call (connection, POLKIT_NAME, POLKIT_PATH, POLKIT_IFACE, "CheckAuthorization",
                          g_variant_new ("((sa{sv})sa{ss}us)", "system-bus-name", &subject, action, NULL,
                                         interactive ? POLKIT_ALLOW_USER_INTERACTION : 0, id),
                          G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                          g_task_get_cancellable (task), polkit_cb, task);
}

/* ---- without polkit ---- */

static void
uid_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  guint32 uid;

  if (reply == NULL)
    {
      return_failure (task, g_steal_pointer (&error));
      return;
    }
  g_variant_get (reply, "(u)", &uid);
  if (uid == 0 || uid == geteuid ())
    g_task_return_boolean (task, TRUE);
  else
    return_denied (task, "without polkit only root and the daemon's own user may call");
}

static void
ask_bus (GTask *task, GDBusConnection *connection, const char *caller)
{
  g_dbus_connection_call (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                          "GetConnectionUnixUser", g_variant_new ("(s)", caller), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), uid_cb, task);
}

/**
 * oma_polkit_check_async:
 * @connection: a connection to the bus where @caller and polkit are
 * @use_polkit: %FALSE, or a build without polkit: root and the daemon's own user may do
 *   everything, all others nothing
 * @caller: unique name of who calls
 * @action: (nullable): the action, %NULL: nobody may
 * @interactive: the caller waits while the user is asked
 * @cancellable: (nullable): a cancellable
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Finds out whether a caller may do something.  Nothing is remembered: polkit does that as
 * its rules want it.  Plain calls do, so the daemon does not link polkit's library.
 */
void
oma_polkit_check_async (GDBusConnection *connection, gboolean use_polkit, const char *caller, const char *action,
                        gboolean interactive, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, oma_polkit_check_async);
  if (action == NULL)
    return_denied (task, "nobody may");
  else if (HAVE_POLKIT && use_polkit)
    ask_polkit (g_steal_pointer (&task), connection, caller, action, interactive);
  else
    ask_bus (g_steal_pointer (&task), connection, caller);
}

/**
 * oma_polkit_check_finish:
 * @result: what the callback got
 * @error: return location for an #OmaDBusError
 *
 * Returns: %TRUE when the caller may; else %FALSE with %OMA_DBUS_ERROR_ACCESS_DENIED,
 *   %OMA_DBUS_ERROR_AUTHORIZATION_REQUIRED when asking the user would help, or
 *   %G_IO_ERROR_CANCELLED
 */
gboolean
oma_polkit_check_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-service.h"

#include "oma-dbus.h"
#include "service/oma-dbus-session.h"
#include "service/oma-dispatcher.h"
#include "service/oma-interaction-agents.h"
#include "service/oma-subscribers.h"

#include <string.h>

/* What the filter knows, which GDBus runs in its worker thread, also a last time after the
 * filter was removed: only how to hand over to the main context. */
typedef struct {
  GMainContext *context;
  GWeakRef      service;       /* looked at in the main context only */
} Door;

/* A call on its way to the main context. */
typedef struct {
  Door            *door;
  GDBusConnection *connection;
  GDBusMessage    *message;
} Passage;

struct _OmaService {
  GObject          parent_instance;
  OmaAgent        *agent;
  GDBusConnection *connection;
  gboolean         use_polkit;
  OmaSubscribers  *subscribers;
  OmaDispatcher   *dispatcher;
  guint            filter;
  guint            registration;
  guint            watch;
};

G_DEFINE_FINAL_TYPE (OmaService, oma_service, G_TYPE_OBJECT)

/* ---- From GDBus's thread to ours ---- */

static void
door_clear (gpointer data)
{
  Door *door = data;

  g_weak_ref_clear (&door->service);
  g_main_context_unref (door->context);
}

static void
door_unref (gpointer door)
{
  g_atomic_rc_box_release_full (door, door_clear);
}

static void
passage_free (gpointer data)
{
  Passage *passage = data;

  door_unref (passage->door);
  g_object_unref (passage->connection);
  g_object_unref (passage->message);
  g_free (passage);
}

static gboolean
enter (gpointer data)
{
  Passage *passage = data;
  g_autoptr(OmaService) service = g_weak_ref_get (&passage->door->service);

  if (service != NULL && service->dispatcher != NULL)
    oma_dispatcher_dispatch (service->dispatcher, passage->connection, passage->message);
  else
    oma_request_return_error (oma_request_new (passage->connection, passage->message),
                              g_error_new_literal (OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING,
                                                   "The daemon is stopping"));
  return G_SOURCE_REMOVE;
}

static gboolean
is_for_us (GDBusMessage *message)
{
  const char *path = g_dbus_message_get_path (message);
  const char *interface = g_dbus_message_get_interface (message);
  gsize length = strlen (OMA_OBJECT_PATH);

  /* GDBus answers Peer on any path */
  return g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL &&
         strncmp (path, OMA_OBJECT_PATH, length) == 0 && (path[length] == '\0' || path[length] == '/') &&
         (interface == NULL || strcmp (interface, "org.freedesktop.DBus.Peer") != 0);
}

/* GDBus's subtrees are one level deep; a filter sees every path.  It takes the calls away from
 * GDBus and lets everything else pass. */
static GDBusMessage *
filter_cb (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Door *door = user_data;
  Passage *passage;

  if (!incoming || !is_for_us (message))
    return message;
  passage = g_new (Passage, 1);
  passage->door = g_atomic_rc_box_acquire (door);
  passage->connection = g_object_ref (connection);
  passage->message = message;
  /* an idle source: g_main_context_invoke() would run it here if nobody ran the context now */
  {
    g_autoptr(GSource) source = g_idle_source_new ();

    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, enter, passage, passage_free);
    g_source_attach (source, door->context);
  }
  return NULL;
}

/* ---- Signals ---- */

static void
tree_changed_cb (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  OmaService *service = user_data;

  oma_subscribers_tell_changes (service->subscribers, events, n_events);
}

static void
progress_cb (OmaAgent *agent G_GNUC_UNUSED, const char *uri, guint percent, const char *message, gpointer user_data)
{
  OmaService *service = user_data;

  oma_subscribers_tell_progress (service->subscribers, uri, percent, message);
}

static void
session_added_cb (OmaAgent *agent G_GNUC_UNUSED, OmaRunner *runner, gpointer user_data)
{
  OmaService *service = user_data;
  g_autofree char *path = oma_dbus_session_dup_path (runner);

  oma_dbus_session_follow (runner, service->subscribers);
  oma_subscribers_tell_monitors (service->subscribers, "SessionAdded", g_variant_new ("(o)", path));
}

static void
session_removed_cb (OmaAgent *agent G_GNUC_UNUSED, OmaRunner *runner, gpointer user_data)
{
  OmaService *service = user_data;
  g_autofree char *path = oma_dbus_session_dup_path (runner);

  oma_dbus_session_unfollow (runner, service->subscribers);
  oma_subscribers_drop_session (service->subscribers, path);
}

static void
monitors_cb (gboolean any, gpointer user_data)
{
  OmaService *service = user_data;
  GPtrArray *runners = oma_agent_get_sessions (service->agent);

  for (guint i = 0; i < runners->len; i++)
    oma_dbus_session_follow_messages (g_ptr_array_index (runners, i), service->subscribers, any);
}

/* ---- The service ---- */

static void
oma_service_dispose (GObject *object)
{
  OmaService *service = OMA_SERVICE (object);

  oma_service_stop (service);
  g_clear_object (&service->agent);
  g_clear_object (&service->connection);
  G_OBJECT_CLASS (oma_service_parent_class)->dispose (object);
}

static void
oma_service_class_init (OmaServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = oma_service_dispose;
}

static void
oma_service_init (OmaService *service G_GNUC_UNUSED)
{
}

/**
 * oma_service_new:
 * @agent: what to show
 * @connection: a connection to a message bus
 * @use_polkit: whether polkit decides who may do what; otherwise root and the daemon's own
 *   user may do everything and all others nothing
 *
 * Returns: (transfer full): a service that is not on the bus yet
 */
OmaService *
oma_service_new (OmaAgent *agent, GDBusConnection *connection, gboolean use_polkit)
{
  OmaService *service = g_object_new (OMA_TYPE_SERVICE, NULL);

  service->agent = g_object_ref (agent);
  service->connection = g_object_ref (connection);
  service->use_polkit = use_polkit;
  return service;
}

static void
follow_agent (OmaService *service)
{
  GPtrArray *runners = oma_agent_get_sessions (service->agent);

  service->watch = oma_tree_watch (oma_agent_get_tree (service->agent), tree_changed_cb, service);
  g_signal_connect (service->agent, "progress", G_CALLBACK (progress_cb), service);
  g_signal_connect (service->agent, "session-added", G_CALLBACK (session_added_cb), service);
  g_signal_connect (service->agent, "session-removed", G_CALLBACK (session_removed_cb), service);
  for (guint i = 0; i < runners->len; i++)
    oma_dbus_session_follow (g_ptr_array_index (runners, i), service->subscribers);
}

/**
 * oma_service_start:
 * @service: a service
 * @error: return location for a #GIOErrorEnum
 *
 * Begins to answer calls, in the thread-default main context of the caller.  The agent must
 * have started; the name is to be taken after it.
 *
 * Returns: %TRUE, or %FALSE with %G_IO_ERROR_EXISTS when something else is at
 *   %OMA_OBJECT_PATH of the connection
 */
gboolean
oma_service_start (OmaService *service, GError **error)
{
  g_autoptr(OmaInteractionAgents) interaction = NULL;
  Door *door;

  g_return_val_if_fail (service->dispatcher == NULL, FALSE);

  /* This registration only makes GDBus show the path to who introspects its parents: the
   * filter takes the calls before they get here. */
  service->registration = g_dbus_connection_register_object (service->connection, OMA_OBJECT_PATH,
                                                             oma_dbus_agent1_interface_info (), NULL, NULL, NULL, error);
  if (service->registration == 0)
    return FALSE;
  service->subscribers = oma_subscribers_new (service->connection);
  oma_subscribers_set_monitors_func (service->subscribers, monitors_cb, service);
  interaction = oma_interaction_agents_new (service->connection, service->use_polkit);
  oma_agent_set_interaction (service->agent, OMA_INTERACTION (interaction));
  service->dispatcher = oma_dispatcher_new (service->agent, service->subscribers, service->use_polkit);
  follow_agent (service);

  door = g_atomic_rc_box_new0 (Door);
  door->context = g_main_context_ref_thread_default ();
  g_weak_ref_init (&door->service, service);
  service->filter = g_dbus_connection_add_filter (service->connection, filter_cb, door, door_unref);
  return TRUE;
}

static void
unfollow_agent (OmaService *service)
{
  GPtrArray *runners = oma_agent_get_sessions (service->agent);

  oma_tree_unwatch (oma_agent_get_tree (service->agent), service->watch);
  g_signal_handlers_disconnect_by_data (service->agent, service);
  for (guint i = 0; i < runners->len; i++)
    oma_dbus_session_unfollow (g_ptr_array_index (runners, i), service->subscribers);
}

/**
 * oma_service_stop:
 * @service: a service
 *
 * Answers all calls that are worked on, and those that still come in, with
 * %OMA_AGENT_ERROR_STOPPING, and sends no more signals.  To be called before the agent is
 * stopped and with the name given up.
 */
void
oma_service_stop (OmaService *service)
{
  if (service->dispatcher == NULL)
    return;
  g_dbus_connection_remove_filter (service->connection, service->filter);
  g_dbus_connection_unregister_object (service->connection, service->registration);
  unfollow_agent (service);
  g_clear_pointer (&service->dispatcher, oma_dispatcher_free);
  oma_agent_set_interaction (service->agent, NULL);
  oma_subscribers_set_monitors_func (service->subscribers, NULL, NULL);
  g_clear_pointer (&service->subscribers, oma_subscribers_free);
}

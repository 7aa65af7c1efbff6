/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-daemon.h"

#include "agent/oma-agent.h"
#include "agent/oma-agent-private.h"
#include "agent/oma-log.h"
#include "agent/oma-watchdog.h"
#include "service/oma-service.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/prctl.h>
#if HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

/* The daemon while it runs. */
typedef struct {
  GMainLoop       *loop;
  OmaAgent        *agent;
  GDBusConnection *connection;
  OmaService      *service;
  guint            name;
  gboolean         stopping;
  OmaExit          status;
} Daemon;

static void
notify_systemd (const char *state)
{
#if HAVE_SYSTEMD
  sd_notify (0, state);
#else
  (void) state;
#endif
}

static void
stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Daemon *daemon = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_agent_stop_finish (OMA_AGENT (source), result, &error))
    g_warning ("%s", error->message);
  g_main_loop_quit (daemon->loop);
}

/* Ends sessions in order before the objects and the name go; a second call does not wait. */
static void
stop (Daemon *daemon, OmaExit status)
{
  if (daemon->stopping)
    {
      g_main_loop_quit (daemon->loop);
      return;
    }
  daemon->stopping = TRUE;
  daemon->status = status;
  notify_systemd ("STOPPING=1");
  oma_agent_stop_async (daemon->agent, stopped, daemon);
}

static gboolean
signal_cb (gpointer user_data)
{
  stop (user_data, OMA_EXIT_OK);
  return G_SOURCE_CONTINUE;
}

static void
connection_closed_cb (GDBusConnection *connection G_GNUC_UNUSED, gboolean remote_peer_vanished G_GNUC_UNUSED,
                      GError *error, gpointer user_data)
{
  Daemon *daemon = user_data;

  if (daemon->stopping)
    return;
  g_warning ("The bus is gone: %s", error != NULL ? error->message : "closed");
  stop (daemon, OMA_EXIT_FAILURE);
}

static void
name_acquired_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name, gpointer user_data G_GNUC_UNUSED)
{
  g_info ("Serving as %s", name);
  notify_systemd ("READY=1");
}

static void
name_lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Daemon *daemon = user_data;

  if (daemon->stopping || connection == NULL || g_dbus_connection_is_closed (connection))
    return;
  g_warning ("The bus does not give out the name %s: it is taken, or the policy of the bus forbids it", name);
  stop (daemon, OMA_EXIT_NAME_TAKEN);
}

static GDBusConnection *
connect_to_bus (const OmaDaemonOptions *options, GError **error)
{
  g_autofree char *address = NULL;

  if (options->bus_address != NULL)
    address = g_strdup (options->bus_address);
  else
    address = g_dbus_address_get_for_bus_sync (options->session_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL,
                                               error);
  if (address == NULL)
    return NULL;
  /* A connection of our own, which does not end the process when the bus goes away. */
  return g_dbus_connection_new_for_address_sync (
    address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL,
    error);
}

static OmaExit
exit_from_error (const GError *error)
{
  if (error->domain == OMA_AGENT_ERROR)
    return OMA_EXIT_CONFIG;
  if (error->domain == OMA_STORE_ERROR)
    return OMA_EXIT_STORE;
  return OMA_EXIT_FAILURE;
}

static OmaAgent *
make_agent (const OmaDaemonOptions *options, GDBusConnection *connection, GError **error)
{
  const OmaAgentOptions agent_options = {
    .config_dir = options->config_dir != NULL ? options->config_dir : OMADM_CONFIG_DIR,
    .state_dir = options->state_dir != NULL ? options->state_dir : OMADM_STATE_DIR,
    .plugin_dir = options->plugin_dir != NULL ? options->plugin_dir : OMADM_PLUGIN_DIR,
    .vendor_dir = options->config_dir == NULL ? OMADM_DATA_DIR : NULL,
    .accept_own_files = options->config_dir != NULL || options->state_dir != NULL || options->plugin_dir != NULL,
    .connection = connection,
  };
  g_autoptr(OmaAgent) agent = oma_agent_new (&agent_options);

  if (!oma_agent_start (agent, error))
    return NULL;
  if (!options->debug)
    oma_log_set_level (oma_agent_get_config (agent)->log_level);
  if (oma_agent_get_config (agent)->core_dumps)
    {
      g_message ("CoreDumps=true: the memory, which holds secrets, can be dumped and looked into");
      oma_daemon_set_dumpable (TRUE);
    }
  return g_steal_pointer (&agent);
}

/* The objects are there before the name is, so that nobody who sees the name misses one. */
static gboolean
serve (Daemon *daemon, const OmaDaemonOptions *options, GError **error)
{
  if (g_dbus_connection_is_closed (daemon->connection))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The bus is gone");
      return FALSE;
    }
  daemon->service = oma_service_new (daemon->agent, daemon->connection, !options->no_polkit);
  if (!oma_service_start (daemon->service, error))
    return FALSE;
  g_signal_connect (daemon->connection, "closed", G_CALLBACK (connection_closed_cb), daemon);
  daemon->name = g_bus_own_name_on_connection (daemon->connection, OMA_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                               name_acquired_cb, name_lost_cb, daemon, NULL);
  return TRUE;
}

static void
unwind (Daemon *daemon)
{
  if (daemon->name != 0)
    g_bus_unown_name (daemon->name);
  if (daemon->service != NULL)
    oma_service_stop (daemon->service);
  g_clear_object (&daemon->service);
  if (daemon->connection != NULL)
    {
      g_signal_handlers_disconnect_by_data (daemon->connection, daemon);
      g_dbus_connection_flush_sync (daemon->connection, NULL, NULL);
      g_dbus_connection_close_sync (daemon->connection, NULL, NULL);
    }
  g_clear_object (&daemon->connection);
  g_clear_object (&daemon->agent);
  g_main_loop_unref (daemon->loop);
}

/**
 * oma_daemon_set_dumpable:
 * @dumpable: whether the kernel may write the memory of this process to a core file or to a program that collects them,
 *   and let processes of the same user look into it
 *
 * A limit of the size of core files would not do: it does not hold for a program that collects them, and nothing keeps a
 * debugger out.  A crash itself goes on as it would: the signal ends the process, and who waits for it sees that.
 */
void
oma_daemon_set_dumpable (gboolean dumpable)
{
  prctl (PR_SET_DUMPABLE, dumpable ? 1 : 0);
}

/**
 * oma_daemon_run:
 * @options: the command line, checked
 *
 * Runs the daemon until it is told to end: opens everything, exports the objects, owns the
 * name, and takes all that down in the opposite order.
 *
 * Returns: the exit status
 */
OmaExit
oma_daemon_run (const OmaDaemonOptions *options)
{
  Daemon daemon = { .loop = g_main_loop_new (NULL, FALSE) };
  g_autoptr(GError) error = NULL;
  /* Before the name is on the bus: who sees it may end us at once. */
  guint terminate = g_unix_signal_add (SIGTERM, signal_cb, &daemon);
  guint interrupt = g_unix_signal_add (SIGINT, signal_cb, &daemon);

  /* Plugins use the bus from their start on; the name is not on it before all is there. */
  daemon.connection = connect_to_bus (options, &error);
  if (daemon.connection != NULL)
    daemon.agent = make_agent (options, daemon.connection, &error);
  if (daemon.agent != NULL && serve (&daemon, options, &error))
    {
      oma_watchdog_start (oma_agent_get_config (daemon.agent)->watchdog_timeout);
      g_main_loop_run (daemon.loop);
    }
  g_source_remove (terminate);
  g_source_remove (interrupt);
  if (error != NULL)
    {
      g_warning ("%s", error->message);
      daemon.status = exit_from_error (error);
    }
  unwind (&daemon);
  return daemon.status;
}

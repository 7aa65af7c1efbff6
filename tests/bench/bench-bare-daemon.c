/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A daemon that does nothing with what omadmd uses too: a name on the bus and an HTTP session.
 * Its start-up and memory are what the libraries cost. */
#include "config.h"

#include <libsoup/soup.h>

typedef struct {
  GMainLoop *loop;
  gboolean   failed;
} Daemon;

static void
name_lost (GDBusConnection *connection G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  Daemon *daemon = user_data;

  g_printerr ("Could not own %s\n", name);
  daemon->failed = TRUE;
  g_main_loop_quit (daemon->loop);
}

int
main (int argc, char **argv)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  G_GNUC_UNUSED g_autoptr(SoupSession) session = soup_session_new ();
  g_autoptr(GDBusConnection) connection = NULL;
  g_autoptr(GError) error = NULL;
  Daemon daemon = { loop, FALSE };
  guint owner;

  if (argc != 3)
    {
      g_printerr ("usage: bench-bare-daemon BUS-ADDRESS NAME\n");
      return 2;
    }
  connection = g_dbus_connection_new_for_address_sync (argv[1],
                                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                       NULL, NULL, &error);
  if (connection == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  owner = g_bus_own_name_on_connection (connection, argv[2], G_BUS_NAME_OWNER_FLAGS_NONE, NULL, name_lost, &daemon,
                                        NULL);
  g_main_loop_run (loop);
  g_bus_unown_name (owner);
  return daemon.failed ? 1 : 0;
}

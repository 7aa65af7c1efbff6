/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints what the daemon tells of changes of the tree, a line each, until it is ended.
 *   usage: changes BUS-ADDRESS [URI]
 * With "system" it is the system bus.  It begins with a line "Subscribed". */
#include <gio/gio.h>

#include <stdio.h>

#define SERVICE "org.omadm.Agent1"
#define OBJECT "/org/omadm/Agent1"
#define INTERFACE "org.omadm.Agent1.Tree"

static void
changed_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
            const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
            GVariant *parameters, gpointer user_data G_GNUC_UNUSED)
{
  const char *uri, *kind;

  g_variant_get (parameters, "(&s&s)", &uri, &kind);
  printf ("%s %s\n", kind, uri);
  fflush (stdout);
}

static gboolean
subscribe (GDBusConnection *connection, const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_sync (connection, SERVICE, OBJECT, INTERFACE, "Subscribe",
                                                           g_variant_new ("(s)", uri), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                                                           NULL, &error);

  if (reply == NULL)
    fprintf (stderr, "%s\n", error->message);
  return reply != NULL;
}

/* A daemon that was started anew knows of no subscription. */
static void
appeared_cb (GDBusConnection *connection, const char *name G_GNUC_UNUSED, const char *owner G_GNUC_UNUSED,
             gpointer user_data)
{
  if (!subscribe (connection, user_data))
    return;
  printf ("Subscribed\n");
  fflush (stdout);
}

int
main (int argc, char *argv[])
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDBusConnection) connection = NULL;
  g_autofree char *address = NULL;

  if (argc < 2)
    return 2;
  address = g_strcmp0 (argv[1], "system") == 0 ? g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, &error)
                                               : g_strdup (argv[1]);
  if (address != NULL)
    connection = g_dbus_connection_new_for_address_sync (address,
                                                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                         NULL, NULL, &error);
  if (connection == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  g_dbus_connection_signal_subscribe (connection, SERVICE, INTERFACE, "Changed", NULL, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, NULL, NULL);
  g_bus_watch_name_on_connection (connection, SERVICE, G_BUS_NAME_WATCHER_FLAGS_NONE, appeared_cb, NULL,
                                  argc > 2 ? argv[2] : (char *) ".", NULL);
  g_main_loop_run (loop);
  return 0;
}

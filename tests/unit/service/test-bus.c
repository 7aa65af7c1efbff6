/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-bus.h"

#include <fcntl.h>

/* GTestDBus has a process that ends the bus when it reads from a pipe that the test is gone.  The
 * bus of the next test would inherit that pipe: a test that fails would leave both behind, with
 * its output open, and whoever reads that would wait for ever. */
static void
close_on_exec (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      int fd = (int) g_ascii_strtoll (name, NULL, 10);

      if (fd > 2)
        fcntl (fd, F_SETFD, FD_CLOEXEC);
    }
}

/* Starts @bus. */
void
test_bus_up (GTestDBus *bus)
{
  g_test_dbus_up (bus);
  close_on_exec ();
}

/* Returns: (transfer full): a bus that runs */
GTestDBus *
test_bus_new (void)
{
  GTestDBus *bus = g_test_dbus_new (G_TEST_DBUS_NONE);

  test_bus_up (bus);
  return bus;
}

/* Returns: (transfer full): a connection of its own */
GDBusConnection *
test_bus_connect (GTestDBus *bus)
{
  g_autoptr(GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-daemon.h"

static gboolean
parse (OmaDaemonOptions *options, const char *line, GError **error)
{
  g_auto(GStrv) arguments = g_strsplit (line, " ", -1);
  g_autofree char **argv = g_memdup2 (arguments, sizeof (char *) * (g_strv_length (arguments) + 1));

  return oma_daemon_options_parse (options, (int) g_strv_length (argv), argv, error);
}

static void
test_every_option_is_read (void)
{
  g_auto(OmaDaemonOptions) options = { 0 };
  g_autoptr(GError) error = NULL;

  parse (&options, "omadmd --bus-address unix:path=/x --config-dir c --state-dir=s --plugin-dir p --no-polkit --debug",
         &error);
  g_assert_no_error (error);
  g_assert_cmpstr (options.bus_address, ==, "unix:path=/x");
  g_assert_cmpstr (options.config_dir, ==, "c");
  g_assert_cmpstr (options.state_dir, ==, "s");
  g_assert_cmpstr (options.plugin_dir, ==, "p");
  g_assert_true (options.no_polkit);
  g_assert_true (options.debug);
  g_assert_false (options.session_bus);
  g_assert_false (options.version);
}

static void
test_wrong_arguments_are_refused (void)
{
  static const char *const wrong[] = {
    "omadmd --sesion-bus", "omadmd extra", "omadmd --state-dir", "omadmd --session-bus --bus-address unix:path=/x",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto(OmaDaemonOptions) options = { 0 };
      g_autoptr(GError) error = NULL;

      g_assert_false (parse (&options, wrong[i], &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == G_OPTION_ERROR);
    }
}

static gboolean
is_allowed (const char *line, guint uid)
{
  g_auto(OmaDaemonOptions) options = { 0 };
  g_autoptr(GError) error = NULL;

  g_assert_true (parse (&options, line, NULL));
  if (oma_daemon_options_check (&options, uid, &error))
    return TRUE;
  g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED);
  return FALSE;
}

static void
test_no_polkit_is_for_tests_only (void)
{
  g_assert_true (is_allowed ("omadmd", 0));
  g_assert_true (is_allowed ("omadmd --no-polkit --bus-address unix:path=/tmp/bus", 1000));
  g_assert_false (is_allowed ("omadmd --no-polkit --bus-address unix:path=/tmp/bus", 0));
  g_assert_false (is_allowed ("omadmd --no-polkit", 1000));
  g_assert_false (is_allowed ("omadmd --no-polkit --bus-address unix:path=/run/dbus/system_bus_socket", 1000));
  g_assert_false (is_allowed ("omadmd --no-polkit --bus-address unix:path=/var/run/dbus/system_bus_socket", 1000));
  g_assert_false (is_allowed ("omadmd --no-polkit --bus-address tcp:host=a;unix:guid=1,path=%2frun/dbus/system_bus_socket",
                              1000));
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/dbus/system_bus_socket", TRUE);
  g_assert_false (is_allowed ("omadmd --no-polkit --session-bus", 1000));
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/tmp/bus", TRUE);
  g_assert_true (is_allowed ("omadmd --no-polkit --session-bus", 1000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon-options/every-option-is-read", test_every_option_is_read);
  g_test_add_func ("/daemon-options/wrong-arguments-are-refused", test_wrong_arguments_are_refused);
  g_test_add_func ("/daemon-options/no-polkit-is-for-tests-only", test_no_polkit_is_for_tests_only);
  return g_test_run ();
}

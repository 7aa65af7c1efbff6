/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "power.h"

#include <string.h>

static void
test_what_is_kept_comes_back (void)
{
  g_autoptr(ShutdownRecord) record = shutdown_record_new ("Reboot", "a;b\n[Shutdown]\nOperation=PowerOff");
  g_autoptr(ShutdownRecord) again = NULL;
  g_autoptr(GBytes) bytes = NULL;

  record->when = G_GUINT64_CONSTANT (1795927428151862);
  record->boot = 7;
  bytes = shutdown_record_format (record);
  again = shutdown_record_parse (bytes);
  g_assert_nonnull (again);
  g_assert_cmpstr (again->operation, ==, "Reboot");
  g_assert_cmpstr (again->correlator, ==, record->correlator);
  g_assert_cmpuint (again->when, ==, record->when);
  g_assert_cmpuint (again->boot, ==, 7);
}

static void
test_what_is_none_is_refused (void)
{
  static const char *const texts[] = {
    "", "x", "[Shutdown]\n", "[Shutdown]\nOperation=Reboot\nWhen=1\n", "[Shutdown]\nOperation=Halt\nBoot=1\n",
    "[Shutdown]\nOperation=Reboot\nBoot=x\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GBytes) bytes = g_bytes_new_static (texts[i], strlen (texts[i]));

      g_assert_null (shutdown_record_parse (bytes));
    }
}

static void
test_delays (void)
{
  static const struct {
    const char *text;
    guint       minutes;    /* 0: refused */
  } cases[] = {
    { NULL, 1 }, { "", 1 }, { "1", 1 }, { "90", 90 }, { "10080", 10080 },
    { "0", 0 }, { "10081", 0 }, { "-1", 0 }, { "soon", 0 }, { "1 ", 0 }, { "1.5", 0 }, { "99999999999999999999", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint minutes = 0;

      g_assert_cmpint (shutdown_parse_delay (cases[i].text, &minutes), ==, cases[i].minutes != 0);
      if (cases[i].minutes != 0)
        g_assert_cmpuint (minutes, ==, cases[i].minutes);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shutdown-record/what-is-kept-comes-back", test_what_is_kept_comes_back);
  g_test_add_func ("/shutdown-record/what-is-none-is-refused", test_what_is_none_is_refused);
  g_test_add_func ("/shutdown-record/delays", test_delays);
  return g_test_run ();
}

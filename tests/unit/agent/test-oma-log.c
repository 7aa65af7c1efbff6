/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-log.h"

/* Each runs in a process of its own, whose standard error is looked at. */

static void
write_lines (gboolean debug, GLogLevelFlags level)
{
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR);
  g_log_set_default_handler (g_log_default_handler, NULL);
  oma_log_init (debug);
  if (level != 0)
    oma_log_set_level (level);
  g_debug ("a debug message");
  if (!g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN))
    g_debug ("a message that costs");
  g_info ("an info message");
  g_warning ("a warning");
  oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_SESSION_FAILED, "a", 7, "from a server: %s", "x\nforged line");
}

static void
test_debug_is_left_out (void)
{
  if (g_test_subprocess ())
    {
      write_lines (FALSE, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*an info message*a warning*");
  g_test_trap_assert_stderr_unmatched ("*a debug message*");
}

static void
test_debug_is_written_when_asked_for (void)
{
  if (g_test_subprocess ())
    {
      write_lines (TRUE, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*a debug message*a message that costs*");
}

static void
test_level_is_kept (void)
{
  if (g_test_subprocess ())
    {
      write_lines (FALSE, G_LOG_LEVEL_WARNING);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_stderr_unmatched ("*an info message*");
  g_test_trap_assert_stderr ("*a warning*");
}

static void
test_nobody_forges_a_line (void)
{
  if (g_test_subprocess ())
    {
      write_lines (FALSE, 0);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_stderr ("*from a server: x*");
  g_test_trap_assert_stderr_unmatched ("*\nforged line*");
}

int
main (int argc, char **argv)
{
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/debug-is-left-out", test_debug_is_left_out);
  g_test_add_func ("/log/debug-is-written-when-asked-for", test_debug_is_written_when_asked_for);
  g_test_add_func ("/log/level-is-kept", test_level_is_kept);
  g_test_add_func ("/log/nobody-forges-a-line", test_nobody_forges_a_line);
  return g_test_run ();
}

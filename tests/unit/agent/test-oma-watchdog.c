/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-watchdog.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- A daemon, which is this program once more ---- */

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gboolean
hang_cb (gpointer user_data G_GNUC_UNUSED)
{
  for (;;)
    g_usleep (G_USEC_PER_SEC);
  return G_SOURCE_REMOVE;
}

/* Busy for longer than the watchdog's time, but never for long at once. */
static gboolean
work_cb (gpointer end)
{
  g_usleep (G_USEC_PER_SEC / 100);
  return g_get_monotonic_time () < *(gint64 *) end;
}

static int
run (const char *what)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gint64 end = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;

  alarm (30);
  oma_watchdog_start (strcmp (what, "forever") == 0 ? 0 : 1);
  if (strcmp (what, "work") == 0)
    g_idle_add (work_cb, &end);
  else if (strcmp (what, "hang") == 0)
    g_idle_add (hang_cb, NULL);
  else if (strcmp (what, "forever") == 0)
    {
      alarm (2);
      g_idle_add (hang_cb, NULL);
    }
  g_timeout_add (2500, quit_cb, loop);
  g_main_loop_run (loop);
  return 0;
}

/* ---- Tests ---- */

static GSubprocess *
start (const char *what)
{
  g_autoptr(GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, g_get_prgname (), "--run", what,
                                           NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  return process;
}

static void
assert_ends_well (const char *what)
{
  g_autoptr(GSubprocess) process = start (what);

  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
}

static void
assert_ends_by (const char *what, int signal_number)
{
  g_autoptr(GSubprocess) process = start (what);

  g_assert_true (g_subprocess_get_if_signaled (process));
  g_assert_cmpint (g_subprocess_get_term_sig (process), ==, signal_number);
}

static void
test_hanging_loop_ends_by_abort (void)
{
  assert_ends_by ("hang", SIGABRT);
}

static void
test_waiting_loop_lives (void)
{
  assert_ends_well ("wait");
}

static void
test_busy_loop_lives (void)
{
  assert_ends_well ("work");
}

static void
test_without_a_limit_it_may_hang (void)
{
  assert_ends_by ("forever", SIGALRM);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--run") == 0)
    return run (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_set_prgname (argv[0]);
  g_test_add_func ("/watchdog/hanging-loop-ends-by-abort", test_hanging_loop_ends_by_abort);
  g_test_add_func ("/watchdog/waiting-loop-lives", test_waiting_loop_lives);
  g_test_add_func ("/watchdog/busy-loop-lives", test_busy_loop_lives);
  g_test_add_func ("/watchdog/without-a-limit-it-may-hang", test_without_a_limit_it_may_hang);
  return g_test_run ();
}

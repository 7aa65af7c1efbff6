/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "agent/oma-account-state.h"
#include "agent/oma-agent-private.h"
#include "agent/oma-runner-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define INTERVAL 600

/* ---- What an account keeps ---- */

static void
run (Dm2Fixture *f)
{
  g_autoptr(OmaRunner) runner = oma_runner_new (&f->context, f->account, &(OmaSessionCause) OMA_SESSION_CAUSE_CLIENT);

  oma_runner_start (runner, "urn:test:1");
  while (!oma_runner_is_over (runner))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_next_session_survives_a_restart (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC, next, after;

  g_assert_cmpuint (oma_account_get_wait (f->account, before, INTERVAL), ==, 0);      /* there was none yet */
  dm2_package (f, "[\"END\"]");
  run (f);
  after = g_get_real_time () / G_USEC_PER_SEC;
  g_clear_object (&f->account);
  agent_test_reopen (&f->base);
  f->account = g_object_ref (oma_account_list_find (f->base.accounts, "a"));
  next = before + oma_account_get_wait (f->account, before, 2 * INTERVAL);
  g_assert_cmpint (next, >=, before + INTERVAL);
  g_assert_cmpint (next, <=, after + INTERVAL);
  g_assert_cmpuint (oma_account_get_wait (f->account, next - 1, INTERVAL), ==, 1);
  g_assert_cmpuint (oma_account_get_wait (f->account, next, INTERVAL), ==, 0);
  g_assert_cmpuint (oma_account_get_wait (f->account, next + 365 * 86400, INTERVAL), ==, 0);
}

/* A clock that is set back keeps the device away no longer than the interval. */
static void
test_wait_follows_a_clock_that_jumps (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;

  dm2_package (f, "[\"END\"]");
  run (f);
  g_assert_cmpuint (oma_account_get_wait (f->account, before - 365 * 86400, INTERVAL), ==, 0);
}

static void
test_failed_session_counts_too (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;

  dm2_reply (f, "/dm2", (Dm2Reply) { .status = 404 });
  run (f);
  g_assert_cmpuint (oma_account_get_wait (f->account, before, 2 * INTERVAL), >=, INTERVAL);
}

/* ---- What the agent does with it ---- */

typedef struct {
  AgentTest  base;
  char      *plugin_dir;
  OmaAgent  *agent;
  guint      n_sessions;
} Fixture;

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
session_added_cb (OmaAgent *agent G_GNUC_UNUSED, OmaRunner *runner G_GNUC_UNUSED, gpointer user_data)
{
  ((Fixture *) user_data)->n_sessions++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  OmaAgentOptions options = { .accept_own_files = TRUE };
  g_autoptr(GError) error = NULL;

  agent_test_set_up (&f->base, data);
  agent_test_close (&f->base);
  f->plugin_dir = g_build_filename (f->base.dir, "plugins", NULL);
  g_assert_cmpint (g_mkdir (f->plugin_dir, 0700), ==, 0);
  options.config_dir = f->base.dir;
  options.state_dir = f->base.state_dir;
  options.plugin_dir = f->plugin_dir;
  f->agent = oma_agent_new (&options);
  oma_agent_start (f->agent, &error);
  g_assert_no_error (error);
  g_signal_connect (f->agent, "session-added", G_CALLBACK (session_added_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_agent_stop_async (f->agent, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 0);
  g_clear_object (&f->agent);
  g_free (f->plugin_dir);
  agent_test_tear_down (&f->base, data);
}

static void
add_account (Fixture *f, const char *interval)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(GError) error = NULL;

  if (interval != NULL)
    g_hash_table_insert (config->options, g_strdup ("interval"), g_strdup (interval));
  oma_agent_add_account_async (f->agent, config, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  account = oma_agent_add_account_finish (f->agent, result, &error);
  g_assert_no_error (error);
}

/* Of DM 1.x, too.  It fails, since there is no DevInfo: the next one waits all the same. */
static void
test_sessions_begin_by_themselves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaRunner *runner;

  add_account (f, "60");
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 1);
  while (f->n_sessions == 0)
    g_main_context_iteration (NULL, TRUE);
  runner = oma_agent_get_sessions (f->agent)->pdata[0];
  while (!oma_runner_is_over (runner))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (f->n_sessions, ==, 1);
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 1);
}

static void
test_account_without_an_interval_has_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_account (f, NULL);
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 0);
}

static void
test_appointment_goes_with_the_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) result = NULL;

  add_account (f, "86400");
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 1);
  oma_agent_remove_account_async (f->agent, "a", FALSE, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_hash_table_size (f->agent->schedule), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define STATE(name, func) g_test_add ("/schedule/" name, Dm2Fixture, "interval=600", dm2_set_up, func, dm2_tear_down)
  STATE ("next-session-survives-a-restart", test_next_session_survives_a_restart);
  STATE ("wait-follows-a-clock-that-jumps", test_wait_follows_a_clock_that_jumps);
  STATE ("failed-session-counts-too", test_failed_session_counts_too);
#define TEST(name, func) g_test_add ("/schedule/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("sessions-begin-by-themselves", test_sessions_begin_by_themselves);
  TEST ("account-without-an-interval-has-none", test_account_without_an_interval_has_none);
  TEST ("appointment-goes-with-the-account", test_appointment_goes_with_the_account);
  return g_test_run ();
}

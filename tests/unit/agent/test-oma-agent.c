/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-agent.h"
#include "agent/oma-session-queue.h"

#include <glib/gstdio.h>
#include <string.h>

/* An agent on directories of its own; the device of AgentTest is closed. */
typedef struct {
  AgentTest  base;
  OmaAgent  *agent;
} Fixture;

#define DDF(name)                                                                                                \
  "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>" name "</NodeName><DFProperties><AccessType><Get/></AccessType>" \
  "<DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>"                        \
  "<DFType><DDFName/></DFType></DFProperties></Node></MgmtTree>"

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  agent_test_close (&f->base);
  agent_test_make_plugin_dir (&f->base);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->agent);
  agent_test_tear_down (&f->base, data);
}

static void
start (Fixture *f)
{
  f->agent = agent_test_start_agent (&f->base);
}

static void
add_account (Fixture *f, const char *name, const char *server_id)
{
  OmaAccountConfig *config = agent_test_make_config (name, server_id);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(OmaAccount) account = NULL;
  g_autoptr(GError) error = NULL;

  g_free (config->url);
  config->url = g_strdup ("http://127.0.0.1:9/");   /* nobody is there */
  config->allow_http = TRUE;
  oma_agent_add_account_async (f->agent, config, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  account = oma_agent_add_account_finish (f->agent, result, &error);
  g_assert_no_error (error);
}

static gboolean
has_node (Fixture *f, const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
  oma_tree_lookup (oma_agent_get_tree (f->agent), &uri, NULL, &lookup);
  return lookup.node != NULL;
}

static void
test_accounts_survive_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  add_account (f, "a", "com.example.a");
  agent_test_stop_agent (f->agent);
  g_clear_object (&f->agent);
  start (f);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 1);
  g_assert_nonnull (oma_agent_find_account (f->agent, "a"));
}

static void
test_ddf_files_are_mounted_or_refused_with_a_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *good = agent_test_write (&f->base, "ddf.d/10-good.ddf.xml", 0644, DDF ("Good"));
  g_autofree char *taken = agent_test_write (&f->base, "ddf.d/20-taken.ddf.xml", 0644, DDF ("Good"));
  g_autofree char *reserved = agent_test_write (&f->base, "ddf.d/30-reserved.ddf.xml", 0644, DDF ("DMAcc"));
  g_autofree char *broken = agent_test_write (&f->base, "ddf.d/40-broken.ddf.xml", 0644, "<MgmtTree>");
  g_autofree char *open = agent_test_write (&f->base, "ddf.d/50-open.ddf.xml", 0666, DDF ("Open"));
  g_autofree char *other = agent_test_write (&f->base, "ddf.d/60-other.xml", 0644, DDF ("Other"));
  g_autofree char *last = agent_test_write (&f->base, "ddf.d/70-last.ddf.xml", 0644, DDF ("Last"));
  const char *const refused[] = { taken, reserved, broken, open };
  GPtrArray *list;

  start (f);
  list = oma_agent_get_refused_ddf (f->agent);
  g_assert_cmpuint (list->len, ==, G_N_ELEMENTS (refused));
  for (guint i = 0; i < list->len; i++)
    {
      const OmaRefusedDdf *entry = list->pdata[i];

      g_assert_cmpstr (entry->path, ==, refused[i]);
      g_assert_true (agent_test_has_logged (entry->reason));
    }
  g_assert_true (has_node (f, "./Good"));
  g_assert_true (has_node (f, "./Last"));
  g_assert_false (has_node (f, "./Open"));
  g_assert_false (has_node (f, "./Other"));
}

static void
test_files_of_provisioning_are_taken_over (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (&f->base, "accounts.d/a.conf", 0640,
                                            "[Account]\nServerId=com.example.a\nUrl=https://a.example.com/\n");

  start (f);
  g_assert_nonnull (oma_agent_find_account (f->agent, "a"));
}

static void
test_bad_configuration_stops_the_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (&f->base, "omadm.conf", 0644, "[Daemon]\nMaxSessions=many\n");
  g_autoptr(GError) error = NULL;

  f->agent = agent_test_new_agent (&f->base);
  g_assert_false (oma_agent_start (f->agent, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_BAD_SETTING);
}

static void
test_damaged_store_stops_the_start_and_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = agent_test_write (&f->base, "state/omadm.db", 0600, "this is no database, but it is long enough");
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  f->agent = agent_test_new_agent (&f->base);
  g_assert_false (oma_agent_start (f->agent, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "this is no database"));
}

static void
test_state_directory_is_made_for_the_daemon_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *made = g_build_filename (f->base.dir, "deep", "state", NULL);
  GStatBuf status;

  g_free (f->base.state_dir);
  f->base.state_dir = g_strdup (made);
  start (f);
  g_assert_cmpint (g_stat (made, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
}

static void
test_second_request_joins_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaRunner *runner;

  start (f);
  add_account (f, "a", "com.example.a");
  g_assert_null (oma_agent_sync (f->agent, "b", &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT);
  g_clear_error (&error);
  runner = oma_agent_sync (f->agent, "a", &error);
  g_assert_no_error (error);
  g_assert_true (oma_agent_sync (f->agent, "a", NULL) == runner);
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 1);
  while (oma_runner_get_end_time (runner) == 0)
    g_main_context_iteration (NULL, TRUE);
  /* There is no DevInfo here; its result can still be asked for. */
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, 1);
  g_assert_true (oma_agent_sync (f->agent, "a", NULL) != runner);
}

static void
test_stopping_ends_what_is_queued_and_refuses_more (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAccountConfig *config = agent_test_make_config ("b", "com.example.b");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  OmaRunner *runner;

  start (f);
  add_account (f, "a", "com.example.a");
  runner = oma_agent_sync (f->agent, "a", &error);
  g_assert_no_error (error);
  agent_test_stop_agent (f->agent);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_null (oma_agent_sync (f->agent, "a", &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
  g_clear_error (&error);
  oma_agent_add_account_async (f->agent, config, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_null (oma_agent_add_account_finish (f->agent, result, &error));
  g_assert_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING);
}

static void
test_removal_ends_the_session_first (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  OmaRunner *runner;

  start (f);
  add_account (f, "a", "com.example.a");
  runner = oma_agent_sync (f->agent, "a", NULL);
  oma_agent_remove_account_async (f->agent, "a", FALSE, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  oma_agent_remove_account_finish (f->agent, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (oma_agent_get_accounts (f->agent)->len, ==, 0);
}

static gboolean
count_removed (gpointer user_data)
{
  ++*(guint *) user_data;
  return FALSE;
}

/* Sessions that fail at once, since there is no DevInfo here. */
static void
test_ended_sessions_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n_removed = 0;

  start (f);
  add_account (f, "a", "com.example.a");
  g_signal_connect_swapped (f->agent, "session-removed", G_CALLBACK (count_removed), &n_removed);
  for (guint i = 0; i < OMA_SESSION_QUEUE_MAX_ENDED + 2; i++)
    {
      g_autoptr(OmaRunner) runner = g_object_ref (oma_agent_sync (f->agent, "a", NULL));

      g_assert_cmpuint (n_removed, ==, i > OMA_SESSION_QUEUE_MAX_ENDED ? i - OMA_SESSION_QUEUE_MAX_ENDED : 0);
      while (oma_runner_get_end_time (runner) == 0)
        g_main_context_iteration (NULL, TRUE);
      g_assert_true (g_ptr_array_find (oma_agent_get_sessions (f->agent), runner, NULL));
    }
  g_assert_cmpuint (oma_agent_get_sessions (f->agent)->len, ==, OMA_SESSION_QUEUE_MAX_ENDED);
  g_assert_cmpuint (n_removed, ==, 2);
  g_signal_handlers_disconnect_by_data (f->agent, &n_removed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/agent/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("accounts-survive-a-restart", test_accounts_survive_a_restart);
  ADD ("ddf-files-are-mounted-or-refused-with-a-reason", test_ddf_files_are_mounted_or_refused_with_a_reason);
  ADD ("files-of-provisioning-are-taken-over", test_files_of_provisioning_are_taken_over);
  ADD ("bad-configuration-stops-the-start", test_bad_configuration_stops_the_start);
  ADD ("damaged-store-stops-the-start-and-stays", test_damaged_store_stops_the_start_and_stays);
  ADD ("state-directory-is-made-for-the-daemon-only", test_state_directory_is_made_for_the_daemon_only);
  ADD ("second-request-joins-the-session", test_second_request_joins_the_session);
  ADD ("stopping-ends-what-is-queued-and-refuses-more", test_stopping_ends_what_is_queued_and_refuses_more);
  ADD ("ended-sessions-are-bounded", test_ended_sessions_are_bounded);
  ADD ("removal-ends-the-session-first", test_removal_ends_the_session_first);
#undef ADD
  return g_test_run ();
}

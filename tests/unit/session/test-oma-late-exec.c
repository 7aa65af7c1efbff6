/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "executor-fixture.h"

#include "session/oma-late-exec.h"

/* Keeps account of late Execs as a test wants it. */
typedef struct {
  OmaLateExec *waiting;     /* asked for and not accepted */
  gboolean     holds;       /* does not accept at once */
  OmaStatus    refusal;     /* what it refuses with */
  GString     *log;
  gboolean     ended;
} Keeper;

static void
accept_cb (OmaLateExec *exec, gpointer user_data)
{
  Keeper *keeper = user_data;
  g_autoptr(GError) error = NULL;

  g_string_append_printf (keeper->log, "accept %s %s %s%s; ", exec->principal.server_id, exec->uri,
                          exec->report_uri != NULL ? exec->report_uri : exec->correlator,
                          exec->by_plugin ? " by plugin" : "");
  if (keeper->refusal != OMA_STATUS_NONE)
    error = g_error_new_literal (OMA_STATUS_ERROR, keeper->refusal, "There is no room");
  if (keeper->holds)
    keeper->waiting = exec;
  else
    oma_late_exec_accept (exec, error);
}

static void
end_cb (OmaLateExec *exec, OmaStatus status, const GError *error, gpointer user_data)
{
  Keeper *keeper = user_data;

  g_string_append_printf (keeper->log, "end %s %d%s; ", exec->uri, status, error != NULL ? " with reason" : "");
  keeper->ended = TRUE;
}

typedef struct {
  Fixture      *device;
  OmaWork      *work;
  OmaOperation  exec;
  Keeper        keeper;
  gboolean      done;
} Case;

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Case *c = user_data;

  oma_work_run_finish (c->work, result, NULL);
  c->done = TRUE;
}

static void
set_up (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->device = fixture_new (SERVED_BY_PLUGIN);
  c->keeper.log = g_string_new (NULL);
  oma_executor_set_exec_timeout (c->device->executor, 1);
  oma_executor_set_operation_timeout (c->device->executor, 20);
  oma_executor_set_late_funcs (c->device->executor, accept_cb, end_cb, &c->keeper);
  c->work = oma_work_new (c->device->executor, &as_server);
  c->exec = (OmaOperation) { .type = OMA_OPERATION_EXEC, .uri = "T/Run", .correlator = "c-1" };
}

static void
tear_down (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  oma_operation_clear (&c->exec);
  g_clear_pointer (&c->work, oma_work_free);
  g_string_free (c->keeper.log, TRUE);
  fixture_free (c->device);
}

static void
start (Case *c)
{
  c->device->plugin->hangs = TRUE;
  oma_work_run_async (c->work, &c->exec, NULL, done_cb, c);
}

static void
let_run (void)
{
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* The plugin's answer to the Exec, which is the last task that it holds. */
static void
answer (Case *c, OmaStatus status)
{
  GTask *task = g_ptr_array_index (c->device->plugin->held, c->device->plugin->held->len - 1);

  if (oma_status_is_success (status) && status != OMA_STATUS_ACCEPTED)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, status, "as the test wants it");
  let_run ();
}

#define assert_log(c, expected) g_assert_cmpstr ((c)->keeper.log->str, ==, expected)

static void
test_exec_in_time_is_not_late (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  start (c);
  let_run ();
  answer (c, OMA_STATUS_OK);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_OK);
  assert_log (c, "");
}

static void
test_late_exec_is_accepted_and_goes_on (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  GTask *task;

  start (c);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_ACCEPTED);
  g_assert_no_error (c->exec.error);
  assert_log (c, "accept srv ./T/Run c-1; ");
  task = g_ptr_array_index (c->device->plugin->held, 0);
  g_clear_pointer (&c->work, oma_work_free);
  g_assert_false (g_cancellable_is_cancelled (g_task_get_cancellable (task)));
  answer (c, OMA_STATUS_OK);
  assert_log (c, "accept srv ./T/Run c-1; end ./T/Run 200; ");
}

static void
test_late_failure_is_told (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  start (c);
  iterate_until (&c->done);
  answer (c, OMA_STATUS_FORBIDDEN);
  assert_log (c, "accept srv ./T/Run c-1; end ./T/Run 403 with reason; ");
}

static void
test_answer_waits_until_it_is_noted (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->keeper.holds = TRUE;
  start (c);
  while (c->keeper.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  let_run ();
  g_assert_false (c->done);
  answer (c, OMA_STATUS_OK);
  g_assert_false (c->keeper.ended);
  oma_late_exec_accept (c->keeper.waiting, NULL);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_ACCEPTED);
  assert_log (c, "accept srv ./T/Run c-1; end ./T/Run 200; ");
}

static void
test_exec_whose_end_cannot_be_told_is_cancelled (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  GTask *task;

  c->keeper.refusal = OMA_STATUS_DEVICE_FULL;
  start (c);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_DEVICE_FULL);
  task = g_ptr_array_index (c->device->plugin->held, 0);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (task)));
  answer (c, OMA_STATUS_OK);
  g_assert_false (c->keeper.ended);
}

static void
test_plugin_that_accepts_tells_the_end_itself (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  start (c);
  let_run ();
  answer (c, OMA_STATUS_ACCEPTED);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_ACCEPTED);
  assert_log (c, "accept srv ./T/Run c-1 by plugin; ");
}

static void
test_owner_that_goes_away_meanwhile_does_no_harm (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->keeper.holds = TRUE;
  start (c);
  while (c->keeper.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  oma_work_free (g_steal_pointer (&c->work));
  oma_late_exec_accept (c->keeper.waiting, NULL);
  answer (c, OMA_STATUS_OK);
  iterate_until (&c->done);
  assert_log (c, "accept srv ./T/Run c-1; end ./T/Run 200; ");
}

static void
test_end_after_the_executor_is_told_nobody (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GTask) task = NULL;

  start (c);
  iterate_until (&c->done);
  g_clear_pointer (&c->work, oma_work_free);
  task = g_object_ref (g_ptr_array_index (c->device->plugin->held, 0));
  fixture_free (c->device);
  g_task_return_boolean (task, TRUE);
  let_run ();
  g_assert_false (c->keeper.ended);
  c->device = fixture_new (SERVED_BY_PLUGIN);
}

/* ---- DM Protocol 2.0, EXEC with an address for its report ---- */

#define REPORT "https://dm.example.org/reports"

static void
start_with_report (Case *c)
{
  c->exec.correlator = NULL;
  c->exec.report_uri = REPORT;
  start (c);
}

static void
test_exec_with_report_is_answered_at_once (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  oma_executor_set_exec_timeout (c->device->executor, 1000);
  start_with_report (c);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_ACCEPTED);
  assert_log (c, "accept srv ./T/Run " REPORT "; ");
  g_clear_pointer (&c->work, oma_work_free);
  answer (c, OMA_STATUS_OK);
  assert_log (c, "accept srv ./T/Run " REPORT "; end ./T/Run 200; ");
}

static void
test_exec_with_report_begins_once_it_is_noted (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->keeper.holds = TRUE;
  start_with_report (c);
  while (c->keeper.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  let_run ();
  g_assert_cmpuint (c->device->plugin->held->len, ==, 0);
  g_assert_false (c->done);
  oma_late_exec_accept (c->keeper.waiting, NULL);
  iterate_until (&c->done);
  g_assert_cmpuint (c->device->plugin->held->len, ==, 1);
  answer (c, OMA_STATUS_FORBIDDEN);
  assert_log (c, "accept srv ./T/Run " REPORT "; end ./T/Run 403 with reason; ");
}

static void
test_exec_with_report_that_cannot_be_kept_does_not_begin (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->keeper.refusal = OMA_STATUS_DEVICE_FULL;
  start_with_report (c);
  iterate_until (&c->done);
  let_run ();
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_DEVICE_FULL);
  g_assert_cmpuint (c->device->plugin->held->len, ==, 0);
}

static void
test_plugin_that_goes_on_after_the_answer_tells_the_end_itself (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  start_with_report (c);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_ACCEPTED);
  answer (c, OMA_STATUS_ACCEPTED);
  g_assert_false (c->keeper.ended);
}

static void
test_exec_with_report_outlives_its_owner (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->keeper.holds = TRUE;
  start_with_report (c);
  while (c->keeper.waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  oma_work_free (g_steal_pointer (&c->work));
  oma_late_exec_accept (c->keeper.waiting, NULL);
  let_run ();
  answer (c, OMA_STATUS_OK);
  assert_log (c, "accept srv ./T/Run " REPORT "; end ./T/Run 200; ");
}

static void
test_exec_with_report_is_refused_as_any (Case *c, gconstpointer data G_GNUC_UNUSED)
{
  c->exec.uri = "T";
  start_with_report (c);
  iterate_until (&c->done);
  g_assert_cmpint (c->exec.status, ==, OMA_STATUS_NOT_ALLOWED);
  assert_log (c, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/late-exec/" name, Case, NULL, set_up, func, tear_down)
  TEST ("exec-in-time-is-not-late", test_exec_in_time_is_not_late);
  TEST ("late-exec-is-accepted-and-goes-on", test_late_exec_is_accepted_and_goes_on);
  TEST ("late-failure-is-told", test_late_failure_is_told);
  TEST ("answer-waits-until-it-is-noted", test_answer_waits_until_it_is_noted);
  TEST ("exec-whose-end-cannot-be-told-is-cancelled", test_exec_whose_end_cannot_be_told_is_cancelled);
  TEST ("plugin-that-accepts-tells-the-end-itself", test_plugin_that_accepts_tells_the_end_itself);
  TEST ("owner-that-goes-away-meanwhile-does-no-harm", test_owner_that_goes_away_meanwhile_does_no_harm);
  TEST ("report/answered-at-once", test_exec_with_report_is_answered_at_once);
  TEST ("report/begins-once-noted", test_exec_with_report_begins_once_it_is_noted);
  TEST ("report/cannot-be-kept", test_exec_with_report_that_cannot_be_kept_does_not_begin);
  TEST ("report/plugin-tells-the-end", test_plugin_that_goes_on_after_the_answer_tells_the_end_itself);
  TEST ("report/outlives-its-owner", test_exec_with_report_outlives_its_owner);
  TEST ("report/refused", test_exec_with_report_is_refused_as_any);
  TEST ("end-after-the-executor-is-told-nobody", test_end_after_the_executor_is_told_nobody);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "agent/oma-account-state.h"
#include "agent/oma-alert-list.h"
#include "agent/oma-exec-report.h"
#include "agent/oma-runner-private.h"
#include "agent/oma-session-queue.h"
#include "codec/oma-dm2-package.h"

#include <string.h>

typedef struct {
  Dm2Fixture    dm2;
  OmaAlertList *alerts;
  GString      *shown;
} Fixture;

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
open_alerts (Fixture *f)
{
  g_autoptr(GAsyncResult) result = NULL;

  f->alerts = oma_alert_list_new (f->dm2.base.store);
  oma_alert_list_load_async (f->alerts, done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  f->dm2.context.alerts = OMA_ALERT_QUEUE (f->alerts);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  dm2_set_up (&f->dm2, data);
  f->shown = g_string_new (NULL);
  open_alerts (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->alerts);
  g_string_free (f->shown, TRUE);
  dm2_tear_down (&f->dm2, data);
}

static void
message_cb (OmaRunner *runner G_GNUC_UNUSED, const OmaRunnerMessage *message, gpointer user_data)
{
  g_string_append_printf (((Fixture *) user_data)->shown, "%s %u %s %u %s\n%s\n", message->sent ? "sent" : "received",
                          message->number, message->method != NULL ? message->method : "-", message->status,
                          message->encoding, message->text);
}

static void
resent_cb (OmaRunner *runner G_GNUC_UNUSED, guint number, guint time, const char *reason G_GNUC_UNUSED,
           gpointer user_data)
{
  g_string_append_printf (((Fixture *) user_data)->shown, "sent %u again %u\n", number, time);
}

static OmaRunner *
start_for (Fixture *f, const OmaSessionCause *cause)
{
  OmaRunner *runner = oma_runner_new (&f->dm2.context, f->dm2.account, cause);

  g_signal_connect (runner, "message", G_CALLBACK (message_cb), f);
  g_signal_connect (runner, "resent", G_CALLBACK (resent_cb), f);
  oma_runner_start (runner, "urn:test:1");
  return runner;
}

static OmaRunner *
run (Fixture *f)
{
  const OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  OmaRunner *runner = start_for (f, &cause);

  agent_test_wait_for_end (runner);
  return runner;
}

static void
assert_request (Fixture *f, guint index, const char *method, const char *path, const char *media_type, const char *body)
{
  const Dm2Request *request = dm2_get_request (&f->dm2, index);

  g_assert_cmpstr (request->method, ==, method);
  g_assert_cmpstr (request->path, ==, path);
  g_assert_cmpstr (request->media_type, ==, media_type);
  g_assert_cmpstr (request->device_id, ==, "urn:test:1");
  if (body != NULL)
    g_assert_cmpstr (request->body, ==, body);
}

static gboolean
says (Fixture *f, guint index, const char *text)
{
  return strstr (dm2_get_request (&f->dm2, index)->body, text) != NULL;
}

#define CLIENT_ALERT "urn:oma:at:dm:2.0:ClientInitiatedMgmt"

/* DM Protocol 2.0, package flow */
static void
test_packages_go_to_and_fro_until_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  dm2_make_net (&f->dm2, "n1", "eth");
  dm2_package (&f->dm2, "[\"GET\",\"" DM2_NET "//ID\"],[\"DELETE\",\"" DM2_NET "/none/\"]");
  dm2_package (&f->dm2, "[\"END\"]");
  runner = run (f);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, NULL);
  g_assert_cmpuint (f->dm2.requests->len, ==, 2);
  assert_request (f, 0, "POST", "/dm2", OMA_DM2_TYPE_INITIATION, NULL);
  g_assert_true (says (f, 0, CLIENT_ALERT));
  assert_request (f, 1, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE,
                  "{\"Status\":[{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" DM2_NET "/n1/ID\","
                  "\"MOData\":{\"ID\":\"eth\"}}]},{\"sc\":404}]}");
  g_assert_cmpstr (oma_runner_get_protocol (runner), ==, "2.0");
  g_assert_cmpstr (oma_runner_get_encoding (runner), ==, "json");
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_sent, ==, 2);
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_received, ==, 2);
  g_assert_cmpuint (oma_runner_get_counters (runner)->commands, ==, 3);
  g_assert_cmpuint (oma_runner_get_counters (runner)->failed_commands, ==, 1);
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GPtrArray **) user_data = oma_store_list_sessions_finish (OMA_STORE (source), result, NULL);
}

static void
test_history_has_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autoptr(GPtrArray) records = NULL;
  const OmaSessionRecord *record;

  dm2_package (&f->dm2, "[\"END\"]");
  runner = run (f);
  oma_store_list_sessions_async (f->dm2.base.store, 10, list_cb, &records);
  while (records == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (records->len, ==, 1);
  record = records->pdata[0];
  g_assert_cmpint (record->id, ==, oma_runner_get_id (runner));
  g_assert_cmpstr (record->protocol, ==, "2.0");
  g_assert_cmpstr (record->encoding, ==, "json");
  g_assert_cmpuint (record->messages_sent, ==, 1);
  g_assert_cmpint (record->end_time, >, 0);
  g_ptr_array_set_free_func (records, (GDestroyNotify) oma_session_record_free);
}

/* DM Protocol 2.0, package 1: MOS; when it is not asked for is our reading. */
static void
test_objects_are_listed_first_and_when_they_changed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_make_net (&f->dm2, "n1", "eth");
  dm2_package (&f->dm2, "[\"END\"]");
  g_object_unref (run (f));
  g_assert_true (says (f, 0, "\"MOID\":\"" DM2_NET "\",\"MIID\":[\"n1\"]"));
  g_object_unref (run (f));
  g_assert_false (says (f, 1, "MOS"));
  dm2_set_id (&f->dm2, "n1", "other");
  g_object_unref (run (f));
  g_assert_false (says (f, 2, "MOS"));
  dm2_make_net (&f->dm2, "n2", "wlan");
  g_object_unref (run (f));
  g_assert_true (says (f, 3, "\"MOID\":\"" DM2_NET "\",\"MIID\":[\"n1\",\"n2\"]"));
}

/* A list that the server did not get is sent again. */
static void
test_objects_are_listed_until_the_server_has_them (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 500 });
  dm2_package (&f->dm2, "[\"END\"]");
  g_object_unref (run (f));
  g_object_unref (run (f));
  g_object_unref (run (f));
  g_assert_true (says (f, 0, "MOS"));
  g_assert_true (says (f, 1, "MOS"));
  g_assert_false (says (f, 2, "MOS"));
}

/* DM Protocol 2.0, package 1: the start alert tells the cause, and REQ-MOS is answered */
static void
test_cause_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaSessionCause causes[] = {
    { OMA_DM2_START_CLIENT, -1, FALSE, NULL },
    { OMA_DM2_START_NOTIFICATION, 42, TRUE, NULL },
    { OMA_DM2_START_BOOTSTRAP, -1, FALSE, NULL },
  };

  dm2_package (&f->dm2, "[\"END\"]");
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    {
      g_autoptr(OmaRunner) runner = start_for (f, &causes[i]);

      agent_test_wait_for_end (runner);
    }
  g_assert_true (says (f, 0, CLIENT_ALERT));
  g_assert_true (says (f, 1, "urn:oma:at:dm:2.0:ServerInitiatedMgmt"));
  g_assert_true (says (f, 1, "{\"NotificationID\":42}"));
  g_assert_true (says (f, 1, "MOS"));
  g_assert_true (says (f, 2, "urn:oma:at:dm:2.0:BootstrapComplete"));
}

static void
test_lost_package_is_sent_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  dm2_make_net (&f->dm2, "n1", "eth");
  dm2_package (&f->dm2, "[\"DELETE\",\"" DM2_NET "/n1/\"]");
  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 0 });
  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 503 });
  dm2_package (&f->dm2, "[\"END\"]");
  runner = run (f);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, NULL);
  g_assert_cmpuint (f->dm2.requests->len, ==, 4);
  assert_request (f, 1, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE, "{\"Status\":[{\"sc\":200}]}");
  assert_request (f, 2, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE, "{\"Status\":[{\"sc\":200}]}");
  assert_request (f, 3, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE, "{\"Status\":[{\"sc\":200}]}");
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_sent, ==, 2);
  g_assert_nonnull (strstr (f->shown->str, "sent 2 again 1\nsent 2 again 2\n"));
}

/* DM Protocol 2.0, HTTP binding: on 4xx no reconnection */
static void
test_404_is_the_servers_word (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 404 });
  runner = run (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  g_assert_nonnull (strstr (oma_runner_get_reason (runner), "404"));
  g_assert_cmpint (oma_account_get_not_before (f->dm2.account), ==, 0);
}

static void
test_refused_credentials_hold_back_automatic_sessions (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 401 });
  dm2_package (&f->dm2, "[\"END\"]");
  g_object_unref (run (f));
  g_assert_cmpint (oma_account_get_not_before (f->dm2.account) - now, >=, OMA_ACCOUNT_FIRST_BACK_OFF);
  g_object_unref (run (f));
  g_assert_cmpint (oma_account_get_not_before (f->dm2.account), ==, 0);
}

static void
test_retry_after_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .status = 503, .retry_after = "3600" });
  g_object_unref (run (f));
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  g_assert_cmpint (oma_account_get_not_before (f->dm2.account) - now, >=, 3600);
}

/* DM Protocol 2.0, HPUT and HGET */
static void
test_data_go_to_and_come_from_a_repository (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autofree char *text = NULL;

  dm2_make_net (&f->dm2, "n1", "eth");
  dm2_package (&f->dm2, "[\"HPUT\",\"@repo/a\",\"" DM2_NET "/n1/\"],[\"HGET\",\"@repo/b\",\"" DM2_NET "/n1/\"],"
                        "[\"HGET\",\"@repo/none\"]");
  dm2_package (&f->dm2, "[\"END\"]");
  dm2_reply (&f->dm2, "/repo/a", (Dm2Reply) { .status = 204 });
  dm2_reply (&f->dm2, "/repo/b", (Dm2Reply) { .status = 200, .media_type = DM2_JSON,
             .body = "[{\"ClientURI\":\"" DM2_NET "/n1/\",\"MOData\":{\"n1\":{\"ID\":\"wlan\",\"Key\":\"TopSecret\"}}}]" });
  runner = run (f);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, NULL);
  g_assert_cmpuint (f->dm2.requests->len, ==, 5);
  assert_request (f, 1, "PUT", "/repo/a", DM2_JSON, NULL);
  g_assert_true (says (f, 1, "\"MOData\":{\"n1\":{\"ID\":\"eth\"}}"));
  assert_request (f, 2, "GET", "/repo/b", NULL, "");
  assert_request (f, 3, "GET", "/repo/none", NULL, "");
  assert_request (f, 4, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE, "{\"Status\":[{\"sc\":200},{\"sc\":200},{\"sc\":404}]}");
  text = agent_test_get (&f->dm2.base, "./Net/n1/ID");
  g_assert_cmpstr (text, ==, "wlan");
  /* People see the transfers, but no secrets. */
  g_assert_nonnull (strstr (f->shown->str, "sent 1 - 0 json\n"));
  g_assert_nonnull (strstr (f->shown->str, "sent 0 PUT 0 json\n"));
  g_assert_nonnull (strstr (f->shown->str, "received 0 - 204 json\n"));
  g_assert_nonnull (strstr (f->shown->str, "sent 0 GET 0 json\n"));
  g_assert_nonnull (strstr (f->shown->str, "received 0 - 404"));
  g_assert_nonnull (strstr (f->shown->str, "HPUT"));
  g_assert_nonnull (strstr (f->shown->str, "ID: eth\n"));
  g_assert_null (strstr (f->shown->str, "TopSecret"));
}

static OmaAlert *
make_alert (Fixture *f, const char *path)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->server_id = g_strdup (DM2_SERVER);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup ("urn:ex:at:done");
  alert->report_uri = path != NULL ? g_strconcat (f->dm2.url, path, NULL) : NULL;
  alert->data = oma_value_new_int (200);
  return alert;
}

static void
put_alert (Fixture *f, OmaAlert *alert)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_alert_list_put_async (f->alerts, alert, OMA_ALERT_READY, FALSE, done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (oma_alert_list_put_finish (f->alerts, result, NULL), >, 0);
}

/* DM Protocol 2.0, EXEC: the alert goes to the address in a new session */
static void
test_report_goes_to_its_address_alone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  g_autoptr(OmaRunner) runner = NULL;
  g_autoptr(GPtrArray) left = NULL;

  put_alert (f, make_alert (f, "async"));
  put_alert (f, make_alert (f, NULL));
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 204 });
  cause.report_uri = g_strconcat (f->dm2.url, "async", NULL);
  runner = start_for (f, &cause);
  agent_test_wait_for_end (runner);
  g_free (cause.report_uri);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, NULL);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  assert_request (f, 0, "POST", "/async", OMA_DM2_TYPE_INITIATION, NULL);
  g_assert_true (says (f, 0, CLIENT_ALERT));
  g_assert_true (says (f, 0, "urn:ex:at:done"));
  g_assert_false (says (f, 0, "MOS"));
  left = oma_alert_list_get_all (f->alerts);
  g_assert_cmpuint (left->len, ==, 1);
  g_assert_null (((const OmaAlert *) left->pdata[0])->report_uri);
}

/* What another address does holds back nobody. */
static void
test_failed_report_says_nothing_of_the_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  g_autoptr(OmaRunner) runner = NULL;

  put_alert (f, make_alert (f, "async"));
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 503, .retry_after = "3600" });
  cause.report_uri = g_strconcat (f->dm2.url, "async", NULL);
  runner = start_for (f, &cause);
  agent_test_wait_for_end (runner);
  g_free (cause.report_uri);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (oma_runner_get_retry_after (runner), ==, 3600);
  g_assert_cmpint (oma_account_get_not_before (f->dm2.account), ==, 0);
}

/* DM Protocol 2.0, EXEC with an address is always asynchronous */
static void
test_exec_with_an_address_is_told_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autoptr(GPtrArray) alerts = NULL;
  g_autofree char *address = g_strconcat (f->dm2.url, "async", NULL);
  const OmaAlert *alert;

  oma_exec_report_attach (f->dm2.base.executor, f->alerts);
  dm2_package (&f->dm2, "[\"EXEC\",\"urn:ex:mo:ops:1.0//Count\",\"@async\"]");
  dm2_package (&f->dm2, "[\"END\"]");
  runner = run (f);
  assert_request (f, 1, "POST", "/dm2", OMA_DM2_TYPE_RESPONSE, "{\"Status\":[{\"sc\":202}]}");
  alerts = oma_alert_list_get_all (f->alerts);
  while (oma_alert_list_is_pending (f->alerts, ((const OmaAlert *) alerts->pdata[0])->id))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (alerts->len, ==, 1);
  alert = alerts->pdata[0];
  g_assert_cmpstr (alert->report_uri, ==, address);
  g_assert_cmpstr (alert->server_id, ==, DM2_SERVER);
  g_assert_cmpuint (f->dm2.base.executed, ==, 1);
}

/* The plugin may need more time than the daemon lives. */
static void
test_exec_that_its_plugin_goes_on_with_waits_for_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) result = oma_value_new_string ("done");
  g_autoptr(GPtrArray) alerts = NULL;
  const OmaAlert *alert;

  f->dm2.base.exec_goes_on = TRUE;
  oma_exec_report_attach (f->dm2.base.executor, f->alerts);
  dm2_package (&f->dm2, "[\"EXEC\",\"urn:ex:mo:ops:1.0//Count\",\"@async\"]");
  dm2_package (&f->dm2, "[\"END\"]");
  g_object_unref (run (f));
  g_assert_cmpuint (f->dm2.base.executed, ==, 1);
  g_clear_object (&f->alerts);
  g_clear_object (&f->dm2.account);
  agent_test_reopen (&f->dm2.base);
  f->dm2.context.store = f->dm2.base.store;
  open_alerts (f);
  alerts = oma_alert_list_get_all (f->alerts);
  g_assert_cmpuint (alerts->len, ==, 1);
  alert = alerts->pdata[0];
  g_assert_true (oma_alert_list_is_pending (f->alerts, alert->id));
  oma_exec_report_by_plugin (f->alerts, "p", "urn:ex:at:end", NULL, "./Ops/Count", NULL, result);
  g_assert_false (oma_alert_list_is_pending (f->alerts, alert->id));
  g_assert_nonnull (alert->report_uri);
}

static void
test_stop_ends_it_while_nobody_answers (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  g_autoptr(OmaRunner) runner = NULL;

  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .never = TRUE });
  runner = start_for (f, &cause);
  dm2_wait_for_requests (&f->dm2, 1);
  oma_runner_stop (runner);
  agent_test_wait_for_end (runner);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, "Stopped");
}

static void
test_stop_before_the_first_package_sends_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;
  g_autoptr(OmaRunner) runner = start_for (f, &cause);

  oma_runner_stop (runner);
  agent_test_wait_for_end (runner);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, "Stopped");
  g_assert_cmpuint (f->dm2.requests->len, ==, 0);
}

/* ---- Causes in the queue ---- */

static OmaSessionQueue *
open_queue (Fixture *f)
{
  OmaSessionQueue *queue = oma_session_queue_new ();

  f->dm2.config->max_sessions = 4;
  oma_session_queue_open (queue, &f->dm2.context);
  return queue;
}

static void
wait_for_all (OmaSessionQueue *queue)
{
  while (oma_session_queue_find_active (queue, "a") != NULL)
    g_main_context_iteration (NULL, TRUE);
  oma_session_queue_close (queue);
}

static void
test_queued_session_takes_further_causes_along (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = open_queue (f);
  const OmaSessionCause client = OMA_SESSION_CAUSE_CLIENT;
  const OmaSessionCause first = { OMA_DM2_START_NOTIFICATION, 1, TRUE, NULL };
  const OmaSessionCause second = { OMA_DM2_START_NOTIFICATION, 2, FALSE, NULL };
  OmaRunner *runner = oma_session_queue_add_for (queue, f->dm2.account, &client);

  dm2_package (&f->dm2, "[\"END\"]");
  g_assert_true (oma_session_queue_add_for (queue, f->dm2.account, &first) == runner);
  g_assert_true (oma_session_queue_add_for (queue, f->dm2.account, &second) == runner);
  g_assert_true (oma_session_queue_add (queue, f->dm2.account) == runner);
  oma_session_queue_set_device_id (queue, "urn:test:1");
  wait_for_all (queue);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  g_assert_true (says (f, 0, "{\"NotificationID\":2}"));
}

/* Bootstrap is told even when a notification comes first. */
static void
test_bootstrap_and_notification_get_a_session_each (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = open_queue (f);
  const OmaSessionCause bootstrap = { OMA_DM2_START_BOOTSTRAP, -1, FALSE, NULL };
  const OmaSessionCause notification = { OMA_DM2_START_NOTIFICATION, 1, FALSE, NULL };
  OmaRunner *runner = oma_session_queue_add_for (queue, f->dm2.account, &bootstrap);

  dm2_package (&f->dm2, "[\"END\"]");
  g_assert_true (oma_session_queue_add_for (queue, f->dm2.account, &notification) != runner);
  oma_session_queue_set_device_id (queue, "urn:test:1");
  wait_for_all (queue);
  g_assert_cmpuint (f->dm2.requests->len, ==, 2);
  g_assert_true (says (f, 0, "BootstrapComplete"));
  g_assert_true (says (f, 1, "{\"NotificationID\":1}"));
}

static void
test_session_under_way_is_followed_by_that_of_a_notification (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = open_queue (f);
  const OmaSessionCause notification = { OMA_DM2_START_NOTIFICATION, 7, FALSE, NULL };
  OmaRunner *first = oma_session_queue_add (queue, f->dm2.account), *second;

  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .never = TRUE });
  dm2_package (&f->dm2, "[\"END\"]");
  oma_session_queue_set_device_id (queue, "urn:test:1");
  dm2_wait_for_requests (&f->dm2, 1);
  g_assert_true (oma_session_queue_add (queue, f->dm2.account) == first);
  second = oma_session_queue_add_for (queue, f->dm2.account, &notification);
  g_assert_true (second != first);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (oma_runner_get_state (second), ==, OMA_RUNNER_QUEUED);
  oma_runner_stop (first);
  wait_for_all (queue);
  g_assert_cmpuint (f->dm2.requests->len, ==, 2);
  g_assert_true (says (f, 1, "{\"NotificationID\":7}"));
}

/* DM Protocol 2.0, package flow: one package after the other */
static void
test_report_to_the_same_server_waits_for_its_turn (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = open_queue (f);
  OmaSessionCause report = OMA_SESSION_CAUSE_CLIENT;
  OmaRunner *own, *waiting;

  report.report_uri = g_strconcat (f->dm2.url, "async", NULL);
  dm2_reply (&f->dm2, "/dm2", (Dm2Reply) { .never = TRUE });
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 204 });
  oma_session_queue_set_device_id (queue, "urn:test:1");
  own = oma_session_queue_add (queue, f->dm2.account);
  dm2_wait_for_requests (&f->dm2, 1);
  waiting = oma_session_queue_add_for (queue, f->dm2.account, &report);
  g_assert_true (own != waiting);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (oma_runner_get_state (waiting), ==, OMA_RUNNER_QUEUED);
  oma_runner_stop (own);
  wait_for_all (queue);
  assert_request (f, 1, "POST", "/async", OMA_DM2_TYPE_INITIATION, NULL);
  g_free (report.report_uri);
}

/* One whose server does not say a word holds up nobody. */
static void
test_report_to_another_server_runs_beside (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = open_queue (f);
  g_autoptr(GSocketListener) silent = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (silent, NULL, NULL);
  OmaSessionCause report = OMA_SESSION_CAUSE_CLIENT;
  OmaRunner *slow, *own;

  report.report_uri = g_strdup_printf ("https://127.0.0.1:%u/async", port);
  dm2_package (&f->dm2, "[\"END\"]");
  oma_session_queue_set_device_id (queue, "urn:test:1");
  slow = oma_session_queue_add_for (queue, f->dm2.account, &report);
  while (oma_runner_get_counters (slow)->messages_sent == 0)
    g_main_context_iteration (NULL, TRUE);
  own = oma_session_queue_add (queue, f->dm2.account);
  g_assert_true (own != slow);
  agent_test_wait_for_end (own);
  g_assert_cmpstr (oma_runner_get_reason (own), ==, NULL);
  g_assert_cmpint (oma_runner_get_state (slow), ==, OMA_RUNNER_RUNNING);
  oma_runner_stop (slow);
  wait_for_all (queue);
  g_free (report.report_uri);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define TEST(name, func) g_test_add ("/pump-dm2/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("packages-go-to-and-fro-until-end", test_packages_go_to_and_fro_until_end);
  TEST ("history-has-the-session", test_history_has_the_session);
  TEST ("objects-are-listed-first-and-when-they-changed", test_objects_are_listed_first_and_when_they_changed);
  TEST ("objects-are-listed-until-the-server-has-them", test_objects_are_listed_until_the_server_has_them);
  TEST ("cause-is-told", test_cause_is_told);
  TEST ("lost-package-is-sent-again", test_lost_package_is_sent_again);
  TEST ("404-is-the-servers-word", test_404_is_the_servers_word);
  TEST ("refused-credentials-hold-back-automatic-sessions", test_refused_credentials_hold_back_automatic_sessions);
  TEST ("retry-after-is-kept", test_retry_after_is_kept);
  TEST ("data-go-to-and-come-from-a-repository", test_data_go_to_and_come_from_a_repository);
  TEST ("report-goes-to-its-address-alone", test_report_goes_to_its_address_alone);
  TEST ("failed-report-says-nothing-of-the-account", test_failed_report_says_nothing_of_the_account);
  TEST ("exec-with-an-address-is-told-there", test_exec_with_an_address_is_told_there);
  TEST ("exec-that-its-plugin-goes-on-with-waits-for-it", test_exec_that_its_plugin_goes_on_with_waits_for_it);
  TEST ("stop-ends-it-while-nobody-answers", test_stop_ends_it_while_nobody_answers);
  TEST ("stop-before-the-first-package-sends-none", test_stop_before_the_first_package_sends_none);
  TEST ("queued-session-takes-further-causes-along", test_queued_session_takes_further_causes_along);
  TEST ("bootstrap-and-notification-get-a-session-each", test_bootstrap_and_notification_get_a_session_each);
  TEST ("session-under-way-is-followed-by-that-of-a-notification",
        test_session_under_way_is_followed_by_that_of_a_notification);
  TEST ("report-to-the-same-server-waits-for-its-turn", test_report_to_the_same_server_waits_for_its_turn);
  g_test_add ("/pump-dm2/report-to-another-server-runs-beside", Fixture, "hosts=127.0.0.1", set_up,
              test_report_to_another_server_runs_beside, tear_down);
  return g_test_run ();
}

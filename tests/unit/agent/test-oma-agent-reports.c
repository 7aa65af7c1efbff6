/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "dm2-fixture.h"

#include "agent/oma-agent-private.h"
#include "codec/oma-dm2-package.h"

#include <string.h>

#define TYPE "urn:ex:at:done"

/* An agent in the place of the fixture's device. */
typedef struct {
  Dm2Fixture dm2;
  OmaAgent  *agent;
} Fixture;

static void
start (Fixture *f)
{
  f->agent = agent_test_start_agent (&f->dm2.base);
  oma_session_queue_set_device_id (f->agent->sessions, "urn:test:1");
}

static void
stop (Fixture *f)
{
  agent_test_stop_agent (f->agent);
  g_clear_object (&f->agent);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *file = NULL;

  dm2_set_up (&f->dm2, data);
  file = agent_test_write (&f->dm2.base, "omadm.conf", 0644, "[Daemon]\nRetryDelay=1\n");
  g_clear_object (&f->dm2.account);
  agent_test_close (&f->dm2.base);
  agent_test_make_plugin_dir (&f->dm2.base);
  start (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  stop (f);
  dm2_tear_down (&f->dm2, data);
}

static void
raise_alert (Fixture *f, const char *report_uri)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);
  g_autoptr(GAsyncResult) result = NULL;

  alert->server_id = g_strdup (DM2_SERVER);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (TYPE);
  alert->report_uri = g_strdup (report_uri);
  alert->data = oma_value_new_int (200);
  alert->solicited = TRUE;
  oma_alert_list_put_async (f->agent->alerts, alert, OMA_ALERT_READY, TRUE, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  g_assert_cmpint (oma_alert_list_put_finish (f->agent->alerts, result, NULL), >, 0);
}

static guint
count_alerts (Fixture *f)
{
  g_autoptr(GPtrArray) alerts = oma_alert_list_get_all (f->agent->alerts);

  return alerts->len;
}

static void
wait_until_told (Fixture *f)
{
  while (count_alerts (f) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_told (Fixture *f, guint index, const char *path)
{
  const Dm2Request *request = dm2_get_request (&f->dm2, index);

  g_assert_cmpstr (request->path, ==, path);
  g_assert_nonnull (strstr (request->body, TYPE));
}

/* DM Protocol 2.0, EXEC: the alert goes to the address in a new session */
static void
test_report_opens_its_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *address = g_strconcat (f->dm2.url, "async", NULL);

  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 204 });
  raise_alert (f, address);
  wait_until_told (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  assert_told (f, 0, "/async");
}

static void
test_failed_report_is_tried_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *address = g_strconcat (f->dm2.url, "async", NULL);

  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 0 });
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 503 });
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 204 });
  raise_alert (f, address);
  wait_until_told (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 3);
  assert_told (f, 2, "/async");
}

static void
test_report_survives_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *address = g_strconcat (f->dm2.url, "async", NULL);

  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 503, .retry_after = "3600" });
  dm2_reply (&f->dm2, "/async", (Dm2Reply) { .status = 204 });
  raise_alert (f, address);
  dm2_wait_for_requests (&f->dm2, 1);
  stop (f);
  start (f);
  wait_until_told (f);
  assert_told (f, 1, "/async");
}

/* DM Protocol 2.0, HTTP binding: after 4xx no reconnection */
static void
test_address_that_refuses_gives_way_to_the_accounts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *address = g_strconcat (f->dm2.url, "none", NULL);

  dm2_package (&f->dm2, "[\"END\"]");
  raise_alert (f, address);
  wait_until_told (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 2);
  assert_told (f, 0, "/none");
  assert_told (f, 1, "/dm2");
}

/* An address that is not allowed is not even asked. */
static void
test_address_that_is_not_allowed_gives_way_to_the_accounts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_package (&f->dm2, "[\"END\"]");
  raise_alert (f, "http://192.0.2.1/async");
  wait_until_told (f);
  g_assert_cmpuint (f->dm2.requests->len, ==, 1);
  assert_told (f, 0, "/dm2");
  g_assert_true (agent_test_has_logged ("http://192.0.2.1/async cannot be told"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define TEST(name, func) g_test_add ("/agent-reports/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("report-opens-its-session", test_report_opens_its_session);
  TEST ("failed-report-is-tried-again", test_failed_report_is_tried_again);
  TEST ("report-survives-a-restart", test_report_survives_a_restart);
  TEST ("address-that-refuses-gives-way-to-the-accounts", test_address_that_refuses_gives_way_to_the_accounts);
  TEST ("address-that-is-not-allowed-gives-way-to-the-accounts",
        test_address_that_is_not_allowed_gives_way_to_the_accounts);
  return g_test_run ();
}

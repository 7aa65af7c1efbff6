/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sessions of DM 2.0 tell beside statuses. */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"

#include <string.h>

#define VENDOR "urn:ex:mo:vendor:1.0"
#define START "{\"AlertType\":\"urn:oma:at:dm:2.0:ClientInitiatedMgmt\"}"
#define GET_HOSTNAME "[\"GET\",\"" VENDOR "//Net/Hostname\"]"
#define HOSTNAME "{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" VENDOR "/Vendor/Net/Hostname\"," \
                 "\"MOData\":{\"Hostname\":\"edge\"}}]}"
#define REPORTS "https://dm.example.org/reports"

static OmaAlert *
raise_alert (Dm2Fixture *f, gint64 id, const char *type)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->id = id;
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (type);
  alert->data = oma_value_new_int (200);
  g_ptr_array_add (f->alerts->alerts, alert);
  return alert;
}

static char *
dup_package_1 (const char *alerts)
{
  return g_strdup_printf ("{\"Alert\":[" START "%s%s]}", *alerts != '\0' ? "," : "", alerts);
}

#define assert_package_1(f, alerts) \
  G_STMT_START { \
    g_autofree char *expected_ = dup_package_1 (alerts); \
    g_assert_cmpstr ((f)->body, ==, expected_); \
  } G_STMT_END

#define assert_settled(f, expected) g_assert_cmpstr ((f)->alerts->settled->str, ==, expected)

#define PLAIN(type) "{\"AlertType\":\"" type "\",\"DataType\":\"int\",\"Data\":{\"DM1x\":200}}"

/* ---- Delivery ---- */

static void
test_package_1_carries_what_waits (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAlert *alert = raise_alert (f, 5, "urn:oma:at:fumo:1.0:Done");

  alert->mark = g_strdup ("warning");
  alert->target = g_strdup ("x");
  raise_alert (f, 6, "org.example.event");
  dm2_start (f);
  assert_package_1 (f, "{\"AlertType\":\"urn:oma:at:fumo:1.0:Done\",\"TargetURI\":\"x\",\"Mark\":\"warning\","
                    "\"DataType\":\"int\",\"Data\":{\"DM1x\":200}}," PLAIN ("org.example.event"));
  assert_settled (f, "");
  dm2_answer (f, GET_HOSTNAME);
  assert_settled (f, "5=200 6=200 ");
  dm2_assert_sent (f, HOSTNAME);
}

static void
test_package_3_carries_what_came_meanwhile (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  raise_alert (f, 7, "org.example.event");
  dm2_answer (f, GET_HOSTNAME);
  g_assert_cmpstr (f->body, ==, "{\"Status\":[" HOSTNAME "],\"Alert\":[" PLAIN ("org.example.event") "]}");
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  assert_settled (f, "7=200 ");
}

/* DM Protocol 2.0, END: nothing is sent any more, so that the alert waits for the next session. */
static void
test_end_leaves_alerts_for_the_next_session (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_start (f);
  raise_alert (f, 7, "org.example.event");
  dm2_answer (f, "[\"END\"]");
  dm2_assert_done (f);
  assert_settled (f, "");
  dm2_start (f);
  assert_package_1 (f, PLAIN ("org.example.event"));
}

static void
test_alert_of_a_package_that_is_not_taken_waits (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "org.example.event");
  dm2_start (f);
  dm2_give (f, 503, NULL, NULL);
  assert_settled (f, "");
  dm2_start (f);
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  assert_settled (f, "");
  dm2_start (f);
  dm2_give (f, 200, "text/html", "<html>captive portal</html>");
  assert_settled (f, "");
  dm2_start (f);
  dm2_give (f, 200, OMA_DM2_TYPE_REQUEST, "{");
  assert_settled (f, "5=200 ");
}

static void
test_too_much_for_one_package_goes_in_the_next (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (700 * 1024, 'x');

  for (guint i = 1; i <= 2; i++)
    {
      OmaAlert *alert = raise_alert (f, i, "org.example.event");

      oma_value_unref (alert->data);
      alert->data = oma_value_new_string (large);
    }
  dm2_start (f);
  g_assert_cmpuint (strlen (f->body), <, 800 * 1024);
  dm2_answer (f, GET_HOSTNAME);
  assert_settled (f, "1=200 ");
  g_assert_cmpuint (strlen (f->body), >, 700 * 1024);
  dm2_answer (f, "[\"END\"]");
  assert_settled (f, "1=200 2=200 ");
}

/* ---- Reports ---- */

/* DM Protocol 2.0, EXEC: the report goes to the address that the command named, in a session of its own. */
static void
test_reports_go_where_they_are_wanted (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  raise_alert (f, 5, "org.example.report")->report_uri = g_strdup (REPORTS);
  raise_alert (f, 6, "org.example.event");
  dm2_start (f);
  assert_package_1 (f, PLAIN ("org.example.event"));
  f->config.server_uri = f->config.report_uri = REPORTS;
  dm2_start (f);
  g_assert_cmpstr (f->step->uri, ==, REPORTS);
  g_assert_true (f->step->named_by_server);
  assert_package_1 (f, PLAIN ("org.example.report"));
  dm2_give (f, 204, NULL, NULL);
  dm2_assert_done (f);
  assert_settled (f, "5=200 ");
}

/* ---- Names ---- */

static void
test_alert_names_its_node_as_the_server_knows_it (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *source;
    const char *name;
  } cases[] = {
    { "./Ops/Fast", "urn:ex:mo:ops:1.0/Ops/Fast" },
    { "./Vendor", "urn:ex:mo:vendor:1.0/Vendor/" },
    { "./Vendor/Net/Conn/w%20l/Ssid", "urn:ex:mo:conn:1.0/w%20l/Ssid" },
    { "./Box/a/Value", "urn:ex:mo:box:1.0/a/Value" },
    { "./Box/gone/Value", "./Box/gone/Value" },
    { "./Nix", "./Nix" },
    { "./Box", "./Box" },
    { ".", "." },
    { "", "" },
  };

  dm2_add_box (f, "a", "1");
  dm2_add_conn (f, "w%20l", "home");
  dm2_start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *expected = g_strdup_printf ("{\"AlertType\":\"t\",\"SourceURI\":\"%s\",\"DataType\":\"int\","
                                                   "\"Data\":{\"DM1x\":200}}", cases[i].name);

      raise_alert (f, i + 1, "t")->source = g_strdup (cases[i].source);
      dm2_start (f);
      assert_package_1 (f, expected);
      g_ptr_array_set_size (f->alerts->alerts, 0);
    }
}

/* Of an instance that the server cannot see. */
static void
test_alert_about_what_the_server_cannot_see (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_set_acl (f, "./Ops", "Get=other");
  raise_alert (f, 1, "t")->source = g_strdup ("./Ops/Fast");
  dm2_start (f);
  g_assert_nonnull (strstr (f->body, "\"SourceURI\":\"./Ops/Fast\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dm2_add ("alerts/package-1", test_package_1_carries_what_waits);
  dm2_add ("alerts/package-3", test_package_3_carries_what_came_meanwhile);
  dm2_add ("alerts/end", test_end_leaves_alerts_for_the_next_session);
  dm2_add ("alerts/not-taken", test_alert_of_a_package_that_is_not_taken_waits);
  dm2_add ("alerts/too-much", test_too_much_for_one_package_goes_in_the_next);
  dm2_add ("alerts/reports", test_reports_go_where_they_are_wanted);
  dm2_add ("alerts/names", test_alert_names_its_node_as_the_server_knows_it);
  dm2_add ("alerts/invisible", test_alert_about_what_the_server_cannot_see);
  return g_test_run ();
}

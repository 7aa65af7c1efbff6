/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-alert-list.h"
#include "agent/oma-exec-report.h"

#include <string.h>

typedef struct {
  AgentTest     base;
  OmaAlertList *list;
  GString      *ready;
  const char   *held;     /* server that gets solicited alerts only */
} Fixture;

static void
ready_cb (OmaAlertList *list G_GNUC_UNUSED, const char *server_id, const char *report_uri, gpointer user_data)
{
  g_string_append_printf (((Fixture *) user_data)->ready, "%s%s%s ", server_id != NULL ? server_id : "*",
                          report_uri != NULL ? "@" : "", report_uri != NULL ? report_uri : "");
}

static gboolean
hold_cb (const char *server_id, gpointer user_data)
{
  return g_strcmp0 (server_id, ((Fixture *) user_data)->held) == 0;
}

static void
open_list (Fixture *f)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  f->list = oma_alert_list_new (f->base.store);
  oma_alert_list_set_hold_func (f->list, hold_cb, f);
  oma_alert_list_load_async (f->list, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  oma_alert_list_load_finish (f->list, result, &error);
  g_assert_no_error (error);
  g_signal_connect (f->list, "ready", G_CALLBACK (ready_cb), f);
}

static void
restart (Fixture *f)
{
  g_clear_object (&f->list);
  agent_test_reopen (&f->base);
  open_list (f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  agent_test_set_up (&f->base, data);
  f->ready = g_string_new (NULL);
  open_list (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->list);
  g_string_free (f->ready, TRUE);
  agent_test_tear_down (&f->base, data);
}

static OmaAlert *
make (const char *server_id, const char *type, const char *text)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->server_id = g_strdup (server_id);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (type);
  alert->data = oma_value_new_string (text);
  return alert;
}

static gint64
put (Fixture *f, OmaAlert *alert, OmaAlertPending pending, gboolean urgent, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_alert_list_put_async (f->list, alert, pending, urgent, agent_test_keep_result, &result);
  g_assert_null (result);
  agent_test_wait_for (&result);
  return oma_alert_list_put_finish (f->list, result, error);
}

static gint64
add (Fixture *f, OmaAlert *alert)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  gint64 id;

  oma_alert_queue_add_async (OMA_ALERT_QUEUE (f->list), alert, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  id = oma_alert_queue_add_finish (OMA_ALERT_QUEUE (f->list), result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static char *
list (Fixture *f, const char *server_id, const char *report_uri)
{
  g_autoptr(GPtrArray) alerts = oma_alert_queue_list (OMA_ALERT_QUEUE (f->list), server_id, report_uri);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      g_string_append_printf (text, "%s=%s ", alert->type, oma_value_get_text (alert->data));
    }
  return g_string_free (text, FALSE);
}

static void
assert_list_at (Fixture *f, const char *server_id, const char *report_uri, const char *expected)
{
  g_autofree char *text = list (f, server_id, report_uri);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_list (Fixture *f, const char *server_id, const char *expected)
{
  assert_list_at (f, server_id, NULL, expected);
}

static void
settle (Fixture *f, gint64 id, OmaStatus status)
{
  oma_alert_queue_settle (OMA_ALERT_QUEUE (f->list), id, status);
}

static void
test_alerts_survive_a_restart_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAlert *alert = make ("srv", "t", "");
  g_autoptr(GPtrArray) alerts = NULL;
  const OmaAlert *read;
  gsize size;
  gint64 id;

  g_clear_pointer (&alert->data, oma_value_unref);
  alert->data = oma_value_new (OMA_FORMAT_BIN, NULL, "\0\1\2", 3);
  alert->code = OMA_ALERT_CLIENT_EVENT;
  alert->mark = g_strdup ("fatal");
  alert->correlator = g_strdup ("c");
  alert->source = g_strdup ("./A");
  alert->target = g_strdup ("./B");
  alert->solicited = TRUE;
  id = add (f, alert);
  restart (f);
  alerts = oma_alert_queue_list (OMA_ALERT_QUEUE (f->list), "srv", NULL);
  g_assert_cmpuint (alerts->len, ==, 1);
  read = g_ptr_array_index (alerts, 0);
  g_assert_cmpint (read->id, ==, id);
  g_assert_cmpuint (read->code, ==, OMA_ALERT_CLIENT_EVENT);
  g_assert_cmpstr (read->server_id, ==, "srv");
  g_assert_cmpstr (read->mark, ==, "fatal");
  g_assert_cmpstr (read->correlator, ==, "c");
  g_assert_cmpstr (read->source, ==, "./A");
  g_assert_cmpstr (read->target, ==, "./B");
  g_assert_true (read->solicited);
  g_assert_cmpint (read->time, >, 0);
  g_assert_cmpint (oma_value_get_format (read->data), ==, OMA_FORMAT_BIN);
  g_assert_cmpmem (oma_value_get_data (read->data, &size), size, "\0\1\2", 3);
}

static void
test_what_the_server_took_or_refused_is_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const OmaStatus gone[] = { OMA_STATUS_OK, OMA_STATUS_ACCEPTED, OMA_STATUS_NOT_SUPPORTED,
                                    OMA_STATUS_INCOMPLETE_COMMAND, OMA_STATUS_UNSUPPORTED_FORMAT };
  static const OmaStatus kept[] = { OMA_STATUS_INVALID_CREDENTIALS, OMA_STATUS_MISSING_CREDENTIALS,
                                    OMA_STATUS_COMMAND_FAILED, OMA_STATUS_SERVICE_UNAVAILABLE, OMA_STATUS_NOT_MODIFIED,
                                    OMA_STATUS_NONE };

  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++)
    settle (f, add (f, make ("srv", "gone", "x")), gone[i]);
  assert_list (f, "srv", "");
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    settle (f, add (f, make ("srv", "kept", "x")), kept[i]);
  settle (f, 99999, OMA_STATUS_OK);
  restart (f);
  assert_list (f, "srv", "kept=x kept=x kept=x kept=x kept=x kept=x ");
}

static void
test_ids_are_never_used_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 first = add (f, make ("srv", "a", "x"));

  settle (f, first, OMA_STATUS_OK);
  restart (f);
  g_assert_cmpint (add (f, make ("srv", "b", "x")), >, first);
}

static void
test_each_server_gets_its_own_and_one_the_common (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, make ("one", "a", "1"));
  add (f, make ("two", "b", "2"));
  add (f, make (NULL, "c", "3"));
  assert_list (f, "two", "b=2 c=3 ");
  assert_list (f, "one", "a=1 ");
  g_assert_false (oma_alert_list_session_over (f->list, "two", NULL, TRUE));
  assert_list (f, "one", "a=1 c=3 ");
  assert_list (f, "two", "b=2 ");
}

static void
test_held_server_gets_solicited_alerts_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAlert *solicited = make ("srv", "answer", "1");

  solicited->solicited = TRUE;
  add (f, make ("srv", "event", "2"));
  add (f, make (NULL, "common", "3"));
  add (f, solicited);
  f->held = "srv";
  assert_list (f, "srv", "answer=1 ");
  assert_list (f, "other", "common=3 ");
}

static void
test_bounds (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *big = g_strnfill (OMA_ALERT_LIST_MAX_ALERT + 1, 'x');
  g_autofree char *large = g_strnfill (OMA_ALERT_LIST_MAX_ALERT - 4, 'x');
  g_autoptr(GError) error = NULL;
  gint64 id = 0;

  g_assert_cmpint (put (f, make ("srv", "t", big), OMA_ALERT_READY, FALSE, &error), ==, 0);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE);
  g_clear_error (&error);
  for (guint i = 0; i < OMA_ALERT_LIST_MAX_SIZE / OMA_ALERT_LIST_MAX_ALERT; i++)
    id = add (f, make ("srv", "t", large));
  g_assert_cmpint (put (f, make ("srv", "t", "x"), OMA_ALERT_READY, FALSE, &error), ==, 0);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_clear_error (&error);
  settle (f, id, OMA_STATUS_OK);
  for (guint i = OMA_ALERT_LIST_MAX_SIZE / OMA_ALERT_LIST_MAX_ALERT - 1; i < OMA_ALERT_LIST_MAX_ALERTS; i++)
    add (f, make ("srv", "t", "x"));
  g_assert_cmpint (put (f, make ("srv", "t", "x"), OMA_ALERT_READY, FALSE, &error), ==, 0);
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
}

static OmaStatus
put_reserved (Fixture *f, OmaAlert *alert)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  oma_alert_list_put_reserved_async (f->list, alert, OMA_ALERT_READY, agent_test_keep_result, &result);
  agent_test_wait_for (&result);
  if (oma_alert_list_put_finish (f->list, result, &error) != 0)
    return OMA_STATUS_OK;
  return oma_status_from_error (error);
}

static void
test_reserve_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (OMA_ALERT_LIST_MAX_ALERT - 4, 'x');
  gint64 id = 0;

  for (guint i = 0; i < OMA_ALERT_LIST_MAX_SIZE / OMA_ALERT_LIST_MAX_ALERT; i++)
    id = add (f, make ("srv", "t", large));
  for (guint i = 0; i < OMA_ALERT_LIST_MAX_RESERVED_SIZE / OMA_ALERT_LIST_MAX_ALERT; i++)
    g_assert_cmpint (put_reserved (f, make ("srv", "t", large)), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_reserved (f, make ("srv", "t", "")), ==, OMA_STATUS_DEVICE_FULL);
  g_assert_true (oma_alert_list_drop (f->list, id));
  g_assert_true (oma_alert_list_drop (f->list, id + OMA_ALERT_LIST_MAX_RESERVED_SIZE / OMA_ALERT_LIST_MAX_ALERT));
  for (guint i = OMA_ALERT_LIST_MAX_SIZE / OMA_ALERT_LIST_MAX_ALERT +
                 OMA_ALERT_LIST_MAX_RESERVED_SIZE / OMA_ALERT_LIST_MAX_ALERT - 2;
       i < OMA_ALERT_LIST_MAX_ALERTS + OMA_ALERT_LIST_MAX_RESERVED; i++)
    g_assert_cmpint (put_reserved (f, make ("srv", "t", "")), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_reserved (f, make ("srv", "t", "")), ==, OMA_STATUS_DEVICE_FULL);
}

static void
test_urgent_alert_asks_for_a_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, make ("srv", "a", "1"));
  g_assert_cmpstr (f->ready->str, ==, "");
  g_assert_false (oma_alert_list_session_over (f->list, "srv", NULL, TRUE));
  put (f, make ("srv", "b", "2"), OMA_ALERT_READY, TRUE, NULL);
  put (f, make (NULL, "c", "3"), OMA_ALERT_READY, TRUE, NULL);
  g_assert_cmpstr (f->ready->str, ==, "srv * ");
  g_assert_true (oma_alert_list_session_over (f->list, "srv", NULL, TRUE));
  assert_list (f, "srv", "a=1 b=2 c=3 ");
  g_assert_false (oma_alert_list_session_over (f->list, "srv", NULL, TRUE));
}

static void
test_alert_of_a_failed_session_wants_another (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  put (f, make ("srv", "b", "2"), OMA_ALERT_READY, TRUE, NULL);
  assert_list (f, "srv", "b=2 ");
  g_assert_true (oma_alert_list_session_over (f->list, "srv", NULL, FALSE));
  g_assert_true (oma_alert_list_session_over (f->list, "srv", NULL, FALSE));
  assert_list (f, "srv", "b=2 ");
  g_assert_false (oma_alert_list_session_over (f->list, "srv", NULL, TRUE));
}

/* Else session would follow session for ever. */
static void
test_alert_that_is_held_wants_no_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->held = "held";
  put (f, make ("held", "b", "2"), OMA_ALERT_READY, TRUE, NULL);
  g_assert_false (oma_alert_list_session_over (f->list, "held", NULL, TRUE));
  g_assert_false (oma_alert_list_session_over (f->list, "held", NULL, FALSE));
}

static OmaAlert *
make_pending (const char *correlator)
{
  OmaAlert *alert = make ("srv", OMA_EXEC_REPORT_TYPE, "");

  g_clear_pointer (&alert->data, oma_value_unref);
  alert->source = g_strdup ("./A");
  alert->correlator = g_strdup (correlator);
  alert->solicited = TRUE;
  return alert;
}

static void
test_end_of_an_exec_makes_its_alert_ready (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = put (f, make_pending ("c"), OMA_ALERT_AWAITS_DAEMON, TRUE, NULL);
  g_autoptr(GPtrArray) alerts = NULL;

  assert_list (f, "srv", "");
  g_assert_true (oma_alert_list_is_pending (f->list, id));
  oma_alert_list_complete_exec (f->list, id, OMA_STATUS_OK);
  g_assert_cmpstr (f->ready->str, ==, "srv ");
  oma_alert_list_complete_exec (f->list, id, OMA_STATUS_FORBIDDEN);
  restart (f);
  assert_list (f, "srv", OMA_EXEC_REPORT_TYPE "=200 ");
  alerts = oma_alert_list_get_all (f->list);
  g_assert_cmpstr (((OmaAlert *) alerts->pdata[0])->mark, ==, "informational");
}

static void
test_exec_that_the_daemon_did_not_survive_has_failed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) alerts = NULL;

  put (f, make_pending ("c"), OMA_ALERT_AWAITS_DAEMON, TRUE, NULL);
  restart (f);
  g_assert_true (oma_alert_list_session_over (f->list, "srv", NULL, TRUE));
  assert_list (f, "srv", OMA_EXEC_REPORT_TYPE "=500 ");
  alerts = oma_alert_list_get_all (f->list);
  g_assert_cmpstr (((OmaAlert *) alerts->pdata[0])->mark, ==, "warning");
  g_assert_cmpstr (((OmaAlert *) alerts->pdata[0])->correlator, ==, "c");
}

static void
test_plugin_tells_the_end_after_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) result = oma_value_new_string ("done");

  put (f, make_pending ("c"), OMA_ALERT_AWAITS_PLUGIN, TRUE, NULL);
  restart (f);
  assert_list (f, "srv", "");
  oma_exec_report_by_plugin (f->list, "p", "org.example.update", "minor", "./A", "other", result);
  oma_exec_report_by_plugin (f->list, "p", "org.example.update", "minor", "./A", "c", result);
  assert_list (f, "srv", "org.example.update=done ");
  g_assert_cmpint (oma_alert_list_find_pending (f->list, "./A", "c"), ==, 0);
}

static void
test_dropped_alert_is_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = add (f, make ("srv", "a", "1"));

  g_assert_true (oma_alert_list_drop (f->list, id));
  g_assert_false (oma_alert_list_drop (f->list, id));
  restart (f);
  assert_list (f, "srv", "");
}

/* ---- Addresses of their own (DM Protocol 2.0, EXEC) ---- */

static OmaAlert *
make_for (const char *report_uri, const char *type)
{
  OmaAlert *alert = make ("srv", type, "1");

  alert->solicited = TRUE;
  alert->report_uri = g_strdup (report_uri);
  return alert;
}

static void
test_alert_goes_to_its_address_and_no_other (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) addresses = NULL;

  add (f, make_for ("https://h/a", "a"));
  add (f, make_for ("https://h/b", "b"));
  add (f, make ("srv", "own", "1"));
  add (f, make (NULL, "common", "1"));
  g_assert_cmpstr (f->ready->str, ==, "srv@https://h/a srv@https://h/b ");
  restart (f);
  assert_list_at (f, "srv", "https://h/a", "a=1 ");
  assert_list_at (f, "srv", "https://h/b", "b=1 ");
  assert_list_at (f, "other", "https://h/b", "");
  assert_list (f, "srv", "own=1 common=1 ");
  addresses = oma_alert_list_list_addresses (f->list, "srv");
  g_assert_cmpuint (addresses->len, ==, 2);
}

static void
test_sessions_with_addresses_follow_each_on_its_own (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, make_for ("https://h/a", "a"));
  g_assert_false (oma_alert_list_session_over (f->list, "srv", NULL, FALSE));
  assert_list_at (f, "srv", "https://h/a", "a=1 ");
  g_assert_true (oma_alert_list_session_over (f->list, "srv", "https://h/a", FALSE));
  assert_list_at (f, "srv", "https://h/a", "a=1 ");
  g_assert_false (oma_alert_list_session_over (f->list, "srv", "https://h/a", TRUE));
}

static void
test_address_that_is_refused_gives_way_to_the_accounts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = oma_value_new_string ("done");
  OmaAlert *going_on = make_for ("https://h/a", "late");
  gint64 id;

  add (f, make_for ("https://h/a", "a"));
  add (f, make_for ("https://h/b", "b"));
  id = put (f, going_on, OMA_ALERT_AWAITS_PLUGIN, TRUE, NULL);
  g_string_truncate (f->ready, 0);
  oma_alert_list_forget_address (f->list, "srv", "https://h/a");
  g_assert_cmpstr (f->ready->str, ==, "srv ");
  restart (f);
  assert_list (f, "srv", "a=1 ");
  assert_list_at (f, "srv", "https://h/a", "");
  assert_list_at (f, "srv", "https://h/b", "b=1 ");
  g_assert_true (oma_alert_list_complete (f->list, id, NULL, NULL, value));
  assert_list (f, "srv", "a=1 late=done ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define TEST(name, func) g_test_add ("/alert-list/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("alerts-survive-a-restart-whole", test_alerts_survive_a_restart_whole);
  TEST ("what-the-server-took-or-refused-is-gone", test_what_the_server_took_or_refused_is_gone);
  TEST ("ids-are-never-used-again", test_ids_are_never_used_again);
  TEST ("each-server-gets-its-own-and-one-the-common", test_each_server_gets_its_own_and_one_the_common);
  TEST ("held-server-gets-solicited-alerts-only", test_held_server_gets_solicited_alerts_only);
  TEST ("bounds", test_bounds);
  TEST ("reserve-is-bounded", test_reserve_is_bounded);
  TEST ("urgent-alert-asks-for-a-session", test_urgent_alert_asks_for_a_session);
  TEST ("alert-of-a-failed-session-wants-another", test_alert_of_a_failed_session_wants_another);
  TEST ("alert-that-is-held-wants-no-session", test_alert_that_is_held_wants_no_session);
  TEST ("end-of-an-exec-makes-its-alert-ready", test_end_of_an_exec_makes_its_alert_ready);
  TEST ("exec-that-the-daemon-did-not-survive-has-failed", test_exec_that_the_daemon_did_not_survive_has_failed);
  TEST ("plugin-tells-the-end-after-a-restart", test_plugin_tells_the_end_after_a_restart);
  TEST ("dropped-alert-is-gone", test_dropped_alert_is_gone);
  TEST ("dm-2.0/alert-goes-to-its-address-and-no-other", test_alert_goes_to_its_address_and_no_other);
  TEST ("dm-2.0/sessions-with-addresses-follow-each-on-its-own", test_sessions_with_addresses_follow_each_on_its_own);
  TEST ("dm-2.0/address-that-is-refused-gives-way-to-the-accounts",
        test_address_that_is_refused_gives_way_to_the_accounts);
  return g_test_run ();
}

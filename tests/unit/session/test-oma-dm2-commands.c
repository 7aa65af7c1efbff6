/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of DM 2.0 that ask no data repository. */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"
#include "session/oma-dm2-session-private.h"
#include "session/oma-late-exec.h"

#include <string.h>

#define VENDOR "urn:ex:mo:vendor:1.0"
#define BOX "urn:ex:mo:box:1.0"
#define CONN "urn:ex:mo:conn:1.0"
#define OPS "urn:ex:mo:ops:1.0"
#define PLUG "urn:ex:mo:plug:1.0"
#define DATA(uri, name, value) "{\"ClientURI\":\"" uri "\",\"MOData\":{\"" name "\":\"" value "\"}}"
#define ROOT(uri, cv, name, data) "{\"ClientURI\":\"" uri "\",\"CV\":\"" cv "\",\"MOData\":{\"" name "\":" data "}}"
#define SC(code) "{\"sc\":" code "}"

/* ---- GET ---- */

static void
test_get_gives_data_with_the_status (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"GET\",\"" VENDOR "//Net/Hostname\",\"" VENDOR "/Vendor/Motd\"],[\"GET\",\"" PLUG "//A\"]");
  dm2_assert_sent (f, "{\"sc\":200,\"MOData\":[" DATA (VENDOR "/Vendor/Net/Hostname", "Hostname", "edge") ","
                   DATA (VENDOR "/Vendor/Motd", "Motd", "hello") "]},"
                   "{\"sc\":200,\"MOData\":[" DATA (PLUG "/Plug/A", "A", "a") "]}");
}

static void
test_get_of_several_instances_gives_all (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
  dm2_begin (f, "[\"GET\",\"" BOX "/*/Value\"],[\"GET\",\"" BOX "/(x)/Value?nv=(x)/Value:2\"],[\"GET\",\"" BOX
             "//Value\"]");
  dm2_assert_sent (f, "{\"sc\":200,\"MOData\":[" DATA (BOX "/a/Value", "Value", "1") ","
                   DATA (BOX "/b/Value", "Value", "2") "]},"
                   "{\"sc\":200,\"MOData\":[" DATA (BOX "/b/Value", "Value", "2") "]}," SC ("404"));
}

static void
test_get_of_a_leaf_without_value_is_204 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"GET\",\"" VENDOR "//Note\"],[\"GET\",\"" VENDOR "//Note\",\"" VENDOR "//Motd\"]");
  dm2_assert_sent (f, SC ("204") ",{\"sc\":200,\"MOData\":[" DATA (VENDOR "/Vendor/Note", "Note", "") ","
                   DATA (VENDOR "/Vendor/Motd", "Motd", "hello") "]}");
}

/* If one of several cannot be read there is one status all the same. */
static void
test_get_fails_as_a_whole (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"GET\",\"" VENDOR "//Motd\",\"" VENDOR "//Nix\"],[\"GET\",\"" VENDOR "//Motd\",\"no uri\"]");
  dm2_assert_sent (f, SC ("404") "," SC ("400"));
}

/* DM Protocol 2.0, cache validators. */
static void
test_get_of_what_the_server_has_is_304 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *command = NULL, *cv = NULL;
  const char *at;

  dm2_add_box (f, "a", "1");
  dm2_begin (f, "[\"GET\",\"" BOX "/a/\"]");
  at = strstr (f->body, "\"CV\":\"");
  g_assert_nonnull (at);
  cv = g_strndup (at + 6, strcspn (at + 6, "\""));
  command = g_strdup_printf ("[\"GET\",\"" BOX "/a/?cv=%s\"],[\"GET\",\"" BOX "/a/Value?cv=%s\"]", cv, cv);
  dm2_answer (f, command);
  dm2_assert_sent (f, SC ("304") "," SC ("304"));
  dm2_add_box (f, "a", "2");
  dm2_answer (f, command);
  g_assert_true (g_str_has_prefix (f->body, "{\"Status\":[{\"sc\":200,\"MOData\":["));
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->failed_commands, ==, 0);
}

static void
test_get_without_the_right_is_403 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_set_acl (f, "./Box/a", "Exec=*&Get=other");
  dm2_begin (f, "[\"GET\",\"" BOX "/a/Value\"]");
  dm2_assert_sent (f, SC ("403"));
}

/* All answers of a package are in memory until it is sent. */
static void
test_get_of_too_much_is_413 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GString *commands = g_string_new (NULL);
  gsize size = 1024 * 1024;
  g_autofree char *large = g_malloc (size + 1);
  guint n_given = 0, n_refused = 0;

  memset (large, 'x', size);
  large[size] = '\0';
  fixture_set_value (&f->base, "./Vendor/Motd", large);
  for (guint i = 0; i < 66; i++)
    g_string_append (commands, i > 0 ? ",[\"GET\",\"" VENDOR "//Motd\"]" : "[\"GET\",\"" VENDOR "//Motd\"]");
  g_string_append (commands, ",[\"GET\",\"" VENDOR "//Net/Hostname\"]");
  dm2_begin (f, commands->str);
  g_string_free (commands, TRUE);
  for (const char *at = f->body; (at = strstr (at, "\"sc\":")) != NULL; at += 5)
    {
      n_given += strncmp (at, "\"sc\":200", 8) == 0;
      n_refused += strncmp (at, "\"sc\":413", 8) == 0;
    }
  g_assert_cmpuint (n_given, ==, 63 + 1);
  g_assert_cmpuint (n_refused, ==, 3);
}

/* DM Protocol 2.0, addressing: "" is the only instance that there is by then. */
static void
test_get_sees_the_instances_that_are_there_by_then (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *get = "[\"GET\",\"" BOX "//Value\"],[\"GET\",\"" CONN "//Ssid\"]";
  g_autofree char *commands = g_strconcat (get, ",[\"DELETE\",\"" BOX "/a/\"],[\"DELETE\",\"" CONN "/v/\"],", get, NULL);

  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
  dm2_add_conn (f, "v", "one");
  dm2_add_conn (f, "w", "two");
  dm2_begin (f, commands);
  dm2_assert_sent (f, SC ("404") "," SC ("404") "," SC ("200") "," SC ("200") ",{\"sc\":200,\"MOData\":["
                   DATA (BOX "/b/Value", "Value", "2") "]},{\"sc\":200,\"MOData\":["
                   DATA (CONN "/w/Ssid", "Ssid", "two") "]}");
  dm2_add_box (f, "c", "3");
  dm2_add_conn (f, "x", "three");
  dm2_answer (f, get);
  dm2_assert_sent (f, SC ("404") "," SC ("404"));
  g_hash_table_remove (f->base.boxes, "b");
  dm2_answer (f, "[\"GET\",\"" BOX "//Value\"],[\"GET\",\"" BOX "/b/Value\"],[\"GET\",\"" CONN "/x/Ssid\"]");
  dm2_assert_sent (f, "{\"sc\":200,\"MOData\":[" DATA (BOX "/c/Value", "Value", "3") "]}," SC ("404")
                   ",{\"sc\":200,\"MOData\":[" DATA (CONN "/x/Ssid", "Ssid", "three") "]}");
}

static gboolean
count_turn (gpointer user_data)
{
  ++*(guint *) user_data;
  return G_SOURCE_CONTINUE;
}

/* Others are served meanwhile, though none of the commands has to wait. */
static void
assert_main_loop_runs (Dm2Fixture *f, const char *command, const char *status)
{
  const guint n_commands = 400;
  g_autoptr(GString) commands = g_string_new (command), statuses = g_string_new (status);
  guint turns = 0, id;

  for (guint i = 1; i < n_commands; i++)
    {
      g_string_append_printf (commands, ",%s", command);
      g_string_append_printf (statuses, ",%s", status);
    }
  dm2_start (f);
  id = g_idle_add_full (G_PRIORITY_DEFAULT, count_turn, &turns, NULL);
  dm2_answer (f, commands->str);
  g_source_remove (id);
  dm2_assert_sent (f, statuses->str);
  g_assert_cmpuint (turns, >=, 10);
}

static void
test_long_package_of_get_lets_the_main_loop_run (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_main_loop_runs (f, "[\"GET\",\"" VENDOR "/Vendor/Motd\"]",
                         "{\"sc\":200,\"MOData\":[" DATA (VENDOR "/Vendor/Motd", "Motd", "hello") "]}");
}

static void
test_long_package_of_delete_lets_the_main_loop_run (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_main_loop_runs (f, "[\"DELETE\",\"" VENDOR "/Vendor/Motd\"]", SC ("405"));
}

/* ---- DELETE ---- */

static void
test_delete_removes_a_node (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_conn (f, "w", "home");
  dm2_begin (f, "[\"DELETE\",\"" BOX "/a/\"],[\"DELETE\",\"urn:ex:mo:conn:1.0/w/\"],[\"GET\",\"" BOX "/a/\"],"
             "[\"GET\",\"urn:ex:mo:conn:1.0/w/Ssid\"],[\"DELETE\",\"" BOX "/a/\"]");
  dm2_assert_sent (f, SC ("200") "," SC ("200") "," SC ("404") "," SC ("404") "," SC ("404"));
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 0);
}

/* DM Protocol 2.0, DELETE: permanent nodes are not removed. */
static void
test_delete_of_a_permanent_node_is_405 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"DELETE\",\"" VENDOR "//Motd\"],[\"DELETE\",\"" VENDOR "/Vendor/\"]");
  dm2_assert_sent (f, SC ("405") "," SC ("405"));
}

static void
test_delete_of_several_nodes_is_409 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "1");
  dm2_begin (f, "[\"DELETE\",\"" BOX "/(x)/?nv=(x)/Value:1\"],[\"DELETE\",\"" BOX "/*/\"]");
  dm2_assert_sent (f, SC ("409") "," SC ("409"));
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 2);
  dm2_add_box (f, "b", "2");
  dm2_answer (f, "[\"DELETE\",\"" BOX "/(x)/?nv=(x)/Value:1\"],[\"DELETE\",\"" BOX "/*/\"]");
  dm2_assert_sent (f, SC ("200") "," SC ("200"));
  g_assert_cmpuint (g_hash_table_size (f->base.boxes), ==, 0);
}

static void
test_delete_without_the_right_is_403 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_set_acl (f, "./Box/a", "Get=*");
  dm2_begin (f, "[\"DELETE\",\"" BOX "/a/\"]");
  dm2_assert_sent (f, SC ("403"));
}

static void
test_delete_that_the_plugin_refuses_is_no_end (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "1");
  f->base.stuck = "a";
  dm2_begin (f, "[\"DELETE\",\"" BOX "/a/\"],[\"DELETE\",\"" BOX "/b/\"]");
  dm2_assert_sent (f, SC ("403") "," SC ("200"));
  g_assert_true (g_hash_table_contains (f->base.boxes, "a"));
  g_assert_false (g_hash_table_contains (f->base.boxes, "b"));
}

/* ---- EXEC ---- */

typedef struct {
  char *report_uri;
  guint n;
} Reports;

static void
accept_cb (OmaLateExec *exec, gpointer user_data)
{
  Reports *reports = user_data;

  g_free (reports->report_uri);
  reports->report_uri = g_strdup (exec->report_uri);
  reports->n++;
  oma_late_exec_accept (exec, NULL);
}

static void
end_cb (OmaLateExec *exec G_GNUC_UNUSED, OmaStatus status G_GNUC_UNUSED, const GError *error G_GNUC_UNUSED,
        gpointer user_data G_GNUC_UNUSED)
{
}

static void
test_exec_is_answered_when_it_is_done (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"EXEC\",\"" OPS "//Fast\"],[\"EXEC\",\"" OPS "//Slow\"]");
  dm2_assert_sent (f, SC ("200") "," SC ("200"));
  g_assert_cmpuint (f->base.executed, ==, 2);
  g_assert_cmpuint (oma_dm2_session_get_counters (f->session)->unanswered, ==, 2);
}

/* DM Protocol 2.0, EXEC: with an address for the report it is asynchronous. */
static void
test_exec_with_an_address_is_202 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Reports reports = { NULL, 0 };

  oma_executor_set_late_funcs (f->base.executor, accept_cb, end_cb, &reports);
  dm2_begin (f, "[\"EXEC\",\"" OPS "//Fast\",\"https://dm.example.org/reports\"]");
  dm2_assert_sent (f, SC ("202"));
  g_assert_cmpuint (reports.n, ==, 1);
  g_assert_cmpstr (reports.report_uri, ==, "https://dm.example.org/reports");
  g_assert_cmpuint (f->base.executed, ==, 1);
  g_free (reports.report_uri);
  oma_executor_set_late_funcs (f->base.executor, NULL, NULL, NULL);
}

static void
test_exec_of_what_cannot_be_executed (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_set_acl (f, "./Plug", "Get=*");
  dm2_begin (f, "[\"EXEC\",\"" VENDOR "//Motd\"],[\"EXEC\",\"" OPS "//Nix\"],[\"EXEC\",\"" OPS "//*\"],[\"EXEC\",\""
             PLUG "//A\"]");
  dm2_assert_sent (f, SC ("405") "," SC ("404") "," SC ("409") "," SC ("403"));
  g_assert_cmpuint (f->base.executed, ==, 0);
}

/* ---- SHOW ---- */

static void
test_show_goes_on_whatever_comes_of_it (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->base.interaction = fake_interaction_new ();
  fake_interaction_will (f->base.interaction, "200");
  fake_interaction_will (f->base.interaction, "500");
  fake_interaction_will (f->base.interaction, "501");
  dm2_begin (f, "[\"SHOW\",\"https://a.example.org/\"],[\"SHOW\",\"https://b.example.org/\"],"
             "[\"SHOW\",\"http://c.example.org/\"]");
  dm2_assert_sent (f, SC ("200") "," SC ("500") "," SC ("501"));
  g_assert_cmpstr (fake_interaction_get_asked (f->base.interaction), ==, "0 dm.example.org 'https://a.example.org/'\n"
                   "0 dm.example.org 'https://b.example.org/'\n0 dm.example.org 'http://c.example.org/'\n");
}

static void
test_show_without_anybody_is_501 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"SHOW\",\"https://a.example.org/\"]");
  dm2_assert_sent (f, SC ("501"));
}

/* ---- DEFAULT, SUB and UNSUB ---- */

static void
test_subscriptions_are_kept (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"SUB\",\"https://r.example.org/1\",\"" VENDOR "//Motd\"],[\"UNSUB\",\"" VENDOR "//Nix\"],"
             "[\"DEFAULT\",\"https://r.example.org/2\",\"urn:x\"]");
  dm2_assert_sent (f, SC ("200") "," SC ("200") "," SC ("200"));
  g_assert_cmpstr (f->subscriptions->log->str, ==, "subscribe " VENDOR "//Motd https://r.example.org/1\n"
                   "unsubscribe " VENDOR "//Nix -\ndefault urn:x https://r.example.org/2\n");
}

static void
test_subscription_that_cannot_be_kept (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->subscriptions->refusal = OMA_STATUS_NOT_FOUND;
  dm2_begin (f, "[\"UNSUB\",\"" VENDOR "//Motd\"]");
  dm2_assert_sent (f, SC ("404"));
  f->subscriptions->refusal = OMA_STATUS_DEVICE_FULL;
  dm2_answer (f, "[\"SUB\",\"https://r.example.org/1\",\"" VENDOR "//Motd\"]");
  dm2_assert_sent (f, SC ("500"));
}

static void
test_subscription_needs_the_right_to_read (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_box (f, "a", "1");
  dm2_set_acl (f, "./Box/a", "Exec=*&Get=other");
  dm2_begin (f, "[\"SUB\",\"https://r.example.org/1\",\"" BOX "/a/\"],[\"SUB\",\"https://r.example.org/1\",\"" BOX
             "/nix/\"],[\"SUB\",\"https://r.example.org/1\",\"\"]");
  dm2_assert_sent (f, SC ("403") "," SC ("404") "," SC ("404"));
  g_assert_cmpstr (f->subscriptions->log->str, ==, "");
}

static void
test_default_is_for_objects_of_the_bootstrap (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const moids[] = { BOX, NULL };

  f->config.moids = moids;
  dm2_begin (f, "[\"DEFAULT\",\"https://r.example.org/1\",\"urn:x\"],[\"DEFAULT\",\"https://r.example.org/1\",\"" BOX
             "\"],[\"GET\",\"" VENDOR "//Motd\"]");
  dm2_assert_sent (f, SC ("403") "," SC ("200") "," SC ("404"));
}

static void
test_default_is_for_an_identifier (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_begin (f, "[\"DEFAULT\",\"https://r.example.org/1\",\"\"],[\"DEFAULT\",\"https://r.example.org/1\",\"" BOX
             "/a/\"]");
  dm2_assert_sent (f, SC ("400") "," SC ("400"));
  g_assert_cmpstr (f->subscriptions->log->str, ==, "");
}

static void
test_without_a_place_for_subscriptions_they_are_501 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_object (&f->subscriptions);
  dm2_begin (f, "[\"SUB\",\"https://r.example.org/1\",\"" VENDOR "//Motd\"],[\"UNSUB\",\"" VENDOR "//Motd\"],"
             "[\"DEFAULT\",\"https://r.example.org/1\",\"urn:x\"]");
  dm2_assert_sent (f, SC ("501") "," SC ("501") "," SC ("501"));
}

/* ---- Statuses ---- */

/* DM Protocol 2.0, statuses: those of HTTP, where SyncML has its own. */
static void
test_statuses_are_those_of_dm_2_0 (void)
{
  static const struct {
    OmaStatus status;
    OmaStatus dm2;
  } cases[] = {
    { OMA_STATUS_OK, 200 }, { OMA_STATUS_ITEM_ADDED, 200 }, { OMA_STATUS_ACCEPTED, 202 },
    { OMA_STATUS_OPERATION_CANCELLED, 200 }, { OMA_STATUS_NOT_MODIFIED, 304 }, { OMA_STATUS_BAD_REQUEST, 400 },
    { OMA_STATUS_FORBIDDEN, 403 }, { OMA_STATUS_PERMISSION_DENIED, 403 }, { OMA_STATUS_NOT_FOUND, 404 },
    { OMA_STATUS_URI_TOO_LONG, 404 }, { OMA_STATUS_NOT_ALLOWED, 405 }, { OMA_STATUS_NOT_SUPPORTED, 501 },
    { OMA_STATUS_CONFLICT, 409 }, { OMA_STATUS_ALREADY_EXISTS, 409 }, { OMA_STATUS_INCOMPLETE_COMMAND, 400 },
    { OMA_STATUS_ENTITY_TOO_LARGE, 413 }, { OMA_STATUS_SIZE_TOO_BIG, 413 }, { OMA_STATUS_UNSUPPORTED_FORMAT, 415 },
    { OMA_STATUS_SIZE_MISMATCH, 415 }, { OMA_STATUS_RETRY_LATER, 503 }, { OMA_STATUS_DEVICE_FULL, 500 },
    { OMA_STATUS_COMMAND_FAILED, 500 }, { OMA_STATUS_ATOMIC_FAILED, 500 },
    { OMA_STATUS_ATOMIC_ROLL_BACK_FAILED, 500 }, { OMA_STATUS_INVALID_CREDENTIALS, 500 },
    { OMA_STATUS_BAD_GATEWAY, 502 }, { OMA_STATUS_GATEWAY_TIMEOUT, 504 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (oma_dm2_status_from_status (cases[i].status), ==, cases[i].dm2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dm2_add ("get/data", test_get_gives_data_with_the_status);
  dm2_add ("get/several", test_get_of_several_instances_gives_all);
  dm2_add ("get/no-value", test_get_of_a_leaf_without_value_is_204);
  dm2_add ("get/as-a-whole", test_get_fails_as_a_whole);
  dm2_add ("get/cache", test_get_of_what_the_server_has_is_304);
  dm2_add ("get/no-right", test_get_without_the_right_is_403);
  dm2_add ("get/too-much", test_get_of_too_much_is_413);
  dm2_add ("get/instances-by-then", test_get_sees_the_instances_that_are_there_by_then);
  dm2_add ("get/long-package", test_long_package_of_get_lets_the_main_loop_run);
  dm2_add ("delete/long-package", test_long_package_of_delete_lets_the_main_loop_run);
  dm2_add ("delete/node", test_delete_removes_a_node);
  dm2_add ("delete/permanent", test_delete_of_a_permanent_node_is_405);
  dm2_add ("delete/several", test_delete_of_several_nodes_is_409);
  dm2_add ("delete/no-right", test_delete_without_the_right_is_403);
  dm2_add ("delete/plugin-refuses", test_delete_that_the_plugin_refuses_is_no_end);
  dm2_add ("exec/done", test_exec_is_answered_when_it_is_done);
  dm2_add ("exec/report", test_exec_with_an_address_is_202);
  dm2_add ("exec/refused", test_exec_of_what_cannot_be_executed);
  dm2_add ("show/goes-on", test_show_goes_on_whatever_comes_of_it);
  dm2_add ("show/nobody", test_show_without_anybody_is_501);
  dm2_add ("subscriptions/kept", test_subscriptions_are_kept);
  dm2_add ("subscriptions/not-kept", test_subscription_that_cannot_be_kept);
  dm2_add ("subscriptions/no-right", test_subscription_needs_the_right_to_read);
  dm2_add ("subscriptions/default", test_default_is_for_objects_of_the_bootstrap);
  dm2_add ("subscriptions/no-identifier", test_default_is_for_an_identifier);
  dm2_add ("subscriptions/no-place", test_without_a_place_for_subscriptions_they_are_501);
  g_test_add_func ("/dm2-session/statuses", test_statuses_are_those_of_dm_2_0);
  return g_test_run ();
}

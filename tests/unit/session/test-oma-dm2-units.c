/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a package of DM 2.0 counts when something fails, is stopped, or cuts the machine off. */
#include "config.h"

#include "dm2-fixture.h"

#include "codec/oma-dm2-package.h"

#include <string.h>

#define REPO "https://repo.example.org/d"
#define VENDOR "urn:ex:mo:vendor:1.0"
#define BOX "urn:ex:mo:box:1.0"
#define CONN "urn:ex:mo:conn:1.0"
#define SC(code) "{\"sc\":" code "}"
#define DELETE(uri) "[\"DELETE\",\"" uri "\"]"
#define GET(uri) "[\"GET\",\"" uri "\"]"
#define HGET "[\"HGET\",\"" REPO "\"]"
#define EXEC(name) "[\"EXEC\",\"urn:ex:mo:ops:1.0//" name "\"]"
#define END "[\"END\"]"
#define GET_HOSTNAME GET (VENDOR "//Net/Hostname")
#define HOSTNAME "{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" VENDOR "/Vendor/Net/Hostname\"," \
                 "\"MOData\":{\"Hostname\":\"edge\"}}]}"
#define BOX_A(value) "[{\"ClientURI\":\"" BOX "/a/Value\",\"MOData\":{\"Value\":\"" value "\"}}]"
#define PUT_A "{\"sc\":200,\"URI\":[\"" BOX "/a/Value\"]}"

#define has_box(f, name) g_hash_table_contains ((f)->base.boxes, name)
#define assert_box(f, name, expected) g_assert_cmpstr (g_hash_table_lookup ((f)->base.boxes, name), ==, expected)
#define counters(f) oma_dm2_session_get_counters ((f)->session)

static void
add_boxes (Dm2Fixture *f)
{
  dm2_add_box (f, "a", "1");
  dm2_add_box (f, "b", "2");
}

static gboolean
has_conn (Dm2Fixture *f, const char *name)
{
  g_autofree char *uri = g_strdup_printf ("./Vendor/Net/Conn/%s/Ssid", name);
  g_autofree char *text = fixture_get_value (&f->base, uri);

  return text != NULL;
}

/* ---- Units of work ---- */

/* DELETEs of stored nodes that follow each other are one write, whatever stands between that changes nothing. */
static void
test_neighbours_share_a_commit (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before;

  dm2_add_conn (f, "x", "1");
  dm2_add_conn (f, "y", "1");
  dm2_add_conn (f, "z", "1");
  dm2_start (f);
  before = fixture_count_writes (&f->base);
  dm2_answer (f, DELETE (CONN "/x/") "," GET_HOSTNAME "," DELETE (CONN "/y/") "," DELETE (VENDOR "//Nix") ","
              DELETE (CONN "/z/"));
  dm2_assert_sent (f, SC ("200") "," HOSTNAME "," SC ("200") "," SC ("404") "," SC ("200"));
  g_assert_cmpuint (fixture_count_writes (&f->base) - before, ==, 1);
}

static void
test_later_commands_see_what_earlier_ones_did (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  dm2_add_conn (f, "x", "1");
  dm2_begin (f, DELETE (BOX "/a/") "," GET (BOX "//Value") "," DELETE (BOX "//") "," GET (BOX "/*/Value") ","
             DELETE (CONN "//") "," GET (CONN "//Ssid"));
  dm2_assert_sent (f, SC ("200") ",{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" BOX "/b/Value\","
                   "\"MOData\":{\"Value\":\"2\"}}]}," SC ("200") "," SC ("404") "," SC ("200") "," SC ("404"));
}

/* Nothing is held up while the world outside is asked. */
static void
test_commit_comes_before_a_transfer (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_conn (f, "x", "1");
  dm2_begin (f, DELETE (CONN "/x/") "," HGET "," GET_HOSTNAME);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_TRANSFER);
  g_assert_false (has_conn (f, "x"));
  dm2_add_conn (f, "y", "1");              /* somebody else */
  dm2_give (f, 404, NULL, NULL);
  dm2_assert_sent (f, SC ("200") "," SC ("404") "," HOSTNAME);
  g_assert_true (has_conn (f, "y"));
}

static void
test_failed_commit_is_told_for_what_it_undid (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  dm2_add_conn (f, "x", "1");
  dm2_start (f);
  fixture_fail_writes (&f->base, OMA_STATUS_COMMAND_FAILED);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*");
  dm2_answer (f, GET_HOSTNAME "," DELETE (CONN "/x/") "," GET_HOSTNAME "," GET (VENDOR "//Nix"));
  g_test_assert_expected_messages ();
  dm2_assert_sent (f, HOSTNAME "," SC ("500") "," SC ("500") "," SC ("404"));
  g_assert_true (has_conn (f, "x"));
  g_assert_cmpuint (counters (f)->failed_commands, ==, 3);
  g_assert_cmpuint (counters (f)->unanswered, ==, 0);
}

static void
test_plugin_is_undone_when_the_commit_fails (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->base.breaking = "a";
  dm2_start (f);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*");
  dm2_answer (f, EXEC ("Fast") "," DELETE (BOX "/b/") "," DELETE (BOX "/a/"));
  g_test_assert_expected_messages ();
  dm2_assert_sent (f, SC ("200") "," SC ("500") "," SC ("500"));
  assert_box (f, "a", "1");
  assert_box (f, "b", "2");
  g_assert_cmpuint (counters (f)->unanswered, ==, 1);
}

/* An HGET is a unit of its own: what stands before it counts whatever becomes of it. */
static void
test_hget_stands_by_itself (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  dm2_begin (f, DELETE (BOX "/b/") "," HGET "," HGET);
  dm2_give (f, 200, JSON_MO, "[{\"ClientURI\":\"" BOX "/a/Value\",\"MOData\":{\"Value\":{\"x\":\"7\"}}}]");
  dm2_give (f, 200, JSON_MO, BOX_A ("8"));
  dm2_assert_sent (f, SC ("200") "," SC ("415") "," PUT_A);
  g_assert_false (has_box (f, "b"));
  assert_box (f, "a", "8");
}

/* Plugins that act at once are first spared; then all before-images are written at once, before the first of them is
 * called. */
static void
test_neighbours_are_rehearsed (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before;

  add_boxes (f);
  dm2_add_box (f, "c", "3");
  dm2_start (f);
  before = fixture_count_writes (&f->base);
  dm2_answer (f, DELETE (BOX "/a/") "," GET (BOX "/a/Value") "," DELETE (BOX "/a/") "," EXEC ("Fast") ","
              DELETE (BOX "/b/") "," GET (BOX "/*/Value") "," DELETE (BOX "/c/") ",[\"SHOW\",\"https://a/\"],"
              GET (BOX "/*/Value"));
  dm2_assert_sent (f, SC ("200") "," SC ("404") "," SC ("404") "," SC ("200") "," SC ("200") ",{\"sc\":200,\"MOData\":"
                   "[{\"ClientURI\":\"" BOX "/c/Value\",\"MOData\":{\"Value\":\"3\"}}]}," SC ("200") "," SC ("501")
                   "," SC ("404"));
  g_assert_cmpuint (f->base.executed, ==, 1);
  g_assert_cmpuint (counters (f)->unanswered, ==, 4);
  g_assert_cmpuint (fixture_count_writes (&f->base) - before, ==, 2);   /* the journal, and its end */
}

/* What the plugin does not do after all is told as it was. */
static void
test_rehearsal_is_no_promise (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->base.stuck = "a";
  dm2_begin (f, DELETE (BOX "/a/") "," GET (BOX "/a/Value") "," DELETE (BOX "/b/"));
  dm2_assert_sent (f, SC ("403") ",{\"sc\":200,\"MOData\":[{\"ClientURI\":\"" BOX "/a/Value\","
                   "\"MOData\":{\"Value\":\"1\"}}]}," SC ("200"));
  assert_box (f, "a", "1");
  g_assert_false (has_box (f, "b"));
}

/* ---- Time ---- */

static void
let_time_pass (Dm2Fixture *f)
{
  while (f->base.held == NULL)
    g_main_context_iteration (NULL, TRUE);
  f->base.now += OMA_DM2_MAX_SECONDS;
  g_hash_table_remove (f->base.boxes, "a");
  g_task_return_boolean (f->base.held, TRUE);
  g_clear_object (&f->base.held);
}

static void
test_what_is_done_in_time_counts (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *package = "{\"CMD\":[" DELETE (BOX "/a/") "," DELETE (BOX "/b/") "," END "]}";
  g_autoptr(GBytes) body = g_bytes_new_static (package, strlen (package));

  add_boxes (f);
  f->base.holding = "a";
  dm2_start (f);
  dm2_feed_then (f, &(OmaDm2Reply) { .http_status = 200, .media_type = OMA_DM2_TYPE_REQUEST, .body = body, .file = -1 },
                 let_time_pass);
  dm2_assert_failed (f, OMA_SESSION_ERROR_LIMIT);
  g_assert_false (has_box (f, "a"));
  assert_box (f, "b", "2");
  g_assert_cmpuint (counters (f)->unanswered, ==, 1);
  g_assert_cmpuint (fixture_count_units (&f->base), ==, 0);
}

/* ---- What the server may not know ---- */

static void
test_unanswered_commands_are_counted_and_kept (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.history_id = 7;
  add_boxes (f);
  dm2_add_conn (f, "x", "1");
  dm2_begin (f, DELETE (CONN "/x/") "," EXEC ("Fast") "," GET_HOSTNAME);
  g_assert_cmpuint (counters (f)->unanswered, ==, 2);
  g_assert_cmpuint (counters (f)->noted, ==, 2);
  dm2_answer (f, DELETE (BOX "/b/") "," HGET "," HGET);
  g_assert_cmpuint (counters (f)->noted, ==, 1);
  dm2_give (f, 200, JSON_MO, BOX_A ("8"));
  g_assert_cmpuint (counters (f)->noted, ==, 2);
  dm2_give (f, 404, NULL, NULL);
  g_assert_cmpuint (counters (f)->noted, ==, OMA_SESSION_NOT_NOTED);
  g_assert_cmpuint (counters (f)->unanswered, ==, 2);
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
  g_assert_cmpuint (counters (f)->unanswered, ==, 2);
  g_assert_cmpuint (counters (f)->commands, ==, 6);
  g_assert_cmpuint (counters (f)->failed_commands, ==, 1);
}

static void
test_answered_commands_are_not_counted (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  dm2_begin (f, DELETE (BOX "/a/"));
  g_assert_cmpuint (counters (f)->unanswered, ==, 1);
  dm2_give (f, 200, OMA_DM2_TYPE_REQUEST, "{");
  dm2_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
  g_assert_cmpuint (counters (f)->unanswered, ==, 0);
}

/* ---- What may cut the machine off ---- */

static void
delete_provisionally (Dm2Fixture *f, const char *more)
{
  g_autofree char *commands = g_strdup_printf (DELETE (BOX "/a/") "%s", more);

  add_boxes (f);
  f->base.box_cuts_off = TRUE;
  dm2_begin (f, commands);
  g_assert_false (has_box (f, "a"));
  g_assert_cmpuint (fixture_count_units (&f->base), ==, 1);
  g_assert_cmpint (fixture_peek_unit (&f->base, 0)->state, ==, OMA_UNIT_PROVISIONAL);
  g_assert_cmpstr (fixture_peek_unit (&f->base, 0)->server_id, ==, "dm.example.org");
}

static void
assert_confirmed (Dm2Fixture *f)
{
  g_assert_cmpuint (fixture_count_units (&f->base), ==, 0);
  g_clear_pointer (&f->session, oma_dm2_session_free);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_false (has_box (f, "a"));
}

static void
assert_undone (Dm2Fixture *f)
{
  fixture_wait_for_units (&f->base);
  assert_box (f, "a", "1");
}

static void
test_next_package_confirms (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "");
  dm2_answer (f, GET_HOSTNAME);
  dm2_assert_sent (f, HOSTNAME);
  assert_confirmed (f);
}

static void
test_empty_answer_confirms (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "");
  dm2_give (f, 204, NULL, NULL);
  dm2_assert_done (f);
  assert_confirmed (f);
}

static void
test_lost_session_undoes (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "");
  g_clear_pointer (&f->session, oma_dm2_session_free);
  assert_undone (f);
}

static void
test_answer_that_is_none_undoes (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "");
  dm2_give (f, 200, "text/html", "<html>captive portal</html>");
  dm2_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
  assert_undone (f);
}

static void
test_refused_package_undoes (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "");
  dm2_give (f, 500, NULL, NULL);
  dm2_assert_failed (f, OMA_SESSION_ERROR_NO_ANSWER);
  assert_undone (f);
}

/* Our reading: after END the server is asked whether it can be reached; any answer will do. */
static void
test_after_end_the_server_is_asked (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  delete_provisionally (f, "," END);
  g_assert_cmpint (f->step->action, ==, OMA_DM2_PROBE);
  g_assert_cmpstr (f->step->method, ==, "HEAD");
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/dm2");
  g_assert_false (f->step->named_by_server);
  dm2_give (f, 405, NULL, NULL);
  dm2_assert_done (f);
  g_assert_cmpuint (counters (f)->commands, ==, 2);
  assert_confirmed (f);
}

static void
test_after_end_an_unreachable_server_undoes (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, "no route");

  delete_provisionally (f, "," END);
  dm2_feed (f, &(OmaDm2Reply) { .error = error, .file = -1 });
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
  g_assert_error (f->step->error, G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE);
  assert_undone (f);
}

/* What an HGET changes waits as well, and a repository that cannot be reached is no verdict. */
static void
test_hget_may_cut_the_machine_off (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->base.box_cuts_off = TRUE;
  dm2_begin (f, HGET "," HGET);
  dm2_give (f, 200, JSON_MO, BOX_A ("7"));
  g_assert_cmpuint (fixture_count_units (&f->base), ==, 1);
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  dm2_assert_sent (f, PUT_A "," SC ("502"));
  assert_box (f, "a", "7");
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  g_assert_cmpint (f->step->action, ==, OMA_DM2_DONE);
  assert_undone (f);
}

/* ---- Stopping ---- */

static void
cancel (Dm2Fixture *f)
{
  g_cancellable_cancel (f->cancellable);
}

static void
answer_then (Dm2Fixture *f, const char *commands, void (*meanwhile) (Dm2Fixture *f))
{
  g_autofree char *text = g_strdup_printf ("{\"CMD\":[%s]}", commands);
  g_autoptr(GBytes) body = g_bytes_new (text, strlen (text));

  dm2_feed_then (f, &(OmaDm2Reply) { .http_status = 200, .media_type = OMA_DM2_TYPE_REQUEST, .body = body, .file = -1 },
                 meanwhile);
}

static void
test_stopped_before_package_1 (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->cancellable = g_cancellable_new ();
  g_cancellable_cancel (f->cancellable);
  f->config.list_objects = TRUE;
  dm2_start (f);
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
}

static void
test_stopped_between_steps (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->cancellable = g_cancellable_new ();
  dm2_start (f);
  g_cancellable_cancel (f->cancellable);
  dm2_answer (f, DELETE (BOX "/a/"));
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_box (f, "a", "1");
}

/* The session is stopped after so many turns of the main loop, until it comes to its end before. */
static void
stop_after (Dm2Fixture *f, guint turns)
{
  for (guint i = 0; i < turns && f->step == NULL; i++)
    g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (f->cancellable);
}

static guint turns;

static void
stop_in_time (Dm2Fixture *f)
{
  stop_after (f, turns);
}

/* Whenever it is stopped, each command that is committed has done all of its work, and the others nothing. */
static void
test_stopped_at_any_time_nothing_is_half_done (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gboolean stopped = TRUE;

  for (turns = 0; stopped; turns++)
    {
      gboolean a, x;

      g_assert_cmpuint (turns, <, 200);
      add_boxes (f);
      if (!has_conn (f, "x"))
        dm2_add_conn (f, "x", "1");
      g_clear_object (&f->cancellable);
      f->cancellable = g_cancellable_new ();
      dm2_start (f);
      answer_then (f, GET_HOSTNAME "," DELETE (BOX "/a/") "," DELETE (CONN "/x/") "," GET (BOX "/b/Value"),
                   stop_in_time);
      stopped = f->step->action == OMA_DM2_DONE;
      if (stopped)
        dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      a = has_box (f, "a");
      x = has_conn (f, "x");
      g_assert_true (a == x);
      g_assert_cmpuint (counters (f)->unanswered, ==, a ? 0 : 2);
      assert_box (f, "b", "2");
      g_assert_cmpuint (fixture_count_units (&f->base), ==, 0);
    }
  g_assert_cmpuint (turns, >, 5);
}

static void
test_hget_stopped_at_any_time_is_whole (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) body = NULL;
  const char *text = "[{\"ClientURI\":\"" BOX "/a/Value\",\"MOData\":{\"Value\":\"7\"}},"
                     "{\"ClientURI\":\"" BOX "/b/Value\",\"MOData\":{\"Value\":\"8\"}},"
                     "{\"ClientURI\":\"" VENDOR "/Vendor/Motd\",\"MOData\":{\"Motd\":\"9\"}}]";
  gboolean stopped = TRUE;

  body = g_bytes_new_static (text, strlen (text));
  for (turns = 0; stopped; turns++)
    {
      g_autofree char *motd = NULL;
      gboolean is_new;

      g_assert_cmpuint (turns, <, 200);
      add_boxes (f);
      fixture_set_value (&f->base, "./Vendor/Motd", "hello");
      g_clear_object (&f->cancellable);
      f->cancellable = g_cancellable_new ();
      dm2_begin (f, HGET);
      dm2_feed_then (f, &(OmaDm2Reply) { .http_status = 200, .media_type = JSON_MO, .body = body, .file = -1 },
                     stop_in_time);
      stopped = f->step->action == OMA_DM2_DONE;
      if (stopped)
        dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      motd = fixture_get_value (&f->base, "./Vendor/Motd");
      is_new = strcmp (motd, "9") == 0;
      assert_box (f, "a", is_new ? "7" : "1");
      assert_box (f, "b", is_new ? "8" : "2");
      g_assert_cmpuint (counters (f)->unanswered, ==, is_new ? 1 : 0);
      g_assert_cmpuint (fixture_count_units (&f->base), ==, 0);
    }
  g_assert_cmpuint (turns, >, 5);
}

/* A plugin that does not answer does not keep the session. */
static void
test_stopped_while_a_plugin_hangs (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->cancellable = g_cancellable_new ();
  f->base.holding = "a";
  dm2_start (f);
  turns = 100;
  answer_then (f, DELETE (BOX "/b/") "," DELETE (BOX "/a/"), stop_in_time);
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_box (f, "b", "2");
  g_assert_nonnull (f->base.held);
  g_task_return_new_error (f->base.held, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "at last");
  g_clear_object (&f->base.held);
}

static void
test_stopped_while_somebody_reads_a_page (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->cancellable = g_cancellable_new ();
  f->base.interaction = fake_interaction_new ();
  fake_interaction_will (f->base.interaction, "-");
  dm2_start (f);
  turns = 100;
  answer_then (f, "[\"SHOW\",\"https://a.example.org/\"]," DELETE (BOX "/a/"), stop_in_time);
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_box (f, "a", "1");
}

static void
test_stopped_during_a_transfer (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_boxes (f);
  f->cancellable = g_cancellable_new ();
  dm2_begin (f, DELETE (BOX "/b/") "," HGET "," DELETE (BOX "/a/"));
  cancel (f);
  dm2_give (f, 200, JSON_MO, BOX_A ("7"));
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_box (f, "a", "1");
  g_assert_false (has_box (f, "b"));
  g_assert_cmpuint (counters (f)->unanswered, ==, 1);
}

static void
test_stopped_while_the_server_is_asked (Dm2Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->cancellable = g_cancellable_new ();
  delete_provisionally (f, "," END);
  cancel (f);
  dm2_feed (f, &(OmaDm2Reply) { .file = -1 });
  dm2_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_undone (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dm2_add ("units/neighbours", test_neighbours_share_a_commit);
  dm2_add ("units/see-earlier", test_later_commands_see_what_earlier_ones_did);
  dm2_add ("units/before-transfer", test_commit_comes_before_a_transfer);
  dm2_add ("units/failed-commit", test_failed_commit_is_told_for_what_it_undid);
  dm2_add ("units/failed-commit-plugin", test_plugin_is_undone_when_the_commit_fails);
  dm2_add ("units/hget", test_hget_stands_by_itself);
  dm2_add ("units/rehearsal", test_neighbours_are_rehearsed);
  dm2_add ("units/rehearsal-is-no-promise", test_rehearsal_is_no_promise);
  dm2_add ("units/time", test_what_is_done_in_time_counts);
  dm2_add ("unanswered/counted", test_unanswered_commands_are_counted_and_kept);
  dm2_add ("unanswered/answered", test_answered_commands_are_not_counted);
  dm2_add ("provisional/next-package", test_next_package_confirms);
  dm2_add ("provisional/empty-answer", test_empty_answer_confirms);
  dm2_add ("provisional/lost", test_lost_session_undoes);
  dm2_add ("provisional/no-answer", test_answer_that_is_none_undoes);
  dm2_add ("provisional/refused", test_refused_package_undoes);
  dm2_add ("provisional/end", test_after_end_the_server_is_asked);
  dm2_add ("provisional/end-unreachable", test_after_end_an_unreachable_server_undoes);
  dm2_add ("provisional/hget", test_hget_may_cut_the_machine_off);
  dm2_add ("stop/before", test_stopped_before_package_1);
  dm2_add ("stop/between", test_stopped_between_steps);
  dm2_add ("stop/any-time", test_stopped_at_any_time_nothing_is_half_done);
  dm2_add ("stop/hget", test_hget_stopped_at_any_time_is_whole);
  dm2_add ("stop/plugin", test_stopped_while_a_plugin_hangs);
  dm2_add ("stop/page", test_stopped_while_somebody_reads_a_page);
  dm2_add ("stop/transfer", test_stopped_during_a_transfer);
  dm2_add ("stop/probe", test_stopped_while_the_server_is_asked);
  return g_test_run ();
}

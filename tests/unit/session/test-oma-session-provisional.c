/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may cut the machine off from its server counts once the server was reached again. */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"

#include <string.h>

#define LEAF(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID>" LEAF (uri, data) "</Replace>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target></Item></Get>"
#define ABORT "<Alert><CmdID>2</CmdID><Data>1223</Data></Alert>"

/* A message with stored nodes and one of a plugin that may cut the machine off. */
static void
change (Fixture *f)
{
  f->cuts_off = "A";
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Vendor/Motd", "m")
                  REPLACE ("4", "./Plug/B", "2"), TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Plug/A 200\n"
                       "Status 1/3 Replace ./Vendor/Motd 200\nStatus 1/4 Replace ./Plug/B 200\nFinal\n");
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  g_assert_cmpint (fixture_peek_unit (f, 0)->state, ==, OMA_UNIT_PROVISIONAL);
  g_assert_cmpstr (fixture_peek_unit (f, 0)->server_id, ==, "dm.example.org");
}

static void
assert_values (Fixture *f, const char *a, const char *b, const char *motd)
{
  g_autofree char *text = fixture_get_value (f, "./Vendor/Motd");

  g_assert_cmpstr (f->plug[0], ==, a);
  g_assert_cmpstr (f->plug[1], ==, b);
  g_assert_cmpstr (text, ==, motd);
}

static void
assert_confirmed (Fixture *f)
{
  g_assert_cmpuint (fixture_count_units (f), ==, 0);
  g_clear_pointer (&f->session, oma_session_free);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  assert_values (f, "1", "2", "m");
}

static void
assert_undone (Fixture *f)
{
  fixture_wait_for_units (f);
  assert_values (f, "a", "b", "hello");
}

/* ---- The server is reached ---- */

static void
test_next_message_confirms (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_answer (f, 200, GET ("2", "./Plug/A"), TRUE);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Get ./Plug/A 200\nResults 2/2 ./Plug/A chr '1'\nFinal\n");
  assert_confirmed (f);
}

static void
test_end_in_order_confirms (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  assert_confirmed (f);
}

static void
test_empty_answer_confirms (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_feed (f, NULL);
  fixture_assert_done (f);
  assert_confirmed (f);
}

/* One write of the journal, one of the store with the provisional unit, one to confirm. */
static void
test_cost_is_one_write_at_the_confirmation (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = fixture_count_writes (f);

  change (f);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 2);
  fixture_answer (f, 200, GET ("2", "./Plug/A"), TRUE);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 3);
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Motd", "again"), TRUE);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 4);
  fixture_answer (f, 200, REPLACE ("2", "./Plug/B", "again"), TRUE);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 6);
  fixture_answer (f, 200, "", TRUE);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 6);
  g_assert_cmpuint (fixture_count_units (f), ==, 0);
}

/* It need not have come through. */
static void
test_same_message_again_confirms_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL;

  f->cuts_off = "A";
  fixture_begin (f);
  message = fixture_message (f, "", "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
                             "<Data>200</Data></Status>" REPLACE ("2", "./Plug/A", "1") "<Final/>");
  fixture_feed (f, message);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  fixture_feed (f, message);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  g_clear_pointer (&f->session, oma_session_free);
  assert_undone (f);
}

/* ---- It is not ---- */

static void
test_lost_session_is_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  g_clear_pointer (&f->session, oma_session_free);
  assert_undone (f);
}

/* Alert 1223: DM Protocol 1.2, section 8.1.2. */
static void
test_abort_of_the_server_undoes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_answer (f, 200, ABORT, TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_ABORTED);
  assert_undone (f);
}

static void
test_abort_of_ours_undoes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  assert_undone (f);
}

static void
test_answer_that_is_no_message_undoes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_feed (f, "<html>captive portal</html>");
  fixture_assert_failed (f, OMA_SESSION_ERROR_MESSAGE);
  assert_undone (f);
}

#define STATUS(ref) "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
                    "<Data>200</Data></Status>"

/* Whoever answers in its place must not settle it: that of DM Security 1.2, section 5.4, proves each
 * message. */
static void
test_stranger_confirms_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL, *mac = NULL, *header = NULL;
  g_autoptr(GBytes) body = NULL;

  f->config.server = (OmaCredentials) { OMA_AUTH_HMAC, g_strdup ("srv"), g_strdup ("secret"),
                                        g_bytes_new_static ("nonce", 5) };
  f->cuts_off = "A";
  fixture_begin (f);
  message = fixture_message (f, "", STATUS ("1") REPLACE ("2", "./Plug/A", "1") "<Final/>");
  body = g_bytes_new_static (message, strlen (message));
  mac = oma_digest_mac (OMA_DIGEST_MD5, "srv", "secret", f->config.server.nonce, body);
  f->mac = header = g_strdup_printf ("algorithm=MD5, username=\"srv\", mac=%s", mac);
  fixture_feed (f, message);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  f->mac = NULL;
  fixture_answer (f, 200, GET ("2", "./Plug/A"), TRUE);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  fixture_feed (f, NULL);
  g_assert_cmpint (f->step->action, ==, OMA_SESSION_DONE);
  assert_undone (f);
}

/* ---- What goes along ---- */

static void
test_somebody_elses_change_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  g_strlcpy (f->plug[0], "his", sizeof f->plug[0]);
  fixture_set_value (f, "./Vendor/Motd", "his");
  g_test_expect_message ("omadm", G_LOG_LEVEL_MESSAGE, "*is to be undone, since its server was not reached");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./Plug/A: is not put back, since somebody else*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./Vendor/Motd: is not put back, since somebody else*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be undone*");
  g_clear_pointer (&f->session, oma_session_free);
  fixture_wait_for_units (f);
  g_test_assert_expected_messages ();
  assert_values (f, "his", "b", "his");
}

/* What came before it counts at once, what comes after it may stand on it. */
static void
test_later_units_of_the_message_wait_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = fixture_count_writes (f);
  g_autofree char *note = NULL;

  f->cuts_off = "A";
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Note", "n") "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Plug/A", "1")
                  "</Atomic>" REPLACE ("5", "./Vendor/Motd", "m") "<Atomic><CmdID>6</CmdID>"
                  REPLACE ("7", "./Plug/A", "2")
                  REPLACE ("8", "./Vendor/Motd", "mm") "</Atomic>", TRUE);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 1 + 2 + 1 + 2);
  assert_values (f, "2", "b", "mm");
  g_clear_pointer (&f->session, oma_session_free);
  assert_undone (f);
  note = fixture_get_value (f, "./Vendor/Note");
  g_assert_cmpstr (note, ==, "n");
}

static void
test_units_of_a_message_are_confirmed_in_one_write (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before;

  f->cuts_off = "A";
  fixture_begin (f);
  fixture_answer (f, 200, "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "./Plug/A", "1") "</Atomic>"
                  REPLACE ("5", "./Vendor/Motd", "m") REPLACE ("6", "./Plug/B", "2"), TRUE);
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  before = fixture_count_writes (f);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  g_assert_cmpuint (fixture_count_writes (f) - before, ==, 1);
  assert_confirmed (f);
}

/* The command failed: nothing may have cut the machine off. */
static void
test_failed_command_waits_for_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->cuts_off = f->failing = "A";
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Vendor/Motd", "m"), TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/2 Replace ./Plug/A 403\n"
                       "Status 1/3 Replace ./Vendor/Motd 200\nFinal\n");
  g_assert_cmpuint (fixture_count_units (f), ==, 0);
}

/* ---- A disk that is full ---- */

static void
test_confirmation_that_cannot_be_written_is_no_undoing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  change (f);
  fixture_fail_writes (f, OMA_STATUS_DEVICE_FULL);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*is confirmed, but the journal does not know*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_MESSAGE, "*is confirmed: its server was reached");
  fixture_answer (f, 200, "", TRUE);
  g_test_assert_expected_messages ();
  fixture_assert_done (f);
  g_clear_pointer (&f->session, oma_session_free);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  assert_values (f, "1", "2", "m");
  g_assert_cmpuint (fixture_count_units (f), ==, 1);
  /* It is written with the next occasion. */
  fixture_fail_writes (f, OMA_STATUS_NONE);
  fixture_set_value (f, "./Vendor/Note", "room");
  fixture_wait_for_units (f);
  assert_values (f, "1", "2", "m");
}

static void
test_provisional_commit_that_cannot_be_written_is_undone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->cuts_off = "A";
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Note", "n"), TRUE);
  fixture_fail_writes (f, OMA_STATUS_DEVICE_FULL);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be noted*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*");
  fixture_answer (f, 200, REPLACE ("2", "./Plug/A", "1") REPLACE ("3", "./Vendor/Motd", "m"), TRUE);
  g_test_assert_expected_messages ();
  fixture_fail_writes (f, OMA_STATUS_NONE);
  assert_values (f, "a", "b", "hello");
}

#define add(name, func) fixture_add ("/session/provisional/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("next-message", test_next_message_confirms);
  add ("end", test_end_in_order_confirms);
  add ("empty-answer", test_empty_answer_confirms);
  add ("cost", test_cost_is_one_write_at_the_confirmation);
  add ("repeated", test_same_message_again_confirms_nothing);
  add ("lost", test_lost_session_is_undone);
  add ("server-aborts", test_abort_of_the_server_undoes);
  add ("client-aborts", test_abort_of_ours_undoes);
  add ("no-message", test_answer_that_is_no_message_undoes);
  add ("stranger", test_stranger_confirms_nothing);
  add ("somebody-else", test_somebody_elses_change_stays);
  add ("later-units", test_later_units_of_the_message_wait_too);
  add ("one-write", test_units_of_a_message_are_confirmed_in_one_write);
  add ("failed-command", test_failed_command_waits_for_nothing);
  add ("disk-full/confirmation", test_confirmation_that_cannot_be_written_is_no_undoing);
  add ("disk-full/commit", test_provisional_commit_that_cannot_be_written_is_undone);
  return g_test_run ();
}

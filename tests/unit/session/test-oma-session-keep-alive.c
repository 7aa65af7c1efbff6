/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define EXEC_SLOW "<Exec><CmdID>5</CmdID><Item><Target><LocURI>./Ops/Slow</LocURI></Target></Item></Exec>"
#define GET_MOTD "<Get><CmdID>7</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>"
#define REPLACE_MOTD "<Replace><CmdID>6</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                     "<Data>new</Data></Item></Replace>"
#define KEEP_ALIVE "Alert ? int Reversed-Domain-Name:com.microsoft.mdm.requestpending '1' 1224\nFinal\n"
#define MOTD_ANSWER(msg) "Status " msg "/7 Get ./Vendor/Motd 200\nResults " msg "/7 ./Vendor/Motd chr 'hello'\n"

/* Long enough for the server to be told once. */
static void
begin_slow (Fixture *f)
{
  f->config.keep_alive = 1;
  f->slow = 1500;
  fixture_begin (f);
}

static void
run_loop (guint milliseconds)
{
  for (gint64 end = g_get_monotonic_time () + milliseconds * 1000; g_get_monotonic_time () < end; )
    g_main_context_iteration (NULL, FALSE);
}

static void
test_commands_in_time_are_answered_as_ever (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.keep_alive = 1;
  fixture_begin (f);
  fixture_answer (f, 200, EXEC_SLOW, TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\nFinal\n");
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
}

static void
test_server_is_told_to_wait_and_answered_later (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_slow (f);
  fixture_answer (f, 200, EXEC_SLOW GET_MOTD, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  g_assert_cmpstr (f->sent->header.msg_id, ==, "2");
  fixture_answer (f, 200, "<Status><CmdID>2</CmdID><MsgRef>2</MsgRef><CmdRef>1</CmdRef><Cmd>Alert</Cmd>"
                  "<Data>200</Data></Status>", TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\n"
                       MOTD_ANSWER ("1") "Final\n");
  g_assert_cmpuint (f->executed, ==, 1);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
}

static void
test_server_is_told_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_slow (f);
  f->slow = 2500;
  fixture_answer (f, 200, EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_feed (f, NULL);
  fixture_assert_sent (f, KEEP_ALIVE);
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\nFinal\n");
}

static void
test_commands_that_come_again_run_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL;

  begin_slow (f);
  message = fixture_message (f, "", EXEC_SLOW "<Final/>");
  fixture_feed (f, message);
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_feed (f, message);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\nFinal\n");
  g_assert_cmpuint (f->executed, ==, 1);
}

static void
test_further_commands_wait_for_their_turn (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_slow (f);
  fixture_answer (f, 200, EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_answer (f, 200, GET_MOTD, TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\n"
                       MOTD_ANSWER ("2") "Final\n");
}

static void
test_answer_after_the_end_of_the_commands (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_slow (f);
  f->slow = 1100;
  fixture_answer (f, 200, EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  run_loop (300);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\nFinal\n");
}

static void
test_abort_while_commands_run_leaves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *motd = NULL;

  begin_slow (f);
  fixture_answer (f, 200, REPLACE_MOTD EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  text = fixture_describe (f);
  g_assert_nonnull (strstr (text, "Alert 1223\n"));
  g_assert_null (strstr (text, "Exec"));
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_session_can_go_while_commands_run (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  begin_slow (f);
  fixture_answer (f, 200, REPLACE_MOTD EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_answer (f, 200, "<Alert><CmdID>9</CmdID><Data>1223</Data></Alert>", TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_ABORTED);
  g_clear_pointer (&f->session, oma_session_free);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_abort_tells_what_was_done_meanwhile (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  begin_slow (f);
  f->slow = 1100;
  fixture_answer (f, 200, REPLACE_MOTD EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  run_loop (300);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  text = fixture_describe (f);
  g_assert_cmpstr (text, ==, "Status 1/0 SyncHdr 200\nStatus 1/6 Replace ./Vendor/Motd 200\n"
                   "Status 1/5 Exec ./Ops/Slow 200\nAlert 1223\nFinal\n");
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 2);
}

#define QUESTION "<Alert><CmdID>9</CmdID><Data>1101</Data><Item/><Item><Data>Go on?</Data></Item></Alert>"

/* What stands before the question is committed while somebody thinks about it. */
static void
begin_question (Fixture *f)
{
  f->config.keep_alive = 1;
  f->config.history_id = 7;
  f->interaction = fake_interaction_new ();
  fake_interaction_will (f->interaction, "-");
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE_MOTD QUESTION, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
}

static void
test_abort_of_the_server_counts_what_was_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_question (f);
  fixture_answer (f, 200, "<Alert><CmdID>9</CmdID><Data>1223</Data></Alert>", TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_ABORTED);
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
  g_assert_cmpuint (fake_interaction_get_taken_back (f->interaction), ==, 1);
}

static void
test_lost_connection_counts_what_was_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_question (f);
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
  g_assert_cmpuint (oma_session_get_counters (f->session)->noted, ==, 1);
}

static void
test_stop_while_a_question_waits_counts_what_was_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin_question (f);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  g_assert_cmpuint (oma_session_get_counters (f->session)->unanswered, ==, 1);
  g_assert_cmpuint (fake_interaction_get_taken_back (f->interaction), ==, 1);
}

/* A server that never counts says the same while it waits and at the end. */
static void
test_same_octets_while_waiting_and_at_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *waits = NULL;

  begin_slow (f);
  fixture_answer (f, 200, EXEC_SLOW, TRUE);
  fixture_assert_sent (f, KEEP_ALIVE);
  waits = fixture_message (f, "", "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"
                           "<Data>200</Data></Status><Final/>");
  fixture_feed (f, waits);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\nFinal\n");
  fixture_feed (f, waits);
  fixture_assert_done (f);
}

static void
test_part_of_an_object_waits_for_its_turn (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL;

  begin_slow (f);
  fixture_answer (f, 200, EXEC_SLOW "<Replace><CmdID>6</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>"
                  "<Meta><Size xmlns=\"syncml:metinf\">6</Size></Meta><Data>abc</Data><MoreData/></Item></Replace>",
                  FALSE);
  fixture_assert_sent (f, "Alert ? int Reversed-Domain-Name:com.microsoft.mdm.requestpending '1' 1224\n");
  fixture_answer (f, 200, "<Replace><CmdID>6</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>"
                  "<Data>def</Data></Item></Replace>", TRUE);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nStatus 2/0 SyncHdr 200\nStatus 1/5 Exec ./Ops/Slow 200\n"
                       "Status 1/6 Replace ./Vendor/Motd 213\nStatus 2/6 Replace ./Vendor/Motd 200\nFinal\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "abcdef");
}

static void
test_stranger_does_not_get_the_answers (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *message = NULL, *mac = NULL, *header = NULL;
  g_autoptr(GBytes) bytes = NULL;

  f->config.server = (OmaCredentials) { OMA_AUTH_HMAC, g_strdup ("srv"), g_strdup ("srvpw"),
                                        g_bytes_new ("nonce", 5) };
  begin_slow (f);
  message = fixture_message (f, "", EXEC_SLOW GET_MOTD "<Final/>");
  bytes = g_bytes_new (message, strlen (message));
  mac = oma_digest_mac (OMA_DIGEST_MD5, "srv", "srvpw", f->config.server.nonce, bytes);
  header = g_strdup_printf ("username=\"srv\", mac=%s", mac);
  f->mac = header;
  fixture_feed (f, message);
  f->mac = NULL;
  fixture_assert_sent (f, KEEP_ALIVE);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
  g_assert_null (f->step->body);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/session/keep-alive/commands-in-time-are-answered-as-ever", test_commands_in_time_are_answered_as_ever);
  fixture_add ("/session/keep-alive/server-is-told-to-wait-and-answered-later",
               test_server_is_told_to_wait_and_answered_later);
  fixture_add ("/session/keep-alive/server-is-told-again", test_server_is_told_again);
  fixture_add ("/session/keep-alive/commands-that-come-again-run-once", test_commands_that_come_again_run_once);
  fixture_add ("/session/keep-alive/further-commands-wait-for-their-turn", test_further_commands_wait_for_their_turn);
  fixture_add ("/session/keep-alive/answer-after-the-end-of-the-commands", test_answer_after_the_end_of_the_commands);
  fixture_add ("/session/keep-alive/abort-while-commands-run-leaves-nothing",
               test_abort_while_commands_run_leaves_nothing);
  fixture_add ("/session/keep-alive/session-can-go-while-commands-run", test_session_can_go_while_commands_run);
  fixture_add ("/session/keep-alive/abort-tells-what-was-done-meanwhile", test_abort_tells_what_was_done_meanwhile);
  fixture_add ("/session/keep-alive/abort-of-the-server-counts-what-was-done",
               test_abort_of_the_server_counts_what_was_done);
  fixture_add ("/session/keep-alive/lost-connection-counts-what-was-done", test_lost_connection_counts_what_was_done);
  fixture_add ("/session/keep-alive/stop-while-a-question-waits-counts-what-was-done",
               test_stop_while_a_question_waits_counts_what_was_done);
  fixture_add ("/session/keep-alive/same-octets-while-waiting-and-at-the-end",
               test_same_octets_while_waiting_and_at_the_end);
  fixture_add ("/session/keep-alive/part-of-an-object-waits-for-its-turn", test_part_of_an_object_waits_for_its_turn);
  fixture_add ("/session/keep-alive/stranger-does-not-get-the-answers", test_stranger_does_not_get_the_answers);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* User interaction alerts: DM Protocol 1.2, section 10; DM Representation Protocol 1.2, section 7. */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define LEAF(uri, data) "<Item><Target><LocURI>" uri "</LocURI></Target><Data>" data "</Data></Item>"
#define ITEM(uri) "<Item><Target><LocURI>" uri "</LocURI></Target></Item>"
#define REPLACE(id, uri, data) "<Replace><CmdID>" id "</CmdID>" LEAF (uri, data) "</Replace>"
#define GET(id, uri) "<Get><CmdID>" id "</CmdID>" ITEM (uri) "</Get>"
#define EXEC(id, uri) "<Exec><CmdID>" id "</CmdID>" ITEM (uri) "</Exec>"
#define DATA(data) "<Item><Data>" data "</Data></Item>"
#define ALERT(id, code, items) "<Alert><CmdID>" id "</CmdID><Data>" code "</Data>" items "</Alert>"
#define CONFIRM(id) ALERT (id, "1101", "<Item/>" DATA ("Sure?"))
#define HDR "Status 1/0 SyncHdr 200\n"

/* The user's @answers, with ";" between. */
static void
begin (Fixture *f, const char *answers)
{
  g_auto(GStrv) each = g_strsplit (answers, ";", -1);

  f->interaction = fake_interaction_new ();
  for (guint i = 0; each[i] != NULL; i++)
    if (*each[i] != '\0')
      fake_interaction_will (f->interaction, each[i]);
  fixture_begin (f);
}

static void
assert_answer (Fixture *f, const char *answers, const char *commands, const char *expected)
{
  g_autofree char *full = g_strconcat (HDR, expected, "Final\n", NULL);

  begin (f, answers);
  fixture_answer (f, 200, commands, TRUE);
  fixture_assert_sent (f, full);
}

static void
assert_asked (Fixture *f, const char *expected)
{
  g_assert_cmpstr (fake_interaction_get_asked (f->interaction), ==, expected);
}

static void
assert_motd (Fixture *f, const char *expected)
{
  g_autofree char *motd = fixture_get_value (f, "./Vendor/Motd");

  g_assert_cmpstr (motd, ==, expected);
}

/* ---- Each kind ---- */

static void
test_display (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200", ALERT ("2", "1100", DATA ("MINDT=10") DATA ("Hello")), "Status 1/2 Alert 200\n");
  assert_asked (f, "1100 dm.example.org 'Hello' min=10\n");
}

static void
test_confirmation (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200;304", ALERT ("2", "1101", DATA ("MAXDT=60&amp;DR=1") DATA ("Sure?")) CONFIRM ("3"),
                 "Status 1/2 Alert 200\nStatus 1/3 Alert 304\n");
  assert_asked (f, "1101 dm.example.org 'Sure?' max=60 initial='1'\n1101 dm.example.org 'Sure?'\n");
}

static void
test_text (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200 typed text",
                 ALERT ("2", "1102", DATA ("MAXLEN=10&amp;IT=A&amp;ET=P&amp;DR=old") DATA ("Name?")),
                 "Status 1/2 Alert ? 'typed text' 200\n");
  assert_asked (f, "1102 dm.example.org 'Name?' initial='old' length=10 hidden\n");
}

static void
test_choice (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200 2", ALERT ("2", "1103", DATA ("DR=1") DATA ("Which?") DATA ("Red") DATA ("Blue")),
                 "Status 1/2 Alert ? '2' 200\n");
  assert_asked (f, "1103 dm.example.org 'Which?' 1:'Red' 2:'Blue' initial='1'\n");
}

static void
test_multiple_choice (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200 3|1;200",
                 ALERT ("2", "1104", "<Item/>" DATA ("Which?") DATA ("A") DATA ("B") DATA ("C"))
                 ALERT ("3", "1104", "<Item/>" DATA ("Which?") DATA ("A")),
                 "Status 1/2 Alert ? '3' ? '1' 200\nStatus 1/3 Alert 200\n");
}

/* ---- What an alert may lack ---- */

static void
test_nobody_to_ask_is_406 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "", ALERT ("2", "1100", "<Item/>" DATA ("Hello")) CONFIRM ("3"),
                 "Status 1/2 Alert 406\nStatus 1/3 Alert 406\n");
}

static void
test_missing_text_is_412 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200", ALERT ("2", "1100", "") ALERT ("3", "1101", "<Item/>") ALERT ("4", "1102", "<Item/><Item/>")
                 ALERT ("5", "1103", "<Item/>" DATA ("Title without choices"))
                 "<Alert><CmdID>6</CmdID></Alert><Alert><CmdID>7</CmdID><Data/></Alert>",
                 "Status 1/2 Alert 412\nStatus 1/3 Alert 412\nStatus 1/4 Alert 412\nStatus 1/5 Alert 412\n"
                 "Status 1/6 Alert 412\nStatus 1/7 Alert 412\n");
  assert_asked (f, "");
}

static void
test_text_that_no_screen_holds_is_416 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = g_strnfill (8193, 'x');
  g_autofree char *commands = g_strconcat ("<Alert><CmdID>2</CmdID><Data>1100</Data><Item/><Item><Data>", text,
                                           "</Data></Item></Alert>", ALERT ("3", "1100", "<Item/>" DATA ("Hi")), NULL);

  assert_answer (f, "416", commands, "Status 1/2 Alert 416\nStatus 1/3 Alert 416\n");
}

static void
test_codes_that_a_server_does_not_send (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200", ALERT ("2", "1105", "<Item/>" DATA ("x")) ALERT ("3", "1199", "") ALERT ("4", "1200", "")
                 ALERT ("5", "1201", "") ALERT ("6", "1224", "") ALERT ("7", "1226", "") ALERT ("8", "1299", "")
                 ALERT ("9", "100", "") ALERT ("10", "words", "") ALERT ("11", "1100x", "<Item/>" DATA ("x")),
                 "Status 1/2 Alert 406\nStatus 1/3 Alert 406\nStatus 1/4 Alert 405\nStatus 1/5 Alert 405\n"
                 "Status 1/6 Alert 405\nStatus 1/7 Alert 405\nStatus 1/8 Alert 406\nStatus 1/9 Alert 406\n"
                 "Status 1/10 Alert 406\nStatus 1/11 Alert 406\n");
  assert_asked (f, "");
}

/* ---- What an agent may say ---- */

static void
assert_refused (Fixture *f, const char *answer, const char *alert)
{
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "An agent answered*");
  assert_answer (f, answer, alert, "Status 1/2 Alert 500\n");
  g_test_assert_expected_messages ();
}

static void
test_input_that_is_too_long_is_not_passed_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_refused (f, "200 abcd", ALERT ("2", "1102", DATA ("MAXLEN=3") DATA ("Name?")));
}

static void
test_input_of_another_type_is_not_passed_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_refused (f, "200 abc", ALERT ("2", "1102", DATA ("IT=N") DATA ("How many?")));
}

static void
test_choice_that_is_none_is_not_passed_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_refused (f, "200 3", ALERT ("2", "1103", "<Item/>" DATA ("Which?") DATA ("A") DATA ("B")));
}

static void
test_two_answers_to_a_single_choice_are_not_passed_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_refused (f, "200 1|2", ALERT ("2", "1103", "<Item/>" DATA ("Which?") DATA ("A") DATA ("B")));
}

static void
test_same_choice_twice_is_not_passed_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_refused (f, "200 1|1", ALERT ("2", "1104", "<Item/>" DATA ("Which?") DATA ("A") DATA ("B")));
}

static void
test_only_a_confirmation_can_be_denied (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304;999", ALERT ("2", "1100", "<Item/>" DATA ("x")) ALERT ("3", "1100", "<Item/>" DATA ("x")),
                 "Status 1/2 Alert 500\nStatus 1/3 Alert 500\n");
}

static void
test_agent_that_hangs_is_408_after_maxdt (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "-", ALERT ("2", "1101", DATA ("MAXDT=1") DATA ("Sure?")) REPLACE ("3", "./Vendor/Motd", "x"),
                 "Status 1/2 Alert 408\nStatus 1/3 Replace ./Vendor/Motd 200\n");
  g_assert_cmpuint (fake_interaction_get_taken_back (f->interaction), ==, 1);
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
stopped_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_null (oma_session_step_finish (f->session, result, &f->step_error));
}

static void
test_question_is_taken_back_when_the_session_stops (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GBytes) body = NULL;
  g_autofree char *text = NULL;

  begin (f, "-");
  text = fixture_message (f, "", REPLACE ("2", "./Vendor/Motd", "before") CONFIRM ("3")
                          REPLACE ("4", "./Vendor/Motd", "after") "<Final/>");
  body = g_bytes_new (text, strlen (text));
  oma_session_feed_async (f->session, body, NULL, NULL, cancellable, stopped_cb, f);
  g_idle_add (cancel, cancellable);
  while (f->step_error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->step_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (fake_interaction_get_taken_back (f->interaction), ==, 1);
  assert_motd (f, "before");
}

/* ---- What the answer means for other commands ---- */

static void
test_no_directly_in_the_body_stops_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", CONFIRM ("2") REPLACE ("3", "./Vendor/Motd", "x"),
                 "Status 1/2 Alert 304\nStatus 1/3 Replace ./Vendor/Motd 200\n");
}

static void
test_no_stops_the_sequence (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", "<Sequence><CmdID>2</CmdID>" CONFIRM ("3") EXEC ("4", "./Ops/Fast")
                 "<Atomic><CmdID>5</CmdID>" REPLACE ("6", "./Vendor/Motd", "a") "</Atomic>"
                 "<Sequence><CmdID>7</CmdID>" GET ("8", "./Vendor/Motd") "</Sequence></Sequence>"
                 REPLACE ("9", "./Vendor/Motd", "b"),
                 "Status 1/2 Sequence 200\nStatus 1/3 Alert 304\nStatus 1/4 Exec ./Ops/Fast 215\n"
                 "Status 1/5 Atomic 215\nStatus 1/6 Replace ./Vendor/Motd 215\nStatus 1/7 Sequence 215\n"
                 "Status 1/8 Get ./Vendor/Motd 215\nStatus 1/9 Replace ./Vendor/Motd 200\n");
  g_assert_cmpuint (f->executed, ==, 0);
}

static void
test_no_in_an_inner_sequence_stops_only_that (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", "<Sequence><CmdID>2</CmdID><Sequence><CmdID>3</CmdID>" CONFIRM ("4")
                 EXEC ("5", "./Ops/Fast") "</Sequence>" REPLACE ("6", "./Vendor/Motd", "b") "</Sequence>",
                 "Status 1/2 Sequence 200\nStatus 1/3 Sequence 200\nStatus 1/4 Alert 304\n"
                 "Status 1/5 Exec ./Ops/Fast 215\nStatus 1/6 Replace ./Vendor/Motd 200\n");
}

static void
test_yes_lets_the_sequence_go_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200", "<Sequence><CmdID>2</CmdID>" CONFIRM ("3") EXEC ("4", "./Ops/Fast") "</Sequence>",
                 "Status 1/2 Sequence 200\nStatus 1/3 Alert 200\nStatus 1/4 Exec ./Ops/Fast 200\n");
}

static void
test_failed_command_does_not_stop_the_sequence (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "", "<Sequence><CmdID>2</CmdID>" CONFIRM ("3") REPLACE ("4", "./Vendor/Nope", "x")
                 REPLACE ("5", "./Vendor/Motd", "x") "</Sequence>",
                 "Status 1/2 Sequence 200\nStatus 1/3 Alert 406\nStatus 1/4 Replace ./Vendor/Nope 404\n"
                 "Status 1/5 Replace ./Vendor/Motd 200\n");
}

static void
test_time_out_stops_the_sequence (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "408", "<Sequence><CmdID>2</CmdID>" CONFIRM ("3") EXEC ("4", "./Ops/Fast") "</Sequence>"
                 REPLACE ("5", "./Vendor/Motd", "x"),
                 "Status 1/2 Sequence 200\nStatus 1/3 Alert 408\nStatus 1/4 Exec ./Ops/Fast 215\n"
                 "Status 1/5 Replace ./Vendor/Motd 200\n");
}

static void
test_cancel_stops_the_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "214", REPLACE ("2", "./Vendor/Motd", "before")
                 "<Sequence><CmdID>3</CmdID>" CONFIRM ("4") EXEC ("5", "./Ops/Fast") "</Sequence>"
                 GET ("6", "./Vendor/Motd") "<Atomic><CmdID>7</CmdID>" REPLACE ("8", "./Vendor/Motd", "a") "</Atomic>"
                 "<Sequence><CmdID>9</CmdID>" CONFIRM ("10") "</Sequence>" ALERT ("11", "1222", ""),
                 "Status 1/2 Replace ./Vendor/Motd 200\nStatus 1/3 Sequence 200\nStatus 1/4 Alert 214\n"
                 "Status 1/5 Exec ./Ops/Fast 215\nStatus 1/6 Get ./Vendor/Motd 215\nStatus 1/7 Atomic 215\n"
                 "Status 1/8 Replace ./Vendor/Motd 215\nStatus 1/9 Sequence 215\nStatus 1/10 Alert 215\n"
                 "Status 1/11 Alert 200\n");
  assert_motd (f, "before");
  assert_asked (f, "1101 dm.example.org 'Sure?'\n");
}

static void
test_yes_lets_the_atomic_happen (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = fixture_count_writes (f);

  assert_answer (f, "200", "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "a") CONFIRM ("4")
                 REPLACE ("5", "./Vendor/Note", "b") "</Atomic>" GET ("6", "./Vendor/Note"),
                 "Status 1/2 Atomic 200\nStatus 1/3 Replace ./Vendor/Motd 200\nStatus 1/4 Alert 200\n"
                 "Status 1/5 Replace ./Vendor/Note 200\nStatus 1/6 Get ./Vendor/Note 200\n"
                 "Results 1/6 ./Vendor/Note chr 'b'\n");
  g_assert_cmpuint (fixture_count_writes (f), ==, before + 1);
}

static void
test_no_rolls_the_atomic_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "a") CONFIRM ("4")
                 REPLACE ("5", "./Vendor/Note", "b") "</Atomic>" REPLACE ("6", "./Vendor/Note", "c"),
                 "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Vendor/Motd 216\nStatus 1/4 Alert 304\n"
                 "Status 1/5 Replace ./Vendor/Note 215\nStatus 1/6 Replace ./Vendor/Note 200\n");
  assert_motd (f, "hello");
}

static void
test_no_before_anything_ran_is_215_for_the_atomic (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", "<Atomic><CmdID>2</CmdID>" CONFIRM ("3") REPLACE ("4", "./Vendor/Motd", "a") "</Atomic>",
                 "Status 1/2 Atomic 215\nStatus 1/3 Alert 304\nStatus 1/4 Replace ./Vendor/Motd 215\n");
  assert_motd (f, "hello");
}

static void
test_cancel_in_an_atomic_stops_the_message_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200;214", "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "a")
                 CONFIRM ("4") CONFIRM ("5") "</Atomic>" REPLACE ("6", "./Vendor/Note", "c"),
                 "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Vendor/Motd 216\nStatus 1/4 Alert 216\n"
                 "Status 1/5 Alert 214\nStatus 1/6 Replace ./Vendor/Note 215\n");
}

static void
test_no_in_an_atomic_does_not_stop_the_sequence_around_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "304", "<Sequence><CmdID>2</CmdID><Atomic><CmdID>3</CmdID>" CONFIRM ("4") "</Atomic>"
                 REPLACE ("5", "./Vendor/Note", "c") "</Sequence>",
                 "Status 1/2 Sequence 200\nStatus 1/3 Atomic 215\nStatus 1/4 Alert 304\n"
                 "Status 1/5 Replace ./Vendor/Note 200\n");
}

static void
test_nobody_is_asked_for_an_atomic_that_cannot_succeed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "200", "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "a") CONFIRM ("4")
                 REPLACE ("5", "./DevInfo/Man", "b") "</Atomic>",
                 "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Vendor/Motd 216\nStatus 1/4 Alert 215\n"
                 "Status 1/5 Replace ./DevInfo/Man 405\n");
  assert_asked (f, "");
  assert_motd (f, "hello");
}

static void
test_atomic_without_a_user_to_ask_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_answer (f, "", "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Motd", "a") CONFIRM ("4") "</Atomic>",
                 "Status 1/2 Atomic 507\nStatus 1/3 Replace ./Vendor/Motd 216\nStatus 1/4 Alert 406\n");
  assert_motd (f, "hello");
}

static void
test_commands_before_a_question_are_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  begin (f, "200");
  fixture_fail_writes (f, OMA_STATUS_COMMAND_FAILED);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*The disk is broken");
  fixture_answer (f, 200, REPLACE ("2", "./Vendor/Motd", "a") CONFIRM ("3"), TRUE);
  g_test_assert_expected_messages ();
  fixture_assert_sent (f, HDR "Status 1/2 Replace ./Vendor/Motd 500\nStatus 1/3 Alert 200\nFinal\n");
}

#define add(name, func) fixture_add ("/interaction/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("10.2/display", test_display);
  add ("10.2/confirmation", test_confirmation);
  add ("10.2/text", test_text);
  add ("10.2/choice", test_choice);
  add ("10.2/multiple-choice", test_multiple_choice);
  add ("7/nobody-to-ask-is-406", test_nobody_to_ask_is_406);
  add ("7/missing-text-is-412", test_missing_text_is_412);
  add ("7/text-that-no-screen-holds-is-416", test_text_that_no_screen_holds_is_416);
  add ("7/codes-that-a-server-does-not-send", test_codes_that_a_server_does_not_send);
  add ("10.3/input-that-is-too-long-is-not-passed-on", test_input_that_is_too_long_is_not_passed_on);
  add ("10.3/input-of-another-type-is-not-passed-on", test_input_of_another_type_is_not_passed_on);
  add ("10.2/choice-that-is-none-is-not-passed-on", test_choice_that_is_none_is_not_passed_on);
  add ("10.2/two-answers-to-a-single-choice-are-not-passed-on",
       test_two_answers_to_a_single_choice_are_not_passed_on);
  add ("10.2/same-choice-twice-is-not-passed-on", test_same_choice_twice_is_not_passed_on);
  add ("10.2/only-a-confirmation-can-be-denied", test_only_a_confirmation_can_be_denied);
  add ("10.3/agent-that-hangs-is-408-after-maxdt", test_agent_that_hangs_is_408_after_maxdt);
  add ("question-is-taken-back-when-the-session-stops", test_question_is_taken_back_when_the_session_stops);
  add ("10/no-directly-in-the-body-stops-nothing", test_no_directly_in_the_body_stops_nothing);
  add ("10/no-stops-the-sequence", test_no_stops_the_sequence);
  add ("10/no-in-an-inner-sequence-stops-only-that", test_no_in_an_inner_sequence_stops_only_that);
  add ("10/yes-lets-the-sequence-go-on", test_yes_lets_the_sequence_go_on);
  add ("10/failed-command-does-not-stop-the-sequence", test_failed_command_does_not_stop_the_sequence);
  add ("10/time-out-stops-the-sequence", test_time_out_stops_the_sequence);
  add ("10/cancel-stops-the-message", test_cancel_stops_the_message);
  add ("10/yes-lets-the-atomic-happen", test_yes_lets_the_atomic_happen);
  add ("10/no-rolls-the-atomic-back", test_no_rolls_the_atomic_back);
  add ("10/no-before-anything-ran-is-215-for-the-atomic", test_no_before_anything_ran_is_215_for_the_atomic);
  add ("10/cancel-in-an-atomic-stops-the-message-too", test_cancel_in_an_atomic_stops_the_message_too);
  add ("10/no-in-an-atomic-does-not-stop-the-sequence-around-it",
       test_no_in_an_atomic_does_not_stop_the_sequence_around_it);
  add ("10/nobody-is-asked-for-an-atomic-that-cannot-succeed",
       test_nobody_is_asked_for_an_atomic_that_cannot_succeed);
  add ("10/atomic-without-a-user-to-ask-fails", test_atomic_without_a_user_to_ask_fails);
  add ("commands-before-a-question-are-done", test_commands_before_a_question_are_done);
  return g_test_run ();
}

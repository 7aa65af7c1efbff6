/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define REPLACE_MOTD "<Replace><CmdID>7</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                     "<Data>new</Data></Item></Replace>"
#define EXEC_SLOW "<Exec><CmdID>8</CmdID><Item><Target><LocURI>./Ops/Slow</LocURI></Target></Item></Exec>"

static void
test_start_gives_package_1 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_start (f);
  g_assert_cmpstr (f->step->media_type, ==, OMA_MEDIA_TYPE_XML);
  g_assert_cmpstr (f->step->uri, ==, "https://dm.example.org/s");
  g_assert_cmpuint (oma_session_get_counters (f->session)->messages_sent, ==, 1);
  fixture_assert_sent (f, "Alert 1201\n"
                          "Replace ./DevInfo/DevId 'urn:dev:1' ./DevInfo/Man 'Example Corp' ./DevInfo/Mod 'Edge-7' "
                          "./DevInfo/DmV '0.1' ./DevInfo/Lang 'en-US'\n"
                          "Final\n");
}

static void
test_unreadable_device_information_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_executor_free (f->executor);
  oma_tree_free (f->tree);
  f->tree = oma_tree_new ();
  oma_tree_load (f->tree, f->store, NULL);
  f->executor = oma_executor_new (f->tree);
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./DevInfo/* could not be read*");
  fixture_start (f);
  g_test_assert_expected_messages ();
  fixture_assert_sent (f, "Alert 1201\nReplace ./DevInfo/DevId 'urn:dev:1'\nFinal\n");
}

static void
start_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_callback_never_comes_before_the_call_returned (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gboolean called = FALSE;

  f->session = oma_session_new (f->executor, &f->config);
  oma_session_start_async (f->session, NULL, start_cb, &called);
  g_assert_false (called);
  while (!called)
    g_main_context_iteration (NULL, TRUE);
}

static void
pending_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GError **error = user_data;

  g_assert_null (oma_session_step_finish (NULL, result, error));
}

static void
test_steps_do_not_overlap (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  gboolean called = FALSE;
  g_autoptr(GBytes) body = NULL;
  g_autofree char *text = NULL;

  fixture_begin (f);
  text = fixture_message (f, "", EXEC_SLOW "<Final/>");
  body = g_bytes_new (text, strlen (text));
  oma_session_feed_async (f->session, body, NULL, NULL, NULL, start_cb, &called);
  oma_session_abort_async (f->session, pending_cb, &error);
  while (!called)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_cmpuint (f->executed, ==, 1);
}

static void
test_feed_after_the_end_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  fixture_feed (f, "<SyncML/>");
  g_assert_error (f->step_error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
cancel_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_null (oma_session_step_finish (f->session, result, &f->step_error));
}

static void
test_cancelled_message_leaves_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *text = NULL, *motd = NULL;
  g_autoptr(GBytes) body = NULL;

  fixture_begin (f);
  text = fixture_message (f, "", REPLACE_MOTD EXEC_SLOW "<Final/>");
  body = g_bytes_new (text, strlen (text));
  oma_session_feed_async (f->session, body, NULL, NULL, cancellable, cancel_cb, f);
  g_cancellable_cancel (cancellable);
  while (f->step_error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->step_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  g_assert_nonnull (f->sent);
}

static void
test_abort_sends_1223 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  fixture_begin (f);
  fixture_answer (f, 200, REPLACE_MOTD, TRUE);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  text = fixture_describe (f);
  g_assert_cmpstr (text, ==, "Alert 1223\nFinal\n");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  g_assert_null (f->step->body);
}

static void
test_abort_before_the_start_sends_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->session = oma_session_new (f->executor, &f->config);
  fixture_abort (f);
  fixture_assert_failed (f, OMA_SESSION_ERROR_STOPPED);
  g_assert_null (f->step->body);
}

static void
test_everything_is_committed_once_before_the_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before;

  fixture_begin (f);
  before = fixture_count_writes (f);
  fixture_answer (f, 200, REPLACE_MOTD REPLACE_MOTD REPLACE_MOTD, TRUE);
  g_assert_cmpuint (fixture_count_writes (f), ==, before + 1);
}

static void
test_nothing_to_commit_writes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before;

  fixture_begin (f);
  before = fixture_count_writes (f);
  fixture_answer (f, 200, "<Get><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>",
                  TRUE);
  g_assert_cmpuint (fixture_count_writes (f), ==, before);
}

static void
assert_failed_commit (Fixture *f, OmaStatus failure, const char *expected)
{
  g_autofree char *motd = NULL;

  fixture_begin (f);
  fixture_fail_writes (f, failure);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "Could not commit*The disk is broken");
  fixture_answer (f, 200,
                  "<Get><CmdID>6</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>" REPLACE_MOTD
                  "<Get><CmdID>8</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>"
                  "<Replace><CmdID>9</CmdID><Item><Target><LocURI>./Vendor/Nope</LocURI></Target><Data>x</Data></Item>"
                  "</Replace>", TRUE);
  g_test_assert_expected_messages ();
  fixture_assert_sent (f, expected);
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
}

static void
test_failed_commit_fails_changes_and_what_read_them (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_failed_commit (f, OMA_STATUS_COMMAND_FAILED,
                        "Status 1/0 SyncHdr 200\n"
                        "Status 1/6 Get ./Vendor/Motd 200\nResults 1/6 ./Vendor/Motd chr 'hello'\n"
                        "Status 1/7 Replace ./Vendor/Motd 500\n"
                        "Status 1/8 Get ./Vendor/Motd 500\n"
                        "Status 1/9 Replace ./Vendor/Nope 404\nFinal\n");
}

static void
test_full_disk_is_420 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_failed_commit (f, OMA_STATUS_DEVICE_FULL,
                        "Status 1/0 SyncHdr 200\n"
                        "Status 1/6 Get ./Vendor/Motd 200\nResults 1/6 ./Vendor/Motd chr 'hello'\n"
                        "Status 1/7 Replace ./Vendor/Motd 420\n"
                        "Status 1/8 Get ./Vendor/Motd 500\n"
                        "Status 1/9 Replace ./Vendor/Nope 404\nFinal\n");
}

static void
test_counters (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaSessionCounters *counters;

  fixture_begin (f);
  fixture_answer (f, 200, REPLACE_MOTD
                  "<Get><CmdID>8</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item>"
                  "<Item><Target><LocURI>./Vendor/Nope</LocURI></Target></Item></Get>", TRUE);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  counters = oma_session_get_counters (f->session);
  g_assert_cmpuint (counters->messages_sent, ==, 2);
  g_assert_cmpuint (counters->messages_received, ==, 2);
  g_assert_cmpuint (counters->commands, ==, 3);
  g_assert_cmpuint (counters->failed_commands, ==, 1);
}

static void
test_thousand_commands_in_one_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) commands = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (commands, "<Replace><CmdID>c%u</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>"
                            "<Data>v%u</Data></Item></Replace>", i, i);
  fixture_begin (f);
  fixture_answer (f, 200, commands->str, TRUE);
  for (const OmaCommand *status = f->sent->first_command; status != NULL; status = status->next, n++)
    g_assert_cmpstr (status->data, ==, "200");
  g_assert_cmpuint (n, ==, 1001);
  g_assert_true (f->sent->final);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/session/start-gives-package-1", test_start_gives_package_1);
  fixture_add ("/session/unreadable-device-information-is-left-out", test_unreadable_device_information_is_left_out);
  fixture_add ("/session/callback-never-comes-before-the-call-returned",
               test_callback_never_comes_before_the_call_returned);
  fixture_add ("/session/steps-do-not-overlap", test_steps_do_not_overlap);
  fixture_add ("/session/feed-after-the-end-is-refused", test_feed_after_the_end_is_refused);
  fixture_add ("/session/cancelled-message-leaves-nothing", test_cancelled_message_leaves_nothing);
  fixture_add ("/session/abort-sends-1223", test_abort_sends_1223);
  fixture_add ("/session/abort-before-the-start-sends-nothing", test_abort_before_the_start_sends_nothing);
  fixture_add ("/session/everything-is-committed-once-before-the-answer",
               test_everything_is_committed_once_before_the_answer);
  fixture_add ("/session/nothing-to-commit-writes-nothing", test_nothing_to_commit_writes_nothing);
  fixture_add ("/session/failed-commit-fails-changes-and-what-read-them", test_failed_commit_fails_changes_and_what_read_them);
  fixture_add ("/session/full-disk-is-420", test_full_disk_is_420);
  fixture_add ("/session/counters", test_counters);
  fixture_add ("/session/thousand-commands-in-one-message", test_thousand_commands_in_one_message);
  return g_test_run ();
}

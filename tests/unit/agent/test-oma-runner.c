/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-runner-private.h"

#include <libsoup/soup.h>
#include <string.h>

#define SECRET "TopSecretOfTheDevice"

/* A management server that says what the test says. */
typedef struct {
  AgentTest         base;
  SoupServer       *server;
  OmaAccount       *account;
  OmaConfig        *config;
  OmaRunnerContext  context;
  const char       *answers[4];     /* SyncBody of each answer, %NULL: none comes */
  guint             n_requests;
  GString          *requests;
  GString          *shown;
  char             *nonce_at_request[4];
  SoupServerMessage *held;
  guint             n_ended;
} Fixture;

static char *
get_element (const char *text, const char *name)
{
  g_autofree char *begin = g_strdup_printf ("<%s>", name);
  const char *start = strstr (text, begin);
  const char *end;

  if (start == NULL)
    return g_strdup ("");
  start += strlen (begin);
  end = strchr (start, '<');
  g_assert_nonnull (end);
  return g_strndup (start, (gsize) (end - start));
}

static char *
make_answer (const char *request, guint number, const char *body)
{
  g_autofree char *session = get_element (request, "SessionID");

  return g_strdup_printf (
    "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
    "<SessionID>%s</SessionID><MsgID>%u</MsgID><Target><LocURI>urn:test:1</LocURI></Target>"
    "<Source><LocURI>http://server</LocURI></Source></SyncHdr><SyncBody>%s<Final/></SyncBody></SyncML>",
    session, number, body);
}

static void
read_nonce (Fixture *f, guint request)
{
  OmaCredentials credentials;

  oma_account_read_credentials (f->account, FALSE, &credentials);
  if (credentials.nonce != NULL)
    f->nonce_at_request[request] = g_strndup (g_bytes_get_data (credentials.nonce, NULL),
                                              g_bytes_get_size (credentials.nonce));
  oma_credentials_clear (&credentials);
}

static void
serve (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, const char *path G_GNUC_UNUSED,
       GHashTable *query G_GNUC_UNUSED, gpointer user_data)
{
  Fixture *f = user_data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autofree char *request = g_strndup (body->data, (gsize) body->length);
  guint number = f->n_requests++;
  char *answer;

  g_string_append (f->requests, request);
  g_assert_cmpuint (number, <, G_N_ELEMENTS (f->answers));
  read_nonce (f, number);
  if (f->answers[number] == NULL)
    {
      f->held = g_object_ref (message);
      soup_server_message_pause (message);
      return;
    }
  answer = make_answer (request, number + 1, f->answers[number]);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, OMA_MEDIA_TYPE_XML, SOUP_MEMORY_TAKE, answer, strlen (answer));
}

static char *
listen_on_loopback (Fixture *f)
{
  g_autoptr(GError) error = NULL;
  GSList *uris;
  char *url;

  f->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (f->server, NULL, serve, f, NULL);
  soup_server_listen_local (f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (f->server);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GError) error = NULL;

  agent_test_set_up (&f->base, data);
  f->requests = g_string_new (NULL);
  f->shown = g_string_new (NULL);
  g_free (config->url);
  config->url = listen_on_loopback (f);
  config->allow_http = TRUE;
  f->account = agent_test_add (&f->base, config, &error);
  g_assert_no_error (error);
  f->config = oma_config_new ();
  f->config->resend_delay = 0;
  f->context = (OmaRunnerContext) { f->base.executor, f->base.store, f->config };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->held);
  soup_server_disconnect (f->server);
  g_clear_object (&f->server);
  g_object_unref (f->account);
  agent_test_tear_down (&f->base, data);
  oma_config_free (f->config);
  g_string_free (f->requests, TRUE);
  g_string_free (f->shown, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (f->nonce_at_request); i++)
    g_free (f->nonce_at_request[i]);
}

static void
ended_cb (OmaRunner *runner, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_true (oma_runner_is_over (runner));
  f->n_ended++;
}

static void
message_cb (OmaRunner *runner G_GNUC_UNUSED, gboolean sent, guint number, const char *text, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (f->shown, "%s%u\n%s\n", sent ? "sent " : "received ", number, text);
}

static OmaRunner *
start (Fixture *f)
{
  OmaRunner *runner = oma_runner_new (&f->context, f->account);

  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_QUEUED);
  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), f);
  g_signal_connect (runner, "message", G_CALLBACK (message_cb), f);
  oma_runner_start (runner, "urn:test:1");
  return runner;
}

static void
wait_for_end (OmaRunner *runner)
{
  while (!oma_runner_is_over (runner))
    g_main_context_iteration (NULL, TRUE);
}

#define HEADER_STATUS(ref, code) \
  "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>" code "</Data></Status>"
#define CHALLENGE(ref, nonce, code)                                                                         \
  "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"                   \
  "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type>" \
  "<NextNonce xmlns='syncml:metinf'>" nonce "</NextNonce></Meta></Chal><Data>" code "</Data></Status>"
#define REPLACE(uri, text)                                                                                \
  "<Replace><CmdID>2</CmdID><Item><Target><LocURI>" uri "</LocURI></Target><Data>" text "</Data></Item></Replace>"

static void
test_commands_are_run_and_counted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autofree char *text = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->answers[1] = HEADER_STATUS ("2", "200");
  runner = start (f);
  wait_for_end (runner);
  g_assert_null (oma_runner_get_reason (runner));
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_SUCCEEDED);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_sent, ==, 2);
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_received, ==, 2);
  g_assert_cmpuint (oma_runner_get_counters (runner)->commands, ==, 1);
  g_assert_cmpuint (oma_runner_get_counters (runner)->failed_commands, ==, 0);
  text = agent_test_get (&f->base, "./Vendor/Fixed");
  g_assert_cmpstr (text, ==, "remote");
}

/* DM Security 1.2, section 5.3.4: written before the message that uses it. */
static void
test_nonce_is_kept_before_it_is_used (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = CHALLENGE ("1", "bm9uY2Utb25l", "401");
  f->answers[1] = CHALLENGE ("2", "bm9uY2UtdHdv", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->answers[2] = HEADER_STATUS ("3", "200");
  runner = start (f);
  wait_for_end (runner);
  g_assert_null (oma_runner_get_reason (runner));
  g_assert_cmpuint (f->n_requests, ==, 3);
  /* A stranger's nonce is used, but not kept: he may not be the server. */
  g_assert_cmpstr (f->nonce_at_request[1], ==, NULL);
  g_assert_cmpstr (f->nonce_at_request[2], ==, "nonce-two");
}

static void
test_nonce_that_comes_last_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = CHALLENGE ("1", "bm9uY2Utb25l", "401");
  f->answers[1] = CHALLENGE ("2", "bm9uY2UtdHdv", "212");
  runner = start (f);
  wait_for_end (runner);
  g_assert_null (oma_runner_get_reason (runner));
  g_assert_cmpuint (f->n_requests, ==, 2);
  read_nonce (f, 3);
  g_assert_cmpstr (f->nonce_at_request[3], ==, "nonce-two");
}

static void
test_messages_are_shown_without_secrets (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./DMAcc/a/AppAuth/CLCRED/AAuthSecret", "NewSecretOfTheDevice");
  f->answers[1] = HEADER_STATUS ("2", "200");
  runner = start (f);
  wait_for_end (runner);
  g_assert_nonnull (strstr (f->shown->str, "sent 1\n"));
  g_assert_nonnull (strstr (f->shown->str, "received 1\n"));
  g_assert_nonnull (strstr (f->shown->str, "AAuthSecret"));
  g_assert_null (strstr (f->shown->str, "NewSecret"));
  g_assert_null (strstr (f->requests->str, SECRET));
}

static void
test_stopping_tells_the_server (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  gint64 begin;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->answers[2] = HEADER_STATUS ("3", "200");
  runner = start (f);
  while (f->held == NULL)
    g_main_context_iteration (NULL, TRUE);
  begin = g_get_monotonic_time ();
  oma_runner_stop (runner);
  wait_for_end (runner);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (f->n_requests, ==, 3);
  g_assert_nonnull (strstr (f->requests->str, "<Data>1223</Data>"));
  g_assert_cmpuint (f->n_ended, ==, 1);
}

static void
test_a_server_that_says_nothing_does_not_hold_the_stop (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = start (f);
  gint64 begin;

  while (f->held == NULL)
    g_main_context_iteration (NULL, TRUE);
  begin = g_get_monotonic_time ();
  oma_runner_stop (runner);
  oma_runner_stop (runner);
  wait_for_end (runner);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, "Stopped");
  g_assert_cmpuint (f->n_ended, ==, 1);
}

static void
test_what_is_queued_stops_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = oma_runner_new (&f->context, f->account);

  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), f);
  oma_runner_stop (runner);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (f->n_requests, ==, 0);
}

static void
test_failures_name_their_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) no_device = oma_runner_new (&f->context, f->account);
  g_autoptr(OmaRunner) refused = NULL;

  oma_runner_start (no_device, NULL);
  g_assert_cmpint (oma_runner_get_state (no_device), ==, OMA_RUNNER_FAILED);
  g_assert_nonnull (strstr (oma_runner_get_reason (no_device), "DevId"));
  soup_server_disconnect (f->server);
  refused = start (f);
  wait_for_end (refused);
  g_assert_cmpint (oma_runner_get_state (refused), ==, OMA_RUNNER_FAILED);
  g_assert_nonnull (oma_runner_get_reason (refused));
  g_assert_true (agent_test_has_logged (oma_runner_get_reason (refused)));
}

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GPtrArray **) user_data = oma_store_list_sessions_finish (OMA_STORE (source), result, NULL);
}

static void
test_history_keeps_what_happened (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) first = NULL;
  g_autoptr(OmaRunner) second = NULL;
  g_autoptr(GPtrArray) records = NULL;
  g_autofree char *session_id = NULL;
  const OmaSessionRecord *record;

  f->answers[0] = HEADER_STATUS ("1", "212");
  first = start (f);
  wait_for_end (first);
  session_id = get_element (f->requests->str, "SessionID");
  soup_server_disconnect (f->server);
  second = start (f);
  wait_for_end (second);
  g_assert_cmpint (oma_runner_get_id (second), >, oma_runner_get_id (first));
  oma_store_list_sessions_async (f->base.store, 10, list_cb, &records);
  while (records == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (records->len, ==, 2);
  record = records->pdata[1];
  g_assert_cmpint (record->id, ==, oma_runner_get_id (first));
  g_assert_cmpstr (record->account, ==, "a");
  g_assert_cmpstr (record->session_id, ==, session_id);
  g_assert_cmpstr (record->reason, ==, NULL);
  g_assert_cmpint (record->end_time, >=, record->start_time);
  record = records->pdata[0];
  g_assert_cmpstr (record->reason, ==, oma_runner_get_reason (second));
  g_ptr_array_set_free_func (records, (GDestroyNotify) oma_session_record_free);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/runner/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("commands-are-run-and-counted", test_commands_are_run_and_counted);
  ADD ("nonce-is-kept-before-it-is-used", test_nonce_is_kept_before_it_is_used);
  ADD ("nonce-that-comes-last-is-kept", test_nonce_that_comes_last_is_kept);
  ADD ("messages-are-shown-without-secrets", test_messages_are_shown_without_secrets);
  ADD ("stopping-tells-the-server", test_stopping_tells_the_server);
  ADD ("a-server-that-says-nothing-does-not-hold-the-stop", test_a_server_that_says_nothing_does_not_hold_the_stop);
  ADD ("what-is-queued-stops-at-once", test_what_is_queued_stops_at_once);
  ADD ("failures-name-their-reason", test_failures_name_their_reason);
  ADD ("history-keeps-what-happened", test_history_keeps_what_happened);
#undef ADD
  return g_test_run ();
}

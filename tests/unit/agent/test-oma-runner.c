/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"
#include "agent/oma-exchange.h"
#include "agent/oma-interruption.h"
#include "agent/oma-retry.h"
#include "agent/oma-runner-private.h"
#include "agent/oma-session-queue.h"
#include "base/oma-digest.h"
#include "session/oma-version.h"

#include <libsoup/soup.h>
#include <string.h>

#define SECRET "TopSecretOfTheDevice"
#define N_ANSWERS 8
#define LOST 1

/* A management server that says what the test says. */
typedef struct {
  AgentTest         base;
  SoupServer       *server;
  OmaAccount       *account;
  OmaConfig        *config;
  OmaRunnerContext  context;
  const char       *answers[N_ANSWERS];   /* SyncBody of each answer, %NULL: none comes */
  guint             status[N_ANSWERS];    /* HTTP status in place of an answer; LOST: the connection ends */
  const char       *retry_after;
  const char       *speaks;         /* the only VerProto that does not get 513; %NULL: any */
  guint             n_requests;
  GString          *requests;
  GString          *shown;
  char             *nonce_at_request[N_ANSWERS];
  GPtrArray        *bodies;         /* of requests */
  SoupServerMessage *held;
  guint             n_ended;
} Fixture;

#define HEADER_STATUS(ref, code) \
  "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>" code "</Data></Status>"
#define CHALLENGE(ref, nonce, code)                                                                         \
  "<Status><CmdID>1</CmdID><MsgRef>" ref "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>"                   \
  "<Chal><Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>syncml:auth-md5</Type>" \
  "<NextNonce xmlns='syncml:metinf'>" nonce "</NextNonce></Meta></Chal><Data>" code "</Data></Status>"
#define REPLACE(uri, text)                                                                                \
  "<Replace><CmdID>2</CmdID><Item><Target><LocURI>" uri "</LocURI></Target><Data>" text "</Data></Item></Replace>"

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
  g_autofree char *version = get_element (request, "VerProto");

  return g_strdup_printf (
    "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>%s</VerProto>"
    "<SessionID>%s</SessionID><MsgID>%u</MsgID><Target><LocURI>urn:test:1</LocURI></Target>"
    "<Source><LocURI>http://server</LocURI></Source></SyncHdr><SyncBody>%s<Final/></SyncBody></SyncML>",
    version, session, number, body);
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

static gboolean
speaks (const Fixture *f, const char *request)
{
  g_autofree char *version = get_element (request, "VerProto");

  return f->speaks == NULL || strcmp (version, f->speaks) == 0;
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
  g_ptr_array_add (f->bodies, g_strdup (request));
  if (f->status[number] == LOST)
    {
      g_autoptr(GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  if (f->status[number] != 0)
    {
      if (f->retry_after != NULL)
        soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After", f->retry_after);
      soup_server_message_set_status (message, f->status[number], NULL);
      return;
    }
  if (f->answers[number] == NULL)
    {
      f->held = g_object_ref (message);
      soup_server_message_pause (message);
      return;
    }
  answer = make_answer (request, number + 1, speaks (f, request) ? f->answers[number] : HEADER_STATUS ("1", "513"));
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, OMA_MEDIA_TYPE_XML, SOUP_MEMORY_TAKE, answer, strlen (answer));
}

/* @text: "PROTOCOL OPTION", either may be missing. */
static void
configure (OmaAccountConfig *config, const char *text)
{
  g_auto(GStrv) words = g_strsplit (text != NULL ? text : "", " ", 2);

  if (words[0] != NULL && *words[0] != '\0')
    g_assert_true (oma_dm_version_from_name (words[0], &config->protocol));
  if (words[0] != NULL && words[1] != NULL)
    g_hash_table_insert (config->options, g_strdup (words[1]), g_strdup ("true"));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GError) error = NULL;

  agent_test_set_up (&f->base, data);
  f->requests = g_string_new (NULL);
  f->bodies = g_ptr_array_new_with_free_func (g_free);
  f->shown = g_string_new (NULL);
  g_free (config->url);
  config->url = agent_test_listen (&f->server, serve, f);
  config->allow_http = TRUE;
  configure (config, data);
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
  g_ptr_array_unref (f->bodies);
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
message_cb (OmaRunner *runner G_GNUC_UNUSED, const OmaRunnerMessage *message, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_cmpstr (message->encoding, ==, "xml");
  g_assert_cmpuint (message->size, >, 0);
  g_string_append_printf (f->shown, "%s%u\n%s\n", message->sent ? "sent " : "received ", message->number,
                          message->text);
}

static void
resent_cb (OmaRunner *runner G_GNUC_UNUSED, guint number, guint time, const char *reason, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_cmpstr (reason, !=, "");
  g_string_append_printf (f->shown, "sent %u again %u\n", number, time);
}

static OmaRunner *
start (Fixture *f)
{
  OmaRunner *runner = oma_runner_new (&f->context, f->account, &(OmaSessionCause) OMA_SESSION_CAUSE_CLIENT);

  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_QUEUED);
  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), f);
  g_signal_connect (runner, "message", G_CALLBACK (message_cb), f);
  g_signal_connect (runner, "resent", G_CALLBACK (resent_cb), f);
  oma_runner_start (runner, "urn:test:1");
  return runner;
}

static void
test_commands_are_run_and_counted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autofree char *text = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->answers[1] = HEADER_STATUS ("2", "200");
  runner = start (f);
  agent_test_wait_for_end (runner);
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
  agent_test_wait_for_end (runner);
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
  agent_test_wait_for_end (runner);
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
  agent_test_wait_for_end (runner);
  g_assert_nonnull (strstr (f->shown->str, "sent 1\n"));
  g_assert_nonnull (strstr (f->shown->str, "received 1\n"));
  g_assert_nonnull (strstr (f->shown->str, "AAuthSecret"));
  g_assert_null (strstr (f->shown->str, "NewSecret"));
  g_assert_null (strstr (f->requests->str, SECRET));
}

/* Windows: "./Device" in front of a URI is the same node (the option says so). */
static void
test_secrets_are_not_shown_under_another_name (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./dEvice/DMAcc/a/AppAuth/CLCRED/AAuthSecret", "NewSecretOfTheDevice");
  f->answers[1] = HEADER_STATUS ("2", "200");
  runner = start (f);
  agent_test_wait_for_end (runner);
  g_assert_nonnull (strstr (f->shown->str, "./dEvice/DMAcc/a/AppAuth/CLCRED/AAuthSecret"));
  g_assert_null (strstr (f->shown->str, "NewSecret"));
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
  agent_test_wait_for_end (runner);
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
  agent_test_wait_for_end (runner);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, "Stopped");
  g_assert_cmpuint (f->n_ended, ==, 1);
}

static void
test_what_is_queued_stops_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = oma_runner_new (&f->context, f->account, &(OmaSessionCause) OMA_SESSION_CAUSE_CLIENT);

  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), f);
  oma_runner_stop (runner);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (f->n_requests, ==, 0);
}

static void
test_failures_name_their_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) no_device = oma_runner_new (&f->context, f->account, &(OmaSessionCause) OMA_SESSION_CAUSE_CLIENT);
  g_autoptr(OmaRunner) refused = NULL;

  oma_runner_start (no_device, NULL);
  g_assert_cmpint (oma_runner_get_state (no_device), ==, OMA_RUNNER_FAILED);
  g_assert_nonnull (strstr (oma_runner_get_reason (no_device), "DevId"));
  soup_server_disconnect (f->server);
  refused = start (f);
  agent_test_wait_for_end (refused);
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
  agent_test_wait_for_end (first);
  session_id = get_element (f->requests->str, "SessionID");
  soup_server_disconnect (f->server);
  second = start (f);
  agent_test_wait_for_end (second);
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

static void
test_sessions_at_a_time_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaSessionQueue) queue = oma_session_queue_new ();
  OmaAccountConfig *config = agent_test_make_config ("b", "com.example.b");
  g_autoptr(OmaAccount) other = NULL;
  OmaRunner *first, *second;

  config->allow_http = TRUE;
  g_free (config->url);
  config->url = g_strdup (oma_account_get_url (f->account));
  other = agent_test_add (&f->base, config, NULL);
  f->config->max_sessions = 1;
  oma_session_queue_open (queue, &f->context);
  oma_session_queue_set_device_id (queue, "urn:test:1");
  first = oma_session_queue_add (queue, f->account);
  second = oma_session_queue_add (queue, other);
  while (f->n_requests == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (oma_runner_get_state (first), ==, OMA_RUNNER_RUNNING);
  g_assert_cmpint (oma_runner_get_state (second), ==, OMA_RUNNER_QUEUED);
  g_assert_cmpuint (oma_session_queue_count_running (queue), ==, 1);
  oma_runner_stop (first);
  agent_test_wait_for_end (first);
  while (oma_runner_get_state (second) == OMA_RUNNER_QUEUED)
    g_main_context_iteration (NULL, TRUE);
  oma_session_queue_stop (queue);
  agent_test_wait_for_end (second);
  oma_session_queue_close (queue);
}

/* ---- Answers that do not arrive ---- */

static void
run (Fixture *f)
{
  g_autoptr(OmaRunner) runner = start (f);

  agent_test_wait_for_end (runner);
}

static char *
sent_element (Fixture *f, guint request, const char *name)
{
  g_assert_cmpuint (request, <, f->bodies->len);
  return get_element (f->bodies->pdata[request], name);
}

static void
assert_element (Fixture *f, guint request, const char *name, const char *expected)
{
  g_autofree char *text = sent_element (f, request, name);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_lost_answer_is_asked_for_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->status[1] = LOST;
  f->status[2] = 503;
  f->answers[3] = HEADER_STATUS ("2", "200");
  runner = start (f);
  agent_test_wait_for_end (runner);
  g_assert_null (oma_runner_get_reason (runner));
  g_assert_cmpuint (f->n_requests, ==, 4);
  g_assert_cmpstr (f->bodies->pdata[1], ==, f->bodies->pdata[2]);
  g_assert_cmpstr (f->bodies->pdata[1], ==, f->bodies->pdata[3]);
  g_assert_cmpuint (oma_runner_get_counters (runner)->commands, ==, 1);
  g_assert_cmpuint (oma_runner_get_counters (runner)->messages_sent, ==, 2);
  g_assert_nonnull (strstr (f->shown->str, "sent 2 again 1\nsent 2 again 2\nreceived 2\n"));
}

static void
test_sending_again_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->config->resends = 2;
  for (guint i = 0; i < N_ANSWERS; i++)
    f->status[i] = LOST;
  runner = start (f);
  agent_test_wait_for_end (runner);
  g_assert_cmpint (oma_runner_get_state (runner), ==, OMA_RUNNER_FAILED);
  g_assert_cmpuint (f->n_requests, ==, 3);
}

static void
test_404_is_the_servers_word (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->status[0] = 404;
  runner = start (f);
  agent_test_wait_for_end (runner);
  g_assert_cmpuint (f->n_requests, ==, 1);
  g_assert_nonnull (strstr (oma_runner_get_reason (runner), "404"));
}

static void
test_long_retry_after_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 before = g_get_real_time () / G_USEC_PER_SEC;

  f->status[0] = 503;
  f->retry_after = "3600";
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 1);
  g_assert_cmpint (oma_account_get_not_before (f->account), >=, before + 3600);
  f->answers[1] = HEADER_STATUS ("1", "212");
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 2);
  g_assert_cmpint (oma_account_get_not_before (f->account), ==, 0);
}

static void
test_waiting_ends_with_the_stop (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  gint64 begin = g_get_monotonic_time ();

  f->config->resend_delay = 60;
  f->status[0] = LOST;
  f->answers[1] = HEADER_STATUS ("2", "200");
  runner = start (f);
  while (f->n_requests == 0 || !agent_test_has_logged ("sent again in 60.000 s"))
    g_main_context_iteration (NULL, TRUE);
  oma_runner_stop (runner);
  agent_test_wait_for_end (runner);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (oma_runner_get_reason (runner), ==, "Stopped");
}

/* ---- Servers of another release ---- */

/* DM 1.3: 513 to 1.3, then 1.2, which is remembered */
static void
test_version_is_stepped_down_and_remembered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *second = NULL;

  f->speaks = "DM/1.2";
  f->answers[0] = f->answers[1] = f->answers[2] = HEADER_STATUS ("1", "212");
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 2);
  assert_element (f, 0, "VerProto", "DM/1.3");
  assert_element (f, 1, "VerProto", "DM/1.2");
  assert_element (f, 1, "MsgID", "1");
  first = sent_element (f, 0, "SessionID");
  second = sent_element (f, 1, "SessionID");
  g_assert_cmpstr (first, !=, second);
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 3);
  assert_element (f, 2, "VerProto", "DM/1.2");
}

static void
test_version_is_stepped_down_to_1_1_and_no_further (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->speaks = "DM/0.9";
  f->answers[0] = f->answers[1] = f->answers[2] = f->answers[3] = "";
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 3);
  assert_element (f, 2, "VerProto", "DM/1.1");
  assert_element (f, 2, "VerDTD", "1.1");
  g_assert_null (oma_account_get_own_text (f->account, "WorkingProtocol"));
}

static void
test_no_fallback_stops_after_the_first_failure (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->speaks = "DM/1.2";
  f->answers[0] = f->answers[1] = HEADER_STATUS ("1", "212");
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 1);
}

static void
test_http_refusal_of_message_1_steps_down (Fixture *f, gconstpointer data)
{
  const char *kept;
  guint code = (guint) g_ascii_strtoull (strrchr (g_test_get_path (), '-') + 1, NULL, 10);

  g_assert_null (data);
  f->status[0] = code;
  f->answers[1] = HEADER_STATUS ("1", "212");
  run (f);
  g_assert_cmpuint (f->n_requests, ==, 2);
  assert_element (f, 1, "VerProto", "DM/1.1");
  kept = oma_account_get_own_text (f->account, "WorkingProtocol");
  /* A server's own failure may be over the next time. */
  g_assert_cmpstr (kept, ==, code == 500 ? NULL : "1.1");
}

static void
test_http_refusal_of_a_later_message_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->status[1] = 400;
  runner = start (f);
  agent_test_wait_for_end (runner);
  g_assert_cmpuint (f->n_requests, ==, 2);
  g_assert_nonnull (strstr (oma_runner_get_reason (runner), "400"));
}

/* ---- Credentials that the server replaces ---- */

#define UID "0x0000800c0E66424CA5FC640B96F97F71F59FACD5144489503451BBA206790CA39F134945"

static void
assert_cred (Fixture *f, guint request, const char *name, const char *secret, const char *nonce)
{
  g_autoptr(GBytes) octets = g_bytes_new_static (nonce, strlen (nonce));
  g_autofree char *digest = oma_digest_response (OMA_DIGEST_MD5, name, secret, octets);

  g_assert_cmpuint (request, <, f->bodies->len);
  assert_element (f, request, "LocName", name);
  g_assert_nonnull (strstr (f->bodies->pdata[request], digest));
}

static void
replace_credentials (Fixture *f, const char *answer)
{
  f->answers[0] = CHALLENGE ("1", "bm9uY2Utb25l", "407");
  f->answers[1] = answer;
  f->answers[2] = HEADER_STATUS ("3", "200");
  run (f);
}

/* Also a server that wanted no proof any more gets that of the new ones. */
static void
test_windows_server_replaces_credentials_in_mid_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  replace_credentials (f, HEADER_STATUS ("2", "212")
                       REPLACE ("./SyncML/DMAcc/" UID "/AppAuth/CLCRED/AAuthName", "new-user")
                       REPLACE ("./SyncML/DMAcc/" UID "/AppAuth/CLCRED/AAuthSecret", "new-secret"));
  g_assert_cmpuint (f->n_requests, ==, 3);
  assert_cred (f, 2, "new-user", "new-secret", "nonce-one");
}

/* DM Security 1.2: what a server replaces in its account holds from the next session on. */
static void
test_replaced_credentials_hold_from_the_next_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *before = NULL;

  replace_credentials (f, HEADER_STATUS ("2", "200")
                       REPLACE ("./DMAcc/a/AppAuth/CLCRED/AAuthName", "new-user")
                       REPLACE ("./DMAcc/a/AppAuth/CLCRED/AAuthSecret", "new-secret"));
  g_assert_cmpuint (f->n_requests, ==, 3);
  before = sent_element (f, 1, "LocName");
  assert_element (f, 2, "LocName", before);
  f->answers[3] = CHALLENGE ("1", "bm9uY2UtdHdv", "407");
  f->answers[4] = HEADER_STATUS ("2", "212");
  run (f);
  assert_cred (f, 4, "new-user", "new-secret", "nonce-two");
}

/* ---- Back-off ---- */

/* DM Security 1.2: a wrong password must not become a denial of service on the server */
static void
test_refused_credentials_hold_back_automatic_sessions (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC, first;

  f->answers[0] = CHALLENGE ("1", "bm9uY2Utb25l", "401");
  f->answers[1] = CHALLENGE ("2", "bm9uY2UtdHdv", "401");
  f->answers[2] = CHALLENGE ("3", "bm9uY2UtdHJl", "401");
  run (f);
  first = oma_account_get_not_before (f->account) - now;
  g_assert_cmpint (first, >=, OMA_ACCOUNT_FIRST_BACK_OFF);
  g_assert_cmpint (first, <=, OMA_ACCOUNT_FIRST_BACK_OFF + 60);
  f->answers[f->n_requests] = CHALLENGE ("1", "bm9uY2Utb25l", "401");
  f->answers[f->n_requests + 1] = CHALLENGE ("2", "bm9uY2UtdHdv", "401");
  f->answers[f->n_requests + 2] = CHALLENGE ("3", "bm9uY2UtdHJl", "401");
  run (f);
  g_assert_cmpint (oma_account_get_not_before (f->account) - now, >=, 2 * OMA_ACCOUNT_FIRST_BACK_OFF);
}

/* A server cannot keep the device away for years. */
static void
test_retry_after_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  f->status[0] = 503;
  f->retry_after = "4294967295";
  run (f);
  g_assert_cmpint (oma_account_get_not_before (f->account) - now, >=, OMA_ACCOUNT_MAX_RETRY_AFTER);
  g_assert_cmpint (oma_account_get_not_before (f->account) - now, <=, OMA_ACCOUNT_MAX_RETRY_AFTER + 60);
}

static void
test_retry_after_as_a_date_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr(GDateTime) later = g_date_time_new_from_unix_utc (now + 7200);
  g_autofree char *date = soup_date_time_to_string (later, SOUP_DATE_HTTP);

  f->status[0] = 503;
  f->retry_after = date;
  run (f);
  g_assert_cmpint (oma_account_get_not_before (f->account), >=, now + 7199);
  g_assert_cmpint (oma_account_get_not_before (f->account), <=, now + 7201);
}

/* The wall clock may be set in either direction: neither keeps the device away for ever. */
static void
test_hold_follows_a_clock_that_jumps (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint hold;

  f->status[0] = 503;
  f->retry_after = "3600";
  run (f);
  hold = oma_account_get_hold (f->account, now);
  g_assert_cmpuint (hold, >=, 3600);
  g_assert_cmpuint (hold, <=, 3660);
  g_assert_cmpuint (oma_account_get_hold (f->account, now - 1800), ==, hold + 1800);
  g_assert_cmpuint (oma_account_get_hold (f->account, now - 365 * 86400), ==, 0);
  g_assert_cmpuint (oma_account_get_hold (f->account, 0), ==, 0);
  g_assert_cmpuint (oma_account_get_hold (f->account, now + 365 * 86400), ==, 0);
}

/* The random part is handed in: with the same seed waits are the same. */
static void
test_waits_have_a_random_part (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (3), same = g_rand_new_with_seed (3);
  guint wait = oma_retry_delay (1, OMA_EXCHANGE_MAX_WAIT, 0, 0, same);
  g_autofree char *said = g_strdup_printf ("sent again in %u.%03u s", wait / 1000, wait % 1000);
  gint64 begin = g_get_monotonic_time ();

  f->context.rand = rand;
  f->config->resend_delay = 1;
  f->status[0] = LOST;
  f->answers[1] = HEADER_STATUS ("1", "212");
  run (f);
  g_assert_true (agent_test_has_logged (said));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, wait * 1000);
  g_assert_cmpuint (wait, >, 1000);
  f->context.rand = NULL;
}

/* ---- Interrupted sessions ---- */

static GPtrArray *
list_history (Fixture *f)
{
  GPtrArray *records = NULL;

  oma_store_list_sessions_async (f->base.store, 10, list_cb, &records);
  while (records == NULL)
    g_main_context_iteration (NULL, TRUE);
  return records;
}

static void
test_unanswered_commands_are_in_the_history (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) records = NULL;

  f->config->resends = 0;
  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  f->status[1] = LOST;
  f->answers[2] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "again");
  f->answers[3] = HEADER_STATUS ("2", "200");
  run (f);
  run (f);
  records = list_history (f);
  g_assert_cmpuint (((OmaSessionRecord *) records->pdata[1])->unanswered, ==, 1);
  g_assert_cmpuint (((OmaSessionRecord *) records->pdata[0])->unanswered, ==, 0);
}

/* While the session waits for its answer, the store has the count: whenever the daemon is
 * killed, the record is right. */
static void
test_count_is_on_disk_before_the_answer_goes_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaRunner) runner = NULL;
  g_autoptr(GPtrArray) first = NULL;
  g_autoptr(GPtrArray) second = NULL;

  f->answers[0] = HEADER_STATUS ("1", "212") REPLACE ("./Vendor/Fixed", "remote");
  runner = start (f);
  while (f->held == NULL)
    g_main_context_iteration (NULL, TRUE);
  first = list_history (f);
  g_assert_cmpuint (((OmaSessionRecord *) first->pdata[0])->unanswered, ==, 1);
  g_assert_cmpint (((OmaSessionRecord *) first->pdata[0])->end_time, ==, 0);
  agent_test_clear_log ();
  g_clear_object (&f->held);
  oma_runner_stop (runner);
  agent_test_wait_for_end (runner);
  second = list_history (f);
  g_assert_cmpuint (((OmaSessionRecord *) second->pdata[0])->unanswered, ==, 1);
  g_assert_cmpstr (((OmaSessionRecord *) second->pdata[0])->reason, ==, "Stopped");
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
  g_test_add ("/runner/secrets-are-not-shown-under-another-name", Fixture, "1.2 ms-prefixes", set_up,
              test_secrets_are_not_shown_under_another_name, tear_down);
  ADD ("stopping-tells-the-server", test_stopping_tells_the_server);
  ADD ("a-server-that-says-nothing-does-not-hold-the-stop", test_a_server_that_says_nothing_does_not_hold_the_stop);
  ADD ("what-is-queued-stops-at-once", test_what_is_queued_stops_at_once);
  ADD ("failures-name-their-reason", test_failures_name_their_reason);
  ADD ("history-keeps-what-happened", test_history_keeps_what_happened);
  ADD ("lost-answer-is-asked-for-again", test_lost_answer_is_asked_for_again);
  ADD ("sending-again-is-bounded", test_sending_again_is_bounded);
  ADD ("404-is-the-servers-word", test_404_is_the_servers_word);
  ADD ("long-retry-after-ends-the-session", test_long_retry_after_ends_the_session);
  ADD ("waiting-ends-with-the-stop", test_waiting_ends_with_the_stop);
  ADD ("http-refusal-of-message-1-steps-down-400", test_http_refusal_of_message_1_steps_down);
  ADD ("http-refusal-of-message-1-steps-down-415", test_http_refusal_of_message_1_steps_down);
  ADD ("http-refusal-of-message-1-steps-down-500", test_http_refusal_of_message_1_steps_down);
  ADD ("http-refusal-of-a-later-message-ends-the-session", test_http_refusal_of_a_later_message_ends_the_session);
  ADD ("refused-credentials-hold-back-automatic-sessions", test_refused_credentials_hold_back_automatic_sessions);
  ADD ("sessions-at-a-time-are-bounded", test_sessions_at_a_time_are_bounded);
  ADD ("retry-after-is-bounded", test_retry_after_is_bounded);
  ADD ("retry-after-as-a-date-is-kept", test_retry_after_as_a_date_is_kept);
  ADD ("hold-follows-a-clock-that-jumps", test_hold_follows_a_clock_that_jumps);
  ADD ("waits-have-a-random-part", test_waits_have_a_random_part);
  ADD ("replaced-credentials-hold-from-the-next-session", test_replaced_credentials_hold_from_the_next_session);
  ADD ("unanswered-commands-are-in-the-history", test_unanswered_commands_are_in_the_history);
  ADD ("count-is-on-disk-before-the-answer-goes-out", test_count_is_on_disk_before_the_answer_goes_out);
#undef ADD
#define ADD(name, account, func) g_test_add ("/runner/" name, Fixture, account, set_up, func, tear_down)
  ADD ("version-is-stepped-down-and-remembered", "1.3", test_version_is_stepped_down_and_remembered);
  ADD ("version-is-stepped-down-to-1.1-and-no-further", "1.3", test_version_is_stepped_down_to_1_1_and_no_further);
  ADD ("windows-server-replaces-credentials-in-mid-session", "1.2 ms-mdm",
       test_windows_server_replaces_credentials_in_mid_session);
  ADD ("no-fallback-stops-after-the-first-failure", "1.3 no-fallback", test_no_fallback_stops_after_the_first_failure);
#undef ADD
  return g_test_run ();
}

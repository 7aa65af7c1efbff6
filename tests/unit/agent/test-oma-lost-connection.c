/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#include "agent/oma-runner-private.h"
#include "transport/oma-transport.h"

#include <string.h>
#include <sys/socket.h>

/* A session of two messages each way is cut at every octet of what goes over the wire: whatever
 * is lost, it comes to an end, a message that is sent again has the same octets, and what the
 * server asked for is done once and whole, or not at all. */

#define N_MESSAGES 3

typedef enum {
  FAULT_NONE,
  FAULT_CLOSE,      /* the connection ends in order */
  FAULT_RESET,      /* it ends with a reset */
  FAULT_HOLD,       /* nothing more comes */
  FAULT_RUBBISH,    /* one octet is another than it was, and no UTF-8 */
} FaultKind;

typedef struct {
  FaultKind kind;
  gboolean  of_request;
  guint     message;      /* the first is 0 */
  gsize     at;           /* octets of it, HTTP included, that are right */
} Fault;

/* A management server that gives the same answer to the same message.  Its connections have
 * threads of their own: all is under the lock. */
typedef struct {
  AgentTest        base;
  GSocketService  *service;
  GMutex           lock;
  GCond            idle;
  guint            n_connections;
  OmaAccount      *account;
  OmaConfig       *config;
  OmaRunnerContext context;
  guint            n_ended;
  guint            n_runs;
  Fault            fault;                       /* none once it happened */
  gboolean         unsized;                     /* the end of the connection is that of the answer */
  guint            repeats;                     /* answers to the second message that are the first again */
  char            *value;                       /* what the server wants to be set */
  char            *requests[N_MESSAGES];        /* that differ, in order */
  guint            n_distinct;
  guint            n_requests;
  gsize            request_size[N_MESSAGES];    /* HTTP included, of the last that came whole */
  gsize            answer_size[N_MESSAGES];
  gsize            answer_head[N_MESSAGES];
} Fixture;

/* ---- The server ---- */

static char *
get_element (const char *text, const char *name)
{
  g_autofree char *begin = g_strdup_printf ("<%s>", name);
  const char *start = strstr (text, begin);

  g_assert_nonnull (start);
  start += strlen (begin);
  return g_strndup (start, strcspn (start, "<"));
}

#define ACCEPTED(msg) "<Status><CmdID>1</CmdID><MsgRef>" msg "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>" \
                      "<Data>212</Data></Status>"
#define REPLACE(id, uri) "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>" uri "</LocURI></Target>" \
                         "<Data>%s</Data></Item></Replace>"
#define WORK ACCEPTED ("1") "<Atomic><CmdID>2</CmdID>" REPLACE ("3", "./Vendor/Fixed") \
             REPLACE ("4", "./Vendor/Optional") "</Atomic>" \
             "<Exec><CmdID>5</CmdID><Item><Target><LocURI>./Ops/Count</LocURI></Target></Item></Exec>"

static char *
make_body (Fixture *f, guint number)
{
  g_autofree char *session = get_element (f->requests[0], "SessionID");
  g_autofree char *commands = number == 0 ? g_strdup_printf (WORK, f->value, f->value) : g_strdup (ACCEPTED ("2"));
  return g_strdup_printf (
    "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>%s</SessionID><MsgID>%u</MsgID>"
    "<Target><LocURI>urn:test:1</LocURI></Target><Source><LocURI>http://s</LocURI></Source></SyncHdr>"
    "<SyncBody>%s<Final/></SyncBody></SyncML>", session, number + 1, commands);
}

/* The answer to @request, which is the last or the next.  Returns: its number */
static guint
make_answer (Fixture *f, const char *request, GString *answer)
{
  g_autofree char *body = NULL;
  guint number;

  if (f->n_distinct == 0 || strcmp (f->requests[f->n_distinct - 1], request) != 0)
    {
      g_assert_cmpuint (f->n_distinct, <, N_MESSAGES);
      f->requests[f->n_distinct++] = g_strdup (request);
    }
  number = f->n_distinct - 1;
  if (number == 1 && f->repeats > 0)
    {
      f->repeats--;
      number = 0;
    }
  body = make_body (f, number);
  g_string_printf (answer, "HTTP/1.1 200 OK\r\nContent-Type: " OMA_MEDIA_TYPE_XML "\r\n");
  if (f->unsized)
    g_string_append (answer, "Connection: close\r\n\r\n");
  else
    g_string_append_printf (answer, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", strlen (body));
  f->answer_head[number] = answer->len;
  g_string_append (answer, body);
  f->answer_size[number] = answer->len;
  return number;
}

static Fault
take_fault (Fixture *f, gboolean of_request, guint message)
{
  Fault fault = f->fault;

  if (fault.kind == FAULT_NONE || fault.of_request != of_request || fault.message != message)
    return (Fault) { FAULT_NONE, FALSE, 0, 0 };
  f->fault.kind = FAULT_NONE;
  return fault;
}

/* Reads a request, or of the one that is to be cut what is to be read.  Returns: the part of it
 * after the header, %NULL when the connection is to end. */
static char *
read_request (Fixture *f, GInputStream *input, Fault *fault, gsize *size)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize expected = G_MAXSIZE, head = 0;

  g_mutex_lock (&f->lock);
  *fault = take_fault (f, TRUE, f->n_distinct);
  g_mutex_unlock (&f->lock);
  while (text->len < (fault->kind != FAULT_NONE ? fault->at : expected))
    {
      char block[4096];
      gsize room = fault->kind != FAULT_NONE ? MIN (sizeof block, fault->at - text->len) : sizeof block;
      gssize n = g_input_stream_read (input, block, room, NULL, NULL);
      const char *end, *length;

      if (n <= 0)
        return NULL;
      g_string_append_len (text, block, n);
      end = strstr (text->str, "\r\n\r\n");
      length = strstr (text->str, "Content-Length: ");
      head = end != NULL ? (gsize) (end + 4 - text->str) : 0;
      if (end != NULL)
        expected = head + (length != NULL ? strtoul (length + 16, NULL, 10) : 0);
    }
  if (fault->kind != FAULT_NONE)
    return NULL;
  *size = text->len;
  return g_strdup (text->str + head);
}

static void
wait_for_leaving (GInputStream *input)
{
  char block[4096];

  while (g_input_stream_read (input, block, sizeof block, NULL, NULL) > 0)
    ;
}

static void
write_answer (GOutputStream *output, GString *answer, const Fault *fault)
{
  gsize size = fault->kind == FAULT_NONE || fault->kind == FAULT_RUBBISH ? answer->len : MIN (fault->at, answer->len);

  if (fault->kind == FAULT_RUBBISH)
    answer->str[fault->at] = (char) (answer->str[fault->at] ^ 0x80);
  g_output_stream_write_all (output, answer->str, size, NULL, NULL, NULL);
}

/* Returns: whether the connection goes on. */
static gboolean
serve_request (Fixture *f, GIOStream *stream, Fault *fault)
{
  gsize size = 0;
  g_autofree char *request = read_request (f, g_io_stream_get_input_stream (stream), fault, &size);
  g_autoptr(GString) answer = g_string_new (NULL);
  guint number;

  if (request == NULL)
    return FALSE;
  g_mutex_lock (&f->lock);
  f->n_requests++;
  number = make_answer (f, request, answer);
  f->request_size[f->n_distinct - 1] = size;
  *fault = take_fault (f, FALSE, number);
  g_mutex_unlock (&f->lock);
  write_answer (g_io_stream_get_output_stream (stream), answer, fault);
  return (fault->kind == FAULT_NONE || fault->kind == FAULT_RUBBISH) && !f->unsized;
}

static gboolean
run_cb (GThreadedSocketService *service G_GNUC_UNUSED, GSocketConnection *connection, GObject *source G_GNUC_UNUSED,
        gpointer user_data)
{
  Fixture *f = user_data;
  GIOStream *stream = G_IO_STREAM (connection);
  Fault fault = { FAULT_NONE, FALSE, 0, 0 };

  g_mutex_lock (&f->lock);
  f->n_connections++;
  g_mutex_unlock (&f->lock);
  while (serve_request (f, stream, &fault))
    ;
  if (fault.kind == FAULT_HOLD)
    wait_for_leaving (g_io_stream_get_input_stream (stream));
  if (fault.kind == FAULT_RESET)
    setsockopt (g_socket_get_fd (g_socket_connection_get_socket (connection)), SOL_SOCKET, SO_LINGER,
                &(struct linger) { 1, 0 }, sizeof (struct linger));
  g_io_stream_close (stream, NULL, NULL);
  g_mutex_lock (&f->lock);
  f->n_connections--;
  g_cond_broadcast (&f->idle);
  g_mutex_unlock (&f->lock);
  return TRUE;
}

static char *
listen_on_loopback (Fixture *f)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(GError) error = NULL;

  f->service = g_threaded_socket_service_new (8);
  g_socket_listener_add_address (G_SOCKET_LISTENER (f->service), wanted, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  g_signal_connect (f->service, "run", G_CALLBACK (run_cb), f);
  g_socket_service_start (f->service);
  return g_strdup_printf ("http://127.0.0.1:%u/dm",
                          (guint) g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

/* ---- A session ---- */

static void
set_up (Fixture *f, gconstpointer data)
{
  OmaAccountConfig *config = agent_test_make_config ("a", "com.example.a");
  g_autoptr(GError) error = NULL;

  agent_test_set_up (&f->base, data);
  g_mutex_init (&f->lock);
  g_cond_init (&f->idle);
  g_free (config->url);
  config->url = listen_on_loopback (f);
  config->allow_http = TRUE;
  f->account = agent_test_add (&f->base, config, &error);
  g_assert_no_error (error);
  g_assert_cmpint (agent_test_run (&f->base, "", OMA_OPERATION_ADD, "./Vendor/Optional", "first"), ==, OMA_STATUS_OK);
  f->config = oma_config_new ();
  f->config->resend_delay = 0;
  f->config->http_timeout = 1;
  f->context = (OmaRunnerContext) { f->base.executor, f->base.store, f->config };
}

/* What the last session left in the server. */
static void
forget (Fixture *f)
{
  g_mutex_lock (&f->lock);
  for (guint i = 0; i < N_MESSAGES; i++)
    g_clear_pointer (&f->requests[i], g_free);
  f->n_distinct = f->n_requests = 0;
  f->fault.kind = FAULT_NONE;
  g_mutex_unlock (&f->lock);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_socket_service_stop (f->service);
  g_socket_listener_close (G_SOCKET_LISTENER (f->service));
  g_mutex_lock (&f->lock);
  while (f->n_connections > 0)
    g_cond_wait (&f->idle, &f->lock);
  g_mutex_unlock (&f->lock);
  g_object_unref (f->service);
  forget (f);
  g_object_unref (f->account);
  agent_test_tear_down (&f->base, data);
  oma_config_free (f->config);
  g_free (f->value);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->idle);
}

static void
ended_cb (OmaRunner *runner G_GNUC_UNUSED, gpointer user_data)
{
  ((Fixture *) user_data)->n_ended++;
}

static void
assert_value (Fixture *f, const char *uri, gboolean is_new)
{
  g_autofree char *text = agent_test_get (&f->base, uri);

  if (is_new)
    g_assert_cmpstr (text, ==, f->value);
  else
    g_assert_cmpstr (text, !=, f->value);
}

/* All messages with one MsgID are one message. */
static void
assert_same_octets (Fixture *f)
{
  for (guint i = 0; i < f->n_distinct; i++)
    {
      g_autofree char *msg_id = get_element (f->requests[i], "MsgID");

      g_assert_cmpuint (g_ascii_strtoull (msg_id, NULL, 10), ==, i + 1);
    }
}

/* Runs a session in which @fault happens once.  Returns: whether it ended in order */
static gboolean
run (Fixture *f, const Fault *fault)
{
  g_autoptr(OmaRunner) runner = oma_runner_new (&f->context, f->account, &(OmaSessionCause) OMA_SESSION_CAUSE_CLIENT);
  guint before = f->base.executed, executed;
  gboolean succeeded;

  forget (f);
  f->fault = *fault;
  f->n_ended = 0;
  g_free (f->value);
  f->value = g_strdup_printf ("value-%04u", f->n_runs++);
  agent_test_clear_log ();
  g_signal_connect (runner, "ended", G_CALLBACK (ended_cb), f);
  oma_runner_start (runner, "urn:test:1");
  while (!oma_runner_is_over (runner))
    g_main_context_iteration (NULL, TRUE);

  g_mutex_lock (&f->lock);
  succeeded = oma_runner_get_state (runner) == OMA_RUNNER_SUCCEEDED;
  executed = f->base.executed - before;
  g_test_message ("fault %d in %s %u at %" G_GSIZE_FORMAT ": %u requests, %s", fault->kind,
                  fault->of_request ? "request" : "answer", fault->message, fault->at, f->n_requests,
                  succeeded ? "success" : oma_runner_get_reason (runner));
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_true (succeeded == (oma_runner_get_reason (runner) == NULL));
  g_assert_cmpuint (executed, <=, 1);
  if (succeeded)
    g_assert_cmpuint (executed, ==, 1);
  g_assert_cmpuint (oma_runner_get_counters (runner)->unanswered, ==, executed == 1 && !succeeded ? 3 : 0);
  assert_same_octets (f);
  g_mutex_unlock (&f->lock);
  assert_value (f, "./Vendor/Fixed", executed == 1);
  assert_value (f, "./Vendor/Optional", executed == 1);
  return succeeded;
}

static void
run_undisturbed (Fixture *f)
{
  const Fault none = { FAULT_NONE, FALSE, 0, 0 };

  f->base.executed = 0;
  g_assert_true (run (f, &none));
  g_assert_cmpuint (f->n_requests, ==, 2);
  g_assert_cmpuint (f->answer_size[1], >, 0);
}

/* ---- Tests ---- */

/* Every octet where it matters which; elsewhere a part of them, all with -m slow. */
static gsize
get_step (gsize quick)
{
  return g_test_slow () ? 1 : quick;
}

static void
cut_answers (Fixture *f, FaultKind kind, gsize step)
{
  Fault fault = { kind, FALSE, 0, 0 };

  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    for (fault.at = 0; fault.at < f->answer_size[fault.message]; fault.at += step)
      {
        g_assert_true (run (f, &fault));
        g_assert_cmpuint (f->n_requests, ==, 3);
      }
}

static void
test_answer_is_closed_at_every_octet (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  cut_answers (f, FAULT_CLOSE, 1);
}

static void
test_answer_is_reset (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  cut_answers (f, FAULT_RESET, get_step (11));
}

static void
test_request_is_cut (Fixture *f, gconstpointer data)
{
  Fault fault = { GPOINTER_TO_INT (data), TRUE, 0, 0 };

  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    for (fault.at = 0; fault.at < f->request_size[fault.message]; fault.at += get_step (17))
      g_assert_true (run (f, &fault));
}

/* The message is refused as a whole: nothing of it is done, wherever it is wrong. */
static void
test_octet_of_an_answer_is_rubbish (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Fault fault = { FAULT_RUBBISH, FALSE, 0, 0 };

  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    for (fault.at = f->answer_head[fault.message]; fault.at < f->answer_size[fault.message]; fault.at += get_step (7))
      {
        guint before = f->base.executed;

        g_assert_false (run (f, &fault));
        g_assert_cmpuint (f->base.executed - before, ==, fault.message);
      }
}

/* Of HTTP's own octets some may be wrong without harm. */
static void
test_octet_of_an_http_head_is_rubbish (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Fault fault = { FAULT_RUBBISH, FALSE, 0, 0 };

  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    for (fault.at = 0; fault.at < f->answer_head[fault.message]; fault.at += get_step (3))
      run (f, &fault);
}

/* Where HTTP does not tell the length, the document does: half of it is none. */
static void
test_answer_without_length_is_cut (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Fault fault = { FAULT_CLOSE, FALSE, 0, 0 };

  f->unsized = TRUE;
  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    for (fault.at = 0; fault.at < f->answer_size[fault.message]; fault.at += get_step (11))
      run (f, &fault);
}

static void
test_server_stalls (Fixture *f, gconstpointer data)
{
  Fault fault = { FAULT_HOLD, GPOINTER_TO_INT (data), 0, 0 };

  run_undisturbed (f);
  for (; fault.message < 2; fault.message++)
    {
      gsize size = fault.of_request ? f->request_size[fault.message] : f->answer_size[fault.message];
      const gsize places[] = { 0, 30, size / 2, size - 1 };

      for (guint i = 0; i < G_N_ELEMENTS (places); i += get_step (3 - fault.message))
        {
          fault.at = places[i];
          g_assert_true (run (f, &fault));
        }
    }
}

/* Nobody is there any more: it ends after a bounded number of tries, and what was done is told. */
static void
test_server_goes_away_for_good (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const Fault fault = { FAULT_CLOSE, FALSE, 1, 10 };

  f->config->resends = 0;
  g_assert_false (run (f, &fault));
  g_assert_cmpuint (f->n_requests, ==, 2);
}

/* DM Protocol 1.2, section 6: it is answered with the same octets and not run again. */
static void
test_message_of_the_server_comes_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const Fault none = { FAULT_NONE, FALSE, 0, 0 };

  f->repeats = 1;
  g_assert_true (run (f, &none));
  g_assert_cmpuint (f->n_requests, ==, 3);
  g_assert_cmpuint (f->n_distinct, ==, 2);
}

#define ADD(name, data, func) \
  g_test_add ("/lost-connection/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
  ADD ("answer-is-closed-at-every-octet", 0, test_answer_is_closed_at_every_octet);
  ADD ("answer-is-reset", 0, test_answer_is_reset);
  ADD ("request-is-closed", FAULT_CLOSE, test_request_is_cut);
  ADD ("octet-of-an-answer-is-rubbish", 0, test_octet_of_an_answer_is_rubbish);
  ADD ("octet-of-an-http-head-is-rubbish", 0, test_octet_of_an_http_head_is_rubbish);
  ADD ("answer-without-length-is-cut", 0, test_answer_without_length_is_cut);
  ADD ("server-stalls-in-its-answer", FALSE, test_server_stalls);
  ADD ("server-stalls-in-our-request", TRUE, test_server_stalls);
  ADD ("server-goes-away-for-good", 0, test_server_goes_away_for_good);
  ADD ("message-of-the-server-comes-again", 0, test_message_of_the_server_comes_again);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"

#include <string.h>
#include <sys/socket.h>

/* A connection and the thread that serves it. */
typedef struct {
  TestPeer          *peer;
  GSocketConnection *connection;
  GThread           *thread;
} Connection;

struct _TestPeer {
  GSocketService        *service;
  char                  *head;
  char                  *body;
  char                  *later_head;     /* (nullable): for all requests but the first */
  TestPeerEnd            end;
  guint16                port;
  GTlsCertificate       *certificate;
  GTlsAuthenticationMode mode;
  gboolean               offers_http2;
  GMutex                 lock;
  GPtrArray             *connections;
  GString               *request;        /* what came, under the lock */
  guint                  n_requests;
  guint                  n_closed;
  guint                  n_certificates;
};

/* Reads headers and as much as Content-Length says; FALSE when the other side left. */
static gboolean
read_request (TestPeer *peer, GInputStream *input)
{
  g_autoptr(GString) text = g_string_new (NULL);
  gsize expected = G_MAXSIZE;

  while (text->len < expected)
    {
      char block[4096];
      gssize n = g_input_stream_read (input, block, sizeof block, NULL, NULL);
      const char *end, *length;

      if (n <= 0)
        return FALSE;
      g_string_append_len (text, block, n);
      end = strstr (text->str, "\r\n\r\n");
      length = strstr (text->str, "Content-Length: ");
      if (end != NULL)
        expected = end + 4 - text->str + (length != NULL ? strtoul (length + 16, NULL, 10) : 0);
    }
  g_mutex_lock (&peer->lock);
  g_string_append (peer->request, text->str);
  peer->n_requests++;
  g_mutex_unlock (&peer->lock);
  return TRUE;
}

static gboolean
say (GOutputStream *output, const char *text)
{
  return g_output_stream_write_all (output, text, strlen (text), NULL, NULL, NULL);
}

static void
hold (GInputStream *input)
{
  char block[4096];

  while (g_input_stream_read (input, block, sizeof block, NULL, NULL) > 0)
    ;
}

static void
serve (TestPeer *peer, GIOStream *stream)
{
  GOutputStream *output = g_io_stream_get_output_stream (stream);

  if (peer->end == TEST_PEER_GREET)
    {
      say (output, peer->head);
      hold (g_io_stream_get_input_stream (stream));
      return;
    }
  while (read_request (peer, g_io_stream_get_input_stream (stream)))
    {
      gboolean is_later = peer->later_head != NULL && test_peer_n_requests (peer) > 1;

      if (!say (output, is_later ? peer->later_head : peer->head) || !say (output, peer->body))
        return;
      while (peer->end == TEST_PEER_REPEAT && say (output, peer->body))
        ;
      if (peer->end == TEST_PEER_HOLD)
        hold (g_io_stream_get_input_stream (stream));
      if (peer->end != TEST_PEER_SERVE)
        return;
    }
}

static gboolean
accept_any_cb (void)
{
  return TRUE;
}

static gpointer
run_connection (gpointer data)
{
  TestPeer *peer = ((Connection *) data)->peer;
  GSocketConnection *connection = ((Connection *) data)->connection;
  g_autoptr(GIOStream) stream = g_object_ref (G_IO_STREAM (connection));

  if (peer->certificate != NULL)
    {
      GIOStream *tls = g_tls_server_connection_new (stream, peer->certificate, NULL);

      g_object_set (tls, "authentication-mode", peer->mode, NULL);
      if (peer->offers_http2)
        g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (tls), (const char *[]) { "h2", "http/1.1", NULL });
      g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_any_cb), NULL);
      g_object_unref (stream);
      stream = tls;
    }
  serve (peer, stream);
  if (G_IS_TLS_CONNECTION (stream) && g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (stream)) != NULL)
    g_atomic_int_inc (&peer->n_certificates);
  if (peer->end == TEST_PEER_RESET)
    setsockopt (g_socket_get_fd (g_socket_connection_get_socket (connection)), SOL_SOCKET, SO_LINGER,
                &(struct linger) { 1, 0 }, sizeof (struct linger));
  g_io_stream_close (stream, NULL, NULL);
  g_mutex_lock (&peer->lock);
  peer->n_closed++;
  g_mutex_unlock (&peer->lock);
  g_main_context_wakeup (NULL);
  return NULL;
}

static gboolean
incoming_cb (GSocketService *service G_GNUC_UNUSED, GSocketConnection *accepted, GObject *source G_GNUC_UNUSED,
             gpointer user_data)
{
  TestPeer *peer = user_data;
  Connection *connection = g_new0 (Connection, 1);

  connection->peer = peer;
  connection->connection = g_object_ref (accepted);
  g_ptr_array_add (peer->connections, connection);
  connection->thread = g_thread_new ("peer", run_connection, connection);
  return TRUE;
}

static void
connection_free (Connection *connection)
{
  g_socket_shutdown (g_socket_connection_get_socket (connection->connection), TRUE, TRUE, NULL);
  g_thread_join (connection->thread);
  g_object_unref (connection->connection);
  g_free (connection);
}

/**
 * test_peer_new:
 * @head: status line and headers
 * @body: what follows
 * @end: what comes then
 *
 * Starts a peer on a port of 127.0.0.1.  The main context accepts, a thread for each
 * connection reads and writes.
 */
TestPeer *
test_peer_new (const char *head, const char *body, TestPeerEnd end)
{
  return test_peer_new_at ("127.0.0.1", 0, head, body, end);
}

/**
 * test_peer_new_at:
 * @address: an address of this machine
 * @port: 0: any
 *
 * The same at an address of one's choice.
 */
TestPeer *
test_peer_new_at (const char *address, guint16 port, const char *head, const char *body, TestPeerEnd end)
{
  TestPeer *peer = g_new0 (TestPeer, 1);
  g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new_from_string (address, port);
  g_autoptr(GSocketAddress) bound = NULL;

  peer->head = g_strdup (head);
  peer->body = g_strdup (body);
  peer->end = end;
  peer->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) connection_free);
  peer->request = g_string_sized_new (64 * 1024);   /* so that it stays where it is */
  g_mutex_init (&peer->lock);
  peer->service = g_socket_service_new ();
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (peer->service), wanted, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  peer->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (peer->service, "incoming", G_CALLBACK (incoming_cb), peer);
  g_socket_service_start (peer->service);
  return peer;
}

/**
 * test_peer_free:
 * @peer: (transfer full): a peer, whose connections end and whose threads are waited for
 */
void
test_peer_free (TestPeer *peer)
{
  g_socket_service_stop (peer->service);
  g_socket_listener_close (G_SOCKET_LISTENER (peer->service));
  g_object_unref (peer->service);
  g_ptr_array_unref (peer->connections);
  g_clear_object (&peer->certificate);
  g_string_free (peer->request, TRUE);
  g_mutex_clear (&peer->lock);
  g_free (peer->head);
  g_free (peer->later_head);
  g_free (peer->body);
  g_free (peer);
}

/**
 * test_peer_set_certificate:
 * @certificate: the peer speaks TLS with it
 * @mode: whether it asks for a client certificate
 */
void
test_peer_set_certificate (TestPeer *peer, GTlsCertificate *certificate, GTlsAuthenticationMode mode)
{
  peer->certificate = g_object_ref (certificate);
  peer->mode = mode;
}

/**
 * test_peer_offer_http2:
 *
 * The peer says that it speaks HTTP/2, which it does not.
 */
void
test_peer_offer_http2 (TestPeer *peer)
{
  peer->offers_http2 = TRUE;
}

/**
 * test_peer_set_later:
 * @head: status line and headers for all requests but the first
 */
void
test_peer_set_later (TestPeer *peer, const char *head)
{
  peer->later_head = g_strdup (head);
}

/**
 * test_peer_n_requests:
 *
 * Returns: how many complete requests came
 */
guint
test_peer_n_requests (TestPeer *peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->n_requests;
  g_mutex_unlock (&peer->lock);
  return n;
}

/**
 * test_peer_uri:
 *
 * Returns: (transfer full): the peer's address under the name @host
 */
char *
test_peer_uri (TestPeer *peer, const char *host)
{
  return g_strdup_printf ("%s://%s:%u/dm", peer->certificate != NULL ? "https" : "http", host, peer->port);
}

/**
 * test_peer_port:
 *
 * Returns: where it listens
 */
guint16
test_peer_port (TestPeer *peer)
{
  return peer->port;
}

/**
 * test_peer_n_connections:
 *
 * Returns: how many connections came
 */
guint
test_peer_n_connections (TestPeer *peer)
{
  return peer->connections->len;
}

/**
 * test_peer_n_certificates:
 *
 * Returns: how many connections, of those that ended, had a client certificate
 */
guint
test_peer_n_certificates (TestPeer *peer)
{
  return (guint) g_atomic_int_get (&peer->n_certificates);
}

static guint
test_peer_n_closed (TestPeer *peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->n_closed;
  g_mutex_unlock (&peer->lock);
  return n;
}

/**
 * test_peer_wait_closed:
 *
 * Waits until the peer has closed @n connections.
 */
void
test_peer_wait_closed (TestPeer *peer, guint n)
{
  while (test_peer_n_closed (peer) < n)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * test_peer_request:
 *
 * Returns: all complete requests that came, one after the other; valid until the next comes
 */
const char *
test_peer_request (TestPeer *peer)
{
  const char *text;

  g_mutex_lock (&peer->lock);
  text = peer->request->str;
  g_mutex_unlock (&peer->lock);
  return text;
}

/**
 * test_http_new:
 *
 * Returns: (transfer full): a transport to @uri that takes 1,000 octets and waits 5 s
 */
OmaHttp *
test_http_new (const char *uri)
{
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1" };
  g_autoptr(GError) error = NULL;
  OmaHttp *http = oma_http_new (&config, &error);

  g_assert_no_error (error);
  return http;
}

static void
exchanged_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

/**
 * test_exchange:
 *
 * Sends "<SyncML/>" and waits for the answer.
 */
GBytes *
test_exchange (OmaHttp *http, const char *uri, char **media_type, GError **error)
{
  g_autoptr(GBytes) body = g_bytes_new_static ("<SyncML/>", 9);
  g_autoptr(GAsyncResult) result = NULL;

  oma_transport_exchange_async (OMA_TRANSPORT (http), uri, body, TEST_XML, NULL, exchanged_cb, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_transport_exchange_finish (OMA_TRANSPORT (http), result, media_type, error);
}

/**
 * test_exchange_fails:
 * @code: the error that must come
 * @pattern: glob that its message must match
 */
void
test_exchange_fails (OmaHttp *http, const char *uri, OmaTransportError code, const char *pattern)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = test_exchange (http, uri, NULL, &error);

  g_assert_null (reply);
  g_assert_error (error, OMA_TRANSPORT_ERROR, (int) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("\"%s\" is not like \"%s\"", error->message, pattern);
}

/**
 * test_request:
 *
 * Makes a request of DM 2.0 and waits for the answer.
 */
OmaHttpReply *
test_request (OmaHttp *http, const OmaHttpRequest *request, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_http_request_async (http, request, NULL, exchanged_cb, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_http_request_finish (http, result, error);
}

/**
 * test_request_fails:
 * @code: the error that must come
 * @pattern: glob that its message must match
 */
void
test_request_fails (OmaHttp *http, const OmaHttpRequest *request, OmaTransportError code, const char *pattern)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = test_request (http, request, &error);

  g_assert_null (reply);
  g_assert_error (error, OMA_TRANSPORT_ERROR, (int) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("\"%s\" is not like \"%s\"", error->message, pattern);
}

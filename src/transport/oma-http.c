/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http.h"

#include "transport/oma-http-error.h"
#include "transport/oma-http-policy.h"

#include <gnutls/gnutls.h>
#include <libsoup/soup.h>
#include <string.h>

#define MAX_REDIRECTS 3   /* of one message */
#define MAX_COOKIES 50    /* that a server keeps with us; RFC 6265 wants that many */
#define MAC_HEADER "x-syncml-hmac"
#define TYPE_XML "application/vnd.syncml.dm+xml"
#define TYPE_WBXML "application/vnd.syncml.dm+wbxml"
#define BLOCK (16 * 1024) /* octets read at once */

struct _OmaHttp {
  GObject          parent_instance;
  OmaHttpPolicy    policy;
  SoupSession     *session;
  GTlsCertificate *certificate;   /* (nullable): the client's */
  GUri            *current;       /* where the last message went; base of relative RespURIs */
  gsize            max_reply_size;
  guint            deadline;
  gboolean         allow_old_tls;
  gboolean         busy;
  OmaHttpAuth      auth;
  char            *auth_user;
  char            *auth_secret;
  char            *mac;           /* (nullable): goes with the messages that are sent */
  char            *reply_mac;     /* (nullable): came with the last answer */
  guint            last_status;
  guint            retry_after;
};

static void oma_http_transport_init (OmaTransportInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaHttp, oma_http, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_TRANSPORT, oma_http_transport_init))

/* What one exchange knows; data of its task. */
typedef struct {
  GBytes       *body;
  char         *media_type;
  guint         redirects;
  SoupMessage  *message;
  GInputStream *stream;
  GByteArray   *reply;
  char         *reply_type;
  GCancellable *cancellable;   /* of one HTTP message, our own: soup_session_abort() cancels it */
  GCancellable *callers;
  gulong        callers_id;
  guint         deadline_id;
  gboolean      refused_tls;
  gboolean      refused_certificate;
  gboolean      too_slow;
} Exchange;

static void
exchange_free (Exchange *exchange)
{
  g_clear_handle_id (&exchange->deadline_id, g_source_remove);
  if (exchange->callers != NULL)
    g_cancellable_disconnect (exchange->callers, exchange->callers_id);
  g_clear_object (&exchange->callers);
  g_clear_object (&exchange->cancellable);
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->message);
  g_byte_array_unref (exchange->reply);
  g_bytes_unref (exchange->body);
  g_free (exchange->media_type);
  g_free (exchange->reply_type);
  g_free (exchange);
}

static void
callers_cancelled_cb (GCancellable *callers G_GNUC_UNUSED, gpointer user_data)
{
  Exchange *exchange = user_data;

  g_cancellable_cancel (exchange->cancellable);
}

static gboolean
deadline_cb (gpointer user_data)
{
  Exchange *exchange = user_data;

  exchange->deadline_id = 0;
  exchange->too_slow = TRUE;
  g_cancellable_cancel (exchange->cancellable);
  return G_SOURCE_REMOVE;
}

static Exchange *
exchange_new (GBytes *body, const char *media_type, guint deadline, GCancellable *callers)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->body = g_bytes_ref (body);
  exchange->media_type = g_strdup (media_type);
  exchange->reply = g_byte_array_new ();
  exchange->cancellable = g_cancellable_new ();
  if (deadline > 0)
    exchange->deadline_id = g_timeout_add_seconds (deadline, deadline_cb, exchange);
  if (callers != NULL)
    {
      exchange->callers = g_object_ref (callers);
      exchange->callers_id = g_cancellable_connect (callers, G_CALLBACK (callers_cancelled_cb), exchange, NULL);
    }
  return exchange;
}

static void
oma_http_finalize (GObject *object)
{
  OmaHttp *http = OMA_HTTP (object);

  g_clear_object (&http->session);
  g_clear_object (&http->certificate);
  g_clear_pointer (&http->current, g_uri_unref);
  oma_http_policy_clear (&http->policy);
  if (http->auth_secret != NULL)
    explicit_bzero (http->auth_secret, strlen (http->auth_secret));
  g_free (http->auth_secret);
  g_free (http->auth_user);
  g_free (http->mac);
  g_free (http->reply_mac);
  G_OBJECT_CLASS (oma_http_parent_class)->finalize (object);
}

static void
oma_http_class_init (OmaHttpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_http_finalize;
}

static void
oma_http_init (OmaHttp *http G_GNUC_UNUSED)
{
}

/* Ends the exchange and its connection: what may still come on it belongs to no answer. */
static void
fail (GTask *task, GError *error)
{
  OmaHttp *http = g_task_get_source_object (task);

  soup_session_abort (http->session);
  http->busy = FALSE;
  g_task_return_error (task, error);
}

static void
fail_literal (GTask *task, OmaTransportError code, const char *text)
{
  fail (task, g_error_new_literal (OMA_TRANSPORT_ERROR, code, text));
}

static GError *
new_old_tls_error (OmaHttp *http)
{
  return g_error_new_literal (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TLS,
                              http->allow_old_tls ? "The server's TLS version is not supported" :
                              "The server speaks no TLS 1.2 or newer, and the account does not allow older versions");
}

/* GIO cannot be told a lowest TLS version for one connection, and GnuTLS's own priorities may
 * offer 1.0 and 1.1 (Debian 12's do).  Nor can it be told to resume no session of another
 * account, in which the server's certificate was good for that account's CA.  "starting" comes
 * after the handshake and before the first octet of the request, on a kept connection too. */
static void
message_starting_cb (SoupMessage *message, gpointer user_data)
{
  GTask *task = G_TASK (user_data);
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  if (!g_str_equal (g_uri_get_scheme (soup_message_get_uri (message)), "https"))
    return;
  exchange->refused_certificate = soup_message_get_tls_peer_certificate_errors (message) != 0;
  exchange->refused_tls = !http->allow_old_tls &&
                          soup_message_get_tls_protocol_version (message) < G_TLS_PROTOCOL_VERSION_TLS_1_2;
  if (exchange->refused_certificate || exchange->refused_tls)
    g_cancellable_cancel (exchange->cancellable);
}

/* Only the certificate that a connection has before its handshake keeps GIO from resuming a
 * session that the server began with another client; libsoup sets it when it is asked for. */
static void
message_network_event_cb (SoupMessage *message G_GNUC_UNUSED, GSocketClientEvent event, GIOStream *connection,
                          gpointer user_data)
{
  OmaHttp *http = g_task_get_source_object (G_TASK (user_data));

  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING && G_IS_TLS_CONNECTION (connection))
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), http->certificate);
}

static int
get_port (GUri *uri)
{
  int port = g_uri_get_port (uri);

  return port != -1 ? port : strcmp (g_uri_get_scheme (uri), "https") == 0 ? 443 : 80;
}

static gboolean
is_same_origin (GUri *a, GUri *b)
{
  return strcmp (g_uri_get_scheme (a), g_uri_get_scheme (b)) == 0 &&
         g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0 && get_port (a) == get_port (b);
}

/* The account's name and password are for its own server alone, once, and a password that can
 * be read goes over TLS only.  Which schemes are answered is up to the session's features. */
static gboolean
message_authenticate_cb (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer user_data)
{
  GTask *task = G_TASK (user_data);
  OmaHttp *http = g_task_get_source_object (task);
  GUri *uri = soup_message_get_uri (message);

  if (retrying || soup_auth_is_for_proxy (auth) || !is_same_origin (uri, http->policy.account))
    return FALSE;
  if (http->auth == OMA_HTTP_AUTH_BASIC && strcmp (g_uri_get_scheme (uri), "https") != 0)
    return FALSE;
  soup_auth_authenticate (auth, http->auth_user, http->auth_secret);
  return TRUE;
}

/* libsoup has read the body to its end when it sends the message again with credentials. */
static void
message_restarted_cb (SoupMessage *message, gpointer user_data)
{
  Exchange *exchange = g_task_get_task_data (G_TASK (user_data));

  soup_message_set_request_body_from_bytes (message, exchange->media_type, exchange->body);
}

static void
fail_from_soup (GTask *task, const GError *failure, gboolean in_body)
{
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  if (exchange->refused_certificate)
    {
      g_autoptr(GError) refused = g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "");

      fail (task, oma_http_error_new_from_failure (exchange->message, refused, FALSE));
    }
  else if (exchange->refused_tls)
    fail (task, new_old_tls_error (http));
  else if (exchange->too_slow)
    fail (task, g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TIMEOUT,
                             "%s took longer than %u seconds for an answer", g_uri_get_host (http->current),
                             http->deadline));
  else
    fail (task, oma_http_error_new_from_failure (exchange->message, failure, in_body));
}

static void read_block (GTask *task);

/* libsoup takes a head that was cut off for a whole one whose body ends with the connection.  A
 * server of HTTP/1.1 that means it says so (RFC 9112, section 9.6). */
static gboolean
is_undelimited (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return soup_message_get_http_version (message) != SOUP_HTTP_1_0 &&
         soup_message_headers_get_encoding (headers) == SOUP_ENCODING_EOF &&
         !soup_message_headers_header_contains (headers, "Connection", "close");
}

/* Of a connection that is not kept libsoup takes less than Content-Length for the whole. */
static gboolean
is_cut_short (Exchange *exchange)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);

  if (exchange->reply->len == 0 && soup_message_get_status (exchange->message) != SOUP_STATUS_NO_CONTENT &&
      is_undelimited (exchange->message))
    return TRUE;
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         soup_message_headers_get_content_length (headers) > (goffset) exchange->reply->len;
}

static void
succeed (GTask *task)
{
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);

  /* After the end nothing is left to wait for; the next message gets the connection. */
  g_input_stream_close (exchange->stream, NULL, NULL);
  http->busy = FALSE;
  if (is_cut_short (exchange))
    {
      fail_literal (task, OMA_TRANSPORT_ERROR_TRUNCATED, "The answer ended too early");
      return;
    }
  if (exchange->reply->len > 0 && exchange->reply_type == NULL)
    {
      fail_literal (task, OMA_TRANSPORT_ERROR_MEDIA_TYPE, "The answer has no Content-Type");
      return;
    }
  if (exchange->reply->len == 0)
    g_clear_pointer (&exchange->reply_type, g_free);
  g_task_return_pointer (task, g_bytes_new (exchange->reply->data, exchange->reply->len),
                         (GDestroyNotify) g_bytes_unref);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) block = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &failure);

  if (block == NULL)
    fail_from_soup (task, failure, TRUE);
  else if (g_bytes_get_size (block) == 0)
    succeed (task);
  else if (g_bytes_get_size (block) > http->max_reply_size - exchange->reply->len)
    fail_literal (task, OMA_TRANSPORT_ERROR_TOO_LARGE, "The answer is larger than the account allows");
  else
    {
      g_byte_array_append (exchange->reply, g_bytes_get_data (block, NULL), g_bytes_get_size (block));
      read_block (g_steal_pointer (&task));
    }
}

/* Takes the task. */
static void
read_block (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (exchange->stream, BLOCK, G_PRIORITY_DEFAULT, exchange->cancellable, read_cb, task);
}

/* The media types of DM messages (DM Protocol 1.2, MIME types), beside the one we sent. */
static gboolean
is_message_type (const char *type, const char *sent)
{
  return g_str_equal (type, TYPE_XML) || g_str_equal (type, TYPE_WBXML) ||
         g_ascii_strcasecmp (type, sent) == 0;
}

/* Both encodings are read, whichever is written; that one comes first. */
static const char *
accepted_types (const char *sent)
{
  if (g_ascii_strcasecmp (sent, TYPE_WBXML) == 0)
    return TYPE_WBXML ", " TYPE_XML;
  return g_ascii_strcasecmp (sent, TYPE_XML) == 0 ? TYPE_XML ", " TYPE_WBXML : sent;
}

/* libsoup takes -5 for 0. */
static gboolean
is_length_wrong (SoupMessageHeaders *headers)
{
  const char *length = soup_message_headers_get_list (headers, "Content-Length");

  return length != NULL && length[strspn (length, "0123456789")] != '\0';
}

/* Judges the headers of a 200 before any of the body is read. */
static gboolean
check_headers (OmaHttp *http, Exchange *exchange, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  const char *coding = soup_message_headers_get_one (headers, "Content-Encoding");
  gboolean is_empty = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
                      soup_message_headers_get_content_length (headers) == 0;

  if (is_length_wrong (headers))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TRUNCATED,
                           "The answer's Content-Length is no length");
      return FALSE;
    }
  if (soup_message_headers_get_content_length (headers) > (goffset) MIN (http->max_reply_size, G_MAXINT64))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TOO_LARGE,
                           "The answer is larger than the account allows");
      return FALSE;
    }
  if (soup_message_get_status (exchange->message) == SOUP_STATUS_NO_CONTENT || is_empty)
    return TRUE;
  if (coding != NULL && g_ascii_strcasecmp (coding, "identity") != 0)
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_MEDIA_TYPE,
                           "The answer is compressed, which was not asked for");
      return FALSE;
    }
  if (type == NULL)
    return TRUE;
  exchange->reply_type = g_ascii_strdown (type, -1);
  if (!is_message_type (exchange->reply_type, exchange->media_type))
    {
      g_autofree char *shown = g_strndup (exchange->reply_type, 80);

      g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_MEDIA_TYPE,
                   "The answer is no DM message but of type \"%s\"", shown);
      return FALSE;
    }
  return TRUE;
}

static void send_message (GTask *task);

/* Takes the task. */
static void
follow_redirect (GTask *taken)
{
  g_autoptr(GTask) task = taken;
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (exchange->message),
                                                       "Location");
  g_autoptr(GError) error = NULL;
  GUri *uri;

  if (location == NULL || ++exchange->redirects > MAX_REDIRECTS)
    {
      fail_literal (task, OMA_TRANSPORT_ERROR_REDIRECT,
                    location == NULL ? "The server's redirect leads nowhere" : "The server redirects again and again");
      return;
    }
  uri = oma_http_policy_resolve (&http->policy, http->current, location, &error);
  if (uri == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  g_uri_unref (http->current);
  http->current = uri;
  g_clear_pointer (&http->reply_mac, g_free);
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->message);
  soup_session_abort (http->session);   /* the redirect's body was not read */
  g_object_unref (exchange->cancellable);
  exchange->cancellable = g_cancellable_new ();
  if (exchange->too_slow || g_cancellable_is_cancelled (exchange->callers))
    g_cancellable_cancel (exchange->cancellable);
  send_message (g_steal_pointer (&task));
}

/* The jar keeps all that a server sets, for as long as the session lasts. */
static void
bound_cookies (SoupSession *session)
{
  SoupCookieJar *jar = SOUP_COOKIE_JAR (soup_session_get_feature (session, SOUP_TYPE_COOKIE_JAR));
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  guint n = g_slist_length (cookies);

  if (n > MAX_COOKIES)
    g_info ("The server sets more than %d cookies; the others are not kept", MAX_COOKIES);
  /* The latest come first. */
  for (GSList *link = cookies; n > MAX_COOKIES; link = link->next, n--)
    soup_cookie_jar_delete_cookie (jar, link->data);
  g_slist_free_full (cookies, (GDestroyNotify) soup_cookie_free);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  guint status;

  exchange->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (exchange->stream == NULL)
    {
      fail_from_soup (task, error, FALSE);
      return;
    }
  bound_cookies (http->session);
  http->last_status = status = soup_message_get_status (exchange->message);
  /* A header that stands twice is read as one, and refused by whoever reads it. */
  http->reply_mac = g_strdup (soup_message_headers_get_list (soup_message_get_response_headers (exchange->message),
                                                             MAC_HEADER));
  http->retry_after = oma_http_parse_retry_after (exchange->message);
  if (status == SOUP_STATUS_TEMPORARY_REDIRECT || status == SOUP_STATUS_PERMANENT_REDIRECT)
    follow_redirect (g_steal_pointer (&task));
  else if (status != SOUP_STATUS_OK && status != SOUP_STATUS_NO_CONTENT)
    fail (task, oma_http_error_new_from_status (exchange->message));
  else if (!check_headers (http, exchange, &error))
    fail (task, g_steal_pointer (&error));
  else
    read_block (g_steal_pointer (&task));
}

/* Takes the task; sends its message to where http->current says. */
static void
send_message (GTask *task)
{
  OmaHttp *http = g_task_get_source_object (task);
  Exchange *exchange = g_task_get_task_data (task);
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_POST, http->current);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);

  exchange->message = message;
  /* "Idempotent" lets a POST use a kept connection; libsoup does not repeat it for that. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  soup_message_set_request_body_from_bytes (message, exchange->media_type, exchange->body);
  soup_message_headers_replace (headers, "Accept", accepted_types (exchange->media_type));
  soup_message_headers_replace (headers, "Accept-Charset", "utf-8");
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  if (http->mac != NULL)
    soup_message_headers_replace (headers, MAC_HEADER, http->mac);
  if (http->auth != OMA_HTTP_AUTH_NONE)
    {
      g_signal_connect_object (message, "authenticate", G_CALLBACK (message_authenticate_cb), task, 0);
      g_signal_connect_object (message, "restarted", G_CALLBACK (message_restarted_cb), task, 0);
    }
  if (http->certificate != NULL)
    {
      soup_message_set_tls_client_certificate (message, http->certificate);
      g_signal_connect_object (message, "network-event", G_CALLBACK (message_network_event_cb), task, 0);
    }
  g_signal_connect_object (message, "starting", G_CALLBACK (message_starting_cb), task, 0);
  soup_session_send_async (http->session, message, G_PRIORITY_DEFAULT, exchange->cancellable, sent_cb, task);
}

static void
oma_http_exchange_async (OmaTransport *transport, const char *uri, GBytes *body, const char *media_type,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  OmaHttp *http = OMA_HTTP (transport);
  g_autoptr(GTask) task = g_task_new (http, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;
  GUri *target;

  g_task_set_source_tag (task, oma_http_exchange_async);
  if (http->busy)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING, "A message is already under way");
      return;
    }
  http->last_status = 0;
  g_clear_pointer (&http->reply_mac, g_free);
  http->retry_after = 0;
  target = uri != NULL ? oma_http_policy_resolve (&http->policy, http->current, uri, &error) :
                         g_uri_ref (http->policy.account);
  if (target == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_uri_unref (http->current);
  http->current = target;
  http->busy = TRUE;
  g_task_set_task_data (task, exchange_new (body, media_type, http->deadline, cancellable), (GDestroyNotify) exchange_free);
  send_message (g_steal_pointer (&task));
}

static GBytes *
oma_http_exchange_finish (OmaTransport *transport, GAsyncResult *result, char **media_type, GError **error)
{
  GBytes *reply;
  Exchange *exchange;

  g_return_val_if_fail (g_task_is_valid (result, transport), NULL);
  reply = g_task_propagate_pointer (G_TASK (result), error);
  if (reply == NULL)
    return NULL;
  exchange = g_task_get_task_data (G_TASK (result));
  if (media_type != NULL)
    *media_type = g_steal_pointer (&exchange->reply_type);
  return reply;
}

static void
oma_http_transport_init (OmaTransportInterface *iface)
{
  iface->exchange_async = oma_http_exchange_async;
  iface->exchange_finish = oma_http_exchange_finish;
}

static gboolean
config_error (GError **error, const char *what, const char *file, const char *why)
{
  g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONFIG, "%s %s: %s", what, file, why);
  return FALSE;
}

/* The account's CAs take the place of the system's.  GTlsFileDatabase only warns about a
 * relative name, and takes a file without a certificate, so both are looked at before. */
static gboolean
set_ca (OmaHttp *http, const char *file, GError **error)
{
  g_autoptr(GError) reason = NULL;
  g_autoptr(GTlsDatabase) database = NULL;
  g_autolist(GTlsCertificate) list = NULL;

  if (!g_path_is_absolute (file))
    return config_error (error, "CA file", file, "not an absolute name");
  list = g_tls_certificate_list_new_from_file (file, &reason);
  if (list == NULL)
    return config_error (error, "CA file", file, reason != NULL ? reason->message : "no certificate in it");
  database = g_tls_file_database_new (file, &reason);
  if (database == NULL)
    return config_error (error, "CA file", file, reason->message);
  soup_session_set_tls_database (http->session, database);
  return TRUE;
}

/* GTlsCertificate takes a key that belongs to another certificate; the handshake would fail
 * without a word of why. */
static gboolean
check_key (const char *certificate, const char *key, GError **error)
{
  gnutls_certificate_credentials_t credentials;
  int code = gnutls_certificate_allocate_credentials (&credentials);

  if (code == GNUTLS_E_SUCCESS)
    {
      code = gnutls_certificate_set_x509_key_file (credentials, certificate, key, GNUTLS_X509_FMT_PEM);
      gnutls_certificate_free_credentials (credentials);
    }
  return code >= 0 || config_error (error, "Client certificate", certificate, gnutls_strerror (code));
}

static gboolean
set_certificate (OmaHttp *http, const char *certificate, const char *key, GError **error)
{
  g_autoptr(GError) reason = NULL;

  if (certificate == NULL || key == NULL)
    return config_error (error, "Client certificate", certificate != NULL ? certificate : key,
                         "certificate and key belong together");
  if (!g_path_is_absolute (certificate) || !g_path_is_absolute (key))
    return config_error (error, "Client certificate", certificate, "not an absolute name");
  http->certificate = g_tls_certificate_new_from_files (certificate, key, &reason);
  if (http->certificate == NULL)
    return config_error (error, "Client certificate", certificate, reason->message);
  return check_key (certificate, key, error);
}

static SoupSession *
new_session (const OmaHttpConfig *config)
{
  SoupSession *session = soup_session_new_with_options ("timeout", config->timeout, "idle-timeout", 0, NULL);
  g_autoptr(SoupSessionFeature) jar = SOUP_SESSION_FEATURE (soup_cookie_jar_new ());

  soup_session_set_user_agent (session, config->user_agent);
  /* Without credentials of the account nobody who asks gets an answer, and with them only who
   * asks by the account's scheme; a compressed answer would get round the limit of its size. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  if (config->auth != OMA_HTTP_AUTH_NONE)
    {
      soup_session_add_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
      soup_session_add_feature_by_type (session, config->auth == OMA_HTTP_AUTH_BASIC ? SOUP_TYPE_AUTH_BASIC
                                                                                     : SOUP_TYPE_AUTH_DIGEST);
    }
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_add_feature (session, jar);
  return session;
}

/**
 * oma_http_new:
 * @config: the account's settings; copied
 * @error: return location for an %OMA_TRANSPORT_ERROR
 *
 * Makes the transport of one session over HTTP or HTTPS (HTTP binding of DM Protocol 1.2).
 * Connections are kept during the session and cookies live as long as it; proxies are those
 * of GIO's default resolver.  HTTPS verifies the server's certificate and host name.
 *
 * Without the account's permission no message is sent over TLS below 1.2, whatever the
 * handshake agreed on.  With it, what is offered is up to GnuTLS's priorities: those of the
 * system or of G_TLS_GNUTLS_PRIORITY in the environment of the process.
 *
 * A chunked answer that is cut between two chunks looks whole to libsoup 3.2, so to this
 * transport too; such a message is not well-formed.
 *
 * Returns: (transfer full): a transport, or %NULL with %OMA_TRANSPORT_ERROR_POLICY for an
 *   address that is not allowed, %OMA_TRANSPORT_ERROR_CONFIG for files that cannot be used
 */
OmaHttp *
oma_http_new (const OmaHttpConfig *config, GError **error)
{
  g_autoptr(OmaHttp) http = g_object_new (OMA_TYPE_HTTP, NULL);

  if (!oma_http_policy_init (&http->policy, config->uri, config->allowed_hosts, config->allow_http, error))
    return NULL;
  http->current = g_uri_ref (http->policy.account);
  http->max_reply_size = config->max_reply_size;
  http->deadline = config->deadline;
  http->allow_old_tls = config->allow_old_tls;
  http->auth = config->auth_user != NULL && config->auth_secret != NULL ? config->auth : OMA_HTTP_AUTH_NONE;
  http->auth_user = g_strdup (config->auth_user);
  http->auth_secret = g_strdup (config->auth_secret);
  http->session = new_session (config);
  if (config->ca_file != NULL && !set_ca (http, config->ca_file, error))
    return NULL;
  if ((config->certificate_file != NULL || config->key_file != NULL) &&
      !set_certificate (http, config->certificate_file, config->key_file, error))
    return NULL;
  return g_steal_pointer (&http);
}

/**
 * oma_http_set_mac:
 * @http: a transport without an exchange under way
 * @mac: (nullable): value of the header x-syncml-hmac (DM Security 1.2, section 5.4.3) of all
 *   messages from now on; a message that is sent again has the same
 */
void
oma_http_set_mac (OmaHttp *http, const char *mac)
{
  g_return_if_fail (OMA_IS_HTTP (http));
  g_free (http->mac);
  http->mac = g_strdup (mac);
}

/**
 * oma_http_get_reply_mac:
 * @http: a transport
 *
 * Returns: (transfer none) (nullable): the header x-syncml-hmac of the last exchange's answer
 */
const char *
oma_http_get_reply_mac (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), NULL);
  return http->reply_mac;
}

/**
 * oma_http_get_last_status:
 * @http: a transport
 *
 * Tells an answer of 415 from other failures, so that another encoding can be tried.
 *
 * Returns: the HTTP status of the last exchange's last answer, 0 if there was none
 */
guint
oma_http_get_last_status (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), 0);
  return http->last_status;
}

/**
 * oma_http_get_retry_after:
 * @http: a transport
 *
 * Returns: seconds after which the last answer asks to come back (Retry-After), 0 if it does
 *   not ask
 */
guint
oma_http_get_retry_after (OmaHttp *http)
{
  g_return_val_if_fail (OMA_IS_HTTP (http), 0);
  return http->retry_after;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-exchange.h"

#include "transport/oma-http-error.h"

#include <unistd.h>

#define MAX_COOKIES 50    /* that a server keeps with us; RFC 6265 wants that many */
#define MAX_DROPPED (64 * 1024)          /* octets of a body that nobody wants, which are read for the connection's sake */
#define DEADLINE_SIZE (1024 * 1024)      /* octets, each way, that must be done within the deadline */
#define BLOCK (16 * 1024) /* octets read at once */

static void
exchange_free (OmaHttpExchange *exchange)
{
  g_clear_handle_id (&exchange->deadline_id, g_source_remove);
  if (exchange->callers != NULL)
    g_cancellable_disconnect (exchange->callers, exchange->callers_id);
  g_clear_object (&exchange->callers);
  g_clear_object (&exchange->cancellable);
  g_clear_error (&exchange->failure);
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->message);
  g_clear_pointer (&exchange->uri, g_uri_unref);
  g_clear_pointer (&exchange->body, g_bytes_unref);
  g_byte_array_unref (exchange->reply);
  if (exchange->reply_file != -1)
    close (exchange->reply_file);
  g_free (exchange->media_type);
  g_free (exchange->accept);
  g_free (exchange->reply_type);
  g_free (exchange);
}

static void
callers_cancelled_cb (GCancellable *callers G_GNUC_UNUSED, gpointer user_data)
{
  OmaHttpExchange *exchange = user_data;

  g_cancellable_cancel (exchange->cancellable);
}

static gboolean
deadline_cb (gpointer user_data)
{
  OmaHttpExchange *exchange = user_data;

  exchange->deadline_id = 0;
  exchange->too_slow = TRUE;
  g_cancellable_cancel (exchange->cancellable);
  return G_SOURCE_REMOVE;
}

/* Returns: an exchange of http's, to be filled and run */
OmaHttpExchange *
oma_http_exchange_new (OmaHttp *http, const OmaHttpDoor *door, GCancellable *callers)
{
  OmaHttpExchange *exchange = g_new0 (OmaHttpExchange, 1);

  exchange->http = http;
  exchange->door = door;
  exchange->file = exchange->reply_file = -1;
  exchange->reply = g_byte_array_new ();
  exchange->cancellable = g_cancellable_new ();
  if (http->deadline > 0)
    exchange->deadline_id = g_timeout_add_seconds (http->deadline, deadline_cb, exchange);
  if (callers != NULL)
    {
      exchange->callers = g_object_ref (callers);
      exchange->callers_id = g_cancellable_connect (callers, G_CALLBACK (callers_cancelled_cb), exchange, NULL);
    }
  return exchange;
}

/* Ends the exchange and its connection: what may still come on it belongs to no answer. */
static void
fail (GTask *task, GError *error)
{
  OmaHttpExchange *exchange = g_task_get_task_data (task);

  soup_session_abort (exchange->session);
  exchange->http->busy = FALSE;
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

static void
fail_from_soup (GTask *task, const GError *failure, gboolean in_body)
{
  OmaHttp *http = g_task_get_source_object (task);
  OmaHttpExchange *exchange = g_task_get_task_data (task);

  if (exchange->failure != NULL)
    fail (task, g_steal_pointer (&exchange->failure));
  else if (exchange->refused_certificate)
    {
      g_autoptr(GError) refused = g_error_new_literal (G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "");

      fail (task, oma_http_error_new_from_failure (exchange->message, refused, FALSE));
    }
  else if (exchange->refused_address)
    fail (task, g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY,
                             "The server names %s, whose address is not public, and the account does not list it",
                             g_uri_get_host (exchange->uri)));
  else if (exchange->refused_tls)
    fail (task, new_old_tls_error (http));
  else if (exchange->too_slow)
    fail (task, g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TIMEOUT,
                             "%s took longer than %u seconds for an answer", g_uri_get_host (exchange->uri),
                             http->deadline));
  else
    fail (task, oma_http_error_new_from_failure (exchange->message, failure, in_body));
}

/* The deadline is for so many octets: what is large may take longer as long as it moves. */
static void
moved (OmaHttpExchange *exchange, gsize size)
{
  exchange->n_moved += size;
  if (exchange->n_moved < DEADLINE_SIZE || exchange->deadline_id == 0)
    return;
  exchange->n_moved = 0;
  g_source_remove (exchange->deadline_id);
  exchange->deadline_id = g_timeout_add_seconds (exchange->http->deadline, deadline_cb, exchange);
}

static void
message_wrote_body_data_cb (SoupMessage *message G_GNUC_UNUSED, guint size, gpointer user_data)
{
  moved (g_task_get_task_data (G_TASK (user_data)), size);
}

static void read_block (GTask *task);

static void
succeed (GTask *task)
{
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gpointer result;

  /* After the end nothing is left to wait for; the next message gets the connection. */
  g_input_stream_close (exchange->stream, NULL, NULL);
  if (!exchange->is_dropped && oma_http_is_cut_short (exchange))
    {
      fail_literal (task, OMA_TRANSPORT_ERROR_TRUNCATED, "The answer ended too early");
      return;
    }
  result = exchange->door->finish (exchange, &error);
  if (result == NULL)
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  exchange->http->busy = FALSE;
  g_task_return_pointer (task, result, exchange->door->free_result);
}

/* A short body is read to its end, so that the connection can be kept.  Takes the task. */
static void
drop_block (GTask *taken, GBytes *block)
{
  g_autoptr(GTask) task = taken;
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  gsize size = block != NULL ? g_bytes_get_size (block) : 0;

  exchange->n_read += size;
  if (size > 0 && exchange->n_read <= MAX_DROPPED)
    {
      read_block (g_steal_pointer (&task));
      return;
    }
  if (size > 0 || block == NULL)
    soup_session_abort (exchange->session);
  succeed (task);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) block = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &failure);

  if (exchange->is_dropped)
    drop_block (g_steal_pointer (&task), block);
  else if (block == NULL)
    fail_from_soup (task, failure, TRUE);
  else if (g_bytes_get_size (block) == 0)
    succeed (task);
  else if (!oma_http_take_block (exchange, block, &failure))
    fail (task, g_steal_pointer (&failure));
  else
    {
      moved (exchange, g_bytes_get_size (block));
      read_block (g_steal_pointer (&task));
    }
}

/* Takes the task. */
static void
read_block (GTask *task)
{
  OmaHttpExchange *exchange = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (exchange->stream, BLOCK, G_PRIORITY_DEFAULT, exchange->cancellable, read_cb, task);
}

static void send_message (GTask *task);

/* Takes the task. */
static void
follow_redirect (GTask *taken)
{
  g_autoptr(GTask) task = taken;
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (exchange->message),
                                                       "Location");
  g_autoptr(GError) error = NULL;

  if (location == NULL || ++exchange->redirects > exchange->door->max_redirects)
    {
      fail_literal (task, OMA_TRANSPORT_ERROR_REDIRECT,
                    location == NULL ? "The server's redirect leads nowhere" : "The server redirects again and again");
      return;
    }
  if (!exchange->door->redirect (exchange, location, &error))
    {
      fail (task, g_steal_pointer (&error));
      return;
    }
  g_clear_object (&exchange->stream);
  g_clear_object (&exchange->message);
  soup_session_abort (exchange->session);   /* the redirect's body was not read */
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
  SoupCookieJar *jar = (SoupCookieJar *) soup_session_get_feature (session, SOUP_TYPE_COOKIE_JAR);
  GSList *cookies = jar != NULL ? soup_cookie_jar_all_cookies (jar) : NULL;
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
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  exchange->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (exchange->stream == NULL)
    {
      fail_from_soup (task, error, FALSE);
      return;
    }
  bound_cookies (SOUP_SESSION (source));
  exchange->http->last_status = soup_message_get_status (exchange->message);
  exchange->http->retry_after = oma_http_parse_retry_after (exchange->message);
  switch (exchange->door->judge_head (exchange, &error))
    {
    case OMA_HTTP_REDIRECT:
      follow_redirect (g_steal_pointer (&task));
      break;
    case OMA_HTTP_DROP:
      exchange->is_dropped = TRUE;
      G_GNUC_FALLTHROUGH;
    case OMA_HTTP_READ:
      read_block (g_steal_pointer (&task));
      break;
    case OMA_HTTP_FAIL:
    default:
      fail (task, g_steal_pointer (&error));
    }
}

/* libsoup has read the body to its end when it sends the message again with credentials. */
static void
message_restarted_cb (SoupMessage *message G_GNUC_UNUSED, gpointer user_data)
{
  OmaHttpExchange *exchange = g_task_get_task_data (G_TASK (user_data));

  if (!oma_http_set_body (exchange, &exchange->failure))
    g_cancellable_cancel (exchange->cancellable);
}

/* Takes the task; sends its message to where it goes now. */
static void
send_message (GTask *task)
{
  OmaHttpExchange *exchange = g_task_get_task_data (task);
  SoupMessage *message = soup_message_new_from_uri (exchange->method, exchange->uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr(GError) error = NULL;

  exchange->message = message;
  /* "Idempotent" lets a POST use a kept connection; libsoup does not repeat it for that. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_IDEMPOTENT);
  exchange->session = oma_http_get_session (exchange->http, exchange->reach);
  if (!oma_http_set_body (exchange, &error))
    {
      fail (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  exchange->door->write_head (exchange, headers);
  oma_http_auth_watch (exchange);
  g_signal_connect_object (message, "wrote-body-data", G_CALLBACK (message_wrote_body_data_cb), task, 0);
  g_signal_connect_object (message, "restarted", G_CALLBACK (message_restarted_cb), task, 0);
  oma_http_connect_watch (exchange, task);
  soup_session_send_async (exchange->session, message, G_PRIORITY_DEFAULT, exchange->cancellable, sent_cb, task);
}

/* Sends the exchange's message, again and to other addresses where it must be, until the door has
 * a result for the task, or an %OMA_TRANSPORT_ERROR or %G_IO_ERROR_CANCELLED. */
void
oma_http_exchange_run (GTask *task, OmaHttpExchange *exchange)
{
  exchange->http->busy = TRUE;
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  send_message (task);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-request.h"

#include "transport/oma-http-exchange.h"

#include <unistd.h>

/* Our reading: the specification does not say how often, nor whether at all. */
#define MAX_REQUEST_REDIRECTS 5
/* Our reading: the source prints "OMADM Accept", which is no name of a header. */
#define ACCEPT_HEADER "OMADM-Accept"
/* Our reading: it goes to data repositories too, not only with packages. */
#define DEVICE_HEADER "OMADM-DevID"

/**
 * oma_http_reply_free:
 * @reply: (transfer full): a reply; its file is closed
 */
void
oma_http_reply_free (OmaHttpReply *reply)
{
  g_free (reply->media_type);
  g_free (reply->accept);
  g_clear_pointer (&reply->body, g_bytes_unref);
  if (reply->file != -1)
    close (reply->file);
  g_free (reply);
}

static void
write_head (OmaHttpExchange *exchange, SoupMessageHeaders *headers)
{
  if (exchange->accept != NULL)
    soup_message_headers_replace (headers, "Accept", exchange->accept);
  if (exchange->http->device_id != NULL)
    soup_message_headers_replace (headers, DEVICE_HEADER, exchange->http->device_id);
}

static gboolean
is_reading (OmaHttpExchange *exchange)
{
  return exchange->method == SOUP_METHOD_GET || exchange->method == SOUP_METHOD_HEAD;
}

/* Those that keep the method are followed with any, the others only where no body is to be sent again. */
static gboolean
is_redirect (OmaHttpExchange *exchange)
{
  switch (soup_message_get_status (exchange->message))
    {
    case SOUP_STATUS_TEMPORARY_REDIRECT:
    case SOUP_STATUS_PERMANENT_REDIRECT:
      return TRUE;
    case SOUP_STATUS_MOVED_PERMANENTLY:
    case SOUP_STATUS_FOUND:
    case SOUP_STATUS_SEE_OTHER:
      return is_reading (exchange);
    default:
      return FALSE;
    }
}

static OmaHttpVerdict
judge_head (OmaHttpExchange *exchange, GError **error)
{
  guint status = soup_message_get_status (exchange->message);

  if (is_redirect (exchange))
    return OMA_HTTP_REDIRECT;
  if (!SOUP_STATUS_IS_SUCCESSFUL (status) || exchange->method == SOUP_METHOD_HEAD || exchange->max_size == 0)
    return OMA_HTTP_DROP;
  return oma_http_check_body (exchange, error) ? OMA_HTTP_READ : OMA_HTTP_FAIL;
}

static gboolean
redirect (OmaHttpExchange *exchange, const char *location, GError **error)
{
  GUri *uri = oma_http_policy_judge (&exchange->http->policy, exchange->uri, location, &exchange->reach, error);

  if (uri == NULL)
    return FALSE;
  g_uri_unref (exchange->uri);
  exchange->uri = uri;
  return TRUE;
}

static char *
read_type (SoupMessageHeaders *headers)
{
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  return type != NULL ? g_ascii_strdown (type, -1) : NULL;
}

static gpointer
finish (OmaHttpExchange *exchange, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);
  OmaHttpReply *reply = g_new0 (OmaHttpReply, 1);

  reply->status = soup_message_get_status (exchange->message);
  reply->media_type = read_type (headers);
  reply->accept = g_strdup (soup_message_headers_get_list (headers, ACCEPT_HEADER));
  reply->retry_after = exchange->http->retry_after;
  reply->file = exchange->reply_file;
  exchange->reply_file = -1;
  if (exchange->reply->len > 0)
    reply->body = g_bytes_new (exchange->reply->data, exchange->reply->len);
  if (reply->file == -1 || lseek (reply->file, 0, SEEK_SET) == 0)
    return reply;
  g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TRUNCATED, "The answer cannot be read again");
  oma_http_reply_free (reply);
  return NULL;
}

/* libsoup 3.2 takes from HTTP/2 whatever the server sends, however slowly it is read; what is large would be in memory as a
 * whole. */
static const OmaHttpDoor request_door = {
  .write_head = write_head,
  .judge_head = judge_head,
  .redirect = redirect,
  .finish = finish,
  .free_result = (GDestroyNotify) oma_http_reply_free,
  .max_redirects = MAX_REQUEST_REDIRECTS,
  .http1 = TRUE,
};

/* Methods are compared by their address from here on, as libsoup has them. */
static const char *
find_method (const char *method)
{
  const char *known[] = { SOUP_METHOD_POST, SOUP_METHOD_PUT, SOUP_METHOD_GET, SOUP_METHOD_HEAD };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (method, known[i]))
      return known[i];
  g_return_val_if_reached (SOUP_METHOD_GET);
}

/* Where a request goes.  What is not named by the server is named by the administrator, who knows the address. */
static GUri *
find_target (OmaHttp *http, const OmaHttpRequest *request, OmaHttpReach *reach, GError **error)
{
  GUri *uri;

  *reach = OMA_HTTP_REACH_OWN;
  if (request->uri == NULL)
    return g_uri_ref (http->policy.account);
  uri = oma_http_policy_judge (&http->policy, http->policy.account, request->uri, reach, error);
  if (!request->named_by_server && *reach == OMA_HTTP_REACH_PUBLIC)
    *reach = OMA_HTTP_REACH_LISTED;
  return uri;
}

static OmaHttpExchange *
exchange_new (OmaHttp *http, const OmaHttpRequest *request, GUri *uri, OmaHttpReach reach, GCancellable *cancellable)
{
  OmaHttpExchange *exchange = oma_http_exchange_new (http, &request_door, cancellable);

  exchange->method = find_method (request->method);
  exchange->uri = g_uri_ref (uri);
  exchange->reach = reach;
  exchange->body = request->body != NULL ? g_bytes_ref (request->body) : NULL;
  exchange->file = request->body == NULL ? request->file : -1;
  exchange->media_type = g_strdup (request->media_type);
  exchange->accept = g_strdup (request->accept);
  exchange->max_size = request->max_size;
  exchange->spool = request->spool;
  exchange->spool_data = request->spool_data;
  return exchange;
}

/**
 * oma_http_request_async:
 * @http: a transport without anything under way
 * @request: what to ask; must stay until @callback, and so must what it points to
 * @cancellable: (nullable): gives the request up
 * @callback: called once, never before this returns
 * @user_data: for @callback
 *
 * Sends a request of DM 2.0: a package or a transfer from or to a data repository (DM Protocol
 * 2.0, HTTP binding).  The header OMADM-DevID goes along.  Redirects 307 and 308 are followed, and
 * with GET and HEAD 301, 302 and 303 too, up to five, each within what the account allows.  Any
 * other status is a reply.  Only of answers of success is the body read, and not with a max_size
 * of 0.
 *
 * A request that goes to another origin than the account's is made as if there were no account:
 * no cookies, no credentials, no client certificate; the CAs are the account's.  Hosts that the
 * account lists are reached through the proxies of GIO's default resolver, as the account's own;
 * where the address is judged (see #OmaHttpRequest) there is no proxy, since behind one nobody
 * sees where the connection ends.
 *
 * HTTP/1.1 is spoken, also with servers that know HTTP/2.
 *
 * The deadline of the configuration is for each MiB that is sent or comes.
 */
void
oma_http_request_async (OmaHttp *http, const OmaHttpRequest *request, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GUri) uri = NULL;
  OmaHttpReach reach;

  g_return_if_fail (OMA_IS_HTTP (http));
  g_return_if_fail (request != NULL && request->method != NULL);
  task = g_task_new (http, cancellable, callback, user_data);
  g_task_set_source_tag (task, oma_http_request_async);
  if (http->busy)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING, "A message is already under way");
      return;
    }
  http->last_status = 0;
  http->retry_after = 0;
  uri = find_target (http, request, &reach, &error);
  if (uri == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  oma_http_exchange_run (g_steal_pointer (&task), exchange_new (http, request, uri, reach, cancellable));
}

/**
 * oma_http_request_finish:
 * @http: a transport
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the answer, or %NULL with %OMA_TRANSPORT_ERROR (among them
 *   %OMA_TRANSPORT_ERROR_POLICY for an address that a server must not name), what the spool
 *   function said, %OMA_STATUS_DEVICE_FULL when its file cannot be written, or
 *   %G_IO_ERROR_CANCELLED
 */
OmaHttpReply *
oma_http_request_finish (OmaHttp *http, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, http), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

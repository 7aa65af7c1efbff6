/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-error.h"
#include "transport/oma-http-exchange.h"

#include <string.h>

#define MAX_REDIRECTS 3   /* of one message */
#define MAC_HEADER "x-syncml-hmac"
#define TYPE_XML "application/vnd.syncml.dm+xml"
#define TYPE_WBXML "application/vnd.syncml.dm+wbxml"

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

/* Judges the headers of a 200 before any of the body is read. */
static gboolean
check_headers (OmaHttpExchange *exchange, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  g_autofree char *shown = NULL;

  if (!oma_http_check_body (exchange, error))
    return FALSE;
  if (type == NULL || !oma_http_has_body (exchange))
    return TRUE;
  exchange->reply_type = g_ascii_strdown (type, -1);
  if (is_message_type (exchange->reply_type, exchange->media_type))
    return TRUE;
  shown = g_strndup (exchange->reply_type, 80);
  g_set_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_MEDIA_TYPE,
               "The answer is no DM message but of type \"%s\"", shown);
  return FALSE;
}

static void
write_head (OmaHttpExchange *exchange, SoupMessageHeaders *headers)
{
  soup_message_headers_replace (headers, "Accept", accepted_types (exchange->media_type));
  soup_message_headers_replace (headers, "Accept-Charset", "utf-8");
  if (exchange->http->mac != NULL)
    soup_message_headers_replace (headers, MAC_HEADER, exchange->http->mac);
}

static OmaHttpVerdict
judge_head (OmaHttpExchange *exchange, GError **error)
{
  guint status = soup_message_get_status (exchange->message);

  /* A header that stands twice is read as one, and refused by whoever reads it. */
  exchange->http->reply_mac =
    g_strdup (soup_message_headers_get_list (soup_message_get_response_headers (exchange->message), MAC_HEADER));
  if (status == SOUP_STATUS_TEMPORARY_REDIRECT || status == SOUP_STATUS_PERMANENT_REDIRECT)
    return OMA_HTTP_REDIRECT;
  if (status == SOUP_STATUS_OK || status == SOUP_STATUS_NO_CONTENT)
    return check_headers (exchange, error) ? OMA_HTTP_READ : OMA_HTTP_FAIL;
  g_propagate_error (error, oma_http_error_new_from_status (exchange->message));
  return OMA_HTTP_FAIL;
}

static gboolean
redirect (OmaHttpExchange *exchange, const char *location, GError **error)
{
  OmaHttp *http = exchange->http;
  GUri *uri = oma_http_policy_resolve (&http->policy, http->current, location, error);

  if (uri == NULL)
    return FALSE;
  g_clear_pointer (&http->reply_mac, g_free);
  g_uri_unref (http->current);
  http->current = uri;
  g_uri_unref (exchange->uri);
  exchange->uri = g_uri_ref (uri);
  return TRUE;
}

static gpointer
finish (OmaHttpExchange *exchange, GError **error)
{
  if (exchange->reply->len > 0 && exchange->reply_type == NULL)
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_MEDIA_TYPE, "The answer has no Content-Type");
      return NULL;
    }
  if (exchange->reply->len == 0)
    g_clear_pointer (&exchange->reply_type, g_free);
  return g_bytes_new (exchange->reply->data, exchange->reply->len);
}

static const OmaHttpDoor message_door = {
  .write_head = write_head,
  .judge_head = judge_head,
  .redirect = redirect,
  .finish = finish,
  .free_result = (GDestroyNotify) g_bytes_unref,
  .max_redirects = MAX_REDIRECTS,
};

static void
oma_http_exchange_async (OmaTransport *transport, const char *uri, GBytes *body, const char *media_type,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  OmaHttp *http = OMA_HTTP (transport);
  g_autoptr(GTask) task = g_task_new (http, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;
  OmaHttpExchange *exchange;
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
  exchange = oma_http_exchange_new (http, &message_door, cancellable);
  exchange->method = SOUP_METHOD_POST;
  exchange->uri = g_uri_ref (target);
  exchange->body = g_bytes_ref (body);
  exchange->media_type = g_strdup (media_type);
  exchange->max_size = http->max_reply_size;
  oma_http_exchange_run (g_steal_pointer (&task), exchange);
}

static GBytes *
oma_http_exchange_finish (OmaTransport *transport, GAsyncResult *result, char **media_type, GError **error)
{
  GBytes *reply;
  OmaHttpExchange *exchange;

  g_return_val_if_fail (g_task_is_valid (result, transport), NULL);
  reply = g_task_propagate_pointer (G_TASK (result), error);
  if (reply == NULL)
    return NULL;
  exchange = g_task_get_task_data (G_TASK (result));
  if (media_type != NULL)
    *media_type = g_steal_pointer (&exchange->reply_type);
  return reply;
}

void
oma_http_transport_init (OmaTransportInterface *iface)
{
  iface->exchange_async = oma_http_exchange_async;
  iface->exchange_finish = oma_http_exchange_finish;
}

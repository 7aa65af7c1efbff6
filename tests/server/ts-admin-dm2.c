/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-admin-private.h"
#include "ts-bootstrap.h"
#include "ts-notification.h"

#include <string.h>

/* What the JSON interface has for DM 2.0: the data repository, the requests that came, notifications and bootstrap. */

static void
reply_done (SoupServerMessage *http)
{
  g_autoptr(JsonObject) object = json_object_new ();

  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

static void
list_documents (TsServer *server, SoupServerMessage *http)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_array_member (object, "documents", ts_repository_list (server->repository));
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

static void
get_document (TsServer *server, SoupServerMessage *http, const char *path)
{
  const char *media_type = NULL;
  GBytes *body = ts_repository_get (server->repository, path, &media_type);
  gsize size;
  const char *data;

  if (body == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_NOT_FOUND, "no such document");
      return;
    }
  data = g_bytes_get_data (body, &size);
  soup_server_message_set_status (http, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (http, media_type, SOUP_MEMORY_COPY, data, size);
}

static void
put_document (TsServer *server, SoupServerMessage *http, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));

  if (ts_repository_put (server->repository, path, soup_message_headers_get_content_type (headers, NULL), body))
    reply_done (http);
  else
    ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, "there are too many documents");
}

static void
handle_document (TsServer *server, SoupServerMessage *http, const char *path)
{
  const char *method = soup_server_message_get_method (http);

  if (method == SOUP_METHOD_GET)
    get_document (server, http, path);
  else if (method == SOUP_METHOD_PUT)
    put_document (server, http, path);
  else if (method != SOUP_METHOD_DELETE)
    ts_admin_reply_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "GET, PUT or DELETE");
  else if (ts_repository_remove (server->repository, path))
    reply_done (http);
  else
    ts_admin_reply_error (http, SOUP_STATUS_NOT_FOUND, "no such document");
}

static char *
to_hex (GBytes *octets)
{
  GString *text = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (octets, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);
  return g_string_free (text, FALSE);
}

static void
post_notification (TsServer *server, SoupServerMessage *http)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = ts_admin_read (http, &error);
  g_autoptr(GBytes) octets = node != NULL ? ts_notification_make (node, server->config->server_id, &error) : NULL;
  g_autoptr(JsonObject) object = json_object_new ();
  g_autofree char *hex = NULL;
  g_autofree char *base64 = NULL;

  if (octets == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  hex = to_hex (octets);
  base64 = g_base64_encode (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
  json_object_set_string_member (object, "hex", hex);
  json_object_set_string_member (object, "base64", base64);
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

/* The document is what the answer has, too: it may be handed to a device as a file. */
static void
post_bootstrap (TsServer *server, SoupServerMessage *http)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = ts_admin_read (http, &error);
  g_autoptr(GBytes) document = node != NULL ? ts_bootstrap_make (node, server->config->server_id, &error) : NULL;

  if (document == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  ts_repository_put (server->repository, TS_BOOTSTRAP, TS_TYPE_MO_DATA, document);
  get_document (server, http, TS_BOOTSTRAP);
}

static void
handle_requests (TsServer *server, SoupServerMessage *http)
{
  const char *method = soup_server_message_get_method (http);

  if (method != SOUP_METHOD_GET && method != SOUP_METHOD_DELETE)
    {
      ts_admin_reply_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "GET or DELETE");
      return;
    }
  ts_admin_reply_list (http, "requests", &server->requests);
  if (method == SOUP_METHOD_DELETE)
    ts_requests_clear (server);
}

/**
 * ts_admin_serve_dm2:
 * @server: a server
 * @http: a request of the administrator's
 * @path: for what
 *
 * Returns: whether it concerned DM 2.0
 */
gboolean
ts_admin_serve_dm2 (TsServer *server, SoupServerMessage *http, const char *path)
{
  const char *method = soup_server_message_get_method (http);

  if (g_str_equal (path, "/data") && method == SOUP_METHOD_GET)
    list_documents (server, http);
  else if (g_str_equal (path, TS_BOOTSTRAP) && method == SOUP_METHOD_POST)
    post_bootstrap (server, http);
  else if (ts_repository_has_path (path))
    handle_document (server, http, path);
  else if (g_str_equal (path, "/requests"))
    handle_requests (server, http);
  else if (g_str_equal (path, "/notifications") && method == SOUP_METHOD_POST)
    post_notification (server, http);
  else
    return FALSE;
  return TRUE;
}

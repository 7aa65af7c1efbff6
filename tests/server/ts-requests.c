/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"
#include "ts-server.h"

#define MAX_REQUESTS 10000
#define MAX_DATA (64 * 1024)   /* octets of a body that are kept */

static void
set_header (JsonObject *object, const char *member, SoupMessageHeaders *headers, const char *name)
{
  const char *value = soup_message_headers_get_list (headers, name);

  if (value != NULL && g_utf8_validate (value, -1, NULL))
    json_object_set_string_member (object, member, value);
}

static void
set_body (JsonObject *object, SoupServerMessage *http)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  gsize size;
  const char *data = g_bytes_get_data (body, &size);

  json_object_set_int_member (object, "size", (gint64) size);
  if (size > 0 && size <= MAX_DATA)
    ts_json_set_octets (object, data, size);
}

/**
 * ts_requests_note:
 * @server: a server
 * @http: a request of DM 2.0 that was worked on
 * @path: for what it was
 *
 * Keeps what came with it: a test may want to know what a client tells whom.
 */
void
ts_requests_note (TsServer *server, SoupServerMessage *http, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "method", soup_server_message_get_method (http));
  json_object_set_string_member (object, "path", path);
  json_object_set_int_member (object, "status", soup_server_message_get_status (http));
  set_header (object, "device", headers, TS_DM2_DEVICE_HEADER);
  set_header (object, "media-type", headers, "Content-Type");
  set_header (object, "accept", headers, "Accept");
  set_header (object, "authorization", headers, "Authorization");
  set_header (object, "cookie", headers, "Cookie");
  set_body (object, http);
  g_queue_push_tail (&server->requests, object);
  if (g_queue_get_length (&server->requests) > MAX_REQUESTS)
    json_object_unref (g_queue_pop_head (&server->requests));
}

/**
 * ts_requests_clear:
 *
 * Forgets the requests that came.
 */
void
ts_requests_clear (TsServer *server)
{
  g_queue_clear_full (&server->requests, (GDestroyNotify) json_object_unref);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"
#include "ts-server.h"

#include <string.h>

#define SESSION_COOKIE "omadm-testserver"

/* Texts of clients reach a terminal: control characters become dots. */
static void
print_line (const char *arrow, const TsDevice *device, guint session, const char *what, GBytes *package)
{
  g_autofree char *summary = ts_dm2_summarise (package);
  g_autofree char *line = g_strdup_printf ("%s %s session %u %s, %" G_GSIZE_FORMAT " octets: %s", arrow, device->id,
                                           session, what, g_bytes_get_size (package), summary);

  for (char *c = line; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = '.';
  g_print ("%s\n", line);
}

static void
note_package (TsServer *server, TsDevice *device, guint session, gboolean from_client, const char *what, GBytes *package)
{
  g_autofree char *number = g_strdup_printf ("%u", session);

  ts_device_add_message (device, from_client, number, package);
  if (server->options->verbose)
    print_line (from_client ? "<-" : "->", device, session, what, package);
}

static TsDm2 *
ensure_sessions (TsServer *server, TsDevice *device)
{
  TsDm2 *dm2 = g_hash_table_lookup (server->dm2, device->id);

  if (dm2 == NULL)
    {
      dm2 = ts_dm2_new (device);
      g_hash_table_insert (server->dm2, g_strdup (device->id), dm2);
    }
  return dm2;
}

static void
set_headers (TsServer *server, SoupServerMessage *http, guint session)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (http);
  g_autofree char *cookie = g_strdup_printf (SESSION_COOKIE "=%u; Path=/; HttpOnly", session);

  soup_message_headers_append (headers, "Set-Cookie", cookie);
  if (server->options->announced_types != NULL)
    soup_message_headers_replace (headers, TS_DM2_ACCEPT_HEADER, server->options->announced_types);
}

/* Packages have no session identifier; a cookie tells sessions at the same time apart. */
static guint
find_session (TsDm2 *dm2, SoupServerMessage *http)
{
  const char *cookies = soup_message_headers_get_list (soup_server_message_get_request_headers (http), "Cookie");
  const char *own = cookies != NULL ? strstr (cookies, SESSION_COOKIE "=") : NULL;
  guint number = ts_dm2_find (dm2, own != NULL ? (guint) g_ascii_strtoull (own + strlen (SESSION_COOKIE "="), NULL, 10)
                                               : 0);

  return number != 0 ? number : ts_dm2_begin (dm2);
}

/* What is asked for with the path concerns packages that come there, too: asynchronous reports do. */
static TsFault *
take_fault (TsServer *server, SoupServerMessage *http, const TsDevice *device)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (http));
  TsFault *fault = ts_faults_take (&server->faults, device->id, path);

  return fault != NULL ? fault : ts_faults_take (&server->faults, device->id, NULL);
}

static void
handle_package (TsServer *server, SoupServerMessage *http, TsDevice *device, gboolean is_initiation)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  g_autoptr(TsFault) fault = take_fault (server, http, device);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;
  TsDm2 *dm2 = ensure_sessions (server, device);
  guint session = is_initiation ? ts_dm2_begin (dm2) : find_session (dm2, http);

  note_package (server, device, session, TRUE, is_initiation ? "package 1" : "package 3", body);
  if (ts_fault_is_refusal (fault))
    {
      ts_carry (http, NULL, NULL, fault);
      return;
    }
  reply = ts_dm2_handle (dm2, session, is_initiation, body, fault, &error);
  if (reply == NULL)
    {
      ts_dm2_record_error (device, session, error->message);
      ts_carry_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  note_package (server, device, session, FALSE, "package 2", reply);
  set_headers (server, http, session);
  ts_carry (http, reply, TS_DM2_TYPE_REQUEST, fault);
}

static void
take_package (TsServer *server, SoupServerMessage *http, gboolean is_initiation)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  const char *id = soup_message_headers_get_one (headers, TS_DM2_DEVICE_HEADER);
  TsDevice *device;

  if (!ts_accept_has (soup_message_headers_get_list (headers, "Accept"), TS_DM2_TYPE_REQUEST))
    {
      ts_carry_error (http, SOUP_STATUS_NOT_ACCEPTABLE, "Accept has not " TS_DM2_TYPE_REQUEST);
      return;
    }
  if (id == NULL)
    {
      ts_carry_error (http, SOUP_STATUS_BAD_REQUEST, TS_DM2_DEVICE_HEADER " is missing");
      return;
    }
  device = ts_devices_ensure (server->devices, id);
  if (device == NULL)
    ts_carry_error (http, SOUP_STATUS_SERVICE_UNAVAILABLE, "too many devices, or no device id");
  else
    handle_package (server, http, device, is_initiation);
}

static gboolean
is_package (const char *media_type, gboolean *is_initiation)
{
  *is_initiation = media_type != NULL && g_ascii_strcasecmp (media_type, TS_DM2_TYPE_INITIATION) == 0;
  return *is_initiation || (media_type != NULL && g_ascii_strcasecmp (media_type, TS_DM2_TYPE_RESPONSE) == 0);
}

/**
 * ts_dm2_serve:
 * @server: a server
 * @http: a request of a client's
 * @path: for what
 *
 * Serves what belongs to DM 2.0: packages, by their media type, and the data repository, by its path.
 *
 * Returns: whether it was such a request
 */
gboolean
ts_dm2_serve (TsServer *server, SoupServerMessage *http, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  gboolean is_post = soup_server_message_get_method (http) == SOUP_METHOD_POST;
  gboolean is_initiation = FALSE;

  if (ts_repository_has_path (path))
    {
      g_autoptr(TsFault) fault = ts_faults_take (&server->faults,
                                                 soup_message_headers_get_one (headers, TS_DM2_DEVICE_HEADER), path);

      ts_repository_serve (server->repository, http, path, fault);
    }
  else if (is_post && is_package (type, &is_initiation))
    take_package (server, http, is_initiation);
  else
    return FALSE;
  ts_requests_note (server, http, path);
  return TRUE;
}

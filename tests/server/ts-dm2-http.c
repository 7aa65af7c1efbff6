/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"
#include "ts-server.h"

#include <string.h>

#define SESSION_COOKIE "omadm-testserver"

/* Texts of clients reach a terminal: control characters become dots. */
static void
print_line (const char *arrow, const TsDevice *device, const char *what, GBytes *package)
{
  g_autofree char *summary = ts_dm2_summarise (package);
  g_autofree char *line = g_strdup_printf ("%s %s session %u %s, %" G_GSIZE_FORMAT " octets: %s", arrow, device->id,
                                           device->n_sessions, what, g_bytes_get_size (package), summary);

  for (char *c = line; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = '.';
  g_print ("%s\n", line);
}

static void
note_package (TsServer *server, TsDevice *device, gboolean from_client, const char *what, GBytes *package)
{
  g_autofree char *session = g_strdup_printf ("%u", device->n_sessions);

  ts_device_add_message (device, from_client, session, package);
  if (server->options->verbose)
    print_line (from_client ? "<-" : "->", device, what, package);
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
set_headers (TsServer *server, SoupServerMessage *http, TsDevice *device)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (http);
  g_autofree char *cookie = g_strdup_printf (SESSION_COOKIE "=%u; Path=/; HttpOnly", device->n_sessions);

  soup_message_headers_append (headers, "Set-Cookie", cookie);
  if (server->options->announced_types != NULL)
    soup_message_headers_replace (headers, TS_DM2_ACCEPT_HEADER, server->options->announced_types);
}

static void
handle_package (TsServer *server, SoupServerMessage *http, TsDevice *device, gboolean is_initiation)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  g_autoptr(TsFault) fault = ts_faults_take (&server->faults, device->id, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;

  if (ts_fault_is_refusal (fault))
    {
      note_package (server, device, TRUE, is_initiation ? "package 1" : "package 3", body);
      ts_carry (http, NULL, NULL, fault);
      return;
    }
  reply = ts_dm2_handle (ensure_sessions (server, device), is_initiation, body, fault, &error);
  note_package (server, device, TRUE, is_initiation ? "package 1" : "package 3", body);
  if (reply == NULL)
    {
      ts_dm2_record_error (device, error->message);
      ts_carry_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  note_package (server, device, FALSE, "package 2", reply);
  set_headers (server, http, device);
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

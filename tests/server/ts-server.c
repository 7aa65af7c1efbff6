/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-server.h"

#include "ts-dm2.h"

#include <string.h>

#define MAC_HEADER "x-syncml-hmac"
#define REALM "omadm-testserver"

static const OmaCodecLimits limits = {
  .max_size = 16 * 1024 * 1024,
  .max_depth = 64,
  .max_commands = 100000,
  .max_items = 100000,
};

/**
 * ts_server_new:
 * @config: (not nullable): settings of sessions; @options likewise must outlive the server
 * @first_commands: (nullable) (element-type TsCommand): what every new device has to do
 */
TsServer *
ts_server_new (const TsConfig *config, const TsOptions *options, GPtrArray *first_commands)
{
  TsServer *server = g_new0 (TsServer, 1);

  server->config = config;
  server->options = options;
  server->devices = ts_devices_new (first_commands);
  server->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ts_session_free);
  server->dm2 = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ts_dm2_free);
  server->repository = ts_repository_new (options->data_types);
  return server;
}

static void
stop (SoupServer **listener)
{
  if (*listener != NULL)
    soup_server_disconnect (*listener);
  g_clear_object (listener);
}

void
ts_server_free (TsServer *server)
{
  stop (&server->http);
  stop (&server->https);
  stop (&server->admin);
  g_hash_table_unref (server->sessions);
  g_hash_table_unref (server->dm2);
  ts_repository_free (server->repository);
  ts_requests_clear (server);
  ts_devices_free (server->devices);
  g_queue_clear_full (&server->faults, (GDestroyNotify) ts_fault_free);
  g_free (server);
}

/**
 * ts_server_forget:
 * @server: a server
 * @device: a device whose session, queue, results and messages are forgotten
 */
void
ts_server_forget (TsServer *server, TsDevice *device)
{
  g_hash_table_remove (server->sessions, device->id);
  g_hash_table_remove (server->dm2, device->id);
  ts_device_clear (device);
}

/* What a message holds, in one line: "Status 212 SyncHdr, Alert 1201, Replace ./DevInfo/DevId +4". */
static char *
summarise (const OmaMessage *message)
{
  GString *text = g_string_new (NULL);

  for (const OmaCommand *command = message->first_command; command != NULL && text->len < 400; command = command->next)
    {
      const OmaItem *item = command->n_items > 0 ? &command->items[0] : NULL;
      const char *uri = command->target_ref;

      if (uri == NULL && item != NULL)
        uri = item->target != NULL ? item->target : item->source;
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", command->name);
      if (command->data != NULL)
        g_string_append_printf (text, " %s", command->data);
      if (command->cmd != NULL)
        g_string_append_printf (text, " %s", command->cmd);
      if (uri != NULL)
        g_string_append_printf (text, " %s", uri);
      if (command->n_items > 1)
        g_string_append_printf (text, " +%u", command->n_items - 1);
    }
  if (message->final)
    g_string_append (text, text->len > 0 ? ", Final" : "Final");
  return g_string_free (text, FALSE);
}

/* Texts of clients reach a terminal: control characters become dots. */
static void
print_line (const char *arrow, const OmaMessage *message, const char *device, gsize size)
{
  g_autofree char *summary = summarise (message);
  g_autofree char *line = g_strdup_printf ("%s %s session %s message %s, %" G_GSIZE_FORMAT " octets: %s", arrow, device,
                                           message->header.session_id != NULL ? message->header.session_id : "-",
                                           message->header.msg_id != NULL ? message->header.msg_id : "-", size,
                                           summary);

  for (char *c = line; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = '.';
  g_print ("%s\n", line);
}

static void
note_message (TsServer *server, TsDevice *device, gboolean from_client, const OmaMessage *message, GBytes *body)
{
  ts_device_add_message (device, from_client, message->header.session_id, body);
  if (server->options->verbose)
    print_line (from_client ? "<-" : "->", message, device->id, g_bytes_get_size (body));
}

static void
note_reply (TsServer *server, TsDevice *device, const OmaMessage *request, OmaEncoding encoding, GBytes *reply)
{
  g_autoptr(OmaMessage) message = NULL;

  if (server->options->verbose)
    message = oma_codec_decode (encoding, g_bytes_get_data (reply, NULL), g_bytes_get_size (reply), &limits, NULL);
  if (message != NULL)
    note_message (server, device, FALSE, message, reply);
  else
    ts_device_add_message (device, FALSE, request->header.session_id, reply);
}

static TsSession *
find_session (TsServer *server, TsDevice *device, const OmaMessage *message, GBytes *body)
{
  TsSession *session = g_hash_table_lookup (server->sessions, device->id);

  if (session != NULL && ts_session_takes (session, &message->header, body))
    return session;
  session = ts_session_new (server->config, device, message->header.session_id);
  g_hash_table_replace (server->sessions, g_strdup (device->id), session);
  return session;
}

static void
handle_message (TsServer *server, SoupServerMessage *http, OmaEncoding encoding, const OmaMessage *message,
                GBytes *body)
{
  TsDevice *device = ts_devices_ensure (server->devices, message->header.source);
  g_autoptr(TsFault) fault = NULL;
  g_autoptr(GBytes) reply = NULL;
  const char *mac = soup_message_headers_get_one (soup_server_message_get_request_headers (http), MAC_HEADER);
  const char *reply_mac = NULL;

  if (device == NULL)
    {
      ts_carry_error (http, SOUP_STATUS_SERVICE_UNAVAILABLE, "too many devices, or no device id");
      return;
    }
  note_message (server, device, TRUE, message, body);
  fault = ts_faults_take (&server->faults, device->id, NULL);
  if (ts_fault_is_refusal (fault))
    {
      ts_carry (http, NULL, NULL, fault);
      return;
    }
  reply = ts_session_handle (find_session (server, device, message, body), encoding, message, body,
                             mac, fault != NULL ? fault->kind : TS_FAULT_NONE, &reply_mac);
  if (reply_mac != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (http), MAC_HEADER, reply_mac);
  note_reply (server, device, message, encoding, reply);
  ts_carry (http, reply, oma_encoding_get_media_type (encoding), fault);
}

/* A message of DM 1.x, or nothing that a client sends. */
static void
take_message (TsServer *server, SoupServerMessage *http)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (http);
  const char *type = soup_message_headers_get_content_type (headers, NULL);
  g_autoptr(GBytes) body = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = NULL;
  OmaEncoding encoding;

  if (soup_server_message_get_method (http) != SOUP_METHOD_POST)
    {
      ts_carry_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "DM messages are posted");
      return;
    }
  if (type == NULL || !oma_encoding_from_media_type (type, &encoding))
    {
      ts_carry_error (http, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, "no media type of DM messages");
      return;
    }
  body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  message = oma_codec_decode (encoding, g_bytes_get_data (body, NULL), g_bytes_get_size (body), &limits, &error);
  if (message == NULL || message->header.source == NULL || message->header.session_id == NULL)
    {
      ts_carry_error (http, SOUP_STATUS_BAD_REQUEST, error != NULL ? error->message : "Source or SessionID is missing");
      return;
    }
  handle_message (server, http, encoding, message, body);
}

static void
dm_cb (SoupServer *listener G_GNUC_UNUSED, SoupServerMessage *http, const char *path,
       GHashTable *query G_GNUC_UNUSED, gpointer user_data)
{
  if (ts_is_too_large (http))
    ts_carry_error (http, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "the message is too large");
  else if (!ts_dm2_serve (user_data, http, path))
    take_message (user_data, http);
}

static gboolean
accept_certificate_cb (SoupServerMessage *message G_GNUC_UNUSED, GTlsCertificate *certificate G_GNUC_UNUSED,
                       GTlsCertificateFlags errors, gpointer user_data G_GNUC_UNUSED)
{
  return errors == 0;
}

static void
tls_request_started_cb (SoupServer *listener G_GNUC_UNUSED, SoupServerMessage *message,
                        gpointer user_data G_GNUC_UNUSED)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
}

static gboolean
set_up_tls (SoupServer *listener, const TsOptions *options, GError **error)
{
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_files (options->certificate, options->key, error);
  g_autofree char *ca = NULL;
  g_autoptr(GTlsDatabase) database = NULL;

  if (certificate == NULL)
    return FALSE;
  soup_server_set_tls_certificate (listener, certificate);
  if (options->client_ca == NULL)
    return TRUE;
  ca = g_canonicalize_filename (options->client_ca, NULL);   /* a relative name is not read */
  database = g_tls_file_database_new (ca, error);
  if (database == NULL)
    return FALSE;
  soup_server_set_tls_database (listener, database);
  soup_server_set_tls_auth_mode (listener, G_TLS_AUTHENTICATION_REQUIRED);
  g_signal_connect (listener, "request-started", G_CALLBACK (tls_request_started_cb), NULL);
  return TRUE;
}

/* Listens and says where: a script reads the line. */
static gboolean
listen_on (SoupServer *listener, const TsOptions *options, int port, gboolean tls, const char *what, GError **error)
{
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string (options->address, (guint) port);
  GSList *uris;

  if (address == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" is no IP address", options->address);
      return FALSE;
    }
  if (!soup_server_listen (listener, address, tls ? SOUP_SERVER_LISTEN_HTTPS : 0, error))
    return FALSE;
  uris = soup_server_get_uris (listener);
  for (GSList *link = uris; link != NULL; link = link->next)
    {
      g_autofree char *uri = g_uri_to_string (link->data);

      g_print ("%s %s\n", what, uri);
    }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}

static gboolean
basic_cb (SoupAuthDomain *domain G_GNUC_UNUSED, SoupServerMessage *message G_GNUC_UNUSED, const char *name,
          const char *secret, gpointer user_data)
{
  const TsOptions *options = user_data;

  return g_str_equal (name, options->http_user) && g_str_equal (secret, options->http_secret);
}

static char *
digest_cb (SoupAuthDomain *domain G_GNUC_UNUSED, SoupServerMessage *message G_GNUC_UNUSED, const char *name,
           gpointer user_data)
{
  const TsOptions *options = user_data;

  return g_str_equal (name, options->http_user) ? soup_auth_domain_digest_encode_password (name, REALM,
                                                                                           options->http_secret) : NULL;
}

static void
add_http_auth (SoupServer *listener, const TsOptions *options)
{
  g_autoptr(SoupAuthDomain) domain = NULL;

  if (options->http_auth == NULL)
    return;
  if (g_str_equal (options->http_auth, "basic"))
    {
      domain = soup_auth_domain_basic_new ("realm", REALM, NULL);
      soup_auth_domain_basic_set_auth_callback (domain, basic_cb, (gpointer) options, NULL);
    }
  else
    {
      domain = soup_auth_domain_digest_new ("realm", REALM, NULL);
      soup_auth_domain_digest_set_auth_callback (domain, digest_cb, (gpointer) options, NULL);
    }
  soup_auth_domain_add_path (domain, "/");
  soup_server_add_auth_domain (listener, domain);
}

static SoupServer *
new_listener (TsServer *server)
{
  SoupServer *listener = soup_server_new ("server-header", "omadm-testserver ", NULL);

  ts_bound_request (listener);
  soup_server_add_handler (listener, NULL, dm_cb, server, NULL);
  add_http_auth (listener, server->options);
  return listener;
}

/**
 * ts_server_listen:
 * @server: a server
 * @error: return location for an error
 *
 * Opens the sockets that the options ask for and prints a line for each.
 *
 * Returns: whether all could be opened
 */
gboolean
ts_server_listen (TsServer *server, GError **error)
{
  const TsOptions *options = server->options;

  if (options->port >= 0)
    {
      server->http = new_listener (server);
      if (!listen_on (server->http, options, options->port, FALSE, "dm", error))
        return FALSE;
    }
  if (options->https_port >= 0)
    {
      server->https = new_listener (server);
      if (!set_up_tls (server->https, options, error) ||
          !listen_on (server->https, options, options->https_port, TRUE, "dm", error))
        return FALSE;
    }
  if (options->admin_port >= 0)
    {
      server->admin = soup_server_new (NULL, NULL);
      ts_bound_request (server->admin);
      ts_admin_attach (server, server->admin);
      if (!listen_on (server->admin, options, options->admin_port, FALSE, "admin", error))
        return FALSE;
    }
  return TRUE;
}

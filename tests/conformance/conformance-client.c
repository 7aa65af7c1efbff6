/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client under test, driven over standard input: one JSON object a line, each answered with
 * one.  See README.md. */
#include "config.h"

#include "device.h"
#include "lines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START_TIME 1700000000   /* of the session's clock */

typedef struct {
  char            *ddf_dir;
  Device          *device;
  OmaSession      *session;
  JsonObject      *account;     /* strings of config */
  OmaSessionConfig config;
  JsonArray       *nonces;
  guint8           next_random;
  gint64           time;
  gboolean         stepped;
  OmaSessionStep  *step;
  GError          *error;
} Client;

/* ---- The account ---- */

static guint
get_choice (JsonObject *object, const char *name, const char *const *choices)
{
  const char *text = get_string (object, name);

  for (guint i = 0; text != NULL && choices[i] != NULL; i++)
    if (strcmp (choices[i], text) == 0)
      return i;
  if (text != NULL)
    g_error ("%s is not known: %s", name, text);
  return 0;
}

static void
fill_credentials (OmaCredentials *credentials, JsonObject *object)
{
  static const char *const types[] = { "none", "basic", "md5", "hmac", NULL };

  credentials->type = get_choice (object, "auth", types);
  credentials->name = g_strdup (get_string (object, "name"));
  credentials->secret = g_strdup (get_string (object, "secret"));
  credentials->nonce = get_octets (object, "nonce");
}

static void
set_account (Client *client, JsonObject *object)
{
  static const char *const versions[] = { "1.1", "1.2", "1.3", NULL };
  static const char *const encodings[] = { "xml", "wbxml", NULL };
  static const char *const digests[] = { "md5", "sha256", NULL };
  static const char *const resyncs[] = { "none", "octets", "text", NULL };
  static const char *const quirks[] = { "upsert", "nonce-as-text", "rfc2104-hmac", "hex-mac", "size-optional",
                                        "ms-prefixes", NULL };
  JsonArray *wanted = json_object_get_array_member (object, "quirks");
  OmaSessionConfig *config = &client->config;

  oma_credentials_clear (&config->client);
  oma_credentials_clear (&config->server);
  g_clear_pointer (&client->account, json_object_unref);
  client->account = json_object_ref (object);
  *config = (OmaSessionConfig) {
    .server_id = get_string (object, "server-id"),
    .server_uri = get_string (object, "uri"),
    .device_id = get_string (object, "device-id"),
    .session_id = get_string (object, "session-id"),
    .server_initiated = get_truth (object, "server-initiated"),
    .encoding = get_choice (object, "encoding", encodings),
    .allow_basic = get_truth (object, "allow-basic"),
    .max_msg_size = get_number (object, "max-msg-size"),
    .max_obj_size = get_number (object, "max-obj-size"),
    .max_messages = get_number (object, "max-messages"),
    .max_auth_tries = get_number (object, "max-auth-tries"),
    .version = get_choice (object, "version", versions),
    .digest = get_choice (object, "digest", digests),
    .resync = get_choice (object, "resync", resyncs),
    .mac_window = get_number (object, "mac-window"),
    .keep_alive = get_number (object, "keep-alive"),
  };
  for (guint i = 0; i < json_array_get_length (wanted); i++)
    for (guint j = 0; quirks[j] != NULL; j++)
      if (strcmp (quirks[j], json_array_get_string_element (wanted, i)) == 0)
        config->quirks |= 1 << j;
  fill_credentials (&config->client, json_object_get_object_member (object, "client"));
  fill_credentials (&config->server, json_object_get_object_member (object, "server"));
  device_set_timeouts (client->device, object);
}

/* ---- The session's surroundings ---- */

static void
keep_nonce (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  Client *client = user_data;
  gsize size;
  gconstpointer octets = g_bytes_get_data (nonce, &size);
  g_autofree char *text = g_base64_encode (octets, size);
  g_autofree char *line = g_strdup_printf ("%s %s", for_server ? "server" : "client", text);

  json_array_add_string_element (client->nonces, line);
}

static void
fill_random (gpointer octets, gsize size, gpointer user_data)
{
  memset (octets, ++((Client *) user_data)->next_random, size);
}

static gint64
tell_time (gpointer user_data)
{
  return ((Client *) user_data)->time;
}

static int
make_spool (gpointer user_data, GError **error)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "omadm-conformance-XXXXXX", NULL);
  int fd = get_truth (((Client *) user_data)->account, "no-spool") ? -1 : g_mkstemp (path);

  if (fd < 0)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "No room for a file");
  else
    unlink (path);
  return fd;
}

/* ---- Steps ---- */

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;

  client->step = oma_session_step_finish (client->session, result, &client->error);
  client->stepped = TRUE;
}

static void
start (Client *client)
{
  g_clear_pointer (&client->session, oma_session_free);
  client->session = oma_session_new (client->device->executor, &client->config);
  oma_session_set_nonce_func (client->session, keep_nonce, client);
  oma_session_set_random_func (client->session, fill_random, client);
  oma_session_set_clock_func (client->session, tell_time, client);
  oma_session_set_spool_func (client->session, make_spool, client);
  if (get_truth (client->account, "user"))
    oma_session_set_interaction (client->session, client->device->user);
  oma_session_set_alert_queue (client->session, client->device->queue);
  oma_session_start_async (client->session, NULL, step_cb, client);
}

static void
feed (Client *client, JsonObject *request)
{
  g_autoptr(GBytes) body = get_octets (request, "body");

  oma_session_feed_async (client->session, body, get_string (request, "content-type"), get_string (request, "mac"),
                          NULL, step_cb, client);
}

static void
describe_step (JsonObject *reply, const OmaSessionStep *step)
{
  json_object_set_string_member (reply, "action", step->action == OMA_SESSION_SEND ? "send" : "done");
  set_octets (reply, "body", step->body);
  set_text (reply, "content-type", step->media_type);
  set_text (reply, "mac", step->mac);
  set_text (reply, "uri", step->uri);
  if (step->error == NULL)
    return;
  json_object_set_string_member (reply, "error", name_session_error (step->error));
  json_object_set_string_member (reply, "why", step->error->message);
}

static void
finish_step (Client *client, JsonObject *reply)
{
  while (!client->stepped)
    g_main_context_iteration (NULL, TRUE);
  client->stepped = FALSE;
  if (client->step != NULL)
    describe_step (reply, client->step);
  else
    set_text (reply, "failed", client->error->message);
  json_object_set_array_member (reply, "nonces", g_steal_pointer (&client->nonces));
  client->nonces = json_array_new ();
  json_object_set_array_member (reply, "asked", person_take_log (client->device->user));
  g_clear_pointer (&client->step, oma_session_step_free);
  g_clear_error (&client->error);
}

/* ---- Requests ---- */

static void
reset (Client *client)
{
  g_clear_pointer (&client->session, oma_session_free);
  g_clear_pointer (&client->device, device_free);
  client->device = device_new (client->ddf_dir);
  client->next_random = 0;
  client->time = START_TIME;
}

static void
serve_step (Client *client, const char *op, JsonObject *request, JsonObject *reply)
{
  if (strcmp (op, "start") == 0)
    start (client);
  else if (strcmp (op, "feed") == 0)
    feed (client, request);
  else
    oma_session_abort_async (client->session, step_cb, client);
  finish_step (client, reply);
}

static void
serve (gpointer user_data, JsonObject *request, JsonObject *reply)
{
  Client *client = user_data;
  const char *op = get_string (request, "op");

  if (strcmp (op, "reset") == 0)
    reset (client);
  else if (strcmp (op, "account") == 0)
    set_account (client, request);
  else if (!device_serve (client->device, &client->time, op, request, reply))
    serve_step (client, op, request, reply);
}

int
main (int argc, char **argv)
{
  Client client = { 0 };

  if (argc != 2)
    {
      fprintf (stderr, "usage: %s DDF-DIR\n", argv[0]);
      return 2;
    }
  client.ddf_dir = argv[1];
  client.nonces = json_array_new ();
  reset (&client);
  serve_lines (serve, &client);
  g_clear_pointer (&client.session, oma_session_free);
  device_free (client.device);
  oma_credentials_clear (&client.config.client);
  oma_credentials_clear (&client.config.server);
  g_clear_pointer (&client.account, json_object_unref);
  json_array_unref (client.nonces);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client of DM 2.0 under test, driven over standard input: one JSON object a line, each
 * answered with one.  See README.md. */
#include "config.h"

#include "device.h"
#include "lines.h"

#include "session/oma-dm2-session.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define START_TIME 1700000000   /* of the session's clock */

typedef struct {
  char             *ddf_dir;
  Device           *device;
  OmaSubscriptions *keeper;
  OmaDm2Session    *session;
  JsonObject       *account;     /* strings of config */
  OmaDm2Config      config;
  char            **moids;
  gint64            time;
  gboolean          stepped;
  OmaDm2Step       *step;
  GError           *error;
} Client;

/* ---- The account ---- */

static char **
get_list (JsonObject *object, const char *name)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *array;

  if (!json_object_has_member (object, name))
    return NULL;
  array = json_object_get_array_member (object, name);
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_strv_builder_add (builder, json_array_get_string_element (array, i));
  return g_strv_builder_end (builder);
}

static OmaDm2Start
get_start (JsonObject *object)
{
  static const char *const starts[] = { "client", "notification", "bootstrap" };
  const char *text = get_string (object, "start");

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    if (g_strcmp0 (text, starts[i]) == 0)
      return (OmaDm2Start) i;
  g_error ("start is not known: %s", text);
}

static void
set_account (Client *client, JsonObject *object)
{
  g_clear_pointer (&client->session, oma_dm2_session_free);
  g_clear_pointer (&client->account, json_object_unref);
  g_strfreev (client->moids);
  client->account = json_object_ref (object);
  client->moids = get_list (object, "moids");
  client->config = (OmaDm2Config) {
    .server_id = get_string (object, "server-id"),
    .server_uri = get_string (object, "uri"),
    .report_uri = get_string (object, "report-uri"),
    .moids = (const char *const *) client->moids,
    .start = get_start (object),
    .notification_id = get_number (object, "notification-id"),
    .list_objects = get_truth (object, "list-objects"),
    .max_packages = get_number (object, "max-packages"),
    .max_seconds = get_number (object, "max-seconds"),
    .max_object_size = get_number (object, "max-object-size"),
  };
  device_set_timeouts (client->device, object);
}

/* ---- Steps ---- */

static gint64
tell_time (gpointer user_data)
{
  return ((Client *) user_data)->time;
}

static int
make_spool (gpointer user_data, GError **error)
{
  int fd = get_truth (((Client *) user_data)->account, "no-spool") ? -1 : memfd_create ("spool", MFD_CLOEXEC);

  if (fd < 0)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "No room for a file");
  return fd;
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;

  client->step = oma_dm2_session_step_finish (client->session, result, &client->error);
  client->stepped = TRUE;
}

static void
start (Client *client)
{
  g_clear_pointer (&client->session, oma_dm2_session_free);
  client->session = oma_dm2_session_new (client->device->executor, &client->config);
  oma_dm2_session_set_clock_func (client->session, tell_time, client);
  oma_dm2_session_set_spool_func (client->session, make_spool, client);
  oma_dm2_session_set_alert_queue (client->session, client->device->queue);
  if (get_truth (client->account, "user"))
    oma_dm2_session_set_interaction (client->session, client->device->user);
  if (!get_truth (client->account, "no-subscriptions"))
    oma_dm2_session_set_subscriptions (client->session, client->keeper);
  oma_dm2_session_start_async (client->session, NULL, step_cb, client);
}

static void
feed (Client *client, JsonObject *request)
{
  g_autoptr(GBytes) body = get_octets (request, "body");
  const OmaDm2Reply reply = {
    .http_status = get_number (request, "status"),
    .media_type = get_string (request, "content-type"),
    .accept = get_string (request, "accept"),
    .body = body,
    .file = -1,
    .failure = get_number (request, "failure"),
  };

  oma_dm2_session_feed_async (client->session, &reply, NULL, step_cb, client);
  while (!client->stepped)
    g_main_context_iteration (NULL, TRUE);
}

/* ---- What is answered ---- */

static GBytes *
dup_body (const OmaDm2Step *step)
{
  g_autoptr(GMappedFile) mapped = NULL;

  if (step->file < 0)
    return step->body != NULL ? g_bytes_ref (step->body) : NULL;
  mapped = g_mapped_file_new_from_fd (step->file, FALSE, NULL);
  return mapped != NULL ? g_mapped_file_get_bytes (mapped) : NULL;
}

static void
describe_step (JsonObject *reply, const OmaDm2Step *step)
{
  static const char *const actions[] = { "send", "transfer", "probe", "done" };
  g_autoptr(GBytes) body = dup_body (step);

  json_object_set_string_member (reply, "action", actions[step->action]);
  json_object_set_boolean_member (reply, "named", step->named_by_server);
  json_object_set_boolean_member (reply, "in-file", step->file >= 0);
  set_text (reply, "method", step->method);
  set_text (reply, "uri", step->uri);
  set_text (reply, "content-type", step->media_type);
  set_text (reply, "accept", step->accept);
  set_octets (reply, "body", body);
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
  g_clear_pointer (&client->step, oma_dm2_step_free);
  g_clear_error (&client->error);
}

static void
reset (Client *client)
{
  g_clear_pointer (&client->session, oma_dm2_session_free);
  g_clear_pointer (&client->device, device_free);
  g_clear_object (&client->keeper);
  client->device = device_new (client->ddf_dir);
  client->keeper = keeper_new ();
  client->time = START_TIME;
}

static void
serve (gpointer user_data, JsonObject *request, JsonObject *reply)
{
  Client *client = user_data;
  const char *op = get_string (request, "op");

  /* What has come to its end meanwhile. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (strcmp (op, "reset") == 0)
    reset (client);
  else if (strcmp (op, "account") == 0)
    set_account (client, request);
  else if (strcmp (op, "kept") == 0)
    keeper_describe (client->keeper, reply);
  else if (strcmp (op, "asked") == 0)
    json_object_set_array_member (reply, "asked", person_take_log (client->device->user));
  else if (!device_serve (client->device, &client->time, op, request, reply))
    {
      if (strcmp (op, "start") == 0)
        start (client);
      else
        feed (client, request);
      finish_step (client, reply);
    }
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
  reset (&client);
  serve_lines (serve, &client);
  g_clear_pointer (&client.session, oma_dm2_session_free);
  device_free (client.device);
  g_object_unref (client.keeper);
  g_clear_pointer (&client.account, json_object_unref);
  g_strfreev (client.moids);
  return 0;
}

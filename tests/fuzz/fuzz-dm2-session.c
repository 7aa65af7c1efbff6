/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-dm2-package.h"
#include "dm2-doubles.h"
#include "dm2-script.h"
#include "fake-interaction.h"
#include "session/oma-dm2-session.h"
#include "tree-dump.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_STEPS 60
/* With these not all can be undone. */
#define FAULT_STORE 1
#define FAULT_ROLL_BACK 32

typedef struct {
  Fixture           *fixture;
  OmaDm2Session     *session;
  FakeInteraction   *interaction;
  FakeSubscriptions *subscriptions;
  FakeAlerts        *alerts;
  OmaDm2Step        *step;
  GError            *error;
  GCancellable      *cancellable;
  gint64             now;
  gint64             next_alert;
  char              *before;        /* (nullable): the tree before a package that is sound */
  guint              n_commands;    /* in that */
  guint              faults;        /* since */
  guint              all_faults;    /* from the start */
} Run;

/* ---- What a session is given ---- */

static gint64
get_time (gpointer user_data)
{
  return ((Run *) user_data)->now;
}

static int
make_spool (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return memfd_create ("spool", MFD_CLOEXEC);
}

/* The device, and objects that come and go. */
static void
mount_objects (Fixture *fixture)
{
  const guint all = OMA_ACCESS_GET | OMA_ACCESS_REPLACE | OMA_ACCESS_ADD | OMA_ACCESS_DELETE;
  OmaSchemaNode *info = describe_node (NULL, "DevInfo", OMA_FORMAT_NODE, OMA_ACCESS_GET, TRUE);
  OmaSchemaNode *net = describe_node (NULL, "Net", OMA_FORMAT_NODE, OMA_ACCESS_GET | OMA_ACCESS_ADD, TRUE), *node;

  info->ddf_name = g_strdup ("urn:oma:mo:oma-dm-devinfo:1.2");
  describe_node (info, "DevId", OMA_FORMAT_CHR, OMA_ACCESS_GET, TRUE)->default_value = g_strdup ("x");
  node = describe_node (net, NULL, OMA_FORMAT_NODE, all, FALSE);
  node->ddf_name = g_strdup ("urn:ex:mo:net:1.0");
  describe_node (node, "Name", OMA_FORMAT_CHR, all, FALSE);
  node = describe_node (node, "If", OMA_FORMAT_NODE, all, FALSE);
  node = describe_node (node, NULL, OMA_FORMAT_NODE, all, FALSE);
  describe_node (node, "Name", OMA_FORMAT_CHR, all, FALSE);
  mount_nodes (fixture, info, OMA_MOUNT_RESERVED);
  mount_nodes (fixture, net, OMA_MOUNT_DEFAULT);
}

/* For people: with FUZZ_SHOW in the environment everything that is sent is printed. */
static void
show (const char *who, GBytes *body)
{
  gsize size = 0;
  const char *text = body != NULL ? g_bytes_get_data (body, &size) : NULL;

  if (g_getenv ("FUZZ_SHOW") != NULL)
    g_print ("---- %s\n%.*s\n", who, (int) size, text != NULL ? text : "");
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Run *r = user_data;

  r->step = oma_dm2_session_step_finish (r->session, result, &r->error);
}

/* Whatever a server says, there is a next step that the caller can take. */
static void
wait_for_step (Run *r)
{
  static const char *const names[] = { "send", "transfer", "probe", "done" };

  while (r->step == NULL && r->error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (r->error);
  show (names[r->step->action], r->step->body);
  if (r->step->action == OMA_DM2_DONE)
    return;
  g_assert_nonnull (r->step->method);
  g_assert_no_error (r->step->error);
  g_assert_true (g_ascii_strncasecmp (r->step->uri, "http", 4) == 0);
  g_assert_true (r->step->action == OMA_DM2_TRANSFER ? r->step->named_by_server : TRUE);
  g_assert_true ((r->step->action == OMA_DM2_SEND) <= (r->step->body != NULL));
  g_assert_true (r->step->body == NULL || r->step->file < 0);
}

/* ---- Settings ---- */

static void
let_user_answer (Run *r, uint8_t settings)
{
  static const char *const answers[] = { "200", "500", "501" };

  r->interaction = fake_interaction_new ();
  for (guint i = 0; i < settings % 4u; i++)
    fake_interaction_will (r->interaction, answers[(settings / 4u + i) % G_N_ELEMENTS (answers)]);
  oma_dm2_session_set_interaction (r->session, OMA_INTERACTION (r->interaction));
}

static void
set_up (Run *r, const uint8_t *settings)
{
  const char *const few[] = { "urn:ex:mo:net:1.0", "urn:oma:mo:oma-dm-dac:1.0", NULL };
  const OmaDm2Config config = {
    .server_id = SERVER,
    .server_uri = "https://dm.example.org/dm2",
    .report_uri = settings[1] / 16 % 2 != 0 ? "https://dm.example.org/dm2" : NULL,
    .moids = settings[1] / 32 % 4 == 3 ? few : NULL,
    .start = (OmaDm2Start) (settings[1] % 3),
    .notification_id = settings[2],
    .list_objects = settings[1] / 4 % 2 != 0,
    .max_packages = settings[3] % 4 == 3 ? 2 : 20,
    .max_seconds = 2000,
    .max_object_size = settings[3] / 4 % 4 == 3 ? 100 : 0,
  };

  r->now = 1000000000;
  r->fixture = take_fixture ((Backend) (settings[0] % N_BACKENDS), mount_objects);
  r->session = oma_dm2_session_new (r->fixture->executor, &config);
  r->subscriptions = g_object_new (FAKE_TYPE_SUBSCRIPTIONS, NULL);
  r->subscriptions->server_id = SERVER;
  r->alerts = g_object_new (FAKE_TYPE_ALERTS, NULL);
  r->alerts->server_id = SERVER;
  r->cancellable = g_cancellable_new ();
  oma_dm2_session_set_clock_func (r->session, get_time, r);
  oma_dm2_session_set_alert_queue (r->session, OMA_ALERT_QUEUE (r->alerts));
  if (settings[5] % 4 != 3)
    oma_dm2_session_set_spool_func (r->session, make_spool, r);
  if (settings[5] / 4 % 4 != 3)
    oma_dm2_session_set_subscriptions (r->session, OMA_SUBSCRIPTIONS (r->subscriptions));
  if (settings[6] != 0)
    let_user_answer (r, settings[6]);
  if (r->fixture->plugin != NULL && settings[4] % 4 == 3)
    {
      r->fixture->plugin->flagged = "List/n/Leaf";
      r->fixture->plugin->flags = OMA_HANDLER_PROVISIONAL;
    }
  oma_dm2_session_start_async (r->session, r->cancellable, step_cb, r);
  wait_for_step (r);
}

static void
set_faults (Run *r, guint faults)
{
  Plugin *plugin = r->fixture->plugin;

  r->faults |= faults;
  r->all_faults |= faults;
  *r->fixture->store_fails = (faults & FAULT_STORE) != 0;
  if (plugin == NULL)
    return;
  plugin->failing = (faults & 2) != 0 ? "List/n/Number" : (faults & 4) != 0 ? "List/n/Leaf" : NULL;
  plugin->fails_validate = (faults & 8) != 0;
  plugin->fails_commit = (faults & 16) != 0;
  plugin->fails_roll_back = (faults & FAULT_ROLL_BACK) != 0;
  plugin->can_read = (faults & 64) != 0;
  r->subscriptions->refusal = (faults & 128) != 0 ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_NONE;
}

/* What nobody confirmed is undone, and no transaction stays open. */
static void
tear_down (Run *r)
{
  guint n_units;

  set_faults (r, 0);
  g_clear_pointer (&r->step, oma_dm2_step_free);
  oma_dm2_session_free (r->session);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  n_units = r->fixture->journal->units->len;
  if ((r->all_faults & (FAULT_STORE | FAULT_ROLL_BACK)) == 0)
    g_assert_cmpuint (n_units, ==, 0);
  if (r->fixture->plugin != NULL)
    {
      r->fixture->plugin->flagged = NULL;
      r->fixture->plugin->flags = OMA_HANDLER_DEFAULT;
    }
  g_clear_object (&r->interaction);
  g_clear_object (&r->subscriptions);
  g_clear_object (&r->alerts);
  g_clear_object (&r->cancellable);
  g_free (r->before);
  /* One with a journal that is not empty is not used again. */
  give_fixture (r->fixture, n_units > 0 ? "" : NULL);
}

/* ---- What must hold ---- */

/* A package 3 is JSON with a status for each command.  Returns: whether these say that the tree is as it was. */
static gboolean
check_answers (const Run *r)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) error = NULL;
  gsize size;
  const char *text = g_bytes_get_data (r->step->body, &size);
  JsonArray *statuses;
  gboolean unchanged = TRUE;

  json_parser_load_from_data (parser, text, (gssize) size, &error);
  g_assert_no_error (error);
  statuses = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "Status");
  g_assert_cmpuint (json_array_get_length (statuses), ==, r->n_commands);
  for (guint i = 0; i < r->n_commands; i++)
    {
      JsonObject *status = json_array_get_object_element (statuses, i);
      gint64 sc = json_object_get_int_member (status, "sc");

      g_assert_cmpint (sc, >=, 200);
      g_assert_cmpint (sc, <, 600);
      /* What was read has data. */
      unchanged &= sc / 100 != 2 || sc == 204 || json_object_has_member (status, "MOData");
    }
  return unchanged;
}

/* A package of which no command says that it did something has done nothing. */
static void
check_package (Run *r)
{
  g_autofree char *after = NULL;

  if (r->before == NULL || r->step->action != OMA_DM2_SEND)
    return;
  /* What could not be undone is in the journal; DM 2.0 has no status that tells it from other failures. */
  if (check_answers (r) && (r->faults & FAULT_ROLL_BACK) == 0 && r->fixture->journal->units->len == 0)
    {
      guint faults = r->faults;

      set_faults (r, 0);
      after = dump_tree (r->fixture);
      g_assert_cmpstr (r->before, ==, after);
      r->faults = faults;
    }
  g_clear_pointer (&r->before, g_free);
}

/* ---- Going on ---- */

static void
raise_alert (Run *r, const char *source)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->id = ++r->next_alert;
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup ("org.example.event");
  alert->source = g_strdup (source);
  alert->data = oma_value_new_string ("data");
  g_ptr_array_add (r->alerts->alerts, alert);
}

static int
make_file (GBytes *body)
{
  int fd = memfd_create ("answer", MFD_CLOEXEC);
  gsize size;
  gconstpointer octets = g_bytes_get_data (body, &size);

  g_assert_cmpint (write (fd, octets, size), ==, (gssize) size);
  return fd;
}

static void
feed (Run *r, const Dm2ScriptAnswer *answer)
{
  OmaDm2Reply reply = {
    .http_status = answer->status,
    .media_type = answer->media_type,
    .accept = answer->accept,
    .file = -1,
    .failure = answer->failure,
  };

  if (answer->body != NULL && answer->in_file)
    reply.file = make_file (answer->body);
  else
    reply.body = answer->body;
  show ("server", answer->body);
  r->now += answer->time;
  if (answer->alert != NULL)
    raise_alert (r, answer->alert);
  set_faults (r, answer->faults);
  g_clear_pointer (&r->step, oma_dm2_step_free);
  oma_dm2_session_feed_async (r->session, &reply, r->cancellable, step_cb, r);
  wait_for_step (r);
  if (reply.file >= 0)
    close (reply.file);
}

/* Returns: %FALSE at the end of the program. */
static gboolean
go_on (Run *r, Dm2Script *script)
{
  g_auto(Dm2ScriptAnswer) answer = { 0 };

  if (r->step->action == OMA_DM2_SEND)
    {
      if (!dm2_script_next_package (script, &answer))
        return FALSE;
      g_clear_pointer (&r->before, g_free);
      /* What is confirmed or undone meanwhile is none of the commands'. */
      if (answer.n_commands > 0 && r->fixture->journal->units->len == 0)
        r->before = dump_tree (r->fixture);
      r->n_commands = answer.n_commands;
      r->faults = 0;
    }
  else if (!dm2_script_next_data (script, &answer))
    return FALSE;
  feed (r, &answer);
  check_package (r);
  return TRUE;
}

/* The input is the server and its repositories: see dm2-script.c.  Whatever they say the session ends, and the tree
 * with it. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(Dm2Script) script = NULL;
  Run r = { 0 };

  if (size < SCRIPT_SETTINGS)
    return 0;
  script = dm2_script_new (data, size);
  set_up (&r, data);
  for (guint i = 0; i < MAX_STEPS && r.step->action != OMA_DM2_DONE && go_on (&r, script); i++)
    continue;
  /* The other half of sessions is just left, as when the daemon ends. */
  if (r.step->action != OMA_DM2_DONE && data[7] % 2 == 0)
    {
      const Dm2ScriptAnswer none = { .status = data[7] };

      g_cancellable_cancel (r.cancellable);
      feed (&r, &none);
      g_assert_cmpint (r.step->action, ==, OMA_DM2_DONE);
      g_assert_error (r.step->error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED);
    }
  tear_down (&r);
  return 0;
}

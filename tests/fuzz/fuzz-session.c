/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-mac.h"
#include "fake-interaction.h"
#include "server-script.h"
#include "session/oma-session.h"
#include "tree-dump.h"

#include <string.h>
#include <sys/mman.h>

#define NAME "srv"
#define SECRET "server-secret"
#define NEXT_NONCE "Tm9uY2U="
#define MAX_MESSAGES 40

/* What the server waits for of one command. */
typedef struct {
  const char *name;
  guint       most;        /* Statuses: one for each item may come */
  gboolean    must_come;
  guint       seen;        /* since the server last refused a message of ours: then it comes again */
  gboolean    was_seen;
} Expected;

typedef struct {
  Fixture          *fixture;
  OmaSession       *session;
  OmaSessionConfig  config;
  FakeInteraction  *interaction;
  OmaSessionStep   *step;
  GError           *error;
  OmaMessage       *sent;          /* what the step sends */
  GBytes           *nonce;         /* of the server */
  GBytes           *old_nonce;
  guint             next_random;
  gint64            now;
  GHashTable       *expected;      /* "MsgID/CmdID" -> Expected */
  gboolean          is_orderly;    /* the server keeps to the rules, so that it can wait for all of them */
} Run;

/* ---- What a session is given ---- */

static void
keep_nonce (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  Run *r = user_data;

  if (!for_server)
    return;
  g_clear_pointer (&r->old_nonce, g_bytes_unref);
  r->old_nonce = g_steal_pointer (&r->nonce);
  r->nonce = g_bytes_ref (nonce);
}

static void
fill_random (gpointer octets, gsize size, gpointer user_data)
{
  memset (octets, 'a' + ((Run *) user_data)->next_random++ % 26, size);
}

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

static void
mount_device (Fixture *fixture)
{
  static const char *const names[] = { "DevId", "Man", "Mod", "DmV", "Lang" };
  OmaSchemaNode *info = describe_node (NULL, "DevInfo", OMA_FORMAT_NODE, OMA_ACCESS_GET, TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    describe_node (info, names[i], OMA_FORMAT_CHR, OMA_ACCESS_GET, TRUE)->default_value = g_strdup ("x");
  mount_nodes (fixture, info, OMA_MOUNT_RESERVED);
}

/* For people: with FUZZ_SHOW in the environment every message is printed. */
static void
show (const char *who, OmaEncoding encoding, GBytes *body)
{
  g_autofree char *text = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);

  if (g_getenv ("FUZZ_SHOW") == NULL)
    return;
  text = oma_codec_describe (encoding, data, size, NULL, NULL);
  g_print ("---- %s\n%s", who, text);
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Run *r = user_data;

  r->step = oma_session_step_finish (r->session, result, &r->error);
}

static void
clear_step (Run *r)
{
  g_clear_pointer (&r->step, oma_session_step_free);
  g_clear_pointer (&r->sent, oma_message_free);
}

/* Whatever a server says, there is a next step, and what it sends can be read. */
static void
wait_for_step (Run *r)
{
  g_autoptr(GError) error = NULL;
  gsize size;
  gconstpointer body;

  while (r->step == NULL && r->error == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (r->error);
  g_assert_true (r->step->body != NULL || r->step->action == OMA_SESSION_DONE);
  if (r->step->body == NULL)
    return;
  show ("client", r->config.encoding, r->step->body);
  body = g_bytes_get_data (r->step->body, &size);
  r->sent = oma_codec_decode (r->config.encoding, body, size, NULL, &error);
  g_assert_no_error (error);
}

/* ---- Settings ---- */

static OmaCredentials
make_credentials (OmaAuthType type, const char *name, const char *secret)
{
  return (OmaCredentials) { type, g_strdup (name), g_strdup (secret), g_bytes_new_static ("nonce", 5) };
}

static void
configure (Run *r, const uint8_t *settings)
{
  static const gsize message_sizes[] = { 1 << 20, 1 << 20, 4096, 300 };

  r->config = (OmaSessionConfig) {
    .server_id = SERVER,
    .server_uri = "https://dm.example.org/s",
    .device_id = "urn:dev:1",
    .session_id = "63",
    .version = (OmaDmVersion) (settings[1] % 3),
    .encoding = settings[1] / 3 % 2 == 0 ? OMA_ENCODING_XML : OMA_ENCODING_WBXML,
    .server_initiated = settings[1] / 6 % 2,
    .quirks = (OmaSessionQuirks) (settings[2] & 0x3f),
    .client = make_credentials ((OmaAuthType) (settings[3] % 4), "dev", "s3cret"),
    .server = make_credentials ((OmaAuthType) (settings[3] / 4 % 4), NAME, SECRET),
    .allow_basic = settings[3] / 16 % 2,
    .digest = settings[3] / 32 % 2 == 0 ? OMA_DIGEST_MD5 : OMA_DIGEST_SHA256,
    .mac_window = settings[3] / 64 % 2 == 0 ? 0 : 60,
    .max_msg_size = message_sizes[settings[4] % G_N_ELEMENTS (message_sizes)],
    .max_obj_size = settings[4] / 4 % 2 == 0 ? 1 << 20 : 100,
    .max_messages = 20,
    .max_auth_tries = 2,
    .resync = (OmaResync) (settings[5] % 3),
  };
  r->now = 1000000000;
  r->nonce = g_bytes_ref (r->config.server.nonce);
  r->old_nonce = g_bytes_ref (r->nonce);
}

static void
let_user_answer (Run *r, uint8_t settings)
{
  static const char *const answers[] = { "200", "200 text", "304", "200 2|1", "408", "214", "200 1" };

  r->interaction = fake_interaction_new ();
  for (guint i = 0; i < settings % 8u; i++)
    fake_interaction_will (r->interaction, answers[(settings / 8u + i) % G_N_ELEMENTS (answers)]);
  oma_session_set_interaction (r->session, (OmaInteraction *) r->interaction);
}

static void
set_up (Run *r, const uint8_t *settings)
{
  r->fixture = take_fixture ((Backend) (settings[0] % N_BACKENDS), mount_device);
  r->expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  r->is_orderly = TRUE;
  configure (r, settings);
  r->session = oma_session_new (r->fixture->executor, &r->config);
  oma_session_set_nonce_func (r->session, keep_nonce, r);
  oma_session_set_random_func (r->session, fill_random, r);
  oma_session_set_clock_func (r->session, get_time, r);
  oma_session_set_spool_func (r->session, make_spool, r);
  if (settings[6] != 0)
    let_user_answer (r, settings[6]);
  oma_session_start_async (r->session, NULL, step_cb, r);
  wait_for_step (r);
}

static void
set_faults (Run *r, guint faults)
{
  Plugin *plugin = r->fixture->plugin;

  *r->fixture->store_fails = (faults & 1) != 0;
  if (plugin == NULL)
    return;
  plugin->failing = (faults & 2) != 0 ? "RW" : (faults & 4) != 0 ? "List/n/Leaf" : NULL;
  plugin->fails_validate = (faults & 8) != 0;
  plugin->fails_commit = (faults & 16) != 0;
  plugin->fails_roll_back = (faults & 32) != 0;
  plugin->can_read = (faults & 64) != 0;
  plugin->can_copy = (faults & 128) == 0;
}

static void
tear_down (Run *r)
{
  set_faults (r, 0);
  clear_step (r);
  oma_session_free (r->session);
  g_clear_object (&r->interaction);
  oma_credentials_clear (&r->config.client);
  oma_credentials_clear (&r->config.server);
  g_clear_pointer (&r->nonce, g_bytes_unref);
  g_clear_pointer (&r->old_nonce, g_bytes_unref);
  g_hash_table_unref (r->expected);
  give_fixture (r->fixture, NULL);
}

/* ---- What the server sends ---- */

/* Credentials that go into the SyncHdr. */
static char *
make_proof (Run *r, ScriptProof proof, OmaHeader *header)
{
  OmaAuthType type = proof == SCRIPT_PROOF_BASIC ? OMA_AUTH_BASIC : r->config.server.type;
  const char *secret = proof == SCRIPT_PROOF_WRONG ? "guess" : SECRET;
  GBytes *nonce = proof == SCRIPT_PROOF_OLD ? r->old_nonce : r->nonce;

  if (proof == SCRIPT_PROOF_NONE || (type != OMA_AUTH_BASIC && type != OMA_AUTH_MD5))
    return NULL;
  header->has_cred = TRUE;
  header->cred_meta.format = "b64";
  if (type == OMA_AUTH_BASIC)
    {
      header->cred_meta.type = "syncml:auth-basic";
      return oma_digest_basic (NAME, secret);
    }
  header->cred_meta.type = r->config.digest == OMA_DIGEST_MD5 ? "syncml:auth-md5" : "syncml:auth-sha256";
  return oma_digest_response (r->config.digest, NAME, secret, nonce);
}

/* The header x-syncml-hmac. */
static char *
make_mac (Run *r, ScriptProof proof, GBytes *body)
{
  const char *secret = proof == SCRIPT_PROOF_WRONG ? "guess" : SECRET;
  GBytes *nonce = proof == SCRIPT_PROOF_OLD ? r->old_nonce : r->nonce;
  g_autofree char *digest = NULL;
  OmaMac mac = { .algorithm = r->config.digest == OMA_DIGEST_MD5 ? OMA_MAC_MD5 : OMA_MAC_SHA256, .username = (char *) NAME };

  if (proof == SCRIPT_PROOF_NONE || r->config.server.type != OMA_AUTH_HMAC)
    return NULL;
  if (r->config.mac_window > 0)
    {
      mac.algorithm = OMA_MAC_TIMED;
      mac.has_timestamp = TRUE;
      mac.timestamp = r->now;
      digest = oma_digest_mac_timed (NAME, secret, mac.timestamp, body);
    }
  else if ((r->config.quirks & OMA_QUIRK_RFC2104_HMAC) != 0)
    digest = oma_digest_mac_rfc2104 (r->config.digest, NAME, secret, nonce, body);
  else
    digest = oma_digest_mac (r->config.digest, NAME, secret, nonce, body);
  mac.mac = digest;
  return oma_mac_to_text (&mac);
}

static void
write_hdr_status (Run *r, OmaEncoder *encoder, const ScriptMessage *message)
{
  g_autofree char *code = g_strdup_printf ("%u", message->hdr_status);
  OmaMeta chal = { .type = "syncml:auth-md5", .format = "b64", .next_nonce = NEXT_NONCE };
  OmaCommand status = {
    .type = OMA_COMMAND_STATUS, .name = "Status", .cmd_id = "1", .cmd_ref = "0", .cmd = "SyncHdr", .data = code,
    .msg_ref = r->sent->header.msg_id,
  };

  if (message->challenges)
    {
      chal.type = r->config.client.type == OMA_AUTH_HMAC ? "syncml:auth-MAC" : "syncml:auth-md5";
      status.chal = &chal;
    }
  if (message->hdr_status != 0)
    oma_encoder_command (encoder, &status);
}

static GBytes *
encode (Run *r, const ScriptMessage *message)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (message->is_wbxml ? OMA_ENCODING_WBXML : OMA_ENCODING_XML);
  g_autoptr(GBytes) bytes = NULL;
  OmaHeader header = message->header;
  g_autofree char *proof = make_proof (r, message->proof, &header);
  GByteArray *damaged;

  header.cred_data = proof;
  if (header.ver_proto == NULL)
    header.ver_proto = r->sent->header.ver_proto;
  oma_encoder_header (encoder, &header);
  write_hdr_status (r, encoder, message);
  for (const OmaCommand *command = message->first; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  bytes = oma_encoder_finish (encoder, message->final);
  if (message->n_damages == 0)
    return g_steal_pointer (&bytes);
  damaged = g_bytes_unref_to_array (g_steal_pointer (&bytes));
  for (guint i = 0; i < message->n_damages; i++)
    damaged->data[message->damages[i].position % damaged->len] = message->damages[i].octet;
  return g_byte_array_free_to_bytes (damaged);
}

static void
feed (Run *r, const ScriptMessage *message)
{
  g_autoptr(GBytes) body = encode (r, message);
  g_autofree char *mac = make_mac (r, message->proof, body);

  show ("server", message->is_wbxml ? OMA_ENCODING_WBXML : OMA_ENCODING_XML, body);
  clear_step (r);
  oma_session_feed_async (r->session, body, message->is_wbxml ? OMA_MEDIA_TYPE_WBXML : OMA_MEDIA_TYPE_XML, mac, NULL,
                          step_cb, r);
  wait_for_step (r);
}

/* ---- What must hold ---- */

/* To a server that does not accept our message we say it again, with the answers in it; so does the server with its
 * commands. */
static gboolean
is_refusal (const ScriptMessage *message)
{
  return message->hdr_status / 100 != 2;
}

static void
forget_answers (Run *r)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, r->expected);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ((Expected *) value)->seen = 0;
}

static void
expect (Run *r, const ScriptMessage *message, const OmaCommand *first)
{

  for (const OmaCommand *command = first; command != NULL; command = command->next)
    {
      Expected *expected;

      expect (r, message, command->first_child);
      if (command->type == OMA_COMMAND_STATUS || command->type == OMA_COMMAND_RESULTS)
        continue;
      expected = g_new0 (Expected, 1);
      expected->name = command->name;
      expected->most = MAX (command->n_items, 1);
      expected->must_come = !command->no_resp && !is_refusal (message);
      g_hash_table_insert (r->expected, g_strconcat (message->header.msg_id, "/", command->cmd_id, NULL), expected);
    }
}

/* Every Status is for a command that came, and none has more than it may. */
static void
count_answers (Run *r)
{
  for (const OmaCommand *command = r->sent != NULL ? r->sent->first_command : NULL; command != NULL; command = command->next)
    {
      g_autofree char *key = NULL;
      Expected *expected;

      if (command->type != OMA_COMMAND_STATUS || strcmp (command->cmd_ref, "0") == 0)
        continue;
      key = g_strconcat (command->msg_ref, "/", command->cmd_ref, NULL);
      expected = g_hash_table_lookup (r->expected, key);
      g_assert_nonnull (expected);
      g_assert_cmpstr (command->cmd, ==, expected->name);
      g_assert_cmpuint (++expected->seen, <=, expected->most);
      expected->was_seen = TRUE;
    }
}

static void
check_all_answered (Run *r)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, r->expected);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const Expected *expected = value;

      if (!expected->was_seen && expected->must_come)
        g_error ("%s %s has no Status", expected->name, (const char *) key);
    }
}

/* The one Atomic of a message that changes nothing else, or NULL. */
static const OmaCommand *
find_lone_atomic (const ScriptMessage *message)
{
  const OmaCommand *atomic = NULL;

  for (const OmaCommand *command = message->first; command != NULL; command = command->next)
    {
      if (command->type == OMA_COMMAND_ATOMIC && atomic == NULL)
        atomic = command;
      else if (command->type != OMA_COMMAND_GET && command->type != OMA_COMMAND_STATUS &&
               command->type != OMA_COMMAND_ALERT)
        return NULL;
    }
  return atomic;
}

static gboolean
was_undone (Run *r, const char *msg_id, const char *cmd_id)
{
  gboolean failed = FALSE;

  for (const OmaCommand *command = r->sent != NULL ? r->sent->first_command : NULL; command != NULL; command = command->next)
    {
      if (g_strcmp0 (command->data, "516") == 0)
        return FALSE;
      if (command->type == OMA_COMMAND_STATUS && strcmp (command->msg_ref, msg_id) == 0 &&
          strcmp (command->cmd_ref, cmd_id) == 0)
        failed = g_strcmp0 (command->data, "507") == 0;
    }
  return failed;
}

/* Sends a message; of an Atomic that failed nothing is left. */
static void
exchange (Run *r, const ScriptMessage *message)
{
  const OmaCommand *atomic = message->is_orderly ? find_lone_atomic (message) : NULL;
  g_autofree char *before = atomic != NULL ? dump_tree (r->fixture) : NULL;

  if (message->is_orderly)
    expect (r, message, message->first);
  else
    r->is_orderly = FALSE;
  if (is_refusal (message))
    forget_answers (r);
  set_faults (r, message->faults);
  r->now += message->time;
  feed (r, message);
  if (r->is_orderly)
    count_answers (r);
  if (atomic != NULL && was_undone (r, message->header.msg_id, atomic->cmd_id))
    {
      g_autofree char *after = NULL;

      set_faults (r, 0);
      after = dump_tree (r->fixture);
      g_assert_cmpstr (before, ==, after);
    }
}

/* The input is the server: see server-script.c.  Whatever it says the session ends, and the tree with it. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(Script) script = NULL;
  ScriptMessage message;
  Run r = { 0 };

  if (size < SCRIPT_SETTINGS)
    return 0;
  script = script_new (data, size);
  set_up (&r, data);
  for (guint i = 0; i < MAX_MESSAGES && r.sent != NULL && r.step->action == OMA_SESSION_SEND; i++)
    {
      if (!script_next (script, &message))
        break;
      exchange (&r, &message);
      if (message.is_repeated && r.sent != NULL && r.step->action == OMA_SESSION_SEND)
        exchange (&r, &message);
    }
  if (r.step->action == OMA_SESSION_DONE && r.step->error == NULL && r.is_orderly)
    check_all_answered (&r);
  clear_step (&r);
  oma_session_abort_async (r.session, step_cb, &r);
  wait_for_step (&r);
  g_assert_cmpint (r.step->action, ==, OMA_SESSION_DONE);
  tear_down (&r);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-pump-dm1.h"

#include "agent/oma-account-state.h"
#include "agent/oma-exchange.h"
#include "agent/oma-log.h"
#include "session/oma-dialect.h"
#include "session/oma-version.h"

#define MAX_AUTH_TRIES 2      /* rejected credentials in each direction */
#define MAX_SESSION_ID 65535

/* A nonce that is to be kept before the next message goes out. */
typedef struct {
  gboolean  for_server;
  GBytes   *nonce;
} Nonce;

struct _OmaPumpDm1 {
  OmaPump             parent_instance;
  OmaPumpState       *state;
  OmaSession         *session;
  OmaDialect          dialect;
  gboolean            stepped_down;   /* the server did not understand an earlier try */
  gboolean            keep_dialect;   /* when it understands this one */
  OmaSessionStep     *step;           /* what is done now */
  GArray             *nonces;         /* (element-type Nonce) */
  OmaAuthType         preference;     /* what the server would rather have, none: not said */
  gboolean            aborting;       /* the session was told to abort */
  OmaTranscript      *transcript;     /* for people who watch */
};

G_DEFINE_FINAL_TYPE (OmaPumpDm1, oma_pump_dm1, OMA_TYPE_PUMP)

static void do_step (OmaPumpDm1 *self, OmaSessionStep *step);
static void step_cb (GObject *source, GAsyncResult *result, gpointer user_data);
static gboolean begin (OmaPump *pump, GError **error);
static OmaSecrecy get_secrecy (const char *text, gpointer user_data);

static void
nonce_clear (Nonce *nonce)
{
  g_bytes_unref (nonce->nonce);
}

static void
oma_pump_dm1_finalize (GObject *object)
{
  OmaPumpDm1 *self = OMA_PUMP_DM1 (object);

  g_clear_pointer (&self->step, oma_session_step_free);
  g_clear_pointer (&self->session, oma_session_free);
  g_array_unref (self->nonces);
  oma_transcript_free (self->transcript);
  G_OBJECT_CLASS (oma_pump_dm1_parent_class)->finalize (object);
}

static void
release (OmaPump *pump)
{
  OmaPumpDm1 *self = OMA_PUMP_DM1 (pump);

  g_clear_pointer (&self->step, oma_session_step_free);
  g_clear_pointer (&self->session, oma_session_free);
  g_array_set_size (self->nonces, 0);
}

static const char *
get_protocol (OmaPump *pump)
{
  return oma_dm_version_to_name (OMA_PUMP_DM1 (pump)->dialect.version);
}

static const char *
get_encoding (OmaPump *pump)
{
  return oma_encoding_to_name (OMA_PUMP_DM1 (pump)->dialect.encoding);
}

static void
oma_pump_dm1_class_init (OmaPumpDm1Class *klass)
{
  OmaPumpClass *pump_class = OMA_PUMP_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_pump_dm1_finalize;
  pump_class->begin = begin;
  pump_class->release = release;
  pump_class->get_protocol = get_protocol;
  pump_class->get_encoding = get_encoding;
}

static void
oma_pump_dm1_init (OmaPumpDm1 *self)
{
  self->state = oma_pump_get_state (OMA_PUMP (self));
  self->nonces = g_array_new (FALSE, FALSE, sizeof (Nonce));
  g_array_set_clear_func (self->nonces, (GDestroyNotify) nonce_clear);
  self->transcript = oma_transcript_new (get_secrecy, self);
}

/**
 * oma_pump_dm1_new:
 * @config: what it begins with; copied
 *
 * Returns: (transfer full): a pump that begins with what the account and earlier sessions say
 */
OmaPump *
oma_pump_dm1_new (const OmaPumpConfig *config)
{
  OmaPump *pump = oma_pump_new (OMA_TYPE_PUMP_DM1, config);

  OMA_PUMP_DM1 (pump)->dialect = oma_account_get_dialect (config->account);
  return pump;
}

/**
 * oma_pump_dm1_make_session_id:
 * @number: the session's number towards the server
 *
 * Returns: (transfer full): SessionID: 1 to 65535, not used again with the same server for as long as can be
 */
char *
oma_pump_dm1_make_session_id (gint64 number)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, (number - 1) % MAX_SESSION_ID + 1);
}

/* ---- A server that does not understand the first message ---- */

/* Returns: whether another try was begun */
static gboolean
step_down (OmaPumpDm1 *self, const GError *error)
{
  OmaPumpState *state = self->state;
  gboolean first = state->counters.messages_sent == 1;
  guint status = first ? oma_http_get_last_status (state->http) : 0;
  g_autoptr(GError) failure = NULL;

  if (error == NULL || state->stopping ||
      oma_account_get_flag (state->account, OMA_ACCOUNT_OPTION_NO_FALLBACK) ||
      !oma_fallback_next (&self->dialect, error, status, &self->keep_dialect))
    return FALSE;
  oma_log_event (G_LOG_LEVEL_INFO, NULL, oma_account_get_name (state->account), state->id,
                 "Session %" G_GINT64_FORMAT ": %s; another try with DM %s as %s", state->id, error->message,
                 oma_dm_version_to_name (self->dialect.version), oma_encoding_to_name (self->dialect.encoding));
  self->stepped_down = TRUE;
  state->number = oma_store_next_session (state->context.store);
  g_clear_error (&state->error);
  oma_pump_release (OMA_PUMP (self));
  state->counters = (OmaSessionCounters) { 0 };
  if (!begin (OMA_PUMP (self), &failure))
    oma_pump_end (OMA_PUMP (self), failure);
  return TRUE;
}

static void
end (OmaPumpDm1 *self, const GError *error)
{
  if (!step_down (self, error))
    oma_pump_end (OMA_PUMP (self), error);
}

/* ---- Messages for people ---- */

/* A value that nobody can read through the tree is not shown in a message either, however the
 * server addresses it; what is no LocURI could be that of such a node, misspelt. */
static OmaSecrecy
get_secrecy (const char *text, gpointer user_data)
{
  OmaPumpDm1 *self = user_data;
  g_autofree char *mapped = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if ((oma_account_get_quirks (self->state->account) & OMA_QUIRK_MS_PREFIXES) != 0)
    oma_dialect_map_uri (text, &mapped);
  if (!oma_uri_parse (&uri, mapped != NULL ? mapped : text, NULL))
    return OMA_SECRECY_VALUE;
  oma_tree_lookup (oma_executor_get_tree (self->state->context.executor), &uri, NULL, &lookup);
  if (lookup.schema == NULL)
    return OMA_SECRECY_UNKNOWN;
  if (lookup.schema->format == OMA_FORMAT_NODE)
    return uri.query == OMA_URI_QUERY_NONE ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
  return (lookup.schema->access & OMA_ACCESS_GET) == 0 ? OMA_SECRECY_VALUE : OMA_SECRECY_NONE;
}

static void
tell_message (OmaPumpDm1 *self, gboolean sent, OmaEncoding encoding, GBytes *body)
{
  const OmaSessionCounters *counters = &self->state->counters;
  g_autofree char *text = NULL;
  gconstpointer data;
  gsize size;

  if (!oma_pump_is_watched (OMA_PUMP (self)))
    {
      oma_transcript_miss (self->transcript, sent);
      return;
    }
  data = g_bytes_get_data (body, &size);
  text = oma_transcript_describe (self->transcript, sent, encoding, data, size);
  oma_pump_tell_message (OMA_PUMP (self), &(OmaRunnerMessage) {
    .sent = sent,
    .number = sent ? counters->messages_sent : counters->messages_received,
    .text = text,
    .encoding = oma_encoding_to_name (encoding),
    .size = size,
  });
}

static void
resend_cb (guint time, const GError *error, gpointer user_data)
{
  oma_pump_tell_resent (user_data, time, error);
}

/* ---- The pump: step, nonces, message, answer, step ---- */

/* Returns whether the session was told to abort in place of what it would do next. */
static gboolean
abort_instead (OmaPumpDm1 *self)
{
  if (!self->state->stopping || self->aborting)
    return FALSE;
  self->aborting = TRUE;
  self->state->in_step = TRUE;
  oma_session_abort_async (self->session, step_cb, g_object_ref (self));
  return TRUE;
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm1) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSessionStep) step = oma_session_step_finish (self->session, result, &error);

  self->state->in_step = FALSE;
  oma_pump_count (OMA_PUMP (self), oma_session_get_counters (self->session));
  if (self->state->expired)
    oma_pump_end (OMA_PUMP (self), NULL);
  else if (step != NULL && step->action == OMA_SESSION_DONE)
    do_step (self, g_steal_pointer (&step));
  else if (abort_instead (self))
    return;
  else if (step != NULL)
    do_step (self, g_steal_pointer (&step));
  else
    oma_pump_end (OMA_PUMP (self), error);
}

static void
take_answer (OmaPumpDm1 *self, GBytes *body, const char *media_type)
{
  OmaEncoding encoding;

  self->state->counters.messages_received++;
  if (!oma_encoding_from_media_type (media_type, &encoding))
    encoding = oma_encoding_guess (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  tell_message (self, FALSE, encoding, body);
  self->state->in_step = TRUE;
  oma_session_feed_async (self->session, body, media_type, oma_http_get_reply_mac (self->state->http),
                          self->state->cancellable, step_cb, g_object_ref (self));
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm1) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *media_type = NULL;
  g_autoptr(GBytes) body = oma_exchange_finish (OMA_HTTP (source), result, &media_type, &error);

  if (self->state->over)
    return;
  if (self->state->expired)
    oma_pump_end (OMA_PUMP (self), NULL);
  else if (self->step->action == OMA_SESSION_DONE)
    end (self, self->state->error);
  else if (abort_instead (self))
    return;
  else if (body != NULL)
    take_answer (self, body, media_type);
  else
    {
      oma_pump_count (OMA_PUMP (self), oma_session_get_counters (self->session));   /* commands may have gone on meanwhile */
      end (self, error);
    }
}

static void
send_message (OmaPumpDm1 *self)
{
  OmaPumpState *state = self->state;
  const OmaConfig *config = state->context.config;
  gboolean is_last = self->step->action == OMA_SESSION_DONE;
  OmaEncoding encoding = self->dialect.encoding;

  if (self->step->body == NULL)
    {
      end (self, state->error);
      return;
    }
  if (!is_last && abort_instead (self))
    return;
  oma_encoding_from_media_type (self->step->media_type, &encoding);
  tell_message (self, TRUE, encoding, self->step->body);
  oma_http_set_mac (state->http, self->step->mac);
  /* Of the last message the answer says nothing any more. */
  oma_exchange_async (state->http, self->step,
                      is_last ? 0 : oma_pump_get_option (OMA_PUMP (self), OMA_ACCOUNT_OPTION_RESENDS, config->resends),
                      oma_pump_get_option (OMA_PUMP (self), OMA_ACCOUNT_OPTION_RESEND_DELAY, config->resend_delay),
                      state->context.rand, is_last ? state->last : state->cancellable, resend_cb, answer_cb,
                      g_object_ref (self));
}

static void
nonces_kept (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPumpDm1) self = user_data;
  g_autoptr(GError) error = NULL;
  gboolean kept = oma_plan_run_finish (result, &error);

  if (self->state->over)
    return;
  if (kept)
    {
      send_message (self);
      return;
    }
  /* A message that uses a nonce which we would forget is not sent: the old one would stay good
   * for whoever heard it. */
  g_prefix_error (&error, "The nonce could not be kept: ");
  g_clear_error (&self->state->error);
  oma_pump_end (OMA_PUMP (self), error);
}

/* The server answered with a message, and the session goes on or ends in order. */
static gboolean
is_understood (OmaPumpDm1 *self)
{
  return self->state->counters.messages_received > 0 && self->state->error == NULL;
}

/* Nonces are durable before the message goes out that needs them (DM Security 1.2, 5.3.4); there
 * may be one for the next session when there is nothing more to send. */
static void
keep_nonces (OmaPumpDm1 *self)
{
  OmaAccount *account = self->state->account;
  g_autoptr(OmaPlan) plan = oma_plan_new (self->state->context.executor);

  for (guint i = 0; i < self->nonces->len; i++)
    {
      const Nonce *nonce = &g_array_index (self->nonces, Nonce, i);

      oma_account_put_nonce (account, plan, nonce->for_server, nonce->nonce);
    }
  g_array_set_size (self->nonces, 0);
  if (self->preference != OMA_AUTH_NONE)
    oma_account_put_preference (account, plan, self->preference);
  self->preference = OMA_AUTH_NONE;
  if (self->stepped_down && self->keep_dialect && is_understood (self))
    {
      self->keep_dialect = FALSE;
      oma_account_put_dialect (account, plan, &self->dialect);
    }
  if (oma_plan_is_empty (plan))
    send_message (self);
  else
    oma_plan_run_async (g_steal_pointer (&plan), nonces_kept, g_object_ref (self));
}

/* Takes over @step. */
static void
do_step (OmaPumpDm1 *self, OmaSessionStep *step)
{
  g_clear_pointer (&self->step, oma_session_step_free);
  self->step = step;
  if (step->action == OMA_SESSION_DONE && !self->aborting)
    {
      g_clear_error (&self->state->error);
      self->state->error = step->error != NULL ? g_error_copy (step->error) : NULL;
    }
  keep_nonces (self);
}

static void
nonce_cb (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  OmaPumpDm1 *self = user_data;
  Nonce entry = { for_server, g_bytes_ref (nonce) };

  g_array_append_val (self->nonces, entry);
}

static void
preference_cb (OmaAuthType type, gpointer user_data)
{
  OmaPumpDm1 *self = user_data;

  self->preference = type;
}

static void
credentials_cb (OmaCredentials *credentials, gpointer user_data)
{
  OmaPumpDm1 *self = user_data;

  oma_account_read_credentials (self->state->account, FALSE, credentials);
}

/* ---- The beginning ---- */

static int
make_spool (gpointer user_data, GError **error)
{
  OmaPumpDm1 *self = user_data;

  return oma_store_make_spool (self->state->context.store, error);
}

static OmaSession *
new_session (OmaPumpDm1 *self)
{
  OmaPump *pump = OMA_PUMP (self);
  OmaAccount *account = self->state->account;
  g_autofree char *session_id = oma_pump_dm1_make_session_id (self->state->number);
  g_autofree char *scheme = g_uri_parse_scheme (oma_account_get_url (account));
  const OmaConfig *daemon = self->state->context.config;
  OmaSessionConfig config = {
    .server_id = oma_account_get_server_id (account),
    .server_uri = oma_account_get_url (account),
    .device_id = self->state->device_id,
    .session_id = session_id,
    .encoding = self->dialect.encoding,
    .allow_basic = g_strcmp0 (scheme, "https") == 0,
    .max_msg_size = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAX_MESSAGE_SIZE, daemon->max_message_size),
    .max_obj_size = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE, daemon->max_object_size),
    .max_messages = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAX_MESSAGES, daemon->max_messages),
    .max_auth_tries = MAX_AUTH_TRIES,
    .quirks = oma_account_get_quirks (account),
    .version = self->dialect.version,
    .history_id = self->state->id,
    .digest = oma_account_get_digest (account),
    .mac_window = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_MAC_WINDOW, 0),
    .keep_alive = oma_pump_get_option (pump, OMA_ACCOUNT_OPTION_KEEP_ALIVE, daemon->keep_alive),
  };
  OmaSession *session;

  oma_account_read_credentials (account, FALSE, &config.client);
  oma_account_read_credentials (account, TRUE, &config.server);
  session = oma_session_new (self->state->context.executor, &config);
  oma_credentials_clear (&config.client);
  oma_credentials_clear (&config.server);
  return session;
}

/* Begins a session with what the pump has of a dialect. */
static gboolean
begin (OmaPump *pump, GError **error)
{
  OmaPumpDm1 *self = OMA_PUMP_DM1 (pump);

  if (!oma_pump_open (pump, error))
    return FALSE;
  self->session = new_session (self);
  oma_session_set_nonce_func (self->session, nonce_cb, self);
  oma_session_set_spool_func (self->session, make_spool, self);
  if (oma_account_get_flag (self->state->account, OMA_ACCOUNT_OPTION_MS_MDM))
    oma_session_set_credentials_func (self->session, credentials_cb, self);
  oma_session_set_preference_func (self->session, preference_cb, self);
  oma_session_set_alert_queue (self->session, self->state->context.alerts);
  oma_session_set_interaction (self->session, self->state->context.interaction);
  self->state->in_step = TRUE;
  oma_session_start_async (self->session, self->state->cancellable, step_cb, g_object_ref (self));
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-runner.h"

#include "agent/oma-account-state.h"
#include "agent/oma-exchange.h"
#include "agent/oma-interruption.h"
#include "agent/oma-log.h"
#include "agent/oma-runner-private.h"
#include "session/oma-dialect.h"
#include "session/oma-version.h"

#include <string.h>

#define SLOWEST 5             /* times the time-out is what a whole answer may take */
#define STOP_TIMEOUT 4        /* seconds from a stop to the end, with or without the server */
#define MAX_AUTH_TRIES 2      /* rejected credentials in each direction */
#define MAX_SESSION_ID 65535
#define USER_AGENT "omadm/" OMADM_VERSION

/* A nonce that is to be kept before the next message goes out. */
typedef struct {
  gboolean  for_server;
  GBytes   *nonce;
} Nonce;

struct _OmaRunner {
  GObject             parent_instance;
  OmaRunnerContext    context;
  OmaAccount         *account;
  gint64              id;
  OmaRunnerState      state;
  char               *reason;
  gint64              start_time;
  gint64              end_time;
  OmaSessionCounters  counters;
  guint               noted;          /* counters.unanswered as the store has it */
  OmaAccountFiles    *files;
  OmaHttp            *http;
  OmaSession         *session;
  char               *device_id;
  gint64              number;         /* SessionID is made of it; each try has its own */
  OmaDialect          dialect;
  gboolean            stepped_down;   /* the server did not understand an earlier try */
  gboolean            keep_dialect;   /* when it understands this one */
  OmaSessionStep     *step;           /* what is done now */
  GArray             *nonces;         /* (element-type Nonce) */
  OmaAuthType         preference;     /* what the server would rather have, none: not said */
  GCancellable       *cancellable;    /* of what is under way until it is stopped */
  GCancellable       *last;           /* of the last message, which goes out when it is stopped */
  gboolean            in_step;        /* the session works; it must not be freed */
  GError             *error;          /* why the session will have failed */
  gboolean            stopping;       /* oma_runner_stop() was called */
  gboolean            aborting;       /* the session was told to abort */
  gboolean            expired;        /* it was given time enough to stop */
  guint               stop_timer;
  OmaTranscript      *transcript;     /* for people who watch */
};

enum {
  SIGNAL_CHANGED,
  SIGNAL_MESSAGE,
  SIGNAL_RESENT,
  SIGNAL_ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaRunner, oma_runner, G_TYPE_OBJECT)

static void do_step (OmaRunner *self, OmaSessionStep *step);
static void step_cb (GObject *source, GAsyncResult *result, gpointer user_data);
static gboolean begin (OmaRunner *self, GError **error);
static OmaSecrecy get_secrecy (const char *text, gpointer user_data);

static void
nonce_clear (Nonce *nonce)
{
  g_bytes_unref (nonce->nonce);
}

static void
oma_runner_finalize (GObject *object)
{
  OmaRunner *self = OMA_RUNNER (object);

  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_clear_pointer (&self->step, oma_session_step_free);
  g_clear_pointer (&self->session, oma_session_free);
  g_clear_object (&self->http);
  g_clear_pointer (&self->files, oma_account_files_free);
  g_clear_error (&self->error);
  g_array_unref (self->nonces);
  g_object_unref (self->cancellable);
  g_object_unref (self->last);
  g_object_unref (self->account);
  g_clear_object (&self->context.interaction);
  oma_transcript_free (self->transcript);
  g_free (self->reason);
  g_free (self->device_id);
  G_OBJECT_CLASS (oma_runner_parent_class)->finalize (object);
}

static void
oma_runner_class_init (OmaRunnerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_runner_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 5, G_TYPE_BOOLEAN, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_STRING,
                                          G_TYPE_UINT64);
  signals[SIGNAL_RESENT] = g_signal_new ("resent", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
}

static void
oma_runner_init (OmaRunner *self)
{
  self->cancellable = g_cancellable_new ();
  self->last = g_cancellable_new ();
  self->nonces = g_array_new (FALSE, FALSE, sizeof (Nonce));
  g_array_set_clear_func (self->nonces, (GDestroyNotify) nonce_clear);
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* SessionID: 1 to 65535, not used again with the same server for as long as can be. */
static char *
make_session_id (gint64 id)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, (id - 1) % MAX_SESSION_ID + 1);
}

static void
put_history (OmaRunner *self)
{
  g_autofree char *session_id = make_session_id (self->number);
  const OmaSessionRecord record = {
    .id = self->id,
    .account = (char *) oma_account_get_name (self->account),
    .session_id = session_id,
    .reason = self->reason,
    .start_time = self->start_time,
    .end_time = self->end_time,
    .messages_sent = self->counters.messages_sent,
    .messages_received = self->counters.messages_received,
    .commands = self->counters.commands,
    .failed_commands = self->counters.failed_commands,
    .unanswered = self->counters.unanswered,
    .protocol = (char *) oma_runner_get_protocol (self),
    .encoding = (char *) oma_runner_get_encoding (self),
  };

  if (self->context.store != NULL)
    oma_store_put_session (self->context.store, &record);
}

/**
 * oma_runner_new:
 * @context: what all runners share; copied
 * @account: whose server to talk to
 *
 * Returns: (transfer full): a session that waits for oma_runner_start()
 */
OmaRunner *
oma_runner_new (const OmaRunnerContext *context, OmaAccount *account)
{
  OmaRunner *self = g_object_new (OMA_TYPE_RUNNER, NULL);

  self->context = *context;
  if (context->interaction != NULL)
    g_object_ref (context->interaction);
  self->account = g_object_ref (account);
  self->id = self->number = oma_store_next_session (context->store);
  self->state = OMA_RUNNER_QUEUED;
  self->transcript = oma_transcript_new (get_secrecy, self);
  return self;
}

/* ---- The end ---- */

static void
log_end (OmaRunner *self)
{
  const char *account = oma_account_get_name (self->account);

  if (self->reason == NULL)
    oma_log_event (G_LOG_LEVEL_INFO, NULL, account, self->id,
                   "Session %" G_GINT64_FORMAT " with %s ended: %u commands, %u failed", self->id, account,
                   self->counters.commands, self->counters.failed_commands);
  else
    oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_SESSION_FAILED, account, self->id,
                   "Session %" G_GINT64_FORMAT " with %s failed: %s", self->id, account, self->reason);
}

/* What the session needed goes at once: credentials, certificates, connections. */
static void
finish (OmaRunner *runner, const GError *error)
{
  g_autoptr(OmaRunner) self = g_object_ref (runner);   /* who listens may let it go */

  if (oma_runner_is_over (self))
    return;
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  self->state = error == NULL ? OMA_RUNNER_SUCCEEDED : OMA_RUNNER_FAILED;
  self->reason = error != NULL ? g_strdup (error->message) : NULL;
  self->end_time = now ();
  if (self->start_time == 0)
    self->start_time = self->end_time;
  put_history (self);
  log_end (self);
  g_clear_pointer (&self->step, oma_session_step_free);
  g_clear_pointer (&self->session, oma_session_free);
  g_clear_object (&self->http);
  g_clear_pointer (&self->files, oma_account_files_free);
  g_array_set_size (self->nonces, 0);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

static void
settled (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_plan_run_finish (result, &error))
    g_warning ("Account %s: what the session came to could not be kept: %s", oma_account_get_name (self->account),
               error->message);
  finish (self, self->error);
}

/* How the next session that starts by itself has to behave (DM Security 1.2: a wrong password
 * must not be tried for ever). */
static void
note_outcome (OmaRunner *self, OmaPlan *plan)
{
  guint retry_after = self->http != NULL ? oma_http_get_retry_after (self->http) : 0;

  if (self->error == NULL)
    oma_account_forget_refusals (self->account, plan);
  else if (g_error_matches (self->error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_CREDENTIALS) ||
           (self->error->domain == OMA_TRANSPORT_ERROR && self->http != NULL &&
            oma_http_get_last_status (self->http) == 401))
    oma_account_put_refusal (self->account, plan, now (), self->context.rand);
  else if (self->error->domain == OMA_TRANSPORT_ERROR && retry_after > 0)
    oma_account_put_retry_after (self->account, plan, now (), retry_after, self->context.rand);
}

/* The session is over: @error, unless it failed before, says why it failed. */
static void
settle (OmaRunner *self, const GError *error)
{
  g_autoptr(OmaPlan) plan = oma_plan_new (self->context.executor);

  if (self->error == NULL && error != NULL)
    self->error = g_error_copy (error);
  if (oma_account_exists (self->account))
    note_outcome (self, plan);
  if (oma_plan_is_empty (plan) || self->expired)
    finish (self, self->error);
  else
    oma_plan_run_async (g_steal_pointer (&plan), settled, g_object_ref (self));
}

/* ---- A server that does not understand the first message ---- */

/* Returns: whether another try was begun */
static gboolean
step_down (OmaRunner *self, const GError *error)
{
  gboolean first = self->counters.messages_sent == 1;
  guint status = first ? oma_http_get_last_status (self->http) : 0;
  g_autoptr(GError) failure = NULL;

  if (error == NULL || self->stopping ||
      oma_account_get_flag (self->account, OMA_ACCOUNT_OPTION_NO_FALLBACK) ||
      !oma_fallback_next (&self->dialect, error, status, &self->keep_dialect))
    return FALSE;
  oma_log_event (G_LOG_LEVEL_INFO, NULL, oma_account_get_name (self->account), self->id,
                 "Session %" G_GINT64_FORMAT ": %s; another try with DM %s as %s", self->id, error->message,
                 oma_dm_version_to_name (self->dialect.version), oma_encoding_to_name (self->dialect.encoding));
  self->stepped_down = TRUE;
  self->number = oma_store_next_session (self->context.store);
  g_clear_error (&self->error);
  g_clear_pointer (&self->step, oma_session_step_free);
  g_clear_pointer (&self->session, oma_session_free);
  g_clear_object (&self->http);
  g_clear_pointer (&self->files, oma_account_files_free);
  g_array_set_size (self->nonces, 0);
  self->counters = (OmaSessionCounters) { 0 };
  if (!begin (self, &failure))
    finish (self, failure);
  return TRUE;
}

static void
end (OmaRunner *self, const GError *error)
{
  if (!step_down (self, error))
    settle (self, error);
}

/* Most of the time a commit has kept the count along the way. */
static void
note_unanswered (OmaRunner *self)
{
  if (self->counters.noted != OMA_SESSION_NOT_NOTED)
    self->noted = self->counters.noted;
  if (self->counters.unanswered == self->noted || self->context.store == NULL)
    return;
  self->noted = self->counters.unanswered;
  oma_store_note_unanswered (self->context.store, self->id, self->noted);
}

static void
update_counters (OmaRunner *self)
{
  self->counters = *oma_session_get_counters (self->session);
  note_unanswered (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- Messages for people ---- */

/* A value that nobody can read through the tree is not shown in a message either, however the
 * server addresses it; what is no LocURI could be that of such a node, misspelt. */
static OmaSecrecy
get_secrecy (const char *text, gpointer user_data)
{
  OmaRunner *self = user_data;
  g_autofree char *mapped = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if ((oma_account_get_quirks (self->account) & OMA_QUIRK_MS_PREFIXES) != 0)
    oma_dialect_map_uri (text, &mapped);
  if (!oma_uri_parse (&uri, mapped != NULL ? mapped : text, NULL))
    return OMA_SECRECY_VALUE;
  oma_tree_lookup (oma_executor_get_tree (self->context.executor), &uri, NULL, &lookup);
  if (lookup.schema == NULL)
    return OMA_SECRECY_UNKNOWN;
  if (lookup.schema->format == OMA_FORMAT_NODE)
    return uri.query == OMA_URI_QUERY_NONE ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
  return (lookup.schema->access & OMA_ACCESS_GET) == 0 ? OMA_SECRECY_VALUE : OMA_SECRECY_NONE;
}

static void
emit_message (OmaRunner *self, gboolean sent, OmaEncoding encoding, GBytes *body)
{
  g_autofree char *text = NULL;
  gconstpointer data;
  gsize size;

  if (!g_signal_has_handler_pending (self, signals[SIGNAL_MESSAGE], 0, FALSE))
    {
      oma_transcript_miss (self->transcript, sent);
      return;
    }
  data = g_bytes_get_data (body, &size);
  text = oma_transcript_describe (self->transcript, sent, encoding, data, size);
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, sent,
                 sent ? self->counters.messages_sent : self->counters.messages_received, text,
                 oma_encoding_to_name (encoding), (guint64) size);
}

static void
resend_cb (guint time, const GError *error, gpointer user_data)
{
  OmaRunner *self = user_data;

  g_signal_emit (self, signals[SIGNAL_RESENT], 0, self->counters.messages_sent, time, error->message);
}

/* ---- The pump: step, nonces, message, answer, step ---- */

/* Returns whether the session was told to abort in place of what it would do next. */
static gboolean
abort_instead (OmaRunner *self)
{
  if (!self->stopping || self->aborting)
    return FALSE;
  self->aborting = TRUE;
  self->in_step = TRUE;
  oma_session_abort_async (self->session, step_cb, g_object_ref (self));
  return TRUE;
}

static void
step_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaSessionStep) step = oma_session_step_finish (self->session, result, &error);

  self->in_step = FALSE;
  update_counters (self);
  if (self->expired)
    finish (self, self->error);
  else if (step != NULL && step->action == OMA_SESSION_DONE)
    do_step (self, g_steal_pointer (&step));
  else if (abort_instead (self))
    return;
  else if (step != NULL)
    do_step (self, g_steal_pointer (&step));
  else
    settle (self, error);
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *media_type = NULL;
  g_autoptr(GBytes) body = oma_exchange_finish (OMA_HTTP (source), result, &media_type, &error);
  OmaEncoding encoding;

  if (oma_runner_is_over (self))
    return;
  if (self->expired)
    {
      finish (self, self->error);
      return;
    }
  if (self->step->action == OMA_SESSION_DONE)
    {
      end (self, self->error);
      return;
    }
  if (abort_instead (self))
    return;
  if (body == NULL)
    {
      update_counters (self);      /* commands may have gone on meanwhile */
      end (self, error);
      return;
    }
  self->counters.messages_received++;
  if (!oma_encoding_from_media_type (media_type, &encoding))
    encoding = oma_encoding_guess (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  emit_message (self, FALSE, encoding, body);
  self->in_step = TRUE;
  oma_session_feed_async (self->session, body, media_type, oma_http_get_reply_mac (self->http), self->cancellable,
                          step_cb, g_object_ref (self));
}

static guint
get_number (OmaRunner *self, const char *option, guint fallback)
{
  return oma_account_get_number (self->account, option, fallback);
}

static void
send_message (OmaRunner *self)
{
  gboolean is_last = self->step->action == OMA_SESSION_DONE;
  OmaEncoding encoding = self->dialect.encoding;

  if (self->step->body == NULL)
    {
      end (self, self->error);
      return;
    }
  if (!is_last && abort_instead (self))
    return;
  oma_encoding_from_media_type (self->step->media_type, &encoding);
  emit_message (self, TRUE, encoding, self->step->body);
  oma_http_set_mac (self->http, self->step->mac);
  /* Of the last message the answer says nothing any more. */
  oma_exchange_async (self->http, self->step,
                      is_last ? 0 : get_number (self, OMA_ACCOUNT_OPTION_RESENDS, self->context.config->resends),
                      get_number (self, OMA_ACCOUNT_OPTION_RESEND_DELAY, self->context.config->resend_delay),
                      self->context.rand, is_last ? self->last : self->cancellable, resend_cb, answer_cb, g_object_ref (self));
}

static void
nonces_kept (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;
  gboolean kept = oma_plan_run_finish (result, &error);

  if (oma_runner_is_over (self))
    return;
  if (kept)
    {
      send_message (self);
      return;
    }
  /* A message that uses a nonce which we would forget is not sent: the old one would stay good
   * for whoever heard it. */
  g_prefix_error (&error, "The nonce could not be kept: ");
  finish (self, error);
}

/* The server answered with a message, and the session goes on or ends in order. */
static gboolean
is_understood (OmaRunner *self)
{
  return self->counters.messages_received > 0 && self->error == NULL;
}

/* Nonces are durable before the message goes out that needs them (DM Security 1.2, 5.3.4); there
 * may be one for the next session when there is nothing more to send. */
static void
keep_nonces (OmaRunner *self)
{
  g_autoptr(OmaPlan) plan = oma_plan_new (self->context.executor);

  for (guint i = 0; i < self->nonces->len; i++)
    {
      const Nonce *nonce = &g_array_index (self->nonces, Nonce, i);

      oma_account_put_nonce (self->account, plan, nonce->for_server, nonce->nonce);
    }
  g_array_set_size (self->nonces, 0);
  if (self->preference != OMA_AUTH_NONE)
    oma_account_put_preference (self->account, plan, self->preference);
  self->preference = OMA_AUTH_NONE;
  if (self->stepped_down && self->keep_dialect && is_understood (self))
    {
      self->keep_dialect = FALSE;
      oma_account_put_dialect (self->account, plan, &self->dialect);
    }
  if (oma_plan_is_empty (plan))
    send_message (self);
  else
    oma_plan_run_async (g_steal_pointer (&plan), nonces_kept, g_object_ref (self));
}

/* Takes over @step. */
static void
do_step (OmaRunner *self, OmaSessionStep *step)
{
  g_clear_pointer (&self->step, oma_session_step_free);
  self->step = step;
  if (step->action == OMA_SESSION_DONE && !self->aborting)
    {
      g_clear_error (&self->error);
      self->error = step->error != NULL ? g_error_copy (step->error) : NULL;
    }
  keep_nonces (self);
}

static void
nonce_cb (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  OmaRunner *self = user_data;
  Nonce entry = { for_server, g_bytes_ref (nonce) };

  g_array_append_val (self->nonces, entry);
}

static void
preference_cb (OmaAuthType type, gpointer user_data)
{
  OmaRunner *self = user_data;

  self->preference = type;
}

static void
credentials_cb (OmaCredentials *credentials, gpointer user_data)
{
  OmaRunner *self = user_data;

  oma_account_read_credentials (self->account, FALSE, credentials);
}

/* ---- The beginning ---- */

static gboolean
make_transport (OmaRunner *self, GError **error)
{
  const char *hosts = oma_account_get_option (self->account, OMA_ACCOUNT_OPTION_HOSTS);
  g_auto(GStrv) allowed = hosts != NULL ? g_strsplit_set (hosts, ", ", -1) : NULL;
  g_auto(OmaHttpCredentials) http = { OMA_HTTP_AUTH_NONE, NULL, NULL };
  OmaHttpConfig config = {
    .uri = oma_account_get_url (self->account),
    .allowed_hosts = (const char *const *) allowed,
    .allow_http = oma_account_get_allow_http (self->account),
    .allow_old_tls = oma_account_get_flag (self->account, OMA_ACCOUNT_OPTION_OLD_TLS),
    .max_reply_size = oma_codec_default_limits.max_size,
    .timeout = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_TIMEOUT, self->context.config->http_timeout),
    .user_agent = USER_AGENT,
  };

  self->files = oma_account_make_files (self->account, error);
  if (self->files == NULL)
    return FALSE;
  oma_account_read_http_credentials (self->account, &http);
  config.auth = http.type;
  config.auth_user = http.user;
  config.auth_secret = http.secret;
  config.ca_file = self->files->ca;
  config.certificate_file = self->files->certificate;
  config.key_file = self->files->key;
  config.deadline = SLOWEST * config.timeout;
  self->http = oma_http_new (&config, error);
  return self->http != NULL;
}

static int
make_spool (gpointer user_data, GError **error)
{
  OmaRunner *self = user_data;

  return oma_store_make_spool (self->context.store, error);
}

static void
make_session (OmaRunner *self)
{
  g_autofree char *session_id = make_session_id (self->number);
  g_autofree char *scheme = g_uri_parse_scheme (oma_account_get_url (self->account));
  const OmaConfig *daemon = self->context.config;
  OmaSessionConfig config = {
    .server_id = oma_account_get_server_id (self->account),
    .server_uri = oma_account_get_url (self->account),
    .device_id = self->device_id,
    .session_id = session_id,
    .encoding = self->dialect.encoding,
    .allow_basic = g_strcmp0 (scheme, "https") == 0,
    .max_msg_size = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_MAX_MESSAGE_SIZE,
                                            daemon->max_message_size),
    .max_obj_size = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_MAX_OBJECT_SIZE,
                                            daemon->max_object_size),
    .max_messages = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_MAX_MESSAGES, daemon->max_messages),
    .max_auth_tries = MAX_AUTH_TRIES,
    .quirks = oma_account_get_quirks (self->account),
    .version = self->dialect.version,
    .history_id = self->id,
    .digest = oma_account_get_digest (self->account),
    .mac_window = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_MAC_WINDOW, 0),
    .keep_alive = oma_account_get_number (self->account, OMA_ACCOUNT_OPTION_KEEP_ALIVE, daemon->keep_alive),
  };

  oma_account_read_credentials (self->account, FALSE, &config.client);
  oma_account_read_credentials (self->account, TRUE, &config.server);
  self->session = oma_session_new (self->context.executor, &config);
  oma_credentials_clear (&config.client);
  oma_credentials_clear (&config.server);
  oma_session_set_nonce_func (self->session, nonce_cb, self);
  oma_session_set_spool_func (self->session, make_spool, self);
  if (oma_account_get_flag (self->account, OMA_ACCOUNT_OPTION_MS_MDM))
    oma_session_set_credentials_func (self->session, credentials_cb, self);
  oma_session_set_preference_func (self->session, preference_cb, self);
  oma_session_set_alert_queue (self->session, self->context.alerts);
  oma_session_set_interaction (self->session, self->context.interaction);
}

/* Begins a session with what the runner has of a dialect. */
static gboolean
begin (OmaRunner *self, GError **error)
{
  if (!make_transport (self, error))
    return FALSE;
  make_session (self);
  self->in_step = TRUE;
  oma_session_start_async (self->session, self->cancellable, step_cb, g_object_ref (self));
  return TRUE;
}

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_interruption_report_finish (OMA_STORE (source), result, &error))
    g_warning ("Account %s: its server cannot be told of interrupted sessions: %s",
               oma_account_get_name (self->account), error->message);
  g_clear_error (&error);
  if (oma_runner_is_over (self))
    return;
  if (self->stopping)
    finish (self, self->error);
  else if (!begin (self, &error))
    finish (self, error);
}

/**
 * oma_runner_start:
 * @runner: a runner that is queued
 * @device_id: (nullable): ./DevInfo/DevId
 *
 * Begins the session with what the account says now.  "ended" comes once, never before this
 * returned unless the session cannot begin at all.
 */
void
oma_runner_start (OmaRunner *runner, const char *device_id)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (runner->state == OMA_RUNNER_QUEUED);
  runner->state = OMA_RUNNER_RUNNING;
  runner->start_time = now ();
  runner->dialect = oma_account_get_dialect (runner->account);
  runner->device_id = g_strdup (device_id);
  put_history (runner);
  oma_log_event (G_LOG_LEVEL_INFO, NULL, oma_account_get_name (runner->account), runner->id,
                 "Session %" G_GINT64_FORMAT " with %s begins", runner->id, oma_account_get_name (runner->account));
  g_signal_emit (runner, signals[SIGNAL_CHANGED], 0);
  if (device_id == NULL)
    g_set_error_literal (&error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "./DevInfo/DevId cannot be read");
  if (error != NULL)
    finish (runner, error);
  else if (runner->context.alerts != NULL &&
           oma_account_get_flag (runner->account, OMA_ACCOUNT_OPTION_REPORT_INTERRUPTED))
    oma_interruption_report_async (runner->context.store, runner->context.alerts,
                                   oma_account_get_name (runner->account),
                                   oma_account_get_server_id (runner->account), reported_cb, g_object_ref (runner));
  else if (!begin (runner, &error))
    finish (runner, error);
}

/* ---- Stopping ---- */

static gboolean
stop_timed_out (gpointer user_data)
{
  OmaRunner *self = user_data;

  self->stop_timer = 0;
  self->expired = TRUE;
  g_cancellable_cancel (self->last);
  if (!self->in_step)
    finish (self, self->error);
  return G_SOURCE_REMOVE;
}

/**
 * oma_runner_stop:
 * @runner: a runner
 *
 * Ends the session: the server gets Alert 1223 if it is there to get it.  After a few seconds
 * the session is over in any case, unless a plugin is at work that cannot be interrupted.
 */
void
oma_runner_stop (OmaRunner *runner)
{
  if (runner->stopping || oma_runner_is_over (runner))
    return;
  runner->stopping = TRUE;
  if (runner->error == NULL)
    g_set_error_literal (&runner->error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED, "Stopped");
  if (runner->state == OMA_RUNNER_QUEUED)
    {
      finish (runner, runner->error);
      return;
    }
  runner->stop_timer = g_timeout_add_seconds (STOP_TIMEOUT, stop_timed_out, runner);
  g_cancellable_cancel (runner->cancellable);
}

/**
 * oma_runner_abandon:
 * @runner: a runner
 *
 * The store is about to be closed: what comes after is not written to the history.
 */
void
oma_runner_abandon (OmaRunner *runner)
{
  runner->context.store = NULL;
}

/* ---- Getters ---- */

/**
 * oma_runner_is_over:
 * @runner: a runner
 *
 * Returns: whether the session ended
 */
gboolean
oma_runner_is_over (OmaRunner *runner)
{
  return runner->state == OMA_RUNNER_SUCCEEDED || runner->state == OMA_RUNNER_FAILED;
}

/**
 * oma_runner_get_id:
 * @runner: a runner
 *
 * Returns: the number of the session in the history
 */
gint64
oma_runner_get_id (OmaRunner *runner)
{
  return runner->id;
}

/**
 * oma_runner_get_account:
 * @runner: a runner
 *
 * Returns: (transfer none): whose server it talks to
 */
OmaAccount *
oma_runner_get_account (OmaRunner *runner)
{
  return runner->account;
}

/**
 * oma_runner_get_state:
 * @runner: a runner
 *
 * Returns: how far it is
 */
OmaRunnerState
oma_runner_get_state (OmaRunner *runner)
{
  return runner->state;
}

/**
 * oma_runner_get_reason:
 * @runner: a runner
 *
 * Returns: (transfer none) (nullable): why it failed, for people
 */
const char *
oma_runner_get_reason (OmaRunner *runner)
{
  return runner->reason;
}

/**
 * oma_runner_get_protocol:
 * @runner: a runner
 *
 * Returns: (transfer none): release of the protocol that the session speaks now: "1.1", "1.2" or "1.3"; empty
 *   before it began
 */
const char *
oma_runner_get_protocol (OmaRunner *runner)
{
  return runner->start_time != 0 ? oma_dm_version_to_name (runner->dialect.version) : "";
}

/**
 * oma_runner_get_encoding:
 * @runner: a runner
 *
 * Returns: (transfer none): how its messages are written now: "xml" or "wbxml"; empty before it began
 */
const char *
oma_runner_get_encoding (OmaRunner *runner)
{
  return runner->start_time != 0 ? oma_encoding_to_name (runner->dialect.encoding) : "";
}

/**
 * oma_runner_get_start_time:
 * @runner: a runner
 *
 * Returns: when it began, seconds since the epoch, 0 while it is queued
 */
gint64
oma_runner_get_start_time (OmaRunner *runner)
{
  return runner->start_time;
}

/**
 * oma_runner_get_end_time:
 * @runner: a runner
 *
 * Returns: when it ended, seconds since the epoch, 0 while it is not over
 */
gint64
oma_runner_get_end_time (OmaRunner *runner)
{
  return runner->end_time;
}

/**
 * oma_runner_get_counters:
 * @runner: a runner
 *
 * Returns: (transfer none): what was counted so far
 */
const OmaSessionCounters *
oma_runner_get_counters (OmaRunner *runner)
{
  return &runner->counters;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-runner.h"

#include "agent/oma-account-state.h"
#include "agent/oma-interruption.h"
#include "agent/oma-log.h"
#include "agent/oma-pump-dm1.h"
#include "agent/oma-pump-dm2.h"
#include "agent/oma-runner-private.h"

#define STOP_TIMEOUT 4        /* seconds from a stop to the end, with or without the server */

struct _OmaRunner {
  GObject             parent_instance;
  OmaRunnerContext    context;
  OmaAccount         *account;
  OmaSessionCause     cause;
  gint64              id;
  OmaRunnerState      state;
  GError             *error;          /* (nullable): why it failed */
  guint               retry_after;    /* seconds that the server asked for */
  gint64              start_time;
  gint64              end_time;
  OmaPump            *pump;           /* (nullable): before it runs */
  guint               noted;          /* counters.unanswered as the store has it */
  gboolean            stopping;       /* oma_runner_stop() was called */
  gboolean            expired;        /* it was given time enough to stop */
  guint               stop_timer;
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

static void
oma_runner_finalize (GObject *object)
{
  OmaRunner *self = OMA_RUNNER (object);

  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_clear_object (&self->pump);
  g_object_unref (self->account);
  g_clear_object (&self->context.interaction);
  g_clear_error (&self->error);
  g_free (self->cause.report_uri);
  G_OBJECT_CLASS (oma_runner_parent_class)->finalize (object);
}

static void
oma_runner_class_init (OmaRunnerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_runner_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_RESENT] = g_signal_new ("resent", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
}

static void
oma_runner_init (OmaRunner *self G_GNUC_UNUSED)
{
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
put_history (OmaRunner *self)
{
  const OmaSessionCounters *counters = oma_runner_get_counters (self);
  gint64 number = self->pump != NULL ? oma_pump_get_number (self->pump) : self->id;
  g_autofree char *session_id = oma_pump_dm1_make_session_id (number);
  const OmaSessionRecord record = {
    .id = self->id,
    .account = (char *) oma_account_get_name (self->account),
    .session_id = session_id,
    .reason = (char *) oma_runner_get_reason (self),
    .start_time = self->start_time,
    .end_time = self->end_time,
    .messages_sent = counters->messages_sent,
    .messages_received = counters->messages_received,
    .commands = counters->commands,
    .failed_commands = counters->failed_commands,
    .unanswered = counters->unanswered,
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
 * @cause: why, where the account's generation of the protocol has a use for it; copied
 *
 * Returns: (transfer full): a session that waits for oma_runner_start()
 */
OmaRunner *
oma_runner_new (const OmaRunnerContext *context, OmaAccount *account, const OmaSessionCause *cause)
{
  OmaRunner *self = g_object_new (OMA_TYPE_RUNNER, NULL);

  self->context = *context;
  if (context->interaction != NULL)
    g_object_ref (context->interaction);
  self->account = g_object_ref (account);
  self->cause = *cause;
  self->cause.report_uri = g_strdup (cause->report_uri);
  self->id = oma_store_next_session (context->store);
  self->state = OMA_RUNNER_QUEUED;
  return self;
}

/* ---- The end ---- */

static void
log_end (OmaRunner *self)
{
  const char *account = oma_account_get_name (self->account);
  const OmaSessionCounters *counters = oma_runner_get_counters (self);

  if (self->error == NULL)
    oma_log_event (G_LOG_LEVEL_INFO, NULL, account, self->id,
                   "Session %" G_GINT64_FORMAT " with %s ended: %u commands, %u failed", self->id, account,
                   counters->commands, counters->failed_commands);
  else
    oma_log_event (G_LOG_LEVEL_WARNING, OMA_LOG_ID_SESSION_FAILED, account, self->id,
                   "Session %" G_GINT64_FORMAT " with %s failed: %s", self->id, account, self->error->message);
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
  self->error = error != NULL ? g_error_copy (error) : NULL;
  self->end_time = now ();
  if (self->start_time == 0)
    self->start_time = self->end_time;
  put_history (self);
  log_end (self);
  if (self->pump != NULL)
    {
      oma_pump_close (self->pump);
      g_object_unref (self);   /* of oma_runner_start() */
    }
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
  finish (self, oma_pump_get_error (self->pump));
}

/* How the next session that starts by itself has to behave (DM Security 1.2: a wrong password
 * must not be tried for ever). */
static void
note_outcome (OmaRunner *self, const OmaPumpEnd *end, OmaPlan *plan)
{
  if (end->error == NULL)
    oma_account_forget_refusals (self->account, plan);
  if (end->error == NULL && self->cause.start == OMA_DM2_START_BOOTSTRAP)
    oma_account_forget_bootstrap (self->account, plan);
  if (end->error == NULL)
    return;
  if (end->refused)
    oma_account_put_refusal (self->account, plan, now (), self->context.rand);
  else if (end->retry_after > 0)
    oma_account_put_retry_after (self->account, plan, now (), end->retry_after, self->context.rand);
}

static void
ended (const OmaPumpEnd *end, gpointer user_data)
{
  OmaRunner *self = user_data;
  g_autoptr(OmaPlan) plan = oma_plan_new (self->context.executor);

  self->retry_after = end->retry_after;
  /* What another address does says nothing of the account's own. */
  if (self->cause.report_uri == NULL && oma_account_exists (self->account))
    {
      note_outcome (self, end, plan);
      oma_account_put_next_session (self->account, plan, now ());
      oma_pump_put_outcome (self->pump, plan);
    }
  if (oma_plan_is_empty (plan) || self->expired)
    finish (self, end->error);
  else
    oma_plan_run_async (g_steal_pointer (&plan), settled, g_object_ref (self));
}

/* ---- What the pump tells ---- */

/* Most of the time a commit has kept the count along the way. */
static void
note_unanswered (OmaRunner *self)
{
  const OmaSessionCounters *counters = oma_runner_get_counters (self);

  if (counters->noted != OMA_SESSION_NOT_NOTED)
    self->noted = counters->noted;
  if (counters->unanswered == self->noted || self->context.store == NULL)
    return;
  self->noted = counters->unanswered;
  oma_store_note_unanswered (self->context.store, self->id, self->noted);
}

static void
counted (gpointer user_data)
{
  OmaRunner *self = user_data;

  note_unanswered (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
is_watched (gpointer user_data)
{
  return g_signal_has_handler_pending (user_data, signals[SIGNAL_MESSAGE], 0, FALSE);
}

static void
message (const OmaRunnerMessage *message, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_MESSAGE], 0, message);
}

static void
resent (guint number, guint time, const GError *error, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_RESENT], 0, number, time, error->message);
}

static const OmaPumpListener listener = { counted, is_watched, message, resent, ended };

/* ---- The beginning ---- */

/**
 * oma_runner_join:
 * @runner: a runner
 * @cause: why another session with the same address is wanted
 *
 * Returns: whether @runner does for that, too.  One that has begun does for what asks for nothing but a session;
 *   of two notifications the later counts
 */
gboolean
oma_runner_join (OmaRunner *runner, const OmaSessionCause *cause)
{
  OmaSessionCause *own = &runner->cause;

  if (oma_runner_is_over (runner) || g_strcmp0 (own->report_uri, cause->report_uri) != 0)
    return FALSE;
  if (runner->state != OMA_RUNNER_QUEUED)
    return cause->start == OMA_DM2_START_CLIENT && !cause->list_objects;
  if (own->start != OMA_DM2_START_CLIENT && cause->start != OMA_DM2_START_CLIENT && own->start != cause->start)
    return FALSE;
  if (cause->start != OMA_DM2_START_CLIENT)
    {
      own->start = cause->start;
      own->notification_id = cause->notification_id;
    }
  own->list_objects |= cause->list_objects;
  return TRUE;
}

static OmaPump *
make_pump (OmaRunner *self, const char *device_id)
{
  const OmaPumpConfig config = {
    .context = &self->context,
    .account = self->account,
    .id = self->id,
    .device_id = device_id,
    .listener = &listener,
    .listener_data = self,
  };

  if (oma_account_get_protocol (self->account) == OMA_DM_2_0)
    return oma_pump_dm2_new (&config, &self->cause);
  return oma_pump_dm1_new (&config);
}

static void
begin (OmaRunner *self)
{
  g_autoptr(GError) error = NULL;

  if (!oma_pump_begin (self->pump, &error))
    finish (self, error);
}

static void
reported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaRunner) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_interruption_report_finish (OMA_STORE (source), result, &error))
    g_warning ("Account %s: its server cannot be told of interrupted sessions: %s",
               oma_account_get_name (self->account), error->message);
  if (oma_runner_is_over (self))
    return;
  if (self->stopping)
    finish (self, oma_pump_get_error (self->pump));
  else
    begin (self);
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
  runner->pump = make_pump (runner, device_id);
  g_object_ref (runner);   /* for the pump, until the end */
  put_history (runner);
  oma_log_event (G_LOG_LEVEL_INFO, NULL, oma_account_get_name (runner->account), runner->id,
                 "Session %" G_GINT64_FORMAT " with %s begins", runner->id, oma_account_get_name (runner->account));
  g_signal_emit (runner, signals[SIGNAL_CHANGED], 0);
  if (device_id == NULL)
    {
      g_set_error_literal (&error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "./DevInfo/DevId cannot be read");
      finish (runner, error);
    }
  else if (runner->context.alerts != NULL && runner->cause.report_uri == NULL &&
           oma_account_get_flag (runner->account, OMA_ACCOUNT_OPTION_REPORT_INTERRUPTED))
    oma_interruption_report_async (runner->context.store, runner->context.alerts,
                                   oma_account_get_name (runner->account),
                                   oma_account_get_server_id (runner->account), reported_cb, g_object_ref (runner));
  else
    begin (runner);
}

/* ---- Stopping ---- */

static gboolean
stop_timed_out (gpointer user_data)
{
  OmaRunner *self = user_data;

  self->stop_timer = 0;
  self->expired = TRUE;
  if (oma_pump_expire (self->pump))
    finish (self, oma_pump_get_error (self->pump));
  return G_SOURCE_REMOVE;
}

/**
 * oma_runner_stop:
 * @runner: a runner
 *
 * Ends the session: a server of DM 1.x gets Alert 1223 if it is there to get it.  After a few seconds
 * the session is over in any case, unless a plugin is at work that cannot be interrupted.
 */
void
oma_runner_stop (OmaRunner *runner)
{
  if (runner->stopping || oma_runner_is_over (runner))
    return;
  runner->stopping = TRUE;
  if (runner->pump == NULL)
    {
      g_autoptr(GError) error = g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED, "Stopped");

      finish (runner, error);
      return;
    }
  runner->stop_timer = g_timeout_add_seconds (STOP_TIMEOUT, stop_timed_out, runner);
  oma_pump_stop (runner->pump);
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
  if (runner->pump != NULL)
    oma_pump_abandon (runner->pump);
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
  return runner->error != NULL ? runner->error->message : NULL;
}

/**
 * oma_runner_get_error:
 * @runner: a runner
 *
 * Returns: (transfer none) (nullable): why it failed
 */
const GError *
oma_runner_get_error (OmaRunner *runner)
{
  return runner->error;
}

/**
 * oma_runner_get_retry_after:
 * @runner: a runner that failed
 *
 * Returns: seconds for which its server wants no further session, 0: not said
 */
guint
oma_runner_get_retry_after (OmaRunner *runner)
{
  return runner->retry_after;
}

/**
 * oma_runner_get_report_uri:
 * @runner: a runner
 *
 * Returns: (transfer none) (nullable): the address that the session is with, in place of the account's
 */
const char *
oma_runner_get_report_uri (OmaRunner *runner)
{
  return runner->cause.report_uri;
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
  return runner->pump != NULL ? oma_pump_get_protocol (runner->pump) : "";
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
  return runner->pump != NULL ? oma_pump_get_encoding (runner->pump) : "";
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
  static const OmaSessionCounters none = { 0 };

  return runner->pump != NULL ? oma_pump_get_counters (runner->pump) : &none;
}

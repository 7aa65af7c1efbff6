/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-pump.h"

#include "agent/oma-account-http.h"

#define HTTP_UNAUTHORIZED 401

typedef struct {
  OmaPumpState           state;
  const OmaPumpListener *listener;
  gpointer               listener_data;
} OmaPumpPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (OmaPump, oma_pump, G_TYPE_OBJECT)

static OmaPumpPrivate *
get_private (OmaPump *self)
{
  return oma_pump_get_instance_private (self);
}

static void
oma_pump_finalize (GObject *object)
{
  OmaPumpState *state = oma_pump_get_state (OMA_PUMP (object));

  g_clear_object (&state->http);
  g_clear_pointer (&state->files, oma_account_files_free);
  g_clear_error (&state->error);
  g_object_unref (state->cancellable);
  g_object_unref (state->last);
  g_clear_object (&state->account);
  g_clear_object (&state->context.interaction);
  g_free (state->device_id);
  G_OBJECT_CLASS (oma_pump_parent_class)->finalize (object);
}

static void
oma_pump_class_init (OmaPumpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_pump_finalize;
}

static void
oma_pump_init (OmaPump *self)
{
  OmaPumpState *state = oma_pump_get_state (self);

  state->cancellable = g_cancellable_new ();
  state->last = g_cancellable_new ();
}

/**
 * oma_pump_new:
 * @type: which generation
 * @config: what it begins with; copied
 *
 * Returns: (transfer full): a pump that waits for oma_pump_begin()
 */
OmaPump *
oma_pump_new (GType type, const OmaPumpConfig *config)
{
  OmaPump *self = g_object_new (type, NULL);
  OmaPumpPrivate *private = get_private (self);
  OmaPumpState *state = &private->state;

  state->context = *config->context;
  if (state->context.interaction != NULL)
    g_object_ref (state->context.interaction);
  state->account = g_object_ref (config->account);
  state->id = state->number = config->id;
  state->device_id = g_strdup (config->device_id);
  private->listener = config->listener;
  private->listener_data = config->listener_data;
  return self;
}

/**
 * oma_pump_get_state:
 * @pump: a pump
 *
 * Returns: (transfer none): what the generations share, to be read and written by them
 */
OmaPumpState *
oma_pump_get_state (OmaPump *pump)
{
  return &get_private (pump)->state;
}

/* ---- For who has a session pumped ---- */

/**
 * oma_pump_begin:
 * @pump: a new pump
 * @error: return location for %OMA_TRANSPORT_ERROR or a %G_IO_ERROR
 *
 * Begins the session with what the account says now.  The listener hears of the end once, not before this
 * returned.
 *
 * Returns: %FALSE when it cannot begin at all, which the listener does not hear of
 */
gboolean
oma_pump_begin (OmaPump *pump, GError **error)
{
  return OMA_PUMP_GET_CLASS (pump)->begin (pump, error);
}

/**
 * oma_pump_stop:
 * @pump: a pump
 *
 * Ends the session in order, as far as its generation of the protocol has an order for that.
 */
void
oma_pump_stop (OmaPump *pump)
{
  OmaPumpState *state = oma_pump_get_state (pump);

  state->stopping = TRUE;
  if (state->error == NULL)
    g_set_error_literal (&state->error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED, "Stopped");
  g_cancellable_cancel (state->cancellable);
}

/**
 * oma_pump_expire:
 * @pump: a pump that was told to stop a while ago
 *
 * It had time enough.
 *
 * Returns: %FALSE when it works at something that cannot be interrupted: the listener hears of the end after that;
 *   else it can be closed now
 */
gboolean
oma_pump_expire (OmaPump *pump)
{
  OmaPumpState *state = oma_pump_get_state (pump);

  state->expired = TRUE;
  g_cancellable_cancel (state->last);
  return !state->in_step;
}

/**
 * oma_pump_release:
 * @pump: a pump whose engine does not work
 *
 * Lets go what the session needed: credentials, certificates, connections.
 */
void
oma_pump_release (OmaPump *pump)
{
  OmaPumpState *state = oma_pump_get_state (pump);

  OMA_PUMP_GET_CLASS (pump)->release (pump);
  g_clear_object (&state->http);
  g_clear_pointer (&state->files, oma_account_files_free);
}

/**
 * oma_pump_put_outcome:
 * @pump: a pump that told its listener of the end
 * @plan: a unit of work
 *
 * Notes what the generation of the protocol keeps of the session.
 */
void
oma_pump_put_outcome (OmaPump *pump, OmaPlan *plan)
{
  OmaPumpClass *klass = OMA_PUMP_GET_CLASS (pump);

  if (klass->put_outcome != NULL)
    klass->put_outcome (pump, plan);
}

/**
 * oma_pump_close:
 * @pump: a pump whose engine does not work
 *
 * The session is over: the listener hears no more, and what the session needed goes.
 */
void
oma_pump_close (OmaPump *pump)
{
  oma_pump_get_state (pump)->over = TRUE;
  oma_pump_release (pump);
}

/**
 * oma_pump_abandon:
 * @pump: a pump
 *
 * The store is about to be closed.
 */
void
oma_pump_abandon (OmaPump *pump)
{
  oma_pump_get_state (pump)->context.store = NULL;
}

/**
 * oma_pump_get_counters:
 * @pump: a pump
 *
 * Returns: (transfer none): what was counted so far
 */
const OmaSessionCounters *
oma_pump_get_counters (OmaPump *pump)
{
  return &oma_pump_get_state (pump)->counters;
}

/**
 * oma_pump_get_protocol:
 * @pump: a pump
 *
 * Returns: (transfer none): release of the protocol that is spoken now
 */
const char *
oma_pump_get_protocol (OmaPump *pump)
{
  return OMA_PUMP_GET_CLASS (pump)->get_protocol (pump);
}

/**
 * oma_pump_get_encoding:
 * @pump: a pump
 *
 * Returns: (transfer none): how messages are written now
 */
const char *
oma_pump_get_encoding (OmaPump *pump)
{
  return OMA_PUMP_GET_CLASS (pump)->get_encoding (pump);
}

/**
 * oma_pump_get_number:
 * @pump: a pump
 *
 * Returns: the session's number towards the server
 */
gint64
oma_pump_get_number (OmaPump *pump)
{
  return oma_pump_get_state (pump)->number;
}

/**
 * oma_pump_get_error:
 * @pump: a pump
 *
 * Returns: (transfer none) (nullable): why the session failed, or will have
 */
const GError *
oma_pump_get_error (OmaPump *pump)
{
  return oma_pump_get_state (pump)->error;
}

/* ---- For the generations ---- */

/**
 * oma_pump_get_option:
 * @pump: a pump
 * @option: key of an account's option
 * @fallback: what holds when the account does not set it
 *
 * Returns: a number that an account can set for itself
 */
guint
oma_pump_get_option (OmaPump *pump, const char *option, guint fallback)
{
  return oma_account_get_number (oma_pump_get_state (pump)->account, option, fallback);
}

/**
 * oma_pump_open:
 * @pump: a pump
 * @error: return location for %OMA_TRANSPORT_ERROR or a %G_IO_ERROR
 *
 * Makes the transport to the account's server.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_pump_open (OmaPump *pump, GError **error)
{
  OmaPumpState *state = oma_pump_get_state (pump);

  state->http = oma_account_open_http (state->account, state->context.config, state->device_id, &state->files, error);
  return state->http != NULL;
}

/**
 * oma_pump_count:
 * @pump: a pump
 * @counters: what its engine counted
 *
 * Tells the listener.
 */
void
oma_pump_count (OmaPump *pump, const OmaSessionCounters *counters)
{
  OmaPumpPrivate *private = get_private (pump);

  private->state.counters = *counters;
  private->listener->counted (private->listener_data);
}

/**
 * oma_pump_is_watched:
 * @pump: a pump
 *
 * Returns: whether somebody wants to see messages
 */
gboolean
oma_pump_is_watched (OmaPump *pump)
{
  OmaPumpPrivate *private = get_private (pump);

  return private->listener->is_watched (private->listener_data);
}

/**
 * oma_pump_tell_message:
 * @pump: a pump
 * @message: what goes out or came in
 *
 * Tells the listener.
 */
void
oma_pump_tell_message (OmaPump *pump, const OmaRunnerMessage *message)
{
  OmaPumpPrivate *private = get_private (pump);

  private->listener->message (message, private->listener_data);
}

/**
 * oma_pump_tell_resent:
 * @pump: a pump
 * @time: how often the last message of ours goes out again, counted from 1
 * @error: why
 *
 * Tells the listener.
 */
void
oma_pump_tell_resent (OmaPump *pump, guint time, const GError *error)
{
  OmaPumpPrivate *private = get_private (pump);

  private->listener->resent (private->state.counters.messages_sent, time, error, private->listener_data);
}

static gboolean
is_refusal (OmaPumpState *state)
{
  return g_error_matches (state->error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_CREDENTIALS) ||
         (state->error != NULL && state->error->domain == OMA_TRANSPORT_ERROR && state->http != NULL &&
          oma_http_get_last_status (state->http) == HTTP_UNAUTHORIZED);
}

/**
 * oma_pump_end:
 * @pump: a pump
 * @error: (nullable): why the session failed, unless that is known already
 *
 * Tells the listener that the session is over.
 */
void
oma_pump_end (OmaPump *pump, const GError *error)
{
  OmaPumpPrivate *private = get_private (pump);
  OmaPumpState *state = &private->state;
  OmaPumpEnd end = { NULL, FALSE, 0 };

  if (state->over)
    return;
  state->over = TRUE;
  if (state->error == NULL && error != NULL)
    state->error = g_error_copy (error);
  end.error = state->error;
  end.refused = state->refused || is_refusal (state);
  end.retry_after = state->retry_after;
  if (end.retry_after == 0 && state->error != NULL && state->error->domain == OMA_TRANSPORT_ERROR && state->http != NULL)
    end.retry_after = oma_http_get_retry_after (state->http);
  private->listener->ended (&end, private->listener_data);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-session.h"

#include "session/oma-session-private.h"
#include "session/oma-version.h"

#define DEFAULT_MESSAGES 100

G_DEFINE_QUARK (oma-session-error-quark, oma_session_error)

/**
 * oma_session_step_free:
 * @step: (transfer full) (nullable): a step
 */
void
oma_session_step_free (OmaSessionStep *step)
{
  if (step == NULL)
    return;
  g_clear_pointer (&step->body, g_bytes_unref);
  g_clear_error (&step->error);
  g_free (step->mac);
  g_free (step->uri);
  g_free (step);
}

/**
 * oma_session_new:
 * @executor: the door to the tree; it must outlive the session
 * @config: what the session needs to know; copied.  A bound of 0 stands for the default: 100
 *   messages, 2 tries of credentials
 *
 * Returns: (transfer full): a session that has not begun
 */
OmaSession *
oma_session_new (OmaExecutor *executor, const OmaSessionConfig *config)
{
  OmaSession *session = g_new0 (OmaSession, 1);

  session->executor = executor;
  session->auth = oma_auth_new (config);
  session->server_id = g_strdup (config->server_id);
  session->device_id = g_strdup (config->device_id);
  session->session_id = g_strdup (config->session_id);
  session->uri = g_strdup (config->server_uri);
  session->encoding = config->encoding;
  session->version = config->version;
  session->history_id = config->history_id;
  session->counters.noted = OMA_SESSION_NOT_NOTED;
  session->alert = config->server_initiated ? OMA_DM1_ALERT_SERVER_INITIATED : OMA_DM1_ALERT_CLIENT_INITIATED;
  session->max_msg_size = config->max_msg_size;
  session->max_obj_size = config->max_obj_size;
  session->max_messages = config->max_messages > 0 ? config->max_messages : DEFAULT_MESSAGES;
  session->quirks = config->quirks;
  session->keep_alive = oma_version_has_alert (config->version, OMA_ALERT_CLIENT_EVENT) ? config->keep_alive : 0;
  session->alerts = g_array_new (FALSE, FALSE, sizeof (OmaSentAlert));
  session->object = oma_object_in_new (oma_executor_get_tree (executor), config->max_obj_size,
                                       (config->quirks & OMA_QUIRK_SIZE_OPTIONAL) != 0);
  session->provisional = oma_provisional_new (executor);
  g_queue_init (&session->batches);
  return session;
}

/**
 * oma_session_free:
 * @session: (transfer full): a session of which no step is under way
 *
 * What the server did not confirm is undone in the background.
 */
void
oma_session_free (OmaSession *session)
{
  g_return_if_fail (!session->busy);
  oma_session_leave_background (session);
  oma_provisional_close (session->provisional);
  oma_provisional_unref (session->provisional);
  g_queue_clear_full (&session->batches, (GDestroyNotify) oma_batch_free);
  for (guint i = 0; i < OMA_DM1_N_DEV_INFO; i++)
    g_clear_pointer (&session->dev_info[i], oma_value_unref);
  oma_header_status_clear (&session->challenge);
  oma_header_status_clear (&session->owed);
  g_clear_pointer (&session->request, g_bytes_unref);
  g_clear_pointer (&session->last_request, g_bytes_unref);
  g_clear_pointer (&session->last_answer, g_bytes_unref);
  g_free (session->server_msg_id);
  oma_auth_free (session->auth);
  g_clear_object (&session->interaction);
  g_clear_object (&session->alert_queue);
  g_array_unref (session->alerts);
  g_free (session->server_id);
  g_free (session->device_id);
  g_free (session->session_id);
  g_free (session->uri);
  oma_object_in_free (session->object);
  g_free (session);
}

/**
 * oma_session_set_nonce_func:
 * @session: a session that has not begun
 * @func: (nullable): keeps nonces; called before the message that needs it is handed out
 * @user_data: for @func
 */
void
oma_session_set_nonce_func (OmaSession *session, OmaNonceFunc func, gpointer user_data)
{
  oma_auth_set_nonce_func (session->auth, func, user_data);
}

/**
 * oma_session_set_random_func:
 * @session: a session that has not begun
 * @func: (nullable): makes nonces; %NULL for GnuTLS
 * @user_data: for @func
 */
void
oma_session_set_random_func (OmaSession *session, OmaRandomFunc func, gpointer user_data)
{
  oma_auth_set_random_func (session->auth, func, user_data);
}

/**
 * oma_session_set_clock_func:
 * @session: a session that has not begun
 * @func: (nullable): tells the time; %NULL for the system's clock
 * @user_data: for @func
 */
void
oma_session_set_clock_func (OmaSession *session, OmaClockFunc func, gpointer user_data)
{
  session->clock_func = func;
  session->clock_data = user_data;
  oma_auth_set_clock_func (session->auth, func, user_data);
}

/**
 * oma_session_set_credentials_func:
 * @session: a session that has not begun
 * @func: (nullable): tells our credentials, so that what the server replaces holds from the next
 *   message on; without it from the next session on (DM Security 1.2)
 * @user_data: for @func
 */
void
oma_session_set_credentials_func (OmaSession *session, OmaCredentialsFunc func, gpointer user_data)
{
  oma_auth_set_credentials_func (session->auth, func, user_data);
}

/**
 * oma_session_set_preference_func:
 * @session: a session that has not begun
 * @func: (nullable): keeps the type of credentials that the server would rather have next time;
 *   called before the step that follows is handed out
 * @user_data: for @func
 */
void
oma_session_set_preference_func (OmaSession *session, OmaPreferenceFunc func, gpointer user_data)
{
  oma_auth_set_preference_func (session->auth, func, user_data);
}

/**
 * oma_session_set_spool_func:
 * @session: a session that has not begun
 * @func: (nullable): makes files for large objects; without it they are refused with 406
 * @user_data: for @func
 */
void
oma_session_set_spool_func (OmaSession *session, OmaSpoolFunc func, gpointer user_data)
{
  oma_object_in_set_spool_func (session->object, func, user_data);
}

/**
 * oma_session_set_interaction:
 * @session: a session that has not begun
 * @interaction: (transfer none) (nullable): asks the person at the device; without it user
 *   interaction alerts get 406
 */
void
oma_session_set_interaction (OmaSession *session, OmaInteraction *interaction)
{
  g_set_object (&session->interaction, interaction);
}

/**
 * oma_session_set_alert_queue:
 * @session: a session that has not begun
 * @queue: (transfer none) (nullable): what the server is to be told
 */
void
oma_session_set_alert_queue (OmaSession *session, OmaAlertQueue *queue)
{
  g_set_object (&session->alert_queue, queue);
}

/**
 * oma_session_get_counters:
 * @session: a session
 *
 * Returns: (transfer none): what it has done so far; each item of a command counts
 */
const OmaSessionCounters *
oma_session_get_counters (OmaSession *session)
{
  oma_session_count_background (session);
  return &session->counters;
}

typedef struct {
  GTask          *task;
  OmaSessionStep *step;
} LastStep;

static void
return_step (GTask *task, OmaSessionStep *step)
{
  OmaSession *session = g_task_get_task_data (task);

  session->busy = FALSE;
  g_task_return_pointer (task, step, (GDestroyNotify) oma_session_step_free);
  g_object_unref (task);
}

static void
confirmed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree LastStep *last = user_data;

  /* What could not be confirmed was logged, is undone, and the next session tells the server. */
  oma_provisional_confirm_finish (result, NULL);
  return_step (last->task, last->step);
}

/* A session that ends in order has reached its server, also when that ends it with nothing; unless it
 * was a stranger who said so. */
static void
end_provisional (GTask *task, OmaSessionStep *step)
{
  OmaSession *session = g_task_get_task_data (task);

  if (step->error == NULL && oma_auth_is_server_known (session->auth))
    {
      const LastStep last = { task, step };

      oma_provisional_confirm_async (session->provisional, confirmed_cb, g_memdup2 (&last, sizeof last));
      return;
    }
  oma_provisional_close (session->provisional);
  return_step (task, step);
}

/**
 * oma_session_return_step:
 * @task: (transfer full): a step that is under way
 * @step: (transfer full): what to do next; the last step waits for commands that still run, and
 *   decides on what the server had to confirm
 */
void
oma_session_return_step (GTask *task, OmaSessionStep *step)
{
  OmaSession *session = g_task_get_task_data (task);

  if (step->action == OMA_SESSION_DONE && session->background != NULL)
    oma_session_end_background (task, step);
  else if (step->action == OMA_SESSION_DONE && !oma_provisional_is_empty (session->provisional))
    end_provisional (task, step);
  else
    return_step (task, step);
}

/**
 * oma_session_return_error:
 * @task: (transfer full): a step that is under way
 * @error: (transfer full): why it did not come to its end
 */
void
oma_session_return_error (GTask *task, GError *error)
{
  OmaSession *session = g_task_get_task_data (task);

  session->busy = FALSE;
  g_task_return_error (task, error);
  g_object_unref (task);
}

static GTask *
begin_step (OmaSession *session, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, session, NULL);
  g_task_set_check_cancellable (task, FALSE);
  if (session->busy)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING, "A step of the session is under way");
      g_object_unref (task);
      return NULL;
    }
  session->busy = TRUE;
  session->counters.noted = OMA_SESSION_NOT_NOTED;
  return task;
}

/* Many servers end a session with an empty body; instead of package 2 it is no answer. */
static OmaSessionStep *
take_empty_body (OmaSession *session)
{
  if (session->phase == OMA_PHASE_MANAGEMENT && session->sent_final)
    return oma_session_make_end (session, NULL);
  return oma_session_make_end (session, g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_NO_ANSWER,
                                                             "The server's answer is empty"));
}

/* The Content-Type decides; where it says nothing, the first octets do. */
static OmaMessage *
decode (const OmaSession *session, GBytes *body, const char *media_type, GError **error)
{
  OmaCodecLimits limits = oma_codec_default_limits;
  OmaEncoding encoding;
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);
  g_autoptr(GError) local = NULL;
  OmaMessage *message;

  if (!oma_encoding_from_media_type (media_type, &encoding))
    encoding = oma_encoding_guess (data, size);
  if (session->max_msg_size > 0)
    limits.max_size = session->max_msg_size;
  message = oma_codec_decode_bytes (encoding, body, &limits, &local);
  if (message == NULL)
    g_set_error (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_MESSAGE, "The server's message is not usable: %s",
                 local->message);
  return message;
}

/* The same octets again are the same message.  Only in the middle of an object that comes from a
 * server whose MsgIDs never change they may be two parts that are equal. */
static gboolean
is_repetition (const OmaSession *session, GBytes *body)
{
  return session->last_request != NULL && g_bytes_equal (session->last_request, body) &&
         !(session->never_counts && oma_object_in_is_open (session->object));
}

static void
feed (GTask *task, GBytes *body, const char *media_type, const char *mac)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaMessage *message;
  GError *error = NULL;

  if (session->background != NULL &&
      (body == NULL || g_bytes_get_size (body) == 0 || g_bytes_equal (session->request, body)))
    {
      oma_session_wait_for_background (task, NULL);
      return;
    }
  if (body == NULL || g_bytes_get_size (body) == 0)
    {
      oma_session_return_step (task, take_empty_body (session));
      return;
    }
  session->counters.messages_received++;
  if (is_repetition (session, body))
    {
      oma_session_return_step (task, oma_session_make_repeat (session));
      return;
    }
  g_clear_pointer (&session->last_request, g_bytes_unref);
  g_clear_pointer (&session->request, g_bytes_unref);
  session->request = g_bytes_ref (body);
  oma_auth_take_mac (session->auth, mac, body);
  message = decode (session, body, media_type, &error);
  if (message == NULL)
    {
      oma_session_return_step (task, oma_session_make_end (session, error));
      return;
    }
  oma_session_take_message (task, message);
}

/**
 * oma_session_feed_async:
 * @session: a session whose last step was %OMA_SESSION_SEND
 * @body: (nullable): what the server answered
 * @media_type: (nullable): its Content-Type
 * @mac: (nullable): its x-syncml-hmac header
 * @cancellable: (nullable): stops commands that take long; what was not committed is undone,
 *   and only oma_session_abort_async() may follow
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Takes a message of the server, runs its commands and commits what they changed before the
 * answer is handed out (DM Protocol 1.2, sections 6, 8 and 9).  The session must live until
 * @callback.
 */
void
oma_session_feed_async (OmaSession *session, GBytes *body, const char *media_type, const char *mac,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = begin_step (session, oma_session_feed_async, cancellable, callback, user_data);

  if (task == NULL)
    return;
  if (session->phase == OMA_PHASE_NEW || session->phase == OMA_PHASE_OVER)
    oma_session_return_error (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                                         "The session is not under way"));
  else
    feed (task, body, media_type, mac);
}

typedef struct {
  OmaWork     *work;
  OmaOperation operation;
  guint        next;
} Reading;

static void read_on (GTask *task, Reading *reading);

static void
reading_free (Reading *reading)
{
  oma_operation_clear (&reading->operation);
  oma_work_free (reading->work);
  g_free (reading);
}

/* A leaf that cannot be read is left out: the server may still want to repair the machine. */
static void
take_dev_info (OmaSession *session, Reading *reading)
{
  OmaOperation *operation = &reading->operation;

  if (oma_status_is_success (operation->status) && operation->result != NULL)
    session->dev_info[reading->next] = g_steal_pointer (&operation->result);
  else
    g_warning ("%s could not be read: %s", operation->uri,
               operation->error != NULL ? operation->error->message : oma_status_get_phrase (operation->status));
  oma_operation_clear (operation);
  reading->next++;
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Reading *reading = g_object_get_data (G_OBJECT (task), "reading");
  GError *error = NULL;

  if (!oma_work_run_finish (reading->work, result, &error) &&
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      oma_session_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  take_dev_info (g_task_get_task_data (task), reading);
  read_on (task, reading);
}

static void
read_on (GTask *task, Reading *reading)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaOperation *operation = &reading->operation;

  while (reading->next < OMA_DM1_N_DEV_INFO)
    {
      *operation = (OmaOperation) { .type = OMA_OPERATION_GET, .uri = oma_dm1_dev_info[reading->next] };
      if (!oma_work_try_run (reading->work, operation))
        {
          oma_work_run_async (reading->work, operation, g_task_get_cancellable (task), read_cb, task);
          return;
        }
      take_dev_info (session, reading);
    }
  if (session->dev_info[0] == NULL)
    session->dev_info[0] = oma_value_new_string (session->device_id);
  session->phase = OMA_PHASE_SETUP;
  oma_session_return_step (task, oma_session_make_send (session));
}

/**
 * oma_session_start_async:
 * @session: a new session
 * @cancellable: (nullable): stops it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes package 1 (DM Protocol 1.2, section 8.3).  The session must live until @callback.
 */
void
oma_session_start_async (OmaSession *session, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = begin_step (session, oma_session_start_async, cancellable, callback, user_data);
  OmaPrincipal device = { .kind = OMA_PRINCIPAL_DEVICE };
  Reading *reading;

  if (task == NULL)
    return;
  if (session->phase != OMA_PHASE_NEW)
    {
      oma_session_return_error (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                                           "The session has begun before"));
      return;
    }
  reading = g_new0 (Reading, 1);
  reading->work = oma_work_new (session->executor, &device);
  g_object_set_data_full (G_OBJECT (task), "reading", reading, (GDestroyNotify) reading_free);
  read_on (task, reading);
}

/**
 * oma_session_abort_async:
 * @session: a session of which no step is under way
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the session from our side: the step is %OMA_SESSION_DONE with
 * %OMA_SESSION_ERROR_STOPPED and, if the server knows of the session, a message that holds
 * Alert 1223 and what was not yet answered (DM Protocol 1.2, section 8.1.2).  While a step is
 * under way it fails with %G_IO_ERROR_PENDING: cancel that step first.
 */
void
oma_session_abort_async (OmaSession *session, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = begin_step (session, oma_session_abort_async, NULL, callback, user_data);
  GError *error;

  if (task == NULL)
    return;
  if (session->background != NULL && session->phase != OMA_PHASE_OVER)
    {
      oma_session_end_background (task, NULL);
      return;
    }
  error = g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED, "The session was stopped");
  if (session->phase == OMA_PHASE_NEW || session->phase == OMA_PHASE_OVER)
    oma_session_return_step (task, oma_session_make_end (session, error));
  else
    oma_session_return_step (task, oma_session_make_abort (session, error));
}

/**
 * oma_session_step_finish:
 * @session: the session
 * @result: what the callback got
 * @error: return location for %G_IO_ERROR_CANCELLED, %G_IO_ERROR_PENDING or
 *   %G_IO_ERROR_CLOSED; what goes wrong in the session itself stands in the step
 *
 * Returns: (transfer full): what to do next, or %NULL
 */
OmaSessionStep *
oma_session_step_finish (OmaSession *session G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

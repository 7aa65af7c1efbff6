/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch-alert.h"
#include "session/oma-session-private.h"
#include "session/oma-version.h"

#include <string.h>

#define MAX_EMPTY_ROUNDS 3

/* A message that goes on with a large object by at least so many octets does not count against
 * the messages that a session may have: MaxObjSize bounds them. */
#define MIN_UNCOUNTED 256

/* A Status is matched by all that it refers to; servers send some that match nothing. */
static gboolean
answers_our_header (const OmaSession *session, const OmaCommand *status)
{
  return status->data != NULL && g_strcmp0 (status->cmd_ref, "0") == 0 &&
         (status->cmd == NULL || strcmp (status->cmd, "SyncHdr") == 0) &&
         (status->msg_ref == NULL || g_ascii_strtoull (status->msg_ref, NULL, 10) == session->msg_id);
}

/* Whatever is wrong with a part of a large object, the server does not want the next one. */
static gboolean
refuses_results (const OmaCommand *status)
{
  return g_strcmp0 (status->cmd, "Results") == 0 && status->data != NULL &&
         g_ascii_strtoull (status->data, NULL, 10) >= 300;
}

/* Servers that never send Final are common: the end of the message ends the package, unless
 * it says itself that there is more. */
static void
survey_message (OmaSession *session, const OmaMessage *message)
{
  OmaSurvey *survey = &session->survey;
  gboolean more = FALSE, more_data = FALSE;

  memset (survey, 0, sizeof *survey);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    {
      if (command->type == OMA_COMMAND_RESULTS)
        continue;
      if (command->type == OMA_COMMAND_STATUS)
        {
          if (survey->header_status == NULL && answers_our_header (session, command))
            survey->header_status = command;
          survey->stops_object |= refuses_results (command);
          continue;
        }
      survey->has_work = TRUE;
      survey->aborts |= oma_alert_has_code (command, OMA_DM1_ALERT_SESSION_ABORT);
      if (oma_alert_has_code (command, OMA_DM1_ALERT_NEXT_MESSAGE))
        more = TRUE;
      else
        survey->has_commands = TRUE;
      for (guint i = 0; i < command->n_items; i++)
        more_data |= command->items[i].more_data;
    }
  survey->final = message->final;
  survey->complete = !more_data && (message->final || !more);
}

/* Internal: whether there is something to say that did not fit into the last message. */
gboolean
oma_session_has_pending (const OmaSession *session)
{
  for (GList *l = session->batches.head; l != NULL; l = l->next)
    {
      const OmaBatch *batch = l->data;
      if (batch->next < batch->outcomes->len)
        return TRUE;
    }
  return oma_session_has_alerts (session);
}

/* Internal: what the server has not acknowledged. */
void
oma_session_count_unanswered (OmaSession *session)
{
  guint n = 0;

  for (GList *l = session->batches.head; l != NULL; l = l->next)
    {
      const OmaBatch *batch = l->data;

      n += oma_batch_count_executed (batch, batch->acked, batch->outcomes->len);
    }
  session->counters.unanswered = n;
}

/* The server has taken our last message.  A stranger who says so is answered, but not believed. */
static void
acknowledge (OmaSession *session)
{
  gboolean known = oma_auth_is_server_known (session->auth);
  OmaBatch *batch;

  session->phase = OMA_PHASE_MANAGEMENT;
  session->taken = TRUE;
  oma_header_status_clear (&session->challenge);
  oma_header_status_clear (&session->owed);
  oma_session_acknowledge_alert (session);
  for (GList *l = session->batches.head, *next; l != NULL; l = next)
    {
      next = l->next;
      batch = l->data;
      if (!known && !batch->refused)
        continue;
      oma_batch_acknowledge (batch);
      if (batch->acked < batch->outcomes->len)
        continue;
      oma_batch_free (batch);
      g_queue_delete_link (&session->batches, l);
    }
  oma_session_count_unanswered (session);
}

/* The server has not taken our last message: it is sent again. */
static void
rewind_answers (OmaSession *session)
{
  for (GList *l = session->batches.head; l != NULL; l = l->next)
    oma_batch_rewind (l->data);
  oma_session_rewind_alerts (session);
}

static void
stop_object (OmaSession *session, const char *uri)
{
  for (GList *l = session->batches.head; l != NULL; l = l->next)
    if (oma_batch_stop_object (l->data, uri))
      g_info ("The server stopped a large object");
  if (oma_session_stop_alert (session, uri))
    g_info ("The server stopped an alert");
}

/* Stops the large object that we are sending when the server says so: with a Status for its
 * last part, or Alert 1225 (DM Protocol 1.2, section 7). */
static void
take_stops (OmaSession *session, const OmaMessage *message)
{
  if (session->survey.stops_object)
    stop_object (session, NULL);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    {
      if (!oma_alert_has_code (command, OMA_DM1_ALERT_NO_END_OF_DATA))
        continue;
      if (command->n_items == 0)
        stop_object (session, NULL);
      for (guint i = 0; i < command->n_items; i++)
        stop_object (session, command->items[i].source != NULL ? command->items[i].source : command->items[i].target);
    }
}

static GError *
new_stranger_error (void)
{
  return g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_SERVER_CREDENTIALS,
                              "The server did not prove who it is");
}

static void
fill_header_status (OmaSession *session, OmaHeaderStatus *header_status, const OmaHeader *header, OmaStatus status)
{
  oma_header_status_clear (header_status);
  session->owed_sent = FALSE;
  header_status->status = status;
  header_status->has_chal = oma_auth_make_challenge (session->auth, status, &header_status->chal,
                                                     &header_status->nonce);
  if (header->no_resp && !header_status->has_chal)
    return;
  header_status->msg_id = g_strdup (header->msg_id != NULL ? header->msg_id : "");
  header_status->target = g_strdup (header->target);
  header_status->source = g_strdup (header->source);
}

/* RespURI holds until the session ends: many servers send it once.  What may hold a key to the session is not logged,
 * nor what GLib says of it. */
static void
take_resp_uri (OmaSession *session, const char *resp_uri)
{
  char *uri;

  if (resp_uri == NULL || *resp_uri == '\0')
    return;
  if (g_uri_peek_scheme (resp_uri) != NULL)
    uri = g_strdup (resp_uri);
  else
    uri = g_uri_resolve_relative (session->uri, resp_uri, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL)
    {
      g_info ("The server's RespURI is ignored: it is no URI");
      return;
    }
  g_free (session->uri);
  session->uri = uri;
}

static void
take_package_state (OmaSession *session)
{
  const OmaSurvey *survey = &session->survey;

  session->continues = oma_session_has_pending (session) && !survey->has_commands;
  if (session->continues)
    session->server_closed |= survey->final;
  else
    session->server_closed = survey->complete;
  if (survey->has_commands || session->continues || session->server_closed)
    session->empty_rounds = 0;
  else
    session->empty_rounds++;
}

/* @behind: the answers that did not fit come first; else they go on behind the Status for the
 * Alert that asks for them. */
static void
queue_batch (OmaSession *session, OmaBatch *batch, gboolean behind)
{
  if (behind)
    g_queue_push_tail (&session->batches, batch);
  else
    g_queue_push_head (&session->batches, batch);
}

/**
 * oma_session_keep_answers:
 * @session: a session
 * @batch: (transfer full): commands that were run
 * @is_late: the server was told to wait for them, and its last message is not the one they are of
 *
 * What became of them goes into the next message.
 */
void
oma_session_keep_answers (OmaSession *session, OmaBatch *batch, gboolean is_late)
{
  guint n_failed;

  session->counters.commands += oma_batch_count (batch, &n_failed);
  session->counters.failed_commands += n_failed;
  session->counters.noted = batch->noted;
  queue_batch (session, batch, session->survey.has_commands || is_late);
  oma_session_count_unanswered (session);
  if (session->survey.has_commands && session->last_request == NULL)
    session->last_request = g_bytes_ref (session->request);
}

/**
 * oma_session_note_stopped:
 * @session: a session
 * @batch: commands that were stopped, or still run
 *
 * Counts what they have committed as not answered.
 */
void
oma_session_note_stopped (OmaSession *session, const OmaBatch *batch)
{
  if (batch->noted == OMA_BATCH_NOT_NOTED)
    return;
  session->counters.noted = batch->noted;
  session->counters.unanswered = batch->noted;
}

static void
batch_run_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaSession *session = g_task_get_task_data (task);
  g_autoptr(OmaBatch) batch = g_steal_pointer (&session->running);
  GError *error = NULL;

  if (!oma_batch_run_finish (batch, result, &error))
    {
      oma_session_note_stopped (session, batch);
      oma_session_return_error (task, error);
      return;
    }
  oma_session_keep_answers (session, g_steal_pointer (&batch), FALSE);
  oma_session_return_step (task, oma_session_make_send (session));
}

/* What @message says about our last one.  Returns: the step that follows, or %NULL when the
 * message was accepted. */
static OmaSessionStep *
take_verdict (OmaSession *session, const OmaMessage *message)
{
  const OmaCommand *status = session->survey.header_status;
  OmaAuthVerdict verdict;
  OmaStatus server_status;
  GError *error = NULL;

  if (status == NULL)
    return NULL;
  verdict = oma_auth_take_status (session->auth, (OmaStatus) g_ascii_strtoull (status->data, NULL, 10), status->chal,
                                  &error);
  if (verdict == OMA_AUTH_VERDICT_FAILED)
    return oma_session_make_end (session, error);
  if (verdict == OMA_AUTH_VERDICT_ACCEPTED)
    return NULL;
  server_status = oma_auth_check_server (session->auth, &message->header, TRUE, &error);
  if (error != NULL)
    return oma_session_make_abort (session, error);
  if (session->background != NULL)
    return oma_session_make_keep_alive (session);
  fill_header_status (session, &session->challenge, &message->header, server_status);
  if (session->challenge.has_chal)
    session->owed.has_chal = FALSE;   /* the nonce that went with it is no longer the newest */
  rewind_answers (session);
  session->continues = FALSE;
  return oma_session_make_send (session);
}

/* Internal: what a batch of @session runs with; only good until the session changes. */
OmaBatchContext
oma_session_make_batch_context (OmaSession *session)
{
  gsize held = 0;

  for (GList *l = session->batches.head; l != NULL; l = l->next)
    held += ((const OmaBatch *) l->data)->held;
  return (OmaBatchContext) {
    .executor = session->executor,
    .server_id = session->server_id,
    .quirks = session->quirks,
    .interaction = session->interaction,
    .answer_limit = session->server_max_size,
    .held = held,
    .provisional = session->provisional,
  };
}

/* Takes over @message. */
static OmaBatch *
make_batch (OmaSession *session, OmaMessage *message)
{
  guint64 before = oma_object_in_get_received (session->object);
  OmaBatch *batch = oma_batch_new (message, session->object);

  session->uncounted = before > 0 && oma_object_in_get_received (session->object) >= before + MIN_UNCOUNTED;
  return batch;
}

static void
run_batch (GTask *task, OmaSession *session)
{
  const OmaBatchContext context = oma_session_make_batch_context (session);

  oma_batch_run_async (session->running, &context, g_task_get_cancellable (task), batch_run_cb, task);
}

/* What the server said while its commands ran is answered together with them. */
static void
take_interim (GTask *task, OmaMessage *message)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaStatus status;

  if (session->challenge.msg_id == NULL)
    {
      session->challenge = session->owed;
      memset (&session->owed, 0, sizeof session->owed);
    }
  if (session->survey.has_commands)
    {
      oma_session_wait_for_background (task, message);
      return;
    }
  status = oma_auth_check_server (session->auth, &message->header, FALSE, NULL);
  if (!oma_auth_is_server_known (session->auth))
    {
      oma_message_free (message);
      oma_session_return_step (task, oma_session_make_end (session, new_stranger_error ()));
      return;
    }
  fill_header_status (session, &session->owed, &message->header, status);
  oma_message_free (message);
  oma_session_wait_for_background (task, NULL);
}

typedef struct {
  GTask      *task;
  OmaMessage *message;
  OmaStatus   status;
  GError     *error;
} CheckedMessage;

/* Takes over all arguments. */
static void
take_checked (GTask *task, OmaMessage *message, OmaStatus status, GError *error)
{
  OmaSession *session = g_task_get_task_data (task);

  /* A server that is not known gets no challenge for mere Statuses, and nothing else either
   * (DM Protocol 1.2, section 9). */
  if (!session->survey.has_work && !oma_auth_is_server_known (session->auth))
    {
      oma_message_free (message);
      oma_session_return_step (task, oma_session_make_end (session, new_stranger_error ()));
      return;
    }
  session->uncounted = FALSE;
  if (oma_status_is_success (status))
    oma_session_settle_alerts (session, message);
  take_package_state (session);
  fill_header_status (session, &session->owed, &message->header, status);
  session->refused_server = !oma_status_is_success (status);
  if (session->refused_server)
    {
      queue_batch (session, oma_batch_new_refused (message, status), session->survey.has_commands);
      oma_session_return_step (task, error != NULL ? oma_session_make_abort (session, error)
                                                   : oma_session_make_send (session));
    }
  else if (oma_session_is_at_limit (session) || session->empty_rounds > MAX_EMPTY_ROUNDS)
    {
      oma_message_free (message);
      oma_session_return_step (task, oma_session_make_limit (session, "The server goes on for ever"));
    }
  else
    {
      OmaBatch *batch = make_batch (session, message);

      oma_version_restrict (session->version, batch);
      batch->history_id = session->history_id;
      batch->unanswered_before = session->counters.unanswered;
      if (session->keep_alive > 0)
        {
          oma_session_run_in_background (task, batch);
          return;
        }
      session->running = batch;
      run_batch (task, session);
    }
}

static void
confirmed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree CheckedMessage *checked = user_data;

  /* What could not be confirmed was logged and is undone; an alert tells the server. */
  oma_provisional_confirm_finish (result, NULL);
  take_checked (checked->task, checked->message, checked->status, checked->error);
}

/**
 * oma_session_take_commands:
 * @task: (transfer full): the step, with the session as its data
 * @message: (transfer full): a message that was surveyed and holds something to answer
 *
 * Runs its commands, after what was to count only when the server is reached again: it answers our
 * last message, and is who it says.
 */
void
oma_session_take_commands (GTask *task, OmaMessage *message)
{
  OmaSession *session = g_task_get_task_data (task);
  GError *error = NULL;
  OmaStatus status = oma_auth_check_server (session->auth, &message->header, session->survey.has_work, &error);

  if (G_UNLIKELY (session->taken && !oma_provisional_is_empty (session->provisional)) &&
      oma_status_is_success (status) && oma_auth_is_server_known (session->auth))
    {
      const CheckedMessage checked = { task, message, status, error };

      oma_provisional_confirm_async (session->provisional, confirmed_cb, g_memdup2 (&checked, sizeof checked));
      return;
    }
  take_checked (task, message, status, error);
}

static gboolean
is_of_this_session (const OmaSession *session, const OmaMessage *message)
{
  return message->header.session_id != NULL &&
         g_ascii_strcasecmp (message->header.session_id, session->session_id) == 0;
}

static GError *
new_version_error (const OmaSession *session, const char *what)
{
  return g_error_new (OMA_SESSION_ERROR,
                      session->msg_id == 1 ? OMA_SESSION_ERROR_VERSION : OMA_SESSION_ERROR_REFUSED,
                      "The server %s DM %s", what, oma_dm_version_to_name (session->version));
}

/* A lower release is for the caller to try, in a new session and only when the first message
 * found no hearing (our reading).  Returns: (nullable): the step that follows */
static OmaSessionStep *
take_version (OmaSession *session, const OmaMessage *message)
{
  const OmaCommand *status = session->survey.header_status;
  OmaStatus verdict;

  if (status != NULL && oma_version_is_refusal ((OmaStatus) g_ascii_strtoull (status->data, NULL, 10)))
    return oma_session_make_end (session, new_version_error (session, "does not speak"));
  verdict = oma_version_check_header (session->version, &message->header);
  if (verdict == OMA_STATUS_OK)
    return NULL;
  fill_header_status (session, &session->owed, &message->header, verdict);
  rewind_answers (session);
  return oma_session_make_abort (session, new_version_error (session, "answers in another release than"));
}

/* Returns: the step that follows, or %NULL when there is work to do. */
static OmaSessionStep *
take_header (OmaSession *session, const OmaMessage *message)
{
  OmaSessionStep *step;

  if (!is_of_this_session (session, message))
    return oma_session_make_abort (session, g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_MESSAGE,
                                                                 "The server's message is of another session"));
  if (session->survey.aborts)
    return oma_session_make_end (session, g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_ABORTED,
                                                               "The server aborted the session"));
  step = take_version (session, message);
  if (step != NULL)
    return step;
  take_resp_uri (session, message->header.resp_uri);
  if (message->header.meta.max_msg_size > 0)
    session->server_max_size = MIN (message->header.meta.max_msg_size, G_MAXSIZE);
  if (message->header.meta.max_obj_size > 0)
    session->server_max_object = message->header.meta.max_obj_size;
  step = take_verdict (session, message);
  if (step != NULL || session->background != NULL)
    return step;
  acknowledge (session);
  take_stops (session, message);
  if (session->survey.has_work || oma_session_has_pending (session))
    return NULL;
  /* A nonce that goes along with the end of the session is kept if the server proves itself. */
  oma_auth_check_server (session->auth, &message->header, FALSE, NULL);
  if (oma_auth_is_server_known (session->auth))
    oma_session_settle_alerts (session, message);
  else if (session->refused_server)
    return oma_session_make_end (session, new_stranger_error ());
  return oma_session_make_end (session, NULL);
}

static void
note_msg_id (OmaSession *session, const char *msg_id)
{
  session->never_counts = msg_id == NULL || g_strcmp0 (session->server_msg_id, msg_id) == 0;
  g_free (session->server_msg_id);
  session->server_msg_id = g_strdup (msg_id);
}

/**
 * oma_session_take_message:
 * @task: (transfer full): the step, with the session as its data
 * @message: (transfer full): a message of the server
 *
 * Finds out what @message means for the session and makes the step that follows (DM Protocol
 * 1.2, sections 6, 8 and 9).
 */
void
oma_session_take_message (GTask *task, OmaMessage *message)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaSessionStep *step;

  note_msg_id (session, message->header.msg_id);
  survey_message (session, message);
  step = take_header (session, message);
  if (step == NULL && session->background != NULL)
    take_interim (task, message);
  else if (step == NULL)
    oma_session_take_commands (task, message);
  if (step == NULL)
    return;
  oma_message_free (message);
  oma_session_return_step (task, step);
}

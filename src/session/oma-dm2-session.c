/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include <unistd.h>

/* ---- The session ---- */

/**
 * oma_dm2_step_free:
 * @step: (transfer full) (nullable): a step
 */
void
oma_dm2_step_free (OmaDm2Step *step)
{
  if (step == NULL)
    return;
  if (step->file >= 0)
    close (step->file);
  g_clear_pointer (&step->body, g_bytes_unref);
  g_clear_error (&step->error);
  g_free (step->uri);
  g_free (step);
}

/**
 * oma_dm2_session_new:
 * @executor: the door to the tree; it must outlive the session
 * @config: what the session needs to know; copied.  Bounds of 0 stand for %OMA_DM2_MAX_PACKAGES, %OMA_DM2_MAX_SECONDS
 *   and %OMA_MO_DATA_MAX_SIZE
 *
 * Returns: (transfer full): a session that has not begun
 */
OmaDm2Session *
oma_dm2_session_new (OmaExecutor *executor, const OmaDm2Config *config)
{
  OmaDm2Session *session = g_new0 (OmaDm2Session, 1);

  session->executor = executor;
  session->server_id = g_strdup (config->server_id);
  session->server_uri = g_strdup (config->server_uri);
  session->report_uri = g_strdup (config->report_uri);
  session->moids = g_strdupv ((char **) config->moids);
  session->objects = oma_objects_new (executor, session->server_id, (const char *const *) session->moids);
  session->provisional = oma_provisional_new (executor);
  session->start = config->start;
  session->notification_id = config->start == OMA_DM2_START_NOTIFICATION ? config->notification_id : -1;
  session->list_objects = config->list_objects;
  session->max_packages = config->max_packages > 0 ? config->max_packages : OMA_DM2_MAX_PACKAGES;
  session->max_seconds = config->max_seconds > 0 ? config->max_seconds : OMA_DM2_MAX_SECONDS;
  session->max_object_size = config->max_object_size > 0 ? config->max_object_size : OMA_MO_DATA_MAX_SIZE;
  session->history_id = config->history_id;
  session->uri = g_strdup (config->server_uri);
  session->named_by_server = config->report_uri != NULL;
  session->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->sent_alerts = g_array_new (FALSE, FALSE, sizeof (gint64));
  session->counters.noted = OMA_SESSION_NOT_NOTED;
  return session;
}

/**
 * oma_dm2_session_free:
 * @session: (transfer full): a session of which no step is under way
 *
 * What was to count only when the server was reached again is undone in the background.
 */
void
oma_dm2_session_free (OmaDm2Session *session)
{
  g_return_if_fail (!session->busy);
  g_clear_pointer (&session->run, oma_dm2_run_free);
  oma_provisional_close (session->provisional);
  oma_provisional_unref (session->provisional);
  oma_objects_free (session->objects);
  g_clear_object (&session->interaction);
  g_clear_object (&session->alert_queue);
  g_clear_object (&session->subscriptions);
  g_clear_pointer (&session->naming, oma_dm2_naming_free);
  g_clear_pointer (&session->listed, g_ptr_array_unref);
  g_hash_table_unref (session->names);
  g_array_unref (session->sent_alerts);
  g_strfreev (session->moids);
  g_free (session->server_id);
  g_free (session->server_uri);
  g_free (session->report_uri);
  g_free (session->uri);
  g_free (session->accept);
  g_free (session);
}

/**
 * oma_dm2_session_set_clock_func:
 * @session: a session that has not begun
 * @func: (nullable): tells the time; %NULL for the system's clock
 * @user_data: for @func
 */
void
oma_dm2_session_set_clock_func (OmaDm2Session *session, OmaClockFunc func, gpointer user_data)
{
  session->clock_func = func;
  session->clock_data = user_data;
}

/**
 * oma_dm2_session_set_spool_func:
 * @session: a session that has not begun
 * @func: (nullable): makes files for what is large; without it that is refused with 413
 * @user_data: for @func
 */
void
oma_dm2_session_set_spool_func (OmaDm2Session *session, OmaSpoolFunc func, gpointer user_data)
{
  session->spool_func = func;
  session->spool_data = user_data;
  oma_objects_set_spool_func (session->objects, func, user_data);
}

/**
 * oma_dm2_session_set_interaction:
 * @session: a session that has not begun
 * @interaction: (transfer none) (nullable): shows pages to the person at the device; without it SHOW gets 501
 */
void
oma_dm2_session_set_interaction (OmaDm2Session *session, OmaInteraction *interaction)
{
  g_set_object (&session->interaction, interaction);
}

/**
 * oma_dm2_session_set_alert_queue:
 * @session: a session that has not begun
 * @queue: (transfer none) (nullable): what the server is to be told
 */
void
oma_dm2_session_set_alert_queue (OmaDm2Session *session, OmaAlertQueue *queue)
{
  g_set_object (&session->alert_queue, queue);
}

/**
 * oma_dm2_session_set_subscriptions:
 * @session: a session that has not begun
 * @subscriptions: (transfer none) (nullable): keeps what the server asks for beyond the session; without it SUB, UNSUB
 *   and DEFAULT get 501
 */
void
oma_dm2_session_set_subscriptions (OmaDm2Session *session, OmaSubscriptions *subscriptions)
{
  g_set_object (&session->subscriptions, subscriptions);
}

/**
 * oma_dm2_session_get_counters:
 * @session: a session
 *
 * Returns: (transfer none): what it has done so far; messages are packages
 */
const OmaSessionCounters *
oma_dm2_session_get_counters (OmaDm2Session *session)
{
  return &session->counters;
}

static gint64
get_time (const OmaDm2Session *session)
{
  return session->clock_func != NULL ? session->clock_func (session->clock_data) : g_get_real_time () / G_USEC_PER_SEC;
}

/* Internal: whether the session has lasted as long as one may.  A clock that goes back does not prolong it for ever:
 * the packages are counted, too. */
gboolean
oma_dm2_session_is_late (const OmaDm2Session *session)
{
  return get_time (session) - session->began >= session->max_seconds;
}

/* ---- Steps ---- */

/* Internal: a step without a body. */
OmaDm2Step *
oma_dm2_session_make_step (OmaDm2Session *session, OmaDm2Action action, const char *method, const char *uri,
                           gboolean named_by_server)
{
  OmaDm2Step *step = g_new0 (OmaDm2Step, 1);

  step->action = action;
  step->method = method;
  step->uri = g_strdup (uri);
  step->named_by_server = named_by_server;
  step->file = -1;
  switch (action)
    {
    case OMA_DM2_SEND:
      session->phase = OMA_DM2_PHASE_PACKAGE;
      break;
    case OMA_DM2_TRANSFER:
      session->phase = OMA_DM2_PHASE_TRANSFER;
      break;
    case OMA_DM2_PROBE:
      session->phase = OMA_DM2_PHASE_PROBE;
      break;
    case OMA_DM2_DONE:
    default:
      session->phase = OMA_DM2_PHASE_OVER;
      break;
    }
  return step;
}

/* Internal: takes over both; the step that is under way is over. */
void
oma_dm2_session_return_step (GTask *task, OmaDm2Step *step)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  session->busy = FALSE;
  g_task_return_pointer (task, step, (GDestroyNotify) oma_dm2_step_free);
  g_object_unref (task);
}

/* Internal: the package is done with.  What was answered, or would have been, counts; what was not begun does not. */
void
oma_dm2_session_close_run (OmaDm2Session *session)
{
  OmaDm2Run *run = g_steal_pointer (&session->run);

  session->counters.unanswered = oma_dm2_run_count_unanswered (run);
  for (guint i = 0; i < run->next; i++)
    {
      session->counters.commands++;
      session->counters.failed_commands += oma_dm2_run_peek_outcome (run, i)->answer.status >= 400;
    }
  oma_dm2_run_free (run);
}

/* Internal: takes over both.  Ends the session: in order, or because of @error. */
void
oma_dm2_session_end (GTask *task, GError *error)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Step *step = oma_dm2_session_make_step (session, OMA_DM2_DONE, NULL, NULL, FALSE);

  step->error = error;
  if (session->run != NULL)
    oma_dm2_session_close_run (session);
  oma_provisional_close (session->provisional);
  if (error == NULL)
    session->counters.unanswered = 0;
  oma_dm2_session_return_step (task, step);
}

/* Internal: takes over @task.  Ends the session because of @reason. */
void
oma_dm2_session_end_with (GTask *task, OmaSessionError code, const char *reason)
{
  oma_dm2_session_end (task, g_error_new_literal (OMA_SESSION_ERROR, (int) code, reason));
}

/* Internal: ends the session if it is to be stopped.  Returns: whether that is so; then @task is taken over. */
gboolean
oma_dm2_session_end_if_stopped (GTask *task)
{
  if (!g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return FALSE;
  oma_dm2_session_end_with (task, OMA_SESSION_ERROR_STOPPED, "The session was stopped");
  return TRUE;
}

static void
return_error (GTask *task, int code, const char *reason)
{
  g_task_return_new_error (task, G_IO_ERROR, code, "%s", reason);
  g_object_unref (task);
}

static GTask *
begin_step (OmaDm2Session *session, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, session, NULL);
  g_task_set_check_cancellable (task, FALSE);
  if (session->busy)
    {
      return_error (task, G_IO_ERROR_PENDING, "A step of the session is under way");
      return NULL;
    }
  session->busy = TRUE;
  session->counters.noted = OMA_SESSION_NOT_NOTED;
  return task;
}

static void
refuse_step (GTask *task, const char *reason)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  session->busy = FALSE;
  return_error (task, G_IO_ERROR_CLOSED, reason);
}

/* ---- Package 1 ---- */

static void
listed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  session->listed = oma_objects_list_finish (session->objects, result, &error);
  if (oma_dm2_session_end_if_stopped (task))
    return;
  /* The server may still want to repair the machine. */
  if (session->listed == NULL)
    g_warning ("What there is to manage could not be listed: %s", error->message);
  oma_dm2_packages_send_first (task);
}

/**
 * oma_dm2_session_start_async:
 * @session: a new session
 * @cancellable: (nullable): stops it: the step is %OMA_DM2_DONE with %OMA_SESSION_ERROR_STOPPED
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes package 1 (DM Protocol 2.0, package 1).  The session must live until @callback.
 */
void
oma_dm2_session_start_async (OmaDm2Session *session, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = begin_step (session, oma_dm2_session_start_async, cancellable, callback, user_data);

  if (task == NULL)
    return;
  if (session->phase != OMA_DM2_PHASE_NEW)
    {
      refuse_step (task, "The session has begun before");
      return;
    }
  if (oma_dm2_session_end_if_stopped (task))
    return;
  session->began = get_time (session);
  if (session->list_objects)
    oma_objects_list_async (session->objects, cancellable, listed_cb, task);
  else
    oma_dm2_packages_send_first (task);
}

/* ---- Going on ---- */

/* Internal: all commands of the package were run, and what they changed is committed. */
void
oma_dm2_session_finish_run (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!session->run->ends && oma_dm2_session_is_late (session))
    oma_dm2_session_end_with (task, OMA_SESSION_ERROR_LIMIT, "The session takes too long");
  else if (!session->run->ends)
    oma_dm2_packages_send_answer (task);
  else if (oma_provisional_is_empty (session->provisional))
    oma_dm2_session_end (task, NULL);
  else
    {
      oma_dm2_session_close_run (session);
      oma_dm2_session_return_step (task, oma_dm2_session_make_step (session, OMA_DM2_PROBE, "HEAD", session->server_uri,
                                                                    session->report_uri != NULL));
    }
}

/**
 * oma_dm2_session_feed_async:
 * @session: a session whose last step was not %OMA_DM2_DONE
 * @reply: what came of that step
 * @cancellable: (nullable): stops the session: what was not committed is undone, and the step is %OMA_DM2_DONE with
 *   %OMA_SESSION_ERROR_STOPPED
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Takes a package of the server and runs its commands, or goes on with the one that waited for a data repository;
 * everything is committed before it is told (DM Protocol 2.0, package flow).  The session must live until @callback.
 */
void
oma_dm2_session_feed_async (OmaDm2Session *session, const OmaDm2Reply *reply, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = begin_step (session, oma_dm2_session_feed_async, cancellable, callback, user_data);

  if (task == NULL)
    return;
  if (session->phase == OMA_DM2_PHASE_NEW || session->phase == OMA_DM2_PHASE_OVER)
    {
      refuse_step (task, "The session is not under way");
      return;
    }
  if (oma_dm2_session_end_if_stopped (task))
    return;
  if (session->phase == OMA_DM2_PHASE_PACKAGE)
    oma_dm2_packages_take (task, reply);
  else if (session->phase == OMA_DM2_PHASE_PROBE)
    oma_dm2_packages_take_probe (task, reply);
  else if (oma_dm2_session_is_late (session))
    oma_dm2_session_end_with (task, OMA_SESSION_ERROR_LIMIT, "The session takes too long");
  else
    oma_dm2_transfer_take (task, reply);
}

/**
 * oma_dm2_session_step_finish:
 * @session: the session
 * @result: what the callback got
 * @error: return location for %G_IO_ERROR_PENDING or %G_IO_ERROR_CLOSED; what goes wrong in the session itself stands
 *   in the step
 *
 * Returns: (transfer full): what to do next, or %NULL
 */
OmaDm2Step *
oma_dm2_session_step_finish (OmaDm2Session *session G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

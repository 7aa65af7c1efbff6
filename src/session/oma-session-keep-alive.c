/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-session-private.h"

#include "base/oma-source.h"

/* While the commands of a message run, a step waits for their end, or a message that says so is
 * on its way.  A step waits for so long at most; then it gives such a message, and the server's
 * answer to it brings the next step. */
struct _OmaBackground {
  OmaSession   *session;         /* NULL: it is gone, and only the end has to be seen */
  OmaBatch     *batch;
  GCancellable *cancellable;     /* of the commands */
  GTask        *waiting;         /* (nullable): the step */
  GSource      *timer;
  GSource      *cancel_source;
  OmaMessage   *held;            /* (nullable): further commands, which wait for their turn */
  GError       *error;
  gboolean      done;
  gboolean      told;            /* the server was told to wait */
  gboolean      ending;          /* the step that waits ends the session */
  OmaSessionStep *end;           /* (nullable): with this, else by an abort */
};

static void
background_free (OmaBackground *background)
{
  g_clear_pointer (&background->batch, oma_batch_free);
  g_clear_pointer (&background->held, oma_message_free);
  g_clear_error (&background->error);
  g_clear_pointer (&background->end, oma_session_step_free);
  g_object_unref (background->cancellable);
  g_free (background);
}

static GTask *
stop_waiting (OmaBackground *background)
{
  oma_clear_source (&background->timer);
  oma_clear_source (&background->cancel_source);
  return g_steal_pointer (&background->waiting);
}

static OmaSessionStep *
make_end (OmaBackground *background)
{
  if (background->end != NULL)
    return g_steal_pointer (&background->end);
  return oma_session_make_abort (background->session,
                                 g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED,
                                                      "The session was stopped"));
}

/* The commands are done and a step wants to know. */
static void
finish (OmaBackground *background)
{
  OmaSession *session = background->session;
  GTask *task = stop_waiting (background);
  OmaMessage *held = g_steal_pointer (&background->held);

  session->background = NULL;
  if (background->error == NULL)
    oma_session_keep_answers (session, g_steal_pointer (&background->batch), background->told);
  else
    oma_session_note_stopped (session, background->batch);
  if (background->ending)
    oma_session_return_step (task, make_end (background));
  else if (background->error != NULL)
    oma_session_return_error (task, g_steal_pointer (&background->error));
  else if (held != NULL)
    oma_session_take_commands (task, g_steal_pointer (&held));
  else
    oma_session_return_step (task, oma_session_make_send (session));
  g_clear_pointer (&held, oma_message_free);
  background_free (background);
}

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaBackground *background = user_data;

  background->done = TRUE;
  oma_batch_run_finish (background->batch, result, &background->error);
  if (background->session == NULL)
    background_free (background);
  else if (background->waiting != NULL)
    finish (background);
}

static gboolean
tell_cb (gpointer user_data)
{
  OmaBackground *background = user_data;
  GTask *task = stop_waiting (background);

  background->told = TRUE;
  oma_session_return_step (task, oma_session_make_keep_alive (background->session));
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  OmaBackground *background = user_data;

  oma_clear_source (&background->timer);
  oma_clear_source (&background->cancel_source);
  g_cancellable_cancel (background->cancellable);
  return G_SOURCE_REMOVE;
}

static void
attach (GSource **place, GSource *source, GSourceFunc func, OmaBackground *background)
{
  *place = source;
  g_source_set_callback (source, func, background, NULL);
  g_source_attach (source, g_task_get_context (background->waiting));
}

/**
 * oma_session_run_in_background:
 * @task: (transfer full): the step, with the session as its data
 * @batch: (transfer full): commands to run
 *
 * Runs @batch.  If it takes longer than the session's keep-alive time, the step is a message that
 * tells the server to wait, and the commands go on.
 */
void
oma_session_run_in_background (GTask *task, OmaBatch *batch)
{
  OmaSession *session = g_task_get_task_data (task);
  const OmaBatchContext context = oma_session_make_batch_context (session);
  OmaBackground *background = g_new0 (OmaBackground, 1);

  background->session = session;
  background->batch = batch;
  background->cancellable = g_cancellable_new ();
  session->background = background;
  oma_session_wait_for_background (task, NULL);
  oma_batch_run_async (batch, &context, background->cancellable, done_cb, background);
}

/**
 * oma_session_wait_for_background:
 * @task: (transfer full): the step, with the session as its data
 * @message: (transfer full) (nullable): commands that were surveyed, to be run when those that
 *   run are done
 *
 * The step is the answer to all of them, or once more a message that tells the server to wait.
 */
void
oma_session_wait_for_background (GTask *task, OmaMessage *message)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaBackground *background = session->background;
  GCancellable *cancellable = g_task_get_cancellable (task);

  background->waiting = task;
  if (message != NULL)
    background->held = message;
  if (background->done)
    {
      finish (background);
      return;
    }
  /* A server that has more to do needs not be told to wait. */
  if (background->held == NULL)
    attach (&background->timer, g_timeout_source_new (session->keep_alive * 1000), tell_cb, background);
  if (cancellable != NULL)
    attach (&background->cancel_source, g_cancellable_source_new (cancellable), G_SOURCE_FUNC (cancelled_cb),
            background);
}

/**
 * oma_session_end_background:
 * @task: (transfer full): a step that ends the session, with the session as its data
 * @step: (transfer full) (nullable): that step, %NULL for an abort from our side
 *
 * Cancels the commands that run; the step comes when they have let go, since what they had done
 * by then counts.
 */
void
oma_session_end_background (GTask *task, OmaSessionStep *step)
{
  OmaSession *session = g_task_get_task_data (task);
  OmaBackground *background = session->background;

  background->ending = TRUE;
  background->end = step;
  background->waiting = task;
  if (background->done)
    finish (background);
  else
    g_cancellable_cancel (background->cancellable);
}

/**
 * oma_session_count_background:
 * @session: a session
 *
 * Counts what the commands that run have committed so far.
 */
void
oma_session_count_background (OmaSession *session)
{
  if (session->background != NULL && session->background->batch != NULL)
    oma_session_note_stopped (session, session->background->batch);
}

/**
 * oma_session_leave_background:
 * @session: a session that is about to go
 *
 * Cancels the commands that run, whose end nobody waits for.
 */
void
oma_session_leave_background (OmaSession *session)
{
  OmaBackground *background = g_steal_pointer (&session->background);

  if (background == NULL)
    return;
  background->session = NULL;
  if (background->done)
    background_free (background);
  else
    g_cancellable_cancel (background->cancellable);
}

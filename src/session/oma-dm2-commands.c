/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

/* Each command of a package comes to its end before the next one begins.  Those that work on the tree alone, GET,
 * DELETE and EXEC, share a unit of work with their neighbours; before anything else it is committed, so that nothing is
 * held up while the world outside is asked. */

static void
outcome_clear (OmaDm2Outcome *outcome)
{
  oma_dm2_answer_clear (&outcome->answer);
}

/* Internal: @commands (transfer full): of one package. */
OmaDm2Run *
oma_dm2_run_new (GPtrArray *commands, guint unanswered_before)
{
  OmaDm2Run *run = g_new0 (OmaDm2Run, 1);

  run->commands = commands;
  run->outcomes = g_array_sized_new (FALSE, TRUE, sizeof (OmaDm2Outcome), commands->len);
  g_array_set_clear_func (run->outcomes, (GDestroyNotify) outcome_clear);
  g_array_set_size (run->outcomes, commands->len);
  run->unanswered_before = unanswered_before;
  return run;
}

/* Internal: what is under way in it is dropped. */
void
oma_dm2_run_free (OmaDm2Run *run)
{
  oma_operation_clear (&run->operation);
  g_clear_pointer (&run->work, oma_work_free);
  g_clear_pointer (&run->node, oma_object_node_free);
  g_clear_pointer (&run->uris, g_ptr_array_unref);
  g_clear_pointer (&run->data, g_ptr_array_unref);
  g_clear_pointer (&run->transfer, oma_dm2_transfer_free);
  g_array_unref (run->outcomes);
  g_ptr_array_unref (run->commands);
  g_free (run);
}

/* Internal: the command that is to be run, or that runs. */
const OmaDm2Command *
oma_dm2_run_peek_command (const OmaDm2Run *run)
{
  return g_ptr_array_index (run->commands, run->next);
}

/* Internal: what became of a command. */
OmaDm2Outcome *
oma_dm2_run_peek_outcome (const OmaDm2Run *run, guint index)
{
  return &g_array_index (run->outcomes, OmaDm2Outcome, index);
}

/* Internal: how many commands did something of which the server does not know yet. */
guint
oma_dm2_run_count_unanswered (const OmaDm2Run *run)
{
  guint n = run->unanswered_before;

  for (guint i = 0; i < run->outcomes->len; i++)
    {
      const OmaDm2Outcome *outcome = oma_dm2_run_peek_outcome (run, i);

      n += outcome->changed || outcome->executed;
    }
  return n;
}

/* Internal: the command that runs is answered with @status, because of @reason if that is not %NULL; it is the next
 * one's turn. */
void
oma_dm2_run_answer (OmaDm2Run *run, OmaStatus status, const char *reason)
{
  if ((int) status >= 400 && !g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN))
    g_debug ("Command %u of the package: status %d: %s", run->next + 1, status,
             reason != NULL ? reason : oma_status_get_phrase (status));
  oma_dm2_run_peek_outcome (run, run->next)->answer.status = status;
  g_clear_pointer (&run->node, oma_object_node_free);
  g_clear_pointer (&run->uris, g_ptr_array_unref);
  g_clear_pointer (&run->data, g_ptr_array_unref);
  g_clear_pointer (&run->transfer, oma_dm2_transfer_free);
  run->next++;
}

/* Internal: the command that runs is answered with what @error says. */
void
oma_dm2_run_fail (OmaDm2Run *run, const GError *error)
{
  oma_dm2_run_answer (run, oma_dm2_status_from_error (error), error->message);
}

/* ---- The unit of work ---- */

/* As commands of a message of 1.x, those of a unit of work go through it twice if plugins could not take back what they
 * do: first they are rehearsed, then, once it is in the journal what there was before all of them, they are done. */

/* Internal: whether what the commands do now is only noted. */
gboolean
oma_dm2_run_is_rehearsal (const OmaDm2Run *run)
{
  return run->rehearses && run->end == 0;
}

/* One alone need not be rehearsed: it is in the journal before it is done all the same. */
static gboolean
has_several_writes (const OmaDm2Run *run)
{
  guint n = 0;

  for (guint i = run->next; i < run->commands->len && n < 2; i++)
    {
      const OmaDm2Command *command = g_ptr_array_index (run->commands, i);

      if (command->type == OMA_DM2_COMMAND_DELETE || command->type == OMA_DM2_COMMAND_EXEC)
        n++;
      else if (command->type != OMA_DM2_COMMAND_GET && command->type != OMA_DM2_COMMAND_CONT)
        break;
    }
  return n > 1;
}

static void
begin_work (OmaDm2Session *session)
{
  OmaDm2Run *run = session->run;
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_SERVER, .server_id = session->server_id };

  run->work = oma_work_new (session->executor, &principal);
  run->start = run->next;
  run->held_before = run->held;
  run->rehearses = has_several_writes (run);
  oma_work_set_rehearsal (run->work, run->rehearses);
  if (session->history_id != 0)
    oma_work_set_note (run->work, session->history_id, oma_dm2_run_count_unanswered (run));
  oma_work_set_provisional (run->work, session->provisional);
  oma_objects_set_work (session->objects, run->work);
}

static void
drop_work (OmaDm2Session *session)
{
  session->run->rehearses = FALSE;
  session->run->end = 0;
  oma_objects_set_work (session->objects, NULL);
  g_clear_pointer (&session->run->work, oma_work_free);
}

static void
reset_outcome (OmaDm2Outcome *outcome)
{
  oma_dm2_answer_clear (&outcome->answer);
  *outcome = (OmaDm2Outcome) { 0 };
}

/* What a GET read behind the first change may be a value that never came to be. */
static void
spoil_reading (OmaDm2Outcome *outcome)
{
  reset_outcome (outcome);
  outcome->answer.status = OMA_STATUS_COMMAND_FAILED;
}

/* Nothing of the unit of work counts; also what could not be undone has failed, as the log says. */
static void
spoil_changes (OmaDm2Run *run)
{
  gboolean changed = FALSE;

  for (guint i = run->start; i < run->next; i++)
    {
      OmaDm2Outcome *outcome = oma_dm2_run_peek_outcome (run, i);

      if (outcome->changed)
        outcome->answer.status = OMA_STATUS_COMMAND_FAILED;
      else if (changed && outcome->answer.mo_data != NULL)
        spoil_reading (outcome);
      changed |= outcome->changed;
      outcome->changed = FALSE;
    }
}

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!oma_work_commit_finish (session->run->work, result, &error))
    {
      g_warning ("Could not commit what a server changed: %s", error->message);
      spoil_changes (session->run);
    }
  else if (session->history_id != 0)
    session->counters.noted = oma_dm2_run_count_unanswered (session->run);
  drop_work (session);
  if (!oma_dm2_run_stop (task))
    oma_dm2_run_go_on (task);
}

/* Now the commands are done for real. */
static void
begin_again (OmaDm2Run *run)
{
  for (guint i = run->start; i < run->end; i++)
    reset_outcome (oma_dm2_run_peek_outcome (run, i));
  run->next = run->start;
  run->held = run->held_before;
}

static void
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean ready = oma_work_apply_finish (session->run->work, result, &error);

  if (oma_dm2_run_stop (task))
    return;
  if (ready)
    begin_again (session->run);
  else
    {
      g_warning ("Could not undo a rehearsal: %s", error->message);
      spoil_changes (session->run);
      drop_work (session);
    }
  oma_dm2_run_go_on (task);
}

/* Ends the unit of work.  Returns: whether a callback goes on with the run. */
static gboolean
end_work (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  if (run->work == NULL)
    return FALSE;
  if (oma_dm2_run_is_rehearsal (run) && oma_work_held_back (run->work))
    {
      run->end = run->next;
      oma_work_apply_async (run->work, applied_cb, task);
      return TRUE;
    }
  if (!oma_work_is_dirty (run->work))
    {
      drop_work (session);
      return FALSE;
    }
  if (session->history_id != 0)
    oma_work_set_note (run->work, session->history_id, oma_dm2_run_count_unanswered (run));
  oma_work_commit_async (run->work, NULL, committed_cb, task);
  return TRUE;
}

static GError *
new_stopped_error (void)
{
  return g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_STOPPED, "The session was stopped");
}

static void
abandoned_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  if (!oma_work_roll_back_finish (run->work, result, NULL))
    g_warning ("Could not undo what a stopped session began");
  for (guint i = run->start; i < run->next; i++)
    if (oma_work_was_undone (run->work, i))
      oma_dm2_run_peek_outcome (run, i)->changed = FALSE;
  drop_work (session);
  oma_dm2_session_end (task, new_stopped_error ());
}

/* Internal: if the session is to be stopped: undoes what is not committed and ends it.  Returns: whether that is so;
 * then @task is taken over. */
gboolean
oma_dm2_run_stop (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return FALSE;
  if (session->run->work != NULL)
    oma_work_roll_back_async (session->run->work, abandoned_cb, task);
  else
    oma_dm2_session_end (task, new_stopped_error ());
  return TRUE;
}

/* ---- One after the other ---- */

static gboolean
take_cont (OmaDm2Session *session, const OmaDm2Command *command)
{
  g_free (session->uri);
  session->uri = g_strdup (command->server_uri);
  session->named_by_server = TRUE;
  oma_dm2_run_answer (session->run, OMA_STATUS_OK, NULL);
  return FALSE;
}

static gboolean
run_tree_command (GTask *task, OmaDm2CommandType type)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (session->run->work == NULL)
    begin_work (session);
  if (type == OMA_DM2_COMMAND_GET)
    return oma_dm2_run_get (task);
  return oma_dm2_run_write (task, type == OMA_DM2_COMMAND_DELETE ? OMA_OPERATION_DELETE : OMA_OPERATION_EXEC);
}

static gboolean
run_other_command (GTask *task, OmaDm2CommandType type)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (end_work (task))
    return TRUE;
  switch (type)
    {
    case OMA_DM2_COMMAND_HGET:
      return oma_dm2_transfer_fetch (task);
    case OMA_DM2_COMMAND_HPUT:
    case OMA_DM2_COMMAND_HPOST:
      return oma_dm2_transfer_send (task);
    case OMA_DM2_COMMAND_SHOW:
      return oma_dm2_run_show (task);
    case OMA_DM2_COMMAND_DEFAULT:
      return oma_dm2_run_default (task);
    case OMA_DM2_COMMAND_SUB:
      return oma_dm2_run_subscribe (task);
    case OMA_DM2_COMMAND_UNSUB:
      return oma_dm2_run_unsubscribe (task);
    default:
      oma_dm2_run_answer (session->run, OMA_STATUS_NOT_IMPLEMENTED, "There is no such command");
      return FALSE;
    }
}

/* Returns: whether a callback goes on with the run. */
static gboolean
run_next (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Command *command = oma_dm2_run_peek_command (session->run);

  if (command->status != OMA_STATUS_NONE)
    {
      oma_dm2_run_answer (session->run, command->status, command->reason);
      return FALSE;
    }
  switch (command->type)
    {
    case OMA_DM2_COMMAND_GET:
    case OMA_DM2_COMMAND_DELETE:
    case OMA_DM2_COMMAND_EXEC:
      return run_tree_command (task, command->type);
    case OMA_DM2_COMMAND_CONT:
      return take_cont (session, command);
    case OMA_DM2_COMMAND_END:
      oma_dm2_run_answer (session->run, OMA_STATUS_OK, NULL);
      return FALSE;
    default:
      return run_other_command (task, command->type);
    }
}

/* Internal: runs the commands that are left, up to one that waits for something.  What is done when the session's
 * time is over is committed; the rest is not begun.  Takes over the reference to @task, as every callback
 * does. */
void
oma_dm2_run_go_on (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  const OmaDm2Run *run = session->run;

  while (run->next < run->commands->len && !oma_dm2_session_is_late (session))
    if (run->end != 0 && run->next == run->end ? end_work (task) : run_next (task))
      return;
  if (end_work (task))
    return;
  if (run->next < run->commands->len)
    oma_dm2_session_end_with (task, OMA_SESSION_ERROR_LIMIT, "The commands of a package take too long");
  else
    oma_dm2_session_finish_run (task);
}

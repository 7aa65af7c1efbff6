/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-job.h"
#include "session/oma-journal.h"
#include "session/oma-operation.h"
#include "session/oma-provisional-private.h"
#include "session/oma-undo.h"

#include <string.h>

#define MAX_URI_IN_MESSAGE 255

/**
 * oma_work_new:
 * @executor: an executor, which must outlive the unit of work
 * @principal: in whose name, copied
 *
 * Returns: (transfer full): a unit of work that has done nothing
 */
OmaWork *
oma_work_new (OmaExecutor *executor, const OmaPrincipal *principal)
{
  OmaWork *work = g_new0 (OmaWork, 1);

  work->ref_count = 1;
  work->executor = executor;
  work->executor_alive = g_rc_box_acquire (executor->alive);
  oma_rights_init (&work->rights, principal);
  oma_lock_owner_init (&work->locks, &executor->locks);
  work->participants = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_participant_unref);
  work->settled = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_participant_unref);
  work->acted = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  work->staged = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  work->late = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  work->journal = oma_journal_new ();
  work->intents = oma_work_make_intents ();
  work->lasting_ids = g_array_new (FALSE, FALSE, sizeof (guint));
  return work;
}

OmaWork *
oma_work_ref (OmaWork *work)
{
  work->ref_count++;
  return work;
}

void
oma_work_unref (OmaWork *work)
{
  if (--work->ref_count > 0)
    return;
  g_ptr_array_unref (work->acted);
  g_ptr_array_unref (work->staged);
  g_ptr_array_unref (work->settled);
  g_ptr_array_unref (work->participants);
  g_ptr_array_unref (work->late);
  g_clear_pointer (&work->provisional, oma_provisional_unref);
  oma_journal_free (work->journal);
  g_hash_table_unref (work->intents);
  g_array_unref (work->lasting_ids);
  oma_rights_clear (&work->rights);
  oma_lock_owner_clear (&work->locks);
  g_rc_box_release (work->executor_alive);
  g_free (work);
}

static void
drop_plugin_state (OmaWork *work)
{
  g_ptr_array_set_size (work->participants, 0);
  g_ptr_array_set_size (work->settled, 0);
  g_ptr_array_set_size (work->acted, 0);
  g_ptr_array_set_size (work->staged, 0);
  g_hash_table_remove_all (work->intents);
}

/* Whether plugins have done or noted something, or were about to. */
static gboolean
has_plugin_state (const OmaWork *work)
{
  return work->participants->len > 0 || work->settled->len > 0 || work->acted->len > 0 || work->journal->id != 0;
}

static void
drop_change (OmaWork *work)
{
  g_clear_pointer (&work->change, oma_change_free);
  oma_lock_release (&work->locks);
}

/**
 * oma_work_free:
 * @work: (transfer full): a unit of work
 *
 * Drops what was not committed.  An operation under way is cancelled: its callback is still
 * called, with %G_IO_ERROR_CANCELLED, but the operation is not touched.  What plugins did is
 * undone in the background.
 */
void
oma_work_free (OmaWork *work)
{
  gboolean committing = work->job != NULL && work->job->operation == NULL;

  work->closed = TRUE;
  if (work->job != NULL && !committing)
    oma_job_abandon (work->job);
  if (!committing && has_plugin_state (work))
    oma_work_roll_back_async (work, NULL, NULL);
  else if (!committing)
    drop_change (work);
  oma_work_unref (work);
}

/**
 * oma_work_set_atomic:
 * @work: a unit of work that has done nothing
 * @atomic: whether its operations are all done or none (SyncML Representation Protocol 1.2,
 *   Atomic)
 *
 * In an atomic unit the first operation that fails makes all later ones
 * %OMA_STATUS_NOT_EXECUTED, and plugins with transactions only note what to do until the
 * commit.  Later operations of the unit see what was noted, but of a node that such a plugin
 * is to rename they see, under the new name, only what the unit itself set below it.  Plugins
 * without transactions act at once; what they did is undone by writing back what was there,
 * and an operation of which that is impossible is refused.  Otherwise an operation that fails
 * leaves nothing of itself behind and the others go on.
 */
void
oma_work_set_atomic (OmaWork *work, gboolean atomic)
{
  work->atomic = atomic;
}

/**
 * oma_work_set_rehearsal:
 * @work: a unit of work that has done nothing
 * @rehearsal: whether plugins are spared if what they do could only be undone by its opposite:
 *   it is only noted, and later operations see it
 *
 * So one finds out whether operations would pass the rules of the tree, and what is there
 * before, ahead of touching anything.  When oma_work_held_back() says that something was
 * spared, oma_work_apply_async() ends the rehearsal and all has to be done again; otherwise it was
 * the real thing.
 */
void
oma_work_set_rehearsal (OmaWork *work, gboolean rehearsal)
{
  work->rehearsal = rehearsal;
}

/**
 * oma_work_held_back:
 * @work: a unit of work
 *
 * Returns: whether it is a rehearsal in which a plugin was spared
 */
gboolean
oma_work_held_back (const OmaWork *work)
{
  return work->held_back;
}

/**
 * oma_work_set_upsert:
 * @work: a unit of work
 * @upsert: whether Replace adds a node that is not there, as servers of DM 1.1 and of
 *   Windows expect
 */
void
oma_work_set_upsert (OmaWork *work, gboolean upsert)
{
  work->upsert = upsert;
}

/**
 * oma_work_set_tell_inherited_acl:
 * @work: a unit of work
 * @tell: whether Get of an ACL that a node does not have itself gives the one in effect, with
 *   %OMA_STATUS_INHERITED_ACL (DM 1.3), in place of an empty one
 */
void
oma_work_set_tell_inherited_acl (OmaWork *work, gboolean tell)
{
  work->tell_inherited_acl = tell;
}

/**
 * oma_work_set_note:
 * @work: a unit of work
 * @id: what the count belongs to, greater than 0
 * @count: a count
 *
 * The commit keeps @count with @id in the write that makes the unit durable, see
 * oma_change_add_op(), and the journal keeps @id with the unit.
 */
void
oma_work_set_note (OmaWork *work, gint64 id, guint count)
{
  work->note_id = id;
  work->note_count = count;
}

/**
 * oma_work_set_finds_by_moid:
 * @work: a unit of work
 * @finds: whether Get of "./?moid=..." gives the URIs of management objects, as sessions of DM
 *   1.3 let it (our reading); otherwise there is no such node
 */
void
oma_work_set_finds_by_moid (OmaWork *work, gboolean finds)
{
  work->finds_by_moid = finds;
}

/**
 * oma_work_is_dirty:
 * @work: a unit of work
 *
 * Returns: whether there is something to commit
 */
gboolean
oma_work_is_dirty (const OmaWork *work)
{
  return has_plugin_state (work) || work->staged->len > 0 || oma_work_has_rows (work);
}

/* Internal: whether the store has something to write for it. */
gboolean
oma_work_has_rows (const OmaWork *work)
{
  return (work->change != NULL && !oma_change_is_empty (work->change)) ||
         (oma_work_has_journal (work) && (work->journal->id != 0 || work->journal->error != NULL || work->unresolved));
}

/* ---- Operations ---- */

/* Names the node in a message: what a server sent must not spoil a log. */
static void
name_node (const OmaOperation *operation, GError *error)
{
  g_autofree char *beginning = g_strndup (operation->uri, MAX_URI_IN_MESSAGE);
  g_autofree char *safe = g_strescape (beginning, NULL);
  char *message = g_strdup_printf ("%s: %s", safe, error->message);

  g_free (error->message);
  error->message = message;
}

/* Takes @error. */
static void
finish_operation (OmaOperation *operation, OmaStatus success, GError *error)
{
  g_clear_error (&operation->error);
  /* One that did not run at all has no status. */
  success = error != NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? OMA_STATUS_NONE : success;
  /* A plugin can say with a 2xx error that it went well in another way: 202 of an Exec. */
  if (error != NULL && oma_status_is_success (oma_status_from_error (error)))
    {
      success = oma_status_from_error (error);
      g_clear_error (&error);
    }
  if (error != NULL)
    {
      name_node (operation, error);
      success = success == OMA_STATUS_NONE ? success : oma_status_from_error (error);
    }
  operation->status = success;
  operation->error = error;
}

/* What was noted of an operation that failed does not count; that of an atomic unit is rolled back
 * with all of it. */
static void
keep_notes (OmaWork *work, OmaJob *job, guint id)
{
  for (guint i = 0; i < job->staged->len; i++)
    {
      OmaCall *call = g_ptr_array_index (job->staged, i);

      if (call->participant != NULL)     /* it has none if it was held back */
        {
          g_array_append_val (call->participant->operations, id);
          work->cuts_off |= call->cuts_off;
        }
      if (!work->atomic && !work->rehearsal)
        continue;
      oma_work_note_call (work, call);
      g_ptr_array_add (work->staged, oma_call_ref (call));
    }
}

/* Keeps what plugins did or noted, so that it can be undone with the rest of the unit of work.  The
 * operation of a unit that was given up is not there any more. */
static void
keep_plugin_state (OmaWork *work, OmaJob *job, gboolean failed)
{
  guint id = work->closed ? 0 : job->operation->id;

  if (!failed || work->atomic)
    keep_notes (work, job, id);
  for (guint i = 0; i < job->acted->len; i++)
    {
      OmaCall *call = g_ptr_array_index (job->acted, i);

      if (failed && !work->atomic && !call->undo_failed)
        continue;
      call->operation = id;
      work->cuts_off |= call->cuts_off;
      work->unresolved |= call->undo_failed;
      g_ptr_array_add (work->acted, oma_call_ref (call));
    }
  if (work->atomic)
    return;
  for (guint i = 0; i < work->participants->len; i++)
    {
      OmaParticipant *participant = g_ptr_array_index (work->participants, i);

      work->unresolved |= participant->given_up;
      if (participant->transactional && (!failed || participant->given_up))
        g_ptr_array_add (work->settled, oma_participant_ref (participant));
    }
  g_ptr_array_set_size (work->participants, 0);
}

/* Its owner does not wait for it any more: what it began is to be undone with all the rest. */
static void
leave_plugin_state (OmaWork *work, OmaJob *job)
{
  for (guint i = 0; i < job->acted->len; i++)
    g_ptr_array_add (work->acted, oma_call_ref (g_ptr_array_index (job->acted, i)));
}

static void
operation_over (OmaJob *job)
{
  OmaWork *work = job->work;
  OmaOperation *operation = job->operation;
  gboolean failed = job->error != NULL && !oma_status_is_success (oma_status_from_error (job->error));

  if (work->closed)
    {
      leave_plugin_state (work, job);
      g_task_return_error (job->task, g_steal_pointer (&job->error));
      return;
    }
  keep_plugin_state (work, job, failed);
  work->failed |= failed;
  work->lasting |= job->undo_failures > 0;
  if (failed && job->undo_failures > 0 && job->error->domain == OMA_STATUS_ERROR)
    job->error->code = OMA_STATUS_ATOMIC_ROLL_BACK_FAILED;
  finish_operation (operation, job->success, g_steal_pointer (&job->error));
  if (operation->error != NULL)
    g_task_return_error (job->task, g_error_copy (operation->error));
  else
    g_task_return_boolean (job->task, TRUE);
}

static void
find_lasting_of (OmaWork *work, GPtrArray *participants)
{
  for (guint i = 0; i < participants->len; i++)
    {
      const OmaParticipant *participant = g_ptr_array_index (participants, i);

      if (!participant->rolled_back && participant->operations->len > 0)
        g_array_append_vals (work->lasting_ids, participant->operations->data, participant->operations->len);
    }
}

/* Finds the operations of which something is left. */
static void
find_lasting (OmaWork *work, const OmaJob *job)
{
  g_array_set_size (work->lasting_ids, 0);
  if (job->undo_failures == 0)
    return;
  find_lasting_of (work, work->participants);
  find_lasting_of (work, work->settled);
  for (guint i = 0; i < work->acted->len; i++)
    {
      const OmaCall *call = g_ptr_array_index (work->acted, i);

      if (!call->undone)
        g_array_append_val (work->lasting_ids, call->operation);
    }
}

/* Who keeps account of units of work hears of one that stays in the journal. */
static void
report (OmaJob *job)
{
  OmaExecutor *executor = job->work->executor;
  OmaJournal *journal = job->work->journal;
  OmaUnitRecord *kept = oma_work_dup_kept (job->work);

  if (journal->origin != NULL)
    oma_undo_fill_report (job, job->undo->judged ? kept : g_steal_pointer (&journal->origin));
  else if (kept != NULL && executor->unit_func != NULL)
    executor->unit_func (kept, executor->unit_data);
  else
    g_clear_pointer (&kept, oma_unit_record_free);
}

static gboolean commit_run (OmaJob *job, GError **error);

static void
committed (OmaJob *job)
{
  OmaWork *work = job->work;

  if (work->journal->provisional != 0)
    oma_provisional_take (work);
  else if (work->cuts_off)
    oma_provisional_confirm_at_once (work);
  if (job->wrote)
    oma_provisional_retry_ends (work->executor);
}

static void
settlement_over (OmaJob *job)
{
  OmaWork *work = job->work;
  gboolean roll_back = job->run == oma_job_undo && job->error == NULL;

  find_lasting (work, job);
  if (job->error != NULL && job->undo_failures > 0)
    {
      job->error->domain = OMA_STATUS_ERROR;
      job->error->code = OMA_STATUS_ATOMIC_ROLL_BACK_FAILED;
    }
  else if (roll_back && (job->undo_failures > 0 || work->lasting))
    job->error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED,
                                      "A plugin did something that could not be undone");
  if (job->run == commit_run && job->error == NULL)
    committed (job);
  report (job);
  drop_plugin_state (work);
  g_ptr_array_set_size (work->late, 0);
  oma_journal_clear (work->journal);
  work->failed = work->lasting = work->held_back = work->unresolved = work->cuts_off = FALSE;
  drop_change (work);
  if (job->error != NULL)
    g_task_return_error (job->task, g_steal_pointer (&job->error));
  else
    g_task_return_boolean (job->task, TRUE);
}

/* What comes now is the real thing; the turn to write stays. */
static void
rehearsal_over (OmaJob *job)
{
  OmaWork *work = job->work;

  drop_plugin_state (work);
  if (work->change != NULL)
    oma_change_roll_back (work->change);
  work->failed = work->held_back = work->rehearsal = work->cuts_off = FALSE;
  if (work->closed)
    oma_work_roll_back_async (work, NULL, NULL);
  g_task_return_boolean (job->task, TRUE);
}

/* Internal: @job is over; @job->error says how it ended. */
void
oma_work_job_over (OmaJob *job)
{
  job->work->job = NULL;
  if (job->operation != NULL)
    operation_over (job);
  else if (job->run == oma_job_apply && job->error == NULL)
    rehearsal_over (job);
  else
    settlement_over (job);
}

static gboolean
is_out_of_play (OmaWork *work, OmaOperation *operation)
{
  if (!work->atomic || !work->failed)
    return FALSE;
  finish_operation (operation, OMA_STATUS_OK,
                    g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_NOT_EXECUTED,
                                         "an earlier command of the unit failed"));
  return TRUE;
}

static gboolean
run_operation (OmaJob *job, GError **error)
{
  if (!oma_operation_run (job, error))
    return FALSE;
  return job->work->atomic || job->work->rehearsal || job->immediate || job->staged->len == 0 ||
         oma_job_settle (job, FALSE, error);
}

/**
 * oma_work_try_run:
 * @work: a unit of work in which nothing is under way
 * @operation: what to do; gets the outcome
 *
 * Does an operation at once if it needs neither a plugin nor to wait for another unit of work.
 *
 * Returns: %TRUE when it is done, well or not; %FALSE when nothing was done and
 *   oma_work_run_async() has to be called
 */
gboolean
oma_work_try_run (OmaWork *work, OmaOperation *operation)
{
  GError *error = NULL;
  OmaJob job;

  g_return_val_if_fail (work->job == NULL, FALSE);

  if (is_out_of_play (work, operation))
    return TRUE;
  oma_job_init (&job, work, operation, oma_operation_run);
  if (!oma_operation_run (&job, &error))
    {
      oma_job_roll_back_to_mark (&job);
      if (error == NULL)
        return FALSE;
      work->failed = TRUE;
    }
  finish_operation (operation, job.success, error);
  return TRUE;
}

/**
 * oma_work_run_async:
 * @work: a unit of work in which nothing is under way
 * @operation: what to do; gets the outcome.  It must live until @callback is called or @work
 *   is freed
 * @cancellable: (nullable): fails the operation with %G_IO_ERROR_CANCELLED
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Does an operation.  What takes longer than the time limit fails with
 * %OMA_STATUS_COMMAND_FAILED, and what waits too long for another unit of work with
 * %OMA_STATUS_RETRY_LATER.
 */
void
oma_work_run_async (OmaWork *work, OmaOperation *operation, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_return_if_fail (work->job == NULL);

  g_task_set_source_tag (task, oma_work_run_async);
  g_task_set_check_cancellable (task, FALSE);
  if (is_out_of_play (work, operation))
    {
      g_task_return_error (task, g_error_copy (operation->error));
      g_object_unref (task);
      return;
    }
  work->job = oma_job_new (work, operation, run_operation, task);
  oma_job_start (work->job);
}

/**
 * oma_work_run_finish:
 * @work: a unit of work
 * @result: what the callback got
 * @error: return location for a copy of the operation's error
 *
 * Returns: whether the operation's status is one of success
 */
gboolean
oma_work_run_finish (OmaWork *work G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- The end of a unit of work ---- */

static gboolean
commit_run (OmaJob *job, GError **error)
{
  if (job->work->atomic && job->work->failed)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_FAILED, "A command of the unit failed");
      return FALSE;
    }
  return oma_job_settle (job, TRUE, error);
}

static void
settle (OmaWork *work, OmaJobRun run, GTask *task)
{
  g_return_if_fail (work->job == NULL);

  work->job = oma_job_new (work, NULL, run, task);
  for (guint i = 0; i < work->acted->len; i++)
    g_ptr_array_add (work->job->acted, oma_call_ref (g_ptr_array_index (work->acted, i)));
  if (run == oma_job_undo)
    work->job->phase = OMA_JOB_UNDOING;
  oma_job_start (work->job);
}

/**
 * oma_work_apply_async:
 * @work: a rehearsal in which nothing is under way
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the rehearsal: what was done in it is taken back, what it has found out that plugins are
 * going to change is written to the journal, all at once, and the same operations can be done for
 * real.  The unit of work keeps its turn to write.
 */
void
oma_work_apply_async (OmaWork *work, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_work_apply_async);
  settle (work, oma_job_apply, task);
}

/**
 * oma_work_apply_finish:
 * @work: a unit of work
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED when a plugin could not forget
 *   what it had noted
 *
 * Returns: %TRUE when the real thing can begin, %FALSE when the unit of work is over
 */
gboolean
oma_work_apply_finish (OmaWork *work G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * oma_work_commit_async:
 * @work: a unit of work in which nothing is under way
 * @cancellable: (nullable): only looked at before anything is done
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes everything durable and visible: the plugins that take part validate, then commit, and
 * the store comes last.  If one of them fails, those that committed roll back.  Either way the
 * subtrees are free for others, and the unit can be used for further operations.
 */
void
oma_work_commit_async (OmaWork *work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, oma_work_commit_async);
  g_task_set_check_cancellable (task, FALSE);
  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else
    settle (work, commit_run, task);
}

/**
 * oma_work_commit_finish:
 * @work: a unit of work
 * @result: what the callback got
 * @error: return location for the error of a plugin or the store; %OMA_STATUS_ERROR with
 *   %OMA_STATUS_ATOMIC_FAILED when an operation of an atomic unit had failed, with
 *   %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED when not everything could be undone; or
 *   %G_IO_ERROR_CANCELLED, and the unit is as it was
 *
 * Returns: %TRUE when everything is durable, %FALSE when it was rolled back
 */
gboolean
oma_work_commit_finish (OmaWork *work G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * oma_work_roll_back_async:
 * @work: a unit of work in which nothing is under way
 * @callback: (nullable): called once, never before this returned
 * @user_data: for @callback
 *
 * Undoes everything since the last commit.  It cannot be cancelled.
 */
void
oma_work_roll_back_async (OmaWork *work, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_work_roll_back_async);
  settle (work, oma_job_undo, task);
}

/**
 * oma_work_roll_back_finish:
 * @work: a unit of work
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE when everything is as before; %FALSE with
 *   %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED when a plugin could not undo what it did
 */
gboolean
oma_work_roll_back_finish (OmaWork *work G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * oma_work_was_undone:
 * @work: an atomic unit of work that was rolled back, or could not be committed
 * @operation_id: id of one of its operations
 *
 * Tells apart what %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED is about (DM Representation Protocol 1.2,
 * Atomic).  A plugin with transactions that cannot roll back has undone nothing.
 *
 * Returns: whether nothing is left of what the operation did
 */
gboolean
oma_work_was_undone (const OmaWork *work, guint operation_id)
{
  for (guint i = 0; i < work->lasting_ids->len; i++)
    if (g_array_index (work->lasting_ids, guint, i) == operation_id)
      return FALSE;
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-job.h"

#include "base/oma-source.h"
#include "session/oma-image.h"
#include "session/oma-journal.h"
#include "session/oma-late-exec.h"
#include "session/oma-operation-document.h"
#include "session/oma-undo.h"

/* Calls of one job that a plugin has to deal with at the same time. */
#define MAX_OUTSTANDING 16

typedef struct {
  OmaJob *job;
  guint   generation;
} Waiter;

static void job_step (OmaJob *job);

/**
 * oma_job_init:
 * @job: (out caller-allocates): a job that is run once, without waiting
 * @work: the unit of work
 * @operation: what to do
 * @run: the rules
 *
 * Nothing has to be freed.
 */
void
oma_job_init (OmaJob *job, OmaWork *work, OmaOperation *operation, OmaJobRun run)
{
  *job = (OmaJob) {
    .work = work,
    .operation = operation,
    .run = run,
    .immediate = TRUE,
    .success = OMA_STATUS_OK,
  };
}

/**
 * oma_job_new:
 * @work: the unit of work, kept alive
 * @operation: (nullable): what to do; not touched once the job is over
 * @run: the rules
 * @task: (transfer full): what to return on; its cancellable fails the operation
 *
 * Returns: (transfer full): a job to start with oma_job_start()
 */
OmaJob *
oma_job_new (OmaWork *work, OmaOperation *operation, OmaJobRun run, GTask *task)
{
  OmaJob *job = g_new (OmaJob, 1);

  oma_job_init (job, oma_work_ref (work), operation, run);
  job->ref_count = 1;
  job->immediate = FALSE;
  job->task = task;
  job->cancellable = g_cancellable_new ();
  job->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) oma_call_unref);
  job->acted = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  job->staged = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  g_queue_init (&job->queued);
  return job;
}

static OmaJob *
job_ref (OmaJob *job)
{
  job->ref_count++;
  return job;
}

/**
 * oma_job_unref:
 * @job: (transfer full): a job of oma_job_new()
 */
void
oma_job_unref (OmaJob *job)
{
  if (--job->ref_count > 0)
    return;
  oma_clear_source (&job->timer);
  oma_clear_source (&job->cancel_source);
  g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
  g_hash_table_unref (job->calls);
  g_clear_pointer (&job->due_exec, oma_call_unref);
  g_ptr_array_unref (job->acted);
  g_ptr_array_unref (job->staged);
  g_clear_object (&job->cancellable);
  g_clear_object (&job->task);
  g_clear_error (&job->error);
  g_clear_pointer (&job->document, oma_document_free);
  g_clear_pointer (&job->notes, g_ptr_array_unref);
  g_clear_pointer (&job->undo, oma_undo_free);
  oma_work_unref (job->work);
  g_free (job);
}

/* ---- Turning the wheel ---- */

/* A plugin that acts at once may do it yet. */
static void
leave_late_calls (OmaJob *job)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, job->calls);
  while (job->outstanding > 0 && g_hash_table_iter_next (&iter, NULL, &value))
    {
      OmaCall *call = value;

      if (!call->done && call->image != NULL && oma_call_is_write (call) && call->participant != NULL &&
          !call->participant->transactional)
        g_ptr_array_add (job->work->late, oma_call_ref (call));
    }
}

static void
job_over (OmaJob *job)
{
  job->phase = OMA_JOB_OVER;
  job->generation++;
  oma_clear_source (&job->timer);
  oma_clear_source (&job->cancel_source);
  g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
  oma_lock_give_up (&job->work->locks);
  oma_lock_end_reading (&job->work->locks);
  oma_work_job_over (job);
  oma_job_unref (job);
}

static void
begin_undo (OmaJob *job)
{
  job->phase = OMA_JOB_UNDOING;
  job->run = oma_job_undo;
  job->generation++;
  job->outstanding = 0;
  oma_clear_source (&job->timer);
  oma_clear_source (&job->cancel_source);
  g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
  g_hash_table_remove_all (job->calls);
  job_step (job);
}

/* A part of an operation that failed, or all of the unit of work if it could not be committed. */
static gboolean
must_be_undone (const OmaJob *job)
{
  const OmaWork *work = job->work;

  return work->participants->len > 0 || job->acted->len > 0 ||
         (job->operation == NULL && job->undo == NULL && (work->settled->len > 0 || work->journal->id != 0));
}

/* Takes @error. */
static void
job_fail (OmaJob *job, GError *error)
{
  OmaWork *work = job->work;
  gboolean undo = job->phase == OMA_JOB_RUNNING && (job->operation == NULL || !work->atomic);

  job->exec = NULL;
  if (job->phase == OMA_JOB_UNDOING)
    {
      oma_undo_give_up (job, error);
      g_error_free (error);
      job->generation++;
      job->outstanding = 0;
      g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
      job_step (job);
      return;
    }
  job->error = error;
  leave_late_calls (job);
  if (job->operation != NULL)
    oma_job_roll_back_to_mark (job);
  if (undo && must_be_undone (job))
    begin_undo (job);
  else
    job_over (job);
}

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  oma_job_unref (waiter->job);
  g_free (waiter);
}

static void answered (OmaCall *call, gpointer user_data);

/* It was noted that the Exec goes on behind its answer, also if who asked for it is gone. */
static void
start_due_exec (OmaJob *job, const GError *error)
{
  g_autoptr(OmaCall) call = g_steal_pointer (&job->due_exec);
  Waiter *waiter;

  if (error != NULL || !*job->work->executor_alive)
    return;
  waiter = g_new (Waiter, 1);
  *waiter = (Waiter) { job_ref (job), job->generation };
  oma_call_start (call, NULL, answered, waiter, waiter_free);
}

/* The answer of an Exec that goes on, once that is noted, or why it cannot go on. */
static void
accepted (gpointer data, const GError *error)
{
  OmaJob *job = data;

  job->accepting = FALSE;
  if (job->due_exec != NULL)
    start_due_exec (job, error);
  if (job->phase == OMA_JOB_RUNNING && error != NULL)
    {
      g_cancellable_cancel (job->cancellable);
      job_fail (job, g_error_copy (error));
    }
  else if (job->phase == OMA_JOB_RUNNING)
    job_fail (job, g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "The Exec goes on"));
  oma_job_unref (job);
}

/* From here on the Exec does not depend on who asked for it. */
static void
let_exec_go_on (OmaJob *job, OmaCall *call, gboolean by_plugin)
{
  OmaWork *work = job->work;
  g_autoptr(OmaLateExec) exec = oma_late_exec_new (work->executor, &work->rights.principal,
                                                   oma_node_ref_get_uri (call->ref), call->text,
                                                   job->operation->report_uri, by_plugin);

  oma_clear_source (&job->timer);
  oma_clear_source (&job->cancel_source);
  if (!by_plugin)
    call->late = oma_late_exec_ref (exec);
  job->exec = NULL;
  job->accepting = TRUE;
  oma_late_exec_begin (exec, accepted, job_ref (job));
}

static gboolean
expired_cb (gpointer user_data)
{
  OmaJob *job = user_data;
  gboolean waited = job->wants_lock;

  oma_clear_source (&job->timer);
  if (job->exec != NULL && job->work->executor->exec_timeout > 0)
    {
      let_exec_go_on (job, job->exec, FALSE);
      return G_SOURCE_REMOVE;
    }
  oma_lock_give_up (&job->work->locks);
  job->wants_lock = FALSE;
  g_cancellable_cancel (job->cancellable);
  if (waited)
    job_fail (job, g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER,
                                        "Another unit of work is at work there"));
  else
    job_fail (job, g_error_new (OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There was no answer within %u seconds",
                                job->work->executor->operation_timeout));
  return G_SOURCE_REMOVE;
}

static void
start_timer (OmaJob *job, guint seconds)
{
  job->timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (job->timer, expired_cb, job, NULL);
  g_source_attach (job->timer, g_task_get_context (job->task));
}

static gboolean
cancelled_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  OmaJob *job = user_data;

  oma_clear_source (&job->cancel_source);
  oma_lock_give_up (&job->work->locks);
  g_cancellable_cancel (job->cancellable);
  job_fail (job, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled"));
  return G_SOURCE_REMOVE;
}

/* What a plugin that acts at once has done, or may have: one that fails otherwise than by refusing
 * can have come half way. */
static gboolean
has_acted (const OmaCall *call)
{
  if (call->image == NULL || call->kind == OMA_CALL_EXEC || call->participant->transactional)
    return FALSE;
  return call->error == NULL ||
         (!call->image->irreversible && oma_status_from_error (call->error) >= OMA_STATUS_COMMAND_FAILED);
}

/* Nobody waits for the answer any more.  What a plugin that acts at once did all the same is
 * undone. */
static void
discard (OmaJob *job, OmaCall *call)
{
  g_debug ("%s: a late answer is discarded", call->ref != NULL ? oma_node_ref_get_uri (call->ref) : "commit");
  if (*job->work->executor_alive && (call->late_unit != 0 || has_acted (call)))
    oma_undo_late_call (job->work, call, has_acted (call));
}

static void
answered (OmaCall *call, gpointer user_data)
{
  Waiter *waiter = user_data;
  OmaJob *job = waiter->job;

  if (call->late != NULL)
    {
      oma_late_exec_over (call->late, call->error);
      return;
    }
  if (waiter->generation != job->generation)
    {
      discard (job, call);
      return;
    }
  if (has_acted (call))
    g_ptr_array_add (job->acted, oma_call_ref (call));
  else if (call->error == NULL && call->image != NULL && call->kind != OMA_CALL_EXEC)
    g_ptr_array_add (job->staged, oma_call_ref (call));
  else if (call->error == NULL && call->images != NULL)
    oma_journal_put (job->work->journal, call);
  job->outstanding--;
  if (call == job->exec && g_error_matches (call->error, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED))
    {
      let_exec_go_on (job, call, TRUE);
      return;
    }
  if (call == job->exec)
    job->exec = NULL;
  job_step (job);
}

static OmaParticipant *
ensure_participant (OmaWork *work, OmaMount *mount)
{
  for (guint i = 0; i < work->participants->len; i++)
    {
      OmaParticipant *participant = g_ptr_array_index (work->participants, i);
      if (participant->mount == mount)
        return oma_participant_ref (participant);
    }
  g_ptr_array_add (work->participants, oma_participant_new (mount));
  return oma_participant_ref (g_ptr_array_index (work->participants, work->participants->len - 1));
}

/* An Exec has its own time, from when the plugin gets it. */
static void
start_exec (OmaJob *job, OmaCall *call)
{
  const OmaExecutor *executor = job->work->executor;

  oma_lock_end_reading (&job->work->locks);
  oma_clear_source (&job->timer);
  start_timer (job, executor->exec_timeout > 0 ? executor->exec_timeout : executor->operation_timeout);
  job->exec = call;
}

/* Its end is told to an address: it begins once that is noted, and is answered at once. */
static void
begin_late_exec (OmaJob *job, OmaCall *call)
{
  oma_lock_end_reading (&job->work->locks);
  job->outstanding++;
  job->due_exec = oma_call_ref (call);
  let_exec_go_on (job, call, FALSE);
}

static void
start_calls (OmaJob *job)
{
  OmaCall *next;

  while (job->outstanding < MAX_OUTSTANDING && (next = g_queue_pop_head (&job->queued)) != NULL)
    {
      g_autoptr(OmaCall) call = next;
      gboolean must_end = job->phase == OMA_JOB_UNDOING || call->kind == OMA_CALL_ROLL_BACK ||
                          call->kind == OMA_CALL_STORE || call->kind == OMA_CALL_JOURNAL;
      Waiter *waiter;

      if (call->kind == OMA_CALL_EXEC && job->operation->report_uri != NULL)
        {
          begin_late_exec (job, call);
          return;                          /* the job may be over */
        }
      if (call->participant == NULL && oma_call_is_write (call))
        call->participant = ensure_participant (job->work, call->mount);
      if (call->kind == OMA_CALL_EXEC)
        start_exec (job, call);
      else if (job->timer == NULL && call->mount != NULL)
        start_timer (job, job->work->executor->operation_timeout);
      waiter = g_new (Waiter, 1);
      *waiter = (Waiter) { job_ref (job), job->generation };
      job->outstanding++;
      oma_call_start (call, must_end ? NULL : job->cancellable, answered, waiter, waiter_free);
    }
}

static gboolean
locked_cb (gpointer user_data)
{
  OmaJob *job = user_data;

  oma_clear_source (&job->timer);
  job_step (job);
  return G_SOURCE_REMOVE;
}

/* Lets the job go on, not before this returned. */
static void
locked (gpointer user_data)
{
  OmaJob *job = user_data;

  oma_clear_source (&job->timer);
  job->wants_lock = FALSE;
  job->timer = g_idle_source_new ();
  g_source_set_priority (job->timer, G_PRIORITY_DEFAULT);
  g_source_set_callback (job->timer, locked_cb, job, NULL);
  g_source_attach (job->timer, g_task_get_context (job->task));
}

/* Whether what was asked so far were only questions. */
static gboolean
only_reads (const OmaJob *job)
{
  return job->operation != NULL && !job->marked;
}

/* A commit waits for those who read, whose time ends before its own. */
static void
wait_for_locks (OmaJob *job)
{
  const OmaExecutor *executor = job->work->executor;

  if (only_reads (job))
    {
      g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
      g_hash_table_remove_all (job->calls);
    }
  oma_clear_source (&job->timer);
  start_timer (job, job->operation != NULL ? executor->turn_timeout : executor->operation_timeout);
  if (!oma_lock_wait (&job->work->locks, locked, job))
    job_fail (job, g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER,
                                        "Another unit of work waits for this one"));
}

/* Runs the rules with the answers that are here. */
static void
run_rules (OmaJob *job)
{
  GError *error = NULL;
  gboolean ok;

  job->waits = job->wants_lock = FALSE;
  oma_lock_give_up (&job->work->locks);
  /* A document goes on where it waited; all else starts anew. */
  if (job->operation != NULL && job->phase == OMA_JOB_RUNNING && job->document == NULL)
    oma_job_roll_back_to_mark (job);
  ok = job->run (job, &error);
  if (ok)
    job_over (job);
  else if (error != NULL)
    {
      g_queue_clear_full (&job->queued, (GDestroyNotify) oma_call_unref);
      job_fail (job, error);
    }
  else if (job->wants_lock && (only_reads (job) || g_queue_is_empty (&job->queued)))
    wait_for_locks (job);
  else
    {
      job->wants_lock = FALSE;
      start_calls (job);
    }
}

static void
job_step (OmaJob *job)
{
  job_ref (job);                           /* a call may end it */
  start_calls (job);
  if (job->outstanding == 0)
    run_rules (job);
  oma_job_unref (job);
}

/**
 * oma_job_start:
 * @job: (transfer full): a job; it lives until it is over
 *
 * Runs it.
 */
void
oma_job_start (OmaJob *job)
{
  GCancellable *cancellable = g_task_get_cancellable (job->task);

  if (cancellable != NULL && job->operation != NULL)
    {
      job->cancel_source = g_cancellable_source_new (cancellable);
      g_source_set_callback (job->cancel_source, G_SOURCE_FUNC (cancelled_cb), job, NULL);
      g_source_attach (job->cancel_source, g_task_get_context (job->task));
    }
  job_step (job);
}

/**
 * oma_job_abandon:
 * @job: a job whose unit of work's owner went away
 *
 * Cancels it: what its operation points to is not touched any more.
 */
void
oma_job_abandon (OmaJob *job)
{
  if (!job->accepting)
    g_cancellable_cancel (job->cancellable);
  leave_late_calls (job);
  g_clear_error (&job->error);
  job->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The unit of work was given up");
  if (job->marked && job->operation != NULL)
    oma_job_roll_back_to_mark (job);
  job_over (job);
}

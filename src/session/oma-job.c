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

/* ---- What the rules ask ---- */

/**
 * oma_job_begin_write:
 * @job: a job
 *
 * Makes sure that there is a change.  From here on the unit of work keeps to itself what targets
 * the job resolves, see oma_target_resolve().
 */
void
oma_job_begin_write (OmaJob *job)
{
  OmaWork *work = job->work;

  if (work->change == NULL)
    work->change = oma_change_new (work->executor->tree, &work->rights.principal);
  if (!job->marked)
    {
      job->mark = oma_change_get_mark (work->change);
      job->marked = TRUE;
    }
}

/**
 * oma_job_lock:
 * @job: a job
 * @subtree: what stands for the subtree: its mount, or the node above mount points whose children
 *   change; %OMA_LOCK_EVERYTHING
 * @mode: what it is about to do there
 *
 * Makes sure that no other unit of work is in the way.  A job reads until it is over, all else is
 * the unit's until that ends.
 *
 * Returns: %FALSE when another one has to be waited for
 */
gboolean
oma_job_lock (OmaJob *job, gconstpointer subtree, OmaLockMode mode)
{
  if (G_LIKELY (oma_lock_take (&job->work->locks, subtree, mode)))
    return TRUE;
  job->waits = TRUE;
  if (!job->immediate)
    {
      oma_lock_want (&job->work->locks, subtree, mode);
      job->wants_lock = TRUE;
    }
  return FALSE;
}

/**
 * oma_job_roll_back_to_mark:
 * @job: a job
 *
 * Takes back what the job staged in the change.
 */
void
oma_job_roll_back_to_mark (OmaJob *job)
{
  if (job->marked)
    oma_change_roll_back_to (job->work->change, job->mark);
}

static char *
make_key (const OmaCall *call)
{
  return g_strdup_printf ("%d %u %p %s %s", call->kind, call->salt, (gpointer) call->participant,
                          call->ref != NULL ? oma_node_ref_get_uri (call->ref) : "",
                          call->target != NULL ? oma_node_ref_get_uri (call->target) : "");
}

static gboolean
is_write (const OmaCall *call)
{
  return oma_call_changes (call) && call->kind != OMA_CALL_EXEC;
}

static gboolean
acts_at_once (const OmaCall *call)
{
  const OmaNodeOps *ops = oma_mount_get_ops (call->mount);

  return call->kind == OMA_CALL_EXEC || ops->has_transactions == NULL ||
         !ops->has_transactions (oma_mount_get_self (call->mount));
}

/**
 * oma_job_knows:
 * @job: a job that can wait
 * @call: a call
 *
 * Returns: whether the same call was asked for already
 */
gboolean
oma_job_knows (const OmaJob *job, const OmaCall *call)
{
  g_autofree char *key = make_key (call);

  return g_hash_table_contains (job->calls, key);
}

/* In a rehearsal a plugin is not called to do what could not be taken back.  One with transactions
 * commits at the end of an atomic unit, but with each operation otherwise. */
static gboolean
is_held_back (const OmaJob *job, const OmaCall *call)
{
  return job->work->rehearsal && oma_call_changes (call) && (!job->work->atomic || acts_at_once (call));
}

/* Whether no other unit of work is in the way of the call.  Those that undo are in nobody's. */
static gboolean
may_call (OmaJob *job, const OmaCall *call)
{
  if (job->run == oma_job_undo || call->mount == NULL)
    return TRUE;
  if (call->kind <= OMA_CALL_GET || call->kind == OMA_CALL_EXEC)
    return oma_job_lock (job, call->mount, OMA_LOCK_READ);
  return !is_write (call) || !acts_at_once (call) || oma_job_lock (job, call->mount, OMA_LOCK_ACT);
}

/**
 * oma_job_ask:
 * @job: a job
 * @call: (transfer full): a call
 *
 * Returns: (transfer none) (nullable): the same call with its answer, %NULL when it has to be
 *   waited for
 */
OmaCall *
oma_job_ask (OmaJob *job, OmaCall *call)
{
  g_autoptr(OmaCall) wanted = call;
  g_autofree char *key = NULL;
  OmaCall *known;

  if (job->immediate)
    {
      job->waits = TRUE;
      return NULL;
    }
  if (wanted->salt == 0)
    wanted->salt = job->salt;
  key = make_key (wanted);
  known = g_hash_table_lookup (job->calls, key);
  if (known != NULL && known->done)
    return known;
  if (known == NULL && is_held_back (job, wanted))
    {
      call->done = job->work->held_back = TRUE;
      g_ptr_array_add (job->staged, oma_call_ref (call));
      g_hash_table_insert (job->calls, g_steal_pointer (&key), g_steal_pointer (&wanted));
      return call;
    }
  if (known == NULL && may_call (job, wanted))
    {
      g_queue_push_tail (&job->queued, oma_call_ref (wanted));
      g_hash_table_insert (job->calls, g_steal_pointer (&key), g_steal_pointer (&wanted));
    }
  job->waits = TRUE;
  return NULL;
}

/* Takes @call. */
static OmaCall *
ask (OmaJob *job, OmaCall *call, GError **error)
{
  OmaCall *answered = oma_job_ask (job, call);

  if (answered != NULL && answered->error != NULL)
    {
      g_propagate_error (error, g_error_copy (answered->error));
      return NULL;
    }
  return answered;
}

static OmaCall *
ask_about_node (OmaJob *job, OmaCallKind kind, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                GError **error)
{
  OmaCall *call = oma_call_new (kind, mount);

  call->ref = oma_node_ref_copy (ref);
  call->schema = schema;
  return ask (job, call, error);
}

/**
 * oma_job_list:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the decoded names that the plugin lists; %NULL without @error
 *   when they are not here yet
 */
const char *const *
oma_job_list (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_LIST, mount, ref, schema, error);

  return call != NULL ? (const char *const *) call->names : NULL;
}

/**
 * oma_job_can_ask_for_child:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 *
 * Returns: whether it is less to ask the plugin for one child of the node, with oma_job_has_child(), than
 *   to ask for all: it can tell, and the job has not asked for all
 */
gboolean
oma_job_can_ask_for_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);
  g_autoptr(OmaCall) list = NULL;

  if (ops->has_exists == NULL || !ops->has_exists (oma_mount_get_self (mount), schema))
    return FALSE;
  if (job->immediate)
    return TRUE;
  list = oma_call_new (OMA_CALL_LIST, mount);
  list->ref = oma_node_ref_copy (ref);
  list->salt = job->salt;
  return !oma_job_knows (job, list);
}

/**
 * oma_job_has_child:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @child: the node of a child
 * @exists: (out): whether the plugin says that it is there
 * @error: return location for the plugin's error
 *
 * Returns: %TRUE when that is known; %FALSE without @error when it is not yet
 */
gboolean
oma_job_has_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                   const OmaNodeRef *child, gboolean *exists, GError **error)
{
  OmaCall *call = oma_call_new (OMA_CALL_EXISTS, mount);

  call->ref = oma_node_ref_copy (ref);
  call->target = oma_node_ref_copy (child);
  call->schema = schema;
  call = ask (job, call, error);
  *exists = call != NULL && call->exists;
  return call != NULL;
}

/**
 * oma_job_get:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: a leaf of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the value; %NULL without @error when it is not here yet
 */
OmaValue *
oma_job_get (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_GET, mount, ref, schema, error);

  return call != NULL ? call->result : NULL;
}

/**
 * oma_job_read:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the node and what is below it; %NULL without @error when that is
 *   not here yet
 */
OmaNodeList *
oma_job_read (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_READ, mount, ref, schema, error);

  return call != NULL ? call->nodes : NULL;
}

/* ---- What changes something ---- */

static gboolean
prepare_change (OmaJob *job, OmaCall *call, GError **error)
{
  if (job->immediate && !job->rehearses)
    {
      job->waits = TRUE;
      return FALSE;
    }
  if (job->phase != OMA_JOB_RUNNING || (!job->immediate && oma_job_knows (job, call)))
    return TRUE;
  if (!oma_image_make (job, call, error))
    return FALSE;
  if (job->rehearses || is_held_back (job, call) || !acts_at_once (call))
    return TRUE;
  /* What the journal has is for a call that is made. */
  return may_call (job, call) && oma_job_journal_call (job, call, error);
}

/**
 * oma_job_call:
 * @job: a job
 * @call: (transfer full): a call that answers with a boolean
 * @error: return location for the plugin's error, or that of the journal
 *
 * A compound operation sees in its later steps what the earlier ones did.
 *
 * Returns: %TRUE when it was done; %FALSE without @error when that is not known yet
 */
gboolean
oma_job_call (OmaJob *job, OmaCall *call, GError **error)
{
  OmaCall *answered;

  if (oma_call_changes (call) && !prepare_change (job, call, error))
    {
      oma_call_unref (call);
      return FALSE;
    }
  if (job->rehearses)
    {
      oma_work_note_call (job->work, call);
      oma_call_unref (call);
      job->n_rehearsed++;
      return TRUE;
    }
  answered = oma_job_ask (job, call);
  if (answered == NULL)
    return FALSE;
  if (answered->error != NULL)
    {
      g_propagate_error (error, g_error_copy (answered->error));
      return FALSE;
    }
  if (job->is_compound && job->phase == OMA_JOB_RUNNING)
    oma_work_note_call (job->work, answered);
  return TRUE;
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

      if (!call->done && call->image != NULL && is_write (call) && call->participant != NULL &&
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

/* The answer of an Exec that goes on, once that is noted, or why it cannot go on. */
static void
accepted (gpointer data, const GError *error)
{
  OmaJob *job = data;

  job->accepting = FALSE;
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
                                                   oma_node_ref_get_uri (call->ref), call->text, by_plugin);

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

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  oma_job_unref (waiter->job);
  g_free (waiter);
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

static void
start_calls (OmaJob *job)
{
  OmaCall *next;

  while (job->outstanding < MAX_OUTSTANDING && (next = g_queue_pop_head (&job->queued)) != NULL)
    {
      g_autoptr(OmaCall) call = next;
      gboolean must_end = job->phase == OMA_JOB_UNDOING || call->kind == OMA_CALL_ROLL_BACK ||
                          call->kind == OMA_CALL_STORE || call->kind == OMA_CALL_JOURNAL;
      Waiter *waiter = g_new (Waiter, 1);

      if (call->participant == NULL && is_write (call))
        call->participant = ensure_participant (job->work, call->mount);
      if (call->kind == OMA_CALL_EXEC)
        start_exec (job, call);
      else if (job->timer == NULL && call->mount != NULL)
        start_timer (job, job->work->executor->operation_timeout);
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

static void
job_step (OmaJob *job)
{
  GError *error = NULL;
  gboolean ok;

  start_calls (job);
  if (job->outstanding > 0)
    return;

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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-undo.h"

#include "base/oma-source.h"
#include "session/oma-journal.h"
#include "session/oma-provisional-private.h"
#include "session/oma-target.h"

#include <string.h>

/* Undoes a unit of work, or an operation of it: in this run of the daemon, by the calls that were
 * made, or after it, by what the journal has. */

static void
step_free (gpointer data)
{
  OmaUndoStep *step = data;

  oma_image_free (step->image);
  g_clear_pointer (&step->call, oma_call_unref);
  g_clear_pointer (&step->participant, oma_participant_unref);
  g_free (step->reason);
  g_free (step);
}

/* Takes @image. */
static OmaUndoStep *
add_step (OmaUndo *undo, OmaImage *image)
{
  OmaUndoStep *step = g_new0 (OmaUndoStep, 1);

  step->image = image;
  g_ptr_array_add (undo->steps, step);
  return step;
}

static OmaUndo *
undo_new (void)
{
  OmaUndo *undo = g_new0 (OmaUndo, 1);

  undo->steps = g_ptr_array_new_with_free_func (step_free);
  return undo;
}

/**
 * oma_undo_free:
 * @undo: (transfer full): what is not under way any more
 */
void
oma_undo_free (OmaUndo *undo)
{
  g_ptr_array_unref (undo->steps);
  g_free (undo);
}

static void
add_calls (OmaUndo *undo, GPtrArray *calls)
{
  for (guint i = 0; i < calls->len; i++)
    {
      OmaCall *call = g_ptr_array_index (calls, i);

      add_step (undo, oma_image_copy (call->image))->call = oma_call_ref (call);
    }
}

/* ---- Plugins with transactions ---- */

static void
give_up_participant (OmaJob *job, OmaParticipant *participant, const char *reason)
{
  participant->given_up = TRUE;
  job->undo_failures++;
  g_warning ("A plugin could not roll back: %s", reason);
}

/* Returns: %FALSE when there is an answer to wait for. */
static gboolean
roll_back (OmaJob *job, GPtrArray *participants)
{
  for (guint i = participants->len; i > 0; i--)
    {
      OmaParticipant *participant = g_ptr_array_index (participants, i - 1);
      g_autoptr(GError) failure = NULL;

      if (participant->rolled_back || participant->given_up)
        continue;
      participant->rolled_back = oma_job_roll_back_participant (job, participant, &failure);
      if (failure != NULL)
        give_up_participant (job, participant, failure->message);
      else if (!participant->rolled_back)
        return FALSE;
    }
  return TRUE;
}

/* ---- Images ---- */

static const char *
get_name (const OmaImage *image)
{
  return image->target != NULL ? image->target : image->uri != NULL ? image->uri : image->mount;
}

static void
fail_step (OmaJob *job, OmaUndoStep *step, const char *reason)
{
  step->result = OMA_UNDO_FAILED;
  step->reason = g_strdup (reason);
  job->undo->failed = TRUE;
  g_warning ("%s: could not be undone: %s (unit of work %" G_GINT64_FORMAT ")", get_name (step->image), reason,
             job->work->journal->id);
}

static gboolean
is_at_or_above (const char *uri, const char *other)
{
  gsize length = uri != NULL && other != NULL ? strlen (uri) : 0;

  return length > 0 && strncmp (uri, other, length) == 0 && (other[length] == '\0' || other[length] == '/');
}

static gboolean
are_related (const OmaImage *a, const OmaImage *b)
{
  const char *ours[] = { a->uri, a->target }, *theirs[] = { b->uri, b->target };

  if (a->kind == OMA_IMAGE_TRANSACTION || b->kind == OMA_IMAGE_TRANSACTION)
    return g_strcmp0 (a->mount, b->mount) == 0;
  for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
    for (guint k = 0; k < G_N_ELEMENTS (theirs); k++)
      if (is_at_or_above (ours[i], theirs[k]) || is_at_or_above (theirs[k], ours[i]))
        return TRUE;
  return FALSE;
}

/* What looks like somebody else's is ours if it is what an earlier change of the unit left, or
 * found: then the later one had not happened yet. */
static gboolean
had_not_happened (const OmaUndo *undo, guint index)
{
  const OmaUndoStep *step = g_ptr_array_index (undo->steps, index);

  for (guint i = index; i > 0; i--)
    {
      const OmaUndoStep *older = g_ptr_array_index (undo->steps, i - 1);

      if (older->result == OMA_UNDO_DONE && are_related (older->image, step->image))
        return TRUE;
    }
  return FALSE;
}

static void
judge (OmaJob *job)
{
  OmaUndo *undo = job->undo;
  gint64 id = job->work->journal->id;

  for (guint i = 0; i < undo->steps->len; i++)
    {
      OmaUndoStep *step = g_ptr_array_index (undo->steps, i);

      /* What the tree holds happened at once, after all else. */
      if (step->result == OMA_UNDO_LEFT && !oma_image_is_of_tree (step->image) && had_not_happened (undo, i))
        step->result = OMA_UNDO_DONE;
      if (step->result == OMA_UNDO_LEFT)
        g_warning ("%s: is not put back, since somebody else has changed it (unit of work %" G_GINT64_FORMAT ")",
                   get_name (step->image), id);
      if (step->result == OMA_UNDO_EXECUTED)
        g_message ("%s: was executed, or was to be, and that cannot be undone (unit of work %" G_GINT64_FORMAT ")",
                   get_name (step->image), id);
      if (step->call != NULL)
        step->call->undone = step->result == OMA_UNDO_DONE;
      /* That of an operation is tried again if all of the unit is undone. */
      if (step->call != NULL)
        step->call->undo_failed = step->result == OMA_UNDO_FAILED && job->operation != NULL;
      job->undo_failures += step->result == OMA_UNDO_LEFT || step->result == OMA_UNDO_FAILED;
    }
  undo->judged = TRUE;
}

/* The plugin undid, or could not undo, all its part at once. */
static gboolean
goes_with_transaction (OmaJob *job, OmaUndoStep *step, guint index)
{
  if (step->image->kind == OMA_IMAGE_TRANSACTION || step->image->kind == OMA_IMAGE_EXEC)
    return FALSE;
  for (guint i = index + 1; i < job->undo->steps->len; i++)
    {
      const OmaUndoStep *other = g_ptr_array_index (job->undo->steps, i);

      if (other->image->kind != OMA_IMAGE_TRANSACTION || g_strcmp0 (other->image->mount, step->image->mount) != 0)
        continue;
      step->result = other->result;
      step->reason = g_strdup (other->reason);
      return TRUE;
    }
  return FALSE;
}

/* What stands on a change that could not be undone has to wait for it. */
static gboolean
is_blocked (OmaJob *job, OmaUndoStep *step, guint index)
{
  for (guint i = index + 1; i < job->undo->steps->len && job->undo->failed; i++)
    {
      const OmaUndoStep *other = g_ptr_array_index (job->undo->steps, i);

      if (other->result != OMA_UNDO_FAILED || !are_related (other->image, step->image))
        continue;
      step->result = OMA_UNDO_FAILED;
      step->reason = g_strdup (other->reason);
      return TRUE;
    }
  return FALSE;
}

static gboolean
run_steps (OmaJob *job)
{
  GPtrArray *steps = job->undo->steps;

  for (guint i = steps->len; i > 0; i--)
    {
      OmaUndoStep *step = g_ptr_array_index (steps, i - 1);
      g_autoptr(GError) failure = NULL;

      if (step->result != OMA_UNDO_PENDING || goes_with_transaction (job, step, i - 1) || is_blocked (job, step, i - 1))
        continue;
      job->salt = i;
      if (!oma_undo_image (job, step, &failure) && failure == NULL)
        return FALSE;
      if (failure != NULL)
        fail_step (job, step, failure->message);
      g_clear_pointer (&step->participant, oma_participant_unref);
      /* Each has as much time as any operation. */
      oma_clear_source (&job->timer);
    }
  return TRUE;
}

/* ---- The end ---- */

static const OmaImageFate fates[] = {
  [OMA_UNDO_PENDING] = OMA_IMAGE_PENDING,
  [OMA_UNDO_DONE] = OMA_IMAGE_UNDONE,
  [OMA_UNDO_LEFT] = OMA_IMAGE_LEFT,
  [OMA_UNDO_EXECUTED] = OMA_IMAGE_EXECUTED,
  [OMA_UNDO_FAILED] = OMA_IMAGE_PENDING,
};

/* What is not as it was for good is still so when the rest is undone. */
static void
keep_earlier_fates (OmaJob *job)
{
  const OmaUnitRecord *origin = job->work->journal->origin;

  for (guint i = 0; job->undo->failed && origin != NULL && i < origin->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (origin->images, i);

      if (image->undone == OMA_IMAGE_LEFT || image->undone == OMA_IMAGE_EXECUTED)
        oma_journal_keep (job->work->journal, image, NULL);
    }
}

static void
keep_steps (OmaJob *job)
{
  if (job->operation != NULL)
    return;
  /* What was left of single operations was tried again. */
  oma_journal_forget_kept (job->work->journal);
  job->work->unresolved = FALSE;
  oma_journal_keep_participants (job->work->journal, job->work->settled);
  oma_journal_keep_participants (job->work->journal, job->work->participants);
  keep_earlier_fates (job);
  for (guint i = 0; job->undo->failed && i < job->undo->steps->len; i++)
    {
      OmaUndoStep *step = g_ptr_array_index (job->undo->steps, i);

      step->image->undone = fates[step->result];
      oma_journal_keep (job->work->journal, step->image, step->reason);
    }
}

/* What the tree holds comes back with the same write. */
static OmaCall *
make_end_call (OmaJob *job)
{
  OmaWork *work = job->work;
  OmaCall *call = oma_call_new (job->undo->in_tree ? OMA_CALL_STORE : OMA_CALL_JOURNAL, NULL);
  GArray *ops;

  call->change = work->change;
  call->store = oma_tree_get_store (work->executor->tree);
  call->salt = G_MAXUINT;
  if (job->undo->ended)
    return call;
  ops = oma_tree_store_ops_new (2);
  oma_work_add_end_ops (work, ops);
  if (!job->undo->in_tree)
    {
      call->ops = ops;
      return call;
    }
  for (guint i = 0; i < ops->len; i++)
    oma_change_add_op (work->change, &g_array_index (ops, OmaStoreOp, i));
  g_array_set_clear_func (ops, NULL);
  g_array_unref (ops);
  return call;
}

/* None of it came back. */
static void
fail_in_tree (OmaJob *job, const char *reason)
{
  for (guint i = job->undo->steps->len; i > 0; i--)
    {
      OmaUndoStep *step = g_ptr_array_index (job->undo->steps, i - 1);

      if (!oma_image_is_of_tree (step->image) || step->result != OMA_UNDO_DONE)
        continue;
      fail_step (job, step, reason);
      job->undo_failures++;
    }
  keep_steps (job);
}

/* The unit of work leaves the journal.  Returns: %FALSE while that is being written. */
static gboolean
end_unit (OmaJob *job)
{
  OmaWork *work = job->work;
  OmaCall *call;

  if (!oma_work_has_journal (work) || (work->journal->id == 0 && work->journal->error == NULL))
    return TRUE;
  if (!job->undo->ended)
    job->undo->in_tree = work->change != NULL && !oma_change_is_empty (work->change);
  call = make_end_call (job);
  job->undo->ended = TRUE;
  call = oma_job_ask (job, call);
  if (call == NULL)
    return FALSE;
  if (call->error == NULL)
    return TRUE;
  g_warning ("Unit of work %" G_GINT64_FORMAT ": the journal does not know what was undone until the next start: %s",
             work->journal->id, call->error->message);
  if (job->undo->in_tree)
    fail_in_tree (job, call->error->message);
  return TRUE;
}

/**
 * oma_job_undo:
 * @job: a job
 * @error: not used: it never fails, but counts what could not be undone
 *
 * Undoes what plugins did, the latest first; an #OmaJobRun.  If that was not only an operation the
 * unit of work leaves the journal, but for what could not be undone.
 *
 * Returns: %FALSE when there are answers to wait for
 */
gboolean
oma_job_undo (OmaJob *job, GError **error G_GNUC_UNUSED)
{
  OmaWork *work = job->work;
  GHashTable *intents = work->intents;
  g_autoptr(GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean over;

  if (job->undo == NULL)
    {
      job->undo = undo_new ();
      add_calls (job->undo, job->acted);
    }
  if (job->operation == NULL && work->change != NULL && !job->undo->begun)
    oma_change_roll_back (work->change);
  job->undo->begun = TRUE;
  /* It sees what is there, not what was to be. */
  work->intents = none;
  over = roll_back (job, work->participants) && (job->operation != NULL || roll_back (job, work->settled)) &&
         run_steps (job);
  work->intents = intents;
  job->salt = 0;
  if (!over)
    return FALSE;
  if (!job->undo->judged)
    {
      judge (job);
      keep_steps (job);
    }
  return job->operation != NULL || end_unit (job);
}

/**
 * oma_undo_give_up:
 * @job: a job that undoes, and waits for a plugin
 * @error: why it waits no longer
 *
 * What the plugin did stays; all else is undone yet.
 */
void
oma_undo_give_up (OmaJob *job, const GError *error)
{
  GPtrArray *both[] = { job->work->participants, job->operation == NULL ? job->work->settled : NULL };
  const char *mount = NULL;

  g_warning ("Undoing was given up: %s", error->message);
  for (guint k = 0; k < G_N_ELEMENTS (both); k++)
    for (guint i = both[k] != NULL ? both[k]->len : 0; i > 0; i--)
      {
        OmaParticipant *participant = g_ptr_array_index (both[k], i - 1);

        if (participant->rolled_back || participant->given_up || !participant->transactional)
          continue;
        give_up_participant (job, participant, error->message);
        return;
      }
  for (guint i = job->undo->steps->len; i > 0; i--)
    {
      OmaUndoStep *step = g_ptr_array_index (job->undo->steps, i - 1);

      if (step->result != OMA_UNDO_PENDING || (mount != NULL && g_strcmp0 (mount, step->image->mount) != 0))
        continue;
      mount = step->image->mount;
      fail_step (job, step, error->message);
      g_clear_pointer (&step->participant, oma_participant_unref);
    }
}

/* ---- What was answered too late ---- */

static void
late_undone (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  /* What could not be undone was logged and kept. */
}

/* Takes @task and @undo. */
static void
start (OmaWork *work, OmaUndo *undo, OmaJobRun run, GTask *task)
{
  work->job = oma_job_new (work, NULL, run, task);
  work->job->undo = undo;
  work->closed = TRUE;
  if (run == oma_job_undo)
    work->job->phase = OMA_JOB_UNDOING;
  oma_job_start (work->job);
  oma_work_unref (work);
}

/**
 * oma_undo_late_call:
 * @work: the unit of work that made the call, and does not wait for it any more
 * @call: what was asked of a plugin that acts at once, and was answered too late
 * @acted: whether it may have been done
 *
 * Undoes it in the background; the journal need not have it any more.
 */
void
oma_undo_late_call (OmaWork *work, const OmaCall *call, gboolean acted)
{
  OmaWork *later = oma_work_new (work->executor, &work->rights.principal);
  OmaUndo *undo = undo_new ();

  later->note_id = work->note_id;
  later->journal->id = call->late_unit;
  if (acted)
    add_step (undo, oma_image_copy (call->image));
  start (later, undo, oma_job_undo, g_task_new (NULL, NULL, late_undone, NULL));
}

/* ---- What an earlier run of the daemon left ---- */

/* Of what the tree holds nobody sees the middle. */
static gboolean
lock_in_tree (OmaJob *job, const OmaImage *image)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup = { NULL };

  if (!oma_uri_parse (&uri, image->uri, NULL))
    return TRUE;
  oma_tree_lookup (job->work->executor->tree, &uri, NULL, &lookup);
  return lookup.mount != NULL ? oma_lookup_lock_for_writing (&lookup, job)
                              : oma_job_lock (job, OMA_LOCK_EVERYTHING, OMA_LOCK_WRITE);
}

static gboolean
lock_subtrees (OmaJob *job)
{
  GPtrArray *steps = job->undo->steps, *participants = job->work->settled;
  gboolean locked = TRUE;

  for (guint i = 0; i < participants->len; i++)
    locked &= oma_job_lock (job, ((OmaParticipant *) g_ptr_array_index (participants, i))->mount, OMA_LOCK_ACT);

  for (guint i = 0; i < steps->len; i++)
    {
      const OmaImage *image = ((OmaUndoStep *) g_ptr_array_index (steps, i))->image;
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup lookup = { NULL };

      if (oma_image_is_of_tree (image))
        {
          locked &= lock_in_tree (job, image);
          continue;
        }
      if (oma_uri_parse (&uri, image->mount, NULL))
        oma_tree_lookup (job->work->executor->tree, &uri, NULL, &lookup);
      locked &= lookup.mount == NULL || oma_job_lock (job, lookup.mount, OMA_LOCK_ACT);
    }
  return locked;
}

/* Nobody else is at work there meanwhile. */
static gboolean
recover (OmaJob *job, GError **error)
{
  const OmaExecutor *executor = job->work->executor;

  oma_job_begin_write (job);
  if (!lock_subtrees (job))
    return FALSE;
  if (executor->turn_func != NULL && !executor->turn_func (job->work->journal->id, executor->turn_data, error))
    return FALSE;
  job->phase = OMA_JOB_UNDOING;
  job->run = oma_job_undo;
  return oma_job_undo (job, error);
}

static void
report_free (gpointer report)
{
  oma_undo_report_clear (report);
  g_free (report);
}

/**
 * oma_undo_report_clear:
 * @report: a report
 */
void
oma_undo_report_clear (OmaUndoReport *report)
{
  g_clear_pointer (&report->kept, oma_unit_record_free);
}

static void
adopt_participants (OmaWork *work, gint64 id)
{
  g_autoptr(GPtrArray) participants = oma_provisional_take_participants (work->executor, id);

  for (guint i = 0; participants != NULL && i < participants->len; i++)
    g_ptr_array_add (work->settled, oma_participant_ref (g_ptr_array_index (participants, i)));
}

/* Whether a plugin undoes it with all else that it did. */
static gboolean
rolls_back (const OmaWork *work, const OmaImage *image)
{
  for (guint i = 0; i < work->settled->len; i++)
    {
      const GPtrArray *images = ((OmaParticipant *) g_ptr_array_index (work->settled, i))->images;

      if (images->len > 0 && strcmp (((OmaImage *) g_ptr_array_index (images, 0))->mount, image->mount) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * oma_executor_undo_unit_async:
 * @executor: an executor
 * @unit: (transfer full): a unit of work of the journal that is not under way
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Undoes what a run of the daemon that died has left, or what could not be undone before: a plugin
 * that gave data for that undoes its part by them, all else is written back, the latest first, as
 * long as it is what the unit wrote.  What plugins did may be undone as often as one likes; what the
 * tree holds comes back with the write that ends the unit, or not at all.  Of a provisional unit of
 * this run a plugin with transactions rolls back, unless others have changed something there since.
 */
void
oma_executor_undo_unit_async (OmaExecutor *executor, OmaUnitRecord *unit, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  static const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  OmaWork *work = oma_work_new (executor, &device);
  OmaUndo *undo = undo_new ();

  g_task_set_source_tag (task, oma_executor_undo_unit_async);
  g_task_set_task_data (task, g_new0 (OmaUndoReport, 1), report_free);
  work->journal->id = unit->id;
  work->journal->origin = unit;
  adopt_participants (work, unit->id);
  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (unit->images, i);

      if (!image->undone && !rolls_back (work, image))
        add_step (undo, oma_image_copy (image));
    }
  start (work, undo, recover, task);
}

/* Internal: @job has undone a unit of work as far as it could. */
void
oma_undo_fill_report (OmaJob *job, OmaUnitRecord *kept)
{
  OmaUndoReport *report = g_task_get_task_data (job->task);

  if (g_task_get_source_tag (job->task) != oma_executor_undo_unit_async)
    {
      oma_unit_record_free (kept);
      return;
    }
  report->kept = kept;
  if (!job->undo->judged)
    oma_provisional_give_back (job->work->executor, kept->id, job->work->settled);
  for (guint i = 0; i < job->undo->steps->len; i++)
    {
      const OmaUndoStep *step = g_ptr_array_index (job->undo->steps, i);

      report->n_undone += step->result == OMA_UNDO_DONE;
      report->n_left += step->result == OMA_UNDO_LEFT;
      report->n_failed += step->result == OMA_UNDO_FAILED;
      report->n_executed += step->result == OMA_UNDO_EXECUTED;
    }
  for (guint i = 0; job->undo->judged && i < job->work->settled->len; i++)
    {
      const OmaParticipant *participant = g_ptr_array_index (job->work->settled, i);

      *(participant->rolled_back ? &report->n_undone : &report->n_failed) += participant->images->len;
    }
}

/**
 * oma_executor_undo_unit_finish:
 * @result: what the callback got
 * @report: (out caller-allocates): what became of it; filled in either case
 * @error: return location for an %OMA_STATUS_ERROR: %OMA_STATUS_ATOMIC_ROLL_BACK_FAILED when
 *   something is not as it was, %OMA_STATUS_RETRY_LATER when others write for too long and nothing
 *   was tried; or the error of the function of oma_executor_set_turn_func()
 *
 * Returns: %TRUE when everything is as it was before the unit of work
 */
gboolean
oma_executor_undo_unit_finish (GAsyncResult *result, OmaUndoReport *report, GError **error)
{
  OmaUndoReport *filled = g_task_get_task_data (G_TASK (result));

  *report = *filled;
  filled->kept = NULL;
  return g_task_propagate_boolean (G_TASK (result), error);
}

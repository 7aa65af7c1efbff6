/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-job.h"

#include "session/oma-journal.h"
#include "session/oma-provisional-private.h"

/* What a job does for the unit of work as a whole: the journal, plugins with transactions, and
 * the store. */

/* ---- The journal ---- */

/* Returns: %TRUE when @images are durable; %FALSE without @error while that is not known.  @salt and
 * @ref tell them from others of the job. */
static gboolean
put_images (OmaJob *job, guint salt, const OmaNodeRef *ref, GPtrArray *images, GError **error)
{
  OmaCall *put;

  if (job->work->journal->id == 0 && job->work->executor->journal_full)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL,
                           "journal: Too many units of work wait to be undone");
      return FALSE;
    }
  put = oma_call_new (OMA_CALL_JOURNAL, NULL);
  put->salt = salt;
  put->ref = ref != NULL ? oma_node_ref_copy (ref) : NULL;
  if (!oma_job_knows (job, put))
    oma_work_fill_put (job->work, put, images);
  put = oma_job_ask (job, put);
  if (put != NULL && put->error != NULL)
    g_propagate_prefixed_error (error, g_error_copy (put->error), "journal: ");
  return put != NULL && put->error == NULL;
}

/**
 * oma_job_journal_call:
 * @job: a job
 * @call: a call with its image, which acts at once
 * @error: return location for the store's error
 *
 * Nothing is touched before it is durable how it was.
 *
 * Returns: %TRUE when the call can be made; %FALSE without @error when that is not known yet
 */
gboolean
oma_job_journal_call (OmaJob *job, OmaCall *call, GError **error)
{
  g_autoptr(GPtrArray) images = NULL;

  if (!oma_work_has_journal (job->work) || oma_journal_take (job->work->journal, call->image))
    return TRUE;
  images = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
  g_ptr_array_add (images, oma_image_copy (call->image));
  return put_images (job, call->kind + 1, call->ref, images, error) &&
         oma_journal_take (job->work->journal, call->image);
}

/* ---- Plugins with transactions ---- */

static gboolean
call_participant (OmaJob *job, OmaCallKind kind, OmaParticipant *participant, GError **error)
{
  OmaCall *call;

  if (!participant->transactional)
    return TRUE;
  call = oma_call_new (kind, participant->mount);
  call->participant = oma_participant_ref (participant);
  return oma_job_call (job, call, error);
}

static gboolean
call_participants (OmaJob *job, OmaCallKind kind, GError **error)
{
  GPtrArray *participants = job->work->participants;

  for (guint i = 0; i < participants->len; i++)
    if (!call_participant (job, kind, g_ptr_array_index (participants, i), error))
      return FALSE;
  return TRUE;
}

/* Once the first plugin commits, nobody reads in the subtrees of the others either. */
static gboolean
lock_participants (OmaJob *job)
{
  GPtrArray *participants = job->work->participants;
  gboolean locked = TRUE;

  for (guint i = 0; i < participants->len; i++)
    {
      const OmaParticipant *participant = g_ptr_array_index (participants, i);

      locked &= !participant->transactional || oma_job_lock (job, participant->mount, OMA_LOCK_ACT);
    }
  return locked;
}

/**
 * oma_job_roll_back_participant:
 * @job: a job
 * @participant: a plugin
 * @error: return location for the plugin's error
 *
 * Returns: %TRUE when it has rolled back, or noted nothing; %FALSE without @error when that is not
 *   known yet
 */
gboolean
oma_job_roll_back_participant (OmaJob *job, OmaParticipant *participant, GError **error)
{
  return call_participant (job, OMA_CALL_ROLL_BACK, participant, error);
}

/* By what a plugin will undo its part when its transaction is no more. */
static void
add_undo_data (GPtrArray *images, OmaParticipant *participant, GPtrArray *staged)
{
  const OmaNodeOps *ops = oma_mount_get_ops (participant->mount);
  GBytes *data = participant->transactional && ops->get_undo_data != NULL
                   ? ops->get_undo_data (oma_mount_get_self (participant->mount), participant->transaction) : NULL;

  for (guint i = 0; data != NULL && i < staged->len; i++)
    {
      const OmaCall *call = g_ptr_array_index (staged, i);
      OmaImage *image;

      if (call->participant != participant)
        continue;
      image = oma_image_new (OMA_IMAGE_TRANSACTION, call->image->mount, NULL);
      image->data = g_steal_pointer (&data);
      g_ptr_array_add (images, image);
      g_ptr_array_add (participant->images, oma_image_copy (image));
    }
  g_clear_pointer (&data, g_bytes_unref);
}

/* What is in the journal before those that noted something commit. */
static gboolean
journal_notes (OmaJob *job, GError **error)
{
  OmaWork *work = job->work;
  GPtrArray *staged = job->operation != NULL ? job->staged : work->staged;

  if (!oma_work_has_journal (work))
    return TRUE;
  if (job->notes == NULL)
    {
      job->notes = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
      for (guint i = 0; i < staged->len; i++)
        {
          const OmaCall *call = g_ptr_array_index (staged, i);

          if (call->participant != NULL)
            g_ptr_array_add (call->participant->images, oma_image_copy (call->image));
          if (!oma_journal_take (work->journal, call->image))
            g_ptr_array_add (job->notes, oma_image_copy (call->image));
        }
      for (guint i = 0; i < work->participants->len; i++)
        add_undo_data (job->notes, g_ptr_array_index (work->participants, i), staged);
      job->has_notes = job->notes->len > 0;
    }
  return !job->has_notes || put_images (job, G_MAXUINT, NULL, job->notes, error);
}

/* What the store writes beside the nodes. */
static void
add_extra_ops (OmaWork *work)
{
  g_autoptr(GArray) ops = oma_tree_store_ops_new (2);

  if (work->note_id != 0)
    oma_change_add_op (work->change, &(OmaStoreOp) { .kind = OMA_STORE_NOTE, .note_id = work->note_id,
                                                     .note_count = work->note_count });
  if (oma_work_ends_provisional (work))
    oma_work_add_provisional_ops (work, oma_provisional_get_id (work->provisional), ops);
  else
    oma_work_add_end_ops (work, ops);
  for (guint i = 0; i < ops->len; i++)
    oma_change_add_op (work->change, &g_array_index (ops, OmaStoreOp, i));
  g_array_set_clear_func (ops, NULL);
}

/**
 * oma_job_settle:
 * @job: a job
 * @with_store: also write the change
 * @error: return location for the error of a plugin or of the store
 *
 * Makes what the plugins with transactions noted come true: all validate, the journal gets what
 * there was before, then each commits, and the store, which can be undone the least, comes last.
 *
 * Returns: %TRUE when all is done; %FALSE without @error when that is not known yet
 */
gboolean
oma_job_settle (OmaJob *job, gboolean with_store, GError **error)
{
  OmaWork *work = job->work;
  OmaCall *call;

  if (!call_participants (job, OMA_CALL_VALIDATE, error) || !lock_participants (job) || !journal_notes (job, error))
    return FALSE;
  if (G_UNLIKELY (work->executor->provisional->len > 0))
    oma_provisional_note_commit (work);
  if (!call_participants (job, OMA_CALL_COMMIT, error))
    return FALSE;
  if (!with_store)
    return TRUE;
  /* Once it was written, well or not, the change is empty. */
  if (!job->wrote && !oma_work_has_rows (work))
    return TRUE;
  if (work->change == NULL)
    work->change = oma_change_new (work->executor->tree, &work->rights.principal);
  if (!job->wrote)
    add_extra_ops (work);
  job->wrote = TRUE;
  call = oma_call_new (OMA_CALL_STORE, NULL);
  call->change = work->change;
  return oma_job_call (job, call, error);
}

/**
 * oma_job_apply:
 * @job: a job
 * @error: return location for the error of a plugin that cannot roll back
 *
 * Ends a rehearsal: takes it back, and puts what it foresaw into the journal; an #OmaJobRun.
 *
 * Returns: %TRUE when that is done; %FALSE without @error when that is not known yet
 */
gboolean
oma_job_apply (OmaJob *job, GError **error)
{
  OmaWork *work = job->work;
  g_autoptr(GError) failure = NULL;

  if (!call_participants (job, OMA_CALL_ROLL_BACK, error))
    return FALSE;
  if (!oma_work_has_journal (work))
    return TRUE;
  if (job->notes == NULL)
    {
      job->notes = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
      for (guint i = 0; i < work->staged->len; i++)
        g_ptr_array_add (job->notes, oma_image_copy (((OmaCall *) g_ptr_array_index (work->staged, i))->image));
    }
  if (put_images (job, G_MAXUINT, NULL, job->notes, &failure))
    return TRUE;
  if (failure == NULL)
    return FALSE;
  /* Each command will find out by itself, and fail before it touches anything. */
  g_warning ("What a message is to change could not be noted: %s", failure->message);
  return TRUE;
}

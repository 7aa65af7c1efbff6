/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-job.h"
#include "session/oma-operation.h"

#include <string.h>

#define MAX_URI_IN_MESSAGE 255

static void
intent_free (gpointer data)
{
  OmaIntent *intent = data;

  g_clear_pointer (&intent->value, oma_value_unref);
  g_free (intent);
}

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
  work->acted = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_call_unref);
  work->intents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, intent_free);
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
  g_ptr_array_unref (work->participants);
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
  g_ptr_array_set_size (work->acted, 0);
  g_hash_table_remove_all (work->intents);
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
  if (!committing && (work->participants->len > 0 || work->acted->len > 0))
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
 * without transactions act at once; what they did is undone by the inverse operations, as far
 * as there are any (there is none for Delete).  Otherwise an operation that fails leaves nothing of itself behind and the others
 * go on.
 */
void
oma_work_set_atomic (OmaWork *work, gboolean atomic)
{
  work->atomic = atomic;
}

/**
 * oma_work_set_rehearsal:
 * @work: an atomic unit of work that has done nothing
 * @rehearsal: whether plugins without transactions are spared: what they would do is only noted,
 *   as those with transactions do, and later operations see it
 *
 * So one finds out whether all operations of the unit would pass the rules of the tree before
 * anything is touched that can only be undone by its opposite.  When oma_work_held_back() says
 * that something was spared, the unit must be rolled back and done again without this.
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
 * oma_change_set_note().
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
  return work->participants->len > 0 || (work->change != NULL && !oma_change_is_empty (work->change));
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

static void
note_intent (OmaWork *work, const OmaNodeRef *ref, gboolean present, gboolean fresh, OmaValue *value)
{
  OmaIntent *old = g_hash_table_lookup (work->intents, oma_node_ref_get_uri (ref));
  OmaIntent *intent = g_new (OmaIntent, 1);

  *intent = (OmaIntent) { present, fresh || (present && old != NULL && old->fresh),
                          value != NULL ? oma_value_ref (value) : NULL };
  g_hash_table_replace (work->intents, g_strdup (oma_node_ref_get_uri (ref)), intent);
}

/* What was noted below a node goes with it, or follows it to its new name. */
static void
move_intents_below (OmaWork *work, const char *uri, const char *new_uri)
{
  g_autoptr(GHashTable) moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = strlen (uri);
  GHashTableIter iter;
  gpointer key, intent;

  g_hash_table_iter_init (&iter, work->intents);
  while (g_hash_table_iter_next (&iter, &key, &intent))
    {
      if (strncmp (key, uri, length) != 0 || ((char *) key)[length] != '/')
        continue;
      if (new_uri != NULL)
        {
          g_hash_table_insert (moved, g_strconcat (new_uri, (char *) key + length, NULL), intent);
          g_hash_table_iter_steal (&iter);
          g_free (key);
        }
      else
        g_hash_table_iter_remove (&iter);
    }
  g_hash_table_iter_init (&iter, moved);
  while (g_hash_table_iter_next (&iter, &key, &intent))
    g_hash_table_replace (work->intents, g_strdup (key), intent);
}

/* Internal: notes what a call of a plugin does, as long as no answer of the plugin shows it. */
void
oma_work_note_call (OmaWork *work, const OmaCall *call)
{
  switch (call->kind)
    {
    case OMA_CALL_ADD:
      note_intent (work, call->ref, TRUE, TRUE, call->value);
      break;
    case OMA_CALL_REPLACE:
      note_intent (work, call->ref, TRUE, FALSE, call->value);
      break;
    case OMA_CALL_COPY:
      note_intent (work, call->target, TRUE, FALSE, call->value);
      break;
    case OMA_CALL_REMOVE:
      note_intent (work, call->ref, FALSE, FALSE, NULL);
      move_intents_below (work, oma_node_ref_get_uri (call->ref), NULL);
      break;
    case OMA_CALL_RENAME:
      move_intents_below (work, oma_node_ref_get_uri (call->ref), oma_node_ref_get_uri (call->target));
      note_intent (work, call->ref, FALSE, FALSE, NULL);
      note_intent (work, call->target, TRUE, TRUE, NULL);
      break;
    default:
      break;
    }
}

/* Internal: (transfer full): a copy of what was noted, to add to for the time of one run. */
GHashTable *
oma_work_copy_intents (const OmaWork *work)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, intent_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, work->intents);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      OmaIntent *intent = g_memdup2 (value, sizeof *intent);

      if (intent->value != NULL)
        oma_value_ref (intent->value);
      g_hash_table_insert (copy, g_strdup (key), intent);
    }
  return copy;
}

/* Keeps what the plugins of an atomic unit did or noted.  The operation of a unit that was given
 * up is not there any more. */
static void
keep_plugin_state (OmaWork *work, OmaJob *job)
{
  guint id = work->closed ? 0 : job->operation->id;

  for (guint i = 0; i < job->staged->len; i++)
    {
      OmaCall *call = g_ptr_array_index (job->staged, i);

      oma_work_note_call (work, call);
      if (call->participant != NULL)     /* it has none if it was held back */
        g_array_append_val (call->participant->operations, id);
    }
  for (guint i = 0; i < job->acted->len; i++)
    {
      OmaCall *call = g_ptr_array_index (job->acted, i);

      call->operation = id;
      g_ptr_array_add (work->acted, oma_call_ref (call));
    }
}

static void
operation_over (OmaJob *job)
{
  OmaWork *work = job->work;
  gboolean wrote = job->acted->len > 0 || job->staged->len > 0;
  OmaOperation *operation = job->operation;

  if (work->atomic || work->closed)
    keep_plugin_state (work, job);
  else
    {
      work->lasting |= wrote && (job->error == NULL || job->undo_failures > 0);
      drop_plugin_state (work);
    }
  work->failed |= job->error != NULL && !oma_status_is_success (oma_status_from_error (job->error));
  if (work->closed)
    {
      g_task_return_error (job->task, g_steal_pointer (&job->error));
      return;
    }
  finish_operation (operation, job->success, g_steal_pointer (&job->error));
  if (operation->error != NULL)
    g_task_return_error (job->task, g_error_copy (operation->error));
  else
    g_task_return_boolean (job->task, TRUE);
}

/* Finds the operations of which something is left. */
static void
find_lasting (OmaWork *work, const OmaJob *job)
{
  g_array_set_size (work->lasting_ids, 0);
  if (job->undo_failures == 0)
    return;
  for (guint i = 0; i < work->participants->len; i++)
    {
      const OmaParticipant *participant = g_ptr_array_index (work->participants, i);

      if (!participant->rolled_back && participant->operations->len > 0)
        g_array_append_vals (work->lasting_ids, participant->operations->data, participant->operations->len);
    }
  for (guint i = 0; i < work->acted->len; i++)
    {
      const OmaCall *call = g_ptr_array_index (work->acted, i);

      if (!call->undone)
        g_array_append_val (work->lasting_ids, call->operation);
    }
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
  drop_plugin_state (work);
  work->failed = work->lasting = FALSE;
  drop_change (work);
  if (job->error != NULL)
    g_task_return_error (job->task, g_steal_pointer (&job->error));
  else
    g_task_return_boolean (job->task, TRUE);
}

/* Internal: @job is over; @job->error says how it ended. */
void
oma_work_job_over (OmaJob *job)
{
  job->work->job = NULL;
  if (job->operation != NULL)
    operation_over (job);
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
  return job->work->atomic || job->immediate || job->staged->len == 0 || oma_job_settle (job, FALSE, error);
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
  oma_job_start (work->job);
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

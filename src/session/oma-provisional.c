/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-provisional.h"

#include "base/oma-source.h"
#include "session/oma-journal.h"
#include "session/oma-provisional-private.h"

/* Waits between attempts to tell the journal that a unit of work is confirmed, in seconds. */
#define FIRST_WAIT 10
#define LONGEST_WAIT (10 * 60)

/* What is committed, and neither confirmed nor undone: a unit of work, and those that came after it
 * as parts of it.  The executor has all of them, also those that are about to be undone. */
typedef struct {
  gint64          id;
  OmaProvisional *owner;          /* (nullable): whom it waits for, %NULL when it is to be undone */
  OmaUnitRecord  *record;         /* (nullable): as the journal has it */
  OmaUnitRecord  *kept;           /* (nullable): what the journal has of it once it is confirmed */
  GPtrArray      *participants;   /* (element-type OmaParticipant): those with transactions */
} Unit;

struct _OmaProvisional {
  int          ref_count;
  OmaExecutor *executor;
  gboolean    *executor_alive;
  Unit        *unit;              /* (nullable): not owned */
  gboolean     closed;            /* nobody will confirm any more */
};

static void
unit_free (gpointer data)
{
  Unit *unit = data;

  g_clear_pointer (&unit->record, oma_unit_record_free);
  g_clear_pointer (&unit->kept, oma_unit_record_free);
  g_ptr_array_unref (unit->participants);
  g_free (unit);
}

/* ---- What the executor keeps ---- */

/* Internal: before the first unit of work. */
void
oma_provisional_init_executor (OmaExecutor *executor)
{
  executor->provisional = g_ptr_array_new_with_free_func (unit_free);
  executor->unended = g_array_new (FALSE, FALSE, sizeof (gint64));
}

/* Internal: after the last one. */
void
oma_provisional_clear_executor (OmaExecutor *executor)
{
  oma_clear_source (&executor->end_timer);
  g_ptr_array_unref (executor->provisional);
  g_array_unref (executor->unended);
}

/* Internal: @work is about to have plugins with transactions commit.  What these commit on top of a
 * unit of work that waits would go when they rolled that one back as a whole; not if it is of the same
 * session, and goes first. */
void
oma_provisional_note_commit (const OmaWork *work)
{
  const GPtrArray *units = work->executor->provisional;

  for (guint i = 0; i < units->len; i++)
    {
      const Unit *unit = g_ptr_array_index (units, i);

      for (guint k = 0; k < unit->participants->len; k++)
        for (guint n = 0; n < work->participants->len; n++)
          {
            OmaParticipant *older = g_ptr_array_index (unit->participants, k);
            const OmaParticipant *newer = g_ptr_array_index (work->participants, n);

            older->overtaken |= older->mount == newer->mount &&
                                (unit->owner == NULL || unit->owner != work->provisional);
          }
    }
}

/* Internal: (transfer full) (nullable) (element-type OmaParticipant): who took part in the unit of
 * work @id in this run of the daemon, can roll back as a whole, and may: all that a plugin did goes
 * with it, or the plugin is not in the array. */
GPtrArray *
oma_provisional_take_participants (OmaExecutor *executor, gint64 id)
{
  GPtrArray *participants;
  guint i;

  for (i = 0; i < executor->provisional->len; i++)
    {
      const Unit *unit = g_ptr_array_index (executor->provisional, i);

      if (unit->id == id && unit->owner == NULL)
        break;
    }
  if (i == executor->provisional->len)
    return NULL;
  participants = g_ptr_array_ref (((Unit *) g_ptr_array_index (executor->provisional, i))->participants);
  g_ptr_array_remove_index (executor->provisional, i);
  for (i = 0; i < participants->len; i++)
    {
      const OmaParticipant *one = g_ptr_array_index (participants, i);

      for (guint k = 0; k < participants->len; k++)
        {
          OmaParticipant *other = g_ptr_array_index (participants, k);

          other->overtaken |= other->mount == one->mount && (one->overtaken || one->confirmed);
        }
    }
  for (i = participants->len; i > 0; i--)
    if (((OmaParticipant *) g_ptr_array_index (participants, i - 1))->overtaken)
      g_ptr_array_remove_index (participants, i - 1);
  return participants;
}

/* Internal: they were taken, and nothing was tried: the next attempt may take them again. */
void
oma_provisional_give_back (OmaExecutor *executor, gint64 id, GPtrArray *participants)
{
  Unit *unit;

  if (participants->len == 0)
    return;
  unit = g_new0 (Unit, 1);
  unit->id = id;
  unit->participants = g_ptr_array_copy (participants, (GCopyFunc) (GCallback) oma_participant_ref, NULL);
  g_ptr_array_set_free_func (unit->participants, (GDestroyNotify) oma_participant_unref);
  g_ptr_array_add (executor->provisional, unit);
}

/* ---- Those of a session ---- */

/**
 * oma_provisional_new:
 * @executor: an executor; it may go before the object
 *
 * Returns: (transfer full): an object without units of work
 */
OmaProvisional *
oma_provisional_new (OmaExecutor *executor)
{
  OmaProvisional *provisional = g_new0 (OmaProvisional, 1);

  provisional->ref_count = 1;
  provisional->executor = executor;
  provisional->executor_alive = g_rc_box_acquire (executor->alive);
  return provisional;
}

/**
 * oma_provisional_ref:
 * @provisional: units of work of a session
 *
 * Returns: (transfer full): @provisional
 */
OmaProvisional *
oma_provisional_ref (OmaProvisional *provisional)
{
  provisional->ref_count++;
  return provisional;
}

/**
 * oma_provisional_unref:
 * @provisional: (transfer full): units of work of a session
 *
 * With the last reference what was not confirmed is undone.
 */
void
oma_provisional_unref (OmaProvisional *provisional)
{
  if (--provisional->ref_count > 0)
    return;
  oma_provisional_undo (provisional);
  g_rc_box_release (provisional->executor_alive);
  g_free (provisional);
}

/**
 * oma_provisional_is_empty:
 * @provisional: units of work of a session
 *
 * Returns: whether there is none
 */
gboolean
oma_provisional_is_empty (const OmaProvisional *provisional)
{
  return provisional->unit == NULL;
}

/* Internal: by what the journal knows them, 0 when there is none. */
gint64
oma_provisional_get_id (const OmaProvisional *provisional)
{
  return provisional->unit != NULL ? provisional->unit->id : 0;
}

/**
 * oma_work_set_provisional:
 * @work: a unit of work that has done nothing
 * @provisional: (nullable): who waits for the server, of which the unit takes a reference; %NULL for
 *   a unit whose commit holds at once
 *
 * A unit with a change of %OMA_HANDLER_PROVISIONAL, and one that comes after such a one, is added to
 * @provisional when it is committed.
 */
void
oma_work_set_provisional (OmaWork *work, OmaProvisional *provisional)
{
  g_clear_pointer (&work->provisional, oma_provisional_unref);
  work->provisional = provisional != NULL ? oma_provisional_ref (provisional) : NULL;
}

/* Internal: whether its commit is to be confirmed. */
gboolean
oma_work_ends_provisional (const OmaWork *work)
{
  return work->provisional != NULL && (work->cuts_off || !oma_provisional_is_empty (work->provisional)) &&
         oma_work_has_journal (work);
}

/* ---- A commit ---- */

static void
add_participants (Unit *unit, GPtrArray *participants)
{
  for (guint i = 0; i < participants->len; i++)
    {
      OmaParticipant *participant = g_ptr_array_index (participants, i);

      if (participant->transactional && !participant->given_up)
        g_ptr_array_add (unit->participants, oma_participant_ref (participant));
    }
}

static Unit *
ensure_unit (OmaProvisional *owner, const OmaWork *work)
{
  Unit *unit = owner->unit;

  if (unit == NULL)
    {
      unit = owner->unit = g_new0 (Unit, 1);
      unit->owner = owner;
      unit->participants = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_participant_unref);
      g_ptr_array_add (owner->executor->provisional, unit);
    }
  add_participants (unit, work->settled);
  add_participants (unit, work->participants);
  return unit;
}

/* @record: (transfer full) (nullable): its latest part. */
static void
append (OmaUnitRecord **whole, OmaUnitRecord *record)
{
  if (*whole == NULL || record == NULL)
    {
      *whole = *whole != NULL ? *whole : record;
      return;
    }
  g_ptr_array_extend ((*whole)->images, record->images, (GCopyFunc) (GCallback) oma_image_copy, NULL);
  oma_unit_record_free (record);
}

/* Internal: @work was committed, and waits from now on for its server. */
void
oma_provisional_take (OmaWork *work)
{
  Unit *unit = ensure_unit (work->provisional, work);
  OmaUnitRecord *kept = oma_work_dup_kept (work);

  unit->id = work->journal->provisional;
  append (&unit->record, oma_work_make_provisional_record (work));
  if (kept != NULL)
    kept->id = unit->id;
  append (&unit->kept, kept);
  oma_journal_forget_kept (work->journal);
  g_message ("Unit of work %" G_GINT64_FORMAT " is provisional until its server is reached again", unit->id);
  if (work->provisional->closed)
    oma_provisional_undo (work->provisional);
}

/* ---- Confirming ---- */

static gboolean
confirm_participant (OmaJob *job, OmaParticipant *participant, GError **error)
{
  const OmaNodeOps *ops = oma_mount_get_ops (participant->mount);
  OmaCall *call;

  if (ops->confirm == NULL || participant->confirmed)
    return TRUE;
  call = oma_call_new (OMA_CALL_CONFIRM, participant->mount);
  call->participant = oma_participant_ref (participant);
  participant->confirmed = oma_job_call (job, call, error);
  return participant->confirmed;
}

static GArray *
make_end_ops (const Unit *unit)
{
  GArray *ops = oma_tree_store_ops_new (2);
  const OmaStoreOp end = { .kind = OMA_STORE_END_UNIT, .unit_id = unit->id };
  OmaStoreOp put = { .kind = OMA_STORE_PUT_UNIT };

  g_array_append_val (ops, end);
  if (unit->kept == NULL)
    return ops;
  put.unit = oma_unit_record_copy (unit->kept);
  g_array_append_val (ops, put);
  return ops;
}

/* What is confirmed must not be undone, whatever the disk says: the journal is told again and again. */
static void
end_later (OmaProvisional *provisional, const GError *error)
{
  const Unit *unit = provisional->unit;

  g_warning ("Unit of work %" G_GINT64_FORMAT " is confirmed, but the journal does not know; it is undone if the "
             "daemon ends before it does: %s", unit->id, error->message);
  /* One of which something stays ends when that is undone. */
  if (unit->kept == NULL)
    g_array_append_val (provisional->executor->unended, unit->id);
}

static gboolean
end_unit (OmaJob *job, OmaProvisional *provisional)
{
  OmaCall *call = oma_call_new (OMA_CALL_JOURNAL, NULL);

  call->store = oma_tree_get_store (provisional->executor->tree);
  if (!oma_job_knows (job, call))
    call->ops = make_end_ops (provisional->unit);
  call = oma_job_ask (job, call);
  if (call != NULL && call->error != NULL)
    end_later (provisional, call->error);
  return call != NULL;
}

/* Plugins first: a unit that is not in the journal any more could not be undone if they refuse.  An
 * #OmaJobRun. */
static gboolean
confirm_run (OmaJob *job, GError **error)
{
  OmaProvisional *provisional = g_task_get_task_data (job->task);
  const Unit *unit = provisional->unit;

  for (guint i = 0; i < unit->participants->len; i++)
    if (!confirm_participant (job, g_ptr_array_index (unit->participants, i), error))
      return FALSE;
  /* The store has no time limit. */
  oma_clear_source (&job->timer);
  return unit->record == NULL || end_unit (job, provisional);
}

static void start_ending (OmaExecutor *executor, guint seconds);

/* It is through. */
static void
drop_unit (OmaProvisional *provisional)
{
  OmaExecutor *executor = provisional->executor;
  Unit *unit = g_steal_pointer (&provisional->unit);
  OmaUnitRecord *kept = g_steal_pointer (&unit->kept);

  if (unit->record != NULL)
    g_message ("Unit of work %" G_GINT64_FORMAT " is confirmed: its server was reached", unit->id);
  g_ptr_array_remove (executor->provisional, unit);
  if (kept != NULL && executor->unit_func != NULL)
    executor->unit_func (g_steal_pointer (&kept), executor->unit_data);
  g_clear_pointer (&kept, oma_unit_record_free);
}

static void
confirmed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaProvisional *provisional = g_task_get_task_data (task);
  OmaExecutor *executor = provisional->executor;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_warning ("What waited for its server could not be confirmed: %s", error->message);
      oma_provisional_undo (provisional);
      g_task_return_error (task, error);
      return;
    }
  drop_unit (provisional);
  if (executor->unended->len > 0 && executor->end_timer == NULL)
    start_ending (executor, FIRST_WAIT);
  g_task_return_boolean (task, TRUE);
}

/**
 * oma_provisional_confirm_async:
 * @provisional: units of work of a session, at least one, that are not being confirmed
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * The server was reached: plugins hear it, and the journal, in one write.  If a plugin cannot confirm,
 * all of them are undone.
 */
void
oma_provisional_confirm_async (OmaProvisional *provisional, GAsyncReadyCallback callback, gpointer user_data)
{
  static const OmaPrincipal device = { OMA_PRINCIPAL_DEVICE, NULL };
  GTask *task = g_task_new (NULL, NULL, callback, user_data), *inner;
  OmaWork *work = oma_work_new (provisional->executor, &device);

  g_task_set_source_tag (task, oma_provisional_confirm_async);
  g_task_set_task_data (task, oma_provisional_ref (provisional), (GDestroyNotify) oma_provisional_unref);
  inner = g_task_new (NULL, NULL, confirmed_cb, task);
  g_task_set_task_data (inner, provisional, NULL);
  work->job = oma_job_new (work, NULL, confirm_run, inner);
  work->closed = TRUE;
  oma_job_start (work->job);
  oma_work_unref (work);
}

/**
 * oma_provisional_confirm_finish:
 * @result: what the callback got
 * @error: return location for the error of a plugin
 *
 * Returns: %TRUE when the units hold, %FALSE when they are being undone
 */
gboolean
oma_provisional_confirm_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
wants_confirmation (const OmaParticipant *participant)
{
  return participant->transactional && oma_mount_get_ops (participant->mount)->confirm != NULL;
}

/* Internal: @work was committed in nobody's session: there is no server to wait for. */
void
oma_provisional_confirm_at_once (OmaWork *work)
{
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (work->executor);
  const Unit *unit = ensure_unit (provisional, work);
  gboolean wanted = FALSE;

  for (guint i = 0; i < unit->participants->len && !wanted; i++)
    wanted = wants_confirmation (g_ptr_array_index (unit->participants, i));
  if (wanted)
    oma_provisional_confirm_async (provisional, NULL, NULL);
}

/* ---- Undoing ---- */

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_auto(OmaUndoReport) report = { 0 };
  g_autoptr(GError) error = NULL;

  if (!oma_executor_undo_unit_finish (result, &report, &error))
    g_warning ("A provisional unit of work could not be undone: %s", error->message);
}

/**
 * oma_provisional_undo:
 * @provisional: units of work of a session
 *
 * The server was not reached: they are undone in the background, the newest first, by who keeps
 * account of units of work (oma_executor_set_unit_func()), who also tells the server.
 */
void
oma_provisional_undo (OmaProvisional *provisional)
{
  OmaExecutor *executor = provisional->executor;
  Unit *unit = g_steal_pointer (&provisional->unit);

  if (unit == NULL || !*provisional->executor_alive)
    return;
  unit->owner = NULL;
  /* What the journal does not know stays as it is. */
  if (unit->record == NULL)
    {
      g_ptr_array_remove (executor->provisional, unit);
      return;
    }
  g_message ("Unit of work %" G_GINT64_FORMAT " is to be undone, since its server was not reached", unit->id);
  if (executor->unit_func != NULL)
    executor->unit_func (g_steal_pointer (&unit->record), executor->unit_data);
  else
    oma_executor_undo_unit_async (executor, g_steal_pointer (&unit->record), undone_cb, NULL);
}

/**
 * oma_provisional_close:
 * @provisional: units of work of a session that is over
 *
 * Undoes them, and whatever a unit of work that is still under way commits.
 */
void
oma_provisional_close (OmaProvisional *provisional)
{
  provisional->closed = TRUE;
  oma_provisional_undo (provisional);
}

/* ---- What the journal does not know yet ---- */

typedef struct {
  OmaExecutor *executor;
  gboolean    *executor_alive;
  GArray      *ids;           /* (element-type gint64) */
  guint        wait;          /* seconds, until the next attempt */
} Ending;

static void
ending_free (Ending *ending)
{
  g_rc_box_release (ending->executor_alive);
  g_array_unref (ending->ids);
  g_free (ending);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ending *ending = user_data;
  gboolean ended = oma_tree_store_write_finish (OMA_TREE_STORE (source), result, NULL);

  if (*ending->executor_alive && !ended)
    {
      g_array_append_vals (ending->executor->unended, ending->ids->data, ending->ids->len);
      start_ending (ending->executor, ending->wait);
    }
  for (guint i = 0; ended && i < ending->ids->len; i++)
    g_message ("The journal knows that unit of work %" G_GINT64_FORMAT " is confirmed",
               g_array_index (ending->ids, gint64, i));
  ending_free (ending);
}

static void
write_ends (OmaExecutor *executor, guint wait)
{
  Ending *ending = g_new (Ending, 1);
  GArray *ops = oma_tree_store_ops_new (executor->unended->len);

  oma_clear_source (&executor->end_timer);
  *ending = (Ending) { executor, g_rc_box_acquire (executor->alive), executor->unended, wait };
  executor->unended = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < ending->ids->len; i++)
    {
      const OmaStoreOp op = { .kind = OMA_STORE_END_UNIT, .unit_id = g_array_index (ending->ids, gint64, i) };

      g_array_append_val (ops, op);
    }
  oma_tree_store_write_async (oma_tree_get_store (executor->tree), ops, NULL, ended_cb, ending);
}

static gboolean
end_cb (gpointer user_data)
{
  OmaExecutor *executor = user_data;

  write_ends (executor, MIN (2 * executor->end_wait, LONGEST_WAIT));
  return G_SOURCE_REMOVE;
}

static void
start_ending (OmaExecutor *executor, guint seconds)
{
  oma_clear_source (&executor->end_timer);
  executor->end_wait = seconds;
  executor->end_timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (executor->end_timer, end_cb, executor, NULL);
  g_source_attach (executor->end_timer, g_main_context_get_thread_default ());
}

/* Internal: the store has just written something: there is room again. */
void
oma_provisional_retry_ends (OmaExecutor *executor)
{
  if (executor->unended->len > 0)
    write_ends (executor, FIRST_WAIT);
}

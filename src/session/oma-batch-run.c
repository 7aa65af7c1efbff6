/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch.h"

/* A run goes through the outcomes in order.  Commands outside of Atomic share a unit of work,
 * each Atomic has its own; units follow each other, since writers take turns. */
typedef struct {
  OmaBatch     *batch;
  OmaExecutor  *executor;
  OmaPrincipal  principal;
  char         *server_id;
  gboolean      upsert;
  OmaWork      *work;
  guint         start;        /* where the unit of work began */
  guint         next;
  gboolean      atomic;       /* the unit of work is that of the Atomic at start */
  guint         count;        /* commands that are not answered, as it is committed */
  OmaOperation  operation;
} Run;

static void run_on (GTask *task);

static void
run_free (Run *run)
{
  oma_operation_clear (&run->operation);
  g_clear_pointer (&run->work, oma_work_free);
  g_free (run->server_id);
  g_free (run);
}

static OmaOutcome *
outcome_at (const Run *run, guint index)
{
  return &g_array_index (run->batch->outcomes, OmaOutcome, index);
}

static OmaOperationType
operation_type (OmaCommandType type)
{
  switch (type)
    {
    case OMA_COMMAND_ADD:
      return OMA_OPERATION_ADD;
    case OMA_COMMAND_COPY:
      return OMA_OPERATION_COPY;
    case OMA_COMMAND_DELETE:
      return OMA_OPERATION_DELETE;
    case OMA_COMMAND_EXEC:
      return OMA_OPERATION_EXEC;
    case OMA_COMMAND_REPLACE:
      return OMA_OPERATION_REPLACE;
    default:
      return OMA_OPERATION_GET;
    }
}

/* Meta of the item overrides that of the command, element by element.  Octets travel as base64
 * text wherever the encoding has only text. */
static void
prepare (Run *run, const OmaOutcome *outcome)
{
  const OmaCommand *command = outcome->command;
  const OmaItem *item = outcome->item;
  const char *format = item->meta.format != NULL ? item->meta.format : command->meta.format;
  OmaOperation *operation = &run->operation;

  operation->type = operation_type (command->type);
  operation->uri = item->target;
  operation->source_uri = item->source;
  operation->format = oma_format_from_string (format);
  operation->mime_type = item->meta.type != NULL ? item->meta.type : command->meta.type;
  operation->data = item->data;
  operation->length = item->data_length;
  operation->data_is_base64 = operation->format == OMA_FORMAT_B64 ||
                              (operation->format == OMA_FORMAT_BIN && item->kind != OMA_DATA_OCTETS);
  operation->correlator = command->correlator;
  operation->status = OMA_STATUS_NONE;
}

static void
log_failure (const OmaOperation *operation)
{
  if (g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, G_LOG_DOMAIN))
    return;
  g_debug ("%s: status %d: %s", operation->uri, operation->status,
           operation->error != NULL ? operation->error->message : oma_status_get_phrase (operation->status));
}

static void
take_outcome (Run *run, OmaOutcome *outcome)
{
  OmaOperation *operation = &run->operation;

  outcome->status = operation->status;
  if (outcome->partner != 0 && oma_status_is_success (operation->status))
    {
      OmaOutcome *results = outcome_at (run, outcome->partner);
      results->value = g_steal_pointer (&operation->result);
      results->nodes = g_steal_pointer (&operation->nodes);
    }
  outcome->changed = oma_status_is_success (operation->status) && operation->type != OMA_OPERATION_GET &&
                     operation->type != OMA_OPERATION_EXEC;
  if (!oma_status_is_success (operation->status))
    log_failure (operation);
  if (operation->error != NULL || operation->result != NULL || operation->names != NULL || operation->nodes != NULL)
    oma_operation_clear (operation);
}

static void
begin_work (Run *run, gboolean atomic)
{
  run->work = oma_work_new (run->executor, &run->principal);
  oma_work_set_atomic (run->work, atomic);
  oma_work_set_upsert (run->work, run->upsert);
  oma_work_set_tell_inherited_acl (run->work, run->batch->tell_inherited_acl);
  oma_work_set_finds_by_moid (run->work, run->batch->finds_by_moid);
  run->atomic = atomic;
  run->start = run->next;
}

/* Tells the children of a failed Atomic at run->start what became of them. */
static void
spoil_atomic (Run *run, OmaStatus undone)
{
  guint end = outcome_at (run, run->start)->end;

  outcome_at (run, run->start)->status = OMA_STATUS_ATOMIC_FAILED;
  for (guint i = run->start + 1; i < end; i++)
    {
      OmaOutcome *child = outcome_at (run, i);
      child->changed = FALSE;
      if (child->status == OMA_STATUS_NONE)
        child->status = OMA_STATUS_NOT_EXECUTED;
      else if (oma_status_is_success (child->status))
        child->status = undone;
    }
  run->next = end;
}

/* What a Get read behind the first change may be a value that never came to be. */
static void
spoil_reading (Run *run, OmaOutcome *outcome)
{
  OmaOutcome *results = outcome_at (run, outcome->partner);

  outcome->status = OMA_STATUS_COMMAND_FAILED;
  g_clear_pointer (&results->value, oma_value_unref);
  g_clear_pointer (&results->nodes, oma_node_list_free);
}

static void
spoil_changes (Run *run, OmaStatus status)
{
  gboolean changed = FALSE;

  for (guint i = run->start; i < run->next; i++)
    {
      OmaOutcome *outcome = outcome_at (run, i);

      if (outcome->changed)
        outcome->status = status;
      else if (changed && outcome->kind == OMA_OUTCOME_STATUS && outcome->partner != 0 &&
               oma_status_is_success (outcome->status))
        spoil_reading (run, outcome);
      changed |= outcome->changed;
      outcome->changed = FALSE;
    }
}

static void
commit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean atomic = run->atomic;

  if (!oma_work_commit_finish (run->work, result, &error))
    {
      OmaStatus status = oma_status_from_error (error);
      g_warning ("Could not commit what a server changed: %s", error->message);
      if (atomic)
        spoil_atomic (run, status == OMA_STATUS_ATOMIC_ROLL_BACK_FAILED ? status : OMA_STATUS_ATOMIC_ROLL_BACK_OK);
      else
        spoil_changes (run, status == OMA_STATUS_DEVICE_FULL ? status : OMA_STATUS_COMMAND_FAILED);
    }
  else
    {
      if (atomic)
        outcome_at (run, run->start)->status = OMA_STATUS_OK;
      if (run->batch->history_id != 0)
        run->batch->noted = run->count;
    }
  g_clear_pointer (&run->work, oma_work_free);
  run_on (task);
}

static void
roll_back_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean undone = oma_work_roll_back_finish (run->work, result, &error);

  if (!undone)
    g_warning ("Could not undo an Atomic: %s", error->message);
  spoil_atomic (run, undone ? OMA_STATUS_ATOMIC_ROLL_BACK_OK : OMA_STATUS_ATOMIC_ROLL_BACK_FAILED);
  g_clear_pointer (&run->work, oma_work_free);
  run_on (task);
}

/* Ends the unit of work.  Returns: whether a callback goes on with the run. */
static gboolean
end_work (GTask *task, Run *run)
{
  if (run->work == NULL)
    return FALSE;
  if (oma_work_is_dirty (run->work))
    {
      run->count = run->batch->unanswered_before + oma_batch_count_executed (run->batch, 0, run->next);
      if (run->batch->history_id != 0)
        oma_work_set_note (run->work, run->batch->history_id, run->count);
      oma_work_commit_async (run->work, NULL, commit_cb, task);
      return TRUE;
    }
  if (run->atomic)
    outcome_at (run, run->start)->status = OMA_STATUS_OK;
  g_clear_pointer (&run->work, oma_work_free);
  return FALSE;
}

/* Returns: whether a callback goes on with the run. */
static gboolean
finish_operation (GTask *task, Run *run)
{
  OmaOutcome *outcome = outcome_at (run, run->next);

  take_outcome (run, outcome);
  if (run->atomic && !oma_status_is_success (outcome->status))
    {
      oma_work_roll_back_async (run->work, roll_back_cb, task);
      return TRUE;
    }
  run->next++;
  return FALSE;
}

static void
abandon_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);

  if (!oma_work_roll_back_finish (run->work, result, NULL))
    g_warning ("Could not undo what a stopped session began");
  g_task_return_error_if_cancelled (task);
}

static void
operation_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!oma_work_run_finish (run->work, result, &error) && run->operation.status == OMA_STATUS_NONE)
    run->operation.status = oma_status_from_error (error);
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      oma_work_roll_back_async (run->work, abandon_cb, task);
      return;
    }
  if (!finish_operation (task, run))
    run_on (task);
}

/* Takes over the reference to @task, as every callback does. */
static void
run_on (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  while (run->next < run->batch->outcomes->len)
    {
      OmaOutcome *outcome = outcome_at (run, run->next);
      gboolean at_end = run->atomic && run->work != NULL && run->next == outcome_at (run, run->start)->end;

      gboolean at_start = outcome->end != 0 && outcome->status == OMA_STATUS_NONE;

      if ((at_start || at_end) && end_work (task, run))
        return;
      if (at_start)
        {
          begin_work (run, TRUE);
          run->next++;
          continue;
        }
      if (outcome->status != OMA_STATUS_NONE || outcome->kind == OMA_OUTCOME_RESULTS)
        {
          run->next++;
          continue;
        }
      if (run->work == NULL)
        begin_work (run, FALSE);
      prepare (run, outcome);
      if (!oma_work_try_run (run->work, &run->operation))
        {
          oma_work_run_async (run->work, &run->operation, g_task_get_cancellable (task), operation_cb, task);
          return;
        }
      if (finish_operation (task, run))
        return;
    }
  if (end_work (task, run))
    return;
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * oma_batch_run_async:
 * @batch: commands; they must live until @callback
 * @executor: the door to the tree
 * @server_id: in whose name they run
 * @upsert: Replace also creates
 * @cancellable: (nullable): stops the run; what was not committed is undone
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Runs the commands in their order and commits what they changed (DM Protocol 1.2, section 6;
 * DM Representation Protocol 1.2, Atomic and Sequence).  When the commit fails, every command
 * that changed something has failed, and so has every Get behind the first of them.
 */
void
oma_batch_run_async (OmaBatch *batch, OmaExecutor *executor, const char *server_id, gboolean upsert,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Run *run = g_new0 (Run, 1);

  g_task_set_source_tag (task, oma_batch_run_async);
  run->batch = batch;
  run->executor = executor;
  run->server_id = g_strdup (server_id);
  run->principal = (OmaPrincipal) { .kind = OMA_PRINCIPAL_SERVER, .server_id = run->server_id };
  run->upsert = upsert;
  g_task_set_task_data (task, run, (GDestroyNotify) run_free);
  g_task_set_check_cancellable (task, FALSE);
  run_on (task);
}

/**
 * oma_batch_run_finish:
 * @batch: the batch
 * @result: what the callback got
 * @error: return location for %G_IO_ERROR_CANCELLED
 *
 * Returns: %TRUE when every outcome has its status, %FALSE when the run was stopped
 */
gboolean
oma_batch_run_finish (OmaBatch *batch G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

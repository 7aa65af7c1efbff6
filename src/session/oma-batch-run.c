/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch.h"

#include "session/oma-batch-alert.h"
#include "session/oma-dialect.h"

/* Status of a Get for which there is no room until the server takes what it has read before.  Our
 * reading: 413, the answer is larger than can be handled. */
#define TOO_MUCH_READ OMA_STATUS_ENTITY_TOO_LARGE

/* Commands go through up to two passes: first all of an Atomic, or of a group outside of one, are
 * rehearsed, and plugins that could not take back what they do are not called; then, once it is
 * in the journal what there was before, all is done.  Where the rehearsal called everybody it is
 * the real thing already.  When an Atomic asks the user something, that comes between a
 * rehearsal of its own and these, with nothing touched and nobody else's turn to write taken. */
typedef enum {
  PASS_REHEARSE,
  PASS_ASK,
  PASS_APPLY,
} Pass;

/* A run goes through the outcomes in order.  Commands outside of Atomic share a unit of work up
 * to the next Atomic or question, each Atomic has its own; units follow each other, since writers
 * take turns. */
typedef struct {
  OmaBatch        *batch;
  OmaExecutor     *executor;
  OmaPrincipal     principal;
  char            *server_id;
  OmaSessionQuirks quirks;
  OmaInteraction  *interaction;
  gsize            answer_limit;
  gsize            held;      /* by answers to earlier messages */
  OmaProvisional  *provisional;   /* (nullable) */
  OmaWork         *work;
  guint            start;     /* where the unit of work began */
  guint            next;
  guint            end;       /* of a group that is done for real after its rehearsal; else 0 */
  gsize            held_before;   /* by what the batch had read when the unit of work began */
  gboolean         atomic;    /* the Atomic at start is under way */
  Pass             pass;      /* of the unit of work */
  gboolean         has_values;   /* some commands have large objects */
  guint            count;     /* commands that are not answered, as it is committed */
  OmaOperation     operation;
  char            *uri;       /* (nullable): of the operation, in place of what the server wrote */
  char            *source_uri;
} Run;

static void run_on (GTask *task);

static void
run_free (Run *run)
{
  oma_operation_clear (&run->operation);
  g_clear_pointer (&run->work, oma_work_free);
  g_clear_pointer (&run->provisional, oma_provisional_unref);
  g_clear_object (&run->interaction);
  g_free (run->uri);
  g_free (run->source_uri);
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

/* Returns: %FALSE when the dialect has no such node: the operation has its status. */
static gboolean
choose_uris (Run *run, const OmaItem *item)
{
  OmaOperation *operation = &run->operation;

  operation->uri = item->target;
  operation->source_uri = item->source;
  operation->status = OMA_STATUS_NONE;
  if (G_LIKELY ((run->quirks & OMA_QUIRK_MS_PREFIXES) == 0))
    return TRUE;
  g_clear_pointer (&run->uri, g_free);
  g_clear_pointer (&run->source_uri, g_free);
  if (!oma_dialect_map_uri (item->target, &run->uri) || !oma_dialect_map_uri (item->source, &run->source_uri))
    {
      operation->status = OMA_STATUS_NOT_ALLOWED;
      return FALSE;
    }
  operation->uri = run->uri;
  operation->source_uri = run->source_uri;
  return TRUE;
}

/* Octets travel as base64 text wherever the encoding has only text. */
static gboolean
prepare (Run *run, const OmaOutcome *outcome)
{
  const OmaCommand *command = outcome->command;
  const OmaItem *item = outcome->item;
  OmaOperation *operation = &run->operation;

  operation->type = operation_type (command->type);
  operation->format = outcome->format;
  operation->mime_type = item->meta.type != NULL ? item->meta.type : command->meta.type;
  operation->value = outcome->value;
  run->has_values |= outcome->value != NULL;
  operation->data = outcome->value == NULL ? item->data : NULL;      /* that of a large object is its last part */
  operation->length = outcome->value == NULL ? item->data_length : 0;
  operation->data_is_base64 = operation->format == OMA_FORMAT_B64 ||
                              (operation->format == OMA_FORMAT_BIN && item->kind != OMA_DATA_OCTETS);
  operation->correlator = command->correlator;
  operation->id = run->next;
  return choose_uris (run, item);
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
      run->batch->held += oma_outcome_measure (results);
    }
  g_clear_pointer (&outcome->failed_uri, g_free);
  outcome->failed_uri = g_steal_pointer (&operation->failed_uri);
  outcome->rehearsed = run->pass == PASS_REHEARSE;
  outcome->changed = oma_status_is_success (operation->status) && operation->type != OMA_OPERATION_GET &&
                     operation->type != OMA_OPERATION_EXEC;
  if (!oma_status_is_success (operation->status))
    log_failure (operation);
  if (operation->error != NULL || operation->result != NULL || operation->names != NULL || operation->nodes != NULL)
    oma_operation_clear (operation);
}

static void
begin_work (Run *run)
{
  run->work = oma_work_new (run->executor, &run->principal);
  oma_work_set_atomic (run->work, run->atomic);
  oma_work_set_rehearsal (run->work, run->pass == PASS_REHEARSE);
  oma_work_set_upsert (run->work, (run->quirks & OMA_QUIRK_UPSERT) != 0);
  oma_work_set_tell_inherited_acl (run->work, run->batch->tell_inherited_acl);
  oma_work_set_finds_by_moid (run->work, run->batch->finds_by_moid);
  if (run->batch->history_id != 0)
    oma_work_set_note (run->work, run->batch->history_id, run->batch->unanswered_before);
  oma_work_set_provisional (run->work, run->provisional);
  run->held_before = run->batch->held;
}

static void
end_atomic (Run *run, OmaStatus status)
{
  outcome_at (run, run->start)->status = status;
  run->next = outcome_at (run, run->start)->end;
  run->atomic = FALSE;
}

/* Tells the children of a failed Atomic at run->start what became of them.  @work, if something was
 * done at all, says which of them could not be undone. */
static void
spoil_atomic (Run *run, const OmaWork *work)
{
  guint end = outcome_at (run, run->start)->end;

  for (guint i = run->start + 1; i < end; i++)
    {
      OmaOutcome *child = outcome_at (run, i);
      child->changed = FALSE;
      g_clear_pointer (&child->answers, g_strfreev);
      if (child->status == OMA_STATUS_NONE)
        child->status = OMA_STATUS_NOT_EXECUTED;
      else if (child->status == OMA_STATUS_OK)
        child->status = work == NULL || oma_work_was_undone (work, i) ? OMA_STATUS_ATOMIC_ROLL_BACK_OK
                                                                      : OMA_STATUS_ATOMIC_ROLL_BACK_FAILED;
    }
  end_atomic (run, OMA_STATUS_ATOMIC_FAILED);
}

/* The user does not want the Atomic at run->start: the alert at run->next says so.  What stands
 * before was rehearsed and taken back, what stands behind is as if it had not begun. */
static void
refuse_atomic (Run *run, OmaStatus status)
{
  guint alert = run->next, end = outcome_at (run, run->start)->end;
  gboolean nothing_before = TRUE;

  for (guint i = run->start + 1; i < end; i++)
    {
      OmaOutcome *child = outcome_at (run, i);

      nothing_before &= i >= alert || oma_alert_asks (child->command);
      if (i != alert && child->rehearsed)
        child->status = i < alert ? OMA_STATUS_OK : OMA_STATUS_NOT_EXECUTED;
    }
  outcome_at (run, alert)->status = status;
  spoil_atomic (run, NULL);
  if (nothing_before && oma_alert_stops_sequence (status))
    outcome_at (run, run->start)->status = OMA_STATUS_NOT_EXECUTED;
}

/* Commands from run->next up to @end are not executed.  A part of a large object was taken when the
 * message came, and the next one will be. */
static void
skip_to (Run *run, guint end)
{
  for (; run->next < end; run->next++)
    {
      OmaOutcome *outcome = outcome_at (run, run->next);
      gboolean is_alert = outcome->command->type == OMA_COMMAND_ALERT && !oma_alert_asks (outcome->command);
      gboolean is_part = outcome->status == OMA_STATUS_CHUNK_ACCEPTED;

      if (outcome->kind == OMA_OUTCOME_STATUS && !is_alert && !is_part)
        outcome->status = OMA_STATUS_NOT_EXECUTED;
    }
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

/* Nothing of the unit of work counts; the server hears of what could not be undone outside of an Atomic, too. */
static void
spoil_changes (Run *run, OmaStatus status)
{
  gboolean changed = FALSE;

  for (guint i = run->start; i < run->next; i++)
    {
      OmaOutcome *outcome = outcome_at (run, i);

      if (outcome->changed)
        outcome->status = oma_work_was_undone (run->work, i) ? status : OMA_STATUS_ATOMIC_ROLL_BACK_FAILED;
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
        spoil_atomic (run, run->work);
      else
        spoil_changes (run, status == OMA_STATUS_DEVICE_FULL ? status : OMA_STATUS_COMMAND_FAILED);
    }
  else
    {
      if (atomic)
        end_atomic (run, OMA_STATUS_OK);
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
  spoil_atomic (run, run->work);
  g_clear_pointer (&run->work, oma_work_free);
  run_on (task);
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

/* ---- Passes ---- */

static guint
end_of_unit (const Run *run)
{
  return run->atomic ? outcome_at (run, run->start)->end : run->end;
}

static void
forget_rehearsal (OmaBatch *batch, OmaOutcome *outcome)
{
  outcome->status = OMA_STATUS_NONE;
  outcome->changed = FALSE;
  if (outcome->partner == 0)
    return;
  g_clear_pointer (&g_array_index (batch->outcomes, OmaOutcome, outcome->partner).value, oma_value_unref);
  g_clear_pointer (&g_array_index (batch->outcomes, OmaOutcome, outcome->partner).nodes, oma_node_list_free);
}

static void
begin_pass (Run *run, Pass pass)
{
  guint first = run->start + (run->atomic ? 1 : 0);

  for (guint i = first; i < end_of_unit (run) && run->pass == PASS_REHEARSE; i++)
    if (outcome_at (run, i)->rehearsed)
      forget_rehearsal (run->batch, outcome_at (run, i));
  run->batch->held = run->held_before;
  run->pass = pass;
  run->next = first;
}

static void
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean ready = oma_work_apply_finish (run->work, result, &error);

  if (ready && g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    {
      oma_work_roll_back_async (run->work, abandon_cb, task);
      return;
    }
  if (ready)
    begin_pass (run, PASS_APPLY);
  else
    {
      g_warning ("Could not undo a rehearsal: %s", error->message);
      if (run->atomic)
        spoil_atomic (run, run->work);
      else
        spoil_changes (run, OMA_STATUS_COMMAND_FAILED);
      g_clear_pointer (&run->work, oma_work_free);
      run->end = 0;
    }
  run_on (task);
}

/* The file of a large object is not kept until the server has the answer. */
static void
release_values (Run *run)
{
  for (guint i = run->start; i < run->next && run->has_values; i++)
    if (outcome_at (run, i)->kind == OMA_OUTCOME_STATUS && outcome_at (run, i)->partner == 0)
      g_clear_pointer (&outcome_at (run, i)->value, oma_value_unref);
}

/* Ends the unit of work.  Returns: whether a callback goes on with the run. */
static gboolean
end_work (GTask *task, Run *run)
{
  if (run->work != NULL && oma_work_held_back (run->work))
    {
      run->end = run->next;
      oma_work_apply_async (run->work, applied_cb, task);
      return TRUE;
    }
  run->end = 0;
  if (run->work != NULL)
    release_values (run);
  if (run->work != NULL && oma_work_is_dirty (run->work))
    {
      run->count = run->batch->unanswered_before + oma_batch_count_executed (run->batch, 0, run->next);
      if (run->batch->history_id != 0)
        oma_work_set_note (run->work, run->batch->history_id, run->count);
      oma_work_commit_async (run->work, NULL, commit_cb, task);
      return TRUE;
    }
  if (run->atomic)
    end_atomic (run, OMA_STATUS_OK);
  g_clear_pointer (&run->work, oma_work_free);
  return FALSE;
}

/* ---- An Atomic ---- */

static gboolean
has_question (const Run *run)
{
  guint end = outcome_at (run, run->start)->end;

  for (guint i = run->start + 1; i < end; i++)
    if (outcome_at (run, i)->status == OMA_STATUS_NONE && outcome_at (run, i)->command->type == OMA_COMMAND_ALERT)
      return TRUE;
  return FALSE;
}

static void
rehearsed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean undone = oma_work_roll_back_finish (run->work, result, &error);

  if (undone)
    begin_pass (run, PASS_ASK);
  else
    {
      g_warning ("Could not undo the rehearsal of an Atomic: %s", error->message);
      spoil_atomic (run, run->work);
    }
  g_clear_pointer (&run->work, oma_work_free);
  run_on (task);
}

/* All commands of the Atomic are through this pass.  Returns: whether a callback goes on. */
static gboolean
end_pass (GTask *task, Run *run)
{
  if (run->pass == PASS_ASK)
    {
      begin_pass (run, PASS_REHEARSE);
      return FALSE;
    }
  if (run->pass == PASS_APPLY || !has_question (run))
    return end_work (task, run);
  if (run->work != NULL && oma_work_is_dirty (run->work))
    {
      oma_work_roll_back_async (run->work, rehearsed_cb, task);
      return TRUE;
    }
  g_clear_pointer (&run->work, oma_work_free);
  begin_pass (run, PASS_ASK);
  return FALSE;
}

static void
begin_atomic (Run *run)
{
  run->start = run->next++;
  if (!oma_batch_can_be_answered (run->batch, run->start, run->answer_limit))
    {
      skip_to (run, outcome_at (run, run->start)->end);
      outcome_at (run, run->start)->status = OMA_STATUS_ATOMIC_RESPONSE_TOO_LARGE;
      return;
    }
  run->atomic = TRUE;
  run->pass = PASS_REHEARSE;
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

/* ---- Questions ---- */

/* The Status of the alert at run->next, and what it means for the commands behind it (DM
 * Protocol 1.2, section 10). */
static void
take_answer (Run *run, OmaStatus status, char **answers)
{
  OmaOutcome *outcome = outcome_at (run, run->next);

  outcome->status = status;
  outcome->answers = answers;
  if (run->atomic && status != OMA_STATUS_OK)
    refuse_atomic (run, status);
  else
    run->next++;
  if (status == OMA_STATUS_OPERATION_CANCELLED)
    skip_to (run, run->batch->outcomes->len);
  else if (outcome->sequence != 0 && oma_alert_stops_sequence (status))
    skip_to (run, outcome_at (run, outcome->sequence - 1)->end);
}

static void
asked_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  char **answers = NULL;
  OmaStatus status = oma_alert_ask_finish (result, &answers);

  if (g_task_return_error_if_cancelled (task))
    {
      g_strfreev (answers);
      g_object_unref (task);
      return;
    }
  take_answer (g_task_get_task_data (task), status, answers);
  run_on (task);
}

/* Nothing is left undecided while somebody thinks about a question.  Returns: whether a callback
 * goes on with the run. */
static gboolean
ask (GTask *task, Run *run)
{
  OmaOutcome *outcome = outcome_at (run, run->next);
  OmaStatus status;

  if (run->atomic && run->pass != PASS_ASK)
    {
      run->next++;
      return FALSE;
    }
  if (!run->atomic && end_work (task, run))
    return TRUE;
  status = run->interaction != NULL ? oma_alert_check_question (outcome->command) : OMA_STATUS_NOT_SUPPORTED;
  if (status != OMA_STATUS_NONE)
    {
      take_answer (run, status, NULL);
      return FALSE;
    }
  oma_alert_ask_async (run->interaction, run->server_id, outcome->command, g_task_get_cancellable (task), asked_cb,
                       task);
  return TRUE;
}

/* ---- One after the other ---- */

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

/* Returns: whether a callback goes on with the run. */
static gboolean
run_command (GTask *task, Run *run)
{
  OmaOutcome *outcome = outcome_at (run, run->next);

  if (run->atomic && run->pass == PASS_ASK)
    {
      run->next++;
      return FALSE;
    }
  if (outcome->partner != 0 && run->held + run->batch->held > OMA_BATCH_MAX_HELD)
    {
      outcome->status = TOO_MUCH_READ;
      outcome->rehearsed = run->work != NULL && run->pass == PASS_REHEARSE;
      run->next++;
      return FALSE;
    }
  if (run->work == NULL)
    {
      if (!run->atomic)
        {
          run->start = run->next;
          run->pass = PASS_REHEARSE;
        }
      begin_work (run);
    }
  if (prepare (run, outcome) && !oma_work_try_run (run->work, &run->operation))
    {
      oma_work_run_async (run->work, &run->operation, g_task_get_cancellable (task), operation_cb, task);
      return TRUE;
    }
  return finish_operation (task, run);
}

/* Returns: whether a callback goes on with the run. */
static gboolean
run_next (GTask *task, Run *run)
{
  OmaOutcome *outcome = outcome_at (run, run->next);

  if (outcome->status != OMA_STATUS_NONE || outcome->kind == OMA_OUTCOME_RESULTS)
    {
      run->next++;
      return FALSE;
    }
  if (outcome->command->type == OMA_COMMAND_ALERT)
    return ask (task, run);
  if (outcome->command->type != OMA_COMMAND_ATOMIC)
    return run_command (task, run);
  if (end_work (task, run))
    return TRUE;
  begin_atomic (run);
  return FALSE;
}

/* Takes over the reference to @task, as every callback does. */
static void
run_on (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  for (;;)
    {
      gboolean pending;

      if (run->atomic && run->next == outcome_at (run, run->start)->end)
        pending = end_pass (task, run);
      else if (run->end != 0 && run->next == run->end)
        pending = end_work (task, run);
      else if (run->next < run->batch->outcomes->len)
        pending = run_next (task, run);
      else if (run->work != NULL)
        pending = end_work (task, run);
      else
        break;
      if (pending)
        return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/**
 * oma_batch_run_async:
 * @batch: commands; they must live until @callback
 * @context: what it needs; only used during the call, but what it points to must outlive the run
 * @cancellable: (nullable): stops the run; what was not committed is undone
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Runs the commands in their order and commits what they changed (DM Protocol 1.2, sections 6
 * and 10; DM Representation Protocol 1.2, Atomic and Sequence).  When the commit fails, every
 * command that changed something has failed, and so has every Get behind the first of them.
 */
void
oma_batch_run_async (OmaBatch *batch, const OmaBatchContext *context, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Run *run = g_new0 (Run, 1);

  g_task_set_source_tag (task, oma_batch_run_async);
  run->batch = batch;
  run->executor = context->executor;
  run->server_id = g_strdup (context->server_id);
  run->principal = (OmaPrincipal) { .kind = OMA_PRINCIPAL_SERVER, .server_id = run->server_id };
  run->quirks = context->quirks;
  run->interaction = context->interaction != NULL ? g_object_ref (context->interaction) : NULL;
  run->answer_limit = context->answer_limit;
  run->held = context->held;
  run->provisional = context->provisional != NULL ? oma_provisional_ref (context->provisional) : NULL;
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

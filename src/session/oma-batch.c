/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch.h"

#include "session/oma-batch-alert.h"

#include <string.h>

/* Where a command stands, while the message is flattened. */
typedef struct {
  OmaBatch  *batch;
  char     **broken_object;   /* LocURI of a large object whose further parts are not taken */
  gboolean   broken_seen;     /* this message held a part of it */
  gboolean   items_seen;
  gboolean   in_atomic;
  guint      sequence;        /* index of the innermost Sequence, plus 1; else 0 */
  OmaStatus  forced;          /* answer of everything, %OMA_STATUS_NONE to run it */
} Flatten;

static void flatten_commands (Flatten *flatten, const OmaCommand *first);

static void
outcome_clear (OmaOutcome *outcome)
{
  g_clear_pointer (&outcome->value, oma_value_unref);
  g_clear_pointer (&outcome->nodes, oma_node_list_free);
  g_clear_pointer (&outcome->answers, g_strfreev);
  g_clear_pointer (&outcome->failed_uri, g_free);
}

static OmaOutcome *
push (OmaBatch *batch, const OmaCommand *command, const OmaItem *item, OmaStatus status)
{
  OmaOutcome *outcome;

  g_array_set_size (batch->outcomes, batch->outcomes->len + 1);
  outcome = &g_array_index (batch->outcomes, OmaOutcome, batch->outcomes->len - 1);
  outcome->command = command;
  outcome->item = item;
  outcome->status = status;
  return outcome;
}

static const OmaItem *
only_item (const OmaCommand *command)
{
  return command->n_items == 1 ? &command->items[0] : NULL;
}

/* Large objects are not taken: each part is answered 406, also the last one, which looks like
 * a whole object but is not (DM Protocol 1.2, section 7). */
static gboolean
is_part_of_object (Flatten *flatten, const OmaItem *item)
{
  gboolean is_part = item->more_data;

  if (item->target == NULL)
    return is_part;
  if (*flatten->broken_object != NULL && strcmp (*flatten->broken_object, item->target) == 0)
    is_part = TRUE;
  if (!is_part)
    return FALSE;
  flatten->broken_seen = TRUE;
  g_free (*flatten->broken_object);
  *flatten->broken_object = item->more_data ? g_strdup (item->target) : NULL;
  return TRUE;
}

static OmaStatus
check_item (Flatten *flatten, const OmaCommand *command, const OmaItem *item)
{
  const char *format = item->meta.format != NULL ? item->meta.format : command->meta.format;

  flatten->items_seen = TRUE;
  if (is_part_of_object (flatten, item))
    return flatten->in_atomic ? OMA_STATUS_NOT_ALLOWED : OMA_STATUS_NOT_SUPPORTED;
  if (item->target == NULL || (command->type == OMA_COMMAND_COPY && item->source == NULL))
    return OMA_STATUS_INCOMPLETE_COMMAND;
  if (format != NULL && oma_format_from_string (format) == OMA_FORMAT_NONE)
    return OMA_STATUS_UNSUPPORTED_FORMAT;
  return OMA_STATUS_NONE;
}

/* All Statuses of a Get come before its Results (DM Representation Protocol 1.2, Results). */
static void
flatten_tree_command (Flatten *flatten, const OmaCommand *command)
{
  OmaBatch *batch = flatten->batch;
  guint first = batch->outcomes->len;

  if (flatten->in_atomic && (command->type == OMA_COMMAND_GET || command->type == OMA_COMMAND_EXEC))
    {
      push (batch, command, only_item (command),
            command->type == OMA_COMMAND_GET ? OMA_STATUS_COMMAND_FAILED : OMA_STATUS_NOT_ALLOWED);
      return;
    }
  if (command->n_items == 0)
    push (batch, command, NULL, OMA_STATUS_INCOMPLETE_COMMAND);
  for (guint i = 0; i < command->n_items; i++)
    push (batch, command, &command->items[i], check_item (flatten, command, &command->items[i]));
  for (guint i = 0; i < command->n_items && command->type == OMA_COMMAND_GET; i++)
    {
      push (batch, command, &command->items[i], OMA_STATUS_NONE);
      g_array_index (batch->outcomes, OmaOutcome, first + i).partner = batch->outcomes->len - 1;
      g_array_index (batch->outcomes, OmaOutcome, batch->outcomes->len - 1).partner = first + i;
      g_array_index (batch->outcomes, OmaOutcome, batch->outcomes->len - 1).kind = OMA_OUTCOME_RESULTS;
    }
}

/* The children of a container that is refused are not executed. */
static void
flatten_skipped (Flatten *flatten, const OmaCommand *container)
{
  OmaStatus forced = flatten->forced;

  if (forced == OMA_STATUS_NONE)
    flatten->forced = OMA_STATUS_NOT_EXECUTED;
  flatten_commands (flatten, container->first_child);
  flatten->forced = forced;
}

static gboolean
is_failure (const OmaOutcome *outcome)
{
  return outcome->status != OMA_STATUS_NONE && outcome->status != OMA_STATUS_NOT_EXECUTED &&
         !oma_status_is_success (outcome->status);
}

/* What makes an Atomic fail whatever the tree says is found before anything is touched. */
static void
check_atomic (OmaBatch *batch, guint atomic)
{
  OmaOutcome *outcomes = (OmaOutcome *) (gpointer) batch->outcomes->data;
  guint end = outcomes[atomic].end, failed;

  for (failed = atomic + 1; failed < end && !is_failure (&outcomes[failed]); failed++)
    ;
  if (failed == end)
    return;
  outcomes[atomic].status = OMA_STATUS_ATOMIC_FAILED;
  for (guint i = atomic + 1; i < end; i++)
    if (i != failed)
      outcomes[i].status = OMA_STATUS_NOT_EXECUTED;
}

static void
flatten_atomic (Flatten *flatten, const OmaCommand *command)
{
  OmaBatch *batch = flatten->batch;
  guint atomic = batch->outcomes->len, sequence = flatten->sequence;

  if (flatten->in_atomic)
    {
      push (batch, command, NULL, OMA_STATUS_COMMAND_FAILED);
      flatten_skipped (flatten, command);
      return;
    }
  push (batch, command, NULL, OMA_STATUS_NONE);
  /* What the user says to a question in it concerns the Atomic, not a Sequence around it. */
  flatten->in_atomic = TRUE;
  flatten->sequence = 0;
  flatten_commands (flatten, command->first_child);
  flatten->in_atomic = FALSE;
  flatten->sequence = sequence;
  g_array_index (batch->outcomes, OmaOutcome, atomic).end = batch->outcomes->len;
  check_atomic (batch, atomic);
}

static void
flatten_sequence (Flatten *flatten, const OmaCommand *command)
{
  OmaBatch *batch = flatten->batch;
  guint sequence = batch->outcomes->len, outer = flatten->sequence;

  push (batch, command, NULL, OMA_STATUS_OK);
  flatten->sequence = sequence + 1;
  flatten_commands (flatten, command->first_child);
  flatten->sequence = outer;
  g_array_index (batch->outcomes, OmaOutcome, sequence).end = batch->outcomes->len;
}

static void
flatten_alert (Flatten *flatten, const OmaCommand *command)
{
  push (flatten->batch, command, NULL, oma_alert_check (command))->sequence = flatten->sequence;
}

static void
flatten_command (Flatten *flatten, const OmaCommand *command)
{
  OmaStatus status = flatten->forced;

  if (command->type == OMA_COMMAND_STATUS || command->type == OMA_COMMAND_RESULTS)
    return;
  if (status == OMA_STATUS_NONE && command->cmd_id == NULL)
    status = OMA_STATUS_BAD_REQUEST;
  if (status == OMA_STATUS_NONE && command->type == OMA_COMMAND_SEQUENCE && flatten->in_atomic)
    status = OMA_STATUS_NOT_SUPPORTED;
  if (status != OMA_STATUS_NONE)
    {
      push (flatten->batch, command, only_item (command), status);
      flatten_skipped (flatten, command);
      return;
    }
  switch (command->type)
    {
    case OMA_COMMAND_UNKNOWN:
      push (flatten->batch, command, NULL, OMA_STATUS_BAD_REQUEST);
      break;
    case OMA_COMMAND_UNSUPPORTED:
      push (flatten->batch, command, NULL, OMA_STATUS_NOT_SUPPORTED);
      break;
    case OMA_COMMAND_ALERT:
      flatten_alert (flatten, command);
      break;
    case OMA_COMMAND_ATOMIC:
      flatten_atomic (flatten, command);
      break;
    case OMA_COMMAND_SEQUENCE:
      flatten_sequence (flatten, command);
      break;
    default:
      flatten_tree_command (flatten, command);
      break;
    }
}

static void
flatten_commands (Flatten *flatten, const OmaCommand *first)
{
  for (const OmaCommand *command = first; command != NULL; command = command->next)
    flatten_command (flatten, command);
}

/**
 * oma_batch_check_atomics:
 * @batch: a batch of which answers were set since it was made
 *
 * Lets each Atomic fail that holds a command which is refused already.
 */
void
oma_batch_check_atomics (OmaBatch *batch)
{
  for (guint i = 0; i < batch->outcomes->len; i++)
    {
      const OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);

      if (outcome->end != 0 && outcome->status == OMA_STATUS_NONE)
        check_atomic (batch, i);
    }
}

static OmaBatch *
batch_new (OmaMessage *message)
{
  OmaBatch *batch = g_new0 (OmaBatch, 1);

  batch->message = message;
  batch->noted = OMA_BATCH_NOT_NOTED;
  batch->outcomes = g_array_sized_new (FALSE, TRUE, sizeof (OmaOutcome), message->n_commands + 1);
  g_array_set_clear_func (batch->outcomes, (GDestroyNotify) outcome_clear);
  return batch;
}

/**
 * oma_batch_new:
 * @message: (transfer full): an authenticated message of the server
 * @broken_object: (inout) (transfer full): LocURI of the large object that the server is
 *   sending and that is refused, %NULL for none; kept from message to message
 *
 * Lays out the answers to @message (DM Protocol 1.2, section 6; DM Representation Protocol
 * 1.2, section 6).  What is wrong with a command whatever the tree says is answered here.
 *
 * Returns: (transfer full): the commands, yet to be run
 */
OmaBatch *
oma_batch_new (OmaMessage *message, char **broken_object)
{
  OmaBatch *batch = batch_new (message);
  Flatten flatten = { .batch = batch, .broken_object = broken_object };

  flatten_commands (&flatten, message->first_command);
  /* A server that turned to something else has given the object up. */
  if (flatten.items_seen && !flatten.broken_seen)
    g_clear_pointer (broken_object, g_free);
  return batch;
}

/**
 * oma_batch_new_refused:
 * @message: (transfer full): a message of a server that did not prove who it is
 * @status: 401 or 407
 *
 * Each command is answered with the same code and none is run (DM Protocol 1.2, section 9).
 *
 * Returns: (transfer full): the answers
 */
OmaBatch *
oma_batch_new_refused (OmaMessage *message, OmaStatus status)
{
  OmaBatch *batch = batch_new (message);
  Flatten flatten = { .batch = batch, .forced = status };

  flatten_commands (&flatten, message->first_command);
  return batch;
}

/**
 * oma_batch_free:
 * @batch: (transfer full): a batch that is not running
 */
void
oma_batch_free (OmaBatch *batch)
{
  g_array_unref (batch->outcomes);
  oma_message_free (batch->message);
  g_free (batch);
}

/**
 * oma_batch_count:
 * @batch: a batch that was run
 * @n_failed: (out): how many of its commands failed
 *
 * Returns: how many commands it answers, each item counted
 */
guint
oma_batch_count (const OmaBatch *batch, guint *n_failed)
{
  guint n = 0;

  *n_failed = 0;
  for (guint i = 0; i < batch->outcomes->len; i++)
    {
      const OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);
      if (outcome->kind != OMA_OUTCOME_STATUS)
        continue;
      n++;
      *n_failed += (int) outcome->status >= 400;
    }
  return n;
}

/**
 * oma_batch_count_executed:
 * @batch: a batch
 * @start: first answer
 * @end: the one behind the last
 *
 * Returns: how many of its commands did something: what they changed is committed, or about to
 *   be, and what Execs did cannot be undone
 */
guint
oma_batch_count_executed (const OmaBatch *batch, guint start, guint end)
{
  guint n = 0;

  for (guint i = start; i < end; i++)
    {
      const OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);

      n += outcome->changed || (outcome->command->type == OMA_COMMAND_EXEC && oma_status_is_success (outcome->status) &&
                             outcome->status != OMA_STATUS_NOT_EXECUTED);
    }
  return n;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-batch.h"

#include "base/oma-value-private.h"
#include "session/oma-batch-alert.h"
#include "session/oma-dm1.h"

#include <string.h>

#define HEADER_SIZE 700       /* octets of a message of ours without commands, at most */
#define STATUS_SIZE 260       /* octets of a Status without what it refers to, at most */
#define NODE_SIZE 64          /* octets of memory of a node that was read, apart from its name and value */

/* Where a command stands, while the message is flattened. */
typedef struct {
  OmaBatch    *batch;
  OmaObjectIn *object;        /* the large object that the server is sending */
  gboolean     in_atomic;
  guint        depth;         /* of containers */
  guint        sequence;      /* index of the innermost Sequence, plus 1; else 0 */
  OmaStatus    forced;        /* answer of everything, %OMA_STATUS_NONE to run it */
} Flatten;

static void flatten_commands (Flatten *flatten, const OmaCommand *first);

static void
outcome_clear (OmaOutcome *outcome)
{
  g_clear_pointer (&outcome->value, oma_value_unref);
  g_clear_pointer (&outcome->nodes, oma_node_list_free);
  g_clear_pointer (&outcome->answers, g_strfreev);
  g_clear_pointer (&outcome->failed_uri, g_free);
  g_clear_pointer (&outcome->out, g_free);
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

/* Status of a part of a large object in an Atomic or a Sequence, which have to fit into one
 * message (DM Protocol 1.2, section 7).  Our reading: 405. */
#define PART_IN_CONTAINER OMA_STATUS_NOT_ALLOWED

static gboolean
can_carry_object (OmaCommandType type)
{
  return type == OMA_COMMAND_ADD || type == OMA_COMMAND_EXEC || type == OMA_COMMAND_REPLACE;
}

/* Whether parts of an object have come, be it one that is refused. */
static gboolean
has_object (const Flatten *flatten)
{
  return flatten->object != NULL && !oma_object_in_is_idle (flatten->object);
}

static gboolean
is_next_part (const Flatten *flatten, const OmaCommand *command, const OmaItem *item)
{
  return flatten->depth == 0 && can_carry_object (command->type) &&
         oma_object_in_is_part (flatten->object, command, item);
}

/* Something else came than the next part: the server is told, and what had come is dropped (DM
 * Protocol 1.2, section 7). */
static void
end_object (Flatten *flatten, const OmaCommand *command)
{
  if (oma_object_in_is_open (flatten->object))
    {
      const char *uri = oma_message_strdup (flatten->batch->message, oma_object_in_get_uri (flatten->object), -1);
      OmaOutcome *outcome = push (flatten->batch, command, NULL, OMA_STATUS_OK);

      outcome->kind = OMA_OUTCOME_NO_END;
      outcome->broken_uri = uri;
    }
  else if (command->type == OMA_COMMAND_ATOMIC || command->type == OMA_COMMAND_SEQUENCE)
    return;                                /* parts in them are refused one by one */
  oma_object_in_drop (flatten->object);
}

/* A refused object is remembered until its last part, which looks like a whole one, has come
 * or something else does. */
static OmaStatus
refuse_part (Flatten *flatten, const OmaCommand *command, const OmaItem *item, OmaStatus status)
{
  if (item->more_data || oma_object_in_is_part (flatten->object, command, item))
    oma_object_in_refuse (flatten->object, command, item, status);
  return status;
}

/* Meta of the item overrides that of the command, element by element. */
static OmaStatus
check_item (Flatten *flatten, const OmaCommand *command, const OmaItem *item, OmaFormat *format, OmaValue **value)
{
  const char *name = item->meta.format != NULL ? item->meta.format : command->meta.format;
  gboolean is_part;

  *format = oma_format_from_string (name);
  if (item->target == NULL || (command->type == OMA_COMMAND_COPY && item->source == NULL))
    return OMA_STATUS_INCOMPLETE_COMMAND;
  if (name != NULL && *format == OMA_FORMAT_NONE)
    return refuse_part (flatten, command, item, OMA_STATUS_UNSUPPORTED_FORMAT);
  is_part = item->more_data || oma_object_in_is_part (flatten->object, command, item);
  if (!is_part)
    return OMA_STATUS_NONE;
  if (!can_carry_object (command->type))
    return OMA_STATUS_BAD_REQUEST;
  if (flatten->depth > 0)
    return refuse_part (flatten, command, item, PART_IN_CONTAINER);
  return oma_object_in_take (flatten->object, command, item, value);
}

static void
flatten_item (Flatten *flatten, const OmaCommand *command, const OmaItem *item)
{
  OmaOutcome *outcome;
  OmaFormat format;
  OmaValue *value = NULL;
  OmaStatus status;

  if (has_object (flatten) && flatten->depth == 0 && !is_next_part (flatten, command, item))
    end_object (flatten, command);
  status = check_item (flatten, command, item, &format, &value);
  outcome = push (flatten->batch, command, item, status);
  outcome->format = format;
  outcome->value = value;
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
    flatten_item (flatten, command, &command->items[i]);
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
  flatten->depth++;
  flatten_commands (flatten, container->first_child);
  flatten->depth--;
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
  flatten->depth++;
  flatten_commands (flatten, command->first_child);
  flatten->depth--;
  flatten->in_atomic = FALSE;
  flatten->sequence = sequence;
  g_array_index (batch->outcomes, OmaOutcome, atomic).end = batch->outcomes->len;
  check_atomic (batch, atomic);
}

/* Commands that may stand between the parts of a large object without ending it. */
static gboolean
goes_with_object (const Flatten *flatten, const OmaCommand *command)
{
  if (flatten->depth > 0)
    return TRUE;                           /* the container has ended it */
  if (command->type == OMA_COMMAND_ALERT)
    return oma_alert_has_code (command, OMA_DM1_ALERT_NEXT_MESSAGE) ||
           oma_alert_has_code (command, OMA_DM1_ALERT_NO_END_OF_DATA);
  return command->cmd_id != NULL && command->n_items > 0 && is_next_part (flatten, command, &command->items[0]);
}

static gboolean
names_object (const OmaCommand *alert, const char *uri)
{
  for (guint i = 0; i < alert->n_items; i++)
    if (g_strcmp0 (alert->items[i].target, uri) == 0 || g_strcmp0 (alert->items[i].source, uri) == 0)
      return TRUE;
  return alert->n_items == 0;
}

/* The server gives up what it was sending (Alert 1225). */
static void
drop_object (Flatten *flatten, const OmaCommand *command)
{
  if (oma_alert_has_code (command, OMA_DM1_ALERT_NO_END_OF_DATA) && oma_object_in_is_open (flatten->object) &&
      names_object (command, oma_object_in_get_uri (flatten->object)))
    oma_object_in_drop (flatten->object);
}

static void
flatten_sequence (Flatten *flatten, const OmaCommand *command)
{
  OmaBatch *batch = flatten->batch;
  guint sequence = batch->outcomes->len, outer = flatten->sequence;

  push (batch, command, NULL, OMA_STATUS_OK);
  flatten->sequence = sequence + 1;
  flatten->depth++;
  flatten_commands (flatten, command->first_child);
  flatten->depth--;
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
  if (has_object (flatten))
    {
      drop_object (flatten, command);
      if (!goes_with_object (flatten, command))
        end_object (flatten, command);
    }
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
  /* A Get has two. */
  batch->outcomes = g_array_sized_new (FALSE, TRUE, sizeof (OmaOutcome), 2 * message->n_commands + 1);
  g_array_set_clear_func (batch->outcomes, (GDestroyNotify) outcome_clear);
  return batch;
}

/**
 * oma_batch_new:
 * @message: (transfer full): an authenticated message of the server
 * @object: the large object that the server is sending; kept from message to message
 *
 * Lays out the answers to @message (DM Protocol 1.2, section 6; DM Representation Protocol
 * 1.2, section 6).  What is wrong with a command whatever the tree says is answered here.
 *
 * Returns: (transfer full): the commands, yet to be run
 */
OmaBatch *
oma_batch_new (OmaMessage *message, OmaObjectIn *object)
{
  OmaBatch *batch = batch_new (message);
  Flatten flatten = { .batch = batch, .object = object };

  flatten_commands (&flatten, message->first_command);
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

  batch->refused = TRUE;
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

/* A large value need not stay in memory. */
static gsize
measure_value (OmaValue *value)
{
  return value != NULL ? MIN (oma_value_get_size (value), OMA_VALUE_LARGE) : 0;
}

/**
 * oma_outcome_measure:
 * @results: what a Get read
 *
 * Returns: how many octets of memory it takes
 */
gsize
oma_outcome_measure (const OmaOutcome *results)
{
  guint n = results->nodes != NULL ? oma_node_list_get_length (results->nodes) : 0;
  gsize size = measure_value (results->value);

  for (guint i = 0; i < n; i++)
    size += NODE_SIZE + strlen (oma_node_list_get_uri (results->nodes, i)) +
            measure_value (oma_node_list_get_value (results->nodes, i));
  return size;
}

static gsize
escaped_length (const char *text)
{
  gsize length = 0;

  for (; text != NULL && *text != '\0'; text++)
    length += strchr ("&<>\"", *text) != NULL ? strlen ("&quot;") : 1;
  return length;
}

/**
 * oma_batch_can_be_answered:
 * @batch: a batch
 * @atomic: index of an Atomic
 * @limit: octets of a message that the server takes, 0 for any
 *
 * What happened is certain before the answer begins, so that it may take several messages; only
 * a Status that does not even fit one of its own could never be told.
 *
 * Returns: whether each of the Atomic's fits
 */
gboolean
oma_batch_can_be_answered (const OmaBatch *batch, guint atomic, gsize limit)
{
  guint end = g_array_index (batch->outcomes, OmaOutcome, atomic).end;

  for (guint i = atomic; i < end && limit > 0; i++)
    {
      const OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);
      gsize size = HEADER_SIZE + STATUS_SIZE + escaped_length (outcome->command->cmd_id);

      if (outcome->item != NULL)
        size += escaped_length (outcome->item->target) + escaped_length (outcome->item->source);
      if (size > limit)
        return FALSE;
    }
  return TRUE;
}

/**
 * oma_batch_acknowledge:
 * @batch: a batch that was run
 *
 * The server has what was written of it.
 */
void
oma_batch_acknowledge (OmaBatch *batch)
{
  OmaOutcome *outcome;

  batch->acked = batch->next;
  if (batch->next == batch->outcomes->len)
    return;
  outcome = &g_array_index (batch->outcomes, OmaOutcome, batch->next);
  if (outcome->out != NULL)
    oma_object_out_acknowledge (outcome->out);
}

/**
 * oma_batch_rewind:
 * @batch: a batch that was run
 *
 * The server has not taken the last message: what it held of @batch is written again.
 */
void
oma_batch_rewind (OmaBatch *batch)
{
  for (guint i = batch->acked; i <= batch->next && i < batch->outcomes->len; i++)
    {
      OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, i);
      if (outcome->out != NULL)
        oma_object_out_rewind (outcome->out);
    }
  batch->next = batch->acked;
}

/**
 * oma_outcome_make_source:
 * @outcome: of a Get
 * @made: (out) (transfer full): what keeps the LocURI if it had to be made, else %NULL
 *
 * Returns: (transfer none): LocURI of the node that was read, as its Results have it: without
 *   "?list=", but with "?prop="
 */
const char *
oma_outcome_make_source (const OmaOutcome *outcome, char **made)
{
  const char *target = outcome->item->target;
  const char *query = strchr (target, '?');
  gboolean is_list = query != NULL && g_str_has_prefix (query, "?list=");

  *made = is_list ? g_strndup (target, query - target) : NULL;
  return is_list ? *made : target;
}

static gboolean
reads (const OmaOutcome *outcome, const char *uri)
{
  g_autofree char *made = NULL;
  const char *source = oma_outcome_make_source (outcome, &made);

  return strcmp (uri, source) == 0 || strcmp (uri, outcome->item->target) == 0;
}

/**
 * oma_batch_stop_object:
 * @batch: a batch that was run
 * @uri: (nullable): the node whose value the server does not want to go on with, %NULL for
 *   any; with or without the query of the Get
 *
 * Stops the large object that is being sent (DM Protocol 1.2, section 7).
 *
 * Returns: whether there was one
 */
gboolean
oma_batch_stop_object (OmaBatch *batch, const char *uri)
{
  OmaOutcome *outcome;

  if (batch->next == batch->outcomes->len)
    return FALSE;
  outcome = &g_array_index (batch->outcomes, OmaOutcome, batch->next);
  if (outcome->out == NULL || !oma_object_out_has_begun (outcome->out) ||
      (uri != NULL && !reads (outcome, uri)))
    return FALSE;
  outcome_clear (outcome);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm1.h"

#include "base/oma-value-private.h"
#include "codec/oma-xml-text.h"
#include "session/oma-batch-alert.h"

#include <string.h>

#define NUMBER_SIZE 12
#define USUAL_ANSWER_SIZE 256      /* octets of most Statuses and Results */

const char *const oma_dm1_dev_info[OMA_DM1_N_DEV_INFO] = {
  "./DevInfo/DevId", "./DevInfo/Man", "./DevInfo/Mod", "./DevInfo/DmV", "./DevInfo/Lang",
};

/**
 * oma_header_status_clear:
 * @header_status: a Status for a SyncHdr
 *
 * Frees what it points to; there is none after this.
 */
void
oma_header_status_clear (OmaHeaderStatus *header_status)
{
  g_free (header_status->msg_id);
  g_free (header_status->target);
  g_free (header_status->source);
  g_free (header_status->nonce);
  memset (header_status, 0, sizeof *header_status);
}

/* printf costs more than all the rest of a Status. */
static const char *
format_number (char *buffer, guint number)
{
  char *p = buffer + NUMBER_SIZE - 1;

  *p = '\0';
  do
    *--p = '0' + number % 10;
  while ((number /= 10) != 0);
  return p;
}

/* Internal: writes a command with the next CmdID. */
void
oma_dm1_write_command (OmaDm1Writer *writer, OmaCommand *command)
{
  char buffer[NUMBER_SIZE];

  command->cmd_id = format_number (buffer, ++writer->cmd_id);
  oma_encoder_command (writer->encoder, command);
}

/* Takes back the last command, if it made the message too large. */
static gboolean
take_back (OmaDm1Writer *writer, gsize before)
{
  if (writer->limit == 0 || oma_encoder_get_size (writer->encoder) + OMA_DM1_TAIL <= writer->limit)
    return FALSE;
  oma_encoder_truncate (writer->encoder, before);
  writer->cmd_id--;
  return TRUE;
}

/**
 * oma_dm1_writer_begin:
 * @writer: (out): a writer
 * @encoding: how the message is written
 * @header: its header
 * @limit: octets that it may have, 0 for any
 *
 * Begins a message.
 */
void
oma_dm1_writer_begin (OmaDm1Writer *writer, OmaEncoding encoding, const OmaHeader *header, gsize limit)
{
  writer->encoder = oma_encoder_new (encoding);
  writer->encoding = encoding;
  writer->cmd_id = 0;
  writer->limit = limit;
  writer->max_object = 0;
  oma_encoder_header (writer->encoder, header);
  writer->base = oma_encoder_get_size (writer->encoder);
}

/**
 * oma_dm1_writer_end:
 * @writer: a writer
 * @final: the message is the last of its package
 *
 * Returns: (transfer full): the message
 */
GBytes *
oma_dm1_writer_end (OmaDm1Writer *writer, gboolean final)
{
  GBytes *body = oma_encoder_finish (writer->encoder, final);

  g_clear_pointer (&writer->encoder, oma_encoder_free);
  return body;
}

/**
 * oma_dm1_write_header_status:
 * @writer: a writer to which no answer has been written yet
 * @header_status: the Status
 *
 * Writes the Status for a SyncHdr (DM Representation Protocol 1.2, Status).
 */
void
oma_dm1_write_header_status (OmaDm1Writer *writer, const OmaHeaderStatus *header_status)
{
  char code[NUMBER_SIZE];
  OmaMeta chal = header_status->chal;
  OmaCommand status = {
    .type = OMA_COMMAND_STATUS,
    .name = "Status",
    .msg_ref = header_status->msg_id,
    .cmd_ref = "0",
    .cmd = "SyncHdr",
    .target_ref = header_status->target,
    .source_ref = header_status->source,
    .data = format_number (code, header_status->status),
    .chal = header_status->has_chal ? &chal : NULL,
  };

  chal.next_nonce = header_status->nonce;
  oma_dm1_write_command (writer, &status);
  writer->base = oma_encoder_get_size (writer->encoder);
}

/**
 * oma_dm1_write_alert:
 * @writer: a writer
 * @code: code of the Alert
 *
 * Writes an Alert without items.
 */
void
oma_dm1_write_alert (OmaDm1Writer *writer, guint code)
{
  char text[NUMBER_SIZE];
  OmaCommand alert = { .type = OMA_COMMAND_ALERT, .name = "Alert", .data = format_number (text, code) };

  oma_dm1_write_command (writer, &alert);
}

/**
 * oma_dm1_write_dev_info:
 * @writer: a writer
 * @values: an array of %OMA_DM1_N_DEV_INFO values in the order of #oma_dm1_dev_info; %NULL
 *   leaves the item out
 *
 * Writes the Replace of package 1 (DM Protocol 1.2, section 8.3).
 */
void
oma_dm1_write_dev_info (OmaDm1Writer *writer, OmaValue *const *values)
{
  OmaItem items[OMA_DM1_N_DEV_INFO] = { 0 };
  OmaCommand replace = { .type = OMA_COMMAND_REPLACE, .name = "Replace", .items = items };

  for (guint i = 0; i < OMA_DM1_N_DEV_INFO; i++)
    {
      if (values[i] == NULL)
        continue;
      items[replace.n_items].source = oma_dm1_dev_info[i];
      items[replace.n_items].data = oma_value_get_data (values[i], &items[replace.n_items].data_length);
      replace.n_items++;
    }
  oma_dm1_write_command (writer, &replace);
}

/* What a Status tells apart from its code: what the user entered or chose, or the node that an
 * Add could not make on its way. */
static OmaItem *
make_status_items (const OmaOutcome *outcome, guint *n)
{
  OmaItem *items;

  *n = outcome->failed_uri != NULL ? 1 : outcome->answers != NULL ? g_strv_length (outcome->answers) : 0;
  if (*n == 0)
    return NULL;
  items = g_new0 (OmaItem, *n);
  if (outcome->failed_uri != NULL)
    items[0].target = outcome->failed_uri;
  else
    for (guint i = 0; i < *n; i++)
      {
        items[i].data = outcome->answers[i];
        items[i].data_length = strlen (outcome->answers[i]);
      }
  return items;
}

static gboolean
write_status (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *outcome)
{
  gsize before = oma_encoder_get_size (writer->encoder);
  const OmaCommand *command = outcome->command;
  g_autofree OmaItem *items = NULL;
  char code[NUMBER_SIZE];
  OmaCommand status = {
    .type = OMA_COMMAND_STATUS,
    .name = "Status",
    .msg_ref = batch->message->header.msg_id != NULL ? batch->message->header.msg_id : "",
    .cmd_ref = command->cmd_id != NULL ? command->cmd_id : "",
    .cmd = command->name,
    .data = format_number (code, outcome->status),
  };

  if (outcome->item != NULL)
    {
      status.target_ref = outcome->item->target;
      status.source_ref = outcome->item->source;
    }
  items = make_status_items (outcome, &status.n_items);
  status.items = items;
  oma_dm1_write_command (writer, &status);
  return !take_back (writer, before);
}

/* Returns: how many octets XML can carry as text; a character may be cut off unless these are
 * the last. */
static gsize
scan_xml_text (const char *data, gsize size, gboolean last, gpointer user_data G_GNUC_UNUSED)
{
  const char *end;

  if (!last && !g_utf8_validate_len (data, size, &end) &&
      g_utf8_get_char_validated (end, data + size - end) == (gunichar) -2)
    size = end - data;
  return oma_xml_can_hold_text (data, size) ? size : 0;
}

/* Internal: whether XML can carry the octets of @value as base64 text only. */
gboolean
oma_dm1_needs_base64 (const OmaValue *value)
{
  gsize size;
  const char *data;

  if (oma_value_get_format (value) == OMA_FORMAT_BIN)
    return TRUE;
  if (oma_value_is_large (value))
    return !oma_value_scan (value, scan_xml_text, NULL);
  data = oma_value_get_data (value, &size);
  return !oma_xml_can_hold_text (data, size);
}

/* All of the Item but its data.  @base64: the data travel as base64 text. */
static void
describe_value (const OmaDm1Writer *writer, OmaItem *item, const OmaValue *value, gboolean base64)
{
  OmaFormat format = oma_value_get_format (value);

  item->meta.format = base64 ? "b64" : oma_format_to_string (format);
  item->meta.type = oma_value_get_type_name (value);
  if (writer->encoding != OMA_ENCODING_XML)
    item->kind = format == OMA_FORMAT_BIN ? OMA_DATA_OCTETS : OMA_DATA_TEXT;
}

/* Data and Meta of a value; (transfer full): text to be freed when the Item was written. */
static char *
fill_value (const OmaDm1Writer *writer, OmaItem *item, const OmaValue *value)
{
  gboolean base64 = writer->encoding == OMA_ENCODING_XML && oma_dm1_needs_base64 (value);
  char *text = NULL;

  describe_value (writer, item, value, base64);
  item->data = oma_value_get_data (value, &item->data_length);
  if (base64)
    {
      text = g_base64_encode ((const guchar *) item->data, item->data_length);
      item->data = text;
      item->data_length = strlen (text);
    }
  return text;
}

/* Properties are plain strings and carry no Meta, unless their text has to be wrapped. */
static void
drop_property_meta (OmaItem *item, const char *query)
{
  if (query == NULL || !g_str_has_prefix (query, "?prop=") || g_strcmp0 (item->meta.format, "b64") == 0)
    return;
  item->meta.format = NULL;
  item->meta.type = NULL;
}

/* All of an alert but the data and the format of its Item. */
static void
init_client_alert (OmaCommand *command, OmaItem *item, char *code, const OmaAlert *alert)
{
  *item = (OmaItem) { .source = alert->source, .target = alert->target };
  item->meta.mark = alert->mark;
  *command = (OmaCommand) {
    .type = OMA_COMMAND_ALERT,
    .name = "Alert",
    .data = format_number (code, alert->code),
    .correlator = alert->correlator,
    .items = item,
    .n_items = 1,
  };
}

static void
write_whole_alert (OmaDm1Writer *writer, const OmaAlert *alert)
{
  char code[NUMBER_SIZE];
  OmaItem item;
  OmaCommand command;
  g_autofree char *text = NULL;

  init_client_alert (&command, &item, code, alert);
  text = fill_value (writer, &item, alert->data);
  item.meta.type = alert->type;
  oma_dm1_write_command (writer, &command);
}

/**
 * oma_dm1_write_client_alert:
 * @writer: a writer
 * @alert: an alert of the client
 *
 * Writes Alert 1224 or 1226 with one Item (DM Protocol 1.2, section 8.7), unless it makes the
 * message too large.
 *
 * Returns: whether it was written
 */
gboolean
oma_dm1_write_client_alert (OmaDm1Writer *writer, const OmaAlert *alert)
{
  gsize before = oma_encoder_get_size (writer->encoder);

  write_whole_alert (writer, alert);
  return !take_back (writer, before);
}

/**
 * oma_dm1_must_cut_client_alert:
 * @writer: a writer
 * @alert: an alert of the client
 *
 * Returns: whether @alert would not even fit a message of its own (DM Protocol 1.2, section 7)
 */
gboolean
oma_dm1_must_cut_client_alert (OmaDm1Writer *writer, const OmaAlert *alert)
{
  gsize before = oma_encoder_get_size (writer->encoder), size;

  if (writer->limit == 0)
    return FALSE;
  if (oma_value_get_size (alert->data) >= writer->limit)
    return TRUE;
  write_whole_alert (writer, alert);
  size = oma_encoder_get_size (writer->encoder) - before;
  oma_encoder_truncate (writer->encoder, before);
  writer->cmd_id--;
  return writer->base + 2 * OMA_DM1_TAIL + size > writer->limit;
}

/**
 * oma_dm1_write_client_alert_part:
 * @writer: a writer
 * @alert: an alert of the client that does not fit a message
 * @out: how far it has been written
 *
 * Writes as much of its data as there is room for, or nothing, with all else in each part (DM
 * Protocol 1.2, sections 7 and 8.7).
 *
 * Returns: whether it is written to its end
 */
gboolean
oma_dm1_write_client_alert_part (OmaDm1Writer *writer, const OmaAlert *alert, OmaObjectOut *out)
{
  char code[NUMBER_SIZE];
  OmaItem item;
  OmaCommand command;

  init_client_alert (&command, &item, code, alert);
  if (!out->is_described)
    out->base64 = writer->encoding == OMA_ENCODING_XML && oma_dm1_needs_base64 (alert->data);
  out->is_described = TRUE;
  describe_value (writer, &item, alert->data, out->base64);
  item.meta.type = alert->type;
  return oma_object_out_write_part (out, writer, &command, &item, alert->data);
}

static const char *
make_node_uri (const OmaNodeList *nodes, guint index, const char *base, GPtrArray *texts)
{
  const char *relative = oma_node_list_get_uri (nodes, index);
  char *uri = *relative == '\0' ? g_strdup (base) : g_strconcat (base, "/", relative, NULL);

  g_ptr_array_add (texts, uri);
  return uri;
}

static void
fill_node (const OmaDm1Writer *writer, OmaItem *item, const OmaNodeList *nodes, guint index, const char *base,
           gboolean with_data, GPtrArray *texts)
{
  OmaValue *value = oma_node_list_get_value (nodes, index);
  char *text = NULL;

  item->source = make_node_uri (nodes, index, base, texts);
  if (value == NULL || oma_value_get_format (value) == OMA_FORMAT_NODE)
    {
      item->meta.format = "node";
      if (value != NULL && strcmp (oma_value_get_type_name (value), "text/plain") != 0)
        item->meta.type = oma_value_get_type_name (value);
      return;
    }
  text = fill_value (writer, item, value);
  if (text != NULL)
    g_ptr_array_add (texts, text);
  if (with_data)
    return;
  item->meta.format = oma_format_to_string (oma_value_get_format (value));
  item->data = NULL;
  item->data_length = 0;
  item->kind = OMA_DATA_TEXT;
}

/* Whether a Get of a subtree gives the values, too. */
static gboolean
has_data (const OmaOutcome *outcome)
{
  const char *query = strchr (outcome->item->target, '?');

  return query == NULL || strcmp (query, "?list=Struct") != 0;
}

/* One Results with an Item for each of @n nodes (DM Tree and Description 1.2, Get with
 * attributes). */
static void
write_nodes (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome, guint first, guint n)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree OmaItem *items = g_new0 (OmaItem, n);
  g_autofree char *made = NULL;
  const char *base = oma_outcome_make_source (outcome, &made);

  for (guint i = 0; i < n; i++)
    fill_node (writer, &items[i], outcome->nodes, first + i, base, has_data (outcome), texts);
  results->items = items;
  results->n_items = n;
  oma_dm1_write_command (writer, results);
}

static void
write_value (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  const char *target = outcome->item->target, *query = strchr (target, '?');
  g_autofree char *made = NULL;
  OmaItem item = { .source = query != NULL ? oma_outcome_make_source (outcome, &made) : target };
  char *text = fill_value (writer, &item, outcome->value);

  drop_property_meta (&item, query);
  results->items = &item;
  results->n_items = 1;
  oma_dm1_write_command (writer, results);
  g_free (text);
}

/* Results refer to the Get, also where several of them hold parts of what was read. */
static void
init_results (OmaCommand *results, const OmaBatch *batch, const OmaOutcome *outcome)
{
  *results = (OmaCommand) {
    .type = OMA_COMMAND_RESULTS,
    .name = "Results",
    .msg_ref = batch->message->header.msg_id != NULL ? batch->message->header.msg_id : "",
    .cmd_ref = outcome->command->cmd_id,
  };
}

/* Returns: the octets that the Results took. */
static gsize
write_results (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *outcome)
{
  gsize before = oma_encoder_get_size (writer->encoder);
  OmaCommand results;

  init_results (&results, batch, outcome);
  if (outcome->nodes != NULL)
    write_nodes (writer, &results, outcome, 0, oma_node_list_get_length (outcome->nodes));
  else
    write_value (writer, &results, outcome);
  return oma_encoder_get_size (writer->encoder) - before;
}

/* The value whose data go along with a node, or %NULL. */
static OmaValue *
get_node_data (const OmaOutcome *outcome, guint index)
{
  OmaValue *value = oma_node_list_get_value (outcome->nodes, index);

  return value != NULL && oma_value_get_format (value) != OMA_FORMAT_NODE && has_data (outcome) ? value : NULL;
}

/* No Results of @outcome can take more: an octet becomes six ("&quot;") at most.  They cannot
 * take less than their octets. */
static gsize
estimate_results (const OmaOutcome *outcome, guint first, guint n, gsize *octets)
{
  gsize frame = 1024 + 6 * strlen (outcome->item->target), size = frame;

  *octets = 0;
  if (outcome->nodes == NULL)
    {
      *octets = oma_value_get_size (outcome->value);
      return frame + 6 * *octets;
    }
  for (guint i = first; i < first + n; i++)
    {
      OmaValue *value = get_node_data (outcome, i);

      *octets += value != NULL ? oma_value_get_size (value) : 0;
      size += frame + 6 * strlen (oma_node_list_get_uri (outcome->nodes, i));
    }
  return size + 6 * *octets;
}

static gboolean
has_results (const OmaOutcome *outcome)
{
  return outcome->value != NULL || outcome->nodes != NULL;
}

/* Whether the Results that belong to the Status of a Get would not even fit a message of their
 * own (DM Protocol 1.2, section 7). */
static gboolean
must_be_cut (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *results)
{
  guint n = results->nodes != NULL ? oma_node_list_get_length (results->nodes) : 0;
  gsize before = oma_encoder_get_size (writer->encoder), size, octets;

  if (writer->limit == 0 || writer->base + OMA_DM1_TAIL + estimate_results (results, 0, n, &octets) <= writer->limit)
    return FALSE;
  if (octets >= writer->limit)
    return TRUE;
  size = write_results (writer, batch, results);
  oma_encoder_truncate (writer->encoder, before);
  writer->cmd_id--;
  return writer->base + 2 * OMA_DM1_TAIL + size > writer->limit;
}

/* Each Item is an object that the server's MaxObjSize bounds. */
static gboolean
is_too_large (const OmaDm1Writer *writer, const OmaOutcome *results)
{
  gboolean as_text = writer->encoding == OMA_ENCODING_XML;

  if (writer->max_object == 0)
    return FALSE;
  if (results->nodes == NULL)
    return oma_object_out_is_too_large (results->value, as_text, writer->max_object);
  for (guint i = 0; i < oma_node_list_get_length (results->nodes); i++)
    {
      OmaValue *value = get_node_data (results, i);

      if (value != NULL && oma_object_out_is_too_large (value, as_text, writer->max_object))
        return TRUE;
    }
  return FALSE;
}

/* What the server takes in no way gets 413 and no Results. */
static void
plan_results (OmaDm1Writer *writer, const OmaBatch *batch, OmaOutcome *status, OmaOutcome *results)
{
  if (!has_results (results) || results->out != NULL)
    return;
  if (is_too_large (writer, results))
    {
      status->status = OMA_STATUS_ENTITY_TOO_LARGE;
      g_clear_pointer (&results->value, oma_value_unref);
      g_clear_pointer (&results->nodes, oma_node_list_free);
    }
  else if (must_be_cut (writer, batch, results))
    results->out = g_new0 (OmaObjectOut, 1);
}

/* Writes the next part of a value that goes in several messages. */
static gboolean
write_part (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome, OmaItem *item, OmaValue *value)
{
  OmaObjectOut *out = outcome->out;

  if (!out->is_described)
    out->base64 = writer->encoding == OMA_ENCODING_XML && oma_dm1_needs_base64 (value);
  out->is_described = TRUE;
  describe_value (writer, item, value, out->base64);
  drop_property_meta (item, strchr (outcome->item->target, '?'));
  return oma_object_out_write_part (out, writer, results, item, value);
}

/* Writes as many of the next Items as fit.  Returns: how many. */
static guint
write_some_nodes (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  guint first = outcome->out->next.item;
  gsize octets;

  for (guint n = oma_node_list_get_length (outcome->nodes) - first; n > 0; n /= 2)
    {
      gsize before = oma_encoder_get_size (writer->encoder);

      estimate_results (outcome, first, n, &octets);
      if (octets >= writer->limit)
        continue;
      write_nodes (writer, results, outcome, first, n);
      if (!take_back (writer, before))
        return n;
    }
  return 0;
}

/* The next part of the Item that does not fit into a message as a whole. */
static gboolean
write_node_part (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint index = outcome->out->next.item;
  g_autofree char *made = NULL;
  const char *base = oma_outcome_make_source (outcome, &made);
  OmaValue *value = get_node_data (outcome, index);
  OmaItem item = { .source = make_node_uri (outcome->nodes, index, base, texts) };

  if (value == NULL)
    {
      write_nodes (writer, results, outcome, index, 1);
      return TRUE;
    }
  return write_part (writer, results, outcome, &item, value);
}

/* Returns: whether all are written; if not, the message is full. */
static gboolean
write_list (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  OmaObjectOut *out = outcome->out;

  while (out->next.item < oma_node_list_get_length (outcome->nodes))
    {
      guint n = out->next.offset == 0 ? write_some_nodes (writer, results, outcome) : 0;

      if (n == 0 && out->next.offset == 0 && oma_encoder_get_size (writer->encoder) > writer->base)
        return FALSE;
      if (n == 0 && !write_node_part (writer, results, outcome))
        return FALSE;
      oma_object_out_next_item (out, MAX (n, 1));
    }
  return TRUE;
}

/* Results that go in several messages.  Returns: whether they are written to their end. */
static gboolean
write_cut (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *outcome)
{
  g_autofree char *made = NULL;
  OmaItem item = { .source = oma_outcome_make_source (outcome, &made) };
  OmaCommand results;

  init_results (&results, batch, outcome);
  return outcome->nodes != NULL ? write_list (writer, &results, outcome)
                                : write_part (writer, &results, outcome, &item, outcome->value);
}

static gboolean
write_no_end (OmaDm1Writer *writer, const OmaOutcome *outcome)
{
  gsize before = oma_encoder_get_size (writer->encoder);
  OmaItem item = { .target = outcome->broken_uri };
  OmaCommand alert = {
    .type = OMA_COMMAND_ALERT,
    .name = "Alert",
    .data = G_STRINGIFY (OMA_DM1_ALERT_NO_END_OF_DATA),
    .items = &item,
    .n_items = 1,
  };

  oma_dm1_write_command (writer, &alert);
  return !take_back (writer, before);
}

static gboolean
write_outcome (OmaDm1Writer *writer, OmaBatch *batch, guint index)
{
  OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, index);
  gboolean silent = outcome->command->no_resp || batch->message->header.no_resp;
  gsize before;

  if (outcome->kind == OMA_OUTCOME_NO_END)
    return write_no_end (writer, outcome);
  if (outcome->kind == OMA_OUTCOME_RESULTS)
    {
      if (!has_results (outcome))
        return TRUE;
      if (outcome->out != NULL)
        return write_cut (writer, batch, outcome);
      before = oma_encoder_get_size (writer->encoder);
      write_results (writer, batch, outcome);
      return !take_back (writer, before);
    }
  if (outcome->partner != 0)
    plan_results (writer, batch, outcome, &g_array_index (batch->outcomes, OmaOutcome, outcome->partner));
  return silent || write_status (writer, batch, outcome);
}

/* Writes the answer at batch->next, which fits into no message of the size that the server takes
 * now.  Results can be cut all the same: it took larger ones when they were planned. */
static gboolean
write_oversized (OmaDm1Writer *writer, OmaBatch *batch)
{
  OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, batch->next);
  gsize limit = writer->limit;
  gboolean written;

  if (outcome->kind == OMA_OUTCOME_RESULTS)
    {
      outcome->out = g_new0 (OmaObjectOut, 1);
      return write_outcome (writer, batch, batch->next);
    }
  writer->limit = 0;
  written = write_outcome (writer, batch, batch->next);
  writer->limit = limit;
  return written;
}

/**
 * oma_dm1_write_batch:
 * @writer: a writer
 * @batch: answers; its next is moved behind the last one that was written
 *
 * Writes Statuses and Results until the message is full (DM Protocol 1.2, section 6).  A
 * message that holds no answer yet takes at least one, the Status for Alert 1222 not counted.
 *
 * Returns: whether all are written
 */
gboolean
oma_dm1_write_batch (OmaDm1Writer *writer, OmaBatch *batch)
{
  gsize limit = writer->limit;
  gsize expected = (gsize) (batch->outcomes->len - batch->next) * USUAL_ANSWER_SIZE;

  oma_encoder_reserve (writer->encoder, limit > 0 ? MIN (expected, limit) : expected);
  while (batch->next < batch->outcomes->len)
    {
      const OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, batch->next);
      gboolean first = oma_encoder_get_size (writer->encoder) == writer->base;
      gboolean written = write_outcome (writer, batch, batch->next);

      if (!written && first && outcome->out == NULL)
        written = write_oversized (writer, batch);
      if (!written)
        return FALSE;
      /* The Status for Alert 1222 is not what the server asked for with it. */
      if (first && batch->next == 0 && oma_alert_has_code (outcome->command, OMA_DM1_ALERT_NEXT_MESSAGE))
        writer->base = oma_encoder_get_size (writer->encoder);
      batch->next++;
    }
  return TRUE;
}

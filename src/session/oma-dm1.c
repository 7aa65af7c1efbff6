/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm1.h"

#include "codec/oma-xml-text.h"

#include <string.h>

#define TAIL 200        /* octets kept free for Alert, Final and the closing tags */
#define NUMBER_SIZE 12

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

static void
write_command (OmaDm1Writer *writer, OmaCommand *command)
{
  char buffer[NUMBER_SIZE];

  command->cmd_id = format_number (buffer, ++writer->cmd_id);
  oma_encoder_command (writer->encoder, command);
}

/* Takes back the last command, if it made the message too large. */
static gboolean
take_back (OmaDm1Writer *writer, gsize before)
{
  if (writer->limit == 0 || oma_encoder_get_size (writer->encoder) + TAIL <= writer->limit)
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
  write_command (writer, &status);
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

  write_command (writer, &alert);
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
  write_command (writer, &replace);
}

static gboolean
write_status (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *outcome)
{
  gsize before = oma_encoder_get_size (writer->encoder);
  const OmaCommand *command = outcome->command;
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
  write_command (writer, &status);
  return !take_back (writer, before);
}

/* Data and Meta of a value; (transfer full): text to be freed when the Item was written. */
static char *
fill_value (const OmaDm1Writer *writer, OmaItem *item, const OmaValue *value)
{
  OmaFormat format = oma_value_get_format (value);
  char *text = NULL;

  item->data = oma_value_get_data (value, &item->data_length);
  item->meta.format = oma_format_to_string (format);
  item->meta.type = oma_value_get_type_name (value);
  if (writer->encoding != OMA_ENCODING_XML)
    item->kind = format == OMA_FORMAT_BIN ? OMA_DATA_OCTETS : OMA_DATA_TEXT;
  else if (format == OMA_FORMAT_BIN || !oma_xml_can_hold_text (item->data, item->data_length))
    {
      text = g_base64_encode ((const guchar *) item->data, item->data_length);
      item->data = text;
      item->data_length = strlen (text);
      item->meta.format = "b64";
    }
  return text;
}

/* Properties are plain strings and carry no Meta, unless their text has to be wrapped. */
static void
drop_property_meta (OmaItem *item, const char *target)
{
  if (strstr (target, "?prop=") == NULL || g_strcmp0 (item->meta.format, "b64") == 0)
    return;
  item->meta.format = NULL;
  item->meta.type = NULL;
}

static void
fill_node (const OmaDm1Writer *writer, OmaItem *item, const OmaNodeList *nodes, guint index, const char *base,
           gboolean with_data, GPtrArray *texts)
{
  const char *relative = oma_node_list_get_uri (nodes, index);
  OmaValue *value = oma_node_list_get_value (nodes, index);
  char *source = *relative == '\0' ? g_strdup (base) : g_strconcat (base, "/", relative, NULL);
  char *text = NULL;

  g_ptr_array_add (texts, source);
  item->source = source;
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

/* One Results with an Item for each node (DM Tree and Description 1.2, Get with attributes). */
static void
write_nodes (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint n = oma_node_list_get_length (outcome->nodes);
  g_autofree OmaItem *items = g_new0 (OmaItem, n);
  const char *target = outcome->item->target;
  const char *query = strchr (target, '?');
  g_autofree char *base = query != NULL ? g_strndup (target, query - target) : g_strdup (target);
  gboolean with_data = query == NULL || strcmp (query, "?list=Struct") != 0;

  for (guint i = 0; i < n; i++)
    fill_node (writer, &items[i], outcome->nodes, i, base, with_data, texts);
  results->items = items;
  results->n_items = n;
  write_command (writer, results);
}

static void
write_value (OmaDm1Writer *writer, OmaCommand *results, const OmaOutcome *outcome)
{
  const char *target = outcome->item->target;
  const char *list = strstr (target, "?list=");
  g_autofree char *node = list != NULL ? g_strndup (target, list - target) : NULL;
  OmaItem item = { .source = node != NULL ? node : target };
  char *text = fill_value (writer, &item, outcome->value);

  drop_property_meta (&item, outcome->item->target);
  results->items = &item;
  results->n_items = 1;
  write_command (writer, results);
  g_free (text);
}

/* Returns: the octets that the Results took. */
static gsize
write_results (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *outcome)
{
  gsize before = oma_encoder_get_size (writer->encoder);
  OmaCommand results = {
    .type = OMA_COMMAND_RESULTS,
    .name = "Results",
    .msg_ref = batch->message->header.msg_id != NULL ? batch->message->header.msg_id : "",
    .cmd_ref = outcome->command->cmd_id,
  };

  if (outcome->nodes != NULL)
    write_nodes (writer, &results, outcome);
  else
    write_value (writer, &results, outcome);
  return oma_encoder_get_size (writer->encoder) - before;
}

/* No Results of @outcome can take more: an octet becomes six ("&quot;") at most. */
static gsize
estimate_results (const OmaOutcome *outcome)
{
  gsize frame = 1024 + 6 * strlen (outcome->item->target), size = frame;

  if (outcome->nodes == NULL)
    return frame + 6 * oma_value_get_size (outcome->value);
  for (guint i = 0; i < oma_node_list_get_length (outcome->nodes); i++)
    {
      OmaValue *value = oma_node_list_get_value (outcome->nodes, i);
      size += frame + 6 * strlen (oma_node_list_get_uri (outcome->nodes, i)) +
              (value != NULL ? 6 * oma_value_get_size (value) : 0);
    }
  return size;
}

static gboolean
has_results (const OmaOutcome *outcome)
{
  return outcome->value != NULL || outcome->nodes != NULL;
}

/* Whether the Results that belong to the Status of a Get would not even fit a message of their
 * own; then the Status says so and there are none (DM Protocol 1.2, section 7). */
static gboolean
results_are_too_large (OmaDm1Writer *writer, const OmaBatch *batch, const OmaOutcome *results)
{
  gsize before = oma_encoder_get_size (writer->encoder), size;

  if (writer->limit == 0 || !has_results (results))
    return FALSE;
  if (writer->base + TAIL + estimate_results (results) <= writer->limit)
    return FALSE;
  size = write_results (writer, batch, results);
  oma_encoder_truncate (writer->encoder, before);
  writer->cmd_id--;
  return writer->base + 2 * TAIL + size > writer->limit;
}

static gboolean
write_outcome (OmaDm1Writer *writer, OmaBatch *batch, guint index)
{
  OmaOutcome *outcome = &g_array_index (batch->outcomes, OmaOutcome, index);
  gboolean silent = outcome->command->no_resp || batch->message->header.no_resp;
  OmaOutcome *partner;
  gsize before;

  if (outcome->kind == OMA_OUTCOME_RESULTS)
    {
      if (!has_results (outcome))
        return TRUE;
      before = oma_encoder_get_size (writer->encoder);
      write_results (writer, batch, outcome);
      return !take_back (writer, before);
    }
  if (outcome->partner != 0)
    {
      partner = &g_array_index (batch->outcomes, OmaOutcome, outcome->partner);
      if (results_are_too_large (writer, batch, partner))
        {
          outcome->status = OMA_STATUS_ENTITY_TOO_LARGE;
          g_clear_pointer (&partner->value, oma_value_unref);
          g_clear_pointer (&partner->nodes, oma_node_list_free);
        }
    }
  return silent || write_status (writer, batch, outcome);
}

/**
 * oma_dm1_write_batch:
 * @writer: a writer
 * @batch: answers; its next is moved behind the last one that was written
 *
 * Writes Statuses and Results until the message is full (DM Protocol 1.2, section 6).  A
 * message that holds no answer yet takes at least one, the Status for an Alert not counted.
 *
 * Returns: whether all are written
 */
gboolean
oma_dm1_write_batch (OmaDm1Writer *writer, OmaBatch *batch)
{
  gsize limit = writer->limit;

  while (batch->next < batch->outcomes->len)
    {
      gboolean first = oma_encoder_get_size (writer->encoder) == writer->base;
      gboolean written = write_outcome (writer, batch, batch->next);

      if (!written && first)
        {
          writer->limit = 0;
          written = write_outcome (writer, batch, batch->next);
          writer->limit = limit;
        }
      if (!written)
        return FALSE;
      /* The Status for Alert 1222 is not what the server asked for with it. */
      if (first && g_array_index (batch->outcomes, OmaOutcome, batch->next).command->type == OMA_COMMAND_ALERT)
        writer->base = oma_encoder_get_size (writer->encoder);
      batch->next++;
    }
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-sink.h"

#include <string.h>

/**
 * oma_sink_free:
 * @sink: (nullable) (transfer full): a sink
 */
void
oma_sink_free (OmaSink *sink)
{
  if (sink != NULL)
    sink->free (sink);
}

static void
write_text (OmaSink *sink, OmaTag tag, const char *text)
{
  if (text != NULL)
    sink->leaf (sink, tag, text, strlen (text));
}

static void
write_number (OmaSink *sink, OmaTag tag, guint64 number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, number);
  write_text (sink, tag, text);
}

static void
write_flag (OmaSink *sink, OmaTag tag, gboolean flag)
{
  if (flag)
    sink->empty (sink, tag);
}

static void
write_location (OmaSink *sink, OmaTag tag, const char *uri, const char *name)
{
  if (uri == NULL && name == NULL)
    return;
  sink->start (sink, tag);
  write_text (sink, OMA_TAG_LOC_URI, uri != NULL ? uri : "");    /* the DTD wants one */
  write_text (sink, OMA_TAG_LOC_NAME, name);
  sink->end (sink, tag);
}

static gboolean
meta_is_empty (const OmaMeta *meta)
{
  return meta->format == NULL && meta->type == NULL && meta->mark == NULL && meta->next_nonce == NULL &&
         !meta->has_size && meta->max_msg_size == 0 && meta->max_obj_size == 0;
}

/* Meta-Information 1.2, section 5: the order of MetInf. */
static void
write_meta (OmaSink *sink, const OmaMeta *meta)
{
  if (meta_is_empty (meta))
    return;
  sink->start (sink, OMA_TAG_META);
  write_text (sink, OMA_TAG_FORMAT, meta->format);
  write_text (sink, OMA_TAG_TYPE, meta->type);
  write_text (sink, OMA_TAG_MARK, meta->mark);
  if (meta->has_size)
    write_number (sink, OMA_TAG_SIZE, meta->size);
  write_text (sink, OMA_TAG_NEXT_NONCE, meta->next_nonce);
  if (meta->max_msg_size > 0)
    write_number (sink, OMA_TAG_MAX_MSG_SIZE, meta->max_msg_size);
  if (meta->max_obj_size > 0)
    write_number (sink, OMA_TAG_MAX_OBJ_SIZE, meta->max_obj_size);
  sink->end (sink, OMA_TAG_META);
}

static void
write_data (OmaSink *sink, const OmaItem *item, const OmaMeta *command_meta)
{
  if (item->data == NULL)
    return;
  if (sink->data != NULL)
    sink->data (sink, item, item->meta.format != NULL ? item->meta.format : command_meta->format);
  else
    sink->leaf (sink, OMA_TAG_DATA, item->data, item->data_length);
}

static void
write_item (OmaSink *sink, const OmaItem *item, const OmaMeta *command_meta)
{
  sink->start (sink, OMA_TAG_ITEM);
  write_location (sink, OMA_TAG_TARGET, item->target, item->target_name);
  write_location (sink, OMA_TAG_SOURCE, item->source, item->source_name);
  write_meta (sink, &item->meta);
  write_data (sink, item, command_meta);
  write_flag (sink, OMA_TAG_MORE_DATA, item->more_data);
  sink->end (sink, OMA_TAG_ITEM);
}

static void
write_items (OmaSink *sink, const OmaCommand *command)
{
  for (guint i = 0; i < command->n_items; i++)
    write_item (sink, &command->items[i], &command->meta);
}

static void
write_status (OmaSink *sink, const OmaCommand *status)
{
  write_text (sink, OMA_TAG_MSG_REF, status->msg_ref);
  write_text (sink, OMA_TAG_CMD_REF, status->cmd_ref);
  write_text (sink, OMA_TAG_CMD, status->cmd);
  write_text (sink, OMA_TAG_TARGET_REF, status->target_ref);
  write_text (sink, OMA_TAG_SOURCE_REF, status->source_ref);
  if (status->chal != NULL)
    {
      sink->start (sink, OMA_TAG_CHAL);
      write_meta (sink, status->chal);
      sink->end (sink, OMA_TAG_CHAL);
    }
  write_text (sink, OMA_TAG_DATA, status->data);
  write_items (sink, status);
}

static void
write_results (OmaSink *sink, const OmaCommand *results)
{
  write_text (sink, OMA_TAG_MSG_REF, results->msg_ref);
  write_text (sink, OMA_TAG_CMD_REF, results->cmd_ref);
  write_meta (sink, &results->meta);
  write_text (sink, OMA_TAG_TARGET_REF, results->target_ref);
  write_text (sink, OMA_TAG_SOURCE_REF, results->source_ref);
  write_items (sink, results);
}

static void
write_alert (OmaSink *sink, const OmaCommand *alert)
{
  write_flag (sink, OMA_TAG_NO_RESP, alert->no_resp);
  write_text (sink, OMA_TAG_DATA, alert->data);
  write_text (sink, OMA_TAG_CORRELATOR, alert->correlator);
  write_items (sink, alert);
}

static void
write_container (OmaSink *sink, const OmaCommand *container)
{
  write_flag (sink, OMA_TAG_NO_RESP, container->no_resp);
  write_meta (sink, &container->meta);
  for (const OmaCommand *child = container->first_child; child != NULL; child = child->next)
    oma_sink_command (sink, child);
}

static void
write_operation (OmaSink *sink, const OmaCommand *command)
{
  write_flag (sink, OMA_TAG_NO_RESP, command->no_resp);
  write_meta (sink, &command->meta);
  if (command->type == OMA_COMMAND_EXEC)
    write_text (sink, OMA_TAG_CORRELATOR, command->correlator);
  write_items (sink, command);
}

static const struct {
  OmaTag tag;
  void (*write) (OmaSink *sink, const OmaCommand *command);
} writers[] = {
  [OMA_COMMAND_ADD] = { OMA_TAG_ADD, write_operation },
  [OMA_COMMAND_ALERT] = { OMA_TAG_ALERT, write_alert },
  [OMA_COMMAND_ATOMIC] = { OMA_TAG_ATOMIC, write_container },
  [OMA_COMMAND_COPY] = { OMA_TAG_COPY, write_operation },
  [OMA_COMMAND_DELETE] = { OMA_TAG_DELETE, write_operation },
  [OMA_COMMAND_EXEC] = { OMA_TAG_EXEC, write_operation },
  [OMA_COMMAND_GET] = { OMA_TAG_GET, write_operation },
  [OMA_COMMAND_REPLACE] = { OMA_TAG_REPLACE, write_operation },
  [OMA_COMMAND_RESULTS] = { OMA_TAG_RESULTS, write_results },
  [OMA_COMMAND_SEQUENCE] = { OMA_TAG_SEQUENCE, write_container },
  [OMA_COMMAND_STATUS] = { OMA_TAG_STATUS, write_status },
};

/**
 * oma_sink_command:
 * @sink: a sink
 * @command: a command, which goes with all that it holds
 *
 * Writes a command in the order of its content model (SyncML Representation Protocol 1.2,
 * section 5).  Commands that DM does not know are left out.
 */
void
oma_sink_command (OmaSink *sink, const OmaCommand *command)
{
  OmaTag tag;

  if (command->type == OMA_COMMAND_UNKNOWN || command->type == OMA_COMMAND_UNSUPPORTED)
    {
      if (sink->note != NULL)
        sink->note (sink, command->name);
      return;
    }
  tag = writers[command->type].tag;
  sink->start (sink, tag);
  write_text (sink, OMA_TAG_CMD_ID, command->cmd_id);
  writers[command->type].write (sink, command);
  sink->end (sink, tag);
}

/**
 * oma_sink_header:
 * @sink: a sink that nothing was written to
 * @header: the SyncHdr
 *
 * Writes everything up to the first command.
 */
void
oma_sink_header (OmaSink *sink, const OmaHeader *header)
{
  sink->begin (sink, header);
  sink->start (sink, OMA_TAG_SYNC_HDR);
  write_text (sink, OMA_TAG_VER_DTD, header->ver_dtd);
  write_text (sink, OMA_TAG_VER_PROTO, header->ver_proto);
  write_text (sink, OMA_TAG_SESSION_ID, header->session_id);
  write_text (sink, OMA_TAG_MSG_ID, header->msg_id);
  write_location (sink, OMA_TAG_TARGET, header->target, header->target_name);
  write_location (sink, OMA_TAG_SOURCE, header->source, header->source_name);
  write_text (sink, OMA_TAG_RESP_URI, header->resp_uri);
  write_flag (sink, OMA_TAG_NO_RESP, header->no_resp);
  if (header->has_cred)
    {
      sink->start (sink, OMA_TAG_CRED);
      write_meta (sink, &header->cred_meta);
      write_text (sink, OMA_TAG_DATA, header->cred_data != NULL ? header->cred_data : "");
      sink->end (sink, OMA_TAG_CRED);
    }
  write_meta (sink, &header->meta);
  sink->end (sink, OMA_TAG_SYNC_HDR);
  sink->start (sink, OMA_TAG_SYNC_BODY);
}

/**
 * oma_sink_close:
 * @sink: a sink that has got a header
 * @final: the message is the last one of its package
 *
 * Writes everything behind the last command.
 */
void
oma_sink_close (OmaSink *sink, gboolean final)
{
  write_flag (sink, OMA_TAG_FINAL, final);
  sink->end (sink, OMA_TAG_SYNC_BODY);
  sink->end (sink, OMA_TAG_SYNC_ML);
}

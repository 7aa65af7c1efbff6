/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-session-private.h"

#include <string.h>

static void
remember (TsReply *reply, const TsCommand *command)
{
  const char *uri = command->command.n_items > 0 ? command->command.items[0].target : NULL;

  g_hash_table_replace (reply->session->sent, g_strdup_printf ("%s/%s", reply->msg_id, command->id),
                        g_strdup (uri != NULL ? uri : ""));
  for (guint i = 0; i < command->children->len; i++)
    remember (reply, g_ptr_array_index (command->children, i));
}

static void
note_sent (TsReply *reply, TsCommand *command)
{
  remember (reply, command);
  g_ptr_array_add (reply->session->last_sent, ts_command_ref (command));
  reply->session->package_used = TRUE;
}

static gboolean
fits (const TsReply *reply)
{
  return oma_encoder_get_size (reply->encoder) <= reply->session->room;
}

/* Writes @command with @length octets of its data from @offset on. */
static void
write_chunk (TsReply *reply, const TsCommand *command, gsize offset, gsize length)
{
  OmaCommand chunk = command->command;
  OmaItem item = chunk.items[0];

  item.more_data = offset + length < item.data_length;
  if (offset == 0 && item.more_data)
    {
      item.meta.has_size = TRUE;
      item.meta.size = item.data_length;
    }
  item.data += offset;
  item.data_length = length;
  chunk.items = &item;
  oma_encoder_command (reply->encoder, &chunk);
}

static gboolean
chunk_fits (TsReply *reply, const TsCommand *command, gsize length)
{
  gsize before = oma_encoder_get_size (reply->encoder);
  gboolean does;

  write_chunk (reply, command, reply->session->chunk_sent, length);
  does = fits (reply);
  oma_encoder_truncate (reply->encoder, before);
  return does;
}

/* Adds as much of a large object's data as fits (DM Protocol 1.2, section 7); how much that
 * is depends on what has to be escaped, so it is tried.  Returns: how many octets it took, 0
 * when none fit. */
static gsize
add_chunk (TsReply *reply, TsCommand *command)
{
  const OmaItem *item = &command->command.items[0];
  gsize offset = reply->session->chunk_sent;
  gsize most = MIN (item->data_length - offset, reply->session->room);
  gsize length = 0;

  while (length < most)
    {
      gsize middle = length + (most - length + 1) / 2;

      if (chunk_fits (reply, command, middle))
        length = middle;
      else
        most = middle - 1;
    }
  while (length > 0 && offset + length < item->data_length && ((guchar) item->data[offset + length] & 0xc0) == 0x80)
    length--;                          /* between characters only */
  if (length > 0)
    write_chunk (reply, command, offset, length);
  return length;
}

static gboolean
can_be_chunked (const TsCommand *command)
{
  return (command->command.type == OMA_COMMAND_ADD || command->command.type == OMA_COMMAND_REPLACE) &&
         command->command.n_items == 1 && command->command.items[0].data_length > 0;
}

static void
drop_oversized (TsReply *reply)
{
  g_autoptr(TsCommand) command = g_queue_pop_head (&reply->session->device->queue);
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", "error");
  json_object_set_string_member (object, "session", reply->session->id);
  json_object_set_string_member (object, "command", command->command.name);
  json_object_set_string_member (object, "data", "larger than the client's MaxMsgSize");
  ts_device_add_result (reply->session->device, object);
}

/* What does not fit even in a message of its own goes in chunks, or not at all.  Returns:
 * whether the message is full. */
static gboolean
add_oversized (TsReply *reply, TsCommand *command)
{
  TsSession *session = reply->session;
  gsize length = can_be_chunked (command) ? add_chunk (reply, command) : 0;

  if (length == 0)
    {
      session->chunk_sent = 0;
      drop_oversized (reply);
      return FALSE;
    }
  session->chunk_sent += length;
  note_sent (reply, command);
  if (session->chunk_sent < command->command.items[0].data_length)
    return TRUE;
  session->chunk_sent = 0;
  ts_command_unref (g_queue_pop_head (&session->device->queue));
  return FALSE;
}

static gboolean
add_one (TsReply *reply, TsCommand *command)
{
  TsSession *session = reply->session;
  gsize before = oma_encoder_get_size (reply->encoder);

  ts_command_number (command, &reply->last_id);
  if (session->chunk_sent > 0)
    return add_oversized (reply, command);
  oma_encoder_command (reply->encoder, &command->command);
  if (fits (reply))
    {
      note_sent (reply, command);
      ts_command_unref (g_queue_pop_head (&session->device->queue));
      return FALSE;
    }
  oma_encoder_truncate (reply->encoder, before);
  return session->last_sent->len > 0 || add_oversized (reply, command);
}

/* Adds the next package's commands as far as there is room.  XML that is sent as it is
 * collects in @raw and stands last.  Returns: whether the package goes on in another
 * message. */
gboolean
ts_reply_add_commands (TsReply *reply, GString *raw)
{
  TsSession *session = reply->session;
  TsCommand *command;

  while ((command = g_queue_peek_head (&session->device->queue)) != NULL)
    {
      if (command->is_break)
        {
          ts_command_unref (g_queue_pop_head (&session->device->queue));
          if (session->package_used)
            return FALSE;
        }
      else if (command->raw != NULL)
        {
          g_string_append (raw, command->raw);
          session->package_used = TRUE;
          g_ptr_array_add (session->last_sent, g_queue_pop_head (&session->device->queue));
        }
      else if (raw->len > 0)
        return FALSE;
      else if (add_one (reply, command))
        return TRUE;
    }
  return FALSE;
}

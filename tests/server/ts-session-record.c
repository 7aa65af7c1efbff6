/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-session-private.h"

#include <string.h>

#define MAX_LARGE_OBJECT (64 * 1024 * 1024)   /* octets that a client may send in chunks */

static JsonObject *
new_record (TsSession *session, const char *type)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "type", type);
  json_object_set_string_member (object, "session", session->id);
  return object;
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
}

/* Codes are numbers in JSON, whatever a client wrote. */
static void
set_code (JsonObject *object, const char *text)
{
  json_object_set_int_member (object, "code", text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0);
}

static const OmaMeta *
item_meta (const OmaCommand *command, const OmaItem *item)
{
  return item->meta.format != NULL || item->meta.type != NULL ? &item->meta : &command->meta;
}

static void
record_status (TsSession *session, const OmaCommand *status)
{
  JsonObject *object;
  g_autofree char *key = NULL;
  const char *uri = status->target_ref != NULL ? status->target_ref : status->source_ref;

  key = g_strdup_printf ("%s/%s", status->msg_ref, status->cmd_ref);
  if (uri == NULL)
    uri = g_hash_table_lookup (session->sent, key);
  object = new_record (session, "status");
  set_text (object, "command", status->cmd);
  set_text (object, "uri", uri != NULL && uri[0] != '\0' ? uri : NULL);
  set_code (object, status->data);
  if (status->n_items > 0 && status->items[0].data != NULL)
    ts_json_set_octets (object, status->items[0].data, status->items[0].data_length);
  ts_device_add_result (session->device, object);
}

/* Results may come in chunks (DM Protocol 1.2, section 7); what is recorded is the whole. */
static void
record_results_item (TsSession *session, const OmaCommand *results, const OmaItem *item)
{
  const OmaMeta *meta = item_meta (results, item);
  JsonObject *object;

  if (item->more_data || session->large->len > 0)
    {
      if (session->large->len + item->data_length <= MAX_LARGE_OBJECT && item->data != NULL)
        g_string_append_len (session->large, item->data, (gssize) item->data_length);
      if (item->more_data)
        return;
    }
  object = new_record (session, "results");
  set_text (object, "uri", item->source != NULL ? item->source : results->source_ref);
  set_text (object, "format", meta->format);
  set_text (object, "media-type", meta->type);
  if (session->large->len > 0)
    ts_json_set_octets (object, session->large->str, session->large->len);
  else if (item->data != NULL)
    ts_json_set_octets (object, item->data, item->data_length);
  g_string_truncate (session->large, 0);
  ts_device_add_result (session->device, object);
}

static void
record_alert (TsSession *session, const OmaCommand *alert)
{
  JsonObject *object = new_record (session, "alert");
  JsonArray *items = json_array_new ();

  set_code (object, alert->data);
  set_text (object, "correlator", alert->correlator);
  for (guint i = 0; i < alert->n_items; i++)
    {
      JsonObject *item = json_object_new ();

      set_text (item, "source", alert->items[i].source);
      set_text (item, "target", alert->items[i].target);
      set_text (item, "format", alert->items[i].meta.format);
      set_text (item, "media-type", alert->items[i].meta.type);
      set_text (item, "mark", alert->items[i].meta.mark);
      if (alert->items[i].data != NULL)
        ts_json_set_octets (item, alert->items[i].data, alert->items[i].data_length);
      json_array_add_object_element (items, item);
    }
  json_object_set_array_member (object, "items", items);
  ts_device_add_result (session->device, object);
}

static void
record_info (TsSession *session, const OmaCommand *replace)
{
  for (guint i = 0; i < replace->n_items; i++)
    {
      const OmaItem *item = &replace->items[i];
      const char *name = item->source != NULL ? strrchr (item->source, '/') : NULL;

      if (name != NULL && strstr (item->source, "DevInfo/") != NULL && item->data != NULL &&
          g_utf8_validate_len (item->data, item->data_length, NULL) && g_hash_table_size (session->device->info) < 100)
        g_hash_table_replace (session->device->info, g_strdup (name + 1),
                              g_strndup (item->data, item->data_length));
    }
}

static gboolean
is_of_header (const OmaCommand *status)
{
  return g_strcmp0 (status->cmd, "SyncHdr") == 0 || g_strcmp0 (status->cmd_ref, "0") == 0;
}

/* Notes the Status of our SyncHdr.  Returns: whether the client refused our credentials, so
 * that the other Statuses only repeat that and the commands go out again. */
static gboolean
note_header_status (TsSession *session, const OmaMessage *message)
{
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    if (command->type == OMA_COMMAND_STATUS && is_of_header (command))
      {
        ts_session_note_verdict (session, command);
        return g_strcmp0 (command->data, "401") == 0 || g_strcmp0 (command->data, "407") == 0;
      }
  return FALSE;
}

/* Keeps what an accepted message says.  Returns: whether it ends the session (Alert 1223). */
gboolean
ts_session_record (TsSession *session, const OmaMessage *message)
{
  gboolean aborted = FALSE;
  gboolean refused = note_header_status (session, message);

  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    {
      if (command->type == OMA_COMMAND_STATUS)
        {
          if (!refused && !is_of_header (command))
            record_status (session, command);
        }
      else if (command->type == OMA_COMMAND_RESULTS)
        for (guint i = 0; i < command->n_items; i++)
          record_results_item (session, command, &command->items[i]);
      else if (command->type == OMA_COMMAND_ALERT)
        {
          /* "Next message" is bookkeeping of the protocol, nothing that the device says. */
          if (g_strcmp0 (command->data, "1222") != 0)
            record_alert (session, command);
          aborted |= g_strcmp0 (command->data, "1223") == 0;
        }
      else if (command->type == OMA_COMMAND_REPLACE)
        record_info (session, command);
    }
  return aborted;
}

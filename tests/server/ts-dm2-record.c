/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"

#include <string.h>

#define START_ALERT "urn:oma:at:dm:2.0:"

static JsonObject *
new_record (guint session, const char *type)
{
  JsonObject *object = json_object_new ();
  g_autofree char *number = g_strdup_printf ("%u", session);

  json_object_set_string_member (object, "type", type);
  json_object_set_string_member (object, "protocol", "2.0");
  json_object_set_string_member (object, "session", number);
  return object;
}

/* The member as it came, whatever it is. */
static void
copy_member (JsonObject *object, const char *member, JsonObject *from, const char *name)
{
  JsonNode *node = json_object_get_member (from, name);

  if (node != NULL)
    json_object_set_member (object, member, json_node_copy (node));
}

static JsonArray *
get_array (TsDevice *device, guint session, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  g_autofree char *text = NULL;

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  text = g_strdup_printf ("%s is no array", member);
  ts_dm2_record_error (device, session, text);
  return NULL;
}

static JsonObject *
get_object (TsDevice *device, guint session, JsonArray *array, guint index, const char *what)
{
  JsonNode *node = json_array_get_element (array, index);
  g_autofree char *text = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  text = g_strdup_printf ("an entry of %s is no object", what);
  ts_dm2_record_error (device, session, text);
  return NULL;
}

/**
 * ts_dm2_record_error:
 * @device: a device
 * @session: number of its session
 * @text: in what its package differs from the specification
 */
void
ts_dm2_record_error (TsDevice *device, guint session, const char *text)
{
  JsonObject *object = new_record (session, "error");

  json_object_set_string_member (object, "error", text);
  ts_device_add_result (device, object);
}

static gboolean
has_instances (JsonObject *entry)
{
  JsonNode *node = json_object_get_member (entry, "MIID");

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node);
}

/**
 * ts_dm2_record_objects:
 * @device: a device
 * @session: number of its session
 * @package: its package 1
 *
 * Keeps MOS (DM Protocol 2.0, package 1) as an "objects" record.
 */
void
ts_dm2_record_objects (TsDevice *device, guint session, JsonObject *package)
{
  JsonArray *array = get_array (device, session, package, "MOS");
  JsonObject *record;

  if (array == NULL)
    return;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *entry = get_object (device, session, array, i, "MOS");

      if (entry != NULL && !has_instances (entry))
        ts_dm2_record_error (device, session, "an entry of MOS has no MIID");
    }
  record = new_record (session, "objects");
  copy_member (record, "objects", package, "MOS");
  ts_device_add_result (device, record);
}

static gboolean
is_start (JsonObject *alert)
{
  const char *type = json_object_get_string_member_with_default (alert, "AlertType", NULL);

  return type != NULL && g_str_has_prefix (type, START_ALERT);
}

/**
 * ts_dm2_record_alerts:
 * @device: a device
 * @session: number of its session
 * @package: its package 1 or 3
 *
 * Keeps the alerts.
 *
 * Returns: how many of them say why a session was started
 */
guint
ts_dm2_record_alerts (TsDevice *device, guint session, JsonObject *package)
{
  JsonArray *array = get_array (device, session, package, "Alert");
  guint n_starts = 0;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *alert = get_object (device, session, array, i, "Alert");
      JsonObject *record;

      if (alert == NULL)
        continue;
      record = new_record (session, "alert");
      copy_member (record, "alert-type", alert, "AlertType");
      copy_member (record, "source", alert, "SourceURI");
      copy_member (record, "target", alert, "TargetURI");
      copy_member (record, "mark", alert, "Mark");
      copy_member (record, "data-type", alert, "DataType");
      copy_member (record, "data", alert, "Data");
      ts_device_add_result (device, record);
      if (is_start (alert))
        n_starts++;
    }
  return n_starts;
}

static void
record_one (TsDevice *device, guint session, JsonObject *status, JsonNode *command)
{
  JsonObject *record = new_record (session, "status");
  const char *name = command != NULL ? ts_dm2_get_parameter (command, 0) : NULL;
  const char *uri = command != NULL ? ts_dm2_get_parameter (command, 1) : NULL;

  if (name != NULL)
    json_object_set_string_member (record, "command", name);
  if (uri != NULL)
    json_object_set_string_member (record, "uri", uri);
  copy_member (record, "code", status, "sc");
  copy_member (record, "uris", status, "URI");
  copy_member (record, "mo-data", status, "MOData");
  ts_device_add_result (device, record);
}

/**
 * ts_dm2_record_status:
 * @device: a device
 * @session: number of its session
 * @package: its package 3
 * @sent: (element-type JsonNode): the commands that it answers, in their order
 */
void
ts_dm2_record_status (TsDevice *device, guint session, JsonObject *package, const GPtrArray *sent)
{
  JsonArray *array = get_array (device, session, package, "Status");
  guint n = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonObject *status = get_object (device, session, array, i, "Status");

      if (status != NULL)
        record_one (device, session, status, i < sent->len ? g_ptr_array_index (sent, i) : NULL);
    }
  if (array == NULL || (n != sent->len && sent->len > 0))
    ts_dm2_record_error (device, session, "package 3 has not one status for each command");
}

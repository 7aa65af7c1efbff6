/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-device.h"

#include <string.h>

#define MAX_DEVICES 10000
#define MAX_QUEUE 100000
#define MAX_RESULTS 100000
#define MAX_MESSAGES 1000
#define MAX_MESSAGE_OCTETS (64 * 1024 * 1024)
#define MAX_ID 1024             /* octets */

struct _TsDevices {
  GHashTable *table;
  GPtrArray  *first_commands;   /* (nullable) */
};

TsDevice *
ts_device_new (const char *id)
{
  TsDevice *device = g_new0 (TsDevice, 1);

  device->id = g_strdup (id);
  device->info = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return device;
}

/**
 * ts_device_clear_queues:
 * @device: a device that shall have nothing to do
 */
void
ts_device_clear_queues (TsDevice *device)
{
  g_queue_clear_full (&device->queue, (GDestroyNotify) ts_command_unref);
  g_queue_clear_full (&device->queue2, (GDestroyNotify) json_node_unref);
}

/**
 * ts_device_clear:
 * @device: a device
 *
 * Forgets its queue, its results and its messages, not its nonces.
 */
void
ts_device_clear (TsDevice *device)
{
  ts_device_clear_queues (device);
  g_queue_clear_full (&device->results, (GDestroyNotify) json_object_unref);
  g_queue_clear_full (&device->messages, (GDestroyNotify) json_object_unref);
  device->message_octets = 0;
}

void
ts_device_free (TsDevice *device)
{
  ts_device_clear (device);
  g_hash_table_unref (device->info);
  g_clear_pointer (&device->client_nonce, g_bytes_unref);
  g_clear_pointer (&device->server_nonce, g_bytes_unref);
  g_free (device->id);
  g_free (device);
}

/**
 * ts_device_queue:
 * @device: a device
 * @commands: (element-type TsCommand): what it has to do after everything else
 *
 * The queue gets references; commands beyond 100,000 are left out.
 */
void
ts_device_queue (TsDevice *device, GPtrArray *commands)
{
  for (guint i = 0; i < commands->len && g_queue_get_length (&device->queue) < MAX_QUEUE; i++)
    g_queue_push_tail (&device->queue, ts_command_ref (g_ptr_array_index (commands, i)));
}

/**
 * ts_device_queue2:
 * @device: a device
 * @commands: (element-type JsonNode): what it has to do after everything else in sessions of DM 2.0
 */
void
ts_device_queue2 (TsDevice *device, GPtrArray *commands)
{
  for (guint i = 0; i < commands->len && g_queue_get_length (&device->queue2) < MAX_QUEUE; i++)
    g_queue_push_tail (&device->queue2, json_node_copy (g_ptr_array_index (commands, i)));
}

/**
 * ts_device_queue_first:
 * @device: a device
 * @commands: (element-type TsCommand): what it has to do before everything else
 */
void
ts_device_queue_first (TsDevice *device, GPtrArray *commands)
{
  for (guint i = commands->len; i > 0; i--)
    g_queue_push_head (&device->queue, ts_command_ref (g_ptr_array_index (commands, i - 1)));
}

/**
 * ts_device_add_result:
 * @device: a device
 * @result: (transfer full): a Status, Results or Alert of its
 */
void
ts_device_add_result (TsDevice *device, JsonObject *result)
{
  g_queue_push_tail (&device->results, result);
  if (g_queue_get_length (&device->results) > MAX_RESULTS)
    json_object_unref (g_queue_pop_head (&device->results));
}

/**
 * ts_json_set_octets:
 * @object: a JSON object
 * @data: octets
 * @length: how many
 *
 * Sets "data", or "data-base64" when the octets are no text.
 */
void
ts_json_set_octets (JsonObject *object, const char *data, gsize length)
{
  g_autofree char *text = NULL;

  if (g_utf8_validate_len (data, length, NULL))
    {
      text = g_strndup (data, length);
      json_object_set_string_member (object, "data", text);
      return;
    }
  text = g_base64_encode ((const guchar *) data, length);
  json_object_set_string_member (object, "data-base64", text);
}

/**
 * ts_device_add_message:
 * @device: a device
 * @from_client: who sent it
 * @session_id: its session
 * @body: the message as it was on the wire
 */
void
ts_device_add_message (TsDevice *device, gboolean from_client, const char *session_id, GBytes *body)
{
  JsonObject *object = json_object_new ();
  gsize size;
  const char *data = g_bytes_get_data (body, &size);

  json_object_set_string_member (object, "from", from_client ? "client" : "server");
  json_object_set_string_member (object, "session", session_id);
  json_object_set_int_member (object, "size", (gint64) size);
  ts_json_set_octets (object, data, size);
  g_queue_push_tail (&device->messages, object);
  device->message_octets += size;
  while (g_queue_get_length (&device->messages) > MAX_MESSAGES || device->message_octets > MAX_MESSAGE_OCTETS)
    {
      g_autoptr(JsonObject) oldest = g_queue_pop_head (&device->messages);

      device->message_octets -= (gsize) json_object_get_int_member (oldest, "size");
    }
}

/**
 * ts_devices_new:
 * @first_commands: (nullable) (element-type TsCommand): what every new device has to do
 */
TsDevices *
ts_devices_new (GPtrArray *first_commands)
{
  TsDevices *devices = g_new0 (TsDevices, 1);

  devices->table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ts_device_free);
  devices->first_commands = first_commands != NULL ? g_ptr_array_ref (first_commands) : NULL;
  return devices;
}

void
ts_devices_free (TsDevices *devices)
{
  g_hash_table_unref (devices->table);
  g_clear_pointer (&devices->first_commands, g_ptr_array_unref);
  g_free (devices);
}

/**
 * ts_devices_find:
 *
 * Returns: (transfer none) (nullable): the device of that id
 */
TsDevice *
ts_devices_find (TsDevices *devices, const char *id)
{
  return g_hash_table_lookup (devices->table, id);
}

/**
 * ts_devices_ensure:
 * @devices: the devices
 * @id: Source of a message, or what the administrator named
 *
 * Returns: (transfer none) (nullable): the device, made if it is new; %NULL when there are
 *   too many or the id cannot be one
 */
TsDevice *
ts_devices_ensure (TsDevices *devices, const char *id)
{
  TsDevice *device = ts_devices_find (devices, id);

  if (device != NULL)
    return device;
  if (id[0] == '\0' || strlen (id) > MAX_ID || !g_utf8_validate (id, -1, NULL) ||
      g_hash_table_size (devices->table) >= MAX_DEVICES)
    return NULL;
  device = ts_device_new (id);
  g_hash_table_insert (devices->table, device->id, device);
  if (devices->first_commands != NULL)
    ts_device_queue (device, devices->first_commands);
  return device;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (((const TsDevice *) a)->id, ((const TsDevice *) b)->id);
}

/**
 * ts_devices_list:
 *
 * Returns: (transfer container) (element-type TsDevice): all devices, by id
 */
GList *
ts_devices_list (TsDevices *devices)
{
  return g_list_sort (g_hash_table_get_values (devices->table), compare_ids);
}

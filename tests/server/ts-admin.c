/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-admin-private.h"

#include "ts-dm2.h"

#include <string.h>

/**
 * ts_admin_reply:
 * @http: a request of the administrator's
 * @status: HTTP status
 * @object: the answer
 */
void
ts_admin_reply (SoupServerMessage *http, guint status, JsonObject *object)
{
  g_autoptr(JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  json_node_set_object (root, object);
  text = json_to_string (root, TRUE);
  line = g_strconcat (text, "\n", NULL);
  soup_server_message_set_status (http, status, NULL);
  soup_server_message_set_response (http, "application/json", SOUP_MEMORY_COPY, line, strlen (line));
}

/**
 * ts_admin_reply_error:
 * @http: a request of the administrator's
 * @status: HTTP status
 * @text: why, for people
 */
void
ts_admin_reply_error (SoupServerMessage *http, guint status, const char *text)
{
  g_autoptr(JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "error", text);
  ts_admin_reply (http, status, object);
}

/**
 * ts_admin_read:
 * @http: a request of the administrator's
 * @error: return location for an error
 *
 * Returns: (transfer full): the JSON that came with it, or %NULL
 */
JsonNode *
ts_admin_read (SoupServerMessage *http, GError **error)
{
  g_autoptr(GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (http));
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root;

  if (!json_parser_load_from_data (parser, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body), error))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the body is empty");
  return root != NULL ? json_node_ref (root) : NULL;
}

static JsonObject *
describe_device (TsServer *server, TsDevice *device)
{
  JsonObject *object = json_object_new ();
  JsonObject *info = json_object_new ();
  TsSession *session = g_hash_table_lookup (server->sessions, device->id);
  TsDm2 *dm2 = g_hash_table_lookup (server->dm2, device->id);
  GHashTableIter iter;
  gpointer name, value;

  json_object_set_string_member (object, "id", device->id);
  json_object_set_int_member (object, "sessions", device->n_sessions);
  json_object_set_boolean_member (object, "busy", (session != NULL && !ts_session_has_ended (session)) ||
                                               (dm2 != NULL && ts_dm2_is_open (dm2)));
  json_object_set_int_member (object, "queued", g_queue_get_length (&device->queue) +
                                                g_queue_get_length (&device->queue2));
  json_object_set_int_member (object, "results", g_queue_get_length (&device->results));
  g_hash_table_iter_init (&iter, device->info);
  while (g_hash_table_iter_next (&iter, &name, &value))
    json_object_set_string_member (info, name, value);
  json_object_set_object_member (object, "info", info);
  return object;
}

static void
get_devices (TsServer *server, SoupServerMessage *http)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autoptr(GList) devices = ts_devices_list (server->devices);
  JsonArray *array = json_array_new ();

  for (GList *link = devices; link != NULL; link = link->next)
    json_array_add_object_element (array, describe_device (server, link->data));
  json_object_set_array_member (object, "devices", array);
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

/**
 * ts_admin_reply_list:
 * @http: a request of the administrator's
 * @name: how the list is called
 * @objects: (element-type JsonObject): what is in it
 */
void
ts_admin_reply_list (SoupServerMessage *http, const char *name, const GQueue *objects)
{
  g_autoptr(JsonObject) object = json_object_new ();
  JsonArray *array = json_array_new ();

  for (GList *link = objects->head; link != NULL; link = link->next)
    json_array_add_object_element (array, json_object_ref (link->data));
  json_object_set_array_member (object, name, array);
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

static void
post_commands (TsServer *server, SoupServerMessage *http, const char *id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = ts_admin_read (http, &error);
  gboolean is_dm2 = node != NULL && ts_dm2_is_list (node);
  g_autoptr(GPtrArray) commands = NULL;
  g_autoptr(JsonObject) object = json_object_new ();
  TsDevice *device;

  if (node != NULL)
    commands = is_dm2 ? ts_dm2_commands_parse (node, &error) : ts_commands_parse (node, &error);
  if (commands == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  device = ts_devices_ensure (server->devices, id);
  if (device == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, "no device id, or too many devices");
      return;
    }
  if (is_dm2)
    ts_device_queue2 (device, commands);
  else
    ts_device_queue (device, commands);
  json_object_set_int_member (object, "queued", g_queue_get_length (is_dm2 ? &device->queue2 : &device->queue));
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

static void
post_misbehave (TsServer *server, SoupServerMessage *http)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonNode) node = ts_admin_read (http, &error);
  g_autoptr(TsFault) fault = node != NULL ? ts_fault_parse (node, &error) : NULL;
  g_autoptr(JsonObject) object = json_object_new ();

  if (fault == NULL)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, error->message);
      return;
    }
  if (g_queue_get_length (&server->faults) >= 1000)
    {
      ts_admin_reply_error (http, SOUP_STATUS_BAD_REQUEST, "too many misbehaviours are waiting");
      return;
    }
  g_queue_push_tail (&server->faults, g_steal_pointer (&fault));
  json_object_set_int_member (object, "waiting", g_queue_get_length (&server->faults));
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

static void
delete_records (TsServer *server, SoupServerMessage *http, TsDevice *device, const char *what)
{
  g_autoptr(JsonObject) object = json_object_new ();

  if (what == NULL)
    ts_server_forget (server, device);
  else if (g_str_equal (what, "commands"))
    ts_device_clear_queues (device);
  else if (g_str_equal (what, "results"))
    {
      ts_admin_reply_list (http, what, &device->results);
      g_queue_clear_full (&device->results, (GDestroyNotify) json_object_unref);
      return;
    }
  else
    {
      ts_admin_reply_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "commands or results can be deleted");
      return;
    }
  ts_admin_reply (http, SOUP_STATUS_OK, object);
}

/* /devices/ID/WHAT: an ID may hold slashes, so WHAT is what follows the last one, if it is a
 * word that we know. */
static char *
split_path (const char *path, const char **what)
{
  static const char *const words[] = { "commands", "results", "messages" };
  const char *id = path + strlen ("/devices/");
  const char *slash = strrchr (id, '/');

  *what = NULL;
  for (gsize i = 0; slash != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (slash + 1, words[i]))
      *what = words[i];
  return *what != NULL ? g_strndup (id, slash - id) : g_strdup (id);
}

static void
handle_device (TsServer *server, SoupServerMessage *http, const char *path)
{
  const char *method = soup_server_message_get_method (http);
  const char *what;
  g_autofree char *id = split_path (path, &what);
  TsDevice *device = ts_devices_find (server->devices, id);

  if (method == SOUP_METHOD_POST && g_strcmp0 (what, "commands") == 0)
    post_commands (server, http, id);
  else if (device == NULL)
    ts_admin_reply_error (http, SOUP_STATUS_NOT_FOUND, "no such device");
  else if (method == SOUP_METHOD_DELETE)
    delete_records (server, http, device, what);
  else if (method != SOUP_METHOD_GET)
    ts_admin_reply_error (http, SOUP_STATUS_METHOD_NOT_ALLOWED, "GET or DELETE");
  else if (g_strcmp0 (what, "results") == 0)
    ts_admin_reply_list (http, "results", &device->results);
  else if (g_strcmp0 (what, "messages") == 0)
    ts_admin_reply_list (http, "messages", &device->messages);
  else
    {
      g_autoptr(JsonObject) object = describe_device (server, device);

      ts_admin_reply (http, SOUP_STATUS_OK, object);
    }
}

static void
admin_cb (SoupServer *listener G_GNUC_UNUSED, SoupServerMessage *http, const char *path,
          GHashTable *query G_GNUC_UNUSED, gpointer user_data)
{
  TsServer *server = user_data;
  const char *method = soup_server_message_get_method (http);

  if (ts_is_too_large (http))
    ts_admin_reply_error (http, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "the request is too large");
  else if (g_str_equal (path, "/healthz") && method == SOUP_METHOD_GET)
    {
      g_autoptr(JsonObject) object = json_object_new ();

      json_object_set_boolean_member (object, "ok", TRUE);
      ts_admin_reply (http, SOUP_STATUS_OK, object);
    }
  else if (g_str_equal (path, "/devices") && method == SOUP_METHOD_GET)
    get_devices (server, http);
  else if (g_str_has_prefix (path, "/devices/"))
    handle_device (server, http, path);
  else if (g_str_equal (path, "/misbehave") && method == SOUP_METHOD_POST)
    post_misbehave (server, http);
  else if (g_str_equal (path, "/misbehave") && method == SOUP_METHOD_DELETE)
    {
      g_autoptr(JsonObject) object = json_object_new ();

      g_queue_clear_full (&server->faults, (GDestroyNotify) ts_fault_free);
      ts_admin_reply (http, SOUP_STATUS_OK, object);
    }
  else if (!ts_admin_serve_dm2 (server, http, path))
    ts_admin_reply_error (http, SOUP_STATUS_NOT_FOUND, "no such thing; see omadm-testserver(1)");
}

/**
 * ts_admin_attach:
 * @server: a server
 * @admin: the listener that shall serve its JSON interface
 */
void
ts_admin_attach (TsServer *server, SoupServer *admin)
{
  soup_server_add_handler (admin, NULL, admin_cb, server, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"

#include <gio/gio.h>
#include <string.h>

/* What a server without END asks for, again and again, unless it is told what. */
#define ENDLESS_COMMAND "[\"GET\",\"urn:oma:mo:oma-dm-devinfo:1.2//DevID\"]"

#define MAX_DEPTH 200     /* of a package */
#define MAX_SESSIONS 16   /* of a device, that are remembered */

typedef struct {
  guint      number;
  GPtrArray *sent;      /* JsonNode: commands of the last package 2, which package 3 answers */
  gboolean   is_open;   /* package 3 is due */
} Session;

struct _TsDm2 {
  TsDevice *device;
  GQueue    sessions;   /* Session, the latest first */
};

static void
session_free (Session *session)
{
  g_ptr_array_unref (session->sent);
  g_free (session);
}

/**
 * ts_dm2_new:
 * @device: (not nullable): the device, which must outlive it
 */
TsDm2 *
ts_dm2_new (TsDevice *device)
{
  TsDm2 *dm2 = g_new0 (TsDm2, 1);

  dm2->device = device;
  return dm2;
}

void
ts_dm2_free (TsDm2 *dm2)
{
  g_queue_clear_full (&dm2->sessions, (GDestroyNotify) session_free);
  g_free (dm2);
}

/**
 * ts_dm2_begin:
 * @dm2: a device's sessions
 *
 * Begins another one.
 *
 * Returns: its number
 */
guint
ts_dm2_begin (TsDm2 *dm2)
{
  Session *session = g_new0 (Session, 1);

  session->number = ++dm2->device->n_sessions;
  session->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_queue_push_head (&dm2->sessions, session);
  if (g_queue_get_length (&dm2->sessions) > MAX_SESSIONS)
    session_free (g_queue_pop_tail (&dm2->sessions));
  return session->number;
}

static Session *
find (const TsDm2 *dm2, guint number)
{
  for (GList *link = dm2->sessions.head; link != NULL; link = link->next)
    if (((Session *) link->data)->number == number)
      return link->data;
  return NULL;
}

/**
 * ts_dm2_find:
 * @dm2: a device's sessions
 * @number: what the device says is the number of its session, 0: nothing
 *
 * Returns: the number of its session, the latest one when it does not say, 0 when there is none
 */
guint
ts_dm2_find (const TsDm2 *dm2, guint number)
{
  const Session *latest = dm2->sessions.head != NULL ? dm2->sessions.head->data : NULL;

  if (find (dm2, number) != NULL)
    return number;
  return latest != NULL ? latest->number : 0;
}

/**
 * ts_dm2_is_open:
 *
 * Returns: whether the server waits for a package 3
 */
gboolean
ts_dm2_is_open (const TsDm2 *dm2)
{
  for (GList *link = dm2->sessions.head; link != NULL; link = link->next)
    if (((Session *) link->data)->is_open)
      return TRUE;
  return FALSE;
}

/* The parser recurses: what is nested too deep must not reach it. */
static gboolean
is_too_deep (const char *data, gsize size)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    if (in_string)
      {
        i += data[i] == '\\';
        in_string = i >= size || data[i] != '"';
      }
    else if (data[i] == '"')
      in_string = TRUE;
    else if ((data[i] == '[' || data[i] == '{') && ++depth > MAX_DEPTH)
      return TRUE;
    else if ((data[i] == ']' || data[i] == '}') && depth > 0)
      depth--;
  return FALSE;
}

static JsonNode *
read_package (GBytes *body, GError **error)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  gsize size;
  const char *data = g_bytes_get_data (body, &size);
  JsonNode *root;

  if (is_too_deep (data, size))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the package is nested too deep");
      return NULL;
    }
  if (!json_parser_load_from_data (parser, data, (gssize) size, error))
    return NULL;
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return json_node_ref (root);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "a package is a JSON object");
  return NULL;
}

/* Takes commands from the queue until there are none, a package ends, or the session does. */
static void
take_commands (TsDm2 *dm2, Session *session)
{
  GQueue *queue = &dm2->device->queue2;
  gboolean is_last = FALSE;

  g_ptr_array_set_size (session->sent, 0);
  while (!is_last && !g_queue_is_empty (queue))
    {
      JsonNode *command = g_queue_pop_head (queue);

      if (ts_dm2_is_break (command))
        {
          json_node_unref (command);
          is_last = session->sent->len > 0;
          continue;
        }
      is_last = ts_dm2_is_end (command);
      g_ptr_array_add (session->sent, command);
    }
}

/* END stands alone, as with it the device does not tell what became of the others (DM Protocol
 * 2.0, END), unless somebody queued it. */
static void
add_end (Session *session, const TsFault *fault)
{
  gboolean endless = fault != NULL && fault->kind == TS_FAULT_NO_END;
  JsonNode *command = json_from_string (endless && fault->text != NULL ? fault->text :
                                        endless ? ENDLESS_COMMAND : "[\"END\"]", NULL);

  if (command != NULL)
    g_ptr_array_add (session->sent, command);
}

static GBytes *
make_package (const GPtrArray *commands)
{
  g_autoptr(JsonObject) object = json_object_new ();
  g_autoptr(JsonNode) root = json_node_init_object (json_node_alloc (), object);
  JsonArray *array = json_array_new ();
  char *text;

  for (guint i = 0; i < commands->len; i++)
    json_array_add_element (array, json_node_copy (g_ptr_array_index (commands, i)));
  json_object_set_array_member (object, "CMD", array);
  text = json_to_string (root, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

static void
take_initiation (TsDm2 *dm2, Session *session, JsonObject *package)
{
  ts_dm2_record_objects (dm2->device, session->number, package);
  if (ts_dm2_record_alerts (dm2->device, session->number, package) != 1)
    ts_dm2_record_error (dm2->device, session->number, "package 1 has not just one alert that starts the session");
}

static void
take_response (TsDm2 *dm2, Session *session, JsonObject *package)
{
  if (!session->is_open)
    ts_dm2_record_error (dm2->device, session->number, "package 3 comes without a package 2 before it");
  ts_dm2_record_status (dm2->device, session->number, package, session->sent);
  if (ts_dm2_record_alerts (dm2->device, session->number, package) != 0)
    ts_dm2_record_error (dm2->device, session->number, "package 3 has an alert that starts a session");
}

/**
 * ts_dm2_handle:
 * @dm2: the device's sessions
 * @number: of the session that it belongs to
 * @is_initiation: the package is a package 1
 * @body: the package
 * @fault: (nullable): what shall go wrong
 * @error: return location for an error
 *
 * Returns: (transfer full): package 2, or %NULL when @body is none
 */
GBytes *
ts_dm2_handle (TsDm2 *dm2, guint number, gboolean is_initiation, GBytes *body, const TsFault *fault, GError **error)
{
  g_autoptr(JsonNode) package = read_package (body, error);
  Session *session = find (dm2, number);

  if (package == NULL)
    return NULL;
  if (is_initiation)
    take_initiation (dm2, session, json_node_get_object (package));
  else
    take_response (dm2, session, json_node_get_object (package));
  if (fault == NULL || fault->kind != TS_FAULT_REPEAT)
    take_commands (dm2, session);
  if (session->sent->len == 0)
    add_end (session, fault);
  session->is_open = session->sent->len > 0 && !ts_dm2_is_end (g_ptr_array_index (session->sent, session->sent->len - 1));
  return make_package (session->sent);
}

/* Returns: (transfer none) (nullable): the member, if it is an array */
static JsonArray *
peek_array (JsonObject *package, const char *name)
{
  JsonNode *node = json_object_get_member (package, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static void
append_commands (GString *text, JsonObject *package)
{
  JsonArray *array = peek_array (package, "CMD");

  for (guint i = 0; array != NULL && i < json_array_get_length (array) && text->len < 400; i++)
    {
      JsonNode *command = json_array_get_element (array, i);
      const char *name = ts_dm2_get_parameter (command, 0);
      const char *parameter = ts_dm2_get_parameter (command, 1);

      g_string_append_printf (text, "%s%s%s%s", i > 0 ? ", " : "", name != NULL ? name : "?",
                              parameter != NULL ? " " : "", parameter != NULL ? parameter : "");
    }
}

static void
append_statuses (GString *text, JsonObject *package)
{
  JsonArray *array = peek_array (package, "Status");

  for (guint i = 0; array != NULL && i < json_array_get_length (array) && text->len < 400; i++)
    {
      JsonNode *status = json_array_get_element (array, i);
      gint64 code = JSON_NODE_HOLDS_OBJECT (status) ?
                    json_object_get_int_member_with_default (json_node_get_object (status), "sc", 0) : 0;

      g_string_append_printf (text, "%sStatus %" G_GINT64_FORMAT, text->len > 0 ? ", " : "", code);
    }
}

static void
append_alerts (GString *text, JsonObject *package)
{
  JsonArray *array = peek_array (package, "Alert");

  for (guint i = 0; array != NULL && i < json_array_get_length (array) && text->len < 400; i++)
    {
      JsonNode *alert = json_array_get_element (array, i);
      const char *type = JSON_NODE_HOLDS_OBJECT (alert) ?
                         json_object_get_string_member_with_default (json_node_get_object (alert), "AlertType", "?") : "?";

      g_string_append_printf (text, "%sAlert %s", text->len > 0 ? ", " : "", type);
    }
}

/**
 * ts_dm2_summarise:
 * @package: a package
 *
 * Returns: (transfer full): what it holds, in one line
 */
char *
ts_dm2_summarise (GBytes *package)
{
  g_autoptr(JsonNode) root = read_package (package, NULL);
  GString *text = g_string_new (NULL);

  if (root != NULL)
    {
      append_commands (text, json_node_get_object (root));
      append_statuses (text, json_node_get_object (root));
      append_alerts (text, json_node_get_object (root));
    }
  return g_string_free (text, FALSE);
}

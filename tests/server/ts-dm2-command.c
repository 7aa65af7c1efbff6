/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-dm2.h"

#include <gio/gio.h>

#define MAX_COMMANDS 100000   /* in one list */

static JsonNode *
get_element (JsonNode *node, guint index)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  return array != NULL && index < json_array_get_length (array) ? json_array_get_element (array, index) : NULL;
}

/**
 * ts_dm2_get_parameter:
 * @command: an entry of CMD
 * @index: 0 for its name, then its parameters
 *
 * Returns: (transfer none) (nullable): the text there
 */
const char *
ts_dm2_get_parameter (JsonNode *command, guint index)
{
  JsonNode *element = get_element (command, index);

  return element != NULL && JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;
}

/**
 * ts_dm2_is_end:
 *
 * Returns: whether @command is END
 */
gboolean
ts_dm2_is_end (JsonNode *command)
{
  return g_strcmp0 (ts_dm2_get_parameter (command, 0), "END") == 0;
}

/**
 * ts_dm2_is_break:
 *
 * Returns: whether @command is none but the end of a package, {"break":true}
 */
gboolean
ts_dm2_is_break (JsonNode *command)
{
  return JSON_NODE_HOLDS_OBJECT (command) && json_object_has_member (json_node_get_object (command), "break");
}

/**
 * ts_dm2_is_list:
 * @node: what was posted
 *
 * Returns: whether it is commands of DM 2.0, which are arrays, and not of DM 1.x, which are objects
 */
gboolean
ts_dm2_is_list (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  if (ts_dm2_get_parameter (node, 0) != NULL)
    return TRUE;   /* one command */
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    if (JSON_NODE_HOLDS_ARRAY (get_element (node, i)))
      return TRUE;
  return FALSE;
}

static JsonNode *
parse_command (JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object != NULL && json_object_has_member (object, "raw"))
    return json_node_copy (json_object_get_member (object, "raw"));
  if (ts_dm2_is_break (node) || ts_dm2_get_parameter (node, 0) != NULL)
    return json_node_copy (node);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       "command list: a command of DM 2.0 is an array that begins with its name");
  return NULL;
}

/**
 * ts_dm2_commands_parse:
 * @node: a JSON array of commands of DM 2.0, or one of them
 * @error: return location for %G_IO_ERROR_INVALID_DATA
 *
 * Reads commands as omadm-testserver(1) describes them.
 *
 * Returns: (transfer full) (element-type JsonNode): the commands, or %NULL
 */
GPtrArray *
ts_dm2_commands_parse (JsonNode *node, GError **error)
{
  g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  gboolean is_one = ts_dm2_get_parameter (node, 0) != NULL;
  guint n = is_one ? 1 : json_array_get_length (json_node_get_array (node));

  if (n > MAX_COMMANDS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "command list: too long");
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      JsonNode *command = parse_command (is_one ? node : get_element (node, i), error);

      if (command == NULL)
        return NULL;
      g_ptr_array_add (commands, command);
    }
  return g_steal_pointer (&commands);
}

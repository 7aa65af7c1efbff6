/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-command.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_DEPTH 8        /* of Atomic and Sequence */
#define MAX_COMMANDS 10000 /* in one list */

static TsCommand *parse_command (JsonNode *node, guint depth, GError **error);

static const struct {
  const char    *name;
  OmaCommandType type;
} types[] = {
  { "Add", OMA_COMMAND_ADD },       { "Alert", OMA_COMMAND_ALERT },   { "Atomic", OMA_COMMAND_ATOMIC },
  { "Copy", OMA_COMMAND_COPY },     { "Delete", OMA_COMMAND_DELETE }, { "Exec", OMA_COMMAND_EXEC },
  { "Get", OMA_COMMAND_GET },       { "Replace", OMA_COMMAND_REPLACE },
  { "Sequence", OMA_COMMAND_SEQUENCE },
};

static gboolean
fail (GError **error, const char *text)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "command list: %s", text);
  return FALSE;
}

TsCommand *
ts_command_ref (TsCommand *command)
{
  g_atomic_ref_count_inc (&command->refs);
  return command;
}

void
ts_command_unref (TsCommand *command)
{
  if (!g_atomic_ref_count_dec (&command->refs))
    return;
  g_ptr_array_unref (command->strings);
  g_ptr_array_unref (command->children);
  g_free (command->command.items);
  g_free (command->raw);
  g_free (command);
}

static TsCommand *
command_new (void)
{
  TsCommand *command = g_new0 (TsCommand, 1);

  g_atomic_ref_count_init (&command->refs);
  command->strings = g_ptr_array_new_with_free_func (g_free);
  command->children = g_ptr_array_new_with_free_func ((GDestroyNotify) ts_command_unref);
  return command;
}

/* The member as text, kept by the command; numbers and truth values are written out. */
static const char *
take_text (TsCommand *command, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  char *text;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    text = json_node_dup_string (node);
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    text = g_strdup (json_node_get_boolean (node) ? "true" : "false");
  else
    text = json_to_string (node, FALSE);
  g_ptr_array_add (command->strings, text);
  return text;
}

static void
parse_item (TsCommand *command, OmaItem *item, JsonObject *object)
{
  item->target = take_text (command, object, "uri");
  item->source = take_text (command, object, "source");
  item->meta.format = take_text (command, object, "format");
  item->meta.type = take_text (command, object, "type");
  item->data = take_text (command, object, "data");
  item->data_length = item->data != NULL ? strlen (item->data) : 0;
}

static gboolean
parse_items (TsCommand *command, JsonObject *object, GError **error)
{
  JsonNode *node = json_object_get_member (object, "items");
  JsonArray *array;

  if (node == NULL)
    {
      if (!json_object_has_member (object, "uri") && !json_object_has_member (object, "data"))
        return command->command.type == OMA_COMMAND_ALERT || fail (error, "a command has neither uri nor items");
      command->command.items = g_new0 (OmaItem, 1);
      command->command.n_items = 1;
      parse_item (command, command->command.items, object);
      return TRUE;
    }
  if (!JSON_NODE_HOLDS_ARRAY (node) || json_array_get_length (json_node_get_array (node)) > MAX_COMMANDS)
    return fail (error, "items is no array, or too long");
  array = json_node_get_array (node);
  command->command.n_items = json_array_get_length (array);
  command->command.items = g_new0 (OmaItem, command->command.n_items);
  for (guint i = 0; i < command->command.n_items; i++)
    {
      JsonNode *item = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_OBJECT (item))
        return fail (error, "an item is no object");
      parse_item (command, &command->command.items[i], json_node_get_object (item));
    }
  return TRUE;
}

static gboolean
parse_children (TsCommand *command, JsonObject *object, guint depth, GError **error)
{
  JsonNode *node = json_object_get_member (object, "commands");
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node) || depth == MAX_DEPTH)
    return fail (error, "an Atomic or Sequence has no commands, or is nested too deep");
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      TsCommand *child = parse_command (json_array_get_element (array, i), depth + 1, error);

      if (child == NULL)
        return FALSE;
      g_ptr_array_add (command->children, child);
      if (child->raw != NULL || child->is_break)
        return fail (error, "raw and break cannot stand in an Atomic or Sequence");
      if (command->command.last_child != NULL)
        command->command.last_child->next = &child->command;
      else
        command->command.first_child = &child->command;
      command->command.last_child = &child->command;
    }
  return TRUE;
}

static gboolean
parse_named (TsCommand *command, JsonObject *object, guint depth, GError **error)
{
  const char *name = take_text (command, object, "command");

  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (types); i++)
    if (g_ascii_strcasecmp (types[i].name, name) == 0)
      {
        command->command.type = types[i].type;
        command->command.name = types[i].name;
      }
  if (command->command.type == OMA_COMMAND_UNKNOWN)
    return fail (error, "a command is none that a server sends");
  command->command.correlator = take_text (command, object, "correlator");
  if (command->command.type == OMA_COMMAND_ALERT)
    command->command.data = take_text (command, object, "code");
  if (command->command.type == OMA_COMMAND_ATOMIC || command->command.type == OMA_COMMAND_SEQUENCE)
    return parse_children (command, object, depth, error);
  return parse_items (command, object, error);
}

static TsCommand *
parse_command (JsonNode *node, guint depth, GError **error)
{
  g_autoptr(TsCommand) command = command_new ();
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      fail (error, "a command is no object");
      return NULL;
    }
  object = json_node_get_object (node);
  if (json_object_has_member (object, "raw"))
    command->raw = g_strdup (take_text (command, object, "raw"));
  else if (json_object_has_member (object, "break"))
    command->is_break = TRUE;
  else if (!parse_named (command, object, depth, error))
    return NULL;
  return g_steal_pointer (&command);
}

/**
 * ts_commands_parse:
 * @node: a JSON array of commands, or one command
 * @error: return location for %G_IO_ERROR_INVALID_DATA
 *
 * Reads commands as omadm-testserver(1) describes them.
 *
 * Returns: (transfer full) (element-type TsCommand): the commands, or %NULL
 */
GPtrArray *
ts_commands_parse (JsonNode *node, GError **error)
{
  g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) ts_command_unref);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 1;

  if (node == NULL || n > MAX_COMMANDS)
    {
      fail (error, "empty, or too long");
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      TsCommand *command = parse_command (array != NULL ? json_array_get_element (array, i) : node, 0, error);

      if (command == NULL)
        return NULL;
      g_ptr_array_add (commands, command);
    }
  return g_steal_pointer (&commands);
}

/**
 * ts_commands_load:
 * @file: name of a JSON file
 * @error: return location for an error
 *
 * Returns: (transfer full) (element-type TsCommand): the commands in @file, or %NULL
 */
GPtrArray *
ts_commands_load (const char *file, GError **error)
{
  g_autoptr(JsonParser) parser = json_parser_new ();

  if (!json_parser_load_from_file (parser, file, error))
    return NULL;
  return ts_commands_parse (json_parser_get_root (parser), error);
}

/**
 * ts_command_number:
 * @command: a command that is about to be sent
 * @last_id: (inout): the last CmdID of the message
 *
 * Gives the command and those in it a CmdID.
 */
void
ts_command_number (TsCommand *command, guint *last_id)
{
  g_snprintf (command->id, sizeof command->id, "%u", ++*last_id);
  command->command.cmd_id = command->id;
  for (guint i = 0; i < command->children->len; i++)
    ts_command_number (g_ptr_array_index (command->children, i), last_id);
}

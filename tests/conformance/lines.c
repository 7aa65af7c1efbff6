/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients under test speak: one JSON object a line, each answered with one; octets are base64 text. */
#include "config.h"

#include "lines.h"

#include "device.h"

#include <stdio.h>

/* Returns: (transfer full) (nullable): what the member says */
GBytes *
get_octets (JsonObject *object, const char *name)
{
  const char *text = get_string (object, name);
  gsize size = 0;
  guchar *octets = text != NULL ? g_base64_decode (text, &size) : NULL;

  return text != NULL ? g_bytes_new_take (octets, size) : NULL;
}

/* @octets: (nullable): no such member */
void
set_octets (JsonObject *object, const char *name, GBytes *octets)
{
  g_autofree char *text = NULL;
  gconstpointer data;
  gsize size;

  if (octets == NULL)
    return;
  data = g_bytes_get_data (octets, &size);
  text = g_base64_encode (data, size);
  json_object_set_string_member (object, name, text);
}

/* @text: (nullable): no such member */
void
set_text (JsonObject *object, const char *name, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, name, text);
}

static void
serve_line (LineFunc serve, gpointer user_data, const char *line)
{
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_autoptr(JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr(JsonObject) reply = json_object_new ();
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  serve (user_data, json_node_get_object (json_parser_get_root (parser)), reply);
  json_node_set_object (node, reply);
  text = json_to_string (node, FALSE);
  puts (text);
  fflush (stdout);
}

/* Until standard input ends. */
void
serve_lines (LineFunc serve, gpointer user_data)
{
  g_autofree char *line = NULL;
  size_t size = 0;

  while (getline (&line, &size, stdin) > 0)
    serve_line (serve, user_data, line);
}

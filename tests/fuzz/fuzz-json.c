/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"
#include "codec/oma-json-reader.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* So small that fuzzed texts get there. */
static const OmaJsonLimits limits = { .max_size = 4096, .max_depth = 12, .max_names = 24, .max_text = 8 };

typedef struct {
  GString *log;
  gsize    length;     /* of the string so far */
  gboolean cut;
} Log;

static gboolean
log_start (gboolean is_array, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_string_append_c (((Log *) user_data)->log, is_array ? '[' : '{');
  return TRUE;
}

static gboolean
log_end (gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_string_append_c (((Log *) user_data)->log, '^');
  return TRUE;
}

static gboolean
log_name (const char *name, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_assert_true (g_utf8_validate_len (name, length, NULL));
  g_string_append_c (((Log *) user_data)->log, '<');
  g_string_append_len (((Log *) user_data)->log, name, (gssize) length);
  g_string_append_c (((Log *) user_data)->log, '>');
  return TRUE;
}

static gboolean
log_part (const char *text, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Log *log = user_data;

  g_assert_true (g_utf8_validate_len (text, length, NULL));
  g_string_append_len (log->log, text, (gssize) length);
  log->length += length;
  log->cut = TRUE;
  return TRUE;
}

static gboolean
log_scalar (OmaJsonKind kind, const char *text, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Log *log = user_data;

  g_assert_true (kind == OMA_JSON_STRING || !log->cut);
  g_assert_true (g_utf8_validate_len (text, length, NULL));
  if (kind != OMA_JSON_NUMBER)          /* other readers do not keep how it is written */
    g_string_append_len (log->log, text, (gssize) length);
  log->length += length;
  g_string_append_printf (log->log, "(%d)", kind);
  g_assert_true (kind != OMA_JSON_STRING || log->cut == (log->length > limits.max_text));
  log->length = 0;
  log->cut = FALSE;
  return TRUE;
}

static GString *
read_in_steps (const char *json, gsize size, gsize step, GError **error)
{
  static const OmaJsonHandler handler = { log_start, log_end, log_name, log_part, log_scalar };
  Log log = { g_string_new (NULL), 0, FALSE };
  g_autoptr(OmaJsonReader) reader = oma_json_reader_new (&handler, &limits, &log);

  for (gsize done = 0; done < size; done += step)
    if (!oma_json_reader_feed (reader, json + done, MIN (step, size - done), error))
      return log.log;
  oma_json_reader_finish (reader, error);
  return log.log;
}

/* ---- The same as another reader sees it ---- */

static void show_value (GString *out, JsonNode *node);

static void
show_member (JsonObject *object G_GNUC_UNUSED, const char *name, JsonNode *node, gpointer out)
{
  g_string_append_printf (out, "<%s>", name);
  show_value (out, node);
}

static void
show_element (JsonArray *array G_GNUC_UNUSED, guint index G_GNUC_UNUSED, JsonNode *node, gpointer out)
{
  show_value (out, node);
}

static void
show_scalar (GString *out, JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (node))
    g_string_append_printf (out, "null(%d)", OMA_JSON_NULL);
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    g_string_append_printf (out, "%s(%d)", json_node_get_string (node), OMA_JSON_STRING);
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    g_string_append_printf (out, "%s(%d)", json_node_get_boolean (node) ? "true" : "false",
                            json_node_get_boolean (node) ? OMA_JSON_TRUE : OMA_JSON_FALSE);
  else
    g_string_append_printf (out, "(%d)", OMA_JSON_NUMBER);
}

static void
show_value (GString *out, JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      g_string_append_c (out, '[');
      json_array_foreach_element (json_node_get_array (node), show_element, out);
      g_string_append_c (out, '^');
    }
  else if (JSON_NODE_HOLDS_OBJECT (node))
    {
      g_string_append_c (out, '{');
      json_object_foreach_member (json_node_get_object (node), show_member, out);
      g_string_append_c (out, '^');
    }
  else
    show_scalar (out, node);
}

static void
check_other_reader (const char *json, gsize size, const char *log)
{
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_autoptr(GString) other = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  json_parser_load_from_data (parser, json, (gssize) size, &error);
  g_assert_no_error (error);
  show_value (other, json_parser_get_root (parser));
  g_assert_cmpstr (log, ==, other->str);
}

/* The first octet says how many are fed at a time. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *json = (const char *) data + 1;
  g_autoptr(GError) error = NULL, cut_error = NULL;
  g_autoptr(GString) log = NULL, cut_log = NULL;

  if (size < 2)
    return 0;
  log = read_in_steps (json, size - 1, size, &error);
  cut_log = read_in_steps (json, size - 1, 1 + data[0] % 16, &cut_error);
  g_assert_true ((error == NULL) == (cut_error == NULL));
  g_assert_true (error == NULL || (error->domain == OMA_CODEC_ERROR && error->code == cut_error->code));
  if (error != NULL)
    return 0;
  g_assert_cmpstr (log->str, ==, cut_log->str);
  if (json[0] != '\xef')
    check_other_reader (json, size - 1, log->str);
  return 0;
}

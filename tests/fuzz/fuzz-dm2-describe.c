/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-dm2-package.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define PLANTED "Pl4nted"    /* part of a secret */

static OmaSecrecy
get_secrecy (const char *client_uri, gpointer user_data G_GNUC_UNUSED)
{
  g_assert_null (strchr (client_uri, '?'));
  return strstr (client_uri, "Secret") != NULL ? OMA_SECRECY_VALUE : OMA_SECRECY_NONE;
}

static guint
count_planted (const char *text)
{
  guint n = 0;

  for (const char *p = text; p != NULL && (p = strstr (p, PLANTED)) != NULL; p++)
    n++;
  return n;
}

/* Counts everywhere, and where it must not be seen. */
typedef struct {
  gboolean sent;
  guint    all;
  guint    secret;
} Counts;

static void count_value (Counts *counts, JsonNode *node, gboolean is_secret);

static void
count_member (JsonObject *object G_GNUC_UNUSED, const char *name, JsonNode *node, gpointer user_data)
{
  Counts *counts = user_data;

  counts->all += count_planted (name);
  count_value (counts, node, FALSE);
}

static void
count_secret_member (JsonObject *object G_GNUC_UNUSED, const char *name, JsonNode *node, gpointer user_data)
{
  Counts *counts = user_data;

  counts->all += count_planted (name);
  count_value (counts, node, TRUE);
}

static void
count_part (Counts *counts, JsonObject *part, gboolean is_result)
{
  JsonNode *uri = json_object_get_member (part, "ClientURI"), *nodes = json_object_get_member (part, "MOData");
  const char *text = uri != NULL && json_node_get_value_type (uri) == G_TYPE_STRING ? json_node_get_string (uri) : NULL;
  g_autofree char *path = text != NULL ? g_strndup (text, strcspn (text, "?")) : NULL;

  if (!JSON_NODE_HOLDS_OBJECT (nodes))
    return;
  if ((!counts->sent && is_result) || path == NULL || strstr (path, "Secret") != NULL)
    {
      Counts below = { .sent = TRUE };

      json_object_foreach_member (json_node_get_object (nodes), count_secret_member, &below);
      counts->secret += below.secret;
    }
}

static void
count_value (Counts *counts, JsonNode *node, gboolean is_secret)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);

      json_object_foreach_member (object, is_secret ? count_secret_member : count_member, counts);
      if (!is_secret && json_object_has_member (object, "MOData"))
        count_part (counts, object, TRUE);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
        count_value (counts, json_array_get_element (json_node_get_array (node), i), is_secret);
    }
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);

      counts->all += count_planted (text);
      if (is_secret)
        counts->secret += count_planted (text);
      else if (g_ascii_strncasecmp (text, "https:", 6) == 0)       /* a server's address: its query is a key */
        counts->secret += count_planted (strchr (text, '?'));
    }
}

static void
check_planted (gboolean sent, const char *json, gsize size, const char *shown)
{
  g_autoptr(JsonParser) parser = json_parser_new ();
  g_autoptr(GError) error = NULL;
  Counts counts = { .sent = sent };

  json_parser_load_from_data (parser, json, (gssize) size, &error);
  g_assert_no_error (error);
  count_value (&counts, json_parser_get_root (parser), FALSE);
  if (counts.all == counts.secret)
    g_assert_cmpuint (count_planted (shown), ==, 0);
}

/* The first octet says whether it is ours. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *json = (const char *) data + 1;
  g_autofree char *shown = NULL, *all = NULL;
  gboolean sent;

  if (size < 1)
    return 0;
  sent = (data[0] & 1) != 0;
  shown = oma_dm2_describe (sent, json, size - 1, get_secrecy, NULL);
  g_assert_true (g_utf8_validate (shown, -1, NULL));
  g_assert_cmpuint (strlen (shown), <=, 64 * 1024);
  g_assert_true (g_str_has_suffix (shown, "\n"));
  all = oma_dm2_describe (sent, json, size - 1, NULL, NULL);
  g_assert_true (g_str_has_prefix (shown, "[not readable") == g_str_has_prefix (all, "[not readable"));
  if (g_str_has_prefix (shown, "[not readable"))
    g_assert_cmpuint (count_planted (shown), ==, 0);
  else if (memmem (json, size - 1, "Pl", 2) != NULL)
    check_planted (sent, json, size - 1, shown);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-misbehaviour.h"

#include <gio/gio.h>

static const struct {
  const char *name;
  TsFaultKind kind;
  guint       status;
} kinds[] = {
  { "drop", TS_FAULT_DROP, 0 },
  { "delay", TS_FAULT_DELAY, 0 },
  { "wrong-nonce", TS_FAULT_WRONG_NONCE, 0 },
  { "wrong-server-nonce", TS_FAULT_WRONG_SERVER_NONCE, 0 },
  { "truncate", TS_FAULT_TRUNCATE, 0 },
  { "endless", TS_FAULT_ENDLESS, 0 },
  { "redirect", TS_FAULT_REDIRECT, 307 },
  { "status", TS_FAULT_STATUS, 500 },
  { "500", TS_FAULT_STATUS, 500 },
  { "503", TS_FAULT_STATUS, 503 },
  { "garbage", TS_FAULT_GARBAGE, 0 },
  { "no-final", TS_FAULT_NO_FINAL, 0 },
  { "echo-msgid", TS_FAULT_ECHO_MSGID, 0 },
  { "empty", TS_FAULT_EMPTY, 0 },
  { "media-type", TS_FAULT_MEDIA_TYPE, 0 },
  { "no-end", TS_FAULT_NO_END, 0 },
  { "repeat", TS_FAULT_REPEAT, 0 },
  { "challenge-mid-session", TS_FAULT_CHALLENGE, 0 },
  { "505", TS_FAULT_WRONG_DTD, 0 },
  { "513", TS_FAULT_WRONG_PROTOCOL, 0 },
};

void
ts_fault_free (TsFault *fault)
{
  g_free (fault->device);
  g_free (fault->path);
  g_free (fault->text);
  g_free (fault->retry_after);
  g_free (fault);
}

/**
 * ts_fault_copy:
 *
 * Returns: (transfer full): a copy
 */
TsFault *
ts_fault_copy (const TsFault *fault)
{
  TsFault *copy = g_memdup2 (fault, sizeof *fault);

  copy->device = g_strdup (fault->device);
  copy->path = g_strdup (fault->path);
  copy->text = g_strdup (fault->text);
  copy->retry_after = g_strdup (fault->retry_after);
  return copy;
}

static guint
get_number (JsonObject *object, const char *member, guint otherwise)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return otherwise;
  return (guint) CLAMP (json_node_get_int (node), 0, G_MAXINT32);
}

static char *
get_text (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_VALUE (node))
    return json_to_string (node, FALSE);
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return json_node_dup_string (node);
}

/**
 * ts_fault_parse:
 * @node: what was posted to /misbehave
 * @error: return location for %G_IO_ERROR_INVALID_DATA
 *
 * Returns: (transfer full): the fault, or %NULL
 */
TsFault *
ts_fault_parse (JsonNode *node, GError **error)
{
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autofree char *name = object != NULL ? get_text (object, "next") : NULL;
  TsFault *fault;
  gsize i = 0;

  while (name != NULL && i < G_N_ELEMENTS (kinds) && !g_str_equal (kinds[i].name, name))
    i++;
  if (name == NULL || i == G_N_ELEMENTS (kinds))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "\"next\" names no misbehaviour");
      return NULL;
    }
  fault = g_new0 (TsFault, 1);
  fault->kind = kinds[i].kind;
  fault->device = get_text (object, "device");
  fault->path = get_text (object, "path");
  fault->skip = get_number (object, "skip", 0);
  fault->count = get_number (object, "count", 1);
  fault->ms = get_number (object, "ms", 1000);
  fault->status = CLAMP (get_number (object, "status", kinds[i].status), 200, 599);
  fault->keep = get_number (object, "keep", 100);
  fault->text = get_text (object, fault->kind == TS_FAULT_REDIRECT ? "location" :
                                  fault->kind == TS_FAULT_MEDIA_TYPE ? "type" :
                                  fault->kind == TS_FAULT_NO_END ? "command" : "body");
  fault->retry_after = get_text (object, "retry-after");
  fault->after = json_object_has_member (object, "after");
  return fault;
}

/**
 * ts_fault_is_refusal:
 * @fault: (nullable): what goes wrong with a message
 *
 * Returns: whether the message is not even worked on
 */
gboolean
ts_fault_is_refusal (const TsFault *fault)
{
  return fault != NULL && (fault->kind == TS_FAULT_REDIRECT || fault->kind == TS_FAULT_STATUS ||
                           (fault->kind == TS_FAULT_DROP && !fault->after));
}

/**
 * ts_faults_take:
 * @faults: (element-type TsFault): what shall go wrong, in order
 * @device: (nullable): whose message or request came
 * @path: (nullable): the document that is asked for; %NULL for a message or package
 *
 * Finds what goes wrong with this message and counts it down.
 *
 * Returns: (transfer full) (nullable): the fault, or %NULL when all goes well
 */
TsFault *
ts_faults_take (GQueue *faults, const char *device, const char *path)
{
  for (GList *link = faults->head; link != NULL; link = link->next)
    {
      TsFault *fault = link->data;
      TsFault *copy;

      if ((fault->device != NULL && g_strcmp0 (fault->device, device) != 0) || g_strcmp0 (fault->path, path) != 0)
        continue;
      if (fault->skip > 0)
        {
          fault->skip--;
          return NULL;
        }
      copy = ts_fault_copy (fault);
      if (fault->count <= 1)
        {
          ts_fault_free (fault);
          g_queue_delete_link (faults, link);
        }
      else
        fault->count--;
      return copy;
    }
  return NULL;
}

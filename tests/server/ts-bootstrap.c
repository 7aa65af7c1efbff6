/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-bootstrap.h"

#include <string.h>

#define ACCOUNT "urn:oma:mo:oma-dm-dmacc:1.2"
#define NOTIFICATION_TYPE "1"   /* Our reading: of Auth/Noti/Type: a SHA-256 digest. */

/* Sets @name to the text @member of @from, as base64 if it is octets there. */
static void
set_text (JsonObject *object, const char *name, JsonObject *from, const char *member, gboolean is_octets)
{
  const char *text = json_object_get_string_member_with_default (from, member, NULL);
  g_autofree char *encoded = NULL;

  if (text == NULL)
    return;
  if (is_octets)
    encoded = g_base64_encode ((const guchar *) text, strlen (text));
  json_object_set_string_member (object, name, is_octets ? encoded : text);
}

static JsonObject *
make_permissions (JsonObject *from)
{
  JsonNode *node = json_object_get_member (from, "moids");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  JsonObject *permissions = json_object_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *moid = json_array_get_element (array, i);
      g_autofree char *name = g_strdup_printf ("%u", i + 1);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "MOID", JSON_NODE_HOLDS_VALUE (moid) ? json_node_get_string (moid) : "");
      json_object_set_object_member (permissions, name, entry);
    }
  return permissions;
}

/* Auth: the key of notifications and the certificate of sessions, those of them that are named. */
static void
add_authentication (JsonObject *account, JsonObject *from)
{
  JsonObject *auth = json_object_new ();
  JsonObject *notification = json_object_new ();
  JsonObject *transport = json_object_new ();

  set_text (notification, "Secret", from, "notification-secret", TRUE);
  set_text (notification, "Data", from, "notification-data", TRUE);
  set_text (transport, "Data", from, "certificate", TRUE);
  set_text (transport, "Secret", from, "key", TRUE);
  if (json_object_get_size (notification) > 0)
    {
      json_object_set_string_member (notification, "Type", NOTIFICATION_TYPE);
      json_object_set_object_member (auth, "Noti", json_object_ref (notification));
    }
  if (json_object_get_size (transport) > 0)
    json_object_set_object_member (auth, "Trsp", json_object_ref (transport));
  json_object_unref (notification);
  json_object_unref (transport);
  if (json_object_get_size (auth) > 0)
    json_object_set_object_member (account, "Auth", auth);
  else
    json_object_unref (auth);
}

/* Ext: what is the client's own beyond the standard, those of it that are named. */
static void
add_extension (JsonObject *account, JsonObject *from)
{
  g_autoptr(JsonObject) own = json_object_new ();
  JsonObject *extension, *http;

  set_text (own, "CA", from, "ca", FALSE);
  if (json_object_has_member (from, "http-user"))
    {
      http = json_object_new ();
      json_object_set_string_member (http, "Type", "HTTP-BASIC");
      set_text (http, "Name", from, "http-user", FALSE);
      set_text (http, "Secret", from, "http-secret", FALSE);
      json_object_set_object_member (own, "HTTPAuth", http);
    }
  if (json_object_get_size (own) == 0)
    return;
  extension = json_object_new ();
  json_object_set_object_member (extension, "Omadm", json_object_ref (own));
  json_object_set_object_member (account, "Ext", extension);
}

static JsonObject *
make_account (JsonObject *from, const char *server_id)
{
  JsonObject *account = json_object_new ();

  json_object_set_string_member (account, "SrvID", server_id);
  json_object_set_string_member (account, "Name", server_id);
  set_text (account, "SrvID", from, "server-id", FALSE);
  set_text (account, "Name", from, "name", FALSE);
  set_text (account, "SrvURI", from, "server-uri", FALSE);
  json_object_set_object_member (account, "Perm", make_permissions (from));
  add_authentication (account, from);
  add_extension (account, from);
  return account;
}

/**
 * ts_bootstrap_make:
 * @node: what was posted to /bootstrap; see omadm-testserver(1)
 * @server_id: SrvID when it names none
 * @error: return location for %G_IO_ERROR_INVALID_DATA
 *
 * Makes the document with which a device is bootstrapped: MO data of one DM Account (DM Protocol 2.0, bootstrap).
 *
 * Returns: (transfer full): JSON, or %NULL
 */
GBytes *
ts_bootstrap_make (JsonNode *node, const char *server_id, GError **error)
{
  JsonObject *from = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autoptr(JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array;
  JsonObject *part, *data;
  char *text;

  if (from == NULL || json_object_get_string_member_with_default (from, "server-uri", NULL) == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "bootstrap: there is no server-uri");
      return NULL;
    }
  array = json_array_new ();
  part = json_object_new ();
  data = json_object_new ();
  json_object_set_object_member (data, "DMAcc", make_account (from, server_id));
  json_object_set_string_member (part, "ClientURI", ACCOUNT "//");
  json_object_set_object_member (part, "MOData", data);
  json_array_add_object_element (array, part);
  json_node_take_array (root, array);
  text = json_to_string (root, TRUE);
  return g_bytes_new_take (text, strlen (text));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-dm2-package.h"

#include "codec/oma-json-reader.h"
#include "codec/oma-redaction.h"
#include "codec/oma-safe-text.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_SHOWN (1024 * 1024)  /* octets of what is shown at all */
#define MAX_OUTPUT (64 * 1024)
#define MAX_TEXT 2000            /* octets of one text that are shown */
#define MAX_NAME 64              /* of a command */
#define MAX_DEPTH 64
#define MAX_NAMES 50000
#define CUT "[...]\n"

typedef struct {
  GString       *out;
  gboolean       sent;
  gsize          line_start;
  gboolean       is_full;
  OmaSecrecyFunc get_secrecy;
  gpointer       user_data;
} Describer;

/* ---- Lines ---- */

/* FALSE: there is no room any more. */
static gboolean
begin_line (Describer *self, guint depth)
{
  self->line_start = self->out->len;
  for (guint i = 0; i < depth && !self->is_full; i++)
    g_string_append (self->out, "  ");
  return !self->is_full;
}

static void
append_text (Describer *self, const char *text)
{
  oma_safe_text_append_cut (self->out, text, strlen (text), MAX_TEXT);
}

static void
end_line (Describer *self)
{
  g_string_append_c (self->out, '\n');
  if (self->out->len <= MAX_OUTPUT - strlen (CUT))
    return;
  g_string_truncate (self->out, self->line_start);
  g_string_append (self->out, CUT);
  self->is_full = TRUE;
}

static void
print_line (Describer *self, guint depth, const char *name, const char *text)
{
  if (!begin_line (self, depth))
    return;
  append_text (self, name);
  if (text != NULL)
    {
      g_string_append (self->out, ": ");
      append_text (self, text);
    }
  end_line (self);
}

/* ---- Addresses ---- */

/* Of @uri, which may have a query. */
static OmaSecrecy
find_secrecy (const Describer *self, const char *uri)
{
  g_autofree char *path = g_strndup (uri, strcspn (uri, "?"));

  return self->get_secrecy != NULL ? self->get_secrecy (path, self->user_data) : OMA_SECRECY_NONE;
}

static gboolean
is_secret (const Describer *self, const char *uri)
{
  return self->get_secrecy != NULL && (uri == NULL || find_secrecy (self, uri) != OMA_SECRECY_NONE);
}

/* The value of a node. */
static gboolean
is_hidden (const Describer *self, const char *uri)
{
  return (!self->sent && self->get_secrecy != NULL) || is_secret (self, uri);
}

/* A query can be a key to what the address leads to, and so is what stands before the host; of an address at which a
 * session goes on the path is one as well. */
static void
append_server_uri (Describer *self, const char *text, gboolean with_path)
{
  g_autofree char *scheme = NULL, *user = NULL, *host = NULL, *path = NULL, *query = NULL;
  int port = -1;

  g_uri_split (text, G_URI_FLAGS_ENCODED, &scheme, &user, &host, &port, &path, &query, NULL, NULL);
  if (scheme == NULL || host == NULL)
    {
      g_string_append (self->out, OMA_REDACTED);
      return;
    }
  append_text (self, scheme);
  g_string_append (self->out, user != NULL ? "://" OMA_REDACTED "@" : "://");
  append_text (self, host);
  if (port > 0)
    g_string_append_printf (self->out, ":%d", port);
  if (with_path)
    append_text (self, path != NULL ? path : "");
  else if (path != NULL && strcmp (path, "/") != 0 && *path != '\0')
    g_string_append (self->out, "/" OMA_REDACTED);
  if (query != NULL)
    g_string_append (self->out, "?" OMA_REDACTED);
}

/* The node that "(x)/REL" of a condition is about, as a ClientURI with letters; NULL: there is none. */
static char *
find_condition_node (const char *path, const char *condition)
{
  gsize length = strcspn (condition, ":");
  g_autofree char *letter = g_strndup (condition, MIN (strcspn (condition, "/"), length));
  const char *place;

  if (*letter == '\0')
    return NULL;
  for (place = strstr (path, letter); place != NULL; place = strstr (place + 1, letter))
    {
      const char *end = place + strlen (letter);

      if (place > path && place[-1] == '/' && (*end == '/' || *end == '\0'))
        return g_strdup_printf ("%.*s%.*s", (int) (end - path), path, (int) (length - strlen (letter)),
                                condition + strlen (letter));
    }
  return NULL;
}

/* The value of a condition is that of a node. */
static void
append_field (Describer *self, const char *path, const char *field)
{
  const char *colon = g_str_has_prefix (field, "nv=") ? strchr (field, ':') : NULL;
  g_autofree char *node = colon != NULL ? find_condition_node (path, field + strlen ("nv=")) : NULL;
  g_autofree char *name = NULL;

  if (self->get_secrecy == NULL || g_str_has_prefix (field, "cv=") || (node != NULL && !is_secret (self, node)))
    {
      append_text (self, field);
      return;
    }
  name = colon != NULL ? g_strndup (field, colon + 1 - field) : g_strdup ("");
  append_text (self, name);
  g_string_append (self->out, OMA_REDACTED);
}

static void
append_client_uri (Describer *self, const char *text)
{
  const char *query = strchr (text, '?');
  g_autofree char *path = query != NULL ? g_strndup (text, query - text) : g_strdup (text);
  g_auto(GStrv) fields = query != NULL ? g_strsplit (query + 1, "&", 33) : NULL;
  gsize start = self->out->len;

  append_text (self, path);
  for (guint i = 0; fields != NULL && fields[i] != NULL && self->out->len - start < 2 * MAX_TEXT; i++)
    {
      g_string_append_c (self->out, i == 0 ? '?' : '&');
      append_field (self, path, fields[i]);
    }
}

/* ---- MO data ---- */

static char *
dup_scalar (JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL (node))
    return g_strdup ("");
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (JSON_NODE_HOLDS_VALUE (node))
    return json_to_string (node, FALSE);
  return g_strdup (JSON_NODE_HOLDS_ARRAY (node) ? "[array]" : "[object]");
}

/* As deep as the check below lets it be. */
static void print_node (Describer *self, guint depth, const char *uri, const char *name, JsonNode *node);

/* "urn:x/a/" and "urn:x//" end with the slash that comes before a name. */
static char *
make_child_uri (const char *uri, const char *name)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return uri != NULL ? g_strconcat (uri, g_str_has_suffix (uri, "/") ? "" : "/", escaped, NULL) : NULL;
}

static void
print_children (Describer *self, guint depth, const char *uri, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *child;

  json_object_iter_init_ordered (&iter, object);
  while (!self->is_full && json_object_iter_next_ordered (&iter, &name, &child))
    {
      g_autofree char *child_uri = make_child_uri (uri, name);

      print_node (self, depth, child_uri, name, child);
    }
}

static void
print_node (Describer *self, guint depth, const char *uri, const char *name, JsonNode *node)
{
  g_autofree char *text = NULL;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      print_line (self, depth, name, NULL);
      print_children (self, depth + 1, uri, json_node_get_object (node));
      return;
    }
  text = is_hidden (self, uri) ? g_strdup (OMA_REDACTED) : dup_scalar (node);
  print_line (self, depth, name, text);
}

/* NULL: it is there not, or no text. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static void
print_top_node (Describer *self, guint depth, const char *client_uri, JsonObject *nodes)
{
  g_autofree char *uri = client_uri != NULL ? g_strndup (client_uri, strcspn (client_uri, "?")) : NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, nodes);
  while (!self->is_full && json_object_iter_next_ordered (&iter, &name, &node))
    print_node (self, depth, uri, name, node);
}

static void
print_part (Describer *self, guint depth, JsonObject *part)
{
  const char *client_uri = get_text (part, "ClientURI"), *ddf = get_text (part, "DDF"), *cv = get_text (part, "CV");
  JsonNode *nodes = json_object_get_member (part, "MOData");

  if (!begin_line (self, depth))
    return;
  if (client_uri != NULL)
    append_client_uri (self, client_uri);
  else
    g_string_append (self->out, "[no ClientURI]");
  end_line (self);
  if (ddf != NULL)
    print_line (self, depth + 1, "DDF", ddf);
  if (cv != NULL)
    print_line (self, depth + 1, "CV", cv);
  if (nodes != NULL && JSON_NODE_HOLDS_OBJECT (nodes))
    print_top_node (self, depth + 1, client_uri, json_node_get_object (nodes));
}

static void
print_parts (Describer *self, guint depth, JsonNode *node)
{
  JsonArray *parts;

  if (JSON_NODE_HOLDS_OBJECT (node))
    print_part (self, depth, json_node_get_object (node));
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return;
  parts = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (parts) && !self->is_full; i++)
    {
      JsonNode *part = json_array_get_element (parts, i);

      if (JSON_NODE_HOLDS_OBJECT (part))
        print_part (self, depth, json_node_get_object (part));
      else
        print_line (self, depth, "[no part]", NULL);
    }
}

/* ---- Packages ---- */

/* What stands in the place of a name may be an address, or anything. */
static const char *
get_name (const OmaDm2Command *command)
{
  const char *p = command->name;

  if (p == NULL)
    return "[no name]";
  while (g_ascii_isalnum (*p))
    p++;
  return *p == '\0' && p - command->name <= MAX_NAME ? command->name : "[unknown name]";
}

static void
print_command (Describer *self, const OmaDm2Command *command)
{
  gsize start = self->out->len;
  guint i;

  if (!begin_line (self, 1))
    return;
  append_text (self, get_name (command));
  if (command->status != OMA_STATUS_NONE)       /* its items may be anything */
    g_string_append_printf (self->out, " [%d: %s]", (int) command->status, command->reason);
  if (command->status == OMA_STATUS_NONE && command->server_uri != NULL)
    {
      g_string_append_c (self->out, ' ');
      append_server_uri (self, command->server_uri, command->type != OMA_DM2_COMMAND_CONT);
    }
  for (i = 0; command->status == OMA_STATUS_NONE && command->client_uris[i] != NULL; i++)
    {
      if (self->out->len - start > MAX_TEXT)
        break;
      g_string_append_c (self->out, ' ');
      append_client_uri (self, command->client_uris[i]);
    }
  if (command->status == OMA_STATUS_NONE && command->client_uris[i] != NULL)
    g_string_append_printf (self->out, " [... %u in all]", g_strv_length (command->client_uris));
  end_line (self);
}

static gboolean
print_commands (Describer *self, gconstpointer data, gsize size, GError **error)
{
  g_autoptr(GPtrArray) commands = oma_dm2_commands_read (data, size, error);

  if (commands == NULL)
    return FALSE;
  print_line (self, 0, "CMD", NULL);
  for (guint i = 0; i < commands->len && !self->is_full; i++)
    print_command (self, g_ptr_array_index (commands, i));
  return TRUE;
}

/* The elements of @node, which may be missing, one a line. */
static void
print_texts (Describer *self, guint depth, const char *name, JsonNode *node)
{
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array) && !self->is_full; i++)
    {
      g_autofree char *text = dup_scalar (json_array_get_element (array, i));

      print_line (self, depth, name != NULL ? name : text, name != NULL ? text : NULL);
    }
}

static void
print_status (Describer *self, JsonObject *status)
{
  JsonNode *sc = json_object_get_member (status, "sc");
  JsonNode *mo_data = json_object_get_member (status, OMA_DM2_RESULT_MEMBER);
  gint64 code = sc != NULL && json_node_get_value_type (sc) == G_TYPE_INT64 ? json_node_get_int (sc) : 0;

  if (!begin_line (self, 1))
    return;
  if (code >= 100 && code <= 999)
    g_string_append_printf (self->out, "%d %s", (int) code, oma_status_get_phrase ((OmaStatus) code));
  else
    g_string_append (self->out, "[no sc]");
  end_line (self);
  print_texts (self, 2, NULL, json_object_get_member (status, "URI"));
  if (mo_data != NULL)
    print_parts (self, 2, mo_data);
}

static void
print_alert_data (Describer *self, JsonObject *alert)
{
  JsonNode *data = json_object_get_member (alert, "Data");
  const char *source = get_text (alert, "SourceURI");
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (data == NULL || !JSON_NODE_HOLDS_OBJECT (data))
    return;
  print_line (self, 2, "Data", NULL);
  json_object_iter_init_ordered (&iter, json_node_get_object (data));
  while (!self->is_full && json_object_iter_next_ordered (&iter, &name, &node))
    {
      g_autofree char *text = dup_scalar (node);

      print_line (self, 3, name,
                  source != NULL && find_secrecy (self, source) == OMA_SECRECY_VALUE ? OMA_REDACTED : text);
    }
}

static void
print_alert (Describer *self, JsonObject *alert)
{
  static const char *const members[] = { "SourceURI", "TargetURI", "Mark", "DataType" };
  const char *type = get_text (alert, "AlertType");

  print_line (self, 1, type != NULL ? type : "[no AlertType]", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (get_text (alert, members[i]) != NULL)
      print_line (self, 2, members[i], get_text (alert, members[i]));
  print_alert_data (self, alert);
}

static void
print_object (Describer *self, JsonObject *object)
{
  const char *moid = get_text (object, "MOID"), *ddf = get_text (object, "DDF");

  print_line (self, 1, moid != NULL ? moid : "[no MOID]", NULL);
  if (ddf != NULL)
    print_line (self, 2, "DDF", ddf);
  print_texts (self, 2, "MIID", json_object_get_member (object, "MIID"));
}

static void
print_array (Describer *self, JsonObject *package, const char *name, void (*print) (Describer *, JsonObject *))
{
  JsonNode *node = json_object_get_member (package, name);
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return;
  array = json_node_get_array (node);
  print_line (self, 0, name, NULL);
  for (guint i = 0; i < json_array_get_length (array) && !self->is_full; i++)
    if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      print (self, json_array_get_object_element (array, i));
    else
      print_line (self, 1, "[no object]", NULL);
}

/* ---- The whole ---- */

static gboolean
pass_start (gboolean is_array G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
pass_end (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
pass_text (const char *text G_GNUC_UNUSED, gsize length G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
           GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
pass_scalar (OmaJsonKind kind G_GNUC_UNUSED, const char *text G_GNUC_UNUSED, gsize length G_GNUC_UNUSED,
             gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

/* json-glib takes what is no JSON, and calls itself for each bracket. */
static gboolean
check (gconstpointer data, gsize size, GError **error)
{
  static const OmaJsonHandler handler = { pass_start, pass_end, pass_text, pass_text, pass_scalar };
  static const OmaJsonLimits limits = {
    .max_size = MAX_SHOWN, .max_depth = MAX_DEPTH, .max_names = MAX_NAMES, .max_text = MAX_TEXT,
  };
  g_autoptr(OmaJsonReader) reader = oma_json_reader_new (&handler, &limits, NULL);

  return oma_json_reader_feed (reader, data, size, error) && oma_json_reader_finish (reader, error);
}

static gboolean
print_root (Describer *self, JsonNode *root, gconstpointer data, gsize size, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;

  if (object != NULL && json_object_has_member (object, "CMD"))
    return print_commands (self, data, size, error);
  if (object == NULL || json_object_has_member (object, "MOData"))
    {
      print_line (self, 0, "MO data", NULL);
      print_parts (self, 1, root);
      return TRUE;
    }
  print_array (self, object, "MOS", print_object);
  print_array (self, object, "Status", print_status);
  print_array (self, object, "Alert", print_alert);
  if (self->out->len == 0)
    print_line (self, 0, "[nothing that DM 2.0 knows]", NULL);
  return TRUE;
}

static gboolean
print_all (Describer *self, gconstpointer data, gsize size, GError **error)
{
  g_autoptr(JsonParser) parser = json_parser_new ();

  return check (data, size, error) && json_parser_load_from_data (parser, data, (gssize) size, error) &&
         print_root (self, json_parser_get_root (parser), data, size, error);
}

/**
 * oma_dm2_describe:
 * @sent: whether it is ours
 * @data: (nullable): a package, or MO data as JSON
 * @size: its octets
 * @get_secrecy: (nullable): says what the value of a node may show; it gets ClientURIs without query, written by
 *   whoever sent them; %NULL: nothing of the tree is secret
 * @user_data: for @get_secrecy
 *
 * Makes a readable form for people, as oma_codec_describe() does of SyncML: the members that DM Protocol 2.0 knows, one
 * a line and indented.  Values of nodes, also in conditions of ClientURIs, are shown when @get_secrecy says so; of MO
 * data only those that we sent, since a server's go where a command says, whatever address they give.  Addresses of
 * servers show neither credentials nor queries, and that of CONT nothing but the host.  Long texts are cut, control
 * characters escaped, and the text is never longer than 64 KiB.
 *
 * Returns: (transfer full): UTF-8 text that ends with a newline; of what cannot be read, or is larger than 1 MiB, it
 *   gives the size and the reason
 */
char *
oma_dm2_describe (gboolean sent, gconstpointer data, gsize size, OmaSecrecyFunc get_secrecy, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) out = g_string_new (NULL);
  Describer self = { .out = out, .sent = sent, .get_secrecy = get_secrecy, .user_data = user_data };

  if (print_all (&self, data, size, &error))
    return g_string_free (g_steal_pointer (&out), FALSE);
  g_string_printf (out, "[not readable, %" G_GSIZE_FORMAT " octets: ", size);
  append_text (&self, error->domain == OMA_CODEC_ERROR ? error->message : "no JSON");
  g_string_append (out, "]\n");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

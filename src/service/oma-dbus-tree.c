/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "oma-dbus.h"
#include "service/oma-node-view.h"
#include "service/oma-tree-batch.h"
#include "service/oma-tree-request.h"

#include <string.h>

#define DEFAULT_LIST 1000
#define MAX_LIST 10000

/* Most methods speak of a node, not of a property of it. */
static gboolean
refuse_query (OmaRequest *request, const char *uri)
{
  if (strchr (uri, '?') == NULL)
    return FALSE;
  oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "The URI must have no query");
  return TRUE;
}

static void
handle_get (OmaRequest *request)
{
  const char *uri;

  g_variant_get (request->parameters, "(&s)", &uri);
  if (!refuse_query (request, uri))
    oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_GET, uri, oma_tree_reply_value));
}

static void
handle_get_document (OmaRequest *request)
{
  g_autofree char *query = NULL;
  const char *uri;

  g_variant_get (request->parameters, "(&s)", &uri);
  if (refuse_query (request, uri))
    return;
  query = g_strconcat (uri, "?list=TNDS", NULL);
  oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_GET, query, oma_tree_reply_value));
}

static void
return_names (OmaRequest *request, OmaOperation *operation)
{
  guint total = operation->names != NULL ? g_strv_length (operation->names) : 0;
  guint32 offset, limit;
  GVariantBuilder names;

  g_variant_get (request->parameters, "(&suu)", NULL, &offset, &limit);
  limit = limit == 0 ? DEFAULT_LIST : MIN (limit, MAX_LIST);
  g_variant_builder_init (&names, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = offset; i < total && i - offset < limit; i++)
    g_variant_builder_add (&names, "s", operation->names[i]);
  oma_request_return (request, g_variant_new ("(asu)", &names, total), NULL);
}

static void
handle_list (OmaRequest *request)
{
  const char *uri;

  g_variant_get (request->parameters, "(&suu)", &uri, NULL, NULL);
  if (!refuse_query (request, uri))
    oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_LIST, uri, return_names));
}

/* Add and Replace: the node, its format and type, where stated, and its value. */
static void
write_value (OmaRequest *request, OmaOperationType type)
{
  const char *uri, *format, *mime_type;
  g_autoptr(GVariant) value = NULL;
  OmaTreeRequest *change;
  OmaFormat stated;

  g_variant_get (request->parameters, "(&s&s&sv)", &uri, &format, &mime_type, &value);
  if (refuse_query (request, uri))
    return;
  stated = oma_format_from_string (format);
  if (stated == OMA_FORMAT_NONE && format[0] != '\0')
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "There is no format '%s'", format);
      return;
    }
  change = oma_tree_request_new (request, type, uri, oma_tree_reply_nothing);
  change->operation.format = stated;
  change->operation.mime_type = mime_type[0] != '\0' ? mime_type : NULL;
  if (stated != OMA_FORMAT_NODE)
    oma_tree_request_run_with_value (change, value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) && g_variant_get_string (value, NULL)[0] == '\0')
    oma_tree_request_run (change);
  else
    oma_tree_request_refuse (change, OMA_DBUS_ERROR_INVALID_ARGS, "An interior node has no value");
}

static void
handle_add (OmaRequest *request)
{
  write_value (request, OMA_OPERATION_ADD);
}

static void
handle_replace (OmaRequest *request)
{
  write_value (request, OMA_OPERATION_REPLACE);
}

static void
handle_delete (OmaRequest *request)
{
  const char *uri;

  g_variant_get (request->parameters, "(&s)", &uri);
  if (!refuse_query (request, uri))
    oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_DELETE, uri, oma_tree_reply_nothing));
}

static void
handle_copy (OmaRequest *request)
{
  const char *source, *target;
  OmaTreeRequest *copy;

  g_variant_get (request->parameters, "(&s&s)", &source, &target);
  if (refuse_query (request, source) || refuse_query (request, target))
    return;
  copy = oma_tree_request_new (request, OMA_OPERATION_COPY, target, oma_tree_reply_nothing);
  copy->operation.source_uri = source;
  oma_tree_request_run (copy);
}

static void
handle_exec (OmaRequest *request)
{
  const char *uri, *argument, *correlator;
  OmaTreeRequest *exec;

  g_variant_get (request->parameters, "(&s&s&s)", &uri, &argument, &correlator);
  if (refuse_query (request, uri))
    return;
  exec = oma_tree_request_new (request, OMA_OPERATION_EXEC, uri, oma_tree_reply_status);
  exec->operation.correlator = correlator[0] != '\0' ? correlator : NULL;
  if (argument[0] != '\0')
    oma_tree_request_set_octets (exec, oma_value_new_string (argument));
  oma_tree_request_run (exec);
}

/* ---- Properties of nodes ---- */

static void
return_text (OmaRequest *request, OmaOperation *operation)
{
  gsize size;
  const char *data = oma_value_get_data (operation->result, &size);
  g_autofree char *text = g_utf8_make_valid (data, size);

  oma_request_return (request, g_variant_new ("(s)", text), NULL);
}

static gboolean
refuse_property_name (OmaRequest *request, const char *name)
{
  static const char *const names[] = { "ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo", NULL };

  if (g_strv_contains (names, name))
    return FALSE;
  oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "Nodes have no property '%s'", name);
  return TRUE;
}

static void
handle_get_property (OmaRequest *request)
{
  const char *uri, *name;
  g_autofree char *query = NULL;

  g_variant_get (request->parameters, "(&s&s)", &uri, &name);
  if (refuse_query (request, uri) || refuse_property_name (request, name))
    return;
  query = g_strdup_printf ("%s?prop=%s", uri, name);
  oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_GET, query, return_text));
}

static void
handle_set_property (OmaRequest *request)
{
  const char *uri, *name, *value;
  g_autofree char *query = NULL;
  OmaTreeRequest *replace;

  g_variant_get (request->parameters, "(&s&s&s)", &uri, &name, &value);
  if (refuse_query (request, uri) || refuse_property_name (request, name))
    return;
  query = g_strdup_printf ("%s?prop=%s", uri, name);
  replace = oma_tree_request_new (request, OMA_OPERATION_REPLACE, query, oma_tree_reply_nothing);
  oma_tree_request_set_octets (replace, oma_value_new_string (value));
  oma_tree_request_run (replace);
}

/* ---- Management objects ---- */

static char **
split_uris (const OmaOperation *operation)
{
  gsize size;
  const char *data = oma_value_get_data (operation->result, &size);
  g_autofree char *text = g_strndup (data, size);

  return *text != '\0' ? g_strsplit (text, "\r\n", -1) : g_new0 (char *, 1);
}

static void
return_uris (OmaRequest *request, OmaOperation *operation)
{
  g_auto(GStrv) uris = split_uris (operation);

  oma_request_return (request, g_variant_new ("(^as)", uris), NULL);
}

static void
find_objects (OmaRequest *request, OmaTreeReplyFunc reply)
{
  g_autofree char *query = NULL, *escaped = NULL;
  const char *moid;
  OmaTreeRequest *find;

  g_variant_get (request->parameters, "(&s)", &moid);
  if (*moid == '\0')
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "An identifier of a management object is missing");
      return;
    }
  escaped = g_uri_escape_string (moid, NULL, FALSE);
  query = g_strconcat ("./?moid=", escaped, NULL);
  find = oma_tree_request_new (request, OMA_OPERATION_GET, query, reply);
  oma_tree_request_set_finds_by_moid (find);
  oma_tree_request_run (find);
}

static void
handle_find_objects (OmaRequest *request)
{
  find_objects (request, return_uris);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaRequest *request = user_data;
  GError *error = NULL;

  if (oma_agent_fetch_object_finish (OMA_AGENT (source), result, &error))
    find_objects (request, return_uris);
  else
    oma_request_return_error (request, error);
}

static void
fetch_if_there_is_none (OmaRequest *request, OmaOperation *operation)
{
  g_auto(GStrv) uris = split_uris (operation);
  const char *moid;

  g_variant_get (request->parameters, "(&s)", &moid);
  if (uris[0] != NULL)
    oma_request_return (request, g_variant_new ("(^as)", uris), NULL);
  else
    oma_agent_fetch_object_async (request->agent, moid, request->cancellable, fetched_cb, request);
}

static void
handle_fetch_objects (OmaRequest *request)
{
  find_objects (request, fetch_if_there_is_none);
}

/* ---- Subscriptions ---- */

static OmaNodeView *
view_subscribed (OmaRequest *request, GError **error)
{
  const char *uri;

  g_variant_get (request->parameters, "(&s)", &uri);
  if (strchr (uri, '?') == NULL)
    return oma_node_view_new (oma_agent_get_tree (request->agent), uri, error);
  g_set_error_literal (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "The URI must have no query");
  return NULL;
}

/* The node need not be there yet. */
static void
handle_subscribe (OmaRequest *request)
{
  GError *error = NULL;
  g_autoptr(OmaNodeView) view = view_subscribed (request, &error);

  if (view != NULL && oma_subscribers_add_uri (request->subscribers, request->caller, view->uri, &error))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_return_error (request, error);
}

static void
handle_unsubscribe (OmaRequest *request)
{
  GError *error = NULL;
  g_autoptr(OmaNodeView) view = view_subscribed (request, &error);

  if (view == NULL)
    oma_request_return_error (request, error);
  else if (oma_subscribers_remove_uri (request->subscribers, request->caller, view->uri))
    oma_request_return (request, NULL, NULL);
  else
    oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "There is no subscription to %s", view->uri);
}

static const OmaMethod methods[] = {
  { "Get", handle_get },
  { "GetDocument", handle_get_document },
  { "GetMany", oma_tree_batch_get_many },
  { "GetSubtree", oma_tree_batch_get_subtree },
  { "List", handle_list },
  { "Add", handle_add },
  { "Replace", handle_replace },
  { "Delete", handle_delete },
  { "Copy", handle_copy },
  { "Exec", handle_exec },
  { "FindObjects", handle_find_objects },
  { "FetchObjects", handle_fetch_objects },
  { "GetProperty", handle_get_property },
  { "SetProperty", handle_set_property },
  { "Subscribe", handle_subscribe },
  { "Unsubscribe", handle_unsubscribe },
  { NULL, NULL },
};

/* org.omadm.Agent1.Tree */
const OmaInterface oma_dbus_tree_interface = { oma_dbus_agent1_tree_interface_info, methods, NULL };

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-object.h"

#include "oma-dbus.h"
#include "service/oma-node-view.h"
#include "service/oma-path.h"
#include "service/oma-service.h"
#include "service/oma-tree-request.h"
#include "tree/oma-acl.h"

#include <string.h>

/* ---- Properties: what the tree itself knows ---- */

static GVariant *
access_to_variant (const OmaSchemaNode *schema)
{
  static const struct {
    OmaAccess   access;
    const char *name;
  } names[] = {
    { OMA_ACCESS_ADD, "Add" },   { OMA_ACCESS_COPY, "Copy" }, { OMA_ACCESS_DELETE, "Delete" },
    { OMA_ACCESS_EXEC, "Exec" }, { OMA_ACCESS_GET, "Get" },   { OMA_ACCESS_REPLACE, "Replace" },
  };
  guint access = schema != NULL ? schema->access : OMA_ACCESS_GET;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (access & names[i].access)
      g_variant_builder_add (&builder, "s", names[i].name);
  return g_variant_builder_end (&builder);
}

/* A node that no DDF describes, the root or one on the way to a mount point, cannot go. */
static const char *
get_scope (const OmaNodeView *view)
{
  return view->lookup.schema == NULL || view->lookup.schema->permanent ? "Permanent" : "Dynamic";
}

/* Of what nobody may read, a secret, the length is not told either. */
static guint64
get_size (const OmaNodeView *view)
{
  const OmaSchemaNode *schema = view->lookup.schema;
  OmaValue *value = NULL;

  if (view->lookup.node != NULL && oma_node_view_is_stored (view) && schema != NULL &&
      (schema->access & OMA_ACCESS_GET) != 0)
    value = oma_node_get_value (view->lookup.node, NULL);
  return value != NULL ? oma_value_get_size (value) : 0;
}

/* DM Tree and Description 1.2, TStamp: UTC in the basic format of ISO 8601. */
static GVariant *
tstamp_to_variant (const OmaNode *node)
{
  gint64 tstamp = node != NULL ? oma_node_get_tstamp (node, NULL) : 0;
  g_autoptr(GDateTime) time = tstamp > 0 ? g_date_time_new_from_unix_utc (tstamp) : NULL;

  return time != NULL ? g_variant_new_take_string (g_date_time_format (time, "%Y%m%dT%H%M%SZ"))
                      : g_variant_new_string ("");
}

static GVariant *
get_property (gpointer object, const char *name)
{
  const OmaNodeView *view = object;
  const OmaNode *node = view->lookup.node;
  const char *title = node != NULL ? oma_node_get_title (node, NULL) : NULL;
  OmaAcl *acl = node != NULL ? oma_node_get_acl (node, NULL) : NULL;

  if (strcmp (name, "Uri") == 0)
    return g_variant_new_string (view->uri);
  if (strcmp (name, "Name") == 0)
    return g_variant_new_string (view->name != NULL ? view->name : ".");
  if (strcmp (name, "Format") == 0)
    return g_variant_new_string (oma_node_view_get_format (view));
  if (strcmp (name, "Type") == 0)
    return g_variant_new_string (oma_node_view_get_type (view));
  if (strcmp (name, "Title") == 0)
    return g_variant_new_string (title != NULL ? title : "");
  if (strcmp (name, "Acl") == 0)
    return g_variant_new_string (acl != NULL ? oma_acl_get_text (acl) : "");
  if (strcmp (name, "Access") == 0)
    return access_to_variant (view->lookup.schema);
  if (strcmp (name, "Scope") == 0)
    return g_variant_new_string (get_scope (view));
  if (strcmp (name, "Size") == 0)
    return g_variant_new_uint64 (get_size (view));
  if (strcmp (name, "VerNo") == 0)
    return g_variant_new_uint16 (node != NULL ? oma_node_get_verno (node, NULL) : 0);
  if (strcmp (name, "TStamp") == 0)
    return tstamp_to_variant (node);
  if (strcmp (name, "Children") == 0)
    return g_variant_new_uint32 (node != NULL && oma_node_view_is_stored (view) ? oma_node_count_children (node, NULL) : 0);
  g_return_val_if_reached (NULL);
}

/* ---- Finding the node ---- */

static gboolean
resolve (OmaRequest *request, GError **error)
{
  g_autofree char *uri = oma_path_to_uri (request->path + strlen (OMA_OBJECT_PATH "/tree"));
  g_autoptr(OmaNodeView) view = NULL;

  if (uri != NULL)
    view = oma_node_view_new (oma_agent_get_tree (request->agent), uri, NULL);
  if (view == NULL || !oma_node_view_may_exist (view))
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_UNKNOWN_OBJECT, "No node has the path %s", request->path);
      return FALSE;
    }
  oma_request_set_object (request, g_steal_pointer (&view), (GDestroyNotify) oma_node_view_free);
  return TRUE;
}

static const char *
get_uri (OmaRequest *request)
{
  return ((OmaNodeView *) request->object)->uri;
}

/* ---- Introspection: asks for the children ---- */

static void
return_children (OmaRequest *request, OmaOperation *operation)
{
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; operation->names != NULL && operation->names[i] != NULL && i < OMA_MAX_INTROSPECTED; i++)
    g_ptr_array_add (children, oma_path_encode_name (operation->names[i]));
  oma_object_return_introspection (request, &oma_dbus_node_object, children);
}

/* What cannot be listed is shown without children, so that one broken plugin does not hide
 * the rest of the tree; stored children are known all the same. */
static void
return_stored_children (OmaRequest *request, GError *error)
{
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (request->agent), get_uri (request), NULL);
  g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func (g_free);

  if (g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND) || view == NULL)
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_UNKNOWN_OBJECT, "No node has the path %s", request->path);
      g_error_free (error);
      return;
    }
  g_debug ("Could not list %s: %s", view->uri, error->message);
  g_error_free (error);
  if (view->lookup.node != NULL && oma_node_view_is_stored (view))
    for (OmaNode *child = oma_node_first_child (view->lookup.node, NULL);
         child != NULL && children->len < OMA_MAX_INTROSPECTED; child = oma_node_next_sibling (child, NULL))
      g_ptr_array_add (children, oma_path_encode_name (oma_node_get_name (child)));
  oma_object_return_introspection (request, &oma_dbus_node_object, children);
}

static void
introspect (OmaRequest *request)
{
  OmaTreeRequest *list;

  if (!oma_node_view_is_interior (request->object))
    {
      oma_object_return_introspection (request, &oma_dbus_node_object, NULL);
      return;
    }
  list = oma_tree_request_new (request, OMA_OPERATION_LIST, get_uri (request), return_children);
  list->error_func = return_stored_children;
  oma_tree_request_run (list);
}

/* ---- Methods ---- */

static void
handle_get (OmaRequest *request)
{
  oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_GET, get_uri (request), oma_tree_reply_value));
}

static void
handle_replace (OmaRequest *request)
{
  g_autoptr(GVariant) value = NULL;

  g_variant_get (request->parameters, "(v)", &value);
  oma_tree_request_run_with_value (
      oma_tree_request_new (request, OMA_OPERATION_REPLACE, get_uri (request), oma_tree_reply_nothing), value);
}

static void
handle_delete (OmaRequest *request)
{
  oma_tree_request_run (oma_tree_request_new (request, OMA_OPERATION_DELETE, get_uri (request), oma_tree_reply_nothing));
}

static void
handle_exec (OmaRequest *request)
{
  OmaTreeRequest *exec = oma_tree_request_new (request, OMA_OPERATION_EXEC, get_uri (request), oma_tree_reply_status);
  const char *argument;

  g_variant_get (request->parameters, "(&s)", &argument);
  if (argument[0] != '\0')
    oma_tree_request_set_octets (exec, oma_value_new_string (argument));
  oma_tree_request_run (exec);
}

static const OmaMethod methods[] = {
  { "Get", handle_get },
  { "Replace", handle_replace },
  { "Delete", handle_delete },
  { "Exec", handle_exec },
  { NULL, NULL },
};

/* org.omadm.Agent1.Node */
const OmaInterface oma_dbus_node_interface = { oma_dbus_agent1_node_interface_info, methods, get_property };

static const OmaInterface *const interfaces[] = { &oma_dbus_node_interface, NULL };

/* The nodes of the DM tree, /org/omadm/Agent1/tree and below.  None is registered anywhere:
 * the path is the node. */
const OmaObjectClass oma_dbus_node_object = { interfaces, resolve, introspect };

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-node-view.h"

/**
 * oma_node_view_new:
 * @tree: the tree
 * @uri: a node's URI without query
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): what the tree knows, also when there is no such node, or %NULL
 *   with the error of oma_uri_parse()
 */
OmaNodeView *
oma_node_view_new (OmaTree *tree, const char *uri, GError **error)
{
  g_autoptr(OmaNodeView) view = g_new0 (OmaNodeView, 1);
  g_autofree char *text = g_strdup (uri);
  const OmaUriSegment *last;

  if (!oma_uri_parse (&view->parsed, text, error))
    return NULL;
  view->tree = tree;
  view->uri = oma_uri_to_string (&view->parsed);
  oma_uri_clear (&view->parsed);
  if (!oma_uri_parse (&view->parsed, view->uri, error))
    return NULL;
  if (view->parsed.n_segments > 0)
    {
      last = &view->parsed.segments[view->parsed.n_segments - 1];
      view->name = g_strndup (last->name, last->length);
    }
  oma_tree_lookup (tree, &view->parsed, NULL, &view->lookup);
  return g_steal_pointer (&view);
}

/**
 * oma_node_view_free:
 * @view: (transfer full): a view
 */
void
oma_node_view_free (OmaNodeView *view)
{
  oma_uri_clear (&view->parsed);
  g_free (view->uri);
  g_free (view->name);
  g_free (view);
}

/**
 * oma_node_view_is_stored:
 * @view: a view
 *
 * Returns: whether the tree knows if the node exists: it is no plugin's
 */
gboolean
oma_node_view_is_stored (const OmaNodeView *view)
{
  return view->lookup.mount == NULL || oma_mount_get_ops (view->lookup.mount) == NULL;
}

/**
 * oma_node_view_may_exist:
 * @view: a view
 *
 * Returns: whether the node is there; of a plugin's node, whether its DDF knows one there
 */
gboolean
oma_node_view_may_exist (const OmaNodeView *view)
{
  if (view->parsed.n_segments == 0)
    return TRUE;
  return oma_node_view_is_stored (view) ? view->lookup.node != NULL : view->lookup.schema != NULL;
}

/**
 * oma_node_view_is_interior:
 * @view: a view
 *
 * Returns: whether the node is, or would be, an interior one
 */
gboolean
oma_node_view_is_interior (const OmaNodeView *view)
{
  if (view->lookup.schema != NULL)
    return view->lookup.schema->format == OMA_FORMAT_NODE;
  return view->lookup.node == NULL || oma_node_is_interior (view->lookup.node);
}

static OmaValue *
stored_value (const OmaNodeView *view)
{
  if (view->lookup.node == NULL || !oma_node_view_is_stored (view))
    return NULL;
  return oma_node_get_value (view->lookup.node, NULL);
}

/**
 * oma_node_view_get_format:
 * @view: a view
 *
 * Returns: (transfer none): property Format
 */
const char *
oma_node_view_get_format (const OmaNodeView *view)
{
  OmaValue *value = stored_value (view);
  OmaFormat format = OMA_FORMAT_NODE;

  if (!oma_node_view_is_interior (view))
    format = value != NULL ? oma_value_get_format (value) : view->lookup.schema->format;
  return format == OMA_FORMAT_NONE ? "" : oma_format_to_string (format);
}

/**
 * oma_node_view_get_type:
 * @view: a view
 *
 * Returns: (transfer none): property Type: the node's own, else what its DDF says, else ""
 */
const char *
oma_node_view_get_type (const OmaNodeView *view)
{
  const OmaSchemaNode *schema = view->lookup.schema;
  OmaValue *value = stored_value (view);
  const char *type = NULL;

  if (view->lookup.node != NULL)
    type = oma_node_get_type_property (view->lookup.node, NULL);
  if ((type == NULL || type[0] == '\0') && value != NULL)
    type = oma_value_get_type_name (value);
  if ((type == NULL || type[0] == '\0') && schema != NULL)
    type = schema->format == OMA_FORMAT_NODE ? schema->ddf_name : schema->types != NULL ? schema->types[0] : NULL;
  return type != NULL ? type : "";
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-tree-given.h"

#include "service/oma-node-view.h"

#include <string.h>

struct _OmaTreeGiven {
  GHashTable *nodes;         /* canonical URI -> Node */
};

typedef struct {
  OmaValue  *value;          /* NULL: an interior node */
  GPtrArray *children;       /* (nullable): their URIs */
} Node;

static void
node_free (gpointer data)
{
  Node *node = data;

  g_clear_pointer (&node->value, oma_value_unref);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_free (node);
}

/**
 * oma_tree_given_new:
 *
 * Returns: (transfer full): of no subtree yet
 */
OmaTreeGiven *
oma_tree_given_new (void)
{
  OmaTreeGiven *given = g_new0 (OmaTreeGiven, 1);

  given->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, node_free);
  return given;
}

/**
 * oma_tree_given_free:
 * @given: (transfer full): what plugins gave
 */
void
oma_tree_given_free (OmaTreeGiven *given)
{
  g_hash_table_unref (given->nodes);
  g_free (given);
}

/**
 * oma_tree_given_is_offered:
 * @tree: the tree
 * @uri: canonical URI of a node
 *
 * Returns: whether it is a plugin's that gives all below it at once
 */
gboolean
oma_tree_given_is_offered (OmaTree *tree, const char *uri)
{
  g_autoptr(OmaNodeView) view = oma_node_view_new (tree, uri, NULL);
  const OmaNodeOps *ops;

  if (view == NULL || oma_node_view_is_stored (view) || view->lookup.schema == NULL ||
      !oma_node_view_is_interior (view))
    return FALSE;
  ops = oma_mount_get_ops (view->lookup.mount);
  return ops->has_read != NULL && ops->has_read (oma_mount_get_self (view->lookup.mount), view->lookup.schema);
}

/* Parents come before their children. */
static void
take_node (OmaTreeGiven *given, const char *uri, OmaValue *value)
{
  const char *slash = strrchr (uri, '/');
  g_autofree char *parent_uri = slash != NULL ? g_strndup (uri, slash - uri) : NULL;
  Node *parent = parent_uri != NULL ? g_hash_table_lookup (given->nodes, parent_uri) : NULL;
  Node *node = g_new0 (Node, 1);

  node->value = value != NULL ? oma_value_ref (value) : NULL;
  g_hash_table_insert (given->nodes, g_strdup (uri), node);
  if (parent == NULL)
    return;
  if (parent->children == NULL)
    parent->children = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (parent->children, g_strdup (uri));
}

/**
 * oma_tree_given_take:
 * @given: what plugins gave
 * @uri: canonical URI of a node that was read
 * @nodes: it and what is below it
 */
void
oma_tree_given_take (OmaTreeGiven *given, const char *uri, const OmaNodeList *nodes)
{
  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      const char *relative = oma_node_list_get_uri (nodes, i);
      g_autofree char *full = *relative != '\0' ? g_strconcat (uri, "/", relative, NULL) : g_strdup (uri);

      take_node (given, full, oma_node_list_get_value (nodes, i));
    }
}

/**
 * oma_tree_given_contains:
 * @given: what plugins gave
 * @uri: canonical URI of a node
 *
 * Returns: whether it is among it
 */
gboolean
oma_tree_given_contains (const OmaTreeGiven *given, const char *uri)
{
  return g_hash_table_contains (given->nodes, uri);
}

/**
 * oma_tree_given_get_value:
 * @given: what plugins gave
 * @uri: canonical URI of a node that is among it
 *
 * Returns: (transfer none) (nullable): its value, %NULL for an interior node
 */
OmaValue *
oma_tree_given_get_value (const OmaTreeGiven *given, const char *uri)
{
  const Node *node = g_hash_table_lookup (given->nodes, uri);

  return node->value;
}

/**
 * oma_tree_given_get_children:
 * @given: what plugins gave
 * @uri: canonical URI of a node that is among it
 *
 * Returns: (transfer none) (nullable) (element-type utf8): URIs of the children that were given
 */
GPtrArray *
oma_tree_given_get_children (const OmaTreeGiven *given, const char *uri)
{
  const Node *node = g_hash_table_lookup (given->nodes, uri);

  return node->children;
}

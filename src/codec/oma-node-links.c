/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-node-links.h"

#include <string.h>

static guint
find_parent (GHashTable *known, const char *relative)
{
  const char *slash = strrchr (relative, '/');
  g_autofree char *parent = slash != NULL ? g_strndup (relative, slash - relative) : NULL;

  return parent != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (known, parent)) : 0;
}

/**
 * oma_node_list_link:
 * @nodes: nodes of a subtree, the start first, parents before children
 *
 * A plugin lists its nodes in an order of its own; documents go from each node to its children.
 *
 * Returns: (transfer full): a link for each node, to be freed with g_free()
 */
OmaNodeLink *
oma_node_list_link (const OmaNodeList *nodes)
{
  guint n = oma_node_list_get_length (nodes);
  OmaNodeLink *links = g_new0 (OmaNodeLink, n);
  g_autoptr(GHashTable) known = NULL;

  if (n > 1)
    known = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 1; i < n; i++)
    {
      const char *relative = oma_node_list_get_uri (nodes, i);
      OmaNodeLink *parent = &links[find_parent (known, relative)];

      if (parent->first_child == 0)
        parent->first_child = i;
      else
        links[parent->last_child].next = i;
      parent->last_child = i;
      g_hash_table_insert (known, (char *) relative, GUINT_TO_POINTER (i));
    }
  return links;
}

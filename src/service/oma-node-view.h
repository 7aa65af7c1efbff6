/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaNodeView:
 * @tree: the tree
 * @uri: canonical URI
 * @name: (nullable): decoded name, %NULL for the root
 * @parsed: @uri, parsed
 * @lookup: what the tree found there
 *
 * What the tree itself knows of a node, without asking who serves it.  It holds until the
 * main loop runs again.
 */
typedef struct {
  OmaTree   *tree;
  char      *uri;
  char      *name;
  OmaUri     parsed;
  OmaLookup  lookup;
} OmaNodeView;

OmaNodeView *oma_node_view_new         (OmaTree *tree, const char *uri, GError **error);
void         oma_node_view_free        (OmaNodeView *view);
gboolean     oma_node_view_may_exist   (const OmaNodeView *view);
gboolean     oma_node_view_is_interior (const OmaNodeView *view);
gboolean     oma_node_view_is_stored   (const OmaNodeView *view);
const char  *oma_node_view_get_format  (const OmaNodeView *view);
const char  *oma_node_view_get_type    (const OmaNodeView *view);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNodeView, oma_node_view_free)

G_END_DECLS

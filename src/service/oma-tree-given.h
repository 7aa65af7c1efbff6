/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-list.h"
#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaTreeGiven:
 *
 * What plugins gave of whole subtrees at once, looked up node by node.
 */
typedef struct _OmaTreeGiven OmaTreeGiven;

OmaTreeGiven *oma_tree_given_new      (void);
void          oma_tree_given_free     (OmaTreeGiven *given);

gboolean      oma_tree_given_is_offered (OmaTree *tree, const char *uri);
void          oma_tree_given_take     (OmaTreeGiven *given, const char *uri, const OmaNodeList *nodes);
gboolean      oma_tree_given_contains (const OmaTreeGiven *given, const char *uri);
OmaValue     *oma_tree_given_get_value (const OmaTreeGiven *given, const char *uri);
GPtrArray    *oma_tree_given_get_children (const OmaTreeGiven *given, const char *uri);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaTreeGiven, oma_tree_given_free)

G_END_DECLS

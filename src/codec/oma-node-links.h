/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-list.h"

G_BEGIN_DECLS

/**
 * OmaNodeLink:
 * @first_child: its first child, 0: none
 * @last_child: its last child
 * @next: the next child of its parent, 0: none
 *
 * Links of a node to others of a list, by index; 0 is the start, which is nobody's child.
 */
typedef struct {
  guint first_child;
  guint last_child;
  guint next;
} OmaNodeLink;

OmaNodeLink *oma_node_list_link (const OmaNodeList *nodes);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_CHANGE_KIND_H
#define OMA_CHANGE_KIND_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaChangeKind:
 * @OMA_CHANGE_ADDED: the node is new
 * @OMA_CHANGE_REPLACED: its value or a property changed
 * @OMA_CHANGE_DELETED: the node and what was below it are gone
 *
 * What happened to a node.
 */
typedef enum {
  OMA_CHANGE_ADDED,
  OMA_CHANGE_REPLACED,
  OMA_CHANGE_DELETED,
} OmaChangeKind;

G_END_DECLS

#endif /* OMA_CHANGE_KIND_H */

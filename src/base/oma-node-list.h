/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_NODE_LIST_H
#define OMA_NODE_LIST_H

#include <omadm/oma-value.h>

G_BEGIN_DECLS

/**
 * OmaNodeList:
 *
 * The nodes of a subtree with their values, parents before children.
 */
typedef struct _OmaNodeList OmaNodeList;

#define OMA_TYPE_NODE_LIST (oma_node_list_get_type ())
GType        oma_node_list_get_type (void);

OmaNodeList *oma_node_list_new       (void);
void         oma_node_list_free      (OmaNodeList *list);
void         oma_node_list_add       (OmaNodeList *list, const char *relative_uri, OmaValue *value);
guint        oma_node_list_get_length (const OmaNodeList *list);
const char  *oma_node_list_get_uri   (const OmaNodeList *list, guint index);
OmaValue    *oma_node_list_get_value (const OmaNodeList *list, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNodeList, oma_node_list_free)

G_END_DECLS

#endif /* OMA_NODE_LIST_H */

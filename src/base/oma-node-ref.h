/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_NODE_REF_H
#define OMA_NODE_REF_H

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaNodeRef:
 *
 * Names the node that an operation is about.  Valid until the operation's task returned.
 */
typedef struct _OmaNodeRef OmaNodeRef;

const char *oma_node_ref_get_uri          (const OmaNodeRef *ref);
const char *oma_node_ref_get_relative_uri (const OmaNodeRef *ref);
const char *oma_node_ref_get_name         (const OmaNodeRef *ref);
guint       oma_node_ref_get_n_captures   (const OmaNodeRef *ref);
const char *oma_node_ref_get_capture      (const OmaNodeRef *ref, guint index);

char       *oma_node_name_escape          (const char *name);

G_END_DECLS

#endif /* OMA_NODE_REF_H */

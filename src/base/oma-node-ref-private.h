/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-ref.h"

G_BEGIN_DECLS

/* Made by whoever calls a node operation; all strings are its own. */
struct _OmaNodeRef {
  char      *uri;           /* canonical, "./A/B" */
  char      *relative_uri;  /* canonical, below the mount point: "" or "B/C" */
  char      *name;          /* last segment, decoded */
  GPtrArray *captures;      /* (element-type utf8): names of placeholders, outermost first, decoded */
};

OmaNodeRef *oma_node_ref_new  (const char *uri, const char *relative_uri, const char *name, GPtrArray *captures);
OmaNodeRef *oma_node_ref_copy (const OmaNodeRef *ref);
void        oma_node_ref_free (OmaNodeRef *ref);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNodeRef, oma_node_ref_free)

G_END_DECLS

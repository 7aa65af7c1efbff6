/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-list.h"
#include "tree/oma-tree.h"

G_BEGIN_DECLS

/* Children of a followed node that have a fingerprint of their own; where there are more, all have one together. */
#define OMA_MAX_FINGERPRINTS 10000

/**
 * OmaNodePrint:
 * @path: URI below the child, "" for the child itself; an interned #GRefString
 * @digest: of the node
 */
typedef struct {
  char   *path;
  guint64 digest;
} OmaNodePrint;

/**
 * OmaChildPrint:
 * @digest: of all of the child's subtree
 * @nodes: (nullable) (element-type OmaNodePrint): its nodes, by path; %NULL when there are too many children
 */
typedef struct {
  guint8  digest[OMA_FINGERPRINT_SIZE];
  GArray *nodes;
} OmaChildPrint;

/**
 * OmaFingerprinter:
 *
 * Makes the fingerprints of the children of a node from what was read below it, a part at a time.
 *
 * A fingerprint is the sum of the digests of the nodes, so their order does not count.  Nodes of
 * %OMA_HANDLER_VOLATILE are left out.  What cannot be read is not in the list: no secret gets here.
 */
typedef struct _OmaFingerprinter OmaFingerprinter;

OmaFingerprinter *oma_fingerprinter_new   (const OmaMount *mount, const OmaSchemaNode *schema, const char *child,
                                           OmaNodeList *nodes);
void              oma_fingerprinter_free  (OmaFingerprinter *printer);
gboolean          oma_fingerprinter_step  (OmaFingerprinter *printer, guint n);
GHashTable       *oma_fingerprinter_get_prints  (OmaFingerprinter *printer);
gboolean          oma_fingerprinter_is_folded   (const OmaFingerprinter *printer);

gboolean          oma_mount_is_volatile (const OmaMount *mount, const OmaSchemaNode *schema);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaFingerprinter, oma_fingerprinter_free)

G_END_DECLS

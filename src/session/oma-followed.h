/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-fingerprinter.h"
#include "tree/oma-change.h"

G_BEGIN_DECLS

/**
 * OmaPrint:
 * @known: @digest is that of what was there
 * @digest: the fingerprint, as the store has it
 * @nodes: (nullable) (element-type OmaNodePrint): what was there in this run
 * @own: (nullable) (element-type utf8): URIs of the nodes that units of work have changed since
 *
 * What is known of one child of a followed node.
 */
typedef struct {
  gboolean   known;
  guint8     digest[OMA_FINGERPRINT_SIZE];
  GArray    *nodes;
  GPtrArray *own;
} OmaPrint;

/**
 * OmaFollowed:
 * @uri: canonical URI
 * @mount: who serves it
 * @schema: what describes it
 * @prints: (element-type utf8 OmaPrint): by decoded names of children; "" stands for all of them when @folded
 * @baseline: it was read once, in this run or an earlier one
 * @compared: it was read in this run
 * @by_child: one child can be read alone
 * @folded: it has too many children for a fingerprint each
 * @all: all of it is to be read
 * @dirty: (element-type utf8): decoded names of children that are to be read
 *
 * A subtree of %OMA_HANDLER_FOLLOWED.
 */
typedef struct {
  char                *uri;
  OmaMount            *mount;
  const OmaSchemaNode *schema;
  GHashTable          *prints;
  gboolean             baseline;
  gboolean             compared;
  gboolean             by_child;
  gboolean             folded;
  gboolean             all;
  GHashTable          *dirty;
} OmaFollowed;

/* What became of a node; takes @uri. */
typedef void (*OmaFollowedFunc) (char *uri, OmaChangeKind kind, gpointer user_data);

GPtrArray   *oma_followed_find_all (OmaTree *tree);
OmaFollowed *oma_followed_find     (GPtrArray *all, const char *uri, char **child);
gboolean     oma_followed_is_dirty (const OmaFollowed *followed);
void         oma_followed_mark     (OmaFollowed *followed, const char *child);
void         oma_followed_restore  (OmaFollowed *followed, const OmaFingerprint *fingerprint);
void         oma_followed_take     (OmaFollowed *followed, const char *child, OmaFingerprinter *printer,
                                    OmaChange *change, OmaFollowedFunc func, gpointer user_data);
void         oma_followed_set_own  (OmaFollowed *followed, const char *child, const char *uri, OmaChange *change);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaChange:
 *
 * One unit of work on nodes that the tree itself holds: stored nodes, and the properties of
 * nodes that plugins serve.  What is staged is seen by who looks through the change, and by
 * nobody else until it is committed.  It checks no rights and no values: the executor does.
 * A node is staged by one change at a time; a second one gets %OMA_STATUS_RETRY_LATER.
 */
OmaChange *oma_change_new           (OmaTree *tree, const OmaPrincipal *principal);
void       oma_change_free          (OmaChange *change);

OmaNode   *oma_change_add           (OmaChange *change, OmaNode *parent, const char *name, gsize length,
                                     const OmaSchemaNode *schema, OmaValue *value, const char *type, GError **error);
gboolean   oma_change_replace       (OmaChange *change, OmaNode *node, OmaValue *value, GError **error);
gboolean   oma_change_delete        (OmaChange *change, OmaNode *node, GError **error);
gboolean   oma_change_rename        (OmaChange *change, OmaNode *node, const char *new_name, GError **error);
gboolean   oma_change_set_acl       (OmaChange *change, OmaNode *node, OmaAcl *acl, GError **error);
gboolean   oma_change_set_title     (OmaChange *change, OmaNode *node, const char *title, GError **error);
OmaNode   *oma_change_make_overlay  (OmaChange *change, const OmaUri *uri, const OmaLookup *lookup, GError **error);
void       oma_change_drop_overlay  (OmaChange *change, const OmaLookup *lookup);
void       oma_change_touch         (OmaChange *change, const OmaUri *uri, const OmaLookup *lookup, OmaChangeKind kind);
gboolean   oma_change_forget_server (OmaChange *change, const char *server_id, GError **error);

void       oma_change_add_images    (const OmaChange *change, GPtrArray *images);
gboolean   oma_change_undo_image    (OmaChange *change, const OmaImage *image, gboolean *left, GError **error);
gboolean   oma_image_is_of_tree     (const OmaImage *image);

void       oma_change_add_op        (OmaChange *change, const OmaStoreOp *op);
gboolean   oma_change_is_empty      (const OmaChange *change);
gpointer   oma_change_get_mark      (const OmaChange *change);
void       oma_change_roll_back_to  (OmaChange *change, gpointer mark);
void       oma_change_roll_back     (OmaChange *change);
void       oma_change_commit_async  (OmaChange *change, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean   oma_change_commit_finish (OmaChange *change, GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaChange, oma_change_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-change-kind.h"
#include "base/oma-node-ref-private.h"
#include "base/oma-uri.h"
#include "base/oma-value.h"
#include "tree/oma-acl.h"
#include "tree/oma-node-ops.h"
#include "tree/oma-principal.h"
#include "tree/oma-schema.h"
#include "tree/oma-tree-store.h"

G_BEGIN_DECLS

typedef struct _OmaTree   OmaTree;
typedef struct _OmaNode   OmaNode;
typedef struct _OmaMount  OmaMount;
typedef struct _OmaChange OmaChange;

/* ---- Mounts: which DDF describes, and who serves, a subtree ---- */

/**
 * OmaMountFlags:
 * @OMA_MOUNT_RESERVED: a subtree of the system (DevInfo, DevDetail, DMAcc, Inbox), which no
 *   other DDF may claim; without it a DDF that claims one of these is refused
 * @OMA_MOUNT_PRIVATE: each child of the root is seen only by the server that its leaf
 *   ServerID or SrvID names, by the administrator and by the device (DMAcc)
 */
typedef enum {
  OMA_MOUNT_DEFAULT = 0,
  OMA_MOUNT_RESERVED = 1 << 0,
  OMA_MOUNT_PRIVATE = 1 << 1,
} OmaMountFlags;

OmaTree    *oma_tree_new          (void);
void        oma_tree_free         (OmaTree *tree);
gboolean    oma_tree_mount        (OmaTree *tree, OmaSchema *schema, const OmaNodeOps *ops, gpointer self,
                                   OmaMountFlags flags, GError **error);
gboolean    oma_tree_load         (OmaTree *tree, OmaTreeStore *store, GError **error);
void        oma_tree_set_limits   (OmaTree *tree, guint max_nodes, guint64 max_octets);
OmaTreeStore *oma_tree_get_store    (const OmaTree *tree);
void        oma_tree_set_clock    (OmaTree *tree, gint64 (*now) (gpointer data), gpointer data);

const OmaNodeOps *oma_mount_get_ops    (const OmaMount *mount);     /* NULL: the store serves it */
gpointer          oma_mount_get_self   (const OmaMount *mount);
OmaSchema        *oma_mount_get_schema (const OmaMount *mount);
OmaMountFlags     oma_mount_get_flags  (const OmaMount *mount);
gboolean          oma_mount_has_types  (const OmaMount *mount);

/* ---- Look-up ---- */

/**
 * OmaLookup:
 * @node: (nullable): the node.  In a subtree that a plugin serves it is there only when
 *   properties of it are kept, and says nothing about whether the node exists; that of the
 *   named top node of a plugin's DDF is always there
 * @nearest: the deepest node found on the way, @node itself or an ancestor; ACLs are
 *   inherited from here upwards
 * @nearest_depth: how many segments lead to @nearest
 * @schema: (nullable): what describes the URI; %NULL when no DDF does
 * @mount: (nullable): who serves it; %NULL for the root and nodes above mount points
 *
 * What oma_tree_lookup() found.
 */
typedef struct {
  OmaNode             *node;
  OmaNode             *nearest;
  guint                nearest_depth;
  const OmaSchemaNode *schema;
  OmaMount            *mount;
} OmaLookup;

void        oma_tree_lookup       (OmaTree *tree, const OmaUri *uri, OmaChange *view, OmaLookup *lookup);
OmaNodeRef *oma_lookup_make_ref   (const OmaLookup *lookup, const OmaUri *uri);
OmaNode    *oma_tree_get_root     (OmaTree *tree);

/* ---- Nodes.  "view" is the change in whose eyes one looks, NULL for what is committed ---- */

const char          *oma_node_get_name     (const OmaNode *node);                          /* the committed one */
const char          *oma_node_get_staged_name (const OmaNode *node, const OmaChange *view);
OmaNode             *oma_node_get_parent   (const OmaNode *node);
const OmaSchemaNode *oma_node_get_schema   (const OmaNode *node);
OmaMount            *oma_node_get_mount    (const OmaNode *node);
gboolean             oma_node_is_interior  (const OmaNode *node);
gboolean             oma_node_is_overlay   (const OmaNode *node);
char                *oma_node_dup_uri      (const OmaNode *node);
OmaNode             *oma_node_first_child  (const OmaNode *node, const OmaChange *view);
OmaNode             *oma_node_next_sibling (const OmaNode *node, const OmaChange *view);
guint                oma_node_count_children (const OmaNode *node, const OmaChange *view);
OmaValue            *oma_node_get_value    (const OmaNode *node, const OmaChange *view);   /* (transfer none) */
OmaAcl              *oma_node_get_acl      (const OmaNode *node, const OmaChange *view);   /* own, NULL inherits */
OmaAcl              *oma_node_get_effective_acl (const OmaNode *node, const OmaChange *view);
const char          *oma_node_get_title    (const OmaNode *node, const OmaChange *view);
const char          *oma_node_get_type_property (const OmaNode *node, const OmaChange *view);
const char          *oma_node_get_owner    (const OmaNode *node, const OmaChange *view);
gint64               oma_node_get_tstamp   (const OmaNode *node, const OmaChange *view);
guint16              oma_node_get_verno    (const OmaNode *node, const OmaChange *view);

/* ---- Changes: one unit of work; see oma-change.h ---- */

/* ---- Watching ---- */

typedef struct {
  const char   *uri;
  OmaChangeKind kind;
} OmaTreeEvent;

/* Called on the main thread after a change was committed and is visible. */
typedef void (*OmaTreeWatchFunc) (OmaTree *tree, const OmaTreeEvent *events, guint n_events, gpointer user_data);

/* Gets what a plugin's service did by itself, see oma_tree_notify(). */
typedef void (*OmaTreeNoticeFunc) (const char *uri, OmaChangeKind kind, gpointer user_data);

/* A change is about to be written: @events are what it did to nodes of plugins; oma_change_add_op() may be called. */
typedef void (*OmaTreeCommitFunc) (OmaChange *change, const OmaTreeEvent *events, guint n_events, gpointer user_data);

void        oma_tree_set_follow_funcs (OmaTree *tree, OmaTreeNoticeFunc notice, OmaTreeCommitFunc commit,
                                       gpointer user_data);
guint       oma_tree_watch        (OmaTree *tree, OmaTreeWatchFunc func, gpointer user_data);
void        oma_tree_unwatch      (OmaTree *tree, guint id);
void        oma_tree_notify       (OmaTree *tree, const char *uri, OmaChangeKind kind);
void        oma_tree_emit         (OmaTree *tree, const OmaTreeEvent *events, guint n_events);

/* ---- Stored nodes that fit no schema now: kept, not shown ---- */

/* @reason: for people: why the node is kept aside */
typedef void (*OmaTreeAsideFunc) (const char *uri, const char *reason, gpointer user_data);

void        oma_tree_foreach_aside (OmaTree *tree, OmaTreeAsideFunc func, gpointer user_data);
guint       oma_tree_count_nodes  (OmaTree *tree);

/* ---- All mounts, in the order in which they were mounted ---- */

/* Returns: whether to go on */
typedef gboolean (*OmaTreeMountFunc) (const OmaMount *mount, gpointer user_data);

void        oma_tree_foreach_mount (OmaTree *tree, OmaTreeMountFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaTree, oma_tree_free)

G_END_DECLS

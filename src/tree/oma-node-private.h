/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

#include <string.h>

G_BEGIN_DECLS

typedef struct _OmaStaged OmaStaged;

/* Properties that few nodes have.  Immutable once a node has it. */
typedef struct {
  guint   ref_count;
  OmaAcl *acl;
  char   *title;
  char   *type;      /* of an interior node, where it is not the DDF's */
} OmaProperties;

OmaProperties *oma_properties_new   (OmaAcl *acl, const char *title, const char *type);
OmaProperties *oma_properties_ref   (OmaProperties *properties);
void           oma_properties_unref (OmaProperties *properties);

typedef enum {
  OMA_NODE_INTERIOR = 1 << 0,
  OMA_NODE_FIXED = 1 << 1,      /* the root, a node above mount points, the root node of a plugin */
  OMA_NODE_RENAMED = 1 << 2,    /* the name lies elsewhere; the tail of the node holds the pointer */
  OMA_NODE_ALIAS = 1 << 3,      /* the name that a change gives to another node; only in the set */
  OMA_NODE_FOLDS = 1 << 4,      /* a child can have a name of any case, so hashes ignore case */
  OMA_NODE_CASELESS = 1 << 5,   /* the name is of any case */
} OmaNodeFlags;

/* Every node of the tree, stored or not, is one of these: 104 octets and the name. */
struct _OmaNode {
  OmaNode             *parent;
  OmaNode             *next;        /* sibling, NULL after the last */
  OmaNode             *previous;    /* sibling; of the first one the last */
  OmaNode             *chain;       /* next in the set's bucket */
  union {
    OmaNode           *first_child; /* of an interior node */
    OmaValue          *value;       /* of a leaf; NULL for one that a plugin serves */
    OmaNode           *target;      /* of an alias */
  };
  const OmaSchemaNode *schema;
  OmaMount            *mount;       /* NULL for the root and nodes above mount points */
  OmaProperties       *properties;
  OmaStaged           *staged;
  gint64               id;          /* 0: has no row */
  gint64               tstamp;
  guint32              n_children;  /* committed ones */
  guint32              hash;
  guint32              owner : 24;  /* GQuark of a ServerID, or 0 */
  guint32              flags : 8;
  guint16              verno;
  guint16              name_length;
  char                 tail[];      /* the name and a NUL */
};

G_STATIC_ASSERT (sizeof (OmaNode) <= 104);

typedef enum {
  OMA_STAGED_ADDED = 1 << 0,
  OMA_STAGED_DELETED = 1 << 1,
  OMA_STAGED_VALUE = 1 << 2,
  OMA_STAGED_PROPERTIES = 1 << 3,
  OMA_STAGED_TOUCHED = 1 << 4,
  OMA_STAGED_OWNER = 1 << 5,     /* only that: no version of the node comes of it */
} OmaStagedFlags;

/* What a change makes of a node. */
typedef struct {
  OmaValue      *value;
  OmaProperties *properties;
  OmaNode       *alias;          /* (nullable): holds the new name */
  guint32        n_children;
  gint32         child_changes;  /* children that come, go or get another name */
  GQuark         owner;
  guint32        flags;
} OmaNodeState;

struct _OmaStaged {
  OmaNode     *node;
  OmaChange   *change;
  OmaNodeState state;
};

static inline const OmaNodeState *
oma_node_peek_state (const OmaNode *node, const OmaChange *view)
{
  return node->staged != NULL && node->staged->change == view ? &node->staged->state : NULL;
}

static inline gboolean
oma_node_is_visible (const OmaNode *node, const OmaChange *view)
{
  if (G_LIKELY (node->staged == NULL))
    return TRUE;
  if (node->staged->change == view)
    return (node->staged->state.flags & OMA_STAGED_DELETED) == 0;
  return (node->staged->state.flags & OMA_STAGED_ADDED) == 0;
}

/* VerNo and TStamp move once for each node and change (DM Tree and Description 1.2, VerNo). */
static inline gboolean
oma_node_state_is_bumped (const OmaNodeState *state)
{
  return (state->flags & OMA_STAGED_ADDED) == 0 &&
         ((state->flags & (OMA_STAGED_VALUE | OMA_STAGED_PROPERTIES | OMA_STAGED_TOUCHED)) != 0 ||
          state->alias != NULL || state->child_changes != 0);
}

static inline const char *
oma_node_peek_name (const OmaNode *node)
{
  const char *name;

  if (G_LIKELY ((node->flags & OMA_NODE_RENAMED) == 0))
    return node->tail;
  memcpy (&name, node->tail, sizeof name);
  return name;
}

/* What the committed value of @node takes. */
static inline gsize
oma_node_count_octets (const OmaNode *node)
{
  return (node->flags & OMA_NODE_INTERIOR) == 0 && node->value != NULL ? oma_value_get_size (node->value) : 0;
}

/* The tree keeps a node of which the plugin that serves it knows nothing. */
gboolean  oma_node_is_unstored (const OmaNode *node);

OmaNode  *oma_node_new       (const char *name, gsize length);
void      oma_node_free      (OmaNode *node);
void      oma_node_set_name  (OmaNode *node, const char *name, gsize length);
void      oma_node_describe  (OmaTree *tree, OmaNode *node, const OmaSchemaNode *schema, OmaMount *mount);
void      oma_node_link      (OmaTree *tree, OmaNode *parent, OmaNode *node, gboolean in_front);
void      oma_node_unlink    (OmaTree *tree, OmaNode *node);
char     *oma_node_append_to_uri (const char *uri, const char *name);

/* ---- The set of all nodes, by parent and name ---- */

typedef struct {
  OmaNode **buckets;
  guint     mask;
  guint     n_nodes;
  guint64   seed;
} OmaNodeSet;

void     oma_node_set_init   (OmaNodeSet *set);
void     oma_node_set_clear  (OmaNodeSet *set);
void     oma_node_set_add    (OmaNodeSet *set, OmaNode *node);
void     oma_node_set_remove (OmaNodeSet *set, OmaNode *node);
OmaNode *oma_node_set_find   (const OmaNodeSet *set, const OmaNode *parent, const char *name, gsize length,
                              const OmaChange *view);

/* ---- Mounts ---- */

struct _OmaMount {
  OmaSchema        *schema;
  const OmaNodeOps *ops;      /* NULL: the store serves it */
  gpointer          self;
  OmaMountFlags     flags;
  gboolean          has_types;   /* an interior node has, or had, an identifier that is not the DDF's */
};

/* A top node of a DDF under the node that its Path names. */
typedef struct {
  const OmaSchemaNode *schema;
  OmaMount            *mount;
} OmaMountPoint;

/* What describes the root and the nodes above mount points. */
typedef struct {
  OmaSchemaNode schema;      /* first, so that OmaNode.schema leads here */
  GArray       *points;      /* (element-type OmaMountPoint) */
} OmaStructure;

void                 oma_mount_free        (OmaMount *mount);
OmaStructure        *oma_structure_new     (const char *name, gsize length);
void                 oma_structure_free    (OmaStructure *structure);
const OmaSchemaNode *oma_node_match_child  (const OmaNode *parent, const char *name, gsize length, OmaMount **mount);

/* ---- The tree ---- */

/* A row that fits no schema now.  The store has its value. */
typedef struct _OmaAside OmaAside;
struct _OmaAside {
  OmaNodeRecord record;
  const char   *reason;
  OmaNode      *parent_node;    /* one of these two, or neither when the row above is missing */
  OmaAside     *parent_aside;
};

struct _OmaTree {
  OmaNodeSet    nodes;
  OmaNode      *root;
  guint         n_nodes;
  guint64       n_octets;      /* of values that are committed */
  guint         max_nodes;
  guint64       max_octets;
  GPtrArray    *mounts;        /* (element-type OmaMount) */
  GHashTable   *structures;    /* (element-type OmaStructure) */
  GHashTable   *folding;       /* (element-type OmaSchemaNode): those that only have caseless children */
  OmaTreeStore *store;
  GMainContext *start_context; /* (nullable): where the write at start came back */
  gboolean      loaded;
  gint64        last_id;
  gint64      (*now) (gpointer data);
  gpointer      now_data;
  GHookList     watches;
  OmaTreeNoticeFunc notice_func;   /* (nullable) */
  OmaTreeCommitFunc commit_func;   /* (nullable) */
  gpointer      follow_data;
  GHashTable   *asides;        /* from parent_node or parent_aside to a GPtrArray of OmaAside */
};

gboolean    oma_tree_is_watched  (OmaTree *tree);
void        oma_tree_add_aside   (OmaTree *tree, OmaAside *aside);
GPtrArray  *oma_tree_peek_asides (OmaTree *tree, gconstpointer parent);

G_END_DECLS

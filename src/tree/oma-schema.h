/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-uri.h"
#include "base/oma-value.h"
#include "tree/oma-constraint.h"

G_BEGIN_DECLS

/* AccessType of the DDF; also the commands that an ACL speaks of (there is none for Copy). */
typedef enum {
  OMA_ACCESS_ADD = 1 << 0,
  OMA_ACCESS_COPY = 1 << 1,
  OMA_ACCESS_DELETE = 1 << 2,
  OMA_ACCESS_EXEC = 1 << 3,
  OMA_ACCESS_GET = 1 << 4,
  OMA_ACCESS_REPLACE = 1 << 5,
} OmaAccess;

#define OMA_OCCURRENCE_UNBOUNDED G_MAXUINT

/**
 * OmaMergeRule:
 * @OMA_MERGE_NONE: the server that was first keeps its value
 * @OMA_MERGE_LAST_WRITE: the last value holds
 * @OMA_MERGE_LOWEST: the lowest number is the most secure value, and holds
 * @OMA_MERGE_LOWEST_ZERO_OPEN: the same, but 0 stands for no limit
 * @OMA_MERGE_HIGHEST: the highest number holds
 * @OMA_MERGE_HIGHEST_ZERO_OPEN: the same, but 0 stands for no limit
 *
 * Which of two servers' values for a leaf holds (MSFT:ConflictResolution).
 */
typedef enum {
  OMA_MERGE_NONE,
  OMA_MERGE_LAST_WRITE,
  OMA_MERGE_LOWEST,
  OMA_MERGE_LOWEST_ZERO_OPEN,
  OMA_MERGE_HIGHEST,
  OMA_MERGE_HIGHEST_ZERO_OPEN,
} OmaMergeRule;

/**
 * OmaSchemaNode:
 * @name: (nullable): decoded name, %NULL for a placeholder
 * @parent: (nullable): the node above, %NULL for a top node
 * @format: format of the node; %OMA_FORMAT_NODE for an interior one
 * @access: #OmaAccess bits, independent of ACLs
 * @min_occurrence: 0 or 1
 * @max_occurrence: at most so many siblings, or %OMA_OCCURRENCE_UNBOUNDED
 * @permanent: Scope is Permanent
 * @case_insensitive: CaseSense is CIS, for this name and those below
 * @types: (nullable): MIME types of a leaf in the DDF's order, %NULL for any
 * @ddf_name: (nullable): management object identifier of an interior node
 * @default_value: (nullable): DefaultValue, or Value of the DDF; base64 text for format bin
 * @constraint: (nullable): permitted values
 * @annotation: (nullable): text kept as it is: SDDL, ADMX, JSON schemas
 * @title: (nullable): DFTitle
 * @description: (nullable): Description
 * @default_acl: (nullable): ACL in RTProperties, set when the node is made
 * @merge: of a leaf: which of two servers' values holds
 * @children: (nullable) (element-type OmaSchemaNode): named children and placeholder, %NULL
 *   for a leaf
 * @placeholder: (nullable): the child without a name
 *
 * A node of a DDF (DM Tree and Description 1.2, Device Description Framework).  Fields are
 * read-only once the schema is mounted.
 */
typedef struct _OmaSchemaNode OmaSchemaNode;
struct _OmaSchemaNode {
  char           *name;
  OmaSchemaNode  *parent;
  OmaFormat       format;
  guint           access;
  guint           min_occurrence;
  guint           max_occurrence;
  gboolean        permanent;
  gboolean        case_insensitive;
  char          **types;
  char           *ddf_name;
  char           *default_value;
  OmaConstraint  *constraint;
  char           *annotation;
  char           *title;
  char           *description;
  char           *default_acl;
  OmaMergeRule    merge;
  GPtrArray      *children;
  OmaSchemaNode  *placeholder;
  GHashTable     *by_name;      /* private: made when there are many children */
};

OmaSchemaNode       *oma_schema_node_new        (const char *name, OmaFormat format);
void                 oma_schema_node_free       (OmaSchemaNode *node);
void                 oma_schema_node_set_format (OmaSchemaNode *node, OmaFormat format);
gboolean             oma_schema_node_add_child  (OmaSchemaNode *parent, OmaSchemaNode *child, GError **error);
const OmaSchemaNode *oma_schema_node_get_child  (const OmaSchemaNode *parent, const char *name, gsize length);
gboolean             oma_schema_node_is_automatic (const OmaSchemaNode *node);
OmaValue            *oma_schema_node_make_value (const OmaSchemaNode *node, OmaFormat format, const char *type,
                                                 gconstpointer data, gsize size, GError **error);
OmaValue            *oma_schema_node_make_default (const OmaSchemaNode *node);
gboolean             oma_schema_node_check_value (const OmaSchemaNode *node, const OmaValue *value, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSchemaNode, oma_schema_node_free)

/* A top node of a DDF and the URI of its parent, "." when the DDF names no Path. */
typedef struct {
  char          *path;
  OmaSchemaNode *node;
} OmaSchemaRoot;

/**
 * OmaSchema:
 * @origin: where it was read from, for messages: a file name
 * @manufacturer: (nullable): Man
 * @model: (nullable): Mod
 * @roots: (element-type OmaSchemaRoot): the top nodes
 *
 * One DDF document.
 */
typedef struct {
  gatomicrefcount ref_count;
  char           *origin;
  char           *manufacturer;
  char           *model;
  GPtrArray      *roots;
} OmaSchema;

OmaSchema *oma_schema_new      (const char *origin);
OmaSchema *oma_schema_ref      (OmaSchema *schema);
void       oma_schema_unref    (OmaSchema *schema);
void       oma_schema_add_root (OmaSchema *schema, const char *path, OmaSchemaNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSchema, oma_schema_unref)

G_END_DECLS

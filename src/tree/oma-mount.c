/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-node-private.h"

#include "base/oma-status.h"

#include <string.h>

/* Subtrees of the system; nobody else's DDF may claim them, in any case of letters. */
static const char *const reserved_names[] = { "DevInfo", "DevDetail", "DMAcc", "DMAcc2", "Inbox" };

/**
 * oma_mount_get_ops:
 * @mount: a mount
 *
 * Returns: (nullable) (transfer none): the operations of what serves it, %NULL for the store
 */
const OmaNodeOps *
oma_mount_get_ops (const OmaMount *mount)
{
  return mount->ops;
}

/**
 * oma_mount_get_self:
 * @mount: a mount
 *
 * Returns: (nullable) (transfer none): what its operations get as first argument
 */
gpointer
oma_mount_get_self (const OmaMount *mount)
{
  return mount->self;
}

/**
 * oma_mount_get_schema:
 * @mount: a mount
 *
 * Returns: (transfer none): the DDF that describes it
 */
OmaSchema *
oma_mount_get_schema (const OmaMount *mount)
{
  return mount->schema;
}

/**
 * oma_mount_get_flags:
 * @mount: a mount
 *
 * Returns: the flags it was mounted with
 */
OmaMountFlags
oma_mount_get_flags (const OmaMount *mount)
{
  return mount->flags;
}

/**
 * oma_mount_has_types:
 * @mount: a mount
 *
 * Returns: whether some interior node may have another management object identifier than its DDF says: one is there, or
 *   was since the start
 */
gboolean
oma_mount_has_types (const OmaMount *mount)
{
  return mount->has_types;
}

void
oma_mount_free (OmaMount *mount)
{
  oma_schema_unref (mount->schema);
  g_free (mount);
}

OmaStructure *
oma_structure_new (const char *name, gsize length)
{
  OmaStructure *structure = g_new0 (OmaStructure, 1);

  structure->schema.name = g_strndup (name, length);
  structure->schema.format = OMA_FORMAT_NODE;
  structure->schema.access = OMA_ACCESS_GET;
  structure->schema.min_occurrence = 1;
  structure->schema.max_occurrence = 1;
  structure->schema.permanent = TRUE;
  structure->schema.children = g_ptr_array_new ();
  structure->points = g_array_new (FALSE, FALSE, sizeof (OmaMountPoint));
  return structure;
}

void
oma_structure_free (OmaStructure *structure)
{
  g_free (structure->schema.name);
  g_ptr_array_unref (structure->schema.children);
  g_array_unref (structure->points);
  g_free (structure);
}

static gboolean
is_reserved (const char *name, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reserved_names); i++)
    if (strlen (reserved_names[i]) == length && g_ascii_strncasecmp (reserved_names[i], name, length) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
name_equal (const char *a, gsize a_length, const char *b, gsize b_length, gboolean caseless)
{
  return a_length == b_length &&
         (caseless ? g_ascii_strncasecmp (a, b, a_length) == 0 : memcmp (a, b, a_length) == 0);
}

static GArray *
points_of (const OmaNode *node)
{
  return ((OmaStructure *) node->schema)->points;
}

/* What describes the child @name of @parent and who serves it: below the root and nodes
 * above mount points a named top node, else a placeholder, which never gets a reserved
 * name. */
const OmaSchemaNode *
oma_node_match_child (const OmaNode *parent, const char *name, gsize length, OmaMount **mount)
{
  const OmaMountPoint *placeholder = NULL;

  *mount = parent->mount;
  if (parent->mount != NULL)
    return oma_schema_node_get_child (parent->schema, name, length);
  for (guint i = 0; i < points_of (parent)->len; i++)
    {
      const OmaMountPoint *point = &g_array_index (points_of (parent), OmaMountPoint, i);
      const OmaSchemaNode *top = point->schema;

      if (top->name == NULL)
        placeholder = point;
      else if (name_equal (top->name, strlen (top->name), name, length, top->case_insensitive))
        {
          *mount = point->mount;
          return top;
        }
    }
  if (placeholder == NULL || (parent->parent == NULL && !(placeholder->mount->flags & OMA_MOUNT_RESERVED) &&
                              is_reserved (name, length)))
    return NULL;
  *mount = placeholder->mount;
  return placeholder->schema;
}

/* ---- Mounting ---- */

/* What a mount has added so far, to take it away when a later root is refused. */
typedef struct {
  OmaTree   *tree;
  OmaMount  *mount;
  GPtrArray *nodes;     /* (element-type OmaNode), parents first */
  GPtrArray *parents;   /* (element-type OmaNode): of each mount point, in order */
} Mounting;

static gboolean
refuse_claim (const Mounting *mounting, const OmaNode *parent, const char *name, const OmaMount *other, GError **error)
{
  g_autofree char *above = oma_node_dup_uri (parent);
  g_autofree char *uri = oma_node_append_to_uri (above, name != NULL ? name : "*");

  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS, "%s: %s is claimed by %s already",
               mounting->mount->schema->origin, uri, other->schema->origin);
  return FALSE;
}

/* Finds the mount point under @parent that a top node @name would stand on.  With NULL it
 * finds a placeholder. */
static const OmaMountPoint *
find_point (const OmaNode *parent, const char *name, gsize length, gboolean caseless)
{
  for (guint i = 0; i < points_of (parent)->len; i++)
    {
      const OmaMountPoint *point = &g_array_index (points_of (parent), OmaMountPoint, i);
      const char *other = point->schema->name;

      if (name == NULL || other == NULL ? name == other
                                        : name_equal (other, strlen (other), name, length,
                                                      caseless || point->schema->case_insensitive))
        return point;
    }
  return NULL;
}

/* Finds somebody who is mounted at or below a node above mount points. */
static const OmaMount *
find_mount_below (const OmaNode *node)
{
  const OmaMount *mount = NULL;

  if (points_of (node)->len > 0)
    return g_array_index (points_of (node), OmaMountPoint, 0).mount;
  for (const OmaNode *child = node->first_child; child != NULL && mount == NULL; child = child->next)
    mount = child->mount != NULL ? child->mount : find_mount_below (child);
  return mount;
}

static OmaNode *
add_fixed_node (Mounting *mounting, OmaNode *parent, const char *name, gsize length, const OmaSchemaNode *schema,
                OmaMount *mount)
{
  OmaNode *node = oma_node_new (name, length);

  oma_node_describe (mounting->tree, node, schema, mount);
  node->flags |= OMA_NODE_FIXED;
  oma_node_link (mounting->tree, parent, node, FALSE);
  parent->n_children++;
  mounting->tree->n_nodes++;
  g_ptr_array_add (mounting->nodes, node);
  return node;
}

static void
remove_fixed_node (OmaTree *tree, OmaNode *node)
{
  const OmaSchemaNode *structure = node->mount == NULL ? node->schema : NULL;

  oma_node_unlink (tree, node);
  node->parent->n_children--;
  tree->n_nodes--;
  oma_node_free (node);
  if (structure != NULL)
    g_hash_table_remove (tree->structures, structure);
}

/* Finds or makes the nodes of a Path. */
static OmaNode *
walk_path (Mounting *mounting, const char *path, GError **error)
{
  OmaTree *tree = mounting->tree;
  OmaNode *node = tree->root;
  g_auto(OmaUri) uri = OMA_URI_INIT;

  if (!oma_uri_parse (&uri, path, NULL) || uri.query != OMA_URI_QUERY_NONE)
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "%s: “%s” is not a Path",
                   mounting->mount->schema->origin, path);
      return NULL;
    }
  for (guint i = 0; i < uri.n_segments; i++)
    {
      const OmaUriSegment *segment = &uri.segments[i];
      const OmaMountPoint *point = find_point (node, segment->name, segment->length, FALSE);
      OmaNode *child = oma_node_set_find (&tree->nodes, node, segment->name, segment->length, NULL);

      if (point != NULL)
        return refuse_claim (mounting, node, point->schema->name, point->mount, error), NULL;
      if (child == NULL)
        {
          OmaStructure *structure = oma_structure_new (segment->name, segment->length);

          g_hash_table_add (tree->structures, structure);
          child = add_fixed_node (mounting, node, segment->name, segment->length, &structure->schema, NULL);
        }
      node = child;
    }
  return node;
}

static gboolean
check_reserved (const Mounting *mounting, const OmaSchemaRoot *root, GError **error)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autofree char *name = NULL;

  if (mounting->mount->flags & OMA_MOUNT_RESERVED)
    return TRUE;
  if (oma_uri_parse (&uri, root->path, NULL) && uri.n_segments > 0)
    name = g_strndup (uri.segments[0].name, uri.segments[0].length);
  else
    name = g_strdup (root->node->name);
  if (name == NULL || !is_reserved (name, strlen (name)))
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED, "%s: ./%s is reserved for the system",
               mounting->mount->schema->origin, name);
  return FALSE;
}

/* Lets names of any case be found below a node above mount points. */
static void
fold_children (OmaTree *tree, OmaNode *parent)
{
  for (OmaNode *child = parent->first_child; child != NULL; child = child->next)
    oma_node_set_remove (&tree->nodes, child);
  parent->flags |= OMA_NODE_FOLDS;
  for (OmaNode *child = parent->first_child; child != NULL; child = child->next)
    oma_node_set_add (&tree->nodes, child);
}

static gboolean
check_name (const Mounting *mounting, const OmaNode *parent, const OmaSchemaNode *top, GError **error)
{
  gsize length = top->name != NULL ? strlen (top->name) : 0;
  const OmaMountPoint *point = find_point (parent, top->name, length, top->case_insensitive);

  if (top->name != NULL && !oma_uri_name_is_valid (top->name, length))
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "%s: “%s” cannot be the name of a node",
                   mounting->mount->schema->origin, top->name);
      return FALSE;
    }
  if (point != NULL)
    return refuse_claim (mounting, parent, top->name, point->mount, error);
  for (const OmaNode *child = parent->first_child; top->name != NULL && child != NULL; child = child->next)
    if (child->mount == NULL && name_equal (oma_node_peek_name (child), child->name_length, top->name, length,
                                            top->case_insensitive))
      return refuse_claim (mounting, parent, top->name, find_mount_below (child), error);
  return TRUE;
}

static gboolean
mount_root (Mounting *mounting, const OmaSchemaRoot *root, GError **error)
{
  const OmaMountPoint point = { root->node, mounting->mount };
  OmaNode *parent;

  if (!check_reserved (mounting, root, error))
    return FALSE;
  parent = walk_path (mounting, root->path, error);
  if (parent == NULL || !check_name (mounting, parent, root->node, error))
    return FALSE;

  g_array_append_val (points_of (parent), point);
  g_ptr_array_add (mounting->parents, parent);
  if (root->node->case_insensitive && !(parent->flags & OMA_NODE_FOLDS))
    fold_children (mounting->tree, parent);
  if (mounting->mount->ops != NULL && root->node->name != NULL)
    add_fixed_node (mounting, parent, root->node->name, strlen (root->node->name), root->node, mounting->mount);
  return TRUE;
}

/* Remembers, or forgets, nodes whose own name has a fixed case and a child's has not. */
static void
note_folding (OmaTree *tree, const OmaSchemaNode *schema, gboolean remember)
{
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->case_insensitive && !schema->case_insensitive && remember)
        g_hash_table_add (tree->folding, (gpointer) schema);
      else if (!remember)
        g_hash_table_remove (tree->folding, schema);
      note_folding (tree, child, remember);
    }
}

static void
undo_mounting (Mounting *mounting, guint n_roots)
{
  for (guint i = mounting->parents->len; i-- > 0;)
    {
      GArray *points = points_of (g_ptr_array_index (mounting->parents, i));

      g_array_set_size (points, points->len - 1);
    }
  for (guint i = mounting->nodes->len; i-- > 0;)
    remove_fixed_node (mounting->tree, g_ptr_array_index (mounting->nodes, i));
  for (guint i = 0; i < n_roots; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (mounting->mount->schema->roots, i);

      note_folding (mounting->tree, root->node, FALSE);
    }
}

/**
 * oma_tree_mount:
 * @tree: a tree that was not loaded yet
 * @schema: a DDF; the tree takes a reference
 * @ops: (nullable): what serves it, %NULL for the store
 * @self: (nullable): for @ops; it must outlive @tree
 * @flags: see #OmaMountFlags
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Mounts a DDF with all its top nodes, or none of them.  Nodes that only a Path names
 * become permanent interior nodes with Get, which several mounts may share.  A top node
 * without a name serves all children of its Path that no other mount names.  The named top
 * node of a plugin always has an #OmaNode.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_ALREADY_EXISTS when another mount, or another
 *   top node of this one, claims a node at, above or below, %OMA_STATUS_NOT_ALLOWED when
 *   @flags lack %OMA_MOUNT_RESERVED for one of the system's subtrees, or
 *   %OMA_STATUS_BAD_REQUEST when a Path or name cannot be one
 */
gboolean
oma_tree_mount (OmaTree *tree, OmaSchema *schema, const OmaNodeOps *ops, gpointer self, OmaMountFlags flags,
                GError **error)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr(GPtrArray) parents = g_ptr_array_new ();
  OmaMount *mount;
  Mounting mounting;

  g_return_val_if_fail (!tree->loaded, FALSE);

  mount = g_new (OmaMount, 1);
  *mount = (OmaMount) { oma_schema_ref (schema), ops, self, flags, FALSE };
  mounting = (Mounting) { tree, mount, nodes, parents };
  for (guint i = 0; i < schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);

      note_folding (tree, root->node, TRUE);
      if (!mount_root (&mounting, root, error))
        {
          undo_mounting (&mounting, i + 1);
          oma_mount_free (mount);
          return FALSE;
        }
    }
  g_ptr_array_add (tree->mounts, mount);
  return TRUE;
}

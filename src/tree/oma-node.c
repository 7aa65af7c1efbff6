/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-node-private.h"

#include <string.h>

/* A new set of properties, or NULL when all are: (transfer none) for each. */
OmaProperties *
oma_properties_new (OmaAcl *acl, const char *title, const char *type)
{
  OmaProperties *properties;

  if (acl == NULL && title == NULL && type == NULL)
    return NULL;
  properties = g_new (OmaProperties, 1);
  properties->ref_count = 1;
  properties->acl = acl != NULL ? oma_acl_ref (acl) : NULL;
  properties->title = g_strdup (title);
  properties->type = g_strdup (type);
  return properties;
}

/* @properties is nullable. */
OmaProperties *
oma_properties_ref (OmaProperties *properties)
{
  if (properties != NULL)
    properties->ref_count++;
  return properties;
}

/* @properties is nullable. */
void
oma_properties_unref (OmaProperties *properties)
{
  if (properties == NULL || --properties->ref_count > 0)
    return;
  g_clear_pointer (&properties->acl, oma_acl_unref);
  g_free (properties->title);
  g_free (properties->type);
  g_free (properties);
}

/* ---- Life ---- */

/* A node without parent that nothing describes yet. */
OmaNode *
oma_node_new (const char *name, gsize length)
{
  /* The tail must have room for the pointer to another name. */
  OmaNode *node = g_malloc (sizeof *node + MAX (length + 1, sizeof (char *)));

  memset (node, 0, sizeof *node);
  memcpy (node->tail, name, length);
  node->tail[length] = '\0';
  node->name_length = length;
  return node;
}

static void
free_name (OmaNode *node)
{
  if (node->flags & OMA_NODE_RENAMED)
    g_free ((char *) oma_node_peek_name (node));
}

/* Frees @node alone: it must be unlinked. */
void
oma_node_free (OmaNode *node)
{
  free_name (node);
  if ((node->flags & (OMA_NODE_INTERIOR | OMA_NODE_ALIAS)) == 0)
    g_clear_pointer (&node->value, oma_value_unref);
  oma_properties_unref (node->properties);
  g_free (node);
}

/* The node must not be in the set. */
void
oma_node_set_name (OmaNode *node, const char *name, gsize length)
{
  char *copy = g_strndup (name, length);

  free_name (node);
  memcpy (node->tail, &copy, sizeof copy);
  node->flags |= OMA_NODE_RENAMED;
  node->name_length = length;
}

/* Says what @node is.  It must not have children or a value yet. */
void
oma_node_describe (OmaTree *tree, OmaNode *node, const OmaSchemaNode *schema, OmaMount *mount)
{
  node->schema = schema;
  node->mount = mount;
  if (schema->format == OMA_FORMAT_NODE)
    node->flags |= OMA_NODE_INTERIOR;
  if (schema->case_insensitive)
    node->flags |= OMA_NODE_CASELESS | OMA_NODE_FOLDS;
  else if (g_hash_table_contains (tree->folding, schema))
    node->flags |= OMA_NODE_FOLDS;
}

/* Puts @node behind the other children of @parent, or before them; counts are the caller's. */
void
oma_node_link (OmaTree *tree, OmaNode *parent, OmaNode *node, gboolean in_front)
{
  OmaNode *first = parent->first_child;

  node->parent = parent;
  node->next = in_front ? first : NULL;
  node->previous = first != NULL ? first->previous : node;
  if (first != NULL)
    {
      if (!in_front)
        first->previous->next = node;
      first->previous = node;
    }
  if (first == NULL || in_front)
    parent->first_child = node;
  oma_node_set_add (&tree->nodes, node);
}

void
oma_node_unlink (OmaTree *tree, OmaNode *node)
{
  OmaNode *parent = node->parent;

  oma_node_set_remove (&tree->nodes, node);
  if (node->next != NULL)
    node->next->previous = node->previous;
  else
    parent->first_child->previous = node->previous;
  if (parent->first_child == node)
    parent->first_child = node->next;
  else
    node->previous->next = node->next;
}

gboolean
oma_node_is_unstored (const OmaNode *node)
{
  return node->mount == NULL || node->mount->ops != NULL;
}

/* ---- What the others see ---- */

/**
 * oma_node_get_name:
 * @node: a node
 *
 * Returns: (transfer none): its decoded name, "." for the root, as it was last committed
 */
const char *
oma_node_get_name (const OmaNode *node)
{
  return oma_node_peek_name (node);
}

/**
 * oma_node_get_staged_name:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (transfer none): its decoded name, after a rename that @view has staged the new one
 */
const char *
oma_node_get_staged_name (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return oma_node_peek_name (state != NULL && state->alias != NULL ? state->alias : node);
}

/**
 * oma_node_get_parent:
 * @node: a node
 *
 * Returns: (nullable) (transfer none): the node above, %NULL for the root
 */
OmaNode *
oma_node_get_parent (const OmaNode *node)
{
  return node->parent;
}

/**
 * oma_node_get_schema:
 * @node: a node
 *
 * Returns: (transfer none): what describes it.  The root and the nodes above mount points
 *   have a description that no DDF gave: permanent, with Get
 */
const OmaSchemaNode *
oma_node_get_schema (const OmaNode *node)
{
  return node->schema;
}

/**
 * oma_node_get_mount:
 * @node: a node
 *
 * Returns: (nullable) (transfer none): who serves it, %NULL for the root and nodes above
 *   mount points
 */
OmaMount *
oma_node_get_mount (const OmaNode *node)
{
  return node->mount;
}

/**
 * oma_node_is_interior:
 * @node: a node
 *
 * Returns: whether it can have children
 */
gboolean
oma_node_is_interior (const OmaNode *node)
{
  return (node->flags & OMA_NODE_INTERIOR) != 0;
}

/**
 * oma_node_is_overlay:
 * @node: a node
 *
 * Returns: whether a plugin serves it, so that it only holds properties
 */
gboolean
oma_node_is_overlay (const OmaNode *node)
{
  return node->mount != NULL && node->mount->ops != NULL;
}

/* The URI of @name below @uri. */
char *
oma_node_append_to_uri (const char *uri, const char *name)
{
  GString *text = g_string_new (uri);

  oma_uri_append_segment (text, name, -1);
  return g_string_free (text, FALSE);
}

static void
append_uri (GString *uri, const OmaNode *node)
{
  if (node->parent == NULL)
    {
      g_string_append_c (uri, '.');
      return;
    }
  append_uri (uri, node->parent);
  oma_uri_append_segment (uri, oma_node_peek_name (node), node->name_length);
}

/**
 * oma_node_dup_uri:
 * @node: a node
 *
 * Returns: (transfer full): its canonical URI, "./A/B", made of names as they were last
 *   committed
 */
char *
oma_node_dup_uri (const OmaNode *node)
{
  GString *uri = g_string_new (NULL);

  append_uri (uri, node);
  return g_string_free (uri, FALSE);
}

static OmaNode *
first_visible (OmaNode *node, const OmaChange *view)
{
  while (node != NULL && !oma_node_is_visible (node, view))
    node = node->next;
  return node;
}

/**
 * oma_node_first_child:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Children have no order (DM Tree and Description 1.2, Get); these come oldest first.
 *
 * Returns: (nullable) (transfer none): the first child, %NULL when there is none
 */
OmaNode *
oma_node_first_child (const OmaNode *node, const OmaChange *view)
{
  return oma_node_is_interior (node) ? first_visible (node->first_child, view) : NULL;
}

/**
 * oma_node_next_sibling:
 * @node: a child; it may have been staged for deletion since it was found
 * @view: (nullable): who looks
 *
 * Returns: (nullable) (transfer none): the next child of its parent, %NULL after the last
 */
OmaNode *
oma_node_next_sibling (const OmaNode *node, const OmaChange *view)
{
  return first_visible (node->next, view);
}

/**
 * oma_node_count_children:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: how many children the tree itself has of it
 */
guint
oma_node_count_children (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return state != NULL ? state->n_children : node->n_children;
}

/**
 * oma_node_get_value:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (nullable) (transfer none): the value of a stored leaf, else %NULL
 */
OmaValue *
oma_node_get_value (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state;

  if (oma_node_is_interior (node))
    return NULL;
  state = oma_node_peek_state (node, view);
  return state != NULL ? state->value : node->value;
}

static const OmaProperties *
peek_properties (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return state != NULL ? state->properties : node->properties;
}

/**
 * oma_node_get_acl:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (nullable) (transfer none): its own ACL, %NULL when it inherits
 */
OmaAcl *
oma_node_get_acl (const OmaNode *node, const OmaChange *view)
{
  const OmaProperties *properties = peek_properties (node, view);

  return properties != NULL ? properties->acl : NULL;
}

/**
 * oma_node_get_effective_acl:
 * @node: a node
 * @view: (nullable): who looks
 *
 * The nearest ACL counts alone (DM Tree and Description 1.2, ACL inheritance).
 *
 * Returns: (transfer none): the ACL in effect, never %NULL: the root has one
 */
OmaAcl *
oma_node_get_effective_acl (const OmaNode *node, const OmaChange *view)
{
  OmaAcl *acl;

  while ((acl = oma_node_get_acl (node, view)) == NULL)
    node = node->parent;
  return acl;
}

/**
 * oma_node_get_title:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (nullable) (transfer none): property Title
 */
const char *
oma_node_get_title (const OmaNode *node, const OmaChange *view)
{
  const OmaProperties *properties = peek_properties (node, view);

  return properties != NULL ? properties->title : NULL;
}

/**
 * oma_node_get_type_property:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (transfer none): property Type: the MIME type of a leaf, the management object
 *   identifier of an interior node or "".  The leaf of a plugin has the first type of its
 *   DDF; its value knows better
 */
const char *
oma_node_get_type_property (const OmaNode *node, const OmaChange *view)
{
  const OmaProperties *properties;
  OmaValue *value;

  if (!oma_node_is_interior (node))
    {
      value = oma_node_get_value (node, view);
      if (value != NULL)
        return oma_value_get_type_name (value);
      return node->schema->types != NULL && node->schema->types[0] != NULL ? node->schema->types[0] : "text/plain";
    }
  properties = peek_properties (node, view);
  if (properties != NULL && properties->type != NULL)
    return properties->type;
  return node->schema->ddf_name != NULL ? node->schema->ddf_name : "";
}

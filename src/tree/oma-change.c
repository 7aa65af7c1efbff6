/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-change-private.h"

#include "base/oma-status.h"

#include <string.h>

#define obstack_chunk_alloc g_malloc
#define obstack_chunk_free g_free

static gboolean
fail (GError **error, OmaStatus status, const char *reason)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, status, reason);
  return FALSE;
}

/**
 * oma_change_new:
 * @tree: a tree, which must outlive the change
 * @principal: in whose name; not needed after the call
 *
 * Returns: (transfer full): an empty change
 */
OmaChange *
oma_change_new (OmaTree *tree, const OmaPrincipal *principal)
{
  OmaChange *change = g_new0 (OmaChange, 1);

  change->tree = tree;
  if (principal->kind == OMA_PRINCIPAL_SERVER)
    change->owner = g_quark_from_string (principal->server_id);
  change->touched = g_ptr_array_new ();
  obstack_init (&change->memory);
  change->memory_start = obstack_alloc (&change->memory, 1);
  return change;
}

/**
 * oma_change_free:
 * @change: (transfer full): a change; what it staged and did not commit is rolled back.  A
 *   commit that has begun is finished first
 */
void
oma_change_free (OmaChange *change)
{
  if (change->committing)
    {
      change->freed = TRUE;
      return;
    }
  oma_change_roll_back (change);
  g_ptr_array_unref (change->touched);
  obstack_free (&change->memory, NULL);
  g_free (change);
}

/* ---- The log ---- */

static void
state_init (OmaNodeState *state, const OmaNode *node)
{
  *state = (OmaNodeState) { .n_children = node->n_children, .owner = node->owner };
  if (!oma_node_is_interior (node) && node->value != NULL)
    state->value = oma_value_ref (node->value);
  state->properties = oma_properties_ref (node->properties);
}

static void
state_copy (OmaNodeState *copy, const OmaNodeState *state)
{
  *copy = *state;
  if (copy->value != NULL)
    oma_value_ref (copy->value);
  oma_properties_ref (copy->properties);
}

static void
state_clear (OmaNodeState *state)
{
  g_clear_pointer (&state->value, oma_value_unref);
  g_clear_pointer (&state->properties, oma_properties_unref);
}

OmaChangeLog *
oma_change_log_step (OmaChange *change, OmaChangeLogKind kind, OmaStaged *staged)
{
  gsize size = kind == OMA_CHANGE_LOG_STAGED ? offsetof (OmaChangeLog, before) : sizeof (OmaChangeLog);
  OmaChangeLog *step = obstack_alloc (&change->memory, size);

  step->older = change->log;
  step->kind = kind;
  step->staged = staged;
  step->alias = NULL;
  change->log = step;
  return step;
}

static void
stage (OmaChange *change, OmaNode *node)
{
  OmaStaged *staged = obstack_alloc (&change->memory, sizeof *staged);

  if (change->touched->len == 0)
    change->now = change->tree->now (change->tree->now_data);
  staged->node = node;
  staged->change = change;
  state_init (&staged->state, node);
  node->staged = staged;
  g_ptr_array_add (change->touched, staged);
  oma_change_log_step (change, OMA_CHANGE_LOG_STAGED, staged);
}

/* The staged state of @node, to be changed: what it was can be restored. */
OmaNodeState *
oma_change_edit (OmaChange *change, OmaNode *node, GError **error)
{
  if (change->committing)
    return fail (error, OMA_STATUS_RETRY_LATER, "The change is being committed"), NULL;
  if (node->staged == NULL)
    stage (change, node);
  else if (node->staged->change == change)
    state_copy (&oma_change_log_step (change, OMA_CHANGE_LOG_EDITED, node->staged)->before, &node->staged->state);
  else
    return fail (error, OMA_STATUS_RETRY_LATER, "Another change is at work on the node"), NULL;
  return &node->staged->state;
}

/* Has the store insert the row of a node that is always there and has none yet. */
void
oma_change_stage_row (OmaChange *change, OmaNode *node)
{
  if (oma_change_edit (change, node, NULL) != NULL && node->tstamp == 0)
    node->tstamp = change->now;
}

static void
remove_alias (OmaChange *change, OmaNode *alias)
{
  if (alias == NULL)
    return;
  oma_node_set_remove (&change->tree->nodes, alias);
  oma_node_free (alias);
}

static void
undo_staging (OmaChange *change, OmaStaged *staged)
{
  OmaNode *node = staged->node;
  gboolean added = (staged->state.flags & OMA_STAGED_ADDED) != 0;

  state_clear (&staged->state);
  node->staged = NULL;
  g_ptr_array_set_size (change->touched, change->touched->len - 1);
  if (added)
    {
      oma_node_unlink (change->tree, node);
      oma_node_free (node);
    }
}

/**
 * oma_change_get_mark:
 * @change: a change
 *
 * Returns: (nullable): a savepoint for oma_change_roll_back_to(), valid until an older one
 *   is rolled back to, or the change is committed or rolled back
 */
gpointer
oma_change_get_mark (const OmaChange *change)
{
  return change->log;
}

/**
 * oma_change_roll_back_to:
 * @change: a change that is not being committed
 * @mark: (nullable): what oma_change_get_mark() gave
 *
 * Undoes what was staged since.  Nodes that were added since are freed.
 */
void
oma_change_roll_back_to (OmaChange *change, gpointer mark)
{
  gpointer oldest = NULL;

  g_return_if_fail (!change->committing);

  while (change->log != mark)
    {
      OmaChangeLog *step = change->log;

      remove_alias (change, step->alias);
      oldest = step;
      if (step->kind == OMA_CHANGE_LOG_STAGED)
        {
          oldest = step->staged;
          undo_staging (change, step->staged);
        }
      else if (step->kind == OMA_CHANGE_LOG_EDITED)
        {
          state_clear (&step->staged->state);
          step->staged->state = step->before;
        }
      change->log = step->older;
    }
  if (oldest != NULL)
    obstack_free (&change->memory, oldest);
}

/**
 * oma_change_roll_back:
 * @change: a change that is not being committed
 *
 * Undoes everything that was staged: values, VerNo and TStamp are what they were.  The
 * change is empty then and can be used again.
 */
void
oma_change_roll_back (OmaChange *change)
{
  oma_change_roll_back_to (change, NULL);
  g_clear_pointer (&change->extra_ops, g_array_unref);
}

/* Forgets everything that was staged, after it was applied. */
void
oma_change_end (OmaChange *change)
{
  for (OmaChangeLog *step = change->log; step != NULL; step = step->older)
    {
      remove_alias (change, step->alias);
      if (step->kind == OMA_CHANGE_LOG_EDITED)
        state_clear (&step->before);
    }
  for (guint i = 0; i < change->touched->len; i++)
    state_clear (&((OmaStaged *) g_ptr_array_index (change->touched, i))->state);
  change->log = NULL;
  g_ptr_array_set_size (change->touched, 0);
  obstack_free (&change->memory, change->memory_start);
  change->memory_start = obstack_alloc (&change->memory, 1);
}

/**
 * oma_change_is_empty:
 * @change: a change
 *
 * Returns: whether nothing is staged
 */
gboolean
oma_change_is_empty (const OmaChange *change)
{
  return change->log == NULL;
}

/* ---- Nodes come and go ---- */

/* Puts a new node into the tree that only @change sees.  The parent must be staged. */
OmaNode *
oma_change_insert (OmaChange *change, OmaNode *parent, const char *name, gsize length, const OmaSchemaNode *schema,
                   OmaMount *mount)
{
  OmaNode *node = oma_node_new (name, length);

  oma_node_describe (change->tree, node, schema, mount);
  oma_node_link (change->tree, parent, node, FALSE);
  node->tstamp = change->now;
  node->owner = change->owner;
  stage (change, node);
  node->staged->state.flags = OMA_STAGED_ADDED;
  parent->staged->state.n_children++;
  return node;
}

static OmaAcl *
make_default_acl (const OmaSchemaNode *schema)
{
  g_autoptr(GError) error = NULL;
  OmaAcl *acl;

  if (schema->default_acl == NULL || schema->default_acl[0] == '\0')
    return NULL;
  acl = oma_acl_parse (schema->default_acl, &error);
  if (acl == NULL)
    g_warning ("A DDF gives “%s” an ACL that cannot be used: %s", schema->name != NULL ? schema->name : "*",
               error->message);
  return acl;
}

static OmaNode *add_node (OmaChange *change, OmaNode *parent, const char *name, gsize length,
                          const OmaSchemaNode *schema, OmaMount *mount, OmaValue *value, const char *type,
                          GError **error);

static gboolean
add_automatic_children (OmaChange *change, OmaNode *node, GError **error)
{
  for (guint i = 0; i < node->schema->children->len; i++)
    {
      const OmaSchemaNode *schema = g_ptr_array_index (node->schema->children, i);

      if (oma_schema_node_is_automatic (schema) &&
          add_node (change, node, schema->name, strlen (schema->name), schema, node->mount, NULL, NULL, error) == NULL)
        return FALSE;
    }
  return TRUE;
}

/* What other changes have staged is there but not committed: nodes count at once, octets when they are. */
static gboolean
has_room (OmaTree *tree, gboolean for_node, const OmaValue *value, const OmaValue *old, GError **error)
{
  gsize wanted = value != NULL ? oma_value_get_size (value) : 0;
  gsize given = old != NULL ? oma_value_get_size (old) : 0;

  if (for_node && tree->nodes.n_nodes + 1 >= tree->max_nodes)   /* the set has not the root */
    return fail (error, OMA_STATUS_DEVICE_FULL, "The tree has as many nodes as it may have");
  if (wanted > given && tree->n_octets + (wanted - given) > tree->max_octets)
    return fail (error, OMA_STATUS_DEVICE_FULL, "The values of the tree take as much room as they may");
  return TRUE;
}

static OmaNode *
add_node (OmaChange *change, OmaNode *parent, const char *name, gsize length, const OmaSchemaNode *schema,
          OmaMount *mount, OmaValue *value, const char *type, GError **error)
{
  OmaNodeState *state = oma_change_edit (change, parent, error);
  g_autoptr(OmaAcl) acl = NULL;
  OmaNode *node;

  if (state == NULL || !has_room (change->tree, TRUE, value, NULL, error))
    return NULL;
  state->child_changes++;
  node = oma_change_insert (change, parent, name, length, schema, mount);
  if (!oma_node_is_interior (node))
    {
      node->value = value != NULL ? oma_value_ref (value) : oma_schema_node_make_default (schema);
      node->staged->state.value = oma_value_ref (node->value);
    }
  if (!oma_node_is_interior (node) || g_strcmp0 (type, schema->ddf_name) == 0 || (type != NULL && *type == '\0'))
    type = NULL;
  mount->has_types |= type != NULL;
  acl = make_default_acl (schema);
  node->properties = oma_properties_new (acl, NULL, type);
  node->staged->state.properties = oma_properties_ref (node->properties);
  if (oma_node_is_interior (node) && !add_automatic_children (change, node, error))
    return NULL;
  return node;
}

/**
 * oma_change_add:
 * @change: a change
 * @parent: the node above
 * @name: decoded name, not NUL-terminated
 * @length: its length in octets
 * @schema: (nullable): what describes the new node, %NULL to find it
 * @value: (nullable): the value of a leaf, %NULL for the default of its DDF
 * @type: (nullable): management object identifier of an interior node, %NULL or "" for that
 *   of its DDF
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Adds a stored node with the default ACL of its DDF and, below an interior one, the
 * permanent nodes that must be there (DM Tree and Description 1.2, Scope).
 *
 * Returns: (nullable) (transfer none): the new node, or %NULL with nothing staged and
 *   %OMA_STATUS_NOT_ALLOWED when @parent is a leaf or served by a plugin,
 *   %OMA_STATUS_NOT_FOUND when no DDF describes the node, %OMA_STATUS_ALREADY_EXISTS,
 *   %OMA_STATUS_DEVICE_FULL, or %OMA_STATUS_RETRY_LATER when another change is at work on @parent
 */
OmaNode *
oma_change_add (OmaChange *change, OmaNode *parent, const char *name, gsize length, const OmaSchemaNode *schema,
                OmaValue *value, const char *type, GError **error)
{
  gpointer mark = oma_change_get_mark (change);
  const OmaSchemaNode *match = schema;
  OmaMount *mount = parent->mount;
  OmaNode *node;

  if (!oma_node_is_interior (parent))
    return fail (error, OMA_STATUS_NOT_ALLOWED, "A leaf cannot have children"), NULL;
  if (schema == NULL || mount == NULL)
    match = oma_node_match_child (parent, name, length, &mount);
  if (match == NULL)
    return fail (error, OMA_STATUS_NOT_FOUND, "No DDF describes the node"), NULL;
  if (mount->ops != NULL)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "A plugin serves the node"), NULL;
  if (oma_node_set_find (&change->tree->nodes, parent, name, length, change) != NULL)
    return fail (error, OMA_STATUS_ALREADY_EXISTS, "The node exists already"), NULL;

  node = add_node (change, parent, name, length, match, mount, value, type, error);
  if (node == NULL && oma_change_get_mark (change) != mark)
    oma_change_roll_back_to (change, mark);
  return node;
}

gboolean
oma_change_stage_deletion (OmaChange *change, OmaNode *node, GError **error)
{
  OmaNodeState *state;

  for (OmaNode *child = oma_node_first_child (node, change); child != NULL;
       child = oma_node_next_sibling (child, change))
    if (!oma_change_stage_deletion (change, child, error))
      return FALSE;
  state = oma_change_edit (change, node, error);
  if (state == NULL)
    return FALSE;
  state->flags |= OMA_STAGED_DELETED;
  return TRUE;
}

/* Counts a child that goes.  One that came in this change leaves no trace, one with a new
 * name counts already. */
static void
count_departure (OmaNodeState *parent, const OmaNodeState *child)
{
  parent->n_children--;
  if (child->flags & OMA_STAGED_ADDED)
    parent->child_changes--;
  else if (child->alias == NULL)
    parent->child_changes++;
}

/**
 * oma_change_delete:
 * @change: a change
 * @node: a stored node
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Deletes @node with everything below, rows kept aside included.
 *
 * Returns: %TRUE, or %FALSE with nothing staged and %OMA_STATUS_NOT_ALLOWED for the root,
 *   a node above mount points or one that a plugin serves, or %OMA_STATUS_RETRY_LATER when
 *   another change is at work on one of the nodes
 */
gboolean
oma_change_delete (OmaChange *change, OmaNode *node, GError **error)
{
  gpointer mark = oma_change_get_mark (change);
  OmaNodeState *parent;

  if (node->flags & OMA_NODE_FIXED || oma_node_is_unstored (node))
    return fail (error, OMA_STATUS_NOT_ALLOWED, "The node cannot be deleted");
  parent = oma_change_edit (change, node->parent, error);
  if (parent == NULL)
    return FALSE;
  if (!oma_change_stage_deletion (change, node, error))
    {
      oma_change_roll_back_to (change, mark);
      return FALSE;
    }
  count_departure (parent, &node->staged->state);
  return TRUE;
}

/* ---- Values and properties ---- */

/**
 * oma_change_replace:
 * @change: a change
 * @node: a stored leaf
 * @value: the new value
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Replaces a value.  The node then belongs to the server in whose name the change is, or
 * to nobody when that is the device or the administrator.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_NOT_ALLOWED for an interior node or one that
 *   a plugin serves, %OMA_STATUS_DEVICE_FULL, or %OMA_STATUS_RETRY_LATER when another change is at work on it
 */
gboolean
oma_change_replace (OmaChange *change, OmaNode *node, OmaValue *value, GError **error)
{
  OmaNodeState *state;
  OmaValue *old;

  if (oma_node_is_interior (node) || oma_node_is_unstored (node))
    return fail (error, OMA_STATUS_NOT_ALLOWED, "The node has no value here");
  if (!has_room (change->tree, FALSE, value, oma_node_get_value (node, change), error))
    return FALSE;
  state = oma_change_edit (change, node, error);
  if (state == NULL)
    return FALSE;
  old = state->value;
  state->value = oma_value_ref (value);
  oma_value_unref (old);
  state->owner = change->owner;
  state->flags |= OMA_STAGED_VALUE;
  return TRUE;
}

gboolean
oma_change_set_properties (OmaChange *change, OmaNode *node, OmaAcl *acl, const char *title, GError **error)
{
  OmaNodeState *state = oma_change_edit (change, node, error);
  OmaProperties *old;

  if (state == NULL)
    return FALSE;
  old = state->properties;
  state->properties = oma_properties_new (acl, title, old != NULL ? old->type : NULL);
  oma_properties_unref (old);
  state->flags |= OMA_STAGED_PROPERTIES;
  return TRUE;
}

/**
 * oma_change_set_acl:
 * @change: a change
 * @node: any node
 * @acl: (nullable): its own ACL, %NULL to inherit
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_NOT_ALLOWED when the root would lose its ACL
 *   (DM Tree and Description 1.2, ACL), or %OMA_STATUS_RETRY_LATER when another change is
 *   at work on the node
 */
gboolean
oma_change_set_acl (OmaChange *change, OmaNode *node, OmaAcl *acl, GError **error)
{
  if (acl == NULL && node->parent == NULL)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "The root must keep an ACL");
  return oma_change_set_properties (change, node, acl, oma_node_get_title (node, change), error);
}

/**
 * oma_change_set_title:
 * @change: a change
 * @node: any node
 * @title: (nullable): property Title, %NULL or "" for none
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_RETRY_LATER when another change is at work on
 *   the node
 */
gboolean
oma_change_set_title (OmaChange *change, OmaNode *node, const char *title, GError **error)
{
  if (title != NULL && *title == '\0')
    title = NULL;
  return oma_change_set_properties (change, node, oma_node_get_acl (node, change), title, error);
}

/* ---- Names ---- */

static gboolean
check_new_name (OmaChange *change, OmaNode *node, const char *name, gsize length, GError **error)
{
  OmaMount *mount;
  OmaNode *other;

  if (node->flags & OMA_NODE_FIXED)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "The node cannot get another name");
  if (!oma_uri_name_is_valid (name, length) || length > OMA_URI_MAX_SEGMENT)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "This cannot be the name of a node");
  other = oma_node_set_find (&change->tree->nodes, node->parent, name, length, change);
  if (other != NULL && other != node)
    return fail (error, OMA_STATUS_ALREADY_EXISTS, "Another node has this name");
  if (oma_node_match_child (node->parent, name, length, &mount) != node->schema || mount != node->mount)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "The DDF describes another node by this name");
  return TRUE;
}

/* Lets @change find @node by another name. */
static OmaNode *
make_alias (OmaChange *change, OmaNode *node, const char *name, gsize length)
{
  OmaNode *alias = oma_node_new (name, length);

  alias->flags = OMA_NODE_ALIAS | (node->flags & OMA_NODE_CASELESS);
  alias->parent = node->parent;
  alias->target = node;
  alias->staged = node->staged;
  oma_node_set_add (&change->tree->nodes, alias);
  change->log->alias = alias;
  return alias;
}

/**
 * oma_change_rename:
 * @change: a change
 * @node: a node, stored or of a plugin
 * @new_name: its new decoded name
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Gives @node with everything below another name (DM Tree and Description 1.2, Name).
 * Others find it by the old one until the change is committed.
 *
 * Returns: %TRUE, or %FALSE with nothing staged and %OMA_STATUS_NOT_ALLOWED when its name
 *   is fixed, @new_name cannot be a name or its DDF describes another node by it,
 *   %OMA_STATUS_ALREADY_EXISTS, or %OMA_STATUS_RETRY_LATER when another change is at work
 *   on the node or its parent
 */
gboolean
oma_change_rename (OmaChange *change, OmaNode *node, const char *new_name, GError **error)
{
  gpointer mark = oma_change_get_mark (change);
  gsize length = strlen (new_name);
  gboolean is_old, was_renamed;
  OmaNodeState *parent, *state;

  if (!check_new_name (change, node, new_name, length, error))
    return FALSE;
  parent = oma_change_edit (change, node->parent, error);
  if (parent == NULL)
    return FALSE;
  state = oma_change_edit (change, node, error);
  if (state == NULL)
    {
      oma_change_roll_back_to (change, mark);
      return FALSE;
    }

  is_old = strcmp (oma_node_peek_name (node), new_name) == 0;
  was_renamed = state->alias != NULL;
  state->alias = is_old ? NULL : make_alias (change, node, new_name, length);
  if ((state->flags & OMA_STAGED_ADDED) == 0)
    parent->child_changes += !is_old - was_renamed;
  return TRUE;
}

/* ---- Servers ---- */

static gboolean
has_entry (const OmaAcl *acl, const char *command)
{
  g_auto(GStrv) entries = g_strsplit (oma_acl_get_text (acl), "&", -1);

  for (guint i = 0; entries[i] != NULL; i++)
    if (g_str_has_prefix (entries[i], command) && entries[i][strlen (command)] == '=')
      return TRUE;
  return FALSE;
}

/* The root keeps an ACL: entries of the default that are left empty speak of everybody. */
static OmaAcl *
complete_root_acl (OmaAcl *left, const OmaAcl *before)
{
  g_autoptr(OmaAcl) acl = left;
  guint grant = 0;

  if (acl == NULL)
    return oma_acl_with_server (NULL, OMA_ACCESS_ADD | OMA_ACCESS_GET, "*");
  if (has_entry (before, "Add") && !has_entry (acl, "Add"))
    grant |= OMA_ACCESS_ADD;
  if (has_entry (before, "Get") && !has_entry (acl, "Get"))
    grant |= OMA_ACCESS_GET;
  return grant != 0 ? oma_acl_with_server (acl, grant, "*") : g_steal_pointer (&acl);
}

static gboolean
disown (OmaChange *change, OmaNode *node, const char *server_id, GError **error)
{
  OmaNodeState *state;

  if (g_strcmp0 (oma_node_get_owner (node, change), server_id) != 0)
    return TRUE;
  state = oma_change_edit (change, node, error);
  if (state == NULL)
    return FALSE;
  state->owner = 0;
  state->flags |= OMA_STAGED_OWNER;
  return TRUE;
}

static gboolean
forget_below (OmaChange *change, OmaNode *node, const char *server_id, GError **error)
{
  OmaAcl *before = oma_node_get_acl (node, change);
  g_autoptr(OmaAcl) acl = before != NULL ? oma_acl_without_server (before, server_id) : NULL;

  if (acl != before)
    {
      if (node->parent == NULL)
        acl = complete_root_acl (g_steal_pointer (&acl), before);
      if (!oma_change_set_acl (change, node, acl, error))
        return FALSE;
    }
  if (!disown (change, node, server_id, error))
    return FALSE;
  for (OmaNode *child = oma_node_first_child (node, change); child != NULL;
       child = oma_node_next_sibling (child, change))
    if (!forget_below (change, child, server_id, error))
      return FALSE;
  return TRUE;
}

/**
 * oma_change_forget_server:
 * @change: a change
 * @server_id: DMAcc ServerID of an account that goes
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Removes a server from all ACLs, those of rows kept aside included (DM Tree and
 * Description 1.2, ACL, removal of a server).  An ACL that is left empty becomes
 * inherited; on the root Add and Get then speak of everybody.  What the server set is
 * nobody's after that.
 *
 * Returns: %TRUE, or %FALSE with nothing staged and %OMA_STATUS_RETRY_LATER when another
 *   change is at work on one of the nodes
 */
gboolean
oma_change_forget_server (OmaChange *change, const char *server_id, GError **error)
{
  gpointer mark = oma_change_get_mark (change);
  OmaChangeLog *step;

  if (change->committing)
    return fail (error, OMA_STATUS_RETRY_LATER, "The change is being committed");
  if (!forget_below (change, change->tree->root, server_id, error))
    {
      oma_change_roll_back_to (change, mark);
      return FALSE;
    }
  if (g_hash_table_size (change->tree->asides) > 0)
    {
      step = oma_change_log_step (change, OMA_CHANGE_LOG_FORGOT, NULL);
      step->server_id = obstack_copy (&change->memory, server_id, strlen (server_id) + 1);
    }
  return TRUE;
}

/* ---- What is staged ---- */

/**
 * oma_node_get_owner:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: (nullable) (transfer none): ServerID of the server that set its value or added
 *   it, %NULL for the device and the administrator
 */
const char *
oma_node_get_owner (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return g_quark_to_string (state != NULL ? state->owner : node->owner);
}

/**
 * oma_node_get_tstamp:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: property TStamp: seconds since the epoch
 */
gint64
oma_node_get_tstamp (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return state != NULL && oma_node_state_is_bumped (state) ? view->now : node->tstamp;
}

/**
 * oma_node_get_verno:
 * @node: a node
 * @view: (nullable): who looks
 *
 * Returns: property VerNo, which follows 65535 with 0
 */
guint16
oma_node_get_verno (const OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state = oma_node_peek_state (node, view);

  return node->verno + (state != NULL && oma_node_state_is_bumped (state));
}

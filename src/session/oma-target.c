/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-target.h"

#include <string.h>

/* The leaf of an account that says whose it is (OMA DM Standardized Objects 1.2, DMAcc). */
/* Whose an account is: the leaf of its server's identifier, in DM 1 and 2.0. */
static const char *const private_leaves[] = { "ServerID", "SrvID" };

/**
 * oma_lookup_is_served:
 * @lookup: what the tree knows of a node
 *
 * Returns: whether a plugin serves the node
 */
gboolean
oma_lookup_is_served (const OmaLookup *lookup)
{
  return lookup->mount != NULL && oma_mount_get_ops (lookup->mount) != NULL;
}

/**
 * oma_lookup_is_interior:
 * @lookup: what the tree knows of a node that exists
 *
 * Returns: whether it is an interior node
 */
gboolean
oma_lookup_is_interior (const OmaLookup *lookup)
{
  return lookup->schema != NULL ? lookup->schema->format == OMA_FORMAT_NODE : oma_node_is_interior (lookup->nearest);
}

/**
 * oma_uri_push:
 * @uri: a URI
 * @name: a decoded node name, which must outlive the use of @uri
 *
 * Goes down one segment; the way back is n_segments--.
 *
 * Returns: %FALSE when that would be too deep
 */
gboolean
oma_uri_push (OmaUri *uri, const char *name)
{
  if (uri->n_segments == OMA_URI_MAX_DEPTH)
    return FALSE;
  uri->segments[uri->n_segments++] = (OmaUriSegment) { name, strlen (name) };
  return TRUE;
}

static void
lookup_at (const OmaUri *uri, OmaJob *job, guint depth, OmaLookup *lookup)
{
  OmaUri *shorter = (OmaUri *) uri;
  guint n_segments = uri->n_segments;

  /* Shortened for the time of the call, which is cheaper than a copy. */
  shorter->n_segments = depth;
  oma_tree_lookup (job->work->executor->tree, uri, job->work->change, lookup);
  shorter->n_segments = n_segments;
}

static OmaNodeRef *
make_ref_at (const OmaUri *uri, OmaJob *job, guint depth)
{
  OmaUri *shorter = (OmaUri *) uri;
  guint n_segments = uri->n_segments;
  OmaLookup lookup;
  OmaNodeRef *ref;

  shorter->n_segments = depth;
  oma_tree_lookup (job->work->executor->tree, uri, job->work->change, &lookup);
  ref = oma_lookup_make_ref (&lookup, uri);
  shorter->n_segments = n_segments;
  return ref;
}

/* What the unit of work noted about the node with a plugin, or NULL. */
static const OmaIntent *
find_intent (const OmaUri *uri, OmaJob *job, guint depth)
{
  g_autoptr(OmaNodeRef) ref = NULL;

  if (g_hash_table_size (job->work->intents) == 0)
    return NULL;
  ref = make_ref_at (uri, job, depth);
  return g_hash_table_lookup (job->work->intents, oma_node_ref_get_uri (ref));
}

static gboolean
names_equal (const OmaSchemaNode *schema, const char *a, const char *b, gsize length)
{
  return strlen (a) == length &&
         (schema->case_insensitive ? g_ascii_strncasecmp (a, b, length) : memcmp (a, b, length)) == 0;
}

/* Whether a plugin need not list the children of such a node: none of them is optional. */
static gboolean
needs_no_list (const OmaSchemaNode *parent)
{
  for (guint i = 0; i < parent->children->len; i++)
    if (((OmaSchemaNode *) g_ptr_array_index (parent->children, i))->min_occurrence == 0)
      return FALSE;
  return parent->placeholder == NULL;
}

/* Asks the plugin whether the node of @depth, whose parent exists, is there. */
static gboolean
is_listed (const OmaUri *uri, OmaJob *job, OmaMount *mount, const OmaSchemaNode *schema, guint depth, gboolean *listed,
           GError **error)
{
  g_autoptr(OmaNodeRef) parent = make_ref_at (uri, job, depth - 1);
  const OmaUriSegment *segment = &uri->segments[depth - 1];
  g_autoptr(GError) failure = NULL;
  const char *const *names = NULL;
  gboolean answered;

  *listed = FALSE;
  if (oma_job_can_ask_for_child (job, mount, parent, schema->parent))
    {
      g_autoptr(OmaNodeRef) child = make_ref_at (uri, job, depth);

      answered = oma_job_has_child (job, mount, parent, schema->parent, child, listed, &failure);
    }
  else
    {
      names = oma_job_list (job, mount, parent, schema->parent, &failure);
      answered = names != NULL;
      *listed = answered && names[0] == NULL && needs_no_list (schema->parent);
    }
  if (failure != NULL && oma_status_from_error (failure) != OMA_STATUS_NOT_FOUND)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  for (guint i = 0; names != NULL && names[i] != NULL && !*listed; i++)
    *listed = names_equal (schema, names[i], segment->name, segment->length);
  return answered || failure != NULL;
}

/* Finds out how far the way leads in a subtree that a plugin serves. */
static gboolean
resolve_served (OmaTarget *target, OmaJob *job, GError **error)
{
  const OmaUri *uri = &target->uri;
  OmaLookup lookup = target->lookup, top;
  guint described = uri->n_segments;
  gboolean fresh = FALSE;

  while (lookup.schema == NULL)
    lookup_at (uri, job, --described, &lookup);

  guint depth = described;
  for (const OmaSchemaNode *above = lookup.schema->parent; above != NULL; above = above->parent)
    depth--;
  lookup_at (uri, job, depth, &top);
  for (; top.node != NULL && depth < described; depth++)
    {
      const OmaSchemaNode *schema = lookup.schema;
      const OmaIntent *intent = find_intent (uri, job, depth + 1);
      gboolean listed = FALSE;

      for (guint i = depth + 1; i < described; i++)
        schema = schema->parent;
      if (intent != NULL)
        listed = intent->present;
      else if (oma_schema_node_is_automatic (schema))
        listed = TRUE;
      else if (!fresh && !is_listed (uri, job, lookup.mount, schema, depth + 1, &listed, error))
        return FALSE;
      if (!listed)
        break;
      fresh |= intent != NULL && intent->fresh;
    }
  if (top.node == NULL)
    depth--;
  target->existing_depth = depth;
  target->exists = depth == uri->n_segments;
  return TRUE;
}

static char *
dup_alias (OmaJob *job, const char *text)
{
  const OmaExecutor *executor = job->work->executor;

  return executor->alias_func != NULL ? executor->alias_func (text, executor->alias_data) : NULL;
}

/* What the leaf of a private subtree says that names its owner; where the subtree shows other
 * nodes by other names, that of the other node. */
static OmaValue *
read_owner (const OmaUri *leaf_uri, OmaJob *job)
{
  g_autofree char *text = oma_uri_to_string (leaf_uri);
  g_autofree char *alias = dup_alias (job, text);
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup leaf;

  if (alias != NULL && !oma_uri_parse (&parsed, alias, NULL))
    return NULL;
  oma_tree_lookup (job->work->executor->tree, alias != NULL ? &parsed : leaf_uri, job->work->change, &leaf);
  return leaf.node != NULL ? oma_node_get_value (leaf.node, job->work->change) : NULL;
}

/* The name of the leaf that says whose the account below @top is. */
static const char *
get_private_leaf (const OmaSchemaNode *top)
{
  for (gsize i = 0; i < G_N_ELEMENTS (private_leaves); i++)
    if (top->placeholder != NULL &&
        oma_schema_node_get_child (top->placeholder, private_leaves[i], strlen (private_leaves[i])) != NULL)
      return private_leaves[i];
  return private_leaves[0];
}

/* Whether the account on the way, if there is one, is the server's own (or nobody's yet). */
static gboolean
is_visible (const OmaUri *uri, const OmaLookup *lookup, OmaJob *job)
{
  const OmaPrincipal *principal = &job->work->rights.principal;
  guint depth = uri->n_segments;
  const OmaSchemaNode *top;
  OmaUri leaf_uri;
  OmaLookup leaf;
  OmaValue *value;

  if (lookup->mount == NULL || (oma_mount_get_flags (lookup->mount) & OMA_MOUNT_PRIVATE) == 0 ||
      principal->kind != OMA_PRINCIPAL_SERVER)
    return TRUE;
  for (leaf = *lookup; leaf.schema == NULL;)
    lookup_at (uri, job, --depth, &leaf);
  for (top = leaf.schema; top->parent != NULL; top = top->parent)
    depth--;
  if (uri->n_segments <= depth || depth + 2 > OMA_URI_MAX_DEPTH)
    return TRUE;

  leaf_uri = *uri;
  leaf_uri.n_segments = depth + 1;
  oma_uri_push (&leaf_uri, get_private_leaf (top));
  value = read_owner (&leaf_uri, job);
  if (value == NULL || oma_value_get_size (value) == 0)
    return TRUE;
  return oma_value_get_size (value) == strlen (principal->server_id) &&
         memcmp (oma_value_get_data (value, NULL), principal->server_id, oma_value_get_size (value)) == 0;
}

/**
 * oma_lookup_lock_for_writing:
 * @lookup: what the tree knows of a node that is about to be written, or be copied
 * @job: the job
 *
 * Takes its subtree for the unit of work; also the node above mount points whose children a top
 * node is or becomes one of, which other subtrees share.  What else becomes of those nodes concerns
 * everybody.
 *
 * Returns: %FALSE when another unit of work has to be waited for
 */
gboolean
oma_lookup_lock_for_writing (const OmaLookup *lookup, OmaJob *job)
{
  OmaNode *parent;

  if (lookup->mount == NULL)
    return TRUE;
  parent = lookup->node != NULL ? oma_node_get_parent (lookup->node) : lookup->nearest;
  return oma_job_lock (job, lookup->mount, OMA_LOCK_WRITE) &&
         (oma_node_get_mount (parent) != NULL || oma_job_lock (job, parent, OMA_LOCK_WRITE));
}

/**
 * oma_target_resolve:
 * @target: (out): what to fill; clear it with oma_target_clear(), also on failure
 * @job: the job
 * @text: a LocURI, which must outlive @target
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Parses a URI and finds out what is there, in the eyes of the unit of work.  Below a plugin
 * the DDF tells of permanent nodes that they are there; the plugin is asked for the others.
 * For a job that writes no other unit of work writes there from now on.
 *
 * Returns: %TRUE when that is known; %FALSE with the error of oma_uri_parse(), with
 *   %OMA_STATUS_NOT_FOUND for what the principal must not know of, with an error of the
 *   plugin, or without one when the plugin or another unit of work has to be waited for
 */
gboolean
oma_target_resolve (OmaTarget *target, OmaJob *job, const char *text, GError **error)
{
  target->alias = dup_alias (job, text);
  if (!oma_uri_parse (&target->uri, target->alias != NULL ? target->alias : text, error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &target->uri, job->work->change, &target->lookup);
  if (G_UNLIKELY (!is_visible (&target->uri, &target->lookup, job)))
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "there is no such node");
      return FALSE;
    }
  if (job->marked && !oma_lookup_lock_for_writing (&target->lookup, job))
    return FALSE;
  target->exists = target->lookup.node != NULL;
  target->existing_depth = target->lookup.nearest_depth;
  if (G_UNLIKELY (oma_lookup_is_served (&target->lookup)))
    {
      target->exists = FALSE;
      return resolve_served (target, job, error);
    }
  return TRUE;
}

/**
 * oma_target_clear:
 * @target: a target
 */
void
oma_target_clear (OmaTarget *target)
{
  oma_uri_clear (&target->uri);
  g_clear_pointer (&target->alias, g_free);
}

/**
 * oma_target_get_schema_at:
 * @target: a target
 * @depth: how many segments lead to the node, at most as many as the URI has
 *
 * Returns: (transfer none) (nullable): what describes a node on the way, %NULL when no DDF
 *   describes the URI or the node lies above the mount point
 */
const OmaSchemaNode *
oma_target_get_schema_at (const OmaTarget *target, guint depth)
{
  const OmaSchemaNode *schema = target->lookup.schema;

  for (guint i = target->uri.n_segments; i > depth && schema != NULL; i--)
    schema = schema->parent;
  return schema;
}

/**
 * oma_target_lookup_at:
 * @target: a target
 * @job: the job
 * @depth: how many segments lead to the node, at most as many as the URI has
 * @lookup: (out): what the tree knows now of that node on the way
 */
void
oma_target_lookup_at (const OmaTarget *target, OmaJob *job, guint depth, OmaLookup *lookup)
{
  lookup_at (&target->uri, job, depth, lookup);
}

/**
 * oma_target_make_ref_at:
 * @target: a target in a subtree that a plugin serves
 * @job: the job
 * @depth: how many segments lead to the node, at most as many as the URI has
 *
 * Returns: (transfer full): what names that node on the way to the plugin
 */
OmaNodeRef *
oma_target_make_ref_at (const OmaTarget *target, OmaJob *job, guint depth)
{
  return make_ref_at (&target->uri, job, depth);
}

static void
add_name (GPtrArray *names, const char *name)
{
  if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    g_ptr_array_add (names, g_strdup (name));
}

/* What the unit of work noted about children of the node. */
static void
apply_intents (GPtrArray *names, const OmaUri *uri, OmaJob *job)
{
  g_autoptr(OmaNodeRef) parent = make_ref_at (uri, job, uri->n_segments);
  gsize length = strlen (oma_node_ref_get_uri (parent));
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, job->work->intents);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const char *child = key;
      const OmaIntent *intent = value;
      g_auto(OmaUri) parsed = OMA_URI_INIT;
      guint index;

      if (strncmp (child, oma_node_ref_get_uri (parent), length) != 0 || child[length] != '/' ||
          strchr (child + length + 1, '/') != NULL || !oma_uri_parse (&parsed, child, NULL))
        continue;
      g_autofree char *name = g_strndup (parsed.segments[parsed.n_segments - 1].name,
                                         parsed.segments[parsed.n_segments - 1].length);
      if (intent->present)
        add_name (names, name);
      else if (g_ptr_array_find_with_equal_func (names, name, g_str_equal, &index))
        g_ptr_array_remove_index (names, index);
    }
}

/* Adds those that are there without the plugin saying so. */
static void
add_untold (GPtrArray *names, const OmaSchemaNode *schema, gboolean all)
{
  for (guint i = 0; i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->name != NULL && (all || oma_schema_node_is_automatic (child)))
        add_name (names, child->name);
    }
}

static gboolean
list_served (GPtrArray *names, const OmaUri *uri, const OmaLookup *lookup, OmaJob *job, GError **error)
{
  g_autoptr(OmaNodeRef) ref = oma_lookup_make_ref (lookup, uri);
  const OmaIntent *intent = find_intent (uri, job, uri->n_segments);
  g_autoptr(GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GError) failure = NULL;
  const char *const *listed = NULL;

  if (intent == NULL || !intent->fresh)
    {
      listed = oma_job_list (job, lookup->mount, ref, lookup->schema, &failure);
      if (listed == NULL && failure == NULL)
        return FALSE;
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  for (guint i = 0; listed != NULL && listed[i] != NULL; i++)
    if (oma_schema_node_get_child (lookup->schema, listed[i], strlen (listed[i])) != NULL &&
        oma_uri_name_is_valid (listed[i], strlen (listed[i])) && g_hash_table_add (seen, (gpointer) listed[i]))
      g_ptr_array_add (names, g_strdup (listed[i]));
  add_untold (names, lookup->schema, listed != NULL && listed[0] == NULL && needs_no_list (lookup->schema));
  if (g_hash_table_size (job->work->intents) > 0)
    apply_intents (names, uri, job);
  return TRUE;
}

/**
 * oma_uri_list_children:
 * @uri: an interior node that exists
 * @lookup: what the tree knows of it
 * @job: the job
 * @all: also those that the principal must not know of
 * @error: return location for an error of the plugin
 *
 * Returns: (transfer full) (element-type utf8): decoded names of the node's children; %NULL
 *   without @error when the plugin has to be waited for
 */
GPtrArray *
oma_uri_list_children (const OmaUri *uri, const OmaLookup *lookup, OmaJob *job, gboolean all, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const OmaChange *view = job->work->change;
  gboolean private = !all && lookup->mount != NULL &&
                     (oma_mount_get_flags (lookup->mount) & OMA_MOUNT_PRIVATE) != 0;

  if (oma_lookup_is_served (lookup))
    {
      if (!list_served (names, uri, lookup, job, error))
        return NULL;
    }
  else
    for (OmaNode *child = oma_node_first_child (lookup->node, view); child != NULL;
         child = oma_node_next_sibling (child, view))
      g_ptr_array_add (names, g_strdup (oma_node_get_staged_name (child, view)));

  if (private && uri->n_segments < OMA_URI_MAX_DEPTH)
    for (guint i = names->len; i > 0; i--)
      {
        OmaUri child_uri = *uri;
        OmaLookup child;

        oma_uri_push (&child_uri, g_ptr_array_index (names, i - 1));
        oma_tree_lookup (job->work->executor->tree, &child_uri, job->work->change, &child);
        if (!is_visible (&child_uri, &child, job))
          g_ptr_array_remove_index (names, i - 1);
      }
  return g_steal_pointer (&names);
}

/**
 * oma_uri_read_value:
 * @uri: a leaf that exists
 * @lookup: what the tree knows of it
 * @job: the job
 * @error: return location for an error of the plugin
 *
 * Returns: (transfer full): the leaf's value; %NULL without @error when the plugin has to be
 *   waited for
 */
OmaValue *
oma_uri_read_value (const OmaUri *uri, const OmaLookup *lookup, OmaJob *job, GError **error)
{
  OmaValue *value;

  if (oma_lookup_is_served (lookup))
    {
      const OmaIntent *intent = find_intent (uri, job, uri->n_segments);
      g_autoptr(OmaNodeRef) ref = oma_lookup_make_ref (lookup, uri);

      value = intent != NULL && intent->value != NULL ? intent->value
                                                      : oma_job_get (job, lookup->mount, ref, lookup->schema, error);
      return value != NULL ? oma_value_ref (value) : NULL;
    }
  value = oma_node_get_value (lookup->node, job->work->change);
  return value != NULL ? oma_value_ref (value) : oma_schema_node_make_default (lookup->schema);
}

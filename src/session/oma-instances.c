/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-instances.h"

#include <string.h>

/**
 * oma_job_may_get:
 * @job: a job
 * @lookup: what the tree knows of a node
 *
 * Returns: whether AccessType and ACL let the principal of the job Get the node
 */
gboolean
oma_job_may_get (OmaJob *job, const OmaLookup *lookup)
{
  OmaWork *work = job->work;

  return oma_rights_has_access (&work->rights, lookup->schema, OMA_ACCESS_GET) &&
         oma_rights_are_granted (&work->rights, lookup->nearest, work->change, OMA_ACCESS_GET);
}

/* ---- What the DDF says of where to look ---- */

static gboolean
has_identifier (const OmaSchemaNode *schema)
{
  return schema->ddf_name != NULL && *schema->ddf_name != '\0';
}

/* Whether a node so described can be an instance.  @typed: one whose DDF has no identifier may have got one when it was
 * added, which only nodes of the store can. */
static gboolean
can_be (const OmaInstanceWalk *walk, const OmaSchemaNode *schema, gboolean typed)
{
  if (schema->format != OMA_FORMAT_NODE)
    return FALSE;
  if (!has_identifier (schema))
    return typed;
  return walk->moid == NULL || strcmp (schema->ddf_name, walk->moid) == 0;
}

static gboolean can_hold (const OmaInstanceWalk *walk, const OmaSchemaNode *schema, gboolean typed);

static gboolean
can_hold_below (const OmaInstanceWalk *walk, const OmaSchemaNode *schema, gboolean typed)
{
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    if (can_hold (walk, g_ptr_array_index (schema->children, i), typed))
      return TRUE;
  return FALSE;
}

/* Whether it can be one, or have one below it. */
static gboolean
can_hold (const OmaInstanceWalk *walk, const OmaSchemaNode *schema, gboolean typed)
{
  return can_be (walk, schema, typed) || can_hold_below (walk, schema, typed);
}

/* ---- The walk ---- */

static void walk_node (OmaInstanceWalk *walk);

static const char *
get_identifier (OmaInstanceWalk *walk, const OmaLookup *lookup)
{
  if (lookup->node != NULL)
    return oma_node_get_type_property (lookup->node, walk->job->work->change);
  return lookup->schema != NULL ? lookup->schema->ddf_name : NULL;
}

static gboolean
has_name (const OmaInstanceWalk *walk)
{
  const OmaUriSegment *last;

  if (walk->name == NULL)
    return TRUE;
  if (walk->uri.n_segments == 0)
    return FALSE;
  last = &walk->uri.segments[walk->uri.n_segments - 1];
  return last->length == strlen (walk->name) && memcmp (last->name, walk->name, last->length) == 0;
}

static void
take_if_instance (OmaInstanceWalk *walk, const OmaLookup *lookup)
{
  const char *moid = get_identifier (walk, lookup);

  if (moid != NULL && *moid != '\0' && (walk->moid == NULL || strcmp (moid, walk->moid) == 0) && has_name (walk))
    walk->take (walk, lookup, moid);
}

static void
note_failure (OmaInstanceWalk *walk, GError *error)
{
  walk->waits |= walk->job->waits;
  if (error != NULL && walk->failure == NULL)
    walk->failure = error;
  else
    g_clear_error (&error);
}

static void
walk_child (OmaInstanceWalk *walk, const char *name)
{
  if (!oma_uri_push (&walk->uri, name))
    return;
  walk_node (walk);
  walk->uri.n_segments--;
}

/* Whether the tree itself knows all children, and the principal may know of each. */
static gboolean
has_plain_children (const OmaLookup *lookup)
{
  return lookup->node != NULL && !oma_lookup_is_served (lookup) &&
         (lookup->mount == NULL || (oma_mount_get_flags (lookup->mount) & OMA_MOUNT_PRIVATE) == 0);
}

static void
walk_plain_children (OmaInstanceWalk *walk, const OmaNode *node)
{
  const OmaChange *view = walk->job->work->change;

  for (OmaNode *child = oma_node_first_child (node, view); child != NULL; child = oma_node_next_sibling (child, view))
    {
      const OmaSchemaNode *schema = oma_node_get_schema (child);

      if (schema != NULL && schema->format == OMA_FORMAT_NODE)
        walk_child (walk, oma_node_get_staged_name (child, view));
    }
}

/* Goes into all children. */
static void
walk_names (OmaInstanceWalk *walk, const OmaLookup *lookup)
{
  GError *error = NULL;
  g_autoptr(GPtrArray) names = NULL;

  if (has_plain_children (lookup))
    {
      walk_plain_children (walk, lookup->node);
      return;
    }
  names = oma_uri_list_children (&walk->uri, lookup, walk->job, FALSE, &error);
  note_failure (walk, error);
  for (guint i = 0; names != NULL && i < names->len; i++)
    walk_child (walk, g_ptr_array_index (names, i));
}

/* One node costs less than to say which there are, above all a plugin. */
static void
walk_if_there (OmaInstanceWalk *walk, const char *name)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autofree char *uri = NULL;
  GError *error = NULL;

  if (!oma_uri_push (&walk->uri, name))
    return;
  uri = oma_uri_to_string (&walk->uri);
  walk->uri.n_segments--;
  if (oma_target_resolve (&target, walk->job, uri, &error) && target.exists)
    walk_child (walk, name);
  if (g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND))
    g_clear_error (&error);
  note_failure (walk, error);
}

/* Whether of all children of that description only that of the name that is sought can matter. */
static gboolean
only_name_matters (const OmaInstanceWalk *walk, const OmaSchemaNode *child)
{
  return walk->name != NULL && child->parent != NULL && !can_hold_below (walk, child, FALSE) &&
         oma_schema_node_get_child (child->parent, walk->name, strlen (walk->name)) == child;
}

/* Below a node of which the DDF says all: children are only listed where that is needed. */
static void
walk_described (OmaInstanceWalk *walk, const OmaLookup *lookup)
{
  const gboolean served = oma_lookup_is_served (lookup);
  const OmaSchemaNode *schema = lookup->schema;
  gboolean needs_list = FALSE;

  for (guint i = 0; i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      needs_list |= child->name == NULL && can_hold (walk, child, FALSE) && !only_name_matters (walk, child) &&
                    (walk->name == NULL || can_hold_below (walk, child, FALSE));
    }
  if (needs_list)
    {
      walk_names (walk, lookup);
      return;
    }
  for (guint i = 0; i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (!can_hold (walk, child, FALSE))
        continue;
      if (served && oma_schema_node_is_automatic (child))
        walk_child (walk, child->name);
      else if (child->name != NULL || only_name_matters (walk, child))
        walk_if_there (walk, child->name != NULL ? child->name : walk->name);
    }
}

static void
walk_node (OmaInstanceWalk *walk)
{
  OmaJob *job = walk->job;
  const OmaSchemaNode *schema;   /* NULL above mount points, where it is not known what there is */
  OmaLookup lookup;
  gboolean typed;

  oma_tree_lookup (job->work->executor->tree, &walk->uri, job->work->change, &lookup);
  schema = lookup.mount != NULL ? lookup.schema : NULL;
  typed = lookup.mount != NULL && oma_mount_has_types (lookup.mount);
  if (lookup.schema == NULL || !oma_lookup_is_interior (&lookup) || (schema != NULL && !can_hold (walk, schema, typed)) ||
      (walk->readable && !oma_job_may_get (job, &lookup)))
    return;
  take_if_instance (walk, &lookup);
  if (schema != NULL && !can_hold_below (walk, schema, typed))
    return;
  if (schema != NULL && !typed)
    walk_described (walk, &lookup);
  else
    walk_names (walk, &lookup);
}

/**
 * oma_instances_walk:
 * @walk: what is sought; @uri names the root
 *
 * Goes through the tree.  No value is read, and a plugin is asked only where its DDF has such an object.  What the
 * principal must not know of is passed over.
 */
void
oma_instances_walk (OmaInstanceWalk *walk)
{
  walk_node (walk);
}

/* ---- Which objects there are ---- */

typedef struct {
  const char *moid;
  gboolean    known;
} Question;

static gboolean
describes (const OmaSchemaNode *schema, const char *moid)
{
  if (g_strcmp0 (schema->ddf_name, moid) == 0)
    return TRUE;
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    if (describes (g_ptr_array_index (schema->children, i), moid))
      return TRUE;
  return FALSE;
}

static gboolean
ask_mount (const OmaMount *mount, gpointer user_data)
{
  Question *question = user_data;
  const OmaSchema *schema = oma_mount_get_schema (mount);

  for (guint i = 0; i < schema->roots->len && !question->known; i++)
    question->known = describes (((const OmaSchemaRoot *) g_ptr_array_index (schema->roots, i))->node, question->moid);
  return !question->known;
}

/**
 * oma_instances_are_described:
 * @tree: the tree
 * @moid: identifier of a management object
 *
 * Returns: whether a mounted DDF has such an object
 */
gboolean
oma_instances_are_described (OmaTree *tree, const char *moid)
{
  Question question = { .moid = moid };

  oma_tree_foreach_mount (tree, ask_mount, &question);
  return question.known;
}

/* ---- Where an instance can be made ---- */

typedef struct {
  const char *moid;
  char       *parent;   /* of the place, %NULL: none */
  char       *name;     /* (nullable): the name that the DDF has for the node */
} Search;

static void
search_schema (Search *search, const OmaSchemaNode *schema, const char *parent)
{
  GString *uri;

  if (search->parent != NULL || schema->format != OMA_FORMAT_NODE)
    return;
  if (!schema->permanent && g_strcmp0 (schema->ddf_name, search->moid) == 0)
    {
      search->parent = g_strdup (parent);
      search->name = g_strdup (schema->name);
      return;
    }
  if (schema->name == NULL)
    return;
  uri = g_string_new (parent);
  oma_uri_append_segment (uri, schema->name, -1);
  for (guint i = 0; i < schema->children->len; i++)
    search_schema (search, g_ptr_array_index (schema->children, i), uri->str);
  g_string_free (uri, TRUE);
}

static gboolean
search_mount (const OmaMount *mount, gpointer user_data)
{
  Search *search = user_data;
  const OmaSchema *schema = oma_mount_get_schema (mount);

  for (guint i = 0; i < schema->roots->len && search->parent == NULL; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      g_autofree char *parent = NULL;

      if (!oma_uri_parse (&uri, root->path, NULL))
        continue;
      parent = oma_uri_to_string (&uri);
      search_schema (search, root->node, parent);
    }
  return search->parent == NULL;
}

/**
 * oma_instances_find_place:
 * @tree: the tree
 * @moid: identifier of a management object
 * @name: (out) (nullable): the name that the DDF has for the node, %NULL when it may have any
 *
 * Our reading: the place is the first one that a mounted DDF has for the identifier: a placeholder whose ancestors all
 * have names, or a dynamic node with a name.
 *
 * Returns: (transfer full) (nullable): URI of the parent of an instance that is made; %NULL: none can be made
 */
char *
oma_instances_find_place (OmaTree *tree, const char *moid, char **name)
{
  Search search = { .moid = moid };

  if (*moid != '\0')
    oma_tree_foreach_mount (tree, search_mount, &search);
  *name = search.name;
  return search.parent;
}

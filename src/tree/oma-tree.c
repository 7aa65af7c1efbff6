/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-node-private.h"

#include <string.h>

/* DM Tree and Description 1.2, ACL: what the root has until a server changes it. */
#define DEFAULT_ROOT_ACL "Add=*&Get=*"

typedef struct {
  GHook            hook;
  OmaTreeWatchFunc func;
} Watch;

static gint64
real_time (gpointer data G_GNUC_UNUSED)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
aside_free (OmaAside *aside)
{
  oma_node_record_clear (&aside->record);
  g_free (aside);
}

/**
 * oma_tree_new:
 *
 * Returns: (transfer full): a tree that holds the root with its default ACL.  Mount the
 *   DDF files, then load it
 */
OmaTree *
oma_tree_new (void)
{
  OmaTree *tree = g_new0 (OmaTree, 1);
  OmaStructure *structure = oma_structure_new (".", 1);
  g_autoptr(OmaAcl) acl = oma_acl_parse (DEFAULT_ROOT_ACL, NULL);

  oma_node_set_init (&tree->nodes);
  tree->mounts = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_mount_free);
  tree->structures = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) oma_structure_free, NULL);
  tree->folding = g_hash_table_new (NULL, NULL);
  tree->asides = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  tree->now = real_time;
  g_hook_list_init (&tree->watches, sizeof (Watch));

  g_hash_table_add (tree->structures, structure);
  tree->root = oma_node_new (".", 1);
  oma_node_describe (tree, tree->root, &structure->schema, NULL);
  tree->root->flags |= OMA_NODE_FIXED;
  tree->root->properties = oma_properties_new (acl, NULL, NULL);
  tree->root->tstamp = tree->now (tree->now_data);
  tree->n_nodes = 1;
  tree->max_nodes = G_MAXUINT;
  tree->max_octets = G_MAXUINT64;
  return tree;
}

/* A store's thread may hand back the last of a write after its callback was called. */
static void
drain_start_context (OmaTree *tree)
{
  if (tree->start_context == NULL)
    return;
  while (g_main_context_iteration (tree->start_context, FALSE))
    ;
  g_clear_pointer (&tree->start_context, g_main_context_unref);
}

static void
free_nodes (OmaNode *node)
{
  OmaNode *child = oma_node_is_interior (node) ? node->first_child : NULL;

  while (child != NULL)
    {
      OmaNode *next = child->next;

      free_nodes (child);
      child = next;
    }
  oma_node_free (node);
}

/**
 * oma_tree_free:
 * @tree: (transfer full): a tree without any change
 */
void
oma_tree_free (OmaTree *tree)
{
  drain_start_context (tree);
  free_nodes (tree->root);
  oma_node_set_clear (&tree->nodes);
  g_hook_list_clear (&tree->watches);
  g_hash_table_unref (tree->asides);
  g_hash_table_unref (tree->folding);
  g_hash_table_unref (tree->structures);
  g_ptr_array_unref (tree->mounts);
  g_clear_object (&tree->store);
  g_free (tree);
}

/**
 * oma_tree_get_store:
 * @tree: a tree
 *
 * Returns: (transfer none) (nullable): what it was loaded from, %NULL when it is kept in memory only
 */
OmaTreeStore *
oma_tree_get_store (const OmaTree *tree)
{
  return tree->store;
}

/**
 * oma_tree_set_clock:
 * @tree: a tree
 * @now: gives the time in seconds since the epoch
 * @data: (nullable): for @now
 *
 * Sets where property TStamp comes from; without it that is the real time.
 */
void
oma_tree_set_clock (OmaTree *tree, gint64 (*now) (gpointer data), gpointer data)
{
  tree->now = now;
  tree->now_data = data;
}

/**
 * oma_tree_set_limits:
 * @tree: a tree
 * @max_nodes: nodes that it holds; no more can be added
 * @max_octets: octets of their values; nothing can be set that needs more
 *
 * Bounds what changes may make of the tree: %OMA_STATUS_DEVICE_FULL.  What is loaded stays, however much it is.
 */
void
oma_tree_set_limits (OmaTree *tree, guint max_nodes, guint64 max_octets)
{
  tree->max_nodes = max_nodes;
  tree->max_octets = max_octets;
}

/**
 * oma_tree_get_root:
 * @tree: a tree
 *
 * Returns: (transfer none): the node "."
 */
OmaNode *
oma_tree_get_root (OmaTree *tree)
{
  return tree->root;
}

/**
 * oma_tree_count_nodes:
 * @tree: a tree
 *
 * Returns: how many committed nodes the tree itself holds: stored ones, those above mount
 *   points, and those of plugins of which properties are kept
 */
guint
oma_tree_count_nodes (OmaTree *tree)
{
  return tree->n_nodes;
}

/* ---- Look-up ---- */

/**
 * oma_tree_lookup:
 * @tree: a tree
 * @uri: a parsed URI, its query aside
 * @view: (nullable): the change in whose eyes to look
 * @lookup: (out caller-allocates): what was found; its nodes are valid until the main loop
 *   runs again or a change is rolled back
 *
 * Finds a node and what describes it.  It costs the same for each segment, whatever the
 * number of nodes.
 */
void
oma_tree_lookup (OmaTree *tree, const OmaUri *uri, OmaChange *view, OmaLookup *lookup)
{
  OmaNode *node = tree->root;
  guint i;

  for (i = 0; i < uri->n_segments; i++)
    {
      const OmaUriSegment *segment = &uri->segments[i];
      OmaNode *child = oma_node_set_find (&tree->nodes, node, segment->name, segment->length, view);

      if (child == NULL)
        break;
      node = child;
    }

  lookup->nearest = node;
  lookup->nearest_depth = i;
  if (i == uri->n_segments)
    {
      lookup->node = node;
      lookup->schema = node->schema;
      lookup->mount = node->mount;
      return;
    }
  lookup->node = NULL;
  lookup->schema = oma_node_match_child (node, uri->segments[i].name, uri->segments[i].length, &lookup->mount);
  while (++i < uri->n_segments && lookup->schema != NULL)
    lookup->schema = oma_schema_node_get_child (lookup->schema, uri->segments[i].name, uri->segments[i].length);
}

/**
 * oma_lookup_make_ref:
 * @lookup: what oma_tree_lookup() found, with a schema
 * @uri: the URI that it looked up
 *
 * Makes what node operations take.
 *
 * Returns: (transfer full): a reference with the names that stand for placeholders, free it
 *   with oma_node_ref_free()
 */
OmaNodeRef *
oma_lookup_make_ref (const OmaLookup *lookup, const OmaUri *uri)
{
  g_autoptr(GString) canonical = g_string_new (".");
  g_autoptr(GString) relative = g_string_new (NULL);
  g_autofree char *name = NULL;
  GPtrArray *captures = g_ptr_array_new_with_free_func (g_free);
  const OmaSchemaNode *described[OMA_URI_MAX_DEPTH] = { NULL };
  const OmaSchemaNode *schema = lookup->mount != NULL ? lookup->schema : NULL;
  gboolean below_top = FALSE;

  for (guint i = uri->n_segments; i-- > 0 && schema != NULL; schema = schema->parent)
    described[i] = schema;
  for (guint i = 0; i < uri->n_segments; i++)
    {
      const OmaUriSegment *segment = &uri->segments[i];

      oma_uri_append_segment (canonical, segment->name, segment->length);
      if (described[i] == NULL)
        continue;
      if (described[i]->name == NULL)
        g_ptr_array_add (captures, g_strndup (segment->name, segment->length));
      if (below_top)
        oma_uri_append_segment (relative, segment->name, segment->length);
      below_top = TRUE;
    }
  name = uri->n_segments == 0 ? g_strdup (".")
                              : g_strndup (uri->segments[uri->n_segments - 1].name,
                                           uri->segments[uri->n_segments - 1].length);
  return oma_node_ref_new (canonical->str, relative->len > 0 ? relative->str + 1 : "", name, captures);
}

/* ---- Watching ---- */

/**
 * oma_tree_watch:
 * @tree: a tree
 * @func: called on the main thread after each change that was committed and is visible
 * @user_data: for @func
 *
 * While nobody watches, no events are made.
 *
 * Returns: an id for oma_tree_unwatch()
 */
guint
oma_tree_watch (OmaTree *tree, OmaTreeWatchFunc func, gpointer user_data)
{
  GHook *hook = g_hook_alloc (&tree->watches);

  hook->data = user_data;
  ((Watch *) hook)->func = func;
  g_hook_append (&tree->watches, hook);
  return hook->hook_id;
}

/**
 * oma_tree_unwatch:
 * @tree: a tree
 * @id: what oma_tree_watch() gave; it may be called from the watching function
 */
void
oma_tree_unwatch (OmaTree *tree, guint id)
{
  g_hook_destroy (&tree->watches, id);
}

/**
 * oma_tree_is_watched:
 * @tree: a tree
 *
 * Returns: whether somebody is told of changes
 */
gboolean
oma_tree_is_watched (OmaTree *tree)
{
  return tree->watches.hooks != NULL;
}

typedef struct {
  OmaTree            *tree;
  const OmaTreeEvent *events;
  guint               n_events;
} Emission;

static void
call_watch (GHook *hook, gpointer data)
{
  const Emission *emission = data;

  ((Watch *) hook)->func (emission->tree, emission->events, emission->n_events, hook->data);
}

/**
 * oma_tree_emit:
 * @tree: a tree
 * @events: what happened
 * @n_events: how many
 *
 * Tells those who watch.
 */
void
oma_tree_emit (OmaTree *tree, const OmaTreeEvent *events, guint n_events)
{
  Emission emission = { tree, events, n_events };

  if (n_events > 0)
    g_hook_list_marshal (&tree->watches, FALSE, call_watch, &emission);
}

/**
 * oma_tree_notify:
 * @tree: a tree
 * @uri: canonical URI of a node
 * @kind: what happened to it
 *
 * Tells of something that no change did: a plugin's service changed a node by itself.  Who follows
 * such changes has those who watch told, see oma_tree_set_follow_funcs(); without that they are told at once.
 */
void
oma_tree_notify (OmaTree *tree, const char *uri, OmaChangeKind kind)
{
  const OmaTreeEvent event = { uri, kind };

  if (tree->notice_func != NULL)
    tree->notice_func (uri, kind, tree->follow_data);
  else
    oma_tree_emit (tree, &event, 1);
}

/**
 * oma_tree_set_follow_funcs:
 * @tree: a tree
 * @notice: (nullable): gets what oma_tree_notify() tells
 * @commit: (nullable): called before a change that did something to nodes of plugins is written
 * @user_data: for both
 *
 * Has somebody follow what happens to the nodes of plugins.
 */
void
oma_tree_set_follow_funcs (OmaTree *tree, OmaTreeNoticeFunc notice, OmaTreeCommitFunc commit, gpointer user_data)
{
  tree->notice_func = notice;
  tree->commit_func = commit;
  tree->follow_data = user_data;
}

/* ---- Rows kept aside ---- */

/* Takes over @aside, which has its parent set.  Rows without one share the key NULL. */
void
oma_tree_add_aside (OmaTree *tree, OmaAside *aside)
{
  gpointer parent = aside->parent_node != NULL ? (gpointer) aside->parent_node : (gpointer) aside->parent_aside;
  GPtrArray *siblings = g_hash_table_lookup (tree->asides, parent);

  if (siblings == NULL)
    {
      siblings = g_ptr_array_new_with_free_func ((GDestroyNotify) aside_free);
      g_hash_table_insert (tree->asides, parent, siblings);
    }
  g_ptr_array_add (siblings, aside);
}

/* (nullable) (transfer none): the rows kept aside below a node or another such row. */
GPtrArray *
oma_tree_peek_asides (OmaTree *tree, gconstpointer parent)
{
  return g_hash_table_lookup (tree->asides, parent);
}

static char *
dup_aside_uri (const OmaAside *aside)
{
  g_autofree char *above = NULL;

  if (aside->parent_node != NULL)
    above = oma_node_dup_uri (aside->parent_node);
  else if (aside->parent_aside != NULL)
    above = dup_aside_uri (aside->parent_aside);
  else
    above = g_strdup ("?");
  return oma_node_append_to_uri (above, aside->record.name);
}

/* Where no plugin is, the empty shells of its nodes are nothing to tell of. */
static gboolean
is_worth_telling (const OmaAside *aside)
{
  return !aside->record.overlay || aside->record.acl != NULL || aside->record.title != NULL;
}

/**
 * oma_tree_foreach_aside:
 * @tree: a tree that was loaded
 * @func: gets the URI of each and why it is kept aside
 * @user_data: for @func
 *
 * Goes through the stored nodes that no schema fits now.  They are in the store as they
 * were, and come back when the tree is loaded with a schema that they fit.  A URI that
 * begins with "?" belongs to a row whose parent is missing.
 */
void
oma_tree_foreach_aside (OmaTree *tree, OmaTreeAsideFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, tree->asides);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GPtrArray *siblings = value;

      for (guint i = 0; i < siblings->len; i++)
        {
          const OmaAside *aside = g_ptr_array_index (siblings, i);
          g_autofree char *uri = NULL;

          if (!is_worth_telling (aside))
            continue;
          uri = dup_aside_uri (aside);
          func (uri, aside->reason, user_data);
        }
    }
}

/**
 * oma_tree_foreach_mount:
 * @tree: a tree
 * @func: gets each mount until it returns %FALSE
 * @user_data: for @func
 *
 * Goes through the mounts in the order in which they were made.
 */
void
oma_tree_foreach_mount (OmaTree *tree, OmaTreeMountFunc func, gpointer user_data)
{
  for (guint i = 0; i < tree->mounts->len; i++)
    if (!func (g_ptr_array_index (tree->mounts, i), user_data))
      return;
}

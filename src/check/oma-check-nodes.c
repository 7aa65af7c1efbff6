/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-run.h"

#include <string.h>

/* What is tried of a plugin with very many nodes. */
#define MAX_INSTANCES 2      /* of a placeholder below one node */
#define MAX_IMAGE 2000       /* nodes */

/* ---- The DDF ---- */

typedef struct {
  guint                 access;
  OmaPluginOperations   operation;
  const char           *name;
} Pair;

static const Pair leaf_pairs[] = {
  { OMA_ACCESS_GET, OMA_PLUGIN_GET, "get" },
  { OMA_ACCESS_REPLACE, OMA_PLUGIN_REPLACE, "replace" },
};

static const Pair pairs[] = {
  { OMA_ACCESS_ADD, OMA_PLUGIN_ADD, "add" },
  { OMA_ACCESS_DELETE, OMA_PLUGIN_REMOVE, "remove" },
};
static const Pair exec_pairs[] = {
  { OMA_ACCESS_EXEC, OMA_PLUGIN_EXEC, "exec" },
};

static void
check_pairs (OmaCheckRun *run, const OmaPluginNode *node, const Pair *table, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if ((node->schema->access & table[i].access) != 0 && (node->operations & table[i].operation) == 0)
      {
        run->uri = node->uri;
        oma_check_tell (run, FALSE, "the DDF permits it, but no handler of the node has %s", table[i].name);
      }
}

static gboolean
needs_list (const OmaSchemaNode *schema)
{
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->name == NULL || child->min_occurrence == 0)
        return TRUE;
    }
  return FALSE;
}

/* What no node of a handler permits is never called. */
static void
check_use (OmaCheckRun *run, const OmaPluginNode *node)
{
  static const Pair rests[] = {
    { OMA_ACCESS_GET, OMA_PLUGIN_GET, "get" },         { OMA_ACCESS_REPLACE, OMA_PLUGIN_REPLACE, "replace" },
    { OMA_ACCESS_ADD, OMA_PLUGIN_ADD, "add" },         { OMA_ACCESS_DELETE, OMA_PLUGIN_REMOVE, "remove" },
    { OMA_ACCESS_EXEC, OMA_PLUGIN_EXEC, "exec" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rests); i++)
    {
      gboolean used = (node->operations & rests[i].operation) == 0;

      for (guint j = 0; !used && j < run->nodes->len; j++)
        {
          const OmaPluginNode *other = g_ptr_array_index (run->nodes, j);

          used = g_strcmp0 (other->handler, node->handler) == 0 && (other->schema->access & rests[i].access) != 0;
        }
      if (!used)
        oma_check_tell (run, TRUE, "handler '%s' has %s, which the DDF permits for none of its nodes", node->handler,
                        rests[i].name);
    }
}

/**
 * oma_check_check_description:
 * @run: a run
 *
 * Tells where the DDF and the handlers do not go together.
 */
void
oma_check_check_description (OmaCheckRun *run)
{
  run->operation = "";
  run->trial = "";
  for (guint i = 0; i < run->nodes->len; i++)
    {
      const OmaPluginNode *node = g_ptr_array_index (run->nodes, i);

      if (node->schema->format != OMA_FORMAT_NODE)
        check_pairs (run, node, leaf_pairs, G_N_ELEMENTS (leaf_pairs));
      /* What is always there can be neither added nor removed, whatever published descriptions say. */
      if (!oma_schema_node_is_automatic (node->schema))
        check_pairs (run, node, pairs, G_N_ELEMENTS (pairs));
      check_pairs (run, node, exec_pairs, G_N_ELEMENTS (exec_pairs));
      run->uri = node->uri;
      if (needs_list (node->schema) && (node->operations & OMA_PLUGIN_LIST) == 0)
        oma_check_tell (run, FALSE, "nodes below it may be there or not, but no handler of the node has list");
      if (node->schema->description == NULL)
        oma_check_tell (run, TRUE, "the DDF does not describe it");
      run->uri = "";
      if (node->handler != NULL)
        check_use (run, node);
    }
}

/* ---- What is there ---- */

/**
 * oma_check_join:
 * @uri: URI of a node
 * @name: decoded name of a child
 *
 * Returns: (transfer full): URI of the child
 */
char *
oma_check_join (const char *uri, const char *name)
{
  g_autofree char *segment = oma_node_name_escape (name);

  return g_strconcat (uri, "/", segment, NULL);
}

/**
 * oma_check_find_node:
 * @run: a run
 * @schema: a node of the DDF
 *
 * Returns: (transfer none): what serves it
 */
const OmaPluginNode *
oma_check_find_node (OmaCheckRun *run, const OmaSchemaNode *schema)
{
  return g_hash_table_lookup (run->by_schema, schema);
}

/* What is looked at on the way is told too: it may crash here. */
static void
look (OmaCheckRun *run, const char *uri, const char *operation)
{
  run->say ("look", uri, operation, "once more", "", run->say_data);
}

static char **
list_children (OmaCheckRun *run, const char *uri)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_LIST, .uri = uri };
  OmaWork *work;

  look (run, uri, "list");
  work = oma_check_device_begin (run->device, FALSE);
  oma_check_device_run (run->device, work, &operation, NULL);
  oma_work_free (work);
  oma_check_await_return (run);
  return operation.names != NULL ? g_steal_pointer (&operation.names) : g_new0 (char *, 1);
}

static char *
read_leaf (OmaCheckRun *run, const char *uri)
{
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_GET, .uri = uri };
  OmaWork *work;

  look (run, uri, "get");
  work = oma_check_device_begin (run->device, FALSE);
  oma_check_device_run (run->device, work, &operation, NULL);
  oma_work_free (work);
  oma_check_await_return (run);
  if (operation.result == NULL)
    return g_strdup_printf ("status %d", operation.status);
  return g_strescape (oma_value_get_text (operation.result), NULL);
}

static void
add_to_image (OmaCheckRun *run, const char *uri, const OmaSchemaNode *schema, GHashTable *image)
{
  g_auto(GStrv) names = NULL;

  if (g_hash_table_size (image) >= MAX_IMAGE || run->lost)
    return;
  if (schema->format != OMA_FORMAT_NODE)
    {
      g_hash_table_insert (image, g_strdup (uri), (schema->access & OMA_ACCESS_GET) != 0 ? read_leaf (run, uri)
                                                                                        : g_strdup ("a secret"));
      return;
    }
  g_hash_table_insert (image, g_strdup (uri), g_strdup ("a node"));
  names = list_children (run, uri);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      const OmaSchemaNode *child = oma_schema_node_get_child (schema, names[i], strlen (names[i]));
      g_autofree char *child_uri = oma_check_join (uri, names[i]);

      if (child != NULL)
        add_to_image (run, child_uri, child, image);
    }
}

static gboolean
is_top (const OmaPluginNode *node)
{
  return node->schema->parent == NULL;
}

/**
 * oma_check_take_image:
 * @run: a run
 *
 * Returns: (transfer full): what is there now: URI -> text
 */
GHashTable *
oma_check_take_image (OmaCheckRun *run)
{
  GHashTable *image = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < run->nodes->len; i++)
    {
      const OmaPluginNode *node = g_ptr_array_index (run->nodes, i);

      if (is_top (node))
        add_to_image (run, node->uri, node->schema, image);
    }
  return image;
}

/**
 * oma_check_compare_images:
 * @before: an image
 * @after: another one
 *
 * Returns: (transfer full) (nullable): a difference, for people; %NULL when there is none
 */
char *
oma_check_compare_images (GHashTable *before, GHashTable *after)
{
  GHashTableIter iter;
  gpointer uri, text;

  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &uri, &text))
    {
      const char *now = g_hash_table_lookup (after, uri);

      if (now == NULL)
        return g_strdup_printf ("%s was there, and is not any more", (char *) uri);
      if (strcmp (now, text) != 0)
        return g_strdup_printf ("%s was '%s', and is '%s'", (char *) uri, (char *) text, now);
    }
  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &uri, NULL))
    if (!g_hash_table_contains (before, uri))
      return g_strdup_printf ("%s was not there, and is now", (char *) uri);
  return NULL;
}

/* ---- Operations on what is there ---- */

/**
 * oma_check_kind_to_string:
 * @kind: an operation
 *
 * Returns: (transfer none): its name, that of the member of #OmaNodeHandler
 */
const char *
oma_check_kind_to_string (OmaCheckKind kind)
{
  static const char *const names[] = {
    [OMA_CHECK_LIST] = "list",       [OMA_CHECK_EXISTS] = "exists", [OMA_CHECK_READ] = "read",
    [OMA_CHECK_GET] = "get",         [OMA_CHECK_REPLACE] = "replace", [OMA_CHECK_ADD] = "add",
    [OMA_CHECK_REMOVE] = "remove",   [OMA_CHECK_RENAME] = "rename", [OMA_CHECK_COPY] = "copy",
    [OMA_CHECK_EXEC] = "exec",
  };

  return names[kind];
}

/**
 * oma_check_target_free:
 * @target: (transfer full): an operation on a node
 */
void
oma_check_target_free (OmaCheckTarget *target)
{
  g_free (target->uri);
  g_free (target);
}

static void
add_target (OmaCheckRun *run, const char *uri, const OmaPluginNode *node, OmaCheckKind kind)
{
  OmaCheckTarget *target = g_new (OmaCheckTarget, 1);

  target->uri = g_strdup (uri);
  target->node = node;
  target->kind = kind;
  g_ptr_array_add (run->targets, target);
}

static void
add_targets_of (OmaCheckRun *run, const char *uri, const OmaPluginNode *node)
{
  gboolean is_leaf = node->schema->format != OMA_FORMAT_NODE;
  const struct {
    gboolean            possible;
    OmaPluginOperations operation;
    OmaCheckKind        kind;
  } rows[] = {
    { !is_leaf, OMA_PLUGIN_LIST, OMA_CHECK_LIST },
    { !is_leaf, OMA_PLUGIN_EXISTS, OMA_CHECK_EXISTS },
    { !is_leaf, OMA_PLUGIN_READ, OMA_CHECK_READ },
    { is_leaf && (node->schema->access & OMA_ACCESS_GET) != 0, OMA_PLUGIN_GET, OMA_CHECK_GET },
    { is_leaf && (node->schema->access & OMA_ACCESS_REPLACE) != 0, OMA_PLUGIN_REPLACE, OMA_CHECK_REPLACE },
    { node->schema->name == NULL && (node->schema->access & OMA_ACCESS_REPLACE) != 0, OMA_PLUGIN_RENAME,
      OMA_CHECK_RENAME },
    { is_leaf && (node->schema->access & OMA_ACCESS_COPY) != 0, OMA_PLUGIN_COPY, OMA_CHECK_COPY },
    { (node->schema->access & OMA_ACCESS_DELETE) != 0, OMA_PLUGIN_REMOVE, OMA_CHECK_REMOVE },
    { (node->schema->access & OMA_ACCESS_EXEC) != 0, OMA_PLUGIN_EXEC, OMA_CHECK_EXEC },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].possible && (node->operations & rows[i].operation) != 0)
      add_target (run, uri, node, rows[i].kind);
}

/* A node that is not there can be added. */
static void
add_addition (OmaCheckRun *run, const char *uri, const OmaSchemaNode *child, const char *const *names)
{
  const OmaPluginNode *node = oma_check_find_node (run, child);
  const char *name = child->name;
  g_autofree char *child_uri = NULL;

  if ((child->access & OMA_ACCESS_ADD) == 0 || (node->operations & OMA_PLUGIN_ADD) == 0)
    return;
  if (name == NULL)
    name = oma_check_values_find (run->values, node->uri);
  if (name == NULL)
    name = "trial";
  child_uri = oma_check_join (uri, name);
  if (!g_strv_contains (names, name))
    add_target (run, child_uri, node, OMA_CHECK_ADD);
}

static void
walk (OmaCheckRun *run, const char *uri, const OmaSchemaNode *schema)
{
  g_auto(GStrv) names = NULL;
  guint n_instances = 0;

  add_targets_of (run, uri, oma_check_find_node (run, schema));
  if (schema->format != OMA_FORMAT_NODE)
    return;
  names = list_children (run, uri);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      const OmaSchemaNode *child = oma_schema_node_get_child (schema, names[i], strlen (names[i]));
      g_autofree char *child_uri = oma_check_join (uri, names[i]);

      if (child != NULL && (child->name != NULL || n_instances++ < MAX_INSTANCES))
        walk (run, child_uri, child);
    }
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    add_addition (run, uri, g_ptr_array_index (schema->children, i), (const char *const *) names);
}

static int
get_rank (const OmaCheckTarget *target)
{
  return target->kind == OMA_CHECK_EXEC ? 2 : oma_check_is_write (target->kind) ? 1 : 0;
}

static int
compare_targets (gconstpointer a, gconstpointer b)
{
  const OmaCheckTarget *x = *(const OmaCheckTarget *const *) a, *y = *(const OmaCheckTarget *const *) b;

  if (get_rank (x) != get_rank (y))
    return get_rank (x) - get_rank (y);
  return x->kind != y->kind ? (int) x->kind - (int) y->kind : strcmp (x->uri, y->uri);
}

/**
 * oma_check_find_targets:
 * @run: a run
 *
 * Finds what can be tried: each operation on each node that is there, of many of a kind on some.
 */
void
oma_check_find_targets (OmaCheckRun *run)
{
  for (guint i = 0; i < run->nodes->len; i++)
    {
      const OmaPluginNode *node = g_ptr_array_index (run->nodes, i);

      if (is_top (node))
        walk (run, node->uri, node->schema);
    }
  /* What only reads comes first, and what nothing undoes last. */
  g_ptr_array_sort (run->targets, compare_targets);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree-fixture.h"

#include <string.h>

/* Random operations on a tree and on a model that is too simple to be wrong: a table from
 * URI to text.  After each step both must agree, for the change and for everybody else. */

#define N_STEPS 3000
#define N_NAMES 4

typedef struct {
  GRand       *random;
  MemoryStore *store;
  OmaTree     *tree;
  OmaChange   *change;
  GHashTable  *committed;   /* URI -> value, "" for a group */
  GHashTable  *staged;
  gpointer     mark;
  GHashTable  *marked;      /* (nullable) */
} World;

static GHashTable *
copy_table (GHashTable *table)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), g_strdup (value));
  return copy;
}

static void
replace_table (GHashTable **table, GHashTable *by)
{
  if (*table != NULL)
    g_hash_table_unref (*table);
  *table = by != NULL ? copy_table (by) : NULL;
}

/* ./T: groups of groups and leaves; names of groups are upper case. */
static OmaSchema *
make_schema (void)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "T", OMA_FORMAT_NODE, TRUE, 1, 1);
  OmaSchemaNode *parent = top;

  for (guint depth = 0; depth < 3; depth++)
    {
      char leaf[] = "a";

      for (guint i = 0; i < N_NAMES; i++, leaf[0]++)
        fixture_schema_node (parent, leaf, OMA_FORMAT_CHR, FALSE, 0, 1);
      parent = fixture_schema_node (parent, NULL, OMA_FORMAT_NODE, FALSE, 0, OMA_OCCURRENCE_UNBOUNDED);
    }
  return fixture_schema ("model.xml", ".", top);
}

static void
compare (World *world, GHashTable *model, OmaChange *view)
{
  GHashTableIter iter;
  gpointer key, value;
  guint n = 0;
  g_autoptr(GQueue) nodes = g_queue_new ();

  g_hash_table_iter_init (&iter, model);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      OmaNode *node = fixture_find (world->tree, key, view);

      g_assert_nonnull (node);
      if (!oma_node_is_interior (node))
        g_assert_cmpstr (fixture_get (world->tree, key, view), ==, value);
    }
  g_queue_push_tail (nodes, fixture_find (world->tree, "./T", view));
  while (!g_queue_is_empty (nodes))
    {
      OmaNode *node = g_queue_pop_head (nodes);
      guint n_children = 0;

      for (OmaNode *child = oma_node_first_child (node, view); child != NULL;
           child = oma_node_next_sibling (child, view))
        {
          g_queue_push_tail (nodes, child);
          n_children++;
        }
      g_assert_cmpuint (oma_node_count_children (node, view), ==, n_children);
      n += n_children;
    }
  g_assert_cmpuint (n, ==, g_hash_table_size (model));
}

/* "./T/A/B/c": up to two groups and a leaf or a group. */
static char *
random_uri (World *world)
{
  GString *uri = g_string_new ("./T");
  guint n_groups = g_rand_int_range (world->random, 0, 3);

  for (guint i = 0; i < n_groups; i++)
    g_string_append_printf (uri, "/%c", 'A' + g_rand_int_range (world->random, 0, N_NAMES));
  if (n_groups == 0 || g_rand_boolean (world->random))
    g_string_append_printf (uri, "/%c", 'a' + g_rand_int_range (world->random, 0, N_NAMES));
  return g_string_free (uri, FALSE);
}

static gboolean
is_leaf (const char *uri)
{
  return g_ascii_islower (uri[strlen (uri) - 1]);
}

static char *
dup_parent (const char *uri)
{
  return g_strndup (uri, strrchr (uri, '/') - uri);
}

static gboolean
has_parent (World *world, const char *uri)
{
  g_autofree char *parent = dup_parent (uri);

  return strcmp (parent, "./T") == 0 || g_hash_table_contains (world->staged, parent);
}

static void
step_add (World *world, const char *uri)
{
  g_autofree char *value = g_strdup_printf ("%u", g_rand_int (world->random));

  if (g_hash_table_contains (world->staged, uri) || !has_parent (world, uri))
    return;
  fixture_add (world->change, uri, is_leaf (uri) ? value : NULL);
  g_hash_table_insert (world->staged, g_strdup (uri), g_strdup (is_leaf (uri) ? value : ""));
}

static void
step_replace (World *world, const char *uri)
{
  g_autofree char *value = g_strdup_printf ("%u", g_rand_int (world->random));

  if (!g_hash_table_contains (world->staged, uri) || !is_leaf (uri))
    return;
  g_assert_true (fixture_replace (world->change, uri, value, NULL));
  g_hash_table_insert (world->staged, g_strdup (uri), g_steal_pointer (&value));
}

static gboolean
is_at_or_below (const char *uri, const char *top)
{
  gsize length = strlen (top);

  return strncmp (uri, top, length) == 0 && (uri[length] == '\0' || uri[length] == '/');
}

static gboolean
match_below (gpointer key, gpointer value G_GNUC_UNUSED, gpointer top)
{
  return is_at_or_below (key, top);
}

static void
step_delete (World *world, const char *uri)
{
  OmaNode *node = fixture_find (world->tree, uri, world->change);

  g_assert_true ((node != NULL) == g_hash_table_contains (world->staged, uri));
  if (node == NULL)
    return;
  g_assert_true (oma_change_delete (world->change, node, NULL));
  g_hash_table_foreach_remove (world->staged, match_below, (gpointer) uri);
}

/* Only groups: a leaf with another name is another leaf to the schema. */
static void
step_rename (World *world, const char *uri)
{
  const char name[] = { 'A' + g_rand_int_range (world->random, 0, N_NAMES), '\0' };
  g_autofree char *parent = dup_parent (uri);
  g_autofree char *target = g_strconcat (parent, "/", name, NULL);
  OmaNode *node = fixture_find (world->tree, uri, world->change);
  g_autoptr(GHashTable) moved = NULL;
  g_autoptr(GError) error = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (node == NULL || is_leaf (uri))
    return;
  if (strcmp (uri, target) != 0 && g_hash_table_contains (world->staged, target))
    {
      g_assert_false (oma_change_rename (world->change, node, name, &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
      return;
    }
  oma_change_rename (world->change, node, name, &error);
  g_assert_no_error (error);
  moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, world->staged);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      char *to = is_at_or_below (key, uri) ? g_strconcat (target, (char *) key + strlen (uri), NULL) : g_strdup (key);

      g_hash_table_insert (moved, to, g_strdup (value));
    }
  replace_table (&world->staged, moved);
}

static void
end_change (World *world, gboolean kept)
{
  if (kept)
    replace_table (&world->committed, world->staged);
  else
    replace_table (&world->staged, world->committed);
  replace_table (&world->marked, NULL);
  world->mark = NULL;
}

static void
step_end (World *world)
{
  g_autoptr(GError) error = NULL;

  switch (g_rand_int_range (world->random, 0, 4))
    {
    case 0:
      oma_change_roll_back (world->change);
      end_change (world, FALSE);
      break;
    case 1:
      memory_store_fail_next_write (world->store, OMA_STATUS_DEVICE_FULL);
      end_change (world, fixture_commit (world->change, &error));
      memory_store_fail_next_write (world->store, OMA_STATUS_NONE);
      break;
    default:
      end_change (world, fixture_commit (world->change, &error));
      g_assert_no_error (error);
    }
}

static void
step_savepoint (World *world)
{
  if (world->marked == NULL || g_rand_boolean (world->random))
    {
      world->mark = oma_change_get_mark (world->change);
      replace_table (&world->marked, world->staged);
      return;
    }
  oma_change_roll_back_to (world->change, world->mark);
  replace_table (&world->staged, world->marked);
}

static void
restart (World *world)
{
  oma_change_free (world->change);
  oma_tree_free (world->tree);
  world->tree = fixture_tree (make_schema (), NULL, world->store);
  world->change = oma_change_new (world->tree, &fixture_server);
  end_change (world, FALSE);
}

static void
step (World *world)
{
  g_autofree char *uri = random_uri (world);
  gint kind = g_rand_int_range (world->random, 0, 100);

  if (kind < 40)
    step_add (world, uri);
  else if (kind < 55)
    step_replace (world, uri);
  else if (kind < 68)
    step_delete (world, uri);
  else if (kind < 82)
    step_rename (world, uri);
  else if (kind < 93)
    step_savepoint (world);
  else if (kind < 99)
    step_end (world);
  else
    restart (world);
}

static void
test_tree_and_model_agree (gconstpointer seed)
{
  World world = { .random = g_rand_new_with_seed (GPOINTER_TO_UINT (seed)), .store = memory_store_new () };

  world.tree = fixture_tree (make_schema (), NULL, world.store);
  world.change = oma_change_new (world.tree, &fixture_server);
  world.committed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  world.staged = copy_table (world.committed);
  for (guint i = 0; i < N_STEPS; i++)
    {
      step (&world);
      compare (&world, world.staged, world.change);
      compare (&world, world.committed, NULL);
    }
  oma_change_free (world.change);
  g_assert_cmpuint (oma_tree_count_nodes (world.tree), ==, g_hash_table_size (world.committed) + 2);
  g_assert_cmpuint (memory_store_count_rows (world.store), ==, g_hash_table_size (world.committed) + 2);
  oma_tree_free (world.tree);
  g_hash_table_unref (world.committed);
  g_hash_table_unref (world.staged);
  replace_table (&world.marked, NULL);
  g_object_unref (world.store);
  g_rand_free (world.random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint seed = 1; seed <= 6; seed++)
    {
      g_autofree char *name = g_strdup_printf ("/change/tree-and-model-agree/%u", seed);

      g_test_add_data_func (name, GUINT_TO_POINTER (seed), test_tree_and_model_agree);
    }
  return g_test_run ();
}

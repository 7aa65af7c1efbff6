/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree-fixture.h"

#include <string.h>

/* ./App: Setting in @format; with @automatic it must be there, and has the default "7". */
static OmaSchema *
app_schema (OmaFormat format, gboolean automatic)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "App", OMA_FORMAT_NODE, TRUE, 1, 1);
  OmaSchemaNode *setting = fixture_schema_node (top, "Setting", format, automatic, automatic, 1);

  setting->default_value = g_strdup ("7");
  return fixture_schema ("app.xml", ".", top);
}

static void
assert_aside (OmaTree *tree, const char *expected)
{
  g_autofree char *aside = fixture_dump_aside (tree);

  g_assert_cmpstr (aside, ==, expected);
}

static void
replace_and_commit (OmaTree *tree, const char *uri, const char *value)
{
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_device);

  g_assert_true (fixture_replace (change, uri, value, NULL));
  g_assert_true (fixture_commit (change, NULL));
}

static void
delete_and_commit (OmaTree *tree, const char *uri)
{
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_device);

  g_assert_true (oma_change_delete (change, fixture_find (tree, uri, NULL), NULL));
  g_assert_true (fixture_commit (change, NULL));
}

/* DM Tree and Description 1.2, Scope and Occurrence. */
static void
test_permanent_nodes_that_must_be_there_are_made (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (fixture_settings (), NULL, store);
  g_autofree char *names = fixture_list (tree, "./Settings", NULL);
  guint n_writes = memory_store_count_writes (store);
  guint n_rows = memory_store_count_rows (store);

  g_assert_cmpstr (names, ==, "Mode");
  g_assert_cmpstr (fixture_get (tree, "./Settings/Mode", NULL), ==, "calm");
  g_assert_cmpstr (memory_store_find_row (store, "Mode")->acl, ==, "Get=*&Replace=boss");
  g_assert_null (memory_store_find_row (store, "Mode")->owner);
  g_assert_cmpuint (n_rows, ==, 3);

  /* The second start finds all of it. */
  oma_tree_free (tree);
  tree = fixture_tree (fixture_settings (), NULL, store);
  g_assert_cmpuint (memory_store_count_writes (store), ==, n_writes);
  g_assert_cmpuint (memory_store_count_rows (store), ==, n_rows);
  assert_aside (tree, "");
}

static void
test_an_empty_default_comes_back_although_its_format_is_not_empty (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree;

  for (guint i = 0; i < 2; i++)
    {
      OmaSchema *schema = app_schema (OMA_FORMAT_DATE, TRUE);   /* "7" is no date */

      tree = fixture_tree (schema, NULL, store);
      g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "");
      assert_aside (tree, "");
      oma_tree_free (tree);
    }
  g_assert_cmpuint (memory_store_count_rows (store), ==, 3);
}

static void
test_everything_is_there_after_a_restart (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (fixture_settings (), NULL, store);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_server);
  g_autoptr(OmaAcl) acl = oma_acl_parse ("Get=srv", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  OmaNode *node;
  guint n_nodes;

  fixture_add (change, "./Settings/g", NULL);
  fixture_add (change, "./Settings/g/k", "v");
  fixture_add (change, "./Settings/Count", "-5");
  fixture_add (change, "./Settings/Key", "hush");
  g_assert_false (oma_mount_has_types (oma_node_get_mount (fixture_find (tree, "./Settings/g", change))));
  node = oma_change_add (change, fixture_find (tree, "./Settings", change), "h", 1, NULL, NULL, "org.example/1.0/Own",
                         NULL);
  g_assert_true (oma_change_set_acl (change, node, acl, NULL));
  g_assert_true (oma_change_set_title (change, node, "Title", NULL));
  g_assert_true (oma_change_set_acl (change, oma_tree_get_root (tree), acl, NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_true (oma_change_rename (change, fixture_find (tree, "./Settings/g", NULL), "i", NULL));
  g_assert_true (fixture_replace (change, "./Settings/i/k", "w", NULL));
  g_assert_true (fixture_commit (change, NULL));
  before = fixture_dump (tree, NULL);
  n_nodes = oma_tree_count_nodes (tree);

  g_clear_pointer (&change, oma_change_free);
  oma_tree_free (tree);
  tree = fixture_tree (fixture_settings (), NULL, store);
  after = fixture_dump (tree, NULL);
  g_assert_cmpstr (fixture_get (tree, "./Settings/i/k", NULL), ==, "w");
  g_assert_cmpstr (oma_node_get_type_property (fixture_find (tree, "./Settings/h", NULL), NULL), ==,
                   "org.example/1.0/Own");
  g_assert_true (oma_mount_has_types (oma_node_get_mount (fixture_find (tree, "./Settings/h", NULL))));
  g_assert_cmpuint (oma_tree_count_nodes (tree), ==, n_nodes);
  g_assert_cmpstr (after, ==, before);
}

static void
test_a_schema_upgrade_loses_and_coerces_nothing (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);

  replace_and_commit (tree, "./App/Setting", "12");
  oma_tree_free (tree);

  tree = fixture_tree (app_schema (OMA_FORMAT_INT, TRUE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "7");
  assert_aside (tree, "./App/Setting: its format is not that of the DDF");
  replace_and_commit (tree, "./App/Setting", "99");
  oma_tree_free (tree);

  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "12");
  assert_aside (tree, "./App/Setting: its format is not that of the DDF");
  oma_tree_free (tree);

  tree = fixture_tree (app_schema (OMA_FORMAT_INT, FALSE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "99");
  oma_tree_free (tree);
}

static void
test_without_its_ddf_a_subtree_waits (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);

  replace_and_commit (tree, "./App/Setting", "12");
  oma_tree_free (tree);
  tree = fixture_tree (fixture_settings (), NULL, store);
  assert_aside (tree, "./App/Setting: the node above is kept aside\n./App: no DDF describes it");
  g_assert_null (fixture_find (tree, "./App", NULL));
  oma_tree_free (tree);
  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "12");
  oma_tree_free (tree);
}

static void
test_a_subtree_that_changes_hands_waits (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);

  oma_tree_free (tree);
  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), &fixture_plugin_ops, store);
  assert_aside (tree, "./App/Setting: the node above is kept aside\n./App: the store does not serve it");
  oma_tree_free (tree);
  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "7");
  assert_aside (tree, "");     /* the plugin's node held nothing worth telling */
  oma_tree_free (tree);
}

static void
test_a_value_that_the_ddf_forbids_now_waits (void)
{
  const char *const permitted[] = { "calm", "wild", NULL };
  const char *const fewer[] = { "calm", NULL };
  g_autoptr(MemoryStore) store = memory_store_new ();
  const char *const *const values[] = { permitted, fewer, permitted };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      OmaSchema *schema = fixture_settings ();
      OmaSchemaNode *top = ((OmaSchemaRoot *) schema->roots->pdata[0])->node;
      OmaTree *tree;

      ((OmaSchemaNode *) oma_schema_node_get_child (top, "Mode", 4))->constraint =
        oma_constraint_new_enum (values[i]);
      tree = fixture_tree (schema, NULL, store);
      if (i == 0)
        replace_and_commit (tree, "./Settings/Mode", "wild");
      g_assert_cmpstr (fixture_get (tree, "./Settings/Mode", NULL), ==, i == 0 ? "wild" : "calm");
      assert_aside (tree, i == 0 ? "" : i == 1 ? "./Settings/Mode: its value is not one that the DDF permits"
                                               : "./Settings/Mode: another node has its name");
      oma_tree_free (tree);
    }
}

/* Both fit again: the newer one has the place until it goes. */
static void
test_the_newer_of_two_rows_gets_the_place (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaNodeRecord row;
  OmaTree *tree;

  oma_tree_free (fixture_tree (app_schema (OMA_FORMAT_CHR, FALSE), NULL, store));
  row = (OmaNodeRecord) {
    .id = 50, .parent_id = memory_store_find_row (store, "App")->id, .name = (char *) "Setting",
    .format = OMA_FORMAT_CHR, .type = (char *) "text/plain", .value = oma_value_new_string ("old"),
  };
  memory_store_add_row (store, &row);
  oma_value_unref (row.value);
  row.id = 51;
  row.value = oma_value_new_string ("new");
  memory_store_add_row (store, &row);
  oma_value_unref (row.value);

  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, FALSE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "new");
  assert_aside (tree, "./App/Setting: another node has its name");
  delete_and_commit (tree, "./App/Setting");
  oma_tree_free (tree);
  tree = fixture_tree (app_schema (OMA_FORMAT_CHR, FALSE), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/Setting", NULL), ==, "old");
  oma_tree_free (tree);
}

static OmaSchema *
bounded_schema (guint max)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "App", OMA_FORMAT_NODE, TRUE, 1, 1);

  fixture_schema_node (top, NULL, OMA_FORMAT_CHR, FALSE, 0, max);
  return fixture_schema ("app.xml", ".", top);
}

static void
test_more_nodes_than_the_ddf_permits_wait (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (bounded_schema (3), NULL, store);
  OmaChange *change = oma_change_new (tree, &fixture_device);

  fixture_add (change, "./App/a", "1");
  fixture_add (change, "./App/b", "2");
  fixture_add (change, "./App/c", "3");
  g_assert_true (fixture_commit (change, NULL));
  oma_change_free (change);
  oma_tree_free (tree);
  tree = fixture_tree (bounded_schema (2), NULL, store);
  assert_aside (tree, "./App/a: the DDF permits no more nodes there");
  oma_tree_free (tree);
  tree = fixture_tree (bounded_schema (3), NULL, store);
  g_assert_cmpstr (fixture_get (tree, "./App/a", NULL), ==, "1");
  oma_tree_free (tree);
}

/* What waits below a node goes with it when a server deletes that. */
static void
test_deleting_a_node_deletes_what_waits_below (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (fixture_settings (), NULL, store);
  OmaChange *change = oma_change_new (tree, &fixture_device);
  OmaNodeRecord row;

  fixture_add (change, "./Settings/g", NULL);
  g_assert_true (fixture_commit (change, NULL));
  oma_change_free (change);
  oma_tree_free (tree);
  row = (OmaNodeRecord) {
    .id = 50, .parent_id = memory_store_find_row (store, "g")->id, .name = (char *) "waits",
    .format = OMA_FORMAT_NODE, .type = (char *) "",
  };
  memory_store_add_row (store, &row);
  row.parent_id = row.id++;
  row.name = (char *) "too";
  memory_store_add_row (store, &row);

  tree = fixture_tree (fixture_settings (), NULL, store);
  assert_aside (tree, "./Settings/g/waits/too: the node above is kept aside\n"
                      "./Settings/g/waits: its format is not that of the DDF");
  delete_and_commit (tree, "./Settings/g");
  assert_aside (tree, "");
  g_assert_null (memory_store_get_row (store, 50));
  g_assert_null (memory_store_get_row (store, 51));
  oma_tree_free (tree);
}

/* DM Tree and Description 1.2, ACL: removal of a server, of rows that wait too. */
static void
test_a_server_is_forgotten_in_rows_that_wait (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  OmaTree *tree = fixture_tree (app_schema (OMA_FORMAT_CHR, TRUE), NULL, store);
  OmaChange *change = oma_change_new (tree, &fixture_device);
  g_autoptr(OmaAcl) acl = oma_acl_parse ("Get=srv+two", NULL);

  g_assert_true (oma_change_set_acl (change, fixture_find (tree, "./App/Setting", NULL), acl, NULL));
  g_assert_true (fixture_commit (change, NULL));
  oma_change_free (change);
  oma_tree_free (tree);

  tree = fixture_tree (fixture_settings (), NULL, store);
  change = oma_change_new (tree, &fixture_device);
  g_assert_true (oma_change_forget_server (change, "srv", NULL));
  oma_change_roll_back (change);
  g_assert_cmpstr (memory_store_find_row (store, "Setting")->acl, ==, "Get=srv+two");
  g_assert_true (oma_change_forget_server (change, "srv", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (memory_store_find_row (store, "Setting")->acl, ==, "Get=two");
  g_assert_true (oma_change_forget_server (change, "two", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_null (memory_store_find_row (store, "Setting")->acl);
  oma_change_free (change);
  oma_tree_free (tree);
}

static void
add_bad_row (MemoryStore *store, gint64 id, gint64 parent_id, const char *name, const char *acl, OmaValue *value)
{
  const OmaNodeRecord row = {
    .id = id, .parent_id = parent_id, .name = (char *) name, .format = OMA_FORMAT_CHR, .acl = (char *) acl,
    .type = (char *) "text/plain", .value = value,
  };

  memory_store_add_row (store, &row);
}

static void
test_damaged_rows_wait (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (bounded_schema (9), NULL, store);
  g_autoptr(OmaValue) value = oma_value_new_string ("x");
  gint64 app = memory_store_find_row (store, "App")->id;
  g_autofree char *rows = NULL;
  g_autofree char *rows_after = NULL;

  add_bad_row (store, 20, app, "a/b", NULL, value);
  add_bad_row (store, 21, app, "acl", "Get=", value);
  add_bad_row (store, 22, app, "empty", NULL, NULL);
  add_bad_row (store, 23, 999, "orphan", NULL, value);
  add_bad_row (store, 24, 25, "ring", NULL, value);
  add_bad_row (store, 25, 24, "ring2", NULL, value);
  add_bad_row (store, 26, 26, "self", NULL, value);
  add_bad_row (store, 27, 0, "second-root", NULL, value);
  add_bad_row (store, 28, app, "fine", NULL, value);
  add_bad_row (store, 29, 28, "below-a-leaf", NULL, value);
  rows = memory_store_dump (store);

  oma_tree_free (tree);
  tree = fixture_tree (bounded_schema (9), NULL, store);
  assert_aside (tree, "./App/a%2Fb: its name cannot be one\n"
                      "./App/acl: its ACL cannot be read\n"
                      "./App/empty: its value is not one that the DDF permits\n"
                      "?/below-a-leaf: the node above is missing\n"
                      "?/orphan: the node above is missing\n"
                      "?/ring2: the node above is missing\n"
                      "?/ring: the node above is missing\n"
                      "?/second-root: the node above is missing\n"
                      "?/self: the node above is missing");
  g_assert_cmpstr (fixture_get (tree, "./App/fine", NULL), ==, "x");
  rows_after = memory_store_dump (store);
  g_assert_cmpstr (rows_after, ==, rows);
}

static void
test_a_chain_without_end_is_cut (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (bounded_schema (9), NULL, store);
  gint64 app = memory_store_find_row (store, "App")->id;
  g_autofree char *aside = NULL;

  for (gint64 id = 100; id < 5000; id++)
    {
      const OmaNodeRecord row = {
        .id = id, .parent_id = id == 100 ? app : id - 1, .name = (char *) "n", .format = OMA_FORMAT_NODE,
        .type = (char *) "",
      };

      memory_store_add_row (store, &row);
    }
  oma_tree_free (tree);
  tree = fixture_tree (bounded_schema (9), NULL, store);
  g_assert_cmpuint (oma_tree_count_nodes (tree), ==, 2);
  aside = fixture_dump_aside (tree);
  g_assert_nonnull (strstr (aside, "./App/n: its format"));
}

static void
test_impossible_ids_are_an_error (void)
{
  const gint64 ids[] = { G_MAXINT64, -1 };

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr(MemoryStore) store = memory_store_new ();
      g_autoptr(OmaTree) tree = oma_tree_new ();
      g_autoptr(GError) error = NULL;

      add_bad_row (store, ids[i], 0, "x", NULL, NULL);
      g_assert_false (oma_tree_load (tree, OMA_TREE_STORE (store), &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_a_store_that_cannot_be_read_or_written_is_an_error (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(MemoryStore) store = memory_store_new ();
      g_autoptr(OmaTree) tree = oma_tree_new ();
      g_autoptr(OmaSchema) schema = fixture_settings ();
      g_autoptr(GError) error = NULL;

      g_assert_true (oma_tree_mount (tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, NULL));
      if (i == 0)
        memory_store_fail_next_load (store, OMA_STATUS_COMMAND_FAILED);
      else
        memory_store_fail_next_write (store, OMA_STATUS_COMMAND_FAILED);
      g_assert_false (oma_tree_load (tree, OMA_TREE_STORE (store), &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
      g_assert_true (g_str_has_prefix (error->message, "store: "));
      g_assert_cmpuint (memory_store_count_rows (store), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree-load/permanent-nodes-that-must-be-there-are-made",
                   test_permanent_nodes_that_must_be_there_are_made);
  g_test_add_func ("/tree-load/an-empty-default-comes-back-although-its-format-is-not-empty",
                   test_an_empty_default_comes_back_although_its_format_is_not_empty);
  g_test_add_func ("/tree-load/everything-is-there-after-a-restart", test_everything_is_there_after_a_restart);
  g_test_add_func ("/tree-load/a-schema-upgrade-loses-and-coerces-nothing",
                   test_a_schema_upgrade_loses_and_coerces_nothing);
  g_test_add_func ("/tree-load/without-its-ddf-a-subtree-waits", test_without_its_ddf_a_subtree_waits);
  g_test_add_func ("/tree-load/a-subtree-that-changes-hands-waits", test_a_subtree_that_changes_hands_waits);
  g_test_add_func ("/tree-load/a-value-that-the-ddf-forbids-now-waits", test_a_value_that_the_ddf_forbids_now_waits);
  g_test_add_func ("/tree-load/the-newer-of-two-rows-gets-the-place", test_the_newer_of_two_rows_gets_the_place);
  g_test_add_func ("/tree-load/more-nodes-than-the-ddf-permits-wait", test_more_nodes_than_the_ddf_permits_wait);
  g_test_add_func ("/tree-load/deleting-a-node-deletes-what-waits-below",
                   test_deleting_a_node_deletes_what_waits_below);
  g_test_add_func ("/tree-load/a-server-is-forgotten-in-rows-that-wait", test_a_server_is_forgotten_in_rows_that_wait);
  g_test_add_func ("/tree-load/damaged-rows-wait", test_damaged_rows_wait);
  g_test_add_func ("/tree-load/a-chain-without-end-is-cut", test_a_chain_without_end_is_cut);
  g_test_add_func ("/tree-load/impossible-ids-are-an-error", test_impossible_ids_are_an_error);
  g_test_add_func ("/tree-load/a-store-that-cannot-be-read-or-written-is-an-error",
                   test_a_store_that_cannot_be_read_or_written_is_an_error);
  return g_test_run ();
}

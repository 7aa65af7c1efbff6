/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree-fixture.h"

#include <string.h>

static OmaSchema *
one_top (const char *origin, const char *path, const char *name)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, name, OMA_FORMAT_NODE, TRUE, 1, 1);

  fixture_schema_node (top, "Leaf", OMA_FORMAT_CHR, TRUE, 1, 1);
  return fixture_schema (origin, path, top);
}

static void
mount (OmaTree *tree, const char *origin, const char *path, const char *name, OmaMountFlags flags)
{
  g_autoptr(OmaSchema) schema = one_top (origin, path, name);
  g_autoptr(GError) error = NULL;

  oma_tree_mount (tree, schema, NULL, NULL, flags, &error);
  g_assert_no_error (error);
}

static void
assert_refused (OmaTree *tree, OmaSchema *schema, OmaStatus status, const char *uri, const char *other)
{
  guint n_nodes = oma_tree_count_nodes (tree);
  g_autoptr(GError) error = NULL;

  g_assert_false (oma_tree_mount (tree, schema, &fixture_plugin_ops, NULL, OMA_MOUNT_DEFAULT, &error));
  g_assert_error (error, OMA_STATUS_ERROR, (int) status);
  g_assert_nonnull (strstr (error->message, schema->origin));
  g_assert_nonnull (strstr (error->message, uri));
  g_assert_nonnull (strstr (error->message, other));
  g_assert_cmpuint (oma_tree_count_nodes (tree), ==, n_nodes);
}

static void
assert_claim_refused (OmaTree *tree, const char *path, const char *name, const char *uri)
{
  g_autoptr(OmaSchema) schema = one_top ("second.xml", path, name);

  assert_refused (tree, schema, OMA_STATUS_ALREADY_EXISTS, uri, "first.xml");
}

static void
test_a_claimed_uri_is_refused_whole (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) two = NULL;

  mount (tree, "first.xml", "./Vendor/Example", "App", OMA_MOUNT_DEFAULT);
  assert_claim_refused (tree, "./Vendor/Example", "App", "./Vendor/Example/App");
  assert_claim_refused (tree, "./Vendor/Example/App", "Inner", "./Vendor/Example/App");
  assert_claim_refused (tree, "./Vendor/Example/App/Leaf", "Inner", "./Vendor/Example/App");
  assert_claim_refused (tree, "./Vendor", "Example", "./Vendor/Example");
  assert_claim_refused (tree, ".", "Vendor", "./Vendor");

  /* The second root is refused, so the first one must go with the nodes of its Path. */
  two = one_top ("second.xml", "./Other/Place", "Fine");
  oma_schema_add_root (two, "./Vendor/Example", fixture_schema_node (NULL, "App", OMA_FORMAT_NODE, TRUE, 1, 1));
  assert_refused (tree, two, OMA_STATUS_ALREADY_EXISTS, "./Vendor/Example/App", "first.xml");
  g_assert_null (fixture_find (tree, "./Other", NULL));
  mount (tree, "third.xml", "./Other/Place", "Fine", OMA_MOUNT_DEFAULT);
}

static void
test_case_of_claims_counts_only_where_it_does (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) caseless = one_top ("second.xml", ".", "app");

  mount (tree, "first.xml", ".", "App", OMA_MOUNT_DEFAULT);
  ((OmaSchemaRoot *) caseless->roots->pdata[0])->node->case_insensitive = TRUE;
  assert_refused (tree, caseless, OMA_STATUS_ALREADY_EXISTS, "./app", "first.xml");
  mount (tree, "second.xml", ".", "app", OMA_MOUNT_DEFAULT);
}

static void
test_roots_of_one_schema_may_not_overlap (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) schema = one_top ("twice.xml", "./A", "B");

  oma_schema_add_root (schema, "./A/B", fixture_schema_node (NULL, "C", OMA_FORMAT_CHR, TRUE, 1, 1));
  assert_refused (tree, schema, OMA_STATUS_ALREADY_EXISTS, "./A/B", "twice.xml");
}

static void
test_reserved_names_are_refused (void)
{
  const char *const names[] = { "DevInfo", "devdetail", "DMACC", "Inbox" };
  g_autoptr(OmaTree) tree = oma_tree_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strdup_printf ("./%s/Ext", names[i]);
      g_autoptr(OmaSchema) top = one_top ("bad.xml", ".", names[i]);
      g_autoptr(OmaSchema) below = one_top ("bad.xml", path, "X");

      assert_refused (tree, top, OMA_STATUS_NOT_ALLOWED, names[i], "reserved");
      assert_refused (tree, below, OMA_STATUS_NOT_ALLOWED, names[i], "reserved");
    }
  mount (tree, "system.xml", ".", "DevInfo", OMA_MOUNT_RESERVED);
}

static void
test_a_placeholder_never_gets_a_reserved_name (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  OmaLookup lookup;

  mount (tree, "any.xml", ".", NULL, OMA_MOUNT_DEFAULT);
  fixture_lookup (tree, "./DMAcc/x", NULL, &lookup);
  g_assert_null (lookup.schema);
  fixture_lookup (tree, "./Else/Leaf", NULL, &lookup);
  g_assert_cmpstr (lookup.schema->name, ==, "Leaf");
}

static void
test_a_bad_path_is_refused (void)
{
  const char *const paths[] = { "/A", "./A//B", "", "./A?prop=ACL", "./A/" };
  g_autoptr(OmaTree) tree = oma_tree_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr(OmaSchema) schema = one_top ("bad.xml", paths[i], "X");

      assert_refused (tree, schema, OMA_STATUS_BAD_REQUEST, paths[i], "Path");
    }
}

static void
test_a_bad_name_is_refused (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) schema = one_top ("bad.xml", ".", "a/b");

  assert_refused (tree, schema, OMA_STATUS_BAD_REQUEST, "a/b", "name");
}

static void
test_a_path_may_be_shared (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  OmaNode *vendor;

  mount (tree, "first.xml", "./Vendor/Example", "A", OMA_MOUNT_DEFAULT);
  mount (tree, "second.xml", "./Vendor/Example", "B", OMA_MOUNT_DEFAULT);
  mount (tree, "third.xml", "./Vendor", "C", OMA_MOUNT_DEFAULT);
  vendor = fixture_find (tree, "./Vendor", NULL);
  g_assert_true (oma_node_is_interior (vendor));
  g_assert_null (oma_node_get_mount (vendor));
  g_assert_false (oma_node_is_overlay (vendor));
  g_assert_true (oma_node_get_schema (vendor)->permanent);
  g_assert_cmpuint (oma_node_get_schema (vendor)->access, ==, OMA_ACCESS_GET);
}

static void
test_a_named_top_node_wins_over_a_placeholder (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) again = one_top ("second.xml", "./Vendor", NULL);
  OmaLookup lookup;

  mount (tree, "first.xml", "./Vendor", NULL, OMA_MOUNT_DEFAULT);
  mount (tree, "named.xml", "./Vendor", "Named", OMA_MOUNT_DEFAULT);
  fixture_lookup (tree, "./Vendor/Named/Leaf", NULL, &lookup);
  g_assert_cmpstr (oma_mount_get_schema (lookup.mount)->origin, ==, "named.xml");
  fixture_lookup (tree, "./Vendor/Else/Leaf", NULL, &lookup);
  g_assert_cmpstr (oma_mount_get_schema (lookup.mount)->origin, ==, "first.xml");
  g_assert_cmpstr (lookup.schema->name, ==, "Leaf");
  g_assert_cmpuint (lookup.nearest_depth, ==, 1);
  assert_refused (tree, again, OMA_STATUS_ALREADY_EXISTS, "./Vendor/*", "first.xml");
}

static void
test_the_top_node_of_a_plugin_is_there (void)
{
  g_autoptr(OmaTree) tree = oma_tree_new ();
  g_autoptr(OmaSchema) schema = one_top ("plugin.xml", ".", "Plug");
  g_autoptr(GError) error = NULL;
  OmaNode *node;

  oma_tree_mount (tree, schema, &fixture_plugin_ops, tree, OMA_MOUNT_PRIVATE, &error);
  g_assert_no_error (error);
  node = fixture_find (tree, "./Plug", NULL);
  g_assert_true (oma_node_is_overlay (node));
  g_assert_true (oma_mount_get_ops (oma_node_get_mount (node)) == &fixture_plugin_ops);
  g_assert_true (oma_mount_get_self (oma_node_get_mount (node)) == tree);
  g_assert_cmpint (oma_mount_get_flags (oma_node_get_mount (node)), ==, OMA_MOUNT_PRIVATE);
  g_assert_null (fixture_find (tree, "./Plug/Leaf", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mount/a-claimed-uri-is-refused-whole", test_a_claimed_uri_is_refused_whole);
  g_test_add_func ("/mount/case-of-claims-counts-only-where-it-does", test_case_of_claims_counts_only_where_it_does);
  g_test_add_func ("/mount/roots-of-one-schema-may-not-overlap", test_roots_of_one_schema_may_not_overlap);
  g_test_add_func ("/mount/reserved-names-are-refused", test_reserved_names_are_refused);
  g_test_add_func ("/mount/a-placeholder-never-gets-a-reserved-name", test_a_placeholder_never_gets_a_reserved_name);
  g_test_add_func ("/mount/a-bad-path-is-refused", test_a_bad_path_is_refused);
  g_test_add_func ("/mount/a-bad-name-is-refused", test_a_bad_name_is_refused);
  g_test_add_func ("/mount/a-path-may-be-shared", test_a_path_may_be_shared);
  g_test_add_func ("/mount/a-named-top-node-wins-over-a-placeholder", test_a_named_top_node_wins_over_a_placeholder);
  g_test_add_func ("/mount/the-top-node-of-a-plugin-is-there", test_the_top_node_of_a_plugin_is_there);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree-fixture.h"

#include <string.h>

/* ./Vendor/Plug/<x>/Leaf/<y>, served by a plugin. */
static OmaSchema *
plugin_schema (void)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "Plug", OMA_FORMAT_NODE, TRUE, 1, 1);
  OmaSchemaNode *x = fixture_schema_node (top, NULL, OMA_FORMAT_NODE, FALSE, 0, OMA_OCCURRENCE_UNBOUNDED);
  OmaSchemaNode *leaf = fixture_schema_node (x, "Leaf", OMA_FORMAT_NODE, TRUE, 1, 1);

  fixture_schema_node (leaf, NULL, OMA_FORMAT_CHR, FALSE, 0, OMA_OCCURRENCE_UNBOUNDED);
  return fixture_schema ("plug.ddf.xml", "./Vendor", top);
}

static void
test_lookup_tells_how_far_it_came (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (fixture_settings (), NULL, NULL);
  OmaLookup lookup;

  fixture_lookup (tree, ".", NULL, &lookup);
  g_assert_true (lookup.node == oma_tree_get_root (tree) && lookup.nearest == lookup.node);
  g_assert_cmpuint (lookup.nearest_depth, ==, 0);
  g_assert_null (lookup.mount);
  g_assert_cmpint (lookup.schema->format, ==, OMA_FORMAT_NODE);

  fixture_lookup (tree, "./Settings/Mode", NULL, &lookup);
  g_assert_nonnull (lookup.node);
  g_assert_true (lookup.schema == oma_node_get_schema (lookup.node));
  g_assert_null (oma_mount_get_ops (lookup.mount));

  fixture_lookup (tree, "./Settings/g/x", NULL, &lookup);
  g_assert_null (lookup.node);
  g_assert_cmpstr (oma_node_get_name (lookup.nearest), ==, "Settings");
  g_assert_cmpuint (lookup.nearest_depth, ==, 1);
  g_assert_cmpint (lookup.schema->format, ==, OMA_FORMAT_CHR);

  fixture_lookup (tree, "./Settings/Mode/x", NULL, &lookup);
  g_assert_null (lookup.schema);
  fixture_lookup (tree, "./Nothing/at/all", NULL, &lookup);
  g_assert_null (lookup.schema);
  g_assert_null (lookup.mount);
}

static void
test_names_are_compared_by_case_unless_the_ddf_says_no (void)
{
  OmaSchemaNode *top = fixture_schema_node (NULL, "T", OMA_FORMAT_NODE, TRUE, 1, 1);
  OmaSchemaNode *any = oma_schema_node_new ("Any", OMA_FORMAT_NODE);
  g_autoptr(OmaTree) tree = NULL;
  g_autoptr(OmaChange) change = NULL;
  g_autoptr(GError) error = NULL;
  OmaNode *node;

  any->case_insensitive = any->permanent = TRUE;
  g_assert_true (oma_schema_node_add_child (top, any, NULL));
  fixture_schema_node (any, NULL, OMA_FORMAT_CHR, FALSE, 0, 9)->case_insensitive = TRUE;
  fixture_schema_node (top, NULL, OMA_FORMAT_CHR, FALSE, 0, 9);
  tree = fixture_tree (fixture_schema ("case.xml", ".", top), NULL, NULL);
  change = oma_change_new (tree, &fixture_device);
  fixture_add (change, "./T/other", "1");
  fixture_add (change, "./T/any/LongerName", "2");
  g_assert_null (fixture_find (tree, "./T/Other", change));
  g_assert_cmpstr (fixture_get (tree, "./T/ANY/longername", change), ==, "2");
  node = fixture_find (tree, "./T/ANY/longername", change);
  g_assert_null (oma_change_add (change, oma_node_get_parent (node), "LONGERNAME", 10, NULL, NULL, NULL, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ALREADY_EXISTS);
  g_assert_true (oma_change_rename (change, node, "LONGERname", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (oma_node_get_name (fixture_find (tree, "./T/Any/longerNAME", NULL)), ==, "LONGERname");
}

static void
test_a_reference_has_the_names_of_placeholders (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, NULL);
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_auto(OmaUri) top = OMA_URI_INIT;
  g_autoptr(OmaNodeRef) ref = NULL;
  g_autoptr(OmaNodeRef) top_ref = NULL;
  OmaLookup lookup;

  g_assert_true (oma_uri_parse (&uri, "Vendor/Plug/a%20b/Leaf/c?prop=ACL", NULL));
  oma_tree_lookup (tree, &uri, NULL, &lookup);
  ref = oma_lookup_make_ref (&lookup, &uri);
  g_assert_cmpstr (oma_node_ref_get_uri (ref), ==, "./Vendor/Plug/a%20b/Leaf/c");
  g_assert_cmpstr (oma_node_ref_get_relative_uri (ref), ==, "a%20b/Leaf/c");
  g_assert_cmpstr (oma_node_ref_get_name (ref), ==, "c");
  g_assert_cmpuint (oma_node_ref_get_n_captures (ref), ==, 2);
  g_assert_cmpstr (oma_node_ref_get_capture (ref, 0), ==, "a b");
  g_assert_cmpstr (oma_node_ref_get_capture (ref, 1), ==, "c");

  g_assert_true (oma_uri_parse (&top, "./Vendor/Plug", NULL));
  oma_tree_lookup (tree, &top, NULL, &lookup);
  top_ref = oma_lookup_make_ref (&lookup, &top);
  g_assert_cmpstr (oma_node_ref_get_relative_uri (top_ref), ==, "");
  g_assert_cmpuint (oma_node_ref_get_n_captures (top_ref), ==, 0);
}

/* ---- Nodes of plugins ---- */

static OmaNode *
make_overlay (OmaChange *change, OmaTree *tree, const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autoptr(GError) error = NULL;
  OmaLookup lookup;
  OmaNode *node;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
  oma_tree_lookup (tree, &uri, change, &lookup);
  node = oma_change_make_overlay (change, &uri, &lookup, &error);
  g_assert_no_error (error);
  return node;
}

static void
touch (OmaChange *change, OmaTree *tree, const char *text, OmaChangeKind kind)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
  oma_tree_lookup (tree, &uri, change, &lookup);
  oma_change_touch (change, &uri, &lookup, kind);
}

static void
test_properties_of_a_plugins_node_are_kept (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, store);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_server);
  g_autoptr(OmaAcl) acl = oma_acl_parse ("Get=srv", NULL);
  OmaNode *node = make_overlay (change, tree, "./Vendor/Plug/x/Leaf/y");

  g_assert_true (oma_node_is_overlay (node));
  g_assert_null (oma_node_get_owner (node, change));
  g_assert_true (oma_change_set_acl (change, node, acl, NULL));
  g_assert_null (fixture_find (tree, "./Vendor/Plug/x", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_true (memory_store_find_row (store, "y")->overlay);
  g_assert_null (memory_store_find_row (store, "y")->value);
  g_clear_pointer (&change, oma_change_free);

  oma_tree_free (tree);
  tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, store);
  node = fixture_find (tree, "./Vendor/Plug/x/Leaf/y", NULL);
  g_assert_cmpstr (oma_acl_get_text (oma_node_get_acl (node, NULL)), ==, "Get=srv");
}

static void
test_overlays_are_refused_where_no_plugin_serves (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (fixture_settings (), NULL, NULL);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_server);
  const struct {
    const char *uri;
    OmaStatus   status;
  } cases[] = {
    { "./Settings/g", OMA_STATUS_NOT_ALLOWED },
    { "./Nothing", OMA_STATUS_NOT_FOUND },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(OmaUri) uri = OMA_URI_INIT;
      g_autoptr(GError) error = NULL;
      OmaLookup lookup;

      g_assert_true (oma_uri_parse (&uri, cases[i].uri, NULL));
      oma_tree_lookup (tree, &uri, change, &lookup);
      g_assert_null (oma_change_make_overlay (change, &uri, &lookup, &error));
      g_assert_error (error, OMA_STATUS_ERROR, (int) cases[i].status);
    }
}

/* DM Tree and Description 1.2, VerNo: alike for nodes of plugins and of the store. */
static void
test_versions_of_a_plugins_nodes_move (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, store);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_server);
  guint top = oma_node_get_verno (fixture_find (tree, "./Vendor/Plug", NULL), NULL);
  gint64 since = oma_node_get_tstamp (fixture_find (tree, "./Vendor/Plug", NULL), NULL);
  OmaNode *node;

  g_assert_cmpint (since, ==, 43200);
  touch (change, tree, "./Vendor/Plug/x", OMA_CHANGE_ADDED);
  touch (change, tree, "./Vendor/Plug/x/Leaf/y", OMA_CHANGE_ADDED);
  g_assert_true (fixture_commit (change, NULL));
  node = fixture_find (tree, "./Vendor/Plug/x/Leaf/y", NULL);
  g_assert_cmpuint (oma_node_get_verno (node, NULL), ==, 0);
  g_assert_cmpstr (memory_store_find_row (store, "y")->owner, ==, "srv");
  g_assert_cmpuint (oma_node_get_verno (fixture_find (tree, "./Vendor/Plug", NULL), NULL), ==, top + 1);

  touch (change, tree, "./Vendor/Plug/x/Leaf/y", OMA_CHANGE_REPLACED);
  g_assert_cmpuint (oma_node_get_verno (node, change), ==, 1);
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpuint (memory_store_find_row (store, "y")->verno, ==, 1);

  touch (change, tree, "./Vendor/Plug/x", OMA_CHANGE_DELETED);
  g_assert_true (fixture_commit (change, NULL));
  g_assert_null (fixture_find (tree, "./Vendor/Plug/x", NULL));
  g_assert_null (memory_store_find_row (store, "y"));
  g_assert_cmpuint (oma_node_get_verno (fixture_find (tree, "./Vendor/Plug", NULL), NULL), ==, top + 2);
}

static void
test_what_is_kept_of_a_top_node_is_dropped (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, NULL);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_server);
  OmaLookup lookup;

  make_overlay (change, tree, "./Vendor/Plug/x/Leaf");
  g_assert_true (oma_change_set_title (change, fixture_find (tree, "./Vendor/Plug", change), "T", NULL));
  g_assert_true (fixture_commit (change, NULL));
  fixture_lookup (tree, "./Vendor/Plug", change, &lookup);
  oma_change_drop_overlay (change, &lookup);
  g_assert_true (fixture_commit (change, NULL));
  g_assert_null (fixture_find (tree, "./Vendor/Plug/x", NULL));
  g_assert_null (oma_node_get_title (fixture_find (tree, "./Vendor/Plug", NULL), NULL));
}

/* ---- Watching ---- */

static void
note_events (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  for (guint i = 0; i < n_events; i++)
    g_string_append_printf (user_data, "%c%s ", "+~-"[events[i].kind], events[i].uri);
}

static void
test_those_who_watch_are_told_after_the_commit (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (fixture_settings (), NULL, NULL);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_device);
  g_autoptr(GString) seen = g_string_new (NULL);
  guint id = oma_tree_watch (tree, note_events, seen);

  fixture_add (change, "./Settings/g", NULL);
  g_assert_true (fixture_replace (change, "./Settings/Mode", "wild", NULL));
  g_assert_cmpstr (seen->str, ==, "");
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (seen->str, ==, "+./Settings/g +./Settings/g/Name ~./Settings/Mode ");

  g_string_truncate (seen, 0);
  g_assert_true (oma_change_rename (change, fixture_find (tree, "./Settings/g", NULL), "h", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (seen->str, ==, "-./Settings/g +./Settings/h ");

  g_string_truncate (seen, 0);
  g_assert_true (oma_change_delete (change, fixture_find (tree, "./Settings/h", NULL), NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (seen->str, ==, "-./Settings/h ");

  g_string_truncate (seen, 0);
  oma_tree_notify (tree, "./X", OMA_CHANGE_REPLACED);
  g_assert_cmpstr (seen->str, ==, "~./X ");
  oma_tree_unwatch (tree, id);
  oma_tree_notify (tree, "./X", OMA_CHANGE_REPLACED);
  g_assert_cmpstr (seen->str, ==, "~./X ");
}

static void
test_those_who_watch_are_told_of_plugins_in_order (void)
{
  g_autoptr(OmaTree) tree = fixture_tree (plugin_schema (), &fixture_plugin_ops, NULL);
  g_autoptr(OmaChange) change = oma_change_new (tree, &fixture_device);
  g_autoptr(GString) seen = g_string_new (NULL);
  gpointer mark;

  oma_tree_watch (tree, note_events, seen);
  touch (change, tree, "./Vendor/Plug/x", OMA_CHANGE_ADDED);
  touch (change, tree, "./Vendor/Plug/x/Leaf/y", OMA_CHANGE_ADDED);
  mark = oma_change_get_mark (change);
  touch (change, tree, "./Vendor/Plug/z", OMA_CHANGE_ADDED);
  oma_change_roll_back_to (change, mark);
  touch (change, tree, "./Vendor/Plug/x", OMA_CHANGE_DELETED);
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpstr (seen->str, ==, "+./Vendor/Plug/x +./Vendor/Plug/x/Leaf/y -./Vendor/Plug/x ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree/lookup-tells-how-far-it-came", test_lookup_tells_how_far_it_came);
  g_test_add_func ("/tree/names-are-compared-by-case-unless-the-ddf-says-no",
                   test_names_are_compared_by_case_unless_the_ddf_says_no);
  g_test_add_func ("/tree/a-reference-has-the-names-of-placeholders", test_a_reference_has_the_names_of_placeholders);
  g_test_add_func ("/tree/properties-of-a-plugins-node-are-kept", test_properties_of_a_plugins_node_are_kept);
  g_test_add_func ("/tree/overlays-are-refused-where-no-plugin-serves",
                   test_overlays_are_refused_where_no_plugin_serves);
  g_test_add_func ("/tree/versions-of-a-plugins-nodes-move", test_versions_of_a_plugins_nodes_move);
  g_test_add_func ("/tree/what-is-kept-of-a-top-node-is-dropped", test_what_is_kept_of_a_top_node_is_dropped);
  g_test_add_func ("/tree/those-who-watch-are-told-after-the-commit", test_those_who_watch_are_told_after_the_commit);
  g_test_add_func ("/tree/those-who-watch-are-told-of-plugins-in-order",
                   test_those_who_watch_are_told_of_plugins_in_order);
  return g_test_run ();
}

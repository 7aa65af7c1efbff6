/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "executor-fixture.h"
#include "session/oma-access.h"

static const guint commands[] = {
  OMA_ACCESS_ADD, OMA_ACCESS_COPY, OMA_ACCESS_DELETE, OMA_ACCESS_EXEC, OMA_ACCESS_GET, OMA_ACCESS_REPLACE,
};

static OmaNode *
find (Fixture *fixture, const char *text)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
  oma_tree_lookup (fixture->tree, &uri, NULL, &lookup);
  g_assert_nonnull (lookup.node);
  return lookup.node;
}

static void
test_access_type_binds_all_but_the_device (void)
{
  g_auto(OmaRights) device = { 0 };
  g_auto(OmaRights) administrator = { 0 };
  g_auto(OmaRights) server = { 0 };
  g_autoptr(OmaSchemaNode) schema = oma_schema_node_new ("x", OMA_FORMAT_CHR);

  oma_rights_init (&device, &as_device);
  oma_rights_init (&administrator, &as_administrator);
  oma_rights_init (&server, &as_server);
  schema->access = OMA_ACCESS_GET | OMA_ACCESS_EXEC;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      gboolean described = (schema->access & commands[i]) != 0;

      g_assert_true (oma_rights_has_access (&device, schema, commands[i]));
      g_assert_true (oma_rights_has_access (&administrator, schema, commands[i]) == described);
      g_assert_true (oma_rights_has_access (&server, schema, commands[i]) == described);
    }
}

static void
test_what_no_ddf_describes_can_only_be_read (void)
{
  g_auto(OmaRights) server = { 0 };

  oma_rights_init (&server, &as_server);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_assert_true (oma_rights_has_access (&server, NULL, commands[i]) == (commands[i] == OMA_ACCESS_GET));
}

static void
test_permanent_nodes_are_the_devices (void)
{
  g_auto(OmaRights) device = { 0 };
  g_auto(OmaRights) administrator = { 0 };
  g_autoptr(OmaSchemaNode) schema = oma_schema_node_new ("x", OMA_FORMAT_CHR);

  oma_rights_init (&device, &as_device);
  oma_rights_init (&administrator, &as_administrator);
  g_assert_true (oma_rights_may_make_and_unmake (&administrator, schema));
  schema->permanent = TRUE;
  g_assert_false (oma_rights_may_make_and_unmake (&administrator, schema));
  g_assert_true (oma_rights_may_make_and_unmake (&device, schema));
}

static void
test_answers_are_those_of_the_list_in_effect (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_auto(OmaRights) other = { 0 };
  g_auto(OmaRights) administrator = { 0 };

  oma_rights_init (&other, &as_other);
  oma_rights_init (&administrator, &as_administrator);
  prepare (fixture, OMA_OPERATION_REPLACE, "./T/List?prop=ACL", OMA_FORMAT_NONE, "Get=" OTHER "&Replace=" SERVER);
  for (int round = 0; round < 2; round++)
    {
      g_assert_false (oma_rights_are_granted (&other, find (fixture, "./T"), NULL, OMA_ACCESS_GET));
      g_assert_true (oma_rights_are_granted (&other, find (fixture, "./T/List/a/Leaf"), NULL, OMA_ACCESS_GET));
      g_assert_false (oma_rights_are_granted (&other, find (fixture, "./T/List/a/Leaf"), NULL, OMA_ACCESS_REPLACE));
      g_assert_true (oma_rights_are_granted (&administrator, find (fixture, "./T"), NULL, OMA_ACCESS_DELETE));
    }
  /* What was remembered of the old list says nothing of the new one. */
  prepare (fixture, OMA_OPERATION_REPLACE, "./T/List?prop=ACL", OMA_FORMAT_NONE, "Replace=" OTHER);
  g_assert_false (oma_rights_are_granted (&other, find (fixture, "./T/List/a/Leaf"), NULL, OMA_ACCESS_GET));
  g_assert_true (oma_rights_are_granted (&other, find (fixture, "./T/List/a/Leaf"), NULL, OMA_ACCESS_REPLACE));
}

static void
test_creation_acl_is_for_makers_without_replace (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_auto(OmaRights) server = { 0 };
  g_auto(OmaRights) other = { 0 };
  g_autoptr(OmaAcl) given = oma_acl_parse ("Get=x", NULL);

  oma_rights_init (&server, &as_server);
  oma_rights_init (&other, &as_other);
  g_assert_null (oma_rights_make_creation_acl (&server, find (fixture, "./T/List"), NULL, NULL));
  g_autoptr(OmaAcl) acl = oma_rights_make_creation_acl (&other, find (fixture, "./T/List"), given, NULL);
  g_assert_nonnull (acl);
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, "x"));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_GET, OTHER));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_ADD, OTHER));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_DELETE, OTHER));
  g_assert_true (oma_acl_allows (acl, OMA_ACCESS_REPLACE, OTHER));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_EXEC, OTHER));
  g_assert_false (oma_acl_allows (acl, OMA_ACCESS_ADD, SERVER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/access/type", test_access_type_binds_all_but_the_device);
  g_test_add_func ("/access/undescribed", test_what_no_ddf_describes_can_only_be_read);
  g_test_add_func ("/access/permanent", test_permanent_nodes_are_the_devices);
  g_test_add_func ("/access/4.3-in-effect", test_answers_are_those_of_the_list_in_effect);
  g_test_add_func ("/access/4.5-creation", test_creation_acl_is_for_makers_without_replace);
  return g_test_run ();
}

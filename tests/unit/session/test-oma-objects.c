/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "objects-fixture.h"

#include <string.h>

/* Management objects of DM 2.0 in the tree: which there are, what ClientURIs name, what can be read. */

typedef struct {
  const char *name;
  const char *uri;
  const char *expected;
} Row;

/* DM Protocol 2.0, addressing: the worked example, and what else there is. */
static const Row addresses[] = {
  { "root", NET "/a/", NET "/a/" },
  { "only-instance-of-two", NET "//ID", "404" },
  { "moid-alone-of-two", NET, "404" },
  { "condition", NET "/(x)/ID?nv=(x)/ID:wifi", NET "/b/ID" },
  { "condition-in-the-path", NET "/a/If/(x)/Name?nv=(x)/Name:e1", NET "/a/If/2/Name" },
  { "two-x-names", NET "/(x)/If/(y)/Name?nv=(x)/ID:eth&nv=(y)/Name:e0", NET "/a/If/1/Name" },
  { "any-instance", NET "/*/ID", NET "/a/ID " NET "/b/ID" },
  { "conditions-that-exclude-each-other", NET "/(x)/ID?nv=(x)/ID:eth&nv=(x)/ID:wifi", "404" },
  { "conditions-that-both-hold", NET "/(x)/ID?nv=(x)/ID:eth&nv=(x)/If/2/Name:e1", NET "/a/ID" },
  { "any-node", NET "/a/If/*/Name", NET "/a/If/1/Name " NET "/a/If/2/Name" },
  { "any-of-any", NET "/*/If/*/", NET "/a/If/1 " NET "/a/If/2 " NET "/b/If/1" },
  { "x-name-without-condition", NET "/(x)/If/2", NET "/a/If/2" },
  { "condition-with-another-value", NET "/(x)/?nv=(x)/ID:et", "404" },
  { "condition-on-what-is-not-there", NET "/(x)/?nv=(x)/Count:1", "404" },
  { "condition-on-an-interior-node", NET "/(x)/?nv=(x)/If:1", "404" },
  { "only-instance", DEVICE "//SwV", DEVICE "/Dev/SwV" },
  { "moid-alone", DEVICE, DEVICE "/Dev/" },
  { "name-of-the-only-instance", DEVICE "/Dev/", DEVICE "/Dev/" },
  { "uri-as-miid", NET "/Net%2Fa/ID", NET "/a/ID" },
  { "node-that-is-not-there", NET "/a/Count", "404" },
  { "node-that-no-ddf-describes", NET "/a/Colour", "404" },
  { "below-a-leaf", NET "/a/ID/x", "404" },
  { "any-below-a-leaf", NET "/a/ID/*", "404" },
  { "instance-that-is-not-there", NET "/c/", "404" },
  { "object-that-is-not-there", "urn:none/a/", "404" },
  { "object-that-is-not-there-at-all", "urn:none/*/", "404" },
  { "node-of-no-object", "Net/a/", "404" },
  { "permanent-node", NET "/a/State", NET "/a/State" },
};

static Backend
get_backend (gconstpointer data)
{
  return (Backend) (GPOINTER_TO_SIZE (data) / 1000);
}

static void
test_address (gconstpointer data)
{
  const Row *row = &addresses[GPOINTER_TO_SIZE (data) % 1000];
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *found = resolve_to_text (fixture->objects, row->uri);

  g_assert_cmpstr (found, ==, row->expected);
}

/* ---- Instances ---- */

static void
test_list (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  const char *const some[] = { NET, NULL }, *const none[] = { "urn:none", NULL };
  OmaObjects *provisioned = oma_objects_new (fixture->fixture->executor, SERVER, some);
  OmaObjects *unprovisioned = oma_objects_new (fixture->fixture->executor, SERVER, none);
  OmaObjects *other = oma_objects_new (fixture->fixture->executor, OTHER, NULL);
  g_autofree char *all = list_to_text (fixture->objects), *of_some = list_to_text (provisioned);
  g_autofree char *of_none = list_to_text (unprovisioned), *of_other = list_to_text (other);
  g_autofree char *hidden = resolve_to_text (provisioned, DEVICE "//SwV");
  g_autofree char *one = NULL;

  g_assert_cmpstr (all, ==, DEVICE "/Dev " NET "/a " NET "/b urn:example:mo:list:1.0/List "
                   DELEGATION "/" DEVICE "/Dev " DELEGATION "/" NET "/a " DELEGATION "/" NET "/b "
                   DELEGATION "/urn:example:mo:list:1.0/List");
  g_assert_cmpstr (of_some, ==, NET "/a " NET "/b");
  g_assert_cmpstr (of_none, ==, "");
  g_assert_cmpstr (of_other, ==, "");
  g_assert_cmpstr (hidden, ==, "404");

  /* Any right will do. */
  set_acl (fixture, "./Net/b", "Exec=" OTHER);
  one = list_to_text (other);
  g_assert_cmpstr (one, ==, NET "/b");
  oma_objects_free (provisioned);
  oma_objects_free (unprovisioned);
  oma_objects_free (other);
}

static void
test_instances_of_the_same_name_have_their_uris_as_miids (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *all = NULL, *name = NULL, *path = NULL, *other = NULL, *node = NULL;

  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Other/a", OMA_FORMAT_NODE, NULL);
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./Other/a/ID", OMA_FORMAT_NONE, "third");
  all = resolve_to_text (fixture->objects, NET "/*/");
  name = resolve_to_text (fixture->objects, NET "/a/");
  path = resolve_to_text (fixture->objects, NET "/Other%2Fa/ID");
  other = resolve_to_text (fixture->objects, NET "/Net%2Fa/ID");
  node = read_to_text (fixture->objects, NET "/Other%2Fa/ID");
  g_assert_cmpstr (all, ==, NET "/Net%2Fa/ " NET "/Other%2Fa/ " NET "/b/");
  g_assert_cmpstr (name, ==, "404");
  g_assert_cmpstr (path, ==, NET "/Other%2Fa/ID");
  g_assert_cmpstr (other, ==, NET "/Net%2Fa/ID");
  g_assert_cmpstr (node, ==, NET "/Other%2Fa/ID: =third");
}

/* What no ClientURI is about is not asked for. */
static void
test_plugins_are_asked_only_for_what_they_can_have (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  Plugin *plugin = fixture->plugin;
  g_autofree char *device = NULL, *net = NULL, *none = NULL;

  plugin->n_listed = plugin->n_asked = plugin->n_read = 0;
  device = read_to_text (fixture->objects, DEVICE "//SwV");
  none = resolve_to_text (fixture->objects, "urn:none/*/");
  g_assert_cmpuint (plugin->n_listed + plugin->n_asked + plugin->n_read, ==, 0);
  g_assert_cmpstr (device, ==, DEVICE "/Dev/SwV: =12.5");
  g_assert_cmpstr (none, ==, "404");
  /* One that can tell of a node is not asked for all of them. */
  net = resolve_to_text (fixture->objects, NET "/a/State");
  g_assert_cmpstr (net, ==, NET "/a/State");
  g_assert_cmpuint (plugin->n_listed, ==, plugin->can_tell_one ? 0 : 1);
  g_assert_cmpuint (plugin->n_read, ==, 0);
}

static void
test_plugin_that_fails (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_TRANSACTIONS);
  g_autofree char *one = NULL, *list = NULL, *missing = NULL;

  fixture->plugin->untellable = "a";
  fixture->plugin->untellable_status = OMA_STATUS_COMMAND_FAILED;
  one = resolve_to_text (fixture->objects, NET "/a/");
  missing = resolve_to_text (fixture->objects, NET "/c/");
  list = list_to_text (fixture->objects);
  g_assert_cmpstr (one, ==, "500");
  g_assert_cmpstr (missing, ==, "404");
  g_assert_nonnull (strstr (list, DEVICE "/Dev"));
}

static void
test_node_that_is_to_be_made (gconstpointer data)
{
  static const struct {
    const char *uri;
    const char *found;     /* its URI, NULL: 404 */
    gboolean    exists;
  } rows[] = {
    { NET "/a/Count", "./Net/a/Count", FALSE },
    { NET "/a/ID", "./Net/a/ID", TRUE },
    { NET "/a/If/7", "./Net/a/If/7", FALSE },
    { NET "/a/If/7/Name", NULL },
    { NET "/a/If/(x)/Name?nv=(x)/Name:e9", NULL },
    { NET "/c/", "./Net/c", FALSE },
    { NET "/c%20d/", "./Net/c%20d", FALSE },
    { NET "/c/ID", NULL },
    { NET "//", NULL },
    { DEVICE "/Dev2/", NULL },
    { "urn:none/a/", NULL },
  };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) nodes = resolve_nodes (fixture->objects, rows[i].uri, TRUE, &error);
      const OmaObjectNode *node;

      if (rows[i].found == NULL)
        {
          g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND);
          continue;
        }
      g_assert_no_error (error);
      node = g_ptr_array_index (nodes, 0);
      g_assert_cmpstr (node->uri, ==, rows[i].found);
      g_assert_true (node->exists == rows[i].exists);
    }
}

/* ---- Rights ---- */

static void
test_rights_are_those_of_the_acl (void)
{
  static const struct {
    const char *acl;      /* of the root of a */
    guint       rights;   /* of SERVER; 0: 404 */
  } rows[] = {
    { "Get=" SERVER, OMA_OBJECT_RIGHT_READ },
    { "Get=*", OMA_OBJECT_RIGHT_READ },
    { "Get=" OTHER, 0 },
    { "Add=" SERVER "&Delete=" SERVER "&Get=" OTHER, 0 },
    { "Add=" SERVER "&Delete=" SERVER "&Replace=" SERVER, OMA_OBJECT_RIGHT_WRITE | OMA_OBJECT_RIGHT_DELEGATE },
    { "Replace=" SERVER, OMA_OBJECT_RIGHT_DELEGATE },
    { "Exec=" SERVER "&Get=" SERVER, OMA_OBJECT_RIGHT_READ | OMA_OBJECT_RIGHT_EXECUTE },
    { "Add=*&Delete=*&Exec=*&Get=*&Replace=*", OMA_OBJECT_RIGHTS_ALL },
  };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);

  set_acl (fixture, "./Net", "Get=*");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) nodes = NULL;

      set_acl (fixture, "./Net/a", rows[i].acl);
      nodes = resolve_nodes (fixture->objects, NET "/a/ID", FALSE, &error);
      if (rows[i].rights == 0)
        g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND);
      else
        g_assert_cmpuint (((OmaObjectNode *) g_ptr_array_index (nodes, 0))->rights, ==, rows[i].rights);
    }
  /* Who controls the parent may delegate, too. */
  set_acl (fixture, "./Net", "Replace=" SERVER);
  set_acl (fixture, "./Net/a", "Get=" OTHER);
  g_autoptr(GPtrArray) nodes = resolve_nodes (fixture->objects, NET "/a/", FALSE, NULL);
  g_assert_cmpuint (((OmaObjectNode *) g_ptr_array_index (nodes, 0))->rights, ==, OMA_OBJECT_RIGHT_DELEGATE);
}

/* A value that may not be read must not be found out by conditions. */
static void
test_conditions_are_no_oracle (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *by_access_type = resolve_to_text (fixture->objects, NET "/(x)/ID?nv=(x)/Secret:hush");
  g_autofree char *by_acl = NULL, *of_instance = NULL, *hidden = NULL, *children = NULL;

  set_acl (fixture, "./Net/b/ID", "Get=" OTHER);
  by_acl = resolve_to_text (fixture->objects, NET "/(x)/If?nv=(x)/ID:wifi");
  set_acl (fixture, "./Net/a", "Exec=" SERVER "&Delete=" SERVER);
  of_instance = resolve_to_text (fixture->objects, NET "/(x)/If?nv=(x)/ID:eth");
  children = resolve_to_text (fixture->objects, NET "/a/If/*");
  set_acl (fixture, "./Net/a", "Get=" OTHER);
  set_acl (fixture, "./Net", "Get=*");
  hidden = resolve_to_text (fixture->objects, NET "/*/ID");
  g_assert_cmpstr (by_access_type, ==, "404");
  g_assert_cmpstr (by_acl, ==, "404");
  g_assert_cmpstr (of_instance, ==, "404");
  g_assert_cmpstr (children, ==, "404");
  g_assert_cmpstr (hidden, ==, NET "/b/ID");
}

static void
test_accounts_of_others_are_not_there (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *list = NULL;

  prepare (fixture->fixture, OMA_OPERATION_ADD, "./DMAcc/x", OMA_FORMAT_NODE, NULL);
  prepare (fixture->fixture, OMA_OPERATION_ADD, "./DMAcc/x/ServerID", OMA_FORMAT_NONE, OTHER);
  list = list_to_text (fixture->objects);
  g_assert_null (strstr (list, "DMAcc"));
}

/* ---- Reading ---- */

static void
test_read (gconstpointer data)
{
  static const Row rows[] = {
    { "leaf", NET "/a/ID", NET "/a/ID: =eth" },
    { "any", NET "/*/ID", NET "/a/ID: =eth " NET "/b/ID: =wifi" },
    { "subtree", NET "/a/If", NET "/a/If: / 1/ 1/Name=e0 2/ 2/Name=e1" },
    { "instance", NET "/a/", NET "/a/: / Few/ ID=eth If/ If/1/ If/1/Name=e0 If/2/ If/2/Name=e1 Mode=auto Ops/ State=idle" },
    { "no-access", NET "/a/Secret", "405" },
    { "not-there", NET "/a/Count", "404" },
  };
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = read_to_text (fixture->objects, rows[i].uri);

      g_assert_cmpstr (text, ==, rows[i].expected);
    }
}

/* A plugin that can give a subtree at once is asked once for each. */
static void
test_subtree_is_read_at_once (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
  g_autofree char *subtree = NULL, *both = NULL;

  fixture->plugin->can_read = TRUE;
  subtree = read_to_text (fixture->objects, NET "/a/If");
  g_assert_cmpuint (fixture->plugin->n_read, ==, 1);
  both = read_to_text (fixture->objects, NET "/*/If");
  g_assert_cmpuint (fixture->plugin->n_read, ==, 3);
  g_assert_cmpstr (subtree, ==, NET "/a/If: / 1/ 1/Name=e0 2/ 2/Name=e1");
  g_assert_cmpstr (both, ==, NET "/a/If: / 1/ 1/Name=e0 2/ 2/Name=e1 " NET "/b/If: / 1/ 1/Name=w0");
}

static void
test_read_needs_the_right (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *one = NULL, *any = NULL, *other = NULL, *deeper = NULL, *subtree = NULL;
  OmaObjects *others = oma_objects_new (fixture->fixture->executor, OTHER, NULL);

  set_acl (fixture, "./Net/a", "Exec=" SERVER "&Get=" OTHER);
  one = read_to_text (fixture->objects, NET "/a/ID");
  any = read_to_text (fixture->objects, NET "/*/ID");
  other = read_to_text (others, NET "//ID");
  /* A stricter ACL deeper down holds. */
  set_acl (fixture, "./Net/a", "Get=" SERVER);
  set_acl (fixture, "./Net/a/If/1", "Get=" OTHER);
  deeper = read_to_text (fixture->objects, NET "/a/If/1/Name");
  subtree = read_to_text (fixture->objects, NET "/a/If");
  g_assert_cmpstr (one, ==, "403");
  g_assert_cmpstr (any, ==, NET "/b/ID: =wifi");
  g_assert_cmpstr (other, ==, NET "/a/ID: =eth");
  g_assert_cmpstr (deeper, ==, "425");
  g_assert_cmpstr (subtree, ==, NET "/a/If: / 2/ 2/Name=e1");
  oma_objects_free (others);
}

static char *
get_cv (ObjectsFixture *fixture, const char *uri)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) data = read_nodes (fixture->objects, uri, &error);

  g_assert_no_error (error);
  return g_strdup (((OmaObjectData *) g_ptr_array_index (data, 0))->cv);
}

/* DM Protocol 2.0, serialization of MO data: the validator is of the instance. */
static void
test_cache_validator (gconstpointer data)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (get_backend (data));
  g_autofree char *cv = get_cv (fixture, NET "/a/"), *again = get_cv (fixture, NET "/a/");
  g_autofree char *of_node = get_cv (fixture, NET "/a/ID"), *of_other = get_cv (fixture, NET "/b/");
  g_autofree char *root_uri = g_strconcat (NET "/a/?cv=", cv, NULL), *node_uri = g_strconcat (NET "/a/ID?cv=", cv, NULL);
  g_autofree char *interior_uri = g_strconcat (NET "/a/If/1?cv=", cv, NULL);
  g_autofree char *root = read_to_text (fixture->objects, root_uri), *node = read_to_text (fixture->objects, node_uri);
  g_autofree char *changed = NULL, *later_node = NULL, *later_interior = NULL;

  g_assert_cmpstr (cv, ==, again);
  g_assert_cmpstr (cv, !=, of_other);
  g_assert_null (of_node);
  g_assert_cmpstr (root, ==, NET "/a/: 304");
  g_assert_cmpstr (node, ==, NET "/a/ID: 304");
  prepare (fixture->fixture, OMA_OPERATION_REPLACE, "./Net/a/If/1/Name", OMA_FORMAT_NONE, "e9");
  changed = get_cv (fixture, root_uri);
  later_node = read_to_text (fixture->objects, node_uri);
  later_interior = read_to_text (fixture->objects, interior_uri);
  g_assert_nonnull (changed);
  g_assert_cmpstr (changed, !=, cv);
  g_assert_cmpstr (later_node, ==, NET "/a/ID: =eth");
  g_assert_cmpstr (later_interior, ==, NET "/a/If/1: / Name=e9");
}

/* What one server cannot read is not in its validator. */
static void
test_cache_validator_is_of_what_the_server_sees (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autofree char *before = get_cv (fixture, NET "/a/"), *after = NULL;

  prepare (fixture->fixture, OMA_OPERATION_REPLACE, "./Net/a/Secret", OMA_FORMAT_NONE, "other");
  after = get_cv (fixture, NET "/a/");
  g_assert_cmpstr (before, ==, after);
}

static void
test_leaf_without_a_value_now (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) data = NULL;

  fixture->plugin->unreadable = "a/State";
  data = read_nodes (fixture->objects, NET "/a/State", &error);
  g_assert_no_error (error);
  g_assert_null (((OmaObjectData *) g_ptr_array_index (data, 0))->nodes);
  g_assert_false (((OmaObjectData *) g_ptr_array_index (data, 0))->not_modified);
}

static void
test_what_a_unit_of_work_has_changed_is_seen_in_it (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_server);
  g_autofree char *inside = NULL, *outside = NULL;

  g_assert_cmpint (run_simple (work, OMA_OPERATION_REPLACE, "./Net/a/ID", "new"), ==, OMA_STATUS_OK);
  oma_objects_set_work (fixture->objects, work);
  inside = read_to_text (fixture->objects, NET "/a/ID");
  oma_objects_set_work (fixture->objects, NULL);
  outside = read_to_text (fixture->objects, NET "/a/ID");
  g_assert_cmpstr (inside, ==, NET "/a/ID: =new");
  g_assert_cmpstr (outside, ==, NET "/a/ID: =eth");
}

static void
add_as_device (OmaWork *work, const char *uri, OmaFormat format, const char *text)
{
  g_auto(OmaOperation) operation = {
    .type = OMA_OPERATION_ADD, .uri = uri, .format = format, .data = text, .length = text != NULL ? strlen (text) : 0,
  };

  g_assert_cmpint (run (work, &operation), ==, OMA_STATUS_OK);
}

static void
test_nodes_that_a_uri_names_are_bounded (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_device);
  g_autoptr(GPtrArray) all = NULL;
  g_autofree char *too_many = NULL;

  for (guint i = 3; i <= 10000; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Net/a/If/%u", i);

      add_as_device (work, uri, OMA_FORMAT_NODE, NULL);
    }
  g_assert_true (commit (work, NULL));
  all = resolve_nodes (fixture->objects, NET "/a/If/*", FALSE, NULL);
  g_assert_cmpuint (all->len, ==, 10000);
  add_as_device (work, "./Net/a/If/10001", OMA_FORMAT_NODE, NULL);
  g_assert_true (commit (work, NULL));
  too_many = resolve_to_text (fixture->objects, NET "/a/If/*");
  g_assert_cmpstr (too_many, ==, "413");
}

static void
test_what_is_read_is_bounded (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->fixture->executor, &as_device);
  g_autofree char *text = g_strnfill (64 * 1024, 'x');
  g_autofree char *too_much = NULL, *one = NULL;

  for (guint i = 0; i < 1030; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Other/n%u", i), *leaf = g_strconcat (uri, "/Text", NULL);

      add_as_device (work, uri, OMA_FORMAT_NODE, NULL);
      add_as_device (work, leaf, OMA_FORMAT_NONE, text);
    }
  g_assert_true (commit (work, NULL));
  too_much = read_to_text (fixture->objects, NET "/*/Text");
  one = read_to_text (fixture->objects, NET "/n7/Text");
  g_assert_cmpstr (too_much, ==, "413");
  g_assert_cmpstr (one, ==, NET "/n7/Text: =(large)");
}

static void
cancelled_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_objects_read_finish (NULL, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) user_data = TRUE;
}

static void
test_reading_can_be_cancelled (void)
{
  g_autoptr(ObjectsFixture) fixture = objects_fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (NET "/a/", NULL);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;

  fixture->plugin->hangs = TRUE;
  oma_objects_read_async (fixture->objects, uri, cancellable, cancelled_cb, &done);
  g_cancellable_cancel (cancellable);
  iterate_until (&done);
  while (fixture->plugin->held->len > 0)
    answer_next (fixture->plugin);
}

/* ---- All of them ---- */

static const char *const backend_names[] = { "store", "plugin", "transactions" };

static void
add_for_backends (const char *name, GTestDataFunc func, guint index, int first)
{
  for (int backend = first; backend < N_BACKENDS; backend++)
    {
      g_autofree char *path = g_strdup_printf ("/objects/%s/%s", backend_names[backend], name);

      g_test_add_data_func (path, GSIZE_TO_POINTER ((gsize) backend * 1000 + index), func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autofree char *name = g_strconcat ("address/", addresses[i].name, NULL);

      add_for_backends (name, test_address, i, 0);
    }
  add_for_backends ("list", test_list, 0, 0);
  add_for_backends ("plugins-are-asked-only-for-what-they-can-have", test_plugins_are_asked_only_for_what_they_can_have, 0,
                    SERVED_BY_PLUGIN);
  add_for_backends ("node-that-is-to-be-made", test_node_that_is_to_be_made, 0, 0);
  add_for_backends ("read", test_read, 0, 0);
  add_for_backends ("cache-validator", test_cache_validator, 0, 0);
  g_test_add_func ("/objects/same-name", test_instances_of_the_same_name_have_their_uris_as_miids);
  g_test_add_func ("/objects/plugin-that-fails", test_plugin_that_fails);
  g_test_add_func ("/objects/rights-are-those-of-the-acl", test_rights_are_those_of_the_acl);
  g_test_add_func ("/objects/conditions-are-no-oracle", test_conditions_are_no_oracle);
  g_test_add_func ("/objects/accounts-of-others-are-not-there", test_accounts_of_others_are_not_there);
  g_test_add_func ("/objects/subtree-is-read-at-once", test_subtree_is_read_at_once);
  g_test_add_func ("/objects/read-needs-the-right", test_read_needs_the_right);
  g_test_add_func ("/objects/cache-validator-is-of-what-the-server-sees", test_cache_validator_is_of_what_the_server_sees);
  g_test_add_func ("/objects/leaf-without-a-value-now", test_leaf_without_a_value_now);
  g_test_add_func ("/objects/what-a-unit-of-work-has-changed-is-seen-in-it",
                   test_what_a_unit_of_work_has_changed_is_seen_in_it);
  g_test_add_func ("/objects/nodes-that-a-uri-names-are-bounded", test_nodes_that_a_uri_names_are_bounded);
  g_test_add_func ("/objects/what-is-read-is-bounded", test_what_is_read_is_bounded);
  g_test_add_func ("/objects/reading-can-be-cancelled", test_reading_can_be_cancelled);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service-fixture.h"
#include "test-bus.h"
#include "service/oma-dispatcher.h"
#include "service/oma-value-variant.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
assert_tree (Fixture *f, const char *method, const char *parameters, const char *expected)
{
  assert_answer (f, OMA_OBJECT_PATH, TREE, method, parameters, expected);
}

static GDBusNodeInfo *
introspect (Fixture *f, const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL, NULL,
                                         NULL, &error);
  GDBusNodeInfo *info;
  const char *xml;

  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &xml);
  info = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  return info;
}

/* As busctl tree does. */
static void
collect_paths (Fixture *f, const char *path, GPtrArray *paths)
{
  g_autoptr(GDBusNodeInfo) info = introspect (f, path);

  g_ptr_array_add (paths, g_strdup (path));
  for (guint i = 0; info->nodes != NULL && info->nodes[i] != NULL; i++)
    {
      g_autofree char *child = g_strconcat (strcmp (path, "/") == 0 ? "" : path, "/", info->nodes[i]->path, NULL);

      collect_paths (f, child, paths);
    }
}

static gboolean
has_path (GPtrArray *paths, const char *path)
{
  return g_ptr_array_find_with_equal_func (paths, path, g_str_equal, NULL);
}

/* ---- The tree of objects ---- */

static void
test_every_method_has_a_handler (void)
{
  static const OmaInterface *const interfaces[] = {
    &oma_dbus_agent_interface,   &oma_dbus_tree_interface, &oma_dbus_account_interface,
    &oma_dbus_session_interface, &oma_dbus_node_interface,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      GDBusInterfaceInfo *info = interfaces[i]->get_info ();

      for (guint j = 0; info->methods != NULL && info->methods[j] != NULL; j++)
        {
          g_test_message ("%s.%s", info->name, info->methods[j]->name);
          g_assert_nonnull (oma_interface_get_method (interfaces[i], info->methods[j]->name));
        }
      g_assert_true (info->properties == NULL || interfaces[i]->get_property != NULL);
    }
}

static void
test_introspection_shows_nine_levels (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GString) uri = g_string_new ("./Deep");

  for (guint i = 2; i <= 9; i++)
    {
      g_autofree char *parameters = NULL;

      g_string_append_printf (uri, "/%%20%u", i);
      parameters = g_strdup_printf ("('%s', 'node', '', <''>)", uri->str);
      assert_tree (f, "Add", parameters, "()");
    }
  agent_double_add_account (f->agent, "my.server");
  collect_paths (f, "/", paths);
  g_assert_true (has_path (paths, "/org/omadm"));
  g_assert_true (has_path (paths, OMA_OBJECT_PATH "/account/my_2eserver"));
  g_assert_true (has_path (paths, OMA_OBJECT_PATH "/session"));
  g_assert_true (has_path (paths, TREE_PATH));
  g_assert_true (has_path (paths, TREE_PATH "/Store/Mode"));
  g_assert_true (has_path (paths, TREE_PATH "/Asked/Broken"));
  g_assert_true (has_path (paths, TREE_PATH "/Asked/List/_31"));
  g_assert_true (has_path (paths, TREE_PATH "/Asked/List/a_20b"));
  g_assert_true (has_path (paths, TREE_PATH "/Deep/_202/_203/_204/_205/_206/_207/_208/_209"));
  assert_answer (f, TREE_PATH "/Deep/_202/_203/_204/_205/_206/_207/_208/_209", PROPERTIES, "Get",
                 "('org.omadm.Agent1.Node', 'Uri')",
                 "(<'./Deep/%202/%203/%204/%205/%206/%207/%208/%209'>,)");
  g_assert_cmpuint (agent_double_count_asked (f->agent), ==, 0);
}

static void
test_introspection_tells_interfaces (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GDBusNodeInfo) agent = introspect (f, OMA_OBJECT_PATH);
  g_autoptr(GDBusNodeInfo) node = introspect (f, TREE_PATH "/Store/Mode");

  g_assert_nonnull (g_dbus_node_info_lookup_interface (agent, "org.omadm.Agent1"));
  g_assert_nonnull (g_dbus_node_info_lookup_interface (agent, TREE));
  g_assert_nonnull (g_dbus_node_info_lookup_interface (agent, PROPERTIES));
  g_assert_nonnull (g_dbus_node_info_lookup_interface (node, NODE));
  g_assert_nonnull (g_dbus_node_info_lookup_interface (node, "org.freedesktop.DBus.Peer"));
  g_assert_nonnull (g_dbus_node_info_lookup_interface (node, "org.freedesktop.DBus.Introspectable"));
  assert_answer (f, TREE_PATH "/Store/Mode", "org.freedesktop.DBus.Peer", "Ping", "()", "()");
}

static void
test_introspection_lists_a_thousand_children (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GDBusNodeInfo) info = NULL;
  guint n = 0;

  for (guint i = 0; i < OMA_MAX_INTROSPECTED + 10; i++)
    {
      g_autofree char *parameters = g_strdup_printf ("('./Store/n%u', '', '', <'x'>)", i);

      assert_tree (f, "Add", parameters, "()");
    }
  info = introspect (f, TREE_PATH "/Store");
  while (info->nodes[n] != NULL)
    n++;
  g_assert_cmpuint (n, ==, OMA_MAX_INTROSPECTED);
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) page = call_full (f, 0, OMA_OBJECT_PATH, TREE, "List",
                                          g_variant_new ("(suu)", "./Store", 1000, 0), NULL, NULL, &error);
    g_autoptr(GVariant) names = NULL;
    guint32 total;

    g_assert_no_error (error);
    g_variant_get (page, "(@asu)", &names, &total);
    g_assert_cmpuint (total, ==, OMA_MAX_INTROSPECTED + 11);
    g_assert_cmpuint (g_variant_n_children (names), ==, 11);
  }
}

static void
test_node_properties_are_what_the_tree_knows (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *path;
    const char *property;
    const char *value;
  } cases[] = {
    { "", "Uri", "(<'.'>,)" },
    { "", "Name", "(<'.'>,)" },
    { "", "Format", "(<'node'>,)" },
    { "", "Children", "(<uint32 4>,)" },
    { "/Store/Mode", "Uri", "(<'./Store/Mode'>,)" },
    { "/Store/Mode", "Name", "(<'Mode'>,)" },
    { "/Store/Mode", "Format", "(<'chr'>,)" },
    { "/Store/Mode", "Type", "(<'text/plain'>,)" },
    { "/Store/Mode", "Title", "(<''>,)" },
    { "/Store/Mode", "Acl", "(<''>,)" },
    { "/Store/Mode", "Access", "(<['Add', 'Delete', 'Get', 'Replace']>,)" },
    { "/Store/Mode", "Scope", "(<'Permanent'>,)" },
    { "/Store/Mode", "Size", "(<uint64 4>,)" },
    { "/Store/Mode", "Children", "(<uint32 0>,)" },
    { "/Asked/Now", "Format", "(<'chr'>,)" },
    { "/Asked/Now", "Size", "(<uint64 0>,)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat (TREE_PATH, cases[i].path, NULL);
      g_autofree char *parameters = g_strdup_printf ("('%s', '%s')", NODE, cases[i].property);

      assert_answer (f, path, PROPERTIES, "Get", parameters, cases[i].value);
    }
  g_assert_cmpuint (agent_double_count_asked (f->agent), ==, 0);
}

static void
test_get_all_tells_every_property (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, TREE_PATH "/Store/Mode", PROPERTIES, "GetAll",
                                         g_variant_new ("(s)", NODE), NULL, NULL, &error);
  g_autoptr(GVariant) all = NULL;
  g_autofree char *tstamp = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(@a{sv})", &all);
  g_assert_cmpuint (g_variant_n_children (all), ==, 12);
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'wild'>)", "()");
  {
    g_autoptr(GVariant) after = call_full (f, 0, TREE_PATH "/Store/Mode", PROPERTIES, "Get",
                                           g_variant_new ("(ss)", NODE, "TStamp"), NULL, NULL, &error);
    g_autoptr(GVariant) value = NULL;

    g_variant_get (after, "(v)", &value);
    tstamp = g_variant_dup_string (value, NULL);
    g_assert_cmpuint (strlen (tstamp), ==, strlen ("20260131T120000Z"));
  }
}

/* ---- What is refused ---- */

static void
test_errors_say_what_is_unknown (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *mode = TREE_PATH "/Store/Mode";

  assert_answer (f, OMA_OBJECT_PATH "/nothing", NODE, "Get", "()", BUS "UnknownObject");
  assert_answer (f, TREE_PATH "/Nowhere", NODE, "Get", "()", BUS "UnknownObject");
  assert_answer (f, TREE_PATH "/Store/1", NODE, "Get", "()", BUS "UnknownObject");
  assert_answer (f, TREE_PATH "/Store/_4dode", PROPERTIES, "GetAll", "('org.omadm.Agent1.Node',)", BUS "UnknownObject");
  assert_answer (f, OMA_OBJECT_PATH "/account/x", PROPERTIES, "GetAll", "('org.omadm.Agent1.Account',)",
                 BUS "UnknownObject");
  assert_answer (f, OMA_OBJECT_PATH "/session/7", PROPERTIES, "GetAll", "('org.omadm.Agent1.Session',)",
                 BUS "UnknownObject");
  assert_answer (f, mode, TREE, "Get", "('./Store/Mode',)", BUS "UnknownInterface");
  assert_answer (f, mode, NODE, "Rename", "()", BUS "UnknownMethod");
  assert_answer (f, mode, PROPERTIES, "Forget", "()", BUS "UnknownMethod");
  assert_answer (f, mode, NODE, "Get", "('x',)", BUS "InvalidArgs");
  assert_answer (f, mode, PROPERTIES, "Get", "('org.omadm.Agent1.Node',)", BUS "InvalidArgs");
  assert_answer (f, mode, PROPERTIES, "Get", "('org.omadm.Agent1.Node', 'Value')", BUS "UnknownProperty");
  assert_answer (f, mode, PROPERTIES, "Get", "('org.omadm.Agent1.Other', 'Uri')", BUS "UnknownInterface");
  assert_answer (f, mode, PROPERTIES, "Set", "('org.omadm.Agent1.Node', 'Title', <'x'>)", BUS "PropertyReadOnly");
  assert_answer (f, mode, PROPERTIES, "Set", "('org.omadm.Agent1.Node', 'Value', <'x'>)", BUS "UnknownProperty");
}

static void
test_failures_have_names_of_ours (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_tree (f, "Get", "('./Store/None',)", OURS "NotFound");
  assert_tree (f, "Get", "('./Store//x',)", OURS "BadRequest");
  assert_tree (f, "Get", "('./Store/Mode?prop=ACL',)", BUS "InvalidArgs");
  assert_tree (f, "Add", "('./Store/Mode', '', '', <'x'>)", OURS "AlreadyExists");
  assert_tree (f, "Add", "('./Elsewhere', '', '', <'x'>)", OURS "NotFound");
  assert_tree (f, "Delete", "('./Store/Mode',)", OURS "NotAllowed");
  assert_tree (f, "Exec", "('./Store/Mode', '', '')", OURS "NotAllowed");
  assert_tree (f, "Add", "('./Store/x', 'text', '', <'x'>)", BUS "InvalidArgs");
  assert_tree (f, "Add", "('./Store/x', '', '', <1.5>)", BUS "InvalidArgs");
  assert_tree (f, "Add", "('./Store/x', 'node', '', <'x'>)", BUS "InvalidArgs");
  assert_tree (f, "Add", "('./Store/x', '', '', <@h 0>)", BUS "InvalidArgs");
  assert_tree (f, "List", "('./Asked/Broken', 0, 0)", BUS "InvalidArgs");
  assert_tree (f, "List", "('./Asked/Broken', uint32 0, uint32 0)", OURS "Failed");
  assert_tree (f, "GetProperty", "('./Store', 'Colour')", BUS "InvalidArgs");
  assert_tree (f, "Unsubscribe", "('./Store',)", BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "Sync", "('x', @a{sv} {})", OURS "NoAccount");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "Sync", "('x', {'a': <1>})", BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RemoveAccount", "('x', {'withdraw': <1>})", BUS "InvalidArgs");
}

/* With polkit in charge and none on the bus nobody may do anything, by any door. */
static void
test_who_is_not_authorised_learns_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const paths[] = { OMA_OBJECT_PATH, OMA_OBJECT_PATH "/account", TREE_PATH, TREE_PATH "/Store/Mode",
                                       TREE_PATH "/Nowhere" };

  if (!HAVE_POLKIT)
    {
      g_test_skip ("built without polkit");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_answer (f, paths[i], "org.freedesktop.DBus.Introspectable", "Introspect", "()", BUS "AccessDenied");
  assert_answer (f, TREE_PATH "/Store/Mode", PROPERTIES, "GetAll", "('org.omadm.Agent1.Node',)", BUS "AccessDenied");
  assert_answer (f, TREE_PATH "/Store/Mode", PROPERTIES, "Get", "('org.omadm.Agent1.Node', 'Uri')", BUS "AccessDenied");
  assert_answer (f, TREE_PATH "/Nowhere", PROPERTIES, "Get", "('org.omadm.Agent1.Node', 'Uri')", BUS "AccessDenied");
  assert_answer (f, OMA_OBJECT_PATH, PROPERTIES, "Get", "('org.omadm.Agent1', 'DeviceId')", BUS "AccessDenied");
  assert_answer (f, TREE_PATH "/Store/Mode", NODE, "Get", "()", BUS "AccessDenied");
  assert_tree (f, "Get", "('./Store/Mode',)", BUS "AccessDenied");
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'x'>)", BUS "AccessDenied");
  assert_tree (f, "Subscribe", "('.',)", BUS "AccessDenied");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "StartMonitor", "()", BUS "AccessDenied");
  oma_tree_notify (oma_agent_get_tree (f->agent), "./Store", OMA_CHANGE_REPLACED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (f->heard[0]->str, ==, "");
}

static void
test_calls_in_flight_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GAsyncResult *waiting[OMA_MAX_IN_FLIGHT] = { NULL };

  for (guint i = 0; i < OMA_MAX_IN_FLIGHT; i++)
    g_dbus_connection_call (f->clients[0], f->name, OMA_OBJECT_PATH, TREE, "Get", g_variant_new ("(s)", "./Asked/Never"),
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, keep_result, &waiting[i]);
  assert_tree (f, "Get", "('./Store/Mode',)", BUS "LimitsExceeded");
  {
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply G_GNUC_UNUSED = call_full (f, 1, OMA_OBJECT_PATH, TREE, "Get", g_variant_new ("(s)", "./Store/Mode"),
                                           NULL, NULL, &error);

    g_assert_no_error (error);
  }
  oma_service_stop (f->service);
  for (guint i = 0; i < OMA_MAX_IN_FLIGHT; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *name = NULL;

      while (waiting[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_assert_null (g_dbus_connection_call_finish (f->clients[0], waiting[i], &error));
      name = g_dbus_error_get_remote_error (error);
      g_assert_cmpstr (name, ==, OURS "Stopping");
      g_object_unref (waiting[i]);
    }
}

/* More connections do not help. */
static void
test_calls_of_all_callers_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GDBusConnection *callers[OMA_MAX_IN_FLIGHT_OF_ALL / OMA_MAX_IN_FLIGHT];
  GAsyncResult *waiting[OMA_MAX_IN_FLIGHT_OF_ALL] = { NULL };

  for (guint i = 0; i < OMA_MAX_IN_FLIGHT_OF_ALL; i++)
    {
      GDBusConnection **caller = &callers[i / OMA_MAX_IN_FLIGHT];

      if (i % OMA_MAX_IN_FLIGHT == 0)
        *caller = test_bus_connect (f->bus);
      g_dbus_connection_call (*caller, f->name, OMA_OBJECT_PATH, TREE, "Get", g_variant_new ("(s)", "./Asked/Never"),
                              NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, keep_result, &waiting[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    g_dbus_connection_flush_sync (callers[i], NULL, NULL);
  assert_tree (f, "Get", "('./Store/Mode',)", BUS "LimitsExceeded");
  oma_service_stop (f->service);
  for (guint i = 0; i < OMA_MAX_IN_FLIGHT_OF_ALL; i++)
    {
      while (waiting[i] == NULL)
        g_main_context_iteration (NULL, TRUE);
      g_object_unref (waiting[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (callers); i++)
    g_object_unref (callers[i]);
}

/* ---- Reading and writing ---- */

static char *
make_uris (guint n)
{
  GString *uris = g_string_new ("([");

  for (guint i = 0; i < n; i++)
    g_string_append (uris, i == 0 ? "'./Store/None'" : ", './Store/None'");
  g_string_append (uris, "],)");
  return g_string_free (uris, FALSE);
}

static void
test_nodes_of_a_call_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *most = make_uris (1000), *more = make_uris (1001);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, TREE, "GetMany", g_variant_new_parsed (most), NULL, NULL,
                                         &error);

  g_assert_no_error (error);
  g_assert_nonnull (reply);
  assert_tree (f, "GetMany", more, BUS "InvalidArgs");
}

static void
test_values_are_read_and_written (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *mode = TREE_PATH "/Store/Mode";

  assert_tree (f, "Get", "('./Store/Mode',)", "('chr', 'text/plain', <'calm'>)");
  assert_tree (f, "Get", "('Store/Mode',)", "('chr', 'text/plain', <'calm'>)");
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'wild'>)", "()");
  assert_answer (f, mode, NODE, "Get", "()", "('chr', 'text/plain', <'wild'>)");
  assert_answer (f, mode, NODE, "Replace", "(<'mild'>,)", "()");
  assert_tree (f, "Get", "('./Store/Mode',)", "('chr', 'text/plain', <'mild'>)");
  assert_tree (f, "Add", "('./Store/x%20y', 'chr', 'text/html', <'<p/>'>)", "()");
  assert_tree (f, "Get", "('./Store/x%20y',)", "('chr', 'text/html', <'<p/>'>)");
  assert_tree (f, "Get", "('./Store',)", "('node', '', <['Mode', 'x y']>)");
  assert_tree (f, "Copy", "('./Store/x%20y', './Store/z')", "()");
  assert_tree (f, "Get", "('./Store/z',)", "('chr', 'text/html', <'<p/>'>)");
  assert_answer (f, TREE_PATH "/Store/x_20y", NODE, "Delete", "()", "()");
  assert_tree (f, "Get", "('./Store/x%20y',)", OURS "NotFound");
  assert_tree (f, "Get", "('./Asked/Now',)", "('chr', 'text/plain', <'tick'>)");
  assert_answer (f, TREE_PATH "/Asked/Now", NODE, "Get", "()", "('chr', 'text/plain', <'tick'>)");
}

static void
test_properties_are_read_and_set (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_tree (f, "SetProperty", "('./Store/Mode', 'Title', 'How it feels')", "()");
  assert_tree (f, "GetProperty", "('./Store/Mode', 'Title')", "('How it feels',)");
  assert_tree (f, "SetProperty", "('./Store/Mode', 'ACL', 'Get=*')", "()");
  assert_tree (f, "GetProperty", "('./Store/Mode', 'ACL')", "('Get=*',)");
  assert_tree (f, "GetProperty", "('./Store/Mode', 'Size')", "('4',)");
  assert_tree (f, "SetProperty", "('./Store/Mode', 'Size', '5')", OURS "NotAllowed");
  assert_answer (f, TREE_PATH "/Store/Mode", PROPERTIES, "Get", "('org.omadm.Agent1.Node', 'Acl')", "(<'Get=*'>,)");
}

static void
test_objects_are_found_by_identifier (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_tree (f, "FindObjects", "('urn:ex:mo:one&two:1.0',)", "([],)");
  assert_tree (f, "FetchObjects", "('urn:ex:mo:one&two:1.0',)", OURS "NotFound");
  assert_tree (f, "FindObjects", "('',)", BUS "InvalidArgs");
  assert_tree (f, "Add", "('./Deep/a%20b', 'node', 'urn:ex:mo:one&two:1.0', <''>)", "()");
  assert_tree (f, "FindObjects", "('urn:ex:mo:one&two:1.0',)", "(['./Deep/a%20b'],)");
  assert_tree (f, "FetchObjects", "('urn:ex:mo:one&two:1.0',)", "(['./Deep/a%20b'],)");
}

static void
test_subtree_that_a_plugin_gives_is_asked_for_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = agent_double_count_asked (f->agent);

  assert_tree (f, "GetSubtree", "('./Whole', uint32 0, uint32 0)",
               "([('./Whole', 'node', '', <''>, true), ('./Whole/a%20b', 'node', '', <''>, true),"
               " ('./Whole/a%20b/State', 'chr', 'text/plain', <'good'>, true), ('./Whole/a%20b/Go', 'null', '', <''>, false),"
               " ('./Whole/Run', 'null', '', <''>, false)], false)");
  g_assert_cmpuint (agent_double_count_asked (f->agent), ==, before + 1);
  assert_tree (f, "GetSubtree", "('./Whole', uint32 0, uint32 3)",
               "([('./Whole', 'node', '', <''>, true), ('./Whole/a%20b', 'node', '', <''>, true),"
               " ('./Whole/a%20b/State', 'chr', 'text/plain', <'good'>, true)], true)");
  /* names alone */
  assert_tree (f, "GetSubtree", "('./Whole', uint32 1, uint32 0)",
               "([('./Whole', 'node', '', <''>, true), ('./Whole/Run', 'null', '', <''>, false),"
               " ('./Whole/a%20b', 'node', '', <''>, true)], false)");
  assert_tree (f, "GetSubtree", "('./Whole', uint32 2, uint32 0)",
               "([('./Whole', 'node', '', <''>, true), ('./Whole/a%20b', 'node', '', <''>, true),"
               " ('./Whole/a%20b/State', 'chr', 'text/plain', <'good'>, true), ('./Whole/a%20b/Go', 'null', '', <''>, false),"
               " ('./Whole/Run', 'null', '', <''>, false)], false)");
}

static void
test_several_nodes_are_read_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_tree (f, "Add", "('./Store/Key', '', '', <'secret'>)", "()");
  assert_answer (f, TREE_PATH "/Store/Key", PROPERTIES, "Get", "('" NODE "', 'Size')", "(<uint64 0>,)");
  assert_tree (f, "GetMany", "(['./Store/Mode', './Store/None', './Asked/Now', './Store'],)",
               "([('./Store/Mode', 200, 'chr', 'text/plain', <'calm'>, ''),"
               " ('./Store/None', 404, '', '', <''>, './Store/None: there is no such node'),"
               " ('./Asked/Now', 200, 'chr', 'text/plain', <'tick'>, ''),"
               " ('./Store', 200, 'node', '', <['Mode', 'Key']>, '')],)");
  assert_tree (f, "GetSubtree", "('./Store', uint32 0, uint32 0)",
               "([('./Store', 'node', '', <''>, true), ('./Store/Mode', 'chr', 'text/plain', <'calm'>, true),"
               " ('./Store/Key', 'chr', 'text/plain', <''>, false)], false)");
  assert_tree (f, "Add", "('./Deep/x', 'node', '', <''>)", "()");
  assert_tree (f, "Add", "('./Deep/x/y', 'node', '', <''>)", "()");
  assert_tree (f, "GetSubtree", "('./Deep', uint32 1, uint32 0)",
               "([('./Deep', 'node', '', <''>, true), ('./Deep/x', 'node', '', <''>, true)], false)");
  assert_tree (f, "GetSubtree", "('./Store', uint32 0, uint32 2)",
               "([('./Store', 'node', '', <''>, true), ('./Store/Mode', 'chr', 'text/plain', <'calm'>, true)], true)");
  assert_tree (f, "GetDocument", "('./Store/None',)", OURS "NotFound");
  assert_tree (f, "GetDocument", "('./Store?prop=ACL',)", BUS "InvalidArgs");
  assert_tree (f, "GetSubtree", "('./Store/None', uint32 0, uint32 0)", OURS "NotFound");
}

static void
test_large_values_are_descriptors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gsize size = OMA_VARIANT_MAX_INLINE + 17;
  g_autofree char *octets = g_strnfill (size, 'x');
  g_autofree char *back = g_malloc (size + 1);
  g_autoptr(GUnixFDList) in = g_unix_fd_list_new ();
  g_autoptr(GUnixFDList) out = NULL;
  g_autoptr(GVariant) added = NULL, got = NULL, value = NULL;
  g_autoptr(GError) error = NULL;
  int fd = memfd_create ("test", MFD_CLOEXEC), ends[2];

  g_assert_cmpint (write (fd, octets, size), ==, size);
  g_unix_fd_list_append (in, fd, &error);
  close (fd);
  added = call_full (f, 0, OMA_OBJECT_PATH, TREE, "Add",
                     g_variant_new ("(sssv)", "./Store/Big", "", "", g_variant_new_handle (0)), in, NULL, &error);
  g_assert_no_error (error);
  got = call_full (f, 0, OMA_OBJECT_PATH, TREE, "Get", g_variant_new ("(s)", "./Store/Big"), NULL, &out, &error);
  g_assert_no_error (error);
  g_variant_get (got, "(ssv)", NULL, NULL, &value);
  g_assert_true (oma_variant_is_handle (value));
  fd = g_unix_fd_list_get (out, g_variant_get_handle (value), &error);
  g_assert_cmpint (read (fd, back, size + 1), ==, size);
  g_assert_cmpmem (back, size, octets, size);
  close (fd);

  g_assert_cmpint (pipe (ends), ==, 0);
  g_clear_object (&in);
  in = g_unix_fd_list_new_from_array (ends, 2);
  g_clear_pointer (&added, g_variant_unref);
  added = call_full (f, 0, OMA_OBJECT_PATH, TREE, "Add",
                     g_variant_new ("(sssv)", "./Store/Pipe", "", "", g_variant_new_handle (0)), in, NULL, &error);
  g_assert_null (added);
  g_assert_true (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS));
}

static void
test_no_reply_is_sent_to_who_wants_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GDBusMessage) message = g_dbus_message_new_method_call (f->name, OMA_OBJECT_PATH, TREE, "Replace");
  g_autoptr(GError) error = NULL;

  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  g_dbus_message_set_body (message, g_variant_new ("(sssv)", "./Store/Mode", "", "", g_variant_new_string ("quiet")));
  g_dbus_connection_send_message (f->clients[0], message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, &error);
  g_assert_no_error (error);
  /* served in order: the second write waits for its turn after the first */
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'loud'>)", "()");
  assert_tree (f, "Get", "('./Store/Mode',)", "('chr', 'text/plain', <'loud'>)");
}

/* ---- Signals ---- */

static void
test_changes_reach_the_subscriber_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_tree (f, "Subscribe", "('Store',)", "()");
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'wild'>)", "()");
  assert_tree (f, "Add", "('./Deep/x', 'node', '', <''>)", "()");
  /* the answer to a later call comes after the signal */
  assert_tree (f, "Unsubscribe", "('./Store',)", "()");
  assert_tree (f, "Replace", "('./Store/Mode', '', '', <'mild'>)", "()");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpstr (f->heard[0]->str, ==, " Changed('./Store/Mode', 'replaced');");
  g_assert_cmpstr (f->heard[1]->str, ==, "");
}

static void
test_session_is_an_object_with_a_life (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *path = OMA_OBJECT_PATH "/session/1";
  OmaRunner *runner;

  agent_double_add_account (f->agent, "srv");
  assert_answer (f, OMA_OBJECT_PATH "/account/srv", "org.omadm.Agent1.Account", "Sync", "()",
                 "('/org/omadm/Agent1/session/1',)");
  runner = agent_double_get_runner (f->agent, 0);
  assert_answer (f, path, PROPERTIES, "Get", "('org.omadm.Agent1.Session', 'State')", "(<'queued'>,)");
  agent_double_change_runner (runner, OMA_RUNNER_RUNNING, 3);
  assert_answer (f, path, PROPERTIES, "Get", "('org.omadm.Agent1.Session', 'Commands')", "(<uint32 3>,)");
  agent_double_end_runner (f->agent, runner, "it broke");
  assert_answer (f, path, PROPERTIES, "Get", "('org.omadm.Agent1.Session', 'Reason')", "(<'it broke'>,)");
  agent_double_change_runner (runner, OMA_RUNNER_RUNNING, 4);
  assert_tree (f, "Get", "('./Store/Mode',)", "('chr', 'text/plain', <'calm'>)");
  g_assert_cmpstr (f->heard[0]->str, ==,
                   "/session/1 Progress('running', 0, 0, 3);/session/1 Progress('failed', 0, 0, 3);"
                   "/session/1 Ended('failed', 'it broke');");
  g_assert_cmpstr (f->heard[1]->str, ==, "");
}

static void
test_monitors_hear_messages (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  OmaRunner *runner;

  agent_double_add_account (f->agent, "srv");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "Sync", "('srv', @a{sv} {})",
                 "('/org/omadm/Agent1/session/1',)");
  runner = agent_double_get_runner (f->agent, 0);
  g_assert_false (agent_double_is_overheard (runner));
  reply = call_full (f, 1, OMA_OBJECT_PATH, "org.omadm.Agent1", "StartMonitor", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (agent_double_is_overheard (runner));
  agent_double_send_message (runner, "<SyncML/>");
  agent_double_resend_message (runner, "it was lost");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "Sync", "('srv', @a{sv} {})",
                 "('/org/omadm/Agent1/session/2',)");
  g_assert_true (agent_double_is_overheard (agent_double_get_runner (f->agent, 1)));
  g_clear_pointer (&reply, g_variant_unref);
  reply = call_full (f, 1, OMA_OBJECT_PATH, "org.omadm.Agent1", "StopMonitor", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (agent_double_is_overheard (runner));
  g_assert_cmpstr (f->heard[0]->str, ==, "");
  g_assert_cmpstr (f->heard[1]->str, ==,
                   " Message('/org/omadm/Agent1/session/1', 'srv', true, 1, '<SyncML/>', {'encoding': <'wbxml'>,"
                   " 'size': <uint64 42>});"
                   " Message('/org/omadm/Agent1/session/1', 'srv', true, 1, '', {'again': <uint32 2>,"
                   " 'reason': <'it was lost'>});"
                   " SessionAdded('/org/omadm/Agent1/session/2',);");
}

/* ---- The agent ---- */

static void
test_status_tells_of_the_daemon (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, "org.omadm.Agent1", "GetStatus", NULL, NULL, NULL, &error);
  g_autoptr(GVariant) status = NULL;
  static const struct {
    const char *key;
    const char *type;
  } keys[] = {
    { "version", "s" },  { "device-id", "s" },        { "nodes", "u" },           { "accounts", "u" },
    { "sessions", "u" }, { "plugins", "a(ssssas)" }, { "refused-ddf", "a(ss)" }, { "aside", "a(ss)" },
    { "units", "a(tssxusu)" },
  };

  g_assert_no_error (error);
  g_variant_get (reply, "(@a{sv})", &status);
  g_assert_cmpuint (g_variant_n_children (status), ==, G_N_ELEMENTS (keys));
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (status, keys[i].key, G_VARIANT_TYPE (keys[i].type));

      g_assert_nonnull (value);
    }
}

static void
test_only_a_plugin_that_is_there_is_reset (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaPluginInfo plugin = { .name = (char *) "bad", .state = OMA_PLUGIN_LEFT_OUT, .reason = (char *) "thrice" };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL, status = NULL, plugins = NULL;
  g_autofree char *text = NULL;

  g_ptr_array_add (oma_agent_get_plugins (f->agent), &plugin);
  reply = call_full (f, 0, OMA_OBJECT_PATH, "org.omadm.Agent1", "GetStatus", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(@a{sv})", &status);
  plugins = g_variant_lookup_value (status, "plugins", NULL);
  text = g_variant_print (plugins, FALSE);
  g_assert_cmpstr (text, ==, "[('bad', '', 'left-out', 'thrice', [])]");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ResetPlugin", "('bad',)", "()");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ResetPlugin", "('other',)",
                 "org.omadm.Agent1.Error.NoPlugin");
}

/* The answer without its outer tuple, as text. */
static char *
ask_agent (Fixture *f, const char *method, GVariant *parameters)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, "org.omadm.Agent1", method, parameters, NULL, NULL,
                                         &error);
  g_autoptr(GVariant) answer = NULL;

  g_assert_no_error (error);
  answer = g_variant_get_child_value (reply, 0);
  return g_variant_print (answer, FALSE);
}

static void
test_plugins_are_listed_with_what_went_wrong (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  char *uris[] = { (char *) "./Store", NULL };
  char *names[] = { (char *) "org.example.One1", (char *) "org.example.Two1", NULL };
  char *actions[] = { (char *) "org.example.one.run", NULL };
  OmaPluginInfo good = { .name = (char *) "good", .version = (char *) "1.0", .uris = uris, .abi = (char *) "0.3",
                         .file = (char *) "/p/good.so", .transactions = TRUE, .failures = 2, .last_failure = 77,
                         .last_error = (char *) "no \377 luck", .bus_names = names, .actions = actions };
  OmaPluginInfo bad = { .name = (char *) "bad", .state = OMA_PLUGIN_LEFT_OUT, .reason = (char *) "thrice",
                        .file = (char *) "/p/bad.so", .crashes = 3, .last_crash = 99, .crash_signal = 11 };
  g_autofree char *text = NULL;

  g_ptr_array_add (oma_agent_get_plugins (f->agent), &bad);
  g_ptr_array_add (oma_agent_get_plugins (f->agent), &good);
  text = ask_agent (f, "ListPlugins", NULL);
  g_assert_cmpstr (text, ==,
                   "[{'Name': <'bad'>, 'State': <'left-out'>, 'Reason': <'thrice'>, 'File': <'/p/bad.so'>,"
                   " 'Uris': <@as []>, 'BusNames': <@as []>, 'Actions': <@as []>, 'Transactions': <false>,"
                   " 'Crashes': <uint32 3>, 'LastCrash': <int64 99>,"
                   " 'CrashSignal': <11>, 'Failures': <uint32 0>},"
                   " {'Name': <'good'>, 'Version': <'1.0'>, 'State': <'loaded'>, 'File': <'/p/good.so'>, 'Abi': <'0.3'>,"
                   " 'Uris': <['./Store']>, 'BusNames': <['org.example.One1', 'org.example.Two1']>,"
                   " 'Actions': <['org.example.one.run']>, 'Transactions': <true>, 'Crashes': <uint32 0>, 'Failures': <uint32 2>,"
                   " 'LastFailure': <int64 77>, 'LastError': <'no \357\277\275 luck'>}]");
}

static void
test_plugin_is_shown_with_its_nodes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaPluginInfo plugin = { .name = (char *) "good", .file = (char *) "/p/good.so" };
  g_autofree char *text = NULL;

  g_ptr_array_add (oma_agent_get_plugins (f->agent), &plugin);
  text = ask_agent (f, "GetPlugin", g_variant_new ("(s)", "good"));
  g_assert_cmpstr (text, ==,
                   "{'Name': <'good'>, 'State': <'loaded'>, 'File': <'/p/good.so'>, 'Uris': <@as []>,"
                   " 'BusNames': <@as []>, 'Actions': <@as []>, 'Transactions': <false>,"
                   " 'Crashes': <uint32 0>, 'Failures': <uint32 0>, 'Progress': <@a(sus) []>, 'Nodes': <["
                   "('./Store', 'node', ['Add', 'Delete', 'Get', 'Replace'], false, '', @as []),"
                   " ('./Store/Mode', 'chr', ['Add', 'Delete', 'Get', 'Replace'], true, 'Mode', ['irreversible']),"
                   " ('./Store/Key', 'chr', ['Add', 'Replace'], true, '**', ['irreversible', 'provisional'])]>}");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "GetPlugin", "('other',)",
                 "org.omadm.Agent1.Error.NoPlugin");
}

static int
make_pipe (const char *text)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], text, strlen (text)), ==, strlen (text));
  close (ends[1]);
  return ends[0];
}

static void
test_account_comes_with_secrets_from_descriptors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int fds[] = { make_pipe ("hush\n"), make_pipe ("PEM") };
  g_autoptr(GUnixFDList) in = g_unix_fd_list_new_from_array (fds, 2);
  g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new_parsed (
      "('a', {'server-id': <'srv'>, 'url': <'http://x/'>, 'auth': <'md5'>, 'user': <'u'>, 'secret': <@h 0>,"
      " 'ca': <@h 1>, 'allow-http': <true>, 'encoding': <'wbxml'>, 'manage': <['./Store']>,"
      " 'options': <{'timeout': '5'}>})"));
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply G_GNUC_UNUSED = call_full (f, 0, OMA_OBJECT_PATH, "org.omadm.Agent1", "AddAccount", settings, in, NULL,
                                         &error);
  const OmaAccountConfig *config;

  g_assert_no_error (error);
  config = agent_double_get_config (f->agent);
  g_assert_cmpstr (config->secret, ==, "hush");
  g_assert_cmpmem (g_bytes_get_data (config->ca, NULL), g_bytes_get_size (config->ca), "PEM", 3);
  g_assert_cmpint (config->client_auth, ==, OMA_AUTH_MD5);
  g_assert_cmpstr (config->manage[0], ==, "./Store");
  g_assert_cmpstr (g_hash_table_lookup (config->options, "timeout"), ==, "5");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListAccounts", "()",
                 "([('/org/omadm/Agent1/account/a', {'Name': <'a'>, 'ServerId': <'srv'>, 'Url': <'http://x/'>,"
                 " 'Auth': <'md5'>, 'ServerAuth': <'none'>, 'Encoding': <'wbxml'>, 'Protocol': <'1.2'>,"
                 " 'NotBefore': <int64 0>, 'AllowHttp': <true>})],)");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RemoveAccount", "('a', {'withdraw': <true>})", "()");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListAccounts", "()", "([],)");
}

static void
test_account_of_2_0_comes_with_a_secret_for_notifications (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int fds[] = { make_pipe ("hush\n") };
  g_autoptr(GUnixFDList) in = g_unix_fd_list_new_from_array (fds, 1);
  g_autoptr(GVariant) settings = g_variant_ref_sink (g_variant_new_parsed (
      "('a', {'server-id': <'srv'>, 'url': <'https://x/'>, 'protocol': <'2.0'>, 'moids': <['urn:a', 'urn:b']>,"
      " 'notification-data': <'d'>, 'notification-secret': <@h 0>})"));
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, "org.omadm.Agent1", "AddAccount", settings, in, NULL,
                                         &error);
  const OmaAccountConfig *config;

  g_assert_no_error (error);
  g_assert_nonnull (reply);
  config = agent_double_get_config (f->agent);
  g_assert_cmpint (config->protocol, ==, OMA_DM_2_0);
  g_assert_false (config->has_encoding);
  g_assert_cmpuint (g_strv_length (config->moids), ==, 2);
  g_assert_cmpmem (g_bytes_get_data (config->notification_secret, NULL),
                   g_bytes_get_size (config->notification_secret), "hush", 4);
  g_assert_cmpmem (g_bytes_get_data (config->notification_data, NULL), g_bytes_get_size (config->notification_data),
                   "d", 1);
}

static void
test_bad_settings_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = {
    "('a', {'colour': <'red'>})",     "('a', {'url': <1>})",         "('a', {'auth': <'rot13'>})",
    "('a', {'encoding': <'json'>})",  "('a', {'secret': <@h 0>})",   "('a', {'secret': <'in the open'>})",
    "('a', {'protocol': <'3.0'>})",  "('a', {'moids': <'urn:a'>})", "('a', {'notification-secret': <'in the open'>})",
    "('a', {'url': <'a'>, 'url': <'b'>})",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "AddAccount", bad[i], BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListAccounts", "()", "([],)");
}

#define AGENT "org.omadm.Agent1"

static void
test_bootstrap_document_comes_from_a_descriptor (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int fds[] = { make_pipe ("[]") };
  g_autoptr(GUnixFDList) in = g_unix_fd_list_new_from_array (fds, 1);
  g_autoptr(GVariant) parameters = g_variant_ref_sink (g_variant_new_parsed (
      "(@h 0, 'application/json', {'name': <'fleet'>, 'manage': <['./Store']>})"));
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, AGENT, "Bootstrap", parameters, in, NULL, &error);
  g_autofree char *text = NULL;
  const OmaAccountConfig *config;

  g_assert_no_error (error);
  text = g_variant_print (reply, FALSE);
  g_assert_cmpstr (text, ==, "('/org/omadm/Agent1/account/fleet',)");
  config = agent_double_get_config (f->agent);
  g_assert_cmpstr (config->url, ==, "[]");
  g_assert_cmpstr (config->server_id, ==, "application/json");
  g_assert_cmpstr (config->manage[0], ==, "./Store");
}

static void
test_bootstrap_from_a_server_has_credentials (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int fds[] = { make_pipe ("hush\n"), make_pipe ("PEM") };
  g_autoptr(GUnixFDList) in = g_unix_fd_list_new_from_array (fds, 2);
  g_autoptr(GVariant) parameters = g_variant_ref_sink (g_variant_new_parsed (
      "('https://boot/', {'http-auth': <'basic'>, 'http-user': <'u'>, 'http-secret': <@h 0>, 'ca': <@h 1>})"));
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, OMA_OBJECT_PATH, AGENT, "BootstrapFrom", parameters, in, NULL, &error);
  const OmaAccountConfig *config;

  g_assert_no_error (error);
  g_assert_nonnull (reply);
  config = agent_double_get_config (f->agent);
  g_assert_cmpstr (config->name, ==, "made");
  g_assert_cmpstr (config->url, ==, "https://boot/");
  g_assert_cmpstr (config->http_secret, ==, "hush");
  g_assert_cmpuint (g_bytes_get_size (config->ca), ==, 3);
}

static void
test_bad_options_of_a_bootstrap_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = {
    "('https://b/', {'url': <'https://x/'>})", "('https://b/', {'name': <1>})", "('https://b/', {'protocol': <'1.2'>})",
    "('https://b/', {'name': <'a'>, 'name': <'b'>})", "('https://b/', {'manage': <['.']>, 'manage': <['.']>})",
    "('https://b/', {'ca': <@h 0>})",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_answer (f, OMA_OBJECT_PATH, AGENT, "BootstrapFrom", bad[i], BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "Bootstrap", "(@h 0, 'application/json', {'ca': <@h 1>})", BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "Bootstrap", "(@h 0, 'application/json', @a{sv} {})", BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "ListAccounts", "()", "([],)");
}

static void
test_notification_starts_a_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  agent_double_add_account (f->agent, "two");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "HandleNotification", "(b'two', {'now': <true>})", BUS "InvalidArgs");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "HandleNotification", "(@ay [], @a{sv} {})", OURS "Notification.Digest");
  assert_answer (f, OMA_OBJECT_PATH, AGENT, "HandleNotification", "(@ay [0x74, 0x77, 0x6f], @a{sv} {})",
                 "('two', '/org/omadm/Agent1/session/1')");
}

static void
test_history_shows_what_runs_and_what_ran (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *answer = NULL;

  agent_double_add_account (f->agent, "srv");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "Sync", "('srv', @a{sv} {})",
                 "('/org/omadm/Agent1/session/1',)");
  answer = ask (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListSessions", g_variant_new ("(u)", 0));
  g_assert_nonnull (strstr (answer, "'Id': <uint64 1>"));
  g_assert_nonnull (strstr (answer, "'State': <'queued'>"));
}

/* ---- Alerts ---- */

static void
test_alert_is_kept_listed_and_dropped (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) alerts = NULL;
  g_autofree char *answer = NULL;
  const OmaAlert *alert;

  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RaiseAlert",
                 "('a', 'org.example/Event', <5>, {'mark': <'fatal'>, 'source': <'./Store/Mode'>,"
                 " 'target': <'./Deep'>, 'correlator': <'c'>, 'code': <uint32 1224>})", "(1,)");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RaiseAlert",
                 "('', 't', <[byte 0, 1]>, @a{sv} {'sync': <false>})", "(2,)");
  alerts = oma_alert_list_get_all (oma_agent_get_alerts (f->agent));
  g_assert_cmpuint (alerts->len, ==, 2);
  alert = g_ptr_array_index (alerts, 0);
  g_assert_cmpuint (alert->code, ==, OMA_ALERT_CLIENT_EVENT);
  g_assert_cmpstr (alert->server_id, ==, "a");
  g_assert_cmpstr (alert->mark, ==, "fatal");
  g_assert_cmpint (oma_value_get_format (alert->data), ==, OMA_FORMAT_INT);
  g_assert_cmpstr (oma_value_get_text (alert->data), ==, "5");
  g_assert_false (alert->solicited);
  alert = g_ptr_array_index (alerts, 1);
  g_assert_cmpuint (alert->code, ==, OMA_ALERT_GENERIC);
  g_assert_null (alert->server_id);
  g_assert_cmpint (oma_value_get_format (alert->data), ==, OMA_FORMAT_BIN);

  answer = ask (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListAlerts", NULL);
  g_assert_nonnull (strstr (answer, "'Id': <int64 1>, 'Code': <uint32 1224>, 'ServerId': <'a'>,"
                                    " 'Type': <'org.example/Event'>, 'Mark': <'fatal'>, 'Correlator': <'c'>,"
                                    " 'Source': <'./Store/Mode'>, 'Target': <'./Deep'>, 'Format': <'int'>,"
                                    " 'Size': <uint64 1>, 'State': <'ready'>"));
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "DropAlert", "(int64 1,)", "()");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "DropAlert", "(int64 1,)", BUS "InvalidArgs");
}

static void
test_bad_alerts_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const bad[] = {
    "('', '', <''>, @a{sv} {})",                    "('', 'a\\nb', <''>, @a{sv} {})",
    "('', 't', <'x'>, {'mark': <'loud'>})",         "('', 't', <'x'>, {'mark': <1>})",
    "('', 't', <'x'>, {'code': <uint32 1201>})",    "('', 't', <'x'>, {'code': <1226>})",
    "('', 't', <'x'>, {'format': <'node'>})",       "('', 't', <'x'>, {'format': <'int'>})",
    "('', 't', <'x'>, {'colour': <'red'>})",        "('', 't', <'x'>, {'sync': <'yes'>})",
    "('', 't', <'x'>, {'source': <''>})",           "('', 't', <1.5>, @a{sv} {})",
    "('', 't', <'x'>, {'source': <'./A'>, 'source': <'./B'>})",
  };
  g_autofree char *big = g_strnfill (OMA_ALERT_LIST_MAX_ALERT + 1, 'x');
  g_autofree char *answer = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RaiseAlert", bad[i], BUS "InvalidArgs");
  answer = ask (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RaiseAlert",
                g_variant_new ("(ssv@a{sv})", "", "t", g_variant_new_string (big), g_variant_new_array (
                               G_VARIANT_TYPE ("{sv}"), NULL, 0)));
  g_assert_true (g_str_has_prefix (answer, OURS));
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "ListAlerts", "()", "([],)");
}

static void
test_calls_after_the_stop_are_answered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GAsyncResult *result = NULL;
  g_autoptr(GError) error = NULL;

  /* it may have passed the filter before the stop, or meet GDBus without it */
  g_dbus_connection_call (f->clients[0], f->name, OMA_OBJECT_PATH, TREE, "Get", g_variant_new ("(s)", "./Store/Mode"),
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, keep_result, &result);
  oma_service_stop (f->service);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (g_dbus_connection_call_finish (f->clients[0], result, &error));
  g_assert_true (g_dbus_error_is_remote_error (error));
  g_object_unref (result);
  assert_answer (f, TREE_PATH "/Store", NODE, "Get", "()", BUS "UnknownMethod");
}

#define ADD(path, func) g_test_add ("/service/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/every-method-has-a-handler", test_every_method_has_a_handler);
  ADD ("introspection-shows-nine-levels", test_introspection_shows_nine_levels);
  ADD ("introspection-tells-interfaces", test_introspection_tells_interfaces);
  ADD ("introspection-lists-a-thousand-children", test_introspection_lists_a_thousand_children);
  ADD ("node-properties-are-what-the-tree-knows", test_node_properties_are_what_the_tree_knows);
  ADD ("get-all-tells-every-property", test_get_all_tells_every_property);
  ADD ("errors-say-what-is-unknown", test_errors_say_what_is_unknown);
  ADD ("failures-have-names-of-ours", test_failures_have_names_of_ours);
  g_test_add ("/service/who-is-not-authorised-learns-nothing", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_who_is_not_authorised_learns_nothing, tear_down);
  ADD ("calls-in-flight-are-bounded", test_calls_in_flight_are_bounded);
  ADD ("calls-of-all-callers-are-bounded", test_calls_of_all_callers_are_bounded);
  ADD ("nodes-of-a-call-are-bounded", test_nodes_of_a_call_are_bounded);
  ADD ("values-are-read-and-written", test_values_are_read_and_written);
  ADD ("properties-are-read-and-set", test_properties_are_read_and_set);
  ADD ("objects-are-found-by-identifier", test_objects_are_found_by_identifier);
  ADD ("subtree-that-a-plugin-gives-is-asked-for-once", test_subtree_that_a_plugin_gives_is_asked_for_once);
  ADD ("several-nodes-are-read-at-once", test_several_nodes_are_read_at_once);
  ADD ("large-values-are-descriptors", test_large_values_are_descriptors);
  ADD ("no-reply-is-sent-to-who-wants-none", test_no_reply_is_sent_to_who_wants_none);
  ADD ("changes-reach-the-subscriber-only", test_changes_reach_the_subscriber_only);
  ADD ("session-is-an-object-with-a-life", test_session_is_an_object_with_a_life);
  ADD ("monitors-hear-messages", test_monitors_hear_messages);
  ADD ("status-tells-of-the-daemon", test_status_tells_of_the_daemon);
  ADD ("only-a-plugin-that-is-there-is-reset", test_only_a_plugin_that_is_there_is_reset);
  ADD ("plugins-are-listed-with-what-went-wrong", test_plugins_are_listed_with_what_went_wrong);
  ADD ("plugin-is-shown-with-its-nodes", test_plugin_is_shown_with_its_nodes);
  ADD ("account-comes-with-secrets-from-descriptors", test_account_comes_with_secrets_from_descriptors);
  ADD ("account-of-2-0-comes-with-a-secret-for-notifications", test_account_of_2_0_comes_with_a_secret_for_notifications);
  ADD ("bad-settings-are-refused", test_bad_settings_are_refused);
  ADD ("bootstrap-document-comes-from-a-descriptor", test_bootstrap_document_comes_from_a_descriptor);
  ADD ("bootstrap-from-a-server-has-credentials", test_bootstrap_from_a_server_has_credentials);
  ADD ("notification-starts-a-session", test_notification_starts_a_session);
  ADD ("bad-options-of-a-bootstrap-are-refused", test_bad_options_of_a_bootstrap_are_refused);
  ADD ("history-shows-what-runs-and-what-ran", test_history_shows_what_runs_and_what_ran);
  ADD ("alert-is-kept-listed-and-dropped", test_alert_is_kept_listed_and_dropped);
  ADD ("bad-alerts-are-refused", test_bad_alerts_are_refused);
  ADD ("calls-after-the-stop-are-answered", test_calls_after_the_stop_are_answered);
  return g_test_run ();
}

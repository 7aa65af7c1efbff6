/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-polkit.h"

#include "service/oma-dbus-error.h"
#include "test-bus.h"

#include <string.h>

/* ---- The table ---- */

static GPtrArray *
load_interfaces (void)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_dbus_node_info_unref);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (OMA_TEST_DBUS_DIR, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (OMA_TEST_DBUS_DIR, name, NULL);
      g_autofree char *xml = NULL;

      if (!g_str_has_suffix (name, ".xml"))
        continue;
      g_assert_true (g_file_get_contents (path, &xml, NULL, &error));
      g_ptr_array_add (nodes, g_dbus_node_info_new_for_xml (xml, &error));
      g_assert_no_error (error);
    }
  return nodes;
}

static void
assert_action (const char *interface, const char *member)
{
  const char *action = oma_polkit_get_action (interface, member);

  g_test_message ("%s.%s", interface, member);
  g_assert_nonnull (action);
  g_assert_true (g_str_has_prefix (action, "org.omadm."));
}

static void
test_every_member_is_in_the_table (void)
{
  g_autoptr(GPtrArray) nodes = load_interfaces ();

  g_assert_cmpuint (nodes->len, >=, 5);
  for (guint i = 0; i < nodes->len; i++)
    {
      GDBusInterfaceInfo *info = ((GDBusNodeInfo *) g_ptr_array_index (nodes, i))->interfaces[0];

      if (!g_str_has_prefix (info->name, "org.omadm.Agent1"))
        continue;
      /* not the daemon's: programs with a user before them have it */
      if (strcmp (info->name, "org.omadm.Agent1.UserInteraction") == 0)
        {
          g_assert_null (oma_polkit_get_action (info->name, "Ask"));
          continue;
        }
      g_assert_nonnull (oma_polkit_get_action_for_all (info));
      for (guint j = 0; info->methods != NULL && info->methods[j] != NULL; j++)
        assert_action (info->name, info->methods[j]->name);
      for (guint j = 0; info->properties != NULL && info->properties[j] != NULL; j++)
        {
          assert_action (info->name, info->properties[j]->name);
          /* the service answers Set with PropertyReadOnly, unasked */
          g_assert_cmpint (info->properties[j]->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
        }
    }
}

static void
test_actions_are_those_of_the_policy (void)
{
  g_autofree char *policy = NULL;
  g_autoptr(GError) error = NULL;
  static const struct {
    const char *interface;
    const char *member;
    const char *action;
  } cases[] = {
    { "org.omadm.Agent1.Tree", "Get", "org.omadm.read" },
    { "org.omadm.Agent1.Tree", "Replace", "org.omadm.change" },
    { "org.omadm.Agent1.Tree", "SetProperty", "org.omadm.change" },
    { "org.omadm.Agent1.Node", "Exec", "org.omadm.exec" },
    { "org.omadm.Agent1", "AddAccount", "org.omadm.account" },
    { "org.omadm.Agent1", "Bootstrap", "org.omadm.account" },
    { "org.omadm.Agent1", "BootstrapFrom", "org.omadm.account" },
    { "org.omadm.Agent1", "HandleNotification", "org.omadm.notify" },
    { "org.omadm.Agent1", "StartMonitor", "org.omadm.monitor" },
    { "org.omadm.Agent1.Account", "Sync", "org.omadm.sync" },
    { "org.omadm.Agent1", "RaiseAlert", "org.omadm.alert" },
    { "org.omadm.Agent1", "ListAlerts", "org.omadm.read" },
    { "org.omadm.Agent1", "DropAlert", "org.omadm.account" },
    { "org.omadm.Agent1", "ListPlugins", "org.omadm.read" },
    { "org.omadm.Agent1", "GetPlugin", "org.omadm.read" },
    { "org.omadm.Agent1", "ResetPlugin", "org.omadm.plugin" },
    { "org.omadm.Agent1", "RetryUndo", "org.omadm.unit" },
    { "org.omadm.Agent1", "ForgetUnit", "org.omadm.unit" },
    { "org.omadm.Agent1", "RegisterUserInteraction", "org.omadm.interact" },
    { "org.freedesktop.DBus.Introspectable", "Introspect", "org.omadm.read" },
  };

  g_assert_true (g_file_get_contents (OMA_TEST_POLICY, &policy, NULL, &error));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *tag = g_strdup_printf ("<action id=\"%s\">", cases[i].action);

      g_assert_cmpstr (oma_polkit_get_action (cases[i].interface, cases[i].member), ==, cases[i].action);
      g_assert_nonnull (strstr (policy, tag));
    }
}

static void
test_unknown_members_have_no_action (void)
{
  g_assert_null (oma_polkit_get_action ("org.omadm.Agent1", "Reboot"));
  g_assert_null (oma_polkit_get_action ("org.omadm.Agent1.Tree", "Sync"));
  g_assert_null (oma_polkit_get_action ("org.omadm", "Get"));
}

/* ---- Asking ---- */

typedef struct {
  GTestDBus       *bus;
  GDBusConnection *service;
  GDBusConnection *authority;     /* plays polkit */
  guint            registration;
  gboolean         authorized;
  gboolean         challenge;
  char            *subject;
  char            *action;
  guint32          flags;
  gboolean         silent;        /* never answers */
  GDBusMethodInvocation *waiting;
  gboolean         cancelled;
} Fixture;

static const char authority_xml[] =
    "<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
    "<method name='CheckAuthorization'><arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='(bba{ss})' direction='out'/></method>"
    "<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method>"
    "</interface></node>";

static void
authority_call (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED, const char *method,
                GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr(GVariant) subject = NULL;
  const char *kind;

  if (strcmp (method, "CancelCheckAuthorization") == 0)
    {
      f->cancelled = TRUE;
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_free (f->subject);
  g_free (f->action);
  g_variant_get (parameters, "((&s@a{sv})s@a{ss}u&s)", &kind, &subject, &f->action, NULL, &f->flags, NULL);
  g_assert_cmpstr (kind, ==, "system-bus-name");
  g_assert_true (g_variant_lookup (subject, "name", "s", &f->subject));
  if (f->silent)
    f->waiting = invocation;
  else
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("((bba{ss}))", f->authorized, f->challenge, NULL));
}

static void
set_up (Fixture *f, gconstpointer with_authority)
{
  static const GDBusInterfaceVTable vtable = { .method_call = authority_call };
  g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (authority_xml, NULL);
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GError) error = NULL;

  f->bus = test_bus_new ();
  f->service = test_bus_connect (f->bus);
  f->authority = test_bus_connect (f->bus);
  if (with_authority == NULL)
    return;
  f->registration = g_dbus_connection_register_object (f->authority, "/org/freedesktop/PolicyKit1/Authority",
                                                       info->interfaces[0], &vtable, f, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (f->authority, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.PolicyKit1", 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_object (&f->waiting);
  g_dbus_connection_close_sync (f->service, NULL, NULL);
  g_dbus_connection_close_sync (f->authority, NULL, NULL);
  g_clear_object (&f->service);
  g_clear_object (&f->authority);
  g_free (f->subject);
  g_free (f->action);
  g_test_dbus_down (f->bus);
  g_clear_object (&f->bus);
}

static void
keep_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
check (Fixture *f, gboolean use_polkit, const char *action, gboolean interactive, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_polkit_check_async (f->service, use_polkit, g_dbus_connection_get_unique_name (f->authority), action, interactive,
                          NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_polkit_check_finish (result, error);
}

static void
test_polkit_decides (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (!HAVE_POLKIT)
    {
      g_test_skip ("built without polkit");
      return;
    }
  f->authorized = TRUE;
  g_assert_true (check (f, TRUE, "org.omadm.read", FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (f->subject, ==, g_dbus_connection_get_unique_name (f->authority));
  g_assert_cmpstr (f->action, ==, "org.omadm.read");
  g_assert_cmpuint (f->flags, ==, 0);

  f->authorized = FALSE;
  g_assert_false (check (f, TRUE, "org.omadm.change", TRUE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpuint (f->flags, ==, 1);
  g_clear_error (&error);

  f->challenge = TRUE;
  g_assert_false (check (f, TRUE, "org.omadm.change", FALSE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_AUTHORIZATION_REQUIRED);
}

static void
test_nobody_may_what_has_no_action (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  f->authorized = TRUE;
  g_assert_false (check (f, TRUE, NULL, TRUE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED);
  g_clear_error (&error);
  g_assert_false (check (f, FALSE, NULL, TRUE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED);
  g_assert_null (f->action);
}

static void
test_without_polkit_on_the_bus_nobody_may (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (!HAVE_POLKIT)
    {
      g_test_skip ("built without polkit");
      return;
    }
  g_assert_false (check (f, TRUE, "org.omadm.read", FALSE, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED);
}

static void
test_without_polkit_own_user_may (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GAsyncResult) result = NULL;

  g_assert_true (check (f, FALSE, "org.omadm.account", FALSE, &error));
  g_assert_no_error (error);

  oma_polkit_check_async (f->service, FALSE, ":1.999", "org.omadm.read", FALSE, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (oma_polkit_check_finish (result, &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_ACCESS_DENIED);
}

static void
test_cancelling_takes_the_question_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  if (!HAVE_POLKIT)
    {
      g_test_skip ("built without polkit");
      return;
    }
  f->silent = TRUE;
  oma_polkit_check_async (f->service, TRUE, ":1.0", "org.omadm.read", TRUE, cancellable, keep_result, &result);
  while (f->waiting == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  while (result == NULL || !f->cancelled)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (oma_polkit_check_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(path, authority, func) \
  g_test_add ("/polkit/" path, Fixture, GINT_TO_POINTER (authority), set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/polkit/every-member-is-in-the-table", test_every_member_is_in_the_table);
  g_test_add_func ("/polkit/actions-are-those-of-the-policy", test_actions_are_those_of_the_policy);
  g_test_add_func ("/polkit/unknown-members-have-no-action", test_unknown_members_have_no_action);
  ADD ("polkit-decides", TRUE, test_polkit_decides);
  ADD ("nobody-may-what-has-no-action", TRUE, test_nobody_may_what_has_no_action);
  ADD ("without-polkit-on-the-bus-nobody-may", FALSE, test_without_polkit_on_the_bus_nobody_may);
  ADD ("without-polkit-own-user-may", FALSE, test_without_polkit_own_user_may);
  ADD ("cancelling-takes-the-question-back", TRUE, test_cancelling_takes_the_question_back);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-test.h"
#include "test-bus.h"

#include "base/oma-status.h"
#include "codec/oma-ddf.h"
#include "plugin/oma-plugin-private.h"

#include <string.h>

#define SERVICE "org.omadm.Trial1"         /* in the manifest of the module, as Absent1 and Broken1 */
#define OTHER "org.omadm.Other1"
#define OBJECT "/org/omadm/Trial1"

static const char interface_xml[] =
  "<node><interface name='" SERVICE "'>"
  "<method name='Echo'><arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
  "<method name='Fail'><arg type='s' direction='in'/></method>"
  "<method name='Hang'/><method name='Leave'/>"
  "<signal name='Said'><arg type='s'/></signal>"
  "</interface></node>";

typedef struct {
  GTestDBus       *bus;
  GDBusConnection *connection;      /* of the daemon */
  GDBusConnection *service;
  OmaTree         *tree;
  OmaPluginLoader *loader;
  OmaPluginHost   *host;
  char            *dir;
  guint            n_calls;         /* that came to the service */
  guint            n_signals;
  char            *heard;
} Fixture;

typedef struct {
  GVariant *answer;
  GError   *error;
  char     *remote;
  gboolean  done;
} Result;

static void
result_clear (Result *result)
{
  g_clear_pointer (&result->answer, g_variant_unref);
  g_clear_error (&result->error);
  g_free (result->remote);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

/* ---- The service ---- */

static void
method_called (GDBusConnection *connection, const char *sender G_GNUC_UNUSED, const char *path G_GNUC_UNUSED,
               const char *interface G_GNUC_UNUSED, const char *method, GVariant *parameters,
               GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fixture *f = user_data;
  const char *text;

  f->n_calls++;
  if (strcmp (method, "Echo") == 0)
    g_dbus_method_invocation_return_value (invocation, parameters);
  else if (strcmp (method, "Fail") == 0)
    {
      g_variant_get (parameters, "(&s)", &text);
      g_dbus_method_invocation_return_dbus_error (invocation, text, "what the service says");
    }
  else
    {
      if (strcmp (method, "Leave") == 0)
        g_dbus_connection_close (connection, NULL, NULL, NULL);
      g_object_unref (invocation);
    }
}

static void
own (GDBusConnection *connection, const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
    g_variant_new ("(su)", name, 4), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (answer);
}

static void
start_service (Fixture *f)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_called };
  g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (interface_xml, NULL);

  f->service = test_bus_connect (f->bus);
  g_dbus_connection_register_object (f->service, OBJECT, info->interfaces[0], &vtable, f, NULL, NULL);
  own (f->service, SERVICE);
  own (f->service, OTHER);
}

static void
say (Fixture *f, const char *text)
{
  g_dbus_connection_emit_signal (f->service, NULL, OBJECT, SERVICE, "Said", g_variant_new ("(s)", text), NULL);
}

/* ---- The plugin ---- */

static void
load (Fixture *f, GDBusConnection *connection)
{
  g_auto(Target) root = { 0 };

  f->tree = oma_tree_new ();
  f->loader = oma_plugin_loader_new (f->tree, oma_ddf_load);
  oma_plugin_loader_set_accept_own_files (f->loader, TRUE);
  oma_plugin_loader_set_connection (f->loader, connection);
  oma_plugin_loader_load_directory (f->loader, f->dir);
  plugin_test_find (f->tree, "./Vendor/Trial", &root);
  f->host = oma_plugin_get_host (root.self);
}

static void
unload (Fixture *f)
{
  g_clear_pointer (&f->loader, oma_plugin_loader_free);
  g_clear_pointer (&f->tree, oma_tree_free);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *broken = NULL;

  f->dir = g_dir_make_tmp ("omadm-plugins-XXXXXX", NULL);
  broken = g_build_filename (f->dir, "org.omadm.Broken1.service", NULL);
  g_assert_true (g_file_set_contents (broken, "[D-BUS Service]\nName=org.omadm.Broken1\nExec=/bin/false\n", -1, NULL));
  g_free (plugin_test_install (f->dir, "manifest.so"));
  g_free (plugin_test_install (f->dir, "good.ddf.xml"));
  f->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (f->bus, f->dir);
  test_bus_up (f->bus);
  f->connection = test_bus_connect (f->bus);
  start_service (f);
  load (f, f->connection);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  unload (f);
  g_clear_object (&f->service);
  g_clear_object (&f->connection);
  g_test_dbus_down (f->bus);
  g_object_unref (f->bus);
  plugin_test_remove (f->dir);
  g_free (f->dir);
  g_free (f->heard);
}

static void
called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &r->error);
  r->remote = g_strdup (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result));
  r->done = TRUE;
}

static void
call (Fixture *f, const char *name, const char *method, const char *argument, GCancellable *cancellable,
      Result *result)
{
  oma_plugin_host_call_async (f->host, name, OBJECT, SERVICE, method,
                              argument != NULL ? g_variant_new ("(s)", argument) : NULL, NULL, cancellable, called,
                              result);
  g_assert_false (result->done);
}

static void
wait_for (Result *result)
{
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_failed (const Result *result, const char *text)
{
  g_assert_null (result->answer);
  g_assert_error (result->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  if (strstr (result->error->message, text) == NULL)
    g_error ("'%s' does not say '%s'", result->error->message, text);
}

/* When this is answered, what came before it on the bus is there. */
static void
go_there_and_back (Fixture *f)
{
  g_auto(Result) result = { 0 };

  call (f, SERVICE, "Echo", "x", NULL, &result);
  wait_for (&result);
  g_assert_no_error (result.error);
}

/* ---- Calls ---- */

static void
test_service_of_the_manifest_is_called (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };
  const char *text;

  call (f, SERVICE, "Echo", "hello", NULL, &result);
  wait_for (&result);
  g_assert_no_error (result.error);
  g_variant_get (result.answer, "(&s)", &text);
  g_assert_cmpstr (text, ==, "hello");
  g_assert_null (result.remote);
}

static void
test_name_beside_the_manifest_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*manifest: " OTHER " is not in its manifest*");
  call (f, OTHER, "Echo", "hello", NULL, &result);
  wait_for (&result);
  g_test_assert_expected_messages ();
  assert_failed (&result, OTHER);
  go_there_and_back (f);
  g_assert_cmpuint (f->n_calls, ==, 1);
}

static void
test_unique_name_of_a_service_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*is not in its manifest*");
  call (f, g_dbus_connection_get_unique_name (f->service), "Echo", "hello", NULL, &result);
  wait_for (&result);
  g_test_assert_expected_messages ();
  assert_failed (&result, "manifest");
}

static void
test_missing_service_is_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  call (f, "org.omadm.Absent1", "Echo", "x", NULL, &result);
  wait_for (&result);
  assert_failed (&result, "The service org.omadm.Absent1 is not there");
  g_assert_cmpstr (result.remote, ==, "org.freedesktop.DBus.Error.ServiceUnknown");
}

static void
test_service_that_does_not_start_is_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  call (f, "org.omadm.Broken1", "Echo", "x", NULL, &result);
  wait_for (&result);
  assert_failed (&result, "The service org.omadm.Broken1 is not there");
  /* It was tried. */
  g_assert_true (g_str_has_prefix (result.remote, "org.freedesktop.DBus.Error.Spawn."));
}

static void
test_service_that_leaves_is_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  call (f, SERVICE, "Leave", NULL, NULL, &result);
  wait_for (&result);
  assert_failed (&result, "The service " SERVICE " is not there");
}

static void
test_missing_right_is_named (Fixture *f, gconstpointer data)
{
  g_auto(Result) result = { 0 };

  call (f, SERVICE, "Fail", data, NULL, &result);
  wait_for (&result);
  assert_failed (&result, "needed: org.omadm.trial.run, org.omadm.trial.stop-it): what the service says");
  g_assert_nonnull (strstr (result.error->message, SERVICE ".Fail"));
  g_assert_cmpstr (result.remote, ==, data);
}

static void
test_other_failure_is_what_the_service_says (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  call (f, SERVICE, "Fail", "org.omadm.Trial1.NoSuchThing", NULL, &result);
  wait_for (&result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpstr (result.error->message, ==, SERVICE ".Fail of " SERVICE " failed: what the service says");
  g_assert_cmpstr (result.remote, ==, "org.omadm.Trial1.NoSuchThing");
}

static void
test_answer_of_another_type_is_a_failure (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  oma_plugin_host_call_async (f->host, SERVICE, OBJECT, SERVICE, "Echo", g_variant_new ("(s)", "x"),
                              G_VARIANT_TYPE ("(u)"), NULL, called, &result);
  wait_for (&result);
  assert_failed (&result, "failed");
}

static void
test_hanging_call_is_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_auto(Result) result = { 0 };

  call (f, SERVICE, "Hang", NULL, cancellable, &result);
  go_there_and_back (f);
  g_assert_false (result.done);
  g_cancellable_cancel (cancellable);
  wait_for (&result);
  g_assert_error (result.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_call_may_outlive_the_plugin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 }, late = { 0 };
  g_autoptr(OmaPluginHost) host = g_object_ref (f->host);

  call (f, SERVICE, "Echo", "x", NULL, &result);
  unload (f);
  wait_for (&result);
  g_assert_no_error (result.error);
  g_assert_true (f->host == host);
  call (f, SERVICE, "Echo", "x", NULL, &late);
  wait_for (&late);
  assert_failed (&late, "shut down");
}

static void
test_without_bus_no_service_is_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Result) result = { 0 };

  unload (f);
  load (f, NULL);
  call (f, SERVICE, "Echo", "x", NULL, &result);
  wait_for (&result);
  assert_failed (&result, "there is no system bus");
}

/* ---- Signals ---- */

static void
heard (OmaPluginHost *host, const char *path, const char *interface G_GNUC_UNUSED, const char *signal_name,
       GVariant *parameters, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_true (host == f->host);
  f->n_signals++;
  g_free (f->heard);
  f->heard = g_strdup_printf ("%s %s", path, signal_name);
  g_assert_true (g_variant_is_of_type (parameters, G_VARIANT_TYPE_TUPLE));
}

static guint
subscribe (Fixture *f, const char *name, const char *signal_name, const char *arg0)
{
  return oma_plugin_host_subscribe (f->host, name, NULL, NULL, signal_name, arg0, heard, f);
}

static void
test_signals_are_heard_until_unsubscribed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint id = subscribe (f, SERVICE, "Said", NULL);

  g_assert_cmpuint (id, !=, 0);
  go_there_and_back (f);
  say (f, "one");
  go_there_and_back (f);
  g_assert_cmpuint (f->n_signals, ==, 1);
  g_assert_cmpstr (f->heard, ==, OBJECT " Said");
  oma_plugin_host_unsubscribe (f->host, id);
  say (f, "two");
  go_there_and_back (f);
  g_assert_cmpuint (f->n_signals, ==, 1);
}

static void
test_first_argument_chooses_signals (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  subscribe (f, SERVICE, NULL, "two");
  go_there_and_back (f);
  say (f, "one");
  say (f, "two");
  go_there_and_back (f);
  g_assert_cmpuint (f->n_signals, ==, 1);
}

static void
test_signals_beside_the_manifest_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*" OTHER " is not in its manifest*");
  g_assert_cmpuint (subscribe (f, OTHER, NULL, NULL), ==, 0);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*org.freedesktop.DBus is not in its manifest*");
  g_assert_cmpuint (subscribe (f, "org.freedesktop.DBus", "NameOwnerChanged", NULL), ==, 0);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*" OTHER " is not in its manifest*");
  g_assert_cmpuint (subscribe (f, "org.freedesktop.DBus", "NameOwnerChanged", OTHER), ==, 0);
  g_test_assert_expected_messages ();
}

static void
test_service_is_seen_to_go_and_come (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  subscribe (f, "org.freedesktop.DBus", "NameOwnerChanged", "org.omadm.Absent1");
  go_there_and_back (f);
  own (f->service, "org.omadm.Absent1");
  go_there_and_back (f);
  g_assert_cmpuint (f->n_signals, ==, 1);
  g_dbus_connection_close_sync (f->service, NULL, NULL);
  while (f->n_signals < 2)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_subscriptions_end_with_the_plugin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  subscribe (f, SERVICE, "Said", NULL);
  go_there_and_back (f);
  unload (f);
  load (f, f->connection);
  say (f, "one");
  go_there_and_back (f);
  g_assert_cmpuint (f->n_signals, ==, 0);
}

int
main (int argc, char **argv)
{
  static const char *const refusals[] = {
    "org.freedesktop.DBus.Error.AccessDenied", "org.freedesktop.PolicyKit1.Error.NotAuthorized",
    "org.freedesktop.NetworkManager.Settings.PermissionDenied",
    "org.freedesktop.PackageKit.Transaction.RefusedByPolicy",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
  };

  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/plugin-bus/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("service-of-the-manifest-is-called", test_service_of_the_manifest_is_called);
  TEST ("name-beside-the-manifest-is-refused", test_name_beside_the_manifest_is_refused);
  TEST ("unique-name-of-a-service-is-refused", test_unique_name_of_a_service_is_refused);
  TEST ("missing-service-is-named", test_missing_service_is_named);
  TEST ("service-that-does-not-start-is-named", test_service_that_does_not_start_is_named);
  TEST ("service-that-leaves-is-named", test_service_that_leaves_is_named);
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/plugin-bus/missing-right-is-named/", refusals[i], NULL);

      g_test_add (path, Fixture, refusals[i], set_up, test_missing_right_is_named, tear_down);
    }
  TEST ("other-failure-is-what-the-service-says", test_other_failure_is_what_the_service_says);
  TEST ("answer-of-another-type-is-a-failure", test_answer_of_another_type_is_a_failure);
  TEST ("hanging-call-is-cancelled", test_hanging_call_is_cancelled);
  TEST ("call-may-outlive-the-plugin", test_call_may_outlive_the_plugin);
  TEST ("without-bus-no-service-is-there", test_without_bus_no_service_is_there);
  TEST ("signals-are-heard-until-unsubscribed", test_signals_are_heard_until_unsubscribed);
  TEST ("first-argument-chooses-signals", test_first_argument_chooses_signals);
  TEST ("signals-beside-the-manifest-are-refused", test_signals_beside_the_manifest_are_refused);
  TEST ("service-is-seen-to-go-and-come", test_service_is_seen_to_go_and_come);
  TEST ("subscriptions-end-with-the-plugin", test_subscriptions_end_with_the_plugin);
  return g_test_run ();
}

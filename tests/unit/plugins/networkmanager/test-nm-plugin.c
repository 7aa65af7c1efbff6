/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-double.h"

#include "base/oma-node-ref-private.h"
#include "plugin/oma-plugin-transaction-private.h"

#include <string.h>

/* The plugin as the daemon calls it, with a NetworkManager in memory: what a unit of work makes of profiles, how it
 * ends when something fails, and what is told of changes. */

#define ROOT "./Vendor/Omadm/Network/Connections"

typedef struct {
  NmDouble                  *nm;
  const OmaPluginDescriptor *plugin;
  gpointer                   self;
  OmaPluginTransaction      *transaction;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  f->nm = nm_double_new ();
  f->plugin = oma_plugin_query ();
  g_assert_true (f->plugin->init (OMA_PLUGIN_HOST (f->nm), &f->self, &error));
  f->transaction = oma_plugin_transaction_new ();
}

static void
end_transaction (Fixture *f)
{
  oma_plugin_transaction_free (f->transaction);
  nm_double_settle ();
  f->transaction = oma_plugin_transaction_new ();
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_plugin_transaction_free (f->transaction);
  nm_double_settle ();
  f->plugin->shutdown (f->self);
  nm_double_settle ();
  g_assert_finalize_object (f->nm);
}

/* ---- Operations ---- */

typedef struct {
  gboolean done;
  gboolean truth;
  gpointer pointer;
  GError  *error;
} Outcome;

static void
returned_truth (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->truth = g_task_propagate_boolean (G_TASK (result), &outcome->error);
  outcome->done = TRUE;
}

static void
returned_pointer (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->pointer = g_task_propagate_pointer (G_TASK (result), &outcome->error);
  outcome->done = TRUE;
}

static GTask *
new_task (Fixture *f, GAsyncReadyCallback callback, Outcome *outcome)
{
  return g_task_new (f->nm, NULL, callback, outcome);
}

static void
wait_for (const Outcome *outcome)
{
  nm_double_settle ();
  while (!outcome->done)
    g_main_context_iteration (NULL, TRUE);
}

static const OmaNodeHandler *
find_handler (Fixture *f, const char *uri)
{
  const OmaNodeHandler *top = NULL;

  for (gsize i = 0; i < f->plugin->n_handlers; i++)
    {
      const OmaNodeHandler *handler = &f->plugin->handlers[i];
      gsize length = strlen (handler->node);

      if (strcmp (handler->node, uri) == 0)
        return handler;
      if (g_str_has_suffix (handler->node, "/**") && strncmp (handler->node, uri, length - 2) == 0)
        top = handler;
    }
  g_assert_nonnull (top);
  return top;
}

/* As long as the task, like its other arguments. */
static const OmaNodeRef *
make_ref (GTask *task, const char *uri)
{
  const char *slash = strrchr (uri, '/');
  OmaNodeRef *ref = oma_node_ref_new (uri, "", slash + 1, NULL);

  g_object_set_data_full (G_OBJECT (task), "ref", ref, (GDestroyNotify) oma_node_ref_free);
  return ref;
}

static OmaValue *
make_value (GTask *task, const char *text)
{
  OmaValue *value = text != NULL ? oma_value_new_string (text) : NULL;

  if (value != NULL)
    g_object_set_data_full (G_OBJECT (task), "value", value, (GDestroyNotify) oma_value_unref);
  return value;
}

/* @value: (nullable): of a leaf. */
static void
add (Fixture *f, const char *uri, const char *value)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  find_handler (f, uri)->add (f->self, make_ref (task, uri), make_value (task, value), f->transaction, task);
  wait_for (&outcome);
  g_assert_no_error (outcome.error);
}

static void
refuse (Fixture *f, const char *uri, const char *value, OmaStatus status)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  find_handler (f, uri)->replace (f->self, make_ref (task, uri), make_value (task, value), f->transaction, task);
  wait_for (&outcome);
  g_assert_error (outcome.error, OMA_STATUS_ERROR, (int) status);
  g_assert_null (strstr (outcome.error->message, value));
  g_error_free (outcome.error);
}

static void
replace (Fixture *f, const char *uri, const char *value)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  find_handler (f, uri)->replace (f->self, make_ref (task, uri), make_value (task, value), f->transaction, task);
  wait_for (&outcome);
  g_assert_no_error (outcome.error);
}

static void
remove_node (Fixture *f, const char *uri)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  find_handler (f, uri)->remove (f->self, make_ref (task, uri), f->transaction, task);
  wait_for (&outcome);
  g_assert_no_error (outcome.error);
}

typedef void (*Phase) (gpointer self, OmaPluginTransaction *transaction, GTask *task);

/* Returns: 0, or the status that it failed with. */
static int
run (Fixture *f, Phase phase)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);
  int status = 0;

  phase (f->self, f->transaction, task);
  wait_for (&outcome);
  if (outcome.error != NULL)
    {
      g_assert_cmpint (outcome.error->domain, ==, OMA_STATUS_ERROR);
      status = outcome.error->code;
      g_error_free (outcome.error);
    }
  return status;
}

/* A unit of work that holds. */
static void
commit (Fixture *f)
{
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  g_assert_cmpint (run (f, f->plugin->confirm), ==, 0);
  end_transaction (f);
}

static void
undo (Fixture *f, GBytes *data)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  f->plugin->undo (f->self, data, task);
  wait_for (&outcome);
  g_assert_no_error (outcome.error);
}

/* Returns: what a leaf holds, NULL when there is none. */
static char *
get (Fixture *f, const char *uri)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_pointer, &outcome);
  g_autoptr(OmaValue) value = NULL;

  find_handler (f, uri)->get (f->self, make_ref (task, uri), task);
  wait_for (&outcome);
  g_clear_error (&outcome.error);
  value = outcome.pointer;
  return value != NULL ? g_strdup (oma_value_get_text (value)) : NULL;
}

static void
assert_leaf (Fixture *f, const char *uri, const char *expected)
{
  g_autofree char *text = get (f, uri);

  g_assert_cmpstr (text, ==, expected);
}

/* All that a read of @uri gives: "URI=value " and "URI/ ". */
static char *
read_subtree (Fixture *f, const char *uri)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_pointer, &outcome);
  GString *text = g_string_new (NULL);
  g_autoptr(OmaNodeList) list = NULL;

  find_handler (f, uri)->read (f->self, make_ref (task, uri), task);
  wait_for (&outcome);
  g_assert_no_error (outcome.error);
  list = outcome.pointer;
  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    {
      OmaValue *value = oma_node_list_get_value (list, i);

      g_string_append_printf (text, "%s%s%s ", oma_node_list_get_uri (list, i), value != NULL ? "=" : "/",
                              value != NULL ? oma_value_get_text (value) : "");
    }
  return g_string_free (text, FALSE);
}

static void
assert_profiles (Fixture *f, const char *expected)
{
  g_autofree char *text = nm_double_describe (f->nm);

  g_assert_cmpstr (text, ==, expected);
}

static void
add_wifi (Fixture *f, const char *name, const char *key)
{
  g_autofree char *uri = g_strconcat (ROOT "/", name, NULL), *ssid = g_strconcat (uri, "/Wifi/SSID", NULL);
  g_autofree char *key_mgmt = g_strconcat (uri, "/Wifi/Security/KeyMgmt", NULL);
  g_autofree char *psk = g_strconcat (uri, "/Wifi/Security/Psk", NULL);

  add (f, uri, NULL);
  add (f, ssid, name);
  add (f, key_mgmt, "wpa-psk");
  add (f, psk, key);
}

static char *
make_uri (const char *uuid, const char *below)
{
  return g_strconcat (ROOT "/", uuid, "/", below, NULL);
}

/* ---- Reading ---- */

static void
test_whole_subtree_costs_no_call_a_node (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *calls = NULL, *again = NULL, *text = NULL;

  nm_double_add (f->nm, "a", "A", "planted-a");
  nm_double_add (f->nm, "b", "B", NULL);
  nm_double_settle ();
  g_free (read_subtree (f, ROOT));
  calls = nm_double_take_calls (f->nm);
  text = read_subtree (f, ROOT);
  again = nm_double_take_calls (f->nm);
  g_assert_cmpstr (again, ==, "");
  g_assert_nonnull (strstr (text, "Wifi/SSID=A "));
  g_assert_nonnull (strstr (text, "Wifi/SSID=B "));
  g_assert_null (strstr (text, "planted"));
  g_assert_null (strstr (text, "Psk"));
}

static void
test_two_profiles_with_one_name_have_two_nodes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *uuid = NULL, *uri = NULL;

  add_wifi (f, "office", "planted-a");
  commit (f);
  uuid = g_strdup (nm_double_add (f->nm, "copy", "Copy", NULL));
  text = read_subtree (f, ROOT);
  g_assert_nonnull (strstr (text, "office/Wifi/SSID=office "));
  uri = make_uri (uuid, "Wifi/SSID");
  assert_leaf (f, uri, "Copy");
}

/* ---- Writing ---- */

static void
test_profile_is_added_with_one_call (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *calls = NULL;

  add_wifi (f, "office", "planted-key");
  assert_profiles (f, "");
  g_free (nm_double_take_calls (f->nm));
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  calls = nm_double_take_calls (f->nm);
  g_assert_true (g_str_has_prefix (calls, "AddConnection2 "));
  assert_profiles (f, "office:office:planted-key:0 ");
  assert_leaf (f, ROOT "/office/Wifi/SSID", "office");
  assert_leaf (f, ROOT "/office/Wifi/Security/Psk", NULL);
}

static void
test_update_keeps_the_secrets (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Priority");

  replace (f, uri, "7");
  commit (f);
  assert_profiles (f, "a:A:planted-key:7 ");
  assert_leaf (f, uri, "7");
}

/* A profile written without its secrets loses them. */
static void
test_nothing_is_written_when_the_secrets_are_not_to_be_had (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Priority");
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = NULL;

  g_free (get (f, uri));
  task = new_task (f, returned_truth, &outcome);
  nm_double_fail (f->nm, "GetSecrets", 0, "org.freedesktop.NetworkManager.Settings.Failed");
  find_handler (f, uri)->replace (f->self, make_ref (task, uri), make_value (task, "7"), f->transaction, task);
  wait_for (&outcome);
  g_assert_error (outcome.error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&outcome.error);
}

static void
test_secret_is_not_in_a_refusal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Wifi/Security/Psk");

  refuse (f, uri, "short", OMA_STATUS_UNSUPPORTED_FORMAT);
  commit (f);
  assert_profiles (f, "a:A:planted-key:0 ");
}

static void
test_what_somebody_else_changed_meanwhile_is_not_overwritten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Priority");

  replace (f, uri, "7");
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
  nm_double_modify (f->nm, "a", "Theirs", "planted-key");
  nm_double_settle ();
  g_assert_cmpint (run (f, f->plugin->commit), ==, OMA_STATUS_RETRY_LATER);
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  assert_profiles (f, "a:Theirs:planted-key:0 ");
}

static void
test_units_of_work_do_not_share_a_profile (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Priority");
  OmaPluginTransaction *first = f->transaction;

  replace (f, uri, "7");
  f->transaction = oma_plugin_transaction_new ();
  refuse (f, uri, "8", OMA_STATUS_RETRY_LATER);
  oma_plugin_transaction_free (f->transaction);
  f->transaction = first;
  commit (f);
  replace (f, uri, "8");
  commit (f);
  assert_profiles (f, "a:A:planted-key:8 ");
}

/* ---- Drafts ---- */

static void
test_what_is_not_complete_is_a_draft (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, ROOT "/office", NULL);
  commit (f);
  assert_leaf (f, ROOT "/office/Problem", "Type is missing");
  add (f, ROOT "/office/Wifi/Security/KeyMgmt", "wpa-psk");
  commit (f);
  add (f, ROOT "/office/Wifi/Security/Psk", "planted-key");
  commit (f);
  assert_profiles (f, "");
  add (f, ROOT "/office/Wifi/SSID", "Office");
  commit (f);
  assert_profiles (f, "office:Office:planted-key:0 ");
  assert_leaf (f, ROOT "/office/Problem", NULL);
}

static void
test_draft_goes_back_to_what_it_was (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, ROOT "/office", NULL);
  add (f, ROOT "/office/Wifi/Security/KeyMgmt", "wpa-psk");
  commit (f);
  add (f, ROOT "/office/Wifi/SSID", "Office");
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  assert_profiles (f, "office:Office::0 ");
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  end_transaction (f);
  assert_profiles (f, "");
  assert_leaf (f, ROOT "/office/Wifi/SSID", NULL);
  assert_leaf (f, ROOT "/office/Wifi/Security/KeyMgmt", "wpa-psk");
  remove_node (f, ROOT "/office");
  commit (f);
  assert_leaf (f, ROOT "/office/Wifi/Security/KeyMgmt", NULL);
}

static void
test_there_are_not_any_number_of_drafts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = NULL;

  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *uri = g_strdup_printf (ROOT "/draft%u", i);

      add (f, uri, NULL);
    }
  commit (f);
  task = new_task (f, returned_truth, &outcome);
  find_handler (f, ROOT "/more")->add (f->self, make_ref (task, ROOT "/more"), NULL, f->transaction, task);
  wait_for (&outcome);
  g_assert_error (outcome.error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_clear_error (&outcome.error);
}

/* ---- Going back ---- */

/* Three profiles, one of them active: one is changed, one is removed, the active one is changed, one is new. */
#define BEFORE "active:Here:planted-active:0* gone:Gone:planted-gone:0 kept:Kept:planted-kept:0 "

static void
start_big_change (Fixture *f)
{
  g_autofree char *active = make_uri (nm_double_add (f->nm, "active", "Here", "planted-active"), "Priority");
  g_autofree char *gone = g_strconcat (ROOT "/", nm_double_add (f->nm, "gone", "Gone", "planted-gone"), NULL);
  g_autofree char *kept = make_uri (nm_double_add (f->nm, "kept", "Kept", "planted-kept"), "Wifi/Security/Psk");

  nm_double_activate (f->nm, "active");
  nm_double_settle ();
  replace (f, active, "9");
  remove_node (f, gone);
  replace (f, kept, "planted-other");
  add_wifi (f, "new", "planted-new");
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
}

/* The device is looked at @looks times after @method. */
static void
assert_calls (const char *calls, const char *method, guint looks)
{
  const char *at = strstr (calls, method);
  guint n = 0;

  g_assert_nonnull (at);
  while ((at = strstr (at, " Get ")) != NULL)
    {
      at += strlen (" Get");
      n++;
    }
  g_assert_cmpuint (n, ==, looks);
}

/* Otherwise the server would be reached the old way, and the change be confirmed that cuts it off. */
static void
test_commit_ends_when_the_device_has_settled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *uuid = nm_double_add (f->nm, "active", "Here", "planted-active");
  g_autofree char *ssid = make_uri (uuid, "Wifi/SSID"), *profile = g_strconcat (ROOT "/", uuid, NULL);
  g_autofree char *changing = NULL, *deleting = NULL;

  nm_double_activate (f->nm, "active");
  nm_double_settle ();
  replace (f, ssid, "There");
  nm_double_keep_busy (f->nm);
  g_free (nm_double_take_calls (f->nm));
  commit (f);
  changing = nm_double_take_calls (f->nm);
  assert_calls (changing, "Reapply", 2);
  remove_node (f, profile);
  commit (f);
  deleting = nm_double_take_calls (f->nm);
  assert_calls (deleting, "Delete", 1);
}

static void
test_commit_is_rolled_back_as_a_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  assert_profiles (f, "active:Here:planted-active:9* kept:Kept:planted-other:0 new:new:planted-new:0 checkpoint");
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  assert_profiles (f, BEFORE);
  assert_leaf (f, ROOT "/new/Wifi/SSID", NULL);
}

static void
test_checkpoint_ends_with_the_confirmation (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  g_assert_cmpint (run (f, f->plugin->confirm), ==, 0);
  assert_profiles (f, "active:Here:planted-active:9* kept:Kept:planted-other:0 new:new:planted-new:0 ");
}

static void
test_checkpoint_ends_with_a_transaction_that_was_not_confirmed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  end_transaction (f);
  assert_profiles (f, "active:Here:planted-active:9* kept:Kept:planted-other:0 new:new:planted-new:0 ");
}

/* It went back by itself: what is told as done must not be what is not there. */
static void
test_unit_whose_checkpoint_is_over_is_not_confirmed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  nm_double_fail (f->nm, "CheckpointDestroy", 0, "org.freedesktop.NetworkManager.InvalidArguments");
  g_assert_cmpint (run (f, f->plugin->confirm), ==, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
}

static void
test_unit_is_confirmed_although_the_service_was_restarted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  nm_double_restart (f->nm);
  nm_double_settle ();
  g_assert_cmpint (run (f, f->plugin->confirm), ==, 0);
  assert_profiles (f, "active:Here:planted-active:9* kept:Kept:planted-other:0 new:new:planted-new:0 ");
}

static void
test_unit_that_was_not_committed_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  end_transaction (f);
  assert_profiles (f, BEFORE);
}

/* Each call of the commit in turn. */
static void
test_commit_that_fails_is_rolled_back (Fixture *f, gconstpointer data)
{
  const char *const *failing = data;

  start_big_change (f);
  nm_double_fail (f->nm, failing[0], (guint) atoi (failing[1]), "org.freedesktop.NetworkManager.Settings.Failed");
  g_assert_cmpint (run (f, f->plugin->commit), ==, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  end_transaction (f);
  assert_profiles (f, BEFORE);
}

/* The daemon died; with the service, too, which has forgotten the checkpoint. */
static void
test_undo_puts_back_what_a_dead_daemon_left (Fixture *f, gconstpointer data)
{
  const char *const *failing = data;
  g_autoptr(GBytes) kept = NULL;

  start_big_change (f);
  kept = g_bytes_ref (f->transaction->undo_data);
  if (failing != NULL)
    nm_double_fail (f->nm, failing[0], (guint) atoi (failing[1]), "org.freedesktop.NetworkManager.Settings.Failed");
  g_assert_cmpint (run (f, f->plugin->commit), ==, failing != NULL ? OMA_STATUS_COMMAND_FAILED : 0);
  nm_double_restart (f->nm);
  for (guint i = 0; i < 2; i++)
    {
      undo (f, kept);
      assert_profiles (f, BEFORE);
    }
}

static void
test_undo_leaves_what_somebody_else_changed_since (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Priority");
  g_autoptr(GBytes) kept = NULL;

  replace (f, uri, "7");
  add_wifi (f, "new", "planted-new");
  g_assert_cmpint (run (f, f->plugin->validate), ==, 0);
  kept = g_bytes_ref (f->transaction->undo_data);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  nm_double_modify (f->nm, "a", "Theirs", "planted-key");
  nm_double_modify (f->nm, "new", "Theirs", "planted-key");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*new*somebody else*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*somebody else*");
  undo (f, kept);
  g_test_assert_expected_messages ();
  assert_profiles (f, "a:Theirs:planted-key:0 new:Theirs:planted-key:0 ");
}

/* What is active on the device by now is not the unit's any more: it must not go with the checkpoint. */
static void
test_checkpoint_is_not_rolled_back_over_what_others_did (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start_big_change (f);
  g_assert_cmpint (run (f, f->plugin->commit), ==, 0);
  nm_double_modify (f->nm, "active", "Theirs", "planted-active");
  nm_double_settle ();
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*somebody else*");
  g_assert_cmpint (run (f, f->plugin->roll_back), ==, 0);
  g_test_assert_expected_messages ();
  assert_profiles (f, "active:Theirs:planted-active:0* gone:Gone:planted-gone:0 kept:Kept:planted-kept:0 ");
}

static void
test_undo_data_that_are_not_understood_are_an_error (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) rubbish = g_bytes_new_static ("rubbish", 7);
  Outcome outcome = { 0 };
  g_autoptr(GTask) task = new_task (f, returned_truth, &outcome);

  f->plugin->undo (f->self, rubbish, task);
  wait_for (&outcome);
  g_assert_error (outcome.error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&outcome.error);
}

/* What is under way when the plugin is shut down comes to an end without it. */
static void
test_answers_may_come_after_the_shutdown (gconstpointer data G_GNUC_UNUSED)
{
  Fixture fixture, *f = &fixture;
  g_autofree char *uuid = NULL, *uri = NULL;
  Outcome outcomes[2] = { 0 };

  for (guint steps = 0; steps < 12; steps++)
    {
      g_autoptr(GTask) reading = NULL;
      g_autoptr(GTask) writing = NULL;

      set_up (f, NULL);
      g_free (uuid);
      g_free (uri);
      uuid = g_strdup (nm_double_add (f->nm, "a", "A", "planted-key"));
      uri = make_uri (uuid, "Priority");
      memset (outcomes, 0, sizeof outcomes);
      reading = new_task (f, returned_pointer, &outcomes[0]);
      find_handler (f, ROOT)->read (f->self, make_ref (reading, ROOT), reading);
      writing = new_task (f, returned_truth, &outcomes[1]);
      find_handler (f, uri)->replace (f->self, make_ref (writing, uri), make_value (writing, "7"), f->transaction,
                                     writing);
      for (guint i = 0; i < steps; i++)
        g_main_context_iteration (NULL, FALSE);
      f->plugin->shutdown (f->self);
      g_clear_object (&reading);
      g_clear_object (&writing);
      nm_double_settle ();
      oma_plugin_transaction_free (f->transaction);
      nm_double_settle ();
      g_clear_pointer (&outcomes[0].pointer, oma_node_list_free);
      g_clear_error (&outcomes[0].error);
      g_clear_error (&outcomes[1].error);
      g_assert_finalize_object (f->nm);
    }
}

/* ---- Following ---- */

/* @second: (nullable). */
static void
assert_told (Fixture *f, const char *first, const char *second)
{
  g_autofree char *changes = nm_double_take_changes (f->nm);

  g_assert_nonnull (strstr (changes, first));
  g_assert_true (second == NULL || strstr (changes, second) != NULL);
}

static void
test_changes_of_others_are_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = NULL, *added = NULL, *ssid = NULL, *security = NULL, *removed = NULL;

  g_free (read_subtree (f, ROOT));
  g_free (nm_double_take_changes (f->nm));
  uuid = g_strdup (nm_double_add (f->nm, "a", "A", NULL));
  added = g_strconcat ("+" ROOT "/", uuid, NULL);
  ssid = g_strconcat ("=" ROOT "/", uuid, "/Wifi/SSID", NULL);
  security = g_strconcat ("+" ROOT "/", uuid, "/Wifi/Security", NULL);
  removed = g_strconcat ("-" ROOT "/", uuid, NULL);
  assert_told (f, added, NULL);
  nm_double_modify (f->nm, "a", "B", "planted-key");
  assert_told (f, ssid, security);
  nm_double_modify (f->nm, "a", "B", "planted-key");
  g_free (nm_double_take_changes (f->nm));
  nm_double_remove (f->nm, "a");
  assert_told (f, removed, NULL);
}

/* NetworkManager tells of a change when it is asked for secrets: that must come to an end, and be no change. */
static void
test_reading_secrets_is_no_change (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *changes = NULL, *calls = NULL;

  nm_double_add (f->nm, "a", "A", "planted-key");
  nm_double_settle ();
  g_free (read_subtree (f, ROOT));
  g_free (nm_double_take_changes (f->nm));
  g_free (nm_double_take_calls (f->nm));
  nm_double_modify (f->nm, "a", "A", "planted-other");
  changes = nm_double_take_changes (f->nm);
  calls = nm_double_take_calls (f->nm);
  g_assert_cmpstr (changes, ==, "");
  g_assert_cmpuint (strlen (calls), <, 100);
}

static void
test_everything_may_be_new_after_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uri = make_uri (nm_double_add (f->nm, "a", "A", "planted-key"), "Wifi/SSID");

  assert_leaf (f, uri, "A");
  g_free (nm_double_take_changes (f->nm));
  nm_double_restart (f->nm);
  assert_told (f, "=" ROOT, NULL);
  assert_leaf (f, uri, "A");
}

#define TEST(path, func) g_test_add ("/nm-plugin/" path, Fixture, NULL, set_up, func, tear_down)
#define TEST_WITH(path, data, func) g_test_add ("/nm-plugin/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  static const char *const first_update[] = { "Update2", "0" }, *const second_update[] = { "Update2", "1" };
  static const char *const removal[] = { "Delete", "0" }, *const addition[] = { "AddConnection2", "0" };

  g_test_init (&argc, &argv, NULL);
  TEST ("whole-subtree-costs-no-call-a-node", test_whole_subtree_costs_no_call_a_node);
  TEST ("two-profiles-with-one-name-have-two-nodes", test_two_profiles_with_one_name_have_two_nodes);
  TEST ("profile-is-added-with-one-call", test_profile_is_added_with_one_call);
  TEST ("update-keeps-the-secrets", test_update_keeps_the_secrets);
  TEST ("nothing-is-written-when-the-secrets-are-not-to-be-had",
        test_nothing_is_written_when_the_secrets_are_not_to_be_had);
  TEST ("secret-is-not-in-a-refusal", test_secret_is_not_in_a_refusal);
  TEST ("what-somebody-else-changed-meanwhile-is-not-overwritten",
        test_what_somebody_else_changed_meanwhile_is_not_overwritten);
  TEST ("units-of-work-do-not-share-a-profile", test_units_of_work_do_not_share_a_profile);
  TEST ("what-is-not-complete-is-a-draft", test_what_is_not_complete_is_a_draft);
  TEST ("draft-goes-back-to-what-it-was", test_draft_goes_back_to_what_it_was);
  TEST ("there-are-not-any-number-of-drafts", test_there_are_not_any_number_of_drafts);
  TEST ("commit-ends-when-the-device-has-settled", test_commit_ends_when_the_device_has_settled);
  TEST ("commit-is-rolled-back-as-a-whole", test_commit_is_rolled_back_as_a_whole);
  TEST ("checkpoint-ends-with-the-confirmation", test_checkpoint_ends_with_the_confirmation);
  TEST ("checkpoint-ends-with-a-transaction-that-was-not-confirmed",
        test_checkpoint_ends_with_a_transaction_that_was_not_confirmed);
  TEST ("unit-whose-checkpoint-is-over-is-not-confirmed", test_unit_whose_checkpoint_is_over_is_not_confirmed);
  TEST ("unit-is-confirmed-although-the-service-was-restarted",
        test_unit_is_confirmed_although_the_service_was_restarted);
  TEST ("unit-that-was-not-committed-changes-nothing", test_unit_that_was_not_committed_changes_nothing);
  TEST_WITH ("commit-that-fails-is-rolled-back/first-update", first_update, test_commit_that_fails_is_rolled_back);
  TEST_WITH ("commit-that-fails-is-rolled-back/removal", removal, test_commit_that_fails_is_rolled_back);
  TEST_WITH ("commit-that-fails-is-rolled-back/second-update", second_update, test_commit_that_fails_is_rolled_back);
  TEST_WITH ("commit-that-fails-is-rolled-back/addition", addition, test_commit_that_fails_is_rolled_back);
  TEST ("undo-puts-back-what-a-dead-daemon-left/all", test_undo_puts_back_what_a_dead_daemon_left);
  TEST_WITH ("undo-puts-back-what-a-dead-daemon-left/first-update", first_update,
             test_undo_puts_back_what_a_dead_daemon_left);
  TEST_WITH ("undo-puts-back-what-a-dead-daemon-left/removal", removal, test_undo_puts_back_what_a_dead_daemon_left);
  TEST_WITH ("undo-puts-back-what-a-dead-daemon-left/second-update", second_update,
             test_undo_puts_back_what_a_dead_daemon_left);
  TEST_WITH ("undo-puts-back-what-a-dead-daemon-left/addition", addition, test_undo_puts_back_what_a_dead_daemon_left);
  TEST ("undo-leaves-what-somebody-else-changed-since", test_undo_leaves_what_somebody_else_changed_since);
  TEST ("checkpoint-is-not-rolled-back-over-what-others-did", test_checkpoint_is_not_rolled_back_over_what_others_did);
  TEST ("undo-data-that-are-not-understood-are-an-error", test_undo_data_that_are_not_understood_are_an_error);
  g_test_add_data_func ("/nm-plugin/answers-may-come-after-the-shutdown", NULL, test_answers_may_come_after_the_shutdown);
  TEST ("changes-of-others-are-told", test_changes_of_others_are_told);
  TEST ("reading-secrets-is-no-change", test_reading_secrets_is_no_change);
  TEST ("everything-may-be-new-after-a-restart", test_everything_may_be_new_after_a_restart);
  return g_test_run ();
}

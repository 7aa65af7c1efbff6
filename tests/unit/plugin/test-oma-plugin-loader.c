/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-test.h"

#include "base/oma-status.h"
#include "codec/oma-ddf.h"

#include <omadm/omadm.h>

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  OmaTree         *tree;
  OmaPluginLoader *loader;
  char            *dir;
} Fixture;

static char *
get_config (const char *plugin, const char *key, gpointer user_data)
{
  return g_strdup_printf ("%s %s %s", plugin, key, (const char *) user_data);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->tree = oma_tree_new ();
  f->loader = oma_plugin_loader_new (f->tree, oma_ddf_load);
  f->dir = g_dir_make_tmp ("omadm-plugins-XXXXXX", NULL);
  oma_plugin_loader_set_accept_own_files (f->loader, TRUE);
  oma_plugin_loader_set_config_func (f->loader, get_config, (gpointer) "configured");
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->loader, oma_plugin_loader_free);
  oma_tree_free (f->tree);
  plugin_test_remove (f->dir);
  g_free (f->dir);
}

static char *
install (Fixture *f, const char *file)
{
  return plugin_test_install (f->dir, file);
}

static const OmaPluginInfo *
load_one (Fixture *f, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);

  g_free (install (f, file));
  g_free (install (f, "good.ddf.xml"));
  oma_plugin_loader_load_directory (f->loader, f->dir);
  g_assert_cmpuint (oma_plugin_loader_get_plugins (f->loader)->len, ==, 1);
  return g_ptr_array_index (oma_plugin_loader_get_plugins (f->loader), 0);
}

static void
assert_left_out (Fixture *f, const char *name, const char *reason)
{
  const OmaPluginInfo *info;

  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*is left out*");
  info = load_one (f, name);
  g_test_assert_expected_messages ();
  g_assert_cmpint (info->state, ==, OMA_PLUGIN_FAILED);
  g_assert_nonnull (strstr (info->reason, reason));
  g_assert_cmpuint (oma_tree_count_nodes (f->tree), <=, 1);
}

typedef struct {
  gpointer pointer;
  gboolean truth, done;
  GError  *error;
} Result;

static void
pointer_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->pointer = g_task_propagate_pointer (G_TASK (result), &r->error);
  r->done = TRUE;
}

static void
boolean_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->truth = g_task_propagate_boolean (G_TASK (result), &r->error);
  r->done = TRUE;
}

static void
wait_for (Result *result)
{
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
find (Fixture *f, const char *uri, Target *target)
{
  plugin_test_find (f->tree, uri, target);
}

static void
test_good_plugin_serves_its_nodes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaPluginInfo *info = load_one (f, "good");
  g_auto(Target) leaf = { 0 }, run = { 0 }, root = { 0 };
  g_autoptr(OmaValue) fixed = NULL, captured = NULL;
  g_autoptr(OmaValue) argument = oma_value_new_string ("argument");
  g_auto(GStrv) names = NULL;
  Result result = { 0 };
  g_autoptr(GTask) get = g_task_new (NULL, NULL, pointer_cb, &result);

  g_assert_cmpstr (info->reason, ==, NULL);
  g_assert_cmpint (info->state, ==, OMA_PLUGIN_LOADED);
  g_assert_cmpstr (info->version, ==, "1.0");
  g_assert_cmpstr (info->uris[0], ==, "./Vendor/Trial");

  find (f, "./Vendor/Trial/Fixed", &leaf);
  leaf.ops->get (leaf.self, leaf.ref, leaf.lookup.schema, get);
  wait_for (&result);
  fixed = result.pointer;
  g_assert_cmpstr (oma_value_get_text (fixed), ==, "good Greeting configured");

  find (f, "./Vendor/Trial", &root);
  result = (Result) { 0 };
  g_autoptr(GTask) list = g_task_new (NULL, NULL, pointer_cb, &result);
  root.ops->list (root.self, root.ref, root.lookup.schema, list);
  wait_for (&result);
  names = result.pointer;
  g_assert_cmpstr (names[1], ==, "t w/o");

  find (f, "./Vendor/Trial/a%20b/Run", &run);
  result = (Result) { 0 };
  g_autoptr(GTask) get_run = g_task_new (NULL, NULL, pointer_cb, &result);
  run.ops->get (run.self, run.ref, run.lookup.schema, get_run);
  wait_for (&result);
  captured = result.pointer;
  g_assert_cmpstr (oma_value_get_text (captured), ==, "a b 1 Run");

  result = (Result) { 0 };
  g_autoptr(GTask) exec = g_task_new (NULL, NULL, boolean_cb, &result);
  run.ops->exec (run.self, run.ref, run.lookup.schema, argument, "correlator", exec);
  wait_for (&result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN);
  g_clear_error (&result.error);
}

static gboolean
child_exists (const Target *parent, const char *name, GError **error)
{
  Result result = { 0 };
  g_autoptr(GTask) task = g_task_new (NULL, NULL, boolean_cb, &result);

  parent->ops->exists (parent->self, parent->ref, parent->lookup.schema, name, task);
  wait_for (&result);
  if (result.error != NULL)
    g_propagate_error (error, result.error);
  return result.truth;
}

static void
test_one_child_is_told_by_name (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) root = { 0 }, item = { 0 };
  g_autoptr(GError) error = NULL;

  load_one (f, "good");
  find (f, "./Vendor/Trial", &root);
  g_assert_true (root.ops->has_exists (root.self, root.lookup.schema));
  g_assert_true (child_exists (&root, "t w/o", &error));
  g_assert_false (child_exists (&root, "three", &error));
  g_assert_no_error (error);
  g_assert_false (child_exists (&root, "broken", &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  find (f, "./Vendor/Trial/x", &item);
  g_assert_false (item.ops->has_exists (item.self, item.lookup.schema));
}

static void
test_missing_operation_is_406 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) run = { 0 };
  Result result = { 0 };
  g_autoptr(GTask) task = g_task_new (NULL, NULL, boolean_cb, &result);

  load_one (f, "good");
  find (f, "./Vendor/Trial/x/Run", &run);
  run.ops->remove (run.self, run.ref, run.lookup.schema, NULL, task);
  wait_for (&result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED);
  g_clear_error (&result.error);
}

static void
test_dropped_task_is_500 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) leaf = { 0 };
  Result result = { 0 };
  g_autoptr(OmaValue) value = oma_value_new_string ("x");
  g_autoptr(GTask) task = g_task_new (NULL, NULL, boolean_cb, &result);

  load_one (f, "good");
  find (f, "./Vendor/Trial/Fixed", &leaf);
  leaf.ops->replace (leaf.self, leaf.ref, leaf.lookup.schema, value, NULL, task);
  wait_for (&result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&result.error);
}

static void
test_only_what_a_plugin_could_not_do_is_a_failure (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaPluginInfo *info = load_one (f, "good");
  g_auto(Target) leaf = { 0 }, run = { 0 };
  g_autoptr(OmaValue) argument = oma_value_new_string ("argument");
  Result refused = { 0 }, dropped = { 0 };
  g_autoptr(GTask) exec = g_task_new (NULL, NULL, boolean_cb, &refused);
  g_autoptr(GTask) replace = g_task_new (NULL, NULL, boolean_cb, &dropped);

  find (f, "./Vendor/Trial/x/Run", &run);
  run.ops->exec (run.self, run.ref, run.lookup.schema, argument, "correlator", exec);
  wait_for (&refused);
  g_assert_error (refused.error, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN);
  g_assert_cmpuint (info->failures, ==, 0);
  g_assert_null (info->last_error);

  find (f, "./Vendor/Trial/Fixed", &leaf);
  leaf.ops->replace (leaf.self, leaf.ref, leaf.lookup.schema, argument, NULL, replace);
  wait_for (&dropped);
  g_assert_cmpuint (info->failures, ==, 1);
  g_assert_cmpstr (info->last_error, ==, "The plugin gave no result");
  g_assert_cmpint (info->last_failure, >, 0);
  g_clear_error (&refused.error);
  g_clear_error (&dropped.error);
}

static void
take_progress (const char *plugin, const char *uri, guint percent, const char *message, gpointer user_data)
{
  g_string_append_printf (user_data, "%s %s %u %s;", plugin, uri, percent, message);
}

static void
append_progress (const char *uri, guint percent, const char *message, gpointer user_data)
{
  take_progress ("", uri, percent, message, user_data);
}

static void
test_progress_is_told_once_with_its_node_and_ends_with_the_operation (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) told = g_string_new (NULL);
  g_autoptr(GString) under_way = g_string_new (NULL);
  g_autoptr(OmaValue) argument = oma_value_new_string ("argument");
  const OmaPluginInfo *info;
  g_auto(Target) run = { 0 };
  Result result = { 0 };
  g_autoptr(GTask) exec = g_task_new (NULL, NULL, boolean_cb, &result);

  oma_plugin_loader_set_progress_func (f->loader, take_progress, told);
  info = load_one (f, "good");
  find (f, "./Vendor/Trial/x/Run", &run);
  run.ops->exec (run.self, run.ref, run.lookup.schema, argument, "correlator", exec);
  oma_plugin_progress_foreach (info->progress, append_progress, under_way);
  g_assert_cmpstr (under_way->str, ==, " ./Vendor/Trial/x/Run 40 so far;");
  wait_for (&result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN);
  g_clear_error (&result.error);
  g_assert_cmpstr (told->str, ==,
                   "good ./Vendor/Trial/x/Run 40 so far;good ./Vendor/Trial/a%20b/Run 100 ;");
  g_string_truncate (under_way, 0);
  oma_plugin_progress_foreach (info->progress, append_progress, under_way);
  g_assert_cmpstr (under_way->str, ==, "");
}

static void
test_nodes_are_listed_with_what_serves_them (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *uri;
    const char *handler;
    guint       access;
  } wanted[] = {
    { "./Vendor/Trial", "", OMA_ACCESS_GET },
    { "./Vendor/Trial/Fixed", "Fixed", OMA_ACCESS_GET | OMA_ACCESS_REPLACE },
    { "./Vendor/Trial/*", NULL, OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_GET },
    { "./Vendor/Trial/*/Run", "*/**", OMA_ACCESS_EXEC | OMA_ACCESS_GET },
  };
  const OmaPluginInfo *info = load_one (f, "good");
  g_autoptr(GPtrArray) nodes = oma_plugin_loader_list_nodes (f->loader, "good");
  g_autoptr(GPtrArray) none = oma_plugin_loader_list_nodes (f->loader, "other");
  g_autofree char *abi = g_strdup_printf ("%u.%u", OMA_PLUGIN_ABI_MAJOR, OMA_PLUGIN_ABI_MINOR);
  g_autofree char *file = g_build_filename (f->dir, "good.so", NULL);

  g_assert_cmpstr (info->file, ==, file);
  g_assert_cmpstr (info->abi, ==, abi);
  g_assert_false (info->transactions);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (nodes->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < nodes->len; i++)
    {
      const OmaPluginNode *node = g_ptr_array_index (nodes, i);

      g_assert_cmpstr (node->uri, ==, wanted[i].uri);
      g_assert_cmpstr (node->handler, ==, wanted[i].handler);
      g_assert_cmphex (node->schema->access, ==, wanted[i].access);
      g_assert_cmphex (node->flags, ==, OMA_HANDLER_DEFAULT);
    }
}

static void
test_other_abi_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badabi", "ABI 99");
  g_assert_true (g_str_has_prefix (oma_plugin_loader_find_plugin (f->loader, "badabi")->abi, "99."));
}

static void
test_later_minor_abi_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *reason = g_strdup_printf ("ABI %u.%u", OMA_PLUGIN_ABI_MAJOR, OMA_PLUGIN_ABI_MINOR + 1);

  assert_left_out (f, "laterabi", reason);
}

static void
test_name_must_be_that_of_the_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badname", "name");
}

static void
test_failing_init_is_left_out_with_its_reason (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badinit", "no luck today");
}

static void
test_handler_without_node_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badhandler", "No/Such/Node");
}

static void
test_manifest_with_what_is_no_bus_name_is_left_out (Fixture *f, gconstpointer data)
{
  assert_left_out (f, data, "no name on a bus");
}

static void
test_manifest_with_what_is_no_action_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badaction", "'org.omadm.trial stop', which is no polkit action");
}

static void
test_manifest_of_names_and_actions_is_accepted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpstr (load_one (f, "manifest")->reason, ==, NULL);
}

static void
test_missing_ddf_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "badddf", "missing.ddf.xml");
}

static void
test_shared_object_without_query_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "noquery", "oma_plugin_query");
}

static void
test_file_that_others_can_write_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = install (f, "good.so");
  const OmaPluginInfo *info;

  g_free (install (f, "good.ddf.xml"));
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*writable by others*");
  oma_plugin_loader_load_directory (f->loader, f->dir);
  g_test_assert_expected_messages ();
  info = g_ptr_array_index (oma_plugin_loader_get_plugins (f->loader), 0);
  g_assert_cmpint (info->state, ==, OMA_PLUGIN_FAILED);
}

static void
test_second_claim_of_a_uri_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GPtrArray *plugins;

  g_free (install (f, "good.so"));
  g_free (install (f, "twice.so"));
  g_free (install (f, "good.ddf.xml"));
  g_test_expect_message ("omadm", G_LOG_LEVEL_INFO, "*good 1.0 serves*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*twice is left out*");
  oma_plugin_loader_load_directory (f->loader, f->dir);
  g_test_assert_expected_messages ();
  plugins = oma_plugin_loader_get_plugins (f->loader);
  g_assert_cmpuint (plugins->len, ==, 2);
  g_assert_cmpint (((OmaPluginInfo *) g_ptr_array_index (plugins, 0))->state, ==, OMA_PLUGIN_LOADED);
  g_assert_cmpint (((OmaPluginInfo *) g_ptr_array_index (plugins, 1))->state, ==, OMA_PLUGIN_FAILED);
}

/* ---- Undo ---- */

static void
assert_text (const Target *leaf, const char *text)
{
  Result result = { 0 };
  g_autoptr(GTask) task = g_task_new (NULL, NULL, pointer_cb, &result);
  g_autoptr(OmaValue) value = NULL;

  leaf->ops->get (leaf->self, leaf->ref, leaf->lookup.schema, task);
  wait_for (&result);
  g_assert_no_error (result.error);
  value = result.pointer;
  g_assert_cmpstr (oma_value_get_text (value), ==, text);
}

static void
undo (const Target *leaf, GBytes *data, Result *result)
{
  GTask *task = g_task_new (NULL, NULL, boolean_cb, result);
  GBytes *copy = g_bytes_new (g_bytes_get_data (data, NULL), g_bytes_get_size (data));

  /* The plugin may rely on its own task only. */
  leaf->ops->undo (leaf->self, copy, task);
  g_bytes_unref (copy);
  g_object_unref (task);
  wait_for (result);
}

static void
run_phase (const Target *leaf, void (*phase) (gpointer self, gpointer transaction, GTask *task), gpointer transaction)
{
  Result result = { 0 };
  g_autoptr(GTask) task = g_task_new (NULL, NULL, boolean_cb, &result);

  phase (leaf->self, transaction, task);
  wait_for (&result);
  g_assert_no_error (result.error);
  g_assert_true (result.truth);
}

/* A transaction with @text, up to its commit. */
static gpointer
commit (const Target *leaf, const char *text)
{
  gpointer transaction = leaf->ops->begin (leaf->self);
  Result result = { 0 };
  g_autoptr(GTask) task = g_task_new (NULL, NULL, boolean_cb, &result);
  g_autoptr(OmaValue) value = oma_value_new_string (text);

  leaf->ops->replace (leaf->self, leaf->ref, leaf->lookup.schema, value, transaction, task);
  wait_for (&result);
  g_assert_true (result.truth);
  run_phase (leaf, leaf->ops->validate, transaction);
  run_phase (leaf, leaf->ops->commit, transaction);
  return transaction;
}

static void
test_flags_are_those_of_the_most_specific_handler (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) root = { 0 }, leaf = { 0 }, run = { 0 };

  load_one (f, "undo");
  find (f, "./Vendor/Trial", &root);
  find (f, "./Vendor/Trial/Fixed", &leaf);
  find (f, "./Vendor/Trial/x/Run", &run);
  g_assert_cmpint (root.ops->get_flags (root.self, root.lookup.schema), ==, OMA_HANDLER_DEFAULT);
  g_assert_cmpint (leaf.ops->get_flags (leaf.self, leaf.lookup.schema), ==, OMA_HANDLER_DEFAULT);
  g_assert_cmpint (run.ops->get_flags (run.self, run.lookup.schema), ==,
                   OMA_HANDLER_IRREVERSIBLE | OMA_HANDLER_PROVISIONAL);
}

static void
test_undo_data_outlive_the_transaction (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) leaf = { 0 };
  g_autoptr(GBytes) undo_data = NULL;
  gpointer transaction;

  load_one (f, "undo");
  find (f, "./Vendor/Trial/Fixed", &leaf);
  transaction = commit (&leaf, "changed");
  undo_data = leaf.ops->get_undo_data (leaf.self, transaction);
  leaf.ops->end (leaf.self, transaction);
  assert_text (&leaf, "changed");
  g_assert_cmpmem (g_bytes_get_data (undo_data, NULL), g_bytes_get_size (undo_data), "at first", 8);
  for (guint i = 0; i < 2; i++)
    {
      Result result = { 0 };

      undo (&leaf, undo_data, &result);
      g_assert_no_error (result.error);
      assert_text (&leaf, "at first");
    }
}

static void
test_commit_is_confirmed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) leaf = { 0 };
  gpointer transaction;

  load_one (f, "undo");
  find (f, "./Vendor/Trial/Fixed", &leaf);
  transaction = commit (&leaf, "changed");
  run_phase (&leaf, leaf.ops->confirm, transaction);
  leaf.ops->end (leaf.self, transaction);
  assert_text (&leaf, "changed for good");
}

static void
test_without_undo_no_data_are_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_auto(Target) leaf = { 0 };
  g_autoptr(GBytes) undo_data = g_bytes_new_static ("x", 1);
  Result result = { 0 };
  gpointer transaction;

  load_one (f, "noundo");
  find (f, "./Vendor/Trial/Fixed", &leaf);
  transaction = commit (&leaf, "changed");
  g_assert_null (leaf.ops->get_undo_data (leaf.self, transaction));
  leaf.ops->end (leaf.self, transaction);
  undo (&leaf, undo_data, &result);
  g_assert_error (result.error, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED);
  g_clear_error (&result.error);
}

static void
test_undo_without_commit_is_left_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "nocommit", "no commit");
}

/* Its structures end where the memory does. */
static void
assert_older_plugin_serves (Fixture *f, const char *name, gboolean has_transactions)
{
  const OmaPluginInfo *info = load_one (f, name);
  g_auto(Target) leaf = { 0 };
  gpointer transaction;

  g_assert_cmpstr (info->reason, ==, NULL);
  find (f, "./Vendor/Trial/Fixed", &leaf);
  assert_text (&leaf, "old");
  g_assert_cmpint (leaf.ops->get_flags (leaf.self, leaf.lookup.schema), ==, OMA_HANDLER_DEFAULT);
  g_assert_false (leaf.ops->has_exists (leaf.self, leaf.lookup.schema));
  g_assert_cmpint (leaf.ops->has_transactions (leaf.self), ==, has_transactions);
  transaction = leaf.ops->begin (leaf.self);
  run_phase (&leaf, leaf.ops->validate, transaction);
  run_phase (&leaf, leaf.ops->commit, transaction);
  g_assert_null (leaf.ops->get_undo_data (leaf.self, transaction));
  run_phase (&leaf, leaf.ops->confirm, transaction);
  leaf.ops->end (leaf.self, transaction);
}

static void
test_plugin_of_abi_0_2_serves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_older_plugin_serves (f, "older", TRUE);
}

static void
test_plugin_without_transactions_may_end_before_them (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_older_plugin_serves (f, "oldest", FALSE);
}

static void
note_events (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  for (guint i = 0; i < n_events; i++)
    g_string_append_printf (user_data, "%s ", events[i].uri);
}

static void
test_nodes_below_each_top_node_are_served (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) changed = g_string_new (NULL);
  g_auto(Target) front = { 0 }, back = { 0 };
  const OmaPluginInfo *info;
  g_autofree char *uris = NULL;

  g_free (install (f, "doors.ddf.xml"));
  info = load_one (f, "doors");
  g_assert_cmpstr (info->reason, ==, NULL);
  uris = g_strjoinv (" ", info->uris);
  g_assert_cmpstr (uris, ==, "./Vendor/Doors/Front ./Back");
  oma_tree_watch (f->tree, note_events, changed);
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*./Backdoor/a/Bell is not below a top node*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*./Backdoor/a/Bell is not below a top node*");
  find (f, "./Vendor/Doors/Front/Bell", &front);
  assert_text (&front, "./Vendor/Doors/Front/Bell: Bell, 0");
  find (f, "./Back/a/Bell", &back);
  assert_text (&back, "./Back/a/Bell: a/Bell, 1");
  g_test_assert_expected_messages ();
  g_assert_cmpstr (changed->str, ==, "./Vendor/Doors/Front/Bell ./Back/a/Bell ./Vendor/Doors/Front/Bell ./Back/a/Bell ");
}

static void
test_handler_of_another_top_node_must_bind (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_free (install (f, "doors.ddf.xml"));
  assert_left_out (f, "nodoor", "no node of its DDF is './Back/Bell'");
}

static void
test_what_cannot_be_read_cannot_be_followed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "unreadable", "./Vendor/Trial cannot be followed");
}

static void
test_what_is_below_a_placeholder_cannot_be_followed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_left_out (f, "leaffollowed", "./Vendor/Trial/*/Run cannot be followed");
}

static void
test_missing_directory_is_no_error (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_plugin_loader_load_directory (f->loader, "/nonexistent/plugins");
  g_assert_cmpuint (oma_plugin_loader_get_plugins (f->loader)->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/plugin-loader/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("good-plugin-serves-its-nodes", test_good_plugin_serves_its_nodes);
  TEST ("progress-is-told-once-with-its-node-and-ends-with-the-operation",
        test_progress_is_told_once_with_its_node_and_ends_with_the_operation);
  TEST ("one-child-is-told-by-name", test_one_child_is_told_by_name);
  TEST ("missing-operation-is-406", test_missing_operation_is_406);
  TEST ("dropped-task-is-500", test_dropped_task_is_500);
  TEST ("only-what-a-plugin-could-not-do-is-a-failure", test_only_what_a_plugin_could_not_do_is_a_failure);
  TEST ("nodes-are-listed-with-what-serves-them", test_nodes_are_listed_with_what_serves_them);
  TEST ("other-abi-is-left-out", test_other_abi_is_left_out);
  TEST ("later-minor-abi-is-left-out", test_later_minor_abi_is_left_out);
  TEST ("name-must-be-that-of-the-file", test_name_must_be_that_of_the_file);
  TEST ("failing-init-is-left-out-with-its-reason", test_failing_init_is_left_out_with_its_reason);
  TEST ("handler-without-node-is-left-out", test_handler_without_node_is_left_out);
  g_test_add ("/plugin-loader/manifest-with-what-is-no-bus-name-is-left-out", Fixture, "badbusname", set_up,
              test_manifest_with_what_is_no_bus_name_is_left_out, tear_down);
  g_test_add ("/plugin-loader/manifest-with-a-unique-name-is-left-out", Fixture, "uniquename", set_up,
              test_manifest_with_what_is_no_bus_name_is_left_out, tear_down);
  TEST ("manifest-with-what-is-no-action-is-left-out", test_manifest_with_what_is_no_action_is_left_out);
  TEST ("manifest-of-names-and-actions-is-accepted", test_manifest_of_names_and_actions_is_accepted);
  TEST ("missing-ddf-is-left-out", test_missing_ddf_is_left_out);
  TEST ("shared-object-without-query-is-left-out", test_shared_object_without_query_is_left_out);
  TEST ("file-that-others-can-write-is-left-out", test_file_that_others_can_write_is_left_out);
  TEST ("second-claim-of-a-uri-is-left-out", test_second_claim_of_a_uri_is_left_out);
  TEST ("nodes-below-each-top-node-are-served", test_nodes_below_each_top_node_are_served);
  TEST ("handler-of-another-top-node-must-bind", test_handler_of_another_top_node_must_bind);
  TEST ("what-cannot-be-read-cannot-be-followed", test_what_cannot_be_read_cannot_be_followed);
  TEST ("what-is-below-a-placeholder-cannot-be-followed", test_what_is_below_a_placeholder_cannot_be_followed);
  TEST ("missing-directory-is-no-error", test_missing_directory_is_no_error);
  TEST ("flags-are-those-of-the-most-specific-handler", test_flags_are_those_of_the_most_specific_handler);
  TEST ("undo-data-outlive-the-transaction", test_undo_data_outlive_the_transaction);
  TEST ("commit-is-confirmed", test_commit_is_confirmed);
  TEST ("without-undo-no-data-are-kept", test_without_undo_no_data_are_kept);
  TEST ("undo-without-commit-is-left-out", test_undo_without_commit_is_left_out);
  TEST ("plugin-of-abi-0.2-serves", test_plugin_of_abi_0_2_serves);
  TEST ("plugin-without-transactions-may-end-before-them", test_plugin_without_transactions_may_end_before_them);
  return g_test_run ();
}

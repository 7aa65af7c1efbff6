/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-test.h"

#include "base/oma-status.h"
#include "codec/oma-ddf.h"
#include "plugin/oma-plugin-data.h"
#include "plugin/oma-plugin-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  OmaTree         *tree;
  OmaPluginLoader *loader;
  OmaPluginHost   *host;
  char            *dir;
  char            *data_dir;
  char            *own_dir;       /* of the plugin */
} Fixture;

typedef struct {
  guint    order;
  gboolean done, truth;
  GError  *error;
} Result;

static guint n_done;

static void
load_plugin (Fixture *f, const char *data_dir)
{
  g_auto(Target) root = { 0 };

  f->tree = oma_tree_new ();
  f->loader = oma_plugin_loader_new (f->tree, oma_ddf_load);
  oma_plugin_loader_set_accept_own_files (f->loader, TRUE);
  oma_plugin_loader_set_data_directory (f->loader, data_dir);
  oma_plugin_loader_load_directory (f->loader, f->dir);
  plugin_test_find (f->tree, "./Vendor/Trial", &root);
  f->host = oma_plugin_get_host (root.self);
}

static void
unload_plugin (Fixture *f)
{
  g_clear_pointer (&f->loader, oma_plugin_loader_free);
  g_clear_pointer (&f->tree, oma_tree_free);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-plugins-XXXXXX", NULL);
  f->data_dir = g_build_filename (f->dir, "data", NULL);
  f->own_dir = g_build_filename (f->data_dir, "good", NULL);
  g_free (plugin_test_install (f->dir, "good.so"));
  g_free (plugin_test_install (f->dir, "good.ddf.xml"));
  load_plugin (f, f->data_dir);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  unload_plugin (f);
  if (g_file_test (f->own_dir, G_FILE_TEST_IS_DIR))
    plugin_test_remove (f->own_dir);
  g_remove (f->data_dir);
  plugin_test_remove (f->dir);
  g_free (f->own_dir);
  g_free (f->data_dir);
  g_free (f->dir);
}

static void
saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;

  r->truth = oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &r->error);
  r->order = ++n_done;
  r->done = TRUE;
}

static void
begin (Fixture *f, const char *name, const char *text, GCancellable *cancellable, Result *result)
{
  g_autoptr(GBytes) octets = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;

  oma_plugin_host_save_data_async (f->host, name, octets, cancellable, saved, result);
  g_assert_false (result->done);
}

static void
wait_for (Result *result)
{
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
save (Fixture *f, const char *name, const char *text)
{
  Result result = { 0 };

  begin (f, name, text, NULL, &result);
  wait_for (&result);
  g_assert_no_error (result.error);
  g_assert_true (result.truth);
}

static void
assert_refused (Fixture *f, const char *name, GBytes *octets, OmaStatus status)
{
  Result result = { 0 };

  oma_plugin_host_save_data_async (f->host, name, octets, NULL, saved, &result);
  wait_for (&result);
  g_assert_false (result.truth);
  g_assert_error (result.error, OMA_STATUS_ERROR, (int) status);
  g_clear_error (&result.error);
}

static void
assert_kept (Fixture *f, const char *name, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) octets = oma_plugin_host_load_data (f->host, name, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), text, strlen (text));
}

static void
assert_not_kept (Fixture *f, const char *name, OmaStatus status)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_plugin_host_load_data (f->host, name, &error));
  g_assert_error (error, OMA_STATUS_ERROR, (int) status);
}

static void
test_data_outlive_the_plugin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GStatBuf st;
  g_autofree char *path = g_build_filename (f->own_dir, "State-1_a", NULL);

  assert_not_kept (f, "State-1_a", OMA_STATUS_NOT_FOUND);
  save (f, "State-1_a", "kept");
  save (f, "empty", "");
  unload_plugin (f);
  load_plugin (f, f->data_dir);
  assert_kept (f, "State-1_a", "kept");
  assert_kept (f, "empty", "");
  g_assert_cmpint (g_stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
}

static void
test_what_is_saved_last_counts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Result results[20] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      begin (f, "x", text, NULL, &results[i]);
      /* Nobody need wait to see it. */
      assert_kept (f, "x", text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      wait_for (&results[i]);
      g_assert_true (results[i].truth);
      g_assert_cmpuint (results[i].order, ==, results[0].order + i);
    }
  assert_kept (f, "x", "19");
}

static void
saved_once (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Result *r = user_data;
  g_autoptr(GBytes) octets = g_bytes_new_static ("two", 3);

  g_assert_true (oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, NULL));
  oma_plugin_host_save_data_async (OMA_PLUGIN_HOST (source), "x", octets, NULL, saved, r);
}

static void
test_callback_may_save_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = g_bytes_new_static ("one", 3);
  Result result = { 0 };

  oma_plugin_host_save_data_async (f->host, "x", octets, NULL, saved_once, &result);
  wait_for (&result);
  g_assert_true (result.truth);
  assert_kept (f, "x", "two");
}

static void
test_data_can_be_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Result result = { 0 };

  save (f, "x", "kept");
  begin (f, "x", NULL, NULL, &result);
  assert_not_kept (f, "x", OMA_STATUS_NOT_FOUND);
  wait_for (&result);
  g_assert_true (result.truth);
  assert_not_kept (f, "x", OMA_STATUS_NOT_FOUND);
  save (f, "never", NULL);
}

static void
test_waiting_save_can_be_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Result first = { 0 }, second = { 0 };

  begin (f, "x", "first", NULL, &first);
  begin (f, "x", "second", cancellable, &second);
  g_cancellable_cancel (cancellable);
  wait_for (&second);
  g_assert_true (first.truth);
  g_assert_error (second.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&second.error);
  assert_kept (f, "x", "first");
}

static void
test_names_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *longest = g_strnfill (OMA_PLUGIN_DATA_MAX_NAME, 'x');
  g_autofree char *too_long = g_strnfill (OMA_PLUGIN_DATA_MAX_NAME + 1, 'x');
  const char *const bad[] = { "", ".", "..", "../store.db", "a/b", "a.b", "a b", "\xc3\xa4", too_long };
  g_autoptr(GBytes) octets = g_bytes_new_static ("x", 1);

  save (f, longest, "x");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      assert_refused (f, bad[i], octets, OMA_STATUS_COMMAND_FAILED);
      assert_not_kept (f, bad[i], OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_size_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = g_strnfill (OMA_PLUGIN_DATA_MAX_SIZE + 1, 'x');
  g_autoptr(GBytes) too_large = g_bytes_new (text, OMA_PLUGIN_DATA_MAX_SIZE + 1);

  text[OMA_PLUGIN_DATA_MAX_SIZE] = '\0';
  save (f, "x", text);
  assert_refused (f, "x", too_large, OMA_STATUS_ENTITY_TOO_LARGE);
  assert_kept (f, "x", text);
}

static void
test_number_of_names_is_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = g_bytes_new_static ("x", 1);

  for (guint i = 0; i < OMA_PLUGIN_DATA_MAX_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);

      save (f, name, "x");
    }
  assert_refused (f, "more", octets, OMA_STATUS_DEVICE_FULL);
  save (f, "n3", "y");
  save (f, "n4", NULL);
  save (f, "more", "z");
}

static void
test_what_a_crash_left_takes_no_room (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *rest = g_build_filename (f->own_dir, "x.A1B2C3", NULL);

  save (f, "x", "kept");
  g_assert_true (g_file_set_contents (rest, "ha", -1, NULL));
  save (f, "y", "kept");
  g_assert_false (g_file_test (rest, G_FILE_TEST_EXISTS));
  assert_kept (f, "x", "kept");
}

static void
test_file_that_is_none_of_ours_is_not_loaded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *link = g_build_filename (f->own_dir, "link", NULL);
  g_autofree char *large = g_build_filename (f->own_dir, "large", NULL);
  g_autofree char *text = g_strnfill (OMA_PLUGIN_DATA_MAX_SIZE + 1, 'x');

  save (f, "x", "kept");
  g_assert_true (g_file_test (f->own_dir, G_FILE_TEST_IS_DIR));
  g_assert_cmpint (symlink ("x", link), ==, 0);
  g_assert_true (g_file_set_contents (large, text, -1, NULL));
  assert_not_kept (f, "link", OMA_STATUS_DATA_STORE_FAILURE);
  assert_not_kept (f, "large", OMA_STATUS_DATA_STORE_FAILURE);
}

static void
test_failure_of_the_disk_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = g_bytes_new_static ("x", 1);

  g_assert_true (g_file_set_contents (f->data_dir, "no directory", -1, NULL));
  assert_refused (f, "x", octets, OMA_STATUS_DATA_STORE_FAILURE);
  assert_not_kept (f, "x", OMA_STATUS_DATA_STORE_FAILURE);
}

static void
test_without_directory_nothing_is_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) octets = g_bytes_new_static ("x", 1);

  unload_plugin (f);
  load_plugin (f, NULL);
  assert_refused (f, "x", octets, OMA_STATUS_DATA_STORE_FAILURE);
  assert_not_kept (f, "x", OMA_STATUS_DATA_STORE_FAILURE);
}

static void
test_save_under_way_outlives_the_plugin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Result first = { 0 }, second = { 0 };

  begin (f, "x", "first", NULL, &first);
  begin (f, "x", "second", NULL, &second);
  unload_plugin (f);
  wait_for (&second);
  g_assert_true (first.truth);
  g_assert_true (second.truth);
  load_plugin (f, f->data_dir);
  assert_kept (f, "x", "second");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/plugin-data/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("data-outlive-the-plugin", test_data_outlive_the_plugin);
  TEST ("what-is-saved-last-counts", test_what_is_saved_last_counts);
  TEST ("callback-may-save-again", test_callback_may_save_again);
  TEST ("data-can-be-forgotten", test_data_can_be_forgotten);
  TEST ("waiting-save-can-be-cancelled", test_waiting_save_can_be_cancelled);
  TEST ("names-are-bounded", test_names_are_bounded);
  TEST ("size-is-bounded", test_size_is_bounded);
  TEST ("number-of-names-is-bounded", test_number_of_names_is_bounded);
  TEST ("what-a-crash-left-takes-no-room", test_what_a_crash_left_takes_no_room);
  TEST ("file-that-is-none-of-ours-is-not-loaded", test_file_that_is_none_of_ours_is_not_loaded);
  TEST ("failure-of-the-disk-is-told", test_failure_of_the_disk_is_told);
  TEST ("without-directory-nothing-is-kept", test_without_directory_nothing_is_kept);
  TEST ("save-under-way-outlives-the-plugin", test_save_under_way_outlives_the_plugin);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-packagekit.h"
#include "pk-inventory.h"
#include "pk-transaction.h"
#include "../../remove-recursively.h"

#include <string.h>

typedef struct {
  FakePackagekit *fake;
  PkInventory    *inventory;
  char           *dir;
  char           *status;
  GString        *changes;
  guint           n_answers;
  GError         *error;
} Fixture;

static void
changed_cb (const char *name, OmaChangeKind kind, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (f->changes, "%s %d\n", name != NULL ? name : "?", kind);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-inventory-XXXXXX", NULL);
  f->status = g_build_filename (f->dir, "status", NULL);
  g_assert_true (g_file_set_contents (f->status, "1", -1, NULL));
  f->fake = fake_packagekit_new ();
  f->changes = g_string_new (NULL);
  f->inventory = pk_inventory_new (fake_packagekit_get_host (f->fake), "GetPackages", 4, f->status, changed_cb, f);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pk_inventory_free (f->inventory);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fake_packagekit_count_subscriptions (f->fake), ==, 0);
  fake_packagekit_free (f->fake);
  g_clear_error (&f->error);
  g_string_free (f->changes, TRUE);
  remove_recursively (f->dir);
  g_free (f->dir);
  g_free (f->status);
}

static void
loaded_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  pk_inventory_load_finish (result, f->error == NULL ? &f->error : NULL);
  f->n_answers++;
}

static void
load (Fixture *f, guint times)
{
  f->n_answers = 0;
  for (guint i = 0; i < times; i++)
    pk_inventory_load_async (f->inventory, NULL, loaded_cb, f);
  while (f->n_answers < times)
    g_main_context_iteration (NULL, TRUE);
}

static void
say (Fixture *f, guint n, const char *packages)
{
  fake_packagekit_say (f->fake, n, "Packages", packages);
  fake_packagekit_say (f->fake, n, "Finished", "(uint32 1, uint32 7)");
}

static void
test_all_who_ask_wait_for_one_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'b;2;all;manual:x', 'B'), (uint32 1, 'a;1;all;manual:x', 'A')],)");
  load (f, 3);
  g_assert_no_error (f->error);
  load (f, 2);
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 1);
  g_assert_cmpuint (pk_inventory_get_all (f->inventory)->len, ==, 2);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "a")->version, ==, "1");
  g_assert_null (pk_inventory_find (f->inventory, "c"));
  g_assert_cmpstr (f->changes->str, ==, "");
}

static void
test_architectures_have_nodes_of_their_own (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'libc6;2;amd64;auto:x', ''), (uint32 1, 'libc6;2;i386;auto:x', ''), "
             "(uint32 1, 'libc6;2;i386;auto:y', ''), (uint32 1, 'apt;1;amd64;manual:x', '')],)");
  load (f, 1);
  g_assert_cmpuint (pk_inventory_get_all (f->inventory)->len, ==, 3);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "libc6:amd64")->name, ==, "libc6");
  g_assert_nonnull (pk_inventory_find (f->inventory, "libc6:i386"));
  g_assert_nonnull (pk_inventory_find (f->inventory, "apt"));
}

static void
wait_for_changes (Fixture *f, const char *expected)
{
  while (strstr (f->changes->str, expected) == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_what_dpkg_does_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'a;1;all;manual:x', ''), (uint32 1, 'b;1;all;manual:x', ''), "
             "(uint32 1, 'c;1;all;manual:x', '')],)");
  say (f, 2, "([(uint32 1, 'a;1;all;manual:x', ''), (uint32 1, 'b;2;all;manual:x', ''), "
             "(uint32 1, 'd;1;all;manual:x', '')],)");
  load (f, 1);
  g_assert_true (g_file_set_contents (f->status, "2", -1, NULL));
  wait_for_changes (f, "c 2\n");
  g_assert_nonnull (strstr (f->changes->str, "b 1\n"));
  g_assert_nonnull (strstr (f->changes->str, "d 0\n"));
  g_assert_null (strstr (f->changes->str, "a "));
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 2);
}

/* Before the monitor has told of it. */
static void
test_who_asks_after_a_change_gets_the_new_list (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'a;1;all;manual:x', '')],)");
  say (f, 2, "([(uint32 1, 'a;2;all;manual:x', '')],)");
  load (f, 1);
  g_assert_true (g_file_set_contents (f->status, "2", -1, NULL));
  load (f, 1);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "a")->version, ==, "2");
}

static void
test_what_nobody_asked_for_is_told_without_names (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pk_inventory_invalidate (f->inventory);
  wait_for_changes (f, "? 1\n");
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 0);
}

static void
test_as_long_as_packagekit_is_busy_the_old_list_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'a;1;all;manual:x', '')],)");
  say (f, 2, "([(uint32 1, 'a;2;all;manual:x', '')],)");
  load (f, 1);
  pk_inventory_set_busy (f->inventory, TRUE);
  pk_inventory_invalidate (f->inventory);
  load (f, 1);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "a")->version, ==, "1");
  pk_inventory_set_busy (f->inventory, FALSE);
  load (f, 1);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "a")->version, ==, "2");
}

/* Transaction 2 never ends. */
static void
test_when_packagekit_works_for_others_the_old_list_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  say (f, 1, "([(uint32 1, 'a;1;all;manual:x', '')],)");
  load (f, 1);
  pk_inventory_set_patience (f->inventory, 1);
  pk_inventory_invalidate (f->inventory);
  load (f, 2);
  g_assert_no_error (f->error);
  g_assert_cmpstr (pk_inventory_find (f->inventory, "a")->version, ==, "1");
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 2);
  pk_transaction_abandon_all ();
}

static void
test_a_failure_is_told_to_all_and_not_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_die (f->fake, 1);
  say (f, 2, "([(uint32 1, 'a;1;all;manual:x', '')],)");
  load (f, 2);
  g_assert_error (f->error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_clear_error (&f->error);
  load (f, 1);
  g_assert_no_error (f->error);
  g_assert_nonnull (pk_inventory_find (f->inventory, "a"));
}

#define ADD(name) g_test_add ("/packagekit/inventory/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (all_who_ask_wait_for_one_answer);
  ADD (architectures_have_nodes_of_their_own);
  ADD (what_dpkg_does_is_told);
  ADD (who_asks_after_a_change_gets_the_new_list);
  ADD (what_nobody_asked_for_is_told_without_names);
  ADD (as_long_as_packagekit_is_busy_the_old_list_is_told);
  ADD (when_packagekit_works_for_others_the_old_list_is_told);
  ADD (a_failure_is_told_to_all_and_not_kept);
  return g_test_run ();
}

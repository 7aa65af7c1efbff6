/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the store makes durable, in which order, and what is left when that fails. */
#include "config.h"

#include "store-fixture.h"
#include "../remove-recursively.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_KINDS (OMA_IMAGE_TRANSACTION + 1)

/* These take the place of those of the C library.  Nothing else runs while they are looked at. */
static GString *synced;       /* the names of what was synced, a letter each */
static int n_failing;         /* so many syncs of the log fail */

static int
sync_and_note (long number, int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);
  gboolean is_log = path != NULL && g_str_has_suffix (path, "-wal");

  if (synced != NULL && path != NULL)
    {
      g_autofree char *dir = g_path_get_dirname (path);

      if (is_log)
        g_string_append (synced, "log ");
      else if (g_str_has_suffix (path, "/omadm.db"))
        g_string_append (synced, "database ");
      else if (g_str_has_suffix (dir, "/values"))
        g_string_append (synced, "value ");
      else if (g_str_has_suffix (dir, "/secrets"))
        g_string_append (synced, "secret ");
      else
        g_string_append_printf (synced, "%s ", strrchr (path, '/') + 1);
    }
  if (is_log && n_failing > 0)
    {
      n_failing--;
      errno = EIO;
      return -1;
    }
  return (int) syscall (number, fd);
}

int
fsync (int fd)
{
  return sync_and_note (SYS_fsync, fd);
}

int
fdatasync (int fd)
{
  return sync_and_note (SYS_fdatasync, fd);
}

static GArray *
make_write (void)
{
  g_autoptr(OmaValue) value = make_value ('n', LARGE);
  GArray *ops = oma_tree_store_ops_new (0);

  add_node (ops, OMA_STORE_SET_VALUE, 1, value);
  add_unit (ops, make_unit (2, N_KINDS));
  return ops;
}

static void
write_first (Fixture *f)
{
  g_autoptr(OmaValue) value = make_value ('o', LARGE);
  GArray *ops = oma_tree_store_ops_new (0);

  add_node (ops, OMA_STORE_INSERT, 1, value);
  assert_written (f, ops);
}

/* The log is what makes all count, so it comes last; and what is removed goes behind it. */
static void
test_files_and_their_names_come_before_the_log (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  write_first (f);
  synced = g_string_new (NULL);
  assert_written (f, make_write ());
  g_assert_cmpstr (synced->str, ==, "value value secret secrets values log ");
  g_string_truncate (synced, 0);
  end_unit (f, 2);
  g_assert_cmpstr (synced->str, ==, "log ");      /* once, also if there was much to remove */
  g_string_free (g_steal_pointer (&synced), TRUE);
}

static void
test_new_directories_are_durable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *name = g_path_get_basename (f->dir);
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);

  close_store (f);
  g_assert_cmpint (g_rmdir (f->values), ==, 0);
  g_assert_cmpint (g_rmdir (secrets), ==, 0);
  synced = g_string_new (NULL);
  open_store (f);
  g_assert_nonnull (strstr (synced->str, name));
  g_string_free (g_steal_pointer (&synced), TRUE);
}

static char *
read_after_crash (Fixture *f)
{
  g_autofree char *dir = g_strconcat (f->dir, "-crashed", NULL);
  g_autofree char *values = g_build_filename (dir, "values", NULL);
  g_autofree char *secrets = g_build_filename (dir, "secrets", NULL);
  g_autofree char *from = g_build_filename (f->dir, "secrets", NULL);
  Fixture crashed = { .dir = dir };
  g_autofree char *nodes = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GPtrArray) units = NULL;

  copy_files (f->dir, dir);
  copy_files (f->values, values);
  copy_files (from, secrets);
  open_store (&crashed);
  nodes = dump_nodes (&crashed);
  units = load_units (&crashed);
  text = describe_units (units);
  close_store (&crashed);
  remove_recursively (dir);
  return g_strconcat (nodes, text, NULL);
}

/* A transaction of which it was said that it failed must not be there after a crash, and in no case without
 * its files. */
static void
test_write_whose_sync_failed_does_not_come_back (Fixture *f, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *after = NULL;
  g_autofree char *crashed = NULL;

  write_first (f);
  n_failing = GPOINTER_TO_INT (data);
  g_assert_false (write_ops (f, make_write (), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  crashed = read_after_crash (f);
  g_assert_cmpstr (crashed, ==, "1=o*204800 ");
  n_failing = 0;
  after = dump_nodes (f);
  g_assert_cmpstr (after, ==, "1=o*204800 ");
  assert_written (f, make_write ());
  g_free (crashed);
  crashed = read_after_crash (f);
  g_assert_true (g_str_has_prefix (crashed, "1=n*204800 unit 2 "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/sync/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("files-and-their-names-come-before-the-log", test_files_and_their_names_come_before_the_log);
  TEST ("new-directories-are-durable", test_new_directories_are_durable);
  g_test_add ("/sync/write-whose-sync-failed-does-not-come-back/once", Fixture, GINT_TO_POINTER (1), set_up,
              test_write_whose_sync_failed_does_not_come_back, tear_down);
  g_test_add ("/sync/write-whose-sync-failed-does-not-come-back/all-the-time", Fixture, GINT_TO_POINTER (1000), set_up,
              test_write_whose_sync_failed_does_not_come_back, tear_down);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that are files beside the database. */
#include "config.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"
#include "store/oma-store.h"
#include "../remove-recursively.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LARGE (200 * 1024)
#define WRITE_OPTION "--write-until-killed"

static const char *program;

typedef struct {
  char     *dir;
  char     *values;
  OmaStore *store;
} Fixture;

static void
open_store (Fixture *f)
{
  g_autoptr(GError) error = NULL;

  f->store = oma_store_open (f->dir, &error);
  g_assert_no_error (error);
}

static void
close_store (Fixture *f)
{
  oma_store_close (f->store);
  g_clear_object (&f->store);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-values-XXXXXX", NULL);
  f->values = g_build_filename (f->dir, "values", NULL);
  open_store (f);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  close_store (f);
  remove_recursively (f->dir);
  g_free (f->dir);
  g_free (f->values);
}

static OmaStoreOp *
add_value (GArray *ops, OmaStoreOpKind kind, gint64 id, OmaValue *value)
{
  OmaStoreOp *op;

  g_array_set_size (ops, ops->len + 1);
  op = &g_array_index (ops, OmaStoreOp, ops->len - 1);
  op->kind = kind;
  op->record.id = id;
  op->record.name = kind == OMA_STORE_INSERT ? g_strdup_printf ("N%d", (int) id) : NULL;
  op->record.format = OMA_FORMAT_CHR;
  op->record.type = g_strdup ("text/plain");
  op->record.value = value != NULL ? oma_value_ref (value) : NULL;
  return op;
}

typedef struct {
  gboolean done, written;
  GError  *error;
} Wait;

static void
write_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->written = oma_tree_store_write_finish (OMA_TREE_STORE (source), result, &wait->error);
  wait->done = TRUE;
}

static gboolean
write_ops (Fixture *f, GArray *ops)
{
  Wait wait = { FALSE, FALSE, NULL };

  oma_tree_store_write_async (OMA_TREE_STORE (f->store), ops, NULL, write_cb, &wait);
  while (!wait.done)
    g_main_context_iteration (NULL, TRUE);
  g_clear_error (&wait.error);
  return wait.written;
}

static void
put (Fixture *f, OmaStoreOpKind kind, gint64 id, OmaValue *value)
{
  GArray *ops = oma_tree_store_ops_new (0);

  add_value (ops, kind, id, value);
  g_assert_true (write_ops (f, ops));
}

static OmaValue *
make_value (char letter, gsize size)
{
  g_autofree char *text = g_strnfill (size, letter);

  return oma_value_new (OMA_FORMAT_CHR, NULL, text, size);
}

/* A value that arrived in the store's own spool. */
static OmaValue *
make_spooled (Fixture *f, char letter, gsize size)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_strnfill (size, letter);
  int fd = oma_store_make_spool (f->store, &error);
  OmaValue *value;

  g_assert_no_error (error);
  g_assert_cmpint (write (fd, text, size), ==, (gssize) size);
  value = oma_value_new_fd (OMA_FORMAT_CHR, NULL, fd, &error);
  g_assert_no_error (error);
  return value;
}

static void
keep_value (const OmaNodeRecord *record, gpointer user_data)
{
  GHashTable *values = user_data;

  if (record->value != NULL)
    g_hash_table_insert (values, GINT_TO_POINTER ((int) record->id), oma_value_ref (record->value));
}

static GHashTable *
load (Fixture *f)
{
  GHashTable *values = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) oma_value_unref);
  g_autoptr(GError) error = NULL;

  oma_tree_store_load (OMA_TREE_STORE (f->store), keep_value, values, &error);
  g_assert_no_error (error);
  return values;
}

static void
assert_filled (const OmaValue *value, char letter, gsize size)
{
  g_autoptr(OmaValue) wanted = make_value (letter, size);

  g_assert_true (oma_value_equal (value, wanted));
  g_assert_cmpuint (strlen (oma_value_get_text (value)), ==, size);
}

static guint
count_files (const char *dir)
{
  g_autoptr(GDir) files = g_dir_open (dir, 0, NULL);
  guint n = 0;

  while (files != NULL && g_dir_read_name (files) != NULL)
    n++;
  return n;
}

static guint
count_descriptors (void)
{
  return count_files ("/proc/self/fd");
}

static gboolean
database_contains (Fixture *f, const char *needle)
{
  static const char *const names[] = { "omadm.db", "omadm.db-wal" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->dir, names[i], NULL);
      g_autofree char *content = NULL;
      gsize size;

      if (g_file_get_contents (path, &content, &size, NULL) && memmem (content, size, needle, strlen (needle)) != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
test_large_value_is_a_file_of_its_own (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);
  g_autoptr(OmaValue) other = make_value ('r', LARGE);
  g_autoptr(OmaValue) small = make_value ('s', 65536);
  g_autoptr(GHashTable) loaded = NULL;
  struct stat st;

  put (f, OMA_STORE_INSERT, 1, value);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  g_assert_false (database_contains (f, "qqqqqqqq"));
  g_assert_cmpint (stat (f->values, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 07777, ==, 0700);

  put (f, OMA_STORE_SET_VALUE, 1, other);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  assert_filled (value, 'q', LARGE);           /* who still looks at the old one sees it whole */
  close_store (f);
  open_store (f);
  loaded = load (f);
  assert_filled (g_hash_table_lookup (loaded, GINT_TO_POINTER (1)), 'r', LARGE);
  put (f, OMA_STORE_SET_VALUE, 1, small);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  g_assert_true (database_contains (f, "ssssssss"));
}

static void
test_spooled_value_is_linked_and_holds_no_descriptor (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = count_descriptors ();
  g_autoptr(OmaValue) value = make_spooled (f, 'q', LARGE);
  g_autoptr(GError) error = NULL;
  struct stat file, spool;
  int fd = oma_value_dup_fd (value, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &spool), ==, 0);
  close (fd);
  g_assert_cmpuint (count_descriptors (), ==, before + 1);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  put (f, OMA_STORE_INSERT, 1, value);
  g_assert_cmpuint (count_descriptors (), ==, before);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  fd = oma_value_dup_fd (value, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &file), ==, 0);
  close (fd);
  g_assert_cmpuint (file.st_ino, ==, spool.st_ino);     /* the same octets, not a copy */
  g_assert_cmpuint (file.st_mode & 07777, ==, 0600);
  assert_filled (value, 'q', LARGE);
}

static void
test_descriptor_of_a_replaced_value_is_still_to_be_had (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_spooled (f, 'q', LARGE);
  g_autoptr(OmaValue) other = make_spooled (f, 'r', LARGE);
  g_autoptr(OmaValue) again = NULL;
  g_autoptr(GError) error = NULL;
  int fd;

  put (f, OMA_STORE_INSERT, 1, value);
  put (f, OMA_STORE_SET_VALUE, 1, other);
  fd = oma_value_dup_fd (value, &error);
  g_assert_no_error (error);
  again = oma_value_new_fd (OMA_FORMAT_CHR, NULL, fd, &error);
  g_assert_no_error (error);
  assert_filled (again, 'q', LARGE);
}

static void
test_many_values_cost_no_descriptors (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint before = count_descriptors ();
  GArray *ops = oma_tree_store_ops_new (0);
  g_autoptr(GHashTable) loaded = NULL;

  for (int i = 1; i <= 50; i++)
    {
      g_autoptr(OmaValue) value = make_value ('q', 70000);
      add_value (ops, OMA_STORE_INSERT, i, value);
    }
  g_assert_true (write_ops (f, ops));
  loaded = load (f);
  g_assert_cmpuint (g_hash_table_size (loaded), ==, 50);
  g_assert_cmpuint (count_descriptors (), ==, before);
}

static void
test_failed_write_leaves_no_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_spooled (f, 'q', LARGE);
  g_autoptr(OmaValue) other = make_spooled (f, 'r', LARGE);
  g_autoptr(GHashTable) loaded = NULL;
  GArray *ops = oma_tree_store_ops_new (0);

  put (f, OMA_STORE_INSERT, 1, value);
  add_value (ops, OMA_STORE_SET_VALUE, 1, other);
  add_value (ops, OMA_STORE_DELETE, 99, NULL);
  g_assert_false (write_ops (f, ops));
  g_assert_cmpuint (count_files (f->values), ==, 1);
  loaded = load (f);
  assert_filled (g_hash_table_lookup (loaded, GINT_TO_POINTER (1)), 'q', LARGE);
  assert_filled (other, 'r', LARGE);
  put (f, OMA_STORE_SET_VALUE, 1, other);      /* it can be tried again */
  g_assert_cmpuint (count_files (f->values), ==, 1);
}

static void
test_value_written_twice_keeps_the_last_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_spooled (f, 'q', LARGE);
  g_autoptr(OmaValue) other = make_spooled (f, 'r', LARGE);
  g_autoptr(GHashTable) loaded = NULL;
  GArray *ops = oma_tree_store_ops_new (0);

  add_value (ops, OMA_STORE_INSERT, 1, value);
  add_value (ops, OMA_STORE_SET_VALUE, 1, other);
  add_value (ops, OMA_STORE_INSERT, 2, other);     /* one value for two nodes is two files */
  g_assert_true (write_ops (f, ops));
  g_assert_cmpuint (count_files (f->values), ==, 2);
  put (f, OMA_STORE_DELETE, 2, NULL);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  loaded = load (f);
  assert_filled (g_hash_table_lookup (loaded, GINT_TO_POINTER (1)), 'r', LARGE);
}

static ino_t
get_inode (const OmaValue *value)
{
  g_autoptr(GError) error = NULL;
  int fd = oma_value_dup_fd (value, &error);
  struct stat st;

  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  close (fd);
  return st.st_ino;
}

/* A copy, and a value that is written again for another owner, take neither time nor room; and the
 * value is in its file still when the copy goes, whichever went first. */
static void
test_value_of_two_nodes_is_one_file (Fixture *f, gconstpointer data)
{
  g_autoptr(OmaValue) value = make_spooled (f, 'q', LARGE);
  g_autoptr(GHashTable) loaded = NULL;
  ino_t inode = get_inode (value);
  gint64 first = GPOINTER_TO_INT (data), other = 3 - first;

  put (f, OMA_STORE_INSERT, 1, value);
  put (f, OMA_STORE_INSERT, 2, value);
  put (f, OMA_STORE_SET_VALUE, 1, value);
  g_assert_cmpuint (count_files (f->values), ==, 2);
  put (f, OMA_STORE_DELETE, first, NULL);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  g_assert_cmpuint (get_inode (value), ==, inode);
  loaded = load (f);
  assert_filled (g_hash_table_lookup (loaded, GINT_TO_POINTER ((int) other)), 'q', LARGE);
  g_assert_cmpuint (get_inode (g_hash_table_lookup (loaded, GINT_TO_POINTER ((int) other))), ==, inode);
  put (f, OMA_STORE_DELETE, other, NULL);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  assert_filled (value, 'q', LARGE);
  g_assert_cmpuint (get_inode (value), !=, inode);
}

static void
test_large_secret_stays_with_the_secrets (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);
  GArray *ops = oma_tree_store_ops_new (0);

  add_value (ops, OMA_STORE_INSERT, 1, value)->record.secret = TRUE;
  g_assert_true (write_ops (f, ops));
  g_assert_cmpuint (count_files (f->values), ==, 0);
  g_assert_cmpuint (count_files (secrets), ==, 1);
}

static void
test_left_over_files_go_at_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);
  g_autofree char *orphan = g_build_filename (f->values, "spool-AbCdEf", NULL);
  g_autoptr(GHashTable) loaded = NULL;

  put (f, OMA_STORE_INSERT, 1, value);
  close_store (f);
  g_assert_true (g_file_set_contents (orphan, "half an object", -1, NULL));
  open_store (f);
  loaded = load (f);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
}

static void
test_missing_file_is_damage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);
  g_autoptr(GDir) files = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) loaded = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) oma_value_unref);

  put (f, OMA_STORE_INSERT, 1, value);
  files = g_dir_open (f->values, 0, NULL);
  path = g_build_filename (f->values, g_dir_read_name (files), NULL);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_false (oma_tree_store_load (OMA_TREE_STORE (f->store), keep_value, loaded, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
}

/* Replaces a value for ever, one letter after the other, until it is killed. */
static G_NORETURN void
write_until_killed (char *dir)
{
  Fixture fixture = { .dir = dir }, *f = &fixture;

  open_store (f);
  g_hash_table_unref (load (f));
  puts ("ready");
  fflush (stdout);
  for (guint i = 0; ; i++)
    {
      g_autoptr(OmaValue) value = make_spooled (f, (char) ('a' + i % 26), LARGE);
      put (f, OMA_STORE_SET_VALUE, 1, value);
    }
}

/* Returns when it has begun. */
static GPid
start_writer (Fixture *f, char *ready, gsize size)
{
  const char *const command[] = { program, WRITE_OPTION, f->dir, NULL };
  g_autoptr(GError) error = NULL;
  GPid pid = 0;
  int out = -1;

  g_spawn_async_with_pipes (NULL, (char **) command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL,
                            &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (out, ready, size), ==, (gssize) size);
  close (out);
  return pid;
}

static void
test_killed_daemon_leaves_a_whole_value_and_no_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);

  put (f, OMA_STORE_INSERT, 1, value);
  close_store (f);
  for (guint i = 0; i < 8; i++)
    {
      g_autoptr(GHashTable) loaded = NULL;
      OmaValue *left;
      int status;
      char ready[6];
      GPid pid = start_writer (f, ready, sizeof ready);

      g_usleep (3000 + i * 3919);
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      open_store (f);
      loaded = load (f);
      left = g_hash_table_lookup (loaded, GINT_TO_POINTER (1));
      assert_filled (left, *oma_value_get_text (left), LARGE);
      g_assert_cmpuint (count_files (f->values), ==, 1);
      close_store (f);
    }
  open_store (f);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 3 && strcmp (argv[1], WRITE_OPTION) == 0)
    write_until_killed (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/value-dir/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("large-value-is-a-file-of-its-own", test_large_value_is_a_file_of_its_own);
  TEST ("spooled-value-is-linked-and-holds-no-descriptor", test_spooled_value_is_linked_and_holds_no_descriptor);
  TEST ("descriptor-of-a-replaced-value-is-still-to-be-had", test_descriptor_of_a_replaced_value_is_still_to_be_had);
  TEST ("many-values-cost-no-descriptors", test_many_values_cost_no_descriptors);
  TEST ("failed-write-leaves-no-file", test_failed_write_leaves_no_file);
  TEST ("value-written-twice-keeps-the-last-file", test_value_written_twice_keeps_the_last_file);
  g_test_add ("/value-dir/value-of-two-nodes-is-one-file/1", Fixture, GINT_TO_POINTER (1), set_up,
              test_value_of_two_nodes_is_one_file, tear_down);
  g_test_add ("/value-dir/value-of-two-nodes-is-one-file/2", Fixture, GINT_TO_POINTER (2), set_up,
              test_value_of_two_nodes_is_one_file, tear_down);
  TEST ("large-secret-stays-with-the-secrets", test_large_secret_stays_with_the_secrets);
  TEST ("left-over-files-go-at-start", test_left_over_files_go_at_start);
  TEST ("missing-file-is-damage", test_missing_file_is_damage);
  TEST ("killed-daemon-leaves-a-whole-value-and-no-file", test_killed_daemon_leaves_a_whole_value_and_no_file);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal as the store keeps it. */
#include "config.h"

#include "store-fixture.h"
#include "../remove-recursively.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_KINDS (OMA_IMAGE_TRANSACTION + 1)
#define WRITE_OPTION "--write-until-killed"

static const char *program;

/* What a unit of work is expected to say when it is read. */
static char *
describe (OmaUnitRecord *unit)
{
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_unit_record_free);

  g_ptr_array_add (units, unit);
  return describe_units (units);
}

static OmaUnitRecord *
make_full_unit (void)
{
  OmaUnitRecord *unit = make_unit (7, N_KINDS);

  unit->state = OMA_UNIT_PROVISIONAL;
  unit->server_id = g_strdup ("srv");
  unit->attempts = 3;
  unit->error = g_strdup ("it failed");
  ((OmaImage *) unit->images->pdata[1])->undone = TRUE;
  return unit;
}

static void
test_every_kind_of_image_survives_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *expected = describe (make_full_unit ());

  put_unit (f, make_full_unit ());
  g_assert_cmpuint (count_files (f->values), ==, 1);      /* the large one, not that at the limit */
  assert_units (f, expected);
  reopen_store (f);
  g_free (dump_nodes (f));
  g_assert_cmpuint (count_files (f->values), ==, 1);      /* nothing but the journal names it */
  assert_units (f, expected);
}

static void
test_images_come_behind_those_that_are_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaUnitRecord *both = make_unit (3, 2), *more = make_unit (3, 0);
  g_autofree char *expected = NULL;

  for (guint i = 0; i < 20; i++)
    {
      g_ptr_array_add (both->images, oma_image_new (OMA_IMAGE_ADD, "./Net", i % 2 == 0 ? "./Net/Z" : "./Net/B"));
      g_ptr_array_add (more->images, oma_image_new (OMA_IMAGE_ADD, "./Net", i % 2 == 0 ? "./Net/Z" : "./Net/B"));
    }
  expected = describe (both);
  put_unit (f, make_unit (3, 2));
  put_unit (f, make_unit (9, 1));       /* of which images lie between */
  put_unit (f, more);
  end_unit (f, 9);
  reopen_store (f);
  assert_units (f, expected);
}

static void
test_put_changes_state_attempts_and_error_alone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaUnitRecord *expected = make_unit (4, 2), *update = make_unit (4, 0);
  g_autofree char *text = NULL;

  put_unit (f, make_unit (4, 2));
  expected->state = update->state = OMA_UNIT_UNDO_FAILED;
  expected->attempts = update->attempts = 2;
  expected->error = g_strdup ("no answer");
  update->error = g_strdup ("no answer");
  update->server_id = g_strdup ("other");
  update->history_id = 99;
  update->time = 1;
  text = describe (expected);
  put_unit (f, update);
  reopen_store (f);
  assert_units (f, text);
}

/* An image is marked by writing its unit of work anew, in one write with its end. */
static void
test_unit_that_ends_and_begins_anew_has_only_new_images (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaUnitRecord *marked = make_unit (4, N_KINDS), *again = make_unit (4, N_KINDS);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *expected = NULL;

  ((OmaImage *) marked->images->pdata[2])->undone = TRUE;
  ((OmaImage *) again->images->pdata[2])->undone = TRUE;
  expected = describe (marked);
  put_unit (f, make_unit (4, N_KINDS));
  add_end (ops, 4);
  add_unit (ops, again);
  assert_written (f, ops);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  reopen_store (f);
  assert_units (f, expected);
}

static void
test_end_removes_everything_and_the_files (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *kept = describe (make_unit (8, 1));
  g_autofree char *empty = NULL;

  put_unit (f, make_unit (7, N_KINDS));
  put_unit (f, make_unit (8, 1));
  end_unit (f, 7);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  assert_units (f, kept);
  end_unit (f, 8);
  end_unit (f, 8);      /* again: it is through */
  close_store (f);
  g_assert_cmpint (query_sql (f, "SELECT (SELECT count(*) FROM units) + (SELECT count(*) FROM unit_images)"
                                 " + (SELECT count(*) FROM unit_nodes)"), ==, 0);
  open_store (f);
  empty = dump_nodes (f);
  g_assert_cmpstr (empty, ==, "");
}

static void
test_unit_shares_the_fate_of_its_write (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *expected = describe (make_unit (7, N_KINDS));
  g_autoptr(GError) error = NULL;
  GArray *ops = oma_tree_store_ops_new (0);

  put_unit (f, make_unit (7, N_KINDS));
  add_end (ops, 7);
  add_unit (ops, make_unit (8, N_KINDS));
  add_node (ops, OMA_STORE_DELETE, 99, NULL);
  g_assert_false (write_ops (f, ops, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpuint (count_files (f->values), ==, 1);
  assert_units (f, expected);
}

/* A value that is a node's as well has one file with two names: neither takes it from the other. */
static void
test_before_image_of_a_stored_value_is_its_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = make_value ('q', LARGE);
  g_autoptr(GPtrArray) units = NULL;
  GArray *ops = oma_tree_store_ops_new (0);
  OmaUnitRecord *unit = make_unit (1, 0);
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, "./Net", "./Net/A");
  const OmaImage *read;

  add_node (ops, OMA_STORE_INSERT, 1, value);
  assert_written (f, ops);
  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", oma_value_ref (value));
  g_ptr_array_add (unit->images, image);
  put_unit (f, unit);
  g_assert_cmpuint (count_files (f->values), ==, 2);
  ops = oma_tree_store_ops_new (0);
  add_node (ops, OMA_STORE_DELETE, 1, NULL);
  assert_written (f, ops);
  units = load_units (f);
  read = ((OmaUnitRecord *) units->pdata[0])->images->pdata[0];
  g_assert_true (oma_value_equal (oma_node_list_get_value (read->before, 0), value));
  end_unit (f, 1);
  g_assert_cmpuint (count_files (f->values), ==, 0);
}

static void
test_left_over_images_and_files_go_at_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nodes = NULL;

  put_unit (f, make_unit (7, N_KINDS));
  close_store (f);
  run_sql (f, "DELETE FROM units");     /* what an end leaves whose sweep the power cut off */
  open_store (f);
  nodes = dump_nodes (f);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  assert_units (f, "");
  close_store (f);
  g_assert_cmpint (query_sql (f, "SELECT (SELECT count(*) FROM unit_images) + (SELECT count(*) FROM unit_nodes)"), ==, 0);
}

static void
test_ids_are_never_used_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaTreeStore *store = OMA_TREE_STORE (f->store);
  g_autofree char *crashed = g_strconcat (f->dir, "-crashed", NULL);
  Fixture copy = { .dir = crashed };

  g_assert_cmpint (oma_tree_store_next_unit_id (store), ==, 1);
  g_assert_cmpint (oma_tree_store_next_unit_id (store), ==, 2);
  put_unit (f, make_unit (2, 1));
  end_unit (f, 2);
  for (gint64 id = 3; id <= 200; id++)
    g_assert_cmpint (oma_tree_store_next_unit_id (store), ==, id);    /* which leave nothing behind */
  end_unit (f, 200);                                                 /* the queue is through */
  copy_files (f->dir, crashed);
  reopen_store (f);
  g_assert_cmpint (oma_tree_store_next_unit_id (OMA_TREE_STORE (f->store)), ==, 201);

  open_store (&copy);
  g_assert_cmpint (oma_tree_store_next_unit_id (OMA_TREE_STORE (copy.store)), >, 200);
  close_store (&copy);
  remove_recursively (crashed);
}

/* ---- Damage ---- */

typedef struct {
  const char *name;
  const char *script;
  gboolean    remove_file;
} Damage;

/* Not what a plugin undoes from, which is a file of secrets here. */
#define OF_NODES "(file IS NULL OR file NOT LIKE 'secrets/%')"

static const Damage damages[] = {
  { "state", "UPDATE units SET state = 9", FALSE },
  { "kind", "UPDATE unit_images SET kind = 77 WHERE kind = 2", FALSE },
  { "mount", "UPDATE unit_images SET mount = './A/../B' WHERE kind = 2", FALSE },
  { "uri", "UPDATE unit_images SET uri = './Net//A' WHERE kind = 2", FALSE },
  { "uri-of-another-mount", "UPDATE unit_images SET uri = './Network/A' WHERE kind = 2", FALSE },
  { "no-uri", "UPDATE unit_images SET uri = NULL WHERE kind = 2", FALSE },
  { "uri-with-query", "UPDATE unit_images SET uri = './Net/A?prop=ACL' WHERE kind = 2", FALSE },
  { "target", "UPDATE unit_images SET target = 'x y' WHERE kind = 3", FALSE },
  { "no-target", "UPDATE unit_images SET target = NULL WHERE kind = 3", FALSE },
  { "no-before", "UPDATE unit_images SET nodes = 0 WHERE kind = 1", FALSE },
  { "image-missing", "DELETE FROM unit_images WHERE kind = 0", FALSE },
  { "nodes-missing", "DELETE FROM unit_nodes WHERE uri <> '' OR format IS NULL", FALSE },
  { "first-node-missing", "DELETE FROM unit_nodes WHERE place = 0 AND " OF_NODES, FALSE },
  { "node-in-the-middle-missing", "DELETE FROM unit_nodes WHERE place = 2", FALSE },
  { "last-node-missing", "DELETE FROM unit_nodes WHERE place = 5", FALSE },
  { "node-without-parent", "UPDATE unit_nodes SET uri = 'Other' WHERE uri = 'In'", FALSE },
  { "node-twice", "UPDATE unit_nodes SET uri = 'Empty' WHERE uri = 'Limit'", FALSE },
  { "node-uri", "UPDATE unit_nodes SET uri = '../Limit' WHERE uri = 'Limit'", FALSE },
  { "node-uri-of-itself", "UPDATE unit_nodes SET uri = './Limit' WHERE uri = 'Limit'", FALSE },
  { "node-format", "UPDATE unit_nodes SET format = 'nonsense' WHERE uri = 'Limit'", FALSE },
  { "node-value", "UPDATE unit_nodes SET value = NULL WHERE uri = 'Limit'", FALSE },
  { "node-type", "UPDATE unit_nodes SET type = CAST (X'ff' AS TEXT) WHERE uri = 'Limit'", FALSE },
  { "file", "SELECT 1", TRUE },
  { "file-elsewhere", "UPDATE unit_nodes SET file = '../omadm.db' WHERE file IS NOT NULL AND " OF_NODES, FALSE },
};

static void
remove_values (Fixture *f)
{
  g_autoptr(GDir) files = g_dir_open (f->values, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *path = g_build_filename (f->values, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
}

static guint
count_irreversible (const OmaUnitRecord *unit)
{
  guint n = 0;

  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = unit->images->pdata[i];

      g_assert_nonnull (image->mount);
      g_assert_true (image->uri != NULL || image->kind == OMA_IMAGE_TRANSACTION);
      n += image->irreversible;
    }
  return n;
}

/* It neither keeps the daemon from starting nor is it lost or taken for whole, and what is whole of
 * it can still be undone. */
static void
test_damaged_unit_is_kept_as_one_that_cannot_be_undone (Fixture *f, gconstpointer data)
{
  const Damage *damage = data;
  gboolean of_image = !g_str_has_prefix (damage->script, "UPDATE units") && strcmp (damage->name, "image-missing") != 0;
  g_autoptr(GPtrArray) units = NULL;
  g_autofree char *whole = describe (make_unit (43, 3));
  g_autofree char *nodes = NULL;
  const OmaUnitRecord *unit;

  put_unit (f, make_unit (42, N_KINDS));
  close_store (f);
  run_sql (f, damage->script);
  if (damage->remove_file)
    remove_values (f);
  open_store (f);
  nodes = dump_nodes (f);
  put_unit (f, make_unit (43, 3));
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*unit of work 42*");
  units = load_units (f);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (units->len, ==, 2);
  unit = units->pdata[0];
  g_assert_cmpint (unit->id, ==, 42);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_UNDO_FAILED);
  g_assert_nonnull (strstr (unit->error, "unit of work 42"));
  g_assert_cmpuint (unit->images->len, ==, N_KINDS);
  if (of_image || strcmp (damage->name, "image-missing") == 0)
    g_assert_cmpuint (count_irreversible (unit), >, 1);
  else
    g_assert_cmpuint (count_irreversible (unit), ==, 1);
  g_assert_true (((OmaImage *) unit->images->pdata[unit->images->len - 1])->data != NULL);
  g_ptr_array_remove_index (units, 0);
  g_free (nodes);
  nodes = describe_units (units);
  g_assert_cmpstr (nodes, ==, whole);
  end_unit (f, 42);
  end_unit (f, 43);
  assert_units (f, "");
}

/* ---- Being cut off ---- */

#define LOG_HEADER 32
#define LOG_FRAME (24 + 4096)

/* What the power leaves of the log: @size octets.  Tells what the store then holds. */
static char *
read_cut_off (const char *copied, const char *values, gsize size)
{
  g_autofree char *dir = g_dir_make_tmp ("omadm-cut-XXXXXX", NULL);
  g_autofree char *log = g_build_filename (dir, "omadm.db-wal", NULL);
  g_autofree char *copied_values = g_build_filename (dir, "values", NULL);
  g_autofree char *copied_secrets = g_build_filename (dir, "secrets", NULL);
  Fixture f = { .dir = dir };
  g_autoptr(GPtrArray) units = NULL;
  g_autofree char *nodes = NULL;
  g_autofree char *text = NULL;
  char *answer;

  copy_files (copied, dir);
  copy_files (values, copied_values);
  copy_files (values, copied_secrets);
  g_assert_cmpint (truncate (log, (off_t) size), ==, 0);
  open_store (&f);
  nodes = dump_nodes (&f);
  units = load_units (&f);
  text = describe_units (units);
  answer = g_strconcat (nodes, text, NULL);
  close_store (&f);
  remove_recursively (dir);
  return answer;
}

/* Cuts the log at the end and in the middle of each of its pages: the store must hold what it did before
 * or what it does after, and change from one to the other once. */
static void
assert_cut_anywhere (Fixture *f, const char *copied, const char *values, gsize from, const char *before, const char *after)
{
  gsize end = get_size (f, "omadm.db-wal");
  gboolean is_after = FALSE;
  guint n = 0;

  for (gsize size = from; size <= end; size += LOG_FRAME / 2, n++)
    {
      g_autofree char *text = read_cut_off (copied, values, size);
      gboolean same = strcmp (text, before) == 0;

      if (!same)
        g_assert_cmpstr (text, ==, after);
      g_assert_false (is_after && same);
      is_after = !same;
    }
  g_assert_true (is_after);
  g_assert_cmpuint (n, >, 10);
  g_test_message ("%u cuts", n);
}

/* The database, and the files of large values and of secrets, whose names differ. */
static void
copy_all (Fixture *f, const char *copied, const char *values)
{
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);

  copy_files (f->dir, copied);
  copy_files (f->values, values);
  copy_files (secrets, values);
}

static void
test_log_cut_anywhere_has_all_of_a_unit_or_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) old = make_value ('o', 10);
  g_autoptr(OmaValue) new = make_value ('n', LARGE);
  g_autofree char *copied = g_strconcat (f->dir, "-copied", NULL);
  g_autofree char *values = g_strconcat (f->dir, "-values", NULL);
  g_autofree char *unit = describe (make_unit (7, N_KINDS));
  g_autofree char *open_state = g_strconcat ("1=o*10 ", unit, NULL);
  GArray *ops = oma_tree_store_ops_new (0);
  gsize begin;

  add_node (ops, OMA_STORE_INSERT, 1, old);
  assert_written (f, ops);
  begin = get_size (f, "omadm.db-wal");
  put_unit (f, make_unit (7, N_KINDS));
  copy_all (f, copied, values);
  assert_cut_anywhere (f, copied, values, begin, "1=o*10 ", open_state);

  begin = get_size (f, "omadm.db-wal");
  ops = oma_tree_store_ops_new (0);
  add_node (ops, OMA_STORE_SET_VALUE, 1, new);
  add_end (ops, 7);
  assert_written (f, ops);
  copy_all (f, copied, values);          /* beside those that the end has removed */
  assert_cut_anywhere (f, copied, values, begin, open_state, "1=n*204800 ");
  remove_recursively (copied);
  remove_recursively (values);
}

/* Begins and ends units of work for ever; each changes a node with its end. */
static G_NORETURN void
write_until_killed (char *dir)
{
  Fixture fixture = { .dir = dir }, *f = &fixture;

  open_store (f);
  g_free (dump_nodes (f));
  puts ("ready");
  fflush (stdout);
  for (guint i = 0; ; i++)
    {
      g_autoptr(OmaValue) value = make_value ((char) ('a' + i % 26), i % 2 == 0 ? LARGE : 10);
      gint64 id = oma_tree_store_next_unit_id (OMA_TREE_STORE (f->store));
      GArray *ops = oma_tree_store_ops_new (0);

      put_unit (f, make_unit (id, N_KINDS));
      add_node (ops, OMA_STORE_SET_VALUE, 1, value);
      add_end (ops, id);
      assert_written (f, ops);
    }
}

static void
kill_writer (Fixture *f, guint after_us)
{
  const char *const command[] = { program, WRITE_OPTION, f->dir, NULL };
  g_autoptr(GError) error = NULL;
  char ready[6];
  int out = -1, status;
  GPid pid = 0;

  g_spawn_async_with_pipes (NULL, (char **) command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL,
                            &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (out, ready, sizeof ready), ==, (gssize) sizeof ready);
  close (out);
  g_usleep (after_us);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
test_killed_daemon_leaves_whole_units_and_no_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GArray *ops = oma_tree_store_ops_new (0);
  g_autoptr(OmaValue) value = make_value ('a', 10);
  gint64 last = 0;

  add_node (ops, OMA_STORE_INSERT, 1, value);
  assert_written (f, ops);
  close_store (f);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr(GPtrArray) units = NULL;
      g_autofree char *nodes = NULL;

      kill_writer (f, 3000 + i * 4919);
      open_store (f);
      nodes = dump_nodes (f);
      units = load_units (f);
      g_assert_cmpuint (units->len, <=, 1);
      g_assert_cmpuint (count_files (f->values), ==, units->len + (strstr (nodes, "*204800") != NULL));
      if (units->len == 1)
        {
          const OmaUnitRecord *unit = units->pdata[0];
          g_autofree char *whole = describe (make_unit (unit->id, N_KINDS));
          g_autofree char *text = describe_units (units);

          g_assert_cmpstr (text, ==, whole);
          g_assert_cmpint (unit->id, >, last);
          last = unit->id;
          end_unit (f, unit->id);
        }
      close_store (f);
    }
}

/* ---- Secrets ---- */

static gboolean
database_has (Fixture *f, const char *needle)
{
  static const char *const names[] = { "omadm.db", "omadm.db-wal" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (f->dir, names[i], NULL), *text = NULL;
      gsize length;

      if (g_file_get_contents (path, &text, &length, NULL) && memmem (text, length, needle, strlen (needle)) != NULL)
        return TRUE;
    }
  return FALSE;
}

static OmaUnitRecord *
make_secret_unit (void)
{
  OmaUnitRecord *unit = oma_unit_record_new (5);
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, ".", "./DMAcc/a/AppAuth/x/AAuthSecret");

  image->secret = TRUE;
  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", oma_value_new_string ("planted-secret"));
  g_ptr_array_add (unit->images, image);
  image = oma_image_new (OMA_IMAGE_REPLACE, ".", "./DMAcc/a?prop=ACL");
  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", oma_value_new_string ("Get=planted-server"));
  g_ptr_array_add (unit->images, image);
  return unit;
}

/* As those of nodes are: what is copied of the database, or left over in its pages, has none. */
static void
test_secrets_lie_apart_from_the_journal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);
  g_autofree char *expected = describe (make_secret_unit ());
  g_autoptr(GPtrArray) units = NULL;

  put_unit (f, make_secret_unit ());
  g_assert_true (database_has (f, "planted-server"));
  g_assert_false (database_has (f, "planted-secret"));
  g_assert_cmpuint (count_files (secrets), ==, 1);
  g_assert_cmpuint (count_files (f->values), ==, 0);
  reopen_store (f);
  g_free (dump_nodes (f));
  units = load_units (f);
  g_assert_cmpuint (units->len, ==, 1);
  g_assert_true (((OmaImage *) ((OmaUnitRecord *) units->pdata[0])->images->pdata[0])->secret);
  g_assert_false (((OmaImage *) ((OmaUnitRecord *) units->pdata[0])->images->pdata[1])->secret);
  assert_units (f, expected);
  g_assert_cmpuint (count_files (secrets), ==, 1);
  end_unit (f, 5);
  g_assert_cmpuint (count_files (secrets), ==, 0);
  assert_units (f, "");
}

static OmaUnitRecord *
make_transaction_unit (const char *data)
{
  OmaUnitRecord *unit = oma_unit_record_new (5);
  OmaImage *image = oma_image_new (OMA_IMAGE_TRANSACTION, "./Net", NULL);

  image->data = g_bytes_new (data, strlen (data));
  g_ptr_array_add (unit->images, image);
  return unit;
}

/* A plugin has to put back the secrets of its service, too. */
static void
test_what_a_plugin_undoes_from_lies_apart_from_the_journal (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const all[] = { "planted-secret", "" };
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autofree char *expected = describe (make_transaction_unit (all[i]));

      put_unit (f, make_transaction_unit (all[i]));
      g_assert_false (database_has (f, "planted-secret"));
      g_assert_cmpuint (count_files (secrets), ==, 1);
      assert_units (f, expected);
      reopen_store (f);
      g_free (dump_nodes (f));
      assert_units (f, expected);
      end_unit (f, 5);
      g_assert_cmpuint (count_files (secrets), ==, 0);
    }
}

/* ---- In memory ---- */

static void
test_memory_store_works_alike (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  Fixture memory = { .store = oma_store_open (NULL, NULL) };
  g_autofree char *expected = describe (make_full_unit ());

  g_assert_cmpint (oma_tree_store_next_unit_id (OMA_TREE_STORE (memory.store)), ==, 1);
  put_unit (&memory, make_full_unit ());
  assert_units (&memory, expected);
  end_unit (&memory, 7);
  assert_units (&memory, "");
  close_store (&memory);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 3 && strcmp (argv[1], WRITE_OPTION) == 0)
    write_until_killed (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/unit-table/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("every-kind-of-image-survives-a-restart", test_every_kind_of_image_survives_a_restart);
  TEST ("images-come-behind-those-that-are-there", test_images_come_behind_those_that_are_there);
  TEST ("put-changes-state-attempts-and-error-alone", test_put_changes_state_attempts_and_error_alone);
  TEST ("unit-that-ends-and-begins-anew-has-only-new-images", test_unit_that_ends_and_begins_anew_has_only_new_images);
  TEST ("end-removes-everything-and-the-files", test_end_removes_everything_and_the_files);
  TEST ("unit-shares-the-fate-of-its-write", test_unit_shares_the_fate_of_its_write);
  TEST ("before-image-of-a-stored-value-is-its-file", test_before_image_of_a_stored_value_is_its_file);
  TEST ("left-over-images-and-files-go-at-start", test_left_over_images_and_files_go_at_start);
  TEST ("ids-are-never-used-again", test_ids_are_never_used_again);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strconcat ("/unit-table/damaged-unit-is-kept-as-one-that-cannot-be-undone/",
                                           damages[i].name, NULL);

      g_test_add (path, Fixture, &damages[i], set_up, test_damaged_unit_is_kept_as_one_that_cannot_be_undone, tear_down);
    }
  TEST ("log-cut-anywhere-has-all-of-a-unit-or-nothing", test_log_cut_anywhere_has_all_of_a_unit_or_nothing);
  TEST ("killed-daemon-leaves-whole-units-and-no-file", test_killed_daemon_leaves_whole_units_and_no_file);
  TEST ("secrets-lie-apart-from-the-journal", test_secrets_lie_apart_from_the_journal);
  TEST ("what-a-plugin-undoes-from-lies-apart-from-the-journal",
        test_what_a_plugin_undoes_from_lies_apart_from_the_journal);
  TEST ("memory-store-works-alike", test_memory_store_works_alike);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "store/oma-store.h"
#include "../remove-recursively.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->dir = g_dir_make_tmp ("omadm-store-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "omadm.db", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  remove_recursively (f->dir);
  g_free (f->dir);
  g_free (f->path);
}

static OmaStore *
open_store (Fixture *f)
{
  g_autoptr(GError) error = NULL;
  OmaStore *store = oma_store_open (f->dir, &error);

  g_assert_no_error (error);
  return store;
}

static void
close_store (OmaStore **store)
{
  oma_store_close (*store);
  g_clear_object (store);
}

static OmaStoreOp *
add_op (GArray *ops, OmaStoreOpKind kind, gint64 id)
{
  g_array_set_size (ops, ops->len + 1);
  OmaStoreOp *op = &g_array_index (ops, OmaStoreOp, ops->len - 1);

  op->kind = kind;
  op->record.id = id;
  return op;
}

static OmaStoreOp *
add_insert (GArray *ops, gint64 id, gint64 parent, const char *name, const char *value)
{
  OmaStoreOp *op = add_op (ops, OMA_STORE_INSERT, id);

  op->record.parent_id = parent;
  op->record.name = g_strdup (name);
  op->record.format = value != NULL ? OMA_FORMAT_CHR : OMA_FORMAT_NODE;
  op->record.type = g_strdup (value != NULL ? "text/plain" : "");
  op->record.value = value != NULL ? oma_value_new_string (value) : NULL;
  op->record.tstamp = 1000 + id;
  op->record.verno = id;
  return op;
}

static OmaStoreOp *
add_set_value (GArray *ops, gint64 id, const char *value)
{
  OmaStoreOp *op = add_op (ops, OMA_STORE_SET_VALUE, id);

  op->record.format = OMA_FORMAT_CHR;
  op->record.value = oma_value_new_string (value);
  op->record.owner = "srv";
  op->record.tstamp = 20 + id;
  op->record.verno = 2;
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
write_ops (OmaStore *store, GArray *ops, GCancellable *cancellable, GError **error)
{
  Wait wait = { FALSE, FALSE, NULL };

  oma_tree_store_write_async (OMA_TREE_STORE (store), ops, cancellable, write_cb, &wait);
  g_assert_false (wait.done);
  while (!wait.done)
    g_main_context_iteration (NULL, TRUE);
  if (wait.error != NULL)
    g_propagate_error (error, wait.error);
  return wait.written;
}

static void
assert_written (OmaStore *store, GArray *ops)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (write_ops (store, ops, NULL, &error));
  g_assert_no_error (error);
}

static void
set_value (OmaStore *store, gint64 id, const char *value)
{
  GArray *ops = oma_tree_store_ops_new (0);

  add_set_value (ops, id, value);
  assert_written (store, ops);
}

static void
append_record (const OmaNodeRecord *record, gpointer user_data)
{
  GString *dump = user_data;

  g_string_append_printf (dump, "%d %d %s %s %s =%s %d%d %s %s %s %d %d\n", (int) record->id, (int) record->parent_id,
                          record->name, oma_format_to_string (record->format), record->type,
                          record->value != NULL ? oma_value_get_text (record->value) : "-", record->secret,
                          record->overlay, record->acl, record->title, record->owner, (int) record->tstamp,
                          record->verno);
}

static char *
dump (OmaStore *store)
{
  g_autoptr(GError) error = NULL;
  GString *text = g_string_new (NULL);

  g_assert_true (oma_tree_store_load (OMA_TREE_STORE (store), append_record, text, &error));
  g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

/* What the only node has. */
static void
assert_value (OmaStore *store, const char *value)
{
  g_autofree char *text = dump (store);
  g_autofree char *expected = g_strdup_printf ("=%s ", value);

  g_assert_nonnull (strstr (text, expected));
}

static void
test_every_operation_survives_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *text = NULL;
  OmaStoreOp *op;

  add_insert (ops, 1, 0, "A", NULL);
  add_insert (ops, 2, 1, "leaf", "old");
  add_insert (ops, 3, 1, "gone", "x");
  add_insert (ops, 4, 1, "props", "y");
  add_insert (ops, 5, 1, "named", "z");
  assert_written (store, ops);

  ops = oma_tree_store_ops_new (0);
  op = add_op (ops, OMA_STORE_SET_VALUE, 2);
  op->record.format = OMA_FORMAT_INT;
  op->record.type = g_strdup ("text/plain");
  op->record.value = oma_value_new_int (7);
  op->record.owner = "srv";
  op->record.tstamp = 5;
  op->record.verno = 65535;
  add_op (ops, OMA_STORE_DELETE, 3);
  op = add_op (ops, OMA_STORE_SET_PROPERTIES, 4);
  op->record.acl = g_strdup ("Get=*");
  op->record.title = g_strdup ("T");
  op->record.type = g_strdup ("text/html");
  op->record.tstamp = 6;
  op = add_op (ops, OMA_STORE_RENAME, 5);
  op->record.parent_id = 1;
  op->record.name = g_strdup ("renamed");
  assert_written (store, ops);
  close_store (&store);

  store = open_store (f);
  text = dump (store);
  g_assert_cmpstr (text, ==,
                   "1 0 A node  =- 00 (null) (null) (null) 1001 1\n"
                   "2 1 leaf int text/plain =7 00 (null) (null) srv 5 65535\n"
                   "4 1 props chr text/html =y 00 Get=* T (null) 6 0\n"
                   "5 1 renamed chr text/plain =z 00 (null) (null) (null) 1005 5\n");
}

static void
test_failing_write_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GError) error = NULL;
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *before = NULL, *after = NULL;

  add_insert (ops, 1, 0, "A", NULL);
  assert_written (store, ops);
  before = dump (store);

  ops = oma_tree_store_ops_new (0);
  add_insert (ops, 2, 1, "B", "new");
  add_op (ops, OMA_STORE_DELETE, 99);
  g_assert_false (write_ops (store, ops, NULL, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  after = dump (store);
  g_assert_cmpstr (before, ==, after);

  /* and the store still works */
  ops = oma_tree_store_ops_new (0);
  add_insert (ops, 2, 1, "B", "new");
  assert_written (store, ops);
}

static void
test_cancelled_write_is_not_begun (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GError) error = NULL;
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *text = NULL;

  add_insert (ops, 1, 0, "A", NULL);
  g_cancellable_cancel (cancellable);
  g_assert_false (write_ops (store, ops, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  text = dump (store);
  g_assert_cmpstr (text, ==, "");
}

static gboolean
tree_contains (const char *path, const char *needle)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  g_autofree char *content = NULL;
  const char *name;
  gsize size;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (tree_contains (child, needle))
        return TRUE;
    }
  return dir == NULL && g_file_get_contents (path, &content, &size, NULL) &&
         memmem (content, size, needle, strlen (needle)) != NULL;
}

static void
test_secret_is_apart_and_leaves_no_trace (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);
  g_autofree char *text = NULL;
  g_autofree char *content = NULL;
  GArray *ops = oma_tree_store_ops_new (0);
  OmaStoreOp *op;
  gsize size;

  add_insert (ops, 1, 0, "S", "planted-one")->record.secret = TRUE;
  assert_written (store, ops);
  g_assert_true (g_file_get_contents (f->path, &content, &size, NULL));
  g_assert_null (memmem (content, size, "planted-one", 11));
  g_assert_true (tree_contains (secrets, "planted-one"));

  ops = oma_tree_store_ops_new (0);
  op = add_op (ops, OMA_STORE_SET_VALUE, 1);
  op->record.format = OMA_FORMAT_CHR;
  op->record.value = oma_value_new_string ("planted-two");
  op->record.secret = TRUE;
  assert_written (store, ops);
  g_assert_false (tree_contains (f->dir, "planted-one"));
  close_store (&store);

  store = open_store (f);
  text = dump (store);
  g_assert_nonnull (strstr (text, "=planted-two 10"));
  ops = oma_tree_store_ops_new (0);
  add_op (ops, OMA_STORE_DELETE, 1);
  assert_written (store, ops);
  g_assert_false (tree_contains (f->dir, "planted"));
}

static void
test_secret_of_failed_write_is_removed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);

  add_insert (ops, 1, 0, "S", "planted")->record.secret = TRUE;
  add_op (ops, OMA_STORE_DELETE, 99);
  g_assert_false (write_ops (store, ops, NULL, NULL));
  g_assert_false (tree_contains (f->dir, "planted"));
}

static void
test_orphan_secret_goes_at_start (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autofree char *orphan = g_build_filename (f->dir, "secrets", "left-over", NULL);
  g_autofree char *text = NULL;

  close_store (&store);
  g_assert_true (g_file_set_contents (orphan, "planted", -1, NULL));
  store = open_store (f);
  text = dump (store);
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
}

static void
test_files_are_private (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GDir) dir = NULL;
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);
  GArray *ops = oma_tree_store_ops_new (0);
  const char *name;
  struct stat st;

  add_insert (ops, 1, 0, "S", "x")->record.secret = TRUE;
  assert_written (store, ops);
  g_assert_cmpint (g_stat (f->path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 077, ==, 0);
  g_assert_cmpint (g_stat (secrets, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0700);
  dir = g_dir_open (secrets, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (secrets, name, NULL);

      g_assert_cmpint (g_stat (path, &st), ==, 0);
      g_assert_cmpint (st.st_mode & 0777, ==, 0600);
    }
}

/* Opens a database that must be refused, and proves that its octets stayed as they were. */
static void
assert_refused_untouched (Fixture *f, OmaStoreError code)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize size_before, size_after;

  g_assert_true (g_file_get_contents (f->path, &before, &size_before, NULL));
  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, (int) code);
  g_assert_true (g_file_get_contents (f->path, &after, &size_after, NULL));
  g_assert_cmpmem (before, size_before, after, size_after);
}

static void
run_sql (Fixture *f, const char *script)
{
  sqlite3 *sqlite;

  g_assert_cmpint (sqlite3_open (f->path, &sqlite), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (sqlite, script, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (sqlite);
}

static int
query_int (Fixture *f, const char *query)
{
  sqlite3 *sqlite;
  sqlite3_stmt *statement;
  int number;

  g_assert_cmpint (sqlite3_open (f->path, &sqlite), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (sqlite, query, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  number = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (sqlite);
  return number;
}

static void
test_newer_database_is_refused_untouched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaStore *store = open_store (f);

  close_store (&store);
  run_sql (f, "PRAGMA user_version = 99");
  assert_refused_untouched (f, OMA_STORE_ERROR_NEWER);
}

static void
test_foreign_database_is_refused_untouched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  run_sql (f, "CREATE TABLE recipes (name TEXT)");
  assert_refused_untouched (f, OMA_STORE_ERROR_DAMAGED);
}

static void
test_garbage_is_refused_untouched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *garbage = g_strnfill (8192, 'x');

  g_assert_true (g_file_set_contents (f->path, garbage, -1, NULL));
  assert_refused_untouched (f, OMA_STORE_ERROR_DAMAGED);
}

static void
test_damaged_pages_are_refused_untouched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaStore *store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *junk = g_strnfill (2000, '\377');
  struct stat st;
  int fd;

  for (int i = 1; i <= 2000; i++)
    add_insert (ops, i, 0, "some-name-or-other", "some value to fill pages");
  assert_written (store, ops);
  close_store (&store);

  g_assert_cmpint (g_stat (f->path, &st), ==, 0);
  fd = open (f->path, O_WRONLY);
  g_assert_cmpint (pwrite (fd, junk, 2000, st.st_size / 2 / 4096 * 4096), ==, 2000);
  close (fd);
  assert_refused_untouched (f, OMA_STORE_ERROR_DAMAGED);
}

static void
test_node_without_value_row_is_damage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) text = g_string_new (NULL);
  GArray *ops = oma_tree_store_ops_new (0);

  add_insert (ops, 1, 0, "A", "x");
  assert_written (store, ops);
  close_store (&store);
  run_sql (f, "DELETE FROM node_values");
  store = open_store (f);
  g_assert_false (oma_tree_store_load (OMA_TREE_STORE (store), append_record, text, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
}

/* What the load says after @sql was done to the database of one leaf. */
static void
assert_damaged_by (Fixture *f, const char *sql)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) text = g_string_new (NULL);

  close_store (&store);
  run_sql (f, sql);
  store = open_store (f);
  g_assert_false (oma_tree_store_load (OMA_TREE_STORE (store), append_record, text, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
  close_store (&store);
}

static void
test_title_that_is_no_text_is_damage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);

  add_insert (ops, 1, 0, "A", "x");
  assert_written (store, ops);
  close_store (&store);
  assert_damaged_by (f, "UPDATE nodes SET title = CAST (X'ff' AS TEXT)");
}

static void
test_damaged_value_record_is_damage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autoptr(GError) error = NULL;

  add_insert (ops, 1, 0, "A", "x");
  assert_written (store, ops);
  close_store (&store);
  assert_damaged_by (f, "UPDATE node_values SET record = substr(record, 1, 8)");
  assert_damaged_by (f, "UPDATE node_values SET record = zeroblob(16)");
  assert_damaged_by (f, "UPDATE node_values SET record = 'text'");
  assert_damaged_by (f, "UPDATE node_values SET record = NULL");
  /* What cannot be read cannot be stamped, but can be written anew. */
  store = open_store (f);
  ops = oma_tree_store_ops_new (0);
  add_op (ops, OMA_STORE_SET_PROPERTIES, 1)->record.type = g_strdup ("text/plain");
  g_assert_false (write_ops (store, ops, NULL, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  set_value (store, 1, "y");
  assert_value (store, "y");
  close_store (&store);
}

/* Records as long as those before are written over them, others are not: which is which is not seen. */
static void
test_values_of_any_length_follow_each_other (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *overflow = g_strnfill (30000, 'o'), *other = g_strnfill (30000, 'p');
  g_autofree char *large = g_strnfill (70000, 'l');
  const char *values[] = { "yes", "no", "", "a much longer one", overflow, other, "short", large, "x", large, large };

  add_insert (ops, 1, 0, "A", "x");
  assert_written (store, ops);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      set_value (store, 1, values[i]);
      assert_value (store, values[i]);
    }
  close_store (&store);
  store = open_store (f);
  assert_value (store, large);
  close_store (&store);
}

/* One transaction has rows of every kind, also one that is not there yet. */
static void
test_one_write_overwrites_replaces_and_inserts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *text = NULL;

  for (guint i = 1; i <= 4; i++)
    add_insert (ops, i, 0, "N", "four");
  assert_written (store, ops);
  ops = oma_tree_store_ops_new (0);
  add_set_value (ops, 1, "same")->record.secret = TRUE;
  add_set_value (ops, 2, "five5");
  add_insert (ops, 5, 0, "N", "new");
  add_set_value (ops, 3, "a value that takes more room")->record.secret = TRUE;
  add_set_value (ops, 4, "last");
  assert_written (store, ops);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&text, g_free);
      text = dump (store);
      g_assert_cmpstr (text, ==, "1 0 N chr text/plain =same 10 (null) (null) srv 21 2\n"
                                 "2 0 N chr text/plain =five5 00 (null) (null) srv 22 2\n"
                                 "3 0 N chr text/plain =a value that takes more room 10 (null) (null) srv 23 2\n"
                                 "4 0 N chr text/plain =last 00 (null) (null) srv 24 2\n"
                                 "5 0 N chr text/plain =new 00 (null) (null) (null) 1005 5\n");
      close_store (&store);
      store = open_store (f);
    }
  close_store (&store);
}

static void
test_second_daemon_is_kept_out (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store G_GNUC_UNUSED = open_store (f);
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_BUSY);
}

static void
test_read_only_database_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaStore *store = open_store (f);

  close_store (&store);
  g_assert_cmpint (g_chmod (f->path, 0400), ==, 0);
  if (geteuid () == 0)
    {
      g_test_skip ("root may write everything");
      return;
    }
  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_READ_ONLY);
}

typedef struct {
  GPtrArray *records;
  gboolean   done;
} Listing;

static void
list_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listing *listing = user_data;
  g_autoptr(GError) error = NULL;

  listing->records = oma_store_list_sessions_finish (OMA_STORE (source), result, &error);
  g_assert_no_error (error);
  listing->done = TRUE;
}

static GPtrArray *
list_sessions (OmaStore *store, guint limit)
{
  Listing listing = { NULL, FALSE };

  oma_store_list_sessions_async (store, limit, list_cb, &listing);
  while (!listing.done)
    g_main_context_iteration (NULL, TRUE);
  return listing.records;
}

static void
test_history_keeps_order_and_ids_go_on (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GPtrArray) records = NULL;
  OmaSessionRecord record = { .account = (char *) "acc", .session_id = (char *) "1", .start_time = 10 };
  const OmaSessionRecord *latest;

  for (int i = 0; i < 1005; i++)
    {
      record.id = oma_store_next_session (store);
      oma_store_put_session (store, &record);
    }
  record.end_time = 20;
  record.reason = (char *) "it failed";
  record.commands = 3;
  oma_store_put_session (store, &record);
  close_store (&store);

  store = open_store (f);
  records = list_sessions (store, 5000);
  g_assert_cmpuint (records->len, ==, 1000);
  latest = g_ptr_array_index (records, 0);
  g_assert_cmpint (latest->id, ==, 1005);
  g_assert_cmpstr (latest->reason, ==, "it failed");
  g_assert_cmpuint (latest->commands, ==, 3);
  g_assert_cmpint (oma_store_next_session (store), ==, 1006);
}

static void
put_session (OmaStore *store, gint64 id, const char *account, guint unanswered, gint64 end_time)
{
  const OmaSessionRecord record = { .id = id, .account = (char *) account, .session_id = (char *) "7",
                                    .start_time = 100, .end_time = end_time, .unanswered = unanswered, .protocol = (char *) "1.2",
                                    .encoding = (char *) "wbxml" };

  oma_store_put_session (store, &record);
}

static GPtrArray *
list_unreported (OmaStore *store, const char *account)
{
  Listing listing = { NULL, FALSE };

  oma_store_list_unreported_async (store, account, list_cb, &listing);
  while (!listing.done)
    g_main_context_iteration (NULL, TRUE);
  return listing.records;
}

/* One write: the count is there exactly when the nodes are. */
static void
test_note_shares_the_fate_of_its_write (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GPtrArray) records = NULL;
  g_autoptr(GError) error = NULL;
  GArray *ops = oma_tree_store_ops_new (0);
  OmaStoreOp *note;

  put_session (store, 1, "a", 0, 0);
  add_insert (ops, 1, 0, "A", "x");
  note = add_op (ops, OMA_STORE_NOTE, 0);
  note->note_id = 1;
  note->note_count = 3;
  assert_written (store, ops);
  ops = oma_tree_store_ops_new (0);
  note = add_op (ops, OMA_STORE_NOTE, 0);
  note->note_id = 1;
  note->note_count = 5;
  add_op (ops, OMA_STORE_DELETE, 99);
  g_assert_false (write_ops (store, ops, NULL, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  records = list_sessions (store, 1);
  g_assert_cmpuint (((OmaSessionRecord *) records->pdata[0])->unanswered, ==, 3);
  g_assert_cmpstr (((OmaSessionRecord *) records->pdata[0])->protocol, ==, "1.2");
  g_assert_cmpstr (((OmaSessionRecord *) records->pdata[0])->encoding, ==, "wbxml");
}

static void
test_session_that_was_not_ended_is_interrupted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaStore *store = open_store (f);
  g_autoptr(GPtrArray) records = NULL;
  const OmaSessionRecord *record;

  put_session (store, 1, "a", 0, 0);
  put_session (store, 2, "a", 0, 200);
  oma_store_note_unanswered (store, 1, 4);
  close_store (&store);
  store = open_store (f);
  records = list_sessions (store, 5);
  record = records->pdata[1];
  g_assert_cmpstr (record->reason, ==, OMA_SESSION_INTERRUPTED);
  g_assert_cmpint (record->end_time, >=, record->start_time);
  g_assert_cmpuint (record->unanswered, ==, 4);
  record = records->pdata[0];
  g_assert_null (record->reason);
  g_assert_cmpint (record->end_time, ==, 200);
  close_store (&store);
}

static void
test_unanswered_is_reported_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  g_autoptr(GPtrArray) first = NULL;
  g_autoptr(GPtrArray) second = NULL;

  put_session (store, 1, "a", 2, 200);
  put_session (store, 2, "b", 1, 200);
  put_session (store, 3, "a", 0, 200);
  put_session (store, 4, "a", 1, 0);
  put_session (store, 5, "a", 1, 300);
  first = list_unreported (store, "a");
  g_assert_cmpuint (first->len, ==, 2);
  g_assert_cmpint (((OmaSessionRecord *) first->pdata[0])->id, ==, 1);
  g_assert_cmpint (((OmaSessionRecord *) first->pdata[1])->id, ==, 5);
  oma_store_set_reported (store, 1);
  second = list_unreported (store, "a");
  g_assert_cmpuint (second->len, ==, 1);
  g_assert_cmpint (((OmaSessionRecord *) second->pdata[0])->id, ==, 5);
}

static void
list_alerts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listing *listing = user_data;

  listing->records = oma_store_list_alerts_finish (OMA_STORE (source), result, NULL);
  listing->done = TRUE;
}

/* What it waited for nobody can say: whoever reads it must not take that for something that he knows. */
static void
test_alert_that_waits_for_nothing_known_waits_for_the_daemon (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = open_store (f);
  Listing alerts = { NULL, FALSE };

  close_store (&store);
  run_sql (f, "INSERT INTO alerts (code, type, format, solicited, pending, time) VALUES (1226, 't', 'chr', 0, 7, 17)");
  store = open_store (f);
  oma_store_list_alerts_async (store, list_alerts_cb, &alerts);
  while (!alerts.done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (alerts.records->len, ==, 1);
  g_assert_cmpint (((OmaAlertRecord *) alerts.records->pdata[0])->pending, ==, OMA_ALERT_AWAITS_DAEMON);
  g_ptr_array_unref (alerts.records);
  close_store (&store);
}

static void
count_unit (OmaUnitRecord *unit, gpointer user_data)
{
  guint *n_images = user_data;

  *n_images += unit->images->len;
  oma_unit_record_free (unit);
}

static guint
count_images (OmaStore *store)
{
  g_autoptr(GError) error = NULL;
  guint n_images = 0;

  oma_tree_store_load_units (OMA_TREE_STORE (store), count_unit, &n_images, &error);
  g_assert_no_error (error);
  return n_images;
}

static void
put_unit (OmaStore *store)
{
  GArray *ops = oma_tree_store_ops_new (0);
  OmaUnitRecord *unit = oma_unit_record_new (oma_tree_store_next_unit_id (OMA_TREE_STORE (store)));

  g_ptr_array_add (unit->images, oma_image_new (OMA_IMAGE_ADD, "./A", "./A/B"));
  add_op (ops, OMA_STORE_PUT_UNIT, 0)->unit = unit;
  assert_written (store, ops);
}

/* What the first version wrote. */
#define VERSION_1 \
  "CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL, overlay INTEGER NOT NULL," \
  " acl TEXT, title TEXT) STRICT;" \
  "CREATE TABLE node_values (id INTEGER PRIMARY KEY, format TEXT NOT NULL, type TEXT NOT NULL, value BLOB, secret TEXT," \
  " owner TEXT, tstamp INTEGER NOT NULL, verno INTEGER NOT NULL) STRICT;" \
  "CREATE TABLE sessions (id INTEGER PRIMARY KEY, account TEXT NOT NULL, session_id TEXT NOT NULL, reason TEXT," \
  " start_time INTEGER NOT NULL, end_time INTEGER NOT NULL, messages_sent INTEGER NOT NULL," \
  " messages_received INTEGER NOT NULL, commands INTEGER NOT NULL, failed_commands INTEGER NOT NULL) STRICT;" \
  "PRAGMA application_id = 0x4f4d4144; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;" \
  "INSERT INTO nodes VALUES (1, 0, 'A', 0, 'Get=*', 'Title'), (2, 1, 'Leaf', 0, NULL, NULL), (3, 1, 'Key', 0, NULL, NULL)," \
  " (4, 1, 'Large', 0, NULL, NULL), (5, 0, 'O', 1, 'Get=srv', NULL);" \
  "INSERT INTO node_values VALUES (1, 'node', 'urn:a', NULL, NULL, NULL, 11, 1)," \
  " (2, 'chr', 'text/plain', CAST('v' AS BLOB), NULL, 'srv', 12, 2), (3, 'chr', 'text/plain', NULL, 'file', NULL, 13, 3)," \
  " (4, 'chr', 'text/plain', CAST(replace(hex(zeroblob(100000)), '00', 'x') AS BLOB), NULL, NULL, 14, 4)," \
  " (5, 'node', '', NULL, NULL, NULL, 15, 5);" \
  "INSERT INTO sessions VALUES (7, 'acc', '7', NULL, 100, 200, 2, 2, 3, 1), (8, 'acc', '8', NULL, 300, 0, 1, 0, 0, 0)"

static void
test_version_1_is_migrated_with_its_data (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *secrets = g_build_filename (f->dir, "secrets", NULL);
  g_autofree char *secret = g_build_filename (secrets, "file", NULL);
  g_autofree char *large = g_strnfill (100000, 'x');
  g_autofree char *expected = g_strdup_printf ("1 0 A node urn:a =- 00 Get=* Title (null) 11 1\n"
                                               "2 1 Leaf chr text/plain =v 00 (null) (null) srv 12 2\n"
                                               "3 1 Key chr text/plain =hush 10 (null) (null) (null) 13 3\n"
                                               "4 1 Large chr text/plain =%s 00 (null) (null) (null) 14 4\n"
                                               "5 0 O node  =- 01 Get=srv (null) (null) 15 5\n", large);

  run_sql (f, VERSION_1);
  g_assert_cmpint (g_mkdir (secrets, 0700), ==, 0);
  g_assert_true (g_file_set_contents (secret, "hush", -1, NULL));
  for (guint i = 0; i < 2; i++)
    {
      OmaStore *store = open_store (f);
      g_autofree char *text = dump (store);
      g_autoptr(GPtrArray) records = list_sessions (store, 5);
      const OmaSessionRecord *last = records->pdata[0], *first = records->pdata[1];

      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpuint (records->len, ==, 2);
      g_assert_cmpint (first->id, ==, 7);
      g_assert_cmpuint (first->unanswered + first->reported, ==, 0);
      g_assert_cmpuint (first->failed_commands, ==, 1);
      g_assert_cmpstr (last->reason, ==, OMA_SESSION_INTERRUPTED);
      g_assert_cmpint (oma_store_next_session (store), ==, 9);
      g_assert_cmpuint (count_images (store), ==, i);
      put_unit (store);
      close_store (&store);
    }
}

/* What the third version wrote, after VERSION_1. */
#define VERSION_3 \
  VERSION_1 ";" \
  "ALTER TABLE node_values ADD COLUMN file TEXT;" \
  "ALTER TABLE sessions ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 0;" \
  "ALTER TABLE sessions ADD COLUMN reported INTEGER NOT NULL DEFAULT 0;" \
  "CREATE TABLE alerts (id INTEGER PRIMARY KEY AUTOINCREMENT, server_id TEXT, code INTEGER NOT NULL," \
  " type TEXT NOT NULL, mark TEXT, correlator TEXT, source TEXT, target TEXT, format TEXT NOT NULL, data BLOB," \
  " solicited INTEGER NOT NULL, pending INTEGER NOT NULL DEFAULT 0, time INTEGER NOT NULL) STRICT;" \
  "ALTER TABLE sessions ADD COLUMN protocol TEXT; ALTER TABLE sessions ADD COLUMN encoding TEXT;" \
  "PRAGMA user_version = 3;" \
  "INSERT INTO nodes VALUES (6, 1, 'File', 0, NULL, NULL), (7, 1, 'Empty', 0, NULL, NULL)," \
  " (8, 1, 'Mine', 0, NULL, NULL);" \
  "INSERT INTO node_values VALUES (6, 'bin', 'application/x', NULL, NULL, 'srv', 5000000000, 65535, 'big')," \
  " (7, 'null', 'text/plain', x'', NULL, '', -1, 0, NULL)," \
  " (8, 'float', '', CAST('1.5' AS BLOB), NULL, NULL, 0, 0, NULL);" \
  "UPDATE sessions SET unanswered = 2, protocol = '1.2' WHERE id = 7;" \
  "INSERT INTO alerts VALUES (9, 'srv', 1226, 'urn:t', NULL, NULL, './A', NULL, 'chr', CAST('d' AS BLOB), 0, 0, 17)"

static void
make_version_3 (Fixture *f, const char *more)
{
  static const char *const files[][2] = { { "secrets", "file" }, { "values", "big" } };
  g_autofree char *script = g_strconcat (VERSION_3, more, NULL);

  run_sql (f, script);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *dir = g_build_filename (f->dir, files[i][0], NULL);
      g_autofree char *path = g_build_filename (dir, files[i][1], NULL);

      g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
      g_assert_true (g_file_set_contents (path, files[i][1], -1, NULL));
    }
}

static void
test_version_3_is_migrated_with_its_data (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *large = g_strnfill (100000, 'x');
  g_autofree char *expected = g_strdup_printf ("1 0 A node urn:a =- 00 Get=* Title (null) 11 1\n"
                                               "2 1 Leaf chr text/plain =v 00 (null) (null) srv 12 2\n"
                                               "3 1 Key chr text/plain =file 10 (null) (null) (null) 13 3\n"
                                               "4 1 Large chr text/plain =%s 00 (null) (null) (null) 14 4\n"
                                               "5 0 O node  =- 01 Get=srv (null) (null) 15 5\n"
                                               "6 1 File bin application/x =big 00 (null) (null) srv %d 65535\n"
                                               "7 1 Empty null text/plain = 00 (null) (null)  -1 0\n"
                                               "8 1 Mine float  =1.5 00 (null) (null) (null) 0 0\n", large,
                                               (int) G_GINT64_CONSTANT (5000000000));

  make_version_3 (f, "");
  for (guint i = 0; i < 2; i++)
    {
      OmaStore *store = open_store (f);
      g_autofree char *text = dump (store);
      g_autoptr(GPtrArray) sessions = list_unreported (store, "acc");
      Listing alerts = { NULL, FALSE };

      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpuint (sessions->len, ==, 1);
      g_assert_cmpstr (((OmaSessionRecord *) sessions->pdata[0])->protocol, ==, "1.2");
      oma_store_list_alerts_async (store, list_alerts_cb, &alerts);
      while (!alerts.done)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (alerts.records->len, ==, 1);
      g_assert_cmpint (((OmaAlertRecord *) alerts.records->pdata[0])->id, ==, 9);
      g_assert_null (((OmaAlertRecord *) alerts.records->pdata[0])->report_uri);
      g_ptr_array_unref (alerts.records);
      g_assert_cmpuint (count_images (store), ==, i);      /* the journal begins empty, and works */
      put_unit (store);
      close_store (&store);
    }
  g_assert_cmpint (query_int (f, "SELECT count(*) FROM sqlite_schema WHERE name = 'unpacked'"), ==, 0);
}

static void
test_version_6_has_alerts_without_addresses (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaStore *store = open_store (f);

  close_store (&store);
  run_sql (f, "ALTER TABLE alerts DROP COLUMN report_uri; PRAGMA user_version = 6;"
              "INSERT INTO alerts VALUES (9, 'srv', 1226, 'urn:t', NULL, NULL, './A', NULL, 'chr', CAST('d' AS BLOB),"
              " 0, 0, 17)");
  for (guint i = 0; i < 2; i++)
    {
      Listing alerts = { NULL, FALSE };

      store = open_store (f);
      oma_store_list_alerts_async (store, list_alerts_cb, &alerts);
      while (!alerts.done)
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (alerts.records->len, ==, 1);
      g_assert_cmpint (((OmaAlertRecord *) alerts.records->pdata[0])->id, ==, 9);
      g_assert_null (((OmaAlertRecord *) alerts.records->pdata[0])->report_uri);
      g_ptr_array_unref (alerts.records);
      close_store (&store);
      g_assert_cmpint (query_int (f, "PRAGMA user_version"), ==, 7);
    }
}

/* A row that cannot be packed leaves all rows as they were. */
static void
test_version_3_that_is_damaged_is_left_as_it_is (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  make_version_3 (f, "; UPDATE node_values SET format = 'none' WHERE id = 8");
  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
  g_assert_cmpint (query_int (f, "PRAGMA user_version"), ==, 3);
  g_assert_cmpint (query_int (f, "SELECT count(*) FROM node_values WHERE format = 'chr'"), ==, 3);
  g_assert_cmpint (query_int (f, "SELECT count(*) FROM sqlite_schema WHERE name = 'unpacked'"), ==, 0);
}

static void
test_failed_migration_to_the_journal_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaStore *store;

  make_version_3 (f, "; CREATE TABLE unit_nodes (mine TEXT)");
  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_FAILED);
  run_sql (f, "DROP TABLE unit_nodes");
  store = open_store (f);
  put_unit (store);
  close_store (&store);
}

/* A migration that stops in the middle leaves the version that was there. */
static void
test_failed_migration_changes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  OmaStore *store;

  run_sql (f, VERSION_1 ";CREATE TABLE alerts (mine TEXT)");
  g_assert_null (oma_store_open (f->dir, &error));
  g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_FAILED);
  run_sql (f, "DROP TABLE alerts; DELETE FROM node_values WHERE id = 3; DELETE FROM nodes WHERE id = 3");
  store = open_store (f);
  close_store (&store);
}

/* A session that was tried again had a further number, which must not come again either. */
static void
test_ids_go_on_behind_session_ids (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaStore *store = open_store (f);

  put_session (store, 3, "a", 0, 200);
  close_store (&store);
  store = open_store (f);
  g_assert_cmpint (oma_store_next_session (store), ==, 8);
  close_store (&store);
}

static void
test_memory_store_works_alike (Fixture *f G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaStore) store = oma_store_open (NULL, NULL);
  GArray *ops = oma_tree_store_ops_new (0);
  g_autofree char *text = NULL;

  add_insert (ops, 1, 0, "S", "secret")->record.secret = TRUE;
  add_insert (ops, 2, 0, "O", NULL)->record.overlay = TRUE;
  assert_written (store, ops);
  text = dump (store);
  g_assert_nonnull (strstr (text, "=secret 10"));
  g_assert_nonnull (strstr (text, "=- 01"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/store/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("every-operation-survives-a-restart", test_every_operation_survives_a_restart);
  TEST ("failing-write-changes-nothing", test_failing_write_changes_nothing);
  TEST ("cancelled-write-is-not-begun", test_cancelled_write_is_not_begun);
  TEST ("secret-is-apart-and-leaves-no-trace", test_secret_is_apart_and_leaves_no_trace);
  TEST ("secret-of-failed-write-is-removed", test_secret_of_failed_write_is_removed);
  TEST ("orphan-secret-goes-at-start", test_orphan_secret_goes_at_start);
  TEST ("files-are-private", test_files_are_private);
  TEST ("newer-database-is-refused-untouched", test_newer_database_is_refused_untouched);
  TEST ("version-1-is-migrated-with-its-data", test_version_1_is_migrated_with_its_data);
  TEST ("version-3-is-migrated-with-its-data", test_version_3_is_migrated_with_its_data);
  TEST ("version-6-has-alerts-without-addresses", test_version_6_has_alerts_without_addresses);
  TEST ("version-3-that-is-damaged-is-left-as-it-is", test_version_3_that_is_damaged_is_left_as_it_is);
  TEST ("failed-migration-to-the-journal-changes-nothing", test_failed_migration_to_the_journal_changes_nothing);
  TEST ("failed-migration-changes-nothing", test_failed_migration_changes_nothing);
  TEST ("foreign-database-is-refused-untouched", test_foreign_database_is_refused_untouched);
  TEST ("garbage-is-refused-untouched", test_garbage_is_refused_untouched);
  TEST ("damaged-pages-are-refused-untouched", test_damaged_pages_are_refused_untouched);
  TEST ("node-without-value-row-is-damage", test_node_without_value_row_is_damage);
  TEST ("title-that-is-no-text-is-damage", test_title_that_is_no_text_is_damage);
  TEST ("damaged-value-record-is-damage", test_damaged_value_record_is_damage);
  TEST ("alert-that-waits-for-nothing-known-waits-for-the-daemon",
        test_alert_that_waits_for_nothing_known_waits_for_the_daemon);
  TEST ("values-of-any-length-follow-each-other", test_values_of_any_length_follow_each_other);
  TEST ("one-write-overwrites-replaces-and-inserts", test_one_write_overwrites_replaces_and_inserts);
  TEST ("second-daemon-is-kept-out", test_second_daemon_is_kept_out);
  TEST ("read-only-database-is-refused", test_read_only_database_is_refused);
  TEST ("history-keeps-order-and-ids-go-on", test_history_keeps_order_and_ids_go_on);
  TEST ("note-shares-the-fate-of-its-write", test_note_shares_the_fate_of_its_write);
  TEST ("session-that-was-not-ended-is-interrupted", test_session_that_was_not_ended_is_interrupted);
  TEST ("unanswered-is-reported-once", test_unanswered_is_reported_once);
  TEST ("ids-go-on-behind-session-ids", test_ids_go_on_behind_session_ids);
  TEST ("memory-store-works-alike", test_memory_store_works_alike);
  return g_test_run ();
}

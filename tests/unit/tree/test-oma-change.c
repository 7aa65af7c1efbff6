/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "tree-fixture.h"

#include <string.h>

typedef struct {
  MemoryStore *store;
  OmaTree     *tree;
  OmaChange   *change;   /* of the server */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaChange) first = NULL;

  f->store = memory_store_new ();
  f->tree = fixture_tree (fixture_settings (), NULL, f->store);
  first = oma_change_new (f->tree, &fixture_device);
  fixture_add (first, "./Settings/g", NULL);
  fixture_add (first, "./Settings/g/a", "1");
  fixture_add (first, "./Settings/g/b", "2");
  g_assert_true (fixture_commit (first, NULL));
  f->change = oma_change_new (f->tree, &fixture_server);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->change, oma_change_free);
  g_clear_pointer (&f->tree, oma_tree_free);
  g_clear_object (&f->store);
}

static void
assert_list (Fixture *f, const char *uri, OmaChange *view, const char *expected)
{
  g_autofree char *names = fixture_list (f->tree, uri, view);

  g_assert_cmpstr (names, ==, expected);
}

static guint
verno (Fixture *f, const char *uri, OmaChange *view)
{
  return oma_node_get_verno (fixture_find (f->tree, uri, view), view);
}

static void
delete (Fixture *f, const char *uri)
{
  g_autoptr(GError) error = NULL;

  oma_change_delete (f->change, fixture_find (f->tree, uri, f->change), &error);
  g_assert_no_error (error);
}

static void
rename_to (Fixture *f, const char *uri, const char *name)
{
  g_autoptr(GError) error = NULL;

  oma_change_rename (f->change, fixture_find (f->tree, uri, f->change), name, &error);
  g_assert_no_error (error);
}

static void
commit (Fixture *f)
{
  g_autoptr(GError) error = NULL;

  fixture_commit (f->change, &error);
  g_assert_no_error (error);
  g_assert_true (oma_change_is_empty (f->change));
}

static void
test_staged_values_are_seen_through_the_change_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  fixture_add (f->change, "./Settings/g/c", "3");
  delete (f, "./Settings/g/b");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", f->change), ==, "new");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "1");
  assert_list (f, "./Settings/g", f->change, "Name a c");
  assert_list (f, "./Settings/g", NULL, "Name a b");
  g_assert_null (fixture_find (f->tree, "./Settings/g/c", NULL));
  g_assert_nonnull (fixture_find (f->tree, "./Settings/g/b", NULL));
  g_assert_null (fixture_find (f->tree, "./Settings/g/b", f->change));
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "new");
  assert_list (f, "./Settings/g", NULL, "Name a c");
  g_assert_null (memory_store_find_row (f->store, "b"));
}

static void
assert_full (OmaNode *node, GError **error)
{
  g_assert_null (node);
  g_assert_error (*error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_clear_error (error);
}

static OmaNode *
try_to_add (Fixture *f, const char *name, GError **error)
{
  g_autoptr(OmaValue) value = oma_value_new_string ("x");

  return oma_change_add (f->change, fixture_find (f->tree, "./Settings/g", f->change), name, strlen (name), NULL,
                         value, NULL, error);
}

/* What is staged counts; what is refused leaves nothing behind, and what goes makes room. */
static void
test_nodes_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n = oma_tree_count_nodes (f->tree);
  g_autoptr(GError) error = NULL;

  oma_tree_set_limits (f->tree, n + 1, G_MAXUINT64);
  g_assert_nonnull (try_to_add (f, "c", NULL));
  assert_full (try_to_add (f, "d", &error), &error);
  commit (f);
  assert_list (f, "./Settings/g", NULL, "Name a b c");
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "other", NULL));
  delete (f, "./Settings/g/c");
  commit (f);
  g_assert_nonnull (try_to_add (f, "d", NULL));
  commit (f);
  assert_list (f, "./Settings/g", NULL, "Name a b d");
}

static void
test_octets_of_values_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  guint64 used;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "12345", NULL));
  commit (f);
  for (used = 0; ; used++)     /* what there is, whatever the fixture made */
    {
      oma_tree_set_limits (f->tree, G_MAXUINT, used);
      if (fixture_replace (f->change, "./Settings/g/a", "123456", NULL))
        break;
    }
  oma_change_roll_back (f->change);
  g_assert_cmpuint (used, >=, 7);
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "123456", NULL));
  commit (f);
  g_assert_false (fixture_replace (f->change, "./Settings/g/a", "1234567", &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_clear_error (&error);
  assert_full (try_to_add (f, "c", &error), &error);
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "123", NULL));
  commit (f);
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "123456", NULL));
  commit (f);
  delete (f, "./Settings/g/a");
  commit (f);
  g_assert_nonnull (try_to_add (f, "123456", NULL));
  commit (f);
}

static void
count_down_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (oma_change_commit_finish (NULL, result, &error));
  --*(int *) user_data;
}

static void
test_nothing_is_seen_before_the_store_wrote (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  int waiting = 1;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  oma_change_commit_async (f->change, NULL, count_down_cb, &waiting);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "1");
  g_assert_false (fixture_replace (f->change, "./Settings/g/a", "newer", &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  while (waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "new");
}

static void
test_a_change_freed_while_committing_is_finished (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  int waiting = 1;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  oma_change_commit_async (f->change, NULL, count_down_cb, &waiting);
  g_clear_pointer (&f->change, oma_change_free);
  while (waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "new");
}

static void
test_roll_back_leaves_everything_as_it_was (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *before = fixture_dump (f->tree, NULL);
  g_autofree char *after = NULL;
  g_autofree char *seen = NULL;
  g_autoptr(OmaAcl) acl = oma_acl_parse ("Get=*", NULL);

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  g_assert_true (oma_change_set_acl (f->change, fixture_find (f->tree, "./Settings/g", NULL), acl, NULL));
  g_assert_true (oma_change_set_title (f->change, fixture_find (f->tree, "./Settings/g/a", NULL), "T", NULL));
  rename_to (f, "./Settings/g", "h");
  fixture_add (f->change, "./Settings/new", NULL);
  delete (f, "./Settings/h/b");
  oma_change_roll_back (f->change);
  g_assert_true (oma_change_is_empty (f->change));
  after = fixture_dump (f->tree, NULL);
  seen = fixture_dump (f->tree, f->change);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpstr (seen, ==, before);
}

static void
test_a_failing_store_rolls_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *before = fixture_dump (f->tree, NULL);
  g_autofree char *rows = memory_store_dump (f->store);
  g_autofree char *after = NULL;
  g_autofree char *rows_after = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  fixture_add (f->change, "./Settings/new", NULL);
  delete (f, "./Settings/g/b");
  memory_store_fail_next_write (f->store, OMA_STATUS_DEVICE_FULL);
  g_assert_false (fixture_commit (f->change, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  g_assert_true (g_str_has_prefix (error->message, "store: "));
  after = fixture_dump (f->tree, NULL);
  rows_after = memory_store_dump (f->store);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpstr (rows_after, ==, rows);
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "later", NULL));
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "later");
}

static void
expect_cancelled_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (oma_change_commit_finish (NULL, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  --*(int *) user_data;
}

static void
test_cancelling_counts_before_the_commit_only (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  int waiting = 2;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "new", NULL));
  oma_change_commit_async (f->change, cancellable, count_down_cb, &waiting);
  g_cancellable_cancel (cancellable);
  while (waiting > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "new");

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "never", NULL));
  oma_change_commit_async (f->change, cancellable, expect_cancelled_cb, &waiting);
  g_assert_cmpint (waiting, ==, 1);
  while (waiting > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", f->change), ==, "new");
}

static void
test_an_empty_change_does_not_ask_the_store (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n_writes = memory_store_count_writes (f->store);

  commit (f);
  fixture_add (f->change, "./Settings/g/c", "3");
  delete (f, "./Settings/g/c");
  commit (f);
  g_assert_cmpuint (memory_store_count_writes (f->store), ==, n_writes);
}

static void
test_savepoints (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gpointer first, second;
  g_autofree char *at_first = NULL;
  g_autofree char *at_second = NULL;
  g_autofree char *dump = NULL;
  g_autofree char *again = NULL;

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "one", NULL));
  fixture_add (f->change, "./Settings/g/c", "3");
  first = oma_change_get_mark (f->change);
  at_first = fixture_dump (f->tree, f->change);

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "two", NULL));
  delete (f, "./Settings/g/c");
  fixture_add (f->change, "./Settings/g/c", "again");
  rename_to (f, "./Settings/g/b", "x");
  second = oma_change_get_mark (f->change);
  at_second = fixture_dump (f->tree, f->change);

  rename_to (f, "./Settings/g/x", "y");
  fixture_add (f->change, "./Settings/g/x", "other");
  delete (f, "./Settings/g");
  fixture_add (f->change, "./Settings/g", NULL);
  g_assert_null (fixture_find (f->tree, "./Settings/g/a", f->change));

  oma_change_roll_back_to (f->change, second);
  dump = fixture_dump (f->tree, f->change);
  g_assert_cmpstr (dump, ==, at_second);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/x", f->change), ==, "2");
  oma_change_roll_back_to (f->change, first);
  again = fixture_dump (f->tree, f->change);
  g_assert_cmpstr (again, ==, at_first);
  commit (f);
  assert_list (f, "./Settings/g", NULL, "Name a b c");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "one");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/c", NULL), ==, "3");
}

static void
test_add_after_delete_of_the_same_name (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = memory_store_find_row (f->store, "a")->id;

  delete (f, "./Settings/g/a");
  fixture_add (f->change, "./Settings/g/a", "fresh");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "1");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", f->change), ==, "fresh");
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "fresh");
  g_assert_null (memory_store_get_row (f->store, id));
  assert_list (f, "./Settings/g", NULL, "Name a b");
}

static void
test_add_and_delete_in_one_change_leave_no_trace (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *before = fixture_dump (f->tree, NULL);
  g_autofree char *rows = memory_store_dump (f->store);
  g_autofree char *after = NULL;
  g_autofree char *rows_after = NULL;
  guint n_nodes = oma_tree_count_nodes (f->tree);

  fixture_add (f->change, "./Settings/h", NULL);
  fixture_add (f->change, "./Settings/h/x", "y");
  delete (f, "./Settings/h");
  commit (f);
  after = fixture_dump (f->tree, NULL);
  rows_after = memory_store_dump (f->store);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpstr (rows_after, ==, rows);
  g_assert_cmpuint (oma_tree_count_nodes (f->tree), ==, n_nodes);
}

static void
test_add_refuses (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const struct {
    const char *parent, *name;
    OmaStatus   status;
  } cases[] = {
    { "./Settings/g", "a", OMA_STATUS_ALREADY_EXISTS },
    { "./Settings/g/a", "x", OMA_STATUS_NOT_ALLOWED },
    { ".", "Nowhere", OMA_STATUS_NOT_FOUND },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      OmaNode *parent = fixture_find (f->tree, cases[i].parent, f->change);

      g_assert_null (oma_change_add (f->change, parent, cases[i].name, strlen (cases[i].name), NULL, NULL, NULL,
                                     &error));
      g_assert_error (error, OMA_STATUS_ERROR, (int) cases[i].status);
      g_assert_true (oma_change_is_empty (f->change));
    }
}

/* DM Tree and Description 1.2, Scope: children that must be there come with their parent. */
static void
test_add_makes_the_children_that_must_be_there (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaNode *node = fixture_add (f->change, "./Settings/h", NULL);

  g_assert_cmpstr (oma_node_get_type_property (node, f->change), ==, "org.example/1.0/Group");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/h/Name", f->change), ==, "unnamed");
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/h/Name", NULL), ==, "unnamed");
  g_assert_cmpstr (oma_node_get_owner (fixture_find (f->tree, "./Settings/h", NULL), NULL), ==, "srv");
}

static void
test_replace_and_delete_refuse (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaValue) value = oma_value_new_string ("x");
  g_autoptr(GError) error = NULL;

  g_assert_false (oma_change_replace (f->change, fixture_find (f->tree, "./Settings", NULL), value, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (oma_change_delete (f->change, oma_tree_get_root (f->tree), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_false (oma_change_set_acl (f->change, oma_tree_get_root (f->tree), NULL, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_ALLOWED);
}

static void
test_a_second_change_is_told_to_retry (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaChange) other = oma_change_new (f->tree, &fixture_device);
  g_autoptr(GError) error = NULL;

  g_assert_true (fixture_replace (f->change, "./Settings/g/b", "mine", NULL));
  g_assert_false (fixture_replace (other, "./Settings/g/b", "theirs", &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  g_clear_error (&error);
  g_assert_false (oma_change_delete (other, fixture_find (f->tree, "./Settings/g", other), &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  g_clear_error (&error);
  g_assert_true (oma_change_is_empty (other));
  g_assert_false (oma_change_rename (other, fixture_find (f->tree, "./Settings/g/b", other), "z", &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  g_assert_true (oma_change_is_empty (other));
  g_assert_true (fixture_replace (other, "./Settings/g/a", "free", NULL));
  commit (f);
  g_assert_true (fixture_replace (other, "./Settings/g/b", "theirs", NULL));
  g_assert_true (fixture_commit (other, NULL));
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/b", NULL), ==, "theirs");
}

static void
note_event (OmaTree *tree G_GNUC_UNUSED, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  for (guint i = 0; i < n_events; i++)
    g_string_append_printf (user_data, "%s%d ", events[i].uri, events[i].kind);
}

static void
told_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  gboolean *written = user_data;

  *written = oma_change_commit_finish (NULL, result, NULL);
}

/* Each adds, replaces and deletes in its own subtree; the store has both in hand at the same time,
 * and may refuse the one that came first. */
static void
test_changes_commit_side_by_side (Fixture *f, gconstpointer data)
{
  const gboolean fails = GPOINTER_TO_INT (data);
  g_autoptr(OmaChange) other = oma_change_new (f->tree, &fixture_device);
  g_autoptr(GString) told = g_string_new (NULL);
  const int undecided = -1;
  gboolean first = undecided, second = undecided;

  fixture_add (f->change, "./Settings/h", NULL);
  fixture_add (f->change, "./Settings/h/old", "1");
  commit (f);
  guint n_nodes = oma_tree_count_nodes (f->tree), n_rows = memory_store_count_rows (f->store);
  oma_tree_watch (f->tree, note_event, told);

  fixture_add (f->change, "./Settings/g/new", "mine");
  fixture_add (other, "./Settings/h/new", "theirs");
  delete (f, "./Settings/g/b");
  g_assert_true (fixture_replace (other, "./Settings/h/old", "2", NULL));
  if (fails)
    memory_store_fail_next_write (f->store, OMA_STATUS_DEVICE_FULL);
  oma_change_commit_async (f->change, NULL, told_cb, &first);
  oma_change_commit_async (other, NULL, told_cb, &second);
  while (first == undecided || second == undecided)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpint (first, ==, !fails);
  g_assert_true (second);
  assert_list (f, "./Settings/g", NULL, fails ? "Name a b" : "Name a new");
  assert_list (f, "./Settings/h", NULL, "Name new old");
  g_assert_cmpuint (oma_node_count_children (fixture_find (f->tree, "./Settings/g", NULL), NULL), ==, 3);
  g_assert_cmpuint (oma_node_count_children (fixture_find (f->tree, "./Settings/h", NULL), NULL), ==, 3);
  g_assert_cmpuint (oma_tree_count_nodes (f->tree), ==, n_nodes + 1);
  g_assert_cmpuint (memory_store_count_rows (f->store), ==, n_rows + 1);
  g_assert_cmpint (strstr (told->str, "./Settings/g") == NULL, ==, fails);
  g_assert_nonnull (strstr (told->str, "./Settings/h/new"));

  /* What the store has is what the tree shows, also after one more. */
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "3", NULL));
  fixture_add (f->change, "./Settings/g/last", "4");
  commit (f);
  g_autofree char *shown = fixture_dump (f->tree, NULL);
  g_autoptr(OmaTree) again = fixture_tree (fixture_settings (), NULL, f->store);
  g_autofree char *loaded = fixture_dump (again, NULL);
  g_assert_cmpstr (loaded, ==, shown);
}

/* DM Tree and Description 1.2, VerNo and TStamp. */
static void
test_versions_move_once_for_each_change (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint a = verno (f, "./Settings/g/a", NULL), g = verno (f, "./Settings/g", NULL);
  guint settings = verno (f, "./Settings", NULL);

  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "x", NULL));
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "y", NULL));
  g_assert_true (oma_change_set_title (f->change, fixture_find (f->tree, "./Settings/g/a", NULL), "T", NULL));
  g_assert_cmpuint (verno (f, "./Settings/g/a", NULL), ==, a);
  g_assert_cmpuint (verno (f, "./Settings/g/a", f->change), ==, a + 1);
  commit (f);
  g_assert_cmpuint (verno (f, "./Settings/g/a", NULL), ==, a + 1);
  g_assert_cmpuint (memory_store_find_row (f->store, "a")->verno, ==, a + 1);
  g_assert_cmpuint (verno (f, "./Settings/g", NULL), ==, g);

  fixture_add (f->change, "./Settings/g/c", "3");
  fixture_add (f->change, "./Settings/g/d", "4");
  commit (f);
  g_assert_cmpuint (verno (f, "./Settings/g", NULL), ==, g + 1);
  delete (f, "./Settings/g/c");
  commit (f);
  g_assert_cmpuint (verno (f, "./Settings/g", NULL), ==, g + 2);
  rename_to (f, "./Settings/g/d", "e");
  commit (f);
  g_assert_cmpuint (verno (f, "./Settings/g", NULL), ==, g + 3);
  g_assert_cmpuint (memory_store_find_row (f->store, "g")->verno, ==, g + 3);
  g_assert_cmpuint (verno (f, "./Settings/g/e", NULL), ==, 1);
  g_assert_cmpuint (verno (f, "./Settings", NULL), ==, settings);
}

static void
test_verno_follows_65535_with_0 (void)
{
  g_autoptr(MemoryStore) store = memory_store_new ();
  g_autoptr(OmaTree) tree = NULL;
  g_autoptr(OmaChange) change = NULL;
  OmaNodeRecord row;

  oma_tree_free (fixture_tree (fixture_settings (), NULL, store));
  row = *memory_store_find_row (store, "Mode");
  row.verno = G_MAXUINT16;
  row.tstamp = 7;
  memory_store_add_row (store, &row);
  tree = fixture_tree (fixture_settings (), NULL, store);
  change = oma_change_new (tree, &fixture_device);
  g_assert_cmpint (oma_node_get_tstamp (fixture_find (tree, "./Settings/Mode", NULL), NULL), ==, 7);
  g_assert_true (fixture_replace (change, "./Settings/Mode", "wild", NULL));
  g_assert_true (fixture_commit (change, NULL));
  g_assert_cmpuint (oma_node_get_verno (fixture_find (tree, "./Settings/Mode", NULL), NULL), ==, 0);
  g_assert_cmpint (oma_node_get_tstamp (fixture_find (tree, "./Settings/Mode", NULL), NULL), ==, 43200);
}

static void
test_the_owner_is_the_server_that_set_the_value (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaChange) device = oma_change_new (f->tree, &fixture_device);
  OmaNode *node = fixture_find (f->tree, "./Settings/g/a", NULL);

  g_assert_null (oma_node_get_owner (node, NULL));
  g_assert_true (fixture_replace (f->change, "./Settings/g/a", "x", NULL));
  commit (f);
  g_assert_cmpstr (oma_node_get_owner (node, NULL), ==, "srv");
  g_assert_cmpstr (memory_store_find_row (f->store, "a")->owner, ==, "srv");
  g_assert_true (oma_change_set_title (device, node, "T", NULL));
  g_assert_true (fixture_commit (device, NULL));
  g_assert_cmpstr (oma_node_get_owner (node, NULL), ==, "srv");
  g_assert_true (fixture_replace (device, "./Settings/g/a", "y", NULL));
  g_assert_true (fixture_commit (device, NULL));
  g_assert_null (oma_node_get_owner (node, NULL));
  g_assert_null (memory_store_find_row (f->store, "a")->owner);
}

/* DM Tree and Description 1.2, Name: a rename takes everything below along. */
static void
test_rename_takes_the_subtree_along (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 id = memory_store_find_row (f->store, "g")->id;
  g_autofree char *uri = NULL;

  rename_to (f, "./Settings/g", "h");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/h/a", f->change), ==, "1");
  g_assert_null (fixture_find (f->tree, "./Settings/g", f->change));
  g_assert_null (fixture_find (f->tree, "./Settings/h", NULL));
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "1");
  g_assert_true (fixture_replace (f->change, "./Settings/h/a", "moved", NULL));
  fixture_add (f->change, "./Settings/g", NULL);
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/h/a", NULL), ==, "moved");
  g_assert_null (fixture_find (f->tree, "./Settings/g/a", NULL));
  g_assert_cmpstr (memory_store_get_row (f->store, id)->name, ==, "h");
  uri = oma_node_dup_uri (fixture_find (f->tree, "./Settings/h/a", NULL));
  g_assert_cmpstr (uri, ==, "./Settings/h/a");
  assert_list (f, "./Settings", NULL, "Mode g h");
}

static void
test_rename_there_and_back_is_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n_writes = memory_store_count_writes (f->store);

  rename_to (f, "./Settings/g", "h");
  rename_to (f, "./Settings/h", "i");
  rename_to (f, "./Settings/i", "g");
  g_assert_nonnull (fixture_find (f->tree, "./Settings/g/a", f->change));
  g_assert_null (fixture_find (f->tree, "./Settings/h", f->change));
  g_assert_null (fixture_find (f->tree, "./Settings/i", f->change));
  commit (f);
  g_assert_cmpuint (memory_store_count_writes (f->store), ==, n_writes);
}

/* What is true of the nodes is true of the unit of work, whenever the power fails. */
static void
test_further_operations_go_into_the_same_write (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  MemoryJournal *journal = memory_store_get_journal (f->store);
  gint64 id = memory_journal_next_id (journal);
  guint n_writes = memory_store_count_writes (f->store);

  /* Also without nodes. */
  oma_change_add_op (f->change, &(OmaStoreOp) { .kind = OMA_STORE_PUT_UNIT, .unit = oma_unit_record_new (id) });
  commit (f);
  g_assert_cmpuint (memory_store_count_writes (f->store), ==, n_writes + 1);
  g_assert_cmpuint (journal->units->len, ==, 1);
  /* A roll back drops them, a write that fails does none. */
  oma_change_add_op (f->change, &(OmaStoreOp) { .kind = OMA_STORE_END_UNIT, .unit_id = id });
  oma_change_roll_back (f->change);
  commit (f);
  g_assert_cmpuint (memory_store_count_writes (f->store), ==, n_writes + 1);
  rename_to (f, "./Settings/g", "h");
  oma_change_add_op (f->change, &(OmaStoreOp) { .kind = OMA_STORE_END_UNIT, .unit_id = id });
  memory_store_fail_next_write (f->store, OMA_STATUS_DEVICE_FULL);
  g_assert_false (fixture_commit (f->change, NULL));
  g_assert_cmpuint (journal->units->len, ==, 1);
  rename_to (f, "./Settings/g", "h");
  oma_change_add_op (f->change, &(OmaStoreOp) { .kind = OMA_STORE_END_UNIT, .unit_id = id });
  commit (f);
  g_assert_cmpuint (memory_store_count_writes (f->store), ==, n_writes + 3);
  g_assert_cmpuint (journal->units->len, ==, 0);
}

static void
test_renames_may_swap_two_nodes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  rename_to (f, "./Settings/g/a", "t");
  rename_to (f, "./Settings/g/b", "a");
  rename_to (f, "./Settings/g/t", "b");
  commit (f);
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/a", NULL), ==, "2");
  g_assert_cmpstr (fixture_get (f->tree, "./Settings/g/b", NULL), ==, "1");
}

static void
test_rename_refuses (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const struct {
    const char *uri, *name;
    OmaStatus   status;
  } cases[] = {
    { "./Settings/g/a", "b", OMA_STATUS_ALREADY_EXISTS },
    { "./Settings/g/a", "x/y", OMA_STATUS_NOT_ALLOWED },
    { "./Settings/g/a", "", OMA_STATUS_NOT_ALLOWED },
    { "./Settings/g", "Count", OMA_STATUS_NOT_ALLOWED },
    { ".", "root", OMA_STATUS_NOT_ALLOWED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      OmaNode *node = fixture_find (f->tree, cases[i].uri, f->change);

      g_assert_false (oma_change_rename (f->change, node, cases[i].name, &error));
      g_assert_error (error, OMA_STATUS_ERROR, (int) cases[i].status);
      g_assert_true (oma_change_is_empty (f->change));
    }
}

static void
test_a_value_that_nobody_reads_is_stored_as_secret (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_add (f->change, "./Settings/Key", "hush");
  commit (f);
  g_assert_true (memory_store_find_row (f->store, "Key")->secret);
  g_assert_false (memory_store_find_row (f->store, "a")->secret);
}

static void
set_acl (OmaChange *change, OmaNode *node, const char *text)
{
  g_autoptr(OmaAcl) acl = text != NULL ? oma_acl_parse (text, NULL) : NULL;

  g_assert_true (oma_change_set_acl (change, node, acl, NULL));
}

/* DM Tree and Description 1.2, ACL inheritance: the nearest counts alone. */
static void
test_acls_are_inherited_whole (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaNode *a = fixture_find (f->tree, "./Settings/g/a", NULL);

  g_assert_cmpstr (oma_acl_get_text (oma_node_get_effective_acl (a, NULL)), ==, "Add=*&Get=*");
  set_acl (f->change, fixture_find (f->tree, "./Settings", NULL), "Replace=srv");
  g_assert_cmpstr (oma_acl_get_text (oma_node_get_effective_acl (a, f->change)), ==, "Replace=srv");
  g_assert_cmpstr (oma_acl_get_text (oma_node_get_effective_acl (a, NULL)), ==, "Add=*&Get=*");
  commit (f);
  g_assert_cmpstr (memory_store_find_row (f->store, "Settings")->acl, ==, "Replace=srv");
  set_acl (f->change, fixture_find (f->tree, "./Settings", NULL), NULL);
  commit (f);
  g_assert_null (memory_store_find_row (f->store, "Settings")->acl);
  g_assert_null (oma_node_get_acl (fixture_find (f->tree, "./Settings", NULL), NULL));
}

/* DM Tree and Description 1.2, ACL: removal of a server. */
static void
test_a_server_is_forgotten_everywhere (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  set_acl (f->change, oma_tree_get_root (f->tree), "Add=*&Get=srv&Replace=srv&Delete=srv+two");
  set_acl (f->change, fixture_find (f->tree, "./Settings/g", NULL), "Get=srv");
  set_acl (f->change, fixture_find (f->tree, "./Settings/g/a", NULL), "Get=srv2+srv&Replace=srv");
  set_acl (f->change, fixture_find (f->tree, "./Settings/g/b", NULL), "Get=srv2");
  commit (f);
  g_assert_true (oma_change_forget_server (f->change, "srv", &error));
  g_assert_no_error (error);
  commit (f);
  g_assert_cmpstr (oma_acl_get_text (oma_node_get_acl (oma_tree_get_root (f->tree), NULL)), ==,
                   "Add=*&Delete=two&Get=*");
  g_assert_null (oma_node_get_acl (fixture_find (f->tree, "./Settings/g", NULL), NULL));
  g_assert_cmpstr (memory_store_find_row (f->store, "a")->acl, ==, "Get=srv2");
  g_assert_cmpuint (verno (f, "./Settings/g/b", NULL), ==, 1);
}

static void
test_the_root_keeps_an_acl (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_acl (f->change, oma_tree_get_root (f->tree), "Add=srv&Get=srv&Replace=srv");
  g_assert_true (oma_change_forget_server (f->change, "srv", NULL));
  commit (f);
  g_assert_cmpstr (oma_acl_get_text (oma_node_get_acl (oma_tree_get_root (f->tree), NULL)), ==, "Add=*&Get=*");
}

static void
test_ten_thousand_siblings (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const guint n = 10000;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Settings/g/n%u", i);

      fixture_add (f->change, uri, uri);
    }
  commit (f);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./Settings/g/n%u", i);

      g_assert_cmpstr (fixture_get (f->tree, uri, NULL), ==, uri);
    }
  g_assert_cmpuint (oma_node_count_children (fixture_find (f->tree, "./Settings/g", NULL), NULL), ==, n + 3);
  delete (f, "./Settings/g");
  commit (f);
  g_assert_cmpuint (oma_tree_count_nodes (f->tree), ==, 3);
  g_assert_cmpuint (memory_store_count_rows (f->store), ==, 3);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/change/staged-values-are-seen-through-the-change-only", test_staged_values_are_seen_through_the_change_only);
  ADD ("/change/nodes-are-bounded", test_nodes_are_bounded);
  ADD ("/change/octets-of-values-are-bounded", test_octets_of_values_are_bounded);
  ADD ("/change/nothing-is-seen-before-the-store-wrote", test_nothing_is_seen_before_the_store_wrote);
  ADD ("/change/a-change-freed-while-committing-is-finished", test_a_change_freed_while_committing_is_finished);
  ADD ("/change/roll-back-leaves-everything-as-it-was", test_roll_back_leaves_everything_as_it_was);
  ADD ("/change/a-failing-store-rolls-back", test_a_failing_store_rolls_back);
  ADD ("/change/cancelling-counts-before-the-commit-only", test_cancelling_counts_before_the_commit_only);
  ADD ("/change/an-empty-change-does-not-ask-the-store", test_an_empty_change_does_not_ask_the_store);
  ADD ("/change/savepoints", test_savepoints);
  ADD ("/change/add-after-delete-of-the-same-name", test_add_after_delete_of_the_same_name);
  ADD ("/change/add-and-delete-in-one-change-leave-no-trace", test_add_and_delete_in_one_change_leave_no_trace);
  ADD ("/change/add-refuses", test_add_refuses);
  ADD ("/change/add-makes-the-children-that-must-be-there", test_add_makes_the_children_that_must_be_there);
  ADD ("/change/replace-and-delete-refuse", test_replace_and_delete_refuse);
  ADD ("/change/a-second-change-is-told-to-retry", test_a_second_change_is_told_to_retry);
  g_test_add ("/change/side-by-side/both-written", Fixture, GINT_TO_POINTER (FALSE), set_up,
              test_changes_commit_side_by_side, tear_down);
  g_test_add ("/change/side-by-side/first-refused", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_changes_commit_side_by_side, tear_down);
  ADD ("/change/versions-move-once-for-each-change", test_versions_move_once_for_each_change);
  g_test_add_func ("/change/verno-follows-65535-with-0", test_verno_follows_65535_with_0);
  ADD ("/change/the-owner-is-the-server-that-set-the-value", test_the_owner_is_the_server_that_set_the_value);
  ADD ("/change/rename-takes-the-subtree-along", test_rename_takes_the_subtree_along);
  ADD ("/change/rename-there-and-back-is-nothing", test_rename_there_and_back_is_nothing);
  ADD ("/change/renames-may-swap-two-nodes", test_renames_may_swap_two_nodes);
  ADD ("/change/further-operations", test_further_operations_go_into_the_same_write);
  ADD ("/change/rename-refuses", test_rename_refuses);
  ADD ("/change/a-value-that-nobody-reads-is-stored-as-secret", test_a_value_that_nobody_reads_is_stored_as_secret);
  ADD ("/change/acls-are-inherited-whole", test_acls_are_inherited_whole);
  ADD ("/change/a-server-is-forgotten-everywhere", test_a_server_is_forgotten_everywhere);
  ADD ("/change/the-root-keeps-an-acl", test_the_root_keeps_an_acl);
  ADD ("/change/ten-thousand-siblings", test_ten_thousand_siblings);
  return g_test_run ();
}

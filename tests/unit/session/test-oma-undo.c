/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a unit of work that is undone: at once, or after the daemon died. */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

#define ADD OMA_OPERATION_ADD
#define DELETE OMA_OPERATION_DELETE
#define EXEC OMA_OPERATION_EXEC
#define REPLACE OMA_OPERATION_REPLACE

static void
assert_text (Fixture *fixture, const char *uri, const char *expected)
{
  g_autoptr(OmaWork) look = oma_work_new (fixture->executor, &as_device);
  g_autofree char *text = get_text (look, uri);

  g_assert_cmpstr (text, ==, expected);
}

static void
set (Fixture *fixture, const char *uri, const char *text)
{
  if (text != NULL)
    g_hash_table_insert (fixture->plugin->nodes, g_strdup (uri), oma_value_new_string (text));
  else
    g_hash_table_remove (fixture->plugin->nodes, uri);
}

static void
expect (const char *pattern)
{
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, pattern);
}

/* ---- At once ---- */

static void
kept_cb (OmaUnitRecord *unit, gpointer user_data)
{
  OmaUnitRecord **kept = user_data;

  g_clear_pointer (kept, oma_unit_record_free);
  *kept = unit;
}

static OmaWork *
begin_atomic (Fixture *fixture)
{
  OmaWork *work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  return work;
}

static void
test_change_of_somebody_else_stays (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = begin_atomic (fixture);
  g_autoptr(OmaUnitRecord) kept = NULL;
  g_autoptr(GError) error = NULL;

  oma_executor_set_unit_func (fixture->executor, kept_cb, &kept);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "mine"), ==, OMA_STATUS_OK);
  set (fixture, "RW", "his");
  expect ("*./T/RW*somebody else*unit of work*");
  g_assert_false (roll_back (work, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED);
  assert_text (fixture, "./T/RW", "his");
  assert_text (fixture, "./T/Opt", "<404>");
  /* That is no failure: there is nothing to try again. */
  g_assert_null (kept);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static void
test_what_cannot_be_undone_is_kept (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = begin_atomic (fixture);
  g_autoptr(OmaUnitRecord) kept = NULL;
  const OmaUnitRecord *unit;

  oma_executor_set_unit_func (fixture->executor, kept_cb, &kept);
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  fixture->plugin->failing = "RW";
  expect ("*./T/RW: could not be undone*");
  g_assert_false (roll_back (work, NULL));
  g_test_assert_expected_messages ();
  assert_text (fixture, "./T/Opt", "<404>");
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  unit = g_ptr_array_index (fixture->journal->units, 0);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_UNDO_FAILED);
  g_assert_cmpuint (unit->attempts, ==, 1);
  g_assert_nonnull (strstr (unit->error, "403"));
  g_assert_cmpuint (unit->images->len, ==, 2);
  g_assert_true (((OmaImage *) g_ptr_array_index (unit->images, 0))->undone);
  g_assert_false (((OmaImage *) g_ptr_array_index (unit->images, 1))->undone);
  g_assert_nonnull (kept);
  g_assert_cmpint (kept->id, ==, unit->id);
}

/* It said that it failed, but it had written all the same. */
static void
test_failed_call_that_came_half_way_is_undone (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  fixture->plugin->broken = "RW";
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "half"), ==, OMA_STATUS_COMMAND_FAILED);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "first");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

/* The store comes last: when it fails, plugins have already done their part. */
static void
test_failing_commit_undoes_plugins_outside_of_an_atomic_too (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "2"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/a", NULL), ==, OMA_STATUS_OK);
  *fixture->store_fails = TRUE;
  g_assert_false (commit (work, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/List/a/Sub/Deep", "deep");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

/* The other nodes are still put back, and the one that hangs is kept. */
static void
test_plugin_that_hangs_in_undo_is_given_up (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = begin_atomic (fixture);
  g_autoptr(GError) error = NULL;

  oma_executor_set_operation_timeout (fixture->executor, 1);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  fixture->plugin->hangs = TRUE;
  expect ("*given up*");
  expect ("*./T/RW: could not be undone*");
  g_assert_false (roll_back (work, &error));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  fixture->plugin->hangs = FALSE;
  while (fixture->plugin->held->len > 0)
    answer_next (fixture->plugin);
}

typedef struct {
  OmaWork     *work;
  OmaOperation operation;
  gboolean     done;
} Pending;

static void
pending_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Pending *pending = user_data;

  oma_work_run_finish (pending->work, result, NULL);
  pending->done = TRUE;
}

/* A plugin that may act yet, when the unit of work is long over, is not forgotten. */
static void
test_call_whose_time_is_over_stays_in_the_journal (gconstpointer data)
{
  gboolean acts = GPOINTER_TO_INT (data);
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  Pending pending = { work, { .type = REPLACE, .uri = "./T/RW", .data = "late", .length = 4 }, FALSE };

  oma_executor_set_operation_timeout (fixture->executor, 1);
  fixture->plugin->hangs = TRUE;
  fixture->plugin->broken = acts ? NULL : "RW";
  oma_work_run_async (work, &pending.operation, NULL, pending_cb, &pending);
  while (!pending.done)
    {
      while (fixture->plugin->held->len > 0 && !plugin_holds (fixture->plugin, "RW", "late"))
        answer_next (fixture->plugin);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_COMMAND_FAILED);
  oma_operation_clear (&pending.operation);
  fixture->plugin->hangs = FALSE;
  if (!acts)
    set (fixture, "RW", "first");
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  g_assert_cmpint (((OmaUnitRecord *) g_ptr_array_index (fixture->journal->units, 0))->state, ==, OMA_UNIT_OPEN);
  answer_next (fixture->plugin);
  while (fixture->journal->units->len > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (plugin_holds (fixture->plugin, "RW", "first"));
}

/* ---- After the daemon died ---- */

typedef struct {
  gboolean      done, ok;
  OmaUndoReport report;
} Undoing;

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Undoing *undoing = user_data;
  g_autoptr(GError) error = NULL;

  undoing->ok = oma_executor_undo_unit_finish (result, &undoing->report, &error);
  g_assert_true (undoing->ok == (error == NULL));
  undoing->done = TRUE;
}

static void
undo (Fixture *fixture, OmaUnitRecord *unit, Undoing *undoing)
{
  *undoing = (Undoing) { FALSE };
  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, undoing);
  g_assert_false (undoing->done);
  iterate_until (&undoing->done);
}

typedef struct {
  OmaOperationType type;
  const char      *uri, *text;
} Command;

static const Command all_kinds[] = {
  { REPLACE, "./T/RW", "1" }, { REPLACE, "./T/RW", "2" }, { ADD, "./T/List/n/Sub/Deep", "v" },
  { REPLACE, "./T/List/b%20c?prop=Name", "m" }, { DELETE, "./T/List/a", NULL }, { EXEC, "./T/Run", NULL },
};

static void
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (oma_work_apply_finish (NULL, result, NULL));
  *(gboolean *) user_data = TRUE;
}

/* What the journal has when the daemon dies after @n of the commands: the plugin's nodes survive, the
 * unit of work does not. */
static OmaUnitRecord *
die_after (Fixture *fixture, guint n)
{
  OmaWork *work = oma_work_new (fixture->executor, &as_server);
  gboolean done = FALSE;
  GHashTable *nodes;
  OmaUnitRecord *unit;

  oma_work_set_rehearsal (work, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (all_kinds); i++)
    g_assert_cmpint (run_simple (work, all_kinds[i].type, all_kinds[i].uri, all_kinds[i].text), ==, OMA_STATUS_OK);
  oma_work_apply_async (work, applied_cb, &done);
  iterate_until (&done);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (run_simple (work, all_kinds[i].type, all_kinds[i].uri, all_kinds[i].text), ==, OMA_STATUS_OK);
  unit = memory_journal_copy (fixture->journal, 0);
  nodes = plugin_dup_nodes (fixture->plugin);
  oma_work_free (work);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  plugin_take_nodes (fixture->plugin, nodes);
  return unit;
}

typedef struct {
  Backend  backend;
  gboolean undo_data;
  guint    n;
} Death;

static Fixture *
make_fixture (const Death *death)
{
  Fixture *fixture = fixture_new (death->backend);

  set (fixture, "RW", "first");
  fixture->plugin->gives_undo_data = death->undo_data;
  return fixture;
}

/* Wherever it died, and also when it dies again while it undoes. */
static void
test_daemon_that_died_undoes_it_at_the_next_start (gconstpointer data)
{
  const Death *death = data;
  g_autoptr(Fixture) fixture = make_fixture (death);
  g_autofree char *before = plugin_describe (fixture->plugin);
  OmaUnitRecord *unit = die_after (fixture, death->n);
  Undoing undoing;

  for (guint attempt = 0; attempt < 2; attempt++)
    {
      g_autofree char *after = NULL;
      OmaUnitRecord *again = oma_unit_record_new (unit->id);

      for (guint i = 0; i < unit->images->len; i++)
        g_ptr_array_add (again->images, oma_image_copy (g_ptr_array_index (unit->images, i)));
      undo (fixture, again, &undoing);
      g_assert_true (undoing.ok);
      g_assert_cmpuint (undoing.report.n_failed + undoing.report.n_left, ==, 0);
      g_assert_cmpuint (undoing.report.n_executed, ==, 1);
      g_assert_null (undoing.report.kept);
      after = plugin_describe (fixture->plugin);
      g_assert_cmpstr (after, ==, before);
    }
  oma_unit_record_free (unit);
  g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
}

static void
test_change_of_somebody_else_stays_after_the_start_too (gconstpointer data)
{
  const Death *death = data;
  g_autoptr(Fixture) fixture = make_fixture (death);
  OmaUnitRecord *unit = die_after (fixture, death->n);
  Undoing undoing;

  set (fixture, "RW", "his");
  g_hash_table_insert (fixture->plugin->nodes, g_strdup ("List/a"), NULL);
  set (fixture, "List/a/Leaf", "his");
  expect ("*./T/RW: is not put back*");
  expect ("*./T/RW: is not put back*");
  expect ("*./T/List/a: is not put back*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_MESSAGE, "*./T/Run: was executed*");
  undo (fixture, unit, &undoing);
  g_test_assert_expected_messages ();
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_left, ==, 3);
  g_assert_null (undoing.report.kept);
  g_assert_true (plugin_holds (fixture->plugin, "RW", "his"));
  g_assert_true (plugin_holds (fixture->plugin, "List/a/Leaf", "his"));
  g_assert_false (g_hash_table_contains (fixture->plugin->nodes, "List/n"));
}

/* It is kept, and goes when a later attempt succeeds. */
static void
test_undo_that_fails_is_tried_again (gconstpointer data)
{
  const Death *death = data;
  g_autoptr(Fixture) fixture = make_fixture (death);
  g_autofree char *before = plugin_describe (fixture->plugin), *after = NULL;
  OmaUnitRecord *unit = die_after (fixture, death->n);
  Undoing undoing;

  fixture->plugin->failing = "RW";
  fixture->plugin->fails_undo = TRUE;
  expect ("*could not be undone*");
  undo (fixture, unit, &undoing);
  g_test_assert_expected_messages ();
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_failed, >, 0);
  g_assert_nonnull (undoing.report.kept);
  g_assert_cmpuint (undoing.report.kept->attempts, ==, 1);
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);

  fixture->plugin->failing = NULL;
  fixture->plugin->fails_undo = FALSE;
  undo (fixture, g_steal_pointer (&undoing.report.kept), &undoing);
  g_assert_true (undoing.ok);
  g_assert_null (undoing.report.kept);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  after = plugin_describe (fixture->plugin);
  g_assert_cmpstr (after, ==, before);
}

/* The plugin is not loaded any more: its subtree is the store's, or nobody's. */
static void
test_plugin_that_is_gone_is_said_so (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  OmaUnitRecord *unit = oma_unit_record_new (memory_journal_next_id (fixture->journal));
  OmaImage *image = oma_image_new (OMA_IMAGE_ADD, "./Gone", "./Gone/N");
  Undoing undoing;

  g_ptr_array_add (unit->images, image);
  g_ptr_array_add (unit->images, oma_image_new (OMA_IMAGE_ADD, "./T", "./T/Opt"));
  expect ("*./T/Opt: could not be undone: *no plugin serves the node now*");
  expect ("*./Gone/N: could not be undone: *no plugin serves the node now*");
  undo (fixture, unit, &undoing);
  g_test_assert_expected_messages ();
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_failed, ==, 2);
  g_assert_nonnull (undoing.report.kept);
  oma_undo_report_clear (&undoing.report);
}

/* The store gives such an image in place of one that it cannot read. */
static void
test_unit_with_a_damaged_image_is_kept (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  OmaUnitRecord *unit = oma_unit_record_new (memory_journal_next_id (fixture->journal));
  OmaImage *image = oma_image_new (OMA_IMAGE_REPLACE, "./T", "./T/RW");
  Undoing undoing;

  image->irreversible = TRUE;
  g_ptr_array_add (unit->images, image);
  expect ("*./T/RW: could not be undone: *does not know what was there*");
  undo (fixture, unit, &undoing);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (undoing.report.n_failed, ==, 1);
  g_assert_nonnull (undoing.report.kept);
  oma_undo_report_clear (&undoing.report);
}

/* It writes as any unit of work does. */
static void
test_undo_waits_for_its_turn (void)
{
  static const Death death = { SERVED_BY_PLUGIN, FALSE, 6 };
  g_autoptr(Fixture) fixture = make_fixture (&death);
  OmaUnitRecord *unit = die_after (fixture, death.n);
  OmaWork *other = oma_work_new (fixture->executor, &as_other);
  Undoing undoing = { FALSE };

  prepare (fixture, REPLACE, ".?prop=ACL", OMA_FORMAT_NONE, "Replace=*&Get=*&Add=*&Delete=*");
  g_assert_cmpint (run_simple (other, REPLACE, "./T/Int", "9"), ==, OMA_STATUS_OK);
  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, &undoing);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_false (undoing.done);
  g_assert_true (commit (other, NULL));
  oma_work_free (other);
  iterate_until (&undoing.done);
  g_assert_true (undoing.ok);
}

/* Nothing was tried, and nothing is forgotten. */
static void
test_undo_that_waits_too_long_is_kept (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) other = oma_work_new (fixture->executor, &as_device);
  OmaUnitRecord *unit = oma_unit_record_new (7);
  Undoing undoing;

  g_ptr_array_add (unit->images, oma_image_new (OMA_IMAGE_ADD, "./T", "./T/Opt"));
  oma_executor_set_operation_timeout (fixture->executor, 1);
  g_assert_cmpint (run_simple (other, REPLACE, "./T/Int", "9"), ==, OMA_STATUS_OK);
  undo (fixture, unit, &undoing);
  g_assert_false (undoing.ok);
  g_assert_nonnull (undoing.report.kept);
  g_assert_cmpint (undoing.report.kept->id, ==, 7);
  g_assert_cmpuint (undoing.report.kept->attempts, ==, 0);
  g_assert_cmpuint (undoing.report.kept->images->len, ==, 1);
  oma_undo_report_clear (&undoing.report);
}

int
main (int argc, char **argv)
{
  static Death deaths[21];

  for (guint i = 0; i < G_N_ELEMENTS (deaths); i++)
    deaths[i] = (Death) { i < 7 ? SERVED_BY_PLUGIN : SERVED_BY_TRANSACTIONS, i >= 14, i % 7 };
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/undo/somebody-else", test_change_of_somebody_else_stays);
  g_test_add_func ("/undo/kept", test_what_cannot_be_undone_is_kept);
  g_test_add_func ("/undo/half-way", test_failed_call_that_came_half_way_is_undone);
  g_test_add_data_func ("/undo/commit-fails/plugin", GINT_TO_POINTER (SERVED_BY_PLUGIN),
                        test_failing_commit_undoes_plugins_outside_of_an_atomic_too);
  g_test_add_data_func ("/undo/commit-fails/transactions", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_failing_commit_undoes_plugins_outside_of_an_atomic_too);
  g_test_add_data_func ("/undo/late/acted", GINT_TO_POINTER (TRUE), test_call_whose_time_is_over_stays_in_the_journal);
  g_test_add_data_func ("/undo/late/failed", GINT_TO_POINTER (FALSE), test_call_whose_time_is_over_stays_in_the_journal);
  g_test_add_func ("/undo/hangs", test_plugin_that_hangs_in_undo_is_given_up);
  for (guint i = 0; i < G_N_ELEMENTS (deaths); i++)
    {
      static const char *const names[N_BACKENDS] = { "store", "plugin", "transactions" };
      g_autofree char *path = g_strdup_printf ("/undo/next-start/%s%s/after-%u", names[deaths[i].backend],
                                               deaths[i].undo_data ? "-with-undo-data" : "", deaths[i].n);

      g_test_add_data_func (path, &deaths[i], test_daemon_that_died_undoes_it_at_the_next_start);
    }
  g_test_add_data_func ("/undo/next-start/somebody-else/plugin", &deaths[6],
                        test_change_of_somebody_else_stays_after_the_start_too);
  g_test_add_data_func ("/undo/next-start/somebody-else/transactions", &deaths[13],
                        test_change_of_somebody_else_stays_after_the_start_too);
  g_test_add_data_func ("/undo/next-start/again/plugin", &deaths[6], test_undo_that_fails_is_tried_again);
  g_test_add_data_func ("/undo/next-start/again/undo-data", &deaths[20], test_undo_that_fails_is_tried_again);
  g_test_add_func ("/undo/next-start/plugin-gone", test_plugin_that_is_gone_is_said_so);
  g_test_add_func ("/undo/next-start/damaged-image", test_unit_with_a_damaged_image_is_kept);
  g_test_add_func ("/undo/next-start/turn", test_undo_waits_for_its_turn);
  g_test_add_func ("/undo/next-start/417", test_undo_that_waits_too_long_is_kept);
  return g_test_run ();
}

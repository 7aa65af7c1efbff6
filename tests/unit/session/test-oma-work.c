/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

#define ADD OMA_OPERATION_ADD
#define DELETE OMA_OPERATION_DELETE
#define EXEC OMA_OPERATION_EXEC
#define GET OMA_OPERATION_GET
#define REPLACE OMA_OPERATION_REPLACE

typedef struct {
  OmaWork     *work;
  OmaOperation operation;
  gboolean     done;
  gboolean     ok;
  GError      *error;
} Pending;

static void
pending_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Pending *pending = user_data;

  g_assert_false (pending->done);
  pending->ok = oma_work_run_finish (pending->work, result, &pending->error);
  pending->done = TRUE;
}

static void
pending_start (Pending *pending, OmaWork *work, OmaOperationType type, const char *uri, const char *text,
               GCancellable *cancellable)
{
  *pending = (Pending) {
    .work = work,
    .operation = { .type = type, .uri = uri, .data = text, .length = text != NULL ? strlen (text) : 0 },
  };
  oma_work_run_async (work, &pending->operation, cancellable, pending_cb, pending);
  g_assert_false (pending->done);
}

static void
pending_clear (Pending *pending)
{
  oma_operation_clear (&pending->operation);
  g_clear_error (&pending->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pending, pending_clear)

static void
settle_sources (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
assert_text (Fixture *fixture, const char *uri, const char *expected)
{
  g_autoptr(OmaWork) look = oma_work_new (fixture->executor, &as_device);
  g_autofree char *text = get_text (look, uri);

  g_assert_cmpstr (text, ==, expected);
}

/* ---- What a plugin is asked ---- */

static void
test_plugin_that_can_tell_one_child_is_not_asked_for_all (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);

  fixture->plugin->can_tell_one = TRUE;
  fixture->plugin->n_listed = fixture->plugin->n_asked = 0;
  g_assert_cmpint (run_simple (work, GET, "./T/List/a/Leaf", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->plugin->n_asked, ==, 2);
  g_assert_cmpint (run_simple (work, GET, "./T/List/gone/Leaf", NULL), ==, OMA_STATUS_NOT_FOUND);
  g_assert_cmpuint (fixture->plugin->n_asked, ==, 3);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/a/Leaf", "x"), ==, OMA_STATUS_ALREADY_EXISTS);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/a/Leaf", "x"), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->plugin->n_listed, ==, 0);
  g_assert_cmpint (run_simple (work, GET, "./T/List/a", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->plugin->n_listed, >, 0);
  g_assert_true (commit (work, NULL));
}

static void
test_plugin_that_cannot_tell_one_child_is_asked_for_all (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);

  fixture->plugin->can_tell_one = FALSE;
  fixture->plugin->n_listed = fixture->plugin->n_asked = 0;
  g_assert_cmpint (run_simple (work, GET, "./T/List/a/Leaf", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->plugin->n_listed, ==, 2);
  g_assert_cmpuint (fixture->plugin->n_asked, ==, 0);
}

static void
test_failure_to_tell_of_a_child_fails_the_operation (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);

  fixture->plugin->can_tell_one = TRUE;
  fixture->plugin->untellable = "List/a";
  fixture->plugin->untellable_status = OMA_STATUS_COMMAND_FAILED;
  g_assert_cmpint (run_simple (work, GET, "./T/List/a/Leaf", NULL), ==, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpint (run_simple (work, GET, "./T/List/b", NULL), ==, OMA_STATUS_NOT_FOUND);
  /* It may also say so with the status that stands for it. */
  fixture->plugin->untellable_status = OMA_STATUS_NOT_FOUND;
  g_assert_cmpint (run_simple (work, GET, "./T/List/a/Leaf", NULL), ==, OMA_STATUS_NOT_FOUND);
}

/* ---- What others see ---- */

static void
test_others_see_a_change_after_the_commit (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "new"), ==, OMA_STATUS_OK);
  g_assert_true (oma_work_is_dirty (work));
  g_autofree char *own = get_text (work, "./T/RW");
  g_assert_cmpstr (own, ==, "mine");
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/Opt", "<404>");
  g_assert_true (commit (work, NULL));
  g_assert_false (oma_work_is_dirty (work));
  assert_text (fixture, "./T/RW", "mine");
  assert_text (fixture, "./T/Opt", "new");
}

static void
test_freeing_drops_what_was_not_committed (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  OmaWork *work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "new"), ==, OMA_STATUS_OK);
  oma_work_free (work);
  settle_sources ();
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/List/n", "<404>");
}

static void
test_store_failure_fails_the_commit (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  *fixture->store_fails = TRUE;
  g_assert_false (commit (work, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  *fixture->store_fails = FALSE;
  assert_text (fixture, "./T/RW", "first");
  g_assert_false (oma_work_is_dirty (work));
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "again"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "again");
}

/* ---- Atomic ---- */

static void
test_atomic_runs_nothing_after_a_failure (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RO", "x"), ==, OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "y"), ==, OMA_STATUS_NOT_EXECUTED);
  g_assert_cmpint (run_simple (work, GET, "./T/RW", NULL), ==, OMA_STATUS_NOT_EXECUTED);
  g_assert_false (commit (work, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_FAILED);
  assert_text (fixture, "./T/RW", "first");
  /* The unit can be used again. */
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "z"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "z");
}

static void
test_atomic_is_undone_by_roll_back (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "v"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/n/Leaf", "w"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/a?prop=Name", "r"), ==, OMA_STATUS_OK);
  g_assert_true (roll_back (work, &error));
  g_assert_no_error (error);
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/List/n", "<404>");
  assert_text (fixture, "./T/List/a/Leaf", "leaf");
}

static void
test_atomic_sees_its_own_changes (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "v"), ==, OMA_STATUS_OK);
  g_autofree char *leaf = get_text (work, "./T/List/n/Leaf");
  g_assert_cmpstr (leaf, ==, "v");
  g_autofree char *item = get_text (work, "./T/List/n");
  g_assert_nonnull (strstr (item, "Leaf"));
  g_assert_nonnull (strstr (item, "Auto"));
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/b%20c", NULL), ==, OMA_STATUS_OK);
  g_autofree char *list = get_text (work, "./T/List");
  g_assert_null (strstr (list, "b%20c"));
  g_assert_cmpint (run_simple (work, ADD, "./T/List/b%20c/Leaf", "again"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/List/n/Leaf", "v");
  assert_text (fixture, "./T/List/b%20c/Leaf", "again");
}

static void
test_atomic_forgets_what_it_noted_below_a_deleted_node (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "v"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/n?prop=Name", "m"), ==, OMA_STATUS_OK);
  g_autofree char *moved = get_text (work, "./T/List/m/Sub/Deep");
  g_assert_cmpstr (moved, ==, "v");
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/m", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/m/Leaf", "w"), ==, OMA_STATUS_OK);
  g_autofree char *names = get_text (work, "./T/List/m");
  g_assert_null (strstr (names, "Sub"));
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/List/n", "<404>");
  assert_text (fixture, "./T/List/m/Sub", "<404>");
  assert_text (fixture, "./T/List/m/Leaf", "w");
}

static void
test_atomic_touches_a_plugin_with_transactions_at_the_commit_only (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  guint committed = fixture->plugin->n_committed;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Int", "8"), ==, OMA_STATUS_OK);
  assert_text (fixture, "./T/RW", "first");
  g_assert_cmpuint (fixture->plugin->n_committed, ==, committed);
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->plugin->n_committed, ==, committed + 1);
  assert_text (fixture, "./T/RW", "mine");
  g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
}

static void
assert_commit_fails_and_undoes (Fixture *fixture, OmaStatus status)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;
  guint rolled_back = fixture->plugin->n_rolled_back;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./DMAcc/n/Name", "n"), ==, OMA_STATUS_OK);
  g_assert_false (commit (work, &error));
  g_assert_error (error, OMA_STATUS_ERROR, (int) status);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, rolled_back + 1);
  assert_text (fixture, "./DMAcc/n", "<404>");
}

static void
test_atomic_undoes_plugins_when_one_cannot_commit (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);

  fixture->plugin->fails_validate = TRUE;
  assert_commit_fails_and_undoes (fixture, OMA_STATUS_COMMAND_FAILED);
  fixture->plugin->fails_validate = FALSE;
  fixture->plugin->fails_commit = TRUE;
  assert_commit_fails_and_undoes (fixture, OMA_STATUS_DEVICE_FULL);
  fixture->plugin->fails_commit = FALSE;
  assert_text (fixture, "./T/RW", "first");
}

static void
test_atomic_undoes_plugins_when_the_store_fails (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);

  *fixture->store_fails = TRUE;
  assert_commit_fails_and_undoes (fixture, OMA_STATUS_DEVICE_FULL);
  assert_text (fixture, "./T/RW", "first");
}

static void
test_failing_roll_back_is_told (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);

  *fixture->store_fails = TRUE;
  fixture->plugin->fails_roll_back = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not roll back*");
  assert_commit_fails_and_undoes (fixture, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED);
  g_test_assert_expected_messages ();
}

/* As it was: the nodes below too, the ones above first. */
static void
test_delete_of_a_plugin_without_transactions_is_undone (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/a/Auto", "set"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/a", NULL), ==, OMA_STATUS_OK);
  g_autofree char *gone = get_text (work, "./T/List/a");
  g_assert_cmpstr (gone, ==, "<404>");
  g_assert_true (roll_back (work, &error));
  g_assert_no_error (error);
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/List/a/Leaf", "leaf");
  assert_text (fixture, "./T/List/a/Locked", "locked");
  assert_text (fixture, "./T/List/a/Sub/Deep", "deep");
  assert_text (fixture, "./T/List/a/Auto", "d");
}

static OmaStatus
run_with_id (OmaWork *work, OmaOperationType type, const char *uri, const char *text, guint id)
{
  g_auto(OmaOperation) operation = {
    .type = type, .uri = uri, .data = text, .length = text != NULL ? strlen (text) : 0, .id = id,
  };

  return run (work, &operation);
}

/* DREP, Atomic: 516 only for what was not restored. */
static void
test_plugin_that_cannot_undo_one_call_leaves_that_operation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_with_id (work, ADD, "./DMAcc/n/Name", "n", 4), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_with_id (work, REPLACE, "./T/RW", "mine", 5), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_with_id (work, ADD, "./T/Opt", "new", 6), ==, OMA_STATUS_OK);
  fixture->plugin->failing = "RW";
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*./T/RW: could not be undone*");
  g_assert_false (roll_back (work, NULL));
  g_test_assert_expected_messages ();
  g_assert_true (oma_work_was_undone (work, 4));
  g_assert_false (oma_work_was_undone (work, 5));
  g_assert_true (oma_work_was_undone (work, 6));
  assert_text (fixture, "./T/RW", "mine");
  assert_text (fixture, "./T/Opt", "<404>");
  assert_text (fixture, "./DMAcc/n", "<404>");
  /* What the unit does next is another story. */
  g_assert_true (roll_back (work, NULL));
  g_assert_true (oma_work_was_undone (work, 5));
}

static void
test_failing_roll_back_leaves_all_operations_of_its_plugin (gconstpointer data)
{
  gboolean store_fails = GPOINTER_TO_INT (data);
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_with_id (work, REPLACE, "./T/RW", "mine", 1), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_with_id (work, ADD, "./DMAcc/n/Name", "n", 2), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_with_id (work, GET, "./T/RW", NULL, 3), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_with_id (work, ADD, "./T/List/n/Leaf", "new", 4), ==, OMA_STATUS_OK);
  *fixture->store_fails = store_fails;
  fixture->plugin->fails_roll_back = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not roll back*");
  g_assert_false (store_fails ? commit (work, &error) : roll_back (work, &error));
  g_test_assert_expected_messages ();
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_ATOMIC_ROLL_BACK_FAILED);
  g_assert_false (oma_work_was_undone (work, 1));
  g_assert_true (oma_work_was_undone (work, 2));
  g_assert_true (oma_work_was_undone (work, 3));
  g_assert_false (oma_work_was_undone (work, 4));
}

/* ---- Not atomic ---- */

static void
test_failed_operation_leaves_nothing_behind (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  if (fixture->plugin != NULL)
    {
      fixture->plugin->failing = "List/n/Sub/Deep";
      g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "v"), ==, OMA_STATUS_FORBIDDEN);
    }
  else
    g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Number", "v"), ==, OMA_STATUS_COMMAND_FAILED);
  g_autofree char *gone = get_text (work, "./T/List/n");
  g_assert_cmpstr (gone, ==, "<404>");
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "new"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "mine");
  assert_text (fixture, "./T/List/n", "<404>");
  assert_text (fixture, "./T/Opt", "new");
}

static void
test_plugin_that_cannot_commit_fails_the_operation (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  fixture->plugin->fails_commit = TRUE;
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_DEVICE_FULL);
  fixture->plugin->fails_commit = FALSE;
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Int", "9"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "first");
  assert_text (fixture, "./T/Int", "9");
  g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
}

static void
test_roll_back_undoes_what_plugins_did (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "again"), ==, OMA_STATUS_OK);
  g_autofree char *written = get_text (work, "./T/RW");
  g_assert_cmpstr (written, ==, "again");
  g_assert_true (roll_back (work, &error));
  g_assert_no_error (error);
  assert_text (fixture, "./T/RW", "first");
}

/* ---- Time ---- */

/* Answers all questions of an operation, but not the write itself. */
static void
answer_until_written (Fixture *fixture, const Pending *pending, const char *name, const char *text)
{
  while (!pending->done)
    {
      while (fixture->plugin->held->len > 0 && !plugin_holds (fixture->plugin, name, text))
        answer_next (fixture->plugin);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
test_operation_that_takes_too_long_fails_and_its_answer_is_discarded (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  OmaWork *work = oma_work_new (fixture->executor, &as_server);
  g_auto(Pending) pending = { NULL };
  GTask *late;

  oma_executor_set_operation_timeout (fixture->executor, 1);
  fixture->plugin->hangs = TRUE;
  pending_start (&pending, work, REPLACE, "./T/RW", "late", NULL);
  iterate_until (&pending.done);
  g_assert_false (pending.ok);
  g_assert_error (pending.error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_COMMAND_FAILED);

  late = g_ptr_array_index (fixture->plugin->held, 0);
  g_assert_true (g_cancellable_is_cancelled (g_task_get_cancellable (late)));
  fixture->plugin->hangs = FALSE;
  oma_work_free (work);
  while (fixture->plugin->held->len > 0)
    answer_next (fixture->plugin);
  settle_sources ();
  assert_text (fixture, "./T/RW", "first");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
}

/* Whatever a plugin does too late is undone: each kind of write. */
static void
test_change_that_comes_too_late_is_undone (gconstpointer data)
{
  static const struct { OmaOperationType type; const char *uri, *text, *name, *changed, *before; } cases[] = {
    { ADD, "./T/Opt", "late", "Opt", "late", "<404>" },
    { REPLACE, "./T/RW", "late", "RW", "late", "first" },
    { DELETE, "./T/List/a/Leaf", NULL, "List/a/Leaf", NULL, "leaf" },
    { REPLACE, "./T/List/a?prop=Name", "n", "List/a/Leaf", NULL, "leaf" },
  };
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  OmaWork *work = oma_work_new (fixture->executor, &as_server);
  g_auto(Pending) pending = { NULL };
  g_autofree char *node = g_strconcat ("./T/", cases[i].name, NULL);

  oma_executor_set_operation_timeout (fixture->executor, 1);
  fixture->plugin->hangs = TRUE;
  pending_start (&pending, work, cases[i].type, cases[i].uri, cases[i].text, NULL);
  answer_until_written (fixture, &pending, cases[i].name, cases[i].changed);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_COMMAND_FAILED);
  oma_work_free (work);
  fixture->plugin->hangs = FALSE;
  g_assert_true (plugin_holds (fixture->plugin, cases[i].name, cases[i].changed));
  answer_next (fixture->plugin);
  settle_sources ();
  assert_text (fixture, node, cases[i].before);
  settle_sources ();
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static void
test_read_that_takes_too_long_fails (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  oma_executor_set_operation_timeout (fixture->executor, 1);
  fixture->plugin->hangs = TRUE;
  g_assert_cmpint (run_simple (work, GET, "./T/RW", NULL), ==, OMA_STATUS_COMMAND_FAILED);
  fixture->plugin->hangs = FALSE;
  g_autofree char *text = get_text (work, "./T/RW");
  g_assert_cmpstr (text, ==, "first");
  g_task_return_pointer (g_ptr_array_index (fixture->plugin->held, 0), oma_value_new_string ("late"),
                         (GDestroyNotify) oma_value_unref);
  settle_sources ();
}

static void
test_cancelled_operation_ends (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_auto(Pending) pending = { NULL };

  fixture->plugin->hangs = TRUE;
  pending_start (&pending, work, GET, "./T/RW", NULL, cancellable);
  settle_sources ();
  g_assert_false (pending.done);
  g_cancellable_cancel (cancellable);
  iterate_until (&pending.done);
  g_assert_error (pending.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_NONE);
  g_task_return_pointer (g_ptr_array_index (fixture->plugin->held, 0), oma_value_new_string ("late"),
                         (GDestroyNotify) oma_value_unref);
  settle_sources ();
}

static void
test_freeing_ends_an_operation_under_way (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  OmaWork *work = oma_work_new (fixture->executor, &as_server);
  g_auto(Pending) pending = { NULL };

  fixture->plugin->hangs = TRUE;
  pending_start (&pending, work, REPLACE, "./T/RW", "x", NULL);
  while (!plugin_holds (fixture->plugin, "RW", "x"))
    {
      if (fixture->plugin->held->len > 0)
        answer_next (fixture->plugin);
      g_main_context_iteration (NULL, FALSE);
    }
  oma_work_free (work);
  pending.operation = (OmaOperation) { 0 };
  g_assert_false (pending.done);
  iterate_until (&pending.done);
  g_assert_error (pending.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_NONE);
  fixture->plugin->hangs = FALSE;
  answer_next (fixture->plugin);
  settle_sources ();
  assert_text (fixture, "./T/RW", "first");
  settle_sources ();
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static void
test_try_run_does_nothing_that_needs_a_plugin (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  guint calls = fixture->plugin->n_calls;
  g_auto(OmaOperation) get = { .type = GET, .uri = "./T/RW" };
  g_auto(OmaOperation) add = { .type = ADD, .uri = "./T/List/n/Sub/Deep", .data = "v", .length = 1 };
  g_auto(OmaOperation) refused = { .type = REPLACE, .uri = "./T/RO", .data = "v", .length = 1 };

  g_assert_false (oma_work_try_run (work, &get));
  g_assert_false (oma_work_try_run (work, &add));
  g_assert_cmpuint (fixture->plugin->n_calls, ==, calls);
  g_assert_false (oma_work_is_dirty (work));
  /* What the DDF tells is known at once. */
  g_assert_true (oma_work_try_run (work, &refused));
  g_assert_cmpint (refused.status, ==, OMA_STATUS_NOT_ALLOWED);
}

/* ---- Turns ---- */

static void
test_writers_take_turns_in_order (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  OmaWork *first = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) second = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) third = oma_work_new (fixture->executor, &as_server);
  g_auto(Pending) two = { NULL };
  g_auto(Pending) three = { NULL };
  g_auto(OmaOperation) try = { .type = REPLACE, .uri = "./T/RW", .data = "x", .length = 1 };

  g_assert_cmpint (run_simple (first, REPLACE, "./T/RW", "one"), ==, OMA_STATUS_OK);
  g_assert_false (oma_work_try_run (second, &try));
  pending_start (&two, second, REPLACE, "./T/RW", "two", NULL);
  pending_start (&three, third, REPLACE, "./T/RW", "three", NULL);
  settle_sources ();
  g_assert_false (two.done);
  assert_text (fixture, "./T/RW", "first");

  g_assert_true (commit (first, NULL));
  iterate_until (&two.done);
  g_assert_true (two.ok);
  settle_sources ();
  g_assert_false (three.done);
  g_assert_true (commit (second, NULL));
  iterate_until (&three.done);
  g_assert_true (three.ok);
  g_assert_true (commit (third, NULL));
  assert_text (fixture, "./T/RW", "three");
  oma_work_free (first);
}

static void
test_waiting_too_long_for_the_turn_is_417 (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  g_autoptr(OmaWork) first = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) second = oma_work_new (fixture->executor, &as_server);

  oma_executor_set_turn_timeout (fixture->executor, 1);
  g_assert_cmpint (run_simple (first, REPLACE, "./T/RW", "one"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (second, REPLACE, "./T/Int", "2"), ==, OMA_STATUS_RETRY_LATER);
  g_assert_cmpint (run_simple (second, GET, "./T/Int", NULL), ==, OMA_STATUS_OK);
  g_assert_true (roll_back (first, NULL));
  g_assert_cmpint (run_simple (second, REPLACE, "./T/Int", "2"), ==, OMA_STATUS_OK);
}

static void
test_freeing_gives_the_turn_away (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_STORE);
  OmaWork *first = oma_work_new (fixture->executor, &as_server);
  OmaWork *waiting = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) last = oma_work_new (fixture->executor, &as_server);
  g_auto(Pending) dropped = { NULL };
  g_auto(Pending) pending = { NULL };

  g_assert_cmpint (run_simple (first, REPLACE, "./T/RW", "one"), ==, OMA_STATUS_OK);
  pending_start (&dropped, waiting, REPLACE, "./T/RW", "two", NULL);
  pending_start (&pending, last, REPLACE, "./T/RW", "three", NULL);
  oma_work_free (waiting);
  oma_work_free (first);
  iterate_until (&pending.done);
  g_assert_true (pending.ok);
  g_assert_true (dropped.done);
  g_assert_error (dropped.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (commit (last, NULL));
  assert_text (fixture, "./T/RW", "three");
}

static void
test_exec_and_get_need_no_turn (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaWork) first = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) second = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (first, TRUE);
  g_assert_cmpint (run_simple (first, REPLACE, "./T/RW", "one"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (second, EXEC, "./T/Run", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (second, GET, "./T", NULL), ==, OMA_STATUS_OK);
}

static void
add (const char *path, GTestDataFunc func, gboolean store)
{
  static const char *const names[N_BACKENDS] = { "store", "plugin", "transactions" };

  for (int backend = store ? 0 : 1; backend < N_BACKENDS; backend++)
    {
      g_autofree char *full = g_strdup_printf ("/unit-of-work/%s/%s", path, names[backend]);
      g_test_add_data_func (full, GINT_TO_POINTER (backend), func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  add ("one-child", test_plugin_that_can_tell_one_child_is_not_asked_for_all, FALSE);
  add ("all-children", test_plugin_that_cannot_tell_one_child_is_asked_for_all, FALSE);
  add ("one-child-failure", test_failure_to_tell_of_a_child_fails_the_operation, FALSE);
  g_test_add_func ("/unit-of-work/isolation", test_others_see_a_change_after_the_commit);
  add ("free/drops", test_freeing_drops_what_was_not_committed, TRUE);
  g_test_add_func ("/unit-of-work/commit/store-failure", test_store_failure_fails_the_commit);
  add ("atomic/215-after-a-failure", test_atomic_runs_nothing_after_a_failure, TRUE);
  add ("atomic/roll-back", test_atomic_is_undone_by_roll_back, TRUE);
  add ("atomic/sees-itself", test_atomic_sees_its_own_changes, TRUE);
  add ("atomic/sees-what-is-gone", test_atomic_forgets_what_it_noted_below_a_deleted_node, TRUE);
  g_test_add_func ("/unit-of-work/atomic/commit-only", test_atomic_touches_a_plugin_with_transactions_at_the_commit_only);
  g_test_add_func ("/unit-of-work/atomic/plugin-failure", test_atomic_undoes_plugins_when_one_cannot_commit);
  g_test_add_func ("/unit-of-work/atomic/store-failure", test_atomic_undoes_plugins_when_the_store_fails);
  g_test_add_func ("/unit-of-work/atomic/516", test_failing_roll_back_is_told);
  g_test_add_func ("/unit-of-work/atomic/delete-is-undone", test_delete_of_a_plugin_without_transactions_is_undone);
  add ("single/leaves-nothing-behind", test_failed_operation_leaves_nothing_behind, TRUE);
  g_test_add_func ("/unit-of-work/atomic/516-of-one-call", test_plugin_that_cannot_undo_one_call_leaves_that_operation);
  g_test_add_data_func ("/unit-of-work/atomic/516-of-a-plugin/roll-back", GINT_TO_POINTER (FALSE),
                        test_failing_roll_back_leaves_all_operations_of_its_plugin);
  g_test_add_data_func ("/unit-of-work/atomic/516-of-a-plugin/commit", GINT_TO_POINTER (TRUE),
                        test_failing_roll_back_leaves_all_operations_of_its_plugin);
  g_test_add_func ("/unit-of-work/single/commit-failure", test_plugin_that_cannot_commit_fails_the_operation);
  add ("single/roll-back", test_roll_back_undoes_what_plugins_did, FALSE);
  add ("time/write", test_operation_that_takes_too_long_fails_and_its_answer_is_discarded, FALSE);
  g_test_add_func ("/unit-of-work/time/read", test_read_that_takes_too_long_fails);
  for (guint i = 0; i < 4; i++)
    {
      static const char *const names[] = { "add", "replace", "delete", "rename" };
      g_autofree char *path = g_strconcat ("/unit-of-work/time/late-change-is-undone/", names[i], NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_change_that_comes_too_late_is_undone);
    }
  g_test_add_func ("/unit-of-work/time/cancelled", test_cancelled_operation_ends);
  g_test_add_func ("/unit-of-work/time/freed", test_freeing_ends_an_operation_under_way);
  g_test_add_func ("/unit-of-work/try-run", test_try_run_does_nothing_that_needs_a_plugin);
  g_test_add_func ("/unit-of-work/turn/order", test_writers_take_turns_in_order);
  g_test_add_func ("/unit-of-work/turn/417", test_waiting_too_long_for_the_turn_is_417);
  g_test_add_func ("/unit-of-work/turn/freed", test_freeing_gives_the_turn_away);
  g_test_add_func ("/unit-of-work/turn/readers", test_exec_and_get_need_no_turn);
  return g_test_run ();
}

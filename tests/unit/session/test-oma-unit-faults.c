/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fault at each call of a plugin in turn: the nodes are as before, or as told, or what could not be
 * undone is kept and can be undone later. */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

typedef enum {
  FAILS,          /* this call */
  IS_DOWN,        /* this call and all later ones */
  IS_CANCELLED,   /* while this call is made */
} Fault;

typedef struct {
  Backend  backend;
  gboolean atomic;
  Fault    fault;
} Sweep;

static const struct {
  OmaOperationType type;
  const char      *uri, *text;
} commands[] = {
  { OMA_OPERATION_REPLACE, "./T/RW", "1" },
  { OMA_OPERATION_ADD, "./T/List/n/Sub/Deep", "v" },
  { OMA_OPERATION_REPLACE, "./T/List/b%20c?prop=Name", "m" },
  { OMA_OPERATION_DELETE, "./T/List/a", NULL },
  { OMA_OPERATION_REPLACE, "./T/RW", "2" },
};

typedef struct {
  OmaWork *work;
  gboolean done, ok;
} Waiting;

static void
run_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->ok = oma_work_run_finish (waiting->work, result, NULL);
  waiting->done = TRUE;
}

static void
apply_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Waiting *waiting = user_data;

  waiting->ok = oma_work_apply_finish (waiting->work, result, NULL);
  waiting->done = TRUE;
}

/* Returns: whether all went well. */
static gboolean
run_all (OmaWork *work, GCancellable *cancellable)
{
  gboolean ok = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (commands) && ok; i++)
    {
      g_autofree char *text = g_strdup (commands[i].text);
      g_auto(OmaOperation) operation = { .type = commands[i].type, .uri = commands[i].uri, .data = text,
                                         .length = text != NULL ? strlen (text) : 0 };
      Waiting waiting = { .work = work };

      oma_work_run_async (work, &operation, cancellable, run_cb, &waiting);
      iterate_until (&waiting.done);
      ok = waiting.ok;
    }
  return ok;
}

static gboolean
run_unit (OmaWork *work, GCancellable *cancellable)
{
  Waiting waiting = { .work = work };

  oma_work_set_rehearsal (work, TRUE);
  if (!run_all (work, cancellable))
    return FALSE;
  if (!oma_work_held_back (work))
    return TRUE;
  oma_work_apply_async (work, apply_cb, &waiting);
  iterate_until (&waiting.done);
  return waiting.ok && run_all (work, cancellable);
}

typedef struct {
  gboolean      done, ok;
  OmaUndoReport report;
} Undoing;

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Undoing *undoing = user_data;

  undoing->ok = oma_executor_undo_unit_finish (result, &undoing->report, NULL);
  undoing->done = TRUE;
}

static void
undo_what_is_kept (Fixture *fixture)
{
  while (fixture->journal->units->len > 0)
    {
      Undoing undoing = { FALSE };

      g_assert_cmpint (((OmaUnitRecord *) g_ptr_array_index (fixture->journal->units, 0))->state, ==,
                       OMA_UNIT_UNDO_FAILED);
      oma_executor_undo_unit_async (fixture->executor, memory_journal_copy (fixture->journal, 0), undone_cb, &undoing);
      iterate_until (&undoing.done);
      g_assert_true (undoing.ok);
      oma_undo_report_clear (&undoing.report);
    }
}

/* Returns: whether the fault was met. */
static gboolean
try_fault (const Sweep *sweep, guint at, guint *n_kept)
{
  g_autoptr(Fixture) fixture = fixture_new (sweep->backend);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *before = NULL, *after = NULL;
  OmaWork *work = oma_work_new (fixture->executor, &as_server);
  gboolean ok, met;
  guint first;

  prepare (fixture, OMA_OPERATION_REPLACE, "./T/RW", OMA_FORMAT_NONE, "first");
  before = plugin_describe (fixture->plugin);
  first = fixture->plugin->n_calls;
  fixture->plugin->fault_at = first + at;
  fixture->plugin->fault_cancels = sweep->fault == IS_CANCELLED ? cancellable : NULL;
  fixture->plugin->fault_lasts = sweep->fault == IS_DOWN;
  oma_work_set_atomic (work, sweep->atomic);
  ok = run_unit (work, cancellable) && commit (work, NULL);
  if (!ok)
    roll_back (work, NULL);
  oma_work_free (work);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  met = fixture->plugin->n_calls >= first + at;
  fixture->plugin->fault_at = 0;
  *n_kept += fixture->journal->units->len;
  undo_what_is_kept (fixture);
  after = plugin_describe (fixture->plugin);
  if (ok)
    g_assert_true (plugin_holds (fixture->plugin, "RW", "2") && plugin_holds (fixture->plugin, "List/a/Leaf", NULL));
  else
    g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (fixture->plugin->n_begun, ==, fixture->plugin->n_ended);
  return met;
}

static void
test_fault_at_each_call (gconstpointer data)
{
  guint at = 1, n_kept = 0;

  /* What is kept is logged, and that is meant. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  while (try_fault (data, at, &n_kept))
    at++;
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  g_test_message ("%u faults, %u units kept and undone later", at - 1, n_kept);
  g_assert_cmpuint (at, >, 10);
  g_assert_true ((n_kept > 0) == (((const Sweep *) data)->fault == IS_DOWN));
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "fails", "is-down", "is-cancelled" };
  static Sweep sweeps[12];

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (sweeps); i++)
    {
      g_autofree char *path = NULL;

      sweeps[i] = (Sweep) { (i & 1) != 0 ? SERVED_BY_TRANSACTIONS : SERVED_BY_PLUGIN, (i & 2) != 0, (Fault) (i / 4) };
      path = g_strdup_printf ("/unit-faults/%s/%s/%s", names[sweeps[i].fault],
                              sweeps[i].atomic ? "atomic" : "group", (i & 1) != 0 ? "transactions" : "plugin");
      g_test_add_data_func (path, &sweeps[i], test_fault_at_each_call);
    }
  return g_test_run ();
}

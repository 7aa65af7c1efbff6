/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units of work and readers side by side, in subtrees of plugins that take their time. */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

#define GET OMA_OPERATION_GET
#define READ OMA_OPERATION_READ
#define REPLACE OMA_OPERATION_REPLACE

#define MAX_DELAY 3     /* ms */
#define FIRST "0"

/* ---- A plugin of two leaves that belong together ---- */

typedef struct {
  char     *leaves[2];
  gboolean  transactional;
  gboolean  hangs;         /* keeps what it is asked until pair_go_on() */
  GQueue    held;          /* (element-type Answer) */
} Pair;

typedef struct {
  char *leaves[2];         /* (nullable): what was noted */
  char *before[2];
} Notes;

typedef struct {
  Pair    *pair;
  GTask   *task;
  int      leaf;           /* -1: of a commit or roll back */
  char    *text;           /* (nullable): to write, else to read */
  Notes   *notes;
} Answer;

static void
set (char **leaf, const char *text)
{
  char *copy = g_strdup (text);

  g_free (*leaf);
  *leaf = copy;
}

static void
settle_notes (Pair *pair, Notes *notes, gboolean commit)
{
  for (guint i = 0; i < 2; i++)
    {
      if (commit)
        set (&notes->before[i], pair->leaves[i]);
      if (commit ? notes->leaves[i] != NULL : notes->before[i] != NULL)
        set (&pair->leaves[i], commit ? notes->leaves[i] : notes->before[i]);
    }
}

/* Only now it reads or writes, unless nobody wants it any more. */
static gboolean
answer_cb (gpointer user_data)
{
  Answer *answer = user_data;
  Pair *pair = answer->pair;

  if (g_task_return_error_if_cancelled (answer->task))
    ;
  else if (answer->leaf >= 0 && answer->text == NULL)
    g_task_return_pointer (answer->task, oma_value_new_string (pair->leaves[answer->leaf]),
                           (GDestroyNotify) oma_value_unref);
  else
    {
      if (answer->leaf < 0)
        settle_notes (pair, answer->notes, answer->text != NULL);
      else if (pair->transactional)
        set (&answer->notes->leaves[answer->leaf], answer->text);
      else
        set (&pair->leaves[answer->leaf], answer->text);
      g_task_return_boolean (answer->task, TRUE);
    }
  g_object_unref (answer->task);
  g_free (answer->text);
  g_free (answer);
  return G_SOURCE_REMOVE;
}

static void
answer_later (Pair *pair, GTask *task, int leaf, const char *text, Notes *notes)
{
  Answer *answer = g_new (Answer, 1);

  *answer = (Answer) { pair, g_object_ref (task), leaf, g_strdup (text), notes };
  if (pair->hangs)
    g_queue_push_tail (&pair->held, answer);
  else
    g_timeout_add (g_test_rand_int_range (0, MAX_DELAY + 1), answer_cb, answer);
}

static void
pair_go_on (Pair *pair)
{
  Answer *answer;

  pair->hangs = FALSE;
  while ((answer = g_queue_pop_head (&pair->held)) != NULL)
    answer_cb (answer);
}

static int
leaf_of (const OmaNodeRef *node)
{
  return strcmp (oma_node_ref_get_relative_uri (node), "B") == 0;
}

static gboolean
pair_has_transactions (gpointer self)
{
  return ((Pair *) self)->transactional;
}

static gpointer
pair_begin (gpointer self G_GNUC_UNUSED)
{
  return g_new0 (Notes, 1);
}

static void
pair_end (gpointer self G_GNUC_UNUSED, gpointer transaction)
{
  Notes *notes = transaction;

  for (guint i = 0; i < 2; i++)
    {
      g_free (notes->leaves[i]);
      g_free (notes->before[i]);
    }
  g_free (notes);
}

static void
pair_list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
           GTask *task)
{
  g_task_return_pointer (task, g_strsplit ("A B", " ", -1), (GDestroyNotify) g_strfreev);
}

static void
pair_read (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
           GTask *task)
{
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, "One leaf after the other");
}

static void
pair_get (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, GTask *task)
{
  answer_later (self, task, leaf_of (node), NULL, NULL);
}

static void
pair_replace (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value,
              gpointer transaction, GTask *task)
{
  answer_later (self, task, leaf_of (node), oma_value_get_text (value), transaction);
}

static void
pair_exec (gpointer self, const OmaNodeRef *node, const OmaSchemaNode *schema G_GNUC_UNUSED,
           OmaValue *argument G_GNUC_UNUSED, const char *correlator G_GNUC_UNUSED, GTask *task)
{
  answer_later (self, task, leaf_of (node), NULL, NULL);
}

static void
pair_validate (gpointer self G_GNUC_UNUSED, gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static void
pair_commit (gpointer self, gpointer transaction, GTask *task)
{
  answer_later (self, task, -1, "commit", transaction);
}

static void
pair_roll_back (gpointer self, gpointer transaction, GTask *task)
{
  answer_later (self, task, -1, NULL, transaction);
}

static const OmaNodeOps pair_ops = {
  .has_transactions = pair_has_transactions,
  .begin = pair_begin,
  .end = pair_end,
  .list = pair_list,
  .read = pair_read,
  .get = pair_get,
  .replace = pair_replace,
  .exec = pair_exec,
  .validate = pair_validate,
  .commit = pair_commit,
  .roll_back = pair_roll_back,
};

/* ---- ./P and ./Q act at once, ./U and ./V have transactions, ./S and ./R are stored ---- */

#define N_PAIRS 4
#define N_SUBTREES 6

static const char *const subtrees[N_SUBTREES] = { "P", "Q", "U", "V", "S", "R" };
static Pair pairs[N_PAIRS];

static OmaSchema *
describe (const char *name)
{
  OmaSchema *schema = oma_schema_new (name);
  OmaSchemaNode *top = oma_schema_node_new (name, OMA_FORMAT_NODE);
  static const char *const leaves[] = { "A", "B" };

  top->access = OMA_ACCESS_GET;
  top->permanent = TRUE;
  top->min_occurrence = top->max_occurrence = 1;
  for (guint i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      OmaSchemaNode *leaf = oma_schema_node_new (leaves[i], OMA_FORMAT_CHR);

      leaf->access = OMA_ACCESS_GET | OMA_ACCESS_REPLACE | OMA_ACCESS_EXEC;
      leaf->permanent = TRUE;
      leaf->min_occurrence = leaf->max_occurrence = 1;
      leaf->default_value = g_strdup (FIRST);
      g_assert_true (oma_schema_node_add_child (top, leaf, NULL));
    }
  oma_schema_add_root (schema, ".", top);
  return schema;
}

/* A stored subtree whose top nodes come and go. */
static OmaSchema *
describe_tops (const char *name)
{
  OmaSchema *schema = oma_schema_new (name);
  OmaSchemaNode *top = oma_schema_node_new (name, OMA_FORMAT_CHR);

  top->access = OMA_ACCESS_ADD | OMA_ACCESS_DELETE | OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  top->max_occurrence = 1;
  oma_schema_add_root (schema, "./Shared", top);
  return schema;
}

static void
mount_subtrees (Fixture *fixture)
{
  for (guint i = 0; i < N_SUBTREES; i++)
    {
      g_autoptr(OmaSchema) schema = describe (subtrees[i]);
      g_autoptr(GError) error = NULL;

      oma_tree_mount (fixture->tree, schema, i < N_PAIRS ? &pair_ops : NULL, i < N_PAIRS ? &pairs[i] : NULL,
                      OMA_MOUNT_DEFAULT, &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(OmaSchema) schema = describe_tops (i == 0 ? "One" : "Two");

      g_assert_true (oma_tree_mount (fixture->tree, schema, NULL, NULL, OMA_MOUNT_DEFAULT, NULL));
    }
}

static Fixture *
begin (void)
{
  for (guint i = 0; i < N_PAIRS; i++)
    {
      g_assert_true (g_queue_is_empty (&pairs[i].held));
      pairs[i].transactional = i >= 2;
      pairs[i].hangs = FALSE;
      set (&pairs[i].leaves[0], FIRST);
      set (&pairs[i].leaves[1], FIRST);
    }
  return fixture_new_with (SERVED_BY_STORE, mount_subtrees);
}

static Pair *
pair_of (const char *uri)
{
  for (guint i = 0; i < N_PAIRS; i++)
    if (uri[2] == subtrees[i][0])
      return &pairs[i];
  g_assert_not_reached ();
}

/* ---- Operations under way ---- */

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

static void
start (Pending *pending, OmaWork *work, OmaOperationType type, const char *uri, const char *text)
{
  *pending = (Pending) {
    .work = work,
    .operation = { .type = type, .uri = uri, .data = text, .length = text != NULL ? strlen (text) : 0 },
  };
  oma_work_run_async (work, &pending->operation, NULL, pending_cb, pending);
}

static OmaStatus
finish (Pending *pending)
{
  OmaStatus status;

  iterate_until (&pending->done);
  status = pending->operation.status;
  oma_operation_clear (&pending->operation);
  return status;
}

static gboolean
over_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Longer than any plugin takes. */
static void
let_time_pass (void)
{
  gboolean over = FALSE;

  g_timeout_add (5 * MAX_DELAY, over_cb, &over);
  iterate_until (&over);
}

static void
assert_waits (Pending *pending)
{
  let_time_pass ();
  g_assert_false (pending->done);
}

static OmaWork *
new_atomic (Fixture *fixture)
{
  OmaWork *work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  return work;
}

/* ---- Writers ---- */

static void
test_units_in_different_subtrees_run_side_by_side (gconstpointer data)
{
  const char *const *uris = data;
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) one = new_atomic (fixture);
  g_autoptr(OmaWork) two = new_atomic (fixture);
  Pair *slow = pair_of (uris[0]);
  Pending pending;

  slow->hangs = TRUE;
  start (&pending, one, REPLACE, uris[0], "1");
  g_assert_cmpint (run_simple (two, REPLACE, uris[1], "2"), ==, OMA_STATUS_OK);
  g_assert_true (commit (two, NULL));
  g_assert_false (pending.done);
  pair_go_on (slow);
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_OK);
  g_assert_true (commit (one, NULL));
}

static void
test_units_in_the_same_subtree_come_one_after_the_other (gconstpointer data)
{
  const char *uri = data;
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) one = new_atomic (fixture);
  g_autoptr(OmaWork) two = new_atomic (fixture);
  g_autoptr(OmaWork) three = new_atomic (fixture);
  Pending second, third;

  g_assert_cmpint (run_simple (one, REPLACE, uri, "1"), ==, OMA_STATUS_OK);
  start (&second, two, REPLACE, uri, "2");
  start (&third, three, REPLACE, uri, "3");
  assert_waits (&second);
  g_assert_true (commit (one, NULL));
  g_assert_cmpint (finish (&second), ==, OMA_STATUS_OK);
  assert_waits (&third);
  g_assert_true (commit (two, NULL));
  g_assert_cmpint (finish (&third), ==, OMA_STATUS_OK);
  g_assert_true (commit (three, NULL));
  g_autofree char *text = get_text (three, uri);
  g_assert_cmpstr (text, ==, "3");
}

static void
test_units_that_wait_for_each_other_are_told_apart (gconstpointer data)
{
  const char *const *uris = data;
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) one = new_atomic (fixture);
  g_autoptr(OmaWork) two = new_atomic (fixture);
  gint64 before = g_get_monotonic_time ();
  Pending pending;

  g_assert_cmpint (run_simple (one, REPLACE, uris[0], "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (two, REPLACE, uris[1], "2"), ==, OMA_STATUS_OK);
  start (&pending, one, REPLACE, uris[1], "1");
  g_assert_cmpint (run_simple (two, REPLACE, uris[0], "2"), ==, OMA_STATUS_RETRY_LATER);
  /* At once, and the other one goes on when the first has ended. */
  g_assert_cmpint (g_get_monotonic_time () - before, <, 5 * G_USEC_PER_SEC);
  g_assert_false (pending.done);
  g_assert_true (roll_back (two, NULL));
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_OK);
  g_assert_true (commit (one, NULL));
  g_autofree char *text = get_text (one, uris[1]);
  g_assert_cmpstr (text, ==, "1");
}

/* The ACL of a node above mount points counts in all subtrees below. */
static void
test_acl_above_the_subtrees_excludes_other_units (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) one = oma_work_new (fixture->executor, &as_device);
  g_autoptr(OmaWork) two = new_atomic (fixture);
  Pending pending;

  g_assert_cmpint (run_simple (two, REPLACE, "./S/A", "2"), ==, OMA_STATUS_OK);
  start (&pending, one, REPLACE, ".?prop=ACL", "Get=*");
  assert_waits (&pending);
  g_assert_true (commit (two, NULL));
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_OK);
  start (&pending, two, REPLACE, "./S/A", "3");
  assert_waits (&pending);
  g_assert_true (commit (one, NULL));
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_PERMISSION_DENIED);
}

static void
forgot_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (oma_work_forget_server_finish (NULL, result, NULL));
  *(gboolean *) user_data = TRUE;
}

static void
test_forgetting_a_server_excludes_all (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) forget = oma_work_new (fixture->executor, &as_device);
  g_autoptr(OmaWork) one = new_atomic (fixture);
  gboolean done = FALSE;
  Pending pending;

  g_assert_cmpint (run_simple (one, REPLACE, "./U/A", "1"), ==, OMA_STATUS_OK);
  oma_work_forget_server_async (forget, OTHER, forgot_cb, &done);
  let_time_pass ();
  g_assert_false (done);
  g_assert_true (commit (one, NULL));
  iterate_until (&done);
  start (&pending, one, REPLACE, "./S/A", "2");
  assert_waits (&pending);
  g_assert_true (commit (forget, NULL));
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_OK);
}

/* They count it among their children, which one change at a time can do. */
static void
test_top_nodes_of_one_parent_come_one_after_the_other (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) one = oma_work_new (fixture->executor, &as_device);
  g_autoptr(OmaWork) two = oma_work_new (fixture->executor, &as_device);
  Pending pending;

  g_assert_cmpint (run_simple (one, OMA_OPERATION_ADD, "./Shared/One", "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (two, REPLACE, "./S/A", "2"), ==, OMA_STATUS_OK);
  start (&pending, two, OMA_OPERATION_ADD, "./Shared/Two", "2");
  assert_waits (&pending);
  g_assert_true (commit (one, NULL));
  g_assert_cmpint (finish (&pending), ==, OMA_STATUS_OK);
  g_assert_true (commit (two, NULL));
  g_autofree char *names = get_text (one, "./Shared");
  g_assert_cmpstr (names, ==, "One/Two");
  for (OmaNode *node = oma_node_first_child (oma_tree_get_root (fixture->tree), NULL); node != NULL;
       node = oma_node_next_sibling (node, NULL))
    if (strcmp (oma_node_get_name (node), "Shared") == 0)
      g_assert_cmpuint (oma_node_count_children (node, NULL), ==, 2);
}

/* ---- Readers ---- */

static void
assert_pair (OmaNodeList *nodes, guint first, const char *expected)
{
  for (guint i = first; i < first + 2; i++)
    g_assert_cmpstr (oma_value_get_text (oma_node_list_get_value (nodes, i)), ==, expected);
}

static OmaStatus
read_pair (OmaWork *work, const char *uri, const char *expected)
{
  g_auto(OmaOperation) operation = { .type = READ, .uri = uri };
  OmaStatus status = run (work, &operation);

  if (status == OMA_STATUS_OK)
    assert_pair (operation.nodes, 1, expected);
  return status;
}

static void
test_reader_waits_for_the_end_of_a_unit (gconstpointer data)
{
  const gboolean undo = GPOINTER_TO_INT (data);
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) device = oma_work_new (fixture->executor, &as_device);
  Pending pending;

  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "1"), ==, OMA_STATUS_OK);
  start (&pending, device, READ, "./P", NULL);
  assert_waits (&pending);
  g_assert_cmpint (run_simple (unit, REPLACE, "./P/B", "1"), ==, OMA_STATUS_OK);
  assert_waits (&pending);
  /* Others do not. */
  g_assert_cmpint (read_pair (unit, "./Q", FIRST), ==, OMA_STATUS_OK);
  g_assert_cmpint (read_pair (unit, "./P", "1"), ==, OMA_STATUS_OK);
  g_assert_true (undo ? roll_back (unit, NULL) : commit (unit, NULL));
  iterate_until (&pending.done);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_OK);
  assert_pair (pending.operation.nodes, 1, undo ? FIRST : "1");
  oma_operation_clear (&pending.operation);
}

typedef struct {
  gboolean done;
  gboolean ok;
} Commit;

static void
commit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Commit *commit = user_data;

  commit->ok = oma_work_commit_finish (NULL, result, NULL);
  commit->done = TRUE;
}

/* What only is noted disturbs nobody; the commit waits for who reads. */
static void
test_commit_waits_for_a_reader (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) device = oma_work_new (fixture->executor, &as_device);
  Commit committed = { FALSE, FALSE };
  Pending before, after;

  g_assert_cmpint (run_simple (unit, REPLACE, "./U/A", "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (unit, REPLACE, "./U/B", "1"), ==, OMA_STATUS_OK);
  pair_of ("./U")->hangs = TRUE;
  start (&before, device, READ, "./U", NULL);
  let_time_pass ();
  oma_work_commit_async (unit, NULL, commit_cb, &committed);
  let_time_pass ();
  g_autoptr(OmaWork) later = oma_work_new (fixture->executor, &as_device);
  start (&after, later, READ, "./U", NULL);
  assert_waits (&after);
  g_assert_false (committed.done);
  g_assert_cmpstr (pair_of ("./U")->leaves[0], ==, FIRST);
  pair_go_on (pair_of ("./U"));
  iterate_until (&before.done);
  assert_pair (before.operation.nodes, 1, FIRST);
  iterate_until (&committed.done);
  g_assert_true (committed.ok);
  iterate_until (&after.done);
  assert_pair (after.operation.nodes, 1, "1");
  oma_operation_clear (&before.operation);
  oma_operation_clear (&after.operation);
}

static void
test_reader_gives_up_with_417 (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) device = oma_work_new (fixture->executor, &as_device);

  oma_executor_set_turn_timeout (fixture->executor, 1);
  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (read_pair (device, "./P", FIRST), ==, OMA_STATUS_RETRY_LATER);
  g_assert_cmpint (read_pair (device, "./S", FIRST), ==, OMA_STATUS_OK);
  g_assert_true (roll_back (unit, NULL));
  g_assert_cmpint (read_pair (device, "./P", FIRST), ==, OMA_STATUS_OK);
}

static void
test_reader_of_many_subtrees_sees_one_state (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) device = oma_work_new (fixture->executor, &as_device);
  Pending pending;

  /* It has read ./Q and ./S when ./P is in another's hands. */
  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "1"), ==, OMA_STATUS_OK);
  start (&pending, device, READ, ".", NULL);
  assert_waits (&pending);
  for (guint i = 0; i < N_SUBTREES; i++)
    for (guint j = 0; j < 2; j++)
      {
        g_autofree char *uri = g_strdup_printf ("./%s/%c", subtrees[i], "AB"[j]);

        g_assert_cmpint (run_simple (unit, REPLACE, uri, "1"), ==, OMA_STATUS_OK);
      }
  g_assert_true (commit (unit, NULL));
  iterate_until (&pending.done);
  g_assert_cmpint (pending.operation.status, ==, OMA_STATUS_OK);
  for (guint i = 0; i < oma_node_list_get_length (pending.operation.nodes); i++)
    for (guint j = 0; j < N_SUBTREES; j++)
      if (strcmp (oma_node_list_get_uri (pending.operation.nodes, i), subtrees[j]) == 0)
        assert_pair (pending.operation.nodes, i + 1, "1");
  oma_operation_clear (&pending.operation);
}

static void
test_reader_that_goes_away_lets_others_on (gconstpointer data)
{
  const gboolean waits = GPOINTER_TO_INT (data);
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) device = oma_work_new (fixture->executor, &as_device);
  Pending pending, writing;

  pair_of ("./P")->hangs = TRUE;
  if (waits)
    {
      start (&writing, unit, REPLACE, "./P/A", "1");
      start (&pending, device, READ, "./P", NULL);
    }
  else
    {
      start (&pending, device, READ, "./P", NULL);
      let_time_pass ();
      start (&writing, unit, REPLACE, "./P/A", "1");
    }
  let_time_pass ();
  oma_work_free (g_steal_pointer (&device));
  iterate_until (&pending.done);
  pair_go_on (pair_of ("./P"));
  g_assert_cmpint (finish (&writing), ==, OMA_STATUS_OK);
  g_assert_true (roll_back (unit, NULL));
  g_assert_cmpint (read_pair (unit, "./P", FIRST), ==, OMA_STATUS_OK);
}

static void
test_cancelled_waiters_leave_the_queue (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  g_autoptr(OmaWork) other = new_atomic (fixture);
  g_autoptr(OmaWork) last = new_atomic (fixture);
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Pending second = { .work = other, .operation = { .type = REPLACE, .uri = "./P/A", .data = "2", .length = 1 } };
  Pending third;

  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "1"), ==, OMA_STATUS_OK);
  oma_work_run_async (other, &second.operation, cancellable, pending_cb, &second);
  start (&third, last, REPLACE, "./P/A", "3");
  assert_waits (&second);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (finish (&second), ==, OMA_STATUS_NONE);
  g_assert_false (third.done);
  g_assert_true (commit (unit, NULL));
  g_assert_cmpint (finish (&third), ==, OMA_STATUS_OK);
  g_assert_true (commit (last, NULL));
}

static void
test_exec_that_goes_on_holds_nobody_up (void)
{
  g_autoptr(Fixture) fixture = begin ();
  g_autoptr(OmaWork) exec = oma_work_new (fixture->executor, &as_server);
  g_autoptr(OmaWork) unit = new_atomic (fixture);
  Pending pending;

  pair_of ("./P")->hangs = TRUE;
  start (&pending, exec, OMA_OPERATION_EXEC, "./P/A", NULL);
  let_time_pass ();
  pair_of ("./P")->hangs = FALSE;
  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "1"), ==, OMA_STATUS_OK);
  g_assert_true (commit (unit, NULL));
  g_assert_false (pending.done);
  pair_go_on (pair_of ("./P"));
  finish (&pending);
  /* It does not begin within a unit. */
  g_assert_cmpint (run_simple (unit, REPLACE, "./P/A", "2"), ==, OMA_STATUS_OK);
  start (&pending, exec, OMA_OPERATION_EXEC, "./P/A", NULL);
  assert_waits (&pending);
  g_assert_true (commit (unit, NULL));
  finish (&pending);
}

/* ---- All at the same time ---- */

#define N_ACTORS 12
#define N_UNITS 400
#define N_TOGETHER 3     /* ./P, ./U and ./S always get the same values */

static const char *const together[N_TOGETHER] = { "P", "U", "S" };
static guint n_started, n_committed, n_undone, n_refused, n_read;

typedef struct {
  Fixture      *fixture;
  OmaWork      *work;
  OmaOperation  operation;
  GPtrArray    *uris;        /* to write, in order */
  guint         next;
  char          texts[2][16];   /* which add up to 0 */
  gboolean      reads;
  gboolean      over;
} Actor;

static void actor_begin (Actor *actor);

static gint64
number_at (OmaNodeList *nodes, const char *subtree, guint leaf)
{
  g_autofree char *uri = g_strdup_printf ("%s/%c", subtree, "AB"[leaf]);

  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    if (strcmp (oma_node_list_get_uri (nodes, i), uri) == 0)
      return g_ascii_strtoll (oma_value_get_text (oma_node_list_get_value (nodes, i)), NULL, 10);
  g_assert_not_reached ();
}

static void
check_all (OmaNodeList *nodes)
{
  for (guint i = 0; i < N_SUBTREES; i++)
    g_assert_cmpint (number_at (nodes, subtrees[i], 0) + number_at (nodes, subtrees[i], 1), ==, 0);
  for (guint i = 1; i < N_TOGETHER; i++)
    g_assert_cmpint (number_at (nodes, together[i], 0), ==, number_at (nodes, together[0], 0));
}

static void
actor_end (Actor *actor)
{
  g_clear_pointer (&actor->work, oma_work_free);
  oma_operation_clear (&actor->operation);
  g_ptr_array_set_size (actor->uris, 0);
  actor_begin (actor);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Actor *actor = user_data;

  if (oma_work_run_finish (actor->work, result, NULL))
    {
      check_all (actor->operation.nodes);
      n_read++;
    }
  else
    {
      g_assert_cmpint (actor->operation.status, ==, OMA_STATUS_RETRY_LATER);
      n_refused++;
    }
  actor_end (actor);
}

static void
committed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Actor *actor = user_data;
  g_autoptr(GError) error = NULL;

  oma_work_commit_finish (actor->work, result, &error);
  g_assert_no_error (error);
  n_committed++;
  actor_end (actor);
}

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Actor *actor = user_data;
  g_autoptr(GError) error = NULL;

  oma_work_roll_back_finish (actor->work, result, &error);
  g_assert_no_error (error);
  n_undone++;
  actor_end (actor);
}

static void actor_go_on (Actor *actor);

static void
wrote_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Actor *actor = user_data;
  gboolean ok = oma_work_run_finish (actor->work, result, NULL);

  if (!ok)
    {
      g_assert_cmpint (actor->operation.status, ==, OMA_STATUS_RETRY_LATER);
      n_refused++;
    }
  oma_operation_clear (&actor->operation);
  if (!ok)
    oma_work_roll_back_async (actor->work, undone_cb, actor);
  else
    actor_go_on (actor);
}

static void
actor_go_on (Actor *actor)
{
  const char *uri;

  if (actor->next == actor->uris->len)
    {
      oma_work_commit_async (actor->work, NULL, committed_cb, actor);
      return;
    }
  if (g_test_rand_int_range (0, 30) == 0)
    {
      oma_work_roll_back_async (actor->work, undone_cb, actor);
      return;
    }
  if (g_test_rand_int_range (0, 30) == 0)
    {
      actor_end (actor);     /* what it did is undone in the background */
      return;
    }
  uri = g_ptr_array_index (actor->uris, actor->next++);
  actor->operation = (OmaOperation) { .type = REPLACE, .uri = uri, .data = actor->texts[g_str_has_suffix (uri, "B")] };
  actor->operation.length = strlen (actor->operation.data);
  oma_work_run_async (actor->work, &actor->operation, NULL, wrote_cb, actor);
}

static void
add_subtree (Actor *actor, const char *subtree)
{
  for (guint i = 0; i < 2; i++)
    g_ptr_array_add (actor->uris, g_strdup_printf ("./%s/%c", subtree, "AB"[i]));
}

static void
choose_subtrees (Actor *actor)
{
  guint first = g_test_rand_int_range (0, N_TOGETHER);

  if (g_test_rand_int_range (0, 2) == 0)
    for (guint i = 0; i < N_TOGETHER; i++)
      add_subtree (actor, together[(first + i) % N_TOGETHER]);
  if (actor->uris->len == 0 || g_test_rand_int_range (0, 3) == 0)
    for (guint i = g_test_rand_int_range (0, 2); i < 3; i++)
      add_subtree (actor, subtrees[2 * i + 1]);     /* Q, V and R */
}

static void
actor_begin (Actor *actor)
{
  int number = g_test_rand_int_range (1, 1000);

  actor->over = n_started == N_UNITS;
  if (actor->over)
    return;
  n_started++;
  actor->next = 0;
  if (actor->reads)
    {
      actor->work = oma_work_new (actor->fixture->executor, &as_device);
      actor->operation = (OmaOperation) { .type = READ, .uri = "." };
      oma_work_run_async (actor->work, &actor->operation, NULL, read_cb, actor);
      return;
    }
  actor->work = new_atomic (actor->fixture);
  g_snprintf (actor->texts[0], sizeof actor->texts[0], "%d", number);
  g_snprintf (actor->texts[1], sizeof actor->texts[1], "%d", -number);
  choose_subtrees (actor);
  actor_go_on (actor);
}

static void
test_many_units_and_readers_never_mix (void)
{
  g_autoptr(Fixture) fixture = begin ();
  Actor actors[N_ACTORS];

  n_started = n_committed = n_undone = n_refused = n_read = 0;
  for (guint i = 0; i < N_ACTORS; i++)
    {
      actors[i] = (Actor) { .fixture = fixture, .reads = i % 3 == 0 };
      actors[i].uris = g_ptr_array_new_with_free_func (g_free);
    }
  for (guint i = 0; i < N_ACTORS; i++)
    actor_begin (&actors[i]);
  for (guint i = 0; i < N_ACTORS; i++)
    {
      iterate_until (&actors[i].over);
      g_ptr_array_unref (actors[i].uris);
    }
  let_time_pass ();

  g_autoptr(OmaWork) look = oma_work_new (fixture->executor, &as_device);
  g_auto(OmaOperation) operation = { .type = READ, .uri = "." };
  g_assert_cmpint (run (look, &operation), ==, OMA_STATUS_OK);
  check_all (operation.nodes);
  g_test_message ("%u committed, %u undone, %u read, %u refused", n_committed, n_undone, n_read, n_refused);
  g_assert_cmpuint (n_committed, >, N_UNITS / 20);
  g_assert_cmpuint (n_read, >, N_UNITS / 20);
  g_assert_cmpuint (n_undone, >, 0);
}

int
main (int argc, char **argv)
{
  static const char *const apart[][2] = { { "./P/A", "./Q/A" }, { "./P/A", "./U/A" }, { "./U/A", "./V/A" },
                                          { "./P/A", "./S/A" } };
  static const char *const crossed[][2] = { { "./P/A", "./Q/A" }, { "./U/A", "./V/A" }, { "./S/A", "./R/A" },
                                            { "./P/A", "./R/A" } };
  static const char *const same[] = { "./P/A", "./U/A", "./S/A" };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (apart); i++)
    {
      g_autofree char *path = g_strdup_printf ("/subtrees/writers/side-by-side/%u", i);
      g_test_add_data_func (path, apart[i], test_units_in_different_subtrees_run_side_by_side);
    }
  for (guint i = 0; i < G_N_ELEMENTS (crossed); i++)
    {
      g_autofree char *path = g_strdup_printf ("/subtrees/writers/wait-for-each-other/%u", i);
      g_test_add_data_func (path, crossed[i], test_units_that_wait_for_each_other_are_told_apart);
    }
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autofree char *path = g_strdup_printf ("/subtrees/writers/one-after-the-other/%u", i);
      g_test_add_data_func (path, same[i], test_units_in_the_same_subtree_come_one_after_the_other);
    }
  g_test_add_func ("/subtrees/writers/acl-above", test_acl_above_the_subtrees_excludes_other_units);
  g_test_add_func ("/subtrees/writers/forget-server", test_forgetting_a_server_excludes_all);
  g_test_add_func ("/subtrees/writers/shared-parent", test_top_nodes_of_one_parent_come_one_after_the_other);
  g_test_add_data_func ("/subtrees/readers/after-commit", GINT_TO_POINTER (FALSE), test_reader_waits_for_the_end_of_a_unit);
  g_test_add_data_func ("/subtrees/readers/after-undo", GINT_TO_POINTER (TRUE), test_reader_waits_for_the_end_of_a_unit);
  g_test_add_func ("/subtrees/readers/before-commit", test_commit_waits_for_a_reader);
  g_test_add_func ("/subtrees/readers/417", test_reader_gives_up_with_417);
  g_test_add_func ("/subtrees/readers/many-subtrees", test_reader_of_many_subtrees_sees_one_state);
  g_test_add_data_func ("/subtrees/readers/freed/reading", GINT_TO_POINTER (FALSE),
                        test_reader_that_goes_away_lets_others_on);
  g_test_add_data_func ("/subtrees/readers/freed/waiting", GINT_TO_POINTER (TRUE),
                        test_reader_that_goes_away_lets_others_on);
  g_test_add_func ("/subtrees/cancelled", test_cancelled_waiters_leave_the_queue);
  g_test_add_func ("/subtrees/exec", test_exec_that_goes_on_holds_nobody_up);
  g_test_add_func ("/subtrees/all-at-the-same-time", test_many_units_and_readers_never_mix);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units of work that count only when their server was reached: what becomes of their plugins and of
 * what the tree holds. */
#include "config.h"

#include "executor-fixture.h"
#include "session/oma-provisional.h"

#include <string.h>

#define ADD OMA_OPERATION_ADD
#define DELETE OMA_OPERATION_DELETE
#define REPLACE OMA_OPERATION_REPLACE
#define RIGHTS "Add=*&Delete=*&Get=*&Replace=*"

static Fixture *
make_fixture (Backend backend)
{
  Fixture *fixture = fixture_new (backend);

  if (fixture->plugin == NULL)
    return fixture;
  fixture->plugin->flagged = "RW";
  fixture->plugin->flags = OMA_HANDLER_PROVISIONAL;
  return fixture;
}

static OmaWork *
begin (Fixture *fixture, OmaProvisional *provisional)
{
  OmaWork *work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  oma_work_set_provisional (work, provisional);
  return work;
}

static void
change (Fixture *fixture, OmaProvisional *provisional, const char *text)
{
  g_autoptr(OmaWork) work = begin (fixture, provisional);
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", text), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Int", "8"), ==, OMA_STATUS_OK);
  commit (work, &error);
  g_assert_no_error (error);
}

static void
assert_texts (Fixture *fixture, const char *rw, const char *number)
{
  g_autoptr(OmaWork) look = oma_work_new (fixture->executor, &as_device);
  g_autofree char *first = get_text (look, "./T/RW"), *second = get_text (look, "./T/Int");

  g_assert_cmpstr (first, ==, rw);
  g_assert_cmpstr (second, ==, number);
}

static void
confirmed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
confirm (OmaProvisional *provisional)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_provisional_confirm_async (provisional, confirmed_cb, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_provisional_confirm_finish (result, NULL);
}

static void
settle (Fixture *fixture)
{
  while (fixture->journal->units->len > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

/* Takes units of work that are to be undone. */
static void
unit_cb (OmaUnitRecord *unit, gpointer user_data)
{
  g_ptr_array_add (user_data, unit);
}

typedef struct {
  gboolean      done;
  gboolean      ok;
  OmaUndoReport report;
} Undoing;

static void
undone_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Undoing *undoing = user_data;

  undoing->ok = oma_executor_undo_unit_finish (result, &undoing->report, NULL);
  undoing->done = TRUE;
}

/* ---- Plugins with transactions ---- */

static void
test_plugin_is_told_that_it_holds (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);
  guint writes = *fixture->n_writes;

  change (fixture, provisional, "new");
  g_assert_cmpuint (*fixture->n_writes - writes, ==, 2);
  g_assert_cmpuint (fixture->plugin->n_confirmed, ==, 0);
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  g_assert_false (oma_provisional_is_empty (provisional));
  g_assert_true (confirm (provisional));
  g_assert_cmpuint (*fixture->n_writes - writes, ==, 3);
  g_assert_cmpuint (fixture->plugin->n_confirmed, ==, 1);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 0);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  g_assert_true (oma_provisional_is_empty (provisional));
  assert_texts (fixture, "new", "8");
}

static void
test_plugin_rolls_back (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);
  guint committed;

  change (fixture, provisional, "new");
  committed = fixture->plugin->n_committed;
  oma_provisional_unref (provisional);
  settle (fixture);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 1);
  g_assert_cmpuint (fixture->plugin->n_committed, ==, committed);
  g_assert_cmpuint (fixture->plugin->n_confirmed, ==, 0);
  assert_texts (fixture, "first", "7");
}

/* Newest first: the older one finds what it left. */
static void
test_units_of_a_session_roll_back_one_after_the_other (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);

  change (fixture, provisional, "one");
  change (fixture, provisional, "two");
  oma_provisional_unref (provisional);
  settle (fixture);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 2);
  assert_texts (fixture, "first", "7");
}

/* The next run of the daemon finds what the journal has, in the order in which it happened. */
static void
test_next_start_undoes_all_parts (gconstpointer data)
{
  g_autoptr(Fixture) fixture = make_fixture (GPOINTER_TO_INT (data));
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);
  Undoing undoing = { FALSE };

  change (fixture, provisional, "one");
  change (fixture, provisional, "two");
  change (fixture, provisional, "three");
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  oma_executor_undo_unit_async (fixture->executor, memory_journal_copy (fixture->journal, 0), undone_cb, &undoing);
  iterate_until (&undoing.done);
  g_assert_true (undoing.ok);
  g_assert_cmpuint (undoing.report.n_undone, ==, 6);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 0);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  assert_texts (fixture, "first", "7");
  oma_provisional_unref (provisional);
  settle (fixture);
  assert_texts (fixture, "first", "7");
}

/* What a roll back would take along is not the unit's alone any more. */
static void
test_change_of_another_unit_stays (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);

  change (fixture, provisional, "new");
  prepare (fixture, REPLACE, "./T/Int", OMA_FORMAT_NONE, "99");
  prepare (fixture, ADD, "./T/Opt", OMA_FORMAT_NONE, "his");
  g_test_expect_message ("omadm", G_LOG_LEVEL_MESSAGE, "*is to be undone, since its server was not reached");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./T/Int: is not put back, since somebody else*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be undone*");
  oma_provisional_unref (provisional);
  settle (fixture);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 0);
  assert_texts (fixture, "first", "99");
  g_assert_true (plugin_holds (fixture->plugin, "Opt", "his"));
}

static void
test_plugin_that_refuses_to_confirm_is_undone (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);

  change (fixture, provisional, "new");
  fixture->plugin->fails_confirm = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be confirmed*");
  g_assert_false (confirm (provisional));
  g_test_assert_expected_messages ();
  settle (fixture);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 1);
  assert_texts (fixture, "first", "7");
}

static void
test_plugin_that_hangs_does_not_confirm (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);

  change (fixture, provisional, "new");
  oma_executor_set_operation_timeout (fixture->executor, 1);
  fixture->plugin->hangs = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be confirmed: There was no answer*");
  g_assert_false (confirm (provisional));
  g_test_assert_expected_messages ();
  fixture->plugin->hangs = FALSE;
  while (fixture->plugin->held->len > 0)
    answer_next (fixture->plugin);
  settle (fixture);
  assert_texts (fixture, "first", "7");
}

/* Nothing was tried while others wrote. */
static void
test_roll_back_that_had_to_wait_too_long_comes_later (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_TRANSACTIONS);
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);
  OmaWork *other = oma_work_new (fixture->executor, &as_device);
  g_autoptr(GPtrArray) units = g_ptr_array_new ();
  Undoing undoing = { FALSE }, again = { FALSE };

  oma_executor_set_unit_func (fixture->executor, unit_cb, units);
  change (fixture, provisional, "new");
  oma_executor_set_operation_timeout (fixture->executor, 1);
  oma_work_set_atomic (other, TRUE);
  g_assert_cmpint (run_simple (other, REPLACE, "./T/Bin", "x"), ==, OMA_STATUS_OK);
  oma_provisional_unref (provisional);
  g_assert_cmpuint (units->len, ==, 1);
  oma_executor_undo_unit_async (fixture->executor, g_ptr_array_index (units, 0), undone_cb, &undoing);
  iterate_until (&undoing.done);
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_failed + undoing.report.n_undone, ==, 0);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 0);
  g_assert_true (roll_back (other, NULL));
  oma_work_free (other);
  fixture->plugin->n_rolled_back = 0;
  oma_executor_undo_unit_async (fixture->executor, g_steal_pointer (&undoing.report.kept), undone_cb, &again);
  iterate_until (&again.done);
  g_assert_true (again.ok);
  g_assert_cmpuint (again.report.n_undone, ==, 2);
  g_assert_cmpuint (fixture->plugin->n_rolled_back, ==, 1);
  assert_texts (fixture, "first", "7");
}

/* ---- Nobody's session ---- */

static void
test_administrator_waits_for_no_server (gconstpointer data)
{
  Backend backend = GPOINTER_TO_INT (data);
  g_autoptr(Fixture) fixture = make_fixture (backend);

  prepare (fixture, REPLACE, "./T/RW", OMA_FORMAT_NONE, "his");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->plugin->n_confirmed, ==, backend == SERVED_BY_TRANSACTIONS);
  assert_texts (fixture, "his", "7");
}

static void
test_other_nodes_wait_for_nobody (gconstpointer data)
{
  g_autoptr(Fixture) fixture = make_fixture (GPOINTER_TO_INT (data));
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);
  g_autoptr(OmaWork) work = begin (fixture, provisional);

  g_assert_cmpint (run_simple (work, REPLACE, "./T/Int", "8"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  g_assert_true (oma_provisional_is_empty (provisional));
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  g_assert_cmpuint (fixture->plugin->n_confirmed, ==, 0);
}

/* The session ended while its last unit of work was being committed. */
static void
test_commit_that_comes_after_the_end_is_undone (void)
{
  g_autoptr(Fixture) fixture = make_fixture (SERVED_BY_PLUGIN);
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);

  oma_provisional_close (provisional);
  change (fixture, provisional, "new");
  settle (fixture);
  assert_texts (fixture, "first", "7");
}

/* ---- What the tree holds ---- */

typedef struct {
  GString   *text;
  Fixture   *fixture;
} Dump;

static void
dump_node (Dump *dump, OmaNode *node)
{
  g_autofree char *uri = oma_node_dup_uri (node);
  OmaAcl *acl = oma_node_get_acl (node, NULL);
  OmaValue *value = oma_node_is_interior (node) ? NULL : oma_node_get_value (node, NULL);
  const char *title = oma_node_get_title (node, NULL), *owner = oma_node_get_owner (node, NULL);

  if (oma_node_is_overlay (node) && acl == NULL && title == NULL)
    return;                     /* only its version is kept, which counts on */
  g_string_append_printf (dump->text, "%s = %s (%s) acl %s title %s", uri,
                          value != NULL ? oma_value_get_text (value) : "-", oma_node_get_type_property (node, NULL),
                          acl != NULL ? oma_acl_get_text (acl) : "-",
                          title != NULL ? title : "-");
  /* That of an interior node has no meaning. */
  g_string_append_printf (dump->text, " owner %s\n", value != NULL && owner != NULL ? owner : "-");
  for (OmaNode *child = oma_node_first_child (node, NULL); child != NULL; child = oma_node_next_sibling (child, NULL))
    dump_node (dump, child);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* All nodes and properties, in an order of their own. */
static char *
dump_tree (Fixture *fixture)
{
  Dump dump = { g_string_new (NULL), fixture };
  g_auto(GStrv) lines = NULL;

  dump_node (&dump, oma_tree_get_root (fixture->tree));
  lines = g_strsplit (dump.text->str, "\n", -1);
  g_string_free (dump.text, TRUE);
  qsort (lines, g_strv_length (lines), sizeof *lines, compare_lines);
  return g_strjoinv ("\n", lines);
}

static const char *
pick (const char *const *words, gsize n)
{
  return words[g_test_rand_int_range (0, (gint32) n)];
}

#define PICK(...) pick ((const char *const[]) { __VA_ARGS__ }, G_N_ELEMENTS (((const char *const[]) { __VA_ARGS__ })))
#define A_NODE PICK ("./T/List/a", "./T/List/b%20c", "./T/List/x", "./T/List/a/Sub", "./T/List/a/Leaf", \
                     "./T/List/x/Leaf", "./T/List/x/Sub", "./T/List/a/Sub/Deep", "./T/Few/1", "./T/Few/2", "./T/Opt", \
                     "./T/RW", "./T/Secret", \
                     "./T/List/named", "./T/List/a/Auto", "./DMAcc/s")

static void
do_something (OmaWork *work)
{
  const char *node = A_NODE;
  g_autofree char *uri = NULL;
  static const OmaOperationType types[] = { ADD, DELETE, REPLACE, REPLACE };
  g_auto(OmaOperation) operation = { .type = types[g_test_rand_int_range (0, G_N_ELEMENTS (types))],
                                     .data = PICK ("v", "w", "other") };

  if (operation.type == REPLACE && g_test_rand_bit ())
    {
      const char *property = PICK ("?prop=ACL", "?prop=Title", "?prop=Name");

      uri = g_strconcat (node, property, NULL);
      operation.data = strcmp (property, "?prop=ACL") == 0 ? PICK ("Get=*&Replace=*", "", "Get=" SERVER)
                       : strcmp (property, "?prop=Name") == 0 ? PICK ("x", "a", "y", "b c") : PICK ("Title", "");
    }
  else if (operation.type == ADD && g_test_rand_bit ())
    {
      operation.format = OMA_FORMAT_NODE;
      operation.data = NULL;
    }
  operation.uri = uri != NULL ? uri : node;
  operation.length = operation.data != NULL ? strlen (operation.data) : 0;
  run (work, &operation);
}

static const char *
find_target (const OmaUnitRecord *unit, const char *uri)
{
  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (unit->images, i);

      if (image->kind == OMA_IMAGE_RENAME && strcmp (image->uri, uri) == 0)
        return image->target;
    }
  return NULL;
}

/* Whether nodes have exchanged their names. */
static gboolean
has_circle (const OmaUnitRecord *unit)
{
  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (unit->images, i);
      const char *next = image->kind == OMA_IMAGE_RENAME ? image->target : NULL;

      for (guint n = 0; next != NULL && n < unit->images->len; n++)
        {
          if (strcmp (next, image->uri) == 0)
            return TRUE;
          next = find_target (unit, next);
        }
    }
  return FALSE;
}

static void
make_provisional (Fixture *fixture, OmaProvisional *provisional)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, g_test_rand_bit () ? &as_device : &as_administrator);
  g_autoptr(OmaWork) first = begin (fixture, provisional);

  /* It need not be one of the plugin. */
  g_assert_cmpint (run_simple (first, REPLACE, "./P/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_true (commit (first, NULL));
  oma_work_set_provisional (work, provisional);
  for (guint i = 0; i < 12; i++)
    do_something (work);
  g_assert_true (commit (work, NULL));
}

/* ---- A second subtree, of a plugin whose nodes are provisional ---- */

static void
plug_get (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED,
          GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string ("always"), (GDestroyNotify) oma_value_unref);
}

static void
plug_replace (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED,
              const OmaSchemaNode *schema G_GNUC_UNUSED, OmaValue *value G_GNUC_UNUSED,
              gpointer transaction G_GNUC_UNUSED, GTask *task)
{
  g_task_return_boolean (task, TRUE);
}

static OmaHandlerFlags
plug_get_flags (gpointer self G_GNUC_UNUSED, const OmaSchemaNode *schema G_GNUC_UNUSED)
{
  return OMA_HANDLER_PROVISIONAL;
}

static void
mount_plug (Fixture *fixture)
{
  static const OmaNodeOps ops = { .get_flags = plug_get_flags, .get = plug_get, .replace = plug_replace };
  g_autoptr(OmaSchema) schema = oma_schema_new ("plug.ddf.xml");
  OmaSchemaNode *top = oma_schema_node_new ("P", OMA_FORMAT_NODE);
  OmaSchemaNode *leaf = oma_schema_node_new ("RW", OMA_FORMAT_CHR);

  top->access = OMA_ACCESS_GET;
  leaf->access = OMA_ACCESS_GET | OMA_ACCESS_REPLACE;
  top->permanent = leaf->permanent = TRUE;
  g_assert_true (oma_schema_node_add_child (top, leaf, NULL));
  oma_schema_add_root (schema, ".", top);
  g_assert_true (oma_tree_mount (fixture->tree, schema, &ops, NULL, OMA_MOUNT_DEFAULT, NULL));
}

static Fixture *
make_stored_fixture (void)
{
  Fixture *fixture = fixture_new_with (SERVED_BY_STORE, mount_plug);

  prepare (fixture, REPLACE, "./T/List/a?prop=ACL", OMA_FORMAT_NONE, RIGHTS);
  prepare (fixture, REPLACE, "./T/List/a/Leaf?prop=Title", OMA_FORMAT_NONE, "A leaf");
  prepare (fixture, ADD, "./DMAcc/s", OMA_FORMAT_NODE, NULL);
  prepare (fixture, ADD, "./DMAcc/s/Name", OMA_FORMAT_NONE, "S");
  return fixture;
}

static void
test_tree_is_as_it_was (void)
{
  guint n_undone = 0;

  for (guint n = 0; n < 300; n++)
    {
      g_autoptr(Fixture) fixture = make_stored_fixture ();
      g_autofree char *before = dump_tree (fixture), *after = NULL;
      OmaProvisional *provisional = oma_provisional_new (fixture->executor);

      make_provisional (fixture, provisional);
      g_assert_cmpuint (fixture->journal->units->len, ==, 1);
      if (has_circle (g_ptr_array_index (fixture->journal->units, 0)))
        {
          g_assert_true (confirm (provisional));
          oma_provisional_unref (provisional);
          continue;
        }
      oma_provisional_unref (provisional);
      settle (fixture);
      after = dump_tree (fixture);
      g_assert_cmpstr (after, ==, before);
      n_undone++;
    }
  g_assert_cmpuint (n_undone, >, 250);
}

static guint
count_of_tree (const OmaUnitRecord *unit)
{
  guint n = 0;

  for (guint i = 0; i < unit->images->len; i++)
    n += oma_image_is_of_tree (g_ptr_array_index (unit->images, i));
  return n;
}

/* The disk is full: nothing comes back.  Returns: (transfer full): what is to be tried again */
static OmaUnitRecord *
fail_to_undo (Fixture *fixture, OmaUnitRecord *unit)
{
  guint n = count_of_tree (unit);
  Undoing undoing = { FALSE };

  *fixture->store_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know what was undone*");
  for (guint i = 0; i < n; i++)
    g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*: could not be undone: *");
  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, &undoing);
  iterate_until (&undoing.done);
  g_test_assert_expected_messages ();
  *fixture->store_fails = FALSE;
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_failed, ==, n);
  g_assert_nonnull (undoing.report.kept);
  return undoing.report.kept;
}

/* One write has all of it and the end of the unit: no run of the daemon finds a unit whose nodes are back. */
static void
undo_in_one_write (Fixture *fixture, OmaUnitRecord *unit)
{
  guint n = count_of_tree (unit), writes = *fixture->n_writes;
  Undoing undoing = { FALSE };

  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, &undoing);
  iterate_until (&undoing.done);
  g_assert_true (undoing.ok);
  g_assert_cmpuint (undoing.report.n_undone, ==, n);
  g_assert_cmpuint (*fixture->n_writes - writes, ==, 1);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static gboolean
try_twice (void)
{
  g_autoptr(Fixture) fixture = make_stored_fixture ();
  g_autofree char *before = dump_tree (fixture), *changed = NULL, *failed = NULL, *after = NULL;
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);
  g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_unit_record_free);
  OmaUnitRecord *unit;

  oma_executor_set_unit_func (fixture->executor, unit_cb, units);
  make_provisional (fixture, provisional);
  changed = dump_tree (fixture);
  oma_provisional_undo (provisional);
  unit = g_ptr_array_index (units, 0);
  if (has_circle (unit) || count_of_tree (unit) == 0)
    return FALSE;
  unit = fail_to_undo (fixture, g_ptr_array_steal_index (units, 0));
  failed = dump_tree (fixture);
  g_assert_cmpstr (failed, ==, changed);
  undo_in_one_write (fixture, unit);
  after = dump_tree (fixture);
  g_assert_cmpstr (after, ==, before);
  return TRUE;
}

static void
test_tree_is_undone_as_a_whole_or_not_at_all (void)
{
  guint n_tried = 0;

  for (guint n = 0; n < 100; n++)
    n_tried += try_twice ();
  g_assert_cmpuint (n_tried, >, 75);
}

static void
test_tree_keeps_what_others_have_changed (void)
{
  g_autoptr(Fixture) fixture = make_stored_fixture ();
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);
  OmaWork *work = begin (fixture, provisional);
  g_autofree char *text = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./P/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Int", "8"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/a?prop=Title", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/Few/1", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "mine"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  oma_work_free (work);
  prepare (fixture, REPLACE, "./T/RW", OMA_FORMAT_NONE, "his");
  prepare (fixture, REPLACE, "./T/List/a?prop=Title", OMA_FORMAT_NONE, "his");
  prepare (fixture, ADD, "./T/Few/1", OMA_FORMAT_NONE, "his");
  prepare (fixture, REPLACE, "./T/Opt", OMA_FORMAT_NONE, "his");
  g_test_expect_message ("omadm", G_LOG_LEVEL_MESSAGE, "*is to be undone*");
  for (guint i = 0; i < 4; i++)
    g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*is not put back, since somebody else*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be undone*");
  oma_provisional_unref (provisional);
  settle (fixture);
  g_test_assert_expected_messages ();
  assert_texts (fixture, "his", "7");
  text = dump_tree (fixture);
  g_assert_nonnull (strstr (text, "./T/Few/1 = his"));
  g_assert_nonnull (strstr (text, "./T/Opt = his"));
  g_assert_nonnull (strstr (text, "title his"));
}

/* Neither the tree nor the journal is half way. */
static void
test_undoing_of_the_tree_is_tried_again_when_the_disk_is_full (void)
{
  g_autoptr(Fixture) fixture = make_stored_fixture ();
  OmaProvisional *provisional = oma_provisional_new (fixture->executor);
  OmaWork *work = begin (fixture, provisional);
  g_autoptr(GPtrArray) units = g_ptr_array_new ();
  OmaUnitRecord *unit;
  Undoing undoing = { FALSE }, again = { FALSE };

  oma_executor_set_unit_func (fixture->executor, unit_cb, units);
  g_assert_cmpint (run_simple (work, REPLACE, "./P/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  oma_work_free (work);
  oma_provisional_unref (provisional);
  g_assert_cmpuint (units->len, ==, 1);
  unit = g_ptr_array_index (units, 0);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_PROVISIONAL);
  *fixture->store_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know what was undone*");
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "./T/RW: could not be undone: *");
  oma_executor_undo_unit_async (fixture->executor, unit, undone_cb, &undoing);
  iterate_until (&undoing.done);
  g_test_assert_expected_messages ();
  g_assert_false (undoing.ok);
  g_assert_cmpuint (undoing.report.n_failed, ==, 1);
  g_assert_nonnull (undoing.report.kept);
  assert_texts (fixture, "mine", "7");
  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  *fixture->store_fails = FALSE;
  oma_executor_undo_unit_async (fixture->executor, g_steal_pointer (&undoing.report.kept), undone_cb, &again);
  iterate_until (&again.done);
  g_assert_true (again.ok);
  assert_texts (fixture, "first", "7");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static void
test_images_of_secrets_say_so (void)
{
  g_autoptr(Fixture) fixture = make_stored_fixture ();
  g_autoptr(OmaProvisional) provisional = oma_provisional_new (fixture->executor);
  g_autoptr(OmaWork) work = begin (fixture, provisional);
  g_autoptr(OmaUnitRecord) unit = NULL;
  guint n_secret = 0, n_values = 0;

  g_assert_cmpint (run_simple (work, REPLACE, "./P/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/Secret", "new"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  unit = memory_journal_copy (fixture->journal, 0);
  for (guint i = 0; i < unit->images->len; i++)
    {
      const OmaImage *image = g_ptr_array_index (unit->images, i);

      if (!oma_image_is_of_tree (image))
        continue;
      n_values++;
      n_secret += image->secret;
      g_assert_cmpint (image->secret, ==, strcmp (image->uri, "./T/Secret") == 0);
    }
  g_assert_cmpuint (n_values, ==, 2);
  g_assert_cmpuint (n_secret, ==, 1);
  g_assert_true (confirm (provisional));
}

#define add(name, func) g_test_add_func ("/provisional/" name, func)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("confirm", test_plugin_is_told_that_it_holds);
  add ("roll-back", test_plugin_rolls_back);
  add ("newest-first", test_units_of_a_session_roll_back_one_after_the_other);
  g_test_add_data_func ("/provisional/next-start/plugin", GINT_TO_POINTER (SERVED_BY_PLUGIN),
                        test_next_start_undoes_all_parts);
  g_test_add_data_func ("/provisional/next-start/transactions", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_next_start_undoes_all_parts);
  add ("overtaken", test_change_of_another_unit_stays);
  add ("refused", test_plugin_that_refuses_to_confirm_is_undone);
  add ("hangs", test_plugin_that_hangs_does_not_confirm);
  add ("turn", test_roll_back_that_had_to_wait_too_long_comes_later);
  add ("after-the-end", test_commit_that_comes_after_the_end_is_undone);
  g_test_add_data_func ("/provisional/no-server/plugin", GINT_TO_POINTER (SERVED_BY_PLUGIN),
                        test_administrator_waits_for_no_server);
  g_test_add_data_func ("/provisional/no-server/transactions", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_administrator_waits_for_no_server);
  g_test_add_data_func ("/provisional/other-nodes/plugin", GINT_TO_POINTER (SERVED_BY_PLUGIN),
                        test_other_nodes_wait_for_nobody);
  g_test_add_data_func ("/provisional/other-nodes/transactions", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_other_nodes_wait_for_nobody);
  add ("tree/as-it-was", test_tree_is_as_it_was);
  add ("tree/whole", test_tree_is_undone_as_a_whole_or_not_at_all);
  add ("tree/somebody-else", test_tree_keeps_what_others_have_changed);
  add ("tree/disk-full", test_undoing_of_the_tree_is_tried_again_when_the_disk_is_full);
  add ("tree/secrets", test_images_of_secrets_say_so);
  return g_test_run ();
}

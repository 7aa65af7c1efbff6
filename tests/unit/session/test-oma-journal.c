/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the journal before a plugin is touched, and when it leaves it. */
#include "config.h"

#include "codec/oma-tnds.h"
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
applied_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  gboolean *done = user_data;

  g_assert_true (oma_work_apply_finish (NULL, result, NULL));
  *done = TRUE;
}

static void
apply (OmaWork *work)
{
  gboolean done = FALSE;

  oma_work_apply_async (work, applied_cb, &done);
  g_assert_false (done);
  iterate_until (&done);
}

typedef struct {
  OmaOperationType type;
  const char      *uri, *text;
} Command;

/* As a message or a call of D-Bus does it: rehearsed, and done for real if that was not it.  Returns
 * the status of the last command. */
static OmaStatus
run_group (OmaWork *work, const Command *commands, guint n)
{
  OmaStatus status = OMA_STATUS_NONE;

  oma_work_set_rehearsal (work, TRUE);
  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint i = 0; i < n; i++)
        status = run_simple (work, commands[i].type, commands[i].uri, commands[i].text);
      if (!oma_work_held_back (work) || pass == 1)
        break;
      apply (work);
    }
  return status;
}

static OmaImage *
get_image (Fixture *fixture, guint index)
{
  OmaUnitRecord *unit;

  g_assert_cmpuint (fixture->journal->units->len, ==, 1);
  unit = g_ptr_array_index (fixture->journal->units, 0);
  g_assert_cmpuint (index, <, unit->images->len);
  return g_ptr_array_index (unit->images, index);
}

static void
assert_before (const OmaImage *image, const char *relative, const char *text)
{
  for (guint i = 0; i < oma_node_list_get_length (image->before); i++)
    if (strcmp (oma_node_list_get_uri (image->before, i), relative) == 0)
      {
        g_assert_cmpstr (oma_value_get_text (oma_node_list_get_value (image->before, i)), ==, text);
        return;
      }
  g_assert_not_reached ();
}

static void
assert_after (const OmaImage *image, const char *text)
{
  g_autoptr(OmaValue) value = oma_value_new_string (text);
  g_autoptr(GBytes) digest = oma_image_digest (value);

  g_assert_true (g_bytes_equal (image->after, digest));
}

/* ---- What is written ---- */

static void
test_image_says_what_was_there (gconstpointer data)
{
  static const Command commands[] = {
    { REPLACE, "./T/RW", "new" }, { ADD, "./T/Opt", "added" }, { REPLACE, "./T/List/b%20c?prop=Name", "n" },
    { DELETE, "./T/List/a", NULL },
  };
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  const OmaUnitRecord *unit;

  oma_work_set_note (work, 17, 0);
  g_assert_cmpint (run_group (work, commands, G_N_ELEMENTS (commands)), ==, OMA_STATUS_OK);
  unit = g_ptr_array_index (fixture->journal->units, 0);
  g_assert_cmpint (unit->state, ==, OMA_UNIT_OPEN);
  g_assert_cmpstr (unit->server_id, ==, SERVER);
  g_assert_cmpint (unit->history_id, ==, 17);
  g_assert_cmpuint (unit->images->len, ==, 4);
  g_assert_cmpint (get_image (fixture, 0)->kind, ==, OMA_IMAGE_REPLACE);
  g_assert_cmpstr (get_image (fixture, 0)->mount, ==, "./T");
  g_assert_cmpstr (get_image (fixture, 0)->uri, ==, "./T/RW");
  assert_before (get_image (fixture, 0), "", "first");
  assert_after (get_image (fixture, 0), "new");
  g_assert_cmpint (get_image (fixture, 1)->kind, ==, OMA_IMAGE_ADD);
  g_assert_null (get_image (fixture, 1)->before);
  assert_after (get_image (fixture, 1), "added");
  g_assert_cmpint (get_image (fixture, 2)->kind, ==, OMA_IMAGE_RENAME);
  g_assert_cmpstr (get_image (fixture, 2)->uri, ==, "./T/List/b%20c");
  g_assert_cmpstr (get_image (fixture, 2)->target, ==, "./T/List/n");
  g_assert_cmpint (get_image (fixture, 3)->kind, ==, OMA_IMAGE_REMOVE);
  assert_before (get_image (fixture, 3), "Leaf", "leaf");
  assert_before (get_image (fixture, 3), "Locked", "locked");
  assert_before (get_image (fixture, 3), "Sub/Deep", "deep");
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

/* Each image has what the commands before leave. */
static void
test_images_of_one_node_follow_each_other (void)
{
  static const Command commands[] = { { REPLACE, "./T/RW", "1" }, { REPLACE, "./T/RW", "2" } };
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  g_assert_cmpint (run_group (work, commands, 2), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->journal->n_puts, ==, 1);
  assert_before (get_image (fixture, 0), "", "first");
  assert_before (get_image (fixture, 1), "", "1");
  g_assert_true (roll_back (work, NULL));
  assert_text (fixture, "./T/RW", "first");
}

static void
test_exec_is_noted_before_it_begins (void)
{
  static const Command commands[] = { { EXEC, "./T/Run", NULL } };
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  g_assert_cmpint (run_group (work, commands, 1), ==, OMA_STATUS_OK);
  g_assert_cmpint (get_image (fixture, 0)->kind, ==, OMA_IMAGE_EXEC);
  g_assert_true (get_image (fixture, 0)->irreversible);
  g_assert_cmpstr (fixture->plugin->log->str, ==, "!Run ");
  g_assert_true (oma_work_is_dirty (work));
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

/* Without a rehearsal too: an operation of several calls. */
static void
test_call_that_was_not_foreseen_is_noted_by_itself (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "v"), ==, OMA_STATUS_OK);
  g_assert_cmpuint (fixture->journal->n_puts, ==, 3);
  g_assert_cmpstr (get_image (fixture, 2)->uri, ==, "./T/List/n/Sub/Deep");
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

/* The first fails, so the second overwrites something else than was thought. */
static void
test_image_that_was_wrongly_foreseen_is_superseded (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_rehearsal (work, TRUE);
  run_simple (work, REPLACE, "./T/RW", "1");
  run_simple (work, REPLACE, "./T/RW", "2");
  apply (work);
  fixture->plugin->failing = "RW";
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "1"), ==, OMA_STATUS_FORBIDDEN);
  fixture->plugin->failing = NULL;
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "2"), ==, OMA_STATUS_OK);
  g_assert_cmpuint (((OmaUnitRecord *) g_ptr_array_index (fixture->journal->units, 0))->images->len, ==, 2);
  assert_before (get_image (fixture, 1), "", "first");
  assert_after (get_image (fixture, 1), "2");
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  assert_text (fixture, "./T/RW", "2");
}

/* ---- What it costs ---- */

typedef struct {
  Backend  backend;
  gboolean undo_data;
  gboolean atomic;
  guint    n_writes;
} Cost;

static void
test_cost (gconstpointer data)
{
  static const Command commands[] = {
    { REPLACE, "./T/RW", "new" }, { ADD, "./T/List/n/Sub/Deep", "deep" }, { DELETE, "./T/List/a", NULL },
    { REPLACE, "./T/Int", "8" },
  };
  const Cost *cost = data;
  g_autoptr(Fixture) fixture = fixture_new (cost->backend);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  guint before = *fixture->n_writes;

  if (fixture->plugin != NULL)
    fixture->plugin->gives_undo_data = cost->undo_data;
  oma_work_set_atomic (work, cost->atomic);
  g_assert_cmpint (run_group (work, commands, cost->undo_data && !cost->atomic ? 1 : G_N_ELEMENTS (commands)), ==,
                   OMA_STATUS_OK);
  g_assert_true (commit (work, NULL));
  g_assert_cmpuint (*fixture->n_writes - before, ==, cost->n_writes);
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
  assert_text (fixture, "./T/RW", "new");
}

/* ---- It cannot be written ---- */

static void
test_nothing_is_touched_that_is_not_in_the_journal (gconstpointer data)
{
  static const Command commands[] = { { REPLACE, "./T/RW", "new" } };
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  *fixture->journal_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*could not be noted*");
  g_assert_cmpint (run_group (work, commands, 1), ==, OMA_STATUS_DEVICE_FULL);
  g_test_assert_expected_messages ();
  g_assert_null (strstr (fixture->plugin->log->str, "commit"));
  *fixture->journal_fails = FALSE;
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "first");
  g_assert_cmpuint (fixture->journal->units->len, ==, 0);
}

static void
test_atomic_fails_when_the_journal_does (gconstpointer data)
{
  g_autoptr(Fixture) fixture = fixture_new (GPOINTER_TO_INT (data));
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_autoptr(GError) error = NULL;

  oma_work_set_atomic (work, TRUE);
  *fixture->journal_fails = TRUE;
  g_test_expect_message ("omadm", G_LOG_LEVEL_WARNING, "*the journal does not know*");
  run_simple (work, REPLACE, "./T/RW", "new");
  g_assert_false (commit (work, &error));
  g_test_assert_expected_messages ();
  g_assert_null (strstr (fixture->plugin->log->str, "commit"));
  assert_text (fixture, "./T/RW", "first");
}

/* ---- What has no way back ---- */

typedef enum { FLAGGED, UNREADABLE, EXECUTED } Obstacle;

static void
hinder (Fixture *fixture, Obstacle obstacle)
{
  if (obstacle == FLAGGED)
    {
      fixture->plugin->flagged = "RW";
      fixture->plugin->flags = OMA_HANDLER_IRREVERSIBLE;
    }
  else if (obstacle == UNREADABLE)
    fixture->plugin->unreadable = "RW";
}

/* DREP, Atomic: found out before anything is touched. */
static void
test_irreversible_write_in_an_atomic_is_refused (gconstpointer data)
{
  Obstacle obstacle = (Obstacle) (GPOINTER_TO_INT (data) % 3);
  Backend backend = (Backend) (GPOINTER_TO_INT (data) / 3);
  g_autoptr(Fixture) fixture = fixture_new (backend);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  gboolean refused = obstacle != UNREADABLE || backend == SERVED_BY_PLUGIN;
  OmaStatus status;

  hinder (fixture, obstacle);
  oma_work_set_atomic (work, TRUE);
  oma_work_set_rehearsal (work, TRUE);
  g_assert_cmpint (run_simple (work, ADD, "./T/Opt", "v"), ==, OMA_STATUS_OK);
  status = obstacle == EXECUTED ? run_simple (work, EXEC, "./T/Run", NULL) : run_simple (work, REPLACE, "./T/RW", "new");
  g_assert_cmpint (status, ==, refused ? OMA_STATUS_NOT_ALLOWED : OMA_STATUS_OK);
  g_assert_true (backend == SERVED_BY_TRANSACTIONS || *fixture->plugin->log->str == '\0');
  g_assert_true (roll_back (work, NULL));
  g_assert_false (plugin_holds (fixture->plugin, "RW", "new"));
}

static void
test_irreversible_write_alone_is_done (void)
{
  static const Command commands[] = { { REPLACE, "./T/RW", "new" } };
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  hinder (fixture, FLAGGED);
  g_assert_cmpint (run_group (work, commands, 1), ==, OMA_STATUS_OK);
  g_assert_true (get_image (fixture, 0)->irreversible);
  g_assert_true (commit (work, NULL));
  assert_text (fixture, "./T/RW", "new");
}

/* One below the node that is deleted counts too. */
static void
test_irreversible_node_below_is_found (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);

  fixture->plugin->flagged = "Deep";
  fixture->plugin->flags = OMA_HANDLER_IRREVERSIBLE;
  oma_work_set_atomic (work, TRUE);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/a", NULL), ==, OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpstr (fixture->plugin->log->str, ==, "");
}

static void
test_irreversible_write_of_a_document_is_refused (void)
{
  static const char text[] = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>n</NodeName>"
                             "<Node><NodeName>Number</NodeName><Value>1</Value></Node>"
                             "<Node><NodeName>Leaf</NodeName><Value>v</Value></Node></Node></MgmtTree>";
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_server);
  g_auto(OmaOperation) operation = {
    .type = ADD, .uri = "./T/List", .mime_type = OMA_TNDS_TYPE_XML, .format = OMA_FORMAT_XML, .data = text,
    .length = strlen (text),
  };

  fixture->plugin->flagged = "Leaf";
  fixture->plugin->flags = OMA_HANDLER_IRREVERSIBLE;
  g_assert_cmpint (run (work, &operation), ==, OMA_STATUS_NOT_ALLOWED);
  g_assert_cmpstr (fixture->plugin->log->str, ==, "");
}

static void
add (const char *path, GTestDataFunc func)
{
  static const char *const names[N_BACKENDS] = { "store", "plugin", "transactions" };

  for (int backend = SERVED_BY_PLUGIN; backend < N_BACKENDS; backend++)
    {
      g_autofree char *full = g_strdup_printf ("/journal/%s/%s", path, names[backend]);

      g_test_add_data_func (full, GINT_TO_POINTER (backend), func);
    }
}

int
main (int argc, char **argv)
{
  static const Cost costs[] = {
    { SERVED_BY_STORE, FALSE, FALSE, 1 },        { SERVED_BY_STORE, FALSE, TRUE, 1 },
    { SERVED_BY_PLUGIN, FALSE, FALSE, 2 },       { SERVED_BY_PLUGIN, FALSE, TRUE, 2 },
    { SERVED_BY_TRANSACTIONS, FALSE, FALSE, 2 }, { SERVED_BY_TRANSACTIONS, FALSE, TRUE, 2 },
    { SERVED_BY_TRANSACTIONS, TRUE, FALSE, 3 },  { SERVED_BY_TRANSACTIONS, TRUE, TRUE, 2 },
  };

  g_test_init (&argc, &argv, NULL);
  add ("image", test_image_says_what_was_there);
  g_test_add_func ("/journal/images-of-one-node", test_images_of_one_node_follow_each_other);
  g_test_add_func ("/journal/exec", test_exec_is_noted_before_it_begins);
  g_test_add_func ("/journal/not-foreseen", test_call_that_was_not_foreseen_is_noted_by_itself);
  g_test_add_func ("/journal/superseded", test_image_that_was_wrongly_foreseen_is_superseded);
  for (guint i = 0; i < G_N_ELEMENTS (costs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/journal/cost/%d/%s%s", costs[i].backend, costs[i].atomic ? "atomic" : "group",
                                               costs[i].undo_data ? "/undo-data" : "");

      g_test_add_data_func (path, &costs[i], test_cost);
    }
  add ("nothing-is-touched-before", test_nothing_is_touched_that_is_not_in_the_journal);
  g_test_add_data_func ("/journal/atomic-fails-with-it", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_atomic_fails_when_the_journal_does);
  for (int i = 3; i < 9; i++)
    {
      static const char *const names[] = { "flagged", "unreadable", "exec" };
      g_autofree char *path = g_strdup_printf ("/journal/405-in-an-atomic/%s/%s", i < 6 ? "plugin" : "transactions",
                                               names[i % 3]);

      g_test_add_data_func (path, GINT_TO_POINTER (i), test_irreversible_write_in_an_atomic_is_refused);
    }
  g_test_add_func ("/journal/irreversible-alone", test_irreversible_write_alone_is_done);
  g_test_add_func ("/journal/405-below", test_irreversible_node_below_is_found);
  g_test_add_func ("/journal/405-in-a-document", test_irreversible_write_of_a_document_is_refused);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two servers that want different values. */
#include "config.h"

#include "executor-fixture.h"

#include <string.h>

#define ALL "Add=*&Delete=*&Exec=*&Get=*&Replace=*"

#define ADD OMA_OPERATION_ADD
#define COPY OMA_OPERATION_COPY
#define DELETE OMA_OPERATION_DELETE
#define GET OMA_OPERATION_GET
#define REPLACE OMA_OPERATION_REPLACE

/* Everybody may do everything below ./T. */
static Fixture *
open_fixture (gconstpointer backend)
{
  Fixture *fixture = fixture_new ((Backend) GPOINTER_TO_INT (backend));

  prepare (fixture, REPLACE, "./T?prop=ACL", OMA_FORMAT_NONE, ALL);
  return fixture;
}

static OmaStatus
do_as (Fixture *fixture, const OmaPrincipal *principal, OmaOperationType type, const char *uri, const char *text)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, principal);
  OmaStatus status = run_simple (work, type, uri, text);

  g_assert_true (commit (work, NULL));
  return status;
}

static void
assert_value (Fixture *fixture, const char *uri, const char *expected)
{
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);
  g_autofree char *text = get_text (work, uri);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_first_server_keeps_its_value (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_PERMISSION_DENIED);
  assert_value (fixture, "./T/RW", "mine");
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine again"), ==, OMA_STATUS_OK);
  assert_value (fixture, "./T/RW", "mine again");
}

static void
test_same_value_is_no_conflict_and_stays_the_first_ones (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "same"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "same"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "other"), ==, OMA_STATUS_PERMISSION_DENIED);
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "other"), ==, OMA_STATUS_OK);
}

static void
test_value_that_nobody_set_is_free (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_device, REPLACE, "./T/RW", "from the device"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_OK);
}

static void
test_administrator_takes_a_value_away (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_administrator, REPLACE, "./T/RW", "ours"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_OK);
}

static void
test_acl_of_the_node_decides_where_it_names_the_server (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  prepare (fixture, REPLACE, "./T/RW?prop=ACL", OMA_FORMAT_NONE, "Get=*&Replace=" OTHER);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_PERMISSION_DENIED);
}

static void
test_acl_above_lets_both_and_the_first_wins (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  prepare (fixture, REPLACE, "./T?prop=ACL", OMA_FORMAT_NONE, "Get=*&Replace=" SERVER "+" OTHER);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_PERMISSION_DENIED);
}

static void
test_what_another_server_set_cannot_be_deleted (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  g_assert_cmpint (do_as (fixture, &as_server, ADD, "./T/List/x/Leaf", "mine"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, DELETE, "./T/List/x/Leaf", NULL), ==, OMA_STATUS_PERMISSION_DENIED);
  g_assert_cmpint (do_as (fixture, &as_other, DELETE, "./T/List/x", NULL), ==, OMA_STATUS_PERMISSION_DENIED);
  assert_value (fixture, "./T/List/x/Leaf", "mine");
  g_assert_cmpint (do_as (fixture, &as_server, DELETE, "./T/List/x", NULL), ==, OMA_STATUS_OK);
}

static void
test_copy_onto_it_is_a_conflict_too (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);
  g_auto(OmaOperation) copy = { .type = COPY, .uri = "./T/RW", .source_uri = "./T/RO" };
  g_autoptr(OmaWork) work = NULL;

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  work = oma_work_new (fixture->executor, &as_other);
  g_assert_cmpint (run (work, &copy), ==, OMA_STATUS_PERMISSION_DENIED);
}

static void
forgotten_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  oma_work_forget_server_finish (NULL, result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_values_of_a_server_that_goes_are_free (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);
  g_autoptr(OmaWork) work = oma_work_new (fixture->executor, &as_device);
  g_autofree char *before = NULL, *after = NULL;
  gboolean done = FALSE;

  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "mine"), ==, OMA_STATUS_OK);
  before = get_text (work, "./T/RW?prop=VerNo");
  oma_work_forget_server_async (work, SERVER, forgotten_cb, &done);
  iterate_until (&done);
  g_assert_true (commit (work, NULL));
  after = get_text (work, "./T/RW?prop=VerNo");
  g_assert_cmpstr (before, ==, after);
  assert_value (fixture, "./T/RW", "mine");
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "yours"), ==, OMA_STATUS_OK);
}

/* ---- MSFT:ConflictResolution ---- */

static void
set_rule (Fixture *fixture, const char *text, OmaMergeRule rule)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  g_assert_true (oma_uri_parse (&uri, text, NULL));
  oma_tree_lookup (fixture->tree, &uri, NULL, &lookup);
  ((OmaSchemaNode *) lookup.schema)->merge = rule;
}

static void
test_rule_of_the_ddf_decides (gconstpointer backend)
{
  static const struct {
    OmaMergeRule rule;
    const char  *first, *second;
    gboolean     wins;
  } cases[] = {
    { OMA_MERGE_NONE, "5", "4", FALSE },
    { OMA_MERGE_LAST_WRITE, "5", "4", TRUE },
    { OMA_MERGE_LOWEST, "5", "4", TRUE },
    { OMA_MERGE_LOWEST, "5", "6", FALSE },
    { OMA_MERGE_LOWEST, "5", "0", TRUE },
    { OMA_MERGE_LOWEST_ZERO_OPEN, "5", "4", TRUE },
    { OMA_MERGE_LOWEST_ZERO_OPEN, "5", "0", FALSE },
    { OMA_MERGE_LOWEST_ZERO_OPEN, "0", "5", TRUE },
    { OMA_MERGE_HIGHEST, "5", "6", TRUE },
    { OMA_MERGE_HIGHEST, "5", "-6", FALSE },
    { OMA_MERGE_HIGHEST_ZERO_OPEN, "-5", "0", FALSE },
    { OMA_MERGE_HIGHEST_ZERO_OPEN, "0", "-5", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(Fixture) fixture = open_fixture (backend);

      set_rule (fixture, "./T/Int", cases[i].rule);
      g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/Int", cases[i].first), ==, OMA_STATUS_OK);
      g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/Int", cases[i].second), ==,
                       cases[i].wins ? OMA_STATUS_OK : OMA_STATUS_PERMISSION_DENIED);
      assert_value (fixture, "./T/Int", cases[i].wins ? cases[i].second : cases[i].first);
    }
}

static void
test_rule_for_numbers_leaves_texts_to_the_first (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = open_fixture (backend);

  set_rule (fixture, "./T/RW", OMA_MERGE_HIGHEST);
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "a"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "b"), ==, OMA_STATUS_PERMISSION_DENIED);
  g_assert_cmpint (do_as (fixture, &as_server, REPLACE, "./T/RW", "1"), ==, OMA_STATUS_OK);
  g_assert_cmpint (do_as (fixture, &as_other, REPLACE, "./T/RW", "2"), ==, OMA_STATUS_OK);
}

static void
add (const char *path, GTestDataFunc func)
{
  static const char *const names[N_BACKENDS] = { "store", "plugin", "transactions" };

  for (int backend = 0; backend < N_BACKENDS; backend++)
    {
      g_autofree char *full = g_strdup_printf ("/conflict/%s/%s", path, names[backend]);
      g_test_add_data_func (full, GINT_TO_POINTER (backend), func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("first-server-keeps-its-value", test_first_server_keeps_its_value);
  add ("same-value-is-no-conflict", test_same_value_is_no_conflict_and_stays_the_first_ones);
  add ("value-that-nobody-set-is-free", test_value_that_nobody_set_is_free);
  add ("administrator-takes-a-value-away", test_administrator_takes_a_value_away);
  add ("acl-of-the-node-decides", test_acl_of_the_node_decides_where_it_names_the_server);
  add ("acl-above-lets-both-and-the-first-wins", test_acl_above_lets_both_and_the_first_wins);
  add ("what-another-server-set-cannot-be-deleted", test_what_another_server_set_cannot_be_deleted);
  add ("copy-onto-it-is-a-conflict-too", test_copy_onto_it_is_a_conflict_too);
  add ("values-of-a-server-that-goes-are-free", test_values_of_a_server_that_goes_are_free);
  add ("rule-of-the-ddf-decides", test_rule_of_the_ddf_decides);
  add ("rule-for-numbers-leaves-texts-to-the-first", test_rule_for_numbers_leaves_texts_to_the_first);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An Atomic is checked before a plugin that acts at once is called. */
#include "config.h"

#include "executor-fixture.h"

#define ADD OMA_OPERATION_ADD
#define DELETE OMA_OPERATION_DELETE
#define GET OMA_OPERATION_GET
#define REPLACE OMA_OPERATION_REPLACE

static OmaWork *
begin (Fixture *fixture)
{
  OmaWork *work = oma_work_new (fixture->executor, &as_server);

  oma_work_set_atomic (work, TRUE);
  oma_work_set_rehearsal (work, TRUE);
  return work;
}

static void
assert_text (OmaWork *work, const char *uri, const char *expected)
{
  g_autofree char *text = get_text (work, uri);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_plugin_that_acts_at_once_is_spared (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = begin (fixture), later = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "added"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/a", NULL), ==, OMA_STATUS_OK);
  g_assert_true (oma_work_held_back (work));
  /* It sees what it would have done, ... */
  assert_text (work, "./T/RW", "new");
  assert_text (work, "./T/List/n/Leaf", "added");
  assert_text (work, "./T/List/a/Leaf", "<404>");
  g_assert_true (roll_back (work, NULL));
  /* ... and nothing of it happened. */
  later = oma_work_new (fixture->executor, &as_server);
  assert_text (later, "./T/RW", "first");
  assert_text (later, "./T/List/n/Leaf", "<404>");
  assert_text (later, "./T/List/a/Leaf", "leaf");
}

static void
test_rules_are_those_of_the_real_thing (void)
{
  g_autoptr(Fixture) fixture = fixture_new (SERVED_BY_PLUGIN);
  g_autoptr(OmaWork) work = begin (fixture);

  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "added"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Leaf", "again"), ==, OMA_STATUS_ALREADY_EXISTS);
  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "x"), ==, OMA_STATUS_NOT_EXECUTED);
  g_assert_true (roll_back (work, NULL));
}

static void
test_others_are_called (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = fixture_new ((Backend) GPOINTER_TO_INT (backend));
  g_autoptr(OmaWork) work = begin (fixture), later = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/RW", "new"), ==, OMA_STATUS_OK);
  g_assert_false (oma_work_held_back (work));
  g_assert_true (commit (work, NULL));
  later = oma_work_new (fixture->executor, &as_server);
  assert_text (later, "./T/RW", "new");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rehearsal/plugin-that-acts-at-once-is-spared", test_plugin_that_acts_at_once_is_spared);
  g_test_add_func ("/rehearsal/rules-are-those-of-the-real-thing", test_rules_are_those_of_the_real_thing);
  g_test_add_data_func ("/rehearsal/store-is-called", GINT_TO_POINTER (SERVED_BY_STORE), test_others_are_called);
  g_test_add_data_func ("/rehearsal/transactions-are-called", GINT_TO_POINTER (SERVED_BY_TRANSACTIONS),
                        test_others_are_called);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An Atomic is checked before a plugin that acts at once is called. */
#include "config.h"

#include "codec/oma-tnds.h"
#include "executor-fixture.h"

#include <string.h>

#define DOC(nodes) "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>" nodes "</MgmtTree>"
#define NODE(name, rest) "<Node><NodeName>" name "</NodeName>" rest "</Node>"
#define LEAF(name, value) NODE (name, "<Value>" value "</Value>")

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

static OmaStatus
put_document (OmaWork *work, OmaOperationType type, const char *uri, const char *text)
{
  g_auto(OmaOperation) operation = {
    .type = type, .uri = uri, .mime_type = OMA_TNDS_TYPE_XML, .format = OMA_FORMAT_XML, .data = text,
    .length = strlen (text),
  };

  return run (work, &operation);
}

/* Documents before, between and behind other commands on the same nodes. */
static void
run_documents (OmaWork *work)
{
  g_autofree char *names = NULL;

  g_assert_cmpint (run_simple (work, REPLACE, "./T/List/a/Leaf", "soon gone"), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_document (work, REPLACE, "./T/List/a", DOC (NODE ("a", LEAF ("Number", "5")))), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_document (work, ADD, "./T/List", DOC (NODE ("n", LEAF ("Leaf", "v") NODE ("Sub", "")))), ==,
                   OMA_STATUS_OK);
  assert_text (work, "./T/List/n/Leaf", "v");
  g_assert_cmpint (run_simple (work, ADD, "./T/List/n/Sub/Deep", "deep"), ==, OMA_STATUS_OK);
  g_assert_cmpint (run_simple (work, DELETE, "./T/List/n/Leaf", NULL), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_document (work, REPLACE, "./T/List/n", DOC (NODE ("n", NODE ("Sub", LEAF ("Deep", "deeper"))))), ==,
                   OMA_STATUS_OK);
  assert_text (work, "./T/List/a/Number", "5");
  assert_text (work, "./T/List/n/Sub/Deep", "deeper");
  names = get_text (work, "./T/List/n");
  g_assert_null (strstr (names, "Leaf"));
}

/* A document has a rehearsal of its own, within that of the Atomic. */
static void
test_documents_are_rehearsed (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = fixture_new ((Backend) GPOINTER_TO_INT (backend));
  g_autoptr(OmaWork) work = begin (fixture), later = NULL, real = NULL, last = NULL;
  g_autoptr(GError) error = NULL;

  run_documents (work);
  g_assert_true (oma_work_held_back (work) == (fixture->plugin != NULL && !fixture->plugin->transactional));
  g_assert_true (roll_back (work, NULL));
  later = oma_work_new (fixture->executor, &as_server);
  assert_text (later, "./T/List/a/Leaf", "leaf");
  assert_text (later, "./T/List/n/Sub/Deep", "<404>");

  real = oma_work_new (fixture->executor, &as_server);
  oma_work_set_atomic (real, TRUE);
  run_documents (real);
  g_assert_true (commit (real, &error));
  g_assert_no_error (error);
  last = oma_work_new (fixture->executor, &as_server);
  assert_text (last, "./T/List/a/Leaf", "<404>");
  assert_text (last, "./T/List/a/Number", "5");
  assert_text (last, "./T/List/n/Sub/Deep", "deeper");
  assert_text (last, "./T/List/n/Leaf", "<404>");
}

/* One that breaks a rule only because of what was noted before. */
static void
test_document_that_breaks_a_rule_ends_the_rehearsal (gconstpointer backend)
{
  g_autoptr(Fixture) fixture = fixture_new ((Backend) GPOINTER_TO_INT (backend));
  g_autoptr(OmaWork) work = begin (fixture), later = NULL;

  g_assert_cmpint (put_document (work, ADD, "./T/List", DOC (NODE ("n", LEAF ("Leaf", "v")))), ==, OMA_STATUS_OK);
  g_assert_cmpint (put_document (work, ADD, "./T/List", DOC (NODE ("m", "") NODE ("n", ""))), ==,
                   OMA_STATUS_ALREADY_EXISTS);
  g_assert_true (roll_back (work, NULL));
  later = oma_work_new (fixture->executor, &as_server);
  assert_text (later, "./T/List/n/Leaf", "<404>");
  assert_text (later, "./T/List/m", "<404>");
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
  for (int backend = 0; backend < N_BACKENDS; backend++)
    {
      static const char *const names[] = { "store", "plugin", "transactions" };
      g_autofree char *good = g_strconcat ("/rehearsal/documents/", names[backend], NULL);
      g_autofree char *bad = g_strconcat ("/rehearsal/document-that-breaks-a-rule/", names[backend], NULL);

      g_test_add_data_func (good, GINT_TO_POINTER (backend), test_documents_are_rehearsed);
      g_test_add_data_func (bad, GINT_TO_POINTER (backend), test_document_that_breaks_a_rule_ends_the_rehearsal);
    }
  return g_test_run ();
}

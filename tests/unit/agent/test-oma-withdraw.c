/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent-test.h"

#define SERVER "com.example.a"
#define OTHER "com.example.b"

static void
run (AgentTest *f, const char *who, OmaOperationType type, const char *uri, const char *text)
{
  g_assert_cmpint (agent_test_run (f, who, type, uri, text), ==, 200);
}

static void
assert_text (AgentTest *f, const char *uri, const char *expected)
{
  g_autofree char *text = agent_test_get (f, uri);

  g_assert_cmpstr (text, ==, expected);
}

static void
set_up (AgentTest *f, gconstpointer data)
{
  OmaAccountConfig *config = agent_test_make_config ("b", OTHER);
  g_autoptr(OmaAccount) a = NULL;
  g_autoptr(OmaAccount) b = NULL;

  agent_test_set_up (f, data);
  config->manage = g_strsplit ("./Vendor", ",", -1);
  a = agent_test_add (f, agent_test_make_config ("a", SERVER), NULL);
  b = agent_test_add (f, config, NULL);
  g_assert_nonnull (a);
  g_assert_nonnull (b);
}

static void
withdraw (AgentTest *f)
{
  g_autoptr(GError) error = NULL;

  agent_test_reopen (f);   /* who set what is known after a restart, too */
  agent_test_remove (f, "a", TRUE, &error);
  g_assert_no_error (error);
  g_assert_false (agent_test_has (f, "./DMAcc/a"));
}

static void
test_added_nodes_go (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/mine", NULL);
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/mine/x", "1");
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Optional", "2");
  withdraw (f);
  g_assert_false (agent_test_has (f, "./Vendor/Items/mine"));
  g_assert_false (agent_test_has (f, "./Vendor/Optional"));
  g_assert_true (agent_test_has (f, "./Vendor/Items"));
}

static void
test_replaced_values_return_to_their_defaults (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  run (f, "", OMA_OPERATION_ADD, "./Vendor/Optional", "local");
  run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Optional", "remote");
  run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "remote");
  withdraw (f);
  assert_text (f, "./Vendor/Optional", "usual");
  assert_text (f, "./Vendor/Fixed", "first");
}

static void
test_what_others_set_stays (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/shared", NULL);
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/shared/mine", "1");
  run (f, OTHER, OMA_OPERATION_ADD, "./Vendor/Items/shared/theirs", "2");
  run (f, "", OMA_OPERATION_ADD, "./Vendor/Items/local", NULL);
  run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "remote");
  run (f, "", OMA_OPERATION_REPLACE, "./Vendor/Fixed", "local");
  withdraw (f);
  g_assert_false (agent_test_has (f, "./Vendor/Items/shared/mine"));
  assert_text (f, "./Vendor/Items/shared/theirs", "2");
  g_assert_true (agent_test_has (f, "./Vendor/Items/local"));
  assert_text (f, "./Vendor/Fixed", "local");
}

static void
test_without_it_everything_stays (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/mine", NULL);
  run (f, SERVER, OMA_OPERATION_REPLACE, "./Vendor/Fixed", "remote");
  g_assert_true (agent_test_remove (f, "a", FALSE, NULL));
  g_assert_true (agent_test_has (f, "./Vendor/Items/mine"));
  assert_text (f, "./Vendor/Fixed", "remote");
}

/* Another unit of work holds the turn to write: nothing may be done by halves. */
static void
test_all_or_nothing (AgentTest *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaPrincipal principal = { OMA_PRINCIPAL_ADMINISTRATOR, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaWork) work = NULL;
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_ADD, .uri = "./Vendor/Items/z", .format = OMA_FORMAT_NODE };

  run (f, SERVER, OMA_OPERATION_ADD, "./Vendor/Items/mine", NULL);
  oma_executor_set_turn_timeout (f->executor, 1);
  work = oma_work_new (f->executor, &principal);
  g_assert_true (oma_work_try_run (work, &operation));
  g_assert_cmpint (operation.status, ==, 200);
  g_assert_false (agent_test_remove (f, "a", TRUE, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER);
  g_clear_pointer (&work, oma_work_free);
  g_assert_true (agent_test_has (f, "./DMAcc/a"));
  g_assert_true (agent_test_has (f, "./Vendor/Items/mine"));
  withdraw (f);
  g_assert_false (agent_test_has (f, "./Vendor/Items/mine"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  agent_test_init_log ();
#define ADD(name, func) g_test_add ("/withdraw/" name, AgentTest, NULL, set_up, func, agent_test_tear_down)
  ADD ("added-nodes-go", test_added_nodes_go);
  ADD ("replaced-values-return-to-their-defaults", test_replaced_values_return_to_their_defaults);
  ADD ("what-others-set-stays", test_what_others_set_stays);
  ADD ("without-it-everything-stays", test_without_it_everything_stays);
  ADD ("all-or-nothing", test_all_or_nothing);
#undef ADD
  return g_test_run ();
}

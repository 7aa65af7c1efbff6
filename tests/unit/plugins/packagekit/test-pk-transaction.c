/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-packagekit.h"
#include "pk-transaction.h"

#include <string.h>

typedef struct {
  FakePackagekit *fake;
  GCancellable   *cancellable;
  PkResult       *result;
  GError         *error;
  gboolean        done;
  guint           percentage;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->fake = fake_packagekit_new ();
  f->cancellable = g_cancellable_new ();
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  /* A transaction that is over listens to nobody. */
  g_assert_cmpuint (fake_packagekit_count_subscriptions (f->fake), ==, 0);
  g_clear_pointer (&f->result, pk_result_free);
  g_clear_error (&f->error);
  g_object_unref (f->cancellable);
  /* What was called may still answer. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  fake_packagekit_free (f->fake);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_false (f->done);
  f->result = pk_transaction_run_finish (OMA_PLUGIN_HOST (source), result, &f->error);
  g_assert_true ((f->result == NULL) == (f->error != NULL));
  f->done = TRUE;
}

static void
progress_cb (guint percentage, gpointer user_data)
{
  ((Fixture *) user_data)->percentage = percentage;
}

static void
start (Fixture *f)
{
  pk_transaction_run_async (fake_packagekit_get_host (f->fake), "GetPackages",
                            g_variant_new ("(t)", PK_FILTER_INSTALLED), progress_cb, f, f->cancellable, done_cb, f);
}

static void
run (Fixture *f)
{
  start (f);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_what_is_said_before_the_answer_counts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const PkPackage *package;

  fake_packagekit_say (f->fake, 1, "PropertiesChanged", "('x.y', {'Percentage': <uint32 40>}, @as [])");
  fake_packagekit_say (f->fake, 1, "Packages",
                       "([(uint32 1, 'a;1;all;manual:x', 'A'), (uint32 1, 'b;2;all;x', 'B')],)");
  fake_packagekit_say (f->fake, 1, "Package", "(uint32 2, 'c;3;all;x', 'C')");
  fake_packagekit_say (f->fake, 1, "Package", "(uint32 2, 'nonsense', 'C')");
  fake_packagekit_say (f->fake, 1, "RequireRestart", "(uint32 4, 'c;3;all;x')");
  fake_packagekit_say (f->fake, 1, "RepoDetail", "('id', 'description', true)");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 1, uint32 7)");
  fake_packagekit_say (f->fake, 1, "Destroy", "()");
  run (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->result->packages->len, ==, 3);
  package = g_ptr_array_index (f->result->packages, 1);
  g_assert_cmpstr (package->name, ==, "b");
  g_assert_true (f->result->wants_restart);
  g_assert_cmpuint (f->result->repositories->len, ==, 1);
  g_assert_cmpuint (f->percentage, ==, 40);
  g_assert_cmpstr (g_ptr_array_index (fake_packagekit_get_calls (f->fake), 0), ==, "GetPackages (4,)");
}

static void
test_signals_of_other_types_are_not_taken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "Package", "('a;1;all;x',)");
  fake_packagekit_say (f->fake, 1, "Finished", "('x',)");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 1, uint32 7)");
  run (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->result->packages->len, ==, 0);
}

static void
check_failure (Fixture *f, int code)
{
  run (f);
  g_assert_error (f->error, PK_ERROR, code);
}

static void
test_the_reason_of_a_failure_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "ErrorCode", "(uint32 58, 'postinst failed\\n')");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 2, uint32 7)");
  check_failure (f, PK_ERROR_FAILED_INSTALL);
  g_assert_cmpstr (f->error->message, ==, "postinst failed");
}

static void
test_an_end_without_a_reason_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 2, uint32 7)");
  check_failure (f, PK_ERROR_INTERNAL);
}

static void
test_what_is_not_trusted_is_told_apart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 8, uint32 7)");
  check_failure (f, PK_ERROR_REPO_UNSIGNED);
}

static void
test_packagekit_can_go_away_in_the_middle (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "Package", "(uint32 12, 'c;3;all;x', 'C')");
  fake_packagekit_die (f->fake, 1);
  check_failure (f, PK_ERROR_DIED);
}

static void
test_a_transaction_can_be_dropped (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "Destroy", "()");
  check_failure (f, PK_ERROR_DIED);
}

static void
test_a_missing_right_is_told_apart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_refuse (f->fake, 1, "org.freedesktop.PackageKit.Transaction.RefusedByPolicy");
  check_failure (f, PK_ERROR_NOT_AUTHORIZED);
}

static void
test_the_lock_is_waited_for (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "ErrorCode", "(uint32 26, 'somebody has the lock')");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 2, uint32 7)");
  fake_packagekit_say (f->fake, 2, "Packages", "([(uint32 1, 'a;1;all;manual:x', 'A')],)");
  fake_packagekit_say (f->fake, 2, "Finished", "(uint32 1, uint32 7)");
  run (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->result->packages->len, ==, 1);
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 2);
}

/* That does not pass: somebody has to repair it. */
static void
test_an_interrupted_dpkg_is_no_lock (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_packagekit_say (f->fake, 1, "ErrorCode", "(uint32 26, \"you must manually run 'dpkg --configure -a'\")");
  fake_packagekit_say (f->fake, 1, "Finished", "(uint32 2, uint32 7)");
  check_failure (f, PK_ERROR_UNFINISHED_TRANSACTION);
}

static void
test_cancelling_asks_packagekit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  while (fake_packagekit_get_calls (f->fake)->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (f->cancellable);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_CANCELLED);
  g_assert_cmpstr (g_ptr_array_index (fake_packagekit_get_calls (f->fake), 1), ==, "Cancel ");
}

static void
test_what_was_cancelled_before_never_begins (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_cancellable_cancel (f->cancellable);
  check_failure (f, PK_ERROR_CANCELLED);
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 0);
}

static void
test_the_end_of_the_daemon_leaves_it_to_packagekit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  while (fake_packagekit_get_calls (f->fake)->len == 0)
    g_main_context_iteration (NULL, TRUE);
  pk_transaction_abandon_all ();
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_ABANDONED);
  g_assert_cmpuint (fake_packagekit_get_calls (f->fake)->len, ==, 1);
}

#define ADD(name) g_test_add ("/packagekit/transaction/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (what_is_said_before_the_answer_counts);
  ADD (signals_of_other_types_are_not_taken);
  ADD (the_reason_of_a_failure_is_told);
  ADD (an_end_without_a_reason_fails);
  ADD (what_is_not_trusted_is_told_apart);
  ADD (packagekit_can_go_away_in_the_middle);
  ADD (a_transaction_can_be_dropped);
  ADD (a_missing_right_is_told_apart);
  ADD (the_lock_is_waited_for);
  ADD (an_interrupted_dpkg_is_no_lock);
  ADD (cancelling_asks_packagekit);
  ADD (what_was_cancelled_before_never_begins);
  ADD (the_end_of_the_daemon_leaves_it_to_packagekit);
  return g_test_run ();
}

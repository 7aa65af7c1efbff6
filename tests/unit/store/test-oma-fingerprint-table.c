/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fingerprints of followed subtrees, as the store keeps them. */
#include "config.h"

#include "store-fixture.h"

static const guint8 digest[OMA_FINGERPRINT_SIZE] = { 1, 0, 2, 0xff };

static void
add (GArray *ops, OmaStoreOpKind kind, const char *subtree, const char *child, const guint8 *octets)
{
  add_op (ops, kind)->fingerprint = oma_fingerprint_new (subtree, child, octets);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
describe (OmaFingerprint *fingerprint, gpointer lines)
{
  g_ptr_array_add (lines, g_strdup_printf ("%s %s %d %u", fingerprint->subtree, fingerprint->child, fingerprint->known,
                                           fingerprint->digest[3]));
  oma_fingerprint_free (fingerprint);
}

static void
assert_fingerprints (Fixture *f, const char *expected)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;

  oma_tree_store_load_fingerprints (OMA_TREE_STORE (f->store), describe, lines, &error);
  g_assert_no_error (error);
  g_ptr_array_sort (lines, compare_lines);
  g_ptr_array_add (lines, NULL);
  text = g_strjoinv ("; ", (char **) lines->pdata);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_fingerprints_survive_a_restart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GArray *ops = oma_tree_store_ops_new (0);

  assert_fingerprints (f, "");
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./A", "x", NULL);
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./A", "x", digest);
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./A", "y/z", NULL);
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./A", "", NULL);
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./B", "x", digest);
  assert_written (f, ops);
  reopen_store (f);
  assert_fingerprints (f, "./A  0 0; ./A x 1 255; ./A y/z 0 0; ./B x 1 255");

  ops = oma_tree_store_ops_new (0);
  add (ops, OMA_STORE_DROP_FINGERPRINT, "./A", "x", NULL);
  add (ops, OMA_STORE_DROP_FINGERPRINT, "./A", "none", NULL);
  add (ops, OMA_STORE_PUT_FINGERPRINT, "./B", "x", NULL);
  assert_written (f, ops);
  reopen_store (f);
  assert_fingerprints (f, "./A  0 0; ./A y/z 0 0; ./B x 0 0");
}

static void
test_fingerprint_shares_the_fate_of_its_write (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GArray *ops = oma_tree_store_ops_new (0);
  g_autoptr(GError) error = NULL;

  add (ops, OMA_STORE_PUT_FINGERPRINT, "./A", "x", digest);
  add_op (ops, OMA_STORE_DELETE)->record.id = 4711;      /* which is not there */
  g_assert_false (write_ops (f, ops, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  assert_fingerprints (f, "");
}

static void
test_digest_that_is_none_of_ours_is_not_known (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  close_store (f);
  run_sql (f, "INSERT INTO fingerprints VALUES ('./A', 'x', x'0102')");
  open_store (f);
  assert_fingerprints (f, "./A x 0 0");
}

static void
test_version_5_has_no_fingerprints_yet (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  close_store (f);
  run_sql (f, "DROP TABLE fingerprints; ALTER TABLE alerts DROP COLUMN report_uri; PRAGMA user_version = 5");
  open_store (f);
  assert_fingerprints (f, "");
  close_store (f);
  g_assert_cmpint (query_sql (f, "PRAGMA user_version"), ==, 7);
  open_store (f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/fingerprint-table/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("fingerprints-survive-a-restart", test_fingerprints_survive_a_restart);
  TEST ("fingerprint-shares-the-fate-of-its-write", test_fingerprint_shares_the_fate_of_its_write);
  TEST ("digest-that-is-none-of-ours-is-not-known", test_digest_that_is_none_of_ours_is_not_known);
  TEST ("version-5-has-no-fingerprints-yet", test_version_5_has_no_fingerprints_yet);
  return g_test_run ();
}

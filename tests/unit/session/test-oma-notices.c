/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What services tell, one notice a node. */
#include "config.h"

#include "session/oma-notices.h"

typedef struct {
  const char   *name;
  OmaChangeKind kinds[2];
  int           merged;      /* -1: nothing */
} Pair;

static const Pair pairs[] = {
  { "added-then-replaced", { OMA_CHANGE_ADDED, OMA_CHANGE_REPLACED }, OMA_CHANGE_ADDED },
  { "added-then-deleted", { OMA_CHANGE_ADDED, OMA_CHANGE_DELETED }, -1 },
  { "added-twice", { OMA_CHANGE_ADDED, OMA_CHANGE_ADDED }, OMA_CHANGE_ADDED },
  { "replaced-twice", { OMA_CHANGE_REPLACED, OMA_CHANGE_REPLACED }, OMA_CHANGE_REPLACED },
  { "replaced-then-deleted", { OMA_CHANGE_REPLACED, OMA_CHANGE_DELETED }, OMA_CHANGE_DELETED },
  { "deleted-then-added", { OMA_CHANGE_DELETED, OMA_CHANGE_ADDED }, OMA_CHANGE_REPLACED },
  { "deleted-twice", { OMA_CHANGE_DELETED, OMA_CHANGE_DELETED }, OMA_CHANGE_DELETED },
};

static void
test_pair_comes_to_one (gconstpointer data)
{
  const Pair *pair = data;
  g_autoptr(OmaNotices) notices = oma_notices_new ();
  g_autoptr(GPtrArray) all = NULL;

  for (guint i = 0; i < 2; i++)
    g_assert_true (oma_notices_add (notices, "./A", pair->kinds[i], 7 + i));
  g_assert_cmpuint (oma_notices_count (notices), ==, pair->merged >= 0);
  all = oma_notices_take (notices);
  g_assert_cmpuint (all->len, ==, pair->merged >= 0);
  if (pair->merged < 0)
    return;
  g_assert_cmpint (((OmaNotice *) g_ptr_array_index (all, 0))->kind, ==, pair->merged);
  g_assert_cmpint (((OmaNotice *) g_ptr_array_index (all, 0))->time, ==, 7);
}

static void
test_order_is_that_of_arrival (void)
{
  g_autoptr(OmaNotices) notices = oma_notices_new ();
  g_autoptr(GPtrArray) all = NULL;
  static const char *const uris[] = { "./C", "./A", "./B", "./A/x" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    oma_notices_add (notices, uris[i], OMA_CHANGE_ADDED, 0);
  oma_notices_add (notices, "./A", OMA_CHANGE_DELETED, 0);
  all = oma_notices_take (notices);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpstr (((OmaNotice *) g_ptr_array_index (all, 0))->uri, ==, "./C");
  g_assert_cmpstr (((OmaNotice *) g_ptr_array_index (all, 1))->uri, ==, "./B");
  g_assert_cmpstr (((OmaNotice *) g_ptr_array_index (all, 2))->uri, ==, "./A/x");
  g_assert_cmpuint (oma_notices_count (notices), ==, 0);
}

static void
test_what_is_below_goes_and_what_begins_alike_stays (void)
{
  g_autoptr(OmaNotices) notices = oma_notices_new ();
  g_autoptr(GPtrArray) all = NULL;
  static const char *const uris[] = { "./A", "./A/x", "./AB", "./B/A" };

  for (guint i = 0; i < G_N_ELEMENTS (uris); i++)
    oma_notices_add (notices, uris[i], OMA_CHANGE_ADDED, 0);
  oma_notices_drop_below (notices, "./A");
  all = oma_notices_take (notices);
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpstr (((OmaNotice *) g_ptr_array_index (all, 0))->uri, ==, "./AB");
}

static void
test_there_is_a_limit (void)
{
  g_autoptr(OmaNotices) notices = oma_notices_new ();

  for (guint i = 0; i < OMA_MAX_NOTICES; i++)
    {
      g_autofree char *uri = g_strdup_printf ("./A/%u", i);

      g_assert_true (oma_notices_add (notices, uri, OMA_CHANGE_ADDED, 0));
    }
  g_assert_false (oma_notices_add (notices, "./B", OMA_CHANGE_ADDED, 0));
  g_assert_true (oma_notices_add (notices, "./A/5", OMA_CHANGE_DELETED, 0));    /* one that is known */
  g_assert_true (oma_notices_add (notices, "./B", OMA_CHANGE_ADDED, 0));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *path = g_strconcat ("/notices/", pairs[i].name, NULL);

      g_test_add_data_func (path, &pairs[i], test_pair_comes_to_one);
    }
  g_test_add_func ("/notices/order-is-that-of-arrival", test_order_is_that_of_arrival);
  g_test_add_func ("/notices/what-is-below-goes-and-what-begins-alike-stays",
                   test_what_is_below_goes_and_what_begins_alike_stays);
  g_test_add_func ("/notices/there-is-a-limit", test_there_is_a_limit);
  return g_test_run ();
}

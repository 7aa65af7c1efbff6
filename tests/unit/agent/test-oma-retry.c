/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-retry.h"

static void
test_waits_double_up_to_the_longest (void)
{
  static const guint expected[] = { 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (oma_retry_delay (2, 60, i, 0, NULL), ==, expected[i]);
  g_assert_cmpuint (oma_retry_delay (G_MAXUINT, G_MAXUINT, G_MAXUINT, 0, NULL), ==, G_MAXUINT);
  g_assert_cmpuint (oma_retry_delay (0, 60, 5, 0, NULL), ==, 0);
}

static void
test_what_the_server_asks_for_is_the_least (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (1);

  g_assert_cmpuint (oma_retry_delay (2, 60, 0, 30, NULL), ==, 30000);
  g_assert_cmpuint (oma_retry_delay (2, 60, 9, 30, NULL), ==, 60000);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (oma_retry_delay (2, 60, 0, 30, rand), >=, 30000);
}

/* Devices that lost their server together do not come back together. */
static void
test_random_part_spreads_and_is_bounded (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (7);
  g_autoptr(GRand) again = g_rand_new_with_seed (7);
  guint lowest = G_MAXUINT, highest = 0;

  for (guint i = 0; i < 1000; i++)
    {
      guint wait = oma_retry_delay (10, 60, 0, 0, rand);

      g_assert_cmpuint (wait, ==, oma_retry_delay (10, 60, 0, 0, again));
      g_assert_cmpuint (wait, >=, 10000);
      g_assert_cmpuint (wait, <=, 10000 + 10000 * OMA_RETRY_JITTER / 100);
      lowest = MIN (lowest, wait);
      highest = MAX (highest, wait);
    }
  g_assert_cmpuint (highest - lowest, >, 4500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/waits-double-up-to-the-longest", test_waits_double_up_to_the_longest);
  g_test_add_func ("/retry/what-the-server-asks-for-is-the-least", test_what_the_server_asks_for_is_the_least);
  g_test_add_func ("/retry/random-part-spreads-and-is-bounded", test_random_part_spreads_and_is_bounded);
  return g_test_run ();
}

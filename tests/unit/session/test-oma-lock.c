/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-lock.h"

#include <string.h>

#define READ OMA_LOCK_READ
#define WRITE OMA_LOCK_WRITE
#define ACT OMA_LOCK_ACT
#define ALL OMA_LOCK_EVERYTHING

#define N_OWNERS 5

/* Stand for subtrees. */
static const char x[] = "x", y[] = "y", z[] = "z";

typedef struct {
  OmaLockTable table;
  OmaLockOwner a, b, c, d, e;
  GString     *granted;      /* who was let on, in order */
} Fixture;

static OmaLockOwner *
owner_at (Fixture *fixture, guint i)
{
  return &(&fixture->a)[i];
}

static Fixture *current;

static void
setup (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  memset (fixture, 0, sizeof *fixture);
  for (guint i = 0; i < N_OWNERS; i++)
    oma_lock_owner_init (owner_at (fixture, i), &fixture->table);
  fixture->granted = g_string_new (NULL);
  current = fixture;
}

static void
teardown (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < N_OWNERS; i++)
    {
      oma_lock_release (owner_at (fixture, i));
      oma_lock_owner_clear (owner_at (fixture, i));
    }
  g_assert_true (g_queue_is_empty (&fixture->table.holders));
  g_assert_true (g_queue_is_empty (&fixture->table.waiting));
  g_string_free (fixture->granted, TRUE);
}

static void
granted (gpointer user_data)
{
  g_string_append_c (current->granted, 'a' + (char) ((OmaLockOwner *) user_data - &current->a));
}

static gboolean
wait_for (OmaLockOwner *owner, gconstpointer subtree, OmaLockMode mode)
{
  g_assert_false (oma_lock_take (owner, subtree, mode));
  oma_lock_want (owner, subtree, mode);
  return oma_lock_wait (owner, granted, owner);
}

static void
assert_granted (Fixture *fixture, const char *expected)
{
  g_assert_cmpstr (fixture->granted->str, ==, expected);
}

static void
test_what_goes_together (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const gboolean together[3][3] = {
    /*             READ   WRITE  ACT */
    [READ] =  { TRUE,  TRUE,  FALSE },
    [WRITE] = { TRUE,  FALSE, FALSE },
    [ACT] =   { FALSE, FALSE, FALSE },
  };

  for (int one = READ; one <= ACT; one++)
    for (int other = READ; other <= ACT; other++)
      {
        g_assert_true (oma_lock_take (&fixture->a, x, one));
        g_assert_true (oma_lock_take (&fixture->b, y, other));
        g_assert_cmpint (oma_lock_take (&fixture->b, x, other), ==, together[one][other]);
        oma_lock_release (&fixture->a);
        oma_lock_release (&fixture->b);
      }
}

static void
test_everything_holds_all_subtrees (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, ALL, WRITE));
  g_assert_true (oma_lock_take (&fixture->a, x, WRITE));
  g_assert_false (oma_lock_take (&fixture->b, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, x, READ));
  /* What one may not do everywhere one asks for. */
  g_assert_false (oma_lock_take (&fixture->a, x, ACT));
  oma_lock_release (&fixture->a);
  g_assert_true (oma_lock_take (&fixture->b, x, WRITE));
  g_assert_false (oma_lock_take (&fixture->a, ALL, WRITE));
}

static void
test_own_locks_are_in_nobodys_way (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  for (int mode = READ; mode <= ACT; mode++)
    g_assert_true (oma_lock_take (&fixture->a, x, mode));
  for (int mode = READ; mode <= ACT; mode++)
    g_assert_true (oma_lock_take (&fixture->a, x, mode));
}

static void
test_who_waits_longest_is_next (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, WRITE));
  g_assert_true (wait_for (&fixture->b, x, WRITE));
  g_assert_true (wait_for (&fixture->c, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->d, y, WRITE));
  assert_granted (fixture, "");
  oma_lock_release (&fixture->a);
  assert_granted (fixture, "b");
  /* Nobody slips in between. */
  g_assert_false (oma_lock_take (&fixture->a, x, WRITE));
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "bc");
}

static void
test_nobody_starves_behind_those_who_come_later (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, READ));
  g_assert_true (oma_lock_take (&fixture->b, x, WRITE));
  g_assert_true (wait_for (&fixture->b, x, ACT));
  g_assert_true (wait_for (&fixture->c, x, READ));
  oma_lock_end_reading (&fixture->a);
  assert_granted (fixture, "b");
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "bc");

  /* Who waits for everything is not passed by those who want a part of it. */
  g_assert_true (oma_lock_take (&fixture->a, y, WRITE));
  g_assert_true (wait_for (&fixture->d, ALL, WRITE));
  g_assert_true (wait_for (&fixture->e, z, WRITE));
  oma_lock_release (&fixture->a);
  assert_granted (fixture, "bcd");
}

static void
test_who_is_waited_for_goes_first (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, x, READ));
  g_assert_true (wait_for (&fixture->c, x, WRITE));
  g_assert_true (wait_for (&fixture->d, ALL, WRITE));
  /* c and d wait for a, so that it need not wait for them, ... */
  g_assert_true (oma_lock_take (&fixture->a, y, WRITE));
  g_assert_true (wait_for (&fixture->a, x, ACT));
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "a");
  oma_lock_release (&fixture->a);
  assert_granted (fixture, "ac");
}

static void
test_one_that_closes_a_circle_is_refused (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, y, WRITE));
  g_assert_true (oma_lock_take (&fixture->c, z, WRITE));
  g_assert_true (wait_for (&fixture->a, y, WRITE));
  g_assert_true (wait_for (&fixture->b, z, WRITE));
  g_assert_false (wait_for (&fixture->c, x, WRITE));
  /* It has what it had, and the others still wait. */
  g_assert_false (oma_lock_take (&fixture->d, z, WRITE));
  assert_granted (fixture, "");
  oma_lock_release (&fixture->c);
  assert_granted (fixture, "b");
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "ba");
}

static void
test_circle_through_the_queue_is_found (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, y, WRITE));
  g_assert_true (oma_lock_take (&fixture->c, z, WRITE));
  g_assert_true (wait_for (&fixture->d, ALL, WRITE));
  /* e waits for d, and d for all others. */
  g_assert_true (wait_for (&fixture->a, y, WRITE));
  g_assert_false (wait_for (&fixture->b, x, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, y, ACT));
}

static void
test_who_waits_to_read_reads_nothing_meanwhile (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, ACT));
  g_assert_true (oma_lock_take (&fixture->a, y, WRITE));
  g_assert_true (oma_lock_take (&fixture->b, y, READ));
  g_assert_true (wait_for (&fixture->a, y, ACT));
  /* b would wait for a, which waits for b. */
  g_assert_true (wait_for (&fixture->b, x, READ));
  assert_granted (fixture, "a");
  oma_lock_release (&fixture->a);
  assert_granted (fixture, "ab");
  g_assert_false (oma_lock_take (&fixture->c, x, ACT));
  g_assert_false (oma_lock_take (&fixture->c, y, ACT));
  oma_lock_end_reading (&fixture->b);
  g_assert_true (oma_lock_take (&fixture->c, x, ACT));
}

static void
test_giving_up_lets_those_behind_on (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, READ));
  g_assert_true (oma_lock_take (&fixture->b, x, WRITE));
  g_assert_true (wait_for (&fixture->b, x, ACT));
  g_assert_true (wait_for (&fixture->c, x, READ));
  g_assert_true (wait_for (&fixture->d, x, WRITE));
  oma_lock_give_up (&fixture->b);
  assert_granted (fixture, "c");
  /* It kept what it had. */
  oma_lock_give_up (&fixture->d);
  g_assert_false (oma_lock_take (&fixture->e, x, WRITE));
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "c");
  g_assert_true (oma_lock_take (&fixture->e, x, WRITE));
}

static void
test_all_that_is_wanted_comes_at_once (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (oma_lock_take (&fixture->a, x, READ));
  g_assert_true (oma_lock_take (&fixture->b, y, READ));
  oma_lock_want (&fixture->c, x, ACT);
  oma_lock_want (&fixture->c, y, ACT);
  g_assert_true (oma_lock_wait (&fixture->c, granted, &fixture->c));
  oma_lock_release (&fixture->a);
  assert_granted (fixture, "");
  g_assert_false (oma_lock_take (&fixture->d, x, READ));
  oma_lock_release (&fixture->b);
  assert_granted (fixture, "c");
}

/* Whatever they do, somebody can go on, and when all have ended nobody waits. */
static void
test_random_owners_never_get_stuck (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const subtrees[] = { x, y, z, ALL };
  guint refused = 0, waited = 0;

  for (guint step = 0; step < 20000; step++)
    {
      OmaLockOwner *owner = owner_at (fixture, g_test_rand_int_range (0, N_OWNERS));
      const char *subtree = subtrees[g_test_rand_int_range (0, G_N_ELEMENTS (subtrees) - (step % 8 != 0))];
      OmaLockMode mode = g_test_rand_int_range (READ, ACT + 1);
      gboolean idle = TRUE;

      if (owner->waits)
        {
          if (g_test_rand_int_range (0, 20) == 0)
            oma_lock_give_up (owner);
        }
      else if (g_test_rand_int_range (0, 4) == 0)
        oma_lock_release (owner);
      else if (!oma_lock_take (owner, subtree, mode))
        {
          oma_lock_want (owner, subtree, mode);
          waited++;
          refused += !oma_lock_wait (owner, granted, owner);
        }
      /* Somebody can always go on. */
      for (guint i = 0; i < N_OWNERS; i++)
        idle &= owner_at (fixture, i)->waits;
      g_assert_false (idle);
    }
  g_assert_cmpuint (refused, >, 0);
  g_assert_cmpuint (waited, >, refused);
  for (guint round = 0; round < N_OWNERS; round++)
    for (guint i = 0; i < N_OWNERS; i++)
      if (!owner_at (fixture, i)->waits)
        oma_lock_release (owner_at (fixture, i));
  g_assert_true (g_queue_is_empty (&fixture->table.waiting));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define TEST(path, func) g_test_add ("/lock/" path, Fixture, NULL, setup, func, teardown)
  TEST ("together", test_what_goes_together);
  TEST ("everything", test_everything_holds_all_subtrees);
  TEST ("own", test_own_locks_are_in_nobodys_way);
  TEST ("order", test_who_waits_longest_is_next);
  TEST ("no-starvation", test_nobody_starves_behind_those_who_come_later);
  TEST ("who-is-waited-for-goes-first", test_who_is_waited_for_goes_first);
  TEST ("circle", test_one_that_closes_a_circle_is_refused);
  TEST ("circle-through-the-queue", test_circle_through_the_queue_is_found);
  TEST ("readers-wait-with-nothing", test_who_waits_to_read_reads_nothing_meanwhile);
  TEST ("giving-up", test_giving_up_lets_those_behind_on);
  TEST ("all-at-once", test_all_that_is_wanted_comes_at_once);
  TEST ("random", test_random_owners_never_get_stuck);
  return g_test_run ();
}

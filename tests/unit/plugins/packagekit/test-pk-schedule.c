/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-schedule.h"

static void
check (const char *schedule, const char *zone, const char *after, const char *expected)
{
  g_autoptr(GTimeZone) tz = g_time_zone_new_identifier (zone);
  g_autoptr(GDateTime) time = NULL;
  g_autoptr(GDateTime) next = NULL;
  g_autofree char *text = NULL;
  gint64 seconds;

  g_assert_nonnull (tz);
  time = g_date_time_new_from_iso8601 (after, tz);
  seconds = pk_schedule_next (schedule, time);
  if (expected == NULL)
    {
      g_assert_cmpint (seconds, ==, 0);
      return;
    }
  next = g_date_time_new_from_unix_utc (seconds);
  text = g_date_time_format (next, "%Y-%m-%dT%H:%M");
  g_assert_cmpstr (text, ==, expected);
}

static void
test_a_time_of_day_comes_each_day (void)
{
  check ("03:00", "UTC", "2026-11-29T02:59:59", "2026-11-29T03:00");
  check ("03:00", "UTC", "2026-11-29T03:00:00", "2026-11-30T03:00");
  check ("00:00", "UTC", "2026-12-31T12:00:00", "2027-01-01T00:00");
}

static void
test_a_day_of_the_week_comes_each_week (void)
{
  check ("Sun 23:30", "UTC", "2026-11-29T12:00:00", "2026-11-29T23:30");
  check ("Sun 23:30", "UTC", "2026-11-29T23:30:00", "2026-12-06T23:30");
  check ("Mon 00:10", "UTC", "2026-11-29T12:00:00", "2026-11-30T00:10");
}

/* On 29 March 2026 the clocks of Europe went from 2 to 3. */
static void
test_the_time_is_that_of_the_place (void)
{
  check ("04:00", "Europe/Berlin", "2026-03-28T12:00:00", "2026-03-29T02:00");
  check ("04:00", "Europe/Berlin", "2026-03-27T12:00:00", "2026-03-28T03:00");
}

static void
test_what_is_no_time_is_never_due (void)
{
  static const char *const bad[] = { "", "3:00", "24:00", "12:60", "Mon", "Foo 12:00", "12:00:00", "ab:cd",
                                     "Mon  12:00" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    check (bad[i], "UTC", "2026-11-29T12:00:00", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packagekit/schedule/a-time-of-day-comes-each-day", test_a_time_of_day_comes_each_day);
  g_test_add_func ("/packagekit/schedule/a-day-of-the-week-comes-each-week", test_a_day_of_the_week_comes_each_week);
  g_test_add_func ("/packagekit/schedule/the-time-is-that-of-the-place", test_the_time_is_that_of_the_place);
  g_test_add_func ("/packagekit/schedule/what-is-no-time-is-never-due", test_what_is_no_time_is_never_due);
  return g_test_run ();
}

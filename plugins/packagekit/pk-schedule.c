/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-schedule.h"

#include <string.h>

static int
find_day (const char *schedule)
{
  static const char *const days[] = { "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun " };

  for (guint i = 0; i < G_N_ELEMENTS (days); i++)
    if (g_str_has_prefix (schedule, days[i]))
      return (int) i + 1;
  return 0;
}

/**
 * pk_schedule_next:
 * @schedule: "HH:MM" for each day or "Mon HH:MM" for one of the week, of the local time
 * @after: a time
 *
 * Returns: the first such time later than @after, in seconds of the epoch; 0 when @schedule says none
 */
gint64
pk_schedule_next (const char *schedule, GDateTime *after)
{
  int day = find_day (schedule);
  const char *time = day != 0 ? schedule + 4 : schedule;
  int hour, minute;

  if (strlen (time) != 5 || time[2] != ':' || !g_ascii_isdigit (time[0]) || !g_ascii_isdigit (time[1]) ||
      !g_ascii_isdigit (time[3]) || !g_ascii_isdigit (time[4]))
    return 0;
  hour = (time[0] - '0') * 10 + time[1] - '0';
  minute = (time[3] - '0') * 10 + time[4] - '0';
  if (hour > 23 || minute > 59)
    return 0;
  /* A week and a day: the hour may be missing on one day, when the clocks change. */
  for (int i = 0; i <= 8; i++)
    {
      g_autoptr(GDateTime) date = g_date_time_add_days (after, i);
      g_autoptr(GDateTime) due = g_date_time_new (g_date_time_get_timezone (after), g_date_time_get_year (date),
                                                  g_date_time_get_month (date), g_date_time_get_day_of_month (date),
                                                  hour, minute, 0);

      if (due != NULL && (day == 0 || g_date_time_get_day_of_week (due) == day) &&
          g_date_time_compare (due, after) > 0)
        return g_date_time_to_unix (due);
    }
  return 0;
}

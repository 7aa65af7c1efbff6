/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-watchdog.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static timer_t timer;
static guint limit;               /* seconds, 0: not started */

/* 0 disarms it. */
static void
arm (guint seconds)
{
  const struct itimerspec time = { .it_value.tv_sec = seconds };

  timer_settime (timer, 0, &time, NULL);
}

/* Who waits for something to do is not stuck, however long it takes. */
static int
watched_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int result, saved_errno;

  if (timeout != 0)
    arm (0);
  result = g_poll (fds, n_fds, timeout);
  saved_errno = errno;
  arm (limit);
  errno = saved_errno;
  return result;
}

/**
 * oma_watchdog_start:
 * @seconds: so long one turn of the main loop may take, 0: for ever
 *
 * From its next turn on a main loop that is stuck, in a plugin as a rule, ends the process with SIGABRT,
 * so that it is found out where it hangs and the service manager starts it anew.  It takes two system
 * calls a turn, and nothing while there is nothing to do: the watchdog of systemd would have to be fed
 * then as well.  To be called once, by the thread of the main loop.
 */
void
oma_watchdog_start (guint seconds)
{
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGABRT };

  g_return_if_fail (limit == 0);
  if (seconds == 0)
    return;
  event.sigev_notify_thread_id = gettid ();
  if (timer_create (CLOCK_MONOTONIC, &event, &timer) != 0)
    {
      g_warning ("A main loop that hangs is not noticed: %s", g_strerror (errno));
      return;
    }
  limit = seconds;
  g_main_context_set_poll_func (NULL, watched_poll);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-retry.h"

/**
 * oma_retry_delay:
 * @first: seconds before the first further try
 * @longest: seconds that doubling comes to at most
 * @time: further tries before this one
 * @asked: seconds that the server asked for, 0: none; it is never asked again before they are over
 * @rand: (nullable): where the random part comes from; without it there is none
 *
 * Returns: milliseconds to wait: @first, doubled with each try up to @longest, at least @asked, and up to
 *   %OMA_RETRY_JITTER per cent more at random
 */
guint
oma_retry_delay (guint first, guint longest, guint time, guint asked, GRand *rand)
{
  guint64 seconds = MIN ((guint64) first << MIN (time, 31), longest);
  guint64 wait = MAX (seconds, asked) * 1000;

  if (rand != NULL)
    wait += (guint64) (g_rand_double (rand) * (double) (wait * OMA_RETRY_JITTER / 100));
  return (guint) MIN (wait, G_MAXUINT);
}

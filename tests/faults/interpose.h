/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* What the test and the interposer share: a mapped file that OMADM_FAULTS names.  The test writes
 * all but the last two, and "armed" last; machine.sh has the same layout. */
enum {
  FAULT_NONE,           /* points are only written down */
  FAULT_KILL_BEFORE,    /* the process is killed at the point, which does not happen */
  FAULT_KILL_AFTER,     /* the process is killed when the point has happened */
  FAULT_KILL_TORN,      /* the process is killed when a half of what is written has been */
  FAULT_FULL_ONCE,      /* there is no room, that one time */
  FAULT_FULL,           /* there is no room any more, wherever something is written */
  FAULT_BROKEN_ONCE,    /* the medium is broken: EIO, that one time */
};

typedef struct {
  uint32_t armed;       /* points count from now on */
  uint32_t fault;
  uint32_t number;      /* of the point among those of its name, from 1 */
  uint32_t hits;        /* how often the fault has struck */
  uint32_t points;      /* how many there were */
  char     name[236];   /* of the point: function and place, "fdatasync state/omadm.db-wal" */
} Faults;

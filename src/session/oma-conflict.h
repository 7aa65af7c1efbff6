/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-target.h"

G_BEGIN_DECLS

/**
 * OmaConflict:
 * @OMA_CONFLICT_NONE: the value can be set
 * @OMA_CONFLICT_SAME: it is what another server wants too: there is nothing to do
 * @OMA_CONFLICT_LOST: the other server's value stays
 * @OMA_CONFLICT_WAIT: the plugin has to be waited for
 *
 * What becomes of a value that another server has set before.
 */
typedef enum {
  OMA_CONFLICT_NONE,
  OMA_CONFLICT_SAME,
  OMA_CONFLICT_LOST,
  OMA_CONFLICT_WAIT,
} OmaConflict;

OmaConflict oma_conflict_judge       (OmaJob *job, const OmaTarget *target, OmaValue *value);
gboolean    oma_conflict_stops_delete (OmaJob *job, const OmaTarget *target);

G_END_DECLS

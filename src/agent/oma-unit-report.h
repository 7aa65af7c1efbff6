/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-unit-list.h"

G_BEGIN_DECLS

/**
 * OmaUnitFate:
 * @OMA_UNIT_FATE_UNKNOWN: its undoing had begun when the daemon ended
 * @OMA_UNIT_FATE_UNDONE: everything is as it was
 * @OMA_UNIT_FATE_PARTLY_UNDONE: something is not
 * @OMA_UNIT_FATE_EXECUTED: everything is as it was, but for Execs that may have run
 *
 * What became of a unit of work that was to be undone.
 */
typedef enum {
  OMA_UNIT_FATE_UNKNOWN,
  OMA_UNIT_FATE_UNDONE,
  OMA_UNIT_FATE_PARTLY_UNDONE,
  OMA_UNIT_FATE_EXECUTED,
} OmaUnitFate;

OmaUnitFate oma_unit_report_get_fate   (const OmaUndoReport *report);
void        oma_unit_report_log        (const OmaUnitInfo *info, const OmaUndoReport *report, const GError *error);
OmaAlert   *oma_unit_report_make_alert (const OmaUnitInfo *info, OmaUnitFate fate);
gboolean    oma_unit_report_complete   (OmaAlertList *alerts, gint64 id, const OmaUnitInfo *info, OmaUnitFate fate);
gint64      oma_unit_report_get_unit   (const OmaAlert *alert);
void        oma_unit_report_supersede  (OmaAlertList *alerts, gint64 id, gint64 unit);

G_END_DECLS

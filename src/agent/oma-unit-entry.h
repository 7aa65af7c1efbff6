/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-unit-list.h"
#include "store/oma-store.h"

G_BEGIN_DECLS

/**
 * OmaUnitEntry:
 * @list: the list that it is in
 * @info: what others see; its error and undoing are those of the last oma_unit_entry_show()
 * @record: (nullable): as the journal has it; the executor has it while it undoes
 * @subtrees: (element-type utf8): where something of it is left
 * @n_left: changes that somebody else has changed since, as earlier attempts found
 * @n_executed: Execs that may have run, likewise
 * @reason: (nullable): why the last attempt failed
 * @busy: it is being undone or forgotten, and stays in the list meanwhile
 * @undoing: it is being undone
 * @unanswered: its server knows nothing of its fate yet
 * @note: alert that stands for the end of the undoing, 0 for none
 * @failures: in a row, in this run of the daemon
 * @due: monotonic time of the next attempt
 * @waiting: (element-type GTask): who waits for what is under way
 *
 * A unit of work of an #OmaUnitList.
 */
typedef struct {
  OmaUnitList   *list;
  OmaUnitInfo    info;
  OmaUnitRecord *record;
  GPtrArray     *subtrees;
  guint          n_left;
  guint          n_executed;
  char          *reason;
  gboolean       busy;
  gboolean       undoing;
  gboolean       unanswered;
  gint64         note;
  guint          failures;
  gint64         due;
  GPtrArray     *waiting;
} OmaUnitEntry;

OmaUnitEntry       *oma_unit_entry_new        (OmaUnitList *list, OmaUnitRecord *record);
void                oma_unit_entry_free       (OmaUnitEntry *entry);
void                oma_unit_entry_set_record (OmaUnitEntry *entry, OmaUnitRecord *record);
const OmaUnitEntry *oma_unit_entry_find_newer (const OmaUnitEntry *entry, GPtrArray *entries);
gboolean            oma_unit_entry_check_turn (const OmaUnitEntry *entry, GPtrArray *entries, GError **error);
OmaUnitInfo        *oma_unit_entry_show       (OmaUnitEntry *entry, GPtrArray *entries);
void                oma_unit_entry_take_session (OmaUnitEntry *entry, const OmaSessionRecord *session);
void                oma_unit_entry_answer     (OmaUnitEntry *entry, gpointer tag, const GError *error);

G_END_DECLS

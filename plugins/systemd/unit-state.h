/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What systemd says of its units, and what of that the nodes of one show.  Nothing here calls anybody. */
#pragma once

#include <omadm/omadm.h>

G_BEGIN_DECLS

/**
 * UnitState:
 * @name: of the unit
 * @description: (nullable): %NULL while it is not loaded, as with the next four
 * @load_state: (nullable): loaded, masked, bad-setting ...
 * @active_state: (nullable): active, inactive, failed ...
 * @sub_state: (nullable): what that is of this kind of unit
 * @path: (nullable): of its object
 * @file_state: (nullable): enabled, static ...; %NULL when it has no file of its own
 * @details: (nullable): all properties of its object, of units that may be managed
 *
 * One unit.
 */
typedef struct {
  char     *name;
  char     *description;
  char     *load_state;
  char     *active_state;
  char     *sub_state;
  char     *path;
  char     *file_state;
  GVariant *details;
} UnitState;

UnitState  *unit_state_new           (const char *name);
void        unit_state_free          (UnitState *state);

GHashTable *unit_table_new           (void);
void        unit_table_take_files    (GHashTable *table, GVariant *answer);
void        unit_table_take_units    (GHashTable *table, GVariant *answer);
GList      *unit_table_list          (GHashTable *table);

gboolean    unit_state_is_enabled    (const UnitState *state);
gboolean    unit_state_is_masked     (const UnitState *state);
gboolean    unit_state_is_running    (const UnitState *state);
gboolean    unit_state_equal         (const UnitState *a, const UnitState *b);
void        unit_state_add_nodes     (const UnitState *state, const char *base, OmaNodeList *nodes);

char       *unit_format_time         (guint64 usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UnitState, unit_state_free)

G_END_DECLS

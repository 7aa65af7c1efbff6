/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"
#include "tree/oma-tree-store.h"

G_BEGIN_DECLS

/* The journal of a store in memory. */
typedef struct {
  GPtrArray *units;       /* (element-type OmaUnitRecord): those that are not through */
  gint64     last_id;
  guint      n_puts;      /* writes that put something */
  guint      n_ends;      /* writes that ended something */
} MemoryJournal;

void           memory_journal_init    (MemoryJournal *journal);
void           memory_journal_clear   (MemoryJournal *journal);
gboolean       memory_journal_is_only (const GArray *ops);
void           memory_journal_write   (MemoryJournal *journal, const GArray *ops);
gint64         memory_journal_next_id (MemoryJournal *journal);
OmaUnitRecord *memory_journal_copy    (MemoryJournal *journal, guint index);

G_END_DECLS

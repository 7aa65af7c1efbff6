/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"
#include "memory-journal.h"
#include "tree/oma-tree-store.h"

G_BEGIN_DECLS

/* An OmaTreeStore for tests: rows in memory, writes that can be made to fail or to wait. */
#define MEMORY_TYPE_STORE (memory_store_get_type ())
G_DECLARE_FINAL_TYPE (MemoryStore, memory_store, MEMORY, STORE, GObject)

MemoryStore         *memory_store_new        (void);
void                 memory_store_add_row    (MemoryStore *store, const OmaNodeRecord *record);
const OmaNodeRecord *memory_store_get_row    (MemoryStore *store, gint64 id);
const OmaNodeRecord *memory_store_find_row   (MemoryStore *store, const char *name);
guint                memory_store_count_rows (MemoryStore *store);
guint                memory_store_count_writes (MemoryStore *store);
MemoryJournal       *memory_store_get_journal (MemoryStore *store);
void                 memory_store_fail_next_load  (MemoryStore *store, OmaStatus status);
void                 memory_store_fail_next_write (MemoryStore *store, OmaStatus status);
char                *memory_store_dump       (MemoryStore *store);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "memory-journal.h"

void
memory_journal_init (MemoryJournal *journal)
{
  *journal = (MemoryJournal) { .units = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_unit_record_free) };
}

void
memory_journal_clear (MemoryJournal *journal)
{
  g_clear_pointer (&journal->units, g_ptr_array_unref);
}

static gboolean
is_of_journal (const OmaStoreOp *op)
{
  return op->kind == OMA_STORE_PUT_UNIT || op->kind == OMA_STORE_END_UNIT;
}

/* Whether a write is about nothing else. */
gboolean
memory_journal_is_only (const GArray *ops)
{
  for (guint i = 0; i < ops->len; i++)
    if (!is_of_journal (&g_array_index (ops, OmaStoreOp, i)))
      return FALSE;
  return TRUE;
}

static gboolean
find (MemoryJournal *journal, gint64 id, guint *index)
{
  for (*index = 0; *index < journal->units->len; ++*index)
    if (((OmaUnitRecord *) g_ptr_array_index (journal->units, *index))->id == id)
      return TRUE;
  return FALSE;
}

static void
add_images (OmaUnitRecord *record, const OmaUnitRecord *from)
{
  for (guint i = 0; i < from->images->len; i++)
    g_ptr_array_add (record->images, oma_image_copy (g_ptr_array_index (from->images, i)));
}

static OmaUnitRecord *
copy (const OmaUnitRecord *unit)
{
  OmaUnitRecord *record = oma_unit_record_new (unit->id);

  record->state = unit->state;
  record->server_id = g_strdup (unit->server_id);
  record->history_id = unit->history_id;
  record->time = unit->time;
  record->attempts = unit->attempts;
  record->error = g_strdup (unit->error);
  add_images (record, unit);
  return record;
}

static void
put (MemoryJournal *journal, const OmaUnitRecord *unit)
{
  OmaUnitRecord *record;
  guint index;

  g_assert_cmpint (unit->id, >, 0);
  g_assert_cmpint (unit->id, <=, journal->last_id);
  if (!find (journal, unit->id, &index))
    {
      g_ptr_array_add (journal->units, copy (unit));
      return;
    }
  record = g_ptr_array_index (journal->units, index);
  record->state = unit->state;
  record->attempts = unit->attempts;
  g_free (record->error);
  record->error = g_strdup (unit->error);
  add_images (record, unit);
}

/* Does those of @ops that are about the journal. */
void
memory_journal_write (MemoryJournal *journal, const GArray *ops)
{
  gboolean puts = FALSE, ends = FALSE;

  for (guint i = 0; i < ops->len; i++)
    {
      const OmaStoreOp *op = &g_array_index (ops, OmaStoreOp, i);
      guint index;

      if (op->kind == OMA_STORE_PUT_UNIT)
        put (journal, op->unit);
      else if (op->kind == OMA_STORE_END_UNIT && find (journal, op->unit_id, &index))
        g_ptr_array_remove_index (journal->units, index);
      puts |= op->kind == OMA_STORE_PUT_UNIT;
      ends |= op->kind == OMA_STORE_END_UNIT;
    }
  journal->n_puts += puts;
  journal->n_ends += ends;
}

gint64
memory_journal_next_id (MemoryJournal *journal)
{
  return ++journal->last_id;
}

/* What the next run of the daemon would find: (transfer full). */
OmaUnitRecord *
memory_journal_copy (MemoryJournal *journal, guint index)
{
  g_assert_cmpuint (index, <, journal->units->len);
  return copy (g_ptr_array_index (journal->units, index));
}

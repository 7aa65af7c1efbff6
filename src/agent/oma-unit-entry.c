/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-unit-entry.h"

#include "agent/oma-unit-subtrees.h"

/**
 * oma_unit_entry_new:
 * @list: the list that it will be in
 * @record: (transfer full): a unit of work
 *
 * Returns: (transfer full): an entry
 */
OmaUnitEntry *
oma_unit_entry_new (OmaUnitList *list, OmaUnitRecord *record)
{
  OmaUnitEntry *entry = g_new0 (OmaUnitEntry, 1);

  entry->list = list;
  entry->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  /* One that was answered said 516 where it could not be undone. */
  entry->unanswered = record->state != OMA_UNIT_UNDO_FAILED;
  oma_unit_entry_set_record (entry, record);
  return entry;
}

/**
 * oma_unit_entry_free:
 * @entry: (transfer full): an entry for which nobody waits
 */
void
oma_unit_entry_free (OmaUnitEntry *entry)
{
  g_clear_pointer (&entry->record, oma_unit_record_free);
  g_clear_pointer (&entry->subtrees, g_ptr_array_unref);
  g_ptr_array_unref (entry->waiting);
  g_free (entry->reason);
  g_free (entry->info.server_id);
  g_free (entry->info.session_id);
  g_free (entry->info.error);
  g_free (entry);
}

static guint
count (const OmaUnitRecord *record, OmaImageFate fate)
{
  guint n = 0;

  for (guint i = 0; i < record->images->len; i++)
    n += ((const OmaImage *) g_ptr_array_index (record->images, i))->undone == fate;
  return n;
}

/**
 * oma_unit_entry_set_record:
 * @entry: an entry
 * @record: (transfer full): as the journal has it now
 */
void
oma_unit_entry_set_record (OmaUnitEntry *entry, OmaUnitRecord *record)
{
  OmaUnitInfo *info = &entry->info;

  g_clear_pointer (&entry->record, oma_unit_record_free);
  g_clear_pointer (&entry->subtrees, g_ptr_array_unref);
  g_free (entry->reason);
  g_free (info->server_id);
  g_free (info->error);
  entry->record = record;
  entry->subtrees = oma_unit_subtrees_new (record);
  entry->reason = g_strdup (record->error);
  entry->n_left = count (record, OMA_IMAGE_LEFT);
  entry->n_executed = count (record, OMA_IMAGE_EXECUTED);
  *info = (OmaUnitInfo) {
    .id = record->id,
    .state = record->state,
    .server_id = g_strdup (record->server_id),
    .history_id = record->history_id,
    .session_id = info->session_id,
    .time = record->time,
    .attempts = record->attempts,
    .n_changes = count (record, OMA_IMAGE_PENDING),
  };
}

/**
 * oma_unit_entry_take_session:
 * @entry: an entry
 * @session: a session of the history
 *
 * Notes what the server knows the session by, if it is the unit's.
 */
void
oma_unit_entry_take_session (OmaUnitEntry *entry, const OmaSessionRecord *session)
{
  if (entry->info.history_id == 0 || entry->info.history_id != session->id)
    return;
  g_free (entry->info.session_id);
  entry->info.session_id = g_strdup (session->session_id);
}

/**
 * oma_unit_entry_find_newer:
 * @entry: one of @entries
 * @entries: (element-type OmaUnitEntry): oldest first
 *
 * Finds who has to go first: what a newer unit left in the same subtree would be taken for somebody else's.
 *
 * Returns: (nullable): the newest of them
 */
const OmaUnitEntry *
oma_unit_entry_find_newer (const OmaUnitEntry *entry, GPtrArray *entries)
{
  for (guint i = entries->len; i > 0 && entries->pdata[i - 1] != entry; i--)
    {
      const OmaUnitEntry *newer = entries->pdata[i - 1];

      if (oma_unit_subtrees_overlap (newer->subtrees, entry->subtrees))
        return newer;
    }
  return NULL;
}

static char *
tell_newer (const OmaUnitEntry *newer)
{
  return g_strdup_printf ("Unit of work %" G_GINT64_FORMAT " changed the same subtree later, and has to be undone or "
                          "forgotten before", newer->info.id);
}

/**
 * oma_unit_entry_check_turn:
 * @entry: one of @entries
 * @entries: (element-type OmaUnitEntry): oldest first
 * @error: return location for %OMA_STATUS_RETRY_LATER
 *
 * Returns: whether no other has to be undone first
 */
gboolean
oma_unit_entry_check_turn (const OmaUnitEntry *entry, GPtrArray *entries, GError **error)
{
  const OmaUnitEntry *newer = oma_unit_entry_find_newer (entry, entries);
  g_autofree char *text = newer != NULL ? tell_newer (newer) : NULL;

  if (newer != NULL)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_RETRY_LATER, text);
  return newer == NULL;
}

/**
 * oma_unit_entry_show:
 * @entry: one of @entries
 * @entries: (element-type OmaUnitEntry): oldest first
 *
 * Returns: (transfer none): what is to be seen of it now
 */
OmaUnitInfo *
oma_unit_entry_show (OmaUnitEntry *entry, GPtrArray *entries)
{
  const OmaUnitEntry *newer = oma_unit_entry_find_newer (entry, entries);

  g_free (entry->info.error);
  entry->info.error = newer != NULL ? tell_newer (newer) : g_strdup (entry->reason);
  entry->info.undoing = entry->undoing && newer == NULL;
  return &entry->info;
}

/**
 * oma_unit_entry_answer:
 * @entry: an entry
 * @tag: (nullable): source tag of those who are answered, %NULL for all
 * @error: (nullable): what they get, %NULL when it went well
 *
 * Ends their waiting.
 */
void
oma_unit_entry_answer (OmaUnitEntry *entry, gpointer tag, const GError *error)
{
  g_autoptr(GPtrArray) tasks = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < entry->waiting->len;)
    {
      GTask *task = g_ptr_array_index (entry->waiting, i);

      if (tag == NULL || g_task_get_source_tag (task) == tag)
        g_ptr_array_add (tasks, g_ptr_array_steal_index (entry->waiting, i));
      else
        i++;
    }
  for (guint i = 0; i < tasks->len; i++)
    if (error != NULL)
      g_task_return_error (tasks->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (tasks->pdata[i], TRUE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-journal.h"

/* What a unit of work keeps in the journal: before a plugin changes something, until all of it
 * is through. */

static void
queue_free (gpointer queue)
{
  g_queue_free (queue);
}

/**
 * oma_journal_new:
 *
 * Returns: (transfer full): of a unit of work that is not in the journal
 */
OmaJournal *
oma_journal_new (void)
{
  OmaJournal *journal = g_new0 (OmaJournal, 1);

  journal->images = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
  journal->foreseen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  journal->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_image_free);
  return journal;
}

/**
 * oma_journal_free:
 * @journal: (transfer full): a journal
 */
void
oma_journal_free (OmaJournal *journal)
{
  oma_journal_clear (journal);
  g_hash_table_unref (journal->foreseen);
  g_ptr_array_unref (journal->images);
  g_ptr_array_unref (journal->kept);
  g_free (journal);
}

/**
 * oma_journal_clear:
 * @journal: a journal
 *
 * The unit of work is through; the next one begins.
 */
void
oma_journal_clear (OmaJournal *journal)
{
  journal->id = 0;
  journal->provisional = 0;
  g_clear_pointer (&journal->origin, oma_unit_record_free);
  g_hash_table_remove_all (journal->foreseen);
  g_ptr_array_set_size (journal->images, 0);
  oma_journal_forget_kept (journal);
}

/**
 * oma_work_has_journal:
 * @work: a unit of work
 *
 * Returns: whether there is a journal to write to
 */
gboolean
oma_work_has_journal (const OmaWork *work)
{
  OmaTreeStore *store = oma_tree_get_store (work->executor->tree);

  return store != NULL && OMA_TREE_STORE_GET_IFACE (store)->next_unit_id != NULL;
}

static gboolean
octets_equal (GBytes *a, GBytes *b)
{
  return a == b || (a != NULL && b != NULL && g_bytes_equal (a, b));
}

/* What was foreseen of the same change, whatever was thought to be there. */
static OmaImage *
find_foreseen (const OmaJournal *journal, const OmaImage *image, gboolean exactly, GList **link)
{
  GQueue *queue = image->uri != NULL ? g_hash_table_lookup (journal->foreseen, image->uri) : NULL;

  for (GList *l = queue != NULL ? queue->head : NULL; l != NULL; l = l->next)
    {
      const OmaImage *other = l->data;

      *link = l;
      if (exactly ? oma_image_equal (image, other)
                  : image->kind == other->kind && octets_equal (image->after, other->after) &&
                      g_strcmp0 (image->target, other->target) == 0)
        return l->data;
    }
  return NULL;
}

static void
drop_foreseen (OmaJournal *journal, const char *uri, GList *link)
{
  GQueue *queue = g_hash_table_lookup (journal->foreseen, uri);

  g_queue_delete_link (queue, link);
}

static void
add_foreseen (OmaJournal *journal, OmaImage *image)
{
  GQueue *queue;

  if (image->uri == NULL)          /* nobody asks for it */
    return;
  queue = g_hash_table_lookup (journal->foreseen, image->uri);
  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (journal->foreseen, g_strdup (image->uri), queue);
    }
  g_queue_push_tail (queue, image);
}

/**
 * oma_journal_take:
 * @journal: a journal
 * @image: what a call that is about to be made changes
 *
 * Returns: whether that is in the journal, and no other call's: the call can be made
 */
gboolean
oma_journal_take (OmaJournal *journal, const OmaImage *image)
{
  GList *link;

  if (find_foreseen (journal, image, TRUE, &link) == NULL)
    return FALSE;
  drop_foreseen (journal, image->uri, link);
  return TRUE;
}

/* ---- Writing ---- */

static OmaUnitRecord *
make_record (OmaWork *work)
{
  const OmaUnitRecord *origin = work->journal->origin;
  OmaUnitRecord *record = oma_unit_record_new (work->journal->id);

  if (origin != NULL)
    {
      record->server_id = g_strdup (origin->server_id);
      record->history_id = origin->history_id;
      record->time = origin->time;
      return record;
    }
  record->server_id = g_strdup (work->rights.principal.server_id);
  record->history_id = work->note_id;
  record->time = g_get_real_time () / G_USEC_PER_SEC;
  return record;
}

static void
add_copies (GPtrArray *copies, GPtrArray *images)
{
  for (guint i = 0; i < images->len; i++)
    g_ptr_array_add (copies, oma_image_copy (g_ptr_array_index (images, i)));
}

static void
add_op (GArray *ops, OmaStoreOp op)
{
  g_array_append_val (ops, op);
}

static void
add_end (GArray *ops, gint64 id)
{
  if (id != 0)
    add_op (ops, (OmaStoreOp) { .kind = OMA_STORE_END_UNIT, .unit_id = id });
}

/* Of one that comes in the place of what was foreseen the journal is written anew, so that the
 * order in which to undo is right. */
static gboolean
supersede (OmaJournal *journal, OmaCall *put)
{
  GList *link;
  OmaImage *old = put->images->len == 1 ? find_foreseen (journal, g_ptr_array_index (put->images, 0), FALSE, &link)
                                        : NULL;

  if (old == NULL || !g_ptr_array_find (journal->images, old, &put->position))
    return FALSE;
  put->supersedes = TRUE;
  return TRUE;
}

/**
 * oma_work_fill_put:
 * @work: a unit of work
 * @put: a new call of the journal
 * @images: (element-type OmaImage): what the unit is about to change, in order; once that is
 *   durable they are not in the array any more
 *
 * Puts them into the journal.
 */
void
oma_work_fill_put (OmaWork *work, OmaCall *put, GPtrArray *images)
{
  OmaJournal *journal = work->journal;
  OmaUnitRecord *record;

  put->store = oma_tree_get_store (work->executor->tree);
  put->images = g_ptr_array_ref (images);
  put->ops = oma_tree_store_ops_new (2);
  if (supersede (journal, put))
    add_end (put->ops, journal->id);
  /* From now on it has to be ended: nobody may ever know whether the write came through. */
  if (journal->id == 0)
    journal->id = oma_tree_store_next_unit_id (put->store);
  record = make_record (work);
  add_copies (record->images, put->supersedes ? journal->images : images);
  if (put->supersedes)
    {
      oma_image_free (g_ptr_array_index (record->images, put->position));
      g_ptr_array_index (record->images, put->position) = oma_image_copy (g_ptr_array_index (images, 0));
    }
  add_op (put->ops, (OmaStoreOp) { .kind = OMA_STORE_PUT_UNIT, .unit = record });
}

/**
 * oma_journal_put:
 * @journal: a journal
 * @put: a call that oma_work_fill_put() filled and that went well
 *
 * Its images are durable.
 */
void
oma_journal_put (OmaJournal *journal, OmaCall *put)
{
  guint n = journal->images->len;

  if (put->supersedes)
    {
      OmaImage *image = g_ptr_array_steal_index (put->images, 0);
      OmaImage *old = g_ptr_array_index (journal->images, put->position);

      g_queue_remove (g_hash_table_lookup (journal->foreseen, old->uri), old);
      oma_image_free (old);
      g_ptr_array_index (journal->images, put->position) = image;
      add_foreseen (journal, image);
      return;
    }
  g_ptr_array_extend_and_steal (journal->images, g_steal_pointer (&put->images));
  for (; n < journal->images->len; n++)
    add_foreseen (journal, g_ptr_array_index (journal->images, n));
}

/* ---- The end ---- */

/**
 * oma_journal_keep:
 * @journal: a journal
 * @image: a part of the unit of work that is undone, or could not be
 * @reason: (nullable): why not
 *
 * Notes what stays in the journal when the unit of work is over.
 */
void
oma_journal_keep (OmaJournal *journal, const OmaImage *image, const char *reason)
{
  g_ptr_array_add (journal->kept, oma_image_copy (image));
  if (reason != NULL && journal->error == NULL)
    journal->error = g_strdup (reason);
}

/**
 * oma_journal_forget_kept:
 * @journal: a journal
 *
 * Nothing stays in the journal after all.
 */
void
oma_journal_forget_kept (OmaJournal *journal)
{
  g_ptr_array_set_size (journal->kept, 0);
  g_clear_pointer (&journal->error, g_free);
}

/**
 * oma_journal_keep_participants:
 * @journal: a journal
 * @participants: (element-type OmaParticipant): plugins, in the order of what they noted
 *
 * Of those that could not roll back what the journal has stays there.
 */
void
oma_journal_keep_participants (OmaJournal *journal, GPtrArray *participants)
{
  for (guint i = 0; i < participants->len; i++)
    {
      const OmaParticipant *participant = g_ptr_array_index (participants, i);

      for (guint k = 0; participant->given_up && k < participant->images->len; k++)
        oma_journal_keep (journal, g_ptr_array_index (participant->images, k), "a plugin could not roll back");
    }
}

/* What operations that failed have left, while the unit of work as a whole goes on. */
static void
keep_unresolved (OmaWork *work)
{
  if (work->unresolved)
    oma_journal_keep_participants (work->journal, work->settled);
  for (guint i = 0; work->unresolved && i < work->acted->len; i++)
    {
      const OmaCall *call = g_ptr_array_index (work->acted, i);

      if (call->undo_failed)
        oma_journal_keep (work->journal, call->image, "the command failed, and what it did could not be undone");
    }
  work->unresolved = FALSE;
}

static OmaUnitRecord *
make_kept_record (OmaWork *work)
{
  OmaUnitRecord *record = make_record (work);

  record->state = OMA_UNIT_UNDO_FAILED;
  record->attempts = (work->journal->origin != NULL ? work->journal->origin->attempts : 0) + 1;
  record->error = g_strdup (work->journal->error);
  add_copies (record->images, work->journal->kept);
  return record;
}

/* What a plugin may still do although nobody waits for it stands on its own from now on. */
static void
add_late_units (OmaWork *work, GArray *ops)
{
  for (guint i = 0; i < work->late->len; i++)
    {
      OmaCall *call = g_ptr_array_index (work->late, i);
      OmaUnitRecord *record;

      if (call->done)
        continue;
      record = make_record (work);
      record->id = call->late_unit = oma_tree_store_next_unit_id (oma_tree_get_store (work->executor->tree));
      g_ptr_array_add (record->images, oma_image_copy (call->image));
      add_op (ops, (OmaStoreOp) { .kind = OMA_STORE_PUT_UNIT, .unit = record });
    }
}

/**
 * oma_work_add_end_ops:
 * @work: a unit of work
 * @ops: (element-type OmaStoreOp): the write with which it is over
 *
 * Takes it out of the journal, but for what could not be undone.
 */
void
oma_work_add_end_ops (OmaWork *work, GArray *ops)
{
  OmaJournal *journal = work->journal;

  if (!oma_work_has_journal (work))
    return;
  add_end (ops, journal->id);
  add_late_units (work, ops);
  keep_unresolved (work);
  if (journal->error == NULL)
    return;
  if (journal->id == 0)
    journal->id = oma_tree_store_next_unit_id (oma_tree_get_store (work->executor->tree));
  add_op (ops, (OmaStoreOp) { .kind = OMA_STORE_PUT_UNIT, .unit = make_kept_record (work) });
}

/**
 * oma_work_add_provisional_ops:
 * @work: a unit of work whose commit is to be confirmed
 * @first: the unit of work that waits for the same, of which it becomes the latest part; 0: none
 * @ops: (element-type OmaStoreOp): the write with which it is committed
 *
 * Leaves it in the journal, and adds there what the tree itself held before.
 */
void
oma_work_add_provisional_ops (OmaWork *work, gint64 first, GArray *ops)
{
  OmaJournal *journal = work->journal;
  g_autoptr(GPtrArray) images = g_ptr_array_new ();
  OmaUnitRecord *record;

  if (journal->id == 0 && first == 0)
    journal->id = oma_tree_store_next_unit_id (oma_tree_get_store (work->executor->tree));
  if (work->change != NULL)
    oma_change_add_images (work->change, images);
  record = make_record (work);
  record->id = journal->provisional = first != 0 ? first : journal->id;
  record->state = OMA_UNIT_PROVISIONAL;
  if (first != 0)
    {
      add_end (ops, journal->id);
      add_copies (record->images, journal->images);
    }
  add_copies (record->images, images);
  g_ptr_array_extend_and_steal (journal->images, g_steal_pointer (&images));
  add_op (ops, (OmaStoreOp) { .kind = OMA_STORE_PUT_UNIT, .unit = record });
  add_late_units (work, ops);
  keep_unresolved (work);
}

/**
 * oma_work_make_provisional_record:
 * @work: a unit of work with whose commit oma_work_add_provisional_ops() was written
 *
 * Returns: (transfer full): what the journal has of it
 */
OmaUnitRecord *
oma_work_make_provisional_record (OmaWork *work)
{
  OmaUnitRecord *record = make_record (work);

  record->id = work->journal->provisional;
  record->state = OMA_UNIT_PROVISIONAL;
  add_copies (record->images, work->journal->images);
  return record;
}

/**
 * oma_work_dup_kept:
 * @work: a unit of work that is over
 *
 * Returns: (transfer full) (nullable): what stays of it in the journal
 */
OmaUnitRecord *
oma_work_dup_kept (OmaWork *work)
{
  return work->journal->error != NULL ? make_kept_record (work) : NULL;
}

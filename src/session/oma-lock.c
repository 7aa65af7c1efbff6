/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-lock.h"

/* Units of work that touch the same subtree come one after the other, the others run side by
 * side.
 *
 * - Who comes first is served first: one waits for those who have a lock that does not go with
 *   what one wants, and for those who wait for such a lock longer.  Only who has a lock that
 *   these wait for goes before them, or nobody would ever get on.
 * - A unit that asks for one lock after the other can wait for another that waits for it.  The
 *   one whose request closes such a circle is refused.
 * - Who only reads gives up all that it reads before it waits, and gets it together with what is
 *   missing; it reads then again.  So nobody waits for a reader that waits, and readers close no
 *   circles among themselves.
 */

typedef struct {
  gconstpointer subtree;
  OmaLockMode   mode;
} OmaLock;

/**
 * oma_lock_owner_init:
 * @owner: (out caller-allocates): an owner of nothing; clear it with oma_lock_owner_clear()
 * @table: the table, zeroed before its first owner, which must outlive @owner
 */
void
oma_lock_owner_init (OmaLockOwner *owner, OmaLockTable *table)
{
  *owner = (OmaLockOwner) { .table = table };
  owner->holder_link.data = owner->waiting_link.data = owner;
}

/**
 * oma_lock_owner_clear:
 * @owner: an owner that has no lock and does not wait
 */
void
oma_lock_owner_clear (OmaLockOwner *owner)
{
  g_return_if_fail (!owner->waits && (owner->held == NULL || owner->held->len == 0));

  g_clear_pointer (&owner->held, g_array_unref);
  g_clear_pointer (&owner->wanted, g_array_unref);
}

/* ---- What goes together ---- */

static gboolean
conflict (const OmaLock *a, const OmaLock *b)
{
  gboolean overlap = a->subtree == b->subtree || a->subtree == OMA_LOCK_EVERYTHING ||
                     b->subtree == OMA_LOCK_EVERYTHING;

  return overlap && (MIN (a->mode, b->mode) >= OMA_LOCK_WRITE || MAX (a->mode, b->mode) == OMA_LOCK_ACT);
}

/* @locks is nullable. */
static gboolean
any_conflicts (const GArray *locks, const OmaLock *lock)
{
  for (guint i = 0; locks != NULL && i < locks->len; i++)
    if (conflict (&g_array_index (locks, OmaLock, i), lock))
      return TRUE;
  return FALSE;
}

static gboolean
are_in_conflict (const GArray *locks, const GArray *others)
{
  for (guint i = 0; i < others->len; i++)
    if (any_conflicts (locks, &g_array_index (others, OmaLock, i)))
      return TRUE;
  return FALSE;
}

/* ---- Who waits for whom ---- */

static gboolean
leads_to (OmaLockTable *table, OmaLockOwner *waiter, const OmaLockOwner *goal)
{
  if (!waiter->waits || waiter->round == table->round)
    return FALSE;
  waiter->round = table->round;
  for (GList *l = table->holders.head; l != NULL; l = l->next)
    {
      OmaLockOwner *holder = l->data;

      if (holder != waiter && are_in_conflict (holder->held, waiter->wanted) &&
          (holder == goal || leads_to (table, holder, goal)))
        return TRUE;
    }
  for (GList *l = waiter->waiting_link.prev; l != NULL; l = l->prev)
    {
      OmaLockOwner *earlier = l->data;

      if (are_in_conflict (earlier->wanted, waiter->wanted) && (earlier == goal || leads_to (table, earlier, goal)))
        return TRUE;
    }
  return FALSE;
}

/* Whether @waiter waits for @goal, or for somebody who does. */
static gboolean
waits_for (OmaLockOwner *waiter, const OmaLockOwner *goal)
{
  waiter->table->round++;
  return leads_to (waiter->table, waiter, goal);
}

static gboolean
is_free (const OmaLockOwner *owner, const OmaLock *lock)
{
  for (const GList *l = owner->table->holders.head; l != NULL; l = l->next)
    if (l->data != owner && any_conflicts (((OmaLockOwner *) l->data)->held, lock))
      return FALSE;
  for (const GList *l = owner->table->waiting.head; l != NULL; l = l->next)
    if (l->data != owner && any_conflicts (((OmaLockOwner *) l->data)->wanted, lock) && !waits_for (l->data, owner))
      return FALSE;
  return TRUE;
}

/* ---- Getting and leaving ---- */

static gboolean
has (const OmaLockOwner *owner, const OmaLock *lock)
{
  for (guint i = 0; owner->held != NULL && i < owner->held->len; i++)
    {
      const OmaLock *held = &g_array_index (owner->held, OmaLock, i);

      if ((held->subtree == lock->subtree || held->subtree == OMA_LOCK_EVERYTHING) && held->mode >= lock->mode)
        return TRUE;
    }
  return FALSE;
}

static void
add (GArray **locks, const OmaLock *lock)
{
  if (*locks == NULL)
    *locks = g_array_new (FALSE, FALSE, sizeof (OmaLock));
  g_array_append_vals (*locks, lock, 1);
}

static void
hold (OmaLockOwner *owner, const OmaLock *lock)
{
  if (owner->held == NULL || owner->held->len == 0)
    g_queue_push_tail_link (&owner->table->holders, &owner->holder_link);
  add (&owner->held, lock);
}

static void
leave_queue (OmaLockOwner *owner)
{
  if (owner->waits)
    g_queue_unlink (&owner->table->waiting, &owner->waiting_link);
  owner->waits = FALSE;
}

static gboolean
is_next (const OmaLockOwner *owner)
{
  for (const GList *l = owner->table->holders.head; l != NULL; l = l->next)
    if (l->data != owner && are_in_conflict (((OmaLockOwner *) l->data)->held, owner->wanted))
      return FALSE;
  for (const GList *l = owner->waiting_link.prev; l != NULL; l = l->prev)
    if (are_in_conflict (((OmaLockOwner *) l->data)->wanted, owner->wanted))
      return FALSE;
  return TRUE;
}

/* Those who can go on get what they want, the one who waits longest first. */
static void
grant (OmaLockTable *table)
{
  GList *next;

  for (GList *l = table->waiting.head; l != NULL; l = next)
    {
      OmaLockOwner *owner = l->data;

      next = l->next;
      if (!is_next (owner))
        continue;
      leave_queue (owner);
      for (guint i = 0; i < owner->wanted->len; i++)
        hold (owner, &g_array_index (owner->wanted, OmaLock, i));
      g_array_set_size (owner->wanted, 0);
      owner->func (owner->user_data);
    }
}

/* Takes its read locks from the owner.  They go to @locks, if that is not NULL. */
static gboolean
drop_reading (OmaLockOwner *owner, GArray **locks)
{
  gboolean dropped = FALSE;

  for (guint i = owner->held != NULL ? owner->held->len : 0; i > 0; i--)
    {
      const OmaLock lock = g_array_index (owner->held, OmaLock, i - 1);

      if (lock.mode != OMA_LOCK_READ)
        continue;
      dropped = TRUE;
      g_array_remove_index_fast (owner->held, i - 1);
      if (locks != NULL)
        add (locks, &lock);
    }
  if (dropped && owner->held->len == 0)
    g_queue_unlink (&owner->table->holders, &owner->holder_link);
  return dropped;
}

/**
 * oma_lock_take:
 * @owner: an owner
 * @subtree: what stands for the subtree, or %OMA_LOCK_EVERYTHING
 * @mode: what it is about to do there
 *
 * Takes a lock if nobody else has, or waits longer for, one that does not go with it.
 *
 * Returns: whether @owner has it, perhaps from before
 */
gboolean
oma_lock_take (OmaLockOwner *owner, gconstpointer subtree, OmaLockMode mode)
{
  const OmaLock lock = { subtree, mode };

  if (has (owner, &lock))
    return TRUE;
  if (!is_free (owner, &lock))
    return FALSE;
  hold (owner, &lock);
  return TRUE;
}

/**
 * oma_lock_want:
 * @owner: an owner that does not wait
 * @subtree: what stands for the subtree, or %OMA_LOCK_EVERYTHING
 * @mode: what it is to do there
 *
 * Says what oma_lock_wait() is to wait for, beside what was said before.
 */
void
oma_lock_want (OmaLockOwner *owner, gconstpointer subtree, OmaLockMode mode)
{
  const OmaLock lock = { subtree, mode };

  g_return_if_fail (!owner->waits);
  add (&owner->wanted, &lock);
}

static gboolean
wants_to_read (const OmaLockOwner *owner)
{
  for (guint i = 0; i < owner->wanted->len; i++)
    if (g_array_index (owner->wanted, OmaLock, i).mode != OMA_LOCK_READ)
      return FALSE;
  return TRUE;
}

static void
enter_queue (OmaLockOwner *owner)
{
  GQueue *waiting = &owner->table->waiting;
  GList *l = waiting->head;

  while (l != NULL && !(are_in_conflict (((OmaLockOwner *) l->data)->wanted, owner->wanted) && waits_for (l->data, owner)))
    l = l->next;
  g_queue_insert_before_link (waiting, l, &owner->waiting_link);
  owner->waits = TRUE;
}

/**
 * oma_lock_wait:
 * @owner: an owner that does not wait
 * @func: called once, perhaps before this returned, when @owner has all that it wants; it must
 *   not use any lock.  Not called after oma_lock_give_up() or oma_lock_release()
 * @user_data: for @func
 *
 * Waits for what oma_lock_want() said.  When that is only to read, @owner reads nothing any more
 * until it has all: what it has read in the meantime does not count.
 *
 * Returns: %FALSE, and @owner does not wait, when it would wait for somebody who waits for it
 */
gboolean
oma_lock_wait (OmaLockOwner *owner, OmaLockFunc func, gpointer user_data)
{
  gboolean possible;

  g_return_val_if_fail (!owner->waits && owner->wanted != NULL && owner->wanted->len > 0, FALSE);

  if (wants_to_read (owner))
    drop_reading (owner, &owner->wanted);
  owner->func = func;
  owner->user_data = user_data;
  enter_queue (owner);
  possible = !waits_for (owner, owner);
  if (!possible)
    {
      leave_queue (owner);
      g_array_set_size (owner->wanted, 0);
    }
  grant (owner->table);
  return possible;
}

/**
 * oma_lock_give_up:
 * @owner: an owner
 *
 * It wants nothing any more; what it has it keeps.
 */
void
oma_lock_give_up (OmaLockOwner *owner)
{
  gboolean waited = owner->waits;

  if (owner->wanted == NULL || owner->wanted->len == 0)
    return;
  leave_queue (owner);
  g_array_set_size (owner->wanted, 0);
  if (waited)
    grant (owner->table);
}

/**
 * oma_lock_end_reading:
 * @owner: an owner
 *
 * It has read what it wanted.
 */
void
oma_lock_end_reading (OmaLockOwner *owner)
{
  if (owner->held != NULL && drop_reading (owner, NULL))
    grant (owner->table);
}

/**
 * oma_lock_release:
 * @owner: an owner
 *
 * It has, and wants, nothing any more.
 */
void
oma_lock_release (OmaLockOwner *owner)
{
  oma_lock_give_up (owner);
  if (owner->held == NULL || owner->held->len == 0)
    return;
  g_array_set_size (owner->held, 0);
  g_queue_unlink (&owner->table->holders, &owner->holder_link);
  grant (owner->table);
}

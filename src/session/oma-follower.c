/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-follower-private.h"

#include "base/oma-source.h"

#include <string.h>

/* When a round begins and what follows it, and the life of the follower. */

/* A round begins no later than that after the first notice. */
#define LONGEST_WAIT (1 * G_TIME_SPAN_SECOND)
/* Before another try when a unit of work kept us from reading for too long. */
#define RETRY_TIME (1 * G_TIME_SPAN_SECOND)

static void
read_free (gpointer data)
{
  OmaFollowerRead *read = data;

  g_clear_pointer (&read->printer, oma_fingerprinter_free);
  g_free (read->child);
  g_free (read);
}

static void
event_clear (gpointer data)
{
  g_free ((char *) ((OmaTreeEvent *) data)->uri);
}

/* What is under way holds a reference. */
void
oma_follower_unref (OmaFollower *self)
{
  if (--self->ref_count > 0)
    return;
  g_array_unref (self->events);
  g_ptr_array_unref (self->reads);
  g_clear_pointer (&self->round, g_ptr_array_unref);
  oma_own_changes_free (self->own);
  oma_notices_free (self->notices);
  g_clear_pointer (&self->subtrees, g_ptr_array_unref);
  g_free (self->read_uri);
  g_free (self);
}

/* Internal. */
OmaFollower *
oma_follower_ref (OmaFollower *self)
{
  self->ref_count++;
  return self;
}

/* ---- Time ---- */

static void
set_timer (OmaFollower *self, gint64 when, gboolean (*func) (gpointer user_data))
{
  oma_clear_source (&self->timer);
  self->timer = g_timeout_source_new (0);
  g_source_set_static_name (self->timer, "follower");
  g_source_set_ready_time (self->timer, when);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static gboolean
collected_cb (gpointer user_data)
{
  OmaFollower *self = user_data;

  oma_clear_source (&self->timer);
  oma_follower_begin_round (self);
  return G_SOURCE_REMOVE;
}

/* There is something to look at. */
void
oma_follower_collect (OmaFollower *self, gint64 wait)
{
  gint64 now = g_get_monotonic_time ();

  if (self->stopped)
    return;
  if (self->state == OMA_FOLLOWER_IDLE)
    {
      self->state = OMA_FOLLOWER_COLLECTING;
      self->deadline = now + MAX (LONGEST_WAIT, wait);
      set_timer (self, now + wait, collected_cb);
    }
  else if (self->state == OMA_FOLLOWER_COLLECTING)
    /* Not before what it waits for already. */
    g_source_set_ready_time (self->timer, MIN (MAX (now + wait, g_source_get_ready_time (self->timer)), self->deadline));
}

/* Whether there is something to look at. */
gboolean
oma_follower_has_more (const OmaFollower *self)
{
  for (guint i = 0; self->subtrees != NULL && i < self->subtrees->len; i++)
    if (oma_followed_is_dirty (g_ptr_array_index (self->subtrees, i)))
      return TRUE;
  return oma_notices_count (self->notices) > 0;
}

/* What was told or could not be read meanwhile is looked at in the next one. */
void
oma_follower_end_round (OmaFollower *self)
{
  gint64 wait = self->retry ? RETRY_TIME : OMA_FOLLOWER_QUIET_TIME;

  g_clear_pointer (&self->round, g_ptr_array_unref);
  g_ptr_array_set_size (self->reads, 0);
  g_array_set_size (self->events, 0);
  self->next_read = 0;
  self->retry = FALSE;
  self->state = OMA_FOLLOWER_IDLE;
  if (self->stopped && oma_notices_count (self->notices) > 0)
    oma_follower_write_last (self);
  else if (oma_follower_has_more (self) && !self->stopped)
    oma_follower_collect (self, wait);
  else if (self->idle != NULL)
    self->idle (self->idle_data);
}

/* ---- The follower ---- */

/**
 * oma_follower_new:
 * @executor: the executor of a tree that was loaded; it must outlive the follower
 * @idle: (nullable): called when a round is over and no other one is to come
 * @user_data: for @idle
 *
 * Returns: (transfer full): a follower, which knows of nothing yet
 */
OmaFollower *
oma_follower_new (OmaExecutor *executor, OmaFollowerIdleFunc idle, gpointer user_data)
{
  OmaFollower *self = g_new0 (OmaFollower, 1);

  self->ref_count = 1;
  self->executor = executor;
  self->tree = oma_executor_get_tree (executor);
  self->idle = idle;
  self->idle_data = user_data;
  self->subtrees = oma_followed_find_all (self->tree);
  self->notices = oma_notices_new ();
  self->own = oma_own_changes_new ();
  self->reads = g_ptr_array_new_with_free_func (read_free);
  self->events = g_array_new (FALSE, FALSE, sizeof (OmaTreeEvent));
  g_array_set_clear_func (self->events, event_clear);
  oma_lock_owner_init (&self->locks, &executor->locks);
  oma_follower_listen (self);
  return self;
}

static void
restore (OmaFingerprint *fingerprint, gpointer user_data)
{
  OmaFollower *self = user_data;

  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (strcmp (followed->uri, fingerprint->subtree) == 0)
        oma_followed_restore (followed, fingerprint);
    }
  oma_fingerprint_free (fingerprint);
}

/**
 * oma_follower_load:
 * @follower: a follower
 * @error: return location for an error of the store's domain
 *
 * Takes up what an earlier run knew, before anything changes.  It blocks: only for the start.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_follower_load (OmaFollower *follower, GError **error)
{
  OmaTreeStore *store = oma_tree_get_store (follower->tree);

  return store == NULL || follower->subtrees->len == 0 ||
         oma_tree_store_load_fingerprints (store, restore, follower, error);
}

/**
 * oma_follower_start:
 * @follower: a follower that has loaded
 * @milliseconds: how long to wait before, so that those who want to be told can say so
 *
 * Has all followed subtrees compared with what was known of them, from the main loop.  One whose service is
 * not there is compared when its plugin tells of it.
 */
void
oma_follower_start (OmaFollower *follower, guint milliseconds)
{
  for (guint i = 0; i < follower->subtrees->len; i++)
    ((OmaFollowed *) g_ptr_array_index (follower->subtrees, i))->all = TRUE;
  if (oma_follower_has_more (follower))
    oma_follower_collect (follower, milliseconds * (gint64) G_TIME_SPAN_MILLISECOND);
}

static void
abort_round (OmaFollower *self)
{
  oma_clear_source (&self->timer);
  g_clear_pointer (&self->work, oma_work_free);
  oma_operation_clear (&self->operation);
  oma_lock_release (&self->locks);
  for (guint i = 0; self->round != NULL && i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);

      oma_notices_add (self->notices, notice->uri, notice->kind, notice->time);
    }
  g_clear_pointer (&self->round, g_ptr_array_unref);
  g_ptr_array_set_size (self->reads, 0);
  self->next_read = 0;
  self->state = OMA_FOLLOWER_IDLE;
}

/**
 * oma_follower_stop:
 * @follower: a follower
 *
 * Takes up nothing more, and writes what would be lost otherwise; the idle function is called when that
 * is done, if oma_follower_is_busy().
 */
void
oma_follower_stop (OmaFollower *follower)
{
  follower->stopped = TRUE;
  if (follower->state == OMA_FOLLOWER_WRITING)
    return;
  abort_round (follower);
  if (oma_notices_count (follower->notices) > 0)
    oma_follower_write_last (follower);
}

/**
 * oma_follower_is_busy:
 * @follower: a follower
 *
 * Returns: whether something is being written
 */
gboolean
oma_follower_is_busy (const OmaFollower *follower)
{
  return follower->state == OMA_FOLLOWER_WRITING;
}

/**
 * oma_follower_free:
 * @follower: (transfer full): a follower that is not busy
 */
void
oma_follower_free (OmaFollower *follower)
{
  follower->stopped = TRUE;
  follower->idle = NULL;
  oma_tree_set_follow_funcs (follower->tree, NULL, NULL, NULL);
  abort_round (follower);
  oma_lock_owner_clear (&follower->locks);
  oma_follower_unref (follower);
}

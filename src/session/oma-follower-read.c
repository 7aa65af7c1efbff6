/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-follower-private.h"

#include "base/oma-source.h"

/* The first half of a round: reads the followed subtrees that something was told of, and makes fingerprints of
 * what is there. */

/* Children that are read one by one; of more all are read. */
#define FEW_CHILDREN 8
/* Nodes of which fingerprints are made before something else has its turn. */
#define NODES_AT_ONCE 1000

static void read_next (OmaFollower *self);

/* ---- Waiting for units of work ---- */

static void
run_soon (OmaFollower *self, gboolean (*func) (gpointer user_data))
{
  oma_clear_source (&self->timer);
  self->timer = g_idle_source_new ();
  g_source_set_static_name (self->timer, "follower");
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
want (OmaFollower *self, GHashTable *wanted, OmaMount *mount, OmaLockMode mode)
{
  if (g_hash_table_add (wanted, mount))
    oma_lock_want (&self->locks, mount, mode);
}

static gboolean
turn_cb (gpointer user_data)
{
  OmaFollower *self = user_data;

  oma_clear_source (&self->timer);
  self->on_turn (self);
  return G_SOURCE_REMOVE;
}

/* Must not use any lock. */
static void
turn_has_come (gpointer user_data)
{
  run_soon (user_data, turn_cb);
}

/* Goes on when the locks that are wanted are there; no lock is held meanwhile, so nobody waits for us. */
static void
wait_for_turn (OmaFollower *self, OmaFollowerState state, void (*func) (OmaFollower *self), GHashTable *wanted)
{
  self->state = state;
  self->on_turn = func;
  if (g_hash_table_size (wanted) == 0)
    run_soon (self, turn_cb);
  else
    oma_lock_wait (&self->locks, turn_has_come, self);
}

/* ---- What is to be read ---- */

static void
mark_below (OmaFollower *self, const char *uri)
{
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      followed->all |= oma_uri_is_at_or_below (followed->uri, uri);
    }
}

/* Has the followed subtrees that a notice is about read. */
static void
mark (OmaFollower *self, const OmaNotice *notice)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, notice->uri, &child);

  if (child != NULL)
    oma_followed_mark (followed, child);
  else
    mark_below (self, notice->uri);
}

static void
add_read (OmaFollower *self, OmaFollowed *followed, const char *child)
{
  OmaFollowerRead *read = g_new0 (OmaFollowerRead, 1);

  read->followed = followed;
  read->child = g_strdup (child);
  g_ptr_array_add (self->reads, read);
}

static void
plan_subtree (OmaFollower *self, OmaFollowed *followed)
{
  GHashTableIter iter;
  gpointer child;

  if (followed->all || g_hash_table_size (followed->dirty) > FEW_CHILDREN)
    add_read (self, followed, NULL);
  else
    {
      g_hash_table_iter_init (&iter, followed->dirty);
      while (g_hash_table_iter_next (&iter, &child, NULL))
        add_read (self, followed, child);
    }
  followed->all = FALSE;
  g_hash_table_remove_all (followed->dirty);
}

/* What units of work did is committed now, and the tree has told of it. */
static void
plan_reads (OmaFollower *self)
{
  oma_lock_release (&self->locks);
  self->state = OMA_FOLLOWER_READING;
  for (guint i = 0; i < self->round->len; i++)
    mark (self, g_ptr_array_index (self->round, i));
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (oma_followed_is_dirty (followed))
        plan_subtree (self, followed);
    }
  read_next (self);
}

/* Looks at what was collected, when no unit of work is at work there. */
void
oma_follower_begin_round (OmaFollower *self)
{
  g_autoptr(GHashTable) wanted = g_hash_table_new (NULL, NULL);

  self->round = oma_notices_take (self->notices);
  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup lookup;

      if (oma_follower_look_up (self, notice->uri, &uri, &lookup))
        want (self, wanted, lookup.mount, OMA_LOCK_READ);
    }
  for (guint i = 0; i < self->subtrees->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (oma_followed_is_dirty (followed))
        want (self, wanted, followed->mount, OMA_LOCK_READ);
    }
  wait_for_turn (self, OMA_FOLLOWER_WAITING, plan_reads, wanted);
}

/* ---- Reading ---- */

static gboolean
make_fingerprints (gpointer user_data)
{
  OmaFollower *self = user_data;
  OmaFollowerRead *read = g_ptr_array_index (self->reads, self->next_read);

  if (!oma_fingerprinter_step (read->printer, NODES_AT_ONCE))
    return G_SOURCE_CONTINUE;
  oma_clear_source (&self->timer);
  self->next_read++;
  read_next (self);
  return G_SOURCE_REMOVE;
}

/* It is read again, at once if that can help; else when the plugin tells that its service is back. */
static void
reading_failed (OmaFollower *self, OmaFollowerRead *read, const GError *error)
{
  read->failed = TRUE;
  if (self->operation.status == OMA_STATUS_RETRY_LATER)
    {
      self->retry = TRUE;
      oma_followed_mark (read->followed, read->child);
      return;
    }
  read->followed->compared &= read->child != NULL;
  g_info ("%s cannot be followed now: %s", self->read_uri, error->message);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaFollower *self = user_data;
  g_autoptr(GError) error = NULL;
  OmaFollowerRead *read;

  if (self->work == NULL)    /* stopped meanwhile */
    {
      oma_follower_unref (self);
      return;
    }
  read = g_ptr_array_index (self->reads, self->next_read);
  oma_work_run_finish (self->work, result, &error);
  g_clear_pointer (&self->work, oma_work_free);
  if (error == NULL || self->operation.status == OMA_STATUS_NOT_FOUND)
    read->printer = oma_fingerprinter_new (read->followed->mount, read->followed->schema, read->child,
                                           self->operation.nodes != NULL ? g_steal_pointer (&self->operation.nodes)
                                                                         : oma_node_list_new ());
  else
    reading_failed (self, read, error);
  oma_operation_clear (&self->operation);
  if (read->printer != NULL)
    run_soon (self, make_fingerprints);
  else
    {
      self->next_read++;
      read_next (self);
    }
  oma_follower_unref (self);
}

/* As the administrator: what nobody may read is not read. */
static void
begin_read (OmaFollower *self, const OmaFollowerRead *read)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_ADMINISTRATOR };
  g_autoptr(GString) uri = g_string_new (read->followed->uri);

  if (read->child != NULL)
    oma_uri_append_segment (uri, read->child, -1);
  g_free (self->read_uri);
  self->read_uri = g_string_free (g_steal_pointer (&uri), FALSE);
  self->work = oma_work_new (self->executor, &principal);
  self->operation = (OmaOperation) { .type = OMA_OPERATION_READ, .uri = self->read_uri };
  oma_work_run_async (self->work, &self->operation, NULL, read_cb, oma_follower_ref (self));
}

/* All is read. */
static void
turn_to_writing (OmaFollower *self)
{
  g_autoptr(GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup lookup;

      if (oma_follower_look_up (self, notice->uri, &uri, &lookup))
        want (self, wanted, lookup.mount, OMA_LOCK_WRITE);
    }
  for (guint i = 0; i < self->reads->len; i++)
    want (self, wanted, ((OmaFollowerRead *) g_ptr_array_index (self->reads, i))->followed->mount, OMA_LOCK_WRITE);
  wait_for_turn (self, OMA_FOLLOWER_TURNING, oma_follower_compare, wanted);
}

static void
read_next (OmaFollower *self)
{
  if (self->next_read < self->reads->len)
    begin_read (self, g_ptr_array_index (self->reads, self->next_read));
  else
    turn_to_writing (self);
}

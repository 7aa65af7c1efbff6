/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-follower-private.h"

#include <string.h>

/* The second half of a round: compares what was read with what was known, settles what plugins told, counts what
 * changed in VerNo and TStamp, and has the tree tell of it. */

/* ---- What changed ---- */

static void
add_event (OmaFollower *self, char *uri, OmaChangeKind kind)
{
  const OmaTreeEvent event = { uri, kind };

  g_array_append_val (self->events, event);
}

static void
node_changed (char *uri, OmaChangeKind kind, gpointer user_data)
{
  add_event (user_data, uri, kind);
}

/* Nobody could read what is there: the plugin's word counts, but not once more when it can be read. */
static void
take_word (OmaFollower *self, const OmaNotice *notice)
{
  add_event (self, g_strdup (notice->uri), notice->kind);
  oma_follower_leave_fingerprints (self, notice->uri, self->change);
}

static gboolean
has_failed (OmaFollower *self, const OmaFollowed *followed, const char *child)
{
  for (guint i = 0; i < self->reads->len; i++)
    {
      const OmaFollowerRead *read = g_ptr_array_index (self->reads, i);

      if (read->failed && read->followed == followed &&
          (read->child == NULL || child == NULL || strcmp (read->child, child) == 0))
        return TRUE;
    }
  return FALSE;
}

/* The word of a plugin on a node that is not followed, unless it repeats what a unit of work did. */
static void
pass_on (OmaFollower *self, const OmaNotice *notice)
{
  if (!oma_own_changes_explain (self->own, notice))
    add_event (self, g_strdup (notice->uri), notice->kind);
}

/* Of a node that holds followed ones: these say what changed, as far as they could be read. */
static void
settle_above (OmaFollower *self, const OmaNotice *notice)
{
  guint n_below = 0, n_failed = 0;

  for (guint i = 0; i < self->subtrees->len; i++)
    {
      const OmaFollowed *followed = g_ptr_array_index (self->subtrees, i);

      if (!oma_uri_is_at_or_below (followed->uri, notice->uri))
        continue;
      n_below++;
      n_failed += has_failed (self, followed, NULL);
    }
  if (n_below == 0 || notice->kind != OMA_CHANGE_REPLACED)
    pass_on (self, notice);
  else if (n_failed == n_below)
    take_word (self, notice);
}

static void
settle_notice (OmaFollower *self, const OmaNotice *notice)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, notice->uri, &child);

  if (self->retry && followed != NULL && has_failed (self, followed, child))
    oma_notices_add (self->notices, notice->uri, notice->kind, notice->time);
  else if (child == NULL)
    settle_above (self, notice);
  else if (has_failed (self, followed, child))
    take_word (self, notice);
}

/* ---- Writing ---- */

static void
touch (OmaFollower *self, const OmaTreeEvent *event)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, event->uri, NULL))
    return;
  oma_tree_lookup (self->tree, &uri, self->change, &lookup);
  oma_change_touch (self->change, &uri, &lookup, event->kind);
}

static void
written_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  OmaFollower *self = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_change_commit_finish (self->change, result, &error))
    {
      g_warning ("What changed on the machine is not counted: %s", error->message);
      oma_tree_emit (self->tree, (const OmaTreeEvent *) self->events->data, self->events->len);
    }
  g_clear_pointer (&self->change, oma_change_free);
  oma_lock_release (&self->locks);
  oma_follower_end_round (self);
  oma_follower_unref (self);
}

static void
write_events (OmaFollower *self)
{
  self->state = OMA_FOLLOWER_WRITING;
  for (guint i = 0; i < self->events->len; i++)
    touch (self, &g_array_index (self->events, OmaTreeEvent, i));
  oma_change_commit_async (self->change, NULL, written_cb, oma_follower_ref (self));
}

static void
begin_change (OmaFollower *self)
{
  const OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };

  self->change = oma_change_new (self->tree, &principal);
}

static int
compare_events (gconstpointer a, gconstpointer b, gpointer user_data G_GNUC_UNUSED)
{
  return strcmp (((const OmaTreeEvent *) a)->uri, ((const OmaTreeEvent *) b)->uri);
}

/* Compares and writes.  Nobody else writes in these subtrees until it is over. */
void
oma_follower_compare (OmaFollower *self)
{
  guint n_settled;

  begin_change (self);
  for (guint i = 0; i < self->round->len; i++)
    settle_notice (self, g_ptr_array_index (self->round, i));
  n_settled = self->events->len;
  for (guint i = 0; i < self->reads->len; i++)
    {
      const OmaFollowerRead *read = g_ptr_array_index (self->reads, i);

      if (read->printer != NULL)
        oma_followed_take (read->followed, read->child, read->printer, self->change, node_changed, self);
    }
  /* Those come in any order. */
  if (self->events->len > n_settled)
    g_qsort_with_data (&g_array_index (self->events, OmaTreeEvent, n_settled), (int) (self->events->len - n_settled),
                       sizeof (OmaTreeEvent), compare_events, NULL);
  write_events (self);
}

/* What nothing but the word of the plugin tells is written now; the rest the next start finds. */
void
oma_follower_write_last (OmaFollower *self)
{
  self->round = oma_notices_take (self->notices);
  begin_change (self);
  for (guint i = 0; i < self->round->len; i++)
    {
      const OmaNotice *notice = g_ptr_array_index (self->round, i);
      g_autofree char *child = NULL;

      oma_followed_find (self->subtrees, notice->uri, &child);
      if (child == NULL)
        settle_above (self, notice);
    }
  write_events (self);
}

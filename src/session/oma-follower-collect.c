/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-follower-private.h"

/* Collects what a round has to look at: what plugins tell, less what units of work of ours did. */

/* ---- What is told ---- */

/* Finds a node that a DDF of a plugin describes. */
gboolean
oma_follower_look_up (OmaFollower *self, const char *text, OmaUri *uri, OmaLookup *lookup)
{
  if (!oma_uri_parse (uri, text, NULL) || uri->query != OMA_URI_QUERY_NONE)
    return FALSE;
  oma_tree_lookup (self->tree, uri, NULL, lookup);
  return lookup->schema != NULL && lookup->mount != NULL && oma_mount_get_ops (lookup->mount) != NULL;
}

/* The top node of the DDF that describes the node. */
static char *
dup_top (const OmaUri *uri, const OmaLookup *lookup)
{
  g_autoptr(GString) top = g_string_new (".");
  guint depth = uri->n_segments;

  for (const OmaSchemaNode *schema = lookup->schema->parent; schema != NULL && depth > 0; schema = schema->parent)
    depth--;
  for (guint i = 0; i < depth; i++)
    oma_uri_append_segment (top, uri->segments[i].name, (gssize) uri->segments[i].length);
  return g_string_free (g_steal_pointer (&top), FALSE);
}

/* Takes up a notice; where there are too many, one that says that something below the top node changed comes in the
 * place of all from there. */
static void
notice_cb (const char *uri, OmaChangeKind kind, gpointer user_data)
{
  OmaFollower *self = user_data;
  gint64 now = g_get_monotonic_time ();
  g_auto(OmaUri) parsed = OMA_URI_INIT;
  OmaLookup lookup;

  if (self->stopped)
    return;
  if (!oma_follower_look_up (self, uri, &parsed, &lookup))
    {
      g_info ("A plugin tells of %s, which no DDF of a plugin describes", uri);
      return;
    }
  if (oma_mount_is_volatile (lookup.mount, lookup.schema))
    return;
  if (!oma_notices_add (self->notices, uri, kind, now))
    {
      g_autofree char *top = dup_top (&parsed, &lookup);

      oma_notices_drop_below (self->notices, top);
      oma_notices_add (self->notices, top, OMA_CHANGE_REPLACED, now);
    }
  oma_follower_collect (self, OMA_FOLLOWER_QUIET_TIME);
}

/* ---- Our own changes ---- */

/* Nothing is known any more of what is there. */
void
oma_follower_leave_fingerprints (OmaFollower *self, const char *uri, OmaChange *change)
{
  g_autofree char *child = NULL;
  OmaFollowed *followed = oma_followed_find (self->subtrees, uri, &child);

  for (guint i = 0; followed == NULL && i < self->subtrees->len; i++)
    {
      OmaFollowed *below = g_ptr_array_index (self->subtrees, i);

      if (!oma_uri_is_at_or_below (below->uri, uri))
        continue;
      oma_followed_set_own (below, NULL, uri, change);
      below->all = TRUE;
    }
  if (followed == NULL)
    return;
  oma_followed_set_own (followed, child, uri, change);
  oma_followed_mark (followed, child);
}

/* A unit of work is about to be written: what it did is none of the machine's own changes. */
static void
commit_cb (OmaChange *change, const OmaTreeEvent *events, guint n_events, gpointer user_data)
{
  OmaFollower *self = user_data;
  gint64 now = g_get_monotonic_time ();

  if (change == self->change)
    return;
  oma_own_changes_forget_old (self->own, now);
  for (guint i = 0; i < n_events; i++)
    {
      oma_own_changes_add (self->own, events[i].uri, now);
      oma_follower_leave_fingerprints (self, events[i].uri, change);
    }
  if (oma_follower_has_more (self))
    oma_follower_collect (self, OMA_FOLLOWER_QUIET_TIME);
}

/* From now on the tree tells the follower. */
void
oma_follower_listen (OmaFollower *self)
{
  oma_tree_set_follow_funcs (self->tree, notice_cb, commit_cb, self);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-change-private.h"

#include "base/oma-status.h"

#include <string.h>

/* What a change keeps of nodes that plugins serve. */

static gboolean
fail (GError **error, OmaStatus status, const char *reason)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, status, reason);
  return FALSE;
}

/**
 * oma_change_make_overlay:
 * @change: a change
 * @uri: the URI of a node that a plugin serves
 * @lookup: what oma_tree_lookup() found for it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the #OmaNode that keeps the properties of a plugin's node, and those above it.
 *
 * Returns: (nullable) (transfer none): the node, which may have been there, or %NULL with
 *   nothing staged and %OMA_STATUS_NOT_FOUND when no DDF describes it,
 *   %OMA_STATUS_NOT_ALLOWED when no plugin serves it, or %OMA_STATUS_RETRY_LATER when
 *   another change is at work on a node above
 */
OmaNode *
oma_change_make_overlay (OmaChange *change, const OmaUri *uri, const OmaLookup *lookup, GError **error)
{
  gpointer mark = oma_change_get_mark (change);
  OmaLookup now;
  OmaNode *node;

  if (lookup->node != NULL)
    return lookup->node;
  if (lookup->schema == NULL)
    return fail (error, OMA_STATUS_NOT_FOUND, "No DDF describes the node"), NULL;
  if (lookup->mount == NULL || lookup->mount->ops == NULL)
    return fail (error, OMA_STATUS_NOT_ALLOWED, "No plugin serves the node"), NULL;

  oma_tree_lookup (change->tree, uri, change, &now);
  node = now.nearest;
  for (guint i = now.nearest_depth; i < uri->n_segments; i++)
    {
      const OmaUriSegment *segment = &uri->segments[i];
      OmaMount *mount;
      const OmaSchemaNode *schema = oma_node_match_child (node, segment->name, segment->length, &mount);

      if (oma_change_edit (change, node, error) == NULL)
        {
          oma_change_roll_back_to (change, mark);
          return NULL;
        }
      node = oma_change_insert (change, node, segment->name, segment->length, schema, mount);
      node->owner = node->staged->state.owner = 0;
    }
  return node;
}

static gboolean
drop_children (OmaChange *change, OmaNode *node, GError **error)
{
  for (OmaNode *child = oma_node_first_child (node, change); child != NULL;
       child = oma_node_next_sibling (child, change))
    {
      OmaNodeState *state = oma_change_edit (change, node, error);

      if (state == NULL || !oma_change_stage_deletion (change, child, error))
        return FALSE;
      state->n_children--;
    }
  return TRUE;
}

static gboolean
drop_node (OmaChange *change, OmaNode *node, GError **error)
{
  OmaNodeState *parent;

  if (node->flags & OMA_NODE_FIXED)
    {
      if (!drop_children (change, node, error))
        return FALSE;
      return (oma_node_get_acl (node, change) == NULL && oma_node_get_title (node, change) == NULL) ||
             oma_change_set_properties (change, node, NULL, NULL, error);
    }
  parent = oma_change_edit (change, node->parent, error);
  if (parent == NULL || !oma_change_stage_deletion (change, node, error))
    return FALSE;
  parent->n_children--;
  return TRUE;
}

/**
 * oma_change_drop_overlay:
 * @change: a change
 * @lookup: what oma_tree_lookup() found for a node that a plugin serves
 *
 * Drops what is kept of a plugin's node and of those below, since it is gone.  Where
 * another change is at work on one of them nothing is dropped.
 */
void
oma_change_drop_overlay (OmaChange *change, const OmaLookup *lookup)
{
  gpointer mark = oma_change_get_mark (change);
  g_autoptr(GError) error = NULL;

  g_return_if_fail (!change->committing);

  if (lookup->node == NULL || !oma_node_is_overlay (lookup->node) || drop_node (change, lookup->node, &error))
    return;
  oma_change_roll_back_to (change, mark);
  g_debug ("Could not drop what is kept of a plugin's node: %s", error->message);
}

static void
log_event (OmaChange *change, const OmaUri *uri, OmaChangeKind kind)
{
  g_autofree char *text = NULL;
  OmaChangeLog *step;
  gsize size;

  if (!oma_tree_is_watched (change->tree) && change->tree->commit_func == NULL)
    return;
  text = oma_uri_to_string (uri);
  size = strlen (text) + 1;
  step = oma_change_log_step (change, OMA_CHANGE_LOG_TOUCHED, NULL);
  step->event.uri = obstack_copy (&change->memory, text, size);
  step->event.kind = kind;
}

/* A node that the plugin has had all along is new here only: its VerNo counts this change, as
 * that of a stored node does. */
static void
count_first_change (OmaNode *node, const OmaNodeState *state)
{
  if (state->flags & OMA_STAGED_ADDED)
    node->verno = 1;
}

/* Makes and bumps what is kept of the node above. */
static gboolean
touch_parent (OmaChange *change, const OmaUri *uri, GError **error)
{
  OmaUri above = *uri;
  OmaLookup lookup;
  OmaNodeState *state = NULL;
  OmaNode *parent;

  if (above.n_segments == 0)
    return TRUE;
  above.n_segments--;
  oma_tree_lookup (change->tree, &above, change, &lookup);
  parent = oma_change_make_overlay (change, &above, &lookup, error);
  if (parent != NULL)
    state = oma_change_edit (change, parent, error);
  if (state == NULL)
    return FALSE;
  state->child_changes++;
  count_first_change (parent, state);
  return TRUE;
}

static gboolean
touch_node (OmaChange *change, const OmaUri *uri, const OmaLookup *lookup, OmaChangeKind kind, GError **error)
{
  OmaNode *node = oma_change_make_overlay (change, uri, lookup, error);
  OmaNodeState *state = node != NULL ? oma_change_edit (change, node, error) : NULL;

  if (state == NULL)
    return FALSE;
  state->owner = change->owner;
  state->flags |= OMA_STAGED_TOUCHED;
  if (kind == OMA_CHANGE_REPLACED)
    count_first_change (node, state);
  return TRUE;
}

/**
 * oma_change_touch:
 * @change: a change
 * @uri: a node that a plugin serves
 * @lookup: what oma_tree_lookup() found for it
 * @kind: what the plugin did to it
 *
 * Keeps VerNo, TStamp and owner of a plugin's node as those of a stored one are kept, and
 * tells those who watch once the change is committed.  They are not kept where another
 * change is at work on the node.
 */
void
oma_change_touch (OmaChange *change, const OmaUri *uri, const OmaLookup *lookup, OmaChangeKind kind)
{
  gpointer mark = oma_change_get_mark (change);
  g_autoptr(GError) error = NULL;
  gboolean kept = TRUE;

  g_return_if_fail (!change->committing);

  if (kind == OMA_CHANGE_DELETED)
    oma_change_drop_overlay (change, lookup);
  else
    kept = touch_node (change, uri, lookup, kind, &error);
  if (kept && kind != OMA_CHANGE_REPLACED)
    kept = touch_parent (change, uri, &error);
  if (!kept)
    {
      oma_change_roll_back_to (change, mark);
      g_debug ("Could not keep the version of a plugin's node: %s", error->message);
    }
  log_event (change, uri, kind);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-change-private.h"

#include "base/oma-status.h"

#include <string.h>

/* Before-images of the nodes that the tree itself holds, for a change that may have to be undone
 * after its commit.  There is one for each node and property, of the state before against the state
 * after, whatever was done in between.  TStamp and VerNo count on when they are undone: others may
 * have seen them. */

#define TREE "."                  /* the mount of such images: the tree itself serves them */
#define PROPERTY_ACL "?prop=ACL"
#define PROPERTY_TITLE "?prop=Title"

static gboolean
fail (GError **error, OmaStatus status, const char *reason)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, status, reason);
  return FALSE;
}

/* ---- What there is to note ---- */

static char *
dup_staged_uri (const OmaNode *node, const OmaChange *change)
{
  g_autofree char *above = NULL;

  if (node->parent == NULL)
    return g_strdup (".");
  above = dup_staged_uri (node->parent, change);
  return oma_node_append_to_uri (above, oma_node_get_staged_name (node, change));
}

static const char *
get_acl_text (const OmaProperties *properties)
{
  return properties != NULL && properties->acl != NULL ? oma_acl_get_text (properties->acl) : "";
}

static const char *
get_title (const OmaProperties *properties)
{
  return properties != NULL && properties->title != NULL ? properties->title : "";
}

static GBytes *
digest_text (const char *text)
{
  g_autoptr(OmaValue) value = oma_value_new_string (text);

  return oma_image_digest (value);
}

/* Takes @uri and @value. */
static OmaImage *
add_image (GPtrArray *images, OmaImageKind kind, char *uri, OmaValue *value)
{
  OmaImage *image = oma_image_new (kind, TREE, uri);

  g_free (uri);
  if (value != NULL)
    {
      image->before = oma_node_list_new ();
      oma_node_list_add (image->before, "", value);
    }
  g_ptr_array_add (images, image);
  return image;
}

/* @after: (nullable): %NULL when it went with its node */
static void
add_property (GPtrArray *images, const OmaNode *node, const char *name, const char *before, const char *after)
{
  g_autofree char *uri = oma_node_dup_uri (node);
  OmaImage *image;

  if (after != NULL && strcmp (before, after) == 0)
    return;
  image = add_image (images, OMA_IMAGE_REPLACE, g_strconcat (uri, name, NULL), oma_value_new_string (before));
  image->after = after != NULL ? digest_text (after) : NULL;
}

/* What comes back gets the ACL of its DDF, which need not be the one that it had. */
static void
add_properties (GPtrArray *images, const OmaNode *node, const OmaNodeState *state)
{
  const char *acl = get_acl_text (node->properties), *title = get_title (node->properties);
  gboolean has_default = node->schema->default_acl != NULL && *node->schema->default_acl != '\0';

  if (state->flags & OMA_STAGED_ADDED)
    return;
  if ((state->flags & OMA_STAGED_DELETED) == 0)
    {
      add_property (images, node, PROPERTY_ACL, acl, get_acl_text (state->properties));
      add_property (images, node, PROPERTY_TITLE, title, get_title (state->properties));
      return;
    }
  if (*acl != '\0' || has_default)
    add_property (images, node, PROPERTY_ACL, acl, NULL);
  if (*title != '\0')
    add_property (images, node, PROPERTY_TITLE, title, NULL);
}

static GBytes *
dup_owner (const OmaNode *node)
{
  const char *owner = g_quark_to_string (node->owner);

  return owner != NULL ? g_bytes_new (owner, strlen (owner)) : NULL;
}

/* That of an interior node says its Type, where that is not the DDF's. */
static OmaValue *
dup_value (const OmaNode *node)
{
  if (!oma_node_is_interior (node))
    return oma_value_ref (node->value);
  return node->properties != NULL && node->properties->type != NULL
           ? oma_value_new (OMA_FORMAT_NODE, node->properties->type, "", 0) : NULL;
}

/* What was there of a node whose value changes or that goes. */
static void
add_value (GPtrArray *images, OmaImageKind kind, const OmaNode *node, const OmaNodeState *state)
{
  OmaImage *image = add_image (images, kind, oma_node_dup_uri (node), dup_value (node));

  if (image->before == NULL)
    {
      image->before = oma_node_list_new ();
      oma_node_list_add (image->before, "", NULL);
    }
  image->secret = !oma_node_is_interior (node) && (node->schema->access & OMA_ACCESS_GET) == 0;
  image->data = dup_owner (node);
  if (kind == OMA_IMAGE_REPLACE)
    image->after = oma_image_digest (state->value);
}

static void
add_rename (GPtrArray *images, const OmaNode *node, const OmaChange *change)
{
  g_autofree char *above = oma_node_dup_uri (node->parent);
  OmaImage *image = add_image (images, OMA_IMAGE_RENAME, oma_node_dup_uri (node), NULL);

  image->target = oma_node_append_to_uri (above, oma_node_get_staged_name (node, change));
}

static gboolean
name_is_free (const OmaImage *image, const GPtrArray *renames)
{
  for (guint i = 0; i < renames->len; i++)
    if (strcmp (((const OmaImage *) g_ptr_array_index (renames, i))->target, image->uri) == 0)
      return FALSE;
  return TRUE;
}

/* Moves them over; one that has got the old name of another is undone before that.  Nodes that have
 * exchanged their names cannot be told from those of somebody else, and keep them. */
static void
sort_renames (GPtrArray *renames, GPtrArray *images)
{
  guint place = images->len;

  while (renames->len > 0)
    {
      guint next = 0;

      while (next < renames->len && !name_is_free (g_ptr_array_index (renames, next), renames))
        next++;
      g_ptr_array_insert (images, (gint) place,
                          g_ptr_array_steal_index (renames, next < renames->len ? next : 0));
    }
}

static void
add_addition (GPtrArray *images, const OmaNode *node, const OmaNodeState *state, const OmaChange *change)
{
  OmaImage *image = add_image (images, OMA_IMAGE_ADD, dup_staged_uri (node, change), NULL);

  if (oma_node_is_unstored (node))
    image->after = digest_text (get_acl_text (state->properties));
  else if (!oma_node_is_interior (node))
    image->after = oma_image_digest (state->value);
}

/* ---- Their order: what is undone later comes first ---- */

static int
get_depth (const OmaNode *node)
{
  int depth = 0;

  for (; node->parent != NULL; node = node->parent)
    depth++;
  return depth;
}

static int
compare_depth (gconstpointer a, gconstpointer b)
{
  return get_depth ((*(OmaStaged *const *) a)->node) - get_depth ((*(OmaStaged *const *) b)->node);
}

static gboolean
is_gone (const OmaNodeState *state)
{
  return (state->flags & OMA_STAGED_DELETED) != 0;
}

/* A value or a property: undone when the nodes are there again, by their old names. */
static void
add_contents (GPtrArray *images, const OmaStaged *staged)
{
  const OmaNodeState *state = &staged->state;

  add_properties (images, staged->node, state);
  if ((state->flags & OMA_STAGED_VALUE) != 0 && (state->flags & OMA_STAGED_ADDED) == 0 && !is_gone (state))
    add_value (images, OMA_IMAGE_REPLACE, staged->node, state);
}

static void
add_departure (GPtrArray *images, const OmaStaged *staged)
{
  if (is_gone (&staged->state) && !oma_node_is_unstored (staged->node))
    add_value (images, OMA_IMAGE_REMOVE, staged->node, &staged->state);
}

/* Of a plugin's node that was there before, see oma_change_touch(); they count on. */
static gboolean
keeps_only_versions (const OmaStaged *staged)
{
  return oma_node_is_unstored (staged->node) && staged->node->verno > 0 &&
         *get_acl_text (staged->state.properties) == '\0' &&         *get_title (staged->state.properties) == '\0';
}

/**
 * oma_change_add_images:
 * @change: a change that is about to be committed
 * @images: (element-type OmaImage): gets the before-images of what it changes, in such an order
 *   that oma_change_undo_image() takes the last one first
 */
void
oma_change_add_images (const OmaChange *change, GPtrArray *images)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr(GPtrArray) renames = g_ptr_array_new ();

  for (guint i = 0; i < change->touched->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (change->touched, i);

      if ((~staged->state.flags & (OMA_STAGED_ADDED | OMA_STAGED_DELETED)) != 0)
        g_ptr_array_add (nodes, (gpointer) staged);
    }
  g_ptr_array_sort (nodes, compare_depth);
  for (guint i = 0; i < nodes->len; i++)
    add_contents (images, g_ptr_array_index (nodes, i));
  for (guint i = nodes->len; i > 0; i--)
    add_departure (images, g_ptr_array_index (nodes, i - 1));
  for (guint i = 0; i < nodes->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (nodes, i);

      if (staged->state.alias != NULL && (staged->state.flags & (OMA_STAGED_ADDED | OMA_STAGED_DELETED)) == 0)
        add_rename (renames, staged->node, change);
    }
  sort_renames (renames, images);
  for (guint i = 0; i < nodes->len; i++)
    {
      const OmaStaged *staged = g_ptr_array_index (nodes, i);

      if (staged->state.flags & OMA_STAGED_ADDED && !keeps_only_versions (staged))
        add_addition (images, staged->node, &staged->state, change);
    }
}

/* ---- Undoing ---- */

static gboolean
holds (const OmaValue *value, GBytes *digest)
{
  g_autoptr(GBytes) now = oma_image_digest (value);

  return digest != NULL && g_bytes_equal (now, digest);
}

static gboolean
holds_text (const char *text, GBytes *digest)
{
  g_autoptr(GBytes) now = digest_text (text);

  return digest != NULL && g_bytes_equal (now, digest);
}

static gboolean
leave (gboolean *left)
{
  *left = TRUE;
  return TRUE;
}

static OmaValue *
get_before (const OmaImage *image)
{
  return image->before != NULL && oma_node_list_get_length (image->before) > 0
           ? oma_node_list_get_value (image->before, 0) : NULL;
}

static gboolean
is_fresh (const OmaNode *node, const OmaChange *change)
{
  const OmaNodeState *state = oma_node_peek_state (node, change);

  return state != NULL && (state->flags & OMA_STAGED_ADDED) != 0;
}

/* Who had set the value then has set it again. */
static void
set_owner (OmaNode *node, GBytes *owner)
{
  gsize length = 0;
  const char *text = owner != NULL ? g_bytes_get_data (owner, &length) : NULL;
  g_autofree char *server_id = g_strndup (text, length);

  node->staged->state.owner = length > 0 ? g_quark_from_string (server_id) : 0;
  if (node->staged->state.flags & OMA_STAGED_ADDED)
    node->owner = node->staged->state.owner;
}

static gboolean
put_value (OmaChange *change, OmaNode *node, const OmaImage *image, GError **error)
{
  OmaValue *before = get_before (image);

  if (oma_value_get_format (before) != node->schema->format)
    return fail (error, OMA_STATUS_COMMAND_FAILED, "the DDF of the node is another one now");
  if (!oma_change_replace (change, node, before, error))
    return FALSE;
  set_owner (node, image->data);
  return TRUE;
}

static gboolean
undo_value (OmaChange *change, const OmaImage *image, const OmaLookup *lookup, gboolean *left, GError **error)
{
  OmaValue *before = get_before (image), *now;

  if (lookup->node == NULL)
    return leave (left);
  now = oma_node_is_interior (lookup->node) ? NULL : oma_node_get_value (lookup->node, change);
  if (now == NULL || before == NULL)
    return fail (error, OMA_STATUS_COMMAND_FAILED, "the node has no value in the store now");
  if (oma_value_equal (now, before))
    return TRUE;
  if (!holds (now, image->after))
    return leave (left);
  return put_value (change, lookup->node, image, error);
}

static gboolean
set_property (OmaChange *change, OmaNode *node, gboolean is_acl, const char *text, GError **error)
{
  g_autoptr(OmaAcl) acl = NULL;

  if (!is_acl)
    return oma_change_set_title (change, node, text, error);
  if (*text != '\0')
    {
      acl = oma_acl_parse (text, error);
      if (acl == NULL)
        return FALSE;
    }
  return oma_change_set_acl (change, node, acl, error);
}

static gboolean
undo_property (OmaChange *change, const OmaImage *image, const OmaUri *uri, const OmaLookup *lookup, gboolean *left,
               GError **error)
{
  gboolean is_acl = g_strcmp0 (uri->query_value, "ACL") == 0;
  gboolean is_served = lookup->mount != NULL && lookup->mount->ops != NULL;
  OmaNode *node = lookup->node;
  OmaProperties now = { 0 };
  const char *before = get_before (image) != NULL ? oma_value_get_text (get_before (image)) : "", *text;

  if (node == NULL && !(is_served && image->after == NULL))
    return leave (left);
  if (node == NULL)
    {
      /* What was kept of a plugin's node went with it. */
      node = oma_change_make_overlay (change, uri, lookup, error);
      return node != NULL && set_property (change, node, is_acl, before, error);
    }
  now.acl = oma_node_get_acl (node, change);
  now.title = (char *) oma_node_get_title (node, change);
  text = is_acl ? get_acl_text (&now) : get_title (&now);
  if (strcmp (text, before) == 0)
    return TRUE;
  if (image->after != NULL ? !holds_text (text, image->after) : !is_fresh (node, change))
    return leave (left);
  return set_property (change, node, is_acl, before, error);
}

static gboolean
undo_addition (OmaChange *change, const OmaImage *image, const OmaLookup *lookup, gboolean *left, GError **error)
{
  OmaNode *node = lookup->node;
  OmaProperties now = { 0 };

  if (node == NULL)
    return TRUE;
  if (oma_node_is_unstored (node))
    {
      now.acl = oma_node_get_acl (node, change);
      if (image->after != NULL && !holds_text (get_acl_text (&now), image->after))
        return leave (left);
      oma_change_drop_overlay (change, lookup);
      return TRUE;
    }
  /* What stands below it is somebody else's: ours is gone by now. */
  if (oma_node_is_interior (node) ? oma_node_first_child (node, change) != NULL
                                  : !holds (oma_node_get_value (node, change), image->after))
    return leave (left);
  return oma_change_delete (change, node, error);
}

static gboolean
put_node (OmaChange *change, const OmaImage *image, const OmaUri *uri, const OmaLookup *lookup, GError **error)
{
  const OmaUriSegment *segment = &uri->segments[uri->n_segments - 1];
  OmaValue *before = get_before (image);
  gboolean is_interior = before == NULL || oma_value_get_format (before) == OMA_FORMAT_NODE;
  OmaNode *node;

  if (lookup->schema == NULL || (lookup->schema->format == OMA_FORMAT_NODE) != is_interior ||
      (before != NULL && oma_value_get_format (before) != lookup->schema->format))
    return fail (error, OMA_STATUS_COMMAND_FAILED, "the DDF of the node is another one now");
  node = oma_change_add (change, lookup->nearest, segment->name, segment->length, lookup->schema,
                         is_interior ? NULL : before,
                         is_interior && before != NULL ? oma_value_get_type_name (before) : NULL, error);
  if (node == NULL)
    return FALSE;
  set_owner (node, image->data);
  return TRUE;
}

static gboolean
undo_departure (OmaChange *change, const OmaImage *image, const OmaUri *uri, const OmaLookup *lookup, gboolean *left,
                GError **error)
{
  OmaNode *node = lookup->node;

  if (node == NULL)
    /* Without the node above, somebody else has taken that away. */
    return lookup->nearest_depth + 1 == uri->n_segments ? put_node (change, image, uri, lookup, error) : leave (left);
  if (oma_node_is_interior (node) || get_before (image) == NULL ||
      oma_value_equal (oma_node_get_value (node, change), get_before (image)))
    return TRUE;
  /* It can have come along with the one above. */
  return is_fresh (node, change) ? put_value (change, node, image, error) : leave (left);
}

static gboolean
undo_rename (OmaChange *change, const OmaImage *image, const OmaUri *uri, const OmaLookup *lookup, gboolean *left,
             GError **error)
{
  g_auto(OmaUri) target = OMA_URI_INIT;
  const OmaUriSegment *last = &uri->segments[uri->n_segments - 1];
  g_autofree char *name = g_strndup (last->name, last->length);
  OmaLookup renamed;

  if (!oma_uri_parse (&target, image->target, error))
    return FALSE;
  oma_tree_lookup (change->tree, &target, change, &renamed);
  if (lookup->node != NULL && renamed.node == NULL)
    return TRUE;
  if (lookup->node != NULL || renamed.node == NULL)
    return leave (left);
  return oma_change_rename (change, renamed.node, name, error);
}

/**
 * oma_image_is_of_tree:
 * @image: an image
 *
 * Returns: whether it is one of oma_change_add_images(), which no plugin undoes
 */
gboolean
oma_image_is_of_tree (const OmaImage *image)
{
  return strcmp (image->mount, TREE) == 0;
}

/**
 * oma_change_undo_image:
 * @change: a change in the device's name
 * @image: an image of oma_change_add_images(), those behind it in their array being undone
 * @left: (out): whether somebody else has changed the node since: it stays as it is
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Stages what was there before; what is there already is left alone.  All images of a unit of work are
 * undone by one write, which also ends the unit: where a node has got the name of another they cannot tell
 * what is undone from what somebody else did.
 *
 * Returns: %TRUE, or %FALSE with nothing staged and %OMA_STATUS_COMMAND_FAILED when the DDF does not
 *   allow it any more, or an error of the operations of #OmaChange
 */
gboolean
oma_change_undo_image (OmaChange *change, const OmaImage *image, gboolean *left, GError **error)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  *left = FALSE;
  if (!oma_uri_parse (&uri, image->uri, error))
    return FALSE;
  if (uri.n_segments == 0 && uri.query != OMA_URI_QUERY_PROP)
    return fail (error, OMA_STATUS_COMMAND_FAILED, "the root has no such image");
  oma_tree_lookup (change->tree, &uri, change, &lookup);
  if (uri.query == OMA_URI_QUERY_PROP)
    return undo_property (change, image, &uri, &lookup, left, error);
  switch (image->kind)
    {
    case OMA_IMAGE_REPLACE:
      return undo_value (change, image, &lookup, left, error);
    case OMA_IMAGE_ADD:
      return undo_addition (change, image, &lookup, left, error);
    case OMA_IMAGE_REMOVE:
      return undo_departure (change, image, &uri, &lookup, left, error);
    case OMA_IMAGE_RENAME:
      return undo_rename (change, image, &uri, &lookup, left, error);
    case OMA_IMAGE_EXEC:
    case OMA_IMAGE_TRANSACTION:
    default:
      return fail (error, OMA_STATUS_COMMAND_FAILED, "the tree has no such image");
    }
}

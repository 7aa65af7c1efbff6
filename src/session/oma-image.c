/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-image.h"

#include "session/oma-operation.h"

#include <string.h>

/* What is noted before a plugin is asked to change something. */

/**
 * oma_call_changes:
 * @call: a call
 *
 * Returns: whether a plugin changes something by it, or notes what to change
 */
gboolean
oma_call_changes (const OmaCall *call)
{
  return call->kind >= OMA_CALL_ADD && call->kind <= OMA_CALL_RENAME;
}

/**
 * oma_call_is_write:
 * @call: a call
 *
 * Returns: whether it is one that changes something, but no Exec
 */
gboolean
oma_call_is_write (const OmaCall *call)
{
  return oma_call_changes (call) && call->kind != OMA_CALL_EXEC;
}

/**
 * oma_image_dup_mount:
 * @ref: a node of a plugin
 *
 * Returns: (transfer full): the URI of the root of the subtree that the plugin serves
 */
char *
oma_image_dup_mount (const OmaNodeRef *ref)
{
  const char *uri = oma_node_ref_get_uri (ref);
  gsize below = strlen (oma_node_ref_get_relative_uri (ref));

  return g_strndup (uri, strlen (uri) - (below > 0 ? below + 1 : 0));
}

static OmaImageKind
choose_kind (const OmaCall *call)
{
  switch (call->kind)
    {
    case OMA_CALL_REPLACE:
      return OMA_IMAGE_REPLACE;
    case OMA_CALL_COPY:
      return call->overwrites ? OMA_IMAGE_REPLACE : OMA_IMAGE_ADD;
    case OMA_CALL_REMOVE:
      return OMA_IMAGE_REMOVE;
    case OMA_CALL_RENAME:
      return OMA_IMAGE_RENAME;
    case OMA_CALL_EXEC:
      return OMA_IMAGE_EXEC;
    default:
      return OMA_IMAGE_ADD;
    }
}

/* ---- What was there ---- */

/* Whether a node came along with one that the unit of work itself adds: the plugin may not have
 * it yet. */
static gboolean
came_along (const OmaJob *job, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  char *slash;

  if (g_hash_table_size (job->work->intents) == 0 || g_hash_table_contains (job->work->intents, uri))
    return FALSE;
  while ((slash = strrchr (way, '/')) != NULL)
    {
      const OmaIntent *intent;

      *slash = '\0';
      intent = g_hash_table_lookup (job->work->intents, way);
      if (intent != NULL)
        return intent->fresh;
    }
  return FALSE;
}

/* What cannot be read is not known.  That somebody who could tell fails just now is another
 * thing: then nothing is changed either. */
static gboolean
take_failure (OmaImage *image, GError *failure, GError **error)
{
  image->irreversible = oma_status_from_error (failure) < OMA_STATUS_COMMAND_FAILED;
  if (!image->irreversible)
    g_propagate_error (error, g_error_copy (failure));
  return image->irreversible;
}

/* Returns: %FALSE without @error while the value has to be waited for. */
static gboolean
keep_value (OmaImage *image, OmaJob *job, const OmaUri *uri, const OmaLookup *lookup, GError **error)
{
  g_autoptr(GError) failure = NULL;
  OmaValue *value = came_along (job, image->uri) ? oma_schema_node_make_default (lookup->schema)
                                                 : oma_uri_read_value (uri, lookup, job, &failure);

  if (value == NULL)
    return failure != NULL && take_failure (image, failure, error);
  image->before = oma_node_list_new ();
  oma_node_list_add (image->before, "", value);
  return TRUE;
}

/* As keep_value(), for all that is to go. */
static gboolean
keep_subtree (OmaImage *image, OmaJob *job, OmaUri *uri, GError **error)
{
  g_autoptr(GError) failure = NULL;
  gboolean complete;

  if (!oma_operation_walk (job, uri, TRUE, TRUE, &image->before, &complete, &failure))
    return failure != NULL && take_failure (image, failure, error);
  image->irreversible = !complete;
  return TRUE;
}

static gboolean
keep_before (OmaImage *image, OmaJob *job, OmaUri *uri, const OmaLookup *lookup, GError **error)
{
  switch (image->kind)
    {
    case OMA_IMAGE_REPLACE:
      return keep_value (image, job, uri, lookup, error);
    case OMA_IMAGE_REMOVE:
      return keep_subtree (image, job, uri, error);
    case OMA_IMAGE_EXEC:
      image->irreversible = TRUE;
      return TRUE;
    case OMA_IMAGE_ADD:
    case OMA_IMAGE_RENAME:
    case OMA_IMAGE_TRANSACTION:
    default:
      return TRUE;
    }
}

/* ---- Whether it can be put back ---- */

static OmaHandlerFlags
get_flags (const OmaLookup *lookup)
{
  const OmaNodeOps *ops = oma_mount_get_ops (lookup->mount);

  return ops->get_flags != NULL && lookup->schema != NULL
           ? ops->get_flags (oma_mount_get_self (lookup->mount), lookup->schema) : OMA_HANDLER_DEFAULT;
}

/* Those of a node, and of the nodes below that go with it. */
static OmaHandlerFlags
collect_flags (const OmaImage *image, OmaJob *job, const OmaLookup *lookup)
{
  OmaHandlerFlags flags = get_flags (lookup);
  guint n = image->kind == OMA_IMAGE_REMOVE && image->before != NULL ? oma_node_list_get_length (image->before) : 0;

  if (oma_mount_get_ops (lookup->mount)->get_flags == NULL)
    return flags;
  for (guint i = 1; i < n; i++)
    {
      g_autofree char *text = g_strconcat (image->uri, "/", oma_node_list_get_uri (image->before, i), NULL);
      g_auto(OmaUri) uri = OMA_URI_INIT;
      OmaLookup below;

      if (!oma_uri_parse (&uri, text, NULL))
        continue;
      oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &below);
      if (below.mount == lookup->mount)
        flags |= get_flags (&below);
    }
  return flags;
}

/* All or nothing needs a way back.  A plugin that rolls back need not be told what was there. */
static gboolean
check_way_back (const OmaImage *image, const OmaJob *job, const OmaMount *mount, OmaHandlerFlags flags, GError **error)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);
  gboolean rolls_back = ops->roll_back != NULL && ops->has_transactions != NULL &&
                        ops->has_transactions (oma_mount_get_self (mount));

  if ((!job->work->atomic && !job->is_compound) || !image->irreversible)
    return TRUE;
  if (image->kind != OMA_IMAGE_EXEC && rolls_back && (flags & OMA_HANDLER_IRREVERSIBLE) == 0)
    return TRUE;
  return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "it could not be undone if something else failed", error);
}

/**
 * oma_image_make:
 * @job: a job
 * @call: a call that changes something; gets its image
 * @error: return location for %OMA_STATUS_NOT_ALLOWED when the change could not be undone and is
 *   part of what is done whole or not at all (DM Representation Protocol 1.2, Atomic; DM Tree and
 *   Description Serialization 1.2), or for the error of a plugin that should be able to tell
 *
 * Finds out what is there before the change.
 *
 * Returns: %TRUE when that is known; %FALSE without @error when a plugin has to be waited for
 */
gboolean
oma_image_make (OmaJob *job, OmaCall *call, GError **error)
{
  const OmaNodeRef *ref = call->kind == OMA_CALL_COPY ? call->target : call->ref;
  g_autofree char *mount = oma_image_dup_mount (ref);
  g_autoptr(OmaImage) image = oma_image_new (choose_kind (call), mount, oma_node_ref_get_uri (ref));
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaHandlerFlags flags;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, image->uri, error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &lookup);
  if (!keep_before (image, job, &uri, &lookup, error))
    return FALSE;
  if (image->kind == OMA_IMAGE_RENAME)
    image->target = g_strdup (oma_node_ref_get_uri (call->target));
  if (call->value != NULL && call->kind != OMA_CALL_EXEC)
    image->after = oma_image_digest (call->value);
  flags = collect_flags (image, job, &lookup);
  image->irreversible |= (flags & OMA_HANDLER_IRREVERSIBLE) != 0;
  call->cuts_off = (flags & OMA_HANDLER_PROVISIONAL) != 0;
  if (!check_way_back (image, job, lookup.mount, flags, error))
    return FALSE;
  call->image = g_steal_pointer (&image);
  return TRUE;
}

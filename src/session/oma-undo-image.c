/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation.h"
#include "session/oma-undo.h"

#include <string.h>

/* Writes back what was there before one change, if nobody else has changed it since.  What was
 * not done yet, or is undone already, is left alone: it can be done as often as one likes. */

static gboolean
fail (GError **error, const char *reason)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, reason);
  return FALSE;
}

static gboolean
finish (OmaUndoStep *step, OmaUndoResult result)
{
  step->result = result;
  return TRUE;
}

/* ---- What is there now ---- */

static gboolean
find (OmaTarget *target, OmaJob *job, const char *uri, GError **error)
{
  if (!oma_target_resolve (target, job, uri, error))
    return FALSE;
  return (oma_lookup_is_served (&target->lookup) && target->lookup.schema != NULL) ||
         fail (error, "no plugin serves the node now");
}

/* *gone: it went meanwhile. */
static OmaValue *
read_now (const OmaTarget *target, OmaJob *job, gboolean *gone, GError **error)
{
  GError *failure = NULL;
  OmaValue *value = oma_uri_read_value (&target->uri, &target->lookup, job, &failure);

  *gone = failure != NULL && oma_status_from_error (failure) == OMA_STATUS_NOT_FOUND;
  if (*gone)
    g_error_free (failure);
  else if (failure != NULL)
    g_propagate_error (error, failure);
  return value;
}

static gboolean
holds (const OmaValue *value, GBytes *digest)
{
  g_autoptr(GBytes) now = oma_image_digest (value);

  return digest != NULL && g_bytes_equal (now, digest);
}

/* ---- Writing it back ---- */

static gboolean
write_back (OmaJob *job, OmaUndoStep *step, OmaCallKind kind, const OmaTarget *target, OmaValue *value,
            const char *name, GError **error)
{
  OmaCall *call;

  if (step->image->irreversible)
    return fail (error, "what was there is not known, or cannot be written back");
  call = oma_call_new (kind, target->lookup.mount);
  if (step->participant == NULL)
    step->participant = oma_participant_new (target->lookup.mount);
  call->participant = oma_participant_ref (step->participant);
  call->ref = oma_target_make_ref_at (target, job, target->uri.n_segments);
  call->schema = target->lookup.schema;
  call->value = value != NULL ? oma_value_ref (value) : NULL;
  call->text = g_strdup (name);
  return oma_job_call (job, call, error);
}

/* A plugin with transactions has only noted it. */
static gboolean
settle (OmaJob *job, OmaUndoStep *step, GError **error)
{
  static const OmaCallKind phases[] = { OMA_CALL_VALIDATE, OMA_CALL_COMMIT };
  OmaParticipant *participant = step->participant;

  for (guint i = 0; participant != NULL && participant->transactional && i < G_N_ELEMENTS (phases); i++)
    {
      OmaCall *call = oma_call_new (phases[i], participant->mount);

      call->participant = oma_participant_ref (participant);
      if (!oma_job_call (job, call, error))
        return FALSE;
    }
  return finish (step, OMA_UNDO_DONE);
}

/* ---- Add ---- */

static gboolean
undo_add (OmaJob *job, OmaUndoStep *step, GError **error)
{
  const OmaImage *image = step->image;
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) now = NULL;
  gboolean gone;

  if (!find (&target, job, image->uri, error))
    return FALSE;
  if (!target.exists)
    return finish (step, OMA_UNDO_DONE);
  /* What cannot be read cannot have been looked at by others either. */
  if (image->after != NULL && (target.lookup.schema->access & OMA_ACCESS_GET) != 0)
    {
      now = read_now (&target, job, &gone, error);
      if (now == NULL)
        return gone && finish (step, OMA_UNDO_DONE);
      if (!holds (now, image->after))
        return finish (step, OMA_UNDO_LEFT);
    }
  return write_back (job, step, OMA_CALL_REMOVE, &target, NULL, NULL, error) && settle (job, step, error);
}

/* ---- Replace ---- */

static gboolean
undo_replace (OmaJob *job, OmaUndoStep *step, GError **error)
{
  const OmaImage *image = step->image;
  OmaValue *before = image->before != NULL ? oma_node_list_get_value (image->before, 0) : NULL;
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) now = NULL;
  gboolean gone;

  if (!find (&target, job, image->uri, error))
    return FALSE;
  now = read_now (&target, job, &gone, error);
  if (now == NULL)
    return gone && finish (step, OMA_UNDO_LEFT);
  if (before != NULL && oma_value_equal (now, before))
    return finish (step, OMA_UNDO_DONE);
  if (!holds (now, image->after))
    return finish (step, before != NULL ? OMA_UNDO_LEFT : OMA_UNDO_DONE);
  return write_back (job, step, OMA_CALL_REPLACE, &target, before, NULL, error) && settle (job, step, error);
}

/* ---- Rename ---- */

static gboolean
undo_rename (OmaJob *job, OmaUndoStep *step, GError **error)
{
  const OmaImage *image = step->image;
  g_auto(OmaTarget) old = OMA_TARGET_INIT;
  g_auto(OmaTarget) new = OMA_TARGET_INIT;
  g_autofree char *name = NULL;
  const OmaUriSegment *last;

  if (!find (&old, job, image->uri, error) || !find (&new, job, image->target, error))
    return FALSE;
  if (old.exists && !new.exists)
    return finish (step, OMA_UNDO_DONE);
  if (old.exists || !new.exists)
    return finish (step, OMA_UNDO_LEFT);
  last = &old.uri.segments[old.uri.n_segments - 1];
  name = g_strndup (last->name, last->length);
  return write_back (job, step, OMA_CALL_RENAME, &new, NULL, name, error) && settle (job, step, error);
}

/* ---- Remove ---- */

typedef struct {
  OmaJob      *job;
  OmaUndoStep *step;
  GHashTable  *now;         /* relative URI -> OmaValue, of an interior node NULL */
} Restoration;

static gboolean
look_up (OmaTarget *target, OmaJob *job, const char *uri, GError **error)
{
  if (!oma_uri_parse (&target->uri, uri, error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &target->uri, job->work->change, &target->lookup);
  return (oma_lookup_is_served (&target->lookup) && target->lookup.schema != NULL) ||
         fail (error, "no plugin serves the node now");
}

static gboolean
is_default (const OmaSchemaNode *schema, const OmaValue *value)
{
  g_autoptr(OmaValue) made = oma_schema_node_make_default (schema);

  return made != NULL && oma_value_equal (made, value);
}

static char *
make_uri (const Restoration *restoration, const char *relative)
{
  const char *base = restoration->step->image->uri;

  return *relative != '\0' ? g_strconcat (base, "/", relative, NULL) : g_strdup (base);
}

/* One node that was there, the ones above it first. */
static gboolean
restore_node (Restoration *restoration, guint i, GError **error)
{
  OmaNodeList *before = restoration->step->image->before;
  OmaValue *value = oma_node_list_get_value (before, i), *now;
  g_autofree char *uri = make_uri (restoration, oma_node_list_get_uri (before, i));
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  gpointer known;
  OmaCallKind kind = OMA_CALL_ADD;

  if (!look_up (&target, restoration->job, uri, error))
    return FALSE;
  if (g_hash_table_lookup_extended (restoration->now, oma_node_list_get_uri (before, i), NULL, &known))
    {
      now = known;
      if (value == NULL || now == NULL || oma_value_equal (now, value))
        return TRUE;
      kind = OMA_CALL_REPLACE;
    }
  else if (i > 0 && oma_schema_node_is_automatic (target.lookup.schema))
    {
      /* It has come along with the one above it. */
      if (value == NULL || is_default (target.lookup.schema, value))
        return TRUE;
      kind = OMA_CALL_REPLACE;
    }
  if (kind == OMA_CALL_REPLACE && (target.lookup.schema->access & (OMA_ACCESS_ADD | OMA_ACCESS_REPLACE)) == 0)
    return TRUE;
  return write_back (restoration->job, restoration->step, kind, &target, value, NULL, error);
}

/* Whether what is there now is a part of what was: all else is somebody's. */
static gboolean
is_ours (const Restoration *restoration, OmaNodeList *now)
{
  OmaNodeList *before = restoration->step->image->before;
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < oma_node_list_get_length (before); i++)
    g_hash_table_insert (known, (gpointer) oma_node_list_get_uri (before, i), oma_node_list_get_value (before, i));
  for (guint i = 0; i < oma_node_list_get_length (now); i++)
    {
      const char *relative = oma_node_list_get_uri (now, i);
      OmaValue *value = oma_node_list_get_value (now, i);
      g_autofree char *uri = make_uri (restoration, relative);
      g_auto(OmaTarget) target = OMA_TARGET_INIT;
      gpointer old;

      if (!look_up (&target, restoration->job, uri, NULL) ||
          !g_hash_table_lookup_extended (known, relative, NULL, &old))
        return FALSE;
      if ((value != NULL) != (old != NULL))
        return FALSE;
      if (value != NULL && !oma_value_equal (value, old) && !is_default (target.lookup.schema, value))
        return FALSE;
    }
  return TRUE;
}

static gboolean
undo_remove (OmaJob *job, OmaUndoStep *step, GError **error)
{
  g_autoptr(GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(OmaNodeList) now = NULL;
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  Restoration restoration = { job, step, found };

  if (!find (&target, job, step->image->uri, error))
    return FALSE;
  if (target.exists && step->image->irreversible)
    return finish (step, OMA_UNDO_DONE);
  if (target.exists)
    {
      if (!oma_operation_walk (job, &target.uri, TRUE, TRUE, &now, NULL, error))
        return FALSE;
      if (!is_ours (&restoration, now))
        return finish (step, OMA_UNDO_LEFT);
      for (guint i = 0; i < oma_node_list_get_length (now); i++)
        g_hash_table_insert (found, (gpointer) oma_node_list_get_uri (now, i), oma_node_list_get_value (now, i));
    }
  if (step->image->irreversible)
    return fail (error, "what was there is not known, or cannot be written back");
  for (guint i = 0; i < oma_node_list_get_length (step->image->before); i++)
    if (!restore_node (&restoration, i, error))
      return FALSE;
  return settle (job, step, error);
}

/* ---- All of them ---- */

static gboolean
undo_transaction (OmaJob *job, OmaUndoStep *step, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  OmaCall *call;

  if (!look_up (&target, job, step->image->mount, error))
    return FALSE;
  call = oma_call_new (OMA_CALL_UNDO, target.lookup.mount);
  call->data = g_bytes_ref (step->image->data);
  return oma_job_call (job, call, error) && finish (step, OMA_UNDO_DONE);
}

static gboolean
undo_in_tree (OmaJob *job, OmaUndoStep *step, GError **error)
{
  gboolean left;

  oma_job_begin_write (job);
  if (!oma_change_undo_image (job->work->change, step->image, &left, error))
    return FALSE;
  return finish (step, left ? OMA_UNDO_LEFT : OMA_UNDO_DONE);
}

/* Internal: %TRUE when the step has its result; %FALSE with @error when it failed, without it while
 * a plugin has to be waited for. */
gboolean
oma_undo_image (OmaJob *job, OmaUndoStep *step, GError **error)
{
  const OmaImage *image = step->image;

  /* The journal was damaged. */
  if (image->kind == OMA_IMAGE_REPLACE && image->before == NULL && image->after == NULL)
    return fail (error, "the journal does not know what was there");
  if (oma_image_is_of_tree (image))
    return undo_in_tree (job, step, error);
  switch (image->kind)
    {
    case OMA_IMAGE_REPLACE:
      return undo_replace (job, step, error);
    case OMA_IMAGE_REMOVE:
      return undo_remove (job, step, error);
    case OMA_IMAGE_RENAME:
      return undo_rename (job, step, error);
    case OMA_IMAGE_TRANSACTION:
      return undo_transaction (job, step, error);
    case OMA_IMAGE_EXEC:
      return finish (step, OMA_UNDO_EXECUTED);
    case OMA_IMAGE_ADD:
    default:
      return undo_add (job, step, error);
    }
}

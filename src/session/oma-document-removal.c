/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

/* A plugin is asked to delete last, since that alone may not be undone. */
static gboolean
remove_node (OmaDocument *document, const char *uri, GError **error)
{
  OmaJob *job = document->job;
  OmaOperation operation = { .type = OMA_OPERATION_DELETE, .uri = uri };
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  gboolean rehearses = job->rehearses, ok;

  if (!oma_target_resolve (&target, job, uri, error))
    return FALSE;
  if (!target.exists ||
      (target.lookup.schema != NULL && !oma_rights_may_make_and_unmake (&job->work->rights, target.lookup.schema)))
    return TRUE;
  job->operation = &operation;
  if (!oma_lookup_is_served (&target.lookup))
    return oma_operation_delete_node (job, &target, error);
  job->rehearses = TRUE;
  ok = oma_operation_delete_node (job, &target, error);
  job->rehearses = rehearses;
  if (ok && !rehearses)
    g_ptr_array_add (document->removed, g_strdup (uri));
  return ok;
}

static gboolean
remove_others_below (OmaDocument *document, const char *uri, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(GPtrArray) names = NULL;

  if (!oma_target_resolve (&target, document->job, uri, error))
    return FALSE;
  if (!target.exists || !oma_lookup_is_interior (&target.lookup))
    return TRUE;
  names = oma_uri_list_children (&target.uri, &target.lookup, document->job, TRUE, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *child = oma_document_append_name (uri, g_ptr_array_index (names, i));

      if (!g_hash_table_contains (document->named, child) && !remove_node (document, child, error))
        {
          g_prefix_error (error, "%s: ", child);
          return FALSE;
        }
    }
  return TRUE;
}

/* Internal: deletes what the document does not name; plugins are asked to by
 * oma_document_finish_removals(). */
gboolean
oma_document_remove_others (OmaDocument *document, GError **error)
{
  g_autofree gpointer *uris = g_hash_table_get_keys_as_array (document->named, NULL);

  if (!g_hash_table_contains (document->named, document->base) &&
      !remove_others_below (document, document->base, error))
    return FALSE;
  for (guint i = 0; uris[i] != NULL; i++)
    if (!remove_others_below (document, uris[i], error))
      return FALSE;
  return TRUE;
}

/* Returns: %FALSE while it has to be waited for. */
static gboolean
keep_old_value (OmaJob *job, OmaCall *call)
{
  g_autoptr(GError) failure = NULL;
  OmaValue *old = oma_job_get (job, call->mount, call->ref, call->schema, &failure);

  call->old_value = old != NULL ? oma_value_ref (old) : NULL;
  return old != NULL || failure != NULL;
}

static gboolean
finish_removal (OmaDocument *document, const char *text, gboolean interior, GError **error)
{
  OmaJob *job = document->job;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autoptr(OmaCall) call = NULL;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, text, error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &lookup);
  if (oma_lookup_is_interior (&lookup) != interior)
    return TRUE;
  call = oma_call_new (OMA_CALL_REMOVE, lookup.mount);
  call->ref = oma_lookup_make_ref (&lookup, &uri);
  call->schema = lookup.schema;
  return (interior || keep_old_value (job, call)) && oma_job_call (job, g_steal_pointer (&call), error);
}

/* Internal: has plugins delete what oma_document_remove_others() left to them.  Interior nodes last: what was below
 * them does not come back should a later one fail. */
gboolean
oma_document_finish_removals (OmaDocument *document, GError **error)
{
  for (int interior = 0; interior < 2; interior++)
    for (guint i = 0; i < document->removed->len; i++)
      if (!finish_removal (document, g_ptr_array_index (document->removed, i), interior, error))
        return FALSE;
  return TRUE;
}

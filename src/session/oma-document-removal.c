/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

/* A plugin is asked to delete last, since that takes the longest to undo. */
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

static gboolean find_others_below (OmaDocument *document, const char *uri, GError **error);

/* A node that the document does not name.  A permanent one stays, but of MO data with nothing below it that need not. */
static gboolean
take_other (OmaDocument *document, char *uri, GError **error)
{
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autofree char *other = uri;

  if (document->is_mo_data)
    {
      if (!oma_target_resolve (&target, document->job, other, error))
        return FALSE;
      if (target.lookup.schema != NULL && !oma_rights_may_make_and_unmake (&document->job->work->rights, target.lookup.schema))
        return find_others_below (document, other, error);
    }
  g_ptr_array_add (document->others, g_steal_pointer (&other));
  return TRUE;
}

static gboolean
find_others_below (OmaDocument *document, const char *uri, GError **error)
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
  for (guint j = 0; j < names->len; j++)
    {
      g_autofree char *child = oma_document_append_name (uri, g_ptr_array_index (names, j));

      if (!g_hash_table_contains (document->named, child) &&
          !take_other (document, g_steal_pointer (&child), error))
        return FALSE;
    }
  return TRUE;
}

/* Internal: notes what is below one of the ways that the document does not name. */
gboolean
oma_document_find_others (OmaDocument *document, guint i, GError **error)
{
  const guint n_before = document->others->len;

  if (find_others_below (document, g_ptr_array_index (document->ways, i), error))
    return TRUE;
  g_ptr_array_set_size (document->others, n_before);     /* it is done again */
  return FALSE;
}

/* Internal: deletes one of these; a plugin is asked to at the end. */
gboolean
oma_document_remove_other (OmaDocument *document, guint i, GError **error)
{
  return remove_node (document, g_ptr_array_index (document->others, i), error);
}

static gboolean
finish_removal (OmaDocument *document, guint i, gboolean interior, GError **error)
{
  OmaJob *job = document->job;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autoptr(OmaCall) call = NULL;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, g_ptr_array_index (document->removed, i), error))
    return FALSE;
  oma_tree_lookup (job->work->executor->tree, &uri, job->work->change, &lookup);
  if (oma_lookup_is_interior (&lookup) != interior)
    return TRUE;
  call = oma_call_new (OMA_CALL_REMOVE, lookup.mount);
  call->ref = oma_lookup_make_ref (&lookup, &uri);
  call->schema = lookup.schema;
  return oma_job_call (job, g_steal_pointer (&call), error);
}

/* Internal: has a plugin delete one, if it is a leaf. */
gboolean
oma_document_finish_removal_of_leaf (OmaDocument *document, guint i, GError **error)
{
  return finish_removal (document, i, FALSE, error);
}

/* Internal: has a plugin delete one, if it is an interior node. */
gboolean
oma_document_finish_removal_of_interior (OmaDocument *document, guint i, GError **error)
{
  return finish_removal (document, i, TRUE, error);
}

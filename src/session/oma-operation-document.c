/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

#include "session/oma-instances.h"

#include <string.h>

/* Add and Replace of a TNDS document (DM Tree and Description Serialization 1.2; DM
 * Representation Protocol 1.2, Add and Replace).  One command, one Status, all or nothing: each
 * node is checked and made as a command of its own would, and the first that fails takes the
 * others back.
 *
 * What plugins would have to do is only noted at first, with the answers that they give to
 * questions, so that a document that breaks a rule never reaches one of them.
 *
 * Where the texts leave room (our reading):
 *
 * - Add to a node that exists puts the top nodes below it.  Add to one that does not, and
 *   Replace: a single top node without a name, or with that of the target, is the target;
 *   otherwise the top nodes go below it.  So is one whose Path and NodeName are the whole URI of
 *   the target, as a Get with "?list=TNDS" gives it.
 * - Replace needs Replace on the target.  A node that the document names and that is there keeps
 *   its place and its ACL, unless the document has another one, and gets the value.  Others are
 *   deleted, which needs Delete in the ACL of each topmost one, but not in its AccessType;
 *   permanent ones stay as they are.
 * - A node that came with its parent out of the document may be given a value where AccessType
 *   has Add or Replace, or if it is the default anyway.
 * - A leaf without Value gets the default of its DDF, or an empty value.
 * - A node without a name that does not stand alone gets the name that the DDF has for its
 *   management object identifier, or else a number.
 * - ACLs are set last, the deepest node first, by the rules for their Replace.
 *
 * MO data (DM Protocol 2.0, HGET) go the same way, with these differences (our reading):
 *
 * - A single top node is the target, whatever its name, but a permanent node keeps its name: 405.
 * - Replace of the target itself is not asked for: each node is judged by itself.  What is not named goes also below
 *   permanent nodes that are not named.
 * - A leaf that cannot be replaced may be named with the value that it has.
 * - ACLs and titles are not read.  What no DDF describes, or describes otherwise, is 415, too many nodes are 409.
 */

/* Nodes of a document that plugins have to make one after the other. */
#define MAX_SERVED 2000

/* ---- One node ---- */

/* Whether a node, or one above it, was made by this document: then it came along. */
static gboolean
came_along (const OmaDocument *document, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  char *slash;

  while ((slash = strrchr (way, '/')) != NULL)
    {
      *slash = '\0';
      if (g_hash_table_contains (document->made, way))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_default (const OmaSchemaNode *schema, const OmaValue *value)
{
  g_autoptr(OmaValue) known = oma_schema_node_make_default (schema);

  return known != NULL && oma_value_equal (known, value);
}

/* Our reading: MO data that come back as they were read may name what cannot be replaced: the value stays. */
static gboolean
has_same_value (OmaDocument *document, OmaTarget *target, const OmaValue *value, gboolean *same, GError **error)
{
  OmaJob *job = document->job;
  g_autoptr(OmaValue) known = NULL;

  *same = FALSE;
  if (!document->is_mo_data || !oma_job_may_get (job, &target->lookup))
    return TRUE;
  known = oma_uri_read_value (&target->uri, &target->lookup, job, error);
  *same = known != NULL && oma_value_equal (known, value);
  return known != NULL;
}

static gboolean
check_update (OmaDocument *document, OmaTarget *target, const char *uri, gboolean *needed, const OmaValue *value,
              GError **error)
{
  OmaRights *rights = &document->job->work->rights;
  const OmaSchemaNode *schema = target->lookup.schema;
  gboolean along = came_along (document, uri), same;

  *needed = TRUE;
  if (!oma_rights_has_access (rights, schema, OMA_ACCESS_REPLACE) &&
      !(along && oma_rights_has_access (rights, schema, OMA_ACCESS_ADD)))
    {
      *needed = FALSE;
      if (!has_same_value (document, target, value, &same, error))
        return FALSE;
      return same || ((along || !document->is_mo_data) && is_default (schema, value)) ||
             oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the value cannot be replaced", error);
    }
  if (!along && !oma_rights_are_granted (rights, target->lookup.nearest, document->job->work->change,
                                         OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

/* A node that is there already. */
static gboolean
update_node (OmaDocument *document, OmaTarget *target, guint index, GError **error)
{
  const OmaTndsNode *node = oma_document_node_at (document, index);
  const OmaOperation *operation = document->job->operation;
  g_autoptr(OmaValue) value = NULL;
  gboolean needed;

  if (oma_lookup_is_interior (&target->lookup))
    {
      if (oma_document_node_get_size (node) > 0)
        return oma_operation_refuse (document->is_mo_data ? OMA_STATUS_UNSUPPORTED_FORMAT : OMA_STATUS_NOT_ALLOWED,
                                     "an interior node has no value", error);
      if (node->format != OMA_FORMAT_NONE && node->format != OMA_FORMAT_NODE)
        return oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is an interior one", error);
      return TRUE;
    }
  if (!oma_document_node_has_value (node) && node->format != OMA_FORMAT_NODE &&
      came_along (document, oma_document_uri_at (document, index)))
    return TRUE;
  value = oma_operation_make_value (operation, target->lookup.schema, error);
  if (value == NULL || !check_update (document, target, oma_document_uri_at (document, index), &needed, value, error))
    return FALSE;
  /* What came along has nobody else's value. */
  if (!needed || came_along (document, oma_document_uri_at (document, index)))
    return !needed || oma_operation_write_leaf (document->job, target, value, error);
  return oma_operation_overwrite_leaf (document->job, target, value, error);
}

/* What is missing on the way to a node is made with it, and what comes along with that is as
 * good as the document's. */
static void
note_made (OmaDocument *document, const OmaTarget *target, const char *uri)
{
  g_autofree char *way = g_strdup (uri);
  char *slash;

  for (guint depth = target->uri.n_segments - 1; depth > target->existing_depth; depth--)
    {
      slash = strrchr (way, '/');
      *slash = '\0';
      g_hash_table_add (document->made, g_strdup (way));
    }
}

/* One that is there already is refused with all the rest that is wrong. */
static gboolean
make_node (OmaDocument *document, OmaTarget *target, guint index, GError **error)
{
  const char *uri = oma_document_uri_at (document, index);
  GError *failure = NULL;
  gboolean ok = oma_operation_add_node (document->job, target, &failure);

  if (failure == NULL)
    note_made (document, target, uri);
  if (ok)
    g_hash_table_add (document->made, g_strdup (uri));
  if (failure != NULL)
    g_propagate_error (error, failure);
  return ok;
}

static gboolean
put_node (OmaDocument *document, guint i, GError **error)
{
  const guint index = g_array_index (document->order, guint, i);
  OmaJob *job = document->job;
  const char *uri = oma_document_uri_at (document, index);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) value = NULL;
  OmaOperation operation;
  gboolean ok;

  if (!oma_target_resolve (&target, job, uri, error))
    return FALSE;
  if (oma_lookup_is_served (&target.lookup) && document->n_served == MAX_SERVED)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "these are too many nodes for a plugin", error);
  oma_document_fill_operation (document, index, target.lookup.schema, &operation, &value);
  job->operation = &operation;
  ok = target.exists && (document->replaces || came_along (document, uri))
         ? update_node (document, &target, index, error) : make_node (document, &target, index, error);
  g_free (operation.failed_uri);
  document->n_served += ok && oma_lookup_is_served (&target.lookup);
  return ok;
}

/* ---- Its ACL and title ---- */

static gboolean
put_acl (OmaDocument *document, OmaTarget *target, const OmaTndsNode *node, gboolean made, GError **error)
{
  OmaJob *job = document->job;
  OmaAcl *own = target->lookup.node != NULL ? oma_node_get_acl (target->lookup.node, job->work->change) : NULL;
  OmaOperation operation = { .type = OMA_OPERATION_REPLACE, .data = node->acl };

  if (node->acl == NULL || strcmp (node->acl, own != NULL ? oma_acl_get_text (own) : "") == 0)
    return TRUE;
  /* What the device gave a new node, so that its maker can manage it, stays. */
  if (made && *node->acl == '\0')
    return TRUE;
  operation.length = strlen (node->acl);
  job->operation = &operation;
  return oma_operation_set_acl (job, target, error);
}

static gboolean
put_title (OmaDocument *document, OmaTarget *target, const OmaTndsNode *node, gboolean made, GError **error)
{
  OmaWork *work = document->job->work;
  OmaNode *known = target->lookup.node;
  const char *title = known != NULL ? oma_node_get_title (known, work->change) : NULL;

  if (node->title == NULL || strcmp (node->title, title != NULL ? title : "") == 0)
    return TRUE;
  if (!made && !oma_rights_has_access (&work->rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the title cannot be replaced", error);
  if (!made && !oma_rights_are_granted (&work->rights, target->lookup.nearest, work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return oma_operation_put_title (document->job, target, node->title, error);
}

static gboolean
put_properties (OmaDocument *document, guint i, GError **error)
{
  const guint index = g_array_index (document->order, guint, document->order->len - 1 - i);
  const OmaTndsNode *node = oma_document_node_at (document, index);
  const char *uri = oma_document_uri_at (document, index);
  gboolean made = g_hash_table_contains (document->made, uri) || came_along (document, uri);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  if ((node->acl == NULL && node->title == NULL) || document->is_mo_data)
    return TRUE;
  return oma_target_resolve (&target, document->job, uri, error) &&
         put_title (document, &target, node, made, error) && put_acl (document, &target, node, made, error);
}

/* ---- All of it ---- */

typedef struct {
  gboolean (*step) (OmaDocument *document, guint i, GError **error);
  guint      n;
} Stage;

/* Goes on from where it waited for a plugin: FALSE without an error.  A step may be done again
 * when it waited: it sees then what it has done itself. */
static gboolean
put_all (OmaDocument *document, GError **error)
{
  for (;; document->stage++, document->next = 0)
    {
      /* Those that are removed are only known when the stage before is over.  Of them interior nodes
       * come last: they take the longest to put back should a later one fail. */
      const Stage stages[] = {
        { oma_document_find_others, document->replaces ? document->ways->len : 0 },
        { oma_document_remove_other, document->others->len },
        { put_node, document->order->len },
        { put_properties, document->order->len },
        { oma_document_finish_removal_of_leaf, document->removed->len },
        { oma_document_finish_removal_of_interior, document->removed->len },
      };

      if (document->stage == G_N_ELEMENTS (stages))
        return TRUE;
      for (; document->next < stages[document->stage].n; document->next++)
        if (!stages[document->stage].step (document, document->next, error))
          return FALSE;
    }
}

static const char *
get_current_uri (const OmaDocument *document)
{
  const guint n = document->order->len;
  guint index = document->next;

  switch (document->stage)
    {
    case 0:
      return g_ptr_array_index (document->ways, index);
    case 1:
      return g_ptr_array_index (document->others, index);
    case 2:
      return oma_document_uri_at (document, g_array_index (document->order, guint, index));
    case 3:
      return oma_document_uri_at (document, g_array_index (document->order, guint, n - 1 - index));
    default:
      return g_ptr_array_index (document->removed, index);
    }
}

static void
start_anew (OmaDocument *document)
{
  g_hash_table_remove_all (document->made);
  g_ptr_array_set_size (document->others, 0);
  g_ptr_array_set_size (document->removed, 0);
  document->n_served = document->stage = document->next = 0;
  g_clear_pointer (&document->intents, g_hash_table_unref);
  document->intents = oma_work_copy_intents (document->job->work);
}

/* The intents of the job are seen by it alone, and only while it runs. */
static gboolean
run (OmaDocument *document, GError **error)
{
  OmaJob *job = document->job;
  OmaOperation *operation = job->operation;
  GHashTable *intents = job->work->intents;
  GError *failure = NULL;
  gboolean ok;

  job->work->intents = document->intents;
  job->rehearses = !document->rehearsed;
  ok = put_all (document, &failure);
  job->rehearses = FALSE;
  job->operation = operation;
  job->work->intents = intents;
  if (failure != NULL)
    g_propagate_prefixed_error (error, failure, "%s: ", get_current_uri (document));
  return ok;
}

/* Below the target, and below all nodes of the document and the ways to them. */
static void
note_ways (OmaDocument *document)
{
  GHashTableIter iter;
  gpointer uri;

  if (!g_hash_table_contains (document->named, document->base))
    g_ptr_array_add (document->ways, document->base);
  g_hash_table_iter_init (&iter, document->named);
  while (g_hash_table_iter_next (&iter, &uri, NULL))
    g_ptr_array_add (document->ways, uri);
}

/* Finds out where all nodes go. */
static gboolean
place (OmaDocument *document, GError **error)
{
  if (!oma_document_find_uris (document, error))
    return FALSE;
  if (document->is_inbox)
    oma_inbox_rewrite_references (document);
  note_ways (document);
  start_anew (document);
  return TRUE;
}

static gboolean
apply (OmaDocument *document, GError **error)
{
  OmaJob *job = document->job;

  if (document->intents == NULL && !place (document, error))
    return FALSE;
  if (!document->rehearsed)
    {
      if (!run (document, error))
        return FALSE;
      /* No plugin has a part in it: then it is done. */
      if (job->n_rehearsed == 0)
        return TRUE;
      oma_job_roll_back_to_mark (job);
      document->rehearsed = TRUE;
      start_anew (document);
    }
  return run (document, error);
}

static gboolean
check_target (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaRights *rights = &job->work->rights;

  if (job->operation->type != OMA_OPERATION_REPLACE)
    return TRUE;
  if (!target->exists)
    return job->work->upsert || oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
  /* Each node of MO data is judged by itself. */
  if (job->operation->document != NULL)
    return TRUE;
  if (!oma_rights_has_access (rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node cannot be replaced", error);
  if (!oma_rights_are_granted (rights, target->lookup.nearest, job->work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

static guint
count_top_nodes (const OmaTnds *tnds)
{
  guint n = 0;

  for (guint i = 0; i < tnds->nodes->len; i++)
    n += ((OmaTndsNode *) g_ptr_array_index (tnds->nodes, i))->parent < 0;
  return n;
}

/* Internal: (nullable) (transfer full): a document. */
void
oma_document_free (OmaDocument *document)
{
  if (!document->is_mo_data)
    g_clear_pointer (&document->tnds, oma_tnds_free);
  g_free (document->base);
  g_ptr_array_unref (document->uris);
  g_ptr_array_unref (document->ways);
  g_ptr_array_unref (document->others);
  g_ptr_array_unref (document->removed);
  g_array_unref (document->order);
  g_hash_table_unref (document->named);
  g_hash_table_unref (document->made);
  g_hash_table_unref (document->tried);
  g_hash_table_unref (document->places);
  g_hash_table_unref (document->objects);
  g_clear_pointer (&document->intents, g_hash_table_unref);
  g_free (document);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDocument, oma_document_free)

/* Takes @tnds, unless they are MO data. */
static OmaDocument *
document_new (OmaJob *job, const OmaTarget *target, OmaTnds *tnds)
{
  OmaDocument *document = g_new0 (OmaDocument, 1);

  document->job = job;
  document->tnds = tnds;
  document->base = oma_uri_to_string (&target->uri);
  document->n_top = count_top_nodes (tnds);
  document->replaces = job->operation->type == OMA_OPERATION_REPLACE && target->exists;
  document->may_be_target = document->replaces || !target->exists;
  document->is_inbox = oma_inbox_is_target (target);
  document->is_mo_data = job->operation->document != NULL;
  document->uris = g_ptr_array_new_with_free_func (g_free);
  document->ways = g_ptr_array_new ();
  document->others = g_ptr_array_new_with_free_func (g_free);
  document->removed = g_ptr_array_new_with_free_func (g_free);
  document->order = g_array_new (FALSE, FALSE, sizeof (guint));
  document->named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  document->made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  document->tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  document->places = oma_inbox_places_new ();
  document->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return document;
}

static gboolean
check_mo_data (const OmaTnds *tnds, const OmaTarget *target, GError **error)
{
  if (tnds->nodes->len == 0)
    return oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there is no document", error);
  if (tnds->nodes->len > OMA_TNDS_MAX_NODES)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "there are too many nodes", error);
  return !oma_inbox_is_target (target) ||
         oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "MO data do not go to the Inbox", error);
}

static OmaDocument *
prepare (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaTnds *tnds = (OmaTnds *) job->operation->document;

  if (!check_target (job, target, error))
    return NULL;
  if (tnds != NULL)
    return check_mo_data (tnds, target, error) ? document_new (job, target, tnds) : NULL;
  tnds = oma_document_read (job->operation, error);
  return tnds != NULL ? document_new (job, target, tnds) : NULL;
}

/* Internal: Add or Replace of a document at a node that is a part of the way, or all of it. */
gboolean
oma_operation_write_document (OmaJob *job, OmaTarget *target, GError **error)
{
  g_autoptr(OmaDocument) document = NULL;

  if (job->document != NULL)
    return apply (job->document, error);
  document = prepare (job, target, error);
  if (document == NULL)
    return FALSE;
  job->is_compound = TRUE;
  job->n_rehearsed = 0;
  if (job->immediate)
    return apply (document, error);
  job->document = g_steal_pointer (&document);
  return apply (job->document, error);
}

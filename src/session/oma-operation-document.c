/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation-document.h"

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
 */

/* Nodes of a document that plugins have to make one after the other. */
#define MAX_SERVED 2000

/* ---- Is it a document? ---- */

static gconstpointer
get_data (const OmaOperation *operation, gsize *size)
{
  if (operation->value != NULL)
    return oma_value_get_data (operation->value, size);
  *size = operation->length;
  return operation->data;
}

/* Internal: whether the data of an Add or Replace are a TNDS document: by their type where the
 * target is not a leaf, which could hold one as its value; or by how they look, where the type
 * is not stated. */
gboolean
oma_operation_is_document (const OmaOperation *operation, const OmaTarget *target)
{
  const OmaSchemaNode *schema = target->lookup.schema;
  const char *type = operation->value != NULL ? oma_value_get_type_name (operation->value) : operation->mime_type;
  gconstpointer data;
  gsize size;

  if (target->uri.query != OMA_URI_QUERY_NONE || (schema != NULL && schema->format != OMA_FORMAT_NODE))
    return FALSE;
  if (oma_tnds_is_type (type))
    return TRUE;
  if (type != NULL && strcmp (type, "text/plain") != 0)
    return FALSE;
  data = get_data (operation, &size);
  return oma_tnds_looks_like (data, size);
}

static OmaStatus
status_from_codec_error (const GError *error)
{
  switch (error->code)
    {
    case OMA_CODEC_ERROR_ENCODING:
      return OMA_STATUS_UNSUPPORTED_FORMAT;
    case OMA_CODEC_ERROR_LIMIT:
      return OMA_STATUS_ENTITY_TOO_LARGE;
    case OMA_CODEC_ERROR_MALFORMED:
    case OMA_CODEC_ERROR_FORBIDDEN:
    default:
      return OMA_STATUS_BAD_REQUEST;
    }
}

static OmaTnds *
read_document (const OmaOperation *operation, GError **error)
{
  g_autoptr(GError) failure = NULL;
  OmaTnds *tnds;
  gsize size;
  gconstpointer data = get_data (operation, &size);

  if (data == NULL || size == 0)
    {
      oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there is no document", error);
      return NULL;
    }
  tnds = oma_tnds_read (data, size, &failure);
  if (tnds == NULL)
    oma_operation_refuse (status_from_codec_error (failure), failure->message, error);
  return tnds;
}

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

/* The operation that would make the node alone.  *value: (transfer full) (nullable): what has
 * to live as long as it. */
static void
fill_operation (OmaOperation *operation, const OmaDocument *document, guint index, const OmaSchemaNode *schema,
                OmaValue **value)
{
  const OmaTndsNode *node = oma_document_node_at (document, index);
  OmaFormat format = node->format;

  *operation = (OmaOperation) {
    .type = OMA_OPERATION_ADD,
    .uri = oma_document_uri_at (document, index),
    .format = format,
    .mime_type = node->type,
    .data = node->data,
    .length = node->size,
  };
  if (schema == NULL || schema->format == OMA_FORMAT_NODE)
    return;
  if (node->data == NULL && format != OMA_FORMAT_NODE)
    operation->value = *value = oma_schema_node_make_default (schema);
  else if (format == OMA_FORMAT_NONE)
    operation->data_is_base64 = !node->is_octets && schema->format == OMA_FORMAT_BIN;
  else
    operation->data_is_base64 = !node->is_octets && (format == OMA_FORMAT_BIN || format == OMA_FORMAT_B64);
  /* Octets that are there already need no decoding. */
  if (node->is_octets && format == OMA_FORMAT_B64 && schema->format == OMA_FORMAT_BIN)
    operation->format = OMA_FORMAT_BIN;
}

static gboolean
is_default (const OmaSchemaNode *schema, const OmaValue *value)
{
  g_autoptr(OmaValue) known = oma_schema_node_make_default (schema);

  return known != NULL && oma_value_equal (known, value);
}

static gboolean
check_update (OmaDocument *document, OmaTarget *target, const char *uri, gboolean *needed, const OmaValue *value,
              GError **error)
{
  OmaRights *rights = &document->job->work->rights;
  const OmaSchemaNode *schema = target->lookup.schema;
  gboolean along = came_along (document, uri);

  *needed = TRUE;
  if (!oma_rights_has_access (rights, schema, OMA_ACCESS_REPLACE) &&
      !(along && oma_rights_has_access (rights, schema, OMA_ACCESS_ADD)))
    {
      *needed = FALSE;
      return is_default (schema, value) ||
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
      if (node->size > 0)
        return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "an interior node has no value", error);
      if (node->format != OMA_FORMAT_NONE && node->format != OMA_FORMAT_NODE)
        return oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is an interior one", error);
      return TRUE;
    }
  if (node->data == NULL && node->format != OMA_FORMAT_NODE &&
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

static gboolean
put_node (OmaDocument *document, guint index, GError **error)
{
  OmaJob *job = document->job;
  const char *uri = oma_document_uri_at (document, index);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;
  g_autoptr(OmaValue) value = NULL;
  OmaOperation operation;
  gboolean ok;

  if (!oma_target_resolve (&target, job, uri, error))
    return FALSE;
  if (oma_lookup_is_served (&target.lookup) && ++document->n_served > MAX_SERVED)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "these are too many nodes for a plugin", error);
  fill_operation (&operation, document, index, target.lookup.schema, &value);
  job->operation = &operation;
  if (target.exists && (document->replaces || came_along (document, uri)))
    return update_node (document, &target, index, error);
  /* One that is there already is refused with all the rest that is wrong. */
  ok = oma_operation_add_node (job, &target, error);
  g_free (operation.failed_uri);
  if (ok)
    g_hash_table_add (document->made, (char *) uri);
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
put_properties (OmaDocument *document, guint index, GError **error)
{
  const OmaTndsNode *node = oma_document_node_at (document, index);
  const char *uri = oma_document_uri_at (document, index);
  gboolean made = g_hash_table_contains (document->made, uri) || came_along (document, uri);
  g_auto(OmaTarget) target = OMA_TARGET_INIT;

  if (node->acl == NULL && node->title == NULL)
    return TRUE;
  return oma_target_resolve (&target, document->job, uri, error) &&
         put_title (document, &target, node, made, error) && put_acl (document, &target, node, made, error);
}

/* ---- All of it ---- */

/* One run: what waits for a plugin returns FALSE without an error. */
static gboolean
put_all (OmaDocument *document, GError **error)
{
  g_hash_table_remove_all (document->made);
  g_ptr_array_set_size (document->removed, 0);
  document->n_served = 0;
  if (document->replaces && !oma_document_remove_others (document, error))
    return FALSE;
  for (guint i = 0; i < document->order->len; i++)
    {
      guint index = g_array_index (document->order, guint, i);

      if (!put_node (document, index, error))
        {
          g_prefix_error (error, "%s: ", oma_document_uri_at (document, index));
          return FALSE;
        }
    }
  for (guint i = document->order->len; i > 0; i--)
    {
      guint index = g_array_index (document->order, guint, i - 1);

      if (!put_properties (document, index, error))
        {
          g_prefix_error (error, "%s: ", oma_document_uri_at (document, index));
          return FALSE;
        }
    }
  return oma_document_finish_removals (document, error);
}

/* The intents of the job are seen by it alone, and only while it runs. */
static gboolean
run (OmaDocument *document, gboolean rehearses, GError **error)
{
  OmaJob *job = document->job;
  OmaOperation *operation = job->operation;
  GHashTable *intents = job->work->intents;
  gboolean ok;

  job->work->intents = oma_work_copy_intents (job->work);
  job->rehearses = rehearses;
  job->n_rehearsed = 0;
  ok = put_all (document, error);
  job->rehearses = FALSE;
  job->operation = operation;
  g_hash_table_unref (job->work->intents);
  job->work->intents = intents;
  return ok;
}

static gboolean
apply (OmaDocument *document, GError **error)
{
  OmaJob *job = document->job;

  job->is_compound = TRUE;
  if (!oma_document_find_uris (document, error))
    return FALSE;
  if (document->is_inbox)
    oma_inbox_rewrite_references (document);
  if (!job->rehearsed)
    {
      if (!run (document, TRUE, error))
        return FALSE;
      /* No plugin has a part in it: then it is done. */
      if (job->n_rehearsed == 0)
        return TRUE;
      oma_job_roll_back_to_mark (job);
      job->rehearsed = !job->immediate;
    }
  return run (document, FALSE, error);
}

static gboolean
check_target (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaRights *rights = &job->work->rights;

  if (job->operation->type != OMA_OPERATION_REPLACE)
    return TRUE;
  if (!target->exists)
    return job->work->upsert || oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
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

static void
document_clear (OmaDocument *document)
{
  g_free (document->base);
  g_clear_pointer (&document->uris, g_ptr_array_unref);
  g_clear_pointer (&document->removed, g_ptr_array_unref);
  g_clear_pointer (&document->order, g_array_unref);
  g_clear_pointer (&document->named, g_hash_table_unref);
  g_clear_pointer (&document->made, g_hash_table_unref);
  g_clear_pointer (&document->tried, g_hash_table_unref);
  g_clear_pointer (&document->places, g_hash_table_unref);
  g_clear_pointer (&document->objects, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaDocument, document_clear)

/* Internal: Add or Replace of a document at a node that is a part of the way, or all of it. */
gboolean
oma_operation_write_document (OmaJob *job, OmaTarget *target, GError **error)
{
  const gboolean replaces = job->operation->type == OMA_OPERATION_REPLACE && target->exists;
  g_autoptr(OmaTnds) tnds = NULL;
  g_auto(OmaDocument) document = {
    .job = job,
    .base = oma_uri_to_string (&target->uri),
    .replaces = replaces,
    .may_be_target = replaces || !target->exists,
    .is_inbox = oma_inbox_is_target (target),
    .uris = g_ptr_array_new_with_free_func (g_free),
    .removed = g_ptr_array_new_with_free_func (g_free),
    .order = g_array_new (FALSE, FALSE, sizeof (guint)),
    .named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .made = g_hash_table_new (g_str_hash, g_str_equal),
    .tried = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .places = oma_inbox_places_new (),
    .objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };

  if (!check_target (job, target, error))
    return FALSE;
  if (job->document == NULL)
    {
      tnds = read_document (job->operation, error);
      if (tnds == NULL)
        return FALSE;
    }
  if (!job->immediate && tnds != NULL)
    job->document = g_steal_pointer (&tnds);
  document.tnds = tnds != NULL ? tnds : job->document;
  document.n_top = count_top_nodes (document.tnds);
  return apply (&document, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-conflict.h"
#include "session/oma-operation.h"

#include "base/oma-value-private.h"

#include <string.h>

/* MO data of DM 2.0 have statuses of their own for what they cannot be. */
static gboolean
refuse_as (const OmaJob *job, OmaStatus status, OmaStatus of_mo_data, const char *reason, GError **error)
{
  return oma_operation_refuse (job->operation->document != NULL ? of_mo_data : status, reason, error);
}

/* ---- Replace ---- */

/* Internal: gives a leaf that exists a value. */
gboolean
oma_operation_write_leaf (OmaJob *job, OmaTarget *target, OmaValue *value, GError **error)
{
  OmaChange *change = job->work->change;
  const OmaLookup *lookup = &target->lookup;
  OmaCall *call;

  if (!oma_lookup_is_served (lookup))
    return oma_change_replace (change, lookup->node, value, error);
  call = oma_call_new (OMA_CALL_REPLACE, lookup->mount);
  call->ref = oma_target_make_ref_at (target, job, target->uri.n_segments);
  call->schema = lookup->schema;
  call->value = oma_value_ref (value);
  if (!oma_job_call (job, call, error))
    return FALSE;
  oma_change_touch (change, &target->uri, lookup, OMA_CHANGE_REPLACED);
  return TRUE;
}

/* Writes a leaf that is there, unless another server wants it to be otherwise. */
gboolean
oma_operation_overwrite_leaf (OmaJob *job, OmaTarget *target, OmaValue *value, GError **error)
{
  switch (oma_conflict_judge (job, target, value))
    {
    case OMA_CONFLICT_SAME:
      return TRUE;
    case OMA_CONFLICT_LOST:
      return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "another server has set the value", error);
    case OMA_CONFLICT_WAIT:
      return FALSE;
    case OMA_CONFLICT_NONE:
    default:
      return oma_operation_write_leaf (job, target, value, error);
    }
}

static gboolean
check_replace (OmaJob *job, OmaTarget *target, GError **error)
{
  const OmaOperation *operation = job->operation;
  OmaWork *work = job->work;

  if (oma_lookup_is_interior (&target->lookup))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "an interior node has no value", error);
  if (operation->format == OMA_FORMAT_NODE && operation->value == NULL)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a leaf cannot become an interior node", error);
  if (!oma_rights_has_access (&work->rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the value cannot be replaced", error);
  if (!oma_rights_are_granted (&work->rights, target->lookup.nearest, work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

/* The format and type of a permanent node never change. */
static gboolean
fail_value (const OmaSchemaNode *schema, GError *failure, GError **error)
{
  if (schema->permanent && g_error_matches (failure, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT))
    failure->code = OMA_STATUS_NOT_ALLOWED;
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
replace_node (OmaJob *job, OmaTarget *target, GError **error)
{
  const OmaOperation *operation = job->operation;
  GError *failure = NULL;
  OmaValue *value;
  gboolean ok;

  if (!check_replace (job, target, error))
    return FALSE;
  value = oma_operation_make_value (operation, target->lookup.schema, &failure);
  if (value == NULL)
    return fail_value (target->lookup.schema, failure, error);
  ok = oma_operation_overwrite_leaf (job, target, value, error);
  oma_value_unref (value);
  return ok;
}

/* ---- Add ---- */

/* Nodes that come into being with the node above them. */
static gboolean
comes_along (const OmaTarget *target, guint depth)
{
  return depth > target->existing_depth + 1 &&
         oma_schema_node_is_automatic (oma_target_get_schema_at (target, depth));
}

/* Notes which node above the one to add stops it (DM Representation Protocol 1.2, Add). */
static void
note_failed (OmaJob *job, const OmaTarget *target, guint depth)
{
  OmaUri uri = target->uri;

  g_clear_pointer (&job->operation->failed_uri, g_free);
  if (depth == target->uri.n_segments)
    return;
  uri.n_segments = depth;
  uri.query = OMA_URI_QUERY_NONE;
  job->operation->failed_uri = oma_uri_to_string (&uri);
}

static gboolean
check_way (OmaJob *job, const OmaTarget *target, GError **error)
{
  const OmaRights *rights = &job->work->rights;
  guint last = target->uri.n_segments;

  for (guint depth = target->existing_depth + 1; depth <= last; depth++)
    {
      const OmaSchemaNode *schema = oma_target_get_schema_at (target, depth);

      if (schema == NULL)
        return refuse_as (job, OMA_STATUS_NOT_FOUND, OMA_STATUS_UNSUPPORTED_FORMAT, "the way to the node is not there",
                          error);
      if (comes_along (target, depth) && depth < last)
        continue;
      note_failed (job, target, depth);
      if (!oma_rights_has_access (rights, schema, OMA_ACCESS_ADD))
        return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED,
                                     depth < last ? "a parent is missing and cannot be added"
                                                  : "the node cannot be added", error);
      if (!oma_rights_may_make_and_unmake (rights, schema) && !comes_along (target, depth))
        return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a permanent node cannot be added", error);
    }
  g_clear_pointer (&job->operation->failed_uri, g_free);
  return TRUE;
}

/* Whether one more node is permitted beside those that share its description. */
static gboolean
check_occurrence (OmaJob *job, const OmaTarget *target, GError **error)
{
  guint depth = target->existing_depth + 1, count = 0;
  const OmaSchemaNode *schema = oma_target_get_schema_at (target, depth);
  g_autoptr(GPtrArray) names = NULL;
  OmaUri parent = target->uri;
  OmaLookup lookup;

  if (schema->name != NULL || schema->max_occurrence == OMA_OCCURRENCE_UNBOUNDED || schema->parent == NULL)
    return TRUE;
  parent.n_segments = depth - 1;
  oma_target_lookup_at (target, job, depth - 1, &lookup);
  names = oma_uri_list_children (&parent, &lookup, job, TRUE, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      count += oma_schema_node_get_child (schema->parent, name, strlen (name)) == schema;
    }
  note_failed (job, target, depth);
  if (count >= schema->max_occurrence)
    return refuse_as (job, OMA_STATUS_NOT_ALLOWED, OMA_STATUS_CONFLICT, "there cannot be more of these nodes", error);
  g_clear_pointer (&job->operation->failed_uri, g_free);
  return TRUE;
}

static gboolean
check_add (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaWork *work = job->work;
  OmaLookup parent;

  if (target->uri.query != OMA_URI_QUERY_NONE)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a property cannot be added", error);
  if (target->exists)
    return oma_operation_refuse (OMA_STATUS_ALREADY_EXISTS, "the node is there already", error);
  oma_target_lookup_at (target, job, target->existing_depth, &parent);
  if (!oma_lookup_is_interior (&parent))
    return refuse_as (job, OMA_STATUS_NOT_ALLOWED, OMA_STATUS_UNSUPPORTED_FORMAT, "a leaf cannot have children", error);
  if (target->lookup.schema == NULL)
    return refuse_as (job, OMA_STATUS_NOT_FOUND, OMA_STATUS_UNSUPPORTED_FORMAT, "no DDF describes the node", error);
  if (!check_way (job, target, error) || !check_occurrence (job, target, error))
    return FALSE;
  if (!oma_rights_are_granted (&work->rights, parent.nearest, work->change, OMA_ACCESS_ADD))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL of the parent does not grant Add",
                                 error);
  return TRUE;
}

/* *value: (nullable): what the new leaf gets. */
static gboolean
check_added_value (const OmaOperation *operation, const OmaSchemaNode *schema, OmaValue **value, GError **error)
{
  OmaFormat format = operation->value != NULL ? oma_value_get_format (operation->value) : operation->format;
  gsize length = operation->value != NULL ? oma_value_get_size (operation->value) : operation->length;
  gboolean empty = (operation->value == NULL && operation->data == NULL) || length == 0;

  if (schema->format != OMA_FORMAT_NODE)
    {
      *value = oma_operation_make_value (operation, schema, error);
      return *value != NULL;
    }
  if (format == OMA_FORMAT_NODE && !empty)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "an interior node has no value", error);
  if (format != OMA_FORMAT_NODE && (format != OMA_FORMAT_NONE || !empty))
    return oma_operation_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, "the node is an interior one", error);
  return TRUE;
}

/* The Type property of a new node: an interior one has its management object identifier from
 * the DDF, or from the command where the DDF has none. */
static const char *
choose_type (const OmaOperation *operation, const OmaSchemaNode *schema, const OmaValue *value)
{
  if (value != NULL)
    return oma_value_get_type_name (value);
  if (schema->ddf_name != NULL && *schema->ddf_name != '\0')
    return schema->ddf_name;
  return operation->mime_type != NULL && strcmp (operation->mime_type, "text/plain") != 0 ? operation->mime_type : NULL;
}

static gboolean
give_creation_acl (OmaJob *job, const OmaTarget *target, guint depth, GError **error)
{
  OmaWork *work = job->work;
  g_autoptr(OmaAcl) acl = NULL;
  OmaLookup parent, made;
  OmaUri uri = target->uri;
  OmaNode *node;

  uri.n_segments = depth;
  oma_target_lookup_at (target, job, depth - 1, &parent);
  oma_target_lookup_at (target, job, depth, &made);
  acl = oma_rights_make_creation_acl (&work->rights, parent.nearest,
                                      made.node != NULL ? oma_node_get_acl (made.node, work->change) : NULL,
                                      work->change);
  if (acl == NULL)
    return TRUE;
  node = made.node != NULL ? made.node : oma_change_make_overlay (work->change, &uri, &made, error);
  return node != NULL && oma_change_set_acl (work->change, node, acl, error);
}

static gboolean
make_node (OmaJob *job, const OmaTarget *target, guint depth, OmaValue *value, GError **error)
{
  OmaChange *change = job->work->change;
  const OmaSchemaNode *schema = oma_target_get_schema_at (target, depth);
  const OmaUriSegment *segment = &target->uri.segments[depth - 1];
  const char *type = depth == target->uri.n_segments ? choose_type (job->operation, schema, value) : schema->ddf_name;
  OmaUri uri = target->uri;
  OmaLookup lookup;
  OmaCall *call;

  uri.n_segments = depth;
  if (!oma_lookup_is_served (&target->lookup))
    {
      oma_target_lookup_at (target, job, depth - 1, &lookup);
      return oma_change_add (change, lookup.node, segment->name, segment->length, schema, value, type, error) != NULL;
    }
  oma_target_lookup_at (target, job, depth, &lookup);
  call = oma_call_new (OMA_CALL_ADD, target->lookup.mount);
  call->ref = oma_target_make_ref_at (target, job, depth);
  call->schema = schema;
  call->value = value != NULL ? oma_value_ref (value) : NULL;
  if (!oma_job_call (job, call, error))
    return FALSE;
  oma_change_touch (change, &uri, &lookup, OMA_CHANGE_ADDED);
  return TRUE;
}

/* Makes what is missing on the way and the node itself. */
static gboolean
make_way (OmaJob *job, OmaTarget *target, OmaValue *value, GError **error)
{
  guint last = target->uri.n_segments;

  for (guint depth = target->existing_depth + 1; depth <= last; depth++)
    {
      if (comes_along (target, depth))
        {
          if (depth < last || value == NULL)
            continue;
          oma_target_lookup_at (target, job, depth, &target->lookup);
          return oma_operation_write_leaf (job, target, value, error);
        }
      note_failed (job, target, depth);
      if (!make_node (job, target, depth, depth == last ? value : NULL, error))
        return FALSE;
      g_clear_pointer (&job->operation->failed_uri, g_free);
      if (oma_target_get_schema_at (target, depth)->format == OMA_FORMAT_NODE &&
          !give_creation_acl (job, target, depth, error))
        return FALSE;
    }
  return TRUE;
}

/* Internal: Add of what the operation says. */
gboolean
oma_operation_add_node (OmaJob *job, OmaTarget *target, GError **error)
{
  g_autoptr(OmaValue) value = NULL;

  return check_add (job, target, error) &&
         check_added_value (job->operation, target->lookup.schema, &value, error) &&
         make_way (job, target, value, error);
}

/* ---- Delete ---- */

/* Looks for a node below that another DDF serves. */
static gboolean
holds_mount (OmaNode *node, const OmaMount *mount, const OmaChange *view)
{
  if (!oma_node_is_interior (node))
    return FALSE;
  for (OmaNode *child = oma_node_first_child (node, view); child != NULL; child = oma_node_next_sibling (child, view))
    if (oma_node_get_mount (child) != mount || holds_mount (child, mount, view))
      return TRUE;
  return FALSE;
}

/* AccessType without Delete protects a node only from being deleted by itself. */
static gboolean
check_delete (OmaJob *job, const OmaTarget *target, GError **error)
{
  const OmaLookup *lookup = &target->lookup;
  OmaWork *work = job->work;

  if (target->uri.query != OMA_URI_QUERY_NONE)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a property cannot be deleted", error);
  if (lookup->mount == NULL || lookup->schema == NULL ||
      !oma_rights_may_make_and_unmake (&work->rights, lookup->schema) ||
      (!job->is_compound && !oma_rights_has_access (&work->rights, lookup->schema, OMA_ACCESS_DELETE)))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node cannot be deleted", error);
  if (lookup->node != NULL && holds_mount (lookup->node, lookup->mount, work->change))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a node below cannot be deleted", error);
  if (!oma_rights_are_granted (&work->rights, lookup->nearest, work->change, OMA_ACCESS_DELETE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Delete", error);
  if (oma_conflict_stops_delete (job, target))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "another server has set a value that would go", error);
  return TRUE;
}

/* Internal: Delete of a node that exists. */
gboolean
oma_operation_delete_node (OmaJob *job, const OmaTarget *target, GError **error)
{
  OmaChange *change = job->work->change;
  OmaCall *call;

  if (!check_delete (job, target, error))
    return FALSE;
  if (!oma_lookup_is_served (&target->lookup))
    return oma_change_delete (change, target->lookup.node, error);
  call = oma_call_new (OMA_CALL_REMOVE, target->lookup.mount);
  call->ref = oma_target_make_ref_at (target, job, target->uri.n_segments);
  call->schema = target->lookup.schema;
  if (!oma_job_call (job, call, error))
    return FALSE;
  oma_change_touch (change, &target->uri, &target->lookup, OMA_CHANGE_DELETED);
  return TRUE;
}

/* ---- Exec ---- */

/* What was not stated has its default (SyncML Meta-Information 1.2). */
static OmaValue *
make_argument (OmaValue *value)
{
  OmaFormat format = oma_value_get_format (value);
  const char *type = oma_value_get_type_name (value);

  return oma_value_with_format (value, format != OMA_FORMAT_NONE ? format : OMA_FORMAT_CHR, *type != '\0' ? type : NULL);
}

static gboolean
exec_node (OmaJob *job, const OmaTarget *target, GError **error)
{
  const OmaOperation *operation = job->operation;
  const OmaLookup *lookup = &target->lookup;
  OmaWork *work = job->work;
  OmaCall *call;

  if (target->uri.query != OMA_URI_QUERY_NONE)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a property cannot be executed", error);
  if (!oma_lookup_is_served (lookup) || !oma_rights_has_access (&work->rights, lookup->schema, OMA_ACCESS_EXEC))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node cannot be executed", error);
  if (!oma_rights_are_granted (&work->rights, lookup->nearest, work->change, OMA_ACCESS_EXEC))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Exec", error);

  call = oma_call_new (OMA_CALL_EXEC, lookup->mount);
  call->ref = oma_target_make_ref_at (target, job, target->uri.n_segments);
  call->schema = lookup->schema;
  call->text = g_strdup (operation->correlator);
  if (operation->value != NULL)
    call->value = make_argument (operation->value);
  else if (operation->data != NULL)
    call->value = oma_value_new (operation->format != OMA_FORMAT_NONE ? operation->format : OMA_FORMAT_CHR,
                                 operation->mime_type, operation->data, operation->length);
  return oma_job_call (job, call, error);
}

/* ---- Copy ---- */

static gboolean
check_copy_source (OmaJob *job, const OmaTarget *source, GError **error)
{
  OmaWork *work = job->work;

  if (!source->exists)
    return oma_operation_refuse (OMA_STATUS_NOT_FOUND, "the source is not there", error);
  if (source->uri.query != OMA_URI_QUERY_NONE || oma_lookup_is_interior (&source->lookup) ||
      !oma_rights_has_access (&work->rights, source->lookup.schema, OMA_ACCESS_GET))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the source cannot be copied", error);
  if (!oma_rights_are_granted (&work->rights, source->lookup.nearest, work->change, OMA_ACCESS_GET))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL of the source does not grant Get",
                                 error);
  return TRUE;
}

/* Otherwise oma_operation_overwrite_leaf() says what becomes of the value. */
static gboolean
is_uncontested (OmaJob *job, const OmaTarget *target, OmaValue *value)
{
  return oma_conflict_judge (job, target, value) == OMA_CONFLICT_NONE;
}

/* Within one plugin the plugin copies, if it can. */
static gboolean
copy_within (OmaJob *job, const OmaTarget *source, OmaTarget *target, OmaValue *value, GError **error)
{
  OmaCall *call = oma_call_new (OMA_CALL_COPY, target->lookup.mount);

  call->ref = oma_target_make_ref_at (source, job, source->uri.n_segments);
  call->target = oma_target_make_ref_at (target, job, target->uri.n_segments);
  call->schema = source->lookup.schema;
  call->value = oma_value_ref (value);
  call->overwrites = target->exists;
  if (!oma_job_call (job, call, error))
    return FALSE;
  oma_change_touch (job->work->change, &target->uri, &target->lookup,
                    target->exists ? OMA_CHANGE_REPLACED : OMA_CHANGE_ADDED);
  return TRUE;
}

static gboolean
copy_node (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaOperation *operation = job->operation;
  g_auto(OmaTarget) source = OMA_TARGET_INIT;
  g_autoptr(OmaValue) read = NULL;
  g_autoptr(OmaValue) value = NULL;
  gboolean ok;

  if (operation->source_uri == NULL)
    return oma_operation_refuse (OMA_STATUS_INCOMPLETE_COMMAND, "there is no source", error);
  if (target->uri.query != OMA_URI_QUERY_NONE)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a property cannot be copied to", error);
  if (!oma_target_resolve (&source, job, operation->source_uri, error) || !check_copy_source (job, &source, error))
    return FALSE;
  ok = target->exists ? check_replace (job, target, error) : check_add (job, target, error);
  if (!ok)
    return FALSE;
  if (target->lookup.schema->format == OMA_FORMAT_NODE)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "an interior node cannot be copied to", error);

  read = oma_uri_read_value (&source.uri, &source.lookup, job, error);
  if (read == NULL)
    return FALSE;
  value = oma_operation_take_value (target->lookup.schema, read, error);
  if (value == NULL)
    return FALSE;
  if (oma_lookup_is_served (&source.lookup) && source.lookup.mount == target->lookup.mount &&
      target->existing_depth + 1 >= target->uri.n_segments && (!target->exists || is_uncontested (job, target, value)))
    return copy_within (job, &source, target, value, error);
  return target->exists ? oma_operation_overwrite_leaf (job, target, value, error) : make_way (job, target, value, error);
}

/* ---- All of them ---- */

static gboolean
check_query (const OmaUri *uri, GError **error)
{
  if (uri->query == OMA_URI_QUERY_UNKNOWN || uri->query == OMA_URI_QUERY_LIST)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the query cannot follow here", error);
  return TRUE;
}

static gboolean
run_replace (OmaJob *job, OmaTarget *target, GError **error)
{
  if (oma_operation_is_document (job->operation, target))
    return oma_operation_write_document (job, target, error);
  if (!target->exists && job->work->upsert && target->uri.query == OMA_URI_QUERY_NONE)
    return oma_operation_add_node (job, target, error);
  if (!target->exists)
    return oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
  if (target->uri.query == OMA_URI_QUERY_PROP)
    return oma_operation_set_property (job, target, error);
  return replace_node (job, target, error);
}

/* Internal: Add, Copy, Delete, Exec and Replace; an OmaJobRun. */
gboolean
oma_operation_write (OmaJob *job, GError **error)
{
  const OmaOperation *operation = job->operation;
  g_auto(OmaTarget) target;

  oma_target_init (&target);
  if (operation->type != OMA_OPERATION_EXEC)
    oma_job_begin_write (job);
  if (!oma_target_resolve (&target, job, operation->uri, error) || !check_query (&target.uri, error))
    return FALSE;
  switch (operation->type)
    {
    case OMA_OPERATION_REPLACE:
      return run_replace (job, &target, error);
    case OMA_OPERATION_ADD:
      return oma_operation_is_document (operation, &target) ? oma_operation_write_document (job, &target, error)
                                                            : oma_operation_add_node (job, &target, error);
    case OMA_OPERATION_COPY:
      return copy_node (job, &target, error);
    case OMA_OPERATION_DELETE:
    case OMA_OPERATION_EXEC:
    default:
      if (!target.exists)
        return oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
      return operation->type == OMA_OPERATION_EXEC ? exec_node (job, &target, error)
                                                   : oma_operation_delete_node (job, &target, error);
    }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation.h"

#include <string.h>

#define MAX_TITLE 255   /* octets */

typedef enum {
  PROPERTY_ACL,
  PROPERTY_FORMAT,
  PROPERTY_NAME,
  PROPERTY_SIZE,
  PROPERTY_TITLE,
  PROPERTY_TSTAMP,
  PROPERTY_TYPE,
  PROPERTY_VERNO,
  PROPERTY_UNKNOWN,
} Property;

static const char *const property_names[PROPERTY_UNKNOWN] = {
  "ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo",
};

static Property
find_property (const OmaUri *uri)
{
  guint i = 0;

  while (i < PROPERTY_UNKNOWN && strcmp (uri->query_value, property_names[i]) != 0)
    i++;
  return (Property) i;
}

/* ---- Get ---- */

static char *
dup_name (const OmaTarget *target, const OmaChange *view)
{
  const OmaUri *uri = &target->uri;

  if (uri->n_segments == 0)
    return g_strdup (".");
  if (target->lookup.node != NULL)
    return g_strdup (oma_node_get_staged_name (target->lookup.node, view));
  return g_strndup (uri->segments[uri->n_segments - 1].name, uri->segments[uri->n_segments - 1].length);
}

static char *
dup_tstamp (const OmaNode *node, const OmaChange *view)
{
  g_autoptr(GDateTime) time = node != NULL ? g_date_time_new_from_unix_utc (oma_node_get_tstamp (node, view)) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y%m%dT%H%M%SZ") : g_strdup ("");
}

static char *
dup_type (const OmaLookup *lookup, const OmaChange *view)
{
  const OmaSchemaNode *schema = lookup->schema;

  if (lookup->node != NULL && (!oma_lookup_is_served (lookup) || schema->format == OMA_FORMAT_NODE))
    return g_strdup (oma_node_get_type_property (lookup->node, view));
  if (schema->format == OMA_FORMAT_NODE)
    return g_strdup (schema->ddf_name);
  return g_strdup (schema->types != NULL && schema->types[0] != NULL ? schema->types[0] : "text/plain");
}

static OmaFormat
find_format (const OmaLookup *lookup, const OmaChange *view)
{
  OmaValue *value;

  if (oma_lookup_is_interior (lookup))
    return OMA_FORMAT_NODE;
  value = oma_lookup_is_served (lookup) ? NULL : oma_node_get_value (lookup->node, view);
  return value != NULL ? oma_value_get_format (value) : lookup->schema->format;
}

static char *
dup_size (OmaJob *job, OmaTarget *target, GError **error)
{
  g_autoptr(OmaValue) value = NULL;

  if (oma_lookup_is_interior (&target->lookup))
    {
      oma_operation_refuse (OMA_STATUS_NOT_SUPPORTED, "an interior node has no Size", error);
      return NULL;
    }
  value = oma_uri_read_value (&target->uri, &target->lookup, job, error);
  return value != NULL ? g_strdup_printf ("%" G_GSIZE_FORMAT, oma_value_get_size (value)) : NULL;
}

/* The ACL that holds is another node's; DM 1.3 tells it all the same. */
static char *
dup_inherited_acl (OmaJob *job, const OmaTarget *target)
{
  OmaAcl *acl = oma_node_get_effective_acl (target->lookup.nearest, job->work->change);

  job->success = OMA_STATUS_INHERITED_ACL;
  return g_strdup (acl != NULL ? oma_acl_get_text (acl) : "");
}

/* Internal: (transfer full): the property that the query names. */
char *
oma_operation_dup_property (OmaJob *job, OmaTarget *target, GError **error)
{
  const OmaChange *view = job->work->change;
  OmaNode *node = target->lookup.node;
  OmaAcl *acl;

  switch (find_property (&target->uri))
    {
    case PROPERTY_ACL:
      acl = node != NULL ? oma_node_get_acl (node, view) : NULL;
      if (acl == NULL && job->work->tell_inherited_acl)
        return dup_inherited_acl (job, target);
      return g_strdup (acl != NULL ? oma_acl_get_text (acl) : "");
    case PROPERTY_FORMAT:
      return g_strdup (oma_format_to_string (find_format (&target->lookup, view)));
    case PROPERTY_NAME:
      return dup_name (target, view);
    case PROPERTY_SIZE:
      return dup_size (job, target, error);
    case PROPERTY_TITLE:
      return g_strdup (node != NULL ? oma_node_get_title (node, view) : "");
    case PROPERTY_TSTAMP:
      return dup_tstamp (node, view);
    case PROPERTY_TYPE:
      return dup_type (&target->lookup, view);
    case PROPERTY_VERNO:
      return g_strdup_printf ("%u", node != NULL ? oma_node_get_verno (node, view) : 0u);
    case PROPERTY_UNKNOWN:
    default:
      oma_operation_refuse (OMA_STATUS_NOT_SUPPORTED, "there is no such property", error);
      return NULL;
    }
}

/* Internal: Get with "?prop=" of a node that may be read (DM Tree and Description 1.2,
 * Properties). */
gboolean
oma_operation_get_property (OmaJob *job, OmaTarget *target, GError **error)
{
  GError *failure = NULL;
  g_autofree char *text = oma_operation_dup_property (job, target, &failure);

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (job->waits)
    return FALSE;
  job->operation->result = oma_value_new_string (text != NULL ? text : "");
  return TRUE;
}

/* ---- Replace ---- */

/* The node that holds the properties; of a node that a plugin serves it may have to be made.  Those
 * above mount points have a part in what may be done in each subtree. */
static OmaNode *
ensure_node (OmaJob *job, OmaTarget *target, GError **error)
{
  if (target->lookup.mount == NULL && !oma_job_lock (job, OMA_LOCK_EVERYTHING, OMA_LOCK_WRITE))
    return NULL;
  if (target->lookup.node != NULL)
    return target->lookup.node;
  return oma_change_make_overlay (job->work->change, &target->uri, &target->lookup, error);
}

/* Internal: Replace of the ACL (DM Tree and Description 1.2, ACL). */
gboolean
oma_operation_set_acl (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaWork *work = job->work;
  gboolean root = target->uri.n_segments == 0;
  g_autofree char *text = NULL;
  g_autoptr(OmaAcl) acl = NULL;
  OmaLookup parent;
  OmaNode *node;

  if (!root)
    oma_target_lookup_at (target, job, target->uri.n_segments - 1, &parent);
  if (!oma_rights_may_set_acl (&work->rights, target->lookup.nearest, root ? NULL : parent.nearest,
                               oma_lookup_is_interior (&target->lookup), work->change))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL may not be replaced", error);
  text = oma_operation_dup_text (job->operation, error);
  if (text == NULL)
    return FALSE;
  if (root && *text == '\0')
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the root must have an ACL", error);
  if (*text != '\0' && (acl = oma_acl_parse (text, error)) == NULL)
    return FALSE;
  node = ensure_node (job, target, error);
  return node != NULL && oma_change_set_acl (work->change, node, acl, error);
}

static gboolean
check_replace (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaWork *work = job->work;

  if (target->uri.n_segments == 0 || !oma_rights_has_access (&work->rights, target->lookup.schema, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the property cannot be replaced", error);
  return TRUE;
}

static gboolean
check_granted (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaWork *work = job->work;

  if (!oma_rights_are_granted (&work->rights, target->lookup.nearest, work->change, OMA_ACCESS_REPLACE))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Replace", error);
  return TRUE;
}

/* Internal: gives a node that may have it a title. */
gboolean
oma_operation_put_title (OmaJob *job, OmaTarget *target, const char *title, GError **error)
{
  OmaNode *node;

  if (strlen (title) > MAX_TITLE)
    return oma_operation_refuse (OMA_STATUS_ENTITY_TOO_LARGE, "the title is too long", error);
  node = ensure_node (job, target, error);
  return node != NULL && oma_change_set_title (job->work->change, node, title, error);
}

static gboolean
set_title (OmaJob *job, OmaTarget *target, GError **error)
{
  g_autofree char *text = NULL;

  if (!check_replace (job, target, error) || !check_granted (job, target, error))
    return FALSE;
  text = oma_operation_dup_text (job->operation, error);
  return text != NULL && oma_operation_put_title (job, target, text, error);
}

static gboolean
check_new_name (const OmaSchemaNode *schema, const char *name, GError **error)
{
  g_autoptr(GString) escaped = g_string_new (NULL);

  if (!oma_uri_name_is_valid (name, strlen (name)))
    return oma_operation_refuse (OMA_STATUS_COMMAND_FAILED, "no node can have that name", error);
  oma_uri_append_segment (escaped, name, -1);
  if (escaped->len > OMA_URI_MAX_SEGMENT + 1)
    return oma_operation_refuse (OMA_STATUS_URI_TOO_LONG, "the name is too long", error);
  if (schema->parent == NULL || oma_schema_node_get_child (schema->parent, name, strlen (name)) != schema)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the DDF describes that name otherwise", error);
  return TRUE;
}

static gboolean
rename_served (OmaJob *job, OmaTarget *target, const OmaTarget *renamed, const char *name, GError **error)
{
  OmaChange *change = job->work->change;
  guint depth = target->uri.n_segments;
  OmaCall *call = oma_call_new (OMA_CALL_RENAME, target->lookup.mount);
  OmaLookup lookup;

  call->ref = oma_target_make_ref_at (target, job, depth);
  call->target = oma_target_make_ref_at (renamed, job, depth);
  call->schema = target->lookup.schema;
  call->text = g_strdup (name);
  if (!oma_job_call (job, call, error))
    return FALSE;
  if (target->lookup.node != NULL && !oma_change_rename (change, target->lookup.node, name, error))
    return FALSE;
  oma_target_lookup_at (renamed, job, depth, &lookup);
  oma_change_touch (change, &renamed->uri, &lookup, OMA_CHANGE_REPLACED);
  return TRUE;
}

static gboolean
rename_node (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaOperation *operation = job->operation;
  const OmaSchemaNode *schema = target->lookup.schema;
  g_autofree char *name = NULL, *uri = NULL;
  g_auto(OmaTarget) renamed = OMA_TARGET_INIT;

  if (!check_replace (job, target, error))
    return FALSE;
  if (schema == NULL || schema->name != NULL || !oma_rights_may_make_and_unmake (&job->work->rights, schema))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node keeps its name", error);
  if (!check_granted (job, target, error))
    return FALSE;
  name = oma_operation_dup_text (operation, error);
  if (name == NULL || !check_new_name (schema, name, error))
    return FALSE;

  target->uri.n_segments--;
  uri = oma_uri_to_string (&target->uri);
  target->uri.n_segments++;
  g_autoptr(GString) text = g_string_new (uri);
  oma_uri_append_segment (text, name, -1);
  if (!oma_target_resolve (&renamed, job, text->str, error))
    return FALSE;
  if (oma_uri_equal (&renamed.uri, &target->uri))
    return TRUE;
  if (renamed.exists && (renamed.lookup.node == NULL || renamed.lookup.node != target->lookup.node))
    return oma_operation_refuse (OMA_STATUS_ALREADY_EXISTS, "a sibling has that name", error);
  if (oma_lookup_is_served (&target->lookup))
    return rename_served (job, target, &renamed, name, error);
  return oma_change_rename (job->work->change, target->lookup.node, name, error);
}

/* Internal: Replace with "?prop=" of a node that exists (DM Tree and Description 1.2,
 * Properties). */
gboolean
oma_operation_set_property (OmaJob *job, OmaTarget *target, GError **error)
{
  switch (find_property (&target->uri))
    {
    case PROPERTY_ACL:
      return oma_operation_set_acl (job, target, error);
    case PROPERTY_NAME:
      return rename_node (job, target, error);
    case PROPERTY_TITLE:
      return set_title (job, target, error);
    case PROPERTY_UNKNOWN:
      return oma_operation_refuse (OMA_STATUS_NOT_SUPPORTED, "there is no such property", error);
    case PROPERTY_FORMAT:
    case PROPERTY_SIZE:
    case PROPERTY_TSTAMP:
    case PROPERTY_TYPE:
    case PROPERTY_VERNO:
    default:
      return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the property is the device's", error);
    }
}

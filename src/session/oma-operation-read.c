/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-operation.h"

#include <string.h>

/* ---- A subtree ---- */

typedef struct {
  OmaJob      *job;
  OmaUri      *uri;         /* where the walk is */
  GString     *relative;    /* (nullable): the same, below its start; a leaf alone has none */
  gboolean     all;         /* whatever the principal may read */
  gboolean     values;      /* leaves carry their values, else empty ones */
  gboolean     complete;    /* nothing was left out that could not be read */
  GError      *failure;     /* (nullable): why something was left out that should be readable */
  OmaNodeList *nodes;
} Walk;

static gboolean walk_node (Walk *walk, gboolean start, GError **error);

static gboolean
may_read (const Walk *walk, const OmaLookup *lookup)
{
  OmaWork *work = walk->job->work;

  if (walk->all)
    return lookup->schema != NULL;
  return oma_rights_has_access (&work->rights, lookup->schema, OMA_ACCESS_GET) &&
         oma_rights_are_granted (&work->rights, lookup->nearest, work->change, OMA_ACCESS_GET);
}

static const char *
get_relative (const Walk *walk)
{
  return walk->relative != NULL ? walk->relative->str : "";
}

/* What cannot be read is left out, but for errors that end the operation anyway. */
static gboolean
walk_leaf (Walk *walk, const OmaLookup *lookup)
{
  g_autoptr(GError) error = NULL;
  OmaValue *value;

  if (!walk->values)
    {
      g_autoptr(OmaValue) known = lookup->node != NULL && !oma_lookup_is_served (lookup)
                                    ? oma_uri_read_value (walk->uri, lookup, walk->job, NULL)
                                    : oma_schema_node_make_default (lookup->schema);

      value = oma_value_new (oma_value_get_format (known), oma_value_get_type_name (known), NULL, 0);
    }
  else
    value = oma_uri_read_value (walk->uri, lookup, walk->job, &error);
  if (value != NULL)
    oma_node_list_add (walk->nodes, get_relative (walk), value);
  else if (error != NULL)
    {
      g_info ("A leaf is left out: %s", error->message);
      walk->complete = FALSE;
      if (walk->failure == NULL && oma_status_from_error (error) >= OMA_STATUS_COMMAND_FAILED)
        walk->failure = g_error_copy (error);
    }
  return value != NULL || error != NULL;
}

static gboolean
walk_children (Walk *walk, const OmaLookup *lookup, GError **error)
{
  g_autoptr(GPtrArray) names = oma_uri_list_children (walk->uri, lookup, walk->job, walk->all, error);
  gsize length = walk->relative->len;
  gboolean complete = TRUE;

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      GError *failure = NULL;

      if (!oma_uri_push (walk->uri, g_ptr_array_index (names, i)))
        continue;
      oma_uri_append_segment (walk->relative, g_ptr_array_index (names, i), -1);
      if (length == 0)
        g_string_erase (walk->relative, 0, 1);
      complete &= walk_node (walk, FALSE, &failure);
      walk->uri->n_segments--;
      g_string_truncate (walk->relative, length);
      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
    }
  return complete;
}

/* A node that a plugin gave in answer to read: what it says of itself is checked too. */
static gboolean
accept_given (Walk *walk, const char *base, const char *relative, const OmaValue *value)
{
  g_autofree char *text = *relative != '\0' ? g_strconcat (base, "/", relative, NULL) : g_strdup (base);
  g_auto(OmaUri) uri = OMA_URI_INIT;
  OmaLookup lookup;

  if (!oma_uri_parse (&uri, text, NULL) || uri.query != OMA_URI_QUERY_NONE)
    return FALSE;
  oma_tree_lookup (walk->job->work->executor->tree, &uri, walk->job->work->change, &lookup);
  return lookup.schema != NULL &&
         lookup.schema->format == (value != NULL ? oma_value_get_format (value) : OMA_FORMAT_NODE) &&
         (*relative == '\0' || may_read (walk, &lookup));
}

static char *
dup_parent (const char *relative)
{
  const char *slash = strrchr (relative, '/');

  return slash != NULL ? g_strndup (relative, slash - relative) : g_strdup ("");
}

static void
take_given (Walk *walk, const char *base, OmaNodeList *given)
{
  g_autoptr(GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  oma_node_list_add (walk->nodes, walk->relative->str, NULL);
  g_hash_table_add (taken, g_strdup (""));
  for (guint i = 0; i < oma_node_list_get_length (given); i++)
    {
      const char *relative = oma_node_list_get_uri (given, i);
      OmaValue *value = oma_node_list_get_value (given, i);
      g_autofree char *parent = dup_parent (relative);
      g_autofree char *full = NULL;

      if (*relative == '\0' || !g_hash_table_contains (taken, parent) || !accept_given (walk, base, relative, value) ||
          !g_hash_table_add (taken, g_strdup (relative)))
        continue;
      full = walk->relative->len > 0 ? g_strconcat (walk->relative->str, "/", relative, NULL) : g_strdup (relative);
      if (value != NULL)
        value = walk->values ? oma_value_ref (value)
                             : oma_value_new (oma_value_get_format (value), oma_value_get_type_name (value), NULL, 0);
      oma_node_list_add (walk->nodes, full, value);
    }
}

/* Asks a plugin for all that is below the node.  *done: the answer is in the list; otherwise
 * one has to go from node to node. */
static gboolean
walk_at_once (Walk *walk, const OmaLookup *lookup, gboolean *done, GError **error)
{
  g_autoptr(OmaNodeRef) ref = oma_lookup_make_ref (lookup, walk->uri);
  g_autoptr(GError) failure = NULL;
  OmaNodeList *given = oma_job_read (walk->job, lookup->mount, ref, lookup->schema, &failure);

  *done = given != NULL;
  if (given != NULL)
    take_given (walk, oma_node_ref_get_uri (ref), given);
  else if (failure == NULL)
    return FALSE;
  else if (oma_status_from_error (failure) != OMA_STATUS_NOT_SUPPORTED)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  return TRUE;
}

static gboolean
walk_node (Walk *walk, gboolean start, GError **error)
{
  OmaJob *job = walk->job;
  OmaLookup lookup;
  gboolean done;

  oma_tree_lookup (job->work->executor->tree, walk->uri, job->work->change, &lookup);
  if (!start && !may_read (walk, &lookup))
    return TRUE;
  if (!oma_lookup_is_interior (&lookup))
    return walk_leaf (walk, &lookup);
  if (walk->relative == NULL)
    walk->relative = g_string_new (NULL);

  if (oma_lookup_is_served (&lookup) && g_hash_table_size (job->work->intents) == 0)
    {
      if (!walk_at_once (walk, &lookup, &done, error))
        return FALSE;
      if (done)
        return TRUE;
    }
  oma_node_list_add (walk->nodes, walk->relative->str, NULL);
  return walk_children (walk, &lookup, error);
}

/* Internal: a node that exists, and what is below it.  *nodes: (out) (transfer full).  *complete:
 * (nullable) (out): whether each leaf could be read.  @all: whatever the rights of the principal, and a plugin that
 * fails is no reason to leave something out. */
gboolean
oma_operation_walk (OmaJob *job, OmaUri *uri, gboolean all, gboolean values, OmaNodeList **nodes, gboolean *complete,
                    GError **error)
{
  g_autoptr(OmaNodeList) list = oma_node_list_new ();
  Walk walk = { job, uri, NULL, all, values, TRUE, NULL, list };
  gboolean ok = walk_node (&walk, TRUE, error);

  if (walk.relative != NULL)
    g_string_free (walk.relative, TRUE);

  /* Of a leaf that was asked for itself its failure is the answer. */
  if (ok && walk.failure != NULL && (all || oma_node_list_get_length (list) == 0))
    {
      g_propagate_error (error, walk.failure);
      return FALSE;
    }
  g_clear_error (&walk.failure);
  if (!ok)
    return FALSE;
  *nodes = g_steal_pointer (&list);
  if (complete != NULL)
    *complete = walk.complete;
  return TRUE;
}

static gboolean
read_subtree (OmaJob *job, OmaTarget *target, gboolean values, GError **error)
{
  return oma_operation_walk (job, &target->uri, FALSE, values, &job->operation->nodes, NULL, error);
}

static gboolean
read_list (OmaJob *job, OmaTarget *target, GError **error)
{
  OmaOperation *operation = job->operation;
  g_autoptr(OmaNodeList) nodes = NULL;
  gboolean with_values;

  if (!oma_operation_list_is_tnds (target->uri.query_value, &with_values))
    return read_subtree (job, target, strcmp (target->uri.query_value, "StructData") == 0, error);
  if (!read_subtree (job, target, with_values, error))
    return FALSE;
  nodes = g_steal_pointer (&operation->nodes);
  return oma_operation_serialize (job, target, nodes, error);
}

/* ---- One node ---- */

static OmaValue *
join_names (GPtrArray *names)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    oma_uri_append_segment (text, g_ptr_array_index (names, i), -1);
  return oma_value_new (OMA_FORMAT_NODE, NULL, text->str + (text->len > 0), text->len - (text->len > 0));
}

static gboolean
get_node (OmaJob *job, OmaTarget *target, GError **error)
{
  if (oma_lookup_is_interior (&target->lookup))
    {
      g_autoptr(GPtrArray) names = oma_uri_list_children (&target->uri, &target->lookup, job, FALSE, error);

      if (names != NULL)
        job->operation->result = join_names (names);
    }
  else
    job->operation->result = oma_uri_read_value (&target->uri, &target->lookup, job, error);
  return job->operation->result != NULL;
}

static gboolean
list_node (OmaJob *job, OmaTarget *target, GError **error)
{
  g_autoptr(GPtrArray) names = oma_uri_list_children (&target->uri, &target->lookup, job, FALSE, error);

  if (names == NULL)
    return FALSE;
  g_ptr_array_add (names, NULL);
  g_ptr_array_set_free_func (names, NULL);
  job->operation->names = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  return TRUE;
}

static gboolean
check_query (const OmaOperation *operation, const OmaUri *uri, GError **error)
{
  gboolean with_values;

  if (uri->query == OMA_URI_QUERY_NONE)
    return TRUE;
  if (operation->type != OMA_OPERATION_GET)
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a query cannot follow here", error);
  if (uri->query == OMA_URI_QUERY_UNKNOWN ||
      (uri->query == OMA_URI_QUERY_LIST && strcmp (uri->query_value, "Struct") != 0 &&
       strcmp (uri->query_value, "StructData") != 0 &&
       !oma_operation_list_is_tnds (uri->query_value, &with_values)))
    return oma_operation_refuse (OMA_STATUS_NOT_SUPPORTED, "the query is not supported", error);
  return TRUE;
}

/* Internal: Get, List and Read; an OmaJobRun. */
gboolean
oma_operation_read (OmaJob *job, GError **error)
{
  OmaOperation *operation = job->operation;
  OmaWork *work = job->work;
  g_auto(OmaTarget) target;

  oma_target_init (&target);
  if (oma_operation_finds (operation))
    return oma_operation_find (job, error);
  if (!oma_target_resolve (&target, job, operation->uri, error) || !check_query (operation, &target.uri, error))
    return FALSE;
  if (oma_inbox_is_target (&target))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the Inbox cannot be read", error);
  if (!target.exists)
    return oma_operation_refuse (OMA_STATUS_NOT_FOUND, "there is no such node", error);
  if (!oma_rights_has_access (&work->rights, target.lookup.schema, OMA_ACCESS_GET))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "the node cannot be read", error);
  if (operation->type == OMA_OPERATION_LIST && !oma_lookup_is_interior (&target.lookup))
    return oma_operation_refuse (OMA_STATUS_NOT_ALLOWED, "a leaf has no children", error);
  if (!oma_rights_are_granted (&work->rights, target.lookup.nearest, work->change, OMA_ACCESS_GET))
    return oma_operation_refuse (OMA_STATUS_PERMISSION_DENIED, "the ACL does not grant Get", error);

  if (target.uri.query == OMA_URI_QUERY_PROP)
    return oma_operation_get_property (job, &target, error);
  if (target.uri.query == OMA_URI_QUERY_LIST)
    return read_list (job, &target, error);
  if (operation->type == OMA_OPERATION_READ)
    return read_subtree (job, &target, TRUE, error);
  if (operation->type == OMA_OPERATION_LIST)
    return list_node (job, &target, error);
  return get_node (job, &target, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-tree-batch.h"

#include "service/oma-node-view.h"
#include "service/oma-tree-given.h"
#include "service/oma-tree-request.h"
#include "service/oma-value-variant.h"

#include <string.h>

#define MAX_URIS 1000
#define DEFAULT_NODES 10000
#define MAX_NODES 100000
/* What one answer carries: a bus cuts off who sends more than it takes. */
#define MAX_ANSWER (16 * 1024 * 1024)
#define MAX_DESCRIPTORS 16
/* Nodes read before others get their turn. */
#define SLICE 200

typedef struct {
  char    *uri;
  guint    depth;
  gboolean unreadable;      /* it is there, and nobody is to be asked for it */
  gboolean singly;          /* all below it cannot be had at once */
} Step;

/* Reads nodes one after the other; for a subtree, those that an interior node names too, and all at once what a plugin
 * gives so. */
typedef struct {
  OmaRequest     *request;
  OmaWork        *work;
  OmaOperation    operation;
  GArray         *steps;        /* of Step, the next one last */
  Step            step;         /* the one under way */
  gboolean        subtree;
  guint           max_depth;
  guint           limit;
  guint           n_nodes;
  gboolean        truncated;
  OmaTreeGiven   *given;
  gsize           size;
  GUnixFDList    *descriptors;
  GVariantBuilder results;
} Batch;

static void
step_clear (gpointer step)
{
  g_clear_pointer (&((Step *) step)->uri, g_free);
}

static Batch *
batch_new (OmaRequest *request, gboolean subtree)
{
  static const OmaPrincipal administrator = { OMA_PRINCIPAL_ADMINISTRATOR, NULL };
  Batch *batch = g_new0 (Batch, 1);

  batch->request = request;
  batch->work = oma_work_new (oma_agent_get_executor (request->agent), &administrator);
  batch->subtree = subtree;
  batch->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_array_set_clear_func (batch->steps, step_clear);
  batch->given = oma_tree_given_new ();
  batch->descriptors = g_unix_fd_list_new ();
  g_variant_builder_init (&batch->results, G_VARIANT_TYPE (subtree ? "a(sssvb)" : "a(sussvs)"));
  return batch;
}

static void
batch_free (Batch *batch)
{
  step_clear (&batch->step);
  oma_operation_clear (&batch->operation);
  g_array_unref (batch->steps);
  oma_tree_given_free (batch->given);
  oma_work_free (batch->work);
  g_object_unref (batch->descriptors);
  g_variant_builder_clear (&batch->results);
  g_free (batch);
}

static void
push (Batch *batch, const char *uri, guint depth, gboolean unreadable)
{
  Step step = { g_strdup (uri), depth, unreadable, FALSE };

  g_array_append_val (batch->steps, step);
}

/* ---- What was read ---- */

static GVariant *
take_value (Batch *batch, const OmaValue *value, GError **error)
{
  gsize size = oma_value_get_size (value);
  gboolean large = size > OMA_VARIANT_MAX_INLINE && oma_value_get_format (value) != OMA_FORMAT_NODE;

  if (large ? g_unix_fd_list_get_length (batch->descriptors) >= MAX_DESCRIPTORS : size > MAX_ANSWER - batch->size)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE,
                           "The answer would be too large: ask for this node alone");
      return NULL;
    }
  batch->size += large ? 0 : size;
  return oma_value_to_variant (value, batch->descriptors, error);
}

static const char *
get_type (const OmaNodeView *view, const OmaValue *value)
{
  if (value != NULL && oma_value_get_format (value) != OMA_FORMAT_NODE)
    return oma_value_get_type_name (value);
  return view != NULL ? oma_node_view_get_type (view) : "";
}

static void
add_asked (Batch *batch)
{
  OmaValue *value = batch->operation.result;
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);
  g_autoptr(GError) error = oma_operation_dup_error (&batch->operation);
  g_autofree char *reason = NULL;
  GVariant *variant = error == NULL ? take_value (batch, value, &error) : NULL;

  if (variant != NULL)
    g_variant_builder_add (&batch->results, "(sussvs)", batch->step.uri, (guint32) OMA_STATUS_OK,
                           oma_format_to_string (oma_value_get_format (value)), get_type (view, value), variant, "");
  else
    {
      reason = oma_dbus_error_dup_message (error);
      g_variant_builder_add (&batch->results, "(sussvs)", batch->step.uri, (guint32) oma_status_from_error (error), "",
                             "", g_variant_new_string (""), reason);
    }
}

static void
push_children (Batch *batch, const OmaValue *names)
{
  gsize size;
  const char *data = oma_value_get_data (names, &size);
  g_autofree char *text = g_strndup (data, size);
  g_auto(GStrv) children = g_strsplit (text, "/", -1);
  guint n = g_strv_length (children);

  if (batch->max_depth != 0 && batch->step.depth == batch->max_depth)
    return;
  /* more than can still be answered need not be kept */
  if (n > batch->limit)
    batch->truncated = TRUE;
  for (guint i = MIN (n, batch->limit); i > 0; i--)
    {
      g_autofree char *uri = g_strconcat (batch->step.uri, "/", children[i - 1], NULL);

      push (batch, uri, batch->step.depth + 1, FALSE);
    }
}

/* @value: (nullable): %NULL: it cannot be read. */
static void
add_node (Batch *batch, const OmaNodeView *view, const OmaValue *value)
{
  g_autoptr(GVariant) shown = NULL;
  gboolean interior = value != NULL && oma_value_get_format (value) == OMA_FORMAT_NODE;

  batch->n_nodes++;
  if (value != NULL && !interior)
    shown = take_value (batch, value, NULL);
  if (shown != NULL)
    g_variant_ref_sink (shown);
  g_variant_builder_add (&batch->results, "(sssvb)", view->uri,
                         value != NULL ? oma_format_to_string (oma_value_get_format (value))
                                       : oma_node_view_get_format (view),
                         get_type (view, value), shown != NULL ? shown : g_variant_new_string (""),
                         interior || shown != NULL);
}

static void
add_found (Batch *batch)
{
  OmaValue *value = batch->operation.result;
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);

  /* gone since its parent named it */
  if (batch->operation.status == OMA_STATUS_NOT_FOUND || view == NULL)
    return;
  if (value != NULL && oma_value_get_format (value) == OMA_FORMAT_NODE)
    push_children (batch, value);
  add_node (batch, view, value);
}

/* ---- What a plugin gave at once ---- */

/* What cannot be read is not among it.  It is there where it must be; else one has to ask. */
static void
push_unreadable (Batch *batch, const OmaNodeView *view)
{
  GPtrArray *children = view->lookup.schema != NULL ? view->lookup.schema->children : NULL;

  for (guint i = children != NULL ? children->len : 0; i > 0; i--)
    {
      const OmaSchemaNode *child = g_ptr_array_index (children, i - 1);
      g_autoptr(GString) uri = g_string_new (view->uri);

      if (child->name == NULL || (child->access & OMA_ACCESS_GET) != 0)
        continue;
      oma_uri_append_segment (uri, child->name, -1);
      push (batch, uri->str, batch->step.depth + 1, child->min_occurrence > 0);
    }
}

static void
push_given (Batch *batch, const OmaNodeView *view)
{
  GPtrArray *children = oma_tree_given_get_children (batch->given, batch->step.uri);
  guint n = children != NULL ? children->len : 0;

  if (batch->max_depth != 0 && batch->step.depth == batch->max_depth)
    return;
  push_unreadable (batch, view);
  if (n > batch->limit)
    batch->truncated = TRUE;
  for (guint i = MIN (n, batch->limit); i > 0; i--)
    push (batch, g_ptr_array_index (children, i - 1), batch->step.depth + 1, FALSE);
}

/* The step under way needs nobody to be asked. */
static void
add_known (Batch *batch)
{
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);
  g_autoptr(OmaValue) interior = NULL;
  OmaValue *value;

  if (view == NULL)
    return;
  if (batch->step.unreadable)
    {
      add_node (batch, view, NULL);
      return;
    }
  value = oma_tree_given_get_value (batch->given, batch->step.uri);
  if (value == NULL)
    {
      interior = oma_value_new (OMA_FORMAT_NODE, NULL, "", 0);
      push_given (batch, view);
    }
  add_node (batch, view, value != NULL ? value : interior);
}

static gboolean
is_known (const Batch *batch)
{
  return batch->step.unreadable || oma_tree_given_contains (batch->given, batch->step.uri);
}

/* One level is a list of names, for which all below need not be read. */
static gboolean
can_be_given (const Batch *batch)
{
  return batch->subtree && !batch->step.singly &&
         (batch->max_depth == 0 || batch->step.depth + 1 < batch->max_depth) &&
         oma_tree_given_is_offered (oma_agent_get_tree (batch->request->agent), batch->step.uri);
}

/* What a plugin could not give, as its service is not there, is looked for node by node: some may be there, others
 * are shown as not readable. */
static gboolean
take_apart (Batch *batch)
{
  if (batch->operation.type != OMA_OPERATION_READ || batch->operation.nodes != NULL ||
      batch->operation.status == OMA_STATUS_NONE)
    return FALSE;
  push (batch, batch->step.uri, batch->step.depth, FALSE);
  g_array_index (batch->steps, Step, batch->steps->len - 1).singly = TRUE;
  return TRUE;
}

/* ---- One after the other ---- */

static void run (Batch *batch);

static void
finish (Batch *batch)
{
  OmaRequest *request = g_steal_pointer (&batch->request);

  if (batch->subtree)
    oma_request_return (request, g_variant_new ("(a(sssvb)b)", &batch->results, batch->truncated), batch->descriptors);
  else
    oma_request_return (request, g_variant_new ("(a(sussvs))", &batch->results), batch->descriptors);
  batch_free (batch);
}

/* Returns whether to go on; else the call is answered and the batch gone. */
static gboolean
take_result (Batch *batch)
{
  GError *error = NULL;

  if (take_apart (batch))
    return TRUE;
  if (batch->subtree && batch->step.depth == 0)
    error = oma_operation_dup_error (&batch->operation);
  if (error == NULL && batch->operation.status == OMA_STATUS_NONE)
    error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_OPERATION_CANCELLED, "Cancelled");
  if (error != NULL)
    {
      oma_request_return_error (g_steal_pointer (&batch->request), error);
      batch_free (batch);
      return FALSE;
    }
  if (batch->operation.nodes != NULL)
    {
      oma_tree_given_take (batch->given, batch->step.uri, batch->operation.nodes);
      add_known (batch);
    }
  else if (batch->subtree)
    add_found (batch);
  else
    add_asked (batch);
  return TRUE;
}

static void
run_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Batch *batch = user_data;

  oma_work_run_finish (batch->work, result, NULL);     /* the operation tells */
  if (take_result (batch))
    run (batch);
}

static gboolean
run_idle (gpointer user_data)
{
  run (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
take_step (Batch *batch)
{
  if (batch->steps->len == 0 || g_cancellable_is_cancelled (batch->request->cancellable))
    return FALSE;
  if (batch->subtree && batch->n_nodes == batch->limit)
    {
      batch->truncated = TRUE;
      return FALSE;
    }
  step_clear (&batch->step);
  batch->step = g_array_index (batch->steps, Step, batch->steps->len - 1);
  g_array_index (batch->steps, Step, batch->steps->len - 1).uri = NULL;
  g_array_set_size (batch->steps, batch->steps->len - 1);
  oma_operation_clear (&batch->operation);
  batch->operation = (OmaOperation) { .type = can_be_given (batch) ? OMA_OPERATION_READ : OMA_OPERATION_GET,
                                      .uri = batch->step.uri };
  return TRUE;
}

static void
run (Batch *batch)
{
  for (guint i = 0; take_step (batch); i++)
    {
      if (is_known (batch))
        add_known (batch);
      else if (!oma_work_try_run (batch->work, &batch->operation))
        {
          oma_work_run_async (batch->work, &batch->operation, batch->request->cancellable, run_cb, batch);
          return;
        }
      else if (!take_result (batch))
        return;
      if (i == SLICE)
        {
          g_idle_add (run_idle, batch);
          return;
        }
    }
  finish (batch);
}

/**
 * oma_tree_batch_get_many:
 * @request: (transfer full): a call of GetMany of org.omadm.Agent1.Tree
 *
 * Reads several nodes, whether or not some fail.
 */
void
oma_tree_batch_get_many (OmaRequest *request)
{
  g_autofree const char **uris = NULL;
  gsize n;
  g_autoptr(GVariant) list = g_variant_get_child_value (request->parameters, 0);
  Batch *batch;

  uris = g_variant_get_strv (list, &n);
  if (n > MAX_URIS)
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "At most %d nodes can be asked for", MAX_URIS);
      return;
    }
  for (gsize i = 0; i < n; i++)
    if (strchr (uris[i], '?') != NULL)
      {
        oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "The URI must have no query");
        return;
      }
  batch = batch_new (request, FALSE);
  for (gsize i = n; i > 0; i--)
    push (batch, uris[i - 1], 0, FALSE);
  run (batch);
}

/**
 * oma_tree_batch_get_subtree:
 * @request: (transfer full): a call of GetSubtree of org.omadm.Agent1.Tree
 *
 * Reads a node and what is below it.
 */
void
oma_tree_batch_get_subtree (OmaRequest *request)
{
  const char *uri;
  guint32 depth, limit;
  GError *error = NULL;
  g_autoptr(OmaNodeView) view = NULL;
  Batch *batch;

  g_variant_get (request->parameters, "(&suu)", &uri, &depth, &limit);
  if (strchr (uri, '?') != NULL)
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_INVALID_ARGS, "The URI must have no query");
      return;
    }
  view = oma_node_view_new (oma_agent_get_tree (request->agent), uri, &error);
  if (view == NULL)
    {
      oma_request_return_error (request, error);
      return;
    }
  batch = batch_new (request, TRUE);
  batch->max_depth = depth;
  batch->limit = limit == 0 ? DEFAULT_NODES : MIN (limit, MAX_NODES);
  push (batch, view->uri, 0, FALSE);
  run (batch);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-tree-batch.h"

#include "service/oma-node-view.h"
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

/* A node to read, or one that was read with a node above it. */
typedef struct {
  char     *uri;
  guint     depth;
  gboolean  given;
  gboolean  hidden;     /* given, but nobody may read it */
  OmaValue *value;      /* (nullable): of a leaf that is given */
} Step;

/* Reads nodes one after the other; for a subtree, those that an interior node names too. */
typedef struct {
  OmaRequest     *request;
  OmaWork        *work;
  OmaOperation    operation;
  GArray         *steps;        /* of Step, the next one last */
  Step            step;         /* the one under way */
  gboolean        subtree;
  gboolean        no_read;      /* the next step was read with what is below it in vain */
  guint           max_depth;
  guint           limit;
  guint           n_nodes;
  gboolean        truncated;
  gsize           size;
  GUnixFDList    *descriptors;
  GVariantBuilder results;
} Batch;

static void
step_clear (gpointer step)
{
  g_clear_pointer (&((Step *) step)->uri, g_free);
  g_clear_pointer (&((Step *) step)->value, oma_value_unref);
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
  oma_work_free (batch->work);
  g_object_unref (batch->descriptors);
  g_variant_builder_clear (&batch->results);
  g_free (batch);
}

static void
push (Batch *batch, const char *uri, guint depth)
{
  const Step step = { .uri = g_strdup (uri), .depth = depth };

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

      push (batch, uri, batch->step.depth + 1);
    }
}

/* Nobody may read these, but they are there, so nobody is asked: what was read with the node above has them not. */
static void
push_unreadable (Batch *batch, const OmaNodeView *view)
{
  const OmaSchemaNode *schema = view->lookup.schema;

  if (schema == NULL || schema->children == NULL || (batch->max_depth != 0 && batch->step.depth == batch->max_depth))
    return;
  for (guint i = schema->children->len; i > 0; i--)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i - 1);
      Step step = { .depth = batch->step.depth + 1, .given = TRUE, .hidden = TRUE };
      GString *uri;

      if ((child->access & OMA_ACCESS_GET) != 0 || !oma_schema_node_is_automatic (child) ||
          child->format == OMA_FORMAT_NODE)
        continue;
      uri = g_string_new (batch->step.uri);
      oma_uri_append_segment (uri, child->name, -1);
      step.uri = g_string_free (uri, FALSE);
      g_array_append_val (batch->steps, step);
    }
}

static void
add_given (Batch *batch)
{
  const OmaValue *value = batch->step.value;
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);
  GVariant *variant;

  if (view == NULL)
    return;
  variant = value != NULL ? take_value (batch, value, NULL) : NULL;
  batch->n_nodes++;
  g_variant_builder_add (&batch->results, "(sssvb)", batch->step.uri, oma_node_view_get_format (view),
                         get_type (view, value), variant != NULL ? variant : g_variant_new_string (""),
                         !batch->step.hidden && (value == NULL || variant != NULL));
  if (value == NULL && !batch->step.hidden)
    push_unreadable (batch, view);
}

static guint
count_segments (const char *relative)
{
  guint n = 1;

  for (const char *p = relative; *p != '\0'; p++)
    n += *p == '/';
  return n;
}

/* What was read at once comes one after the other, so that others get their turn. */
static void
push_given (Batch *batch, OmaNodeList *nodes)
{
  guint n = oma_node_list_get_length (nodes);

  for (guint i = n; i > 0; i--)
    {
      const char *relative = oma_node_list_get_uri (nodes, i - 1);
      OmaValue *value = oma_node_list_get_value (nodes, i - 1);
      Step step = { .depth = batch->step.depth, .given = TRUE };

      if (*relative != '\0')
        step.depth += count_segments (relative);
      if (batch->max_depth != 0 && step.depth > batch->max_depth)
        continue;
      step.uri = *relative != '\0' ? g_strconcat (batch->step.uri, "/", relative, NULL) : g_strdup (batch->step.uri);
      step.value = value != NULL ? oma_value_ref (value) : NULL;
      g_array_append_val (batch->steps, step);
    }
}

static void
add_found (Batch *batch)
{
  OmaValue *value = batch->operation.result;
  g_autoptr(OmaNodeView) view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);
  g_autoptr(GVariant) shown = g_variant_ref_sink (g_variant_new_string (""));
  gboolean readable = value != NULL;
  GVariant *variant;

  /* gone since its parent named it */
  if (batch->operation.status == OMA_STATUS_NOT_FOUND || view == NULL)
    return;
  batch->n_nodes++;
  if (value != NULL && oma_value_get_format (value) == OMA_FORMAT_NODE)
    push_children (batch, value);
  else if (value != NULL)
    {
      variant = take_value (batch, value, NULL);
      readable = variant != NULL;
      if (readable)
        {
          g_variant_unref (shown);
          shown = g_variant_ref_sink (variant);
        }
    }
  g_variant_builder_add (&batch->results, "(sssvb)", view->uri,
                         value != NULL ? oma_format_to_string (oma_value_get_format (value)) : oma_node_view_get_format (view),
                         get_type (view, value), shown, readable);
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

/* Whether one call of the plugin reads the node with all that is wanted below it. */
static gboolean
can_read_at_once (Batch *batch)
{
  g_autoptr(OmaNodeView) view = NULL;
  const OmaNodeOps *ops = NULL;

  if (!batch->subtree || batch->no_read || (batch->max_depth != 0 && batch->step.depth + 1 >= batch->max_depth))
    return FALSE;
  view = oma_node_view_new (oma_agent_get_tree (batch->request->agent), batch->step.uri, NULL);
  if (view != NULL && view->lookup.schema != NULL && view->lookup.mount != NULL)
    ops = oma_mount_get_ops (view->lookup.mount);
  return ops != NULL && ops->has_read != NULL &&
         ops->has_read (oma_mount_get_self (view->lookup.mount), view->lookup.schema);
}

static void
prepare (Batch *batch)
{
  oma_operation_clear (&batch->operation);
  batch->operation = (OmaOperation) { .type = can_read_at_once (batch) ? OMA_OPERATION_READ : OMA_OPERATION_GET,
                                      .uri = batch->step.uri };
}

/* Returns whether to go on; else the call is answered and the batch gone. */
static gboolean
take_result (Batch *batch)
{
  GError *error = NULL;

  batch->no_read = FALSE;
  if (batch->operation.type == OMA_OPERATION_READ && batch->operation.nodes != NULL)
    {
      push_given (batch, batch->operation.nodes);
      return TRUE;
    }
  if (batch->operation.type == OMA_OPERATION_READ && batch->operation.status != OMA_STATUS_NONE)
    {
      /* What each node says alone may be more. */
      Step again = { .uri = g_strdup (batch->step.uri), .depth = batch->step.depth };

      g_array_append_val (batch->steps, again);
      batch->no_read = TRUE;
      return TRUE;
    }

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
  if (batch->subtree)
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
  g_array_index (batch->steps, Step, batch->steps->len - 1) = (Step) { .uri = NULL };
  g_array_set_size (batch->steps, batch->steps->len - 1);
  return TRUE;
}

static void
run (Batch *batch)
{
  for (guint i = 0; take_step (batch); i++)
    {
      if (!batch->step.given)
        prepare (batch);
      if (batch->step.given)
        add_given (batch);
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
    push (batch, uris[i - 1], 0);
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
  push (batch, view->uri, 0);
  run (batch);
}

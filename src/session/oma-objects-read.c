/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-objects-private.h"

#include "base/oma-value-private.h"

#include <string.h>

/* Octets of memory that what one ClientURI names may take: more is refused with 413.  Large values are in files. */
#define MAX_HELD (64 * 1024 * 1024)
#define HELD_BY_NODE 128

/* Our reading: a cache validator is the beginning of a digest over what the server may read of the instance: of so
 * many digits. */
#define CV_LENGTH 32

typedef struct {
  OmaObjectsRun       run;
  const OmaClientUri *uri;
  GPtrArray          *nodes;      /* (element-type OmaObjectNode): what is to be read */
  guint               next;
  gboolean            whole;      /* of the next one the whole instance is read, for its validator */
  gsize               held;
  GPtrArray          *data;       /* (element-type OmaObjectData) */
  GError             *failure;    /* (nullable): of the first that could not be read */
} Read;

static void
read_clear (Read *read)
{
  oma_objects_run_clear (&read->run);
  g_clear_pointer (&read->nodes, g_ptr_array_unref);
  g_clear_pointer (&read->data, g_ptr_array_unref);
  g_clear_error (&read->failure);
}

static void
read_free (gpointer data)
{
  read_clear (data);
  g_free (data);
}

/**
 * oma_object_data_free:
 * @data: (transfer full): what was read
 */
void
oma_object_data_free (OmaObjectData *data)
{
  g_clear_pointer (&data->node, oma_object_node_free);
  g_clear_pointer (&data->nodes, oma_node_list_free);
  g_free (data->cv);
  g_free (data);
}

/* ---- The validator ---- */

static int
compare_uris (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const OmaNodeList *nodes = user_data;

  return strcmp (oma_node_list_get_uri (nodes, *(const guint *) a), oma_node_list_get_uri (nodes, *(const guint *) b));
}

static gsize
add_octets (const char *data, gsize size, gboolean last G_GNUC_UNUSED, gpointer user_data)
{
  g_checksum_update (user_data, (const guchar *) data, size);
  return size;
}

static void
add_node (GChecksum *checksum, const char *uri, const OmaValue *value)
{
  const char *type = value != NULL ? oma_value_get_type_name (value) : "";
  const guint64 header[] = {
    GUINT64_TO_LE ((guint64) (value != NULL ? oma_value_get_format (value) : OMA_FORMAT_NODE)),
    GUINT64_TO_LE ((guint64) (value != NULL ? oma_value_get_size (value) : 0)),
  };

  g_checksum_update (checksum, (const guchar *) uri, strlen (uri) + 1);
  g_checksum_update (checksum, (const guchar *) type, strlen (type) + 1);
  g_checksum_update (checksum, (const guchar *) header, sizeof header);
  if (value != NULL)
    oma_value_scan (value, add_octets, checksum);
}

/* A plugin tells its nodes in an order of its own. */
static char *
make_cv (const OmaNodeList *nodes)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr(GArray) order = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    g_array_append_val (order, i);
  g_array_sort_with_data (order, compare_uris, (gpointer) nodes);
  for (guint i = 0; i < order->len; i++)
    {
      guint index = g_array_index (order, guint, i);

      add_node (checksum, oma_node_list_get_uri (nodes, index), oma_node_list_get_value (nodes, index));
    }
  return g_strndup (g_checksum_get_string (checksum), CV_LENGTH);
}

/* ---- What was read of a node ---- */

static const OmaObjectNode *
get_next (const Read *read)
{
  return g_ptr_array_index (read->nodes, read->next);
}

static gboolean
is_root (const OmaObjectNode *node)
{
  return strcmp (node->uri, node->root) == 0;
}

/* (transfer full) (nullable): the part of what was read of the instance that is at or below the node. */
static OmaNodeList *
cut_out (const OmaNodeList *whole, const OmaObjectNode *node)
{
  g_autoptr(OmaNodeList) part = oma_node_list_new ();
  const char *start = node->uri + strlen (node->root) + 1;
  const gsize length = strlen (start);

  for (guint i = 0; i < oma_node_list_get_length (whole); i++)
    {
      const char *uri = oma_node_list_get_uri (whole, i);
      OmaValue *value = oma_node_list_get_value (whole, i);

      if (strncmp (uri, start, length) == 0 && (uri[length] == '\0' || uri[length] == '/'))
        oma_node_list_add (part, uri + length + (uri[length] == '/'), value != NULL ? oma_value_ref (value) : NULL);
    }
  return oma_node_list_get_length (part) > 0 ? g_steal_pointer (&part) : NULL;
}

static gsize
measure (const OmaNodeList *nodes)
{
  gsize size = 0;

  for (guint i = 0; i < oma_node_list_get_length (nodes); i++)
    {
      const OmaValue *value = oma_node_list_get_value (nodes, i);

      size += HELD_BY_NODE + strlen (oma_node_list_get_uri (nodes, i));
      if (value != NULL && !oma_value_is_large (value))
        size += oma_value_get_size (value);
    }
  return size;
}

/* Takes @nodes and @cv. */
static void
add_data (Read *read, OmaNodeList *nodes, char *cv)
{
  OmaObjectData *data = g_new0 (OmaObjectData, 1);

  data->node = g_steal_pointer (&g_ptr_array_index (read->nodes, read->next));
  data->not_modified = cv != NULL && g_strcmp0 (cv, read->uri->cv) == 0;
  if (is_root (data->node))
    data->cv = g_steal_pointer (&cv);
  if (data->not_modified)
    g_clear_pointer (&nodes, oma_node_list_free);
  if (nodes != NULL)
    read->held += measure (nodes);
  data->nodes = nodes;
  g_ptr_array_add (read->data, data);
  g_free (cv);
}

/* A leaf of which the plugin gives nothing is in no list. */
static OmaNodeList *
steal_nodes (Read *read)
{
  OmaNodeList *nodes = g_steal_pointer (&read->run.operation.nodes);

  if (oma_node_list_get_length (nodes) == 0)
    g_clear_pointer (&nodes, oma_node_list_free);
  return nodes;
}

/* Takes what the operation has read.  Returns: whether to go on with the next node */
static gboolean
take (Read *read)
{
  OmaOperation *operation = &read->run.operation;
  const OmaObjectNode *node = get_next (read);
  g_autoptr(OmaNodeList) whole = NULL;
  OmaNodeList *nodes;
  char *cv = NULL;

  if (operation->error != NULL && read->whole)
    read->whole = FALSE;      /* what lies above the node cannot be read: it has no validator */
  else if (operation->error != NULL)
    {
      if (read->failure == NULL)
        read->failure = g_error_copy (operation->error);
      return TRUE;
    }
  else if (read->whole)
    {
      whole = g_steal_pointer (&operation->nodes);
      cv = make_cv (whole);
      nodes = cut_out (whole, node);
      read->whole = FALSE;
      if (nodes == NULL && g_strcmp0 (cv, read->uri->cv) != 0)
        {
          g_free (cv);
          return FALSE;
        }
      add_data (read, nodes, cv);
      return TRUE;
    }
  else
    {
      nodes = steal_nodes (read);
      cv = nodes != NULL && is_root (node) ? make_cv (nodes) : NULL;
      add_data (read, nodes, cv);
      return TRUE;
    }
  return FALSE;
}

/* Of the access control object it is known already. */
static void
take_views (Read *read)
{
  for (; read->next < read->nodes->len && get_next (read)->view != NULL; read->next++)
    {
      OmaObjectNode *node = g_ptr_array_index (read->nodes, read->next);

      add_data (read, g_steal_pointer (&node->view), NULL);
    }
}

/* ---- All of it ---- */

/* Of several nodes those that cannot be read are left out. */
static gboolean
conclude (Read *read, GError **error)
{
  if (read->failure == NULL || (read->data->len > 0 && oma_client_uri_is_multiple (read->uri)))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&read->failure));
  return FALSE;
}

static void
begin (Read *read)
{
  const OmaObjectNode *node = get_next (read);

  oma_operation_clear (&read->run.operation);
  read->run.operation = (OmaOperation) {
    .type = OMA_OPERATION_READ,
    .uri = read->whole ? node->root : node->uri,
  };
}

static gboolean
needs_whole (const Read *read)
{
  return read->uri->cv != NULL && read->next < read->nodes->len && !is_root (get_next (read)) &&
         get_next (read)->view == NULL;
}

/* Takes the answer. */
static gboolean
advance (Read *read, GError **error)
{
  if (g_error_matches (read->run.operation.error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_error_copy (read->run.operation.error));
      return FALSE;
    }
  if (take (read))
    {
      read->next++;
      read->whole = needs_whole (read);
    }
  if (read->held <= MAX_HELD)
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE, "%s: it is too much to read", read->uri->text);
  return FALSE;
}

/* Reads what needs no wait.  *waits: (out): the operation of the next node has to be waited for; else all is read. */
static gboolean
read_at_once (Read *read, gboolean *waits, GError **error)
{
  *waits = FALSE;
  for (;;)
    {
      take_views (read);
      if (read->next == read->nodes->len)
        return conclude (read, error);
      begin (read);
      if (!oma_work_try_run (read->run.work, &read->run.operation))
        {
          *waits = TRUE;
          return TRUE;
        }
      if (!advance (read, error))
        return FALSE;
    }
}

static void
keep_readable (Read *read)
{
  for (guint i = read->nodes->len; i-- > 0;)
    if ((((OmaObjectNode *) g_ptr_array_index (read->nodes, i))->rights & OMA_OBJECT_RIGHT_READ) == 0)
      g_ptr_array_remove_index (read->nodes, i);
  if (read->nodes->len == 0)
    g_set_error (&read->failure, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "%s: the right to read is missing",
                 read->uri->text);
}

/* Takes what was found. */
static gboolean
take_found (Read *read, GError **error)
{
  if (read->run.operation.error != NULL)
    {
      g_propagate_error (error, g_error_copy (read->run.operation.error));
      return FALSE;
    }
  read->nodes = g_steal_pointer (&read->run.operation.objects);
  keep_readable (read);
  read->whole = needs_whole (read);
  return TRUE;
}

static void read_cb (GObject *source, GAsyncResult *result, gpointer user_data);

/* @good: nothing failed so far, else @error (transfer full) says what did. */
static void
read_on (GTask *task, gboolean good, GError *error)
{
  Read *read = g_task_get_task_data (task);
  gboolean waits = FALSE;

  if (good)
    good = read_at_once (read, &waits, &error);
  if (waits)
    {
      oma_work_run_async (read->run.work, &read->run.operation, g_task_get_cancellable (task), read_cb, task);
      return;
    }
  if (good)
    g_task_return_pointer (task, g_steal_pointer (&read->data), (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  GError *error = NULL;
  gboolean good = advance (g_task_get_task_data (user_data), &error);

  read_on (user_data, good, error);
}

static void
resolved_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  GError *error = NULL;
  gboolean good = take_found (g_task_get_task_data (user_data), &error);

  read_on (user_data, good, error);
}

static void
read_init (Read *read, OmaObjects *objects, const OmaClientUri *uri)
{
  read->uri = uri;
  read->data = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_object_data_free);
  oma_objects_run_init (&read->run, objects, FALSE);
  oma_objects_run_seek (&read->run, uri, FALSE);
}

/**
 * oma_objects_try_read:
 * @objects: the management objects of a server
 * @uri: a ClientURI
 * @data: (out) (transfer full) (element-type OmaObjectData) (nullable): what was read of each node, at least one
 * @error: return location for what oma_objects_read_finish() fails with
 *
 * Reads what @uri names at once, if that needs neither a plugin nor to wait for another unit of work.
 *
 * Returns: %TRUE when it is over: *data is %NULL if it failed; %FALSE when nothing was done and
 *   oma_objects_read_async() has to be called
 */
gboolean
oma_objects_try_read (OmaObjects *objects, const OmaClientUri *uri, GPtrArray **data, GError **error)
{
  Read read = { 0 };
  gboolean waits;

  *data = NULL;
  read_init (&read, objects, uri);
  waits = !oma_work_try_run (read.run.work, &read.run.operation);
  if (!waits && take_found (&read, error) && read_at_once (&read, &waits, error) && !waits)
    *data = g_steal_pointer (&read.data);
  read_clear (&read);
  return !waits;
}

/**
 * oma_objects_read_async:
 * @objects: the management objects of a server
 * @uri: a ClientURI; it must live until @callback is called
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Reads what @uri names: resolves it, checks the right Read, leaves out below what may not be read, and compares the
 * cache validator (DM Protocol 2.0, GET, HPUT and HPOST).  Each subtree is read in one operation.
 */
void
oma_objects_read_async (OmaObjects *objects, const OmaClientUri *uri, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Read *read = g_new0 (Read, 1);

  g_task_set_source_tag (task, oma_objects_read_async);
  g_task_set_task_data (task, read, read_free);
  read_init (read, objects, uri);
  if (oma_work_try_run (read->run.work, &read->run.operation))
    resolved_cb (NULL, NULL, task);
  else
    oma_work_run_async (read->run.work, &read->run.operation, cancellable, resolved_cb, task);
}

/**
 * oma_objects_read_finish:
 * @objects: the management objects of a server
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ERROR: as oma_objects_resolve_finish(); %OMA_STATUS_FORBIDDEN without the right
 *   to read, %OMA_STATUS_ENTITY_TOO_LARGE when it is too much, what a node that cannot be read is answered with
 *
 * Returns: (transfer full) (element-type OmaObjectData): what was read of each node, at least one
 */
GPtrArray *
oma_objects_read_finish (OmaObjects *objects G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-objects-private.h"

#include "codec/oma-dm2-package.h"

/**
 * oma_object_node_free:
 * @node: (transfer full) (nullable): a node
 */
void
oma_object_node_free (OmaObjectNode *node)
{
  if (node == NULL)
    return;
  g_free (node->uri);
  g_free (node->client_uri);
  g_free (node->root);
  g_free (node->moid);
  g_free (node->miid);
  g_free (node->name);
  g_clear_pointer (&node->acl, oma_acl_unref);
  g_clear_pointer (&node->view, oma_node_list_free);
  g_free (node->about);
  g_free (node);
}

/**
 * oma_objects_new:
 * @executor: the door to the tree; it must outlive the objects and what is under way of them
 * @server_id: identifier of the server in whose name all is done, copied
 * @moids: (nullable) (array zero-terminated=1): the identifiers for which the server was provisioned, copied; it sees no
 *   others (DM Protocol 2.0, package 1).  %NULL: any
 *
 * Returns: (transfer full): the management objects as the server sees them
 */
OmaObjects *
oma_objects_new (OmaExecutor *executor, const char *server_id, const char *const *moids)
{
  OmaObjects *objects = g_new0 (OmaObjects, 1);

  objects->ref_count = 1;
  objects->executor = executor;
  objects->server_id = g_strdup (server_id);
  objects->principal = (OmaPrincipal) { OMA_PRINCIPAL_SERVER, objects->server_id };
  objects->moids = g_strdupv ((char **) moids);
  return objects;
}

/* Internal: (transfer full): the same. */
OmaObjects *
oma_objects_ref (OmaObjects *objects)
{
  objects->ref_count++;
  return objects;
}

/* Internal: gives a reference back. */
void
oma_objects_unref (OmaObjects *objects)
{
  if (--objects->ref_count > 0)
    return;
  g_free (objects->server_id);
  g_strfreev (objects->moids);
  g_free (objects);
}

/**
 * oma_objects_free:
 * @objects: (transfer full): objects; what is under way is not ended by it
 */
void
oma_objects_free (OmaObjects *objects)
{
  oma_objects_unref (objects);
}

/**
 * oma_objects_set_work:
 * @objects: objects
 * @work: (nullable): the unit of work that list, resolve and read go through, so that they see what it has not committed
 *   yet and do not wait for it; %NULL, as at first: each has its own.  It must live until another one is set
 */
void
oma_objects_set_work (OmaObjects *objects, OmaWork *work)
{
  objects->work = work;
}

/**
 * oma_objects_set_note:
 * @objects: objects
 * @id: what oma_work_set_note() keeps with the commit of put; 0, as at first: nothing
 * @count: the same
 */
void
oma_objects_set_note (OmaObjects *objects, gint64 id, guint count)
{
  objects->note_id = id;
  objects->note_count = count;
}

/**
 * oma_objects_set_spool_func:
 * @objects: objects
 * @func: (nullable): makes the files of large values; without it those of format bin are decoded in memory
 * @user_data: for @func
 */
void
oma_objects_set_spool_func (OmaObjects *objects, OmaSpoolFunc func, gpointer user_data)
{
  objects->spool = func;
  objects->spool_data = user_data;
}

/* ---- What all tasks do ---- */

/* Internal: *run becomes one that has done nothing.  @own_work: it has a unit of work of its own in any case. */
void
oma_objects_run_init (OmaObjectsRun *run, OmaObjects *objects, gboolean own_work)
{
  run->objects = oma_objects_ref (objects);
  run->owns_work = own_work || objects->work == NULL;
  run->work = run->owns_work ? oma_work_new (objects->executor, &objects->principal) : objects->work;
}

/* Internal: gives up what was not committed. */
void
oma_objects_run_clear (OmaObjectsRun *run)
{
  if (run->owns_work)
    g_clear_pointer (&run->work, oma_work_free);
  oma_operation_clear (&run->operation);
  g_clear_pointer (&run->objects, oma_objects_unref);
}

/* Internal: makes the operation the one that resolves @uri, %NULL: that finds all instances. */
void
oma_objects_run_seek (OmaObjectsRun *run, const OmaClientUri *uri, gboolean for_creation)
{
  oma_operation_clear (&run->operation);
  run->query = (OmaObjectQuery) {
    .uri = uri,
    .moids = (const char *const *) run->objects->moids,
    .for_creation = for_creation,
  };
  run->operation = (OmaOperation) {
    .type = OMA_OPERATION_FIND,
    .uri = uri != NULL ? uri->text : "management objects",
    .query = &run->query,
  };
}

/* Internal: ends the task with the error of the operation. */
void
oma_objects_run_fail (OmaObjectsRun *run, GTask *task)
{
  g_task_return_error (task, g_error_copy (run->operation.error));
}

static void
run_free (gpointer data)
{
  oma_objects_run_clear (data);
  g_free (data);
}

/* Begins a task that only seeks.  @sought: takes what was found, and the task. */
static void
seek (OmaObjects *objects, const OmaClientUri *uri, gboolean for_creation, GTask *task, void (*sought) (GTask *task),
      GAsyncReadyCallback sought_cb)
{
  OmaObjectsRun *run = g_new0 (OmaObjectsRun, 1);

  g_task_set_task_data (task, run, run_free);
  oma_objects_run_init (run, objects, FALSE);
  oma_objects_run_seek (run, uri, for_creation);
  if (oma_work_try_run (run->work, &run->operation))
    sought (task);
  else
    oma_work_run_async (run->work, &run->operation, g_task_get_cancellable (task), sought_cb, task);
}

/* ---- MOS ---- */

static void
end_miids (gpointer key G_GNUC_UNUSED, gpointer value, gpointer user_data G_GNUC_UNUSED)
{
  g_ptr_array_add (value, NULL);
}

/* (transfer full): the instances by their objects, in the order of the tree. */
static GPtrArray *
make_list (const GPtrArray *roots)
{
  g_autoptr(GHashTable) miids = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_dm2_object_free);

  for (guint i = 0; i < roots->len; i++)
    {
      const OmaObjectNode *root = g_ptr_array_index (roots, i);
      GPtrArray *of_object = g_hash_table_lookup (miids, root->moid);

      if (of_object == NULL)
        {
          OmaDm2Object *object = g_new0 (OmaDm2Object, 1);

          object->moid = g_strdup (root->moid);
          g_ptr_array_add (list, object);
          of_object = g_ptr_array_new ();
          g_hash_table_insert (miids, object->moid, of_object);
        }
      g_ptr_array_add (of_object, root->miid);
    }
  g_hash_table_foreach (miids, end_miids, NULL);
  for (guint i = 0; i < list->len; i++)
    {
      OmaDm2Object *object = g_ptr_array_index (list, i);
      GPtrArray *of_object = g_hash_table_lookup (miids, object->moid);

      object->miids = g_strdupv ((char **) of_object->pdata);
    }
  return list;
}

static void
listed (GTask *task)
{
  OmaObjectsRun *run = g_task_get_task_data (task);

  if (run->operation.error != NULL)
    oma_objects_run_fail (run, task);
  else
    g_task_return_pointer (task, make_list (run->operation.objects), (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
listed_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  listed (user_data);
}

/**
 * oma_objects_list_async:
 * @objects: the management objects of a server
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Finds the instances on which the server has any right, by their objects: what package 1 tells it as MOS (DM Protocol
 * 2.0, package 1).  A plugin that fails is left out.
 */
void
oma_objects_list_async (OmaObjects *objects, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, oma_objects_list_async);
  seek (objects, NULL, FALSE, task, listed, listed_cb);
}

/**
 * oma_objects_list_finish:
 * @objects: the management objects of a server
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type OmaDm2Object): the objects, without the URLs of their DDFs
 */
GPtrArray *
oma_objects_list_finish (OmaObjects *objects G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Nodes ---- */

static void
resolved (GTask *task)
{
  OmaObjectsRun *run = g_task_get_task_data (task);

  if (run->operation.error != NULL)
    oma_objects_run_fail (run, task);
  else
    g_task_return_pointer (task, g_steal_pointer (&run->operation.objects), (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

static void
resolved_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  resolved (user_data);
}

/**
 * oma_objects_try_resolve:
 * @objects: the management objects of a server
 * @uri: a ClientURI
 * @for_creation: as in oma_objects_resolve_async()
 * @nodes: (out) (transfer full) (element-type OmaObjectNode) (nullable): the nodes, at least one
 * @error: return location for what oma_objects_resolve_finish() fails with
 *
 * Finds the nodes that @uri names at once, if that needs neither a plugin nor to wait for another unit of work.
 *
 * Returns: %TRUE when it is over: *nodes is %NULL if it failed; %FALSE when nothing was done and
 *   oma_objects_resolve_async() has to be called
 */
gboolean
oma_objects_try_resolve (OmaObjects *objects, const OmaClientUri *uri, gboolean for_creation, GPtrArray **nodes,
                         GError **error)
{
  OmaObjectsRun run = { 0 };
  gboolean done;

  oma_objects_run_init (&run, objects, FALSE);
  oma_objects_run_seek (&run, uri, for_creation);
  done = oma_work_try_run (run.work, &run.operation);
  *nodes = done && run.operation.error == NULL ? g_steal_pointer (&run.operation.objects) : NULL;
  if (done && *nodes == NULL)
    g_propagate_error (error, g_steal_pointer (&run.operation.error));
  oma_objects_run_clear (&run);
  return done;
}

/**
 * oma_objects_resolve_async:
 * @objects: the management objects of a server
 * @uri: a ClientURI; it must live until @callback is called
 * @for_creation: the last segment, or the instance, need not be there when it is a name
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Finds the nodes that @uri names (DM Protocol 2.0, addressing).  What the server may do there is not looked at, but
 * for what it can see, see oma-operation-objects.c.
 */
void
oma_objects_resolve_async (OmaObjects *objects, const OmaClientUri *uri, gboolean for_creation,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, oma_objects_resolve_async);
  seek (objects, uri, for_creation, task, resolved, resolved_cb);
}

/**
 * oma_objects_resolve_finish:
 * @objects: the management objects of a server
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ERROR: %OMA_STATUS_NOT_FOUND when no node is named,
 *   %OMA_STATUS_ENTITY_TOO_LARGE when too many are, what a plugin failed with, %OMA_STATUS_RETRY_LATER; or for
 *   %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (element-type OmaObjectNode): the nodes, at least one
 */
GPtrArray *
oma_objects_resolve_finish (OmaObjects *objects G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dm2-session-private.h"

#include "session/oma-batch.h"

/* GET, DELETE and EXEC: what works on the tree alone.  What needs no wait is done at once; of so many commands one lets
 * the main loop run. */
#define COMMANDS_AT_ONCE 32

static gboolean
is_turn_of_others (const OmaDm2Run *run)
{
  return run->next % COMMANDS_AT_ONCE == COMMANDS_AT_ONCE - 1;
}

/* Internal: reads the ClientURIs of the command that runs.  Returns: %FALSE when one is none: the command is
 * answered. */
gboolean
oma_dm2_run_parse_uris (OmaDm2Run *run)
{
  const OmaDm2Command *command = oma_dm2_run_peek_command (run);

  run->uris = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_client_uri_free);
  for (guint i = 0; command->client_uris != NULL && command->client_uris[i] != NULL; i++)
    {
      g_autoptr(GError) error = NULL;
      OmaClientUri *uri = oma_client_uri_parse (command->client_uris[i], &error);

      if (uri == NULL)
        {
          oma_dm2_run_fail (run, error);
          return FALSE;
        }
      g_ptr_array_add (run->uris, uri);
    }
  return TRUE;
}

/* ---- Reading ---- */

static void read_next (GTask *task);

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) data = oma_objects_read_finish (session->objects, result, &error);

  if (oma_dm2_run_stop (task))
    return;
  if (data == NULL)
    {
      oma_dm2_run_fail (run, error);
      oma_dm2_run_go_on (task);
      return;
    }
  g_ptr_array_extend_and_steal (run->data, g_steal_pointer (&data));
  run->parameter++;
  read_next (task);
}

static void
read_next (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  if (run->parameter < run->uris->len)
    oma_objects_read_async (session->objects, g_ptr_array_index (run->uris, run->parameter),
                            g_task_get_cancellable (task), read_cb, task);
  else
    run->read_func (task);
}

static void
read_all (GTask *task, OmaDm2ReadFunc func)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  run->data = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_object_data_free);
  run->parameter = 0;
  run->read_func = func;
  read_next (task);
}

/* Internal: reads all that the command that runs names into run->data, then calls @func.  If one ClientURI of several
 * cannot be read the command fails as a whole: it has one status. */
gboolean
oma_dm2_run_read (GTask *task, OmaDm2ReadFunc func)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!oma_dm2_run_parse_uris (session->run))
    return FALSE;
  read_all (task, func);
  return TRUE;
}

/* ---- GET ---- */

/* Our reading: a leaf that is empty has no value. */
static gboolean
has_no_value (const OmaObjectData *data)
{
  OmaValue *value;

  if (data->nodes == NULL)
    return TRUE;
  value = oma_node_list_get_length (data->nodes) == 1 ? oma_node_list_get_value (data->nodes, 0) : NULL;
  return value != NULL && oma_value_get_size (value) == 0;
}

/* Internal: what is to be told of @data (element-type OmaObjectData) without any of them, or %OMA_STATUS_OK. */
OmaStatus
oma_dm2_run_judge_data (const GPtrArray *data)
{
  guint n_known = 0, n_empty = 0;

  for (guint i = 0; i < data->len; i++)
    {
      const OmaObjectData *item = g_ptr_array_index (data, i);

      if (item->not_modified)
        n_known++;
      else if (has_no_value (item))
        n_empty++;
    }
  if (n_known == data->len)
    return OMA_STATUS_NOT_MODIFIED;
  return n_known + n_empty == data->len ? OMA_STATUS_NO_CONTENT : OMA_STATUS_OK;
}

static void
answer_get (OmaDm2Run *run)
{
  OmaStatus status = oma_dm2_run_judge_data (run->data);
  gsize room = OMA_BATCH_MAX_HELD - MIN (run->held, OMA_BATCH_MAX_HELD);
  g_autoptr(GError) error = NULL;
  GBytes *text;

  if (status != OMA_STATUS_OK)
    {
      oma_dm2_run_answer (run, status, NULL);
      return;
    }
  text = oma_dm2_media_write (oma_dm2_media_get_default (), run->data, room, &error);
  if (text == NULL)
    {
      oma_dm2_run_fail (run, error);
      return;
    }
  run->held += g_bytes_get_size (text);
  oma_dm2_run_peek_outcome (run, run->next)->answer.mo_data = text;
  oma_dm2_run_answer (run, OMA_STATUS_OK, NULL);
}

static void
get_cb (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  answer_get (session->run);
  oma_dm2_run_go_on (task);
}

/* Returns: whether the command is answered; if something has to be waited for nothing was done. */
static gboolean
try_get (OmaDm2Session *session)
{
  OmaDm2Run *run = session->run;

  for (guint i = 0; i < run->uris->len; i++)
    {
      g_autoptr(GError) error = NULL;
      GPtrArray *data;

      if (!oma_objects_try_read (session->objects, g_ptr_array_index (run->uris, i), &data, &error))
        {
          g_clear_pointer (&run->data, g_ptr_array_unref);
          return FALSE;
        }
      if (data == NULL)
        {
          oma_dm2_run_fail (run, error);
          return TRUE;
        }
      if (run->data == NULL)
        run->data = data;
      else
        g_ptr_array_extend_and_steal (run->data, data);
    }
  answer_get (run);
  return TRUE;
}

/* Internal: GET: data go along with the status. */
gboolean
oma_dm2_run_get (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);

  if (!oma_dm2_run_parse_uris (session->run) || (!is_turn_of_others (session->run) && try_get (session)))
    return FALSE;
  read_all (task, get_cb);
  return TRUE;
}

/* ---- DELETE and EXEC ---- */

static void
take_operation (OmaDm2Run *run)
{
  OmaOperation *operation = &run->operation;
  OmaDm2Outcome *outcome = oma_dm2_run_peek_outcome (run, run->next);
  gboolean success = oma_status_is_success (operation->status);
  g_autoptr(GError) error = g_steal_pointer (&operation->error);

  /* What an EXEC did cannot be undone, unless it was only rehearsed. */
  outcome->executed = success && operation->type == OMA_OPERATION_EXEC && !oma_dm2_run_is_rehearsal (run);
  outcome->changed = success && !outcome->executed;
  oma_dm2_run_answer (run, oma_dm2_status_from_status (operation->status), error != NULL ? error->message : NULL);
  oma_operation_clear (operation);
}

static void
operation_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;

  if (!oma_work_run_finish (session->run->work, result, &error) && session->run->operation.status == OMA_STATUS_NONE)
    session->run->operation.status = oma_status_from_error (error);
  if (oma_dm2_run_stop (task))
    return;
  take_operation (session->run);
  oma_dm2_run_go_on (task);
}

/* DELETE and EXEC are for one node.  Our reading: several are a conflict. */
static gboolean
check_node (OmaDm2Run *run, const GPtrArray *nodes, OmaObjectRights right)
{
  if (nodes->len > 1)
    {
      oma_dm2_run_answer (run, OMA_STATUS_CONFLICT, "The ClientURI names several nodes");
      return FALSE;
    }
  if ((((const OmaObjectNode *) g_ptr_array_index (nodes, 0))->rights & right) != 0)
    return TRUE;
  oma_dm2_run_answer (run, OMA_STATUS_FORBIDDEN, "The server has not this right on the object");
  return FALSE;
}

/* Returns: whether a callback goes on with the run; else the command is answered. */
static gboolean
run_operation (GTask *task)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  run->operation.uri = run->node->uri;
  run->operation.id = run->next;
  if (!oma_work_try_run (run->work, &run->operation))
    {
      oma_work_run_async (run->work, &run->operation, g_task_get_cancellable (task), operation_cb, task);
      return TRUE;
    }
  take_operation (run);
  return FALSE;
}

/* @nodes: (nullable): what the ClientURI names, else @error says why not.  Returns: as run_operation() */
static gboolean
take_nodes (GTask *task, GPtrArray *nodes, const GError *error)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;

  if (nodes == NULL)
    oma_dm2_run_fail (run, error);
  else if (check_node (run, nodes, run->operation.type == OMA_OPERATION_EXEC ? OMA_OBJECT_RIGHT_EXECUTE
                                                                             : OMA_OBJECT_RIGHT_WRITE))
    {
      run->node = g_ptr_array_steal_index (nodes, 0);
      return run_operation (task);
    }
  return FALSE;
}

static void
resolved_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaDm2Session *session = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) nodes = oma_objects_resolve_finish (session->objects, result, &error);

  if (!oma_dm2_run_stop (task) && !take_nodes (task, nodes, error))
    oma_dm2_run_go_on (task);
}

/* Internal: DELETE or EXEC.  The address of an EXEC's report is judged when it is used. */
gboolean
oma_dm2_run_write (GTask *task, OmaOperationType type)
{
  OmaDm2Session *session = g_task_get_task_data (task);
  OmaDm2Run *run = session->run;
  g_autoptr(GPtrArray) nodes = NULL;
  g_autoptr(GError) error = NULL;

  if (!oma_dm2_run_parse_uris (run))
    return FALSE;
  run->operation = (OmaOperation) {
    .type = type,
    .report_uri = type == OMA_OPERATION_EXEC ? oma_dm2_run_peek_command (run)->server_uri : NULL,
  };
  if (!is_turn_of_others (run) &&
      oma_objects_try_resolve (session->objects, g_ptr_array_index (run->uris, 0), FALSE, &nodes, &error))
    return take_nodes (task, nodes, error);
  oma_objects_resolve_async (session->objects, g_ptr_array_index (run->uris, 0), FALSE, g_task_get_cancellable (task),
                             resolved_cb, task);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-executor.h"

#include "session/oma-job.h"

/* It runs as an operation does; its rules know it by the first member. */
typedef struct {
  OmaOperation  operation;
  char         *server_id;
} Forget;

static void
forget_free (Forget *forget)
{
  oma_operation_clear (&forget->operation);
  g_free (forget->server_id);
  g_free (forget);
}

static gboolean
run_forget (OmaJob *job, GError **error)
{
  const Forget *forget = (const Forget *) job->operation;

  oma_job_begin_write (job);
  return oma_job_lock (job, OMA_LOCK_EVERYTHING, OMA_LOCK_WRITE) &&
         oma_change_forget_server (job->work->change, forget->server_id, error);
}

/**
 * oma_work_forget_server_async:
 * @work: a unit of work in which nothing is under way, in the device's name
 * @server_id: DMAcc ServerID of an account that goes
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Takes the server out of every ACL as part of the unit of work (DM Tree and Description 1.2,
 * section 8.3.7.1.4).
 */
void
oma_work_forget_server_async (OmaWork *work, const char *server_id, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Forget *forget = g_new0 (Forget, 1);

  g_return_if_fail (work->job == NULL && work->rights.principal.kind == OMA_PRINCIPAL_DEVICE);

  g_task_set_source_tag (task, oma_work_forget_server_async);
  forget->operation.type = OMA_OPERATION_REPLACE;
  forget->operation.uri = ".";
  forget->server_id = g_strdup (server_id);
  g_task_set_task_data (task, forget, (GDestroyNotify) forget_free);
  work->job = oma_job_new (work, &forget->operation, run_forget, task);
  oma_job_start (work->job);
}

/**
 * oma_work_forget_server_finish:
 * @work: a unit of work
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_RETRY_LATER when another unit of work writes for
 *   too long
 */
gboolean
oma_work_forget_server_finish (OmaWork *work G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

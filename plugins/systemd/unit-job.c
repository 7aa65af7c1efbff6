/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "unit-name.h"

#include <string.h>

/* Jobs of systemd: begun by a method that answers with the job's path, over when JobRemoved says how.  The signal
 * may come before the answer.  systemd that executes itself again has no connection to the bus for a moment, and
 * the signal may be lost: then it is asked. */

typedef struct {
  Systemd *self;
  char    *method;
  char    *unit;
  char    *path;             /* (nullable): of the job */
  GSource *cancel;           /* (nullable) */
} Job;

static void
job_free (Job *job)
{
  systemd_unref (job->self);
  g_free (job->method);
  g_free (job->unit);
  g_free (job->path);
  g_clear_pointer (&job->cancel, g_source_unref);
  g_free (job);
}

/**
 * unit_jobs_init:
 * @self: the plugin
 *
 * Nothing is waited for yet.
 */
void
unit_jobs_init (Systemd *self)
{
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* Ends the wait; the caller holds a reference to the task. */
static void
forget (GTask *task)
{
  Job *job = g_task_get_task_data (task);

  if (job->cancel != NULL)
    {
      g_source_destroy (job->cancel);
      g_clear_pointer (&job->cancel, g_source_unref);
    }
  if (job->path != NULL)
    g_hash_table_remove (job->self->jobs, job->path);
}

/**
 * unit_jobs_stop:
 * @self: the plugin
 *
 * Nobody waits any more.
 */
void
unit_jobs_stop (Systemd *self)
{
  g_autoptr(GList) tasks = g_hash_table_get_values (self->jobs);

  for (GList *item = tasks; item != NULL; item = item->next)
    {
      g_autoptr(GTask) task = g_object_ref (item->data);

      forget (task);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The daemon ends");
    }
}

/**
 * unit_jobs_clear:
 * @self: the plugin
 */
void
unit_jobs_clear (Systemd *self)
{
  g_hash_table_unref (self->jobs);
  g_hash_table_unref (self->results);
}

/* As the field calls them, for people. */
static const char *
describe_verb (const char *method)
{
  static const struct {
    const char *method;
    const char *verb;
  } verbs[] = {
    { "StartUnit", "start" }, { "StopUnit", "stop" }, { "RestartUnit", "restart" }, { "ReloadUnit", "reload" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (method, verbs[i].method) == 0)
      return verbs[i].verb;
  return method;
}

static void
finish_job (GTask *waiting, const char *result)
{
  g_autoptr(GTask) task = g_object_ref (waiting);
  Job *job = g_task_get_task_data (task);

  forget (task);
  if (strcmp (result, "done") == 0)
    g_task_return_boolean (task, TRUE);
  else if (strcmp (result, "unsupported") == 0)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED,
                             "%s: this kind of unit is not supported here", job->unit);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s: the %s ended with '%s'", job->unit,
                             describe_verb (job->method), result);
}

static gboolean
cancelled_cb (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr(GTask) task = g_object_ref (user_data);

  forget (task);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nobody waits for the job any more");
  return G_SOURCE_REMOVE;
}

static void
wait_for (Systemd *self, GTask *task, const char *path)
{
  Job *job = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  const char *result = g_hash_table_lookup (self->results, path);

  if (result != NULL)
    {
      g_autofree char *copy = g_strdup (result);

      finish_job (task, copy);
      return;
    }
  job->path = g_strdup (path);
  g_hash_table_insert (self->jobs, g_strdup (path), g_object_ref (task));
  if (cancellable == NULL)
    return;
  job->cancel = g_cancellable_source_new (cancellable);
  g_source_set_callback (job->cancel, G_SOURCE_FUNC (cancelled_cb), task, NULL);
  g_source_attach (job->cancel, NULL);
}

static void
begun_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Job *job = g_task_get_task_data (task);
  Systemd *self = job->self;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  const char *path;

  if (answer == NULL)
    g_task_return_error (task, systemd_take_error (result, error));
  else
    {
      g_variant_get (answer, "(&o)", &path);
      wait_for (self, task, path);
    }
  if (--self->starting == 0)
    g_hash_table_remove_all (self->results);
}

/**
 * unit_job_run_async:
 * @self: the plugin
 * @method: StartUnit, StopUnit, RestartUnit or ReloadUnit of systemd's manager
 * @unit: the unit
 * @cancellable: (nullable): ends the wait, not the job
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Has systemd do it, and waits for its end.
 */
void
unit_job_run_async (Systemd *self, const char *method, const char *unit, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self->host, cancellable, callback, user_data);
  Job *job = g_new0 (Job, 1);

  job->self = systemd_ref (self);
  job->method = g_strdup (method);
  job->unit = g_strdup (unit);
  g_task_set_source_tag (task, unit_job_run_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  self->starting++;
  oma_plugin_host_call_async (self->host, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method,
                              g_variant_new ("(ss)", unit, "replace"), G_VARIANT_TYPE ("(o)"), cancellable, begun_cb,
                              task);
}

/**
 * unit_job_run_finish:
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: whether systemd says that it is done
 */
gboolean
unit_job_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * unit_jobs_removed:
 * @self: the plugin
 * @parameters: of the signal JobRemoved
 *
 * A job ended.
 */
void
unit_jobs_removed (Systemd *self, GVariant *parameters)
{
  const char *path, *result;
  GTask *task;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uoss)")))
    return;
  g_variant_get (parameters, "(u&o&s&s)", NULL, &path, NULL, &result);
  task = g_hash_table_lookup (self->jobs, path);
  if (task != NULL)
    finish_job (task, result);
  else if (self->starting > 0)
    g_hash_table_insert (self->results, g_strdup (path), g_strdup (result));
}

/* ---- What was not heard ---- */

/* The job is over: the unit tells what became of it. */
static void
unit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Job *job = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);
  g_autoptr(GVariant) boxed = NULL;
  const char *state;

  if (g_task_get_completed (task) || job->path == NULL || !g_hash_table_contains (job->self->jobs, job->path))
    return;
  if (answer == NULL)
    {
      finish_job (task, "unknown");
      return;
    }
  g_variant_get (answer, "(v)", &boxed);
  state = g_variant_is_of_type (boxed, G_VARIANT_TYPE_STRING) ? g_variant_get_string (boxed, NULL) : "";
  finish_job (task, strcmp (state, "failed") == 0 ? "failed" : "done");
}

static void
job_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Job *job = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);
  g_autofree char *path = NULL;

  if (answer != NULL || g_task_get_completed (task) ||
      g_strcmp0 (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result),
                 "org.freedesktop.DBus.Error.UnknownObject") != 0)
    return;
  path = unit_name_to_path (job->unit);
  oma_plugin_host_call_async (OMA_PLUGIN_HOST (source), SYSTEMD_NAME, path, PROPERTIES_INTERFACE, "Get",
                              g_variant_new ("(ss)", "org.freedesktop.systemd1.Unit", "ActiveState"),
                              G_VARIANT_TYPE ("(v)"), g_task_get_cancellable (task), unit_cb, g_object_ref (task));
}

/**
 * unit_jobs_check:
 * @self: the plugin
 *
 * systemd was away: asks whether the jobs that are waited for are still there.
 */
void
unit_jobs_check (Systemd *self)
{
  GHashTableIter iter;
  gpointer path, task;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, &path, &task))
    oma_plugin_host_call_async (self->host, SYSTEMD_NAME, path, PROPERTIES_INTERFACE, "Get",
                                g_variant_new ("(ss)", "org.freedesktop.systemd1.Job", "State"),
                                G_VARIANT_TYPE ("(v)"), g_task_get_cancellable (task), job_cb, g_object_ref (task));
}

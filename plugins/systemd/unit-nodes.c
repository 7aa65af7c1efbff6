/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "systemd-plugin.h"

#include "unit-name.h"
#include "unit-state.h"

#include <string.h>

/* ./Vendor/Omadm/Services: what is there to read of units, and what can be done to those of the administrator's
 * list. */

static char **
dup_names (GHashTable *table)
{
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr(GList) units = unit_table_list (table);

  for (GList *item = units; item != NULL; item = item->next)
    g_strv_builder_add (names, ((const UnitState *) item->data)->name);
  return g_strv_builder_end (names);
}

static void
names_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GHashTable) table = unit_query_finish (result, &error);

  if (table == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, dup_names (table), (GDestroyNotify) g_strfreev);
}

void
units_list (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  unit_query_async (self, NULL, FALSE, g_task_get_cancellable (task), names_cb, g_object_ref (task));
}

static void
exists_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GHashTable) table = unit_query_finish (result, &error);

  if (table == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, g_hash_table_size (table) > 0);
}

void
units_exists (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, const char *name, GTask *task)
{
  if (unit_name_is_shown (name))
    unit_query_async (self, name, FALSE, g_task_get_cancellable (task), exists_cb, g_object_ref (task));
  else
    g_task_return_boolean (task, FALSE);
}

static void
read_all_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GHashTable) table = unit_query_finish (result, &error);
  g_autoptr(OmaNodeList) nodes = oma_node_list_new ();
  g_autoptr(GList) units = NULL;

  if (table == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  oma_node_list_add (nodes, "", NULL);
  units = unit_table_list (table);
  for (GList *item = units; item != NULL; item = item->next)
    {
      const UnitState *state = item->data;
      g_autofree char *base = systemd_escape (state->name);

      oma_node_list_add (nodes, base, NULL);
      unit_state_add_nodes (state, base, nodes);
    }
  g_task_return_pointer (task, g_steal_pointer (&nodes), (GDestroyNotify) oma_node_list_free);
}

void
units_read (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  unit_query_async (self, NULL, TRUE, g_task_get_cancellable (task), read_all_cb, g_object_ref (task));
}

/* ---- One unit ---- */

/* All nodes of the unit that was asked for, or %NULL with an error. */
static OmaNodeList *
take_unit (GAsyncResult *result, GTask *task, GError **error)
{
  g_autoptr(GHashTable) table = unit_query_finish (result, error);
  const char *unit = g_task_get_task_data (task);
  const UnitState *state = table != NULL ? g_hash_table_lookup (table, unit) : NULL;
  OmaNodeList *nodes;

  if (table == NULL)
    return NULL;
  if (state == NULL)
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no unit %s", unit);
      return NULL;
    }
  nodes = oma_node_list_new ();
  oma_node_list_add (nodes, "", NULL);
  unit_state_add_nodes (state, "", nodes);
  return nodes;
}

static void
ask_unit (Systemd *self, const OmaNodeRef *node, GTask *task, GAsyncReadyCallback callback)
{
  const char *unit = oma_node_ref_get_capture (node, 0);

  g_task_set_task_data (task, g_strdup (unit), g_free);
  g_object_set_data_full (G_OBJECT (task), "below", systemd_dup_below (node), g_free);
  unit_query_async (self, unit, TRUE, g_task_get_cancellable (task), callback, g_object_ref (task));
}

static void
read_unit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  OmaNodeList *nodes = take_unit (result, task, &error);

  systemd_return_nodes (task, nodes, error);
}

void
unit_read (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_unit (self, node, task, read_unit_cb);
}

/* The children of the unit, or of what is below it. */
static void
list_unit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(OmaNodeList) nodes = take_unit (result, task, &error);

  systemd_return_names (task, nodes, g_object_get_data (G_OBJECT (task), "below"), error);
}

void
unit_list (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_unit (self, node, task, list_unit_cb);
}

static void
get_unit_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(OmaNodeList) nodes = take_unit (result, task, &error);

  systemd_return_value (task, nodes, g_object_get_data (G_OBJECT (task), "below"), error);
}

void
unit_get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  ask_unit (self, node, task, get_unit_cb);
}

/* ---- Jobs ---- */

static void
ran_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  unit_job_run_finish (result, &error);
  systemd_return_ok (task, error);
}

/**
 * unit_run:
 * @self: the plugin
 * @method: a method of systemd's manager that makes a job
 * @unit: the unit
 * @task: of an operation; returns when the job is over
 *
 * Does it, if the unit is on the administrator's list.
 */
void
unit_run (Systemd *self, const char *method, const char *unit, GTask *task)
{
  if (systemd_check_allowed (unit, task))
    unit_job_run_async (self, method, unit, g_task_get_cancellable (task), ran_cb, g_object_ref (task));
}

/* A start that fails, or is stopped before its end, leaves the unit failed, which it may not have been before: what
 * is not done leaves nothing. */
typedef struct {
  Systemd  *self;
  GTask    *task;
  char     *unit;
  gboolean  run;
  gboolean  had_failed;
  gboolean  was_starting;
  GError   *error;
} StateChange;

static void
state_change_end (StateChange *change)
{
  systemd_return_ok (change->task, change->error);
  systemd_unref (change->self);
  g_object_unref (change->task);
  g_free (change->unit);
  g_free (change);
}

static void
reset_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StateChange *change = user_data;
  g_autoptr(GVariant) answer G_GNUC_UNUSED = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);

  state_change_end (change);
}

static void
state_changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  StateChange *change = user_data;

  gboolean done = unit_job_run_finish (result, &change->error);
  gboolean leaves = change->run ? !done && !change->had_failed : done && change->was_starting;

  if (!leaves || g_error_matches (change->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    state_change_end (change);
  else
    oma_plugin_host_call_async (OMA_PLUGIN_HOST (source), SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                "ResetFailedUnit", g_variant_new ("(s)", change->unit), NULL,
                                g_task_get_cancellable (change->task), reset_cb, change);
}

static void
state_known_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  StateChange *change = user_data;
  g_autoptr(GHashTable) table = unit_query_finish (result, &change->error);
  const UnitState *state = table != NULL ? g_hash_table_lookup (table, change->unit) : NULL;

  if (table == NULL || (state != NULL && unit_state_is_running (state) == change->run &&
                        g_strcmp0 (state->active_state, "activating") != 0))
    {
      state_change_end (change);
      return;
    }
  change->was_starting = state != NULL && g_strcmp0 (state->active_state, "activating") == 0;
  change->had_failed = state != NULL && g_strcmp0 (state->active_state, "failed") == 0;
  unit_job_run_async (change->self, change->run ? "StartUnit" : "StopUnit", change->unit,
                      g_task_get_cancellable (change->task), state_changed_cb, change);
}

void
unit_replace_state (gpointer self, const OmaNodeRef *node, OmaValue *value,
                    OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  const char *unit = oma_node_ref_get_capture (node, 0);
  StateChange *change;

  if (!systemd_check_allowed (unit, task))
    return;
  change = g_new0 (StateChange, 1);
  change->self = systemd_ref (self);
  change->task = g_object_ref (task);
  change->unit = g_strdup (unit);
  change->run = strcmp (oma_value_get_text (value), "running") == 0;
  unit_query_async (self, unit, FALSE, g_task_get_cancellable (task), state_known_cb, change);
}

/* ---- Files of units, by the helper ---- */

static void
helped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);

  systemd_return_ok (task, answer == NULL ? systemd_take_error (result, error) : NULL);
}

static void
call_helper (Systemd *self, const char *method, const char *unit, GTask *task)
{
  const char *const units[] = { unit, NULL };

  if (systemd_check_allowed (unit, task))
    oma_plugin_host_call_async (self->host, UNIT_FILES_NAME, "/org/omadm/UnitFiles1", UNIT_FILES_NAME, method,
                                g_variant_new ("(^as)", units), NULL, g_task_get_cancellable (task), helped_cb,
                                g_object_ref (task));
}

void
unit_replace_file (gpointer self, const OmaNodeRef *node, OmaValue *value,
                   OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  gboolean truth = strcmp (oma_value_get_text (value), "true") == 0;
  gboolean mask = strcmp (oma_node_ref_get_name (node), "Masked") == 0;
  const char *method = mask ? (truth ? "Mask" : "Unmask") : (truth ? "Enable" : "Disable");

  call_helper (self, method, oma_node_ref_get_capture (node, 0), task);
}

void
unit_exec (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED,
           const char *correlator G_GNUC_UNUSED, GTask *task)
{
  const char *name = oma_node_ref_get_name (node);
  const char *unit = oma_node_ref_get_capture (node, 0);
  g_autofree char *method = g_strconcat (name, "Unit", NULL);

  if (strcmp (name, "Preset") == 0)
    call_helper (self, name, unit, task);
  else
    unit_run (self, method, unit, task);
}

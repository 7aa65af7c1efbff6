/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

/* Writes what a unit of work makes of profiles, one call for each, and applies it where they are active; and how that
 * ends: with NetworkManager forgetting the checkpoint, or going back. */

/* Where a commit is. */
typedef struct {
  NmUnit  *unit;
  guint    at;          /* the change */
  guint    device;
  gboolean activate;    /* not just reapply */
} Step;

static void
start (NmUnit *unit, GTask *task)
{
  Step *step = g_new0 (Step, 1);

  step->unit = unit;
  g_task_set_task_data (task, step, g_free);
}

static void commit_next (GTask *task);

/* The tree shows it when the commit is over. */
static void
change_shown (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  NmChange *change = g_ptr_array_index (step->unit->changes, step->at);
  const NmProfile *profile = nm_service_find_uuid (step->unit->service, change->uuid);

  change->generation = profile != NULL ? profile->generation : 0;
  step->at++;
  commit_next (task);
}

static void
show_change (GTask *task, const char *path)
{
  Step *step = g_task_get_task_data (task);

  nm_service_update_async (step->unit->service, path, change_shown, g_object_ref (task));
}

static void apply_change (GTask *task, NmChange *change);

static void
applied (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  NmChange *change = g_ptr_array_index (step->unit->changes, step->at);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (step->unit->service, result, &error);
  if (answer == NULL && step->activate)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_error (&error);
  step->activate = answer == NULL;
  step->device += answer != NULL;
  apply_change (task, change);
}

static void
settled (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  const NmChange *change = g_ptr_array_index (step->unit->changes, step->at);
  GError *error = NULL;

  if (!nm_settle_finish (result, &error))
    g_task_return_error (task, error);
  else
    show_change (task, change->path);
}

static void
settle (GTask *task, NmChange *change)
{
  Step *step = g_task_get_task_data (task);

  nm_settle_async (step->unit->service, change->devices, g_task_get_cancellable (task), settled, g_object_ref (task));
}

/* A profile that is active is applied to its devices: without a break where NetworkManager can do that, else it is
 * activated again. */
static void
apply_change (GTask *task, NmChange *change)
{
  Step *step = g_task_get_task_data (task);
  NmService *service = step->unit->service;
  const char *device = change->devices[step->device];

  if (device == NULL)
    settle (task, change);
  else if (step->activate)
    nm_service_call (service, NM_DBUS_PATH, NM_DBUS_SERVICE, "ActivateConnection",
                     g_variant_new ("(ooo)", change->path, device, "/"), "(o)", g_task_get_cancellable (task), applied,
                     g_object_ref (task));
  else
    nm_service_call (service, device, NM_DBUS_INTERFACE_DEVICE, "Reapply",
                     g_variant_new ("(@a{sa{sv}}tu)", g_variant_new_array (G_VARIANT_TYPE ("{sa{sv}}"), NULL, 0),
                                    (guint64) 0, (guint) 0),
                     NULL, g_task_get_cancellable (task), applied, g_object_ref (task));
}

/* Whether something changed besides what NetworkManager minds at once, and what it does not mind at all. */
static gboolean
is_to_be_applied (const NmChange *change)
{
  g_autoptr(NMConnection) before = nm_simple_connection_new_clone (change->before);
  g_autoptr(NMConnection) after = nm_simple_connection_new_clone (change->after);

  nm_connection_remove_setting (before, NM_TYPE_SETTING_USER);
  nm_connection_remove_setting (after, NM_TYPE_SETTING_USER);
  nm_connection_remove_setting (before, NM_TYPE_SETTING_CONNECTION);
  nm_connection_remove_setting (after, NM_TYPE_SETTING_CONNECTION);
  return !nm_connection_compare (before, after, NM_SETTING_COMPARE_FLAG_EXACT);
}

static void
written (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  NmChange *change = g_ptr_array_index (step->unit->changes, step->at);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (step->unit->service, result, &error);
  step->device = 0;
  step->activate = FALSE;
  if (answer == NULL)
    g_task_return_error (task, error);
  else if (change->path == NULL)
    {
      g_variant_get (answer, "(oa{sv})", &change->path_after, NULL);
      show_change (task, change->path_after);
    }
  else if (change->devices == NULL || change->devices[0] == NULL)
    show_change (task, change->path);
  else if (change->after == NULL)
    settle (task, change);
  else if (is_to_be_applied (change))
    apply_change (task, change);
  else
    show_change (task, change->path);
}

static void
commit_draft (NmUnit *unit, const NmChange *change)
{
  if (change->after != NULL)
    {
      g_message ("The profile %s is kept as a draft until it is complete: %s", change->name,
                 nm_connection_get_problem_noted (change->after));
      nm_service_put_draft (unit->service, change->door, change->name, change->after);
    }
  else
    nm_service_drop_draft (unit->service, change->uuid);
}

/* What somebody else has changed since it was read is not overwritten. */
static gboolean
is_current (const NmUnit *unit, const NmChange *change, GError **error)
{
  const NmProfile *profile = nm_service_find_uuid (unit->service, change->uuid);

  if (change->path == NULL || (profile != NULL && profile->generation == change->generation))
    return TRUE;
  return nm_leaf_refuse (OMA_STATUS_RETRY_LATER, error, "Somebody else has changed the profile meanwhile");
}

static void
commit_change (GTask *task, NmChange *change)
{
  Step *step = g_task_get_task_data (task);
  NmService *service = step->unit->service;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GVariant *settings = change->after != NULL ? nm_connection_to_dbus (change->after, NM_CONNECTION_SERIALIZE_ALL)
                                             : NULL;
  GVariant *options = settings != NULL ? g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0) : NULL;

  if (settings == NULL)
    nm_service_call (service, change->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Delete", NULL, NULL, cancellable,
                     written, g_object_ref (task));
  else if (change->path != NULL)
    nm_service_call (service, change->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Update2",
                     g_variant_new ("(@a{sa{sv}}u@a{sv})", settings, (guint) NM_SETTINGS_UPDATE2_FLAG_TO_DISK, options),
                     "(a{sv})", cancellable, written, g_object_ref (task));
  else
    nm_service_call (service, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "AddConnection2",
                     g_variant_new ("(@a{sa{sv}}u@a{sv})", settings, (guint) NM_SETTINGS_ADD_CONNECTION2_FLAG_TO_DISK,
                                    options),
                     "(oa{sv})", cancellable, written, g_object_ref (task));
}

static void
radio_set (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (step->unit->service, result, &error);
  if (answer == NULL)
    g_task_return_error (task, error);
  else
    {
      step->at++;
      commit_next (task);
    }
}

static void
commit_next (GTask *task)
{
  Step *step = g_task_get_task_data (task);
  NmUnit *unit = step->unit;
  GError *error = NULL;

  for (; step->at < unit->changes->len; step->at++)
    {
      NmChange *change = g_ptr_array_index (unit->changes, step->at);

      if (!is_current (unit, change, &error))
        {
          g_task_return_error (task, error);
          return;
        }
      unit->begun = change->touched = TRUE;
      if (nm_change_is_real (change))
        {
          commit_change (task, change);
          return;
        }
      commit_draft (unit, change);
    }
  if (step->at < unit->changes->len + unit->radios->len)
    {
      const NmRadio *radio = &g_array_index (unit->radios, NmRadio, step->at - unit->changes->len);

      unit->begun = TRUE;
      nm_service_call (unit->service, NM_DBUS_PATH, "org.freedesktop.DBus.Properties", "Set",
                       g_variant_new ("(ssv)", NM_DBUS_SERVICE, radio->property, g_variant_new_boolean (radio->after)),
                       NULL, g_task_get_cancellable (task), radio_set, g_object_ref (task));
      return;
    }
  unit->over = TRUE;
  g_task_return_boolean (task, TRUE);
}

/**
 * nm_unit_commit:
 * @unit: a unit of work
 * @task: returns a boolean
 *
 * Writes each profile that is complete, with one call, and applies it where it is active.
 */
void
nm_unit_commit (NmUnit *unit, GTask *task)
{
  start (unit, task);
  commit_next (task);
}

/* ---- Ending ---- */

/**
 * nm_unit_roll_back:
 * @unit: a unit of work
 * @task: returns a boolean
 *
 * Takes back what the commit did; drops what was noted if there was none.
 */
void
nm_unit_roll_back (NmUnit *unit, GTask *task)
{
  unit->over = TRUE;
  if (unit->begun)
    nm_undo_run (unit, task);
  else
    g_task_return_boolean (task, TRUE);
}

static void
confirmed (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (step->unit->service, result, &error);
  g_clear_pointer (&step->unit->checkpoint, g_free);
  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * nm_unit_confirm:
 * @unit: a unit of work that was committed
 * @task: returns a boolean
 *
 * The commit holds: NetworkManager forgets the checkpoint.  When that is gone, it went back by itself.
 */
void
nm_unit_confirm (NmUnit *unit, GTask *task)
{
  start (unit, task);
  /* A NetworkManager that was started since does not know the checkpoint, and has not gone back. */
  if (unit->checkpoint == NULL || unit->run != nm_service_get_run (unit->service))
    {
      g_clear_pointer (&unit->checkpoint, g_free);
      g_task_return_boolean (task, TRUE);
      return;
    }
  nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "CheckpointDestroy",
                   g_variant_new ("(o)", unit->checkpoint), NULL, g_task_get_cancellable (task), confirmed,
                   g_object_ref (task));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

#include <string.h>

/* Before the commit: what goes into a profile is put there, each profile is looked at with the eyes of NetworkManager,
 * and NetworkManager makes a checkpoint of the devices concerned. */

/**
 * nm_change_is_real:
 * @change: what becomes of a profile
 *
 * Returns: whether NetworkManager is to do something about it
 */
gboolean
nm_change_is_real (const NmChange *change)
{
  return change->after != NULL ? !change->stays_draft : change->path != NULL;
}

/* Where a validation is. */
typedef struct {
  NmUnit               *unit;
  OmaPluginTransaction *transaction;
  guint                 at;         /* the change */
} Step;

static gboolean
is_new (const NmChange *change)
{
  return change->before == NULL || change->was_draft;
}

static gboolean
leave_draft (NmChange *change, const char *problem)
{
  nm_connection_note_problem (change->after, problem);
  change->stays_draft = TRUE;
  return TRUE;
}

/* ---- What NetworkManager would say ---- */

static gboolean
is_incompleteness (const GError *error)
{
  return g_error_matches (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_MISSING_PROPERTY) ||
         g_error_matches (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_MISSING_SETTING);
}

static gboolean
finish_change (NmChange *change, GError **error)
{
  const NmDoor *door = change->door;

  if (door->finish == NULL || !(is_new (change) || door->shows (change->after)))
    return TRUE;
  return door->finish (change->after, error);
}

/* What is new may stay a draft. */
static gboolean
check_change (NmChange *change, GError **error)
{
  g_autoptr(NMConnection) normal = NULL;
  g_autoptr(GError) failure = NULL;

  if (change->after == NULL || change->stays_draft)
    return TRUE;
  if (!finish_change (change, &failure))
    {
      if (is_new (change) && g_error_matches (failure, OMA_STATUS_ERROR, OMA_STATUS_INCOMPLETE_COMMAND))
        return leave_draft (change, failure->message);
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  normal = nm_simple_connection_new_clone (change->after);
  if (nm_connection_normalize (normal, NULL, NULL, &failure))
    {
      g_set_object (&change->after, normal);
      return TRUE;
    }
  if (is_new (change) && is_incompleteness (failure))
    return leave_draft (change, failure->message);
  return nm_leaf_refuse (is_incompleteness (failure) ? OMA_STATUS_INCOMPLETE_COMMAND : OMA_STATUS_UNSUPPORTED_FORMAT,
                         error, "NetworkManager does not take this: %s", failure->message);
}

static gboolean
has_real_changes (const NmUnit *unit)
{
  for (guint i = 0; i < unit->changes->len; i++)
    if (nm_change_is_real (g_ptr_array_index (unit->changes, i)))
      return TRUE;
  return unit->radios->len > 0;
}

/* ---- The checkpoint ---- */

static void
finish_validation (GTask *task)
{
  Step *step = g_task_get_task_data (task);
  g_autoptr(GBytes) data = has_real_changes (step->unit) ? nm_undo_pack (step->unit) : NULL;

  oma_plugin_transaction_set_undo_data (step->transaction, data);
  g_task_return_boolean (task, TRUE);
}

static void
got_checkpoint (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (step->unit->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&step->unit->checkpoint, g_free);
  g_variant_get (answer, "(o)", &step->unit->checkpoint);
  step->unit->run = nm_service_get_run (step->unit->service);
  finish_validation (task);
}

/* The devices that a change of the unit concerns; a checkpoint of others would take back what others do there. */
static GVariant *
collect_devices (NmUnit *unit)
{
  g_autoptr(GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
  for (guint i = 0; i < unit->changes->len; i++)
    {
      const NmChange *change = g_ptr_array_index (unit->changes, i);

      for (guint k = 0; nm_change_is_real (change) && change->devices != NULL && change->devices[k] != NULL; k++)
        if (g_hash_table_add (known, change->devices[k]))
          g_variant_builder_add (&builder, "o", change->devices[k]);
    }
  return g_variant_builder_end (&builder);
}

static void
check_all (GTask *task)
{
  Step *step = g_task_get_task_data (task);
  NmUnit *unit = step->unit;
  g_autoptr(GVariant) devices = NULL;
  GError *error = NULL;

  for (guint i = 0; i < unit->changes->len; i++)
    if (!check_change (g_ptr_array_index (unit->changes, i), &error))
      {
        g_task_return_error (task, error);
        return;
      }
  devices = g_variant_ref_sink (collect_devices (unit));
  if (g_variant_n_children (devices) == 0)
    finish_validation (task);
  else
    nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "CheckpointCreate",
                     g_variant_new ("(@aouu)", devices, nm_service_get_checkpoint_timeout (unit->service),
                                    (guint) NM_CHECKPOINT_CREATE_FLAG_ALLOW_OVERLAPPING),
                     "(o)", g_task_get_cancellable (task), got_checkpoint, g_object_ref (task));
}

/* ---- What goes into a profile ---- */

static void attach_next (GTask *task);

/* @target is open in this unit of work, or in one that will be committed with it. */
static gboolean
attach (NmChange *change, NmChange *target, GError **error)
{
  if (!change->door->attach (change->after, target->after, error) ||
      !nm_door_set_data (target->after, change->door->id, "name", change->name, error))
    return FALSE;
  /* It is there now. */
  g_clear_object (&change->after);
  return TRUE;
}

static void
got_target (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);
  NmChange *change = g_ptr_array_index (step->unit->changes, step->at);
  GError *error = NULL;
  NmChange *target = nm_unit_edit_finish (step->unit, result, &error);

  if (target == NULL || !attach (change, target, &error))
    g_task_return_error (task, error);
  else
    {
      step->at++;
      attach_next (task);
    }
}

static NmChange *
find_open (NmUnit *unit, const NmDoor *door, const char *name)
{
  GPtrArray *units = nm_service_get_units (unit->service);
  NmChange *found = nm_unit_find (unit, door, name);

  for (guint i = 0; i < units->len && found == NULL; i++)
    {
      NmUnit *other = g_ptr_array_index (units, i);

      if (!other->over)
        found = nm_unit_find (other, door, name);
    }
  return found != NULL && found->after != NULL ? found : NULL;
}

/* @reference: a URI or a UUID. */
static gboolean
find_target (NmUnit *unit, const char *reference, NmPath *path, NmChange **open)
{
  const NmProfile *profile;

  if (g_str_has_prefix (reference, "./") ? !nm_path_init (path, reference, NULL) : strchr (reference, '/') != NULL)
    return FALSE;
  if (path->door == NULL)
    {
      path->door = &nm_door_network;
      path->name = g_strdup (reference);
    }
  if (path->name == NULL || path->n_segments > 0)
    return FALSE;
  *open = find_open (unit, path->door, path->name);
  profile = nm_service_find_node (unit->service, path->door, path->name);
  return *open != NULL || (profile != NULL && profile->path != NULL);
}

/* Returns: whether the profile has to be read first. */
static gboolean
start_attaching (GTask *task, NmChange *change, GError **error)
{
  Step *step = g_task_get_task_data (task);
  const char *reference = change->door->attaches_to (change->after);
  g_auto(NmPath) path = { 0 };
  NmChange *open = NULL;

  if (!change->door->finish (change->after, error) && !g_error_matches (*error, OMA_STATUS_ERROR,
                                                                        OMA_STATUS_INCOMPLETE_COMMAND))
    return FALSE;
  if (*error != NULL || reference == NULL || !find_target (step->unit, reference, &path, &open))
    {
      leave_draft (change, *error != NULL ? (*error)->message : "It names no profile that there is");
      g_clear_error (error);
      return FALSE;
    }
  if (open != NULL)
    {
      attach (change, open, error);
      return FALSE;
    }
  nm_unit_edit_async (step->unit, &path, FALSE, task, got_target, g_object_ref (task));
  return TRUE;
}

static void
attach_next (GTask *task)
{
  Step *step = g_task_get_task_data (task);
  GError *error = NULL;

  for (; step->at < step->unit->changes->len; step->at++)
    {
      NmChange *change = g_ptr_array_index (step->unit->changes, step->at);

      change->stays_draft = FALSE;
      if (change->after == NULL || change->door->attaches_to == NULL || !is_new (change))
        continue;
      if (start_attaching (task, change, &error))
        return;
      if (error != NULL)
        {
          g_task_return_error (task, error);
          return;
        }
    }
  check_all (task);
}

/**
 * nm_unit_validate:
 * @unit: a unit of work
 * @transaction: whose it is
 * @task: returns a boolean
 *
 * Finds out whether NetworkManager would take the profiles, and has it make a checkpoint of the devices where they are
 * active: so it goes back by itself if the machine is cut off and the daemon gone.
 */
void
nm_unit_validate (NmUnit *unit, OmaPluginTransaction *transaction, GTask *task)
{
  Step *step = g_new0 (Step, 1);

  step->unit = unit;
  step->transaction = transaction;
  g_task_set_task_data (task, step, g_free);
  attach_next (task);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

#include <string.h>

/* A unit of work has a copy of each profile that it changes, with its secrets: an update that lacked these would
 * remove them.  What is complete is written at the commit, as a whole; the rest stays a draft. */

/* ---- The unit ---- */

static void
change_free (gpointer data)
{
  NmChange *change = data;

  g_free (change->uuid);
  g_free (change->path);
  g_free (change->name);
  g_clear_object (&change->before);
  g_clear_object (&change->after);
  g_strfreev (change->devices);
  g_free (change->path_after);
  g_free (change);
}

static void
checkpoint_gone (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  if (answer == NULL)
    g_info ("A checkpoint of NetworkManager is left to its timeout: %s", error->message);
}

/**
 * nm_unit_new:
 * @service: the service
 *
 * Returns: (transfer full): a unit of work that changes nothing
 */
NmUnit *
nm_unit_new (NmService *service)
{
  NmUnit *unit = g_new0 (NmUnit, 1);

  unit->service = service;
  unit->changes = g_ptr_array_new_with_free_func (change_free);
  unit->radios = g_array_new (FALSE, FALSE, sizeof (NmRadio));
  return unit;
}

/**
 * nm_unit_free:
 * @unit: (transfer full): a unit of work
 *
 * What it committed stays: its checkpoint goes.
 */
void
nm_unit_free (NmUnit *unit)
{
  g_ptr_array_remove_fast (nm_service_get_units (unit->service), unit);
  if (unit->checkpoint != NULL)
    nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "CheckpointDestroy", g_variant_new ("(o)", unit->checkpoint),
                     NULL, NULL, checkpoint_gone, NULL);
  g_ptr_array_unref (unit->changes);
  g_array_unref (unit->radios);
  g_free (unit->checkpoint);
  g_free (unit);
}

/**
 * nm_unit_get:
 * @service: the service
 * @transaction: the plugin's transaction
 *
 * Returns: (transfer none): the unit of work of the transaction
 */
NmUnit *
nm_unit_get (NmService *service, OmaPluginTransaction *transaction)
{
  NmUnit *unit = oma_plugin_transaction_get_data (transaction);

  if (unit == NULL)
    {
      unit = nm_unit_new (service);
      g_ptr_array_add (nm_service_get_units (service), unit);
      oma_plugin_transaction_set_data (transaction, unit, (GDestroyNotify) nm_unit_free);
    }
  return unit;
}

static NmChange *
find_uuid (NmUnit *unit, const char *uuid)
{
  for (guint i = 0; i < unit->changes->len; i++)
    {
      NmChange *change = g_ptr_array_index (unit->changes, i);

      if (strcmp (change->uuid, uuid) == 0)
        return change;
    }
  return NULL;
}

/**
 * nm_unit_find:
 * @unit: a unit of work
 * @door: a door
 * @name: decoded name of a node
 *
 * Returns: (transfer none) (nullable): what it makes of that profile
 */
NmChange *
nm_unit_find (NmUnit *unit, const NmDoor *door, const char *name)
{
  const NmProfile *profile;

  for (guint i = 0; i < unit->changes->len; i++)
    {
      NmChange *change = g_ptr_array_index (unit->changes, i);

      if (change->door == door && strcmp (change->name, name) == 0)
        return change;
    }
  profile = nm_service_find_node (unit->service, door, name);
  return profile != NULL ? find_uuid (unit, profile->uuid) : NULL;
}

/* Units of work behind different doors do not wait for each other. */
static gboolean
is_free (NmUnit *unit, const char *uuid, GError **error)
{
  GPtrArray *units = nm_service_get_units (unit->service);

  for (guint i = 0; i < units->len; i++)
    {
      NmUnit *other = g_ptr_array_index (units, i);

      if (other != unit && !other->over && find_uuid (other, uuid) != NULL)
        return nm_leaf_refuse (OMA_STATUS_RETRY_LATER, error,
                               "The profile is being changed at another place of the tree");
    }
  return TRUE;
}

/* ---- Editing ---- */

typedef struct {
  NmUnit       *unit;
  const NmDoor *door;
  char         *name;
  gboolean      create;
  NmChange     *change;     /* while its profile is read */
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->name);
  if (edit->change != NULL)
    change_free (edit->change);
  g_free (edit);
}

/* @edit->change: (transfer full). */
static void
finish_edit (GTask *task)
{
  Edit *edit = g_task_get_task_data (task);
  NmChange *change = g_steal_pointer (&edit->change);

  if (!edit->unit->begun)
    g_ptr_array_add (edit->unit->changes, change);
  g_task_return_pointer (task, change, NULL);
}

static void
got_profile (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Edit *edit = g_task_get_task_data (task);
  GError *error = NULL;

  edit->change->before = nm_service_fetch_finish (edit->unit->service, result, &error);
  if (edit->change->before == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  edit->change->after = nm_simple_connection_new_clone (edit->change->before);
  finish_edit (task);
}

static NmChange *
new_change (const Edit *edit, const char *uuid)
{
  NmChange *change = g_new0 (NmChange, 1);

  change->uuid = g_strdup (uuid);
  change->door = edit->door;
  change->name = g_strdup (edit->name);
  return change;
}

/* A new profile, or what comes in the place of one that the unit removes. */
static NMConnection *
make_connection (const NmDoor *door, const char *name, const char *uuid, GError **error)
{
  g_autoptr(NMConnection) connection = nm_simple_connection_new ();
  NMSetting *setting = nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME);
  g_autofree char *natural = NULL;

  g_object_set (setting, NM_SETTING_CONNECTION_UUID, uuid, NM_SETTING_CONNECTION_ID, name, NULL);
  if (door->init != NULL && !door->init (connection, name, error))
    return NULL;
  natural = door->get_name != NULL ? door->get_name (connection) : NULL;
  if (g_strcmp0 (natural, name) != 0 && !nm_door_set_data (connection, door->id, "name", name, error))
    return NULL;
  return g_steal_pointer (&connection);
}

static void
create_profile (GTask *task)
{
  Edit *edit = g_task_get_task_data (task);
  g_autofree char *lower = g_ascii_strdown (edit->name, -1);
  gboolean is_uuid = g_uuid_string_is_valid (lower) && strcmp (lower, edit->name) == 0;
  g_autofree char *uuid = is_uuid ? g_strdup (lower) : nm_utils_uuid_generate ();
  GError *error = NULL;

  if (nm_service_find_uuid (edit->unit->service, uuid) != NULL)
    {
      g_free (uuid);
      uuid = nm_utils_uuid_generate ();
    }
  edit->change = new_change (edit, uuid);
  edit->change->after = make_connection (edit->door, edit->name, uuid, &error);
  if (edit->change->after == NULL)
    g_task_return_error (task, error);
  else
    finish_edit (task);
}

static void
open_profile (GTask *task, const NmProfile *profile)
{
  Edit *edit = g_task_get_task_data (task);
  const NmActive *active = nm_service_get_active (edit->unit->service, profile->uuid);
  GError *error = NULL;

  if (!is_free (edit->unit, profile->uuid, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  edit->change = new_change (edit, profile->uuid);
  edit->change->generation = profile->generation;
  edit->change->path = g_strdup (profile->path);
  edit->change->was_draft = profile->path == NULL;
  edit->change->devices = active != NULL ? g_strdupv (active->devices) : NULL;
  if (profile->path != NULL)
    {
      nm_service_fetch_async (edit->unit->service, profile->path, g_task_get_cancellable (task), got_profile,
                              g_object_ref (task));
      return;
    }
  edit->change->before = nm_simple_connection_new_clone (profile->connection);
  edit->change->after = nm_simple_connection_new_clone (profile->connection);
  finish_edit (task);
}

static void
edit_loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Edit *edit = g_task_get_task_data (task);
  NmChange *change;
  const NmProfile *profile;
  GError *error = NULL;

  if (!nm_service_load_finish (edit->unit->service, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  change = nm_unit_find (edit->unit, edit->door, edit->name);
  profile = nm_service_find_node (edit->unit->service, edit->door, edit->name);
  if (change != NULL && change->after == NULL && edit->create)
    {
      change->after = make_connection (edit->door, edit->name, change->uuid, &error);
      if (change->after == NULL)
        g_task_return_error (task, error);
      else
        g_task_return_pointer (task, change, NULL);
    }
  else if (change != NULL && change->after != NULL)
    g_task_return_pointer (task, change, NULL);
  else if (change == NULL && profile != NULL)
    open_profile (task, profile);
  else if (edit->create)
    create_profile (task);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no such profile");
}

/**
 * nm_unit_edit_async:
 * @unit: a unit of work
 * @path: a node of a profile
 * @create: whether it is to be made when there is none
 * @outer: the task of the operation, whose end @unit outlives
 * @callback: called once
 * @user_data: for @callback
 *
 * Gets the unit's copy of a profile.
 */
void
nm_unit_edit_async (NmUnit *unit, const NmPath *path, gboolean create, GTask *outer, GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GCancellable *cancellable = g_task_get_cancellable (outer);
  GTask *task = g_task_new (nm_service_get_host (unit->service), cancellable, callback, user_data);
  Edit *edit = g_new0 (Edit, 1);

  edit->unit = unit;
  edit->door = path->door;
  edit->name = g_strdup (path->name);
  edit->create = create;
  g_task_set_source_tag (task, nm_unit_edit_async);
  g_task_set_task_data (task, edit, edit_free);
  nm_service_load_async (unit->service, cancellable, edit_loaded, task);
}

/**
 * nm_unit_edit_finish:
 * @unit: the unit of work
 * @result: of nm_unit_edit_async()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer none): what becomes of the profile, or %NULL
 */
NmChange *
nm_unit_edit_finish (NmUnit *unit G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- Validating ---- */

static gboolean
is_incompleteness (const GError *error)
{
  return g_error_matches (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_MISSING_PROPERTY) ||
         g_error_matches (error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_MISSING_SETTING);
}

static gboolean
leave_draft (NmChange *change, const char *problem)
{
  nm_connection_note_problem (change->after, problem);
  change->stays_draft = TRUE;
  return TRUE;
}

/* What is new may stay a draft. */
static gboolean
check_change (NmChange *change, GError **error)
{
  gboolean new = change->before == NULL || change->was_draft;
  g_autoptr(NMConnection) normal = NULL;
  g_autoptr(GError) failure = NULL;

  change->stays_draft = FALSE;
  if (change->after == NULL)
    return TRUE;
  if (change->door->finish != NULL && !change->door->finish (change->after, &failure))
    {
      if (new)
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
  if (new && is_incompleteness (failure))
    return leave_draft (change, failure->message);
  return nm_leaf_refuse (is_incompleteness (failure) ? OMA_STATUS_INCOMPLETE_COMMAND : OMA_STATUS_UNSUPPORTED_FORMAT,
                         error, "NetworkManager does not take this: %s", failure->message);
}

/* Whether NetworkManager is asked to do something about it. */
static gboolean
is_real (const NmChange *change)
{
  return change->after != NULL ? !change->stays_draft : change->path != NULL;
}

static gboolean
has_real_changes (const NmUnit *unit)
{
  for (guint i = 0; i < unit->changes->len; i++)
    if (is_real (g_ptr_array_index (unit->changes, i)))
      return TRUE;
  return unit->radios->len > 0;
}

typedef struct {
  NmUnit               *unit;
  OmaPluginTransaction *transaction;
  guint                 at;         /* the change that it is at */
  guint                 device;
  gboolean              activate;   /* not just reapply */
} Step;

static Step *
new_step (NmUnit *unit, OmaPluginTransaction *transaction, GTask *task)
{
  Step *step = g_new0 (Step, 1);

  step->unit = unit;
  step->transaction = transaction;
  g_task_set_task_data (task, step, g_free);
  return step;
}

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

      for (guint k = 0; is_real (change) && change->devices != NULL && change->devices[k] != NULL; k++)
        if (g_hash_table_add (known, change->devices[k]))
          g_variant_builder_add (&builder, "o", change->devices[k]);
    }
  return g_variant_builder_end (&builder);
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
  g_autoptr(GVariant) devices = NULL;
  GError *error = NULL;

  new_step (unit, transaction, task);
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

/* ---- Committing ---- */

static void commit_next (GTask *task);

/* The tree shows it when the commit is over. */
static void
change_shown (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Step *step = g_task_get_task_data (task);

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

/* A profile that is active is applied to its devices: without a break where NetworkManager can do that, else it is
 * activated again. */
static void
apply_change (GTask *task, NmChange *change)
{
  Step *step = g_task_get_task_data (task);
  NmService *service = step->unit->service;
  const char *device = change->devices[step->device];

  if (device == NULL)
    show_change (task, change->path);
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
  else if (change->after != NULL && change->devices != NULL && is_to_be_applied (change))
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
  GVariant *settings = change->after != NULL ? nm_connection_to_dbus (change->after, NM_CONNECTION_SERIALIZE_ALL) : NULL;
  GVariant *options = settings != NULL ? g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0) : NULL;

  if (settings == NULL)
    nm_service_call (service, change->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Delete", NULL, NULL, cancellable, written,
                     g_object_ref (task));
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
        g_task_return_error (task, error);
      else if (is_real (change))
        commit_change (task, change);
      else
        {
          commit_draft (unit, change);
          continue;
        }
      return;
    }
  if (step->at < unit->changes->len + unit->radios->len)
    {
      const NmRadio *radio = &g_array_index (unit->radios, NmRadio, step->at - unit->changes->len);

      nm_service_call (unit->service, NM_DBUS_PATH, "org.freedesktop.DBus.Properties", "Set",
                       g_variant_new ("(ssv)", NM_DBUS_SERVICE, radio->property, g_variant_new_boolean (radio->after)), NULL,
                       g_task_get_cancellable (task), radio_set, g_object_ref (task));
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
  new_step (unit, NULL, task);
  unit->begun = TRUE;
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
  new_step (unit, NULL, task);
  /* A NetworkManager that was started since does not know the checkpoint, and has not gone back. */
  if (unit->checkpoint == NULL || unit->run != nm_service_get_run (unit->service))
    {
      g_clear_pointer (&unit->checkpoint, g_free);
      g_task_return_boolean (task, TRUE);
      return;
    }
  nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "CheckpointDestroy", g_variant_new ("(o)", unit->checkpoint),
                   NULL, g_task_get_cancellable (task), confirmed, g_object_ref (task));
}

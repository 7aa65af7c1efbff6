/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

#include <string.h>

/* A unit of work has a copy of each profile that it changes, with its secrets: an update that lacked these would
 * remove them.  What is complete is written at the commit, as a whole; the rest stays a draft. */

#define MAX_DRAFTS 64      /* they are in the daemon's memory */

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

  unit->service = nm_service_ref (service);
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
    nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "CheckpointDestroy",
                     g_variant_new ("(o)", unit->checkpoint), NULL, NULL, checkpoint_gone, NULL);
  g_ptr_array_unref (unit->changes);
  g_array_unref (unit->radios);
  g_free (unit->checkpoint);
  nm_service_unref (unit->service);
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

static guint
count_drafts (NmService *service)
{
  GPtrArray *profiles = nm_service_get_profiles (service);
  guint n = 0;

  for (guint i = 0; i < profiles->len; i++)
    n += ((NmProfile *) g_ptr_array_index (profiles, i))->path == NULL;
  return n;
}

static void
create_profile (GTask *task)
{
  Edit *edit = g_task_get_task_data (task);
  g_autofree char *lower = g_ascii_strdown (edit->name, -1);
  gboolean is_uuid = g_uuid_string_is_valid (lower) && strcmp (lower, edit->name) == 0;
  g_autofree char *uuid = is_uuid ? g_strdup (lower) : nm_utils_uuid_generate ();
  GError *error = NULL;

  if (count_drafts (edit->unit->service) >= MAX_DRAFTS)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL,
                               "There are %u profiles already that are not complete", MAX_DRAFTS);
      return;
    }
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

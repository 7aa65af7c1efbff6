/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

#include <string.h>

/* Takes back what a unit of work did.  NetworkManager's checkpoint puts the devices back, with the profiles that were
 * active there; it does nothing for profiles without a device, so each profile is compared with what was in it, and
 * written back.  All of it can be done twice, and by a daemon that knows no more than what nm_undo_pack() wrote. */

#define VERSION 1
#define CHANGE_TYPE "(sssa{sa{sv}}a{sa{sv}}as)"
#define DATA_TYPE "(usa(sbb)a" CHANGE_TYPE ")"

/* ---- What is kept ---- */

static GVariant *
pack_connection (NMConnection *connection)
{
  GVariant *settings = connection != NULL ? nm_connection_to_dbus (connection, NM_CONNECTION_SERIALIZE_ALL) : NULL;

  return settings != NULL ? settings : g_variant_new_array (G_VARIANT_TYPE ("{sa{sv}}"), NULL, 0);
}

static GVariant *
pack_change (const NmChange *change)
{
  static const char *const none[] = { NULL };

  return g_variant_new ("(sss@a{sa{sv}}@a{sa{sv}}^as)", change->uuid, change->door->id, change->name,
                        pack_connection (change->was_draft ? NULL : change->before),
                        pack_connection (change->stays_draft ? NULL : change->after),
                        change->devices != NULL ? (const char *const *) change->devices : none);
}

/**
 * nm_undo_pack:
 * @unit: a unit of work that was validated
 *
 * Returns: (transfer full): what nm_undo_run() needs to know of it
 */
GBytes *
nm_undo_pack (NmUnit *unit)
{
  g_autoptr(GVariant) data = NULL;
  GVariantBuilder radios, changes;

  g_variant_builder_init (&radios, G_VARIANT_TYPE ("a(sbb)"));
  g_variant_builder_init (&changes, G_VARIANT_TYPE ("a" CHANGE_TYPE));
  for (guint i = 0; i < unit->radios->len; i++)
    {
      const NmRadio *radio = &g_array_index (unit->radios, NmRadio, i);

      g_variant_builder_add (&radios, "(sbb)", radio->property, radio->before, radio->after);
    }
  for (guint i = 0; i < unit->changes->len; i++)
    {
      const NmChange *change = g_ptr_array_index (unit->changes, i);

      /* A draft is in nobody's hands but the daemon's. */
      if (!change->stays_draft && (change->after != NULL || change->path != NULL))
        g_variant_builder_add_value (&changes, pack_change (change));
    }
  data = g_variant_ref_sink (g_variant_new (DATA_TYPE, VERSION, unit->checkpoint != NULL ? unit->checkpoint : "",
                                            &radios, &changes));
  return g_variant_get_data_as_bytes (data);
}

static NMConnection *
unpack_connection (GVariant *settings)
{
  g_autoptr(NMConnection) connection = nm_simple_connection_new ();

  if (g_variant_n_children (settings) == 0 || !nm_connection_replace_settings (connection, settings, NULL))
    return NULL;
  return g_steal_pointer (&connection);
}

static const NmDoor *
find_door (const char *id)
{
  for (const NmDoor *const *door = nm_doors; *door != NULL; door++)
    if (strcmp ((*door)->id, id) == 0)
      return *door;
  return &nm_door_network;
}

static void
unpack_changes (NmUnit *unit, GVariant *changes)
{
  GVariantIter iter;
  const char *uuid, *door, *name;
  GVariant *before, *after;
  char **devices;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "(&s&s&s@a{sa{sv}}@a{sa{sv}}^as)", &uuid, &door, &name, &before, &after, &devices))
    {
      NmChange *change = g_new0 (NmChange, 1);

      change->uuid = g_strdup (uuid);
      change->door = find_door (door);
      change->name = g_strdup (name);
      change->before = unpack_connection (before);
      change->after = unpack_connection (after);
      change->devices = devices;
      change->touched = TRUE;
      g_variant_unref (before);
      g_variant_unref (after);
      g_ptr_array_add (unit->changes, change);
    }
}

/**
 * nm_undo_unpack:
 * @service: the service
 * @data: what nm_undo_pack() made
 *
 * Returns: (transfer full) (nullable): a unit of work to undo, %NULL when it is not understood
 */
NmUnit *
nm_undo_unpack (NmService *service, GBytes *data)
{
  g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (DATA_TYPE), data, FALSE));
  g_autoptr(GVariant) radios = NULL;
  g_autoptr(GVariant) changes = NULL;
  const char *checkpoint, *property;
  NmUnit *unit;
  GVariantIter iter;
  NmRadio radio;
  guint32 version;

  g_variant_get (variant, "(u&s@a(sbb)@a" CHANGE_TYPE ")", &version, &checkpoint, &radios, &changes);
  if (version != VERSION || !g_variant_is_normal_form (variant))
    return NULL;
  unit = nm_unit_new (service);
  unit->begun = unit->over = TRUE;
  unit->checkpoint = *checkpoint != '\0' ? g_strdup (checkpoint) : NULL;
  g_variant_iter_init (&iter, radios);
  while (g_variant_iter_next (&iter, "(&sbb)", &property, &radio.before, &radio.after))
    {
      radio.property = g_intern_string (property);
      g_array_append_val (unit->radios, radio);
    }
  unpack_changes (unit, changes);
  return unit;
}

/* ---- One profile after the other, the last one first ---- */

typedef struct {
  NmUnit   *unit;
  guint     left;         /* changes */
  guint     radios_left;
  gboolean  went_back;    /* the checkpoint did it for the devices */
  char     *path;         /* of the profile that it is at */
  guint     device;
  char     *failure;      /* (nullable): the first one */
} Undo;

static void
undo_free (gpointer data)
{
  Undo *undo = data;

  g_free (undo->path);
  g_free (undo->failure);
  g_free (undo);
}

static void undo_next (GTask *task);

static NmChange *
get_change (const Undo *undo)
{
  return g_ptr_array_index (undo->unit->changes, undo->left);
}

static void
note_failure (Undo *undo, const char *what, GError *error)
{
  g_warning ("%s: %s", what, error->message);
  if (undo->failure == NULL)
    undo->failure = g_strdup (error->message);
}

static void
left_alone (const Undo *undo)
{
  g_warning ("The profile %s is not put back: somebody else has changed it since", get_change (undo)->name);
}

static void
shown (GObject *source G_GNUC_UNUSED, GAsyncResult *result G_GNUC_UNUSED, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  undo_next (task);
}

static void
show (GTask *task)
{
  Undo *undo = g_task_get_task_data (task);
  const NmChange *change = get_change (undo);

  if (change->was_draft && change->before != NULL)
    nm_service_put_draft (undo->unit->service, change->door, change->name, change->before);
  if (undo->path != NULL)
    nm_service_update_async (undo->unit->service, undo->path, shown, g_object_ref (task));
  else
    undo_next (task);
}

static void activate (GTask *task);

static void
activated (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);

  /* The device may be gone, or have a life of its own; the profile is back. */
  if (answer == NULL)
    g_info ("A profile that was active is not made so again: %s", error->message);
  undo->device++;
  activate (task);
}

/* Where it was active, unless the checkpoint did that. */
static void
activate (GTask *task)
{
  Undo *undo = g_task_get_task_data (task);
  const NmChange *change = get_change (undo);

  if (undo->went_back || undo->path == NULL || change->devices == NULL || change->devices[undo->device] == NULL)
    show (task);
  else
    nm_service_call (undo->unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "ActivateConnection",
                     g_variant_new ("(ooo)", undo->path, change->devices[undo->device], "/"), "(o)", NULL, activated,
                     g_object_ref (task));
}

static void
put_back (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);

  if (answer == NULL)
    {
      note_failure (undo, "A profile could not be put back", error);
      show (task);
      return;
    }
  if (undo->path == NULL)
    g_variant_get (answer, "(oa{sv})", &undo->path, NULL);
  activate (task);
}

static void
write_before (GTask *task)
{
  Undo *undo = g_task_get_task_data (task);
  const NmChange *change = get_change (undo);
  GVariant *settings = nm_connection_to_dbus (change->before, NM_CONNECTION_SERIALIZE_ALL);
  GVariant *options = g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);

  if (undo->path != NULL)
    nm_service_call (undo->unit->service, undo->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Update2",
                     g_variant_new ("(@a{sa{sv}}u@a{sv})", settings, (guint) NM_SETTINGS_UPDATE2_FLAG_TO_DISK, options),
                     "(a{sv})", NULL, put_back, g_object_ref (task));
  else
    nm_service_call (undo->unit->service, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "AddConnection2",
                     g_variant_new ("(@a{sa{sv}}u@a{sv})", settings, (guint) NM_SETTINGS_ADD_CONNECTION2_FLAG_TO_DISK,
                                    options),
                     "(oa{sv})", NULL, put_back, g_object_ref (task));
}

static void
deleted (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);

  if (answer == NULL)
    note_failure (undo, "A profile could not be removed again", error);
  show (task);
}

/* The time of its last activation is NetworkManager's. */
static gboolean
is_same (NMConnection *a, NMConnection *b)
{
  return nm_connection_compare (a, b, (NMSettingCompareFlags) (NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP |
                                                               NM_SETTING_COMPARE_FLAG_IGNORE_AGENT_OWNED_SECRETS |
                                                               NM_SETTING_COMPARE_FLAG_IGNORE_NOT_SAVED_SECRETS));
}

static void
judge_profile (GTask *task, NMConnection *now)
{
  Undo *undo = g_task_get_task_data (task);
  const NmChange *change = get_change (undo);
  gboolean had_none = change->before == NULL || change->was_draft;

  if (!had_none && is_same (now, change->before))
    show (task);
  else if (change->after == NULL || change->stays_draft || !is_same (now, change->after))
    {
      left_alone (undo);
      show (task);
    }
  else if (had_none)
    nm_service_call (undo->unit->service, undo->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Delete", NULL, NULL, NULL,
                     deleted, g_object_ref (task));
  else
    write_before (task);
}

static void
fetched (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(NMConnection) now = nm_service_fetch_finish (undo->unit->service, result, &error);

  if (now != NULL)
    judge_profile (task, now);
  else
    {
      note_failure (undo, "A profile could not be put back", error);
      show (task);
    }
}

static void
found (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  const NmChange *change = get_change (undo);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);
  const char *remote = oma_plugin_host_get_remote_error (nm_service_get_host (undo->unit->service), result);

  g_clear_pointer (&undo->path, g_free);
  if (answer != NULL)
    {
      g_variant_get (answer, "(o)", &undo->path);
      nm_service_fetch_async (undo->unit->service, undo->path, NULL, fetched, g_object_ref (task));
    }
  else if (g_strcmp0 (remote, NM_DBUS_INTERFACE_SETTINGS ".InvalidConnection") != 0)
    {
      note_failure (undo, "A profile could not be put back", error);
      show (task);
    }
  else if (change->before != NULL && !change->was_draft && change->after == NULL)
    write_before (task);
  else
    {
      if (change->before != NULL && !change->was_draft)
        left_alone (undo);
      show (task);
    }
}

static void
radio_put_back (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);

  if (answer == NULL)
    note_failure (undo, "A radio could not be switched back", error);
  undo_next (task);
}

static void
finish (GTask *task)
{
  Undo *undo = g_task_get_task_data (task);

  if (undo->failure != NULL)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s", undo->failure);
  else
    g_task_return_boolean (task, TRUE);
}

static void
undo_draft (const Undo *undo, const NmChange *change)
{
  if (change->before != NULL)
    nm_service_put_draft (undo->unit->service, change->door, change->name, change->before);
  else
    nm_service_drop_draft (undo->unit->service, change->uuid);
}

static void
undo_next (GTask *task)
{
  Undo *undo = g_task_get_task_data (task);
  NmService *service = undo->unit->service;

  if (undo->radios_left > 0)
    {
      const NmRadio *radio = &g_array_index (undo->unit->radios, NmRadio, --undo->radios_left);

      nm_service_call (service, NM_DBUS_PATH, "org.freedesktop.DBus.Properties", "Set",
                       g_variant_new ("(ssv)", NM_DBUS_SERVICE, radio->property, g_variant_new_boolean (radio->before)),
                       NULL, NULL, radio_put_back, g_object_ref (task));
      return;
    }
  while (undo->left > 0)
    {
      const NmChange *change;

      undo->left--;
      undo->device = 0;
      change = get_change (undo);
      g_clear_pointer (&undo->path, g_free);
      if (!change->touched)
        continue;
      if (change->stays_draft || (change->was_draft && change->after == NULL))
        {
          undo_draft (undo, change);
          continue;
        }
      nm_service_call (service, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "GetConnectionByUuid",
                       g_variant_new ("(s)", change->uuid), "(o)", NULL, found, g_object_ref (task));
      return;
    }
  finish (task);
}

static void
went_back (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = nm_service_call_finish (undo->unit->service, result, &error);

  /* One that is gone went back at its end, or with NetworkManager. */
  undo->went_back = answer != NULL;
  if (answer == NULL)
    g_info ("NetworkManager's checkpoint is not there any more: %s", error->message);
  undo_next (task);
}

static void
let_go (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GVariant *answer = g_task_propagate_pointer (G_TASK (result), NULL);

  g_clear_pointer (&answer, g_variant_unref);
  undo_next (task);
}

/* Whether somebody else has changed since what is active on the devices: going back would take that back, too.  Of the
 * unit of work of a daemon that is gone one cannot tell. */
static gboolean
is_overtaken (const NmUnit *unit)
{
  for (guint i = 0; i < unit->changes->len; i++)
    {
      const NmChange *change = g_ptr_array_index (unit->changes, i);
      const NmProfile *profile = nm_service_find_uuid (unit->service, change->uuid);

      if (change->devices != NULL && change->generation != 0 && profile != NULL &&
          profile->generation != change->generation)
        return TRUE;
    }
  return FALSE;
}

static void
loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Undo *undo = g_task_get_task_data (task);
  NmUnit *unit = undo->unit;
  g_autofree char *checkpoint = NULL;
  gboolean overtaken;
  GError *error = NULL;

  if (!nm_service_load_finish (unit->service, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  checkpoint = g_steal_pointer (&unit->checkpoint);
  overtaken = is_overtaken (unit);
  if (checkpoint == NULL)
    undo_next (task);
  else
    nm_service_call (unit->service, NM_DBUS_PATH, NM_DBUS_SERVICE,
                     overtaken ? "CheckpointDestroy" : "CheckpointRollback", g_variant_new ("(o)", checkpoint), NULL,
                     NULL, overtaken ? let_go : went_back, g_object_ref (task));
}

/**
 * nm_undo_run:
 * @unit: a unit of work whose commit had begun
 * @task: returns a boolean
 *
 * Puts back what was there.
 */
void
nm_undo_run (NmUnit *unit, GTask *task)
{
  Undo *undo = g_new0 (Undo, 1);

  undo->unit = unit;
  undo->left = unit->changes->len;
  undo->radios_left = unit->radios->len;
  g_task_set_task_data (task, undo, undo_free);
  /* It waits for one that is just starting. */
  nm_service_load_async (unit->service, NULL, loaded, g_object_ref (task));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-status.h"
#include "nm-tree.h"

#include <string.h>

/* Operations/Activate, Operations/Deactivate and Scan.  An activation ends when NetworkManager says how. */

/* NetworkManager gives up earlier; this is for one that is gone. */
#define MAX_ACTIVATION 300      /* seconds */

typedef struct {
  NmService *service;
  char      *name;
  gboolean   activate;
  char      *active;        /* object path of the activation */
  guint      subscription;
  guint      timer;
  guint      left;          /* devices that are asked to scan */
  GError    *failure;       /* (nullable): of the first one */
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;

  if (run->subscription != 0)
    oma_plugin_host_unsubscribe (nm_service_get_host (run->service), run->subscription);
  g_clear_handle_id (&run->timer, g_source_remove);
  nm_service_unref (run->service);
  g_clear_error (&run->failure);
  g_free (run->name);
  g_free (run->active);
  g_free (run);
}

/* Ends what waits for signals, which holds a reference to the task. */
static void
stop_waiting (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  if (run->subscription != 0)
    oma_plugin_host_unsubscribe (nm_service_get_host (run->service), run->subscription);
  run->subscription = 0;
  if (run->timer != 0)
    {
      g_clear_handle_id (&run->timer, g_source_remove);
      g_object_unref (task);
    }
}

static void
judge_state (GTask *task, guint32 state, guint32 reason)
{
  Run *run = g_task_get_task_data (task);

  if (run->timer == 0 || (state != NM_ACTIVE_CONNECTION_STATE_ACTIVATED &&
                          state != NM_ACTIVE_CONNECTION_STATE_DEACTIVATED))
    return;
  if (state == NM_ACTIVE_CONNECTION_STATE_ACTIVATED)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                             "The connection did not come up (reason %u of NetworkManager)", reason);
  stop_waiting (task);
}

static void
state_changed (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
               const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED, GVariant *parameters,
               gpointer user_data)
{
  guint32 state, reason;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uu)")))
    return;
  g_variant_get (parameters, "(uu)", &state, &reason);
  judge_state (user_data, state, reason);
}

static gboolean
took_too_long (gpointer user_data)
{
  g_task_return_new_error (user_data, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                           "The connection did not come up in time");
  stop_waiting (user_data);
  return G_SOURCE_REMOVE;
}

/* It may have happened before the subscription. */
static void
got_state (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, NULL);
  g_autoptr(GVariant) value = NULL;

  if (answer == NULL)
    {
      judge_state (task, NM_ACTIVE_CONNECTION_STATE_DEACTIVATED, 0);
      return;
    }
  g_variant_get (answer, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    judge_state (task, g_variant_get_uint32 (value), 0);
}

static void
activating (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (run->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(o)", &run->active);
  run->subscription = oma_plugin_host_subscribe (OMA_PLUGIN_HOST (source), NM_DBUS_SERVICE, run->active,
                                                 NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "StateChanged", NULL,
                                                 state_changed, task);
  run->timer = g_timeout_add_seconds (MAX_ACTIVATION, took_too_long, g_object_ref (task));
  nm_service_call (run->service, run->active, "org.freedesktop.DBus.Properties", "Get",
                   g_variant_new ("(ss)", NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "State"), "(v)", NULL, got_state,
                   g_object_ref (task));
}

static void
deactivated (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (run->service, result, &error);
  if (answer != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
start_or_stop (GTask *task, const NmProfile *profile)
{
  Run *run = g_task_get_task_data (task);
  const NmActive *active = nm_service_get_active (run->service, profile->uuid);

  if (profile->path == NULL)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The profile is not complete");
  else if (run->activate)
    nm_service_call (run->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "ActivateConnection",
                     g_variant_new ("(ooo)", profile->path, "/", "/"), "(o)", NULL, activating, g_object_ref (task));
  else if (active == NULL)
    g_task_return_boolean (task, TRUE);
  else
    nm_service_call (run->service, NM_DBUS_PATH, NM_DBUS_SERVICE, "DeactivateConnection",
                     g_variant_new ("(o)", active->path), NULL, NULL, deactivated, g_object_ref (task));
}

static void
loaded (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  const NmProfile *profile;
  GError *error = NULL;

  if (!nm_service_load_finish (run->service, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  profile = nm_service_find_node (run->service, &nm_door_network, run->name);
  if (profile != NULL)
    start_or_stop (task, profile);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "There is no such profile");
}

static void
run_profile (NmService *service, const OmaNodeRef *node, gboolean activate, GTask *task)
{
  Run *run = g_new0 (Run, 1);

  run->service = nm_service_ref (service);
  run->name = g_strdup (oma_node_ref_get_capture (node, 0));
  run->activate = activate;
  g_task_set_task_data (task, run, run_free);
  nm_service_load_async (service, g_task_get_cancellable (task), loaded, g_object_ref (task));
}

/* Connections/<x>/Operations/Activate */
void
nm_exec_activate (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED,
                  const char *correlator G_GNUC_UNUSED, GTask *task)
{
  run_profile (self, node, TRUE, task);
}

/* Connections/<x>/Operations/Deactivate */
void
nm_exec_deactivate (gpointer self, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED,
                    const char *correlator G_GNUC_UNUSED, GTask *task)
{
  run_profile (self, node, FALSE, task);
}

/* ---- Scan ---- */

static void
scanned (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (run->service, result, &error);
  run->left--;
  if (run->failure == NULL)
    run->failure = g_steal_pointer (&error);
  g_clear_error (&error);
  if (run->left > 0)
    return;
  if (run->failure != NULL)
    g_task_return_error (task, g_steal_pointer (&run->failure));
  else
    g_task_return_boolean (task, TRUE);
}

static void
found_devices (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Run *run = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) objects = NULL;
  g_auto(GStrv) devices = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (run->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  objects = g_variant_get_child_value (answer, 0);
  devices = nm_status_find_wifi (objects);
  run->left = g_strv_length (devices);
  if (run->left == 0)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_NOT_SUPPORTED, "There is no Wi-Fi device");
  for (char **device = devices; *device != NULL; device++)
    nm_service_call (run->service, *device, NM_DBUS_INTERFACE_DEVICE ".Wireless", "RequestScan",
                     g_variant_new ("(@a{sv})", g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0)), NULL,
                     g_task_get_cancellable (task), scanned, g_object_ref (task));
}

/* Scan */
void
nm_exec_scan (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *argument G_GNUC_UNUSED,
              const char *correlator G_GNUC_UNUSED, GTask *task)
{
  Run *run = g_new0 (Run, 1);

  run->service = nm_service_ref (self);
  g_task_set_task_data (task, run, run_free);
  nm_service_call (self, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
                   "(a{oa{sa{sv}}})", g_task_get_cancellable (task), found_devices, g_object_ref (task));
}

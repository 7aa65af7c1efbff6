/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-unit.h"

/* NetworkManager answers before a device is done with what it was told.  A commit is not over before: the next message
 * to the server would still go the old way, and the change be taken for one that left the machine connected. */

#define FIRST_LOOK 300      /* milliseconds: by then it has begun */
#define INTERVAL 200
#define MAX_LOOKS 100       /* twenty seconds, within the time of an operation */

typedef struct {
  NmService *service;
  char     **devices;
  guint      at;            /* the device */
  guint      n_looks;
} Settling;

static void
settling_free (gpointer data)
{
  Settling *settling = data;

  nm_service_unref (settling->service);
  g_strfreev (settling->devices);
  g_free (settling);
}

static gboolean look (gpointer user_data);

/* @task: (transfer full). */
static void
look_later (GTask *task, guint milliseconds)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, milliseconds, look, task, g_object_unref);
}

static gboolean
is_settled (guint32 state)
{
  return state <= NM_DEVICE_STATE_DISCONNECTED || state == NM_DEVICE_STATE_ACTIVATED || state == NM_DEVICE_STATE_FAILED;
}

static void
got_state (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Settling *settling = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = nm_service_call_finish (settling->service, result, NULL);
  g_autoptr(GVariant) state = NULL;

  if (answer != NULL)
    g_variant_get (answer, "(v)", &state);
  /* A device that is gone has settled, too. */
  if (state == NULL || !g_variant_is_of_type (state, G_VARIANT_TYPE_UINT32) ||
      is_settled (g_variant_get_uint32 (state)))
    settling->at++;
  else if (++settling->n_looks > MAX_LOOKS)
    settling->at = g_strv_length (settling->devices);
  if (settling->devices[settling->at] == NULL)
    g_task_return_boolean (task, TRUE);
  else
    look_later (g_steal_pointer (&task), INTERVAL);
}

static gboolean
look (gpointer user_data)
{
  GTask *task = user_data;
  Settling *settling = g_task_get_task_data (task);

  if (!g_task_return_error_if_cancelled (task))
    nm_service_call (settling->service, settling->devices[settling->at], "org.freedesktop.DBus.Properties", "Get",
                     g_variant_new ("(ss)", NM_DBUS_INTERFACE_DEVICE, "State"), "(v)", g_task_get_cancellable (task),
                     got_state, g_object_ref (task));
  return G_SOURCE_REMOVE;
}

/**
 * nm_settle_async:
 * @service: the service
 * @devices: object paths, at least one
 * @cancellable: (nullable): of the operation
 * @callback: called once
 * @user_data: for @callback
 *
 * Waits until the devices are done with what NetworkManager was told, well or not.
 */
void
nm_settle_async (NmService *service, char **devices, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer user_data)
{
  GTask *task = g_task_new (nm_service_get_host (service), cancellable, callback, user_data);
  Settling *settling = g_new0 (Settling, 1);

  settling->service = nm_service_ref (service);
  settling->devices = g_strdupv (devices);
  g_task_set_source_tag (task, nm_settle_async);
  g_task_set_task_data (task, settling, settling_free);
  look_later (task, FIRST_LOOK);
}

/**
 * nm_settle_finish:
 * @result: of nm_settle_async()
 * @error: return location for %G_IO_ERROR_CANCELLED
 *
 * Returns: whether they are done
 */
gboolean
nm_settle_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service-private.h"

#include <string.h>

/* One profile with its secrets: a call for the settings, and one for each setting that has secrets. */

typedef struct {
  NmService    *service;
  char         *path;
  NMConnection *connection;
  guint         next;         /* setting to ask for secrets */
} Fetch;

static const char *const settings_with_secrets[] = {
  NM_SETTING_WIRELESS_SECURITY_SETTING_NAME, NM_SETTING_802_1X_SETTING_NAME, NM_SETTING_GSM_SETTING_NAME,
  NM_SETTING_CDMA_SETTING_NAME, NM_SETTING_PPPOE_SETTING_NAME, NM_SETTING_ADSL_SETTING_NAME,
  NM_SETTING_VPN_SETTING_NAME, NM_SETTING_WIREGUARD_SETTING_NAME, NM_SETTING_MACSEC_SETTING_NAME,
};

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_free (fetch->path);
  g_clear_object (&fetch->connection);
  g_free (fetch);
}

/* Internal: NetworkManager tells of a change of the profile when somebody asks for its secrets. */
gboolean
nm_service_count_echo (NmService *service, const char *path, int step)
{
  int count = GPOINTER_TO_INT (g_hash_table_lookup (service->echoes, path));

  if (count + step > 0)
    g_hash_table_replace (service->echoes, g_strdup (path), GINT_TO_POINTER (count + step));
  else
    g_hash_table_remove (service->echoes, path);
  return count > 0;
}

static void fetch_secrets (GTask *task);

/* Not having any is an error, too.  Others must not be taken for that: what is written without its secrets loses
 * them. */
static gboolean
has_none (const char *remote)
{
  return remote != NULL && (g_str_has_suffix (remote, ".NoSecrets") || g_str_has_suffix (remote, ".SettingNotFound"));
}

static void
got_secrets (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) secrets = NULL;
  g_autoptr(GError) error = NULL;

  answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  if (answer == NULL)
    nm_service_count_echo (fetch->service, fetch->path, -1);
  if (answer == NULL && !has_none (oma_plugin_host_get_remote_error (OMA_PLUGIN_HOST (source), result)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  secrets = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  if (secrets != NULL && g_variant_n_children (secrets) > 0)
    nm_connection_update_secrets (fetch->connection, settings_with_secrets[fetch->next - 1], secrets, NULL);
  fetch_secrets (task);
}

static void
fetch_secrets (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);

  while (fetch->next < G_N_ELEMENTS (settings_with_secrets))
    {
      const char *setting = settings_with_secrets[fetch->next++];

      if (nm_connection_get_setting_by_name (fetch->connection, setting) == NULL)
        continue;
      nm_service_count_echo (fetch->service, fetch->path, 1);
      nm_service_call (fetch->service, fetch->path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSecrets",
                       g_variant_new ("(s)", setting), "(a{sa{sv}})", g_task_get_cancellable (task), got_secrets,
                       g_object_ref (task));
      return;
    }
  g_task_return_pointer (task, g_steal_pointer (&fetch->connection), g_object_unref);
}

static void
got_settings (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GError) failure = NULL;
  GError *error = NULL;

  answer = nm_service_call_finish (fetch->service, result, &error);
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  settings = g_variant_get_child_value (answer, 0);
  fetch->connection = nm_simple_connection_new ();
  if (!nm_connection_replace_settings (fetch->connection, settings, &failure))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                             "A profile of NetworkManager cannot be understood: %s", failure->message);
  else
    fetch_secrets (task);
}

/**
 * nm_service_fetch_async:
 * @service: the service
 * @path: NetworkManager's object of a profile
 * @cancellable: (nullable): of the operation
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads a profile with its secrets.
 */
void
nm_service_fetch_async (NmService *service, const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (service->host, cancellable, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->service = service;
  fetch->path = g_strdup (path);
  g_task_set_source_tag (task, nm_service_fetch_async);
  g_task_set_task_data (task, fetch, fetch_free);
  nm_service_call (service, path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSettings", NULL, "(a{sa{sv}})",
                   cancellable, got_settings, g_object_ref (task));
}

/**
 * nm_service_fetch_finish:
 * @service: the service
 * @result: of nm_service_fetch_async()
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the profile, or %NULL
 */
NMConnection *
nm_service_fetch_finish (NmService *service G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

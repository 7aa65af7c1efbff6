/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service-private.h"
#include "nm-tree.h"

#include <string.h>

/* What NetworkManager's signals say. */

typedef struct {
  NmService *service;
  char      *path;
} Look;

static void
told_to_load (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    nm_tree_tell_all (user_data);
  else if (!nm_service_is_over (error))
    g_info ("The profiles of NetworkManager could not be read: %s", error->message);
}

/* Whether it is as it was, but perhaps for secrets. */
static gboolean
is_unchanged (NmService *service, const char *path, GVariant *answer)
{
  const NmProfile *profile = nm_service_find_path (service, path);
  g_autoptr(GVariant) settings = g_variant_get_child_value (answer, 0);
  g_autoptr(NMConnection) now = nm_simple_connection_new ();

  return profile != NULL && nm_connection_replace_settings (now, settings, NULL) &&
         nm_connection_compare (profile->connection, now,
                                (NMSettingCompareFlags) (NM_SETTING_COMPARE_FLAG_IGNORE_SECRETS |
                                                         NM_SETTING_COMPARE_FLAG_IGNORE_TIMESTAMP));
}

static void
looked_again (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autofree char *path = look->path;
  NmService *service = look->service;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = g_task_propagate_pointer (G_TASK (result), &error);

  g_free (look);
  if (nm_service_is_over (error))
    return;
  if (answer == NULL || !is_unchanged (service, path, answer) || !nm_service_count_echo (service, path, -1))
    nm_service_update_async (service, path, NULL, NULL);
}

/* Somebody changed a profile, or its secrets; or it was us who asked for them. */
static void
follow (NmService *service, const char *path)
{
  Look *look;

  if (!service->loaded && !service->loading)
    {
      nm_service_load_async (service, service->ended, told_to_load, service);
      return;
    }
  look = g_new (Look, 1);
  *look = (Look) { service, g_strdup (path) };
  nm_service_call (service, path, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "GetSettings", NULL, "(a{sa{sv}})",
                   service->ended, looked_again, look);
}

static void
settings_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
                 const char *interface_name G_GNUC_UNUSED, const char *signal_name, GVariant *parameters,
                 gpointer user_data)
{
  NmService *service = user_data;
  const char *path;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(o)")))
    return;
  g_variant_get (parameters, "(&o)", &path);
  if (strcmp (signal_name, "ConnectionRemoved") == 0 && service->loaded)
    nm_service_take_connection (service, path, NULL);
  else
    follow (service, path);
}

static void
connection_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path, const char *interface_name G_GNUC_UNUSED,
                   const char *signal_name G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  follow (user_data, object_path);
}

static void
active_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
               const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED,
               GVariant *parameters G_GNUC_UNUSED, gpointer user_data)
{
  NmService *service = user_data;

  if (service->loaded)
    nm_service_read_active (service);
}

static void
manager_signal (OmaPluginHost *host, const char *object_path G_GNUC_UNUSED, const char *interface_name G_GNUC_UNUSED,
                const char *signal_name G_GNUC_UNUSED, GVariant *parameters, gpointer user_data)
{
  static const struct {
    const char *property, *node;
  } table[] = {
    { "WirelessEnabled", "Radio/Wifi" }, { "WwanEnabled", "Radio/Wwan" }, { "Connectivity", "Status/Connectivity" },
    { "PrimaryConnectionType", "Status/PrimaryType" }, { "AllDevices", "Status/Devices" },
  };
  const char *interface;
  g_autoptr(GVariant) changed = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  g_variant_get (parameters, "(&s@a{sv}as)", &interface, &changed, NULL);
  for (gsize i = 0; strcmp (interface, NM_DBUS_SERVICE) == 0 && i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr(GVariant) value = g_variant_lookup_value (changed, table[i].property, NULL);

      if (value != NULL)
        oma_plugin_host_changed (host, table[i].node, OMA_CHANGE_REPLACED);
    }
  active_signal (host, NULL, NULL, NULL, NULL, user_data);
}

/* It starts anew, or is gone: nothing is known any more, but of drafts. */
static void
owner_signal (OmaPluginHost *host G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
              const char *interface_name G_GNUC_UNUSED, const char *signal_name G_GNUC_UNUSED, GVariant *parameters,
              gpointer user_data)
{
  NmService *service = user_data;
  const char *owner;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
    return;
  g_variant_get (parameters, "(&s&s&s)", NULL, NULL, &owner);
  service->run++;
  service->loaded = FALSE;
  for (guint i = service->profiles->len; i > 0; i--)
    if (((NmProfile *) g_ptr_array_index (service->profiles, i - 1))->path != NULL)
      g_ptr_array_remove_index (service->profiles, i - 1);
  g_hash_table_remove_all (service->names);
  g_hash_table_remove_all (service->active);
  g_hash_table_remove_all (service->echoes);
  nm_tree_tell_all (service);
  if (*owner != '\0')
    nm_service_load_async (service, service->ended, told_to_load, service);
}

/* Internal: begins to follow NetworkManager. */
void
nm_service_subscribe (NmService *service)
{
  static const struct {
    const char         *name, *path, *interface, *signal, *arg0;
    OmaPluginSignalFunc func;
  } table[] = {
    { NM_DBUS_SERVICE, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "NewConnection", NULL, settings_signal },
    { NM_DBUS_SERVICE, NM_DBUS_PATH_SETTINGS, NM_DBUS_INTERFACE_SETTINGS, "ConnectionRemoved", NULL, settings_signal },
    { NM_DBUS_SERVICE, NULL, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Updated", NULL, connection_signal },
    { NM_DBUS_SERVICE, NULL, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "StateChanged", NULL, active_signal },
    { NM_DBUS_SERVICE, NM_DBUS_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", NM_DBUS_SERVICE,
      manager_signal },
    { "org.freedesktop.DBus", NULL, "org.freedesktop.DBus", "NameOwnerChanged", NM_DBUS_SERVICE, owner_signal },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (table) == G_N_ELEMENTS (((NmService *) NULL)->subscriptions));
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    service->subscriptions[i] = oma_plugin_host_subscribe (service->host, table[i].name, table[i].path,
                                                           table[i].interface, table[i].signal, table[i].arg0,
                                                           table[i].func, service);
}

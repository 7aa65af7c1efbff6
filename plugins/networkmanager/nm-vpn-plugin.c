/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-wg-quick.h"

#include <string.h>

/* PluginProfile: any plugin of NetworkManager, or WireGuard. */

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

/**
 * nm_vpn_is_wireguard:
 * @connection: a profile
 *
 * Returns: whether its fields say WireGuard, which is no plugin
 */
gboolean
nm_vpn_is_wireguard (NMConnection *connection)
{
  return nm_vpn_is (connection, "PluginProfile/PluginPackageFamilyName", NM_VPN_WIREGUARD);
}

/**
 * nm_vpn_names_program:
 * @key: of a plugin
 *
 * Returns: whether its value is a program: no server may say what runs on the machine
 */
gboolean
nm_vpn_names_program (const char *key)
{
  static const char *const keys[] = { "csd_wrapper", "leftupdown", "rightupdown", "up", "down", "script", "Script" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_ascii_strcasecmp (keys[i], key) == 0)
      return TRUE;
  return FALSE;
}

typedef void (*ItemFunc) (NMSettingVpn *vpn, const char *key, const char *value);

static void
add_secret (NMSettingVpn *vpn, const char *key, const char *value)
{
  nm_setting_vpn_add_secret (vpn, key, value);
}

static void
remove_item (NMSettingVpn *vpn, const char *key, const char *value G_GNUC_UNUSED)
{
  nm_setting_vpn_remove_data_item (vpn, key);
}

static void
for_each_item (GKeyFile *file, const char *group, NMSettingVpn *vpn, ItemFunc func)
{
  g_auto(GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autofree char *value = g_key_file_get_string (file, group, *name, NULL);

      if (value != NULL && *value != '\0')
        func (vpn, *name, value);
    }
}

static GKeyFile *
read_keyfile (const char *text, GError **error)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_auto(GStrv) names = NULL;

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL) ||
      !g_key_file_has_group (file, "vpn"))
    {
      refuse (error, "CustomConfiguration has no group [vpn] as in keyfiles of NetworkManager, and no [Interface] as "
              "in files of wg-quick");
      return NULL;
    }
  names = g_key_file_get_keys (file, "vpn", NULL, NULL);
  for (char **name = names; *name != NULL; name++)
    if (nm_vpn_names_program (*name))
      {
        nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%.64s names a program: no server may", *name);
        return NULL;
      }
  g_key_file_remove_key (file, "vpn", "service-type", NULL);
  return g_steal_pointer (&file);
}

static void
apply_custom (NMConnection *connection, const char *text, ItemFunc func)
{
  g_autoptr(GKeyFile) file = text != NULL ? read_keyfile (text, NULL) : NULL;

  if (file != NULL)
    for_each_item (file, "vpn", nm_vpn_ensure_setting (connection), func);
}

/**
 * nm_vpn_set_custom:
 * @connection: a profile
 * @text: (nullable): CustomConfiguration
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Keeps what may be read of it, and puts its secrets into the profile.
 *
 * Returns: %TRUE on success
 */
gboolean
nm_vpn_set_custom (NMConnection *connection, const char *text, GError **error)
{
  static const char field[] = "PluginProfile/CustomConfiguration";
  g_autofree char *before = nm_vpn_dup_field (connection, field), *readable = NULL;
  g_autoptr(GKeyFile) file = NULL;

  if (before != NULL && !nm_wg_quick_looks_like (before))
    apply_custom (connection, before, remove_item);
  if (text != NULL && nm_wg_quick_looks_like (text))
    {
      if (!nm_wg_quick_read (connection, text, error))
        return FALSE;
      readable = nm_wg_quick_redact (text);
    }
  else if (text != NULL)
    {
      file = read_keyfile (text, error);
      if (file == NULL)
        return FALSE;
      for_each_item (file, "vpn-secrets", nm_vpn_ensure_setting (connection), add_secret);
      g_key_file_remove_group (file, "vpn-secrets", NULL);
      readable = g_key_file_to_data (file, NULL, NULL);
    }
  return nm_vpn_set_field (connection, field, readable, error);
}

static gboolean
compile_wireguard (NMConnection *connection, const char *custom, GError **error)
{
  if (custom == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "PluginProfile/CustomConfiguration is missing");
  if (!nm_wg_quick_looks_like (custom))
    return refuse (error, "CustomConfiguration of WireGuard is no file of wg-quick");
  if (!nm_wg_quick_read (connection, custom, error))
    return FALSE;
  /* A device of WireGuard has a name, and nobody gave one: it follows from what the profile is. */
  if (nm_connection_get_interface_name (connection) == NULL)
    {
      g_autofree char *name = g_strdup_printf ("wg-%.8s", nm_connection_get_uuid (connection));

      g_object_set (nm_connection_get_setting_connection (connection), NM_SETTING_CONNECTION_INTERFACE_NAME, name,
                    NULL);
    }
  nm_connection_remove_setting (connection, NM_TYPE_SETTING_VPN);
  return TRUE;
}

/**
 * nm_vpn_compile_plugin:
 * @connection: a profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes a VPN, or WireGuard, of PluginProfile.
 *
 * Returns: %FALSE with 412 when something is missing, and with 415 for what cannot be
 */
gboolean
nm_vpn_compile_plugin (NMConnection *connection, GError **error)
{
  g_autofree char *word = nm_vpn_dup_field (connection, "PluginProfile/PluginPackageFamilyName");
  g_autofree char *servers = nm_vpn_dup_field (connection, "PluginProfile/ServerUrlList");
  g_autofree char *custom = nm_vpn_dup_field (connection, "PluginProfile/CustomConfiguration");
  g_autofree char *service = word != NULL ? nm_vpn_expand_service (word) : NULL;
  NMSettingVpn *vpn;

  if (word == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "PluginProfile/PluginPackageFamilyName is missing");
  if (nm_vpn_is_wireguard (connection))
    return compile_wireguard (connection, custom, error);
  if (servers == NULL && nm_vpn_is_fresh (connection))
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "PluginProfile/ServerUrlList is missing");
  if (custom != NULL && nm_wg_quick_looks_like (custom))
    return refuse (error, "CustomConfiguration is a file of wg-quick, and PluginPackageFamilyName is not wireguard");
  vpn = nm_vpn_set_service (connection, service);
  if (servers != NULL && strcmp (service, NM_VPN_SERVICE ("openvpn")) == 0)
    nm_vpn_put (vpn, "remote", g_strdelimit (servers, ";", ','));
  else if (servers != NULL && strchr (servers, ';') != NULL)
    return refuse (error, "ServerUrlList: this plugin of NetworkManager takes one server");
  else if (servers != NULL)
    nm_vpn_put (vpn, "gateway", servers);
  apply_custom (connection, custom, nm_vpn_put);
  return TRUE;
}

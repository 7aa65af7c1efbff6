/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-pac.h"
#include "nm-wg-quick.h"

#include <string.h>

/* Fields of profiles that others made or changed. */

static void
import_routes (NMConnection *connection, NMSettingIPConfig *ip, guint *n)
{
  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_routes (ip); i++)
    {
      NMIPRoute *route = nm_setting_ip_config_get_route (ip, (int) i);
      g_autofree char *row = g_strdup_printf ("%u", *n), *itself = nm_vpn_route_field (row, NULL);
      g_autofree char *address = nm_vpn_route_field (row, "Address"), *prefix = nm_vpn_route_field (row, "PrefixSize");
      g_autofree char *metric = nm_vpn_route_field (row, "Metric");
      g_autofree char *size = g_strdup_printf ("%u", nm_ip_route_get_prefix (route));
      g_autofree char *cost = g_strdup_printf ("%" G_GINT64_FORMAT, nm_ip_route_get_metric (route));

      if (nm_ip_route_get_next_hop (route) != NULL)
        continue;
      ++*n;
      nm_vpn_set_field (connection, itself, "1", NULL);
      nm_vpn_set_field (connection, address, nm_ip_route_get_dest (route), NULL);
      nm_vpn_set_field (connection, prefix, size, NULL);
      nm_vpn_set_field (connection, metric, nm_ip_route_get_metric (route) >= 0 ? cost : NULL, NULL);
    }
}

static void
import_ip (NMConnection *connection)
{
  NMSettingIPConfig *v4 = nm_connection_get_setting_ip4_config (connection);
  guint n = 0;
  g_autoptr(GString) suffixes = g_string_new (NULL);

  import_routes (connection, v4, &n);
  import_routes (connection, nm_connection_get_setting_ip6_config (connection), &n);
  for (guint i = 0; v4 != NULL && i < nm_setting_ip_config_get_num_dns_searches (v4); i++)
    g_string_append_printf (suffixes, "%s%s", i > 0 ? "," : "", nm_setting_ip_config_get_dns_search (v4, (int) i));
  nm_vpn_set_field (connection, "DnsSuffix", suffixes->len > 0 ? suffixes->str : NULL, NULL);
  if (v4 != NULL && nm_connection_get_setting_vpn (connection) != NULL)
    nm_vpn_set_field (connection, "NativeProfile/RoutingPolicyType",
                      nm_setting_ip_config_get_never_default (v4) ? "SplitTunnel" : "ForceTunnel", NULL);
}

static void
append_item (const char *key, const char *value, gpointer user_data)
{
  GKeyFile *file = user_data;

  if (strcmp (key, "gateway") != 0 && strcmp (key, "remote") != 0 && !nm_vpn_names_program (key))
    g_key_file_set_string (file, "vpn", key, value);
}

static void
import_plugin (NMConnection *connection, NMSettingVpn *vpn)
{
  static const char prefix[] = NM_VPN_SERVICE ("");
  const char *service = nm_setting_vpn_get_service_type (vpn), *remote = nm_setting_vpn_get_data_item (vpn, "remote");
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *custom = NULL, *servers = g_strdup (remote != NULL ? remote : nm_setting_vpn_get_data_item (vpn, "gateway"));

  if (service == NULL)
    return;
  nm_setting_vpn_foreach_data_item (vpn, append_item, file);
  custom = g_key_file_to_data (file, NULL, NULL);
  nm_vpn_set_field (connection, "PluginProfile/PluginPackageFamilyName",
                    g_str_has_prefix (service, prefix) ? service + strlen (prefix) : service, NULL);
  nm_vpn_set_field (connection, "PluginProfile/ServerUrlList", servers != NULL ? g_strdelimit (servers, ",", ';') : NULL,
                    NULL);
  nm_vpn_set_field (connection, "PluginProfile/CustomConfiguration", *custom != '\0' ? custom : NULL, NULL);
}

static void
import_native (NMConnection *connection, NMSettingVpn *vpn, const NmVpnProtocol *protocol)
{
  const char *method = nm_setting_vpn_get_data_item (vpn, "method");
  gboolean machine = g_strcmp0 (method, "cert") == 0 || g_strcmp0 (method, "key") == 0 ||
                     g_strcmp0 (nm_setting_vpn_get_data_item (vpn, "machine-auth-type"), "tls") == 0;

  nm_vpn_set_field (connection, "NativeProfile/NativeProtocolType", protocol->word, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Servers",
                    nm_setting_vpn_get_data_item (vpn, protocol->server), NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/MachineMethod", machine ? "Certificate" : NULL, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/UserMethod",
                    machine && method != NULL ? NULL : strcmp (protocol->word, "IKEv2") == 0 ? "Eap" : "MSChapv2", NULL);
  nm_vpn_set_field (connection, "RememberCredentials",
                    g_strcmp0 (nm_setting_vpn_get_data_item (vpn, "password-flags"), "2") == 0 ? "false" : "true", NULL);
}

/**
 * nm_vpn_import:
 * @connection: a profile
 *
 * Sets the fields to what is in the profile, as far as there are words for it.
 */
void
nm_vpn_import (NMConnection *connection)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  NMSettingConnection *about = nm_connection_get_setting_connection (connection);
  const NmVpnProtocol *protocol = vpn != NULL ? nm_vpn_find_service (nm_setting_vpn_get_service_type (vpn)) : NULL;
  g_autofree char *host = NULL, *port = NULL, *kind = NULL, *server = NULL, *custom = NULL;

  nm_vpn_clear_fields (connection);
  if (protocol != NULL)
    import_native (connection, vpn, protocol);
  else if (vpn != NULL)
    import_plugin (connection, vpn);
  else
    {
      custom = nm_wg_quick_write (connection);
      nm_vpn_set_field (connection, "PluginProfile/PluginPackageFamilyName", NM_VPN_WIREGUARD, NULL);
      nm_vpn_set_field (connection, "PluginProfile/CustomConfiguration", custom, NULL);
    }
  import_ip (connection);
  nm_vpn_set_field (connection, "AlwaysOn", nm_setting_connection_get_autoconnect (about) ? "true" : "false", NULL);
  if (nm_pac_parse (nm_pac_get_script (connection), &kind, &host, &port))
    server = g_strconcat (host, ":", port, NULL);
  nm_vpn_set_field (connection, "Proxy/Manual/Server", server, NULL);
  nm_vpn_set_field (connection, "Proxy/AutoConfigUrl", nm_pac_get_url (connection), NULL);
}

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
      g_autofree char *row = g_strdup_printf ("%u", *n), *itself = nm_vpn_row_field (NM_VPN_ROUTES, row, NULL);
      g_autofree char *address = nm_vpn_row_field (NM_VPN_ROUTES, row, "Address");
      g_autofree char *prefix = nm_vpn_row_field (NM_VPN_ROUTES, row, "PrefixSize");
      g_autofree char *metric = nm_vpn_row_field (NM_VPN_ROUTES, row, "Metric");
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
  NMSettingIPConfig *v6 = nm_connection_get_setting_ip6_config (connection);
  guint n = 0;
  g_autoptr(GString) suffixes = g_string_new (NULL);

  import_routes (connection, v4, &n);
  import_routes (connection, v6, &n);
  for (guint i = 0; v4 != NULL && i < nm_setting_ip_config_get_num_dns_searches (v4); i++)
    if (*nm_setting_ip_config_get_dns_search (v4, (int) i) != '~')
      g_string_append_printf (suffixes, "%s%s", suffixes->len > 0 ? "," : "",
                              nm_setting_ip_config_get_dns_search (v4, (int) i));
  nm_vpn_set_field (connection, "DnsSuffix", suffixes->len > 0 ? suffixes->str : NULL, NULL);
  if (v4 != NULL && v6 != NULL && nm_connection_get_setting_vpn (connection) != NULL &&
      nm_setting_ip_config_get_never_default (v4) == nm_setting_ip_config_get_never_default (v6))
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
  const char *service = nm_setting_vpn_get_service_type (vpn), *key;
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autofree char *custom = NULL, *servers = NULL;

  if (service == NULL)
    return;
  key = strcmp (service, NM_VPN_SERVICE ("openvpn")) == 0 ? "remote" : "gateway";
  servers = g_strdup (nm_setting_vpn_get_data_item (vpn, key));
  nm_setting_vpn_foreach_data_item (vpn, append_item, file);
  custom = g_key_file_to_data (file, NULL, NULL);
  nm_vpn_set_field (connection, "PluginProfile/PluginPackageFamilyName",
                    g_str_has_prefix (service, prefix) ? service + strlen (prefix) : service, NULL);
  nm_vpn_set_field (connection, "PluginProfile/ServerUrlList",
                    servers != NULL ? g_strdelimit (servers, ",", ';') : NULL, NULL);
  nm_vpn_set_field (connection, "PluginProfile/CustomConfiguration", *custom != '\0' ? custom : NULL, NULL);
}

static gboolean
is_yes (NMSettingVpn *vpn, const char *key)
{
  return g_strcmp0 (nm_setting_vpn_get_data_item (vpn, key), "yes") == 0;
}

static void
import_native (NMConnection *connection, NMSettingVpn *vpn, const NmVpnProtocol *protocol)
{
  const char *method = nm_setting_vpn_get_data_item (vpn, "method");
  const char *flags = nm_setting_vpn_get_data_item (vpn, "password-flags");
  gboolean machine = g_strcmp0 (method, "cert") == 0 || g_strcmp0 (method, "key") == 0 ||
                     g_strcmp0 (nm_setting_vpn_get_data_item (vpn, "machine-auth-type"), "tls") == 0;
  gboolean user = method != NULL ? g_str_has_prefix (method, "eap")
                                 : is_yes (vpn, "refuse-pap") && is_yes (vpn, "refuse-eap");

  nm_vpn_set_field (connection, "NativeProfile/NativeProtocolType", protocol->word, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Servers", nm_setting_vpn_get_data_item (vpn, protocol->server), NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/MachineMethod", machine ? "Certificate" : NULL, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/UserMethod",
                    !user ? NULL : method != NULL ? "Eap" : "MSChapv2", NULL);
  nm_vpn_set_field (connection, "RememberCredentials",
                    g_strcmp0 (flags, "1") == 0 ? "true" : g_strcmp0 (flags, "2") == 0 ? "false" : NULL, NULL);
}

static void
import_always_on (NMConnection *connection, NMSettingVpn *vpn)
{
  gboolean connects = nm_setting_connection_get_autoconnect (nm_connection_get_setting_connection (connection));
  gboolean persists = vpn != NULL ? nm_setting_vpn_get_persistent (vpn) : connects;

  if (connects == persists)
    nm_vpn_set_field (connection, "AlwaysOn", connects ? "true" : "false", NULL);
}

static void
import_proxy (NMConnection *connection)
{
  g_autofree char *host = NULL, *port = NULL, *kind = NULL, *server = NULL;

  if (nm_pac_parse (nm_pac_get_script (connection), &kind, &host, &port))
    server = g_strconcat (host, ":", port, NULL);
  nm_vpn_set_field (connection, "Proxy/Manual/Server", server, NULL);
  nm_vpn_set_field (connection, "Proxy/AutoConfigUrl", nm_pac_get_url (connection), NULL);
}

/* ---- What no setting tells, and what was written of it still holds ---- */

static void
take_field (NMConnection *connection, NMConnection *before, const char *field)
{
  g_autofree char *text = nm_vpn_dup_field (before, field);

  nm_vpn_set_field (connection, field, text, NULL);
}

static gboolean
has_noted_dns (NMConnection *before)
{
  const char *servers = nm_door_get_data (before, NM_VPN_DOOR, NM_VPN_KEY_SERVERS);
  const char *domains = nm_door_get_data (before, NM_VPN_DOOR, NM_VPN_KEY_DOMAINS);
  g_autoptr(NMConnection) copy = nm_simple_connection_new_clone (before);
  g_auto(GStrv) words = g_strsplit (domains != NULL ? domains : "", ",", -1);
  NMSettingIPConfig *v4 = nm_connection_get_setting_ip4_config (copy);

  if (servers == NULL || domains == NULL || v4 == NULL)
    return FALSE;
  for (char **word = words; *word != NULL; word++)
    if (!nm_setting_ip_config_remove_dns_search_by_value (v4, *word))
      return FALSE;
  return TRUE;
}

static void
take_domains (NMConnection *connection, NMConnection *before)
{
  static const char *const names[] = { NULL, "DomainName", "DnsServers", "AutoTrigger", "Persistent" };
  static const char *const noted[] = { NM_VPN_KEY_SERVERS, NM_VPN_KEY_DOMAINS };
  g_auto(GStrv) rows = nm_vpn_list_rows (before, NM_VPN_DOMAINS);

  for (gsize i = 0; i < G_N_ELEMENTS (noted); i++)
    nm_door_set_data (connection, NM_VPN_DOOR, noted[i], nm_door_get_data (before, NM_VPN_DOOR, noted[i]), NULL);
  for (char **row = rows; *row != NULL; row++)
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
      {
        g_autofree char *field = nm_vpn_row_field (NM_VPN_DOMAINS, *row, names[i]);

        take_field (connection, before, field);
      }
}

static void
take_suite (NMConnection *connection, NMConnection *before, NMSettingVpn *vpn)
{
  static const char *const names[] = {
    "AuthenticationTransformConstants", "CipherTransformConstants", "PfsGroup", "DHGroup", "IntegrityCheckMethod",
    "EncryptionMethod",
  };
  const char *ike = nm_setting_vpn_get_data_item (vpn, "ike"), *esp = nm_setting_vpn_get_data_item (vpn, "esp");
  g_autofree char *made_ike = NULL, *made_esp = NULL;

  if (!nm_vpn_make_proposals (before, &made_ike, &made_esp, NULL) || g_strcmp0 (ike, made_ike) != 0 ||
      g_strcmp0 (esp, made_esp) != 0)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *field = g_strconcat ("NativeProfile/CryptographySuite/", names[i], NULL);

      take_field (connection, before, field);
    }
}

static void
take_what_holds (NMConnection *connection, NMConnection *before, NMSettingVpn *vpn)
{
  const char *method = vpn != NULL ? nm_setting_vpn_get_data_item (vpn, "method") : NULL;

  take_field (connection, before, "TrustedNetworkDetection");
  if (method != NULL && g_str_has_prefix (method, "eap"))
    take_field (connection, before, "NativeProfile/Authentication/Eap/Configuration");
  if (vpn != NULL)
    take_suite (connection, before, vpn);
  if (has_noted_dns (before))
    take_domains (connection, before);
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
  g_autoptr(NMConnection) before = nm_simple_connection_new_clone (connection);
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  const NmVpnProtocol *protocol = vpn != NULL ? nm_vpn_find_service (nm_setting_vpn_get_service_type (vpn)) : NULL;
  g_autofree char *custom = NULL;

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
  import_always_on (connection, vpn);
  import_proxy (connection);
  take_what_holds (connection, before, vpn);
}

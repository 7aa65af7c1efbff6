/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-document.h"
#include "nm-machine.h"
#include "nm-pac.h"

#include <string.h>

/* ---- Kinds ---- */

/* What NetworkManager has for a protocol: its plugin, and the key of the plugin for the server. */
static const NmVpnProtocol protocols[] = {
  { "IKEv2", NM_VPN_SERVICE ("strongswan"), "address" }, { "L2TP", NM_VPN_SERVICE ("l2tp"), "gateway" },
  { "PPTP", NM_VPN_SERVICE ("pptp"), "gateway" }, { "SSTP", NM_VPN_SERVICE ("sstp"), "gateway" },
  /* Windows would try one after the other; the first of them that can be safe is this one. */
  { "Automatic", NM_VPN_SERVICE ("strongswan"), "address" },
};

/**
 * nm_vpn_find_protocol:
 * @word: (nullable): NativeProtocolType, in any case
 *
 * Returns: (transfer none) (nullable): the protocol
 */
const NmVpnProtocol *
nm_vpn_find_protocol (const char *word)
{
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS (protocols); i++)
    if (g_ascii_strcasecmp (protocols[i].word, word) == 0)
      return &protocols[i];
  return NULL;
}

/**
 * nm_vpn_find_service:
 * @service: (nullable): type of a VPN service
 *
 * Returns: (transfer none) (nullable): the first protocol that it is for
 */
const NmVpnProtocol *
nm_vpn_find_service (const char *service)
{
  for (gsize i = 0; service != NULL && i < G_N_ELEMENTS (protocols); i++)
    if (strcmp (protocols[i].service, service) == 0)
      return &protocols[i];
  return NULL;
}

/**
 * nm_vpn_expand_service:
 * @word: PluginPackageFamilyName
 *
 * Returns: (transfer full): type of the VPN service
 */
char *
nm_vpn_expand_service (const char *word)
{
  return strchr (word, '.') != NULL ? g_strdup (word) : g_strconcat (NM_VPN_SERVICE (""), word, NULL);
}

/**
 * nm_vpn_check_service:
 * @word: NativeProtocolType, or PluginPackageFamilyName
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE with 406 when NetworkManager has no plugin for it here
 */
gboolean
nm_vpn_check_service (const char *word, GError **error)
{
  const NmVpnProtocol *protocol = nm_vpn_find_protocol (word);
  g_autofree char *service = protocol != NULL ? g_strdup (protocol->service) : nm_vpn_expand_service (word);

  if (g_ascii_strcasecmp (word, NM_VPN_WIREGUARD) == 0 || nm_machine_has_vpn (service))
    return TRUE;
  return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error, "NetworkManager has no plugin %.128s on this machine", service);
}

/* ---- Settings ---- */

/**
 * nm_vpn_ensure_setting:
 * @connection: a profile
 *
 * Returns: (transfer none): its setting "vpn", which may be new
 */
NMSettingVpn *
nm_vpn_ensure_setting (NMConnection *connection)
{
  return NM_SETTING_VPN (nm_door_ensure_setting (connection, NM_SETTING_VPN_SETTING_NAME));
}

/**
 * nm_vpn_put_secret:
 * @connection: a profile
 * @key: of the VPN plugin
 * @text: (nullable): the secret
 *
 * Returns: %TRUE
 */
gboolean
nm_vpn_put_secret (NMConnection *connection, const char *key, const char *text)
{
  NMSettingVpn *vpn = nm_vpn_ensure_setting (connection);

  if (text != NULL && *text != '\0')
    nm_setting_vpn_add_secret (vpn, key, text);
  else
    nm_setting_vpn_remove_secret (vpn, key);
  return TRUE;
}

/**
 * nm_vpn_has_secret:
 * @connection: a profile
 * @key: of the VPN plugin
 *
 * Returns: whether there is one
 */
gboolean
nm_vpn_has_secret (NMConnection *connection, const char *key)
{
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);

  return vpn != NULL && nm_setting_vpn_get_secret (vpn, key) != NULL;
}

/**
 * nm_vpn_put:
 * @vpn: a setting
 * @key: of its data
 * @value: (nullable): %NULL or "" removes it
 */
void
nm_vpn_put (NMSettingVpn *vpn, const char *key, const char *value)
{
  if (value != NULL && *value != '\0')
    nm_setting_vpn_add_data_item (vpn, key, value);
  else
    nm_setting_vpn_remove_data_item (vpn, key);
}

/**
 * nm_vpn_set_service:
 * @connection: a profile
 * @service: type of a VPN service
 *
 * Data of another service go, for its keys mean something else.
 *
 * Returns: (transfer none): the setting "vpn"
 */
NMSettingVpn *
nm_vpn_set_service (NMConnection *connection, const char *service)
{
  NMSettingVpn *vpn = nm_vpn_ensure_setting (connection);
  const char *before = nm_setting_vpn_get_service_type (vpn);

  if (before != NULL && strcmp (before, service) != 0)
    g_object_set (vpn, NM_SETTING_VPN_DATA, NULL, NULL);
  g_object_set (vpn, NM_SETTING_VPN_SERVICE_TYPE, service, NULL);
  return vpn;
}

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

/* ---- What is the same for all kinds ---- */

static NMIPRoute *
make_route (NMConnection *connection, const char *row, GError **error)
{
  static const char *const leaves[] = { "Address", "PrefixSize", "Metric" };
  char *texts[G_N_ELEMENTS (leaves)];
  NMIPRoute *route = NULL;
  int family;

  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      g_autofree char *field = nm_vpn_route_field (row, leaves[i]);

      texts[i] = nm_vpn_dup_field (connection, field);
    }
  family = texts[0] != NULL && strchr (texts[0], ':') != NULL ? AF_INET6 : AF_INET;
  /* One that is not complete is kept until it is. */
  if (texts[0] != NULL && texts[1] != NULL)
    {
      route = nm_ip_route_new (family, texts[0], (guint) g_ascii_strtoull (texts[1], NULL, 10), NULL,
                               texts[2] != NULL ? g_ascii_strtoll (texts[2], NULL, 10) : -1, NULL);
      if (route == NULL)
        nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "RouteList/%.64s is no route", row);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    g_free (texts[i]);
  return route;
}

/* Routes by way of another machine are none of these. */
static void
clear_routes (NMSettingIPConfig *ip)
{
  for (guint i = nm_setting_ip_config_get_num_routes (ip); i > 0; i--)
    if (nm_ip_route_get_next_hop (nm_setting_ip_config_get_route (ip, (int) i - 1)) == NULL)
      nm_setting_ip_config_remove_route (ip, (int) i - 1);
}

static gboolean
compile_routes (NMConnection *connection, NMSettingIPConfig *v4, NMSettingIPConfig *v6, GError **error)
{
  g_auto(GStrv) rows = nm_vpn_list_routes (connection);

  clear_routes (v4);
  clear_routes (v6);
  for (char **row = rows; *row != NULL; row++)
    {
      GError *failure = NULL;
      NMIPRoute *route = make_route (connection, *row, &failure);

      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      if (route == NULL)
        continue;
      nm_setting_ip_config_add_route (nm_ip_route_get_family (route) == AF_INET6 ? v6 : v4, route);
      nm_ip_route_unref (route);
    }
  return TRUE;
}

static gboolean
compile_dns (NMConnection *connection, NMSettingIPConfig *v4, GError **error)
{
  g_autofree char *list = nm_vpn_dup_field (connection, "DnsSuffix");
  g_auto(GStrv) names = list != NULL ? g_strsplit (list, ",", -1) : NULL;

  if (list == NULL && nm_vpn_is_wireguard (connection))
    return TRUE;
  nm_setting_ip_config_clear_dns_searches (v4);
  for (char **name = names; name != NULL && *name != NULL; name++)
    if (!nm_pac_is_host (g_strstrip (*name)))
      return refuse (error, "DnsSuffix is no list of domain names");
    else
      nm_setting_ip_config_add_dns_search (v4, *name);
  return TRUE;
}

static gboolean
compile_proxy (NMConnection *connection, GError **error)
{
  g_autofree char *server = nm_vpn_dup_field (connection, "Proxy/Manual/Server");
  g_autofree char *url = nm_vpn_dup_field (connection, "Proxy/AutoConfigUrl");
  g_autofree char *host = NULL, *port = NULL, *script = NULL;

  if (server != NULL && !nm_pac_split (server, &host, &port))
    return refuse (error, "Proxy/Manual/Server is no host:port");
  if (server != NULL)
    script = nm_pac_make ("PROXY", host, port);
  nm_pac_set_proxy (connection, server != NULL || url != NULL, script == NULL ? url : NULL, script);
  return TRUE;
}

static gboolean
compile_ip (NMConnection *connection, GError **error)
{
  NMSettingIPConfig *ips[2];
  static const char *const names[] = { NM_SETTING_IP4_CONFIG_SETTING_NAME, NM_SETTING_IP6_CONFIG_SETTING_NAME };
  gboolean split = nm_vpn_is (connection, "NativeProfile/RoutingPolicyType", "SplitTunnel");

  for (guint i = 0; i < 2; i++)
    {
      ips[i] = NM_SETTING_IP_CONFIG (nm_door_ensure_setting (connection, names[i]));
      if (nm_setting_ip_config_get_method (ips[i]) == NULL)
        g_object_set (ips[i], NM_SETTING_IP_CONFIG_METHOD, "auto", NULL);
      g_object_set (ips[i], NM_SETTING_IP_CONFIG_NEVER_DEFAULT, split, NULL);
    }
  return compile_routes (connection, ips[0], ips[1], error) && compile_dns (connection, ips[0], error);
}

static gboolean
has (NMConnection *connection, const char *field)
{
  g_autofree char *text = nm_vpn_dup_field (connection, field);

  return text != NULL;
}

/**
 * nm_vpn_compile:
 * @connection: a profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes of the fields what NetworkManager needs; what they do not speak of stays.
 *
 * Returns: %FALSE with 412 when something is missing, and with 415 or 406 for what cannot be
 */
gboolean
nm_vpn_compile (NMConnection *connection, GError **error)
{
  gboolean native = has (connection, "NativeProfile/Servers") || has (connection, "NativeProfile/NativeProtocolType");
  gboolean plugin = has (connection, "PluginProfile/PluginPackageFamilyName");
  gboolean always = nm_vpn_is (connection, "AlwaysOn", "true") || nm_vpn_is (connection, "DeviceTunnel", "true");

  if (native && plugin)
    return refuse (error, "NativeProfile and PluginProfile exclude each other");
  if (!native && !plugin)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile or PluginProfile is missing");
  if (native ? !nm_vpn_compile_native (connection, error) : !nm_vpn_compile_plugin (connection, error))
    return FALSE;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_AUTOCONNECT,
                always, NM_SETTING_CONNECTION_TYPE,
                nm_vpn_is_wireguard (connection) ? NM_SETTING_WIREGUARD_SETTING_NAME : NM_SETTING_VPN_SETTING_NAME, NULL);
  if (!nm_vpn_is_wireguard (connection))
    g_object_set (nm_vpn_ensure_setting (connection), NM_SETTING_VPN_PERSISTENT, always, NULL);
  return compile_ip (connection, error) && compile_proxy (connection, error);
}

static gboolean
write_again (NMConnection *connection, gpointer user_data G_GNUC_UNUSED)
{
  return nm_vpn_compile (connection, NULL);
}

/**
 * nm_vpn_still_says:
 * @connection: a profile
 *
 * Returns: whether it is what its fields make
 */
gboolean
nm_vpn_still_says (NMConnection *connection)
{
  return nm_document_still_says (connection, write_again, NULL);
}

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
  return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error, "NetworkManager has no plugin %.128s on this machine",
                         service);
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
  gboolean was_wireguard = nm_connection_get_setting (connection, NM_TYPE_SETTING_WIREGUARD) != NULL;
  NMSettingVpn *vpn = nm_vpn_ensure_setting (connection);
  const char *before = nm_setting_vpn_get_service_type (vpn);

  if (before != NULL && strcmp (before, service) != 0)
    {
      g_object_set (vpn, NM_SETTING_VPN_DATA, NULL, NULL);
      nm_vpn_set_fresh (connection, TRUE);
    }
  /* Its device and addresses go with it. */
  if (was_wireguard)
    {
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_WIREGUARD);
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_IP4_CONFIG);
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_IP6_CONFIG);
      g_object_set (nm_connection_get_setting_connection (connection), NM_SETTING_CONNECTION_INTERFACE_NAME, NULL,
                    NULL);
    }
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
      g_autofree char *field = nm_vpn_row_field (NM_VPN_ROUTES, row, leaves[i]);

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

/* Whether the route is among those of the fields: it goes from @wanted then, and stays as it is. */
static gboolean
take_wanted (GPtrArray *wanted, NMIPRoute *route)
{
  for (guint i = 0; i < wanted->len; i++)
    {
      NMIPRoute *other = g_ptr_array_index (wanted, i);

      if (nm_ip_route_get_family (other) == nm_ip_route_get_family (route) &&
          strcmp (nm_ip_route_get_dest (other), nm_ip_route_get_dest (route)) == 0 &&
          nm_ip_route_get_prefix (other) == nm_ip_route_get_prefix (route) &&
          nm_ip_route_get_metric (other) == nm_ip_route_get_metric (route))
        {
          g_ptr_array_remove_index (wanted, i);
          return TRUE;
        }
    }
  return FALSE;
}

/* Routes by way of another machine are none of these. */
static void
keep_wanted (NMSettingIPConfig *ip, GPtrArray *wanted)
{
  for (guint i = nm_setting_ip_config_get_num_routes (ip); i > 0; i--)
    {
      NMIPRoute *route = nm_setting_ip_config_get_route (ip, (int) i - 1);

      if (nm_ip_route_get_next_hop (route) == NULL && !take_wanted (wanted, route))
        nm_setting_ip_config_remove_route (ip, (int) i - 1);
    }
}

static gboolean
compile_routes (NMConnection *connection, NMSettingIPConfig *v4, NMSettingIPConfig *v6, GError **error)
{
  g_auto(GStrv) rows = nm_vpn_list_rows (connection, NM_VPN_ROUTES);
  g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func ((GDestroyNotify) nm_ip_route_unref);

  for (char **row = rows; *row != NULL; row++)
    {
      GError *failure = NULL;
      NMIPRoute *route = make_route (connection, *row, &failure);

      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      if (route != NULL)
        g_ptr_array_add (wanted, route);
    }
  keep_wanted (v4, wanted);
  keep_wanted (v6, wanted);
  for (guint i = 0; i < wanted->len; i++)
    {
      NMIPRoute *route = g_ptr_array_index (wanted, i);

      nm_setting_ip_config_add_route (nm_ip_route_get_family (route) == AF_INET6 ? v6 : v4, route);
    }
  return TRUE;
}

static gboolean
compile_proxy (NMConnection *connection, GError **error)
{
  g_autofree char *server = nm_vpn_dup_field (connection, "Proxy/Manual/Server");
  g_autofree char *url = nm_vpn_dup_field (connection, "Proxy/AutoConfigUrl");
  g_autofree char *kind = NULL, *host = NULL, *port = NULL, *script = NULL;

  if (server == NULL && url == NULL)
    {
      /* A script of somebody else, or discovery, has no field. */
      if (nm_pac_get_url (connection) != NULL || nm_pac_parse (nm_pac_get_script (connection), &kind, &host, &port))
        nm_pac_set_proxy (connection, FALSE, NULL, NULL);
      return TRUE;
    }
  if (server != NULL && !nm_pac_split (server, &host, &port))
    return refuse (error, "Proxy/Manual/Server is no host:port");
  if (server != NULL)
    script = nm_pac_make ("PROXY", host, port);
  nm_pac_set_proxy (connection, TRUE, script == NULL ? url : NULL, script);
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
      if (nm_vpn_speaks_of (connection, "NativeProfile/RoutingPolicyType"))
        g_object_set (ips[i], NM_SETTING_IP_CONFIG_NEVER_DEFAULT, split, NULL);
    }
  return compile_routes (connection, ips[0], ips[1], error) && nm_vpn_compile_dns (connection, error);
}

static void
compile_always_on (NMConnection *connection)
{
  gboolean always = nm_vpn_is (connection, "AlwaysOn", "true") || nm_vpn_is (connection, "DeviceTunnel", "true");

  if (!nm_vpn_speaks_of (connection, "AlwaysOn") && !nm_vpn_has (connection, "DeviceTunnel"))
    return;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME),
                NM_SETTING_CONNECTION_AUTOCONNECT, always, NULL);
  if (!nm_vpn_is_wireguard (connection))
    g_object_set (nm_vpn_ensure_setting (connection), NM_SETTING_VPN_PERSISTENT, always, NULL);
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
  gboolean native = nm_vpn_has (connection, "NativeProfile/Servers") ||
                    nm_vpn_has (connection, "NativeProfile/NativeProtocolType");
  gboolean plugin = nm_vpn_has (connection, "PluginProfile/PluginPackageFamilyName");

  if (native && plugin)
    return refuse (error, "NativeProfile and PluginProfile exclude each other");
  if (!native && !plugin)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile or PluginProfile is missing");
  if (native ? !nm_vpn_compile_native (connection, error) : !nm_vpn_compile_plugin (connection, error))
    return FALSE;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_TYPE,
                nm_vpn_is_wireguard (connection) ? NM_SETTING_WIREGUARD_SETTING_NAME : NM_SETTING_VPN_SETTING_NAME,
                NULL);
  compile_always_on (connection);
  if (!compile_ip (connection, error) || !compile_proxy (connection, error))
    return FALSE;
  nm_vpn_set_fresh (connection, FALSE);
  return TRUE;
}

/**
 * nm_vpn_reset:
 * @connection: a profile
 * @field: path of a leaf that was removed
 *
 * Makes what the field is about as it is in a profile that never had it.
 */
void
nm_vpn_reset (NMConnection *connection, const char *field)
{
  static const char *const proposals[] = { "ike", "esp", "proposal", "ipsec-ike", "ipsec-esp" };
  NMSettingVpn *vpn = nm_connection_get_setting_vpn (connection);
  NMSettingConnection *about = nm_connection_get_setting_connection (connection);
  NMSettingIPConfig *v4 = nm_connection_get_setting_ip4_config (connection);
  NMSettingIPConfig *v6 = nm_connection_get_setting_ip6_config (connection);

  if (strcmp (field, "AlwaysOn") == 0 || strcmp (field, "DeviceTunnel") == 0)
    {
      g_object_set (about, NM_SETTING_CONNECTION_AUTOCONNECT, FALSE, NULL);
      if (vpn != NULL)
        g_object_set (vpn, NM_SETTING_VPN_PERSISTENT, FALSE, NULL);
    }
  else if (strcmp (field, "NativeProfile/RoutingPolicyType") == 0 && v4 != NULL && v6 != NULL)
    {
      g_object_set (v4, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, FALSE, NULL);
      g_object_set (v6, NM_SETTING_IP_CONFIG_NEVER_DEFAULT, FALSE, NULL);
    }
  else if (strcmp (field, "DnsSuffix") == 0 && v4 != NULL)
    nm_setting_ip_config_clear_dns_searches (v4);
  else if (strcmp (field, "RememberCredentials") == 0 && vpn != NULL)
    nm_vpn_put (vpn, "password-flags", "2");
  for (gsize i = 0; i < G_N_ELEMENTS (proposals) && vpn != NULL; i++)
    if (g_str_has_prefix (field, "NativeProfile/CryptographySuite/"))
      nm_vpn_put (vpn, proposals[i], NULL);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-network.h"
#include "nm-service.h"

#include <string.h>

/* ./Vendor/Omadm/Network/Connections: profiles as NetworkManager has them. */

#define ROOT "./Vendor/Omadm/Network/Connections"

/* ---- What every profile has ---- */

static OmaValue *
get_type (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (nm_connection_get_connection_type (place->connection));
}

static gboolean
set_type (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *type = nm_leaf_dup_text (value);

  if (type != NULL && nm_setting_lookup_type (type) == G_TYPE_INVALID)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "There is no such type of profile");
  if (type != NULL)
    nm_door_ensure_setting (place->connection, type);
  return nm_leaf_set_property (place, leaf, value, error);
}

static OmaValue *
get_state (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return oma_value_new_int ((gint32) nm_connection_get_state_noted (place->connection));
}

static OmaValue *
get_problem (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (nm_connection_get_problem_noted (place->connection));
}

/* ---- Wi-Fi ---- */

static OmaValue *
get_ssid (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (place->connection);
  GBytes *ssid = wireless != NULL ? nm_setting_wireless_get_ssid (wireless) : NULL;
  g_autofree char *text = NULL;
  gsize size;
  const char *octets;

  if (ssid == NULL)
    return NULL;
  octets = g_bytes_get_data (ssid, &size);
  if (!g_utf8_validate_len (octets, size, NULL))
    return NULL;
  text = g_strndup (octets, size);
  return oma_value_new_string (text);
}

static gboolean
set_ssid (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  g_autoptr(GBytes) ssid = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;

  if (text != NULL && (*text == '\0' || strlen (text) > 32))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "An SSID has 1 to 32 octets");
  g_object_set (nm_door_ensure_setting (place->connection, leaf->setting), leaf->property, ssid, NULL);
  return TRUE;
}

/* NetworkManager checks this as well, but too late for a server to know which command was wrong. */
static gboolean
set_psk (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  gsize length = text != NULL ? strlen (text) : 8;

  if (length < 8 || length > 64 || (length == 64 && strspn (text, "0123456789abcdefABCDEF") != 64))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error,
                           "A key has 8 to 63 characters or 64 hexadecimal digits");
  return nm_leaf_set_property (place, leaf, value, error);
}

/* ---- 802.1X ---- */

static NMSetting8021x *
get_8021x (const NmPlace *place)
{
  return nm_connection_get_setting_802_1x (place->connection);
}

static OmaValue *
get_eap (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSetting8021x *setting = get_8021x (place);

  return setting != NULL && nm_setting_802_1x_get_num_eap_methods (setting) > 0
           ? nm_leaf_new_string (nm_setting_802_1x_get_eap_method (setting, 0)) : NULL;
}

static gboolean
set_eap (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error G_GNUC_UNUSED)
{
  NMSetting8021x *setting = NM_SETTING_802_1X (nm_door_ensure_setting (place->connection, leaf->setting));
  g_autofree char *method = nm_leaf_dup_text (value);

  nm_setting_802_1x_clear_eap_methods (setting);
  if (method != NULL)
    nm_setting_802_1x_add_eap_method (setting, method);
  else
    nm_leaf_drop_if_default (place->connection, leaf->setting);
  return TRUE;
}

/* Certificates and keys are named, by the path of a file or in a token: only NetworkManager reads them. */
static OmaValue *
get_certificate (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSetting8021x *setting = get_8021x (place);
  g_autoptr(GBytes) octets = NULL;
  g_autofree char *text = NULL;
  gsize size;
  const char *data;

  if (setting != NULL)
    g_object_get (setting, leaf->property, &octets, NULL);
  if (octets == NULL)
    return NULL;
  data = g_bytes_get_data (octets, &size);
  text = g_strndup (data, size);
  return g_str_has_prefix (text, "file://") || g_str_has_prefix (text, "pkcs11:") ? nm_leaf_new_string (text) : NULL;
}

static gboolean
set_certificate (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSetting *setting = nm_door_ensure_setting (place->connection, leaf->setting);
  g_autofree char *text = nm_leaf_dup_text (value);
  g_autoptr(GBytes) octets = NULL;

  if (text != NULL && !(g_str_has_prefix (text, "file:///") && text[8] != '\0') && !g_str_has_prefix (text, "pkcs11:"))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error,
                           "It is named by file:// with an absolute path, or by pkcs11:");
  if (text != NULL)
    octets = g_bytes_new (text, strlen (text) + 1);      /* the NUL belongs to it */
  g_object_set (setting, leaf->property, octets, NULL);
  if (text == NULL)
    nm_leaf_drop_if_default (place->connection, leaf->setting);
  return TRUE;
}

/* ---- The door ---- */

static gboolean
shows (NMConnection *connection G_GNUC_UNUSED)
{
  return TRUE;
}

static char *
get_name (NMConnection *connection)
{
  return g_strdup (nm_connection_get_uuid (connection));
}

/* What follows from the settings that were set, where nothing says it. */
static gboolean
finish (NMConnection *connection, GError **error)
{
  static const char *const types[] = {
    NM_SETTING_WIRELESS_SETTING_NAME, NM_SETTING_WIREGUARD_SETTING_NAME, NM_SETTING_VPN_SETTING_NAME,
    NM_SETTING_GSM_SETTING_NAME,
  };
  NMSettingConnection *setting = nm_connection_get_setting_connection (connection);
  const char *type = nm_setting_connection_get_connection_type (setting);

  for (gsize i = 0; type == NULL && i < G_N_ELEMENTS (types); i++)
    if (nm_connection_get_setting_by_name (connection, types[i]) != NULL)
      type = types[i];
  if (type == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "Type is missing");
  g_object_set (setting, NM_SETTING_CONNECTION_TYPE, type, NULL);
  nm_door_ensure_setting (connection, type);
  return TRUE;
}

#define CONNECTION NM_SETTING_CONNECTION_SETTING_NAME
#define WIRELESS NM_SETTING_WIRELESS_SETTING_NAME
#define SECURITY NM_SETTING_WIRELESS_SECURITY_SETTING_NAME
#define EAP NM_SETTING_802_1X_SETTING_NAME
#define PROXY NM_SETTING_PROXY_SETTING_NAME
#define GSM NM_SETTING_GSM_SETTING_NAME
#define WIREGUARD NM_SETTING_WIREGUARD_SETTING_NAME
#define VPN NM_SETTING_VPN_SETTING_NAME

#define PROPERTY(node_, setting_, property_) \
  { .node = node_, .get = nm_leaf_get_property, .set = nm_leaf_set_property, .setting = setting_, \
    .property = property_ }
#define SECRET(node_, set_, setting_, property_) \
  { .node = node_, .get = nm_leaf_get_property, .set = set_, .setting = setting_, .property = property_, \
    .flags = NM_LEAF_SECRET }
#define CERTIFICATE(node_, property_) \
  { .node = node_, .get = get_certificate, .set = set_certificate, .setting = EAP, .property = property_ }
#define IP(node_, what, setting_) \
  { .node = node_, .get = nm_ip_get_##what, .set = nm_ip_set_##what, .setting = setting_ }
#define PEER(node_, member, flags_) \
  { .node = node_, .get = nm_wireguard_get_member, .set = nm_wireguard_set_member, .data = member, .flags = flags_ }

static const NmLeaf leaves[] = {
  { .node = "Type", .get = get_type, .set = set_type, .setting = CONNECTION, .property = NM_SETTING_CONNECTION_TYPE },
  PROPERTY ("Name", CONNECTION, NM_SETTING_CONNECTION_ID),
  PROPERTY ("AutoConnect", CONNECTION, NM_SETTING_CONNECTION_AUTOCONNECT),
  PROPERTY ("Priority", CONNECTION, NM_SETTING_CONNECTION_AUTOCONNECT_PRIORITY),
  PROPERTY ("Interface", CONNECTION, NM_SETTING_CONNECTION_INTERFACE_NAME),
  PROPERTY ("Metered", CONNECTION, NM_SETTING_CONNECTION_METERED),
  { .node = "State", .get = get_state },
  { .node = "Problem", .get = get_problem },

  { .node = "Wifi/SSID", .get = get_ssid, .set = set_ssid, .setting = WIRELESS, .property = NM_SETTING_WIRELESS_SSID },
  PROPERTY ("Wifi/Hidden", WIRELESS, NM_SETTING_WIRELESS_HIDDEN),
  PROPERTY ("Wifi/Mode", WIRELESS, NM_SETTING_WIRELESS_MODE),
  PROPERTY ("Wifi/Band", WIRELESS, NM_SETTING_WIRELESS_BAND),
  PROPERTY ("Wifi/BSSID", WIRELESS, NM_SETTING_WIRELESS_BSSID),
  PROPERTY ("Wifi/Security/KeyMgmt", SECURITY, NM_SETTING_WIRELESS_SECURITY_KEY_MGMT),
  SECRET ("Wifi/Security/Psk", set_psk, SECURITY, NM_SETTING_WIRELESS_SECURITY_PSK),
  PROPERTY ("Wifi/Security/Pmf", SECURITY, NM_SETTING_WIRELESS_SECURITY_PMF),

  { .node = "Eap/Method", .get = get_eap, .set = set_eap, .setting = EAP },
  PROPERTY ("Eap/Identity", EAP, NM_SETTING_802_1X_IDENTITY),
  PROPERTY ("Eap/AnonymousIdentity", EAP, NM_SETTING_802_1X_ANONYMOUS_IDENTITY),
  CERTIFICATE ("Eap/CACert", NM_SETTING_802_1X_CA_CERT),
  CERTIFICATE ("Eap/ClientCert", NM_SETTING_802_1X_CLIENT_CERT),
  CERTIFICATE ("Eap/PrivateKey", NM_SETTING_802_1X_PRIVATE_KEY),
  SECRET ("Eap/PrivateKeyPassword", nm_leaf_set_property, EAP, NM_SETTING_802_1X_PRIVATE_KEY_PASSWORD),
  PROPERTY ("Eap/Phase2", EAP, NM_SETTING_802_1X_PHASE2_AUTH),
  PROPERTY ("Eap/DomainSuffixMatch", EAP, NM_SETTING_802_1X_DOMAIN_SUFFIX_MATCH),
  SECRET ("Eap/Password", nm_leaf_set_property, EAP, NM_SETTING_802_1X_PASSWORD),

  IP ("IPv4/Method", method, "ipv4"),
  IP ("IPv4/Address", addresses, "ipv4"),
  IP ("IPv4/Gateway", gateway, "ipv4"),
  IP ("IPv4/DNS", dns, "ipv4"),
  IP ("IPv4/DnsSearch", search, "ipv4"),
  IP ("IPv4/Routes", routes, "ipv4"),
  IP ("IPv6/Method", method, "ipv6"),
  IP ("IPv6/Address", addresses, "ipv6"),
  IP ("IPv6/Gateway", gateway, "ipv6"),
  IP ("IPv6/DNS", dns, "ipv6"),
  IP ("IPv6/DnsSearch", search, "ipv6"),
  IP ("IPv6/Routes", routes, "ipv6"),

  PROPERTY ("Proxy/Method", PROXY, NM_SETTING_PROXY_METHOD),
  PROPERTY ("Proxy/PacUrl", PROXY, NM_SETTING_PROXY_PAC_URL),
  PROPERTY ("Proxy/PacScript", PROXY, NM_SETTING_PROXY_PAC_SCRIPT),

  PROPERTY ("Gsm/Apn", GSM, NM_SETTING_GSM_APN),
  PROPERTY ("Gsm/Username", GSM, NM_SETTING_GSM_USERNAME),
  SECRET ("Gsm/Password", nm_leaf_set_property, GSM, NM_SETTING_GSM_PASSWORD),
  PROPERTY ("Gsm/NetworkId", GSM, NM_SETTING_GSM_NETWORK_ID),
  PROPERTY ("Gsm/SimId", GSM, NM_SETTING_GSM_SIM_ID),

  SECRET ("WireGuard/PrivateKey", nm_wireguard_set_private_key, WIREGUARD, NM_SETTING_WIREGUARD_PRIVATE_KEY),
  PROPERTY ("WireGuard/ListenPort", WIREGUARD, NM_SETTING_WIREGUARD_LISTEN_PORT),
  PEER ("WireGuard/Peers/*/Endpoint", "endpoint", NM_LEAF_DEFAULT),
  PEER ("WireGuard/Peers/*/AllowedIPs", "allowed-ips", NM_LEAF_DEFAULT),
  PEER ("WireGuard/Peers/*/Keepalive", "keepalive", NM_LEAF_DEFAULT),
  PEER ("WireGuard/Peers/*/PresharedKey", "preshared-key", NM_LEAF_SECRET),

  { .node = "Vpn/Kind", .get = nm_vpn_get_kind, .set = nm_vpn_set_kind },
  PROPERTY ("Vpn/Username", VPN, NM_SETTING_VPN_USER_NAME),
  { .node = "Vpn/Data/*", .get = nm_vpn_get_item, .set = nm_vpn_set_item },
  { .node = "Vpn/Secrets/*", .get = nm_vpn_get_secret, .set = nm_vpn_set_secret, .flags = NM_LEAF_SECRET },
};

static const NmList lists[] = {
  { "WireGuard/Peers", nm_wireguard_list_peers, nm_wireguard_add_peer, nm_wireguard_remove_peer },
  { "Vpn/Data", nm_vpn_list_data, NULL, NULL },
  { "Vpn/Secrets", nm_vpn_list_secrets, NULL, NULL },
};

const NmDoor nm_door_network = {
  .id = "network",
  .root = ROOT,
  .shows = shows,
  .get_name = get_name,
  .finish = finish,
  .leaves = leaves,
  .n_leaves = G_N_ELEMENTS (leaves),
  .lists = lists,
  .n_lists = G_N_ELEMENTS (lists),
};

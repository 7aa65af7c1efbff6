/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service.h"
#include "nm-status.h"
#include "nm-tree.h"

#include <string.h>

/* Each leaf of ./Vendor/Omadm/Network/Connections: what it makes of a profile, as NetworkManager would write it, that
 * it reads as it was written, and what it refuses; and what is read of NetworkManager's objects. */

#define NAME "trial"
#define KEY "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28="
#define OTHER_KEY "d29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGU="
#define PEER "WireGuard/Peers/" KEY

static void
init_path (NmPath *path, const char *below)
{
  g_autofree char *uri = g_strconcat (nm_door_network.root, "/" NAME, *below != '\0' ? "/" : "", below, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (nm_path_init (path, uri, &error));
  g_assert_no_error (error);
}

static gboolean
set (NMConnection *connection, const char *node, const char *text, GError **error)
{
  g_auto(NmPath) path = { 0 };
  g_autoptr(OmaValue) value = text != NULL ? oma_value_new_string (text) : NULL;

  init_path (&path, node);
  return nm_tree_add (&path, connection, value, error);
}

static void
must_set (NMConnection *connection, const char *node, const char *text)
{
  g_autoptr(GError) error = NULL;

  set (connection, node, text, &error);
  g_assert_no_error (error);
}

static void
must_refuse (NMConnection *connection, const char *node, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_false (set (connection, node, text, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
}

static char *
get (NMConnection *connection, const char *node)
{
  g_auto(NmPath) path = { 0 };
  g_autoptr(OmaValue) value = NULL;

  init_path (&path, node);
  value = nm_tree_get (&path, connection, NULL);
  return value != NULL ? nm_leaf_dup_text (value) : NULL;
}

static void
must_remove (NMConnection *connection, const char *node)
{
  g_autoptr(GError) error = NULL;
  g_auto(NmPath) path = { 0 };

  init_path (&path, node);
  nm_tree_remove (&path, connection, &error);
  g_assert_no_error (error);
}

static gboolean
exists (NMConnection *connection, const char *node)
{
  g_autofree char *parent = strchr (node, '/') != NULL ? g_path_get_dirname (node) : g_strdup ("");
  g_autofree char *name = g_path_get_basename (node);
  g_auto(GStrv) names = nm_tree_list (&nm_door_network, connection, NAME, parent);

  return names != NULL && g_strv_contains ((const char *const *) names, name);
}

static NMConnection *
new_connection (void)
{
  NMConnection *connection = nm_simple_connection_new ();

  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_UUID,
                "11111111-2222-3333-4444-555555555555", NM_SETTING_CONNECTION_ID, NAME, NULL);
  return connection;
}

/* The least that makes a profile of each type. */
static NMConnection *
make (const char *type)
{
  static const char *const parts[][3] = {
    { "802-11-wireless", "Wifi/SSID", "Trial" }, { "802-11-wireless", "Wifi/Security/KeyMgmt", "wpa-psk" },
    { "eap", "Wifi/SSID", "Trial" }, { "eap", "Wifi/Security/KeyMgmt", "wpa-eap" }, { "eap", "Eap/Method", "ttls" },
    { "eap", "Eap/Identity", "joe" }, { "eap", "Eap/Phase2", "pap" },
    { "gsm", "Gsm/Apn", "internet" }, { "wireguard", "Interface", "wg0" }, { "vpn", "Vpn/Kind", "openvpn" },
  };
  NMConnection *connection = new_connection ();

  must_set (connection, "Type", strcmp (type, "eap") == 0 ? "802-11-wireless" : type);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strcmp (parts[i][0], type) == 0)
      must_set (connection, parts[i][1], parts[i][2]);
  return connection;
}

static GKeyFile *
write_keyfile (NMConnection *connection)
{
  g_autoptr(GError) error = NULL;
  GKeyFile *file;

  nm_door_network.finish (connection, &error);
  g_assert_no_error (error);
  nm_connection_normalize (connection, NULL, NULL, &error);
  g_assert_no_error (error);
  file = nm_keyfile_write (connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, &error);
  g_assert_no_error (error);
  return file;
}

typedef struct {
  const char *type, *node, *text;
  const char *group, *key, *written;
  const char *bad;
} Leaf;

static const Leaf leaves[] = {
  { "802-3-ethernet", "Name", "Cable", "connection", "id", "Cable", NULL },
  { "802-3-ethernet", "AutoConnect", "false", "connection", "autoconnect", "false", NULL },
  { "802-3-ethernet", "Priority", "-5", "connection", "autoconnect-priority", "-5", "1000" },
  { "802-3-ethernet", "Interface", "eth9", "connection", "interface-name", "eth9", NULL },
  { "802-3-ethernet", "Metered", "1", "connection", "metered", "1", "9" },
  { "802-3-ethernet", "IPv4/Address", "192.0.2.5/24, 192.0.2.6/32", "ipv4", "address2", "192.0.2.6/32",
    "192.0.2.5/33" },
  { "802-3-ethernet", "IPv4/Address", "192.0.2.5/24", "ipv4", "address1", "192.0.2.5/24", "2001:db8::5/64" },
  { "802-3-ethernet", "IPv4/DNS", "192.0.2.3, 192.0.2.4", "ipv4", "dns", "192.0.2.3;192.0.2.4;", "dns.example" },
  { "802-3-ethernet", "IPv4/DnsSearch", "a.example, b.example", "ipv4", "dns-search", "a.example;b.example;", "a/b" },
  { "802-3-ethernet", "IPv4/Routes", "198.51.0.0/16", "ipv4", "route1", "198.51.0.0/16", "198.51.0.0/16 x" },
  { "802-3-ethernet", "IPv4/Routes", "198.51.0.0/16 192.0.2.1 50, 203.0.113.0/24 7", "ipv4", "route1",
    "198.51.0.0/16,192.0.2.1,50", "198.51.0.0/16 192.0.2.1 50 50" },
  { "802-3-ethernet", "IPv4/Routes", "198.51.0.0/16 192.0.2.1", "ipv4", "route1", "198.51.0.0/16,192.0.2.1",
    "198.51.0.0/16 2001:db8::1" },
  { "802-3-ethernet", "IPv6/Method", "disabled", "ipv6", "method", "disabled", NULL },
  { "802-3-ethernet", "IPv6/Address", "2001:db8::5/64", "ipv6", "address1", "2001:db8::5/64", "192.0.2.5/24" },
  { "802-3-ethernet", "IPv6/DNS", "2001:db8::3", "ipv6", "dns", "2001:db8::3;", "192.0.2.3" },
  { "802-3-ethernet", "IPv6/DnsSearch", "c.example", "ipv6", "dns-search", "c.example;", "a b\\" },
  { "802-3-ethernet", "IPv6/Routes", "2001:db8:1::/48 2001:db8::1", "ipv6", "route1", "2001:db8:1::/48,2001:db8::1",
    "2001:db8::/129" },
  { "802-3-ethernet", "Proxy/Method", "1", "proxy", "method", "1", NULL },
  { "802-11-wireless", "Wifi/SSID", "Other net", "wifi", "ssid", "Other net", "" },
  { "802-11-wireless", "Wifi/SSID", "12345678901234567890123456789012", "wifi", "ssid",
    "12345678901234567890123456789012", "123456789012345678901234567890123" },
  { "802-11-wireless", "Wifi/Hidden", "true", "wifi", "hidden", "true", NULL },
  { "802-11-wireless", "Wifi/Mode", "adhoc", "wifi", "mode", "adhoc", NULL },
  { "802-11-wireless", "Wifi/BSSID", "02:00:00:00:00:01", "wifi", "bssid", "02:00:00:00:00:01", NULL },
  { "802-11-wireless", "Wifi/Security/KeyMgmt", "sae", "wifi-security", "key-mgmt", "sae", NULL },
  { "802-11-wireless", "Wifi/Security/Pmf", "3", "wifi-security", "pmf", "3", NULL },
  { "eap", "Eap/Method", "peap", "802-1x", "eap", "peap;", NULL },
  { "eap", "Eap/Identity", "jane", "802-1x", "identity", "jane", NULL },
  { "eap", "Eap/AnonymousIdentity", "anonymous", "802-1x", "anonymous-identity", "anonymous", NULL },
  { "eap", "Eap/CACert", "file:///etc/ca.pem", "802-1x", "ca-cert", "/etc/ca.pem", "/etc/ca.pem" },
  { "eap", "Eap/CACert", "pkcs11:token=t;object=ca", "802-1x", "ca-cert", "pkcs11:token=t;object=ca", "-----BEGIN" },
  { "eap", "Eap/ClientCert", "file:///etc/c.pem", "802-1x", "client-cert", "/etc/c.pem", "file://etc/c.pem" },
  { "eap", "Eap/PrivateKey", "pkcs11:token=t", "802-1x", "private-key", "pkcs11:token=t", "file:///" },
  { "eap", "Eap/Phase2", "mschapv2", "802-1x", "phase2-auth", "mschapv2", NULL },
  { "eap", "Eap/DomainSuffixMatch", "example.org", "802-1x", "domain-suffix-match", "example.org", NULL },
  { "gsm", "Gsm/Apn", "carrier.example", "gsm", "apn", "carrier.example", NULL },
  { "gsm", "Gsm/Username", "user", "gsm", "username", "user", NULL },
  { "gsm", "Gsm/NetworkId", "26201", "gsm", "network-id", "26201", NULL },
  { "gsm", "Gsm/SimId", "8949", "gsm", "sim-id", "8949", NULL },
  { "wireguard", "WireGuard/ListenPort", "51820", "wireguard", "listen-port", "51820", "65536" },
  { "wireguard", PEER "/Endpoint", "peer.example:51820", "wireguard-peer." KEY, "endpoint",
    "peer.example:51820", "nowhere" },
  { "wireguard", PEER "/AllowedIPs", "10.0.0.0/8, 2001:db8::/32", "wireguard-peer." KEY, "allowed-ips",
    "10.0.0.0/8;2001:db8::/32;", "10.0.0.0/99" },
  { "wireguard", PEER "/Keepalive", "25", "wireguard-peer." KEY, "persistent-keepalive", "25", "65536" },
  { "vpn", "Vpn/Kind", "l2tp", "vpn", "service-type", "org.freedesktop.NetworkManager.l2tp", "no name" },
  { "vpn", "Vpn/Kind", "org.example.Vpn", "vpn", "service-type", "org.example.Vpn", "a..b" },
  { "vpn", "Vpn/Username", "joe", "vpn", "user-name", "joe", NULL },
  { "vpn", "Vpn/Data/remote", "vpn.example.org", "vpn", "remote", "vpn.example.org", NULL },
};

static NMConnection *
make_for (const Leaf *leaf)
{
  NMConnection *connection = make (leaf->type);

  if (g_str_has_prefix (leaf->node, PEER))
    must_set (connection, PEER, NULL);
  return connection;
}

static void
test_leaf (gconstpointer data)
{
  const Leaf *leaf = data;
  g_autoptr(NMConnection) connection = make_for (leaf);
  g_autoptr(GKeyFile) file = NULL;
  g_autofree char *written = NULL, *before = NULL;

  must_set (connection, leaf->node, leaf->text);
  file = write_keyfile (connection);
  written = g_key_file_get_string (file, leaf->group, leaf->key, NULL);
  g_assert_cmpstr (written, ==, leaf->written);
  before = get (connection, leaf->node);
  g_assert_cmpstr (before, ==, leaf->text);
  g_assert_true (exists (connection, leaf->node));
  if (leaf->bad != NULL)
    {
      g_autoptr(NMConnection) other = make_for (leaf);

      must_refuse (other, leaf->node, leaf->bad);
    }
}

/* ---- Secrets ---- */

static const struct {
  const char *type, *node, *text, *bad;
} secrets[] = {
  { "802-11-wireless", "Wifi/Security/Psk", "planted secret", "short" },
  { "802-11-wireless", "Wifi/Security/Psk", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "g23456789012345678901234567890123456789012345678901234567890123x" },
  { "eap", "Eap/Password", "planted secret", NULL },
  { "eap", "Eap/PrivateKeyPassword", "planted secret", NULL },
  { "gsm", "Gsm/Password", "planted secret", NULL },
  { "wireguard", "WireGuard/PrivateKey", KEY, "c2hvcnQ=" },
  { "wireguard", PEER "/PresharedKey", OTHER_KEY, "planted secret" },
  { "vpn", "Vpn/Secrets/password", "planted secret", NULL },
};

static char *
collect (NMConnection *connection)
{
  g_autoptr(GPtrArray) nodes = nm_tree_collect (&nm_door_network, connection, NAME, "", NULL);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < nodes->len; i++)
    {
      const NmNode *node = g_ptr_array_index (nodes, i);

      g_string_append_printf (text, "%s=%s\n", node->path, node->value != NULL ? oma_value_get_text (node->value) : "");
    }
  return g_string_free (text, FALSE);
}

static void
test_secrets_are_there_and_not_read (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autoptr(NMConnection) connection = make (secrets[i].type);
      g_autoptr(GVariant) all = NULL;
      g_autofree char *nodes = NULL, *value = NULL, *dump = NULL;

      g_test_message ("%s", secrets[i].node);
      if (g_str_has_prefix (secrets[i].node, PEER))
        {
          must_set (connection, PEER, NULL);
          must_set (connection, PEER "/AllowedIPs", "10.0.0.0/8");
        }
      if (secrets[i].bad != NULL)
        must_refuse (connection, secrets[i].node, secrets[i].bad);
      g_assert_false (exists (connection, secrets[i].node));
      must_set (connection, secrets[i].node, secrets[i].text);
      nodes = collect (connection);
      value = get (connection, secrets[i].node);
      g_assert_null (strstr (nodes, secrets[i].text));
      g_assert_null (value);
      nm_mask_secrets (connection);
      g_assert_true (exists (connection, secrets[i].node));
      all = g_variant_ref_sink (nm_connection_to_dbus (connection, NM_CONNECTION_SERIALIZE_ALL));
      dump = g_variant_print (all, FALSE);
      /* A name of the peer is no secret. */
      g_assert_true (strstr (dump, secrets[i].text) == NULL || strcmp (secrets[i].text, KEY) == 0);
      must_remove (connection, secrets[i].node);
      g_assert_false (exists (connection, secrets[i].node));
    }
}

/* ---- Going ---- */

static void
test_leaves_lists_and_what_is_between_go (void)
{
  g_autoptr(NMConnection) connection = make ("802-11-wireless");

  must_remove (connection, "Wifi/Security");
  g_assert_false (exists (connection, "Wifi/Security"));
  g_assert_null (nm_connection_get_setting_wireless_security (connection));
  must_set (connection, "IPv4/Address", "192.0.2.5/24");
  must_set (connection, "IPv4/Gateway", "192.0.2.1");
  must_remove (connection, "IPv4/Address");
  g_assert_false (exists (connection, "IPv4/Gateway"));      /* none without an address */
  must_set (connection, PEER, NULL);
  must_set (connection, PEER "/Keepalive", "25");
  must_set (connection, "WireGuard/Peers/" OTHER_KEY, NULL);
  must_remove (connection, PEER);
  g_assert_false (exists (connection, PEER));
  g_assert_true (exists (connection, "WireGuard/Peers/" OTHER_KEY));
  must_remove (connection, "WireGuard/Peers");
  g_assert_false (exists (connection, "WireGuard/Peers"));
  must_refuse (connection, "WireGuard/Peers/nonsense", NULL);
}

static void
test_names_are_escaped (void)
{
  g_autoptr(NMConnection) connection = make ("vpn");
  g_autoptr(GPtrArray) nodes = NULL;
  gboolean found = FALSE;

  must_set (connection, "Vpn/Data/a%2Fb%20%C3%A4", "x");
  nodes = nm_tree_collect (&nm_door_network, connection, NAME, "Vpn/Data", NULL);
  for (guint i = 0; i < nodes->len; i++)
    found |= strcmp (((NmNode *) g_ptr_array_index (nodes, i))->path, "Vpn/Data/a%2Fb%20%C3%A4") == 0;
  g_assert_true (found);
  g_assert_cmpstr (nm_setting_vpn_get_data_item (nm_connection_get_setting_vpn (connection), "a/b \xc3\xa4"), ==, "x");
}

static void
test_no_server_names_a_program (void)
{
  g_autoptr(NMConnection) connection = make ("vpn");

  must_refuse (connection, "Vpn/Data/leftupdown", "/bin/sh");
  must_refuse (connection, "Vpn/Data/csd_wrapper", "/bin/sh");
}

static void
test_type_follows_from_what_is_set (void)
{
  g_autoptr(NMConnection) connection = new_connection ();
  g_autoptr(GError) error = NULL;

  g_assert_false (nm_door_network.finish (connection, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_INCOMPLETE_COMMAND);
  g_clear_error (&error);
  must_set (connection, "Wifi/SSID", "Trial");
  g_assert_true (nm_door_network.finish (connection, &error));
  g_assert_cmpstr (nm_connection_get_connection_type (connection), ==, "802-11-wireless");
}

/* ---- Status ---- */

#define OBJECTS \
  "{'/org/freedesktop/NetworkManager': {'org.freedesktop.NetworkManager': {'Connectivity': <uint32 4>," \
  "  'PrimaryConnection': <objectpath '/a/1'>, 'PrimaryConnectionType': <'802-3-ethernet'>}}," \
  " '/a/1': {'org.freedesktop.NetworkManager.Connection.Active': {'Ip4Config': <objectpath '/i/4'>," \
  "  'Ip6Config': <objectpath '/'>}}," \
  " '/i/4': {'org.freedesktop.NetworkManager.IP4Config': {'AddressData': <[{'address': <'192.0.2.5'>, 'prefix':" \
  "  <uint32 24>}, {'address': <'192.0.2.6'>, 'prefix': <uint32 32>}]>}}," \
  " '/d/1': {'org.freedesktop.NetworkManager.Device': {'Interface': <'lo'>, 'DeviceType': <uint32 32>, 'State':" \
  "  <uint32 100>, 'HwAddress': <'00:00:00:00:00:00'>}}," \
  " '/d/2': {'org.freedesktop.NetworkManager.Device': {'Interface': <'../../x'>, 'DeviceType': <uint32 2>}," \
  "  'org.freedesktop.NetworkManager.Device.Wireless': {'Bitrate': <uint32 1>}}," \
  " '/d/3': {'org.freedesktop.NetworkManager.Device': {'Interface': <'wlan0'>, 'DeviceType': <uint32 2>}," \
  "  'org.freedesktop.NetworkManager.Device.Wireless': {'Bitrate': <uint32 54000>}}," \
  " '/p/1': {'org.freedesktop.NetworkManager.AccessPoint': {'Ssid': <b'Trial'>, 'HwAddress': <'02:00:00:00:00:01'>," \
  "  'Strength': <byte 0x32>, 'Frequency': <uint32 2412>, 'Flags': <uint32 0>, 'RsnFlags': <uint32 8>}}}"

static const char *
find_value (OmaNodeList *list, const char *uri)
{
  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    if (strcmp (oma_node_list_get_uri (list, i), uri) == 0)
      return oma_value_get_text (oma_node_list_get_value (list, i));
  return NULL;
}

static void
test_status_is_read_from_the_objects (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) objects = g_variant_parse (G_VARIANT_TYPE ("a{oa{sa{sv}}}"), OBJECTS, NULL, NULL, &error);
  g_autoptr(OmaNodeList) list = NULL;
  g_auto(GStrv) wifi = NULL;

  g_assert_no_error (error);
  list = nm_status_build (objects);
  g_assert_cmpstr (find_value (list, "Connectivity"), ==, "4");
  g_assert_cmpstr (find_value (list, "PrimaryType"), ==, "802-3-ethernet");
  g_assert_cmpstr (find_value (list, "IPv4"), ==, "192.0.2.5/24, 192.0.2.6/32");
  g_assert_cmpstr (find_value (list, "IPv6"), ==, "");
  g_assert_cmpstr (find_value (list, "Devices/lo/Type"), ==, "loopback");
  g_assert_cmpstr (find_value (list, "Devices/lo/State"), ==, "100");
  g_assert_cmpstr (find_value (list, "AccessPoints/02:00:00:00:00:01/SSID"), ==, "Trial");
  g_assert_cmpstr (find_value (list, "AccessPoints/02:00:00:00:00:01/Strength"), ==, "50");
  g_assert_cmpstr (find_value (list, "AccessPoints/02:00:00:00:00:01/Secured"), ==, "true");
  for (guint i = 0; i < oma_node_list_get_length (list); i++)
    g_assert_null (strstr (oma_node_list_get_uri (list, i), ".."));
  wifi = nm_status_find_wifi (objects);
  g_assert_cmpuint (g_strv_length (wifi), ==, 2);
  g_assert_true (g_strv_contains ((const char *const *) wifi, "/d/2"));
  g_assert_cmpstr (find_value (list, "Devices/wlan0/Speed"), ==, "54");
}

static void
test_status_of_nothing_is_empty (void)
{
  g_autoptr(GVariant) objects = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{oa{sa{sv}}}"), NULL, 0));
  g_autoptr(OmaNodeList) list = nm_status_build (objects);

  g_assert_cmpstr (find_value (list, "Connectivity"), ==, "0");
  g_assert_cmpstr (find_value (list, "IPv4"), ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      g_autofree char *path = g_strdup_printf ("/nm-network/leaf/%s/%" G_GSIZE_FORMAT, leaves[i].node, i);

      g_test_add_data_func (path, &leaves[i], test_leaf);
    }
  g_test_add_func ("/nm-network/secrets-are-there-and-not-read", test_secrets_are_there_and_not_read);
  g_test_add_func ("/nm-network/leaves-lists-and-what-is-between-go", test_leaves_lists_and_what_is_between_go);
  g_test_add_func ("/nm-network/names-are-escaped", test_names_are_escaped);
  g_test_add_func ("/nm-network/no-server-names-a-program", test_no_server_names_a_program);
  g_test_add_func ("/nm-network/type-follows-from-what-is-set", test_type_follows_from_what_is_set);
  g_test_add_func ("/nm-network/status-is-read-from-the-objects", test_status_is_read_from_the_objects);
  g_test_add_func ("/nm-network/status-of-nothing-is-empty", test_status_of_nothing_is_empty);
  return g_test_run ();
}

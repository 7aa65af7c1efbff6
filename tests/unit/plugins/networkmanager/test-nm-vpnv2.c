/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "door-fixture.h"

#include "nm-vpn.h"

#include <string.h>

/* ./Vendor/MSFT/VPNv2: fields in any order or in one document, and what NetworkManager's plugins get of them. */

#define EAP_MSCHAPV2 "<EapHostConfig xmlns=\"http://www.microsoft.com/provisioning/EapHostConfig\"><EapMethod><Type>26" \
  "</Type></EapMethod><Config/></EapHostConfig>"
#define EAP_PEAP "<EapHostConfig><EapMethod><Type>25</Type></EapMethod><Config><Eap><Type>25</Type><EapType>" \
  "<ServerValidation><ServerNames>vpn.example.com</ServerNames><TrustedRootCA>" THUMBPRINT "</TrustedRootCA>" \
  "</ServerValidation><Eap><Type>26</Type></Eap></EapType></Eap></Config></EapHostConfig>"
#define PRIVATE_KEY "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define PRESHARED_KEY "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE="
#define PUBLIC_KEY "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define WG_QUICK \
  "[Interface]\nPrivateKey = " PRIVATE_KEY " # tell nobody\nAddress = 192.0.2.2/24, 2001:db8::2/64\nDNS = 192.0.2.1, " \
  "example.com\nListenPort = 51820\n\n[Peer]\nPublicKey = " PUBLIC_KEY "\nPresharedKey=" PRESHARED_KEY \
  "\nEndpoint = vpn.example.com:51820\nAllowedIPs = 10.0.0.0/8, 2001:db8:1::/48\nPersistentKeepalive = 25\n"

#define PROTOCOL "NativeProfile/NativeProtocolType"
#define SERVERS "NativeProfile/Servers"
#define USER "NativeProfile/Authentication/UserMethod"
#define DEVICE "NativeProfile/Authentication/MachineMethod"
#define EAP "NativeProfile/Authentication/Eap/Configuration"
#define SUITE "NativeProfile/CryptographySuite/"
#define PLUGIN "PluginProfile/PluginPackageFamilyName"
#define CUSTOM "PluginProfile/CustomConfiguration"
#define URLS "PluginProfile/ServerUrlList"

static gboolean
has_vpn (const char *service)
{
  return !g_str_has_suffix (service, ".fortisslvpn") && !g_str_has_suffix (service, ".sstp");
}

static const NmMachine machine = {
  "host/trial", "file:///etc/ssl/trial.crt", "file:///etc/ssl/trial.key", AUTHORITIES, has_vpn,
};

static void
set_up (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  nm_machine_set (&machine);
  door_fixture_open (f, &nm_door_vpnv2, "Trial");
}

static void
tear_down (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_close (f);
}

static void
set (DoorFixture *f, const char *node, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (door_fixture_set (f, node, text, &error));
  g_assert_no_error (error);
}

static const struct {
  const char *nodes[10][2];
  const char *expected[12][3];
} taken[] = {
  { { { "RouteList/0/Address", "192.0.2.0" }, { "RouteList/0/PrefixSize", "24" }, { "AlwaysOn", "true" },
      { "NativeProfile/RoutingPolicyType", "SplitTunnel" }, { USER, "Eap" }, { EAP, EAP_PEAP }, { PROTOCOL, "IKEv2" },
      { SERVERS, "vpn.example.com;Head office" }, { "DnsSuffix", "example.com,example.org" },
      { "TrustedNetworkDetection", "example.com" } },
    { { "connection", "type", "vpn" }, { "connection", "autoconnect", NULL }, { "connection", "id", "Trial" },
      { "vpn", "service-type", "org.freedesktop.NetworkManager.strongswan" }, { "vpn", "address", "vpn.example.com" },
      { "vpn", "method", "eap" }, { "vpn", "certificate", AUTHORITY }, { "vpn", "remote-identity", "vpn.example.com" },
      { "vpn", "persistent", "true" }, { "ipv4", "route1", "192.0.2.0/24" }, { "ipv4", "never-default", "true" },
      { "ipv4", "dns-search", "example.com;example.org;" } } },
  { { { PROTOCOL, "Automatic" }, { SERVERS, "192.0.2.1" }, { DEVICE, "Certificate" },
      { SUITE "EncryptionMethod", "AES256" }, { SUITE "IntegrityCheckMethod", "SHA256" }, { SUITE "DHGroup", "Group14" },
      { SUITE "CipherTransformConstants", "GCMAES256" }, { SUITE "AuthenticationTransformConstants", "GCMAES256" },
      { SUITE "PfsGroup", "ECP384" }, { "NativeProfile/RoutingPolicyType", "ForceTunnel" } },
    { { "vpn", "method", "cert" }, { "vpn", "usercert", "/etc/ssl/trial.crt" }, { "vpn", "userkey", "/etc/ssl/trial.key" },
      { "vpn", "proposal", "yes" }, { "vpn", "ike", "aes256-sha256-modp2048" }, { "vpn", "esp", "aes256gcm16-ecp384" },
      { "ipv4", "never-default", NULL }, { "connection", "autoconnect", "false" }, { "vpn", "password-flags", "2" } } },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "vpn.example.com" }, { USER, "MSChapv2" }, { "RememberCredentials", "true" },
      { "NativeProfile/L2tpPsk", "tell nobody" }, { "Proxy/Manual/Server", "proxy.example.com:80" } },
    { { "vpn", "service-type", "org.freedesktop.NetworkManager.l2tp" }, { "vpn", "gateway", "vpn.example.com" },
      { "vpn", "ipsec-enabled", "yes" }, { "vpn", "machine-auth-type", "psk" }, { "vpn-secrets", "ipsec-psk", "tell nobody" },
      { "vpn", "refuse-pap", "yes" }, { "vpn", "password-flags", "1" },
      { "proxy", "pac-script", "function FindProxyForURL (url, host) { return \"PROXY proxy.example.com:80\"; }" } } },
  { { { PROTOCOL, "PPTP" }, { SERVERS, "vpn.example.com" } },
    { { "vpn", "service-type", "org.freedesktop.NetworkManager.pptp" }, { "vpn", "require-mppe", "yes" } } },
  { { { CUSTOM, "[vpn]\nca=/etc/ssl/ca.crt\nconnection-type=password\nusername=joe\n[vpn-secrets]\npassword=tell nobody\n" },
      { URLS, "a.example.com:1194;b.example.com" }, { PLUGIN, "openvpn" } },
    { { "vpn", "service-type", "org.freedesktop.NetworkManager.openvpn" }, { "vpn", "ca", "/etc/ssl/ca.crt" },
      { "vpn", "remote", "a.example.com:1194,b.example.com" }, { "vpn", "username", "joe" },
      { "vpn-secrets", "password", "tell nobody" } } },
  { { { CUSTOM, WG_QUICK }, { PLUGIN, "wireguard" }, { "AlwaysOn", "true" } },
    { { "connection", "type", "wireguard" }, { "connection", "interface-name", "wg-11111111" },
      { "wireguard", "private-key", PRIVATE_KEY }, { "wireguard", "listen-port", "51820" },
      { "wireguard-peer." PUBLIC_KEY, "endpoint", "vpn.example.com:51820" },
      { "wireguard-peer." PUBLIC_KEY, "preshared-key", PRESHARED_KEY },
      { "wireguard-peer." PUBLIC_KEY, "allowed-ips", "10.0.0.0/8;2001:db8:1::/48;" },
      { "wireguard-peer." PUBLIC_KEY, "persistent-keepalive", "25" }, { "ipv4", "address1", "192.0.2.2/24" },
      { "ipv4", "dns", "192.0.2.1;" }, { "ipv4", "dns-search", "example.com;" }, { "ipv6", "address1", "2001:db8::2/64" } } },
};

static gboolean
is_readable (const char *node)
{
  return strcmp (node, CUSTOM) != 0 && !g_str_has_suffix (node, "Psk");
}

static void
test_fields_become_a_profile (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autofree char *keyfile = NULL;

      door_fixture_close (f);
      door_fixture_open (f, &nm_door_vpnv2, "Trial");
      g_test_message ("profile %" G_GSIZE_FORMAT, i);
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].nodes) && taken[i].nodes[j][0] != NULL; j++)
        set (f, taken[i].nodes[j][0], taken[i].nodes[j][1]);
      keyfile = door_fixture_finish (f);
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].expected) && taken[i].expected[j][0] != NULL; j++)
        door_fixture_has (keyfile, taken[i].expected[j][0], taken[i].expected[j][1], taken[i].expected[j][2]);
      g_assert_true (f->door->shows (f->connection));
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].nodes) && taken[i].nodes[j][0] != NULL; j++)
        if (is_readable (taken[i].nodes[j][0]))
          door_fixture_is (f, taken[i].nodes[j][0], taken[i].nodes[j][1]);
    }
}

/* The document that reads of it makes the same profile. */
static void
test_document_says_the_same (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr(NMConnection) before = NULL;
      g_autofree char *document = NULL;

      door_fixture_close (f);
      door_fixture_open (f, &nm_door_vpnv2, "Trial");
      g_test_message ("profile %" G_GSIZE_FORMAT, i);
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].nodes) && taken[i].nodes[j][0] != NULL; j++)
        set (f, taken[i].nodes[j][0], taken[i].nodes[j][1]);
      g_free (door_fixture_finish (f));
      before = nm_simple_connection_new_clone (f->connection);
      document = door_fixture_get (f, "ProfileXML");
      set (f, "ProfileXML", document);
      door_fixture_is (f, "ProfileXML", document);
      g_free (door_fixture_finish (f));
      door_fixture_is (f, "ProfileXML", document);
      nm_door_clear_data (before, f->door->id);
      nm_door_clear_data (f->connection, f->door->id);
      g_assert_true (nm_connection_compare (before, f->connection, NM_SETTING_COMPARE_FLAG_EXACT));
    }
}

#define DOCUMENT(more, authentication) \
  "<VPNProfile>\n  <NativeProfile><Servers>vpn.example.com</Servers><NativeProtocolType>IKEv2</NativeProtocolType>" \
  "<Authentication>" authentication "</Authentication></NativeProfile>" more "</VPNProfile>"
#define BY_EAP "<UserMethod>Eap</UserMethod><Eap><Configuration>" EAP_MSCHAPV2 "</Configuration></Eap>"

static void
test_document_is_read_as_a_whole (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char document[] = DOCUMENT (
    "<AlwaysOn>True</AlwaysOn><RememberCredentials>true</RememberCredentials><Route><Address>10.0.0.0</Address><PrefixSize>8"
    "</PrefixSize></Route><Route><Address>2001:db8::</Address><PrefixSize>32</PrefixSize><ExclusionRoute>false"
    "</ExclusionRoute></Route><LockDown>false</LockDown><DnsSuffix/>", BY_EAP);
  g_autofree char *keyfile = NULL, *written = NULL;

  set (f, "DnsSuffix", "old.example.com");
  set (f, "RouteList/7/Address", "192.0.2.0");
  set (f, "ProfileXML", document);
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "vpn", "method", "eap");
  door_fixture_has (keyfile, "ipv4", "route1", "10.0.0.0/8");
  door_fixture_has (keyfile, "ipv6", "route1", "2001:db8::/32");
  door_fixture_is (f, "ProfileXML", document);
  door_fixture_is (f, "RouteList/0/Address", "10.0.0.0");
  door_fixture_is (f, "RouteList/1/PrefixSize", "32");
  door_fixture_is (f, "RouteList/7/Address", NULL);
  door_fixture_is (f, "DnsSuffix", NULL);
  door_fixture_is (f, "AlwaysOn", "true");
  /* A leaf that is written by itself is in the document from then on. */
  set (f, "AlwaysOn", "false");
  g_free (door_fixture_finish (f));
  written = door_fixture_get (f, "ProfileXML");
  g_assert_nonnull (strstr (written, "<AlwaysOn>false</AlwaysOn>"));
  g_assert_nonnull (strstr (written, "<Type>26</Type>"));
}

static const struct {
  const char *document;
  int         status;
  const char *reason;
} refused[] = {
  { "", 415, "no well-formed document" },
  { "<VPNProfile>", 415, "no well-formed document" },
  { "<!DOCTYPE a><VPNProfile/>", 415, "document type" },
  { "<VPNProfile><LockDown>true</LockDown></VPNProfile>", 415, "LockDown" },
  { "<VPNProfile><TrafficFilter/></VPNProfile>", 415, "TrafficFilter in VPNProfile" },
  { "<VPNProfile><DomainNameInformation/></VPNProfile>", 415, "no DomainName" },
  { "<VPNProfile><DomainNameInformation><DomainName>.a</DomainName><DnsServers>192.0.2.1</DnsServers><AutoTrigger>true"
    "</AutoTrigger></DomainNameInformation></VPNProfile>", 415, "AutoTrigger" },
  { "<VPNProfile><DomainNameInformation><WebProxyServers>a</WebProxyServers></DomainNameInformation></VPNProfile>", 415,
    "WebProxyServers" },
  { "<VPNProfile><AlwaysOn>a</AlwaysOn></VPNProfile>", 415, "AlwaysOn" },
  { "<VPNProfile><AlwaysOn>true</AlwaysOn><AlwaysOn>true</AlwaysOn></VPNProfile>", 415, "twice" },
  { "<VPNProfile><Route><Address>10.0.0.0</Address></Route></VPNProfile>", 415, "no PrefixSize" },
  { "<VPNProfile><Route><Address>10.0.0</Address></Route></VPNProfile>", 415, "Address" },
  { "<VPNProfile><Route><Address>::</Address><PrefixSize>129</PrefixSize></Route></VPNProfile>", 415, "PrefixSize" },
  { "<VPNProfile><Route><Address>::</Address><PrefixSize>1</PrefixSize><ExclusionRoute>true</ExclusionRoute></Route>"
    "</VPNProfile>", 415, "ExclusionRoute" },
  { "<VPNProfile><NativeProfile><NativeProtocolType>SSTP</NativeProtocolType></NativeProfile></VPNProfile>", 406, "sstp" },
  { "<VPNProfile><PluginProfile><PluginPackageFamilyName>fortisslvpn</PluginPackageFamilyName></PluginProfile>"
    "</VPNProfile>", 406, "org.freedesktop.NetworkManager.fortisslvpn" },
  { DOCUMENT ("", "<Eap><Configuration><EapHostConfig/></Configuration></Eap>"), 415, "EAP method" },
};

static void
test_what_no_profile_can_be_is_refused (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    door_fixture_refuses (f, "ProfileXML", refused[i].document, refused[i].status, refused[i].reason);
}

static const struct {
  const char *nodes[6][2];
  const char *reason;
} unfinished[] = {
  { { { NULL, NULL } }, "NativeProfile or PluginProfile is missing" },
  { { { SERVERS, "a" } }, "NativeProtocolType is missing" },
  { { { PROTOCOL, "L2TP" } }, "Servers is missing" },
  { { { PROTOCOL, "IKEv2" }, { SERVERS, "a" } }, "neither a MachineMethod nor Eap" },
  { { { PROTOCOL, "IKEv2" }, { SERVERS, "a" }, { USER, "MSChapv2" } }, "not for IKEv2" },
  { { { PROTOCOL, "PPTP" }, { SERVERS, "a" }, { USER, "Eap" } }, "UserMethod Eap" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a,b" } }, "one server" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a b" } }, "no name or address" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a" }, { SUITE "EncryptionMethod", "DES" } }, "DES is not supported" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a" }, { SUITE "EncryptionMethod", "AES128" } }, "lacks a cipher" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a" }, { PLUGIN, "openvpn" } }, "exclude each other" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a" }, { "DnsSuffix", "a b" } }, "DnsSuffix" },
  { { { PROTOCOL, "L2TP" }, { SERVERS, "a" }, { "Proxy/Manual/Server", "a" } }, "host:port" },
  { { { PLUGIN, "openvpn" } }, "ServerUrlList is missing" },
  { { { PLUGIN, "openconnect" }, { URLS, "a;b" } }, "takes one server" },
  { { { PLUGIN, "wireguard" } }, "CustomConfiguration is missing" },
  { { { PLUGIN, "wireguard" }, { CUSTOM, "[vpn]\na=b\n" } }, "no file of wg-quick" },
  { { { PLUGIN, "openvpn" }, { URLS, "a" }, { CUSTOM, WG_QUICK } }, "not wireguard" },
};

static void
test_what_is_missing_or_wrong_together_is_told (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (unfinished); i++)
    {
      door_fixture_close (f);
      door_fixture_open (f, &nm_door_vpnv2, "Trial");
      for (gsize j = 0; j < G_N_ELEMENTS (unfinished[i].nodes) && unfinished[i].nodes[j][0] != NULL; j++)
        set (f, unfinished[i].nodes[j][0], unfinished[i].nodes[j][1]);
      door_fixture_unfinished (f, unfinished[i].reason);
    }
}

static void
test_custom_configuration_runs_nothing_and_tells_no_secret (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const wrong[] = {
    "", "<a/>", "[vpn-secrets]\npassword=s3cret\n", "[vpn]\ncsd_wrapper=/bin/sh\n", "[vpn]\nleftupdown=/bin/sh\n",
    "[Interface]\nPrivateKey = s3cret\n", "[Interface]\ns3cret\n", "[Interface]\ns3cret = \n", "[Interface]\n[s3cret]\n",
    "[Interface]\nPrivateKey = " PRIVATE_KEY "\nPostUp = /bin/sh\n",
    "[Interface]\nPrivateKey = " PRIVATE_KEY "\n[Peer]\nPresharedKey = s3cret\n",
    "[Interface]\nPrivateKey = " PRIVATE_KEY "\n[Peer]\nEndpoint = a:1\n",
    "[Interface]\nPrivateKey = " PRIVATE_KEY "\nAddress = 192.0.2.1/33\n",
    "[Interface]\nAddress = 192.0.2.1/32\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (door_fixture_set (f, CUSTOM, wrong[i], &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_UNSUPPORTED_FORMAT);
      g_assert_null (strstr (error->message, "s3cret"));
      g_assert_null (strstr (error->message, PRIVATE_KEY));
    }
}

static void
test_secrets_do_not_read (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set (f, PROTOCOL, "L2TP");
  set (f, SERVERS, "a");
  set (f, "NativeProfile/L2tpPsk", "tell nobody");
  g_free (door_fixture_finish (f));
  door_fixture_keeps_secret (f, "tell nobody");
  door_fixture_close (f);
  door_fixture_open (f, &nm_door_vpnv2, "Trial");
  set (f, "ProfileXML", "<VPNProfile><PluginProfile><ServerUrlList>a</ServerUrlList><CustomConfiguration>[vpn]\nca=b\n"
       "[vpn-secrets]\npassword=tell nobody\n</CustomConfiguration><PluginPackageFamilyName>openvpn</PluginPackageFamilyName>"
       "</PluginProfile></VPNProfile>");
  g_free (door_fixture_finish (f));
  door_fixture_keeps_secret (f, "tell nobody");
  door_fixture_close (f);
  door_fixture_open (f, &nm_door_vpnv2, "Trial");
  set (f, CUSTOM, WG_QUICK);
  set (f, PLUGIN, "wireguard");
  g_free (door_fixture_finish (f));
  door_fixture_keeps_secret (f, PRIVATE_KEY);
  door_fixture_keeps_secret (f, PRESHARED_KEY);
}

/* GET-SET: keys that could not be read stay when what was read is written. */
static void
test_keys_stay (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *keyfile = NULL;

  set (f, CUSTOM, WG_QUICK);
  set (f, PLUGIN, "wireguard");
  g_free (door_fixture_finish (f));
  g_assert_true (nm_vpn_still_says (f->connection));
  text = door_fixture_get (f, CUSTOM);
  /* As it was written, not made from what is there. */
  g_assert_nonnull (strstr (text, "AllowedIPs = 10.0.0.0/8, 2001:db8:1::/48\n"));
  set (f, CUSTOM, text);
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "wireguard", "private-key", PRIVATE_KEY);
  door_fixture_has (keyfile, "wireguard-peer." PUBLIC_KEY, "preshared-key", PRESHARED_KEY);
}

/* What somebody changed with nmcli reads, and is not undone by the next leaf that is written. */
static void
test_what_somebody_changed_stays (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;
  NMSettingVpn *vpn;

  set (f, "ProfileXML", DOCUMENT ("<DnsSuffix>example.com</DnsSuffix>", BY_EAP));
  g_free (door_fixture_finish (f));
  vpn = nm_connection_get_setting_vpn (f->connection);
  nm_setting_vpn_add_data_item (vpn, "address", "other.example.com");
  nm_setting_vpn_add_data_item (vpn, "user", "joe");
  door_fixture_is (f, SERVERS, "other.example.com");
  set (f, "DnsSuffix", "example.org");
  door_fixture_is (f, EAP, EAP_MSCHAPV2);
  door_fixture_is (f, SERVERS, "other.example.com");
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "vpn", "address", "other.example.com");
  door_fixture_has (keyfile, "vpn", "user", "joe");
  door_fixture_has (keyfile, "ipv4", "dns-search", "example.org;");
}

static char *
read_servers (DoorFixture *f)
{
  NmPlace place = { f->door, f->connection, f->name, { "", "", "", "" } };
  g_autoptr(OmaValue) value = NULL;

  for (gsize i = 0; i < f->door->n_leaves; i++)
    if (strcmp (f->door->leaves[i].node, SERVERS) == 0)
      value = f->door->leaves[i].get (&place, &f->door->leaves[i], NULL);
  return nm_leaf_dup_text (value);
}

/* What follows from a profile is found out once, and again when it changes. */
static void
test_reads_what_is_there_now (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const servers[] = { "b.example.com", "c.example.com", "vpn.example.com" };

  set (f, "ProfileXML", DOCUMENT ("", BY_EAP));
  g_free (door_fixture_finish (f));
  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      g_autofree char *found = NULL;

      g_free (read_servers (f));
      nm_setting_vpn_add_data_item (nm_connection_get_setting_vpn (f->connection), "address", servers[i]);
      found = read_servers (f);
      g_assert_cmpstr (found, ==, servers[i]);
    }
}

#define ABOUT(type) "[connection]\nid=Other\nuuid=21111111-2222-3333-4444-555555555555\ntype=" type "\n"

/* As nmcli and others make them. */
static const char *const others[] = {
  ABOUT ("vpn") "[vpn]\nservice-type=org.freedesktop.NetworkManager.l2tp\ngateway=a\nuser=joe\nipsec-enabled=no\n"
    "password-flags=0\n[vpn-secrets]\npassword=tell nobody\n[ipv4]\nmethod=auto\nnever-default=true\nroute1=10.0.0.0/8\n"
    "route1_options=table=5\nroute2=10.1.0.0/16,192.0.2.1\ndns=192.0.2.1;\ndns-search=~example.com;\n"
    "[ipv6]\nmethod=auto\n",
  ABOUT ("vpn") "[vpn]\nservice-type=org.freedesktop.NetworkManager.strongswan\naddress=a\nmethod=key\nusercert=/a\n"
    "userkey=/b\nvirtual=no\nencap=yes\nike=aes128-sha256-modp3072\nproposal=yes\n[proxy]\nmethod=1\n"
    "pac-script=function FindProxyForURL(url, host) { return \"DIRECT\"; }\n",
  ABOUT ("vpn") "autoconnect=false\n[vpn]\nservice-type=org.freedesktop.NetworkManager.strongswan\naddress=a\nmethod=eap\n"
    "user=joe\npassword-flags=1\n",
  ABOUT ("vpn") "[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\ngateway=a\npersistent=true\n",
  ABOUT ("vpn") "[vpn]\nservice-type=org.freedesktop.NetworkManager.openvpn\nremote=a, b:1194\nca=/a\nup=/bin/sh\n",
  ABOUT ("vpn") "[vpn]\nservice-type=org.freedesktop.NetworkManager.vpnc\nIPSec gateway=a\n[proxy]\nmethod=1\n"
    "pac-url=http://example.com/pac\n",
  ABOUT ("wireguard") "interface-name=wg0\n[wireguard]\nfwmark=5\nlisten-port=1\npeer-routes=false\nprivate-key="
    PRIVATE_KEY "\n[wireguard-peer." PUBLIC_KEY "]\nendpoint=a:1\npreshared-key=" PRESHARED_KEY "\n"
    "preshared-key-flags=0\nallowed-ips=10.0.0.0/8;\n[ipv4]\nmethod=manual\naddress1=192.0.2.1/24\n[ipv6]\nmethod=link-local\n",
};

static NMConnection *
read_other (const char *text)
{
  g_autoptr(GKeyFile) file = g_key_file_new ();
  g_autoptr(GError) error = NULL;
  NMConnection *connection;

  g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  connection = nm_keyfile_read (file, "/etc/NetworkManager/system-connections", NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL,
                                &error);
  g_assert_no_error (error);
  nm_connection_normalize (connection, NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
assert_same (NMConnection *a, NMConnection *b)
{
  g_autoptr(GVariant) x = g_variant_ref_sink (nm_connection_to_dbus (a, NM_CONNECTION_SERIALIZE_ALL));
  g_autoptr(GVariant) y = g_variant_ref_sink (nm_connection_to_dbus (b, NM_CONNECTION_SERIALIZE_ALL));
  g_autofree char *m = g_variant_print (x, FALSE), *n = g_variant_print (y, FALSE);

  if (!nm_connection_compare (a, b, NM_SETTING_COMPARE_FLAG_EXACT))
    g_error ("%s\nis not\n%s", m, n);
}

/* A leaf that is written changes what it is about, and nothing else. */
static void
test_one_leaf_of_the_profile_of_others (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr(NMConnection) expected = read_other (others[i]);

      g_test_message ("profile %" G_GSIZE_FORMAT, i);
      door_fixture_close (f);
      f->connection = read_other (others[i]);
      g_assert_true (f->door->shows (f->connection));
      set (f, "DnsSuffix", "example.org");
      g_free (door_fixture_finish (f));
      door_fixture_is (f, "DnsSuffix", "example.org");
      nm_door_clear_data (f->connection, f->door->id);
      nm_setting_ip_config_add_dns_search (nm_connection_get_setting_ip4_config (expected), "example.org");
      assert_same (f->connection, expected);
    }
}

static void
test_routes_are_added_leaf_by_leaf (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;
  g_auto(GStrv) names = NULL;
  NmPlace place = { f->door, f->connection, f->name, { "x/y", "", "", "" } };

  set (f, "ProfileXML", DOCUMENT ("", BY_EAP));
  g_free (door_fixture_finish (f));
  set (f, "RouteList/10/Address", "10.0.0.0");
  g_free (door_fixture_finish (f));
  door_fixture_is (f, "RouteList/10/Address", "10.0.0.0");
  set (f, "RouteList/10/PrefixSize", "8");
  set (f, "RouteList/9/PrefixSize", "16");
  set (f, "RouteList/9/Address", "10.1.0.0");
  set (f, "RouteList/9/Metric", "50");
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "route1", "10.1.0.0/16,0.0.0.0,50");
  door_fixture_has (keyfile, "ipv4", "route2", "10.0.0.0/8");
  g_assert_true (f->door->lists[0].add (&place, NULL));
  names = f->door->lists[0].list (&place);
  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_true (g_strv_contains ((const char *const *) names, "x/y"));
  place.captures[0] = "9";
  g_assert_true (f->door->lists[0].remove (&place, NULL));
  g_free (keyfile);
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "route1", "10.0.0.0/8");
  door_fixture_has (keyfile, "ipv4", "route2", NULL);
}

static void
test_domains_have_their_servers (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;
  NMSettingIPConfig *v4;
  NmPlace place = { f->door, f->connection, f->name, { "0", "", "", "" } };

  set (f, "ProfileXML", DOCUMENT ("<DnsSuffix>example.org</DnsSuffix><DomainNameInformation><DomainName>.example.com"
       "</DomainName><DnsServers>192.0.2.1, 2001:db8::1</DnsServers></DomainNameInformation>", BY_EAP));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "dns-search", "example.org;~example.com;");
  door_fixture_has (keyfile, "ipv4", "dns", "192.0.2.1;");
  door_fixture_has (keyfile, "ipv6", "dns", "2001:db8::1;");
  door_fixture_is (f, "DomainNameInformationList/0/DomainName", ".example.com");
  set (f, "DomainNameInformationList/1/DomainName", ".");
  set (f, "DomainNameInformationList/1/DnsServers", "192.0.2.9");
  door_fixture_unfinished (f, "the same servers");
  set (f, "DomainNameInformationList/1/DnsServers", "192.0.2.1, 2001:db8::1");
  g_free (keyfile);
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "dns-search", "example.org;~example.com;~.;");
  /* What somebody else put there stays. */
  v4 = nm_connection_get_setting_ip4_config (f->connection);
  nm_setting_ip_config_add_dns (v4, "198.51.100.1");
  set (f, "AlwaysOn", "true");
  g_free (door_fixture_finish (f));
  v4 = nm_connection_get_setting_ip4_config (f->connection);
  g_assert_true (nm_setting_ip_config_remove_dns_by_value (v4, "198.51.100.1"));
  g_assert_true (f->door->lists[1].remove (&place, NULL));
}

static void
test_domains_go (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;
  NmPlace place = { f->door, f->connection, f->name, { "0", "", "", "" } };

  set (f, "ProfileXML", DOCUMENT ("<DomainNameInformation><DomainName>www.example.com</DomainName><DnsServers>192.0.2.1"
       "</DnsServers></DomainNameInformation>", BY_EAP));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "dns-search", "~www.example.com;");
  g_assert_true (f->door->lists[1].remove (&place, NULL));
  g_free (keyfile);
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "ipv4", "dns-search", NULL);
  door_fixture_has (keyfile, "ipv4", "dns", NULL);
}

static void
test_missing_plugin_is_named (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_refuses (f, PROTOCOL, "SSTP", OMA_STATUS_NOT_SUPPORTED, "org.freedesktop.NetworkManager.sstp");
  door_fixture_refuses (f, PLUGIN, "fortisslvpn", OMA_STATUS_NOT_SUPPORTED, "fortisslvpn");
  door_fixture_refuses (f, PROTOCOL, "GRE", OMA_STATUS_UNSUPPORTED_FORMAT, "NativeProtocolType");
}

static void
test_tunnel_becomes_another_kind (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  set (f, CUSTOM, WG_QUICK);
  set (f, PLUGIN, "wireguard");
  g_free (door_fixture_finish (f));
  set (f, "ProfileXML", DOCUMENT ("", BY_EAP));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "connection", "type", "vpn");
  door_fixture_has (keyfile, "connection", "interface-name", NULL);
  door_fixture_has (keyfile, "wireguard", "private-key", NULL);
  door_fixture_has (keyfile, "ipv4", "method", "auto");
  g_clear_pointer (&keyfile, g_free);
  set (f, "ProfileXML", "<VPNProfile><PluginProfile><PluginPackageFamilyName>wireguard</PluginPackageFamilyName>"
       "<CustomConfiguration>" WG_QUICK "</CustomConfiguration></PluginProfile></VPNProfile>");
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "connection", "type", "wireguard");
  door_fixture_has (keyfile, "vpn", "service-type", NULL);
  door_fixture_has (keyfile, "ipv4", "method", "manual");
}

/* Keys of one plugin mean nothing to another. */
static void
test_other_protocol_leaves_nothing_of_the_first (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  set (f, PROTOCOL, "L2TP");
  set (f, SERVERS, "a");
  g_free (door_fixture_finish (f));
  set (f, PROTOCOL, "PPTP");
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "vpn", "gateway", "a");
  door_fixture_has (keyfile, "vpn", "ipsec-enabled", NULL);
}

static void
test_machine_without_certificate_cannot_use_one (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  nm_machine_set (&(NmMachine) { .client_certificate = "pkcs11:a", .private_key = "pkcs11:a", .has_vpn = has_vpn });
  set (f, PROTOCOL, "IKEv2");
  set (f, SERVERS, "a");
  set (f, DEVICE, "Certificate");
  door_fixture_unfinished (f, "no certificate in a file");
}

#define ADD(name, function) g_test_add ("/nm-vpnv2/" name, DoorFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("fields-become-a-profile", test_fields_become_a_profile);
  ADD ("document-says-the-same", test_document_says_the_same);
  ADD ("document-is-read-as-a-whole", test_document_is_read_as_a_whole);
  ADD ("what-no-profile-can-be-is-refused", test_what_no_profile_can_be_is_refused);
  ADD ("what-is-missing-or-wrong-together-is-told", test_what_is_missing_or_wrong_together_is_told);
  ADD ("custom-configuration-runs-nothing-and-tells-no-secret", test_custom_configuration_runs_nothing_and_tells_no_secret);
  ADD ("secrets-do-not-read", test_secrets_do_not_read);
  ADD ("keys-stay", test_keys_stay);
  ADD ("what-somebody-changed-stays", test_what_somebody_changed_stays);
  ADD ("reads-what-is-there-now", test_reads_what_is_there_now);
  ADD ("one-leaf-of-the-profile-of-others", test_one_leaf_of_the_profile_of_others);
  ADD ("routes-are-added-leaf-by-leaf", test_routes_are_added_leaf_by_leaf);
  ADD ("domains-have-their-servers", test_domains_have_their_servers);
  ADD ("domains-go", test_domains_go);
  ADD ("missing-plugin-is-named", test_missing_plugin_is_named);
  ADD ("tunnel-becomes-another-kind", test_tunnel_becomes_another_kind);
  ADD ("other-protocol-leaves-nothing-of-the-first", test_other_protocol_leaves_nothing_of_the_first);
  ADD ("machine-without-certificate-cannot-use-one", test_machine_without_certificate_cannot_use_one);
  return g_test_run ();
}

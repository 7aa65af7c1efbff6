/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "door-fixture.h"

#include <string.h>

/* WlanXml and its neighbours: what a document makes of a profile, and what is read of the profile. */

#define PROFILE(name, ssid, more, security) \
  "<?xml version=\"1.0\"?><WLANProfile xmlns=\"http://www.microsoft.com/networking/WLAN/profile/v1\"><name>" name \
  "</name><SSIDConfig><SSID>" ssid "</SSID></SSIDConfig>" more "<MSM><security>" security \
  "</security></MSM></WLANProfile>"
#define HEAD "<connectionType>ESS</connectionType><connectionMode>auto</connectionMode>"
#define CIPHER(authentication, encryption, one_x) \
  "<authEncryption><authentication>" authentication "</authentication><encryption>" encryption \
  "</encryption><useOneX>" one_x "</useOneX></authEncryption>"
#define KEY(type, key) \
  "<sharedKey><keyType>" type "</keyType><protected>false</protected><keyMaterial>" key "</keyMaterial></sharedKey>"
#define OPEN CIPHER ("open", "none", "false")
#define PERSONAL CIPHER ("WPA2PSK", "AES", "false") KEY ("passPhrase", "tell nobody")
#define ONE_X(type, config) \
  "<OneX xmlns=\"http://www.microsoft.com/networking/OneX/v1\"><authMode>user</authMode><EAPConfig><EapHostConfig " \
  "xmlns=\"http://www.microsoft.com/provisioning/EapHostConfig\"><EapMethod><Type xmlns=\"http://www.microsoft.com/" \
  "provisioning/EapCommon\">" type "</Type></EapMethod><Config>" config "</Config></EapHostConfig></EAPConfig></OneX>"
#define VALIDATION(names, authority) \
  "<ServerValidation><DisableUserPromptForServerValidation>true</DisableUserPromptForServerValidation><ServerNames>" \
  names "</ServerNames>" authority "</ServerValidation>"
#define ROOT(thumbprint) "<TrustedRootCA>" thumbprint " </TrustedRootCA>"
#define PEAP(validation, inner, more) \
  CIPHER ("WPA2", "AES", "true") ONE_X ("25", "<Eap><Type>25</Type><EapType>" validation "<FastReconnect>true" \
  "</FastReconnect><InnerEapOptional>false</InnerEapOptional><Eap><Type>" inner "</Type></Eap>" \
  "<EnableQuarantineChecks>false</EnableQuarantineChecks>" more "</EapType></Eap>")
#define TTLS(inner) \
  CIPHER ("WPA2", "AES", "true") ONE_X ("21", "<EapTtls><ServerValidation><ServerNames>a.example.com</ServerNames>" \
  "<TrustedRootCAHash>" THUMBPRINT "</TrustedRootCAHash></ServerValidation><Phase2Authentication>" inner \
  "</Phase2Authentication><Phase1Identity><IdentityPrivacy>true</IdentityPrivacy><AnonymousIdentity>nobody" \
  "</AnonymousIdentity></Phase1Identity></EapTtls>")
#define TLS \
  CIPHER ("WPA3ENT192", "GCMP256", "true") ONE_X ("13", "<Eap><Type>13</Type><EapType><CredentialsSource>" \
  "<CertificateStore/></CredentialsSource>" VALIDATION ("*.example.com", "") "</EapType></Eap>")
#define DOCUMENT(security) PROFILE ("Trial", "<name>Trial</name>", HEAD, security)

static const NmMachine machine = {
  "host/trial", "file:///etc/ssl/trial.crt", "pkcs11:token=trial", AUTHORITIES, NULL,
};

static void
set_up (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  nm_machine_set (&machine);
  door_fixture_open (f, &nm_door_wifi, "Trial");
}

static void
tear_down (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_close (f);
}

static const struct {
  const char *document;
  const char *expected[8][3];   /* group, key and value of the keyfile */
} taken[] = {
  { DOCUMENT (OPEN), {
    { "connection", "id", "Trial" }, { "connection", "type", "wifi" }, { "connection", "autoconnect", NULL },
    { "wifi", "ssid", "Trial" }, { "wifi", "mode", "infrastructure" }, { "wifi-security", "key-mgmt", NULL } } },
  { PROFILE ("Caf\303\251", "<hex>412D4D534654</hex><name>Caf\303\251</name>",
             "<connectionType>IBSS</connectionType><connectionMode>manual</connectionMode>", OPEN), {
    { "connection", "id", "Caf\303\251" }, { "connection", "autoconnect", "false" }, { "wifi", "ssid", "A-MSFT" },
    { "wifi", "mode", "adhoc" } } },
  { PROFILE ("Trial", "<name>Trial</name>", HEAD "<autoSwitch>true</autoSwitch><MacRandomization><enableRandomization>"
             "true</enableRandomization></MacRandomization>", OPEN), { { "wifi", "cloned-mac-address", "stable" } } },
  { DOCUMENT (PERSONAL), {
    { "wifi-security", "key-mgmt", "wpa-psk" }, { "wifi-security", "psk", "tell nobody" },
    { "wifi-security", "proto", "rsn;" }, { "wifi-security", "pairwise", "ccmp;" } } },
  { DOCUMENT (CIPHER ("WPAPSK", "TKIP", "false")
              KEY ("networkKey", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")), {
    { "wifi-security", "key-mgmt", "wpa-psk" }, { "wifi-security", "proto", "wpa;" },
    { "wifi-security", "pairwise", "tkip;" } } },
  { DOCUMENT (CIPHER ("WPA3SAE", "AES", "false") KEY ("passPhrase", "tell nobody")), {
    { "wifi-security", "key-mgmt", "sae" }, { "wifi-security", "pmf", "3" }, { "wifi-security", "psk", "tell nobody" } } },
  { DOCUMENT ("<authEncryption><authentication>WPA3SAE</authentication><encryption>AES</encryption><useOneX>false</useOneX>"
              "<transitionMode xmlns=\"http://www.microsoft.com/networking/WLAN/profile/v4\">true</transitionMode>"
              "</authEncryption>" KEY ("passPhrase", "tell nobody")), { { "wifi-security", "key-mgmt", "wpa-psk" } } },
  { DOCUMENT (CIPHER ("OWE", "AES", "false")), { { "wifi-security", "key-mgmt", "owe" }, { "wifi-security", "psk", NULL } } },
  { DOCUMENT (PEAP (VALIDATION ("radius.example.com;^b\\.example\\.com$", ROOT (THUMBPRINT)), "26", "")), {
    { "wifi-security", "key-mgmt", "wpa-eap" }, { "802-1x", "eap", "peap;" }, { "802-1x", "phase2-auth", "mschapv2" },
    { "802-1x", "identity", "host/trial" }, { "802-1x", "ca-cert", AUTHORITY }, { "802-1x", "system-ca-certs", NULL },
    { "802-1x", "domain-match", "radius.example.com;b.example.com" }, { "802-1x", "password-flags", "1" } } },
  { DOCUMENT (PEAP (VALIDATION ("", ""), "13", "<PeapExtensions><PerformServerValidation>False</PerformServerValidation>"
                    "<IdentityPrivacy><EnableIdentityPrivacy>true</EnableIdentityPrivacy><AnonymousUserName/>"
                    "</IdentityPrivacy></PeapExtensions>")), {
    { "802-1x", "phase2-auth", "tls" }, { "802-1x", "phase2-client-cert", "/etc/ssl/trial.crt" },
    { "802-1x", "phase2-private-key", "pkcs11:token=trial" }, { "802-1x", "ca-cert", NULL },
    { "802-1x", "system-ca-certs", NULL }, { "802-1x", "anonymous-identity", "anonymous" } } },
  { DOCUMENT (TTLS ("<PAPAuthentication/>")), {
    { "802-1x", "eap", "ttls;" }, { "802-1x", "phase2-auth", "pap" }, { "802-1x", "anonymous-identity", "nobody" },
    { "802-1x", "domain-match", "a.example.com" }, { "802-1x", "ca-cert", AUTHORITY } } },
  { DOCUMENT (TTLS ("<EapHostConfig><EapMethod><Type>26</Type></EapMethod></EapHostConfig>")), {
    { "802-1x", "phase2-autheap", "mschapv2" }, { "802-1x", "phase2-auth", NULL } } },
  { DOCUMENT (TLS), {
    { "wifi-security", "key-mgmt", "wpa-eap-suite-b-192" }, { "802-1x", "eap", "tls;" },
    { "802-1x", "client-cert", "/etc/ssl/trial.crt" }, { "802-1x", "private-key", "pkcs11:token=trial" },
    { "802-1x", "system-ca-certs", "true" }, { "802-1x", "domain-suffix-match", "example.com" } } },
};

/* What reads of a profile that has no document makes the same profile. */
static void
check_written (DoorFixture *f)
{
  g_autoptr(NMConnection) before = NULL;
  g_autofree char *document = NULL;
  g_autoptr(GError) error = NULL;

  nm_door_clear_data (f->connection, f->door->id);
  before = nm_simple_connection_new_clone (f->connection);
  document = door_fixture_get (f, "WlanXml");
  g_assert_nonnull (document);
  g_assert_true (door_fixture_set (f, "WlanXml", document, &error));
  g_assert_no_error (error);
  g_free (door_fixture_finish (f));
  nm_door_clear_data (f->connection, f->door->id);
  g_assert_true (nm_connection_compare (before, f->connection, NM_SETTING_COMPARE_FLAG_EXACT));
}

static void
test_document_becomes_a_profile (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *keyfile = NULL;

      door_fixture_close (f);
      door_fixture_open (f, &nm_door_wifi, "Trial");
      g_test_message ("document %" G_GSIZE_FORMAT, i);
      g_assert_true (door_fixture_set (f, "WlanXml", taken[i].document, &error));
      g_assert_no_error (error);
      keyfile = door_fixture_finish (f);
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].expected) && taken[i].expected[j][0] != NULL; j++)
        door_fixture_has (keyfile, taken[i].expected[j][0], taken[i].expected[j][1], taken[i].expected[j][2]);
      check_written (f);
    }
}

static const struct {
  const char *document;
  int         status;
  const char *reason;
} refused[] = {
  { "", 415, "no well-formed document" },
  { "WLANProfile", 415, "no well-formed document" },
  { "<WLANProfile/>", 415, "no MSM/security" },
  { "<VPNProfile/>", 415, "no well-formed document of WLANProfile" },
  { "<!DOCTYPE WLANProfile [<!ENTITY a \"b\">]><WLANProfile><name>&a;</name></WLANProfile>", 415, "document type" },
  { "<WLANProfile><name>&a;</name></WLANProfile>", 415, "no well-formed document" },
  { PROFILE ("", "<name>Trial</name>", HEAD, OPEN), 415, "has no name" },
  { PROFILE ("Trial", "<name></name>", HEAD, OPEN), 415, "no SSID" },
  { PROFILE ("Trial", "<name>012345678901234567890123456789012</name>", HEAD, OPEN), 415, "1 to 32 octets" },
  { PROFILE ("Trial", "<hex>4</hex>", HEAD, OPEN), 415, "no SSID" },
  { PROFILE ("Trial", "<hex>4g</hex>", HEAD, OPEN), 415, "no SSID" },
  { PROFILE ("Trial", "<name>a</name></SSID><SSID><name>b</name>", HEAD, OPEN), 415, "SSID is twice" },
  { PROFILE ("Trial", "<name>a</name></SSID></SSIDConfig><SSIDConfig><SSID><name>b</name>", HEAD, OPEN), 415, "one SSID" },
  { PROFILE ("Trial", "<name>a</name>", "<connectionType>MESH</connectionType>", OPEN), 415, "connectionType: MESH" },
  { PROFILE ("Trial", "<name>a</name>", "<connectionMode>never</connectionMode>", OPEN), 415, "connectionMode: never" },
  { DOCUMENT (CIPHER ("open", "WEP", "false") KEY ("networkKey", "0123456789")), 415, "WEP" },
  { DOCUMENT (CIPHER ("open", "none", "true")), 415, "authentication with useOneX: open" },
  { DOCUMENT (CIPHER ("open", "none", "perhaps")), 415, "useOneX is neither true nor false" },
  { DOCUMENT (CIPHER ("WPA4", "AES", "false")), 415, "authentication: WPA4" },
  { DOCUMENT (CIPHER ("WPA2PSK", "DES", "false") KEY ("passPhrase", "tell nobody")), 415, "encryption: DES" },
  { DOCUMENT (CIPHER ("WPA3SAE", "TKIP", "false") KEY ("passPhrase", "tell nobody")), 415, "encryption: TKIP" },
  { DOCUMENT (CIPHER ("WPA2PSK", "AES", "false")), 415, "no keyMaterial" },
  { DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("passPhrase", "tell")), 415, "no passphrase" },
  { DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("networkKey", "tell nobody")), 415, "no key of 64" },
  { DOCUMENT (CIPHER ("WPA3SAE", "AES", "false")
              KEY ("networkKey", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")), 415, "no passphrase" },
  { DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") "<sharedKey><keyType>passPhrase</keyType><protected>true</protected>"
              "<keyMaterial>01000000D08C9DDF0115D1118C7A00C04FC297EB</keyMaterial></sharedKey>"), 415, "is protected" },
  { DOCUMENT (PERSONAL "<vendorSecurity/>"), 415, "vendorSecurity in security" },
  { DOCUMENT ("<authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption><FIPSMode>true"
              "</FIPSMode></authEncryption>"), 415, "FIPSMode" },
  { DOCUMENT (CIPHER ("WPA2", "AES", "true")), 415, "EapHostConfig is missing" },
  { DOCUMENT (CIPHER ("WPA2", "AES", "true") ONE_X ("43", "")), 415, "EAP method 43" },
  { DOCUMENT (CIPHER ("WPA2", "AES", "true") ONE_X ("26", "")), 415, "by itself" },
  { DOCUMENT (CIPHER ("WPA2", "AES", "true") "<OneX><EAPConfig><EapHostConfig><EapMethod><Type>25</Type></EapMethod>"
              "<ConfigBlob>00</ConfigBlob></EapHostConfig></EAPConfig></OneX>"), 415, "ConfigBlob" },
  { DOCUMENT (PEAP (VALIDATION ("", ""), "25", "")), 415, "inside of another" },
  { DOCUMENT (PEAP (VALIDATION ("", ROOT ("00 11")), "26", "")), 415, "no SHA-1 thumbprint" },
  { DOCUMENT (PEAP (VALIDATION ("", ROOT ("00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 11 22 33")), "26", "")), 406,
    "00112233445566778899aabbccddeeff00112233" },
  { DOCUMENT (PEAP (VALIDATION ("a.example.com;*.example.org", ROOT (THUMBPRINT)), "26", "")), 415, "*.example.org" },
  { DOCUMENT (PEAP (VALIDATION ("(a|b)\\.example\\.com", ROOT (THUMBPRINT)), "26", "")), 415, "ServerNames" },
  { DOCUMENT (PEAP (VALIDATION ("", ""), "26", "<RequireCryptoBinding>true</RequireCryptoBinding>")), 415,
    "RequireCryptoBinding" },
  { DOCUMENT (TTLS ("")), 415, "Phase2Authentication" },
};

static void
test_what_no_profile_can_be_is_refused (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *many = g_strnfill (70000, ' '), *large = g_strconcat (DOCUMENT (OPEN), many, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    door_fixture_refuses (f, "WlanXml", refused[i].document, refused[i].status, refused[i].reason);
  door_fixture_refuses (f, "WlanXml", large, OMA_STATUS_ENTITY_TOO_LARGE, "65536 octets");
}

/* Not even what is wrong with a key tells it. */
static void
test_no_message_has_the_key (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const documents[] = {
    DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("networkKey", "s3cret")),
    DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("passPhrase", "s3cret")),
    DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("passPhrase", "s3cret<x/>")),
    DOCUMENT (CIPHER ("WPA2PSK", "AES", "false") KEY ("passPhrase", "s3cret &amp")),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (door_fixture_set (f, "WlanXml", documents[i], &error));
      g_assert_null (strstr (error->message, "s3cret"));
    }
}

static void
test_machine_without_certificate_cannot_do_tls (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  nm_machine_set (&(NmMachine) { .authorities = AUTHORITIES });
  door_fixture_refuses (f, "WlanXml", DOCUMENT (TLS), OMA_STATUS_NOT_SUPPORTED, "no certificate for EAP-TLS");
}

static void
test_reads_as_it_was_written_without_the_key (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT ("<!-- tell nobody -->" PERSONAL), NULL));
  g_free (door_fixture_finish (f));
  door_fixture_keeps_secret (f, "tell nobody");
  text = door_fixture_get (f, "WlanXml");
  g_assert_nonnull (strstr (text, "<protected>false</protected></sharedKey>"));
  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (TLS), NULL));
  g_free (door_fixture_finish (f));
  door_fixture_is (f, "WlanXml", DOCUMENT (TLS));
}

/* GET-SET: what was read is written again. */
static void
test_document_without_a_key_leaves_it (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL, *keyfile = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (PERSONAL), NULL));
  g_free (door_fixture_finish (f));
  text = door_fixture_get (f, "WlanXml");
  g_assert_true (door_fixture_set (f, "WlanXml", text, NULL));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "wifi-security", "psk", "tell nobody");
}

/* A server that replaces the network leaves who logs in to it. */
static void
test_user_and_password_stay (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (TTLS ("<PAPAuthentication/>")), NULL));
  g_object_set (nm_connection_get_setting_802_1x (f->connection), NM_SETTING_802_1X_IDENTITY, "joe",
                NM_SETTING_802_1X_PASSWORD, "tell nobody", NM_SETTING_802_1X_PASSWORD_FLAGS, 0, NULL);
  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (TTLS ("<CHAPAuthentication/>")), NULL));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "802-1x", "identity", "joe");
  door_fixture_has (keyfile, "802-1x", "password", "tell nobody");
  door_fixture_has (keyfile, "802-1x", "phase2-auth", "chap");
}

static void
test_reads_as_the_profile_is_when_somebody_changed_it (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  g_free (door_fixture_finish (f));
  g_object_set (nm_connection_get_setting_wireless (f->connection), NM_SETTING_WIRELESS_HIDDEN, TRUE, NULL);
  text = door_fixture_get (f, "WlanXml");
  g_assert_nonnull (strstr (text, "<nonBroadcast>true</nonBroadcast>"));
}

/* The octets of an SSID are any. */
static void
test_name_that_is_no_text_reads (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", PROFILE ("Trial", "<hex>0241ff26</hex>", HEAD, OPEN), NULL));
  nm_door_clear_data (f->connection, f->door->id);
  text = door_fixture_get (f, "WlanXml");
  g_assert_nonnull (strstr (text, "<hex>0241FF26</hex>"));
  g_assert_true (door_fixture_set (f, "WlanXml", text, NULL));
}

static void
test_open_network_forgets_the_key (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (PERSONAL), NULL));
  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "wifi-security", "psk", NULL);
}

static void
test_profile_without_document_is_not_complete (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (door_fixture_set (f, "WiFiCost", "2", NULL));
  door_fixture_unfinished (f, "WlanXml is missing");
}

static void
test_proxies_take_the_place_of_each_other (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  door_fixture_is (f, "Proxy", NULL);
  g_assert_true (door_fixture_set (f, "Proxy", "proxy.example.com:8080", NULL));
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "proxy", "method", "1");
  door_fixture_has (keyfile, "proxy", "pac-script",
                    "function FindProxyForURL (url, host) { return \"PROXY proxy.example.com:8080\"; }");
  door_fixture_is (f, "Proxy", "proxy.example.com:8080");
  g_assert_true (door_fixture_set (f, "ProxyPacUrl", "http://example.com/wpad.dat", NULL));
  door_fixture_is (f, "Proxy", NULL);
  door_fixture_is (f, "ProxyPacUrl", "http://example.com/wpad.dat");
  g_assert_true (door_fixture_set (f, "ProxyWPAD", "true", NULL));
  door_fixture_is (f, "ProxyPacUrl", NULL);
  door_fixture_is (f, "ProxyWPAD", "true");
  g_assert_true (door_fixture_set (f, "Proxy", "[2001:db8::1]:3128", NULL));
  door_fixture_is (f, "ProxyWPAD", NULL);
  g_assert_true (door_fixture_set (f, "ProxyPacUrl", NULL, NULL));
  door_fixture_is (f, "Proxy", "[2001:db8::1]:3128");
  g_assert_true (door_fixture_set (f, "Proxy", NULL, NULL));
  g_assert_null (nm_connection_get_setting_proxy (f->connection));
  door_fixture_is (f, "WlanXml", DOCUMENT (OPEN));
}

static void
test_proxy_is_no_script (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const servers[] = {
    "", "proxy", "proxy:", ":80", "proxy:0", "proxy:65536", "proxy:8o", "a\"; alert(1); \":80", "a b:80", "a;b:80",
    "[::1%eth0]:80", "[x]:80", "2001:db8::1:80",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++)
    door_fixture_refuses (f, "Proxy", servers[i], OMA_STATUS_UNSUPPORTED_FORMAT, "host:port");
  door_fixture_refuses (f, "ProxyPacUrl", "file:///etc/passwd", OMA_STATUS_UNSUPPORTED_FORMAT, "URL");
  door_fixture_refuses (f, "ProxyPacUrl", "http://a b", OMA_STATUS_UNSUPPORTED_FORMAT, "URL");
}

static void
test_cost_is_whether_it_is_metered (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const costs[][2] = { { "1", "2" }, { "2", "1" }, { "3", "1" } };

  door_fixture_is (f, "WiFiCost", NULL);
  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (costs); i++)
    {
      g_autofree char *keyfile = NULL;

      g_assert_true (door_fixture_set (f, "WiFiCost", costs[i][0], NULL));
      keyfile = door_fixture_finish (f);
      door_fixture_has (keyfile, "connection", "metered", costs[i][1]);
      door_fixture_is (f, "WiFiCost", costs[i][0]);
    }
  g_assert_true (door_fixture_set (f, "WiFiCost", NULL, NULL));
  door_fixture_is (f, "WiFiCost", NULL);
}

static void
test_only_clients_of_networks_are_shown (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *name = NULL;

  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  g_assert_true (f->door->shows (f->connection));
  name = f->door->get_name (f->connection);
  g_assert_cmpstr (name, ==, "Trial");
  g_object_set (nm_connection_get_setting_wireless (f->connection), NM_SETTING_WIRELESS_MODE, "ap", NULL);
  g_assert_false (f->door->shows (f->connection));
  nm_connection_remove_setting (f->connection, NM_TYPE_SETTING_WIRELESS);
  g_assert_false (f->door->shows (f->connection));
}

/* A document of more than 8 KiB lies in several texts. */
static void
test_long_document_comes_back (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GString) comment = g_string_new (NULL);
  g_autofree char *text = NULL;

  for (guint i = 0; i < 7000; i++)
    g_string_append (comment, "\342\202\254");
  text = g_strconcat (DOCUMENT (OPEN), "<!--", comment->str, "-->", NULL);
  g_assert_true (door_fixture_set (f, "WlanXml", text, NULL));
  g_free (door_fixture_finish (f));
  door_fixture_is (f, "WlanXml", text);
  g_assert_true (door_fixture_set (f, "WlanXml", DOCUMENT (OPEN), NULL));
  door_fixture_is (f, "WlanXml", DOCUMENT (OPEN));
}

#define ADD(name, function) g_test_add ("/nm-wifi/" name, DoorFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("document-becomes-a-profile", test_document_becomes_a_profile);
  ADD ("what-no-profile-can-be-is-refused", test_what_no_profile_can_be_is_refused);
  ADD ("no-message-has-the-key", test_no_message_has_the_key);
  ADD ("machine-without-certificate-cannot-do-tls", test_machine_without_certificate_cannot_do_tls);
  ADD ("reads-as-it-was-written-without-the-key", test_reads_as_it_was_written_without_the_key);
  ADD ("document-without-a-key-leaves-it", test_document_without_a_key_leaves_it);
  ADD ("user-and-password-stay", test_user_and_password_stay);
  ADD ("reads-as-the-profile-is-when-somebody-changed-it", test_reads_as_the_profile_is_when_somebody_changed_it);
  ADD ("name-that-is-no-text-reads", test_name_that_is_no_text_reads);
  ADD ("open-network-forgets-the-key", test_open_network_forgets_the_key);
  ADD ("profile-without-document-is-not-complete", test_profile_without_document_is_not_complete);
  ADD ("proxies-take-the-place-of-each-other", test_proxies_take_the_place_of_each_other);
  ADD ("proxy-is-no-script", test_proxy_is_no_script);
  ADD ("cost-is-whether-it-is-metered", test_cost_is_whether_it_is_metered);
  ADD ("only-clients-of-networks-are-shown", test_only_clients_of_networks_are_shown);
  ADD ("long-document-comes-back", test_long_document_comes_back);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-wlan-xml.h"

#include "nm-eap-host.h"
#include "nm-xml.h"

#include <string.h>

#define NS_PROFILE "http://www.microsoft.com/networking/WLAN/profile/v1"
#define NS_ADDRESS "http://www.microsoft.com/networking/WLAN/profile/v3"
#define NS_ONE_X "http://www.microsoft.com/networking/OneX/v1"
#define MAX_SSID 32
#define MIN_PASSPHRASE 8
#define MAX_PASSPHRASE 63

typedef enum {
  KEY_NONE,
  KEY_PSK,
  KEY_EAP,
} KeyKind;

/* What stands in authEncryption, and what NetworkManager has for it; the first that fits is written. */
typedef struct {
  const char *authentication;
  KeyKind     kind;
  const char *key_mgmt;
  const char *proto;          /* NULL: all */
  int         pmf;
} Security;

static const Security securities[] = {
  { "WPAPSK", KEY_PSK, "wpa-psk", "wpa", NM_SETTING_WIRELESS_SECURITY_PMF_DEFAULT },
  { "WPA2PSK", KEY_PSK, "wpa-psk", "rsn", NM_SETTING_WIRELESS_SECURITY_PMF_DEFAULT },
  { "WPA3SAE", KEY_PSK, "sae", NULL, NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED },
  { "OWE", KEY_NONE, "owe", NULL, NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED },
  { "WPA", KEY_EAP, "wpa-eap", "wpa", NM_SETTING_WIRELESS_SECURITY_PMF_DEFAULT },
  { "WPA3ENT", KEY_EAP, "wpa-eap", "rsn", NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED },
  { "WPA2", KEY_EAP, "wpa-eap", "rsn", NM_SETTING_WIRELESS_SECURITY_PMF_DEFAULT },
  { "WPA3ENT192", KEY_EAP, "wpa-eap-suite-b-192", NULL, NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED },
  { "WPA3", KEY_EAP, "wpa-eap-suite-b-192", NULL, NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED },
};

static gboolean
refuse (GError **error, const char *what, const char *value)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s: %.*s is not supported", what, NM_XML_MAX_QUOTE,
                         value != NULL ? value : "nothing");
}

/* ---- Reading ---- */

static GBytes *
decode_hex (const char *text)
{
  gsize length = strlen (text);
  g_autoptr(GByteArray) octets = g_byte_array_new ();

  if (length % 2 != 0)
    return NULL;
  for (gsize i = 0; i < length; i += 2)
    {
      guint8 octet;

      if (!g_ascii_isxdigit (text[i]) || !g_ascii_isxdigit (text[i + 1]))
        return NULL;
      octet = (guint8) (g_ascii_xdigit_value (text[i]) * 16 + g_ascii_xdigit_value (text[i + 1]));
      g_byte_array_append (octets, &octet, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
}

/* The octets in "hex" count; the name beside them is for people. */
static GBytes *
read_ssid (const xmlNode *config, GError **error)
{
  static const char *const known[] = { "SSID", "nonBroadcast", NULL };
  g_autofree char *hex = nm_xml_dup_text (config, "SSID/hex"), *name = nm_xml_dup_text (config, "SSID/name");
  g_autoptr(GBytes) ssid = NULL;

  if (!nm_xml_check (config, known, error))
    return NULL;
  if (hex != NULL && *hex != '\0')
    ssid = decode_hex (hex);
  else if (name != NULL)
    ssid = g_bytes_new (name, strlen (name));
  if (ssid != NULL && g_bytes_get_size (ssid) > 0 && g_bytes_get_size (ssid) <= MAX_SSID)
    return g_steal_pointer (&ssid);
  nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "SSIDConfig has no SSID of 1 to %d octets", MAX_SSID);
  return NULL;
}

/* 0 and 1 for the two words, the first for none; -1 for others. */
static int
read_choice (const xmlNode *node, const char *path, const char *zero, const char *one, GError **error)
{
  g_autofree char *text = nm_xml_dup_text (node, path);

  if (text == NULL || strcmp (text, zero) == 0)
    return 0;
  if (strcmp (text, one) == 0)
    return 1;
  refuse (error, path, text);
  return -1;
}

/* A random address of the interface, the same for the network or another one each day. */
static gboolean
read_address (const xmlNode *root, NMSetting *wireless, GError **error)
{
  const xmlNode *node = nm_xml_find (root, "MacRandomization");
  gboolean enabled, daily;

  if (node == NULL)
    return TRUE;
  if (!nm_xml_get_bool (node, "enableRandomization", FALSE, &enabled, error) ||
      !nm_xml_get_bool (node, "randomizeEveryday", FALSE, &daily, error))
    return FALSE;
  g_object_set (wireless, NM_SETTING_WIRELESS_CLONED_MAC_ADDRESS, !enabled ? "permanent" : daily ? "random" : "stable",
                NULL);
  return TRUE;
}

static gboolean
read_network (const xmlNode *root, NMConnection *connection, GError **error)
{
  g_autofree char *name = nm_xml_dup_text (root, "name");
  const xmlNode *config = nm_xml_find (root, "SSIDConfig");
  g_autoptr(GBytes) ssid = NULL;
  NMSetting *wireless;
  int ad_hoc, manual;
  gboolean hidden;

  if (name == NULL || *name == '\0')
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "WLANProfile has no name");
  if (config != NULL && nm_xml_next (config) != NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "A profile of NetworkManager has one SSID");
  ssid = read_ssid (config, error);
  if (ssid == NULL || !nm_xml_get_bool (config, "nonBroadcast", FALSE, &hidden, error))
    return FALSE;
  ad_hoc = read_choice (root, "connectionType", "ESS", "IBSS", error);
  manual = ad_hoc >= 0 ? read_choice (root, "connectionMode", "auto", "manual", error) : -1;
  if (manual < 0)
    return FALSE;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_ID, name,
                NM_SETTING_CONNECTION_TYPE, NM_SETTING_WIRELESS_SETTING_NAME, NM_SETTING_CONNECTION_AUTOCONNECT,
                !manual, NULL);
  wireless = nm_door_ensure_setting (connection, NM_SETTING_WIRELESS_SETTING_NAME);
  g_object_set (wireless, NM_SETTING_WIRELESS_SSID, ssid, NM_SETTING_WIRELESS_HIDDEN, hidden, NM_SETTING_WIRELESS_MODE,
                ad_hoc ? NM_SETTING_WIRELESS_MODE_ADHOC : NM_SETTING_WIRELESS_MODE_INFRA, NULL);
  return read_address (root, wireless, error);
}

static const Security *
find_security (const char *authentication, gboolean one_x)
{
  for (gsize i = 0; i < G_N_ELEMENTS (securities); i++)
    if (strcmp (securities[i].authentication, authentication) == 0 && (securities[i].kind == KEY_EAP) == one_x)
      return &securities[i];
  return NULL;
}

static gboolean
read_encryption (NMSettingWirelessSecurity *setting, const Security *security, const char *encryption, GError **error)
{
  gboolean suite_b = strcmp (security->key_mgmt, "wpa-eap-suite-b-192") == 0;

  if (g_strcmp0 (encryption, "TKIP") == 0 && security->proto != NULL)
    nm_setting_wireless_security_add_pairwise (setting, "tkip");
  else if (g_strcmp0 (encryption, "AES") == 0 && security->proto != NULL)
    nm_setting_wireless_security_add_pairwise (setting, "ccmp");
  else if (g_strcmp0 (encryption, "AES") != 0 && !(suite_b && g_strcmp0 (encryption, "GCMP256") == 0))
    return refuse (error, "encryption", encryption);
  return TRUE;
}

static gboolean
is_passphrase (const char *text)
{
  gsize length = strlen (text);

  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      return FALSE;
  return length >= MIN_PASSPHRASE && length <= MAX_PASSPHRASE;
}

static gboolean
has_personal_key (NMSettingWirelessSecurity *security)
{
  const char *key_mgmt = nm_setting_wireless_security_get_key_mgmt (security);

  return g_strcmp0 (key_mgmt, "wpa-psk") == 0 || g_strcmp0 (key_mgmt, "sae") == 0;
}

/* @before: what the profile had: a document without a key leaves the key as it is.  Messages never tell the key. */
static gboolean
read_key (NMSettingWirelessSecurity *setting, NMSettingWirelessSecurity *before, const xmlNode *node, GError **error)
{
  static const char *const known[] = { "keyType", "protected", "keyMaterial", NULL };
  g_autofree char *type = nm_xml_dup_text (node, "keyType"), *key = nm_xml_dup_text (node, "keyMaterial");
  gboolean is_protected, sae = strcmp (nm_setting_wireless_security_get_key_mgmt (setting), "sae") == 0;

  if (!nm_xml_check (node, known, error) || !nm_xml_get_bool (node, "protected", FALSE, &is_protected, error))
    return FALSE;
  if (key == NULL && before != NULL && has_personal_key (before))
    {
      g_object_set (setting, NM_SETTING_WIRELESS_SECURITY_PSK, nm_setting_wireless_security_get_psk (before),
                    NM_SETTING_WIRELESS_SECURITY_PSK_FLAGS, nm_setting_wireless_security_get_psk_flags (before), NULL);
      return TRUE;
    }
  if (key == NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "sharedKey has no keyMaterial");
  if (is_protected)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error,
                           "keyMaterial is protected: only the Windows that wrote it can read it");
  if (g_strcmp0 (type, "networkKey") == 0 ? sae || strlen (key) != 64 || !nm_utils_wpa_psk_valid (key)
      : g_strcmp0 (type, "passPhrase") != 0 || !is_passphrase (key))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "keyType and keyMaterial are no passphrase of %d to "
                           "%d characters, and no key of 64 hexadecimal digits", MIN_PASSPHRASE, MAX_PASSPHRASE);
  g_object_set (setting, NM_SETTING_WIRELESS_SECURITY_PSK, key, NULL);
  return TRUE;
}

static gboolean
read_one_x (const xmlNode *node, NMConnection *connection, GError **error)
{
  static const char *const known[] = {
    "cacheUserData", "heldPeriod", "authPeriod", "startPeriod", "maxStart", "maxAuthFailures", "supplicantMode",
    "authMode", "singleSignOn", "EAPConfig", NULL
  };
  NMSetting *eap;

  if (!nm_xml_check (node, known, error))
    return FALSE;
  eap = nm_eap_host_read (nm_xml_find (node, "EAPConfig/EapHostConfig"), nm_connection_get_setting_802_1x (connection),
                          error);
  if (eap != NULL)
    nm_connection_add_setting (connection, eap);
  return eap != NULL;
}

/* A network for WPA3 that also lets WPA2 in: "wpa-psk" of NetworkManager is both. */
static gboolean
read_transition (const xmlNode *encryption, const Security **security, GError **error)
{
  gboolean transition;

  if (!nm_xml_get_bool (encryption, "transitionMode", FALSE, &transition, error))
    return FALSE;
  if (transition && strcmp ((*security)->key_mgmt, "sae") == 0)
    *security = find_security ("WPA2PSK", FALSE);
  else if (transition && (*security)->pmf == NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED)
    return refuse (error, "transitionMode", (*security)->authentication);
  return TRUE;
}

static gboolean
read_protected (const xmlNode *node, const Security *security, NMConnection *connection, GError **error)
{
  NMSettingWirelessSecurity *before = nm_connection_get_setting_wireless_security (connection);
  g_autofree char *encryption = nm_xml_dup_text (node, "authEncryption/encryption");
  g_autoptr(NMSetting) setting = nm_setting_wireless_security_new ();

  g_object_set (setting, NM_SETTING_WIRELESS_SECURITY_KEY_MGMT, security->key_mgmt, NM_SETTING_WIRELESS_SECURITY_PMF,
                security->pmf, NULL);
  if (security->proto != NULL)
    nm_setting_wireless_security_add_proto (NM_SETTING_WIRELESS_SECURITY (setting), security->proto);
  if (!read_encryption (NM_SETTING_WIRELESS_SECURITY (setting), security, encryption, error))
    return FALSE;
  if (security->kind == KEY_PSK &&
      !read_key (NM_SETTING_WIRELESS_SECURITY (setting), before, nm_xml_find (node, "sharedKey"), error))
    return FALSE;
  if (security->kind == KEY_EAP && !read_one_x (nm_xml_find (node, "OneX"), connection, error))
    return FALSE;
  if (security->kind != KEY_EAP)
    nm_connection_remove_setting (connection, NM_TYPE_SETTING_802_1X);
  nm_connection_add_setting (connection, g_steal_pointer (&setting));
  return TRUE;
}

static gboolean
read_security (const xmlNode *node, NMConnection *connection, GError **error)
{
  static const char *const known[] = {
    "authEncryption", "sharedKey", "OneX", "keyIndex", "PMKCacheMode", "PMKCacheTTL", "PMKCacheSize", "preAuthMode",
    "preAuthThrottle", NULL
  };
  static const char *const known_encryption[] = {
    "authentication", "encryption", "useOneX", "FIPSMode", "transitionMode", NULL
  };
  const xmlNode *encryption = nm_xml_find (node, "authEncryption");
  g_autofree char *authentication = nm_xml_dup_text (encryption, "authentication");
  g_autofree char *cipher = nm_xml_dup_text (encryption, "encryption");
  const Security *security;
  gboolean one_x, fips;

  if (!nm_xml_check (node, known, error) || !nm_xml_check (encryption, known_encryption, error) ||
      !nm_xml_get_bool (encryption, "useOneX", FALSE, &one_x, error) ||
      !nm_xml_get_bool (encryption, "FIPSMode", FALSE, &fips, error))
    return FALSE;
  if (fips)
    return refuse (error, "FIPSMode", "true");
  if (g_strcmp0 (cipher, "WEP") == 0)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "encryption: WEP does not protect, and is refused");
  if (g_strcmp0 (authentication, "open") == 0 && g_strcmp0 (cipher, "none") == 0 && !one_x)
    {
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_WIRELESS_SECURITY);
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_802_1X);
      return TRUE;
    }
  security = authentication != NULL ? find_security (authentication, one_x) : NULL;
  if (security == NULL)
    return refuse (error, one_x ? "authentication with useOneX" : "authentication", authentication);
  return read_transition (encryption, &security, error) && read_protected (node, security, connection, error);
}

/**
 * nm_wlan_xml_read:
 * @connection: a profile, which is changed half when this fails
 * @text: a WLANProfile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the profile what the document says.  Hints that NetworkManager has nothing for (radio, roaming, caches, times
 * of 802.1X) are passed over; what would make the network another one or less safe is refused.
 *
 * Returns: %FALSE with 415 or 413, or 406 for what this machine lacks
 */
gboolean
nm_wlan_xml_read (NMConnection *connection, const char *text, GError **error)
{
  g_autoptr(xmlDoc) document = nm_xml_read (text, "WLANProfile", error);
  const xmlNode *root = document != NULL ? xmlDocGetRootElement (document) : NULL, *security;

  if (root == NULL)
    return FALSE;
  security = nm_xml_find (root, "MSM/security");
  if (security == NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "WLANProfile has no MSM/security");
  return read_network (root, connection, error) && read_security (security, connection, error);
}

/* ---- Writing ---- */

static void
write_ssid (xmlNode *root, GBytes *ssid, gboolean hidden)
{
  xmlNode *config = nm_xml_add (root, "SSIDConfig", NULL), *node = nm_xml_add (config, "SSID", NULL);
  gsize size;
  const guint8 *octets = g_bytes_get_data (ssid, &size);
  g_autoptr(GString) hex = g_string_new (NULL);
  g_autofree char *name = nm_utils_ssid_to_utf8 (octets, size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02X", octets[i]);
  nm_xml_add (node, "hex", hex->str);
  nm_xml_add (node, "name", name);
  if (hidden)
    nm_xml_add (config, "nonBroadcast", "true");
}

/* Whether the setting allows nothing but @proto. */
static gboolean
has_only_proto (NMSettingWirelessSecurity *setting, const char *proto)
{
  return nm_setting_wireless_security_get_num_protos (setting) == 1 &&
         strcmp (nm_setting_wireless_security_get_proto (setting, 0), proto) == 0;
}

static const Security *
choose_security (NMSettingWirelessSecurity *setting)
{
  const char *key_mgmt = nm_setting_wireless_security_get_key_mgmt (setting);
  NMSettingWirelessSecurityPmf pmf = nm_setting_wireless_security_get_pmf (setting);

  for (gsize i = 0; i < G_N_ELEMENTS (securities); i++)
    {
      const Security *security = &securities[i];

      if (g_strcmp0 (key_mgmt, security->key_mgmt) != 0)
        continue;
      if (g_strcmp0 (security->proto, "wpa") == 0 && !has_only_proto (setting, "wpa"))
        continue;
      if (strcmp (security->authentication, "WPA3ENT") == 0 && pmf != NM_SETTING_WIRELESS_SECURITY_PMF_REQUIRED)
        continue;
      return security;
    }
  return NULL;
}

static const char *
choose_encryption (NMSettingWirelessSecurity *setting, const Security *security)
{
  if (strcmp (security->key_mgmt, "wpa-eap-suite-b-192") == 0)
    return "GCMP256";
  return nm_setting_wireless_security_get_num_pairwise (setting) == 1 &&
         strcmp (nm_setting_wireless_security_get_pairwise (setting, 0), "tkip") == 0 ? "TKIP" : "AES";
}

static void
write_one_x (xmlNode *node, NMConnection *connection)
{
  NMSetting8021x *eap = nm_connection_get_setting_802_1x (connection);
  xmlNode *one_x = nm_xml_add_root (node, "OneX", NS_ONE_X);

  nm_xml_add (one_x, "authMode", "machineOrUser");
  if (eap != NULL && nm_eap_host_write (eap, nm_xml_add (one_x, "EAPConfig", NULL)))
    return;
  xmlUnlinkNode (one_x);
  xmlFreeNode (one_x);
}

static void
write_encryption (xmlNode *node, const char *authentication, const char *cipher, gboolean one_x)
{
  xmlNode *encryption = nm_xml_add (node, "authEncryption", NULL);

  nm_xml_add (encryption, "authentication", authentication);
  nm_xml_add (encryption, "encryption", cipher);
  nm_xml_add (encryption, "useOneX", one_x ? "true" : "false");
}

static void
write_security (xmlNode *node, NMConnection *connection)
{
  NMSettingWirelessSecurity *setting = nm_connection_get_setting_wireless_security (connection);
  const Security *security = setting != NULL ? choose_security (setting) : NULL;

  if (setting == NULL)
    write_encryption (node, "open", "none", FALSE);
  else if (security == NULL)
    write_encryption (node, "open", "WEP",
                      g_strcmp0 (nm_setting_wireless_security_get_key_mgmt (setting), "ieee8021x") == 0);
  else
    write_encryption (node, security->authentication, choose_encryption (setting, security), security->kind == KEY_EAP);
  if (security != NULL && security->kind == KEY_PSK)
    {
      xmlNode *key = nm_xml_add (node, "sharedKey", NULL);

      nm_xml_add (key, "keyType", "passPhrase");
      nm_xml_add (key, "protected", "false");
    }
  if (security != NULL && security->kind == KEY_EAP)
    write_one_x (node, connection);
}

static void
write_address (xmlNode *root, const char *address)
{
  gboolean daily = g_strcmp0 (address, "random") == 0, enabled = daily || g_strcmp0 (address, "stable") == 0;
  xmlNode *node;

  if (!enabled && g_strcmp0 (address, "permanent") != 0)
    return;
  node = nm_xml_add_root (root, "MacRandomization", NS_ADDRESS);
  nm_xml_add (node, "enableRandomization", enabled ? "true" : "false");
  if (daily)
    nm_xml_add (node, "randomizeEveryday", "true");
}

/**
 * nm_wlan_xml_write:
 * @connection: a profile
 *
 * Returns: (transfer full) (nullable): a WLANProfile of it, without its secrets; %NULL when it is not for a wireless
 *   network
 */
char *
nm_wlan_xml_write (NMConnection *connection)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);
  NMSettingConnection *about = nm_connection_get_setting_connection (connection);
  GBytes *ssid = wireless != NULL ? nm_setting_wireless_get_ssid (wireless) : NULL;
  g_autoptr(xmlDoc) document = NULL;
  xmlNode *root;

  if (ssid == NULL || about == NULL || nm_setting_connection_get_id (about) == NULL)
    return NULL;
  document = xmlNewDoc ((const xmlChar *) "1.0");
  root = xmlNewDocNode (document, NULL, (const xmlChar *) "WLANProfile", NULL);
  xmlDocSetRootElement (document, root);
  xmlSetNs (root, xmlNewNs (root, (const xmlChar *) NS_PROFILE, NULL));
  nm_xml_add (root, "name", nm_setting_connection_get_id (about));
  write_ssid (root, ssid, nm_setting_wireless_get_hidden (wireless));
  nm_xml_add (root, "connectionType",
              g_strcmp0 (nm_setting_wireless_get_mode (wireless), NM_SETTING_WIRELESS_MODE_ADHOC) == 0 ? "IBSS"
                                                                                                       : "ESS");
  nm_xml_add (root, "connectionMode", nm_setting_connection_get_autoconnect (about) ? "auto" : "manual");
  write_security (nm_xml_add (nm_xml_add (root, "MSM", NULL), "security", NULL), connection);
  write_address (root, nm_setting_wireless_get_cloned_mac_address (wireless));
  return nm_xml_write (document);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn.h"

#include "nm-document.h"
#include "nm-ipsec.h"
#include "nm-machine.h"
#include "nm-pac.h"
#include "nm-vpn-eap.h"
#include "nm-wg-quick.h"

#include <string.h>

#define ROUTES "RouteList"
#define SERVICE(name) NM_DBUS_INTERFACE "." name
#define WIREGUARD "wireguard"
#define FILE_SCHEME "file://"

/* ---- Fields ---- */

/* Those that may be longer than what the setting "user" takes as one text. */
static gboolean
is_document (const char *field)
{
  return strcmp (field, "PluginProfile/CustomConfiguration") == 0 || strcmp (field, "ProfileXML") == 0 ||
         strcmp (field, "NativeProfile/Authentication/Eap/Configuration") == 0;
}

static char *
make_key (const char *field)
{
  return g_strdelimit (g_strdup (field), "/", '.');
}

/**
 * nm_vpn_dup_field:
 * @connection: a profile
 * @field: path of a leaf
 *
 * Returns: (transfer full) (nullable): its text
 */
char *
nm_vpn_dup_field (NMConnection *connection, const char *field)
{
  g_autofree char *key = make_key (field);

  return is_document (field) ? nm_document_load (connection, NM_VPN_DOOR, key)
                             : g_strdup (nm_door_get_data (connection, NM_VPN_DOOR, key));
}

/**
 * nm_vpn_set_field:
 * @connection: a profile
 * @field: path of a leaf
 * @text: (nullable): its text, and no secret
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when it is too large
 */
gboolean
nm_vpn_set_field (NMConnection *connection, const char *field, const char *text, GError **error)
{
  g_autofree char *key = make_key (field);

  return is_document (field) ? nm_document_store (connection, NM_VPN_DOOR, key, text, error)
                             : nm_door_set_data (connection, NM_VPN_DOOR, key, text, error);
}

/**
 * nm_vpn_clear_fields:
 * @connection: a profile
 *
 * Forgets all fields, but not how the node is called.
 */
void
nm_vpn_clear_fields (NMConnection *connection)
{
  g_autofree char *name = g_strdup (nm_door_get_data (connection, NM_VPN_DOOR, "name"));

  nm_door_clear_data (connection, NM_VPN_DOOR);
  nm_door_set_data (connection, NM_VPN_DOOR, "name", name, NULL);
}

/**
 * nm_vpn_is:
 * @connection: a profile
 * @field: path of a leaf
 * @word: a word
 *
 * Returns: whether the field is this word, in any case
 */
gboolean
nm_vpn_is (NMConnection *connection, const char *field, const char *word)
{
  g_autofree char *text = nm_vpn_dup_field (connection, field);

  return text != NULL && g_ascii_strcasecmp (text, word) == 0;
}

static gboolean
has (NMConnection *connection, const char *field)
{
  g_autofree char *text = nm_vpn_dup_field (connection, field);

  return text != NULL;
}

/**
 * nm_vpn_route_field:
 * @row: decoded name of a child of RouteList
 * @leaf: (nullable): name of a leaf below it, %NULL for the child itself
 *
 * Returns: (transfer full): the field; octets that cannot stand in a key are there in hexadecimal
 */
char *
nm_vpn_route_field (const char *row, const char *leaf)
{
  GString *field = g_string_new (ROUTES "/");

  for (; *row != '\0'; row++)
    if (g_ascii_isalnum (*row))
      g_string_append_c (field, *row);
    else
      g_string_append_printf (field, "=%02x", (guint8) *row);
  if (leaf != NULL)
    g_string_append_printf (field, "/%s", leaf);
  return g_string_free (field, FALSE);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const char *x = *(const char *const *) a, *y = *(const char *const *) b;
  gint64 difference = g_ascii_strtoll (x, NULL, 10) - g_ascii_strtoll (y, NULL, 10);

  return difference != 0 ? (difference > 0) - (difference < 0) : strcmp (x, y);
}

static char *
decode_row (const char *text, gsize length)
{
  g_autofree char *copy = g_strndup (text, length), *percent = g_strdelimit (g_steal_pointer (&copy), "=", '%');

  return g_uri_unescape_string (percent, NULL);
}

/**
 * nm_vpn_list_routes:
 * @connection: a profile
 *
 * Returns: (transfer full): the decoded names of the children of RouteList, in the order of their numbers
 */
char **
nm_vpn_list_routes (NMConnection *connection)
{
  static const char prefix[] = "org.omadm." NM_VPN_DOOR "." ROUTES ".";
  NMSettingUser *user = NM_SETTING_USER (nm_connection_get_setting (connection, NM_TYPE_SETTING_USER));
  const char *const *keys = user != NULL ? nm_setting_user_get_keys (user, NULL) : NULL;
  GPtrArray *rows = g_ptr_array_new ();

  for (; keys != NULL && *keys != NULL; keys++)
    if (g_str_has_prefix (*keys, prefix) && strchr (*keys + strlen (prefix), '.') == NULL)
      g_ptr_array_add (rows, decode_row (*keys + strlen (prefix), strlen (*keys + strlen (prefix))));
  g_ptr_array_sort (rows, compare_rows);
  g_ptr_array_add (rows, NULL);
  return (char **) g_ptr_array_free (rows, FALSE);
}

/* ---- Kinds ---- */

/* What NetworkManager has for a protocol: its plugin, and the key of the plugin for the server. */
static const struct {
  const char *word;
  const char *service;
  const char *server;
} protocols[] = {
  { "IKEv2", SERVICE ("strongswan"), "address" }, { "L2TP", SERVICE ("l2tp"), "gateway" },
  { "PPTP", SERVICE ("pptp"), "gateway" }, { "SSTP", SERVICE ("sstp"), "gateway" },
  /* Windows would try one after the other; the first of them that can be safe is this one. */
  { "Automatic", SERVICE ("strongswan"), "address" },
};

static gssize
find_protocol (const char *word)
{
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS (protocols); i++)
    if (g_ascii_strcasecmp (protocols[i].word, word) == 0)
      return (gssize) i;
  return -1;
}

static gssize
find_service (const char *service)
{
  for (gsize i = 0; service != NULL && i < G_N_ELEMENTS (protocols); i++)
    if (strcmp (protocols[i].service, service) == 0)
      return (gssize) i;
  return -1;
}

static char *
expand_service (const char *word)
{
  return strchr (word, '.') != NULL ? g_strdup (word) : g_strconcat (SERVICE (""), word, NULL);
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
  gssize protocol = find_protocol (word);
  g_autofree char *service = protocol >= 0 ? g_strdup (protocols[protocol].service) : expand_service (word);

  if (g_ascii_strcasecmp (word, WIREGUARD) == 0 || nm_machine_has_vpn (service))
    return TRUE;
  return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error, "NetworkManager has no plugin %.128s on this machine", service);
}

/* ---- Settings ---- */

static NMSettingVpn *
ensure_vpn (NMConnection *connection)
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
  NMSettingVpn *vpn = ensure_vpn (connection);

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

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

/* NULL removes it. */
static void
put (NMSettingVpn *vpn, const char *key, const char *value)
{
  if (value != NULL && *value != '\0')
    nm_setting_vpn_add_data_item (vpn, key, value);
  else
    nm_setting_vpn_remove_data_item (vpn, key);
}

/* ---- Native profiles ---- */

/* "server;name for people": the server.  NetworkManager's plugins take one. */
static char *
get_server (NMConnection *connection, GError **error)
{
  g_autofree char *servers = nm_vpn_dup_field (connection, "NativeProfile/Servers");
  g_auto(GStrv) parts = servers != NULL ? g_strsplit (servers, ";", 2) : NULL;

  if (servers == NULL)
    nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile/Servers is missing");
  else if (strchr (servers, ',') != NULL)
    refuse (error, "Servers: a profile of NetworkManager has one server");
  else if (parts[0] == NULL || !nm_pac_is_host (g_strstrip (parts[0])))
    refuse (error, "Servers is no name or address of a server");
  else
    return g_strdup (parts[0]);
  return NULL;
}

static gboolean
put_proposals (NMConnection *connection, NMSettingVpn *vpn, const char *ike_key, const char *esp_key, GError **error)
{
  static const char *const names[] = {
    "EncryptionMethod", "IntegrityCheckMethod", "DHGroup", "CipherTransformConstants", "AuthenticationTransformConstants",
    "PfsGroup",
  };
  char *words[G_N_ELEMENTS (names)];
  g_autofree char *ike = NULL, *esp = NULL;
  gboolean ok;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *field = g_strconcat ("NativeProfile/CryptographySuite/", names[i], NULL);

      words[i] = nm_vpn_dup_field (connection, field);
    }
  ok = nm_ipsec_make_proposal (&(NmIpsecSuite) { words[0], words[1], words[2] }, FALSE, &ike, error) &&
       nm_ipsec_make_proposal (&(NmIpsecSuite) { words[3], words[4], words[5] }, TRUE, &esp, error);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (words[i]);
  put (vpn, ike_key, ike);
  put (vpn, esp_key, esp);
  return ok;
}

/* The machine's certificate as a file: the plugins take no other. */
static gboolean
put_certificate (NMSettingVpn *vpn, const char *certificate_key, const char *key_key, GError **error)
{
  const char *certificate = nm_machine_get_certificate (), *key = nm_machine_get_key ();

  if (certificate == NULL || key == NULL || !g_str_has_prefix (certificate, FILE_SCHEME) ||
      !g_str_has_prefix (key, FILE_SCHEME))
    return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error,
                           "The machine has no certificate in a file: [plugin networkmanager] of omadm.conf names none");
  put (vpn, certificate_key, certificate + strlen (FILE_SCHEME));
  put (vpn, key_key, key + strlen (FILE_SCHEME));
  return TRUE;
}

static gboolean
compile_ikev2 (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  gboolean machine = nm_vpn_is (connection, "NativeProfile/Authentication/MachineMethod", "Certificate");
  g_autofree char *configuration = nm_vpn_dup_field (connection, "NativeProfile/Authentication/Eap/Configuration");
  NmVpnEap eap = { 0 };
  gboolean tls, ok = TRUE;

  if (nm_vpn_is (connection, "NativeProfile/Authentication/UserMethod", "MSChapv2"))
    return refuse (error, "UserMethod MSChapv2 is not for IKEv2");
  if (!machine && configuration == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error,
                           "NativeProfile/Authentication has neither a MachineMethod nor Eap/Configuration");
  if (configuration != NULL && !nm_vpn_eap_read (configuration, &eap, error))
    return FALSE;
  tls = !machine && eap.method == NM_VPN_EAP_TLS;
  put (vpn, "method", machine ? "cert" : tls ? "eap-tls" : "eap");
  put (vpn, "virtual", "yes");
  put (vpn, "certificate", eap.authority);
  put (vpn, "remote-identity", eap.server);
  put (vpn, "cert-source", machine || tls ? "file" : NULL);
  if (machine || tls)
    ok = put_certificate (vpn, "usercert", "userkey", error);
  ok = ok && put_proposals (connection, vpn, "ike", "esp", error);
  put (vpn, "proposal", nm_setting_vpn_get_data_item (vpn, "ike") != NULL ||
                        nm_setting_vpn_get_data_item (vpn, "esp") != NULL ? "yes" : NULL);
  nm_vpn_eap_clear (&eap);
  return ok;
}

/* PPP inside of what encrypts; only MSCHAPv2 of its ways does not show the password. */
static gboolean
compile_ppp (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  static const char *const refused[] = { "refuse-pap", "refuse-chap", "refuse-mschap", "refuse-eap" };

  if (nm_vpn_is (connection, "NativeProfile/Authentication/UserMethod", "Eap"))
    return refuse (error, "UserMethod Eap is not supported for this protocol");
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    put (vpn, refused[i], "yes");
  return TRUE;
}

static gboolean
compile_l2tp (NMConnection *connection, NMSettingVpn *vpn, GError **error)
{
  gboolean machine = nm_vpn_is (connection, "NativeProfile/Authentication/MachineMethod", "Certificate");

  put (vpn, "ipsec-enabled", "yes");
  put (vpn, "machine-auth-type", machine ? "tls" : "psk");
  if (machine && !put_certificate (vpn, "machine-cert", "machine-key", error))
    return FALSE;
  return compile_ppp (connection, vpn, error) && put_proposals (connection, vpn, "ipsec-ike", "ipsec-esp", error);
}

static gboolean
compile_native (NMConnection *connection, GError **error)
{
  g_autofree char *word = nm_vpn_dup_field (connection, "NativeProfile/NativeProtocolType");
  g_autofree char *server = NULL;
  gssize protocol = find_protocol (word);
  NMSettingVpn *vpn;

  if (word == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "NativeProfile/NativeProtocolType is missing");
  server = get_server (connection, error);
  if (protocol < 0 || server == NULL)
    return protocol >= 0 ? FALSE : refuse (error, "NativeProtocolType is not supported");
  vpn = ensure_vpn (connection);
  g_object_set (vpn, NM_SETTING_VPN_SERVICE_TYPE, protocols[protocol].service, NULL);
  put (vpn, protocols[protocol].server, server);
  put (vpn, "password-flags", nm_vpn_is (connection, "RememberCredentials", "true") ? "1" : "2");
  if (strcmp (protocols[protocol].service, SERVICE ("strongswan")) == 0)
    return compile_ikev2 (connection, vpn, error);
  if (strcmp (protocols[protocol].service, SERVICE ("l2tp")) == 0)
    return compile_l2tp (connection, vpn, error);
  if (strcmp (protocols[protocol].service, SERVICE ("pptp")) == 0)
    put (vpn, "require-mppe", "yes");
  return compile_ppp (connection, vpn, error);
}

/* ---- Plugin profiles ---- */

static gboolean
is_wireguard (NMConnection *connection)
{
  return nm_vpn_is (connection, "PluginProfile/PluginPackageFamilyName", WIREGUARD);
}

/* Keys of plugins that name programs: no server may say what runs on the machine. */
static gboolean
names_program (const char *key)
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
      refuse (error, "CustomConfiguration has no group [vpn] as in keyfiles of NetworkManager, and no [Interface] as in "
              "files of wg-quick");
      return NULL;
    }
  names = g_key_file_get_keys (file, "vpn", NULL, NULL);
  for (char **name = names; *name != NULL; name++)
    if (names_program (*name))
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
    for_each_item (file, "vpn", ensure_vpn (connection), func);
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
      for_each_item (file, "vpn-secrets", ensure_vpn (connection), add_secret);
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

      g_object_set (nm_connection_get_setting_connection (connection), NM_SETTING_CONNECTION_INTERFACE_NAME, name, NULL);
    }
  nm_connection_remove_setting (connection, NM_TYPE_SETTING_VPN);
  return TRUE;
}

static gboolean
compile_plugin (NMConnection *connection, GError **error)
{
  g_autofree char *word = nm_vpn_dup_field (connection, "PluginProfile/PluginPackageFamilyName");
  g_autofree char *servers = nm_vpn_dup_field (connection, "PluginProfile/ServerUrlList");
  g_autofree char *custom = nm_vpn_dup_field (connection, "PluginProfile/CustomConfiguration");
  g_autofree char *service = word != NULL ? expand_service (word) : NULL;
  NMSettingVpn *vpn;

  if (word == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "PluginProfile/PluginPackageFamilyName is missing");
  if (is_wireguard (connection))
    return compile_wireguard (connection, custom, error);
  if (servers == NULL)
    return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "PluginProfile/ServerUrlList is missing");
  if (custom != NULL && nm_wg_quick_looks_like (custom))
    return refuse (error, "CustomConfiguration is a file of wg-quick, and PluginPackageFamilyName is not wireguard");
  vpn = ensure_vpn (connection);
  g_object_set (vpn, NM_SETTING_VPN_SERVICE_TYPE, service, NULL);
  if (strcmp (service, SERVICE ("openvpn")) == 0)
    put (vpn, "remote", g_strdelimit (servers, ";", ','));
  else if (strchr (servers, ';') != NULL)
    return refuse (error, "ServerUrlList: this plugin of NetworkManager takes one server");
  else
    put (vpn, "gateway", servers);
  apply_custom (connection, custom, put);
  return TRUE;
}

/* ---- What is the same for all of them ---- */

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

  if (list == NULL && is_wireguard (connection))
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
  if (native ? !compile_native (connection, error) : !compile_plugin (connection, error))
    return FALSE;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_AUTOCONNECT,
                always, NM_SETTING_CONNECTION_TYPE,
                is_wireguard (connection) ? NM_SETTING_WIREGUARD_SETTING_NAME : NM_SETTING_VPN_SETTING_NAME, NULL);
  if (!is_wireguard (connection))
    g_object_set (ensure_vpn (connection), NM_SETTING_VPN_PERSISTENT, always, NULL);
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

/* ---- Reading profiles of others ---- */

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

  if (strcmp (key, "gateway") != 0 && strcmp (key, "remote") != 0 && !names_program (key))
    g_key_file_set_string (file, "vpn", key, value);
}

static void
import_plugin (NMConnection *connection, NMSettingVpn *vpn)
{
  static const char prefix[] = SERVICE ("");
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
import_native (NMConnection *connection, NMSettingVpn *vpn, gssize protocol)
{
  const char *method = nm_setting_vpn_get_data_item (vpn, "method");
  gboolean machine = g_strcmp0 (method, "cert") == 0 || g_strcmp0 (method, "key") == 0 ||
                     g_strcmp0 (nm_setting_vpn_get_data_item (vpn, "machine-auth-type"), "tls") == 0;

  nm_vpn_set_field (connection, "NativeProfile/NativeProtocolType", protocols[protocol].word, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Servers",
                    nm_setting_vpn_get_data_item (vpn, protocols[protocol].server), NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/MachineMethod", machine ? "Certificate" : NULL, NULL);
  nm_vpn_set_field (connection, "NativeProfile/Authentication/UserMethod",
                    machine && method != NULL ? NULL : protocol == 0 ? "Eap" : "MSChapv2", NULL);
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
  gssize protocol = vpn != NULL ? find_service (nm_setting_vpn_get_service_type (vpn)) : -1;
  g_autofree char *host = NULL, *port = NULL, *kind = NULL, *server = NULL, *custom = NULL;

  nm_vpn_clear_fields (connection);
  if (protocol >= 0)
    import_native (connection, vpn, protocol);
  else if (vpn != NULL)
    import_plugin (connection, vpn);
  else
    {
      custom = nm_wg_quick_write (connection);
      nm_vpn_set_field (connection, "PluginProfile/PluginPackageFamilyName", WIREGUARD, NULL);
      nm_vpn_set_field (connection, "PluginProfile/CustomConfiguration", custom, NULL);
    }
  import_ip (connection);
  nm_vpn_set_field (connection, "AlwaysOn", nm_setting_connection_get_autoconnect (about) ? "true" : "false", NULL);
  if (nm_pac_parse (nm_pac_get_script (connection), &kind, &host, &port))
    server = g_strconcat (host, ":", port, NULL);
  nm_vpn_set_field (connection, "Proxy/Manual/Server", server, NULL);
  nm_vpn_set_field (connection, "Proxy/AutoConfigUrl", nm_pac_get_url (connection), NULL);
}

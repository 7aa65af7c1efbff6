/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-doors.h"
#include "nm-vpnv2.h"

#include "nm-document.h"
#include "nm-pac.h"
#include "nm-profile-xml.h"
#include "nm-vpn.h"
#include "nm-vpn-eap.h"

#include <string.h>

/* ./Vendor/MSFT/VPNv2: VPN and WireGuard profiles as the VPNv2 CSP of Windows shows them; nm-vpn.h tells how. */

#define KEY_CHANGED "Changed"

static gboolean
shows (NMConnection *connection)
{
  const char *type = nm_connection_get_connection_type (connection);

  return g_strcmp0 (type, NM_SETTING_VPN_SETTING_NAME) == 0 || g_strcmp0 (type, NM_SETTING_WIREGUARD_SETTING_NAME) == 0;
}

static char *
get_name (NMConnection *connection)
{
  return g_strdup (nm_connection_get_id (connection));
}

static gboolean
init (NMConnection *connection, const char *name, GError **error G_GNUC_UNUSED)
{
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_ID, name,
                NM_SETTING_CONNECTION_AUTOCONNECT, FALSE, NULL);
  nm_vpn_set_fresh (connection, TRUE);
  return TRUE;
}

/* Whether the fields hold: they were just written, or nobody changed since what they made. */
static gboolean
fields_hold (NMConnection *connection)
{
  return !shows (connection) || nm_door_get_data (connection, NM_VPN_DOOR, KEY_CHANGED) != NULL ||
         nm_vpn_still_says (connection);
}

/* A copy of the profile with fields that hold. */
static NMConnection *
view (NMConnection *connection)
{
  NMConnection *copy = nm_document_get_derived (connection, NM_VPN_DOOR);

  if (copy == NULL)
    {
      copy = nm_simple_connection_new_clone (connection);
      if (!fields_hold (connection))
        nm_vpn_import (copy);
      nm_document_set_derived (connection, NM_VPN_DOOR, copy);
    }
  return g_object_ref (copy);
}

/* Before something is written. */
static void
refresh (NMConnection *connection)
{
  if (!fields_hold (connection))
    nm_vpn_import (connection);
}

/* From now on until they are compiled, fields say more than the profile; and the document that was written as a whole
 * is not the whole any more, if @document is %FALSE. */
static gboolean
note_change (NMConnection *connection, gboolean document, GError **error)
{
  return (document || nm_vpn_set_field (connection, "ProfileXML", NULL, error)) &&
         nm_door_set_data (connection, NM_VPN_DOOR, KEY_CHANGED, "1", error);
}

/* ---- Checks of single leaves; what depends on others is checked when all are there ---- */

static gboolean
refuse (GError **error, const char *field)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%.128s cannot have this value", field);
}

static gboolean
is_one_of (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (g_ascii_strcasecmp (text, *words) == 0)
      return TRUE;
  return FALSE;
}

static const struct {
  const char *field;
  const char *words[6];
} permitted[] = {
  { "AlwaysOn", { "true", "false" } },
  { "DeviceTunnel", { "true", "false" } },
  { "RememberCredentials", { "true", "false" } },
  { "NativeProfile/DisableClassBasedDefaultRoute", { "true" } },
  { "NativeProfile/NativeProtocolType", { "IKEv2", "L2TP", "PPTP", "SSTP", "Automatic" } },
  { "NativeProfile/RoutingPolicyType", { "SplitTunnel", "ForceTunnel" } },
  { "NativeProfile/Authentication/UserMethod", { "Eap", "MSChapv2" } },
  { "NativeProfile/Authentication/MachineMethod", { "Certificate", "PresharedKey" } },
};

/* Leaves of rows: the last segment tells which. */
static gboolean
check_row (const char *field, const char *text, GError **error)
{
  const char *leaf = strrchr (field, '/') + 1;
  guint64 number;
  gboolean good;

  if (strcmp (leaf, "Address") == 0)
    good = nm_utils_ipaddr_valid (AF_UNSPEC, text);
  else if (strcmp (leaf, "PrefixSize") == 0)
    good = g_ascii_string_to_unsigned (text, 10, 0, 128, &number, NULL);
  else if (strcmp (leaf, "Metric") == 0)
    good = g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL);
  else if (strcmp (leaf, "DomainName") == 0 || strcmp (leaf, "DnsServers") == 0)
    good = *text != '\0';
  else
    good = g_ascii_strcasecmp (text, "false") == 0;
  return good || refuse (error, field);
}

static gboolean
check_text (const char *field, const char *text, GError **error)
{
  if (g_str_has_prefix (field, NM_VPN_ROUTES "/") || g_str_has_prefix (field, NM_VPN_DOMAINS "/"))
    return check_row (field, text, error);
  for (gsize i = 0; i < G_N_ELEMENTS (permitted); i++)
    if (strcmp (permitted[i].field, field) == 0 && !is_one_of (text, permitted[i].words))
      return refuse (error, field);
  if (strcmp (field, "Proxy/AutoConfigUrl") == 0)
    return nm_pac_check_url (text, error);
  if (strcmp (field, "NativeProfile/Authentication/Eap/Configuration") == 0)
    {
      NmVpnEap eap;
      gboolean ok = nm_vpn_eap_read (text, &eap, error);

      nm_vpn_eap_clear (&eap);
      return ok;
    }
  if (strcmp (field, "NativeProfile/NativeProtocolType") == 0 ||
      strcmp (field, "PluginProfile/PluginPackageFamilyName") == 0)
    return nm_vpn_check_service (text, error);
  return TRUE;
}

/**
 * nm_vpnv2_set_text:
 * @connection: a profile
 * @field: path of a leaf
 * @text: (nullable): its text, %NULL to remove it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
nm_vpnv2_set_text (NMConnection *connection, const char *field, const char *text, GError **error)
{
  if (strcmp (field, "NativeProfile/L2tpPsk") == 0)
    return nm_vpn_put_secret (connection, "ipsec-psk", text);
  if (strcmp (field, "PluginProfile/CustomConfiguration") == 0)
    return nm_vpn_set_custom (connection, text, error);
  if (text == NULL)
    nm_vpn_reset (connection, field);
  return (text == NULL || check_text (field, text, error)) && nm_vpn_set_field (connection, field, text, error);
}

/**
 * nm_vpnv2_clear:
 * @connection: a profile
 *
 * Forgets all that was written, for all of it comes now.
 */
void
nm_vpnv2_clear (NMConnection *connection)
{
  nm_vpn_set_custom (connection, NULL, NULL);
  nm_vpn_clear_fields (connection);
  nm_vpn_set_fresh (connection, TRUE);
}

/* ---- Leaves ---- */

/* Of which list a node below one is. */
static const char *
get_list (const char *node)
{
  return g_str_has_prefix (node, NM_VPN_ROUTES) ? NM_VPN_ROUTES : NM_VPN_DOMAINS;
}

static char *
make_field (const NmPlace *place, const NmLeaf *leaf)
{
  if (*place->captures[0] == '\0')
    return g_strdup (leaf->node);
  return nm_vpn_row_field (get_list (leaf->node), place->captures[0], strrchr (leaf->node, '/') + 1);
}

static OmaValue *
get_field (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  g_autoptr(NMConnection) held = view (place->connection);
  g_autofree char *field = make_field (place, leaf), *text = nm_vpn_dup_field (held, field);

  return nm_leaf_new_string (text);
}

static OmaValue *
get_bool (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  g_autoptr(OmaValue) text = get_field (place, leaf, error);

  return text != NULL ? oma_value_new_bool (g_ascii_strcasecmp (oma_value_get_text (text), "true") == 0) : NULL;
}

static OmaValue *
get_int (const NmPlace *place, const NmLeaf *leaf, GError **error)
{
  g_autoptr(OmaValue) text = get_field (place, leaf, error);

  return text != NULL ? oma_value_new_int ((gint32) g_ascii_strtoll (oma_value_get_text (text), NULL, 10)) : NULL;
}

static gboolean
set_field (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *field = make_field (place, leaf), *text = nm_leaf_dup_text (value);

  refresh (place->connection);
  return nm_vpnv2_set_text (place->connection, field, text, error) && note_change (place->connection, FALSE, error);
}

static OmaValue *
get_psk (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_vpn_has_secret (place->connection, "ipsec-psk") ? oma_value_new_string ("") : NULL;
}

static OmaValue *
get_xml (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_autoptr(NMConnection) held = NULL;
  g_autofree char *text = NULL;

  held = view (place->connection);
  text = nm_vpn_dup_field (held, "ProfileXML");
  if (text == NULL && shows (held))
    text = nm_profile_xml_write (held);
  return nm_leaf_new_string (text);
}

static gboolean
set_xml (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  return nm_profile_xml_read (place->connection, text, error) && note_change (place->connection, TRUE, error);
}

static gboolean
finish (NMConnection *connection, GError **error)
{
  nm_door_set_data (connection, NM_VPN_DOOR, KEY_CHANGED, NULL, NULL);
  return nm_vpn_compile (connection, error);
}

/* ---- RouteList, DomainNameInformationList ---- */

static char **
list_rows (const NmPlace *place, const char *list)
{
  g_autoptr(NMConnection) held = view (place->connection);

  return nm_vpn_list_rows (held, list);
}

static gboolean
add_row (const NmPlace *place, const char *list, GError **error)
{
  g_autofree char *field = nm_vpn_row_field (list, place->captures[0], NULL);

  refresh (place->connection);
  return nm_vpn_set_field (place->connection, field, "1", error) && note_change (place->connection, FALSE, error);
}

static gboolean
remove_row (const NmPlace *place, const char *list, GError **error)
{
  static const char *const names[] = {
    NULL, "Address", "PrefixSize", "Metric", "ExclusionRoute", "DomainName", "DnsServers", "AutoTrigger", "Persistent",
  };

  refresh (place->connection);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *field = nm_vpn_row_field (list, place->captures[0], names[i]);

      if (!nm_vpn_set_field (place->connection, field, NULL, error))
        return FALSE;
    }
  return note_change (place->connection, FALSE, error);
}

static char **
list_routes (const NmPlace *place)
{
  return list_rows (place, NM_VPN_ROUTES);
}

static gboolean
add_route (const NmPlace *place, GError **error)
{
  return add_row (place, NM_VPN_ROUTES, error);
}

static gboolean
remove_route (const NmPlace *place, GError **error)
{
  return remove_row (place, NM_VPN_ROUTES, error);
}

static char **
list_domains (const NmPlace *place)
{
  return list_rows (place, NM_VPN_DOMAINS);
}

static gboolean
add_domain (const NmPlace *place, GError **error)
{
  return add_row (place, NM_VPN_DOMAINS, error);
}

static gboolean
remove_domain (const NmPlace *place, GError **error)
{
  return remove_row (place, NM_VPN_DOMAINS, error);
}

#define TEXT(path) { .node = path, .get = get_field, .set = set_field }
#define BOOL(path) { .node = path, .get = get_bool, .set = set_field }
#define INT(path) { .node = path, .get = get_int, .set = set_field }

static const NmLeaf leaves[] = {
  { .node = "ProfileXML", .get = get_xml, .set = set_xml, .flags = NM_LEAF_WHOLE },
  BOOL ("AlwaysOn"),
  BOOL ("DeviceTunnel"),
  BOOL ("RememberCredentials"),
  TEXT ("DnsSuffix"),
  TEXT ("TrustedNetworkDetection"),
  TEXT ("Proxy/Manual/Server"),
  TEXT ("Proxy/AutoConfigUrl"),
  TEXT ("NativeProfile/Servers"),
  TEXT ("NativeProfile/RoutingPolicyType"),
  TEXT ("NativeProfile/NativeProtocolType"),
  BOOL ("NativeProfile/DisableClassBasedDefaultRoute"),
  { .node = "NativeProfile/L2tpPsk", .get = get_psk, .set = set_field, .flags = NM_LEAF_SECRET },
  TEXT ("NativeProfile/Authentication/UserMethod"),
  TEXT ("NativeProfile/Authentication/MachineMethod"),
  TEXT ("NativeProfile/Authentication/Eap/Configuration"),
  TEXT ("NativeProfile/CryptographySuite/AuthenticationTransformConstants"),
  TEXT ("NativeProfile/CryptographySuite/CipherTransformConstants"),
  TEXT ("NativeProfile/CryptographySuite/PfsGroup"),
  TEXT ("NativeProfile/CryptographySuite/DHGroup"),
  TEXT ("NativeProfile/CryptographySuite/IntegrityCheckMethod"),
  TEXT ("NativeProfile/CryptographySuite/EncryptionMethod"),
  TEXT ("PluginProfile/ServerUrlList"),
  TEXT ("PluginProfile/CustomConfiguration"),
  TEXT ("PluginProfile/PluginPackageFamilyName"),
  TEXT ("RouteList/*/Address"),
  INT ("RouteList/*/PrefixSize"),
  INT ("RouteList/*/Metric"),
  BOOL ("RouteList/*/ExclusionRoute"),
  TEXT ("DomainNameInformationList/*/DomainName"),
  TEXT ("DomainNameInformationList/*/DnsServers"),
  BOOL ("DomainNameInformationList/*/AutoTrigger"),
  BOOL ("DomainNameInformationList/*/Persistent"),
};

static const NmList lists[] = {
  { .node = NM_VPN_ROUTES, .list = list_routes, .add = add_route, .remove = remove_route },
  { .node = NM_VPN_DOMAINS, .list = list_domains, .add = add_domain, .remove = remove_domain },
};

const NmDoor nm_door_vpnv2 = {
  .id = NM_VPN_DOOR,
  .root = "./Vendor/MSFT/VPNv2",
  .shows = shows,
  .get_name = get_name,
  .init = init,
  .finish = finish,
  .leaves = leaves,
  .n_leaves = G_N_ELEMENTS (leaves),
  .lists = lists,
  .n_lists = G_N_ELEMENTS (lists),
};

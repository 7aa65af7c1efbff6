/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-network.h"
#include "nm-vpn.h"

#include <string.h>

/* WireGuard/Peers/<public key>/... and Vpn/... */

#define VPN_PREFIX "org.freedesktop.NetworkManager."
#define KEY_SIZE 32     /* octets of WireGuard's keys */

/* ---- WireGuard ---- */

static NMSettingWireGuard *
get_wireguard (const NmPlace *place)
{
  return (NMSettingWireGuard *) nm_door_get_setting (place->connection, NM_SETTING_WIREGUARD_SETTING_NAME);
}

static gboolean
is_key (const char *text)
{
  return nm_utils_base64secret_decode (text, KEY_SIZE, NULL);
}

gboolean
nm_wireguard_set_private_key (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  if (text != NULL && !is_key (text))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "It is no key of WireGuard");
  return nm_leaf_set_property (place, leaf, value, error);
}

char **
nm_wireguard_list_peers (const NmPlace *place)
{
  NMSettingWireGuard *wireguard = get_wireguard (place);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; wireguard != NULL && i < nm_setting_wireguard_get_peers_len (wireguard); i++)
    g_strv_builder_add (names, nm_wireguard_peer_get_public_key (nm_setting_wireguard_get_peer (wireguard, i)));
  return g_strv_builder_end (names);
}

gboolean
nm_wireguard_add_peer (const NmPlace *place, GError **error)
{
  NMSettingWireGuard *wireguard;
  NMWireGuardPeer *peer;

  if (!is_key (place->captures[0]))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "The name of a peer is its public key");
  wireguard = NM_SETTING_WIREGUARD (nm_door_ensure_setting (place->connection, NM_SETTING_WIREGUARD_SETTING_NAME));
  peer = nm_wireguard_peer_new ();
  nm_wireguard_peer_set_public_key (peer, place->captures[0], FALSE);
  nm_setting_wireguard_append_peer (wireguard, peer);
  nm_wireguard_peer_unref (peer);
  return TRUE;
}

gboolean
nm_wireguard_remove_peer (const NmPlace *place, GError **error G_GNUC_UNUSED)
{
  NMSettingWireGuard *wireguard = get_wireguard (place);
  guint index;

  if (wireguard != NULL && nm_setting_wireguard_get_peer_by_public_key (wireguard, place->captures[0], &index) != NULL)
    nm_setting_wireguard_remove_peer (wireguard, index);
  return TRUE;
}

static OmaValue *
get_allowed_ips (NMWireGuardPeer *peer)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < nm_wireguard_peer_get_allowed_ips_len (peer); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", nm_wireguard_peer_get_allowed_ip (peer, i, NULL));
  return text->len > 0 ? nm_leaf_new_string (text->str) : NULL;
}

OmaValue *
nm_wireguard_get_member (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSettingWireGuard *wireguard = get_wireguard (place);
  NMWireGuardPeer *peer = NULL;

  if (wireguard != NULL)
    peer = nm_setting_wireguard_get_peer_by_public_key (wireguard, place->captures[0], NULL);
  if (peer == NULL)
    return NULL;
  if (strcmp (leaf->data, "endpoint") == 0)
    return nm_leaf_new_string (nm_wireguard_peer_get_endpoint (peer));
  if (strcmp (leaf->data, "allowed-ips") == 0)
    return get_allowed_ips (peer);
  if (strcmp (leaf->data, "keepalive") == 0)
    return oma_value_new_int (nm_wireguard_peer_get_persistent_keepalive (peer));
  return nm_leaf_new_string (nm_wireguard_peer_get_preshared_key (peer));
}

static gboolean
set_allowed_ips (NMWireGuardPeer *peer, const char *text)
{
  g_auto(GStrv) parts = g_strsplit_set (text != NULL ? text : "", ", \t", -1);

  nm_wireguard_peer_clear_allowed_ips (peer);
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0' && !nm_wireguard_peer_append_allowed_ip (peer, *part, FALSE))
      return FALSE;
  return TRUE;
}

static gboolean
set_keepalive (NMWireGuardPeer *peer, const char *text)
{
  guint64 seconds = 0;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &seconds, NULL))
    return FALSE;
  nm_wireguard_peer_set_persistent_keepalive (peer, (guint16) seconds);
  return TRUE;
}

static gboolean
set_preshared_key (NMWireGuardPeer *peer, const char *text)
{
  if (!nm_wireguard_peer_set_preshared_key (peer, text, FALSE))
    return FALSE;
  nm_wireguard_peer_set_preshared_key_flags (peer, text != NULL ? NM_SETTING_SECRET_FLAG_NONE
                                                                : NM_SETTING_SECRET_FLAG_NOT_REQUIRED);
  return TRUE;
}

static gboolean
set_member (NMWireGuardPeer *peer, const char *member, const char *text)
{
  if (strcmp (member, "endpoint") == 0)
    return nm_wireguard_peer_set_endpoint (peer, text, FALSE);
  if (strcmp (member, "allowed-ips") == 0)
    return set_allowed_ips (peer, text);
  if (strcmp (member, "keepalive") == 0)
    return set_keepalive (peer, text);
  return set_preshared_key (peer, text);
}

gboolean
nm_wireguard_set_member (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSettingWireGuard *wireguard = get_wireguard (place);
  g_autofree char *text = nm_leaf_dup_text (value);
  NMWireGuardPeer *old = NULL, *peer;
  guint index = 0;
  gboolean ok;

  if (wireguard != NULL)
    old = nm_setting_wireguard_get_peer_by_public_key (wireguard, place->captures[0], &index);
  if (old == NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_FOUND, error, "There is no such peer");
  peer = nm_wireguard_peer_new_clone (old, TRUE);
  ok = set_member (peer, leaf->data, text);
  if (ok)
    nm_setting_wireguard_set_peer (wireguard, peer, index);
  nm_wireguard_peer_unref (peer);
  return ok || nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "A peer of WireGuard cannot have this %s",
                               (const char *) leaf->data);
}

/* ---- VPN plugins of NetworkManager ---- */

static NMSettingVpn *
get_vpn (const NmPlace *place)
{
  return nm_connection_get_setting_vpn (place->connection);
}

static NMSettingVpn *
ensure_vpn (const NmPlace *place)
{
  return NM_SETTING_VPN (nm_door_ensure_setting (place->connection, NM_SETTING_VPN_SETTING_NAME));
}

/* "openvpn" for org.freedesktop.NetworkManager.openvpn; others in full. */
OmaValue *
nm_vpn_get_kind (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingVpn *vpn = get_vpn (place);
  const char *type = vpn != NULL ? nm_setting_vpn_get_service_type (vpn) : NULL;

  if (type != NULL && g_str_has_prefix (type, VPN_PREFIX) && strchr (type + strlen (VPN_PREFIX), '.') == NULL)
    type += strlen (VPN_PREFIX);
  return nm_leaf_new_string (type);
}

gboolean
nm_vpn_set_kind (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *kind = nm_leaf_dup_text (value);
  g_autofree char *type = NULL;

  if (kind == NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error, "A VPN has a kind");
  type = strchr (kind, '.') != NULL ? g_strdup (kind) : g_strconcat (VPN_PREFIX, kind, NULL);
  if (!g_dbus_is_name (type) || g_dbus_is_unique_name (type))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "'%s' is no kind of VPN", kind);
  g_object_set (ensure_vpn (place), NM_SETTING_VPN_SERVICE_TYPE, type, NULL);
  return TRUE;
}

static char **
dup_names (const char **names)
{
  return names != NULL ? g_strdupv ((char **) names) : g_new0 (char *, 1);
}

char **
nm_vpn_list_data (const NmPlace *place)
{
  NMSettingVpn *vpn = get_vpn (place);
  g_autofree const char **names = vpn != NULL ? nm_setting_vpn_get_data_keys (vpn, NULL) : NULL;

  return dup_names (names);
}

char **
nm_vpn_list_secrets (const NmPlace *place)
{
  NMSettingVpn *vpn = get_vpn (place);
  g_autofree const char **names = vpn != NULL ? nm_setting_vpn_get_secret_keys (vpn, NULL) : NULL;

  return dup_names (names);
}

OmaValue *
nm_vpn_get_item (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingVpn *vpn = get_vpn (place);

  return vpn != NULL ? nm_leaf_new_string (nm_setting_vpn_get_data_item (vpn, place->captures[0])) : NULL;
}

OmaValue *
nm_vpn_get_secret (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingVpn *vpn = get_vpn (place);

  return vpn != NULL ? nm_leaf_new_string (nm_setting_vpn_get_secret (vpn, place->captures[0])) : NULL;
}

gboolean
nm_vpn_set_item (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMSettingVpn *vpn = ensure_vpn (place);

  if (text != NULL && nm_vpn_names_program (place->captures[0]))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s names a program: no server may",
                           place->captures[0]);
  if (text != NULL)
    nm_setting_vpn_add_data_item (vpn, place->captures[0], text);
  else
    nm_setting_vpn_remove_data_item (vpn, place->captures[0]);
  return TRUE;
}

gboolean
nm_vpn_set_secret (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value,
                   GError **error G_GNUC_UNUSED)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMSettingVpn *vpn = ensure_vpn (place);

  if (text != NULL)
    nm_setting_vpn_add_secret (vpn, place->captures[0], text);
  else
    nm_setting_vpn_remove_secret (vpn, place->captures[0]);
  return TRUE;
}

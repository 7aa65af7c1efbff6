/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-service.h"

/* Secrets of a profile are not kept longer than a change of it takes: otherwise "*" stands for each, so that one knows
 * which there are. */

#define MASK "*"

static void
mask_vpn (NMSettingVpn *vpn)
{
  g_autofree const char **names = nm_setting_vpn_get_secret_keys (vpn, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup (names[i]);

      nm_setting_vpn_add_secret (vpn, name, MASK);
    }
}

static void
mask_peers (NMSettingWireGuard *wireguard)
{
  for (guint i = 0; i < nm_setting_wireguard_get_peers_len (wireguard); i++)
    {
      NMWireGuardPeer *old = nm_setting_wireguard_get_peer (wireguard, i), *peer;

      if (nm_wireguard_peer_get_preshared_key (old) == NULL)
        continue;
      peer = nm_wireguard_peer_new_clone (old, FALSE);
      nm_wireguard_peer_set_preshared_key (peer, MASK, TRUE);
      nm_setting_wireguard_set_peer (wireguard, peer, i);
      nm_wireguard_peer_unref (peer);
    }
}

static void
mask_value (NMSetting *setting, const char *key, const GValue *value, GParamFlags flags,
            gpointer user_data G_GNUC_UNUSED)
{
  if ((flags & NM_SETTING_PARAM_SECRET) == 0)
    return;
  if (G_VALUE_HOLDS_STRING (value) && g_value_get_string (value) != NULL)
    g_object_set (setting, key, MASK, NULL);
  else if (G_VALUE_HOLDS (value, G_TYPE_BYTES) && g_value_get_boxed (value) != NULL)
    {
      g_autoptr(GBytes) mask = g_bytes_new_static (MASK, 1);

      g_object_set (setting, key, mask, NULL);
    }
}

/**
 * nm_mask_secrets:
 * @connection: a profile
 *
 * Replaces each secret by "*".
 */
void
nm_mask_secrets (NMConnection *connection)
{
  guint n;
  g_autofree NMSetting **settings = nm_connection_get_settings (connection, &n);

  for (guint i = 0; i < n; i++)
    {
      if (NM_IS_SETTING_VPN (settings[i]))
        mask_vpn (NM_SETTING_VPN (settings[i]));
      else
        nm_setting_enumerate_values (settings[i], mask_value, NULL);
      if (NM_IS_SETTING_WIREGUARD (settings[i]))
        mask_peers (NM_SETTING_WIREGUARD (settings[i]));
    }
}

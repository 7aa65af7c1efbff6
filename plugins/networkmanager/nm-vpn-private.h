/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of nm-vpn.h share. */

#include "nm-vpn.h"

G_BEGIN_DECLS

#define NM_VPN_SERVICE(name) NM_DBUS_INTERFACE "." name
/* What nm-vpn-dns.c put into the profile. */
#define NM_VPN_KEY_SERVERS "DnsServers"
#define NM_VPN_KEY_DOMAINS "Domains"

#define NM_VPN_WIREGUARD "wireguard"

/**
 * NmVpnProtocol:
 * @word: NativeProtocolType
 * @service: what NetworkManager has for it
 * @server: the key of that plugin for the server
 *
 * A protocol of Windows.
 */
typedef struct {
  const char *word;
  const char *service;
  const char *server;
} NmVpnProtocol;

gboolean             nm_vpn_has             (NMConnection *connection, const char *field);
gboolean             nm_vpn_is_fresh        (NMConnection *connection);
gboolean             nm_vpn_speaks_of       (NMConnection *connection, const char *field);
gboolean             nm_vpn_make_proposals  (NMConnection *connection, char **ike, char **esp, GError **error);
const NmVpnProtocol *nm_vpn_find_protocol   (const char *word);
const NmVpnProtocol *nm_vpn_find_service    (const char *service);
char                *nm_vpn_expand_service  (const char *word);
NMSettingVpn        *nm_vpn_set_service     (NMConnection *connection, const char *service);
NMSettingVpn        *nm_vpn_ensure_setting  (NMConnection *connection);
void                 nm_vpn_put             (NMSettingVpn *vpn, const char *key, const char *value);
gboolean             nm_vpn_is_wireguard    (NMConnection *connection);
gboolean             nm_vpn_compile_native  (NMConnection *connection, GError **error);
gboolean             nm_vpn_compile_plugin  (NMConnection *connection, GError **error);
gboolean             nm_vpn_compile_dns     (NMConnection *connection, GError **error);

G_END_DECLS

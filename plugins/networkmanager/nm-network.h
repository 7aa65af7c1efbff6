/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Leaves and lists of ./Vendor/Omadm/Network/Connections whose values are more than one property. */

#include "nm-door.h"

G_BEGIN_DECLS

/* Addresses and routes (nm-network-ip.c); leaf->setting is "ipv4" or "ipv6". */
OmaValue *nm_ip_get_method     (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_method     (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_ip_get_addresses  (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_addresses  (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_ip_get_gateway    (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_gateway    (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_ip_get_dns        (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_dns        (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_ip_get_search     (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_search     (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_ip_get_routes     (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_ip_set_routes     (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);

/* WireGuard's peers, and what VPN plugins are told (nm-network-vpn.c). */
char    **nm_wireguard_list_peers     (const NmPlace *place);
gboolean  nm_wireguard_add_peer       (const NmPlace *place, GError **error);
gboolean  nm_wireguard_remove_peer    (const NmPlace *place, GError **error);
OmaValue *nm_wireguard_get_member     (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_wireguard_set_member     (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
gboolean  nm_wireguard_set_private_key (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_vpn_get_kind   (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_vpn_set_kind   (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
char    **nm_vpn_list_data    (const NmPlace *place);
char    **nm_vpn_list_secrets (const NmPlace *place);
OmaValue *nm_vpn_get_item   (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_vpn_set_item   (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);
OmaValue *nm_vpn_get_secret (const NmPlace *place, const NmLeaf *leaf, GError **error);
gboolean  nm_vpn_set_secret (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error);

G_END_DECLS

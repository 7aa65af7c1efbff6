/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a VPN profile for Windows says, field by field, and the profile of NetworkManager that it makes.
 *
 * A field is the text of a leaf of ./Vendor/MSFT/VPNv2/<name>, called as its path.  Fields are kept in the profile and
 * come in any order; nm_vpn_compile() makes of all of them what NetworkManager needs.  Where somebody else changed the
 * profile since, fields no longer count, and nm_vpn_import() reads them from what is there now.  Secrets are no fields:
 * they go into the profile at once. */

#include "nm-door.h"

G_BEGIN_DECLS

#define NM_VPN_DOOR "vpnv2"
#define NM_VPN_ROUTES "RouteList"
#define NM_VPN_DOMAINS "DomainNameInformationList"

char       *nm_vpn_dup_field  (NMConnection *connection, const char *field);
gboolean    nm_vpn_set_field  (NMConnection *connection, const char *field, const char *text, GError **error);
void        nm_vpn_clear_fields (NMConnection *connection);
void        nm_vpn_set_fresh  (NMConnection *connection, gboolean fresh);
gboolean    nm_vpn_is         (NMConnection *connection, const char *field, const char *word);
char       *nm_vpn_row_field  (const char *list, const char *row, const char *leaf);
char      **nm_vpn_list_rows  (NMConnection *connection, const char *list);

gboolean    nm_vpn_compile    (NMConnection *connection, GError **error);
void        nm_vpn_import     (NMConnection *connection);
void        nm_vpn_reset      (NMConnection *connection, const char *field);
gboolean    nm_vpn_still_says (NMConnection *connection);
gboolean    nm_vpn_put_secret (NMConnection *connection, const char *key, const char *text);
gboolean    nm_vpn_has_secret (NMConnection *connection, const char *key);
gboolean    nm_vpn_check_service (const char *word, GError **error);

/* CustomConfiguration: a file of wg-quick, or groups "vpn" and "vpn-secrets" of a keyfile of NetworkManager. */
gboolean    nm_vpn_set_custom (NMConnection *connection, const char *text, GError **error);
gboolean    nm_vpn_names_program (const char *key);

G_END_DECLS

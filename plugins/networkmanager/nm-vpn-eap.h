/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* EapHostConfig as far as a plugin for IKEv2 wants to know it: there the server chooses the method. */

#include "nm-door.h"

G_BEGIN_DECLS

typedef enum {
  NM_VPN_EAP_PASSWORD,
  NM_VPN_EAP_TLS,
} NmVpnEapMethod;

/**
 * NmVpnEap:
 * @method: what the client shows
 * @authority: (nullable): file of the authority that signed the server's certificate
 * @server: (nullable): name in that certificate
 *
 * What is in an EapHostConfig.
 */
typedef struct {
  NmVpnEapMethod method;
  char          *authority;
  char          *server;
} NmVpnEap;

gboolean nm_vpn_eap_read  (const char *text, NmVpnEap *eap, GError **error);
void     nm_vpn_eap_clear (NmVpnEap *eap);

G_END_DECLS

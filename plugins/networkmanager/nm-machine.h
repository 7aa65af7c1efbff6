/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the machine adds to documents that were made for Windows: there the certificate store and the domain know it.
 * All of it are names; only NetworkManager reads keys. */

#include "nm-door.h"

G_BEGIN_DECLS

/* Files of the folder of authorities that are looked at, and octets of each. */
#define NM_MACHINE_MAX_AUTHORITIES 1024
#define NM_MACHINE_MAX_AUTHORITY (64 * 1024)

/**
 * NmMachine:
 * @identity: (nullable): who the machine is for EAP, %NULL for "host/" and its name
 * @client_certificate: (nullable): URI of its certificate, file:// or pkcs11:
 * @private_key: (nullable): URI of the key
 * @authorities: (nullable): folder of trusted certificates, PEM, %NULL for /etc/ssl/certs
 * @has_vpn: (nullable): whether there is a VPN plugin, %NULL for what libnm finds
 */
typedef struct {
  const char *identity;
  const char *client_certificate;
  const char *private_key;
  const char *authorities;
  gboolean  (*has_vpn) (const char *service);
} NmMachine;

void        nm_machine_set_up              (OmaPluginHost *host);
void        nm_machine_set                 (const NmMachine *machine);
char       *nm_machine_dup_identity        (void);
const char *nm_machine_get_certificate     (void);
const char *nm_machine_get_key             (void);
char       *nm_machine_find_authority      (const char *thumbprint);
char       *nm_machine_make_thumbprint     (const char *path);
gboolean    nm_machine_has_vpn             (const char *service);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* CryptographySuite of a VPN profile for Windows, and proposals as strongSwan writes them. */

#include "nm-door.h"

G_BEGIN_DECLS

/**
 * NmIpsecSuite:
 * @cipher: EncryptionMethod, or CipherTransformConstants of a child
 * @integrity: IntegrityCheckMethod, or AuthenticationTransformConstants of a child
 * @group: DHGroup, or PfsGroup of a child
 *
 * What protects an IKE association, or one of its children.
 */
typedef struct {
  const char *cipher;
  const char *integrity;
  const char *group;
} NmIpsecSuite;

gboolean nm_ipsec_make_proposal (const NmIpsecSuite *suite, gboolean child, char **proposal, GError **error);

G_END_DECLS

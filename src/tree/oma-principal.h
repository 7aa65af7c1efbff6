/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaPrincipalKind:
 * @OMA_PRINCIPAL_DEVICE: the daemon itself; neither ACL nor access type bind it
 * @OMA_PRINCIPAL_ADMINISTRATOR: the local administrator, whom polkit vouches for; access
 *   types bind him, ACLs do not
 * @OMA_PRINCIPAL_SERVER: a management server; both bind it
 */
typedef enum {
  OMA_PRINCIPAL_DEVICE,
  OMA_PRINCIPAL_ADMINISTRATOR,
  OMA_PRINCIPAL_SERVER,
} OmaPrincipalKind;

/**
 * OmaPrincipal:
 * @kind: who acts
 * @server_id: (nullable): DMAcc ServerID of a server, else %NULL
 *
 * In whose name a unit of work runs.
 */
typedef struct {
  OmaPrincipalKind kind;
  const char      *server_id;
} OmaPrincipal;

G_END_DECLS

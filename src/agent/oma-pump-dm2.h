/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-pump.h"
#include "agent/oma-session-cause.h"

G_BEGIN_DECLS

/**
 * OmaPumpDm2:
 *
 * Pumps sessions of DM 2.0: packages to and from the server, transfers with the data repositories that it names.
 */
#define OMA_TYPE_PUMP_DM2 (oma_pump_dm2_get_type ())
G_DECLARE_FINAL_TYPE (OmaPumpDm2, oma_pump_dm2, OMA, PUMP_DM2, OmaPump)

OmaPump *oma_pump_dm2_new (const OmaPumpConfig *config, const OmaSessionCause *cause);

G_END_DECLS

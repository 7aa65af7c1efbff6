/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-pump.h"

G_BEGIN_DECLS

/**
 * OmaPumpDm1:
 *
 * Pumps sessions of DM 1.1, 1.2 and 1.3: keeps nonces before a message goes out that needs them, and begins again
 * with a lower release or another encoding when the server does not understand the first message.
 */
#define OMA_TYPE_PUMP_DM1 (oma_pump_dm1_get_type ())
G_DECLARE_FINAL_TYPE (OmaPumpDm1, oma_pump_dm1, OMA, PUMP_DM1, OmaPump)

OmaPump *oma_pump_dm1_new             (const OmaPumpConfig *config);
char    *oma_pump_dm1_make_session_id (gint64 number);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-plan.h"

G_BEGIN_DECLS

void oma_withdraw_add_steps (OmaPlan *plan, const char *server_id);

G_END_DECLS

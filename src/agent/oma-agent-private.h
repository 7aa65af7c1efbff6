/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-agent.h"
#include "agent/oma-config.h"

G_BEGIN_DECLS

const OmaConfig *oma_agent_get_config (OmaAgent *agent);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent.h"

G_DEFINE_QUARK (oma-agent-error-quark, oma_agent_error)

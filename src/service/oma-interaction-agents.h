/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-interaction.h"

G_BEGIN_DECLS

/* Agents that are registered at a time. */
#define OMA_MAX_INTERACTION_AGENTS 64

/**
 * OmaInteractionAgents:
 *
 * Programs on the bus that have a user before them; what sessions ask goes to one of them.
 */
#define OMA_TYPE_INTERACTION_AGENTS (oma_interaction_agents_get_type ())
G_DECLARE_FINAL_TYPE (OmaInteractionAgents, oma_interaction_agents, OMA, INTERACTION_AGENTS, GObject)

OmaInteractionAgents *oma_interaction_agents_new  (GDBusConnection *connection, gboolean use_polkit);
gboolean              oma_interaction_agents_add  (OmaInteractionAgents *agents, const char *name, const char *path,
                                                   GError **error);
gboolean              oma_interaction_agents_remove (OmaInteractionAgents *agents, const char *name);
guint                 oma_interaction_agents_count (OmaInteractionAgents *agents);

G_END_DECLS

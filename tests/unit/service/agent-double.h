/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-agent.h"

/* Stands in for src/agent, so that tests decide what sessions and plugins do; tree, executor
 * and store are the real ones.
 *
 * The tree: ./Store, stored, with leaf Mode ("calm"), write-only leaf Key and any leaves;
 * ./Deep, stored, any interior nodes eight levels down; ./Asked, served asynchronously: leaf
 * Now ("tick"), leaf Never, which is not answered until it is cancelled, interior node Broken,
 * which cannot be listed, and List with the leaves "1" and "a b". */

OmaAgent  *agent_double_new          (void);
guint      agent_double_count_asked  (OmaAgent *agent);       /* how often a plugin was asked for a value */
void       agent_double_add_account  (OmaAgent *agent, const char *name);
OmaRunner *agent_double_get_runner   (OmaAgent *agent, guint index);
void       agent_double_change_runner (OmaRunner *runner, OmaRunnerState state, guint commands);
void       agent_double_send_message (OmaRunner *runner, const char *text);
void       agent_double_resend_message (OmaRunner *runner, const char *reason);
gboolean   agent_double_is_overheard (OmaRunner *runner);
void       agent_double_end_runner   (OmaAgent *agent, OmaRunner *runner, const char *reason);
const OmaAccountConfig *agent_double_get_config (OmaAgent *agent);   /* as the last account was added with */

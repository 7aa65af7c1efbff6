/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-runner-context.h"
#include "agent/oma-runner.h"

G_BEGIN_DECLS

OmaRunner *oma_runner_new     (const OmaRunnerContext *context, OmaAccount *account);
void       oma_runner_start   (OmaRunner *runner, const char *device_id);
void       oma_runner_abandon (OmaRunner *runner);
gboolean   oma_runner_is_over (OmaRunner *runner);

G_END_DECLS

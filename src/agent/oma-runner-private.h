/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-runner-context.h"
#include "agent/oma-runner.h"
#include "agent/oma-session-cause.h"

G_BEGIN_DECLS

OmaRunner    *oma_runner_new            (const OmaRunnerContext *context, OmaAccount *account,
                                         const OmaSessionCause *cause);
void          oma_runner_start          (OmaRunner *runner, const char *device_id);
void          oma_runner_abandon        (OmaRunner *runner);
gboolean      oma_runner_is_over        (OmaRunner *runner);
gboolean      oma_runner_join           (OmaRunner *runner, const OmaSessionCause *cause);
const char   *oma_runner_get_report_uri (OmaRunner *runner);
const GError *oma_runner_get_error      (OmaRunner *runner);
guint         oma_runner_get_retry_after (OmaRunner *runner);

G_END_DECLS

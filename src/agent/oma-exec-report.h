/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-alert-list.h"
#include "session/oma-executor.h"

G_BEGIN_DECLS

/* Type of the alert that tells the end of an Exec whose management object has no type of its
 * own.  Our reading. */
#define OMA_EXEC_REPORT_TYPE "Reversed-Domain-Name: org.omadm.exec"

void oma_exec_report_attach    (OmaExecutor *executor, OmaAlertList *alerts);
void oma_exec_report_by_plugin (OmaAlertList *alerts, const char *plugin, const char *type, const char *mark,
                                const char *uri, const char *correlator, OmaValue *data);

G_END_DECLS

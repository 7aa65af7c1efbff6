/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"
#include "session/oma-target.h"

G_BEGIN_DECLS

gboolean oma_operation_run      (OmaJob *job, GError **error);

/* The parts of it; each is an OmaJobRun. */
gboolean oma_operation_read     (OmaJob *job, GError **error);
gboolean oma_operation_write    (OmaJob *job, GError **error);
gboolean oma_operation_get_property (OmaJob *job, OmaTarget *target, GError **error);
gboolean oma_operation_set_property (OmaJob *job, OmaTarget *target, GError **error);

gboolean oma_operation_refuse   (OmaStatus status, const char *reason, GError **error);
char    *oma_operation_dup_text (const OmaOperation *operation, GError **error);

G_END_DECLS

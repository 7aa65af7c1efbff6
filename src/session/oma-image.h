/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"

G_BEGIN_DECLS

gboolean oma_call_changes   (const OmaCall *call);
gboolean oma_call_is_write  (const OmaCall *call);
gboolean oma_image_make     (OmaJob *job, OmaCall *call, GError **error);
char    *oma_image_dup_mount (const OmaNodeRef *ref);

G_END_DECLS

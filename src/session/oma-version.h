/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"
#include "session/oma-batch.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

const char *oma_dm_version_to_name   (OmaDmVersion version);
gboolean    oma_dm_version_from_name (const char *name, OmaDmVersion *version);

void        oma_version_fill_header  (OmaDmVersion version, OmaHeader *header);
OmaStatus   oma_version_check_header (OmaDmVersion version, const OmaHeader *header);
gboolean    oma_version_is_refusal   (OmaStatus status);
gboolean    oma_version_has_alert    (OmaDmVersion version, guint code);
void        oma_version_restrict     (OmaDmVersion version, OmaBatch *batch);

G_END_DECLS

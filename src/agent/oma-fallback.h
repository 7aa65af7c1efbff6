/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-session.h"

G_BEGIN_DECLS

/**
 * OmaDialect:
 * @version: the release that is spoken
 * @encoding: how messages are written
 *
 * What a session begins with.
 */
typedef struct {
  OmaDmVersion version;
  OmaEncoding  encoding;
} OmaDialect;

gboolean oma_fallback_next (OmaDialect *dialect, const GError *error, guint http_status, gboolean *lasting);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-schema.h"

G_BEGIN_DECLS

OmaSchema *oma_ddf_parse (const char *origin, gconstpointer data, gsize size, GError **error);
OmaSchema *oma_ddf_load  (const char *path, GError **error);

G_END_DECLS

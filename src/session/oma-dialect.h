/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean oma_dialect_map_uri (const char *uri, char **mapped);

G_END_DECLS

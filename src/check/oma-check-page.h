/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-schema.h"

G_BEGIN_DECLS

char *oma_check_page_make (const OmaSchema *schema, const char *path);

G_END_DECLS

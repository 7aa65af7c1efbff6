/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

G_BEGIN_DECLS

gboolean oma_builtin_ddf_mount (OmaTree *tree, const char *name, OmaMountFlags flags, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-unit.h"

G_BEGIN_DECLS

GPtrArray *oma_unit_subtrees_new     (const OmaUnitRecord *unit);   /* (element-type utf8) (transfer full) */
gboolean   oma_unit_subtrees_overlap (const GPtrArray *subtrees, const GPtrArray *others);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-constraint.h"

G_BEGIN_DECLS

OmaConstraint *oma_xsd_new_constraint (const char *text, GError **error);

G_END_DECLS

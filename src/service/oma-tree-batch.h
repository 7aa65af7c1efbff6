/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

void oma_tree_batch_get_many    (OmaRequest *request);
void oma_tree_batch_get_subtree (OmaRequest *request);

G_END_DECLS

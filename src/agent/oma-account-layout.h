/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaAccountLayout:
 *
 * The accounts by the names of other layouts than that of DM 1.2: ./SyncML/DMAcc.
 */
typedef struct _OmaAccountLayout OmaAccountLayout;

OmaAccountLayout *oma_account_layout_new     (OmaTree *tree);
void              oma_account_layout_free    (OmaAccountLayout *layout);
gboolean          oma_account_layout_mount   (OmaAccountLayout *layout, GError **error);
char             *oma_account_layout_resolve (const char *uri, gpointer layout);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAccountLayout, oma_account_layout_free)

G_END_DECLS

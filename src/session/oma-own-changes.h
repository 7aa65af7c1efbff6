/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-notices.h"

G_BEGIN_DECLS

/**
 * OmaOwnChanges:
 *
 * What units of work changed a short time ago, so that what services tell of it is not taken for somebody else's
 * change.
 */
typedef struct _OmaOwnChanges OmaOwnChanges;

OmaOwnChanges *oma_own_changes_new     (void);
void           oma_own_changes_free    (OmaOwnChanges *changes);
void           oma_own_changes_forget_old (OmaOwnChanges *changes, gint64 now);
void           oma_own_changes_add     (OmaOwnChanges *changes, const char *uri, gint64 now);
gboolean       oma_own_changes_explain (OmaOwnChanges *changes, const OmaNotice *notice);

G_END_DECLS

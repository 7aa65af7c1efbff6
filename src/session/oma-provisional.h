/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaProvisional:
 *
 * The units of work of a session that are committed and count only once the server was reached
 * again: one that changes a node of %OMA_HANDLER_PROVISIONAL, and all that come after it in the same
 * message, since they may stand on it and the server hears of them in the same answer.  They have
 * no lock any more; the journal has them, as one, with before-images also of what the tree itself
 * holds.  Whoever does not confirm them has them undone, the newest first.
 */
typedef struct _OmaProvisional OmaProvisional;

OmaProvisional *oma_provisional_new      (OmaExecutor *executor);
OmaProvisional *oma_provisional_ref      (OmaProvisional *provisional);
void            oma_provisional_unref    (OmaProvisional *provisional);
gboolean        oma_provisional_is_empty (const OmaProvisional *provisional);
void            oma_provisional_confirm_async  (OmaProvisional *provisional, GAsyncReadyCallback callback,
                                                gpointer user_data);
gboolean        oma_provisional_confirm_finish (GAsyncResult *result, GError **error);
void            oma_provisional_undo     (OmaProvisional *provisional);
void            oma_provisional_close    (OmaProvisional *provisional);

void            oma_work_set_provisional (OmaWork *work, OmaProvisional *provisional);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaProvisional, oma_provisional_unref)

G_END_DECLS

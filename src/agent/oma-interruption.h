/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-alert-queue.h"
#include "store/oma-store.h"

G_BEGIN_DECLS

/* Type of the alert that tells a server what it never got an answer to: our reading, no
 * specification has one. */
#define OMA_INTERRUPTION_ALERT_TYPE "org.omadm.session-interrupted"

void     oma_interruption_report_async  (OmaStore *store, OmaAlertQueue *queue, const char *account,
                                         const char *server_id, GAsyncReadyCallback callback, gpointer user_data);
gboolean oma_interruption_report_finish (OmaStore *store, GAsyncResult *result, GError **error);

G_END_DECLS

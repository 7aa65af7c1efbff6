/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* MESSAGE_ID of the few events that one alerts on; see omadmd(8). */
#define OMA_LOG_ID_SESSION_FAILED "e1d9f3b96c584be9ab38f0bb6f1f57a4"
#define OMA_LOG_ID_DDF_REFUSED "5f4a0c2b1e8d4c739d06b1d9a2c4e7f3"
#define OMA_LOG_ID_ACCOUNT_REFUSED "c3b7a8e0d4f1427a8f5c9e6b2d1a0f48"
#define OMA_LOG_ID_PLUGIN_LEFT_OUT "9d2e6a41b7c84f0fa3158e4c0b6d72f5"
#define OMA_LOG_ID_UNIT "b4f07c52e93d4a6b8c1de5a2706f3b98"

void oma_log_init      (gboolean debug);
void oma_log_set_level (GLogLevelFlags level);
void oma_log_event     (GLogLevelFlags level, const char *message_id, const char *account, gint64 session,
                        const char *format, ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS

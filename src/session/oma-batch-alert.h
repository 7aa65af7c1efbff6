/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-command.h"
#include "session/oma-interaction.h"

G_BEGIN_DECLS

gboolean  oma_alert_has_code       (const OmaCommand *command, guint code);
OmaStatus oma_alert_check          (const OmaCommand *alert);
OmaStatus oma_alert_check_question (const OmaCommand *alert);
gboolean  oma_alert_asks           (const OmaCommand *alert);
gboolean  oma_alert_stops_sequence (OmaStatus status);
void      oma_alert_ask_async      (OmaInteraction *interaction, const char *server_id, const OmaCommand *alert,
                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
OmaStatus oma_alert_ask_finish     (GAsyncResult *result, char ***answers);

G_END_DECLS

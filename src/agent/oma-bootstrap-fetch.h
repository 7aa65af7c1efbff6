/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "agent/oma-config.h"

#include <gio/gio.h>

G_BEGIN_DECLS

void    oma_bootstrap_fetch_async  (const OmaAccountConfig *access, const OmaConfig *config, const char *device_id,
                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GBytes *oma_bootstrap_fetch_finish (GAsyncResult *result, char **media_type, GError **error);

G_END_DECLS

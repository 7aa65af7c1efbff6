/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

void              oma_account_settings_read_async  (const char *name, GVariant *settings, GUnixFDList *descriptors,
                                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                                    gpointer user_data);
OmaAccountConfig *oma_account_settings_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS

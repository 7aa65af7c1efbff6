/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-spool.h"
#include "base/oma-value.h"

#include <gio/gio.h>

G_BEGIN_DECLS

void      oma_decoded_value_make_async  (OmaValue *text, OmaSpoolFunc spool, gpointer spool_data,
                                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
OmaValue *oma_decoded_value_make_finish (GAsyncResult *result, GError **error);

G_END_DECLS

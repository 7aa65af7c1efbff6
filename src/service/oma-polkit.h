/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

const char *oma_polkit_get_action         (const char *interface, const char *member);
const char *oma_polkit_get_action_for_all (const GDBusInterfaceInfo *interface);

void        oma_polkit_check_async  (GDBusConnection *connection, gboolean use_polkit, const char *caller,
                                     const char *action, gboolean interactive, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean    oma_polkit_check_finish (GAsyncResult *result, GError **error);

G_END_DECLS

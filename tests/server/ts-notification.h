/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

GBytes *ts_notification_make (JsonNode *node, const char *server_id, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define TS_TYPE_MO_DATA "application/vnd.oma.dm.mos+json"   /* Our reading: of MO data as JSON. */

GBytes *ts_bootstrap_make (JsonNode *node, const char *server_id, GError **error);

G_END_DECLS

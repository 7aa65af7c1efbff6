/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-server.h"

G_BEGIN_DECLS

void      ts_admin_reply       (SoupServerMessage *http, guint status, JsonObject *object);
void      ts_admin_reply_error (SoupServerMessage *http, guint status, const char *text);
void      ts_admin_reply_list  (SoupServerMessage *http, const char *name, const GQueue *objects);
JsonNode *ts_admin_read        (SoupServerMessage *http, GError **error);

/* ts-admin-dm2.c */
gboolean  ts_admin_serve_dm2   (TsServer *server, SoupServerMessage *http, const char *path);

G_END_DECLS

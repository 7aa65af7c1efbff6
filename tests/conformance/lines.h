/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Answers one request: fills the empty @reply. */
typedef void (*LineFunc) (gpointer user_data, JsonObject *request, JsonObject *reply);

void    serve_lines (LineFunc serve, gpointer user_data);

GBytes *get_octets  (JsonObject *object, const char *name);
void    set_octets  (JsonObject *object, const char *name, GBytes *octets);
void    set_text    (JsonObject *object, const char *name, const char *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gsize oma_json_append_text   (GString *json, const char *text, gsize length, gboolean last);
void  oma_json_append_string (GString *json, const char *text, gssize length);
void  oma_json_append_member (GString *json, const char *name, const char *text);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void oma_safe_text_append     (GString *out, const char *text, gsize length);
void oma_safe_text_append_cut (GString *out, const char *text, gsize length, gsize max_length);

G_END_DECLS

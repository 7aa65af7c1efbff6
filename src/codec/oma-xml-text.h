/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean oma_xml_is_plain      (const char *text, gsize length);
gboolean oma_xml_can_hold_text (const char *text, gsize length);
void oma_xml_append_text      (GString *xml, const char *text, gsize length);
void oma_xml_append_attribute (GString *xml, const char *text, gsize length);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean oma_xml_scan_attributes (const char *xml, gsize size, guint max_attributes);

G_END_DECLS

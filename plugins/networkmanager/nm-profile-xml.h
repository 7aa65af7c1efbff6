/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ProfileXML: all of a VPN profile for Windows in one document. */

#include "nm-door.h"

G_BEGIN_DECLS

gboolean nm_profile_xml_read  (NMConnection *connection, const char *text, GError **error);
char    *nm_profile_xml_write (NMConnection *connection);

G_END_DECLS

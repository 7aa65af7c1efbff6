/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* WLANProfile, the document that Windows describes a wireless network with, and a profile of NetworkManager. */

#include "nm-door.h"

G_BEGIN_DECLS

gboolean nm_wlan_xml_read  (NMConnection *connection, const char *text, GError **error);
char    *nm_wlan_xml_write (NMConnection *connection);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nm-door.h"

G_BEGIN_DECLS

/* A leaf of ./Vendor/MSFT/VPNv2/<name> by its path, checked as when a server writes it; for ProfileXML. */
gboolean nm_vpnv2_set_text (NMConnection *connection, const char *field, const char *text, GError **error);
void     nm_vpnv2_clear    (NMConnection *connection);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* EapHostConfig, the description of an EAP method in documents for Windows, and NetworkManager's setting "802-1x". */

#include "nm-door.h"
#include "nm-xml.h"

G_BEGIN_DECLS

NMSetting *nm_eap_host_read  (const xmlNode *host, NMSetting8021x *before, GError **error);
gboolean   nm_eap_host_write (NMSetting8021x *eap, xmlNode *parent);

G_END_DECLS

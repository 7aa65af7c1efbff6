/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A proxy server as a PAC script: NetworkManager's setting "proxy" has no other place for one. */

#include "nm-door.h"

G_BEGIN_DECLS

char    *nm_pac_make       (const char *kind, const char *host, const char *port);
gboolean nm_pac_parse      (const char *script, char **kind, char **host, char **port);
gboolean nm_pac_is_host    (const char *host);
gboolean nm_pac_is_port    (const char *port);
gboolean nm_pac_split      (const char *server, char **host, char **port);
void     nm_pac_set_proxy  (NMConnection *connection, gboolean automatic, const char *url, const char *script);
const char *nm_pac_get_url (NMConnection *connection);
const char *nm_pac_get_script (NMConnection *connection);
gboolean nm_pac_check_url  (const char *url, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Configuration files of wg-quick(8), and a WireGuard profile. */

#include "nm-door.h"

G_BEGIN_DECLS

/* Peers in a file. */
#define NM_WG_QUICK_MAX_PEERS 256

gboolean nm_wg_quick_looks_like (const char *text);
gboolean nm_wg_quick_read       (NMConnection *connection, const char *text, GError **error);
char    *nm_wg_quick_redact     (const char *text);
char    *nm_wg_quick_write      (NMConnection *connection);

G_END_DECLS

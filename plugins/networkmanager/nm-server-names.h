/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ServerNames of EapHostConfig: which names the certificate of an authentication server may have. */

#include "nm-door.h"

G_BEGIN_DECLS

gboolean nm_server_names_read  (const char *text, char **match, char **suffix_match, GError **error);
char    *nm_server_names_write (const char *match, const char *suffix_match);

G_END_DECLS

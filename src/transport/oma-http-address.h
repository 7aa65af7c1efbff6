/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean oma_http_address_is_public (GInetAddress *address);

G_END_DECLS

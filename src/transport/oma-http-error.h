/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/oma-transport.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

GError *oma_http_error_new_from_failure (SoupMessage *message, const GError *failure, gboolean in_body);
GError *oma_http_error_new_from_status  (SoupMessage *message);
guint   oma_http_parse_retry_after      (SoupMessage *message);

G_END_DECLS

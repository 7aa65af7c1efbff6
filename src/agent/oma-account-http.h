/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-private.h"
#include "agent/oma-config.h"
#include "transport/oma-http.h"

G_BEGIN_DECLS

OmaHttp *oma_account_open_http (OmaAccount *account, const OmaConfig *config, const char *device_id,
                                OmaAccountFiles **files, GError **error);

G_END_DECLS

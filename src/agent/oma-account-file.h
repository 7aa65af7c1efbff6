/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"

G_BEGIN_DECLS

OmaAccountConfig *oma_account_file_load (const char *path, gboolean accept_own, char **digest, GError **error);

G_END_DECLS

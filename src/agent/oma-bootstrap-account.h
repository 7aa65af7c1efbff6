/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "bootstrap/oma-bootstrap.h"

G_BEGIN_DECLS

OmaAccountConfig *oma_bootstrap_make_account (const OmaBootstrap *bootstrap, GError **error);
gboolean          oma_bootstrap_has_secret   (const OmaBootstrap *bootstrap);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

/* Methods of org.omadm.Agent1; each takes the request. */
void oma_dbus_bootstrap_document (OmaRequest *request);
void oma_dbus_bootstrap_from     (OmaRequest *request);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

/* Methods of org.omadm.Agent1; each takes the request. */
void oma_dbus_alert_raise (OmaRequest *request);
void oma_dbus_alert_list  (OmaRequest *request);
void oma_dbus_alert_drop  (OmaRequest *request);

G_END_DECLS

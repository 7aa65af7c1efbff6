/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

/* Methods of org.omadm.Agent1; each takes the request. */
void        oma_dbus_plugin_list  (OmaRequest *request);
void        oma_dbus_plugin_get   (OmaRequest *request);
void        oma_dbus_plugin_reset (OmaRequest *request);

const char *oma_dbus_plugin_state (const OmaPluginInfo *plugin);

G_END_DECLS

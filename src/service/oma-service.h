/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-agent.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define OMA_BUS_NAME "org.omadm.Agent1"
#define OMA_OBJECT_PATH "/org/omadm/Agent1"

/**
 * OmaService:
 *
 * The agent on D-Bus: the objects, their authorisation and the signals to subscribers.
 */
#define OMA_TYPE_SERVICE (oma_service_get_type ())
G_DECLARE_FINAL_TYPE (OmaService, oma_service, OMA, SERVICE, GObject)

OmaService *oma_service_new   (OmaAgent *agent, GDBusConnection *connection, gboolean use_polkit);
gboolean    oma_service_start (OmaService *service, GError **error);
void        oma_service_stop  (OmaService *service);

G_END_DECLS

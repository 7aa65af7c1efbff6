/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/oma-request.h"

G_BEGIN_DECLS

/* Calls of one caller that are worked on at a time. */
#define OMA_MAX_IN_FLIGHT 64
#define OMA_MAX_IN_FLIGHT_OF_ALL 1024   /* and of all callers together */

/**
 * OmaDispatcher:
 *
 * The one door for calls: bounds them, checks them against the interfaces, has polkit
 * decide, and gives them to the object's handler.
 */
typedef struct _OmaDispatcher OmaDispatcher;

OmaDispatcher *oma_dispatcher_new      (OmaAgent *agent, OmaSubscribers *subscribers, gboolean use_polkit);
void           oma_dispatcher_free     (OmaDispatcher *dispatcher);
void           oma_dispatcher_dispatch (OmaDispatcher *dispatcher, GDBusConnection *connection, GDBusMessage *message);
void           oma_dispatcher_stop     (OmaDispatcher *dispatcher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDispatcher, oma_dispatcher_free)

G_END_DECLS

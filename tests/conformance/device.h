/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-session.h"
#include "session/oma-subscriptions.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * Device:
 *
 * The device under test: a tree from the DDF files of this folder, the executor, and doubles
 * of the store, the plugins, the person at the device and the queue of alerts, all as a case
 * sets them up.
 */
typedef struct {
  OmaTree        *tree;
  OmaTreeStore   *store;
  OmaExecutor    *executor;
  GHashTable     *behaviours;     /* "command uri" -> Behaviour of a plugin's node */
  GPtrArray      *plugins;        /* (element-type Plugin) */
  guint           n_pending;      /* answers of plugins that are still to come */
  OmaInteraction *user;
  OmaAlertQueue  *queue;
} Device;

Device     *device_new        (const char *ddf_dir);
void        device_free       (Device *device);
void        device_set_node   (Device *device, JsonObject *request);
OmaStatus   device_get_node   (Device *device, const char *uri, OmaValue **value);
void        device_behave     (Device *device, JsonObject *request);
void        device_fail_store (Device *device, OmaStatus status);
void        device_set_timeouts (Device *device, JsonObject *account);

/* device-doubles.c */
OmaInteraction *person_new       (void);
void            person_expect    (OmaInteraction *person, JsonObject *request);
JsonArray      *person_take_log  (OmaInteraction *person);
OmaAlertQueue  *alerts_new       (void);
void            alerts_add       (OmaAlertQueue *alerts, JsonObject *request, gint64 time);
JsonArray      *alerts_describe  (OmaAlertQueue *alerts);
OmaSubscriptions *keeper_new     (void);
void            keeper_describe  (OmaSubscriptions *keeper, JsonObject *reply);
void            alerts_report_late_execs (OmaAlertQueue *alerts, OmaExecutor *executor);

/* device-requests.c */
gboolean        device_serve       (Device *device, gint64 *time, const char *op, JsonObject *request,
                                    JsonObject *reply);
const char     *name_session_error (const GError *error);

const char     *get_string       (JsonObject *object, const char *name);
gint64          get_number       (JsonObject *object, const char *name);
gboolean        get_truth        (JsonObject *object, const char *name);
OmaValue       *get_value        (JsonObject *object, OmaFormat format);

G_END_DECLS

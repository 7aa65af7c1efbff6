/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"
#include "base/oma-value.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define OMA_ALERT_CLIENT_EVENT 1224
#define OMA_ALERT_GENERIC 1226

/**
 * OmaAlert:
 * @id: what the queue knows it by, greater than 0
 * @server_id: (nullable): the server it is for, %NULL for whoever comes first
 * @code: %OMA_ALERT_CLIENT_EVENT or %OMA_ALERT_GENERIC
 * @type: Meta Type, sent as it is
 * @mark: (nullable): importance
 * @correlator: (nullable): that of the Exec that the alert answers
 * @source: (nullable): LocURI of the node that it is about
 * @target: (nullable): LocURI of Target, where the definition of an object wants one
 * @report_uri: (nullable): the address that the server named for it (DM 2.0, EXEC); it goes there in a session of
 *   its own
 * @data: the event, in its format
 * @solicited: it answers a command of the server, so that an account that holds alerts back
 *   sends it all the same
 * @time: when it was raised, seconds since the epoch
 *
 * An alert of the client (DM Protocol 1.2, section 8.7).
 */
typedef struct {
  gint64    id;
  char     *server_id;
  guint     code;
  char     *type;
  char     *mark;
  char     *correlator;
  char     *source;
  char     *target;
  char     *report_uri;
  OmaValue *data;
  gboolean  solicited;
  gint64    time;
} OmaAlert;

void oma_alert_free (OmaAlert *alert);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaAlert, oma_alert_free)

/**
 * OmaAlertQueue:
 *
 * Alerts that servers are to get.  They stay until the server has acknowledged them.
 * Implemented by the agent on the store.
 */
#define OMA_TYPE_ALERT_QUEUE (oma_alert_queue_get_type ())
G_DECLARE_INTERFACE (OmaAlertQueue, oma_alert_queue, OMA, ALERT_QUEUE, GObject)

/**
 * OmaAlertQueueInterface:
 * @add_async: keeps an alert, taking it over; done when it is on disk
 * @add_finish: gives its id, or 0 with %OMA_STATUS_ERROR
 * @list: (element-type OmaAlert) (transfer container): those that the server may get now at @report_uri, %NULL: those
 *   without an address of their own; oldest first; valid until the queue changes
 * @settle: the server answered: 2xx and what cannot be mended removes the alert, anything else
 *   keeps it for the next session
 */
struct _OmaAlertQueueInterface {
  GTypeInterface parent_iface;

  void       (*add_async)  (OmaAlertQueue *queue, OmaAlert *alert, GAsyncReadyCallback callback, gpointer user_data);
  gint64     (*add_finish) (OmaAlertQueue *queue, GAsyncResult *result, GError **error);
  GPtrArray *(*list)       (OmaAlertQueue *queue, const char *server_id, const char *report_uri);
  void       (*settle)     (OmaAlertQueue *queue, gint64 id, OmaStatus status);
};

void       oma_alert_queue_add_async  (OmaAlertQueue *queue, OmaAlert *alert, GAsyncReadyCallback callback,
                                       gpointer user_data);
gint64     oma_alert_queue_add_finish (OmaAlertQueue *queue, GAsyncResult *result, GError **error);
GPtrArray *oma_alert_queue_list       (OmaAlertQueue *queue, const char *server_id, const char *report_uri);
void       oma_alert_queue_settle     (OmaAlertQueue *queue, gint64 id, OmaStatus status);

G_END_DECLS

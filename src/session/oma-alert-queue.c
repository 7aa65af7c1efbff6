/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-alert-queue.h"

G_DEFINE_INTERFACE (OmaAlertQueue, oma_alert_queue, G_TYPE_OBJECT)

static void
oma_alert_queue_default_init (OmaAlertQueueInterface *iface G_GNUC_UNUSED)
{
}

/**
 * oma_alert_free:
 * @alert: (transfer full) (nullable): an alert
 */
void
oma_alert_free (OmaAlert *alert)
{
  if (alert == NULL)
    return;
  g_clear_pointer (&alert->data, oma_value_unref);
  g_free (alert->server_id);
  g_free (alert->type);
  g_free (alert->mark);
  g_free (alert->correlator);
  g_free (alert->source);
  g_free (alert->target);
  g_free (alert->report_uri);
  g_free (alert);
}

/**
 * oma_alert_queue_add_async:
 * @queue: a queue
 * @alert: (transfer full): an alert; its id and time are set by the queue
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps @alert until its server has acknowledged it (DM Protocol 1.2, section 8.7).
 */
void
oma_alert_queue_add_async (OmaAlertQueue *queue, OmaAlert *alert, GAsyncReadyCallback callback, gpointer user_data)
{
  OMA_ALERT_QUEUE_GET_IFACE (queue)->add_async (queue, alert, callback, user_data);
}

/**
 * oma_alert_queue_add_finish:
 * @queue: the queue
 * @result: what the callback got
 * @error: return location for %OMA_STATUS_ERROR: %OMA_STATUS_DEVICE_FULL when the queue or the
 *   disk is full, %OMA_STATUS_COMMAND_FAILED
 *
 * Returns: the alert's id, 0 when it could not be kept
 */
gint64
oma_alert_queue_add_finish (OmaAlertQueue *queue, GAsyncResult *result, GError **error)
{
  return OMA_ALERT_QUEUE_GET_IFACE (queue)->add_finish (queue, result, error);
}

/**
 * oma_alert_queue_list:
 * @queue: a queue
 * @server_id: a server
 * @report_uri: (nullable): an address that it named for the end of an Exec (DM Protocol 2.0, EXEC); %NULL: its own
 *
 * Returns: (element-type OmaAlert) (transfer container): what @server_id may get now at this address, and no other,
 *   oldest first; the alerts are valid until the queue changes
 */
GPtrArray *
oma_alert_queue_list (OmaAlertQueue *queue, const char *server_id, const char *report_uri)
{
  return OMA_ALERT_QUEUE_GET_IFACE (queue)->list (queue, server_id, report_uri);
}

/**
 * oma_alert_queue_settle:
 * @queue: a queue
 * @id: an alert that was sent
 * @status: what the server answered
 *
 * The alert is done with when @status is 2xx or one that another try would not change (any 4xx
 * but 401 and 407); else it is kept for the next session.
 */
void
oma_alert_queue_settle (OmaAlertQueue *queue, gint64 id, OmaStatus status)
{
  OMA_ALERT_QUEUE_GET_IFACE (queue)->settle (queue, id, status);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-alert-queue.h"
#include "store/oma-store.h"

G_BEGIN_DECLS

/* Bounds of the queue: what does not fit is refused with %OMA_STATUS_DEVICE_FULL. */
#define OMA_ALERT_LIST_MAX_ALERTS 256
#define OMA_ALERT_LIST_MAX_SIZE (4 * 1024 * 1024)    /* octets of all alerts together */
#define OMA_ALERT_LIST_MAX_ALERT (64 * 1024)         /* octets of one; more is %OMA_STATUS_ENTITY_TOO_LARGE */

/* What only oma_alert_list_put_reserved_async() may use beyond these. */
#define OMA_ALERT_LIST_MAX_RESERVED 128
#define OMA_ALERT_LIST_MAX_RESERVED_SIZE (256 * 1024)

/* Returns whether the server gets only alerts that answer its own commands. */
typedef gboolean (*OmaAlertHoldFunc) (const char *server_id, gpointer user_data);

/**
 * OmaAlertList:
 *
 * The alerts of the device, as an #OmaAlertQueue on the store.  An alert without a server goes to
 * the one that asks first, and to one only.  An alert is delivered at least once: what a server
 * acknowledged in the moment that the daemon is killed may be sent to it again.
 *
 * Signals: "ready" (const char *server_id, const char *report_uri) when there is an alert for which a session should
 * be opened, with the address @report_uri unless that is %NULL.
 */
#define OMA_TYPE_ALERT_LIST (oma_alert_list_get_type ())
G_DECLARE_FINAL_TYPE (OmaAlertList, oma_alert_list, OMA, ALERT_LIST, GObject)

OmaAlertList *oma_alert_list_new           (OmaStore *store);
void          oma_alert_list_set_hold_func (OmaAlertList *list, OmaAlertHoldFunc func, gpointer user_data);
void          oma_alert_list_load_async    (OmaAlertList *list, GAsyncReadyCallback callback, gpointer user_data);
gboolean      oma_alert_list_load_finish   (OmaAlertList *list, GAsyncResult *result, GError **error);
void          oma_alert_list_put_async     (OmaAlertList *list, OmaAlert *alert, OmaAlertPending pending,
                                            gboolean urgent, GAsyncReadyCallback callback, gpointer user_data);
void          oma_alert_list_put_reserved_async (OmaAlertList *list, OmaAlert *alert, OmaAlertPending pending,
                                                 GAsyncReadyCallback callback, gpointer user_data);
gint64        oma_alert_list_put_finish    (OmaAlertList *list, GAsyncResult *result, GError **error);
gint64        oma_alert_list_find_pending  (OmaAlertList *list, const char *source, const char *correlator);
gboolean      oma_alert_list_complete      (OmaAlertList *list, gint64 id, const char *type, const char *mark,
                                            OmaValue *data);
void          oma_alert_list_hand_over     (OmaAlertList *list, gint64 id);
void          oma_alert_list_complete_exec (OmaAlertList *list, gint64 id, OmaStatus status);
GPtrArray    *oma_alert_list_get_all       (OmaAlertList *list);   /* (element-type OmaAlert) (transfer container) */
gboolean      oma_alert_list_is_pending    (OmaAlertList *list, gint64 id);
gboolean      oma_alert_list_drop          (OmaAlertList *list, gint64 id);
gboolean      oma_alert_list_session_over  (OmaAlertList *list, const char *server_id, const char *report_uri,
                                            gboolean succeeded);
GPtrArray    *oma_alert_list_list_addresses (OmaAlertList *list, const char *server_id);   /* (element-type utf8) */
void          oma_alert_list_forget_address (OmaAlertList *list, const char *server_id, const char *report_uri);

G_END_DECLS

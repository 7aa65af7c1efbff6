/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "notify/oma-notification.h"

G_BEGIN_DECLS

/* Our reading: how far the time of a notification may be from that of this machine, and for how long a NOTIFICATION-ID
 * that came once is not to come again; seconds. */
#define OMA_NOTIFICATION_WINDOW 600
#define OMA_NOTIFICATION_MAX_RECENT 100   /* of one server in that time */

/**
 * OmaNotificationRecord:
 *
 * The notifications of one server that were accepted a short while ago, by which a repeat is told from a new one.
 */
typedef struct _OmaNotificationRecord OmaNotificationRecord;

OmaNotificationRecord *oma_notification_record_new     (const char *text);
void                   oma_notification_record_free    (OmaNotificationRecord *record);
gboolean               oma_notification_record_accept  (OmaNotificationRecord *record, gint64 time, int id,
                                                        gboolean in_order, GError **error);
char                  *oma_notification_record_to_text (const OmaNotificationRecord *record);

gboolean               oma_notification_check_time     (const OmaNotification *notification, gint64 now, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNotificationRecord, oma_notification_record_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaNotification:
 * @server_id: SERVER-ID
 * @connection_types: (nullable): PREFERRED-CON-TYPE, one octet each, most wanted first
 * @id: NOTIFICATION-ID, -1: none
 * @digest: (nullable): SHA256-DIGEST, 32 octets
 * @timestamp: TIMESTAMP, seconds since the epoch, -1: none
 * @wants_objects: REQ-MOS is there
 *
 * Package 0 of DM Protocol 2.0.
 */
typedef struct {
  char   *server_id;
  GBytes *connection_types;
  int     id;
  GBytes *digest;
  gint64  timestamp;
  gboolean wants_objects;
} OmaNotification;

#define OMA_NOTIFICATION_MAX_SIZE 1024   /* octets; ours, the specification sets none */

/**
 * OmaNotificationError:
 * @OMA_NOTIFICATION_ERROR_MALFORMED: it cannot be read
 * @OMA_NOTIFICATION_ERROR_SERVER: no account has its SERVER-ID
 * @OMA_NOTIFICATION_ERROR_DIGEST: the digest is wrong, is missing, or the account has no secret to judge it
 * @OMA_NOTIFICATION_ERROR_REPLAYED: it was handed in before, or its time is not now
 */
typedef enum {
  OMA_NOTIFICATION_ERROR_MALFORMED,
  OMA_NOTIFICATION_ERROR_SERVER,
  OMA_NOTIFICATION_ERROR_DIGEST,
  OMA_NOTIFICATION_ERROR_REPLAYED,
} OmaNotificationError;

#define OMA_NOTIFICATION_ERROR (oma_notification_error_quark ())
GQuark           oma_notification_error_quark (void);

OmaNotification *oma_notification_read         (GBytes *octets, GError **error);
void             oma_notification_free         (OmaNotification *notification);
gboolean         oma_notification_check_digest (const OmaNotification *notification, GBytes *octets, GBytes *secret,
                                                GBytes *data);
GBytes          *oma_notification_write        (const OmaNotification *notification, GBytes *secret, GBytes *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNotification, oma_notification_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"
#include "ts-device.h"
#include "ts-misbehaviour.h"
#include "ts-user.h"

G_BEGIN_DECLS

/**
 * TsConfig:
 * @server_id: Source of the server's messages
 * @max_msg_size: announced to clients, 0: not announced
 * @users: (element-type TsUser): who may come
 * @alert_status: (nullable): what alerts 1224 and 1226 of clients are answered with
 */
typedef struct {
  char      *server_id;
  guint64    max_msg_size;
  GPtrArray *users;
  char      *alert_status;
} TsConfig;

/**
 * TsSession:
 *
 * The server's side of one DM 1.2 session: messages in, messages out.
 */
typedef struct _TsSession TsSession;

TsSession *ts_session_new      (const TsConfig *config, TsDevice *device, const char *id);
void       ts_session_free     (TsSession *session);
GBytes    *ts_session_handle   (TsSession *session, OmaEncoding encoding, const OmaMessage *message, GBytes *body,
                                const char *mac, TsFaultKind fault, const char **reply_mac);
gboolean   ts_session_takes     (const TsSession *session, const OmaHeader *header, GBytes *body);
gboolean   ts_session_has_ended (const TsSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsSession, ts_session_free)

G_END_DECLS

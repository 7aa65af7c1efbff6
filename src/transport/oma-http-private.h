/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/oma-http-policy.h"
#include "transport/oma-http.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the doors of OmaHttp share: messages of DM 1.x (oma-http-message.c) and requests of DM 2.0
 * (oma-http-request.c). */
struct _OmaHttp {
  GObject          parent_instance;
  OmaHttpPolicy    policy;
  SoupSession     *session;       /* has the account's cookies, answers with its credentials */
  SoupSession     *listed;        /* (nullable): for other hosts of the account */
  SoupSession     *public;        /* (nullable): for those whose address is judged */
  GTlsCertificate *certificate;   /* (nullable): the client's */
  GUri            *current;       /* where the last message went; base of relative RespURIs */
  gsize            max_reply_size;
  guint            deadline;
  gboolean         allow_old_tls;
  gboolean         busy;
  OmaHttpAuth      auth;
  char            *auth_user;
  char            *auth_secret;
  char            *mac;           /* (nullable): goes with the messages that are sent */
  char            *reply_mac;     /* (nullable): came with the last answer */
  char            *device_id;     /* (nullable): escaped */
  guint            last_status;
  guint            retry_after;
};

void         oma_http_transport_init (OmaTransportInterface *iface);

/* Sessions of libsoup's: oma-http-session.c */
gboolean     oma_http_open_session (OmaHttp *http, const OmaHttpConfig *config, GError **error);
SoupSession *oma_http_get_session  (OmaHttp *http, OmaHttpReach reach);

G_END_DECLS

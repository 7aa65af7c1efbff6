/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "transport/oma-transport.h"

G_BEGIN_DECLS

/**
 * OmaHttpAuth:
 *
 * How the account proves itself to the HTTP server (DMAcc AAuthLevel HTTP).
 */
typedef enum {
  OMA_HTTP_AUTH_NONE,
  OMA_HTTP_AUTH_BASIC,
  OMA_HTTP_AUTH_DIGEST,
} OmaHttpAuth;

/**
 * OmaHttpConfig:
 * @uri: the account's address, whose origin bounds redirects and RespURI
 * @allowed_hosts: (nullable): further hosts that they may lead to
 * @allow_http: plain HTTP is allowed
 * @ca_file: (nullable): absolute name of a PEM file with the CAs that are trusted in place of
 *   the system's
 * @certificate_file, @key_file: (nullable): client certificate and key, PEM, absolute names
 * @auth: how to answer a server that asks for HTTP authentication
 * @auth_user, @auth_secret: (nullable): with whose name and password
 * @allow_old_tls: TLS 1.0 and 1.1 are allowed
 * @max_reply_size: octets
 * @timeout: seconds without progress
 * @deadline: seconds for a whole answer, however steadily it drips in, and as many again for each MiB that is sent or
 *   comes; 0: any
 * @user_agent: User-Agent
 * @device_id: (nullable): OMADM-DevID of requests of DM 2.0
 */
typedef struct {
  const char        *uri;
  const char *const *allowed_hosts;
  gboolean           allow_http;
  const char        *ca_file;
  const char        *certificate_file;
  const char        *key_file;
  OmaHttpAuth        auth;
  const char        *auth_user;
  const char        *auth_secret;
  gboolean           allow_old_tls;
  gsize              max_reply_size;
  guint              timeout;
  guint              deadline;
  const char        *user_agent;
  const char        *device_id;
} OmaHttpConfig;

#define OMA_TYPE_HTTP (oma_http_get_type ())
G_DECLARE_FINAL_TYPE (OmaHttp, oma_http, OMA, HTTP, GObject)

OmaHttp *oma_http_new             (const OmaHttpConfig *config, GError **error);
void     oma_http_set_mac         (OmaHttp *http, const char *mac);
const char *oma_http_get_reply_mac (OmaHttp *http);
guint    oma_http_get_last_status (OmaHttp *http);
guint    oma_http_get_retry_after (OmaHttp *http);

G_END_DECLS

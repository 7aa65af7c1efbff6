/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  TS_AUTH_NONE,
  TS_AUTH_BASIC,
  TS_AUTH_MD5,
  TS_AUTH_HMAC,
  TS_AUTH_SHA256,
} TsAuth;

/**
 * TsUser:
 * @name: (nullable): user name, %NULL for whoever comes
 * @device: (nullable): the only device that may use it
 * @secret: password
 * @auth: what its devices must prove
 * @nonce: (nullable): the first nonce of its devices
 * @server_auth: what the server proves to them
 * @server_user, @server_secret: (nullable): as whom
 * @server_nonce: (nullable): the server's first nonce
 */
typedef struct {
  char   *name;
  char   *device;
  char   *secret;
  TsAuth  auth;
  GBytes *nonce;
  TsAuth  server_auth;
  char   *server_user;
  char   *server_secret;
  GBytes *server_nonce;
} TsUser;

TsUser       *ts_user_new          (const char *name);
void          ts_user_free         (TsUser *user);
gboolean      ts_user_check        (const TsUser *user, const OmaHeader *header, GBytes *nonce);
gboolean      ts_user_check_mac    (const TsUser *user, const char *header, GBytes *body, GBytes *nonce);
char         *ts_user_make_mac     (const TsUser *user, GBytes *body, GBytes *nonce);
gboolean      ts_auth_parse        (const char *text, TsAuth *auth, GError **error);
const char   *ts_auth_get_type     (TsAuth auth);
GPtrArray    *ts_users_load        (const char *file, GError **error);
const TsUser *ts_users_find        (GPtrArray *users, const OmaHeader *header);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsUser, ts_user_free)

G_END_DECLS

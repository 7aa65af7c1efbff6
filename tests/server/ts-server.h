/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-session.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * TsOptions:
 * @address: where to listen
 * @port, @https_port, @admin_port: 0: any, -1: not at all
 * @certificate, @key, @client_ca: (nullable): PEM files
 * @http_auth: (nullable): "basic" or "digest": what HTTP asks of whoever comes
 * @http_user, @http_secret: (nullable): whom it lets in
 * @verbose: a line on standard output for each message
 */
typedef struct {
  char    *address;
  int      port;
  int      https_port;
  int      admin_port;
  char    *certificate;
  char    *key;
  char    *client_ca;
  char    *http_auth;
  char    *http_user;
  char    *http_secret;
  gboolean verbose;
} TsOptions;

/**
 * TsServer:
 *
 * The devices, what shall go wrong with them, and the listening sockets.
 */
typedef struct {
  const TsConfig  *config;
  const TsOptions *options;
  TsDevices       *devices;
  GHashTable      *sessions;    /* device id -> TsSession: the latest of each device */
  GQueue           faults;      /* TsFault */
  SoupServer      *http;
  SoupServer      *https;
  SoupServer      *admin;
} TsServer;

TsServer *ts_server_new    (const TsConfig *config, const TsOptions *options, GPtrArray *first_commands);
void      ts_server_free   (TsServer *server);
gboolean  ts_server_listen (TsServer *server, GError **error);
void      ts_server_forget (TsServer *server, TsDevice *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsServer, ts_server_free)

/* ts-admin.c */
void      ts_admin_attach  (TsServer *server, SoupServer *admin);

/* ts-carrier.c */
void      ts_carry         (SoupServerMessage *message, GBytes *reply, const char *media_type, const TsFault *fault);
void      ts_carry_error   (SoupServerMessage *message, guint status, const char *text);
void      ts_bound_request (SoupServer *server);
gboolean  ts_is_too_large  (SoupServerMessage *message);

G_END_DECLS

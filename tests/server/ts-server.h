/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-repository.h"
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
 * @data_types: (nullable): media types that the data repository takes, with commas between them
 * @announced_types: (nullable): what packages 2 say that it takes
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
  char    *data_types;
  char    *announced_types;
  gboolean verbose;
} TsOptions;

/**
 * TsServer:
 *
 * The devices, the data repository, what shall go wrong with them, and the listening sockets.
 */
typedef struct {
  const TsConfig  *config;
  const TsOptions *options;
  TsDevices       *devices;
  GHashTable      *sessions;    /* device id -> TsSession: the latest of each device */
  GHashTable      *dm2;         /* device id -> TsDm2 */
  TsRepository    *repository;
  GQueue           requests;    /* JSON objects, the oldest first: what came for DM 2.0 */
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

/* ts-dm2-http.c */
gboolean  ts_dm2_serve     (TsServer *server, SoupServerMessage *http, const char *path);

/* ts-requests.c */
void      ts_requests_note  (TsServer *server, SoupServerMessage *http, const char *path);
void      ts_requests_clear (TsServer *server);

/* ts-carrier.c */
void      ts_carry         (SoupServerMessage *message, GBytes *reply, const char *media_type, const TsFault *fault);
void      ts_carry_error   (SoupServerMessage *message, guint status, const char *text);
void      ts_bound_request (SoupServer *server);
gboolean  ts_is_too_large  (SoupServerMessage *message);

G_END_DECLS

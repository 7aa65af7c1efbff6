/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-test.h"

#include "agent/oma-config.h"
#include "agent/oma-runner-context.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define DM2_SERVER "com.example.a"
#define DM2_NET "urn:ex:mo:net:1.0"
#define DM2_JSON "application/vnd.oma.dm.mos+json"

/* What the server says to one request. */
typedef struct {
  guint       status;       /* 0: the connection ends */
  const char *media_type;
  const char *accept;       /* OMADM-Accept */
  const char *retry_after;
  const char *body;
  gboolean    never;        /* no answer comes */
} Dm2Reply;

/* What it was asked. */
typedef struct {
  char *method;
  char *path;
  char *media_type;
  char *device_id;
  char *body;
} Dm2Request;

/* A device with an account of DM 2.0, and its server, which says what the test says. */
typedef struct {
  AgentTest         base;
  SoupServer       *server;
  char             *url;
  OmaAccount       *account;
  OmaConfig        *config;
  OmaRunnerContext  context;
  GHashTable       *replies;      /* path -> (element-type Dm2Reply): the last one stays */
  GPtrArray        *requests;     /* (element-type Dm2Request) */
  SoupServerMessage *held;
} Dm2Fixture;

void        dm2_set_up       (Dm2Fixture *f, gconstpointer data);
void        dm2_tear_down    (Dm2Fixture *f, gconstpointer data);
void        dm2_reply        (Dm2Fixture *f, const char *path, Dm2Reply reply);
void        dm2_package      (Dm2Fixture *f, const char *commands);   /* in which "@" stands for the server's address */
const Dm2Request *dm2_get_request (Dm2Fixture *f, guint index);
void        dm2_wait_for_requests (Dm2Fixture *f, guint n);
void        dm2_make_net     (Dm2Fixture *f, const char *name, const char *id);
void        dm2_set_id       (Dm2Fixture *f, const char *name, const char *id);

G_END_DECLS

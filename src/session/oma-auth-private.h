/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-auth.h"

G_BEGIN_DECLS

/* Shared by the files of the credentials alone. */

struct _OmaAuth {
  OmaCredentials client;          /* its nonce is the newest one, stored or not */
  OmaCredentials server;          /* its nonce is the one that the server has to use */
  OmaDigestType  digest;
  gboolean       allow_basic;
  OmaSessionQuirks quirks;
  guint          max_tries;
  guint          mac_window;      /* seconds; macs carry their time in place of a nonce */

  OmaAuthType    sent;            /* type of the proof that goes with our last message */
  char          *cred;            /* what its Cred held */
  OmaAuthType    settled;         /* the type that the server accepted: the session's */
  gboolean       sha256_asked;    /* the server challenged with syncml:auth-sha256 */
  gboolean       accepted;        /* the newest Status for our SyncHdr is 2xx */
  gboolean       authenticated;   /* 212: no Cred any more in this session */
  gboolean       nonce_unsaved;
  guint          rejections;      /* of our credentials, in a row */
  gboolean       challenged;      /* the newest nonce came with a challenge of this session */

  gboolean       server_verified;
  gboolean       mac_given;       /* the server's message came with x-syncml-hmac */
  char          *mac_name;        /* whom that mac names */
  GHashTable    *macs_seen;       /* right macs with a time: each is good once */
  gboolean       owes_next_nonce; /* the Status that comes next carries a nonce */
  guint          server_rejections;

  OmaNonceFunc   nonce_func;
  gpointer       nonce_data;
  OmaRandomFunc  random_func;
  gpointer       random_data;
  OmaClockFunc   clock_func;
  gpointer       clock_data;
  OmaCredentialsFunc credentials_func;
  gpointer       credentials_data;
  OmaPreferenceFunc preference_func;
  gpointer       preference_data;
};

/* oma-auth.c */
const char *oma_auth_get_type_name      (OmaAuthType type, OmaDigestType digest);
OmaAuthType oma_auth_parse_type         (const char *name, OmaDigestType *digest);
char       *oma_auth_make_digest        (const OmaAuth *auth, const OmaCredentials *credentials, gboolean nonce_as_text);
gint64      oma_auth_get_time           (const OmaAuth *auth);

/* oma-auth-status.c */
void        oma_auth_save_client_nonce  (OmaAuth *auth);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ts-session.h"

G_BEGIN_DECLS

struct _TsSession {
  const TsConfig *config;
  TsDevice       *device;
  char           *id;
  guint           n_messages;       /* that the server sent; its MsgID */
  gboolean        client_ok;        /* the client proved who it is */
  gboolean        server_ok;        /* the client said the same of us */
  guint           server_tries;
  gboolean        package_open;     /* our last message had no Final, as its package goes on */
  gboolean        package_used;     /* our package holds commands */
  gboolean        ended;
  guint64         room;             /* octets of a message that the client takes */
  gsize           chunk_sent;       /* octets of the first command's data that went out in chunks */
  GPtrArray      *last_sent;        /* TsCommand: of our last message */
  GHashTable     *sent;             /* "MsgID/CmdID" -> the command's URI */
  GString        *large;            /* data of an unfinished object of the client's */
  GBytes         *last_body;
  GBytes         *last_reply;
  const char     *mac;              /* (nullable): x-syncml-hmac of the message that is worked on */
  char           *last_mac;         /* (nullable): that of our last reply */
};

/* A message under construction. */
typedef struct {
  TsSession        *session;
  const OmaMessage *request;
  OmaEncoder       *encoder;
  char              msg_id[32];
  guint             last_id;
  TsFaultKind       fault;
} TsReply;

/* ts-session-auth.c */
typedef struct {
  const char *code;        /* for SyncHdr, and for all commands when it is no success */
  gboolean    has_chal;
  OmaMeta     chal;
  char       *nonce;
} TsVerdict;

TsVerdict ts_session_judge_client (TsSession *session, const TsUser *user, const OmaHeader *header, TsFaultKind fault);
void      ts_session_note_verdict (TsSession *session, const OmaCommand *status);
void      ts_session_requeue      (TsSession *session);
char     *ts_session_make_cred    (TsSession *session, const TsUser *user, TsFaultKind fault);

char     *ts_session_make_mac     (TsSession *session, const TsUser *user, GBytes *reply, TsFaultKind fault);

/* ts-session-record.c */
gboolean  ts_session_record       (TsSession *session, const OmaMessage *message);

/* ts-session-send.c */
gboolean  ts_reply_add_commands   (TsReply *reply, GString *raw);

G_END_DECLS

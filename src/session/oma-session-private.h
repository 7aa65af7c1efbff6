/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-auth.h"
#include "session/oma-batch.h"
#include "session/oma-dm1.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

/* Shared by the files of the session alone. */

typedef enum {
  OMA_PHASE_NEW,
  OMA_PHASE_SETUP,        /* package 1 is out and not accepted yet */
  OMA_PHASE_MANAGEMENT,
  OMA_PHASE_OVER,
} OmaPhase;

/* What a message of the server asks for, seen from the session. */
typedef struct {
  const OmaCommand *header_status;   /* for our last SyncHdr */
  gboolean          has_work;        /* anything that is answered */
  gboolean          has_commands;    /* anything but Alert 1222 */
  gboolean          stops_object;    /* our large object is not wanted any more */
  gboolean          aborts;
  gboolean          final;
  gboolean          complete;        /* ends the server's package */
} OmaSurvey;

/* Commands that run while messages go to and fro; of oma-session-keep-alive.c. */
typedef struct _OmaBackground OmaBackground;

/* What became of an alert in this session. */
typedef struct {
  gint64   id;
  guint    msg_id;    /* the message of ours that held it last */
  guint    cmd_id;    /* in it */
  gboolean again;     /* the server did not take that message */
} OmaSentAlert;

/* The alert that goes in parts. */
typedef struct {
  gint64       id;    /* 0: none */
  OmaObjectOut out;
  gboolean     done;  /* the last message held its last part */
} OmaAlertParts;

struct _OmaSession {
  OmaExecutor       *executor;
  OmaAuth           *auth;
  char              *server_id;
  char              *device_id;
  char              *session_id;
  OmaEncoding        encoding;
  OmaDmVersion       version;
  gint64             history_id;
  guint              alert;
  gsize              max_msg_size;
  gsize              max_obj_size;
  guint              max_messages;
  OmaSessionQuirks   quirks;
  guint              keep_alive;        /* seconds, 0: never */
  OmaBackground     *background;        /* (nullable) */
  OmaProvisional    *provisional;       /* what counts only when the server has our last message */
  OmaClockFunc       clock_func;
  gpointer           clock_data;
  OmaInteraction    *interaction;
  OmaAlertQueue     *alert_queue;
  GArray            *alerts;            /* (element-type OmaSentAlert): what was done with which */
  OmaAlertParts      alert_parts;
  gboolean           alerts_left;       /* the last message had no room for all */

  OmaPhase           phase;
  gboolean           busy;
  guint              msg_id;
  char              *uri;               /* where messages go: the account's address, then RespURI */
  gsize              server_max_size;
  guint64            server_max_object;
  OmaValue          *dev_info[OMA_DM1_N_DEV_INFO];
  OmaHeaderStatus    challenge;         /* for the message that asked to send our last one again */
  OmaHeaderStatus    owed;              /* for the message that is answered */
  gboolean           owed_sent;
  GQueue             batches;           /* (element-type OmaBatch): answers that the server may not have yet */
  gboolean           server_closed;     /* the server's package is complete */
  gboolean           sent_final;
  gboolean           taken;             /* the server has our last message, if it is who it says */
  gboolean           continues;         /* the next message is a further part of an answer */
  gboolean           refused_server;    /* its commands were refused, and it has not proved itself since */
  guint              rounds;            /* messages sent, without further parts */
  guint              empty_rounds;
  OmaObjectIn       *object;            /* the large object that the server is sending */
  gboolean           uncounted;         /* the message that is answered only went on with it */
  GBytes            *request;           /* the message that is being answered */
  OmaSurvey          survey;            /* of it */
  OmaBatch          *running;           /* its commands, until they are in batches */
  GBytes            *last_request;      /* the last message, when its commands were run */
  GBytes            *last_answer;
  char              *server_msg_id;     /* of the last message */
  gboolean           never_counts;      /* two messages that differ had the same */
  OmaSessionCounters counters;
};

/* oma-session-out.c */
gboolean        oma_session_is_at_limit  (const OmaSession *session);
OmaSessionStep *oma_session_make_send    (OmaSession *session);
OmaSessionStep *oma_session_make_end     (OmaSession *session, GError *error);
OmaSessionStep *oma_session_make_abort   (OmaSession *session, GError *error);
OmaSessionStep *oma_session_make_limit   (OmaSession *session, const char *reason);
OmaSessionStep *oma_session_make_repeat  (OmaSession *session);
OmaSessionStep *oma_session_make_keep_alive (OmaSession *session);

/* oma-session-in.c */
OmaBatchContext oma_session_make_batch_context (OmaSession *session);
gboolean        oma_session_has_pending (const OmaSession *session);
void            oma_session_count_unanswered (OmaSession *session);
void            oma_session_take_message (GTask *task, OmaMessage *message);
void            oma_session_take_commands (GTask *task, OmaMessage *message);
void            oma_session_keep_answers (OmaSession *session, OmaBatch *batch, gboolean is_late);
void            oma_session_note_stopped (OmaSession *session, const OmaBatch *batch);

/* oma-session-alerts.c */
gboolean        oma_session_write_alerts  (OmaSession *session, OmaDm1Writer *writer);
gboolean        oma_session_has_alerts    (const OmaSession *session);
gboolean        oma_session_write_alert_part (OmaSession *session, OmaDm1Writer *writer);
void            oma_session_restart_alert (OmaSession *session);
void            oma_session_acknowledge_alert (OmaSession *session);
gboolean        oma_session_stop_alert    (OmaSession *session, const char *uri);
void            oma_session_rewind_alerts (OmaSession *session);
void            oma_session_settle_alerts (OmaSession *session, const OmaMessage *message);

/* oma-session-keep-alive.c */
void            oma_session_run_in_background    (GTask *task, OmaBatch *batch);
void            oma_session_wait_for_background  (GTask *task, OmaMessage *message);
void            oma_session_end_background       (GTask *task, OmaSessionStep *step);
void            oma_session_count_background     (OmaSession *session);
void            oma_session_leave_background     (OmaSession *session);

/* oma-session.c */
void            oma_session_return_step  (GTask *task, OmaSessionStep *step);
void            oma_session_return_error (GTask *task, GError *error);

G_END_DECLS

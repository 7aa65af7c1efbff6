/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-dm2-package.h"
#include "session/oma-dm2-media.h"
#include "session/oma-dm2-session.h"
#include "session/oma-objects.h"

G_BEGIN_DECLS

/* Shared by the files of the session alone. */

typedef enum {
  OMA_DM2_PHASE_NEW,
  OMA_DM2_PHASE_PACKAGE,      /* a package is out */
  OMA_DM2_PHASE_TRANSFER,     /* a data repository is asked, for a command of run */
  OMA_DM2_PHASE_PROBE,
  OMA_DM2_PHASE_OVER,
} OmaDm2Phase;

/**
 * OmaDm2Outcome:
 * @answer: what the server is told
 * @changed: the tree was changed, and that is committed or about to be
 * @executed: an Exec that did something, whatever becomes of the unit of work
 *
 * What became of a command.
 */
typedef struct {
  OmaDm2Answer answer;
  gboolean     changed;
  gboolean     executed;
} OmaDm2Outcome;

/* All that a command names was read.  Takes over the reference to @task, as every callback does. */
typedef void (*OmaDm2ReadFunc) (GTask *task);

/* The nodes that alerts are about have names that the server knows.  Takes over the reference to @task. */
typedef void (*OmaDm2NamedFunc) (GTask *task);

/* How such a name is found; of oma-dm2-alerts.c. */
typedef struct _OmaDm2Naming OmaDm2Naming;

/* A transfer with a data repository; of oma-dm2-transfers.c. */
typedef struct _OmaDm2Transfer OmaDm2Transfer;

/**
 * OmaDm2Run:
 * @commands: (element-type OmaDm2Command): of the server's package
 * @outcomes: (element-type OmaDm2Outcome): one a command
 * @next: the command that is to be run, or that runs
 * @ends: END is among them
 * @unanswered_before: commands of earlier packages of which the server may not know
 * @held: octets of memory that what was read takes
 * @work: (nullable): the unit of work of the commands from @start on
 * @rehearses: it is one in which plugins are spared at first, see oma_work_set_rehearsal()
 * @end: where its commands end, while they are done for real after their rehearsal; else 0
 * @held_before: what was held when it began
 * @operation: what runs in it
 * @node: (nullable): what @operation is about
 * @uris: (nullable) (element-type OmaClientUri): of the command that runs
 * @parameter: which of them is being read
 * @data: (nullable) (element-type OmaObjectData): what those before it gave
 * @read_func: what comes when all are read
 * @transfer: (nullable): what is under way with a data repository
 *
 * The commands of a package of the server, and what became of them.
 */
typedef struct {
  GPtrArray      *commands;
  GArray         *outcomes;
  guint           next;
  gboolean        ends;
  guint           unanswered_before;
  gsize           held;
  OmaWork        *work;
  guint           start;
  gboolean        rehearses;
  guint           end;
  gsize           held_before;
  OmaOperation    operation;
  OmaObjectNode  *node;
  GPtrArray      *uris;
  guint           parameter;
  GPtrArray      *data;
  OmaDm2ReadFunc  read_func;
  OmaDm2Transfer *transfer;
} OmaDm2Run;

struct _OmaDm2Session {
  OmaExecutor       *executor;
  OmaObjects        *objects;
  OmaProvisional    *provisional;       /* what counts only when the server was reached again */
  char              *server_id;
  char              *server_uri;
  char              *report_uri;
  char             **moids;
  OmaDm2Start        start;
  int                notification_id;
  gboolean           list_objects;
  guint              max_packages;
  guint              max_seconds;
  gsize              max_object_size;
  gint64             history_id;
  OmaClockFunc       clock_func;
  gpointer           clock_data;
  OmaSpoolFunc       spool_func;
  gpointer           spool_data;
  OmaInteraction    *interaction;
  OmaAlertQueue     *alert_queue;
  OmaSubscriptions  *subscriptions;

  OmaDm2Phase        phase;
  gboolean           busy;
  char              *uri;               /* where packages go: the account's address, then that of CONT */
  gboolean           named_by_server;
  gint64             began;
  guint              n_packages;
  GPtrArray         *listed;            /* (nullable) (element-type OmaDm2Object): MOS of package 1 */
  GArray            *sent_alerts;       /* (element-type gint64): those in the package that is out */
  GHashTable        *names;             /* (element-type utf8 utf8): URIs of nodes in alerts -> ClientURIs */
  OmaDm2Naming      *naming;            /* (nullable) */
  char              *accept;            /* OMADM-Accept: what the server takes of MO data; NULL: anything */
  OmaDm2Run         *run;               /* (nullable): the package that is worked on */
  OmaSessionCounters counters;
};

/* oma-dm2-session.c */
gboolean     oma_dm2_session_is_late    (const OmaDm2Session *session);
OmaDm2Step  *oma_dm2_session_make_step  (OmaDm2Session *session, OmaDm2Action action, const char *method,
                                         const char *uri, gboolean named_by_server);
void         oma_dm2_session_return_step (GTask *task, OmaDm2Step *step);
void         oma_dm2_session_end        (GTask *task, GError *error);
void         oma_dm2_session_end_with   (GTask *task, OmaSessionError code, const char *reason);
gboolean     oma_dm2_session_end_if_stopped (GTask *task);
void         oma_dm2_session_finish_run (GTask *task);
void         oma_dm2_session_close_run  (OmaDm2Session *session);

/* oma-dm2-packages.c */
void         oma_dm2_packages_send_first (GTask *task);
void         oma_dm2_packages_send_answer (GTask *task);

/* oma-dm2-receive.c */
void         oma_dm2_packages_take       (GTask *task, const OmaDm2Reply *reply);
void         oma_dm2_packages_take_probe (GTask *task, const OmaDm2Reply *reply);

/* oma-dm2-alerts.c */
void         oma_dm2_alerts_name        (GTask *task, OmaDm2NamedFunc func);
OmaDm2Alert  oma_dm2_alerts_make_start  (const OmaDm2Session *session);
void         oma_dm2_alerts_add         (OmaDm2Session *session, GArray *alerts);
void         oma_dm2_alerts_settle      (OmaDm2Session *session);
void         oma_dm2_naming_free        (OmaDm2Naming *naming);

/* oma-dm2-commands.c */
OmaDm2Run   *oma_dm2_run_new            (GPtrArray *commands, guint unanswered_before);
void         oma_dm2_run_free           (OmaDm2Run *run);
void         oma_dm2_run_go_on          (GTask *task);
gboolean     oma_dm2_run_stop           (GTask *task);
const OmaDm2Command *oma_dm2_run_peek_command (const OmaDm2Run *run);
OmaDm2Outcome *oma_dm2_run_peek_outcome (const OmaDm2Run *run, guint index);
guint        oma_dm2_run_count_unanswered (const OmaDm2Run *run);
gboolean     oma_dm2_run_is_rehearsal   (const OmaDm2Run *run);
void         oma_dm2_run_answer         (OmaDm2Run *run, OmaStatus status, const char *reason);
void         oma_dm2_run_fail           (OmaDm2Run *run, const GError *error);

/* These return whether a callback goes on with the run; else the command is answered. */

/* oma-dm2-tree-commands.c */
gboolean     oma_dm2_run_get            (GTask *task);
gboolean     oma_dm2_run_write          (GTask *task, OmaOperationType type);
gboolean     oma_dm2_run_read           (GTask *task, OmaDm2ReadFunc func);
gboolean     oma_dm2_run_parse_uris     (OmaDm2Run *run);
OmaStatus    oma_dm2_run_judge_data     (const GPtrArray *data);

/* oma-dm2-other-commands.c */
gboolean     oma_dm2_run_show           (GTask *task);
gboolean     oma_dm2_run_default        (GTask *task);
gboolean     oma_dm2_run_subscribe      (GTask *task);
gboolean     oma_dm2_run_unsubscribe    (GTask *task);

/* oma-dm2-transfers.c */
gboolean     oma_dm2_transfer_fetch     (GTask *task);
gboolean     oma_dm2_transfer_send      (GTask *task);
void         oma_dm2_transfer_take      (GTask *task, const OmaDm2Reply *reply);
void         oma_dm2_transfer_free      (OmaDm2Transfer *transfer);

/* oma-dm2-status.c */
OmaStatus oma_dm2_status_from_status (OmaStatus status);
OmaStatus oma_dm2_status_from_error  (const GError *error);

G_END_DECLS

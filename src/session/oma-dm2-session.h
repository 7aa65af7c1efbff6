/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-spool.h"
#include "session/oma-alert-queue.h"
#include "session/oma-executor.h"
#include "session/oma-interaction.h"
#include "session/oma-session.h"
#include "session/oma-subscriptions.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaDm2Start:
 *
 * Why the session is opened; it chooses the start alert of package 1 (DM Protocol 2.0, package 1).
 */
typedef enum {
  OMA_DM2_START_CLIENT,
  OMA_DM2_START_NOTIFICATION,
  OMA_DM2_START_BOOTSTRAP,
} OmaDm2Start;

/**
 * OmaDm2Config:
 * @server_id: identifier of the server, in whose name commands run
 * @server_uri: where package 1 goes: the account's address, or where asynchronous reports go
 * @report_uri: (nullable): alerts for this address go along, and no others; %NULL: those without an address
 * @moids: (nullable) (array zero-terminated=1): the identifiers the server was provisioned for, %NULL: any
 * @start: why the session is opened
 * @notification_id: of %OMA_DM2_START_NOTIFICATION: NOTIFICATION-ID, -1: none
 * @list_objects: MOS goes into package 1
 * @max_packages: packages of ours before the session is given up
 * @max_seconds: its longest duration
 * @max_object_size: octets of MO data that are taken, 0: %OMA_MO_DATA_MAX_SIZE
 * @history_id: as in #OmaSessionConfig
 *
 * What a session needs to know.  Copied.
 */
typedef struct {
  const char        *server_id;
  const char        *server_uri;
  const char        *report_uri;
  const char *const *moids;
  OmaDm2Start        start;
  int                notification_id;
  gboolean           list_objects;
  guint              max_packages;
  guint              max_seconds;
  gsize              max_object_size;
  gint64             history_id;
} OmaDm2Config;

/* Our reading: the specification sets no bound; a server that goes on for ever is given up. */
#define OMA_DM2_MAX_PACKAGES 64
#define OMA_DM2_MAX_SECONDS (30 * 60)

/**
 * OmaDm2Action:
 * @OMA_DM2_SEND: send a package and feed the answer
 * @OMA_DM2_TRANSFER: a request to a data repository; feed the answer, whatever its status
 * @OMA_DM2_PROBE: find out whether the server can still be reached (HEAD of its address); any HTTP answer does
 * @OMA_DM2_DONE: the session is over
 */
typedef enum {
  OMA_DM2_SEND,
  OMA_DM2_TRANSFER,
  OMA_DM2_PROBE,
  OMA_DM2_DONE,
} OmaDm2Action;

/**
 * OmaDm2Step:
 * @action: what the caller does next
 * @method: "POST", "PUT", "GET" or "HEAD"
 * @uri: where
 * @named_by_server: the address is one that the server named: the transport judges it
 * @body: (nullable): what is sent
 * @file: descriptor of what is sent when it is large, else -1; owned by the step
 * @media_type: (nullable): of what is sent
 * @accept: (nullable): media types that are taken
 * @max_size: octets of an answer that are taken
 * @error: (nullable): of %OMA_DM2_DONE: why it failed; %OMA_SESSION_ERROR or what the caller fed
 */
typedef struct {
  OmaDm2Action action;
  const char  *method;
  char        *uri;
  gboolean     named_by_server;
  GBytes      *body;
  int          file;
  const char  *media_type;
  const char  *accept;
  gsize        max_size;
  GError      *error;
} OmaDm2Step;

void oma_dm2_step_free (OmaDm2Step *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDm2Step, oma_dm2_step_free)

/**
 * OmaDm2Reply:
 * @http_status: status of the HTTP answer, 0 when there was none
 * @media_type: (nullable): its Content-Type
 * @accept: (nullable): its OMADM-Accept
 * @body: (nullable): its body
 * @file: descriptor of its body when that is large, else -1; stays the caller's
 * @error: (nullable): %OMA_TRANSPORT_ERROR: why there was no answer
 * @failure: of a transfer without an answer: what its command is answered with: 504 there was none in time, 413 it is
 *   too large, 403 the address is not allowed; %OMA_STATUS_NONE for all else: 502
 *
 * What came of a step.  The struct itself is only needed during the call of oma_dm2_session_feed_async(), what it
 * points to until that calls back.
 */
typedef struct {
  guint         http_status;
  const char   *media_type;
  const char   *accept;
  GBytes       *body;
  int           file;
  const GError *error;
  OmaStatus     failure;
} OmaDm2Reply;

/**
 * OmaDm2Session:
 *
 * A DM 2.0 session of the client: no socket, no clock, no bus.
 */
typedef struct _OmaDm2Session OmaDm2Session;

OmaDm2Session *oma_dm2_session_new          (OmaExecutor *executor, const OmaDm2Config *config);
void           oma_dm2_session_free         (OmaDm2Session *session);
void           oma_dm2_session_set_clock_func  (OmaDm2Session *session, OmaClockFunc func, gpointer user_data);
void           oma_dm2_session_set_spool_func  (OmaDm2Session *session, OmaSpoolFunc func, gpointer user_data);
void           oma_dm2_session_set_interaction (OmaDm2Session *session, OmaInteraction *interaction);
void           oma_dm2_session_set_alert_queue (OmaDm2Session *session, OmaAlertQueue *queue);
void           oma_dm2_session_set_subscriptions (OmaDm2Session *session, OmaSubscriptions *subscriptions);
void           oma_dm2_session_start_async  (OmaDm2Session *session, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
void           oma_dm2_session_feed_async   (OmaDm2Session *session, const OmaDm2Reply *reply,
                                             GCancellable *cancellable, GAsyncReadyCallback callback,
                                             gpointer user_data);
OmaDm2Step    *oma_dm2_session_step_finish  (OmaDm2Session *session, GAsyncResult *result, GError **error);
const OmaSessionCounters *oma_dm2_session_get_counters (OmaDm2Session *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaDm2Session, oma_dm2_session_free)

G_END_DECLS

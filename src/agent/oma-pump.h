/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account-private.h"
#include "agent/oma-runner-context.h"
#include "agent/oma-runner.h"
#include "session/oma-session.h"
#include "transport/oma-http.h"

G_BEGIN_DECLS

/**
 * OmaPumpEnd:
 * @error: (nullable): why the session failed
 * @refused: the server refused the device's credentials
 * @retry_after: seconds for which the server wants no further session, 0: not said
 *
 * What a session came to.
 */
typedef struct {
  const GError *error;
  gboolean      refused;
  guint         retry_after;
} OmaPumpEnd;

/**
 * OmaPumpListener:
 * @counted: the pump's counters changed
 * @is_watched: whether @message is worth the work
 * @message: a message goes out or came in
 * @resent: message @number goes to the server again, @time counted from 1, because of @error
 * @ended: called last, and once
 *
 * Who has a session pumped.
 */
typedef struct {
  void     (*counted)    (gpointer user_data);
  gboolean (*is_watched) (gpointer user_data);
  void     (*message)    (const OmaRunnerMessage *message, gpointer user_data);
  void     (*resent)     (guint number, guint time, const GError *error, gpointer user_data);
  void     (*ended)      (const OmaPumpEnd *end, gpointer user_data);
} OmaPumpListener;

/**
 * OmaPumpConfig:
 * @context: what all sessions share; it must outlive the pump
 * @account: whose server to talk to
 * @id: of the history
 * @device_id: ./DevInfo/DevId
 * @listener: who is told; it must outlive the pump's work
 * @listener_data: for @listener
 *
 * What a pump begins with.
 */
typedef struct {
  const OmaRunnerContext *context;
  OmaAccount             *account;
  gint64                  id;
  const char             *device_id;
  const OmaPumpListener  *listener;
  gpointer                listener_data;
} OmaPumpConfig;

/**
 * OmaPump:
 * @context: what all sessions share
 * @account: whose server to talk to
 * @device_id: the device's name towards it
 * @id: of the history
 * @number: the session's number towards the server: SessionID of DM 1.x is made of it, and each try has its own
 * @counters: what was counted so far
 * @files, @http: the transport
 * @cancellable: of what is under way until the session is stopped
 * @last: of the last message, which goes out when it is stopped
 * @error: why the session will have failed
 * @refused: the server refused the device's credentials, if that is not in @error
 * @retry_after: seconds for which the server wants no further session, if the transport does not say so
 * @in_step: the engine works; it must not be freed
 * @stopping: the session is to end
 * @expired: it was given time enough to do that
 * @over: the listener was told of the end, or wants to hear no more
 *
 * Moves the messages of one session between the engine of one generation of the protocol and the transport.  What
 * is the same whatever the server speaks is here; #OmaPumpDm1 and its siblings add the rest.
 */
#define OMA_TYPE_PUMP (oma_pump_get_type ())
G_DECLARE_DERIVABLE_TYPE (OmaPump, oma_pump, OMA, PUMP, GObject)

typedef struct {
  OmaRunnerContext    context;
  OmaAccount         *account;
  char               *device_id;
  gint64              id;
  gint64              number;
  OmaSessionCounters  counters;
  OmaAccountFiles    *files;
  OmaHttp            *http;
  GCancellable       *cancellable;
  GCancellable       *last;
  GError             *error;
  gboolean            refused;
  guint               retry_after;
  gboolean            in_step;
  gboolean            stopping;
  gboolean            expired;
  gboolean            over;
} OmaPumpState;

/**
 * OmaPumpClass:
 * @begin: begins the session; %FALSE with @error when it cannot begin at all
 * @release: lets the engine go
 * @put_outcome: (nullable): notes what else is to be kept of the session, which is over
 * @get_protocol: release of the protocol that is spoken now
 * @get_encoding: how messages are written now
 */
struct _OmaPumpClass {
  GObjectClass parent_class;

  gboolean    (*begin)        (OmaPump *pump, GError **error);
  void        (*release)      (OmaPump *pump);
  void        (*put_outcome)  (OmaPump *pump, OmaPlan *plan);
  const char *(*get_protocol) (OmaPump *pump);
  const char *(*get_encoding) (OmaPump *pump);
};

/* For who has a session pumped. */
gboolean                  oma_pump_begin        (OmaPump *pump, GError **error);
void                      oma_pump_stop         (OmaPump *pump);
gboolean                  oma_pump_expire       (OmaPump *pump);
void                      oma_pump_put_outcome  (OmaPump *pump, OmaPlan *plan);
void                      oma_pump_close        (OmaPump *pump);
void                      oma_pump_abandon      (OmaPump *pump);
const OmaSessionCounters *oma_pump_get_counters (OmaPump *pump);
const char               *oma_pump_get_protocol (OmaPump *pump);
const char               *oma_pump_get_encoding (OmaPump *pump);
gint64                    oma_pump_get_number   (OmaPump *pump);
const GError             *oma_pump_get_error    (OmaPump *pump);

/* For the generations. */
OmaPump                  *oma_pump_new          (GType type, const OmaPumpConfig *config);
OmaPumpState             *oma_pump_get_state    (OmaPump *pump);
gboolean                  oma_pump_open         (OmaPump *pump, GError **error);
void                      oma_pump_release      (OmaPump *pump);
void                      oma_pump_count        (OmaPump *pump, const OmaSessionCounters *counters);
gboolean                  oma_pump_is_watched   (OmaPump *pump);
void                      oma_pump_tell_message (OmaPump *pump, const OmaRunnerMessage *message);
void                      oma_pump_tell_resent  (OmaPump *pump, guint time, const GError *error);
guint                     oma_pump_get_option   (OmaPump *pump, const char *option, guint fallback);
void                      oma_pump_end          (OmaPump *pump, const GError *error);

G_END_DECLS

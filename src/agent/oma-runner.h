/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "session/oma-session.h"

G_BEGIN_DECLS

typedef enum {
  OMA_RUNNER_QUEUED,
  OMA_RUNNER_RUNNING,
  OMA_RUNNER_SUCCEEDED,
  OMA_RUNNER_FAILED,
} OmaRunnerState;

/**
 * OmaRunnerMessage:
 * @sent: it is one of ours
 * @number: counted from 1 in each direction; 0: it is no message of the session, but a transfer to or from a data
 *   repository (DM 2.0)
 * @method: (nullable): of such a request: "PUT", "POST", "GET"; "HEAD" when the server is asked for a sign of life
 * @uri: (nullable): of such a request: where it goes, without user name and query
 * @status: HTTP status of the answer to such a request, 0: there is none
 * @encoding: how it is written: "xml", "wbxml", "json"
 * @text: readable and redacted, "" where there is nothing to show
 * @size: octets
 *
 * A message as people see it.
 */
typedef struct {
  gboolean    sent;
  guint       number;
  const char *method;
  const char *uri;
  guint       status;
  const char *encoding;
  const char *text;
  guint64     size;
} OmaRunnerMessage;

/**
 * OmaRunner:
 *
 * Pumps one session over a transport.
 *
 * Signals: "changed" (void) when the state or a counter changed; "message" (const OmaRunnerMessage *) for each message,
 * emitted only while somebody is connected to it; "resent" (guint number, guint time, const char *reason) when message @number
 * goes to the server again, @time counted from 1; "ended" (void) last.
 */
#define OMA_TYPE_RUNNER (oma_runner_get_type ())
G_DECLARE_FINAL_TYPE (OmaRunner, oma_runner, OMA, RUNNER, GObject)

gint64                    oma_runner_get_id         (OmaRunner *runner);   /* of the history */
OmaAccount               *oma_runner_get_account    (OmaRunner *runner);
OmaRunnerState            oma_runner_get_state      (OmaRunner *runner);
const char               *oma_runner_get_reason     (OmaRunner *runner);   /* NULL unless failed */
gint64                    oma_runner_get_start_time (OmaRunner *runner);
gint64                    oma_runner_get_end_time   (OmaRunner *runner);
const char               *oma_runner_get_protocol   (OmaRunner *runner);   /* "" before it runs */
const char               *oma_runner_get_encoding   (OmaRunner *runner);   /* "" before it runs */
const OmaSessionCounters *oma_runner_get_counters   (OmaRunner *runner);
void                      oma_runner_stop           (OmaRunner *runner);   /* ends the session with Alert 1223 */

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-runner-private.h"
#include "agent/oma-session-cause.h"

G_BEGIN_DECLS

#define OMA_SESSION_QUEUE_MAX_ENDED 64   /* ended sessions that can still be asked for */

/**
 * OmaSessionQueue:
 *
 * The sessions: one with each account, several accounts at a time.
 *
 * Signals: "added" (OmaRunner *) when a session was asked for, "ended" (OmaRunner *), "removed"
 * (OmaRunner *) a while after that.
 */
#define OMA_TYPE_SESSION_QUEUE (oma_session_queue_get_type ())
G_DECLARE_FINAL_TYPE (OmaSessionQueue, oma_session_queue, OMA, SESSION_QUEUE, GObject)

OmaSessionQueue *oma_session_queue_new             (void);
void             oma_session_queue_open            (OmaSessionQueue *queue, const OmaRunnerContext *context);
void             oma_session_queue_stop            (OmaSessionQueue *queue);
void             oma_session_queue_close           (OmaSessionQueue *queue);

void             oma_session_queue_hold            (OmaSessionQueue *queue);
void             oma_session_queue_set_device_id   (OmaSessionQueue *queue, const char *device_id);
void             oma_session_queue_set_interaction (OmaSessionQueue *queue, OmaInteraction *interaction);
const char      *oma_session_queue_get_device_id   (OmaSessionQueue *queue);
OmaInteraction  *oma_session_queue_get_interaction (OmaSessionQueue *queue);

OmaRunner       *oma_session_queue_add             (OmaSessionQueue *queue, OmaAccount *account);
OmaRunner       *oma_session_queue_add_for         (OmaSessionQueue *queue, OmaAccount *account,
                                                    const OmaSessionCause *cause);
OmaRunner       *oma_session_queue_find_active     (OmaSessionQueue *queue, const char *account);
gboolean         oma_session_queue_has_active      (OmaSessionQueue *queue, const char *account,
                                                    const char *report_uri);
guint            oma_session_queue_count_running   (OmaSessionQueue *queue);
GPtrArray       *oma_session_queue_get_all         (OmaSessionQueue *queue);  /* (element-type OmaRunner) */

G_END_DECLS

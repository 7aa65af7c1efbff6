/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"
#include "session/oma-provisional.h"

G_BEGIN_DECLS

void       oma_provisional_init_executor   (OmaExecutor *executor);
void       oma_provisional_clear_executor  (OmaExecutor *executor);

gint64     oma_provisional_get_id          (const OmaProvisional *provisional);
gboolean   oma_work_ends_provisional       (const OmaWork *work);
void       oma_provisional_take            (OmaWork *work);
void       oma_provisional_confirm_at_once (OmaWork *work);
void       oma_provisional_note_commit     (const OmaWork *work);
GPtrArray *oma_provisional_take_participants (OmaExecutor *executor, gint64 id);
void       oma_provisional_give_back       (OmaExecutor *executor, gint64 id, GPtrArray *participants);
void       oma_provisional_retry_ends      (OmaExecutor *executor);

G_END_DECLS

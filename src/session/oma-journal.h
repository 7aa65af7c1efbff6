/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"

G_BEGIN_DECLS

/**
 * OmaJournal:
 * @id: of the unit of work in the journal, 0 when it is not there
 * @images: (element-type OmaImage): what is there of it
 * @foreseen: (element-type utf8 GQueue): those of @images of which no call was made yet, by the
 *   node
 * @kept: (element-type OmaImage): those of a part that could not be undone
 * @origin: (nullable): what an earlier run of the daemon, or an earlier attempt, left to be undone
 * @error: (nullable): why it could not be undone
 * @provisional: as what the commit leaves it there, to be confirmed; else 0
 *
 * A unit of work's part of the journal.
 */
struct _OmaJournal {
  gint64         id;
  GPtrArray     *images;
  GHashTable    *foreseen;
  GPtrArray     *kept;
  OmaUnitRecord *origin;
  char          *error;
  gint64         provisional;
};

OmaJournal *oma_journal_new        (void);
void        oma_journal_free       (OmaJournal *journal);
void        oma_journal_clear      (OmaJournal *journal);

gboolean    oma_work_has_journal   (const OmaWork *work);
gboolean    oma_journal_take       (OmaJournal *journal, const OmaImage *image);
void        oma_work_fill_put      (OmaWork *work, OmaCall *put, GPtrArray *images);
void        oma_journal_put        (OmaJournal *journal, OmaCall *put);
void        oma_journal_keep       (OmaJournal *journal, const OmaImage *image, const char *reason);
void        oma_journal_forget_kept (OmaJournal *journal);
void        oma_journal_keep_participants (OmaJournal *journal, GPtrArray *participants);
void        oma_work_add_end_ops   (OmaWork *work, GArray *ops);
void        oma_work_add_provisional_ops (OmaWork *work, gint64 first, GArray *ops);
OmaUnitRecord *oma_work_make_provisional_record (OmaWork *work);
OmaUnitRecord *oma_work_dup_kept   (OmaWork *work);

G_END_DECLS

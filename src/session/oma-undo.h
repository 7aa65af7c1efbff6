/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"

G_BEGIN_DECLS

typedef enum {
  OMA_UNDO_PENDING,
  OMA_UNDO_DONE,       /* it is as it was */
  OMA_UNDO_LEFT,       /* somebody else has changed it since */
  OMA_UNDO_EXECUTED,   /* an Exec */
  OMA_UNDO_FAILED,
} OmaUndoResult;

/* One before-image that is written back. */
typedef struct {
  OmaImage       *image;
  OmaCall        *call;          /* (nullable): what changed it, in this run of the daemon */
  OmaParticipant *participant;   /* (nullable): who writes it back */
  OmaUndoResult   result;
  char           *reason;        /* (nullable): why not */
} OmaUndoStep;

/**
 * OmaUndo:
 * @steps: (element-type OmaUndoStep): in the order in which they happened
 * @failed: one of them could not be written back
 * @judged: it is known what became of each step
 * @in_tree: the tree itself gets back what it held
 * @begun: what was staged is rolled back
 * @ended: the journal was asked to forget the unit of work
 *
 * What is undone, the latest first.
 */
typedef struct _OmaUndo {
  GPtrArray *steps;
  gboolean   failed;
  gboolean   judged;
  gboolean   in_tree;
  gboolean   begun;
  gboolean   ended;
} OmaUndo;

void     oma_undo_free        (OmaUndo *undo);
gboolean oma_job_undo         (OmaJob *job, GError **error);
void     oma_undo_give_up     (OmaJob *job, const GError *error);
void     oma_undo_late_call   (OmaWork *work, const OmaCall *call, gboolean acted);
void     oma_undo_fill_report (OmaJob *job, OmaUnitRecord *kept);

/* oma-undo-image.c */
gboolean oma_undo_image       (OmaJob *job, OmaUndoStep *step, GError **error);

G_END_DECLS

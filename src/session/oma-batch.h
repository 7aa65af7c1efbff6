/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"
#include "session/oma-executor.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaOutcomeKind:
 * @OMA_OUTCOME_STATUS: a Status for a command or one of its items
 * @OMA_OUTCOME_RESULTS: the Results of a Get's item
 */
typedef enum {
  OMA_OUTCOME_STATUS,
  OMA_OUTCOME_RESULTS,
} OmaOutcomeKind;

/**
 * OmaOutcome:
 * @command: the command that is answered
 * @item: (nullable): the item, %NULL when the Status is for the whole command
 * @value: (nullable): value of a Get; also while the Status stands for it
 * @nodes: (nullable): subtree of a Get with "?list="
 * @kind: what is answered
 * @status: the code, %OMA_STATUS_NONE until the command was run
 * @partner: of the Status of a Get: index of its Results, and back; else 0
 * @end: of an Atomic: index behind its last child; else 0
 * @changed: the tree was changed
 *
 * One answer.
 */
typedef struct {
  const OmaCommand *command;
  const OmaItem    *item;
  OmaValue         *value;
  OmaNodeList      *nodes;
  OmaOutcomeKind    kind;
  OmaStatus         status;
  guint             partner;
  guint             end;
  gboolean          changed;
} OmaOutcome;

/**
 * OmaBatch:
 * @message: the server's message
 * @outcomes: (element-type OmaOutcome): the answers, in the order in which they are sent
 * @next: the first answer that no message of ours has held yet
 * @acked: the first answer of which we do not know that the server has it
 * @history_id: under which the count of commands that were executed and not answered is kept
 *   with each commit; 0: not at all
 * @unanswered_before: how many there were before this message
 * @noted: (out): the count that the last commit kept, %OMA_BATCH_NOT_NOTED without one
 * @tell_inherited_acl: Get of an ACL that is inherited gives it, with 217
 * @finds_by_moid: Get of "./?moid=..." gives the URIs of management objects
 *
 * The commands of one message of the server, and what became of them.
 */
typedef struct _OmaBatch OmaBatch;
struct _OmaBatch {
  OmaMessage *message;
  GArray     *outcomes;
  guint       next;
  guint       acked;
  gint64      history_id;
  guint       unanswered_before;
  guint       noted;
  gboolean    tell_inherited_acl;
  gboolean    finds_by_moid;
};

#define OMA_BATCH_NOT_NOTED G_MAXUINT

OmaBatch *oma_batch_new        (OmaMessage *message, char **broken_object);
OmaBatch *oma_batch_new_refused (OmaMessage *message, OmaStatus status);
void      oma_batch_free       (OmaBatch *batch);
void      oma_batch_run_async  (OmaBatch *batch, OmaExecutor *executor, const char *server_id, gboolean upsert,
                                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean  oma_batch_run_finish (OmaBatch *batch, GAsyncResult *result, GError **error);
void      oma_batch_check_atomics (OmaBatch *batch);
guint     oma_batch_count_executed (const OmaBatch *batch, guint start, guint end);
guint     oma_batch_count      (const OmaBatch *batch, guint *n_failed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaBatch, oma_batch_free)

G_END_DECLS

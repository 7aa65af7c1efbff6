/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"
#include "session/oma-executor.h"
#include "session/oma-object-in.h"
#include "session/oma-object-out.h"
#include "session/oma-provisional.h"
#include "session/oma-session.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaOutcomeKind:
 * @OMA_OUTCOME_STATUS: a Status for a command or one of its items
 * @OMA_OUTCOME_RESULTS: the Results of a Get's item
 * @OMA_OUTCOME_NO_END: Alert 1225 for a large object whose end did not come
 */
typedef enum {
  OMA_OUTCOME_STATUS,
  OMA_OUTCOME_RESULTS,
  OMA_OUTCOME_NO_END,
} OmaOutcomeKind;

/**
 * OmaOutcome:
 * @command: the command that is answered
 * @item: (nullable): the item, %NULL when the Status is for the whole command
 * @value: (nullable): value of a Get; also while the Status stands for it.  Of a write: the
 *   large object of which @item was the last part
 * @nodes: (nullable): subtree of a Get with "?list="
 * @out: (nullable): where the Results stand when they do not fit into one message
 * @broken_uri: (nullable): of %OMA_OUTCOME_NO_END: the node that the object was for
 * @kind: what is answered
 * @status: the code, %OMA_STATUS_NONE until the command was run
 * @format: what the item's Meta, or that of the command, names
 * @partner: of the Status of a Get: index of its Results, and back; else 0
 * @answers: (nullable): of a user interaction alert: what the user entered or chose
 * @failed_uri: (nullable): the node above it that an Add could not make
 * @end: of an Atomic or Sequence: index behind its last child; else 0
 * @sequence: of an Alert in a Sequence: index of the innermost one, plus 1; else 0
 * @rehearsed: it was tried: the status is what it would be
 * @changed: the tree was changed
 *
 * One answer.
 */
typedef struct {
  const OmaCommand *command;
  const OmaItem    *item;
  OmaValue         *value;
  OmaNodeList      *nodes;
  OmaObjectOut     *out;
  const char       *broken_uri;
  OmaOutcomeKind    kind;
  OmaStatus         status;
  OmaFormat         format;
  guint             partner;
  char            **answers;
  char             *failed_uri;
  guint             end;
  guint             sequence;
  gboolean          rehearsed;
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
 * @held: octets of memory that what was read takes, until the batch is freed
 * @refused: none of the commands was looked at, since the server did not prove who it is
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
  gboolean    refused;
  gsize       held;
};

#define OMA_BATCH_NOT_NOTED G_MAXUINT

/**
 * OmaBatchContext:
 * @executor: the door to the tree
 * @server_id: in whose name the commands run
 * @quirks: what the server does otherwise than the specification
 * @interaction: (nullable): asks the person at the device
 * @answer_limit: octets of a message that the server takes, 0 for any
 * @held: octets of memory that answers to earlier messages take
 * @provisional: (nullable): gets the units of work that count only when the server was reached again
 *
 * What a batch needs to run.  Strings are copied.
 */
typedef struct {
  OmaExecutor      *executor;
  const char       *server_id;
  OmaSessionQuirks  quirks;
  OmaInteraction   *interaction;
  gsize             answer_limit;
  gsize             held;
  OmaProvisional   *provisional;
} OmaBatchContext;

/* Octets of memory that a server can make a session keep by reading more than it takes from us. */
#define OMA_BATCH_MAX_HELD (64 * 1024 * 1024)

OmaBatch *oma_batch_new        (OmaMessage *message, OmaObjectIn *object);
OmaBatch *oma_batch_new_refused (OmaMessage *message, OmaStatus status);
void      oma_batch_free       (OmaBatch *batch);
void      oma_batch_run_async  (OmaBatch *batch, const OmaBatchContext *context, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean  oma_batch_run_finish (OmaBatch *batch, GAsyncResult *result, GError **error);
void      oma_batch_check_atomics (OmaBatch *batch);
guint     oma_batch_count_executed (const OmaBatch *batch, guint start, guint end);
guint     oma_batch_count      (const OmaBatch *batch, guint *n_failed);
void      oma_batch_acknowledge (OmaBatch *batch);
void      oma_batch_rewind     (OmaBatch *batch);
gboolean  oma_batch_stop_object (OmaBatch *batch, const char *uri);
gboolean  oma_batch_can_be_answered (const OmaBatch *batch, guint atomic, gsize limit);
gsize     oma_outcome_measure  (const OmaOutcome *results);
const char *oma_outcome_make_source (const OmaOutcome *outcome, char **made);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaBatch, oma_batch_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor-private.h"

G_BEGIN_DECLS

/**
 * OmaParticipant:
 * @mount: the plugin's subtree
 * @transaction: what its begin gave
 * @transactional: write operations only note their intent
 * @operations: (element-type guint): of an atomic unit: ids of the operations that it noted
 * @rolled_back: it rolled back what it noted
 *
 * A plugin that takes part in a unit of work.  The transaction ends when nothing that got it
 * is under way any more, a late operation included.
 */
typedef struct {
  int       ref_count;
  OmaMount *mount;
  gpointer  transaction;
  gboolean  transactional;
  GArray   *operations;
  gboolean  rolled_back;
} OmaParticipant;

OmaParticipant *oma_participant_new   (OmaMount *mount);
OmaParticipant *oma_participant_ref   (OmaParticipant *participant);
void            oma_participant_unref (OmaParticipant *participant);

typedef enum {
  OMA_CALL_LIST,
  OMA_CALL_READ,
  OMA_CALL_GET,
  OMA_CALL_ADD,
  OMA_CALL_REPLACE,
  OMA_CALL_REMOVE,
  OMA_CALL_EXEC,
  OMA_CALL_COPY,
  OMA_CALL_RENAME,
  OMA_CALL_VALIDATE,
  OMA_CALL_COMMIT,
  OMA_CALL_ROLL_BACK,
  OMA_CALL_STORE,
} OmaCallKind;

typedef void (*OmaCallFunc) (OmaCall *call, gpointer user_data);

/**
 * OmaCall:
 * @kind: which operation
 * @mount: whose operation; %NULL for %OMA_CALL_STORE
 * @participant: (nullable): of write operations
 * @ref: (nullable): the node
 * @target: (nullable): of Copy; of Rename the node under its new name
 * @schema: (nullable): what describes @ref
 * @value: (nullable): of Add, Replace, Copy and Exec
 * @old_value: (nullable): what a Replace, or a Copy onto a node, overwrote, or what a leaf held
 *   that was removed
 * @text: (nullable): new name of a Rename, correlator of an Exec
 * @change: (nullable): of %OMA_CALL_STORE
 * @done: the answer is here
 * @error: (nullable): why it failed
 * @names: (nullable): answer of List
 * @nodes: (nullable): answer of Read
 * @result: (nullable): answer of Get
 * @late: (nullable): of an Exec that goes on after its answer
 * @operation: id of the operation that it is part of
 * @undone: its inverse was called and went well
 *
 * One asynchronous call of a plugin, or of the store, with its answer.  It owns everything
 * that the plugin gets, since a plugin may answer long after nobody waits any more.
 */
struct _OmaCall {
  int                  ref_count;
  OmaCallKind          kind;
  OmaMount            *mount;
  OmaParticipant      *participant;
  OmaNodeRef          *ref;
  OmaNodeRef          *target;
  const OmaSchemaNode *schema;
  OmaValue            *value;
  OmaValue            *old_value;
  char                *text;
  OmaChange           *change;
  gboolean             done;
  GError              *error;
  char               **names;
  OmaNodeList         *nodes;
  OmaValue            *result;
  OmaLateExec         *late;
  guint                operation;
  gboolean             undone;

  OmaCallFunc          func;
  gpointer             user_data;
  GDestroyNotify       destroy;
};

OmaCall *oma_call_new    (OmaCallKind kind, OmaMount *mount);
OmaCall *oma_call_ref    (OmaCall *call);
void     oma_call_unref  (OmaCall *call);
void     oma_call_start  (OmaCall *call, GCancellable *cancellable, OmaCallFunc func, gpointer user_data,
                          GDestroyNotify destroy);
OmaCall *oma_call_make_inverse (const OmaCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCall, oma_call_unref)

G_END_DECLS

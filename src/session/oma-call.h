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
 * @images: (element-type OmaImage): what the journal has of what it noted
 * @rolled_back: it rolled back what it noted
 * @given_up: it could not
 * @overtaken: what it would roll back is not only the unit's any more
 * @confirmed: it was told that its commit holds
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
  GPtrArray *images;
  gboolean  rolled_back;
  gboolean  given_up;
  gboolean  overtaken;
  gboolean  confirmed;
} OmaParticipant;

OmaParticipant *oma_participant_new   (OmaMount *mount);
OmaParticipant *oma_participant_ref   (OmaParticipant *participant);
void            oma_participant_unref (OmaParticipant *participant);

typedef enum {
  OMA_CALL_LIST,
  OMA_CALL_EXISTS,
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
  OMA_CALL_CONFIRM,
  OMA_CALL_UNDO,
  OMA_CALL_STORE,
  OMA_CALL_JOURNAL,
} OmaCallKind;

typedef void (*OmaCallFunc) (OmaCall *call, gpointer user_data);

/**
 * OmaCall:
 * @kind: which operation
 * @mount: whose operation; %NULL for %OMA_CALL_STORE and %OMA_CALL_JOURNAL
 * @participant: (nullable): of write operations
 * @ref: (nullable): the node
 * @target: (nullable): of Copy; of Rename the node under its new name; of Exists the child
 * @schema: (nullable): what describes @ref
 * @value: (nullable): of Add, Replace, Copy and Exec
 * @overwrites: of Copy: @target is there
 * @image: (nullable): of what changes something: how it was before
 * @text: (nullable): new name of a Rename, correlator of an Exec
 * @change: (nullable): of %OMA_CALL_STORE
 * @data: (nullable): of %OMA_CALL_UNDO
 * @store: (nullable): of %OMA_CALL_JOURNAL
 * @ops: (nullable): of %OMA_CALL_JOURNAL: what to write, until it is written
 * @images: (nullable) (element-type OmaImage): of %OMA_CALL_JOURNAL: what is durable then
 * @supersedes: @images comes in the place of the image at @position
 * @salt: tells it from another call that is the same
 * @done: the answer is here
 * @error: (nullable): why it failed
 * @names: (nullable): answer of List
 * @exists: answer of Exists
 * @nodes: (nullable): answer of Read
 * @result: (nullable): answer of Get
 * @late: (nullable): of an Exec that goes on after its answer
 * @late_unit: as what the journal has it while its time is over and its answer is not here, else 0
 * @operation: id of the operation that it is part of
 * @cuts_off: it may cut the machine off from its server
 * @undone: what was there before is there again
 * @undo_failed: that was tried in vain
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
  gboolean             overwrites;
  OmaImage            *image;
  char                *text;
  OmaChange           *change;
  GBytes              *data;
  OmaTreeStore        *store;
  GArray              *ops;
  GPtrArray           *images;
  gboolean             supersedes;
  guint                position;
  guint                salt;
  gboolean             done;
  GError              *error;
  char               **names;
  gboolean             exists;
  OmaNodeList         *nodes;
  OmaValue            *result;
  OmaLateExec         *late;
  gint64               late_unit;
  guint                operation;
  gboolean             cuts_off;
  gboolean             undone;
  gboolean             undo_failed;

  OmaCallFunc          func;
  gpointer             user_data;
  GDestroyNotify       destroy;
};

OmaCall *oma_call_new    (OmaCallKind kind, OmaMount *mount);
OmaCall *oma_call_ref    (OmaCall *call);
void     oma_call_unref  (OmaCall *call);
void     oma_call_start  (OmaCall *call, GCancellable *cancellable, OmaCallFunc func, gpointer user_data,
                          GDestroyNotify destroy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaCall, oma_call_unref)

G_END_DECLS

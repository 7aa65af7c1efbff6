/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-status.h"
#include "base/oma-value.h"
#include "codec/oma-codec.h"
#include "codec/oma-tnds.h"
#include "tree/oma-change.h"
#include "tree/oma-principal.h"
#include "tree/oma-tree.h"

G_BEGIN_DECLS

/**
 * OmaOperationType:
 * @OMA_OPERATION_LIST: names of children, for callers that want them as a list
 * @OMA_OPERATION_READ: a subtree in one call
 * @OMA_OPERATION_FIND: management objects, or nodes of them, by what DM 2.0 calls them
 *
 * What can be done to a node.  The others are the commands of the protocol.
 */
typedef enum {
  OMA_OPERATION_ADD,
  OMA_OPERATION_COPY,
  OMA_OPERATION_DELETE,
  OMA_OPERATION_EXEC,
  OMA_OPERATION_GET,
  OMA_OPERATION_REPLACE,
  OMA_OPERATION_LIST,
  OMA_OPERATION_READ,
  OMA_OPERATION_FIND,
} OmaOperationType;

/**
 * OmaOperation:
 * @type: what to do
 * @uri: the node's LocURI, query included; of Copy the target
 * @source_uri: (nullable): source of Copy
 * @format: stated format, %OMA_FORMAT_NONE when none was
 * @mime_type: (nullable): stated type
 * @data: (nullable): the value's octets, %NULL for none; they must live until the operation
 *   is done
 * @length: how many
 * @data_is_base64: @data is base64 text although the format may be bin: how XML carries
 *   octets
 * @value: (nullable): the value, used in place of the four above
 * @correlator: (nullable): of Exec
 * @report_uri: (nullable): of Exec: it goes on behind its answer, and its end is told to this address (DM 2.0)
 * @document: (nullable): of Add and Replace: MO data (DM 2.0) for the node and all below it, in place of @data; it must
 *   live until the operation is done
 * @query: (nullable): of Find: what is sought
 * @id: by which oma_work_was_undone() knows it
 * @document_encoding: of Get with "?list=TNDS": how the document is written
 * @status: (out): the result
 * @error: (out) (nullable): why, for the log and the D-Bus caller; owned
 * @result: (out) (nullable): of Get: the value; for an interior node its format is node and
 *   its octets are the escaped child names joined with "/"
 * @names: (out) (nullable): of List: decoded names
 * @nodes: (out) (nullable): of Read and of Get with "?list="
 * @objects: (out) (nullable) (element-type OmaObjectNode): of Find
 * @failed_uri: (out) (nullable): of Add: the node above that is missing and could not be made
 *
 * One operation with its outcome.  Clear it with oma_operation_clear().
 */
typedef struct {
  OmaOperationType type;
  const char      *uri;
  const char      *source_uri;
  OmaFormat        format;
  const char      *mime_type;
  const char      *data;
  gsize            length;
  gboolean         data_is_base64;
  OmaValue        *value;
  const char      *correlator;
  const char      *report_uri;
  const OmaTnds   *document;
  const struct _OmaObjectQuery *query;
  guint            id;
  OmaEncoding      document_encoding;

  OmaStatus        status;
  GError          *error;
  OmaValue        *result;
  char           **names;
  OmaNodeList     *nodes;
  GPtrArray       *objects;
  char            *failed_uri;
} OmaOperation;

void oma_operation_clear (OmaOperation *operation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaOperation, oma_operation_clear)

/**
 * OmaExecutor:
 *
 * The one door to the tree.  Everything that reads or changes a node goes through a unit of
 * work of the executor, in a principal's name.
 */
typedef struct _OmaExecutor OmaExecutor;

/* Returns the URI of the node that @uri is another name of, query included; %NULL when it is no
 * such name. */
typedef char *(*OmaAliasFunc) (const char *uri, gpointer user_data);

OmaExecutor *oma_executor_new      (OmaTree *tree);
void         oma_executor_free     (OmaExecutor *executor);
OmaTree     *oma_executor_get_tree (OmaExecutor *executor);
void         oma_executor_set_alias_func (OmaExecutor *executor, OmaAliasFunc func, gpointer user_data);
void         oma_executor_set_operation_timeout (OmaExecutor *executor, guint seconds);
void         oma_executor_set_turn_timeout (OmaExecutor *executor, guint seconds);
void         oma_executor_set_exec_timeout (OmaExecutor *executor, guint seconds);

typedef struct _OmaLateExec OmaLateExec;

/* An Exec takes long, or its plugin said that it goes on: notes it, durably, and calls
 * oma_late_exec_accept(), at once or later.  @exec lives until then. */
typedef void (*OmaExecAcceptFunc) (OmaLateExec *exec, gpointer user_data);

/* An Exec that was answered with 202 is over; not called for those whose plugin tells the end, be it that it says so
 * only after the answer. */
typedef void (*OmaExecEndFunc) (OmaLateExec *exec, OmaStatus status, const GError *error, gpointer user_data);

/* The plugin of an Exec that was answered with 202 says only now that it goes on, and that it tells the end itself. */
typedef void (*OmaExecHandOverFunc) (OmaLateExec *exec, gpointer user_data);

void         oma_executor_set_late_funcs   (OmaExecutor *executor, OmaExecAcceptFunc accept, OmaExecEndFunc end,
                                            gpointer user_data);
void         oma_executor_set_hand_over_func (OmaExecutor *executor, OmaExecHandOverFunc hand_over);
void         oma_late_exec_accept          (OmaLateExec *exec, const GError *error);

/* A unit of work, (transfer full), stays in the journal and is to be undone with
 * oma_executor_undo_unit_async(): later, since that has failed in part, or now, if its state is
 * %OMA_UNIT_PROVISIONAL, since its server was not reached. */
typedef void (*OmaUnitFunc) (OmaUnitRecord *unit, gpointer user_data);

void         oma_executor_set_unit_func    (OmaExecutor *executor, OmaUnitFunc func, gpointer user_data);

/* Nobody else is at work any more where the unit of work @id is to be undone: whether it is its turn; else it sets
 * @error. */
typedef gboolean (*OmaTurnFunc) (gint64 id, gpointer user_data, GError **error);

void         oma_executor_set_turn_func    (OmaExecutor *executor, OmaTurnFunc func, gpointer user_data);
void         oma_executor_set_journal_full (OmaExecutor *executor, gboolean full);

/**
 * OmaUndoReport:
 * @n_undone: changes that are as they were before
 * @n_left: changes over which somebody else has written since: they stay
 * @n_failed: changes that could not be undone
 * @n_executed: Execs, which nothing undoes; the last one may not have begun
 * @kept: (nullable): the unit of work as the journal keeps it, %NULL when it is through
 *
 * What became of a unit of work that was to be undone.  Clear it with oma_undo_report_clear().
 */
typedef struct {
  guint          n_undone;
  guint          n_left;
  guint          n_failed;
  guint          n_executed;
  OmaUnitRecord *kept;
} OmaUndoReport;

void         oma_undo_report_clear         (OmaUndoReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaUndoReport, oma_undo_report_clear)

void         oma_executor_undo_unit_async  (OmaExecutor *executor, OmaUnitRecord *unit, GAsyncReadyCallback callback,
                                            gpointer user_data);
gboolean     oma_executor_undo_unit_finish (GAsyncResult *result, OmaUndoReport *report, GError **error);

/**
 * OmaWork:
 *
 * A unit of work: operations in the name of one principal that are committed together.
 *
 * Units that write in the same subtree, that of one mount, come one after the other; others go on
 * side by side.  The right to do so depends on what lies above all mounts, so that who changes that
 * (its ACLs, the rights of a server that goes) excludes everybody else.  A write operation waits
 * for its turn, for the turn time-out at most, then it gets %OMA_STATUS_RETRY_LATER; at once when
 * the other unit waits for this one.
 *
 * Readers see the state before a unit or after it.  Stored nodes change all at once at the commit;
 * who reads them never waits.  In the subtree of a plugin nothing is read from when a unit first
 * has the plugin change something until its end, and it does not begin while somebody reads there.
 * So an operation that reads waits, for the turn time-out at most (%OMA_STATUS_RETRY_LATER).
 * Where a plugin acts at once a unit may take as long as all its operations take: in a session
 * that is all commands of a message that stand outside of Atomic.  An Exec begins between units,
 * and holds nobody up.
 */
typedef struct _OmaWork OmaWork;

OmaWork *oma_work_new           (OmaExecutor *executor, const OmaPrincipal *principal);
void     oma_work_free          (OmaWork *work);
void     oma_work_set_atomic    (OmaWork *work, gboolean atomic);
void     oma_work_set_rehearsal (OmaWork *work, gboolean rehearsal);
gboolean oma_work_held_back     (const OmaWork *work);
void     oma_work_apply_async   (OmaWork *work, GAsyncReadyCallback callback, gpointer user_data);
gboolean oma_work_apply_finish  (OmaWork *work, GAsyncResult *result, GError **error);
void     oma_work_set_upsert    (OmaWork *work, gboolean upsert);
void     oma_work_set_tell_inherited_acl (OmaWork *work, gboolean tell);
void     oma_work_set_finds_by_moid (OmaWork *work, gboolean finds);

gboolean oma_work_try_run       (OmaWork *work, OmaOperation *operation);
void     oma_work_run_async     (OmaWork *work, OmaOperation *operation, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean oma_work_run_finish    (OmaWork *work, GAsyncResult *result, GError **error);

void     oma_work_set_note      (OmaWork *work, gint64 id, guint count);
gboolean oma_work_is_dirty      (const OmaWork *work);
void     oma_work_commit_async  (OmaWork *work, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean oma_work_commit_finish (OmaWork *work, GAsyncResult *result, GError **error);
void     oma_work_forget_server_async  (OmaWork *work, const char *server_id, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean oma_work_forget_server_finish (OmaWork *work, GAsyncResult *result, GError **error);
void     oma_work_roll_back_async  (OmaWork *work, GAsyncReadyCallback callback, gpointer user_data);
gboolean oma_work_roll_back_finish (OmaWork *work, GAsyncResult *result, GError **error);
gboolean oma_work_was_undone       (const OmaWork *work, guint operation_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaExecutor, oma_executor_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaWork, oma_work_free)

G_END_DECLS

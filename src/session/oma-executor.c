/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-executor.h"

#include "session/oma-executor-private.h"
#include "session/oma-late-exec.h"
#include "session/oma-provisional-private.h"

#define OPERATION_TIMEOUT 30
#define EXEC_TIMEOUT 10
#define TURN_TIMEOUT 10

/**
 * oma_executor_new:
 * @tree: the tree, which must outlive the executor
 *
 * Returns: (transfer full): the one door to @tree
 */
OmaExecutor *
oma_executor_new (OmaTree *tree)
{
  OmaExecutor *executor = g_new0 (OmaExecutor, 1);

  executor->tree = tree;
  executor->alive = g_rc_box_new (gboolean);
  *executor->alive = TRUE;
  executor->operation_timeout = OPERATION_TIMEOUT;
  executor->turn_timeout = TURN_TIMEOUT;
  executor->exec_timeout = EXEC_TIMEOUT;
  g_queue_init (&executor->late);
  oma_provisional_init_executor (executor);
  return executor;
}

/**
 * oma_executor_free:
 * @executor: (transfer full): an executor without units of work
 */
void
oma_executor_free (OmaExecutor *executor)
{
  g_return_if_fail (g_queue_is_empty (&executor->locks.holders) && g_queue_is_empty (&executor->locks.waiting));

  for (GList *l = executor->late.head; l != NULL; l = l->next)
    ((OmaLateExec *) l->data)->executor = NULL;
  g_queue_clear (&executor->late);
  oma_provisional_clear_executor (executor);
  *executor->alive = FALSE;
  g_rc_box_release (executor->alive);
  g_free (executor);
}

/**
 * oma_executor_get_tree:
 * @executor: an executor
 *
 * Returns: (transfer none): the tree behind it
 */
OmaTree *
oma_executor_get_tree (OmaExecutor *executor)
{
  return executor->tree;
}

/**
 * oma_executor_set_alias_func:
 * @executor: an executor
 * @func: (nullable): knows nodes by other names; called for every operation, so it must be quick
 * @user_data: for @func
 *
 * Operations on another name of a node are done on the node: its rights, its place in the unit
 * of work and its stored value are the same under every name.
 */
void
oma_executor_set_alias_func (OmaExecutor *executor, OmaAliasFunc func, gpointer user_data)
{
  executor->alias_func = func;
  executor->alias_data = user_data;
}

/**
 * oma_executor_set_operation_timeout:
 * @executor: an executor
 * @seconds: how long plugins may take for one operation, 30 unless set
 *
 * An operation that takes longer is cancelled and fails with %OMA_STATUS_COMMAND_FAILED.
 */
void
oma_executor_set_operation_timeout (OmaExecutor *executor, guint seconds)
{
  executor->operation_timeout = seconds;
}

/**
 * oma_executor_set_turn_timeout:
 * @executor: an executor
 * @seconds: how long an operation waits for other units of work, 10 unless set
 *
 * One that waited so long gets %OMA_STATUS_RETRY_LATER.
 */
void
oma_executor_set_turn_timeout (OmaExecutor *executor, guint seconds)
{
  executor->turn_timeout = seconds;
}

/**
 * oma_executor_set_exec_timeout:
 * @executor: an executor
 * @seconds: how long an Exec is waited for, 10 unless set; 0 to wait as for other operations
 *
 * An Exec that takes longer gets %OMA_STATUS_ACCEPTED and goes on (DM Representation Protocol
 * 1.2, Exec).
 */
void
oma_executor_set_exec_timeout (OmaExecutor *executor, guint seconds)
{
  executor->exec_timeout = seconds;
}

/**
 * oma_executor_set_late_funcs:
 * @executor: an executor
 * @accept: (nullable): notes an Exec that goes on before it is answered
 * @end: (nullable): told when it is over
 * @user_data: for both
 *
 * Who keeps account of Execs that take long, so that their servers hear how they ended.
 */
void
oma_executor_set_late_funcs (OmaExecutor *executor, OmaExecAcceptFunc accept, OmaExecEndFunc end, gpointer user_data)
{
  executor->late_accept = accept;
  executor->late_end = end;
  executor->late_data = user_data;
}

/**
 * oma_executor_set_hand_over_func:
 * @executor: an executor
 * @hand_over: (nullable): called with the data of oma_executor_set_late_funcs()
 */
void
oma_executor_set_hand_over_func (OmaExecutor *executor, OmaExecHandOverFunc hand_over)
{
  executor->late_hand_over = hand_over;
}

/**
 * oma_executor_set_unit_func:
 * @executor: an executor
 * @func: (nullable): told of each unit of work that could not be undone
 * @user_data: for @func
 *
 * Who keeps account of what is neither as it was nor as it was to be.
 */
void
oma_executor_set_unit_func (OmaExecutor *executor, OmaUnitFunc func, gpointer user_data)
{
  executor->unit_func = func;
  executor->unit_data = user_data;
}

/**
 * oma_executor_set_turn_func:
 * @executor: an executor
 * @func: (nullable): asked before oma_executor_undo_unit_async() touches anything
 * @user_data: for @func
 *
 * Who knows that another unit of work has to be undone first: one that could not be undone left something that the
 * older ones would take for somebody else's.
 */
void
oma_executor_set_turn_func (OmaExecutor *executor, OmaTurnFunc func, gpointer user_data)
{
  executor->turn_func = func;
  executor->turn_data = user_data;
}

/**
 * oma_executor_set_journal_full:
 * @executor: an executor
 * @full: so many units of work wait to be undone that there must be no more
 *
 * A unit of work that is not in the journal yet, and needs to be, is refused with %OMA_STATUS_DEVICE_FULL before a
 * plugin changes anything.
 */
void
oma_executor_set_journal_full (OmaExecutor *executor, gboolean full)
{
  executor->journal_full = full;
}

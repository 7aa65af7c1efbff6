/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-image.h"
#include "session/oma-job.h"
#include "session/oma-undo.h"

/* What the rules ask of a job, and of the plugins through it: the answers that are there, or to wait for. */

/**
 * oma_job_begin_write:
 * @job: a job
 *
 * Makes sure that there is a change.  From here on the unit of work keeps to itself what targets
 * the job resolves, see oma_target_resolve().
 */
void
oma_job_begin_write (OmaJob *job)
{
  OmaWork *work = job->work;

  if (work->change == NULL)
    work->change = oma_change_new (work->executor->tree, &work->rights.principal);
  if (!job->marked)
    {
      job->mark = oma_change_get_mark (work->change);
      job->marked = TRUE;
    }
}

/**
 * oma_job_lock:
 * @job: a job
 * @subtree: what stands for the subtree: its mount, or the node above mount points whose children
 *   change; %OMA_LOCK_EVERYTHING
 * @mode: what it is about to do there
 *
 * Makes sure that no other unit of work is in the way.  A job reads until it is over, all else is
 * the unit's until that ends.
 *
 * Returns: %FALSE when another one has to be waited for
 */
gboolean
oma_job_lock (OmaJob *job, gconstpointer subtree, OmaLockMode mode)
{
  if (G_LIKELY (oma_lock_take (&job->work->locks, subtree, mode)))
    return TRUE;
  job->waits = TRUE;
  if (!job->immediate)
    {
      oma_lock_want (&job->work->locks, subtree, mode);
      job->wants_lock = TRUE;
    }
  return FALSE;
}

/**
 * oma_job_roll_back_to_mark:
 * @job: a job
 *
 * Takes back what the job staged in the change.
 */
void
oma_job_roll_back_to_mark (OmaJob *job)
{
  if (job->marked)
    oma_change_roll_back_to (job->work->change, job->mark);
}

static char *
make_key (const OmaCall *call)
{
  return g_strdup_printf ("%d %u %p %s %s", call->kind, call->salt, (gpointer) call->participant,
                          call->ref != NULL ? oma_node_ref_get_uri (call->ref) : "",
                          call->target != NULL ? oma_node_ref_get_uri (call->target) : "");
}

static gboolean
acts_at_once (const OmaCall *call)
{
  const OmaNodeOps *ops = oma_mount_get_ops (call->mount);

  return call->kind == OMA_CALL_EXEC || ops->has_transactions == NULL ||
         !ops->has_transactions (oma_mount_get_self (call->mount));
}

/**
 * oma_job_knows:
 * @job: a job that can wait
 * @call: a call
 *
 * Returns: whether the same call was asked for already
 */
gboolean
oma_job_knows (const OmaJob *job, const OmaCall *call)
{
  g_autofree char *key = make_key (call);

  return g_hash_table_contains (job->calls, key);
}

/* In a rehearsal a plugin is not called to do what could not be taken back.  One with transactions
 * commits at the end of an atomic unit, but with each operation otherwise. */
static gboolean
is_held_back (const OmaJob *job, const OmaCall *call)
{
  return job->work->rehearsal && oma_call_changes (call) && (!job->work->atomic || acts_at_once (call));
}

/* Whether no other unit of work is in the way of the call.  Those that undo are in nobody's. */
static gboolean
may_call (OmaJob *job, const OmaCall *call)
{
  if (job->run == oma_job_undo || call->mount == NULL)
    return TRUE;
  if (call->kind <= OMA_CALL_GET || call->kind == OMA_CALL_EXEC)
    return oma_job_lock (job, call->mount, OMA_LOCK_READ);
  return !oma_call_is_write (call) || !acts_at_once (call) || oma_job_lock (job, call->mount, OMA_LOCK_ACT);
}

/**
 * oma_job_ask:
 * @job: a job
 * @call: (transfer full): a call
 *
 * Returns: (transfer none) (nullable): the same call with its answer, %NULL when it has to be
 *   waited for
 */
OmaCall *
oma_job_ask (OmaJob *job, OmaCall *call)
{
  g_autoptr(OmaCall) wanted = call;
  g_autofree char *key = NULL;
  OmaCall *known;

  if (job->immediate)
    {
      job->waits = TRUE;
      return NULL;
    }
  if (wanted->salt == 0)
    wanted->salt = job->salt;
  key = make_key (wanted);
  known = g_hash_table_lookup (job->calls, key);
  if (known != NULL && known->done)
    return known;
  if (known == NULL && is_held_back (job, wanted))
    {
      call->done = job->work->held_back = TRUE;
      g_ptr_array_add (job->staged, oma_call_ref (call));
      g_hash_table_insert (job->calls, g_steal_pointer (&key), g_steal_pointer (&wanted));
      return call;
    }
  if (known == NULL && may_call (job, wanted))
    {
      g_queue_push_tail (&job->queued, oma_call_ref (wanted));
      g_hash_table_insert (job->calls, g_steal_pointer (&key), g_steal_pointer (&wanted));
    }
  job->waits = TRUE;
  return NULL;
}

/* Takes @call. */
static OmaCall *
ask (OmaJob *job, OmaCall *call, GError **error)
{
  OmaCall *answered = oma_job_ask (job, call);

  if (answered != NULL && answered->error != NULL)
    {
      g_propagate_error (error, g_error_copy (answered->error));
      return NULL;
    }
  return answered;
}

static OmaCall *
ask_about_node (OmaJob *job, OmaCallKind kind, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                GError **error)
{
  OmaCall *call = oma_call_new (kind, mount);

  call->ref = oma_node_ref_copy (ref);
  call->schema = schema;
  return ask (job, call, error);
}

/**
 * oma_job_list:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the decoded names that the plugin lists; %NULL without @error
 *   when they are not here yet
 */
const char *const *
oma_job_list (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_LIST, mount, ref, schema, error);

  return call != NULL ? (const char *const *) call->names : NULL;
}

/**
 * oma_job_can_ask_for_child:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 *
 * Returns: whether it is less to ask the plugin for one child of the node, with oma_job_has_child(), than
 *   to ask for all: it can tell, and the job has not asked for all
 */
gboolean
oma_job_can_ask_for_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);
  g_autoptr(OmaCall) list = NULL;

  if (ops->has_exists == NULL || !ops->has_exists (oma_mount_get_self (mount), schema))
    return FALSE;
  if (job->immediate)
    return TRUE;
  list = oma_call_new (OMA_CALL_LIST, mount);
  list->ref = oma_node_ref_copy (ref);
  list->salt = job->salt;
  return !oma_job_knows (job, list);
}

/**
 * oma_job_has_child:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @child: the node of a child
 * @exists: (out): whether the plugin says that it is there
 * @error: return location for the plugin's error
 *
 * Returns: %TRUE when that is known; %FALSE without @error when it is not yet
 */
gboolean
oma_job_has_child (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema,
                   const OmaNodeRef *child, gboolean *exists, GError **error)
{
  OmaCall *call = oma_call_new (OMA_CALL_EXISTS, mount);

  call->ref = oma_node_ref_copy (ref);
  call->target = oma_node_ref_copy (child);
  call->schema = schema;
  call = ask (job, call, error);
  *exists = call != NULL && call->exists;
  return call != NULL;
}

/**
 * oma_job_get:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: a leaf of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the value; %NULL without @error when it is not here yet
 */
OmaValue *
oma_job_get (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_GET, mount, ref, schema, error);

  return call != NULL ? call->result : NULL;
}

/**
 * oma_job_read:
 * @job: a job
 * @mount: the plugin's subtree
 * @ref: an interior node of it
 * @schema: what describes the node
 * @error: return location for the plugin's error
 *
 * Returns: (transfer none): the node and what is below it; %NULL without @error when that is
 *   not here yet
 */
OmaNodeList *
oma_job_read (OmaJob *job, OmaMount *mount, const OmaNodeRef *ref, const OmaSchemaNode *schema, GError **error)
{
  OmaCall *call = ask_about_node (job, OMA_CALL_READ, mount, ref, schema, error);

  return call != NULL ? call->nodes : NULL;
}

/* ---- What changes something ---- */

static gboolean
prepare_change (OmaJob *job, OmaCall *call, GError **error)
{
  if (job->immediate && !job->rehearses)
    {
      job->waits = TRUE;
      return FALSE;
    }
  if (job->phase != OMA_JOB_RUNNING || (!job->immediate && oma_job_knows (job, call)))
    return TRUE;
  if (!oma_image_make (job, call, error))
    return FALSE;
  if (job->rehearses || is_held_back (job, call) || !acts_at_once (call))
    return TRUE;
  /* What the journal has is for a call that is made. */
  return may_call (job, call) && oma_job_journal_call (job, call, error);
}

/**
 * oma_job_call:
 * @job: a job
 * @call: (transfer full): a call that answers with a boolean
 * @error: return location for the plugin's error, or that of the journal
 *
 * A compound operation sees in its later steps what the earlier ones did.
 *
 * Returns: %TRUE when it was done; %FALSE without @error when that is not known yet
 */
gboolean
oma_job_call (OmaJob *job, OmaCall *call, GError **error)
{
  OmaCall *answered;

  if (oma_call_changes (call) && !prepare_change (job, call, error))
    {
      oma_call_unref (call);
      return FALSE;
    }
  if (job->rehearses)
    {
      oma_work_note_call (job->work, call);
      oma_call_unref (call);
      job->n_rehearsed++;
      return TRUE;
    }
  answered = oma_job_ask (job, call);
  if (answered == NULL)
    return FALSE;
  if (answered->error != NULL)
    {
      g_propagate_error (error, g_error_copy (answered->error));
      return FALSE;
    }
  if (job->is_compound && job->phase == OMA_JOB_RUNNING)
    oma_work_note_call (job->work, answered);
  return TRUE;
}

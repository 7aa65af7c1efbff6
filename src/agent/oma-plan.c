/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-plan.h"

#include <string.h>

typedef enum {
  STEP_ADD,
  STEP_PUT,
  STEP_REPLACE,
  STEP_DELETE,
  STEP_GRANT,
  STEP_FORGET_SERVER,
} StepKind;

typedef struct {
  StepKind  kind;
  char     *uri;
  OmaValue *value;
  char     *server_id;
  guint     commands;
} Step;

struct _OmaPlan {
  OmaExecutor  *executor;
  OmaWork      *work;
  GPtrArray    *steps;
  guint         next;
  OmaOperation  operation;   /* the one under way */
  char         *uri;         /* its URI, where the step has another */
  char         *holder;      /* of a grant: the node whose ACL is read */
  GError       *error;       /* why everything is taken back */
};

static void run_next (GTask *task);

static void
step_free (Step *step)
{
  g_free (step->uri);
  g_free (step->server_id);
  g_clear_pointer (&step->value, oma_value_unref);
  g_free (step);
}

/**
 * oma_plan_new:
 * @executor: the executor; it must outlive the plan
 *
 * Returns: (transfer full): a unit of work in the device's name without a step
 */
OmaPlan *
oma_plan_new (OmaExecutor *executor)
{
  OmaPlan *plan = g_new0 (OmaPlan, 1);

  plan->executor = executor;
  plan->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  return plan;
}

/**
 * oma_plan_free:
 * @plan: (nullable): a unit of work that was not begun
 */
void
oma_plan_free (OmaPlan *plan)
{
  if (plan == NULL)
    return;
  oma_operation_clear (&plan->operation);
  g_clear_pointer (&plan->work, oma_work_free);
  g_ptr_array_unref (plan->steps);
  g_clear_error (&plan->error);
  g_free (plan->uri);
  g_free (plan->holder);
  g_free (plan);
}

/**
 * oma_plan_get_tree:
 * @plan: a unit of work
 *
 * Returns: (transfer none): the tree that it is about
 */
OmaTree *
oma_plan_get_tree (OmaPlan *plan)
{
  return oma_executor_get_tree (plan->executor);
}

/**
 * oma_plan_is_empty:
 * @plan: a unit of work
 *
 * Returns: whether no step was noted
 */
gboolean
oma_plan_is_empty (const OmaPlan *plan)
{
  return plan->steps->len == 0;
}

static Step *
append (OmaPlan *plan, StepKind kind, const char *uri, OmaValue *value)
{
  Step *step = g_new0 (Step, 1);

  step->kind = kind;
  step->uri = g_strdup (uri);
  step->value = value;
  g_ptr_array_add (plan->steps, step);
  return step;
}

/**
 * oma_plan_add:
 * @plan: a unit of work
 * @uri: a new node
 * @value: (transfer full) (nullable): its value, %NULL for an interior node
 */
void
oma_plan_add (OmaPlan *plan, const char *uri, OmaValue *value)
{
  append (plan, STEP_ADD, uri, value);
}

/**
 * oma_plan_put:
 * @plan: a unit of work
 * @uri: a leaf, which need not be there
 * @value: (transfer full): its value
 */
void
oma_plan_put (OmaPlan *plan, const char *uri, OmaValue *value)
{
  append (plan, STEP_PUT, uri, value);
}

/**
 * oma_plan_replace:
 * @plan: a unit of work
 * @uri: a leaf, or a property of a node
 * @value: (transfer full): its new value
 */
void
oma_plan_replace (OmaPlan *plan, const char *uri, OmaValue *value)
{
  append (plan, STEP_REPLACE, uri, value);
}

/**
 * oma_plan_delete:
 * @plan: a unit of work
 * @uri: a node, which goes with all below it
 */
void
oma_plan_delete (OmaPlan *plan, const char *uri)
{
  append (plan, STEP_DELETE, uri, NULL);
}

/**
 * oma_plan_grant:
 * @plan: a unit of work
 * @uri: a node in canonical form, "." or "./A/B"
 * @commands: #OmaAccess bits
 * @server_id: a server
 *
 * Gives the server rights on the node beside those that others have there, inherited ones
 * included.
 */
void
oma_plan_grant (OmaPlan *plan, const char *uri, guint commands, const char *server_id)
{
  Step *step = append (plan, STEP_GRANT, uri, NULL);

  step->commands = commands;
  step->server_id = g_strdup (server_id);
}

/**
 * oma_plan_forget_server:
 * @plan: a unit of work
 * @server_id: a server
 *
 * Takes the server out of every ACL (DM Tree and Description 1.2, section 8.3.7.1.4).
 */
void
oma_plan_forget_server (OmaPlan *plan, const char *server_id)
{
  append (plan, STEP_FORGET_SERVER, NULL, NULL)->server_id = g_strdup (server_id);
}

/* ---- Running ---- */

static void
rolled_back (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  OmaPlan *plan = g_task_get_task_data (task);

  if (!oma_work_roll_back_finish (plan->work, result, &error))
    g_warning ("What was begun could not be taken back: %s", error->message);
  g_task_return_error (task, g_steal_pointer (&plan->error));
}

/* Takes over @task and @error. */
static void
give_up (GTask *task, GError *error)
{
  OmaPlan *plan = g_task_get_task_data (task);

  plan->error = error;
  oma_work_roll_back_async (plan->work, rolled_back, task);
}

static void
committed (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaPlan *plan = g_task_get_task_data (task);
  GError *error = NULL;

  if (oma_work_commit_finish (plan->work, result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void operation_done (GObject *source, GAsyncResult *result, gpointer user_data);
static void server_forgotten (GObject *source, GAsyncResult *result, gpointer user_data);

static void
run_operation (GTask *task, OmaOperationType type, const char *uri, OmaValue *value)
{
  OmaPlan *plan = g_task_get_task_data (task);

  oma_operation_clear (&plan->operation);
  plan->operation = (OmaOperation) { .type = type, .uri = uri, .value = value };
  if (type == OMA_OPERATION_ADD && value == NULL)
    plan->operation.format = OMA_FORMAT_NODE;
  oma_work_run_async (plan->work, &plan->operation, NULL, operation_done, task);
}

/* An own ACL alone counts, so what the node inherits goes into it: look for the nearest ACL. */
static void
read_acl (GTask *task)
{
  OmaPlan *plan = g_task_get_task_data (task);

  g_free (plan->uri);
  plan->uri = g_strconcat (plan->holder, "?prop=ACL", NULL);
  run_operation (task, OMA_OPERATION_GET, plan->uri, NULL);
}

static void
begin_grant (GTask *task, const Step *step)
{
  OmaPlan *plan = g_task_get_task_data (task);

  g_free (plan->holder);
  plan->holder = g_strdup (step->uri);
  read_acl (task);
}

/* Returns whether there is more to do for the grant. */
static gboolean
go_on_with_grant (GTask *task, Step *step)
{
  OmaPlan *plan = g_task_get_task_data (task);
  g_autoptr(OmaAcl) found = NULL;
  g_autoptr(OmaAcl) acl = NULL;
  const char *text;
  char *end;

  if (step->kind != STEP_GRANT || plan->operation.type != OMA_OPERATION_GET)
    return FALSE;
  text = plan->operation.result != NULL ? oma_value_get_text (plan->operation.result) : NULL;
  end = strrchr (plan->holder, '/');
  if ((text == NULL || *text == '\0') && end != NULL)
    {
      *end = '\0';
      read_acl (task);
      return TRUE;
    }
  found = oma_acl_parse (text != NULL ? text : "", NULL);
  if (found == NULL)
    return FALSE;
  acl = oma_acl_with_server (found, step->commands, step->server_id);
  g_clear_pointer (&step->value, oma_value_unref);
  step->value = oma_value_new_string (oma_acl_get_text (acl));
  g_free (plan->uri);
  plan->uri = g_strconcat (step->uri, "?prop=ACL", NULL);
  run_operation (task, OMA_OPERATION_REPLACE, plan->uri, step->value);
  return TRUE;
}

/* Goes on after a step, or takes all back; takes over @task and @error. */
static void
step_done (GTask *task, GError *error)
{
  OmaPlan *plan = g_task_get_task_data (task);

  if (error != NULL)
    {
      give_up (task, error);
      return;
    }
  plan->next++;
  run_next (task);
}

static void
operation_done (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaPlan *plan = g_task_get_task_data (task);
  GError *error = NULL;

  if (oma_work_run_finish (plan->work, result, &error) && go_on_with_grant (task, plan->steps->pdata[plan->next]))
    return;
  step_done (task, error);
}

static void
server_forgotten (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaPlan *plan = g_task_get_task_data (task);
  GError *error = NULL;

  oma_work_forget_server_finish (plan->work, result, &error);
  step_done (task, error);
}

static void
run_step (GTask *task, const Step *step)
{
  OmaPlan *plan = g_task_get_task_data (task);

  oma_work_set_upsert (plan->work, step->kind == STEP_PUT);
  switch (step->kind)
    {
    case STEP_ADD:
      run_operation (task, OMA_OPERATION_ADD, step->uri, step->value);
      break;
    case STEP_PUT:
    case STEP_REPLACE:
      run_operation (task, OMA_OPERATION_REPLACE, step->uri, step->value);
      break;
    case STEP_DELETE:
      run_operation (task, OMA_OPERATION_DELETE, step->uri, NULL);
      break;
    case STEP_GRANT:
      begin_grant (task, step);
      break;
    case STEP_FORGET_SERVER:
      oma_work_forget_server_async (plan->work, step->server_id, server_forgotten, task);
      break;
    }
}

static void
applied (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OmaPlan *plan = g_task_get_task_data (task);
  GError *error = NULL;

  if (oma_work_apply_finish (plan->work, result, &error))
    {
      plan->next = 0;
      run_next (task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Takes over @task. */
static void
run_next (GTask *task)
{
  OmaPlan *plan = g_task_get_task_data (task);

  if (plan->next < plan->steps->len)
    run_step (task, plan->steps->pdata[plan->next]);
  else if (oma_work_held_back (plan->work))
    oma_work_apply_async (plan->work, applied, task);
  else
    oma_work_commit_async (plan->work, NULL, committed, task);
}

/**
 * oma_plan_run_async:
 * @plan: (transfer full): a unit of work
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Does the steps in their order and commits them.  When one fails, all are taken back.
 */
void
oma_plan_run_async (OmaPlan *plan, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  OmaPrincipal principal = { .kind = OMA_PRINCIPAL_DEVICE };

  g_task_set_source_tag (task, oma_plan_run_async);
  plan->work = oma_work_new (plan->executor, &principal);
  oma_work_set_atomic (plan->work, TRUE);
  oma_work_set_rehearsal (plan->work, TRUE);
  g_task_set_task_data (task, plan, (GDestroyNotify) oma_plan_free);
  run_next (task);
}

/**
 * oma_plan_run_finish:
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR, or an error of the store's domain
 *
 * Returns: %TRUE when all steps are done and durable, %FALSE when nothing changed
 */
gboolean
oma_plan_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

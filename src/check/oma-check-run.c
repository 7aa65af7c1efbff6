/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-run.h"

#define MAX_CALLS 16           /* of an operation, that fail and hang in turn */
#define GRACE 300              /* milliseconds that a cancelled operation has to return */
#define LONG_GRACE 1000
#define SHORT_TIMEOUT 1        /* seconds, for what cannot be cancelled in another way */
#define LONG_TIMEOUT 3

/**
 * oma_check_run_new:
 * @device: (transfer none): a device with a loaded plugin
 * @values: (transfer none): what to write
 * @say: takes what there is to say
 * @say_data: for @say
 *
 * Returns: (transfer full): a run
 */
OmaCheckRun *
oma_check_run_new (OmaCheckDevice *device, OmaCheckValues *values, OmaCheckSay say, gpointer say_data)
{
  OmaCheckRun *run = g_new0 (OmaCheckRun, 1);

  run->device = device;
  run->values = values;
  run->say = say;
  run->say_data = say_data;
  run->nodes = oma_check_device_list_nodes (device);
  run->targets = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_check_target_free);
  run->by_schema = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < run->nodes->len; i++)
    {
      OmaPluginNode *node = g_ptr_array_index (run->nodes, i);

      g_hash_table_insert (run->by_schema, (gpointer) node->schema, node);
    }
  run->uri = run->operation = run->trial = "";
  return run;
}

/**
 * oma_check_run_free:
 * @run: (transfer full): a run
 */
void
oma_check_run_free (OmaCheckRun *run)
{
  g_ptr_array_unref (run->targets);
  g_ptr_array_unref (run->nodes);
  g_hash_table_unref (run->by_schema);
  g_clear_pointer (&run->image, g_hash_table_unref);
  g_free (run);
}

/* ---- Telling ---- */

/**
 * oma_check_tell:
 * @run: a run
 * @note: it is no mistake, but to be known
 * @format: what was found, as of printf()
 * @...: its arguments
 */
void
oma_check_tell (OmaCheckRun *run, gboolean note, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  run->say (note ? "note" : "problem", run->uri, run->operation, run->trial, message, run->say_data);
}

/**
 * oma_check_tell_error:
 * @run: a run
 * @guessed: what was written was only a guess: that it is refused is no mistake
 * @operation: an operation that failed though nothing was made to go wrong
 *
 * Without an answer of a service that is none either: the plugin cannot do better.
 */
void
oma_check_tell_error (OmaCheckRun *run, gboolean guessed, const OmaOperation *operation)
{
  guint unanswered = MAX (run->unanswered, oma_check_bus_count_unanswered (run->device->bus));

  if (unanswered > 0)
    oma_check_tell (run, TRUE, "not tried to the end: a call has no answer, see --answers");
  else
    oma_check_tell (run, guessed, "it fails with status %d: %s", operation->status,
                    operation->error != NULL ? operation->error->message : "no reason");
}

/* ---- Faults ---- */

/**
 * oma_check_arm:
 * @run: a run
 *
 * From now on calls count, and what is to go wrong does.
 */
void
oma_check_arm (OmaCheckRun *run)
{
  run->calls = run->unanswered = 0;
  run->device->calls_before_refusal = 0;
  oma_check_bus_set_fault (run->device->bus, run->fault, run->fault_at);
}

/**
 * oma_check_disarm:
 * @run: a run
 *
 * Nothing goes wrong any more.
 */
void
oma_check_disarm (OmaCheckRun *run)
{
  run->calls = run->device->calls_before_refusal > 0 ? run->device->calls_before_refusal
                                                     : oma_check_bus_count_calls (run->device->bus);
  run->unanswered = oma_check_bus_count_unanswered (run->device->bus);
  oma_check_bus_set_fault (run->device->bus, OMA_CHECK_FAULT_NONE, 0);
}

/**
 * oma_check_await_return:
 * @run: a run
 *
 * Looks whether the plugin's operations end, each with one result.
 */
void
oma_check_await_return (OmaCheckRun *run)
{
  OmaCheckDevice *device = run->device;
  g_autofree char *hanging = NULL;
  gboolean returned = oma_check_device_settle (device, run->healthy ? LONG_GRACE : GRACE);

  hanging = oma_check_bus_dup_hanging (device->bus);
  if (!returned && hanging != NULL)
    {
      oma_check_tell (run, TRUE, "it goes on when it is cancelled: the call has not the task's cancellable (%s)",
                      hanging);
      oma_check_bus_release (device->bus);
      returned = oma_check_device_settle (device, LONG_GRACE);
    }
  if (!returned && !run->lost)
    {
      oma_check_tell (run, FALSE, "it has not returned, and nothing that it called is left to be answered");
      run->lost = TRUE;
    }
  if (device->info->dropped > run->dropped)
    oma_check_tell (run, FALSE, "it dropped its task without a result");
  run->dropped = device->info->dropped;
}

static void
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
cancel_idle_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
release_idle_cb (gpointer user_data)
{
  oma_check_bus_release (user_data);
  return G_SOURCE_REMOVE;
}

typedef struct {
  OmaCheckBus  *bus;
  GCancellable *cancellable;
} Cancel;

/* Cancelled, and answered all the same right after. */
static void
cancel_and_answer_cb (gpointer user_data)
{
  const Cancel *cancel = user_data;

  g_cancellable_cancel (cancel->cancellable);
  g_idle_add (release_idle_cb, cancel->bus);
}

/* ---- Trials ---- */

static gboolean
exec_once (OmaCheckRun *run, const OmaCheckTarget *target)
{
  const char *argument = oma_check_values_find (run->values, target->node->uri);
  g_auto(OmaOperation) operation = { .type = OMA_OPERATION_EXEC, .uri = target->uri, .correlator = "trial" };
  OmaWork *work = oma_check_device_begin (run->device, FALSE);
  gboolean good;

  operation.data = argument;
  operation.length = argument != NULL ? strlen (argument) : 0;
  oma_check_arm (run);
  oma_check_device_run (run->device, work, &operation, run->cancellable);
  oma_check_disarm (run);
  good = operation.error == NULL && oma_check_device_commit (run->device, work, NULL, NULL);
  oma_work_free (work);
  if (operation.error != NULL && run->healthy)
    oma_check_tell_error (run, argument == NULL, &operation);
  return good;
}

static gboolean
run_target (OmaCheckRun *run, const OmaCheckTarget *target)
{
  if (target->kind == OMA_CHECK_EXEC)
    return exec_once (run, target);
  if (oma_check_is_write (target->kind))
    return oma_check_write_and_undo (run, target);
  return oma_check_read (run, target);
}

static void
begin_trial (OmaCheckRun *run, const char *trial)
{
  run->trial = trial;
  run->say ("ran", run->uri, run->operation, trial, "", run->say_data);
}

static void
try_healthy (OmaCheckRun *run, const OmaCheckTarget *target)
{
  gboolean undoable = (target->node->flags & OMA_HANDLER_IRREVERSIBLE) == 0;

  run->healthy = TRUE;
  run->fault = OMA_CHECK_FAULT_NONE;
  run->fault_at = 0;
  run->calls = 0;
  if (oma_check_is_write (target->kind) && !run->lost)
    {
      begin_trial (run, "for good");
      oma_check_write (run, target);
      oma_check_await_return (run);
      begin_trial (run, "and forgotten");
      oma_check_write_and_forget (run, target);
      oma_check_await_return (run);
    }
  begin_trial (run, oma_check_is_write (target->kind) ? "and undone" : "as it is");
  if (undoable || !oma_check_is_write (target->kind))
    run_target (run, target);
  oma_check_await_return (run);
}

static void
try_fault (OmaCheckRun *run, const OmaCheckTarget *target, OmaCheckFault fault, guint call, const char *trial)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  if (run->lost)
    return;
  run->healthy = FALSE;
  run->fault = fault;
  run->fault_at = call;
  run->cancellable = cancellable;
  begin_trial (run, trial);
  if (fault == OMA_CHECK_FAULT_HANGS)
    {
      oma_check_bus_set_hang_func (run->device->bus, cancel_cb, cancellable);
      oma_check_device_set_timeout (run->device, SHORT_TIMEOUT);
    }
  run_target (run, target);
  oma_check_await_return (run);
  oma_check_bus_release (run->device->bus);
  oma_check_bus_set_hang_func (run->device->bus, NULL, NULL);
  oma_check_device_set_timeout (run->device, LONG_TIMEOUT);
  run->cancellable = NULL;
}

/* In its midst where it asks somebody, else as soon as the main loop runs. */
static void
try_cancelled (OmaCheckRun *run, const OmaCheckTarget *target, guint n_calls)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  Cancel cancel = { run->device->bus, cancellable };

  if (run->lost)
    return;
  run->healthy = FALSE;
  run->fault = n_calls > 0 ? OMA_CHECK_FAULT_HANGS : OMA_CHECK_FAULT_NONE;
  run->fault_at = n_calls > 0 ? 1 : 0;
  run->cancellable = cancellable;
  begin_trial (run, "cancelled");
  oma_check_bus_set_hang_func (run->device->bus, cancel_and_answer_cb, &cancel);
  if (n_calls == 0)
    g_idle_add_full (G_PRIORITY_HIGH, cancel_idle_cb, g_object_ref (cancellable), g_object_unref);
  run_target (run, target);
  oma_check_await_return (run);
  oma_check_bus_release (run->device->bus);
  oma_check_bus_set_hang_func (run->device->bus, NULL, NULL);
  run->cancellable = NULL;
}

static void
try_faults (OmaCheckRun *run, const OmaCheckTarget *target, guint n_calls)
{
  try_cancelled (run, target, n_calls);
  if (n_calls > 0)
    try_fault (run, target, OMA_CHECK_FAULT_ABSENT, 0, "no service is there");
  for (guint call = 1; call <= n_calls && call <= MAX_CALLS; call++)
    {
      g_autofree char *fails = g_strdup_printf ("call %u of %u fails", call, n_calls);
      g_autofree char *hangs = g_strdup_printf ("call %u of %u hangs", call, n_calls);

      try_fault (run, target, OMA_CHECK_FAULT_FAILS, call, fails);
      try_fault (run, target, OMA_CHECK_FAULT_HANGS, call, hangs);
      run->trial = "";
    }
}

static void
say_number (OmaCheckRun *run, const char *kind, guint index, const char *trial)
{
  g_autofree char *number = g_strdup_printf ("%u", index);

  run->say (kind, run->uri, run->operation, trial, number, run->say_data);
}

static void
try_target (OmaCheckRun *run, guint index)
{
  const OmaCheckTarget *target = g_ptr_array_index (run->targets, index);
  gboolean undoable = (target->node->flags & OMA_HANDLER_IRREVERSIBLE) == 0;
  guint n_calls;

  run->uri = target->uri;
  run->operation = oma_check_kind_to_string (target->kind);
  run->trial = "";
  say_number (run, "begin", index, "");
  if (run->image == NULL && oma_check_is_write (target->kind))
    run->image = oma_check_take_image (run);
  if (run->lost)
    return;
  try_healthy (run, target);
  n_calls = run->calls;
  if (undoable || !oma_check_is_write (target->kind))
    try_faults (run, target, n_calls);
  run->trial = "";
  if (n_calls > 0 && !run->lost)
    say_number (run, "cut", index, target->node->handler);
}

/**
 * oma_check_run_all:
 * @run: a run
 * @first: number of the first operation
 *
 * Tries the operations, each with everything that can go wrong.
 */
void
oma_check_run_all (OmaCheckRun *run, guint first)
{
  if (first == 0)
    oma_check_check_description (run);
  run->uri = run->operation = run->trial = "";
  oma_check_find_targets (run);
  for (guint i = first; i < run->targets->len && !run->lost; i++)
    try_target (run, i);
  if (!run->lost)
    run->uri = run->operation = run->trial = "";
}

/**
 * oma_check_run_services:
 * @run: a run
 *
 * The services of the manifest go and come back.
 */
void
oma_check_run_services (OmaCheckRun *run)
{
  char **names = run->device->info->bus_names;

  run->uri = "";
  run->operation = "signals";
  for (gsize i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *trial = g_strdup_printf ("%s goes and comes back", names[i]);

      begin_trial (run, trial);
      run->healthy = TRUE;
      oma_check_bus_tell_owner (run->device->bus, names[i], FALSE);
      oma_check_device_iterate (20);
      oma_check_bus_tell_owner (run->device->bus, names[i], TRUE);
      oma_check_device_iterate (20);
      oma_check_await_return (run);
      run->trial = "";
    }
  run->operation = "";
}

/**
 * oma_check_run_cut_off:
 * @run: a run
 * @index: number of an operation
 *
 * Begins the operation, and cancels it while a call of it hangs: the call is left as it is, for the shutdown.
 */
void
oma_check_run_cut_off (OmaCheckRun *run, guint index)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  const OmaCheckTarget *target;

  oma_check_find_targets (run);
  if (index >= run->targets->len)
    return;
  target = g_ptr_array_index (run->targets, index);
  if (oma_check_is_write (target->kind))
    run->image = oma_check_take_image (run);
  run->uri = target->uri;
  run->operation = oma_check_kind_to_string (target->kind);
  run->fault = OMA_CHECK_FAULT_HANGS;
  run->fault_at = 1;
  run->cancellable = cancellable;
  begin_trial (run, "cut off by the shutdown");
  oma_check_bus_set_hang_func (run->device->bus, cancel_cb, cancellable);
  oma_check_device_set_timeout (run->device, SHORT_TIMEOUT);
  run_target (run, target);
  run->cancellable = NULL;
  /* One that goes on ties the executor down, which the daemon does not free then. */
  if (!oma_check_device_settle (run->device, GRACE))
    {
      oma_check_bus_release (run->device->bus);
      oma_check_device_settle (run->device, LONG_GRACE);
    }
  oma_check_bus_set_hang_func (run->device->bus, NULL, NULL);
}

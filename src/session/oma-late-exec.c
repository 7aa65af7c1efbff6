/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-late-exec.h"

#include "session/oma-executor-private.h"

/**
 * oma_late_exec_new:
 * @executor: the executor; it may go before
 * @principal: in whose name it runs; copied
 * @uri: the node
 * @correlator: (nullable): that of the command
 * @report_uri: (nullable): the address that its end is told to
 * @by_plugin: the plugin itself answered 202
 *
 * Returns: (transfer full): an Exec of which nobody knows yet that it goes on
 */
OmaLateExec *
oma_late_exec_new (OmaExecutor *executor, const OmaPrincipal *principal, const char *uri, const char *correlator,
                   const char *report_uri, gboolean by_plugin)
{
  OmaLateExec *exec = g_new0 (OmaLateExec, 1);

  exec->ref_count = 1;
  exec->executor = executor;
  exec->principal.kind = principal->kind;
  exec->principal.server_id = g_strdup (principal->server_id);
  exec->uri = g_strdup (uri);
  exec->correlator = g_strdup (correlator);
  exec->report_uri = g_strdup (report_uri);
  exec->by_plugin = by_plugin;
  g_queue_push_tail (&executor->late, exec);
  return exec;
}

/**
 * oma_late_exec_ref:
 * @exec: an Exec
 *
 * Returns: (transfer full): @exec
 */
OmaLateExec *
oma_late_exec_ref (OmaLateExec *exec)
{
  exec->ref_count++;
  return exec;
}

/**
 * oma_late_exec_unref:
 * @exec: (transfer full): an Exec
 */
void
oma_late_exec_unref (OmaLateExec *exec)
{
  if (--exec->ref_count > 0)
    return;
  if (exec->executor != NULL)
    g_queue_remove (&exec->executor->late, exec);
  g_clear_error (&exec->error);
  g_free ((char *) exec->principal.server_id);
  g_free (exec->uri);
  g_free (exec->correlator);
  g_free (exec->report_uri);
  g_free (exec);
}

static void
tell_end (OmaLateExec *exec)
{
  OmaExecutor *executor = exec->executor;

  if (!exec->is_over || !exec->is_accepted || exec->is_dropped || executor == NULL || executor->late_end == NULL)
    return;
  exec->is_dropped = TRUE;
  executor->late_end (exec, exec->error != NULL ? oma_status_from_error (exec->error) : OMA_STATUS_OK, exec->error,
                      executor->late_data);
}

static void
tell_hand_over (OmaLateExec *exec)
{
  OmaExecutor *executor = exec->executor;

  if (exec->is_over && exec->is_accepted && !exec->by_plugin && executor != NULL && executor->late_hand_over != NULL &&
      g_error_matches (exec->error, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED))
    executor->late_hand_over (exec, executor->late_data);
}

/**
 * oma_late_exec_begin:
 * @exec: a new Exec
 * @accepted: called once, perhaps before this returned, when 202 can be answered or with why not
 * @data: for @accepted
 *
 * Asks who keeps account of late Execs; without one it is accepted at once.
 */
void
oma_late_exec_begin (OmaLateExec *exec, void (*accepted) (gpointer data, const GError *error), gpointer data)
{
  oma_late_exec_ref (exec);   /* until it was accepted */
  exec->accepted = accepted;
  exec->data = data;
  if (exec->executor->late_accept != NULL)
    exec->executor->late_accept (exec, exec->executor->late_data);
  else
    oma_late_exec_accept (exec, NULL);
}

/**
 * oma_late_exec_accept:
 * @exec: an Exec that the accept function was asked about
 * @error: (nullable): why its end could not be told
 *
 * Lets the command be answered: with 202, after which the end function is called when the Exec
 * is over, or with @error, and the Exec is cancelled.
 */
void
oma_late_exec_accept (OmaLateExec *exec, const GError *error)
{
  g_autoptr(OmaLateExec) self = exec;

  g_return_if_fail (!exec->is_accepted);
  exec->is_accepted = TRUE;
  exec->is_dropped |= error != NULL || exec->by_plugin;
  exec->accepted (exec->data, error);
  tell_end (self);
  if (error == NULL)
    tell_hand_over (self);
}

/**
 * oma_late_exec_over:
 * @exec: an Exec
 * @error: (nullable): why it failed
 *
 * It came to its end; or, when @error is %OMA_STATUS_ACCEPTED, the plugin said that it goes on and will tell that itself.
 */
void
oma_late_exec_over (OmaLateExec *exec, const GError *error)
{
  g_autoptr(OmaLateExec) self = oma_late_exec_ref (exec);

  exec->is_over = TRUE;
  exec->is_dropped |= g_error_matches (error, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED);
  exec->error = error != NULL ? g_error_copy (error) : NULL;
  tell_end (self);
  tell_hand_over (self);
}

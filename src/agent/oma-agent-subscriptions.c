/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

/* Internal: reads what servers asked for beyond the session. */
void
oma_agent_open_subscriptions (OmaAgent *self, const OmaRunnerContext *context)
{
  self->subscriptions = oma_subscription_list_new (context, self->accounts);
  g_signal_connect_swapped (self->subscriptions, "idle", G_CALLBACK (oma_agent_stop_if_idle), self);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (oma_subscription_list_fetch_finish (OMA_SUBSCRIPTION_LIST (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * oma_agent_fetch_object_async:
 * @agent: an agent that was started
 * @moid: identifier of a management object that is not there
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Gets the object from where a server said that it is to be had (DM Protocol 2.0, DEFAULT).
 */
void
oma_agent_fetch_object_async (OmaAgent *agent, const char *moid, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, cancellable, callback, user_data);

  g_task_set_source_tag (task, oma_agent_fetch_object_async);
  if (agent->stopping)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  else
    oma_subscription_list_fetch_async (agent->subscriptions, moid, cancellable, fetched_cb, g_steal_pointer (&task));
}

/**
 * oma_agent_fetch_object_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_STOPPING, or an error as of oma_subscription_list_fetch_finish()
 *
 * Returns: whether data were put into the tree
 */
gboolean
oma_agent_fetch_object_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

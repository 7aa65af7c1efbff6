/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

static void
account_added (OmaAccountList *list G_GNUC_UNUSED, OmaAccount *account, gpointer user_data)
{
  OmaAgent *self = user_data;

  /* At the start all of them are looked at together. */
  if (self->subscriptions != NULL)
    oma_agent_schedule (self, account, FALSE);
  g_signal_emit_by_name (self, "account-added", account);
}

static void
account_removed (OmaAccountList *list G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  OmaAgent *self = user_data;
  GPtrArray *sessions = oma_session_queue_get_all (self->sessions);
  g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < sessions->len; i++)
    if (g_strcmp0 (oma_account_get_name (oma_runner_get_account (sessions->pdata[i])), name) == 0)
      g_ptr_array_add (own, g_object_ref (sessions->pdata[i]));
  for (guint i = 0; i < own->len; i++)
    oma_runner_stop (own->pdata[i]);
  oma_agent_forget_retries (self, name);
  g_hash_table_remove (self->schedule, name);
  if (self->subscriptions != NULL)
    oma_subscription_list_forget (self->subscriptions, name);
  oma_agent_drop_homeless_alerts (self);
  g_signal_emit_by_name (self, "account-removed", name);
}

static void
import_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  oma_account_list_import_finish (OMA_ACCOUNT_LIST (source), result);
  *(gboolean *) user_data = TRUE;
}

/* Internal: takes over the accounts of provisioning.  Nobody can ask for anything yet, so the
 * main loop is ours for the time of the import. */
void
oma_agent_open_accounts (OmaAgent *self)
{
  g_autofree char *directory = g_build_filename (self->config_dir, "accounts.d", NULL);
  gboolean done = FALSE;

  self->accounts = oma_account_list_new (self->executor);
  g_signal_connect (self->accounts, "added", G_CALLBACK (account_added), self);
  g_signal_connect (self->accounts, "removed", G_CALLBACK (account_removed), self);
  g_signal_connect_swapped (self->accounts, "idle", G_CALLBACK (oma_agent_stop_if_idle), self);
  oma_account_list_import_async (self->accounts, directory, self->accept_own_files, import_done, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/**
 * oma_agent_get_accounts:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaAccount): all accounts
 */
GPtrArray *
oma_agent_get_accounts (OmaAgent *agent)
{
  return agent->accounts != NULL ? oma_account_list_get (agent->accounts) : agent->no_accounts;
}

/**
 * oma_agent_find_account:
 * @agent: an agent that was started
 * @name: a name
 *
 * Returns: (transfer none) (nullable): the account of this name
 */
OmaAccount *
oma_agent_find_account (OmaAgent *agent, const char *name)
{
  return oma_account_list_find (agent->accounts, name);
}

static void
account_made (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  OmaAccount *account = oma_account_list_add_finish (OMA_ACCOUNT_LIST (source), result, &error);

  if (account != NULL)
    g_task_return_pointer (task, account, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* Internal: answers @task when no account may be made or removed any more. */
gboolean
oma_agent_refuse_when_stopping (OmaAgent *self, GTask *task)
{
  if (!self->stopping)
    return FALSE;
  g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  return TRUE;
}

/**
 * oma_agent_add_account_async:
 * @agent: an agent that was started
 * @config: (transfer full): what the account is made of
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Makes an account, all of it or nothing.  The server gets all rights on the nodes that
 * @config names, or on the whole tree if it names none and there is no other account.
 */
void
oma_agent_add_account_async (OmaAgent *agent, OmaAccountConfig *config, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr(OmaAccountConfig) own_config = config;
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);

  g_task_set_source_tag (task, oma_agent_add_account_async);
  if (!oma_agent_refuse_when_stopping (agent, task))
    oma_account_list_add_async (agent->accounts, own_config, NULL, account_made, g_steal_pointer (&task));
}

/**
 * oma_agent_add_account_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: (transfer full): the account, or %NULL with an error as of
 *   oma_account_list_add_finish(), or %OMA_AGENT_ERROR_STOPPING
 */
OmaAccount *
oma_agent_add_account_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct {
  char     *name;
  gboolean  withdraw;
} RemoveData;

static void
remove_data_free (RemoveData *data)
{
  g_free (data->name);
  g_free (data);
}

static void
account_gone (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;

  if (oma_account_list_remove_finish (OMA_ACCOUNT_LIST (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void ended_before_removal (OmaRunner *runner, gpointer user_data);

/* Takes over @task: one session of the account after the other ends, then the account. */
static void
remove_when_silent (GTask *task)
{
  OmaAgent *self = g_task_get_source_object (task);
  const RemoveData *data = g_task_get_task_data (task);
  OmaRunner *runner = oma_session_queue_find_active (self->sessions, data->name);

  if (runner == NULL)
    {
      oma_account_list_remove_async (self->accounts, data->name, data->withdraw, account_gone, task);
      return;
    }
  g_signal_connect (runner, "ended", G_CALLBACK (ended_before_removal), task);
  oma_runner_stop (runner);
}

static void
ended_before_removal (OmaRunner *runner, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (runner, ended_before_removal, user_data);
  remove_when_silent (user_data);
}

/**
 * oma_agent_remove_account_async:
 * @agent: an agent that was started
 * @name: name of an account
 * @withdraw: undo what its server set, see oma_withdraw_add_steps()
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the account's sessions, if there are any, and removes the account with its secrets and
 * the rights of its server.
 */
void
oma_agent_remove_account_async (OmaAgent *agent, const char *name, gboolean withdraw, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  RemoveData *data = g_new0 (RemoveData, 1);

  g_task_set_source_tag (task, oma_agent_remove_account_async);
  g_task_set_task_data (task, data, (GDestroyNotify) remove_data_free);
  data->name = g_strdup (name);
  data->withdraw = withdraw;
  if (!oma_agent_refuse_when_stopping (agent, task))
    remove_when_silent (g_steal_pointer (&task));
}

/**
 * oma_agent_remove_account_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE when the account is gone, or %FALSE with %OMA_AGENT_ERROR_NO_ACCOUNT,
 *   %OMA_AGENT_ERROR_STOPPING, or what stopped the unit of work; then nothing changed
 */
gboolean
oma_agent_remove_account_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-state.h"

#define STOP_TIMEOUT 5              /* seconds that sessions may take to end */

enum {
  SIGNAL_ACCOUNT_ADDED,
  SIGNAL_ACCOUNT_REMOVED,
  SIGNAL_SESSION_ADDED,
  SIGNAL_SESSION_REMOVED,
  SIGNAL_PROGRESS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (OmaAgent, oma_agent, G_TYPE_OBJECT)

static void
refused_ddf_free (OmaRefusedDdf *refused)
{
  g_free (refused->path);
  g_free (refused->reason);
  g_free (refused);
}

static gboolean
is_active (OmaAgent *self)
{
  return (self->accounts != NULL && oma_account_list_is_busy (self->accounts)) ||
         (self->subscriptions != NULL && oma_subscription_list_is_busy (self->subscriptions)) ||
         (self->units != NULL && oma_unit_list_is_busy (self->units)) || self->device_id_read != NULL ||
         (self->follower != NULL && oma_follower_is_busy (self->follower)) ||
         self->n_fetches > 0 || oma_notifications_are_busy (self->notifications) ||
         oma_session_queue_count_running (self->sessions) > 0;
}

static void
oma_agent_finalize (GObject *object)
{
  OmaAgent *self = OMA_AGENT (object);

  if (self->accounts != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->accounts, self);
      oma_account_list_close (self->accounts);
    }
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->sessions, self);
  oma_session_queue_close (self->sessions);
  g_hash_table_unref (self->retries);
  g_hash_table_unref (self->schedule);
  if (self->subscriptions != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->subscriptions, self);
      oma_subscription_list_close (self->subscriptions);
    }
  if (self->units != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->units, self);
      oma_unit_list_close (self->units);
    }
  g_rand_free (self->rand);
  if (self->executor != NULL)
    oma_executor_set_late_funcs (self->executor, NULL, NULL, NULL);
  if (!is_active (self))
    {
      g_clear_pointer (&self->follower, oma_follower_free);
      g_clear_pointer (&self->executor, oma_executor_free);
      g_clear_pointer (&self->loader, oma_plugin_loader_free);
      g_clear_pointer (&self->tree, oma_tree_free);
      g_clear_pointer (&self->layout, oma_account_layout_free);
      g_clear_pointer (&self->crashes, oma_crash_record_free);
    }
  /* Else what did not end in time still points to them: the process is about to end. */
  g_object_unref (self->sessions);
  g_clear_object (&self->subscriptions);
  g_clear_object (&self->units);
  g_clear_object (&self->accounts);
  if (self->alerts != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->alerts, self);
      oma_alert_list_set_hold_func (self->alerts, NULL, NULL);
    }
  g_clear_object (&self->alerts);
  if (self->store != NULL)
    oma_store_close (self->store);
  g_clear_object (&self->store);
  g_clear_pointer (&self->config, oma_config_free);
  g_ptr_array_unref (self->no_accounts);
  g_ptr_array_unref (self->refused_ddf);
  g_free (self->config_dir);
  g_free (self->state_dir);
  g_free (self->plugin_dir);
  g_free (self->vendor_dir);
  g_object_unref (self->fetches);
  oma_notifications_free (self->notifications);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (oma_agent_parent_class)->finalize (object);
}

static void
oma_agent_class_init (OmaAgentClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = oma_agent_finalize;
  signals[SIGNAL_ACCOUNT_ADDED] = g_signal_new ("account-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, OMA_TYPE_ACCOUNT);
  signals[SIGNAL_ACCOUNT_REMOVED] = g_signal_new ("account-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                  G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SESSION_ADDED] = g_signal_new ("session-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                           G_TYPE_STRING, G_TYPE_UINT, G_TYPE_STRING);
  signals[SIGNAL_SESSION_REMOVED] = g_signal_new ("session-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                  G_TYPE_NONE, 1, OMA_TYPE_RUNNER);
}

/* Internal: a long operation of a plugin on the node @uri came further. */
void
oma_agent_tell_progress (OmaAgent *self, const char *uri, guint percent, const char *message)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, uri, percent, message);
}

static void
session_added (OmaSessionQueue *queue G_GNUC_UNUSED, OmaRunner *runner, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_SESSION_ADDED], 0, runner);
}

static void
session_ended (OmaSessionQueue *queue G_GNUC_UNUSED, OmaRunner *runner, gpointer user_data)
{
  OmaAgent *self = user_data;

  oma_agent_follow_up_alerts (self, runner);
  if (oma_runner_get_report_uri (runner) == NULL)
    oma_agent_schedule (self, oma_runner_get_account (runner), TRUE);
  oma_agent_stop_if_idle (self);
}

static void
session_removed (OmaSessionQueue *queue G_GNUC_UNUSED, OmaRunner *runner, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_SESSION_REMOVED], 0, runner);
}

static void
oma_agent_init (OmaAgent *self)
{
  self->no_accounts = g_ptr_array_new ();
  self->refused_ddf = g_ptr_array_new_with_free_func ((GDestroyNotify) refused_ddf_free);
  self->fetches = g_cancellable_new ();
  self->rand = g_rand_new ();
  self->retries = oma_agent_make_retries ();
  self->notifications = oma_notifications_new ();
  self->schedule = oma_agent_make_schedule ();
  self->sessions = oma_session_queue_new ();
  g_signal_connect (self->sessions, "added", G_CALLBACK (session_added), self);
  g_signal_connect (self->sessions, "ended", G_CALLBACK (session_ended), self);
  g_signal_connect (self->sessions, "removed", G_CALLBACK (session_removed), self);
}

/**
 * oma_agent_new:
 * @options: where its files are; copied
 *
 * Returns: (transfer full): an agent that waits for oma_agent_start()
 */
OmaAgent *
oma_agent_new (const OmaAgentOptions *options)
{
  OmaAgent *self = g_object_new (OMA_TYPE_AGENT, NULL);

  self->config_dir = g_strdup (options->config_dir);
  self->state_dir = g_strdup (options->state_dir);
  self->plugin_dir = g_strdup (options->plugin_dir);
  self->vendor_dir = g_strdup (options->vendor_dir);
  self->accept_own_files = options->accept_own_files;
  self->connection = options->connection != NULL ? g_object_ref (options->connection) : NULL;
  return self;
}

/* ---- Sessions ---- */

/* The first session after a bootstrap says so, whatever it was asked for (DM Protocol 2.0, package 1). */
static OmaRunner *
add_session (OmaAgent *self, OmaAccount *account, const OmaSessionCause *cause)
{
  OmaSessionCause actual = *cause;

  if (cause->start == OMA_DM2_START_CLIENT && cause->report_uri == NULL && oma_account_is_bootstrap_untold (account))
    actual.start = OMA_DM2_START_BOOTSTRAP;
  return oma_session_queue_add_for (self->sessions, account, &actual);
}

/**
 * oma_agent_sync:
 * @agent: an agent that was started
 * @account: name of an account
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Asks for a session with the account's server because the device wants one, see oma_agent_sync_for().
 *
 * Returns: (transfer none) (nullable): the session, or %NULL with an error
 */
OmaRunner *
oma_agent_sync (OmaAgent *agent, const char *account, GError **error)
{
  const OmaSessionCause cause = OMA_SESSION_CAUSE_CLIENT;

  return oma_agent_sync_for (agent, account, &cause, error);
}

/**
 * oma_agent_sync_for:
 * @agent: an agent that was started
 * @account: name of an account
 * @cause: why; accounts of DM 1.x have no use for it; copied
 * @error: return location for an %OMA_AGENT_ERROR
 *
 * Asks for a session with the account's server.  If one is queued or under way that does for @cause, too, it is that
 * one.  It begins from the main loop, so that the caller can connect to its signals before.
 *
 * Returns: (transfer none) (nullable): the session, or %NULL with %OMA_AGENT_ERROR_NO_ACCOUNT
 *   or %OMA_AGENT_ERROR_STOPPING
 */
OmaRunner *
oma_agent_sync_for (OmaAgent *agent, const char *account, const OmaSessionCause *cause, GError **error)
{
  OmaAccount *found = oma_agent_find_account (agent, account);

  if (agent->stopping)
    {
      g_set_error_literal (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
      return NULL;
    }
  if (found == NULL)
    {
      g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "There is no account %s", account);
      return NULL;
    }
  return add_session (agent, found, cause);
}

/**
 * oma_agent_set_interaction:
 * @agent: an agent
 * @interaction: (nullable): asks the person at the device for the sessions that begin from now
 *   on; without it they cannot be asked
 */
void
oma_agent_set_interaction (OmaAgent *agent, OmaInteraction *interaction)
{
  oma_session_queue_set_interaction (agent->sessions, interaction);
}

/**
 * oma_agent_get_interaction:
 * @agent: an agent
 *
 * Returns: (transfer none) (nullable): what oma_agent_set_interaction() set
 */
OmaInteraction *
oma_agent_get_interaction (OmaAgent *agent)
{
  return oma_session_queue_get_interaction (agent->sessions);
}

/**
 * oma_agent_get_sessions:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaRunner): sessions that are queued, under way or
 *   ended a short while ago, in the order in which they were asked for
 */
GPtrArray *
oma_agent_get_sessions (OmaAgent *agent)
{
  return oma_session_queue_get_all (agent->sessions);
}

/* ---- Stop ---- */

static void
finish_stop (OmaAgent *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->stop_task);

  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_task_return_boolean (task, TRUE);
}

/* Internal: what was waited for may have been the last that was under way. */
void
oma_agent_stop_if_idle (OmaAgent *self)
{
  if (self->stop_task != NULL && !is_active (self))
    finish_stop (self);
}

static gboolean
stop_timed_out (gpointer user_data)
{
  OmaAgent *self = user_data;

  self->stop_timer = 0;
  g_warning ("Sessions did not end in time");
  finish_stop (self);
  return G_SOURCE_REMOVE;
}

/**
 * oma_agent_stop_async:
 * @agent: an agent that was started
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Ends the sessions, each with Alert 1223 to its server, and lets changes to accounts and the undoing
 * of units of work come to their end, in 5 seconds at most.  From now on there is no new session and no new change to
 * accounts.  The store is closed with the last reference to the agent.
 */
void
oma_agent_stop_async (OmaAgent *agent, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (!agent->stopping && agent->executor != NULL);
  agent->stopping = TRUE;
  g_hash_table_remove_all (agent->retries);
  g_hash_table_remove_all (agent->schedule);
  oma_subscription_list_stop (agent->subscriptions);
  oma_session_queue_stop (agent->sessions);
  g_cancellable_cancel (agent->fetches);
  oma_unit_list_stop (agent->units);
  oma_follower_stop (agent->follower);
  if (agent->device_id_read != NULL)
    g_cancellable_cancel (agent->device_id_read);
  agent->stop_task = g_task_new (agent, NULL, callback, user_data);
  g_task_set_source_tag (agent->stop_task, oma_agent_stop_async);
  agent->stop_timer = g_timeout_add_seconds (STOP_TIMEOUT, stop_timed_out, agent);
  oma_agent_stop_if_idle (agent);
}

/**
 * oma_agent_stop_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for an error
 *
 * Returns: %TRUE: no session is under way
 */
gboolean
oma_agent_stop_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, agent), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- What it is made of ---- */

/**
 * oma_agent_get_config:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the configuration
 */
const OmaConfig *
oma_agent_get_config (OmaAgent *agent)
{
  return agent->config;
}

/**
 * oma_agent_get_alerts:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): what servers are to be told
 */
OmaAlertList *
oma_agent_get_alerts (OmaAgent *agent)
{
  return agent->alerts;
}

/**
 * oma_agent_get_units:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the units of work that are to be undone
 */
OmaUnitList *
oma_agent_get_units (OmaAgent *agent)
{
  return agent->units;
}

/**
 * oma_agent_get_executor:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the one door to the tree
 */
OmaExecutor *
oma_agent_get_executor (OmaAgent *agent)
{
  return agent->executor;
}

/**
 * oma_agent_get_tree:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the tree
 */
OmaTree *
oma_agent_get_tree (OmaAgent *agent)
{
  return agent->tree;
}

/**
 * oma_agent_get_store:
 * @agent: an agent that was started
 *
 * Returns: (transfer none): the store
 */
OmaStore *
oma_agent_get_store (OmaAgent *agent)
{
  return agent->store;
}

/**
 * oma_agent_get_device_id:
 * @agent: an agent that was started
 *
 * Returns: (transfer none) (nullable): ./DevInfo/DevId, the device's name towards servers
 */
const char *
oma_agent_get_device_id (OmaAgent *agent)
{
  return oma_session_queue_get_device_id (agent->sessions);
}

/**
 * oma_agent_get_plugins:
 * @agent: an agent that was started
 *
 * Returns: (transfer none) (element-type OmaPluginInfo): the plugins, failed ones included
 */
GPtrArray *
oma_agent_get_plugins (OmaAgent *agent)
{
  return oma_plugin_loader_get_plugins (agent->loader);
}

/**
 * oma_agent_find_plugin:
 * @agent: an agent that was started
 * @name: name of a plugin
 * @error: return location for an error
 *
 * Returns: (transfer none): what is known of the plugin, or %NULL with %OMA_AGENT_ERROR_NO_PLUGIN
 */
const OmaPluginInfo *
oma_agent_find_plugin (OmaAgent *agent, const char *name, GError **error)
{
  const OmaPluginInfo *info = oma_plugin_loader_find_plugin (agent->loader, name);

  if (info == NULL)
    g_set_error (error, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_PLUGIN, "There is no plugin %s", name);
  return info;
}

/**
 * oma_agent_list_plugin_nodes:
 * @agent: an agent that was started
 * @name: name of a plugin
 *
 * Returns: (transfer full) (element-type OmaPluginNode): see oma_plugin_loader_list_nodes()
 */
GPtrArray *
oma_agent_list_plugin_nodes (OmaAgent *agent, const char *name)
{
  return oma_plugin_loader_list_nodes (agent->loader, name);
}

/**
 * oma_agent_reset_plugin:
 * @agent: an agent that was started
 * @name: name of a plugin
 * @error: return location for an error
 *
 * Forgets that a plugin took the daemon down.  One that was left out is loaded when the daemon starts
 * the next time.
 *
 * Returns: %TRUE when it is forgotten, or %FALSE with %OMA_AGENT_ERROR_NO_PLUGIN, or a %G_IO_ERROR when
 *   that cannot be written
 */
gboolean
oma_agent_reset_plugin (OmaAgent *agent, const char *name, GError **error)
{
  if (oma_agent_find_plugin (agent, name, error) == NULL ||
      (agent->crashes != NULL && !oma_crash_record_reset (agent->crashes, name, error)))
    return FALSE;
  oma_plugin_loader_find_plugin (agent->loader, name)->crashes = 0;
  return TRUE;
}

/**
 * oma_agent_get_refused_ddf:
 * @agent: an agent
 *
 * Returns: (transfer none) (element-type OmaRefusedDdf): the administrator's DDF files that were
 *   refused, and why
 */
GPtrArray *
oma_agent_get_refused_ddf (OmaAgent *agent)
{
  return agent->refused_ddf;
}

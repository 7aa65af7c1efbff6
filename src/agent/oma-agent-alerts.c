/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-agent-private.h"

#include "agent/oma-account-private.h"
#include "agent/oma-account-state.h"

typedef struct {
  gboolean done, loaded;
  GError **error;
} AlertsLoad;

static void
alerts_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  AlertsLoad *load = user_data;

  load->loaded = oma_alert_list_load_finish (OMA_ALERT_LIST (source), result, load->error);
  load->done = TRUE;
}

static OmaAccount *
find_account_of (OmaAgent *self, const char *server_id)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    if (g_strcmp0 (oma_account_get_server_id (accounts->pdata[i]), server_id) == 0)
      return accounts->pdata[i];
  return NULL;
}

static gboolean
holds_alerts (const char *server_id, gpointer user_data)
{
  OmaAccount *account = find_account_of (user_data, server_id);

  return account != NULL && oma_account_get_flag (account, OMA_ACCOUNT_OPTION_HOLD_ALERTS);
}

/* An alert that asks for a session gets one, unless one is under way: that takes it along, or
 * another one follows.  One for whoever comes first goes to the first account. */
static void
alert_ready (OmaAlertList *list G_GNUC_UNUSED, const char *server_id, const char *report_uri, gpointer user_data)
{
  OmaAgent *self = user_data;
  GPtrArray *accounts = oma_agent_get_accounts (self);
  OmaAccount *account = server_id != NULL ? find_account_of (self, server_id) : NULL;

  if (server_id == NULL && oma_session_queue_count_running (self->sessions) == 0 && accounts->len > 0)
    account = accounts->pdata[0];
  if (account != NULL)
    oma_agent_open_session (self, account, report_uri);
}

/* Internal: an account that is gone takes its alerts along. */
void
oma_agent_drop_homeless_alerts (OmaAgent *self)
{
  g_autoptr(GPtrArray) alerts = oma_alert_list_get_all (self->alerts);
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = alerts->pdata[i];

      if (alert->server_id != NULL && find_account_of (self, alert->server_id) == NULL)
        g_array_append_val (ids, alert->id);
    }
  for (guint i = 0; i < ids->len; i++)
    oma_alert_list_drop (self->alerts, g_array_index (ids, gint64, i));
}

/* Internal: reads the alerts that earlier runs of the daemon left. */
gboolean
oma_agent_open_alerts (OmaAgent *self, GError **error)
{
  AlertsLoad load = { .error = error };

  self->alerts = oma_alert_list_new (self->store);
  oma_alert_list_load_async (self->alerts, alerts_loaded, &load);
  while (!load.done)
    g_main_context_iteration (NULL, TRUE);
  if (!load.loaded)
    return FALSE;
  oma_alert_list_set_hold_func (self->alerts, holds_alerts, self);
  g_signal_connect (self->alerts, "ready", G_CALLBACK (alert_ready), self);
  return TRUE;
}

static void
deliver_to_addresses (OmaAgent *self, OmaAccount *account)
{
  g_autoptr(GPtrArray) addresses = oma_alert_list_list_addresses (self->alerts, oma_account_get_server_id (account));

  for (guint i = 0; i < addresses->len; i++)
    oma_agent_open_session (self, account, addresses->pdata[i]);
}

/* Internal: opens sessions with servers that wait for an alert since an earlier run of the daemon. */
void
oma_agent_deliver_alerts (OmaAgent *self)
{
  GPtrArray *accounts = oma_agent_get_accounts (self);

  for (guint i = 0; i < accounts->len; i++)
    {
      const char *server_id = oma_account_get_server_id (accounts->pdata[i]);

      if (server_id == NULL)
        continue;
      if (oma_alert_list_session_over (self->alerts, server_id, NULL, FALSE))
        oma_agent_open_session (self, accounts->pdata[i], NULL);
      deliver_to_addresses (self, accounts->pdata[i]);
    }
}

/* An address that must not be asked, or does not want to hear (DM Protocol 2.0, HTTP binding: after 4xx no reconnection),
 * is not tried again.  Our reading: its alerts go to the account's own. */
static gboolean
is_refused_address (OmaRunner *runner)
{
  const GError *error = oma_runner_get_error (runner);

  return oma_runner_get_report_uri (runner) != NULL &&
         (g_error_matches (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY) ||
          g_error_matches (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT) ||
          (g_error_matches (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_REFUSED) &&
           oma_runner_get_retry_after (runner) == 0));
}

static void
give_up_address (OmaAgent *self, OmaRunner *runner)
{
  OmaAccount *account = oma_runner_get_account (runner);
  const char *report_uri = oma_runner_get_report_uri (runner);

  g_warning ("Account %s: %s cannot be told of the end of an Exec: %s; its account's address is told",
             oma_account_get_name (account), report_uri, oma_runner_get_reason (runner));
  oma_agent_forget_retry (self, oma_account_get_name (account), report_uri);
  oma_alert_list_forget_address (self->alerts, oma_account_get_server_id (account), report_uri);
}

/* Internal: an alert that was raised when the session had said all it had to say needs another one; so does one
 * whose session failed, after a while. */
void
oma_agent_follow_up_alerts (OmaAgent *self, OmaRunner *runner)
{
  OmaAccount *account = oma_runner_get_account (runner);
  const char *server_id = oma_account_get_server_id (account);
  const char *report_uri = oma_runner_get_report_uri (runner);
  gboolean succeeded = oma_runner_get_state (runner) == OMA_RUNNER_SUCCEEDED;
  gboolean wanted = server_id != NULL &&
                    oma_alert_list_session_over (self->alerts, server_id, report_uri, succeeded);

  wanted |= !succeeded && report_uri == NULL && oma_account_is_bootstrap_untold (account);
  if (succeeded)
    oma_agent_forget_retry (self, oma_account_get_name (account), report_uri);
  if (wanted && succeeded)
    oma_agent_open_session (self, account, report_uri);
  else if (wanted && oma_account_exists (account) && is_refused_address (runner))
    give_up_address (self, runner);
  else if (wanted && oma_account_exists (account))
    oma_agent_try_again (self, runner);
}

static void
alert_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  gint64 id = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);

  if (id != 0)
    g_task_return_pointer (task, g_memdup2 (&id, sizeof id), g_free);
  else
    g_task_return_error (task, error);
}

/**
 * oma_agent_raise_alert_async:
 * @agent: an agent that was started
 * @account: (nullable): the account whose server is to be told, %NULL for whoever comes first
 * @alert: (transfer full): what to tell; its server is set here
 * @sync: open a session for it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Keeps an alert until its server has acknowledged it.
 */
void
oma_agent_raise_alert_async (OmaAgent *agent, const char *account, OmaAlert *alert, gboolean sync,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (agent, NULL, callback, user_data);
  g_autoptr(OmaAlert) own_alert = alert;
  OmaAccount *found = account != NULL ? oma_agent_find_account (agent, account) : NULL;

  g_task_set_source_tag (task, oma_agent_raise_alert_async);
  if (agent->stopping)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is about to end");
  else if (account != NULL && found == NULL)
    g_task_return_new_error (task, OMA_AGENT_ERROR, OMA_AGENT_ERROR_NO_ACCOUNT, "There is no account %s", account);
  else
    {
      g_free (own_alert->server_id);
      own_alert->server_id = found != NULL ? g_strdup (oma_account_get_server_id (found)) : NULL;
      oma_alert_list_put_async (agent->alerts, g_steal_pointer (&own_alert), OMA_ALERT_READY, sync, alert_kept,
                                g_steal_pointer (&task));
    }
}

/**
 * oma_agent_raise_alert_finish:
 * @agent: an agent
 * @result: what the callback got
 * @error: return location for %OMA_AGENT_ERROR_NO_ACCOUNT, %OMA_AGENT_ERROR_STOPPING, or an
 *   error as of oma_alert_list_put_finish()
 *
 * Returns: the alert's id, 0 when it was not kept
 */
gint64
oma_agent_raise_alert_finish (OmaAgent *agent, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *id = NULL;

  g_return_val_if_fail (g_task_is_valid (result, agent), 0);
  id = g_task_propagate_pointer (G_TASK (result), error);
  return id != NULL ? *id : 0;
}

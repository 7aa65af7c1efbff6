/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-exec-report.h"

#include "session/oma-late-exec.h"

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OmaLateExec *exec = user_data;
  g_autoptr(GError) error = NULL;

  exec->note = oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error);
  /* What the plugin has taken on cannot be taken back. */
  if (error != NULL && exec->by_plugin)
    {
      g_warning ("%s: the end of the Exec may go to another server than its own: %s", exec->uri, error->message);
      g_clear_error (&error);
    }
  oma_late_exec_accept (exec, error);
}

/* An alert stands for the Exec from before it is answered, so that its end is told even when the
 * daemon does not live to see it. */
static void
accept_exec (OmaLateExec *exec, gpointer user_data)
{
  OmaAlert *alert;

  if (exec->principal.kind != OMA_PRINCIPAL_SERVER)
    {
      oma_late_exec_accept (exec, NULL);
      return;
    }
  alert = g_new0 (OmaAlert, 1);
  alert->server_id = g_strdup (exec->principal.server_id);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (OMA_EXEC_REPORT_TYPE);
  alert->correlator = g_strdup (exec->correlator);
  alert->source = g_strdup (exec->uri);
  alert->report_uri = g_strdup (exec->report_uri);
  alert->solicited = TRUE;
  oma_alert_list_put_async (user_data, alert, exec->by_plugin ? OMA_ALERT_AWAITS_PLUGIN : OMA_ALERT_AWAITS_DAEMON,
                            TRUE, noted_cb, exec);
}

static void
end_exec (OmaLateExec *exec, OmaStatus status, const GError *error, gpointer user_data)
{
  g_info ("%s: the Exec that went on ended: %d %s", exec->uri, status,
          error != NULL ? error->message : oma_status_get_phrase (status));
  if (exec->note != 0)
    oma_alert_list_complete_exec (user_data, exec->note, status);
}

static void
hand_over_exec (OmaLateExec *exec, gpointer user_data)
{
  if (exec->note != 0)
    oma_alert_list_hand_over (user_data, exec->note);
}

/**
 * oma_exec_report_attach:
 * @executor: an executor
 * @alerts: the alerts, which must outlive @executor
 *
 * From now on a server whose Exec was answered with 202 gets an alert when it is over: the Exec's
 * Correlator, the node as Source, the status as Data (DM Representation Protocol 1.2, Exec).  It goes to the address that
 * the command named, if it did (DM Protocol 2.0, EXEC).
 */
void
oma_exec_report_attach (OmaExecutor *executor, OmaAlertList *alerts)
{
  oma_executor_set_late_funcs (executor, accept_exec, end_exec, alerts);
  oma_executor_set_hand_over_func (executor, hand_over_exec);
}

static void
plugin_alert_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *plugin = user_data;
  g_autoptr(GError) error = NULL;

  if (oma_alert_list_put_finish (OMA_ALERT_LIST (source), result, &error) == 0)
    g_warning ("An alert of plugin %s was lost: %s", plugin, error->message);
}

/**
 * oma_exec_report_by_plugin:
 * @alerts: the alerts
 * @plugin: name of the plugin
 * @type: type of the alert
 * @mark: (nullable): its mark
 * @uri: (nullable): the node that it is about
 * @correlator: (nullable): that of an Exec
 * @data: what there is to tell
 *
 * Takes an alert of a plugin: the end of an Exec that goes on, in place of what the daemon would tell
 * of it, or an event of its own.
 */
void
oma_exec_report_by_plugin (OmaAlertList *alerts, const char *plugin, const char *type, const char *mark,
                           const char *uri, const char *correlator, OmaValue *data)
{
  gint64 pending = uri != NULL ? oma_alert_list_find_pending (alerts, uri, correlator) : 0;
  OmaAlert *alert;

  if (pending != 0)
    {
      oma_alert_list_complete (alerts, pending, type, mark, data);
      return;
    }
  alert = g_new0 (OmaAlert, 1);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (type);
  alert->mark = g_strdup (mark);
  alert->source = g_strdup (uri);
  alert->correlator = g_strdup (correlator);
  alert->data = oma_value_ref (data);
  oma_alert_list_put_async (alerts, alert, OMA_ALERT_READY, FALSE, plugin_alert_kept, g_strdup (plugin));
}

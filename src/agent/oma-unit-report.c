/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-unit-report.h"

#include "agent/oma-log.h"

static const struct {
  const char *name;     /* in alerts */
  const char *mark;
  const char *text;     /* in the log */
} fates[] = {
  [OMA_UNIT_FATE_UNKNOWN] = { "unknown", "warning", "was not tried" },
  [OMA_UNIT_FATE_UNDONE] = { "undone", "informational", "is undone" },
  [OMA_UNIT_FATE_PARTLY_UNDONE] = { "partly-undone", "warning", "is not wholly undone" },
  [OMA_UNIT_FATE_EXECUTED] = { "may-have-run", "warning", "is undone, but for what was executed" },
};

/**
 * oma_unit_report_get_fate:
 * @report: of oma_executor_undo_unit_finish()
 *
 * Returns: the worst of what became of the changes
 */
OmaUnitFate
oma_unit_report_get_fate (const OmaUndoReport *report)
{
  if (report->n_failed > 0 || report->n_left > 0)
    return OMA_UNIT_FATE_PARTLY_UNDONE;
  if (report->n_executed > 0)
    return OMA_UNIT_FATE_EXECUTED;
  return report->kept == NULL || report->n_undone > 0 ? OMA_UNIT_FATE_UNDONE : OMA_UNIT_FATE_UNKNOWN;
}

static char *
format_time (gint64 seconds)
{
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc (seconds);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("?");
}

/**
 * oma_unit_report_log:
 * @info: a unit of work
 * @report: what became of it
 * @error: (nullable): why it is not undone
 *
 * Logs the end of an attempt to undo it.
 */
void
oma_unit_report_log (const OmaUnitInfo *info, const OmaUndoReport *report, const GError *error)
{
  OmaUnitFate fate = oma_unit_report_get_fate (report);
  g_autofree char *time = format_time (info->time);

  oma_log_event (fate == OMA_UNIT_FATE_UNDONE ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_WARNING, OMA_LOG_ID_UNIT, NULL,
                 info->history_id,
                 "Unit of work %" G_GINT64_FORMAT " of %s, begun %s, %s: %u undone, %u left to who changed them since, "
                 "%u failed, %u Execs that may have run%s%s%s",
                 info->id, info->server_id != NULL ? info->server_id : "this device", time, fates[fate].text,
                 report->n_undone, report->n_left, report->n_failed, report->n_executed,
                 report->kept != NULL ? "; it is kept and tried again" : "", error != NULL ? ": " : "",
                 error != NULL ? error->message : "");
}

/* The fate, the number that the device knows it by, when it began, and the session as the server knows it. */
static OmaValue *
make_data (const OmaUnitInfo *info, OmaUnitFate fate)
{
  g_autofree char *time = format_time (info->time);
  g_autofree char *text = g_strdup_printf ("%s %" G_GINT64_FORMAT " %s%s%s", fates[fate].name, info->id, time,
                                           info->session_id != NULL ? " " : "",
                                           info->session_id != NULL ? info->session_id : "");

  return oma_value_new_string (text);
}

/**
 * oma_unit_report_make_alert:
 * @info: a unit of work of a server
 * @fate: what became of it
 *
 * Returns: (transfer full): the generic alert that tells the server (DM Protocol 1.2, section 8.7)
 */
OmaAlert *
oma_unit_report_make_alert (const OmaUnitInfo *info, OmaUnitFate fate)
{
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  alert->server_id = g_strdup (info->server_id);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (OMA_UNIT_ALERT_TYPE);
  alert->mark = g_strdup (fates[fate].mark);
  alert->data = make_data (info, fate);
  return alert;
}

/**
 * oma_unit_report_complete:
 * @alerts: the alerts
 * @id: the alert that stood for the end of the undoing, 0 for none
 * @info: the unit of work
 * @fate: what became of it
 *
 * Returns: whether the alert is sent now; %FALSE when there is no such alert, or it was sent already
 */
gboolean
oma_unit_report_complete (OmaAlertList *alerts, gint64 id, const OmaUnitInfo *info, OmaUnitFate fate)
{
  g_autoptr(OmaValue) data = make_data (info, fate);

  return id != 0 && oma_alert_list_complete (alerts, id, NULL, fates[fate].mark, data);
}

/**
 * oma_unit_report_get_unit:
 * @alert: an alert
 *
 * Returns: the number of the unit of work that it tells of, or will; 0 when it tells of none
 */
gint64
oma_unit_report_get_unit (const OmaAlert *alert)
{
  const char *text = alert->data != NULL && g_strcmp0 (alert->type, OMA_UNIT_ALERT_TYPE) == 0
                       ? oma_value_get_text (alert->data) : NULL;
  g_auto(GStrv) words = g_strsplit (text != NULL ? text : "", " ", 3);
  guint64 unit;

  if (g_strv_length (words) < 3 || !g_ascii_string_to_unsigned (words[1], 10, 1, G_MAXINT64, &unit, NULL))
    return 0;
  return (gint64) unit;
}

/**
 * oma_unit_report_supersede:
 * @alerts: the alerts
 * @id: the alert that tells the latest of a unit of work
 * @unit: its number
 *
 * Drops what else would be told of the unit.
 */
void
oma_unit_report_supersede (OmaAlertList *alerts, gint64 id, gint64 unit)
{
  g_autoptr(GPtrArray) all = oma_alert_list_get_all (alerts);
  g_autoptr(GArray) old = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < all->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (all, i);

      if (alert->id != id && oma_unit_report_get_unit (alert) == unit)
        g_array_append_val (old, alert->id);
    }
  for (guint i = 0; i < old->len; i++)
    oma_alert_list_drop (alerts, g_array_index (old, gint64, i));
}

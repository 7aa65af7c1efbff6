/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-interruption.h"

/* What one report needs until its alert is kept. */
typedef struct {
  OmaAlertQueue *queue;
  char          *server_id;
  GPtrArray     *records;   /* (element-type OmaSessionRecord) */
} Report;

static void
report_free (Report *report)
{
  g_object_unref (report->queue);
  g_free (report->server_id);
  g_clear_pointer (&report->records, g_ptr_array_unref);
  g_free (report);
}

/* A line for each session: its SessionID as the server knows it, and how many commands. */
static OmaAlert *
make_alert (const Report *report)
{
  g_autoptr(GString) text = g_string_new (NULL);
  OmaAlert *alert = g_new0 (OmaAlert, 1);

  for (guint i = 0; i < report->records->len; i++)
    {
      const OmaSessionRecord *record = report->records->pdata[i];

      g_string_append_printf (text, "%s%s %u", i > 0 ? "\n" : "", record->session_id, record->unanswered);
    }
  alert->server_id = g_strdup (report->server_id);
  alert->code = OMA_ALERT_GENERIC;
  alert->type = g_strdup (OMA_INTERRUPTION_ALERT_TYPE);
  alert->mark = g_strdup ("informational");
  alert->data = oma_value_new_string (text->str);
  return alert;
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  OmaStore *store = g_task_get_source_object (task);
  Report *report = g_task_get_task_data (task);
  GError *error = NULL;

  if (oma_alert_queue_add_finish (OMA_ALERT_QUEUE (source), result, &error) == 0)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < report->records->len; i++)
    oma_store_set_reported (store, ((OmaSessionRecord *) report->records->pdata[i])->id);
  g_task_return_boolean (task, TRUE);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Report *report = g_task_get_task_data (task);
  GError *error = NULL;

  report->records = oma_store_list_sessions_finish (OMA_STORE (source), result, &error);
  if (report->records == NULL)
    g_task_return_error (task, error);
  else if (report->records->len == 0)
    g_task_return_boolean (task, TRUE);
  else
    oma_alert_queue_add_async (report->queue, make_alert (report), added_cb, g_steal_pointer (&task));
}

/**
 * oma_interruption_report_async:
 * @store: a store
 * @queue: what servers are to be told
 * @account: name of an account
 * @server_id: its server
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Puts one generic alert into @queue if earlier sessions left commands that were executed and
 * whose answers the server never acknowledged.  Each session is told once; when the machine
 * fails between the alert and its note, twice.
 */
void
oma_interruption_report_async (OmaStore *store, OmaAlertQueue *queue, const char *account, const char *server_id,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (store, NULL, callback, user_data);
  Report *report = g_new0 (Report, 1);

  g_task_set_source_tag (task, oma_interruption_report_async);
  report->queue = g_object_ref (queue);
  report->server_id = g_strdup (server_id);
  g_task_set_task_data (task, report, (GDestroyNotify) report_free);
  oma_store_list_unreported_async (store, account, listed_cb, task);
}

/**
 * oma_interruption_report_finish:
 * @store: the store
 * @result: what the callback got
 * @error: return location for an %OMA_STATUS_ERROR of the store or the queue
 *
 * Returns: %TRUE when there was nothing to tell or the alert is kept
 */
gboolean
oma_interruption_report_finish (OmaStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, store), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

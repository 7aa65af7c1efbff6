/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-alert-list-private.h"

#include <string.h>

/* What sessions ask: which alerts a server gets at which address, and what became of them. */

static gboolean
may_get (const OmaAlertEntry *entry, const char *server_id, const char *report_uri, gboolean hold)
{
  const OmaAlert *alert = entry->alert;

  if (g_strcmp0 (alert->report_uri, report_uri) != 0)
    return FALSE;
  if (entry->pending != OMA_ALERT_READY || (hold && !alert->solicited))
    return FALSE;
  if (alert->server_id != NULL)
    return strcmp (alert->server_id, server_id) == 0;
  return entry->claimed_by == NULL || strcmp (entry->claimed_by, server_id) == 0;
}

/* Internal: what a session can send now. */
GPtrArray *
oma_alert_list_list_for_session (OmaAlertQueue *queue, const char *server_id, const char *report_uri)
{
  OmaAlertList *self = OMA_ALERT_LIST (queue);
  gboolean hold = self->hold_func != NULL && self->hold_func (server_id, self->hold_data);
  GPtrArray *alerts = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      OmaAlertEntry *entry = g_ptr_array_index (self->entries, i);

      if (!may_get (entry, server_id, report_uri, hold))
        continue;
      entry->offered = TRUE;
      if (entry->alert->server_id == NULL && entry->claimed_by == NULL)
        entry->claimed_by = g_strdup (server_id);
      g_ptr_array_add (alerts, entry->alert);
    }
  return alerts;
}

static gboolean
is_final (OmaStatus status)
{
  if (status == OMA_STATUS_INVALID_CREDENTIALS || status == OMA_STATUS_MISSING_CREDENTIALS)
    return FALSE;
  return oma_status_is_success (status) || ((int) status >= 400 && (int) status < 500);
}

/* Internal: a server has answered an alert. */
void
oma_alert_list_settle (OmaAlertQueue *queue, gint64 id, OmaStatus status)
{
  OmaAlertList *self = OMA_ALERT_LIST (queue);
  OmaAlertEntry *entry = oma_alert_list_find (self, id, NULL);

  if (entry == NULL)
    return;
  if (!oma_status_is_success (status))
    g_info ("Alert %" G_GINT64_FORMAT " was not taken: %d %s; it is %s", id, status, oma_status_get_phrase (status),
            is_final (status) ? "dropped" : "sent again in the next session");
  if (is_final (status))
    oma_alert_list_drop (self, id);
}

/**
 * oma_alert_list_session_over:
 * @list: a list
 * @server_id: a server whose session ended
 * @report_uri: (nullable): the address that the session was with, %NULL for that of its account
 * @succeeded: it ended in order
 *
 * What the session did not get rid of is free again; of one that failed it counts as not offered.
 *
 * Returns: whether there is an urgent alert that came too late for the session, so that another
 *   one should follow (DM Protocol 1.2, section 6: an extra package breaks servers)
 */
gboolean
oma_alert_list_session_over (OmaAlertList *list, const char *server_id, const char *report_uri, gboolean succeeded)
{
  gboolean hold = list->hold_func != NULL && list->hold_func (server_id, list->hold_data);
  gboolean wanted = FALSE;

  for (guint i = 0; i < list->entries->len; i++)
    {
      OmaAlertEntry *entry = g_ptr_array_index (list->entries, i);

      if (report_uri == NULL && g_strcmp0 (entry->claimed_by, server_id) == 0)
        g_clear_pointer (&entry->claimed_by, g_free);
      if (!may_get (entry, server_id, report_uri, hold))
        continue;
      entry->offered &= succeeded;
      wanted |= entry->urgent && !entry->offered;
    }
  return wanted;
}

/**
 * oma_alert_list_list_addresses:
 * @list: a list
 * @server_id: a server
 *
 * Returns: (transfer full) (element-type utf8): the addresses that @server_id named for alerts which are ready and
 *   want a session, each once
 */
GPtrArray *
oma_alert_list_list_addresses (OmaAlertList *list, const char *server_id)
{
  GPtrArray *addresses = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < list->entries->len; i++)
    {
      const OmaAlertEntry *entry = g_ptr_array_index (list->entries, i);
      const char *uri = entry->alert->report_uri;

      if (uri != NULL && entry->urgent && may_get (entry, server_id, uri, FALSE) &&
          !g_ptr_array_find_with_equal_func (addresses, uri, g_str_equal, NULL))
        g_ptr_array_add (addresses, g_strdup (uri));
    }
  return addresses;
}

/**
 * oma_alert_list_forget_address:
 * @list: a list
 * @server_id: a server
 * @report_uri: an address that it named, and that cannot be used
 *
 * From now on the alerts for that address, those of Execs that go on included, go to the address of the server's
 * account.
 */
void
oma_alert_list_forget_address (OmaAlertList *list, const char *server_id, const char *report_uri)
{
  gboolean ready = FALSE;

  for (guint i = 0; i < list->entries->len; i++)
    {
      OmaAlertEntry *entry = g_ptr_array_index (list->entries, i);

      if (g_strcmp0 (entry->alert->server_id, server_id) != 0 ||
          g_strcmp0 (entry->alert->report_uri, report_uri) != 0)
        continue;
      list->size -= oma_alert_list_measure (entry->alert);
      g_clear_pointer (&entry->alert->report_uri, g_free);
      list->size += oma_alert_list_measure (entry->alert);
      entry->offered = FALSE;
      ready |= entry->urgent && entry->pending == OMA_ALERT_READY;
      oma_alert_list_keep (list, entry);
    }
  if (ready)
    g_signal_emit_by_name (list, "ready", server_id, NULL);
}

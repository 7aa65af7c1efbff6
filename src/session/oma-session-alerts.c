/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-session-private.h"

#include <string.h>

/* A session of DM 1.1 has no alerts of the client: they wait for one of a later release, but no
 * longer than this.  Our reading. */
#define LIFE_IN_DM_1_1 (7 * 24 * 3600)   /* seconds */

static OmaSentAlert *
find_sent (const OmaSession *session, gint64 id)
{
  for (guint i = 0; i < session->alerts->len; i++)
    {
      OmaSentAlert *sent = &g_array_index (session->alerts, OmaSentAlert, i);

      if (sent->id == id)
        return sent;
    }
  return NULL;
}

static void
note_sent (OmaSession *session, gint64 id, guint cmd_id)
{
  const OmaSentAlert new = { id, session->msg_id, cmd_id, FALSE };
  OmaSentAlert *sent = find_sent (session, id);

  if (sent != NULL)
    *sent = new;
  else
    g_array_append_val (session->alerts, new);
}

static gboolean
is_due (const OmaSession *session, const OmaAlert *alert)
{
  const OmaSentAlert *sent = find_sent (session, alert->id);

  return sent == NULL || sent->again;
}

static gint64
get_time (const OmaSession *session)
{
  return session->clock_func != NULL ? session->clock_func (session->clock_data) : g_get_real_time () / G_USEC_PER_SEC;
}

static void
drop_old_alerts (OmaSession *session, GPtrArray *alerts)
{
  gint64 oldest = get_time (session) - LIFE_IN_DM_1_1;
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      if (alert->time < oldest)
        g_array_append_val (ids, alert->id);
    }
  for (guint i = 0; i < ids->len; i++)
    oma_alert_queue_settle (session->alert_queue, g_array_index (ids, gint64, i), OMA_STATUS_NOT_SUPPORTED);
}

/**
 * oma_session_write_alerts:
 * @session: a session
 * @writer: its message, that holds everything which comes before new alerts
 *
 * Writes the alerts that the server may get and has not got in this session, each as an Alert of
 * its own, until the message is full (DM Protocol 1.2, sections 8.3, 8.5 and 8.7).  One that does
 * not fit into any message to this server is given up: alerts are not cut into parts.
 *
 * Returns: whether all are written
 */
gboolean
oma_session_write_alerts (OmaSession *session, OmaDm1Writer *writer)
{
  gsize empty = writer->base;
  g_autoptr(GPtrArray) alerts = NULL;
  g_autoptr(GArray) too_large = g_array_new (FALSE, FALSE, sizeof (gint64));

  session->alerts_left = FALSE;
  if (session->alert_queue == NULL)
    return TRUE;
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id);
  if (session->version < OMA_DM_1_2)
    {
      drop_old_alerts (session, alerts);
      return TRUE;
    }
  for (guint i = 0; i < alerts->len && !session->alerts_left; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      if (!is_due (session, alert))
        continue;
      if (oma_dm1_write_client_alert (writer, alert))
        note_sent (session, alert->id, writer->cmd_id);
      else if (oma_encoder_get_size (writer->encoder) > empty)
        session->alerts_left = TRUE;
      else
        g_array_append_val (too_large, alert->id);
    }
  for (guint i = 0; i < too_large->len; i++)
    oma_alert_queue_settle (session->alert_queue, g_array_index (too_large, gint64, i), OMA_STATUS_ENTITY_TOO_LARGE);
  return !session->alerts_left;
}

/**
 * oma_session_has_alerts:
 * @session: a session
 *
 * Returns: whether alerts are left that did not fit into the last message.  New ones do not count:
 *   a session that is at its end is not prolonged for them (DM Protocol 1.2, section 8)
 */
gboolean
oma_session_has_alerts (const OmaSession *session)
{
  g_autoptr(GPtrArray) alerts = NULL;

  if (!session->alerts_left)
    return FALSE;
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id);
  for (guint i = 0; i < alerts->len; i++)
    if (is_due (session, g_ptr_array_index (alerts, i)))
      return TRUE;
  return FALSE;
}

/**
 * oma_session_rewind_alerts:
 * @session: a session whose last message the server has not taken
 *
 * What that message held is sent again.
 */
void
oma_session_rewind_alerts (OmaSession *session)
{
  for (guint i = 0; i < session->alerts->len; i++)
    {
      OmaSentAlert *sent = &g_array_index (session->alerts, OmaSentAlert, i);

      sent->again |= sent->msg_id == session->msg_id;
    }
}

static gboolean
is_number (const char *text, guint number)
{
  guint64 parsed;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &parsed, NULL) && parsed == number;
}

/* Servers leave MsgRef and Cmd out; what is there must be right. */
static gboolean
answers (const OmaSession *session, const OmaCommand *status, const OmaSentAlert *sent)
{
  return !sent->again && is_number (status->cmd_ref, sent->cmd_id) &&
         (status->cmd == NULL || strcmp (status->cmd, "Alert") == 0) &&
         (status->msg_ref != NULL ? is_number (status->msg_ref, sent->msg_id) : sent->msg_id == session->msg_id);
}

static void
settle (OmaSession *session, const OmaCommand *status)
{
  for (guint i = 0; i < session->alerts->len; i++)
    {
      OmaSentAlert *sent = &g_array_index (session->alerts, OmaSentAlert, i);

      if (!answers (session, status, sent))
        continue;
      sent->msg_id = 0;   /* the first answer holds */
      oma_alert_queue_settle (session->alert_queue, sent->id, (OmaStatus) g_ascii_strtoull (status->data, NULL, 10));
      return;
    }
}

/**
 * oma_session_settle_alerts:
 * @session: a session
 * @message: a message of the server, which proved who it is or need not
 *
 * Takes the Statuses of alerts.  An alert without one stays in the queue, for the next session.
 */
void
oma_session_settle_alerts (OmaSession *session, const OmaMessage *message)
{
  if (session->alert_queue == NULL || session->alerts->len == 0)
    return;
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    if (command->type == OMA_COMMAND_STATUS && command->data != NULL)
      settle (session, command);
}

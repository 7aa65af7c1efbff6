/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-session-private.h"
#include "session/oma-version.h"

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

  if (alert->id == session->alert_parts.id)
    return !session->alert_parts.done;
  return sent == NULL || sent->again;
}

static gboolean
is_under_way (const OmaSession *session)
{
  const OmaAlertParts *parts = &session->alert_parts;

  return parts->id != 0 && !parts->done && oma_object_out_has_begun (&parts->out);
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

/* Returns: whether @alert is written to its end; if not, the message is full. */
static gboolean
write_part (OmaSession *session, OmaDm1Writer *writer, const OmaAlert *alert)
{
  OmaAlertParts *parts = &session->alert_parts;
  guint before = writer->cmd_id;

  if (parts->id != alert->id)
    *parts = (OmaAlertParts) { .id = alert->id };
  parts->done = oma_dm1_write_client_alert_part (writer, alert, &parts->out);
  if (writer->cmd_id != before)
    note_sent (session, alert->id, writer->cmd_id);
  return parts->done;
}

static gboolean
write_alert (OmaSession *session, OmaDm1Writer *writer, const OmaAlert *alert)
{
  if (alert->id == session->alert_parts.id || oma_dm1_must_cut_client_alert (writer, alert))
    return write_part (session, writer, alert);
  if (!oma_dm1_write_client_alert (writer, alert))
    return FALSE;
  note_sent (session, alert->id, writer->cmd_id);
  return TRUE;
}

static gboolean
is_too_large (const OmaDm1Writer *writer, const OmaAlert *alert)
{
  return oma_object_out_is_too_large (alert->data, writer->encoding == OMA_ENCODING_XML, writer->max_object);
}

/* Nothing may stand between the parts of an object. */
static gboolean
go_on (OmaSession *session, OmaDm1Writer *writer, GPtrArray *alerts)
{
  if (!is_under_way (session))
    return TRUE;
  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      if (alert->id == session->alert_parts.id)
        return write_part (session, writer, alert);
    }
  session->alert_parts.id = 0;      /* it was taken out of the queue */
  return TRUE;
}

/**
 * oma_session_write_alert_part:
 * @session: a session
 * @writer: its message, that holds all answers
 *
 * Goes on with the alert that is under way, and begins no other: the server has not ended its
 * package.
 *
 * Returns: whether none is under way any more
 */
gboolean
oma_session_write_alert_part (OmaSession *session, OmaDm1Writer *writer)
{
  g_autoptr(GPtrArray) alerts = NULL;

  if (!is_under_way (session))
    return TRUE;
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id, NULL);
  return go_on (session, writer, alerts);
}

/**
 * oma_session_write_alerts:
 * @session: a session
 * @writer: its message, that holds everything which comes before new alerts
 *
 * Writes the alerts that the server may get and has not got in this session, each as an Alert of
 * its own, until the message is full (DM Protocol 1.2, sections 8.3, 8.5 and 8.7).  One that does
 * not fit into any message goes in parts (section 7), unless it is more than the server's
 * MaxObjSize: then it is given up.
 *
 * Returns: whether all are written
 */
gboolean
oma_session_write_alerts (OmaSession *session, OmaDm1Writer *writer)
{
  g_autoptr(GPtrArray) alerts = NULL;
  g_autoptr(GArray) too_large = g_array_new (FALSE, FALSE, sizeof (gint64));

  session->alerts_left = FALSE;
  if (session->alert_queue == NULL)
    return TRUE;
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id, NULL);
  if (!oma_version_has_alert (session->version, OMA_ALERT_GENERIC))
    {
      drop_old_alerts (session, alerts);
      return TRUE;
    }
  session->alerts_left = !go_on (session, writer, alerts);
  for (guint i = 0; i < alerts->len && !session->alerts_left; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      if (!is_due (session, alert))
        continue;
      if (is_too_large (writer, alert))
        g_array_append_val (too_large, alert->id);
      else
        session->alerts_left = !write_alert (session, writer, alert);
    }
  for (guint i = 0; i < too_large->len; i++)
    oma_alert_queue_settle (session->alert_queue, g_array_index (too_large, gint64, i), OMA_STATUS_ENTITY_TOO_LARGE);
  return !session->alerts_left;
}

/**
 * oma_session_restart_alert:
 * @session: a session whose next message has no room for the alert that is under way
 *
 * The parts of an object stand in consecutive messages: it begins anew.
 */
void
oma_session_restart_alert (OmaSession *session)
{
  if (is_under_way (session))
    session->alert_parts = (OmaAlertParts) { .id = session->alert_parts.id };
}

/**
 * oma_session_acknowledge_alert:
 * @session: a session whose last message the server has taken
 *
 * The part that it held need not be sent again.
 */
void
oma_session_acknowledge_alert (OmaSession *session)
{
  if (session->alert_parts.done)
    session->alert_parts.id = 0;
  oma_object_out_acknowledge (&session->alert_parts.out);
}

/**
 * oma_session_stop_alert:
 * @session: a session
 * @uri: (nullable): the node of which the server told No End of Data, %NULL for any
 *
 * Stops the alert that is under way; it stays in the queue, for the next session.
 *
 * Returns: whether there was one
 */
gboolean
oma_session_stop_alert (OmaSession *session, const char *uri)
{
  g_autoptr(GPtrArray) alerts = NULL;

  if (!is_under_way (session))
    return FALSE;
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id, NULL);
  for (guint i = 0; i < alerts->len; i++)
    {
      const OmaAlert *alert = g_ptr_array_index (alerts, i);

      if (alert->id == session->alert_parts.id && uri != NULL && alert->source != NULL &&
          strcmp (alert->source, uri) != 0)
        return FALSE;
    }
  session->alert_parts.id = 0;
  return TRUE;
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
  alerts = oma_alert_queue_list (session->alert_queue, session->server_id, NULL);
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
  oma_object_out_rewind (&session->alert_parts.out);
  session->alert_parts.done = FALSE;
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

/* Of an alert that is under way, only what refuses it counts: the Status of its last part is
 * that of the alert (DM Protocol 1.2, section 7). */
static void
settle (OmaSession *session, const OmaCommand *status)
{
  OmaStatus code = (OmaStatus) g_ascii_strtoull (status->data, NULL, 10);

  for (guint i = 0; i < session->alerts->len; i++)
    {
      OmaSentAlert *sent = &g_array_index (session->alerts, OmaSentAlert, i);

      if (!answers (session, status, sent))
        continue;
      if (code < OMA_STATUS_OK)
        return;             /* 101: another Status follows */
      if (sent->id == session->alert_parts.id && code < 300)
        return;
      if (sent->id == session->alert_parts.id)
        session->alert_parts.id = 0;
      sent->msg_id = 0;   /* the first answer holds */
      oma_alert_queue_settle (session->alert_queue, sent->id, code);
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

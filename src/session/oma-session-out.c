/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-session-private.h"
#include "session/oma-version.h"

#include <string.h>

#define TOO_MANY "The session did not end within its bound of messages"
#define KEEP_ALIVE_TYPE "Reversed-Domain-Name:com.microsoft.mdm.requestpending"
#define MAX_ANSWER (4 * 1024 * 1024)   /* octets of a message of ours, whatever the server takes */

static void
fill_header (OmaSession *session, OmaHeader *header, char *msg_id, gsize size)
{
  g_snprintf (msg_id, size, "%u", ++session->msg_id);
  session->taken = FALSE;
  oma_version_fill_header (session->version, header);
  header->session_id = session->session_id;
  header->msg_id = msg_id;
  header->target = session->uri;
  header->source = session->device_id;
  if (session->phase == OMA_PHASE_SETUP)
    {
      header->meta.max_msg_size = session->max_msg_size;
      header->meta.max_obj_size = session->max_obj_size;
    }
  /* While commands run, one of several that belong together may be done. */
  if (session->background == NULL)
    oma_auth_refresh (session->auth);
  oma_auth_fill_header (session->auth, header);
}

/* The Status for a challenge precedes that of the message whose answer is sent again. */
static void
write_header_statuses (OmaSession *session, OmaDm1Writer *writer)
{
  if (session->owed_sent)
    return;
  if (session->challenge.msg_id != NULL)
    oma_dm1_write_header_status (writer, &session->challenge);
  if (session->owed.msg_id != NULL)
    oma_dm1_write_header_status (writer, &session->owed);
  session->owed_sent = TRUE;
}

/* A server that did not prove who it is gets the Statuses of what it sent and nothing else (DM
 * Protocol 1.2, section 9). */
static gboolean
is_refusing (const OmaSession *session)
{
  return session->owed.status == OMA_STATUS_INVALID_CREDENTIALS ||
         session->owed.status == OMA_STATUS_MISSING_CREDENTIALS;
}

static gboolean
write_answers (OmaSession *session, OmaDm1Writer *writer)
{
  gboolean refusing = is_refusing (session);

  for (GList *l = session->batches.head; l != NULL; l = l->next)
    {
      OmaBatch *batch = l->data;

      if ((!refusing || batch->refused) && !oma_dm1_write_batch (writer, batch))
        return FALSE;
    }
  return TRUE;
}

/* Returns: whether the package ends with this message. */
static gboolean
write_package (OmaSession *session, OmaDm1Writer *writer)
{
  if (!write_answers (session, writer))
    {
      oma_session_restart_alert (session);
      return FALSE;
    }
  if (is_refusing (session))
    return session->server_closed && !oma_session_has_pending (session);
  if (session->server_closed)
    return oma_session_write_alerts (session, writer);
  oma_session_write_alert_part (session, writer);
  oma_dm1_write_alert (writer, OMA_DM1_ALERT_NEXT_MESSAGE);
  return FALSE;
}

/* Writes what is due: package 1, or answers as far as they fit.  The package ends when all is
 * said and the server has ended its own (DM Protocol 1.2, section 6). */
static GBytes *
compose (OmaSession *session, gboolean abort)
{
  OmaHeader header = { 0 };
  OmaDm1Writer writer;
  char msg_id[16];
  gboolean final = TRUE;

  fill_header (session, &header, msg_id, sizeof msg_id);
  oma_dm1_writer_begin (&writer, session->encoding, &header,
                        session->server_max_size > 0 ? MIN (session->server_max_size, MAX_ANSWER) : MAX_ANSWER);
  writer.max_object = session->server_max_object;
  write_header_statuses (session, &writer);
  if (abort)
    {
      write_answers (session, &writer);
      oma_dm1_write_alert (&writer, OMA_DM1_ALERT_SESSION_ABORT);
    }
  else if (session->phase == OMA_PHASE_SETUP)
    {
      oma_dm1_write_alert (&writer, session->alert);
      oma_dm1_write_dev_info (&writer, session->dev_info);
      session->server_closed = TRUE;    /* there is no package of the server yet */
      final = oma_session_write_alerts (session, &writer);
    }
  else
    final = write_package (session, &writer);
  session->sent_final = final;
  session->counters.messages_sent++;
  session->rounds += !session->continues && !session->uncounted;
  return oma_dm1_writer_end (&writer, final);
}

static OmaSessionStep *
make_step (OmaSession *session, OmaSessionAction action, GBytes *body, GError *error)
{
  OmaSessionStep *step = g_new0 (OmaSessionStep, 1);

  step->action = action;
  step->body = body;
  step->mac = body != NULL ? oma_auth_make_mac (session->auth, body) : NULL;
  step->error = error;
  step->media_type = oma_encoding_get_media_type (session->encoding);
  step->uri = g_strdup (session->uri);
  if (action == OMA_SESSION_DONE)
    session->phase = OMA_PHASE_OVER;
  /* A session that ends in order was heard to its end, also when the server ends it with nothing;
   * unless it was a stranger who said so. */
  if (action == OMA_SESSION_DONE && error == NULL && oma_auth_is_server_known (session->auth))
    session->counters.unanswered = 0;
  return step;
}

/**
 * oma_session_make_end:
 * @session: a session
 * @error: (transfer full) (nullable): why it failed, %NULL when it ends in order
 *
 * Returns: (transfer full): the last step, with nothing to send
 */
OmaSessionStep *
oma_session_make_end (OmaSession *session, GError *error)
{
  return make_step (session, OMA_SESSION_DONE, NULL, error);
}

/**
 * oma_session_make_abort:
 * @session: a session
 * @error: (transfer full): why it is given up
 *
 * Alert 1223 goes along with the answers that were not sent yet (DM Protocol 1.2, section
 * 8.1.2).
 *
 * Returns: (transfer full): the last step
 */
OmaSessionStep *
oma_session_make_abort (OmaSession *session, GError *error)
{
  return make_step (session, OMA_SESSION_DONE, compose (session, TRUE), error);
}

/**
 * oma_session_is_at_limit:
 * @session: a session
 *
 * Returns: whether it has sent as many messages as a session may have
 */
gboolean
oma_session_is_at_limit (const OmaSession *session)
{
  return session->rounds >= session->max_messages && !session->continues;
}

/**
 * oma_session_make_limit:
 * @session: a session that does not come to an end
 * @reason: what is too much, for people
 *
 * Returns: (transfer full): the last step, an abort with %OMA_SESSION_ERROR_LIMIT
 */
OmaSessionStep *
oma_session_make_limit (OmaSession *session, const char *reason)
{
  return oma_session_make_abort (session, g_error_new_literal (OMA_SESSION_ERROR, OMA_SESSION_ERROR_LIMIT, reason));
}

/**
 * oma_session_make_send:
 * @session: a session
 *
 * Returns: (transfer full): the step that sends what is due, an abort when the session has
 *   sent its last message
 */
OmaSessionStep *
oma_session_make_send (OmaSession *session)
{
  if (oma_session_is_at_limit (session))
    return oma_session_make_limit (session, TOO_MANY);
  g_clear_pointer (&session->last_answer, g_bytes_unref);
  session->last_answer = compose (session, FALSE);
  return make_step (session, OMA_SESSION_SEND, g_bytes_ref (session->last_answer), NULL);
}

/**
 * oma_session_make_keep_alive:
 * @session: a session whose commands run long
 *
 * The specification has no such message.  Our reading is that of Windows clients: an Alert 1224
 * alone, without a Status; the answers follow when the commands are done.
 *
 * Returns: (transfer full): the step that tells the server to wait
 */
OmaSessionStep *
oma_session_make_keep_alive (OmaSession *session)
{
  g_autoptr(OmaValue) data = oma_value_new_int (1);
  const OmaAlert alert = { .code = OMA_ALERT_CLIENT_EVENT, .type = (char *) KEEP_ALIVE_TYPE, .data = data };
  OmaHeader header = { 0 };
  OmaDm1Writer writer;
  char msg_id[16];

  fill_header (session, &header, msg_id, sizeof msg_id);
  oma_dm1_writer_begin (&writer, session->encoding, &header, 0);
  oma_session_restart_alert (session);
  oma_dm1_write_client_alert (&writer, &alert);
  session->sent_final = session->server_closed;
  session->counters.messages_sent++;
  return make_step (session, OMA_SESSION_SEND, oma_dm1_writer_end (&writer, session->sent_final), NULL);
}

/**
 * oma_session_make_repeat:
 * @session: a session that got the same message again
 *
 * A message that came twice is answered twice and run once (DM Protocol 1.2, section 6).
 *
 * Returns: (transfer full): the step that sends the last answer again, an abort when the
 *   session has sent its last message
 */
OmaSessionStep *
oma_session_make_repeat (OmaSession *session)
{
  if (oma_session_is_at_limit (session))
    return oma_session_make_limit (session, TOO_MANY);
  session->counters.messages_sent++;
  session->rounds++;
  return make_step (session, OMA_SESSION_SEND, g_bytes_ref (session->last_answer), NULL);
}

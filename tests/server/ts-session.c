/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-session-private.h"

#include <string.h>

#define MAX_SENT 100000      /* commands of one session that are remembered */

/**
 * ts_session_new:
 * @config: (not nullable): the server's settings, which must outlive the session
 * @device: the device, likewise
 * @id: SessionID
 */
TsSession *
ts_session_new (const TsConfig *config, TsDevice *device, const char *id)
{
  TsSession *session = g_new0 (TsSession, 1);

  session->config = config;
  session->device = device;
  session->id = g_strdup (id);
  session->room = G_MAXUINT64;
  session->last_sent = g_ptr_array_new_with_free_func ((GDestroyNotify) ts_command_unref);
  session->sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->large = g_string_new (NULL);
  device->n_sessions++;
  return session;
}

void
ts_session_free (TsSession *session)
{
  g_free (session->id);
  g_ptr_array_unref (session->last_sent);
  g_hash_table_unref (session->sent);
  g_string_free (session->large, TRUE);
  g_clear_pointer (&session->last_body, g_bytes_unref);
  g_clear_pointer (&session->last_reply, g_bytes_unref);
  g_free (session->last_mac);
  g_free (session);
}

/**
 * ts_session_has_ended:
 *
 * Returns: whether the server has nothing more to say in it
 */
gboolean
ts_session_has_ended (const TsSession *session)
{
  return session->ended;
}

/**
 * ts_session_takes:
 * @session: a session
 * @header: SyncHdr of a message of the same device
 * @body: that message
 *
 * Returns: whether the message belongs to @session.  MsgID 1 starts a new one, unless it is
 *   the last message once more.
 */
gboolean
ts_session_takes (const TsSession *session, const OmaHeader *header, GBytes *body)
{
  if (g_strcmp0 (session->id, header->session_id) != 0)
    return FALSE;
  return g_strcmp0 (header->msg_id, "1") != 0 || (session->last_body != NULL &&
                                                  g_bytes_equal (session->last_body, body));
}

static void
start_reply (TsReply *reply, OmaEncoding encoding, const TsUser *user)
{
  TsSession *session = reply->session;
  const OmaHeader *request = &reply->request->header;
  g_autofree char *cred = ts_session_make_cred (session, user, reply->fault);
  OmaHeader header = {
    .ver_dtd = request->ver_dtd != NULL ? request->ver_dtd : "1.2",
    .ver_proto = request->ver_proto != NULL ? request->ver_proto : "DM/1.2",
    .session_id = session->id,
    .msg_id = reply->msg_id,
    .target = request->source,
    .source = session->config->server_id,
    .source_name = user != NULL ? user->server_user : NULL,
  };

  header.meta.max_msg_size = session->config->max_msg_size;
  if (cred != NULL)
    {
      header.has_cred = TRUE;
      header.cred_data = cred;
      header.cred_meta.type = ts_auth_get_type (user->server_auth);
      header.cred_meta.format = "b64";
    }
  reply->encoder = oma_encoder_new (encoding);
  oma_encoder_header (reply->encoder, &header);
}

static void
add_status (TsReply *reply, const OmaCommand *command, const char *code, OmaMeta *chal)
{
  const OmaHeader *header = &reply->request->header;
  char id[12];
  OmaCommand status = {
    .type = OMA_COMMAND_STATUS,
    .name = "Status",
    .cmd_id = id,
    .msg_ref = header->msg_id,
    .cmd_ref = command != NULL ? command->cmd_id : "0",
    .cmd = command != NULL ? command->name : "SyncHdr",
    .data = code,
    .chal = chal,
  };

  g_snprintf (id, sizeof id, "%u", ++reply->last_id);
  if (command == NULL)
    {
      status.target_ref = header->target;
      status.source_ref = header->source;
    }
  oma_encoder_command (reply->encoder, &status);
}

static gboolean
has_more_data (const OmaCommand *command)
{
  return command->n_items > 0 && command->items[command->n_items - 1].more_data;
}

static const char *
choose_code (const TsConfig *config, const OmaCommand *command)
{
  if (command->type == OMA_COMMAND_ALERT && config->alert_status != NULL &&
      (g_strcmp0 (command->data, "1224") == 0 || g_strcmp0 (command->data, "1226") == 0))
    return config->alert_status;
  return command->type == OMA_COMMAND_ALERT || command->type == OMA_COMMAND_REPLACE ? "200" : "406";
}

/* One Status for each command, none for a Status, and for Results only when it is not 200
 * (SyncML Representation Protocol 1.2, Status).  @refusal: (nullable): code for all of them. */
static gboolean
add_statuses (TsReply *reply, const char *refusal)
{
  gboolean is_chunk = FALSE;

  for (const OmaCommand *command = reply->request->first_command; command != NULL; command = command->next)
    {
      if (command->type == OMA_COMMAND_STATUS)
        continue;
      if (refusal != NULL)
        add_status (reply, command, refusal, NULL);
      else if (has_more_data (command))
        {
          add_status (reply, command, "213", NULL);
          is_chunk = TRUE;
        }
      else if (command->type == OMA_COMMAND_RESULTS)
        continue;
      else
        add_status (reply, command, choose_code (reply->session->config, command), NULL);
    }
  return is_chunk;
}

static void
add_next_message (TsReply *reply)
{
  char id[12];
  OmaCommand alert = { .type = OMA_COMMAND_ALERT, .name = "Alert", .cmd_id = id, .data = "1222" };

  g_snprintf (id, sizeof id, "%u", ++reply->last_id);
  oma_encoder_command (reply->encoder, &alert);
}

/* Puts XML of the administrator's behind everything that the encoder wrote. */
static GBytes *
finish (TsReply *reply, gboolean final, const GString *raw)
{
  g_autoptr(GBytes) bytes = oma_encoder_finish (reply->encoder, final && reply->fault != TS_FAULT_NO_FINAL);
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  const char *end = raw != NULL && raw->len > 0 ? g_strrstr_len (data, (gssize) size, "<Final") : NULL;
  GString *text;

  if (raw == NULL || raw->len == 0)
    return g_steal_pointer (&bytes);
  if (end == NULL)
    end = g_strrstr_len (data, (gssize) size, "</SyncBody>");
  if (end == NULL)
    return g_steal_pointer (&bytes);   /* no XML */
  text = g_string_new_len (data, end - data);
  g_string_append_len (text, raw->str, (gssize) raw->len);
  g_string_append_len (text, end, (gssize) (size - (gsize) (end - data)));
  return g_string_free_to_bytes (text);
}

static GBytes *
refuse (TsReply *reply, TsVerdict *verdict)
{
  add_status (reply, NULL, verdict->code, verdict->has_chal ? &verdict->chal : NULL);
  add_statuses (reply, verdict->code);
  return finish (reply, TRUE, NULL);
}

static GBytes *
answer (TsReply *reply, TsVerdict *verdict, gboolean aborted)
{
  TsSession *session = reply->session;
  g_autoptr(GString) raw = g_string_new (NULL);
  gboolean is_chunk, used;

  add_status (reply, NULL, verdict->code, verdict->has_chal ? &verdict->chal : NULL);
  is_chunk = add_statuses (reply, NULL);
  if (is_chunk || (!reply->request->final && !session->package_open))
    {
      add_next_message (reply);
      return finish (reply, FALSE, NULL);
    }
  if (aborted || session->ended || g_hash_table_size (session->sent) > MAX_SENT)
    {
      session->ended = TRUE;
      return finish (reply, TRUE, NULL);
    }
  g_ptr_array_set_size (session->last_sent, 0);
  session->package_open = ts_reply_add_commands (reply, raw);
  used = session->package_used;
  if (!session->package_open)
    session->package_used = FALSE;
  session->ended = !used;
  return finish (reply, !session->package_open, raw);
}

static GBytes *
make_reply (TsSession *session, OmaEncoding encoding, const OmaMessage *message, TsFaultKind fault)
{
  const OmaHeader *header = &message->header;
  const TsUser *user = ts_users_find (session->config->users, header);
  TsVerdict verdict = ts_session_judge_client (session, user, header, fault);
  gboolean accepted;
  gboolean aborted;
  TsReply reply = { .session = session, .request = message, .fault = fault };
  GBytes *bytes;

  if (fault == TS_FAULT_WRONG_DTD || fault == TS_FAULT_WRONG_PROTOCOL)
    verdict.code = fault == TS_FAULT_WRONG_DTD ? "505" : "513";
  accepted = verdict.code[0] == '2';
  aborted = accepted && ts_session_record (session, message);
  if (header->meta.max_msg_size > 0)
    session->room = header->meta.max_msg_size;
  if (accepted && fault == TS_FAULT_REPEAT)
    ts_session_requeue (session);
  g_snprintf (reply.msg_id, sizeof reply.msg_id, "%u", ++session->n_messages);
  if (fault == TS_FAULT_ECHO_MSGID && header->msg_id != NULL)
    g_strlcpy (reply.msg_id, header->msg_id, sizeof reply.msg_id);
  start_reply (&reply, encoding, user);
  bytes = accepted ? answer (&reply, &verdict, aborted) : refuse (&reply, &verdict);
  oma_encoder_free (reply.encoder);
  g_free (verdict.nonce);
  session->last_mac = ts_session_make_mac (session, user, bytes, fault);
  return bytes;
}

/**
 * ts_session_handle:
 * @session: a session
 * @encoding: how @body is written and the answer shall be
 * @message: the client's message
 * @body: its octets
 * @mac: (nullable): what came with it as x-syncml-hmac
 * @fault: what shall go wrong
 * @reply_mac: (out) (transfer none) (nullable): what goes with the answer as x-syncml-hmac
 *
 * Works on one message.  The same octets once more, as after a lost answer, get the same
 * answer once more (DM Protocol 1.2, HTTP binding).
 *
 * Returns: (transfer full): the answer
 */
GBytes *
ts_session_handle (TsSession *session, OmaEncoding encoding, const OmaMessage *message, GBytes *body,
                   const char *mac, TsFaultKind fault, const char **reply_mac)
{
  if (session->last_body != NULL && g_bytes_equal (session->last_body, body))
    {
      *reply_mac = session->last_mac;
      return g_bytes_ref (session->last_reply);
    }
  g_clear_pointer (&session->last_mac, g_free);
  g_clear_pointer (&session->last_body, g_bytes_unref);
  g_clear_pointer (&session->last_reply, g_bytes_unref);
  session->last_body = g_bytes_ref (body);
  session->mac = mac;
  session->last_reply = make_reply (session, encoding, message, fault);
  session->mac = NULL;
  *reply_mac = session->last_mac;
  return g_bytes_ref (session->last_reply);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-session-private.h"

#include "base/oma-digest.h"

#include <gnutls/crypto.h>
#include <string.h>

#define NONCE_SIZE 16        /* octets (DM Security 1.2, section 5.3.2) */
#define MAX_SERVER_TRIES 3   /* after that the client does not want to know us */

static GBytes *
new_nonce (void)
{
  guint8 octets[NONCE_SIZE];

  if (gnutls_rnd (GNUTLS_RND_NONCE, octets, sizeof octets) < 0)
    g_error ("no random numbers");
  return g_bytes_new (octets, sizeof octets);
}

/* A nonce is good for one try: each answer to credentials gives out another. */
static void
add_challenge (TsSession *session, TsAuth auth, TsVerdict *verdict)
{
  verdict->has_chal = TRUE;
  verdict->chal.type = ts_auth_get_type (auth);
  verdict->chal.format = "b64";
  if (auth == TS_AUTH_BASIC)
    return;
  g_clear_pointer (&session->device->client_nonce, g_bytes_unref);
  session->device->client_nonce = new_nonce ();
  verdict->nonce = oma_digest_encode_nonce (session->device->client_nonce);
  verdict->chal.next_nonce = verdict->nonce;
}

static gboolean
is_credential_right (TsSession *session, const TsUser *user, const OmaHeader *header)
{
  GBytes *nonce = session->device->client_nonce;

  if (user == NULL)
    return FALSE;
  if (nonce == NULL)
    nonce = user->nonce;
  if (user->auth == TS_AUTH_HMAC)
    return ts_user_check_mac (user, session->mac, session->last_body, nonce);
  return ts_user_check (user, header, nonce);
}

/* With HMAC every message proves itself, and gets the nonce of the next (DM Security 1.2,
 * section 5.4.4). */
static TsVerdict
judge_mac (TsSession *session, const TsUser *user, const OmaHeader *header, TsFaultKind fault)
{
  TsVerdict verdict = { .code = session->mac != NULL ? "401" : "407" };

  if (fault != TS_FAULT_WRONG_NONCE && fault != TS_FAULT_CHALLENGE && is_credential_right (session, user, header))
    verdict.code = "200";
  add_challenge (session, TS_AUTH_HMAC, &verdict);
  return verdict;
}

/* The server's own rules: basic or a digest once for the session (DM Security 1.2, section 5.3:
 * 212 ends the exchange of credentials). */
TsVerdict
ts_session_judge_client (TsSession *session, const TsUser *user, const OmaHeader *header, TsFaultKind fault)
{
  TsVerdict verdict = { .code = "212" };
  TsAuth auth = user != NULL ? user->auth : TS_AUTH_MD5;

  if (auth == TS_AUTH_HMAC)
    return judge_mac (session, user, header, fault);
  if (fault == TS_FAULT_CHALLENGE && auth != TS_AUTH_NONE)
    session->client_ok = FALSE;
  else if (user != NULL && auth == TS_AUTH_NONE)
    verdict.code = "200";
  else if (!session->client_ok && fault != TS_FAULT_WRONG_NONCE && is_credential_right (session, user, header))
    {
      session->client_ok = TRUE;
      if (auth != TS_AUTH_BASIC)
        add_challenge (session, auth, &verdict);
      return verdict;
    }
  if (g_str_equal (verdict.code, "200") || (session->client_ok && fault != TS_FAULT_CHALLENGE))
    return verdict;
  verdict.code = header->has_cred ? "401" : "407";
  add_challenge (session, auth, &verdict);
  return verdict;
}

/* Puts back what our last message held; an object that is under way starts again. */
void
ts_session_requeue (TsSession *session)
{
  if (session->chunk_sent > 0)
    ts_command_unref (g_queue_pop_head (&session->device->queue));
  session->chunk_sent = 0;
  ts_device_queue_first (session->device, session->last_sent);
  g_ptr_array_set_size (session->last_sent, 0);
}

/* What the client says of our credentials in the Status for our SyncHdr. */
void
ts_session_note_verdict (TsSession *session, const OmaCommand *status)
{
  const char *code = status->data != NULL ? status->data : "";
  const char *nonce = status->chal != NULL ? status->chal->next_nonce : NULL;
  GBytes *octets = nonce != NULL ? oma_digest_decode_nonce (nonce, NULL) : NULL;

  if (octets != NULL)
    {
      g_clear_pointer (&session->device->server_nonce, g_bytes_unref);
      session->device->server_nonce = octets;
    }
  if (g_str_equal (code, "212"))
    session->server_ok = TRUE;
  else if (g_str_equal (code, "401") || g_str_equal (code, "407"))
    {
      session->server_ok = FALSE;
      /* Nothing of that message was executed: it is sent once more. */
      if (++session->server_tries <= MAX_SERVER_TRIES)
        ts_session_requeue (session);
      else
        session->ended = TRUE;
    }
}

/* Returns: (transfer full) (nullable): what stands in our Cred, if one is due. */
char *
ts_session_make_cred (TsSession *session, const TsUser *user, TsFaultKind fault)
{
  g_autoptr(GBytes) wrong = NULL;
  GBytes *nonce = session->device->server_nonce;

  if (user == NULL || user->server_auth == TS_AUTH_NONE || user->server_auth == TS_AUTH_HMAC || session->server_ok || user->server_user == NULL ||
      user->server_secret == NULL)
    return NULL;
  if (user->server_auth == TS_AUTH_BASIC)
    return oma_digest_basic (user->server_user, user->server_secret);
  if (nonce == NULL)
    nonce = user->server_nonce;
  if (fault == TS_FAULT_WRONG_SERVER_NONCE)
    nonce = wrong = new_nonce ();
  return nonce != NULL ? oma_digest_response (user->server_auth == TS_AUTH_SHA256 ? OMA_DIGEST_SHA256 : OMA_DIGEST_MD5,
                                              user->server_user, user->server_secret, nonce) : NULL;
}

/* Returns: (transfer full) (nullable): what goes beside our message @reply, if that is due */
char *
ts_session_make_mac (TsSession *session, const TsUser *user, GBytes *reply, TsFaultKind fault)
{
  g_autoptr(GBytes) wrong = NULL;
  GBytes *nonce = session->device->server_nonce;

  if (user == NULL || user->server_auth != TS_AUTH_HMAC || user->server_user == NULL || user->server_secret == NULL)
    return NULL;
  if (nonce == NULL)
    nonce = user->server_nonce;
  if (fault == TS_FAULT_WRONG_SERVER_NONCE)
    nonce = wrong = new_nonce ();
  return nonce != NULL ? ts_user_make_mac (user, reply, nonce) : NULL;
}

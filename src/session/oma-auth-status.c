/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth-private.h"

/**
 * oma_auth_save_client_nonce:
 * @auth: the state
 *
 * Hands out the newest nonce, when it was not and both sides know each other: a stranger does
 * not spoil the stored one (DM Security 1.2, section 5.3.4).
 */
void
oma_auth_save_client_nonce (OmaAuth *auth)
{
  if (!auth->nonce_unsaved || !auth->accepted)
    return;
  if (auth->server.type != OMA_AUTH_NONE && !auth->server_verified)
    return;
  auth->nonce_unsaved = FALSE;
  if (auth->nonce_func != NULL)
    auth->nonce_func (FALSE, auth->client.nonce, auth->nonce_data);
}

static void
take_nonce (OmaAuth *auth, GBytes *nonce)
{
  g_clear_pointer (&auth->client.nonce, g_bytes_unref);
  auth->client.nonce = nonce;
  auth->nonce_unsaved = TRUE;
}

/* Whether we could answer a challenge of @type at all.  A digest that the account wants made
 * with SHA-256 is not made with MD5 in its place; where nothing encrypts, neither MD5 nor basic
 * takes the place of HMAC, which alone protects the message. */
static gboolean
is_allowed (const OmaAuth *auth, OmaAuthType type, OmaDigestType digest)
{
  if (type == OMA_AUTH_BASIC)
    return auth->allow_basic;
  if (type == OMA_AUTH_MD5)
    return digest == auth->digest && (auth->client.type != OMA_AUTH_HMAC || auth->allow_basic);
  return type == OMA_AUTH_HMAC;
}

/* A challenge along with a success is about what comes next: of the session's own type it
 * brings the next nonce, of another type it says what the server wants next time. */
static void
take_next (OmaAuth *auth, const OmaMeta *chal)
{
  OmaDigestType digest;
  OmaAuthType type = oma_auth_parse_type (chal->type, &digest);
  GBytes *nonce;

  if (!is_allowed (auth, type, digest))
    return;
  if (type != auth->client.type)
    {
      if (auth->preference_func != NULL)
        auth->preference_func (type, auth->preference_data);
      return;
    }
  if (type == OMA_AUTH_BASIC || chal->next_nonce == NULL)
    return;
  nonce = oma_digest_decode_nonce (chal->next_nonce, NULL);
  if (nonce != NULL)
    take_nonce (auth, nonce);
  else
    g_debug ("The server's next nonce is not usable");
}

/* 212 for a message with a mac is against DM Security 1.2, section 5.4.3, and occurs: every
 * message needs its own mac all the same. */
static OmaAuthVerdict
take_success (OmaAuth *auth, OmaStatus status, const OmaMeta *chal)
{
  auth->accepted = TRUE;
  auth->rejections = 0;
  if (auth->sent != OMA_AUTH_NONE)
    auth->settled = auth->sent;
  if (status == OMA_STATUS_AUTHENTICATION_ACCEPTED && auth->client.type != OMA_AUTH_HMAC)
    auth->authenticated = TRUE;
  if (chal != NULL && auth->client.type != OMA_AUTH_NONE)
    take_next (auth, chal);
  oma_auth_save_client_nonce (auth);
  return OMA_AUTH_VERDICT_ACCEPTED;
}

static OmaAuthVerdict
fail (GError **error, OmaSessionError code, const char *message)
{
  g_set_error_literal (error, OMA_SESSION_ERROR, code, message);
  return OMA_AUTH_VERDICT_FAILED;
}

static gboolean
challenge_error (GError **error, OmaSessionError code, const char *message)
{
  g_set_error_literal (error, OMA_SESSION_ERROR, code, message);
  return FALSE;
}

/* The type that a challenge asks for is answered with that type or not at all, and it stays
 * the same once it was accepted (DM Security 1.2, section 5.4.1). */
static gboolean
check_type (const OmaAuth *auth, OmaAuthType type, OmaDigestType digest, GError **error)
{
  if (type == OMA_AUTH_NONE)
    return challenge_error (error, OMA_SESSION_ERROR_CHALLENGE,
                            "The server wants credentials of a type that is not supported");
  if (!is_allowed (auth, type, digest))
    return challenge_error (error, OMA_SESSION_ERROR_CHALLENGE,
                            type == OMA_AUTH_BASIC ? "The server wants basic credentials, which may not be sent" :
                            "The server wants credentials of a type that the account does not allow");
  if (auth->settled != OMA_AUTH_NONE && type != auth->settled)
    return challenge_error (error, OMA_SESSION_ERROR_CHALLENGE,
                            "The server wants credentials of another type in the middle of the session");
  return TRUE;
}

/* Takes the nonce of a challenge, when its type has one.  The same one again is the end only
 * within a session: some servers have a single nonce and challenge the first message of each. */
static gboolean
take_challenge_nonce (OmaAuth *auth, OmaAuthType type, const char *text, GError **error)
{
  gboolean needs_nonce = type == OMA_AUTH_MD5 || (type == OMA_AUTH_HMAC && auth->mac_window == 0);
  g_autoptr(GBytes) nonce = NULL;

  if (!needs_nonce)
    {
      if (type == OMA_AUTH_BASIC && auth->sent == type)
        return challenge_error (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials");
      return TRUE;
    }
  nonce = text != NULL ? oma_digest_decode_nonce (text, NULL) : NULL;
  if (nonce == NULL)
    return challenge_error (error, OMA_SESSION_ERROR_CHALLENGE, "The server's challenge has no usable nonce");
  if (auth->sent == type && auth->challenged && g_bytes_equal (nonce, auth->client.nonce))
    return challenge_error (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials twice");
  auth->challenged = TRUE;
  take_nonce (auth, g_steal_pointer (&nonce));
  return TRUE;
}

static OmaAuthVerdict
take_challenge (OmaAuth *auth, OmaStatus status, const OmaMeta *chal, GError **error)
{
  OmaDigestType digest;
  OmaAuthType type = oma_auth_parse_type (chal != NULL ? chal->type : NULL, &digest);

  auth->accepted = FALSE;
  auth->authenticated = FALSE;
  if (auth->sent != OMA_AUTH_NONE && ++auth->rejections >= auth->max_tries)
    return fail (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials");
  if (chal == NULL)
    return status == OMA_STATUS_INVALID_CREDENTIALS
           ? fail (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials without a challenge")
           : fail (error, OMA_SESSION_ERROR_CHALLENGE, "The server wants credentials and does not say which");
  if (auth->client.type == OMA_AUTH_NONE || auth->client.name == NULL || auth->client.secret == NULL)
    return fail (error, OMA_SESSION_ERROR_CHALLENGE, "The server wants credentials, the account has none");
  if (!check_type (auth, type, digest, error) || !take_challenge_nonce (auth, type, chal->next_nonce, error))
    return OMA_AUTH_VERDICT_FAILED;
  auth->sha256_asked = type == OMA_AUTH_MD5 && digest == OMA_DIGEST_SHA256;
  auth->client.type = type;
  return OMA_AUTH_VERDICT_CHALLENGED;
}

/**
 * oma_auth_take_status:
 * @auth: the state
 * @status: code of the Status for the SyncHdr of our last message
 * @chal: (nullable): its challenge
 * @error: return location for an %OMA_SESSION_ERROR
 *
 * What the server says to our credentials (DM Security 1.2, section 5.3; Status codes of
 * SyncHdr).  A nonce given along with a 2xx code is kept through the nonce function at once
 * if the server is known, else as soon as oma_auth_check_server() has verified it.
 *
 * Returns: the verdict; %OMA_AUTH_VERDICT_FAILED with %OMA_SESSION_ERROR_CREDENTIALS,
 *   %OMA_SESSION_ERROR_CHALLENGE or %OMA_SESSION_ERROR_REFUSED
 */
OmaAuthVerdict
oma_auth_take_status (OmaAuth *auth, OmaStatus status, const OmaMeta *chal, GError **error)
{
  if (oma_status_is_success (status))
    return take_success (auth, status, chal);
  if (status == OMA_STATUS_INVALID_CREDENTIALS || status == OMA_STATUS_MISSING_CREDENTIALS)
    return take_challenge (auth, status, chal, error);
  if ((int) status >= 100 && (int) status < 200)
    return OMA_AUTH_VERDICT_ACCEPTED;
  g_set_error (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_REFUSED, "The server refused the session: %d %s",
               status, oma_status_get_phrase (status));
  return OMA_AUTH_VERDICT_FAILED;
}

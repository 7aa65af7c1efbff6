/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth.h"

#include "base/oma-digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define NONCE_SIZE 16
#define DEFAULT_TRIES 2

struct _OmaAuth {
  OmaCredentials client;          /* its nonce is the newest one, stored or not */
  OmaCredentials server;          /* its nonce is the one that the server has to use */
  gboolean       allow_basic;
  gboolean       nonce_as_text;
  guint          max_tries;

  OmaAuthType    sent;            /* type of the Cred in our last message */
  char          *cred;            /* what that Cred held */
  gboolean       accepted;        /* the newest Status for our SyncHdr is 2xx */
  gboolean       authenticated;   /* 212: no Cred any more in this session */
  gboolean       nonce_unsaved;
  guint          rejections;      /* of our credentials, in a row */

  gboolean       server_verified;
  gboolean       owes_next_nonce; /* the 212 that comes next carries a nonce */
  guint          server_rejections;

  OmaNonceFunc   nonce_func;
  gpointer       nonce_data;
  OmaRandomFunc  random_func;
  gpointer       random_data;
};

static const struct {
  OmaAuthType type;
  const char *name;
} type_names[] = {
  { OMA_AUTH_BASIC, "syncml:auth-basic" },
  { OMA_AUTH_MD5, "syncml:auth-md5" },
  { OMA_AUTH_HMAC, "syncml:auth-MAC" },
};

static const char *
auth_type_to_string (OmaAuthType type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type_names[i].type == type)
      return type_names[i].name;
  return NULL;
}

/* DM 1.1 documents and some servers write the types in another case. */
static OmaAuthType
auth_type_from_string (const char *name)
{
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (type_names); i++)
    if (g_ascii_strcasecmp (type_names[i].name, name) == 0)
      return type_names[i].type;
  return OMA_AUTH_NONE;
}

static void
free_secret (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static void
fill_random (gpointer octets, gsize size, gpointer user_data G_GNUC_UNUSED)
{
  if (gnutls_rnd (GNUTLS_RND_NONCE, octets, size) < 0)
    g_error ("The system gives no random numbers");
}

/**
 * oma_credentials_clear:
 * @credentials: credentials
 *
 * Frees what @credentials point to; the secret is wiped first.
 */
void
oma_credentials_clear (OmaCredentials *credentials)
{
  g_clear_pointer (&credentials->name, g_free);
  g_clear_pointer (&credentials->secret, free_secret);
  g_clear_pointer (&credentials->nonce, g_bytes_unref);
  credentials->type = OMA_AUTH_NONE;
}

static void
copy_credentials (OmaCredentials *to, const OmaCredentials *from)
{
  to->type = from->type;
  to->name = g_strdup (from->name);
  to->secret = g_strdup (from->secret);
  to->nonce = from->nonce != NULL ? g_bytes_ref (from->nonce) : NULL;
}

/**
 * oma_auth_new:
 * @config: configuration of the session; credentials, switches and bounds are copied
 *
 * Returns: (transfer full): the state of a session in which nobody has proved anything
 */
OmaAuth *
oma_auth_new (const OmaSessionConfig *config)
{
  OmaAuth *auth = g_new0 (OmaAuth, 1);

  copy_credentials (&auth->client, &config->client);
  copy_credentials (&auth->server, &config->server);
  auth->allow_basic = config->allow_basic;
  auth->nonce_as_text = (config->quirks & OMA_QUIRK_NONCE_AS_TEXT) != 0;
  auth->max_tries = config->max_auth_tries > 0 ? config->max_auth_tries : DEFAULT_TRIES;
  auth->random_func = fill_random;
  return auth;
}

/**
 * oma_auth_free:
 * @auth: (transfer full): the state; secrets are wiped
 */
void
oma_auth_free (OmaAuth *auth)
{
  oma_credentials_clear (&auth->client);
  oma_credentials_clear (&auth->server);
  free_secret (auth->cred);
  g_free (auth);
}

/**
 * oma_auth_set_nonce_func:
 * @auth: the state
 * @func: (nullable): keeps nonces
 * @user_data: for @func
 */
void
oma_auth_set_nonce_func (OmaAuth *auth, OmaNonceFunc func, gpointer user_data)
{
  auth->nonce_func = func;
  auth->nonce_data = user_data;
}

/**
 * oma_auth_set_random_func:
 * @auth: the state
 * @func: (nullable): makes nonces; %NULL for GnuTLS
 * @user_data: for @func
 */
void
oma_auth_set_random_func (OmaAuth *auth, OmaRandomFunc func, gpointer user_data)
{
  auth->random_func = func != NULL ? func : fill_random;
  auth->random_data = user_data;
}

/**
 * oma_auth_is_supported:
 * @auth: the state
 * @error: return location for an %OMA_SESSION_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_SESSION_ERROR_CHALLENGE when the account wants a type
 *   of credentials that this version does not have
 */
gboolean
oma_auth_is_supported (const OmaAuth *auth, GError **error)
{
  if (auth->client.type != OMA_AUTH_HMAC && auth->server.type != OMA_AUTH_HMAC)
    return TRUE;
  g_set_error_literal (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_CHALLENGE,
                       "Credentials of type syncml:auth-MAC are not supported");
  return FALSE;
}

static char *
make_md5 (const OmaCredentials *credentials, gboolean nonce_as_text)
{
  g_autoptr(GBytes) text = NULL;

  if (nonce_as_text && credentials->nonce != NULL)
    {
      char *encoded = oma_digest_encode_nonce (credentials->nonce);
      text = g_bytes_new_take (encoded, strlen (encoded));
    }
  return oma_digest_md5 (credentials->name, credentials->secret, text != NULL ? text : credentials->nonce);
}

/* Without a nonce a digest could be used again by whoever saw it: the challenge comes first
 * (DM Security 1.2, section 5.3). */
static OmaAuthType
type_to_send (const OmaAuth *auth)
{
  const OmaCredentials *client = &auth->client;

  if (auth->authenticated || client->name == NULL || client->secret == NULL)
    return OMA_AUTH_NONE;
  if (client->type == OMA_AUTH_BASIC && auth->allow_basic)
    return OMA_AUTH_BASIC;
  if (client->type == OMA_AUTH_MD5 && client->nonce != NULL)
    return OMA_AUTH_MD5;
  return OMA_AUTH_NONE;
}

/**
 * oma_auth_fill_header:
 * @auth: the state
 * @header: header of our next message; Cred and LocName are filled in, the strings stay
 *   valid until the next call
 *
 * Our credentials (DM Protocol 1.2, section 9; DM Security 1.2, section 5.3).  Source LocName
 * goes along with every digest, and with the message that waits for its challenge.
 */
void
oma_auth_fill_header (OmaAuth *auth, OmaHeader *header)
{
  g_clear_pointer (&auth->cred, free_secret);
  auth->sent = type_to_send (auth);
  if (auth->sent == OMA_AUTH_BASIC)
    auth->cred = oma_digest_basic (auth->client.name, auth->client.secret);
  else if (auth->sent == OMA_AUTH_MD5)
    auth->cred = make_md5 (&auth->client, auth->nonce_as_text);
  if (auth->client.type == OMA_AUTH_MD5 && !auth->authenticated)
    header->source_name = auth->client.name;
  if (auth->sent == OMA_AUTH_NONE)
    return;
  header->has_cred = TRUE;
  header->cred_meta.type = auth_type_to_string (auth->sent);
  header->cred_meta.format = "b64";
  header->cred_data = auth->cred;
}

/* The nonce is kept only when both sides know each other, lest a stranger spoils the stored
 * one (DM Security 1.2, section 5.3.4). */
static void
save_client_nonce (OmaAuth *auth)
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

static OmaAuthVerdict
take_success (OmaAuth *auth, OmaStatus status, const OmaMeta *chal)
{
  auth->accepted = TRUE;
  auth->rejections = 0;
  if (status == OMA_STATUS_AUTHENTICATION_ACCEPTED)
    auth->authenticated = TRUE;
  if (chal != NULL && chal->next_nonce != NULL && auth->client.type == OMA_AUTH_MD5 &&
      auth_type_from_string (chal->type) == OMA_AUTH_MD5)
    {
      GBytes *nonce = oma_digest_decode_nonce (chal->next_nonce, NULL);
      if (nonce != NULL)
        take_nonce (auth, nonce);
      else
        g_debug ("The server's next nonce is not usable");
    }
  save_client_nonce (auth);
  return OMA_AUTH_VERDICT_ACCEPTED;
}

static OmaAuthVerdict
fail (GError **error, OmaSessionError code, const char *message)
{
  g_set_error_literal (error, OMA_SESSION_ERROR, code, message);
  return OMA_AUTH_VERDICT_FAILED;
}

static OmaAuthVerdict
take_challenge (OmaAuth *auth, OmaStatus status, const OmaMeta *chal, GError **error)
{
  OmaAuthType type = chal != NULL ? auth_type_from_string (chal->type) : OMA_AUTH_NONE;
  g_autoptr(GBytes) nonce = NULL;

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
  if (type == OMA_AUTH_BASIC)
    {
      if (!auth->allow_basic)
        return fail (error, OMA_SESSION_ERROR_CHALLENGE, "The server wants basic credentials, which may not be sent");
      if (auth->sent == OMA_AUTH_BASIC)
        return fail (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials");
      auth->client.type = type;
      return OMA_AUTH_VERDICT_CHALLENGED;
    }
  if (type != OMA_AUTH_MD5)
    return fail (error, OMA_SESSION_ERROR_CHALLENGE, "The server wants credentials of a type that is not supported");
  nonce = chal->next_nonce != NULL ? oma_digest_decode_nonce (chal->next_nonce, NULL) : NULL;
  if (nonce == NULL)
    return fail (error, OMA_SESSION_ERROR_CHALLENGE, "The server's challenge has no usable nonce");
  if (auth->sent == OMA_AUTH_MD5 && g_bytes_equal (nonce, auth->client.nonce))
    return fail (error, OMA_SESSION_ERROR_CREDENTIALS, "The server refused our credentials twice");
  auth->client.type = type;
  take_nonce (auth, g_steal_pointer (&nonce));
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

static gboolean
server_cred_is_right (const OmaAuth *auth, const OmaHeader *header)
{
  const OmaCredentials *server = &auth->server;
  g_autofree char *right = NULL, *as_text = NULL;

  if (server->name == NULL || server->secret == NULL || header->cred_data == NULL ||
      auth_type_from_string (header->cred_meta.type) != server->type)
    return FALSE;
  if (server->type == OMA_AUTH_BASIC)
    {
      right = oma_digest_basic (server->name, server->secret);
      return oma_digest_equal (right, header->cred_data);
    }
  if (server->nonce == NULL)
    return FALSE;
  right = make_md5 (server, FALSE);
  if (oma_digest_equal (right, header->cred_data))
    return TRUE;
  if (!auth->nonce_as_text)
    return FALSE;
  as_text = make_md5 (server, TRUE);
  return oma_digest_equal (as_text, header->cred_data);
}

/**
 * oma_auth_check_server:
 * @auth: the state
 * @header: header of the server's message
 * @needed: whether the message holds a command or a challenge; one that does not is never
 *   challenged (DM Protocol 1.2, section 9)
 * @error: return location for an %OMA_SESSION_ERROR
 *
 * Finds out whether the server has proved who it is.
 *
 * Returns: the Status for the server's SyncHdr: %OMA_STATUS_OK where nobody asks,
 *   %OMA_STATUS_AUTHENTICATION_ACCEPTED, %OMA_STATUS_MISSING_CREDENTIALS or
 *   %OMA_STATUS_INVALID_CREDENTIALS; these two with %OMA_SESSION_ERROR_SERVER_CREDENTIALS set
 *   when it failed too often
 */
OmaStatus
oma_auth_check_server (OmaAuth *auth, const OmaHeader *header, gboolean needed, GError **error)
{
  if (auth->server.type == OMA_AUTH_NONE)
    return OMA_STATUS_OK;
  if (auth->server_verified)
    return OMA_STATUS_AUTHENTICATION_ACCEPTED;
  if (header->has_cred && server_cred_is_right (auth, header))
    {
      auth->server_verified = TRUE;
      auth->owes_next_nonce = TRUE;
      save_client_nonce (auth);
      return OMA_STATUS_AUTHENTICATION_ACCEPTED;
    }
  if (!needed)
    return OMA_STATUS_OK;
  if (auth->server_rejections++ >= auth->max_tries)
    g_set_error_literal (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_SERVER_CREDENTIALS,
                         "The server did not prove who it is");
  return header->has_cred ? OMA_STATUS_INVALID_CREDENTIALS : OMA_STATUS_MISSING_CREDENTIALS;
}

/**
 * oma_auth_make_challenge:
 * @auth: the state
 * @status: what oma_auth_check_server() returned
 * @chal: (out): type and format of the challenge
 * @nonce: (out): the new nonce as base64 text, %NULL for a type without one; it is kept
 *   through the nonce function before this returns
 *
 * The Chal that goes along with the Status for the server's SyncHdr: asked for with 401 and
 * 407, the nonce of the next session with the first 212 (DM Security 1.2, section 5.3).
 *
 * Returns: whether there is one
 */
gboolean
oma_auth_make_challenge (OmaAuth *auth, OmaStatus status, OmaMeta *chal, char **nonce)
{
  guint8 octets[NONCE_SIZE];
  gboolean next = status == OMA_STATUS_AUTHENTICATION_ACCEPTED && auth->owes_next_nonce;

  *nonce = NULL;
  if (!next && status != OMA_STATUS_INVALID_CREDENTIALS && status != OMA_STATUS_MISSING_CREDENTIALS)
    return FALSE;
  auth->owes_next_nonce = FALSE;
  if (next && auth->server.type != OMA_AUTH_MD5)
    return FALSE;
  *chal = (OmaMeta) { .type = auth_type_to_string (auth->server.type), .format = "b64" };
  if (auth->server.type != OMA_AUTH_MD5)
    return TRUE;
  auth->random_func (octets, sizeof octets, auth->random_data);
  g_clear_pointer (&auth->server.nonce, g_bytes_unref);
  auth->server.nonce = g_bytes_new (octets, sizeof octets);
  if (auth->nonce_func != NULL)
    auth->nonce_func (TRUE, auth->server.nonce, auth->nonce_data);
  *nonce = oma_digest_encode_nonce (auth->server.nonce);
  return TRUE;
}

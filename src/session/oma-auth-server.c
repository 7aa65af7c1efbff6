/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth-private.h"

#include "base/oma-mac.h"

#include <string.h>

#define NONCE_SIZE 16   /* octets (DM Security 1.2, section 5.3.2) */

/* The mac as it ought to be, for this algorithm; NULL when that is not what the account wants. */
static char *
make_right_mac (const OmaAuth *auth, OmaMacAlgorithm algorithm, gint64 timestamp, GBytes *body)
{
  const OmaCredentials *server = &auth->server;
  OmaMacAlgorithm wanted = auth->digest == OMA_DIGEST_SHA256 ? OMA_MAC_SHA256 : OMA_MAC_MD5;

  if (auth->mac_window > 0)
    return algorithm == OMA_MAC_TIMED ? oma_digest_mac_timed (server->name, server->secret, timestamp, body) : NULL;
  if (algorithm != wanted || server->nonce == NULL)
    return NULL;
  return oma_digest_mac (auth->digest, server->name, server->secret, server->nonce, body);
}

static gboolean
is_in_window (const OmaAuth *auth, const OmaMac *mac)
{
  gint64 now = oma_auth_get_time (auth);
  gint64 window = auth->mac_window;

  return mac->has_timestamp && mac->timestamp >= now - window && mac->timestamp <= now + window;
}

static gboolean
mac_matches (const OmaAuth *auth, const OmaMac *mac, const char *right)
{
  g_autofree char *from_hex = NULL;

  if (oma_digest_equal (right, mac->mac))
    return TRUE;
  if ((auth->quirks & OMA_QUIRK_HEX_MAC) != 0)
    from_hex = oma_mac_dup_from_hex (mac);
  return from_hex != NULL && oma_digest_equal (right, from_hex);
}

/* Servers that make their mac by RFC 2104 also leave out the quotes of the user name. */
static gboolean
is_rfc2104 (const OmaAuth *auth, const OmaMac *mac, GBytes *body)
{
  const OmaCredentials *server = &auth->server;
  g_autofree char *right = NULL;

  if ((auth->quirks & OMA_QUIRK_RFC2104_HMAC) == 0 || auth->mac_window > 0 || server->nonce == NULL ||
      mac->algorithm != (auth->digest == OMA_DIGEST_SHA256 ? OMA_MAC_SHA256 : OMA_MAC_MD5))
    return FALSE;
  right = oma_digest_mac_rfc2104 (auth->digest, server->name, server->secret, server->nonce, body);
  return mac_matches (auth, mac, right);
}

static gboolean
mac_is_right (OmaAuth *auth, const OmaMac *mac, GBytes *body)
{
  const OmaCredentials *server = &auth->server;
  g_autofree char *right = NULL;

  if (server->name == NULL || server->secret == NULL || strcmp (server->name, mac->username) != 0)
    return FALSE;
  if (!mac->is_quoted && (auth->quirks & OMA_QUIRK_RFC2104_HMAC) == 0)
    return FALSE;
  if (auth->mac_window > 0 && !is_in_window (auth, mac))
    return FALSE;
  right = make_right_mac (auth, mac->algorithm, mac->timestamp, body);
  if ((right == NULL || !mac_matches (auth, mac, right)) && !is_rfc2104 (auth, mac, body))
    return FALSE;
  /* The nonce makes a mac good once; with a time it is us who remember. */
  return auth->mac_window == 0 || g_hash_table_add (auth->macs_seen, g_strdup (mac->mac));
}

/**
 * oma_auth_take_mac:
 * @auth: the state
 * @header: (nullable): value of x-syncml-hmac of the server's message
 * @body: that message as it was on the wire
 *
 * Finds out whether the server made this message (DM Security 1.2, section 5.4.3), before
 * anything of it is read; oma_auth_check_server() tells the outcome.  Where the account wants
 * another proof the header is passed over.
 */
void
oma_auth_take_mac (OmaAuth *auth, const char *header, GBytes *body)
{
  g_auto(OmaMac) mac = { 0 };
  g_autoptr(GError) error = NULL;

  if (auth->server.type != OMA_AUTH_HMAC)
    return;
  auth->mac_given = header != NULL;
  auth->server_verified = FALSE;
  g_clear_pointer (&auth->mac_name, g_free);
  if (header == NULL)
    return;
  if (!oma_mac_parse (&mac, header, &error))
    {
      g_debug ("%s", error->message);
      return;
    }
  auth->server_verified = mac_is_right (auth, &mac, body);
  auth->mac_name = g_steal_pointer (&mac.username);
}

static gboolean
server_cred_is_right (const OmaAuth *auth, const OmaHeader *header)
{
  const OmaCredentials *server = &auth->server;
  g_autofree char *right = NULL, *as_text = NULL;
  OmaDigestType digest;

  if (server->name == NULL || server->secret == NULL || header->cred_data == NULL ||
      oma_auth_parse_type (header->cred_meta.type, &digest) != server->type)
    return FALSE;
  if (server->type == OMA_AUTH_BASIC)
    {
      right = oma_digest_basic (server->name, server->secret);
      return oma_digest_equal (right, header->cred_data);
    }
  if (server->nonce == NULL || digest != auth->digest)
    return FALSE;
  right = oma_auth_make_digest (auth, server, FALSE);
  if (oma_digest_equal (right, header->cred_data))
    return TRUE;
  if ((auth->quirks & OMA_QUIRK_NONCE_AS_TEXT) == 0)
    return FALSE;
  as_text = oma_auth_make_digest (auth, server, TRUE);
  return oma_digest_equal (as_text, header->cred_data);
}

/* The mac's user name is that of the message's Source (DM Security 1.2, section 5.4.3). */
static gboolean
mac_names_source (const OmaAuth *auth, const OmaHeader *header)
{
  return header->source_name == NULL || g_strcmp0 (header->source_name, auth->mac_name) == 0;
}

static gboolean
prove (OmaAuth *auth, const OmaHeader *header)
{
  if (auth->server.type == OMA_AUTH_HMAC)
    auth->server_verified = auth->server_verified && mac_names_source (auth, header);
  else
    auth->server_verified = header->has_cred && server_cred_is_right (auth, header);
  if (!auth->server_verified)
    return FALSE;
  auth->server_rejections = 0;
  auth->owes_next_nonce = TRUE;
  oma_auth_save_client_nonce (auth);
  return TRUE;
}

/**
 * oma_auth_check_server:
 * @auth: the state
 * @header: header of the server's message
 * @needed: whether the message holds a command or a challenge; one that does not is never
 *   challenged (DM Protocol 1.2, section 9)
 * @error: return location for an %OMA_SESSION_ERROR
 *
 * Finds out whether the server has proved who it is, by this message when macs are wanted,
 * else by one of the session.
 *
 * Returns: the Status for the server's SyncHdr: %OMA_STATUS_OK where nobody asks and for a
 *   message whose mac is right,   %OMA_STATUS_AUTHENTICATION_ACCEPTED, %OMA_STATUS_MISSING_CREDENTIALS or
 *   %OMA_STATUS_INVALID_CREDENTIALS; these two with %OMA_SESSION_ERROR_SERVER_CREDENTIALS set
 *   when it failed too often
 */
OmaStatus
oma_auth_check_server (OmaAuth *auth, const OmaHeader *header, gboolean needed, GError **error)
{
  gboolean each_message = auth->server.type == OMA_AUTH_HMAC;

  if (auth->server.type == OMA_AUTH_NONE)
    return OMA_STATUS_OK;
  if ((auth->server_verified && !each_message) || prove (auth, header))
    return each_message ? OMA_STATUS_OK : OMA_STATUS_AUTHENTICATION_ACCEPTED;
  if (!needed)
    return OMA_STATUS_OK;
  if (auth->server_rejections++ >= auth->max_tries)
    g_set_error_literal (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_SERVER_CREDENTIALS,
                         "The server did not prove who it is");
  return header->has_cred || auth->mac_given ? OMA_STATUS_INVALID_CREDENTIALS : OMA_STATUS_MISSING_CREDENTIALS;
}

/**
 * oma_auth_is_server_known:
 * @auth: the state, after oma_auth_check_server()
 *
 * Returns: whether the server has proved who it is, or nobody asks
 */
gboolean
oma_auth_is_server_known (const OmaAuth *auth)
{
  return auth->server.type == OMA_AUTH_NONE || auth->server_verified;
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
 * 407, the nonce of the next session with the first 212, that of the next message with 200 for
 * a mac (DM Security 1.2, sections 5.3 and 5.4.3).
 *
 * Returns: whether there is one
 */
gboolean
oma_auth_make_challenge (OmaAuth *auth, OmaStatus status, OmaMeta *chal, char **nonce)
{
  guint8 octets[NONCE_SIZE];
  gboolean has_nonce = auth->server.type == OMA_AUTH_MD5 ||
                       (auth->server.type == OMA_AUTH_HMAC && auth->mac_window == 0);
  gboolean next = oma_status_is_success (status) && auth->owes_next_nonce;

  *nonce = NULL;
  if (!next && status != OMA_STATUS_INVALID_CREDENTIALS && status != OMA_STATUS_MISSING_CREDENTIALS)
    return FALSE;
  auth->owes_next_nonce = FALSE;
  if (next && !has_nonce)
    return FALSE;
  *chal = (OmaMeta) { .type = oma_auth_get_type_name (auth->server.type, auth->digest), .format = "b64" };
  if (!has_nonce)
    return TRUE;
  auth->random_func (octets, sizeof octets, auth->random_data);
  g_clear_pointer (&auth->server.nonce, g_bytes_unref);
  auth->server.nonce = g_bytes_new (octets, sizeof octets);
  if (auth->nonce_func != NULL)
    auth->nonce_func (TRUE, auth->server.nonce, auth->nonce_data);
  *nonce = oma_digest_encode_nonce (auth->server.nonce);
  return TRUE;
}

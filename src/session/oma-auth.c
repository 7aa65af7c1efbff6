/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth-private.h"

#include "base/oma-mac.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define DEFAULT_TRIES 2

static const struct {
  OmaAuthType   type;
  OmaDigestType digest;
  const char   *name;
} type_names[] = {
  { OMA_AUTH_BASIC, OMA_DIGEST_MD5, "syncml:auth-basic" },
  { OMA_AUTH_MD5, OMA_DIGEST_MD5, "syncml:auth-md5" },
  { OMA_AUTH_MD5, OMA_DIGEST_SHA256, "syncml:auth-sha256" },   /* our reading of DM 1.3 */
  { OMA_AUTH_HMAC, OMA_DIGEST_MD5, "syncml:auth-MAC" },
};

/* What is hashed in place of a nonce after a resynchronisation. */
static const guint8 default_octets[] = { 0, 0, 0, 0 };
static const char default_text[] = "0x00000000";

/**
 * oma_auth_get_type_name:
 * @type: a type other than none
 * @digest: the hash, which tells the digests apart
 *
 * Returns: Type of a Chal or Cred; that of HMAC names no hash
 */
const char *
oma_auth_get_type_name (OmaAuthType type, OmaDigestType digest)
{
  for (gsize i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type_names[i].type == type && (type != OMA_AUTH_MD5 || type_names[i].digest == digest))
      return type_names[i].name;
  return NULL;
}

/**
 * oma_auth_parse_type:
 * @name: (nullable): Type of a Chal or Cred.  DM 1.1 documents and some servers write the
 *   types in another case
 * @digest: (out): the hash
 *
 * Returns: the type, none for one that we do not have
 */
OmaAuthType
oma_auth_parse_type (const char *name, OmaDigestType *digest)
{
  *digest = OMA_DIGEST_MD5;
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (type_names); i++)
    if (g_ascii_strcasecmp (type_names[i].name, name) == 0)
      {
        *digest = type_names[i].digest;
        return type_names[i].type;
      }
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

/* Printable ones: servers in the field take a nonce for text, which ends at a zero and is UTF-8.
 * What is lost leaves 104 of 128 bits. */
static void
fill_random (gpointer octets, gsize size, gpointer user_data G_GNUC_UNUSED)
{
  guint8 *octet = octets;

  if (gnutls_rnd (GNUTLS_RND_NONCE, octets, size) < 0)
    g_error ("The system gives no random numbers");
  for (gsize i = 0; i < size; i++)
    octet[i] = '!' + octet[i] % ('~' - '!' + 1);
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

/* Both directions begin with the default nonce in the form that matched the notification. */
static void
resynchronize (OmaAuth *auth, OmaResync resync)
{
  g_autoptr(GBytes) nonce = NULL;

  if (resync == OMA_RESYNC_NONE)
    return;
  nonce = resync == OMA_RESYNC_OCTETS ? g_bytes_new_static (default_octets, sizeof default_octets)
                                      : g_bytes_new_static (default_text, strlen (default_text));
  g_clear_pointer (&auth->client.nonce, g_bytes_unref);
  auth->client.nonce = g_bytes_ref (nonce);
  g_clear_pointer (&auth->server.nonce, g_bytes_unref);
  auth->server.nonce = g_bytes_ref (nonce);
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
  resynchronize (auth, config->resync);
  auth->allow_basic = config->allow_basic;
  auth->quirks = config->quirks;
  auth->digest = config->digest;
  auth->mac_window = config->mac_window;
  auth->macs_seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
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
  g_free (auth->mac_name);
  g_hash_table_unref (auth->macs_seen);
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
 * oma_auth_set_clock_func:
 * @auth: the state
 * @func: (nullable): tells the time; %NULL for the system's clock
 * @user_data: for @func
 */
void
oma_auth_set_clock_func (OmaAuth *auth, OmaClockFunc func, gpointer user_data)
{
  auth->clock_func = func;
  auth->clock_data = user_data;
}

/**
 * oma_auth_set_credentials_func:
 * @auth: the state
 * @func: (nullable): tells our credentials for oma_auth_refresh()
 * @user_data: for @func
 */
void
oma_auth_set_credentials_func (OmaAuth *auth, OmaCredentialsFunc func, gpointer user_data)
{
  auth->credentials_func = func;
  auth->credentials_data = user_data;
}

/**
 * oma_auth_set_preference_func:
 * @auth: the state
 * @func: (nullable): keeps the type that the server would rather have
 * @user_data: for @func
 */
void
oma_auth_set_preference_func (OmaAuth *auth, OmaPreferenceFunc func, gpointer user_data)
{
  auth->preference_func = func;
  auth->preference_data = user_data;
}

/**
 * oma_auth_get_time:
 * @auth: the state
 *
 * Returns: seconds since the epoch
 */
gint64
oma_auth_get_time (const OmaAuth *auth)
{
  return auth->clock_func != NULL ? auth->clock_func (auth->clock_data) : g_get_real_time () / G_USEC_PER_SEC;
}

/**
 * oma_auth_make_digest:
 * @auth: the state
 * @credentials: whose proof, with the nonce to use
 * @nonce_as_text: over the nonce's base64 text, as %OMA_QUIRK_NONCE_AS_TEXT has it
 *
 * Returns: (transfer full): Data of a Cred
 */
char *
oma_auth_make_digest (const OmaAuth *auth, const OmaCredentials *credentials, gboolean nonce_as_text)
{
  g_autoptr(GBytes) text = NULL;

  if (nonce_as_text && credentials->nonce != NULL)
    {
      char *encoded = oma_digest_encode_nonce (credentials->nonce);
      text = g_bytes_new_take (encoded, strlen (encoded));
    }
  return oma_digest_response (auth->digest, credentials->name, credentials->secret,
                              text != NULL ? text : credentials->nonce);
}

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

/* Without a nonce a digest could be used again by whoever saw it: the challenge comes first
 * (DM Security 1.2, section 5.3).  SHA-256 goes only to servers that asked for it. */
static OmaAuthType
type_to_send (const OmaAuth *auth)
{
  const OmaCredentials *client = &auth->client;

  if (auth->authenticated || client->name == NULL || client->secret == NULL)
    return OMA_AUTH_NONE;
  if (client->type == OMA_AUTH_BASIC && auth->allow_basic)
    return OMA_AUTH_BASIC;
  if (client->type == OMA_AUTH_MD5 && client->nonce != NULL && (auth->digest == OMA_DIGEST_MD5 || auth->sha256_asked))
    return OMA_AUTH_MD5;
  if (client->type == OMA_AUTH_HMAC && (client->nonce != NULL || auth->mac_window > 0) && !has_control (client->name))
    return OMA_AUTH_HMAC;
  return OMA_AUTH_NONE;
}

/**
 * oma_auth_refresh:
 * @auth: the state
 *
 * Takes over a name and a secret that were replaced in mid-session.  They prove themselves from
 * the beginning, also to a server that had accepted the old ones; the newest nonce stays.
 */
void
oma_auth_refresh (OmaAuth *auth)
{
  OmaCredentials now = { OMA_AUTH_NONE, NULL, NULL, NULL };

  if (auth->credentials_func == NULL)
    return;
  auth->credentials_func (&now, auth->credentials_data);
  if (g_strcmp0 (now.name, auth->client.name) != 0 || g_strcmp0 (now.secret, auth->client.secret) != 0)
    {
      char *name = g_steal_pointer (&auth->client.name), *secret = g_steal_pointer (&auth->client.secret);

      auth->client.name = g_steal_pointer (&now.name);
      auth->client.secret = g_steal_pointer (&now.secret);
      now.name = name;
      now.secret = secret;
      auth->authenticated = FALSE;
      auth->rejections = 0;
    }
  oma_credentials_clear (&now);
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
    auth->cred = oma_auth_make_digest (auth, &auth->client, (auth->quirks & OMA_QUIRK_NONCE_AS_TEXT) != 0);
  if ((auth->client.type == OMA_AUTH_MD5 || auth->client.type == OMA_AUTH_HMAC) && !auth->authenticated)
    header->source_name = auth->client.name;
  if (auth->cred == NULL)
    return;
  header->has_cred = TRUE;
  header->cred_meta.type = oma_auth_get_type_name (auth->sent, auth->digest);
  header->cred_meta.format = "b64";
  header->cred_data = auth->cred;
}

/**
 * oma_auth_make_mac:
 * @auth: the state
 * @body: our message as it goes out, whose header was filled by oma_auth_fill_header()
 *
 * The proof that goes beside the message (DM Security 1.2, section 5.4.3).
 *
 * Returns: (transfer full) (nullable): value of the header x-syncml-hmac, %NULL when the
 *   message is proved otherwise or not at all
 */
char *
oma_auth_make_mac (const OmaAuth *auth, GBytes *body)
{
  const OmaCredentials *client = &auth->client;
  g_auto(OmaMac) mac = { 0 };

  if (auth->sent != OMA_AUTH_HMAC)
    return NULL;
  mac.username = g_strdup (client->name);
  if (auth->mac_window > 0)
    {
      mac.algorithm = OMA_MAC_TIMED;
      mac.has_timestamp = TRUE;
      mac.timestamp = oma_auth_get_time (auth);
      mac.mac = oma_digest_mac_timed (client->name, client->secret, mac.timestamp, body);
      return oma_mac_to_text (&mac);
    }
  mac.algorithm = auth->digest == OMA_DIGEST_SHA256 ? OMA_MAC_SHA256 : OMA_MAC_MD5;
  if ((auth->quirks & OMA_QUIRK_RFC2104_HMAC) != 0)
    mac.mac = oma_digest_mac_rfc2104 (auth->digest, client->name, client->secret, client->nonce, body);
  else
    mac.mac = oma_digest_mac (auth->digest, client->name, client->secret, client->nonce, body);
  return oma_mac_to_text (&mac);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-digest.h"

#include "base/oma-status.h"
#include "base/oma-value.h"

#include <gnutls/gnutls.h>
#include <string.h>

#define MAX_NONCE 256   /* octets; DM Security 1.2 names no limit, 16 are usual */

#define MAX_DIGEST 32   /* octets of SHA-256 */

/* GChecksum, not GnuTLS: in FIPS mode GnuTLS has no MD5, which the protocol demands. */
static GChecksumType
checksum_type (OmaDigestType type)
{
  return type == OMA_DIGEST_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5;
}

static void
update (GChecksum *checksum, GBytes *bytes)
{
  gsize size = 0;
  gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (size > 0)
    g_checksum_update (checksum, data, size);
}

static char *
finish (GChecksum *checksum)
{
  guint8 digest[MAX_DIGEST];
  gsize size = sizeof digest;

  g_checksum_get_digest (checksum, digest, &size);
  return g_base64_encode (digest, size);
}

static char *
hash_bytes (OmaDigestType type, GBytes *bytes)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (checksum_type (type));

  update (checksum, bytes);
  return finish (checksum);
}

static void
wipe_free (char *secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/**
 * oma_digest_basic:
 * @name: user name
 * @secret: password
 *
 * Credentials of type syncml:auth-basic (DM Security 1.2, section 5.3).
 *
 * Returns: (transfer full): what stands in Cred/Data
 */
char *
oma_digest_basic (const char *name, const char *secret)
{
  char *pair = g_strdup_printf ("%s:%s", name, secret);
  char *credentials = g_base64_encode ((const guchar *) pair, strlen (pair));

  wipe_free (pair);
  return credentials;
}

/* B64(H(name:secret)), "A" in the formulas. */
static char *
hash_secret (OmaDigestType type, const char *name, const char *secret)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (checksum_type (type));

  g_checksum_update (checksum, (const guchar *) name, strlen (name));
  g_checksum_update (checksum, (const guchar *) ":", 1);
  g_checksum_update (checksum, (const guchar *) secret, strlen (secret));
  return finish (checksum);
}

/**
 * oma_digest_response:
 * @type: the hash
 * @name: user name
 * @secret: password
 * @nonce: (nullable): the nonce's octets, %NULL for an empty one
 *
 * Credentials of type syncml:auth-md5 (DM Security 1.2, section 5.3):
 * B64(H(B64(H(name:secret)):nonce)); with SHA-256 of type syncml:auth-sha256, our reading of
 * DM 1.3.
 *
 * Returns: (transfer full): what stands in Cred/Data
 */
char *
oma_digest_response (OmaDigestType type, const char *name, const char *secret, GBytes *nonce)
{
  g_autoptr(GChecksum) outer = g_checksum_new (checksum_type (type));
  char *inner = hash_secret (type, name, secret);

  g_checksum_update (outer, (const guchar *) inner, strlen (inner));
  g_checksum_update (outer, (const guchar *) ":", 1);
  update (outer, nonce);
  wipe_free (inner);
  return finish (outer);
}

/**
 * oma_digest_mac:
 * @type: the hash
 * @name: user name of the sender
 * @secret: its password
 * @nonce: (nullable): the nonce's octets, %NULL for an empty one
 * @body: the message as it is on the wire
 *
 * What stands in x-syncml-hmac (DM Security 1.2, section 5.4.3):
 * B64(H(B64(H(name:secret)):nonce:B64(H(body)))).  In spite of its name it is not the HMAC
 * of RFC 2104.
 *
 * Returns: (transfer full): the mac as base64 text
 */
char *
oma_digest_mac (OmaDigestType type, const char *name, const char *secret, GBytes *nonce, GBytes *body)
{
  g_autoptr(GChecksum) outer = g_checksum_new (checksum_type (type));
  g_autofree char *content = hash_bytes (type, body);
  char *inner = hash_secret (type, name, secret);

  g_checksum_update (outer, (const guchar *) inner, strlen (inner));
  g_checksum_update (outer, (const guchar *) ":", 1);
  update (outer, nonce);
  g_checksum_update (outer, (const guchar *) ":", 1);
  g_checksum_update (outer, (const guchar *) content, strlen (content));
  wipe_free (inner);
  return finish (outer);
}

/* RFC 2104 with B64(H(name:secret)) as key, over @head, a colon and @tail. */
static char *
rfc2104 (OmaDigestType type, const char *name, const char *secret, GBytes *head, gconstpointer tail, gsize tail_size)
{
  char *key = hash_secret (type, name, secret);
  g_autoptr(GHmac) hmac = g_hmac_new (checksum_type (type), (const guchar *) key, strlen (key));
  guint8 digest[MAX_DIGEST];
  gsize size = sizeof digest, head_size = 0;
  gconstpointer data = head != NULL ? g_bytes_get_data (head, &head_size) : NULL;

  wipe_free (key);
  if (head_size > 0)
    g_hmac_update (hmac, data, head_size);
  g_hmac_update (hmac, (const guchar *) ":", 1);
  if (tail_size > 0)
    g_hmac_update (hmac, tail, tail_size);
  g_hmac_get_digest (hmac, digest, &size);
  return g_base64_encode (digest, size);
}

/**
 * oma_digest_mac_rfc2104:
 * @type: the hash
 * @name: user name of the sender
 * @secret: its password
 * @nonce: (nullable): the nonce's octets, %NULL for an empty one
 * @body: the message as it is on the wire
 *
 * What some servers put in x-syncml-hmac in place of oma_digest_mac():
 * B64(HMAC(B64(H(name:secret)), nonce:B64(H(body)))).
 *
 * Returns: (transfer full): the mac as base64 text
 */
char *
oma_digest_mac_rfc2104 (OmaDigestType type, const char *name, const char *secret, GBytes *nonce, GBytes *body)
{
  g_autofree char *content = hash_bytes (type, body);

  return rfc2104 (type, name, secret, nonce, content, strlen (content));
}

/**
 * oma_digest_mac_timed:
 * @name: user name of the sender
 * @secret: its password
 * @timestamp: seconds since the epoch
 * @body: the message as it is on the wire
 *
 * The mac of messages that carry their time, our reading:
 * B64(HMAC-SHA256(B64(SHA256(name:secret)), timestamp:body)), the time in decimal digits.
 *
 * Returns: (transfer full): the mac as base64 text
 */
char *
oma_digest_mac_timed (const char *name, const char *secret, gint64 timestamp, GBytes *body)
{
  char *text = g_strdup_printf ("%" G_GINT64_FORMAT, timestamp);
  g_autoptr(GBytes) head = g_bytes_new_take (text, strlen (text));
  gsize size;
  gconstpointer data = g_bytes_get_data (body, &size);

  return rfc2104 (OMA_DIGEST_SHA256, name, secret, head, data, size);
}

/**
 * oma_digest_equal:
 * @a: base64 text
 * @b: base64 text
 *
 * Compares in a time that tells nothing about where they differ.
 *
 * Returns: whether both are the same
 */
gboolean
oma_digest_equal (const char *a, const char *b)
{
  gsize n = strlen (a);

  return n == strlen (b) && gnutls_memcmp (a, b, n) == 0;
}

/**
 * oma_digest_decode_nonce:
 * @text: base64 text of a NextNonce
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): the nonce's octets, 1 to 256, or %NULL with
 *   %OMA_STATUS_BAD_REQUEST
 */
GBytes *
oma_digest_decode_nonce (const char *text, GError **error)
{
  gsize size = 0;
  g_autofree guchar *octets = NULL;

  if (oma_format_check (OMA_FORMAT_B64, text, strlen (text), NULL))
    octets = g_base64_decode (text, &size);
  if (size < 1 || size > MAX_NONCE)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_BAD_REQUEST, "NextNonce is not usable base64");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&octets), size);
}

/**
 * oma_digest_encode_nonce:
 * @nonce: a nonce's octets
 *
 * Returns: (transfer full): base64 text for NextNonce
 */
char *
oma_digest_encode_nonce (GBytes *nonce)
{
  gsize size;
  const guchar *octets = g_bytes_get_data (nonce, &size);

  return g_base64_encode (octets, size);
}

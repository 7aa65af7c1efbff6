/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-digest.h"

#include "base/oma-status.h"
#include "base/oma-value.h"

#include <gnutls/gnutls.h>
#include <string.h>

#define MAX_NONCE 256   /* octets; DM Security 1.2 names no limit, 16 are usual */

/* GChecksum, not GnuTLS: in FIPS mode GnuTLS has no MD5, which the protocol demands. */
static char *
md5_base64 (const char *text, GBytes *tail)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 digest[16];
  gsize size = sizeof digest;

  g_checksum_update (checksum, (const guchar *) text, strlen (text));
  if (tail != NULL)
    {
      g_checksum_update (checksum, (const guchar *) ":", 1);
      if (g_bytes_get_size (tail) > 0)
        g_checksum_update (checksum, g_bytes_get_data (tail, NULL), g_bytes_get_size (tail));
    }
  g_checksum_get_digest (checksum, digest, &size);
  return g_base64_encode (digest, size);
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

/**
 * oma_digest_md5:
 * @name: user name
 * @secret: password
 * @nonce: (nullable): the nonce's octets, %NULL for an empty one
 *
 * Credentials of type syncml:auth-md5 (DM Security 1.2, section 5.3):
 * B64(H(B64(H(name:secret)):nonce)).
 *
 * Returns: (transfer full): what stands in Cred/Data
 */
char *
oma_digest_md5 (const char *name, const char *secret, GBytes *nonce)
{
  g_autoptr(GBytes) empty = g_bytes_new (NULL, 0);
  char *pair = g_strdup_printf ("%s:%s", name, secret);
  char *inner = md5_base64 (pair, NULL);
  char *outer = md5_base64 (inner, nonce != NULL ? nonce : empty);

  wipe_free (pair);
  wipe_free (inner);
  return outer;
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

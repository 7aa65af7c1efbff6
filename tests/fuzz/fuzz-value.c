/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-digest.h"
#include "base/oma-value.h"

#include <string.h>

static void
check_nonce (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) nonce = oma_digest_decode_nonce (text, &error), again = NULL;
  g_autofree char *encoded = NULL;

  g_assert_true ((nonce == NULL) == (error != NULL));
  if (nonce == NULL)
    return;
  encoded = oma_digest_encode_nonce (nonce);
  again = oma_digest_decode_nonce (encoded, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (nonce, again));
}

/* The first octet is the format, the others are the value. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  OmaFormat format = size > 0 ? (OmaFormat) (data[0] % OMA_N_FORMATS) : OMA_FORMAT_NONE;
  const char *octets = size > 0 ? (const char *) data + 1 : NULL;
  gsize n = size > 0 ? size - 1 : 0, length;
  g_autoptr(OmaValue) value = oma_value_new (format, "text/plain", octets, n);
  g_autofree char *text = g_strndup (n > 0 ? octets : "", n);
  g_autoptr(GError) error = NULL;
  gconstpointer kept = oma_value_get_data (value, &length);

  g_assert_true (oma_format_check (format, octets, n, &error) == (error == NULL));
  g_assert_cmpmem (kept, length, octets, n);
  g_assert_true (oma_value_get_text (value)[n] == '\0');
  g_assert_true (oma_value_equal (value, value));
  check_nonce (text);
  oma_format_from_string (text);
  return 0;
}

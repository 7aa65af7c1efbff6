/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-uri.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size), *canonical = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_auto(OmaUri) again = OMA_URI_INIT;

  if (!oma_uri_parse (&uri, text, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_no_error (error);
  canonical = oma_uri_to_string (&uri);
  if (oma_uri_parse (&again, canonical, &error))
    g_assert_true (oma_uri_equal (&uri, &again));
  return 0;
}

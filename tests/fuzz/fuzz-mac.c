/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-mac.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *header = g_strndup (size > 0 ? (const char *) data : "", size), *text = NULL, *hex = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(OmaMac) mac = { 0 };
  g_auto(OmaMac) again = { 0 };

  if (!oma_mac_parse (&mac, header, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_no_error (error);
  hex = oma_mac_dup_from_hex (&mac);
  if (mac.algorithm == OMA_MAC_UNKNOWN)
    return 0;
  /* What is written is read as what it was, unless quoting made it too long. */
  text = oma_mac_to_text (&mac);
  if (!oma_mac_parse (&again, text, NULL))
    {
      g_assert_cmpuint (strlen (text), >, 4096);
      return 0;
    }
  g_assert_cmpint (again.algorithm, ==, mac.algorithm);
  g_assert_cmpstr (again.username, ==, mac.username);
  g_assert_cmpstr (again.mac, ==, mac.mac);
  g_assert_cmpint (again.timestamp, ==, mac.timestamp);
  return 0;
}

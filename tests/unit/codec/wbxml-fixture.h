/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-ddf-tag.h"
#include "codec/oma-tag.h"
#include "codec/oma-wbxml.h"

#include <string.h>

/* Octets of "03 A4 01 ..."; "text" in single quotes stands for its octets. */
static inline GBytes *
from_hex (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  while (*hex != '\0')
    {
      guint8 octet;

      if (*hex == ' ')
        {
          hex++;
          continue;
        }
      if (*hex == '\'')
        {
          for (hex++; *hex != '\''; hex++)
            g_byte_array_append (octets, (const guint8 *) hex, 1);
          hex++;
          continue;
        }
      g_assert_true (g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]));
      octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
      g_byte_array_append (octets, &octet, 1);
      hex += 2;
    }
  return g_byte_array_free_to_bytes (octets);
}

static inline char *
to_hex (GBytes *bytes)
{
  g_autoptr(GString) hex = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, i > 0 ? " %02X" : "%02X", data[i]);
  return g_string_free (g_steal_pointer (&hex), FALSE);
}

/* Exactly as many octets as there are, so that the sanitizer sees a read behind them. */
static inline gpointer
copy_octets (GBytes *bytes, gsize size)
{
  gpointer copy = g_malloc (MAX (size, 1));

  if (size > 0)
    memcpy (copy, g_bytes_get_data (bytes, NULL), size);
  return copy;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Global tokens (WAP-192, section 7.1) and the two bits of a tag. */
enum {
  OMA_WBXML_SWITCH_PAGE = 0x00,
  OMA_WBXML_END = 0x01,
  OMA_WBXML_ENTITY = 0x02,
  OMA_WBXML_STR_I = 0x03,
  OMA_WBXML_LITERAL = 0x04,
  OMA_WBXML_EXT_I_0 = 0x40,
  OMA_WBXML_EXT_I_2 = 0x42,
  OMA_WBXML_PI = 0x43,
  OMA_WBXML_EXT_T_0 = 0x80,
  OMA_WBXML_EXT_T_2 = 0x82,
  OMA_WBXML_STR_T = 0x83,
  OMA_WBXML_EXT_0 = 0xc0,
  OMA_WBXML_EXT_2 = 0xc2,
  OMA_WBXML_OPAQUE = 0xc3,

  OMA_WBXML_HAS_CONTENT = 0x40,
  OMA_WBXML_HAS_ATTRIBUTES = 0x80,
  OMA_WBXML_IDENTITY = 0x3f,
};

#define OMA_WBXML_CHARSET_UNKNOWN 0
#define OMA_WBXML_CHARSET_US_ASCII 3
#define OMA_WBXML_CHARSET_LATIN_1 4
#define OMA_WBXML_CHARSET_UTF_8 106

#define OMA_WBXML_MAX_NUMBER 5      /* octets of a mb_u_int32 */

/* Room for @n more octets and the NUL behind them. */
static inline char *
oma_wbxml_reserve (GString *out, gsize n)
{
  if (G_UNLIKELY (out->allocated_len - out->len <= n))
    {
      gsize length = out->len;
      g_string_set_size (out, length + n);
      g_string_truncate (out, length);
    }
  return out->str + out->len;
}

/* Appends without a function call where there is room, as there mostly is. */
static inline void
oma_wbxml_put (GString *out, guint8 octet)
{
  if (G_UNLIKELY (out->len + 1 >= out->allocated_len))
    {
      g_string_append_c (out, (char) octet);
      return;
    }
  out->str[out->len++] = (char) octet;
  out->str[out->len] = '\0';
}

/* A mb_u_int32 (WAP-192, section 5.1): 7 bits an octet, the highest first. */
static inline void
oma_wbxml_put_number (GString *out, guint32 number)
{
  guint shift = 0;

  while (shift < 28 && number >> (shift + 7) != 0)
    shift += 7;
  for (; shift > 0; shift -= 7)
    oma_wbxml_put (out, 0x80 | (number >> shift & 0x7f));
  oma_wbxml_put (out, number & 0x7f);
}

static inline void
oma_wbxml_put_octets (GString *out, gconstpointer octets, gsize size)
{
  if (G_UNLIKELY (size >= out->allocated_len - out->len))
    {
      g_string_append_len (out, octets, size);
      return;
    }
  memcpy (out->str + out->len, octets, size);
  out->len += size;
  out->str[out->len] = '\0';
}

void  oma_wbxml_put_header      (GString *out, guint public_id, const char *public_name);
gsize oma_wbxml_get_header_size (gconstpointer data, gsize size);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-json-text.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"   /* U+FFFD */

static void
append_escape (GString *json, guint8 octet)
{
  switch (octet)
    {
    case '"':
      g_string_append (json, "\\\"");
      break;
    case '\\':
      g_string_append (json, "\\\\");
      break;
    case '\n':
      g_string_append (json, "\\n");
      break;
    case '\r':
      g_string_append (json, "\\r");
      break;
    case '\t':
      g_string_append (json, "\\t");
      break;
    case '\0':
      g_string_append (json, REPLACEMENT);
      break;
    default:
      g_string_append_printf (json, "\\u%04x", octet);
      break;
    }
}

static gboolean
must_escape (guint8 octet)
{
  return octet < 0x20 || octet == '"' || octet == '\\' || octet == 0x7f;
}

/**
 * oma_json_append_text:
 * @json: gets the text
 * @text: (nullable): octets, meant to be UTF-8
 * @length: how many
 * @last: no more of the same string follow
 *
 * Appends what stands between the quotes of a string (RFC 8259, section 7).  What is no UTF-8, and NUL, which no
 * reader of ours takes, become U+FFFD.
 *
 * Returns: how many octets were used: all, but for a character whose end is still to come
 */
gsize
oma_json_append_text (GString *json, const char *text, gsize length, gboolean last)
{
  const char *p = text, *run = text, *end = text + length;

  while (p < end)
    {
      gunichar c;

      if ((guint8) *p < 0x80 && !must_escape ((guint8) *p))
        {
          p++;
          continue;
        }
      c = (guint8) *p < 0x80 ? 0 : g_utf8_get_char_validated (p, end - p);
      if (c != 0 && c < 0xfffffffe)
        {
          p += g_unichar_to_utf8 (c, NULL);
          continue;
        }
      if (c == (gunichar) -2 && !last)
        break;
      g_string_append_len (json, run, p - run);
      if (c == 0)
        append_escape (json, (guint8) *p);
      else
        g_string_append (json, REPLACEMENT);
      run = ++p;
    }
  g_string_append_len (json, run, p - run);
  return (gsize) (p - text);
}

/**
 * oma_json_append_string:
 * @json: gets the text
 * @text: octets, meant to be UTF-8
 * @length: how many, -1: up to the NUL
 *
 * Appends a string with its quotes, see oma_json_append_text().
 */
void
oma_json_append_string (GString *json, const char *text, gssize length)
{
  g_string_append_c (json, '"');
  oma_json_append_text (json, text, length < 0 ? strlen (text) : (gsize) length, TRUE);
  g_string_append_c (json, '"');
}

/**
 * oma_json_append_member:
 * @json: gets the text
 * @name: name of the member, of letters and digits
 * @text: (nullable): its value, %NULL to leave it out
 *
 * Appends a member with a string, and a comma before it unless it is the first of its object.
 */
void
oma_json_append_member (GString *json, const char *name, const char *text)
{
  if (text == NULL)
    return;
  if (json->len > 0 && json->str[json->len - 1] != '{')
    g_string_append_c (json, ',');
  g_string_append_c (json, '"');
  g_string_append (json, name);
  g_string_append (json, "\":");
  oma_json_append_string (json, text, -1);
}

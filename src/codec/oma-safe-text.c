/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-safe-text.h"

/* Letters, digits and what is printed as itself; nothing that a terminal would obey, and
 * nothing that changes the direction of text. */
static gboolean
is_harmless (gunichar c)
{
  return g_unichar_isprint (c) && g_unichar_type (c) != G_UNICODE_FORMAT;
}

/**
 * oma_safe_text_append:
 * @out: gets the text
 * @text: octets that somebody sent, meant to be UTF-8
 * @length: how many
 *
 * Appends text that may go to a terminal: what is not harmless is escaped with backslashes.
 */
void
oma_safe_text_append (GString *out, const char *text, gsize length)
{
  const char *end = text + length;

  while (text < end)
    {
      gunichar c = g_utf8_get_char_validated (text, end - text);

      if (c >= 0xfffffffe)    /* malformed, cut off, or NUL */
        {
          g_string_append_printf (out, "\\x%02x", (guint8) *text++);
          continue;
        }
      if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else if (c == '\\')
        g_string_append (out, "\\\\");
      else if (is_harmless (c))
        g_string_append_unichar (out, c);
      else
        g_string_append_printf (out, "\\u{%x}", c);
      text += g_unichar_to_utf8 (c, NULL);
    }
}

/**
 * oma_safe_text_append_cut:
 * @out: gets the text
 * @text: octets that somebody sent, meant to be UTF-8
 * @length: how many
 * @max_length: how many of them are shown
 *
 * Like oma_safe_text_append(); of what is longer it appends the beginning and the size.
 */
void
oma_safe_text_append_cut (GString *out, const char *text, gsize length, gsize max_length)
{
  gsize shown = MIN (length, max_length);

  while (shown < length && shown > 0 && ((guint8) text[shown] & 0xc0) == 0x80)
    shown--;     /* not within a character */
  oma_safe_text_append (out, text, shown);
  if (shown < length)
    g_string_append_printf (out, "[... %" G_GSIZE_FORMAT " octets in all]", length);
}

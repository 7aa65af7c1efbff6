/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-text.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"   /* U+FFFD */

/* What to do with an octet. */
enum {
  PLAIN,
  ESCAPE,        /* in text and attribute values */
  ESCAPE_QUOTED, /* in attribute values only */
  REPLACE,
  MULTIBYTE,
};

#define REPEAT_8(x) x, x, x, x, x, x, x, x
#define REPEAT_32(x) REPEAT_8 (x), REPEAT_8 (x), REPEAT_8 (x), REPEAT_8 (x)

static const guint8 classes[256] = {
  REPLACE, REPLACE, REPLACE, REPLACE, REPLACE, REPLACE, REPLACE, REPLACE,
  REPLACE, ESCAPE_QUOTED /* tab */, ESCAPE_QUOTED /* line feed */, REPLACE, REPLACE, ESCAPE /* carriage return */,
  REPLACE, REPLACE,
  REPEAT_8 (REPLACE), REPEAT_8 (REPLACE),
  PLAIN, PLAIN, ESCAPE_QUOTED /* " */, PLAIN, PLAIN, PLAIN, ESCAPE /* & */, PLAIN,
  REPEAT_8 (PLAIN), REPEAT_8 (PLAIN),
  PLAIN, PLAIN, PLAIN, PLAIN, ESCAPE /* < */, PLAIN, ESCAPE /* > */, PLAIN,
  REPEAT_32 (PLAIN), REPEAT_32 (PLAIN),
  REPEAT_32 (MULTIBYTE), REPEAT_32 (MULTIBYTE), REPEAT_32 (MULTIBYTE), REPEAT_32 (MULTIBYTE),
};

static const char *
reference (char c)
{
  switch (c)
    {
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '&':
      return "&amp;";
    case '"':
      return "&quot;";
    case '\t':
      return "&#9;";
    case '\n':
      return "&#10;";
    default:
      return "&#13;";
    }
}

/* Length of the character of XML 1.0, section 2.2, that starts at @text; 0 for none. */
static gsize
multibyte_length (const char *text, gsize length)
{
  gunichar c = g_utf8_get_char_validated (text, length);

  if (c >= 0xfffffffe || c == 0xfffe || c == 0xffff)    /* malformed, cut off, or no character */
    return 0;
  return g_unichar_to_utf8 (c, NULL);
}

typedef gint8 Block __attribute__ ((vector_size (16)));
typedef guint64 BlockHalves __attribute__ ((vector_size (16)));

/* Whether 16 octets are all PLAIN, told at once. */
static inline gboolean
block_is_plain (const char *text)
{
  Block block;
  BlockHalves special;

  memcpy (&block, text, sizeof block);
  special = (BlockHalves) ((block < ' ') |     /* as signed numbers: MULTIBYTE too */
                           (block == '<') | (block == '>') | (block == '&') | (block == '"'));
  return (special[0] | special[1]) == 0;
}

/**
 * oma_xml_is_plain:
 * @text: (nullable): octets, not NUL-terminated
 * @length: how many
 *
 * Returns: whether they are ASCII text that can stand in an element or between double quotes as
 *   it is; text where only quotes or white space would have to be escaped in an attribute is not
 */
gboolean
oma_xml_is_plain (const char *text, gsize length)
{
  const char *end = text + length;

  if (length >= sizeof (Block))
    {
      for (; text < end - sizeof (Block); text += sizeof (Block))
        if (!block_is_plain (text))
          return FALSE;
      return block_is_plain (end - sizeof (Block));
    }
  if (length >= sizeof (Block) / 2)
    {
      char both[sizeof (Block)];    /* its halves may overlap in the text */

      memcpy (both, text, sizeof both / 2);
      memcpy (both + sizeof both / 2, end - sizeof both / 2, sizeof both / 2);
      return block_is_plain (both);
    }
  while (text < end)
    if (classes[(guint8) *text++] != PLAIN)
      return FALSE;
  return TRUE;
}

static inline void
append_run (GString *xml, const char *run, gsize length)
{
  if (G_UNLIKELY (xml->allocated_len - xml->len <= length))
    {
      g_string_append_len (xml, run, length);
      return;
    }
  if (length > 0)
    memcpy (xml->str + xml->len, run, length);
  xml->len += length;
  xml->str[xml->len] = '\0';
}

static G_GNUC_NO_INLINE void
append_escaped (GString *xml, const char *text, gsize length, guint8 quoted)
{
  const char *end = text + length;
  const char *run = text;

  for (;;)
    {
      guint8 class = PLAIN;
      gsize n;

      while (text < end && (class = classes[(guint8) *text]) == PLAIN)
        text++;
      if (text == end)
        break;
      if (class == ESCAPE_QUOTED && !quoted)
        {
          text++;
          continue;
        }
      n = class == MULTIBYTE ? multibyte_length (text, end - text) : 0;
      if (n > 0)
        {
          text += n;
          continue;
        }
      append_run (xml, run, text - run);
      g_string_append (xml, class == ESCAPE || class == ESCAPE_QUOTED ? reference (*text) : REPLACEMENT);
      run = ++text;
    }
  append_run (xml, run, end - run);
}

/**
 * oma_xml_append_text:
 * @xml: gets the text
 * @text: (nullable): octets, meant to be UTF-8
 * @length: how many
 *
 * Appends character data, escaped so that every parser gives back the same text (XML 1.0,
 * sections 2.4 and 2.11).  What XML cannot hold - control characters, noncharacters, octets
 * that are no UTF-8 - becomes U+FFFD.
 */
void
oma_xml_append_text (GString *xml, const char *text, gsize length)
{
  if (G_LIKELY (oma_xml_is_plain (text, length)))
    append_run (xml, text, length);
  else
    append_escaped (xml, text, length, FALSE);
}

/**
 * oma_xml_append_attribute:
 * @xml: gets the text
 * @text: (nullable): octets, meant to be UTF-8
 * @length: how many
 *
 * Appends what stands between the double quotes of an attribute (XML 1.0, section 3.3.3).
 */
void
oma_xml_append_attribute (GString *xml, const char *text, gsize length)
{
  append_escaped (xml, text, length, TRUE);
}

/**
 * oma_xml_can_hold_text:
 * @text: (nullable): octets, not NUL-terminated
 * @length: how many
 *
 * Returns: whether XML 1.0 can hold them as text without loss: they are UTF-8 without control
 *   characters but white space and without U+FFFE and U+FFFF
 */
gboolean
oma_xml_can_hold_text (const char *text, gsize length)
{
  guchar bits = 0;

  if (oma_xml_is_plain (text, length))
    return TRUE;
  for (gsize i = 0; i < length; i++)
    {
      guchar c = text[i];

      bits |= c;
      if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
        return FALSE;
    }
  if (bits < 0x80)
    return TRUE;
  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;
  return g_strstr_len (text, length, "\xef\xbf\xbe") == NULL && g_strstr_len (text, length, "\xef\xbf\xbf") == NULL;
}

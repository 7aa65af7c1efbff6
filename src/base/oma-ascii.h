/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Most texts of a session are plain: ASCII without a NUL.  To see that takes a fraction of the
 * time of g_utf8_validate_len(), which is for the others. */

#define OMA_LOWEST_BITS G_GUINT64_CONSTANT (0x0101010101010101)
#define OMA_HIGHEST_BITS (OMA_LOWEST_BITS << 7)

/* Marks octets that are not plain; in a little-endian word the lowest mark is always right. */
static inline guint64
oma_mark_not_plain (guint64 word)
{
  return (word | (word - OMA_LOWEST_BITS)) & OMA_HIGHEST_BITS;
}

/* Up to 7 octets. */
static inline gboolean
oma_is_short_plain (const char *text, gsize length)
{
  guint32 first, last;

  if (length < sizeof first)
    return length == 0 || ((gint8) text[0] > 0 && (gint8) text[length >> 1] > 0 && (gint8) text[length - 1] > 0);
  memcpy (&first, text, sizeof first);
  memcpy (&last, text + length - sizeof last, sizeof last);
  return oma_mark_not_plain ((guint64) first << 32 | last) == 0;
}

/* The last word overlaps the one before, so that no octets are left over; below as well. */
static inline gboolean
oma_is_plain (const char *text, gsize length)
{
  guint64 marks = 0, word;
  const char *end = text + length;

  if (length < sizeof word)
    return oma_is_short_plain (text, length);
  for (; end - text > (gssize) sizeof word; text += sizeof word)
    {
      memcpy (&word, text, sizeof word);
      marks |= oma_mark_not_plain (word);
    }
  memcpy (&word, end - sizeof word, sizeof word);
  return (marks | oma_mark_not_plain (word)) == 0;
}

/* Up to 7 octets. */
static inline gboolean
oma_copy_short_ascii (char *out, const char *text, gsize length)
{
  guint32 first, last;

  if (length < sizeof first)
    {
      char a, b, c;

      if (length == 0)
        return TRUE;
      out[0] = a = text[0];
      out[length >> 1] = b = text[length >> 1];
      out[length - 1] = c = text[length - 1];
      return ((a | b | c) & 0x80) == 0;
    }
  memcpy (&first, text, sizeof first);
  memcpy (&last, text + length - sizeof last, sizeof last);
  memcpy (out, &first, sizeof first);
  memcpy (out + length - sizeof last, &last, sizeof last);
  return ((first | last) & (guint32) OMA_HIGHEST_BITS) == 0;
}

/* Copies text.  Returns: whether all of it is ASCII. */
static inline gboolean
oma_copy_ascii (char *out, const char *text, gsize length)
{
  const char *last = text + length - sizeof (guint64);
  guint64 bits = 0, word;

  if (length < sizeof word)
    return oma_copy_short_ascii (out, text, length);
  for (; text < last; text += sizeof word, out += sizeof word)
    {
      memcpy (&word, text, sizeof word);
      memcpy (out, &word, sizeof word);
      bits |= word;
    }
  memcpy (&word, last, sizeof word);
  memcpy (out - (text - last), &word, sizeof word);
  return ((bits | word) & OMA_HIGHEST_BITS) == 0;
}

/* Where a plain string ends: its NUL, or %NULL when something else comes first. */
static inline const char *
oma_find_plain_end (const char *text, const char *end)
{
  guint64 word;

  for (; end - text >= (gssize) sizeof word; text += sizeof word)
    {
      guint64 marks;

      memcpy (&word, text, sizeof word);
      marks = oma_mark_not_plain (GUINT64_FROM_LE (word));
      if (marks == 0)
        continue;
      text += __builtin_ctzll (marks) / 8;
      return *text == '\0' ? text : NULL;
    }
  while (text < end && (gint8) *text > 0)
    text++;
  return text < end && *text == '\0' ? text : NULL;
}

/* g_utf8_validate_len(), which refuses a NUL too, faster. */
static inline gboolean
oma_is_utf8 (const char *text, gsize length)
{
  return oma_is_plain (text, length) || g_utf8_validate_len (text, length, NULL);
}

G_END_DECLS

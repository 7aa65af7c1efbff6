/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-uri.h"

#include "base/oma-status.h"

#include <string.h>

#define USUAL_LENGTH 64   /* octets of a text that is written, for which there is room at once */

/* What an octet is in a URI. */
enum {
  OCTET_ESCAPED,     /* must be escaped */
  OCTET_PLAIN,       /* stands for itself in a segment (RFC 2396, pchar) */
  OCTET_PERCENT,
  OCTET_END,         /* of a segment */
};
static const guint8 octet_classes[256] = {
  ['A' ... 'Z'] = OCTET_PLAIN, ['a' ... 'z'] = OCTET_PLAIN, ['0' ... '9'] = OCTET_PLAIN,
  ['-'] = OCTET_PLAIN, ['_'] = OCTET_PLAIN, ['.'] = OCTET_PLAIN, ['!'] = OCTET_PLAIN, ['~'] = OCTET_PLAIN,
  ['*'] = OCTET_PLAIN, ['\''] = OCTET_PLAIN, ['('] = OCTET_PLAIN, [')'] = OCTET_PLAIN, [':'] = OCTET_PLAIN,
  ['@'] = OCTET_PLAIN, ['&'] = OCTET_PLAIN, ['='] = OCTET_PLAIN, ['+'] = OCTET_PLAIN, ['$'] = OCTET_PLAIN,
  [','] = OCTET_PLAIN,
  ['%'] = OCTET_PERCENT,
  ['/'] = OCTET_END, ['?'] = OCTET_END, ['\0'] = OCTET_END,
};

static inline guint8
classify (char c)
{
  return octet_classes[(guchar) c];
}

static G_GNUC_NO_INLINE gboolean
fail (GError **error, OmaStatus status, const char *reason)
{
  g_set_error (error, OMA_STATUS_ERROR, status, "Bad URI: %s", reason);
  return FALSE;
}

/* Decodes @length octets of @text to @out; returns the decoded length, or -1. */
static gssize
decode_segment (const char *text, gsize length, char *out)
{
  gsize n = 0;

  for (gsize i = 0; i < length; i++)
    {
      int high, low;

      if (text[i] != '%')
        {
          out[n++] = text[i];
          continue;
        }
      if (length - i < 3 || (high = g_ascii_xdigit_value (text[i + 1])) < 0 ||
          (low = g_ascii_xdigit_value (text[i + 2])) < 0)
        return -1;
      out[n++] = (char) (high << 4 | low);
      i += 2;
    }
  return n;
}

/**
 * oma_uri_name_is_valid:
 * @name: a decoded node name
 * @length: its length in octets
 *
 * Returns: whether @name can be a node's name: not empty, valid UTF-8 without NUL, no '/',
 *   neither "." nor ".."
 */
gboolean
oma_uri_name_is_valid (const char *name, gsize length)
{
  if (length == 0 || (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.'))
    return FALSE;
  return memchr (name, '/', length) == NULL && g_utf8_validate_len (name, length, NULL);
}

static gboolean
fail_name (GError **error)
{
  return fail (error, OMA_STATUS_BAD_REQUEST, "a segment is empty or cannot be a name");
}

/* Decodes the last segment. */
static G_GNUC_NO_INLINE gboolean
decode_last (OmaUri *uri, gsize room, char **spare, GError **error)
{
  OmaUriSegment *segment = &uri->segments[uri->n_segments - 1];
  gssize decoded;

  if (uri->decoded == NULL)
    *spare = uri->decoded = g_malloc (room);
  decoded = decode_segment (segment->name, segment->length, *spare);
  if (decoded < 0)
    return fail (error, OMA_STATUS_BAD_REQUEST, "broken percent escape");
  segment->name = *spare;
  segment->length = decoded;
  *spare += decoded;
  return oma_uri_name_is_valid (segment->name, segment->length) || fail_name (error);
}

static inline gboolean
add_segment (OmaUri *uri, const char *text, gsize length, GError **error)
{
  OmaUriSegment *segment = &uri->segments[uri->n_segments];

  if (G_UNLIKELY (length > OMA_URI_MAX_SEGMENT))
    return fail (error, OMA_STATUS_URI_TOO_LONG, "a segment is too long");
  if (G_UNLIKELY (uri->n_segments == OMA_URI_MAX_DEPTH))
    return fail (error, OMA_STATUS_URI_TOO_LONG, "too many segments");
  if (G_UNLIKELY (length == 0 || (text[0] == '.' && (length == 1 || (length == 2 && text[1] == '.')))))
    return fail_name (error);
  segment->name = text;
  segment->length = length;
  uri->n_segments++;
  return TRUE;
}

static void
parse_query (OmaUri *uri, const char *query)
{
  if (g_str_has_prefix (query, "prop="))
    uri->query = OMA_URI_QUERY_PROP;
  else if (g_str_has_prefix (query, "list="))
    uri->query = OMA_URI_QUERY_LIST;
  else
    uri->query = OMA_URI_QUERY_UNKNOWN;
  uri->query_value = query + (uri->query == OMA_URI_QUERY_UNKNOWN ? 0 : 5);
}

/**
 * oma_uri_parse:
 * @uri: (out caller-allocates): what to fill; clear it with oma_uri_clear()
 * @text: a LocURI, absolute or relative to the root, which must outlive @uri
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Parses a node URI with its optional query (DM Tree and Description 1.2, Addressing).
 * "./A/B" and "A/B" are the same node.  Escapes are decoded after splitting, so that
 * "%2F" never separates.
 *
 * Returns: %TRUE, or %FALSE with %OMA_STATUS_NOT_FOUND for an empty text,
 *   %OMA_STATUS_URI_TOO_LONG for a limit, %OMA_STATUS_BAD_REQUEST for anything that
 *   cannot be parsed
 */
gboolean
oma_uri_parse (OmaUri *uri, const char *text, GError **error)
{
  gsize total = strnlen (text, OMA_URI_MAX_LENGTH + 1);
  const char *p = text, *start;
  char *spare = NULL;

  uri->n_segments = 0;
  uri->query = OMA_URI_QUERY_NONE;
  uri->query_value = NULL;
  uri->decoded = NULL;

  if (total == 0)
    return fail (error, OMA_STATUS_NOT_FOUND, "it is empty");
  if (total > OMA_URI_MAX_LENGTH)
    return fail (error, OMA_STATUS_URI_TOO_LONG, "it is too long");
  if (p[0] == '.' && (p[1] == '\0' || p[1] == '?'))
    {
      if (p[1] == '?')
        parse_query (uri, p + 2);
      return TRUE;
    }
  if (p[0] == '.' && p[1] == '/')
    p += 2;

  for (;; p++)
    {
      gboolean escaped = FALSE;
      guint8 octet;

      for (start = p;; p++)
        {
          while ((octet = classify (*p)) == OCTET_PLAIN)
            p++;
          if (octet != OCTET_PERCENT)
            break;
          escaped = TRUE;
        }
      if (G_UNLIKELY (octet != OCTET_END))
        {
          oma_uri_clear (uri);
          return fail (error, OMA_STATUS_BAD_REQUEST, "it holds a character that must be escaped");
        }
      if (!add_segment (uri, start, p - start, error) ||
          (G_UNLIKELY (escaped) && !decode_last (uri, total + 1, &spare, error)))
        {
          oma_uri_clear (uri);
          return FALSE;
        }
      if (*p != '/')
        break;
    }
  if (*p == '?')
    parse_query (uri, p + 1);
  return TRUE;
}

/**
 * oma_uri_clear:
 * @uri: a URI
 *
 * Frees what oma_uri_parse() allocated; @uri then addresses the root.
 */
void
oma_uri_clear (OmaUri *uri)
{
  g_clear_pointer (&uri->decoded, g_free);
  uri->n_segments = 0;
}

/**
 * oma_uri_append_segment:
 * @uri: what to append to
 * @name: a decoded node name
 * @length: its length in octets, or -1 when NUL-terminated
 *
 * Appends "/" and @name with what must be escaped escaped.
 */
void
oma_uri_append_segment (GString *uri, const char *name, gssize length)
{
  gsize n = length < 0 ? strlen (name) : (gsize) length;

  gsize run = 0;

  g_string_append_c (uri, '/');
  for (gsize i = 0; i < n; i++)
    if (classify (name[i]) != OCTET_PLAIN)
      {
        g_string_append_len (uri, name + run, i - run);
        g_string_append_printf (uri, "%%%02X", (guchar) name[i]);
        run = i + 1;
      }
  g_string_append_len (uri, name + run, n - run);
}

/**
 * oma_uri_to_string:
 * @uri: a URI
 *
 * Returns: (transfer full): the canonical text of the node, "." or "./A/B", escaped where
 *   it must be and without query
 */
char *
oma_uri_to_string (const OmaUri *uri)
{
  GString *text = g_string_sized_new (USUAL_LENGTH);

  g_string_append_c (text, '.');
  for (guint i = 0; i < uri->n_segments; i++)
    oma_uri_append_segment (text, uri->segments[i].name, uri->segments[i].length);
  return g_string_free (text, FALSE);
}

static gboolean
segment_equal (const OmaUriSegment *a, const OmaUriSegment *b)
{
  return a->length == b->length && memcmp (a->name, b->name, a->length) == 0;
}

/**
 * oma_uri_has_prefix:
 * @uri: a URI
 * @prefix: a URI
 *
 * Returns: whether @uri addresses @prefix's node or one below it
 */
gboolean
oma_uri_has_prefix (const OmaUri *uri, const OmaUri *prefix)
{
  if (uri->n_segments < prefix->n_segments)
    return FALSE;
  for (guint i = 0; i < prefix->n_segments; i++)
    if (!segment_equal (&uri->segments[i], &prefix->segments[i]))
      return FALSE;
  return TRUE;
}

/**
 * oma_uri_equal:
 * @a: a URI
 * @b: a URI
 *
 * Returns: whether both address the same node, queries aside
 */
gboolean
oma_uri_equal (const OmaUri *a, const OmaUri *b)
{
  return a->n_segments == b->n_segments && oma_uri_has_prefix (a, b);
}

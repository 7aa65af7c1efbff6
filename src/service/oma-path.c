/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-path.h"

#include "base/oma-uri.h"

#include <string.h>

static void
append_encoded (GString *text, const char *name)
{
  if (name[0] == '\0')
    g_string_append_c (text, '_');
  for (const char *p = name; *p != '\0'; p++)
    {
      if (g_ascii_isalpha (*p) || (g_ascii_isdigit (*p) && p > name))
        g_string_append_c (text, *p);
      else
        g_string_append_printf (text, "_%02x", (guchar) *p);
    }
}

/**
 * oma_path_append_segment:
 * @path: an object path to append to
 * @name: a name, any octets
 *
 * Appends "/" and @name, escaped as sd_bus_path_encode() does: octets other than letters and
 * digits and a leading digit become "_" and two lower-case hexadecimal digits, an empty name
 * becomes "_".
 */
void
oma_path_append_segment (GString *path, const char *name)
{
  g_string_append_c (path, '/');
  append_encoded (path, name);
}

/**
 * oma_path_encode_name:
 * @name: a name, any octets
 *
 * Returns: (transfer full): @name as one segment of an object path, see
 *   oma_path_append_segment()
 */
char *
oma_path_encode_name (const char *name)
{
  GString *text = g_string_new (NULL);

  append_encoded (text, name);
  return g_string_free (text, FALSE);
}

/**
 * oma_path_decode_segment:
 * @segment: a segment of an object path, need not be NUL-terminated
 * @length: its length in octets
 *
 * Undoes oma_path_encode_name().  Each name has one path, so only the text which that
 * function makes is accepted.
 *
 * Returns: (transfer full) (nullable): the name, or %NULL when @segment is not canonical or
 *   the name would hold a NUL
 */
char *
oma_path_decode_segment (const char *segment, gsize length)
{
  g_autoptr(GString) name = g_string_sized_new (length);
  g_autofree char *again = NULL;

  for (gsize i = 0; i < length; i++)
    {
      int high, low;

      if (segment[i] != '_' || length == 1)
        {
          g_string_append_c (name, segment[i]);
          continue;
        }
      if (length - i < 3 || (high = g_ascii_xdigit_value (segment[i + 1])) < 0 ||
          (low = g_ascii_xdigit_value (segment[i + 2])) < 0 || (high == 0 && low == 0))
        return NULL;
      g_string_append_c (name, (char) (high << 4 | low));
      i += 2;
    }
  if (length == 1 && segment[0] == '_')
    g_string_truncate (name, 0);
  again = oma_path_encode_name (name->str);
  if (strlen (again) != length || memcmp (again, segment, length) != 0)
    return NULL;
  return g_strdup (name->str);
}

/**
 * oma_path_to_uri:
 * @below_tree: what follows the path of the tree's root: "" or "/SEGMENT..."
 *
 * Returns: (transfer full) (nullable): the canonical URI of the node with that path, or %NULL
 *   when a segment is not canonical or names no node
 */
char *
oma_path_to_uri (const char *below_tree)
{
  g_autoptr(GString) uri = g_string_new (".");

  while (*below_tree == '/')
    {
      const char *segment = below_tree + 1;
      gsize length = strcspn (segment, "/");
      g_autofree char *name = oma_path_decode_segment (segment, length);

      if (name == NULL || !oma_uri_name_is_valid (name, strlen (name)))
        return NULL;
      oma_uri_append_segment (uri, name, -1);
      below_tree = segment + length;
    }
  return *below_tree == '\0' ? g_strdup (uri->str) : NULL;
}

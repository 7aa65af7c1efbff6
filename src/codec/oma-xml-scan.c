/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-xml-scan.h"

#include <string.h>

/* No start tag that is shorter than this is looked at. */
#define WINDOW 4096

/* Attributes of the start tag at @tag, counted by the '=' outside of quotes. */
static guint
count_attributes (const char *tag, const char *end)
{
  guint n = 0;

  for (const char *p = tag; p < end && *p != '>'; p++)
    {
      if (*p == '=')
        n++;
      if (*p == '"' || *p == '\'')
        {
          p = memchr (p + 1, *p, end - p - 1);
          if (p == NULL)
            break;
        }
    }
  return n;
}

/**
 * oma_xml_scan_attributes:
 * @xml: a document in an encoding that contains ASCII, not checked in any way
 * @size: its octets
 * @max_attributes: attributes to allow in a start tag
 *
 * libxml2 compares each attribute of an element with each other one, before it reports the
 * element, so that a start tag of some megabytes would keep it busy for minutes.  This looks
 * for such a tag beforehand.  It costs next to nothing, since only stretches of 4 KiB
 * without a "<" are looked at.
 *
 * Returns: %FALSE when a long start tag has more attributes
 */
gboolean
oma_xml_scan_attributes (const char *xml, gsize size, guint max_attributes)
{
  const char *end = xml + size;
  const char *tag = xml;

  while ((gsize) (end - tag) > WINDOW)
    {
      const char *last = memrchr (tag + 1, '<', WINDOW);
      if (last == NULL)
        {
          last = memchr (tag + 1, '<', end - tag - 1);
          if (last == NULL)
            last = end;
          if (*tag == '<' && tag[1] != '!' && tag[1] != '?' && tag[1] != '/' &&
              count_attributes (tag + 1, last) > max_attributes)
            return FALSE;
        }
      tag = last;
    }
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "base/oma-uri.h"
#include "service/oma-path.h"

/* Every path names one node, and every node has one path. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autofree char *text = oma_path_to_uri (path);
  g_autoptr(GString) again = g_string_new (NULL);
  g_auto(OmaUri) uri = OMA_URI_INIT;

  if (text == NULL || !oma_uri_parse (&uri, text, NULL))
    return 0;
  for (guint i = 0; i < uri.n_segments; i++)
    {
      g_autofree char *name = g_strndup (uri.segments[i].name, uri.segments[i].length);

      oma_path_append_segment (again, name);
    }
  g_assert_cmpstr (again->str, ==, path);
  return 0;
}

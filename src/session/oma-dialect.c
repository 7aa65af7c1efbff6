/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-dialect.h"

#include <string.h>

/* Returns: what follows the segment @name in @uri, or NULL when @uri does not begin with it. */
static const char *
skip_segment (const char *uri, const char *name)
{
  gsize length = strlen (name);

  if (g_str_has_prefix (uri, "./"))
    uri += strlen ("./");
  if (g_ascii_strncasecmp (uri, name, length) != 0)
    return NULL;
  uri += length;
  return *uri == '\0' || *uri == '/' || *uri == '?' ? uri : NULL;
}

/**
 * oma_dialect_map_uri:
 * @uri: (nullable): a LocURI
 * @mapped: (out) (transfer full) (nullable): the LocURI of the same node in the tree
 *
 * Servers that were written for Windows put the scope in front of a URI: "./Device/X" and
 * "./device/X" are "./X".  The other scope, "./User", is not here: a command for it is refused
 * with 405, as Windows does for a wrong scope.
 *
 * Returns: %FALSE when @uri is of the other scope
 */
gboolean
oma_dialect_map_uri (const char *uri, char **mapped)
{
  const char *rest;

  *mapped = NULL;
  if (uri == NULL)
    return TRUE;
  if (skip_segment (uri, "User") != NULL)
    return FALSE;
  rest = skip_segment (uri, "Device");
  *mapped = rest == NULL ? g_strdup (uri) : g_strconcat (".", rest, NULL);
  return TRUE;
}

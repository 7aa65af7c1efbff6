/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-server-names.h"

#include "nm-xml.h"

#include <string.h>

/* One name: with its backslashes gone, and without anchors.  NULL when it is a regular expression that means more. */
static char *
read_name (const char *text, gboolean *is_suffix)
{
  g_autoptr(GString) name = g_string_new (NULL);

  text += *text == '^';
  *is_suffix = FALSE;
  for (guint i = 0; i < 2 && !*is_suffix; i++)
    {
      static const char *const wildcards[] = { ".*\\.", "*." };

      *is_suffix = g_str_has_prefix (text, wildcards[i]);
      text += *is_suffix ? strlen (wildcards[i]) : 0;
    }
  for (; *text != '\0' && strcmp (text, "$") != 0; text++)
    {
      if (text[0] == '\\' && (text[1] == '.' || text[1] == '-'))
        text++;
      if (!g_ascii_isalnum (*text) && *text != '.' && *text != '-')
        return NULL;
      g_string_append_c (name, *text);
    }
  return name->len > 0 && name->str[0] != '.' ? g_strdup (name->str) : NULL;
}

/**
 * nm_server_names_read:
 * @text: names or regular expressions with semicolons between them
 * @match: (out) (transfer full) (nullable): for 802-1x.domain-match
 * @suffix_match: (out) (transfer full) (nullable): for 802-1x.domain-suffix-match
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when NetworkManager has no way to say it: whole names, or names below a domain, but not both
 */
gboolean
nm_server_names_read (const char *text, char **match, char **suffix_match, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (text, ";", -1);
  g_autoptr(GString) list = g_string_new (NULL);
  gboolean suffixes = FALSE;

  *match = *suffix_match = NULL;
  for (char **part = parts; *part != NULL; part++)
    {
      g_autofree char *name = NULL;
      gboolean is_suffix;

      if (*g_strstrip (*part) == '\0')
        continue;
      name = read_name (*part, &is_suffix);
      if (name == NULL || (list->len > 0 && is_suffix != suffixes))
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error,
                               "%.*s in ServerNames: NetworkManager takes names, or *.domain, and not both",
                               NM_XML_MAX_QUOTE, *part);
      suffixes = is_suffix;
      g_string_append_printf (list, "%s%s", list->len > 0 ? ";" : "", name);
    }
  if (list->len > 0)
    *(suffixes ? suffix_match : match) = g_strdup (list->str);
  return TRUE;
}

/**
 * nm_server_names_write:
 * @match: (nullable): 802-1x.domain-match
 * @suffix_match: (nullable): 802-1x.domain-suffix-match
 *
 * Returns: (transfer full): the same as ServerNames
 */
char *
nm_server_names_write (const char *match, const char *suffix_match)
{
  g_auto(GStrv) suffixes = NULL;
  g_autofree char *joined = NULL;

  if (match != NULL)
    return g_strdup (match);
  if (suffix_match == NULL)
    return g_strdup ("");
  suffixes = g_strsplit (suffix_match, ";", -1);
  joined = g_strjoinv (";*.", suffixes);
  return g_strconcat ("*.", joined, NULL);
}

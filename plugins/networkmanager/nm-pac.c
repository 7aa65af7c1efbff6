/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-pac.h"

#include <string.h>

#define MAX_HOST 255
#define BEFORE "function FindProxyForURL (url, host) { return \""
#define AFTER "\"; }"

/**
 * nm_pac_is_host:
 * @host: a name, an IPv4 address, or an IPv6 address in brackets
 *
 * Returns: whether it can be one, and so can stand in a script
 */
gboolean
nm_pac_is_host (const char *host)
{
  gsize length = strlen (host);

  if (length > 2 && length <= MAX_HOST && host[0] == '[' && host[length - 1] == ']')
    {
      g_autofree char *address = g_strndup (host + 1, length - 2);

      return strchr (address, '%') == NULL && nm_utils_ipaddr_valid (AF_INET6, address);
    }
  for (const char *c = host; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr (".-_", *c) == NULL)
      return FALSE;
  return length > 0 && length <= MAX_HOST;
}

/**
 * nm_pac_is_port:
 * @port: a text
 *
 * Returns: whether it is the number of a port
 */
gboolean
nm_pac_is_port (const char *port)
{
  guint64 number;

  return g_ascii_string_to_unsigned (port, 10, 1, G_MAXUINT16, &number, NULL);
}

/**
 * nm_pac_split:
 * @server: "host:port"
 * @host: (out) (transfer full): the host
 * @port: (out) (transfer full): the port
 *
 * Returns: %FALSE when it is something else
 */
gboolean
nm_pac_split (const char *server, char **host, char **port)
{
  const char *colon = strrchr (server, ':');
  g_autofree char *name = colon != NULL ? g_strndup (server, (gsize) (colon - server)) : NULL;

  if (name == NULL || !nm_pac_is_host (name) || !nm_pac_is_port (colon + 1))
    return FALSE;
  *host = g_steal_pointer (&name);
  *port = g_strdup (colon + 1);
  return TRUE;
}

/**
 * nm_pac_make:
 * @kind: PROXY or SOCKS, as in the result of a script
 * @host: see nm_pac_is_host()
 * @port: see nm_pac_is_port()
 *
 * Returns: (transfer full): a script that sends everything to this server
 */
char *
nm_pac_make (const char *kind, const char *host, const char *port)
{
  return g_strconcat (BEFORE, kind, " ", host, ":", port, AFTER, NULL);
}

/**
 * nm_pac_parse:
 * @script: (nullable): a script
 * @kind: (out) (transfer full): PROXY or SOCKS
 * @host: (out) (transfer full): the host
 * @port: (out) (transfer full): the port
 *
 * Returns: %FALSE when nm_pac_make() makes no such script
 */
gboolean
nm_pac_parse (const char *script, char **kind, char **host, char **port)
{
  const char *text, *end;
  g_auto(GStrv) words = NULL;
  g_autofree char *result = NULL;

  if (script == NULL || !g_str_has_prefix (script, BEFORE) || !g_str_has_suffix (script, AFTER))
    return FALSE;
  text = script + strlen (BEFORE);
  end = script + strlen (script) - strlen (AFTER);
  if (end < text)
    return FALSE;
  result = g_strndup (text, (gsize) (end - text));
  words = g_strsplit (result, " ", 3);
  if (g_strv_length (words) != 2 || (strcmp (words[0], "PROXY") != 0 && strcmp (words[0], "SOCKS") != 0) ||
      !nm_pac_split (words[1], host, port))
    return FALSE;
  *kind = g_strdup (words[0]);
  return TRUE;
}

/**
 * nm_pac_set_proxy:
 * @connection: a profile
 * @automatic: whether there is a proxy, or it is to be discovered
 * @url: (nullable): of a PAC script
 * @script: (nullable): a PAC script
 */
void
nm_pac_set_proxy (NMConnection *connection, gboolean automatic, const char *url, const char *script)
{
  if (!automatic)
    {
      nm_connection_remove_setting (connection, NM_TYPE_SETTING_PROXY);
      return;
    }
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_PROXY_SETTING_NAME), NM_SETTING_PROXY_METHOD,
                NM_SETTING_PROXY_METHOD_AUTO, NM_SETTING_PROXY_PAC_URL, url, NM_SETTING_PROXY_PAC_SCRIPT, script, NULL);
}

static NMSettingProxy *
get_automatic (NMConnection *connection)
{
  NMSettingProxy *proxy = nm_connection_get_setting_proxy (connection);

  return proxy != NULL && nm_setting_proxy_get_method (proxy) == NM_SETTING_PROXY_METHOD_AUTO ? proxy : NULL;
}

/**
 * nm_pac_get_url:
 * @connection: a profile
 *
 * Returns: (transfer none) (nullable): URL of its PAC script
 */
const char *
nm_pac_get_url (NMConnection *connection)
{
  NMSettingProxy *proxy = get_automatic (connection);

  return proxy != NULL ? nm_setting_proxy_get_pac_url (proxy) : NULL;
}

/**
 * nm_pac_get_script:
 * @connection: a profile
 *
 * Returns: (transfer none) (nullable): its PAC script
 */
const char *
nm_pac_get_script (NMConnection *connection)
{
  NMSettingProxy *proxy = get_automatic (connection);

  return proxy != NULL ? nm_setting_proxy_get_pac_script (proxy) : NULL;
}

/**
 * nm_pac_check_url:
 * @url: a text
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE when it is no URL of a PAC script
 */
gboolean
nm_pac_check_url (const char *url, GError **error)
{
  gboolean good = g_uri_is_valid (url, G_URI_FLAGS_NONE, NULL);

  for (const char *c = url; *c != '\0'; c++)
    good = good && g_ascii_isgraph (*c);
  if (good && (g_str_has_prefix (url, "http://") || g_str_has_prefix (url, "https://")))
    return TRUE;
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "This is no http or https URL of a PAC script");
}

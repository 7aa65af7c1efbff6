/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-vpn-private.h"

#include "nm-pac.h"

#include <string.h>

/* DnsSuffix and DomainNameInformationList.
 *
 * NetworkManager asks all servers of a connection for all domains of it; "~" before a domain says that it is not
 * searched, only asked for there.  What was put in for the list is noted, so that it can be taken out again beside what
 * others put there. */

static gboolean
refuse (GError **error, const char *text)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s", text);
}

static NMSettingIPConfig *
get_ip (NMConnection *connection, const char *server)
{
  const char *name = strchr (server, ':') != NULL ? NM_SETTING_IP6_CONFIG_SETTING_NAME
                                                  : NM_SETTING_IP4_CONFIG_SETTING_NAME;

  return NM_SETTING_IP_CONFIG (nm_door_ensure_setting (connection, name));
}

static char **
split (const char *list)
{
  char **words = g_strsplit (list != NULL ? list : "", ",", -1);

  for (char **word = words; *word != NULL; word++)
    g_strstrip (*word);
  return words;
}

/* ---- What was there ---- */

static void
remove_noted (NMConnection *connection)
{
  g_auto(GStrv) servers = split (nm_door_get_data (connection, NM_VPN_DOOR, NM_VPN_KEY_SERVERS));
  g_auto(GStrv) domains = split (nm_door_get_data (connection, NM_VPN_DOOR, NM_VPN_KEY_DOMAINS));

  for (char **server = servers; *server != NULL; server++)
    if (**server != '\0')
      nm_setting_ip_config_remove_dns_by_value (get_ip (connection, *server), *server);
  for (char **domain = domains; *domain != NULL; domain++)
    if (**domain != '\0')
      nm_setting_ip_config_remove_dns_search_by_value (get_ip (connection, "."), *domain);
}

static void
remove_searched (NMSettingIPConfig *ip)
{
  for (guint i = nm_setting_ip_config_get_num_dns_searches (ip); i > 0; i--)
    if (*nm_setting_ip_config_get_dns_search (ip, (int) i - 1) != '~')
      nm_setting_ip_config_remove_dns_search (ip, (int) i - 1);
}

/* ---- What is to be there ---- */

static gboolean
add_searched (NMConnection *connection, GError **error)
{
  g_autofree char *list = nm_vpn_dup_field (connection, "DnsSuffix");
  g_auto(GStrv) names = split (list);
  NMSettingIPConfig *ip = get_ip (connection, ".");

  /* A file of wg-quick has its own. */
  if (list == NULL && (nm_vpn_is_wireguard (connection) || !nm_vpn_is_fresh (connection)))
    return TRUE;
  remove_searched (ip);
  for (char **name = names; *name != NULL && list != NULL; name++)
    if (!nm_pac_is_host (*name))
      return refuse (error, "DnsSuffix is no list of domain names");
    else
      nm_setting_ip_config_add_dns_search (ip, *name);
  return TRUE;
}

/* ".example.com" is the domain, "www.example.com" one name, for which NetworkManager has no other word. */
static char *
make_domain (const char *name)
{
  const char *bare = *name == '.' ? name + 1 : name;

  if (*name == '.' && *bare == '\0')
    return g_strdup ("~.");
  return nm_pac_is_host (bare) ? g_strconcat ("~", bare, NULL) : NULL;
}

static gboolean
add_servers (NMConnection *connection, const char *list, GError **error)
{
  g_auto(GStrv) servers = split (list);

  for (char **server = servers; *server != NULL; server++)
    {
      if (!nm_utils_ipaddr_valid (AF_UNSPEC, *server))
        return refuse (error, "DnsServers is no list of addresses");
      nm_setting_ip_config_add_dns (get_ip (connection, *server), *server);
    }
  return nm_door_set_data (connection, NM_VPN_DOOR, NM_VPN_KEY_SERVERS, list, error);
}

/* @list: the servers of the rows so far. */
static gboolean
read_row (NMConnection *connection, const char *row, char **list, GString *domains, GError **error)
{
  g_autofree char *name_field = nm_vpn_row_field (NM_VPN_DOMAINS, row, "DomainName");
  g_autofree char *servers_field = nm_vpn_row_field (NM_VPN_DOMAINS, row, "DnsServers");
  g_autofree char *name = nm_vpn_dup_field (connection, name_field);
  g_autofree char *servers = nm_vpn_dup_field (connection, servers_field);
  g_autofree char *domain = name != NULL ? make_domain (name) : NULL;

  /* One that is not complete is kept until it is. */
  if (name == NULL || servers == NULL)
    return TRUE;
  if (domain == NULL)
    return refuse (error, "DomainName is no name of a domain");
  if (*list != NULL && strcmp (*list, servers) != 0)
    return refuse (error, "DnsServers: NetworkManager asks the same servers for all domains of a profile");
  if (*list == NULL)
    *list = g_steal_pointer (&servers);
  g_string_append_printf (domains, "%s%s", domains->len > 0 ? "," : "", domain);
  nm_setting_ip_config_add_dns_search (get_ip (connection, "."), domain);
  return TRUE;
}

/**
 * nm_vpn_compile_dns:
 * @connection: a profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %FALSE with 415 for what cannot be
 */
gboolean
nm_vpn_compile_dns (NMConnection *connection, GError **error)
{
  g_auto(GStrv) rows = nm_vpn_list_rows (connection, NM_VPN_DOMAINS);
  g_autoptr(GString) domains = g_string_new (NULL);
  g_autofree char *servers = NULL;

  remove_noted (connection);
  if (!add_searched (connection, error))
    return FALSE;
  for (char **row = rows; *row != NULL; row++)
    if (!read_row (connection, *row, &servers, domains, error))
      return FALSE;
  if (!nm_door_set_data (connection, NM_VPN_DOOR, NM_VPN_KEY_DOMAINS, domains->len > 0 ? domains->str : NULL, error))
    return FALSE;
  if (servers == NULL)
    return nm_door_set_data (connection, NM_VPN_DOOR, NM_VPN_KEY_SERVERS, NULL, error);
  return add_servers (connection, servers, error);
}

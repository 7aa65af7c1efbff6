/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-network.h"

#include <string.h>
#include <sys/socket.h>

/* IPv4/... and IPv6/...: lists are texts, with blanks or commas between their elements. */

static int
get_family (const NmLeaf *leaf)
{
  return strcmp (leaf->setting, NM_SETTING_IP6_CONFIG_SETTING_NAME) == 0 ? AF_INET6 : AF_INET;
}

static NMSettingIPConfig *
get_ip (const NmPlace *place, const NmLeaf *leaf)
{
  return (NMSettingIPConfig *) nm_door_get_setting (place->connection, leaf->setting);
}

/* One that is new is automatic, as of a profile without it. */
static NMSettingIPConfig *
ensure_ip (const NmPlace *place, const NmLeaf *leaf)
{
  NMSettingIPConfig *ip = NM_SETTING_IP_CONFIG (nm_door_ensure_setting (place->connection, leaf->setting));

  if (nm_setting_ip_config_get_method (ip) == NULL)
    g_object_set (ip, NM_SETTING_IP_CONFIG_METHOD, NM_SETTING_IP4_CONFIG_METHOD_AUTO, NULL);
  return ip;
}

static gboolean
refuse (const NmLeaf *leaf, const char *what, GError **error)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "'%s' is not what %s has there", what,
                         get_family (leaf) == AF_INET6 ? "IPv6" : "IPv4");
}

static OmaValue *
new_list (GPtrArray *parts)
{
  g_autofree char *text = NULL;

  g_ptr_array_add (parts, NULL);
  text = parts->len > 1 ? g_strjoinv (", ", (char **) parts->pdata) : NULL;
  return nm_leaf_new_string (text);
}

static char **
split (OmaValue *value)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  g_autoptr(GStrvBuilder) parts = g_strv_builder_new ();
  g_auto(GStrv) raw = g_strsplit_set (text != NULL ? text : "", ", \t\r\n", -1);

  for (char **part = raw; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (parts, *part);
  return g_strv_builder_end (parts);
}

/* ---- Method ---- */

OmaValue *
nm_ip_get_method (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSettingIPConfig *ip = get_ip (place, leaf);

  return ip != NULL ? nm_leaf_new_string (nm_setting_ip_config_get_method (ip)) : NULL;
}

gboolean
nm_ip_set_method (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error G_GNUC_UNUSED)
{
  g_autofree char *method = nm_leaf_dup_text (value);

  g_object_set (ensure_ip (place, leaf), NM_SETTING_IP_CONFIG_METHOD,
                method != NULL ? method : NM_SETTING_IP4_CONFIG_METHOD_AUTO, NULL);
  return TRUE;
}

/* ---- Addresses ---- */

OmaValue *
nm_ip_get_addresses (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  NMSettingIPConfig *ip = get_ip (place, leaf);

  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_addresses (ip); i++)
    {
      NMIPAddress *address = nm_setting_ip_config_get_address (ip, (int) i);

      g_ptr_array_add (parts, g_strdup_printf ("%s/%u", nm_ip_address_get_address (address),
                                               nm_ip_address_get_prefix (address)));
    }
  return new_list (parts);
}

/* "192.0.2.1/24"; @prefix is that of a single address when there is none. */
static gboolean
parse_prefix (const char *text, int family, char **address, guint *prefix)
{
  const char *slash = strchr (text, '/');
  guint64 number = family == AF_INET6 ? 128 : 32;

  *address = NULL;
  if (slash != NULL && !g_ascii_string_to_unsigned (slash + 1, 10, 0, number, &number, NULL))
    return FALSE;
  *address = slash != NULL ? g_strndup (text, slash - text) : g_strdup (text);
  *prefix = (guint) number;
  return nm_utils_ipaddr_valid (family, *address);
}

gboolean
nm_ip_set_addresses (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSettingIPConfig *ip = ensure_ip (place, leaf);
  g_auto(GStrv) parts = split (value);

  nm_setting_ip_config_clear_addresses (ip);
  for (char **part = parts; *part != NULL; part++)
    {
      g_autofree char *text = NULL;
      NMIPAddress *address = NULL;
      guint prefix;

      if (parse_prefix (*part, get_family (leaf), &text, &prefix))
        address = nm_ip_address_new (get_family (leaf), text, prefix, NULL);
      if (address == NULL)
        return refuse (leaf, *part, error);
      nm_setting_ip_config_add_address (ip, address);
      nm_ip_address_unref (address);
    }
  if (nm_setting_ip_config_get_num_addresses (ip) == 0)
    g_object_set (ip, NM_SETTING_IP_CONFIG_GATEWAY, NULL, NULL);
  return TRUE;
}

/* ---- Gateway ---- */

OmaValue *
nm_ip_get_gateway (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSettingIPConfig *ip = get_ip (place, leaf);

  return ip != NULL ? nm_leaf_new_string (nm_setting_ip_config_get_gateway (ip)) : NULL;
}

gboolean
nm_ip_set_gateway (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  if (text != NULL && !nm_utils_ipaddr_valid (get_family (leaf), text))
    return refuse (leaf, text, error);
  g_object_set (ensure_ip (place, leaf), NM_SETTING_IP_CONFIG_GATEWAY, text, NULL);
  return TRUE;
}

/* ---- Names ---- */

OmaValue *
nm_ip_get_dns (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  NMSettingIPConfig *ip = get_ip (place, leaf);

  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_dns (ip); i++)
    g_ptr_array_add (parts, g_strdup (nm_setting_ip_config_get_dns (ip, (int) i)));
  return new_list (parts);
}

gboolean
nm_ip_set_dns (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSettingIPConfig *ip = ensure_ip (place, leaf);
  g_auto(GStrv) parts = split (value);

  nm_setting_ip_config_clear_dns (ip);
  for (char **part = parts; *part != NULL; part++)
    {
      if (!nm_utils_ipaddr_valid (get_family (leaf), *part))
        return refuse (leaf, *part, error);
      nm_setting_ip_config_add_dns (ip, *part);
    }
  return TRUE;
}

OmaValue *
nm_ip_get_search (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  NMSettingIPConfig *ip = get_ip (place, leaf);

  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_dns_searches (ip); i++)
    g_ptr_array_add (parts, g_strdup (nm_setting_ip_config_get_dns_search (ip, (int) i)));
  return new_list (parts);
}

gboolean
nm_ip_set_search (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSettingIPConfig *ip = ensure_ip (place, leaf);
  g_auto(GStrv) parts = split (value);

  nm_setting_ip_config_clear_dns_searches (ip);
  for (char **part = parts; *part != NULL; part++)
    {
      if (strspn (*part, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.~") != strlen (*part))
        return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "'%s' is no domain", *part);
      nm_setting_ip_config_add_dns_search (ip, *part);
    }
  return TRUE;
}

/* ---- Routes: "198.51.100.0/24 192.0.2.1 100, ...": where to, by which way, metric ---- */

OmaValue *
nm_ip_get_routes (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  NMSettingIPConfig *ip = get_ip (place, leaf);

  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_routes (ip); i++)
    {
      NMIPRoute *route = nm_setting_ip_config_get_route (ip, (int) i);
      GString *text = g_string_new (NULL);

      g_string_printf (text, "%s/%u", nm_ip_route_get_dest (route), nm_ip_route_get_prefix (route));
      if (nm_ip_route_get_next_hop (route) != NULL)
        g_string_append_printf (text, " %s", nm_ip_route_get_next_hop (route));
      if (nm_ip_route_get_metric (route) >= 0)
        g_string_append_printf (text, " %" G_GINT64_FORMAT, nm_ip_route_get_metric (route));
      g_ptr_array_add (parts, g_string_free (text, FALSE));
    }
  return new_list (parts);
}

static NMIPRoute *
parse_route (const char *text, int family)
{
  g_auto(GStrv) words = g_strsplit_set (text, " \t", -1);
  g_autofree char *destination = NULL;
  const char *next_hop = NULL;
  guint64 metric = 0;
  gint64 given = -1;
  guint prefix, n = g_strv_length (words);

  if (n > 3 || !parse_prefix (words[0], family, &destination, &prefix))
    return NULL;
  for (guint i = 1; i < n; i++)
    {
      if (i == 1 && nm_utils_ipaddr_valid (family, words[i]))
        next_hop = words[i];
      else if (i == n - 1 && g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT32, &metric, NULL))
        given = (gint64) metric;
      else
        return NULL;
    }
  return nm_ip_route_new (family, destination, prefix, next_hop, given, NULL);
}

gboolean
nm_ip_set_routes (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  NMSettingIPConfig *ip = ensure_ip (place, leaf);
  g_autofree char *text = nm_leaf_dup_text (value);
  g_auto(GStrv) parts = g_strsplit_set (text != NULL ? text : "", ",\r\n", -1);

  nm_setting_ip_config_clear_routes (ip);
  for (char **part = parts; *part != NULL; part++)
    {
      NMIPRoute *route;

      if (*g_strstrip (*part) == '\0')
        continue;
      route = parse_route (*part, get_family (leaf));
      if (route == NULL)
        return refuse (leaf, *part, error);
      nm_setting_ip_config_add_route (ip, route);
      nm_ip_route_unref (route);
    }
  return TRUE;
}

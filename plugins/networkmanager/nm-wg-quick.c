/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-wg-quick.h"

#include <string.h>

typedef struct {
  NMSettingWireGuard *wireguard;
  NMSettingWireGuard *before;
  NMSettingIPConfig  *v4;
  NMSettingIPConfig  *v6;
  NMWireGuardPeer    *peer;      /* NULL in [Interface] */
  gboolean            in_interface;
} Reader;

/* Only what is the name of a key for sure is told: a line that is out of place may be a key itself. */
static gboolean
refuse (GError **error, const char *key)
{
  static const char *const known[] = {
    "Address", "AllowedIPs", "DNS", "Endpoint", "FwMark", "ListenPort", "MTU", "PersistentKeepalive", "PostDown",
    "PostUp", "PreDown", "PresharedKey", "PreUp", "PrivateKey", "PublicKey", "SaveConfig", "Table",
  };
  gsize i;

  for (i = 0; i < G_N_ELEMENTS (known) && g_ascii_strcasecmp (known[i], key) != 0;)
    i++;
  key = i < G_N_ELEMENTS (known) ? known[i] : "A key or group";
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "%s is not supported here, or its value is none", key);
}

/**
 * nm_wg_quick_looks_like:
 * @text: a text
 *
 * Returns: whether it is meant to be a file of wg-quick
 */
gboolean
nm_wg_quick_looks_like (const char *text)
{
  return strstr (text, "[Interface]") != NULL;
}

/* ---- Reading ---- */

static NMSettingIPConfig *
get_ip (Reader *reader, const char *address)
{
  return strchr (address, ':') != NULL ? reader->v6 : reader->v4;
}

static gboolean
read_address (Reader *reader, const char *text)
{
  NMSettingIPConfig *ip = get_ip (reader, text);
  int family = ip == reader->v6 ? AF_INET6 : AF_INET;
  g_auto(GStrv) parts = g_strsplit (text, "/", 2);
  guint64 prefix = family == AF_INET6 ? 128 : 32;
  NMIPAddress *address;

  if (parts[0] == NULL || (parts[1] != NULL && !g_ascii_string_to_unsigned (parts[1], 10, 0, prefix, &prefix, NULL)))
    return FALSE;
  address = nm_ip_address_new (family, parts[0], (guint) prefix, NULL);
  if (address == NULL)
    return FALSE;
  nm_setting_ip_config_add_address (ip, address);
  nm_ip_address_unref (address);
  g_object_set (ip, NM_SETTING_IP_CONFIG_METHOD, "manual", NULL);
  return TRUE;
}

/* wg-quick takes servers and search domains in one list. */
static gboolean
read_dns (Reader *reader, const char *text)
{
  if (nm_utils_ipaddr_valid (AF_UNSPEC, text))
    nm_setting_ip_config_add_dns (get_ip (reader, text), text);
  else
    nm_setting_ip_config_add_dns_search (reader->v4, text);
  return TRUE;
}

static gboolean
read_each (Reader *reader, const char *list, gboolean (*read) (Reader *reader, const char *text))
{
  g_auto(GStrv) parts = g_strsplit (list, ",", -1);

  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0' && !read (reader, *part))
      return FALSE;
  return TRUE;
}

static gboolean
set_number (GObject *object, const char *property, const char *text, guint64 max)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &number, NULL))
    return FALSE;
  g_object_set (object, property, (guint) number, NULL);
  return TRUE;
}

/* What wg-quick would run as root (PreUp and the like) is not among them. */
static gboolean
read_interface (Reader *reader, const char *key, const char *value)
{
  if (g_ascii_strcasecmp (key, "PrivateKey") == 0)
    {
      g_object_set (reader->wireguard, NM_SETTING_WIREGUARD_PRIVATE_KEY, value, NULL);
      return nm_utils_base64secret_decode (value, NM_WIREGUARD_PUBLIC_KEY_LEN, NULL);
    }
  if (g_ascii_strcasecmp (key, "ListenPort") == 0)
    return set_number (G_OBJECT (reader->wireguard), NM_SETTING_WIREGUARD_LISTEN_PORT, value, G_MAXUINT16);
  if (g_ascii_strcasecmp (key, "MTU") == 0)
    return set_number (G_OBJECT (reader->wireguard), NM_SETTING_WIREGUARD_MTU, value, G_MAXUINT16);
  if (g_ascii_strcasecmp (key, "Address") == 0)
    return read_each (reader, value, read_address);
  if (g_ascii_strcasecmp (key, "DNS") == 0)
    return read_each (reader, value, read_dns);
  return FALSE;
}

static gboolean
read_allowed (Reader *reader, const char *text)
{
  return nm_wireguard_peer_append_allowed_ip (reader->peer, text, FALSE);
}

static gboolean
read_peer (Reader *reader, const char *key, const char *value)
{
  guint64 seconds = 0;

  if (g_ascii_strcasecmp (key, "PublicKey") == 0)
    return nm_wireguard_peer_set_public_key (reader->peer, value, FALSE);
  if (g_ascii_strcasecmp (key, "PresharedKey") == 0)
    {
      nm_wireguard_peer_set_preshared_key_flags (reader->peer, NM_SETTING_SECRET_FLAG_NONE);
      return nm_wireguard_peer_set_preshared_key (reader->peer, value, FALSE);
    }
  if (g_ascii_strcasecmp (key, "Endpoint") == 0)
    return nm_wireguard_peer_set_endpoint (reader->peer, value, FALSE);
  if (g_ascii_strcasecmp (key, "AllowedIPs") == 0)
    return read_each (reader, value, read_allowed);
  if (g_ascii_strcasecmp (key, "PersistentKeepalive") != 0 ||
      (g_ascii_strcasecmp (value, "off") != 0 &&
       !g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT16, &seconds, NULL)))
    return FALSE;
  nm_wireguard_peer_set_persistent_keepalive (reader->peer, (guint16) seconds);
  return TRUE;
}

/* The peer is complete.  A file without its preshared key leaves the key as it is. */
static gboolean
end_peer (Reader *reader, GError **error)
{
  NMWireGuardPeer *peer = g_steal_pointer (&reader->peer), *before = NULL;
  const char *key = peer != NULL ? nm_wireguard_peer_get_public_key (peer) : NULL;
  gboolean valid = peer == NULL || nm_wireguard_peer_is_valid (peer, TRUE, TRUE, NULL);

  if (key != NULL && reader->before != NULL)
    before = nm_setting_wireguard_get_peer_by_public_key (reader->before, key, NULL);
  if (valid && peer != NULL && before != NULL && nm_wireguard_peer_get_preshared_key (peer) == NULL)
    {
      if (nm_wireguard_peer_get_preshared_key (before) != NULL)
        nm_wireguard_peer_set_preshared_key (peer, nm_wireguard_peer_get_preshared_key (before), TRUE);
      nm_wireguard_peer_set_preshared_key_flags (peer, nm_wireguard_peer_get_preshared_key_flags (before));
    }
  if (peer != NULL && valid)
    nm_setting_wireguard_append_peer (reader->wireguard, peer);
  g_clear_pointer (&peer, nm_wireguard_peer_unref);
  return valid || nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "A peer is not complete");
}

static gboolean
read_group (Reader *reader, const char *line, GError **error)
{
  if (!end_peer (reader, error))
    return FALSE;
  reader->in_interface = g_ascii_strcasecmp (line, "[Interface]") == 0;
  if (reader->in_interface)
    return TRUE;
  if (g_ascii_strcasecmp (line, "[Peer]") != 0)
    return refuse (error, line);
  if (nm_setting_wireguard_get_peers_len (reader->wireguard) >= NM_WG_QUICK_MAX_PEERS)
    return nm_leaf_refuse (OMA_STATUS_ENTITY_TOO_LARGE, error, "More than %d peers", NM_WG_QUICK_MAX_PEERS);
  reader->peer = nm_wireguard_peer_new ();
  return TRUE;
}

static gboolean
read_line (Reader *reader, char *line, GError **error)
{
  char *comment = strchr (line, '#'), *equals;

  if (comment != NULL)
    *comment = '\0';
  line = g_strstrip (line);
  if (*line == '\0')
    return TRUE;
  if (*line == '[')
    return read_group (reader, line, error);
  equals = strchr (line, '=');
  if (equals == NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "There is a line without a key");
  *equals = '\0';
  g_strchomp (line);
  if (reader->peer != NULL ? read_peer (reader, line, g_strstrip (equals + 1))
                           : reader->in_interface && read_interface (reader, line, g_strstrip (equals + 1)))
    return TRUE;
  return refuse (error, line);
}

static NMSettingWireGuard *
get_wireguard (NMConnection *connection)
{
  return NM_SETTING_WIREGUARD (nm_connection_get_setting (connection, NM_TYPE_SETTING_WIREGUARD));
}

/* What the file does not speak of stays. */
static NMSettingIPConfig *
new_ip (NMConnection *connection, const char *name)
{
  NMSetting *before = nm_door_get_setting (connection, name);
  NMSettingIPConfig *ip = NM_SETTING_IP_CONFIG (before != NULL ? nm_setting_duplicate (before)
                                                               : g_object_new (nm_setting_lookup_type (name), NULL));
  const char *method = nm_setting_ip_config_get_method (ip);

  nm_setting_ip_config_clear_addresses (ip);
  nm_setting_ip_config_clear_dns (ip);
  for (guint i = nm_setting_ip_config_get_num_dns_searches (ip); i > 0; i--)
    nm_setting_ip_config_remove_dns_search (ip, (int) i - 1);
  if (method == NULL || strcmp (method, "manual") == 0)
    g_object_set (ip, NM_SETTING_IP_CONFIG_METHOD, "disabled", NULL);
  return ip;
}

static NMSettingWireGuard *
new_wireguard (NMSettingWireGuard *before)
{
  NMSetting *setting = before != NULL ? nm_setting_duplicate (NM_SETTING (before)) : nm_setting_wireguard_new ();

  nm_setting_wireguard_clear_peers (NM_SETTING_WIREGUARD (setting));
  g_object_set (setting, NM_SETTING_WIREGUARD_LISTEN_PORT, 0, NM_SETTING_WIREGUARD_MTU, 0, NULL);
  return NM_SETTING_WIREGUARD (setting);
}

static void
reader_clear (Reader *reader)
{
  g_clear_object (&reader->wireguard);
  g_clear_object (&reader->v4);
  g_clear_object (&reader->v6);
  g_clear_pointer (&reader->peer, nm_wireguard_peer_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

/**
 * nm_wg_quick_read:
 * @connection: a profile
 * @text: a file of wg-quick
 * @error: return location for an %OMA_STATUS_ERROR; it never has a key in it
 *
 * Makes addresses, DNS and WireGuard of the profile what the file says; keys that are not in the file stay.
 *
 * Returns: %FALSE with the profile as it was
 */
gboolean
nm_wg_quick_read (NMConnection *connection, const char *text, GError **error)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto(Reader) reader = {
    .wireguard = new_wireguard (get_wireguard (connection)),
    .before = get_wireguard (connection),
    .v4 = new_ip (connection, NM_SETTING_IP4_CONFIG_SETTING_NAME),
    .v6 = new_ip (connection, NM_SETTING_IP6_CONFIG_SETTING_NAME),
  };

  for (char **line = lines; *line != NULL; line++)
    if (!read_line (&reader, *line, error))
      return FALSE;
  if (!end_peer (&reader, error))
    return FALSE;
  if (reader.before == NULL && nm_setting_wireguard_get_private_key (reader.wireguard) == NULL)
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "PrivateKey is missing");
  nm_connection_add_setting (connection, NM_SETTING (g_steal_pointer (&reader.wireguard)));
  nm_connection_add_setting (connection, NM_SETTING (g_steal_pointer (&reader.v4)));
  nm_connection_add_setting (connection, NM_SETTING (g_steal_pointer (&reader.v6)));
  return TRUE;
}

/* ---- What may be read ---- */

/**
 * nm_wg_quick_redact:
 * @text: a file of wg-quick that could be read
 *
 * Returns: (transfer full): it without the lines of keys that are secret, and without comments
 */
char *
nm_wg_quick_redact (const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr(GString) readable = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++)
    {
      char *comment = strchr (*line, '#');

      if (comment != NULL)
        *comment = '\0';
      g_strstrip (*line);
      if (**line != '\0' && g_ascii_strncasecmp (*line, "PrivateKey", 10) != 0 &&
          g_ascii_strncasecmp (*line, "PresharedKey", 12) != 0)
        g_string_append_printf (readable, "%s\n", *line);
    }
  return g_strdup (readable->str);
}

static void
write_ip (GString *text, NMSettingIPConfig *ip)
{
  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_addresses (ip); i++)
    {
      NMIPAddress *address = nm_setting_ip_config_get_address (ip, (int) i);

      g_string_append_printf (text, "Address = %s/%u\n", nm_ip_address_get_address (address),
                              nm_ip_address_get_prefix (address));
    }
  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_dns (ip); i++)
    g_string_append_printf (text, "DNS = %s\n", nm_setting_ip_config_get_dns (ip, (int) i));
  for (guint i = 0; ip != NULL && i < nm_setting_ip_config_get_num_dns_searches (ip); i++)
    g_string_append_printf (text, "DNS = %s\n", nm_setting_ip_config_get_dns_search (ip, (int) i));
}

static void
write_peer (GString *text, NMWireGuardPeer *peer)
{
  g_string_append_printf (text, "[Peer]\nPublicKey = %s\n", nm_wireguard_peer_get_public_key (peer));
  if (nm_wireguard_peer_get_endpoint (peer) != NULL)
    g_string_append_printf (text, "Endpoint = %s\n", nm_wireguard_peer_get_endpoint (peer));
  for (guint i = 0; i < nm_wireguard_peer_get_allowed_ips_len (peer); i++)
    g_string_append_printf (text, "AllowedIPs = %s\n", nm_wireguard_peer_get_allowed_ip (peer, i, NULL));
  if (nm_wireguard_peer_get_persistent_keepalive (peer) != 0)
    g_string_append_printf (text, "PersistentKeepalive = %u\n", nm_wireguard_peer_get_persistent_keepalive (peer));
}

/**
 * nm_wg_quick_write:
 * @connection: a profile
 *
 * Returns: (transfer full) (nullable): a file of wg-quick of it, without keys that are secret
 */
char *
nm_wg_quick_write (NMConnection *connection)
{
  NMSettingWireGuard *wireguard = get_wireguard (connection);
  g_autoptr(GString) text = g_string_new ("[Interface]\n");

  if (wireguard == NULL)
    return NULL;
  if (nm_setting_wireguard_get_listen_port (wireguard) != 0)
    g_string_append_printf (text, "ListenPort = %u\n", nm_setting_wireguard_get_listen_port (wireguard));
  if (nm_setting_wireguard_get_mtu (wireguard) != 0)
    g_string_append_printf (text, "MTU = %u\n", nm_setting_wireguard_get_mtu (wireguard));
  write_ip (text, nm_connection_get_setting_ip4_config (connection));
  write_ip (text, nm_connection_get_setting_ip6_config (connection));
  for (guint i = 0; i < nm_setting_wireguard_get_peers_len (wireguard); i++)
    write_peer (text, nm_setting_wireguard_get_peer (wireguard, i));
  return g_strdup (text->str);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-doors.h"

#include "nm-document.h"
#include "nm-pac.h"
#include "nm-wlan-xml.h"
#include "nm-xml.h"

#include <string.h>

/* ./Vendor/MSFT/WiFi/Profile: the wireless profiles as the WiFi CSP of Windows shows them. */

#define DOOR "wifi"
#define KEY_XML "WlanXml"
#define KEY_COST "WiFiCost"

static gboolean
shows (NMConnection *connection)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);
  const char *mode = wireless != NULL ? nm_setting_wireless_get_mode (wireless) : NULL;

  return wireless != NULL && nm_setting_wireless_get_ssid (wireless) != NULL &&
         (mode == NULL || strcmp (mode, NM_SETTING_WIRELESS_MODE_INFRA) == 0 ||
          strcmp (mode, NM_SETTING_WIRELESS_MODE_ADHOC) == 0);
}

static char *
get_name (NMConnection *connection)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);
  GBytes *ssid = wireless != NULL ? nm_setting_wireless_get_ssid (wireless) : NULL;

  return ssid != NULL ? nm_utils_ssid_to_utf8 (g_bytes_get_data (ssid, NULL), g_bytes_get_size (ssid)) : NULL;
}

static gboolean
init (NMConnection *connection, const char *name, GError **error G_GNUC_UNUSED)
{
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_ID, name,
                NM_SETTING_CONNECTION_TYPE, NM_SETTING_WIRELESS_SETTING_NAME, NULL);
  return TRUE;
}

static gboolean
finish (NMConnection *connection, GError **error)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);

  return (wireless != NULL && nm_setting_wireless_get_ssid (wireless) != NULL) ||
         nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "WlanXml is missing");
}

/* ---- WlanXml ---- */

/* What may be read of it: all but the key. */
static char *
without_key (const char *text)
{
  g_autoptr(xmlDoc) document = nm_xml_read (text, "WLANProfile", NULL);

  if (document == NULL)
    return NULL;
  return nm_xml_drop (document, "keyMaterial") > 0 ? nm_xml_write (document) : g_strdup (text);
}

static gboolean
write_again (NMConnection *connection, gpointer text)
{
  return nm_wlan_xml_read (connection, text, NULL);
}

static OmaValue *
get_xml (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_autofree char *stored = nm_document_load (place->connection, DOOR, KEY_XML), *made = NULL;

  if (stored != NULL && nm_document_still_says (place->connection, write_again, stored))
    return nm_leaf_new_string (stored);
  made = nm_wlan_xml_write (place->connection);
  return nm_leaf_new_string (made);
}

static gboolean
set_xml (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value), *readable = NULL;

  if (!nm_wlan_xml_read (place->connection, text, error))
    return FALSE;
  readable = without_key (text);
  return nm_document_store (place->connection, DOOR, KEY_XML, readable, error);
}

/* ---- Proxy ---- */

static OmaValue *
get_server (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_autofree char *kind = NULL, *host = NULL, *port = NULL, *server = NULL;

  if (!nm_pac_parse (nm_pac_get_script (place->connection), &kind, &host, &port) || strcmp (kind, "PROXY") != 0)
    return NULL;
  server = g_strconcat (host, ":", port, NULL);
  return oma_value_new_string (server);
}

static gboolean
set_server (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value), *host = NULL, *port = NULL, *script = NULL;
  g_autoptr(OmaValue) present = get_server (place, leaf, NULL);

  if (text == NULL && present == NULL)
    return TRUE;
  if (text != NULL && !nm_pac_split (text, &host, &port))
    return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, "Proxy is no host:port");
  script = text != NULL ? nm_pac_make ("PROXY", host, port) : NULL;
  nm_pac_set_proxy (place->connection, text != NULL, NULL, script);
  return TRUE;
}

static OmaValue *
get_url (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (nm_pac_get_url (place->connection));
}

static gboolean
set_url (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *url = nm_leaf_dup_text (value);

  if (url == NULL && nm_pac_get_url (place->connection) == NULL)
    return TRUE;
  if (url != NULL && !nm_pac_check_url (url, error))
    return FALSE;
  nm_pac_set_proxy (place->connection, url != NULL, url, NULL);
  return TRUE;
}

/* Discovery is what an automatic proxy is that has neither URL nor script. */
static gboolean
discovers (NMConnection *connection)
{
  NMSettingProxy *proxy = nm_connection_get_setting_proxy (connection);

  return proxy != NULL && nm_setting_proxy_get_method (proxy) == NM_SETTING_PROXY_METHOD_AUTO &&
         nm_setting_proxy_get_pac_url (proxy) == NULL && nm_setting_proxy_get_pac_script (proxy) == NULL;
}

static OmaValue *
get_discovery (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return discovers (place->connection) ? oma_value_new_bool (TRUE) : NULL;
}

static gboolean
set_discovery (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error G_GNUC_UNUSED)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  if (g_strcmp0 (text, "true") == 0)
    nm_pac_set_proxy (place->connection, TRUE, NULL, NULL);
  else if (discovers (place->connection))
    nm_pac_set_proxy (place->connection, FALSE, NULL, NULL);
  return TRUE;
}

/* ---- WiFiCost ---- */

/* NetworkManager knows no difference between a fixed (2) and a variable (3) cost: the one that was written is kept. */
static OmaValue *
get_cost (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingConnection *about = nm_connection_get_setting_connection (place->connection);
  const char *kept = nm_door_get_data (place->connection, DOOR, KEY_COST);

  switch (about != NULL ? nm_setting_connection_get_metered (about) : NM_METERED_UNKNOWN)
    {
    case NM_METERED_NO:
      return oma_value_new_int (1);
    case NM_METERED_YES:
      return oma_value_new_int (g_strcmp0 (kept, "3") == 0 ? 3 : 2);
    default:
      return NULL;
    }
}

static gboolean
set_cost (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMMetered metered = text == NULL ? NM_METERED_UNKNOWN : strcmp (text, "1") == 0 ? NM_METERED_NO : NM_METERED_YES;

  g_object_set (nm_door_ensure_setting (place->connection, NM_SETTING_CONNECTION_SETTING_NAME),
                NM_SETTING_CONNECTION_METERED, metered, NULL);
  return nm_door_set_data (place->connection, DOOR, KEY_COST, text, error);
}

static const NmLeaf leaves[] = {
  { .node = "WlanXml", .get = get_xml, .set = set_xml, .flags = NM_LEAF_WHOLE },
  { .node = "Proxy", .get = get_server, .set = set_server },
  { .node = "ProxyPacUrl", .get = get_url, .set = set_url },
  { .node = "ProxyWPAD", .get = get_discovery, .set = set_discovery },
  { .node = "WiFiCost", .get = get_cost, .set = set_cost },
};

const NmDoor nm_door_wifi = {
  .id = DOOR,
  .root = "./Vendor/MSFT/WiFi/Profile",
  .shows = shows,
  .get_name = get_name,
  .init = init,
  .finish = finish,
  .leaves = leaves,
  .n_leaves = G_N_ELEMENTS (leaves),
};

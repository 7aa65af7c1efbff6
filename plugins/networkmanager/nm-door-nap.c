/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-doors.h"

#include <string.h>

/* ./NAP: network access points of OMA's connectivity objects (urn:oma:mo:oma-connmo-nap:1.0), mobile and wireless.
 *
 * Nodes come in any order, and what a profile is shows in BearerType, which may be last.  Until then a profile for 3GPP
 * holds what there is; finish() makes of it what it shall be. */

#define DOOR "nap"
#define KEY_ID "NAPID"
#define KEY_BEARER "BearerType"
#define KEY_ADDRESS "AddrType"
#define KEY_NETWORK "NetworkID"

typedef enum {
  BEARER_UNKNOWN,
  BEARER_3GPP,
  BEARER_3GPP2,
  BEARER_WLAN,
} Bearer;

/* The first of each is what reads of profiles that were not made here. */
static const struct {
  const char *word;
  Bearer      bearer;
} bearers[] = {
  { "3GPP-PS", BEARER_3GPP }, { "GSM-GPRS", BEARER_3GPP }, { "GPRS", BEARER_3GPP }, { "WCDMA", BEARER_3GPP },
  { "LTE", BEARER_3GPP }, { "3GPP2-PS", BEARER_3GPP2 }, { "CDMA2000", BEARER_3GPP2 },
  { "IS-95-CDMA-PACKET", BEARER_3GPP2 }, { "WLAN", BEARER_WLAN }, { "WiFi", BEARER_WLAN },
};

static Bearer
get_bearer (NMConnection *connection)
{
  const char *type = nm_connection_get_connection_type (connection);

  if (g_strcmp0 (type, NM_SETTING_GSM_SETTING_NAME) == 0)
    return BEARER_3GPP;
  if (g_strcmp0 (type, NM_SETTING_CDMA_SETTING_NAME) == 0)
    return BEARER_3GPP2;
  return g_strcmp0 (type, NM_SETTING_WIRELESS_SETTING_NAME) == 0 ? BEARER_WLAN : BEARER_UNKNOWN;
}

static Bearer
find_bearer (const char *word)
{
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS (bearers); i++)
    if (g_ascii_strcasecmp (bearers[i].word, word) == 0)
      return bearers[i].bearer;
  return BEARER_UNKNOWN;
}

/* The setting with user and password; NULL when there is none and none is to be made. */
static NMSetting *
get_mobile (NMConnection *connection, gboolean make)
{
  NMSetting *cdma = nm_door_get_setting (connection, NM_SETTING_CDMA_SETTING_NAME);

  if (cdma != NULL)
    return cdma;
  return make ? nm_door_ensure_setting (connection, NM_SETTING_GSM_SETTING_NAME)
              : nm_door_get_setting (connection, NM_SETTING_GSM_SETTING_NAME);
}

static gboolean
refuse (GError **error, const char *format, const char *what)
{
  return nm_leaf_refuse (OMA_STATUS_UNSUPPORTED_FORMAT, error, format, what);
}

/* ---- What the access point is ---- */

static gboolean
shows (NMConnection *connection)
{
  return get_bearer (connection) != BEARER_UNKNOWN;
}

static char *
get_name (NMConnection *connection)
{
  return g_strdup (nm_connection_get_uuid (connection));
}

static gboolean
init (NMConnection *connection, const char *name, GError **error G_GNUC_UNUSED)
{
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_ID, name,
                NULL);
  return TRUE;
}

static gboolean
incomplete (GError **error, const char *what)
{
  return nm_leaf_refuse (OMA_STATUS_INCOMPLETE_COMMAND, error, "%s is missing", what);
}

/* What came for 3GPP before it was clear that this is for 3GPP2. */
static void
move_to_cdma (NMConnection *connection)
{
  NMSetting *cdma = nm_door_ensure_setting (connection, NM_SETTING_CDMA_SETTING_NAME);
  NMSettingGsm *gsm = nm_connection_get_setting_gsm (connection);

  if (gsm == NULL)
    return;
  g_object_set (cdma, NM_SETTING_CDMA_NUMBER, nm_setting_gsm_get_apn (gsm), NM_SETTING_CDMA_USERNAME,
                nm_setting_gsm_get_username (gsm), NM_SETTING_CDMA_PASSWORD, nm_setting_gsm_get_password (gsm), NULL);
  nm_connection_remove_setting (connection, NM_TYPE_SETTING_GSM);
}

static gboolean
finish_mobile (NMConnection *connection, Bearer bearer, GError **error)
{
  const char *wanted = bearer == BEARER_3GPP ? "APN" : "E164";
  const char *type = nm_door_get_data (connection, DOOR, KEY_ADDRESS);
  NMSettingGsm *gsm = nm_connection_get_setting_gsm (connection);

  if (gsm == NULL || nm_setting_gsm_get_apn (gsm) == NULL)
    return incomplete (error, "Addr");
  if (type != NULL && strcmp (type, wanted) != 0)
    return refuse (error, "AddrType of this bearer is %s", wanted);
  if (bearer == BEARER_3GPP2)
    move_to_cdma (connection);
  return TRUE;
}

static gboolean
finish_wireless (NMConnection *connection, GError **error)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);
  NMSettingWirelessSecurity *security = nm_connection_get_setting_wireless_security (connection);

  if (wireless == NULL || nm_setting_wireless_get_ssid (wireless) == NULL)
    return incomplete (error, "BearerParams/WLAN/NetworkID/<x>/SSID");
  if (security != NULL && nm_setting_wireless_security_get_key_mgmt (security) == NULL)
    return incomplete (error, "BearerParams/WLAN/SecMode");
  if (nm_connection_get_setting_gsm (connection) != NULL)
    return refuse (error, "%s is not for a WLAN", "Addr or AuthInfo");
  return TRUE;
}

static gboolean
finish (NMConnection *connection, GError **error)
{
  static const char *const types[] = {
    [BEARER_3GPP] = NM_SETTING_GSM_SETTING_NAME, [BEARER_3GPP2] = NM_SETTING_CDMA_SETTING_NAME,
    [BEARER_WLAN] = NM_SETTING_WIRELESS_SETTING_NAME,
  };
  Bearer bearer = find_bearer (nm_door_get_data (connection, DOOR, KEY_BEARER));

  if (get_bearer (connection) != BEARER_UNKNOWN)
    return TRUE;
  if (bearer == BEARER_UNKNOWN)
    return incomplete (error, "BearerType");
  if (bearer == BEARER_WLAN ? !finish_wireless (connection, error) : !finish_mobile (connection, bearer, error))
    return FALSE;
  g_object_set (nm_door_ensure_setting (connection, NM_SETTING_CONNECTION_SETTING_NAME), NM_SETTING_CONNECTION_TYPE,
                types[bearer], NULL);
  return TRUE;
}

/* ---- NAPID, BearerType, AddrType: what is written is kept ---- */

static OmaValue *
get_id (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  const char *id = nm_door_get_data (place->connection, DOOR, KEY_ID);

  return nm_leaf_new_string (id != NULL ? id : nm_connection_get_uuid (place->connection));
}

static gboolean
set_kept (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);

  return nm_door_set_data (place->connection, DOOR, leaf->node, text, error);
}

static OmaValue *
get_bearer_type (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  Bearer bearer = get_bearer (place->connection);
  const char *word = nm_door_get_data (place->connection, DOOR, KEY_BEARER);

  if (bearer == BEARER_UNKNOWN || find_bearer (word) == bearer)
    return nm_leaf_new_string (word);
  for (gsize i = 0; i < G_N_ELEMENTS (bearers); i++)
    if (bearers[i].bearer == bearer)
      return oma_value_new_string (bearers[i].word);
  return NULL;
}

static gboolean
set_bearer_type (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *word = nm_leaf_dup_text (value);
  Bearer bearer = find_bearer (word), present = get_bearer (place->connection);

  if (bearer == BEARER_UNKNOWN)
    return refuse (error, "BearerType: NetworkManager has nothing for %.64s", word);
  if (present != BEARER_UNKNOWN && present != bearer)
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error, "A profile cannot change its bearer");
  return set_kept (place, leaf, value, error);
}

static const char *
get_address_word (NMConnection *connection)
{
  switch (get_bearer (connection))
    {
    case BEARER_3GPP:
      return "APN";
    case BEARER_3GPP2:
      return "E164";
    case BEARER_WLAN:
      return NULL;
    case BEARER_UNKNOWN:
    default:
      return nm_door_get_data (connection, DOOR, KEY_ADDRESS);
    }
}

static OmaValue *
get_address_type (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (get_address_word (place->connection));
}

static gboolean
set_address_type (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *word = nm_leaf_dup_text (value);
  const char *present = get_address_word (place->connection);

  if (word != NULL && get_bearer (place->connection) != BEARER_UNKNOWN && g_strcmp0 (present, word) != 0)
    return refuse (error, "AddrType of this bearer is %s", present != NULL ? present : "none");
  return set_kept (place, leaf, value, error);
}

/* ---- Addr and AuthInfo ---- */

static OmaValue *
get_address (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSetting *mobile = get_mobile (place->connection, FALSE);

  if (mobile == NULL)
    return NULL;
  return nm_leaf_new_string (NM_IS_SETTING_GSM (mobile) ? nm_setting_gsm_get_apn (NM_SETTING_GSM (mobile))
                                                        : nm_setting_cdma_get_number (NM_SETTING_CDMA (mobile)));
}

/* NetworkManager checks it with the rest of the profile. */
static gboolean
set_address (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMSetting *mobile;

  if (text == NULL || *text == '\0')
    return refuse (error, "%s is empty", "Addr");
  if (get_bearer (place->connection) == BEARER_WLAN)
    return refuse (error, "%s is not for a WLAN", "Addr");
  mobile = get_mobile (place->connection, TRUE);
  g_object_set (mobile, NM_IS_SETTING_GSM (mobile) ? NM_SETTING_GSM_APN : NM_SETTING_CDMA_NUMBER, text, NULL);
  return TRUE;
}

/* @property is called the same in both settings. */
static OmaValue *
get_credential (const NmPlace *place, const NmLeaf *leaf, GError **error G_GNUC_UNUSED)
{
  NMSetting *mobile = get_mobile (place->connection, FALSE);
  g_autofree char *text = NULL;

  if (mobile != NULL)
    g_object_get (mobile, leaf->property, &text, NULL);
  return nm_leaf_new_string (text);
}

static gboolean
set_credential (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMSetting *mobile;

  if (get_bearer (place->connection) == BEARER_WLAN)
    return refuse (error, "%s is not for a WLAN", leaf->node);
  mobile = get_mobile (place->connection, text != NULL);
  if (mobile != NULL)
    g_object_set (mobile, leaf->property, text != NULL && *text != '\0' ? text : NULL, NULL);
  return TRUE;
}

/* A server of PPP, and a modem in its place, may use one way only when all others are refused. */
static const struct {
  const char *word;
  gboolean    refuse_pap;
  gboolean    refuse_chap;
} authentications[] = { { "PAP", FALSE, TRUE }, { "CHAP", TRUE, FALSE } };

static OmaValue *
get_authentication (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingPpp *ppp = nm_connection_get_setting_ppp (place->connection);

  for (gsize i = 0; ppp != NULL && i < G_N_ELEMENTS (authentications); i++)
    if (nm_setting_ppp_get_refuse_pap (ppp) == authentications[i].refuse_pap &&
        nm_setting_ppp_get_refuse_chap (ppp) == authentications[i].refuse_chap &&
        nm_setting_ppp_get_refuse_mschap (ppp) && nm_setting_ppp_get_refuse_mschapv2 (ppp) &&
        nm_setting_ppp_get_refuse_eap (ppp))
      return oma_value_new_string (authentications[i].word);
  return NULL;
}

static void
allow_all (NMConnection *connection)
{
  NMSetting *ppp = nm_door_get_setting (connection, NM_SETTING_PPP_SETTING_NAME);

  if (ppp != NULL)
    g_object_set (ppp, NM_SETTING_PPP_REFUSE_PAP, FALSE, NM_SETTING_PPP_REFUSE_CHAP, FALSE,
                  NM_SETTING_PPP_REFUSE_MSCHAP, FALSE, NM_SETTING_PPP_REFUSE_MSCHAPV2, FALSE, NM_SETTING_PPP_REFUSE_EAP,
                  FALSE, NULL);
}

static gboolean
set_authentication (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *word = nm_leaf_dup_text (value);
  gsize i;

  if (get_bearer (place->connection) == BEARER_WLAN)
    return refuse (error, "%s is not for a WLAN", "AuthInfo/AuthType");
  if (word == NULL)
    {
      allow_all (place->connection);
      return TRUE;
    }
  for (i = 0; i < G_N_ELEMENTS (authentications) && strcmp (authentications[i].word, word) != 0;)
    i++;
  if (i == G_N_ELEMENTS (authentications))
    return refuse (error, "AuthType: %.64s is neither PAP nor CHAP", word);
  g_object_set (nm_door_ensure_setting (place->connection, NM_SETTING_PPP_SETTING_NAME),
                NM_SETTING_PPP_REFUSE_PAP, authentications[i].refuse_pap,
                NM_SETTING_PPP_REFUSE_CHAP, authentications[i].refuse_chap, NM_SETTING_PPP_REFUSE_MSCHAP, TRUE,
                NM_SETTING_PPP_REFUSE_MSCHAPV2, TRUE, NM_SETTING_PPP_REFUSE_EAP, TRUE, NULL);
  return TRUE;
}

/* ---- BearerParams/WLAN ---- */

/* NULL when the profile is for something else. */
static NMSetting *
ensure_wireless (const NmPlace *place, const char *setting, GError **error)
{
  Bearer bearer = get_bearer (place->connection);

  if (bearer == BEARER_UNKNOWN || bearer == BEARER_WLAN)
    return nm_door_ensure_setting (place->connection, setting);
  refuse (error, "%s is for a WLAN only", "BearerParams/WLAN");
  return NULL;
}

static OmaValue *
get_mode (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (place->connection);
  const char *mode = wireless != NULL ? nm_setting_wireless_get_mode (wireless) : NULL;

  if (wireless == NULL || (mode != NULL && strcmp (mode, "infrastructure") != 0 && strcmp (mode, "adhoc") != 0))
    return NULL;
  return oma_value_new_string (g_strcmp0 (mode, "adhoc") == 0 ? "ADHOC" : "INFRA");
}

static gboolean
set_mode (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *word = nm_leaf_dup_text (value);
  NMSetting *wireless = ensure_wireless (place, NM_SETTING_WIRELESS_SETTING_NAME, error);

  if (wireless != NULL)
    g_object_set (wireless, NM_SETTING_WIRELESS_MODE, g_strcmp0 (word, "ADHOC") == 0 ? "adhoc" : "infrastructure",
                  NULL);
  return wireless != NULL;
}

static gboolean
set_hidden (const NmPlace *place, const NmLeaf *leaf, OmaValue *value, GError **error)
{
  return ensure_wireless (place, NM_SETTING_WIRELESS_SETTING_NAME, error) != NULL &&
         nm_leaf_set_property (place, leaf, value, error);
}

static const struct {
  const char *word, *key_mgmt, *proto;
} modes[] = { { "WPA-PSK", "wpa-psk", "wpa" }, { "WPA2-PSK", "wpa-psk", "rsn" }, { "WPA3-SAE", "sae", NULL } };

static OmaValue *
get_security (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingWirelessSecurity *security = nm_connection_get_setting_wireless_security (place->connection);
  const char *proto;

  if (security == NULL || nm_setting_wireless_security_get_key_mgmt (security) == NULL)
    return NULL;
  proto = nm_setting_wireless_security_get_num_protos (security) == 1
          ? nm_setting_wireless_security_get_proto (security, 0) : "rsn";
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    if (strcmp (modes[i].key_mgmt, nm_setting_wireless_security_get_key_mgmt (security)) == 0 &&
        (modes[i].proto == NULL || strcmp (modes[i].proto, proto) == 0))
      return oma_value_new_string (modes[i].word);
  return NULL;
}

static gboolean
set_security (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *word = nm_leaf_dup_text (value);
  NMSetting *security;
  gsize i;

  if (word == NULL)
    {
      nm_connection_remove_setting (place->connection, NM_TYPE_SETTING_WIRELESS_SECURITY);
      nm_connection_remove_setting (place->connection, NM_TYPE_SETTING_802_1X);
      return TRUE;
    }
  for (i = 0; i < G_N_ELEMENTS (modes) && strcmp (modes[i].word, word) != 0;)
    i++;
  if (i == G_N_ELEMENTS (modes))
    return refuse (error, "SecMode: %.64s is not supported", word);
  security = ensure_wireless (place, NM_SETTING_WIRELESS_SECURITY_SETTING_NAME, error);
  if (security == NULL)
    return FALSE;
  nm_setting_wireless_security_clear_protos (NM_SETTING_WIRELESS_SECURITY (security));
  if (modes[i].proto != NULL)
    nm_setting_wireless_security_add_proto (NM_SETTING_WIRELESS_SECURITY (security), modes[i].proto);
  g_object_set (security, NM_SETTING_WIRELESS_SECURITY_KEY_MGMT, modes[i].key_mgmt, NULL);
  nm_connection_remove_setting (place->connection, NM_TYPE_SETTING_802_1X);
  return TRUE;
}

static OmaValue *
get_key (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  NMSettingWirelessSecurity *security = nm_connection_get_setting_wireless_security (place->connection);

  return security != NULL ? nm_leaf_new_string (nm_setting_wireless_security_get_psk (security)) : NULL;
}

static gboolean
set_key (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *key = nm_leaf_dup_text (value);
  NMSetting *security = nm_door_get_setting (place->connection, NM_SETTING_WIRELESS_SECURITY_SETTING_NAME);

  if (key == NULL && security == NULL)
    return TRUE;
  if (key != NULL && !nm_utils_wpa_psk_valid (key))
    return refuse (error, "%s is no key of WPA", "WpaPresKey");
  security = ensure_wireless (place, NM_SETTING_WIRELESS_SECURITY_SETTING_NAME, error);
  if (security != NULL)
    g_object_set (security, NM_SETTING_WIRELESS_SECURITY_PSK, key, NULL);
  return security != NULL;
}

/* ---- BearerParams/WLAN/NetworkID: a profile has one SSID ---- */

static GBytes *
get_ssid_octets (NMConnection *connection)
{
  NMSettingWireless *wireless = nm_connection_get_setting_wireless (connection);

  return wireless != NULL ? nm_setting_wireless_get_ssid (wireless) : NULL;
}

static const char *
get_network_name (NMConnection *connection)
{
  const char *name = nm_door_get_data (connection, DOOR, KEY_NETWORK);

  return name != NULL ? name : get_ssid_octets (connection) != NULL ? "1" : NULL;
}

static char **
list_networks (const NmPlace *place)
{
  const char *names[] = { get_network_name (place->connection), NULL };

  return g_strdupv ((char **) names);
}

static gboolean
add_network (const NmPlace *place, GError **error)
{
  if (get_network_name (place->connection) != NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_SUPPORTED, error, "A profile of NetworkManager has one SSID");
  return ensure_wireless (place, NM_SETTING_WIRELESS_SETTING_NAME, error) != NULL &&
         nm_door_set_data (place->connection, DOOR, KEY_NETWORK, place->captures[0], error);
}

static gboolean
remove_network (const NmPlace *place, GError **error)
{
  NMSetting *wireless = nm_door_get_setting (place->connection, NM_SETTING_WIRELESS_SETTING_NAME);

  if (wireless != NULL)
    g_object_set (wireless, NM_SETTING_WIRELESS_SSID, NULL, NULL);
  return nm_door_set_data (place->connection, DOOR, KEY_NETWORK, NULL, error);
}

static OmaValue *
get_ssid (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  GBytes *ssid = get_ssid_octets (place->connection);
  g_autofree char *text = NULL;

  if (ssid != NULL && g_strcmp0 (place->captures[0], get_network_name (place->connection)) == 0)
    text = nm_utils_ssid_to_utf8 (g_bytes_get_data (ssid, NULL), g_bytes_get_size (ssid));
  return nm_leaf_new_string (text);
}

static gboolean
set_ssid (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, OmaValue *value, GError **error)
{
  g_autofree char *text = nm_leaf_dup_text (value);
  NMSetting *wireless = ensure_wireless (place, NM_SETTING_WIRELESS_SETTING_NAME, error);
  g_autoptr(GBytes) ssid = NULL;

  if (wireless == NULL)
    return FALSE;
  if (text == NULL || *text == '\0' || strlen (text) > 32)
    return refuse (error, "%s has 1 to 32 octets", "SSID");
  ssid = g_bytes_new (text, strlen (text));
  g_object_set (wireless, NM_SETTING_WIRELESS_SSID, ssid, NULL);
  return TRUE;
}

/* ---- Ext ---- */

static OmaValue *
get_uuid (const NmPlace *place, const NmLeaf *leaf G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return nm_leaf_new_string (nm_connection_get_uuid (place->connection));
}

static const NmLeaf leaves[] = {
  { .node = KEY_ID, .get = get_id, .set = set_kept },
  { .node = "Name", .get = nm_leaf_get_property, .set = nm_leaf_set_property, .flags = NM_LEAF_ALWAYS,
    .setting = NM_SETTING_CONNECTION_SETTING_NAME, .property = NM_SETTING_CONNECTION_ID },
  { .node = KEY_BEARER, .get = get_bearer_type, .set = set_bearer_type, .flags = NM_LEAF_ALWAYS },
  { .node = KEY_ADDRESS, .get = get_address_type, .set = set_address_type },
  { .node = "Addr", .get = get_address, .set = set_address, .flags = NM_LEAF_ALWAYS },
  { .node = "AuthInfo/AuthType", .get = get_authentication, .set = set_authentication },
  { .node = "AuthInfo/AuthName", .get = get_credential, .set = set_credential, .property = NM_SETTING_GSM_USERNAME },
  { .node = "AuthInfo/AuthSecret", .get = get_credential, .set = set_credential, .flags = NM_LEAF_SECRET,
    .property = NM_SETTING_GSM_PASSWORD },
  { .node = "BearerParams/WLAN/NetMode", .get = get_mode, .set = set_mode },
  { .node = "BearerParams/WLAN/SSIDHidden", .get = nm_leaf_get_property, .set = set_hidden,
    .setting = NM_SETTING_WIRELESS_SETTING_NAME, .property = NM_SETTING_WIRELESS_HIDDEN },
  { .node = "BearerParams/WLAN/SecMode", .get = get_security, .set = set_security },
  { .node = "BearerParams/WLAN/WpaPresKey", .get = get_key, .set = set_key, .flags = NM_LEAF_SECRET },
  { .node = "BearerParams/WLAN/NetworkID/*/SSID", .get = get_ssid, .set = set_ssid },
  { .node = "Ext/Omadm/UUID", .get = get_uuid },
};

static const NmList lists[] = {
  { .node = "BearerParams/WLAN/NetworkID", .list = list_networks, .add = add_network, .remove = remove_network },
};

const NmDoor nm_door_nap = {
  .id = DOOR,
  .root = "./NAP",
  .shows = shows,
  .get_name = get_name,
  .init = init,
  .finish = finish,
  .leaves = leaves,
  .n_leaves = G_N_ELEMENTS (leaves),
  .lists = lists,
  .n_lists = G_N_ELEMENTS (lists),
};

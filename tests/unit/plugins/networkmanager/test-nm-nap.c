/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "door-fixture.h"

/* ./NAP: access points in any order of their nodes, and what NetworkManager gets. */

static void
set_up (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_open (f, &nm_door_nap, "carrier");
}

static void
tear_down (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_close (f);
}

static void
set (DoorFixture *f, const char *node, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (door_fixture_set (f, node, text, &error));
  g_assert_no_error (error);
}

#define SSID "BearerParams/WLAN/NetworkID/1/SSID"

static const struct {
  const char *nodes[10][2];
  const char *expected[8][3];
} taken[] = {
  { { { "NAPID", "carrier-internet" }, { "Name", "Carrier" }, { "BearerType", "3GPP-PS" }, { "AddrType", "APN" },
      { "Addr", "internet.carrier.example" }, { "AuthInfo/AuthType", "CHAP" }, { "AuthInfo/AuthName", "joe" },
      { "AuthInfo/AuthSecret", "tell nobody" } },
    { { "connection", "type", "gsm" }, { "connection", "id", "Carrier" }, { "gsm", "apn", "internet.carrier.example" },
      { "gsm", "username", "joe" }, { "gsm", "password", "tell nobody" }, { "ppp", "refuse-pap", "true" },
      { "ppp", "refuse-chap", NULL }, { "ppp", "refuse-eap", "true" } } },
  /* The bearer comes last. */
  { { { "AuthInfo/AuthSecret", "tell nobody" }, { "Addr", "#777" }, { "AddrType", "E164" },
      { "AuthInfo/AuthName", "joe" }, { "AuthInfo/AuthType", "PAP" }, { "BearerType", "CDMA2000" } },
    { { "connection", "type", "cdma" }, { "cdma", "number", "#777" }, { "cdma", "username", "joe" },
      { "cdma", "password", "tell nobody" }, { "gsm", "password", NULL }, { "ppp", "refuse-chap", "true" },
      { "ppp", "refuse-pap", NULL } } },
  { { { "Addr", "a" }, { "BearerType", "gsm-gprs" } }, { { "connection", "type", "gsm" }, { "ppp", "refuse-pap", NULL } } },
  { { { "BearerParams/WLAN/WpaPresKey", "tell nobody" }, { "BearerParams/WLAN/SecMode", "WPA2-PSK" }, { SSID, "Trial" },
      { "BearerParams/WLAN/SSIDHidden", "true" }, { "BearerParams/WLAN/NetMode", "ADHOC" }, { "BearerType", "WLAN" } },
    { { "connection", "type", "wifi" }, { "wifi", "ssid", "Trial" }, { "wifi", "hidden", "true" },
      { "wifi", "mode", "adhoc" }, { "wifi-security", "key-mgmt", "wpa-psk" }, { "wifi-security", "psk", "tell nobody" },
      { "wifi-security", "proto", "rsn;" } } },
};

static void
test_access_point_becomes_a_profile (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autofree char *keyfile = NULL;

      door_fixture_close (f);
      door_fixture_open (f, &nm_door_nap, "carrier");
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].nodes) && taken[i].nodes[j][0] != NULL; j++)
        set (f, taken[i].nodes[j][0], taken[i].nodes[j][1]);
      keyfile = door_fixture_finish (f);
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].expected) && taken[i].expected[j][0] != NULL; j++)
        door_fixture_has (keyfile, taken[i].expected[j][0], taken[i].expected[j][1], taken[i].expected[j][2]);
      g_assert_true (f->door->shows (f->connection));
      for (gsize j = 0; j < G_N_ELEMENTS (taken[i].nodes) && taken[i].nodes[j][0] != NULL; j++)
        if (!g_str_has_suffix (taken[i].nodes[j][0], "Secret") && !g_str_has_suffix (taken[i].nodes[j][0], "Key"))
          door_fixture_is (f, taken[i].nodes[j][0], taken[i].nodes[j][1]);
    }
}

static void
test_carrier_updates_it (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *keyfile = NULL;

  set (f, "BearerType", "3GPP-PS");
  set (f, "Addr", "old.example");
  set (f, "AuthInfo/AuthSecret", "tell nobody");
  g_free (door_fixture_finish (f));
  door_fixture_keeps_secret (f, "tell nobody");
  set (f, "Addr", "new.example");
  set (f, "AuthInfo/AuthName", "joe");
  set (f, "AuthInfo/AuthSecret", "nor this");
  keyfile = door_fixture_finish (f);
  door_fixture_has (keyfile, "gsm", "apn", "new.example");
  door_fixture_has (keyfile, "gsm", "username", "joe");
  door_fixture_has (keyfile, "gsm", "password", "nor this");
  set (f, "AuthInfo/AuthSecret", NULL);
  set (f, "AuthInfo/AuthName", NULL);
  set (f, "AuthInfo/AuthType", NULL);
  g_assert_null (nm_setting_gsm_get_password (nm_connection_get_setting_gsm (f->connection)));
  door_fixture_is (f, "AuthInfo/AuthName", NULL);
}

static void
test_what_is_missing_is_told (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_unfinished (f, "BearerType is missing");
  set (f, "BearerType", "GPRS");
  door_fixture_unfinished (f, "Addr is missing");
  set (f, "Addr", "internet");
  set (f, "AddrType", "E164");
  door_fixture_unfinished (f, "AddrType of this bearer is APN");
  set (f, "BearerType", "WLAN");
  door_fixture_unfinished (f, "SSID is missing");
  set (f, SSID, "Trial");
  door_fixture_unfinished (f, "not for a WLAN");
  set (f, "BearerParams/WLAN/WpaPresKey", "tell nobody");
  door_fixture_unfinished (f, "SecMode is missing");
}

static void
test_what_no_profile_can_be_is_refused (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  door_fixture_refuses (f, "BearerType", "GSM-SMS", OMA_STATUS_UNSUPPORTED_FORMAT, "GSM-SMS");
  door_fixture_refuses (f, "Addr", "", OMA_STATUS_UNSUPPORTED_FORMAT, "Addr is empty");
  door_fixture_refuses (f, "AuthInfo/AuthType", "HTTP-BASIC", OMA_STATUS_UNSUPPORTED_FORMAT, "HTTP-BASIC");
  door_fixture_refuses (f, "BearerParams/WLAN/SecMode", "WEP", OMA_STATUS_UNSUPPORTED_FORMAT, "SecMode: WEP");
  door_fixture_refuses (f, "BearerParams/WLAN/WpaPresKey", "short", OMA_STATUS_UNSUPPORTED_FORMAT, "no key");
  door_fixture_refuses (f, SSID, "012345678901234567890123456789012", OMA_STATUS_UNSUPPORTED_FORMAT, "32 octets");
  door_fixture_refuses (f, "BearerParams/WLAN/NetworkID/2/SSID", "b", OMA_STATUS_NOT_SUPPORTED, "one SSID");
}

static void
test_bearer_does_not_change (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set (f, "BearerType", "3GPP-PS");
  set (f, "Addr", "internet");
  g_free (door_fixture_finish (f));
  set (f, "BearerType", "LTE");
  door_fixture_is (f, "BearerType", "LTE");
  door_fixture_is (f, "AddrType", "APN");
  door_fixture_refuses (f, "BearerType", "WLAN", OMA_STATUS_NOT_ALLOWED, "cannot change");
  door_fixture_refuses (f, "AddrType", "E164", OMA_STATUS_UNSUPPORTED_FORMAT, "is APN");
  door_fixture_refuses (f, SSID, "Trial", OMA_STATUS_UNSUPPORTED_FORMAT, "for a WLAN only");
}

/* As nmcli makes them. */
static void
test_profiles_of_others_read (DoorFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  NMSetting *about = nm_door_ensure_setting (f->connection, NM_SETTING_CONNECTION_SETTING_NAME);

  g_assert_false (f->door->shows (f->connection));
  g_object_set (about, NM_SETTING_CONNECTION_TYPE, NM_SETTING_CDMA_SETTING_NAME, NULL);
  g_object_set (nm_door_ensure_setting (f->connection, NM_SETTING_CDMA_SETTING_NAME), NM_SETTING_CDMA_NUMBER, "#777", NULL);
  g_assert_true (f->door->shows (f->connection));
  door_fixture_is (f, "NAPID", nm_connection_get_uuid (f->connection));
  door_fixture_is (f, "Ext/Omadm/UUID", nm_connection_get_uuid (f->connection));
  door_fixture_is (f, "BearerType", "3GPP2-PS");
  door_fixture_is (f, "AddrType", "E164");
  door_fixture_is (f, "Addr", "#777");
  nm_connection_remove_setting (f->connection, NM_TYPE_SETTING_CDMA);
  g_object_set (about, NM_SETTING_CONNECTION_TYPE, NM_SETTING_WIRELESS_SETTING_NAME, NULL);
  set (f, SSID, "Trial");
  door_fixture_is (f, "BearerType", "WLAN");
  door_fixture_is (f, "AddrType", NULL);
  door_fixture_is (f, "BearerParams/WLAN/NetMode", "INFRA");
  door_fixture_is (f, "BearerParams/WLAN/SecMode", NULL);
}

#define ADD(name, function) g_test_add ("/nm-nap/" name, DoorFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("access-point-becomes-a-profile", test_access_point_becomes_a_profile);
  ADD ("carrier-updates-it", test_carrier_updates_it);
  ADD ("what-is-missing-is-told", test_what_is_missing_is_told);
  ADD ("what-no-profile-can-be-is-refused", test_what_no_profile_can_be_is_refused);
  ADD ("bearer-does-not-change", test_bearer_does_not_change);
  ADD ("profiles-of-others-read", test_profiles_of_others_read);
  return g_test_run ();
}

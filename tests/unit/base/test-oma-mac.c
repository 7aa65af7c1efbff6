/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-mac.h"

#include "base/oma-status.h"

#define MAC "To8Pdt6yXo+U75VP7uKPXg=="

static void
test_sec_5_4_3_form (void)
{
  static const char *const texts[] = {
    "algorithm=MD5, username=\"dev-0001\", mac=" MAC,
    "username=\"dev-0001\",mac=" MAC,
    "MAC=" MAC " , UserName = \"dev-0001\" ,\r\n\t Algorithm=md5",
    "mac=\"" MAC "\", username=\"dev-0001\"",
    "mac=To8Pdt6yXo+U75VP7uKPXg, username=\"dev\\-0001\"",
    ",, username=\"dev-0001\", realm=\"a, mac=b\", mac=" MAC ",",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto(OmaMac) mac = { 0 };
      g_autoptr(GError) error = NULL;

      oma_mac_parse (&mac, texts[i], &error);
      g_assert_no_error (error);
      g_assert_cmpint (mac.algorithm, ==, OMA_MAC_MD5);
      g_assert_cmpstr (mac.username, ==, "dev-0001");
      g_assert_true (mac.is_quoted);
      g_assert_false (mac.has_timestamp);
      g_assert_cmpstr (mac.mac, ==, MAC);
    }
}

static void
test_user_names_hold_anything_in_quotes (void)
{
  g_auto(OmaMac) mac = { 0 };
  g_auto(OmaMac) again = { 0 };
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  oma_mac_parse (&mac, "username=\"a, mac=\\\"x\\\\=\", mac=" MAC, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mac.username, ==, "a, mac=\"x\\=");
  text = oma_mac_to_text (&mac);
  g_assert_cmpstr (text, ==, "algorithm=MD5, username=\"a, mac=\\\"x\\\\=\", mac=" MAC);
  oma_mac_parse (&again, text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again.username, ==, mac.username);
}

static void
test_algorithms (void)
{
  static const struct {
    const char     *name;
    OmaMacAlgorithm algorithm;
  } algorithms[] = {
    { "MD5", OMA_MAC_MD5 }, { "\"SHA256\"", OMA_MAC_SHA256 }, { "hmac-sha256", OMA_MAC_TIMED },
    { "SHA-1", OMA_MAC_UNKNOWN }, { "", OMA_MAC_UNKNOWN },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_auto(OmaMac) mac = { 0 };
      g_autofree char *text = g_strdup_printf ("algorithm=%s, username=\"u\", mac=" MAC, algorithms[i].name);

      g_assert_true (oma_mac_parse (&mac, text, NULL));
      g_assert_cmpint (mac.algorithm, ==, algorithms[i].algorithm);
    }
}

static void
test_time_and_unquoted_name (void)
{
  g_auto(OmaMac) mac = { 0 };
  g_autofree char *text = NULL;

  g_assert_true (oma_mac_parse (&mac, "algorithm=HMAC-SHA256, username=dev, timestamp=1700000000, mac=AAAA", NULL));
  g_assert_false (mac.is_quoted);
  g_assert_cmpstr (mac.username, ==, "dev");
  g_assert_true (mac.has_timestamp);
  g_assert_cmpint (mac.timestamp, ==, 1700000000);
  text = oma_mac_to_text (&mac);
  g_assert_cmpstr (text, ==, "algorithm=HMAC-SHA256, username=\"dev\", timestamp=1700000000, mac=AAAA");
}

static void
test_hostile_headers_are_refused (void)
{
  static const char *const texts[] = {
    "", " ", ",", "mac", "=", "mac=" MAC, "username=\"u\"", "username=\"u, mac=" MAC, "username=\"u\\", "\"u\"",
    "username=\"u\" x, mac=" MAC, "username=\"u\", mac=", "username=\"u\", mac===", "username=\"u\", mac=A",
    "username=\"u\", mac=AB!D", "username=\"u\", mac=AAAA BBBB", "username=\"u\", mac=AB==CD",
    "username=\"u\", mac=AB", "username=\"u\", mac=" MAC ", mac=" MAC, "username=\"u\", username=\"v\", mac=" MAC,
    "username=a\"b\", mac=" MAC, "username=\"\xff\", mac=" MAC, "username=\"u\", timestamp=-1, mac=" MAC,
    "username=\"u\", timestamp=99999999999999999999, mac=" MAC, "username=\"u\", timestamp=, mac=" MAC,
  };
  g_autofree char *long_name = g_strnfill (10000, 'u');
  g_autofree char *long_text = g_strdup_printf ("username=\"%s\", mac=" MAC, long_name);

  for (gsize i = 0; i <= G_N_ELEMENTS (texts); i++)
    {
      g_auto(OmaMac) mac = { 0 };
      g_autoptr(GError) error = NULL;
      const char *text = i < G_N_ELEMENTS (texts) ? texts[i] : long_text;

      g_assert_false (oma_mac_parse (&mac, text, &error));
      g_assert_error (error, OMA_STATUS_ERROR, (int) OMA_STATUS_BAD_REQUEST);
    }
}

static void
test_hexadecimal_text (void)
{
  OmaMac hex = { .mac = (char *) "NGU4ZjBmNzZkZWIyNWU4Zjk0ZWY5NTRmZWVlMjhmNWU=" };
  OmaMac raw = { .mac = (char *) MAC };
  g_autofree char *octets = oma_mac_dup_from_hex (&hex);

  g_assert_cmpstr (octets, ==, MAC);
  g_assert_null (oma_mac_dup_from_hex (&raw));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mac/sec-5.4.3-form", test_sec_5_4_3_form);
  g_test_add_func ("/mac/user-names-hold-anything-in-quotes", test_user_names_hold_anything_in_quotes);
  g_test_add_func ("/mac/algorithms", test_algorithms);
  g_test_add_func ("/mac/time-and-unquoted-name", test_time_and_unquoted_name);
  g_test_add_func ("/mac/hostile-headers-are-refused", test_hostile_headers_are_refused);
  g_test_add_func ("/mac/hexadecimal-text", test_hexadecimal_text);
  return g_test_run ();
}

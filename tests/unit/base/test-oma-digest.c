/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-digest.h"

#include <string.h>

static const guint8 nonce16[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static void
assert_md5 (const char *name, const char *secret, gconstpointer nonce, gsize size, const char *expected)
{
  g_autoptr(GBytes) bytes = g_bytes_new (nonce, size);
  g_autofree char *digest = oma_digest_response (OMA_DIGEST_MD5, name, secret, bytes);

  g_assert_cmpstr (digest, ==, expected);
}

static void
test_md5_of_dm_security_5_3 (void)
{
  g_autoptr(GBytes) ten = oma_digest_decode_nonce ("LG3iZQhhdmKNHg==", NULL);

  assert_md5 ("Bruce2", "OhBehave", "Nonce", 5, "Zz6EivR3yeaaENcRN6lpAQ==");
  assert_md5 ("Bruce2", "OhBehave", g_bytes_get_data (ten, NULL), 10, "LAK2i25Fh0nxxGGaAzRRpg==");
  assert_md5 ("dev-0001", "s3cret", nonce16, 16, "0UP/r2MJQrgvqvCAlMMc0Q==");
  assert_md5 ("dm.example.org", "srvpass", nonce16, 16, "03GWbh88bDo6er/GXn4aBA==");
}

static void
test_md5_takes_empty_nonce_and_utf8 (void)
{
  g_autofree char *none = oma_digest_response (OMA_DIGEST_MD5, "dev-0001", "s3cret", NULL);

  g_assert_cmpstr (none, ==, "XT9l9nCqrXS6++8///33qg==");
  assert_md5 ("dev-0001", "s3cret", "", 0, "XT9l9nCqrXS6++8///33qg==");
  assert_md5 ("d\xc3\xb6ner", "pw", nonce16, 16, "jZ031lNfPkBh6940v9Jg1Q==");
  assert_md5 ("dev-0001", "s3cret", "\0\0\0\0", 4, "kJs6Ip4d6VpBA1eSmw/r/Q==");
}

static const char xml_body[] = "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr/><SyncBody><Final/></SyncBody></SyncML>";

/* A minimal package 1 of 107 octets. */
static const guint8 wbxml_body[] = {
  0x03, 0xa4, 0x01, 0x6a, 0x00, 0x6d, 0x6c,
  0x71, 0x03, '1', '.', '2', 0x00, 0x01,
  0x72, 0x03, 'D', 'M', '/', '1', '.', '2', 0x00, 0x01,
  0x65, 0x03, '1', 0x00, 0x01, 0x5b, 0x03, '1', 0x00, 0x01,
  0x6e, 0x57, 0x03, 'h', 't', 't', 'p', ':', '/', '/', 'd', 'm', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '/', 's',
  0x00, 0x01, 0x01,
  0x67, 0x57, 0x03, 'I', 'M', 'E', 'I', ':', '4', '9', 0x00, 0x01, 0x01,
  0x5a, 0x00, 0x01, 0x4c, 0x03, '1', '6', '3', '8', '4', 0x00, 0x01, 0x01, 0x01,
  0x00, 0x00, 0x6b, 0x46, 0x4b, 0x03, '1', 0x00, 0x01, 0x4f, 0x03, '1', '2', '0', '1', 0x00, 0x01, 0x01,
  0x12, 0x01, 0x01,
};

static void
assert_mac (OmaDigestType type, gconstpointer body, gsize size, const char *expected)
{
  g_autoptr(GBytes) nonce = g_bytes_new (nonce16, sizeof nonce16);
  g_autoptr(GBytes) bytes = g_bytes_new (body, size);
  g_autofree char *mac = oma_digest_mac (type, "dev-0001", "s3cret", nonce, bytes);

  g_assert_cmpstr (mac, ==, expected);
}

static void
test_mac_of_dm_security_5_4_3 (void)
{
  g_assert_cmpuint (sizeof wbxml_body, ==, 107);
  assert_mac (OMA_DIGEST_MD5, xml_body, strlen (xml_body), "To8Pdt6yXo+U75VP7uKPXg==");
  assert_mac (OMA_DIGEST_MD5, wbxml_body, sizeof wbxml_body, "+iwu8hvho07sqiHF9SHmqA==");
}

static void
test_sha256_in_the_place_of_md5 (void)
{
  g_autoptr(GBytes) nonce = g_bytes_new (nonce16, sizeof nonce16);
  g_autofree char *response = oma_digest_response (OMA_DIGEST_SHA256, "dev-0001", "s3cret", nonce);

  assert_mac (OMA_DIGEST_SHA256, xml_body, strlen (xml_body), "WxTCOl2NoFFw1y687sToAryFqt/GKfp61Vvk8OUzU4w=");
  g_assert_cmpstr (response, ==, "xhmBPgOgdlGUNYZPwAMgTyenyk5uxC5sw0wTaV9kHrY=");
}

static void
test_rfc2104_differs (void)
{
  g_autoptr(GBytes) nonce = g_bytes_new (nonce16, sizeof nonce16);
  g_autoptr(GBytes) body = g_bytes_new (xml_body, strlen (xml_body));
  g_autofree char *mac = oma_digest_mac_rfc2104 (OMA_DIGEST_MD5, "dev-0001", "s3cret", nonce, body);

  g_assert_cmpstr (mac, ==, "vDb/sdVUrgo6+PtjvRyauQ==");
}

static void
test_timed_mac (void)
{
  g_autoptr(GBytes) body = g_bytes_new (xml_body, strlen (xml_body));
  g_autofree char *mac = oma_digest_mac_timed ("dev-0001", "s3cret", 1700000000, body);

  g_assert_cmpstr (mac, ==, "zPdasfvln04FP6S7LccbPGGZIov+Jt7SaPq5w/7Jb1c=");
}

static void
test_basic_of_dm_security_5_3 (void)
{
  g_autofree char *bruce = oma_digest_basic ("Bruce2", "OhBehave");

  g_assert_cmpstr (bruce, ==, "QnJ1Y2UyOk9oQmVoYXZl");
}

static void
test_nonce_that_is_no_base64_is_refused (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_digest_decode_nonce ("nonce", &error));
  g_assert_nonnull (error);
  g_assert_null (oma_digest_decode_nonce ("", NULL));
}

static void
test_equal_compares_whole (void)
{
  g_assert_true (oma_digest_equal ("abc", "abc"));
  g_assert_false (oma_digest_equal ("abc", "abd"));
  g_assert_false (oma_digest_equal ("abc", "ab"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/md5-of-dm-security-5.3", test_md5_of_dm_security_5_3);
  g_test_add_func ("/digest/md5-takes-empty-nonce-and-utf8", test_md5_takes_empty_nonce_and_utf8);
  g_test_add_func ("/digest/mac-of-dm-security-5.4.3", test_mac_of_dm_security_5_4_3);
  g_test_add_func ("/digest/sha256-in-the-place-of-md5", test_sha256_in_the_place_of_md5);
  g_test_add_func ("/digest/rfc2104-differs", test_rfc2104_differs);
  g_test_add_func ("/digest/timed-mac", test_timed_mac);
  g_test_add_func ("/digest/basic-of-dm-security-5.3", test_basic_of_dm_security_5_3);
  g_test_add_func ("/digest/nonce-that-is-no-base64-is-refused", test_nonce_that_is_no_base64_is_refused);
  g_test_add_func ("/digest/equal-compares-whole", test_equal_compares_whole);
  return g_test_run ();
}

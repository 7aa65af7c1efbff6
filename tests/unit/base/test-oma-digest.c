/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-digest.h"

static const guint8 nonce16[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static void
assert_md5 (const char *name, const char *secret, gconstpointer nonce, gsize size, const char *expected)
{
  g_autoptr(GBytes) bytes = g_bytes_new (nonce, size);
  g_autofree char *digest = oma_digest_md5 (name, secret, bytes);

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
  g_autofree char *none = oma_digest_md5 ("dev-0001", "s3cret", NULL);

  g_assert_cmpstr (none, ==, "XT9l9nCqrXS6++8///33qg==");
  assert_md5 ("dev-0001", "s3cret", "", 0, "XT9l9nCqrXS6++8///33qg==");
  assert_md5 ("d\xc3\xb6ner", "pw", nonce16, 16, "jZ031lNfPkBh6940v9Jg1Q==");
  assert_md5 ("dev-0001", "s3cret", "\0\0\0\0", 4, "kJs6Ip4d6VpBA1eSmw/r/Q==");
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
  g_test_add_func ("/digest/basic-of-dm-security-5.3", test_basic_of_dm_security_5_3);
  g_test_add_func ("/digest/nonce-that-is-no-base64-is-refused", test_nonce_that_is_no_base64_is_refused);
  g_test_add_func ("/digest/equal-compares-whole", test_equal_compares_whole);
  return g_test_run ();
}

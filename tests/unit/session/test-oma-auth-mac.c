/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth.h"

#include <string.h>

#define NONCE_3 "ABEiM0RVZneImaq7zN3u/w=="
#define NONCE_2 "LG3iZQhhdmKNHg=="
#define BODY "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr/><SyncBody><Final/></SyncBody></SyncML>"
#define MD5_MAC "To8Pdt6yXo+U75VP7uKPXg=="
#define HEX_MAC "NGU4ZjBmNzZkZWIyNWU4Zjk0ZWY5NTRmZWVlMjhmNWU="
#define SHA256_MAC "WxTCOl2NoFFw1y687sToAryFqt/GKfp61Vvk8OUzU4w="
#define RFC2104_MAC "vDb/sdVUrgo6+PtjvRyauQ=="
#define NAME "username=\"dev-0001\""

/* Both sides have the name and the secret of the vectors, so that a vector proves either. */
typedef struct {
  OmaSessionConfig config;
  OmaAuth         *auth;
  GBytes          *body;
  GString         *nonces;
  gint64           now;
} Fixture;

static void
keep_nonce (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  Fixture *f = user_data;
  g_autofree char *text = oma_digest_encode_nonce (nonce);

  g_string_append_printf (f->nonces, "%s %s\n", for_server ? "server" : "client", text);
}

static void
fill_random (gpointer octets, gsize size, gpointer user_data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < size; i++)
    ((guint8 *) octets)[i] = i * 0x11;
}

static gint64
get_time (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->nonces = g_string_new (NULL);
  f->body = g_bytes_new_static (BODY, strlen (BODY));
  f->now = 1700000000;
  f->config.client = (OmaCredentials) { OMA_AUTH_HMAC, g_strdup ("dev-0001"), g_strdup ("s3cret"),
                                        oma_digest_decode_nonce (NONCE_3, NULL) };
  f->config.server = (OmaCredentials) { OMA_AUTH_HMAC, g_strdup ("dev-0001"), g_strdup ("s3cret"),
                                        oma_digest_decode_nonce (NONCE_3, NULL) };
  f->config.max_auth_tries = 2;
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_auth_free (f->auth);
  oma_credentials_clear (&f->config.client);
  oma_credentials_clear (&f->config.server);
  g_bytes_unref (f->body);
  g_string_free (f->nonces, TRUE);
}

static void
make_auth (Fixture *f)
{
  g_clear_pointer (&f->auth, oma_auth_free);
  f->auth = oma_auth_new (&f->config);
  oma_auth_set_nonce_func (f->auth, keep_nonce, f);
  oma_auth_set_random_func (f->auth, fill_random, NULL);
  oma_auth_set_clock_func (f->auth, get_time, f);
}

static void
assert_mac (Fixture *f, const char *expected)
{
  OmaHeader header = { 0 };
  g_autofree char *mac = NULL;

  oma_auth_fill_header (f->auth, &header);
  g_assert_false (header.has_cred);
  g_assert_cmpstr (header.source_name, ==, "dev-0001");
  mac = oma_auth_make_mac (f->auth, f->body);
  g_assert_cmpstr (mac, ==, expected);
}

static void
assert_verdict (Fixture *f, OmaStatus status, const char *type, const char *nonce, OmaAuthVerdict expected)
{
  OmaMeta chal = { .type = type, .format = "b64", .next_nonce = nonce };
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (oma_auth_take_status (f->auth, status, type != NULL ? &chal : NULL, &error), ==, expected);
  g_assert_cmpint (error != NULL, ==, expected == OMA_AUTH_VERDICT_FAILED);
}

/* The Status for a message of the server that comes with @mac. */
static OmaStatus
judge (Fixture *f, const char *mac, const char *source_name)
{
  OmaHeader header = { .source_name = source_name };

  oma_auth_take_mac (f->auth, mac, f->body);
  return oma_auth_check_server (f->auth, &header, TRUE, NULL);
}

/* As judge(), by a session that has heard nothing before. */
static OmaStatus
judge_first (Fixture *f, const char *mac)
{
  make_auth (f);
  return judge (f, mac, NULL);
}

static void
test_mac_goes_with_every_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_auth (f);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" MD5_MAC);
  assert_verdict (f, OMA_STATUS_OK, "syncml:auth-MAC", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=exynY1sGyQ8TllATIUGojw==");
  assert_verdict (f, OMA_STATUS_AUTHENTICATION_ACCEPTED, "SYNCML:auth-mac", NONCE_3, OMA_AUTH_VERDICT_ACCEPTED);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" MD5_MAC);   /* 212 is tolerated, and changes nothing */
}

static void
test_without_a_nonce_the_challenge_comes_first (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->config.client.nonce, g_bytes_unref);
  make_auth (f);
  assert_mac (f, NULL);
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-MAC", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" MD5_MAC);
  g_assert_cmpstr (f->nonces->str, ==, "");
}

static void
test_tries_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_auth (f);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" MD5_MAC);
  assert_verdict (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-MAC", NONCE_2, OMA_AUTH_VERDICT_CHALLENGED);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_verdict (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-MAC", NONCE_3, OMA_AUTH_VERDICT_FAILED);
}

static void
test_every_message_of_the_server_needs_one (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  make_auth (f);
  g_assert_cmpint (judge (f, NAME ", mac=" MD5_MAC, "dev-0001"), ==, OMA_STATUS_OK);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_OK, &chal, &nonce));
  g_assert_cmpstr (chal.type, ==, "syncml:auth-MAC");
  g_assert_cmpstr (chal.format, ==, "b64");
  g_assert_cmpstr (nonce, ==, NONCE_3);
  g_assert_cmpstr (f->nonces->str, ==, "server " NONCE_3 "\n");
  g_assert_cmpint (judge (f, NULL, NULL), ==, OMA_STATUS_MISSING_CREDENTIALS);
  g_assert_false (oma_auth_is_server_known (f->auth));
}

static void
test_used_nonce_is_good_for_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  g_bytes_unref (f->config.server.nonce);
  f->config.server.nonce = oma_digest_decode_nonce (NONCE_2, NULL);
  make_auth (f);
  g_assert_cmpint (judge (f, NAME ", mac=exynY1sGyQ8TllATIUGojw==", NULL), ==, OMA_STATUS_OK);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_OK, &chal, &nonce));
  g_assert_cmpint (judge (f, NAME ", mac=exynY1sGyQ8TllATIUGojw==", NULL), ==, OMA_STATUS_INVALID_CREDENTIALS);
}

static void
test_wrong_macs_get_401 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const macs[] = {
    NAME ", mac=AAAAAAAAAAAAAAAAAAAAAA==", NAME ", mac=" RFC2104_MAC, NAME ", mac=" HEX_MAC, "username=dev-0001, mac=" MD5_MAC,
    "username=\"other\", mac=" MD5_MAC, "algorithm=SHA1, " NAME ", mac=" MD5_MAC, "algorithm=SHA256, " NAME ", mac=" SHA256_MAC,
    "algorithm=HMAC-SHA256, timestamp=1700000000, " NAME ", mac=" SHA256_MAC, "mac=" MD5_MAC, "", NAME ", mac=To8P",
  };
  OmaHeader stranger = { .source_name = "other" };
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  for (gsize i = 0; i < G_N_ELEMENTS (macs); i++)
    {
      g_test_message ("%s", macs[i]);
      g_assert_cmpint (judge_first (f, macs[i]), ==, OMA_STATUS_INVALID_CREDENTIALS);
      g_assert_false (oma_auth_is_server_known (f->auth));
    }
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_INVALID_CREDENTIALS, &chal, &nonce));
  g_assert_cmpstr (chal.type, ==, "syncml:auth-MAC");
  g_assert_nonnull (nonce);
  make_auth (f);
  oma_auth_take_mac (f->auth, NAME ", mac=" MD5_MAC, f->body);
  g_assert_cmpint (oma_auth_check_server (f->auth, &stranger, TRUE, NULL), ==, OMA_STATUS_INVALID_CREDENTIALS);
}

static void
test_server_that_stays_wrong_is_given_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaHeader header = { 0 };
  g_autoptr(GError) error = NULL;

  make_auth (f);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (judge (f, NULL, NULL), ==, OMA_STATUS_MISSING_CREDENTIALS);
  oma_auth_check_server (f->auth, &header, TRUE, &error);
  g_assert_error (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
}

static void
test_mac_is_passed_over_where_nobody_asks (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_credentials_clear (&f->config.server);
  make_auth (f);
  g_assert_cmpint (judge (f, "rubbish", NULL), ==, OMA_STATUS_OK);
  g_assert_true (oma_auth_is_server_known (f->auth));
}

static void
test_nonce_of_an_unproved_message_is_used_and_not_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_auth (f);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  judge (f, NULL, NULL);
  assert_verdict (f, OMA_STATUS_OK, "syncml:auth-MAC", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=exynY1sGyQ8TllATIUGojw==");
  g_assert_cmpstr (f->nonces->str, ==, "");
  judge (f, NAME ", mac=" MD5_MAC, NULL);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

static void
test_switches (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.quirks = OMA_QUIRK_HEX_MAC;
  g_assert_cmpint (judge_first (f, NAME ", mac=" HEX_MAC), ==, OMA_STATUS_OK);
  g_assert_cmpint (judge_first (f, NAME ", mac=" MD5_MAC), ==, OMA_STATUS_OK);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" MD5_MAC);
  f->config.quirks = OMA_QUIRK_RFC2104_HMAC;
  g_assert_cmpint (judge_first (f, "username=dev-0001, mac=" RFC2104_MAC), ==, OMA_STATUS_OK);
  g_assert_cmpint (judge_first (f, NAME ", mac=" MD5_MAC), ==, OMA_STATUS_OK);
  assert_mac (f, "algorithm=MD5, " NAME ", mac=" RFC2104_MAC);
}

static void
test_sha256_is_named_and_demanded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.digest = OMA_DIGEST_SHA256;
  make_auth (f);
  assert_mac (f, "algorithm=SHA256, " NAME ", mac=" SHA256_MAC);
  g_assert_cmpint (judge_first (f, "algorithm=SHA256, " NAME ", mac=" SHA256_MAC), ==, OMA_STATUS_OK);
  g_assert_cmpint (judge_first (f, NAME ", mac=" MD5_MAC), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_cmpint (judge_first (f, NAME ", mac=" SHA256_MAC), ==, OMA_STATUS_INVALID_CREDENTIALS);
}

#define TIMED(time, mac) "algorithm=HMAC-SHA256, " NAME ", timestamp=" time ", mac=" mac
#define TIMED_MAC "zPdasfvln04FP6S7LccbPGGZIov+Jt7SaPq5w/7Jb1c="

static void
test_time_takes_the_place_of_nonces (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  f->config.mac_window = 300;
  g_clear_pointer (&f->config.client.nonce, g_bytes_unref);
  g_clear_pointer (&f->config.server.nonce, g_bytes_unref);
  make_auth (f);
  assert_mac (f, TIMED ("1700000000", TIMED_MAC));
  assert_verdict (f, OMA_STATUS_OK, NULL, NULL, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpint (judge (f, TIMED ("1700000000", TIMED_MAC), NULL), ==, OMA_STATUS_OK);
  g_assert_false (oma_auth_make_challenge (f->auth, OMA_STATUS_OK, &chal, &nonce));
  /* The same once more is not a new message. */
  g_assert_cmpint (judge (f, TIMED ("1700000000", TIMED_MAC), NULL), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_INVALID_CREDENTIALS, &chal, &nonce));
  g_assert_null (nonce);
  g_assert_cmpstr (f->nonces->str, ==, "");
}

static void
test_time_has_a_window (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.mac_window = 300;
  f->now = 1700000300;
  g_assert_cmpint (judge_first (f, TIMED ("1700000000", TIMED_MAC)), ==, OMA_STATUS_OK);
  f->now = 1700000301;
  g_assert_cmpint (judge_first (f, TIMED ("1700000000", TIMED_MAC)), ==, OMA_STATUS_INVALID_CREDENTIALS);
  f->now = 1699999700;
  g_assert_cmpint (judge_first (f, TIMED ("1700000000", TIMED_MAC)), ==, OMA_STATUS_OK);
  f->now = 1699999699;
  g_assert_cmpint (judge_first (f, TIMED ("1700000000", TIMED_MAC)), ==, OMA_STATUS_INVALID_CREDENTIALS);
  f->now = 1700000000;
  g_assert_cmpint (judge_first (f, TIMED ("1700000001", TIMED_MAC)), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_cmpint (judge_first (f, "algorithm=HMAC-SHA256, " NAME ", mac=" TIMED_MAC), ==,
                   OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_cmpint (judge_first (f, NAME ", mac=" MD5_MAC), ==, OMA_STATUS_INVALID_CREDENTIALS);
}

static void
test_user_name_cannot_break_the_header (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaHeader header = { 0 };

  g_free (f->config.client.name);
  f->config.client.name = g_strdup ("dev\r\nX-Evil: 1");
  make_auth (f);
  oma_auth_fill_header (f->auth, &header);
  g_assert_null (oma_auth_make_mac (f->auth, f->body));
}

#define add(name, func) g_test_add ("/auth-mac/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("sec-5.4.4-mac-goes-with-every-message", test_mac_goes_with_every_message);
  add ("without-a-nonce-the-challenge-comes-first", test_without_a_nonce_the_challenge_comes_first);
  add ("sec-5.3.3-tries-are-bounded", test_tries_are_bounded);
  add ("sec-5.4.4-every-message-of-the-server-needs-one", test_every_message_of_the_server_needs_one);
  add ("used-nonce-is-good-for-nothing", test_used_nonce_is_good_for_nothing);
  add ("sec-5.4.3-wrong-macs-get-401", test_wrong_macs_get_401);
  add ("server-that-stays-wrong-is-given-up", test_server_that_stays_wrong_is_given_up);
  add ("mac-is-passed-over-where-nobody-asks", test_mac_is_passed_over_where_nobody_asks);
  add ("sec-5.3.4-nonce-of-an-unproved-message-is-used-and-not-kept",
       test_nonce_of_an_unproved_message_is_used_and_not_kept);
  add ("switches", test_switches);
  add ("sha256-is-named-and-demanded", test_sha256_is_named_and_demanded);
  add ("time-takes-the-place-of-nonces", test_time_takes_the_place_of_nonces);
  add ("time-has-a-window", test_time_has_a_window);
  add ("user-name-cannot-break-the-header", test_user_name_cannot_break_the_header);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-auth.h"

#include "base/oma-digest.h"

#include <string.h>

#define NONCE_3 "ABEiM0RVZneImaq7zN3u/w=="       /* vector 3 of MD5 */
#define CRED_3 "0UP/r2MJQrgvqvCAlMMc0Q=="
#define SERVER_CRED_3 "03GWbh88bDo6er/GXn4aBA=="  /* vector 4 */
#define NONCE_2 "LG3iZQhhdmKNHg=="

typedef struct {
  OmaSessionConfig config;
  OmaAuth         *auth;
  GString         *nonces;
} Fixture;

static void
keep_nonce (gboolean for_server, GBytes *nonce, gpointer user_data)
{
  Fixture *f = user_data;
  g_autofree char *text = oma_digest_encode_nonce (nonce);

  g_string_append_printf (f->nonces, "%s %s\n", for_server ? "server" : "client", text);
}

/* The randomness of the tests is the nonce of the vectors. */
static void
fill_random (gpointer octets, gsize size, gpointer user_data G_GNUC_UNUSED)
{
  for (gsize i = 0; i < size; i++)
    ((guint8 *) octets)[i] = i * 0x11;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->nonces = g_string_new (NULL);
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dev-0001"), g_strdup ("s3cret"), NULL };
  f->config.max_auth_tries = 2;
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->auth, oma_auth_free);
  oma_credentials_clear (&f->config.client);
  oma_credentials_clear (&f->config.server);
  g_string_free (f->nonces, TRUE);
}

static void
make_auth (Fixture *f)
{
  f->auth = oma_auth_new (&f->config);
  oma_auth_set_nonce_func (f->auth, keep_nonce, f);
  oma_auth_set_random_func (f->auth, fill_random, NULL);
}

static void
want_server (Fixture *f, OmaAuthType type)
{
  f->config.server = (OmaCredentials) { type, g_strdup ("dm.example.org"), g_strdup ("srvpass"), NULL };
}

static void
assert_cred (Fixture *f, const char *type, const char *data)
{
  OmaHeader header = { 0 };

  oma_auth_fill_header (f->auth, &header);
  g_assert_cmpint (header.has_cred, ==, data != NULL);
  g_assert_cmpstr (header.cred_meta.type, ==, type);
  g_assert_cmpstr (header.cred_meta.format, ==, data != NULL ? "b64" : NULL);
  g_assert_cmpstr (header.cred_data, ==, data);
}

static void
assert_verdict (Fixture *f, OmaStatus status, const char *type, const char *nonce, OmaAuthVerdict expected)
{
  OmaMeta chal = { .type = type, .format = "b64", .next_nonce = nonce };
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (oma_auth_take_status (f->auth, status, type != NULL ? &chal : NULL, &error), ==, expected);
  g_assert_cmpint (error != NULL, ==, expected == OMA_AUTH_VERDICT_FAILED);
}

static void
assert_failure (Fixture *f, OmaStatus status, const char *type, const char *nonce, OmaSessionError code)
{
  OmaMeta chal = { .type = type, .format = "b64", .next_nonce = nonce };
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (oma_auth_take_status (f->auth, status, type != NULL ? &chal : NULL, &error), ==,
                   OMA_AUTH_VERDICT_FAILED);
  g_assert_error (error, OMA_SESSION_ERROR, (int) code);
}

static void
test_md5_without_nonce_waits_for_the_challenge (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaHeader header = { 0 };

  make_auth (f);
  oma_auth_fill_header (f->auth, &header);
  g_assert_false (header.has_cred);
  g_assert_cmpstr (header.source_name, ==, "dev-0001");
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  g_assert_cmpstr (f->nonces->str, ==, "");
}

static void
test_md5_uses_the_stored_nonce (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", CRED_3);
}

static void
test_212_ends_credentials_and_keeps_the_next_nonce (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_verdict (f, OMA_STATUS_AUTHENTICATION_ACCEPTED, "syncml:auth-md5", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  assert_cred (f, NULL, NULL);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

static void
test_200_asks_for_credentials_in_each_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_verdict (f, OMA_STATUS_OK, NULL, NULL, OMA_AUTH_VERDICT_ACCEPTED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  g_assert_cmpstr (f->nonces->str, ==, "");
  assert_verdict (f, OMA_STATUS_OK, "syncml:auth-MD5", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

static void
test_second_challenge_with_a_fresh_nonce_is_the_last (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_2, NULL);
  make_auth (f);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_verdict (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_failure (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-md5", "AAAA", OMA_SESSION_ERROR_CREDENTIALS);
}

static void
test_the_same_challenge_twice_is_failure (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_auth_tries = 9;
  make_auth (f);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_failure (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_SESSION_ERROR_CREDENTIALS);
}

static void
test_stored_nonce_as_first_challenge_is_tried_once_more (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_verdict (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_failure (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_SESSION_ERROR_CREDENTIALS);
}

static void
test_basic_only_when_allowed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.type = OMA_AUTH_BASIC;
  make_auth (f);
  assert_cred (f, NULL, NULL);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-basic", NULL, OMA_SESSION_ERROR_CHALLENGE);
  g_clear_pointer (&f->auth, oma_auth_free);
  f->config.allow_basic = TRUE;
  make_auth (f);
  assert_cred (f, "syncml:auth-basic", "ZGV2LTAwMDE6czNjcmV0");
  assert_failure (f, OMA_STATUS_INVALID_CREDENTIALS, "syncml:auth-basic", NULL, OMA_SESSION_ERROR_CREDENTIALS);
}

static void
test_md5_may_be_challenged_to_basic (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.allow_basic = TRUE;
  make_auth (f);
  assert_cred (f, NULL, NULL);
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-basic", NULL, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-basic", "ZGV2LTAwMDE6czNjcmV0");
}

static void
test_challenges_that_cannot_be_answered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_auth (f);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, NULL, NULL, OMA_SESSION_ERROR_CHALLENGE);
  assert_failure (f, OMA_STATUS_INVALID_CREDENTIALS, NULL, NULL, OMA_SESSION_ERROR_CREDENTIALS);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-MAC", NULL, OMA_SESSION_ERROR_CHALLENGE);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-x", NONCE_3, OMA_SESSION_ERROR_CHALLENGE);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NULL, OMA_SESSION_ERROR_CHALLENGE);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", "no base64!", OMA_SESSION_ERROR_CHALLENGE);
  g_clear_pointer (&f->auth, oma_auth_free);
  oma_credentials_clear (&f->config.client);
  make_auth (f);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_SESSION_ERROR_CHALLENGE);
}

static void
test_other_codes_refuse_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const int codes[] = { 302, 403, 404, 503, 505, 513, 599, 0 };

  make_auth (f);
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    assert_failure (f, codes[i], NULL, NULL, OMA_SESSION_ERROR_REFUSED);
  assert_verdict (f, OMA_STATUS_IN_PROGRESS, NULL, NULL, OMA_AUTH_VERDICT_ACCEPTED);
}

static void
keep_preference (OmaAuthType type, gpointer user_data)
{
  *(OmaAuthType *) user_data = type;
}

static void
test_another_type_along_with_success_is_for_next_time (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaAuthType preference = OMA_AUTH_NONE;

  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  oma_auth_set_preference_func (f->auth, keep_preference, &preference);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_verdict (f, OMA_STATUS_OK, "syncml:auth-basic", NULL, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpint (preference, ==, OMA_AUTH_NONE);     /* basic may not be sent */
  assert_verdict (f, OMA_STATUS_OK, "syncml:auth-MAC", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpint (preference, ==, OMA_AUTH_HMAC);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  g_assert_cmpstr (f->nonces->str, ==, "");
}

static void
test_type_stays_once_it_was_accepted (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.allow_basic = TRUE;
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_verdict (f, OMA_STATUS_AUTHENTICATION_ACCEPTED, NULL, NULL, OMA_AUTH_VERDICT_ACCEPTED);
  assert_cred (f, NULL, NULL);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-basic", NULL, OMA_SESSION_ERROR_CHALLENGE);
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
}

static void
test_hmac_is_not_weakened_where_nothing_encrypts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.type = OMA_AUTH_HMAC;
  make_auth (f);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_SESSION_ERROR_CHALLENGE);
  g_clear_pointer (&f->auth, oma_auth_free);
  f->config.allow_basic = TRUE;
  make_auth (f);
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
}

static void
test_sha256_only_to_who_asked_for_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.digest = OMA_DIGEST_SHA256;
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_2, NULL);
  make_auth (f);
  assert_cred (f, NULL, NULL);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_SESSION_ERROR_CHALLENGE);
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "SYNCML:AUTH-SHA256", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-sha256", "xhmBPgOgdlGUNYZPwAMgTyenyk5uxC5sw0wTaV9kHrY=");
  g_clear_pointer (&f->auth, oma_auth_free);
  f->config.digest = OMA_DIGEST_MD5;
  make_auth (f);
  assert_failure (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-sha256", NONCE_3, OMA_SESSION_ERROR_CHALLENGE);
}

static void
assert_resynchronized (Fixture *f, OmaResync resync, const char *cred, const char *server_cred)
{
  OmaHeader header = { .has_cred = TRUE, .cred_meta = { .type = "syncml:auth-md5", .format = "b64" },
                       .cred_data = server_cred };

  f->config.resync = resync;
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", cred);
  assert_verdict (f, OMA_STATUS_AUTHENTICATION_ACCEPTED, "syncml:auth-md5", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpint (oma_auth_check_server (f->auth, &header, TRUE, NULL), ==, OMA_STATUS_AUTHENTICATION_ACCEPTED);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
  g_string_truncate (f->nonces, 0);
  g_clear_pointer (&f->auth, oma_auth_free);
}

static void
test_default_nonce_resynchronizes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.client.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  want_server (f, OMA_AUTH_MD5);
  assert_resynchronized (f, OMA_RESYNC_OCTETS, "kJs6Ip4d6VpBA1eSmw/r/Q==", "qQ1HF4/RPJYo0WNPT5UXwg==");
  assert_resynchronized (f, OMA_RESYNC_TEXT, "Zb1nHxWaYS+i1QbBI0D4rg==", "waDxvq8VbA+JKWclqoVkyA==");
}

static void
test_wrong_variants_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const wrong[] = { "kpKgquN4uuyvg2Io01gZ5A==", "chTnQX6Tiiwd/1JB4H+wHA==",
                                       "2r2TzDpww9r7GHPHA00JMQ==", "LAK2i25Fh0nxxGGaAzRRpg", "" };
  OmaHeader header = { .has_cred = TRUE, .cred_meta = { .type = "syncml:auth-md5", .format = "b64" } };

  f->config.server = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("Bruce2"), g_strdup ("OhBehave"),
                                        oma_digest_decode_nonce (NONCE_2, NULL) };
  make_auth (f);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      header.cred_data = wrong[i];
      g_assert_cmpint (oma_auth_check_server (f->auth, &header, TRUE, NULL), ==, OMA_STATUS_INVALID_CREDENTIALS);
    }
  header.cred_data = "LAK2i25Fh0nxxGGaAzRRpg==";
  g_assert_cmpint (oma_auth_check_server (f->auth, &header, TRUE, NULL), ==, OMA_STATUS_AUTHENTICATION_ACCEPTED);
}

static void
test_cred_is_passed_over_where_nobody_asks (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaHeader header = { .has_cred = TRUE, .cred_meta = { .type = "syncml:auth-md5", .format = "b64" },
                       .cred_data = "rubbish" };
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  make_auth (f);
  g_assert_cmpint (oma_auth_check_server (f->auth, &header, TRUE, NULL), ==, OMA_STATUS_OK);
  g_assert_false (oma_auth_make_challenge (f->auth, OMA_STATUS_OK, &chal, &nonce));
}

static OmaStatus
check_server (Fixture *f, const char *type, const char *cred, gboolean needed, GError **error)
{
  OmaHeader header = { .has_cred = cred != NULL, .cred_meta = { .type = type, .format = "b64" }, .cred_data = cred };

  return oma_auth_check_server (f->auth, &header, needed, error);
}

static void
test_server_proves_itself_with_md5 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *nonce = NULL, *none = NULL;
  OmaMeta chal;

  want_server (f, OMA_AUTH_MD5);
  make_auth (f);
  g_assert_cmpint (check_server (f, NULL, NULL, TRUE, NULL), ==, OMA_STATUS_MISSING_CREDENTIALS);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_MISSING_CREDENTIALS, &chal, &nonce));
  g_assert_cmpstr (chal.type, ==, "syncml:auth-md5");
  g_assert_cmpstr (nonce, ==, NONCE_3);
  g_assert_cmpstr (f->nonces->str, ==, "server " NONCE_3 "\n");
  g_assert_cmpint (check_server (f, "syncml:auth-md5", SERVER_CRED_3, TRUE, NULL), ==,
                   OMA_STATUS_AUTHENTICATION_ACCEPTED);
  g_clear_pointer (&nonce, g_free);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_AUTHENTICATION_ACCEPTED, &chal, &nonce));
  g_assert_nonnull (nonce);
  g_assert_cmpint (check_server (f, NULL, NULL, TRUE, NULL), ==, OMA_STATUS_AUTHENTICATION_ACCEPTED);
  g_assert_false (oma_auth_make_challenge (f->auth, OMA_STATUS_AUTHENTICATION_ACCEPTED, &chal, &none));
}

static void
test_server_with_wrong_credentials_gets_401_and_an_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  want_server (f, OMA_AUTH_MD5);
  f->config.server.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  g_assert_cmpint (check_server (f, "syncml:auth-md5", CRED_3, TRUE, &error), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_no_error (error);
  g_assert_cmpint (check_server (f, "syncml:auth-basic", SERVER_CRED_3, TRUE, &error), ==,
                   OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_no_error (error);
  g_assert_cmpint (check_server (f, NULL, NULL, FALSE, &error), ==, OMA_STATUS_OK);
  g_assert_no_error (error);
  g_assert_cmpint (check_server (f, "syncml:auth-md5", CRED_3, TRUE, &error), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_assert_error (error, OMA_SESSION_ERROR, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
}

static void
test_server_proves_itself_with_basic (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *right = oma_digest_basic ("dm.example.org", "srvpass");
  g_autofree char *nonce = NULL;
  OmaMeta chal;

  want_server (f, OMA_AUTH_BASIC);
  make_auth (f);
  g_assert_cmpint (check_server (f, NULL, NULL, TRUE, NULL), ==, OMA_STATUS_MISSING_CREDENTIALS);
  g_assert_true (oma_auth_make_challenge (f->auth, OMA_STATUS_MISSING_CREDENTIALS, &chal, &nonce));
  g_assert_cmpstr (chal.type, ==, "syncml:auth-basic");
  g_assert_null (nonce);
  g_assert_cmpint (check_server (f, "SyncML:auth-Basic", right, TRUE, NULL), ==, OMA_STATUS_AUTHENTICATION_ACCEPTED);
  g_assert_false (oma_auth_make_challenge (f->auth, OMA_STATUS_AUTHENTICATION_ACCEPTED, &chal, &nonce));
}

static void
test_nonce_of_a_stranger_is_used_and_not_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  want_server (f, OMA_AUTH_MD5);
  f->config.server.nonce = oma_digest_decode_nonce (NONCE_3, NULL);
  make_auth (f);
  oma_auth_fill_header (f->auth, &(OmaHeader) { 0 });
  assert_verdict (f, OMA_STATUS_MISSING_CREDENTIALS, "syncml:auth-md5", NONCE_3, OMA_AUTH_VERDICT_CHALLENGED);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  assert_verdict (f, OMA_STATUS_AUTHENTICATION_ACCEPTED, "syncml:auth-md5", NONCE_2, OMA_AUTH_VERDICT_ACCEPTED);
  g_assert_cmpstr (f->nonces->str, ==, "");
  check_server (f, "syncml:auth-md5", SERVER_CRED_3, TRUE, NULL);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

static void
test_nonce_as_text_is_a_switch (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *wrong = "kpKgquN4uuyvg2Io01gZ5A==";

  oma_credentials_clear (&f->config.client);
  f->config.client = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("Bruce2"), g_strdup ("OhBehave"),
                                        oma_digest_decode_nonce (NONCE_2, NULL) };
  f->config.server = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("Bruce2"), g_strdup ("OhBehave"),
                                        oma_digest_decode_nonce (NONCE_2, NULL) };
  make_auth (f);
  g_assert_cmpint (check_server (f, "syncml:auth-md5", wrong, TRUE, NULL), ==, OMA_STATUS_INVALID_CREDENTIALS);
  g_clear_pointer (&f->auth, oma_auth_free);
  f->config.quirks = OMA_QUIRK_NONCE_AS_TEXT;
  make_auth (f);
  assert_cred (f, "syncml:auth-md5", wrong);
  g_assert_cmpint (check_server (f, "syncml:auth-md5", wrong, TRUE, NULL), ==, OMA_STATUS_AUTHENTICATION_ACCEPTED);
}

static void
test_default_randomness_differs (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *a = NULL, *b = NULL;
  OmaMeta chal;

  want_server (f, OMA_AUTH_MD5);
  f->auth = oma_auth_new (&f->config);
  oma_auth_make_challenge (f->auth, OMA_STATUS_MISSING_CREDENTIALS, &chal, &a);
  oma_auth_make_challenge (f->auth, OMA_STATUS_MISSING_CREDENTIALS, &chal, &b);
  g_assert_cmpuint (strlen (a), ==, 24);
  g_assert_cmpstr (a, !=, b);
}

/* Servers that decode a nonce to text and hash that lose a zero octet and what is no UTF-8. */
static void
test_default_nonces_are_printable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  want_server (f, OMA_AUTH_MD5);
  f->auth = oma_auth_new (&f->config);
  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *nonce = NULL;
      g_autoptr(GBytes) octets = NULL;
      const char *octet;
      OmaMeta chal;
      gsize size;

      oma_auth_make_challenge (f->auth, OMA_STATUS_MISSING_CREDENTIALS, &chal, &nonce);
      octets = oma_digest_decode_nonce (nonce, NULL);
      octet = g_bytes_get_data (octets, &size);
      g_assert_cmpuint (size, ==, 16);
      for (gsize j = 0; j < size; j++)
        g_assert_true (g_ascii_isgraph (octet[j]));
    }
}

#define add(name, func) g_test_add ("/auth/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("md5-without-nonce-waits-for-the-challenge", test_md5_without_nonce_waits_for_the_challenge);
  add ("md5-uses-the-stored-nonce", test_md5_uses_the_stored_nonce);
  add ("212-ends-credentials-and-keeps-the-next-nonce", test_212_ends_credentials_and_keeps_the_next_nonce);
  add ("200-asks-for-credentials-in-each-message", test_200_asks_for_credentials_in_each_message);
  add ("second-challenge-with-a-fresh-nonce-is-the-last", test_second_challenge_with_a_fresh_nonce_is_the_last);
  add ("the-same-challenge-twice-is-failure", test_the_same_challenge_twice_is_failure);
  add ("stored-nonce-as-first-challenge-is-tried-once-more", test_stored_nonce_as_first_challenge_is_tried_once_more);
  add ("basic-only-when-allowed", test_basic_only_when_allowed);
  add ("md5-may-be-challenged-to-basic", test_md5_may_be_challenged_to_basic);
  add ("challenges-that-cannot-be-answered", test_challenges_that_cannot_be_answered);
  add ("other-codes-refuse-the-session", test_other_codes_refuse_the_session);
  add ("sec-4.2-another-type-along-with-success-is-for-next-time", test_another_type_along_with_success_is_for_next_time);
  add ("sec-5.4.1-type-stays-once-it-was-accepted", test_type_stays_once_it_was_accepted);
  add ("hmac-is-not-weakened-where-nothing-encrypts", test_hmac_is_not_weakened_where_nothing_encrypts);
  add ("sha256-only-to-who-asked-for-it", test_sha256_only_to_who_asked_for_it);
  add ("noti-6.2-default-nonce-resynchronizes", test_default_nonce_resynchronizes);
  add ("sec-5.3.1-wrong-variants-are-refused", test_wrong_variants_are_refused);
  add ("cred-is-passed-over-where-nobody-asks", test_cred_is_passed_over_where_nobody_asks);
  add ("server-proves-itself-with-md5", test_server_proves_itself_with_md5);
  add ("server-with-wrong-credentials-gets-401-and-an-end", test_server_with_wrong_credentials_gets_401_and_an_end);
  add ("server-proves-itself-with-basic", test_server_proves_itself_with_basic);
  add ("nonce-of-a-stranger-is-used-and-not-kept", test_nonce_of_a_stranger_is_used_and_not_kept);
  add ("nonce-as-text-is-a-switch", test_nonce_as_text_is_a_switch);
  add ("default-randomness-differs", test_default_randomness_differs);
  add ("default-nonces-are-printable", test_default_nonces_are_printable);
  return g_test_run ();
}

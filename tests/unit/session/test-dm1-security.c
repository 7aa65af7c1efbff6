/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials and challenges in both directions: DM Security 1.2 (SEC), section 5.3; DM
 * Protocol 1.2 (PROTO), section 9. */
#include "config.h"

#include "session-fixture.h"

#include "base/oma-digest.h"

#include <string.h>

#define NONCE_2 "LG3iZQhhdmKNHg=="
#define NONCE_3 "ABEiM0RVZneImaq7zN3u/w=="
#define CRED_3 "0UP/r2MJQrgvqvCAlMMc0Q=="
#define FIRST_NONCE "AQEBAQEBAQEBAQEBAQEBAQ=="    /* what the fixture's randomness gives */
#define SECOND_NONCE "AgICAgICAgICAgICAgICAg=="
#define REPLACE(id, data) "<Replace><CmdID>" id "</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                          "<Data>" data "</Data></Item></Replace>"
#define CHAL(type, nonce) "<Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">" \
                          type "</Type>" nonce "</Meta></Chal>"
#define NEXT(nonce) "<NextNonce xmlns=\"syncml:metinf\">" nonce "</NextNonce>"
#define PACKAGE_1 "Alert 1201\nReplace ./DevInfo/DevId 'urn:dev:1' ./DevInfo/Man 'Example Corp' " \
                  "./DevInfo/Mod 'Edge-7' ./DevInfo/DmV '0.1' ./DevInfo/Lang 'en-US'\nFinal\n"

static void
set_client (Fixture *f, OmaAuthType type, const char *nonce)
{
  f->config.client = (OmaCredentials) { type, g_strdup ("dev-0001"), g_strdup ("s3cret"),
                                        nonce != NULL ? oma_digest_decode_nonce (nonce, NULL) : NULL };
}

static void
set_server (Fixture *f, const char *nonce)
{
  f->config.server = (OmaCredentials) { OMA_AUTH_MD5, g_strdup ("dm.example.org"), g_strdup ("srvpass"),
                                        nonce != NULL ? oma_digest_decode_nonce (nonce, NULL) : NULL };
}

static char *
server_cred (const char *nonce)
{
  g_autoptr(GBytes) octets = oma_digest_decode_nonce (nonce, NULL);
  g_autofree char *digest = oma_digest_response (OMA_DIGEST_MD5, "dm.example.org", "srvpass", octets);

  return g_strdup_printf ("<Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format>"
                          "<Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type></Meta><Data>%s</Data></Cred>", digest);
}

/* The server answers with a Status for SyncHdr that holds @chal. */
static void
answer (Fixture *f, const char *header, guint status, const char *chal, const char *commands)
{
  g_autofree char *body = g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%s</MsgRef><CmdRef>0</CmdRef>"
                                           "<Cmd>SyncHdr</Cmd>%s<Data>%u</Data></Status>%s<Final/>",
                                           f->sent->header.msg_id, chal, status, commands);

  fixture_answer_full (f, header, body);
}

static void
assert_cred (Fixture *f, const char *type, const char *data)
{
  g_assert_cmpint (f->sent->header.has_cred, ==, data != NULL);
  g_assert_cmpstr (f->sent->header.cred_meta.type, ==, type);
  g_assert_cmpstr (f->sent->header.cred_data, ==, data);
}

static void
assert_motd (Fixture *f, const char *expected)
{
  g_autofree char *motd = fixture_get_value (f, "./Vendor/Motd");

  g_assert_cmpstr (motd, ==, expected);
}

static void
test_challenged_package_1_is_repeated (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_client (f, OMA_AUTH_MD5, NULL);
  fixture_begin (f);
  assert_cred (f, NULL, NULL);
  answer (f, "", 407, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\n" PACKAGE_1);
  g_assert_cmpstr (f->sent->header.msg_id, ==, "2");
  g_assert_cmpstr (f->sent->header.session_id, ==, "63");
  g_assert_cmpstr (f->sent->header.source_name, ==, "dev-0001");
  g_assert_cmpuint (f->sent->header.meta.max_msg_size, ==, 1 << 20);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  answer (f, "", 212, CHAL ("syncml:auth-md5", NEXT (NONCE_2)), REPLACE ("2", "x"));
  assert_cred (f, NULL, NULL);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 2/2 Replace ./Vendor/Motd 200\nFinal\n");
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

static void
test_challenge_in_mid_session_repeats_the_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_client (f, OMA_AUTH_MD5, NONCE_2);
  fixture_begin (f);
  fixture_answer (f, 212, "<Get><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>"
                  REPLACE ("3", "x"), TRUE);
  assert_cred (f, NULL, NULL);
  answer (f, "", 407, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 1/0 SyncHdr 200\nStatus 1/2 Get ./Vendor/Motd 200\n"
                       "Results 1/2 ./Vendor/Motd chr 'hello'\nStatus 1/3 Replace ./Vendor/Motd 200\nFinal\n");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  assert_cred (f, "syncml:auth-md5", CRED_3);
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_done (f);
  assert_motd (f, "x");
}

static void
test_200_keeps_the_same_credentials (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_client (f, OMA_AUTH_MD5, NONCE_3);
  fixture_begin (f);
  fixture_answer (f, 200, REPLACE ("2", "x"), TRUE);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  fixture_answer (f, 200, REPLACE ("2", "y"), TRUE);
  assert_cred (f, "syncml:auth-md5", CRED_3);
}

static void
test_401_twice_with_the_same_nonce_is_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->config.max_auth_tries = 10;
  set_client (f, OMA_AUTH_MD5, NULL);
  fixture_begin (f);
  answer (f, "", 407, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  answer (f, "", 401, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  fixture_assert_failed (f, OMA_SESSION_ERROR_CREDENTIALS);
}

static void
test_stale_nonce_has_a_second_try (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_client (f, OMA_AUTH_MD5, NONCE_2);
  fixture_begin (f);
  answer (f, "", 401, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  assert_cred (f, "syncml:auth-md5", CRED_3);
  g_assert_cmpstr (f->nonces->str, ==, "");
  fixture_answer (f, 212, "", TRUE);
  fixture_assert_done (f);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_3 "\n");
}

static void
test_account_without_credentials_cannot_answer (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fixture_begin (f);
  answer (f, "", 407, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  fixture_assert_failed (f, OMA_SESSION_ERROR_CHALLENGE);
}

static void
test_server_without_credentials_gets_407 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *cred = NULL;

  set_server (f, NULL);
  fixture_begin (f);
  answer (f, "", 200, "", REPLACE ("2", "x") "<Atomic><CmdID>3</CmdID>" REPLACE ("4", "y") "</Atomic>"
          "<Alert><CmdID>5</CmdID><Data>1100</Data></Alert>");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 407 syncml:auth-md5 b64 " FIRST_NONCE "\n"
                       "Status 1/2 Replace ./Vendor/Motd 407\nStatus 1/3 Atomic 407\n"
                       "Status 1/4 Replace ./Vendor/Motd 407\nStatus 1/5 Alert 407\nFinal\n");
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\n");
  assert_motd (f, "hello");
  cred = server_cred (FIRST_NONCE);
  answer (f, cred, 200, "", REPLACE ("2", "x"));
  fixture_assert_sent (f, "Status 2/0 SyncHdr 212 syncml:auth-md5 b64 " SECOND_NONCE "\n"
                       "Status 2/2 Replace ./Vendor/Motd 200\nFinal\n");
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\nserver " SECOND_NONCE "\n");
  answer (f, "", 200, "", REPLACE ("2", "y"));
  fixture_assert_sent (f, "Status 3/0 SyncHdr 212\nStatus 3/2 Replace ./Vendor/Motd 200\nFinal\n");
  assert_motd (f, "y");
}

static void
test_server_with_wrong_credentials_gets_401_then_the_end (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *wrong = server_cred (NONCE_2), *text = NULL;

  set_server (f, NONCE_3);
  fixture_begin (f);
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *status = g_strdup_printf ("Status %u/0 SyncHdr 401 syncml:auth-md5 b64 ", i);
      answer (f, wrong, 200, "", REPLACE ("2", "x"));
      g_assert_cmpint (f->step->action, ==, OMA_SESSION_SEND);
      text = fixture_describe (f);
      g_assert_true (g_str_has_prefix (text, status));
      g_clear_pointer (&text, g_free);
    }
  answer (f, wrong, 200, "", REPLACE ("2", "x"));
  fixture_assert_failed (f, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
  text = fixture_describe (f);
  g_assert_true (g_str_has_suffix (text, "Status 3/2 Replace ./Vendor/Motd 401\nAlert 1223\nFinal\n"));
  assert_motd (f, "hello");
}

static void
test_both_sides_challenge_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *cred = server_cred (FIRST_NONCE);

  set_client (f, OMA_AUTH_MD5, NULL);
  set_server (f, NULL);
  fixture_begin (f);
  answer (f, "", 407, CHAL ("syncml:auth-md5", NEXT (NONCE_3)), "");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 407 syncml:auth-md5 b64 " FIRST_NONCE "\n" PACKAGE_1);
  assert_cred (f, "syncml:auth-md5", CRED_3);
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\n");
  answer (f, cred, 212, CHAL ("syncml:auth-md5", NEXT (NONCE_2)), REPLACE ("2", "x"));
  fixture_assert_sent (f, "Status 2/0 SyncHdr 212 syncml:auth-md5 b64 " SECOND_NONCE "\n"
                       "Status 2/2 Replace ./Vendor/Motd 200\nFinal\n");
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\nclient " NONCE_2 "\nserver " SECOND_NONCE "\n");
}

static void
test_nonce_of_a_stranger_is_not_kept (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  set_client (f, OMA_AUTH_MD5, NONCE_3);
  set_server (f, NONCE_3);
  fixture_begin (f);
  answer (f, "", 212, CHAL ("syncml:auth-md5", NEXT (NONCE_2)), REPLACE ("2", "x"));
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\n");
  fixture_answer (f, 200, "", TRUE);
  fixture_assert_failed (f, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
  g_assert_cmpstr (f->nonces->str, ==, "server " FIRST_NONCE "\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/proto/9/challenged-package-1-is-repeated", test_challenged_package_1_is_repeated);
  fixture_add ("/proto/9/challenge-in-mid-session-repeats-the-message",
               test_challenge_in_mid_session_repeats_the_message);
  fixture_add ("/proto/9/200-keeps-the-same-credentials", test_200_keeps_the_same_credentials);
  fixture_add ("/sec/5.3.3/401-twice-with-the-same-nonce-is-the-end", test_401_twice_with_the_same_nonce_is_the_end);
  fixture_add ("/sec/5.3.3/stale-nonce-has-a-second-try", test_stale_nonce_has_a_second_try);
  fixture_add ("/sec/5.4.1/account-without-credentials-cannot-answer", test_account_without_credentials_cannot_answer);
  fixture_add ("/proto/9.1/server-without-credentials-gets-407", test_server_without_credentials_gets_407);
  fixture_add ("/proto/9.1/server-with-wrong-credentials-gets-401-then-the-end",
               test_server_with_wrong_credentials_gets_401_then_the_end);
  fixture_add ("/proto/9/both-sides-challenge-at-once", test_both_sides_challenge_at_once);
  fixture_add ("/sec/5.3.4/nonce-of-a-stranger-is-not-kept", test_nonce_of_a_stranger_is_not_kept);
  return g_test_run ();
}

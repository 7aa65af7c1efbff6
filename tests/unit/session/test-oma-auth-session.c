/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session-fixture.h"

#include <string.h>

#define NONCE_1 "bjBuY2UtYnl0ZXM="
#define NONCE_2 "LG3iZQhhdmKNHg=="
#define GET_MOTD "<Get><CmdID>7</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target></Item></Get>"
#define REPLACE_MOTD "<Replace><CmdID>8</CmdID><Item><Target><LocURI>./Vendor/Motd</LocURI></Target>" \
                     "<Data>new</Data></Item></Replace>"

/* What the fixture's randomness gives first and second. */
#define OURS_1 "AQEBAQEBAQEBAQEBAQEBAQ=="
#define OURS_2 "AgICAgICAgICAgICAgICAg=="

static void
use_client (Fixture *f, OmaAuthType type, const char *nonce)
{
  f->config.client = (OmaCredentials) { type, g_strdup ("dev1"), g_strdup ("pw"),
                                        nonce != NULL ? oma_digest_decode_nonce (nonce, NULL) : NULL };
}

static void
use_server (Fixture *f, OmaAuthType type, const char *nonce)
{
  f->config.server = (OmaCredentials) { type, g_strdup ("srv"), g_strdup ("srvpw"),
                                        nonce != NULL ? oma_digest_decode_nonce (nonce, NULL) : NULL };
}

static char *
make_answer (Fixture *f, guint status, const char *chal_type, const char *nonce, const char *commands)
{
  g_autofree char *next = nonce != NULL ? g_strdup_printf ("<NextNonce xmlns=\"syncml:metinf\">%s</NextNonce>", nonce) :
                                          g_strdup ("");
  g_autofree char *chal = chal_type != NULL ?
    g_strdup_printf ("<Chal><Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">%s</Type>"
                     "%s</Meta></Chal>", chal_type, next) : g_strdup ("");

  return g_strdup_printf ("<Status><CmdID>1</CmdID><MsgRef>%s</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd>%s"
                          "<Data>%u</Data></Status>%s<Final/>", f->sent->header.msg_id, chal, status, commands);
}

/* Answers with @header in the SyncHdr. */
static void
answer (Fixture *f, const char *header, guint status, const char *chal_type, const char *nonce, const char *commands)
{
  g_autofree char *body = make_answer (f, status, chal_type, nonce, commands);

  fixture_answer_full (f, header, body);
}

/* Answers with a mac over the message, made with @secret and @nonce. */
static void
answer_signed (Fixture *f, const char *secret, const char *nonce, guint status, const char *next, const char *commands)
{
  g_autofree char *body = make_answer (f, status, next != NULL ? "syncml:auth-MAC" : NULL, next, commands);
  g_autofree char *message = fixture_message (f, "", body);
  g_autoptr(GBytes) bytes = g_bytes_new (message, strlen (message));
  g_autoptr(GBytes) octets = oma_digest_decode_nonce (nonce, NULL);
  g_autofree char *mac = oma_digest_mac (OMA_DIGEST_MD5, "srv", secret, octets, bytes);
  g_autofree char *header = g_strdup_printf ("username=\"srv\", mac=%s", mac);

  f->mac = header;
  fixture_feed (f, message);
  f->mac = NULL;
}

static void
assert_our_mac (Fixture *f, const char *nonce)
{
  g_autoptr(GBytes) octets = oma_digest_decode_nonce (nonce, NULL);
  g_autofree char *mac = oma_digest_mac (OMA_DIGEST_MD5, "dev1", "pw", octets, f->step->body);
  g_autofree char *header = g_strdup_printf ("algorithm=MD5, username=\"dev1\", mac=%s", mac);

  g_assert_cmpstr (f->step->mac, ==, header);
  g_assert_false (f->sent->header.has_cred);
  g_assert_cmpstr (f->sent->header.source_name, ==, "dev1");
}

static void
test_hmac_both_ways_in_every_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_HMAC, NONCE_1);
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  assert_our_mac (f, NONCE_1);
  answer_signed (f, "srvpw", NONCE_1, 200, NONCE_2, GET_MOTD);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200 syncml:auth-MAC b64 " OURS_1 "\n"
                          "Status 1/7 Get ./Vendor/Motd 200\n"
                          "Results 1/7 ./Vendor/Motd chr 'hello'\n"
                          "Final\n");
  assert_our_mac (f, NONCE_2);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\nserver " OURS_1 "\n");
  answer_signed (f, "srvpw", OURS_1, 200, NONCE_1, "");
  fixture_assert_done (f);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\nserver " OURS_1 "\nclient " NONCE_1 "\n");
}

static void
test_message_with_a_wrong_mac_executes_nothing (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *motd = NULL, *after = NULL;

  use_client (f, OMA_AUTH_HMAC, NONCE_1);
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  answer_signed (f, "wrong", NONCE_1, 200, NONCE_2, REPLACE_MOTD);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 401 syncml:auth-MAC b64 " OURS_1 "\n"
                          "Status 1/8 Replace ./Vendor/Motd 401\nFinal\n");
  assert_our_mac (f, NONCE_2);                        /* the newest nonce, though a stranger gave it */
  g_assert_cmpstr (f->nonces->str, ==, "server " OURS_1 "\n");
  motd = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (motd, ==, "hello");
  answer_signed (f, "srvpw", OURS_1, 200, NONCE_1, REPLACE_MOTD);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200 syncml:auth-MAC b64 " OURS_2 "\n"
                          "Status 2/8 Replace ./Vendor/Motd 200\nFinal\n");
  after = fixture_get_value (f, "./Vendor/Motd");
  g_assert_cmpstr (after, ==, "new");
}

static void
test_message_without_a_mac_gets_407 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  g_assert_null (f->step->mac);
  answer (f, "", 200, NULL, NULL, REPLACE_MOTD);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 407 syncml:auth-MAC b64 " OURS_1 "\n"
                          "Status 1/8 Replace ./Vendor/Motd 407\nFinal\n");
  answer (f, "", 200, NULL, NULL, REPLACE_MOTD);
  answer (f, "", 200, NULL, NULL, REPLACE_MOTD);
  fixture_assert_failed (f, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
}

static void
test_mere_statuses_are_not_challenged (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_server (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, "", 200, NULL, NULL, "");
  fixture_assert_done (f);
}

/* Seen of a server that, challenged, says no more than Statuses. */
static void
test_server_that_leaves_a_challenge_unanswered_fails_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  answer (f, "", 200, NULL, NULL, REPLACE_MOTD);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 407 syncml:auth-MAC b64 " OURS_1 "\n"
                          "Status 1/8 Replace ./Vendor/Motd 407\nFinal\n");
  answer (f, "", 212, NULL, NULL, "");
  fixture_assert_failed (f, OMA_SESSION_ERROR_SERVER_CREDENTIALS);
}

static void
test_server_that_answers_a_challenge_ends_the_session_in_order (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  answer (f, "", 200, NULL, NULL, REPLACE_MOTD);
  answer_signed (f, "srvpw", OURS_1, 200, NULL, "");
  fixture_assert_done (f);
}

static void
test_407_for_package_1_is_answered_with_it_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NULL);
  fixture_begin (f);
  g_assert_false (f->sent->header.has_cred);
  answer (f, "", 407, "syncml:auth-md5", NONCE_1, "");
  g_assert_cmpstr (f->sent->header.msg_id, ==, "2");
  g_assert_cmpstr (f->sent->header.session_id, ==, "63");
  g_assert_cmpstr (f->sent->header.source_name, ==, "dev1");
  g_assert_cmpstr (f->sent->header.cred_data, ==, "9gR5G+gsLExktOPrNn8BxA==");
  fixture_assert_sent (f, "Status 1/0 SyncHdr 200\nAlert 1201\n"
                          "Replace ./DevInfo/DevId 'urn:dev:1' ./DevInfo/Man 'Example Corp' ./DevInfo/Mod 'Edge-7' "
                          "./DevInfo/DmV '0.1' ./DevInfo/Lang 'en-US'\nFinal\n");
}

static void
test_200_without_challenge_repeats_the_cred (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpstr (f->sent->header.cred_data, ==, "9gR5G+gsLExktOPrNn8BxA==");
      answer (f, "", 200, NULL, NULL, GET_MOTD);
    }
}

static void
test_212_ends_the_cred (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, "", 212, "syncml:auth-md5", NONCE_2, GET_MOTD);
  g_assert_false (f->sent->header.has_cred);
  g_assert_cmpstr (f->nonces->str, ==, "client " NONCE_2 "\n");
}

/* Fleet's nonce lives five minutes: the same message again, MsgID one more. */
static void
test_407_in_the_middle_repeats_the_message (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_2);
  fixture_begin (f);
  answer (f, "", 212, NULL, NULL, GET_MOTD);
  answer (f, "", 407, "syncml:auth-md5", NONCE_1, REPLACE_MOTD);
  g_assert_cmpstr (f->sent->header.msg_id, ==, "3");
  g_assert_cmpstr (f->sent->header.cred_data, ==, "9gR5G+gsLExktOPrNn8BxA==");
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200\nStatus 1/0 SyncHdr 200\n"
                          "Status 1/7 Get ./Vendor/Motd 200\n"
                          "Results 1/7 ./Vendor/Motd chr 'hello'\nFinal\n");
  answer (f, "", 200, NULL, NULL, "");
  fixture_assert_done (f);
}

static void
test_hmac_challenge_in_the_middle_carries_one_nonce (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_HMAC, NONCE_1);
  use_server (f, OMA_AUTH_HMAC, NONCE_1);
  fixture_begin (f);
  answer_signed (f, "srvpw", NONCE_1, 200, NONCE_2, GET_MOTD);
  answer_signed (f, "srvpw", OURS_1, 401, NONCE_1, REPLACE_MOTD);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 200 syncml:auth-MAC b64 " OURS_2 "\n"
                          "Status 1/0 SyncHdr 200\n"
                          "Status 1/7 Get ./Vendor/Motd 200\n"
                          "Results 1/7 ./Vendor/Motd chr 'hello'\nFinal\n");
  assert_our_mac (f, NONCE_1);
  answer_signed (f, "srvpw", OURS_2, 200, NONCE_2, "");
  fixture_assert_done (f);
}

static void
test_other_type_in_the_middle_ends_the_session (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, "", 200, NULL, NULL, GET_MOTD);
  answer (f, "", 407, "syncml:auth-MAC", NONCE_2, "");
  fixture_assert_failed (f, OMA_SESSION_ERROR_CHALLENGE);
}

static void
test_other_type_at_the_start_is_answered_with_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, "", 401, "syncml:auth-MAC", NONCE_2, "");
  assert_our_mac (f, NONCE_2);
}

static void
test_preference_is_told (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  use_client (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, "", 200, "syncml:auth-MAC", NONCE_2, GET_MOTD);
  g_assert_cmpstr (f->preferences->str, ==, "3 ");
  g_assert_cmpstr (f->sent->header.cred_data, ==, "9gR5G+gsLExktOPrNn8BxA==");
  g_assert_cmpstr (f->nonces->str, ==, "");
}

static void
test_server_proves_itself_once_with_md5 (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GBytes) nonce = oma_digest_decode_nonce (NONCE_1, NULL);
  g_autofree char *cred = oma_digest_response (OMA_DIGEST_MD5, "srv", "srvpw", nonce);
  g_autofree char *header = g_strdup_printf ("<Cred><Meta><Format xmlns=\"syncml:metinf\">b64</Format>"
                                             "<Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type></Meta>"
                                             "<Data>%s</Data></Cred>", cred);

  use_server (f, OMA_AUTH_MD5, NONCE_1);
  fixture_begin (f);
  answer (f, header, 200, NULL, NULL, GET_MOTD);
  fixture_assert_sent (f, "Status 1/0 SyncHdr 212 syncml:auth-md5 b64 " OURS_1 "\n"
                          "Status 1/7 Get ./Vendor/Motd 200\n"
                          "Results 1/7 ./Vendor/Motd chr 'hello'\nFinal\n");
  answer (f, "", 200, NULL, NULL, GET_MOTD);
  fixture_assert_sent (f, "Status 2/0 SyncHdr 212\n"
                          "Status 2/7 Get ./Vendor/Motd 200\n"
                          "Results 2/7 ./Vendor/Motd chr 'hello'\nFinal\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/auth-session/sec-5.4.4-hmac-both-ways-in-every-message", test_hmac_both_ways_in_every_message);
  fixture_add ("/auth-session/pro-9.1-message-with-a-wrong-mac-executes-nothing",
               test_message_with_a_wrong_mac_executes_nothing);
  fixture_add ("/auth-session/pro-9.1-message-without-a-mac-gets-407", test_message_without_a_mac_gets_407);
  fixture_add ("/auth-session/pro-9-mere-statuses-are-not-challenged", test_mere_statuses_are_not_challenged);
  fixture_add ("/auth-session/pro-9-server-that-leaves-a-challenge-unanswered-fails-the-session",
               test_server_that_leaves_a_challenge_unanswered_fails_the_session);
  fixture_add ("/auth-session/pro-9-server-that-answers-a-challenge-ends-the-session-in-order",
               test_server_that_answers_a_challenge_ends_the_session_in_order);
  fixture_add ("/auth-session/pro-9-407-for-package-1-is-answered-with-it-again",
               test_407_for_package_1_is_answered_with_it_again);
  fixture_add ("/auth-session/200-without-challenge-repeats-the-cred", test_200_without_challenge_repeats_the_cred);
  fixture_add ("/auth-session/212-ends-the-cred", test_212_ends_the_cred);
  fixture_add ("/auth-session/407-in-the-middle-repeats-the-message", test_407_in_the_middle_repeats_the_message);
  fixture_add ("/auth-session/hmac-challenge-in-the-middle-carries-one-nonce",
               test_hmac_challenge_in_the_middle_carries_one_nonce);
  fixture_add ("/auth-session/sec-5.4.1-other-type-in-the-middle-ends-the-session",
               test_other_type_in_the_middle_ends_the_session);
  fixture_add ("/auth-session/sec-5.4.1-other-type-at-the-start-is-answered-with-it",
               test_other_type_at_the_start_is_answered_with_it);
  fixture_add ("/auth-session/preference-is-told", test_preference_is_told);
  fixture_add ("/auth-session/sec-5.3-server-proves-itself-once-with-md5", test_server_proves_itself_once_with_md5);
  return g_test_run ();
}

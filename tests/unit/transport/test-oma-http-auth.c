/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"
#include "test-pki.h"

#include <string.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\nContent-Length: 4\r\n"
#define ASK(scheme) "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " scheme "\r\nContent-Length: 4\r\n\r\n"
#define BASIC ASK ("Basic realm=\"dm\"")
#define DIGEST ASK ("Digest realm=\"dm\", nonce=\"abc\", qop=\"auth\", algorithm=MD5")
#define BASIC_ANSWER "\r\nAuthorization: Basic ZGV2LTAwMDE6czNjcmV0\r\n"

static OmaHttp *
new_http (const char *uri, OmaHttpAuth auth, const char *ca)
{
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .ca_file = ca, .auth = auth, .auth_user = "dev-0001",
                           .auth_secret = "s3cret", .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1" };
  g_autoptr(GError) error = NULL;
  OmaHttp *http = oma_http_new (&config, &error);

  g_assert_no_error (error);
  return http;
}

static TestPeer *
new_peer (const char *head)
{
  TestPeer *peer = test_peer_new (head, "<a/>", TEST_PEER_SERVE);

  test_peer_set_later (peer, OK_HEAD "\r\n");
  return peer;
}

static void
assert_refused (TestPeer *peer, OmaHttpAuth auth)
{
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = new_http (uri, auth, NULL);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_HTTP, "*401*");
  g_assert_cmpuint (test_peer_n_requests (peer), ==, 1);
  g_assert_null (strstr (test_peer_request (peer), "Authorization"));
}

static void
assert_done (OmaHttp *http)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *type = NULL;
  g_autoptr(GBytes) reply = test_exchange (http, NULL, &type, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply), ==, 4);
}

static void
test_digest_is_answered (void)
{
  g_autoptr(TestPeer) peer = new_peer (DIGEST);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = new_http (uri, OMA_HTTP_AUTH_DIGEST, NULL);

  assert_done (http);
  g_assert_cmpuint (test_peer_n_requests (peer), ==, 2);
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nAuthorization: Digest username=\"dev-0001\""));
  g_assert_null (strstr (test_peer_request (peer), "s3cret"));
  g_assert_true (g_str_has_suffix (test_peer_request (peer), "\r\n\r\n<SyncML/>"));
}

static void
test_basic_is_answered_over_tls (void)
{
  TestPki *pki = test_pki_new ("omadm test");
  g_autofree char *ca = test_pki_file (pki, "ca.pem");
  g_autofree char *path = test_pki_file (pki, "server.pem");
  g_autofree char *key = test_pki_file (pki, "server-key.pem");
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(TestPeer) peer = new_peer (BASIC);
  g_autoptr(OmaHttp) http = NULL;
  g_autofree char *uri = NULL;

  test_pki_issue (pki, "server", "127.0.0.1", -1, 1);
  certificate = g_tls_certificate_new_from_files (path, key, NULL);
  test_peer_set_certificate (peer, certificate, G_TLS_AUTHENTICATION_NONE);
  uri = test_peer_uri (peer, "127.0.0.1");
  http = new_http (uri, OMA_HTTP_AUTH_BASIC, ca);
  assert_done (http);
  g_assert_cmpuint (test_peer_n_requests (peer), ==, 2);
  g_assert_nonnull (strstr (test_peer_request (peer), BASIC_ANSWER));
  test_pki_free (pki);
}

static void
test_who_is_not_meant_gets_nothing (void)
{
  static const struct {
    const char *head;
    OmaHttpAuth auth;
  } cases[] = {
    { BASIC, OMA_HTTP_AUTH_BASIC },       /* over plain HTTP */
    { BASIC, OMA_HTTP_AUTH_DIGEST },
    { DIGEST, OMA_HTTP_AUTH_BASIC },
    { DIGEST, OMA_HTTP_AUTH_NONE },
    { ASK ("Negotiate"), OMA_HTTP_AUTH_DIGEST },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestPeer) peer = new_peer (cases[i].head);

      assert_refused (peer, cases[i].auth);
    }
}

static void
test_wrong_password_is_tried_once (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (DIGEST, "<a/>", TEST_PEER_SERVE);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = new_http (uri, OMA_HTTP_AUTH_DIGEST, NULL);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_HTTP, "*401*");
  g_assert_cmpuint (oma_http_get_last_status (http), ==, 401);
  g_assert_cmpuint (test_peer_n_requests (peer), ==, 2);
}

static void
test_other_origin_gets_nothing (void)
{
  g_autoptr(TestPeer) other = new_peer (DIGEST);
  g_autofree char *there = test_peer_uri (other, "127.0.0.1");
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\n"
                                           "Content-Length: 4\r\n\r\n", there);
  g_autoptr(TestPeer) peer = test_peer_new (head, "<a/>", TEST_PEER_CLOSE);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = new_http (uri, OMA_HTTP_AUTH_DIGEST, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = test_exchange (http, NULL, NULL, &error);

  g_assert_null (reply);
  g_assert_cmpuint (test_peer_n_requests (other), <=, 1);
  g_assert_null (strstr (test_peer_request (other), "Authorization"));
}

static void
test_sec_5_4_3_header_goes_and_comes (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "X-SyncML-HMAC: username=\"s\",\r\n  mac=AAAA\r\n\r\n", "<a/>",
                                            TEST_PEER_SERVE);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = new_http (uri, OMA_HTTP_AUTH_NONE, NULL);

  test_peer_set_later (peer, OK_HEAD "\r\n");
  oma_http_set_mac (http, "algorithm=MD5, username=\"u\", mac=BBBB");
  assert_done (http);
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nx-syncml-hmac: algorithm=MD5, username=\"u\", mac=BBBB\r\n"));
  g_assert_nonnull (strstr (oma_http_get_reply_mac (http), "mac=AAAA"));
  oma_http_set_mac (http, NULL);
  assert_done (http);
  g_assert_null (oma_http_get_reply_mac (http));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-auth/digest-is-answered", test_digest_is_answered);
  g_test_add_func ("/http-auth/basic-is-answered-over-tls", test_basic_is_answered_over_tls);
  g_test_add_func ("/http-auth/who-is-not-meant-gets-nothing", test_who_is_not_meant_gets_nothing);
  g_test_add_func ("/http-auth/wrong-password-is-tried-once", test_wrong_password_is_tried_once);
  g_test_add_func ("/http-auth/other-origin-gets-nothing", test_other_origin_gets_nothing);
  g_test_add_func ("/http-auth/sec-5.4.3-header-goes-and-comes", test_sec_5_4_3_header_goes_and_comes);
  return g_test_run ();
}

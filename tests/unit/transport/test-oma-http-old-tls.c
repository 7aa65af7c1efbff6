/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"
#include "test-pki.h"


#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\nContent-Length: 4\r\n\r\n"

static OmaHttp *
new_http (const char *uri, const char *ca, gboolean allow_old_tls)
{
  OmaHttpConfig config = { .uri = uri, .ca_file = ca, .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1", .allow_old_tls = allow_old_tls };

  return oma_http_new (&config, NULL);
}

/* GIO's GnuTLS reads its priorities once in a process: both sides offer TLS 1.1 only. */
static void
assert_permission_decides (TestPeer *peer, const char *uri, const char *ca)
{
  g_autoptr(OmaHttp) denied = new_http (uri, ca, FALSE);
  g_autoptr(OmaHttp) allowed = new_http (uri, ca, TRUE);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = NULL;

  test_exchange_fails (denied, NULL, OMA_TRANSPORT_ERROR_TLS, "*no TLS 1.2 or newer*");
  test_exchange_fails (denied, NULL, OMA_TRANSPORT_ERROR_TLS, "*no TLS 1.2 or newer*");
  g_assert_cmpstr (test_peer_request (peer), ==, "");
  reply = test_exchange (allowed, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply), ==, 4);
}

static void
test_message_goes_over_old_tls_only_with_permission (void)
{
  g_autoptr(TestPki) pki = test_pki_new ("omadm test");
  g_autofree char *file = test_pki_file (pki, "server.pem");
  g_autofree char *key = test_pki_file (pki, "server-key.pem");
  g_autofree char *ca = test_pki_file (pki, "ca.pem");
  g_autoptr(TestPeer) peer = test_peer_new (HEAD, "<a/>", TEST_PEER_CLOSE);
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autofree char *uri = NULL;

  test_pki_issue (pki, "server", "127.0.0.1", -1, 1);
  certificate = g_tls_certificate_new_from_files (file, key, NULL);
  test_peer_set_certificate (peer, certificate, G_TLS_AUTHENTICATION_NONE);
  uri = test_peer_uri (peer, "127.0.0.1");
  assert_permission_decides (peer, uri, ca);
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_setenv ("G_TLS_GNUTLS_PRIORITY", "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-ECDSA-SHA1:%VERIFY_ALLOW_SIGN_WITH_SHA1",
            TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-old-tls/message-goes-over-old-tls-only-with-permission",
                   test_message_goes_over_old_tls_only_with_permission);
  return g_test_run ();
}

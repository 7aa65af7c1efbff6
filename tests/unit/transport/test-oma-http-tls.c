/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"
#include "test-pki.h"

#include <libsoup/soup.h>
#include <string.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\nContent-Length: 4\r\n\r\n"

typedef struct {
  TestPki  *pki;
  TestPki  *other;        /* an authority that nobody trusts */
  char     *ca;
  char     *client;
  char     *client_key;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->pki = test_pki_new ("omadm test");
  f->other = test_pki_new ("somebody else");
  test_pki_issue (f->pki, "server", "127.0.0.1", -1, 1);
  test_pki_issue (f->pki, "named", "localhost", -1, 1);
  test_pki_issue (f->pki, "expired", "127.0.0.1", -9, -1);
  test_pki_issue (f->pki, "future", "127.0.0.1", 1, 9);
  test_pki_issue (f->other, "server", "127.0.0.1", -1, 1);
  test_pki_issue (f->pki, "client", "device-1", -1, 1);
  f->ca = test_pki_file (f->pki, "ca.pem");
  f->client = test_pki_file (f->pki, "client.pem");
  f->client_key = test_pki_file (f->pki, "client-key.pem");
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  test_pki_free (f->pki);
  test_pki_free (f->other);
  g_free (f->ca);
  g_free (f->client);
  g_free (f->client_key);
}

static TestPeer *
new_peer (TestPki *pki, const char *name, GTlsAuthenticationMode mode, const char *head, const char *body,
          TestPeerEnd end)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  g_autofree char *key_file = g_strconcat (name, "-key.pem", NULL);
  g_autofree char *path = test_pki_file (pki, file);
  g_autofree char *key = test_pki_file (pki, key_file);
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_files (path, key, NULL);
  TestPeer *peer = test_peer_new (head, body, end);

  g_assert_nonnull (certificate);
  test_peer_set_certificate (peer, certificate, mode);
  return peer;
}

static OmaHttp *
new_http (Fixture *f, TestPeer *peer, gboolean with_client)
{
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  OmaHttpConfig config = { .uri = uri, .ca_file = f->ca, .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1" };
  g_autoptr(GError) error = NULL;
  OmaHttp *http;

  if (with_client)
    {
      config.certificate_file = f->client;
      config.key_file = f->client_key;
    }
  http = oma_http_new (&config, &error);
  g_assert_no_error (error);
  return http;
}

static void
assert_ok (OmaHttp *http)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) reply = test_exchange (http, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply), ==, 4);
}

static void
assert_certificate_refused (Fixture *f, TestPki *pki, const char *name, const char *pattern)
{
  g_autoptr(TestPeer) peer = new_peer (pki, name, G_TLS_AUTHENTICATION_NONE, HEAD, "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = new_http (f, peer, FALSE);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TLS, pattern);
  g_assert_cmpstr (test_peer_request (peer), ==, "");
}

static void
test_server_of_the_accounts_ca_is_taken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) peer = new_peer (f->pki, "server", G_TLS_AUTHENTICATION_NONE, HEAD, "<a/>", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = new_http (f, peer, FALSE);

  assert_ok (http);
  assert_ok (http);
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 1);
}

static void
test_certificate_faults_are_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  assert_certificate_refused (f, f->other, "server", "*not signed by a trusted CA*");
  assert_certificate_refused (f, f->pki, "named", "*for another host name");
  assert_certificate_refused (f, f->pki, "expired", "*has expired");
  assert_certificate_refused (f, f->pki, "future", "*not valid yet");
}

static void
test_system_trusts_no_private_ca (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) peer = new_peer (f->pki, "server", G_TLS_AUTHENTICATION_NONE, HEAD, "<a/>", TEST_PEER_CLOSE);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  g_autoptr(OmaHttp) http = test_http_new (uri);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TLS, "*not signed by a trusted CA*");
}

static void
test_client_certificate_is_shown_and_its_lack_named (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) peer = new_peer (f->pki, "server", G_TLS_AUTHENTICATION_REQUIRED, HEAD, "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) without = new_http (f, peer, FALSE);
  g_autoptr(OmaHttp) with = new_http (f, peer, TRUE);

  test_exchange_fails (without, NULL, OMA_TRANSPORT_ERROR_TLS, "*wants a client certificate*");
  g_assert_cmpstr (test_peer_request (peer), ==, "");
  assert_ok (with);
}

static void
test_cut_connection_is_truncation_too (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) peer = new_peer (f->pki, "server", G_TLS_AUTHENTICATION_NONE,
                                       "HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\nContent-Length: 9\r\n\r\n",
                                       "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = new_http (f, peer, FALSE);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TRUNCATED, "*");
}

static void
test_plain_server_on_the_port_is_a_tls_error (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) peer = test_peer_new ("SSH-2.0-peer\r\n", "", TEST_PEER_GREET);
  g_autofree char *plain = test_peer_uri (peer, "127.0.0.1");
  g_autofree char *uri = g_strconcat ("https", plain + 4, NULL);
  g_autoptr(OmaHttp) http = NULL;
  OmaHttpConfig config = { .uri = uri, .ca_file = f->ca, .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1" };

  http = oma_http_new (&config, NULL);
  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TLS, "TLS with the server failed: *");
}

static void
test_redirect_to_an_allowed_host_is_verified_anew (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const hosts[] = { "localhost", NULL };
  static const char *const names[] = { "named", "server" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(TestPeer) target = new_peer (f->pki, names[i], G_TLS_AUTHENTICATION_NONE, HEAD, "<a/>",
                                             TEST_PEER_CLOSE);
      g_autofree char *location = test_peer_uri (target, "localhost");
      g_autofree char *head = g_strdup_printf ("HTTP/1.1 308 x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", location);
      g_autoptr(TestPeer) peer = new_peer (f->pki, "server", G_TLS_AUTHENTICATION_NONE, head, "", TEST_PEER_CLOSE);
      g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
      OmaHttpConfig config = { .uri = uri, .allowed_hosts = hosts, .ca_file = f->ca, .max_reply_size = 1000,
                               .timeout = 5, .user_agent = "omadm-test/1" };
      g_autoptr(OmaHttp) http = oma_http_new (&config, NULL);

      if (i == 0)
        assert_ok (http);
      else
        test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TLS, "*for another host name");
    }
}

static void
assert_config_refused (OmaHttpConfig config)
{
  g_autoptr(GError) error = NULL;

  config.uri = "https://dm.example.org/";
  g_assert_null (oma_http_new (&config, &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONFIG);
}

static void
test_unusable_files_are_refused_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = test_pki_file (f->pki, "none.pem");
  g_autofree char *empty = test_pki_file (f->pki, "empty.pem");
  g_autofree char *other_key = test_pki_file (f->pki, "server-key.pem");

  g_assert_true (g_file_set_contents (empty, "nothing", -1, NULL));
  assert_config_refused ((OmaHttpConfig) { .ca_file = none });
  assert_config_refused ((OmaHttpConfig) { .ca_file = empty });
  assert_config_refused ((OmaHttpConfig) { .ca_file = "ca.pem" });
  assert_config_refused ((OmaHttpConfig) { .certificate_file = f->client });
  assert_config_refused ((OmaHttpConfig) { .key_file = f->client_key });
  assert_config_refused ((OmaHttpConfig) { .certificate_file = "client.pem", .key_file = f->client_key });
  assert_config_refused ((OmaHttpConfig) { .certificate_file = f->client, .key_file = none });
  assert_config_refused ((OmaHttpConfig) { .certificate_file = empty, .key_file = f->client_key });
  assert_config_refused ((OmaHttpConfig) { .certificate_file = f->client, .key_file = other_key });
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/http-tls/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("server-of-the-accounts-ca-is-taken", test_server_of_the_accounts_ca_is_taken);
  ADD ("certificate-faults-are-named", test_certificate_faults_are_named);
  ADD ("system-trusts-no-private-ca", test_system_trusts_no_private_ca);
  ADD ("client-certificate-is-shown-and-its-lack-named", test_client_certificate_is_shown_and_its_lack_named);
  ADD ("cut-connection-is-truncation-too", test_cut_connection_is_truncation_too);
  ADD ("plain-server-on-the-port-is-a-tls-error", test_plain_server_on_the_port_is_a_tls_error);
  ADD ("redirect-to-an-allowed-host-is-verified-anew", test_redirect_to_an_allowed_host_is_verified_anew);
  ADD ("unusable-files-are-refused-at-once", test_unusable_files_are_refused_at_once);
  return g_test_run ();
}

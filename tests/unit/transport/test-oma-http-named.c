/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"
#include "test-pki.h"
#include "test-proxy.h"
#include "test-resolver.h"

#include <string.h>

#define OWN "dm.example.org"
#define LISTED "repo.example.org"
#define OTHER "other.example.org"
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nSet-Cookie: node=7; Domain=example.org; Path=/\r\n" \
  "Content-Length: 4\r\n\r\n"
#define ASK "HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=\"dm\"\r\nContent-Length: 4\r\n\r\n"

static gboolean has_network;

typedef struct {
  TestPki *pki;
  TestPki *foreign;       /* an authority that the account does not know */
  char    *ca;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->pki = test_pki_new ("omadm test");
  f->foreign = test_pki_new ("somebody else");
  f->ca = test_pki_file (f->pki, "ca.pem");
  test_pki_issue (f->pki, OWN, OWN, -1, 1);
  test_pki_issue (f->pki, LISTED, LISTED, -1, 1);
  test_pki_issue (f->pki, "client", "device-1", -1, 1);
  test_pki_issue (f->foreign, LISTED, LISTED, -1, 1);
  test_resolver_set (OWN, "127.0.0.1");
  test_resolver_set (LISTED, "127.0.0.1");
  test_resolver_set (OTHER, "127.0.0.1");
  test_proxy_set (NULL);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  test_pki_free (f->pki);
  test_pki_free (f->foreign);
  g_free (f->ca);
}

static TestPeer *
secure (TestPeer *peer, TestPki *pki, const char *host)
{
  g_autofree char *file = g_strconcat (host, ".pem", NULL);
  g_autofree char *key_file = g_strconcat (host, "-key.pem", NULL);
  g_autofree char *path = test_pki_file (pki, file);
  g_autofree char *key = test_pki_file (pki, key_file);
  g_autoptr(GTlsCertificate) certificate = g_tls_certificate_new_from_files (path, key, NULL);

  g_assert_nonnull (certificate);
  test_peer_set_certificate (peer, certificate, G_TLS_AUTHENTICATION_REQUESTED);
  return peer;
}

static TestPeer *
new_peer (Fixture *f, const char *host, const char *head)
{
  return secure (test_peer_new (head, "1234", TEST_PEER_SERVE), f->pki, host);
}

/* One that leads to @path of @to. */
static TestPeer *
new_leader (Fixture *f, const char *host, TestPeer *to, const char *to_host, const char *path)
{
  g_autofree char *uri = test_peer_uri (to, to_host);
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 307 x\r\nLocation: %s%s\r\nContent-Length: 4\r\n\r\n", uri, path);

  return new_peer (f, host, head);
}

/* With all that an account can have. */
static OmaHttp *
new_http (Fixture *f, TestPeer *own)
{
  static const char *const hosts[] = { LISTED, NULL };
  g_autofree char *uri = test_peer_uri (own, OWN);
  g_autofree char *certificate = test_pki_file (f->pki, "client.pem");
  g_autofree char *key = test_pki_file (f->pki, "client-key.pem");
  OmaHttpConfig config = { .uri = uri, .allowed_hosts = hosts, .allow_http = TRUE, .ca_file = f->ca,
                           .certificate_file = certificate, .key_file = key, .auth = OMA_HTTP_AUTH_BASIC,
                           .auth_user = "dev-0001", .auth_secret = "s3cret", .max_reply_size = 1000, .timeout = 5,
                           .user_agent = "omadm-test/1", .device_id = "d" };
  g_autoptr(GError) error = NULL;
  OmaHttp *http = oma_http_new (&config, &error);

  g_assert_no_error (error);
  return http;
}

static guint
status_of (OmaHttp *http, const char *uri)
{
  OmaHttpRequest request = { .method = "GET", .uri = uri, .named_by_server = TRUE, .file = -1, .max_size = 100 };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = test_request (http, &request, &error);

  g_assert_no_error (error);
  return reply->status;
}

static void
assert_refused (OmaHttp *http, const char *uri)
{
  OmaHttpRequest request = { .method = "GET", .uri = uri, .named_by_server = TRUE, .file = -1, .max_size = 100 };

  g_test_message ("%s", uri);
  test_request_fails (http, &request, OMA_TRANSPORT_ERROR_POLICY, "The server *");
}

/* Nobody has come to @peer, and nobody waits at its door. */
static void
assert_nobody_came (TestPeer *peer)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 0);
}

static void
test_own_origin_gets_credentials_cookies_and_certificate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, ASK);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (own, OWN);

  test_peer_set_later (own, OK_HEAD);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  g_assert_cmpuint (status_of (http, "/repository"), ==, 200);
  g_assert_nonnull (strstr (test_peer_request (own), "\r\nAuthorization: Basic ZGV2LTAwMDE6czNjcmV0\r\n"));
  g_assert_nonnull (strstr (test_peer_request (own), "\r\nCookie: node=7\r\n"));
  g_assert_nonnull (strstr (test_peer_request (own), "GET /repository HTTP/1.1\r\n"));
  g_clear_object (&http);
  test_peer_wait_closed (own, 1);
  g_assert_cmpuint (test_peer_n_certificates (own), ==, 1);
}

static void
test_http2_is_not_spoken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) listed = new_peer (f, LISTED, OK_HEAD);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (listed, LISTED);

  test_peer_offer_http2 (own);
  test_peer_offer_http2 (listed);
  g_assert_cmpuint (status_of (http, "/"), ==, 200);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
}

/* The server of another origin: it asks for all, and gets nothing. */
static void
assert_gets_nothing (TestPeer *peer)
{
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nOMADM-DevID: d\r\n"));
  g_assert_null (strstr (test_peer_request (peer), "Authorization"));
  g_assert_null (strstr (test_peer_request (peer), "Cookie"));
  g_assert_cmpuint (test_peer_n_certificates (peer), ==, 0);
}

static void
test_listed_host_gets_nothing_of_the_account (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) listed = new_peer (f, LISTED, ASK);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (listed, LISTED);

  test_peer_set_later (listed, OK_HEAD);
  g_assert_cmpuint (status_of (http, "/"), ==, 200);         /* sets a cookie for both hosts */
  g_assert_cmpuint (status_of (http, uri), ==, 401);
  g_assert_cmpuint (status_of (http, uri), ==, 200);         /* so does this one */
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  g_clear_object (&http);
  test_peer_wait_closed (listed, test_peer_n_connections (listed));
  assert_gets_nothing (listed);
}

static void
test_listed_host_must_prove_itself_to_the_accounts_ca (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) wrong = secure (test_peer_new (OK_HEAD, "1234", TEST_PEER_SERVE), f->foreign, LISTED);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (wrong, LISTED);
  OmaHttpRequest request = { .method = "GET", .uri = uri, .named_by_server = TRUE, .file = -1, .max_size = 100 };

  test_request_fails (http, &request, OMA_TRANSPORT_ERROR_TLS, "*not signed by a trusted CA*");
  g_assert_cmpuint (test_peer_n_requests (wrong), ==, 0);
}

static void
test_what_the_account_does_not_allow_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) other = new_peer (f, OWN, OK_HEAD);
  g_autoptr(OmaHttp) http = new_http (f, own);
  static const char *const refused[] = {
    "https://" OTHER ":%u/", "http://" LISTED ":%u/", "http://" OWN ":%u/", "https://u@" LISTED ":%u/",
    "https://u:p@" OWN ":%u/", "https://127.0.0.1:%u/", "ftp://" LISTED ":%u/", "file:///etc/passwd#%u",
    "//" OTHER ":%u/", "https://" LISTED ".:%u/", "https://x." LISTED ":%u/", "https://" LISTED "@" OTHER ":%u/",
    "https://" OTHER "\\@" LISTED ":%u/", "https://:%u/", "urn:x:%u", "https://" LISTED ":%u/\r\nX: y",
    "https://[::1]:%u/",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      const char *place = strstr (refused[i], "%u");
      g_autofree char *uri = g_strdup_printf ("%.*s%u%s", (int) (place - refused[i]), refused[i],
                                              test_peer_port (other), place + 2);

      assert_refused (http, uri);
    }
  assert_nobody_came (other);
  assert_nobody_came (own);
}

static void
test_plain_http_is_for_the_accounts_origin_alone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = test_peer_new (OK_HEAD, "1234", TEST_PEER_SERVE);
  g_autoptr(TestPeer) other = test_peer_new (OK_HEAD, "1234", TEST_PEER_SERVE);
  g_autoptr(TestPeer) listed = new_leader (f, LISTED, own, OWN, "/back");
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *same = test_peer_uri (own, OWN);
  g_autofree char *same_host = test_peer_uri (other, OWN);
  g_autofree char *listed_host = test_peer_uri (other, LISTED);
  g_autofree char *back = test_peer_uri (listed, LISTED);

  g_assert_cmpuint (status_of (http, same), ==, 200);
  assert_refused (http, same_host);
  assert_refused (http, listed_host);
  assert_refused (http, back);          /* from HTTPS to plain HTTP, be it the account's own */
  g_assert_cmpuint (test_peer_n_requests (own), ==, 1);
  assert_nobody_came (other);
}

/* What the account's host is at another port. */
static void
test_addresses_that_are_not_public_are_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const addresses[] = {
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "64:ff9b::7f00:1", "2002:7f00:1::1",
    "127.0.0.1 ::1 10.0.0.1",
  };
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) other = new_peer (f, OWN, OK_HEAD);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (other, OWN);

  g_assert_cmpuint (status_of (http, "/"), ==, 200);   /* the account's own origin is where it is */
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      test_resolver_set (OWN, addresses[i]);
      g_test_message ("%s", addresses[i]);
      assert_refused (http, uri);
    }
  assert_nobody_came (other);
}

static void
test_what_the_administrator_names_is_not_judged (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, OK_HEAD);
  g_autoptr(TestPeer) other = new_peer (f, OWN, OK_HEAD);
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (other, OWN);
  OmaHttpRequest request = { .method = "GET", .uri = uri, .file = -1, .max_size = 100 };
  g_autoptr(OmaHttpReply) reply = test_request (http, &request, NULL);

  g_assert_nonnull (reply);
  g_clear_object (&http);
  test_peer_wait_closed (other, 1);
  assert_gets_nothing (other);
}

static gboolean
skip_without_network (void)
{
  if (!has_network)
    g_test_skip ("this machine gives the test no network of its own");
  return !has_network;
}

static TestPeer *
new_public_peer (Fixture *f, guint16 port, const char *head)
{
  return secure (test_peer_new_at (TEST_PUBLIC_ADDRESS, port, head, "1234", TEST_PEER_SERVE), f->pki, OWN);
}

static void
test_public_address_is_taken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = NULL, other = NULL;
  g_autoptr(OmaHttp) http = NULL;
  g_autofree char *uri = NULL;

  if (skip_without_network ())
    return;
  own = new_peer (f, OWN, OK_HEAD);
  other = new_public_peer (f, 0, ASK);
  http = new_http (f, own);
  uri = test_peer_uri (other, OWN);
  test_peer_set_later (other, OK_HEAD);
  g_assert_cmpuint (status_of (http, "/"), ==, 200);
  test_resolver_set (OWN, TEST_PUBLIC_ADDRESS);
  g_assert_cmpuint (status_of (http, uri), ==, 401);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  g_clear_object (&http);
  test_peer_wait_closed (other, 1);
  assert_gets_nothing (other);
}

/* The name has both: it is reached where it may be, and the other place does not notice. */
static void
test_public_one_of_several_addresses_is_taken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = NULL, other = NULL, local = NULL;
  g_autoptr(OmaHttp) http = NULL;
  g_autofree char *uri = NULL;

  if (skip_without_network ())
    return;
  own = new_peer (f, OWN, OK_HEAD);
  other = new_public_peer (f, 0, OK_HEAD);
  local = secure (test_peer_new_at ("127.0.0.1", test_peer_port (other), OK_HEAD, "1234", TEST_PEER_SERVE), f->pki,
                  OWN);
  http = new_http (f, own);
  uri = test_peer_uri (other, OWN);
  test_resolver_set (OWN, "127.0.0.1 " TEST_PUBLIC_ADDRESS);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  g_assert_cmpuint (test_peer_n_requests (other), ==, 1);
  assert_nobody_came (local);
}

static void
test_no_proxy_hides_an_address_that_is_judged (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = NULL, other = NULL, listed = NULL, proxy = NULL;
  g_autoptr(OmaHttp) http = NULL;
  g_autofree char *uri = NULL, *listed_uri = NULL, *proxy_uri = NULL;

  if (skip_without_network ())
    return;
  own = new_peer (f, OWN, OK_HEAD);
  other = new_public_peer (f, 0, OK_HEAD);
  listed = new_peer (f, LISTED, OK_HEAD);
  proxy = test_peer_new ("HTTP/1.1 403 x\r\nContent-Length: 4\r\n\r\n", "1234", TEST_PEER_SERVE);
  http = new_http (f, own);
  uri = test_peer_uri (other, OWN);
  proxy_uri = test_peer_uri (proxy, "127.0.0.1");
  test_resolver_set (OWN, TEST_PUBLIC_ADDRESS);
  test_proxy_set (proxy_uri);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  assert_nobody_came (proxy);
  listed_uri = test_peer_uri (listed, LISTED);
  g_assert_cmpuint (status_of (http, listed_uri), ==, 403);   /* the proxy's */
  g_assert_nonnull (strstr (test_peer_request (proxy), "CONNECT " LISTED));
  test_proxy_set (NULL);
}

static void
test_redirect_leads_to_what_is_allowed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) listed = new_peer (f, LISTED, ASK);
  g_autoptr(TestPeer) own = new_leader (f, OWN, listed, LISTED, "/there");
  g_autoptr(OmaHttp) http = new_http (f, own);

  g_assert_cmpuint (status_of (http, "/"), ==, 401);
  g_assert_nonnull (strstr (test_peer_request (listed), "GET /dm/there HTTP/1.1\r\n"));
  g_clear_object (&http);
  test_peer_wait_closed (listed, 1);
  assert_gets_nothing (listed);
}

static void
test_redirect_back_to_the_own_origin_has_all_of_it (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(TestPeer) own = new_peer (f, OWN, ASK);
  g_autoptr(TestPeer) listed = new_leader (f, LISTED, own, OWN, "/there");
  g_autoptr(OmaHttp) http = new_http (f, own);
  g_autofree char *uri = test_peer_uri (listed, LISTED);

  test_peer_set_later (own, OK_HEAD);
  g_assert_cmpuint (status_of (http, uri), ==, 200);
  g_assert_nonnull (strstr (test_peer_request (own), "\r\nAuthorization: Basic ZGV2LTAwMDE6czNjcmV0\r\n"));
  g_clear_object (&http);
  test_peer_wait_closed (listed, 1);
  assert_gets_nothing (listed);
}

static void
test_redirect_astray_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct { const char *host; gboolean is_plain; } cases[] = {
    { OTHER, FALSE },        /* a host that nobody lists */
    { OWN, FALSE },          /* the account's host, at a port of this machine */
    { "127.0.0.1", FALSE },
    { OWN, TRUE },
    { LISTED, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestPeer) end = cases[i].is_plain ? test_peer_new (OK_HEAD, "1234", TEST_PEER_SERVE) :
                                                    new_peer (f, OWN, OK_HEAD);
      g_autoptr(TestPeer) own = new_leader (f, OWN, end, cases[i].host, "/there");
      g_autoptr(TestPeer) listed = new_leader (f, LISTED, end, cases[i].host, "/there");
      g_autoptr(OmaHttp) http = new_http (f, own);
      g_autofree char *uri = test_peer_uri (listed, LISTED);

      assert_refused (http, NULL);
      assert_refused (http, "/");
      assert_refused (http, uri);
      g_assert_cmpuint (test_peer_n_requests (own), ==, 2);
      g_assert_cmpuint (test_peer_n_requests (listed), ==, 1);
      assert_nobody_came (end);
    }
}

static void
add (const char *path, void (*func) (Fixture *f, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, func, tear_down);
}

int
main (int argc, char **argv)
{
  has_network = test_network_own ();
  test_proxy_install ();
  test_resolver_install ();
  g_test_init (&argc, &argv, NULL);
  add ("/http-named/own-origin-gets-credentials-cookies-and-certificate",
       test_own_origin_gets_credentials_cookies_and_certificate);
  add ("/http-named/http2-is-not-spoken", test_http2_is_not_spoken);
  add ("/http-named/listed-host-gets-nothing-of-the-account", test_listed_host_gets_nothing_of_the_account);
  add ("/http-named/listed-host-must-prove-itself-to-the-accounts-ca",
       test_listed_host_must_prove_itself_to_the_accounts_ca);
  add ("/http-named/what-the-account-does-not-allow-is-refused", test_what_the_account_does_not_allow_is_refused);
  add ("/http-named/plain-http-is-for-the-accounts-origin-alone", test_plain_http_is_for_the_accounts_origin_alone);
  add ("/http-named/addresses-that-are-not-public-are-refused", test_addresses_that_are_not_public_are_refused);
  add ("/http-named/what-the-administrator-names-is-not-judged", test_what_the_administrator_names_is_not_judged);
  add ("/http-named/public-address-is-taken", test_public_address_is_taken);
  add ("/http-named/public-one-of-several-addresses-is-taken", test_public_one_of_several_addresses_is_taken);
  add ("/http-named/no-proxy-hides-an-address-that-is-judged", test_no_proxy_hides_an_address_that_is_judged);
  add ("/http-named/redirect-leads-to-what-is-allowed", test_redirect_leads_to_what_is_allowed);
  add ("/http-named/redirect-back-to-the-own-origin-has-all-of-it",
       test_redirect_back_to_the_own_origin_has_all_of_it);
  add ("/http-named/redirect-astray-is-refused", test_redirect_astray_is_refused);
  return g_test_run ();
}

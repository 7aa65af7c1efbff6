/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"

#include <string.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\n"

static OmaHttp *
http_to_peer (TestPeer *peer)
{
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");

  return test_http_new (uri);
}

/* One exchange with a peer of these habits must fail. */
static void
assert_peer_fails (const char *head, const char *body, TestPeerEnd end, OmaTransportError code, const char *pattern)
{
  g_autoptr(TestPeer) peer = test_peer_new (head, body, end);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  test_exchange_fails (http, NULL, code, pattern);
}

static void
assert_reply (OmaHttp *http, const char *uri, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *type = NULL;
  g_autoptr(GBytes) reply = test_exchange (http, uri, &type, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (reply, NULL), g_bytes_get_size (reply), expected, strlen (expected));
  g_assert_cmpstr (type, ==, expected[0] != '\0' ? TEST_XML : NULL);
}

static void
test_request_is_as_the_http_binding_asks (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 4\r\n\r\n", "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);
  const char *request;

  assert_reply (http, NULL, "<a/>");
  request = test_peer_request (peer);
  g_assert_true (g_str_has_prefix (request, "POST /dm HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: " TEST_XML "\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Length: 9\r\n"));
  g_assert_nonnull (strstr (request, "\r\nAccept: " TEST_XML ", application/vnd.syncml.dm+wbxml\r\n"));
  g_assert_nonnull (strstr (request, "\r\nAccept-Charset: utf-8\r\n"));
  g_assert_nonnull (strstr (request, "\r\nUser-Agent: omadm-test/1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nCache-Control: no-store\r\n"));
  g_assert_null (strstr (request, "Accept-Encoding"));
  g_assert_null (strstr (request, "chunked"));
  g_assert_null (strstr (request, "Expect"));
  g_assert_true (g_str_has_suffix (request, "\r\n\r\n<SyncML/>"));
}

static void
test_media_type_ignores_case_and_parameters (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
                                            "Content-Type: Application/VND.SyncML.dm+XML; Charset=UTF-8\r\n\r\n",
                                            "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
}

static void
test_answer_without_length_ends_with_the_connection (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Connection: close\r\n\r\n", "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
  g_assert_cmpuint (oma_http_get_last_status (http), ==, 200);
}

static void
test_chunked_answer_is_put_together (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
                                            "2\r\n<a\r\n2;x=y\r\n/>\r\n0\r\n\r\n", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
  assert_reply (http, NULL, "<a/>");
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 1);
}

static void
test_empty_answer_is_no_error (void)
{
  static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (heads[i], "", TEST_PEER_CLOSE);
      g_autoptr(OmaHttp) http = http_to_peer (peer);

      assert_reply (http, NULL, "");
    }
}

static void
test_session_keeps_its_connection_and_cookies (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Set-Cookie: node=7; Path=/\r\nContent-Length: 4\r\n\r\n", "<a/>",
                                            TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);
  g_autoptr(OmaHttp) other = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
  g_assert_null (strstr (test_peer_request (peer), "Cookie"));
  assert_reply (other, NULL, "<a/>");
  g_assert_null (strstr (test_peer_request (peer), "Cookie"));
  assert_reply (http, NULL, "<a/>");
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nCookie: node=7\r\n"));
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 2);
}

static char *
make_cookies (guint n)
{
  GString *head = g_string_new (OK_HEAD "Content-Length: 4\r\n");

  for (guint i = 1; i <= n; i++)
    g_string_append_printf (head, "Set-Cookie: c%u=1; Path=/\r\n", i);
  g_string_append (head, "\r\n");
  return g_string_free (head, FALSE);
}

/* A server cannot fill the memory with them. */
static void
test_cookies_are_bounded (void)
{
  g_autofree char *head = make_cookies (51);
  g_autoptr(TestPeer) peer = test_peer_new (head, "<a/>", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
  assert_reply (http, NULL, "<a/>");
  g_assert_nonnull (strstr (test_peer_request (peer), "c50=1"));
  g_assert_null (strstr (test_peer_request (peer), "c51=1"));
  assert_reply (http, NULL, "<a/>");
}

static void
test_connection_that_the_server_closed_is_replaced (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 4\r\n\r\n", "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, "<a/>");
  test_peer_wait_closed (peer, 1);
  assert_reply (http, NULL, "<a/>");
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 2);
}

static void
test_http_status_is_named (void)
{
  assert_peer_fails ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_HTTP, "*404 (Not Found)");
  assert_peer_fails ("HTTP/1.1 500 x\r\nContent-Length: 9\r\n\r\n", "something", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_HTTP, "*500*");
  assert_peer_fails ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_HTTP, "*202*");
  assert_peer_fails ("HTTP/1.1 503 x\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_HTTP, "*503*come back after 120 s");
  assert_peer_fails ("HTTP/1.1 503 x\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n", "",
                     TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_HTTP, "*503*come back after 2026-10-21T07:28:00Z");
  assert_peer_fails ("HTTP/1.1 503 x\r\nRetry-After: \x1b[31msoon\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_HTTP, "*503 (Service Unavailable)");
}

static void
test_endless_error_page_is_not_read (void)
{
  assert_peer_fails ("HTTP/1.1 500 x\r\nConnection: close\r\n\r\n", "aaaaaaaaaaaaaaaa", TEST_PEER_REPEAT,
                     OMA_TRANSPORT_ERROR_HTTP, "*500*");
}

static void
test_unsupported_media_type_can_be_told (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 415 x\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  g_assert_cmpuint (oma_http_get_last_status (http), ==, 0);
  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_HTTP, "*415*");
  g_assert_cmpuint (oma_http_get_last_status (http), ==, 415);
}

static void
test_http_authentication_is_never_answered (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
                                            "Content-Length: 0\r\n\r\n", "", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_HTTP, "*401*");
  g_assert_null (strstr (test_peer_request (peer), "Authorization"));
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 1);
}

static void
test_answer_is_bounded (void)
{
  g_autofree char *fits = g_strnfill (1000, 'x');
  g_autofree char *more = g_strnfill (1001, 'x');
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Connection: close\r\n\r\n", fits, TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  assert_reply (http, NULL, fits);
  assert_peer_fails (OK_HEAD "Connection: close\r\n\r\n", more, TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TOO_LARGE, "*");
  assert_peer_fails (OK_HEAD "Content-Length: 1001\r\n\r\n", "", TEST_PEER_HOLD, OMA_TRANSPORT_ERROR_TOO_LARGE, "*");
  assert_peer_fails (OK_HEAD "Connection: close\r\n\r\n", "<a/>", TEST_PEER_REPEAT, OMA_TRANSPORT_ERROR_TOO_LARGE, "*");
  assert_peer_fails (OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", "4\r\n<a/>\r\n", TEST_PEER_REPEAT,
                     OMA_TRANSPORT_ERROR_TOO_LARGE, "*");
}

static void
test_answer_shorter_than_its_length_is_truncated (void)
{
  assert_peer_fails (OK_HEAD "Content-Length: 40\r\n\r\n", "<a/>", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED, "*");
  assert_peer_fails (OK_HEAD "Content-Length: 40\r\n\r\n", "", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED, "*");
  assert_peer_fails (OK_HEAD "Connection: close\r\nContent-Length: 40\r\n\r\n", "<a/>", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_TRUNCATED, "*");
  assert_peer_fails (OK_HEAD "Connection: close\r\nContent-Length: 40\r\n\r\n", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_TRUNCATED, "*");
  assert_peer_fails (OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", "4\r\n<a", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_TRUNCATED, "*");
  assert_peer_fails (OK_HEAD "Content-Length: 40\r\n\r\n", "<a/>", TEST_PEER_RESET, OMA_TRANSPORT_ERROR_TRUNCATED, "*");
}

/* Such an answer must not pass for one without a body. */
static void
test_length_must_be_one (void)
{
  g_test_expect_message ("GLib-GObject", G_LOG_LEVEL_WARNING, "*content-length*");   /* of libsoup */
  assert_peer_fails (OK_HEAD "Content-Length: -5\r\n\r\n", "<a/>", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED,
                     "*no length");
  g_test_assert_expected_messages ();
  assert_peer_fails (OK_HEAD "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", "<a/>", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_TRUNCATED, "*");
}

static void
test_answer_must_be_a_message (void)
{
  assert_peer_fails ("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n", "<a/>",
                     TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_MEDIA_TYPE, "*\"text/html\"");
  assert_peer_fails ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "<a/>", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_MEDIA_TYPE, "*no Content-Type");
  assert_peer_fails (OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n", "<a/>", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_MEDIA_TYPE, "*compressed*");
}

static void
test_broken_connections_are_told_apart (void)
{
  g_autoptr(OmaHttp) unknown = test_http_new ("http://omadm-test.invalid/");
  g_autoptr(OmaHttp) refused = NULL;
  g_autofree char *closed = NULL;
  TestPeer *peer = test_peer_new ("", "", TEST_PEER_CLOSE);

  closed = test_peer_uri (peer, "127.0.0.1");
  test_peer_free (peer);
  refused = test_http_new (closed);
  test_exchange_fails (refused, NULL, OMA_TRANSPORT_ERROR_CONNECT, "The connection to 127.0.0.1 failed: *refused*");
  test_exchange_fails (unknown, NULL, OMA_TRANSPORT_ERROR_CONNECT, "The server's name is not found: *");
  assert_peer_fails ("", "", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_CONNECT, "*without an answer");
  assert_peer_fails ("", "", TEST_PEER_RESET, OMA_TRANSPORT_ERROR_CONNECT, "*reset*");
  assert_peer_fails ("HTTP/1.1 200", "", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED, "*not HTTP*");
  assert_peer_fails ("HTTP/1.1 200 OK\r\n", "", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED, "*too early*");
  assert_peer_fails ("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.sy", "", TEST_PEER_CLOSE,
                     OMA_TRANSPORT_ERROR_TRUNCATED, "*cut off*");
  assert_peer_fails ("SSH-2.0-x\r\n\r\n", "", TEST_PEER_CLOSE, OMA_TRANSPORT_ERROR_TRUNCATED, "*not HTTP*");
}

static void
test_silent_server_is_given_up (void)
{
  static const char *const heads[] = { "", OK_HEAD, OK_HEAD "Content-Length: 9\r\n\r\n<a/>" };

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (heads[i], "", TEST_PEER_HOLD);
      g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
      OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 1,
                               .user_agent = "omadm-test/1" };
      g_autoptr(OmaHttp) http = oma_http_new (&config, NULL);

      test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TIMEOUT, "127.0.0.1 did not answer in time");
    }
}

static void
test_slow_answer_has_a_deadline (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 9\r\n\r\n<a/>", "", TEST_PEER_HOLD);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 30, .deadline = 1,
                           .user_agent = "omadm-test/1" };
  g_autoptr(OmaHttp) http = oma_http_new (&config, NULL);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_TIMEOUT,
                       "127.0.0.1 took longer than 1 seconds for an answer");
}

static void
test_redirect_repeats_the_post_within_the_origin (void)
{
  static const char *const statuses[] = { "307", "308" };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autofree char *head = g_strdup_printf ("HTTP/1.1 %s x\r\nLocation: /end\r\nContent-Length: 4\r\n\r\n",
                                               statuses[i]);
      g_autoptr(TestPeer) peer = test_peer_new (head, "<a/>", TEST_PEER_SERVE);
      g_autoptr(OmaHttp) http = http_to_peer (peer);

      test_peer_set_later (peer, OK_HEAD "Content-Length: 4\r\n\r\n");
      assert_reply (http, NULL, "<a/>");
      g_assert_cmpuint (test_peer_n_requests (peer), ==, 2);
      g_assert_nonnull (strstr (test_peer_request (peer), "<SyncML/>POST /end HTTP/1.1\r\n"));
      g_assert_true (g_str_has_suffix (test_peer_request (peer), "\r\n\r\n<SyncML/>"));
    }
}

static void
assert_redirect_fails (const char *head, guint n_requests, const char *pattern)
{
  g_autoptr(TestPeer) peer = test_peer_new (head, "", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  test_exchange_fails (http, NULL, OMA_TRANSPORT_ERROR_REDIRECT, pattern);
  g_assert_cmpuint (test_peer_n_requests (peer), ==, n_requests);
}

static void
test_redirect_that_would_become_a_get_is_refused (void)
{
  assert_redirect_fails ("HTTP/1.1 301 x\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", 1, "*301*");
  assert_redirect_fails ("HTTP/1.1 302 x\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", 1, "*302*");
  assert_redirect_fails ("HTTP/1.1 303 x\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", 1, "*303*");
}

static void
test_redirect_that_leads_astray_is_refused (void)
{
  assert_redirect_fails ("HTTP/1.1 307 x\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n", 1,
                         "*http://127.0.0.2:1, which*not allow");
  assert_redirect_fails ("HTTP/1.1 307 x\r\nContent-Length: 0\r\n\r\n", 1, "*nowhere");
  assert_redirect_fails ("HTTP/1.1 308 x\r\nLocation: /dm\r\nContent-Length: 0\r\n\r\n", 4, "*again and again");
}

static void
test_resp_uri_of_another_origin_is_refused (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 4\r\n\r\n", "<a/>", TEST_PEER_CLOSE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);

  test_exchange_fails (http, "http://127.0.0.2/", OMA_TRANSPORT_ERROR_REDIRECT, "*127.0.0.2*");
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 0);
  assert_reply (http, "?session=3&key=4", "<a/>");
  g_assert_true (g_str_has_prefix (test_peer_request (peer), "POST /dm?session=3&key=4 HTTP/1.1\r\n"));
}

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

static void
assert_cancelled (OmaHttp *http, GAsyncResult *result)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_transport_exchange_finish (OMA_TRANSPORT (http), result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancelling_ends_the_exchange_at_any_point (void)
{
  static const char *const heads[] = { "", OK_HEAD "Content-Length: 9\r\n\r\n<a/>" };
  g_autoptr(GBytes) body = g_bytes_new_static ("<SyncML/>", 9);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (heads); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (heads[i / 2], "", TEST_PEER_HOLD);
      g_autoptr(OmaHttp) http = http_to_peer (peer);
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;

      if (i % 2 == 0)
        g_cancellable_cancel (cancellable);
      oma_transport_exchange_async (OMA_TRANSPORT (http), NULL, body, TEST_XML, cancellable, result_cb, &result);
      while (i % 2 != 0 && *test_peer_request (peer) == '\0')
        g_main_context_iteration (NULL, FALSE);
      g_assert_null (result);
      g_cancellable_cancel (cancellable);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      assert_cancelled (http, result);
    }
}

static void
test_one_exchange_at_a_time (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 4\r\n\r\n", "<a/>", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer);
  g_autoptr(GBytes) body = g_bytes_new_static ("<SyncML/>", 9);
  g_autoptr(GAsyncResult) first = NULL;
  g_autoptr(GBytes) reply = NULL;
  g_autoptr(GError) error = NULL;

  oma_transport_exchange_async (OMA_TRANSPORT (http), NULL, body, TEST_XML, NULL, result_cb, &first);
  reply = test_exchange (http, NULL, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_assert_null (reply);
  while (first == NULL)
    g_main_context_iteration (NULL, TRUE);
  reply = oma_transport_exchange_finish (OMA_TRANSPORT (http), first, NULL, NULL);
  g_assert_nonnull (reply);
  assert_reply (http, NULL, "<a/>");
}

int
main (int argc, char **argv)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/request-is-as-the-http-binding-asks", test_request_is_as_the_http_binding_asks);
  g_test_add_func ("/http/media-type-ignores-case-and-parameters", test_media_type_ignores_case_and_parameters);
  g_test_add_func ("/http/answer-without-length-ends-with-the-connection",
                   test_answer_without_length_ends_with_the_connection);
  g_test_add_func ("/http/chunked-answer-is-put-together", test_chunked_answer_is_put_together);
  g_test_add_func ("/http/empty-answer-is-no-error", test_empty_answer_is_no_error);
  g_test_add_func ("/http/session-keeps-its-connection-and-cookies", test_session_keeps_its_connection_and_cookies);
  g_test_add_func ("/http/cookies-are-bounded", test_cookies_are_bounded);
  g_test_add_func ("/http/connection-that-the-server-closed-is-replaced",
                   test_connection_that_the_server_closed_is_replaced);
  g_test_add_func ("/http/status-is-named", test_http_status_is_named);
  g_test_add_func ("/http/endless-error-page-is-not-read", test_endless_error_page_is_not_read);
  g_test_add_func ("/http/unsupported-media-type-can-be-told", test_unsupported_media_type_can_be_told);
  g_test_add_func ("/http/authentication-is-never-answered", test_http_authentication_is_never_answered);
  g_test_add_func ("/http/answer-is-bounded", test_answer_is_bounded);
  g_test_add_func ("/http/answer-shorter-than-its-length-is-truncated",
                   test_answer_shorter_than_its_length_is_truncated);
  g_test_add_func ("/http/length-must-be-one", test_length_must_be_one);
  g_test_add_func ("/http/answer-must-be-a-message", test_answer_must_be_a_message);
  g_test_add_func ("/http/broken-connections-are-told-apart", test_broken_connections_are_told_apart);
  g_test_add_func ("/http/silent-server-is-given-up", test_silent_server_is_given_up);
  g_test_add_func ("/http/slow-answer-has-a-deadline", test_slow_answer_has_a_deadline);
  g_test_add_func ("/http/redirect-repeats-the-post-within-the-origin",
                   test_redirect_repeats_the_post_within_the_origin);
  g_test_add_func ("/http/redirect-that-would-become-a-get-is-refused",
                   test_redirect_that_would_become_a_get_is_refused);
  g_test_add_func ("/http/redirect-that-leads-astray-is-refused", test_redirect_that_leads_astray_is_refused);
  g_test_add_func ("/http/resp-uri-of-another-origin-is-refused", test_resp_uri_of_another_origin_is_refused);
  g_test_add_func ("/http/cancelling-ends-the-exchange-at-any-point", test_cancelling_ends_the_exchange_at_any_point);
  g_test_add_func ("/http/one-exchange-at-a-time", test_one_exchange_at_a_time);
  return g_test_run ();
}

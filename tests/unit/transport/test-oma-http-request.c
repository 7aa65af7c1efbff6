/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "test-peer.h"

#include <string.h>

#define PACKAGE "application/vnd.oma.dm.request+json"
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: " PACKAGE "\r\n"

static OmaHttp *
http_to_peer (TestPeer *peer, const char *device_id)
{
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 5, .deadline = 9,
                           .user_agent = "omadm-test/1", .device_id = device_id };
  g_autoptr(GError) error = NULL;
  OmaHttp *http = oma_http_new (&config, &error);

  g_assert_no_error (error);
  return http;
}

static OmaHttpReply *
done (OmaHttp *http, const OmaHttpRequest *request)
{
  g_autoptr(GError) error = NULL;
  OmaHttpReply *reply = test_request (http, request, &error);

  g_assert_no_error (error);
  return reply;
}

static void
assert_body (const OmaHttpReply *reply, const char *expected)
{
  g_assert_nonnull (reply->body);
  g_assert_cmpmem (g_bytes_get_data (reply->body, NULL), g_bytes_get_size (reply->body), expected, strlen (expected));
}

/* DM Protocol 2.0, HTTP binding */
static void
test_package_is_posted_with_its_headers (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 10\r\n\r\n", "{\"CMD\":[]}", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, "IMEI:493005100592800");
  g_autoptr(GBytes) body = g_bytes_new_static ("{}", 2);
  OmaHttpRequest request = { .method = "POST", .body = body, .file = -1, .max_size = 100,
                             .media_type = "application/vnd.oma.dm.initiation+json", .accept = PACKAGE };
  g_autoptr(OmaHttpReply) reply = done (http, &request);
  const char *text = test_peer_request (peer);

  g_assert_true (g_str_has_prefix (text, "POST /dm HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (text, "\r\nContent-Type: application/vnd.oma.dm.initiation+json\r\n"));
  g_assert_nonnull (strstr (text, "\r\nContent-Length: 2\r\n"));
  g_assert_nonnull (strstr (text, "\r\nAccept: " PACKAGE "\r\n"));
  g_assert_nonnull (strstr (text, "\r\nOMADM-DevID: IMEI:493005100592800\r\n"));
  g_assert_nonnull (strstr (text, "\r\nUser-Agent: omadm-test/1\r\n"));
  g_assert_null (strstr (text, "Accept-Encoding"));
  g_assert_null (strstr (text, "Accept-Charset"));
  g_assert_true (g_str_has_suffix (text, "\r\n\r\n{}"));
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (reply->media_type, ==, PACKAGE);
  g_assert_null (reply->accept);
  g_assert_cmpint (reply->file, ==, -1);
  g_assert_cmpuint (reply->retry_after, ==, 0);
  assert_body (reply, "{\"CMD\":[]}");
}

static void
test_each_method_goes_as_it_is_called (void)
{
  static const char *const methods[] = { "POST", "PUT", "GET", "HEAD" };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 4\r\n\r\n", i < 3 ? "1234" : "",
                                                TEST_PEER_SERVE);
      g_autoptr(OmaHttp) http = http_to_peer (peer, "d");
      g_autoptr(GBytes) body = i < 2 ? g_bytes_new_static ("x", 1) : NULL;
      OmaHttpRequest request = { .method = methods[i], .uri = "/at/it", .body = body, .file = -1,
                                 .media_type = i < 2 ? "a/b" : NULL, .max_size = 100 };
      g_autoptr(OmaHttpReply) reply = done (http, &request);
      g_autofree char *line = g_strdup_printf ("%s /at/it HTTP/1.1\r\n", methods[i]);

      g_assert_true (g_str_has_prefix (test_peer_request (peer), line));
      g_assert_nonnull (strstr (test_peer_request (peer), "\r\nOMADM-DevID: d\r\n"));
      g_assert_cmpuint (reply->status, ==, 200);
      if (i < 3)
        assert_body (reply, "1234");
      else
        g_assert_null (reply->body);
    }
}

static void
test_device_identifier_cannot_break_a_header (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 0\r\n\r\n", "", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, "a\r\nX: b\xc3\xa4");
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 100 };
  g_autoptr(OmaHttpReply) reply = done (http, &request);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nOMADM-DevID: a%0D%0AX:%20b%C3%A4\r\n"));
}

static void
test_each_status_is_a_reply (void)
{
  static const guint statuses[] = { 201, 202, 204, 304, 400, 401, 403, 404, 406, 409, 410, 415, 429, 500, 501, 502, 503 };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      gboolean is_bare = statuses[i] == 204 || statuses[i] == 304;
      g_autofree char *head = g_strdup_printf ("HTTP/1.1 %u x\r\n%s\r\n", statuses[i],
                                               is_bare ? "" : "Content-Type: Text/HTML; charset=x\r\n"
                                                              "Content-Length: 5\r\n");
      g_autoptr(TestPeer) peer = test_peer_new (head, is_bare ? "" : "a bit", TEST_PEER_SERVE);
      g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
      OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 100 };
      g_autoptr(OmaHttpReply) reply = done (http, &request);
      g_autoptr(OmaHttpReply) again = done (http, &request);

      g_assert_cmpuint (reply->status, ==, statuses[i]);
      g_assert_cmpuint (oma_http_get_last_status (http), ==, statuses[i]);
      g_assert_cmpuint (again->status, ==, statuses[i]);
      g_assert_cmpstr (reply->media_type, ==, is_bare ? NULL : "text/html");
      g_assert_true ((reply->body != NULL) == (statuses[i] < 300 && !is_bare));
      /* What it says does not matter, and does not cost the connection; libsoup ends one without a length. */
      g_assert_true (is_bare || test_peer_n_connections (peer) == 1);
      g_assert_null (strstr (test_peer_request (peer), "OMADM-DevID"));
    }
}

static void
test_endless_error_page_is_not_read (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 500 x\r\nConnection: close\r\n\r\n", "aaaaaaaaaaaaaaaa",
                                            TEST_PEER_REPEAT);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = G_MAXSIZE };
  g_autoptr(OmaHttpReply) reply = done (http, &request);

  g_assert_cmpuint (reply->status, ==, 500);
}

static void
test_answer_that_is_not_wanted_is_not_kept (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "fine!", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  g_autoptr(GBytes) body = g_bytes_new_static ("x", 1);
  OmaHttpRequest request = { .method = "PUT", .body = body, .media_type = "a/b", .file = -1, .max_size = 0 };
  g_autoptr(OmaHttpReply) reply = done (http, &request);

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_null (reply->body);
}

static void
test_accept_and_retry_after_are_told (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 415 x\r\nOMADM-Accept: application/json, text/xml;q=0.5\r\n"
                                            "omadm-accept: a/b\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", "",
                                            TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 100 };
  g_autoptr(OmaHttpReply) reply = done (http, &request);

  g_assert_cmpuint (reply->status, ==, 415);
  g_assert_cmpstr (reply->accept, ==, "application/json, text/xml;q=0.5, a/b");
  g_assert_cmpuint (reply->retry_after, ==, 120);
}

static void
test_answers_have_a_bound (void)
{
  static const char *const heads[] = { OK_HEAD "Content-Length: 5\r\n\r\n", OK_HEAD "Connection: close\r\n\r\n",
                                       OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (heads[i], "12345", TEST_PEER_CLOSE);
      g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
      OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 4 };

      test_request_fails (http, &request, OMA_TRANSPORT_ERROR_TOO_LARGE, "*larger*");
    }
}

static void
test_broken_answers_are_errors (void)
{
  static const struct { const char *head; OmaTransportError code; } cases[] = {
    { "", OMA_TRANSPORT_ERROR_CONNECT },
    { "SSH-2.0-x\r\n\r\n", OMA_TRANSPORT_ERROR_TRUNCATED },
    { OK_HEAD, OMA_TRANSPORT_ERROR_TRUNCATED },
    { OK_HEAD "Content-Length: 9\r\n\r\n1234", OMA_TRANSPORT_ERROR_TRUNCATED },
    { OK_HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\n1234", OMA_TRANSPORT_ERROR_TRUNCATED },
    { OK_HEAD "Content-Length: 4x\r\n\r\n1234", OMA_TRANSPORT_ERROR_TRUNCATED },
    { OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n1234", OMA_TRANSPORT_ERROR_MEDIA_TYPE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(TestPeer) peer = test_peer_new (cases[i].head, "", TEST_PEER_CLOSE);
      g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
      OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 100 };

      test_request_fails (http, &request, cases[i].code, "*");
    }
}

static void
test_slow_answer_has_a_deadline (void)
{
  g_autoptr(TestPeer) peer = test_peer_new (OK_HEAD "Content-Length: 9\r\n\r\n1234", "", TEST_PEER_HOLD);
  g_autofree char *uri = test_peer_uri (peer, "127.0.0.1");
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 30, .deadline = 1,
                           .user_agent = "omadm-test/1" };
  g_autoptr(OmaHttp) http = oma_http_new (&config, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 100 };

  test_request_fails (http, &request, OMA_TRANSPORT_ERROR_TIMEOUT, "*longer than 1 seconds*");
}

/* A server that leads to /end once, with this status. */
static TestPeer *
new_leader (guint status)
{
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 %u x\r\nLocation: /end\r\nContent-Length: 2\r\n\r\n", status);
  TestPeer *peer = test_peer_new (head, "ab", TEST_PEER_SERVE);

  test_peer_set_later (peer, OK_HEAD "Content-Length: 2\r\n\r\n");
  return peer;
}

static void
test_redirects_that_keep_the_method_are_followed (void)
{
  static const guint statuses[] = { 307, 308 };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr(TestPeer) peer = new_leader (statuses[i]);
      g_autoptr(OmaHttp) http = http_to_peer (peer, "d");
      g_autoptr(GBytes) body = g_bytes_new_static ("xyz", 3);
      OmaHttpRequest request = { .method = "PUT", .body = body, .media_type = "a/b", .file = -1, .max_size = 9 };
      g_autoptr(OmaHttpReply) reply = done (http, &request);
      const char *second = strstr (test_peer_request (peer), "PUT /end HTTP/1.1\r\n");

      g_assert_cmpuint (reply->status, ==, 200);
      g_assert_nonnull (second);
      g_assert_nonnull (strstr (second, "\r\nOMADM-DevID: d\r\n"));
      g_assert_nonnull (strstr (second, "\r\nContent-Type: a/b\r\n"));
      g_assert_true (g_str_has_suffix (second, "\r\n\r\nxyz"));
    }
}

static void
test_other_redirects_are_followed_where_nothing_is_sent (void)
{
  static const guint statuses[] = { 301, 302, 303 };

  for (gsize i = 0; i < 4 * G_N_ELEMENTS (statuses); i++)
    {
      static const char *const methods[] = { "GET", "HEAD", "POST", "PUT" };
      const char *method = methods[i % 4];
      gboolean sends = method[0] == 'P', is_head = method[0] == 'H';
      guint status = statuses[i / 4];
      g_autofree char *head = g_strdup_printf ("HTTP/1.1 %u x\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n", status);
      g_autoptr(TestPeer) peer = test_peer_new (head, "", TEST_PEER_SERVE);
      g_autoptr(OmaHttp) http = http_to_peer (peer, "d");
      g_autoptr(GBytes) body = sends ? g_bytes_new_static ("xyz", 3) : NULL;
      g_autofree char *line = g_strdup_printf ("%s /end HTTP/1.1\r\n", method);
      OmaHttpRequest request = { .method = method, .body = body, .media_type = sends ? "a/b" : NULL, .file = -1,
                                 .max_size = 9 };
      g_autoptr(OmaHttpReply) reply = NULL;

      test_peer_set_later (peer, is_head ? OK_HEAD "Content-Length: 2\r\n\r\n" : OK_HEAD "Content-Length: 0\r\n\r\n");
      reply = done (http, &request);
      g_assert_cmpuint (reply->status, ==, sends ? status : 200);
      g_assert_true ((strstr (test_peer_request (peer), line) != NULL) == !sends);
    }
}

static void
test_redirects_have_an_end (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 307 x\r\nLocation: /dm\r\nContent-Length: 0\r\n\r\n", "",
                                            TEST_PEER_SERVE);
  g_autoptr(TestPeer) nowhere = test_peer_new ("HTTP/1.1 307 x\r\nContent-Length: 0\r\n\r\n", "", TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  g_autoptr(OmaHttp) other = http_to_peer (nowhere, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 9 };

  test_request_fails (http, &request, OMA_TRANSPORT_ERROR_REDIRECT, "*again and again");
  g_assert_cmpuint (test_peer_n_requests (peer), ==, 6);
  test_request_fails (other, &request, OMA_TRANSPORT_ERROR_REDIRECT, "*nowhere");
}

static void
test_both_doors_share_connection_and_cookies (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("HTTP/1.1 200 OK\r\nContent-Type: " TEST_XML "\r\n"
                                            "Set-Cookie: node=7; Path=/\r\nContent-Length: 4\r\n\r\n", "<a/>",
                                            TEST_PEER_SERVE);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 9 };
  g_autoptr(OmaHttpReply) reply = done (http, &request);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) answer = test_exchange (http, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (answer);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (test_peer_request (peer), "\r\nCookie: node=7\r\n"));
  g_assert_cmpuint (test_peer_n_connections (peer), ==, 1);
}

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_one_at_a_time_and_cancelled (void)
{
  g_autoptr(TestPeer) peer = test_peer_new ("", "", TEST_PEER_HOLD);
  g_autoptr(OmaHttp) http = http_to_peer (peer, NULL);
  OmaHttpRequest request = { .method = "GET", .file = -1, .max_size = 9 };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) first = NULL, second = NULL;
  g_autoptr(GError) pending = NULL, cancelled = NULL;

  oma_http_request_async (http, &request, cancellable, result_cb, &first);
  oma_http_request_async (http, &request, NULL, result_cb, &second);
  while (second == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (oma_http_request_finish (http, second, &pending));
  g_assert_error (pending, G_IO_ERROR, G_IO_ERROR_PENDING);
  g_cancellable_cancel (cancellable);
  while (first == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (oma_http_request_finish (http, first, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-request/package-is-posted-with-its-headers", test_package_is_posted_with_its_headers);
  g_test_add_func ("/http-request/each-method-goes-as-it-is-called", test_each_method_goes_as_it_is_called);
  g_test_add_func ("/http-request/device-identifier-cannot-break-a-header",
                   test_device_identifier_cannot_break_a_header);
  g_test_add_func ("/http-request/each-status-is-a-reply", test_each_status_is_a_reply);
  g_test_add_func ("/http-request/endless-error-page-is-not-read", test_endless_error_page_is_not_read);
  g_test_add_func ("/http-request/answer-that-is-not-wanted-is-not-kept", test_answer_that_is_not_wanted_is_not_kept);
  g_test_add_func ("/http-request/accept-and-retry-after-are-told", test_accept_and_retry_after_are_told);
  g_test_add_func ("/http-request/answers-have-a-bound", test_answers_have_a_bound);
  g_test_add_func ("/http-request/broken-answers-are-errors", test_broken_answers_are_errors);
  g_test_add_func ("/http-request/slow-answer-has-a-deadline", test_slow_answer_has_a_deadline);
  g_test_add_func ("/http-request/redirects-that-keep-the-method-are-followed",
                   test_redirects_that_keep_the_method_are_followed);
  g_test_add_func ("/http-request/other-redirects-are-followed-where-nothing-is-sent",
                   test_other_redirects_are_followed_where_nothing_is_sent);
  g_test_add_func ("/http-request/redirects-have-an-end", test_redirects_have_an_end);
  g_test_add_func ("/http-request/both-doors-share-connection-and-cookies",
                   test_both_doors_share_connection_and_cookies);
  g_test_add_func ("/http-request/one-at-a-time-and-cancelled", test_one_at_a_time_and_cancelled);
  return g_test_run ();
}

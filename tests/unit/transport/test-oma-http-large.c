/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-request.h"

#include "base/oma-status.h"

#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define LARGE (64 * MIB)
#define BLOCK (64 * 1024)

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes (void);
#endif

static gsize
allocated (void)
{
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes ();
#else
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#endif
}

/* A server that takes and gives what is too large to keep, in threads of its own. */
typedef struct {
  GSocketService *service;
  guint16         port;
  GMutex          lock;
  GString        *heads;        /* of all requests */
  char           *sums[4];      /* digests of the bodies that came */
  guint           n_requests;
  int             n_running;    /* threads */
  gsize           n_sent;       /* what a GET is answered with */
  gboolean        asks;         /* the first request is answered 401, as Digest */
  gboolean        leads;        /* the first request is answered 307 */
  gulong          pause;        /* microseconds before each MiB that is sent */
  gsize           most;         /* octets that were allocated at most while something was under way */
} Peer;

static void
look_at_memory (Peer *peer)
{
  gsize now = allocated ();

  g_mutex_lock (&peer->lock);
  peer->most = MAX (peer->most, now);
  g_mutex_unlock (&peer->lock);
}

/* What stands at each place of a large body: no block is like another. */
static void
fill (guint8 *block, gsize offset)
{
  for (gsize i = 0; i < BLOCK; i += sizeof (guint64))
    {
      guint64 place = offset + i;

      memcpy (block + i, &place, sizeof place);
    }
}

static char *
large_sum (gsize size)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 block[BLOCK];

  for (gsize offset = 0; offset < size; offset += BLOCK)
    {
      fill (block, offset);
      g_checksum_update (sum, block, BLOCK);
    }
  return g_strdup (g_checksum_get_string (sum));
}

static char *
read_head (GDataInputStream *input)
{
  GString *head = g_string_new (NULL);
  char *line;

  while ((line = g_data_input_stream_read_line (input, NULL, NULL, NULL)) != NULL && line[0] != '\0')
    {
      g_string_append_printf (head, "%s\n", line);
      g_free (line);
    }
  if (line == NULL)
    return g_string_free (head, TRUE);
  g_free (line);
  return g_string_free (head, FALSE);
}

static char *
read_body (Peer *peer, GInputStream *input, gsize size)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 block[BLOCK];

  for (gsize left = size; left > 0; )
    {
      gssize n = g_input_stream_read (input, block, MIN (left, BLOCK), NULL, NULL);

      if (n <= 0)
        return NULL;
      g_checksum_update (sum, block, n);
      left -= (gsize) n;
      look_at_memory (peer);
    }
  return g_strdup (g_checksum_get_string (sum));
}

static void
say (GOutputStream *output, const char *text)
{
  g_output_stream_write_all (output, text, strlen (text), NULL, NULL, NULL);
}

static void
send_large (Peer *peer, GOutputStream *output)
{
  const gsize size = peer->n_sent;      /* the test changes it when all of it came */
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: %zu\r\n\r\n", size);
  guint8 block[BLOCK];

  say (output, head);
  for (gsize offset = 0; offset < size; offset += BLOCK)
    {
      fill (block, offset);
      if (offset % MIB == 0 && peer->pause > 0)
        g_usleep (peer->pause);
      if (!g_output_stream_write_all (output, block, MIN (BLOCK, size - offset), NULL, NULL, NULL))
        return;
      look_at_memory (peer);
    }
}

static gboolean
run_cb (GThreadedSocketService *service G_GNUC_UNUSED, GSocketConnection *connection, GObject *source G_GNUC_UNUSED,
        gpointer user_data)
{
  Peer *peer = user_data;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr(GDataInputStream) input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  char *text;

  g_atomic_int_inc (&peer->n_running);
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while ((text = read_head (input)) != NULL)
    {
      g_autofree char *head = text;
      const char *length = strstr (head, "Content-Length: ");
      guint n;

      g_mutex_lock (&peer->lock);
      g_string_append (peer->heads, head);
      n = peer->n_requests++;
      g_mutex_unlock (&peer->lock);
      if (length != NULL && n < G_N_ELEMENTS (peer->sums))
        peer->sums[n] = read_body (peer, G_INPUT_STREAM (input), strtoul (length + 16, NULL, 10));
      if (n == 0 && peer->asks)
        say (output, "HTTP/1.1 401 x\r\nWWW-Authenticate: Digest realm=\"dm\", nonce=\"abc\", qop=\"auth\"\r\n"
                     "Content-Length: 0\r\n\r\n");
      else if (n == 0 && peer->leads)
        say (output, "HTTP/1.1 307 x\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
      else
        send_large (peer, output);
    }
  g_atomic_int_add (&peer->n_running, -1);
  g_main_context_wakeup (NULL);
  return TRUE;
}

static void
set_up (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GSocketAddress) wanted = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr(GSocketAddress) bound = NULL;

  peer->service = g_threaded_socket_service_new (4);
  peer->heads = g_string_new (NULL);
  g_mutex_init (&peer->lock);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (peer->service), wanted, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, NULL, &bound, NULL));
  peer->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (peer->service, "run", G_CALLBACK (run_cb), peer);
}

/* The connections were the transport's, which is gone. */
static void
tear_down (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  while (g_atomic_int_get (&peer->n_running) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_socket_service_stop (peer->service);
  g_socket_listener_close (G_SOCKET_LISTENER (peer->service));
  g_object_unref (peer->service);
  g_string_free (peer->heads, TRUE);
  g_mutex_clear (&peer->lock);
  for (gsize i = 0; i < G_N_ELEMENTS (peer->sums); i++)
    g_free (peer->sums[i]);
}

static OmaHttp *
new_http_with (Peer *peer, guint deadline)
{
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/dm", peer->port);
  OmaHttpConfig config = { .uri = uri, .allow_http = TRUE, .max_reply_size = 1000, .timeout = 20, .deadline = deadline,
                           .user_agent = "omadm-test/1", .auth = OMA_HTTP_AUTH_DIGEST, .auth_user = "dev-0001",
                           .auth_secret = "s3cret" };
  g_autoptr(GError) error = NULL;
  OmaHttp *http = oma_http_new (&config, &error);

  g_assert_no_error (error);
  return http;
}

static OmaHttp *
new_http (Peer *peer)
{
  return new_http_with (peer, 20);
}

static int
new_file (void)
{
  g_autofree char *name = g_build_filename (g_get_tmp_dir (), "omadm-large-XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, !=, -1);
  unlink (name);
  return fd;
}

static int
new_large_file (gsize size)
{
  guint8 block[BLOCK];
  int fd = new_file ();

  for (gsize offset = 0; offset < size; offset += BLOCK)
    {
      fill (block, offset);
      g_assert_cmpint (write (fd, block, BLOCK), ==, BLOCK);
    }
  return fd;
}

static int
spool (gpointer user_data, GError **error G_GNUC_UNUSED)
{
  (*(guint *) user_data)++;
  return new_file ();
}

static void
result_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static OmaHttpReply *
request (OmaHttp *http, const OmaHttpRequest *request, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  oma_http_request_async (http, request, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_http_request_finish (http, result, error);
}

static char *
file_sum (int fd)
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 block[BLOCK];
  gssize n;

  while ((n = read (fd, block, sizeof block)) > 0)
    g_checksum_update (sum, block, n);
  return g_strdup (g_checksum_get_string (sum));
}

static void
test_large_bodies_go_both_ways_in_little_memory (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  g_autofree char *expected = large_sum (LARGE);
  g_autofree char *sum = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = NULL;
  gsize before = allocated ();
  guint n_files = 0;
  int fd = new_large_file (LARGE);
  OmaHttpRequest put = { .method = "PUT", .file = fd, .media_type = "a/b", .max_size = LARGE, .spool = spool,
                         .spool_data = &n_files };

  peer->n_sent = LARGE;
  g_socket_service_start (peer->service);
  reply = request (http, &put, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (peer->heads->str, "Content-Length: 67108864\n"));
  g_assert_cmpstr (peer->sums[0], ==, expected);
  g_assert_null (reply->body);
  g_assert_cmpuint (n_files, ==, 1);
  sum = file_sum (reply->file);
  g_assert_cmpstr (sum, ==, expected);
  g_assert_cmpint (fcntl (fd, F_GETFD), !=, -1);     /* stays the caller's */
  close (fd);
  g_test_message ("%zu octets before, %zu at most", before, peer->most);
  g_assert_cmpuint (peer->most, <, before + 4 * MIB);
}

static void
assert_sent_twice (Peer *peer, const char *second)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  g_autofree char *expected = large_sum (MIB);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = NULL;
  int fd = new_large_file (MIB);
  OmaHttpRequest post = { .method = "POST", .file = fd, .media_type = "a/b", .max_size = 100 };

  g_socket_service_start (peer->service);
  reply = request (http, &post, &error);
  close (fd);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (peer->n_requests, ==, 2);
  g_assert_nonnull (strstr (peer->heads->str, second));
  g_assert_cmpstr (peer->sums[0], ==, expected);
  g_assert_cmpstr (peer->sums[1], ==, expected);
}

static void
test_file_is_sent_again_with_credentials (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  peer->asks = TRUE;
  assert_sent_twice (peer, "\nAuthorization: Digest username=\"dev-0001\"");
}

static void
test_file_is_sent_again_after_a_redirect (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  peer->leads = TRUE;
  assert_sent_twice (peer, "POST /there HTTP/1.1\n");
}

/* It is for each MiB: what is large may take longer, as long as it moves. */
static void
test_deadline_is_not_for_all_of_a_large_answer (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http_with (peer, 2);
  OmaHttpRequest get = { .method = "GET", .file = -1, .max_size = LARGE };
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaHttpReply) reply = NULL;

  peer->n_sent = 4 * MIB;
  peer->pause = G_USEC_PER_SEC;
  g_socket_service_start (peer->service);
  reply = request (http, &get, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (reply->body), ==, 4 * MIB);
}

/* What a file is for: more than fits, and not before. */
static void
test_answer_up_to_64_kib_stays_in_memory (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  guint n_files = 0;
  OmaHttpRequest get = { .method = "GET", .file = -1, .max_size = MIB, .spool = spool, .spool_data = &n_files };
  g_autoptr(OmaHttpReply) fits = NULL, more = NULL;

  peer->n_sent = OMA_HTTP_MAX_IN_MEMORY;
  g_socket_service_start (peer->service);
  fits = request (http, &get, NULL);
  g_assert_cmpuint (g_bytes_get_size (fits->body), ==, OMA_HTTP_MAX_IN_MEMORY);
  g_assert_cmpint (fits->file, ==, -1);
  g_assert_cmpuint (n_files, ==, 0);
  peer->n_sent = OMA_HTTP_MAX_IN_MEMORY + 1;
  more = request (http, &get, NULL);
  g_assert_null (more->body);
  g_assert_cmpint (lseek (more->file, 0, SEEK_CUR), ==, 0);
  g_assert_cmpint (lseek (more->file, 0, SEEK_END), ==, OMA_HTTP_MAX_IN_MEMORY + 1);
}

static void
test_answer_without_a_file_stays_in_memory (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  OmaHttpRequest get = { .method = "GET", .file = -1, .max_size = MIB };
  g_autoptr(OmaHttpReply) reply = NULL;

  peer->n_sent = MIB;
  g_socket_service_start (peer->service);
  reply = request (http, &get, NULL);
  g_assert_cmpuint (g_bytes_get_size (reply->body), ==, MIB);
}

static int
spool_without_room (gpointer user_data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "no room");
  return -1;
}

static int
spool_that_is_full (gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return open ("/dev/full", O_RDWR | O_CLOEXEC);
}

static void
test_no_room_for_an_answer_is_told (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  OmaHttpRequest get = { .method = "GET", .file = -1, .max_size = MIB, .spool = spool_without_room };
  g_autoptr(GError) none = NULL, full = NULL;

  peer->n_sent = MIB;
  g_socket_service_start (peer->service);
  g_assert_null (request (http, &get, &none));
  g_assert_error (none, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
  get.spool = spool_that_is_full;
  g_assert_null (request (http, &get, &full));
  g_assert_error (full, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL);
}

static void
test_file_that_cannot_be_read_is_not_sent (Peer *peer, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(OmaHttp) http = new_http (peer);
  OmaHttpRequest put = { .method = "PUT", .file = 9999, .media_type = "a/b", .max_size = 100 };
  g_autoptr(GError) error = NULL;

  g_socket_service_start (peer->service);
  g_assert_null (request (http, &put, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
  g_assert_cmpuint (peer->n_requests, ==, 0);
}

static void
add (const char *path, void (*func) (Peer *peer, gconstpointer data))
{
  g_test_add (path, Peer, NULL, set_up, func, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/http-large/large-bodies-go-both-ways-in-little-memory", test_large_bodies_go_both_ways_in_little_memory);
  add ("/http-large/file-is-sent-again-with-credentials", test_file_is_sent_again_with_credentials);
  add ("/http-large/file-is-sent-again-after-a-redirect", test_file_is_sent_again_after_a_redirect);
  add ("/http-large/deadline-is-not-for-all-of-a-large-answer", test_deadline_is_not_for_all_of_a_large_answer);
  add ("/http-large/answer-up-to-64-kib-stays-in-memory", test_answer_up_to_64_kib_stays_in_memory);
  add ("/http-large/answer-without-a-file-stays-in-memory", test_answer_without_a_file_stays_in_memory);
  add ("/http-large/no-room-for-an-answer-is-told", test_no_room_for_an_answer_is_told);
  add ("/http-large/file-that-cannot-be-read-is-not-sent", test_file_that_cannot_be_read_is_not_sent);
  return g_test_run ();
}

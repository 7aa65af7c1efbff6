/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-fetch.h"
#include "../../remove-recursively.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#define SIZE 200000

typedef struct {
  char       *dir;
  char       *file;
  SoupServer *server;
  char       *url;
  char       *content;
  char       *tag;             /* what the server calls it */
  guint       status;          /* what it answers in place of it, 0: the file */
  guint       n_failures;      /* requests that get the status; then the file */
  guint       n_requests;
  goffset     asked;           /* where the last request began */
  gboolean    ignores_ranges;
  gboolean    wrong_range;
  GError     *error;
  gboolean    done;
  GCancellable *cancellable;
  PkFetchOptions options;
} Fixture;

static void
serve (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, const char *path G_GNUC_UNUSED,
       GHashTable *query G_GNUC_UNUSED, gpointer user_data)
{
  Fixture *f = user_data;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  const char *condition = soup_message_headers_get_one (request, "If-Range");
  g_autofree SoupRange *ranges = NULL;
  int n = 0;

  f->asked = 0;
  if (f->status != 0 && f->n_requests++ < f->n_failures)
    {
      soup_server_message_set_status (message, f->status, NULL);
      return;
    }
  soup_message_headers_replace (response, "ETag", f->tag);
  if (soup_message_headers_get_ranges (request, SIZE, &ranges, &n) && n == 1)
    f->asked = ranges[0].start;
  /* libsoup would take care of ranges by itself. */
  soup_message_headers_remove (request, "Range");
  if (f->asked == 0 || f->ignores_ranges || g_strcmp0 (condition, f->tag) != 0)
    {
      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      soup_server_message_set_response (message, "application/x-deb", SOUP_MEMORY_COPY, f->content, SIZE);
    }
  else
    {
      goffset start = f->wrong_range ? f->asked - 1 : f->asked;

      soup_server_message_set_status (message, SOUP_STATUS_PARTIAL_CONTENT, NULL);
      soup_message_headers_set_content_range (response, start, SIZE - 1, SIZE);
      soup_server_message_set_response (message, "application/x-deb", SOUP_MEMORY_COPY, f->content + start,
                                        SIZE - start);
    }
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;
  GSList *uris;

  f->dir = g_dir_make_tmp ("omadm-fetch-XXXXXX", NULL);
  f->file = g_build_filename (f->dir, "a.deb", NULL);
  f->content = g_malloc (SIZE);
  for (guint i = 0; i < SIZE; i++)
    f->content[i] = (char) (i * 7 + i / 251);
  f->tag = g_strdup ("\"v1\"");
  f->n_failures = G_MAXUINT;
  f->cancellable = g_cancellable_new ();
  f->options = (PkFetchOptions) { SIZE, 2, 0 };
  f->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (f->server, NULL, serve, f, NULL);
  soup_server_listen_local (f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (f->server);
  f->url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  soup_server_disconnect (f->server);
  g_object_unref (f->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (f->cancellable);
  g_clear_error (&f->error);
  remove_recursively (f->dir);
  g_free (f->dir);
  g_free (f->file);
  g_free (f->url);
  g_free (f->content);
  g_free (f->tag);
}

static void
done_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_cmpint (pk_fetch_finish (result, &f->error), ==, f->error == NULL);
  f->done = TRUE;
}

static void
fetch (Fixture *f)
{
  g_clear_error (&f->error);
  f->done = FALSE;
  pk_fetch_async (f->url, f->file, &f->options, NULL, NULL, f->cancellable, done_cb, f);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
}

/* What an earlier try left. */
static void
leave (Fixture *f, gsize size, const char *tag)
{
  g_autofree char *part = g_strconcat (f->file, ".part", NULL);
  g_autofree char *tag_file = g_strconcat (f->file, ".tag", NULL);

  g_assert_true (g_file_set_contents (part, f->content, (gssize) size, NULL));
  if (tag != NULL)
    g_assert_true (g_file_set_contents (tag_file, tag, -1, NULL));
}

static void
check_file (Fixture *f)
{
  g_autofree char *text = NULL;
  gsize size;

  g_assert_no_error (f->error);
  g_assert_true (g_file_get_contents (f->file, &text, &size, NULL));
  g_assert_cmpmem (text, size, f->content, SIZE);
}

static guint
count_files (Fixture *f)
{
  g_autoptr(GDir) dir = g_dir_open (f->dir, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_a_file_is_fetched (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fetch (f);
  check_file (f);
  g_assert_cmpuint (count_files (f), ==, 1);
}

static void
test_what_is_there_is_not_fetched_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  leave (f, 150000, "\"v1\"");
  fetch (f);
  check_file (f);
  g_assert_cmpint (f->asked, ==, 150000);
  g_assert_cmpuint (count_files (f), ==, 1);
}

static void
test_another_version_is_fetched_from_the_beginning (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  leave (f, 150000, "\"v0\"");
  fetch (f);
  check_file (f);
}

static void
test_what_has_no_tag_is_fetched_from_the_beginning (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  leave (f, 150000, NULL);
  fetch (f);
  check_file (f);
  g_assert_cmpint (f->asked, ==, 0);
}

static void
test_a_server_that_knows_no_ranges_sends_all (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->ignores_ranges = TRUE;
  leave (f, 150000, "\"v1\"");
  fetch (f);
  check_file (f);
}

static void
test_another_part_than_asked_for_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->wrong_range = TRUE;
  leave (f, 150000, "\"v1\"");
  fetch (f);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_DOWNLOAD_FAILED);
  g_assert_false (g_file_test (f->file, G_FILE_TEST_EXISTS));
}

static void
test_a_file_that_is_too_large_is_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->options.max_size = SIZE - 1;
  fetch (f);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_NO_SPACE);
  g_assert_false (g_file_test (f->file, G_FILE_TEST_EXISTS));
}

static void
check_status (Fixture *f, guint status, PkError code, guint n_requests)
{
  f->status = status;
  f->n_requests = 0;
  fetch (f);
  g_assert_error (f->error, PK_ERROR, (int) code);
  g_assert_cmpuint (f->n_requests, ==, n_requests);
}

static void
test_what_a_server_answers_is_told_apart (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  check_status (f, SOUP_STATUS_NOT_FOUND, PK_ERROR_DOWNLOAD_FAILED, 1);
  check_status (f, SOUP_STATUS_FORBIDDEN, PK_ERROR_HTTP_AUTHENTICATION, 1);
  check_status (f, SOUP_STATUS_UNAUTHORIZED, PK_ERROR_HTTP_AUTHENTICATION, 1);
  check_status (f, SOUP_STATUS_INTERNAL_SERVER_ERROR, PK_ERROR_HTTP_SERVER, 3);
  check_status (f, SOUP_STATUS_SERVICE_UNAVAILABLE, PK_ERROR_HTTP_UNAVAILABLE, 3);
}

static void
test_a_server_that_recovers_is_asked_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->status = SOUP_STATUS_SERVICE_UNAVAILABLE;
  f->n_failures = 2;
  fetch (f);
  check_file (f);
}

static void
test_what_is_there_of_a_file_that_became_shorter_is_dropped (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  leave (f, 150000, "\"v1\"");
  f->status = SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE;
  f->n_failures = 1;
  fetch (f);
  check_file (f);
  g_assert_cmpint (f->asked, ==, 0);
}

static void
test_it_can_be_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_cancellable_cancel (f->cancellable);
  fetch (f);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_CANCELLED);
}

static void
test_nobody_there_is_a_failed_download (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  soup_server_disconnect (f->server);
  fetch (f);
  g_assert_error (f->error, PK_ERROR, PK_ERROR_DOWNLOAD_FAILED);
}

#define ADD(name) g_test_add ("/packagekit/fetch/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_file_is_fetched);
  ADD (what_is_there_is_not_fetched_again);
  ADD (another_version_is_fetched_from_the_beginning);
  ADD (what_has_no_tag_is_fetched_from_the_beginning);
  ADD (a_server_that_knows_no_ranges_sends_all);
  ADD (another_part_than_asked_for_is_refused);
  ADD (a_file_that_is_too_large_is_refused);
  ADD (what_a_server_answers_is_told_apart);
  ADD (a_server_that_recovers_is_asked_again);
  ADD (what_is_there_of_a_file_that_became_shorter_is_dropped);
  ADD (it_can_be_cancelled);
  ADD (nobody_there_is_a_failed_download);
  return g_test_run ();
}

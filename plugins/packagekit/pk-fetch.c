/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pk-fetch.h"

#include <libsoup/soup.h>
#include <glib/gstdio.h>
#include <string.h>

/* What has come so far is in FILE.part, and what tells whether the server still has the same in FILE.tag
 * (RFC 9110, sections 13.1.5 and 14.2): so a download goes on also after a restart of the daemon. */

#define CHUNK (64 * 1024)
#define TIMEOUT 60                 /* seconds without an octet */
#define MAX_PAUSE 300              /* seconds */

typedef struct {
  char           *url;
  char           *file;
  char           *part;
  char           *tag;
  PkFetchOptions  options;
  PkFetchProgress progress;
  gpointer        progress_data;

  SoupSession    *session;
  SoupMessage    *message;
  GInputStream   *in;
  GOutputStream  *out;
  GBytes         *chunk;
  guint64         done;
  guint64         total;
  guint           tries;
  guint           pause;
  gulong          cancelled;
} Fetch;

static void send_request (GTask *task);
static void read_next (GTask *task);

static void
fetch_free (Fetch *self)
{
  g_clear_handle_id (&self->pause, g_source_remove);
  g_clear_object (&self->session);
  g_clear_object (&self->message);
  g_clear_object (&self->in);
  g_clear_object (&self->out);
  g_clear_pointer (&self->chunk, g_bytes_unref);
  g_free (self->url);
  g_free (self->file);
  g_free (self->part);
  g_free (self->tag);
  g_free (self);
}

/* ---- The end ---- */

static void
end (GTask *task, GError *error)
{
  Fetch *self = g_task_get_task_data (task);

  g_clear_object (&self->in);
  g_clear_object (&self->out);
  g_clear_object (&self->message);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
end_with (GTask *task, PkError code, const char *message)
{
  end (task, g_error_new_literal (PK_ERROR, code, message));
}

static gboolean
pause_over (gpointer user_data)
{
  GTask *task = user_data;
  Fetch *self = g_task_get_task_data (task);

  self->pause = 0;
  send_request (task);
  return G_SOURCE_REMOVE;
}

/* The connection was lost or not to be had: that passes.  @error is (transfer full). */
static void
lost (GTask *task, GError *error, PkError code)
{
  Fetch *self = g_task_get_task_data (task);
  guint pause = self->options.pause << MIN (self->tries, 8);

  g_clear_object (&self->in);
  g_clear_object (&self->out);
  g_clear_object (&self->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end_with (task, PK_ERROR_CANCELLED, "It was cancelled");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    end_with (task, PK_ERROR_NO_SPACE, error->message);
  else if (self->tries++ >= self->options.max_tries)
    end_with (task, code, error->message);
  else
    {
      g_info ("A download goes on in %u s: %s", MIN (pause, MAX_PAUSE), error->message);
      self->pause = g_timeout_add_seconds (MIN (pause, MAX_PAUSE), pause_over, task);
    }
  g_error_free (error);
}

static void
rename_thread (GTask *task, gpointer source G_GNUC_UNUSED, gpointer task_data, GCancellable *cancellable G_GNUC_UNUSED)
{
  Fetch *self = task_data;

  g_unlink (self->tag);
  if (g_rename (self->part, self->file) != 0)
    g_task_return_new_error (task, PK_ERROR, PK_ERROR_INTERNAL, "%s: cannot be renamed", self->part);
  else
    g_task_return_boolean (task, TRUE);
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr(GError) error = NULL;

  if (!g_output_stream_close_finish (G_OUTPUT_STREAM (source), result, &error))
    {
      end_with (task, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ? PK_ERROR_NO_SPACE : PK_ERROR_INTERNAL,
                error->message);
      return;
    }
  g_task_run_in_thread (task, rename_thread);
  g_object_unref (task);
}

static void
complete (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  if (self->total != 0 && self->done != self->total)
    {
      lost (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "The connection ended before the file"),
            PK_ERROR_DOWNLOAD_FAILED);
      return;
    }
  g_output_stream_close_async (self->out, G_PRIORITY_DEFAULT, NULL, closed_cb, task);
}

/* ---- The octets ---- */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *self = g_task_get_task_data (task);
  GError *error = NULL;
  gsize written;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &written, &error))
    {
      PkError code = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ? PK_ERROR_NO_SPACE : PK_ERROR_INTERNAL;

      end_with (task, code, error->message);
      g_error_free (error);
      return;
    }
  self->done += written;
  if (self->progress != NULL)
    self->progress (self->done, self->total, self->progress_data);
  read_next (task);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *self = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&self->chunk, g_bytes_unref);
  self->chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  if (self->chunk == NULL)
    lost (task, error, PK_ERROR_DOWNLOAD_FAILED);
  else if (g_bytes_get_size (self->chunk) == 0)
    complete (task);
  else if (self->done + g_bytes_get_size (self->chunk) > self->options.max_size)
    end_with (task, PK_ERROR_NO_SPACE, "The file is larger than what is allowed");
  else
    g_output_stream_write_all_async (self->out, g_bytes_get_data (self->chunk, NULL), g_bytes_get_size (self->chunk),
                                     G_PRIORITY_DEFAULT, g_task_get_cancellable (task), written_cb, task);
}

static void
read_next (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (self->in, CHUNK, G_PRIORITY_DEFAULT, g_task_get_cancellable (task), read_cb, task);
}

/* ---- The answer ---- */

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *self = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  gboolean resumed = soup_message_get_status (self->message) == SOUP_STATUS_PARTIAL_CONTENT;
  GFileOutputStream *out = resumed ? g_file_append_to_finish (G_FILE (source), result, &error)
                                   : g_file_create_finish (G_FILE (source), result, &error);

  if (out == NULL)
    {
      end_with (task, PK_ERROR_INTERNAL, error->message);
      return;
    }
  self->out = G_OUTPUT_STREAM (out);
  read_next (task);
}

/* Where the rest begins; a server that gives another part than the one asked for is not to be trusted with it. */
static gboolean
take_length (Fetch *self, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  goffset length = soup_message_headers_get_content_length (headers);
  goffset start, end_offset, total;

  if (soup_message_get_status (self->message) != SOUP_STATUS_PARTIAL_CONTENT)
    {
      self->done = 0;
      self->total = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH ? length : 0;
    }
  else if (!soup_message_headers_get_content_range (headers, &start, &end_offset, &total) ||
           (guint64) start != self->done || total < 0)
    {
      g_set_error_literal (error, PK_ERROR, PK_ERROR_DOWNLOAD_FAILED, "The server sent another part of the file");
      return FALSE;
    }
  else
    self->total = total;
  if (self->total <= self->options.max_size)
    return TRUE;
  g_set_error_literal (error, PK_ERROR, PK_ERROR_NO_SPACE, "The file is larger than what is allowed");
  return FALSE;
}

/* A strong tag, or the time; without one it cannot go on later. */
static void
keep_tag (Fetch *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *tag = soup_message_headers_get_one (headers, "ETag");

  if (tag == NULL || g_str_has_prefix (tag, "W/"))
    tag = soup_message_headers_get_one (headers, "Last-Modified");
  if (tag != NULL && strlen (tag) < 512)
    /* Not worth a wait for the disk: what is cut off is no tag that the server knows. */
    g_file_set_contents_full (self->tag, tag, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  else
    g_unlink (self->tag);
}

static PkError
tell_status (guint status)
{
  if (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN ||
      status == SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED)
    return PK_ERROR_HTTP_AUTHENTICATION;
  if (status == SOUP_STATUS_SERVICE_UNAVAILABLE)
    return PK_ERROR_HTTP_UNAVAILABLE;
  return status >= 500 ? PK_ERROR_HTTP_SERVER : PK_ERROR_DOWNLOAD_FAILED;
}

static void
take_answer (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);
  guint status = soup_message_get_status (self->message);
  g_autoptr(GFile) part = g_file_new_for_path (self->part);
  GError *error = NULL;

  if (status == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE && self->done > 0)
    {
      /* What is there is no beginning of what the server has. */
      g_unlink (self->part);
      g_unlink (self->tag);
      lost (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "The file is another one now"),
            PK_ERROR_DOWNLOAD_FAILED);
    }
  else if (status != SOUP_STATUS_OK && (status != SOUP_STATUS_PARTIAL_CONTENT || self->done == 0))
    {
      g_autofree char *text = g_strdup_printf ("The server answers %u %s", status,
                                               soup_message_get_reason_phrase (self->message));

      if (status >= 500)
        lost (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, text), tell_status (status));
      else
        end_with (task, tell_status (status), text);
    }
  else if (!take_length (self, &error))
    end (task, error);
  else if (status == SOUP_STATUS_PARTIAL_CONTENT)
    g_file_append_to_async (part, G_FILE_CREATE_PRIVATE, G_PRIORITY_DEFAULT, g_task_get_cancellable (task), opened_cb,
                            task);
  else
    {
      keep_tag (self);
      g_unlink (self->part);
      g_file_create_async (part, G_FILE_CREATE_PRIVATE, G_PRIORITY_DEFAULT, g_task_get_cancellable (task), opened_cb,
                           task);
    }
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *self = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_object (&self->in);
  self->in = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->in == NULL)
    lost (task, error, PK_ERROR_DOWNLOAD_FAILED);
  else
    take_answer (task);
}

static void
ask_for_rest (Fetch *self)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (self->message);
  g_autofree char *tag = NULL;
  GStatBuf st;

  self->done = 0;
  if (g_stat (self->part, &st) != 0 || st.st_size == 0 || !g_file_get_contents (self->tag, &tag, NULL, NULL))
    return;
  self->done = (guint64) st.st_size;
  soup_message_headers_set_range (headers, (goffset) self->done, -1);
  soup_message_headers_replace (headers, "If-Range", tag);
}

static void
send_request (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  g_clear_object (&self->message);
  self->message = soup_message_new (SOUP_METHOD_GET, self->url);
  if (self->message == NULL)
    {
      end_with (task, PK_ERROR_DOWNLOAD_FAILED, "That is no URL");
      return;
    }
  ask_for_rest (self);
  soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, g_task_get_cancellable (task), sent_cb,
                           task);
}

/**
 * pk_fetch_async:
 * @url: where the file is: http or https
 * @file: path where it is to be
 * @options: its limits
 * @progress: (nullable): told how far it is
 * @progress_data: for @progress, until @callback came
 * @cancellable: (nullable): ends it
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Fetches it, going on where an earlier try ended.
 */
void
pk_fetch_async (const char *url, const char *file, const PkFetchOptions *options, PkFetchProgress progress,
                gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Fetch *self = g_new0 (Fetch, 1);

  self->url = g_strdup (url);
  self->file = g_strdup (file);
  self->part = g_strconcat (file, ".part", NULL);
  self->tag = g_strconcat (file, ".tag", NULL);
  self->options = *options;
  self->progress = progress;
  self->progress_data = progress_data;
  self->session = soup_session_new_with_options ("timeout", TIMEOUT, "user-agent", "omadm/" OMADM_VERSION, NULL);
  /* A package is what it is, also when a server thinks that it would be smaller in another way. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  g_task_set_source_tag (task, pk_fetch_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) fetch_free);
  send_request (task);
}

/**
 * pk_fetch_finish:
 * @result: what the callback got
 * @error: return location for a %PK_ERROR
 *
 * Returns: whether the file is there
 */
gboolean
pk_fetch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pk_fetch_remove:
 * @file: path of a file of the spool
 *
 * Removes it, with what a download of it left.
 */
void
pk_fetch_remove (const char *file)
{
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  g_autofree char *tag = g_strconcat (file, ".tag", NULL);

  g_unlink (file);
  g_unlink (part);
  g_unlink (tag);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-exchange.h"
#include "transport/oma-http-request.h"

#include "base/oma-status.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* libsoup takes -5 for 0. */
static gboolean
is_length_wrong (SoupMessageHeaders *headers)
{
  const char *length = soup_message_headers_get_list (headers, "Content-Length");

  return length != NULL && length[strspn (length, "0123456789")] != '\0';
}

/* Whether the head says that a body follows, be it an empty one. */
gboolean
oma_http_has_body (OmaHttpExchange *exchange)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);

  return soup_message_get_status (exchange->message) != SOUP_STATUS_NO_CONTENT &&
         (soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH ||
          soup_message_headers_get_content_length (headers) != 0);
}

/* Judges by the head whether the body can be taken, before any of it is read. */
gboolean
oma_http_check_body (OmaHttpExchange *exchange, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);
  const char *coding = soup_message_headers_get_one (headers, "Content-Encoding");

  if (is_length_wrong (headers))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TRUNCATED,
                           "The answer's Content-Length is no length");
      return FALSE;
    }
  if (soup_message_headers_get_content_length (headers) > (goffset) MIN (exchange->max_size, G_MAXINT64))
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TOO_LARGE,
                           "The answer is larger than the account allows");
      return FALSE;
    }
  if (oma_http_has_body (exchange) && coding != NULL && g_ascii_strcasecmp (coding, "identity") != 0)
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_MEDIA_TYPE,
                           "The answer is compressed, which was not asked for");
      return FALSE;
    }
  return TRUE;
}

/* libsoup takes a head that was cut off for a whole one whose body ends with the connection.  A
 * server of HTTP/1.1 that means it says so (RFC 9112, section 9.6). */
static gboolean
is_undelimited (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  return soup_message_get_http_version (message) != SOUP_HTTP_1_0 &&
         soup_message_headers_get_encoding (headers) == SOUP_ENCODING_EOF &&
         !soup_message_headers_header_contains (headers, "Connection", "close");
}

/* Of a connection that is not kept libsoup takes less than Content-Length for the whole. */
gboolean
oma_http_is_cut_short (OmaHttpExchange *exchange)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->message);

  if (exchange->n_read == 0 && soup_message_get_status (exchange->message) != SOUP_STATUS_NO_CONTENT &&
      is_undelimited (exchange->message))
    return TRUE;
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         (guint64) soup_message_headers_get_content_length (headers) > exchange->n_read;
}

static gboolean
set_body_from_file (OmaHttpExchange *exchange, GError **error)
{
  g_autoptr(GInputStream) stream = NULL;
  struct stat info;
  /* A thread may still read when the exchange is given up and the caller has closed the file. */
  int copy = fcntl (exchange->file, F_DUPFD_CLOEXEC, 3);

  if (copy == -1 || fstat (copy, &info) != 0 || lseek (copy, 0, SEEK_SET) != 0)
    {
      g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "What is to be sent cannot be read: %s",
                   g_strerror (errno));
      if (copy != -1)
        close (copy);
      return FALSE;
    }
  stream = g_unix_input_stream_new (copy, TRUE);
  soup_message_set_request_body (exchange->message, exchange->media_type, stream, info.st_size);
  return TRUE;
}

/* What is sent, from its start; again for each message. */
gboolean
oma_http_set_body (OmaHttpExchange *exchange, GError **error)
{
  if (exchange->body == NULL && exchange->file != -1)
    return set_body_from_file (exchange, error);
  if (exchange->body != NULL)
    soup_message_set_request_body_from_bytes (exchange->message, exchange->media_type, exchange->body);
  return TRUE;
}

static gboolean
write_all (int fd, const guint8 *data, gsize size, GError **error)
{
  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "The answer cannot be kept: %s",
                       g_strerror (errno));
          return FALSE;
        }
      data += n;
      size -= n;
    }
  return TRUE;
}

/* From now on the reply goes to a file. */
static gboolean
open_file (OmaHttpExchange *exchange, GError **error)
{
  exchange->reply_file = exchange->spool (exchange->spool_data, error);
  if (exchange->reply_file == -1 || !write_all (exchange->reply_file, exchange->reply->data, exchange->reply->len, error))
    return FALSE;
  g_byte_array_unref (exchange->reply);
  exchange->reply = g_byte_array_new ();
  return TRUE;
}

/* Keeps what came of the body. */
gboolean
oma_http_take_block (OmaHttpExchange *exchange, GBytes *block, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (block, &size);

  if (size > exchange->max_size - exchange->n_read)
    {
      g_set_error_literal (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TOO_LARGE,
                           "The answer is larger than the account allows");
      return FALSE;
    }
  exchange->n_read += size;
  if (exchange->reply_file == -1 && exchange->spool != NULL && exchange->n_read > OMA_HTTP_MAX_IN_MEMORY &&
      !open_file (exchange, error))
    return FALSE;
  if (exchange->reply_file != -1)
    return write_all (exchange->reply_file, data, size, error);
  g_byte_array_append (exchange->reply, data, size);
  return TRUE;
}

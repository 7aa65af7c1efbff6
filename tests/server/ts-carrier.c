/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ts-server.h"

#define MAX_REQUEST (16 * 1024 * 1024)   /* octets */
#define MAX_DOCUMENT (256 * 1024 * 1024) /* octets of one for the data repository */
#define BLOCK (16 * 1024)                /* octets of an endless answer at a time */
#define TOO_LARGE "ts-too-large"

static void
got_chunk_cb (SoupServerMessage *message, GBytes *chunk G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  gboolean is_document = g_str_has_prefix (g_uri_get_path (soup_server_message_get_uri (message)), TS_DATA);

  if (body->length <= (is_document ? MAX_DOCUMENT : MAX_REQUEST))
    return;
  g_object_set_data (G_OBJECT (message), TOO_LARGE, GINT_TO_POINTER (TRUE));
  soup_message_body_set_accumulate (body, FALSE);
  soup_message_body_truncate (body);
}

static void
request_started_cb (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, gpointer user_data G_GNUC_UNUSED)
{
  g_signal_connect (message, "got-chunk", G_CALLBACK (got_chunk_cb), NULL);
}

/**
 * ts_bound_request:
 * @server: a server whose requests shall take at most 16 MiB of memory each, 256 MiB below /data/
 */
void
ts_bound_request (SoupServer *server)
{
  g_signal_connect (server, "request-started", G_CALLBACK (request_started_cb), NULL);
}

/**
 * ts_is_too_large:
 *
 * Returns: whether the body of @message was thrown away
 */
gboolean
ts_is_too_large (SoupServerMessage *message)
{
  return g_object_get_data (G_OBJECT (message), TOO_LARGE) != NULL;
}

/**
 * ts_carry_error:
 * @message: an HTTP request
 * @status: HTTP status
 * @text: why, for people
 */
void
ts_carry_error (SoupServerMessage *message, guint status, const char *text)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, line, strlen (line));
}

static void
set_reply (SoupServerMessage *message, GBytes *reply, const char *media_type)
{
  gsize size;
  const char *data = g_bytes_get_data (reply, &size);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, media_type, SOUP_MEMORY_COPY, data, size);
}

typedef struct {
  SoupServerMessage *message;   /* which owns this */
  GBytes            *reply;
  char              *media_type;
  guint              source;
} Delay;

static void
delay_free (Delay *delay)
{
  g_clear_handle_id (&delay->source, g_source_remove);
  g_bytes_unref (delay->reply);
  g_free (delay->media_type);
  g_free (delay);
}

static gboolean
delay_over_cb (gpointer user_data)
{
  Delay *delay = user_data;

  delay->source = 0;
  set_reply (delay->message, delay->reply, delay->media_type);
  soup_server_message_unpause (delay->message);
  return G_SOURCE_REMOVE;
}

static void
carry_late (SoupServerMessage *message, GBytes *reply, const char *media_type, guint ms)
{
  Delay *delay = g_new0 (Delay, 1);

  delay->message = message;
  delay->reply = g_bytes_ref (reply);
  delay->media_type = g_strdup (media_type);
  delay->source = g_timeout_add (ms, delay_over_cb, delay);
  g_object_set_data_full (G_OBJECT (message), "ts-delay", delay, (GDestroyNotify) delay_free);
  soup_server_message_pause (message);
}

/* Says the whole length, sends a part and ends the connection. */
static void
carry_truncated (SoupServerMessage *message, GBytes *reply, const char *media_type, gsize keep)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize size = g_bytes_get_size (reply);
  g_autoptr(GBytes) part = g_bytes_new_from_bytes (reply, 0, MIN (keep, size > 0 ? size - 1 : 0));

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_replace (headers, "Content-Type", media_type);
  soup_message_headers_replace (headers, "Connection", "close");
  soup_message_headers_set_content_length (headers, (goffset) size);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), part);
  soup_message_body_complete (soup_server_message_get_response_body (message));
}

static void
append_block (SoupServerMessage *message)
{
  g_autofree char *block = g_strnfill (BLOCK, ' ');

  soup_message_body_append_take (soup_server_message_get_response_body (message),
                                 (guchar *) g_steal_pointer (&block), BLOCK);
  soup_server_message_unpause (message);
}

static void
carry_endless (SoupServerMessage *message, GBytes *reply, const char *media_type)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_replace (headers, "Content-Type", media_type);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (body, FALSE);
  soup_message_body_append_bytes (body, reply);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (append_block), NULL);
}

static void
carry_status (SoupServerMessage *message, const TsFault *fault)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  ts_carry_error (message, fault->status, "as asked for");
  if (fault->retry_after != NULL)
    soup_message_headers_replace (headers, "Retry-After", fault->retry_after);
  if (fault->kind == TS_FAULT_REDIRECT)
    soup_message_headers_replace (headers, "Location", fault->text != NULL ? fault->text : "/moved");
}

/* Ends the connection below libsoup's feet, which then has nowhere to write to. */
static void
drop (SoupServerMessage *message)
{
  g_socket_shutdown (soup_server_message_get_socket (message), TRUE, TRUE, NULL);
  ts_carry_error (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "dropped");
}

/**
 * ts_carry:
 * @message: an HTTP request
 * @reply: (nullable): the answer; %NULL when the message was not worked on
 * @media_type: its media type
 * @fault: (nullable): what shall go wrong on the way
 *
 * Answers with a message, or in the wrong way that @fault asks for.
 */
void
ts_carry (SoupServerMessage *message, GBytes *reply, const char *media_type, const TsFault *fault)
{
  static const char rubbish[] = "<SyncML><\xff\xfe&nothing;]]>";
  g_autoptr(GBytes) garbage = NULL;

  switch (fault != NULL ? fault->kind : TS_FAULT_NONE)
    {
    case TS_FAULT_DROP:
      drop (message);
      break;
    case TS_FAULT_DELAY:
      carry_late (message, reply, media_type, fault->ms);
      break;
    case TS_FAULT_TRUNCATE:
      carry_truncated (message, reply, media_type, fault->keep);
      break;
    case TS_FAULT_ENDLESS:
      carry_endless (message, reply, media_type);
      break;
    case TS_FAULT_GARBAGE:
      garbage = fault->text != NULL ? g_bytes_new (fault->text, strlen (fault->text)) :
                                      g_bytes_new_static (rubbish, sizeof rubbish - 1);
      set_reply (message, garbage, media_type);
      break;
    case TS_FAULT_EMPTY:
      soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
      break;
    case TS_FAULT_MEDIA_TYPE:
      set_reply (message, reply, fault->text != NULL ? fault->text : "text/plain");
      break;
    case TS_FAULT_REDIRECT:
    case TS_FAULT_STATUS:
      carry_status (message, fault);
      break;
    default:
      set_reply (message, reply, media_type);
    }
}

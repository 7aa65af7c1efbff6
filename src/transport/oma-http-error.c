/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-error.h"

static const struct {
  GTlsCertificateFlags flag;
  const char          *phrase;
} certificate_phrases[] = {
  { G_TLS_CERTIFICATE_UNKNOWN_CA, "it is not signed by a trusted CA" },
  { G_TLS_CERTIFICATE_BAD_IDENTITY, "it is for another host name" },
  { G_TLS_CERTIFICATE_NOT_ACTIVATED, "it is not valid yet" },
  { G_TLS_CERTIFICATE_EXPIRED, "it has expired" },
  { G_TLS_CERTIFICATE_REVOKED, "it has been revoked" },
  { G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure" },
  { G_TLS_CERTIFICATE_GENERIC_ERROR, "it is not valid" },
};

static char *
describe_certificate (GTlsCertificateFlags flags)
{
  GString *text = g_string_new ("The server's certificate is refused: ");
  gboolean first = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (certificate_phrases); i++)
    if (flags & certificate_phrases[i].flag)
      {
        g_string_append_printf (text, "%s%s", first ? "" : ", ", certificate_phrases[i].phrase);
        first = FALSE;
      }
  return g_string_free (text, FALSE);
}

static GError *
tls_failure (SoupMessage *message, const GError *failure)
{
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (message);
  g_autofree char *text = NULL;

  if (flags != 0)
    text = describe_certificate (flags);
  else if (g_error_matches (failure, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    text = g_strdup ("The server wants a client certificate, and the account has none or another one");
  else if (g_error_matches (failure, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE))
    text = g_strdup ("There is no TLS on this machine (is glib-networking installed?)");
  else
    text = g_strdup_printf ("TLS with the server failed: %s", failure->message);
  return g_error_new_literal (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TLS, text);
}

static GError *
connection_failure (SoupMessage *message, const GError *failure)
{
  const char *host = g_uri_get_host (soup_message_get_uri (message));

  if (failure->domain == G_RESOLVER_ERROR)
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT, "The server's name is not found: %s",
                        failure->message);
  /* A head that was cut off looks no different. */
  if (failure->domain == SOUP_SESSION_ERROR &&
      (failure->code == SOUP_SESSION_ERROR_PARSING || failure->code == SOUP_SESSION_ERROR_ENCODING))
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TRUNCATED,
                        "The answer of %s is not HTTP or was cut off: %s", host, failure->message);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TIMEOUT, "%s did not answer in time", host);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT,
                        "%s closed the connection without an answer", host);
  return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT, "The connection to %s failed: %s", host,
                      failure->message);
}

/**
 * oma_http_error_new_from_failure:
 * @message: the HTTP message that failed
 * @failure: what libsoup or GIO said
 * @in_body: the answer's headers had already come
 *
 * The one place where errors of libsoup, GIO and TLS become those of a transport.
 *
 * Returns: (transfer full): an %OMA_TRANSPORT_ERROR, or @failure again if it is
 *   %G_IO_ERROR_CANCELLED
 */
GError *
oma_http_error_new_from_failure (SoupMessage *message, const GError *failure, gboolean in_body)
{
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (failure);
  if (in_body && !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_TRUNCATED, "The answer ended too early: %s",
                        failure->message);
  if (g_error_matches (failure, G_TLS_ERROR, G_TLS_ERROR_EOF))
    return g_error_new_literal (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_CONNECT,
                                "The server closed the connection without an answer");
  if (failure->domain == G_TLS_ERROR)
    return tls_failure (message, failure);
  return connection_failure (message, failure);
}

/* Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3).  Returns: whether
 * there is one; @date is set when it is a date */
static gboolean
read_retry_after (SoupMessage *message, guint *seconds, GDateTime **date)
{
  const char *value = soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  guint64 number;
  gint64 left;

  *date = NULL;
  *seconds = 0;
  if (value == NULL)
    return FALSE;
  if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT32, &number, NULL))
    {
      *seconds = (guint) number;
      return TRUE;
    }
  *date = soup_date_time_new_from_http_string (value);
  left = *date != NULL ? g_date_time_to_unix (*date) - g_get_real_time () / G_USEC_PER_SEC : 0;
  *seconds = (guint) CLAMP (left, 0, G_MAXUINT32);
  return *date != NULL;
}

/**
 * oma_http_parse_retry_after:
 * @message: an HTTP message that was answered
 *
 * Returns: seconds from now after which the server asks to come back, 0 when it does not ask or
 *   they are over
 */
guint
oma_http_parse_retry_after (SoupMessage *message)
{
  g_autoptr(GDateTime) date = NULL;
  guint seconds;

  read_retry_after (message, &seconds, &date);
  return seconds;
}

/* Nothing of the server's own words gets into the text: the value is read and written again. */
static char *
describe_retry_after (SoupMessage *message)
{
  g_autoptr(GDateTime) date = NULL;
  g_autofree char *text = NULL;
  guint seconds;

  if (!read_retry_after (message, &seconds, &date))
    return g_strdup ("");
  if (date == NULL)
    return g_strdup_printf ("; it asks to come back after %u s", seconds);
  text = g_date_time_format_iso8601 (date);
  return g_strdup_printf ("; it asks to come back after %s", text);
}

/**
 * oma_http_error_new_from_status:
 * @message: an HTTP message that was answered with another status than success
 *
 * Returns: (transfer full): %OMA_TRANSPORT_ERROR_REDIRECT for a redirect that cannot be
 *   followed with a POST, else %OMA_TRANSPORT_ERROR_HTTP, naming status and Retry-After
 */
GError *
oma_http_error_new_from_status (SoupMessage *message)
{
  guint status = soup_message_get_status (message);
  g_autofree char *retry = NULL;

  if (status >= 300 && status < 400)
    return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT,
                        "The server answered with HTTP status %u (%s), which a POST cannot follow", status,
                        soup_status_get_phrase (status));
  retry = describe_retry_after (message);
  return g_error_new (OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_HTTP, "The server answered with HTTP status %u (%s)%s",
                      status, soup_status_get_phrase (status), retry);
}

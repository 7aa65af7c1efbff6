/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"
#include "transport/oma-http-error.h"
#include "transport/oma-http-policy.h"

#include <string.h>

#define ALLOWED "other.example.org"

static const char *const allowed_hosts[] = { ALLOWED, NULL };

/* Wherever a server leads, it is no other host and nothing less safe. */
static void
check_address (const char *account, const char *reference)
{
  g_auto(OmaHttpPolicy) policy = { NULL, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(GUri) uri = NULL;
  gboolean is_https, is_allowed;

  if (!oma_http_policy_init (&policy, account, allowed_hosts, TRUE, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  if (strcmp (g_uri_get_scheme (policy.account), "https") != 0)
    {
      g_auto(OmaHttpPolicy) strict = { NULL, NULL };

      g_assert_false (oma_http_policy_init (&strict, account, allowed_hosts, FALSE, NULL));
    }
  uri = oma_http_policy_resolve (&policy, policy.account, reference, &error);
  g_assert_true ((uri == NULL) == (error != NULL));
  if (uri == NULL)
    return;
  is_https = strcmp (g_uri_get_scheme (uri), "https") == 0;
  is_allowed = is_https && g_ascii_strcasecmp (g_uri_get_host (uri), ALLOWED) == 0;
  g_assert_null (g_uri_get_userinfo (uri));
  g_assert_true (is_https || strcmp (g_uri_get_scheme (policy.account), "http") == 0);
  g_assert_true (is_allowed || g_ascii_strcasecmp (g_uri_get_host (uri), g_uri_get_host (policy.account)) == 0);
}

static void
check_retry_after (const char *value)
{
  static SoupMessage *message;
  g_autoptr(GError) error = NULL;
  SoupMessageHeaders *headers;

  if (message == NULL)
    message = soup_message_new (SOUP_METHOD_POST, "https://dm.example.org/");
  headers = soup_message_get_response_headers (message);
  soup_message_headers_replace (headers, "Retry-After", value);
  error = oma_http_error_new_from_status (message);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  oma_http_parse_retry_after (message);
}

/* Lines: the account's address, where the server leads, Retry-After, Content-Type. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  /* libsoup hands over no header that holds a line's end. */
  g_auto(GStrv) lines = g_strsplit (g_strdelimit (text, "\r", ' '), "\n", 4);
  guint n = g_strv_length (lines);
  OmaEncoding encoding;

  check_address (n > 0 ? lines[0] : "", n > 1 ? lines[1] : "");
  check_retry_after (n > 2 ? lines[2] : "");
  oma_encoding_from_media_type (n > 3 ? g_strdelimit (lines[3], "\n", ' ') : "", &encoding);
  return 0;
}

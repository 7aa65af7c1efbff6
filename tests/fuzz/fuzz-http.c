/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"
#include "transport/oma-http-address.h"
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

/* What a server of DM 2.0 names is what it is said to be to the account. */
static void
check_named (const char *account, const char *reference)
{
  g_auto(OmaHttpPolicy) policy = { NULL, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(GUri) uri = NULL;
  OmaHttpReach reach;
  gboolean is_https;

  if (!oma_http_policy_init (&policy, account, allowed_hosts, TRUE, NULL))
    return;
  uri = oma_http_policy_judge (&policy, policy.account, reference, &reach, &error);
  g_assert_true ((uri == NULL) == (error != NULL));
  if (uri == NULL)
    return;
  is_https = strcmp (g_uri_get_scheme (uri), "https") == 0;
  g_assert_null (g_uri_get_userinfo (uri));
  if (reach == OMA_HTTP_REACH_OWN)
    g_assert_true (oma_http_policy_is_own (&policy, uri));
  else if (reach == OMA_HTTP_REACH_LISTED)
    g_assert_true (is_https && g_ascii_strcasecmp (g_uri_get_host (uri), ALLOWED) == 0);
  else
    g_assert_true (is_https && g_ascii_strcasecmp (g_uri_get_host (uri), g_uri_get_host (policy.account)) == 0);
}

/* An IPv4 address is the same in the forms that IPv6 has for it. */
static void
check_ip (const char *text)
{
  static const char *const forms[] = { "::ffff:%s", "64:ff9b::%s", "::ffff:0:%s" };
  g_autoptr(GInetAddress) address = g_inet_address_new_from_string (text);

  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV4)
    {
      if (address != NULL)
        oma_http_address_is_public (address);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto(GStrv) parts = g_strsplit (forms[i], "%s", 2);
      g_autofree char *other_text = g_strconcat (parts[0], text, NULL);
      g_autoptr(GInetAddress) other = g_inet_address_new_from_string (other_text);

      g_assert_true (other == NULL || oma_http_address_is_public (other) == oma_http_address_is_public (address));
    }
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

/* Lines: the account's address, where the server leads, Retry-After, Content-Type, an IP address. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  /* libsoup hands over no header that holds a line's end. */
  g_auto(GStrv) lines = g_strsplit (g_strdelimit (text, "\r", ' '), "\n", 5);
  guint n = g_strv_length (lines);
  OmaEncoding encoding;

  check_address (n > 0 ? lines[0] : "", n > 1 ? lines[1] : "");
  check_named (n > 0 ? lines[0] : "", n > 1 ? lines[1] : "");
  check_ip (n > 4 ? lines[4] : "");
  check_retry_after (n > 2 ? lines[2] : "");
  oma_encoding_from_media_type (n > 3 ? g_strdelimit (lines[3], "\n", ' ') : "", &encoding);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transport/oma-http-policy.h"

static const char *const hosts[] = { "other.example.org", NULL };

static void
assert_leads (const char *account, const char *reference, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_auto(OmaHttpPolicy) policy = { NULL, NULL };
  g_autoptr(GUri) uri = NULL;
  g_autofree char *text = NULL;

  g_assert_true (oma_http_policy_init (&policy, account, hosts, TRUE, &error));
  g_assert_no_error (error);
  uri = oma_http_policy_resolve (&policy, policy.account, reference, &error);
  g_assert_no_error (error);
  text = g_uri_to_string (uri);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_refused (const char *account, const char *current, const char *reference)
{
  g_autoptr(GError) error = NULL;
  g_auto(OmaHttpPolicy) policy = { NULL, NULL };
  g_autoptr(GUri) from = g_uri_parse (current, G_URI_FLAGS_NONE, NULL);

  g_assert_true (oma_http_policy_init (&policy, account, hosts, TRUE, NULL));
  g_assert_null (oma_http_policy_resolve (&policy, from, reference, &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_REDIRECT);
}

static void
test_stays_within_the_origin (void)
{
  const char *account = "https://dm.example.org/s";

  assert_leads (account, "https://dm.example.org/t?key=1&x=2", "https://dm.example.org/t?key=1&x=2");
  assert_leads (account, "https://DM.example.org:443/t", "https://DM.example.org/t");
  assert_leads (account, "/u;jsessionid=5", "https://dm.example.org/u;jsessionid=5");
  assert_leads (account, "?s=1", "https://dm.example.org/s?s=1");
  assert_leads (account, "//dm.example.org/v", "https://dm.example.org/v");
  assert_refused (account, account, "https://dm.example.org:8443/t");
  assert_refused (account, account, "https://evil.example.org/t");
  assert_refused (account, account, "https://dm.example.org.evil.org/t");
  assert_refused (account, account, "//evil.example.org/t");
  assert_refused (account, account, "https://dm.example.org@evil.example.org/");
  assert_refused (account, account, "https://user:pw@dm.example.org/");
}

static void
test_allowed_host_only_by_https (void)
{
  assert_leads ("https://dm.example.org/", "https://other.example.org:8443/a", "https://other.example.org:8443/a");
  assert_leads ("http://dm.example.org/", "https://OTHER.example.org/a", "https://OTHER.example.org/a");
  assert_refused ("http://dm.example.org/", "http://dm.example.org/", "http://other.example.org/a");
}

static void
test_never_from_https_to_http (void)
{
  assert_refused ("https://dm.example.org/", "https://dm.example.org/", "http://dm.example.org/");
  assert_refused ("http://dm.example.org/", "https://other.example.org/", "http://dm.example.org/");
}

static void
test_refuses_what_is_no_web_address (void)
{
  const char *account = "https://dm.example.org/s";

  assert_refused (account, account, "");
  assert_refused (account, account, "ftp://dm.example.org/");
  assert_refused (account, account, "file:///etc/passwd");
  assert_refused (account, account, "https://dm.example.org/a b");
  assert_refused (account, account, "https://dm.example.org/a\r\nX: y");
  assert_refused (account, account, "https:///path");
  assert_refused (account, account, "https://dm.example.org:99999/");
}

static void
assert_account_refused (const char *account, gboolean allow_http)
{
  g_autoptr(GError) error = NULL;
  g_auto(OmaHttpPolicy) policy = { NULL, NULL };

  g_assert_false (oma_http_policy_init (&policy, account, NULL, allow_http, &error));
  g_assert_error (error, OMA_TRANSPORT_ERROR, OMA_TRANSPORT_ERROR_POLICY);
}

static void
test_account_needs_permission_for_plain_http (void)
{
  g_autofree char *path = g_strnfill (5000, 'a');
  g_autofree char *huge = g_strconcat ("https://dm.example.org/", path, NULL);

  assert_account_refused ("http://dm.example.org/", FALSE);
  assert_account_refused ("HTTP://dm.example.org/", FALSE);
  assert_account_refused ("ftp://dm.example.org/", TRUE);
  assert_account_refused ("dm.example.org", TRUE);
  assert_account_refused ("", TRUE);
  assert_account_refused ("https://user@dm.example.org/", FALSE);
  assert_account_refused (huge, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-policy/stays-within-the-origin", test_stays_within_the_origin);
  g_test_add_func ("/http-policy/allowed-host-only-by-https", test_allowed_host_only_by_https);
  g_test_add_func ("/http-policy/never-from-https-to-http", test_never_from_https_to_http);
  g_test_add_func ("/http-policy/refuses-what-is-no-web-address", test_refuses_what_is_no_web_address);
  g_test_add_func ("/http-policy/account-needs-permission-for-plain-http",
                   test_account_needs_permission_for_plain_http);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-node-ref.h"
#include "base/oma-status.h"
#include "base/oma-uri.h"

#include <string.h>

static void
assert_canonical (const char *text, const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autofree char *canonical = NULL;

  g_assert_true (oma_uri_parse (&uri, text, &error));
  g_assert_no_error (error);
  canonical = oma_uri_to_string (&uri);
  g_assert_cmpstr (canonical, ==, expected);
}

static void
assert_refused (const char *text, OmaStatus status)
{
  g_autoptr(GError) error = NULL;
  OmaUri uri;

  g_assert_false (oma_uri_parse (&uri, text, &error));
  g_assert_error (error, OMA_STATUS_ERROR, (int) status);
}

static void
test_with_and_without_dot_is_the_same (void)
{
  assert_canonical ("./DevInfo/DevId", "./DevInfo/DevId");
  assert_canonical ("DevInfo/DevId", "./DevInfo/DevId");
  assert_canonical (".", ".");
  assert_canonical ("a.b/c.", "./a.b/c.");
}

static void
test_escapes_are_decoded_after_splitting (void)
{
  assert_canonical ("./A/%42%43", "./A/BC");
  assert_canonical ("./A/x%20y", "./A/x%20y");
  assert_canonical ("./A/%C3%BC", "./A/%C3%BC");
  assert_refused ("./A/x%2Fy", OMA_STATUS_BAD_REQUEST);
  assert_refused ("./A/%2E%2E", OMA_STATUS_BAD_REQUEST);
  assert_refused ("./A/%00", OMA_STATUS_BAD_REQUEST);
  assert_refused ("./A/%zz", OMA_STATUS_BAD_REQUEST);
  assert_refused ("./A/%4", OMA_STATUS_BAD_REQUEST);
  assert_refused ("./A/%FF", OMA_STATUS_BAD_REQUEST);
}

static void
test_malformed_is_400_and_empty_404 (void)
{
  const char *const malformed[] = { "./", "./A/", "/A", "A//B", "./A/./B", "../A", "A/..", "A b", "\xc3\xbc", "A\\B" };

  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    assert_refused (malformed[i], OMA_STATUS_BAD_REQUEST);
  assert_refused ("", OMA_STATUS_NOT_FOUND);
}

static void
test_limits_are_414 (void)
{
  g_autofree char *segment = g_strnfill (OMA_URI_MAX_SEGMENT, 'a');
  g_autofree char *longer = g_strnfill (OMA_URI_MAX_SEGMENT + 1, 'a');
  g_autofree char *huge = g_strnfill (65536, 'a');
  g_autoptr(GString) deep = g_string_new (".");

  g_autofree char *canonical = g_strconcat ("./", segment, NULL);

  assert_canonical (segment, canonical);
  assert_refused (longer, OMA_STATUS_URI_TOO_LONG);
  assert_refused (huge, OMA_STATUS_URI_TOO_LONG);
  for (guint i = 0; i < OMA_URI_MAX_DEPTH; i++)
    g_string_append (deep, "/a");
  assert_canonical (deep->str, deep->str);
  g_string_append (deep, "/a");
  assert_refused (deep->str, OMA_STATUS_URI_TOO_LONG);

  g_string_assign (deep, ".");
  while (deep->len + 200 < OMA_URI_MAX_LENGTH)
    g_string_append_printf (deep, "/%.199s", segment);
  g_string_append_printf (deep, "/%.*s", (int) (OMA_URI_MAX_LENGTH - deep->len - 1), segment);
  g_assert_cmpuint (deep->len, ==, OMA_URI_MAX_LENGTH);
  assert_canonical (deep->str, deep->str);
  g_string_append_c (deep, 'a');
  assert_refused (deep->str, OMA_STATUS_URI_TOO_LONG);
}

static void
test_queries_are_told_apart (void)
{
  const struct {
    const char *text;
    OmaUriQuery query;
    const char *value;
  } cases[] = {
    { "./A?prop=ACL", OMA_URI_QUERY_PROP, "ACL" },
    { ".?list=TNDS+Value", OMA_URI_QUERY_LIST, "TNDS+Value" },
    { "A?foo", OMA_URI_QUERY_UNKNOWN, "foo" },
    { "A", OMA_URI_QUERY_NONE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto(OmaUri) uri = OMA_URI_INIT;

      g_assert_true (oma_uri_parse (&uri, cases[i].text, NULL));
      g_assert_cmpint (uri.query, ==, cases[i].query);
      g_assert_cmpstr (uri.query_value, ==, cases[i].value);
    }
}

static void
test_prefix_is_by_segment (void)
{
  g_auto(OmaUri) a = OMA_URI_INIT;
  g_auto(OmaUri) ab = OMA_URI_INIT;
  g_auto(OmaUri) abc = OMA_URI_INIT;

  g_assert_true (oma_uri_parse (&a, "./A", NULL));
  g_assert_true (oma_uri_parse (&ab, "./A/B", NULL));
  g_assert_true (oma_uri_parse (&abc, "./A/BC", NULL));
  g_assert_true (oma_uri_has_prefix (&ab, &a));
  g_assert_false (oma_uri_has_prefix (&a, &ab));
  g_assert_false (oma_uri_has_prefix (&abc, &ab));
  g_assert_false (oma_uri_equal (&abc, &ab));
}

static void
test_plugins_escape_as_the_daemon_does (void)
{
  for (guint octet = 1; octet < 256; octet++)
    {
      const char name[] = { 'a', (char) octet, 'b', '\0' };
      g_autofree char *escaped = oma_node_name_escape (name);
      g_autoptr(GString) uri = g_string_new (NULL);

      oma_uri_append_segment (uri, name, -1);
      g_assert_cmpstr (escaped, ==, uri->str + 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri/with-and-without-dot-is-the-same", test_with_and_without_dot_is_the_same);
  g_test_add_func ("/uri/escapes-are-decoded-after-splitting", test_escapes_are_decoded_after_splitting);
  g_test_add_func ("/uri/malformed-is-400-and-empty-404", test_malformed_is_400_and_empty_404);
  g_test_add_func ("/uri/limits-are-414", test_limits_are_414);
  g_test_add_func ("/uri/queries-are-told-apart", test_queries_are_told_apart);
  g_test_add_func ("/uri/prefix-is-by-segment", test_prefix_is_by_segment);
  g_test_add_func ("/uri/plugins-escape-as-the-daemon-does", test_plugins_escape_as_the_daemon_does);
  return g_test_run ();
}

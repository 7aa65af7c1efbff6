/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-client-uri.h"

#include "base/oma-status.h"
#include "base/oma-uri.h"

#include <string.h>

/* ClientURIs (DM Protocol 2.0, addressing), without a tree. */

static void
append_segment (GString *text, const OmaClientSegment *segment)
{
  switch (segment->kind)
    {
    case OMA_CLIENT_SEGMENT_NAME:
      g_string_append_printf (text, "[%s]", segment->name);
      break;
    case OMA_CLIENT_SEGMENT_LETTER:
      g_string_append_printf (text, "(%c)", segment->letter);
      break;
    case OMA_CLIENT_SEGMENT_ANY:
      g_string_append (text, "any");
      break;
    case OMA_CLIENT_SEGMENT_ONLY:
    default:
      g_string_append (text, "only");
      break;
    }
}

/* (transfer full): what a ClientURI consists of, or the status with which it is refused. */
static char *
describe (const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (text, &error);
  GString *parts = g_string_new (NULL);

  if (uri == NULL)
    {
      g_assert_true (error->domain == OMA_STATUS_ERROR);
      g_string_append_printf (parts, "%d", error->code);
      return g_string_free (parts, FALSE);
    }
  g_assert_no_error (error);
  g_assert_cmpstr (uri->text, ==, text);
  g_string_append_printf (parts, "%s ", uri->moid);
  append_segment (parts, &uri->instance);
  for (guint i = 0; i < uri->path->len; i++)
    append_segment (parts, &g_array_index (uri->path, OmaClientSegment, i));
  for (guint i = 0; uri->conditions != NULL && i < uri->conditions->len; i++)
    {
      const OmaClientCondition *condition = &g_array_index (uri->conditions, OmaClientCondition, i);
      g_autofree char *path = g_strjoinv ("|", condition->path);

      g_string_append_printf (parts, " %c:%s=%s", condition->letter, path, condition->value);
    }
  if (uri->cv != NULL)
    g_string_append_printf (parts, " cv=%s", uri->cv);
  if (oma_client_uri_is_multiple (uri))
    g_string_append (parts, " *");
  return g_string_free (parts, FALSE);
}

typedef struct {
  const char *name;
  const char *text;
  const char *expected;
} Row;

static const Row rows[] = {
  { "root", "urn:x/a/", "urn:x [a]" },
  { "root-without-a-slash", "urn:x/a", "urn:x [a]" },
  { "node", "urn:x/a/If/1/Name", "urn:x [a][If][1][Name]" },
  { "slash-behind-a-node", "urn:x/a/If/", "urn:x [a][If]" },
  { "only-instance", "urn:x//ID", "urn:x only[ID]" },
  { "moid-alone", "urn:x", "urn:x only" },
  { "moid-and-a-slash", "urn:x/", "urn:x only" },
  { "moid-and-two-slashes", "urn:x//", "urn:x only" },
  { "without-urn", "ex:mo:net:1.0/a/ID", "ex:mo:net:1.0 [a][ID]" },
  { "any-instance", "urn:x/*/ID", "urn:x any[ID] *" },
  { "any-node", "urn:x/a/*/Name", "urn:x [a]any[Name] *" },
  { "x-name", "urn:x/(x)/ID?nv=(x)/ID:wifi", "urn:x (x)[ID] x:ID=wifi *" },
  { "x-name-in-the-path", "urn:x/a/If/(x)/Name?nv=(x)/Name:e1", "urn:x [a][If](x)[Name] x:Name=e1 *" },
  { "two-x-names", "urn:x/(x)/If/(y)?nv=(x)/ID:eth&nv=(y)/Name:e0", "urn:x (x)[If](y) x:ID=eth y:Name=e0 *" },
  { "two-conditions-of-one", "urn:x/(x)/?nv=(x)/ID:eth&nv=(x)/A/B:c", "urn:x (x) x:ID=eth x:A|B=c *" },
  { "letters-have-case", "urn:x/(x)/(X)/?nv=(X)/ID:eth", "urn:x (x)(X) X:ID=eth *" },
  { "x-name-without-condition", "urn:x/(x)/ID", "urn:x (x)[ID] *" },
  { "cv", "urn:x/a/?cv=01ab", "urn:x [a] cv=01ab" },
  { "cv-and-conditions", "urn:x/(x)/?cv=1&nv=(x)/ID:eth", "urn:x (x) x:ID=eth cv=1 *" },
  { "empty-cv", "urn:x/a/?cv=", "urn:x [a] cv=" },

  /* Escapes are decoded behind splitting. */
  { "escaped-moid", "org.x%2F1.0%2Fw7/a/", "org.x/1.0/w7 [a]" },
  { "escaped-wildcard-is-a-name", "urn:x/%2A/%2a", "urn:x [*][*]" },
  { "escaped-x-name-is-a-name", "urn:x/%28x%29/(%78)", "urn:x [(x)][(x)]" },
  { "escaped-separators", "urn:x/a/b%3Fc%26d%3De%3Af", "urn:x [a][b?c&d=e:f]" },
  { "escaped-miid", "urn:x/A%2FB/", "urn:x [A/B]" },
  { "escaped-colon-in-a-condition", "urn:x/(x)/?nv=(x)/A%3AB:C%3A%26%2F", "urn:x (x) x:A:B=C:&/ *" },
  { "value-with-separators", "urn:x/(x)/?nv=(x)/A:b:c=d/e?f", "urn:x (x) x:A=b:c=d/e?f *" },
  { "empty-value", "urn:x/(x)/?nv=(x)/A:", "urn:x (x) x:A= *" },
  { "utf-8", "urn:x/%C3%A4/%E2%82%AC", "urn:x [\xc3\xa4][\xe2\x82\xac]" },
  { "more-than-a-letter-is-a-name", "urn:x/(xy)/()/(1)", "urn:x [(xy)][()][(1)]" },

  /* What is refused */
  { "refused/empty", "", "404" },
  { "refused/no-moid", "/a/ID", "400" },
  { "refused/empty-segment", "urn:x/a//ID", "400" },
  { "refused/dots", "urn:x/a/../b", "400" },
  { "refused/slash-in-a-name", "urn:x/a/b%2Fc", "400" },
  { "refused/broken-escape", "urn:x/a/%4", "400" },
  { "refused/no-hexadecimal", "urn:x/a/%zz", "400" },
  { "refused/nul", "urn:x/a/b%00c", "400" },
  { "refused/not-utf-8", "urn:x/a/%FF", "400" },
  { "refused/space", "urn:x/a b/", "400" },
  { "refused/fragment", "urn:x/a/#b", "400" },
  { "refused/raw-utf-8", "urn:x/\xc3\xa4/", "400" },
  { "refused/letter-twice", "urn:x/(x)/(x)/ID?nv=(x)/ID:a", "400" },
  { "refused/condition-without-its-letter", "urn:x/(x)/ID?nv=(y)/ID:a", "400" },
  { "refused/condition-without-a-value", "urn:x/(x)/ID?nv=(x)/ID", "400" },
  { "refused/condition-without-a-path", "urn:x/(x)/ID?nv=(x)/:a", "400" },
  { "refused/condition-on-the-node-itself", "urn:x/(x)/ID?nv=(x):a", "400" },
  { "refused/condition-with-an-empty-segment", "urn:x/(x)/ID?nv=(x)/A//B:a", "400" },
  { "refused/condition-without-a-letter", "urn:x/(x)/ID?nv=ID:a", "400" },
  { "refused/unknown-field", "urn:x/a/?depth=1", "400" },
  { "refused/empty-query", "urn:x/a/?", "400" },
  { "refused/field-without-value", "urn:x/a/?cv", "400" },
  { "refused/two-validators", "urn:x/a/?cv=1&cv=2", "400" },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *parts = describe (row->text);

  g_assert_cmpstr (parts, ==, row->expected);
}

static char *
repeat (const char *start, const char *text, guint n, const char *end)
{
  GString *all = g_string_new (start);

  for (guint i = 0; i < n; i++)
    g_string_append (all, text);
  g_string_append (all, end);
  return g_string_free (all, FALSE);
}

static void
test_limits (void)
{
  const struct {
    const char *start, *text;
    guint       n;          /* how often there may be @text */
    const char *end;
    const char *status;
  } limits[] = {
    { "urn:x/a", "/b", OMA_URI_MAX_DEPTH, "", "414" },
    { "urn:x/a/", "b", OMA_URI_MAX_SEGMENT, "", "414" },
    { "urn:x/(x)/?nv=(x)/A:b", "&nv=(x)/A:b", OMA_CLIENT_URI_MAX_CONDITIONS - 1, "", "414" },
    { "urn:x/(x)/?nv=(x)", "/A", OMA_URI_MAX_DEPTH, ":b", "414" },
    { "urn:x/a/?cv=", "b", OMA_CLIENT_URI_MAX_LENGTH - 12, "", "414" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autofree char *good = repeat (limits[i].start, limits[i].text, limits[i].n, limits[i].end);
      g_autofree char *bad = repeat (limits[i].start, limits[i].text, limits[i].n + 1, limits[i].end);
      g_autofree char *of_good = describe (good), *of_bad = describe (bad);

      g_assert_cmpuint (strlen (of_good), >, 3);
      g_assert_cmpstr (of_bad, ==, limits[i].status);
    }
}

static void
test_what_is_written_is_read (void)
{
  static const char *const names[] = { "a", "*", "(x)", "a b", "a%2Fb", "a?b&c=d:e#f", "\xc3\xa4", "..a", "[x]\"'\\", NULL };
  g_autofree char *text = oma_client_uri_make ("org.x/1.0/w7", "A/B", names);
  g_autofree char *root = oma_client_uri_make ("urn:x", "m1", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaClientUri) uri = oma_client_uri_parse (text, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (root, ==, "urn:x/m1/");
  g_assert_cmpstr (uri->moid, ==, "org.x/1.0/w7");
  g_assert_cmpstr (uri->instance.name, ==, "A/B");
  g_assert_cmpuint (uri->path->len, ==, G_N_ELEMENTS (names) - 1);
  for (guint i = 0; i < uri->path->len; i++)
    g_assert_cmpstr (g_array_index (uri->path, OmaClientSegment, i).name, ==, names[i]);
  g_assert_false (oma_client_uri_is_multiple (uri));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/client-uri/", rows[i].name, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/client-uri/limits", test_limits);
  g_test_add_func ("/client-uri/what-is-written-is-read", test_what_is_written_is_read);
  return g_test_run ();
}

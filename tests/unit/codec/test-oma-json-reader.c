/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"
#include "codec/oma-json-reader.h"
#include "codec/oma-json-text.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const OmaJsonLimits limits = { .max_size = 100000, .max_depth = 8, .max_names = 6, .max_text = 16 };

/* ---- What the reader said, one event a line ---- */

static gboolean
log_start (gboolean is_array, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append (log, is_array ? "[" : "{");
  return TRUE;
}

static gboolean
log_end (gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append (log, "^");
  return TRUE;
}

static gboolean
log_name (const char *name, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_printf (log, "<%.*s>", (int) length, name);
  return TRUE;
}

/* Where a string is cut depends on how it comes; that it is, and what it is, does not. */
static gboolean
log_part (const char *text, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (log, text, (gssize) length);
  if (((GString *) log)->str[((GString *) log)->len - length - 1] != '~')
    g_string_insert (log, (gssize) (((GString *) log)->len - length), "~");
  return TRUE;
}

static gboolean
log_scalar (OmaJsonKind kind, const char *text, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_printf (log, "(%d:%.*s)", kind, (int) length, text);
  return TRUE;
}

static gboolean
log_whole_part (const char *text, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_len (log, text, (gssize) length);
  return TRUE;
}

static gboolean
log_rest (OmaJsonKind kind, const char *text, gsize length, gpointer log, GError **error G_GNUC_UNUSED)
{
  g_string_append_printf (log, "%.*s(%d)", (int) length, text, kind);
  return TRUE;
}

static const OmaJsonHandler handler = { log_start, log_end, log_name, log_part, log_scalar };
static const OmaJsonHandler whole_handler = { log_start, log_end, log_name, log_whole_part, log_rest };

/* Feeds @step octets at a time. */
static char *
read_in_steps (const OmaJsonHandler *to, const char *json, gsize size, gsize step, GError **error)
{
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(OmaJsonReader) reader = oma_json_reader_new (to, &limits, log);

  for (gsize done = 0; done < size; done += step)
    {
      g_autofree char *copy = g_memdup2 (json + done, MIN (step, size - done));    /* bounds that ASan sees */

      if (!oma_json_reader_feed (reader, copy, MIN (step, size - done), error))
        return NULL;
    }
  if (!oma_json_reader_finish (reader, error))
    return NULL;
  return g_string_free (g_steal_pointer (&log), FALSE);
}

static void
assert_read (const char *json, const char *expected)
{
  gsize size = strlen (json);

  for (gsize step = 1; step <= size; step++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *log = read_in_steps (&handler, json, size, step, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (log, ==, expected);
    }
}

static void
assert_octets_refused (const char *json, gsize size, OmaCodecError code)
{
  for (gsize step = 1; step <= MAX (size, 1); step++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *log = read_in_steps (&handler, json, size, step, &error);

      g_assert_null (log);
      g_assert_error (error, OMA_CODEC_ERROR, (int) code);
    }
}

static void
assert_refused (const char *json)
{
  assert_octets_refused (json, strlen (json), OMA_CODEC_ERROR_MALFORMED);
}

/* RFC 8259, 3 to 5. */
static void
test_values_are_read_in_their_order (void)
{
  assert_read (" { \"a\" : [ 1 , true , false , null , \"x\" , { } , [ ] ] ,\r\n\t\"b\":{\"c\":-0.5e+3}} \n",
               "{<a>[(1:1)(2:true)(3:false)(4:null)(0:x){^[^^<b>{<c>(1:-0.5e+3)^^");
  assert_read ("[]", "[^");
  assert_read ("\xef\xbb\xbf[]", "[^");
}

/* RFC 8259, 7. */
static void
test_escapes_are_decoded (void)
{
  assert_read ("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[(0:\"\\/\b\f\n\r\t)^");
  assert_read ("[\"\\u00e4\\u20AC\\ud83d\\uDE00\"]", "[(0:\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80)^");
  assert_read ("{\"\\u0061\\u0062\":\"\xc3\xa4\"}", "{<ab>(0:\xc3\xa4)^");
}

static void
test_lone_surrogates_are_refused (void)
{
  assert_refused ("[\"\\ud83d\"]");
  assert_refused ("[\"\\ude00\"]");
  assert_refused ("[\"\\ud83dx\"]");
  assert_refused ("[\"\\ud83d\\n\"]");
  assert_refused ("[\"\\ud83d\\u0041\"]");
  assert_refused ("[\"\\ud83d\\ud83d\\ude00\"]");
}

static void
test_what_is_no_text_is_refused (void)
{
  static const char nul[] = "[\"a\0b\"]", bare_nul[] = "[\0]";

  assert_refused ("[\"\\u0000\"]");
  assert_octets_refused (nul, sizeof nul - 1, OMA_CODEC_ERROR_MALFORMED);
  assert_octets_refused (bare_nul, sizeof bare_nul - 1, OMA_CODEC_ERROR_MALFORMED);
  assert_refused ("[\"a\nb\"]");
  assert_refused ("[\"\xff\"]");
  assert_refused ("[\"\xc3\"]");
  assert_refused ("[\"\xed\xa0\xbd\"]");        /* a surrogate as UTF-8 */
  assert_refused ("[\"\xc0\x80\"]");            /* NUL, overlong */
  assert_refused ("[\"\xc3\\u00a4\"]");
  assert_refused ("\xef\xbb[]");
  assert_refused ("[\"0123456789abcdef0123456789\xff\"]");
  assert_refused ("[\"0123456789abcdef0123456789\xc3\"]");
}

/* What json-glib and other lenient readers take. */
static void
test_what_is_no_json_is_refused (void)
{
  static const char *const bad[] = {
    "", " ", "1", "\"a\"", "null", "[", "{", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[1]x", "[1] [2]", "]", "{]",
    "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{1:2}", "{\"a\" 1}", "['a']", "[/**/]",
    "[1]//", "var x = [1]", "[01]", "[-]", "[+1]", "[1.]", "[.5]", "[1e]", "[1e+]", "[0x10]", "[NaN]", "[-Infinity]",
    "[True]", "[truefalse]", "[nul]", "[\"\\x41\"]", "[\"\\u12g4\"]", "[\"\\", "[\"a", "[:]", "{:}", "[1:2]", "[--1]",
    "{\"a\":1:2}", "[1.5.2]", "[\v1]", "[\xc2\xa0]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      assert_refused (bad[i]);
    }
}

static void
test_a_name_twice_is_refused (void)
{
  assert_refused ("{\"a\":1,\"a\":2}");
  assert_refused ("{\"a\":1,\"\\u0061\":2}");
  assert_refused ("[{\"b\":{\"a\":1},\"b\":2}]");
  assert_read ("[{\"a\":{\"a\":1}},{\"a\":2}]", "[{<a>{<a>(1:1)^^{<a>(1:2)^^");
}

/* A string is in one piece up to the limit, in parts beyond it, wherever it is cut. */
static void
test_long_strings_come_in_parts (void)
{
  static const char euros[] = "[\"0123456789abcd\xe2\x82\xac\xe2\x82\xac\\u20ac\xe2\x82\xac\"]";

  assert_read ("[\"0123456789abcdef\"]", "[(0:0123456789abcdef)^");
  for (gsize step = 1; step < sizeof euros; step++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *whole = read_in_steps (&whole_handler, euros, sizeof euros - 1, step, &error);
      g_autofree char *parts = read_in_steps (&handler, euros, sizeof euros - 1, step, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (whole, ==, "[0123456789abcd\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac(0)^");
      g_assert_true (g_str_has_prefix (parts, "[~"));
    }
}

static void
test_limits_are_kept (void)
{
  g_autofree char *zeros = g_strnfill (OMA_JSON_MAX_NUMBER + 1, '1');
  g_autofree char *number = g_strdup_printf ("[%s]", zeros);
  g_autofree char *long_name = g_strnfill (OMA_JSON_MAX_NAME + 1, 'n');
  g_autofree char *named = g_strdup_printf ("{\"%s\":1}", long_name);
  g_autofree char *spaces = g_strnfill (limits.max_size + 1, ' ');
  g_autoptr(GError) error = NULL;

  assert_read ("[[[[[[[[]]]]]]]]", "[[[[[[[[^^^^^^^^");
  assert_octets_refused ("[[[[[[[[[]]]]]]]]]", 18, OMA_CODEC_ERROR_LIMIT);
  assert_octets_refused ("{\"a\":1,\"b\":1,\"c\":1,\"d\":{\"e\":1,\"f\":1,\"g\":1}}", 44, OMA_CODEC_ERROR_LIMIT);
  assert_octets_refused (number, strlen (number), OMA_CODEC_ERROR_LIMIT);
  assert_octets_refused (named, strlen (named), OMA_CODEC_ERROR_LIMIT);
  g_assert_null (read_in_steps (&handler, spaces, limits.max_size + 1, 4096, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static void
test_a_failure_stays (void)
{
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(OmaJsonReader) reader = oma_json_reader_new (&handler, &limits, log);
  g_autoptr(GError) error = NULL, again = NULL, last = NULL;

  g_assert_false (oma_json_reader_feed (reader, "[x", 2, &error));
  g_assert_false (oma_json_reader_feed (reader, "]", 1, &again));
  g_assert_false (oma_json_reader_finish (reader, &last));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
  g_assert_cmpstr (error->message, ==, again->message);
  g_assert_cmpstr (error->message, ==, last->message);
  g_assert_cmpstr (error->message, ==, "Octet 1 of JSON: this is nothing that belongs there");
}

/* RFC 8259, 7: another reader gets the same. */
static void
test_what_is_written_is_what_json_glib_reads (void)
{
  static const char *const texts[] = {
    "", "plain", "\"\\/\b\f\n\r\t\x01\x1f\x7f", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GString) json = g_string_new ("[");
      g_autoptr(JsonNode) root = NULL;
      g_autoptr(GError) error = NULL;
      g_autofree char *log = NULL, *expected = g_strdup_printf ("[%s(0)^", texts[i]);

      oma_json_append_string (json, texts[i], -1);
      g_string_append_c (json, ']');
      root = json_from_string (json->str, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (json_array_get_string_element (json_node_get_array (root), 0), ==, texts[i]);
      log = read_in_steps (&whole_handler, json->str, json->len, 1, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (log, ==, expected);
    }
}

static void
test_what_no_string_can_hold_is_replaced (void)
{
  static const char bad[] = "a\0b\xff\xc3";
  g_autoptr(GString) json = g_string_new (NULL);

  oma_json_append_string (json, bad, sizeof bad - 1);
  g_assert_cmpstr (json->str, ==, "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\"");
  g_string_truncate (json, 0);
  g_assert_cmpuint (oma_json_append_text (json, "a\xe2\x82", 3, FALSE), ==, 1);
  g_assert_cmpstr (json->str, ==, "a");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/values-are-read-in-their-order", test_values_are_read_in_their_order);
  g_test_add_func ("/json/escapes-are-decoded", test_escapes_are_decoded);
  g_test_add_func ("/json/lone-surrogates-are-refused", test_lone_surrogates_are_refused);
  g_test_add_func ("/json/what-is-no-text-is-refused", test_what_is_no_text_is_refused);
  g_test_add_func ("/json/what-is-no-json-is-refused", test_what_is_no_json_is_refused);
  g_test_add_func ("/json/a-name-twice-is-refused", test_a_name_twice_is_refused);
  g_test_add_func ("/json/long-strings-come-in-parts", test_long_strings_come_in_parts);
  g_test_add_func ("/json/limits-are-kept", test_limits_are_kept);
  g_test_add_func ("/json/a-failure-stays", test_a_failure_stays);
  g_test_add_func ("/json/what-is-written-is-what-json-glib-reads", test_what_is_written_is_what_json_glib_reads);
  g_test_add_func ("/json/what-no-string-can-hold-is-replaced", test_what_no_string_can_hold_is_replaced);
  return g_test_run ();
}

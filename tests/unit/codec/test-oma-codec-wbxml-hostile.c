/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec-fixture.h"
#include "wbxml-fixture.h"

#define PROLOG "03 A4 01 6A 00 "
#define HDR "6C 71 03 '1.2' 00 01 01 "

static void
append_hex (GByteArray *octets, const char *hex)
{
  g_autoptr(GBytes) more = from_hex (hex);

  g_byte_array_append (octets, g_bytes_get_data (more, NULL), g_bytes_get_size (more));
}

static void
append_times (GByteArray *octets, const char *hex, guint n)
{
  g_autoptr(GBytes) more = from_hex (hex);

  for (guint i = 0; i < n; i++)
    g_byte_array_append (octets, g_bytes_get_data (more, NULL), g_bytes_get_size (more));
}

static void
assert_limited (GByteArray *octets, const OmaCodecLimits *limits)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_codec_decode (OMA_ENCODING_WBXML, octets->data, octets->len, limits, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT);
}

static void
assert_fits (GByteArray *octets, const OmaCodecLimits *limits)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_WBXML, octets->data, octets->len, limits, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
}

static void
test_size (void)
{
  g_autoptr(GByteArray) octets = g_byte_array_new ();
  OmaCodecLimits limits = oma_codec_default_limits;

  append_hex (octets, PROLOG "6D " HDR "6B 12 01 01");
  limits.max_size = octets->len;
  assert_fits (octets, &limits);
  limits.max_size--;
  assert_limited (octets, &limits);
}

static void
test_depth (void)
{
  OmaCodecLimits limits = oma_codec_default_limits;

  limits.max_depth = 12;
  for (guint n = 10; n <= 11; n++)
    {
      g_autoptr(GByteArray) octets = g_byte_array_new ();

      append_hex (octets, PROLOG "6D " HDR "6B");
      append_times (octets, "48", n);
      append_times (octets, "01", n + 2);
      if (n == 10)
        assert_fits (octets, &limits);
      else
        assert_limited (octets, &limits);
    }
}

/* Nor does the depth of a document in Data cost stack. */
static void
test_depth_in_data (void)
{
  g_autoptr(GByteArray) octets = g_byte_array_new ();

  append_hex (octets, PROLOG "6D " HDR "6B 45 54 4F 00 02");
  append_times (octets, "64", 1000000);
  append_times (octets, "01", 1000005);
  assert_limited (octets, &oma_codec_default_limits);
}

static void
test_commands_and_items (void)
{
  OmaCodecLimits limits = oma_codec_default_limits;

  limits.max_commands = 3;
  limits.max_items = 2;
  for (guint n = 3; n <= 4; n++)
    {
      g_autoptr(GByteArray) octets = g_byte_array_new ();

      append_hex (octets, PROLOG "6D " HDR "6B");
      append_times (octets, "13", n);
      append_hex (octets, "01 01");
      if (n == 3)
        assert_fits (octets, &limits);
      else
        assert_limited (octets, &limits);
    }
  for (guint n = 2; n <= 3; n++)
    {
      g_autoptr(GByteArray) octets = g_byte_array_new ();

      append_hex (octets, PROLOG "6D " HDR "6B 53");
      append_times (octets, "14", n);
      append_hex (octets, "01 01 01");
      if (n == 2)
        assert_fits (octets, &limits);
      else
        assert_limited (octets, &limits);
    }
}

static void
append_table (GByteArray *octets, gsize size)
{
  g_autofree char *table = g_strnfill (size, 'x');

  g_assert_cmpuint (size, ==, OMA_WBXML_MAX_TABLE);
  append_hex (octets, "03 01 6A 84 80 00");
  g_byte_array_append (octets, (const guint8 *) table, size);
  append_hex (octets, "6D " HDR "6B");
}

/* Three octets that stand for 64 KiB, in text, in names and in documents that take the table along. */
static void
test_expansion (void)
{
  static const struct {
    const char *before, *again, *after;
  } cases[] = {
    { "45 54 4F", "83 00", "01 01 01 01 01" },
    { "", "44 00 01", "01 01" },
    { "45", "54 4F 05 44 80 FF 7F 01 01 01", "01 01 01" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GByteArray) octets = g_byte_array_new ();

      append_table (octets, OMA_WBXML_MAX_TABLE);
      append_hex (octets, cases[i].before);
      append_times (octets, cases[i].again, OMA_WBXML_MAX_EXPANSION / OMA_WBXML_MAX_TABLE + 1);
      append_hex (octets, cases[i].after);
      assert_limited (octets, &oma_codec_default_limits);
    }
}

/* Lengths and offsets near 2^32 do not wrap around. */
static void
test_large_numbers (void)
{
  static const char *const cases[] = {
    PROLOG "6D 4F C3 8F FF FF FF 7F 61",
    PROLOG "6D 4F C3 88 80 80 80 00 61",
    PROLOG "6D 4F 83 8F FF FF FF 7F 01 01",
    PROLOG "6D 44 8F FF FF FF 7F 01 01",
    PROLOG "6D 84 8F FF FF FF 7F 01 01",
    "03 00 8F FF FF FF 7F 6A 01 00 6D 01",
    "03 A4 01 6A 8F FF FF FF 7F 6D 01",
    PROLOG "6D 4F C3 FF FF FF FF FF 7F 61 01 01",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GBytes) octets = from_hex (cases[i]);
      gsize size = g_bytes_get_size (octets);
      g_autofree gpointer data = copy_octets (octets, size);
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_codec_decode (OMA_ENCODING_WBXML, data, size, NULL, &error));
      g_assert_cmpint (error->domain, ==, OMA_CODEC_ERROR);
    }
}

/* A message with everything, cut at each octet and with each octet changed in each bit. */
static void
test_broken_messages (void)
{
  g_autoptr(GBytes) octets = from_hex (
    "03 00 00 6A 20 '-//SYNCML//DTD SyncML 1.2//EN' 00 'F' 00 6D " HDR "6B 45 4B 03 '2' 00 01 5A 00 01 47 03 'xml' 00 01 "
    "01 00 00 54 6E 57 83 1E 01 01 4F 00 02 60 77 83 00 01 01 00 00 01 01 54 4F C3 02 00 FF 01 01 "
    "44 1E C5 05 03 'x' 00 01 02 C1 2C 01 01 43 04 1E 01 01 12 01 01");
  gsize size = g_bytes_get_size (octets);
  guint n_good = 0;

  for (gsize i = 0; i < size; i++)
    {
      g_autofree gpointer cut = copy_octets (octets, i);
      g_autofree guint8 *changed = copy_octets (octets, size);
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_codec_decode (OMA_ENCODING_WBXML, cut, i, NULL, &error));
      g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
      for (guint bit = 0; bit < 8; bit++)
        {
          g_autoptr(OmaMessage) message = NULL;

          changed[i] ^= 1 << bit;
          message = oma_codec_decode (OMA_ENCODING_WBXML, changed, size, NULL, NULL);
          n_good += message != NULL;
          changed[i] ^= 1 << bit;
        }
    }
  g_assert_cmpuint (n_good, >, 0);
  g_assert_cmpuint (n_good, <, 8 * size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec-wbxml-hostile/size", test_size);
  g_test_add_func ("/codec-wbxml-hostile/depth", test_depth);
  g_test_add_func ("/codec-wbxml-hostile/depth-in-data", test_depth_in_data);
  g_test_add_func ("/codec-wbxml-hostile/commands-and-items", test_commands_and_items);
  g_test_add_func ("/codec-wbxml-hostile/expansion", test_expansion);
  g_test_add_func ("/codec-wbxml-hostile/large-numbers", test_large_numbers);
  g_test_add_func ("/codec-wbxml-hostile/broken-messages", test_broken_messages);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-store.h"
#include "store/oma-value-record.h"

#include <string.h>

#define NAME "0c7d7d5c-4d0a-4b6e-9b61-8d0f57b1f1f4"

static const OmaValueRecord records[] = {
  { OMA_FORMAT_CHR, "text/plain", "srv", 1764000000, 3, OMA_DATABASE_DIR_NONE, "value", 5 },
  { OMA_FORMAT_BOOL, "text/plain", NULL, 0, 0, OMA_DATABASE_DIR_NONE, "", 0 },
  { OMA_FORMAT_NODE, "urn:oma:mo:oma-dm-dmacc:1.0", NULL, 1764000000, 1, OMA_DATABASE_DIR_NONE, NULL, 0 },
  { OMA_FORMAT_NODE, "", "", -1, G_MAXUINT16, OMA_DATABASE_DIR_NONE, NULL, 0 },
  { OMA_FORMAT_BIN, "application/x", "srv", G_MAXINT64, 256, OMA_DATABASE_DIR_NONE, "\0/..\xff\0", 6 },
  { OMA_FORMAT_CHR, "text/plain", "srv", G_MININT64, 7, OMA_DATABASE_DIR_SECRETS, NAME, sizeof NAME - 1 },
  { OMA_FORMAT_B64, "text/xml", NULL, 1, 8, OMA_DATABASE_DIR_LARGE, NAME, sizeof NAME - 1 },
};

/* Exactly so many octets, so that a sanitizer sees who reads more. */
static gboolean
unpack (OmaValueRecord *record, const guint8 *octets, gsize size, guint8 **copy)
{
  g_autoptr(GError) error = NULL;
  gboolean good;

  g_free (*copy);
  *copy = g_memdup2 (octets, size);
  good = oma_value_record_unpack (record, *copy, size, &error);
  if (good)
    g_assert_no_error (error);
  else
    g_assert_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED);
  return good;
}

static void
assert_refused (const guint8 *octets, gsize size)
{
  g_autofree guint8 *copy = NULL;
  OmaValueRecord record;

  g_assert_false (unpack (&record, octets, size, &copy));
}

static void
test_record_comes_back_as_it_was (void)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      const OmaValueRecord *record = &records[i];
      g_autofree guint8 *copy = NULL;
      OmaValueRecord again;
      gsize size = oma_value_record_pack (record, buffer);

      g_assert_cmpuint (size % 8, ==, 0);
      g_assert_true (unpack (&again, buffer->data, size, &copy));
      g_assert_cmpint (again.format, ==, record->format);
      g_assert_cmpstr (again.type, ==, record->type);
      g_assert_cmpstr (again.owner, ==, record->owner);
      g_assert_cmpint (again.tstamp, ==, record->tstamp);
      g_assert_cmpuint (again.verno, ==, record->verno);
      g_assert_cmpint (again.dir, ==, record->dir);
      g_assert_true ((again.data == NULL) == (record->data == NULL));
      g_assert_cmpmem (again.data, again.size, record->data, record->size);
    }
}

/* What was written once must be read for ever. */
static void
test_layout_is_as_documented (void)
{
  static const guint8 expected[] = "\x21\x32\x02\x01\x03\0\0\0\x06\x05\x04\x03\x02\x01\0\0"
                                   "a/b\0" "srv\0" "big\0\0\0\0";
  const OmaValueRecord record = { OMA_FORMAT_BIN, "a/b", "srv", G_GINT64_CONSTANT (0x010203040506), 0x0102,
                                  OMA_DATABASE_DIR_LARGE, "big", 3 };
  g_autoptr(GByteArray) buffer = g_byte_array_new ();
  gsize size = oma_value_record_pack (&record, buffer);

  g_assert_cmpmem (buffer->data, size, expected, 32);
}

static void
test_every_truncation_is_refused (void)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();

  assert_refused (NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      gsize size = oma_value_record_pack (&records[i], buffer);

      for (gsize shorter = 0; shorter < size; shorter++)
        assert_refused (buffer->data, shorter);
    }
}

static void
test_octets_behind_a_record_are_refused (void)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    for (gsize more = 1; more <= 24; more++)
      {
        gsize size = oma_value_record_pack (&records[i], buffer);

        g_byte_array_set_size (buffer, size + more);
        memset (buffer->data + size, 0, more);
        assert_refused (buffer->data, size + more);
      }
}

/* Sets octet @at of a packed record of five octets of value. */
static void
assert_refused_with (gsize at, guint8 octet)
{
  g_autoptr(GByteArray) buffer = g_byte_array_new ();
  gsize size = oma_value_record_pack (&records[0], buffer);

  g_assert_cmpuint (at, <, size);
  g_assert_cmpuint (buffer->data[at], !=, octet);
  buffer->data[at] = octet;
  assert_refused (buffer->data, size);
}

static void
test_unknown_layout_format_and_place_are_refused (void)
{
  assert_refused_with (0, 0x30);
  assert_refused_with (0, 0x32);
  assert_refused_with (0, 0x71);
  assert_refused_with (0, 0xb1);
  assert_refused_with (1, 0x10);
  assert_refused_with (1, 0x10 | OMA_N_FORMATS);
  assert_refused_with (1, 0x1f);
  assert_refused_with (1, 0x40 | OMA_FORMAT_CHR);
  assert_refused_with (1, 0xf0 | OMA_FORMAT_CHR);
}

static void
test_lengths_that_do_not_fit_are_refused (void)
{
  assert_refused_with (1, OMA_FORMAT_CHR);  /* no place, but a value */
  assert_refused_with (4, 4);               /* an octet of the value is no octet of 0 */
  assert_refused_with (4, 30);
  assert_refused_with (7, 0xff);
  assert_refused_with (31, 1);              /* not 0 behind the value */
}

static void
test_type_that_has_a_flag_is_not_written_out (void)
{
  static const guint8 octets[] = "\x01\x14\0\0\x05\0\0\0\0\0\0\0\0\0\0\0" "text/plain\0" "value";

  assert_refused (octets, 32);
}

static void
test_name_that_leads_elsewhere_is_refused (void)
{
  static const char *const names[] = { "", ".", "..", "../omadm.db", "a/b", "/etc/passwd", ("." NAME) };
  g_autoptr(GByteArray) buffer = g_byte_array_new ();
  OmaValueRecord record = records[5];
  gsize size;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      record.data = names[i];
      record.size = strlen (names[i]);
      size = oma_value_record_pack (&record, buffer);
      assert_refused (buffer->data, size);
    }
  record.data = "a\0b";
  record.size = 3;
  size = oma_value_record_pack (&record, buffer);
  assert_refused (buffer->data, size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value-record/record-comes-back-as-it-was", test_record_comes_back_as_it_was);
  g_test_add_func ("/value-record/layout-is-as-documented", test_layout_is_as_documented);
  g_test_add_func ("/value-record/every-truncation-is-refused", test_every_truncation_is_refused);
  g_test_add_func ("/value-record/octets-behind-a-record-are-refused", test_octets_behind_a_record_are_refused);
  g_test_add_func ("/value-record/unknown-layout-format-and-place-are-refused",
                   test_unknown_layout_format_and_place_are_refused);
  g_test_add_func ("/value-record/lengths-that-do-not-fit-are-refused", test_lengths_that_do_not_fit_are_refused);
  g_test_add_func ("/value-record/type-that-has-a-flag-is-not-written-out",
                   test_type_that_has_a_flag_is_not_written_out);
  g_test_add_func ("/value-record/name-that-leads-elsewhere-is-refused", test_name_that_leads_elsewhere_is_refused);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
test_formats_have_names (void)
{
  for (int i = 1; i < OMA_N_FORMATS; i++)
    g_assert_cmpint (oma_format_from_string (oma_format_to_string (i)), ==, i);
  g_assert_cmpint (oma_format_from_string ("Chr"), ==, OMA_FORMAT_NONE);
  g_assert_cmpint (oma_format_from_string (NULL), ==, OMA_FORMAT_NONE);
}

static void
test_lexical_forms_are_checked (void)
{
  const struct {
    OmaFormat   format;
    const char *text;
    gboolean    good;
  } cases[] = {
    { OMA_FORMAT_INT, "0", TRUE },
    { OMA_FORMAT_INT, "-2147483648", TRUE },
    { OMA_FORMAT_INT, "2147483647", TRUE },
    { OMA_FORMAT_INT, "2147483648", FALSE },
    { OMA_FORMAT_INT, "-2147483649", FALSE },
    { OMA_FORMAT_INT, "99999999999999999999", FALSE },
    { OMA_FORMAT_INT, "", FALSE },
    { OMA_FORMAT_INT, "-", FALSE },
    { OMA_FORMAT_INT, "1 ", FALSE },
    { OMA_FORMAT_BOOL, "true", TRUE },
    { OMA_FORMAT_BOOL, "TRUE", FALSE },
    { OMA_FORMAT_DATE, "2026-02-28", TRUE },
    { OMA_FORMAT_DATE, "20240229", TRUE },
    { OMA_FORMAT_DATE, "20260229", FALSE },
    { OMA_FORMAT_DATE, "2026-2-28", FALSE },
    { OMA_FORMAT_TIME, "23:59:59", TRUE },
    { OMA_FORMAT_TIME, "235959", TRUE },
    { OMA_FORMAT_TIME, "24:00:00", FALSE },
    { OMA_FORMAT_FLOAT, "-1.5e3", TRUE },
    { OMA_FORMAT_FLOAT, "INF", TRUE },
    { OMA_FORMAT_FLOAT, "inf", FALSE },
    { OMA_FORMAT_FLOAT, "0x10", FALSE },
    { OMA_FORMAT_B64, "QUJD", TRUE },
    { OMA_FORMAT_B64, "QUI=\n", TRUE },
    { OMA_FORMAT_B64, "QUI", FALSE },
    { OMA_FORMAT_CHR, "\xc3\xbc", TRUE },
    { OMA_FORMAT_CHR, "\xff", FALSE },
    { OMA_FORMAT_NODE, "x", FALSE },
    { OMA_FORMAT_NULL, "", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GError) error = NULL;
      gboolean good = oma_format_check (cases[i].format, cases[i].text, strlen (cases[i].text), &error);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (good, ==, cases[i].good);
      if (!good)
        g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_descriptor_and_octets_are_two_views (void)
{
  g_autoptr(OmaValue) octets = oma_value_new (OMA_FORMAT_BIN, "application/octet-stream", "a\0b", 3);
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) mapped = NULL;
  int fd = oma_value_dup_fd (octets, &error);
  gsize size;

  g_assert_no_error (error);
  mapped = oma_value_new_fd (OMA_FORMAT_BIN, "application/octet-stream", fd, &error);
  g_assert_no_error (error);
  g_assert_true (oma_value_equal (octets, mapped));
  g_assert_cmpmem (oma_value_get_data (mapped, &size), 3, "a\0b", 3);
  g_assert_cmpuint (size, ==, 3);
}

static void
test_numbers_and_truths_are_read_back (void)
{
  static const gint32 numbers[] = { 0, 1, -1, G_MAXINT32, G_MININT32 };
  g_autoptr(OmaValue) yes = oma_value_new_bool (TRUE);
  g_autoptr(OmaValue) no = oma_value_new_bool (FALSE);
  g_autoptr(OmaValue) much = oma_value_new_string ("2147483648");
  g_autoptr(OmaValue) none = oma_value_new_string ("12 apples");

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr(OmaValue) value = oma_value_new_int (numbers[i]);

      g_assert_cmpint (oma_value_get_int (value), ==, numbers[i]);
    }
  g_assert_true (oma_value_get_bool (yes));
  g_assert_false (oma_value_get_bool (no));
  g_assert_cmpint (oma_value_get_int (much), ==, 0);
  g_assert_cmpint (oma_value_get_int (none), ==, 0);
}

static void
test_pipe_is_no_value (void)
{
  g_autoptr(GError) error = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_null (oma_value_new_fd (OMA_FORMAT_BIN, NULL, ends[0], &error));
  g_assert_nonnull (error);
  close (ends[1]);
}

static void
test_type_defaults_to_text_plain (void)
{
  g_autoptr(OmaValue) text = oma_value_new_string ("x");
  g_autoptr(OmaValue) json = oma_value_new (OMA_FORMAT_CHR, "application/json", "x", 1);

  g_assert_cmpstr (oma_value_get_type_name (text), ==, "text/plain");
  g_assert_cmpstr (oma_value_get_type_name (json), ==, "application/json");
  g_assert_false (oma_value_equal (text, json));
  g_assert_cmpstr (oma_value_get_text (json), ==, "x");
}

/* In a file, so that its memory can be given back. */
static OmaValue *
make_large (const char *text, gsize size)
{
  g_autoptr(GError) error = NULL;
  int fd = memfd_create ("large", MFD_CLOEXEC);
  OmaValue *value;

  g_assert_cmpint (write (fd, text, size), ==, (gssize) size);
  value = oma_value_new_fd (OMA_FORMAT_NONE, "", fd, &error);
  g_assert_no_error (error);
  g_assert_cmpint (oma_value_is_large (value), ==, size > OMA_VALUE_LARGE);
  return value;
}

static void
test_large_text_is_checked_across_windows (void)
{
  static const char *const units[] = { "x", "\303\274", "\342\202\254", "\360\237\230\200", "a\303\274" };

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autoptr(OmaValue) good = NULL;
      g_autoptr(OmaValue) cut = NULL;
      g_autoptr(OmaValue) bad = NULL;
      g_autoptr(GError) error = NULL;

      while (text->len < 600000)
        g_string_append (text, units[i]);
      good = make_large (text->str, text->len);
      g_assert_true (oma_value_check_format (good, OMA_FORMAT_CHR, &error));
      g_assert_no_error (error);
      g_assert_cmpmem (oma_value_get_data (good, NULL), oma_value_get_size (good), text->str, text->len);
      cut = make_large (text->str, text->len - 1);
      g_assert_cmpint (oma_value_check_format (cut, OMA_FORMAT_CHR, NULL), ==, strlen (units[i]) == 1);
      text->str[300000] = (char) 0xff;
      bad = make_large (text->str, text->len);
      g_assert_false (oma_value_check_format (bad, OMA_FORMAT_XML, &error));
      g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
    }
}

static void
test_base64_is_decoded (void)
{
  static const struct {
    const char *text;
    const char *octets;
  } good[] = {
    { "", "" }, { "\n", "" }, { " \t\r\n", "" }, { "QUJD", "ABC" }, { "Q U\nI=\n", "AB" }, { "QQ==", "A" },
  };
  g_autoptr(GError) error = NULL;
  gsize size;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *octets = oma_format_decode_base64 (good[i].text, strlen (good[i].text), &size, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (size, ==, strlen (good[i].octets));
      g_assert_cmpstr (octets, ==, good[i].octets);
    }
  g_assert_null (oma_format_decode_base64 ("QUI", 3, &size, &error));
  g_assert_error (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED);
}

static void
test_large_base64_is_checked_across_windows (void)
{
  g_autofree char *text = g_strnfill (600000, 'A');

  for (gsize size = 599990; size < 600000; size++)
    {
      g_autoptr(OmaValue) value = make_large (text, size);
      g_assert_cmpint (oma_value_check_format (value, OMA_FORMAT_B64, NULL), ==, size % 4 == 0);
    }
  text[100] = '=';
  {
    g_autoptr(OmaValue) value = make_large (text, 600000);
    g_assert_false (oma_value_check_format (value, OMA_FORMAT_B64, NULL));
  }
}

/* A text of whole pages has no room for a NUL in its file. */
static void
test_nul_stands_behind_every_value (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  g_autofree char *text = g_strnfill (40 * page, 'x');

  for (gsize size = 40 * page - 1; size <= 40 * page; size++)
    {
      g_autoptr(OmaValue) mapped = make_large (text, size);
      g_autoptr(OmaValue) copied = oma_value_new (OMA_FORMAT_CHR, NULL, text, size);

      g_assert_cmpuint (strlen (oma_value_get_text (mapped)), ==, size);
      g_assert_cmpuint (strlen (oma_value_get_text (copied)), ==, size);
    }
}

static void
test_descriptor_of_a_large_value_cannot_write_it (void)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autoptr(OmaValue) value = make_large (text, 100000);
  g_autoptr(OmaValue) copied = oma_value_new (OMA_FORMAT_CHR, NULL, text, 100000);
  OmaValue *const values[] = { value, copied };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr(GError) error = NULL;
      int fd = oma_value_dup_fd (values[i], &error), other = oma_value_dup_fd (values[i], &error);
      char c;

      g_assert_no_error (error);
      g_assert_cmpint (write (fd, "y", 1), ==, -1);
      g_assert_cmpint (lseek (fd, 5, SEEK_SET), ==, 5);
      g_assert_cmpint (lseek (other, 0, SEEK_CUR), ==, 0);      /* each has a place of its own */
      g_assert_cmpint (read (other, &c, 1), ==, 1);
      g_assert_cmpint (c, ==, 'x');
      g_assert_true (fcntl (fd, F_GETFD) & FD_CLOEXEC);
      close (fd);
      close (other);
    }
}

static void
test_other_format_shares_the_octets (void)
{
  g_autofree char *text = g_strnfill (100000, 'x');
  g_autoptr(OmaValue) value = make_large (text, 100000);
  g_autoptr(OmaValue) chr = oma_value_with_format (value, OMA_FORMAT_CHR, NULL);
  g_autoptr(OmaValue) small = oma_value_new_string ("x");
  g_autoptr(OmaValue) bin = oma_value_with_format (small, OMA_FORMAT_BIN, "a/b");
  g_autoptr(OmaValue) same = oma_value_with_format (small, OMA_FORMAT_CHR, "text/plain");

  g_assert_true (oma_value_get_data (chr, NULL) == oma_value_get_data (value, NULL));
  g_assert_cmpint (oma_value_get_format (chr), ==, OMA_FORMAT_CHR);
  g_assert_cmpstr (oma_value_get_type_name (chr), ==, "text/plain");
  g_assert_cmpstr (oma_value_get_type_name (value), ==, "");
  g_assert_cmpint (oma_value_get_format (bin), ==, OMA_FORMAT_BIN);
  g_assert_true (same == small);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/formats-have-names", test_formats_have_names);
  g_test_add_func ("/value/lexical-forms-are-checked", test_lexical_forms_are_checked);
  g_test_add_func ("/value/descriptor-and-octets-are-two-views", test_descriptor_and_octets_are_two_views);
  g_test_add_func ("/value/numbers-and-truths-are-read-back", test_numbers_and_truths_are_read_back);
  g_test_add_func ("/value/pipe-is-no-value", test_pipe_is_no_value);
  g_test_add_func ("/value/type-defaults-to-text-plain", test_type_defaults_to_text_plain);
  g_test_add_func ("/value/large-text-is-checked-across-windows", test_large_text_is_checked_across_windows);
  g_test_add_func ("/value/base64-is-decoded", test_base64_is_decoded);
  g_test_add_func ("/value/large-base64-is-checked-across-windows", test_large_base64_is_checked_across_windows);
  g_test_add_func ("/value/nul-stands-behind-every-value", test_nul_stands_behind_every_value);
  g_test_add_func ("/value/descriptor-of-a-large-value-cannot-write-it", test_descriptor_of_a_large_value_cannot_write_it);
  g_test_add_func ("/value/other-format-shares-the-octets", test_other_format_shares_the_octets);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-status.h"
#include "base/oma-value.h"

#include <string.h>
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value/formats-have-names", test_formats_have_names);
  g_test_add_func ("/value/lexical-forms-are-checked", test_lexical_forms_are_checked);
  g_test_add_func ("/value/descriptor-and-octets-are-two-views", test_descriptor_and_octets_are_two_views);
  g_test_add_func ("/value/pipe-is-no-value", test_pipe_is_no_value);
  g_test_add_func ("/value/type-defaults-to-text-plain", test_type_defaults_to_text_plain);
  return g_test_run ();
}

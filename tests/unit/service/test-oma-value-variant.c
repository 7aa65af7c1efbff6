/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-value-variant.h"

#include "service/oma-dbus-error.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_formats_have_their_types (void)
{
  static const struct {
    OmaFormat   format;
    const char *octets;
    const char *printed;
  } cases[] = {
    { OMA_FORMAT_CHR, "text", "'text'" },
    { OMA_FORMAT_XML, "<a/>", "'<a/>'" },
    { OMA_FORMAT_DATE, "2026-01-31", "'2026-01-31'" },
    { OMA_FORMAT_TIME, "12:00:00", "'12:00:00'" },
    { OMA_FORMAT_FLOAT, "1.5", "'1.5'" },
    { OMA_FORMAT_B64, "QUI=", "'QUI='" },
    { OMA_FORMAT_INT, "-7", "-7" },
    { OMA_FORMAT_INT, "+7", "7" },
    { OMA_FORMAT_INT, "2147483648", "'2147483648'" },
    { OMA_FORMAT_BOOL, "true", "true" },
    { OMA_FORMAT_BOOL, "false", "false" },
    { OMA_FORMAT_BOOL, "yes", "'yes'" },
    { OMA_FORMAT_BIN, "ab", "[byte 0x61, 0x62]" },
    { OMA_FORMAT_CHR, "\xff", "[byte 0xff]" },
    { OMA_FORMAT_NULL, "", "''" },
    { OMA_FORMAT_CHR, "", "''" },
    { OMA_FORMAT_NODE, "A/a%20b/%C3%BC", "['A', 'a b', 'ü']" },
    { OMA_FORMAT_NODE, "", "@as []" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(OmaValue) value = oma_value_new (cases[i].format, NULL, cases[i].octets, strlen (cases[i].octets));
      g_autoptr(GUnixFDList) descriptors = g_unix_fd_list_new ();
      g_autoptr(GVariant) variant = g_variant_ref_sink (oma_value_to_variant (value, descriptors, NULL));
      g_autofree char *printed = g_variant_print (variant, TRUE);

      g_assert_cmpstr (printed, ==, cases[i].printed);
      g_assert_cmpint (g_unix_fd_list_get_length (descriptors), ==, 0);
    }
}

static void
test_text_with_nul_goes_as_octets (void)
{
  g_autoptr(OmaValue) value = oma_value_new (OMA_FORMAT_CHR, NULL, "a\0b", 3);
  g_autoptr(GVariant) variant = g_variant_ref_sink (oma_value_to_variant (value, NULL, NULL));

  g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING));
}

static void
test_more_than_a_mebibyte_is_a_descriptor (void)
{
  g_autofree char *octets = g_strnfill (OMA_VARIANT_MAX_INLINE + 1, 'x');
  g_autoptr(OmaValue) inline_value = oma_value_new (OMA_FORMAT_CHR, NULL, octets, OMA_VARIANT_MAX_INLINE);
  g_autoptr(OmaValue) value = oma_value_new (OMA_FORMAT_CHR, NULL, octets, OMA_VARIANT_MAX_INLINE + 1);
  g_autoptr(GUnixFDList) descriptors = g_unix_fd_list_new ();
  g_autoptr(GVariant) text = g_variant_ref_sink (oma_value_to_variant (inline_value, descriptors, NULL));
  g_autoptr(GVariant) handle = g_variant_ref_sink (oma_value_to_variant (value, descriptors, NULL));
  g_autoptr(GError) error = NULL;
  struct stat st;
  int fd;

  g_assert_true (g_variant_is_of_type (text, G_VARIANT_TYPE_STRING));
  g_assert_true (oma_variant_is_handle (handle));
  fd = oma_variant_dup_handle (handle, descriptors, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  g_assert_cmpint (st.st_size, ==, OMA_VARIANT_MAX_INLINE + 1);
  close (fd);
}

static void
test_callers_give_octets (void)
{
  static const struct {
    const char *variant;
    const char *octets;
  } cases[] = {
    { "'text'", "text" },          { "''", "" },     { "-12", "-12" }, { "true", "true" },
    { "false", "false" },          { "[byte 0x61]", "a" }, { "@ay []", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new_parsed (cases[i].variant));
      g_autoptr(GError) error = NULL;
      g_autoptr(OmaValue) value = oma_value_from_variant (variant, &error);

      g_assert_no_error (error);
      g_assert_cmpint (oma_value_get_format (value), ==, OMA_FORMAT_NONE);
      if (cases[i].octets != NULL)
        g_assert_cmpmem (oma_value_get_data (value, NULL), oma_value_get_size (value), cases[i].octets,
                         strlen (cases[i].octets));
    }
}

static void
test_other_types_are_refused (void)
{
  static const char *const bad[] = { "uint32 1", "1.5", "('a',)", "['a']", "@a{sv} {}", "<'a'>", "handle 0" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new_parsed (bad[i]));
      g_autoptr(GError) error = NULL;

      g_assert_null (oma_value_from_variant (variant, &error));
      g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
    }
}

static void
test_handle_without_descriptor_is_refused (void)
{
  g_autoptr(GUnixFDList) none = g_unix_fd_list_new ();
  g_autoptr(GVariant) first = g_variant_ref_sink (g_variant_new_handle (0));
  g_autoptr(GVariant) negative = g_variant_ref_sink (g_variant_new_handle (-1));
  g_autoptr(GError) error = NULL;

  g_assert_cmpint (oma_variant_dup_handle (first, NULL, &error), ==, -1);
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_cmpint (oma_variant_dup_handle (first, none, &error), ==, -1);
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_cmpint (oma_variant_dup_handle (negative, none, &error), ==, -1);
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/value-variant/formats-have-their-types", test_formats_have_their_types);
  g_test_add_func ("/value-variant/text-with-nul-goes-as-octets", test_text_with_nul_goes_as_octets);
  g_test_add_func ("/value-variant/more-than-a-mebibyte-is-a-descriptor", test_more_than_a_mebibyte_is_a_descriptor);
  g_test_add_func ("/value-variant/callers-give-octets", test_callers_give_octets);
  g_test_add_func ("/value-variant/other-types-are-refused", test_other_types_are_refused);
  g_test_add_func ("/value-variant/handle-without-descriptor-is-refused", test_handle_without_descriptor_is_refused);
  return g_test_run ();
}

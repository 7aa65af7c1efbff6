/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "service/oma-value-variant.h"

#include <string.h>

/* What a caller gives for a value; GDBus hands over variants in normal form only.  GLib 2.74 cannot make one of every
 * other: g_variant_get_normal_form() fails an assertion on some. */
static void
check_from_variant (const char *type, const uint8_t *data, size_t size)
{
  g_autoptr(GVariant) variant = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (type), data, size, FALSE,
                                                                             NULL, NULL));
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaValue) value = NULL;

  if (!g_variant_is_normal_form (variant))
    return;
  value = oma_value_from_variant (variant, &error);
  g_assert_true ((value == NULL) == (error != NULL));
  if (oma_variant_is_handle (variant))
    g_assert_cmpint (oma_variant_dup_handle (variant, NULL, NULL), ==, -1);
}

/* What D-Bus shows of the value of a leaf gives these octets again, but for the zeros of numbers. */
static void
check_to_variant (OmaFormat format, const uint8_t *data, size_t size)
{
  g_autoptr(OmaValue) value = oma_value_new (format, NULL, data, size), again = NULL;
  g_autoptr(GUnixFDList) descriptors = g_unix_fd_list_new ();
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) variant = oma_value_to_variant (value, descriptors, &error);
  gsize length;
  gconstpointer octets;

  g_assert_no_error (error);
  g_variant_ref_sink (variant);
  g_assert_true (g_variant_is_normal_form (variant));
  if (format == OMA_FORMAT_NODE)
    return;
  again = oma_value_from_variant (variant, &error);
  g_assert_no_error (error);
  octets = oma_value_get_data (again, &length);
  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_INT32))
    g_assert_cmpmem (octets, length, data, size);
}

/* The first octet says of which type, the others are the value. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const types[] = { "s", "i", "b", "ay", "h", "v", "as", "a{sv}", "(sv)", "d" };

  if (size == 0)
    return 0;
  check_to_variant ((OmaFormat) (data[0] % OMA_N_FORMATS), data + 1, size - 1);
  check_from_variant (types[data[0] % G_N_ELEMENTS (types)], data + 1, size - 1);
  return 0;
}

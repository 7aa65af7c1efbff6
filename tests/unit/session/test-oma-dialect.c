/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LocURIs of servers that were written for Windows. */
#include "config.h"

#include "session/oma-dialect.h"

static void
test_scope_of_the_device_is_left_out (void)
{
  static const char *const cases[][2] = {
    { "./Device/Vendor/X", "./Vendor/X" },
    { "./device/Vendor/X?prop=ACL", "./Vendor/X?prop=ACL" },
    { "Device/Vendor/X", "./Vendor/X" },
    { "./Device", "." },
    { "./Device?list=Struct", ".?list=Struct" },
    { "./Vendor/X", "./Vendor/X" },
    { "Vendor/X", "Vendor/X" },
    { "./Devices/X", "./Devices/X" },
    { "./Vendor/Device/X", "./Vendor/Device/X" },
    { "./DevInfo/DevId", "./DevInfo/DevId" },
    { ".", "." },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mapped = NULL;

      g_assert_true (oma_dialect_map_uri (cases[i][0], &mapped));
      g_assert_cmpstr (mapped, ==, cases[i][1]);
    }
}

static void
test_scope_of_a_user_is_refused (void)
{
  static const char *const cases[] = { "./User/Vendor/X", "./user/Vendor/X", "USER/X", "./User" };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mapped = NULL;

      g_assert_false (oma_dialect_map_uri (cases[i], &mapped));
      g_assert_null (mapped);
    }
}

static void
test_no_uri_stays_none (void)
{
  g_autofree char *mapped = NULL;

  g_assert_true (oma_dialect_map_uri (NULL, &mapped));
  g_assert_null (mapped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dialect/scope-of-the-device-is-left-out", test_scope_of_the_device_is_left_out);
  g_test_add_func ("/dialect/scope-of-a-user-is-refused", test_scope_of_a_user_is_refused);
  g_test_add_func ("/dialect/no-uri-stays-none", test_no_uri_stays_none);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dbus-error.h"

#include "agent/oma-agent.h"
#include "base/oma-status.h"

#include <string.h>

#define OURS "org.omadm.Agent1.Error."

static void
add_name (GHashTable *names, GQuark domain, int code)
{
  g_autoptr(GError) error = g_error_new_literal (domain, code, "x");
  const char *name = oma_dbus_error_get_name (error);

  g_test_message ("%s %d: %s", g_quark_to_string (domain), code, name);
  g_assert_true (g_dbus_is_interface_name (name));
  g_assert_true (g_str_has_prefix (name, OURS) || domain == OMA_DBUS_ERROR);
  g_assert_true (g_hash_table_add (names, g_strdup (name)));
}

static void
test_every_error_has_a_name_of_its_own (void)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int code = 300; code < 600; code++)
    if (strcmp (oma_status_get_phrase (code), "Unknown status") != 0)
      add_name (names, OMA_STATUS_ERROR, code);
  for (int i = 0; i < (int) OMA_DBUS_N_ERRORS; i++)
    add_name (names, OMA_DBUS_ERROR, i);
  for (int i = 0; i < (int) OMA_AGENT_N_ERRORS; i++)
    add_name (names, OMA_AGENT_ERROR, i);
  for (int i = 0; i <= OMA_NOTIFICATION_ERROR_REPLAYED; i++)
    add_name (names, OMA_NOTIFICATION_ERROR, i);
  for (int i = 0; i < (int) OMA_SESSION_N_ERRORS; i++)
    add_name (names, OMA_SESSION_ERROR, i);
  for (int i = 0; i < (int) OMA_TRANSPORT_N_ERRORS; i++)
    add_name (names, OMA_TRANSPORT_ERROR, i);
  for (int i = 0; i <= OMA_STORE_ERROR_FAILED; i++)
    add_name (names, OMA_STORE_ERROR, i);
  g_assert_false (g_hash_table_contains (names, OURS "Status"));
}

static void
assert_name (GError *error, const char *name)
{
  g_assert_cmpstr (oma_dbus_error_get_name (error), ==, name);
  g_error_free (error);
}

static void
test_foreign_errors_are_translated (void)
{
  assert_name (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "x"), OURS "DeviceFull");
  assert_name (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "x"), OURS "Cancelled");
  assert_name (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x"), OURS "Failed");
  /* a service that refuses us does not refuse our caller */
  assert_name (g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "x"), OURS "Failed");
  assert_name (g_dbus_error_new_for_dbus_error ("org.example.Error.Odd", "x"), OURS "Failed");
  assert_name (g_error_new_literal (g_quark_from_static_string ("odd"), 7, "x"), OURS "Failed");
  assert_name (g_error_new_literal (OMA_AGENT_ERROR, 4711, "x"), OURS "Failed");
}

static void
test_remote_names_do_not_show (void)
{
  g_autoptr(GError) error = g_dbus_error_new_for_dbus_error ("org.example.Error.Odd", "It is odd");
  g_autofree char *text = oma_dbus_error_dup_message (error);

  g_assert_cmpstr (text, ==, "It is odd");
}

static void
test_unknown_status_tells_its_code (void)
{
  g_autoptr(GError) error = g_error_new_literal (OMA_STATUS_ERROR, 499, "Odd");
  g_autofree char *text = oma_dbus_error_dup_message (error);

  g_assert_cmpstr (oma_dbus_error_get_name (error), ==, OURS "Status");
  g_assert_cmpstr (text, ==, "Status 499: Odd");
}

static void
test_messages_are_utf8 (void)
{
  g_autoptr(GError) error = g_error_new_literal (OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "a\xff" "b");
  g_autofree char *text = oma_dbus_error_dup_message (error);

  g_assert_true (g_utf8_validate (text, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus-error/every-error-has-a-name-of-its-own", test_every_error_has_a_name_of_its_own);
  g_test_add_func ("/dbus-error/foreign-errors-are-translated", test_foreign_errors_are_translated);
  g_test_add_func ("/dbus-error/remote-names-do-not-show", test_remote_names_do_not_show);
  g_test_add_func ("/dbus-error/unknown-status-tells-its-code", test_unknown_status_tells_its_code);
  g_test_add_func ("/dbus-error/messages-are-utf8", test_messages_are_utf8);
  return g_test_run ();
}

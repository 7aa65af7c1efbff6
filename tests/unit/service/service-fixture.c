/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service-fixture.h"

#include "test-bus.h"

#include <string.h>

/* ---- Fixture ---- */

static void
heard_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *path,
          const char *interface G_GNUC_UNUSED, const char *signal, GVariant *parameters, gpointer user_data)
{
  g_autofree char *printed = g_variant_print (parameters, FALSE);

  g_string_append_printf (user_data, "%s %s%s;", path + strlen (OMA_OBJECT_PATH), signal, printed);
}

void
set_up (Fixture *f, gconstpointer use_polkit)
{
  g_autoptr(GError) error = NULL;

  f->bus = test_bus_new ();
  f->connection = test_bus_connect (f->bus);
  f->name = g_dbus_connection_get_unique_name (f->connection);
  f->agent = agent_double_new ();
  f->service = oma_service_new (f->agent, f->connection, GPOINTER_TO_INT (use_polkit));
  g_assert_true (oma_service_start (f->service, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < CLIENTS; i++)
    {
      f->clients[i] = test_bus_connect (f->bus);
      f->heard[i] = g_string_new (NULL);
      g_dbus_connection_signal_subscribe (f->clients[i], f->name, NULL, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                          heard_cb, f->heard[i], NULL);
    }
}

void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  oma_service_stop (f->service);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&f->service);
  for (guint i = 0; i < CLIENTS; i++)
    {
      g_dbus_connection_close_sync (f->clients[i], NULL, NULL);
      g_clear_object (&f->clients[i]);
      g_string_free (f->heard[i], TRUE);
    }
  g_dbus_connection_close_sync (f->connection, NULL, NULL);
  g_clear_object (&f->connection);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (f->agent);
  g_test_dbus_down (f->bus);
  g_clear_object (&f->bus);
}

/* ---- Calls ---- */

void
keep_result (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GVariant *
call_full (Fixture *f, guint client, const char *path, const char *interface, const char *method, GVariant *parameters,
           GUnixFDList *in, GUnixFDList **out, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  g_dbus_connection_call_with_unix_fd_list (f->clients[client], f->name, path, interface, method, parameters, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, -1, in, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_dbus_connection_call_with_unix_fd_list_finish (f->clients[client], out, result, error);
}

/* The answer printed, or the name of the error. */
char *
ask (Fixture *f, const char *path, const char *interface, const char *method, GVariant *parameters)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = call_full (f, 0, path, interface, method, parameters, NULL, NULL, &error);

  if (reply != NULL)
    return g_variant_print (reply, FALSE);
  g_test_message ("%s", error->message);
  return g_dbus_error_get_remote_error (error);
}

void
assert_answer (Fixture *f, const char *path, const char *interface, const char *method, const char *parameters,
               const char *expected)
{
  g_autoptr(GVariant) given = g_variant_ref_sink (g_variant_new_parsed (parameters));
  g_autofree char *answer = ask (f, path, interface, method, given);

  g_test_message ("%s %s.%s%s", path, interface, method, parameters);
  g_assert_cmpstr (answer, ==, expected);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>

/**
 * oma_ctl_parse:
 * @ctl: what verbs share
 * @usage: how the verb is called, for --help
 * @entries: (nullable): its options
 * @argc: (inout): number of arguments
 * @argv: (inout): arguments; what is left are the positional ones from index 1 on
 * @min_arguments: at least so many positional arguments
 * @max_arguments: at most so many, -1 for any number
 *
 * Parses the options of a verb.
 *
 * Returns: %TRUE, or %FALSE when the usage was wrong and an error was printed
 */
gboolean
oma_ctl_parse (OmaCtl *ctl, const char *usage, const GOptionEntry *entries, int *argc, char ***argv, int min_arguments,
               int max_arguments)
{
  g_autoptr(GOptionContext) context = g_option_context_new (usage);
  /* Also behind the verb, where people look for it. */
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl->json, N_("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL
  };
  gboolean json = ctl->json;
  g_autoptr(GError) error = NULL;

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, common, GETTEXT_PACKAGE);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      ctl->json = json;
      oma_ctl_fail_usage (ctl, "%s", error->message);
      return FALSE;
    }
  /* A "--" that kept arguments from being options is none itself. */
  if (*argc > 1 && g_str_equal ((*argv)[1], "--"))
    {
      (*argv)[1] = (*argv)[0];
      (*argv)++;
      (*argc)--;
    }
  if (*argc - 1 < min_arguments || (max_arguments >= 0 && *argc - 1 > max_arguments))
    {
      oma_ctl_fail_usage (ctl, _("usage: omadmctl %s"), usage);
      return FALSE;
    }
  return TRUE;
}

/**
 * oma_ctl_connect:
 * @ctl: what verbs share
 * @error: return location for a #GIOErrorEnum
 *
 * Connects to the bus, unless that is done.
 *
 * Returns: %TRUE when there is a connection
 */
gboolean
oma_ctl_connect (OmaCtl *ctl, GError **error)
{
  if (ctl->connection == NULL && ctl->address != NULL)
    ctl->connection = g_dbus_connection_new_for_address_sync (
      ctl->address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, error);
  else if (ctl->connection == NULL)
    ctl->connection = g_bus_get_sync (ctl->session_bus ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, error);
  ctl->no_bus = ctl->connection == NULL;
  return !ctl->no_bus;
}

/**
 * oma_ctl_call:
 * @ctl: what verbs share
 * @interface: interface on the service's object
 * @method: the method
 * @parameters: (nullable): its arguments, a floating reference is taken
 * @reply_type: (nullable): type of the reply, %NULL for any
 * @in: (nullable): descriptors of the arguments
 * @out: (out) (optional) (nullable): descriptors of the reply
 * @error: return location for the service's or the bus's error, the remote name stripped
 *
 * Calls the service and waits; polkit may ask the user, so there is no time limit.
 *
 * Returns: (transfer full): the reply, or %NULL
 */
GVariant *
oma_ctl_call (OmaCtl *ctl, const char *interface, const char *method, GVariant *parameters, const char *reply_type,
              GUnixFDList *in, GUnixFDList **out, GError **error)
{
  if (!oma_ctl_connect (ctl, error))
    return NULL;
  return g_dbus_connection_call_with_unix_fd_list_sync (
    ctl->connection, OMA_CTL_BUS_NAME, OMA_CTL_PATH, interface, method, parameters,
    reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
    G_MAXINT, in, out, NULL, error);
}

static void
print_error (OmaCtl *ctl, const char *name, const char *message)
{
  if (ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "error");
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, name);
      json_builder_set_member_name (builder, "message");
      json_builder_add_string_value (builder, message);
      json_builder_end_object (builder);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
    }
  else
    g_printerr ("omadmctl: %s\n", message);
}

/**
 * oma_ctl_fail:
 * @ctl: what verbs share
 * @error: an error of a call, a file or a session
 *
 * Prints why it failed: on standard error, or as JSON.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_fail (OmaCtl *ctl, const GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error (error);
  g_autoptr(GError) stripped = g_error_copy (error);
  gboolean went_away = g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
  gboolean no_service = ctl->no_bus || went_away ||
                        g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
                        g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER);

  g_dbus_error_strip_remote_error (stripped);
  if (name == NULL)
    name = g_strdup (g_quark_to_string (error->domain));
  if (!no_service || ctl->no_bus)
    print_error (ctl, name, stripped->message);
  else
    print_error (ctl, name, went_away ? _("omadmd went away before it answered")
                                      : _("omadmd does not run and cannot be started"));
  return no_service ? OMA_CTL_NO_SERVICE : OMA_CTL_FAILED;
}

/**
 * oma_ctl_fail_usage:
 * @ctl: what verbs share
 * @format: what is wrong with the arguments
 * @...: arguments of @format
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_fail_usage (OmaCtl *ctl, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  print_error (ctl, "usage", message);
  return OMA_CTL_USAGE;
}

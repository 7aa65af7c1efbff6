/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-daemon.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SYSTEM_BUS_SOCKET "/run/dbus/system_bus_socket"
#define OLD_SYSTEM_BUS_SOCKET "/var/run/dbus/system_bus_socket"

/**
 * oma_daemon_options_clear:
 * @options: the command line
 */
void
oma_daemon_options_clear (OmaDaemonOptions *options)
{
  g_free (options->bus_address);
  g_free (options->config_dir);
  g_free (options->state_dir);
  g_free (options->plugin_dir);
  memset (options, 0, sizeof *options);
}

/**
 * oma_daemon_options_parse:
 * @options: (out): the command line
 * @argc: how many arguments
 * @argv: the arguments, in the locale's encoding
 * @error: return location for a %G_OPTION_ERROR
 *
 * Returns: %TRUE, or %FALSE when the arguments are not those of omadmd(8)
 */
gboolean
oma_daemon_options_parse (OmaDaemonOptions *options, int argc, char **argv, GError **error)
{
  g_autoptr(GOptionContext) context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
    { "session-bus", 0, 0, G_OPTION_ARG_NONE, &options->session_bus, _("Serve on the session bus"), NULL },
    { "bus-address", 0, 0, G_OPTION_ARG_STRING, &options->bus_address, _("Serve on the bus at this address"),
      _("ADDRESS") },
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->config_dir, _("Directory of the configuration"), _("DIR") },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir, _("Directory of the stored nodes"), _("DIR") },
    { "plugin-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->plugin_dir,
      _("Directory of the plugins"), _("DIR") },
    { "no-polkit", 0, 0, G_OPTION_ARG_NONE, &options->no_polkit, _("Let everybody on the bus do everything, for tests"),
      NULL },
    { "debug", 0, 0, G_OPTION_ARG_NONE, &options->debug, _("Log debug messages"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, _("Print the version and exit"), NULL },
    { NULL },
  };

  memset (options, 0, sizeof *options);
  g_option_context_set_summary (context, _("Lets a management server manage this machine over OMA Device Management."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("There is an argument too many: %s"), argv[1]);
      return FALSE;
    }
  if (options->session_bus && options->bus_address != NULL)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           _("--session-bus and --bus-address exclude each other"));
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_file (const char *a, const char *b)
{
  GStatBuf status_a;
  GStatBuf status_b;

  if (strcmp (a, b) == 0)
    return TRUE;
  return g_stat (a, &status_a) == 0 && g_stat (b, &status_b) == 0 && status_a.st_dev == status_b.st_dev &&
         status_a.st_ino == status_b.st_ino;
}

/* One of the addresses that @address lists leads to the system bus, by whatever name. */
static gboolean
is_system_bus (const char *address)
{
  g_auto(GStrv) entries = g_strsplit (address, ";", -1);

  for (char **entry = entries; *entry != NULL; entry++)
    {
      g_auto(GStrv) pairs = NULL;

      if (!g_str_has_prefix (*entry, "unix:"))
        continue;
      pairs = g_strsplit (*entry + strlen ("unix:"), ",", -1);
      for (char **pair = pairs; *pair != NULL; pair++)
        {
          g_autofree char *path =
            g_str_has_prefix (*pair, "path=") ? g_uri_unescape_string (*pair + strlen ("path="), NULL) : NULL;

          if (path != NULL && (is_same_file (path, SYSTEM_BUS_SOCKET) || is_same_file (path, OLD_SYSTEM_BUS_SOCKET)))
            return TRUE;
        }
    }
  return FALSE;
}

/**
 * oma_daemon_options_check:
 * @options: the command line
 * @uid: the user
 * @error: return location for a %G_OPTION_ERROR
 *
 * Without polkit whoever is on the bus is as good as the administrator.  That is for tests:
 * neither root nor the machine's own bus get it.
 *
 * Returns: %TRUE, or %FALSE with %G_OPTION_ERROR_FAILED when --no-polkit is refused
 */
gboolean
oma_daemon_options_check (const OmaDaemonOptions *options, guint uid, GError **error)
{
  g_autofree char *address = NULL;

  if (!options->no_polkit)
    return TRUE;
  if (uid == 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("--no-polkit is refused to root"));
      return FALSE;
    }
  if (options->session_bus)
    address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  else
    address = g_strdup (options->bus_address);
  if ((!options->session_bus && options->bus_address == NULL) || (address != NULL && is_system_bus (address)))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, _("--no-polkit is refused on the system bus"));
      return FALSE;
    }
  return TRUE;
}

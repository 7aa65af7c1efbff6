/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-daemon.h"
#include "agent/oma-log.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The memory holds secrets, from the first one on: it is neither dumped nor looked into unless the configuration says
 * so, and no file is for others. */
static void
close_up (void)
{
  umask (077);
  oma_daemon_set_dumpable (FALSE);
}

int
main (int argc, char **argv)
{
  g_auto(OmaDaemonOptions) options = { 0 };
  g_autoptr(GError) error = NULL;

  close_up ();
  /* Libraries look for the settings of a desktop; a daemon has none, nor a home for them. */
  g_setenv ("GSETTINGS_BACKEND", "memory", FALSE);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!oma_daemon_options_parse (&options, argc, argv, &error) ||
      !oma_daemon_options_check (&options, geteuid (), &error))
    {
      fprintf (stderr, "omadmd: %s\n", error->message);
      return OMA_EXIT_USAGE;
    }
  if (options.version)
    {
      printf ("omadmd %s\n", OMADM_VERSION);
      return OMA_EXIT_OK;
    }
  oma_log_init (options.debug);
  return oma_daemon_run (&options);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>

static OmaCtlExit
plugin_reset (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  if (!oma_ctl_parse (ctl, "plugin reset NAME", NULL, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ResetPlugin", g_variant_new ("(s)", argv[1]), "()", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (ctl->json)
    puts ("{}");
  else
    printf (_("If plugin %s was left out, it is loaded when omadmd starts the next time.\n"), argv[1]);
  return OMA_CTL_OK;
}

/**
 * oma_ctl_plugin:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments, the second names what to do
 *
 * The verb plugin reset: lets in again a plugin that took the daemon down.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_plugin (OmaCtl *ctl, int argc, char **argv)
{
  if (argc > 1 && g_str_equal (argv[1], "reset"))
    return plugin_reset (ctl, argc - 1, argv + 1);
  return oma_ctl_fail_usage (ctl, _("usage: omadmctl plugin reset NAME"));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>

static OmaCtlExit
call_for_unit (OmaCtl *ctl, const char *usage, const char *method, const char *done, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  guint64 id;

  if (!oma_ctl_parse (ctl, usage, NULL, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  if (!g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXINT64, &id, &error))
    return oma_ctl_fail_usage (ctl, "%s", error->message);
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, method, g_variant_new ("(t)", id), "()", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (ctl->json)
    puts ("{}");
  else
    puts (done);
  return OMA_CTL_OK;
}

/**
 * oma_ctl_unit:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments, the second names what to do
 *
 * The verbs unit retry and unit forget: what becomes of a unit of work that could not be undone.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_unit (OmaCtl *ctl, int argc, char **argv)
{
  if (argc > 1 && g_str_equal (argv[1], "retry"))
    return call_for_unit (ctl, "unit retry ID", "RetryUndo", _("It is undone."), argc - 1, argv + 1);
  if (argc > 1 && g_str_equal (argv[1], "forget"))
    return call_for_unit (ctl, "unit forget ID", "ForgetUnit", _("It is forgotten; what it changed stays."), argc - 1,
                          argv + 1);
  return oma_ctl_fail_usage (ctl, _("usage: omadmctl unit retry|forget ID"));
}

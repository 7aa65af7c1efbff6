/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

static void
print_uris_json (char **uris)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (char **uri = uris; *uri != NULL; uri++)
    json_builder_add_string_value (builder, *uri);
  json_builder_end_array (builder);
  oma_ctl_json_print (builder, TRUE);
}

/**
 * oma_ctl_find:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb find: where the instances of a management object are.
 *
 * Returns: 0, or 1 when there is none
 */
OmaCtlExit
oma_ctl_find (OmaCtl *ctl, int argc, char **argv)
{
  gboolean fetch = FALSE;
  const GOptionEntry entries[] = {
    { "fetch", 0, 0, G_OPTION_ARG_NONE, &fetch, N_("When there is none, get it from where a server said"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_auto(GStrv) uris = NULL;

  if (!oma_ctl_parse (ctl, "find MOID", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_TREE, fetch ? "FetchObjects" : "FindObjects", g_variant_new ("(s)", argv[1]),
                        "(as)", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_get (reply, "(^as)", &uris);
  if (ctl->json)
    print_uris_json (uris);
  else
    for (char **uri = uris; *uri != NULL; uri++)
      {
        g_autofree char *shown = oma_ctl_printable (*uri, strlen (*uri));

        puts (shown);
      }
  return uris[0] != NULL ? OMA_CTL_OK : OMA_CTL_FAILED;
}

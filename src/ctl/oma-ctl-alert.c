/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

/* ---- alert ---- */

typedef struct {
  char    *account;
  char    *data;
  char    *texts[5];     /* of text_keys */
  int      code;
  gboolean sync;
} Raise;

static const char *const text_keys[] = { "format", "mark", "source", "target", "correlator" };

G_STATIC_ASSERT (G_N_ELEMENTS (text_keys) == G_N_ELEMENTS (((Raise *) NULL)->texts));

static GVariant *
make_parameters (const Raise *raise, const char *type)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  for (gsize i = 0; i < G_N_ELEMENTS (text_keys); i++)
    if (raise->texts[i] != NULL)
      g_variant_builder_add (&options, "{sv}", text_keys[i], g_variant_new_string (raise->texts[i]));
  if (raise->code != 0)
    g_variant_builder_add (&options, "{sv}", "code", g_variant_new_uint32 (raise->code));
  if (raise->sync)
    g_variant_builder_add (&options, "{sv}", "sync", g_variant_new_boolean (TRUE));
  return g_variant_new ("(ssva{sv})", raise->account != NULL ? raise->account : "", type,
                        g_variant_new_string (raise->data != NULL ? raise->data : ""), &options);
}

static void
raise_clear (Raise *raise)
{
  for (gsize i = 0; i < G_N_ELEMENTS (raise->texts); i++)
    g_free (raise->texts[i]);
  g_free (raise->account);
  g_free (raise->data);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raise, raise_clear)

/**
 * oma_ctl_alert:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb alert: raises an alert to a server, and prints its number.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_alert (OmaCtl *ctl, int argc, char **argv)
{
  g_auto(Raise) raise = { NULL };
  const GOptionEntry entries[] = {
    { "account", 'a', 0, G_OPTION_ARG_STRING, &raise.account, N_("The account whose server is told"), N_("ACCOUNT") },
    { "data", 'd', 0, G_OPTION_ARG_STRING, &raise.data, N_("What there is to tell"), N_("TEXT") },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &raise.texts[0], N_("Format of the data"), N_("FORMAT") },
    { "mark", 'm', 0, G_OPTION_ARG_STRING, &raise.texts[1], N_("How important it is"), N_("MARK") },
    { "source", 's', 0, G_OPTION_ARG_STRING, &raise.texts[2], N_("The node that it is about"), N_("URI") },
    { "target", 't', 0, G_OPTION_ARG_STRING, &raise.texts[3], N_("A second node"), N_("URI") },
    { "correlator", 'c', 0, G_OPTION_ARG_STRING, &raise.texts[4], N_("Correlator of a command"), N_("TEXT") },
    { "code", 0, 0, G_OPTION_ARG_INT, &raise.code, N_("1226 (generic alert) or 1224 (client event)"), N_("CODE") },
    { "sync", 0, 0, G_OPTION_ARG_NONE, &raise.sync, N_("Start a session for it"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  gint64 id;

  if (!oma_ctl_parse (ctl, "alert TYPE", entries, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "RaiseAlert", make_parameters (&raise, argv[1]), "(x)", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  g_variant_get (reply, "(x)", &id);
  if (ctl->json)
    printf ("{ \"id\" : %" G_GINT64_FORMAT " }\n", id);
  else
    printf ("%" G_GINT64_FORMAT "\n", id);
  return OMA_CTL_OK;
}

/* ---- alerts ---- */

static void
print_alert_line (OmaCtl *ctl, GVariant *properties)
{
  const char *server = "*", *type = "", *state = "", *source = "";
  gint64 id = 0, time = 0;
  g_autofree char *when = NULL, *safe_type = NULL, *safe_source = NULL;

  g_variant_lookup (properties, "Id", "x", &id);
  g_variant_lookup (properties, "Time", "x", &time);
  g_variant_lookup (properties, "ServerId", "&s", &server);
  g_variant_lookup (properties, "Type", "&s", &type);
  g_variant_lookup (properties, "State", "&s", &state);
  g_variant_lookup (properties, "Source", "&s", &source);
  when = oma_ctl_time (time);
  safe_type = oma_ctl_printable (type, strlen (type));
  safe_source = oma_ctl_printable (source, strlen (source));
  printf ("%6" G_GINT64_FORMAT "  %s  %-20s  ", id, when, server);
  oma_ctl_print (ctl, g_str_equal (state, "pending") ? OMA_CTL_DIM : OMA_CTL_PLAIN, "%-7s", state);
  printf ("  %s  %s\n", safe_type, safe_source);
}

static OmaCtlExit
drop_alert (OmaCtl *ctl, gint64 id)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "DropAlert", g_variant_new ("(x)", id), "()", NULL,
                                            NULL, &error);

  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (ctl->json)
    puts ("{}");
  return OMA_CTL_OK;
}

static OmaCtlExit
list_alerts (OmaCtl *ctl)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListAlerts", NULL, "(aa{sv})", NULL, NULL, &error);

  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (!ctl->json)
    oma_ctl_print (ctl, OMA_CTL_BOLD, "%6s  %-19s  %-20s  %-7s  %s  %s\n", _("ID"), _("RAISED"), _("SERVER"),
                   _("STATE"), _("TYPE"), _("SOURCE"));
  oma_ctl_print_list (ctl, reply, print_alert_line);
  return OMA_CTL_OK;
}

/**
 * oma_ctl_alerts:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb alerts: lists the alerts that wait for their servers, or drops one.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_alerts (OmaCtl *ctl, int argc, char **argv)
{
  gint64 drop = 0;
  const GOptionEntry entries[] = {
    { "drop", 0, 0, G_OPTION_ARG_INT64, &drop, N_("Forget this alert"), N_("ID") },
    G_OPTION_ENTRY_NULL
  };

  if (!oma_ctl_parse (ctl, "alerts", entries, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  return drop != 0 ? drop_alert (ctl, drop) : list_alerts (ctl);
}

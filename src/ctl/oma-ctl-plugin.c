/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#define NODES_TYPE "a(ssasbsas)"
#define PROGRESS_TYPE "a(sus)"

/* ---- list ---- */

static const char *
state_text (const char *state)
{
  if (g_str_equal (state, "loaded"))
    return _("loaded");
  if (g_str_equal (state, "failed"))
    return _("failed");
  return g_str_equal (state, "left-out") ? _("left out") : state;
}

static OmaCtlStyle
state_style (const char *state)
{
  return g_str_equal (state, "loaded") ? OMA_CTL_PLAIN : OMA_CTL_BAD;
}

static char *
dup_texts (GVariant *properties, const char *key)
{
  g_autofree const char **texts = NULL;

  g_variant_lookup (properties, key, "^a&s", &texts);
  return texts != NULL ? g_strjoinv (" ", (char **) texts) : g_strdup ("");
}

static void
print_plugin_line (OmaCtl *ctl, GVariant *properties)
{
  const char *name = "", *version = "-", *state = "", *reason = NULL;
  g_autofree char *uris = dup_texts (properties, "Uris"), *shown = NULL;

  g_variant_lookup (properties, "Name", "&s", &name);
  g_variant_lookup (properties, "Version", "&s", &version);
  g_variant_lookup (properties, "State", "&s", &state);
  g_variant_lookup (properties, "Reason", "&s", &reason);
  shown = reason != NULL ? oma_ctl_printable (reason, strlen (reason)) : g_steal_pointer (&uris);
  printf ("%-20s  %-10s  ", name, version);
  oma_ctl_print (ctl, state_style (state), "%-9s", state_text (state));
  printf ("  %s\n", shown);
}

static OmaCtlExit
plugin_list (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  if (!oma_ctl_parse (ctl, "plugin list", NULL, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListPlugins", NULL, "(aa{sv})", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (!ctl->json)
    oma_ctl_print (ctl, OMA_CTL_BOLD, "%-20s  %-10s  %-9s  %s\n", _("NAME"), _("VERSION"), _("STATE"),
                   _("NODES OR REASON"));
  oma_ctl_print_list (ctl, reply, print_plugin_line);
  return OMA_CTL_OK;
}

/* ---- show ---- */

static void
print_text (GVariant *plugin, const char *key, const char *label)
{
  const char *text;

  if (g_variant_lookup (plugin, key, "&s", &text))
    {
      g_autofree char *shown = oma_ctl_printable (text, strlen (text));

      printf ("  %s: %s\n", label, shown);
    }
}

/* @otherwise: (nullable): what stands for an empty list; without it there is no line then */
static void
print_texts (GVariant *plugin, const char *key, const char *label, const char *otherwise)
{
  g_autofree char *texts = dup_texts (plugin, key);

  if (*texts != '\0' || otherwise != NULL)
    printf ("  %s: %s\n", label, *texts != '\0' ? texts : otherwise);
}

static void
print_troubles (OmaCtl *ctl, GVariant *plugin)
{
  guint crashes = 0, failures = 0;
  gint64 last_crash = 0, last_failure = 0;
  gint32 number = 0;
  g_autofree char *crashed = NULL, *failed = NULL;

  g_variant_lookup (plugin, "Crashes", "u", &crashes);
  g_variant_lookup (plugin, "LastCrash", "x", &last_crash);
  g_variant_lookup (plugin, "CrashSignal", "i", &number);
  g_variant_lookup (plugin, "Failures", "u", &failures);
  g_variant_lookup (plugin, "LastFailure", "x", &last_failure);
  crashed = oma_ctl_time (last_crash);
  failed = oma_ctl_time (last_failure);
  if (crashes > 0)
    oma_ctl_print (ctl, OMA_CTL_BAD, _("  Crashes of the daemon: %u, last on %s by signal %d (%s)\n"), crashes, crashed,
                   number, g_strsignal (number));
  if (failures > 0)
    printf (_("  Operations that failed since the daemon started: %u, last on %s\n"), failures, failed);
  print_text (plugin, "LastError", _("Last error"));
}

static void
print_progress (GVariant *plugin)
{
  g_autoptr(GVariant) progress = g_variant_lookup_value (plugin, "Progress", G_VARIANT_TYPE (PROGRESS_TYPE));
  GVariantIter iter;
  const char *uri, *message;
  guint percent;

  if (progress == NULL)
    return;
  g_variant_iter_init (&iter, progress);
  while (g_variant_iter_loop (&iter, "(&su&s)", &uri, &percent, &message))
    {
      g_autofree char *shown = oma_ctl_printable (message, strlen (message));

      printf ("  %s: %s %u %%%s%s\n", _("Under way"), uri, percent, *shown != '\0' ? ", " : "", shown);
    }
}

static void
print_nodes (OmaCtl *ctl, GVariant *plugin)
{
  g_autoptr(GVariant) nodes = g_variant_lookup_value (plugin, "Nodes", G_VARIANT_TYPE (NODES_TYPE));
  GVariantIter iter;
  const char *uri, *format, *handler;
  gboolean served;
  const char **access, **flags;

  if (nodes == NULL || g_variant_n_children (nodes) == 0)
    return;
  oma_ctl_print (ctl, OMA_CTL_BOLD, "%s\n", _("Nodes"));
  g_variant_iter_init (&iter, nodes);
  while (g_variant_iter_loop (&iter, "(&s&s^a&sb&s^a&s)", &uri, &format, &access, &served, &handler, &flags))
    {
      g_autofree char *rights = g_strjoinv (",", (char **) access);
      g_autofree char *marks = g_strjoinv (", ", (char **) flags);

      oma_ctl_print (ctl, served ? OMA_CTL_PLAIN : OMA_CTL_DIM, "  %s  %s  %s", uri, format, rights);
      if (!served)
        oma_ctl_print (ctl, OMA_CTL_DIM, _("  (no handler)"));
      printf ("%s%s\n", *marks != '\0' ? "  " : "", marks);
    }
}

static void
print_plugin (OmaCtl *ctl, GVariant *plugin)
{
  const char *name = "", *version = "", *state = "";
  gboolean transactions = FALSE;

  g_variant_lookup (plugin, "Name", "&s", &name);
  g_variant_lookup (plugin, "Version", "&s", &version);
  g_variant_lookup (plugin, "State", "&s", &state);
  g_variant_lookup (plugin, "Transactions", "b", &transactions);
  oma_ctl_print (ctl, OMA_CTL_BOLD, "%s%s%s", name, *version != '\0' ? " " : "", version);
  printf (": ");
  oma_ctl_print (ctl, state_style (state), "%s\n", state_text (state));
  print_text (plugin, "Reason", _("Reason"));
  print_text (plugin, "File", _("File"));
  print_text (plugin, "Abi", _("Plugin ABI"));
  if (g_str_equal (state, "loaded"))
    {
      print_texts (plugin, "Uris", _("Serves"), NULL);
      printf ("  %s: %s\n", _("Transactions"), transactions ? _("yes") : _("no"));
    }
  if (!g_str_equal (state, "left-out"))
    {
      print_texts (plugin, "BusNames", _("Services that it may use"), _("none"));
      print_texts (plugin, "Actions", _("Polkit actions that it needs"), _("none"));
    }
  print_progress (plugin);
  print_troubles (ctl, plugin);
  print_nodes (ctl, plugin);
}

static void
print_json (GVariant *plugin)
{
  static const char *const node[] = { "uri", "format", "access", "served", "handler", "flags" };
  static const char *const progress[] = { "uri", "percent", "message" };
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  g_autoptr(GVariant) simple = NULL;
  GVariantDict plain;

  g_variant_dict_init (&plain, plugin);
  g_variant_dict_remove (&plain, "Nodes");
  g_variant_dict_remove (&plain, "Progress");
  simple = g_variant_ref_sink (g_variant_dict_end (&plain));
  json_builder_begin_object (builder);
  oma_ctl_json_properties (builder, simple);
  oma_ctl_json_list (builder, plugin, "Progress", PROGRESS_TYPE, progress);
  oma_ctl_json_list (builder, plugin, "Nodes", NODES_TYPE, node);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, TRUE);
}

static OmaCtlExit
plugin_show (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL, plugin = NULL;

  if (!oma_ctl_parse (ctl, "plugin show NAME", NULL, &argc, &argv, 1, 1))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "GetPlugin", g_variant_new ("(s)", argv[1]), "(a{sv})", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  plugin = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    print_json (plugin);
  else
    print_plugin (ctl, plugin);
  return OMA_CTL_OK;
}

/* ---- reset ---- */

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
 * The verbs plugin list, show and reset.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_plugin (OmaCtl *ctl, int argc, char **argv)
{
  static const struct {
    const char *name;
    OmaCtlRun   run;
  } subverbs[] = {
    { "list", plugin_list },
    { "show", plugin_show },
    { "reset", plugin_reset },
  };

  for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS (subverbs); i++)
    if (g_str_equal (argv[1], subverbs[i].name))
      return subverbs[i].run (ctl, argc - 1, argv + 1);
  return oma_ctl_fail_usage (ctl, _("usage: omadmctl plugin list|show|reset"));
}

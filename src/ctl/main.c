/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
  const char *name;
  OmaCtlRun   run;
  const char *arguments;
  const char *description;
} verbs[] = {
  { "status", oma_ctl_status, "", N_("What the daemon has to say of itself") },
  { "tree", oma_ctl_tree, "[URI]", N_("Show a subtree with its values") },
  { "get", oma_ctl_get, "URI", N_("Print a value, the names of children, or a property") },
  { "set", oma_ctl_set, "URI VALUE", N_("Replace a value or a property") },
  { "add", oma_ctl_add, "URI [VALUE]", N_("Make a node") },
  { "delete", oma_ctl_delete, "URI", N_("Delete a node with all below it") },
  { "exec", oma_ctl_exec, "URI [ARGUMENT]", N_("Run a node") },
  { "find", oma_ctl_find, "MOID", N_("Show where a management object is") },
  { "sync", oma_ctl_sync, "[ACCOUNT]", N_("Run a session with a server and wait for its end") },
  { "sessions", oma_ctl_sessions, "", N_("List sessions") },
  { "monitor", oma_ctl_monitor, "", N_("Show the messages of sessions as they go") },
  { "watch", oma_ctl_watch, "[URI]...", N_("Show what changes in the tree") },
  { "agent", oma_ctl_agent, "", N_("Answer what servers ask, on this terminal") },
  { "account", oma_ctl_account, "add|list|show|remove", N_("Accounts with servers") },
  { "bootstrap", oma_ctl_bootstrap, "FILE|URL", N_("Make an account of a bootstrap document") },
  { "notify", oma_ctl_notify, "FILE|-", N_("Hand in a notification of a server") },
  { "alert", oma_ctl_alert, "TYPE", N_("Raise an alert to a server") },
  { "alerts", oma_ctl_alerts, "", N_("List the alerts that wait for their servers") },
  { "plugin", oma_ctl_plugin, "list|show|reset", N_("Plugins of the daemon") },
  { "unit", oma_ctl_unit, "retry|forget ID", N_("Undo or forget what could not be undone") },
};

static char *
describe_verbs (void)
{
  GString *text = g_string_new (_("Verbs:"));

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "\n  %-9s %-22s %s", verbs[i].name, verbs[i].arguments, _(verbs[i].description));
  g_string_append (text, _("\n\nomadmctl VERB --help tells the options of a verb."));
  return g_string_free (text, FALSE);
}

static OmaCtlExit
run_verb (OmaCtl *ctl, int argc, char **argv)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (argv[0], verbs[i].name))
      return verbs[i].run (ctl, argc, argv);
  return oma_ctl_fail_usage (ctl, _("unknown verb %s; see omadmctl --help"), argv[0]);
}

/* Wrong arguments are told as JSON too, though parsing them then takes back what it had found. */
static gboolean
has_json_option (char **argv)
{
  for (char **argument = argv; *argument != NULL && !g_str_equal (*argument, "--"); argument++)
    if (g_str_equal (*argument, "--json"))
      return TRUE;
  return FALSE;
}

int
main (int argc, char **argv)
{
  gboolean show_version = FALSE;
  gboolean json;
  OmaCtl ctl = { 0 };
  const GOptionEntry entries[] = {
    { "session-bus", 0, 0, G_OPTION_ARG_NONE, &ctl.session_bus, N_("Use the session bus"), NULL },
    { "bus-address", 0, 0, G_OPTION_ARG_STRING, &ctl.address, N_("Use the bus at this address"), N_("ADDRESS") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.json, N_("Print JSON"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, N_("Print the version"), NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GOptionContext) context = NULL;
  g_autofree char *description = NULL;
  g_autoptr(GError) error = NULL;
  OmaCtlExit status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  json = ctl.json = has_json_option (argv);
  context = g_option_context_new (_("VERB ..."));
  description = describe_verbs ();
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_description (context, description);
  /* What stands behind the verb is the verb's. */
  g_option_context_set_strict_posix (context, TRUE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      ctl.json = json;
      return oma_ctl_fail_usage (&ctl, "%s", error->message);
    }
  if (show_version)
    {
      printf ("omadmctl %s\n", OMADM_VERSION);
      return OMA_CTL_OK;
    }
  if (argc < 2)
    {
      g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);

      fputs (help, stderr);
      return OMA_CTL_USAGE;
    }

  ctl.colour = isatty (STDOUT_FILENO) && g_getenv ("NO_COLOR") == NULL && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  status = run_verb (&ctl, argc - 1, argv + 1);
  g_clear_object (&ctl.connection);
  g_free (ctl.address);
  return status;
}

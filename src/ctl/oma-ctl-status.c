/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib/gi18n.h>
#include <stdio.h>

static void
print_plugins (OmaCtl *ctl, GVariant *status)
{
  g_autoptr(GVariant) plugins = g_variant_lookup_value (status, "plugins", G_VARIANT_TYPE ("a(ssssas)"));
  GVariantIter iter;
  const char *name, *version, *state, *reason;
  char **uris;

  if (plugins == NULL || g_variant_n_children (plugins) == 0)
    return;
  oma_ctl_print (ctl, OMA_CTL_BOLD, _("Plugins\n"));
  g_variant_iter_init (&iter, plugins);
  while (g_variant_iter_loop (&iter, "(&s&s&s&s^as)", &name, &version, &state, &reason, &uris))
    {
      g_autofree char *served = g_strjoinv (" ", uris);
      gboolean loaded = g_str_equal (state, "loaded");
      gboolean left_out = g_str_equal (state, "left-out");

      /* Of what was not even opened no version is known. */
      printf ("  %s%s%s: ", name, *version != '\0' ? " " : "", version);
      oma_ctl_print (ctl, loaded ? OMA_CTL_PLAIN : OMA_CTL_BAD, "%s", left_out ? _("left out") : state);
      printf ("%s%s\n", loaded ? " " : left_out ? ": " : ", ", loaded ? served : reason);
    }
}

static void
print_units (OmaCtl *ctl, GVariant *status)
{
  g_autoptr(GVariant) units = g_variant_lookup_value (status, "units", G_VARIANT_TYPE ("a(tssxusu)"));
  GVariantIter iter;
  guint64 id;
  const char *state, *server, *error;
  gint64 time;
  guint attempts, changes;

  if (units == NULL || g_variant_n_children (units) == 0)
    return;
  oma_ctl_print (ctl, OMA_CTL_BOLD, _("Units of work that are to be undone\n"));
  g_variant_iter_init (&iter, units);
  while (g_variant_iter_loop (&iter, "(t&s&sxu&su)", &id, &state, &server, &time, &attempts, &error, &changes))
    {
      g_autofree char *when = oma_ctl_time (time);

      printf ("  %" G_GUINT64_FORMAT ": ", id);
      oma_ctl_print (ctl, OMA_CTL_BAD, "%s", state);
      printf (_(", of %s, begun %s, %u changes left, failed %u times"), *server != '\0' ? server : _("this device"), when,
              changes, attempts);
      printf ("%s%s\n", *error != '\0' ? ": " : "", error);
    }
}

static void
print_pairs (OmaCtl *ctl, GVariant *status, const char *key, const char *heading)
{
  g_autoptr(GVariant) pairs = g_variant_lookup_value (status, key, G_VARIANT_TYPE ("a(ss)"));
  GVariantIter iter;
  const char *what, *reason;

  if (pairs == NULL || g_variant_n_children (pairs) == 0)
    return;
  oma_ctl_print (ctl, OMA_CTL_BOLD, "%s\n", heading);
  g_variant_iter_init (&iter, pairs);
  while (g_variant_iter_loop (&iter, "(&s&s)", &what, &reason))
    printf ("  %s: %s\n", what, reason);
}

static void
print_status (OmaCtl *ctl, GVariant *status)
{
  const char *version = "", *device_id = "";
  guint nodes = 0, accounts = 0, sessions = 0;

  g_variant_lookup (status, "version", "&s", &version);
  g_variant_lookup (status, "device-id", "&s", &device_id);
  g_variant_lookup (status, "nodes", "u", &nodes);
  g_variant_lookup (status, "accounts", "u", &accounts);
  g_variant_lookup (status, "sessions", "u", &sessions);
  printf (_("omadmd %s, device %s\n"), version, *device_id != '\0' ? device_id : "?");
  printf (_("%u stored nodes, %u accounts, %u sessions running\n"), nodes, accounts, sessions);
  print_plugins (ctl, status);
  print_units (ctl, status);
  print_pairs (ctl, status, "refused-ddf", _("DDF files that were refused"));
  print_pairs (ctl, status, "aside", _("Stored nodes that fit no DDF now and are kept aside"));
}

static void
print_json (GVariant *status)
{
  static const char *const plugin[] = { "name", "version", "state", "reason", "uris" };
  static const char *const unit[] = { "id", "state", "server-id", "time", "attempts", "error", "changes" };
  static const char *const refused[] = { "file", "reason" };
  static const char *const aside[] = { "uri", "reason" };
  g_autoptr(JsonBuilder) builder = json_builder_new ();
  GVariantDict plain;

  g_variant_dict_init (&plain, status);
  g_variant_dict_remove (&plain, "plugins");
  g_variant_dict_remove (&plain, "units");
  g_variant_dict_remove (&plain, "refused-ddf");
  g_variant_dict_remove (&plain, "aside");
  g_autoptr(GVariant) simple = g_variant_ref_sink (g_variant_dict_end (&plain));

  json_builder_begin_object (builder);
  oma_ctl_json_properties (builder, simple);
  oma_ctl_json_list (builder, status, "plugins", "a(ssssas)", plugin);
  oma_ctl_json_list (builder, status, "units", "a(tssxusu)", unit);
  oma_ctl_json_list (builder, status, "refused-ddf", "a(ss)", refused);
  oma_ctl_json_list (builder, status, "aside", "a(ss)", aside);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, TRUE);
}

/**
 * oma_ctl_status:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb status: what the daemon has to say of itself.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_status (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL, status = NULL;

  if (!oma_ctl_parse (ctl, "status", NULL, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "GetStatus", NULL, "(a{sv})", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  status = g_variant_get_child_value (reply, 0);
  if (ctl->json)
    print_json (status);
  else
    print_status (ctl, status);
  return OMA_CTL_OK;
}

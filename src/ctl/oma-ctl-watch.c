/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  OmaCtl      *ctl;
  GMainLoop   *loop;
  const char **uris;      /* with NULL at the end */
  OmaCtlExit   status;
} Watch;

static void
print_change (OmaCtl *ctl, const char *uri, const char *kind)
{
  g_autoptr(JsonBuilder) builder = NULL;
  g_autofree char *safe = NULL;

  if (!ctl->json)
    {
      safe = oma_ctl_printable (uri, strlen (uri));
      printf ("%s %s\n", kind, safe);
      fflush (stdout);
      return;
    }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "uri");
  json_builder_add_string_value (builder, uri);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, kind);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, FALSE);
}

static void
changed_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
            const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED, const char *signal G_GNUC_UNUSED,
            GVariant *parameters, gpointer user_data)
{
  const char *uri, *kind;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ss)")))
    return;
  g_variant_get (parameters, "(&s&s)", &uri, &kind);
  print_change (((Watch *) user_data)->ctl, uri, kind);
}

/* A daemon that started anew knows nothing of who watched the one before. */
static void
appeared_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED,
             const char *owner G_GNUC_UNUSED, gpointer user_data)
{
  Watch *watch = user_data;

  for (const char **uri = watch->uris; *uri != NULL; uri++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) reply = oma_ctl_call (watch->ctl, OMA_CTL_TREE, "Subscribe", g_variant_new ("(s)", *uri),
                                                "()", NULL, NULL, &error);

      if (reply == NULL)
        {
          watch->status = oma_ctl_fail (watch->ctl, error);
          g_main_loop_quit (watch->loop);
          return;
        }
    }
  if (watch->ctl->json)
    return;
  oma_ctl_print (watch->ctl, OMA_CTL_DIM, _("Watching; Ctrl-C ends it.\n"));
  fflush (stdout);
}

static void
vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  if (g_main_loop_is_running (((Watch *) user_data)->loop))
    g_printerr (_("omadmctl: omadmd is not there; waiting for it\n"));
}

static gboolean
interrupted_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/**
 * oma_ctl_watch:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb watch: shows what changes in the tree, until it is interrupted.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_watch (OmaCtl *ctl, int argc, char **argv)
{
  const char *everything[] = { ".", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watch watch = { ctl, loop, everything, OMA_CTL_OK };
  guint subscription, name_watch;

  if (!oma_ctl_parse (ctl, "watch [URI]...", NULL, &argc, &argv, 0, G_MAXINT))
    return OMA_CTL_USAGE;
  if (argc > 1)
    watch.uris = (const char **) argv + 1;
  if (!oma_ctl_connect (ctl, &error))
    return oma_ctl_fail (ctl, error);
  subscription = g_dbus_connection_signal_subscribe (ctl->connection, OMA_CTL_BUS_NAME, OMA_CTL_TREE, "Changed", NULL,
                                                     NULL, G_DBUS_SIGNAL_FLAGS_NONE, changed_cb, &watch, NULL);
  name_watch = g_bus_watch_name_on_connection (ctl->connection, OMA_CTL_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                               appeared_cb, vanished_cb, &watch, NULL);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);
  g_bus_unwatch_name (name_watch);
  g_dbus_connection_signal_unsubscribe (ctl->connection, subscription);
  return watch.status;
}

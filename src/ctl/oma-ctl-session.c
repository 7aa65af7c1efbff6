/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- sync ---- */

typedef struct {
  OmaCtl     *ctl;
  GMainLoop  *loop;
  char       *session;     /* object path */
  OmaCtlExit  exit;
  gboolean    progress;    /* a line of progress stands on the terminal */
} Sync;

static GVariant *
get_session (Sync *sync, GError **error)
{
  g_autoptr(GVariant) reply = g_dbus_connection_call_sync (
    sync->ctl->connection, OMA_CTL_BUS_NAME, sync->session, "org.freedesktop.DBus.Properties", "GetAll",
    g_variant_new ("(s)", OMA_CTL_SESSION), G_VARIANT_TYPE ("(a{sv})"),
    G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION | G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static void
print_session_end (Sync *sync, GVariant *properties)
{
  const char *state = "", *reason = "";
  guint sent = 0, received = 0, commands = 0, failed = 0;

  g_variant_lookup (properties, "State", "&s", &state);
  g_variant_lookup (properties, "Reason", "&s", &reason);
  g_variant_lookup (properties, "MessagesSent", "u", &sent);
  g_variant_lookup (properties, "MessagesReceived", "u", &received);
  g_variant_lookup (properties, "Commands", "u", &commands);
  g_variant_lookup (properties, "FailedCommands", "u", &failed);
  sync->exit = g_str_equal (state, "succeeded") ? OMA_CTL_OK : OMA_CTL_FAILED;

  if (sync->ctl->json)
    {
      g_autoptr(JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      oma_ctl_json_properties (builder, properties);
      json_builder_end_object (builder);
      oma_ctl_json_print (builder, TRUE);
      return;
    }
  if (sync->progress)
    fputs ("\r\033[K", stdout);
  if (sync->exit == OMA_CTL_OK)
    {
      oma_ctl_print (sync->ctl, OMA_CTL_GOOD, _("The session ended in order"));
      printf (_(": %u messages sent, %u received, %u commands, %u of them refused\n"), sent, received, commands,
              failed);
    }
  else
    {
      fflush (stdout);
      g_printerr (_("omadmctl: the session failed: %s\n"), reason);
    }
}

/* A daemon that was told to end is gone before it can be asked more than its signal said. */
static GVariant *
read_end (Sync *sync, GVariant *ended, GError **error)
{
  GVariant *properties = get_session (sync, error);
  const char *state, *reason;
  GVariantDict dict;

  if (properties != NULL || !g_variant_is_of_type (ended, G_VARIANT_TYPE ("(ss)")))
    return properties;
  g_variant_get (ended, "(&s&s)", &state, &reason);
  if (g_str_equal (state, "succeeded"))
    return NULL;
  g_clear_error (error);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "State", "s", state);
  g_variant_dict_insert (&dict, "Reason", "s", reason);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
finish_sync (Sync *sync, GVariant *ended)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) properties = read_end (sync, ended, &error);

  if (properties == NULL)
    sync->exit = oma_ctl_fail (sync->ctl, error);
  else
    print_session_end (sync, properties);
  g_main_loop_quit (sync->loop);
}

static void
session_signal_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *path,
                   const char *interface G_GNUC_UNUSED, const char *signal, GVariant *parameters, gpointer user_data)
{
  Sync *sync = user_data;
  const char *state;
  guint sent, received, commands;

  if (g_strcmp0 (path, sync->session) != 0)
    return;
  if (g_str_equal (signal, "Ended"))
    finish_sync (sync, parameters);
  else if (sync->ctl->colour && !sync->ctl->json && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(suuu)")))
    {
      g_variant_get (parameters, "(&suuu)", &state, &sent, &received, &commands);
      fputs ("\r\033[K", stdout);
      printf (_("%s: %u messages sent, %u received, %u commands"), state, sent, received, commands);
      fflush (stdout);
      sync->progress = TRUE;
    }
}

static void
service_vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  Sync *sync = user_data;

  /* After the signal that tells the session's end, in the same turn of the loop. */
  if (!g_main_loop_is_running (sync->loop))
    return;
  g_printerr (_("omadmctl: omadmd went away\n"));
  sync->exit = OMA_CTL_NO_SERVICE;
  g_main_loop_quit (sync->loop);
}

/* Without an account's name the only account is meant. */
static char *
choose_account (OmaCtl *ctl, GError **error)
{
  g_autoptr(GVariant) reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListAccounts", NULL, "(a(oa{sv}))", NULL, NULL, error);
  g_autoptr(GVariant) accounts = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autoptr(GVariant) properties = NULL;
  char *name = NULL;

  if (accounts == NULL)
    return NULL;
  if (g_variant_n_children (accounts) != 1)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           g_variant_n_children (accounts) == 0 ? _("there is no account; see omadmctl account add")
                                                                : _("there are several accounts; name one"));
      return NULL;
    }
  g_variant_get_child (accounts, 0, "(o@a{sv})", NULL, &properties);
  g_variant_lookup (properties, "Name", "s", &name);
  return name;
}

static gboolean
start_sync (Sync *sync, const char *account, GError **error)
{
  g_autoptr(GVariant) reply = oma_ctl_call (sync->ctl, OMA_CTL_AGENT, "Sync",
                                            g_variant_new ("(sa{sv})", account, NULL), "(o)", NULL, NULL, error);
  g_autoptr(GVariant) properties = NULL;
  const char *state = "";

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(o)", &sync->session);
  /* It can have ended before its path was known here. */
  properties = get_session (sync, error);
  if (properties == NULL)
    return FALSE;
  g_variant_lookup (properties, "State", "&s", &state);
  if (g_str_equal (state, "succeeded") || g_str_equal (state, "failed"))
    {
      print_session_end (sync, properties);
      g_main_loop_quit (sync->loop);
      g_clear_pointer (&sync->loop, g_main_loop_unref);
    }
  return TRUE;
}

/**
 * oma_ctl_sync:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb sync: runs a session and waits for its end.
 *
 * Returns: 0 when the session ended in order, 1 with the reason otherwise
 */
OmaCtlExit
oma_ctl_sync (OmaCtl *ctl, int argc, char **argv)
{
  Sync sync = { ctl, NULL, NULL, OMA_CTL_FAILED, FALSE };
  g_autoptr(GError) error = NULL;
  g_autofree char *account = NULL;
  guint subscription, watch;

  if (!oma_ctl_parse (ctl, "sync [ACCOUNT]", NULL, &argc, &argv, 0, 1))
    return OMA_CTL_USAGE;
  if (oma_ctl_connect (ctl, &error))
    account = argc > 1 ? g_strdup (argv[1]) : choose_account (ctl, &error);
  if (account == NULL)
    return oma_ctl_fail (ctl, error);

  sync.loop = g_main_loop_new (NULL, FALSE);
  subscription = g_dbus_connection_signal_subscribe (ctl->connection, OMA_CTL_BUS_NAME, OMA_CTL_SESSION, NULL, NULL,
                                                     NULL, G_DBUS_SIGNAL_FLAGS_NONE, session_signal_cb, &sync, NULL);
  if (!start_sync (&sync, account, &error))
    sync.exit = oma_ctl_fail (ctl, error);
  else if (sync.loop != NULL)
    {
      watch = g_bus_watch_name_on_connection (ctl->connection, OMA_CTL_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                              service_vanished_cb, &sync, NULL);
      g_main_loop_run (sync.loop);
      g_bus_unwatch_name (watch);
    }
  g_dbus_connection_signal_unsubscribe (ctl->connection, subscription);
  g_clear_pointer (&sync.loop, g_main_loop_unref);
  g_free (sync.session);
  return sync.exit;
}

/* ---- sessions ---- */

static void
print_session_line (OmaCtl *ctl, GVariant *properties)
{
  const char *account = "", *state = "", *reason = "", *protocol = "", *encoding = "";
  guint64 id = 0;
  gint64 start = 0;
  guint sent = 0, received = 0, commands = 0, failed = 0, unanswered = 0;
  g_autofree char *time = NULL;

  g_variant_lookup (properties, "Id", "t", &id);
  g_variant_lookup (properties, "Account", "&s", &account);
  g_variant_lookup (properties, "State", "&s", &state);
  g_variant_lookup (properties, "Reason", "&s", &reason);
  g_variant_lookup (properties, "StartTime", "x", &start);
  g_variant_lookup (properties, "MessagesSent", "u", &sent);
  g_variant_lookup (properties, "MessagesReceived", "u", &received);
  g_variant_lookup (properties, "Commands", "u", &commands);
  g_variant_lookup (properties, "FailedCommands", "u", &failed);
  g_variant_lookup (properties, "Unanswered", "u", &unanswered);
  g_variant_lookup (properties, "Protocol", "&s", &protocol);
  g_variant_lookup (properties, "Encoding", "&s", &encoding);
  time = oma_ctl_time (start);
  printf ("%6" G_GUINT64_FORMAT "  %s  %-16s  %-3s  %-5s  ", id, time, account, protocol, encoding);
  /* Nobody lived to write the numbers down. */
  if (g_str_equal (state, "interrupted"))
    printf ("%4s  %4s  %5s  %5s  ", "-", "-", "-", "-");
  else
    printf ("%4u  %4u  %5u  %5u  ", sent, received, commands, failed);
  oma_ctl_print (ctl, g_str_equal (state, "failed") || g_str_equal (state, "interrupted") ? OMA_CTL_BAD : OMA_CTL_PLAIN,
                 "%s", state);
  if (*reason != '\0' && !g_str_equal (reason, state))
    printf (": %s", reason);
  if (unanswered > 0)
    printf (ngettext ("; %u command was executed, but the server may not know",
                      "; %u commands were executed, but the server may not know", unanswered), unanswered);
  putchar ('\n');
}

/**
 * oma_ctl_sessions:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb sessions: the latest sessions, latest first.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_sessions (OmaCtl *ctl, int argc, char **argv)
{
  int limit = 20;
  const GOptionEntry entries[] = {
    { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, N_("Sessions to show at the most"), N_("N") },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  if (!oma_ctl_parse (ctl, "sessions", entries, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "ListSessions", g_variant_new ("(u)", MAX (limit, 0)), "(aa{sv})", NULL,
                        NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (!ctl->json)
    oma_ctl_print (ctl, OMA_CTL_BOLD, "%6s  %-19s  %-16s  %-3s  %-5s  %4s  %4s  %5s  %5s  %s\n", _("ID"), _("START"),
                   _("ACCOUNT"), _("DM"), _("AS"), _("SENT"), _("RECV"), _("CMDS"), _("BAD"), _("STATE"));
  oma_ctl_print_list (ctl, reply, print_session_line);
  return OMA_CTL_OK;
}

/* ---- monitor ---- */

static void
print_message_json (const char *session, const char *account, gboolean sent, guint number, const char *text,
                    GVariant *details)
{
  g_autoptr(JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "session");
  json_builder_add_string_value (builder, session);
  json_builder_set_member_name (builder, "account");
  json_builder_add_string_value (builder, account);
  json_builder_set_member_name (builder, "direction");
  json_builder_add_string_value (builder, sent ? "sent" : "received");
  json_builder_set_member_name (builder, "number");
  json_builder_add_int_value (builder, number);
  oma_ctl_json_properties (builder, details);
  json_builder_set_member_name (builder, "text");
  json_builder_add_string_value (builder, text);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, FALSE);
}

/* What goes to a data repository, or comes from there. */
static void
print_transfer (OmaCtl *ctl, const char *account, gboolean sent, const char *encoding, guint size, GVariant *details)
{
  const char *method = "", *uri = "";
  g_autofree char *shown = NULL;
  guint status = 0;

  g_variant_lookup (details, "method", "&s", &method);
  g_variant_lookup (details, "uri", "&s", &uri);
  g_variant_lookup (details, "status", "u", &status);
  shown = oma_ctl_printable (uri, strlen (uri));
  if (!sent)
    oma_ctl_print (ctl, OMA_CTL_BOLD, _("<-- %s, HTTP status %u (%s, %u octets)\n"), account, status, encoding, size);
  else if (size > 0)
    oma_ctl_print (ctl, OMA_CTL_BOLD, "--> %s, %s %s (%s, %u octets)\n", account, method, shown, encoding, size);
  else
    oma_ctl_print (ctl, OMA_CTL_BOLD, "--> %s, %s %s\n", account, method, shown);
}

static void
print_message (OmaCtl *ctl, const char *account, gboolean sent, guint number, const char *text, GVariant *details)
{
  const char *encoding = "", *reason = "";
  g_autofree char *safe_reason = NULL;
  guint64 size = 0;
  guint again = 0;

  g_variant_lookup (details, "encoding", "&s", &encoding);
  g_variant_lookup (details, "size", "t", &size);
  g_variant_lookup (details, "again", "u", &again);
  g_variant_lookup (details, "reason", "&s", &reason);
  if (again > 0)
    {
      safe_reason = oma_ctl_printable (reason, strlen (reason));
      oma_ctl_print (ctl, OMA_CTL_BOLD, _("--> %s, message %u to the server once more (%u): %s\n"), account, number, again,
                     safe_reason);
    }
  else if (number == 0)
    print_transfer (ctl, account, sent, encoding, (guint) size, details);
  else
    oma_ctl_print (ctl, OMA_CTL_BOLD,
                   sent ? _("--> %s, message %u to the server (%s, %u octets)\n")
                        : _("<-- %s, message %u from the server (%s, %u octets)\n"),
                   account, number, encoding, (guint) size);
  if (*text != '\0')
    puts (text);
  fflush (stdout);
}

static void
print_progress (OmaCtl *ctl, const char *uri, guint percent, const char *message)
{
  g_autofree char *shown = oma_ctl_printable (message, strlen (message));
  g_autoptr(JsonBuilder) builder = NULL;

  if (!ctl->json)
    {
      oma_ctl_print (ctl, OMA_CTL_DIM, "... %s %u %%%s%s\n", uri, percent, *shown != '\0' ? ": " : "", shown);
      fflush (stdout);
      return;
    }
  builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "uri");
  json_builder_add_string_value (builder, uri);
  json_builder_set_member_name (builder, "percent");
  json_builder_add_int_value (builder, percent);
  json_builder_set_member_name (builder, "message");
  json_builder_add_string_value (builder, message);
  json_builder_end_object (builder);
  oma_ctl_json_print (builder, FALSE);
}

static void
monitor_signal_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED, const char *path,
                   const char *interface G_GNUC_UNUSED, const char *signal, GVariant *parameters, gpointer user_data)
{
  OmaCtl *ctl = user_data;
  const char *session, *account, *text, *state, *reason, *uri;
  gboolean sent;
  g_autoptr(GVariant) details = NULL;
  guint number;

  if (g_str_equal (signal, "Message") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(osbusa{sv})")))
    {
      g_variant_get (parameters, "(&o&sbu&s@a{sv})", &session, &account, &sent, &number, &text, &details);
      if (ctl->json)
        print_message_json (session, account, sent, number, text, details);
      else
        print_message (ctl, account, sent, number, text, details);
    }
  else if (g_str_equal (signal, "Progress") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sus)")))
    {
      g_variant_get (parameters, "(&su&s)", &uri, &number, &text);
      print_progress (ctl, uri, number, text);
    }
  else if (g_str_equal (signal, "Ended") && !ctl->json && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ss)")))
    {
      g_variant_get (parameters, "(&s&s)", &state, &reason);
      oma_ctl_print (ctl, g_str_equal (state, "failed") ? OMA_CTL_BAD : OMA_CTL_GOOD, "=== %s %s%s%s\n", path, state,
                     *reason != '\0' ? ": " : "", reason);
      fflush (stdout);
    }
}

static void
monitor_vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  if (g_main_loop_is_running (user_data))
    g_printerr (_("omadmctl: omadmd went away\n"));
  g_main_loop_quit (user_data);
}

static gboolean
interrupted_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/**
 * oma_ctl_monitor:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb monitor: shows the messages of sessions as they go, until it is interrupted or
 * the daemon ends.
 *
 * Returns: what to exit with
 */
OmaCtlExit
oma_ctl_monitor (OmaCtl *ctl, int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint subscription, watch;

  if (!oma_ctl_parse (ctl, "monitor", NULL, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  if (!oma_ctl_connect (ctl, &error))
    return oma_ctl_fail (ctl, error);
  subscription = g_dbus_connection_signal_subscribe (ctl->connection, OMA_CTL_BUS_NAME, NULL, NULL, NULL, NULL,
                                                     G_DBUS_SIGNAL_FLAGS_NONE, monitor_signal_cb, ctl, NULL);
  reply = oma_ctl_call (ctl, OMA_CTL_AGENT, "StartMonitor", NULL, "()", NULL, NULL, &error);
  if (reply == NULL)
    return oma_ctl_fail (ctl, error);
  if (!ctl->json)
    {
      oma_ctl_print (ctl, OMA_CTL_DIM, _("Waiting for sessions; Ctrl-C ends it.\n"));
      fflush (stdout);
    }
  watch = g_bus_watch_name_on_connection (ctl->connection, OMA_CTL_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                          monitor_vanished_cb, loop, NULL);
  g_unix_signal_add (SIGINT, interrupted_cb, loop);
  g_unix_signal_add (SIGTERM, interrupted_cb, loop);
  g_main_loop_run (loop);
  g_bus_unwatch_name (watch);
  g_dbus_connection_signal_unsubscribe (ctl->connection, subscription);
  return OMA_CTL_OK;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl-question.h"

#include "oma-dbus.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define OBJECT_PATH OMA_CTL_PATH "/UserInteraction"
#define MAX_LINE 65536
#define BROWSER "xdg-open"

/* A question that waits for its answer. */
typedef struct {
  OmaCtlQuestion        *question;
  GDBusMethodInvocation *invocation;
} Pending;

typedef struct {
  OmaCtl     *ctl;
  GMainLoop  *loop;
  char       *service;       /* (nullable): who may ask: the owner of the daemon's name */
  gboolean    registered;    /* once at least */
  GQueue      pending;       /* (element-type Pending): the first one is shown */
  gboolean    shown;
  guint       timer;         /* of the first one */
  GString    *input;
  gboolean    at_end;        /* of standard input */
  gboolean    is_terminal;
  struct termios terminal;   /* as it was */
  gboolean    is_silent;     /* what is typed does not show */
  gboolean    opens_pages;
  OmaCtlExit  exit;
} Agent;

static void show_next (Agent *agent);

static void
set_echo (Agent *agent, gboolean echo)
{
  struct termios silent = agent->terminal;

  if (!agent->is_terminal || agent->is_silent == !echo)
    return;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, echo ? &agent->terminal : &silent);
  agent->is_silent = !echo;
  if (echo && !agent->ctl->json)
    putchar ('\n');
}

static void
pending_free (Pending *pending)
{
  oma_ctl_question_free (pending->question);
  g_object_unref (pending->invocation);
  g_free (pending);
}

static void
hide_first (Agent *agent)
{
  g_clear_handle_id (&agent->timer, g_source_remove);
  set_echo (agent, TRUE);
  agent->shown = FALSE;
}

/* Takes @pending and @answers. */
static void
answer (Pending *pending, const char *verdict, char **answers)
{
  static const char *const none[] = { NULL };

  g_dbus_method_invocation_return_value (g_object_ref (pending->invocation),
                                         g_variant_new ("(s^as)", verdict,
                                                        answers != NULL ? (const char *const *) answers : none));
  g_strfreev (answers);
  pending_free (pending);
}

/* Takes @answers. */
static void
finish_first (Agent *agent, const char *verdict, char **answers)
{
  hide_first (agent);
  answer (g_queue_pop_head (&agent->pending), verdict, answers);
  show_next (agent);
}

static void
cancel_all (Agent *agent)
{
  Pending *pending;

  hide_first (agent);
  while ((pending = g_queue_pop_head (&agent->pending)) != NULL)
    answer (pending, "cancel", NULL);
}

/* ---- What is typed ---- */

/* The first line of the input without its end, or NULL. */
static char *
take_line (Agent *agent)
{
  const char *end = memchr (agent->input->str, '\n', agent->input->len);
  char *line;

  if (end == NULL)
    return NULL;
  line = g_strndup (agent->input->str, end - agent->input->str);
  g_string_erase (agent->input, 0, end - agent->input->str + 1);
  return g_strchomp (line);
}

static void
try_answer (Agent *agent)
{
  while (agent->shown && !g_queue_is_empty (&agent->pending))
    {
      Pending *pending = g_queue_peek_head (&agent->pending);
      g_autofree char *line = NULL;
      const char *verdict, *complaint;
      char **answers;

      if (oma_ctl_question_is_display (pending->question))
        return;
      line = take_line (agent);
      if (line == NULL && !agent->at_end)
        return;
      verdict = oma_ctl_question_answer (pending->question, line, &answers, &complaint);
      if (verdict != NULL)
        finish_first (agent, verdict, answers);
      else
        {
          g_printerr ("%s\n", complaint);
          oma_ctl_question_show (agent->ctl, pending->question);
        }
    }
}

/* The end of a terminal's input (Ctrl-D) takes the question back; that of a file or pipe ends
 * the agent. */
static gboolean
input_cb (int fd, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  Agent *agent = user_data;
  char buffer[4096];
  gssize n = read (fd, buffer, sizeof buffer);

  if (n > 0)
    {
      g_string_append_len (agent->input, buffer, n);
      if (agent->input->len > MAX_LINE)
        g_string_truncate (agent->input, 0);
      try_answer (agent);
      return G_SOURCE_CONTINUE;
    }
  agent->at_end = TRUE;
  if (agent->is_terminal && !agent->is_silent && !agent->ctl->json)
    putchar ('\n');
  try_answer (agent);
  if (agent->is_terminal && n == 0)
    {
      agent->at_end = FALSE;
      return G_SOURCE_CONTINUE;
    }
  g_main_loop_quit (agent->loop);
  return G_SOURCE_REMOVE;
}

/* ---- Showing one after the other ---- */

static gboolean
time_is_over_cb (gpointer user_data)
{
  Agent *agent = user_data;
  Pending *pending = g_queue_peek_head (&agent->pending);
  gboolean is_display = oma_ctl_question_is_display (pending->question);

  agent->timer = 0;
  if (!is_display && !agent->ctl->json)
    printf (_("\nToo late.\n"));
  fflush (stdout);
  finish_first (agent, is_display ? "ok" : "timeout", NULL);
  return G_SOURCE_REMOVE;
}

static void
show_next (Agent *agent)
{
  Pending *pending = g_queue_peek_head (&agent->pending);
  OmaCtlQuestion *question;

  if (agent->shown || pending == NULL)
    return;
  question = pending->question;
  if (agent->is_terminal)
    {
      /* What was typed before the question could be seen is not meant for it. */
      tcflush (STDIN_FILENO, TCIFLUSH);
      g_string_truncate (agent->input, 0);
    }
  oma_ctl_question_show (agent->ctl, question);
  agent->shown = TRUE;
  set_echo (agent, !question->hidden);
  if (oma_ctl_question_is_display (question))
    agent->timer = g_timeout_add_seconds (question->min_time, time_is_over_cb, agent);
  else if (question->max_time > 0)
    agent->timer = g_timeout_add_seconds (question->max_time, time_is_over_cb, agent);
  try_answer (agent);
}

static void
take_back (Agent *agent, guint32 id)
{
  for (GList *l = agent->pending.head; l != NULL; l = l->next)
    {
      Pending *pending = l->data;

      if (pending->question->id != id)
        continue;
      if (l == agent->pending.head)
        {
          if (!agent->ctl->json)
            printf (_("\nThe question was taken back.\n"));
          fflush (stdout);
          finish_first (agent, "cancel", NULL);
          return;
        }
      g_queue_delete_link (&agent->pending, l);
      answer (pending, "cancel", NULL);
      return;
    }
}

/* ---- Pages ---- */

static gboolean
is_web_address (const char *uri)
{
  return g_ascii_strncasecmp (uri, "https://", 8) == 0 || g_ascii_strncasecmp (uri, "http://", 7) == 0;
}

/* The address is an argument, never a part of a command line, and begins with no dash. */
static gboolean
open_page (const char *uri, GError **error)
{
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GSubprocess) process = NULL;

  if (!is_web_address (uri))
    {
      g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, "Only pages of the web are shown");
      return FALSE;
    }
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  process = g_subprocess_launcher_spawn (launcher, error, BROWSER, uri, NULL);
  return process != NULL;
}

/* At once, since nobody answers it: a question that waits is shown again behind it. */
static void
show_page (Agent *agent, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  GError *error = NULL;
  const char *server, *uri;

  g_variant_get (parameters, "(&s&s)", &server, &uri);
  if (agent->shown && !agent->ctl->json)
    putchar ('\n');
  oma_ctl_question_show_page (agent->ctl, server, uri);
  if (agent->opens_pages && !open_page (uri, &error))
    {
      g_printerr ("%s\n", error->message);
      g_dbus_method_invocation_take_error (invocation, error);
    }
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
  if (agent->shown && !agent->ctl->json)
    oma_ctl_question_show (agent->ctl, ((Pending *) g_queue_peek_head (&agent->pending))->question);
}

/* ---- The bus ---- */

static void
method_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *sender, const char *path G_GNUC_UNUSED,
           const char *interface G_GNUC_UNUSED, const char *method, GVariant *parameters,
           GDBusMethodInvocation *invocation, gpointer user_data)
{
  Agent *agent = user_data;
  Pending *pending;
  guint32 id;

  if (g_strcmp0 (sender, agent->service) != 0)
    {
      g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                                                     "Only omadmd may ask");
      return;
    }
  if (g_str_equal (method, "Cancel"))
    {
      g_variant_get (parameters, "(u)", &id);
      take_back (agent, id);
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  if (g_str_equal (method, "ShowPage"))
    {
      show_page (agent, parameters, invocation);
      return;
    }
  pending = g_new (Pending, 1);
  pending->question = oma_ctl_question_new (parameters);
  pending->invocation = invocation;
  g_queue_push_tail (&agent->pending, pending);
  show_next (agent);
}

static void
registered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Agent *agent = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      agent->exit = oma_ctl_fail (agent->ctl, error);
      g_main_loop_quit (agent->loop);
      return;
    }
  if (!agent->registered && !agent->ctl->json)
    oma_ctl_print (agent->ctl, OMA_CTL_DIM, _("Waiting for questions of servers; Ctrl-C ends it.\n"));
  fflush (stdout);
  agent->registered = TRUE;
}

static void
appeared_cb (GDBusConnection *connection, const char *name G_GNUC_UNUSED, const char *owner, gpointer user_data)
{
  Agent *agent = user_data;

  g_free (agent->service);
  agent->service = g_strdup (owner);
  g_dbus_connection_call (connection, OMA_CTL_BUS_NAME, OMA_CTL_PATH, OMA_CTL_AGENT, "RegisterUserInteraction",
                          g_variant_new ("(o)", OBJECT_PATH), NULL,
                          G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, NULL, registered_cb, agent);
}

/* One that was there comes again, and gets the registration again. */
static void
vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data)
{
  Agent *agent = user_data;

  g_clear_pointer (&agent->service, g_free);
  cancel_all (agent);
  if (agent->registered)
    return;
  g_printerr (_("omadmctl: omadmd does not run and cannot be started\n"));
  agent->exit = OMA_CTL_NO_SERVICE;
  g_main_loop_quit (agent->loop);
}

static gboolean
interrupted_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static void
run (Agent *agent)
{
  guint watch = g_bus_watch_name_on_connection (agent->ctl->connection, OMA_CTL_BUS_NAME,
                                                G_BUS_NAME_WATCHER_FLAGS_AUTO_START, appeared_cb, vanished_cb, agent,
                                                NULL);
  guint input = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, input_cb, agent);
  guint interrupt = g_unix_signal_add (SIGINT, interrupted_cb, agent->loop);
  guint terminate = g_unix_signal_add (SIGTERM, interrupted_cb, agent->loop);

  g_main_loop_run (agent->loop);
  cancel_all (agent);
  g_bus_unwatch_name (watch);
  if (!agent->at_end)
    g_source_remove (input);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_dbus_connection_flush_sync (agent->ctl->connection, NULL, NULL);
}

/**
 * oma_ctl_agent:
 * @ctl: what verbs share
 * @argc: number of arguments
 * @argv: arguments
 *
 * The verb agent: asks on the terminal what servers want to know, until it is interrupted.
 *
 * Returns: 0, or 1 when the daemon does not let it
 */
OmaCtlExit
oma_ctl_agent (OmaCtl *ctl, int argc, char **argv)
{
  static const GDBusInterfaceVTable vtable = { .method_call = method_cb };
  Agent agent = { .ctl = ctl, .exit = OMA_CTL_OK };
  const GOptionEntry entries[] = {
    { "open-pages", 0, 0, G_OPTION_ARG_NONE, &agent.opens_pages, N_("Open the pages that servers show with xdg-open"),
      NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr(GError) error = NULL;
  guint object;

  if (!oma_ctl_parse (ctl, "agent", entries, &argc, &argv, 0, 0))
    return OMA_CTL_USAGE;
  if (!oma_ctl_connect (ctl, &error))
    return oma_ctl_fail (ctl, error);
  object = g_dbus_connection_register_object (ctl->connection, OBJECT_PATH,
                                              oma_dbus_agent1_user_interaction_interface_info (), &vtable, &agent,
                                              NULL, &error);
  if (object == 0)
    return oma_ctl_fail (ctl, error);
  agent.loop = g_main_loop_new (NULL, FALSE);
  agent.input = g_string_new (NULL);
  agent.is_terminal = isatty (STDIN_FILENO) && tcgetattr (STDIN_FILENO, &agent.terminal) == 0;
  run (&agent);
  g_dbus_connection_unregister_object (ctl->connection, object);
  g_main_loop_unref (agent.loop);
  g_string_free (agent.input, TRUE);
  g_free (agent.service);
  return agent.exit;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that have a user before them register with the service, which has them ask for a server. */
#include "config.h"

#include "oma-dbus.h"
#include "service-fixture.h"
#include "service/oma-interaction-agents.h"

#include <string.h>

/* What an agent is asked, and what it says; "-" never answers, "!" is an error, "?": there is no such method. */
typedef struct {
  GDBusConnection *connection;
  const char      *says;
  guint            object;
  GString         *asked;
  GDBusMethodInvocation *held;
} Asker;

static void
asker_method (GDBusConnection *connection G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
              const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED, const char *method,
              GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Asker *asker = user_data;
  g_autofree char *printed = g_variant_print (parameters, FALSE);

  g_string_append_printf (asker->asked, "%s%s;", method, printed);
  if (strcmp (method, "Cancel") == 0)
    g_dbus_method_invocation_return_value (invocation, NULL);
  else if (strcmp (asker->says, "-") == 0)
    asker->held = invocation;
  else if (strcmp (asker->says, "?") == 0)
    g_dbus_method_invocation_return_dbus_error (invocation, BUS "UnknownMethod", "No browser");
  else if (strcmp (asker->says, "!") == 0)
    g_dbus_method_invocation_return_dbus_error (invocation, BUS "Failed", "No screen");
  else
    g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed (asker->says));
}

static void
asker_set_up (Asker *asker, Fixture *f, guint client, const char *says)
{
  static const GDBusInterfaceVTable vtable = { .method_call = asker_method };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = NULL;

  *asker = (Asker) { .connection = f->clients[client], .says = says, .asked = g_string_new (NULL) };
  asker->object = g_dbus_connection_register_object (asker->connection, "/asker",
                                                     oma_dbus_agent1_user_interaction_interface_info (), &vtable,
                                                     asker, NULL, &error);
  g_assert_no_error (error);
  reply = call_full (f, client, OMA_OBJECT_PATH, "org.omadm.Agent1", "RegisterUserInteraction",
                     g_variant_new ("(o)", "/asker"), NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
asker_clear (Asker *asker)
{
  g_dbus_connection_unregister_object (asker->connection, asker->object);
  if (asker->held != NULL)
    g_dbus_method_invocation_return_value (asker->held, g_variant_new_parsed ("('cancel', @as [])"));
  g_string_free (asker->asked, TRUE);
}

/* The status, and the answers behind it. */
static char *
ask_user (Fixture *f, const OmaInteractionRequest *request, GCancellable *cancellable)
{
  OmaInteraction *interaction = oma_agent_get_interaction (f->agent);
  g_autoptr(GAsyncResult) result = NULL;
  g_auto(GStrv) answers = NULL;
  g_autofree char *joined = NULL;
  OmaStatus status;

  oma_interaction_ask_async (interaction, request, cancellable, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  status = oma_interaction_ask_finish (interaction, result, &answers);
  joined = answers != NULL ? g_strjoinv ("|", answers) : g_strdup ("");
  return g_strdup_printf ("%d %s", status, joined);
}

static void
assert_asked (Fixture *f, const char *expected)
{
  static const OmaInteractionRequest request = {
    .type = OMA_INTERACTION_CONFIRM, .server_id = "srv", .text = "Sure?", .max_time = 60, .initial = "1",
    .input_type = 'A',
  };
  g_autofree char *found = ask_user (f, &request, NULL);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_agent_is_asked_for_the_user (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const choices[] = { "Red", "Blue", NULL };
  const OmaInteractionRequest choice = {
    .type = OMA_INTERACTION_MULTIPLE_CHOICE, .server_id = "srv", .text = "Which?", .choices = choices, .min_time = 5,
    .input_type = 'A',
  };
  const OmaInteractionRequest input = {
    .type = OMA_INTERACTION_INPUT, .server_id = "srv", .text = "Name?", .max_length = 9, .input_type = 'N',
    .hidden = TRUE,
  };
  g_autofree char *chosen = NULL, *typed = NULL;
  Asker asker;

  assert_asked (f, "406 ");
  asker_set_up (&asker, f, 0, "('no', @as [])");
  assert_asked (f, "304 ");
  asker.says = "('ok', ['2', '1'])";
  chosen = ask_user (f, &choice, NULL);
  g_assert_cmpstr (chosen, ==, "200 2|1");
  asker.says = "('ok', ['42'])";
  typed = ask_user (f, &input, NULL);
  g_assert_cmpstr (typed, ==, "200 42");
  g_assert_cmpstr (asker.asked->str, ==,
                   "Ask(2, 'confirm', 'srv', 'Sure?', [], {'max-time': <uint32 60>, 'initial': <'1'>});"
                   "Ask(3, 'multiple-choice', 'srv', 'Which?', ['Red', 'Blue'], {'min-time': <uint32 5>});"
                   "Ask(4, 'input', 'srv', 'Name?', [], {'max-length': <uint32 9>, 'input-type': <'N'>, 'hidden': <true>});");
  asker.says = "('cancel', @as [])";
  assert_asked (f, "214 ");
  asker.says = "('timeout', @as [])";
  assert_asked (f, "408 ");
  asker.says = "('unable', @as [])";
  assert_asked (f, "416 ");
  asker.says = "('gibberish', @as [])";
  assert_asked (f, "500 ");
  asker_clear (&asker);
}

static void
test_agent_that_came_last_is_asked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Asker first, last;

  asker_set_up (&first, f, 0, "('no', @as [])");
  asker_set_up (&last, f, 1, "('ok', @as [])");
  assert_asked (f, "200 ");
  g_assert_cmpstr (first.asked->str, ==, "");
  last.says = "!";
  assert_asked (f, "304 ");
  last.says = "('ok', @as [])";
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "RegisterUserInteraction", "(objectpath '/asker',)", "()");
  assert_asked (f, "304 ");
  assert_answer (f, OMA_OBJECT_PATH, "org.omadm.Agent1", "UnregisterUserInteraction", "()", "()");
  assert_asked (f, "200 ");
  asker_clear (&first);
  asker_clear (&last);
}

static void
test_agent_that_leaves_the_bus_is_forgotten (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaInteractionAgents *agents = OMA_INTERACTION_AGENTS (oma_agent_get_interaction (f->agent));
  Asker asker;

  asker_set_up (&asker, f, 1, "('ok', @as [])");
  g_assert_cmpuint (oma_interaction_agents_count (agents), ==, 1);
  g_dbus_connection_close_sync (f->clients[1], NULL, NULL);
  while (oma_interaction_agents_count (agents) > 0)
    g_main_context_iteration (NULL, TRUE);
  assert_asked (f, "406 ");
  asker_clear (&asker);
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_question_can_be_taken_back (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const OmaInteractionRequest request = {
    .type = OMA_INTERACTION_DISPLAY, .server_id = "srv", .text = "Hello", .input_type = 'A',
  };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *found = NULL;
  Asker asker;

  asker_set_up (&asker, f, 0, "-");
  g_timeout_add (100, cancel_cb, cancellable);
  found = ask_user (f, &request, cancellable);
  g_assert_cmpstr (found, ==, "214 ");
  while (strstr (asker.asked->str, "Cancel(1,);") == NULL)
    g_main_context_iteration (NULL, TRUE);
  asker_clear (&asker);
}

static void
test_agents_are_bounded (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  OmaInteractionAgents *agents = OMA_INTERACTION_AGENTS (oma_agent_get_interaction (f->agent));
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < OMA_MAX_INTERACTION_AGENTS; i++)
    {
      g_autofree char *name = g_strdup_printf (":9.%u", i);
      g_assert_true (oma_interaction_agents_add (agents, name, "/x", NULL));
    }
  g_assert_true (oma_interaction_agents_add (agents, ":9.0", "/y", NULL));
  g_assert_false (oma_interaction_agents_add (agents, ":9.999", "/x", &error));
  g_assert_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED);
}

#define ADD(path, func) g_test_add ("/interaction-agents/" path, Fixture, NULL, set_up, func, tear_down)

static OmaStatus
show (Fixture *f, const char *uri)
{
  OmaInteraction *interaction = oma_agent_get_interaction (f->agent);
  g_autoptr(GAsyncResult) result = NULL;

  oma_interaction_show_async (interaction, "srv", uri, NULL, keep_result, &result);
  g_assert_null (result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return oma_interaction_show_finish (interaction, result);
}

/* DM Protocol 2.0, SHOW. */
static void
test_page_is_shown_by_an_agent (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const others[] = { "ftp://a/", "file:///etc/passwd", "https://", "https://me@a/", "javascript:1", "" };
  Asker first, last;

  g_assert_cmpint (show (f, "https://a/b?c"), ==, 501);
  asker_set_up (&first, f, 0, "()");
  asker_set_up (&last, f, 1, "!");
  g_assert_cmpint (show (f, "https://a/b?c"), ==, 200);
  g_assert_cmpstr (last.asked->str, ==, "ShowPage('srv', 'https://a/b?c');");
  g_assert_cmpstr (first.asked->str, ==, last.asked->str);
  first.says = "!";
  g_assert_cmpint (show (f, "HTTP://a"), ==, 500);
  g_string_truncate (first.asked, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpint (show (f, others[i]), ==, 500);
  g_assert_cmpstr (first.asked->str, ==, "");
  asker_clear (&first);
  asker_clear (&last);
}

/* An agent of before, or one without a browser, has no such method. */
static void
test_agents_without_a_browser_are_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  Asker asker;

  asker_set_up (&asker, f, 0, "?");
  g_assert_cmpint (show (f, "https://a/"), ==, 501);
  asker_clear (&asker);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("agent-is-asked-for-the-user", test_agent_is_asked_for_the_user);
  ADD ("agent-that-came-last-is-asked", test_agent_that_came_last_is_asked);
  ADD ("agent-that-leaves-the-bus-is-forgotten", test_agent_that_leaves_the_bus_is_forgotten);
  ADD ("question-can-be-taken-back", test_question_can_be_taken_back);
  ADD ("page-is-shown-by-an-agent", test_page_is_shown_by_an_agent);
  ADD ("agents-without-a-browser-are-none", test_agents_without_a_browser_are_none);
  ADD ("agents-are-bounded", test_agents_are_bounded);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-interaction-agents.h"

#include "service/oma-dbus-error.h"
#include "service/oma-polkit.h"

#include <string.h>

#define INTERFACE "org.omadm.Agent1.UserInteraction"
#define SHOW_TIMEOUT (30 * 1000)   /* milliseconds until a program is to have said that it shows the page */

typedef struct {
  char *name;      /* unique name on the bus */
  char *path;
  guint watch;
} Agent;

struct _OmaInteractionAgents {
  GObject          parent_instance;
  GDBusConnection *connection;
  gboolean         use_polkit;
  GPtrArray       *agents;         /* (element-type Agent): the latest last */
  guint32          last_id;
};

/* One question, or page to show; it goes from agent to agent until one answers. */
typedef struct {
  gboolean   is_page;
  gboolean   has_failed;           /* to be shown: an agent has tried */
  GVariant  *parameters;
  GPtrArray *names;                /* (element-type utf8): who is left to be asked, the next last */
  guint32    id;
  char      *name;                 /* (nullable): who is asked now */
  char      *path;
  char     **answers;
} Question;

static void oma_interaction_agents_iface_init (OmaInteractionInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OmaInteractionAgents, oma_interaction_agents, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OMA_TYPE_INTERACTION, oma_interaction_agents_iface_init))

static void ask_next (GTask *task);

/* ---- Who is there ---- */

static void
agent_free (gpointer data)
{
  Agent *agent = data;

  g_bus_unwatch_name (agent->watch);
  g_free (agent->name);
  g_free (agent->path);
  g_free (agent);
}

static Agent *
find (OmaInteractionAgents *self, const char *name)
{
  for (guint i = 0; i < self->agents->len; i++)
    if (strcmp (((Agent *) g_ptr_array_index (self->agents, i))->name, name) == 0)
      return g_ptr_array_index (self->agents, i);
  return NULL;
}

static void
vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  oma_interaction_agents_remove (user_data, name);
}

static void
oma_interaction_agents_finalize (GObject *object)
{
  OmaInteractionAgents *self = OMA_INTERACTION_AGENTS (object);

  g_ptr_array_unref (self->agents);
  g_object_unref (self->connection);
  G_OBJECT_CLASS (oma_interaction_agents_parent_class)->finalize (object);
}

static void
oma_interaction_agents_class_init (OmaInteractionAgentsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = oma_interaction_agents_finalize;
}

static void
oma_interaction_agents_init (OmaInteractionAgents *self)
{
  self->agents = g_ptr_array_new_with_free_func (agent_free);
}

/**
 * oma_interaction_agents_new:
 * @connection: the bus where agents are
 * @use_polkit: as of oma_polkit_check_async()
 *
 * Returns: (transfer full): nobody yet
 */
OmaInteractionAgents *
oma_interaction_agents_new (GDBusConnection *connection, gboolean use_polkit)
{
  OmaInteractionAgents *self = g_object_new (OMA_TYPE_INTERACTION_AGENTS, NULL);

  self->connection = g_object_ref (connection);
  self->use_polkit = use_polkit;
  return self;
}

/**
 * oma_interaction_agents_add:
 * @agents: agents
 * @name: unique name of a caller that may be asked
 * @path: its object with org.omadm.Agent1.UserInteraction
 * @error: return location for an #OmaDBusError
 *
 * Makes it the one that is asked first, until it is removed or leaves the bus.  Who registers
 * again has one object still.
 *
 * Returns: %TRUE, or %FALSE with %OMA_DBUS_ERROR_LIMITS_EXCEEDED
 */
gboolean
oma_interaction_agents_add (OmaInteractionAgents *agents, const char *name, const char *path, GError **error)
{
  Agent *agent;

  oma_interaction_agents_remove (agents, name);
  if (agents->agents->len >= OMA_MAX_INTERACTION_AGENTS)
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED, "At most %d agents are kept",
                   OMA_MAX_INTERACTION_AGENTS);
      return FALSE;
    }
  agent = g_new0 (Agent, 1);
  agent->name = g_strdup (name);
  agent->path = g_strdup (path);
  agent->watch = g_bus_watch_name_on_connection (agents->connection, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                 vanished_cb, agents, NULL);
  g_ptr_array_add (agents->agents, agent);
  return TRUE;
}

/**
 * oma_interaction_agents_remove:
 * @agents: agents
 * @name: unique name of a caller
 *
 * Returns: whether it was registered
 */
gboolean
oma_interaction_agents_remove (OmaInteractionAgents *agents, const char *name)
{
  return g_ptr_array_remove (agents->agents, find (agents, name));
}

/**
 * oma_interaction_agents_count:
 * @agents: agents
 *
 * Returns: how many are registered
 */
guint
oma_interaction_agents_count (OmaInteractionAgents *agents)
{
  return agents->agents->len;
}

/* ---- Asking one after the other ---- */

static void
question_free (gpointer data)
{
  Question *question = data;

  g_variant_unref (question->parameters);
  g_ptr_array_unref (question->names);
  g_strfreev (question->answers);
  g_free (question->name);
  g_free (question->path);
  g_free (question);
}

static OmaStatus
status_from_verdict (const char *verdict)
{
  static const struct {
    const char *verdict;
    OmaStatus   status;
  } verdicts[] = {
    { "ok", OMA_STATUS_OK },
    { "no", OMA_STATUS_NOT_MODIFIED },
    { "cancel", OMA_STATUS_OPERATION_CANCELLED },
    { "timeout", OMA_STATUS_REQUEST_TIMEOUT },
    { "unable", OMA_STATUS_SIZE_TOO_BIG },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    if (strcmp (verdict, verdicts[i].verdict) == 0)
      return verdicts[i].status;
  return OMA_STATUS_COMMAND_FAILED;
}

static void
take_back (OmaInteractionAgents *self, const Question *question)
{
  g_dbus_connection_call (self->connection, question->name, question->path, INTERFACE, "Cancel",
                          g_variant_new ("(u)", question->id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL,
                          NULL);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  OmaInteractionAgents *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *verdict;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      if (!question->is_page)
        take_back (self, question);
      g_task_return_int (task, OMA_STATUS_OPERATION_CANCELLED);
      return;
    }
  if (reply == NULL)
    {
      g_info ("An agent could not be asked: %s", error->message);
      question->has_failed |= !g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
      ask_next (g_steal_pointer (&task));
      return;
    }
  if (question->is_page)
    {
      g_task_return_int (task, OMA_STATUS_OK);
      return;
    }
  g_variant_get (reply, "(&s^as)", &verdict, &question->answers);
  g_task_return_int (task, status_from_verdict (verdict));
}

/* The user's session may have become another than the active one since the agent registered. */
static void
checked_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  OmaInteractionAgents *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr(GError) error = NULL;
  gboolean may = oma_polkit_check_finish (result, &error);
  Agent *agent = find (self, question->name);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_task_return_int (task, OMA_STATUS_OPERATION_CANCELLED);
      return;
    }
  if (!may || agent == NULL)
    {
      g_debug ("%s is not asked: %s", question->name, error != NULL ? error->message : "it went away");
      ask_next (g_steal_pointer (&task));
      return;
    }
  g_free (question->path);
  question->path = g_strdup (agent->path);
  g_dbus_connection_call (self->connection, question->name, question->path, INTERFACE,
                          question->is_page ? "ShowPage" : "Ask", question->parameters,
                          question->is_page ? G_VARIANT_TYPE_UNIT : G_VARIANT_TYPE ("(sas)"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, question->is_page ? SHOW_TIMEOUT : G_MAXINT,
                          cancellable, answered_cb, g_steal_pointer (&task));
}

/* Nobody is left to be asked. */
static OmaStatus
get_last_status (const Question *question)
{
  if (!question->is_page)
    return OMA_STATUS_NOT_SUPPORTED;
  return question->has_failed ? OMA_STATUS_COMMAND_FAILED : OMA_STATUS_NOT_IMPLEMENTED;
}

/* Takes @task. */
static void
ask_next (GTask *task)
{
  OmaInteractionAgents *self = g_task_get_source_object (task);
  Question *question = g_task_get_task_data (task);

  if (question->names->len == 0)
    {
      g_task_return_int (task, get_last_status (question));
      g_object_unref (task);
      return;
    }
  g_free (question->name);
  question->name = g_ptr_array_steal_index (question->names, question->names->len - 1);
  oma_polkit_check_async (self->connection, self->use_polkit, question->name,
                          oma_polkit_get_action ("org.omadm.Agent1", "RegisterUserInteraction"), FALSE,
                          g_task_get_cancellable (task), checked_cb, task);
}

static const char *
kind_to_string (OmaInteractionType type)
{
  switch (type)
    {
    case OMA_INTERACTION_DISPLAY:
      return "display";
    case OMA_INTERACTION_CONFIRM:
      return "confirm";
    case OMA_INTERACTION_INPUT:
      return "input";
    case OMA_INTERACTION_CHOICE:
      return "choice";
    case OMA_INTERACTION_MULTIPLE_CHOICE:
    default:
      return "multiple-choice";
    }
}

static GVariant *
make_parameters (guint32 id, const OmaInteractionRequest *request)
{
  static const char *const no_choices[] = { NULL };
  const char input_type[] = { request->input_type, '\0' };
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (request->min_time > 0)
    g_variant_builder_add (&options, "{sv}", "min-time", g_variant_new_uint32 (request->min_time));
  if (request->max_time > 0)
    g_variant_builder_add (&options, "{sv}", "max-time", g_variant_new_uint32 (request->max_time));
  if (request->initial != NULL)
    g_variant_builder_add (&options, "{sv}", "initial", g_variant_new_string (request->initial));
  if (request->max_length > 0)
    g_variant_builder_add (&options, "{sv}", "max-length", g_variant_new_uint32 (request->max_length));
  if (request->type == OMA_INTERACTION_INPUT)
    {
      g_variant_builder_add (&options, "{sv}", "input-type", g_variant_new_string (input_type));
      g_variant_builder_add (&options, "{sv}", "hidden", g_variant_new_boolean (request->hidden));
    }
  return g_variant_new ("(usss^asa{sv})", id, kind_to_string (request->type), request->server_id, request->text,
                        request->choices != NULL ? request->choices : no_choices, &options);
}

/* Returns: (transfer full): a task with a question to all agents that are there; takes over floating @parameters */
static GTask *
make_task (OmaInteractionAgents *self, gpointer source_tag, GVariant *parameters, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);

  g_task_set_source_tag (task, source_tag);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, question, question_free);
  question->parameters = g_variant_ref_sink (parameters);
  question->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->agents->len; i++)
    g_ptr_array_add (question->names, g_strdup (((Agent *) g_ptr_array_index (self->agents, i))->name));
  return task;
}

/* OmaInteractionInterface */
static void
ask_async (OmaInteraction *interaction, const OmaInteractionRequest *request, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  OmaInteractionAgents *self = OMA_INTERACTION_AGENTS (interaction);
  guint32 id = ++self->last_id;
  GTask *task = make_task (self, ask_async, make_parameters (id, request), cancellable, callback, user_data);

  ((Question *) g_task_get_task_data (task))->id = id;
  ask_next (task);
}

static OmaStatus
ask_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result, char ***answers)
{
  Question *question = g_task_get_task_data (G_TASK (result));
  OmaStatus status = (OmaStatus) g_task_propagate_int (G_TASK (result), NULL);

  *answers = status == OMA_STATUS_OK ? g_steal_pointer (&question->answers) : NULL;
  return status;
}

/* An address of the web that hides nothing from who reads it. */
static gboolean
is_page (const char *uri)
{
  g_autoptr(GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_ENCODED, NULL);

  return parsed != NULL && (strcmp (g_uri_get_scheme (parsed), "https") == 0 ||
                            strcmp (g_uri_get_scheme (parsed), "http") == 0) &&
         g_uri_get_userinfo (parsed) == NULL && g_uri_get_host (parsed) != NULL && *g_uri_get_host (parsed) != '\0';
}

/* OmaInteractionInterface */
static void
show_async (OmaInteraction *interaction, const char *server_id, const char *uri, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = make_task (OMA_INTERACTION_AGENTS (interaction), show_async, g_variant_new ("(ss)", server_id, uri),
                           cancellable, callback, user_data);
  Question *question = g_task_get_task_data (task);

  question->is_page = TRUE;
  if (is_page (uri))
    {
      ask_next (task);
      return;
    }
  g_info ("What server %s wants shown is no page of the web", server_id);
  g_task_return_int (task, OMA_STATUS_COMMAND_FAILED);
  g_object_unref (task);
}

static OmaStatus
show_finish (OmaInteraction *interaction G_GNUC_UNUSED, GAsyncResult *result)
{
  return (OmaStatus) g_task_propagate_int (G_TASK (result), NULL);
}

static void
oma_interaction_agents_iface_init (OmaInteractionInterface *iface)
{
  iface->show_async = show_async;
  iface->show_finish = show_finish;
  iface->ask_async = ask_async;
  iface->ask_finish = ask_finish;
}

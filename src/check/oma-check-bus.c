/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-check-bus.h"

#include <string.h>
#include <sys/socket.h>

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"
#define OUR_NAME ":1.1"
#define SERVICE_NAME ":1.2"

struct _OmaCheckBus {
  OmaCheckAnswers *answers;
  GDBusConnection *client;        /* the plugin's end */
  GDBusConnection *peer;          /* ours */
  guint            filter;
  OmaCheckFault    fault;
  guint            fault_at;      /* which call, counted from 1 */
  guint            n_calls;
  guint            n_unanswered;
  GQueue           hanging;       /* (element-type GDBusMessage) */
  OmaCheckHangFunc hang_func;
  gpointer         hang_data;
  GPtrArray       *unanswered;    /* (element-type utf8): calls for which there was no answer, each once */
};

/* ---- What comes in ---- */

static void
send_as (OmaCheckBus *bus, GDBusMessage *message, const char *sender)
{
  g_dbus_message_set_sender (message, sender);
  g_dbus_connection_send_message (bus->peer, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

static char *
describe (GDBusMessage *call)
{
  GVariant *arguments = g_dbus_message_get_body (call);
  g_autofree char *printed = arguments != NULL ? g_variant_print (arguments, FALSE) : g_strdup ("()");

  return g_strdup_printf ("%s.%s%s of %s, object %s", g_dbus_message_get_interface (call),
                          g_dbus_message_get_member (call), printed, g_dbus_message_get_destination (call),
                          g_dbus_message_get_path (call));
}

static void
note_unanswered (OmaCheckBus *bus, GDBusMessage *call)
{
  char *text = describe (call);

  bus->n_unanswered++;
  if (g_ptr_array_find_with_equal_func (bus->unanswered, text, g_str_equal, NULL))
    g_free (text);
  else
    g_ptr_array_add (bus->unanswered, text);
}

static GDBusMessage *
refuse_as_absent (GDBusMessage *call)
{
  return g_dbus_message_new_method_error (call, BUS_NAME ".Error.ServiceUnknown",
                                          "The name %s was not provided by any .service files",
                                          g_dbus_message_get_destination (call));
}

/* A call of the plugin. */
static void
serve (OmaCheckBus *bus, GDBusMessage *call)
{
  gboolean hit = ++bus->n_calls == bus->fault_at;
  g_autoptr(GDBusMessage) reply = NULL;

  if (bus->fault == OMA_CHECK_FAULT_HANGS && hit)
    {
      g_queue_push_tail (&bus->hanging, g_object_ref (call));
      if (bus->hang_func != NULL)
        bus->hang_func (bus->hang_data);
      return;
    }
  if (bus->fault == OMA_CHECK_FAULT_ABSENT)
    reply = refuse_as_absent (call);
  else if (bus->fault == OMA_CHECK_FAULT_FAILS && hit)
    reply = g_dbus_message_new_method_error_literal (call, BUS_NAME ".Error.Failed", "It fails for a trial");
  else
    reply = oma_check_answers_reply (bus->answers, call);
  if (reply == NULL)
    {
      note_unanswered (bus, call);
      reply = refuse_as_absent (call);
    }
  send_as (bus, reply, SERVICE_NAME);
}

/* The bus itself, as far as GDBus and plugins ask it. */
static GVariant *
answer_as_bus (OmaCheckBus *bus, GDBusMessage *call)
{
  const char *member = g_dbus_message_get_member (call), *name = NULL;
  GVariant *arguments = g_dbus_message_get_body (call);

  if (arguments != NULL && g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(s)")))
    g_variant_get (arguments, "(&s)", &name);
  if (strcmp (member, "Hello") == 0)
    return g_variant_new ("(s)", OUR_NAME);
  if (strcmp (member, "AddMatch") == 0 || strcmp (member, "RemoveMatch") == 0)
    return g_variant_new ("()");
  if (strcmp (member, "GetId") == 0)
    return g_variant_new ("(s)", "0123456789abcdef0123456789abcdef");
  if (name == NULL)
    return NULL;
  if (strcmp (member, "NameHasOwner") == 0)
    return g_variant_new ("(b)", oma_check_answers_has_name (bus->answers, name));
  if (strcmp (member, "GetNameOwner") == 0 && oma_check_answers_has_name (bus->answers, name))
    return g_variant_new ("(s)", SERVICE_NAME);
  return NULL;
}

static void
serve_as_bus (OmaCheckBus *bus, GDBusMessage *call)
{
  GVariant *body = answer_as_bus (bus, call);
  g_autoptr(GDBusMessage) reply = NULL;

  if (body != NULL)
    {
      reply = g_dbus_message_new_method_reply (call);
      g_dbus_message_set_body (reply, body);
    }
  else if (strcmp (g_dbus_message_get_member (call), "GetNameOwner") == 0)
    reply = g_dbus_message_new_method_error_literal (call, BUS_NAME ".Error.NameHasNoOwner", "Nobody has the name");
  else
    reply = g_dbus_message_new_method_error_literal (call, BUS_NAME ".Error.UnknownMethod", "There is no such method");
  send_as (bus, reply, BUS_NAME);
}

typedef struct {
  OmaCheckBus  *bus;
  GDBusMessage *message;
} Arrival;

static void
arrival_free (gpointer data)
{
  Arrival *arrival = data;

  g_object_unref (arrival->message);
  g_free (arrival);
}

static gboolean
arrived (gpointer data)
{
  Arrival *arrival = data;

  if (g_strcmp0 (g_dbus_message_get_destination (arrival->message), BUS_NAME) == 0)
    serve_as_bus (arrival->bus, arrival->message);
  else
    serve (arrival->bus, arrival->message);
  return G_SOURCE_REMOVE;
}

/* Runs in the thread of GDBus: hands calls over to the main loop. */
static GDBusMessage *
filter_cb (GDBusConnection *connection G_GNUC_UNUSED, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Arrival *arrival;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  arrival = g_new (Arrival, 1);
  arrival->bus = user_data;
  arrival->message = message;
  g_idle_add_full (G_PRIORITY_DEFAULT, arrived, arrival, arrival_free);
  return NULL;
}

/* ---- What goes out ---- */

static void
changed_cb (const char *object_path, const char *interface_name, GVariant *changed, gpointer user_data)
{
  g_autoptr(GDBusMessage) signal = g_dbus_message_new_signal (object_path, BUS_NAME ".Properties", "PropertiesChanged");

  g_dbus_message_set_body (signal, g_variant_new ("(s@a{sv}as)", interface_name, changed, NULL));
  send_as (user_data, signal, SERVICE_NAME);
}

/**
 * oma_check_bus_tell_owner:
 * @bus: the bus
 * @name: name of a service
 * @there: whether it comes; else it goes
 *
 * Tells who follows it that a service comes or goes.
 */
void
oma_check_bus_tell_owner (OmaCheckBus *bus, const char *name, gboolean there)
{
  g_autoptr(GDBusMessage) signal = g_dbus_message_new_signal (BUS_PATH, BUS_NAME, "NameOwnerChanged");

  g_dbus_message_set_body (signal, g_variant_new ("(sss)", name, there ? "" : SERVICE_NAME, there ? SERVICE_NAME : ""));
  send_as (bus, signal, BUS_NAME);
}

/**
 * oma_check_bus_release:
 * @bus: the bus
 *
 * Calls that hang are answered, with an error, and no call has a fault any more.
 */
void
oma_check_bus_release (OmaCheckBus *bus)
{
  GDBusMessage *call;

  oma_check_bus_set_fault (bus, OMA_CHECK_FAULT_NONE, 0);
  while ((call = g_queue_pop_head (&bus->hanging)) != NULL)
    {
      g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_error_literal (call, BUS_NAME ".Error.NoReply",
                                                                              "It was never answered");

      send_as (bus, reply, BUS_NAME);
      g_object_unref (call);
    }
}

/**
 * oma_check_bus_set_fault:
 * @bus: the bus
 * @fault: what goes wrong from now on
 * @call: with which call, counted from 1 and from now on; 0 for none
 */
void
oma_check_bus_set_fault (OmaCheckBus *bus, OmaCheckFault fault, guint call)
{
  bus->fault = fault;
  bus->fault_at = call;
  bus->n_calls = 0;
  bus->n_unanswered = 0;
}

/**
 * oma_check_bus_set_hang_func:
 * @bus: the bus
 * @func: (nullable): called when a call begins to hang
 * @user_data: for @func
 */
void
oma_check_bus_set_hang_func (OmaCheckBus *bus, OmaCheckHangFunc func, gpointer user_data)
{
  bus->hang_func = func;
  bus->hang_data = user_data;
}

/**
 * oma_check_bus_count_calls:
 * @bus: the bus
 *
 * Returns: how many calls came since oma_check_bus_set_fault()
 */
guint
oma_check_bus_count_calls (OmaCheckBus *bus)
{
  return bus->n_calls;
}

/**
 * oma_check_bus_count_hanging:
 * @bus: the bus
 *
 * Returns: how many calls hang
 */
guint
oma_check_bus_count_hanging (OmaCheckBus *bus)
{
  return g_queue_get_length (&bus->hanging);
}

/**
 * oma_check_bus_dup_hanging:
 * @bus: the bus
 *
 * Returns: (transfer full) (nullable): the first call that hangs, for people; %NULL when none does
 */
char *
oma_check_bus_dup_hanging (OmaCheckBus *bus)
{
  GDBusMessage *call = g_queue_peek_head (&bus->hanging);

  return call != NULL ? describe (call) : NULL;
}

/**
 * oma_check_bus_count_unanswered:
 * @bus: the bus
 *
 * Returns: to how many calls since oma_check_bus_set_fault() there was no answer
 */
guint
oma_check_bus_count_unanswered (OmaCheckBus *bus)
{
  return bus->n_unanswered;
}

/**
 * oma_check_bus_get_unanswered:
 * @bus: the bus
 *
 * Returns: (transfer none) (element-type utf8): the calls for which there was no answer, for people
 */
GPtrArray *
oma_check_bus_get_unanswered (OmaCheckBus *bus)
{
  return bus->unanswered;
}

/**
 * oma_check_bus_get_connection:
 * @bus: the bus
 *
 * Returns: (transfer none): a connection to it
 */
GDBusConnection *
oma_check_bus_get_connection (OmaCheckBus *bus)
{
  return bus->client;
}

/* ---- The pair ---- */

static GIOStream *
wrap (int fd, GError **error)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, error);

  return socket != NULL ? G_IO_STREAM (g_socket_connection_factory_create_connection (socket)) : NULL;
}

typedef struct {
  GDBusConnection *connection;
  GError          *error;
  gboolean         done;
} Opening;

static void
opened_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;

  opening->connection = g_dbus_connection_new_finish (result, &opening->error);
  opening->done = TRUE;
}

/* Both ends shake hands at the same time; then the client's end says Hello, which needs the filter. */
static gboolean
connect_ends (OmaCheckBus *bus, GIOStream *ours, GIOStream *theirs, GError **error)
{
  g_autofree char *guid = g_dbus_generate_guid ();
  Opening peer = { 0 }, client = { 0 };

  g_dbus_connection_new (ours, guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS |
                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, NULL, opened_cb, &peer);
  g_dbus_connection_new (theirs, NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                           G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                         NULL, NULL, opened_cb, &client);
  while (!peer.done && !client.done)
    g_main_context_iteration (NULL, TRUE);
  bus->peer = peer.connection;
  if (bus->peer != NULL)
    {
      bus->filter = g_dbus_connection_add_filter (bus->peer, filter_cb, bus, NULL);
      g_dbus_connection_start_message_processing (bus->peer);
    }
  while (!client.done)
    g_main_context_iteration (NULL, TRUE);
  bus->client = client.connection;
  if (peer.error != NULL)
    g_propagate_error (error, g_steal_pointer (&peer.error));
  else if (client.error != NULL)
    g_propagate_error (error, g_steal_pointer (&client.error));
  g_clear_error (&client.error);
  return bus->peer != NULL && bus->client != NULL;
}

/**
 * oma_check_bus_new:
 * @answers: (transfer none): what services answer; must outlive the bus
 * @error: return location for a #GError
 *
 * It runs the main loop while it is made.
 *
 * Returns: (transfer full): a bus, or %NULL
 */
OmaCheckBus *
oma_check_bus_new (OmaCheckAnswers *answers, GError **error)
{
  g_autoptr(OmaCheckBus) bus = g_new0 (OmaCheckBus, 1);
  g_autoptr(GIOStream) ours = NULL, theirs = NULL;
  int ends[2];

  bus->answers = answers;
  bus->unanswered = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&bus->hanging);
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There are no sockets");
      return NULL;
    }
  ours = wrap (ends[0], error);
  theirs = wrap (ends[1], ours != NULL ? error : NULL);
  if (ours == NULL || theirs == NULL || !connect_ends (bus, ours, theirs, error))
    return NULL;
  g_dbus_connection_set_exit_on_close (bus->client, FALSE);
  oma_check_answers_set_changed_func (answers, changed_cb, bus);
  return g_steal_pointer (&bus);
}

/**
 * oma_check_bus_free:
 * @bus: (transfer full): a bus
 */
void
oma_check_bus_free (OmaCheckBus *bus)
{
  oma_check_answers_set_changed_func (bus->answers, NULL, NULL);
  if (bus->peer != NULL)
    {
      g_dbus_connection_remove_filter (bus->peer, bus->filter);
      g_dbus_connection_close_sync (bus->peer, NULL, NULL);
    }
  if (bus->client != NULL)
    g_dbus_connection_close_sync (bus->client, NULL, NULL);
  g_clear_object (&bus->client);
  g_clear_object (&bus->peer);
  g_queue_clear_full (&bus->hanging, g_object_unref);
  g_ptr_array_unref (bus->unanswered);
  g_free (bus);
}

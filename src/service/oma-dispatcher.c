/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-dispatcher.h"

#include "service/oma-object.h"
#include "service/oma-polkit.h"

#include <string.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define INTROSPECTABLE "org.freedesktop.DBus.Introspectable"

struct _OmaDispatcher {
  grefcount       ref_count;       /* the owner's and one for each request */
  OmaAgent       *agent;
  OmaSubscribers *subscribers;     /* NULL once stopped */
  gboolean        use_polkit;
  GCancellable   *cancellable;
  GHashTable     *requests;        /* set of OmaRequest */
  GHashTable     *in_flight;       /* unique name -> how many */
};

/* What a call asks for, once it was found to be well-formed. */
typedef struct _Plan Plan;
struct _Plan {
  OmaRequest           *request;
  const OmaObjectClass *object_class;
  const OmaInterface   *interface;
  const OmaMethod      *method;
  const char           *property;
  const char           *action;
  void                (*run) (Plan *plan);
};

/**
 * oma_dispatcher_new:
 * @agent: the agent
 * @subscribers: who gets signals; must live until oma_dispatcher_stop()
 * @use_polkit: as of oma_polkit_check_async()
 *
 * Returns: (transfer full): a dispatcher
 */
OmaDispatcher *
oma_dispatcher_new (OmaAgent *agent, OmaSubscribers *subscribers, gboolean use_polkit)
{
  OmaDispatcher *dispatcher = g_new0 (OmaDispatcher, 1);

  g_ref_count_init (&dispatcher->ref_count);
  dispatcher->agent = g_object_ref (agent);
  dispatcher->subscribers = subscribers;
  dispatcher->use_polkit = use_polkit;
  dispatcher->cancellable = g_cancellable_new ();
  dispatcher->requests = g_hash_table_new (NULL, NULL);
  dispatcher->in_flight = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return dispatcher;
}

static void
dispatcher_unref (OmaDispatcher *dispatcher)
{
  if (!g_ref_count_dec (&dispatcher->ref_count))
    return;
  g_hash_table_unref (dispatcher->requests);
  g_hash_table_unref (dispatcher->in_flight);
  g_object_unref (dispatcher->cancellable);
  g_object_unref (dispatcher->agent);
  g_free (dispatcher);
}

/**
 * oma_dispatcher_free:
 * @dispatcher: (transfer full): a dispatcher
 *
 * Stops it, see oma_dispatcher_stop(), and frees it when the last request is over.
 */
void
oma_dispatcher_free (OmaDispatcher *dispatcher)
{
  oma_dispatcher_stop (dispatcher);
  dispatcher_unref (dispatcher);
}

/**
 * oma_dispatcher_stop:
 * @dispatcher: a dispatcher
 *
 * Answers the calls that are still worked on with %OMA_AGENT_ERROR_STOPPING and cancels
 * what waits for others.  Later calls get the same answer.
 */
void
oma_dispatcher_stop (OmaDispatcher *dispatcher)
{
  g_autoptr(GError) error = g_error_new_literal (OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING, "The daemon is stopping");
  g_autoptr(GList) requests = g_hash_table_get_keys (dispatcher->requests);

  dispatcher->subscribers = NULL;
  for (GList *l = requests; l != NULL; l = l->next)
    {
      oma_request_give_up (l->data, error);
      ((OmaRequest *) l->data)->subscribers = NULL;
    }
  g_cancellable_cancel (dispatcher->cancellable);
}

static gboolean
count_in (OmaDispatcher *dispatcher, const char *caller)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (dispatcher->in_flight, caller));

  if (n >= OMA_MAX_IN_FLIGHT || g_hash_table_size (dispatcher->requests) >= OMA_MAX_IN_FLIGHT_OF_ALL)
    return FALSE;
  g_hash_table_insert (dispatcher->in_flight, g_strdup (caller), GUINT_TO_POINTER (n + 1));
  return TRUE;
}

static void
request_done (OmaRequest *request, gpointer user_data)
{
  OmaDispatcher *dispatcher = user_data;
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (dispatcher->in_flight, request->caller));

  if (n > 1)
    g_hash_table_insert (dispatcher->in_flight, g_strdup (request->caller), GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (dispatcher->in_flight, request->caller);
  g_hash_table_remove (dispatcher->requests, request);
  dispatcher_unref (dispatcher);
}

/* ---- What is run once it is allowed ---- */

static void
run_method (Plan *plan)
{
  plan->method->handle (plan->request);
}

static void
run_introspect (Plan *plan)
{
  if (plan->object_class->introspect != NULL)
    plan->object_class->introspect (plan->request);
  else
    oma_object_return_introspection (plan->request, plan->object_class, NULL);
}

static void
run_get (Plan *plan)
{
  GVariant *value = plan->interface->get_property (plan->request->object, plan->property);

  oma_request_return (plan->request, g_variant_new ("(v)", value), NULL);
}

static void
run_get_all (Plan *plan)
{
  GVariant *all = oma_interface_get_all (plan->interface, plan->request->object);

  oma_request_return (plan->request, g_variant_new ("(@a{sv})", all), NULL);
}

/* ---- Finding out what is asked for ---- */

static gboolean
fail (GError **error, OmaDBusError code, const char *what, const char *name)
{
  g_set_error (error, OMA_DBUS_ERROR, code, "%s '%s'", what, name);
  return FALSE;
}

static gboolean
has_signature (OmaRequest *request, const char *signature, GError **error)
{
  if (strcmp (g_variant_get_type_string (request->parameters), signature) == 0)
    return TRUE;
  g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, "Arguments of type '%s' where '%s' is expected",
               g_variant_get_type_string (request->parameters), signature);
  return FALSE;
}

static gboolean
find_interface (Plan *plan, const char *name, GError **error)
{
  plan->interface = oma_object_class_get_interface (plan->object_class, name);
  return plan->interface != NULL || fail (error, OMA_DBUS_ERROR_UNKNOWN_INTERFACE, "No such interface", name);
}

static gboolean
find_property (Plan *plan, const char *interface, const char *property, GError **error)
{
  if (!find_interface (plan, interface, error))
    return FALSE;
  if (g_dbus_interface_info_lookup_property (plan->interface->get_info (), property) == NULL)
    return fail (error, OMA_DBUS_ERROR_UNKNOWN_PROPERTY, "No such property", property);
  plan->property = property;
  return TRUE;
}

static gboolean
plan_properties (Plan *plan, const char *member, GError **error)
{
  OmaRequest *request = plan->request;
  const char *interface, *property;

  if (strcmp (member, "Get") == 0)
    {
      if (!has_signature (request, "(ss)", error))
        return FALSE;
      g_variant_get (request->parameters, "(&s&s)", &interface, &property);
      plan->run = run_get;
      plan->action = oma_polkit_get_action (interface, property);
      return find_property (plan, interface, property, error);
    }
  if (strcmp (member, "GetAll") == 0)
    {
      if (!has_signature (request, "(s)", error))
        return FALSE;
      g_variant_get (request->parameters, "(&s)", &interface);
      if (!find_interface (plan, interface, error))
        return FALSE;
      plan->run = run_get_all;
      plan->action = oma_polkit_get_action_for_all (plan->interface->get_info ());
      return TRUE;
    }
  if (strcmp (member, "Set") == 0)
    {
      if (!has_signature (request, "(ssv)", error))
        return FALSE;
      g_variant_get (request->parameters, "(&s&sv)", &interface, &property, NULL);
      return find_property (plan, interface, property, error) &&
             fail (error, OMA_DBUS_ERROR_PROPERTY_READ_ONLY, "Not writable: property", property);
    }
  return fail (error, OMA_DBUS_ERROR_UNKNOWN_METHOD, "No such method", member);
}

static char *
dup_in_signature (const GDBusMethodInfo *info)
{
  GString *signature = g_string_new ("(");

  for (guint i = 0; info->in_args != NULL && info->in_args[i] != NULL; i++)
    g_string_append (signature, info->in_args[i]->signature);
  g_string_append_c (signature, ')');
  return g_string_free (signature, FALSE);
}

static gboolean
plan_method (Plan *plan, const char *interface, const char *member, GError **error)
{
  g_autofree char *signature = NULL;
  GDBusMethodInfo *info;

  if (!find_interface (plan, interface, error))
    return FALSE;
  info = g_dbus_interface_info_lookup_method (plan->interface->get_info (), member);
  plan->method = oma_interface_get_method (plan->interface, member);
  if (info == NULL || plan->method == NULL)
    return fail (error, OMA_DBUS_ERROR_UNKNOWN_METHOD, "No such method", member);
  signature = dup_in_signature (info);
  plan->run = run_method;
  plan->action = oma_polkit_get_action (interface, member);
  return has_signature (plan->request, signature, error);
}

/* A call need not name the interface; then the first that has the method is meant. */
static const char *
guess_interface (const OmaObjectClass *object_class, const char *member)
{
  if (strcmp (member, "Introspect") == 0)
    return INTROSPECTABLE;
  for (guint i = 0; object_class->interfaces != NULL && object_class->interfaces[i] != NULL; i++)
    if (oma_interface_get_method (object_class->interfaces[i], member) != NULL)
      return object_class->interfaces[i]->get_info ()->name;
  return PROPERTIES;
}

static gboolean
make_plan (Plan *plan, GError **error)
{
  OmaRequest *request = plan->request;
  const char *interface = g_dbus_message_get_interface (request->message);
  const char *member = g_dbus_message_get_member (request->message);

  plan->object_class = oma_object_class_for_path (request->path);
  if (plan->object_class == NULL)
    return fail (error, OMA_DBUS_ERROR_UNKNOWN_OBJECT, "No such object", request->path);
  if (interface == NULL)
    interface = guess_interface (plan->object_class, member);
  if (strcmp (interface, PROPERTIES) == 0)
    return plan_properties (plan, member, error);
  if (strcmp (interface, INTROSPECTABLE) != 0)
    return plan_method (plan, interface, member, error);
  if (strcmp (member, "Introspect") != 0)
    return fail (error, OMA_DBUS_ERROR_UNKNOWN_METHOD, "No such method", member);
  plan->run = run_introspect;
  plan->action = oma_polkit_get_action (interface, member);
  return has_signature (request, "()", error);
}

/* ---- From the call to its handler ---- */

static void
checked_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autofree Plan *plan = user_data;
  g_autoptr(GError) error = NULL;

  if (!oma_polkit_check_finish (result, &error))
    oma_request_return_error (plan->request, g_steal_pointer (&error));
  else if (plan->request->subscribers == NULL)      /* stopped meanwhile */
    oma_request_refuse (plan->request, OMA_DBUS_ERROR_ACCESS_DENIED, "The daemon is stopping");
  else if (plan->object_class->resolve != NULL && !plan->object_class->resolve (plan->request, &error))
    oma_request_return_error (plan->request, g_steal_pointer (&error));
  else
    plan->run (plan);
}

static OmaRequest *
take_request (OmaDispatcher *dispatcher, GDBusConnection *connection, GDBusMessage *message)
{
  OmaRequest *request = oma_request_new (connection, message);

  request->agent = g_object_ref (dispatcher->agent);
  request->subscribers = dispatcher->subscribers;
  request->cancellable = g_object_ref (dispatcher->cancellable);
  if (dispatcher->subscribers == NULL)
    {
      oma_request_return_error (request, g_error_new_literal (OMA_AGENT_ERROR, OMA_AGENT_ERROR_STOPPING,
                                                              "The daemon is stopping"));
      return NULL;
    }
  if (request->caller == NULL)
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_ACCESS_DENIED, "Only callers on a bus can be told apart");
      return NULL;
    }
  if (!count_in (dispatcher, request->caller))
    {
      oma_request_refuse (request, OMA_DBUS_ERROR_LIMITS_EXCEEDED, "At most %d calls at a time, %d of all callers",
                          OMA_MAX_IN_FLIGHT, OMA_MAX_IN_FLIGHT_OF_ALL);
      return NULL;
    }
  request->done = request_done;
  request->done_data = dispatcher;
  g_ref_count_inc (&dispatcher->ref_count);
  g_hash_table_add (dispatcher->requests, request);
  return request;
}

/**
 * oma_dispatcher_dispatch:
 * @dispatcher: a dispatcher
 * @connection: where @message came from
 * @message: a method call to one of our objects
 *
 * Answers a call, at once or later.  That it is malformed is told before it is authorised,
 * since the interfaces are no secret; whether the object is there, only after it.
 */
void
oma_dispatcher_dispatch (OmaDispatcher *dispatcher, GDBusConnection *connection, GDBusMessage *message)
{
  OmaRequest *request = take_request (dispatcher, connection, message);
  g_autoptr(GError) error = NULL;
  g_autofree Plan *plan = NULL;

  if (request == NULL)
    return;
  plan = g_new0 (Plan, 1);
  plan->request = request;
  if (!make_plan (plan, &error))
    {
      oma_request_return_error (request, g_steal_pointer (&error));
      return;
    }
  oma_polkit_check_async (connection, dispatcher->use_polkit, request->caller, plan->action,
                          oma_request_is_interactive (request), request->cancellable, checked_cb, plan);
  g_steal_pointer (&plan);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-subscribers.h"

#include "service/oma-dbus-error.h"
#include "service/oma-event-summary.h"

#include <string.h>

#define AGENT_PATH "/org/omadm/Agent1"
#define AGENT_IFACE "org.omadm.Agent1"
#define TREE_IFACE "org.omadm.Agent1.Tree"
#define SESSION_IFACE "org.omadm.Agent1.Session"

typedef struct {
  char      *name;       /* unique name on the bus */
  guint      watch;
  gboolean   monitor;
  GPtrArray *uris;       /* (element-type utf8): canonical */
  GPtrArray *sessions;   /* (element-type utf8): object paths */
} Subscriber;

struct _OmaSubscribers {
  GDBusConnection *connection;
  GHashTable      *by_name;      /* name -> Subscriber, which owns the name */
  guint            n_monitors;
  OmaMonitorsFunc  monitors_func;
  gpointer         monitors_data;
};

static void
subscriber_free (gpointer data)
{
  Subscriber *subscriber = data;

  g_bus_unwatch_name (subscriber->watch);
  g_ptr_array_unref (subscriber->uris);
  g_ptr_array_unref (subscriber->sessions);
  g_free (subscriber->name);
  g_free (subscriber);
}

/**
 * oma_subscribers_new:
 * @connection: where the signals go
 *
 * Returns: (transfer full): nobody yet
 */
OmaSubscribers *
oma_subscribers_new (GDBusConnection *connection)
{
  OmaSubscribers *subscribers = g_new0 (OmaSubscribers, 1);

  subscribers->connection = g_object_ref (connection);
  subscribers->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, subscriber_free);
  return subscribers;
}

/**
 * oma_subscribers_free:
 * @subscribers: (transfer full): subscribers
 */
void
oma_subscribers_free (OmaSubscribers *subscribers)
{
  g_hash_table_unref (subscribers->by_name);
  g_object_unref (subscribers->connection);
  g_free (subscribers);
}

/**
 * oma_subscribers_set_monitors_func:
 * @subscribers: subscribers
 * @func: told when the first monitor comes and when the last one goes
 * @user_data: for @func
 */
void
oma_subscribers_set_monitors_func (OmaSubscribers *subscribers, OmaMonitorsFunc func, gpointer user_data)
{
  subscribers->monitors_func = func;
  subscribers->monitors_data = user_data;
}

static void
set_monitor (OmaSubscribers *subscribers, Subscriber *subscriber, gboolean monitor)
{
  guint before = subscribers->n_monitors;

  if (subscriber->monitor == monitor)
    return;
  subscriber->monitor = monitor;
  subscribers->n_monitors = monitor ? before + 1 : before - 1;
  if ((before == 0 || subscribers->n_monitors == 0) && subscribers->monitors_func != NULL)
    subscribers->monitors_func (monitor, subscribers->monitors_data);
}

static void
drop (OmaSubscribers *subscribers, const char *name)
{
  Subscriber *subscriber = g_hash_table_lookup (subscribers->by_name, name);

  if (subscriber == NULL)
    return;
  set_monitor (subscribers, subscriber, FALSE);
  g_hash_table_remove (subscribers->by_name, subscriber->name);
}

static void
drop_if_idle (OmaSubscribers *subscribers, Subscriber *subscriber)
{
  if (!subscriber->monitor && subscriber->uris->len == 0 && subscriber->sessions->len == 0)
    drop (subscribers, subscriber->name);
}

static void
vanished_cb (GDBusConnection *connection G_GNUC_UNUSED, const char *name, gpointer user_data)
{
  drop (user_data, name);
}

/* A caller that left before the watch stands is told as vanished too. */
static Subscriber *
ensure (OmaSubscribers *subscribers, const char *caller, GError **error)
{
  Subscriber *subscriber = g_hash_table_lookup (subscribers->by_name, caller);

  if (subscriber != NULL)
    return subscriber;
  if (g_hash_table_size (subscribers->by_name) >= OMA_MAX_SUBSCRIBERS)
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED, "At most %d callers can subscribe",
                   OMA_MAX_SUBSCRIBERS);
      return NULL;
    }
  subscriber = g_new0 (Subscriber, 1);
  subscriber->name = g_strdup (caller);
  subscriber->uris = g_ptr_array_new_with_free_func (g_free);
  subscriber->sessions = g_ptr_array_new_with_free_func (g_free);
  subscriber->watch = g_bus_watch_name_on_connection (subscribers->connection, caller, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                      NULL, vanished_cb, subscribers, NULL);
  g_hash_table_insert (subscribers->by_name, subscriber->name, subscriber);
  return subscriber;
}

static gboolean
contains (GPtrArray *texts, const char *text)
{
  return g_ptr_array_find_with_equal_func (texts, text, g_str_equal, NULL);
}

static gboolean
add (OmaSubscribers *subscribers, const char *caller, gboolean to_session, const char *text, GError **error)
{
  Subscriber *subscriber = ensure (subscribers, caller, error);
  GPtrArray *texts;

  if (subscriber == NULL)
    return FALSE;
  texts = to_session ? subscriber->sessions : subscriber->uris;
  if (contains (texts, text))
    return TRUE;
  if (subscriber->uris->len + subscriber->sessions->len >= OMA_MAX_SUBSCRIPTIONS)
    {
      g_set_error (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_LIMITS_EXCEEDED, "At most %d subscriptions are kept",
                   OMA_MAX_SUBSCRIPTIONS);
      return FALSE;
    }
  g_ptr_array_add (texts, g_strdup (text));
  return TRUE;
}

/**
 * oma_subscribers_add_uri:
 * @subscribers: subscribers
 * @caller: unique name of who subscribes, who passed the check for reading
 * @uri: canonical URI of a node
 * @error: return location for an #OmaDBusError
 *
 * Returns: %TRUE, also when @caller had subscribed to @uri before, or %FALSE with
 *   %OMA_DBUS_ERROR_LIMITS_EXCEEDED
 */
gboolean
oma_subscribers_add_uri (OmaSubscribers *subscribers, const char *caller, const char *uri, GError **error)
{
  return add (subscribers, caller, FALSE, uri, error);
}

/**
 * oma_subscribers_remove_uri:
 * @subscribers: subscribers
 * @caller: unique name of who subscribed
 * @uri: canonical URI of a node
 *
 * Returns: whether @caller had subscribed to @uri
 */
gboolean
oma_subscribers_remove_uri (OmaSubscribers *subscribers, const char *caller, const char *uri)
{
  Subscriber *subscriber = g_hash_table_lookup (subscribers->by_name, caller);
  guint index;

  if (subscriber == NULL || !g_ptr_array_find_with_equal_func (subscriber->uris, uri, g_str_equal, &index))
    return FALSE;
  g_ptr_array_remove_index_fast (subscriber->uris, index);
  drop_if_idle (subscribers, subscriber);
  return TRUE;
}

/**
 * oma_subscribers_add_session:
 * @subscribers: subscribers
 * @caller: unique name of who started the session
 * @path: object path of the session
 * @error: return location for an #OmaDBusError
 *
 * Returns: %TRUE, or %FALSE with %OMA_DBUS_ERROR_LIMITS_EXCEEDED
 */
gboolean
oma_subscribers_add_session (OmaSubscribers *subscribers, const char *caller, const char *path, GError **error)
{
  return add (subscribers, caller, TRUE, path, error);
}

/**
 * oma_subscribers_drop_session:
 * @subscribers: subscribers
 * @path: object path of a session that is gone
 */
void
oma_subscribers_drop_session (OmaSubscribers *subscribers, const char *path)
{
  g_autoptr(GList) all = g_hash_table_get_values (subscribers->by_name);

  for (GList *l = all; l != NULL; l = l->next)
    {
      Subscriber *subscriber = l->data;
      guint index;

      if (!g_ptr_array_find_with_equal_func (subscriber->sessions, path, g_str_equal, &index))
        continue;
      g_ptr_array_remove_index_fast (subscriber->sessions, index);
      drop_if_idle (subscribers, subscriber);
    }
}

/**
 * oma_subscribers_set_monitor:
 * @subscribers: subscribers
 * @caller: unique name of who passed the check for monitoring
 * @monitor: whether it gets the messages of sessions and the signals of all sessions
 * @error: return location for an #OmaDBusError
 *
 * Returns: %TRUE, or %FALSE with %OMA_DBUS_ERROR_LIMITS_EXCEEDED, which is only for who begins
 */
gboolean
oma_subscribers_set_monitor (OmaSubscribers *subscribers, const char *caller, gboolean monitor, GError **error)
{
  Subscriber *subscriber = monitor ? ensure (subscribers, caller, error)
                                   : g_hash_table_lookup (subscribers->by_name, caller);

  if (subscriber == NULL)
    return !monitor;
  set_monitor (subscribers, subscriber, monitor);
  drop_if_idle (subscribers, subscriber);
  return TRUE;
}

/**
 * oma_subscribers_has_monitors:
 * @subscribers: subscribers
 *
 * Returns: whether somebody monitors
 */
gboolean
oma_subscribers_has_monitors (OmaSubscribers *subscribers)
{
  return subscribers->n_monitors > 0;
}

/**
 * oma_subscribers_count:
 * @subscribers: subscribers
 *
 * Returns: how many callers get signals
 */
guint
oma_subscribers_count (OmaSubscribers *subscribers)
{
  return g_hash_table_size (subscribers->by_name);
}

static void
tell (OmaSubscribers *subscribers, const Subscriber *subscriber, const char *path, const char *interface,
      const char *signal, GVariant *parameters)
{
  g_autoptr(GError) error = NULL;

  if (!g_dbus_connection_emit_signal (subscribers->connection, subscriber->name, path, interface, signal, parameters,
                                      &error))
    g_debug ("Could not send %s to %s: %s", signal, subscriber->name, error->message);
}

/* Canonical URIs: "." is above all. */
static gboolean
is_at_or_below (const char *uri, const char *top)
{
  gsize length = strlen (top);

  return strncmp (uri, top, length) == 0 && (uri[length] == '\0' || uri[length] == '/');
}

static gboolean
concerns (const Subscriber *subscriber, const char *uri, OmaChangeKind kind)
{
  for (guint i = 0; i < subscriber->uris->len; i++)
    {
      const char *subscribed = g_ptr_array_index (subscriber->uris, i);

      if (is_at_or_below (uri, subscribed) || (kind == OMA_CHANGE_DELETED && is_at_or_below (subscribed, uri)))
        return TRUE;
    }
  return FALSE;
}

static const char *
kind_to_string (OmaChangeKind kind)
{
  switch (kind)
    {
    case OMA_CHANGE_ADDED:
      return "added";
    case OMA_CHANGE_DELETED:
      return "deleted";
    case OMA_CHANGE_REPLACED:
    default:
      return "replaced";
    }
}

/* What is told of a node with all that changed below it, when that is much. */
#define KIND_SUBTREE "subtree"

static void
tell_summary (OmaSubscribers *subscribers, const Subscriber *subscriber, const OmaEventSummary *summary)
{
  const OmaTreeEvent *event = summary->event;
  gboolean itself = event->uri[summary->length] == '\0';
  g_autofree char *uri = g_strndup (event->uri, summary->length);
  /* A node that came or went says that of all below it. */
  const char *kind = summary->many && (!itself || event->kind == OMA_CHANGE_REPLACED) ? KIND_SUBTREE
                                                                                      : kind_to_string (event->kind);

  tell (subscribers, subscriber, AGENT_PATH, TREE_IFACE, "Changed", g_variant_new ("(ss)", uri, kind));
}

/**
 * oma_subscribers_tell_changes:
 * @subscribers: subscribers
 * @events: changes that happened together
 * @n_events: how many
 *
 * Sends Changed of org.omadm.Agent1.Tree once for each change to each who subscribed to the node or one
 * above it; a deletion also to who subscribed to a node below, which went with it.  Where that would be more
 * than %OMA_MAX_EVENTS signals for a subtree it is one.
 */
void
oma_subscribers_tell_changes (OmaSubscribers *subscribers, const OmaTreeEvent *events, guint n_events)
{
  g_autoptr(GPtrArray) concerning = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, subscribers->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      g_autoptr(GArray) summaries = NULL;

      g_ptr_array_set_size (concerning, 0);
      for (guint i = 0; i < n_events; i++)
        if (concerns (value, events[i].uri, events[i].kind))
          g_ptr_array_add (concerning, (gpointer) &events[i]);
      summaries = oma_event_summarize (concerning);
      for (guint i = 0; i < summaries->len; i++)
        tell_summary (subscribers, value, &g_array_index (summaries, OmaEventSummary, i));
    }
}

/**
 * oma_subscribers_tell_progress:
 * @subscribers: subscribers
 * @uri: canonical URI of the node whose operation came further
 * @percent: how much is done
 * @message: what is being done, "" for nothing to say
 *
 * Sends Progress of org.omadm.Agent1.Tree to each who subscribed to the node or one above it, and to the monitors.
 */
void
oma_subscribers_tell_progress (OmaSubscribers *subscribers, const char *uri, guint percent, const char *message)
{
  g_autoptr(GVariant) parameters = g_variant_ref_sink (g_variant_new ("(sus)", uri, percent, message));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, subscribers->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Subscriber *) value)->monitor || concerns (value, uri, OMA_CHANGE_REPLACED))
      tell (subscribers, value, AGENT_PATH, TREE_IFACE, "Progress", parameters);
}

/**
 * oma_subscribers_tell_session:
 * @subscribers: subscribers
 * @path: object path of the session
 * @signal: a signal of org.omadm.Agent1.Session
 * @parameters: its arguments; a floating reference is consumed
 *
 * Sends a session's signal to who started it and to the monitors.
 */
void
oma_subscribers_tell_session (OmaSubscribers *subscribers, const char *path, const char *signal, GVariant *parameters)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (parameters);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, subscribers->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Subscriber *) value)->monitor || contains (((Subscriber *) value)->sessions, path))
      tell (subscribers, value, path, SESSION_IFACE, signal, sunk);
}

/**
 * oma_subscribers_tell_monitors:
 * @subscribers: subscribers
 * @signal: a signal of org.omadm.Agent1
 * @parameters: its arguments; a floating reference is consumed
 */
void
oma_subscribers_tell_monitors (OmaSubscribers *subscribers, const char *signal, GVariant *parameters)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (parameters);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, subscribers->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Subscriber *) value)->monitor)
      tell (subscribers, value, AGENT_PATH, AGENT_IFACE, signal, sunk);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-double.h"

#include <string.h>

struct _HostDouble {
  OmaPluginHost parent_instance;

  GPtrArray *calls;           /* Call, under way */
  guint      count;           /* of all calls */
  GPtrArray *subscriptions;
  GString   *changes;
  GString   *alerts;
  GBytes    *data;
};

G_DEFINE_FINAL_TYPE (HostDouble, host_double, OMA_TYPE_PLUGIN_HOST)

typedef struct {
  char     *method;
  GVariant *parameters;
  GTask    *task;
} Call;

typedef struct {
  char               *bus_name;
  char               *path;
  char               *signal;
  OmaPluginSignalFunc func;
  gpointer            user_data;
} Subscription;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->method);
  g_clear_pointer (&call->parameters, g_variant_unref);
  g_object_unref (call->task);
  g_free (call);
}

static void
subscription_free (gpointer data)
{
  Subscription *subscription = data;

  g_free (subscription->bus_name);
  g_free (subscription->path);
  g_free (subscription->signal);
  g_free (subscription);
}

static void
host_changed (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind)
{
  static const char *const kinds[] = { "+", "=", "-" };

  g_string_append_printf (HOST_DOUBLE (host)->changes, "%s%s ", kinds[kind], relative_uri);
}

static void
host_alert (OmaPluginHost *host, const char *type G_GNUC_UNUSED, const char *mark G_GNUC_UNUSED,
            const char *relative_uri, const char *correlator, OmaValue *data)
{
  g_string_append_printf (HOST_DOUBLE (host)->alerts, "%s %s %s;", relative_uri, correlator, oma_value_get_text (data));
}

static void
host_call (OmaPluginHost *host, const char *bus_name G_GNUC_UNUSED, const char *object_path G_GNUC_UNUSED,
           const char *interface_name G_GNUC_UNUSED, const char *method_name, GVariant *parameters,
           const GVariantType *reply_type G_GNUC_UNUSED, GTask *task)
{
  Call *call = g_new0 (Call, 1);

  call->method = g_strdup (method_name);
  call->parameters = parameters != NULL ? g_variant_ref (parameters) : NULL;
  call->task = g_object_ref (task);
  g_ptr_array_add (HOST_DOUBLE (host)->calls, call);
  HOST_DOUBLE (host)->count++;
}

static guint
host_subscribe (OmaPluginHost *host, const char *bus_name, const char *object_path,
                const char *interface_name G_GNUC_UNUSED, const char *signal_name, const char *arg0 G_GNUC_UNUSED,
                OmaPluginSignalFunc func, gpointer user_data)
{
  Subscription *subscription = g_new0 (Subscription, 1);

  subscription->bus_name = g_strdup (bus_name);
  subscription->path = g_strdup (object_path);
  subscription->signal = g_strdup (signal_name);
  subscription->func = func;
  subscription->user_data = user_data;
  g_ptr_array_add (HOST_DOUBLE (host)->subscriptions, subscription);
  return HOST_DOUBLE (host)->subscriptions->len;
}

static GBytes *
host_load_data (OmaPluginHost *host, const char *name G_GNUC_UNUSED, GError **error)
{
  if (HOST_DOUBLE (host)->data != NULL)
    return g_bytes_ref (HOST_DOUBLE (host)->data);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "nothing");
  return NULL;
}

static void
host_save_data (OmaPluginHost *host, const char *name G_GNUC_UNUSED, GBytes *data, GTask *task)
{
  HostDouble *self = HOST_DOUBLE (host);

  g_clear_pointer (&self->data, g_bytes_unref);
  self->data = data != NULL ? g_bytes_ref (data) : NULL;
  g_task_return_boolean (task, TRUE);
}

static void
host_double_finalize (GObject *object)
{
  HostDouble *self = HOST_DOUBLE (object);

  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->subscriptions);
  g_string_free (self->changes, TRUE);
  g_string_free (self->alerts, TRUE);
  g_clear_pointer (&self->data, g_bytes_unref);
  G_OBJECT_CLASS (host_double_parent_class)->finalize (object);
}

static void
host_double_class_init (HostDoubleClass *klass)
{
  OmaPluginHostClass *host_class = OMA_PLUGIN_HOST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = host_double_finalize;
  host_class->changed = host_changed;
  host_class->alert = host_alert;
  host_class->call = host_call;
  host_class->subscribe = host_subscribe;
  host_class->load_data = host_load_data;
  host_class->save_data = host_save_data;
}

static void
host_double_init (HostDouble *self)
{
  self->calls = g_ptr_array_new_with_free_func (call_free);
  self->subscriptions = g_ptr_array_new_with_free_func (subscription_free);
  self->changes = g_string_new (NULL);
  self->alerts = g_string_new (NULL);
}

HostDouble *
host_double_new (void)
{
  return g_object_new (HOST_TYPE_DOUBLE, NULL);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* How many calls there were. */
guint
host_double_count (HostDouble *host)
{
  settle ();
  return host->count;
}

static Call *
find (HostDouble *host, const char *method)
{
  settle ();
  for (guint i = 0; i < host->calls->len; i++)
    {
      Call *call = g_ptr_array_index (host->calls, i);

      if (strcmp (call->method, method) == 0)
        return call;
    }
  return NULL;
}

/* Whether a call of @method is under way. */
gboolean
host_double_is_called (HostDouble *host, const char *method)
{
  return find (host, method) != NULL;
}

/* The oldest call of @method under way, which must be there: what it got. */
GVariant *
host_double_expect (HostDouble *host, const char *method)
{
  Call *call = find (host, method);

  if (call == NULL)
    g_error ("%s is not called", method);
  return call->parameters;
}

/* Answers the oldest call of @method; takes @answer, floating or not. */
void
host_double_answer (HostDouble *host, const char *method, GVariant *answer)
{
  Call *call;

  host_double_expect (host, method);
  call = find (host, method);
  g_task_return_pointer (call->task, g_variant_take_ref (answer != NULL ? answer : g_variant_new ("()")),
                         (GDestroyNotify) g_variant_unref);
  g_ptr_array_remove (host->calls, call);
  settle ();
}

/* Lets the oldest call of @method fail with an error of D-Bus. */
void
host_double_fail (HostDouble *host, const char *method, const char *remote, const char *message)
{
  Call *call;

  host_double_expect (host, method);
  call = find (host, method);
  g_task_set_task_data (call->task, g_strdup (remote), g_free);
  g_task_return_new_error (call->task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s", message);
  g_ptr_array_remove (host->calls, call);
  settle ();
}

/* Ends what nobody answered. */
void
host_double_end (HostDouble *host)
{
  settle ();
  while (host->calls->len > 0)
    {
      Call *call = g_ptr_array_index (host->calls, 0);

      g_task_return_new_error (call->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The test is over");
      g_ptr_array_remove (host->calls, call);
      settle ();
    }
}

/* Sends it to whoever follows it. */
void
host_double_signal (HostDouble *host, const char *bus_name, const char *path, const char *signal, GVariant *parameters)
{
  g_autoptr(GVariant) sunk = g_variant_take_ref (parameters);

  settle ();
  for (guint i = 0; i < host->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (host->subscriptions, i);

      if (strcmp (subscription->bus_name, bus_name) == 0 &&
          (subscription->path == NULL || strcmp (subscription->path, path) == 0) &&
          (subscription->signal == NULL || strcmp (subscription->signal, signal) == 0))
        subscription->func (OMA_PLUGIN_HOST (host), path, "", signal, sunk, subscription->user_data);
    }
  settle ();
}

/* What was told since the last time: + added, = replaced, - deleted. */
char *
host_double_take_changes (HostDouble *host)
{
  char *changes;

  settle ();
  changes = g_strchomp (g_string_free (host->changes, FALSE));
  host->changes = g_string_new (NULL);
  return changes;
}

char *
host_double_take_alerts (HostDouble *host)
{
  char *alerts;

  settle ();
  alerts = g_string_free (host->alerts, FALSE);
  host->alerts = g_string_new (NULL);
  return alerts;
}

/* What the plugin kept. */
void
host_double_set_data (HostDouble *host, const char *text)
{
  g_clear_pointer (&host->data, g_bytes_unref);
  host->data = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
}

const char *
host_double_get_data (HostDouble *host)
{
  settle ();
  return host->data != NULL ? g_bytes_get_data (host->data, NULL) : NULL;
}

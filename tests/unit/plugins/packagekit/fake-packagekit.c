/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-packagekit.h"

#include <string.h>

#define TYPE_HOST (host_get_type ())
G_DECLARE_FINAL_TYPE (Host, host, FAKE, HOST, OmaPluginHost)

typedef struct {
  guint               id;
  char               *path;        /* NULL: the owner of the name */
  OmaPluginSignalFunc func;
  gpointer            user_data;
} Subscription;

typedef struct {
  guint    n;
  char    *name;                   /* NULL: it dies; "!": it is refused */
  char    *text;
} Saying;

struct _Host {
  OmaPluginHost parent_instance;
  GPtrArray    *subscriptions;
  GPtrArray    *sayings;
  GPtrArray    *calls;
  guint         last_id;
  guint         n_transactions;
};

G_DEFINE_TYPE (Host, host, OMA_TYPE_PLUGIN_HOST)

struct _FakePackagekit {
  Host *host;
};

static void
subscription_free (Subscription *subscription)
{
  g_free (subscription->path);
  g_free (subscription);
}

static void
saying_free (Saying *saying)
{
  g_free (saying->name);
  g_free (saying->text);
  g_free (saying);
}

static void
host_changed (OmaPluginHost *host G_GNUC_UNUSED, const char *relative_uri G_GNUC_UNUSED,
              OmaChangeKind kind G_GNUC_UNUSED)
{
}

static void
emit (Host *self, const char *path, const char *name, GVariant *parameters)
{
  g_autoptr(GVariant) sunk = g_variant_ref_sink (parameters);

  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      const Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      if (g_strcmp0 (subscription->path, path) == 0)
        {
          subscription->func (OMA_PLUGIN_HOST (self), path != NULL ? path : "/", "x.y", name, sunk,
                              subscription->user_data);
          return;
        }
    }
}

typedef struct {
  Host *host;
  guint n;
} Performance;

static gboolean
perform (gpointer user_data)
{
  g_autofree Performance *performance = user_data;
  Host *self = performance->host;
  g_autofree char *path = g_strdup_printf ("/%u", performance->n);

  for (guint i = 0; i < self->sayings->len; i++)
    {
      const Saying *saying = g_ptr_array_index (self->sayings, i);

      if (saying->n != performance->n)
        continue;
      if (saying->name == NULL)
        emit (self, NULL, "NameOwnerChanged",
              g_variant_new ("(sss)", "org.freedesktop.PackageKit", ":1.1", ""));
      else
        {
          g_autoptr(GError) error = NULL;
          GVariant *parameters = g_variant_parse (NULL, saying->text, NULL, NULL, &error);

          g_assert_no_error (error);
          emit (self, path, saying->name, parameters);
          g_variant_unref (parameters);
        }
    }
  return G_SOURCE_REMOVE;
}

static const char *
find_refusal (Host *self, guint n)
{
  for (guint i = 0; i < self->sayings->len; i++)
    {
      const Saying *saying = g_ptr_array_index (self->sayings, i);

      if (saying->n == n && g_strcmp0 (saying->name, "!") == 0)
        return saying->text;
    }
  return NULL;
}

static void
host_call (OmaPluginHost *host, const char *bus_name G_GNUC_UNUSED, const char *object_path,
           const char *interface_name G_GNUC_UNUSED, const char *method_name, GVariant *parameters,
           const GVariantType *reply_type G_GNUC_UNUSED, GTask *task)
{
  Host *self = FAKE_HOST (host);
  GVariant *answer = g_variant_new ("()");

  if (strcmp (method_name, "CreateTransaction") == 0)
    {
      g_autofree char *path = g_strdup_printf ("/%u", ++self->n_transactions);

      g_variant_unref (g_variant_ref_sink (answer));
      answer = g_variant_new ("(o)", path);
    }
  else if (strcmp (method_name, "SetHints") != 0)
    {
      guint n = (guint) g_ascii_strtoull (object_path + 1, NULL, 10);
      g_autofree char *text = parameters != NULL ? g_variant_print (parameters, FALSE) : g_strdup ("");
      const char *refusal = find_refusal (self, n);

      g_ptr_array_add (self->calls, g_strdup_printf ("%s %s", method_name, text));
      if (refusal != NULL)
        {
          g_variant_unref (g_variant_ref_sink (answer));
          g_task_set_task_data (task, g_strdup (refusal), g_free);
          g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "%s", refusal);
          return;
        }
      if (strcmp (method_name, "Cancel") == 0)
        emit (self, object_path, "Finished", g_variant_new ("(uu)", 3, 0));
      else
        {
          Performance *performance = g_new0 (Performance, 1);

          *performance = (Performance) { self, n };
          /* Before the method has answered, as PackageKit may. */
          g_idle_add_full (G_PRIORITY_HIGH, perform, performance, NULL);
        }
    }
  g_task_return_pointer (task, g_variant_ref_sink (answer), (GDestroyNotify) g_variant_unref);
}

static guint
host_subscribe (OmaPluginHost *host, const char *bus_name, const char *object_path, const char *interface_name,
                const char *signal_name G_GNUC_UNUSED, const char *arg0 G_GNUC_UNUSED, OmaPluginSignalFunc func,
                gpointer user_data)
{
  Host *self = FAKE_HOST (host);
  Subscription *subscription = g_new0 (Subscription, 1);

  (void) interface_name;
  *subscription = (Subscription) { ++self->last_id, NULL, func, user_data };
  if (strcmp (bus_name, "org.freedesktop.DBus") != 0)
    subscription->path = g_strdup (object_path);
  g_ptr_array_add (self->subscriptions, subscription);
  return self->last_id;
}

static void
host_unsubscribe (OmaPluginHost *host, guint id)
{
  Host *self = FAKE_HOST (host);

  for (guint i = 0; i < self->subscriptions->len; i++)
    if (((Subscription *) g_ptr_array_index (self->subscriptions, i))->id == id)
      {
        g_ptr_array_remove_index (self->subscriptions, i);
        return;
      }
  g_assert_not_reached ();
}

static void
host_finalize (GObject *object)
{
  Host *self = FAKE_HOST (object);

  g_ptr_array_unref (self->subscriptions);
  g_ptr_array_unref (self->sayings);
  g_ptr_array_unref (self->calls);
  G_OBJECT_CLASS (host_parent_class)->finalize (object);
}

static void
host_class_init (HostClass *klass)
{
  OmaPluginHostClass *host_class = OMA_PLUGIN_HOST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = host_finalize;
  host_class->changed = host_changed;
  host_class->call = host_call;
  host_class->subscribe = host_subscribe;
  host_class->unsubscribe = host_unsubscribe;
}

static void
host_init (Host *self)
{
  self->subscriptions = g_ptr_array_new_with_free_func ((GDestroyNotify) subscription_free);
  self->sayings = g_ptr_array_new_with_free_func ((GDestroyNotify) saying_free);
  self->calls = g_ptr_array_new_with_free_func (g_free);
}

FakePackagekit *
fake_packagekit_new (void)
{
  FakePackagekit *fake = g_new0 (FakePackagekit, 1);

  fake->host = g_object_new (TYPE_HOST, NULL);
  return fake;
}

void
fake_packagekit_free (FakePackagekit *fake)
{
  g_object_unref (fake->host);
  g_free (fake);
}

OmaPluginHost *
fake_packagekit_get_host (FakePackagekit *fake)
{
  return OMA_PLUGIN_HOST (fake->host);
}

static void
note (FakePackagekit *fake, guint n, const char *name, const char *text)
{
  Saying *saying = g_new0 (Saying, 1);

  *saying = (Saying) { n, g_strdup (name), g_strdup (text) };
  g_ptr_array_add (fake->host->sayings, saying);
}

void
fake_packagekit_say (FakePackagekit *fake, guint n, const char *name, const char *text)
{
  note (fake, n, name, text);
}

void
fake_packagekit_die (FakePackagekit *fake, guint n)
{
  note (fake, n, NULL, NULL);
}

void
fake_packagekit_refuse (FakePackagekit *fake, guint n, const char *remote_error)
{
  note (fake, n, "!", remote_error);
}

GPtrArray *
fake_packagekit_get_calls (FakePackagekit *fake)
{
  return fake->host->calls;
}

guint
fake_packagekit_count_subscriptions (FakePackagekit *fake)
{
  return fake->host->subscriptions->len;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

/* ./Vendor/Client: what a plugin gets from its host.  Starts counts how often the plugin was started, also before;
 * Bus is what the bus says is its id; Absent asks a service that is not there, and Beside one that the manifest does
 * not name. */

#define BUS "org.freedesktop.DBus"

typedef struct {
  guint64 starts;
} Client;

static void
called (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) answer = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (source), result, &error);
  const char *text;

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(&s)", &text);
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
get_from (GTask *task, const char *name)
{
  oma_plugin_host_call_async (g_task_get_source_object (task), name, "/org/freedesktop/DBus", BUS, "GetId", NULL,
                              G_VARIANT_TYPE ("(s)"), g_task_get_cancellable (task), called, g_object_ref (task));
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  const char *name = oma_node_ref_get_name (node);
  g_autofree char *starts = g_strdup_printf ("%" G_GUINT64_FORMAT, ((Client *) self)->starts);

  if (g_str_equal (name, "Starts"))
    g_task_return_pointer (task, oma_value_new_string (starts), (GDestroyNotify) oma_value_unref);
  else if (g_str_equal (name, "Bus"))
    get_from (task, BUS);
  else
    get_from (task, g_str_equal (name, "Absent") ? "org.omadm.Absent1" : "org.omadm.Beside1");
}

static void
saved (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  g_autoptr(GError) error = NULL;

  if (oma_plugin_host_save_data_finish (OMA_PLUGIN_HOST (source), result, &error))
    g_message ("client: saved");
  else
    g_warning ("client: %s", error->message);
}

static gboolean
client_init (OmaPluginHost *host, gpointer *self, GError **error)
{
  g_autoptr(GError) failure = NULL;
  g_autoptr(GBytes) before = oma_plugin_host_load_data (host, "starts", &failure);
  g_autoptr(GBytes) now = NULL;
  Client *client;

  if (before == NULL && !g_error_matches (failure, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  *self = client = g_new0 (Client, 1);
  client->starts = before != NULL ? 1 + *(const guint8 *) g_bytes_get_data (before, NULL) : 1;
  now = g_bytes_new (&(guint8) { (guint8) client->starts }, 1);
  oma_plugin_host_save_data_async (host, "starts", now, NULL, saved, NULL);
  return TRUE;
}

static const char *const bus_names[] = { BUS, "org.omadm.Absent1", NULL };
static const char *const actions[] = { "org.omadm.trial.run", NULL };

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "**", .get = get },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "client",
  .version = "1",
  .ddf = "client.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = client_init,
  .shutdown = g_free,
  .bus_names = bus_names,
  .actions = actions,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

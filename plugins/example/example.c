/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ./Vendor/Label: what people call the machine, where it stands and for what, as systemd-hostnamed keeps it. */
#include <omadm/omadm.h>

#define HOSTNAMED "org.freedesktop.hostname1"
#define OBJECT "/org/freedesktop/hostname1"
#define PROPERTIES "org.freedesktop.DBus.Properties"

/* The nodes have the names of hostnamed's properties; "Set" before one is the method that changes it. */
static const char *const leaves[] = { "PrettyHostname", "Location", "Deployment" };

static void
got (GObject *host, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) reply = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (host), result, &error);
  g_autoptr(GVariant) property = NULL;

  if (reply == NULL)
    {
      g_task_return_error (task, error);      /* it says what a server can be told */
      return;
    }
  g_variant_get (reply, "(v)", &property);
  g_task_return_pointer (task, oma_value_new_string (g_variant_get_string (property, NULL)),
                         (GDestroyNotify) oma_value_unref);
}

static void
get (gpointer host, const OmaNodeRef *node, GTask *task)
{
  oma_plugin_host_call_async (host, HOSTNAMED, OBJECT, PROPERTIES, "Get",
                              g_variant_new ("(ss)", HOSTNAMED, oma_node_ref_get_name (node)), G_VARIANT_TYPE ("(v)"),
                              g_task_get_cancellable (task), got, g_object_ref (task));
}

static void
replaced (GObject *host, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  GError *error = NULL;
  g_autoptr(GVariant) reply = oma_plugin_host_call_finish (OMA_PLUGIN_HOST (host), result, &error);

  if (reply != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
replace (gpointer host, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction, GTask *task)
{
  g_autofree char *method = g_strconcat ("Set", oma_node_ref_get_name (node), NULL);

  oma_plugin_host_call_async (host, HOSTNAMED, OBJECT, HOSTNAMED, method,
                              g_variant_new ("(sb)", oma_value_get_text (value), FALSE), NULL,
                              g_task_get_cancellable (task), replaced, g_object_ref (task));
}

/* Somebody changed it, with hostnamectl perhaps. */
static void
changed (OmaPluginHost *host, const char *path, const char *interface, const char *signal, GVariant *parameters,
         gpointer user_data)
{
  g_autoptr(GVariant) properties = g_variant_get_child_value (parameters, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    if (g_variant_lookup (properties, leaves[i], "s", NULL))
      oma_plugin_host_changed (host, leaves[i], OMA_CHANGE_REPLACED);
}

static gboolean
start (OmaPluginHost *host, gpointer *self, GError **error)
{
  *self = host;
  oma_plugin_host_subscribe (host, HOSTNAMED, OBJECT, PROPERTIES, "PropertiesChanged", HOSTNAMED, changed, NULL);
  return TRUE;
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "**", .get = get, .replace = replace },
};
static const char *const bus_names[] = { HOSTNAMED, NULL };
static const char *const actions[] = { "org.freedesktop.hostname1.set-machine-info",
                                       "org.freedesktop.hostname1.set-static-hostname", NULL };
static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor), .abi_major = OMA_PLUGIN_ABI_MAJOR, .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "example", .version = "1.0", .ddf = "example.ddf.xml",
  .handlers = handlers, .n_handlers = G_N_ELEMENTS (handlers), .init = start,
  .bus_names = bus_names, .actions = actions,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

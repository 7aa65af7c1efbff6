/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One plugin, built several times, each time with another mistake. */
#include <omadm/omadm.h>

#include <string.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR OMA_PLUGIN_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR OMA_PLUGIN_ABI_MINOR
#endif
#ifndef NAME
#define NAME MODULE
#endif
#ifndef DDF
#define DDF "good.ddf.xml"
#endif
#ifndef HANDLER
#define HANDLER "Fixed"
#endif

static void
list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, GTask *task)
{
  const char *names[] = { "one", "t w/o", NULL };

  g_assert_cmpstr (oma_node_ref_get_relative_uri (node), ==, "");
  g_task_return_pointer (task, g_strdupv ((char **) names), (GDestroyNotify) g_strfreev);
}

static void
exists (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, const char *name, GTask *task)
{
  g_assert_cmpstr (oma_node_ref_get_relative_uri (node), ==, "");
  if (strcmp (name, "broken") == 0)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "it cannot be told");
  else
    g_task_return_boolean (task, strcmp (name, "t w/o") == 0);
}

static void
get (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_string (self), (GDestroyNotify) oma_value_unref);
}

/* Says where it is by what the host captured. */
static void
get_run (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *text = g_strdup_printf ("%s %u %s", oma_node_ref_get_capture (node, 0),
                                           oma_node_ref_get_n_captures (node), oma_node_ref_get_name (node));

  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
drop (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *value G_GNUC_UNUSED,
      OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task G_GNUC_UNUSED)
{
}

static gboolean
exec_later (gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_FORBIDDEN, "not now");
  return G_SOURCE_REMOVE;
}

static void
exec (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *argument, const char *correlator,
      GTask *task)
{
  g_assert_cmpstr (oma_value_get_text (argument), ==, "argument");
  g_assert_cmpstr (correlator, ==, "correlator");
  g_task_set_task_data (task, g_strdup ("the plugin's own"), g_free);
  oma_plugin_host_progress (g_task_get_source_object (task), task, 40, "so far");
  oma_plugin_host_progress (g_task_get_source_object (task), task, 40, "so far");
  oma_plugin_host_node_progress (g_task_get_source_object (task), "a%20b/Run", 250, NULL);
  g_idle_add (exec_later, g_object_ref (task));
}

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error)
{
#ifdef FAIL_INIT
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no luck today");
#endif
  *self = *error == NULL ? oma_plugin_host_get_config (host, "Greeting") : NULL;
  return *error == NULL;
}

#ifndef FLAGS
#define FLAGS OMA_HANDLER_DEFAULT
#endif
#ifndef FLAGS_BELOW
#define FLAGS_BELOW OMA_HANDLER_DEFAULT
#endif

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "", .list = list, .exists = exists, .flags = FLAGS },
  { .struct_size = sizeof (OmaNodeHandler), .node = HANDLER, .get = get, .replace = drop },
  { .struct_size = sizeof (OmaNodeHandler), .node = "*/**", .get = get_run, .exec = exec, .flags = FLAGS_BELOW },
};

#ifdef BUS_NAME
static const char *const bus_names[] = { BUS_NAME, "org.omadm.Absent1", "org.omadm.Broken1", NULL };
#endif
#ifdef ACTION
static const char *const actions[] = { "org.omadm.trial.run", ACTION, NULL };
#endif

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = ABI_MAJOR,
  .abi_minor = ABI_MINOR,
  .name = NAME,
  .version = "1.0",
  .ddf = DDF,
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = g_free,
#ifdef BUS_NAME
  .bus_names = bus_names,
#endif
#ifdef ACTION
  .actions = actions,
#endif
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

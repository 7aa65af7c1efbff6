/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin whose DDF has two top nodes. */
#include <omadm/omadm.h>

#ifndef BACK
#define BACK "./Back/*/Bell"
#endif

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  *self = host;
  return TRUE;
}

/* Each bell tells who rings, and the tree of three changes: one behind each door, and one that is not ours. */
static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *text = g_strdup_printf ("%s: %s, %u", oma_node_ref_get_uri (node),
                                           oma_node_ref_get_relative_uri (node), oma_node_ref_get_n_captures (node));

  oma_plugin_host_changed (self, "Bell", OMA_CHANGE_REPLACED);
  oma_plugin_host_changed (self, "./Back/a/Bell", OMA_CHANGE_REPLACED);
  oma_plugin_host_changed (self, "./Backdoor/a/Bell", OMA_CHANGE_REPLACED);
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
list (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  static const char *const names[] = { "a", NULL };

  g_task_return_pointer (task, g_strdupv ((char **) names), (GDestroyNotify) g_strfreev);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Bell", .get = get },
  { .struct_size = sizeof (OmaNodeHandler), .node = "./Back", .list = list },
  { .struct_size = sizeof (OmaNodeHandler), .node = BACK, .get = get },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = MODULE,
  .version = "1.0",
  .ddf = "doors.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

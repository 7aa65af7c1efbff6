/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

/* ./Vendor/Slow: a leaf whose value never comes, and one whose value comes at once.  Each call
 * is logged, so that a test sees when a plugin is called at all. */

static void
give_up_cb (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;

  g_signal_handlers_disconnect_by_func (cancellable, give_up_cb, task);
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_REQUEST_TIMEOUT, "It never comes");
}

static void
get_never (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_message ("slow: Never was asked for");
  g_signal_connect (g_task_get_cancellable (task), "cancelled", G_CALLBACK (give_up_cb), g_object_ref (task));
}

static void
get_quick (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_message ("slow: Quick was asked for");
  g_task_return_pointer (task, oma_value_new_string ("quick"), (GDestroyNotify) oma_value_unref);
}

static gboolean
slow_init (OmaPluginHost *host G_GNUC_UNUSED, gpointer *self G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Never", .get = get_never },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Quick", .get = get_quick },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "slow",
  .version = "1",
  .ddf = "slow.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = slow_init,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

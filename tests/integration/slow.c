/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

/* ./Vendor/Slow: a leaf whose value never comes, one whose value comes too late and does not mind
 * being cancelled, and one whose value comes at once; a node that
 * runs for as many milliseconds as its argument says, and one that is accepted and tells its end
 * itself.  Each call is logged, so that a test sees when a plugin is called at all. */

static OmaPluginHost *the_host;

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

static gboolean
late_cb (gpointer task)
{
  g_message ("slow: Late is done");
  g_task_return_pointer (task, oma_value_new_string ("too late"), (GDestroyNotify) oma_value_unref);
  return G_SOURCE_REMOVE;
}

static void
get_late (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_set_check_cancellable (task, FALSE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, 2500, late_cb, g_object_ref (task), g_object_unref);
}

static void
get_quick (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_message ("slow: Quick was asked for");
  g_task_return_pointer (task, oma_value_new_string ("quick"), (GDestroyNotify) oma_value_unref);
}

static gboolean
done_cb (gpointer task)
{
  g_message ("slow: Run is done");
  g_task_return_boolean (task, TRUE);
  return G_SOURCE_REMOVE;
}

static void
exec_run (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *argument,
          const char *correlator G_GNUC_UNUSED, GTask *task)
{
  const char *text = argument != NULL ? oma_value_get_text (argument) : "0";

  oma_plugin_host_progress (the_host, task, 10, "half asleep");
  g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) g_ascii_strtoull (text, NULL, 10), done_cb, g_object_ref (task),
                      g_object_unref);
}

static gboolean
tell_cb (gpointer correlator)
{
  g_autoptr(OmaValue) result = oma_value_new_int (1200);

  oma_plugin_host_alert (the_host, "urn:example:at:slow:1.0:complete", "minor", "Own", correlator, result);
  return G_SOURCE_REMOVE;
}

static void
exec_own (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, OmaValue *argument G_GNUC_UNUSED,
          const char *correlator, GTask *task)
{
  g_timeout_add_full (G_PRIORITY_DEFAULT, 300, tell_cb, g_strdup (correlator), g_free);
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_ACCEPTED, "The end is told later");
}

static gboolean
slow_init (OmaPluginHost *host, gpointer *self G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  the_host = host;
  return TRUE;
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Never", .get = get_never },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Late", .get = get_late },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Quick", .get = get_quick },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Run", .exec = exec_run },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Own", .exec = exec_own },
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

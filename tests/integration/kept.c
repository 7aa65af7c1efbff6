/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

/* ./Vendor/Kept: leaves whose values are files of their names in the directory that the configuration says, and that
 * outlive the daemon as the settings of a service do.  A file "hangs" there has a write of Second come to no end after
 * it was done, a file "refuses" has all writes refused.  Who writes Link may lose the connection to the server. */

static char *
make_path (gpointer directory, const char *name)
{
  return g_build_filename (directory, name, NULL);
}

static gboolean
has_file (gpointer directory, const char *name)
{
  g_autofree char *path = make_path (directory, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *path = make_path (self, oma_node_ref_get_name (node));
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("at first");
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
replace (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction G_GNUC_UNUSED,
         GTask *task)
{
  const char *name = oma_node_ref_get_name (node);
  g_autofree char *path = make_path (self, name);
  GError *error = NULL;

  if (has_file (self, "refuses"))
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The service refuses");
  else if (!g_file_set_contents (path, oma_value_get_text (value), -1, &error))
    g_task_return_error (task, error);
  else if (has_file (self, "hangs") && g_str_equal (name, "Second"))
    {
      g_message ("kept: Second hangs");
      g_object_set_data_full (G_OBJECT (g_task_get_cancellable (task)), "hangs", g_object_ref (task), g_object_unref);
    }
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
kept_init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  *self = oma_plugin_host_get_config (host, "Directory");
  return *self != NULL;
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "First", .get = get, .replace = replace },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Second", .get = get, .replace = replace },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Link", .get = get, .replace = replace,
    .flags = OMA_HANDLER_PROVISIONAL },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "kept",
  .version = "1",
  .ddf = "kept.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = kept_init,
  .shutdown = g_free,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

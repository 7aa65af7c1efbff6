/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

/* ./DevInfo in place of the plugin of that name, with a leaf Label that can be written.  Values are files of their names
 * in the directory that the configuration says.  While there is a file "hangs-reading" no read comes to an end, while
 * there is a file "hangs-writing" no write does, after it was done. */

static GPtrArray *hanging;     /* (element-type GTask) */

static gboolean
hangs (gpointer directory, const char *name, GTask *task)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_message ("identity: %s", name);
  if (hanging == NULL)
    hanging = g_ptr_array_new ();
  g_ptr_array_add (hanging, g_object_ref (task));
  return TRUE;
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *path = g_build_filename (self, oma_node_ref_get_name (node), NULL);
  g_autofree char *text = NULL;

  if (hangs (self, "hangs-reading", task))
    return;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup (oma_node_ref_get_name (node));
  g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
}

static void
replace (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction G_GNUC_UNUSED,
         GTask *task)
{
  g_autofree char *path = g_build_filename (self, oma_node_ref_get_name (node), NULL);
  GError *error = NULL;

  if (!g_file_set_contents (path, oma_value_get_text (value), -1, &error))
    g_task_return_error (task, error);
  else if (!hangs (self, "hangs-writing", task))
    g_task_return_boolean (task, TRUE);
}

static gboolean
identity_init (OmaPluginHost *host, gpointer *self, GError **error G_GNUC_UNUSED)
{
  *self = oma_plugin_host_get_config (host, "Directory");
  return *self != NULL;
}

#define NODE(name) { .struct_size = sizeof (OmaNodeHandler), .node = name, .get = get }

static const OmaNodeHandler handlers[] = {
  NODE ("DevId"), NODE ("Man"), NODE ("Mod"), NODE ("DmV"), NODE ("Lang"),
  { .struct_size = sizeof (OmaNodeHandler), .node = "Label", .get = get, .replace = replace },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "identity",
  .version = "1",
  .ddf = "identity.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = identity_init,
  .shutdown = g_free,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

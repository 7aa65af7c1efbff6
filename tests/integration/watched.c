/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <omadm/omadm.h>

#include <glib/gstdio.h>
#include <string.h>

/* ./Vendor/Watched: a service whose settings are files in the directory that the configuration says.  Those of "items"
 * are the nodes below Items, which are followed; "single" is the leaf Single, which is not.  A file "absent" has
 * everything fail as if the service were not there.  What changes in the directories is told by GFileMonitor, also what
 * the plugin itself changes. */

typedef struct {
  OmaPluginHost *host;
  char          *directory;
  GFileMonitor  *items, *settings;
} Watched;

static char *
make_path (Watched *self, const char *folder, const char *name)
{
  return g_build_filename (self->directory, folder, name, NULL);
}

static gboolean
fail_if_absent (Watched *self, GTask *task)
{
  g_autofree char *path = make_path (self, "settings", "absent");

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return FALSE;
  g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The service is not there");
  return TRUE;
}

static char **
list_items (Watched *self)
{
  g_autofree char *path = make_path (self, "items", NULL);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (*name != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static OmaValue *
read_item (Watched *self, const char *name)
{
  g_autofree char *path = make_path (self, "items", name);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  return oma_value_new_string (g_strchomp (text));
}

static void
list (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  if (!fail_if_absent (self, task))
    g_task_return_pointer (task, list_items (self), (GDestroyNotify) g_strfreev);
}

static void
read_items (gpointer self, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_auto(GStrv) names = list_items (self);
  g_autoptr(OmaNodeList) nodes = NULL;

  if (fail_if_absent (self, task))
    return;
  nodes = oma_node_list_new ();
  oma_node_list_add (nodes, "", NULL);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *value = g_strconcat (names[i], "/Value", NULL);
      g_autofree char *time = g_strconcat (names[i], "/Time", NULL);

      oma_node_list_add (nodes, names[i], NULL);
      oma_node_list_add (nodes, value, read_item (self, names[i]));
      oma_node_list_add (nodes, time, oma_value_new_int ((gint) (g_get_monotonic_time () % G_MAXINT)));
    }
  g_task_return_pointer (task, g_steal_pointer (&nodes), (GDestroyNotify) oma_node_list_free);
}

static void
get_value (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_debug ("watched: %s was asked for", oma_node_ref_get_uri (node));
  if (!fail_if_absent (self, task))
    g_task_return_pointer (task, read_item (self, oma_node_ref_get_capture (node, 0)),
                           (GDestroyNotify) oma_value_unref);
}

static void
forget (gpointer data, const OmaNodeRef *node, OmaValue *argument G_GNUC_UNUSED, const char *correlator G_GNUC_UNUSED,
        GTask *task)
{
  g_autofree char *path = make_path (data, "items", oma_node_ref_get_capture (node, 0));

  g_debug ("watched: %s was asked for", oma_node_ref_get_uri (node));
  g_task_return_boolean (task, g_remove (path) == 0);
}

static void
get_time (gpointer self G_GNUC_UNUSED, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_task_return_pointer (task, oma_value_new_int ((gint) (g_get_monotonic_time () % G_MAXINT)),
                         (GDestroyNotify) oma_value_unref);
}

static void
replace_value (gpointer self, const OmaNodeRef *node, OmaValue *value,
               OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *path = make_path (self, "items", oma_node_ref_get_capture (node, 0));
  GError *error = NULL;

  if (g_file_set_contents (path, oma_value_get_text (value), -1, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
get_single (gpointer data, const OmaNodeRef *node G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *path = make_path (data, "settings", "single");
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  g_task_return_pointer (task, oma_value_new_string (g_strchomp (text)), (GDestroyNotify) oma_value_unref);
}

static void
item_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file, GFile *other G_GNUC_UNUSED, GFileMonitorEvent event,
              gpointer user_data)
{
  Watched *self = user_data;
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *uri = g_strconcat ("Items/", name, NULL);

  if (*name == '.' || strchr (name, '.') != NULL)    /* what is written before it is renamed */
    return;
  if (event == G_FILE_MONITOR_EVENT_DELETED)
    oma_plugin_host_changed (self->host, uri, OMA_CHANGE_DELETED);
  else if (event == G_FILE_MONITOR_EVENT_CREATED)
    oma_plugin_host_changed (self->host, uri, OMA_CHANGE_ADDED);
  else
    oma_plugin_host_changed (self->host, uri, OMA_CHANGE_REPLACED);
}

/* That the service is there again says nothing of what it has. */
static void
setting_changed (GFileMonitor *monitor G_GNUC_UNUSED, GFile *file, GFile *other G_GNUC_UNUSED, GFileMonitorEvent event,
                 gpointer user_data)
{
  Watched *self = user_data;
  g_autofree char *name = g_file_get_basename (file);

  if (g_str_equal (name, "absent") && event == G_FILE_MONITOR_EVENT_DELETED)
    oma_plugin_host_changed (self->host, "", OMA_CHANGE_REPLACED);
  else if (g_str_equal (name, "single"))
    oma_plugin_host_changed (self->host, "Single", OMA_CHANGE_REPLACED);
}

static GFileMonitor *
watch (Watched *self, const char *folder, GCallback callback, GError **error)
{
  g_autofree char *path = make_path (self, folder, NULL);
  g_autoptr(GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);

  if (monitor == NULL)
    return NULL;
  g_file_monitor_set_rate_limit (monitor, 0);
  g_signal_connect (monitor, "changed", callback, self);
  return monitor;
}

static gboolean
watched_init (OmaPluginHost *host, gpointer *data, GError **error)
{
  Watched *self = g_new0 (Watched, 1);

  *data = self;
  self->host = host;
  self->directory = oma_plugin_host_get_config (host, "Directory");
  self->items = watch (self, "items", G_CALLBACK (item_changed), error);
  self->settings = self->items != NULL ? watch (self, "settings", G_CALLBACK (setting_changed), error) : NULL;
  return self->settings != NULL;
}

static void
watched_shutdown (gpointer data)
{
  Watched *self = data;

  g_clear_object (&self->items);
  g_clear_object (&self->settings);
  g_free (self->directory);
  g_free (self);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "Items", .list = list, .read = read_items,
    .flags = OMA_HANDLER_FOLLOWED },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Items/*/Value", .get = get_value, .replace = replace_value },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Items/*/Forget", .exec = forget },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Items/*/Time", .get = get_time, .flags = OMA_HANDLER_VOLATILE },
  { .struct_size = sizeof (OmaNodeHandler), .node = "Single", .get = get_single },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "watched",
  .version = "1.0",
  .ddf = "watched.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = watched_init,
  .shutdown = watched_shutdown,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

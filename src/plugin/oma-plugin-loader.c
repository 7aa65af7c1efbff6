/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-loader.h"

#include "plugin/oma-plugin-private.h"

#include <gmodule.h>
#include <string.h>

struct _OmaPluginLoader {
  OmaPluginContext context;
  char            *data_dir;   /* (nullable) */
  GPtrArray       *infos;      /* (element-type OmaPluginInfo) */
  GPtrArray       *plugins;    /* (element-type OmaPlugin): those that serve */
};

static void
plugin_info_free (OmaPluginInfo *info)
{
  g_free (info->name);
  g_free (info->version);
  g_free (info->reason);
  g_strfreev (info->uris);
  g_free (info->file);
  g_free (info->abi);
  g_strfreev (info->bus_names);
  g_strfreev (info->actions);
  g_free (info->last_error);
  oma_plugin_progress_free (info->progress);
  g_free (info);
}

/**
 * oma_plugin_loader_new:
 * @tree: where plugins are mounted; must outlive the loader
 * @load_ddf: reads a DDF file
 *
 * Returns: (transfer full): a loader without plugins
 */
OmaPluginLoader *
oma_plugin_loader_new (OmaTree *tree, OmaDdfLoadFunc load_ddf)
{
  OmaPluginLoader *loader = g_new0 (OmaPluginLoader, 1);

  loader->context.tree = tree;
  loader->context.load_ddf = load_ddf;
  loader->infos = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_info_free);
  loader->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) oma_plugin_free);
  return loader;
}

/**
 * oma_plugin_loader_free:
 * @loader: (transfer full): a loader
 *
 * Shuts all plugins down.  Nothing may ask their nodes any more.
 */
void
oma_plugin_loader_free (OmaPluginLoader *loader)
{
  g_ptr_array_unref (loader->plugins);
  g_ptr_array_unref (loader->infos);
  g_clear_object (&loader->context.connection);
  g_free (loader->data_dir);
  g_free (loader);
}

/**
 * oma_plugin_loader_set_config_func:
 * @loader: a loader
 * @func: gives a plugin its configuration
 * @user_data: for @func
 */
void
oma_plugin_loader_set_config_func (OmaPluginLoader *loader, OmaPluginConfigFunc func, gpointer user_data)
{
  loader->context.config_func = func;
  loader->context.config_data = user_data;
}

/**
 * oma_plugin_loader_set_alert_func:
 * @loader: a loader
 * @func: (nullable): takes the alerts of plugins
 * @user_data: for @func
 */
void
oma_plugin_loader_set_alert_func (OmaPluginLoader *loader, OmaPluginAlertFunc func, gpointer user_data)
{
  loader->context.alert_func = func;
  loader->context.alert_data = user_data;
}

/**
 * oma_plugin_loader_set_progress_func:
 * @loader: a loader
 * @func: (nullable): told how far long operations of plugins are
 * @user_data: for @func
 */
void
oma_plugin_loader_set_progress_func (OmaPluginLoader *loader, OmaPluginProgressFunc func, gpointer user_data)
{
  loader->context.progress_func = func;
  loader->context.progress_data = user_data;
}

/**
 * oma_plugin_loader_set_accept_own_files:
 * @loader: a loader
 * @accept: whether files of the daemon's own user are as good as root's
 */
void
oma_plugin_loader_set_accept_own_files (OmaPluginLoader *loader, gboolean accept)
{
  loader->context.accept_own_files = accept;
}

/**
 * oma_plugin_loader_set_crash_record:
 * @loader: a loader
 * @record: (nullable) (transfer none): counts which plugins take the daemon down; must outlive the loader
 *
 * A plugin that took the daemon down %OMA_MAX_CRASHES times is left out.
 */
void
oma_plugin_loader_set_crash_record (OmaPluginLoader *loader, OmaCrashRecord *record)
{
  loader->context.crashes = record;
}

/**
 * oma_plugin_loader_set_connection:
 * @loader: a loader
 * @connection: (nullable): the system bus, on which plugins reach the services of their manifests; without
 *   it these are not there
 */
void
oma_plugin_loader_set_connection (OmaPluginLoader *loader, GDBusConnection *connection)
{
  g_set_object (&loader->context.connection, connection);
}

/**
 * oma_plugin_loader_set_data_directory:
 * @loader: a loader
 * @directory: (nullable): where plugins keep data over restarts; made when it is needed.  Without it they
 *   cannot
 */
void
oma_plugin_loader_set_data_directory (OmaPluginLoader *loader, const char *directory)
{
  g_free (loader->data_dir);
  loader->context.data_dir = loader->data_dir = g_strdup (directory);
}

static OmaCrashEntry *
find_crash (OmaPluginLoader *loader, const char *name, const char *path)
{
  OmaCrashEntry *crash;
  struct stat file;

  if (loader->context.crashes == NULL || stat (path, &file) != 0)
    return NULL;
  crash = oma_crash_record_find (loader->context.crashes, name, &file);
  if (crash == NULL)
    g_warning ("Crashes of plugin %s are not counted: there is no room for it in the record", name);
  return crash;
}

static gboolean
is_left_out (const OmaCrashEntry *crash, OmaPluginInfo *info)
{
  if (crash == NULL || oma_crash_entry_get_count (crash) == 0)
    return FALSE;
  info->crashes = oma_crash_entry_get_count (crash);
  info->last_crash = oma_crash_entry_get_last (crash);
  info->crash_signal = oma_crash_entry_get_signal (crash);
  info->reason = oma_crash_entry_describe (crash);
  if (oma_crash_entry_get_count (crash) >= OMA_MAX_CRASHES)
    return TRUE;
  g_message ("Plugin %s: %s; after %u it is left out", info->name, info->reason, OMA_MAX_CRASHES);
  g_clear_pointer (&info->reason, g_free);
  return FALSE;
}

static void
load_plugin (OmaPluginLoader *loader, const char *path, OmaCrashEntry *crash, OmaPluginInfo *info)
{
  g_autoptr(GError) error = NULL;
  OmaPlugin *plugin = oma_plugin_load (&loader->context, path, crash, info, &error);

  if (plugin != NULL)
    {
      g_autofree char *uris = g_strjoinv (" ", info->uris);

      info->state = OMA_PLUGIN_LOADED;
      g_ptr_array_add (loader->plugins, plugin);
      g_info ("Plugin %s %s serves %s", info->name, info->version, uris);
    }
  else
    {
      info->state = OMA_PLUGIN_FAILED;
      info->reason = g_strdup (error->message);
      g_warning ("Plugin %s is left out: %s", info->name, error->message);
    }
}

static void
load_file (OmaPluginLoader *loader, const char *directory, const char *file)
{
  char *path = g_build_filename (directory, file, NULL);
  OmaPluginInfo *info = g_new0 (OmaPluginInfo, 1);
  OmaCrashEntry *crash;

  info->name = g_strndup (file, strlen (file) - strlen ("." G_MODULE_SUFFIX));
  info->file = path;
  info->progress = oma_plugin_progress_new ();
  crash = find_crash (loader, info->name, path);
  if (is_left_out (crash, info))
    info->state = OMA_PLUGIN_LEFT_OUT;
  else
    load_plugin (loader, path, crash, info);
  g_ptr_array_add (loader->infos, info);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * oma_plugin_loader_load_directory:
 * @loader: a loader
 * @directory: where the shared objects are, their DDF files beside them
 *
 * Loads, starts and mounts every plugin of @directory, in the order of their names.  One
 * that fails costs a warning and its own nodes, nothing else; its reason is kept for
 * oma_plugin_loader_get_plugins().  Of those that are left out because they took the daemon down too
 * often it is for the caller to tell.
 */
void
oma_plugin_loader_load_directory (OmaPluginLoader *loader, const char *directory)
{
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (directory, 0, &error);
  const char *name;

  if (dir == NULL)
    {
      g_info ("No plugins: %s", error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, "." G_MODULE_SUFFIX) && name[0] != '.')
      g_ptr_array_add (files, g_strdup (name));
  g_ptr_array_sort (files, compare_names);
  for (guint i = 0; i < files->len; i++)
    load_file (loader, directory, g_ptr_array_index (files, i));
}

/**
 * oma_plugin_loader_get_plugins:
 * @loader: a loader
 *
 * Returns: (transfer none) (element-type OmaPluginInfo): every plugin that was found, also
 *   those that failed
 */
GPtrArray *
oma_plugin_loader_get_plugins (OmaPluginLoader *loader)
{
  return loader->infos;
}

/**
 * oma_plugin_loader_find_plugin:
 * @loader: a loader
 * @name: name of a plugin
 *
 * Returns: (transfer none) (nullable): what is known of it, %NULL when there is no such plugin
 */
OmaPluginInfo *
oma_plugin_loader_find_plugin (OmaPluginLoader *loader, const char *name)
{
  for (guint i = 0; i < loader->infos->len; i++)
    {
      OmaPluginInfo *info = g_ptr_array_index (loader->infos, i);

      if (strcmp (info->name, name) == 0)
        return info;
    }
  return NULL;
}

static OmaPlugin *
find_loaded (OmaPluginLoader *loader, const char *name)
{
  for (guint i = 0; i < loader->plugins->len; i++)
    {
      OmaPlugin *plugin = g_ptr_array_index (loader->plugins, i);

      if (strcmp (oma_plugin_get_descriptor (plugin)->name, name) == 0)
        return plugin;
    }
  return NULL;
}

/**
 * oma_plugin_loader_list_nodes:
 * @loader: a loader
 * @name: name of a plugin
 *
 * Returns: (transfer full) (element-type OmaPluginNode): the nodes of its DDF, each before those below
 *   it; none when it is not loaded
 */
GPtrArray *
oma_plugin_loader_list_nodes (OmaPluginLoader *loader, const char *name)
{
  OmaPlugin *plugin = find_loaded (loader, name);

  return plugin != NULL ? oma_plugin_list_nodes (plugin) : g_ptr_array_new ();
}

/**
 * oma_plugin_loader_find_host:
 * @loader: a loader
 * @name: name of a plugin
 *
 * Returns: (transfer none) (nullable): the host of a loaded plugin; who watches it sees whether the plugin lets go of
 *   all that it got
 */
GObject *
oma_plugin_loader_find_host (OmaPluginLoader *loader, const char *name)
{
  OmaPlugin *plugin = find_loaded (loader, name);

  return plugin != NULL ? G_OBJECT (oma_plugin_get_host (plugin)) : NULL;
}

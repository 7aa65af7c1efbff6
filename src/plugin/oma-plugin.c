/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-bus.h"
#include "plugin/oma-plugin-data.h"
#include "plugin/oma-plugin-private.h"

#include <errno.h>
#include <gmodule.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The host that the plugin sees ---- */

#define OMA_TYPE_LOADED_HOST (oma_loaded_host_get_type ())
G_DECLARE_FINAL_TYPE (OmaLoadedHost, oma_loaded_host, OMA, LOADED_HOST, OmaPluginHost)

struct _OmaLoadedHost {
  OmaPluginHost parent_instance;
  OmaPlugin    *plugin;      /* NULL once the plugin was shut down */
};

G_DEFINE_FINAL_TYPE (OmaLoadedHost, oma_loaded_host, OMA_TYPE_PLUGIN_HOST)

struct _OmaPlugin {
  OmaPluginContext    context;
  OmaPluginDescriptor descriptor;    /* copied: what the plugin lacks is zero */
  char               *name;
  OmaPluginInfo      *info;          /* outlives the plugin */
  GModule            *module;
  OmaLoadedHost      *host;
  OmaPluginBus       *bus;           /* as long as there is a host that knows the plugin */
  OmaPluginData      *data;          /* likewise */
  gpointer            self;
  gboolean            initialised;
  OmaSchema          *schema;
  GArray             *handlers;      /* (element-type OmaNodeHandler), copied likewise */
  GHashTable         *by_schema;     /* OmaSchemaNode -> OmaNodeHandler in handlers */
};

static char *
make_root_uri (const OmaPlugin *plugin, guint index)
{
  const OmaSchemaRoot *root = g_ptr_array_index (plugin->schema->roots, index);
  GString *uri = g_string_new (root->path);

  oma_uri_append_segment (uri, root->node->name, -1);
  return g_string_free (uri, FALSE);
}

/* Whether @path is one from the root of the tree, as those of a handler and of a URI may be, instead of one
 * below the DDF's first top node. */
static gboolean
is_from_root (const char *path)
{
  return g_str_has_prefix (path, "./");
}

static char *
make_uri (const OmaPlugin *plugin, const char *relative_uri)
{
  g_autofree char *root = NULL;

  if (is_from_root (relative_uri))
    return g_strdup (relative_uri);
  root = make_root_uri (plugin, 0);
  return g_strconcat (root, *relative_uri != '\0' ? "/" : NULL, relative_uri, NULL);
}

/* What a plugin tells of is its own. */
static gboolean
is_served (const OmaPlugin *plugin, const char *uri)
{
  for (guint i = 0; i < plugin->schema->roots->len; i++)
    {
      g_autofree char *root = make_root_uri (plugin, i);
      gsize length = strlen (root);

      if (strncmp (uri, root, length) == 0 && (uri[length] == '\0' || uri[length] == '/'))
        return TRUE;
    }
  g_warning ("Plugin %s: %s is not below a top node of its DDF", plugin->name, uri);
  return FALSE;
}

static void
host_changed (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;
  g_autofree char *uri = NULL;

  if (plugin == NULL || plugin->schema == NULL)
    return;
  uri = make_uri (plugin, relative_uri);
  if (is_served (plugin, uri))
    oma_tree_notify (plugin->context.tree, uri, kind);
}

static void
host_alert (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri, const char *correlator,
            OmaValue *data)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;
  g_autofree char *uri = NULL;

  if (plugin == NULL || plugin->schema == NULL || plugin->context.alert_func == NULL)
    return;
  uri = relative_uri != NULL ? make_uri (plugin, relative_uri) : NULL;
  if (uri != NULL && !is_served (plugin, uri))
    return;
  plugin->context.alert_func (plugin->name, type, mark, uri, correlator, data, plugin->context.alert_data);
}

static void
tell_progress (OmaPlugin *plugin, const char *uri, guint percent, const char *message)
{
  g_autofree char *text = message != NULL ? g_utf8_make_valid (message, -1) : g_strdup ("");

  if (!oma_plugin_progress_set (plugin->info->progress, uri, percent, text))
    return;
  g_info ("Plugin %s: %s: %u %%%s%s", plugin->name, uri, percent, *text != '\0' ? ", " : "", text);
  if (plugin->context.progress_func != NULL)
    plugin->context.progress_func (plugin->name, uri, percent, text, plugin->context.progress_data);
}

static void
host_progress (OmaPluginHost *host, GTask *task, guint percent, const char *message)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;
  const char *uri = oma_plugin_task_get_uri (task);

  if (plugin == NULL)
    return;
  if (uri != NULL)
    tell_progress (plugin, uri, percent, message);
  else
    g_warning ("Plugin %s: it tells the progress of what is no operation on a node", plugin->name);
}

static void
host_node_progress (OmaPluginHost *host, const char *relative_uri, guint percent, const char *message)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;
  g_autofree char *uri = NULL;

  if (plugin == NULL || plugin->schema == NULL)
    return;
  uri = make_uri (plugin, relative_uri);
  if (is_served (plugin, uri))
    tell_progress (plugin, uri, percent, message);
}

static char *
host_get_config (OmaPluginHost *host, const char *key)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (plugin == NULL || plugin->context.config_func == NULL)
    return NULL;
  return plugin->context.config_func (plugin->name, key, plugin->context.config_data);
}

static gboolean
fail_after_shutdown (OmaPlugin *plugin, GTask *task)
{
  if (plugin == NULL)
    g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The plugin was shut down");
  return plugin == NULL;
}

static void
host_call (OmaPluginHost *host, const char *bus_name, const char *object_path, const char *interface_name,
           const char *method_name, GVariant *parameters, const GVariantType *reply_type, GTask *task)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (!fail_after_shutdown (plugin, task))
    oma_plugin_bus_call (plugin->bus, bus_name, object_path, interface_name, method_name, parameters, reply_type, task);
}

static guint
host_subscribe (OmaPluginHost *host, const char *bus_name, const char *object_path, const char *interface_name,
                const char *signal_name, const char *arg0, OmaPluginSignalFunc func, gpointer user_data)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  return plugin != NULL ? oma_plugin_bus_subscribe (plugin->bus, host, bus_name, object_path, interface_name,
                                                    signal_name, arg0, func, user_data)
                        : 0;
}

static void
host_unsubscribe (OmaPluginHost *host, guint id)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (plugin != NULL)
    oma_plugin_bus_unsubscribe (plugin->bus, id);
}

static GBytes *
host_load_data (OmaPluginHost *host, const char *name, GError **error)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (plugin != NULL)
    return oma_plugin_data_load (plugin->data, name, error);
  g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "The plugin was shut down");
  return NULL;
}

static void
host_save_data (OmaPluginHost *host, const char *name, GBytes *data, GTask *task)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (!fail_after_shutdown (plugin, task))
    oma_plugin_data_save (plugin->data, name, data, task);
}

static void
oma_loaded_host_class_init (OmaLoadedHostClass *klass)
{
  OmaPluginHostClass *host_class = OMA_PLUGIN_HOST_CLASS (klass);

  host_class->changed = host_changed;
  host_class->progress = host_progress;
  host_class->node_progress = host_node_progress;
  host_class->get_config = host_get_config;
  host_class->alert = host_alert;
  host_class->call = host_call;
  host_class->subscribe = host_subscribe;
  host_class->unsubscribe = host_unsubscribe;
  host_class->load_data = host_load_data;
  host_class->save_data = host_save_data;
}

static void
oma_loaded_host_init (OmaLoadedHost *host G_GNUC_UNUSED)
{
}

/* ---- Trust in the file ---- */

/* Internal: whether @path may be loaded: a regular file of root, or of the daemon's own user
 * where that is accepted, that nobody else can write. */
gboolean
oma_plugin_check_file (const OmaPluginContext *context, const char *path, GError **error)
{
  struct stat st;

  if (stat (path, &st) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (st.st_mode))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "%s: not a regular file", path);
  else if (st.st_uid != 0 && !(context->accept_own_files && st.st_uid == geteuid ()))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: not owned by root", path);
  else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: writable by others than its owner", path);
  else
    return TRUE;
  return FALSE;
}

/* ---- Loading ---- */

static gboolean
fail (GError **error, const char *reason)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, reason);
  return FALSE;
}

static gboolean
check_manifest (const OmaPluginDescriptor *descriptor, GError **error)
{
  for (gsize i = 0; descriptor->bus_names != NULL && descriptor->bus_names[i] != NULL; i++)
    if (!oma_plugin_bus_is_name (descriptor->bus_names[i]))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "its manifest has '%s', which is no name on a bus",
                     descriptor->bus_names[i]);
        return FALSE;
      }
  for (gsize i = 0; descriptor->actions != NULL && descriptor->actions[i] != NULL; i++)
    if (!oma_plugin_bus_is_action (descriptor->actions[i]))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "its manifest has '%s', which is no polkit action",
                     descriptor->actions[i]);
        return FALSE;
      }
  return TRUE;
}

/* The host never reads past what the plugin was built with. */
static gboolean
copy_descriptor (OmaPlugin *plugin, const OmaPluginDescriptor *descriptor, GError **error)
{
  if (descriptor == NULL || descriptor->struct_size < G_STRUCT_OFFSET (OmaPluginDescriptor, validate))
    return fail (error, "its descriptor is too short");
  plugin->info->abi = g_strdup_printf ("%u.%u", descriptor->abi_major, descriptor->abi_minor);
  if (descriptor->abi_major != OMA_PLUGIN_ABI_MAJOR || descriptor->abi_minor > OMA_PLUGIN_ABI_MINOR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "it was built for plugin ABI %u.%u, this is %u.%u",
                   descriptor->abi_major, descriptor->abi_minor, OMA_PLUGIN_ABI_MAJOR, OMA_PLUGIN_ABI_MINOR);
      return FALSE;
    }
  memcpy (&plugin->descriptor, descriptor, MIN (descriptor->struct_size, sizeof plugin->descriptor));
  if (g_strcmp0 (descriptor->name, plugin->name) != 0)
    return fail (error, "its name is not that of its file");
  if (descriptor->init == NULL || descriptor->ddf == NULL || strchr (descriptor->ddf, '/') != NULL ||
      (descriptor->n_handlers > 0 && descriptor->handlers == NULL))
    return fail (error, "its descriptor is incomplete");
  if (plugin->descriptor.commit == NULL && (plugin->descriptor.undo != NULL || plugin->descriptor.confirm != NULL))
    return fail (error, "it has undo or confirm, but no commit");
  return check_manifest (&plugin->descriptor, error);
}

static gboolean
copy_handlers (OmaPlugin *plugin, GError **error)
{
  const char *at = (const char *) plugin->descriptor.handlers;

  plugin->handlers = g_array_new (FALSE, TRUE, sizeof (OmaNodeHandler));
  for (gsize i = 0; i < plugin->descriptor.n_handlers; i++)
    {
      gsize size = ((const OmaNodeHandler *) at)->struct_size;
      OmaNodeHandler handler = { 0 };

      if (size < G_STRUCT_OFFSET (OmaNodeHandler, list) || size > 4096)
        return fail (error, "a handler has no usable size");
      memcpy (&handler, at, MIN (size, sizeof handler));
      if (handler.node == NULL)
        return fail (error, "a handler names no node");
      g_array_append_val (plugin->handlers, handler);
      at += size;
    }
  return TRUE;
}

/* How well @pattern names @path: 0 not at all, more for more of it. */
static gsize
match_pattern (const char *pattern, const char *path)
{
  gsize length = strlen (pattern);

  if (strcmp (pattern, path) == 0)
    return G_MAXSIZE;
  if (!g_str_has_suffix (pattern, "**") || strncmp (pattern, path, length - 2) != 0 || path[length - 2] == '\0')
    return 0;
  return length;
}

/* @relative: (nullable): the path below the first top node, for what lies there. */
static const OmaNodeHandler *
find_best (OmaPlugin *plugin, const char *path, const char *relative)
{
  const OmaNodeHandler *best = NULL;
  gsize best_match = 0;

  for (guint i = 0; i < plugin->handlers->len; i++)
    {
      const OmaNodeHandler *handler = &g_array_index (plugin->handlers, OmaNodeHandler, i);
      const char *node = handler->node;
      gsize match = 0;

      if (is_from_root (node))
        match = match_pattern (node, path);
      else if (relative != NULL)
        match = match_pattern (node, relative);
      if (match > best_match)
        {
          best = handler;
          best_match = match;
        }
    }
  return best;
}

/* There is one of each followed node, and all of it can be read. */
static gboolean
check_followed (const OmaNodeHandler *handler, const OmaSchemaNode *node, const char *path, GError **error)
{
  if (handler == NULL || (handler->flags & OMA_HANDLER_FOLLOWED) == 0 ||
      (node->format == OMA_FORMAT_NODE && handler->read != NULL && strstr (path, "/*") == NULL))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "%s cannot be followed: it is a leaf, has no read, or is below a placeholder", path);
  return FALSE;
}

/* @prefix: octets of @path that lead to below the first top node; 0 elsewhere. */
static gboolean
bind_handlers (OmaPlugin *plugin, const OmaSchemaNode *node, const char *path, gsize prefix, GHashTable *used,
               GError **error)
{
  const char *relative = prefix == 0 ? NULL : path[prefix - 1] == '\0' ? "" : path + prefix;
  const OmaNodeHandler *handler = find_best (plugin, path, relative);

  if (handler != NULL)
    {
      g_hash_table_insert (plugin->by_schema, (gpointer) node, (gpointer) handler);
      g_hash_table_add (used, (gpointer) handler);
    }
  if (!check_followed (handler, node, path, error))
    return FALSE;
  for (guint i = 0; node->children != NULL && i < node->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *child_path = g_strconcat (path, "/", child->name != NULL ? child->name : "*", NULL);

      if (!bind_handlers (plugin, child, child_path, prefix, used, error))
        return FALSE;
    }
  return TRUE;
}

/* A handler that binds to nothing is a mistake in its pattern or in the DDF. */
static gboolean
bind_schema (OmaPlugin *plugin, GError **error)
{
  g_autoptr(GHashTable) used = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < plugin->schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (plugin->schema->roots, i);
      g_autofree char *path = NULL;

      if (root->node->name == NULL)
        return fail (error, "a top node of its DDF has no name");
      path = g_strconcat (root->path, "/", root->node->name, NULL);
      if (!bind_handlers (plugin, root->node, path, i == 0 ? strlen (path) + 1 : 0, used, error))
        return FALSE;
    }
  for (guint i = 0; i < plugin->handlers->len; i++)
    {
      const OmaNodeHandler *handler = &g_array_index (plugin->handlers, OmaNodeHandler, i);

      if (!g_hash_table_contains (used, handler))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no node of its DDF is '%s'", handler->node);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
open_module (OmaPlugin *plugin, const char *path, OmaCrashEntry *crash, GError **error)
{
  const OmaPluginDescriptor *(*query) (void) = NULL;

  if (crash != NULL)
    oma_crash_entry_begin_load (crash);
  plugin->module = g_module_open (path, G_MODULE_BIND_LOCAL);
  /* From the first call on it may have registered types, which cannot be unloaded. */
  if (plugin->module != NULL && g_module_symbol (plugin->module, "oma_plugin_query", (gpointer *) &query) &&
      query != NULL)
    g_module_make_resident (plugin->module);
  if (crash != NULL)
    oma_crash_entry_end_load (crash, (gconstpointer) query);
  if (plugin->module == NULL)
    return fail (error, g_module_error ());
  if (query == NULL)
    return fail (error, "it has no oma_plugin_query()");
  return copy_descriptor (plugin, query (), error) && copy_handlers (plugin, error);
}

static gboolean
load_schema (OmaPlugin *plugin, const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *ddf = g_build_filename (directory, plugin->descriptor.ddf, NULL);

  if (!oma_plugin_check_file (&plugin->context, ddf, error))
    return FALSE;
  plugin->schema = plugin->context.load_ddf (ddf, error);
  return plugin->schema != NULL && bind_schema (plugin, error);
}

/* DevInfo and DevDetail are the system's; which plugin serves them, the directory's owner
 * decides. */
static OmaMountFlags
mount_flags (const OmaSchema *schema)
{
  const OmaSchemaRoot *root = g_ptr_array_index (schema->roots, 0);
  gboolean reserved = strcmp (root->path, ".") == 0 &&
                      (strcmp (root->node->name, "DevInfo") == 0 || strcmp (root->node->name, "DevDetail") == 0);

  return reserved ? OMA_MOUNT_RESERVED : OMA_MOUNT_DEFAULT;
}

static gboolean
start (OmaPlugin *plugin, GError **error)
{
  plugin->host = g_object_new (OMA_TYPE_LOADED_HOST, NULL);
  plugin->host->plugin = plugin;
  plugin->bus = oma_plugin_bus_new (plugin->context.connection, plugin->name, plugin->descriptor.bus_names,
                                    plugin->descriptor.actions);
  plugin->data = oma_plugin_data_new (plugin->context.data_dir, plugin->name);
  plugin->initialised = plugin->descriptor.init (OMA_PLUGIN_HOST (plugin->host), &plugin->self, error);
  if (!plugin->initialised && error != NULL && *error == NULL)
    return fail (error, "it did not start and gave no reason");
  return plugin->initialised &&
         oma_tree_mount (plugin->context.tree, plugin->schema, &oma_plugin_node_ops, plugin,
                         mount_flags (plugin->schema), error);
}

static void
fill_info (OmaPlugin *plugin, OmaPluginInfo *info)
{
  info->uris = g_new0 (char *, plugin->schema->roots->len + 1);
  for (guint i = 0; i < plugin->schema->roots->len; i++)
    info->uris[i] = make_root_uri (plugin, i);
}

/* What the plugin says of itself, also when it does not start. */
static void
tell_descriptor (const OmaPluginDescriptor *descriptor, OmaPluginInfo *info)
{
  info->version = g_strdup (descriptor->version);
  info->transactions = descriptor->commit != NULL;
  info->bus_names = g_strdupv ((char **) descriptor->bus_names);
  info->actions = g_strdupv ((char **) descriptor->actions);
}

/* Internal: loads, starts and mounts the plugin in the file @path; fills in @info what it
 * gets to know.  @crash (nullable) gets to know where its code is. */
OmaPlugin *
oma_plugin_load (const OmaPluginContext *context, const char *path, OmaCrashEntry *crash, OmaPluginInfo *info,
                 GError **error)
{
  g_autoptr(OmaPlugin) plugin = g_new0 (OmaPlugin, 1);

  plugin->context = *context;
  plugin->name = g_strdup (info->name);
  plugin->info = info;
  plugin->by_schema = g_hash_table_new (NULL, NULL);
  if (!oma_plugin_check_file (context, path, error) || !open_module (plugin, path, crash, error))
    return NULL;
  tell_descriptor (&plugin->descriptor, info);
  if (!load_schema (plugin, path, error) || !start (plugin, error))
    return NULL;
  fill_info (plugin, info);
  return g_steal_pointer (&plugin);
}

/* Internal. */
void
oma_plugin_free (OmaPlugin *plugin)
{
  if (plugin->initialised && plugin->descriptor.shutdown != NULL)
    plugin->descriptor.shutdown (plugin->self);
  if (plugin->host != NULL)
    plugin->host->plugin = NULL;
  g_clear_pointer (&plugin->bus, oma_plugin_bus_free);
  g_clear_pointer (&plugin->data, oma_plugin_data_free);
  g_clear_object (&plugin->host);
  g_clear_pointer (&plugin->schema, oma_schema_unref);
  g_clear_pointer (&plugin->handlers, g_array_unref);
  g_clear_pointer (&plugin->module, g_module_close);
  g_hash_table_unref (plugin->by_schema);
  g_free (plugin->name);
  g_free (plugin);
}

/* Internal: what serves a node of the plugin's DDF, NULL when nothing was bound to it. */
const OmaNodeHandler *
oma_plugin_find_handler (OmaPlugin *plugin, const OmaSchemaNode *schema)
{
  return g_hash_table_lookup (plugin->by_schema, schema);
}

static void
plugin_node_free (OmaPluginNode *node)
{
  g_free (node->uri);
  g_free (node);
}

static OmaPluginOperations
get_operations (const OmaNodeHandler *handler)
{
  return (handler->list != NULL ? OMA_PLUGIN_LIST : 0) | (handler->exists != NULL ? OMA_PLUGIN_EXISTS : 0) |
         (handler->read != NULL ? OMA_PLUGIN_READ : 0) | (handler->get != NULL ? OMA_PLUGIN_GET : 0) |
         (handler->add != NULL ? OMA_PLUGIN_ADD : 0) | (handler->replace != NULL ? OMA_PLUGIN_REPLACE : 0) |
         (handler->remove != NULL ? OMA_PLUGIN_REMOVE : 0) | (handler->exec != NULL ? OMA_PLUGIN_EXEC : 0) |
         (handler->copy != NULL ? OMA_PLUGIN_COPY : 0) | (handler->rename != NULL ? OMA_PLUGIN_RENAME : 0);
}

static void
add_node (OmaPlugin *plugin, const OmaSchemaNode *schema, char *uri, GPtrArray *nodes)
{
  const OmaNodeHandler *handler = oma_plugin_find_handler (plugin, schema);
  OmaPluginNode *node = g_new0 (OmaPluginNode, 1);

  node->uri = uri;
  node->schema = schema;
  if (handler != NULL)
    {
      node->handler = handler->node;
      node->flags = handler->flags;
      node->operations = get_operations (handler);
    }
  g_ptr_array_add (nodes, node);
  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);
      GString *below = g_string_new (uri);

      if (child->name != NULL)
        oma_uri_append_segment (below, child->name, -1);
      else
        g_string_append (below, "/*");
      add_node (plugin, child, g_string_free (below, FALSE), nodes);
    }
}

/* Internal: see oma_plugin_loader_list_nodes(). */
GPtrArray *
oma_plugin_list_nodes (OmaPlugin *plugin)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_node_free);

  for (guint i = 0; i < plugin->schema->roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (plugin->schema->roots, i);

      add_node (plugin, root->node, g_strdup (plugin->info->uris[i]), nodes);
    }
  return nodes;
}

/* Where the plugin's operations are counted; NULL when it is over with the plugin. */
static OmaPluginInfo *
find_info (OmaPluginHost *host)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  return plugin != NULL ? plugin->info : NULL;
}

/* Internal: an operation of the plugin begins. */
void
oma_plugin_note_begin (OmaPluginHost *host)
{
  OmaPluginInfo *info = find_info (host);

  if (info != NULL)
    info->running++;
}

/* Internal: one ends, with a result or, if @dropped, because nothing refers to it any more.  It may be over with the
 * plugin. */
void
oma_plugin_note_end (OmaPluginHost *host, gboolean dropped)
{
  OmaPluginInfo *info = find_info (host);

  if (info == NULL)
    return;
  info->running--;
  info->dropped += dropped ? 1 : 0;
}

/* Internal: the operation on the node @uri is over.  It may be over with the plugin. */
void
oma_plugin_end_progress (OmaPluginHost *host, const char *uri)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;

  if (plugin != NULL)
    oma_plugin_progress_end (plugin->info->progress, uri);
}

/* What a plugin answers is no failure of it, as that there is no such node: only what it could not do is. */
static gboolean
is_failure (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  return error->domain != OMA_STATUS_ERROR || error->code >= OMA_STATUS_COMMAND_FAILED;
}

/* Internal: an operation of the plugin ended with @error.  It may be over with the plugin. */
void
oma_plugin_note_failure (OmaPluginHost *host, const GError *error)
{
  OmaPlugin *plugin = OMA_LOADED_HOST (host)->plugin;
  OmaPluginInfo *info;

  if (plugin == NULL || !is_failure (error))
    return;
  info = plugin->info;
  info->failures++;
  info->last_failure = g_get_real_time () / G_USEC_PER_SEC;
  g_free (info->last_error);
  info->last_error = g_strdup (error->message);
}

/* Internal. */
gpointer
oma_plugin_get_self (OmaPlugin *plugin)
{
  return plugin->self;
}

/* Internal. */
OmaPluginHost *
oma_plugin_get_host (OmaPlugin *plugin)
{
  return OMA_PLUGIN_HOST (plugin->host);
}

/* Internal. */
const OmaPluginDescriptor *
oma_plugin_get_descriptor (OmaPlugin *plugin)
{
  return &plugin->descriptor;
}

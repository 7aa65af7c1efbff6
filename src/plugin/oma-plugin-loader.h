/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/oma-crash-record.h"
#include "plugin/oma-plugin-progress.h"
#include "tree/oma-tree.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaPluginState:
 * @OMA_PLUGIN_LOADED: it serves its nodes
 * @OMA_PLUGIN_FAILED: it could not be loaded, or did not start
 * @OMA_PLUGIN_LEFT_OUT: it was not tried: it took the daemon down too often
 */
typedef enum {
  OMA_PLUGIN_LOADED,
  OMA_PLUGIN_FAILED,
  OMA_PLUGIN_LEFT_OUT,
} OmaPluginState;

/**
 * OmaPluginInfo:
 * @name: file name of the shared object without suffix
 * @version: (nullable): the plugin's version, when it came so far
 * @state: whether it serves its nodes
 * @reason: (nullable): why it does not, for people
 * @uris: (nullable): the mount points it serves
 * @file: path of the shared object
 * @abi: (nullable): "MAJOR.MINOR" that it was built for, when it came so far
 * @transactions: it takes the changes of a unit of work together
 * @bus_names: (nullable): of its manifest: the services that it may call and follow, when it came so far
 * @actions: (nullable): of its manifest: the polkit actions that it needs, when it came so far
 * @crashes: how often it took the daemon down, as the record of crashes remembers it
 * @last_crash: when it last did, in seconds since the epoch
 * @crash_signal: and by which signal
 * @progress: what is under way in it
 * @running: how many of its operations have not returned yet, also those for which nobody waits any more
 * @dropped: how many it ended without a result
 * @failures: how many of its operations failed in this run of the daemon, see oma_plugin_note_failure()
 * @last_failure: when the last one did, in seconds since the epoch
 * @last_error: (nullable): and why, for people
 */
typedef struct {
  char          *name;
  char          *version;
  OmaPluginState state;
  char          *reason;
  char         **uris;
  char          *file;
  char          *abi;
  gboolean       transactions;
  char         **bus_names;
  char         **actions;
  guint          crashes;
  gint64         last_crash;
  int            crash_signal;
  OmaPluginProgress *progress;
  guint          running;
  guint          dropped;
  guint          failures;
  gint64         last_failure;
  char          *last_error;
} OmaPluginInfo;

/* What the handler of a node offers; for those who want to know ahead of calling. */
typedef enum {
  OMA_PLUGIN_LIST = 1 << 0,
  OMA_PLUGIN_EXISTS = 1 << 1,
  OMA_PLUGIN_READ = 1 << 2,
  OMA_PLUGIN_GET = 1 << 3,
  OMA_PLUGIN_ADD = 1 << 4,
  OMA_PLUGIN_REPLACE = 1 << 5,
  OMA_PLUGIN_REMOVE = 1 << 6,
  OMA_PLUGIN_EXEC = 1 << 7,
  OMA_PLUGIN_COPY = 1 << 8,
  OMA_PLUGIN_RENAME = 1 << 9,
} OmaPluginOperations;

/**
 * OmaPluginNode:
 * @uri: URI of the node, with "*" for each placeholder
 * @schema: (transfer none): the node of the plugin's DDF
 * @handler: (nullable) (transfer none): the handler that serves it, as the plugin names it; %NULL for
 *   none: the node can be walked through, nothing else
 * @flags: how far changes of it can be taken back
 * @operations: what the handler offers
 *
 * A node that a loaded plugin serves; valid as long as the plugin is loaded.
 */
typedef struct {
  char                *uri;
  const OmaSchemaNode *schema;
  const char          *handler;
  OmaHandlerFlags      flags;
  OmaPluginOperations  operations;
} OmaPluginNode;

/* Parses a DDF file; the loader must not know XML, so the agent hands it in. */
typedef OmaSchema *(*OmaDdfLoadFunc) (const char *path, GError **error);

/* Value of @key in the configuration group of @plugin; (transfer full) (nullable). */
typedef char *(*OmaPluginConfigFunc) (const char *plugin, const char *key, gpointer user_data);

/* A plugin sends an alert; @uri, of the node that it is about, and @mark and @correlator are
 * nullable. */
typedef void (*OmaPluginAlertFunc) (const char *plugin, const char *type, const char *mark, const char *uri,
                                    const char *correlator, OmaValue *data, gpointer user_data);

/* A long operation of a plugin came further; @uri is that of its node. */
typedef void (*OmaPluginProgressFunc) (const char *plugin, const char *uri, guint percent, const char *message,
                                       gpointer user_data);

/**
 * OmaPluginLoader:
 *
 * Loads the plugins of a directory and mounts what they serve.
 */
typedef struct _OmaPluginLoader OmaPluginLoader;

OmaPluginLoader *oma_plugin_loader_new  (OmaTree *tree, OmaDdfLoadFunc load_ddf);
void             oma_plugin_loader_free (OmaPluginLoader *loader);
void             oma_plugin_loader_set_config_func (OmaPluginLoader *loader, OmaPluginConfigFunc func, gpointer user_data);
void             oma_plugin_loader_set_alert_func (OmaPluginLoader *loader, OmaPluginAlertFunc func, gpointer user_data);
void             oma_plugin_loader_set_progress_func (OmaPluginLoader *loader, OmaPluginProgressFunc func,
                                                      gpointer user_data);
void             oma_plugin_loader_set_accept_own_files (OmaPluginLoader *loader, gboolean accept);
void             oma_plugin_loader_set_crash_record (OmaPluginLoader *loader, OmaCrashRecord *record);
void             oma_plugin_loader_set_connection (OmaPluginLoader *loader, GDBusConnection *connection);
void             oma_plugin_loader_set_data_directory (OmaPluginLoader *loader, const char *directory);
void             oma_plugin_loader_load_directory (OmaPluginLoader *loader, const char *directory);
GPtrArray       *oma_plugin_loader_get_plugins (OmaPluginLoader *loader);
OmaPluginInfo   *oma_plugin_loader_find_plugin (OmaPluginLoader *loader, const char *name);
GPtrArray       *oma_plugin_loader_list_nodes (OmaPluginLoader *loader, const char *name);
GObject         *oma_plugin_loader_find_host (OmaPluginLoader *loader, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPluginLoader, oma_plugin_loader_free)

G_END_DECLS

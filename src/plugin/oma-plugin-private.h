/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/oma-plugin-loader.h"

#include <omadm/omadm.h>

G_BEGIN_DECLS

/**
 * OmaPlugin:
 *
 * A loaded plugin: it turns the tree's node operations into calls of the handlers that the
 * plugin bound to nodes of its DDF.
 */
typedef struct _OmaPlugin OmaPlugin;

typedef struct {
  OmaTree             *tree;
  OmaDdfLoadFunc       load_ddf;
  OmaPluginConfigFunc  config_func;
  gpointer             config_data;
  OmaPluginAlertFunc   alert_func;
  gpointer             alert_data;
  OmaPluginProgressFunc progress_func;
  gpointer             progress_data;
  gboolean             accept_own_files;
  OmaCrashRecord      *crashes;
  GDBusConnection     *connection;      /* (nullable) */
  const char          *data_dir;        /* (nullable) */
} OmaPluginContext;

OmaPlugin       *oma_plugin_load     (const OmaPluginContext *context, const char *path, OmaCrashEntry *crash,
                                      OmaPluginInfo *info, GError **error);
void             oma_plugin_free     (OmaPlugin *plugin);
gboolean         oma_plugin_check_file (const OmaPluginContext *context, const char *path, GError **error);

const OmaNodeHandler *oma_plugin_find_handler (OmaPlugin *plugin, const OmaSchemaNode *schema);
gpointer         oma_plugin_get_self (OmaPlugin *plugin);
OmaPluginHost   *oma_plugin_get_host (OmaPlugin *plugin);
GPtrArray       *oma_plugin_list_nodes (OmaPlugin *plugin);
const char      *oma_plugin_task_get_uri (GTask *task);
void             oma_plugin_note_begin (OmaPluginHost *host);
void             oma_plugin_note_end (OmaPluginHost *host, gboolean dropped);
void             oma_plugin_end_progress (OmaPluginHost *host, const char *uri);
void             oma_plugin_note_failure (OmaPluginHost *host, const GError *error);
const OmaPluginDescriptor *oma_plugin_get_descriptor (OmaPlugin *plugin);

/* The adapter; self is an OmaPlugin. */
extern const OmaNodeOps oma_plugin_node_ops;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPlugin, oma_plugin_free)

G_END_DECLS

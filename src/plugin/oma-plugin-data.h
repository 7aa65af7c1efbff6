/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define OMA_PLUGIN_DATA_MAX_SIZE (256 * 1024)     /* octets under one name */
#define OMA_PLUGIN_DATA_MAX_NAMES 16
#define OMA_PLUGIN_DATA_MAX_NAME 64               /* characters */

/**
 * OmaPluginData:
 *
 * What one plugin keeps over restarts: a directory of its own with a file for each name.
 */
typedef struct _OmaPluginData OmaPluginData;

OmaPluginData *oma_plugin_data_new  (const char *directory, const char *plugin);
void           oma_plugin_data_free (OmaPluginData *data);
GBytes        *oma_plugin_data_load (OmaPluginData *data, const char *name, GError **error);
void           oma_plugin_data_save (OmaPluginData *data, const char *name, GBytes *octets, GTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPluginData, oma_plugin_data_free)

G_END_DECLS

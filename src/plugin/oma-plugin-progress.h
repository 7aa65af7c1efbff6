/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Nodes of a plugin whose progress is remembered at a time; more forget the others, and tell once more. */
#define OMA_PLUGIN_PROGRESS_MAX_NODES 64

/**
 * OmaPluginProgress:
 *
 * How far the long operations of one plugin are.
 */
typedef struct _OmaPluginProgress OmaPluginProgress;

typedef void (*OmaPluginProgressEachFunc) (const char *uri, guint percent, const char *message, gpointer user_data);

OmaPluginProgress *oma_plugin_progress_new     (void);
void               oma_plugin_progress_free    (OmaPluginProgress *progress);
gboolean           oma_plugin_progress_set     (OmaPluginProgress *progress, const char *uri, guint percent,
                                                const char *message);
void               oma_plugin_progress_end     (OmaPluginProgress *progress, const char *uri);
void               oma_plugin_progress_foreach (OmaPluginProgress *progress, OmaPluginProgressEachFunc func,
                                                gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPluginProgress, oma_plugin_progress_free)

G_END_DECLS

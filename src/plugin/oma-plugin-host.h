/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef OMA_PLUGIN_HOST_H
#define OMA_PLUGIN_HOST_H

#include <omadm/oma-change-kind.h>
#include <omadm/oma-value.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaPluginHost:
 *
 * What the daemon offers a plugin; one for each plugin.  It is the source object of every
 * task that a plugin gets, and lives longer than the plugin.
 */
#define OMA_TYPE_PLUGIN_HOST (oma_plugin_host_get_type ())
G_DECLARE_DERIVABLE_TYPE (OmaPluginHost, oma_plugin_host, OMA, PLUGIN_HOST, GObject)

/**
 * OmaPluginHostClass:
 * @changed: implements oma_plugin_host_changed()
 * @progress: implements oma_plugin_host_progress()
 * @get_config: implements oma_plugin_host_get_config()
 * @alert: implements oma_plugin_host_alert()
 *
 * Implemented by the daemon; plugins call the functions below.
 */
struct _OmaPluginHostClass {
  GObjectClass parent_class;

  void  (*changed)    (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind);
  void  (*progress)   (OmaPluginHost *host, GTask *task, guint percent, const char *message);
  char *(*get_config) (OmaPluginHost *host, const char *key);
  void  (*alert)      (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                       const char *correlator, OmaValue *data);

  /*< private >*/
  gpointer reserved[7];
};

void  oma_plugin_host_changed    (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind);
void  oma_plugin_host_progress   (OmaPluginHost *host, GTask *task, guint percent, const char *message);
char *oma_plugin_host_get_config (OmaPluginHost *host, const char *key);
void  oma_plugin_host_alert      (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                                  const char *correlator, OmaValue *data);

G_END_DECLS

#endif /* OMA_PLUGIN_HOST_H */

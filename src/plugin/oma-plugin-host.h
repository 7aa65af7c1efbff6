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
 * OmaPluginSignalFunc:
 * @host: the plugin's host
 * @object_path: the object that sent the signal
 * @interface_name: its interface
 * @signal_name: its name
 * @parameters: (transfer none): what it says, a tuple
 * @user_data: what oma_plugin_host_subscribe() got
 *
 * Gets a signal of a service on the system bus, on the main thread.
 */
typedef void (*OmaPluginSignalFunc) (OmaPluginHost *host, const char *object_path, const char *interface_name,
                                     const char *signal_name, GVariant *parameters, gpointer user_data);

/**
 * OmaPluginHostClass:
 * @changed: implements oma_plugin_host_changed()
 * @progress: implements oma_plugin_host_progress()
 * @node_progress: implements oma_plugin_host_node_progress()
 * @get_config: implements oma_plugin_host_get_config()
 * @alert: implements oma_plugin_host_alert()
 * @call: implements oma_plugin_host_call_async(): returns a #GVariant on @task, and sets what
 *   oma_plugin_host_get_remote_error() tells as its task data
 * @subscribe: implements oma_plugin_host_subscribe()
 * @unsubscribe: implements oma_plugin_host_unsubscribe()
 * @load_data: implements oma_plugin_host_load_data()
 * @save_data: implements oma_plugin_host_save_data_async(): returns a boolean on @task
 *
 * Implemented by the daemon; plugins call the functions below.  A test of a plugin may implement it too: what it
 * leaves %NULL does nothing, or fails with %OMA_STATUS_NOT_SUPPORTED.
 */
struct _OmaPluginHostClass {
  GObjectClass parent_class;

  void  (*changed)    (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind);
  void  (*progress)   (OmaPluginHost *host, GTask *task, guint percent, const char *message);
  char *(*get_config) (OmaPluginHost *host, const char *key);
  void  (*alert)      (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                       const char *correlator, OmaValue *data);
  void  (*call)       (OmaPluginHost *host, const char *bus_name, const char *object_path, const char *interface_name,
                       const char *method_name, GVariant *parameters, const GVariantType *reply_type, GTask *task);
  guint (*subscribe)  (OmaPluginHost *host, const char *bus_name, const char *object_path, const char *interface_name,
                       const char *signal_name, const char *arg0, OmaPluginSignalFunc func, gpointer user_data);
  void  (*unsubscribe) (OmaPluginHost *host, guint id);
  GBytes *(*load_data) (OmaPluginHost *host, const char *name, GError **error);
  void  (*save_data)  (OmaPluginHost *host, const char *name, GBytes *data, GTask *task);
  void  (*node_progress) (OmaPluginHost *host, const char *relative_uri, guint percent, const char *message);

  /*< private >*/
  gpointer reserved[16];
};

void  oma_plugin_host_changed    (OmaPluginHost *host, const char *relative_uri, OmaChangeKind kind);
void  oma_plugin_host_progress   (OmaPluginHost *host, GTask *task, guint percent, const char *message);
void  oma_plugin_host_node_progress (OmaPluginHost *host, const char *relative_uri, guint percent, const char *message);
char *oma_plugin_host_get_config (OmaPluginHost *host, const char *key);
void  oma_plugin_host_alert      (OmaPluginHost *host, const char *type, const char *mark, const char *relative_uri,
                                  const char *correlator, OmaValue *data);

void        oma_plugin_host_call_async  (OmaPluginHost *host, const char *bus_name, const char *object_path,
                                         const char *interface_name, const char *method_name, GVariant *parameters,
                                         const GVariantType *reply_type, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
GVariant   *oma_plugin_host_call_finish (OmaPluginHost *host, GAsyncResult *result, GError **error);
const char *oma_plugin_host_get_remote_error (OmaPluginHost *host, GAsyncResult *result);
guint       oma_plugin_host_subscribe   (OmaPluginHost *host, const char *bus_name, const char *object_path,
                                         const char *interface_name, const char *signal_name, const char *arg0,
                                         OmaPluginSignalFunc func, gpointer user_data);
void        oma_plugin_host_unsubscribe (OmaPluginHost *host, guint id);

GBytes     *oma_plugin_host_load_data        (OmaPluginHost *host, const char *name, GError **error);
void        oma_plugin_host_save_data_async  (OmaPluginHost *host, const char *name, GBytes *data,
                                              GCancellable *cancellable, GAsyncReadyCallback callback,
                                              gpointer user_data);
gboolean    oma_plugin_host_save_data_finish (OmaPluginHost *host, GAsyncResult *result, GError **error);

G_END_DECLS

#endif /* OMA_PLUGIN_HOST_H */

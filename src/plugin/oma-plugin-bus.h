/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <omadm/oma-plugin-host.h>

G_BEGIN_DECLS

/**
 * OmaPluginBus:
 *
 * The way of one plugin to the services of its manifest on the system bus.
 */
typedef struct _OmaPluginBus OmaPluginBus;

OmaPluginBus *oma_plugin_bus_new         (GDBusConnection *connection, const char *plugin, const char *const *bus_names,
                                          const char *const *actions);
void          oma_plugin_bus_free        (OmaPluginBus *bus);
void          oma_plugin_bus_call        (OmaPluginBus *bus, const char *bus_name, const char *object_path,
                                          const char *interface_name, const char *method_name, GVariant *parameters,
                                          const GVariantType *reply_type, GTask *task);
guint         oma_plugin_bus_subscribe   (OmaPluginBus *bus, OmaPluginHost *host, const char *bus_name,
                                          const char *object_path, const char *interface_name, const char *signal_name,
                                          const char *arg0, OmaPluginSignalFunc func, gpointer user_data);
void          oma_plugin_bus_unsubscribe (OmaPluginBus *bus, guint id);
gboolean      oma_plugin_bus_is_name     (const char *name);
gboolean      oma_plugin_bus_is_action   (const char *action);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaPluginBus, oma_plugin_bus_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "oma-check-bus.h"

#include "plugin/oma-plugin-loader.h"
#include "session/oma-executor.h"

G_BEGIN_DECLS

/* What makes a unit of work fail when all others that take part in it have committed. */
#define OMA_CHECK_REFUSER "./OmadmPluginCheck/Refuse"

/**
 * OmaCheckDevice:
 * @bus: in the place of the system bus
 * @tree: where the plugin is mounted
 * @executor: the door to it, that of the daemon
 * @info: (nullable): what the loader knows of the plugin, %NULL when there is none
 * @calls_before_refusal: how many calls the plugin had made when the refuser refused
 *
 * A daemon without sessions, store and D-Bus of its own, with one plugin.
 */
typedef struct {
  OmaCheckBus         *bus;
  OmaTree             *tree;
  OmaExecutor         *executor;
  const OmaPluginInfo *info;
  guint                calls_before_refusal;

  /*< private >*/
  OmaPluginLoader     *loader;
  OmaSchema           *refuser;
  gboolean             host_lives;
} OmaCheckDevice;

typedef struct {
  const char          *directory;     /* that of the plugin, and nothing else */
  const char          *data_dir;
  OmaPluginConfigFunc  config_func;
  gpointer             config_data;
  guint                timeout;       /* seconds that an operation may take */
} OmaCheckDeviceOptions;

OmaCheckDevice *oma_check_device_new      (const OmaCheckDeviceOptions *options, OmaCheckBus *bus);
gboolean        oma_check_device_free     (OmaCheckDevice *device);
GPtrArray      *oma_check_device_list_nodes (OmaCheckDevice *device);
OmaWork        *oma_check_device_begin    (OmaCheckDevice *device, gboolean atomic);
OmaStatus       oma_check_device_run      (OmaCheckDevice *device, OmaWork *work, OmaOperation *operation,
                                           GCancellable *cancellable);
gboolean        oma_check_device_commit   (OmaCheckDevice *device, OmaWork *work, GCancellable *cancellable,
                                           GError **error);
gboolean        oma_check_device_roll_back (OmaCheckDevice *device, OmaWork *work, GError **error);
char          **oma_check_device_ask_list (OmaCheckDevice *device, const char *uri, GCancellable *cancellable,
                                           GError **error);
gboolean        oma_check_device_ask_exists (OmaCheckDevice *device, const char *uri, const char *name,
                                             GCancellable *cancellable, GError **error);
gboolean        oma_check_device_commit_alone (OmaCheckDevice *device, const char *uri, OmaValue *value,
                                               gboolean confirm, GBytes **undo_data, GError **error);
gboolean        oma_check_device_undo     (OmaCheckDevice *device, const char *uri, GBytes *undo_data, GError **error);
gboolean        oma_check_device_settle   (OmaCheckDevice *device, guint milliseconds);
void            oma_check_device_set_timeout (OmaCheckDevice *device, guint seconds);
void            oma_check_device_iterate  (guint milliseconds);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-account.h"
#include "agent/oma-alert-list.h"
#include "agent/oma-runner.h"
#include "agent/oma-session-cause.h"
#include "agent/oma-unit-list.h"
#include "bootstrap/oma-bootstrap.h"
#include "notify/oma-notification.h"
#include "plugin/oma-plugin-loader.h"
#include "session/oma-executor.h"
#include "session/oma-interaction.h"
#include "store/oma-store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaAgentError:
 *
 * What the agent itself refuses.
 */
typedef enum {
  OMA_AGENT_ERROR_NO_ACCOUNT,
  OMA_AGENT_ERROR_ACCOUNT_EXISTS,
  OMA_AGENT_ERROR_BAD_SETTING,
  OMA_AGENT_ERROR_STOPPING,
  OMA_AGENT_ERROR_NO_PLUGIN,
  OMA_AGENT_ERROR_NO_UNIT,
} OmaAgentError;

#define OMA_AGENT_MAX_BOOTSTRAP OMA_BOOTSTRAP_MAX_SIZE   /* octets of a document */

#define OMA_AGENT_N_ERRORS (OMA_AGENT_ERROR_NO_UNIT + 1)
#define OMA_AGENT_ERROR (oma_agent_error_quark ())
GQuark oma_agent_error_quark (void);

/**
 * OmaAgentOptions:
 * @config_dir: where omadm.conf, omadm.conf.d, accounts.d and ddf.d are
 * @state_dir: where the store and the secrets are
 * @plugin_dir: where the plugins are
 * @vendor_dir: (nullable): where the vendor's bootstrap.d is
 * @accept_own_files: files of the daemon's own user are as good as root's
 * @connection: (nullable): the system bus, for plugins
 */
typedef struct {
  const char *config_dir;
  const char *state_dir;
  const char *plugin_dir;
  const char *vendor_dir;
  gboolean    accept_own_files;
  GDBusConnection *connection;
} OmaAgentOptions;

/* A DDF file that was refused. */
typedef struct {
  char *path;
  char *reason;
} OmaRefusedDdf;

/**
 * OmaAgent:
 *
 * The device: tree, store, plugins, accounts and sessions.
 *
 * Signals: "account-added" (OmaAccount *), "account-removed" (const char *name),
 * "session-added" (OmaRunner *), "session-removed" (OmaRunner *), "progress" (const char *uri, guint percent,
 * const char *message: how far a long operation of a plugin is).  A runner stays for a while after its session
 * ended, so that its result can be read.
 */
#define OMA_TYPE_AGENT (oma_agent_get_type ())
G_DECLARE_FINAL_TYPE (OmaAgent, oma_agent, OMA, AGENT, GObject)

OmaAgent    *oma_agent_new             (const OmaAgentOptions *options);
gboolean     oma_agent_start           (OmaAgent *agent, GError **error);
void         oma_agent_stop_async      (OmaAgent *agent, GAsyncReadyCallback callback, gpointer user_data);
gboolean     oma_agent_stop_finish     (OmaAgent *agent, GAsyncResult *result, GError **error);

OmaExecutor *oma_agent_get_executor    (OmaAgent *agent);
OmaTree     *oma_agent_get_tree        (OmaAgent *agent);
OmaStore    *oma_agent_get_store       (OmaAgent *agent);
OmaAlertList *oma_agent_get_alerts     (OmaAgent *agent);
OmaUnitList *oma_agent_get_units       (OmaAgent *agent);
const char  *oma_agent_get_device_id   (OmaAgent *agent);
GPtrArray   *oma_agent_get_plugins     (OmaAgent *agent);       /* (element-type OmaPluginInfo) (transfer none) */
const OmaPluginInfo *oma_agent_find_plugin (OmaAgent *agent, const char *name, GError **error);
GPtrArray   *oma_agent_list_plugin_nodes (OmaAgent *agent, const char *name);   /* (element-type OmaPluginNode) */
gboolean     oma_agent_reset_plugin    (OmaAgent *agent, const char *name, GError **error);
GPtrArray   *oma_agent_get_refused_ddf (OmaAgent *agent);       /* (element-type OmaRefusedDdf) (transfer none) */

GPtrArray   *oma_agent_get_accounts    (OmaAgent *agent);       /* (element-type OmaAccount) (transfer none) */
OmaAccount  *oma_agent_find_account    (OmaAgent *agent, const char *name);
void         oma_agent_add_account_async      (OmaAgent *agent, OmaAccountConfig *config, GAsyncReadyCallback callback,
                                               gpointer user_data);
OmaAccount  *oma_agent_add_account_finish     (OmaAgent *agent, GAsyncResult *result, GError **error);
void         oma_agent_remove_account_async   (OmaAgent *agent, const char *name, gboolean withdraw,
                                               GAsyncReadyCallback callback, gpointer user_data);
gboolean     oma_agent_remove_account_finish  (OmaAgent *agent, GAsyncResult *result, GError **error);

void         oma_agent_bootstrap_async        (OmaAgent *agent, const char *name, const char *media_type, GBytes *document,
                                               const char *const *manage, GAsyncReadyCallback callback,
                                               gpointer user_data);
void         oma_agent_bootstrap_from_async   (OmaAgent *agent, const char *name, const char *uri,
                                               OmaAccountConfig *access, GAsyncReadyCallback callback,
                                               gpointer user_data);
OmaAccount  *oma_agent_bootstrap_finish       (OmaAgent *agent, GAsyncResult *result, GError **error);

void         oma_agent_notify_async    (OmaAgent *agent, GBytes *octets, GAsyncReadyCallback callback,
                                        gpointer user_data);
OmaRunner   *oma_agent_notify_finish   (OmaAgent *agent, GAsyncResult *result, GError **error);

void         oma_agent_set_interaction (OmaAgent *agent, OmaInteraction *interaction);
OmaInteraction *oma_agent_get_interaction (OmaAgent *agent);

OmaRunner   *oma_agent_sync            (OmaAgent *agent, const char *account, GError **error);
OmaRunner   *oma_agent_sync_for        (OmaAgent *agent, const char *account, const OmaSessionCause *cause,
                                        GError **error);
void         oma_agent_raise_alert_async  (OmaAgent *agent, const char *account, OmaAlert *alert, gboolean sync,
                                           GAsyncReadyCallback callback, gpointer user_data);
gint64       oma_agent_raise_alert_finish (OmaAgent *agent, GAsyncResult *result, GError **error);
void         oma_agent_fetch_object_async  (OmaAgent *agent, const char *moid, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
gboolean     oma_agent_fetch_object_finish (OmaAgent *agent, GAsyncResult *result, GError **error);
GPtrArray   *oma_agent_get_sessions    (OmaAgent *agent);       /* (element-type OmaRunner) (transfer none) */

G_END_DECLS

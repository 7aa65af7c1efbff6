/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-trusted-file.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaConfig:
 * @operation_timeout: seconds that one operation of a plugin may take
 * @exec_timeout: seconds that an Exec is waited for before it is answered with 202
 * @keep_alive: seconds after which a server hears that its commands are still running, 0: never
 * @max_sessions: sessions that run at the same time, with different servers
 * @max_message_size: octets of a message that we accept
 * @max_object_size: octets of an object that we accept
 * @max_messages: messages of one session
 * @max_nodes: nodes of the tree
 * @max_stored: MiB of stored values
 * @http_timeout: seconds without progress on a connection
 * @resends: how often a message is sent again whose answer did not arrive
 * @resend_delay: seconds before the first time, doubled each further time
 * @watchdog_timeout: seconds that a turn of the main loop may take, 0: for ever
 * @retry_delay: seconds before a session that starts by itself follows one that failed, doubled each further time
 * @log_level: the least important level that is logged
 * @core_dumps: the memory, which holds secrets, may be dumped and looked into
 * @bootstrap_manage: (nullable): URIs on which servers get all rights whose accounts come from bootstrap.d
 * @plugins: private: the groups of the plugins
 *
 * The daemon's configuration: omadm.conf(5).
 */
typedef struct {
  guint          operation_timeout;
  guint          exec_timeout;
  guint          keep_alive;
  guint          max_sessions;
  guint          max_message_size;
  guint          max_object_size;
  guint          max_messages;
  guint          max_nodes;
  guint          max_stored;
  guint          http_timeout;
  guint          resends;
  guint          resend_delay;
  guint          watchdog_timeout;
  guint          retry_delay;
  GLogLevelFlags log_level;
  gboolean       core_dumps;
  char         **bootstrap_manage;
  GKeyFile      *plugins;
} OmaConfig;

OmaConfig *oma_config_new  (void);
OmaConfig *oma_config_load (const char *config_dir, OmaTrustedFileFlags flags, GError **error);
void       oma_config_free (OmaConfig *config);
char      *oma_config_dup_plugin_value (const OmaConfig *config, const char *plugin, const char *key);
GPtrArray *oma_config_list_directory   (const char *directory, const char *suffix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaConfig, oma_config_free)

G_END_DECLS

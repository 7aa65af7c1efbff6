/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaExit:
 *
 * Exit statuses of omadmd(8).
 */
typedef enum {
  OMA_EXIT_OK = 0,
  OMA_EXIT_FAILURE = 1,
  OMA_EXIT_USAGE = 2,
  OMA_EXIT_CONFIG = 3,
  OMA_EXIT_STORE = 4,
  OMA_EXIT_NAME_TAKEN = 5,
} OmaExit;

/**
 * OmaDaemonOptions:
 * @session_bus: serve on the session bus
 * @bus_address: (nullable): serve on the bus at this address; the system bus when neither is given
 * @config_dir, @state_dir, @plugin_dir: (nullable): other directories than the installed ones
 * @no_polkit: everybody on the bus may do everything
 * @debug: log debug messages
 * @version: print the version and exit
 *
 * The command line of omadmd.
 */
typedef struct {
  gboolean session_bus;
  char    *bus_address;
  char    *config_dir;
  char    *state_dir;
  char    *plugin_dir;
  gboolean no_polkit;
  gboolean debug;
  gboolean version;
} OmaDaemonOptions;

gboolean oma_daemon_options_parse (OmaDaemonOptions *options, int argc, char **argv, GError **error);
gboolean oma_daemon_options_check (const OmaDaemonOptions *options, guint uid, GError **error);
void     oma_daemon_options_clear (OmaDaemonOptions *options);
void     oma_daemon_set_dumpable  (gboolean dumpable);
OmaExit  oma_daemon_run           (const OmaDaemonOptions *options);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaDaemonOptions, oma_daemon_options_clear)

G_END_DECLS

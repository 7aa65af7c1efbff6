/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "oma-check-report.h"
#include "oma-check-values.h"

G_BEGIN_DECLS

/**
 * OmaCheckSettings:
 * @directory: where the plugin is, alone
 * @answers: (nullable): file of what services answer
 * @config: (nullable) (array zero-terminated=1): "KEY=VALUE" of the plugin's configuration
 * @values: what to write
 * @data_dir: where the plugin may keep data
 * @timeout: seconds that one trial may take, all waits included, before it counts as one that blocks the main loop
 * @manifest: whether only to say what the plugin is
 * @verbose: whether what the plugin logs is shown
 *
 * How a plugin is tried.
 */
typedef struct {
  const char     *directory;
  const char     *answers;
  char          **config;
  OmaCheckValues *values;
  const char     *data_dir;
  guint           timeout;
  gboolean        manifest;
  gboolean        verbose;
} OmaCheckSettings;

gboolean oma_check_plugin (const OmaCheckSettings *settings, OmaCheckReport *report, GError **error);

G_END_DECLS

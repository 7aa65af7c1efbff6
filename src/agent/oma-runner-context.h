/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent/oma-config.h"
#include "session/oma-alert-queue.h"
#include "session/oma-executor.h"
#include "session/oma-interaction.h"
#include "session/oma-subscriptions.h"
#include "store/oma-store.h"

G_BEGIN_DECLS

/**
 * OmaRunnerContext:
 * @executor: the executor
 * @store: keeps the history
 * @config: the daemon's configuration
 * @alerts: (nullable): what servers are to be told
 * @interaction: (nullable): asks the person at the device
 * @subscriptions: (nullable): keeps what servers of DM 2.0 ask for beyond the session
 * @rand: (nullable): for the random part of waits
 *
 * What all runners share; it must outlive them.
 */
typedef struct {
  OmaExecutor     *executor;
  OmaStore        *store;
  const OmaConfig *config;
  OmaAlertQueue   *alerts;
  OmaInteraction  *interaction;
  OmaSubscriptions *subscriptions;
  GRand           *rand;
} OmaRunnerContext;

G_END_DECLS

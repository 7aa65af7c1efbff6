/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plugin/oma-plugin.h"

G_BEGIN_DECLS

/* Made by the daemon for each plugin that takes part in a unit of work. */
struct _OmaPluginTransaction {
  gpointer       data;
  GDestroyNotify destroy;
  GBytes        *undo_data;
};

OmaPluginTransaction *oma_plugin_transaction_new  (void);
void                  oma_plugin_transaction_free (OmaPluginTransaction *transaction);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-node-ops.h"

G_BEGIN_DECLS

/* A plugin that serves ./Vendor/Bench at no cost of its own: its sets are in memory and every answer is at hand. */
typedef struct _BenchPlugin BenchPlugin;

extern const OmaNodeOps bench_plugin_ops;

BenchPlugin *bench_plugin_new  (guint n_sets, gboolean transactions);
void         bench_plugin_free (BenchPlugin *plugin);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of loaded plugins share. */
#pragma once

#include "plugin/oma-plugin-loader.h"

G_BEGIN_DECLS

/* What an operation on a node needs, as the executor finds it. */
typedef struct {
  OmaUri            uri;
  OmaLookup         lookup;
  OmaNodeRef       *ref;
  const OmaNodeOps *ops;
  gpointer          self;
} Target;

char *plugin_test_install (const char *dir, const char *file);
void  plugin_test_remove  (const char *dir);
void  plugin_test_find    (OmaTree *tree, const char *uri, Target *target);
void  target_clear        (Target *target);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Target, target_clear)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "memory-store.h"
#include "tree/oma-change.h"

G_BEGIN_DECLS

/* What tests of the tree share: schemas from a few words, nodes by URI, commits that wait. */

extern const OmaPrincipal fixture_device;
extern const OmaPrincipal fixture_server;     /* ServerID "srv" */
extern const OmaNodeOps   fixture_plugin_ops;

OmaSchemaNode *fixture_schema_node  (OmaSchemaNode *parent, const char *name, OmaFormat format, gboolean permanent,
                                     guint min, guint max);
OmaSchema     *fixture_schema       (const char *origin, const char *path, OmaSchemaNode *top);
OmaSchema     *fixture_settings     (void);
OmaTree       *fixture_tree         (OmaSchema *schema, const OmaNodeOps *ops, MemoryStore *store);

OmaNode       *fixture_find         (OmaTree *tree, const char *uri, OmaChange *view);
void           fixture_lookup       (OmaTree *tree, const char *uri, OmaChange *view, OmaLookup *lookup);
OmaNode       *fixture_add          (OmaChange *change, const char *uri, const char *value);
gboolean       fixture_replace      (OmaChange *change, const char *uri, const char *value, GError **error);
const char    *fixture_get          (OmaTree *tree, const char *uri, OmaChange *view);
gboolean       fixture_commit       (OmaChange *change, GError **error);
char          *fixture_list         (OmaTree *tree, const char *uri, OmaChange *view);
char          *fixture_dump         (OmaTree *tree, OmaChange *view);
char          *fixture_dump_aside   (OmaTree *tree);

G_END_DECLS

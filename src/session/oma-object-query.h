/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"
#include "session/oma-objects.h"

G_BEGIN_DECLS

/* Nodes that one ClientURI can name: more are refused with 413. */
#define OMA_OBJECTS_MAX_NODES 10000

/**
 * OmaObjectQuery:
 * @uri: (nullable): what to resolve; %NULL: the roots of all instances
 * @moids: (nullable) (array zero-terminated=1): the identifiers that the principal can see at all, %NULL: any
 * @for_creation: as in oma_objects_resolve_async()
 * @taken: (nullable) (element-type utf8): of a ClientURI without instance: an instance is to be made, at a URI that is not
 *   among these; where none can be made the only one is meant
 *
 * What %OMA_OPERATION_FIND is about.
 */
typedef struct _OmaObjectQuery OmaObjectQuery;
struct _OmaObjectQuery {
  const OmaClientUri *uri;
  const char *const  *moids;
  gboolean            for_creation;
  GHashTable         *taken;
};

gboolean oma_operation_find_objects (OmaJob *job, GError **error);

/* oma-object-rights.c */
guint           oma_object_rights_get_commands (OmaObjectRights rights);
OmaObjectRights oma_object_rights_from_commands (guint commands);
OmaObjectRights oma_object_rights_find (OmaRights *rights, const OmaNode *node, const OmaNode *parent,
                                        const OmaChange *view);

G_END_DECLS

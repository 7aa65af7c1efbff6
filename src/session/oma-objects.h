/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-spool.h"
#include "session/oma-client-uri.h"
#include "session/oma-executor.h"
#include "session/oma-provisional.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OmaObjectRights:
 *
 * What DM 2.0 lets a server do with an instance of a management object: the ACL of its root node (Read: Get;
 * Write: Add, Replace and Delete; Execute: Exec; Delegate: Replace of that ACL).  The values are those of
 * Rights in the access control object.
 */
typedef enum {
  OMA_OBJECT_RIGHT_READ = 1 << 0,
  OMA_OBJECT_RIGHT_WRITE = 1 << 1,
  OMA_OBJECT_RIGHT_EXECUTE = 1 << 2,
  OMA_OBJECT_RIGHT_DELEGATE = 1 << 3,
} OmaObjectRights;

#define OMA_OBJECT_RIGHTS_ALL ((OmaObjectRights) 15)

/**
 * OmaObjectNode:
 * @uri: URI of the node in the tree, "./A/B"
 * @client_uri: its ClientURI, written out: no wildcards, no query
 * @root: URI of the root node of its instance
 * @moid, @miid: of the instance
 * @name: decoded name of the node as MO data name it
 * @rights: what the server may do with the instance
 * @exists: %FALSE: it is still to be made, see oma_objects_resolve_async()
 * @acl: (nullable): the ACL in effect at @root
 * @view: (nullable): of the access control object, which is in no tree: what it is; @uri is the ACL then
 * @about: (nullable): and the MIID of the instance that it is about, with its MOID
 *
 * A node that a ClientURI names.
 */
typedef struct {
  char           *uri;
  char           *client_uri;
  char           *root;
  char           *moid;
  char           *miid;
  char           *name;
  OmaObjectRights rights;
  gboolean        exists;
  OmaAcl         *acl;
  OmaNodeList    *view;
  char           *about;
} OmaObjectNode;

void       oma_object_node_free (OmaObjectNode *node);

/**
 * OmaObjects:
 *
 * The tree as management objects of DM 2.0 and one server see it: instances by identifier, ClientURIs to nodes, what
 * is read of them, documents into them.  All of it goes through the executor in the server's name.
 */
typedef struct _OmaObjects OmaObjects;

OmaObjects *oma_objects_new  (OmaExecutor *executor, const char *server_id, const char *const *moids);   /* NULL moids: all */
void        oma_objects_free (OmaObjects *objects);

/* The unit of work that list, resolve and read go through, so that they see what it has not committed yet and do not
 * wait for it; %NULL, as at first: each has its own.  It must live until another one is set. */
void        oma_objects_set_work (OmaObjects *objects, OmaWork *work);

/* What oma_work_set_note() keeps with the commit of put; 0, as at first: nothing. */
void        oma_objects_set_note (OmaObjects *objects, gint64 id, guint count);

/* Makes the files of large values; without it those of format bin are decoded in memory. */
void        oma_objects_set_spool_func (OmaObjects *objects, OmaSpoolFunc func, gpointer user_data);

/* MOS: those that the server may see (element-type OmaDm2Object). */
void        oma_objects_list_async  (OmaObjects *objects, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray  *oma_objects_list_finish (OmaObjects *objects, GAsyncResult *result, GError **error);

/* The nodes that @uri names (element-type OmaObjectNode), at least one; else OMA_STATUS_ERROR 404.  @for_creation: the
 * last segment, or the instance, need not be there when it is a name. */
void        oma_objects_resolve_async  (OmaObjects *objects, const OmaClientUri *uri, gboolean for_creation,
                                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray  *oma_objects_resolve_finish (OmaObjects *objects, GAsyncResult *result, GError **error);
gboolean    oma_objects_try_resolve    (OmaObjects *objects, const OmaClientUri *uri, gboolean for_creation,
                                        GPtrArray **nodes, GError **error);   /* FALSE: it has to wait */

/**
 * OmaObjectData:
 * @node: what was read
 * @nodes: (nullable): its subtree; %NULL: a leaf that has no value now, or @not_modified
 * @cv: (nullable): cache validator of the instance, when @node is its root
 * @not_modified: the server has it already
 *
 * What was read of a node.
 */
typedef struct {
  OmaObjectNode *node;
  OmaNodeList   *nodes;
  char          *cv;
  gboolean       not_modified;
} OmaObjectData;

void        oma_object_data_free (OmaObjectData *data);

/* Reads what @uri names (element-type OmaObjectData): resolves, checks Read, compares cv.  403, 404. */
void        oma_objects_read_async  (OmaObjects *objects, const OmaClientUri *uri, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
GPtrArray  *oma_objects_read_finish (OmaObjects *objects, GAsyncResult *result, GError **error);
gboolean    oma_objects_try_read    (OmaObjects *objects, const OmaClientUri *uri, GPtrArray **data,
                                     GError **error);   /* FALSE: it has to wait */

/* Puts MO data (element-type OmaMoPart) into the tree, all or nothing, in one atomic unit of work: what is at the
 * target is replaced; without @uri the parts say where, and new instances get an MIID.  Gives the ClientURIs of what
 * was put.  @provisional as for oma_work_set_provisional(), may be NULL. */
void        oma_objects_put_async  (OmaObjects *objects, const OmaClientUri *uri, GPtrArray *parts,
                                    OmaProvisional *provisional, GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
char      **oma_objects_put_finish (OmaObjects *objects, GAsyncResult *result, GError **error);

G_END_DECLS

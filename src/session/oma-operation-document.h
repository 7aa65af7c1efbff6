/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-tnds.h"
#include "session/oma-operation.h"

G_BEGIN_DECLS

/**
 * OmaDocument:
 * @base: canonical URI of the target
 * @n_top: how many nodes stand in no other
 * @replaces: what is below the target goes
 * @may_be_target: the only top node may be the target itself
 * @is_inbox: the target is ./Inbox or below it
 * @is_mo_data: it came as MO data (DM Protocol 2.0, HGET), and is its caller's
 * @uris: (element-type utf8): canonical URI of each node
 * @order: (element-type guint): the nodes, parents before children
 * @named: canonical URI of each node, and of those on the way to them -> whether it is a node
 * @made: (element-type utf8): nodes that were added
 * @removed: (element-type utf8): nodes of plugins that are to be deleted
 * @n_served: nodes of plugins that were put
 * @tried: (element-type utf8 guint): URI without a number -> the last number that was tried with it
 * @places: (element-type utf8 gpointer): of the Inbox: what is known of each identifier
 * @objects: (element-type utf8 utf8): of the Inbox: the first segment of a Path -> the URI of the
 *   object of that name
 * @ways: (element-type utf8): the keys of @named, and the target
 * @others: (element-type utf8): nodes below these that the document does not name
 * @intents: (nullable): what the job means plugins to do, for itself to see
 * @rehearsed: a rehearsal went well
 * @stage: what is done to all nodes now
 * @next: the node whose turn it is
 *
 * A document on its way into the tree.
 */
typedef struct _OmaDocument OmaDocument;
struct _OmaDocument {
  OmaJob     *job;
  OmaTnds    *tnds;
  char       *base;
  guint       n_top;
  gboolean    replaces;
  gboolean    may_be_target;
  gboolean    is_inbox;
  gboolean    is_mo_data;
  GPtrArray  *uris;
  GArray     *order;
  GHashTable *named;
  GHashTable *made;
  GPtrArray  *removed;
  guint       n_served;
  GHashTable *tried;
  GHashTable *places;
  GHashTable *objects;
  GPtrArray  *ways;
  GPtrArray  *others;
  GHashTable *intents;
  gboolean    rehearsed;
  guint       stage;
  guint       next;
};

void     oma_document_free            (OmaDocument *document);

static inline OmaTndsNode *
oma_document_node_at (const OmaDocument *document, guint index)
{
  return g_ptr_array_index (document->tnds->nodes, index);
}

static inline const char *
oma_document_uri_at (const OmaDocument *document, guint index)
{
  return g_ptr_array_index (document->uris, index);
}

/* oma-document-read.c */
OmaTnds *oma_document_read            (const OmaOperation *operation, GError **error);
gboolean oma_document_node_has_value  (const OmaTndsNode *node);
gsize    oma_document_node_get_size   (const OmaTndsNode *node);
void     oma_document_fill_operation  (const OmaDocument *document, guint index, const OmaSchemaNode *schema,
                                       OmaOperation *operation, OmaValue **value);

/* oma-document-uri.c */
const char *oma_document_strip_path   (const char *path);
char    *oma_document_append_name     (const char *uri, const char *name);
char    *oma_document_choose_uri      (OmaDocument *document, const char *parent, const char *name, GError **error);
gboolean oma_document_find_uris       (OmaDocument *document, GError **error);

/* oma-document-removal.c */
gboolean oma_document_find_others     (OmaDocument *document, guint i, GError **error);
gboolean oma_document_remove_other    (OmaDocument *document, guint i, GError **error);
gboolean oma_document_finish_removal_of_leaf     (OmaDocument *document, guint i, GError **error);
gboolean oma_document_finish_removal_of_interior (OmaDocument *document, guint i, GError **error);

/* oma-operation-inbox.c */
GHashTable *oma_inbox_places_new      (void);
char    *oma_inbox_find_place         (OmaDocument *document, const OmaTndsNode *node, GError **error);
void     oma_inbox_rewrite_references (OmaDocument *document);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-limits.h"
#include "base/oma-value.h"
#include "codec/oma-codec.h"

G_BEGIN_DECLS

#define OMA_TNDS_TYPE_XML "application/vnd.syncml.dmtnds+xml"
#define OMA_TNDS_TYPE_WBXML "application/vnd.syncml.dmtnds+wbxml"

/* What is read of a document. */
#define OMA_TNDS_MAX_SIZE (8 * 1024 * 1024)
#define OMA_TNDS_MAX_NODES 10000

/**
 * OmaTndsNode:
 * @parent: index of the node that this one stands in, -1 for a top node
 * @path: (nullable): of a top node: URI of its parent, relative to the target, as it was written
 * @name: decoded name; empty: the device chooses one
 * @format: %OMA_FORMAT_NONE when it is not stated
 * @type: (nullable): MIME type of a leaf, management object identifier of an interior node
 * @acl: (nullable): ACL
 * @title: (nullable): Title
 * @tstamp: (nullable): TStamp
 * @ver_no: (nullable): VerNo
 * @data: (nullable): Value, NUL-terminated behind its octets; %NULL: none
 * @size: its octets
 * @value: (nullable): the octets of a large value in place of @data, as @is_octets says
 * @is_octets: @data are the octets of the value as they are; otherwise it is text, which for
 *   binary formats is base64
 * @n_children: how many nodes stand in it
 *
 * A node of a document, as it was written.
 */
typedef struct {
  int       parent;
  char     *path;
  char     *name;
  OmaFormat format;
  char     *type;
  char     *acl;
  char     *title;
  char     *tstamp;
  char     *ver_no;
  char     *data;
  gsize     size;
  OmaValue *value;
  gboolean  is_octets;
  guint     n_children;
} OmaTndsNode;

/**
 * OmaTnds:
 * @ver_dtd: (nullable): VerDTD
 * @manufacturer: (nullable): Man
 * @model: (nullable): Mod
 * @nodes: (element-type OmaTndsNode): in the document's order, each behind the one that it
 *   stands in
 *
 * A document of DM Tree and Description Serialization 1.2.
 */
typedef struct {
  char      *ver_dtd;
  char      *manufacturer;
  char      *model;
  GPtrArray *nodes;
} OmaTnds;

OmaTnds     *oma_tnds_new        (void);
void         oma_tnds_free       (OmaTnds *tnds);
OmaTndsNode *oma_tnds_add_node   (OmaTnds *tnds, int parent, const char *name);
void         oma_tnds_node_set_value (OmaTndsNode *node, const OmaValue *value);
gboolean     oma_tnds_is_type    (const char *media_type);
gboolean     oma_tnds_looks_like (gconstpointer data, gsize size);
gboolean     oma_tnds_may_begin  (gconstpointer data, gsize size);
OmaTnds     *oma_tnds_read       (gconstpointer data, gsize size, GError **error);
GBytes      *oma_tnds_write      (const OmaTnds *tnds, OmaEncoding encoding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaTnds, oma_tnds_free)

G_END_DECLS

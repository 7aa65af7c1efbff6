/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-node-list.h"
#include "base/oma-spool.h"
#include "codec/oma-tnds.h"

G_BEGIN_DECLS

/* Media types of MO data (DM Protocol 2.0, serialization of MO data).  Our reading: the specification's own name
 * for the JSON form was not to be had. */
#define OMA_MO_DATA_TYPE_JSON "application/vnd.oma.dm.mos+json"
#define OMA_MO_DATA_TYPE_JSON_ONE "application/vnd.oma.dm.mo+json"

/* What is read of MO data. */
#define OMA_MO_DATA_MAX_SIZE (256 * 1024 * 1024)    /* octets; large values go to files */
#define OMA_MO_DATA_MAX_PARTS 1000
#define OMA_MO_DATA_MAX_NODES 10000                 /* of all parts */
#define OMA_MO_DATA_MAX_DEPTH 64
#define OMA_MO_DATA_LARGE_VALUE (64 * 1024)         /* octets; a value of more goes to a file */
#define OMA_MO_DATA_MAX_FILES 64                    /* values that do */
#define OMA_MO_DATA_MAX_MEMORY (32 * 1024 * 1024)   /* octets of the others */
#define OMA_MO_DATA_BLOCK (64 * 1024)               /* octets that are read before others have their turn */

/**
 * OmaMoPart:
 * @ddf: (nullable): DDF
 * @client_uri: (nullable): ClientURI, also where "urn:" is missing; %NULL when there is none, and of a TNDS document
 * @cv: (nullable): CV
 * @document: its nodes: of JSON one top node, of the name of the node that is addressed; interior nodes have format
 *   node, of leaves neither format nor type is stated, and values are text, for binary formats base64; of TNDS the
 *   document as it is
 *
 * One management object, or a part of it, as it was read.
 */
typedef struct {
  char    *ddf;
  char    *client_uri;
  char    *cv;
  OmaTnds *document;
} OmaMoPart;

/**
 * OmaMoReader:
 *
 * Reads MO data as they arrive, JSON or TNDS as XML or WBXML; of JSON the octets need not be in memory.
 */
typedef struct _OmaMoReader OmaMoReader;

void         oma_mo_part_free      (OmaMoPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaMoPart, oma_mo_part_free)

gboolean     oma_mo_data_is_type   (const char *media_type);   /* parameters allowed */
OmaMoReader *oma_mo_reader_new     (const char *media_type, OmaSpoolFunc spool, gpointer user_data, GError **error);
void         oma_mo_reader_free    (OmaMoReader *reader);
gboolean     oma_mo_reader_feed    (OmaMoReader *reader, const char *data, gsize size, GError **error);
gboolean     oma_mo_reader_feed_block (OmaMoReader *reader, GBytes *body, int file, gsize *offset, gsize max_size,
                                       GError **error);
GPtrArray   *oma_mo_reader_finish  (OmaMoReader *reader, GError **error);   /* (element-type OmaMoPart) */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaMoReader, oma_mo_reader_free)

/**
 * OmaMoSource:
 * @ddf: (nullable): DDF
 * @client_uri: ClientURI of the node
 * @cv: (nullable): CV
 * @name: decoded name of the node
 * @nodes: the node, first, with an empty relative URI, and what is below it
 *
 * What is written as one item.  Borrowed.
 */
typedef struct {
  const char        *ddf;
  const char        *client_uri;
  const char        *cv;
  const char        *name;
  const OmaNodeList *nodes;
} OmaMoSource;

gboolean     oma_mo_data_write_json (const OmaMoSource *sources, guint n_sources, OmaWriteFunc write,
                                     gpointer user_data, GError **error);
gboolean     oma_mo_data_write_tnds (const OmaMoSource *source, OmaEncoding encoding, OmaWriteFunc write,
                                     gpointer user_data, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define OMA_CLIENT_URI_MAX_LENGTH 4096
#define OMA_CLIENT_URI_MAX_CONDITIONS 32

/**
 * OmaClientSegmentKind:
 * @OMA_CLIENT_SEGMENT_NAME: a name
 * @OMA_CLIENT_SEGMENT_LETTER: an x-name: the node for which the conditions of its letter hold
 * @OMA_CLIENT_SEGMENT_ANY: "*"
 * @OMA_CLIENT_SEGMENT_ONLY: as the instance: nothing: the only one there is
 */
typedef enum {
  OMA_CLIENT_SEGMENT_NAME,
  OMA_CLIENT_SEGMENT_LETTER,
  OMA_CLIENT_SEGMENT_ANY,
  OMA_CLIENT_SEGMENT_ONLY,
} OmaClientSegmentKind;

typedef struct {
  OmaClientSegmentKind kind;
  char                *name;      /* (nullable): decoded */
  char                 letter;    /* of an x-name */
} OmaClientSegment;

/* "nv": the descendant at @path of the node of @letter has @value. */
typedef struct {
  char   letter;
  char **path;        /* decoded */
  char  *value;       /* decoded */
} OmaClientCondition;

/**
 * OmaClientUri:
 * @text: as it was written
 * @moid: management object identifier
 * @instance: which instance
 * @path: (element-type OmaClientSegment): below its root; empty: the root
 * @conditions: (nullable) (element-type OmaClientCondition): %NULL: none
 * @cv: (nullable): the cache validator that the server has
 *
 * A ClientURI (DM Protocol 2.0, addressing).
 */
typedef struct {
  char             *text;
  char             *moid;
  OmaClientSegment  instance;
  GArray           *path;
  GArray           *conditions;
  char             *cv;
} OmaClientUri;

OmaClientUri *oma_client_uri_parse   (const char *text, GError **error);    /* OMA_STATUS_ERROR, 400, 404 or 414 */
void          oma_client_uri_free    (OmaClientUri *uri);
gboolean      oma_client_uri_is_multiple (const OmaClientUri *uri);         /* may name several nodes */
char         *oma_client_uri_make    (const char *moid, const char *miid, const char *const *path);   /* escaped */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaClientUri, oma_client_uri_free)

G_END_DECLS

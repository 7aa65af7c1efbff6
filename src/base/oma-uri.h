/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-limits.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  OMA_URI_QUERY_NONE,
  OMA_URI_QUERY_PROP,      /* ?prop=Name */
  OMA_URI_QUERY_LIST,      /* ?list=Struct, StructData, TNDS... */
  OMA_URI_QUERY_UNKNOWN,   /* parsable, but neither of these */
} OmaUriQuery;

/* A decoded segment: not NUL-terminated, owned by the OmaUri or the text it was made of. */
typedef struct {
  const char *name;
  gsize       length;
} OmaUriSegment;

/**
 * OmaUri:
 * @n_segments: how many segments; 0 addresses the root "."
 * @segments: the decoded node names from below the root
 * @query: which query follows the node
 * @query_value: (nullable): what stands behind "?prop=" or "?list=", not decoded
 *
 * A parsed DM URI (DM Tree and Description 1.2, Addressing).  It lives on the stack and
 * points into the text that was parsed, which must outlive it.
 */
typedef struct {
  guint         n_segments;
  OmaUriQuery   query;
  const char   *query_value;
  char         *decoded;     /* private: backing of segments that held escapes */
  OmaUriSegment segments[OMA_URI_MAX_DEPTH];
} OmaUri;

gboolean oma_uri_parse          (OmaUri *uri, const char *text, GError **error);
void     oma_uri_clear          (OmaUri *uri);
char    *oma_uri_to_string      (const OmaUri *uri);
gboolean oma_uri_has_prefix     (const OmaUri *uri, const OmaUri *prefix);
gboolean oma_uri_equal          (const OmaUri *a, const OmaUri *b);
void     oma_uri_append_segment (GString *uri, const char *name, gssize length);
gboolean oma_uri_name_is_valid  (const char *name, gsize length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaUri, oma_uri_clear)

/* For g_auto(): an OmaUri that oma_uri_clear() accepts before it was parsed. */
#define OMA_URI_INIT { .n_segments = 0, .query = OMA_URI_QUERY_NONE, .query_value = NULL, .decoded = NULL }

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-job.h"

G_BEGIN_DECLS

/**
 * OmaTarget:
 * @alias: (nullable): the URI that was parsed in place of the LocURI, another name of its node
 * @uri: the parsed LocURI
 * @lookup: what the tree knows of it
 * @exists: whether the node is there
 * @existing_depth: how many segments lead to the deepest node on the way that is there
 *
 * A node that an operation is about, as it is now in the eyes of the unit of work.
 */
typedef struct {
  char     *alias;
  OmaUri    uri;
  OmaLookup lookup;
  gboolean  exists;
  guint     existing_depth;
} OmaTarget;

gboolean     oma_lookup_lock_for_writing (const OmaLookup *lookup, OmaJob *job);
gboolean     oma_target_resolve    (OmaTarget *target, OmaJob *job, const char *text, GError **error);
void         oma_target_clear      (OmaTarget *target);
const OmaSchemaNode *oma_target_get_schema_at (const OmaTarget *target, guint depth);
void         oma_target_lookup_at  (const OmaTarget *target, OmaJob *job, guint depth, OmaLookup *lookup);
OmaNodeRef  *oma_target_make_ref_at (const OmaTarget *target, OmaJob *job, guint depth);

#define OMA_TARGET_INIT { .alias = NULL, .uri = OMA_URI_INIT }

/* What oma_target_clear() looks at: less than OMA_TARGET_INIT, which sets each segment. */
static inline void
oma_target_init (OmaTarget *target)
{
  target->alias = NULL;
  target->uri.decoded = NULL;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaTarget, oma_target_clear)

/* A node of a walk; @uri can be extended by the walker. */
gboolean     oma_lookup_is_served   (const OmaLookup *lookup);
gboolean     oma_lookup_is_interior (const OmaLookup *lookup);
GPtrArray   *oma_uri_list_children  (const OmaUri *uri, const OmaLookup *lookup, OmaJob *job, gboolean all,
                                     GError **error);
OmaValue    *oma_uri_read_value     (const OmaUri *uri, const OmaLookup *lookup, OmaJob *job, GError **error);
gboolean     oma_uri_push           (OmaUri *uri, const char *name);

G_END_DECLS

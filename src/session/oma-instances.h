/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-target.h"

G_BEGIN_DECLS

/**
 * OmaInstanceWalk:
 * @job: the job
 * @moid: (nullable): identifier of the management object, %NULL: any
 * @name: (nullable): decoded name of its root, %NULL: any
 * @readable: to go only where the principal may Get
 * @take: called for each instance, in the order of the tree; @uri has its root
 * @user_data: for @take
 * @uri: where the walk is
 * @waits: a plugin has to be waited for
 * @failure: (nullable): why a plugin could not say what is there
 *
 * A search for the instances of a management object: the nodes whose property Type is its identifier.
 */
typedef struct _OmaInstanceWalk OmaInstanceWalk;
struct _OmaInstanceWalk {
  OmaJob     *job;
  const char *moid;
  const char *name;
  gboolean    readable;
  void      (*take) (OmaInstanceWalk *walk, const OmaLookup *lookup, const char *moid);
  gpointer    user_data;
  OmaUri      uri;
  gboolean    waits;
  GError     *failure;
};

gboolean oma_job_may_get        (OmaJob *job, const OmaLookup *lookup);
void     oma_instances_walk     (OmaInstanceWalk *walk);
gboolean oma_instances_are_described (OmaTree *tree, const char *moid);
char    *oma_instances_find_place (OmaTree *tree, const char *moid, char **name);

G_END_DECLS

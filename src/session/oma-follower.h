/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/oma-executor.h"

G_BEGIN_DECLS

/**
 * OmaFollower:
 *
 * Has the tree follow the machine: what a service that a plugin asks changes by itself counts in VerNo and
 * TStamp, durably, and is told to those who watch the tree.
 *
 * What plugins tell is collected for a short time and then looked at in one round, which ends with one write
 * of the store.  A round waits for the units of work that are at work in the subtrees concerned.  In followed
 * subtrees (%OMA_HANDLER_FOLLOWED) it reads what is there and compares that with the fingerprints that the store
 * keeps: what did not change is not told of, what did is, whatever the plugin said.  In others it takes the
 * word of the plugin, but for nodes that a unit of work of ours has just changed: the service tells of that too.
 */
typedef struct _OmaFollower OmaFollower;

/* What it was doing is done. */
typedef void (*OmaFollowerIdleFunc) (gpointer user_data);

OmaFollower *oma_follower_new   (OmaExecutor *executor, OmaFollowerIdleFunc idle, gpointer user_data);
void         oma_follower_free  (OmaFollower *follower);
gboolean     oma_follower_load  (OmaFollower *follower, GError **error);
void         oma_follower_start (OmaFollower *follower, guint milliseconds);
void         oma_follower_stop  (OmaFollower *follower);
gboolean     oma_follower_is_busy (const OmaFollower *follower);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaFollower, oma_follower_free)

G_END_DECLS

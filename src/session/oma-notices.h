/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-change-kind.h"

#include <glib.h>

G_BEGIN_DECLS

/* Nodes of which something is told at a time; more of them are told as one change of their top node. */
#define OMA_MAX_NOTICES 20000

/**
 * OmaNotice:
 * @uri: canonical URI of a node
 * @kind: what all that was told of it comes to
 * @time: monotonic time when that was told first
 *
 * What services told of one node.
 */
typedef struct {
  char         *uri;
  OmaChangeKind kind;
  gint64        time;
} OmaNotice;

/**
 * OmaNotices:
 *
 * What services told that was not looked at yet, one notice a node, in the order in which it came.
 */
typedef struct _OmaNotices OmaNotices;

OmaNotices *oma_notices_new   (void);
void        oma_notices_free  (OmaNotices *notices);
gboolean    oma_notices_add   (OmaNotices *notices, const char *uri, OmaChangeKind kind, gint64 now);
guint       oma_notices_count (const OmaNotices *notices);
GPtrArray  *oma_notices_take  (OmaNotices *notices);
void        oma_notices_drop_below (OmaNotices *notices, const char *top);

gboolean    oma_uri_is_at_or_below (const char *uri, const char *top);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaNotices, oma_notices_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tree/oma-tree.h"

G_BEGIN_DECLS

/* So many changes in a subtree are told one by one; of more only the subtree is named. */
#define OMA_MAX_EVENTS 100

/**
 * OmaEventSummary:
 * @event: a change; its URI is that of an event that was summed up, or the beginning of one
 * @length: octets of the URI that count
 * @many: it stands for more than %OMA_MAX_EVENTS changes at or below that node
 *
 * What is told of some changes.
 */
typedef struct {
  const OmaTreeEvent *event;
  gsize               length;
  gboolean            many;
} OmaEventSummary;

GArray *oma_event_summarize (GPtrArray *events);

G_END_DECLS

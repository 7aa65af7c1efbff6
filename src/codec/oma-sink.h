/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"
#include "codec/oma-tag.h"

G_BEGIN_DECLS

/**
 * OmaSink:
 * @begin: what comes before the first element, and the start of SyncML with the namespace or
 *   public identifier of the header's version
 * @start: an element with children starts
 * @end: it ends
 * @leaf: an element with text
 * @data: (nullable): Data of an item, with the Format that its Meta or that of the command
 *   names, %NULL for none; @leaf does where it is %NULL
 * @empty: an element without content
 * @note: (nullable): a command that cannot be written, by its name
 * @free: frees the sink and @out
 * @out: what was written
 * @closing_size: octets that Final and the ends of SyncBody and SyncML take
 *
 * Where the walk over a message goes; each encoding has one.  Implementations start with
 * this structure.
 */
typedef struct _OmaSink OmaSink;
struct _OmaSink {
  void   (*begin) (OmaSink *sink, const OmaHeader *header);
  void   (*start) (OmaSink *sink, OmaTag tag);
  void   (*end)   (OmaSink *sink, OmaTag tag);
  void   (*leaf)  (OmaSink *sink, OmaTag tag, const char *text, gsize length);
  void   (*data)  (OmaSink *sink, const OmaItem *item, const char *format);
  void   (*empty) (OmaSink *sink, OmaTag tag);
  void   (*note)  (OmaSink *sink, const char *name);
  void   (*free)  (OmaSink *sink);
  GString *out;
  gsize    closing_size;
};

void oma_sink_free    (OmaSink *sink);
void oma_sink_header  (OmaSink *sink, const OmaHeader *header);
void oma_sink_command (OmaSink *sink, const OmaCommand *command);
void oma_sink_close   (OmaSink *sink, gboolean final);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaSink, oma_sink_free)

G_END_DECLS

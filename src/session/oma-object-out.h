/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/oma-value.h"
#include "codec/oma-command.h"

G_BEGIN_DECLS

typedef struct _OmaDm1Writer OmaDm1Writer;

/**
 * OmaObjectPlace:
 * @item: of a list: the Item that is next
 * @offset: octets of its value that are written
 */
typedef struct {
  guint item;
  gsize offset;
} OmaObjectPlace;

/**
 * OmaObjectOut:
 * @next: what is written next
 * @acked: the first of which we do not know that the server has it
 * @is_described: @base64 is that of the Item that is next
 * @base64: its octets travel as base64 text
 *
 * Results or an Alert that do not fit into one message, and how far they have been written.
 */
typedef struct {
  OmaObjectPlace next;
  OmaObjectPlace acked;
  gboolean       is_described;
  gboolean       base64;
} OmaObjectOut;

void     oma_object_out_acknowledge (OmaObjectOut *out);
void     oma_object_out_rewind      (OmaObjectOut *out);
gboolean oma_object_out_has_begun   (const OmaObjectOut *out);
void     oma_object_out_next_item   (OmaObjectOut *out, guint n);
gboolean oma_object_out_is_too_large (const OmaValue *value, gboolean as_text, guint64 max_size);
gboolean oma_object_out_write_part  (OmaObjectOut *out, OmaDm1Writer *writer, OmaCommand *results, OmaItem *item,
                                     const OmaValue *value);

G_END_DECLS

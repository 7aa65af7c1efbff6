/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"
#include "codec/oma-tag.h"

G_BEGIN_DECLS

/**
 * OmaMessageBuilder:
 *
 * Makes a message of the events that the readers of all encodings have in common: an
 * element starts, text, the element ends.
 */
typedef struct _OmaMessageBuilder OmaMessageBuilder;

OmaMessageBuilder *oma_message_builder_new        (const OmaCodecLimits *limits);
void               oma_message_builder_free       (OmaMessageBuilder *builder);
void               oma_message_builder_set_source (OmaMessageBuilder *builder, GBytes *document);
gboolean           oma_message_builder_start      (OmaMessageBuilder *builder, OmaTag tag, const char *name);
void               oma_message_builder_text       (OmaMessageBuilder *builder, const char *text, gsize length);
gboolean           oma_message_builder_octets     (OmaMessageBuilder *builder, gconstpointer octets, gsize size);
gboolean           oma_message_builder_leaf       (OmaMessageBuilder *builder, OmaTag tag, const char *text,
                                                   gsize length);
gboolean           oma_message_builder_end        (OmaMessageBuilder *builder);
guint              oma_message_builder_get_depth  (const OmaMessageBuilder *builder);
gboolean           oma_message_builder_in_data    (const OmaMessageBuilder *builder);
void               oma_message_builder_take_text  (OmaMessageBuilder *builder, GString *text);
void               oma_message_builder_set_data   (OmaMessageBuilder *builder, OmaDataKind kind, gconstpointer data,
                                                   gsize size);
OmaMessage        *oma_message_builder_finish     (OmaMessageBuilder *builder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaMessageBuilder, oma_message_builder_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-ddf-tag.h"
#include "codec/oma-tnds.h"

G_BEGIN_DECLS

OmaDdfTag oma_tnds_get_format_tag (OmaFormat format);

/* The deepest nest: nodes, and what stands in the properties of the innermost. */
#define OMA_TNDS_MAX_DEPTH (OMA_URI_MAX_DEPTH + 8)

/**
 * OmaTndsBuilder:
 *
 * Makes a document of its elements, whichever encoding they come from.
 */
typedef struct _OmaTndsBuilder OmaTndsBuilder;

OmaTndsBuilder *oma_tnds_builder_new    (void);
void            oma_tnds_builder_free   (OmaTndsBuilder *builder);
gboolean        oma_tnds_builder_start  (OmaTndsBuilder *builder, OmaDdfTag tag, GError **error);
gboolean        oma_tnds_builder_text   (OmaTndsBuilder *builder, const char *text, gsize length);
gboolean        oma_tnds_builder_octets (OmaTndsBuilder *builder, gconstpointer octets, gsize size);
gboolean        oma_tnds_builder_end    (OmaTndsBuilder *builder, GError **error);
OmaTnds        *oma_tnds_builder_finish (OmaTndsBuilder *builder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaTndsBuilder, oma_tnds_builder_free)

OmaTnds *oma_tnds_read_xml   (const char *data, gsize size, GError **error);
OmaTnds *oma_tnds_read_wbxml (gconstpointer data, gsize size, GError **error);

/* Where the writer puts the elements. */
typedef struct {
  void (*start)  (gpointer out, OmaDdfTag tag);
  void (*end)    (gpointer out, OmaDdfTag tag);
  void (*empty)  (gpointer out, OmaDdfTag tag);
  void (*text)   (gpointer out, const char *text, gsize length);
  void (*octets) (gpointer out, gconstpointer octets, gsize size);
} OmaTndsSink;

void    oma_tnds_write_to   (const OmaTnds *tnds, const OmaTndsSink *sink, gpointer out);
GBytes *oma_tnds_write_xml   (const OmaTnds *tnds);
GBytes *oma_tnds_write_wbxml (const OmaTnds *tnds);

G_END_DECLS

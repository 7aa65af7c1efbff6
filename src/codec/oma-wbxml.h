/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"

G_BEGIN_DECLS

/* Code pages of SyncML documents; a tag is page << 8 | token, as in #OmaTag. */
#define OMA_WBXML_PAGE_SYNCML 0
#define OMA_WBXML_PAGE_METINF 1
#define OMA_WBXML_PAGE_DDF 2

/**
 * OmaWbxmlDocument:
 * @OMA_WBXML_SYNCML: SyncML, MetInf and DDF pages, one code space
 * @OMA_WBXML_DDF: a DDF or TNDS document of its own; its tags are of page 2 even where the
 *   document did not switch
 * @OMA_WBXML_PROVISIONING: OMA Client Provisioning
 *
 * Code spaces.
 */
typedef enum {
  OMA_WBXML_SYNCML,
  OMA_WBXML_DDF,
  OMA_WBXML_PROVISIONING,
} OmaWbxmlDocument;

/**
 * OmaWbxmlHandler:
 * @start: an element starts; @tag is 0 and @name its literal name when it has no token
 * @attribute: (nullable): an attribute of the element that started last; only Client
 *   Provisioning has some.  Name and value are complete, NUL-terminated UTF-8
 * @text: text of the element; pieces in a row are one text
 * @octets: OPAQUE content
 * @end: the element ends
 *
 * Gets what a document holds, in document order.  A function that returns %FALSE sets @error
 * and ends the reading.
 */
typedef struct {
  gboolean (*start)     (guint tag, const char *name, gpointer user_data, GError **error);
  gboolean (*attribute) (const char *name, const char *value, gpointer user_data, GError **error);
  gboolean (*text)      (const char *text, gsize length, gpointer user_data, GError **error);
  gboolean (*octets)    (gconstpointer octets, gsize size, gpointer user_data, GError **error);
  gboolean (*end)       (guint tag, gpointer user_data, GError **error);
} OmaWbxmlHandler;

gboolean oma_wbxml_looks_like (gconstpointer data, gsize size);
gboolean oma_wbxml_read       (OmaWbxmlDocument document, gconstpointer data, gsize size, guint max_depth,
                               const OmaWbxmlHandler *handler, gpointer user_data, GError **error);

/**
 * OmaWbxmlWriter:
 *
 * Writes a document; the text of elements is text or octets.
 */
typedef struct _OmaWbxmlWriter OmaWbxmlWriter;

OmaWbxmlWriter *oma_wbxml_writer_new    (guint public_id, const char *public_name);
void            oma_wbxml_writer_free   (OmaWbxmlWriter *writer);
void            oma_wbxml_writer_start  (OmaWbxmlWriter *writer, guint tag);
void            oma_wbxml_writer_end    (OmaWbxmlWriter *writer);
void            oma_wbxml_writer_empty  (OmaWbxmlWriter *writer, guint tag);
void            oma_wbxml_writer_text   (OmaWbxmlWriter *writer, const char *text, gsize length);
void            oma_wbxml_writer_octets (OmaWbxmlWriter *writer, gconstpointer octets, gsize size);
GBytes         *oma_wbxml_writer_finish (OmaWbxmlWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaWbxmlWriter, oma_wbxml_writer_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"

G_BEGIN_DECLS

/* Code pages of SyncML documents; a tag is page << 8 | token, as in #OmaTag and #OmaDdfTag. */
#define OMA_WBXML_PAGE_SYNCML 0
#define OMA_WBXML_PAGE_METINF 1
#define OMA_WBXML_PAGE_DDF 2

/* Public identifiers (WAP-192 and OMNA). */
#define OMA_WBXML_PUBLIC_UNKNOWN 0x01
#define OMA_WBXML_PUBLIC_PROVISIONING 0x0b
#define OMA_WBXML_PUBLIC_SYNCML_1_0 0x0fd1
#define OMA_WBXML_PUBLIC_SYNCML_1_1 0x0fd3
#define OMA_WBXML_PUBLIC_SYNCML_1_2 0x1201
#define OMA_WBXML_PUBLIC_NAME_DDF "-//OMA//DTD-DM-DDF 1.2//EN"

/* Tags of Client Provisioning; both tag pages mean the same. */
#define OMA_WBXML_TAG_PROVISIONING_DOC 0x05
#define OMA_WBXML_TAG_CHARACTERISTIC 0x06
#define OMA_WBXML_TAG_PARM 0x07

/* What is accepted. */
#define OMA_WBXML_MAX_TABLE (64 * 1024)             /* octets of a string table */
#define OMA_WBXML_MAX_EXPANSION (8 * 1024 * 1024)   /* octets that references to it stand for, in all */

/* Whether messages are sent with a string table (our reading: none is needed; it costs more
 * time than the rest of the writing, and readers exist that know none). */
#define OMA_WBXML_SEND_STRING_TABLE FALSE

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
 * @start: an element starts; @tag is page << 8 | token.  When it has no token @tag is 0 and
 *   @name its literal name, else @name is %NULL.  Tags that no table has come as they are
 * @attribute: (nullable): an attribute of the element that started last; only Client
 *   Provisioning has some.  Name and value are complete, NUL-terminated UTF-8.  One that has a
 *   token which no table has is left out
 * @text: text of the element that is open, valid UTF-8 without a NUL, not terminated; pieces
 *   in a row are one text
 * @octets: (nullable): OPAQUE content, any octets.  Where it is %NULL, OPAQUE content has to
 *   be text and goes to @text
 * @end: the element ends
 * @leaf: (nullable): may come in place of @start, @text and @end where an element with a token
 *   holds one text and nothing else; the text stands in the document, with a NUL behind it
 * @document: (nullable): see @keep_in
 * @keep_in: a tag, 0 for none: the first element in such an element and all that follows it
 *   there is wanted as a document of its own; it makes no events, but one @document before the
 *   @end of the parent
 *
 * Gets what a document holds, in document order.  A function that returns %FALSE sets @error
 * and ends the reading.  Strings are good until the function returns.
 */
typedef struct {
  gboolean (*start)     (guint tag, const char *name, gpointer user_data, GError **error);
  gboolean (*attribute) (const char *name, const char *value, gpointer user_data, GError **error);
  gboolean (*text)      (const char *text, gsize length, gpointer user_data, GError **error);
  gboolean (*octets)    (gconstpointer octets, gsize size, gpointer user_data, GError **error);
  gboolean (*end)       (guint tag, gpointer user_data, GError **error);
  gboolean (*leaf)      (guint tag, const char *text, gsize length, gpointer user_data, GError **error);
  gboolean (*document)  (gconstpointer data, gsize size, gpointer user_data, GError **error);
  guint      keep_in;
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

GBytes         *oma_wbxml_share_strings (GBytes *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaWbxmlWriter, oma_wbxml_writer_free)

G_END_DECLS

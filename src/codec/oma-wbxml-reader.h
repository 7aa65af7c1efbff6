/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-wbxml-octets.h"
#include "codec/oma-wbxml.h"

G_BEGIN_DECLS

/* The header (WAP-192, section 5). */
typedef struct {
  guint8        version;
  guint32       public_id;    /* 0: a name in the string table */
  guint32       public_name;  /* its offset */
  guint32       charset;
  const guint8 *table;
  guint32       table_size;
} OmaWbxmlHeader;

/* A document that is read. */
typedef struct {
  OmaWbxmlDocument       document;
  const OmaWbxmlHandler *handler;
  gpointer               user_data;
  GError               **error;

  const guint8          *position;
  const guint8          *end;
  OmaWbxmlHeader         header;
  char                  *table;           /* (nullable): copy with a NUL behind it */
  gsize                  expanded;        /* octets that references stood for */
  guint8                 tag_page;
  guint8                 attribute_page;

  guint                  max_depth;
  guint                  depth;
  guint                 *open;            /* tags of the elements that are open, from 1 */
  gboolean               is_done;         /* the root element has ended */

  const OmaWbxmlHandler *keeping;         /* (nullable): the handler, while elements are kept */
  const guint8          *kept;            /* where they start */
  guint                  kept_depth;
  guint8                 kept_page;
  gboolean               kept_refers;     /* they refer to the string table */

  GString               *name;            /* (nullable): of the attribute that is read */
  GString               *value;
  gboolean               attribute_is_known;
  char                  *converted;       /* (nullable): the last text, from ISO-8859-1 */
  char                   character[8];    /* the last ENTITY */
} OmaWbxmlReader;

/* A text of the document or octets; good until the next is read. */
typedef struct {
  const char *text;
  gsize       length;
  gboolean    is_opaque;
} OmaWbxmlPiece;

void     oma_wbxml_set_error         (OmaWbxmlReader *reader, OmaCodecError code, const char *text);
gboolean oma_wbxml_read_header       (OmaWbxmlReader *reader);
gboolean oma_wbxml_read_number       (OmaWbxmlReader *reader, guint32 *number);
gboolean oma_wbxml_read_octets       (OmaWbxmlReader *reader, gsize length, const guint8 **octets);
gboolean oma_wbxml_read_string       (OmaWbxmlReader *reader, OmaWbxmlPiece *piece);
gboolean oma_wbxml_read_reference    (OmaWbxmlReader *reader, OmaWbxmlPiece *piece);
gboolean oma_wbxml_read_entity       (OmaWbxmlReader *reader, OmaWbxmlPiece *piece);
gboolean oma_wbxml_read_opaque       (OmaWbxmlReader *reader, OmaWbxmlPiece *piece);
gboolean oma_wbxml_check_opaque_text (OmaWbxmlReader *reader, const OmaWbxmlPiece *piece);
gboolean oma_wbxml_count_expansion   (OmaWbxmlReader *reader, gsize length);
gboolean oma_wbxml_skip_extension    (OmaWbxmlReader *reader, guint8 token);

/* oma-wbxml-attribute.c */
gboolean oma_wbxml_read_attributes   (OmaWbxmlReader *reader, gboolean is_ignored);

static inline gboolean
oma_wbxml_fail (OmaWbxmlReader *reader, OmaCodecError code, const char *text)
{
  oma_wbxml_set_error (reader, code, text);
  return FALSE;
}

static inline gboolean
oma_wbxml_fail_early_end (OmaWbxmlReader *reader)
{
  return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "The document ends too early");
}

static inline gboolean
oma_wbxml_read_octet (OmaWbxmlReader *reader, guint8 *octet)
{
  if (G_UNLIKELY (reader->position == reader->end))
    return oma_wbxml_fail_early_end (reader);
  *octet = *reader->position++;
  return TRUE;
}

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml-reader.h"

#include "base/oma-ascii.h"

#include <string.h>

#define MAX_VERSION 0x03     /* WBXML 1.3 */

/* Internal: sets an error. */
void
oma_wbxml_set_error (OmaWbxmlReader *reader, OmaCodecError code, const char *text)
{
  g_set_error_literal (reader->error, OMA_CODEC_ERROR, code, text);
}

/* ---- Octets ---- */

/* Internal: a mb_u_int32 (WAP-192, section 5.1). */
gboolean
oma_wbxml_read_number (OmaWbxmlReader *reader, guint32 *number)
{
  guint64 value = 0;

  for (guint i = 0; i < OMA_WBXML_MAX_NUMBER; i++)
    {
      guint8 octet;

      if (!oma_wbxml_read_octet (reader, &octet))
        return FALSE;
      value = value << 7 | (octet & 0x7f);
      if ((octet & 0x80) != 0)
        continue;
      if (value > G_MAXUINT32)
        break;
      *number = (guint32) value;
      return TRUE;
    }
  return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "A number does not fit into 32 bits");
}

/* Internal: octets that stay where they are. */
gboolean
oma_wbxml_read_octets (OmaWbxmlReader *reader, gsize length, const guint8 **octets)
{
  if (length > (gsize) (reader->end - reader->position))
    return oma_wbxml_fail_early_end (reader);
  *octets = reader->position;
  reader->position += length;
  return TRUE;
}

/* ---- Text ---- */

/* Makes a string of the document UTF-8; US-ASCII that is none is taken for UTF-8. */
static inline gboolean
take_text (OmaWbxmlReader *reader, const char *text, gsize length, OmaWbxmlPiece *piece)
{
  *piece = (OmaWbxmlPiece) { text, length, FALSE };
  if (G_LIKELY (oma_is_plain (text, length)))
    return TRUE;
  if (reader->header.charset == OMA_WBXML_CHARSET_LATIN_1)
    {
      g_free (reader->converted);
      reader->converted = g_convert (text, length, "UTF-8", "ISO-8859-1", NULL, &piece->length, NULL);
      piece->text = reader->converted;
      return piece->text != NULL || oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "Not valid in ISO-8859-1");
    }
  return g_utf8_validate_len (text, length, NULL) ||
         oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "A string is not UTF-8");
}

/* Internal: STR_I behind its token. */
gboolean
oma_wbxml_read_string (OmaWbxmlReader *reader, OmaWbxmlPiece *piece)
{
  const char *text = (const char *) reader->position;
  const char *nul = memchr (text, '\0', reader->end - reader->position);

  if (G_UNLIKELY (nul == NULL))
    return oma_wbxml_fail_early_end (reader);
  reader->position = (const guint8 *) nul + 1;
  return take_text (reader, text, nul - text, piece);
}

/* Internal: sees to it that a few octets that refer to a long string again and again cost no more
 * than a large document. */
gboolean
oma_wbxml_count_expansion (OmaWbxmlReader *reader, gsize length)
{
  reader->expanded += length;
  return reader->expanded <= OMA_WBXML_MAX_EXPANSION ||
         oma_wbxml_fail (reader, OMA_CODEC_ERROR_LIMIT, "The string table is referred to too often");
}

/* Internal: STR_T behind its token.  A string may end with the table (the SyncML reference toolkit
 * writes its public identifier so). */
gboolean
oma_wbxml_read_reference (OmaWbxmlReader *reader, OmaWbxmlPiece *piece)
{
  guint32 offset;
  const char *text;
  gsize length;

  if (!oma_wbxml_read_number (reader, &offset))
    return FALSE;
  if (offset >= reader->header.table_size)
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "A reference outside the string table");
  text = reader->table + offset;
  length = strlen (text);
  reader->kept_refers = TRUE;
  return oma_wbxml_count_expansion (reader, length) && take_text (reader, text, length, piece);
}

/* Internal: ENTITY behind its token. */
gboolean
oma_wbxml_read_entity (OmaWbxmlReader *reader, OmaWbxmlPiece *piece)
{
  guint32 code;

  if (!oma_wbxml_read_number (reader, &code))
    return FALSE;
  if (code == 0 || !g_unichar_validate (code))
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "An entity that is no character");
  *piece = (OmaWbxmlPiece) { reader->character, g_unichar_to_utf8 (code, reader->character), FALSE };
  return TRUE;
}

/* Internal: OPAQUE behind its token. */
gboolean
oma_wbxml_read_opaque (OmaWbxmlReader *reader, OmaWbxmlPiece *piece)
{
  guint32 length;
  const guint8 *octets;

  if (!oma_wbxml_read_number (reader, &length) || !oma_wbxml_read_octets (reader, length, &octets))
    return FALSE;
  *piece = (OmaWbxmlPiece) { (const char *) octets, length, TRUE };
  return TRUE;
}

/* Internal: refuses octets where only text can be that are none. */
gboolean
oma_wbxml_check_opaque_text (OmaWbxmlReader *reader, const OmaWbxmlPiece *piece)
{
  return oma_is_utf8 (piece->text, piece->length) ||
         oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "Octets in place of text are no UTF-8");
}

/* Internal: skips an extension behind its token; they mean nothing in these documents. */
gboolean
oma_wbxml_skip_extension (OmaWbxmlReader *reader, guint8 token)
{
  guint32 number;

  if (token <= OMA_WBXML_EXT_I_2)
    {
      const guint8 *nul = memchr (reader->position, '\0', reader->end - reader->position);
      if (nul == NULL)
        return oma_wbxml_fail_early_end (reader);
      reader->position = nul + 1;
      return TRUE;
    }
  return token > OMA_WBXML_EXT_T_2 || oma_wbxml_read_number (reader, &number);
}

/* ---- The header ---- */

static gboolean
is_known_charset (guint32 charset)
{
  return charset == OMA_WBXML_CHARSET_UTF_8 || charset == OMA_WBXML_CHARSET_UNKNOWN ||
         charset == OMA_WBXML_CHARSET_US_ASCII || charset == OMA_WBXML_CHARSET_LATIN_1;
}

/* Internal: the header, up to the root element. */
gboolean
oma_wbxml_read_header (OmaWbxmlReader *reader)
{
  OmaWbxmlHeader *header = &reader->header;

  *header = (OmaWbxmlHeader) { .charset = OMA_WBXML_CHARSET_UTF_8 };
  if (!oma_wbxml_read_octet (reader, &header->version))
    return FALSE;
  if (header->version > MAX_VERSION)
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "Not a document of WBXML 1.0 to 1.3");
  if (!oma_wbxml_read_number (reader, &header->public_id) ||
      (header->public_id == 0 && !oma_wbxml_read_number (reader, &header->public_name)))
    return FALSE;
  if (header->version > 0 && !oma_wbxml_read_number (reader, &header->charset))     /* WBXML 1.0 has none */
    return FALSE;
  if (!is_known_charset (header->charset))
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_FORBIDDEN, "A character encoding that is not permitted");
  if (!oma_wbxml_read_number (reader, &header->table_size))
    return FALSE;
  if (header->table_size > OMA_WBXML_MAX_TABLE)
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_LIMIT, "The string table is too large");
  if (!oma_wbxml_read_octets (reader, header->table_size, &header->table))
    return FALSE;
  if (header->public_id == 0 && header->public_name >= header->table_size)
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "The public identifier is outside the string table");
  return TRUE;
}

static gboolean
has_known_public_id (const OmaWbxmlHeader *header)
{
  switch (header->public_id)
    {
    case 0:     /* all formal public identifiers of these documents start so */
      return header->table_size - header->public_name >= 3 &&
             memcmp (header->table + header->public_name, "-//", 3) == 0;
    case OMA_WBXML_PUBLIC_UNKNOWN:
    case OMA_WBXML_PUBLIC_PROVISIONING:
    case OMA_WBXML_PUBLIC_SYNCML_1_0:
    case OMA_WBXML_PUBLIC_SYNCML_1_0 + 1:     /* DevInf */
    case OMA_WBXML_PUBLIC_SYNCML_1_1:
    case OMA_WBXML_PUBLIC_SYNCML_1_1 + 1:
    case OMA_WBXML_PUBLIC_SYNCML_1_2:
    case OMA_WBXML_PUBLIC_SYNCML_1_2 + 1:     /* MetInf */
    case OMA_WBXML_PUBLIC_SYNCML_1_2 + 2:
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * oma_wbxml_looks_like:
 * @data: (nullable): octets
 * @size: how many
 *
 * Tells WBXML of SyncML, MetInf, DDF or Client Provisioning from XML and from anything else
 * by its header.
 *
 * Returns: whether it starts as such a document does
 */
gboolean
oma_wbxml_looks_like (gconstpointer data, gsize size)
{
  OmaWbxmlReader reader = { .position = data };

  reader.end = reader.position + size;
  return oma_wbxml_read_header (&reader) && reader.header.version > 0 && has_known_public_id (&reader.header) &&
         reader.position < reader.end;
}

/**
 * oma_wbxml_get_header_size:
 * @data: (nullable): a document
 * @size: its octets
 *
 * Returns: how many octets come before the root element, the last of them a 0: the size of
 *   the string table; 0 when it is no document or has such a table
 */
gsize
oma_wbxml_get_header_size (gconstpointer data, gsize size)
{
  OmaWbxmlReader reader = { .position = data };

  reader.end = reader.position + size;
  if (!oma_wbxml_read_header (&reader) || reader.header.table_size > 0)
    return 0;
  return reader.position - (const guint8 *) data;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml.h"

#include "codec/oma-wbxml-octets.h"
#include "codec/oma-wbxml-tables.h"

#include <string.h>

#define MAX_VERSION 0x03     /* WBXML 1.3 */

/* A document that is made of the elements in another: its header (WAP-192, section 5). */
#define KEPT_VERSION 0x02

typedef struct {
  guint8        version;
  guint32       public_id;    /* 0: a name in the string table */
  guint32       public_name;  /* its offset */
  guint32       charset;
  const guint8 *table;
  guint32       table_size;
} Header;

typedef struct {
  OmaWbxmlDocument       document;
  const OmaWbxmlHandler *handler;
  gpointer               user_data;
  GError               **error;

  const guint8          *position;
  const guint8          *end;
  Header                 header;
  char                  *table;           /* (nullable): copy with a NUL behind it */
  gsize                  expanded;        /* octets that references stood for */
  guint8                 tag_page;
  guint8                 attribute_page;

  guint                  max_depth;
  guint                  depth;
  guint                 *open;            /* tags of the elements that are open */
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
} Reader;

typedef struct {
  const char *text;
  gsize       length;
  gboolean    is_opaque;
} Piece;

static G_GNUC_NO_INLINE void
set_error (Reader *reader, OmaCodecError code, const char *text)
{
  g_set_error_literal (reader->error, OMA_CODEC_ERROR, code, text);
}

static inline gboolean
fail (Reader *reader, OmaCodecError code, const char *text)
{
  set_error (reader, code, text);
  return FALSE;
}

static inline gboolean
fail_early_end (Reader *reader)
{
  return fail (reader, OMA_CODEC_ERROR_MALFORMED, "The document ends too early");
}

/* ---- Octets ---- */

static inline gboolean
read_octet (Reader *reader, guint8 *octet)
{
  if (G_UNLIKELY (reader->position == reader->end))
    return fail_early_end (reader);
  *octet = *reader->position++;
  return TRUE;
}

/* A mb_u_int32 (WAP-192, section 5.1). */
static gboolean
read_number (Reader *reader, guint32 *number)
{
  guint64 value = 0;

  for (guint i = 0; i < OMA_WBXML_MAX_NUMBER; i++)
    {
      guint8 octet;

      if (!read_octet (reader, &octet))
        return FALSE;
      value = value << 7 | (octet & 0x7f);
      if ((octet & 0x80) != 0)
        continue;
      if (value > G_MAXUINT32)
        break;
      *number = (guint32) value;
      return TRUE;
    }
  return fail (reader, OMA_CODEC_ERROR_MALFORMED, "A number does not fit into 32 bits");
}

static gboolean
read_octets (Reader *reader, gsize length, const guint8 **octets)
{
  if (length > (gsize) (reader->end - reader->position))
    return fail_early_end (reader);
  *octets = reader->position;
  reader->position += length;
  return TRUE;
}

/* ---- Text ---- */

/* Makes a string of the document UTF-8; US-ASCII that is none is taken for UTF-8. */
static inline gboolean
take_text (Reader *reader, const char *text, gsize length, Piece *piece)
{
  *piece = (Piece) { text, length, FALSE };
  if (G_LIKELY (oma_wbxml_is_ascii (text, length)))
    return TRUE;
  if (reader->header.charset == OMA_WBXML_CHARSET_LATIN_1)
    {
      g_free (reader->converted);
      reader->converted = g_convert (text, length, "UTF-8", "ISO-8859-1", NULL, &piece->length, NULL);
      piece->text = reader->converted;
      return piece->text != NULL || fail (reader, OMA_CODEC_ERROR_MALFORMED, "Not valid in ISO-8859-1");
    }
  return g_utf8_validate_len (text, length, NULL) || fail (reader, OMA_CODEC_ERROR_MALFORMED, "A string is not UTF-8");
}

static inline gboolean
read_string (Reader *reader, Piece *piece)
{
  const char *text = (const char *) reader->position;
  const char *nul = memchr (text, '\0', reader->end - reader->position);

  if (G_UNLIKELY (nul == NULL))
    return fail_early_end (reader);
  reader->position = (const guint8 *) nul + 1;
  return take_text (reader, text, nul - text, piece);
}

/* So that a few octets that refer to a long string again and again cost no more than a large
 * document. */
static gboolean
count_expansion (Reader *reader, gsize length)
{
  reader->expanded += length;
  return reader->expanded <= OMA_WBXML_MAX_EXPANSION ||
         fail (reader, OMA_CODEC_ERROR_LIMIT, "The string table is referred to too often");
}

/* A string may end with the table (the SyncML reference toolkit writes its public identifier
 * so). */
static gboolean
read_reference (Reader *reader, Piece *piece)
{
  guint32 offset;
  const char *text;
  gsize length;

  if (!read_number (reader, &offset))
    return FALSE;
  if (offset >= reader->header.table_size)
    return fail (reader, OMA_CODEC_ERROR_MALFORMED, "A reference outside the string table");
  text = reader->table + offset;
  length = strlen (text);
  reader->kept_refers = TRUE;
  return count_expansion (reader, length) && take_text (reader, text, length, piece);
}

static gboolean
read_entity (Reader *reader, Piece *piece)
{
  guint32 code;

  if (!read_number (reader, &code))
    return FALSE;
  if (code == 0 || !g_unichar_validate (code))
    return fail (reader, OMA_CODEC_ERROR_MALFORMED, "An entity that is no character");
  *piece = (Piece) { reader->character, g_unichar_to_utf8 (code, reader->character), FALSE };
  return TRUE;
}

static gboolean
read_opaque (Reader *reader, Piece *piece)
{
  guint32 length;
  const guint8 *octets;

  if (!read_number (reader, &length) || !read_octets (reader, length, &octets))
    return FALSE;
  *piece = (Piece) { (const char *) octets, length, TRUE };
  return TRUE;
}

/* OPAQUE where only text can be. */
static gboolean
check_opaque_text (Reader *reader, const Piece *piece)
{
  return g_utf8_validate_len (piece->text, piece->length, NULL) ||     /* refuses a NUL */
         fail (reader, OMA_CODEC_ERROR_MALFORMED, "Octets in place of text are no UTF-8");
}

/* Extensions mean nothing in these documents. */
static gboolean
skip_extension (Reader *reader, guint8 token)
{
  guint32 number;

  if (token <= OMA_WBXML_EXT_I_2)
    {
      const guint8 *nul = memchr (reader->position, '\0', reader->end - reader->position);
      if (nul == NULL)
        return fail_early_end (reader);
      reader->position = nul + 1;
      return TRUE;
    }
  return token > OMA_WBXML_EXT_T_2 || read_number (reader, &number);
}

/* ---- Attributes ---- */

static gboolean
end_attribute (Reader *reader)
{
  const OmaWbxmlHandler *handler = reader->handler;

  if (reader->name->len == 0 || !reader->attribute_is_known || handler->attribute == NULL)
    return TRUE;
  return handler->attribute (reader->name->str, reader->value->str, reader->user_data, reader->error);
}

static void
start_attribute (Reader *reader, const char *text, gsize length)
{
  const char *value = text != NULL ? memchr (text, '=', length) : NULL;

  reader->attribute_is_known = text != NULL;
  g_string_truncate (reader->name, 0);
  g_string_truncate (reader->value, 0);
  g_string_append_len (reader->name, text, value != NULL ? (gsize) (value - text) : length);
  if (value != NULL)
    g_string_append_len (reader->value, value + 1, text + length - value - 1);
}

static gboolean
start_token_attribute (Reader *reader, guint8 token)
{
  const char *text = NULL;

  if (reader->document == OMA_WBXML_PROVISIONING)
    text = oma_wbxml_provisioning_attribute (reader->attribute_page, token);
  if (!end_attribute (reader))
    return FALSE;
  start_attribute (reader, text, text != NULL ? strlen (text) : 0);
  return TRUE;
}

static gboolean
start_literal_attribute (Reader *reader)
{
  Piece piece;

  if (!end_attribute (reader) || !read_reference (reader, &piece))
    return FALSE;
  start_attribute (reader, piece.text, piece.length);
  return TRUE;
}

/* A value that is only known in part is none. */
static gboolean
append_value_token (Reader *reader, guint8 token)
{
  const char *text = NULL;

  if (reader->document == OMA_WBXML_PROVISIONING)
    text = oma_wbxml_provisioning_value (reader->attribute_page, token);
  if (text == NULL)
    reader->attribute_is_known = FALSE;
  else
    g_string_append (reader->value, text);
  return count_expansion (reader, text != NULL ? strlen (text) : 0);
}

static gboolean
append_value (Reader *reader, gboolean (*read) (Reader *reader, Piece *piece))
{
  Piece piece;

  if (!read (reader, &piece) || (piece.is_opaque && !check_opaque_text (reader, &piece)))
    return FALSE;
  g_string_append_len (reader->value, piece.text, piece.length);
  return TRUE;
}

static gboolean
read_attribute_part (Reader *reader, guint8 token)
{
  switch (token)
    {
    case OMA_WBXML_SWITCH_PAGE:
      return read_octet (reader, &reader->attribute_page);
    case OMA_WBXML_ENTITY:
      return append_value (reader, read_entity);
    case OMA_WBXML_STR_I:
      return append_value (reader, read_string);
    case OMA_WBXML_STR_T:
      return append_value (reader, read_reference);
    case OMA_WBXML_OPAQUE:
      return append_value (reader, read_opaque);
    case OMA_WBXML_LITERAL:
      return start_literal_attribute (reader);
    default:
      break;
    }
  switch (token & OMA_WBXML_IDENTITY)
    {
    case 0:
    case 1:
    case 2:
      return skip_extension (reader, token);
    case 3:
    case 4:
      return fail (reader, OMA_CODEC_ERROR_MALFORMED, "A token that no attribute has");
    default:
      return token < 0x80 ? start_token_attribute (reader, token) : append_value_token (reader, token);
    }
}

/* Attributes of an element, or of a processing instruction: @is_ignored. */
static gboolean
read_attributes (Reader *reader, gboolean is_ignored)
{
  guint8 token;

  if (reader->name == NULL)
    {
      reader->name = g_string_new (NULL);
      reader->value = g_string_new (NULL);
    }
  start_attribute (reader, NULL, 0);
  for (;;)
    {
      if (!read_octet (reader, &token))
        return FALSE;
      if (token == OMA_WBXML_END)
        break;
      if (!read_attribute_part (reader, token))
        return FALSE;
      if (is_ignored)
        reader->attribute_is_known = FALSE;
    }
  return end_attribute (reader);
}

/* ---- Elements that are kept ---- */

static gboolean
ignore_start (guint tag G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
              GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
ignore_text (const char *text G_GNUC_UNUSED, gsize length G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
             GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
ignore_octets (gconstpointer octets G_GNUC_UNUSED, gsize size G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
               GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
ignore_end (guint tag G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static const OmaWbxmlHandler quiet_handler = {
  .start = ignore_start,
  .text = ignore_text,
  .octets = ignore_octets,
  .end = ignore_end,
};

static void
start_keeping (Reader *reader, const guint8 *start)
{
  reader->keeping = reader->handler;
  reader->handler = &quiet_handler;
  reader->kept = start;
  reader->kept_depth = reader->depth;
  reader->kept_page = reader->tag_page;
  reader->kept_refers = FALSE;
}

/* The parent ends at @end.  The string table goes along where it is needed. */
static gboolean
end_keeping (Reader *reader, const guint8 *end)
{
  g_autoptr(GString) out = g_string_sized_new (end - reader->kept + 16);
  gsize table_size = reader->kept_refers ? reader->header.table_size : 0;

  if (!count_expansion (reader, table_size))
    return FALSE;
  oma_wbxml_put (out, KEPT_VERSION);
  oma_wbxml_put_number (out, OMA_WBXML_PUBLIC_UNKNOWN);
  oma_wbxml_put_number (out, reader->header.charset);
  oma_wbxml_put_number (out, table_size);
  g_string_append_len (out, reader->table, table_size);
  if (reader->kept_page != 0)
    {
      oma_wbxml_put (out, OMA_WBXML_SWITCH_PAGE);
      oma_wbxml_put (out, reader->kept_page);
    }
  g_string_append_len (out, (const char *) reader->kept, end - reader->kept);
  reader->handler = g_steal_pointer (&reader->keeping);
  return reader->handler->document (out->str, out->len, reader->user_data, reader->error);
}

/* ---- Elements ---- */

static inline guint
make_tag (const Reader *reader, guint8 token)
{
  guint page = reader->tag_page;

  token &= OMA_WBXML_IDENTITY;
  switch (reader->document)
    {
    case OMA_WBXML_DDF:
      if (page == 0)
        page = OMA_WBXML_PAGE_DDF;
      break;
    case OMA_WBXML_PROVISIONING:
      if (page == 1 && token != OMA_WBXML_TAG_PROVISIONING_DOC)
        page = 0;
      break;
    default:
      break;
    }
  return page << 8 | token;
}

static inline gboolean
end_element (Reader *reader)
{
  if (G_UNLIKELY (reader->keeping != NULL && reader->depth == reader->kept_depth) &&
      !end_keeping (reader, reader->position - 1))
    return FALSE;
  reader->depth--;
  reader->is_done = reader->depth == 0;
  return reader->handler->end (reader->open[reader->depth], reader->user_data, reader->error);
}

/* Most elements hold one string and nothing else: its length, or -1 when this is no such
 * element. */
static inline gssize
measure_leaf (const Reader *reader, guint8 token)
{
  const char *text = (const char *) reader->position + 1;
  const char *end = (const char *) reader->end;
  const char *nul;

  if ((token & ~OMA_WBXML_IDENTITY) != OMA_WBXML_HAS_CONTENT || reader->handler->leaf == NULL || end - text < 2 ||
      *reader->position != OMA_WBXML_STR_I)
    return -1;
  nul = memchr (text, '\0', end - text - 1);
  return nul != NULL && nul[1] == OMA_WBXML_END && oma_wbxml_is_ascii (text, nul - text) ? nul - text : -1;
}

static gboolean
take_leaf (Reader *reader, guint tag, gsize length)
{
  const char *text = (const char *) reader->position + 1;

  reader->position += 1 + length + 2;
  reader->is_done = reader->depth == 0;
  return reader->handler->leaf (tag, text, length, reader->user_data, reader->error);
}

static gboolean
start_element (Reader *reader, guint8 token)
{
  const OmaWbxmlHandler *handler = reader->handler;
  Piece name = { NULL, 0, FALSE };
  guint tag = 0;

  if (G_UNLIKELY (reader->depth == reader->max_depth))
    return fail (reader, OMA_CODEC_ERROR_LIMIT, "Elements are nested too deeply");
  if (G_UNLIKELY (handler->keep_in != 0 && reader->depth > 0 && reader->open[reader->depth - 1] == handler->keep_in))
    {
      start_keeping (reader, reader->position - 1);
      handler = reader->handler;
    }
  if (G_LIKELY ((token & OMA_WBXML_IDENTITY) != OMA_WBXML_LITERAL))
    {
      gssize length = measure_leaf (reader, token);

      tag = make_tag (reader, token);
      if (length >= 0)
        return take_leaf (reader, tag, length);
    }
  else if (!read_reference (reader, &name))
    return FALSE;
  /* Names end with a NUL: those of the table, and those that were converted. */
  if (!handler->start (tag, name.text, reader->user_data, reader->error))
    return FALSE;
  if (G_UNLIKELY ((token & OMA_WBXML_HAS_ATTRIBUTES) != 0) && !read_attributes (reader, FALSE))
    return FALSE;
  if ((token & OMA_WBXML_HAS_CONTENT) != 0)
    {
      reader->open[reader->depth++] = tag;
      return TRUE;
    }
  reader->is_done = reader->depth == 0;
  return handler->end (tag, reader->user_data, reader->error);
}

static gboolean
hand_over (Reader *reader, const Piece *piece)
{
  const OmaWbxmlHandler *handler = reader->handler;

  if (reader->depth == 0)
    return fail (reader, OMA_CODEC_ERROR_MALFORMED, "Text in place of the root element");
  if (!piece->is_opaque)
    return handler->text (piece->text, piece->length, reader->user_data, reader->error);
  if (handler->octets != NULL)
    return handler->octets (piece->text, piece->length, reader->user_data, reader->error);
  return check_opaque_text (reader, piece) &&
         handler->text (piece->text, piece->length, reader->user_data, reader->error);
}

/* What most documents do not have. */
static G_GNUC_NO_INLINE gboolean
read_rare (Reader *reader, guint8 token)
{
  Piece piece;

  switch (token)
    {
    case OMA_WBXML_ENTITY:
      return read_entity (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_STR_T:
      return read_reference (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_OPAQUE:
      return read_opaque (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_PI:
      return read_attributes (reader, TRUE);
    default:
      return skip_extension (reader, token);
    }
}

/* One item of content (WAP-192, section 5: body). */
static inline gboolean
read_item (Reader *reader)
{
  Piece piece;
  guint8 token;

  if (!read_octet (reader, &token))
    return FALSE;
  if (G_LIKELY ((token & OMA_WBXML_IDENTITY) >= OMA_WBXML_LITERAL))
    return start_element (reader, token);
  switch (token)
    {
    case OMA_WBXML_SWITCH_PAGE:
      return read_octet (reader, &reader->tag_page);
    case OMA_WBXML_END:
      if (G_UNLIKELY (reader->depth == 0))
        return fail (reader, OMA_CODEC_ERROR_MALFORMED, "An end without an element");
      return end_element (reader);
    case OMA_WBXML_STR_I:
      return read_string (reader, &piece) && hand_over (reader, &piece);
    default:
      return read_rare (reader, token);
    }
}

/* ---- The header ---- */

static gboolean
is_known_charset (guint32 charset)
{
  return charset == OMA_WBXML_CHARSET_UTF_8 || charset == OMA_WBXML_CHARSET_UNKNOWN ||
         charset == OMA_WBXML_CHARSET_US_ASCII || charset == OMA_WBXML_CHARSET_LATIN_1;
}

static gboolean
read_header (Reader *reader)
{
  Header *header = &reader->header;

  *header = (Header) { .charset = OMA_WBXML_CHARSET_UTF_8 };
  if (!read_octet (reader, &header->version))
    return FALSE;
  if (header->version > MAX_VERSION)
    return fail (reader, OMA_CODEC_ERROR_MALFORMED, "Not a document of WBXML 1.0 to 1.3");
  if (!read_number (reader, &header->public_id) ||
      (header->public_id == 0 && !read_number (reader, &header->public_name)))
    return FALSE;
  if (header->version > 0 && !read_number (reader, &header->charset))     /* WBXML 1.0 has none */
    return FALSE;
  if (!is_known_charset (header->charset))
    return fail (reader, OMA_CODEC_ERROR_FORBIDDEN, "A character encoding that is not permitted");
  if (!read_number (reader, &header->table_size))
    return FALSE;
  if (header->table_size > OMA_WBXML_MAX_TABLE)
    return fail (reader, OMA_CODEC_ERROR_LIMIT, "The string table is too large");
  if (!read_octets (reader, header->table_size, &header->table))
    return FALSE;
  if (header->public_id == 0 && header->public_name >= header->table_size)
    return fail (reader, OMA_CODEC_ERROR_MALFORMED, "The public identifier is outside the string table");
  return TRUE;
}

static gboolean
has_known_public_id (const Header *header)
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
  Reader reader = { .position = data };

  reader.end = reader.position + size;
  return read_header (&reader) && reader.header.version > 0 && has_known_public_id (&reader.header) &&
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
  Reader reader = { .position = data };

  reader.end = reader.position + size;
  return read_header (&reader) && reader.header.table_size == 0 ? (gsize) (reader.position - (const guint8 *) data) : 0;
}

/* With a NUL behind the last string, which may have none. */
static char *
copy_table (const Header *header)
{
  char *table = g_malloc (header->table_size + 1);

  memcpy (table, header->table, header->table_size);
  table[header->table_size] = '\0';
  return table;
}

/**
 * oma_wbxml_read:
 * @document: the code space
 * @data: (nullable): the document
 * @size: its octets
 * @max_depth: how many elements may be open at a time
 * @handler: gets what the document holds
 * @user_data: for @handler
 * @error: return location for a #OmaCodecError, or what @handler set
 *
 * Reads a document of WBXML 1.0 to 1.3 (WAP-192) in UTF-8, US-ASCII or ISO-8859-1.  The public
 * identifier is not compared with @document: many are wrong.  Pages and tags that no table has
 * are handed over, processing instructions, extensions and what follows the root element are
 * skipped.  A malformed document is noticed when that place is reached: believe nothing of
 * what came before when this returns %FALSE.
 *
 * Returns: %FALSE: %OMA_CODEC_ERROR_MALFORMED, %OMA_CODEC_ERROR_LIMIT when it is too deep,
 *   its string table has more than %OMA_WBXML_MAX_TABLE octets or stands for more than
 *   %OMA_WBXML_MAX_EXPANSION, %OMA_CODEC_ERROR_FORBIDDEN for another character encoding, or
 *   what @handler set
 */
gboolean
oma_wbxml_read (OmaWbxmlDocument document, gconstpointer data, gsize size, guint max_depth,
                const OmaWbxmlHandler *handler, gpointer user_data, GError **error)
{
  Reader reader = {
    .document = document,
    .handler = handler,
    .user_data = user_data,
    .error = error,
    .position = data,
    .max_depth = max_depth,
  };
  gboolean good;

  reader.end = reader.position + size;
  good = read_header (&reader);
  if (good)
    {
      if (reader.header.table_size > 0)
        reader.table = copy_table (&reader.header);
      reader.open = g_new (guint, max_depth);
    }
  while (good && !reader.is_done)
    good = read_item (&reader);
  g_free (reader.table);
  g_free (reader.open);
  g_free (reader.converted);
  if (reader.name != NULL)
    g_string_free (reader.name, TRUE);
  if (reader.value != NULL)
    g_string_free (reader.value, TRUE);
  return good;
}

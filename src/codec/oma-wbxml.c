/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml-reader.h"

#include "base/oma-ascii.h"

#include <string.h>

/* A document that is made of the elements in another: its header (WAP-192, section 5). */
#define KEPT_VERSION 0x02

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
start_keeping (OmaWbxmlReader *reader, const guint8 *start)
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
end_keeping (OmaWbxmlReader *reader, const guint8 *end)
{
  g_autoptr(GString) out = g_string_sized_new (end - reader->kept + 16);
  gsize table_size = reader->kept_refers ? reader->header.table_size : 0;

  if (!oma_wbxml_count_expansion (reader, table_size))
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
make_tag (const OmaWbxmlReader *reader, guint8 token)
{
  guint page = reader->tag_page;

  token &= OMA_WBXML_IDENTITY;
  if (G_LIKELY (reader->document == OMA_WBXML_SYNCML))
    return page << 8 | token;
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
end_element (OmaWbxmlReader *reader)
{
  guint tag;

  if (G_UNLIKELY (reader->keeping != NULL && reader->depth == reader->kept_depth) &&
      !end_keeping (reader, reader->position - 1))
    return FALSE;
  tag = reader->open[reader->depth--];
  if (G_UNLIKELY (reader->depth == 0))
    reader->is_done = TRUE;
  return reader->handler->end (tag, reader->user_data, reader->error);
}

/* Most elements hold one string and nothing else.  Returns: where it ends, or %NULL when this is
 * no such element. */
static inline const char *
find_leaf_end (const OmaWbxmlReader *reader, guint8 token)
{
  const char *text = (const char *) reader->position + 1;
  const char *end = (const char *) reader->end - 1;
  const char *nul;

  if (text >= end || *reader->position != OMA_WBXML_STR_I ||
      (token & ~OMA_WBXML_IDENTITY) != OMA_WBXML_HAS_CONTENT || reader->handler->leaf == NULL)
    return NULL;
  nul = oma_find_plain_end (text, end);
  return nul != NULL && nul[1] == OMA_WBXML_END ? nul : NULL;
}

static inline gboolean
take_leaf (OmaWbxmlReader *reader, guint tag, const char *end)
{
  const char *text = (const char *) reader->position + 1;

  reader->position = (const guint8 *) end + 2;
  if (G_UNLIKELY (reader->depth == 0))
    reader->is_done = TRUE;
  return reader->handler->leaf (tag, text, end - text, reader->user_data, reader->error);
}

/* Behind its name. */
static inline gboolean
open_element (OmaWbxmlReader *reader, guint8 token, guint tag, const char *name)
{
  const OmaWbxmlHandler *handler = reader->handler;

  if (!handler->start (tag, name, reader->user_data, reader->error))
    return FALSE;
  if (G_UNLIKELY ((token & OMA_WBXML_HAS_ATTRIBUTES) != 0) && !oma_wbxml_read_attributes (reader, FALSE))
    return FALSE;
  if (G_LIKELY ((token & OMA_WBXML_HAS_CONTENT) != 0))
    {
      reader->open[++reader->depth] = tag;
      return TRUE;
    }
  reader->is_done = reader->depth == 0;
  return handler->end (tag, reader->user_data, reader->error);
}

/* Names end with a NUL: those of the table, and those that were converted. */
static G_GNUC_NO_INLINE gboolean
start_literal (OmaWbxmlReader *reader, guint8 token)
{
  OmaWbxmlPiece name;

  return oma_wbxml_read_reference (reader, &name) && open_element (reader, token, 0, name.text);
}

static inline gboolean
start_element (OmaWbxmlReader *reader, guint8 token)
{
  guint keep_in = reader->handler->keep_in;
  const char *end;

  if (G_UNLIKELY (reader->depth == reader->max_depth))
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_LIMIT, "Elements are nested too deeply");
  if (G_UNLIKELY (reader->open[reader->depth] == keep_in && keep_in != 0))
    start_keeping (reader, reader->position - 1);
  if (G_UNLIKELY ((token & OMA_WBXML_IDENTITY) == OMA_WBXML_LITERAL))
    return start_literal (reader, token);
  end = find_leaf_end (reader, token);
  if (end != NULL)
    return take_leaf (reader, make_tag (reader, token), end);
  return open_element (reader, token, make_tag (reader, token), NULL);
}

static gboolean
hand_over (OmaWbxmlReader *reader, const OmaWbxmlPiece *piece)
{
  const OmaWbxmlHandler *handler = reader->handler;

  if (reader->depth == 0)
    return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "Text in place of the root element");
  if (!piece->is_opaque)
    return handler->text (piece->text, piece->length, reader->user_data, reader->error);
  if (handler->octets != NULL)
    return handler->octets (piece->text, piece->length, reader->user_data, reader->error);
  return oma_wbxml_check_opaque_text (reader, piece) &&
         handler->text (piece->text, piece->length, reader->user_data, reader->error);
}

/* What most documents do not have. */
static G_GNUC_NO_INLINE gboolean
read_rare (OmaWbxmlReader *reader, guint8 token)
{
  OmaWbxmlPiece piece;

  switch (token)
    {
    case OMA_WBXML_ENTITY:
      return oma_wbxml_read_entity (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_STR_T:
      return oma_wbxml_read_reference (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_OPAQUE:
      return oma_wbxml_read_opaque (reader, &piece) && hand_over (reader, &piece);
    case OMA_WBXML_PI:
      return oma_wbxml_read_attributes (reader, TRUE);
    default:
      return oma_wbxml_skip_extension (reader, token);
    }
}

/* One item of content (WAP-192, section 5: body). */
static inline gboolean
read_item (OmaWbxmlReader *reader)
{
  OmaWbxmlPiece piece;
  guint8 token;

  if (!oma_wbxml_read_octet (reader, &token))
    return FALSE;
  if (G_LIKELY ((token & OMA_WBXML_IDENTITY) >= OMA_WBXML_LITERAL))
    return start_element (reader, token);
  switch (token)
    {
    case OMA_WBXML_SWITCH_PAGE:
      return oma_wbxml_read_octet (reader, &reader->tag_page);
    case OMA_WBXML_END:
      if (G_UNLIKELY (reader->depth == 0))
        return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "An end without an element");
      return end_element (reader);
    case OMA_WBXML_STR_I:
      return oma_wbxml_read_string (reader, &piece) && hand_over (reader, &piece);
    default:
      return read_rare (reader, token);
    }
}

/* With a NUL behind the last string, which may have none. */
static char *
copy_table (const OmaWbxmlHeader *header)
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
  OmaWbxmlReader reader = {
    .document = document,
    .handler = handler,
    .user_data = user_data,
    .error = error,
    .position = data,
    .max_depth = max_depth,
  };
  gboolean good;

  reader.end = reader.position + size;
  good = oma_wbxml_read_header (&reader);
  if (good)
    {
      if (reader.header.table_size > 0)
        reader.table = copy_table (&reader.header);
      reader.open = g_new (guint, max_depth + 1);
      reader.open[0] = 0;     /* around the root */
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml-reader.h"

#include "codec/oma-wbxml-tables.h"

#include <string.h>

static gboolean
end_attribute (OmaWbxmlReader *reader)
{
  const OmaWbxmlHandler *handler = reader->handler;

  if (reader->name->len == 0 || !reader->attribute_is_known || handler->attribute == NULL)
    return TRUE;
  return handler->attribute (reader->name->str, reader->value->str, reader->user_data, reader->error);
}

static void
start_attribute (OmaWbxmlReader *reader, const char *text, gsize length)
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
start_token_attribute (OmaWbxmlReader *reader, guint8 token)
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
start_literal_attribute (OmaWbxmlReader *reader)
{
  OmaWbxmlPiece piece;

  if (!end_attribute (reader) || !oma_wbxml_read_reference (reader, &piece))
    return FALSE;
  start_attribute (reader, piece.text, piece.length);
  return TRUE;
}

/* A value that is only known in part is none. */
static gboolean
append_value_token (OmaWbxmlReader *reader, guint8 token)
{
  const char *text = NULL;

  if (reader->document == OMA_WBXML_PROVISIONING)
    text = oma_wbxml_provisioning_value (reader->attribute_page, token);
  if (text == NULL)
    reader->attribute_is_known = FALSE;
  else
    g_string_append (reader->value, text);
  return oma_wbxml_count_expansion (reader, text != NULL ? strlen (text) : 0);
}

static gboolean
append_value (OmaWbxmlReader *reader, gboolean (*read) (OmaWbxmlReader *reader, OmaWbxmlPiece *piece))
{
  OmaWbxmlPiece piece;

  if (!read (reader, &piece) || (piece.is_opaque && !oma_wbxml_check_opaque_text (reader, &piece)))
    return FALSE;
  g_string_append_len (reader->value, piece.text, piece.length);
  return TRUE;
}

static gboolean
read_attribute_part (OmaWbxmlReader *reader, guint8 token)
{
  switch (token)
    {
    case OMA_WBXML_SWITCH_PAGE:
      return oma_wbxml_read_octet (reader, &reader->attribute_page);
    case OMA_WBXML_ENTITY:
      return append_value (reader, oma_wbxml_read_entity);
    case OMA_WBXML_STR_I:
      return append_value (reader, oma_wbxml_read_string);
    case OMA_WBXML_STR_T:
      return append_value (reader, oma_wbxml_read_reference);
    case OMA_WBXML_OPAQUE:
      return append_value (reader, oma_wbxml_read_opaque);
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
      return oma_wbxml_skip_extension (reader, token);
    case 3:
    case 4:
      return oma_wbxml_fail (reader, OMA_CODEC_ERROR_MALFORMED, "A token that no attribute has");
    default:
      return token < 0x80 ? start_token_attribute (reader, token) : append_value_token (reader, token);
    }
}

/* Internal: attributes of an element, or of a processing instruction: @is_ignored. */
gboolean
oma_wbxml_read_attributes (OmaWbxmlReader *reader, gboolean is_ignored)
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
      if (!oma_wbxml_read_octet (reader, &token))
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

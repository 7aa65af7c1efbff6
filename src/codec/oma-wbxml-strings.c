/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml.h"

#include "codec/oma-wbxml-octets.h"

#include <string.h>

/* A reference takes two to four octets, an inline string two more than its text. */
#define MIN_LENGTH 4
#define NO_OFFSET G_MAXUINT32

/* One text of a document. */
typedef struct {
  const char *text;
  gsize       length;
  guint       uses;
  guint32     offset;     /* in the table */
} String;

typedef struct {
  const guint8 *data;     /* the body */
  gsize         size;
  gsize         position;
  GHashTable   *strings;  /* (element-type utf8 String) */
  GPtrArray    *order;    /* (element-type String): as they came first */
} Document;

static void
document_clear (Document *document)
{
  g_clear_pointer (&document->strings, g_hash_table_unref);
  g_clear_pointer (&document->order, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Document, document_clear)

/* Steps over one item of content that the writers of this program make; %FALSE for another. */
static gboolean
skip_item (Document *document, guint8 token)
{
  guint64 length = 0;

  switch (token)
    {
    case OMA_WBXML_SWITCH_PAGE:
      document->position++;
      return TRUE;
    case OMA_WBXML_OPAQUE:
      while (document->position < document->size && (document->data[document->position] & 0x80) != 0)
        length = (length | (document->data[document->position++] & 0x7f)) << 7;
      if (document->position < document->size)
        length |= document->data[document->position++];
      if (length > document->size - document->position)
        return FALSE;
      document->position += length;
      return TRUE;
    default:
      return token == OMA_WBXML_END ||
             ((token & OMA_WBXML_HAS_ATTRIBUTES) == 0 && (token & OMA_WBXML_IDENTITY) > OMA_WBXML_LITERAL);
    }
}

/* The next string inline: its text, or %NULL where the document ends or is not understood. */
static const char *
next_string (Document *document, gboolean *understood)
{
  *understood = TRUE;
  while (document->position < document->size)
    {
      guint8 token = document->data[document->position++];

      if (token == OMA_WBXML_STR_I)
        return (const char *) document->data + document->position;
      if (!skip_item (document, token))
        {
          *understood = FALSE;
          break;
        }
    }
  return NULL;
}

static void
count_string (Document *document, const char *text, gsize length)
{
  String *string = g_hash_table_lookup (document->strings, text);

  if (string == NULL)
    {
      string = g_new (String, 1);
      *string = (String) { text, length, 0, NO_OFFSET };
      g_hash_table_insert (document->strings, (gpointer) text, string);
      g_ptr_array_add (document->order, string);
    }
  string->uses++;
}

static gboolean
count_strings (Document *document)
{
  const char *text;
  gboolean understood;

  while ((text = next_string (document, &understood)) != NULL)
    {
      const char *nul = memchr (text, '\0', document->size - document->position);

      if (nul == NULL)
        return FALSE;
      document->position += nul - text + 1;
      if (nul - text >= MIN_LENGTH)
        count_string (document, text, nul - text);
    }
  return understood;
}

static GString *
make_table (Document *document)
{
  GString *table = g_string_new (NULL);

  for (guint i = 0; i < document->order->len; i++)
    {
      String *string = g_ptr_array_index (document->order, i);

      if (string->uses < 2 || table->len + string->length + 1 > OMA_WBXML_MAX_TABLE)
        continue;
      string->offset = table->len;
      oma_wbxml_put_octets (table, string->text, string->length + 1);
    }
  return table;
}

static void
write_body (Document *document, GString *out)
{
  gsize written = 0;
  const char *text;
  gboolean understood;

  document->position = 0;
  while ((text = next_string (document, &understood)) != NULL)
    {
      gsize start = document->position - 1;
      gsize length = strlen (text);
      const String *string = length >= MIN_LENGTH ? g_hash_table_lookup (document->strings, text) : NULL;

      document->position += length + 1;
      if (string == NULL || string->offset == NO_OFFSET)
        continue;
      oma_wbxml_put_octets (out, document->data + written, start - written);
      oma_wbxml_put (out, OMA_WBXML_STR_T);
      oma_wbxml_put_number (out, string->offset);
      written = document->position;
    }
  oma_wbxml_put_octets (out, document->data + written, document->size - written);
}

/**
 * oma_wbxml_share_strings:
 * @bytes: a document that a writer of this program made, without a string table
 *
 * Moves strings that come more than once into a string table (WAP-192, section 5.3).  It
 * looks at each octet twice, however many strings there are.
 *
 * Returns: (transfer full): a document that says the same, or @bytes itself when it would not
 *   be shorter, has a string table or is none that it understands
 */
GBytes *
oma_wbxml_share_strings (GBytes *bytes)
{
  gsize size, header;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_auto(Document) document = { 0 };
  g_autoptr(GString) table = NULL;
  g_autoptr(GString) out = NULL;

  header = oma_wbxml_get_header_size (data, size);
  if (header == 0)
    return g_bytes_ref (bytes);
  document.data = data + header;
  document.size = size - header;
  document.strings = g_hash_table_new (g_str_hash, g_str_equal);
  document.order = g_ptr_array_new_with_free_func (g_free);
  if (!count_strings (&document))
    return g_bytes_ref (bytes);
  table = make_table (&document);
  out = g_string_sized_new (size);
  oma_wbxml_put_octets (out, data, header - 1);     /* all but the size of the table, 0 */
  oma_wbxml_put_number (out, table->len);
  oma_wbxml_put_octets (out, table->str, table->len);
  write_body (&document, out);
  return out->len < size ? g_string_free_to_bytes (g_steal_pointer (&out)) : g_bytes_ref (bytes);
}

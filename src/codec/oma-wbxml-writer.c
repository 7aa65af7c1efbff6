/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-wbxml.h"

#include "codec/oma-wbxml-octets.h"

#include <string.h>

/* What the SyncML reference toolkit emits; its reader refuses a higher one. */
#define VERSION 0x02     /* WBXML 1.2 */

struct _OmaWbxmlWriter {
  GString *out;
  guint    page;
  gsize    start;   /* where the tag of the open element stands while it is empty, else 0 */
};

/**
 * oma_wbxml_put_header:
 * @out: gets it
 * @public_id: the public identifier, not looked at when there is a @public_name
 * @public_name: (nullable): the formal public identifier of documents that have no number
 *
 * Writes what comes before the root element: WBXML 1.2, UTF-8 (WAP-192, section 5).
 */
void
oma_wbxml_put_header (GString *out, guint public_id, const char *public_name)
{
  gsize size = public_name != NULL ? strlen (public_name) + 1 : 0;

  oma_wbxml_put (out, VERSION);
  oma_wbxml_put_number (out, public_name != NULL ? 0 : public_id);
  if (public_name != NULL)
    oma_wbxml_put_number (out, 0);      /* offset in the string table */
  oma_wbxml_put_number (out, OMA_WBXML_CHARSET_UTF_8);
  oma_wbxml_put_number (out, size);
  if (size > 0)
    oma_wbxml_put_octets (out, public_name, size);
}

/**
 * oma_wbxml_writer_new:
 * @public_id: the public identifier, not looked at when there is a @public_name
 * @public_name: (nullable): the formal public identifier of documents that have no number
 *
 * Starts a document in WBXML 1.2, UTF-8 (WAP-192, section 5).
 *
 * Returns: (transfer full): a writer that waits for the root element
 */
OmaWbxmlWriter *
oma_wbxml_writer_new (guint public_id, const char *public_name)
{
  OmaWbxmlWriter *writer = g_new0 (OmaWbxmlWriter, 1);

  writer->out = g_string_sized_new (256);
  oma_wbxml_put_header (writer->out, public_id, public_name);
  return writer;
}

/**
 * oma_wbxml_writer_free:
 * @writer: (nullable) (transfer full): a writer
 */
void
oma_wbxml_writer_free (OmaWbxmlWriter *writer)
{
  if (writer == NULL)
    return;
  if (writer->out != NULL)
    g_string_free (writer->out, TRUE);
  g_free (writer);
}

static void
put_tag (OmaWbxmlWriter *writer, guint tag, guint8 bits)
{
  guint page = tag >> 8;

  g_return_if_fail (page <= G_MAXUINT8 && (tag & 0xff) > OMA_WBXML_LITERAL && (tag & 0xff) <= OMA_WBXML_IDENTITY);

  if (page != writer->page)
    {
      oma_wbxml_put (writer->out, OMA_WBXML_SWITCH_PAGE);
      oma_wbxml_put (writer->out, page);
      writer->page = page;
    }
  writer->start = bits != 0 ? writer->out->len : 0;
  oma_wbxml_put (writer->out, (tag & 0xff) | bits);
}

/**
 * oma_wbxml_writer_start:
 * @writer: a writer
 * @tag: page << 8 | token
 *
 * Starts an element.  The page is switched where it has to be; it stays switched behind the
 * end of the element.
 */
void
oma_wbxml_writer_start (OmaWbxmlWriter *writer, guint tag)
{
  put_tag (writer, tag, OMA_WBXML_HAS_CONTENT);
}

/**
 * oma_wbxml_writer_end:
 * @writer: a writer with an open element
 *
 * Ends the element that started last.  One that got nothing is written as empty.
 */
void
oma_wbxml_writer_end (OmaWbxmlWriter *writer)
{
  if (writer->start > 0)
    writer->out->str[writer->start] &= ~OMA_WBXML_HAS_CONTENT;
  else
    oma_wbxml_put (writer->out, OMA_WBXML_END);
  writer->start = 0;
}

/**
 * oma_wbxml_writer_empty:
 * @writer: a writer
 * @tag: page << 8 | token
 *
 * Writes an element without content.
 */
void
oma_wbxml_writer_empty (OmaWbxmlWriter *writer, guint tag)
{
  put_tag (writer, tag, 0);
}

/**
 * oma_wbxml_writer_text:
 * @writer: a writer with an open element
 * @text: (nullable): UTF-8 text
 * @length: how many octets
 *
 * Writes text.  A text with a NUL, which STR_I would cut off there, goes as OPAQUE.
 */
void
oma_wbxml_writer_text (OmaWbxmlWriter *writer, const char *text, gsize length)
{
  if (length == 0)
    return;
  if (memchr (text, '\0', length) != NULL)
    {
      oma_wbxml_writer_octets (writer, text, length);
      return;
    }
  writer->start = 0;
  oma_wbxml_put (writer->out, OMA_WBXML_STR_I);
  oma_wbxml_put_octets (writer->out, text, length);
  oma_wbxml_put (writer->out, '\0');
}

/**
 * oma_wbxml_writer_octets:
 * @writer: a writer with an open element
 * @octets: (nullable): octets, such as a whole document
 * @size: how many, at most %G_MAXUINT32
 *
 * Writes OPAQUE content.
 */
void
oma_wbxml_writer_octets (OmaWbxmlWriter *writer, gconstpointer octets, gsize size)
{
  g_return_if_fail (size <= G_MAXUINT32);

  if (size == 0)
    return;
  writer->start = 0;
  oma_wbxml_put (writer->out, OMA_WBXML_OPAQUE);
  oma_wbxml_put_number (writer->out, size);
  oma_wbxml_put_octets (writer->out, octets, size);
}

/**
 * oma_wbxml_writer_finish:
 * @writer: a writer whose elements are all ended; it cannot be used any more
 *
 * Returns: (transfer full): the document
 */
GBytes *
oma_wbxml_writer_finish (OmaWbxmlWriter *writer)
{
  return g_string_free_to_bytes (g_steal_pointer (&writer->out));
}

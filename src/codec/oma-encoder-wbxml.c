/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-encoder-wbxml.h"

#include "base/oma-ascii.h"
#include "codec/oma-wbxml.h"
#include "codec/oma-wbxml-octets.h"

#include <string.h>

/* Longer Data goes as OPAQUE: the reader need not look for its end (our reading). */
#define MAX_STRING 1024

#define CLOSING_SIZE strlen ("\x12\x01\x01")

typedef struct {
  OmaSink  sink;
  guint    page;
  guint    depth;
  guint    body_depth;   /* where commands start and end; 0: not there yet */
  gboolean is_old;   /* before SyncML 1.2 */
} WbxmlSink;

static void
switch_page (WbxmlSink *wbxml, guint page)
{
  oma_wbxml_put (wbxml->sink.out, OMA_WBXML_SWITCH_PAGE);
  oma_wbxml_put (wbxml->sink.out, page);
  wbxml->page = page;
}

static inline void
put_tag (WbxmlSink *wbxml, OmaTag tag, guint8 bits)
{
  guint page = (guint) tag >> 8;

  if (page != wbxml->page)
    switch_page (wbxml, page);
  oma_wbxml_put (wbxml->sink.out, (tag & 0xff) | bits);
}

static void
wbxml_begin (OmaSink *sink, const OmaHeader *header)
{
  WbxmlSink *wbxml = (WbxmlSink *) sink;
  guint public_id = OMA_WBXML_PUBLIC_SYNCML_1_2;

  if (g_strcmp0 (header->ver_dtd, "1.1") == 0)
    public_id = OMA_WBXML_PUBLIC_SYNCML_1_1;
  else if (g_strcmp0 (header->ver_dtd, "1.0") == 0)
    public_id = OMA_WBXML_PUBLIC_SYNCML_1_0;
  wbxml->is_old = public_id != OMA_WBXML_PUBLIC_SYNCML_1_2;
  oma_wbxml_put_header (sink->out, public_id, NULL);
  sink->start (sink, OMA_TAG_SYNC_ML);
}

static void
wbxml_start (OmaSink *sink, OmaTag tag)
{
  WbxmlSink *wbxml = (WbxmlSink *) sink;

  put_tag (wbxml, tag, OMA_WBXML_HAS_CONTENT);
  wbxml->depth++;
  if (tag == OMA_TAG_SYNC_BODY)
    wbxml->body_depth = wbxml->depth;
}

/* Behind each command stands page 0, so that what is added there has the same size whatever
 * was before and can be taken back. */
static void
wbxml_end (OmaSink *sink, OmaTag tag G_GNUC_UNUSED)
{
  WbxmlSink *wbxml = (WbxmlSink *) sink;

  oma_wbxml_put (sink->out, OMA_WBXML_END);
  wbxml->depth--;
  if (wbxml->depth == wbxml->body_depth && wbxml->page != OMA_WBXML_PAGE_SYNCML)
    switch_page (wbxml, OMA_WBXML_PAGE_SYNCML);
}

static void
wbxml_empty (OmaSink *sink, OmaTag tag)
{
  put_tag ((WbxmlSink *) sink, tag, 0);
}

/* An element that holds a text. */
static void
put_string (WbxmlSink *wbxml, OmaTag tag, const char *text, gsize length)
{
  GString *out = wbxml->sink.out;
  guint page = (guint) tag >> 8;
  char *end = oma_wbxml_reserve (out, length + 6);

  if (G_UNLIKELY (page != wbxml->page))
    {
      *end++ = OMA_WBXML_SWITCH_PAGE;
      *end++ = (char) page;
      wbxml->page = page;
    }
  *end++ = (char) ((tag & 0xff) | OMA_WBXML_HAS_CONTENT);
  *end++ = OMA_WBXML_STR_I;
  memcpy (end, text, length);
  end += length;
  *end++ = '\0';
  *end++ = OMA_WBXML_END;
  *end = '\0';
  out->len = end - out->str;
}

static G_GNUC_NO_INLINE void
put_any (WbxmlSink *wbxml, OmaTag tag, const char *text, gsize length)
{
  g_autofree char *valid = oma_is_utf8 (text, length) ? NULL : g_utf8_make_valid (text, length);

  if (length == 0)
    put_tag (wbxml, tag, 0);
  else
    put_string (wbxml, tag, valid != NULL ? valid : text, valid != NULL ? strlen (valid) : length);
}

/* The same for most texts, in one go and without a call.  Returns: %FALSE for the others, and where
 * there is no room. */
static inline gboolean
put_ascii (WbxmlSink *wbxml, OmaTag tag, const char *text, gsize length)
{
  GString *out = wbxml->sink.out;
  char *end = out->str + out->len;

  if (out->allocated_len - out->len <= length + 4 || (guint) tag >> 8 != wbxml->page)
    return FALSE;
  *end++ = (char) ((tag & 0xff) | OMA_WBXML_HAS_CONTENT);
  *end++ = OMA_WBXML_STR_I;
  if (!oma_copy_ascii (end, text, length))
    {
      out->str[out->len] = '\0';
      return FALSE;
    }
  memcpy (end + length, "\0\1", 3);     /* the string, the element, and the buffer end */
  out->len += length + 4;
  return TRUE;
}

static void
put_opaque (WbxmlSink *wbxml, OmaTag tag, const char *octets, gsize size)
{
  GString *out = wbxml->sink.out;

  put_tag (wbxml, tag, OMA_WBXML_HAS_CONTENT);
  oma_wbxml_put (out, OMA_WBXML_OPAQUE);
  oma_wbxml_put_number (out, size);
  oma_wbxml_put_octets (out, octets, size);
  oma_wbxml_put (out, OMA_WBXML_END);
}

/* SyncML Representation Protocol 1.2, section 8.2: tokens that 1.1 does not have. */
static gboolean
is_new (OmaTag tag)
{
  return (tag >= OMA_TAG_FIELD && tag <= OMA_TAG_CORRELATOR) || tag == OMA_TAG_FIELD_LEVEL;
}

static void
wbxml_leaf (OmaSink *sink, OmaTag tag, const char *text, gsize length)
{
  WbxmlSink *wbxml = (WbxmlSink *) sink;

  if (G_UNLIKELY (wbxml->is_old) && is_new (tag))
    return;
  if (G_UNLIKELY (length == 0 || !put_ascii (wbxml, tag, text, length)))
    put_any (wbxml, tag, text, length);
}

/* Octets, documents, what is no text and what is long go as OPAQUE. */
static void
wbxml_data (OmaSink *sink, const OmaItem *item, const char *format)
{
  if (item->data_length == 0)
    {
      wbxml_empty (sink, OMA_TAG_DATA);
      return;
    }
  if (item->kind != OMA_DATA_TEXT || item->data_length > MAX_STRING || g_strcmp0 (format, "bin") == 0 ||
      !oma_is_utf8 (item->data, item->data_length))
    put_opaque ((WbxmlSink *) sink, OMA_TAG_DATA, item->data, item->data_length);
  else
    put_string ((WbxmlSink *) sink, OMA_TAG_DATA, item->data, item->data_length);
}

static void
wbxml_free (OmaSink *sink)
{
  if (sink->out != NULL)
    g_string_free (sink->out, TRUE);
  g_free (sink);
}

/**
 * oma_encoder_wbxml_new:
 *
 * Makes a sink that writes WBXML (SyncML Representation Protocol 1.2, section 8): the public
 * identifier of the header's VerDTD, no string table, no MetInf element.  What its SyncML
 * version has no token for is left out.
 *
 * Returns: (transfer full): a new sink
 */
OmaSink *
oma_encoder_wbxml_new (void)
{
  WbxmlSink *wbxml = g_new0 (WbxmlSink, 1);
  OmaSink *sink = &wbxml->sink;

  sink->begin = wbxml_begin;
  sink->start = wbxml_start;
  sink->end = wbxml_end;
  sink->leaf = wbxml_leaf;
  sink->data = wbxml_data;
  sink->empty = wbxml_empty;
  sink->free = wbxml_free;
  sink->out = g_string_sized_new (4096);
  sink->closing_size = CLOSING_SIZE;
  return sink;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-encoder-xml.h"

#include "codec/oma-xml-text.h"

#include <string.h>

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define MET_INF_NAMESPACE " xmlns=\"syncml:metinf\""
#define CLOSING "<Final/></SyncBody></SyncML>"

/* Padded, so that copying one is a few moves of constant size. */
#define PIECE_SIZE 40

typedef struct {
  char  text[PIECE_SIZE];
  gsize length;
} Piece;

typedef enum {
  PIECE_START,
  PIECE_END,
  PIECE_EMPTY,
  N_PIECES,
} PieceKind;

#define N_PAGES 2
#define N_TOKENS 64

static Piece pieces[N_PAGES][N_TOKENS][N_PIECES];

static void
make_piece (OmaTag tag, PieceKind kind, const char *before, const char *after)
{
  Piece *piece = &pieces[tag >> 8][tag & 0xff][kind];
  int length = g_snprintf (piece->text, sizeof piece->text, "%s%s%s", before, oma_tag_to_string (tag), after);

  g_assert ((gsize) length < sizeof piece->text);
  piece->length = length;
}

static void
make_pieces (void)
{
  static gsize made;

  if (!g_once_init_enter (&made))
    return;
  for (guint page = 0; page < N_PAGES; page++)
    for (guint token = 0; token < N_TOKENS; token++)
      {
        OmaTag tag = (OmaTag) (page << 8 | token);
        if (oma_tag_to_string (tag) == NULL)
          continue;
        make_piece (tag, PIECE_START, "<", OMA_TAG_IS_MET_INF (tag) ? MET_INF_NAMESPACE ">" : ">");
        make_piece (tag, PIECE_END, "</", ">");
        make_piece (tag, PIECE_EMPTY, "<", "/>");
      }
  g_once_init_leave (&made, 1);
}

static G_GNUC_NO_INLINE void
make_room (GString *out, gsize size)
{
  gsize length = out->len;

  g_string_set_size (out, length + size);
  g_string_truncate (out, length);
}

/* Returns: where @size octets and a NUL can be written. */
static inline char *
ensure_room (GString *out, gsize size)
{
  if (G_UNLIKELY (out->allocated_len - out->len <= size))
    make_room (out, size);
  return out->str + out->len;
}

static inline char *
put_piece (char *at, const Piece *piece)
{
  memcpy (at, piece->text, PIECE_SIZE);    /* NULs behind the text */
  return at + piece->length;
}

static inline void
append_piece (GString *out, OmaTag tag, PieceKind kind)
{
  char *at = ensure_room (out, PIECE_SIZE);

  out->len = put_piece (at, &pieces[tag >> 8][tag & 0xff][kind]) - out->str;
}

/* SyncML 1.1 and 1.2 differ in the namespace (DM 1.1.2 and 1.2, Representation Protocol). */
static void
xml_begin (OmaSink *sink, const OmaHeader *header)
{
  g_string_append (sink->out, DECLARATION);
  g_string_append (sink->out, g_strcmp0 (header->ver_dtd, "1.1") == 0 ? "<SyncML xmlns=\"SYNCML:SYNCML1.1\">"
                                                                      : "<SyncML xmlns=\"SYNCML:SYNCML1.2\">");
}

static void
xml_start (OmaSink *sink, OmaTag tag)
{
  append_piece (sink->out, tag, PIECE_START);
}

static void
xml_end (OmaSink *sink, OmaTag tag)
{
  append_piece (sink->out, tag, PIECE_END);
}

static void
xml_leaf (OmaSink *sink, OmaTag tag, const char *text, gsize length)
{
  const Piece *tags = pieces[tag >> 8][tag & 0xff];
  GString *out = sink->out;
  char *at;

  if (G_UNLIKELY (!oma_xml_is_plain (text, length)))
    {
      append_piece (out, tag, PIECE_START);
      oma_xml_append_text (out, text, length);
      append_piece (out, tag, PIECE_END);
      return;
    }
  at = put_piece (ensure_room (out, length + 2 * PIECE_SIZE), &tags[PIECE_START]);
  if (length > 0)
    memcpy (at, text, length);
  out->len = put_piece (at + length, &tags[PIECE_END]) - out->str;
}

static void
xml_empty (OmaSink *sink, OmaTag tag)
{
  append_piece (sink->out, tag, PIECE_EMPTY);
}

static void
xml_free (OmaSink *sink)
{
  if (sink->out != NULL)
    g_string_free (sink->out, TRUE);
  g_free (sink);
}

/**
 * oma_encoder_xml_new:
 *
 * Makes a sink that writes XML in UTF-8 without a DOCTYPE: the MetInf namespace on each
 * child of Meta, no prefixes, no white space of its own.
 *
 * Returns: (transfer full): a new sink
 */
OmaSink *
oma_encoder_xml_new (void)
{
  OmaSink *sink = g_new0 (OmaSink, 1);

  make_pieces ();
  sink->begin = xml_begin;
  sink->start = xml_start;
  sink->end = xml_end;
  sink->leaf = xml_leaf;
  sink->empty = xml_empty;
  sink->free = xml_free;
  sink->out = g_string_sized_new (4096);
  sink->closing_size = strlen (CLOSING);
  return sink;
}

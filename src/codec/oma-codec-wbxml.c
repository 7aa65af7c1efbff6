/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec-wbxml.h"

#include "codec/oma-message-builder.h"
#include "codec/oma-wbxml.h"

/* The handlers of a builder set no error: the builder keeps it. */

static gboolean
start_element (guint number, const char *name, gpointer builder, GError **error G_GNUC_UNUSED)
{
  /* A literal may spell what has a token. */
  OmaTag tag = G_LIKELY (name == NULL) ? (OmaTag) number : oma_tag_from_string (name);

  return oma_message_builder_start (builder, tag, name);
}

static gboolean
leaf (guint number, const char *characters, gsize length, gpointer builder, GError **error G_GNUC_UNUSED)
{
  return oma_message_builder_leaf (builder, (OmaTag) number, characters, length);
}

static gboolean
text (const char *characters, gsize length, gpointer builder, GError **error G_GNUC_UNUSED)
{
  oma_message_builder_text (builder, characters, length);
  return TRUE;
}

static gboolean
octets (gconstpointer data, gsize size, gpointer builder, GError **error G_GNUC_UNUSED)
{
  return oma_message_builder_octets (builder, data, size);
}

static gboolean
end_element (guint number G_GNUC_UNUSED, gpointer builder, GError **error G_GNUC_UNUSED)
{
  return oma_message_builder_end (builder);
}

/* Elements in Data of an Item are its value: a document of nodes that stands in the message
 * itself (TND 1.2, section 7.7).  Elsewhere they mean nothing. */
static gboolean
document (gconstpointer data, gsize size, gpointer builder, GError **error G_GNUC_UNUSED)
{
  if (oma_message_builder_in_data (builder))
    oma_message_builder_set_data (builder, OMA_DATA_WBXML, data, size);
  return TRUE;
}

static const OmaWbxmlHandler handler = {
  .start = start_element,
  .text = text,
  .octets = octets,
  .end = end_element,
  .leaf = leaf,
  .document = document,
  .keep_in = OMA_TAG_DATA,
};

/**
 * oma_codec_wbxml_decode:
 * @bytes: the message; its texts stay where they are
 * @limits: what to accept
 * @error: return location for a #OmaCodecError
 *
 * Reads a SyncML message in WBXML (SyncML Representation Protocol 1.2, section 8).  It is
 * tolerant of what servers send: any public identifier, OPAQUE in place of text and text in
 * place of OPAQUE, the MetInf element or none, elements of other code pages, those of a
 * document of nodes in Data.
 *
 * Returns: (transfer full): the message, or %NULL: %OMA_CODEC_ERROR_MALFORMED,
 *   %OMA_CODEC_ERROR_LIMIT or %OMA_CODEC_ERROR_FORBIDDEN
 */
OmaMessage *
oma_codec_wbxml_decode (GBytes *bytes, const OmaCodecLimits *limits, GError **error)
{
  g_autoptr(OmaMessageBuilder) builder = NULL;
  g_autoptr(GError) local = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (size > limits->max_size)
    {
      g_set_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_LIMIT,
                   "A message of %" G_GSIZE_FORMAT " octets is too large", size);
      return NULL;
    }
  builder = oma_message_builder_new (limits);
  oma_message_builder_set_source (builder, bytes);
  if (!oma_wbxml_read (OMA_WBXML_SYNCML, data, size, limits->max_depth, &handler, builder, &local) && local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return oma_message_builder_finish (builder, error);
}

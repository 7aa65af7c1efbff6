/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

#include "codec/oma-encoder-wbxml.h"
#include "codec/oma-encoder-xml.h"
#include "codec/oma-wbxml.h"

struct _OmaEncoder {
  OmaEncoding encoding;
  OmaSink *sink;
  gsize    header_end;   /* 0: there is no header yet */
};

/**
 * oma_encoder_new:
 * @encoding: how to write
 *
 * Makes an encoder for one message: first oma_encoder_header(), then the commands, then
 * oma_encoder_finish().
 *
 * Returns: (transfer full): an encoder
 */
OmaEncoder *
oma_encoder_new (OmaEncoding encoding)
{
  OmaEncoder *encoder = g_new0 (OmaEncoder, 1);

  encoder->encoding = encoding;
  encoder->sink = encoding == OMA_ENCODING_WBXML ? oma_encoder_wbxml_new () : oma_encoder_xml_new ();
  return encoder;
}

/**
 * oma_encoder_free:
 * @encoder: (nullable) (transfer full): an encoder
 */
void
oma_encoder_free (OmaEncoder *encoder)
{
  if (encoder == NULL)
    return;
  oma_sink_free (encoder->sink);
  g_free (encoder);
}

/**
 * oma_encoder_header:
 * @encoder: an encoder that has got nothing yet
 * @header: the SyncHdr (SyncML Representation Protocol 1.2, section 5.2.2)
 *
 * Starts the message.  VerDTD decides the namespace or public identifier.
 */
void
oma_encoder_header (OmaEncoder *encoder, const OmaHeader *header)
{
  g_return_if_fail (encoder->header_end == 0);

  oma_sink_header (encoder->sink, header);
  encoder->header_end = encoder->sink->out->len;
}

/**
 * oma_encoder_reserve:
 * @encoder: an encoder
 * @size: octets
 *
 * Makes room for so many more octets at once: a message that grows little by little is copied
 * again and again.
 */
void
oma_encoder_reserve (OmaEncoder *encoder, gsize size)
{
  GString *out = encoder->sink->out;
  gsize length = out->len;

  g_string_set_size (out, length + size);
  g_string_truncate (out, length);
}

/**
 * oma_encoder_command:
 * @encoder: an encoder that has got its header
 * @command: a command with all its children and items; @next is not looked at
 *
 * Adds a command.  What the encoding cannot hold is replaced: a caller who wants octets to
 * arrive in XML writes them as base64.  %OMA_COMMAND_UNKNOWN and %OMA_COMMAND_UNSUPPORTED are not
 * written.
 */
void
oma_encoder_command (OmaEncoder *encoder, const OmaCommand *command)
{
  g_return_if_fail (encoder->header_end > 0);

  oma_sink_command (encoder->sink, command);
}

/**
 * oma_encoder_get_size:
 * @encoder: an encoder that has got its header
 *
 * Returns: how many octets oma_encoder_finish() would give now with Final, the closing tags
 *   included; without Final it gives a few less
 */
gsize
oma_encoder_get_size (const OmaEncoder *encoder)
{
  return encoder->sink->out->len + encoder->sink->closing_size;
}

/**
 * oma_encoder_truncate:
 * @encoder: an encoder
 * @size: what oma_encoder_get_size() returned at some time since the header was written
 *
 * Takes back the commands that were added since then.
 */
void
oma_encoder_truncate (OmaEncoder *encoder, gsize size)
{
  GString *out = encoder->sink->out;

  g_return_if_fail (size >= encoder->header_end + encoder->sink->closing_size);
  g_return_if_fail (size <= oma_encoder_get_size (encoder));

  g_string_truncate (out, size - encoder->sink->closing_size);
}

/**
 * oma_encoder_finish:
 * @encoder: an encoder that has got its header; it cannot be used any more
 * @final: whether the message is the last one of its package
 *
 * Returns: (transfer full): the message
 */
GBytes *
oma_encoder_finish (OmaEncoder *encoder, gboolean final)
{
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail (encoder->header_end > 0, NULL);

  oma_sink_close (encoder->sink, final);
  bytes = g_string_free_to_bytes (g_steal_pointer (&encoder->sink->out));
  if (OMA_WBXML_SEND_STRING_TABLE && encoder->encoding == OMA_ENCODING_WBXML)
    return oma_wbxml_share_strings (bytes);
  return g_steal_pointer (&bytes);
}

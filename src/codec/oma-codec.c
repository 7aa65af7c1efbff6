/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

#include "codec/oma-codec-wbxml.h"
#include "codec/oma-codec-xml.h"
#include "codec/oma-wbxml.h"

#include <string.h>

G_DEFINE_QUARK (oma-codec-error-quark, oma_codec_error)

/* What a message may have when nobody says otherwise. */
const OmaCodecLimits oma_codec_default_limits = {
  .max_size = 8 * 1024 * 1024,
  .max_depth = 100,
  .max_commands = 100000,
  .max_items = 50000,
};

static const struct {
  const char *media_type;
  OmaEncoding encoding;
} media_types[] = {
  { OMA_MEDIA_TYPE_XML, OMA_ENCODING_XML },
  { OMA_MEDIA_TYPE_WBXML, OMA_ENCODING_WBXML },
  { "application/vnd.syncml+xml", OMA_ENCODING_XML },
  { "application/vnd.syncml+wbxml", OMA_ENCODING_WBXML },
  { "application/xml", OMA_ENCODING_XML },
  { "text/xml", OMA_ENCODING_XML },
};

/**
 * oma_media_type_is:
 * @media_type: (nullable): a Content-Type, with or without parameters
 * @name: a media type without parameters
 *
 * Returns: whether @media_type is @name, whose case and parameters do not count (RFC 9110, 8.3.1)
 */
gboolean
oma_media_type_is (const char *media_type, const char *name)
{
  const gsize length = strlen (name);

  if (media_type == NULL)
    return FALSE;
  while (g_ascii_isspace (*media_type))
    media_type++;
  return strcspn (media_type, "; \t") == length && g_ascii_strncasecmp (media_type, name, length) == 0;
}

/**
 * oma_encoding_from_media_type:
 * @media_type: (nullable): a Content-Type, with or without parameters
 * @encoding: (out): the encoding
 *
 * Recognises the media types of DM (DM Protocol 1.2, MIME types), of SyncML, and those of
 * plain XML that some servers send.  Parameters are ignored: the document itself says which
 * character set it has.
 *
 * Returns: %FALSE when @media_type is none of a message
 */
gboolean
oma_encoding_from_media_type (const char *media_type, OmaEncoding *encoding)
{
  for (gsize i = 0; i < G_N_ELEMENTS (media_types); i++)
    if (oma_media_type_is (media_type, media_types[i].media_type))
      {
        *encoding = media_types[i].encoding;
        return TRUE;
      }
  return FALSE;
}

/**
 * oma_encoding_get_media_type:
 * @encoding: an encoding
 *
 * Returns: the media type to send with it
 */
const char *
oma_encoding_get_media_type (OmaEncoding encoding)
{
  return encoding == OMA_ENCODING_WBXML ? OMA_MEDIA_TYPE_WBXML : OMA_MEDIA_TYPE_XML;
}

/**
 * oma_encoding_guess:
 * @data: (nullable): a message
 * @size: its octets
 *
 * Returns: how a message is written that came without a media type, by its first octets
 */
OmaEncoding
oma_encoding_guess (gconstpointer data, gsize size)
{
  return oma_wbxml_looks_like (data, size) ? OMA_ENCODING_WBXML : OMA_ENCODING_XML;
}

/**
 * oma_codec_decode_bytes:
 * @encoding: how the message is written
 * @bytes: the message; what is read of WBXML refers to it
 * @limits: (nullable): what to accept, %NULL for oma_codec_default_limits
 * @error: return location for a #OmaCodecError
 *
 * Reads a message.  The limits are kept while it is read, so that a hostile one costs no
 * more than they allow.  So that the items of all commands stay bounded too, each item but
 * the first of a command counts as a command.
 *
 * Returns: (transfer full): the message, or %NULL when it is refused: nothing of it is to be
 *   believed then
 */
OmaMessage *
oma_codec_decode_bytes (OmaEncoding encoding, GBytes *bytes, const OmaCodecLimits *limits, GError **error)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (limits == NULL)
    limits = &oma_codec_default_limits;
  if (size == 0)
    {
      g_set_error_literal (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED, "The message is empty");
      return NULL;
    }
  if (encoding == OMA_ENCODING_WBXML)
    return oma_codec_wbxml_decode (bytes, limits, error);
  return oma_codec_xml_decode (data, size, limits, error);
}

/**
 * oma_codec_decode:
 * @encoding: how the message is written
 * @data: (nullable): the message, copied
 * @size: its octets
 * @limits: (nullable): what to accept, %NULL for oma_codec_default_limits
 * @error: return location for a #OmaCodecError
 *
 * Reads a message that is in no #GBytes, see oma_codec_decode_bytes().
 *
 * Returns: (transfer full): the message, or %NULL when it is refused
 */
OmaMessage *
oma_codec_decode (OmaEncoding encoding, gconstpointer data, gsize size, const OmaCodecLimits *limits, GError **error)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size);

  return oma_codec_decode_bytes (encoding, bytes, limits, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"
#include "codec/oma-wbxml.h"

#include <string.h>

#define MAX_DEPTH 32

/* ---- The reader: what it hands over is well-formed, whatever comes in ---- */

typedef struct {
  guint depth;
  gsize octets;
} Seen;

static gboolean
start (guint tag, const char *name, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Seen *seen = user_data;

  g_assert_true ((tag == 0) == (name != NULL));
  g_assert_true (name == NULL || g_utf8_validate (name, -1, NULL));
  g_assert_cmpuint (++seen->depth, <=, MAX_DEPTH + 1);
  return TRUE;
}

static gboolean
attribute (const char *name, const char *value, gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_true (g_utf8_validate (value, -1, NULL));
  return TRUE;
}

static gboolean
text (const char *characters, gsize length, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Seen *seen = user_data;

  g_assert_true (g_utf8_validate_len (characters, length, NULL));
  seen->octets += length;
  return TRUE;
}

static gboolean
octets (gconstpointer data G_GNUC_UNUSED, gsize size, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Seen *seen = user_data;

  seen->octets += size;
  return TRUE;
}

static gboolean
end (guint tag G_GNUC_UNUSED, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Seen *seen = user_data;

  g_assert_cmpuint (seen->depth--, >, 0);
  return TRUE;
}

static const OmaWbxmlHandler handler = {
  .start = start, .attribute = attribute, .text = text, .octets = octets, .end = end,
};

static void
check_reader (OmaWbxmlDocument document, const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  Seen seen = { 0 };
  gboolean good = oma_wbxml_read (document, data, size, MAX_DEPTH, &handler, &seen, &error);

  g_assert_true (good == (error == NULL));
  g_assert_true (!good || seen.depth == 0);
  g_assert_cmpuint (seen.octets, <=, 2 * size + OMA_WBXML_MAX_EXPANSION);     /* ISO-8859-1 can double */
}

/* ---- Messages ---- */

static GBytes *
encode (OmaEncoding encoding, const OmaMessage *message)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (encoding);
  gsize size, before;
  GBytes *bytes;

  oma_encoder_header (encoder, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    {
      before = oma_encoder_get_size (encoder);
      oma_encoder_command (encoder, command);
      oma_encoder_truncate (encoder, before);
      oma_encoder_command (encoder, command);
    }
  size = oma_encoder_get_size (encoder);
  bytes = oma_encoder_finish (encoder, message->final);
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, size);
  return bytes;
}

static OmaMessage *
decode (OmaEncoding encoding, GBytes *bytes)
{
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(GError) error = NULL;
  OmaMessage *message;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  limits.max_size = G_MAXINT;
  limits.max_depth += 1;     /* a LocURI where the text stood in Target itself */
  message = oma_codec_decode (encoding, data, size, &limits, &error);
  g_assert_no_error (error);
  return message;
}

/* What was written is read as what it was, and both encodings say the same of it. */
static void
check_message (const OmaMessage *message)
{
  g_autoptr(GBytes) once = encode (OMA_ENCODING_WBXML, message);
  g_autoptr(OmaMessage) again = decode (OMA_ENCODING_WBXML, once);
  g_autoptr(GBytes) twice = encode (OMA_ENCODING_WBXML, again);
  g_autoptr(GBytes) xml = encode (OMA_ENCODING_XML, message);
  g_autoptr(OmaMessage) of_xml = decode (OMA_ENCODING_XML, xml);

  g_autoptr(GBytes) shared = oma_wbxml_share_strings (once);
  g_autoptr(OmaMessage) of_shared = decode (OMA_ENCODING_WBXML, shared);
  g_autoptr(GBytes) unshared = encode (OMA_ENCODING_WBXML, of_shared);

  g_assert_true (g_bytes_equal (once, twice));
  g_assert_true (g_bytes_equal (once, unshared));
  g_assert_cmpuint (of_xml->n_commands, ==, again->n_commands);
  g_assert_cmpint (of_xml->final, ==, message->final);
}

static OmaSecrecy
get_secrecy (const char *uri, gpointer user_data G_GNUC_UNUSED)
{
  return strstr (uri, "Secret") != NULL ? OMA_SECRECY_VALUE
                                        : strstr (uri, "Box") != NULL ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
}

static void
check_description (const uint8_t *data, size_t size, OmaSecrecyFunc func)
{
  g_autofree char *description = oma_codec_describe (OMA_ENCODING_WBXML, data, size, func, NULL);

  g_assert_true (g_utf8_validate (description, -1, NULL));
  g_assert_cmpuint (strlen (description), <=, 64 * 1024);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_WBXML, data, size, NULL, &error);

  g_assert_true ((message == NULL) == (error != NULL));
  if (message != NULL)
    check_message (message);
  check_description (data, size, get_secrecy);
  check_description (data, size, NULL);
  check_reader (OMA_WBXML_SYNCML, data, size);
  check_reader (OMA_WBXML_DDF, data, size);
  check_reader (OMA_WBXML_PROVISIONING, data, size);
  oma_wbxml_looks_like (data, size);
  return 0;
}

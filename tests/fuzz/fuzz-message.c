/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "codec/oma-codec.h"

#include <string.h>

static GBytes *
encode (const OmaMessage *message)
{
  g_autoptr(OmaEncoder) encoder = oma_encoder_new (OMA_ENCODING_XML);
  gsize size;
  GBytes *bytes;

  oma_encoder_header (encoder, &message->header);
  for (const OmaCommand *command = message->first_command; command != NULL; command = command->next)
    oma_encoder_command (encoder, command);
  size = oma_encoder_get_size (encoder);
  bytes = oma_encoder_finish (encoder, message->final);
  g_assert_cmpuint (g_bytes_get_size (bytes), <=, size);
  return bytes;
}

/* What was written is read as what it was. */
static void
check_round_trip (const OmaMessage *message)
{
  OmaCodecLimits limits = oma_codec_default_limits;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) once = encode (message);
  g_autoptr(GBytes) twice = NULL;
  g_autoptr(OmaMessage) again = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (once, &size);

  limits.max_size = G_MAXINT;
  limits.max_depth += 1;     /* a LocURI where the text stood in Target itself */
  again = oma_codec_decode (OMA_ENCODING_XML, data, size, &limits, &error);
  g_assert_no_error (error);
  twice = encode (again);
  g_assert_true (g_bytes_equal (once, twice));
}

static OmaSecrecy
get_secrecy (const char *uri, gpointer user_data G_GNUC_UNUSED)
{
  return strstr (uri, "Secret") != NULL ? OMA_SECRECY_VALUE
                                        : strstr (uri, "Box") != NULL ? OMA_SECRECY_INTERIOR : OMA_SECRECY_NONE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(OmaMessage) message = oma_codec_decode (OMA_ENCODING_XML, data, size, NULL, &error);
  g_autofree char *text = oma_codec_describe (OMA_ENCODING_XML, data, size, get_secrecy, NULL);

  g_assert_true ((message == NULL) == (error != NULL));
  if (message != NULL)
    check_round_trip (message);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <=, 64 * 1024);
  return 0;
}

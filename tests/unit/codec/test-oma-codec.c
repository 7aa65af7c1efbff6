/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-codec.h"

#include <string.h>

static void
test_media_types (void)
{
  static const struct {
    const char *media_type;
    OmaEncoding encoding;
  } known[] = {
    { "application/vnd.syncml.dm+xml", OMA_ENCODING_XML },
    { "application/vnd.syncml.dm+xml; charset=utf-8", OMA_ENCODING_XML },
    { "application/vnd.syncml.dm+xml;charset=UTF-8", OMA_ENCODING_XML },
    { " Application/Vnd.SyncML.DM+XML ", OMA_ENCODING_XML },
    { "application/vnd.syncml+xml", OMA_ENCODING_XML },
    { "text/xml", OMA_ENCODING_XML },
    { "application/xml", OMA_ENCODING_XML },
    { "application/vnd.syncml.dm+wbxml", OMA_ENCODING_WBXML },
    { "application/vnd.syncml+wbxml", OMA_ENCODING_WBXML },
  };
  static const char *const unknown[] = { NULL, "", ";", "text/html", "application/vnd.syncml.dm+xmlx", "text" };
  OmaEncoding encoding;

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_assert_true (oma_encoding_from_media_type (known[i].media_type, &encoding));
      g_assert_cmpint (encoding, ==, known[i].encoding);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++)
    g_assert_false (oma_encoding_from_media_type (unknown[i], &encoding));
  g_assert_cmpstr (oma_encoding_get_media_type (OMA_ENCODING_XML), ==, "application/vnd.syncml.dm+xml");
  g_assert_cmpstr (oma_encoding_get_media_type (OMA_ENCODING_WBXML), ==, "application/vnd.syncml.dm+wbxml");
}

static void
test_octets_tell_the_encoding (void)
{
  g_assert_cmpint (oma_encoding_guess ("\x02\xa4\x01\x6a\x00\x6d", 6), ==, OMA_ENCODING_WBXML);
  g_assert_cmpint (oma_encoding_guess ("<SyncML/>", 9), ==, OMA_ENCODING_XML);
  g_assert_cmpint (oma_encoding_guess ("\xef\xbb\xbf<SyncML/>", 12), ==, OMA_ENCODING_XML);
  g_assert_cmpint (oma_encoding_guess (NULL, 0), ==, OMA_ENCODING_XML);
}

static void
test_nothing_is_malformed (void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (oma_codec_decode (OMA_ENCODING_XML, NULL, 0, NULL, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (oma_codec_decode (OMA_ENCODING_WBXML, NULL, 0, NULL, &error));
  g_assert_error (error, OMA_CODEC_ERROR, OMA_CODEC_ERROR_MALFORMED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec/media-types", test_media_types);
  g_test_add_func ("/codec/octets-tell-the-encoding", test_octets_tell_the_encoding);
  g_test_add_func ("/codec/empty", test_nothing_is_malformed);
  return g_test_run ();
}

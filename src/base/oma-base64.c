/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-base64.h"

#define WINDOW 4096     /* characters that are decoded in one go */

/**
 * oma_base64_decoder_check:
 * @decoder: a decoder
 * @text: the next part of the text
 * @length: octets of @text
 *
 * Looks at a part before oma_base64_decoder_feed() decodes it.
 *
 * Returns: whether it can go on like this
 */
gboolean
oma_base64_decoder_check (OmaBase64Decoder *decoder, const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (g_ascii_isspace (text[i]))
        continue;
      if (text[i] == '=' && decoder->padding < 2)
        decoder->padding++;
      else if (decoder->padding > 0 || !(g_ascii_isalnum (text[i]) || text[i] == '+' || text[i] == '/'))
        return FALSE;
      else
        decoder->digits++;
    }
  return TRUE;
}

/**
 * oma_base64_decoder_feed:
 * @decoder: a decoder
 * @text: the next part of the text, which was checked
 * @length: octets of @text
 * @func: gets what it stands for, in parts
 * @user_data: for @func
 *
 * Returns: what @func said last, %TRUE when it was not called
 */
gboolean
oma_base64_decoder_feed (OmaBase64Decoder *decoder, const char *text, gsize length, OmaBase64Func func,
                         gpointer user_data)
{
  guchar octets[WINDOW];

  while (length > 0)
    {
      const gsize n = MIN (length, WINDOW);
      const gsize size = g_base64_decode_step (text, n, octets, &decoder->state, &decoder->save);

      if (!func ((const char *) octets, size, user_data))
        return FALSE;
      text += n;
      length -= n;
    }
  return TRUE;
}

/**
 * oma_base64_decoder_is_complete:
 * @decoder: a decoder
 *
 * Returns: whether the text may end here
 */
gboolean
oma_base64_decoder_is_complete (const OmaBase64Decoder *decoder)
{
  return (decoder->digits + decoder->padding) % 4 == 0;
}

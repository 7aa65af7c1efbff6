/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaBase64Decoder:
 * @state, @save: of g_base64_decode_step()
 * @digits: characters so far that stand for something
 * @padding: and those behind them
 *
 * Base64 text on its way, strictly read; at first all zero.  A part may end anywhere, and there may be line breaks.
 */
typedef struct {
  int     state;
  guint   save;
  guint64 digits;
  guint   padding;
} OmaBase64Decoder;

/* What a decoded part is given to; FALSE ends it. */
typedef gboolean (*OmaBase64Func) (const char *octets, gsize size, gpointer user_data);

gboolean oma_base64_decoder_check       (OmaBase64Decoder *decoder, const char *text, gsize length);
gboolean oma_base64_decoder_feed        (OmaBase64Decoder *decoder, const char *text, gsize length, OmaBase64Func func,
                                         gpointer user_data);
gboolean oma_base64_decoder_is_complete (const OmaBase64Decoder *decoder);

G_END_DECLS

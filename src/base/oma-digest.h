/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char    *oma_digest_basic        (const char *name, const char *secret);
char    *oma_digest_md5          (const char *name, const char *secret, GBytes *nonce);
gboolean oma_digest_equal        (const char *a, const char *b);
GBytes  *oma_digest_decode_nonce (const char *text, GError **error);
char    *oma_digest_encode_nonce (GBytes *nonce);

G_END_DECLS

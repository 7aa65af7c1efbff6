/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaDigestType:
 *
 * The hash in the formulas of DM Security 1.2, section 5.3.  SHA-256 in its place is our
 * reading of DM 1.3.
 */
typedef enum {
  OMA_DIGEST_MD5,
  OMA_DIGEST_SHA256,
} OmaDigestType;

char    *oma_digest_basic        (const char *name, const char *secret);
char    *oma_digest_response     (OmaDigestType type, const char *name, const char *secret, GBytes *nonce);
char    *oma_digest_mac          (OmaDigestType type, const char *name, const char *secret, GBytes *nonce,
                                  GBytes *body);
char    *oma_digest_mac_rfc2104  (OmaDigestType type, const char *name, const char *secret, GBytes *nonce,
                                  GBytes *body);
char    *oma_digest_mac_timed    (const char *name, const char *secret, gint64 timestamp, GBytes *body);
gboolean oma_digest_equal        (const char *a, const char *b);
GBytes  *oma_digest_decode_nonce (const char *text, GError **error);
char    *oma_digest_encode_nonce (GBytes *nonce);

G_END_DECLS

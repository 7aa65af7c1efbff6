/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaMacAlgorithm:
 * @OMA_MAC_UNKNOWN: a name that we do not have
 * @OMA_MAC_MD5: the specification's formula with MD5
 * @OMA_MAC_SHA256: the same with SHA-256, our reading of DM 1.3
 * @OMA_MAC_TIMED: RFC 2104 with SHA-256 over the time and the message, our reading
 *
 * How the mac of a message is made.
 */
typedef enum {
  OMA_MAC_UNKNOWN,
  OMA_MAC_MD5,
  OMA_MAC_SHA256,
  OMA_MAC_TIMED,
} OmaMacAlgorithm;

/**
 * OmaMac:
 * @algorithm: how it is made
 * @username: name of the sender
 * @is_quoted: @username stands in quotes, as it must
 * @has_timestamp: there is a @timestamp
 * @timestamp: when it was made, seconds since the epoch
 * @mac: base64 text with padding
 *
 * What stands in the header x-syncml-hmac.
 */
typedef struct {
  OmaMacAlgorithm algorithm;
  char           *username;
  gboolean        is_quoted;
  gboolean        has_timestamp;
  gint64          timestamp;
  char           *mac;
} OmaMac;

gboolean oma_mac_parse    (OmaMac *mac, const char *text, GError **error);
char    *oma_mac_to_text  (const OmaMac *mac);
char    *oma_mac_dup_from_hex (const OmaMac *mac);
void     oma_mac_clear    (OmaMac *mac);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmaMac, oma_mac_clear)

G_END_DECLS

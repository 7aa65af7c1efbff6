/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"

G_BEGIN_DECLS

#define OMA_REDACTED "[redacted]"

/* Octets that are shown of what nobody reads to its end: base64 and parts of large objects. */
#define OMA_REDACTION_MAX_BEGINNING 64

gboolean oma_transcript_has_secrets (OmaTranscript *transcript);
void     oma_transcript_redact      (OmaTranscript *transcript, gboolean sent, OmaMessage *message);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"

G_BEGIN_DECLS

/**
 * OmaCodecError:
 * @OMA_CODEC_ERROR_MALFORMED: not well-formed, or not a SyncML message
 * @OMA_CODEC_ERROR_LIMIT: larger, deeper or with more parts than #OmaCodecLimits allow
 * @OMA_CODEC_ERROR_FORBIDDEN: an entity declaration or another thing that is never read
 * @OMA_CODEC_ERROR_ENCODING: an encoding that is not known
 */
typedef enum {
  OMA_CODEC_ERROR_MALFORMED,
  OMA_CODEC_ERROR_LIMIT,
  OMA_CODEC_ERROR_FORBIDDEN,
  OMA_CODEC_ERROR_ENCODING,
} OmaCodecError;

#define OMA_CODEC_ERROR (oma_codec_error_quark ())
GQuark oma_codec_error_quark (void);

/**
 * OmaEncoding:
 *
 * How a message is written; each has a media type (DM Protocol 1.2, MIME types).
 */
typedef enum {
  OMA_ENCODING_XML,
  OMA_ENCODING_WBXML,
} OmaEncoding;

#define OMA_MEDIA_TYPE_XML "application/vnd.syncml.dm+xml"
#define OMA_MEDIA_TYPE_WBXML "application/vnd.syncml.dm+wbxml"

gboolean    oma_media_type_is            (const char *media_type, const char *name);
gboolean    oma_encoding_from_media_type (const char *media_type, OmaEncoding *encoding);
const char *oma_encoding_get_media_type  (OmaEncoding encoding);
OmaEncoding oma_encoding_guess           (gconstpointer data, gsize size);

/**
 * OmaCodecLimits:
 * @max_size: octets of a message
 * @max_depth: nested elements
 * @max_commands: commands of a message, those in containers included
 * @max_items: items of one command
 */
typedef struct {
  gsize max_size;
  guint max_depth;
  guint max_commands;
  guint max_items;
} OmaCodecLimits;

extern const OmaCodecLimits oma_codec_default_limits;

OmaMessage *oma_codec_decode       (OmaEncoding encoding, gconstpointer data, gsize size, const OmaCodecLimits *limits,
                                    GError **error);
OmaMessage *oma_codec_decode_bytes (OmaEncoding encoding, GBytes *bytes, const OmaCodecLimits *limits, GError **error);

/**
 * OmaEncoder:
 *
 * Writes one message, command by command, so that its size is known at each step.
 */
typedef struct _OmaEncoder OmaEncoder;

OmaEncoder *oma_encoder_new        (OmaEncoding encoding);
void        oma_encoder_free       (OmaEncoder *encoder);
void        oma_encoder_header     (OmaEncoder *encoder, const OmaHeader *header);
void        oma_encoder_reserve    (OmaEncoder *encoder, gsize size);
void        oma_encoder_command    (OmaEncoder *encoder, const OmaCommand *command);
gsize       oma_encoder_get_size   (const OmaEncoder *encoder);
void        oma_encoder_truncate   (OmaEncoder *encoder, gsize size);
GBytes     *oma_encoder_finish     (OmaEncoder *encoder, gboolean final);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaEncoder, oma_encoder_free)

/**
 * OmaSecrecy:
 * @OMA_SECRECY_NONE: everything
 * @OMA_SECRECY_VALUE: nothing: nobody may read the node
 * @OMA_SECRECY_INTERIOR: an interior node: what is put there is a document of nodes, which may hold secrets
 * @OMA_SECRECY_UNKNOWN: there is no such node: what is put there may be a secret of one whose plugin is missing, or whose
 *   address is misspelt
 *
 * What Data for a node may show to people.
 */
typedef enum {
  OMA_SECRECY_NONE,
  OMA_SECRECY_VALUE,
  OMA_SECRECY_INTERIOR,
  OMA_SECRECY_UNKNOWN,
} OmaSecrecy;

typedef OmaSecrecy (*OmaSecrecyFunc) (const char *uri, gpointer user_data);

char *oma_codec_describe (OmaEncoding encoding, gconstpointer data, gsize size, OmaSecrecyFunc get_secrecy,
                          gpointer user_data);

/**
 * OmaTranscript:
 *
 * Makes readable forms of the messages of one session, with what earlier messages told of later ones.
 */
typedef struct _OmaTranscript OmaTranscript;

OmaTranscript *oma_transcript_new      (OmaSecrecyFunc get_secrecy, gpointer user_data);
void           oma_transcript_free     (OmaTranscript *transcript);
void           oma_transcript_miss     (OmaTranscript *transcript, gboolean sent);
char          *oma_transcript_describe (OmaTranscript *transcript, gboolean sent, OmaEncoding encoding,
                                        gconstpointer data, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaTranscript, oma_transcript_free)

G_END_DECLS

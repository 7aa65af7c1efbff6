/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-codec.h"
#include "session/oma-alert-queue.h"
#include "session/oma-batch.h"

G_BEGIN_DECLS

#define OMA_DM1_ALERT_SERVER_INITIATED 1200
#define OMA_DM1_ALERT_CLIENT_INITIATED 1201
#define OMA_DM1_ALERT_NEXT_MESSAGE 1222
#define OMA_DM1_ALERT_SESSION_ABORT 1223
#define OMA_DM1_ALERT_NO_END_OF_DATA 1225

#define OMA_DM1_N_DEV_INFO 5
extern const char *const oma_dm1_dev_info[OMA_DM1_N_DEV_INFO];

/**
 * OmaHeaderStatus:
 * @msg_id: (nullable): MsgID of the message that is answered, %NULL when there is none
 * @target: (nullable): its Target
 * @source: (nullable): its Source
 * @status: the code
 * @has_chal: a challenge goes along
 * @chal: type and format of the challenge
 * @nonce: (nullable): its nonce, as base64 text
 *
 * The Status that we owe for the SyncHdr of a message.
 */
typedef struct {
  char     *msg_id;
  char     *target;
  char     *source;
  OmaStatus status;
  gboolean  has_chal;
  OmaMeta   chal;
  char     *nonce;
} OmaHeaderStatus;

void oma_header_status_clear (OmaHeaderStatus *header_status);

/* Octets that are kept free for Alert, Final and the closing tags. */
#define OMA_DM1_TAIL 200

/**
 * OmaDm1Writer:
 * @encoder: the message so far
 * @encoding: how it is written
 * @cmd_id: CmdID of the last command
 * @limit: octets that the message may have, 0 for any
 * @max_object: octets that an object may have, 0 for any
 * @base: octets before the answers
 *
 * A message of the client that is being written.
 */
struct _OmaDm1Writer {
  OmaEncoder *encoder;
  OmaEncoding encoding;
  guint       cmd_id;
  gsize       limit;
  guint64     max_object;
  gsize       base;
};

void     oma_dm1_writer_begin         (OmaDm1Writer *writer, OmaEncoding encoding, const OmaHeader *header,
                                       gsize limit);
void     oma_dm1_write_command        (OmaDm1Writer *writer, OmaCommand *command);
gboolean oma_dm1_needs_base64         (const OmaValue *value);
GBytes  *oma_dm1_writer_end           (OmaDm1Writer *writer, gboolean final);
void     oma_dm1_write_header_status  (OmaDm1Writer *writer, const OmaHeaderStatus *header_status);
void     oma_dm1_write_alert          (OmaDm1Writer *writer, guint code);
gboolean oma_dm1_write_client_alert   (OmaDm1Writer *writer, const OmaAlert *alert);
gboolean oma_dm1_must_cut_client_alert (OmaDm1Writer *writer, const OmaAlert *alert);
gboolean oma_dm1_write_client_alert_part (OmaDm1Writer *writer, const OmaAlert *alert, OmaObjectOut *out);
void     oma_dm1_write_dev_info       (OmaDm1Writer *writer, OmaValue *const *values);
gboolean oma_dm1_write_batch          (OmaDm1Writer *writer, OmaBatch *batch);

G_END_DECLS

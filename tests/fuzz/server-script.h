/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-message.h"

#include <stdint.h>

G_BEGIN_DECLS

/* A script is these octets of settings, then records of so many. */
#define SCRIPT_SETTINGS 8
#define SCRIPT_RECORD 4

/* How the server proves who it is in one message. */
typedef enum {
  SCRIPT_PROOF_AS_AGREED,
  SCRIPT_PROOF_NONE,
  SCRIPT_PROOF_WRONG,
  SCRIPT_PROOF_OLD,          /* the nonce before */
  SCRIPT_PROOF_BASIC,
} ScriptProof;

#define SCRIPT_N_PROOFS (SCRIPT_PROOF_BASIC + 1)

/**
 * ScriptMessage:
 * @header: the SyncHdr; credentials are not in it
 * @first: (nullable): its commands
 * @final: whether it has Final
 * @is_wbxml: how it is written
 * @is_repeated: it is sent twice
 * @is_orderly: it keeps to what a server must do: each command must be answered once
 * @hdr_status: the Status for our SyncHdr, 0 for none
 * @challenges: the Status comes with a Chal
 * @proof: how the server proves who it is
 * @faults: what goes wrong with the tree meanwhile, one bit each
 * @time: how far the clock moves before
 * @n_damages: octets that are changed on the way
 * @damages: position and new octet
 *
 * What the server says next.
 */
typedef struct {
  OmaHeader   header;
  OmaCommand *first;
  gboolean    final;
  gboolean    is_wbxml;
  gboolean    is_repeated;
  gboolean    is_orderly;
  guint       hdr_status;
  gboolean    challenges;
  ScriptProof proof;
  guint       faults;
  gint        time;
  guint       n_damages;
  struct {
    guint  position;
    guint8 octet;
  } damages[4];
} ScriptMessage;

/**
 * Script:
 *
 * A program for a management server, made of any octets: the shorter it is, the more of it makes sense.
 */
typedef struct _Script Script;

Script  *script_new      (const uint8_t *data, size_t size);
void     script_free     (Script *script);
gboolean script_next     (Script *script, ScriptMessage *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Script, script_free)

G_END_DECLS

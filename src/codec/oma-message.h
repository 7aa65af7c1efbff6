/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-command.h"

#include <obstack.h>

G_BEGIN_DECLS

/**
 * OmaHeader:
 *
 * A SyncHdr.  Strings are %NULL where the element is absent.
 */
typedef struct {
  const char *ver_dtd;
  const char *ver_proto;
  const char *session_id;
  const char *msg_id;
  const char *target;
  const char *source;
  const char *source_name;
  const char *target_name;
  const char *resp_uri;
  gboolean    no_resp;
  gboolean    has_cred;
  OmaMeta     cred_meta;
  const char *cred_data;
  OmaMeta     meta;
} OmaHeader;

/**
 * OmaMessage:
 * @header: the SyncHdr
 * @first_command, @last_command: commands of the SyncBody in document order
 * @n_commands: how many, those in containers included
 * @final: the SyncBody holds Final
 * @arena: private: the memory that the message points to
 * @source: private: (nullable): the document, where texts stand in it that the message points to
 *
 * A decoded message.
 */
typedef struct {
  OmaHeader      header;
  OmaCommand    *first_command;
  OmaCommand    *last_command;
  guint          n_commands;
  gboolean       final;
  struct obstack arena;
  GBytes        *source;
} OmaMessage;

OmaMessage *oma_message_new    (void);
void        oma_message_free   (OmaMessage *message);
char       *oma_message_strdup (OmaMessage *message, const char *text, gssize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OmaMessage, oma_message_free)

G_END_DECLS

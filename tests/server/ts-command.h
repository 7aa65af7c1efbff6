/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec/oma-command.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * TsCommand:
 * @command: what is sent
 * @raw: (nullable): XML that is sent as it is in place of @command
 * @is_break: no command, but the end of a package
 *
 * A command that waits in the queues of one or more devices.
 */
typedef struct {
  gatomicrefcount refs;
  OmaCommand      command;
  char           *raw;
  gboolean        is_break;
  char            id[12];
  GPtrArray      *strings;
  GPtrArray      *children;
} TsCommand;

TsCommand *ts_command_ref      (TsCommand *command);
void       ts_command_unref    (TsCommand *command);
GPtrArray *ts_commands_parse   (JsonNode *node, GError **error);
GPtrArray *ts_commands_load    (const char *file, GError **error);
void       ts_command_number   (TsCommand *command, guint *last_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TsCommand, ts_command_unref)

G_END_DECLS

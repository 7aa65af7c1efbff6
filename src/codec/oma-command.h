/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OmaCommandType:
 *
 * Commands of a SyncBody.  %OMA_COMMAND_UNSUPPORTED is a command of SyncML that DM does not
 * use (Put, Search, Sync, Map, Move: Status 406); %OMA_COMMAND_UNKNOWN any other element
 * (Status 400).
 */
typedef enum {
  OMA_COMMAND_UNKNOWN,
  OMA_COMMAND_UNSUPPORTED,
  OMA_COMMAND_ADD,
  OMA_COMMAND_ALERT,
  OMA_COMMAND_ATOMIC,
  OMA_COMMAND_COPY,
  OMA_COMMAND_DELETE,
  OMA_COMMAND_EXEC,
  OMA_COMMAND_GET,
  OMA_COMMAND_REPLACE,
  OMA_COMMAND_RESULTS,
  OMA_COMMAND_SEQUENCE,
  OMA_COMMAND_STATUS,
} OmaCommandType;

/**
 * OmaMeta:
 *
 * Meta of a command, item, credential, challenge or header (SyncML Meta-Information 1.2).
 * Strings are %NULL where the element is absent; numbers are 0.
 */
typedef struct {
  const char *format;
  const char *type;
  const char *mark;
  const char *next_nonce;
  guint64     size;
  guint64     max_msg_size;
  guint64     max_obj_size;
  gboolean    has_size;
} OmaMeta;

/**
 * OmaDataKind:
 * @OMA_DATA_TEXT: text, as XML character data or WBXML strings carried it
 * @OMA_DATA_OCTETS: octets (WBXML OPAQUE)
 * @OMA_DATA_XML: the element held markup in place of text; it is kept as an XML document
 * @OMA_DATA_WBXML: the element held WBXML elements of another code page; they are kept as a
 *   WBXML document of their own
 *
 * What the Data element of an item held.
 */
typedef enum {
  OMA_DATA_TEXT,
  OMA_DATA_OCTETS,
  OMA_DATA_XML,
  OMA_DATA_WBXML,
} OmaDataKind;

/**
 * OmaItem:
 * @data: (nullable): octets of Data as they came, not NUL-terminated; %NULL: no Data element
 * @kind: what @data is
 */
typedef struct {
  const char *target;
  const char *source;
  const char *target_name;   /* LocName */
  const char *source_name;
  OmaMeta     meta;
  const char *data;
  gsize       data_length;
  OmaDataKind kind;
  gboolean    more_data;
} OmaItem;

/**
 * OmaCommand:
 * @name: element name, for Cmd of the Status
 * @cmd_id: (nullable): opaque text, copied into CmdRef; %NULL when it is missing
 * @data: (nullable): Data of an Alert or Status: a code
 * @chal: (nullable): challenge in a Status
 * @first_child, @last_child: what an Atomic or Sequence holds
 * @next: the next command of the same container
 *
 * A command with everything its element can hold.  A plain structure in the arena of its
 * message; behaviour is elsewhere.
 */
typedef struct _OmaCommand OmaCommand;
struct _OmaCommand {
  OmaCommandType type;
  const char    *name;
  const char    *cmd_id;
  const char    *msg_ref;
  const char    *cmd_ref;
  const char    *cmd;
  const char    *target_ref;
  const char    *source_ref;
  const char    *data;
  const char    *correlator;
  OmaMeta        meta;
  OmaMeta       *chal;
  OmaItem       *items;
  guint          n_items;
  gboolean       no_resp;
  OmaCommand    *first_child;
  OmaCommand    *last_child;
  OmaCommand    *next;
};

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "server-script.h"

#include <string.h>

#define MAX_COMMANDS 48
#define MAX_ITEMS 4
#define MAX_OPEN 8
#define RAW 0xf0     /* of an index: what the script itself spelt out last */

#define TNDS_XML "application/vnd.syncml.dmtnds+xml"
#define TNDS_WBXML "application/vnd.syncml.dmtnds+wbxml"
#define NODE(name, content) "<Node><NodeName>" name "</NodeName>" content "</Node>"
#define TREE(nodes) "<MgmtTree><VerDTD>1.2</VerDTD>" nodes "</MgmtTree>"
#define LINE "0123456789abcdefghijklmnopqrstuvwxyz*+,-./0123456789ABCDEFGHIJKL"

typedef enum {
  OP_COMMAND,
  OP_ITEM,
  OP_PART,
  OP_CLOSE,
  OP_STATUS,
  OP_HEADER,
  OP_META,
  OP_RAW,
  OP_FAULT,
  OP_SEND,
} Op;

/* What the first octet of a record says: the likelier, the more often it is here. */
static const struct {
  Op             op;
  OmaCommandType type;
  const char    *name;
} ops[] = {
  { OP_COMMAND, OMA_COMMAND_GET, "Get" }, { OP_COMMAND, OMA_COMMAND_GET, "Get" },
  { OP_COMMAND, OMA_COMMAND_ADD, "Add" }, { OP_COMMAND, OMA_COMMAND_ADD, "Add" },
  { OP_COMMAND, OMA_COMMAND_ADD, "Add" }, { OP_COMMAND, OMA_COMMAND_REPLACE, "Replace" },
  { OP_COMMAND, OMA_COMMAND_REPLACE, "Replace" }, { OP_COMMAND, OMA_COMMAND_REPLACE, "Replace" },
  { OP_COMMAND, OMA_COMMAND_DELETE, "Delete" }, { OP_COMMAND, OMA_COMMAND_DELETE, "Delete" },
  { OP_COMMAND, OMA_COMMAND_COPY, "Copy" }, { OP_COMMAND, OMA_COMMAND_EXEC, "Exec" },
  { OP_COMMAND, OMA_COMMAND_ALERT, "Alert" }, { OP_COMMAND, OMA_COMMAND_ALERT, "Alert" },
  { OP_COMMAND, OMA_COMMAND_ATOMIC, "Atomic" }, { OP_COMMAND, OMA_COMMAND_ATOMIC, "Atomic" },
  { OP_COMMAND, OMA_COMMAND_SEQUENCE, "Sequence" }, { OP_COMMAND, OMA_COMMAND_RESULTS, "Results" },
  { OP_PART, OMA_COMMAND_ADD, "Add" }, { OP_PART, OMA_COMMAND_REPLACE, "Replace" },
  { OP_ITEM, OMA_COMMAND_UNKNOWN, NULL }, { OP_ITEM, OMA_COMMAND_UNKNOWN, NULL },
  { OP_CLOSE, OMA_COMMAND_UNKNOWN, NULL }, { OP_CLOSE, OMA_COMMAND_UNKNOWN, NULL },
  { OP_STATUS, OMA_COMMAND_STATUS, "Status" }, { OP_HEADER, OMA_COMMAND_UNKNOWN, NULL },
  { OP_META, OMA_COMMAND_UNKNOWN, NULL }, { OP_RAW, OMA_COMMAND_UNKNOWN, NULL },
  { OP_FAULT, OMA_COMMAND_UNKNOWN, NULL }, { OP_SEND, OMA_COMMAND_UNKNOWN, NULL },
  { OP_SEND, OMA_COMMAND_UNKNOWN, NULL }, { OP_SEND, OMA_COMMAND_UNKNOWN, NULL },
};

static const char *const uris[] = {
  "./T/RW", "./T/List/a", "./T/List/a/Leaf", "./T/List/n", "./T/List/n/Leaf", "./T/List/n/Sub", "./T/List/n/Sub/Deep",
  "./T/List/a/Sub", "./T/List/a/Sub/Deep", "./T/Int", "./T/Bin", "./T/B64", "./T/Typed", "./T/Opt", "./T/Secret",
  "./T/Run", "./T/RO", "./T/Hardware", "./T/List", "./T/List/named", "./T/List/b%20c", "./T/List/b%20c/Auto", "./T/Few",
  "./T/Few/1", "./T/Few/3", "./T/List/a/Locked", "./T/List/a/Number", "./T/List/a/Null", "./T/List/a/NoAdd/Below",
  "./T", ".", "T/RW", "./T/", "./T/List/a?prop=Name", "./T/List/a?prop=ACL", "./T/RW?prop=ACL", "./T/RW?prop=Title",
  "./T/RW?prop=Format", "./T/RW?prop=Size", "./T/RW?prop=VerNo", "./T/RW?prop=TStamp", "./T/RW?prop=Type",
  "./T/List?list=Struct", "./T/List?list=StructData", "./T/List?list=TNDS", "./T?list=TNDS+ACL-Name",
  "./T?list=StructData+ACL", "./?moid=urn:example:mo:list:1.0", "./DMAcc", "./DMAcc/x", "./DMAcc/x/ServerID",
  "./DevInfo", "./DevInfo/DevId", "./DevInfo/DmV", "./Device/T/RW", "./device/T/List/a", "./Inbox", "./T/../T/RW",
  "./T//RW", "./T/RW?prop=", "./T/RW?x=y", "./t/rw", "./T/List/%2F%00", "./T/RW/x", "",
};

static const char *const values[] = {
  "1", "", "true", "-7", "2147483648", "text", "later", "hush", "SGVsbG8=", "SGVsbG8", "2026-11-28", "a/b",
  "Get=*", "Get=srv&Replace=srv", "Add=srv+srv2&Delete=*&Get=*", "Get=", "n", "a", "b c", "\xff\xfe", "\xc3\xbc<&>]]>",
  LINE, LINE LINE LINE LINE LINE LINE LINE LINE, "./T/RW", "text/html",
  TREE (NODE ("n", NODE ("Leaf", "<Value>x</Value>"))),
  TREE (NODE ("n", NODE ("Leaf", "<Value>x</Value>") NODE ("Sub", NODE ("Deep", "<Value>y</Value>")))),
  TREE (NODE ("n", NODE ("Number", "<Value>seven</Value>"))),
  TREE (NODE ("List", "<Path>./T</Path>" NODE ("m", "<RTProperties><ACL>Get=*</ACL></RTProperties>"))),
  "<MgmtTree/>", "<MgmtTree><Node>", "MINDT=10&MAXDT=60&DR=x", "MAXLEN=4&IT=N&ET=P", "Question?", "Yes", "2",
  "urn:x", "org.example:type",
};

static const char *const formats[] = { NULL, "chr", "int", "bool", "b64", "bin", "node", "xml", "null", "float", "odd" };

static const char *const types[] = {
  NULL, "text/plain", "text/html", TNDS_XML, TNDS_WBXML, "application/octet-stream", "urn:example:mo:list:1.0", "x",
};

static const char *const alerts[] = {
  "1100", "1101", "1102", "1103", "1104", "1200", "1201", "1222", "1222", "1223", "1224", "1225", "1226", "1", "x", "",
};

static const guint statuses[] = { 200, 212, 401, 407, 101, 202, 213, 404, 500, 503, 506, 513, 505, 214, 0, 999 };

struct _Script {
  const uint8_t *data;
  size_t         size;
  size_t         position;
  guint          next_msg_id;
  GStringChunk  *strings;
  const char    *raw;
  gsize          raw_length;
  OmaCommand     commands[MAX_COMMANDS];
  OmaItem        items[MAX_COMMANDS][MAX_ITEMS];
  OmaMeta        meta[MAX_COMMANDS];
  guint          n_commands;
  OmaCommand    *open[MAX_OPEN];       /* containers, and those in them */
  guint          n_open;
  OmaCommand    *last;
  ScriptMessage *message;
};

/**
 * script_new:
 * @data: octets, which must outlive the script
 * @size: how many
 *
 * Returns: (transfer full): the program behind the settings
 */
Script *
script_new (const uint8_t *data, size_t size)
{
  Script *script = g_new0 (Script, 1);

  script->data = data;
  script->size = size;
  script->position = SCRIPT_SETTINGS;
  script->strings = g_string_chunk_new (256);
  return script;
}

void
script_free (Script *script)
{
  g_string_chunk_free (script->strings);
  g_free (script);
}

/* ---- What indices stand for ---- */

static const char *
pick_uri (Script *script, guint index)
{
  if (index < RAW)
    return uris[index % G_N_ELEMENTS (uris)];
  return g_string_chunk_insert_len (script->strings, script->raw_length > 0 ? script->raw : "", script->raw_length);
}

static void
set_data (Script *script, OmaItem *item, guint index)
{
  item->data = index < RAW ? values[index % G_N_ELEMENTS (values)] : script->raw;
  item->data_length = index < RAW ? strlen (item->data) : script->raw_length;
  item->kind = OMA_DATA_TEXT;
}

/* Bits of @shape: format, type, octets in place of text. */
static void
set_shape (OmaItem *item, guint shape)
{
  item->meta.format = formats[shape % 16 % G_N_ELEMENTS (formats)];
  item->meta.type = types[shape / 16 % G_N_ELEMENTS (types)];
  if (shape >= 128 && item->data != NULL)
    item->kind = OMA_DATA_OCTETS;
}

/* ---- Commands ---- */

static OmaCommand *
add_command (Script *script, OmaCommandType type, const char *name)
{
  OmaCommand *command = &script->commands[script->n_commands], *parent;
  char id[12];

  if (script->n_commands == MAX_COMMANDS)
    return NULL;
  memset (script->items[script->n_commands], 0, sizeof script->items[0]);
  *command = (OmaCommand) { .type = type, .name = name, .items = script->items[script->n_commands] };
  g_snprintf (id, sizeof id, "%u", ++script->n_commands + 1);
  command->cmd_id = g_string_chunk_insert (script->strings, id);
  parent = script->n_open > 0 ? script->open[script->n_open - 1] : NULL;
  if (parent != NULL && parent->last_child != NULL)
    parent->last_child->next = command;
  else if (parent != NULL)
    parent->first_child = command;
  else if (script->last != NULL)
    script->last->next = command;
  else
    script->message->first = command;
  if (parent != NULL)
    parent->last_child = command;
  else
    script->last = command;
  return command;
}

static void
add_item (Script *script, OmaCommand *command, const uint8_t *record)
{
  OmaItem *item;

  if (command == NULL || command->n_items == MAX_ITEMS)
    return;
  item = &command->items[command->n_items++];
  switch (command->type)
    {
    case OMA_COMMAND_ALERT:
      set_data (script, item, record[2]);
      set_shape (item, record[3]);
      break;
    case OMA_COMMAND_COPY:
      item->source = pick_uri (script, record[1]);
      item->target = pick_uri (script, record[2]);
      break;
    case OMA_COMMAND_GET:
    case OMA_COMMAND_DELETE:
      item->target = pick_uri (script, record[1]);
      break;
    default:
      item->target = pick_uri (script, record[1]);
      set_data (script, item, record[2]);
      set_shape (item, record[3]);
    }
}

static void
do_command (Script *script, guint op, const uint8_t *record)
{
  OmaCommandType type = ops[op].type;
  OmaCommand *command = add_command (script, type, ops[op].name);

  if (command == NULL)
    return;
  if (type == OMA_COMMAND_ATOMIC || type == OMA_COMMAND_SEQUENCE)
    {
      if (script->n_open < MAX_OPEN)
        script->open[script->n_open++] = command;
      return;
    }
  if (type == OMA_COMMAND_ALERT)
    command->data = alerts[record[1] % G_N_ELEMENTS (alerts)];
  if (type == OMA_COMMAND_EXEC && record[3] >= 128)
    command->correlator = "c-1";
  if (type != OMA_COMMAND_ALERT || record[3] != 0)
    add_item (script, command, record);
}

/* A part of a large object: bits say whether there is more, whether it has a Size, and how many times that of this
 * part. */
static void
do_part (Script *script, guint op, const uint8_t *record)
{
  OmaCommand *command = add_command (script, ops[op].type, ops[op].name);
  OmaItem *item;

  if (command == NULL)
    return;
  item = &command->items[command->n_items++];
  item->target = pick_uri (script, record[1]);
  set_data (script, item, record[2]);
  item->more_data = (record[3] & 1) != 0;
  item->meta.has_size = (record[3] & 2) != 0;
  item->meta.size = item->meta.has_size ? item->data_length * (guint64) (record[3] >> 4) : 0;
  item->meta.format = (record[3] & 4) != 0 ? "b64" : (record[3] & 8) != 0 ? "xml" : NULL;
  item->meta.type = (record[3] & 8) != 0 ? TNDS_XML : NULL;
}

static void
do_status (Script *script, const uint8_t *record)
{
  OmaCommand *command = add_command (script, OMA_COMMAND_STATUS, "Status");
  char number[12];

  if (command == NULL)
    return;
  g_snprintf (number, sizeof number, "%u", statuses[record[1] % G_N_ELEMENTS (statuses)]);
  command->data = g_string_chunk_insert (script->strings, number);
  g_snprintf (number, sizeof number, "%u", record[2] % 8u);
  command->cmd_ref = g_string_chunk_insert (script->strings, number);
  g_snprintf (number, sizeof number, "%u", MAX (script->next_msg_id, 1) - record[3] % 2u);
  command->msg_ref = g_string_chunk_insert (script->strings, number);
  command->cmd = record[2] % 8u == 0 ? "SyncHdr" : record[3] % 4u < 2 ? "Alert" : "Results";
}

static void
do_header (Script *script, const uint8_t *record)
{
  static const char *const protocols[] = { "DM/1.2", "DM/1.1", "DM/1.3", "DM/2.0", "SyncML/1.1", NULL };
  ScriptMessage *message = script->message;
  OmaHeader *header = &message->header;

  switch (record[1] % 12u)
    {
    case 0: message->hdr_status = statuses[record[2] % G_N_ELEMENTS (statuses)]; break;
    case 1: message->challenges = TRUE; message->hdr_status = record[2] % 2u != 0 ? 401 : 212; break;
    case 2: message->proof = (ScriptProof) (record[2] % SCRIPT_N_PROOFS); break;
    case 3: header->meta.max_msg_size = 64 + record[2] * 16u; break;
    case 4: header->resp_uri = record[2] % 2u != 0 ? "https://dm.example.org/s?id=1" : pick_uri (script, record[3]); break;
    case 5: header->no_resp = TRUE; message->is_orderly = FALSE; break;
    case 6: header->session_id = record[2] % 2u != 0 ? "64" : NULL; message->is_orderly = FALSE; break;
    case 7: header->ver_proto = protocols[record[2] % G_N_ELEMENTS (protocols)]; message->is_orderly = FALSE; break;
    case 8: header->target = pick_uri (script, record[2]); message->is_orderly = FALSE; break;
    case 9: header->source = pick_uri (script, record[2]); message->is_orderly = FALSE; break;
    case 10: header->ver_dtd = record[2] % 2u != 0 ? "1.1" : "9"; message->is_orderly = FALSE; break;
    default: message->time = record[2] * 4 - 512; break;
    }
}

/* Changes the last command against the rules, or adds to it. */
static void
do_meta (Script *script, const uint8_t *record)
{
  OmaCommand *command = script->n_commands > 0 ? &script->commands[script->n_commands - 1] : NULL;

  if (command == NULL)
    return;
  switch (record[1] % 8u)
    {
    case 0: command->no_resp = TRUE; break;
    case 1: command->cmd_id = record[2] % 2u != 0 ? "2" : NULL; script->message->is_orderly = FALSE; break;
    case 2: command->meta.format = formats[record[2] % G_N_ELEMENTS (formats)]; break;
    case 3: command->meta.type = types[record[2] % G_N_ELEMENTS (types)]; break;
    case 4: command->correlator = pick_uri (script, record[2]); break;
    case 5: command->meta.has_size = TRUE; command->meta.size = record[2]; break;
    case 6: command->data = alerts[record[2] % G_N_ELEMENTS (alerts)]; break;
    default: command->meta.mark = "informational"; break;
    }
}

/* The next records are a text. */
static void
do_raw (Script *script, const uint8_t *record)
{
  gsize length = MIN (record[1] % 64u, script->size - script->position);

  script->raw = (const char *) script->data + script->position;
  script->raw_length = length;
  script->position = MIN (script->size, script->position + (length + SCRIPT_RECORD - 1) / SCRIPT_RECORD * SCRIPT_RECORD);
}

/* Mostly the last message of a package in XML; what is odd has its bits. */
static void
do_send (Script *script, const uint8_t *record)
{
  ScriptMessage *message = script->message;
  char id[12];

  message->final = (record[1] & 1) == 0;
  message->is_wbxml = (record[1] & 2) != 0;
  message->is_repeated = (record[1] & 0x1c) == 0x1c;
  if ((record[1] & 0xe0) == 0xe0)
    {
      message->damages[0].position = record[2] * 4u + record[1] % 4u;
      message->damages[0].octet = record[3];
      message->n_damages = 1;
    }
  script->next_msg_id += (record[1] & 0xe0) == 0xc0 ? record[2] % 4u : 1;
  g_snprintf (id, sizeof id, "%u", script->next_msg_id);
  message->header.msg_id = g_string_chunk_insert (script->strings, id);
  if ((record[1] & 0xe0) == 0xc0 || message->is_repeated || message->n_damages > 0)
    message->is_orderly = FALSE;
}

static gboolean
do_record (Script *script, const uint8_t *record)
{
  guint op = record[0] % G_N_ELEMENTS (ops);

  switch (ops[op].op)
    {
    case OP_COMMAND: do_command (script, op, record); break;
    case OP_ITEM: add_item (script, script->n_commands > 0 ? &script->commands[script->n_commands - 1] : NULL, record); break;
    case OP_PART: do_part (script, op, record); break;
    case OP_CLOSE: script->n_open -= script->n_open > 0 ? 1 : 0; break;
    case OP_STATUS: do_status (script, record); break;
    case OP_HEADER: do_header (script, record); break;
    case OP_META: do_meta (script, record); break;
    case OP_RAW: do_raw (script, record); break;
    case OP_FAULT: script->message->faults |= record[1]; break;
    case OP_SEND: do_send (script, record); return TRUE;
    }
  return FALSE;
}

/**
 * script_next:
 * @script: a script
 * @message: (out caller-allocates): what the server says; it lives until the next call
 *
 * Returns: whether there was another message
 */
gboolean
script_next (Script *script, ScriptMessage *message)
{
  static const uint8_t end[SCRIPT_RECORD] = { G_N_ELEMENTS (ops) - 1, 0, 0, 0 };

  *message = (ScriptMessage) { .is_orderly = TRUE, .hdr_status = 212 };
  message->header = (OmaHeader) { .ver_dtd = "1.2", .session_id = "63", .target = "urn:dev:1",
                                  .source = "https://dm.example.org/s" };
  g_string_chunk_clear (script->strings);
  script->n_commands = script->n_open = 0;
  script->last = NULL;
  script->message = message;
  while (script->position + SCRIPT_RECORD <= script->size)
    {
      const uint8_t *record = script->data + script->position;

      script->position += SCRIPT_RECORD;
      if (do_record (script, record))
        return TRUE;
    }
  return script->n_commands > 0 && do_record (script, end);
}

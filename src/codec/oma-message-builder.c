/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-message-builder.h"

#include <stddef.h>
#include <string.h>

#define obstack_chunk_alloc g_malloc
#define obstack_chunk_free g_free

/* What an open element is and so which children mean something. */
typedef enum {
  CONTEXT_SKIP,                /* nothing in it is looked at */
  CONTEXT_DOCUMENT,
  CONTEXT_SYNC_ML,
  CONTEXT_HEADER,
  CONTEXT_HEADER_TARGET,
  CONTEXT_HEADER_SOURCE,
  CONTEXT_CRED,
  CONTEXT_BODY,
  CONTEXT_CONTAINER,           /* Atomic, Sequence */
  CONTEXT_COMMAND,
  CONTEXT_CHAL,
  CONTEXT_ITEM,
  CONTEXT_ITEM_TARGET,
  CONTEXT_ITEM_SOURCE,
  CONTEXT_META,
  N_CONTEXTS_WITH_CHILDREN,
  CONTEXT_FLAG = N_CONTEXTS_WITH_CHILDREN,
  CONTEXT_TEXT,
  CONTEXT_NUMBER,
  CONTEXT_SIZE,
  CONTEXT_DATA,
} Context;

#define COLLECTING_TEXT \
  (1u << CONTEXT_TEXT | 1u << CONTEXT_NUMBER | 1u << CONTEXT_SIZE | 1u << CONTEXT_DATA | \
   1u << CONTEXT_HEADER_TARGET | 1u << CONTEXT_HEADER_SOURCE | 1u << CONTEXT_ITEM_TARGET | \
   1u << CONTEXT_ITEM_SOURCE)
#define IS_COLLECTING_TEXT(context) ((COLLECTING_TEXT >> (context) & 1) != 0)

/* Elements whose start needs nothing but a frame. */
#define STARTING_PLAINLY \
  (1u << CONTEXT_TEXT | 1u << CONTEXT_NUMBER | 1u << CONTEXT_SIZE | 1u << CONTEXT_META | 1u << CONTEXT_SYNC_ML | \
   1u << CONTEXT_HEADER_TARGET | 1u << CONTEXT_HEADER_SOURCE | 1u << CONTEXT_ITEM_TARGET | \
   1u << CONTEXT_ITEM_SOURCE)
#define STARTS_PLAINLY(context) ((STARTING_PLAINLY >> (context) & 1) != 0)

/* Elements whose end means nothing. */
#define ENDING_PLAINLY \
  (1u << CONTEXT_SKIP | 1u << CONTEXT_FLAG | 1u << CONTEXT_META | 1u << CONTEXT_ITEM | 1u << CONTEXT_CHAL | \
   1u << CONTEXT_CRED | 1u << CONTEXT_HEADER | 1u << CONTEXT_BODY | 1u << CONTEXT_SYNC_ML)
#define ENDS_PLAINLY(context) ((ENDING_PLAINLY >> (context) & 1) != 0)

/* What a child becomes, and where in the structure of its parent it is kept; for a command
 * its type in place of that. */
typedef struct {
  guint8  context;
  guint16 offset;
} Rule;

#define INDEX(tag) ((guint) (tag) >> 8 << 6 | ((guint) (tag) & 0x3f))
#define N_INDICES 128

/* What an element that no table has is called in Cmd of its Status. */
#define UNKNOWN_NAME "unknown"

#define COMMAND(type) { CONTEXT_COMMAND, OMA_COMMAND_##type }
#define CONTAINER(type) { CONTEXT_CONTAINER, OMA_COMMAND_##type }
#define COMMANDS \
  [INDEX (OMA_TAG_ADD)] = COMMAND (ADD), [INDEX (OMA_TAG_ALERT)] = COMMAND (ALERT), \
  [INDEX (OMA_TAG_ATOMIC)] = CONTAINER (ATOMIC), [INDEX (OMA_TAG_COPY)] = COMMAND (COPY), \
  [INDEX (OMA_TAG_DELETE)] = COMMAND (DELETE), [INDEX (OMA_TAG_EXEC)] = COMMAND (EXEC), \
  [INDEX (OMA_TAG_GET)] = COMMAND (GET), [INDEX (OMA_TAG_REPLACE)] = COMMAND (REPLACE), \
  [INDEX (OMA_TAG_RESULTS)] = COMMAND (RESULTS), [INDEX (OMA_TAG_SEQUENCE)] = CONTAINER (SEQUENCE), \
  [INDEX (OMA_TAG_STATUS)] = COMMAND (STATUS), [INDEX (OMA_TAG_PUT)] = COMMAND (UNSUPPORTED), \
  [INDEX (OMA_TAG_SEARCH)] = COMMAND (UNSUPPORTED), [INDEX (OMA_TAG_SYNC)] = COMMAND (UNSUPPORTED), \
  [INDEX (OMA_TAG_MAP)] = COMMAND (UNSUPPORTED), [INDEX (OMA_TAG_MOVE)] = COMMAND (UNSUPPORTED)

/* The content models of the DTD (SyncML Representation Protocol 1.2, section 5; Meta-
 * Information 1.2, section 5) without order and number.  What is not named is skipped. */
static const Rule rules[N_CONTEXTS_WITH_CHILDREN][N_INDICES] = {
  [CONTEXT_DOCUMENT] = {
    [INDEX (OMA_TAG_SYNC_ML)] = { CONTEXT_SYNC_ML, 0 },
  },
  [CONTEXT_SYNC_ML] = {
    [INDEX (OMA_TAG_SYNC_HDR)] = { CONTEXT_HEADER, offsetof (OmaMessage, header) },
    [INDEX (OMA_TAG_SYNC_BODY)] = { CONTEXT_BODY, 0 },
  },
  [CONTEXT_HEADER] = {
    [INDEX (OMA_TAG_VER_DTD)] = { CONTEXT_TEXT, offsetof (OmaHeader, ver_dtd) },
    [INDEX (OMA_TAG_VER_PROTO)] = { CONTEXT_TEXT, offsetof (OmaHeader, ver_proto) },
    [INDEX (OMA_TAG_SESSION_ID)] = { CONTEXT_TEXT, offsetof (OmaHeader, session_id) },
    [INDEX (OMA_TAG_MSG_ID)] = { CONTEXT_TEXT, offsetof (OmaHeader, msg_id) },
    [INDEX (OMA_TAG_TARGET)] = { CONTEXT_HEADER_TARGET, 0 },
    [INDEX (OMA_TAG_SOURCE)] = { CONTEXT_HEADER_SOURCE, 0 },
    [INDEX (OMA_TAG_RESP_URI)] = { CONTEXT_TEXT, offsetof (OmaHeader, resp_uri) },
    [INDEX (OMA_TAG_NO_RESP)] = { CONTEXT_FLAG, offsetof (OmaHeader, no_resp) },
    [INDEX (OMA_TAG_CRED)] = { CONTEXT_CRED, 0 },
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, offsetof (OmaHeader, meta) },
  },
  [CONTEXT_HEADER_TARGET] = {
    [INDEX (OMA_TAG_LOC_URI)] = { CONTEXT_TEXT, offsetof (OmaHeader, target) },
    [INDEX (OMA_TAG_LOC_NAME)] = { CONTEXT_TEXT, offsetof (OmaHeader, target_name) },
  },
  [CONTEXT_HEADER_SOURCE] = {
    [INDEX (OMA_TAG_LOC_URI)] = { CONTEXT_TEXT, offsetof (OmaHeader, source) },
    [INDEX (OMA_TAG_LOC_NAME)] = { CONTEXT_TEXT, offsetof (OmaHeader, source_name) },
  },
  [CONTEXT_CRED] = {
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, offsetof (OmaHeader, cred_meta) },
    [INDEX (OMA_TAG_DATA)] = { CONTEXT_TEXT, offsetof (OmaHeader, cred_data) },
  },
  [CONTEXT_BODY] = {
    COMMANDS,
    [INDEX (OMA_TAG_FINAL)] = { CONTEXT_FLAG, offsetof (OmaMessage, final) },
  },
  [CONTEXT_CONTAINER] = {
    COMMANDS,
    [INDEX (OMA_TAG_CMD_ID)] = { CONTEXT_TEXT, offsetof (OmaCommand, cmd_id) },
    [INDEX (OMA_TAG_NO_RESP)] = { CONTEXT_FLAG, offsetof (OmaCommand, no_resp) },
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, offsetof (OmaCommand, meta) },
  },
  [CONTEXT_COMMAND] = {
    [INDEX (OMA_TAG_CMD_ID)] = { CONTEXT_TEXT, offsetof (OmaCommand, cmd_id) },
    [INDEX (OMA_TAG_MSG_REF)] = { CONTEXT_TEXT, offsetof (OmaCommand, msg_ref) },
    [INDEX (OMA_TAG_CMD_REF)] = { CONTEXT_TEXT, offsetof (OmaCommand, cmd_ref) },
    [INDEX (OMA_TAG_CMD)] = { CONTEXT_TEXT, offsetof (OmaCommand, cmd) },
    [INDEX (OMA_TAG_TARGET_REF)] = { CONTEXT_TEXT, offsetof (OmaCommand, target_ref) },
    [INDEX (OMA_TAG_SOURCE_REF)] = { CONTEXT_TEXT, offsetof (OmaCommand, source_ref) },
    [INDEX (OMA_TAG_DATA)] = { CONTEXT_TEXT, offsetof (OmaCommand, data) },
    [INDEX (OMA_TAG_CORRELATOR)] = { CONTEXT_TEXT, offsetof (OmaCommand, correlator) },
    [INDEX (OMA_TAG_NO_RESP)] = { CONTEXT_FLAG, offsetof (OmaCommand, no_resp) },
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, offsetof (OmaCommand, meta) },
    [INDEX (OMA_TAG_CHAL)] = { CONTEXT_CHAL, 0 },
    [INDEX (OMA_TAG_ITEM)] = { CONTEXT_ITEM, 0 },
  },
  [CONTEXT_CHAL] = {
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, 0 },
  },
  [CONTEXT_ITEM] = {
    [INDEX (OMA_TAG_TARGET)] = { CONTEXT_ITEM_TARGET, 0 },
    [INDEX (OMA_TAG_SOURCE)] = { CONTEXT_ITEM_SOURCE, 0 },
    [INDEX (OMA_TAG_META)] = { CONTEXT_META, offsetof (OmaItem, meta) },
    [INDEX (OMA_TAG_DATA)] = { CONTEXT_DATA, 0 },
    [INDEX (OMA_TAG_MORE_DATA)] = { CONTEXT_FLAG, offsetof (OmaItem, more_data) },
  },
  [CONTEXT_ITEM_TARGET] = {
    [INDEX (OMA_TAG_LOC_URI)] = { CONTEXT_TEXT, offsetof (OmaItem, target) },
    [INDEX (OMA_TAG_LOC_NAME)] = { CONTEXT_TEXT, offsetof (OmaItem, target_name) },
  },
  [CONTEXT_ITEM_SOURCE] = {
    [INDEX (OMA_TAG_LOC_URI)] = { CONTEXT_TEXT, offsetof (OmaItem, source) },
    [INDEX (OMA_TAG_LOC_NAME)] = { CONTEXT_TEXT, offsetof (OmaItem, source_name) },
  },
  [CONTEXT_META] = {
    [INDEX (OMA_TAG_MET_INF)] = { CONTEXT_META, 0 },
    [INDEX (OMA_TAG_FORMAT)] = { CONTEXT_TEXT, offsetof (OmaMeta, format) },
    [INDEX (OMA_TAG_TYPE)] = { CONTEXT_TEXT, offsetof (OmaMeta, type) },
    [INDEX (OMA_TAG_MARK)] = { CONTEXT_TEXT, offsetof (OmaMeta, mark) },
    [INDEX (OMA_TAG_NEXT_NONCE)] = { CONTEXT_TEXT, offsetof (OmaMeta, next_nonce) },
    [INDEX (OMA_TAG_SIZE)] = { CONTEXT_SIZE, 0 },
    [INDEX (OMA_TAG_MAX_MSG_SIZE)] = { CONTEXT_NUMBER, offsetof (OmaMeta, max_msg_size) },
    [INDEX (OMA_TAG_MAX_OBJ_SIZE)] = { CONTEXT_NUMBER, offsetof (OmaMeta, max_obj_size) },
  },
};

typedef struct {
  Context  context;
  gpointer base;       /* the structure, or the member of one, that the element fills */
} Frame;

struct _OmaMessageBuilder {
  OmaCodecLimits limits;
  OmaMessage    *message;
  OmaItem       *items;       /* of the command that is open, where it has more than one */
  guint          n_items;
  guint          n_items_allocated;
  guint          n_parts;     /* commands, and items but the first of each command */
  OmaDataKind    data_kind;   /* of the Data that is open */
  gboolean       has_header;
  gboolean       has_body;
  GError        *error;
  guint          depth;
  Frame          frames[];    /* [0] is the document; text of the top one grows in the arena */
};

/**
 * oma_message_builder_new:
 * @limits: what to accept; @max_size is up to the reader
 *
 * Returns: (transfer full): a builder that waits for the root element
 */
OmaMessageBuilder *
oma_message_builder_new (const OmaCodecLimits *limits)
{
  OmaMessageBuilder *builder = g_malloc0 (sizeof *builder + ((gsize) limits->max_depth + 1) * sizeof (Frame));

  builder->limits = *limits;
  builder->message = oma_message_new ();
  builder->frames[0] = (Frame) { CONTEXT_DOCUMENT, builder->message };
  return builder;
}

/**
 * oma_message_builder_free:
 * @builder: (nullable) (transfer full): a builder
 */
void
oma_message_builder_free (OmaMessageBuilder *builder)
{
  if (builder == NULL)
    return;
  oma_message_free (builder->message);
  g_free (builder->items);
  g_clear_error (&builder->error);
  g_free (builder);
}

/* No element may start any more: the limit of the depth is looked at anyway. */
static G_GNUC_NO_INLINE gboolean
fail (OmaMessageBuilder *builder, OmaCodecError code, const char *text)
{
  if (builder->error == NULL)
    builder->error = g_error_new_literal (OMA_CODEC_ERROR, code, text);
  builder->limits.max_depth = 0;
  return FALSE;
}

static inline Rule
find_rule (Context parent, OmaTag tag)
{
  if (G_LIKELY (parent < N_CONTEXTS_WITH_CHILDREN && INDEX (tag) < N_INDICES))
    return rules[parent][INDEX (tag)];
  return (Rule) { CONTEXT_SKIP, 0 };
}

static gboolean
count_part (OmaMessageBuilder *builder)
{
  if (builder->n_parts++ < builder->limits.max_commands)
    return TRUE;
  return fail (builder, OMA_CODEC_ERROR_LIMIT, "Too many commands in a message");
}

static G_GNUC_NO_INLINE void
drop_text (OmaMessageBuilder *builder)
{
  struct obstack *arena = &builder->message->arena;

  if (obstack_object_size (arena) > 0)
    obstack_free (arena, obstack_finish (arena));
}

static gboolean
start_command (OmaMessageBuilder *builder, const Frame *parent, Frame *frame, OmaCommandType type, const char *name)
{
  OmaMessage *message = builder->message;
  OmaCommand *command;

  if (!count_part (builder))
    return FALSE;
  command = obstack_alloc (&message->arena, sizeof *command);
  *command = (OmaCommand) { .type = type, .name = name };
  message->n_commands++;
  if (parent->context == CONTEXT_CONTAINER)
    {
      OmaCommand *container = parent->base;
      *(container->last_child == NULL ? &container->first_child : &container->last_child->next) = command;
      container->last_child = command;
    }
  else
    {
      *(message->last_command == NULL ? &message->first_command : &message->last_command->next) = command;
      message->last_command = command;
    }
  frame->base = command;
  if (frame->context == CONTEXT_COMMAND)
    builder->n_items = 0;
  return TRUE;
}

/* The items of a command stand side by side, once it is known how many they are. */
static OmaItem *
add_item (OmaMessageBuilder *builder, const OmaCommand *command)
{
  if (builder->n_items >= builder->n_items_allocated)
    {
      builder->n_items_allocated = MAX (4, 2 * builder->n_items_allocated);
      builder->items = g_renew (OmaItem, builder->items, builder->n_items_allocated);
    }
  if (builder->n_items == 1)
    builder->items[0] = *command->items;
  return &builder->items[builder->n_items];
}

static gboolean
start_item (OmaMessageBuilder *builder, Frame *frame)
{
  OmaCommand *command = frame->base;
  OmaItem *item;

  if (builder->n_items >= builder->limits.max_items)
    return fail (builder, OMA_CODEC_ERROR_LIMIT, "Too many items in a command");
  if (builder->n_items > 0)
    {
      if (!count_part (builder))
        return FALSE;
      item = add_item (builder, command);
    }
  else
    item = command->items = obstack_alloc (&builder->message->arena, sizeof *item);
  *item = (OmaItem) { 0 };
  builder->n_items++;
  frame->base = item;
  return TRUE;
}

static void
start_chal (OmaMessageBuilder *builder, Frame *frame)
{
  OmaCommand *command = frame->base;

  if (command->chal == NULL)
    {
      command->chal = obstack_alloc (&builder->message->arena, sizeof *command->chal);
      memset (command->chal, 0, sizeof *command->chal);
    }
  frame->base = command->chal;
}

static gboolean
start_once (OmaMessageBuilder *builder, gboolean *seen, const char *what)
{
  if (*seen)
    return fail (builder, OMA_CODEC_ERROR_MALFORMED, what);
  *seen = TRUE;
  return TRUE;
}

static gboolean
start_skipped (OmaMessageBuilder *builder, const Frame *parent, Frame *frame, OmaTag tag, const char *name)
{
  switch (parent->context)
    {
    case CONTEXT_DOCUMENT:
      return fail (builder, OMA_CODEC_ERROR_MALFORMED, "The root element is not SyncML");
    case CONTEXT_BODY:
    case CONTEXT_CONTAINER:
      if (oma_tag_is_known (tag))
        return TRUE;
      frame->context = CONTEXT_COMMAND;
      return start_command (builder, parent, frame, OMA_COMMAND_UNKNOWN,
                            name != NULL ? oma_message_strdup (builder->message, name, -1) : UNKNOWN_NAME);
    default:
      return TRUE;
    }
}

/* The starts that need more than a frame. */
static G_GNUC_NO_INLINE gboolean
start_structure (OmaMessageBuilder *builder, Rule rule, OmaTag tag, const char *name)
{
  Frame *frame = &builder->frames[builder->depth];
  const Frame *parent = frame - 1;

  switch (frame->context)
    {
    case CONTEXT_SKIP:
      return start_skipped (builder, parent, frame, tag, name);
    case CONTEXT_COMMAND:
    case CONTEXT_CONTAINER:
      return start_command (builder, parent, frame, (OmaCommandType) rule.offset, oma_tag_to_string (tag));
    case CONTEXT_ITEM:
      return start_item (builder, frame);
    case CONTEXT_CHAL:
      start_chal (builder, frame);
      return TRUE;
    case CONTEXT_DATA:
      builder->data_kind = OMA_DATA_TEXT;
      return TRUE;
    case CONTEXT_HEADER:
      return start_once (builder, &builder->has_header, "More than one SyncHdr");
    case CONTEXT_BODY:
      return start_once (builder, &builder->has_body, "More than one SyncBody");
    case CONTEXT_CRED:
      builder->message->header.has_cred = TRUE;
      return TRUE;
    case CONTEXT_FLAG:
      *(gboolean *) frame->base = TRUE;
      return TRUE;
    default:
      return TRUE;
    }
}

static G_GNUC_NO_INLINE gboolean
refuse_depth (OmaMessageBuilder *builder)
{
  return fail (builder, OMA_CODEC_ERROR_LIMIT, "Elements are nested too deeply");
}

/**
 * oma_message_builder_start:
 * @builder: a builder
 * @tag: the element: %OMA_TAG_UNKNOWN, or a number that no table has, when it is none of SyncML
 *   or MetInf
 * @name: (nullable): its name without a prefix; used only for an unknown element, and copied
 *
 * An element starts.  Children are taken in any order and number, of texts the first one
 * counts; the content models are in SyncML Representation Protocol 1.2, section 5.
 *
 * Returns: %FALSE when the message is refused: oma_message_builder_finish() says why
 */
gboolean
oma_message_builder_start (OmaMessageBuilder *builder, OmaTag tag, const char *name)
{
  Frame *frame = &builder->frames[builder->depth];
  Rule rule = find_rule (frame->context, tag);

  if (G_UNLIKELY (builder->depth >= builder->limits.max_depth))
    return refuse_depth (builder);
  frame[1].context = rule.context;
  frame[1].base = (char *) frame->base + rule.offset;
  builder->depth++;
  if (STARTS_PLAINLY (rule.context))
    {
      if (G_UNLIKELY (obstack_object_size (&builder->message->arena) > 0))
        drop_text (builder);     /* of a Target or Source that has a LocURI */
      return TRUE;
    }
  return start_structure (builder, rule, tag, name);
}

/**
 * oma_message_builder_text:
 * @builder: a builder
 * @text: UTF-8 text without a NUL, copied
 * @length: how many octets
 *
 * Text of the element that is open; it may come in pieces.
 */
void
oma_message_builder_text (OmaMessageBuilder *builder, const char *text, gsize length)
{
  if (IS_COLLECTING_TEXT (builder->frames[builder->depth].context))
    obstack_grow (&builder->message->arena, text, length);
}

/**
 * oma_message_builder_octets:
 * @builder: a builder
 * @octets: (nullable): octets, copied
 * @size: how many
 *
 * Octets of the element that is open.  Data of an Item takes any; another element that has
 * text takes them as text.
 *
 * Returns: %FALSE when the message is refused: they should be text and are not
 */
gboolean
oma_message_builder_octets (OmaMessageBuilder *builder, gconstpointer octets, gsize size)
{
  Context context = builder->frames[builder->depth].context;

  if (!IS_COLLECTING_TEXT (context))
    return TRUE;
  if (context == CONTEXT_DATA)
    builder->data_kind = OMA_DATA_OCTETS;
  else if (!g_utf8_validate_len (octets, size, NULL))     /* refuses a NUL */
    return fail (builder, OMA_CODEC_ERROR_MALFORMED, "Octets in place of text are no UTF-8");
  obstack_grow (&builder->message->arena, octets, size);
  return TRUE;
}

/* XML's white space; it is meaningful in a node's value only. */
static gboolean
is_space (char c)
{
  return (guchar) c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

static const char *
finish_text (OmaMessageBuilder *builder)
{
  struct obstack *arena = &builder->message->arena;
  gsize length = obstack_object_size (arena);
  char *text;

  obstack_1grow (arena, '\0');
  text = obstack_finish (arena);
  while (length > 0 && is_space (text[length - 1]))
    length--;
  text[length] = '\0';
  while (is_space (*text))
    text++;
  return text;
}

static void
end_text (OmaMessageBuilder *builder, const char **member)
{
  const char *text = finish_text (builder);

  if (*member == NULL)
    *member = text;
}

/* Target or Source: the text counts when there was no LocURI. */
static void
end_location (OmaMessageBuilder *builder, const Frame *frame)
{
  const char **member = (const char **) ((char *) frame->base + rules[frame->context][INDEX (OMA_TAG_LOC_URI)].offset);
  const char *text;

  if (*member != NULL || obstack_object_size (&builder->message->arena) == 0)
    {
      drop_text (builder);
      return;
    }
  text = finish_text (builder);
  if (*text != '\0')
    *member = text;
}

static gboolean
end_number (OmaMessageBuilder *builder, guint64 *number)
{
  return g_ascii_string_to_unsigned (finish_text (builder), 10, 0, G_MAXUINT64, number, NULL);
}

static void
end_data (OmaMessageBuilder *builder, OmaItem *item)
{
  struct obstack *arena = &builder->message->arena;
  gsize length = obstack_object_size (arena);
  const char *data;

  obstack_1grow (arena, '\0');
  data = obstack_finish (arena);
  if (item->data != NULL)
    return;
  item->data = data;
  item->data_length = length;
  item->kind = builder->data_kind;
}

static void
end_command (OmaMessageBuilder *builder, const Frame *frame)
{
  OmaCommand *command = frame->base;

  if (command->cmd_id != NULL && *command->cmd_id == '\0')
    command->cmd_id = NULL;
  if (frame->context == CONTEXT_CONTAINER)
    return;
  command->n_items = builder->n_items;
  if (command->n_items > 1)
    command->items = obstack_copy (&builder->message->arena, builder->items, command->n_items * sizeof (OmaItem));
}

static G_GNUC_NO_INLINE void
end_structure (OmaMessageBuilder *builder, const Frame *frame)
{
  switch (frame->context)
    {
    case CONTEXT_NUMBER:
      end_number (builder, frame->base);
      break;
    case CONTEXT_SIZE:
      {
        OmaMeta *meta = frame->base;
        meta->has_size = end_number (builder, &meta->size);
        break;
      }
    case CONTEXT_DATA:
      end_data (builder, frame->base);
      break;
    case CONTEXT_HEADER_TARGET:
    case CONTEXT_HEADER_SOURCE:
    case CONTEXT_ITEM_TARGET:
    case CONTEXT_ITEM_SOURCE:
      end_location (builder, frame);
      break;
    case CONTEXT_COMMAND:
    case CONTEXT_CONTAINER:
      end_command (builder, frame);
      break;
    default:
      break;
    }
}

/**
 * oma_message_builder_end:
 * @builder: a builder
 *
 * The element that was started last and is still open ends.
 *
 * Returns: %FALSE when the message is refused
 */
gboolean
oma_message_builder_end (OmaMessageBuilder *builder)
{
  const Frame *frame = &builder->frames[builder->depth];

  g_return_val_if_fail (builder->depth > 0, FALSE);
  if (G_UNLIKELY (builder->error != NULL))
    return FALSE;
  builder->depth--;
  if (ENDS_PLAINLY (frame->context))
    return TRUE;
  if (G_LIKELY (frame->context == CONTEXT_TEXT))
    end_text (builder, frame->base);
  else
    end_structure (builder, frame);
  return TRUE;
}

/**
 * oma_message_builder_set_source:
 * @builder: a builder that has got nothing yet
 * @document: what is going to be read; it is kept as long as the message
 *
 * Lets texts stay where they are, see oma_message_builder_leaf().
 */
void
oma_message_builder_set_source (OmaMessageBuilder *builder, GBytes *document)
{
  builder->message->source = g_bytes_ref (document);
}

/* Whether a text can stay as it stands: nothing is to be cut off at its ends, and there is none
 * before it to be dropped. */
static inline gboolean
can_stay (const OmaMessageBuilder *builder, const char *text, gsize length)
{
  return obstack_object_size (&builder->message->arena) == 0 && length > 0 && !is_space (text[0]) && !is_space (text[length - 1]);
}

static G_GNUC_NO_INLINE gboolean
start_text_end (OmaMessageBuilder *builder, OmaTag tag, const char *text, gsize length)
{
  if (!oma_message_builder_start (builder, tag, NULL))
    return FALSE;
  oma_message_builder_text (builder, text, length);
  return oma_message_builder_end (builder);
}

/**
 * oma_message_builder_leaf:
 * @builder: a builder
 * @tag: the element, as for oma_message_builder_start()
 * @text: UTF-8 text without a NUL in the document of oma_message_builder_set_source(), with a
 *   NUL behind it; it is not copied
 * @length: how many octets, the NUL not counted
 *
 * An element that holds only text: the same as oma_message_builder_start(),
 * oma_message_builder_text() and oma_message_builder_end(), faster.
 *
 * Returns: %FALSE when the message is refused
 */
gboolean
oma_message_builder_leaf (OmaMessageBuilder *builder, OmaTag tag, const char *text, gsize length)
{
  const Frame *frame = &builder->frames[builder->depth];
  Rule rule = find_rule (frame->context, tag);

  if (G_UNLIKELY (builder->depth >= builder->limits.max_depth))
    return refuse_depth (builder);
  if (G_LIKELY (rule.context == CONTEXT_TEXT && can_stay (builder, text, length)))
    {
      const char **member = (const char **) ((char *) frame->base + rule.offset);

      if (G_LIKELY (*member == NULL))
        *member = text;
      return TRUE;
    }
  if (rule.context == CONTEXT_DATA)
    {
      OmaItem *item = frame->base;

      if (G_LIKELY (item->data == NULL))
        {
          item->data = text;
          item->data_length = length;
          item->kind = OMA_DATA_TEXT;
        }
      return TRUE;
    }
  return start_text_end (builder, tag, text, length);
}

/**
 * oma_message_builder_get_depth:
 * @builder: a builder
 *
 * Returns: how many elements are open
 */
guint
oma_message_builder_get_depth (const OmaMessageBuilder *builder)
{
  return builder->depth;
}

/**
 * oma_message_builder_in_data:
 * @builder: a builder
 *
 * Tells a reader that it stands in Data of an Item, where an element is no event but part
 * of the value, see oma_message_builder_set_data().
 *
 * Returns: whether the open element is Data of an Item
 */
gboolean
oma_message_builder_in_data (const OmaMessageBuilder *builder)
{
  return builder->frames[builder->depth].context == CONTEXT_DATA;
}

/**
 * oma_message_builder_take_text:
 * @builder: a builder
 * @text: gets the text
 *
 * Takes back the text that the open element has got so far.
 */
void
oma_message_builder_take_text (OmaMessageBuilder *builder, GString *text)
{
  struct obstack *arena = &builder->message->arena;

  g_string_append_len (text, obstack_base (arena), obstack_object_size (arena));
  drop_text (builder);
}

/**
 * oma_message_builder_set_data:
 * @builder: a builder that stands in Data of an Item
 * @kind: what @data is
 * @data: octets, copied
 * @size: how many
 *
 * Sets what the Data that is open holds, in place of what it has got so far.
 */
void
oma_message_builder_set_data (OmaMessageBuilder *builder, OmaDataKind kind, gconstpointer data, gsize size)
{
  drop_text (builder);
  builder->data_kind = kind;
  obstack_grow (&builder->message->arena, data, size);
}

/**
 * oma_message_builder_finish:
 * @builder: a builder
 * @error: return location for a #OmaCodecError
 *
 * Returns: (transfer full): the message, or %NULL: %OMA_CODEC_ERROR_LIMIT when it exceeds
 *   the limits, %OMA_CODEC_ERROR_MALFORMED when it is not a whole SyncML message
 */
OmaMessage *
oma_message_builder_finish (OmaMessageBuilder *builder, GError **error)
{
  if (builder->error == NULL && builder->depth > 0)
    fail (builder, OMA_CODEC_ERROR_MALFORMED, "The message ends too early");
  if (builder->error == NULL && !builder->has_header)
    fail (builder, OMA_CODEC_ERROR_MALFORMED, "No SyncHdr in the message");
  if (builder->error == NULL && !builder->has_body)
    fail (builder, OMA_CODEC_ERROR_MALFORMED, "No SyncBody in the message");
  if (builder->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&builder->error));
      return NULL;
    }
  return g_steal_pointer (&builder->message);
}

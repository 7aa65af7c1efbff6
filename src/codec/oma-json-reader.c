/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "codec/oma-json-reader.h"

#include "base/oma-ascii.h"
#include "codec/oma-codec.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* What may come next. */
typedef enum {
  EXPECT_TOP,
  EXPECT_VALUE,
  EXPECT_VALUE_OR_END,
  EXPECT_NAME,
  EXPECT_NAME_OR_END,
  EXPECT_COLON,
  EXPECT_COMMA_OR_END,
  EXPECT_NOTHING,
} Expectation;

/* What the next octet belongs to. */
typedef enum {
  IN_NOTHING,
  IN_STRING,
  IN_ESCAPE,      /* behind the backslash */
  IN_UNICODE,     /* behind \u */
  IN_WORD,        /* a number or a literal */
} Token;

typedef struct {
  gboolean    is_array;
  GHashTable *names;      /* (nullable): that it has had; kept for the next one at this depth */
} Level;

struct _OmaJsonReader {
  const OmaJsonHandler *handler;
  OmaJsonLimits         limits;
  gpointer              user_data;
  Level                *levels;
  guint                 depth;
  guint                 n_names;
  Expectation           expectation;
  Token                 token;
  gboolean              is_name;       /* of the string */
  guint                 n_digits;      /* behind \u so far */
  gunichar              code;
  gunichar              high;          /* surrogate that waits for its other half, 0: none */
  gsize                 mark;          /* octets of a byte order mark so far */
  gsize                 size;          /* octets of the chunks before this one */
  const char           *start;         /* of this chunk */
  GString              *text;          /* of the token, as far as it was read */
  GError               *error;         /* why the reader has stopped */
};

/**
 * oma_json_reader_new:
 * @handler: what to call; must outlive the reader
 * @limits: what to accept
 * @user_data: for @handler
 *
 * Returns: (transfer full): a reader that has read nothing
 */
OmaJsonReader *
oma_json_reader_new (const OmaJsonHandler *handler, const OmaJsonLimits *limits, gpointer user_data)
{
  OmaJsonReader *reader = g_new0 (OmaJsonReader, 1);

  reader->handler = handler;
  reader->limits = *limits;
  reader->user_data = user_data;
  reader->levels = g_new0 (Level, limits->max_depth);
  reader->text = g_string_new (NULL);
  return reader;
}

/**
 * oma_json_reader_free:
 * @reader: (transfer full): a reader
 */
void
oma_json_reader_free (OmaJsonReader *reader)
{
  for (guint i = 0; i < reader->limits.max_depth; i++)
    g_clear_pointer (&reader->levels[i].names, g_hash_table_unref);
  g_free (reader->levels);
  /* It may have been a secret. */
  explicit_bzero (reader->text->str, reader->text->allocated_len);
  g_string_free (reader->text, TRUE);
  g_clear_error (&reader->error);
  g_free (reader);
}

static gboolean
refuse (OmaJsonReader *reader, OmaCodecError code, const char *where, const char *reason, GError **error)
{
  gsize offset = reader->size + (where != NULL ? (gsize) (where - reader->start) : 0);

  g_set_error (error, OMA_CODEC_ERROR, code, "Octet %" G_GSIZE_FORMAT " of JSON: %s", offset, reason);
  return FALSE;
}

static gboolean
malformed (OmaJsonReader *reader, const char *where, const char *reason, GError **error)
{
  return refuse (reader, OMA_CODEC_ERROR_MALFORMED, where, reason, error);
}

/* ---- Structure ---- */

static void
value_has_ended (OmaJsonReader *reader)
{
  reader->expectation = reader->depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
}

static gboolean
push (OmaJsonReader *reader, gboolean is_array, const char *where, GError **error)
{
  Level *level;

  if (reader->depth >= reader->limits.max_depth)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, where, "it is nested too deeply", error);
  level = &reader->levels[reader->depth++];
  level->is_array = is_array;
  if (level->names != NULL)
    g_hash_table_remove_all (level->names);
  reader->expectation = is_array ? EXPECT_VALUE_OR_END : EXPECT_NAME_OR_END;
  return reader->handler->start (is_array, reader->user_data, error);
}

static gboolean
pop (OmaJsonReader *reader, gboolean is_array, const char *where, GError **error)
{
  Expectation empty = is_array ? EXPECT_VALUE_OR_END : EXPECT_NAME_OR_END;

  if (reader->depth == 0 || reader->levels[reader->depth - 1].is_array != is_array ||
      (reader->expectation != EXPECT_COMMA_OR_END && reader->expectation != empty))
    return malformed (reader, where, "a bracket does not belong there", error);
  reader->depth--;
  value_has_ended (reader);
  return reader->handler->end (reader->user_data, error);
}

static gboolean
start_value (OmaJsonReader *reader, Token token, const char *where, GError **error)
{
  if (reader->expectation != EXPECT_VALUE && reader->expectation != EXPECT_VALUE_OR_END)
    return malformed (reader, where,
                      reader->expectation == EXPECT_TOP ? "it is neither an array nor an object"
                                                        : "a value does not belong there", error);
  reader->token = token;
  g_string_truncate (reader->text, 0);
  return TRUE;
}

static gboolean
start_string (OmaJsonReader *reader, const char *where, GError **error)
{
  reader->is_name = reader->expectation == EXPECT_NAME || reader->expectation == EXPECT_NAME_OR_END;
  if (!reader->is_name)
    return start_value (reader, IN_STRING, where, error);
  reader->token = IN_STRING;
  g_string_truncate (reader->text, 0);
  return TRUE;
}

static gboolean
read_punctuation (OmaJsonReader *reader, const char *where, GError **error)
{
  if (*where == ':' && reader->expectation == EXPECT_COLON)
    reader->expectation = EXPECT_VALUE;
  else if (*where == ',' && reader->expectation == EXPECT_COMMA_OR_END)
    reader->expectation = reader->levels[reader->depth - 1].is_array ? EXPECT_VALUE : EXPECT_NAME;
  else
    return malformed (reader, where, "a comma or a colon does not belong there", error);
  return TRUE;
}

static gboolean
start_container (OmaJsonReader *reader, gboolean is_array, const char *where, GError **error)
{
  if (reader->expectation != EXPECT_TOP && reader->expectation != EXPECT_VALUE &&
      reader->expectation != EXPECT_VALUE_OR_END)
    return malformed (reader, where, "a bracket does not belong there", error);
  return push (reader, is_array, where, error);
}

/* Returns: where to go on, or NULL. */
static const char *
read_structure (OmaJsonReader *reader, const char *p, GError **error)
{
  gboolean good;

  switch (*p)
    {
    case ' ': case '\t': case '\n': case '\r':
      return p + 1;
    case '{': case '[':
      good = start_container (reader, *p == '[', p, error);
      break;
    case '}': case ']':
      good = pop (reader, *p == ']', p, error);
      break;
    case ',': case ':':
      good = read_punctuation (reader, p, error);
      break;
    case '"':
      good = start_string (reader, p, error);
      break;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
    case 't': case 'f': case 'n':
      return start_value (reader, IN_WORD, p, error) ? p : NULL;
    default:
      good = malformed (reader, p, "this is nothing that belongs there", error);
      break;
    }
  return good ? p + 1 : NULL;
}

/* ---- Strings ---- */

static gboolean
note_name (OmaJsonReader *reader, const char *name, gsize length, const char *where, GError **error)
{
  Level *level = &reader->levels[reader->depth - 1];

  if (++reader->n_names > reader->limits.max_names)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, where, "there are too many members", error);
  if (level->names == NULL)
    level->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!g_hash_table_add (level->names, g_strndup (name, length)))
    return malformed (reader, where, "an object has two members of one name", error);
  reader->expectation = EXPECT_COLON;
  return reader->handler->name (name, length, reader->user_data, error);
}

static gboolean
end_string (OmaJsonReader *reader, const char *text, gsize length, const char *where, GError **error)
{
  reader->token = IN_NOTHING;
  if (!oma_is_utf8 (text, length))
    return malformed (reader, where, "it is not UTF-8", error);
  if (reader->is_name && length > OMA_JSON_MAX_NAME)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, where, "the name of a member is too long", error);
  if (reader->is_name)
    return note_name (reader, text, length, where, error);
  value_has_ended (reader);
  return reader->handler->scalar (OMA_JSON_STRING, text, length, reader->user_data, error);
}

/* Gives away what there is of a long string, but for a character whose end is still to come. */
static gboolean
give_part (OmaJsonReader *reader, const char *where, GError **error)
{
  GString *text = reader->text;
  const char *end;
  gsize rest;

  if (reader->is_name && text->len > OMA_JSON_MAX_NAME)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, where, "the name of a member is too long", error);
  if (reader->is_name || text->len <= reader->limits.max_text)
    return TRUE;
  g_utf8_validate_len (text->str, text->len, &end);
  rest = text->str + text->len - end;
  if (rest > 0 && (rest >= 4 || g_utf8_get_char_validated (end, rest) != (gunichar) -2))
    return malformed (reader, where, "it is not UTF-8", error);
  if (!reader->handler->part (text->str, end - text->str, reader->user_data, error))
    return FALSE;
  g_string_erase (text, 0, end - text->str);
  return TRUE;
}

typedef guint8 Block __attribute__ ((vector_size (16)));
typedef guint64 BlockHalves __attribute__ ((vector_size (16)));

/* Octets that stand for themselves: all but quotes, backslashes and control characters; 16 are told at once. */
static inline const char *
skip_plain (const char *p, const char *end)
{
  for (; end - p >= (gssize) sizeof (Block); p += sizeof (Block))
    {
      Block block;
      BlockHalves special;

      memcpy (&block, p, sizeof block);
      special = (BlockHalves) ((block < 0x20) | (block == '"') | (block == '\\'));
      if ((special[0] | special[1]) != 0)
        break;
    }
  while (p < end && (guint8) *p >= 0x20 && *p != '"' && *p != '\\')
    p++;
  return p;
}

static const char *
read_string (OmaJsonReader *reader, const char *p, const char *end, GError **error)
{
  const char *run = p;

  if (reader->high != 0 && *p != '\\')
    return malformed (reader, p, "a surrogate is alone", error), NULL;
  if ((gsize) (end - p) > reader->limits.max_text)       /* no more is ever copied at once */
    end = p + reader->limits.max_text + 1;
  p = skip_plain (p, end);
  if (p < end && *p == '"' && reader->text->len == 0)     /* most strings: no copy */
    return end_string (reader, run, p - run, p, error) ? p + 1 : NULL;
  g_string_append_len (reader->text, run, p - run);
  if (!give_part (reader, p, error))
    return NULL;
  if (p == end)
    return p;
  if (*p == '"')
    return end_string (reader, reader->text->str, reader->text->len, p, error) ? p + 1 : NULL;
  if (*p != '\\')
    return malformed (reader, p, "a control character is not escaped", error), NULL;
  reader->token = IN_ESCAPE;
  return p + 1;
}

static const char *
read_escape (OmaJsonReader *reader, const char *p, GError **error)
{
  static const char names[] = "\"\\/bfnrt", octets[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (*p == 'u')
    {
      reader->token = IN_UNICODE;
      reader->n_digits = 0;
      reader->code = 0;
      return p + 1;
    }
  found = *p != '\0' ? strchr (names, *p) : NULL;
  if (found == NULL || reader->high != 0)
    return malformed (reader, p, found == NULL ? "there is no such escape" : "a surrogate is alone", error), NULL;
  g_string_append_c (reader->text, octets[found - names]);
  reader->token = IN_STRING;
  return p + 1;
}

static gboolean
is_surrogate (gunichar code, gunichar first)
{
  return code >= first && code < first + 0x400;
}

static gboolean
take_code (OmaJsonReader *reader, const char *where, GError **error)
{
  gunichar code = reader->code;

  reader->token = IN_STRING;
  if ((reader->high != 0) != is_surrogate (code, 0xdc00))
    return malformed (reader, where, "a surrogate is alone", error);
  if (code == 0)
    return malformed (reader, where, "there is a NUL", error);
  if (is_surrogate (code, 0xd800))
    {
      reader->high = code;
      return TRUE;
    }
  if (reader->high != 0)
    code = 0x10000 + ((reader->high - 0xd800) << 10) + (code - 0xdc00);
  reader->high = 0;
  g_string_append_unichar (reader->text, code);
  return TRUE;
}

static const char *
read_unicode (OmaJsonReader *reader, const char *p, GError **error)
{
  int digit = g_ascii_xdigit_value (*p);

  if (digit < 0)
    return malformed (reader, p, "there is no such escape", error), NULL;
  reader->code = reader->code << 4 | (gunichar) digit;
  if (++reader->n_digits == 4 && !take_code (reader, p, error))
    return NULL;
  return p + 1;
}

/* ---- Numbers and literals ---- */

static const char *
skip_digits (const char *p)
{
  while (g_ascii_isdigit (*p))
    p++;
  return p;
}

static gboolean
is_number (const char *p)
{
  const char *digits = *p == '-' ? p + 1 : p;

  p = skip_digits (digits);
  if (p == digits || (*digits == '0' && p > digits + 1))
    return FALSE;
  if (*p == '.')
    {
      digits = p + 1;
      p = skip_digits (digits);
      if (p == digits)
        return FALSE;
    }
  if (*p == 'e' || *p == 'E')
    {
      digits = p[1] == '+' || p[1] == '-' ? p + 2 : p + 1;
      p = skip_digits (digits);
      if (p == digits)
        return FALSE;
    }
  return *p == '\0';
}

static gboolean
end_word (OmaJsonReader *reader, const char *where, GError **error)
{
  const char *word = reader->text->str;
  OmaJsonKind kind;

  reader->token = IN_NOTHING;
  if (strcmp (word, "true") == 0)
    kind = OMA_JSON_TRUE;
  else if (strcmp (word, "false") == 0)
    kind = OMA_JSON_FALSE;
  else if (strcmp (word, "null") == 0)
    kind = OMA_JSON_NULL;
  else if (is_number (word))
    kind = OMA_JSON_NUMBER;
  else
    return malformed (reader, where, "there is no such number or word", error);
  value_has_ended (reader);
  return reader->handler->scalar (kind, word, reader->text->len, reader->user_data, error);
}

static const char *
read_word (OmaJsonReader *reader, const char *p, const char *end, GError **error)
{
  const char *run = p;

  while (p < end && (g_ascii_isalnum (*p) || *p == '+' || *p == '-' || *p == '.') && p - run <= OMA_JSON_MAX_NUMBER)
    p++;
  g_string_append_len (reader->text, run, p - run);
  if (reader->text->len > OMA_JSON_MAX_NUMBER)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, p, "a number is too long", error), NULL;
  return p == end || end_word (reader, p, error) ? p : NULL;
}

/* ---- The whole ---- */

static const char *
skip_mark (OmaJsonReader *reader, const char *p, const char *end, GError **error)
{
  while (p < end && reader->mark < strlen (BYTE_ORDER_MARK) && *p == BYTE_ORDER_MARK[reader->mark])
    {
      p++;
      reader->mark++;
    }
  if (p < end && reader->mark > 0 && reader->mark < strlen (BYTE_ORDER_MARK))
    return malformed (reader, p, "it is not UTF-8", error), NULL;
  return p;
}

static const char *
read_some (OmaJsonReader *reader, const char *p, const char *end, GError **error)
{
  switch (reader->token)
    {
    case IN_STRING:
      return read_string (reader, p, end, error);
    case IN_ESCAPE:
      return read_escape (reader, p, error);
    case IN_UNICODE:
      return read_unicode (reader, p, error);
    case IN_WORD:
      return read_word (reader, p, end, error);
    case IN_NOTHING:
    default:
      return read_structure (reader, p, error);
    }
}

static gboolean
read_chunk (OmaJsonReader *reader, const char *data, gsize size, GError **error)
{
  const char *p = data, *end = data + size;

  reader->start = data;
  if (size > reader->limits.max_size - reader->size)
    return refuse (reader, OMA_CODEC_ERROR_LIMIT, NULL, "it is too large", error);
  if (reader->size == reader->mark)
    p = skip_mark (reader, p, end, error);
  while (p != NULL && p < end)
    p = read_some (reader, p, end, error);
  reader->size += size;
  return p != NULL;
}

static gboolean
repeat_error (const OmaJsonReader *reader, GError **error)
{
  if (error != NULL)
    *error = g_error_copy (reader->error);
  return FALSE;
}

/**
 * oma_json_reader_feed:
 * @reader: a reader
 * @data: (nullable): the next octets
 * @size: how many
 * @error: return location for an %OMA_CODEC_ERROR, or what the handler returned
 *
 * Reads on.  After a failure each further call fails the same way.
 *
 * Returns: %TRUE, or %FALSE with %OMA_CODEC_ERROR_MALFORMED or %OMA_CODEC_ERROR_LIMIT; messages say where, and quote
 *   nothing
 */
gboolean
oma_json_reader_feed (OmaJsonReader *reader, const char *data, gsize size, GError **error)
{
  if (reader->error == NULL && (size == 0 || read_chunk (reader, data, size, &reader->error)))
    return TRUE;
  return repeat_error (reader, error);
}

/**
 * oma_json_reader_finish:
 * @reader: a reader that has got all
 * @error: return location for an %OMA_CODEC_ERROR, or what the handler returned
 *
 * Returns: whether it was a whole text
 */
gboolean
oma_json_reader_finish (OmaJsonReader *reader, GError **error)
{
  if (reader->error == NULL && reader->expectation != EXPECT_NOTHING)
    malformed (reader, NULL, "it ends too early", &reader->error);
  return reader->error == NULL || repeat_error (reader, error);
}

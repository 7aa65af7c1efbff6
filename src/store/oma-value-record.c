/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The octets of a record, numbers with their lowest octet first:
 *
 *   0   1 octet    version of this layout (0x0f), TYPE_IS_PLAIN, HAS_OWNER
 *   1   1 octet    format (0x0f), place of the value (0xf0)
 *   2   2 octets   verno
 *   4   4 octets   how many octets the value has, or the file's name
 *   8   8 octets   tstamp
 *  16              type with a NUL, unless TYPE_IS_PLAIN
 *                  owner with a NUL, if HAS_OWNER
 *                  the value, or the file's name
 *                  octets of 0, as few as make the size a multiple of 8
 *
 * There is one way to write a record, and none is the beginning of another.
 *
 * For SQLite a row is one column: each costs it as much as packing all.  A value of about the
 * same length leaves the size of the record as it is; then it can be written over the old one. */
#include "config.h"

#include "store/oma-value-record.h"

#include "store/oma-store.h"
#include "store/oma-value-dir.h"

#include <string.h>

#define LAYOUT        1
#define TYPE_IS_PLAIN 0x10
#define HAS_OWNER     0x20
#define PLAIN_TYPE    "text/plain"   /* of most leaves */
#define UNIT          8
#define HEAD          16

/* These numbers are on disk, and those of OmaFormat: a new one goes behind the last. */
typedef enum {
  PLACE_NONE,      /* no value */
  PLACE_RECORD,
  PLACE_SECRETS,
  PLACE_LARGE,
} Place;
G_STATIC_ASSERT (OMA_FORMAT_B64 == 1 && OMA_FORMAT_NODE == 6 && OMA_FORMAT_FLOAT == 11);
G_STATIC_ASSERT (OMA_N_FORMATS <= 0x10);

/* ---- Writing ---- */

static Place
place_of (const OmaValueRecord *record)
{
  if (record->data == NULL)
    return PLACE_NONE;
  if (record->dir == OMA_DATABASE_DIR_NONE)
    return PLACE_RECORD;
  return record->dir == OMA_DATABASE_DIR_SECRETS ? PLACE_SECRETS : PLACE_LARGE;
}

static void
put_head (guint8 *head, guint8 flags, const OmaValueRecord *record)
{
  guint16 verno = GUINT16_TO_LE (record->verno);
  guint32 size = GUINT32_TO_LE ((guint32) record->size);
  gint64 tstamp = GINT64_TO_LE (record->tstamp);

  head[0] = LAYOUT | flags;
  head[1] = (guint8) (record->format | place_of (record) << 4);
  memcpy (head + 2, &verno, sizeof verno);
  memcpy (head + 4, &size, sizeof size);
  memcpy (head + 8, &tstamp, sizeof tstamp);
}

static guint8 *
put_octets (guint8 *to, gconstpointer octets, gsize size)
{
  if (size > 0)
    memcpy (to, octets, size);
  return to + size;
}

/**
 * oma_value_record_pack:
 * @record: a record; without data its size is 0, and it is at most %G_MAXUINT32
 * @buffer: gets the packed record at its start; it only grows, so that one buffer serves many
 *   records
 *
 * Returns: how many octets of @buffer are the packed record
 */
gsize
oma_value_record_pack (const OmaValueRecord *record, GByteArray *buffer)
{
  gsize type_size = strcmp (record->type, PLAIN_TYPE) == 0 ? 0 : strlen (record->type) + 1;
  gsize owner_size = record->owner != NULL ? strlen (record->owner) + 1 : 0;
  gsize size = (HEAD + type_size + owner_size + record->size + UNIT - 1) / UNIT * UNIT;
  guint8 *to;

  if (buffer->len < size)
    g_byte_array_set_size (buffer, size);
  put_head (buffer->data, (type_size == 0 ? TYPE_IS_PLAIN : 0) | (owner_size > 0 ? HAS_OWNER : 0), record);
  if (size > HEAD)
    memset (buffer->data + size - UNIT, 0, UNIT);   /* as much of it as the rest does not cover */
  to = put_octets (buffer->data + HEAD, record->type, type_size);
  to = put_octets (to, record->owner, owner_size);
  put_octets (to, record->data, record->size);
  return size;
}

/* ---- Reading ---- */

typedef struct {
  const guint8 *next, *end;
} Reader;

static gsize
octets_left (const Reader *reader)
{
  return reader->end - reader->next;
}

static gboolean
get_text (Reader *reader, const char **text)
{
  const guint8 *end = memchr (reader->next, '\0', octets_left (reader));

  if (end == NULL || !g_utf8_validate_len ((const char *) reader->next, (gsize) (end - reader->next), NULL))
    return FALSE;
  *text = (const char *) reader->next;
  reader->next = end + 1;
  return TRUE;
}

static gboolean
get_head (Reader *reader, OmaValueRecord *record)
{
  guint8 format = reader->next[1] & 0x0f;
  guint16 verno;
  guint32 size;
  gint64 tstamp;

  if (format == OMA_FORMAT_NONE || format >= OMA_N_FORMATS)
    return FALSE;
  memcpy (&verno, reader->next + 2, sizeof verno);
  memcpy (&size, reader->next + 4, sizeof size);
  memcpy (&tstamp, reader->next + 8, sizeof tstamp);
  reader->next += HEAD;
  record->format = format;
  record->verno = GUINT16_FROM_LE (verno);
  record->size = GUINT32_FROM_LE (size);
  record->tstamp = GINT64_FROM_LE (tstamp);
  return TRUE;
}

static gboolean
get_texts (Reader *reader, guint8 flags, OmaValueRecord *record)
{
  if ((flags & ~(TYPE_IS_PLAIN | HAS_OWNER)) != LAYOUT)
    return FALSE;
  record->type = PLAIN_TYPE;
  if ((flags & TYPE_IS_PLAIN) == 0 && (!get_text (reader, &record->type) || strcmp (record->type, PLAIN_TYPE) == 0))
    return FALSE;
  return (flags & HAS_OWNER) == 0 || get_text (reader, &record->owner);
}

static gboolean
get_place (OmaValueRecord *record, guint8 place, const guint8 *data)
{
  static const OmaDatabaseDir dirs[] = {
    [PLACE_NONE] = OMA_DATABASE_DIR_NONE,
    [PLACE_RECORD] = OMA_DATABASE_DIR_NONE,
    [PLACE_SECRETS] = OMA_DATABASE_DIR_SECRETS,
    [PLACE_LARGE] = OMA_DATABASE_DIR_LARGE,
  };

  if (place >= G_N_ELEMENTS (dirs))
    return FALSE;
  record->dir = dirs[place];
  record->data = place != PLACE_NONE ? data : NULL;
  if (place == PLACE_NONE)
    return record->size == 0;
  return place == PLACE_RECORD || oma_value_dir_is_name ((const char *) data, record->size);
}

static gboolean
get_value (Reader *reader, OmaValueRecord *record, guint8 place)
{
  if (record->size > octets_left (reader) || !get_place (record, place, reader->next))
    return FALSE;
  reader->next += record->size;
  if (octets_left (reader) >= UNIT)
    return FALSE;
  while (reader->next < reader->end)
    if (*reader->next++ != 0)
      return FALSE;
  return TRUE;
}

/**
 * oma_value_record_unpack:
 * @record: (out caller-allocates): gets the record; it points into @octets
 * @octets: (nullable): what oma_value_record_pack() wrote
 * @size: how many octets
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: %TRUE, or %FALSE with %OMA_STORE_ERROR_DAMAGED when @octets are no record, or one
 *   of another layout
 */
gboolean
oma_value_record_unpack (OmaValueRecord *record, gconstpointer octets, gsize size, GError **error)
{
  const guint8 *head = size > 0 ? octets : (gconstpointer) "";
  Reader reader = { head, head + size };

  *record = (OmaValueRecord) { .format = OMA_FORMAT_NONE };
  if (size >= HEAD && size % UNIT == 0 && get_head (&reader, record) && get_texts (&reader, head[0], record) &&
      get_value (&reader, record, head[1] >> 4))
    return TRUE;
  g_set_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED, "Database: a node's value record is damaged");
  return FALSE;
}

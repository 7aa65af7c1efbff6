/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-object-out.h"

#include "base/oma-value-private.h"
#include "session/oma-dm1.h"

#define MIN_ROOM 64     /* octets of data for which it is worth to begin in what is left of a message */
#define MIN_PART 12     /* octets of data that go into a message however small the server wants it */

/**
 * oma_object_out_acknowledge:
 * @out: Results
 *
 * The server has what was written of them.
 */
void
oma_object_out_acknowledge (OmaObjectOut *out)
{
  out->acked = out->next;
}

/**
 * oma_object_out_rewind:
 * @out: Results
 *
 * The server has not got the last message: what it held of them is written again.
 */
void
oma_object_out_rewind (OmaObjectOut *out)
{
  out->next = out->acked;
  out->is_described = FALSE;
}

/**
 * oma_object_out_has_begun:
 * @out: Results
 *
 * Returns: whether the server has got a part of a value and waits for the next
 */
gboolean
oma_object_out_has_begun (const OmaObjectOut *out)
{
  return out->next.offset > 0;
}

/**
 * oma_object_out_next_item:
 * @out: Results of a list
 * @n: Items that were written as a whole, or 1 when the last part of one was
 */
void
oma_object_out_next_item (OmaObjectOut *out, guint n)
{
  out->next.item += n;
  out->next.offset = 0;
  out->is_described = FALSE;
}

static guint64
base64_size (gsize size)
{
  return ((guint64) size + 2) / 3 * 4;
}

/**
 * oma_object_out_is_too_large:
 * @value: a value
 * @as_text: the encoding has no octets, so that they travel as base64 text
 * @max_size: the server's MaxObjSize, 0 for any size
 *
 * Returns: whether @value is, as it travels, larger than the server takes
 */
gboolean
oma_object_out_is_too_large (const OmaValue *value, gboolean as_text, guint64 max_size)
{
  gsize size = oma_value_get_size (value);

  if (max_size == 0 || (base64_size (size) <= max_size))
    return FALSE;
  return size > max_size || (as_text && oma_dm1_needs_base64 (value));
}

/* A part ends between two characters. */
static gsize
cut_text (const char *data, gsize size, gsize length)
{
  gsize cut = length;

  while (cut > 0 && cut < size && ((guchar) data[cut] & 0xc0) == 0x80)
    cut--;
  return cut > 0 ? cut : MIN (size, MIN_PART);
}

typedef struct {
  OmaObjectOut *out;
  OmaDm1Writer *writer;
  OmaCommand   *results;
  OmaItem      *item;
  const char   *data;      /* what is left of the value */
  gsize         size;
} Part;

/* Writes the next @length octets.  Returns: how much larger the message became. */
static gsize
write_octets (Part *part, gsize length)
{
  gsize before = oma_encoder_get_size (part->writer->encoder);
  g_autofree char *text = NULL;

  part->item->data = part->data;
  part->item->data_length = length;
  if (part->out->base64)
    {
      text = g_base64_encode ((const guchar *) part->data, length);
      part->item->data = text;
      part->item->data_length = base64_size (length);
    }
  part->item->more_data = length < part->size;
  oma_dm1_write_command (part->writer, part->results);
  return oma_encoder_get_size (part->writer->encoder) - before;
}

static void
take_back (Part *part, gsize before)
{
  oma_encoder_truncate (part->writer->encoder, before);
  part->writer->cmd_id--;
}

static gsize
round_length (const Part *part, gsize length)
{
  if (length >= part->size)
    return part->size;
  if (part->out->base64)
    return MAX (length / 3 * 3, 3);
  return cut_text (part->data, part->size, length);
}

/* How many octets of text fit depends on what has to be escaped: the share that fitted is tried
 * next.  Returns: the octets that were written. */
static gsize
write_fitting (Part *part, gsize frame, gsize room)
{
  gsize before = oma_encoder_get_size (part->writer->encoder);
  gsize length = round_length (part, part->out->base64 ? room / 4 * 3 : room);

  for (;;)
    {
      gsize size = write_octets (part, length), data = size > frame ? size - frame : 1;

      if (data <= room || length <= MIN_PART)
        return length;
      take_back (part, before);
      length = round_length (part, MAX (MIN (length - 1, (gsize) ((guint64) length * room / data)), MIN_PART));
    }
}

/**
 * oma_object_out_write_part:
 * @out: Results, or an Alert
 * @writer: a writer
 * @results: the command with no items
 * @item: the Item with all but data
 * @value: its value
 *
 * Writes as much of @value as there is room for, as a part of a large object when it is not
 * all (DM Protocol 1.2, section 7).  A message that holds no answer yet takes a part however
 * small the server wants it.
 *
 * Returns: whether @value is written to its end
 */
gboolean
oma_object_out_write_part (OmaObjectOut *out, OmaDm1Writer *writer, OmaCommand *results, OmaItem *item,
                           const OmaValue *value)
{
  gsize total, before = oma_encoder_get_size (writer->encoder), frame, used, room, written;
  const char *data = oma_value_get_data (value, &total);
  Part part = { out, writer, results, item, data + out->next.offset, total - out->next.offset };
  gboolean fresh = before == writer->base;

  results->items = item;
  results->n_items = 1;
  item->meta.has_size = out->next.offset == 0;
  item->meta.size = out->base64 ? base64_size (total) : total;
  frame = write_octets (&part, 0);
  take_back (&part, before);
  used = before + frame + OMA_DM1_TAIL;
  room = writer->limit > used ? writer->limit - used : 0;
  if (!fresh && room < MIN_ROOM)
    return FALSE;

  written = write_fitting (&part, frame, MAX (room, MIN_PART));
  oma_value_release (value, 0, total);      /* the kernel reads more than was looked at */
  out->next.offset += written;
  return out->next.offset == total;
}

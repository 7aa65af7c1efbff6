/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"
#include "server-script.h"

#include <string.h>

size_t LLVMFuzzerMutate (uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver (const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                  size_t max_size, unsigned int seed);

static guint
next_random (guint *seed, guint limit)
{
  *seed = *seed * 1103515245u + 12345u;
  return (*seed >> 8) % limit;
}

static uint8_t *
get_record (uint8_t *data, guint i)
{
  return data + SCRIPT_SETTINGS + (gsize) i * SCRIPT_RECORD;
}

/* Makes room for @n records before record @i. */
static void
open_gap (uint8_t *data, guint n_records, guint i, guint n)
{
  memmove (get_record (data, i + n), get_record (data, i), (gsize) (n_records - i) * SCRIPT_RECORD);
}

/* Changes a script record by record, so that what follows keeps its meaning. */
size_t
LLVMFuzzerCustomMutator (uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
  guint n_records = size < SCRIPT_SETTINGS ? 0 : (size - SCRIPT_SETTINGS) / SCRIPT_RECORD;
  guint most = max_size < SCRIPT_SETTINGS ? 0 : (max_size - SCRIPT_SETTINGS) / SCRIPT_RECORD;
  guint i, n;

  if (n_records == 0 || next_random (&seed, 8) == 0)
    return LLVMFuzzerMutate (data, size, max_size);
  i = next_random (&seed, n_records);
  n = 1 + next_random (&seed, MIN (4, n_records - i));
  switch (next_random (&seed, 6))
    {
    case 0:    /* a new record */
      if (n_records == most)
        break;
      open_gap (data, n_records, i, 1);
      for (guint octet = 0; octet < SCRIPT_RECORD; octet++)
        get_record (data, i)[octet] = (uint8_t) next_random (&seed, 256);
      n_records++;
      break;
    case 1:    /* some go */
      memmove (get_record (data, i), get_record (data, i + n), (gsize) (n_records - i - n) * SCRIPT_RECORD);
      n_records -= n;
      break;
    case 2:    /* some come twice */
      if (n_records + n > most)
        break;
      open_gap (data, n_records, i, n);
      memmove (get_record (data, i), get_record (data, i + n), (gsize) n * SCRIPT_RECORD);
      n_records += n;
      break;
    case 3:    /* one becomes like another */
      memmove (get_record (data, i), get_record (data, next_random (&seed, n_records)), SCRIPT_RECORD);
      break;
    case 4:
      data[next_random (&seed, SCRIPT_SETTINGS)] = (uint8_t) next_random (&seed, 256);
      break;
    default:
      get_record (data, i)[next_random (&seed, SCRIPT_RECORD)] = (uint8_t) next_random (&seed, 256);
    }
  return SCRIPT_SETTINGS + (gsize) n_records * SCRIPT_RECORD;
}

/* The beginning of one script and the end of another. */
size_t
LLVMFuzzerCustomCrossOver (const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                           size_t max_size, unsigned int seed)
{
  guint n_a = a_size < SCRIPT_SETTINGS ? 0 : (a_size - SCRIPT_SETTINGS) / SCRIPT_RECORD;
  guint n_b = b_size < SCRIPT_SETTINGS ? 0 : (b_size - SCRIPT_SETTINGS) / SCRIPT_RECORD;
  gsize head = SCRIPT_SETTINGS + (gsize) next_random (&seed, n_a + 1) * SCRIPT_RECORD;
  gsize skip = SCRIPT_SETTINGS + (gsize) next_random (&seed, n_b + 1) * SCRIPT_RECORD;
  gsize tail;

  if (head > a_size || skip > b_size || head > max_size)
    return 0;
  tail = MIN (b_size - skip, max_size - head);
  memcpy (out, a, head);
  memcpy (out + head, b + skip, tail);
  return head + tail;
}

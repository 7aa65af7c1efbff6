/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fuzz-files.h"
#include "plugin/oma-crash-handler.h"
#include "plugin/oma-crash-record.h"

#include <fcntl.h>
#include <string.h>

#define RECORD 200
#define MAX_LINES 64

/* Each line of the input into its place, or the input as it is when it begins with a NUL. */
static void
write_record (const uint8_t *data, size_t size)
{
  g_autoptr(GBytes) empty = oma_crash_record_make_empty ();
  gsize length;
  gconstpointer octets = g_bytes_get_data (empty, &length);
  g_autofree char *record = g_memdup2 (octets, length);
  const uint8_t *end = data + size;

  if (size > 0 && data[0] == '\0')
    {
      fuzz_file_write (RECORD, data + 1, size - 1);
      return;
    }
  for (gsize i = 1; i <= MAX_LINES && data < end; i++)
    {
      const uint8_t *stop = memchr (data, '\n', (gsize) (end - data));
      gsize n = stop != NULL ? (gsize) (stop - data) + 1 : (gsize) (end - data);

      memcpy (record + i * OMA_CRASH_LINE, data, MIN (n, OMA_CRASH_LINE));
      data += n;
    }
  fuzz_file_write (RECORD, record, length);
}

static OmaCrashRecord *
open_record (void)
{
  g_autoptr(GError) error = NULL;
  OmaCrashRecord *record = oma_crash_record_new (fcntl (RECORD, F_DUPFD_CLOEXEC, 0), &error);

  if (record == NULL)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  else
    g_assert_no_error (error);
  return record;
}

/* What a process that was on its way down wrote.  A plugin whose count is taken back has none the next time either. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static gsize once;
  const struct stat file = { .st_size = 7 };
  g_autoptr(OmaCrashRecord) record = NULL;
  OmaCrashEntry *entry;

  if (g_once_init_enter (&once))
    {
      fuzz_file_make (RECORD);
      g_once_init_leave (&once, 1);
    }
  write_record (data, size);
  record = open_record ();
  if (record == NULL)
    return 0;
  entry = oma_crash_record_find (record, "fuzz", &file);
  if (entry != NULL && oma_crash_entry_get_count (entry) > 0)
    {
      g_autofree char *text = oma_crash_entry_describe (entry);

      g_assert_cmpuint (oma_crash_entry_get_count (entry), <=, G_MAXINT32);
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
  g_assert_true (oma_crash_record_reset (record, "fuzz", NULL) || entry == NULL);
  oma_crash_record_free (g_steal_pointer (&record));
  record = open_record ();
  g_assert_nonnull (record);
  entry = oma_crash_record_find (record, "fuzz", &file);
  g_assert_true (entry == NULL || oma_crash_entry_get_count (entry) == 0);
  return 0;
}

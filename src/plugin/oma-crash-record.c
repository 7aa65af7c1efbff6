/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-crash-record.h"

#include "plugin/oma-crash-handler.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEADER "omadm-plugin-crashes 1\n"
#define MAX_ENTRIES 64
#define RECORD_SIZE (OMA_CRASH_LINE * (1 + MAX_ENTRIES))
#define SEPARATORS 5                /* of a line: COUNT LAST SIGNAL FILE-TIME FILE-SIZE NAME */

struct _OmaCrashEntry {
  OmaCrashWatch watch;        /* its name is empty: free */
  int           number;       /* the signal of the last time */
  gint64        file_time;    /* nanoseconds since the epoch */
  gint64        file_size;
  gboolean      in_use;       /* of a plugin of this run */
};

struct _OmaCrashRecord {
  int           fd;
  OmaCrashEntry entries[MAX_ENTRIES];
};

/**
 * oma_crash_record_make_empty:
 *
 * Returns: (transfer full): the octets of a record in which nothing stands yet
 */
GBytes *
oma_crash_record_make_empty (void)
{
  char *octets = g_malloc0 (RECORD_SIZE);

  memcpy (octets, HEADER, strlen (HEADER));
  return g_bytes_new_take (octets, RECORD_SIZE);
}

static gboolean
parse_number (const char *text, gint64 minimum, gint64 maximum, gint64 *number)
{
  return g_ascii_string_to_signed (text, 10, minimum, maximum, number, NULL);
}

/* FALSE: this is no line of a record. */
static gboolean
parse_line (const char *line, OmaCrashEntry *entry)
{
  const char *end = memchr (line, '\n', OMA_CRASH_LINE);
  g_autofree char *text = end != NULL ? g_strndup (line, (gsize) (end - line)) : NULL;
  g_auto(GStrv) parts = text != NULL ? g_strsplit (text, " ", SEPARATORS + 1) : NULL;
  g_autofree char *name = NULL;
  gint64 count, number;

  if (parts == NULL || g_strv_length (parts) != SEPARATORS + 1)
    return FALSE;
  name = g_strcompress (parts[5]);
  if (!parse_number (parts[0], 1, G_MAXINT32, &count) || !parse_number (parts[1], 0, G_MAXINT64, &entry->watch.last) ||
      !parse_number (parts[2], 1, 64, &number) || !parse_number (parts[3], 0, G_MAXINT64, &entry->file_time) ||
      !parse_number (parts[4], 0, G_MAXINT64, &entry->file_size) || *name == '\0' ||
      strlen (name) >= sizeof entry->watch.name)
    return FALSE;
  g_strlcpy (entry->watch.name, name, sizeof entry->watch.name);
  entry->watch.count = (guint) count;
  entry->number = (int) number;
  return TRUE;
}

static void
parse (OmaCrashRecord *record, const char *octets)
{
  for (guint i = 0; i < MAX_ENTRIES; i++)
    {
      const char *line = octets + OMA_CRASH_LINE * (i + 1);
      OmaCrashEntry *entry = &record->entries[i];

      entry->watch.offset = OMA_CRASH_LINE * (i + 1);
      if (*line == '\0' || parse_line (line, entry))
        continue;
      g_warning ("Line %u of the record of crashes cannot be read: what it counted is forgotten", i + 1);
      entry->watch.count = 0;
      entry->watch.name[0] = '\0';
    }
}

/**
 * oma_crash_record_new:
 * @fd: (transfer full): the file, open for reading and writing; also taken when this fails
 * @error: return location for a %G_IO_ERROR
 *
 * Reads a record, and counts crashes in it from now on.  A line that cannot be read costs a warning.
 *
 * Returns: (transfer full): the record, or %NULL with %G_IO_ERROR_INVALID_DATA when the file is none
 */
OmaCrashRecord *
oma_crash_record_new (int fd, GError **error)
{
  g_autoptr(OmaCrashRecord) record = g_new0 (OmaCrashRecord, 1);
  g_autofree char *octets = g_malloc (RECORD_SIZE + 1);

  record->fd = fd;
  if (pread (fd, octets, RECORD_SIZE + 1, 0) != RECORD_SIZE || memcmp (octets, HEADER, sizeof HEADER) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "this is no record of crashes");
      return NULL;
    }
  parse (record, octets);
  oma_crash_handler_install (fd);
  return g_steal_pointer (&record);
}

/**
 * oma_crash_record_free:
 * @record: (transfer full): a record
 *
 * No plugin may run any more.
 */
void
oma_crash_record_free (OmaCrashRecord *record)
{
  oma_crash_handler_uninstall (record->fd);
  close (record->fd);
  g_free (record);
}

/* One that was not often enough, and too long ago to have to do with what may come. */
static gboolean
is_forgotten (const OmaCrashEntry *entry)
{
  return entry->watch.count < OMA_MAX_CRASHES &&
         g_get_real_time () / G_USEC_PER_SEC - entry->watch.last > OMA_CRASH_MEMORY;
}

static OmaCrashEntry *
lookup (OmaCrashRecord *record, const char *plugin)
{
  for (guint i = 0; i < MAX_ENTRIES; i++)
    if (strcmp (record->entries[i].watch.name, plugin) == 0)
      return &record->entries[i];
  return NULL;
}

/* A free one, or that of the plugin that has not been here for longest. */
static OmaCrashEntry *
take_entry (OmaCrashRecord *record)
{
  OmaCrashEntry *oldest = NULL;

  for (guint i = 0; i < MAX_ENTRIES; i++)
    {
      OmaCrashEntry *entry = &record->entries[i];

      if (entry->watch.name[0] == '\0')
        return entry;
      if (!entry->in_use && (oldest == NULL || entry->watch.last < oldest->watch.last))
        oldest = entry;
    }
  return oldest;
}

/* What the handler puts behind what it knows only then.  FALSE: the name is too long. */
static gboolean
prepare (OmaCrashEntry *entry, const char *plugin)
{
  g_autofree char *name = g_strescape (plugin, NULL);
  g_autofree char *tail = g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", entry->file_time,
                                           entry->file_size, name);

  return g_strlcpy (entry->watch.name, plugin, sizeof entry->watch.name) < sizeof entry->watch.name &&
         g_strlcpy (entry->watch.tail, tail, sizeof entry->watch.tail) < sizeof entry->watch.tail;
}

/**
 * oma_crash_record_find:
 * @record: a record
 * @plugin: name of a plugin
 * @file: of its shared object.  One of another time or size is another plugin, which has done nothing
 *   yet; what a file says of itself one gets to know too late, when it has been loaded
 *
 * Finds what is known of a plugin, and a place for what will be.
 *
 * Returns: (transfer none) (nullable): it, or %NULL when there is no room for one more
 */
OmaCrashEntry *
oma_crash_record_find (OmaCrashRecord *record, const char *plugin, const struct stat *file)
{
  gint64 file_time = (gint64) file->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + file->st_mtim.tv_nsec;
  OmaCrashEntry *entry = lookup (record, plugin);
  gboolean is_new = entry == NULL;

  if (is_new)
    entry = take_entry (record);
  if (entry == NULL)
    return NULL;
  if (is_new || entry->file_time != file_time || entry->file_size != file->st_size || is_forgotten (entry))
    {
      entry->watch.count = 0;
      entry->file_time = MAX (file_time, 0);
      entry->file_size = file->st_size;
    }
  entry->in_use = prepare (entry, plugin);
  if (entry->in_use)
    return entry;
  entry->watch.name[0] = '\0';
  return NULL;
}

/**
 * oma_crash_record_reset:
 * @record: a record
 * @plugin: name of a plugin
 * @error: return location for a %G_IO_ERROR
 *
 * Forgets that a plugin took the daemon down.  One that was left out is loaded again when the daemon
 * starts the next time.
 *
 * Returns: %TRUE when it is forgotten for good, or %FALSE with what the system says
 */
gboolean
oma_crash_record_reset (OmaCrashRecord *record, const char *plugin, GError **error)
{
  static const char nothing[OMA_CRASH_LINE];
  gboolean written = TRUE;

  if (lookup (record, plugin) == NULL)
    return TRUE;
  /* A damaged record may have two lines for it. */
  for (guint i = 0; i < MAX_ENTRIES && written; i++)
    {
      OmaCrashEntry *entry = &record->entries[i];

      if (strcmp (entry->watch.name, plugin) != 0)
        continue;
      entry->watch.count = 0;
      written = pwrite (record->fd, nothing, sizeof nothing, entry->watch.offset) == sizeof nothing;
    }
  if (written && fsync (record->fd) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "The record of crashes cannot be written: %s",
               g_strerror (errno));
  return FALSE;
}

/**
 * oma_crash_entry_get_count:
 * @entry: what is known of a plugin
 *
 * Returns: how often it took the daemon down
 */
guint
oma_crash_entry_get_count (const OmaCrashEntry *entry)
{
  return entry->watch.count;
}

/**
 * oma_crash_entry_get_last:
 * @entry: what is known of a plugin that took the daemon down
 *
 * Returns: when it last did, in seconds since the epoch
 */
gint64
oma_crash_entry_get_last (const OmaCrashEntry *entry)
{
  return entry->watch.last;
}

/**
 * oma_crash_entry_get_signal:
 * @entry: what is known of a plugin that took the daemon down
 *
 * Returns: by which signal it last did
 */
int
oma_crash_entry_get_signal (const OmaCrashEntry *entry)
{
  return entry->number;
}

/**
 * oma_crash_entry_describe:
 * @entry: what is known of a plugin that took the daemon down
 *
 * Returns: (transfer full): how often it did, and when the last time, for people
 */
char *
oma_crash_entry_describe (const OmaCrashEntry *entry)
{
  g_autoptr(GDateTime) last = g_date_time_new_from_unix_local (entry->watch.last);
  g_autofree char *when = last != NULL ? g_date_time_format (last, "%F %T") : g_strdup ("an unknown day");
  g_autofree char *times = entry->watch.count == 1 ? g_strdup ("once") : g_strdup_printf ("%u times", entry->watch.count);

  return g_strdup_printf ("it took the daemon down %s, last on %s by signal %d (%s)", times, when, entry->number,
                          g_strsignal (entry->number));
}

/**
 * oma_crash_entry_begin_load:
 * @entry: a plugin that is about to be loaded
 *
 * See oma_crash_handler_begin_load().
 */
void
oma_crash_entry_begin_load (OmaCrashEntry *entry)
{
  oma_crash_handler_begin_load (&entry->watch);
}

/**
 * oma_crash_entry_end_load:
 * @entry: the plugin
 * @address: (nullable): in its code, or %NULL when it was not loaded
 *
 * See oma_crash_handler_end_load().
 */
void
oma_crash_entry_end_load (OmaCrashEntry *entry, gconstpointer address)
{
  oma_crash_handler_end_load (&entry->watch, address);
}

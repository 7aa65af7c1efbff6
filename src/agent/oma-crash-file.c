/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-crash-file.h"

#include <errno.h>
#include <fcntl.h>

#define FILE_NAME "plugin-crashes"

static OmaCrashRecord *
read_file (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      int saved_errno = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), g_strerror (saved_errno));
      return NULL;
    }
  return oma_crash_record_new (fd, error);
}

/* All of it is written at once, so that there is room for it when it is needed. */
static gboolean
make_file (const char *path, GError **error)
{
  g_autoptr(GBytes) empty = oma_crash_record_make_empty ();
  gsize size;
  const char *octets = g_bytes_get_data (empty, &size);

  return g_file_set_contents_full (path, octets, (gssize) size,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

/**
 * oma_crash_file_open:
 * @state_dir: the directory of the daemon's state
 *
 * Opens the record of the plugins that took the daemon down, and makes it when it is not there or not
 * to be read, which costs a warning.
 *
 * Returns: (transfer full) (nullable): the record, or %NULL when there can be none, which is logged
 */
OmaCrashRecord *
oma_crash_file_open (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, FILE_NAME, NULL);
  g_autoptr(GError) error = NULL;
  OmaCrashRecord *record = read_file (path, &error);

  if (record != NULL)
    return record;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_warning ("%s: %s; which plugins took the daemon down is forgotten", path, error->message);
  g_clear_error (&error);
  if (make_file (path, &error))
    record = read_file (path, &error);
  if (record == NULL)
    g_warning ("%s: %s; plugins that take the daemon down are not found out", path, error->message);
  return record;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "oma-ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/**
 * oma_ctl_put_string:
 * @settings: settings of a call
 * @key: their key
 * @value: (nullable): its value, %NULL: none
 */
void
oma_ctl_put_string (GVariantDict *settings, const char *key, const char *value)
{
  if (value != NULL)
    g_variant_dict_insert (settings, key, "s", value);
}

/**
 * oma_ctl_open_file:
 * @path: name of a file
 * @fds: descriptors of the call
 * @error: return location for a #GIOErrorEnum
 *
 * The daemon gets a descriptor: a file that only the caller may read never has to be opened to others, and nothing
 * secret stands in a message.
 *
 * Returns: its handle, -1 with @error
 */
int
oma_ctl_open_file (const char *path, GUnixFDList *fds, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  int handle;

  if (fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      return -1;
    }
  handle = g_unix_fd_list_append (fds, fd, error);
  close (fd);
  return handle;
}

/**
 * oma_ctl_put_file:
 * @settings: settings of a call
 * @fds: its descriptors
 * @key: their key
 * @path: (nullable): name of a file, %NULL: none
 * @error: return location for a #GIOErrorEnum
 *
 * Returns: %FALSE when the file cannot be opened
 */
gboolean
oma_ctl_put_file (GVariantDict *settings, GUnixFDList *fds, const char *key, const char *path, GError **error)
{
  int handle;

  if (path == NULL)
    return TRUE;
  handle = oma_ctl_open_file (path, fds, error);
  if (handle < 0)
    return FALSE;
  g_variant_dict_insert (settings, key, "h", handle);
  return TRUE;
}

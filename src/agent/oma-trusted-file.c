/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-trusted-file.h"

#include "base/oma-secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
refuse (const char *path, const char *reason, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "%s: %s", path, reason);
  return FALSE;
}

static gboolean
check_file (const char *path, const struct stat *status, OmaTrustedFileFlags flags, GError **error)
{
  gboolean own = (flags & OMA_TRUSTED_FILE_ACCEPT_OWN) != 0 && status->st_uid == geteuid ();

  if (!S_ISREG (status->st_mode))
    return refuse (path, "not a regular file", error);
  if (status->st_uid != 0 && !own)
    return refuse (path, "not owned by root", error);
  if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse (path, "writable by group or others", error);
  if ((flags & OMA_TRUSTED_FILE_SECRET) != 0 && (status->st_mode & S_IRWXO) != 0)
    return refuse (path, "holds a secret, but others may read it", error);
  return TRUE;
}

static gboolean
fail_errno (const char *path, GError **error)
{
  int saved_errno = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

/* Reads @size octets, or fewer when the file ends before. */
static gboolean
read_all (int fd, const char *path, char *data, gsize *size, GError **error)
{
  gsize done = 0;

  while (done < *size)
    {
      gssize n = read (fd, data + done, *size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail_errno (path, error);
      if (n == 0)
        break;
      done += (gsize) n;
    }
  *size = done;
  return TRUE;
}

static GBytes *
read_open_file (int fd, const char *path, gsize max_size, OmaTrustedFileFlags flags, GError **error)
{
  g_autoptr(GBytes) bytes = NULL;
  struct stat status;
  gsize size;
  char *data;

  if (fstat (fd, &status) < 0)
    return fail_errno (path, error), NULL;
  if (!check_file (path, &status, flags, error))
    return NULL;
  if ((guint64) status.st_size > max_size)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "%s: larger than %" G_GSIZE_FORMAT " octets", path,
                   max_size);
      return NULL;
    }
  size = (gsize) status.st_size;
  data = g_malloc0 (size + 1);
  bytes = oma_secret_bytes_new (data, size);
  if (!read_all (fd, path, data, &size, error))
    return NULL;
  return g_bytes_new_from_bytes (bytes, 0, size);
}

/**
 * oma_trusted_file_read:
 * @path: name of a file
 * @max_size: octets that it may have
 * @flags: what is asked of it
 * @error: return location for a %G_IO_ERROR
 *
 * Reads a file that decides what the daemon does: a regular file, owned by root and not
 * writable by group or others.  What is checked is the open file, so that it cannot be
 * exchanged between check and reading.
 *
 * Returns: (transfer full): its octets, wiped when they are freed, or %NULL with
 *   %G_IO_ERROR_PERMISSION_DENIED for one that cannot be trusted,
 *   %G_IO_ERROR_MESSAGE_TOO_LARGE, or what the system says
 */
GBytes *
oma_trusted_file_read (const char *path, gsize max_size, OmaTrustedFileFlags flags, GError **error)
{
  /* A FIFO must not stop the daemon: it is refused after the open, which must not wait. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  GBytes *bytes;

  if (fd < 0)
    return fail_errno (path, error), NULL;
  bytes = read_open_file (fd, path, max_size, flags, error);
  close (fd);
  return bytes;
}

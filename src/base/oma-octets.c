/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-octets.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct _OmaOctets {
  gatomicrefcount ref_count;
  char           *data;
  gsize           size;
  gsize           mapped;      /* whole pages, with room for the NUL */
  GMutex          mutex;       /* guards all that follows */
  gboolean        in_file;     /* pages can be dropped: they are read again from a file */
  int             fd;          /* of a file without a name of its own, or -1 */
  char           *path;        /* of the file with a name, or NULL */
  dev_t           device;      /* of that file */
  ino_t           inode;
};

static gsize
round_up (gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return (size + page - 1) / page * page;
}

/* Memory for @size octets and a NUL; the file's pages then go over it.  The last one of a
 * file is filled up with zeros, so that the NUL is there in either case. */
static OmaOctets *
octets_new (gsize size)
{
  OmaOctets *octets;
  gsize mapped = round_up (size + 1);
  char *data = mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (data == MAP_FAILED)
    return NULL;
  octets = g_new0 (OmaOctets, 1);
  g_atomic_ref_count_init (&octets->ref_count);
  g_mutex_init (&octets->mutex);
  octets->data = data;
  octets->size = size;
  octets->mapped = mapped;
  octets->fd = -1;
  return octets;
}

static gboolean
map_file (OmaOctets *octets, int fd)
{
  return mmap (octets->data, octets->size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED;
}

/**
 * oma_octets_new_copy:
 * @data: octets, copied
 * @size: how many, more than 0
 *
 * Like g_malloc() it does not return when there is no memory.
 *
 * Returns: (transfer full): the octets, in memory until they are settled in a file
 */
OmaOctets *
oma_octets_new_copy (gconstpointer data, gsize size)
{
  OmaOctets *octets = octets_new (size);

  if (octets == NULL)
    g_error ("%s: could not map %" G_GSIZE_FORMAT " octets", G_STRLOC, size);
  memcpy (octets->data, data, size);
  return octets;
}

/**
 * oma_octets_new_fd:
 * @fd: (transfer full): a regular file or memory file; taken over also on failure
 * @size: octets of the file, more than 0
 * @error: return location for a #GIOErrorEnum
 *
 * Returns: (transfer full): the octets of the file, which must not change any more, or %NULL
 */
OmaOctets *
oma_octets_new_fd (int fd, gsize size, GError **error)
{
  OmaOctets *octets = octets_new (size);
  int saved = errno;

  if (octets != NULL)
    {
      octets->fd = fd;
      octets->in_file = map_file (octets, fd);
      saved = errno;
      if (octets->in_file)
        return octets;
      oma_octets_unref (octets);
    }
  else
    close (fd);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Could not map the value: %s", g_strerror (saved));
  return NULL;
}

/**
 * oma_octets_ref:
 * @octets: octets
 *
 * Returns: (transfer full): @octets
 */
OmaOctets *
oma_octets_ref (OmaOctets *octets)
{
  g_atomic_ref_count_inc (&octets->ref_count);
  return octets;
}

/**
 * oma_octets_unref:
 * @octets: (transfer full): octets
 */
void
oma_octets_unref (OmaOctets *octets)
{
  if (!g_atomic_ref_count_dec (&octets->ref_count))
    return;
  munmap (octets->data, octets->mapped);
  if (octets->fd >= 0)
    close (octets->fd);
  g_mutex_clear (&octets->mutex);
  g_free (octets->path);
  g_free (octets);
}

/**
 * oma_octets_get_data:
 * @octets: octets
 *
 * Returns: (transfer none): the first one; a NUL stands behind the last
 */
const char *
oma_octets_get_data (const OmaOctets *octets)
{
  return octets->data;
}

/**
 * oma_octets_release:
 * @octets: octets
 * @offset: the first one
 * @size: how many
 *
 * Gives the memory back into which octets were read from their file.  They can still be
 * looked at: then they are read again.
 */
void
oma_octets_release (const OmaOctets *octets, gsize offset, gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize start = offset / page * page;
  gsize end = MIN (round_up (offset + size), round_up (octets->size));
  OmaOctets *self = (OmaOctets *) octets;

  g_mutex_lock (&self->mutex);
  if (octets->in_file && end > start)
    madvise (octets->data + start, end - start, MADV_DONTNEED);
  g_mutex_unlock (&self->mutex);
}

/**
 * oma_octets_dup_fd:
 * @octets: octets
 *
 * Opens the file for reading, from its start.
 *
 * Returns: a new descriptor, close-on-exec and owned by the caller, or -1 when the octets are
 *   in no file, or in one that nobody can open any more
 */
int
oma_octets_dup_fd (OmaOctets *octets)
{
  char name[32];
  struct stat st;
  int fd = -1;

  g_mutex_lock (&octets->mutex);
  if (octets->fd >= 0)
    {
      g_snprintf (name, sizeof name, "/proc/self/fd/%d", octets->fd);
      fd = open (name, O_RDONLY | O_CLOEXEC);
    }
  else if (octets->path != NULL)
    {
      fd = open (octets->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
      if (fd >= 0 && (fstat (fd, &st) != 0 || st.st_dev != octets->device || st.st_ino != octets->inode))
        {
          close (fd);
          fd = -1;
        }
    }
  g_mutex_unlock (&octets->mutex);
  return fd;
}

/* A file without a name that nobody but us can have written to. */
static gboolean
is_our_nameless_file (int fd)
{
  struct stat st;

  return fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_nlink == 0 && st.st_uid == geteuid () &&
         (st.st_mode & 07777) == 0600;
}

/**
 * oma_octets_link:
 * @octets: octets
 * @path: name that no file has yet
 *
 * Gives a file that was made without a name (O_TMPFILE) one, with its octets on disk.  The
 * name itself is durable when its directory is synced.
 *
 * Returns: whether it was done; if not, the octets have to be copied
 */
gboolean
oma_octets_link (OmaOctets *octets, const char *path)
{
  char name[32];
  gboolean linked;

  g_mutex_lock (&octets->mutex);
  g_snprintf (name, sizeof name, "/proc/self/fd/%d", octets->fd);
  linked = is_our_nameless_file (octets->fd) && fdatasync (octets->fd) == 0 &&
           linkat (AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
  g_mutex_unlock (&octets->mutex);
  return linked;
}

/**
 * oma_octets_settle:
 * @octets: octets
 * @path: a file that holds the same octets and will never change
 *
 * From now on the octets are read from @path.  No descriptor stays open, and what they took
 * in memory is free.  Whoever looks at them meanwhile sees no difference.
 *
 * Returns: whether it was done; if not, they stay where they are
 */
gboolean
oma_octets_settle (OmaOctets *octets, const char *path)
{
  struct stat st;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean settled = fd >= 0 && fstat (fd, &st) == 0 && (gsize) st.st_size == octets->size;

  g_mutex_lock (&octets->mutex);
  settled = settled && map_file (octets, fd);
  if (settled)
    {
      octets->in_file = TRUE;
      octets->device = st.st_dev;
      octets->inode = st.st_ino;
      g_free (octets->path);
      octets->path = g_strdup (path);
      if (octets->fd >= 0)
        close (octets->fd);
      octets->fd = -1;
    }
  g_mutex_unlock (&octets->mutex);
  if (fd >= 0)
    close (fd);
  return settled;
}

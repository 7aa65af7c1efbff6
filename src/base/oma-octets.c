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
  GPtrArray      *paths;       /* (element-type utf8): names of the file that has some, or NULL */
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
  g_clear_pointer (&octets->paths, g_ptr_array_unref);
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

static gboolean
is_settled_in (const OmaOctets *octets, const struct stat *st)
{
  return octets->paths != NULL && st->st_dev == octets->device && st->st_ino == octets->inode;
}

/* Opens the file under one of its names; those that are gone are forgotten. */
static int
open_by_name (OmaOctets *octets)
{
  struct stat st;

  while (octets->paths != NULL && octets->paths->len > 0)
    {
      int fd = open (g_ptr_array_index (octets->paths, octets->paths->len - 1), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

      if (fd >= 0 && fstat (fd, &st) == 0 && is_settled_in (octets, &st))
        return fd;
      if (fd < 0 && errno != ENOENT)
        return -1;
      if (fd >= 0)
        close (fd);
      g_ptr_array_set_size (octets->paths, (int) octets->paths->len - 1);
    }
  return -1;
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
  int fd = -1;

  g_mutex_lock (&octets->mutex);
  if (octets->fd >= 0)
    {
      g_snprintf (name, sizeof name, "/proc/self/fd/%d", octets->fd);
      fd = open (name, O_RDONLY | O_CLOEXEC);
    }
  else
    fd = open_by_name (octets);
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

static gboolean
link_nameless (OmaOctets *octets, const char *path)
{
  char name[32];

  g_snprintf (name, sizeof name, "/proc/self/fd/%d", octets->fd);
  return is_our_nameless_file (octets->fd) && fdatasync (octets->fd) == 0 &&
         linkat (AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* The octets are on disk since they were settled. */
static gboolean
link_settled (OmaOctets *octets, const char *path)
{
  int fd = open_by_name (octets);
  struct stat st;
  gboolean same;

  if (fd < 0)
    return FALSE;
  close (fd);
  if (linkat (AT_FDCWD, g_ptr_array_index (octets->paths, octets->paths->len - 1), AT_FDCWD, path, 0) != 0)
    return FALSE;
  same = lstat (path, &st) == 0 && is_settled_in (octets, &st);
  if (!same)
    unlink (path);
  return same;
}

/**
 * oma_octets_link:
 * @octets: octets
 * @path: name that no file has yet
 *
 * Gives a file that was made without a name (O_TMPFILE) one, with its octets on disk, or a file
 * in which the octets are settled one more.  The name itself is durable when its directory is
 * synced.
 *
 * Returns: whether it was done; if not, the octets have to be copied
 */
gboolean
oma_octets_link (OmaOctets *octets, const char *path)
{
  gboolean linked;

  g_mutex_lock (&octets->mutex);
  linked = octets->fd >= 0 ? link_nameless (octets, path) : link_settled (octets, path);
  g_mutex_unlock (&octets->mutex);
  return linked;
}

/* Those of values that are gone. */
static void
forget_old_names (OmaOctets *octets)
{
  for (guint i = octets->paths->len; i > 0; i--)
    if (access (g_ptr_array_index (octets->paths, i - 1), F_OK) != 0)
      g_ptr_array_remove_index (octets->paths, i - 1);
}

static gboolean
move_to_file (OmaOctets *octets, int fd, const struct stat *st)
{
  if (!map_file (octets, fd))
    return FALSE;
  octets->in_file = TRUE;
  octets->device = st->st_dev;
  octets->inode = st->st_ino;
  g_clear_pointer (&octets->paths, g_ptr_array_unref);
  octets->paths = g_ptr_array_new_with_free_func (g_free);
  if (octets->fd >= 0)
    close (octets->fd);
  octets->fd = -1;
  return TRUE;
}

/**
 * oma_octets_settle:
 * @octets: octets
 * @path: a file that holds the same octets and will never change
 *
 * From now on the octets are read from @path, as long as it is there; of a file that they are in
 * already it is one more name.  No descriptor stays open, and what they took
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
  if (settled && !is_settled_in (octets, &st))
    settled = move_to_file (octets, fd, &st);
  if (settled)
    {
      forget_old_names (octets);
      g_ptr_array_add (octets->paths, g_strdup (path));
    }
  g_mutex_unlock (&octets->mutex);
  if (fd >= 0)
    close (fd);
  return settled;
}

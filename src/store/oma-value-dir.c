/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-value-dir.h"

#include "base/oma-status.h"
#include "base/oma-value-private.h"
#include "store/oma-store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct _OmaValueDir {
  char       *path;       /* NULL: values are kept in memory */
  GHashTable *memory;     /* (element-type utf8 OmaValue) */
};

static gboolean
sync_directory (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && fsync (fd) == 0;
  int saved = errno;

  if (fd >= 0)
    close (fd);
  errno = saved;
  return synced;
}

/* A directory whose own name is lost with the power would take durable files along. */
static gboolean
make_directory (const char *state_dir, const char *path)
{
  return g_mkdir (path, 0700) == 0 ? sync_directory (state_dir) : errno == EEXIST;
}

static OmaStoreError
store_error_from_errno (int number)
{
  switch (number)
    {
    case EROFS:
    case EACCES:
      return OMA_STORE_ERROR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
      return OMA_STORE_ERROR_FULL;
    default:
      return OMA_STORE_ERROR_FAILED;
    }
}

/**
 * oma_value_dir_open:
 * @state_dir: (nullable): the state directory, %NULL to keep values in memory
 * @name: name of the directory
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: (transfer full): the directory @name in @state_dir, made with mode 0700 when
 *   it is missing, or %NULL
 */
OmaValueDir *
oma_value_dir_open (const char *state_dir, const char *name, GError **error)
{
  OmaValueDir *dir = g_new0 (OmaValueDir, 1);

  dir->memory = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) oma_value_unref);
  if (state_dir == NULL)
    return dir;
  dir->path = g_build_filename (state_dir, name, NULL);
  if (!make_directory (state_dir, dir->path))
    {
      int saved = errno;

      g_set_error (error, OMA_STORE_ERROR, store_error_from_errno (saved), "Could not make %s: %s", dir->path,
                   g_strerror (saved));
      oma_value_dir_free (dir);
      return NULL;
    }
  return dir;
}

/**
 * oma_value_dir_free:
 * @dir: (transfer full): a directory
 */
void
oma_value_dir_free (OmaValueDir *dir)
{
  g_hash_table_unref (dir->memory);
  g_free (dir->path);
  g_free (dir);
}

static void
set_write_error (GError **error, const char *what, int saved)
{
  g_set_error (error, OMA_STATUS_ERROR,
               saved == ENOSPC || saved == EDQUOT ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_COMMAND_FAILED,
               "Could not %s the file of a value: %s", what, g_strerror (saved));
}

static gboolean
write_file (const char *path, const OmaValue *value, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean written;

  if (fd < 0)
    {
      set_write_error (error, "make", errno);
      return FALSE;
    }
  written = oma_value_copy_to_fd (value, fd) && fsync (fd) == 0;
  if (!written)
    {
      set_write_error (error, "write", errno);
      unlink (path);
    }
  close (fd);
  return written;
}

/**
 * oma_value_dir_put:
 * @dir: a directory
 * @value: the value
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Writes a value to a new file and syncs it; one that arrived in a file of
 * oma_value_dir_spool() is not copied.  The file counts only once its name is in the
 * database; oma_value_dir_sync() must come first.
 *
 * Returns: (transfer full): the file's name, or %NULL with %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_COMMAND_FAILED
 */
char *
oma_value_dir_put (OmaValueDir *dir, const OmaValue *value, GError **error)
{
  g_autofree char *name = g_uuid_string_random ();
  g_autofree char *path = NULL;

  if (dir->path == NULL)
    {
      g_hash_table_insert (dir->memory, g_strdup (name), oma_value_ref ((OmaValue *) value));
      return g_steal_pointer (&name);
    }
  path = g_build_filename (dir->path, name, NULL);
  if (oma_value_link (value, path) || write_file (path, value, error))
    return g_steal_pointer (&name);
  return NULL;
}

/**
 * oma_value_dir_settle:
 * @dir: a directory
 * @name: what oma_value_dir_put() gave for @value
 * @value: a value whose file's name the database has taken up
 *
 * Lets a large value have its octets in its file and nowhere else.
 */
void
oma_value_dir_settle (OmaValueDir *dir, const char *name, const OmaValue *value)
{
  g_autofree char *path = NULL;

  if (dir->path == NULL || !oma_value_is_large (value))
    return;
  path = g_build_filename (dir->path, name, NULL);
  oma_value_settle (value, path);
}

static int
make_named_spool (const OmaValueDir *dir)
{
  g_autofree char *path = g_build_filename (dir->path, "spool-XXXXXX", NULL);
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  int saved = errno;

  if (fd >= 0)
    unlink (path);
  errno = saved;
  return fd;
}

/**
 * oma_value_dir_spool:
 * @dir: a directory; it may be in use by another thread
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes a file for a large value that is about to arrive.  It has no name, so that nothing is
 * left of it when the daemon dies; where the file system cannot do that it has one for a
 * moment, and goes with the next start.
 *
 * Returns: a descriptor to read and write, or -1 with %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_COMMAND_FAILED
 */
int
oma_value_dir_spool (OmaValueDir *dir, GError **error)
{
  int fd;

  if (dir->path == NULL)
    fd = memfd_create ("omadm-spool", MFD_CLOEXEC);
  else
    {
      fd = open (dir->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        fd = make_named_spool (dir);
    }
  if (fd < 0)
    set_write_error (error, "make", errno);
  return fd;
}

/**
 * oma_value_dir_sync:
 * @dir: a directory
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the names of new files durable.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_value_dir_sync (OmaValueDir *dir, GError **error)
{
  if (dir->path == NULL || sync_directory (dir->path))
    return TRUE;
  set_write_error (error, "sync", errno);
  return FALSE;
}

/**
 * oma_value_dir_is_name:
 * @name: what stands for the name of a file
 * @size: its octets
 *
 * Returns: whether it can be one that oma_value_dir_put() gave: a damaged name must not lead out of
 *   the directory
 */
gboolean
oma_value_dir_is_name (const char *name, gsize size)
{
  return size > 0 && name[0] != '.' && memchr (name, '/', size) == NULL && memchr (name, '\0', size) == NULL;
}

/**
 * oma_value_dir_get:
 * @dir: a directory
 * @name: a name that oma_value_dir_put() gave
 * @format: format of the value
 * @type: its MIME type
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: (transfer full): the value, or %NULL with %OMA_STORE_ERROR_DAMAGED when @name is none or
 *   there is no such file
 */
OmaValue *
oma_value_dir_get (OmaValueDir *dir, const char *name, OmaFormat format, const char *type, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr(GError) local = NULL;
  OmaValue *value;

  if (!oma_value_dir_is_name (name, strlen (name)))
    {
      g_set_error_literal (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED, "The name of a value's file is damaged");
      return NULL;
    }
  if (dir->path == NULL)
    {
      value = g_hash_table_lookup (dir->memory, name);
      return value != NULL ? oma_value_with_format (value, format, type) : oma_value_new (format, type, NULL, 0);
    }
  path = g_build_filename (dir->path, name, NULL);
  value = oma_value_new_file (format, type, path, &local);
  if (value == NULL)
    g_set_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED, "A value is missing: %s", local->message);
  return value;
}

static void
remove_file (OmaValueDir *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir->path, name, NULL);

  if (unlink (path) != 0 && errno != ENOENT)
    g_warning ("Could not remove the value %s: %s", path, g_strerror (errno));
}

/**
 * oma_value_dir_remove:
 * @dir: a directory
 * @name: a name that oma_value_dir_put() gave, or a damaged one, which is left alone
 *
 * Removes a file; one that is left for whatever reason goes with the next start.
 */
void
oma_value_dir_remove (OmaValueDir *dir, const char *name)
{
  if (!oma_value_dir_is_name (name, strlen (name)))
    return;
  if (dir->path == NULL)
    g_hash_table_remove (dir->memory, name);
  else
    remove_file (dir, name);
}

/**
 * oma_value_dir_remove_others:
 * @dir: a directory
 * @names: (element-type utf8 utf8): the names that are in use, a set
 *
 * Removes what an interrupted write or removal left.
 */
void
oma_value_dir_remove_others (OmaValueDir *dir, GHashTable *names)
{
  g_autoptr(GDir) entries = dir->path != NULL ? g_dir_open (dir->path, 0, NULL) : NULL;
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (!g_hash_table_contains (names, name))
      remove_file (dir, name);
}

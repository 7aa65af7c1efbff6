/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "store/oma-secret-dir.h"

#include "base/oma-status.h"
#include "store/oma-store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _OmaSecretDir {
  char       *path;       /* NULL: secrets are kept in memory */
  GHashTable *memory;     /* (element-type utf8 GBytes) */
};

/**
 * oma_secret_dir_open:
 * @state_dir: (nullable): the state directory, %NULL to keep secrets in memory
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: (transfer full): the directory "secrets" in @state_dir, made with mode 0700 when
 *   it is missing, or %NULL
 */
OmaSecretDir *
oma_secret_dir_open (const char *state_dir, GError **error)
{
  OmaSecretDir *dir = g_new0 (OmaSecretDir, 1);

  dir->memory = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  if (state_dir == NULL)
    return dir;
  dir->path = g_build_filename (state_dir, "secrets", NULL);
  if (g_mkdir (dir->path, 0700) != 0 && errno != EEXIST)
    {
      g_set_error (error, OMA_STORE_ERROR, errno == EROFS || errno == EACCES ? OMA_STORE_ERROR_READ_ONLY
                                                                            : OMA_STORE_ERROR_FAILED,
                   "Could not make %s: %s", dir->path, g_strerror (errno));
      oma_secret_dir_free (dir);
      return NULL;
    }
  return dir;
}

/**
 * oma_secret_dir_free:
 * @dir: (transfer full): a directory
 */
void
oma_secret_dir_free (OmaSecretDir *dir)
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
               "Could not %s a secret: %s", what, g_strerror (saved));
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      size -= n;
    }
  return TRUE;
}

/**
 * oma_secret_dir_put:
 * @dir: a directory
 * @value: the secret
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Writes a secret to a new file and syncs it.  The file counts only once its name is in the
 * database; oma_secret_dir_sync() must come first.
 *
 * Returns: (transfer full): the file's name, or %NULL with %OMA_STATUS_DEVICE_FULL or
 *   %OMA_STATUS_COMMAND_FAILED
 */
char *
oma_secret_dir_put (OmaSecretDir *dir, const OmaValue *value, GError **error)
{
  g_autofree char *name = g_uuid_string_random ();
  g_autofree char *path = NULL;
  gsize size;
  const char *data = oma_value_get_data (value, &size);
  gboolean written;
  int fd;

  if (dir->path == NULL)
    {
      g_hash_table_insert (dir->memory, g_strdup (name), g_bytes_new (data, size));
      return g_steal_pointer (&name);
    }
  path = g_build_filename (dir->path, name, NULL);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    {
      set_write_error (error, "make", errno);
      return NULL;
    }
  written = write_all (fd, data, size) && fsync (fd) == 0;
  if (!written)
    {
      set_write_error (error, "write", errno);
      unlink (path);
    }
  close (fd);
  return written ? g_steal_pointer (&name) : NULL;
}

/**
 * oma_secret_dir_sync:
 * @dir: a directory
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Makes the names of new files durable.
 *
 * Returns: %TRUE on success
 */
gboolean
oma_secret_dir_sync (OmaSecretDir *dir, GError **error)
{
  int fd;
  gboolean synced;

  if (dir->path == NULL)
    return TRUE;
  fd = open (dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  synced = fd >= 0 && fsync (fd) == 0;
  if (!synced)
    set_write_error (error, "sync", errno);
  if (fd >= 0)
    close (fd);
  return synced;
}

/**
 * oma_secret_dir_get:
 * @dir: a directory
 * @name: a name that oma_secret_dir_put() gave
 * @error: return location for an %OMA_STORE_ERROR
 *
 * Returns: (transfer full): the octets, or %NULL with %OMA_STORE_ERROR_DAMAGED when there is
 *   no such file
 */
GBytes *
oma_secret_dir_get (OmaSecretDir *dir, const char *name, GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr(GError) local = NULL;
  char *data;
  gsize size;

  if (dir->path == NULL)
    {
      GBytes *octets = g_hash_table_lookup (dir->memory, name);

      return octets != NULL ? g_bytes_ref (octets) : g_bytes_new (NULL, 0);
    }
  path = g_build_filename (dir->path, name, NULL);
  if (g_file_get_contents (path, &data, &size, &local))
    return g_bytes_new_take (data, size);
  g_set_error (error, OMA_STORE_ERROR, OMA_STORE_ERROR_DAMAGED, "A secret is missing: %s", local->message);
  return NULL;
}

/**
 * oma_secret_dir_remove:
 * @dir: a directory
 * @name: a name that oma_secret_dir_put() gave
 *
 * Removes a file; one that is left for whatever reason goes with the next start.
 */
void
oma_secret_dir_remove (OmaSecretDir *dir, const char *name)
{
  g_autofree char *path = NULL;

  if (dir->path == NULL)
    {
      g_hash_table_remove (dir->memory, name);
      return;
    }
  path = g_build_filename (dir->path, name, NULL);
  if (unlink (path) != 0 && errno != ENOENT)
    g_warning ("Could not remove the secret %s: %s", path, g_strerror (errno));
}

/**
 * oma_secret_dir_remove_others:
 * @dir: a directory
 * @names: (element-type utf8 utf8): the names that are in use, a set
 *
 * Removes what an interrupted write or removal left.
 */
void
oma_secret_dir_remove_others (OmaSecretDir *dir, GHashTable *names)
{
  g_autoptr(GDir) entries = dir->path != NULL ? g_dir_open (dir->path, 0, NULL) : NULL;
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    if (!g_hash_table_contains (names, name))
      oma_secret_dir_remove (dir, name);
}

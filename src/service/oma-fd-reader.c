/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/oma-fd-reader.h"

#include "service/oma-dbus-error.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

/* What is read goes to a memory file of our own: the caller could still change or cut his,
 * and a mapping of a file that was cut kills the process. */
typedef struct {
  GInputStream *stream;
  int           copy;
  gsize         limit;
  gsize         done;
  char          chunk[CHUNK];
} Reader;

static void
reader_free (gpointer data)
{
  Reader *reader = data;

  g_clear_object (&reader->stream);
  if (reader->copy >= 0)
    close (reader->copy);
  explicit_bzero (reader->chunk, sizeof reader->chunk);
  g_free (reader);
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, OMA_DBUS_ERROR, OMA_DBUS_ERROR_INVALID_ARGS, reason);
  return FALSE;
}

static gboolean
check_kind (int fd, OmaFdKind kind, gsize limit, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0)
    return refuse (error, "The descriptor cannot be used");
  if (S_ISREG (st.st_mode))
    {
      if ((guint64) st.st_size > limit)
        return refuse (error, "The file is too large");
      if (lseek (fd, 0, SEEK_SET) != 0)
        return refuse (error, "The file cannot be read from its start");
      return TRUE;
    }
  if (S_ISFIFO (st.st_mode) && kind == OMA_FD_FILE_OR_PIPE)
    return TRUE;
  return refuse (error, "The descriptor is of a kind that is not read");
}

static gboolean
keep_chunk (Reader *reader, gsize size, GError **error)
{
  gsize kept = 0;

  if (size > reader->limit - reader->done)
    return refuse (error, "There is more to read than is accepted");
  while (kept < size)
    {
      gssize n = write (reader->copy, reader->chunk + kept, size - kept);
      int saved = errno;

      if (n < 0 && saved == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Could not keep what was read: %s",
                       g_strerror (saved));
          return FALSE;
        }
      kept += n;
    }
  reader->done += size;
  return TRUE;
}

static void read_more (GTask *task);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GError) error = NULL;
  Reader *reader = g_task_get_task_data (task);
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  OmaValue *value;

  if (n < 0 || (n > 0 && !keep_chunk (reader, n, &error)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (n > 0)
    {
      read_more (g_steal_pointer (&task));
      return;
    }
  value = oma_value_new_fd (OMA_FORMAT_NONE, NULL, g_steal_fd (&reader->copy), &error);
  if (value == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, value, (GDestroyNotify) oma_value_unref);
}

/* Takes the task. */
static void
read_more (GTask *task)
{
  Reader *reader = g_task_get_task_data (task);

  g_input_stream_read_async (reader->stream, reader->chunk, sizeof reader->chunk, G_PRIORITY_DEFAULT,
                             g_task_get_cancellable (task), read_cb, task);
}

/**
 * oma_fd_read_async:
 * @fd: (transfer full): what to read, from its start; closed at the end
 * @kind: which descriptors are acceptable
 * @limit: octets that are accepted at most
 * @cancellable: (nullable): a cancellable
 * @callback: called once, never before this returned
 * @user_data: for @callback
 *
 * Reads what a caller passed as a descriptor without ever blocking on it: GIO reads files,
 * which may lie on a file system of the caller's own making, on a thread, and polls pipes.
 */
void
oma_fd_read_async (int fd, OmaFdKind kind, gsize limit, GCancellable *cancellable, GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr(GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr(GError) error = NULL;
  Reader *reader = g_new0 (Reader, 1);

  g_task_set_source_tag (task, oma_fd_read_async);
  reader->limit = limit;
  reader->copy = -1;
  reader->stream = g_unix_input_stream_new (fd, TRUE);
  g_task_set_task_data (task, reader, reader_free);
  if (!check_kind (fd, kind, limit, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  reader->copy = memfd_create ("omadm-input", MFD_CLOEXEC);
  if (reader->copy < 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno), "Could not make a memory file");
      return;
    }
  read_more (g_steal_pointer (&task));
}

/**
 * oma_fd_read_finish:
 * @result: what the callback got
 * @error: return location for an #OmaDBusError or a #GIOErrorEnum
 *
 * Returns: (transfer full): the octets as a value without a format, or %NULL with
 *   %OMA_DBUS_ERROR_INVALID_ARGS when the descriptor is not acceptable or holds too much
 */
OmaValue *
oma_fd_read_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/oma-plugin-data.h"

#include "base/oma-status.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One that waits, or is being written by a thread.  The thread uses nothing that changes. */
typedef struct {
  char   *directory;
  char   *name;
  GBytes *octets;       /* NULL: forget it */
  GTask  *task;         /* of the plugin */
} Save;

struct _OmaPluginData {
  int    ref_count;
  char  *directory;     /* (nullable): nothing can be kept */
  GQueue saves;         /* (element-type Save): in their order, the first is being written */
};

static void write_next (OmaPluginData *data);

static void
save_free (Save *save)
{
  g_free (save->directory);
  g_free (save->name);
  g_clear_pointer (&save->octets, g_bytes_unref);
  g_object_unref (save->task);
  g_free (save);
}

/**
 * oma_plugin_data_new:
 * @directory: (nullable): below which each plugin has its own; %NULL when nothing can be kept
 * @plugin: name of the plugin
 *
 * Returns: (transfer full): what the plugin keeps
 */
OmaPluginData *
oma_plugin_data_new (const char *directory, const char *plugin)
{
  OmaPluginData *data = g_new0 (OmaPluginData, 1);

  data->ref_count = 1;
  data->directory = directory != NULL ? g_build_filename (directory, plugin, NULL) : NULL;
  g_queue_init (&data->saves);
  return data;
}

/**
 * oma_plugin_data_free:
 * @data: (transfer full): what a plugin keeps
 *
 * What is to be saved yet is written all the same, as long as the main loop runs.
 */
void
oma_plugin_data_free (OmaPluginData *data)
{
  if (--data->ref_count > 0)
    return;
  g_queue_clear_full (&data->saves, (GDestroyNotify) save_free);
  g_free (data->directory);
  g_free (data);
}

static gboolean
check_name (OmaPluginData *data, const char *name, GError **error)
{
  gsize length = strlen (name);

  if (length == 0 || length > OMA_PLUGIN_DATA_MAX_NAME ||
      strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") != length)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED,
                         "The plugin keeps data under what is no name for them");
  else if (data->directory == NULL)
    g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_DATA_STORE_FAILURE, "There is nowhere to keep data");
  else
    return TRUE;
  return FALSE;
}

static gboolean
fail_with_errno (const char *path, int number, GError **error)
{
  OmaStatus status = number == ENOSPC || number == EDQUOT ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_DATA_STORE_FAILURE;

  g_set_error (error, OMA_STATUS_ERROR, status, "%s: %s", path, g_strerror (number));
  return FALSE;
}

/* ---- Loading ---- */

static GBytes *
fail_to_find (const char *name, GError **error)
{
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_NOT_FOUND, "The plugin keeps nothing under %s", name);
  return NULL;
}

static GBytes *
read_file (const char *path, const char *name, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  g_autofree char *octets = NULL;
  gssize size = -1;

  if (fd >= 0)
    {
      octets = g_malloc (OMA_PLUGIN_DATA_MAX_SIZE + 1);
      size = read (fd, octets, OMA_PLUGIN_DATA_MAX_SIZE + 1);
    }
  if (fd < 0 && errno == ENOENT)
    return fail_to_find (name, error);
  if (size < 0)
    fail_with_errno (path, errno, error);
  else if (size > OMA_PLUGIN_DATA_MAX_SIZE)
    g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_DATA_STORE_FAILURE, "%s: too large", path);
  if (fd >= 0)
    close (fd);
  return size >= 0 && size <= OMA_PLUGIN_DATA_MAX_SIZE ? g_bytes_new (octets, (gsize) size) : NULL;
}

static Save *
find_last (OmaPluginData *data, const char *name)
{
  for (GList *link = data->saves.tail; link != NULL; link = link->prev)
    if (strcmp (((Save *) link->data)->name, name) == 0)
      return link->data;
  return NULL;
}

/**
 * oma_plugin_data_load:
 * @data: what a plugin keeps
 * @name: a name of it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): what was saved last under @name, or %NULL; see oma_plugin_host_load_data()
 */
GBytes *
oma_plugin_data_load (OmaPluginData *data, const char *name, GError **error)
{
  g_autofree char *path = NULL;
  const Save *save;

  if (!check_name (data, name, error))
    return NULL;
  save = find_last (data, name);
  if (save != NULL && save->octets != NULL)
    return g_bytes_ref (save->octets);
  if (save != NULL)
    return fail_to_find (name, error);
  path = g_build_filename (data->directory, name, NULL);
  return read_file (path, name, error);
}

/* ---- Saving, in a thread ---- */

/* What a write that came to no end left has a dot in its name, which ours have not.  Nobody else writes
 * there now. */
static gboolean
is_rest (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  if (strchr (name, '.') == NULL)
    return FALSE;
  g_unlink (path);
  return TRUE;
}

static gboolean
has_room (const Save *save, GError **error)
{
  g_autoptr(GDir) dir = g_dir_open (save->directory, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, save->name) != 0 && !is_rest (save->directory, name))
      n++;
  if (n < OMA_PLUGIN_DATA_MAX_NAMES)
    return TRUE;
  g_set_error (error, OMA_STATUS_ERROR, OMA_STATUS_DEVICE_FULL, "The plugin keeps data under %u names already", n);
  return FALSE;
}

static gboolean
write_file (const Save *save, const char *path, GError **error)
{
  g_autoptr(GError) failure = NULL;
  gsize size;
  const char *octets = g_bytes_get_data (save->octets, &size);

  if (g_mkdir_with_parents (save->directory, 0700) != 0)
    return fail_with_errno (save->directory, errno, error);
  if (!has_room (save, error))
    return FALSE;
  if (g_file_set_contents_full (path, octets != NULL ? octets : "", (gssize) size,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &failure))
    return TRUE;
  g_set_error_literal (error, OMA_STATUS_ERROR,
                       g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? OMA_STATUS_DEVICE_FULL
                                                                                   : OMA_STATUS_DATA_STORE_FAILURE,
                       failure->message);
  return FALSE;
}

static gboolean
remove_file (const Save *save, const char *path, GError **error)
{
  int fd;
  gboolean synced;

  if (g_unlink (path) != 0)
    return errno == ENOENT || fail_with_errno (path, errno, error);
  fd = open (save->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  synced = fd >= 0 && fsync (fd) == 0;
  if (!synced)
    fail_with_errno (save->directory, errno, error);
  if (fd >= 0)
    close (fd);
  return synced;
}

static void
write_thread (GTask *task, gpointer source G_GNUC_UNUSED, gpointer task_data, GCancellable *cancellable G_GNUC_UNUSED)
{
  const Save *save = task_data;
  g_autofree char *path = g_build_filename (save->directory, save->name, NULL);
  GError *error = NULL;

  if (save->octets != NULL ? write_file (save, path, &error) : remove_file (save, path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- One after the other ---- */

static void
written (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(OmaPluginData) data = user_data;
  Save *save = g_queue_pop_head (&data->saves);
  GError *error = NULL;

  /* First, for the plugin may save again in its callback. */
  write_next (data);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (save->task, TRUE);
  else
    g_task_return_error (save->task, error);
  save_free (save);
}

static void
write_next (OmaPluginData *data)
{
  Save *save = g_queue_peek_head (&data->saves);
  g_autoptr(GTask) task = NULL;

  if (save == NULL)
    return;
  data->ref_count++;
  task = g_task_new (NULL, g_task_get_cancellable (save->task), written, data);
  g_task_set_source_tag (task, write_next);
  g_task_set_task_data (task, save, NULL);
  g_task_set_check_cancellable (task, FALSE);
  if (!g_task_return_error_if_cancelled (task))
    g_task_run_in_thread (task, write_thread);
}

/**
 * oma_plugin_data_save:
 * @data: what a plugin keeps
 * @name: a name of it
 * @octets: (nullable): what to keep, %NULL to forget it
 * @task: returns a boolean, see oma_plugin_host_save_data_async()
 */
void
oma_plugin_data_save (OmaPluginData *data, const char *name, GBytes *octets, GTask *task)
{
  GError *error = NULL;
  Save *save;

  if (!check_name (data, name, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (octets != NULL && g_bytes_get_size (octets) > OMA_PLUGIN_DATA_MAX_SIZE)
    {
      g_task_return_new_error (task, OMA_STATUS_ERROR, OMA_STATUS_ENTITY_TOO_LARGE,
                               "The plugin keeps no more than %u octets under a name", OMA_PLUGIN_DATA_MAX_SIZE);
      return;
    }
  save = g_new0 (Save, 1);
  save->directory = g_strdup (data->directory);
  save->name = g_strdup (name);
  save->octets = octets != NULL ? g_bytes_ref (octets) : NULL;
  save->task = g_object_ref (task);
  /* What was done is told as done. */
  g_task_set_check_cancellable (task, FALSE);
  g_queue_push_tail (&data->saves, save);
  if (data->saves.length == 1)
    write_next (data);
}

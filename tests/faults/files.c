/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ./Vendor/Files: a plugin without transactions, for a service that keeps each setting in a file, as
 * many do.  Its configuration:
 *   Directory=DIR          a leaf is the file of its path there
 *   Crash=OPERATION WHEN   the daemon crashes "before" or "behind" what the next "init", "get", "list", "add",
 *                          "replace", "remove" or "rename" does
 *   Signal=NUMBER          by this signal */
#include <omadm/omadm.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *dir;
  char *crash;
  int   signal;
} Files;

static char *
get_path (Files *files, const OmaNodeRef *node)
{
  return g_build_filename (files->dir, oma_node_ref_get_relative_uri (node), NULL);
}

static void
maybe_crash (Files *files, const char *operation, const char *when)
{
  g_autofree char *here = g_strconcat (operation, " ", when, NULL);

  if (g_strcmp0 (files->crash, here) == 0)
    raise (files->signal);
}

/* What is in a directory is on disk only when the directory is. */
static gboolean
sync_dir_of (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return done;
}

static void
end (GTask *task, const char *path, gboolean done)
{
  int saved = errno;

  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR,
                             saved == ENOSPC ? OMA_STATUS_DEVICE_FULL : OMA_STATUS_COMMAND_FAILED, "%s: %s", path,
                             g_strerror (saved));
}

/* ---- Reading ---- */

static void
list (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *path = get_path (self, node);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  maybe_crash (self, "list", "before");
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (!g_str_has_suffix (name, ".new"))
      g_strv_builder_add (names, name);
  g_clear_pointer (&dir, g_dir_close);
  g_task_return_pointer (task, g_strv_builder_end (names), (GDestroyNotify) g_strfreev);
}

static void
get (gpointer self, const OmaNodeRef *node, GTask *task)
{
  g_autofree char *path = get_path (self, node);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;

  maybe_crash (self, "get", "before");
  if (g_file_get_contents (path, &text, NULL, &error))
    g_task_return_pointer (task, oma_value_new_string (text), (GDestroyNotify) oma_value_unref);
  else
    g_task_return_new_error (task, OMA_STATUS_ERROR, g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
                               ? OMA_STATUS_NOT_FOUND : OMA_STATUS_COMMAND_FAILED, "%s", error->message);
}

/* ---- Writing ---- */

static gboolean
write_new (const char *path, OmaValue *value)
{
  gsize size;
  const char *data = oma_value_get_data (value, &size);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  gboolean done = fd >= 0;

  while (done && size > 0)
    {
      ssize_t written = write (fd, data, size);

      done = written >= 0;
      data += MAX (written, 0);
      size -= (gsize) MAX (written, 0);
    }
  done = done && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return done;
}

static gboolean
write_leaf (const char *path, OmaValue *value)
{
  g_autofree char *new = g_strconcat (path, ".new", NULL);
  gboolean done = write_new (new, value) && rename (new, path) == 0;
  int saved = errno;

  if (!done)
    unlink (new);
  errno = saved;
  return done && sync_dir_of (path);
}

static void
replace (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction G_GNUC_UNUSED,
         GTask *task)
{
  g_autofree char *path = get_path (self, node);
  gboolean done;

  maybe_crash (self, "replace", "before");
  done = write_leaf (path, value);
  maybe_crash (self, "replace", "behind");
  end (task, path, done);
}

static void
add (gpointer self, const OmaNodeRef *node, OmaValue *value, OmaPluginTransaction *transaction G_GNUC_UNUSED,
     GTask *task)
{
  g_autofree char *path = get_path (self, node);
  gboolean done;

  maybe_crash (self, "add", "before");
  done = value != NULL ? write_leaf (path, value) : mkdir (path, 0700) == 0 && sync_dir_of (path);
  maybe_crash (self, "add", "behind");
  end (task, path, done);
}

static gboolean
remove_all (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (!remove_all (child))
        return FALSE;
    }
  return (dir != NULL ? rmdir (path) : unlink (path)) == 0;
}

static void
remove_node (gpointer self, const OmaNodeRef *node, OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *path = get_path (self, node);
  gboolean done;

  maybe_crash (self, "remove", "before");
  done = remove_all (path) && sync_dir_of (path);
  maybe_crash (self, "remove", "behind");
  end (task, path, done);
}

static void
rename_node (gpointer self, const OmaNodeRef *node, const char *new_name,
             OmaPluginTransaction *transaction G_GNUC_UNUSED, GTask *task)
{
  g_autofree char *path = get_path (self, node);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *new_path = g_build_filename (dir, new_name, NULL);
  gboolean done;

  maybe_crash (self, "rename", "before");
  done = rename (path, new_path) == 0 && sync_dir_of (path);
  maybe_crash (self, "rename", "behind");
  end (task, path, done);
}

/* ---- The plugin ---- */

/* What was being written when the daemon died. */
static void
clean (const char *path)
{
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_str_has_suffix (name, ".new"))
        unlink (child);
      else
        clean (child);
    }
}

static gboolean
init (OmaPluginHost *host, gpointer *self, GError **error)
{
  g_autofree char *dir = oma_plugin_host_get_config (host, "Directory");
  g_autofree char *number = oma_plugin_host_get_config (host, "Signal");
  Files *files;

  if (dir == NULL)
    {
      g_set_error_literal (error, OMA_STATUS_ERROR, OMA_STATUS_COMMAND_FAILED, "There is no Directory");
      return FALSE;
    }
  files = g_new0 (Files, 1);
  files->dir = g_steal_pointer (&dir);
  files->crash = oma_plugin_host_get_config (host, "Crash");
  files->signal = number != NULL ? atoi (number) : SIGSEGV;
  maybe_crash (files, "init", "before");
  clean (files->dir);
  *self = files;
  return TRUE;
}

static void
stop (gpointer self)
{
  Files *files = self;

  g_free (files->dir);
  g_free (files->crash);
  g_free (files);
}

static const OmaNodeHandler handlers[] = {
  { .struct_size = sizeof (OmaNodeHandler), .node = "**", .list = list, .get = get, .replace = replace, .add = add,
    .remove = remove_node, .rename = rename_node },
};

static const OmaPluginDescriptor descriptor = {
  .struct_size = sizeof (OmaPluginDescriptor),
  .abi_major = OMA_PLUGIN_ABI_MAJOR,
  .abi_minor = OMA_PLUGIN_ABI_MINOR,
  .name = "files",
  .version = "1",
  .ddf = "files.ddf.xml",
  .handlers = handlers,
  .n_handlers = G_N_ELEMENTS (handlers),
  .init = init,
  .shutdown = stop,
};

const OmaPluginDescriptor *
oma_plugin_query (void)
{
  return &descriptor;
}

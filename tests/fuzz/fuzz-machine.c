/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include "fuzz-files.h"
#include "machine.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <omadm/omadm.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_FILE 200

/* Where the vendor of the firmware, the distribution and the administrator write. */
static const char *const names[] = {
  "sys/class/dmi/id/sys_vendor", "etc/os-release", "etc/locale.conf", "etc/machine-id",
};

static char *root;

static void
clean_up (void)
{
  static const char *const directories[] = {
    "sys/class/dmi/id", "sys/class/dmi", "sys/class", "sys", "etc", "",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (root, names[i], NULL);

      g_remove (path);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (directories); i++)
    {
      g_autofree char *path = g_build_filename (root, directories[i], NULL);

      g_rmdir (path);
    }
  g_free (root);
}

/* A file system, in memory where there is such a place. */
static void
set_up (void)
{
  root = g_strdup ("/dev/shm/fuzz-machine-XXXXXX");
  if (g_mkdtemp (root) == NULL)
    {
      g_free (root);
      root = g_dir_make_tmp ("fuzz-machine-XXXXXX", NULL);
    }
  g_assert_nonnull (root);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (root, names[i], NULL), *directory = g_path_get_dirname (path);
      int fd;

      g_assert_no_errno (g_mkdir_with_parents (directory, 0700));
      fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      g_assert_no_errno (fd);
      g_assert_no_errno (dup2 (fd, FIRST_FILE + (int) i));
      close (fd);
    }
  atexit (clean_up);
}

static void
read_cb (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(Machine **) user_data = machine_read_finish (result, NULL);
}

/* The files, a NUL between each two.  Whatever they hold, each member is text, and the device has a name. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const uint8_t *end = data + size;
  g_autofree char *id = NULL;
  Machine *machine = NULL;

  if (root == NULL)
    set_up ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const uint8_t *stop = data < end ? memchr (data, '\0', (gsize) (end - data)) : NULL;
      gsize n = stop != NULL ? (gsize) (stop - data) : (gsize) (end - data);

      fuzz_file_write (FIRST_FILE + (int) i, data, n);
      data = stop != NULL ? stop + 1 : end;
    }
  machine_read_async (root, NULL, NULL, read_cb, &machine);
  while (machine == NULL)
    g_main_context_iteration (NULL, TRUE);
  for (char **member = (char **) machine; member < (char **) (machine + 1); member++)
    g_assert_true (*member != NULL && **member != '\0' && g_utf8_validate (*member, -1, NULL));
  machine_free (machine);
  id = machine_make_id (root);
  g_assert_true (machine_id_is_valid (id));
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fuzz.h"

#include <glib.h>

#define MAX_CUTS 256

/* Feeds a target with its corpus, whole and cut, without libFuzzer: at every octet, or so often in a long file. */
static void
replay_file (gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size, step;

  g_file_get_contents (data, &text, &size, &error);
  g_assert_no_error (error);
  step = size / MAX_CUTS + 1;
  for (gsize n = size % step; n <= size; n += step)
    {
      g_autofree uint8_t *copy = g_memdup2 (text, n);

      g_assert_cmpint (LLVMFuzzerTestOneInput (copy, n), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = NULL;
  g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_test_init (&argc, &argv, NULL);
  LLVMFuzzerInitialize (&argc, &argv);
  dir = g_dir_open (argc > 1 ? argv[1] : ".", 0, &error);
  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/replay/", name, NULL);

      g_ptr_array_add (files, g_build_filename (argv[1], name, NULL));
      g_test_add_data_func (path, g_ptr_array_index (files, files->len - 1), replay_file);
    }
  g_assert_cmpuint (files->len, >, 0);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin-test.h"

#include <glib/gstdio.h>

/* Copies @file of the built modules to @dir, as one that may be loaded. */
char *
plugin_test_install (const char *dir, const char *file)
{
  g_autofree char *from = g_build_filename (MODULE_DIR, file, NULL);
  char *to = g_build_filename (dir, file, NULL);
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &content, &size, NULL));
  g_assert_true (g_file_set_contents (to, content, size, NULL));
  g_assert_cmpint (g_chmod (to, 0644), ==, 0);
  return to;
}

/* @dir with its files. */
void
plugin_test_remove (const char *dir)
{
  g_autoptr(GDir) files = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_remove (path);
    }
  g_rmdir (dir);
}

void
plugin_test_find (OmaTree *tree, const char *uri, Target *target)
{
  g_assert_true (oma_uri_parse (&target->uri, uri, NULL));
  oma_tree_lookup (tree, &target->uri, NULL, &target->lookup);
  g_assert_nonnull (target->lookup.mount);
  g_assert_nonnull (target->lookup.schema);
  target->ref = oma_lookup_make_ref (&target->lookup, &target->uri);
  target->ops = oma_mount_get_ops (target->lookup.mount);
  target->self = oma_mount_get_self (target->lookup.mount);
}

void
target_clear (Target *target)
{
  oma_node_ref_free (target->ref);
  oma_uri_clear (&target->uri);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/oma-builtin-ddf.h"

#include "agent-resources.h"
#include "codec/oma-ddf.h"

#define PREFIX "/org/omadm/"

/**
 * oma_builtin_ddf_mount:
 * @tree: a tree that was not loaded yet
 * @name: file name of a DDF that is part of the daemon
 * @flags: how to mount it
 * @error: return location for an error
 *
 * Mounts what the DDF describes; the store serves it.
 *
 * Returns: %TRUE when it is mounted
 */
gboolean
oma_builtin_ddf_mount (OmaTree *tree, const char *name, OmaMountFlags flags, GError **error)
{
  g_autofree char *path = g_strconcat (PREFIX, name, NULL);
  g_autoptr(GBytes) bytes = g_resource_lookup_data (oma_agent_resources_get_resource (), path,
                                                    G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr(OmaSchema) schema = NULL;
  gconstpointer data;
  gsize size;

  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  schema = oma_ddf_parse (name, data, size, error);
  return schema != NULL && oma_tree_mount (tree, schema, NULL, NULL, flags, error);
}

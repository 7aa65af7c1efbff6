/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The nodes of profiles, behind any door. */

#include "nm-service.h"

G_BEGIN_DECLS

#define NM_MAX_DEPTH 8

/**
 * NmPath:
 * @door: behind which door
 * @name: (nullable): decoded name of the profile's node, %NULL for the node of all profiles
 * @segments: decoded names below it
 * @n_segments: how many
 *
 * Where a node is.
 */
typedef struct {
  const NmDoor *door;
  char         *name;
  char         *segments[NM_MAX_DEPTH];
  guint         n_segments;
} NmPath;

/**
 * NmNode:
 * @path: URI below the profile's node, segments escaped
 * @value: (nullable): of a leaf that can be read
 * @interior: whether it is an interior node
 *
 * A node of a profile.
 */
typedef struct {
  char     *path;
  OmaValue *value;
  gboolean  interior;
} NmNode;

gboolean   nm_path_init   (NmPath *path, const char *uri, GError **error);
void       nm_path_clear  (NmPath *path);
char      *nm_path_to_relative (const NmPath *path);
char      *nm_name_escape (const char *name);

void       nm_place_init  (NmPlace *place, const NmDoor *door, NMConnection *connection, const char *name);

GPtrArray *nm_tree_collect (const NmDoor *door, NMConnection *connection, const char *name, const char *below,
                            GError **error);
char     **nm_tree_list    (const NmDoor *door, NMConnection *connection, const char *name, const char *below);
OmaValue  *nm_tree_get     (const NmPath *path, NMConnection *connection, GError **error);
gboolean   nm_tree_is_whole (const NmPath *path);
gboolean   nm_tree_add     (const NmPath *path, NMConnection *connection, OmaValue *value, GError **error);
gboolean   nm_tree_replace (const NmPath *path, NMConnection *connection, OmaValue *value, GError **error);
gboolean   nm_tree_remove  (const NmPath *path, NMConnection *connection, GError **error);

GHashTable *nm_tree_snapshot    (NmService *service, const NmProfile *profile);
void       nm_tree_tell_changes (NmService *service, GHashTable *before, const NmProfile *profile);
void       nm_tree_tell_state   (NmService *service, const NmProfile *profile);
void       nm_tree_tell_all     (NmService *service);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NmPath, nm_path_clear)

G_END_DECLS

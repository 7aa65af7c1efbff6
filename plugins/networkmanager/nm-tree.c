/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "nm-tree.h"

#include <string.h>

/* From URIs to the leaves and lists of a door, and from these to nodes. */

/* ---- URIs ---- */

/**
 * nm_name_escape:
 * @name: decoded name of a node
 *
 * Returns: (transfer full): it as a segment of a canonical URI
 */
char *
nm_name_escape (const char *name)
{
  return g_uri_escape_string (name, "!*'():@&=+$,", FALSE);
}

/**
 * nm_path_init:
 * @path: (out caller-allocates): what to fill; clear it with nm_path_clear()
 * @uri: canonical URI of a node
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: whether it lies behind a door
 */
gboolean
nm_path_init (NmPath *path, const char *uri, GError **error)
{
  g_auto(GStrv) parts = NULL;

  memset (path, 0, sizeof *path);
  for (const NmDoor *const *door = nm_doors; *door != NULL && path->door == NULL; door++)
    {
      gsize length = strlen ((*door)->root);

      if (strncmp (uri, (*door)->root, length) != 0 || (uri[length] != '\0' && uri[length] != '/'))
        continue;
      path->door = *door;
      parts = g_strsplit (uri[length] != '\0' ? uri + length + 1 : "", "/", -1);
    }
  if (path->door == NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_FOUND, error, "No profile lies here");
  for (guint i = 0; parts[i] != NULL && *parts[i] != '\0'; i++)
    {
      char *name = g_uri_unescape_string (parts[i], NULL);

      if (name == NULL || i > NM_MAX_DEPTH)
        {
          g_free (name);
          return nm_leaf_refuse (OMA_STATUS_NOT_FOUND, error, "No node of a profile has this name");
        }
      if (i == 0)
        path->name = name;
      else
        path->segments[path->n_segments++] = name;
    }
  return TRUE;
}

/**
 * nm_path_clear:
 * @path: a path
 */
void
nm_path_clear (NmPath *path)
{
  g_clear_pointer (&path->name, g_free);
  while (path->n_segments > 0)
    g_free (path->segments[--path->n_segments]);
}

static void
append (GString *uri, const char *name)
{
  g_autofree char *escaped = nm_name_escape (name);

  if (uri->len > 0)
    g_string_append_c (uri, '/');
  g_string_append (uri, escaped);
}

/**
 * nm_path_to_relative:
 * @path: a path
 *
 * Returns: (transfer full): URI below the profile's node, escaped
 */
char *
nm_path_to_relative (const NmPath *path)
{
  GString *uri = g_string_new (NULL);

  for (guint i = 0; i < path->n_segments; i++)
    append (uri, path->segments[i]);
  return g_string_free (uri, FALSE);
}

/**
 * nm_place_init:
 * @place: (out caller-allocates): what to fill
 * @door: a door
 * @connection: a profile
 * @name: decoded name of its node
 */
void
nm_place_init (NmPlace *place, const NmDoor *door, NMConnection *connection, const char *name)
{
  *place = (NmPlace) { .door = door, .connection = connection, .name = name, .captures = { "", "", "", "" } };
}

/* ---- Patterns ---- */

/* Whether @path is a node of @pattern, or with @prefix one on the way to it; puts the names of placeholders into
 * @place. */
static gboolean
match (const char *pattern, const NmPath *path, gboolean prefix, NmPlace *place)
{
  guint n_captures = 0;

  for (guint i = 0; i < path->n_segments; i++)
    {
      gsize length = strcspn (pattern, "/");

      if (*pattern == '\0')
        return FALSE;
      if (length == 1 && *pattern == '*')
        {
          if (n_captures < G_N_ELEMENTS (place->captures))
            place->captures[n_captures++] = path->segments[i];
        }
      else if (strlen (path->segments[i]) != length || strncmp (pattern, path->segments[i], length) != 0)
        return FALSE;
      pattern += length + (pattern[length] == '/');
    }
  return prefix || *pattern == '\0';
}

static const NmLeaf *
find_leaf (const NmPath *path, NmPlace *place)
{
  for (gsize i = 0; i < path->door->n_leaves; i++)
    if (match (path->door->leaves[i].node, path, FALSE, place))
      return &path->door->leaves[i];
  return NULL;
}

/* The list of which the node is a child. */
static const NmList *
find_list_of (const NmPath *path, NmPlace *place)
{
  NmPath parent = *path;
  const NmList *found = NULL;

  if (path->n_segments == 0)
    return NULL;
  parent.n_segments--;
  for (gsize i = 0; i < path->door->n_lists && found == NULL; i++)
    if (match (path->door->lists[i].node, &parent, FALSE, place))
      found = &path->door->lists[i];
  if (found != NULL)
    for (gsize i = 0; i < G_N_ELEMENTS (place->captures); i++)
      if (*place->captures[i] == '\0')
        {
          place->captures[i] = path->segments[path->n_segments - 1];
          break;
        }
  return found;
}

/* ---- Reading ---- */

static void
node_free (gpointer data)
{
  NmNode *node = data;

  g_free (node->path);
  g_clear_pointer (&node->value, oma_value_unref);
  g_free (node);
}

typedef struct {
  GPtrArray  *nodes;
  GHashTable *known;      /* paths of interior nodes */
  const char *below;
} Collection;

static gboolean
is_wanted (const Collection *collection, const char *path)
{
  gsize length = strlen (collection->below);

  return length == 0 ||
         (strncmp (path, collection->below, length) == 0 && (path[length] == '/' || path[length] == '\0'));
}

static void
add_node (Collection *collection, const char *path, OmaValue *value, gboolean interior)
{
  NmNode *node;

  if (*path == '\0' || !is_wanted (collection, path) || !g_hash_table_add (collection->known, g_strdup (path)))
    return;
  node = g_new (NmNode, 1);
  *node = (NmNode) { g_strdup (path), value != NULL ? oma_value_ref (value) : NULL, interior };
  g_ptr_array_add (collection->nodes, node);
}

/* Interior nodes that are no lists are there when something is below them. */
static void
add_way (Collection *collection, const char *path)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *way = g_strndup (path, slash - path);

      add_node (collection, way, NULL, TRUE);
    }
}

static gboolean
take_leaf (Collection *collection, const NmPlace *place, const NmLeaf *leaf, const char *path, GError **error)
{
  GError *failure = NULL;
  g_autoptr(OmaValue) value = leaf->get != NULL ? leaf->get (place, leaf, &failure) : NULL;

  if (failure != NULL)
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  if (value == NULL)
    return TRUE;
  add_way (collection, path);
  add_node (collection, path, (leaf->flags & NM_LEAF_SECRET) == 0 ? value : NULL, FALSE);
  return TRUE;
}

static const NmList *
find_list (const NmDoor *door, const char *pattern, gsize length)
{
  for (gsize i = 0; i < door->n_lists; i++)
    if (strlen (door->lists[i].node) == length && strncmp (door->lists[i].node, pattern, length) == 0)
      return &door->lists[i];
  return NULL;
}

/* Goes along the pattern of a leaf, into each child of a list on the way; @way is where it is. */
static gboolean
walk (Collection *collection, NmPlace *place, const NmLeaf *leaf, gsize done, const char *way, guint n_captures,
      GError **error)
{
  const char *rest = leaf->node + done, *star = strstr (rest, "*");
  g_autofree char *path = NULL;
  const NmList *list;
  g_auto(GStrv) names = NULL;

  if (star == NULL)
    {
      path = g_strconcat (way, rest, NULL);
      return take_leaf (collection, place, leaf, path, error);
    }
  list = find_list (place->door, leaf->node, star - leaf->node - 1);
  if (list == NULL || n_captures == G_N_ELEMENTS (place->captures))
    return TRUE;
  path = g_strdup_printf ("%s%.*s", way, (int) (star - rest - 1), rest);
  names = list->list (place);
  if (names != NULL && names[0] != NULL)
    {
      add_way (collection, path);
      add_node (collection, path, NULL, TRUE);
    }
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *escaped = nm_name_escape (names[i]);
      g_autofree char *next = g_strconcat (path, "/", escaped, NULL);
      gboolean ok;

      /* One that is a leaf adds itself. */
      if (star[1] == '/')
        add_node (collection, next, NULL, TRUE);
      place->captures[n_captures] = names[i];
      ok = walk (collection, place, leaf, (gsize) (star - leaf->node) + 1, next, n_captures + 1, error);
      place->captures[n_captures] = "";
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/**
 * nm_tree_collect:
 * @door: a door
 * @connection: a profile
 * @name: decoded name of its node
 * @below: URI of a node below that one, "" for it
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full) (element-type NmNode): the node and what is below it, the ones above first, but not the node
 *   of the profile; %NULL when something could not be read
 */
GPtrArray *
nm_tree_collect (const NmDoor *door, NMConnection *connection, const char *name, const char *below, GError **error)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func (node_free);
  g_autoptr(GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Collection collection = { nodes, known, below };
  NmPlace place;

  for (gsize i = 0; i < door->n_leaves; i++)
    {
      nm_place_init (&place, door, connection, name);
      if (!walk (&collection, &place, &door->leaves[i], 0, "", 0, error))
        return NULL;
    }
  return g_steal_pointer (&nodes);
}

/**
 * nm_tree_list:
 * @door: a door
 * @connection: a profile
 * @name: decoded name of its node
 * @below: URI of a node below that one, "" for it
 *
 * Returns: (transfer full) (nullable): the decoded names of its children, %NULL when there is no such node
 */
char **
nm_tree_list (const NmDoor *door, NMConnection *connection, const char *name, const char *below)
{
  g_autoptr(GPtrArray) nodes = nm_tree_collect (door, connection, name, below, NULL);
  g_autoptr(GStrvBuilder) names = g_strv_builder_new ();
  gsize length = strlen (below);
  gboolean found = length == 0;

  for (guint i = 0; nodes != NULL && i < nodes->len; i++)
    {
      const char *path = ((NmNode *) g_ptr_array_index (nodes, i))->path;
      const char *child = path + length + (length > 0);
      g_autofree char *decoded = NULL;

      if (path[length] == '\0')
        found = TRUE;
      if ((length > 0 && path[length] == '\0') || strchr (child, '/') != NULL)
        continue;
      decoded = g_uri_unescape_string (child, NULL);
      g_strv_builder_add (names, decoded);
    }
  return found ? g_strv_builder_end (names) : NULL;
}

/**
 * nm_tree_get:
 * @path: a leaf
 * @connection: a profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: (transfer full): its value, or %NULL with @error
 */
OmaValue *
nm_tree_get (const NmPath *path, NMConnection *connection, GError **error)
{
  NmPlace place;
  const NmLeaf *leaf;
  OmaValue *value = NULL;
  GError *failure = NULL;

  nm_place_init (&place, path->door, connection, path->name);
  leaf = find_leaf (path, &place);
  if (leaf != NULL && (leaf->flags & NM_LEAF_SECRET) == 0 && leaf->get != NULL)
    value = leaf->get (&place, leaf, &failure);
  else if (leaf != NULL)
    nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, &failure, "It is a secret");
  if (value == NULL && failure == NULL)
    nm_leaf_refuse (OMA_STATUS_NOT_FOUND, &failure, "The profile has no such node");
  if (failure != NULL)
    g_propagate_error (error, failure);
  return value;
}

/* ---- Writing ---- */

static gboolean
set_leaf (const NmPath *path, NMConnection *connection, OmaValue *value, gboolean *is_leaf, GError **error)
{
  NmPlace place;
  const NmLeaf *leaf;

  nm_place_init (&place, path->door, connection, path->name);
  leaf = find_leaf (path, &place);
  *is_leaf = leaf != NULL;
  if (leaf == NULL)
    return TRUE;
  if (leaf->set == NULL || (value == NULL && (leaf->flags & NM_LEAF_ALWAYS) != 0))
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error, "It cannot be %s", value != NULL ? "written" : "removed");
  return leaf->set (&place, leaf, value, error);
}

/**
 * nm_tree_add:
 * @path: a node below that of a profile
 * @connection: the profile
 * @value: (nullable): of a leaf
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
nm_tree_add (const NmPath *path, NMConnection *connection, OmaValue *value, GError **error)
{
  NmPlace place;
  const NmList *list;
  gboolean is_leaf;

  if (value != NULL)
    return nm_tree_replace (path, connection, value, error);
  if (!set_leaf (path, connection, NULL, &is_leaf, error))
    return FALSE;
  nm_place_init (&place, path->door, connection, path->name);
  list = find_list_of (path, &place);
  /* Other interior nodes are there with the first leaf below them. */
  if (list == NULL)
    return TRUE;
  if (list->add == NULL)
    return nm_leaf_refuse (OMA_STATUS_NOT_ALLOWED, error, "It cannot be added");
  return list->add (&place, error);
}

/**
 * nm_tree_replace:
 * @path: a leaf
 * @connection: the profile
 * @value: its value
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
nm_tree_replace (const NmPath *path, NMConnection *connection, OmaValue *value, GError **error)
{
  gboolean is_leaf;

  if (!set_leaf (path, connection, value, &is_leaf, error))
    return FALSE;
  return is_leaf || nm_leaf_refuse (OMA_STATUS_NOT_FOUND, error, "The profile has no such node");
}

/* What is below an interior node: the elements of lists as a whole, the last ones first. */
static gboolean
remove_below (const NmPath *path, NMConnection *connection, GError **error)
{
  g_autofree char *below = nm_path_to_relative (path);
  g_autoptr(GPtrArray) nodes = nm_tree_collect (path->door, connection, path->name, below, error);

  if (nodes == NULL)
    return FALSE;
  for (guint i = nodes->len; i > 0; i--)
    {
      const NmNode *node = g_ptr_array_index (nodes, i - 1);
      g_autofree char *name = nm_name_escape (path->name);
      g_autofree char *uri = g_strconcat (path->door->root, "/", name, "/", node->path, NULL);
      g_auto(NmPath) child = { 0 };
      NmPlace place;
      const NmList *list;
      gboolean is_leaf;

      if (!nm_path_init (&child, uri, error))
        return FALSE;
      nm_place_init (&place, child.door, connection, child.name);
      list = find_list_of (&child, &place);
      if (node->interior && list != NULL && list->remove != NULL ? !list->remove (&place, error)
                                                                : !node->interior &&
                                                                  !set_leaf (&child, connection, NULL, &is_leaf, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * nm_tree_is_whole:
 * @path: the node of a profile, or one below it
 *
 * Returns: whether to remove the node is to remove the profile
 */
gboolean
nm_tree_is_whole (const NmPath *path)
{
  NmPlace place;
  const NmLeaf *leaf;

  nm_place_init (&place, path->door, NULL, path->name);
  leaf = path->n_segments > 0 ? find_leaf (path, &place) : NULL;
  return path->n_segments == 0 || (leaf != NULL && (leaf->flags & NM_LEAF_WHOLE) != 0);
}

/**
 * nm_tree_remove:
 * @path: a node below that of a profile
 * @connection: the profile
 * @error: return location for an %OMA_STATUS_ERROR
 *
 * Returns: %TRUE on success
 */
gboolean
nm_tree_remove (const NmPath *path, NMConnection *connection, GError **error)
{
  NmPlace place;
  const NmList *list;
  gboolean is_leaf;

  if (!set_leaf (path, connection, NULL, &is_leaf, error))
    return FALSE;
  if (is_leaf)
    return TRUE;
  nm_place_init (&place, path->door, connection, path->name);
  list = find_list_of (path, &place);
  if (list != NULL && list->remove != NULL)
    return list->remove (&place, error);
  return remove_below (path, connection, error);
}

/* ---- Telling what changed ---- */

static void
value_free (gpointer data)
{
  if (data != NULL)
    oma_value_unref (data);
}

static char *
make_uri (const NmDoor *door, const char *name)
{
  g_autofree char *escaped = nm_name_escape (name);

  return g_strconcat (door->root, "/", escaped, NULL);
}

/**
 * nm_tree_snapshot:
 * @service: the service
 * @profile: (nullable): a profile
 *
 * Returns: (transfer full) (element-type utf8 OmaValue): what is seen of it behind all doors: URIs and values, %NULL
 *   for interior nodes
 */
GHashTable *
nm_tree_snapshot (NmService *service, const NmProfile *profile)
{
  GHashTable *snapshot = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);

  for (const NmDoor *const *door = nm_doors; profile != NULL && *door != NULL; door++)
    {
      const char *name = nm_service_get_name (service, *door, profile);
      g_autoptr(GPtrArray) nodes = name != NULL ? nm_tree_collect (*door, profile->connection, name, "", NULL) : NULL;
      g_autofree char *uri = name != NULL ? make_uri (*door, name) : NULL;

      for (guint i = 0; nodes != NULL && i < nodes->len; i++)
        {
          const NmNode *node = g_ptr_array_index (nodes, i);

          g_hash_table_replace (snapshot, g_strconcat (uri, "/", node->path, NULL),
                                node->value != NULL ? oma_value_ref (node->value) : NULL);
        }
      if (uri != NULL)
        g_hash_table_replace (snapshot, g_steal_pointer (&uri), NULL);
    }
  return snapshot;
}

/* Whether the node above it has not come or gone as well, which says it all. */
static gboolean
is_topmost (GHashTable *other, const char *uri)
{
  g_autofree char *parent = g_path_get_dirname (uri);

  for (const NmDoor *const *door = nm_doors; *door != NULL; door++)
    if (strcmp ((*door)->root, parent) == 0)
      return TRUE;
  return g_hash_table_contains (other, parent);
}

static void
tell_missing (NmService *service, GHashTable *in, GHashTable *out, OmaChangeKind kind)
{
  GHashTableIter iter;
  gpointer uri;

  g_hash_table_iter_init (&iter, in);
  while (g_hash_table_iter_next (&iter, &uri, NULL))
    if (!g_hash_table_contains (out, uri) && is_topmost (out, uri))
      oma_plugin_host_changed (nm_service_get_host (service), uri, kind);
}

/**
 * nm_tree_tell_changes:
 * @service: the service
 * @before: what nm_tree_snapshot() saw before
 * @profile: (nullable): the profile as it is now
 *
 * Tells which nodes have come, gone or changed.
 */
void
nm_tree_tell_changes (NmService *service, GHashTable *before, const NmProfile *profile)
{
  g_autoptr(GHashTable) now = nm_tree_snapshot (service, profile);
  GHashTableIter iter;
  gpointer uri, value, old;

  tell_missing (service, before, now, OMA_CHANGE_DELETED);
  tell_missing (service, now, before, OMA_CHANGE_ADDED);
  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &uri, &value))
    if (g_hash_table_lookup_extended (before, uri, NULL, &old) && value != NULL && old != NULL &&
        !oma_value_equal (value, old))
      oma_plugin_host_changed (nm_service_get_host (service), uri, OMA_CHANGE_REPLACED);
}

/**
 * nm_tree_tell_state:
 * @service: the service
 * @profile: a profile that became active, or is not any more
 */
void
nm_tree_tell_state (NmService *service, const NmProfile *profile)
{
  const char *name = nm_service_get_name (service, &nm_door_network, profile);
  g_autofree char *uri = name != NULL ? make_uri (&nm_door_network, name) : NULL;
  g_autofree char *state = uri != NULL ? g_strconcat (uri, "/State", NULL) : NULL;

  if (state != NULL)
    oma_plugin_host_changed (nm_service_get_host (service), state, OMA_CHANGE_REPLACED);
}

/**
 * nm_tree_tell_all:
 * @service: the service
 *
 * Tells that anything may have changed.
 */
void
nm_tree_tell_all (NmService *service)
{
  for (const NmDoor *const *door = nm_doors; *door != NULL; door++)
    oma_plugin_host_changed (nm_service_get_host (service), (*door)->root, OMA_CHANGE_REPLACED);
}

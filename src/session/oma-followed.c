/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-followed.h"

#include "session/oma-notices.h"

#include <string.h>

/* ---- Which subtrees there are ---- */

static void
print_free (gpointer data)
{
  OmaPrint *print = data;

  g_clear_pointer (&print->nodes, g_array_unref);
  g_clear_pointer (&print->own, g_ptr_array_unref);
  g_free (print);
}

static void
followed_free (gpointer data)
{
  OmaFollowed *followed = data;

  g_hash_table_unref (followed->prints);
  g_hash_table_unref (followed->dirty);
  g_free (followed->uri);
  g_free (followed);
}

typedef struct {
  GPtrArray *all;
  OmaMount  *mount;
} Search;

/* Where a child is read alone, and where with all others, the plugin must say the same: only its own read is sure
 * to. */
static gboolean
can_read_children (const OmaMount *mount, const OmaSchemaNode *schema)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);

  for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
    {
      const OmaSchemaNode *child = g_ptr_array_index (schema->children, i);

      if (child->format == OMA_FORMAT_NODE &&
          (ops->has_read == NULL || !ops->has_read (oma_mount_get_self (mount), child)))
        return FALSE;
    }
  return TRUE;
}

static void
add_followed (Search *search, const OmaSchemaNode *schema, const char *uri)
{
  OmaFollowed *followed = g_new0 (OmaFollowed, 1);

  followed->uri = g_strdup (uri);
  followed->mount = search->mount;
  followed->schema = schema;
  followed->by_child = can_read_children (search->mount, schema);
  followed->prints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, print_free);
  followed->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_add (search->all, followed);
}

/* Nodes below a placeholder cannot be followed, see the plugin loader. */
static void
search_node (Search *search, const OmaSchemaNode *schema, GString *uri)
{
  const OmaNodeOps *ops = oma_mount_get_ops (search->mount);
  gsize length = uri->len;

  if (schema->name == NULL || schema->format != OMA_FORMAT_NODE)
    return;
  oma_uri_append_segment (uri, schema->name, -1);
  if ((ops->get_flags (oma_mount_get_self (search->mount), schema) & OMA_HANDLER_FOLLOWED) != 0)
    add_followed (search, schema, uri->str);
  else
    for (guint i = 0; schema->children != NULL && i < schema->children->len; i++)
      search_node (search, g_ptr_array_index (schema->children, i), uri);
  g_string_truncate (uri, length);
}

static gboolean
search_mount (const OmaMount *mount, gpointer user_data)
{
  GPtrArray *roots = oma_mount_get_schema (mount)->roots;
  const OmaNodeOps *ops = oma_mount_get_ops (mount);
  Search search = { user_data, (OmaMount *) mount };

  for (guint i = 0; ops != NULL && ops->get_flags != NULL && i < roots->len; i++)
    {
      const OmaSchemaRoot *root = g_ptr_array_index (roots, i);
      g_autoptr(GString) uri = g_string_new (root->path);

      search_node (&search, root->node, uri);
    }
  return TRUE;
}

/**
 * oma_followed_find_all:
 * @tree: a tree that was loaded
 *
 * Returns: (transfer full) (element-type OmaFollowed): its followed subtrees
 */
GPtrArray *
oma_followed_find_all (OmaTree *tree)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (followed_free);

  oma_tree_foreach_mount (tree, search_mount, all);
  return all;
}

/**
 * oma_followed_find:
 * @all: (element-type OmaFollowed): the followed subtrees
 * @uri: canonical URI of a node
 * @child: (out) (transfer full) (nullable): decoded name of the child that the node is or is below; %NULL for
 *   the followed node itself
 *
 * Returns: (transfer none) (nullable): the followed subtree that holds the node
 */
OmaFollowed *
oma_followed_find (GPtrArray *all, const char *uri, char **child)
{
  *child = NULL;
  for (guint i = 0; i < all->len; i++)
    {
      OmaFollowed *followed = g_ptr_array_index (all, i);
      g_auto(OmaUri) below = OMA_URI_INIT;

      if (!oma_uri_is_at_or_below (uri, followed->uri))
        continue;
      if (uri[strlen (followed->uri)] == '/' && oma_uri_parse (&below, uri + strlen (followed->uri) + 1, NULL) &&
          below.n_segments > 0)
        *child = g_strndup (below.segments[0].name, below.segments[0].length);
      return followed;
    }
  return NULL;
}

/**
 * oma_followed_is_dirty:
 * @followed: a followed subtree
 *
 * Returns: whether something of it is to be read
 */
gboolean
oma_followed_is_dirty (const OmaFollowed *followed)
{
  return followed->all || g_hash_table_size (followed->dirty) > 0;
}

/**
 * oma_followed_mark:
 * @followed: a followed subtree
 * @child: (nullable): decoded name of a child, %NULL for all of it
 *
 * Has it read.
 */
void
oma_followed_mark (OmaFollowed *followed, const char *child)
{
  if (child != NULL && followed->by_child && followed->compared && !followed->folded)
    g_hash_table_add (followed->dirty, g_strdup (child));
  else
    followed->all = TRUE;
}

/* ---- What is known of them ---- */

/* @nodes: (nullable): what was read */
static OmaPrint *
set_print (OmaFollowed *followed, const char *child, const guint8 *digest, GArray *nodes)
{
  OmaPrint *print = g_new0 (OmaPrint, 1);

  print->known = digest != NULL;
  if (digest != NULL)
    memcpy (print->digest, digest, OMA_FINGERPRINT_SIZE);
  print->nodes = nodes != NULL ? g_array_ref (nodes) : NULL;
  g_hash_table_insert (followed->prints, g_strdup (child), print);
  return print;
}

/**
 * oma_followed_restore:
 * @followed: a followed subtree
 * @fingerprint: what the store has of it
 *
 * Takes up what an earlier run of the daemon knew.
 */
void
oma_followed_restore (OmaFollowed *followed, const OmaFingerprint *fingerprint)
{
  gboolean is_mark = *fingerprint->child == '\0';

  followed->baseline |= is_mark;
  followed->folded |= is_mark && fingerprint->known;
  if (!is_mark || fingerprint->known)
    set_print (followed, fingerprint->child, fingerprint->known ? fingerprint->digest : NULL, NULL);
}

static void
add_op (OmaChange *change, OmaStoreOpKind kind, const OmaFollowed *followed, const char *child, const guint8 *digest)
{
  const OmaStoreOp op = { .kind = kind, .fingerprint = oma_fingerprint_new (followed->uri, child, digest) };

  oma_change_add_op (change, &op);
}

/* ---- Comparing ---- */

/* Of more children that changed at once it is not told which of their nodes did. */
#define MANY_CHANGED 1000

typedef struct {
  OmaFollowed    *followed;
  gboolean        by_child;    /* what is told */
  OmaChange      *change;
  OmaFollowedFunc func;
  gpointer        user_data;
} Comparison;

static char *
make_uri (const OmaFollowed *followed, const char *child, const char *path)
{
  GString *uri = g_string_new (followed->uri);

  if (*child != '\0')
    oma_uri_append_segment (uri, child, -1);
  if (*path != '\0')
    g_string_append_printf (uri, "/%s", path);
  return g_string_free (uri, FALSE);
}

/* Whether units of work did that, as far as one can tell: what comes with a node that they made is theirs, and so is
 * a node above one that had to be made first. */
static gboolean
is_own (const OmaPrint *print, const char *uri, OmaChangeKind kind)
{
  for (guint i = 0; print->own != NULL && i < print->own->len; i++)
    {
      const char *own = g_ptr_array_index (print->own, i);

      if (oma_uri_is_at_or_below (uri, own) || (kind != OMA_CHANGE_DELETED && oma_uri_is_at_or_below (own, uri)))
        return TRUE;
    }
  return FALSE;
}

/* @print: (nullable): what was known before */
static void
tell (Comparison *c, const OmaPrint *print, const char *child, const char *path, OmaChangeKind kind)
{
  g_autofree char *uri = make_uri (c->followed, child, path);

  if (print == NULL || !is_own (print, uri, kind))
    c->func (g_steal_pointer (&uri), kind, c->user_data);
}

static gboolean
has_path (GArray *nodes, const char *path)
{
  guint low = 0, high = nodes->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      int order = strcmp (g_array_index (nodes, OmaNodePrint, middle).path, path);

      if (order == 0)
        return TRUE;
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return FALSE;
}

/* Whether the node above came, or went, with it, which says it all. */
static gboolean
goes_with_parent (GArray *others, const char *path)
{
  const char *slash = strrchr (path, '/');
  g_autofree char *parent = g_strndup (path, slash != NULL ? slash - path : 0);

  return *path != '\0' && !has_path (others, parent);
}

/* Both are sorted by path. */
static void
compare_nodes (Comparison *c, const OmaPrint *print, const char *child, GArray *nodes)
{
  GArray *old = print->nodes;
  guint i = 0, j = 0;

  while (i < old->len || j < nodes->len)
    {
      const OmaNodePrint *before = i < old->len ? &g_array_index (old, OmaNodePrint, i) : NULL;
      const OmaNodePrint *now = j < nodes->len ? &g_array_index (nodes, OmaNodePrint, j) : NULL;
      int order = before == NULL ? 1 : now == NULL ? -1 : strcmp (before->path, now->path);

      if (order == 0 && before->digest != now->digest)
        tell (c, print, child, now->path, OMA_CHANGE_REPLACED);
      else if (order < 0 && !goes_with_parent (nodes, before->path))
        tell (c, print, child, before->path, OMA_CHANGE_DELETED);
      else if (order > 0 && !goes_with_parent (old, now->path))
        tell (c, print, child, now->path, OMA_CHANGE_ADDED);
      i += order <= 0;
      j += order >= 0;
    }
}

/* @print: (nullable): what was known before; @now: (nullable): what is there */
static void
tell_difference (Comparison *c, const OmaPrint *print, const char *child, const OmaChildPrint *now)
{
  if (!c->followed->baseline)
    return;
  if (print == NULL)
    tell (c, NULL, child, "", OMA_CHANGE_ADDED);
  else if (now != NULL && print->nodes != NULL && now->nodes != NULL && !c->by_child)
    compare_nodes (c, print, child, now->nodes);
  else if (print->known || print->nodes != NULL)
    tell (c, print, child, "", now == NULL ? OMA_CHANGE_DELETED : OMA_CHANGE_REPLACED);
}

static gboolean
has_changed (const OmaPrint *print, const OmaChildPrint *now)
{
  return print == NULL || !print->known || memcmp (print->digest, now->digest, OMA_FINGERPRINT_SIZE) != 0;
}

/* @now: (nullable): %NULL when the child is not there. */
static void
compare_child (Comparison *c, const char *child, const OmaChildPrint *now)
{
  OmaFollowed *followed = c->followed;
  OmaPrint *print = g_hash_table_lookup (followed->prints, child);

  if (now == NULL && print == NULL)
    return;
  if (now != NULL && !has_changed (print, now))
    {
      if (print->nodes == NULL && now->nodes != NULL)
        print->nodes = g_array_ref (now->nodes);
      return;
    }
  tell_difference (c, print, child, now);
  add_op (c->change, now != NULL ? OMA_STORE_PUT_FINGERPRINT : OMA_STORE_DROP_FINGERPRINT, followed, child,
          now != NULL ? now->digest : NULL);
  if (now != NULL)
    set_print (followed, child, now->digest, now->nodes);
  else
    g_hash_table_remove (followed->prints, child);
}

/* What came over the child since it was read is compared when it was read again. */
static gboolean
is_overtaken (const OmaFollowed *followed, const char *child)
{
  return g_hash_table_contains (followed->dirty, child);
}

/* It is no news either, then. */
static void
skip_child (Comparison *c, const char *child)
{
  if (g_hash_table_contains (c->followed->prints, child))
    return;
  set_print (c->followed, child, NULL, NULL);
  add_op (c->change, OMA_STORE_PUT_FINGERPRINT, c->followed, child, NULL);
}

static void
compare_all (Comparison *c, GHashTable *prints)
{
  OmaFollowed *followed = c->followed;
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer child, print;
  guint n_changed = 0;

  g_hash_table_iter_init (&iter, prints);
  while (g_hash_table_iter_next (&iter, &child, &print))
    n_changed += has_changed (g_hash_table_lookup (followed->prints, child), print);
  c->by_child = n_changed > MANY_CHANGED;
  g_hash_table_iter_init (&iter, followed->prints);
  while (g_hash_table_iter_next (&iter, &child, NULL))
    if (!g_hash_table_contains (prints, child) && !is_overtaken (followed, child))
      g_ptr_array_add (gone, g_strdup (child));
  for (guint i = 0; i < gone->len; i++)
    compare_child (c, g_ptr_array_index (gone, i), NULL);
  g_hash_table_iter_init (&iter, prints);
  while (g_hash_table_iter_next (&iter, &child, &print))
    if (!is_overtaken (followed, child))
      compare_child (c, child, print);
    else
      skip_child (c, child);
}

/* From a fingerprint each to one for all, or back: what there was says nothing about what there is. */
static void
change_folding (OmaFollowed *followed, OmaChange *change, gboolean folded)
{
  GHashTableIter iter;
  gpointer child;

  g_hash_table_iter_init (&iter, followed->prints);
  while (g_hash_table_iter_next (&iter, &child, NULL))
    add_op (change, OMA_STORE_DROP_FINGERPRINT, followed, child, NULL);
  g_hash_table_remove_all (followed->prints);
  followed->folded = folded;
}

/**
 * oma_followed_take:
 * @followed: a followed subtree
 * @child: (nullable): decoded name of the child that was read, %NULL when all was
 * @printer: what was read, all of its fingerprints made; nothing if it is not there
 * @change: gets the fingerprints to store
 * @func: told of what changed since the subtree was looked at before
 * @user_data: for @func
 *
 * Compares what was read with what was known, which it becomes.  What is read for the first time, or after
 * a change of our own, is told of to nobody.
 */
void
oma_followed_take (OmaFollowed *followed, const char *child, OmaFingerprinter *printer, OmaChange *change,
                   OmaFollowedFunc func, gpointer user_data)
{
  Comparison comparison = { followed, FALSE, change, func, user_data };
  GHashTable *prints = oma_fingerprinter_get_prints (printer);
  gboolean folding = child == NULL && oma_fingerprinter_is_folded (printer) != followed->folded;
  gboolean was_baseline = followed->baseline;

  if (followed->all)
    return;
  if (child != NULL)
    {
      if (!is_overtaken (followed, child))
        compare_child (&comparison, child, g_hash_table_lookup (prints, child));
      return;
    }
  if (folding)
    {
      change_folding (followed, change, !followed->folded);
      if (was_baseline)
        func (g_strdup (followed->uri), OMA_CHANGE_REPLACED, user_data);
      followed->baseline = FALSE;
    }
  compare_all (&comparison, prints);
  if (!followed->compared)
    g_debug ("%s is followed, with %u children", followed->uri, g_hash_table_size (followed->prints));
  followed->compared = followed->baseline = TRUE;
  if (!followed->folded && (!was_baseline || folding))
    add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, "", NULL);
}

/* One that knows of too many changes forgets which, and so all below the child counts as own. */
#define MANY_OWN 64

static void
add_own (OmaFollowed *followed, OmaPrint *print, const char *child, const char *uri)
{
  if (print->own == NULL)
    print->own = g_ptr_array_new_with_free_func (g_free);
  if (print->own->len >= MANY_OWN)
    {
      g_ptr_array_set_size (print->own, 0);
      g_ptr_array_add (print->own, make_uri (followed, child, ""));
    }
  g_ptr_array_add (print->own, g_strdup (uri));
}

/* The store knows no fingerprint of the child any more. */
static void
forget_digest (OmaFollowed *followed, OmaPrint *print, const char *child, OmaChange *change)
{
  if (print->known)
    add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, child, NULL);
  print->known = FALSE;
}

/**
 * oma_followed_set_own:
 * @followed: a followed subtree
 * @child: (nullable): decoded name of the child that was changed or is above what was, %NULL for all of them
 * @uri: canonical URI of the node that was changed
 * @change: gets what the store is to forget
 *
 * Notes that a change is no news: a unit of work made it, or it was told of already.
 */
void
oma_followed_set_own (OmaFollowed *followed, const char *child, const char *uri, OmaChange *change)
{
  GHashTableIter iter;
  gpointer name, print;

  if (!followed->baseline)
    return;
  if (child != NULL && !followed->folded)
    {
      OmaPrint *known = g_hash_table_lookup (followed->prints, child);

      if (known == NULL)
        {
          known = set_print (followed, child, NULL, NULL);
          add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, child, NULL);
        }
      add_own (followed, known, child, uri);
      forget_digest (followed, known, child, change);
      return;
    }
  g_hash_table_iter_init (&iter, followed->prints);
  while (g_hash_table_iter_next (&iter, &name, &print))
    {
      add_own (followed, print, name, uri);
      forget_digest (followed, print, name, change);
    }
}

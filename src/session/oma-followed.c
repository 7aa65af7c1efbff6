/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-followed.h"

#include "session/oma-notices.h"

#include <string.h>

/* ---- Which subtrees there are ---- */

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

/* Where a child is read alone, and where with all others, the plugin must say the same: only its own read is sure to. */
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
  followed->prints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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

static void
set_print (OmaFollowed *followed, const char *child, const guint8 *digest)
{
  OmaPrint *print = g_new0 (OmaPrint, 1);

  print->known = digest != NULL;
  if (digest != NULL)
    memcpy (print->digest, digest, OMA_FINGERPRINT_SIZE);
  g_hash_table_insert (followed->prints, g_strdup (child), print);
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
    set_print (followed, fingerprint->child, fingerprint->known ? fingerprint->digest : NULL);
}

static void
add_op (OmaChange *change, OmaStoreOpKind kind, const OmaFollowed *followed, const char *child, const guint8 *digest)
{
  const OmaStoreOp op = { .kind = kind, .fingerprint = oma_fingerprint_new (followed->uri, child, digest) };

  oma_change_add_op (change, &op);
}

/* ---- Comparing ---- */

typedef struct {
  OmaFollowed    *followed;
  OmaChange      *change;
  OmaFollowedFunc func;
  gpointer        user_data;
} Comparison;

/* @digest: (nullable): %NULL when the child is not there. */
static void
compare_child (Comparison *c, const char *child, const guint8 *digest)
{
  OmaFollowed *followed = c->followed;
  const OmaPrint *print = g_hash_table_lookup (followed->prints, child);
  gboolean told = followed->baseline && (print == NULL || print->known);

  if (digest == NULL ? print == NULL
                     : print != NULL && print->known && memcmp (print->digest, digest, OMA_FINGERPRINT_SIZE) == 0)
    return;
  if (told && c->func != NULL)
    c->func (followed, child,
             print == NULL ? OMA_CHANGE_ADDED : digest == NULL ? OMA_CHANGE_DELETED : OMA_CHANGE_REPLACED, c->user_data);
  add_op (c->change, digest != NULL ? OMA_STORE_PUT_FINGERPRINT : OMA_STORE_DROP_FINGERPRINT, followed, child, digest);
  if (digest != NULL)
    set_print (followed, child, digest);
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
  set_print (c->followed, child, NULL);
  add_op (c->change, OMA_STORE_PUT_FINGERPRINT, c->followed, child, NULL);
}

static void
compare_all (Comparison *c, GHashTable *digests)
{
  OmaFollowed *followed = c->followed;
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer child, digest;

  g_hash_table_iter_init (&iter, followed->prints);
  while (g_hash_table_iter_next (&iter, &child, NULL))
    if (!g_hash_table_contains (digests, child) && !is_overtaken (followed, child))
      g_ptr_array_add (gone, g_strdup (child));
  for (guint i = 0; i < gone->len; i++)
    compare_child (c, g_ptr_array_index (gone, i), NULL);
  g_hash_table_iter_init (&iter, digests);
  while (g_hash_table_iter_next (&iter, &child, &digest))
    if (!is_overtaken (followed, child))
      compare_child (c, child, digest);
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
  Comparison comparison = { followed, change, func, user_data };
  GHashTable *digests = oma_fingerprinter_get_digests (printer);
  gboolean folding = child == NULL && oma_fingerprinter_is_folded (printer) != followed->folded;
  gboolean was_baseline = followed->baseline;

  if (followed->all)
    return;
  if (child != NULL)
    {
      if (!is_overtaken (followed, child))
        compare_child (&comparison, child, g_hash_table_lookup (digests, child));
      return;
    }
  if (folding)
    {
      change_folding (followed, change, !followed->folded);
      if (was_baseline)
        func (followed, "", OMA_CHANGE_REPLACED, user_data);
      followed->baseline = FALSE;
    }
  compare_all (&comparison, digests);
  if (!followed->compared)
    g_debug ("%s is followed, with %u children", followed->uri, g_hash_table_size (followed->prints));
  followed->compared = followed->baseline = TRUE;
  if (!followed->folded && (!was_baseline || folding))
    add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, "", NULL);
}

/* Like oma_followed_take() for a child, or with %NULL all of them, of which nothing is known from now on. */
void
oma_followed_set_unknown (OmaFollowed *followed, const char *child, OmaChange *change)
{
  GHashTableIter iter;
  gpointer name, print;

  if (!followed->baseline)
    return;
  if (child != NULL && !followed->folded)
    {
      const OmaPrint *known = g_hash_table_lookup (followed->prints, child);

      if (known != NULL && !known->known)
        return;
      set_print (followed, child, NULL);
      add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, child, NULL);
      return;
    }
  g_hash_table_iter_init (&iter, followed->prints);
  while (g_hash_table_iter_next (&iter, &name, &print))
    if (((OmaPrint *) print)->known)
      {
        ((OmaPrint *) print)->known = FALSE;
        add_op (change, OMA_STORE_PUT_FINGERPRINT, followed, name, NULL);
      }
}

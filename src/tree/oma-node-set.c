/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tree/oma-node-private.h"

#include <string.h>

/* The set of all nodes, keyed by parent and name: a look-up costs the same whatever the
 * number of siblings or nodes.  The chains run through the nodes themselves. */

#define MIN_BUCKETS 256

/* Sets the bit in which the cases of a letter differ.  That it maps other octets too does
 * no harm: names are compared after that. */
#define FOLD G_GUINT64_CONSTANT (0x2020202020202020)

static inline guint64
mix (guint64 hash, guint64 word)
{
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

/* Reads up to 7 octets without reading beyond them. */
static inline guint64
load_tail (const char *p, gsize length)
{
  guint32 first, last;

  if (length >= 4)
    {
      memcpy (&first, p, 4);
      memcpy (&last, p + length - 4, 4);
      return (guint64) first << 32 | last;
    }
  if (length == 0)
    return 0;
  return (guint64) (guchar) p[0] << 16 | (guint64) (guchar) p[length >> 1] << 8 | (guchar) p[length - 1];
}

static inline gboolean
octets_equal (const char *a, const char *b, gsize length)
{
  for (; length >= 8; length -= 8, a += 8, b += 8)
    {
      guint64 word_a, word_b;

      memcpy (&word_a, a, 8);
      memcpy (&word_b, b, 8);
      if (word_a != word_b)
        return FALSE;
    }
  return load_tail (a, length) == load_tail (b, length);
}

static inline guint32
hash_name (const OmaNodeSet *set, const OmaNode *parent, const char *name, gsize length)
{
  guint64 fold = parent->flags & OMA_NODE_FOLDS ? FOLD : 0;
  guint64 hash = mix (set->seed ^ length, GPOINTER_TO_SIZE (parent));

  for (; length >= 8; length -= 8, name += 8)
    {
      guint64 word;

      memcpy (&word, name, 8);
      hash = mix (hash, word | fold);
    }
  return mix (hash, load_tail (name, length) | fold);
}

/* The seed keeps servers from choosing names that share a bucket. */
void
oma_node_set_init (OmaNodeSet *set)
{
  set->buckets = g_new0 (OmaNode *, MIN_BUCKETS);
  set->mask = MIN_BUCKETS - 1;
  set->n_nodes = 0;
  set->seed = (guint64) g_random_int () << 32 | g_random_int ();
}

void
oma_node_set_clear (OmaNodeSet *set)
{
  g_clear_pointer (&set->buckets, g_free);
}

static void
grow (OmaNodeSet *set)
{
  guint n_old = set->mask + 1;
  OmaNode **old = set->buckets;

  set->mask = n_old * 2 - 1;
  set->buckets = g_new0 (OmaNode *, n_old * 2);
  for (guint i = 0; i < n_old; i++)
    while (old[i] != NULL)
      {
        OmaNode *node = old[i];
        OmaNode **bucket = &set->buckets[node->hash & set->mask];

        old[i] = node->chain;
        node->chain = *bucket;
        *bucket = node;
      }
  g_free (old);
}

/* The node's parent and name must be final. */
void
oma_node_set_add (OmaNodeSet *set, OmaNode *node)
{
  OmaNode **bucket;

  if (set->n_nodes++ > set->mask)
    grow (set);
  node->hash = hash_name (set, node->parent, oma_node_peek_name (node), node->name_length);
  bucket = &set->buckets[node->hash & set->mask];
  node->chain = *bucket;
  *bucket = node;
}

void
oma_node_set_remove (OmaNodeSet *set, OmaNode *node)
{
  OmaNode **link = &set->buckets[node->hash & set->mask];

  while (*link != node)
    link = &(*link)->chain;
  *link = node->chain;
  set->n_nodes--;
}

/* Says who answers to the name of @node in the eyes of @view: itself, the node that it is
 * an alias of, or nobody. */
static OmaNode *
resolve (OmaNode *node, const OmaChange *view)
{
  const OmaNodeState *state;

  if (G_LIKELY (node->staged == NULL))
    return node;
  if (!oma_node_is_visible (node, view))
    return NULL;
  state = oma_node_peek_state (node, view);
  if (node->flags & OMA_NODE_ALIAS)
    return state != NULL && state->alias == node ? node->target : NULL;
  return state == NULL || state->alias == NULL ? node : NULL;
}

OmaNode *
oma_node_set_find (const OmaNodeSet *set, const OmaNode *parent, const char *name, gsize length, const OmaChange *view)
{
  guint32 hash = hash_name (set, parent, name, length);

  for (OmaNode *node = set->buckets[hash & set->mask]; node != NULL; node = node->chain)
    {
      OmaNode *found;

      if (node->hash != hash || node->parent != parent || node->name_length != length)
        continue;
      if (node->flags & OMA_NODE_CASELESS ? g_ascii_strncasecmp (oma_node_peek_name (node), name, length) != 0
                                          : !octets_equal (oma_node_peek_name (node), name, length))
        continue;
      found = resolve (node, view);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/oma-node-list.h"

typedef struct {
  char     *uri;
  OmaValue *value;
} Entry;

struct _OmaNodeList {
  GArray *entries;
};

static void
entry_clear (Entry *entry)
{
  g_free (entry->uri);
  g_clear_pointer (&entry->value, oma_value_unref);
}

static OmaNodeList *
node_list_copy (OmaNodeList *list)
{
  OmaNodeList *copy = oma_node_list_new ();

  for (guint i = 0; i < list->entries->len; i++)
    {
      const Entry *entry = &g_array_index (list->entries, Entry, i);

      oma_node_list_add (copy, entry->uri, entry->value != NULL ? oma_value_ref (entry->value) : NULL);
    }
  return copy;
}

G_DEFINE_BOXED_TYPE (OmaNodeList, oma_node_list, node_list_copy, oma_node_list_free)

/**
 * oma_node_list_new:
 *
 * Returns: (transfer full): an empty list
 */
OmaNodeList *
oma_node_list_new (void)
{
  OmaNodeList *list = g_new (OmaNodeList, 1);

  list->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (list->entries, (GDestroyNotify) entry_clear);
  return list;
}

/**
 * oma_node_list_free:
 * @list: (transfer full): a list
 */
void
oma_node_list_free (OmaNodeList *list)
{
  g_array_unref (list->entries);
  g_free (list);
}

/**
 * oma_node_list_add:
 * @list: a list
 * @relative_uri: URI below the node that was asked for, segments escaped, "" for itself
 * @value: (transfer full) (nullable): the value of a leaf, %NULL for an interior node
 *
 * Appends a node; its parent must already be in the list.
 */
void
oma_node_list_add (OmaNodeList *list, const char *relative_uri, OmaValue *value)
{
  Entry entry = { g_strdup (relative_uri), value };

  g_array_append_val (list->entries, entry);
}

/**
 * oma_node_list_get_length:
 * @list: a list
 *
 * Returns: how many nodes it holds
 */
guint
oma_node_list_get_length (const OmaNodeList *list)
{
  return list->entries->len;
}

/**
 * oma_node_list_get_uri:
 * @list: a list
 * @index: which node, less than the length
 *
 * Returns: (transfer none): the node's relative URI
 */
const char *
oma_node_list_get_uri (const OmaNodeList *list, guint index)
{
  return g_array_index (list->entries, Entry, index).uri;
}

/**
 * oma_node_list_get_value:
 * @list: a list
 * @index: which node, less than the length
 *
 * Returns: (transfer none) (nullable): the leaf's value, %NULL for an interior node
 */
OmaValue *
oma_node_list_get_value (const OmaNodeList *list, guint index)
{
  return g_array_index (list->entries, Entry, index).value;
}

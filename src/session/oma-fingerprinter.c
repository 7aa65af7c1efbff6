/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "session/oma-fingerprinter.h"

#include <string.h>

struct _OmaFingerprinter {
  const OmaMount      *mount;
  const OmaSchemaNode *schema;
  char                *child;     /* (nullable): the node that the list begins with */
  OmaNodeList         *nodes;
  guint                next;
  GChecksum           *checksum;
  GString             *path;      /* scratch */
  GHashTable          *prints;    /* decoded name -> OmaChildPrint */
  gboolean             folded;
};

static void
node_print_clear (gpointer data)
{
  g_ref_string_release (((OmaNodePrint *) data)->path);
}

static void
child_print_free (gpointer data)
{
  OmaChildPrint *print = data;

  g_clear_pointer (&print->nodes, g_array_unref);
  g_free (print);
}

/**
 * oma_fingerprinter_new:
 * @mount: who serves the nodes
 * @schema: what describes the followed node
 * @child: (nullable): decoded name of its child that was read, %NULL when all was
 * @nodes: (transfer full): what was read
 *
 * Returns: (transfer full): a fingerprinter that has done nothing
 */
OmaFingerprinter *
oma_fingerprinter_new (const OmaMount *mount, const OmaSchemaNode *schema, const char *child, OmaNodeList *nodes)
{
  OmaFingerprinter *printer = g_new0 (OmaFingerprinter, 1);

  printer->mount = mount;
  printer->schema = child != NULL ? oma_schema_node_get_child (schema, child, strlen (child)) : schema;
  printer->child = g_strdup (child);
  printer->nodes = nodes;
  printer->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  printer->path = g_string_new (NULL);
  printer->prints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, child_print_free);
  return printer;
}

/**
 * oma_fingerprinter_free:
 * @printer: (transfer full): a fingerprinter
 */
void
oma_fingerprinter_free (OmaFingerprinter *printer)
{
  g_hash_table_unref (printer->prints);
  g_string_free (printer->path, TRUE);
  g_checksum_free (printer->checksum);
  oma_node_list_free (printer->nodes);
  g_free (printer->child);
  g_free (printer);
}

/**
 * oma_mount_is_volatile:
 * @mount: who serves a node
 * @schema: what describes it
 *
 * Returns: whether the node changes all the time, so that nobody is told of it
 */
gboolean
oma_mount_is_volatile (const OmaMount *mount, const OmaSchemaNode *schema)
{
  const OmaNodeOps *ops = oma_mount_get_ops (mount);

  return ops != NULL && ops->get_flags != NULL &&
         (ops->get_flags (oma_mount_get_self (mount), schema) & OMA_HANDLER_VOLATILE) != 0;
}

/* Adds two numbers of 128 bits, lowest octet first. */
static void
add_digest (guint8 *sum, const guint8 *digest)
{
  guint carry = 0;

  for (guint i = 0; i < OMA_FINGERPRINT_SIZE; i++)
    {
      carry += (guint) sum[i] + digest[i];
      sum[i] = (guint8) carry;
      carry >>= 8;
    }
}

static void
update_text (GChecksum *checksum, const char *text)
{
  g_checksum_update (checksum, (const guchar *) text, (gssize) strlen (text) + 1);
}

static OmaChildPrint *
ensure_print (OmaFingerprinter *printer, const char *child)
{
  OmaChildPrint *print = g_hash_table_lookup (printer->prints, child);

  if (print != NULL)
    return print;
  print = g_new0 (OmaChildPrint, 1);
  if (!printer->folded)
    {
      print->nodes = g_array_new (FALSE, FALSE, sizeof (OmaNodePrint));
      g_array_set_clear_func (print->nodes, node_print_clear);
    }
  g_hash_table_insert (printer->prints, g_strdup (child), print);
  return print;
}

static void
add_node (OmaFingerprinter *printer, const char *child, const OmaValue *value)
{
  OmaChildPrint *print = ensure_print (printer, child);
  guint8 digest[32];
  gsize length = sizeof digest;
  OmaNodePrint node;

  g_checksum_reset (printer->checksum);
  update_text (printer->checksum, child);
  update_text (printer->checksum, printer->path->str);
  if (value != NULL)
    {
      gsize size;
      const char *data = oma_value_get_data (value, &size);

      update_text (printer->checksum, oma_format_to_string (oma_value_get_format (value)));
      update_text (printer->checksum, oma_value_get_type_name (value));
      if (size > 0)
        g_checksum_update (printer->checksum, (const guchar *) data, (gssize) size);
    }
  g_checksum_get_digest (printer->checksum, digest, &length);
  add_digest (print->digest, digest);
  if (print->nodes == NULL)
    return;
  node.path = g_ref_string_new_intern (printer->path->len > 0 ? printer->path->str + 1 : "");
  memcpy (&node.digest, digest, sizeof node.digest);
  g_array_append_val (print->nodes, node);
}

/* Finds what describes the node, and puts what of its path is below the child, in one spelling, to the scratch.
 * Returns: whether it counts */
static gboolean
place_node (OmaFingerprinter *printer, const OmaUri *uri)
{
  const OmaSchemaNode *schema = printer->schema;

  g_string_truncate (printer->path, 0);
  for (guint i = 0; i < uri->n_segments && schema != NULL; i++)
    {
      schema = oma_schema_node_get_child (schema, uri->segments[i].name, uri->segments[i].length);
      if (i > 0 || printer->child != NULL)
        oma_uri_append_segment (printer->path, uri->segments[i].name, (gssize) uri->segments[i].length);
    }
  return schema != NULL && !oma_mount_is_volatile (printer->mount, schema);
}

/* Too many children: one sum for all of them, under the name "", from the start, so that it comes to the same
 * whatever came first. */
static void
fold (OmaFingerprinter *printer)
{
  g_hash_table_remove_all (printer->prints);
  printer->folded = TRUE;
  printer->next = 0;
}

static void
take_node (OmaFingerprinter *printer, const char *relative, const OmaValue *value)
{
  g_auto(OmaUri) uri = OMA_URI_INIT;
  g_autofree char *child = NULL;

  if (*relative == '\0' ? printer->child == NULL : !oma_uri_parse (&uri, relative, NULL))
    return;
  if (!place_node (printer, &uri))
    return;
  child = printer->child != NULL ? g_strdup (printer->child)
                                 : g_strndup (uri.segments[0].name, uri.segments[0].length);
  if (printer->folded)   /* the sum has to tell whose node it is */
    {
      g_string_prepend_c (printer->path, '/');
      g_string_prepend (printer->path, child);
    }
  add_node (printer, printer->folded ? "" : child, value);
  if (!printer->folded && g_hash_table_size (printer->prints) > OMA_MAX_FINGERPRINTS)
    fold (printer);
}

/**
 * oma_fingerprinter_step:
 * @printer: a fingerprinter
 * @n: at most so many nodes
 *
 * Goes on.
 *
 * Returns: whether it is done
 */
gboolean
oma_fingerprinter_step (OmaFingerprinter *printer, guint n)
{
  guint length = oma_node_list_get_length (printer->nodes);

  for (; n > 0 && printer->next < length; n--)
    {
      guint i = printer->next++;

      take_node (printer, oma_node_list_get_uri (printer->nodes, i), oma_node_list_get_value (printer->nodes, i));
    }
  return printer->next >= length;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (((const OmaNodePrint *) a)->path, ((const OmaNodePrint *) b)->path);
}

/**
 * oma_fingerprinter_get_prints:
 * @printer: a fingerprinter that is done
 *
 * Returns: (transfer none) (element-type utf8 OmaChildPrint): by decoded names of children
 */
GHashTable *
oma_fingerprinter_get_prints (OmaFingerprinter *printer)
{
  GHashTableIter iter;
  gpointer print;

  g_hash_table_iter_init (&iter, printer->prints);
  while (g_hash_table_iter_next (&iter, NULL, &print))
    if (((OmaChildPrint *) print)->nodes != NULL)
      g_array_sort (((OmaChildPrint *) print)->nodes, compare_paths);
  return printer->prints;
}

/**
 * oma_fingerprinter_is_folded:
 * @printer: a fingerprinter that is done
 *
 * Returns: whether there were too many children: then there is one print, whose name is ""
 */
gboolean
oma_fingerprinter_is_folded (const OmaFingerprinter *printer)
{
  return printer->folded;
}
